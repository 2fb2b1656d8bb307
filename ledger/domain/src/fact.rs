//! What can be stated about a case, an initiative, a cohort, a filing, an order or an organisation.
//!
//! Every fact has one business date, carried beside it as `occurred_on`: the day it was decided,
//! filed, ordered, entered, executed, sent or observed. Dates inside a fact are further ones.

use serde::{Deserialize, Serialize};

use crate::id::ChargeId;
use crate::text::Text;
use crate::vocabulary::{Coded, Family, NotDoneReason, Severity, Supervision};

mod batch;
mod case;
mod kind;
mod org;

pub use batch::{CohortFact, FilingFact, InitiativeFact, OrderFact};
pub use case::CaseFact;
pub use kind::FactKind;
pub use org::{KeyChange, OrgFact};

/// One charge as the list or the court has it: coarse, with nothing that names a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Number within the case, from 1.
    pub id: ChargeId,
    /// Code section at conviction as `HS 11357(b)`. Predecessor sections are kept as they were.
    pub section: Text<24>,
    /// Family of the section.
    pub family: Family,
    /// Grade at conviction.
    pub severity: Severity,
    /// Year of conviction.
    pub conviction_year: u16,
    /// How many counts of the section the conviction has, from 1.
    pub counts: u8,
    /// Whether the sentence is still being served.
    pub sentence: Supervision,
    /// Whether the section was found only in a comment and needs a look.
    pub in_comment_only: bool,
}

/// Declared size of a manifest: how many rows, and what their keys hash to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Rows declared.
    pub rows: u32,
    /// RFC 6962 root over the sorted row keys, each leaf prefixed with a random salt of the
    /// manifest that the parties keep: without it a short manifest would give its docket numbers
    /// away. The ledger stores the root and never recomputes it.
    pub root: [u8; 32],
}

/// Rows of a list by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlTotals {
    /// All rows.
    pub rows: u32,
    /// Felonies.
    pub felonies: u32,
    /// Misdemeanors.
    pub misdemeanors: u32,
    /// Infractions.
    pub infractions: u32,
    /// Severity not given.
    pub unknown: u32,
}

impl ControlTotals {
    /// Whether the severities add up to the rows.
    pub fn adds_up(&self) -> bool {
        let parts = [
            self.felonies,
            self.misdemeanors,
            self.infractions,
            self.unknown,
        ];
        parts
            .iter()
            .try_fold(0_u32, |sum, part| sum.checked_add(*part))
            == Some(self.rows)
    }
}

/// Cases that an initiative leaves open, by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemainderItem {
    /// Why they are open.
    pub reason: Coded<NotDoneReason>,
    /// How many cases.
    pub cases: u32,
}

/// A fact about one of the streams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// About a case.
    Case(CaseFact),
    /// About an initiative.
    Initiative(InitiativeFact),
    /// About a cohort.
    Cohort(CohortFact),
    /// About a filing.
    Filing(FilingFact),
    /// About an order.
    Order(OrderFact),
    /// About an organisation.
    Org(OrgFact),
}
