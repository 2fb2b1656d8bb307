//! What can be wrong with an entry, each fault with its place and both sides.

use std::error::Error;
use std::fmt;

use super::{BODY_MAX, ENTRY_MAX, HEADER_LEN, MAGIC, VERSION, offset};
use crate::digest::Digest;
use crate::id::SubmitterIdError;
use crate::position::Position;

/// Two header fields that contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderFault {
    /// The part is not below the number of parts.
    Part {
        /// The part found.
        part: u16,
        /// The number of parts found.
        parts: u16,
    },
    /// Position 0 names a predecessor, or a later one names none.
    Predecessor {
        /// The position found.
        position: Position,
        /// The predecessor found.
        prev: Digest,
    },
    /// Revision 0 names a predecessor in its stream, or a later one names none.
    StreamPredecessor {
        /// The revision found.
        revision: u64,
        /// The predecessor found.
        stream_prev: Digest,
    },
}

impl HeaderFault {
    /// Offset of the offending field from the start of the entry, in bytes.
    pub const fn offset(&self) -> usize {
        match self {
            Self::Part { .. } => offset::PART,
            Self::Predecessor { .. } => offset::PREV,
            Self::StreamPredecessor { .. } => offset::STREAM_PREV,
        }
    }
}

impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset();
        match self {
            Self::Part { part, parts } => {
                write!(
                    f,
                    "part at offset {at} is {part}, expected one below parts, which is {parts}"
                )
            }
            Self::Predecessor { position, prev } => write!(
                f,
                "prev at offset {at} is {prev} for position {position}, \
                 expected zero at position 0 and only there"
            ),
            Self::StreamPredecessor {
                revision,
                stream_prev,
            } => write!(
                f,
                "stream_prev at offset {at} is {stream_prev} for revision {revision}, \
                 expected zero at revision 0 and only there"
            ),
        }
    }
}

impl Error for HeaderFault {}

/// Why an entry cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryError {
    /// The body does not fit into an entry.
    BodyTooLong {
        /// Length of the body, in bytes.
        found: usize,
    },
    /// Two header fields contradict each other.
    Header(HeaderFault),
}

impl From<HeaderFault> for EntryError {
    fn from(fault: HeaderFault) -> Self {
        Self::Header(fault)
    }
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyTooLong { found } => write!(
                f,
                "entry body has {found} bytes, expected at most {BODY_MAX}: \
                 put large content elsewhere and its digest here"
            ),
            Self::Header(fault) => write!(f, "entry header refused: {fault}"),
        }
    }
}

impl Error for EntryError {}

/// Why bytes are not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body ends before the declared length.
    BodyTooShort {
        /// Length declared in the header, in bytes.
        expected: usize,
        /// Bytes after the header.
        found: usize,
    },
    /// Two header fields contradict each other.
    Header(HeaderFault),
    /// There is no whole header.
    HeaderTooShort {
        /// Length of the input, in bytes.
        found: usize,
    },
    /// The input does not start like an entry.
    Magic {
        /// The first three bytes.
        found: [u8; 3],
    },
    /// The submitter field is not an identifier with its padding.
    Submitter(SubmitterIdError),
    /// The input is longer than any entry.
    TooLong {
        /// Length of the input, in bytes.
        found: usize,
    },
    /// There are bytes after the entry.
    TrailingBytes {
        /// Where the entry ends.
        offset: usize,
        /// How many bytes follow.
        found: usize,
    },
    /// The entry has a format version this code does not know.
    Version {
        /// The version byte.
        found: u8,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyTooShort { expected, found } => write!(
                f,
                "entry body at offset {HEADER_LEN} has {found} bytes, expected {expected}"
            ),
            Self::Header(fault) => write!(f, "entry header refused: {fault}"),
            Self::HeaderTooShort { found } => {
                write!(
                    f,
                    "entry has {found} bytes, expected a header of {HEADER_LEN}"
                )
            }
            Self::Magic { found } => {
                write!(
                    f,
                    "entry starts with {found:02x?} at offset 0, expected {MAGIC:02x?}"
                )
            }
            Self::Submitter(error) => {
                write!(f, "submitter at offset {}: {error}", offset::SUBMITTER)
            }
            Self::TooLong { found } => {
                write!(f, "entry has {found} bytes, expected at most {ENTRY_MAX}")
            }
            Self::TrailingBytes { offset, found } => {
                write!(
                    f,
                    "entry ends at offset {offset}, but {found} more bytes follow"
                )
            }
            Self::Version { found } => write!(
                f,
                "entry has format version {found} at offset {}, expected {VERSION}: \
                 read it with a newer release",
                offset::VERSION
            ),
        }
    }
}

impl Error for DecodeError {}
