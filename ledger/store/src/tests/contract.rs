//! What every log promises, asked of each in the same words.

use std::{ops::ControlFlow, sync::Arc};

use caseledger_chain::{Position, Size, chain_hash};

use super::support::{World, append_all, check_whole, commit};
use crate::{
    AppendError, Commit, CommitError, CommitLog, Head, LogError, MemoryLog, ReadLimit, Snapshots,
};

/// Runs `check` against a log in memory and a log on disk.
fn on_each(check: impl Fn(&mut dyn CommitLog, Arc<dyn Snapshots>)) {
    let mut memory = MemoryLog::new();
    let snapshots = memory.snapshots();
    check(&mut memory, snapshots);
    let world = World::new();
    let (mut log, _) = world.open();
    let snapshots = log.snapshots();
    check(&mut log, snapshots);
    Box::new(log).close().unwrap();
}

#[test]
fn is_empty_before_the_first_commit() {
    on_each(|log, _| {
        assert_eq!(log.head().unwrap(), Head::EMPTY);
        let reader = log.reader();
        check_whole(&*reader, Head::EMPTY);
        assert!(reader.entry(Position::new(0)).unwrap().is_none());
        assert!(
            reader
                .checkpoint_covering(Position::new(0))
                .unwrap()
                .is_none()
        );
    });
}

#[test]
fn shows_commits_of_every_size_at_once_and_by_every_way_of_reading() {
    on_each(|log, _| {
        let head = append_all(
            log,
            &[&[100], &[0, 7000, 50], &[6100, 6120], &[300; 20], &[12_000]],
        );
        assert_eq!(head.size.get(), 27);
        assert_eq!(log.head().unwrap(), head);
        check_whole(&*log.reader(), head);
        let shapes: Vec<Vec<usize>> = (0..300).map(|i| vec![i % 400; i % 5 + 1]).collect();
        let shapes: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
        let head = append_all(log, &shapes);
        check_whole(&*log.reader(), head);
    });
}

#[test]
fn refuses_another_head_than_its_own_and_names_it() {
    on_each(|log, _| {
        let head = append_all(log, &[&[10, 10]]);
        let other = chain_hash(b"another history");
        for expected in [Head::EMPTY, Head::new(2, other), Head::new(3, head.chain)] {
            match log.append(expected, commit(expected, &[1])) {
                Err(AppendError::Conflict { actual }) => assert_eq!(actual, head),
                other => panic!("{other:?}"),
            }
        }
        check_whole(&*log.reader(), head);
    });
}

#[test]
fn refuses_malformed_commits_and_goes_on() {
    on_each(|log, _| {
        let head = append_all(log, &[&[10]]);
        let mut wrong = Commit::new(Position::new(1), head.chain);
        assert!(matches!(
            log.append(head, Arc::new(wrong)),
            Err(AppendError::Malformed(CommitError::Empty))
        ));
        wrong = Commit::new(Position::new(1), head.chain);
        wrong.push_entry(b"no leaf").unwrap();
        assert!(matches!(
            log.append(head, Arc::new(wrong)),
            Err(AppendError::Malformed(CommitError::Leaves {
                expected: 1,
                found: 0
            }))
        ));
        let head = append_all(log, &[&[11]]);
        check_whole(&*log.reader(), head);
    });
}

#[test]
fn refuses_a_frame_over_the_limit() {
    on_each(|log, _| {
        let head = append_all(log, &[&[10]]);
        let large = commit(head, &[65_000; 130]);
        assert!(large.frame_len() > Commit::FRAME_BYTES_MAX);
        assert!(matches!(
            log.append(head, large),
            Err(AppendError::TooLarge { .. })
        ));
        let head = append_all(log, &[&[11]]);
        check_whole(&*log.reader(), head);
    });
}

