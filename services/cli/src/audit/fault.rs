//! What a verification of a published log can find, and what it can fail to look at.

use caseledger_audit::Question;
use caseledger_chain::{CheckpointError, Digest, NoteError, Position, Size, TileId};
use caseledger_client::SourceError;

/// What is wrong with a published log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogFault {
    /// With its entries.
    #[error("{0}")]
    Entries(caseledger_audit::Fault),
    /// There is none.
    #[error("no checkpoint is published, so nothing says how much of a log this is")]
    NoCheckpoint,
    /// The key did not sign it.
    #[error("the checkpoint does not hold: {error}")]
    Checkpoint { error: CheckpointError },
    /// A witness did not sign what stands under its name.
    #[error("a cosignature does not hold: {error}")]
    Cosignature { error: NoteError },
    /// Too few witnesses have signed it.
    #[error("the policy asks for {quorum}, and these have not cosigned: {}", missing.join(", "))]
    Witnesses {
        quorum: String,
        missing: Vec<String>,
    },
    /// It was signed over other entries.
    #[error(
        "the checkpoint of size {size} is signed for root {found}, the entries have {expected}"
    )]
    Root {
        size: Size,
        expected: Digest,
        found: Digest,
    },
    /// A file that is no bundle or tile of its name.
    #[error("{0}")]
    Malformed(#[source] SourceError),
    /// Entries that are not there, though later ones are.
    #[error("entries from position {first} to {last} are not published")]
    Missing { first: Position, last: Position },
    /// Entries up to the end are not there.
    #[error("entries from position {from} on are not published; the checkpoint is for size {size}")]
    Cut { from: Position, size: Size },
    /// A tile that is not there.
    #[error("{0}")]
    NoTile(#[source] SourceError),
    /// A tile of other hashes.
    #[error("{tile} does not have the hashes of the entries")]
    Tile { tile: TileId },
    /// Another history was signed earlier.
    #[error(
        "the earlier checkpoint of size {size} was signed for root {found}, the first {size} \
         entries have {expected} now: history was rewritten, and the two checkpoints with the \
         published tiles of the newer one prove it"
    )]
    Rewritten {
        size: Size,
        expected: Digest,
        found: Digest,
    },
    /// Entries that were there are not there any more.
    #[error("{0}, and was there a moment ago")]
    Gone(#[source] SourceError),
    /// Entries that were read a second time had other bytes then.
    #[error("entries of {cases} corrected cases were served with other bytes the second time")]
    Changed { cases: usize },
    /// More entries were signed earlier.
    #[error("the log has size {found}, and was signed with size {expected} earlier")]
    Shorter { expected: Size, found: Size },
}

impl LogFault {
    /// The stable name of what is wrong, for programs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Entries(fault) => fault.kind(),
            Self::NoCheckpoint => "checkpoint-missing",
            Self::Checkpoint { .. } => "checkpoint-not-signed",
            Self::Cosignature { .. } => "cosignature-false",
            Self::Witnesses { .. } => "witnesses-missing",
            Self::Root { .. } => "root-differs",
            Self::Malformed(_) => "file-malformed",
            Self::Missing { .. } | Self::Gone(_) => "entries-missing",
            Self::Cut { .. } | Self::Shorter { .. } => "tail-cut",
            Self::NoTile(_) => "tile-missing",
            Self::Tile { .. } => "tile-differs",
            Self::Rewritten { .. } => "history-rewritten",
            Self::Changed { .. } => "entries-changed",
        }
    }

    /// Which question it answers.
    pub(crate) fn question(&self) -> Question {
        match self {
            Self::NoCheckpoint
            | Self::Witnesses { .. }
            | Self::Missing { .. }
            | Self::Gone(_)
            | Self::Cut { .. }
            | Self::NoTile(_)
            | Self::Shorter { .. } => Question::Completeness,
            Self::Entries(fault) => fault.question(),
            Self::Checkpoint { .. }
            | Self::Cosignature { .. }
            | Self::Root { .. }
            | Self::Malformed(_)
            | Self::Tile { .. }
            | Self::Rewritten { .. }
            | Self::Changed { .. } => Question::Integrity,
        }
    }
}

/// What could not be looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogNotChecked {
    /// Nothing that the key signed says how many entries there are.
    #[error(
        "entries, tiles, root and cosignatures: no checkpoint that the key signed says how many \
         entries there are"
    )]
    Everything,
    /// What the replay could not look at.
    #[error("{0}")]
    Entries(caseledger_audit::NotChecked),
    /// Nobody answers.
    #[error("{}", crate::exit::chain(.0))]
    Unreachable(SourceError),
    /// Entries are missing, so the tree cannot be derived.
    #[error("root and upper tiles: not all entries could be read")]
    Tree,
    /// Entries are missing, or are not those of the newer checkpoint either.
    #[error("the earlier checkpoint: not all entries could be read as the newer one has them")]
    Since,
}
