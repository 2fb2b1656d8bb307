//! The first programme: state repository data, one blanket order, dismissal and sealing in one.
//!
//! Everything goes the way it should, but for ten cases that are planted to go wrong.

use std::collections::BTreeMap;

use caseledger_client::Client;
use caseledger_domain::vocabulary::{
    ChallengeGround, Coded, CorrectionReason, DestructionAuthority, DeterminationReason,
    DismissalReason, FilingVehicle, LegalBasis, NewDisposition, OrderEffect, Remedy, ReopenReason,
    SearchResult, Set, Severity, WithdrawReason,
};
use caseledger_domain::{CaseFact, CaseId, InitiativeFact, OrgId};

use super::day;
use super::list::{Listed, org};
use super::programmes::LA_2020;
use super::script::{Scene, dismissed, eligible, pick, reported, sealed, spread};
use super::stage::{Act, Stage, about_case};
use crate::exit::Failure;

/// The cases of the programme that are planted to go wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planted {
    pub(super) approved_without_filing: CaseId,
    pub(super) ordered_not_entered: CaseId,
    pub(super) dismissed_not_sealed: CaseId,
    pub(super) reported_not_updated: CaseId,
    pub(super) repository_only: CaseId,
    pub(super) challenged_without_notice: CaseId,
    pub(super) corrected_dismissal: CaseId,
    pub(super) reopened: CaseId,
    pub(super) redesignated: CaseId,
    pub(super) late_confirmation: CaseId,
    pub(super) destroyed: CaseId,
}

