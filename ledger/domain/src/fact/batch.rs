//! Facts about what covers many cases: initiatives, cohorts, filings and orders.

use serde::{Deserialize, Serialize};

use crate::fact::{ControlTotals, Manifest, RemainderItem};
use crate::id::{CohortId, InitiativeId, OrderId, OrgId};
use crate::policy::Policy;
use crate::text::Text;
use crate::vocabulary::{
    Coded, FilingRejection, FilingVehicle, LegalBasis, OrderEffect, OrderKind, ReviewStatus,
    RowOutcome, Set, Source, WithdrawReason,
};

/// A fact about an initiative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InitiativeFact {
    /// It exists.
    InitiativeOpened {
        /// Its legal basis.
        basis: LegalBasis,
        /// Who leads it.
        lead: OrgId,
        /// Counties it covers (FIPS county numbers within the state).
        counties: Vec<u16>,
        /// The policy it starts with.
        policy: Policy,
    },
    /// A later policy.
    PolicyAdopted {
        /// The policy; its version is the next one.
        policy: Policy,
    },
    /// It was announced.
    InitiativeAnnounced,
    /// Work began.
    InitiativeStarted,
    /// Everything is done.
    InitiativeCompleted,
    /// It ends with cases left open.
    InitiativeClosedWithRemainder {
        /// How many are open, by reason.
        remainder: Vec<RemainderItem>,
    },
}

/// A fact about a cohort: one imported list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::enum_variant_names,
    reason = "the names are those of the events, as in proto and docs"
)]
pub enum CohortFact {
    /// An import begins.
    CohortOpened {
        /// Version of the list, from 1.
        version: u16,
        /// Kind of list.
        source: Source,
        /// SHA-256 of the file.
        file_digest: [u8; 32],
        /// What its header or sender declares.
        declared: ControlTotals,
        /// The list it replaces.
        supersedes: Option<CohortId>,
    },
    /// All rows are in.
    CohortSealed {
        /// What was received: cases identified or sighted from the list.
        received: ControlTotals,
        /// Rows refused, each with its reason in the row-level error file.
        refused: u32,
    },
    /// A later list replaces it.
    CohortSuperseded {
        /// By which.
        by: CohortId,
        /// Cases only in the later list.
        added: u32,
        /// Cases only in this list.
        removed: u32,
        /// Cases in both with other content.
        changed: u32,
    },
}

/// A fact about a filing: a motion, petition, application or list delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilingFact {
    /// It is ready.
    FilingPrepared {
        /// What kind.
        vehicle: FilingVehicle,
        /// Court it goes to.
        court: Text<16>,
        /// For which initiative.
        initiative: Option<InitiativeId>,
        /// The rows, for a batch.
        manifest: Option<Manifest>,
    },
    /// It was sent to the court; for a list, delivered.
    FilingSent,
    /// The court has it, and counts so many rows.
    FilingReceiptConfirmed {
        /// The court's own count; none for a filing about one case.
        rows: Option<u32>,
    },
    /// The clerk has reviewed it.
    FilingReviewed {
        /// Outcome.
        status: Coded<ReviewStatus>,
        /// Rows accepted; 1 for a filing about one case.
        accepted: u32,
        /// Rows rejected.
        rejected: u32,
        /// Why rejected, where it was.
        reason: Option<Coded<FilingRejection>>,
    },
    /// The filer takes it back.
    FilingRetracted {
        /// Why.
        reason: Coded<WithdrawReason>,
    },
    /// Prosecutor's and court's counts were compared.
    ListReconciled {
        /// Rows only the prosecutor has.
        only_sender: u32,
        /// Rows only the court has.
        only_court: u32,
        /// Rows both have.
        matched: u32,
    },
}

/// A fact about a court order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::enum_variant_names,
    reason = "the names are those of the events, as in proto and docs"
)]
pub enum OrderFact {
    /// A party proposes it.
    OrderProposed {
        /// Individual or blanket.
        kind: OrderKind,
        /// Court asked.
        court: Text<16>,
        /// What it would do.
        effects: Set<OrderEffect>,
        /// The rows, for a blanket order.
        manifest: Option<Manifest>,
    },
    /// It was put before the court.
    OrderSubmitted,
    /// A judge signed it.
    OrderIssued {
        /// Individual or blanket.
        kind: OrderKind,
        /// Issuing court.
        court: Text<16>,
        /// What it does.
        effects: Set<OrderEffect>,
        /// Legal basis.
        basis: LegalBasis,
        /// The rows, for a blanket order.
        manifest: Option<Manifest>,
    },
    /// The clerk filed it.
    OrderFiled,
    /// Rows of the manifest that will not be applied, and why.
    OrderRowsExplained {
        /// Why.
        outcome: RowOutcome,
        /// The rows, from 1, ascending.
        rows: Vec<u32>,
    },
    /// Every row is accounted for.
    OrderCompleted {
        /// Applied.
        applied: u32,
        /// Already done before.
        already: u32,
        /// No such case.
        not_found: u32,
        /// Refused.
        rejected: u32,
    },
    /// Rows are added or taken out by a later order; the first one is not rewritten.
    OrderAmended {
        /// Manifest of the rows added.
        added: Option<Manifest>,
        /// Manifest of the rows taken out.
        removed: Option<Manifest>,
    },
    /// It no longer stands.
    OrderSetAside {
        /// The order that vacates it.
        by: OrderId,
    },
}
