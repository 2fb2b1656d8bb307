//! What submissions come to.

use std::{sync::Arc, thread};

use caseledger_chain::{Position, Size, verify_receipt};
use caseledger_domain::{
    CaseFact, CaseId, Command, Decision, Expected, Fact, Manifest, OrderFact, Rejection, State,
    StreamId, Target,
    view::{AsOf, Filter, TotalsQuery, Unit},
    vocabulary::{
        Coded, CorrectionReason, DuplicateBasis, LegalBasis, OrderEffect, OrderKind, Remedy,
        RowOutcome,
    },
};
use caseledger_engine::{CanonicalCase, Direction, QueueError, Receipt, SubmitError, limits};

use crate::support::*;

fn positions(receipts: &[Receipt]) -> Vec<u64> {
    receipts
        .iter()
        .map(|receipt| receipt.position().get())
        .collect()
}

fn case_state(memory: &Memory, number: u64) -> caseledger_domain::CaseState {
    let reader = memory.engine.reader();
    let case = reader.case_of(&token(number)).unwrap();
    match reader.state(&StreamId::Case(case)).unwrap().value {
        Some(State::Case(state)) => state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_submitted_can_be_read() {
    let memory = Memory::opened();
    let ack = accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    assert_eq!((positions(&ack.receipts), ack.duplicate), (vec![2], false));
    accept(
        &memory.engine,
        prosecutor(),
        submission(2, vec![determine(0), approve(0)]),
    );

    let state = case_state(&memory, 0);
    assert_eq!(
        (state.revisions, state.charges[0].decision),
        (3, Decision::Approved)
    );
    let reader = memory.engine.reader();
    let stream = ack.receipts[0].stream();
    let history = reader
        .history(&stream, 0, Direction::Forwards, 10, None)
        .unwrap();
    assert_eq!(history.complete_to, Size::new(5));
    let found: Vec<_> = history
        .value
        .iter()
        .map(|entry| entry.position.get())
        .collect();
    assert_eq!(found, [2, 3, 4]);
    assert_eq!(history.value[1].event.fact, determine(0).fact);
    assert_eq!(
        (history.value[2].revision, history.value[2].org),
        (2, org("lada"))
    );
    assert_eq!(history.value[0].recorded_at, NOW);

    let newest = reader
        .history(&stream, u64::MAX, Direction::Backwards, 2, None)
        .unwrap();
    let found: Vec<_> = newest.value.iter().map(|entry| entry.revision).collect();
    assert_eq!(found, [2, 1]);
    let earlier = reader
        .history(&stream, 0, Direction::Forwards, 9, Some(Size::new(4)))
        .unwrap();
    assert_eq!(
        (earlier.value.len(), earlier.complete_to),
        (2, Size::new(4))
    );
}

#[test]
fn a_stream_is_shown_as_it_was_at_any_size() {
    let memory = Memory::opened();
    accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    accept(
        &memory.engine,
        prosecutor(),
        submission(2, vec![determine(0)]),
    );
    accept(
        &memory.engine,
        prosecutor(),
        submission(3, vec![approve(0)]),
    );
    let reader = memory.engine.reader();
    let stream = StreamId::Case(reader.case_of(&token(0)).unwrap());
    let decisions: Vec<_> = (2..=5)
        .map(
            |size| match reader.state_as_of(&stream, Size::new(size)).unwrap() {
                Some(State::Case(state)) => Some(state.charges[0].decision),
                _ => None,
            },
        )
        .collect();
    let expected = [
        None,
        Some(Decision::Identified),
        Some(Decision::Eligible),
        Some(Decision::Approved),
    ];
    assert_eq!(decisions, expected);
    assert!(reader.state_as_of(&stream, Size::new(6)).is_err());
}

#[test]
fn a_message_sent_by_many_at_once_is_recorded_once() {
    let memory = Memory::opened();
    let engine = Arc::new(memory.engine);
    let senders: Vec<_> = (0..32)
        .map(|_| {
            let engine = Arc::clone(&engine);
            thread::spawn(move || {
                accept(
                    &engine,
                    prosecutor(),
                    submission(1, vec![identify(0), determine(0)]),
                )
            })
        })
        .collect();
    let acks: Vec<_> = senders
        .into_iter()
        .map(|sender| sender.join().unwrap())
        .collect();
    assert_eq!(acks.iter().filter(|ack| !ack.duplicate).count(), 1);
    assert_eq!(engine.reader().size(), Size::new(4));
    let bytes = |ack: &caseledger_engine::Ack| -> Vec<_> {
        ack.receipts.iter().map(receipt_bytes).collect()
    };
    let first = bytes(&acks[0]);
    assert_eq!(first.len(), 2);
    assert!(acks.iter().all(|ack| bytes(ack) == first));
}

#[test]
fn a_message_sent_twice_within_a_group_is_recorded_once() {
    let memory = Memory::opened();
    memory.gate.close();
    let first = queue(
        &memory.engine,
        prosecutor(),
        vec![submission(1, vec![identify(0)])],
    );
    memory.gate.wait_for_writer();
    let twice = vec![
        submission(2, vec![determine(0)]),
        submission(2, vec![determine(0)]),
    ];
    let again = queue(&memory.engine, prosecutor(), twice);
    let other = queue(
        &memory.engine,
        prosecutor(),
        vec![submission(2, vec![approve(0)])],
    );
    memory.gate.open();
    assert!(first.outcomes()[0].is_ok());
    let outcomes = again.outcomes();
    let acks: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().unwrap())
        .collect();
    assert_eq!((acks[0].duplicate, acks[1].duplicate), (false, true));
    assert_eq!(
        receipt_bytes(&acks[0].receipts[0]),
        receipt_bytes(&acks[1].receipts[0])
    );
    let other = other.outcomes().pop().unwrap();
    assert!(
        matches!(other, Err(SubmitError::MessageReused { first, .. }) if first.get() == 3),
        "{other:?}"
    );
    assert_eq!(memory.engine.reader().size(), Size::new(4));
}

#[test]
fn a_message_id_used_for_something_else_names_the_first_use() {
    let memory = Memory::opened();
    let (first, second) = (
        submission(1, vec![identify(0)]),
        submission(1, vec![identify(1)]),
    );
    accept(&memory.engine, prosecutor(), first.clone());
    match submit(&memory.engine, prosecutor(), second.clone()) {
        Err(SubmitError::MessageReused {
            first: position,
            expected,
            found,
        }) => {
            assert_eq!(position, Position::new(2));
            assert_eq!(
                (expected.to_bytes(), found.to_bytes()),
                (first.content, second.content)
            );
        }
        other => panic!("{other:?}"),
    }
    // Message ids belong to their submitter.
    let ack = accept(&memory.engine, court(), submission(1, vec![dismiss(0)]));
    assert!(!ack.duplicate);
}

#[test]
fn one_refused_command_takes_the_whole_submission_back() {
    let memory = Memory::opened();
    // Filed before it is approved: refused for a prosecutor.
    let set = submission(1, vec![identify(0), file(0), determine(0)]);
    match submit(&memory.engine, prosecutor(), set) {
        Err(SubmitError::Refused { command: 1, .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(memory.engine.reader().case_of(&token(0)), None);
    assert_eq!(memory.engine.reader().size(), Size::new(2));
    // The message was not recorded, so it may be corrected under the same id.
    let ack = accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    assert_eq!(
        (positions(&ack.receipts), ack.receipts[0].revision()),
        (vec![2], 0)
    );
}

#[test]
fn a_refused_set_leaves_the_rest_of_its_group_as_it_was() {
    let memory = Memory::opened();
    memory.gate.close();
    let first = queue(
        &memory.engine,
        prosecutor(),
        vec![submission(1, vec![identify(0)])],
    );
    memory.gate.wait_for_writer();
    // One group: a good one, a set that is refused at its end, and one that builds on the first.
    let group = queue(
        &memory.engine,
        prosecutor(),
        vec![
            submission(2, vec![determine(0)]),
            submission(3, vec![approve(0), file(0), approve(0), determine(0)]),
            submission(4, vec![approve(0)]),
            submission(5, vec![file(0)]),
        ],
    );
    memory.gate.open();
    drop(first.outcomes());
    let outcomes = group.outcomes();
    let accepted: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, false, true, true], "{outcomes:?}");
    let state = case_state(&memory, 0);
    assert_eq!(
        (state.revisions, state.charges[0].decision),
        (4, Decision::FiledPending)
    );
    assert_eq!(memory.engine.reader().size(), Size::new(6));
}

#[test]
fn a_case_id_that_was_never_given_out_is_refused() {
    let memory = Memory::opened();
    let unknown = CaseId::from_bytes([1; 16]);
    let mut command = dismiss(0);
    command.target = Target::Case(unknown);
    let outcome = submit(&memory.engine, court(), submission(1, vec![command]));
    assert!(
        matches!(outcome, Err(SubmitError::NoSuchCase { command: 0, case }) if case == unknown),
        "{outcome:?}"
    );
}

#[test]
fn a_court_fact_waits_for_its_case_and_is_matched_when_it_comes() {
    let memory = Memory::opened();
    accept(&memory.engine, court(), submission(1, vec![dismiss(0)]));
    let reader = memory.engine.reader();
    let waiting = |reader: &caseledger_engine::Reader| {
        reader
            .views(|views| views.worklists().unmatched_len())
            .unwrap()
            .value
    };
    assert_eq!(
        (case_state(&memory, 0).held.len(), waiting(&reader)),
        (1, 1)
    );
    let ack = accept(
        &memory.engine,
        prosecutor(),
        submission(2, vec![identify(0)]),
    );
    assert_eq!(positions(&ack.receipts), [3, 4]);
    assert_eq!(
        (case_state(&memory, 0).held.len(), waiting(&reader)),
        (0, 0)
    );
}

#[test]
fn expected_revisions_are_those_of_the_group_so_far() {
    let memory = Memory::opened();
    accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    let expecting = |message, revision| {
        let mut command = determine(0);
        command.expected = Expected::Revision(revision);
        submission(message, vec![command])
    };
    let outcomes = memory
        .engine
        .submit_wait(
            prosecutor(),
            vec![expecting(2, 1), expecting(3, 0), expecting(4, 0)],
        )
        .unwrap();
    let accepted: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [false, true, false], "{outcomes:?}");
}

#[test]
fn recorded_time_never_goes_backwards() {
    let memory = Memory::opened();
    accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    memory.clock.set(NOW - 1_000_000);
    accept(
        &memory.engine,
        prosecutor(),
        submission(2, vec![identify(1)]),
    );
    memory.clock.set(NOW + 5);
    accept(
        &memory.engine,
        prosecutor(),
        submission(3, vec![identify(2)]),
    );
    let reader = memory.engine.reader();
    let times: Vec<_> = (2..5)
        .map(|position| {
            reader
                .recorded(Position::new(position))
                .unwrap()
                .recorded_at
        })
        .collect();
    assert_eq!(times, [NOW, NOW, NOW + 5]);
}

#[test]
fn a_job_larger_than_a_group_is_answered_whole_and_in_order() {
    let memory = Memory::opened();
    let count = limits::GROUP_ENTRIES_MAX as u64 + 100;
    let job = (0..count)
        .map(|number| submission(number, vec![identify(number)]))
        .collect();
    let outcomes = memory.engine.submit_wait(prosecutor(), job).unwrap();
    let receipts: Vec<_> = outcomes
        .iter()
        .flat_map(|outcome| &outcome.as_ref().unwrap().receipts)
        .collect();
    let found: Vec<_> = receipts
        .iter()
        .map(|receipt| receipt.position().get())
        .collect();
    assert_eq!(found, (2..count + 2).collect::<Vec<_>>());
    let key = memory.engine.identity().verifier().clone();
    let sizes: Vec<_> = [0, receipts.len() - 1]
        .map(|at| verify_receipt(&receipts[at].file().unwrap(), &key).unwrap())
        .iter()
        .map(|receipt| receipt.checkpoint().size.get())
        .collect();
    assert_eq!(sizes, [limits::GROUP_ENTRIES_MAX as u64 + 2, count + 2]);
}

#[test]
fn a_full_queue_refuses_at_once_and_recovers() {
    let memory = Memory::opened();
    memory.gate.close();
    let first = queue(
        &memory.engine,
        prosecutor(),
        vec![submission(1, vec![identify(0)])],
    );
    memory.gate.wait_for_writer();
    let job = || vec![submission(2, vec![identify(1)]); limits::JOB_SUBMISSIONS_MAX];
    let mut waiting = Vec::new();
    for _ in 0..limits::QUEUE_SUBMISSIONS_MAX / limits::JOB_SUBMISSIONS_MAX {
        waiting.push(queue(&memory.engine, prosecutor(), job()));
    }
    let refused = memory.engine.submit_wait(prosecutor(), job());
    assert!(
        matches!(refused, Err(QueueError::Overloaded { .. })),
        "{refused:?}"
    );
    memory.gate.open();
    assert!(first.outcomes()[0].is_ok());
    let recorded: usize = waiting
        .into_iter()
        .flat_map(Pending::outcomes)
        .filter(|outcome| !outcome.as_ref().unwrap().duplicate)
        .count();
    assert_eq!((recorded, memory.engine.waiting()), (1, 0));
}

#[test]
fn jobs_and_submissions_have_bounds() {
    let memory = Memory::opened();
    let empty = memory.engine.submit_wait(prosecutor(), Vec::new());
    assert!(matches!(empty, Err(QueueError::JobSize { found: 0, .. })));
    let none = submit(&memory.engine, prosecutor(), submission(1, Vec::new()));
    assert!(matches!(
        none,
        Err(SubmitError::CommandCount { found: 0, .. })
    ));
    let many = vec![identify(0); limits::COMMANDS_MAX + 1];
    let many = submit(&memory.engine, prosecutor(), submission(1, many));
    assert!(matches!(
        many,
        Err(SubmitError::CommandCount { found: 101, .. })
    ));
}

#[test]
fn totals_hold_everything_that_was_acknowledged() {
    let memory = Memory::opened();
    let query = TotalsQuery::new(Unit::Cases, &[], Filter::default()).unwrap();
    let reader = memory.engine.reader();
    for number in 0..200 {
        accept(
            &memory.engine,
            prosecutor(),
            submission(number, vec![identify(number)]),
        );
        let answer = reader.totals(&query, AsOf::Now).unwrap();
        assert_eq!(
            (answer.counted, answer.complete_to),
            (number + 1, number + 3)
        );
    }
    let past = reader.totals(&query, AsOf::Position(11)).unwrap();
    assert_eq!(past.counted, 10);
    // Position 202 is the last one of size 203, which is what was asked for.
    let beyond = reader.totals(&query, AsOf::Position(202)).unwrap_err();
    assert_eq!(beyond.to_string(), "203 is beyond the ledger's size 202");
}

#[test]
fn whoever_waits_for_the_next_entry_is_woken() {
    let memory = Memory::opened();
    let reader = memory.engine.reader();
    let waiter = thread::spawn(move || reader.wait_beyond(Size::new(2), LONG));
    accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    assert_eq!(waiter.join().unwrap(), Size::new(3));
}

#[test]
fn a_poster_that_lost_its_reply_can_ask() {
    let memory = Memory::opened();
    let posted = submission(1, vec![identify(0), determine(0)]);
    let ack = accept(&memory.engine, prosecutor(), posted.clone());
    let reader = memory.engine.reader();
    let id = caseledger_chain::MessageId::from_bytes(posted.message_id);
    let status = reader.submission(org("lada"), id).unwrap();
    let found = status.value.unwrap().receipts;
    assert_eq!(
        found.iter().map(receipt_bytes).collect::<Vec<_>>(),
        ack.receipts.iter().map(receipt_bytes).collect::<Vec<_>>()
    );
    assert!(reader.submission(org("lasc"), id).unwrap().value.is_none());
}

#[test]
fn a_duplicate_is_linked_to_a_case_named_by_its_key() {
    let memory = Memory::opened();
    accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    accept(
        &memory.engine,
        prosecutor(),
        submission(2, vec![identify(1)]),
    );
    let link = |message, number| {
        let fact = CaseFact::DuplicateLinked {
            canonical: CaseId::from_bytes([0; 16]),
            basis: Coded::Known(DuplicateBasis::Reexport),
        };
        let mut posted = submission(message, vec![on_case(1, fact)]);
        posted.canonical_cases = vec![CanonicalCase {
            command: 0,
            token: token(number),
        }];
        posted
    };
    let missing = submit(&memory.engine, prosecutor(), link(3, 9));
    assert!(
        matches!(
            missing,
            Err(SubmitError::NoSuchCanonicalCase { command: 0 })
        ),
        "{missing:?}"
    );
    // Whatever it is called, a case is no duplicate of itself.
    let itself = submit(&memory.engine, prosecutor(), link(5, 1));
    assert!(
        matches!(
            itself,
            Err(SubmitError::Refused {
                rejection: Rejection::DuplicateCycle { .. },
                ..
            })
        ),
        "{itself:?}"
    );
    accept(&memory.engine, prosecutor(), link(4, 0));
    let canonical = memory.engine.reader().case_of(&token(0));
    assert_eq!(case_state(&memory, 1).duplicate_of, canonical);
}

#[test]
fn a_correction_sees_the_history_of_its_own_group_too() {
    let memory = Memory::opened();
    accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    let retract = CaseFact::EventRetracted {
        target: 1,
        reason: Coded::Known(CorrectionReason::WrongCase),
        restored: Vec::new(),
    };
    let set = vec![determine(0), on_case(0, retract)];
    accept(&memory.engine, prosecutor(), submission(2, set));
    let state = case_state(&memory, 0);
    assert_eq!(state.charges[0].decision, Decision::Identified);
    assert_eq!(state.retracted, [1]);
}

#[test]
fn a_rejection_says_what_the_domain_says() {
    let memory = Memory::opened();
    let outcome = submit(
        &memory.engine,
        prosecutor(),
        submission(1, vec![determine(0)]),
    );
    match outcome {
        Err(SubmitError::Refused {
            command: 0,
            rejection,
        }) => {
            assert!(
                matches!(rejection, Rejection::CaseUnknown { .. }),
                "{rejection:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(determine(0).fact, Fact::Case(_)));
}

fn apply_order(number: u64) -> Command {
    let fact = CaseFact::OrderApplied {
        order: order(1),
        row: u32::try_from(number).unwrap() + 1,
        effects: [OrderEffect::Dismiss].into_iter().collect(),
        remedy: Some(Remedy::DismissAndSeal),
    };
    on_case(number, fact)
}

fn complete_order(applied: u32) -> Command {
    let not_found = 4 - applied;
    let fact = OrderFact::OrderCompleted {
        applied,
        already: 0,
        not_found,
        rejected: 0,
    };
    command(Target::Order(order(1)), Fact::Order(fact))
}

/// A blanket order of four rows, issued and filed, and four cases.
fn ordered() -> Memory {
    let memory = Memory::opened();
    let cases = (0..4)
        .map(|number| submission(number, vec![identify(number)]))
        .collect();
    memory.engine.submit_wait(prosecutor(), cases).unwrap();
    let issued = OrderFact::OrderIssued {
        kind: OrderKind::Blanket,
        court: "LASC-CJC".parse().unwrap(),
        effects: [OrderEffect::Dismiss].into_iter().collect(),
        basis: LegalBasis::CourtOwnMotion,
        manifest: Some(Manifest {
            rows: 4,
            root: [6; 32],
        }),
    };
    let on_order = |fact| command(Target::Order(order(1)), Fact::Order(fact));
    let set = vec![on_order(issued), on_order(OrderFact::OrderFiled)];
    accept(&memory.engine, court(), submission(10, set));
    memory
}

fn explain_rows(rows: &[u32]) -> Command {
    let fact = OrderFact::OrderRowsExplained {
        outcome: RowOutcome::NotFound,
        rows: rows.to_vec(),
    };
    command(Target::Order(order(1)), Fact::Order(fact))
}

#[test]
fn an_order_is_completed_against_everything_applied_before_it() {
    let memory = ordered();
    // Together in the queue, so that all could be in one group; the last in one submission.
    memory.gate.close();
    let held = queue(
        &memory.engine,
        prosecutor(),
        vec![submission(11, vec![identify(9)])],
    );
    memory.gate.wait_for_writer();
    let job = queue(
        &memory.engine,
        court(),
        vec![
            submission(20, vec![apply_order(0)]),
            submission(21, vec![apply_order(1)]),
            submission(22, vec![explain_rows(&[4])]),
            submission(23, vec![complete_order(2)]),
            submission(24, vec![apply_order(2), complete_order(3)]),
        ],
    );
    memory.gate.open();
    assert!(held.outcomes()[0].is_ok());
    let outcomes = job.outcomes();
    let accepted: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, true, true, false, true], "{outcomes:?}");
}

#[test]
fn an_application_is_not_counted_twice_when_its_order_is_completed() {
    let memory = ordered();
    let set = vec![apply_order(0), apply_order(1), apply_order(2)];
    accept(&memory.engine, court(), submission(20, set));
    let set = vec![apply_order(2), explain_rows(&[4]), complete_order(3)];
    accept(&memory.engine, court(), submission(21, set));
}