/// Plays the programme on its listed cases.
///
/// # Errors
/// [`Failure`] if a post is refused.
#[expect(clippy::too_many_lines, reason = "a script, read from top to bottom")]
pub(super) async fn play(stage: &mut Stage, listed: &[Listed]) -> Result<Planted, Failure> {
    let lead = stage.party("lada", "PROSECUTOR_COUNTY")?;
    let court = stage.party("lasc", "COURT")?;
    let doj = stage.party("ca-doj", "STATE_REPOSITORY")?;
    let mut scene = Scene {
        stage,
        slug: LA_2020.shape.initiative(),
        court: "LASC-CJC",
    };
    let rules = LA_2020.rules()?;
    let felonies: Vec<&Listed> = listed
        .iter()
        .filter(|c| c.severity == Severity::Felony)
        .collect();
    let others: Vec<&Listed> = listed
        .iter()
        .filter(|c| c.severity != Severity::Felony)
        .collect();
    let planted = Planted {
        approved_without_filing: pick(&felonies, 0)?.id,
        ordered_not_entered: pick(&felonies, 1)?.id,
        dismissed_not_sealed: pick(&felonies, 2)?.id,
        reported_not_updated: pick(&felonies, 3)?.id,
        repository_only: pick(&felonies, 4)?.id,
        challenged_without_notice: pick(&felonies, 5)?.id,
        corrected_dismissal: pick(&felonies, 6)?.id,
        reopened: pick(&felonies, 7)?.id,
        redesignated: pick(&felonies, 8)?.id,
        late_confirmation: pick(&felonies, 9)?.id,
        destroyed: pick(&others, 0)?.id,
    };
    scene
        .initiative(&lead, day(2019_07_01)?, InitiativeFact::InitiativeStarted)
        .await?;

    // Old misdemeanors are destroyed by law (H&S 11361.5) before anybody decides about them.
    let destroyed = CaseFact::RecordDestroyed {
        authority: Coded::Known(DestructionAuthority::Hs113615),
    };
    one(
        &mut scene, &court, "destroy", &others, 0, 2019_08_05, destroyed,
    )
    .await?;
    let searched = CaseFact::RecordNotFound {
        search: Coded::Known(SearchResult::NoSuchNumber),
    };
    one(
        &mut scene, &court, "search", &felonies, 4, 2019_08_12, searched,
    )
    .await?;

    let open: Vec<&Listed> = without(listed, &[planted.destroyed, planted.repository_only]);
    let misdemeanors: Vec<&Listed> = open
        .iter()
        .copied()
        .filter(|c| c.severity != Severity::Felony)
        .collect();
    refer(&mut scene, &lead, &misdemeanors).await?;

    let offices = by_office(&scene, &open)?;
    let determined_on = day(2020_01_15)?;
    for (office, cases) in &offices {
        scene
            .each(office, "determine", cases, |_, case| {
                let remedy = if case.id == planted.redesignated {
                    Remedy::RedesignateMisdemeanor
                } else {
                    Remedy::DismissAndSeal
                };
                let reason = if case.severity == Severity::Felony {
                    DeterminationReason::StatutoryUnchallenged
                } else {
                    DeterminationReason::MisdemeanorOrInfraction
                };
                Ok((
                    determined_on,
                    eligible(rules, reason, remedy, determined_on),
                ))
            })
            .await?;
    }
    let challenged = CaseFact::Challenged {
        ground: Coded::Known(ChallengeGround::UnreasonableRisk),
    };
    one(
        &mut scene,
        &lead,
        "challenge",
        &felonies,
        5,
        2020_01_28,
        challenged,
    )
    .await?;
    let withdrawn = CaseFact::CaseWithdrawn {
        reason: Coded::Known(WithdrawReason::OtherVehicle),
    };
    one(
        &mut scene, &lead, "withdraw", &felonies, 7, 2020_01_28, withdrawn,
    )
    .await?;
    let reopened = CaseFact::CaseReopened {
        reason: Coded::Known(ReopenReason::TipConfirmed),
    };
    one(
        &mut scene, &lead, "reopen", &felonies, 7, 2020_06_30, reopened,
    )
    .await?;

    let approved_on = day(2020_01_31)?;
    let stopped = [planted.challenged_without_notice, planted.reopened];
    for (office, cases) in by_office(&scene, &kept(&open, &stopped))? {
        let approved = CaseFact::ReviewApproved {
            basis: LegalBasis::Hs113619,
        };
        scene
            .each(&office, "approve", &cases, |_, _| {
                Ok((approved_on, approved.clone()))
            })
            .await?;
    }

    let stopped = [&stopped[..], &[planted.approved_without_filing]].concat();
    let filed = kept(&open, &stopped);
    let filing = scene
        .filing(
            (&lead, &court),
            FilingVehicle::List,
            &filed,
            day(2020_02_06)?,
        )
        .await?;
    let delivered_on = day(2020_02_06)?;
    let rows: BTreeMap<CaseId, u32> = filed.iter().map(|case| case.id).zip(1..).collect();
    for (office, cases) in by_office(&scene, &filed)? {
        scene
            .each(&office, "deliver", &cases, |_, case| {
                let row = rows.get(&case.id).copied().unwrap_or_default();
                Ok((delivered_on, CaseFact::ListDelivered { filing, row }))
            })
            .await?;
    }
    let accepted_on = day(2020_02_10)?;
    scene
        .each(&court, "accept", &filed, |_, _| {
            Ok((
                accepted_on,
                CaseFact::FilingAccepted {
                    filing,
                    received_on: Some(delivered_on),
                },
            ))
        })
        .await?;

    // One judge, one order, for all of them and for one case the court does not have.
    let ordered_on = day(2020_02_11)?;
    let mut rows = filed.clone();
    rows.push(pick(&felonies, 4)?);
    let both: Set<OrderEffect> = [OrderEffect::Dismiss, OrderEffect::Seal]
        .into_iter()
        .collect();
    let number = "SYN-ORDER-2020-02-11";
    let order = scene
        .sign(
            &court,
            number,
            both,
            LegalBasis::Hs113619,
            &rows,
            ordered_on,
        )
        .await?;
    scene
        .apply(&court, number, order, (&rows, &[filed.len()]), ordered_on)
        .await?;

    enter(&mut scene, (&court, &doj), &filed, &planted, order.id).await?;
    Ok(planted)
}

/// What follows an order, case by case, from 2 March 2020 to late October 2021.
async fn enter(
    scene: &mut Scene<'_>,
    (court, doj): (&Client, &Client),
    filed: &[&Listed],
    planted: &Planted,
    order: caseledger_domain::OrderId,
) -> Result<(), Failure> {
    let first = day(2020_03_02)?;
    let entered_on = |at: usize| spread(first, 600, at, filed.len());
    let after =
        |at: usize, days: u32| spread(first, 600, at, filed.len()).and_then(|d| later(d, days));

    // The seal arrives before the dismissal that it follows from.
    let late: Vec<&Listed> = filed
        .iter()
        .copied()
        .filter(|c| c.id == planted.late_confirmation)
        .collect();
    scene
        .each(court, "seal early", &late, |at, case| {
            Ok((entered_on(at)?, sealed(case, Some(order))))
        })
        .await?;

    let entered = kept(filed, &[planted.ordered_not_entered, planted.redesignated]);
    scene
        .each(court, "enter", &entered, |at, _| {
            Ok((entered_on(at)?, dismissed(DismissalReason::Hs113619, order)))
        })
        .await?;
    let lowered: Vec<&Listed> = filed
        .iter()
        .copied()
        .filter(|c| c.id == planted.redesignated)
        .collect();
    scene
        .each(court, "redesignate", &lowered, |at, _| {
            let fact = CaseFact::DispositionEntered {
                disposition: NewDisposition::Redesignated,
                severity_after: Some(Severity::Misdemeanor),
                reason: None,
                order: Some(order),
            };
            Ok((entered_on(at)?, fact))
        })
        .await?;
    retract(scene, court, planted.corrected_dismissal).await?;

    let done = kept(&entered, &[planted.corrected_dismissal]);
    let sealing = kept(
        &done,
        &[planted.dismissed_not_sealed, planted.late_confirmation],
    );
    scene
        .each(court, "seal", &sealing, |at, case| {
            Ok((after(at, 14)?, sealed(case, Some(order))))
        })
        .await?;
    let reporting = [&done[..], &lowered[..]].concat();
    scene
        .each(court, "report", &reporting, |at, _| {
            Ok((after(at, 21)?, reported()))
        })
        .await?;
    let updating = kept(&reporting, &[planted.reported_not_updated]);
    scene
        .each(doj, "update", &updating, |at, _| {
            Ok((after(at, 45)?, CaseFact::DojRecordUpdated))
        })
        .await
}

