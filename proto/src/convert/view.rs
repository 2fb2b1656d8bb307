//! States of streams, as people ask for them.

use bytes::Bytes;
use caseledger_domain::view::{ListedCase, Unmatched};
use caseledger_domain::vocabulary::{RowOutcome, Vocabulary};
use caseledger_domain::{
    CaseFact, CaseId, CaseIdentity, CaseState, ChargeId, ChargeState, CohortState, FilingId,
    FilingState, Flags, Held, InitiativeState, OrderCounts, OrderId, OrderState, OrgId, Sighting,
};

use crate::field::{Nested as _, Wire as _};
use crate::pb::event::v1::Fact;
use crate::pb::v1 as pb;

/// A case.
pub fn case(id: CaseId, state: &CaseState) -> pb::Case {
    pb::Case {
        case_id: bytes(id),
        revisions: state.revisions,
        identity: state.identity.as_ref().map(identity),
        sightings: state.sightings.iter().map(sighting).collect(),
        charges: state.charges.iter().map(charge).collect(),
        held: state.held.iter().map(held).collect(),
        custodians: state.custodians.put(),
        duplicate_of: state.duplicate_of.map(bytes).unwrap_or_default(),
        defender_noticed: state.defender_noticed,
        mismatch_open: state.mismatch_open,
        flags: flags(state.flags),
        retracted: state.retracted.clone(),
        phase: number(state.phase()),
        any_phase: number(state.any_phase()),
        exit: number(state.exit()),
        counted: state.counted(),
        all_relieved: state.all_relieved(),
        other_convictions_remain: state.other_convictions_remain(),
        complete: state.complete(),
    }
}

fn identity(identity: &CaseIdentity) -> pb::CaseIdentity {
    pb::CaseIdentity {
        county: identity.county.put(),
        court: identity.court.put(),
        agency: identity.agency.put(),
        person: identity.person.map(bytes).unwrap_or_default(),
    }
}

fn sighting(sighting: &Sighting) -> pb::Sighting {
    pb::Sighting {
        cohort: sighting.cohort.put(),
        source: sighting.source.put(),
        row: sighting.row,
        listed: sighting.listed,
    }
}

fn charge(state: &ChargeState) -> pb::ChargeCard {
    pb::ChargeCard {
        state: Some(state.put_message()),
        phase: number(Some(state.phase())),
        exit: number(state.exit()),
        pursued: state.pursued(),
        complete: state.complete(),
    }
}

fn held(held: &Held) -> pb::HeldConfirmation {
    let fact: Option<Box<Fact>> = Box::<CaseFact>::put(&Box::new(held.fact.clone()));
    pb::HeldConfirmation {
        revision: held.revision,
        occurred_on: held.occurred_on.put(),
        role: held.role.put(),
        fact: fact.map(|fact| *fact),
        charges: held.charges.iter().map(ChargeId::put).collect(),
    }
}

/// A case in a list.
pub fn case_row(listed: &ListedCase) -> pb::CaseRow {
    pb::CaseRow {
        case_id: bytes(listed.case),
        phase: number(listed.phase),
        exit: number(listed.exit),
        counted: listed.counted,
    }
}

/// A confirmation that matches no case, with who posted it and when it was recorded (microseconds
/// since 1970-01-01 UTC).
pub fn unmatched(waiting: &Unmatched, submitter: OrgId, recorded_at_us: u64) -> pb::Unmatched {
    pb::Unmatched {
        case_id: bytes(waiting.case),
        revision: waiting.revision,
        kind: waiting.kind.put(),
        occurred_on: waiting.occurred_on.put(),
        position: waiting.position,
        role: waiting.role.put(),
        submitter: submitter.put(),
        recorded_at_us,
        order: waiting.order.map_or_else(Bytes::new, bytes),
        filing: waiting.filing.map_or_else(Bytes::new, bytes),
    }
}

/// An initiative, complete to a size of the ledger.
pub fn initiative(state: &InitiativeState, complete_to: u64) -> pb::GetInitiativeResponse {
    pb::GetInitiativeResponse {
        revisions: state.revisions,
        status: number(state.status),
        basis: state.basis.put(),
        lead: state.lead.put(),
        counties: state.counties.put(),
        policy: state.policy.put(),
        complete_to,
    }
}

/// A cohort with the number of cases that stand on it, complete to a size of the ledger.
pub fn cohort(state: &CohortState, cases: u64, complete_to: u64) -> pb::GetCohortResponse {
    pb::GetCohortResponse {
        revisions: state.revisions,
        status: number(state.status),
        version: u32::from(state.version),
        source: state.source.put(),
        file_digest: Bytes::copy_from_slice(state.file_digest.as_ref().map_or(&[], |d| &d[..])),
        declared: Some(state.declared.put_message()),
        received: state.received.put(),
        refused: state.refused,
        supersedes: state.supersedes.put(),
        superseded_by: state.superseded_by.put(),
        cases,
        complete_to,
    }
}

/// A filing with the number of cases that name it, complete to a size of the ledger.
pub fn filing(
    id: FilingId,
    state: &FilingState,
    cases: u64,
    unmatched: usize,
    complete_to: u64,
) -> pb::GetFilingResponse {
    pb::GetFilingResponse {
        filing_id: bytes(id),
        revisions: state.revisions,
        status: number(state.status),
        vehicle: state.vehicle.put(),
        court: state.court.map(|court| court.put()).unwrap_or_default(),
        initiative: state.initiative.put(),
        manifest: state.manifest.put(),
        court_rows: state.court_rows,
        accepted: state.accepted,
        rejected: state.rejected,
        flags: flags(state.flags),
        cases,
        complete_to,
        unmatched: u32::try_from(unmatched).unwrap_or(u32::MAX),
    }
}

/// An order with what was counted of it, complete to a size of the ledger.
pub fn order(
    id: OrderId,
    state: &OrderState,
    counts: OrderCounts,
    unmatched: usize,
    complete_to: u64,
) -> pb::GetOrderResponse {
    let explained = |outcome| {
        let rows = state.explained.iter();
        rows.filter(|(_, why)| *why == outcome).count() as u32
    };
    let already = explained(RowOutcome::Already);
    let not_found = explained(RowOutcome::NotFound);
    let rejected = explained(RowOutcome::Rejected);
    let accounted = [counts.applied, already, not_found, rejected];
    pb::GetOrderResponse {
        order_id: bytes(id),
        revisions: state.revisions,
        status: number(state.status),
        kind: state.kind.put(),
        court: state.court.map(|court| court.put()).unwrap_or_default(),
        effects: state.effects.map(|set| set.put()).unwrap_or_default(),
        basis: state.basis.put(),
        manifest: state.manifest.put(),
        declared: state.declared,
        applied: counts.applied,
        already,
        not_found,
        rejected,
        // More may be applied than is declared; then the order's flags say so.
        open: accounted
            .into_iter()
            .fold(state.declared, u32::saturating_sub),
        flags: flags(state.flags),
        complete_to,
        unmatched: u32::try_from(unmatched).unwrap_or(u32::MAX),
    }
}

/// Flags on the wire, ascending.
pub(super) fn flags(flags: Flags) -> Vec<i32> {
    flags.iter().map(|flag| i32::from(flag as u8)).collect()
}

/// The number of a code whose enum stands in the package of the services.
fn number<T: Vocabulary>(code: Option<T>) -> i32 {
    code.map_or(0, |code| i32::from(code.number()))
}

fn bytes(id: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(id.as_ref())
}
