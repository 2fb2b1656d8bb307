//! Decisions about filings and list deliveries: `PREPARED -> SENT -> RECEIVED -> ACCEPTED`,
//! `PARTIALLY_ACCEPTED` or `REJECTED`, `WITHDRAWN`, `RECONCILED` (docs/LIFECYCLE.md).

use crate::command::{Command, Context};
use crate::event::Flag;
use crate::fact::{Fact, FactKind, FilingFact};
use crate::rejection::{Rejection, Stage};
use crate::state::{FilingState, FilingStatus};
use crate::vocabulary::{Coded, FilingVehicle, ReviewStatus};

use super::Decided;
use super::content::is_unmapped;
use super::stage::Step;

pub(super) fn decide(
    state: &FilingState,
    fact: &FilingFact,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let mut step = Step::new(command, context);
    step.stage(Stage::Filing(state.status), |kind| allows(state, kind));
    let declared = state.manifest.map(|manifest| u64::from(manifest.rows));
    let unsent = matches!(state.status, None | Some(FilingStatus::Prepared));
    match fact {
        FilingFact::FilingPrepared {
            vehicle, manifest, ..
        } => {
            step.manifest(*manifest);
            // The court counts a list against its manifest (AG bulletin of 15 Dec 2021).
            if *vehicle == FilingVehicle::List && manifest.is_none() {
                step.refuse([Rejection::ManifestMissing {
                    attempted: fact.kind(),
                }]);
            }
        }
        FilingFact::FilingReceiptConfirmed { rows } => {
            step.flag_if(unsent, Flag::NoSubmission);
            let differs = rows
                .zip(declared)
                .is_some_and(|(rows, declared)| u64::from(rows) != declared);
            step.flag_if(differs, Flag::CountMismatch);
        }
        FilingFact::FilingReviewed {
            status,
            accepted,
            rejected,
            reason,
        } => {
            step.flag_if(unsent, Flag::NoSubmission);
            let unmapped = is_unmapped(status) || reason.as_ref().is_some_and(is_unmapped);
            step.flag_if(unmapped, Flag::UnmappedCode);
            let reviewed = u64::from(*accepted) + u64::from(*rejected);
            let differs = declared.is_some_and(|declared| declared != reviewed)
                || !fits(*status, *accepted, *rejected);
            step.flag_if(differs, Flag::CountMismatch);
        }
        FilingFact::FilingRetracted { reason } => {
            step.flag_if(is_unmapped(reason), Flag::UnmappedCode);
        }
        FilingFact::ListReconciled {
            only_sender,
            only_court,
            matched,
        } => {
            let (sender, court, both) = (
                u64::from(*only_sender),
                u64::from(*only_court),
                u64::from(*matched),
            );
            let counted = state.court_rows.map(u64::from);
            let differs = declared.is_some_and(|declared| declared != both + sender)
                || counted.is_some_and(|counted| counted != both + court);
            step.flag_if(differs, Flag::CountMismatch);
        }
        FilingFact::FilingSent => {}
    }
    step.decided(Fact::Filing(fact.clone()))
}

fn allows(state: &FilingState, kind: FactKind) -> bool {
    use FilingStatus as S;
    let status = state.status;
    match kind {
        // The court's receipt may overtake the filer's own word, but nothing is prepared twice.
        FactKind::FilingPrepared => state.vehicle.is_none(),
        FactKind::FilingSent => status == Some(S::Prepared),
        FactKind::FilingReceiptConfirmed => status == Some(S::Sent),
        FactKind::FilingReviewed => status == Some(S::Received),
        FactKind::FilingRetracted => matches!(
            status,
            Some(S::Prepared | S::Sent | S::Received | S::Accepted | S::PartiallyAccepted)
        ),
        FactKind::ListReconciled => {
            matches!(
                status,
                Some(S::Received | S::Accepted | S::PartiallyAccepted)
            )
        }
        _ => false,
    }
}

/// Whether the counts are those of the outcome.
fn fits(status: Coded<ReviewStatus>, accepted: u32, rejected: u32) -> bool {
    match status {
        Coded::Known(ReviewStatus::Accepted) => accepted > 0 && rejected == 0,
        Coded::Known(ReviewStatus::PartiallyAccepted) => accepted > 0 && rejected > 0,
        Coded::Known(ReviewStatus::Rejected) => accepted == 0 && rejected > 0,
        Coded::Unmapped(_) => true,
    }
}
