//! Reopening: clean, after a crash, with an older copy, with the wrong guard.

use std::{cell::RefCell, fs};

use caseledger_chain::{Position, Size, chain_hash};

use super::support::{LEDGER, World, append_all, check_whole, commit, options};
use crate::{
    AppendError, CommitLog, FileLog, Head, MetaError, OpenError, OpenOptions, OpenStep, Paths,
    Progress, RebuildReason, StoreOpened, Unavailable, Witness, disk::RealDisk, marks,
};

#[test]
fn opens_only_what_init_made_and_inits_only_where_nothing_is() {
    let dir = tempfile::tempdir().unwrap();
    let paths = Paths::new(dir.path().join("data"), dir.path().join("guard")).unwrap();
    let opened = FileLog::open(&paths, options(), &());
    assert!(matches!(
        opened,
        Err(OpenError::Meta {
            source: MetaError::Io(_),
            ..
        })
    ));
    assert!(!paths.data().exists(), "open must not create anything");
    let world = World::new();
    let again = FileLog::init_with(&world.paths, &super::support::meta(), &options());
    assert!(matches!(again, Err(OpenError::Exists(_))));
    let small = OpenOptions {
        segment_bytes: 100,
        ..options()
    };
    let refused = FileLog::open(&world.paths, small, &());
    assert!(matches!(
        refused,
        Err(OpenError::SegmentBytes { found: 100 })
    ));
}

#[test]
fn has_nothing_to_do_after_a_clean_shutdown() {
    let world = World::new();
    let (log, report) = world.open();
    assert!(matches!(report.store, StoreOpened::Fresh));
    Box::new(log).close().unwrap();
    let head = world.fill(&[&[100; 30], &[20_000 / 3]]);
    let (log, report) = world.open();
    assert!(
        matches!(report.store, StoreOpened::Caught { entries: 0 }),
        "{report:?}"
    );
    assert!(report.clean_shutdown);
    assert_eq!(
        (report.head, report.torn_bytes_cut, report.compared_entries),
        (head, 0, 31)
    );
    check_whole(&*log.reader(), head);
    drop(log);
    assert!(
        !world.open().1.clean_shutdown,
        "a log that was dropped was not closed"
    );
}

#[test]
fn catches_up_after_a_crash_and_keeps_what_was_derived() {
    let world = World::new();
    let (mut log, _) = world.open();
    append_all(&mut log, &[&[100; 40]]);
    log.record_checkpoint(Size::new(40), b"signed").unwrap();
    log.snapshots()
        .save("view", Size::new(40), b"fold")
        .unwrap();
    Box::new(log).close().unwrap();
    let (mut log, _) = world.open();
    let head = append_all(&mut log, &[&[50; 40], &[10], &[3]]);
    drop(log);
    let (log, report) = world.open();
    assert_eq!(report.head, head);
    // At most what was appended since the close; less if a flush came in between.
    assert!(
        matches!(report.store, StoreOpened::Caught { entries: 0..=42 }),
        "{report:?}"
    );
    check_whole(&*log.reader(), head);
    let found = log.reader().checkpoint_covering(Position::new(3)).unwrap();
    assert_eq!(found, Some((Size::new(40), b"signed".to_vec())));
    let view = log.snapshots().load("view").unwrap();
    assert_eq!(view, Some((Size::new(40), b"fold".to_vec())));
}

#[test]
fn says_from_which_size_on_checkpoints_are_missing() {
    let world = World::new();
    let (mut log, report) = world.open();
    assert_eq!(report.checkpoints, Size::new(0));
    for size in 1..=3 {
        append_all(&mut log, &[&[10]]);
        log.record_checkpoint(Size::new(size), b"signed").unwrap();
    }
    // Durable and flushed with everything else, but its checkpoint was never recorded.
    append_all(&mut log, &[&[10]]);
    Box::new(log).close().unwrap();
    let (log, report) = world.open();
    assert!(report.clean_shutdown);
    assert_eq!(report.checkpoints, Size::new(3));
    drop(log);
    fs::remove_dir_all(world.paths.store()).unwrap();
    let (_log, report) = world.open();
    assert_eq!(report.checkpoints, Size::new(0), "{report:?}");
}

