//! Worklists, by hand and against a recount.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::history::{case, case_id, held, sighting};
use crate::date::Date;
use crate::event::{Charges, Event, Flag, Flags};
use crate::fact::{CaseFact, Fact, FactKind, FilingFact};
use crate::id::{CaseId, ChargeId, FilingId, OrderId, StreamId};
use crate::state::{CaseState, FilingState, OrderState, State};
use crate::text::Text;
use crate::view::{CodedField, UnmappedCode, Unmatched, Worklists};
use crate::vocabulary::{
    Coded, CorrectionReason, FilingRejection, FilingVehicle, Role, RowOutcome, Set, Source,
};

fn event(fact: CaseFact) -> Event {
    Event {
        occurred_on: "1975-06-01".parse().unwrap(),
        role: Role::Court,
        flags: Flags::NONE,
        charges: Charges::default(),
        fact: Fact::Case(fact),
    }
}

fn order(number: u8) -> OrderId {
    OrderId::from_bytes([number; 16])
}

fn filing(number: u8) -> FilingId {
    FilingId::from_bytes([number; 16])
}

fn applied(order: OrderId, row: u32) -> CaseFact {
    CaseFact::OrderApplied {
        order,
        row,
        effects: Set::EMPTY,
        remedy: None,
    }
}

fn retracted(target: u64) -> CaseFact {
    CaseFact::EventRetracted {
        target,
        reason: Coded::Known(CorrectionReason::WrongCase),
        restored: Vec::new(),
    }
}

fn corrected(target: u64, replacement: CaseFact) -> CaseFact {
    CaseFact::FactCorrected {
        target,
        replacement: Box::new(replacement),
        replacement_on: Date::MIN,
        reason: Coded::Known(CorrectionReason::Typo),
        restored: Vec::new(),
    }
}

/// Worklists, and the states that go with them.
#[derive(Default)]
struct Ledger {
    worklists: Worklists,
    /// Without the events that cannot bear on orders.
    of_orders: Worklists,
    position: u64,
    cases: BTreeMap<CaseId, CaseState>,
}

impl Ledger {
    /// Folds a fact about a case whose state changed so; gives its revision.
    fn post(&mut self, case: CaseId, fact: CaseFact, change: impl FnOnce(&mut CaseState)) -> u64 {
        let state = self.cases.entry(case).or_default();
        change(state);
        state.revisions += 1;
        let (revision, after) = (state.revisions - 1, State::Case(state.clone()));
        let stream = StreamId::Case(case);
        let event = event(fact);
        self.worklists.apply(self.position, stream, &event, &after);
        if Worklists::bears_on_orders(&event) {
            self.of_orders.apply(self.position, stream, &event, &after);
        }
        self.position += 1;
        revision
    }
}

#[test]
fn keeps_confirmations_until_their_case_is_identified() {
    let mut ledger = Ledger::default();
    let (one, two) = (case_id(1), case_id(2));
    let hold = |fact: CaseFact| CaseFact::ConfirmationHeld {
        fact: Box::new(fact),
        charges: vec![ChargeId(1)],
    };
    for (case, revision) in [(one, 0), (two, 0), (one, 1)] {
        let fact = hold(CaseFact::DojRecordUpdated);
        ledger.post(case, fact, |state| state.held.push(held(revision)));
    }
    let waiting = |ledger: &Ledger| -> Vec<(u64, CaseId, u64)> {
        let unmatched = ledger.worklists.unmatched(0);
        unmatched
            .map(|u| (u.position, u.case, u.revision))
            .collect()
    };
    assert_eq!(waiting(&ledger), [(0, one, 0), (1, two, 0), (2, one, 1)]);
    assert_eq!(
        ledger.worklists.unmatched(1).next(),
        Some(&Unmatched {
            case: two,
            revision: 0,
            position: 1,
            kind: FactKind::DojRecordUpdated,
            occurred_on: "1975-06-01".parse().unwrap(),
            role: Role::Court,
            order: None,
            filing: None,
        })
    );
    // A correction of what still waits changes what waits.
    let correction = corrected(0, CaseFact::SealingOrdered { order: order(1) });
    ledger.post(two, correction, |_| {});
    let restated = ledger.worklists.unmatched(1).next().unwrap();
    assert_eq!(restated.kind, FactKind::SealingOrdered);
    assert_eq!((restated.position, restated.occurred_on), (1, Date::MIN));
    assert_eq!(ledger.worklists.unmatched_of_order(order(1)), 1);
    assert_eq!(ledger.worklists.unmatched_of_order(order(9)), 0);
    let matched = CaseFact::ConfirmationMatched {
        held: 1,
        fact: Box::new(applied(order(1), 7)),
    };
    ledger.post(one, matched, |state| state.held.truncate(1));
    assert_eq!(waiting(&ledger), [(0, one, 0), (1, two, 0)]);
    // What was matched counts from now on.
    assert_eq!(ledger.worklists.order_counts(order(1)).applied, 1);
    ledger.post(two, retracted(0), |state| state.held.clear());
    assert_eq!(waiting(&ledger), [(0, one, 0)]);
    assert_eq!(ledger.worklists.unmatched_len(), 1);
    assert_eq!(ledger.worklists.complete_to(), 6);
}

