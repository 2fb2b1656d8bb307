//! Worklists: what somebody still has to look at.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use self::coded::CodedField;
use self::coded::each_unmapped;
use self::links::{Links, Named};
use crate::command::OrderCounts;
use crate::date::Date;
use crate::event::{Event, Flag};
use crate::fact::{CaseFact, Fact, FactKind};
use crate::id::{CaseId, CohortId, FilingId, OrderId, StreamId};
use crate::state::{CaseState, OrderState, State};
use crate::vocabulary::{RawCode, Role};

mod coded;
mod links;

/// The view behind inboxes and tallies. It answers for now only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worklists {
    /// Entries seen.
    size: u64,
    /// Confirmations without a case, by position of the entry that holds them.
    unmatched: BTreeMap<u64, Unmatched>,
    /// Positions in `unmatched`, by case and held revision.
    held: BTreeMap<(CaseId, u64), u64>,
    links: Links,
    /// Events with each flag, by number of the flag.
    flags: [u64; 32],
    unmapped: BTreeMap<(CodedField, RawCode), u64>,
}

/// A confirmation that waits for its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmatched {
    /// The case it opened: known by its key alone.
    pub case: CaseId,
    /// Revision of the event that holds it.
    pub revision: u64,
    /// Position of that event's entry. How long it has waited counts from when that entry was
    /// recorded, not from `occurred_on`, which may be decades earlier.
    pub position: u64,
    /// What was confirmed.
    pub kind: FactKind,
    /// The business date of the fact.
    pub occurred_on: Date,
    /// In which role it was posted.
    pub role: Role,
    /// The order that it names.
    pub order: Option<OrderId>,
    /// The filing that it names.
    pub filing: Option<FilingId>,
}

/// A code that a source used and the vocabulary does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmappedCode {
    /// Where it was used.
    pub field: CodedField,
    /// The source's word.
    pub code: RawCode,
    /// How often it was stated. Statements that were retracted later stay counted: the code still
    /// wants a place in the vocabulary.
    pub count: u64,
}

impl Worklists {
    /// Folds one event of any stream: `after` is the stream with the event folded in. Positions
    /// ascend.
    pub fn apply(&mut self, position: u64, stream: StreamId, event: &Event, after: &State) {
        debug_assert!(position >= self.size, "positions ascend");
        self.size = position.saturating_add(1);
        for flag in event.flags.iter() {
            if let Some(count) = self.flags.get_mut(flag as usize) {
                *count += 1;
            }
        }
        each_unmapped(&event.fact, &mut |field, code| {
            *self.unmapped.entry((field, code)).or_default() += 1;
        });
        if let (StreamId::Case(case), State::Case(after), Fact::Case(fact)) =
            (stream, after, &event.fact)
        {
            self.sort(position, case, event, fact, after);
        }
    }

    /// The number of entries, from the first one on, that the view has seen.
    pub fn complete_to(&self) -> u64 {
        self.size
    }

    /// Confirmations that wait for their case, oldest entry first, from a position on.
    pub fn unmatched(&self, from: u64) -> impl Iterator<Item = &Unmatched> {
        self.unmatched.range(from..).map(|(_, held)| held)
    }

    /// How many confirmations wait in entries of these positions.
    pub fn unmatched_between(&self, positions: Range<u64>) -> usize {
        self.unmatched.range(positions).count()
    }

    /// How many confirmations wait.
    pub fn unmatched_len(&self) -> usize {
        self.unmatched.len()
    }

    /// How many confirmations wait that name an order.
    pub fn unmatched_of_order(&self, order: OrderId) -> usize {
        let waiting = self.unmatched.values();
        waiting.filter(|held| held.order == Some(order)).count()
    }

    /// How many confirmations wait that name a filing.
    pub fn unmatched_of_filing(&self, filing: FilingId) -> usize {
        let waiting = self.unmatched.values();
        waiting.filter(|held| held.filing == Some(filing)).count()
    }

    /// What was counted for an order: the distinct cases that it was applied to, without
    /// applications that were retracted.
    pub fn order_counts(&self, order: OrderId) -> OrderCounts {
        OrderCounts {
            applied: self.links.cases(Named::Order(order)),
        }
    }

    /// Rows of an order's manifest that are neither applied nor explained, ascending.
    pub fn order_rows_open(&self, order: OrderId, state: &OrderState) -> impl Iterator<Item = u32> {
        (1..=state.declared).filter(move |row| {
            let explained = state.explained.binary_search_by_key(row, |(row, _)| *row);
            explained.is_err() && !self.links.order_row_applied(order, *row)
        })
    }

