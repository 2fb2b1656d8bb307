//! Who shares a guard, and when a lost one is made again.

use std::fs;

use super::support::{LEDGER, World, append_all, copy_folder};
use crate::{CommitLog, FileLog, OpenError, Paths, Witness, disk::RealDisk, marks};

#[test]
fn two_copies_that_name_the_guard_by_different_links_share_it_all_the_same() {
    let world = World::new();
    world.fill(&[&[10]]);
    let copy = world.copy();
    let folder = copy.paths.guard().with_extension("folder");
    let file = copy.paths.guard().with_extension("link");
    std::os::unix::fs::symlink(world.paths.guard().parent().unwrap(), &folder).unwrap();
    std::os::unix::fs::symlink(world.paths.guard(), &file).unwrap();
    for link in [folder.join("guard"), file.clone()] {
        let shared = Paths::new(copy.paths.data(), &link).unwrap();
        let (log, _) = world.open();
        let second = FileLog::open(&shared, world.options, &());
        assert!(
            matches!(&second, Err(OpenError::Locked(path)) if *path == link),
            "{second:?}"
        );
        drop(log);
        let (mut log, _) = FileLog::open(&shared, world.options, &()).unwrap();
        append_all(&mut log, &[&[20]]);
        Box::new(log).close().unwrap();
        // What was written through the link is where the other copy looks.
        assert!(matches!(world.try_open(), Err(OpenError::Behind { .. })));
        marks::write_guard(&RealDisk, world.paths.guard(), LEDGER, world.read().1.head).unwrap();
        fs::remove_dir_all(copy.paths.data()).unwrap();
        copy_folder(world.paths.data(), copy.paths.data());
    }
    assert!(file.is_symlink(), "the link was replaced");
}

#[test]
fn no_guard_is_made_over_an_end_that_may_have_been_longer() {
    let world = World::new();
    let vouched = world.fill(&[&[10]]);
    let older = world.segments().pop().unwrap();
    let older = (older.clone(), fs::read(older).unwrap());
    let head = world.fill(&[&[20]]);
    let newest = fs::read(&older.0).unwrap();
    fs::remove_file(world.paths.guard()).unwrap();
    let restore = || FileLog::restore_guard(&world.paths, vouched);

    fs::write(&older.0, &older.1).unwrap();
    let marked = restore();
    assert!(
        matches!(
            marked,
            Err(OpenError::Behind { witness: Witness::StoreMark, expected, found })
                if (expected, found) == (head, vouched)
        ),
        "{marked:?}"
    );
    fs::remove_file(world.paths.mark()).unwrap();
    // The second frame without its last bytes: a power cut, or acknowledged and damaged since.
    let end = newest.iter().rposition(|byte| *byte != 0).unwrap();
    let mut torn = newest.clone();
    torn[end - 3..=end].fill(0);
    fs::write(&older.0, &torn).unwrap();
    let refused = restore();
    assert!(
        matches!(refused, Err(OpenError::TornTail { found, .. }) if found == vouched),
        "{refused:?}"
    );
    assert!(!world.paths.guard().exists());
    assert!(fs::read(&older.0).unwrap() == torn, "nothing is cut");
    fs::write(&older.0, newest).unwrap();
    assert_eq!(restore().unwrap(), head);
}

#[test]
fn a_guard_that_is_ahead_keeps_a_copy_from_being_written_until_its_journal_is_there() {
    let world = World::new();
    world.fill(&[&[10]]);
    let copy = world.copy();
    let known = world.fill(&[&[20], &[30]]);
    fs::remove_file(copy.paths.guard()).ok();
    FileLog::guard_ahead(&copy.paths, known).unwrap();
    let again = FileLog::guard_ahead(&copy.paths, known);
    assert!(matches!(again, Err(OpenError::Exists(_))), "{again:?}");
    let behind = copy.try_open();
    assert!(
        matches!(behind, Err(OpenError::Behind { witness: Witness::Guard, expected, .. }) if expected == known),
        "{behind:?}"
    );
    fs::remove_dir_all(copy.paths.data()).unwrap();
    copy_folder(world.paths.data(), copy.paths.data());
    assert_eq!(copy.try_open().unwrap().1.head, known);
}
