//! Reading a journal to copy it, also while another process writes it.
//!
//! Nothing is locked and nothing is changed. What makes that safe is how the journal is written: a frame is begun only
//! behind a durable one, and bytes in front of the end never change. So what is copied is a journal that lost power at
//! some moment, cut behind its last whole frame; and because the copy syncs the file itself before it names that end,
//! the original has every entry that the copy has, whatever happens to the machine.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt as _,
    path::PathBuf,
};

use caseledger_chain::{LedgerId, Position};

use super::{
    Damage, Fault, FrameReader, Part, Tail,
    frame::{MAGIC, Step},
    segment::{self, FOOTER_LEN, Footer, HEADER_LEN},
};
use crate::log::{Head, LogError, ReplayFrame};

/// A segment as far as it can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopySegment {
    pub(crate) start: Head,
    pub(crate) end: Head,
    pub(crate) sealed: bool,
    pub(crate) bytes: u64,
}

impl CopySegment {
    /// The head it starts behind; its size is the first position in it, which names the file.
    pub const fn start(&self) -> Head {
        self.start
    }

    /// The head behind its last whole frame.
    pub const fn end(&self) -> Head {
        self.end
    }

    /// Whether its bytes will never change again.
    pub const fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Length of the copy in bytes.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Why a segment could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The journal does not hold what it must.
    #[error("journal is damaged: {0}; check the ledger with fsck")]
    Damaged(#[from] Damage),
    /// The copy could not be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// The segments of a journal at one moment.
#[derive(Debug)]
pub struct JournalCopy {
    dir: PathBuf,
    ledger: LedgerId,
    segments: Vec<CopySegment>,
    head: Head,
}

impl JournalCopy {
    /// Looks at `journal`, the journal folder of `ledger`: headers, footers and links of all segments, and the frames
    /// of the newest one up to its end, which it makes durable. An incomplete last frame is left out: it was never
    /// acknowledged, or is being written at this moment.
    ///
    /// # Errors
    /// [`LogError`] when the journal cannot be read or is damaged.
    pub fn open(journal: impl Into<PathBuf>, ledger: LedgerId) -> Result<Self, LogError> {
        let dir = journal.into();
        let mut seen = None;
        let tail = loop {
            match Tail::scan(&dir, ledger) {
                // A frame that was being written when it was read looks damaged once another one is seen behind it. By
                // then it is whole: what is found in the same place twice is damage.
                Err(LogError::Damaged(damage)) if seen != Some(damage) => seen = Some(damage),
                scanned => break scanned?,
            }
        };
        tail.sync()?;
        let ends = tail.segments.iter().skip(1).map(|next| next.start);
        let ends = ends.chain([tail.head]);
        let segments = tail.segments.iter().zip(ends).map(|(segment, end)| {
            let bytes = segment
                .sealed_end
                .map_or(tail.at, |end| end + FOOTER_LEN as u64);
            CopySegment {
                start: segment.start,
                end,
                sealed: segment.sealed_end.is_some(),
                bytes,
            }
        });
        let (segments, head) = (segments.collect(), tail.head);
        Ok(Self {
            dir,
            ledger,
            segments,
            head,
        })
    }

    /// Every segment in order; there is at least one.
    pub fn segments(&self) -> &[CopySegment] {
        &self.segments
    }

    /// Where the copy ends: durable, and all that was acknowledged when this was opened.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Writes the exact bytes of a segment to `out`, and shows each commit in it. Everything that the format promises
    /// is checked on the way.
    ///
    /// # Errors
    /// [`CopyError`]; what was written to `out` is then of no use.
    pub fn copy(
        &self,
        segment: &CopySegment,
        out: &mut dyn Write,
        each: &mut dyn FnMut(ReplayFrame<'_>),
    ) -> Result<(), CopyError> {
        let CopySegment {
            start,
            end,
            sealed,
            bytes,
        } = *segment;
        let name = start.size.get();
        let frames_end = if sealed {
            bytes - FOOTER_LEN as u64
        } else {
            bytes
        };
        let damage = |offset, head: Head, fault| Damage {
            segment: Position::new(name),
            offset,
            position: Position::new(head.size.get()),
            fault,
        };
        let file = File::open(segment::path(&self.dir, name));
        let file = file.map_err(|error| damage(0, start, error.into()))?;
        let again = file.try_clone();
        let again = again.map_err(|error| damage(0, start, error.into()))?;
        let mut reader = FrameReader::new(again, frames_end);
        let header = reader.window(0, HEADER_LEN);
        let header = header.map_err(|error| damage(0, start, error.into()))?;
        let found = segment::decode_header(header, self.ledger, name);
        let found = found.map_err(|fault| damage(0, start, fault))?;
        if found != start {
            let (part, expected, found) = (Part::SegmentHeader, start.chain, found.chain);
            let fault = Fault::Previous {
                part,
                expected,
                found,
            };
            return Err(damage(0, start, fault).into());
        }
        out.write_all(header)?;
        let mut crc = crc32c::crc32c(header);
        let (mut head, mut at) = (start, HEADER_LEN as u64);
        while at < frames_end {
            let step = reader.step(at, head);
            let Step::Frame(header, entries_len) = step.map_err(|fault| damage(at, head, fault))?
            else {
                let fault = Fault::Magic {
                    part: Part::FrameHeader,
                    expected: MAGIC,
                    found: 0,
                };
                return Err(damage(at, head, fault).into());
            };
            let frame = reader.frame(at, &header, entries_len);
            let (frame, bytes) = frame.map_err(|fault| damage(at, head, fault))?;
            crc = crc32c::crc32c_append(crc, bytes);
            out.write_all(bytes)?;
            each(frame);
            (head, at) = (frame.end(), at + header.len as u64);
        }
        if head != end {
            let fault = Fault::Last {
                part: Part::File,
                expected: end.chain,
                found: head.chain,
            };
            return Err(damage(at, head, fault).into());
        }
        if sealed {
            let mut footer = [0; FOOTER_LEN];
            let read = file.read_exact_at(&mut footer, frames_end);
            read.map_err(|error| damage(at, head, error.into()))?;
            let stored = Footer::decode(&footer, bytes).map_err(|fault| damage(at, head, fault))?;
            if stored.crc != crc {
                let fault = Fault::Checksum {
                    part: Part::File,
                    expected: stored.crc,
                    found: crc,
                };
                return Err(damage(at, head, fault).into());
            }
            out.write_all(&footer)?;
        }
        Ok(())
    }
}
