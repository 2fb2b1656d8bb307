//! What can be wrong with a key or its name.

use std::error::Error;
use std::fmt;

use super::KeyId;
use crate::base64::Base64Error;
use crate::hex::HexError;

/// Why a text is not the name of a key or of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyNameError {
    /// White space, a control character, or `+`.
    Character {
        /// Byte offset in the name.
        offset: usize,
        /// The character found there.
        found: char,
    },
    /// Nothing at all.
    Empty,
}

impl fmt::Display for KeyNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { offset, found } => write!(
                f,
                "key name has {found:?} at offset {offset}, expected no white space, \
                 control character or '+'"
            ),
            Self::Empty => f.write_str("key name is empty, expected a name such as host/log"),
        }
    }
}

impl Error for KeyNameError {}

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// A type byte that this code does not know, or not in this place.
    Algorithm {
        /// The type byte.
        found: u8,
    },
    /// The key part is not base64 of 33 bytes.
    Base64(Base64Error),
    /// The text does not have its three parts divided by `+`.
    Form,
    /// The id part is not eight hexadecimal digits.
    Id(HexError),
    /// The id part does not belong to the key.
    IdMismatch {
        /// The id of name and key.
        expected: KeyId,
        /// The id in the text.
        found: KeyId,
    },
    /// The name part is not a name.
    Name(KeyNameError),
    /// The key of a witness where that of a log belongs.
    OfWitness,
    /// The bytes are not a point of the curve, or one of small order.
    Point,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm { found } => write!(
                f,
                "key has type 0x{found:02x}, expected 0x01 for a log or 0x04 for a witness"
            ),
            Self::Base64(error) => write!(f, "key bytes: {error}"),
            Self::Form => f.write_str("key text does not have the form <name>+<id>+<base64>"),
            Self::Id(error) => write!(f, "key id: {error}"),
            Self::IdMismatch { expected, found } => {
                write!(
                    f,
                    "key id is {found}, expected {expected} for this name and key"
                )
            }
            Self::Name(error) => error.fmt(f),
            Self::OfWitness => f.write_str(
                "key has type 0x04, the key of a witness; expected 0x01, the key of a log",
            ),
            Self::Point => f.write_str("key bytes are not a usable Ed25519 public key"),
        }
    }
}

impl Error for KeyError {}
