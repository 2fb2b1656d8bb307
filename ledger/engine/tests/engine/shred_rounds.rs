//! What was ordered is confirmed in rounds, of as many cases as one takes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use caseledger_domain::{CaseId, Command, PrivateState, StreamId};
use caseledger_engine::{Generation, ShredRound, ShredStep};

use crate::private::*;
use crate::shred::{private, shred};
use crate::support::*;

#[test]
fn a_round_confirms_as_many_as_it_takes_those_asked_for_first_and_destroys_the_keys_of_all() {
    let log = Kept::new();
    let memory = opened(&log);
    let engine = &memory.engine;
    (0..6).for_each(|number| drop(accept(engine, prosecutor(), identified(number))));
    for number in 0..5 {
        accept(engine, court(), submission(50 + number, vec![seal(number)]));
        let ordered = submission(60 + number, vec![order_shred(number)]);
        accept(engine, custodian(), ordered);
    }
    let mut ids: Vec<CaseId> = (0..5).map(|number| case(engine, number)).collect();
    ids.sort_unstable();
    let round = |first: &[CaseId]| {
        let first: BTreeSet<CaseId> = first.iter().copied().collect();
        let steps = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&steps);
        let progress = Box::new(move |step| heard.lock().unwrap().push(step));
        let done = engine.shred_ordered(ShredRound { first, max: 2 }, progress);
        let done = done.unwrap();
        let confirmed = done.receipts.iter().map(|receipt| match receipt.stream() {
            StreamId::Case(case) => case,
            other => panic!("{other:?}"),
        });
        let confirmed: Vec<CaseId> = confirmed.collect();
        let steps = steps.lock().unwrap().clone();
        let generation = done.generation.map(Generation::get);
        (confirmed, done.left, generation, steps)
    };
    // State is saved with the keys that live, and when all is confirmed; not by a round that does neither.
    let saved = || log.snapshots.load("current").unwrap().map(|(upto, _)| upto);
    let none = saved();
    // The last one and one of which it is not ordered: the first place is that of the last, the second is anybody's.
    let (confirmed, left, generation, steps) = round(&[ids[4], case(engine, 5)]);
    let first = saved();
    assert_ne!(first, none);
    assert_eq!((confirmed, left), (vec![ids[4], ids[0]], 3));
    assert_eq!(generation, Some(1));
    assert_eq!(
        steps.last(),
        Some(&ShredStep::Confirming { done: 2, of: 2 })
    );
    // No key of those that wait is alive, and nothing is wrapped for them again.
    let alive: Vec<_> = log.vault.open().table.keys().to_vec();
    assert!(
        alive
            .iter()
            .all(|(case, _)| !ids.iter().any(|id| id.to_bytes() == case.to_bytes()))
    );
    let (confirmed, left, generation, steps) = round(&[]);
    assert_eq!((confirmed, left), (vec![ids[1], ids[2]], 1));
    assert_eq!(generation, Some(1));
    assert_eq!(steps, [ShredStep::Confirming { done: 2, of: 2 }]);
    assert_eq!(saved(), first);
    let (confirmed, left, ..) = round(&[]);
    assert_eq!((confirmed, left), (vec![ids[3]], 0));
    assert_ne!(saved(), first);
    assert_eq!(round(&[]), (Vec::new(), 0, None, Vec::new()));
    assert_eq!(log.vault.open().vault.generation().get(), 2);
    assert_eq!(parts(engine, 5), [(0, name(5))]);
}

/// More than are confirmed at once: a start does not serve before all of them are.
#[test]
fn a_start_confirms_everything_that_was_ordered_in_as_many_rounds_as_it_takes() {
    let log = Kept::new();
    let memory = opened(&log);
    let engine = &memory.engine;
    let many = 0..caseledger_engine::limits::GROUP_ENTRIES_MAX as u64 + 10;
    let post = |poster, from: u64, command: fn(u64) -> Command| {
        let numbers: Vec<u64> = many.clone().collect();
        let posts = numbers.chunks(100).map(|numbers| {
            let commands = numbers.iter().map(|number| command(*number));
            submission(from + numbers[0], commands.collect())
        });
        let outcomes = engine.submit_wait(poster, posts.collect()).unwrap();
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    };
    post(prosecutor(), 10_000, identify);
    post(court(), 20_000, seal);
    post(custodian(), 30_000, order_shred);
    let last = many.end - 1;
    drop(memory);
    let memory = log.open();
    let done = private(&memory.engine, last);
    assert!(matches!(done, PrivateState::Shredded { .. }), "{done:?}");
    assert_eq!(shred(&memory.engine).unwrap().generation, None);
}
