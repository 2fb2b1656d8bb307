//! Identifiers that stand in the header of every entry. Their meaning belongs to other crates.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::hex::{self, HexError};

/// Defines an opaque 16-byte identifier shown as hexadecimal.
macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes the 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex::write(f, &self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = HexError;

            fn from_str(text: &str) -> Result<Self, HexError> {
                hex::parse(text).map(Self)
            }
        }
    };
}

opaque_id! {
    /// Names one ledger. It is drawn at random when the ledger is created and stands in every
    /// entry, so that entries of two ledgers cannot be confused.
    LedgerId
}

opaque_id! {
    /// Names one submission of one submitter: the idempotency key, chosen by the submitter.
    MessageId
}

/// Names the stream an entry belongs to. The kind is a number without meaning here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// What sort of stream it is; the numbers are assigned by the domain.
    pub kind: u8,
    /// The stream among those of its kind.
    pub id: [u8; 16],
}

impl fmt::Display for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.kind)?;
        hex::write(f, &self.id)
    }
}

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamKey({self})")
    }
}

/// Names the organisation that submitted an entry: 1 to 16 characters of `a-z 0-9 . -`, padded
/// with zero bytes to 16.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubmitterId([u8; 16]);

/// Why bytes or a text do not name a submitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmitterIdError {
    /// A byte that is not one of `a-z 0-9 . -`, or one after the padding began.
    Character {
        /// Byte offset in the identifier.
        offset: usize,
        /// The byte found there.
        found: u8,
    },
    /// Empty, or longer than 16 bytes.
    Length {
        /// Length found, in bytes.
        found: usize,
    },
}

impl fmt::Display for SubmitterIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { offset, found } => write!(
                f,
                "submitter id has byte 0x{found:02x} at offset {offset}, \
                 expected a-z, 0-9, '.' or '-', then zero padding"
            ),
            Self::Length { found } => {
                write!(f, "submitter id has {found} bytes, expected 1 to 16")
            }
        }
    }
}

impl Error for SubmitterIdError {}

impl SubmitterId {
    /// Reads the text form.
    ///
    /// # Errors
    ///
    /// Refuses a text that is empty, longer than 16 bytes, or has other characters than
    /// `a-z 0-9 . -`.
    pub fn parse(text: &str) -> Result<Self, SubmitterIdError> {
        let mut bytes = [0; 16];
        match bytes.get_mut(..text.len()) {
            Some(start) => start.copy_from_slice(text.as_bytes()),
            None => return Err(SubmitterIdError::Length { found: text.len() }),
        }
        // A zero byte in the text would pass for padding.
        match text.bytes().position(|byte| byte == 0) {
            Some(offset) => Err(SubmitterIdError::Character { offset, found: 0 }),
            None => Self::from_bytes(bytes),
        }
    }

    /// Takes the 16 padded bytes of the header.
    ///
    /// # Errors
    ///
    /// Refuses an empty identifier, other characters than `a-z 0-9 . -`, and bytes after the
    /// padding began.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, SubmitterIdError> {
        let len = padded_len(&bytes);
        if len == 0 {
            return Err(SubmitterIdError::Length { found: 0 });
        }
        let fault = bytes.iter().enumerate().find(|(offset, byte)| {
            if *offset < len {
                !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')
            } else {
                **byte != 0
            }
        });
        match fault {
            Some((offset, found)) => Err(SubmitterIdError::Character {
                offset,
                found: *found,
            }),
            None => Ok(Self(bytes)),
        }
    }

    /// The 16 padded bytes of the header.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The text form, without padding.
    pub fn as_str(&self) -> &str {
        let text = self.0.get(..padded_len(&self.0)).unwrap_or_default();
        // Both constructors admit ASCII only.
        std::str::from_utf8(text).unwrap_or_default()
    }
}

/// Bytes before the padding.
fn padded_len(bytes: &[u8; 16]) -> usize {
    bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len())
}

impl fmt::Display for SubmitterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SubmitterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubmitterId({self})")
    }
}

impl FromStr for SubmitterId {
    type Err = SubmitterIdError;

    fn from_str(text: &str) -> Result<Self, SubmitterIdError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submitter_id_round_trips() {
        for text in ["a", "court-19.la", "0123456789abcdef"] {
            let id = SubmitterId::parse(text).unwrap();
            assert_eq!(id.as_str(), text);
            assert_eq!(SubmitterId::from_bytes(id.to_bytes()), Ok(id));
        }
        assert_eq!(
            &SubmitterId::parse("ab").unwrap().to_bytes()[..4],
            b"ab\0\0"
        );
    }

    #[test]
    fn refuses_submitter_id_outside_its_alphabet() {
        let character = |offset, found| Err(SubmitterIdError::Character { offset, found });
        assert_eq!(SubmitterId::parse("Court"), character(0, b'C'));
        assert_eq!(SubmitterId::parse("a b"), character(1, b' '));
        assert_eq!(SubmitterId::parse("a\0b"), character(1, 0));
        assert_eq!(SubmitterId::parse("a\0"), character(1, 0));
        assert_eq!(SubmitterId::parse("cour\u{e9}"), character(4, 0xc3));
        assert_eq!(
            SubmitterId::parse(""),
            Err(SubmitterIdError::Length { found: 0 })
        );
        assert_eq!(
            SubmitterId::parse("0123456789abcdefg"),
            Err(SubmitterIdError::Length { found: 17 })
        );
    }

    #[test]
    fn refuses_bytes_after_the_padding() {
        let mut bytes = SubmitterId::parse("court").unwrap().to_bytes();
        bytes[15] = b'x';
        let expected = SubmitterIdError::Character {
            offset: 15,
            found: b'x',
        };
        assert_eq!(SubmitterId::from_bytes(bytes), Err(expected));
        assert_eq!(
            SubmitterId::from_bytes([0; 16]),
            Err(SubmitterIdError::Length { found: 0 })
        );
    }

    #[test]
    fn opaque_ids_show_and_read_hexadecimal() {
        let id = LedgerId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string(), "ab".repeat(16));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(format!("{id:?}"), format!("LedgerId({id})"));
        let key = StreamKey {
            kind: 3,
            id: [1; 16],
        };
        assert_eq!(key.to_string(), format!("3:{}", "01".repeat(16)));
    }
}
