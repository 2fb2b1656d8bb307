//! Encoding of derived values: views, indexes, snapshots. The only module that names bincode.
//!
//! `value = version:u8 || crc32c(bytes):u32 big-endian || bytes`, where `bytes` is bincode 1.3 with fixed-width
//! little-endian integers, lengths as `u64`, enum variants as `u32`. bincode has no field tags: whoever changes a
//! type changes its version, and values of another version are dropped and rebuilt from the journal. Never used for
//! anything that is hashed, signed or exported.

use bincode::Options;
use serde::{Serialize, de::DeserializeOwned};

const PREFIX_LEN: usize = 5;

/// Why a derived value could not be encoded or read. The remedy is always to drop and rebuild it.
#[derive(Debug, thiserror::Error)]
pub enum DerivedError {
    /// Shorter than its own prefix.
    #[error("derived value has {found} bytes, expected at least {}", PREFIX_LEN)]
    Short {
        /// Its length.
        found: usize,
    },
    /// The bytes were changed.
    #[error("derived value has crc32c {found:#010x}, expected {expected:#010x}")]
    Checksum {
        /// Stored.
        expected: u32,
        /// Computed.
        found: u32,
    },
    /// Longer than the reader allows.
    #[error("derived value has {found} bytes, the limit is {limit}")]
    TooLong {
        /// The limit in bytes.
        limit: u64,
        /// Its length.
        found: u64,
    },
    /// Not the type that was asked for, or with bytes left over.
    #[error("derived value of version {version} cannot be coded")]
    Coding {
        /// The version asked for.
        version: u8,
        /// The codec's answer.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn options(limit: u64) -> impl Options {
    bincode::DefaultOptions::new()
        .with_fixint_encoding()
        .with_little_endian()
        .with_limit(limit)
        .reject_trailing_bytes()
}

/// Encodes `value` as version `version`.
///
/// # Errors
/// [`DerivedError::Coding`] for a type that serde cannot write without knowing its length.
pub fn encode<T: Serialize>(version: u8, value: &T) -> Result<Vec<u8>, DerivedError> {
    let mut out = vec![version, 0, 0, 0, 0];
    options(u64::MAX)
        .serialize_into(&mut out, value)
        .map_err(|source| DerivedError::Coding { version, source })?;
    let crc = crc32c::crc32c(&out[PREFIX_LEN..]);
    out[1..PREFIX_LEN].copy_from_slice(&crc.to_be_bytes());
    Ok(out)
}

/// Decodes a value of version `version`; `None` when it has another version.
///
/// `limit` bounds the length in bytes.
///
/// # Errors
/// [`DerivedError`] when the bytes are damaged, do not fit the type or have bytes left over.
pub fn decode<T: DeserializeOwned>(
    version: u8,
    bytes: &[u8],
    limit: u64,
) -> Result<Option<T>, DerivedError> {
    let Some(([found_version, stored @ ..], content)) = bytes.split_first_chunk::<PREFIX_LEN>()
    else {
        return Err(DerivedError::Short { found: bytes.len() });
    };
    if *found_version != version {
        return Ok(None);
    }
    // bincode applies its own limit to streams, not to slices; a slice bounds what can be allocated.
    let found = content.len() as u64;
    if found > limit {
        return Err(DerivedError::TooLong { limit, found });
    }
    let (expected, found) = (u32::from_be_bytes(*stored), crc32c::crc32c(content));
    if expected != found {
        return Err(DerivedError::Checksum { expected, found });
    }
    let value = options(limit)
        .deserialize(content)
        .map_err(|source| DerivedError::Coding { version, source })?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Phase {
        Open,
        Closed { at: u64 },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        count: u32,
        name: String,
        phases: Vec<Phase>,
        last: Option<u16>,
    }

    fn sample() -> Sample {
        let phases = vec![Phase::Open, Phase::Closed { at: 258 }];
        Sample {
            count: 7,
            name: "ab".to_owned(),
            phases,
            last: Some(513),
        }
    }

    /// Pins the layout for readers in other languages.
    const GOLDEN: &[u8] = &[
        3, // version
        0x9e, 0x47, 0x63, 0x12, // crc32c of what follows, big-endian
        7, 0, 0, 0, // count
        2, 0, 0, 0, 0, 0, 0, 0, b'a', b'b', // name: length, bytes
        2, 0, 0, 0, 0, 0, 0, 0, // phases: length
        0, 0, 0, 0, // Open
        1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, // Closed, at
        1, 1, 2, // last: present, value
    ];

    #[test]
    fn writes_and_reads_the_golden_bytes() {
        assert_eq!(encode(3, &sample()).unwrap(), GOLDEN);
        assert_eq!(
            decode::<Sample>(3, GOLDEN, 1 << 10).unwrap(),
            Some(sample())
        );
    }

    #[test]
    fn drops_another_version() {
        assert_eq!(decode::<Sample>(4, GOLDEN, 1 << 10).unwrap(), None);
    }

    #[test]
    fn refuses_every_truncation_and_every_flipped_byte() {
        for len in 0..GOLDEN.len() {
            assert!(
                decode::<Sample>(3, &GOLDEN[..len], 1 << 10).is_err(),
                "length {len}"
            );
        }
        for at in 1..GOLDEN.len() {
            let mut bytes = GOLDEN.to_vec();
            bytes[at] ^= 1;
            assert!(decode::<Sample>(3, &bytes, 1 << 10).is_err(), "byte {at}");
        }
    }

    #[test]
    fn refuses_trailing_bytes_and_values_over_the_limit() {
        let mut bytes = encode(3, &(sample(), 0_u8)).unwrap();
        assert!(matches!(
            decode::<Sample>(3, &bytes, 1 << 10),
            Err(DerivedError::Coding { .. })
        ));
        bytes = encode(3, &u64::MAX).unwrap(); // as a length: far more than there is
        assert!(matches!(
            decode::<Vec<u8>>(3, &bytes, 1 << 10),
            Err(DerivedError::Coding { .. })
        ));
        let long = encode(3, &vec![0_u8; 2000]).unwrap();
        let refused = decode::<Vec<u8>>(3, &long, 2007);
        assert!(matches!(
            refused,
            Err(DerivedError::TooLong {
                limit: 2007,
                found: 2008
            })
        ));
        assert!(decode::<Vec<u8>>(3, &long, 2008).unwrap().is_some());
    }
}
