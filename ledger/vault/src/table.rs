//! [`Table`]: the data keys that lived at the last re-wrap, as one file.
//!
//! ```text
//! datakeys:
//! "caseledger dek\0" | version u8 | ledger id 16 | generation u32 BE | size u64 BE | count u32 BE | probe 76
//! count times, in ascending order of cases: case id 16 | wrapped key 76
//! CRC32C of all before, u32 BE
//! ```

use caseledger_chain::{LedgerId, Size};

use crate::key::{Generation, VaultCase, WrappedKey, WrappedKeyError};

const MAGIC: &[u8; 15] = b"caseledger dek\0";
const VERSION: u8 = 1;

/// Length of what stands before the entries, in bytes.
const HEADER_LEN: usize = MAGIC.len() + 1 + 16 + 4 + 8 + 4 + WrappedKey::LEN;

/// Length of an entry in bytes.
const ENTRY_LEN: usize = 16 + WrappedKey::LEN;

/// The greatest number of data keys in a vault.
pub const KEYS_MAX: usize = 1 << 24;

/// The greatest length of the file in bytes.
pub(crate) const TABLE_MAX: u64 = (HEADER_LEN + KEYS_MAX * ENTRY_LEN + 4) as u64;

/// The case whose key shows that a keyring belongs to a table. No case has this id.
pub(crate) const PROBE: VaultCase = VaultCase::from_bytes([0; 16]);

/// The data keys that lived at the last re-wrap, all wrapped under one key-encryption key. Keys that were made since are
/// where the caller keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(crate) generation: Generation,
    pub(crate) size: Size,
    /// A key that seals nothing.
    pub(crate) probe: WrappedKey,
    /// In ascending order of cases, each once, all of `generation`.
    pub(crate) keys: Vec<(VaultCase, WrappedKey)>,
}

/// Bytes are no table of this ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    /// A byte was changed.
    #[error("checksum is {found:08x}, expected {expected:08x}")]
    Checksum {
        /// Of the bytes.
        expected: u32,
        /// In the file.
        found: u32,
    },
    /// A key is of another generation than the table.
    #[error("key {index} has generation {found}, expected {expected}")]
    Generation {
        /// Of the table.
        expected: Generation,
        /// Of the key.
        found: Generation,
        /// Which key, from 0; the probe counts as the last.
        index: usize,
    },
    /// No wrapped key at all.
    #[error("key {index}: {fault}")]
    Key {
        /// Which key, from 0; the probe counts as the last.
        index: usize,
        /// What is wrong.
        fault: WrappedKeyError,
    },
    /// The file is too short, or has another length than its number of keys comes to.
    #[error("length is {found} bytes, expected {expected}")]
    Length {
        /// What the number of keys comes to, in bytes; if it has none, the least there can be.
        expected: usize,
        /// Its length in bytes.
        found: usize,
    },
    /// Another kind of file.
    #[error("it does not begin as a table of data keys does")]
    Magic,
    /// Keys do not ascend, or a case has two.
    #[error("key {index} is not behind the one before it")]
    Order {
        /// Which key, from 0.
        index: usize,
    },
    /// It belongs to another ledger.
    #[error("it belongs to ledger {found}, expected {expected}")]
    OtherLedger {
        /// The ledger that is being opened.
        expected: LedgerId,
        /// In the file.
        found: LedgerId,
    },
    /// More keys than a vault can have.
    #[error("it names {found} keys, expected at most {KEYS_MAX}")]
    TooMany {
        /// The number in the file.
        found: usize,
    },
    /// Another build wrote it.
    #[error("version is {found}, expected {VERSION}")]
    Version {
        /// The version found.
        found: u8,
    },
}

impl Table {
    /// The key-encryption key that all of them are wrapped under. A wrapped key that stands elsewhere, such as in the
    /// journal, lives if it is of the same generation; one of an earlier generation has its successor in the table, or was
    /// destroyed.
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// The size of the ledger when they were wrapped. A ledger that is smaller is a copy from before.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The keys, in ascending order of cases.
    pub fn keys(&self) -> &[(VaultCase, WrappedKey)] {
        &self.keys
    }

