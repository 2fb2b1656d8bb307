//! A private part: what is personal in an entry, as one sealed record, and the commitment to it in the entry.

use std::fmt;

use caseledger_chain::{Digest, LedgerId, Position, SALT_LEN};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    key::{DataKey, VaultCase},
    random::{NoRandomness, Random},
    secret::{NONCE_LEN, TAG_LEN, open, seal},
};

/// The greatest length of a private part in bytes, before it is sealed.
pub const PART_MAX: usize = 64 * 1024;

/// By how many bytes a sealed record is longer than its part.
pub const RECORD_OVERHEAD: usize = 1 + NONCE_LEN + SALT_LEN + TAG_LEN;

/// The version this build writes; no other has been written yet.
const VERSION: u8 = 1;

/// What the associated data of a record begins with.
const RECORD: &[u8] = b"caseledger v1 private record\0";

/// What the bytes under a commitment begin with.
const PART: &[u8] = b"caseledger v1 private part\0";

/// The entry that a private part is of. A record opens at its own place only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The ledger.
    pub ledger: LedgerId,
    /// The case whose data key seals the part.
    pub case: VaultCase,
    /// Where the entry stands.
    pub position: Position,
}

/// A record was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// No nonce.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The part is too long.
    #[error("private part has {found} bytes, expected at most {PART_MAX}: shorten its note")]
    TooLong {
        /// Its length in bytes.
        found: usize,
    },
}

/// A record does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Too short for any record, or too long for one that this build writes.
    #[error(
        "private record has {found} bytes, expected {RECORD_OVERHEAD} to {}: restore it from a backup",
        PART_MAX + RECORD_OVERHEAD
    )]
    Length {
        /// Its length in bytes.
        found: usize,
    },
    /// The key is another one, or the record belongs to another place, or a byte of it was changed. The cipher
    /// cannot tell which, and says so.
    #[error(
        "private record of case {} at position {} does not open: it was sealed under another key or for another \
         place, or is damaged, which cannot be told apart: run fsck, and restore it from a backup",
        place.case, place.position
    )]
    Refused {
        /// Where it was to open.
        place: Place,
    },
    /// Another build wrote it, or the byte is damaged.
    #[error("private record has version {found}, expected {VERSION}: use a build that knows it")]
    Version {
        /// The version found.
        found: u8,
    },
}

/// A private part that was opened. Wiped when dropped; shows nothing.
pub struct OpenedPart(Zeroizing<Vec<u8>>);

impl OpenedPart {
    /// The part.
    pub fn plaintext(&self) -> &[u8] {
        self.0.get(SALT_LEN..).unwrap_or_default()
    }

    /// What the entry has to commit to. Another digest there means that the record is not what was recorded.
    pub fn commitment(&self) -> Digest {
        committed(&self.0)
    }
}

impl fmt::Debug for OpenedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedPart(not shown)")
    }
}

/// The commitment to a part, which stands in the entry for ever. Who has neither part nor salt cannot try parts out,
/// so it says nothing once both are gone.
pub fn commitment(salt: &[u8; SALT_LEN], plaintext: &[u8]) -> Digest {
    let mut hash = Sha256::new_with_prefix(PART);
    hash.update(salt);
    hash.update(plaintext);
    Digest::from_bytes(hash.finalize().into())
}

/// The same of salt and part as they stand in a record.
fn committed(salted: &[u8]) -> Digest {
    Digest::from_bytes(
        Sha256::new_with_prefix(PART)
            .chain_update(salted)
            .finalize()
            .into(),
    )
}

/// Seals a part: the record to keep.
///
/// ```text
/// version u8 | nonce 24 | encrypted: salt 32, part | tag 16
/// ```
///
/// # Errors
/// [`SealError`] if the part is longer than [`PART_MAX`], or there is no nonce.
pub fn seal_part(
    key: &DataKey,
    place: &Place,
    salt: &[u8; SALT_LEN],
    plaintext: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, SealError> {
    let too_long = SealError::TooLong {
        found: plaintext.len(),
    };
    if plaintext.len() > PART_MAX {
        return Err(too_long);
    }
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce)?;
    // It never grows beyond this, so that no plain bytes stay where it was before.
    let mut record = Vec::with_capacity(RECORD_OVERHEAD + plaintext.len());
    record.push(VERSION);
    record.extend(nonce);
    record.extend(salt);
    record.extend(plaintext);
    let inner = record.get_mut(1 + NONCE_LEN..).unwrap_or_default();
    let Ok(tag) = seal(key.secret(), &nonce, &associated(place, VERSION), inner) else {
        record.zeroize();
        return Err(too_long);
    };
    record.extend(tag);
    Ok(record)
}

/// Opens a record that [`seal_part`] made for the same place.
///
/// # Errors
/// [`OpenError`]; for a wrong key, a wrong place and a damaged record it is the same one.
pub fn open_part(key: &DataKey, place: &Place, record: &[u8]) -> Result<OpenedPart, OpenError> {
    let length = OpenError::Length {
        found: record.len(),
    };
    if record.len() > PART_MAX + RECORD_OVERHEAD {
        return Err(length);
    }
    let (version, rest) = record.split_first().ok_or(length)?;
    if *version != VERSION {
        return Err(OpenError::Version { found: *version });
    }
    let (nonce, rest) = rest.split_first_chunk().ok_or(length)?;
    let (inner, tag) = rest.split_last_chunk().ok_or(length)?;
    if inner.len() < SALT_LEN {
        return Err(length);
    }
    let mut inner = Zeroizing::new(inner.to_vec());
    open(
        key.secret(),
        nonce,
        &associated(place, *version),
        &mut inner,
        tag,
    )
    .map_err(|_refused| OpenError::Refused { place: *place })?;
    Ok(OpenedPart(inner))
}

/// What a record is bound to.
fn associated(place: &Place, version: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(RECORD.len() + 41);
    bytes.extend(RECORD);
    bytes.extend(place.ledger.to_bytes());
    bytes.extend(place.case.to_bytes());
    bytes.extend(place.position.get().to_be_bytes());
    bytes.push(version);
    bytes
}

#[cfg(test)]
mod tests;
