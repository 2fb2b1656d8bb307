//! An independent reader of the whole journal, for replay, restore and checking.

use std::{collections::VecDeque, fs::File, path::PathBuf};

use caseledger_chain::{LedgerId, Position};

use super::{
    Damage, Fault, FrameReader, Part,
    frame::Step,
    segment::{self, FOOTER_LEN, Footer, HEADER_LEN},
};
use crate::log::{Head, LogError, ReplayFrame};

/// A frame and where it lies.
#[derive(Clone, Copy, Debug)]
pub struct ScannedFrame<'a> {
    /// First position of the segment, which is its file name.
    pub segment: Position,
    /// Byte offset of the frame in the segment file.
    pub offset: u64,
    /// The commit.
    pub frame: ReplayFrame<'a>,
}

/// Reads every segment front to back and checks everything the format promises: headers, frames, footers, that
/// segments follow each other, that only zeros follow the last frame.
///
/// Damage is reported and reading goes on at the next valid frame, so that one bad byte does not hide what is
/// behind it. Run it on a journal that is not being written.
#[derive(Debug)]
pub struct JournalScan {
    dir: PathBuf,
    ledger: LedgerId,
    rest: VecDeque<u64>,
    current: Option<Current>,
    /// Where the journal should continue.
    expected: Head,
    found: VecDeque<Damage>,
    /// Entries are known to be missing in front of what comes next; the gap is not reported once more.
    gap: bool,
}

#[derive(Debug)]
struct Current {
    name: u64,
    reader: FrameReader,
    footer: Option<Footer>,
    at: u64,
    frames: u32,
    crc: u32,
    /// A damaged frame makes count and file checksum mismatch as well; only the cause is reported.
    damaged: bool,
}

impl JournalScan {
    /// Starts at the first segment in `journal`, the journal folder of `ledger`.
    ///
    /// # Errors
    /// [`LogError::Io`] when the folder cannot be listed. Everything else is reported as [`Damage`].
    pub fn open(journal: impl Into<PathBuf>, ledger: LedgerId) -> Result<Self, LogError> {
        let dir = journal.into();
        let rest: VecDeque<u64> = segment::list(&dir)
            .map_err(|source| LogError::io("list", &dir, source))?
            .into();
        let mut scan = Self {
            dir,
            ledger,
            rest,
            current: None,
            expected: Head::EMPTY,
            found: VecDeque::new(),
            gap: false,
        };
        if scan.rest.is_empty() {
            scan.report(0, 0, Fault::Missing);
        }
        Ok(scan)
    }

    /// The head behind the last frame read.
    pub fn head(&self) -> Head {
        self.expected
    }

