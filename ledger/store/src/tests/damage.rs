//! The derived store, damaged in every way that was measured to make its engine lose records, panic or hang. The
//! journal is intact in all of them, so each must end with every entry readable.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use caseledger_chain::Position;

use super::support::{LEDGER, World, append_all, check_whole, edit, options};
use crate::{
    CommitLog, Head, OpenOptions, RebuildReason, StoreOpened,
    disk::RealDisk,
    marks::StoreMark,
    pack::{Write, entry_key},
    sled::{Packed, Store},
};

/// A closed ledger of some megabytes: several segments of the engine.
fn filled() -> (World, Head) {
    let options = OpenOptions {
        segment_bytes: 4 << 20,
        store_limit: Duration::from_millis(1500),
        ..options()
    };
    let world = World::with(options);
    let head = world.fill(&[[700_usize; 60].as_slice(); 60]);
    (world, head)
}

fn db(world: &World) -> PathBuf {
    world.paths.store().join("db")
}

fn files(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    all.filter(|path| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with(prefix)
    })
    .collect()
}

/// Opens a damaged copy, checks that everything is there, appends, closes, and opens once more.
fn check_recovers(world: &World, head: Head, case: &str) -> StoreOpened {
    let (mut log, report) = world
        .try_open()
        .unwrap_or_else(|error| panic!("{case}: {error:?}"));
    assert_eq!(report.head, head, "{case}");
    check_whole(&*log.reader(), head);
    let head = append_all(&mut log, &[&[10; 5]]);
    Box::new(log).close().unwrap();
    let (log, again) = world.open();
    assert!(
        matches!(again.store, StoreOpened::Caught { entries: 0 }),
        "{case}: {:?}",
        again.store
    );
    check_whole(&*log.reader(), head);
    report.store
}

#[test]
fn rebuilds_a_store_cut_at_any_length() {
    let (world, head) = filled();
    let len = fs::metadata(db(&world)).unwrap().len();
    for keep in [0, 1, 4096, len / 2, len * 99 / 100, len - 1] {
        let world = world.copy();
        edit(&db(&world), |bytes| bytes.truncate(keep as usize));
        let opened = check_recovers(&world, head, &format!("cut to {keep} of {len}"));
        let StoreOpened::Rebuilt {
            why: RebuildReason::Shorter { expected, found },
            quarantine,
        } = opened
        else {
            panic!("cut to {keep}: {opened:?}")
        };
        assert_eq!((expected, found), (len, keep));
        assert_eq!(
            quarantine,
            Some(world.paths.data().join("store.quarantined-1"))
        );
        assert!(
            quarantine.unwrap().join("db").exists(),
            "the old folder is kept"
        );
    }
}

#[test]
fn rebuilds_a_store_whose_end_reads_as_zeros() {
    let (world, head) = filled();
    for part in [0, 1, 2, 3] {
        let world = world.copy();
        edit(&db(&world), |bytes| {
            let from = bytes.len() * part / 4;
            bytes[from..].fill(0);
        });
        let opened = check_recovers(&world, head, &format!("zeros from {part}/4"));
        assert!(
            matches!(opened, StoreOpened::Rebuilt { .. }),
            "zeros from {part}/4: {opened:?}"
        );
    }
}

#[test]
fn recovers_from_damaged_bytes_with_and_without_the_engines_snapshot() {
    let (world, head) = filled();
    let len = fs::metadata(db(&world)).unwrap().len() as usize;
    let mut rebuilt = 0;
    for with_snapshot in [true, false] {
        for eighth in 0..8 {
            let world = world.copy();
            if !with_snapshot {
                for file in files(&world.paths.store(), "snap") {
                    fs::remove_file(file).unwrap();
                }
            }
            let at = len * eighth / 8 + 777;
            edit(&db(&world), |bytes| {
                bytes[at..at + 4].iter_mut().for_each(|b| *b ^= 0x5a);
            });
            let opened = check_recovers(&world, head, &format!("{with_snapshot} damaged at {at}"));
            rebuilt += u32::from(matches!(opened, StoreOpened::Rebuilt { .. }));
        }
    }
    assert!(
        rebuilt > 0,
        "some of the damage must have hit something that is used"
    );
}

