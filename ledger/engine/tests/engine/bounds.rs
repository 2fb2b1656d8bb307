//! How far one page goes.

use caseledger_engine::Direction;

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