    /// The next frame or the next damage; `None` at the end of the journal.
    pub fn next_frame(&mut self) -> Option<Result<ScannedFrame<'_>, Damage>> {
        let (at, header, entries_len) = loop {
            if let Some(damage) = self.found.pop_front() {
                return Some(Err(damage));
            }
            if self.current.is_none() {
                let name = self.rest.pop_front()?;
                self.begin(name);
                continue;
            }
            let Some(current) = &mut self.current else {
                continue;
            };
            let (at, name) = (current.at, current.name);
            match current.reader.step(at, self.expected) {
                Ok(Step::Frame(header, entries_len)) => break (at, header, entries_len),
                Ok(Step::End) => self.finish(),
                Err(fault) => {
                    self.report(name, at, fault);
                    self.resynchronise(at);
                }
            }
        };
        self.expected = header.end().unwrap_or(self.expected);
        self.gap = false;
        let current = self.current.as_mut()?;
        current.at = at + header.len as u64;
        current.frames = current.frames.saturating_add(1);
        let segment = Position::new(current.name);
        let damage = |fault| Damage {
            segment,
            offset: at,
            position: Position::new(header.first),
            fault,
        };
        match current.reader.frame(at, &header, entries_len) {
            Ok((frame, bytes)) => {
                current.crc = crc32c::crc32c_append(current.crc, bytes);
                Some(Ok(ScannedFrame {
                    segment,
                    offset: at,
                    frame,
                }))
            }
            Err(fault) => Some(Err(damage(fault))),
        }
    }

    fn report(&mut self, segment: u64, offset: u64, fault: Fault) {
        let (segment, position) = (
            Position::new(segment),
            Position::new(self.expected.size.get()),
        );
        self.found.push_back(Damage {
            segment,
            offset,
            position,
            fault,
        });
        if let Some(current) = &mut self.current {
            current.damaged = true;
        }
        self.gap = true;
    }

    /// Opens the next segment and checks that it continues the one before.
    fn begin(&mut self, name: u64) {
        let newest = self.rest.is_empty();
        let opened = open_segment(&self.dir, self.ledger, name);
        let (mut reader, start, footer, crc) = match opened {
            Ok(opened) => opened,
            Err(fault) => return self.report(name, 0, fault),
        };
        let (expected, part) = (self.expected, Part::SegmentHeader);
        if self.gap {
            self.gap = false;
        } else if start.size != expected.size {
            let fault = Fault::First {
                part,
                expected: expected.size.get(),
                found: name,
            };
            self.report(name, 0, fault);
        } else if start.chain != expected.chain {
            self.report(
                name,
                0,
                Fault::Previous {
                    part,
                    expected: expected.chain,
                    found: start.chain,
                },
            );
        }
        self.expected = start;
        let at = HEADER_LEN as u64;
        let unsealed = footer.is_err() && !newest;
        if unsealed {
            // Frames are still read up to where the footer should be.
            reader.end_at(reader.end().saturating_sub(FOOTER_LEN as u64).max(at));
        }
        let end = reader.end();
        let (footer, damaged) = (footer.ok(), false);
        self.current = Some(Current {
            name,
            reader,
            footer,
            at,
            frames: 0,
            crc,
            damaged,
        });
        if unsealed {
            self.report(name, end, Fault::Unsealed);
        }
    }

    /// Goes on behind damage at `at`: the next valid frame header of this segment, or the next segment.
    fn resynchronise(&mut self, at: u64) {
        let Some(current) = &mut self.current else {
            return;
        };
        let from = self.expected.size.get();
        match current.reader.find_header(at + 1, from) {
            Ok(Some((offset, header))) => {
                current.at = offset;
                self.expected = Head::new(header.first, header.prev);
            }
            Ok(None) => self.current = None,
            Err(fault) => {
                let name = current.name;
                self.report(name, at, fault);
                self.current = None;
            }
        }
    }

    /// The frames of a segment have ended: compares with the footer, or looks for bytes behind them.
    fn finish(&mut self) {
        let Some(mut current) = self.current.take() else {
            return;
        };
        let (name, at) = (current.name, current.at);
        let Some(footer) = current.footer else {
            match current.reader.non_zero(at) {
                Ok(None) => {}
                Ok(Some(range)) => self.report(name, range.start, Fault::NotZero),
                Err(fault) => self.report(name, at, fault),
            }
            return;
        };
        if current.damaged {
            return;
        }
        let entries = self.expected.size.get() - current.name;
        let fault = if at != footer.offset {
            Fault::NotZero
        } else if footer.entries != entries {
            Fault::Count {
                expected: footer.entries,
                found: entries,
            }
        } else if footer.frames != current.frames {
            Fault::Count {
                expected: footer.frames.into(),
                found: current.frames.into(),
            }
        } else if footer.last != self.expected.chain {
            let (expected, found) = (footer.last, self.expected.chain);
            Fault::Last {
                part: Part::Footer,
                expected,
                found,
            }
        } else if footer.crc != current.crc {
            Fault::Checksum {
                part: Part::File,
                expected: footer.crc,
                found: current.crc,
            }
        } else {
            return;
        };
        self.report(name, at, fault);
    }
}

type Opened = (FrameReader, Head, Result<Footer, Fault>, u32);

/// Opens a segment: a reader that ends where frames can end, the head it starts behind, its footer, and the
/// checksum of its header.
pub(super) fn open_segment(
    dir: &std::path::Path,
    ledger: LedgerId,
    name: u64,
) -> Result<Opened, Fault> {
    let file = File::open(segment::path(dir, name)).map_err(Fault::from)?;
    let len = file.metadata().map_err(Fault::from)?.len();
    let mut whole = FrameReader::new(file.try_clone().map_err(Fault::from)?, len);
    let header = whole.window(0, HEADER_LEN).map_err(Fault::from)?;
    let start = segment::decode_header(header, ledger, name)?;
    let crc = crc32c::crc32c(header);
    let footer_at = len.saturating_sub(FOOTER_LEN as u64).max(HEADER_LEN as u64);
    let footer = Footer::decode(
        whole.window(footer_at, FOOTER_LEN).map_err(Fault::from)?,
        len,
    );
    let end = footer.map_or(len, |footer| footer.offset);
    Ok((FrameReader::new(file, end), start, footer, crc))
}