#[test]
fn finds_the_smallest_covering_checkpoint_wherever_it_waits() {
    let world = World::new();
    let (mut log, _) = world.open();
    append_all(&mut log, &[&[1; 9]]);
    log.record_checkpoint(Size::new(5), b"5").unwrap();
    Box::new(log).close().unwrap();
    let (mut log, _) = world.open();
    let reader = log.reader();
    let covering = |at| {
        let found = reader.checkpoint_covering(Position::new(at)).unwrap();
        found.map(|(size, _)| size.get())
    };
    for (recorded, expected) in [(9, Some(5)), (3, Some(3)), (7, Some(3))] {
        log.record_checkpoint(Size::new(recorded), b"new").unwrap();
        assert_eq!(covering(0), expected, "recorded {recorded}");
    }
    assert_eq!(covering(3), Some(5));
}

#[test]
fn refuses_a_second_opener_and_one_beside_a_living_reader() {
    let world = World::new();
    let (log, _) = world.open();
    assert!(matches!(world.try_open(), Err(OpenError::Locked(_))));
    let reader = log.reader();
    Box::new(log).close().unwrap();
    assert!(
        matches!(world.try_open(), Err(OpenError::Locked(_))),
        "the reader still has the store"
    );
    drop(reader);
    assert!(world.try_open().is_ok());
}

#[test]
fn refuses_an_older_copy_and_shows_it_read_only_without_touching_it() {
    let world = World::new();
    let older = world.fill(&[&[10], &[20]]);
    let copy = world.copy();
    let newer = world.fill(&[&[30]]);
    fs::copy(world.paths.guard(), copy.paths.guard()).unwrap();
    let written = copy.written();
    match copy.try_open() {
        Err(
            error @ OpenError::Behind {
                witness: Witness::Guard,
                expected,
                found,
            },
        ) => {
            assert_eq!((expected, found), (newer, older));
            let text = error.to_string();
            for said in ["size 3", "size 2", "older copy", "read-only", "new key"] {
                assert!(text.contains(said), "{said:?} is not in {text:?}");
            }
        }
        other => panic!("{other:?}"),
    }
    for _first_and_again in 0..2 {
        let (mut log, report) = copy.read();
        assert_eq!((report.head, report.guarded), (older, false));
        check_whole(&*log.reader(), older);
        let refused = log.append(older, commit(older, &[40, 50]));
        assert!(
            matches!(
                refused,
                Err(AppendError::Unavailable(Unavailable::ReadOnly))
            ),
            "{refused:?}"
        );
        Box::new(log).close().unwrap();
    }
    assert!(copy.written() == written, "journal, mark or guard changed");
    assert!(matches!(copy.try_open(), Err(OpenError::Behind { .. })));
}

#[test]
fn reads_in_front_of_torn_bytes_and_leaves_them() {
    let world = World::new();
    let head = world.fill(&[&[10], &[20]]);
    let newest = world.segments().pop().unwrap();
    super::support::edit(&newest, |bytes| {
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        bytes[end + 1..end + 5].copy_from_slice(b"CLFR");
    });
    let written = world.written();
    let (log, report) = world.read();
    assert_eq!(
        (report.head, report.guarded, report.torn_bytes_cut),
        (head, true, 0)
    );
    check_whole(&*log.reader(), head);
    drop(log);
    assert!(world.written() == written, "journal, mark or guard changed");
    assert_eq!(world.open().1.torn_bytes_cut, 4);
}

