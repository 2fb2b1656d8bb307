//! Strict lower-case hexadecimal, the text form of digests and identifiers.
//!
//! One value has one spelling: upper-case digits, separators, prefixes and a wrong length are
//! refused, so that two texts are equal exactly when the bytes are.

use std::error::Error;
use std::fmt;

const DIGITS: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
];

/// Why a text is not the hexadecimal form of a value of known length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HexError {
    /// A byte that is not one of `0-9a-f`.
    Digit {
        /// Byte offset in the text.
        offset: usize,
        /// The byte found there.
        found: u8,
    },
    /// The text does not have two digits for every byte.
    Length {
        /// Expected length in digits.
        expected: usize,
        /// Found length in bytes.
        found: usize,
    },
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digit { offset, found } => write!(
                f,
                "hex text has byte 0x{found:02x} at offset {offset}, expected one of 0-9a-f"
            ),
            Self::Length { expected, found } => {
                write!(f, "hex text has {found} bytes, expected {expected} digits")
            }
        }
    }
}

impl Error for HexError {}

/// Writes the lower-case digits of `bytes`.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    use fmt::Write as _;

    for byte in bytes {
        for nibble in [byte >> 4, byte & 0x0f] {
            // A nibble is below 16, so the lookup always succeeds.
            f.write_char(DIGITS.get(usize::from(nibble)).copied().unwrap_or('?'))?;
        }
    }
    Ok(())
}

/// Reads exactly `N` bytes.
pub(crate) fn parse<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return Err(HexError::Length {
            expected: N * 2,
            found: digits.len(),
        });
    }
    let mut bytes = [0; N];
    let (pairs, _) = digits.as_chunks::<2>();
    for (i, (byte, [high, low])) in bytes.iter_mut().zip(pairs).enumerate() {
        *byte = (value(*high, i * 2)? << 4) | value(*low, i * 2 + 1)?;
    }
    Ok(bytes)
}

const fn value(digit: u8, offset: usize) -> Result<u8, HexError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(HexError::Digit {
            offset,
            found: digit,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_lower_case_digits_of_the_exact_length() {
        assert_eq!(parse::<2>("00ff"), Ok([0x00, 0xff]));
        assert_eq!(
            parse::<2>("00fF"),
            Err(HexError::Digit {
                offset: 3,
                found: b'F'
            })
        );
        assert_eq!(
            parse::<2>("0x00"),
            Err(HexError::Digit {
                offset: 1,
                found: b'x'
            })
        );
        assert_eq!(
            parse::<2>("00f"),
            Err(HexError::Length {
                expected: 4,
                found: 3
            })
        );
        assert_eq!(
            parse::<2>("00ff0"),
            Err(HexError::Length {
                expected: 4,
                found: 5
            })
        );
    }
}
