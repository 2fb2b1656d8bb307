//! Every byte of the journal: cut, flipped, removed; and what open and the scan say about it.

use std::collections::BTreeMap;

use caseledger_chain::{Digest, Position};

use super::support::{LEDGER, World, append_all, check_whole, edit, options};
use crate::{
    CommitLog, Damage, Fault, Head, JournalScan, OpenError, OpenOptions, Part, StoreOpened,
    Witness,
    journal::{FRAME_OVERHEAD, JournalIndex, Tail},
};

/// What a full scan finds: entries by position, and damage.
pub(super) fn scan(world: &World) -> (BTreeMap<u64, Vec<u8>>, Vec<Damage>) {
    let mut scan = JournalScan::open(world.paths.journal(), LEDGER).unwrap();
    let (mut entries, mut damage) = (BTreeMap::new(), Vec::new());
    while let Some(found) = scan.next_frame() {
        match found {
            Ok(found) => {
                let first = found.frame.first().get();
                let bytes = found.frame.entries().map(<[u8]>::to_vec);
                entries.extend((first..).zip(bytes));
            }
            Err(found) => damage.push(found),
        }
    }
    (entries, damage)
}

/// Makes the world look as after a crash: the store is gone and the guard remembers only `guard`.
fn forget(world: &World, guard: Head) {
    std::fs::remove_dir_all(world.paths.store()).ok();
    std::fs::remove_file(world.paths.mark()).ok();
    crate::marks::write_guard(&crate::disk::RealDisk, world.paths.guard(), LEDGER, guard).unwrap();
}

/// Offsets of the frames in a segment and the end of the last.
pub(super) fn frames(world: &World, segment: u64) -> Vec<u64> {
    let mut scan = JournalScan::open(world.paths.journal(), LEDGER).unwrap();
    let mut offsets = Vec::new();
    while let Some(Ok(found)) = scan.next_frame() {
        if found.segment.get() == segment {
            let bytes: usize = found.frame.entries().map(|e| e.len() + 2).sum();
            let sidecars: usize = found.frame.sidecars().map(|(_, s)| s.len() + 5).sum();
            offsets.push(found.offset);
            offsets.push(found.offset + (FRAME_OVERHEAD + bytes + sidecars) as u64);
        }
    }
    offsets.dedup();
    offsets
}

#[test]
fn scans_every_segment_of_a_whole_journal() {
    let world = World::new();
    let shapes: Vec<&[usize]> = [[200, 0, 9].as_slice(), &[1000; 5]].repeat(12);
    let head = world.fill(&shapes);
    assert!(
        world.segments().len() > 3,
        "the journal must have changed segments"
    );
    let (entries, damage) = scan(&world);
    assert_eq!(damage, []);
    assert_eq!(entries.len() as u64, head.size.get());
    for path in &world.segments()[..world.segments().len() - 1] {
        assert!(
            std::fs::metadata(path).unwrap().permissions().readonly(),
            "{path:?}"
        );
    }
}

#[test]
fn cuts_a_last_frame_that_ends_anywhere_and_goes_on() {
    let world = World::new();
    let before = world.fill(&[&[50, 60], &[70]]);
    world.fill(&[&[40, 30]]);
    let frames = frames(&world, 0);
    let (start, end) = (frames[2], frames[3]);
    let segment = world.segments().remove(0);
    let whole = std::fs::read(&segment).unwrap();
    for keep in start..end {
        // As a torn write into prepared zeros, in either order, and as a file that lost its end.
        for lost in ["end", "start", "rest of the file"] {
            let mut torn = whole.clone();
            match lost {
                "end" => torn[keep as usize..].fill(0),
                "start" => torn[start as usize..=keep as usize].fill(0),
                _ => torn.truncate(keep as usize),
            }
            std::fs::write(&segment, torn).unwrap();
            let mut tail = Tail::scan(&world.paths.journal(), LEDGER).unwrap();
            assert_eq!(tail.head, before, "kept {keep}");
            tail.cut(&crate::disk::RealDisk).unwrap();
            let rest = std::fs::read(&segment).unwrap().split_off(start as usize);
            assert!(
                rest.iter().all(|byte| *byte == 0),
                "lost {lost}, kept {keep}"
            );
            let again = Tail::scan(&world.paths.journal(), LEDGER).unwrap();
            assert_eq!(
                (again.head, again.torn.is_none()),
                (before, true),
                "kept {keep}"
            );
        }
    }
    // And once through the front door: cut, reported, appended to, whole.
    let mut torn = whole.clone();
    torn[end as usize - 3..].fill(0);
    std::fs::write(&segment, torn).unwrap();
    forget(&world, before);
    let (mut log, report) = world.open();
    assert_eq!(
        (report.head, report.torn_bytes_cut),
        (before, end - 3 - start)
    );
    assert!(matches!(report.store, StoreOpened::Rebuilt { .. }));
    let head = append_all(&mut log, &[&[1], &[2, 3]]);
    check_whole(&*log.reader(), head);
    Box::new(log).close().unwrap();
    assert_eq!(scan(&world).1, []);
}

