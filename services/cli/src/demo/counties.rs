//! San Francisco and the other counties that were named, in brief; and what goes wrong in them.

use caseledger_client::pb::v1::{self, target};
use caseledger_client::{Client, ClientError};
use caseledger_domain::vocabulary::{
    Coded, DeterminationReason, DismissalReason, DuplicateBasis, FilingVehicle, LegalBasis,
    OrderEffect, Remedy, Set,
};
use caseledger_domain::{CaseFact, CaseId, Date, InitiativeFact};
use caseledger_proto::reason::Reason;

use super::list::Listed;
use super::programmes::{COUNTIES, County};
use super::script::{Scene, dismissed, eligible, pick, reported, sealed};
use super::stage::{Act, Stage, about_case, case_id, message_id};
use super::{Mismatch, Scale, day};
use crate::exit::Failure;
use crate::gen_data::Shape;

/// Plays every county, and plants the strays in Alameda.
///
/// # Errors
/// [`Failure`] if a post is refused.
pub(super) async fn play(stage: &mut Stage, scale: Scale) -> Result<Strays, Failure> {
    let mut strays = None;
    for county in COUNTIES {
        let lead = stage.party(county.programme.lead, "PROSECUTOR_COUNTY")?;
        let listed = county
            .programme
            .list(stage, scale, &lead, |_, case| case)
            .await?;
        relieve(stage, county, &lead, &listed).await?;
        if county.programme.shape == Shape::Alameda {
            strays = Some(plant(stage, &listed).await?);
        }
    }
    strays.ok_or_else(|| Mismatch::failure("counties", "Alameda", "none"))
}

#[expect(clippy::too_many_lines, reason = "a script, read from top to bottom")]
async fn relieve(
    stage: &mut Stage,
    county: &County,
    lead: &Client,
    listed: &[Listed],
) -> Result<(), Failure> {
    let court = stage.party(county.court_org, "COURT")?;
    let doj = stage.party("ca-doj", "STATE_REPOSITORY")?;
    let opened_on = day(county.programme.opened_on)?;
    let after = |days: u32| super::script::spread(opened_on, days, 1, 1);
    let rules = county.programme.rules()?;
    let slug = county.programme.shape.initiative();
    let mut scene = Scene {
        stage,
        slug,
        court: county.court,
    };
    let cases: Vec<&Listed> = listed.iter().collect();

    scene
        .initiative(lead, opened_on, InitiativeFact::InitiativeStarted)
        .await?;
    let on = after(30)?;
    let reason = DeterminationReason::SectionDismissed;
    scene
        .each(lead, "determine", &cases, |_, _| {
            Ok((on, eligible(rules, reason, Remedy::DismissAndSeal, on)))
        })
        .await?;
    let on = after(45)?;
    scene
        .each(lead, "approve", &cases, |_, _| {
            Ok((
                on,
                CaseFact::ReviewApproved {
                    basis: LegalBasis::Hs113619,
                },
            ))
        })
        .await?;
    let vehicle = FilingVehicle::Motion;
    let filed_on = after(60)?;
    let filing = scene
        .filing((lead, &court), vehicle, &cases, filed_on)
        .await?;
    scene
        .each(lead, "file", &cases, |at, _| {
            let row = Some(at as u32 + 1);
            Ok((
                filed_on,
                CaseFact::FilingSubmitted {
                    filing,
                    vehicle,
                    row,
                },
            ))
        })
        .await?;

    let (done, of) = county.done;
    let reached = cases.get(..cases.len() * done / of).unwrap_or_default();
    let number = format!("SYN-ORDER-{slug}");
    let both: Set<OrderEffect> = [OrderEffect::Dismiss, OrderEffect::Seal]
        .into_iter()
        .collect();
    let on = after(75)?;
    let order = scene
        .sign(&court, &number, both, LegalBasis::Hs113619, reached, on)
        .await?;
    scene
        .apply(&court, &number, order, (reached, &[]), on)
        .await?;
    let on = after(90)?;
    let entered = || dismissed(DismissalReason::Hs113619, order.id);
    scene
        .each(&court, "enter", reached, |_, _| Ok((on, entered())))
        .await?;
    let on = after(100)?;
    scene
        .each(&court, "seal", reached, |_, case| {
            Ok((on, sealed(case, Some(order.id))))
        })
        .await?;
    let on = after(110)?;
    scene
        .each(&court, "report", reached, |_, _| Ok((on, reported())))
        .await?;
    let on = after(130)?;
    scene
        .each(&doj, "update", reached, |_, _| {
            Ok((on, CaseFact::DojRecordUpdated))
        })
        .await?;
    if done == of {
        scene
            .initiative(lead, after(150)?, InitiativeFact::InitiativeCompleted)
            .await?;
    }
    Ok(())
}

