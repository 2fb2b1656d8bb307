//! The numbers that submitters give their submissions.

use caseledger_chain::SubmitterId;
use caseledger_engine::{Ack, Outcome, SubmitError};

use crate::support::*;

#[test]
fn numbers_of_a_submitter_are_remembered_with_what_is_missing() {
    let memory = Memory::opened();
    let reader = memory.engine.reader();
    assert_eq!(reader.feed(org("lasc")).value, None);
    let [first, _] = [(1, 7), (2, 3)].map(|(message, sequence)| {
        let mut posted = submission(message, vec![dismiss(message)]);
        posted.submitter_seq = sequence;
        accept(&memory.engine, court(), posted).receipts[0].position()
    });
    let feed = reader.feed(org("lasc")).value.unwrap();
    assert_eq!((feed.highest(), feed.submissions()), (7, 2));
    let gaps: Vec<_> = feed
        .gaps()
        .iter()
        .map(|gap| (gap.from(), gap.to()))
        .collect();
    assert_eq!(gaps, [(1, 2), (4, 6)]);
    let since = reader.recorded(first).unwrap().recorded_at;
    assert!(feed.gaps().iter().all(|gap| gap.since() == since));
    let unnumbered = reader.feed(org("lada")).value.unwrap();
    assert_eq!((unnumbered.highest(), unnumbered.gaps()), (0, &[][..]));
    assert_eq!(reader.feed(org("nobody")).value, None);
    let submitters = |after| {
        let feeds = reader.feeds(after, 10).value;
        feeds
            .iter()
            .map(|(id, _)| id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(submitters(None), ["lada", "lasc"]);
    assert!(submitters(SubmitterId::parse("lasc").ok()).is_empty());
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
