//! The frame: how one commit lies in a segment, written and read.

use std::{fs::File, io, ops::Range, os::unix::fs::FileExt};

use caseledger_chain::{Digest, Position, chain_hash};

use crate::{
    commit::Commit,
    journal::{FRAME_MAX, FRAME_OVERHEAD, Fault, Part},
    log::{Head, ReplayFrame},
};

pub(super) const HEADER_LEN: usize = 92;
pub(super) const MAGIC: u32 = u32::from_be_bytes(*b"CLFR");
/// One entry of one byte.
const LEN_MIN: usize = FRAME_OVERHEAD + 3;
const READ_AHEAD: usize = 1 << 20;
static ZEROS: [u8; READ_AHEAD] = [0; READ_AHEAD];

/// Fills `out` with the frame of a checked commit.
pub(super) fn encode(commit: &Commit, out: &mut Vec<u8>) {
    out.clear();
    out.reserve(commit.frame_len());
    out.extend_from_slice(&MAGIC.to_be_bytes());
    out.extend_from_slice(&(commit.frame_len() as u32).to_be_bytes());
    out.extend_from_slice(&commit.first().get().to_be_bytes());
    out.extend_from_slice(&(commit.len() as u32).to_be_bytes());
    out.extend_from_slice(&commit.sidecar_count().to_be_bytes());
    out.extend_from_slice(&commit.prev().to_bytes());
    out.extend_from_slice(&commit.last_chain().to_bytes());
    let header_crc = crc32c::crc32c(out);
    out.extend_from_slice(&header_crc.to_be_bytes());
    out.extend_from_slice(commit.entries_framed());
    out.extend_from_slice(commit.sidecars_framed());
    let body_crc = crc32c::crc32c(&out[HEADER_LEN..]);
    out.extend_from_slice(&body_crc.to_be_bytes());
}

/// A frame header whose checksum holds and whose length is within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) len: usize,
    pub(crate) first: u64,
    pub(crate) count: u32,
    pub(crate) sidecars: u32,
    pub(crate) prev: Digest,
    pub(crate) last: Digest,
}

/// Reads fixed-width fields from bytes whose length was checked when the cursor was made.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> [u8; N] {
        let Some((field, rest)) = self.0.split_first_chunk::<N>() else {
            return [0; N];
        };
        self.0 = rest;
        *field
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take())
    }

    pub(super) fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.take())
    }

    pub(super) fn digest(&mut self) -> Digest {
        Digest::from_bytes(self.take())
    }
}

/// Checks the CRC32C that ends `bytes`.
pub(super) fn check_crc(part: Part, bytes: &[u8]) -> Result<(), Fault> {
    let Some((covered, stored)) = bytes.split_last_chunk::<4>() else {
        return Err(Fault::Length {
            part,
            min: 4,
            max: u64::MAX,
            found: bytes.len() as u64,
        });
    };
    let (expected, found) = (u32::from_be_bytes(*stored), crc32c::crc32c(covered));
    if expected == found {
        Ok(())
    } else {
        Err(Fault::Checksum {
            part,
            expected,
            found,
        })
    }
}

impl FrameHeader {
    pub(super) fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Self, Fault> {
        let mut fields = Fields(bytes);
        let found = fields.u32();
        if found != MAGIC {
            return Err(Fault::Magic {
                part: Part::FrameHeader,
                expected: MAGIC,
                found,
            });
        }
        check_crc(Part::FrameHeader, bytes)?;
        let len = fields.u32() as usize;
        if !(LEN_MIN..=FRAME_MAX).contains(&len) {
            let (min, max) = (LEN_MIN as u64, FRAME_MAX as u64);
            return Err(Fault::Length {
                part: Part::FrameBody,
                min,
                max,
                found: len as u64,
            });
        }
        Ok(Self {
            len,
            first: fields.u64(),
            count: fields.u32(),
            sidecars: fields.u32(),
            prev: fields.digest(),
            last: fields.digest(),
        })
    }

