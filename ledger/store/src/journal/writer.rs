//! Appending: one write and one `fdatasync` per commit, and the change from one segment to the next.
//!
//! **A full disk.** Segments are made of written zeros, so an append into one needs no new space on file systems
//! that overwrite in place. Space runs out when the next segment is prepared: that happens before the old one is
//! touched, fails as [`Unavailable::FullDisk`], removes the spare, and is tried again by the next append. On file
//! systems that copy on write the frame itself can fail to be written: then what may have been written of it is
//! overwritten with zeros and synced at once, and only if that succeeds is the answer `FullDisk`, "certainly not
//! written"; otherwise the writer latches and the answer is `Indeterminate`. No other failure leaves the file in use.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Sender},
};

use caseledger_chain::LedgerId;

use super::{
    FRAME_MAX, JournalIndex, Spare,
    frame::encode,
    recover::{Newest, Tail},
    segment::{self, FOOTER_LEN, Footer, HEADER_LEN},
};
use crate::{
    commit::Commit,
    disk::{Disk, DiskFile, is_full},
    guard::Guard,
    keeper::Task,
    log::{AppendError, Head, LogError, Unavailable},
};

/// The prepared next segment, made by the keeper while the current one fills. The lock is held while a spare is
/// made and until it has its name, so that there is never more than one.
pub(crate) type SpareSlot = Mutex<Option<Spare>>;

pub(crate) fn lock_spare(slot: &SpareSlot) -> MutexGuard<'_, Option<Spare>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The segment that takes frames.
#[derive(Debug)]
struct Active {
    file: Box<dyn DiskFile>,
    first: Head,
    tail: u64,
    capacity: u64,
    frames: u32,
    /// CRC32C of the file up to `tail`.
    crc: u32,
    spare_asked: bool,
}

/// Whether the writer may still write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Latch {
    Open,
    /// Nothing more is written; the head is known.
    Stopped,
    /// Nothing more is written, and the last frame may or may not be durable.
    Indeterminate,
}

/// What the writer shares with the rest of the log.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) index: Arc<JournalIndex>,
    pub(crate) spare: Arc<SpareSlot>,
    pub(crate) keeper: Sender<Task>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) segment_bytes: u64,
}

/// The only writer of the journal.
#[derive(Debug)]
pub(crate) struct JournalWriter {
    shared: Shared,
    dir: PathBuf,
    ledger: LedgerId,
    head: Head,
    active: Active,
    latch: Latch,
    frame: Vec<u8>,
}

impl JournalWriter {
    /// Goes on behind a tail that was scanned, made durable and cut.
    pub(crate) fn open(tail: Tail, shared: Shared) -> Result<Self, LogError> {
        let path = segment::path(&tail.dir, tail.name);
        let active = Self::activate(&tail, &shared)
            .map_err(|source| LogError::io("continue the journal at", &path, source))?;
        let (latch, frame) = (Latch::Open, Vec::new());
        Ok(Self {
            shared,
            dir: tail.dir,
            ledger: tail.ledger,
            head: tail.head,
            active,
            latch,
            frame,
        })
    }

    fn activate(tail: &Tail, shared: &Shared) -> io::Result<Active> {
        let disk = &*shared.disk;
        let path = segment::path(&tail.dir, tail.name);
        Spare::remove_stale(disk, &tail.dir)?;
        match &tail.newest {
            Newest::Open {
                frames,
                crc,
                capacity,
                ..
            } => {
                let file = disk.open(&path)?;
                let (capacity, frames, crc) = (*capacity, *frames, *crc);
                // The head the segment starts behind only matters by its size.
                let first = Head::new(tail.name, caseledger_chain::Digest::ZERO);
                Ok(Active {
                    file,
                    first,
                    tail: tail.at,
                    capacity,
                    frames,
                    crc,
                    spare_asked: false,
                })
            }
            Newest::Sealed(footer) => {
                let spare = Spare::prepare(disk, &tail.dir, shared.segment_bytes)?;
                let active = Active::start(spare, disk, &tail.dir, tail.ledger, tail.head)?;
                shared.index.rotate(footer.offset);
                Ok(active)
            }
        }
    }

    /// Largest frame that a segment can take.
    fn frame_limit(&self) -> usize {
        FRAME_MAX.min((self.shared.segment_bytes as usize).saturating_sub(HEADER_LEN + FOOTER_LEN))
    }

    /// The durable head, unless a failed write left it unknown.
    pub(crate) fn head(&self) -> Option<Head> {
        (self.latch != Latch::Indeterminate).then_some(self.head)
    }