/// A dismissal was entered on the wrong case: the court takes its newest fact back.
async fn retract(scene: &mut Scene<'_>, court: &Client, case: CaseId) -> Result<(), Failure> {
    use caseledger_client::pb::v1;

    let stream = v1::stream_ref::Stream::CaseId(case.to_bytes().to_vec().into());
    let request = v1::GetHistoryRequest {
        stream: Some(v1::StreamRef {
            stream: Some(stream),
        }),
        limit: 100,
        ..v1::GetHistoryRequest::default()
    };
    let newest = court
        .get_history(request)
        .await?
        .revisions
        .saturating_sub(1);
    let fact = CaseFact::EventRetracted {
        target: newest,
        reason: Coded::Known(CorrectionReason::WrongCase),
        restored: Vec::new(),
    };
    let what = format!("{}: retract", scene.slug);
    let post = about_case(case, &[], day(2021_11_02)?, fact);
    scene
        .stage
        .one(
            Act {
                party: court,
                what: &what,
            },
            post,
        )
        .await?;
    Ok(())
}

/// The county prosecutor refers misdemeanors to the cities that have prosecutors of their own.
async fn refer(scene: &mut Scene<'_>, lead: &Client, cases: &[&Listed]) -> Result<(), Failure> {
    let referred_on = day(2019_09_03)?;
    scene
        .each(lead, "refer", cases, |_, case| {
            let reason = Coded::Known(DeterminationReason::CityAttorneyJurisdiction);
            Ok((
                referred_on,
                CaseFact::ReferredToProsecutor {
                    to: case.agency,
                    reason,
                },
            ))
        })
        .await?;
    let accepted_on = day(2019_10_01)?;
    for (office, cases) in by_office(scene, cases)? {
        scene
            .each(&office, "take", &cases, |_, _| {
                Ok((accepted_on, CaseFact::ReferralAccepted))
            })
            .await?;
    }
    Ok(())
}

/// The cases of each prosecutor, with a client that speaks for it.
fn by_office<'a>(
    scene: &Scene<'_>,
    cases: &[&'a Listed],
) -> Result<Vec<(Client, Vec<&'a Listed>)>, Failure> {
    let county = org("lada")?;
    let mut offices: BTreeMap<OrgId, Vec<&Listed>> = BTreeMap::new();
    for case in cases {
        offices.entry(case.agency).or_default().push(case);
    }
    let client = |(agency, cases): (OrgId, Vec<&'a Listed>)| {
        let role = if agency == county {
            "PROSECUTOR_COUNTY"
        } else {
            "PROSECUTOR_CITY"
        };
        Ok((scene.stage.party(agency.as_str(), role)?, cases))
    };
    offices.into_iter().map(client).collect()
}

async fn one(
    scene: &mut Scene<'_>,
    party: &Client,
    what: &str,
    cases: &[&Listed],
    at: usize,
    on: u32,
    fact: CaseFact,
) -> Result<(), Failure> {
    let on = day(on)?;
    scene
        .each(party, what, &[pick(cases, at)?], |_, _| {
            Ok((on, fact.clone()))
        })
        .await
}

fn without<'a>(cases: &'a [Listed], out: &[CaseId]) -> Vec<&'a Listed> {
    cases
        .iter()
        .filter(|case| !out.contains(&case.id))
        .collect()
}

/// The cases that are not among these.
pub(super) fn kept<'a>(cases: &[&'a Listed], out: &[CaseId]) -> Vec<&'a Listed> {
    cases
        .iter()
        .copied()
        .filter(|case| !out.contains(&case.id))
        .collect()
}

fn later(date: caseledger_domain::Date, days: u32) -> Result<caseledger_domain::Date, Failure> {
    spread(date, days, 1, 1)
}