#[test]
fn counts_cases_of_an_order_once_and_lists_the_rows_still_open() {
    let mut ledger = Ledger::default();
    let blanket = order(1);
    let same = |_: &mut CaseState| {};
    ledger.post(case_id(1), applied(blanket, 1), same);
    let wrong = ledger.post(case_id(2), applied(blanket, 2), same);
    let again = ledger.post(case_id(2), applied(blanket, 3), same);
    ledger.post(case_id(3), applied(order(2), 4), same);
    let state = OrderState {
        declared: 6,
        explained: vec![(5, RowOutcome::NotFound)],
        ..OrderState::default()
    };
    let open = |ledger: &Ledger| -> Vec<u32> {
        ledger.worklists.order_rows_open(blanket, &state).collect()
    };
    assert_eq!(ledger.worklists.order_counts(blanket).applied, 2);
    assert_eq!(open(&ledger), [4, 6]);

    ledger.post(case_id(2), retracted(wrong), same);
    assert_eq!(ledger.worklists.order_counts(blanket).applied, 2);
    assert_eq!(open(&ledger), [2, 4, 6]);

    ledger.post(case_id(2), corrected(again, applied(blanket, 6)), same);
    assert_eq!(ledger.worklists.order_counts(blanket).applied, 2);
    assert_eq!(open(&ledger), [2, 3, 4]);
    // Corrected once more: by the revision of the original.
    ledger.post(case_id(2), corrected(again, applied(order(2), 5)), same);
    assert_eq!(ledger.worklists.order_counts(blanket).applied, 1);
    assert_eq!(ledger.worklists.order_counts(order(2)).applied, 2);
    assert_eq!(open(&ledger), [2, 3, 4, 6]);
    assert_eq!(ledger.worklists.order_counts(order(9)).applied, 0);
}

#[test]
fn counts_the_cases_that_stand_on_a_list_now() {
    let mut ledger = Ledger::default();
    let lists = ["LA-2021-COURT.1", "LA-2021-COURT.2"].map(|list| list.parse().unwrap());
    let counts = |ledger: &Ledger| lists.map(|list| ledger.worklists.cohort_cases(list));
    let added = CaseFact::SightingAdded {
        cohort: lists[0],
        row: 1,
        source: Source::CourtRecords,
    };
    for number in 1..=2 {
        ledger.post(case_id(number), added.clone(), |state| {
            *state = case(None, Vec::new());
        });
    }
    assert_eq!(counts(&ledger), [2, 0]);
    ledger.post(case_id(2), added.clone(), |state| {
        let later = sighting(lists[1].as_str(), Source::CourtRecords);
        state.sightings.push(later);
    });
    assert_eq!(counts(&ledger), [2, 1]);
    let removed = CaseFact::SightingRemoved { cohort: lists[0] };
    ledger.post(case_id(2), removed, |state| {
        state.sightings[0].listed = false;
    });
    assert_eq!(counts(&ledger), [1, 1]);
    // A list may have been confirmed before the case was identified.
    let matched = CaseFact::ConfirmationMatched {
        held: 0,
        fact: Box::new(added),
    };
    ledger.post(case_id(2), matched, |state| {
        state.sightings[0].listed = true;
    });
    assert_eq!(counts(&ledger), [2, 1]);
}

#[test]
fn counts_flags_and_unknown_codes_where_they_were_used() {
    let mut worklists = Worklists::default();
    let raw = Text::parse("R-12").unwrap();
    let rejected = |reason| CaseFact::FilingRejected {
        filing: filing(1),
        reason,
    };
    let mut flagged = event(rejected(Coded::Unmapped(raw)));
    flagged.flags = Flags::NONE
        .with(Flag::UnmappedCode)
        .with(Flag::NoSubmission);
    let reviewed = Event {
        fact: Fact::Filing(FilingFact::FilingReviewed {
            status: Coded::Unmapped(Text::parse("PARKED").unwrap()),
            accepted: 0,
            rejected: 1,
            reason: Some(Coded::Unmapped(raw)),
        }),
        flags: Flags::NONE.with(Flag::UnmappedCode),
        ..event(CaseFact::ReviewStarted)
    };
    let known = event(rejected(Coded::Known(FilingRejection::Fee)));
    let held = event(CaseFact::ConfirmationHeld {
        fact: Box::new(rejected(Coded::Unmapped(raw))),
        charges: Vec::new(),
    });
    let matched = event(CaseFact::ConfirmationMatched {
        held: 0,
        fact: Box::new(rejected(Coded::Unmapped(raw))),
    });
    let of_case = (
        StreamId::Case(case_id(1)),
        State::Case(CaseState::default()),
    );
    let of_filing = (
        StreamId::Filing(filing(1)),
        State::Filing(FilingState::default()),
    );
    let events = [
        (&of_case, flagged),
        (&of_filing, reviewed),
        (&of_case, known),
        (&of_case, held),
        (&of_case, matched),
    ];
    for (position, ((stream, after), event)) in (0..).zip(&events) {
        worklists.apply(position, *stream, event, after);
    }
    assert_eq!(worklists.flag_events(Flag::UnmappedCode), 2);
    assert_eq!(worklists.flag_events(Flag::NoSubmission), 1);
    assert_eq!(worklists.flag_events(Flag::NoOrder), 0);
    let unmapped: Vec<UnmappedCode> = worklists.unmapped().collect();
    assert_eq!(
        unmapped,
        [
            UnmappedCode {
                field: CodedField::FilingRejection,
                code: raw,
                count: 3,
            },
            UnmappedCode {
                field: CodedField::ReviewStatus,
                code: Text::parse("PARKED").unwrap(),
                count: 1,
            },
        ]
    );
    assert_eq!(worklists.filing_cases(filing(1)), 1);
    let names: BTreeSet<&str> = CodedField::ALL.iter().map(|field| field.name()).collect();
    assert_eq!(names.len(), CodedField::ALL.len());
}