#[test]
fn rebuilds_or_reopens_when_files_of_the_store_are_gone_or_empty() {
    let (world, head) = filled();
    let names: Vec<_> = files(&world.paths.store(), "");
    assert!(names.iter().any(|n| n.ends_with("db")) && names.iter().any(|n| n.ends_with("conf")));
    for path in &names {
        let name = path.file_name().unwrap();
        for empty in [true, false] {
            let world = world.copy();
            let path = world.paths.store().join(name);
            match (path.is_dir(), empty) {
                (true, _) => fs::remove_dir_all(path).unwrap(),
                (false, true) => fs::write(path, b"").unwrap(),
                (false, false) => fs::remove_file(path).unwrap(),
            }
            check_recovers(&world, head, &format!("{} empty {empty}", name.display()));
        }
    }
}

#[test]
fn rebuilds_when_the_folder_or_the_mark_is_gone() {
    let (world, head) = filled();
    let copy = world.copy();
    fs::remove_dir_all(copy.paths.store()).unwrap();
    let opened = check_recovers(&copy, head, "no folder");
    let missing = StoreOpened::Rebuilt {
        why: RebuildReason::Missing,
        quarantine: None,
    };
    assert_eq!(format!("{opened:?}"), format!("{missing:?}"));
    let copy = world.copy();
    fs::remove_file(copy.paths.mark()).unwrap();
    let opened = check_recovers(&copy, head, "no mark");
    assert!(
        matches!(
            opened,
            StoreOpened::Rebuilt {
                why: RebuildReason::Unmarked,
                ..
            }
        ),
        "{opened:?}"
    );
    let copy = world.copy();
    fs::remove_file(copy.paths.mark()).unwrap();
    fs::remove_dir_all(copy.paths.store()).unwrap();
    let opened = check_recovers(&copy, head, "neither");
    let absent = StoreOpened::Rebuilt {
        why: RebuildReason::Absent,
        quarantine: None,
    };
    assert_eq!(format!("{opened:?}"), format!("{absent:?}"));
}

#[test]
fn rebuilds_a_store_that_has_less_than_its_mark_says() {
    let (world, head) = filled();
    tamper(&world, |store| {
        store.set_applied(LEDGER, Head::EMPTY).unwrap();
    });
    let opened = check_recovers(&world, head, "applied head lost");
    assert!(
        matches!(
            opened,
            StoreOpened::Rebuilt {
                why: RebuildReason::Lost { .. },
                ..
            }
        ),
        "{opened:?}"
    );
}

/// Opens the store of a closed log the way a faulty engine would have left it.
fn tamper(world: &World, change: impl FnOnce(&Store)) {
    let lock = fs::File::open(world.paths.data()).unwrap();
    let store = Store::open(&world.paths.store(), lock.into()).unwrap();
    change(&store);
    store.flush().unwrap();
}

#[test]
fn catches_up_over_what_was_written_and_not_declared() {
    let (world, head) = filled();
    let mut heads = Vec::new();
    let (log, _) = world.open();
    let each = &mut |frame: crate::ReplayFrame<'_>| {
        heads.push(frame.end());
        std::ops::ControlFlow::Continue(())
    };
    log.reader().replay(Position::new(0), each).unwrap();
    Box::new(log).close().unwrap();
    for declared in [heads[0], heads[20], heads[57]] {
        let world = world.copy();
        tamper(&world, |store| store.set_applied(LEDGER, declared).unwrap());
        let mark = StoreMark {
            head: declared,
            db_bytes: 0,
            clean: false,
        };
        mark.write(&RealDisk, &world.paths.mark(), LEDGER).unwrap();
        let opened = check_recovers(&world, head, &format!("declared {declared}"));
        let lacked = head.size.get() - declared.size.get();
        let caught = matches!(opened, StoreOpened::Caught { entries } if entries == lacked);
        assert!(caught, "declared {declared}: {opened:?}");
    }
}

#[test]
fn rebuilds_a_store_with_an_entry_that_differs_from_the_journal() {
    let (world, head) = filled();
    tamper(&world, |store| {
        let Packed::Several { pack, skip } = store.pack_at(1000).unwrap() else {
            panic!("not a pack")
        };
        let mut value = [&[1], &pack[..]].concat();
        value[400] ^= 1;
        store
            .write(
                &[Write {
                    key: entry_key(1000 - skip, 0),
                    value,
                }],
                &[],
            )
            .unwrap();
    });
    let opened = check_recovers(&world, head, "one byte");
    let differs = RebuildReason::Differs { position: 0 };
    let StoreOpened::Rebuilt { why, .. } = opened else {
        panic!("{opened:?}")
    };
    assert_eq!(
        std::mem::discriminant(&why),
        std::mem::discriminant(&differs),
        "{why:?}"
    );
}