    /// The head behind this frame; `None` when the position would overflow.
    pub(crate) fn end(&self) -> Option<Head> {
        Some(Head::new(
            self.first.checked_add(self.count.into())?,
            self.last,
        ))
    }

    /// Whether the frame continues `head`.
    fn check_follows(&self, head: Head) -> Result<(), Fault> {
        let part = Part::FrameHeader;
        if self.first != head.size.get() {
            return Err(Fault::First {
                part,
                expected: head.size.get(),
                found: self.first,
            });
        }
        if self.prev != head.chain {
            return Err(Fault::Previous {
                part,
                expected: head.chain,
                found: self.prev,
            });
        }
        Ok(())
    }

    /// Checks checksum, shape and last hash of the whole frame; returns the length of the entries in the body.
    fn check_body(&self, frame: &[u8]) -> Result<usize, Fault> {
        let body = frame.get(HEADER_LEN..).unwrap_or_default();
        check_crc(Part::FrameBody, body)?;
        let malformed = Fault::Body {
            entries: self.count,
            sidecars: self.sidecars,
        };
        let content = body.get(..body.len() - 4).unwrap_or_default();
        let (mut rest, mut last) = (content, None);
        for _ in 0..self.count {
            let (length, behind) = rest.split_first_chunk::<2>().ok_or(malformed)?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (entry, behind) = behind.split_at_checked(length).ok_or(malformed)?;
            (rest, last) = (behind, Some(entry).filter(|entry| !entry.is_empty()));
        }
        let entries_len = content.len() - rest.len();
        for _ in 0..self.sidecars {
            let ([_, length @ ..], behind) = rest.split_first_chunk::<5>().ok_or(malformed)?;
            rest = behind
                .get(u32::from_be_bytes(*length) as usize..)
                .ok_or(malformed)?;
        }
        let last = last
            .filter(|_| rest.is_empty() && self.end().is_some())
            .ok_or(malformed)?;
        let found = chain_hash(last);
        if found != self.last {
            return Err(Fault::Last {
                part: Part::FrameHeader,
                expected: self.last,
                found,
            });
        }
        Ok(entries_len)
    }
}

/// What lies at an offset.
#[derive(Debug)]
pub(crate) enum Step {
    /// A frame that passed every check, and the length of its entries.
    Frame(FrameHeader, usize),
    /// No frame was begun here.
    End,
}

/// Reads one segment file front to back through a read-ahead buffer.
#[derive(Debug)]
pub(crate) struct FrameReader {
    file: File,
    /// Where frames end at the latest: footer, durable tail or end of the file.
    end: u64,
    buffer: Vec<u8>,
    start: u64,
}

impl FrameReader {
    pub(crate) fn new(file: File, end: u64) -> Self {
        Self {
            file,
            end,
            buffer: Vec::new(),
            start: 0,
        }
    }

    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Lets frames end earlier.
    pub(crate) fn end_at(&mut self, end: u64) {
        self.end = end;
        self.buffer.clear();
    }