    /// Whether an event can change what [`Self::order_counts`] answers, now or when it is corrected
    /// later. Whoever wants those counts alone need fold no other event.
    pub const fn bears_on_orders(event: &Event) -> bool {
        matches!(
            &event.fact,
            Fact::Case(
                CaseFact::OrderApplied { .. }
                    | CaseFact::ConfirmationHeld { .. }
                    | CaseFact::ConfirmationMatched { .. }
                    | CaseFact::FactCorrected { .. }
                    | CaseFact::EventRetracted { .. }
            )
        )
    }

    /// Distinct cases that a filing was stated for, by its sender or by the court.
    pub fn filing_cases(&self, filing: FilingId) -> u32 {
        self.links.cases(Named::Filing(filing))
    }

    /// Cases that stand on a list now, duplicates and voided ones included.
    pub fn cohort_cases(&self, cohort: CohortId) -> u32 {
        self.links.cases(Named::Cohort(cohort))
    }

    /// How many events raised a flag, retracted ones included.
    pub fn flag_events(&self, flag: Flag) -> u64 {
        self.flags.get(flag as usize).copied().unwrap_or(0)
    }

    /// Codes that are not in the vocabulary, by field and code.
    pub fn unmapped(&self) -> impl Iterator<Item = UnmappedCode> {
        self.unmapped
            .iter()
            .map(|((field, code), count)| UnmappedCode {
                field: *field,
                code: *code,
                count: *count,
            })
    }

    /// Sorts an event of a case into the lists.
    fn sort(
        &mut self,
        position: u64,
        case: CaseId,
        event: &Event,
        fact: &CaseFact,
        after: &CaseState,
    ) {
        let revision = after.revisions.saturating_sub(1);
        match fact {
            CaseFact::ConfirmationHeld { fact, .. } => {
                let (order, filing) = refers_to(fact);
                let held = Unmatched {
                    case,
                    revision,
                    position,
                    kind: fact.kind(),
                    occurred_on: event.occurred_on,
                    role: event.role,
                    order,
                    filing,
                };
                self.unmatched.insert(position, held);
                self.held.insert((case, revision), position);
            }
            CaseFact::ConfirmationMatched { held, fact } => {
                self.let_go(case, *held);
                self.links.add(case, revision, fact);
                self.links.list(case, &after.sightings);
            }
            CaseFact::FactCorrected {
                target,
                replacement,
                replacement_on,
                ..
            } => {
                if let Some(position) = self.held.get(&(case, *target))
                    && let Some(waiting) = self.unmatched.get_mut(position)
                {
                    waiting.kind = replacement.kind();
                    waiting.occurred_on = *replacement_on;
                    (waiting.order, waiting.filing) = refers_to(replacement);
                } else {
                    // The replacement stands in the place of the original, where a later
                    // correction finds it.
                    self.links.remove(case, *target);
                    self.links.add(case, *target, replacement);
                }
            }
            CaseFact::ConfirmationResolved { held, .. } => self.let_go(case, *held),
            CaseFact::EventRetracted { target, .. } => {
                self.let_go(case, *target);
                self.links.remove(case, *target);
            }
            CaseFact::CaseIdentified { .. }
            | CaseFact::SightingAdded { .. }
            | CaseFact::SightingRemoved { .. } => self.links.list(case, &after.sightings),
            stated => self.links.add(case, revision, stated),
        }
    }

    fn let_go(&mut self, case: CaseId, revision: u64) {
        if let Some(position) = self.held.remove(&(case, revision)) {
            self.unmatched.remove(&position);
        }
    }
}

/// The order and the filing that a fact names.
const fn refers_to(fact: &CaseFact) -> (Option<OrderId>, Option<FilingId>) {
    match fact {
        CaseFact::FilingSubmitted { filing, .. }
        | CaseFact::ListDelivered { filing, .. }
        | CaseFact::FilingReceived { filing }
        | CaseFact::FilingAccepted { filing, .. }
        | CaseFact::FilingPartiallyAccepted { filing, .. }
        | CaseFact::FilingRejected { filing, .. }
        | CaseFact::FilingWithdrawn { filing, .. } => (None, Some(*filing)),
        CaseFact::ReliefGranted { order, .. }
        | CaseFact::OrderApplied { order, .. }
        | CaseFact::SealingOrdered { order }
        | CaseFact::ReliefReversed { order }
        | CaseFact::OrderVacated { order, .. }
        | CaseFact::Unsealed { order } => (Some(*order), None),
        CaseFact::ChallengeSustained { order }
        | CaseFact::ChallengeOverruled { order }
        | CaseFact::ReliefDenied { order, .. }
        | CaseFact::DispositionEntered { order, .. }
        | CaseFact::SealingExecuted { order, .. } => (*order, None),
        _ => (None, None),
    }
}