#[test]
fn rebuilds_a_store_of_another_history() {
    let (world, head) = filled();
    let other = World::with(world.options);
    other.fill(&[[701_usize; 60].as_slice(); 60]);
    let copy = world.copy();
    fs::remove_dir_all(copy.paths.store()).unwrap();
    super::support::copy_folder(&other.paths.store(), &copy.paths.store());
    fs::copy(other.paths.mark(), copy.paths.mark()).unwrap();
    let opened = check_recovers(&copy, head, "another history");
    assert!(
        matches!(
            opened,
            StoreOpened::Rebuilt {
                why: RebuildReason::Differs { .. },
                ..
            }
        ),
        "{opened:?}"
    );
}

#[test]
fn keeps_every_value_small_enough_to_stay_out_of_blob_files() {
    let world = World::with(OpenOptions {
        segment_bytes: 4 << 20,
        ..options()
    });
    let (mut log, _) = world.open();
    append_all(&mut log, &[&[65_000; 20], &[6000; 50], &[1; 500]]);
    let large: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    log.snapshots()
        .save("large", log.head().unwrap().size, &large)
        .unwrap();
    log.record_checkpoint(log.head().unwrap().size, &[7; 400])
        .unwrap();
    Box::new(log).close().unwrap();
    let blobs = world.paths.store().join("blobs");
    assert!(blobs.is_dir());
    assert_eq!(files(&blobs, ""), Vec::<PathBuf>::new());
}

/// What silent loss looks like from outside: a pack that is there and holds nothing, made with the engine itself.
fn lose_a_pack(world: &World, at: u64) {
    tamper(world, |store| {
        let Packed::Several { skip, .. } = store.pack_at(at).unwrap() else {
            panic!("not a pack")
        };
        let key = entry_key(at - skip, 0);
        store
            .write(
                &[Write {
                    key,
                    value: vec![1],
                }],
                &[],
            )
            .unwrap();
    });
}

#[test]
fn a_probe_finds_records_that_were_dropped_silently() {
    let (world, head) = filled();
    for at in [0, 1000, head.size.get() - 10] {
        let mut copy = world.copy();
        copy.options.compare_entries = 1;
        lose_a_pack(&copy, at);
        let opened = check_recovers(&copy, head, &format!("lost {at}"));
        assert!(
            matches!(
                opened,
                StoreOpened::Rebuilt {
                    why: RebuildReason::Failed(_),
                    ..
                }
            ),
            "lost {at}: {opened:?}"
        );
    }
}

#[test]
fn reads_go_to_the_journal_where_the_store_fails_and_the_next_open_rebuilds() {
    let (mut world, head) = filled();
    world.options = OpenOptions {
        probe_bytes: 0,
        compare_entries: 1,
        ..world.options
    };
    lose_a_pack(&world, 1000);
    let (log, report) = world.open();
    assert!(
        matches!(report.store, StoreOpened::Caught { entries: 0 }),
        "{:?}",
        report.store
    );
    check_whole(&*log.reader(), head);
    Box::new(log).close().unwrap();
    let (log, report) = world.open();
    assert!(matches!(
        report.store,
        StoreOpened::Rebuilt {
            why: RebuildReason::Unmarked,
            ..
        }
    ));
    check_whole(&*log.reader(), head);
}

#[test]
fn loads_no_snapshot_that_is_not_whole() {
    let (world, head) = filled();
    let (log, _) = world.open();
    log.snapshots()
        .save("view", head.size, &vec![1; 20_000])
        .unwrap();
    Box::new(log).close().unwrap();
    let key = |number: u8| [b"view\0".as_slice(), &[0; 11], &[number]].concat();
    for (number, change) in [(0, Some(vec![2; 6144])), (1, None)] {
        let world = world.copy();
        tamper(&world, |store| match &change {
            Some(chunk) => store.chunks.insert(&key(number), chunk).unwrap(),
            None => store.chunks.remove(&key(number)).unwrap(),
        });
        let (log, _) = world.open();
        assert_eq!(
            log.snapshots().load("view").unwrap(),
            None,
            "chunk {number}"
        );
        log.snapshots().save("view", head.size, b"again").unwrap();
        let found = log.snapshots().load("view").unwrap();
        assert_eq!(found, Some((head.size, b"again".to_vec())));
    }
    let (log, _) = world.open();
    assert!(log.snapshots().load("view").unwrap().is_some());
}
