//! What may wait for the writer.

use caseledger_engine::{QueueError, Submission, limits};

use crate::support::*;

#[test]
fn the_queue_is_bounded_by_bytes_and_takes_one_large_job_when_it_is_empty() {
    let memory = Memory::opened();
    memory.gate.close();
    let first = queue(
        &memory.engine,
        prosecutor(),
        vec![submission(1, vec![identify(0)])],
    );
    memory.gate.wait_for_writer();
    let job = |message, bytes| {
        let large = submission(message, vec![identify(message)]);
        vec![Submission { bytes, ..large }]
    };
    let larger_than_all = job(2, limits::QUEUE_BYTES_MAX + 1);
    let waiting = queue(&memory.engine, prosecutor(), larger_than_all);
    let refused = memory.engine.submit_wait(prosecutor(), job(3, 1));
    assert_eq!(refused.unwrap_err(), QueueError::Overloaded { waiting: 1 });
    memory.gate.open();
    assert!(first.outcomes()[0].is_ok() && waiting.outcomes()[0].is_ok());
    // What was taken or refused weighs nothing any more.
    let all = job(4, limits::QUEUE_BYTES_MAX);
    assert!(memory.engine.submit_wait(prosecutor(), all).unwrap()[0].is_ok());
}
