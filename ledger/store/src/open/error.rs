//! Why a ledger was not opened.

use std::{io, path::PathBuf};

use caseledger_chain::Position;

use super::report::{RebuildReason, SEGMENT_BYTES_MIN, Witness};
use crate::{
    journal::Damage,
    log::{Head, LogError},
    marks::MarkError,
    paths::MetaError,
};

/// Why a file log was not opened. Nothing was changed in the journal.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or a reader of an earlier log in this one, has the data folder; or another copy of the ledger
    /// has the guard.
    #[error("{0} is in use by another process")]
    Locked(PathBuf),
    /// There is no ledger, or its meta file is not readable.
    #[error("data folder {path} does not hold a ledger that can be opened; a new one needs init")]
    Meta {
        /// The data folder.
        path: PathBuf,
        /// What is wrong with the meta file.
        #[source]
        source: MetaError,
    },
    /// The journal is damaged.
    #[error("the journal is damaged at {0}; restore the journal folder from a copy")]
    Damaged(Damage),
    /// The end of the journal is incomplete, and something remembers that it was acknowledged.
    #[error(
        "the journal is damaged at {damage}: {witness} remembers {expected}, the journal reaches {found}; restore it from a newer copy, and where there is none open it read-only and begin a new ledger with a new key"
    )]
    DamagedTail {
        /// Where.
        damage: Box<Damage>,
        /// Who remembers more.
        witness: Witness,
        /// What it remembers.
        expected: Head,
        /// The last whole commit of the journal.
        found: Head,
    },
    /// The end of the journal is incomplete, and nobody remembers whether it was acknowledged.
    #[error(
        "the journal reaches {found} and then is incomplete, {damage}: without the high-water mark nobody knows whether that commit was acknowledged; restore the journal from a copy that ends whole, and where there is none open it read-only and begin a new ledger with a new key"
    )]
    TornTail {
        /// Where.
        damage: Box<Damage>,
        /// The last whole commit of the journal.
        found: Head,
    },
    /// The journal is whole and ends before something that was acknowledged: an older copy.
    #[error(
        "the journal is at {found}, but {witness} remembers {expected}: this is an older copy; restore a newer one, and where there is none open it read-only and begin a new ledger with a new key, because signing on from here would contradict checkpoints that were given out"
    )]
    Behind {
        /// Who remembers more.
        witness: Witness,
        /// What it remembers.
        expected: Head,
        /// The journal's head.
        found: Head,
    },
    /// The journal has another entry than the one remembered at that size.
    #[error(
        "the journal forks from the high-water mark: expected {expected}, found {found}; this is another history, restore the right one"
    )]
    Forked {
        /// What the guard remembers.
        expected: Head,
        /// What the journal has at that size.
        found: Head,
    },
    /// There is no guard file although the ledger exists.
    #[error(
        "high-water mark {0} is missing: put it back where it was, or restore it with the newest signed checkpoint that a client, a witness or a published copy has; until then the ledger can be opened read-only"
    )]
    GuardMissing(PathBuf),
    /// The guard file cannot be read.
    #[error("high-water mark {path} is not usable; put a sound one back")]
    Guard {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: MarkError,
    },
    /// The newest entries do not form a chain.
    #[error("entry {} of the journal does not follow its predecessor or is not an entry of this ledger", position.get())]
    BrokenChain {
        /// Which.
        position: Position,
    },
    /// The store could not be rebuilt either.
    #[error("the store cannot be rebuilt from the journal")]
    Rebuild(#[source] RebuildReason),
    /// Segments of this length cannot be made.
    #[error(
        "segment length {found} is out of range, expected at least {}",
        SEGMENT_BYTES_MIN
    )]
    SegmentBytes {
        /// What was asked for.
        found: u64,
    },
    /// The operating system refused.
    #[error("cannot {op} {path}")]
    Io {
        /// What was attempted.
        op: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// Init found something where the ledger was to be.
    #[error("{0} exists already; init makes a new ledger only where there is nothing")]
    Exists(PathBuf),
    /// The journal could not be read or continued.
    #[error("the journal cannot be used")]
    Journal(#[source] LogError),
}

impl From<LogError> for OpenError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Damaged(damage) => Self::Damaged(damage),
            LogError::Io { op, path, source } => Self::Io { op, path, source },
            other @ (LogError::Store(_) | LogError::Beyond { .. } | LogError::Stopped) => {
                Self::Journal(other)
            }
        }
    }
}

impl OpenError {
    pub(super) fn io(op: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { op, path, source }
    }
}
