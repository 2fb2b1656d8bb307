//! Why a witness does not cosign.

use std::error::Error;
use std::fmt;

use crate::base64::Base64Error;
use crate::checkpoint::{CheckpointError, Origin};
use crate::position::Size;
use crate::tree::VerifyError;

/// Why bytes are not a request to cosign a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddCheckpointError {
    /// A hash is not canonical base64 of 32 bytes.
    Hash {
        /// Index of the hash.
        hash: usize,
        /// What is wrong.
        error: Base64Error,
    },
    /// The request is not UTF-8.
    NotUtf8 {
        /// Byte offset of the first bad byte.
        offset: usize,
    },
    /// The first line is not `old` with a decimal number in its shortest form.
    Old,
    /// The request has more bytes than are read.
    TooLong {
        /// The most that are read.
        max: usize,
        /// Bytes found.
        found: usize,
    },
    /// There are more hashes than any tree needs.
    TooManyHashes {
        /// The most there can be.
        max: usize,
    },
    /// A line has no line end, or the empty line before the checkpoint is missing.
    Unterminated,
}

impl fmt::Display for AddCheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash { hash, error } => write!(f, "hash {hash} of the request: {error}"),
            Self::NotUtf8 { offset } => write!(f, "request is not UTF-8 at offset {offset}"),
            Self::Old => f.write_str(
                "request does not start with a line \"old <size>\" with a decimal number in its \
                 shortest form",
            ),
            Self::TooLong { max, found } => {
                write!(f, "request has {found} bytes, expected at most {max}")
            }
            Self::TooManyHashes { max } => write!(f, "request has more than {max} hashes"),
            Self::Unterminated => {
                f.write_str("request ends before the empty line that precedes its checkpoint")
            }
        }
    }
}

impl Error for AddCheckpointError {}

/// Why a witness does not cosign a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was asked for is not a checkpoint.
    Checkpoint(CheckpointError),
    /// The log asks as if another checkpoint had been cosigned last.
    Conflict {
        /// The size that was cosigned last; 0 for none.
        stored: Size,
    },
    /// Signed for size 0 with another root than that of the tree without leaves.
    EmptyRoot(CheckpointError),
    /// The checkpoint does not extend the one that was cosigned last, or this is not proven.
    Inconsistent(VerifyError),
    /// The bytes are not a request.
    Malformed(AddCheckpointError),
    /// The old size is above that of the checkpoint.
    OldAbove {
        /// The old size.
        old: Size,
        /// The size of the checkpoint.
        size: Size,
    },
    /// A proof where there is nothing to prove: no checkpoint with entries was cosigned yet.
    ProofFromNothing {
        /// Hashes found.
        found: usize,
    },
    /// The witness does not watch this log.
    UnknownLog(Origin),
    /// No signature of the log, or one that does not hold.
    Unsigned(CheckpointError),
}

impl Refusal {
    /// The HTTP status that says so.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Checkpoint(_) | Self::Malformed(_) | Self::OldAbove { .. } => 400,
            Self::Unsigned(_) => 403,
            Self::UnknownLog(_) => 404,
            Self::Conflict { .. } => 409,
            Self::EmptyRoot(_) | Self::Inconsistent(_) | Self::ProofFromNothing { .. } => 422,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint(error) | Self::EmptyRoot(error) | Self::Unsigned(error) => {
                error.fmt(f)
            }
            Self::Conflict { stored } => {
                write!(
                    f,
                    "checkpoint of size {stored} was cosigned last; prove from there"
                )
            }
            Self::Inconsistent(error) => write!(
                f,
                "checkpoint is not proven to extend the one cosigned last: {error}"
            ),
            Self::Malformed(error) => error.fmt(f),
            Self::OldAbove { old, size } => {
                write!(
                    f,
                    "old size is {old}, expected at most the checkpoint's size {size}"
                )
            }
            Self::ProofFromNothing { found } => {
                write!(f, "proof from size 0 has {found} hashes, expected none")
            }
            Self::UnknownLog(origin) => write!(f, "log {origin} is not watched by this witness"),
        }
    }
}

impl Error for Refusal {}

impl From<AddCheckpointError> for Refusal {
    fn from(error: AddCheckpointError) -> Self {
        Self::Malformed(error)
    }
}
