//! Copies of a journal, also of one that is being written.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::support::{LEDGER, World, append_all, commit, edit};
use crate::{CommitLog, CopyError, CopySegment, Fault, Head, JournalCopy, JournalScan, Part};

const SHAPES: &[&[usize]] = &[&[300, 20], &[4_000], &[9_000, 1_000], &[5_000], &[700; 4]];

/// Copies everything into `to` and gives the end.
fn copy_all(copy: &JournalCopy, to: &Path) -> Result<Head, CopyError> {
    let mut end = Head::EMPTY;
    for segment in copy.segments() {
        let mut bytes = Vec::new();
        copy.copy(segment, &mut bytes, &mut |frame| end = frame.end())?;
        assert_eq!(bytes.len() as u64, segment.bytes());
        let name = format!("{:020}.seg", segment.start().size.get());
        fs::write(to.join(name), bytes).unwrap();
    }
    Ok(end)
}

fn scanned(journal: &Path) -> Head {
    let mut scan = JournalScan::open(journal, LEDGER).unwrap();
    while let Some(step) = scan.next_frame() {
        step.unwrap();
    }
    scan.head()
}

#[test]
fn a_copy_has_every_byte_of_sealed_segments_and_every_frame_of_the_newest() {
    let world = World::new();
    let head = world.fill(SHAPES);
    let copy = JournalCopy::open(world.paths.journal(), LEDGER).unwrap();
    assert!(copy.segments().len() > 1, "{:?}", copy.segments());
    let to = tempfile::tempdir().unwrap();
    assert_eq!(copy_all(&copy, to.path()).unwrap(), head);
    assert_eq!((copy.head(), scanned(to.path())), (head, head));
    let files = world.segments();
    for (segment, path) in copy.segments().iter().zip(&files) {
        let (original, copied) = (
            fs::read(path).unwrap(),
            fs::read(to.path().join(path.file_name().unwrap())).unwrap(),
        );
        assert_eq!(copied[..], original[..copied.len()]);
        assert_eq!(segment.is_sealed(), copied.len() == original.len());
    }
    let sealed = copy.segments().iter().filter(|one| one.is_sealed());
    assert_eq!(sealed.count(), files.len() - 1);
}

#[test]
fn a_journal_without_entries_is_copied_too() {
    let world = World::new();
    let copy = JournalCopy::open(world.paths.journal(), LEDGER).unwrap();
    let to = tempfile::tempdir().unwrap();
    copy_all(&copy, to.path()).unwrap();
    assert_eq!(
        (copy.head(), scanned(to.path())),
        (Head::EMPTY, Head::EMPTY)
    );
}

#[test]
fn copies_of_a_journal_that_is_being_written_end_whole_and_lack_nothing_acknowledged() {
    let world = World::new();
    let (mut log, _) = world.open();
    let (written, over) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut head = log.head().unwrap();
            for at in 0..400_usize {
                let commit = commit(head, &[at * 37 % 3_000, 50]);
                head = log.append(head, commit).unwrap();
                written.store(head.size.get(), Ordering::SeqCst);
            }
            over.store(true, Ordering::SeqCst);
        });
        let mut last = Head::EMPTY;
        loop {
            let (ended, acknowledged) =
                (over.load(Ordering::SeqCst), written.load(Ordering::SeqCst));
            let copy = JournalCopy::open(world.paths.journal(), LEDGER).unwrap();
            assert!(copy.head().size.get() >= acknowledged.max(last.size.get()));
            let to = tempfile::tempdir().unwrap();
            copy_all(&copy, to.path()).unwrap();
            assert_eq!(scanned(to.path()), copy.head());
            last = copy.head();
            if ended {
                assert_eq!(last.size.get(), 800);
                break;
            }
        }
    });
    Box::new(log).close().unwrap();
}

#[test]
fn an_incomplete_last_frame_is_left_out() {
    let world = World::new();
    let head = world.fill(&[&[10], &[20]]);
    let end = JournalCopy::open(world.paths.journal(), LEDGER)
        .unwrap()
        .segments()[0]
        .bytes() as usize;
    edit(&world.segments()[0], |bytes| {
        bytes[end..end + 6].copy_from_slice(b"CLFR\x00\x01");
    });
    let copy = JournalCopy::open(world.paths.journal(), LEDGER).unwrap();
    assert_eq!(copy.head(), head);
    let to = tempfile::tempdir().unwrap();
    assert_eq!(copy_all(&copy, to.path()).unwrap(), head);
}

/// Whether a copy is refused, as it must be once a byte has changed.
fn refuses(world: &World) -> bool {
    match JournalCopy::open(world.paths.journal(), LEDGER) {
        Err(_) => true,
        Ok(copy) => {
            let to = tempfile::tempdir().unwrap();
            copy_all(&copy, to.path()).is_err()
        }
    }
}

#[test]
fn a_changed_byte_of_a_sealed_segment_is_never_copied_in_silence() {
    let world = World::new();
    let (mut log, _) = world.open();
    append_all(&mut log, SHAPES);
    Box::new(log).close().unwrap();
    let first = world.segments().remove(0);
    let length = fs::read(&first).unwrap().len();
    for at in (0..length).step_by(97).chain(length - 64..length) {
        edit(&first, |bytes| bytes[at] ^= 1);
        assert!(refuses(&world), "byte {at}");
        edit(&first, |bytes| bytes[at] ^= 1);
    }
    assert!(!refuses(&world));
}

#[test]
fn a_segment_that_ends_otherwise_than_it_did_is_named() {
    let world = World::new();
    world.fill(SHAPES);
    let copy = JournalCopy::open(world.paths.journal(), LEDGER).unwrap();
    let first = &copy.segments()[0];
    let other = CopySegment {
        end: Head::new(first.end.size.get(), caseledger_chain::Digest::ZERO),
        ..*first
    };
    let refused = copy.copy(&other, &mut Vec::new(), &mut |_| ());
    let Err(CopyError::Damaged(damage)) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        matches!(
            damage.fault,
            Fault::Last {
                part: Part::File,
                ..
            }
        ),
        "{damage}"
    );
}