#[test]
fn two_copies_that_share_a_guard_are_not_open_at_once() {
    let world = World::new();
    world.fill(&[&[10]]);
    let copy = world.copy();
    let shared = Paths::new(copy.paths.data(), world.paths.guard()).unwrap();
    let (log, _) = world.open();
    let second = FileLog::open(&shared, world.options, &());
    assert!(
        matches!(&second, Err(OpenError::Locked(path)) if path == world.paths.guard()),
        "{second:?}"
    );
    drop(log);
    assert!(FileLog::open(&shared, world.options, &()).is_ok());
}

#[test]
fn a_guard_that_somebody_else_wrote_stops_the_log() {
    let world = World::new();
    let head = world.fill(&[&[10]]);
    let (mut log, _) = world.open();
    let other = Head::new(7, chain_hash(b"another copy"));
    marks::write_guard(&RealDisk, world.paths.guard(), LEDGER, other).unwrap();
    // The keeper compares behind the acknowledgement, at the next change of segments at the latest.
    let mut head = log.append(head, commit(head, &[20])).unwrap();
    let error = loop {
        assert!(head.size.get() < 3_000, "nobody noticed");
        match log.append(head, commit(head, &[1])) {
            Ok(next) => head = next,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, AppendError::Unavailable(Unavailable::Guard)),
        "{error:?}"
    );
    assert!(Box::new(log).close().is_err());
    let kept = marks::read_guard(world.paths.guard(), LEDGER).unwrap();
    assert_eq!(kept, Some(other), "what the other wrote is evidence");
}

#[test]
fn a_lost_guard_is_made_again_from_a_head_that_the_journal_continues() {
    let world = World::new();
    let vouched = world.fill(&[&[10], &[20]]);
    let head = world.fill(&[&[30]]);
    let restore = |vouched| FileLog::restore_guard(&world.paths, vouched);
    assert!(matches!(restore(vouched), Err(OpenError::Exists(_))));
    fs::remove_file(world.paths.guard()).unwrap();
    let beyond = restore(Head::new(4, chain_hash(b"lost")));
    assert!(
        matches!(beyond, Err(OpenError::Behind { .. })),
        "{beyond:?}"
    );
    let other = restore(Head::new(2, chain_hash(b"fork")));
    assert!(matches!(other, Err(OpenError::Forked { .. })), "{other:?}");
    assert!(!world.paths.guard().exists());
    assert_eq!(restore(vouched).unwrap(), head);
    assert_eq!(
        marks::read_guard(world.paths.guard(), LEDGER).unwrap(),
        Some(head)
    );
    assert_eq!(world.open().1.head, head);
}

