//! Short inline ASCII codes: court codes, statute sections, slugs, raw source codes.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A code of 1 to `N` bytes (`N` at most 255) from a closed alphabet, kept inline.
///
/// Allowed are ASCII letters, digits, space and ``-_./:()+,#&*'``; no leading or trailing space.
/// The narrow alphabet and the short length are the screen that keeps free text, and with it
/// personal data, out of the ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

/// Why a text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A byte outside the alphabet.
    #[error(
        "byte 0x{byte:02x} at {at} is not allowed in a code; use letters, digits and -_./:()+,#&*'"
    )]
    Byte {
        /// Offset of the byte.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// Nothing there.
    #[error("empty code")]
    Empty,
    /// More than the limit.
    #[error("code of {len} bytes is longer than {max}")]
    Long {
        /// Length found.
        len: usize,
        /// Length allowed.
        max: usize,
    },
    /// Leading or trailing space.
    #[error("code begins or ends with a space")]
    Padded,
}

impl<const N: usize> Text<N> {
    /// A code that stands in the source; the caller sees to it that it is one.
    pub(crate) const fn literal(text: &str) -> Self {
        let mut bytes = [0; N];
        let (code, _) = bytes.split_at_mut(text.len());
        code.copy_from_slice(text.as_bytes());
        Self {
            bytes,
            len: text.len() as u8,
        }
    }

    /// Parses a code.
    ///
    /// # Errors
    /// [`TextError`] names the first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let raw = text.as_bytes();
        if raw.is_empty() {
            return Err(TextError::Empty);
        }
        if raw.len() > N || raw.len() > 255 {
            return Err(TextError::Long {
                len: raw.len(),
                max: N,
            });
        }
        if let Some((at, &byte)) = raw.iter().enumerate().find(|(_, b)| !allowed(**b)) {
            return Err(TextError::Byte { at, byte });
        }
        if raw.first() == Some(&b' ') || raw.last() == Some(&b' ') {
            return Err(TextError::Padded);
        }
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(raw) {
            *to = *from;
        }
        Ok(Self {
            bytes,
            len: raw.len() as u8,
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Only `parse` makes one, and it lets nothing but ASCII in.
        core::str::from_utf8(self.bytes.get(..usize::from(self.len)).unwrap_or_default())
            .unwrap_or_default()
    }
}

fn allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" -_./:()+,#&*'".contains(&byte)
}

impl<const N: usize> AsRef<str> for Text<N> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> FromStr for Text<N> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::parse(text)
    }
}

impl<const N: usize> Serialize for Text<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> Deserialize<'de> for Text<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        Self::parse(text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_codes_and_refuses_everything_else() {
        for good in ["HS 11357(b)", "LASC-CJC", "a", "PC 667(e)(2)(C)(iv)"] {
            assert_eq!(Text::<24>::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(Text::<4>::parse(""), Err(TextError::Empty));
        assert_eq!(
            Text::<4>::parse("abcde"),
            Err(TextError::Long { len: 5, max: 4 })
        );
        assert_eq!(
            Text::<4>::parse("a\nb"),
            Err(TextError::Byte { at: 1, byte: 10 })
        );
        assert_eq!(
            Text::<9>::parse("Jos\u{e9}"),
            Err(TextError::Byte { at: 3, byte: 0xc3 })
        );
        assert_eq!(Text::<4>::parse(" a"), Err(TextError::Padded));
    }
}
