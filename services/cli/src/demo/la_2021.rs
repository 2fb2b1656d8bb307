//! The second programme: court records, announced while everything was still only eligible;
//! dismissed later; sealed later still, by a blanket order of its own.

use caseledger_client::Client;
use caseledger_domain::vocabulary::{
    DeterminationReason, DismissalReason, FilingVehicle, LegalBasis, OrderEffect, Remedy, Set,
};
use caseledger_domain::{CaseFact, InitiativeFact};

use super::day;
use super::list::Listed;
use super::programmes::LA_2021;
use super::script::{Scene, dismissed, eligible, reported, sealed, spread};
use super::stage::Stage;
use crate::exit::Failure;

/// The moments the programme is looked at, as sizes of the ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    /// 27 September 2021: announced.
    pub(super) announced: u64,
    /// Every dismissal is on the docket.
    pub(super) dismissed: u64,
    /// The blanket sealing order is carried out.
    pub(super) sealed: u64,
}

/// Plays the programme on its listed cases.
///
/// # Errors
/// [`Failure`] if a post is refused.
pub(super) async fn play(stage: &mut Stage, listed: &[Listed]) -> Result<Moments, Failure> {
    let lead = stage.party("lada", "PROSECUTOR_COUNTY")?;
    let defender = stage.party("lacpd", "DEFENDER")?;
    let court = stage.party("lasc", "COURT")?;
    let doj = stage.party("ca-doj", "STATE_REPOSITORY")?;
    let mut scene = Scene {
        stage,
        slug: LA_2021.shape.initiative(),
        court: "LASC-CJC",
    };
    let rules = LA_2021.rules()?;
    let cases: Vec<&Listed> = listed.iter().collect();

    let determined_on = day(2021_09_20)?;
    scene
        .each(&lead, "determine", &cases, |_, _| {
            let reason = DeterminationReason::CourtRecordOnly;
            Ok((
                determined_on,
                eligible(rules, reason, Remedy::DismissAndSeal, determined_on),
            ))
        })
        .await?;
    scene
        .initiative(&lead, day(2021_09_27)?, InitiativeFact::InitiativeAnnounced)
        .await?;
    let announced = scene.stage.size().await?;

    scene
        .initiative(&lead, day(2021_10_04)?, InitiativeFact::InitiativeStarted)
        .await?;
    let approved_on = day(2021_10_18)?;
    scene
        .each(&lead, "approve", &cases, |_, _| {
            Ok((
                approved_on,
                CaseFact::ReviewApproved {
                    basis: LegalBasis::Stipulated,
                },
            ))
        })
        .await?;
    dismiss(&mut scene, &lead, &court, &cases).await?;
    let dismissed = scene.stage.size().await?;

    seal(&mut scene, (&lead, &defender), &court, &cases).await?;
    let reported_on = day(2022_09_12)?;
    scene
        .each(&court, "report", &cases, |_, _| {
            Ok((reported_on, reported()))
        })
        .await?;
    let updated_on = day(2022_10_10)?;
    scene
        .each(&doj, "update", &cases, |_, _| {
            Ok((updated_on, CaseFact::DojRecordUpdated))
        })
        .await?;
    scene
        .initiative(&lead, day(2022_10_31)?, InitiativeFact::InitiativeCompleted)
        .await?;
    let sealed = scene.stage.size().await?;
    Ok(Moments {
        announced,
        dismissed,
        sealed,
    })
}

/// One batch motion, one order, and months of docket entries.
async fn dismiss(
    scene: &mut Scene<'_>,
    lead: &Client,
    court: &Client,
    cases: &[&Listed],
) -> Result<(), Failure> {
    let filed_on = day(2021_11_08)?;
    let vehicle = FilingVehicle::Motion;
    let filing = scene
        .filing((lead, court), vehicle, cases, filed_on)
        .await?;
    scene
        .each(lead, "file", cases, |at, _| {
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
    let accepted_on = day(2021_11_10)?;
    scene
        .each(court, "accept", cases, |_, _| {
            Ok((
                accepted_on,
                CaseFact::FilingAccepted {
                    filing,
                    received_on: Some(filed_on),
                },
            ))
        })
        .await?;
    let number = "SYN-ORDER-DISMISS-2021";
    let ordered_on = day(2022_01_18)?;
    let effects = Set::EMPTY.with(OrderEffect::Dismiss);
    let order = scene
        .sign(
            court,
            number,
            effects,
            LegalBasis::Stipulated,
            cases,
            ordered_on,
        )
        .await?;
    scene
        .apply(court, number, order, (cases, &[]), ordered_on)
        .await?;
    let first = day(2022_02_01)?;
    scene
        .each(court, "enter", cases, |at, _| {
            let on = spread(first, 120, at, cases.len())?;
            Ok((on, dismissed(DismissalReason::Pc1385, order.id)))
        })
        .await
}

/// Prosecutor and public defender jointly ask for one order that seals all of them.
async fn seal(
    scene: &mut Scene<'_>,
    (lead, defender): (&Client, &Client),
    court: &Client,
    cases: &[&Listed],
) -> Result<(), Failure> {
    let number = "SYN-ORDER-SEAL-2022";
    let effects = Set::EMPTY.with(OrderEffect::Seal);
    scene
        .propose((lead, defender), number, effects, cases, day(2022_06_20)?)
        .await?;
    let ordered_on = day(2022_07_12)?;
    let order = scene
        .sign(
            court,
            number,
            effects,
            LegalBasis::Stipulated,
            cases,
            ordered_on,
        )
        .await?;
    scene
        .apply(court, number, order, (cases, &[]), ordered_on)
        .await?;
    let first = day(2022_08_01)?;
    scene
        .each(court, "seal", cases, |at, case| {
            Ok((
                spread(first, 30, at, cases.len())?,
                sealed(case, Some(order.id)),
            ))
        })
        .await
}
