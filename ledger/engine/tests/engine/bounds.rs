//! How far one page goes, and how far a submitter's number.

use caseledger_engine::{Ack, Direction, Outcome, SubmitError};

use crate::support::*;

#[test]
fn pages_of_a_stream_go_on_where_the_last_one_ended_and_show_one_size() {
    let memory = Memory::opened();
    let ack = accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    accept(
        &memory.engine,
        prosecutor(),
        submission(2, vec![determine(0)]),
    );
    let reader = memory.engine.reader();
    let stream = ack.receipts[0].stream();
    let cursor = |from, direction| reader.cursor(stream, from, direction, None).unwrap();
    let (forwards, backwards) = (Direction::Forwards, Direction::Backwards);
    let begun = [cursor(0, forwards), cursor(u64::MAX, backwards)];
    accept(
        &memory.engine,
        prosecutor(),
        submission(3, vec![approve(0)]),
    );
    let revisions = |mut cursor| {
        let mut found = Vec::new();
        loop {
            let page = reader.page(&mut cursor, 1).unwrap();
            let Some(entry) = page.first() else {
                return found;
            };
            found.push(entry.revision);
        }
    };
    assert_eq!(begun.map(revisions), [[0, 1], [1, 0]]);
    assert_eq!(revisions(cursor(0, forwards)), [0, 1, 2]);
    assert_eq!(revisions(cursor(1, backwards)), [1, 0]);
    assert!(revisions(cursor(3, forwards)).is_empty());
}

#[test]
fn a_sequence_number_far_ahead_is_refused_and_uses_up_nothing() {
    let memory = Memory::opened();
    let numbered = |message, sequence| {
        let mut posted = submission(message, vec![dismiss(message)]);
        posted.submitter_seq = sequence;
        posted
    };
    accept(&memory.engine, court(), numbered(1, 1_000_000));
    for (message, sequence) in [(2, 2_000_001), (3, u64::MAX)] {
        let outcome = submit(&memory.engine, court(), numbered(message, sequence));
        let Err(SubmitError::SequenceAhead { last, found, max }) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!((last, found, max), (1_000_000, sequence, 1_000_000));
    }
    accept(&memory.engine, court(), numbered(4, 2_000_000));
    // What was recorded stays what it was, whatever its number.
    assert!(accept(&memory.engine, court(), numbered(1, 1_000_000)).duplicate);
    let feed = memory.engine.reader().feed(org("lasc")).value;
    assert_eq!(feed.unwrap().highest(), 2_000_000);
}

#[test]
fn a_number_of_another_message_is_refused_and_says_where_it_was_used() {
    let memory = Memory::opened();
    let numbered = |message, sequence| {
        let mut posted = submission(message, vec![dismiss(message)]);
        posted.submitter_seq = sequence;
        posted
    };
    let third = accept(&memory.engine, court(), numbered(1, 3));
    let first = accept(&memory.engine, court(), numbered(2, 1));
    let at = |ack: &Ack| ack.receipts[0].position().get();
    let used = |outcome: Outcome| match outcome {
        Err(SubmitError::SequenceUsed { number, first }) => (number, first.get()),
        other => panic!("{other:?}"),
    };
    let outcome = submit(&memory.engine, court(), numbered(3, 3));
    assert_eq!(used(outcome), (3, at(&third)));
    let outcome = submit(&memory.engine, court(), numbered(3, 1));
    assert_eq!(used(outcome), (1, at(&first)));
    // The same message is the duplicate it always was, and one that comes late fills its gap.
    assert!(accept(&memory.engine, court(), numbered(1, 3)).duplicate);
    accept(&memory.engine, court(), numbered(3, 2));
    // Within one group, too, and another submitter has numbers of its own.
    let outcomes = memory
        .engine
        .submit_wait(court(), vec![numbered(5, 4), numbered(6, 4)]);
    let mut outcomes = outcomes.unwrap().into_iter();
    let fourth = at(&outcomes.next().unwrap().unwrap());
    assert_eq!(used(outcomes.next().unwrap()), (4, fourth));
    let mut other = submission(7, vec![identify(7)]);
    other.submitter_seq = 4;
    accept(&memory.engine, prosecutor(), other);
    let feed = memory.engine.reader().feed(org("lasc")).value.unwrap();
    assert_eq!((feed.highest(), feed.gaps().len()), (4, 0));
}