/// What is planted besides: on cases of its own, so that no announced figure moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strays {
    /// The same case under two numbers.
    pub(super) duplicate: CaseId,
    /// Somebody else's conviction relieved.
    pub(super) wrong_charge: CaseId,
    /// A confirmation for a case nobody listed.
    pub(super) unmatched: CaseId,
}

/// Plants the strays on the cases of a list.
///
/// # Errors
/// [`Failure`] if a post is refused that should not be, or the other way round.
async fn plant(stage: &mut Stage, listed: &[Listed]) -> Result<Strays, Failure> {
    let lead = stage.party("alcoda", "PROSECUTOR_COUNTY")?;
    let court = stage.party("alsc", "COURT")?;
    let cases: Vec<&Listed> = listed.iter().collect();
    let with_others: Vec<&Listed> = listed
        .iter()
        .filter(|case| !case.others.is_empty())
        .collect();
    let wrong = pick(&with_others, 0)?;
    let first = pick(&cases, 0)?;
    let second = cases
        .iter()
        .copied()
        .find(|case| case.id != first.id && case.id != wrong.id)
        .ok_or_else(|| Mismatch::failure("cases in the list", 3, cases.len()))?;

    let on = day(2023_11_06)?;
    let linked = CaseFact::DuplicateLinked {
        canonical: first.id,
        basis: Coded::Known(DuplicateBasis::RenumberedUnification),
    };
    let act = Act {
        party: &lead,
        what: "strays: link a duplicate",
    };
    stage
        .one(act, about_case(second.id, &[], on, linked))
        .await?;

    let entered = CaseFact::DispositionEntered {
        disposition: caseledger_domain::vocabulary::NewDisposition::Dismissed,
        severity_after: None,
        reason: Some(Coded::Known(DismissalReason::Hs113619)),
        order: None,
    };
    let act = Act {
        party: &court,
        what: "strays: relieve another charge",
    };
    stage
        .one(
            act,
            about_case(wrong.id, &wrong.others, on, entered.clone()),
        )
        .await?;

    let key = v1::CaseKey {
        court: "ALSC".to_owned(),
        number: "SYN-UNKNOWN-000001".to_owned(),
        defendant: "9999999999".to_owned(),
    };
    let mut post = about_case(first.id, &[], on, entered);
    post.target = Some(v1::Target {
        target: Some(target::Target::CaseKey(key)),
    });
    let act = Act {
        party: &court,
        what: "strays: confirm an unknown case",
    };
    let unmatched = case_id(&stage.one(act, post.clone()).await?)?;
    reuse(stage, &court, act.what, post, on).await?;
    Ok(Strays {
        duplicate: second.id,
        wrong_charge: wrong.id,
        unmatched,
    })
}

/// The same message id with other content must be refused.
async fn reuse(
    stage: &Stage,
    court: &Client,
    what: &str,
    mut post: v1::Post,
    on: Date,
) -> Result<(), Failure> {
    post.occurred_on = super::script::spread(on, 1, 1, 1)?.yyyymmdd();
    let submission = v1::Submission {
        message_id: message_id(stage.seed(), what, 0),
        submitter_sequence: 0,
        posts: vec![post],
        signed: None,
    };
    match court.submit(submission).await {
        Err(ClientError::Refused(refusal)) if refusal.reason == Some(Reason::MessageIdReused) => {
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err(Mismatch::failure(
            "a reused message id",
            "a refusal",
            "a receipt",
        )),
    }
}
