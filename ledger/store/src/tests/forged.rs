//! A journal whose checksums hold and whose statements do not: what an accident cannot do and a hand can.

use super::{
    journal::{frames, scan},
    support::{World, edit},
};
use crate::{Fault, OpenError, Part};

type Change = fn(&mut [u8]);
type Expected = fn(Fault) -> bool;

/// Changes bytes of a checksummed part and makes its checksum, the last four bytes, right again.
fn forge(path: &std::path::Path, part: std::ops::Range<usize>, change: impl FnOnce(&mut [u8])) {
    edit(path, |bytes| {
        let (covered, crc) = bytes[part].split_last_chunk_mut::<4>().unwrap();
        change(covered);
        *crc = crc32c::crc32c(covered).to_be_bytes();
    });
}

#[test]
fn names_a_frame_of_another_history() {
    let world = World::new();
    world.fill(&[&[20, 10], &[30], &[5]]);
    let segment = world.segments().remove(0);
    let frames = frames(&world, 0);
    let at = frames[1] as usize;
    // The same frame of a history with the same lengths and other hashes.
    let other = World::new();
    other.fill(&[&[10, 20], &[30], &[5]]);
    let spliced = std::fs::read(&other.segments()[0]).unwrap();
    edit(&segment, |bytes| {
        bytes[at..].copy_from_slice(&spliced[at..]);
    });
    let fault = scan(&world).1[0].fault;
    assert!(
        matches!(
            fault,
            Fault::Previous {
                part: Part::FrameHeader,
                ..
            }
        ),
        "{fault:?}"
    );
}

#[test]
fn names_what_a_frame_claims_wrongly_although_its_checksums_hold() {
    let world = World::new();
    world.fill(&[&[20, 10], &[30], &[5]]);
    let segment = world.segments().remove(0);
    let (whole, frames) = (std::fs::read(&segment).unwrap(), frames(&world, 0));
    let at = frames[1] as usize;
    let cases: [(&str, Change, Expected); 5] = [
        (
            "first",
            |h| h[15] += 1,
            |f| {
                matches!(
                    f,
                    Fault::First {
                        part: Part::FrameHeader,
                        ..
                    }
                )
            },
        ),
        (
            "count",
            |h| h[19] += 1,
            |f| {
                matches!(
                    f,
                    Fault::Body {
                        entries: 2,
                        sidecars: 1
                    }
                )
            },
        ),
        (
            "sidecars",
            |h| h[23] += 1,
            |f| {
                matches!(
                    f,
                    Fault::Body {
                        entries: 1,
                        sidecars: 2
                    }
                )
            },
        ),
        (
            "previous",
            |h| h[24] ^= 1,
            |f| matches!(f, Fault::Previous { .. }),
        ),
        (
            "last",
            |h| h[56] ^= 1,
            |f| {
                matches!(
                    f,
                    Fault::Last {
                        part: Part::FrameHeader,
                        ..
                    }
                )
            },
        ),
    ];
    for (name, change, expected) in cases {
        forge(&segment, at..at + 92, change);
        let damage = scan(&world).1[0];
        assert!(
            expected(damage.fault) && damage.offset == at as u64,
            "{name}: {damage:?}"
        );
        assert!(
            matches!(world.try_open(), Err(OpenError::Damaged(_))),
            "{name}"
        );
        edit(&segment, |bytes| bytes.clone_from(&whole));
    }
}

#[test]
fn names_what_a_footer_claims_wrongly_although_its_checksum_holds() {
    let world = World::new();
    world.fill(&[[900_usize; 3].as_slice(); 12]);
    let segment = world.segments().remove(0);
    let whole = std::fs::read(&segment).unwrap();
    let cases: [(&str, Change, Expected); 5] = [
        (
            "frames",
            |f| f[7] += 1,
            |f| matches!(f, Fault::Count { .. }),
        ),
        (
            "entries",
            |f| f[15] += 1,
            |f| matches!(f, Fault::Count { .. }),
        ),
        ("offset", |f| f[23] ^= 1, |f| f == Fault::Unsealed),
        (
            "last",
            |f| f[24] ^= 1,
            |f| {
                matches!(
                    f,
                    Fault::Last {
                        part: Part::Footer,
                        ..
                    }
                )
            },
        ),
        (
            "file",
            |f| f[56] ^= 1,
            |f| {
                matches!(
                    f,
                    Fault::Checksum {
                        part: Part::File,
                        ..
                    }
                )
            },
        ),
    ];
    for (name, change, expected) in cases {
        forge(&segment, whole.len() - 64..whole.len(), change);
        let damage = scan(&world).1;
        assert!(
            damage.len() == 1 && expected(damage[0].fault),
            "{name}: {damage:?}"
        );
        edit(&segment, |bytes| bytes.clone_from(&whole));
    }
}
