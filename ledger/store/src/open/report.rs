//! What open is asked, what it tells while it works, and what it reports.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use caseledger_chain::Size;

use crate::{log::Head, store_error::StoreError};

/// Smallest segment: room for a header, a footer and a few small frames.
pub const SEGMENT_BYTES_MIN: u64 = 4 << 10;

/// What the log is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Appending, too: refused when anything remembers more than the journal holds. The default.
    Write,
    /// Reading what the journal holds, whatever else remembers more. Journal, guard and the store of a writer stay as
    /// they are; the store that reading needs is made beside them.
    ReadOnly,
}

/// How to open a file log.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// Length of new segment files in bytes, at least [`SEGMENT_BYTES_MIN`]. Bounds the frame too.
    pub segment_bytes: u64,
    /// What the log is opened for.
    pub access: Access,
    /// How many of the newest entries are compared between journal and store.
    pub compare_entries: u64,
    /// How many bytes of each tree of the store are read back, newest first, to find damage. `u64::MAX` reads all.
    pub probe_bytes: u64,
    /// How long the store may take for one step before it counts as hung.
    pub store_limit: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            access: Access::Write,
            compare_entries: 256,
            probe_bytes: 32 << 20,
            store_limit: Duration::from_secs(20),
        }
    }
}

/// Who remembers more than the journal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// The high-water mark outside the data folder.
    Guard,
    /// The store mark.
    StoreMark,
    /// The derived store.
    Store,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guard => "the high-water mark",
            Self::StoreMark => "the store mark",
            Self::Store => "the derived store",
        })
    }
}

/// Why the store was rebuilt from the journal.
#[derive(Debug, thiserror::Error)]
pub enum RebuildReason {
    /// There are entries, and neither a store nor a mark of one: a copy of the journal alone.
    #[error("there was no store")]
    Absent,
    /// The folder is gone, and the mark speaks of one.
    #[error("the store folder is missing")]
    Missing,
    /// The engine returned an error or panicked.
    #[error(transparent)]
    Failed(#[from] StoreError),
    /// The engine did not come back.
    #[error("the store did not answer within {} ms", limit.as_millis())]
    Hung {
        /// The time allowed for one step.
        limit: Duration,
    },
    /// The engine's file is shorter than at its last flush.
    #[error("the store file has {found} bytes, expected at least {expected}")]
    Shorter {
        /// At the last flush.
        expected: u64,
        /// Now.
        found: u64,
    },
    /// The store or its mark says nothing readable about itself.
    #[error("the store does not say how far it is")]
    Unmarked,
    /// The store has less than it had at its last flush.
    #[error("the store is at {found}, expected at least {expected}")]
    Lost {
        /// At the last flush.
        expected: Head,
        /// Now.
        found: Head,
    },
    /// The store knows more than the journal, and the log is opened read-only.
    #[error("the store is at {found}, the journal at {expected}")]
    Ahead {
        /// The journal's head.
        expected: Head,
        /// The store's.
        found: Head,
    },
    /// An entry or leaf hash differs from the journal.
    #[error("the store differs from the journal at position {position}")]
    Differs {
        /// Where.
        position: u64,
    },
}

/// What open found and did.
#[derive(Debug)]
pub struct OpenReport {
    /// The durable head.
    pub head: Head,
    /// Segment files of the journal.
    pub segments: usize,
    /// Bytes of an unacknowledged last frame that were cut.
    pub torn_bytes_cut: u64,
    /// Whether the last run closed the log.
    pub clean_shutdown: bool,
    /// Newest entries found equal and linked in journal and store.
    pub compared_entries: u64,
    /// Whether the guard is there and the journal continues it. Always, where the log may be written; otherwise it is
    /// for telling an operator and proves nothing about what lies behind the guard.
    pub guarded: bool,
    /// Every checkpoint up to this size is in the store; those behind it are to be recorded again.
    pub checkpoints: Size,
    /// What became of the derived store.
    pub store: StoreOpened,
}

/// What became of the derived store in open.
#[derive(Debug)]
pub enum StoreOpened {
    /// There was none and there are no entries.
    Fresh,
    /// It was there and lacked `entries`, which were replayed.
    Caught {
        /// Zero after a clean shutdown.
        entries: u64,
    },
    /// It was rebuilt from the journal.
    Rebuilt {
        /// What was wrong with it.
        why: RebuildReason,
        /// Where the old folder was put, if there was one.
        quarantine: Option<PathBuf>,
    },
}

/// A step of opening, for telling an operator.
#[derive(Debug)]
pub enum OpenStep<'a> {
    /// The newest journal segment is read.
    ScanningJournal,
    /// The store is opened and probed.
    OpeningStore,
    /// The store was set aside and is rebuilt.
    Quarantined {
        /// What was wrong with it.
        why: &'a RebuildReason,
        /// Where it was put, if there was one.
        folder: Option<&'a Path>,
    },
    /// Entries are replayed into the store.
    CatchingUp {
        /// The store has this many entries.
        done: u64,
        /// Of this many.
        total: u64,
    },
    /// The newest entries are compared between journal and store.
    Comparing,
}

/// Is told what open does.
pub trait Progress {
    /// The next step has begun.
    fn step(&self, step: &OpenStep<'_>);
}

/// Nobody is told.
impl Progress for () {
    fn step(&self, _: &OpenStep<'_>) {}
}
