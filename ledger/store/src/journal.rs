//! The journal: the commit point of the whole ledger.
//!
//! A folder of segment files `<first position, 20 digits>.seg`. Everything is big-endian; every length is bounded
//! before it is believed; the reading half never panics on any bytes.
//!
//! ```text
//! segment  = header frame* (zeros | footer)
//! header   = "CLSG" version:u32 ledger:16 first:u64 prev:32 crc32c(header so far):u32               68 bytes
//! frame    = "CLFR" frame_len:u32 first:u64 count:u32 sidecars:u32 prev:32 last:32 crc32c:u32      92 bytes
//!            (length:u16 entry)*count (kind:u8 length:u32 bytes)*sidecars crc32c(body):u32
//! footer   = "CLEN" frames:u32 entries:u64 offset:u64 last:32 crc32c(file up to offset):u32 crc32c(footer so far):u32
//! ```
//!
//! `prev` is the chain hash of the entry before the segment or frame, `last` that of its last entry; `offset` is
//! where the footer lies. CRC32C finds accidents; tampering is found by the chain hashes and the signed tree.
//! One frame is one commit.
//!
//! # Why no crash loses or invents a commit
//!
//! * A segment is made under another name, filled with written zeros and synced, given its header and synced, and
//!   only then renamed and its folder synced: a segment that has its name is whole. A crash before leaves a spare
//!   file that the next open removes.
//! * Frames go into those zeros in one write and one `fdatasync`, which changes no metadata. The next frame is
//!   written only behind a successful sync, so after a crash at most *one* frame can be incomplete, the last one,
//!   and it was never acknowledged. A valid frame header behind an incomplete frame therefore means damage.
//!   This leans on the disk not destroying neighbouring bytes of a sector it rewrites.
//! * An old segment is sealed (footer, truncation, sync, read-only) before the next one exists. A crash in between
//!   leaves either a footer in front of zeros, which is cut like a torn frame, or a sealed newest segment, behind
//!   which open makes the next one.
//! * A failed write or sync is never retried on the same file: the kernel may have dropped the pages and forgotten
//!   the error. The writer latches, and the next open decides from what is really there.
//! * A full disk is the exception: see the `writer` module.

mod copy;
mod frame;
mod index;
mod recover;
mod scan;
mod segment;
mod writer;

use caseledger_chain::{Digest, LedgerId, Position};

pub use copy::{CopyError, CopySegment, JournalCopy};
use frame::FrameReader;
pub(crate) use index::JournalIndex;
pub(crate) use recover::Tail;
pub use scan::{JournalScan, ScannedFrame};
pub(crate) use segment::{Spare, create_first};
pub(crate) use writer::{JournalWriter, Shared as WriterShared, SpareSlot, lock_spare};

/// Bytes of a frame besides its entries and sidecars.
pub(crate) const FRAME_OVERHEAD: usize = frame::HEADER_LEN + 4;
/// Largest frame in bytes: bounds every allocation of a reader.
pub(crate) const FRAME_MAX: usize = 8 << 20;

/// A place in the journal that does not hold what it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("segment {:020}.seg, offset {offset}, position {}: {fault}", segment.get(), position.get())]
pub struct Damage {
    /// First position of the segment, which is its file name.
    pub segment: Position,
    /// Byte offset in the segment file.
    pub offset: u64,
    /// Position of the first entry that cannot be read there.
    pub position: Position,
    /// What is wrong.
    pub fault: Fault,
}

/// A checksummed part of a segment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The segment header.
    SegmentHeader,
    /// A frame header.
    FrameHeader,
    /// Entries and sidecars of a frame.
    FrameBody,
    /// The footer of a sealed segment.
    Footer,
    /// The whole sealed segment in front of its footer.
    File,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SegmentHeader => "segment header",
            Self::FrameHeader => "frame header",
            Self::FrameBody => "frame body",
            Self::Footer => "footer",
            Self::File => "segment file",
        })
    }
}

/// What is wrong at a place in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes do not start with the right four.
    #[error("{part} starts with {found:#010x}, expected {expected:#010x}")]
    Magic {
        /// What was looked for.
        part: Part,
        /// The format's magic.
        expected: u32,
        /// The bytes there.
        found: u32,
    },
    /// A segment of another format version.
    #[error("segment version {found}, expected {expected}: use a release that knows it")]
    Version {
        /// The version this code writes.
        expected: u32,
        /// The version in the header.
        found: u32,
    },
    /// A checksum does not match.
    #[error("crc32c of the {part} is {found:#010x}, expected {expected:#010x}")]
    Checksum {
        /// What is covered.
        part: Part,
        /// Stored in the file.
        expected: u32,
        /// Computed from the bytes.
        found: u32,
    },
    /// A length outside its bounds.
    #[error("{part} has length {found}, expected {min} to {max}")]
    Length {
        /// Whose length.
        part: Part,
        /// Smallest possible.
        min: u64,
        /// Largest possible.
        max: u64,
        /// The length there.
        found: u64,
    },
    /// Entries or sidecars do not fill the body exactly.
    #[error("frame body does not hold exactly {entries} entries and {sidecars} sidecars")]
    Body {
        /// Entries declared.
        entries: u32,
        /// Sidecars declared.
        sidecars: u32,
    },
    /// A segment or frame does not start where the one before ends.
    #[error("{part} starts at position {found}, expected {expected}")]
    First {
        /// Segment or frame header.
        part: Part,
        /// End of what comes before.
        expected: u64,
        /// Declared.
        found: u64,
    },
    /// A segment or frame does not follow the entry before it.
    #[error("{part} follows entry hash {found}, expected {expected}")]
    Previous {
        /// Segment or frame header.
        part: Part,
        /// Chain hash of the entry before.
        expected: Digest,
        /// Declared.
        found: Digest,
    },
    /// The last entry does not hash to what is declared.
    #[error("{part} declares last entry hash {expected}, found {found}")]
    Last {
        /// Frame header or footer.
        part: Part,
        /// Declared.
        expected: Digest,
        /// Of the last entry there.
        found: Digest,
    },
    /// A footer counts otherwise than the segment.
    #[error("footer counts {expected} entries, found {found}")]
    Count {
        /// In the footer.
        expected: u64,
        /// In the segment.
        found: u64,
    },
    /// A segment of another ledger.
    #[error("segment belongs to ledger {found}, expected {expected}")]
    Ledger {
        /// The ledger of this data folder.
        expected: LedgerId,
        /// In the segment header.
        found: LedgerId,
    },
    /// Bytes behind the last frame, where only zeros may be.
    #[error("bytes other than zero behind the last frame")]
    NotZero,
    /// A segment that is not the newest has no footer.
    #[error("segment has no valid footer and is not the newest")]
    Unsealed,
    /// There is no segment at all, or none for this position.
    #[error("segment is missing")]
    Missing,
    /// The operating system could not read.
    #[error("cannot be read: {0}")]
    Unreadable(std::io::ErrorKind),
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error.kind())
    }
}
