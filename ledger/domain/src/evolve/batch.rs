//! Folding of the streams that are not cases: initiatives, cohorts, filings and orders
//! (docs/LIFECYCLE.md). A status never goes back because a fact arrives late.

use crate::event::Flags;
use crate::fact::{CohortFact, FilingFact, InitiativeFact, OrderFact};
use crate::state::{
    CohortState, CohortStatus, FilingState, FilingStatus, InitiativeState, InitiativeStatus,
    OrderState, OrderStatus,
};
use crate::vocabulary::{Coded, ReviewStatus};

pub(super) fn initiative(mut state: InitiativeState, fact: &InitiativeFact) -> InitiativeState {
    state.revisions += 1;
    match fact {
        InitiativeFact::InitiativeOpened {
            basis,
            lead,
            counties,
            policy,
        } => {
            state.status = state.status.or(Some(InitiativeStatus::Planned));
            state.basis = Some(*basis);
            state.lead = Some(*lead);
            state.counties.clone_from(counties);
            state.policy = Some(*policy);
        }
        InitiativeFact::PolicyAdopted { policy } => state.policy = Some(*policy),
        // An announcement may follow the start of the work.
        InitiativeFact::InitiativeAnnounced => {
            state.status = state.status.max(Some(InitiativeStatus::Announced));
        }
        InitiativeFact::InitiativeStarted => state.status = Some(InitiativeStatus::Running),
        InitiativeFact::InitiativeCompleted => state.status = Some(InitiativeStatus::Complete),
        InitiativeFact::InitiativeClosedWithRemainder { .. } => {
            state.status = Some(InitiativeStatus::ClosedWithRemainder);
        }
    }
    state
}

pub(super) fn cohort(mut state: CohortState, fact: &CohortFact) -> CohortState {
    state.revisions += 1;
    match fact {
        CohortFact::CohortOpened {
            version,
            source,
            file_digest,
            declared,
            supersedes,
        } => {
            state.status = Some(CohortStatus::Open);
            state.version = *version;
            state.source = Some(*source);
            state.file_digest = Some(*file_digest);
            state.declared = *declared;
            state.supersedes = *supersedes;
        }
        CohortFact::CohortSealed { received, refused } => {
            state.status = Some(CohortStatus::Sealed);
            state.received = Some(*received);
            state.refused = *refused;
        }
        CohortFact::CohortSuperseded { by, .. } => {
            state.status = Some(CohortStatus::Superseded);
            state.superseded_by = Some(*by);
        }
    }
    state
}

pub(super) fn filing(mut state: FilingState, flags: Flags, fact: &FilingFact) -> FilingState {
    state.revisions += 1;
    state.flags = state.flags.union(flags);
    match fact {
        FilingFact::FilingPrepared {
            vehicle,
            court,
            initiative,
            manifest,
        } => {
            state.status = state.status.or(Some(FilingStatus::Prepared));
            state.vehicle = Some(*vehicle);
            state.court = Some(*court);
            state.initiative = *initiative;
            state.manifest = *manifest;
        }
        FilingFact::FilingSent => state.status = Some(FilingStatus::Sent),
        FilingFact::FilingReceiptConfirmed { rows } => {
            state.status = state.status.max(Some(FilingStatus::Received));
            state.court_rows = rows.or(state.court_rows);
        }
        FilingFact::FilingReviewed {
            status,
            accepted,
            rejected,
            ..
        } => {
            // What the filer took back is not filed by a review that crossed it, and what was
            // reconciled stays so.
            if state.status != Some(FilingStatus::Withdrawn)
                && state.status != Some(FilingStatus::Reconciled)
            {
                state.status = Some(match status {
                    Coded::Known(ReviewStatus::Accepted) => FilingStatus::Accepted,
                    Coded::Known(ReviewStatus::PartiallyAccepted) => {
                        FilingStatus::PartiallyAccepted
                    }
                    Coded::Known(ReviewStatus::Rejected) => FilingStatus::Rejected,
                    Coded::Unmapped(_) => FilingStatus::Unmapped,
                });
            }
            state.accepted = *accepted;
            state.rejected = *rejected;
        }
        FilingFact::FilingRetracted { .. } => state.status = Some(FilingStatus::Withdrawn),
        FilingFact::ListReconciled { .. } => state.status = Some(FilingStatus::Reconciled),
    }
    state
}

pub(super) fn order(mut state: OrderState, flags: Flags, fact: &OrderFact) -> OrderState {
    state.revisions += 1;
    state.flags = state.flags.union(flags);
    match fact {
        OrderFact::OrderProposed {
            kind,
            court,
            effects,
            manifest,
        } => {
            state.status = state.status.or(Some(OrderStatus::Proposed));
            state.kind = Some(*kind);
            state.court = Some(*court);
            state.effects = Some(*effects);
            state.manifest = *manifest;
            state.declared = manifest.map_or(0, |manifest| manifest.rows);
        }
        OrderFact::OrderSubmitted => {
            state.status = state.status.max(Some(OrderStatus::Submitted));
        }
        OrderFact::OrderIssued {
            kind,
            court,
            effects,
            basis,
            manifest,
        } => {
            // Signed once: a second statement of it is recorded and flagged, and a late one does
            // not undo rows that were amended since.
            if state.basis.is_none() {
                state.kind = Some(*kind);
                state.court = Some(*court);
                state.effects = Some(*effects);
                state.basis = Some(*basis);
                state.manifest = *manifest;
                state.declared = manifest.map_or(0, |manifest| manifest.rows);
            }
            state.status = state.status.max(Some(OrderStatus::Signed));
        }
        OrderFact::OrderFiled => state.status = state.status.max(Some(OrderStatus::Filed)),
        OrderFact::OrderRowsExplained { outcome, rows } => {
            state
                .explained
                .extend(rows.iter().map(|row| (*row, *outcome)));
            state.explained.sort_unstable_by_key(|(row, _)| *row);
        }
        OrderFact::OrderCompleted { .. } => {
            state.status = state.status.max(Some(OrderStatus::Applied));
        }
        OrderFact::OrderAmended { added, removed } => {
            let (added, removed) = (
                added.map_or(0, |manifest| manifest.rows),
                removed.map_or(0, |manifest| manifest.rows),
            );
            state.declared = state.declared.saturating_add(added).saturating_sub(removed);
            // Other rows, so it has to be completed anew.
            if state.status == Some(OrderStatus::Applied) {
                state.status = Some(OrderStatus::Filed);
            }
        }
        OrderFact::OrderSetAside { .. } => state.status = Some(OrderStatus::Vacated),
    }
    state
}
