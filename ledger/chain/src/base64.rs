//! Strict canonical base64 (RFC 4648 section 4: standard alphabet, padding required).
//!
//! Signed notes, checkpoints and proofs are compared and pinned as text, so a value must have one
//! spelling only. White space, a missing or misplaced `=`, and non-zero bits after the last whole
//! byte are refused; a decoder that ignored them would let a changed file still verify.

use std::error::Error;
use std::fmt;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const INVALID: u8 = 0xff;
const VALUES: [u8; 256] = values();
/// Bytes encoded per round; a multiple of three, so padding only ever ends the last round.
const ROUND: usize = 48;

/// Why a text is not canonical base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Base64Error {
    /// A byte outside the standard alphabet, or padding before the end.
    Character {
        /// Byte offset in the text.
        offset: usize,
        /// The byte found there.
        found: u8,
    },
    /// The value decodes, but to another number of bytes than the field holds.
    DecodedLength {
        /// Bytes the field holds.
        expected: usize,
        /// Bytes the text decodes to.
        found: usize,
    },
    /// The text is not a multiple of four characters long.
    Length {
        /// Length found, in bytes.
        found: usize,
    },
    /// The unused low bits of the last character are not zero.
    TrailingBits {
        /// Byte offset of that character.
        offset: usize,
    },
}

impl fmt::Display for Base64Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { offset, found } => {
                write!(f, "base64 text has byte 0x{found:02x} at offset {offset}")
            }
            Self::DecodedLength { expected, found } => {
                write!(
                    f,
                    "base64 text decodes to {found} bytes, expected {expected}"
                )
            }
            Self::Length { found } => {
                write!(
                    f,
                    "base64 text has {found} characters, expected a multiple of 4"
                )
            }
            Self::TrailingBits { offset } => write!(
                f,
                "base64 text has unused bits set at offset {offset}, expected the canonical form"
            ),
        }
    }
}

impl Error for Base64Error {}

/// Appends the base64 form of `bytes` to `out`.
pub(crate) fn push(out: &mut String, bytes: &[u8]) {
    out.reserve(bytes.len().div_ceil(3) * 4);
    for round in bytes.chunks(ROUND) {
        let mut text = [b'='; ROUND / 3 * 4];
        let (quads, _) = text.as_chunks_mut::<4>();
        for (quad, group) in quads.iter_mut().zip(round.chunks(3)) {
            *quad = encode_group(group);
        }
        let used = text.get(..round.len().div_ceil(3) * 4).unwrap_or(&text);
        // Every byte comes from the alphabet or is padding, so this is always text.
        out.push_str(std::str::from_utf8(used).unwrap_or_default());
    }
}

/// Decodes `text` into a new buffer.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    let text = text.as_bytes();
    let (quads, rest) = text.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Base64Error::Length { found: text.len() });
    }
    let mut out = Vec::with_capacity(quads.len() * 3);
    if let Some((last, whole)) = quads.split_last() {
        for (i, quad) in whole.iter().enumerate() {
            out.extend_from_slice(&decode_quad(*quad, i * 4)?);
        }
        decode_last(*last, whole.len() * 4, &mut out)?;
    }
    Ok(out)
}

/// Decodes `text` into exactly `N` bytes.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], Base64Error> {
    let bytes = decode(text)?;
    <[u8; N]>::try_from(bytes.as_slice()).map_err(|_length| Base64Error::DecodedLength {
        expected: N,
        found: bytes.len(),
    })
}

fn encode_group(group: &[u8]) -> [u8; 4] {
    match *group {
        [a, b, c] => [
            character(a >> 2),
            character(a << 4 | b >> 4),
            character(b << 2 | c >> 6),
            character(c),
        ],
        [a, b] => [
            character(a >> 2),
            character(a << 4 | b >> 4),
            character(b << 2),
            b'=',
        ],
        [a] => [character(a >> 2), character(a << 4), b'=', b'='],
        _ => [b'='; 4],
    }
}

