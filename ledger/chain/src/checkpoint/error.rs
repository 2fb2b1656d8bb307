//! What can be wrong with a checkpoint.

use std::error::Error;
use std::fmt;

use super::Origin;
use crate::base64::Base64Error;
use crate::digest::Digest;
use crate::key::{KeyName, KeyNameError};
use crate::note::NoteError;

/// Why a checkpoint cannot be read, trusted or signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Size 0 with another root than that of the tree without leaves.
    EmptyRoot {
        /// The root of the tree without leaves.
        expected: Digest,
        /// The root found.
        found: Digest,
    },
    /// An extension line is empty or has control characters.
    Extension,
    /// The key is that of a witness, which signs cosignatures and no log.
    KeyType {
        /// The type byte of the key of a log.
        expected: u8,
        /// The type byte of the key.
        found: u8,
    },
    /// The text has fewer than three lines.
    Lines {
        /// Lines found.
        found: usize,
    },
    /// The note around the text is not well-formed, or its signature does not hold.
    Note(NoteError),
    /// The first line is not an origin.
    Origin(KeyNameError),
    /// The checkpoint is of another log than the key.
    OtherLog {
        /// Name of the key.
        expected: KeyName,
        /// Origin of the checkpoint.
        found: Origin,
    },
    /// The third line is not base64 of 32 bytes.
    Root(Base64Error),
    /// The second line is not a decimal number in its shortest form.
    Size,
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyRoot { expected, found } => {
                write!(
                    f,
                    "checkpoint of size 0 has root {found}, expected {expected}"
                )
            }
            Self::Extension => f.write_str(
                "checkpoint extension line is empty or has control characters, expected text",
            ),
            Self::KeyType { expected, found } => write!(
                f,
                "checkpoint cannot be verified with a key of type 0x{found:02x}, expected \
                 0x{expected:02x}, the key of a log"
            ),
            Self::Lines { found } => {
                write!(
                    f,
                    "checkpoint has {found} lines, expected origin, size and root"
                )
            }
            Self::Note(error) => write!(f, "checkpoint note refused: {error}"),
            Self::Origin(error) => write!(f, "checkpoint origin: {error}"),
            Self::OtherLog { expected, found } => {
                write!(
                    f,
                    "checkpoint is of log {found}, expected {expected} as the key says"
                )
            }
            Self::Root(error) => write!(f, "checkpoint root: {error}"),
            Self::Size => f.write_str(
                "checkpoint size is not a decimal number of 64 bits in its shortest form",
            ),
        }
    }
}

impl Error for CheckpointError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Note(error) => Some(error),
            Self::Origin(error) => Some(error),
            Self::Root(error) => Some(error),
            Self::EmptyRoot { .. }
            | Self::Extension
            | Self::KeyType { .. }
            | Self::Lines { .. }
            | Self::OtherLog { .. }
            | Self::Size => None,
        }
    }
}
