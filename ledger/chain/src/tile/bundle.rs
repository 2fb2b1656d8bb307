//! Entry bundles: `u16 length || entry bytes`, up to 256 times.

use std::error::Error;
use std::fmt;

use super::TILE_WIDTH;
use crate::entry::ENTRY_MAX;

/// Why bytes are not an entry bundle, or an entry does not fit into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleError {
    /// The entry is longer than its length field can say.
    EntryTooLong {
        /// Length of the entry, in bytes.
        found: usize,
    },
    /// The bundle ends within an entry or its length.
    Truncated {
        /// Index of that entry in the bundle.
        entry: usize,
        /// Bytes it must have, with its length field.
        expected: usize,
        /// Bytes there are.
        found: usize,
    },
    /// The bundle does not have the number of entries its name says.
    Width {
        /// Entries in the name.
        expected: u16,
        /// Entries in the bundle, or more than that.
        found: usize,
    },
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EntryTooLong { found } => {
                write!(
                    f,
                    "entry has {found} bytes, expected at most {ENTRY_MAX} in a bundle"
                )
            }
            Self::Truncated {
                entry,
                expected,
                found,
            } => write!(
                f,
                "bundle ends within entry {entry}: {found} bytes are left, expected {expected}"
            ),
            Self::Width { expected, found } => {
                write!(f, "bundle has {found} entries, expected {expected}")
            }
        }
    }
}

impl Error for BundleError {}

/// Appends an entry to a bundle.
///
/// # Errors
///
/// Refuses an entry longer than 65,535 bytes.
pub fn push_bundle_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), BundleError> {
    let Ok(len) = u16::try_from(entry.len()) else {
        return Err(BundleError::EntryTooLong { found: entry.len() });
    };
    bundle.reserve(2 + entry.len());
    bundle.extend_from_slice(&len.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// Takes a bundle of `width` entries apart.
///
/// # Errors
///
/// Refuses a bundle that ends within an entry, or that has fewer or more entries.
pub fn decode_bundle(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::with_capacity(usize::from(width.min(TILE_WIDTH)));
    let mut rest = bundle;
    while !rest.is_empty() && entries.len() <= usize::from(width) {
        let truncated = |expected| BundleError::Truncated {
            entry: entries.len(),
            expected,
            found: rest.len(),
        };
        let (len, after) = rest.split_first_chunk().ok_or_else(|| truncated(2))?;
        let len = usize::from(u16::from_be_bytes(*len));
        let (entry, after) = after
            .split_at_checked(len)
            .ok_or_else(|| truncated(2 + len))?;
        entries.push(entry);
        rest = after;
    }
    if entries.len() != usize::from(width) {
        return Err(BundleError::Width {
            expected: width,
            found: entries.len(),
        });
    }
    Ok(entries)
}