    /// Makes one commit durable.
    pub(crate) fn append(&mut self, expected: Head, commit: &Commit) -> Result<Head, AppendError> {
        if self.latch != Latch::Open {
            return Err(Unavailable::Stopped.into());
        }
        if self.shared.guard.is_foreign() {
            self.latch = Latch::Stopped;
            return Err(Unavailable::Guard.into());
        }
        if expected != self.head {
            return Err(AppendError::Conflict { actual: self.head });
        }
        commit.check(self.head)?;
        let (found, limit) = (commit.frame_len(), self.frame_limit());
        if found > limit {
            return Err(AppendError::TooLarge { found, limit });
        }
        // A crash until here, or before the sync below has returned, leaves at most one incomplete frame that
        // nobody was told about.
        if self.active.tail + (found + FOOTER_LEN) as u64 > self.active.capacity {
            self.rotate()?;
        }
        encode(commit, &mut self.frame);
        let at = self.active.tail;
        if let Err(error) = self.active.file.write_all_at(&self.frame, at) {
            if is_full(&error) && self.erase(at, found).is_ok() {
                return Err(Unavailable::FullDisk(error).into());
            }
            self.latch = Latch::Indeterminate;
            return Err(AppendError::Indeterminate(error));
        }
        if let Err(error) = self.active.file.sync_data() {
            // The kernel may have dropped the pages and will report success next time: never sync again.
            self.latch = Latch::Indeterminate;
            return Err(AppendError::Indeterminate(error));
        }
        // THE COMMIT POINT is behind us: from here on the commit is a fact, whatever happens.
        self.head = commit.end();
        self.active.tail = at + found as u64;
        self.active.frames += 1;
        self.active.crc = crc32c::crc32c_append(self.active.crc, &self.frame);
        self.shared.index.advance(at, self.head, self.active.tail);
        self.ask_for_spare();
        Ok(self.head)
    }

    /// Overwrites what may have been written of a frame that did not fit on the disk.
    fn erase(&mut self, at: u64, len: usize) -> io::Result<()> {
        self.frame.clear();
        self.frame.resize(len, 0);
        self.active.file.write_all_at(&self.frame, at)?;
        self.active.file.sync_data()
    }

    /// Has the next segment prepared once half of this one is used.
    fn ask_for_spare(&mut self) {
        if !self.active.spare_asked && self.active.tail > self.active.capacity / 2 {
            self.active.spare_asked = true;
            // Without a keeper the change of segments makes its own spare.
            self.shared.keeper.send(Task::Spare).ok();
        }
    }

    /// Seals the segment and starts the next.
    fn rotate(&mut self) -> Result<(), Unavailable> {
        let disk = Arc::clone(&self.shared.disk);
        let slot = Arc::clone(&self.shared.spare);
        let mut slot = lock_spare(&slot);
        let spare = match slot.take() {
            Some(spare) => spare,
            None => match Spare::prepare(&*disk, &self.dir, self.shared.segment_bytes) {
                Ok(spare) => spare,
                Err(error) if is_full(&error) => {
                    // Gives back what there is, so that others can go on; the next append tries again.
                    Spare::remove_stale(&*disk, &self.dir).ok();
                    return Err(Unavailable::FullDisk(error));
                }
                Err(error) => return Err(self.fail(error)),
            },
        };
        // A crash from here on leaves a sealed newest segment, or a footer in front of zeros. Both hold every
        // acknowledged frame.
        let end = self.active.tail;
        if self.active.frames > 0 {
            let footer = self.footer();
            let path = segment::path(&self.dir, self.active.first.size.get());
            seal(&*disk, &*self.active.file, &path, &footer).map_err(|error| self.fail(error))?;
        }
        self.active = Active::start(spare, &*disk, &self.dir, self.ledger, self.head)
            .map_err(|error| self.fail(error))?;
        self.shared.index.rotate(end);
        self.shared.keeper.send(Task::Guard).ok();
        Ok(())
    }

    fn fail(&mut self, error: io::Error) -> Unavailable {
        self.latch = Latch::Stopped;
        Unavailable::Failed(error)
    }

    fn footer(&self) -> Footer {
        let Active {
            first,
            tail,
            frames,
            crc,
            ..
        } = &self.active;
        let entries = self.head.size.get() - first.size.get();
        Footer {
            frames: *frames,
            entries,
            offset: *tail,
            last: self.head.chain,
            crc: *crc,
        }
    }
}

impl Active {
    fn start(
        spare: Spare,
        disk: &dyn Disk,
        dir: &std::path::Path,
        ledger: LedgerId,
        head: Head,
    ) -> io::Result<Self> {
        let (file, capacity) = spare.name(disk, dir, ledger, head)?;
        let crc = crc32c::crc32c(&segment::encode_header(ledger, head));
        let tail = HEADER_LEN as u64;
        Ok(Self {
            file,
            first: head,
            tail,
            capacity,
            frames: 0,
            crc,
            spare_asked: false,
        })
    }
}

/// Ends a segment: footer, truncation, sync, read-only. Doing it again changes nothing.
pub(super) fn seal(
    disk: &dyn Disk,
    file: &dyn DiskFile,
    path: &std::path::Path,
    footer: &Footer,
) -> io::Result<()> {
    file.write_all_at(&footer.encode(), footer.offset)?;
    file.set_len(footer.offset + FOOTER_LEN as u64)?;
    file.sync_all()?;
    disk.set_read_only(path)
}