    /// Up to `len` bytes at `at`, fewer only at the end.
    pub(crate) fn window(&mut self, at: u64, len: usize) -> io::Result<&[u8]> {
        let len = (self.end.saturating_sub(at)).min(len as u64) as usize;
        let have = self.start..self.start + self.buffer.len() as u64;
        if at < have.start || at + len as u64 > have.end {
            let want = (self.end.saturating_sub(at)).min(len.max(READ_AHEAD) as u64) as usize;
            self.buffer.resize(want, 0);
            self.start = at;
            let mut done = 0;
            while done < want {
                match self
                    .file
                    .read_at(&mut self.buffer[done..], at + done as u64)
                {
                    Ok(0) => break,
                    Ok(read) => done += read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        self.buffer.clear();
                        return Err(error);
                    }
                }
            }
            self.buffer.truncate(done);
        }
        let from = (at - self.start) as usize;
        let to = (from + len).min(self.buffer.len());
        Ok(self.buffer.get(from..to).unwrap_or_default())
    }

    /// What lies at `at`, where a frame behind `expected` should be.
    pub(crate) fn step(&mut self, at: u64, expected: Head) -> Result<Step, Fault> {
        let left = self.end.saturating_sub(at);
        let start = self.window(at, HEADER_LEN).map_err(Fault::from)?;
        if left == 0
            || start.starts_with(&[0; 4])
            || start.len() < 4 && start.iter().all(|b| *b == 0)
        {
            return Ok(Step::End);
        }
        let Some(header) = start.first_chunk() else {
            let (min, found) = (LEN_MIN as u64, left);
            return Err(Fault::Length {
                part: Part::FrameHeader,
                min,
                max: FRAME_MAX as u64,
                found,
            });
        };
        let header = FrameHeader::decode(header)?;
        header.check_follows(expected)?;
        let frame = self.window(at, header.len).map_err(Fault::from)?;
        if frame.len() < header.len {
            let found = header.len as u64;
            return Err(Fault::Length {
                part: Part::FrameBody,
                min: LEN_MIN as u64,
                max: left,
                found,
            });
        }
        let entries_len = header.check_body(frame)?;
        Ok(Step::Frame(header, entries_len))
    }

    /// The frame that [`Self::step`] just found at `at`, and its bytes.
    pub(crate) fn frame(
        &mut self,
        at: u64,
        header: &FrameHeader,
        entries_len: usize,
    ) -> Result<(ReplayFrame<'_>, &[u8]), Fault> {
        let bytes = self.window(at, header.len).map_err(Fault::from)?;
        let body: Range<usize> = HEADER_LEN..bytes.len().saturating_sub(4).max(HEADER_LEN);
        let (entries, sidecars) = bytes
            .get(body)
            .unwrap_or_default()
            .split_at_checked(entries_len)
            .unwrap_or_default();
        let frame = ReplayFrame {
            first: Position::new(header.first),
            count: header.count,
            prev: header.prev,
            last: header.last,
            entries,
            sidecars,
        };
        Ok((frame, bytes))
    }

    /// The range from the first to behind the last byte other than zero at or behind `from`.
    pub(crate) fn non_zero(&mut self, from: u64) -> Result<Option<Range<u64>>, Fault> {
        let (mut at, mut range) = (from, None::<Range<u64>>);
        while at < self.end {
            let chunk = self.window(at, READ_AHEAD).map_err(Fault::from)?;
            if chunk.is_empty() {
                break;
            }
            if *chunk != ZEROS[..chunk.len()] {
                let first = chunk.iter().position(|b| *b != 0).unwrap_or(0) as u64;
                let last = chunk.iter().rposition(|b| *b != 0).unwrap_or(0) as u64;
                let start = range.map_or(at + first, |range| range.start);
                range = Some(start..at + last + 1);
            }
            at += chunk.len() as u64;
        }
        Ok(range)
    }

    /// The next offset behind `from` that holds a valid frame header for a position behind `first`.
    pub(crate) fn find_header(
        &mut self,
        from: u64,
        first: u64,
    ) -> Result<Option<(u64, FrameHeader)>, Fault> {
        let mut at = from;
        while at < self.end {
            let chunk = self.window(at, READ_AHEAD).map_err(Fault::from)?;
            let magic = MAGIC.to_be_bytes();
            let found = chunk
                .windows(HEADER_LEN)
                .enumerate()
                .find_map(|(i, window)| {
                    let header = window.first_chunk().filter(|w| w.starts_with(&magic))?;
                    let header = FrameHeader::decode(header)
                        .ok()
                        .filter(|h| h.first > first)?;
                    Some((at + i as u64, header))
                });
            if found.is_some() {
                return Ok(found);
            }
            if chunk.len() < READ_AHEAD {
                break;
            }
            // Headers may straddle two chunks.
            at += (READ_AHEAD - HEADER_LEN + 1) as u64;
        }
        Ok(None)
    }
}
