//! What a log promises: the traits, their nouns and their failures.
//!
//! **Durability contract.** [`CommitLog::append`] returns `Ok` only after the whole commit is on stable storage;
//! [`CommitLog::head`] and every reader show only such commits. A commit is atomic: after any crash all of its
//! entries exist or none does. Positions are dense from 0, and each commit names the chain hash it follows.

use std::{fmt, io, ops::ControlFlow, sync::Arc};

use bytes::Bytes;
use caseledger_chain::{Digest, Position, Size};

use crate::{commit::Commit, commit::CommitError, journal::Damage, store_error::StoreError};

/// Where a log ends: how many entries it has and what the last one hashes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of entries.
    pub size: Size,
    /// Chain hash of the last entry; [`Digest::ZERO`] when there is none.
    pub chain: Digest,
}

impl Head {
    /// The head of a log without entries.
    pub const EMPTY: Self = Self {
        size: Size::new(0),
        chain: Digest::ZERO,
    };

    /// A head of `size` entries whose last one hashes to `chain`.
    pub const fn new(size: u64, chain: Digest) -> Self {
        Self {
            size: Size::new(size),
            chain,
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "size {} hash {}", self.size.get(), self.chain)
    }
}

/// How much one read may return. A read that finds anything returns at least one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimit {
    /// At most this many entries.
    pub entries: usize,
    /// Stop once this many bytes of entries are gathered.
    pub bytes: usize,
}

impl ReadLimit {
    /// At most `entries` entries and about 4 MiB.
    pub const fn entries(entries: usize) -> Self {
        Self {
            entries,
            bytes: 4 << 20,
        }
    }
}

/// A gapless ascending run of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entries {
    first: Position,
    list: Vec<Bytes>,
}

impl Entries {
    pub(crate) fn new(first: Position, list: Vec<Bytes>) -> Self {
        Self { first, list }
    }

    /// Position of the first entry, or where it would be.
    pub fn first(&self) -> Position {
        self.first
    }

    /// Position to continue reading from.
    pub fn next(&self) -> Position {
        Position::new(self.first.get() + self.list.len() as u64)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether the read found nothing: `from` is the end of the log.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The entries with their positions.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Position, &Bytes)> {
        let first = self.first.get();
        self.list
            .iter()
            .enumerate()
            .map(move |(i, bytes)| (Position::new(first + i as u64), bytes))
    }
}

/// One commit as replay shows it. The bytes have passed their checksums; the chain links have not been checked.
#[derive(Clone, Copy)]
pub struct ReplayFrame<'a> {
    pub(crate) first: Position,
    pub(crate) count: u32,
    pub(crate) prev: Digest,
    pub(crate) last: Digest,
    pub(crate) entries: &'a [u8],
    pub(crate) sidecars: &'a [u8],
}

impl fmt::Debug for ReplayFrame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayFrame")
            .field("first", &self.first.get())
            .field("count", &self.count)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl<'a> ReplayFrame<'a> {
    /// Position of the first entry.
    pub fn first(&self) -> Position {
        self.first
    }

    /// Number of entries, at least one.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Chain hash of the entry before the first.
    pub fn prev(&self) -> Digest {
        self.prev
    }

    /// The head of the log behind this commit.
    pub fn end(&self) -> Head {
        Head::new(self.first.get() + u64::from(self.count), self.last)
    }

    /// The entries' exact bytes in order.
    pub fn entries(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.entries;
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk::<2>()?;
            let (entry, behind) = behind.split_at_checked(u16::from_be_bytes(*length).into())?;
            rest = behind;
            Some(entry)
        })
    }

    /// The sidecar records `(kind, bytes)` in order.
    pub fn sidecars(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        let mut rest = self.sidecars;
        std::iter::from_fn(move || {
            let ([kind, length @ ..], behind) = rest.split_first_chunk::<5>()?;
            let (bytes, behind) = behind.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            rest = behind;
            Some((*kind, bytes))
        })
    }
}

