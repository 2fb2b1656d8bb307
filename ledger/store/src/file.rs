//! The log on disk: journal, backlog, applier and keeper put together.

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
};

use caseledger_chain::{LedgerId, Size};

use crate::{
    applier::Filler,
    backlog::Backlog,
    commit::Commit,
    guard::Guard,
    journal::{JournalIndex, JournalWriter},
    keeper::Keeper,
    log::{AppendError, CommitLog, Head, LogError, LogReader, Snapshots, Unavailable},
    marks::{self, MarkError, StoreMark},
    open::{self, OpenError, OpenOptions, OpenReport, Progress},
    paths::{Meta, Paths},
    reader::FileReader,
    snapshots::StoredSnapshots,
    store_error::StoreError,
};

/// A log in a data folder.
///
/// Dropping it without [`CommitLog::close`] is like a crash that spares the page cache: nothing acknowledged is lost,
/// and the next open replays what the store had not flushed.
#[derive(Debug)]
pub struct FileLog {
    /// None when the log is open read-only.
    writing: Option<Writing>,
    backlog: Arc<Backlog>,
    reader: Arc<FileReader>,
    snapshots: Arc<StoredSnapshots>,
    applier: Option<JoinHandle<Result<(), LogError>>>,
    meta: Meta,
}

/// What writes the journal and the guard.
#[derive(Debug)]
pub(crate) struct Writing {
    pub(crate) writer: JournalWriter,
    pub(crate) keeper: Option<Keeper>,
    pub(crate) guard: Arc<Guard>,
}

/// What open has put in order.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) writing: Option<Writing>,
    pub(crate) index: Arc<JournalIndex>,
    pub(crate) filler: Filler,
    pub(crate) meta: Meta,
}

impl FileLog {
    /// Makes a new ledger: data folder, first segment and guard file. Explicit: open never creates.
    ///
    /// # Errors
    /// [`OpenError::Exists`] when there is anything already; [`OpenError::Io`].
    pub fn init(paths: &Paths, meta: &Meta) -> Result<(), OpenError> {
        Self::init_with(paths, meta, &OpenOptions::default())
    }

    /// Like [`Self::init`], with another segment length.
    ///
    /// # Errors
    /// As for [`Self::init`], and [`OpenError::SegmentBytes`].
    pub fn init_with(paths: &Paths, meta: &Meta, options: &OpenOptions) -> Result<(), OpenError> {
        open::init(paths, meta, options.segment_bytes)
    }

    /// Opens a ledger, recovers what a crash left, and brings the derived store up.
    ///
    /// # Errors
    /// [`OpenError`]: whatever was acknowledged and is not there is named; nothing in the journal is changed then.
    pub fn open(
        paths: &Paths,
        options: OpenOptions,
        progress: &dyn Progress,
    ) -> Result<(Self, OpenReport), OpenError> {
        open::open(paths, &options, progress)
    }

    /// Makes a guard file for a ledger that has lost its own; it then says where the journal ends, which is returned.
    /// `vouched` is a head that somebody other than the journal knows, from a signed checkpoint: the journal must
    /// continue it. Whoever calls this has verified that checkpoint.
    ///
    /// # Errors
    /// [`OpenError::Exists`] when there is a guard; [`OpenError::Behind`], [`OpenError::DamagedTail`] or
    /// [`OpenError::Forked`] when the journal does not continue `vouched` or the store's mark knows more;
    /// [`OpenError::TornTail`] when it does not end whole; otherwise as for [`Self::open`].
    pub fn restore_guard(paths: &Paths, vouched: Head) -> Result<Head, OpenError> {
        open::restore_guard(paths, vouched)
    }

    /// What the guard file at `paths` remembers; none if there is none.
    ///
    /// # Errors
    /// [`MarkError`] if it is not one of `ledger`, or cannot be read.
    pub fn remembered(paths: &Paths, ledger: LedgerId) -> Result<Option<Head>, MarkError> {
        marks::read_guard(paths.guard(), ledger)
    }

