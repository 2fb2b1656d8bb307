//! What open learns from the journal: the durable head, and whether its last bytes are torn or damaged.
//!
//! Only the newest segment is read whole. Older ones are sealed; their headers, footers, lengths and links are
//! checked here and their frames whenever they are read.

use std::{
    fs::File,
    io,
    ops::Range,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use caseledger_chain::{LedgerId, Position};

use super::{
    Damage, Fault, FrameReader, JournalIndex, Part,
    frame::{FrameHeader, HEADER_LEN as FRAME_HEADER_LEN, Step},
    index::Segment,
    scan::open_segment,
    segment::{self, Footer, HEADER_LEN},
    writer::seal,
};
use crate::{
    disk::Disk,
    log::{Head, LogError},
};

/// Bytes behind the last whole frame. They belong to a commit that was never acknowledged, unless something else
/// knows more than the journal.
#[derive(Clone, Debug)]
pub(crate) struct Torn {
    /// Where they lie in the newest segment.
    pub(crate) range: Range<u64>,
    /// What they are if they are not a torn frame.
    pub(crate) damage: Damage,
}

/// The newest segment as found.
#[derive(Debug)]
pub(crate) enum Newest {
    /// Frames can be appended behind `tail`.
    Open {
        frames: u32,
        crc: u32,
        capacity: u64,
        last_frame: Option<Range<u64>>,
    },
    /// A crash came between sealing it and making the next one.
    Sealed(Footer),
}

/// The end of the journal.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(super) dir: PathBuf,
    pub(super) ledger: LedgerId,
    /// First position of the newest segment.
    pub(super) name: u64,
    pub(super) newest: Newest,
    /// Where the next frame goes.
    pub(super) at: u64,
    pub(crate) head: Head,
    pub(crate) torn: Option<Torn>,
    pub(super) segments: Vec<Segment>,
}

impl Tail {
    /// Reads the end of the journal in `dir`. Changes nothing.
    pub(crate) fn scan(dir: &Path, ledger: LedgerId) -> Result<Self, LogError> {
        let names = segment::list(dir).map_err(|source| LogError::io("list", dir, source))?;
        let damage = |name, head: Head, fault| Damage {
            segment: Position::new(name),
            offset: 0,
            position: Position::new(head.size.get()),
            fault,
        };
        let Some((newest, sealed)) = names.split_last() else {
            return Err(damage(0, Head::EMPTY, Fault::Missing).into());
        };
        let (mut segments, mut head) = (Vec::with_capacity(names.len()), Head::EMPTY);
        for name in sealed {
            let report = |fault| damage(*name, head, fault);
            let (_, start, footer, _) = open_segment(dir, ledger, *name).map_err(report)?;
            check_continues(start, head).map_err(report)?;
            let Ok(footer) = footer else {
                return Err(report(Fault::Unsealed).into());
            };
            segments.push(Segment::new(start, Some(footer.offset)));
            head = footer_head(start, &footer).map_err(report)?;
        }
        let report = |fault| damage(*newest, head, fault);
        let (reader, start, footer, crc) = open_segment(dir, ledger, *newest).map_err(report)?;
        check_continues(start, head).map_err(report)?;
        if let Ok(footer) = footer {
            let head = footer_head(start, &footer).map_err(report)?;
            segments.push(Segment::new(start, Some(footer.offset)));
            let (dir, name) = (dir.to_owned(), *newest);
            let (newest, at) = (Newest::Sealed(footer), footer.offset);
            return Ok(Self {
                dir,
                ledger,
                name,
                newest,
                at,
                head,
                torn: None,
                segments,
            });
        }
        let empty = Newest::Open {
            frames: 0,
            crc,
            capacity: reader.end(),
            last_frame: None,
        };
        let mut tail = Self {
            dir: dir.to_owned(),
            ledger,
            name: *newest,
            newest: empty,
            at: HEADER_LEN as u64,
            head: start,
            torn: None,
            segments,
        };
        tail.scan_newest(reader, Segment::new(start, None), crc)?;
        Ok(tail)
    }

    /// Reads the frames of the newest segment; `crc` covers its header.
    fn scan_newest(
        &mut self,
        mut reader: FrameReader,
        mut segment: Segment,
        mut crc: u32,
    ) -> Result<(), Damage> {
        let (mut frames, mut last_frame) = (0, None);
        let fault = loop {
            let (at, damage) = (self.at, self.damage());
            match reader.step(at, self.head) {
                Ok(Step::End) => {
                    break reader.non_zero(at).map_err(damage)?.map(|_| Fault::NotZero);
                }
                Err(fault) => break Some(fault),
                Ok(Step::Frame(header, entries_len)) => {
                    let (frame, bytes) = reader.frame(at, &header, entries_len).map_err(damage)?;
                    segment.note(self.head, at);
                    crc = crc32c::crc32c_append(crc, bytes);
                    frames += 1;
                    self.head = frame.end();
                    self.at = at + header.len as u64;
                    last_frame = Some(at..self.at);
                }
            }
        };
        self.segments.push(segment);
        self.newest = Newest::Open {
            frames,
            crc,
            capacity: reader.end(),
            last_frame,
        };
        if let Some(fault) = fault {
            self.torn = Some(self.judge(&mut reader, fault)?);
        }
        Ok(())
    }