#[test]
fn names_the_place_when_any_byte_of_the_frame_before_the_last_changes() {
    let world = World::new();
    world.fill(&[&[20], &[30, 10], &[5]]);
    let frames = frames(&world, 0);
    let segment = world.segments().remove(0);
    let whole = std::fs::read(&segment).unwrap();
    forget(&world, Head::EMPTY);
    for at in frames[1]..frames[2] {
        let mut bytes = whole.clone();
        bytes[at as usize] ^= 0x10;
        std::fs::write(&segment, bytes).unwrap();
        let damage = match world.try_open() {
            Err(OpenError::Damaged(damage)) => damage,
            other => panic!("byte {at}: {other:?}"),
        };
        assert_eq!(
            (damage.segment.get(), damage.offset),
            (0, frames[1]),
            "byte {at}"
        );
        assert_eq!(damage.position, Position::new(1), "byte {at}");
        let (entries, found) = scan(&world);
        assert_eq!(found, [damage], "byte {at}");
        assert_eq!(
            entries.keys().copied().collect::<Vec<_>>(),
            [0, 3],
            "byte {at}"
        );
    }
}

#[test]
fn tells_a_damaged_last_frame_from_a_torn_one_by_what_others_remember() {
    let world = World::new();
    let before = world.fill(&[&[20]]);
    let head = world.fill(&[&[30, 10]]);
    let frames = frames(&world, 0);
    let segment = world.segments().remove(0);
    let whole = std::fs::read(&segment).unwrap();
    for at in frames[1]..frames[2] {
        let mut bytes = whole.clone();
        bytes[at as usize] ^= 0x01;
        std::fs::write(&segment, bytes).unwrap();
        match world.try_open() {
            Err(OpenError::DamagedTail {
                damage,
                witness: Witness::Guard,
                expected,
                found,
            }) => {
                assert_eq!(
                    (damage.offset, expected, found),
                    (frames[1], head, before),
                    "byte {at}"
                );
            }
            other => panic!("byte {at}: {other:?}"),
        }
    }
    // The guard lags: the store mark still knows.
    let write_guard = |head| {
        crate::marks::write_guard(&crate::disk::RealDisk, world.paths.guard(), LEDGER, head)
            .unwrap();
    };
    write_guard(before);
    let marked = world.try_open();
    assert!(matches!(
        marked,
        Err(OpenError::DamagedTail {
            witness: Witness::StoreMark,
            ..
        })
    ));
    // The mark lags too: the store itself still knows.
    let mark = crate::marks::StoreMark {
        head: before,
        db_bytes: 0,
        clean: false,
    };
    mark.write(&crate::disk::RealDisk, &world.paths.mark(), LEDGER)
        .unwrap();
    let stored = world.try_open();
    assert!(
        matches!(
            stored,
            Err(OpenError::DamagedTail {
                witness: Witness::Store,
                ..
            })
        ),
        "{stored:?}"
    );
    // Nobody knows: it was never acknowledged.
    forget(&world, before);
    let (log, report) = world.open();
    assert_eq!(report.head, before);
    check_whole(&*log.reader(), before);
}

#[test]
fn refuses_every_changed_byte_of_a_segment_header() {
    let world = World::new();
    world.fill(&[&[20]]);
    forget(&world, Head::EMPTY);
    let segment = world.segments().remove(0);
    let whole = std::fs::read(&segment).unwrap();
    for at in 0..68 {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        std::fs::write(&segment, bytes).unwrap();
        let refused = world.try_open();
        assert!(
            matches!(refused, Err(OpenError::Damaged(Damage { offset: 0, .. }))),
            "byte {at}"
        );
    }
}

#[test]
fn finds_every_changed_byte_of_a_sealed_segment_and_reads_the_rest() {
    let world = World::new();
    world.fill(&[[900_usize; 3].as_slice(); 12]);
    let segments = world.segments();
    assert!(segments.len() >= 3);
    let (whole, intact) = (std::fs::read(&segments[0]).unwrap(), scan(&world).0);
    let frames = frames(&world, 0);
    for at in (0..whole.len())
        .step_by(97)
        .chain(whole.len() - 64..whole.len())
    {
        edit(&segments[0], |bytes| bytes[at] ^= 0x04);
        let (entries, damage) = scan(&world);
        assert!(!damage.is_empty(), "byte {at}");
        let start = frames.iter().rev().find(|start| **start <= at as u64);
        let expected = start.copied().unwrap_or(0);
        assert_eq!(
            (damage[0].segment.get(), damage[0].offset),
            (0, expected),
            "byte {at}: {damage:?}"
        );
        // Damage costs the frame it hits, or the segment when its header is hit, and nothing else.
        let lost = intact
            .keys()
            .filter(|position| !entries.contains_key(position))
            .count();
        assert!(
            lost <= if at < 68 { 12 } else { 3 },
            "byte {at} lost {lost}"
        );
        assert!(
            entries
                .iter()
                .all(|(position, entry)| intact[position] == *entry)
        );
        edit(&segments[0], |bytes| bytes.clone_from(&whole));
    }
    assert_eq!(scan(&world).1, []);
}