/// Why a log could not be read, or a derived record not be kept.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The operating system refused.
    #[error("cannot {op} {path}")]
    Io {
        /// What was attempted.
        op: &'static str,
        /// The file or folder.
        path: std::path::PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// The journal does not hold what it must.
    #[error("journal is damaged: {0}; restore it from a copy")]
    Damaged(#[from] Damage),
    /// The derived store failed; the journal is not affected.
    #[error("derived store failed: {0}; restart to rebuild it from the journal")]
    Store(#[from] StoreError),
    /// The position is behind the end of the log.
    #[error("position {asked} is beyond the end of the log, which has {size} entries")]
    Beyond {
        /// The position asked for.
        asked: u64,
        /// The durable size.
        size: u64,
    },
    /// A write failed, and what is durable is not known until the log is opened again.
    #[error("the log has stopped after a failed write; restart to recover")]
    Stopped,
}

impl LogError {
    pub(crate) fn io(op: &'static str, path: &std::path::Path, source: io::Error) -> Self {
        Self::Io {
            op,
            path: path.to_owned(),
            source,
        }
    }
}

/// Why nothing can be appended now. Nothing of the commit was written.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// No space for the commit. Reads go on; appends work again once there is space.
    #[error("the disk is full; free some space and try again")]
    FullDisk(#[source] io::Error),
    /// Preparing for the commit failed, and the file is not used again.
    #[error("the journal could not be prepared for the commit; restart to recover")]
    Failed(#[source] io::Error),
    /// The log is open for reading only.
    #[error("the log is open read-only")]
    ReadOnly,
    /// Another process wrote the high-water mark: a copy of this ledger may be signing, too.
    #[error(
        "the high-water mark was written by somebody else while the log was open; find out who did before it is opened again"
    )]
    Guard,
    /// An earlier write or sync failed.
    #[error("the log has stopped after an earlier failure; restart to recover")]
    Stopped,
}

/// Why an append was not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The head is not the expected one. Nothing was written.
    #[error("the head of the log is {actual}, the caller expected another")]
    Conflict {
        /// The durable head.
        actual: Head,
    },
    /// The commit does not fit one frame. Nothing was written.
    #[error("the commit makes a frame of {found} bytes, the limit is {limit}: split it")]
    TooLarge {
        /// Frame length in bytes.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The commit is not well formed or does not continue the head. Nothing was written.
    #[error(transparent)]
    Malformed(#[from] CommitError),
    /// Appending is not possible now. Nothing was written.
    #[error("the log cannot append: {0}")]
    Unavailable(#[from] Unavailable),
    /// The commit may or may not become durable. Resolve by reopening and comparing the head; never guess.
    #[error("a write or sync of the journal failed, so the commit may or may not be durable")]
    Indeterminate(#[source] io::Error),
    /// The journal in hand is not the one that was opened.
    #[error("journal is damaged: {0}")]
    Corrupt(#[from] Damage),
}

/// The durable ordered record of commits. Blocking; one writer.
pub trait CommitLog: Send {
    /// The durable head: never something that can still be lost.
    ///
    /// # Errors
    /// [`LogError::Stopped`] when a failed write left it unknown until the log is reopened.
    fn head(&self) -> Result<Head, LogError>;

    /// Appends one commit behind `expected` and makes it durable before it returns.
    ///
    /// # Errors
    /// See [`AppendError`]; in every case but `Indeterminate` the commit was certainly not written.
    fn append(&mut self, expected: Head, commit: Arc<Commit>) -> Result<Head, AppendError>;

    /// Keeps a signed checkpoint over the first `size` entries. Derived: it may be lost in a crash, and the next open
    /// then says from which size on. So they are recorded without a gap, ascending from that size.
    ///
    /// # Errors
    /// [`LogError::Beyond`] when the log is shorter than `size`.
    fn record_checkpoint(&mut self, size: Size, note: &[u8]) -> Result<(), LogError>;

    /// A handle for reading from any thread, also while the writer appends.
    fn reader(&self) -> Arc<dyn LogReader>;

    /// Clean shutdown: everything derived is written and flushed, so that the next open has nothing to do.
    ///
    /// # Errors
    /// The first failure; the commits themselves are durable regardless.
    fn close(self: Box<Self>) -> Result<(), LogError>;
}

/// Reads durable entries. All methods may be called from any number of threads.
pub trait LogReader: Send + Sync {
    /// The durable head.
    fn head(&self) -> Head;

    /// The entries from `from`, ascending and gapless, up to `max`; empty exactly at the end of the log.
    ///
    /// # Errors
    /// [`LogError::Beyond`] for a position behind the end; otherwise a failing store.
    fn read(&self, from: Position, max: ReadLimit) -> Result<Entries, LogError>;

    /// One entry's exact bytes; `None` when the log does not have it yet.
    ///
    /// # Errors
    /// A failing store.
    fn entry(&self, at: Position) -> Result<Option<Bytes>, LogError>;

    /// RFC 6962 leaf hashes from `from`: `count` of them, or fewer where the log ends.
    ///
    /// # Errors
    /// [`LogError::Beyond`] for a position behind the end; otherwise a failing store.
    fn leaves(&self, from: Position, count: usize) -> Result<Vec<Digest>, LogError>;

    /// The smallest recorded checkpoint whose size is greater than `at`.
    ///
    /// # Errors
    /// A failing store.
    fn checkpoint_covering(&self, at: Position) -> Result<Option<(Size, Vec<u8>)>, LogError>;

    /// How many entries the rollback guard is behind the head; 0 for a log that writes none. It should come back to 0
    /// within a second after each commit: an older copy that lacks only these would not be noticed.
    fn guard_behind(&self) -> u64 {
        0
    }

    /// Shows the commits from the journal, starting with the one that contains `from`, until `each` breaks or the
    /// log ends.
    ///
    /// # Errors
    /// [`LogError::Damaged`] at the first frame that fails its checks; [`LogError::Beyond`] behind the end.
    fn replay(
        &self,
        from: Position,
        each: &mut dyn FnMut(ReplayFrame<'_>) -> ControlFlow<()>,
    ) -> Result<(), LogError>;
}

/// Saved views, so that a start need not fold the whole log. Derived: losing them costs time only.
pub trait Snapshots: Send + Sync {
    /// Replaces the snapshot `name` by `bytes`, a fold of the first `upto` entries. Atomic: a crash leaves the old
    /// or the new one. Names are 1 to 64 bytes of `[a-z0-9._-]`.
    ///
    /// # Errors
    /// [`StoreError`] for a bad name or a failing store.
    fn save(&self, name: &str, upto: Size, bytes: &[u8]) -> Result<(), LogError>;

    /// The snapshot `name`; `None` when there is none or it does not pass its checksum.
    ///
    /// # Errors
    /// [`StoreError`] for a bad name or a failing store.
    fn load(&self, name: &str) -> Result<Option<(Size, Vec<u8>)>, LogError>;

    /// Removes the snapshot `name`, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] for a bad name or a failing store.
    fn remove(&self, name: &str) -> Result<(), LogError>;
}
