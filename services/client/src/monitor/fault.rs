//! What can be wrong with a view.

use caseledger_chain::{CheckpointError, Size};

use crate::publish::tree::TreeError;
use crate::source::SourceError;

/// What is wrong with a view of a log.
#[derive(Debug, thiserror::Error)]
pub enum ViewFault {
    /// It shows none.
    #[error("no checkpoint is published")]
    NoCheckpoint,
    /// The key did not sign it.
    #[error("the checkpoint does not hold: {0}")]
    Checkpoint(#[source] CheckpointError),
    /// A tile that its size calls for is not there.
    #[error("{0}")]
    NoTile(#[source] SourceError),
    /// Something that is not what its name says.
    #[error("{0}")]
    Malformed(#[source] SourceError),
    /// Tiles that are not those of the checkpoint.
    #[error("{0}")]
    Tile(#[source] TreeError),
    /// Another view shows another history.
    #[error(
        "its checkpoint of size {size} contradicts that of size {other_size} which {other} shows: \
         the log has a split view"
    )]
    Split {
        /// Its size.
        size: Size,
        /// The other view.
        other: String,
        /// The size there.
        other_size: Size,
    },
    /// It shows another history than it, or the log, did before.
    #[error(
        "its checkpoint of size {size} contradicts that of size {before} seen earlier: history was \
         rewritten"
    )]
    Rewritten {
        /// Its size.
        size: Size,
        /// The size seen earlier.
        before: Size,
    },
    /// It shows less than it did before, or all views less than the log did, and nothing else says
    /// that this is another history.
    #[error(
        "its checkpoint has size {size}, size {before} was seen earlier: it was rolled back, or an \
         old copy of it answers"
    )]
    RolledBack {
        /// Its size.
        size: Size,
        /// The size seen earlier.
        before: Size,
    },
}

impl ViewFault {
    /// The stable name, for programs.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoCheckpoint => "checkpoint-missing",
            Self::Checkpoint(_) => "checkpoint-not-signed",
            Self::NoTile(_) => "tile-missing",
            Self::Malformed(_) => "file-malformed",
            Self::Tile(_) => "tile-differs",
            Self::Split { .. } => "split-view",
            Self::Rewritten { .. } => "history-rewritten",
            Self::RolledBack { .. } => "rolled-back",
        }
    }
}