    fn damage(&self) -> impl Fn(Fault) -> Damage + Copy + use<> {
        let (segment, offset) = (Position::new(self.name), self.at);
        let position = Position::new(self.head.size.get());
        move |fault| Damage {
            segment,
            offset,
            position,
            fault,
        }
    }

    /// A torn frame is the unsynced end of one write: some of its bytes are missing and nothing follows. Whole
    /// bytes that say something wrong, and anything in front of a valid frame header, are damage: the writer begins
    /// a frame only behind a durable one.
    fn judge(&self, reader: &mut FrameReader, fault: Fault) -> Result<Torn, Damage> {
        let damage = self.damage();
        let torn = match fault {
            Fault::NotZero
            | Fault::Magic { .. }
            | Fault::Checksum { .. }
            | Fault::Length { .. } => true,
            Fault::Version { .. }
            | Fault::Body { .. }
            | Fault::First { .. }
            | Fault::Previous { .. }
            | Fault::Last { .. }
            | Fault::Count { .. }
            | Fault::Ledger { .. }
            | Fault::Unsealed
            | Fault::Missing
            | Fault::Unreadable(_) => false,
        };
        if !torn {
            return Err(damage(fault));
        }
        let header = reader
            .window(self.at, FRAME_HEADER_LEN)
            .map_err(|e| damage(e.into()))?;
        // Entries may contain anything, also what looks like a frame: where the length is known, step over them.
        let inside = header
            .first_chunk()
            .and_then(|header| FrameHeader::decode(header).ok());
        let from = self.at + inside.map_or(1, |header| header.len as u64);
        if reader
            .find_header(from, self.head.size.get())
            .map_err(damage)?
            .is_some()
        {
            return Err(damage(fault));
        }
        let range = reader.non_zero(self.at).map_err(damage)?;
        let end = range.map_or(self.at, |range| range.end);
        Ok(Torn {
            range: self.at..end,
            damage: damage(fault),
        })
    }

    /// Makes durable what was read. It may be only in the page cache, and behind a failed sync the kernel may believe
    /// it clean: so the last frame (or footer) is written once more, with the same bytes, and synced. Before that
    /// nothing may be derived from it: a store or mark that survives a frame which does not would then witness a
    /// commit that nobody was told about.
    pub(crate) fn settle(&self, disk: &dyn Disk) -> Result<(), LogError> {
        let path = segment::path(&self.dir, self.name);
        self.write_again(disk, &path)
            .and_then(|()| disk.sync_dir(&self.dir))
            .map_err(|source| LogError::io("make durable the end of", &path, source))
    }

    /// The same for a journal that must not be written, which is as far as that goes.
    pub(crate) fn sync(&self) -> Result<(), LogError> {
        let path = segment::path(&self.dir, self.name);
        File::open(&path)
            .and_then(|file| file.sync_all())
            .map_err(|source| LogError::io("sync", &path, source))
    }

    fn write_again(&self, disk: &dyn Disk, path: &Path) -> io::Result<()> {
        let file = disk.open(path)?;
        match &self.newest {
            Newest::Open { last_frame, .. } => {
                if let Some(range) = last_frame {
                    let mut bytes = vec![0; (range.end - range.start) as usize];
                    File::open(path)?.read_exact_at(&mut bytes, range.start)?;
                    file.write_all_at(&bytes, range.start)?;
                }
                file.sync_all()
            }
            Newest::Sealed(footer) => seal(disk, &*file, path, footer),
        }
    }

    /// Overwrites the torn bytes with zeros. A crash in between leaves fewer of them, to be cut again.
    pub(crate) fn cut(&mut self, disk: &dyn Disk) -> Result<u64, LogError> {
        let Some(torn) = self.torn.take() else {
            return Ok(0);
        };
        let len = torn.range.end - torn.range.start;
        let path = segment::path(&self.dir, self.name);
        disk.open(&path)
            .and_then(|file| {
                file.write_all_at(&vec![0; len as usize], torn.range.start)?;
                file.sync_data()
            })
            .map_err(|source| LogError::io("cut the torn frame of", &path, source))?;
        Ok(len)
    }

    /// The shared index of what was found.
    pub(crate) fn index(&mut self) -> JournalIndex {
        JournalIndex::new(
            &self.dir,
            std::mem::take(&mut self.segments),
            self.head,
            self.at,
        )
    }
}

fn check_continues(start: Head, head: Head) -> Result<(), Fault> {
    let part = Part::SegmentHeader;
    if start.size != head.size {
        return Err(Fault::First {
            part,
            expected: head.size.get(),
            found: start.size.get(),
        });
    }
    if start.chain != head.chain {
        return Err(Fault::Previous {
            part,
            expected: head.chain,
            found: start.chain,
        });
    }
    Ok(())
}

fn footer_head(start: Head, footer: &Footer) -> Result<Head, Fault> {
    let size = start.size.get().checked_add(footer.entries);
    let overflow = Fault::Count {
        expected: footer.entries,
        found: 0,
    };
    Ok(Head::new(size.ok_or(overflow)?, footer.last))
}
