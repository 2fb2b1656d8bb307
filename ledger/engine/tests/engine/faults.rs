//! What happens when the journal does not take a commit.

use caseledger_chain::{MessageId, Size};
use caseledger_engine::{QueueError, SubmitError};

use crate::support::*;

#[test]
fn a_full_disk_refuses_the_group_and_nothing_else() {
    let memory = Memory::opened();
    memory.gate.fail_next(Failure::DiskFull);
    let posted = submission(1, vec![identify(0), determine(0)]);
    let outcome = submit(&memory.engine, prosecutor(), posted.clone());
    assert!(
        matches!(outcome, Err(SubmitError::StoreUnavailable(_))),
        "{outcome:?}"
    );
    let reader = memory.engine.reader();
    assert_eq!(
        (reader.size(), reader.case_of(&token(0))),
        (Size::new(2), None)
    );
    // Space is back: the same message again, at the same place.
    let ack = accept(&memory.engine, prosecutor(), posted);
    assert!(!ack.duplicate);
    let places: Vec<_> = ack
        .receipts
        .iter()
        .map(|entry| (entry.position().get(), entry.revision()))
        .collect();
    assert_eq!(places, [(2, 0), (3, 1)]);
    assert!(memory.engine.close().is_ok());
}

#[test]
fn rejections_and_duplicates_keep_their_answers_on_a_full_disk() {
    let memory = Memory::opened();
    accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    memory.gate.fail_next(Failure::DiskFull);
    let outcomes = memory
        .engine
        .submit_wait(
            prosecutor(),
            vec![
                submission(1, vec![identify(0)]),
                submission(2, vec![file(0)]),
                submission(3, vec![determine(0)]),
                submission(3, vec![determine(0)]),
            ],
        )
        .unwrap();
    assert!(outcomes[0].as_ref().unwrap().duplicate);
    assert!(matches!(outcomes[1], Err(SubmitError::Refused { .. })));
    assert!(matches!(outcomes[2], Err(SubmitError::StoreUnavailable(_))));
    assert!(matches!(outcomes[3], Err(SubmitError::StoreUnavailable(_))));
}

#[test]
fn an_unknown_outcome_stops_the_writer_and_reads_go_on() {
    for failure in [Failure::IndeterminateLost, Failure::IndeterminateWritten] {
        let kept = Kept::new();
        let memory = kept.open();
        open(&memory.engine);
        accept(
            &memory.engine,
            prosecutor(),
            submission(1, vec![identify(0)]),
        );
        memory.gate.close();
        memory.gate.fail_next(failure);
        let posted = submission(2, vec![determine(0)]);
        let first = queue(&memory.engine, prosecutor(), vec![posted.clone()]);
        memory.gate.wait_for_writer();
        let behind = queue(
            &memory.engine,
            prosecutor(),
            vec![submission(3, vec![identify(1)])],
        );
        memory.gate.open();
        for outcome in first.outcomes().into_iter().chain(behind.outcomes()) {
            assert!(matches!(outcome, Err(SubmitError::Stopped)), "{outcome:?}");
        }
        let reader = memory.engine.reader();
        reader.wait_beyond(Size::new(u64::MAX), LONG);
        let later = memory
            .engine
            .submit_wait(prosecutor(), vec![posted.clone()]);
        assert!(matches!(later, Err(QueueError::Stopped)), "{later:?}");
        assert!(reader.stopped());
        assert_eq!(reader.size(), Size::new(3));
        assert!(reader.case_of(&token(0)).is_some());
        assert!(memory.engine.close().is_err());

        // Only a fresh look at the log can tell, and then the poster is told when it asks.
        let memory = kept.open();
        let written = matches!(failure, Failure::IndeterminateWritten);
        let id = MessageId::from_bytes(posted.message_id);
        let status = memory.engine.reader().submission(org("lada"), id).unwrap();
        assert_eq!(status.value.is_some(), written);
        let ack = accept(&memory.engine, prosecutor(), posted);
        assert_eq!(ack.duplicate, written);
    }
}

#[test]
fn an_engine_that_is_closing_takes_nothing_and_finishes_what_it_took() {
    let memory = Memory::opened();
    memory.gate.close();
    let first = queue(
        &memory.engine,
        prosecutor(),
        vec![submission(1, vec![identify(0)])],
    );
    memory.gate.wait_for_writer();
    let second = queue(
        &memory.engine,
        prosecutor(),
        vec![submission(2, vec![determine(0)])],
    );
    memory.engine.stop_accepting();
    let late = memory
        .engine
        .submit_wait(prosecutor(), vec![submission(3, vec![approve(0)])]);
    assert!(matches!(late, Err(QueueError::Stopped)));
    memory.gate.open();
    memory.engine.close().unwrap();
    assert!(first.outcomes()[0].is_ok() && second.outcomes()[0].is_ok());
}

#[test]
fn an_engine_that_is_dropped_answers_everybody() {
    let memory = Memory::opened();
    let jobs: Vec<_> = (0..50)
        .map(|number| {
            queue(
                &memory.engine,
                prosecutor(),
                vec![submission(number, vec![identify(number)])],
            )
        })
        .collect();
    drop(memory.engine);
    assert!(jobs.into_iter().all(|job| job.outcomes().len() == 1));
}