    /// How far the derived store in the data folder at `paths` was, by its mark; none if there is no mark, or none that can be
    /// read: it is no witness then.
    pub fn marked(paths: &Paths, ledger: LedgerId) -> Option<Head> {
        let mark = StoreMark::read(&paths.mark(), ledger).ok().flatten();
        mark.map(|mark| mark.head)
    }

    /// Makes a guard file that remembers `known`, a head behind the end of the journal, for a copy of a ledger that
    /// others know to have been further. It is not opened for writing until its journal reaches that head; read-only it
    /// is. Whoever calls this has found out that the journal leads there.
    ///
    /// # Errors
    /// [`OpenError::Exists`] when there is a guard; [`OpenError::Meta`] without a ledger; [`OpenError::Io`].
    pub fn guard_ahead(paths: &Paths, known: Head) -> Result<(), OpenError> {
        open::guard_ahead(paths, known)
    }

    pub(crate) fn start(parts: Parts) -> io::Result<Self> {
        let Parts {
            writing,
            index,
            filler,
            meta,
        } = parts;
        let backlog = Arc::new(Backlog::new(index.head()));
        let store = filler.store();
        let reader = FileReader {
            store: Arc::clone(&store),
            backlog: Arc::clone(&backlog),
            index,
            guarded: writing.as_ref().map(|writing| writing.guard.size()),
        };
        let queue = Arc::clone(&backlog);
        let applier = thread::Builder::new()
            .name("log-applier".to_owned())
            .spawn(move || filler.run(&queue))?;
        Ok(Self {
            writing,
            backlog,
            reader: Arc::new(reader),
            snapshots: Arc::new(StoredSnapshots::new(store)),
            applier: Some(applier),
            meta,
        })
    }

    /// Which ledger this is.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The saved views beside this log.
    pub fn snapshots(&self) -> Arc<dyn Snapshots> {
        Arc::clone(&self.snapshots) as Arc<dyn Snapshots>
    }

    /// Whether the derived store has failed or lacked a record. Appends and reads go on from the journal, slower;
    /// checkpoints and snapshots are not kept. The next open rebuilds the store.
    pub fn is_degraded(&self) -> bool {
        self.reader.store.is_suspect()
    }

    fn join_applier(&mut self) -> Result<(), LogError> {
        match self.applier.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(StoreError::Panicked {
                op: "apply commits",
            }
            .into()),
            None => Ok(()),
        }
    }
}

impl CommitLog for FileLog {
    fn head(&self) -> Result<Head, LogError> {
        match &self.writing {
            Some(writing) => writing.writer.head().ok_or(LogError::Stopped),
            None => Ok(self.backlog.head()),
        }
    }

    fn append(&mut self, expected: Head, commit: Arc<Commit>) -> Result<Head, AppendError> {
        let Some(writing) = &mut self.writing else {
            return Err(Unavailable::ReadOnly.into());
        };
        // Before the journal is touched, so that nothing waits between the commit point and the acknowledgement.
        self.backlog.wait_for_room();
        let head = writing.writer.append(expected, &commit)?;
        self.backlog.push(commit);
        Ok(head)
    }

    fn record_checkpoint(&mut self, size: Size, note: &[u8]) -> Result<(), LogError> {
        let (asked, durable) = (size.get(), self.backlog.head().size.get());
        if asked > durable {
            return Err(LogError::Beyond {
                asked,
                size: durable,
            });
        }
        self.backlog.push_checkpoint(asked, note);
        Ok(())
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::clone(&self.reader) as Arc<dyn LogReader>
    }

    fn close(mut self: Box<Self>) -> Result<(), LogError> {
        self.backlog.close();
        let applied = self.join_applier();
        if let Some(Writing {
            writer,
            keeper,
            guard,
        }) = &mut self.writing
        {
            // The keeper ends first, so that it cannot write an older mark behind this one.
            drop(keeper.take());
            if let Some(head) = writer.head() {
                guard
                    .write(head)
                    .map_err(|source| LogError::io("write", guard.path(), source))?;
            }
        }
        applied
    }
}

impl Drop for FileLog {
    fn drop(&mut self) {
        self.backlog.stop();
        // Behind close there is nothing left to join; otherwise the next open replays what was not applied.
        drop(self.join_applier());
    }
}