#[test]
fn names_missing_shortened_and_swapped_segments() {
    let world = World::new();
    world.fill(&[[900_usize; 3].as_slice(); 16]);
    let segments = world.segments();
    let second = std::fs::read(&segments[1]).unwrap();
    let refused = |world: &World| match world.try_open() {
        Err(OpenError::Damaged(damage)) => damage.fault,
        other => panic!("{other:?}"),
    };
    std::fs::remove_file(&segments[1]).unwrap();
    assert!(matches!(
        refused(&world),
        Fault::First {
            part: Part::SegmentHeader,
            ..
        }
    ));
    assert!(matches!(
        scan(&world).1[..],
        [Damage {
            fault: Fault::First { .. },
            ..
        }]
    ));
    for len in [second.len() - 1, second.len() - 64, 500, 68] {
        std::fs::write(&segments[1], &second[..len]).unwrap();
        assert_eq!(refused(&world), Fault::Unsealed, "length {len}");
        assert_eq!(scan(&world).1[0].fault, Fault::Unsealed, "length {len}");
    }
    std::fs::write(&segments[1], &second[..10]).unwrap();
    assert!(matches!(
        refused(&world),
        Fault::Length {
            part: Part::SegmentHeader,
            ..
        }
    ));
    std::fs::copy(&segments[0], &segments[1]).unwrap();
    assert!(matches!(
        refused(&world),
        Fault::First {
            part: Part::SegmentHeader,
            ..
        }
    ));
    std::fs::write(&segments[1], &second).unwrap();
    assert!(world.try_open().is_ok());
    for segment in segments {
        std::fs::remove_file(segment).unwrap();
    }
    assert_eq!(refused(&world), Fault::Missing);
    assert_eq!(scan(&world).1[0].fault, Fault::Missing);
}

#[test]
fn refuses_the_journal_of_another_ledger() {
    let world = World::new();
    world.fill(&[&[1]]);
    let other = caseledger_chain::LedgerId::from_bytes([1; 16]);
    let mut scan = JournalScan::open(world.paths.journal(), other).unwrap();
    let fault = scan.next_frame().unwrap().unwrap_err().fault;
    assert_eq!(
        fault,
        Fault::Ledger {
            expected: other,
            found: LEDGER
        }
    );
}

#[test]
fn finds_bytes_behind_the_last_frame() {
    let world = World::new();
    world.fill(&[&[1]]);
    let end = frames(&world, 0)[1];
    edit(&world.segments()[0], |bytes| bytes[end as usize + 5000] = 1);
    let damage = scan(&world).1;
    assert_eq!(
        (damage.len(), damage[0].offset, damage[0].fault),
        (1, end + 5000, Fault::NotZero)
    );
}

#[test]
fn replays_from_every_position_across_segments() {
    let world = World::new();
    let head = world.fill(&[[700_usize; 2].as_slice(), &[10; 4]].repeat(20));
    let (entries, _) = scan(&world);
    let mut tail = Tail::scan(&world.paths.journal(), LEDGER).unwrap();
    let index: JournalIndex = tail.index();
    assert!(index.segments() > 2);
    for from in 0..head.size.get() {
        let mut position = None;
        index
            .replay(Position::new(from), &mut |frame| {
                let first = frame.first().get();
                let next = position.get_or_insert(first);
                assert!(first <= from || *next > from);
                assert_eq!(*next, first);
                for entry in frame.entries() {
                    assert_eq!(entry, entries[next]);
                    *next += 1;
                }
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(position, Some(head.size.get()), "from {from}");
    }
    assert_ne!(head.chain, Digest::ZERO);
}

#[test]
fn a_second_look_into_a_sealed_segment_begins_near_what_is_looked_for() {
    let world = World::with(OpenOptions {
        segment_bytes: 1 << 20,
        ..options()
    });
    // One entry of 30 kB a frame.
    world.fill(&[[30_000_usize].as_slice()].repeat(100));
    let mut tail = Tail::scan(&world.paths.journal(), LEDGER).unwrap();
    let index: JournalIndex = tail.index();
    assert!(index.segments() > 2);
    let look = |position| {
        let position = Position::new(position);
        let mut found = None;
        let looked = index.replay(position, &mut |frame| {
            found = Some(frame.first());
            std::ops::ControlFlow::Break(())
        });
        looked.map(|()| assert_eq!(found, Some(position)))
    };
    look(20).unwrap();
    // What a look reads shows by what it finds wrong.
    let first = frames(&world, 0)[0] as usize;
    edit(&world.segments()[0], |bytes| bytes[first + 8] ^= 1);
    look(20).unwrap();
    look(15).unwrap();
    look(25).unwrap();
    look(0).unwrap_err();
}