/// A statement about a case, or the retraction or correction of an earlier one.
#[derive(Clone, Debug)]
enum Post {
    Applied(u8, u32),
    Filed(u8),
    Confirmed(u8),
    Retracted(u64),
    Corrected(u64, u8, u32),
}

fn posts() -> impl Strategy<Value = Vec<(u8, Post)>> {
    let post = prop_oneof![
        (0_u8..3, 1_u32..6).prop_map(|(order, row)| Post::Applied(order, row)),
        (0_u8..3).prop_map(Post::Filed),
        (0_u8..3).prop_map(Post::Confirmed),
        (0_u64..8).prop_map(Post::Retracted),
        (0_u64..8, 0_u8..3, 1_u32..6)
            .prop_map(|(target, order, row)| Post::Corrected(target, order, row)),
    ];
    prop::collection::vec((0_u8..4, post), 0..60)
}

proptest! {
    #[test]
    fn counts_distinct_cases_without_retracted_statements(posts in posts()) {
        let mut ledger = Ledger::default();
        // Statements in force: by case and revision, the order and row, or the filing.
        let mut orders: BTreeMap<(CaseId, u64), (u8, u32)> = BTreeMap::new();
        let mut filings: BTreeMap<(CaseId, u64), u8> = BTreeMap::new();
        for (number, post) in posts {
            let case = case_id(number);
            let fact = match post {
                Post::Applied(number, row) => applied(order(number), row),
                Post::Filed(number) => CaseFact::FilingSubmitted {
                    filing: filing(number),
                    vehicle: FilingVehicle::Motion,
                    row: None,
                },
                Post::Confirmed(number) => CaseFact::FilingReceived {
                    filing: filing(number),
                },
                Post::Retracted(target) => retracted(target),
                Post::Corrected(target, number, row) => {
                    corrected(target, applied(order(number), row))
                }
            };
            let mut at = ledger.cases.get(&case).map_or(0, |state| state.revisions);
            if let Post::Retracted(target) | Post::Corrected(target, ..) = post {
                at = target;
                // Only what was stated can be taken back, and only once.
                if orders.remove(&(case, at)).is_none() && filings.remove(&(case, at)).is_none() {
                    continue;
                }
            }
            ledger.post(case, fact, |_| {});
            match post {
                Post::Applied(number, row) | Post::Corrected(_, number, row) => {
                    orders.insert((case, at), (number, row));
                }
                Post::Filed(number) | Post::Confirmed(number) => {
                    filings.insert((case, at), number);
                }
                Post::Retracted(_) => {}
            }
        }
        let state = OrderState { declared: 6, ..OrderState::default() };
        for number in 0..3 {
            let applied: BTreeSet<CaseId> = orders
                .iter()
                .filter(|(_, (order, _))| *order == number)
                .map(|((case, _), _)| *case)
                .collect();
            let counts = ledger.worklists.order_counts(order(number));
            prop_assert_eq!(counts.applied as usize, applied.len());
            prop_assert_eq!(counts, ledger.of_orders.order_counts(order(number)));
            let open: Vec<u32> = ledger.worklists.order_rows_open(order(number), &state).collect();
            let expected: Vec<u32> = (1..=6)
                .filter(|row| !orders.values().any(|at| *at == (number, *row)))
                .collect();
            prop_assert_eq!(open, expected);
            let filed: BTreeSet<CaseId> = filings
                .iter()
                .filter(|(_, filing)| **filing == number)
                .map(|((case, _), _)| *case)
                .collect();
            let counted = ledger.worklists.filing_cases(filing(number));
            prop_assert_eq!(counted as usize, filed.len());
        }
    }
}