#[test]
fn reads_no_more_than_asked_and_always_something() {
    on_each(|log, _| {
        let head = append_all(log, &[&[100; 10], &[100; 10]]);
        let reader = log.reader();
        let read = |from, entries, bytes| {
            let run = reader
                .read(Position::new(from), ReadLimit { entries, bytes })
                .unwrap();
            assert_eq!(run.first().get(), from);
            run.len()
        };
        let one = reader.entry(Position::new(0)).unwrap().unwrap().len();
        assert_eq!(read(0, 7, 1 << 20), 7);
        assert_eq!(read(8, 100, 1 << 20), 12);
        assert_eq!(read(5, 100, 3 * one), 3);
        assert_eq!(read(5, 100, 3 * one - 1), 2);
        assert_eq!(read(5, 100, 0), 1);
        assert_eq!(read(5, 0, 1 << 20), 1);
        assert_eq!(read(20, 5, 1 << 20), 0);
        let behind = Position::new(21);
        let beyond = |e: LogError| {
            matches!(
                e,
                LogError::Beyond {
                    asked: 21,
                    size: 20
                }
            )
        };
        assert!(beyond(
            reader.read(behind, ReadLimit::entries(1)).unwrap_err()
        ));
        assert!(beyond(reader.leaves(behind, 1).unwrap_err()));
        assert!(beyond(
            reader
                .replay(behind, &mut |_| ControlFlow::Break(()))
                .unwrap_err()
        ));
        assert_eq!(reader.leaves(Position::new(18), 10).unwrap().len(), 2);
        assert_eq!(reader.head(), head);
    });
}

#[test]
fn replays_from_the_commit_that_contains_a_position() {
    on_each(|log, _| {
        append_all(log, &[&[1, 2, 3], &[4], &[5, 6]]);
        let reader = log.reader();
        let firsts = |from, stop_after: usize| {
            let mut seen = Vec::new();
            reader
                .replay(Position::new(from), &mut |frame| {
                    seen.push((frame.first().get(), frame.count()));
                    let kinds: Vec<u8> = frame.sidecars().map(|(kind, _)| kind).collect();
                    assert_eq!(kinds.len(), frame.count() as usize);
                    assert_eq!(u64::from(kinds[0]), frame.first().get() + 1);
                    if seen.len() == stop_after {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                })
                .unwrap();
            seen
        };
        assert_eq!(firsts(0, 9), [(0, 3), (3, 1), (4, 2)]);
        assert_eq!(firsts(2, 9), [(0, 3), (3, 1), (4, 2)]);
        assert_eq!(firsts(3, 9), [(3, 1), (4, 2)]);
        assert_eq!(firsts(5, 9), [(4, 2)]);
        assert_eq!(firsts(6, 9), []);
        assert_eq!(firsts(0, 2), [(0, 3), (3, 1)]);
    });
}

#[test]
fn finds_the_smallest_checkpoint_that_covers_a_position() {
    on_each(|log, _| {
        append_all(log, &[&[1; 5], &[1; 5]]);
        log.record_checkpoint(Size::new(10), b"ten").unwrap();
        log.record_checkpoint(Size::new(5), b"five").unwrap();
        let reader = log.reader();
        let covering = |at| {
            let found = reader.checkpoint_covering(Position::new(at)).unwrap();
            found.map(|(size, note)| (size.get(), String::from_utf8(note).unwrap()))
        };
        assert_eq!(covering(0), Some((5, "five".to_owned())));
        assert_eq!(covering(4), Some((5, "five".to_owned())));
        assert_eq!(covering(5), Some((10, "ten".to_owned())));
        assert_eq!(covering(9), Some((10, "ten".to_owned())));
        assert_eq!(covering(10), None);
        assert_eq!(covering(u64::MAX), None);
        let beyond = log.record_checkpoint(Size::new(11), b"eleven").unwrap_err();
        assert!(matches!(
            beyond,
            LogError::Beyond {
                asked: 11,
                size: 10
            }
        ));
    });
}

#[test]
fn replaces_loads_and_removes_snapshots() {
    on_each(|_, snapshots| {
        let large: Vec<u8> = (0..40_000_u32).map(|i| i as u8).collect();
        assert!(snapshots.load("totals").unwrap().is_none());
        snapshots.save("totals", Size::new(3), &large).unwrap();
        snapshots.save("totals-2", Size::new(1), b"").unwrap();
        assert_eq!(
            snapshots.load("totals").unwrap(),
            Some((Size::new(3), large.clone()))
        );
        snapshots.save("totals", Size::new(4), &large[1..]).unwrap();
        assert_eq!(
            snapshots.load("totals").unwrap(),
            Some((Size::new(4), large[1..].to_vec()))
        );
        assert_eq!(
            snapshots.load("totals-2").unwrap(),
            Some((Size::new(1), Vec::new()))
        );
        snapshots.remove("totals").unwrap();
        assert!(snapshots.load("totals").unwrap().is_none());
        assert!(snapshots.load("totals-2").unwrap().is_some());
        for name in ["", "Upper", "a/b", "a\0", &"x".repeat(65)] {
            assert!(
                snapshots.save(name, Size::new(1), b"x").is_err(),
                "{name:?}"
            );
        }
    });
}