#[test]
fn refuses_another_history_of_the_same_length() {
    let world = World::new();
    let head = world.fill(&[&[10], &[20]]);
    for (size, chain) in [(2, chain_hash(b"fork")), (1, head.chain)] {
        let expected = Head::new(size, chain);
        marks::write_guard(&RealDisk, world.paths.guard(), LEDGER, expected).unwrap();
        match world.try_open() {
            Err(OpenError::Forked {
                expected: named,
                found,
            }) => {
                assert_eq!(named, expected);
                assert_eq!(found.size, expected.size);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The data folder is that of a copy that went another way, its journal the right one, put back and grown far beyond
/// the entries that are compared one by one.
#[test]
fn a_store_of_another_history_is_rebuilt_when_the_right_journal_is_put_back() {
    let mut world = World::new();
    world.fill(&[&[10], &[20]]);
    let fork = world.copy();
    fork.fill(&[&[30], &[40]]);
    let head = world.fill(&[&[31], &[1; 40]]);
    fs::remove_dir_all(world.paths.store()).unwrap();
    super::support::copy_folder(&fork.paths.store(), &world.paths.store());
    fs::copy(fork.paths.mark(), world.paths.mark()).unwrap();
    world.options.compare_entries = 8;
    let (log, report) = world.open();
    assert!(
        matches!(
            report.store,
            StoreOpened::Rebuilt {
                why: RebuildReason::Differs { position: 3 },
                ..
            }
        ),
        "{report:?}"
    );
    check_whole(&*log.reader(), head);
}

#[test]
fn refuses_a_missing_or_malformed_guard() {
    let world = World::new();
    let head = world.fill(&[&[10]]);
    fs::write(world.paths.guard(), "caseledger high-water mark 1\n").unwrap();
    assert!(matches!(world.try_open(), Err(OpenError::Guard { .. })));
    fs::remove_file(world.paths.guard()).unwrap();
    assert!(matches!(world.try_open(), Err(OpenError::GuardMissing(_))));
    let (log, report) = world.read();
    assert_eq!((report.head, report.guarded), (head, false));
    drop(log);
    assert!(!world.paths.guard().exists(), "reading makes no guard");
}

#[test]
fn keeps_the_guard_at_the_head() {
    let world = World::new();
    let head = world.fill(&[[1000_usize; 4].as_slice(); 12]);
    assert_eq!(
        marks::read_guard(world.paths.guard(), LEDGER).unwrap(),
        Some(head)
    );
}

#[test]
fn refuses_a_store_that_is_ahead_and_rebuilds_the_one_for_reading() {
    let world = World::new();
    world.fill(&[&[10]]);
    let older = world.copy();
    world.fill(&[&[20]]);
    Box::new(world.read().0).close().unwrap();
    fs::remove_dir_all(world.paths.journal()).unwrap();
    super::support::copy_folder(&older.paths.journal(), &world.paths.journal());
    fs::copy(older.paths.guard(), world.paths.guard()).unwrap();
    fs::copy(older.paths.mark(), world.paths.mark()).unwrap();
    let refused = world.try_open();
    assert!(
        matches!(
            refused,
            Err(OpenError::Behind {
                witness: Witness::Store,
                ..
            })
        ),
        "{refused:?}"
    );
    let (log, report) = world.read();
    let StoreOpened::Rebuilt {
        why: RebuildReason::Ahead { .. },
        quarantine,
    } = report.store
    else {
        panic!("{:?}", report.store)
    };
    assert!(quarantine.unwrap().exists());
    check_whole(&*log.reader(), report.head);
}

#[test]
fn tells_the_operator_each_step() {
    struct Steps(RefCell<Vec<String>>);
    impl Progress for Steps {
        fn step(&self, step: &OpenStep<'_>) {
            let text = format!("{step:?}");
            let name = text.split([' ', '{']).next().unwrap().to_owned();
            self.0.borrow_mut().push(name);
        }
    }
    let world = World::with(OpenOptions {
        segment_bytes: 1 << 20,
        ..options()
    });
    world.fill(&[[6000_usize; 40].as_slice(); 6]);
    fs::remove_dir_all(world.paths.store()).unwrap();
    let steps = Steps(RefCell::default());
    let (log, report) = FileLog::open(&world.paths, world.options, &steps).unwrap();
    assert!(matches!(
        report.store,
        StoreOpened::Rebuilt {
            why: RebuildReason::Missing,
            ..
        }
    ));
    let mut steps = steps.0.into_inner();
    steps.dedup();
    let expected = [
        "ScanningJournal",
        "OpeningStore",
        "Quarantined",
        "CatchingUp",
        "Comparing",
    ];
    assert_eq!(steps, expected);
    check_whole(&*log.reader(), report.head);
}

#[test]
fn names_an_entry_that_does_not_follow_its_predecessor() {
    let world = World::new();
    let (mut log, _) = world.open();
    let head = append_all(&mut log, &[&[10]]);
    // Well framed, but its entry says that it follows something else.
    let wrong = commit(Head::new(1, chain_hash(b"something else")), &[5]);
    let mut forged = crate::Commit::new(Position::new(1), head.chain);
    forged.push_entry(wrong.entry(0)).unwrap();
    forged.push_leaf(wrong.leaves()[0]);
    forged.set_last_chain(wrong.last_chain());
    log.append(head, forged.into()).unwrap();
    Box::new(log).close().unwrap();
    let refused = world.try_open();
    assert!(
        matches!(refused, Err(OpenError::BrokenChain { position }) if position.get() == 1),
        "{refused:?}"
    );
}