/// Decodes the quad that may carry padding.
fn decode_last(quad: [u8; 4], offset: usize, out: &mut Vec<u8>) -> Result<(), Base64Error> {
    // `A` stands for zero bits, so a padded quad decodes like a full one and is then cut.
    let (filled, kept) = match quad {
        [a, b, b'=', b'='] => ([a, b, b'A', b'A'], 1),
        [a, b, c, b'='] => ([a, b, c, b'A'], 2),
        full => (full, 3),
    };
    let bytes = decode_quad(filled, offset)?;
    let (value, spare) = bytes.split_at(kept);
    if spare.iter().any(|byte| *byte != 0) {
        return Err(Base64Error::TrailingBits {
            offset: offset + kept,
        });
    }
    out.extend_from_slice(value);
    Ok(())
}

fn decode_quad(quad: [u8; 4], offset: usize) -> Result<[u8; 3], Base64Error> {
    let [a, b, c, d] = quad.map(|character| VALUES[usize::from(character)]);
    // Values are six bits wide, so the top bits are set only by INVALID.
    if (a | b | c | d) & 0xc0 != 0 {
        let at = quad
            .iter()
            .position(|byte| VALUES[usize::from(*byte)] == INVALID)
            .unwrap_or(0);
        return Err(Base64Error::Character {
            offset: offset + at,
            found: quad[at],
        });
    }
    Ok([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d])
}

const fn character(sextet: u8) -> u8 {
    ALPHABET[(sextet & 0x3f) as usize]
}

const fn values() -> [u8; 256] {
    let mut values = [INVALID; 256];
    let mut sextet = 0;
    while sextet < 64 {
        values[ALPHABET[sextet as usize] as usize] = sextet;
        sextet += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(bytes: &[u8]) -> String {
        let mut out = String::new();
        push(&mut out, bytes);
        out
    }

    /// RFC 4648 section 10.
    #[test]
    fn matches_the_vectors_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text), Ok(bytes.as_bytes().to_vec()));
        }
    }

    #[test]
    fn round_trips_every_length_across_a_round() {
        let bytes: Vec<u8> = (0..=255).map(|i: u8| i.wrapping_mul(151)).collect();
        for len in 0..bytes.len() {
            assert_eq!(
                decode(&encode(&bytes[..len])).unwrap(),
                &bytes[..len],
                "length {len}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_canonical() {
        let character = |offset, found| Err(Base64Error::Character { offset, found });
        assert_eq!(decode("Zm9"), Err(Base64Error::Length { found: 3 }));
        assert_eq!(decode("Zm9v\n"), Err(Base64Error::Length { found: 5 }));
        assert_eq!(decode("Zh=="), Err(Base64Error::TrailingBits { offset: 1 }));
        assert_eq!(decode("Zm9="), Err(Base64Error::TrailingBits { offset: 2 }));
        assert_eq!(decode("Zm-v"), character(2, b'-'));
        assert_eq!(decode("Zm ="), character(2, b' '));
        assert_eq!(decode("Z==="), character(1, b'='));
        assert_eq!(decode("===="), character(0, b'='));
        assert_eq!(decode("Zg=A"), character(2, b'='));
        assert_eq!(decode("Zg==Zm9v"), character(2, b'='));
        assert_eq!(
            decode_array::<4>("Zm9v"),
            Err(Base64Error::DecodedLength {
                expected: 4,
                found: 3
            })
        );
    }

    /// Any other spelling of a value is an error, not the same value.
    #[test]
    fn every_accepted_text_is_the_one_its_value_encodes_to() {
        for last in 0..=255_u8 {
            for template in [
                [b'Z', last, b'=', b'='],
                [b'Z', b'm', last, b'='],
                [b'Z', b'm', b'9', last],
            ] {
                let Ok(text) = std::str::from_utf8(&template) else {
                    continue;
                };
                if let Ok(bytes) = decode(text) {
                    assert_eq!(encode(&bytes), text);
                }
            }
        }
    }
}