    /// The keys, to be kept by the caller.
    pub fn into_keys(self) -> Vec<(VaultCase, WrappedKey)> {
        self.keys
    }

    /// The bytes of the file.
    pub(crate) fn encode(&self, ledger: LedgerId) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LEN + self.keys.len() * ENTRY_LEN + 4);
        bytes.extend(MAGIC);
        bytes.push(VERSION);
        bytes.extend(ledger.to_bytes());
        bytes.extend(self.generation.get().to_be_bytes());
        bytes.extend(self.size.get().to_be_bytes());
        bytes.extend((self.keys.len() as u32).to_be_bytes());
        bytes.extend(self.probe.to_bytes());
        for (case, key) in &self.keys {
            bytes.extend(case.to_bytes());
            bytes.extend(key.to_bytes());
        }
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend(checksum.to_be_bytes());
        bytes
    }

    /// Reads the bytes of the file.
    pub(crate) fn decode(bytes: &[u8], ledger: LedgerId) -> Result<Self, TableFault> {
        let length = |expected| TableFault::Length {
            expected,
            found: bytes.len(),
        };
        let short = length(HEADER_LEN + 4);
        let rest = bytes.strip_prefix(MAGIC).ok_or(TableFault::Magic)?;
        let (version, rest) = rest.split_first().ok_or(short)?;
        if *version != VERSION {
            return Err(TableFault::Version { found: *version });
        }
        let (of_ledger, rest) = rest.split_first_chunk().ok_or(short)?;
        let (generation, rest) = rest.split_first_chunk().ok_or(short)?;
        let (size, rest) = rest.split_first_chunk().ok_or(short)?;
        let (count, rest) = rest.split_first_chunk().ok_or(short)?;
        let (probe, rest) = rest
            .split_first_chunk::<{ WrappedKey::LEN }>()
            .ok_or(short)?;
        let count = u32::from_be_bytes(*count) as usize;
        if count > KEYS_MAX {
            return Err(TableFault::TooMany { found: count });
        }
        let (entries, checksum) = rest.split_last_chunk().ok_or(short)?;
        if entries.len() != count * ENTRY_LEN {
            return Err(length(HEADER_LEN + count * ENTRY_LEN + 4));
        }
        let found = u32::from_be_bytes(*checksum);
        let covered = bytes.get(..bytes.len() - 4).unwrap_or_default();
        let expected = crc32c::crc32c(covered);
        if found != expected {
            return Err(TableFault::Checksum { expected, found });
        }
        let found = LedgerId::from_bytes(*of_ledger);
        if found != ledger {
            return Err(TableFault::OtherLedger {
                expected: ledger,
                found,
            });
        }
        let generation =
            Generation::new(u32::from_be_bytes(*generation)).ok_or(TableFault::Key {
                index: count,
                fault: WrappedKeyError::Generation,
            })?;
        let key = |index, bytes: &[u8]| {
            let key =
                WrappedKey::from_bytes(bytes).map_err(|fault| TableFault::Key { index, fault })?;
            if key.generation() != generation {
                return Err(TableFault::Generation {
                    expected: generation,
                    found: key.generation(),
                    index,
                });
            }
            Ok(key)
        };
        let mut keys: Vec<(VaultCase, WrappedKey)> = Vec::with_capacity(count);
        for (index, entry) in entries.chunks_exact(ENTRY_LEN).enumerate() {
            let (case, wrapped) = entry.split_first_chunk().ok_or(short)?;
            let case = VaultCase::from_bytes(*case);
            if keys.last().is_some_and(|(last, _)| *last >= case) {
                return Err(TableFault::Order { index });
            }
            keys.push((case, key(index, wrapped)?));
        }
        Ok(Self {
            generation,
            size: Size::new(u64::from_be_bytes(*size)),
            probe: key(count, probe)?,
            keys,
        })
    }
}

#[cfg(test)]
mod tests;
