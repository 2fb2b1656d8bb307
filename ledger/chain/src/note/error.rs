//! What can be wrong with a signed note.

use std::error::Error;
use std::fmt;

use crate::base64::Base64Error;
use crate::key::{KeyId, KeyName, KeyNameError};

/// Why a note is not well-formed or not signed as it should be. Lines are counted from 1 after
/// the empty line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteError {
    /// A signature is not canonical base64.
    Base64 {
        /// Signature line.
        line: usize,
        /// What is wrong.
        error: Base64Error,
    },
    /// A byte below 0x20 other than the line end, for example a carriage return.
    ControlCharacter {
        /// Byte offset in the note.
        offset: usize,
        /// The byte.
        found: u8,
    },
    /// A line after the empty line is not a signature line.
    Line {
        /// Signature line.
        line: usize,
    },
    /// The name in a signature line is not a key name.
    Name {
        /// Signature line.
        line: usize,
        /// What is wrong.
        error: KeyNameError,
    },
    /// No empty line divides text and signatures.
    NoBlankLine,
    /// No signature is by a key that is known here.
    NoKnownKey,
    /// Nothing follows the empty line.
    NoSignature,
    /// The note is not UTF-8.
    NotUtf8 {
        /// Byte offset of the first bad byte.
        offset: usize,
    },
    /// A signature is too short for any algorithm.
    ShortSignature {
        /// Signature line.
        line: usize,
        /// Shortest possible length, in bytes.
        expected: usize,
        /// Length found, in bytes.
        found: usize,
    },
    /// A signature by a known key does not hold for the text.
    Signature {
        /// Name of the key.
        name: KeyName,
        /// Id of the key.
        id: KeyId,
    },
    /// More signature lines than are looked at.
    TooManySignatures {
        /// The most that are looked at.
        max: usize,
        /// Lines found.
        found: usize,
    },
    /// The last line has no line end.
    Unterminated,
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 { line, error } => write!(f, "signature line {line} of the note: {error}"),
            Self::ControlCharacter { offset, found } => write!(
                f,
                "note has control character 0x{found:02x} at offset {offset}, \
                 expected line ends 0x0a only"
            ),
            Self::Line { line } => write!(
                f,
                "signature line {line} of the note does not have the form \
                 \u{2014} <name> <base64>"
            ),
            Self::Name { line, error } => write!(f, "signature line {line} of the note: {error}"),
            Self::NoBlankLine => f.write_str("note has no empty line before its signatures"),
            Self::NoKnownKey => f.write_str("note has no signature by a known key"),
            Self::NoSignature => f.write_str("note has no signature line after its empty line"),
            Self::NotUtf8 { offset } => write!(f, "note is not UTF-8 at offset {offset}"),
            Self::ShortSignature {
                line,
                expected,
                found,
            } => write!(
                f,
                "signature line {line} of the note holds {found} bytes, \
                 expected at least {expected}"
            ),
            Self::Signature { name, id } => {
                write!(
                    f,
                    "signature by key {name} with id {id} does not hold for the text"
                )
            }
            Self::TooManySignatures { max, found } => {
                write!(
                    f,
                    "note has {found} signature lines, expected at most {max}"
                )
            }
            Self::Unterminated => f.write_str("note does not end in a line end"),
        }
    }
}

impl Error for NoteError {}
