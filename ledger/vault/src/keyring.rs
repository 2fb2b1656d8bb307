//! [`FileKeyring`]: key-encryption keys in files, one for each generation.
//!
//! ```text
//! keyring-<generation>:
//! "caseledger kek\0" | version u8 | ledger id 16 | generation u32 BE | key 32 | CRC32C of all before, u32 BE
//! ```

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use caseledger_chain::LedgerId;
use zeroize::Zeroizing;

use crate::{
    disk::{self, Disk},
    encryption::{KeyEncryption, KeyError},
    key::{DataKey, Generation, VaultCase, WrappedKey},
    random::Random,
    secret::{NONCE_LEN, Secret},
};

const MAGIC: &[u8; 15] = b"caseledger kek\0";
const VERSION: u8 = 1;

/// Length of a keyring file in bytes.
const FILE_LEN: usize = MAGIC.len() + 1 + 16 + 4 + 32 + 4;

/// Beyond this a file is not looked into: a later version may be longer than this one, no version is that long.
const FILE_MAX: u64 = 4096;

/// What a file is called until it is whole.
const UNFINISHED: &str = ".tmp";

/// Key-encryption keys in files that only their owner may read, in a folder that only its owner may enter.
///
/// A key is read from its file when it is first used, and held in memory until it is destroyed or the keyring dropped.
pub struct FileKeyring {
    folder: PathBuf,
    ledger: LedgerId,
    disk: Disk,
    random: Arc<dyn Random>,
    /// Those that were used.
    keys: RwLock<BTreeMap<Generation, Arc<Secret>>>,
}

impl FileKeyring {
    /// The keyring of `ledger` in `folder`: that of the vault, which makes it.
    pub fn new(
        folder: impl Into<PathBuf>,
        ledger: LedgerId,
        random: Arc<dyn Random>,
        disk: Disk,
    ) -> Self {
        Self {
            folder: folder.into(),
            ledger,
            disk,
            random,
            keys: RwLock::default(),
        }
    }

    /// The generation that a file of a keyring is of, by its name alone, whether it is whole or not; `None` for any other file.
    pub fn generation_of(name: &str) -> Option<Generation> {
        generation_of(name)
    }

    /// The file of a generation.
    fn path(&self, generation: Generation) -> PathBuf {
        self.folder.join(format!("keyring-{generation}"))
    }

    /// The same while it is not whole.
    fn unfinished(&self, generation: Generation) -> PathBuf {
        self.folder
            .join(format!("keyring-{generation}{UNFINISHED}"))
    }

    /// The key of a generation, from memory or else from its file.
    fn key(&self, generation: Generation) -> Result<Arc<Secret>, KeyError> {
        let held = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = held.get(&generation) {
            return Ok(Arc::clone(key));
        }
        drop(held);
        disk::check_folder(&self.folder)?;
        let path = self.path(generation);
        let bytes = disk::read(&path, FILE_MAX)?.ok_or(KeyError::Missing { generation })?;
        let key = Arc::new(decode(&bytes, &path, self.ledger, generation)?);
        let mut held = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(generation, Arc::clone(&key));
        Ok(key)
    }
}

impl KeyEncryption for FileKeyring {
    fn generations(&self) -> Result<Vec<Generation>, KeyError> {
        let names = disk::names(&self.folder)?;
        let mut found: Vec<_> = names
            .iter()
            .filter_map(|name| generation_of(name))
            .collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn create(&mut self, generation: Generation) -> Result<(), KeyError> {
        disk::check_folder(&self.folder)?;
        let (path, unfinished) = (self.path(generation), self.unfinished(generation));
        if disk::names(&self.folder)?.contains(&format!("keyring-{generation}")) {
            return Err(KeyError::Exists { generation });
        }
        let key = Secret::random(&*self.random)?;
        self.disk.wipe(&unfinished)?;
        self.disk
            .write_new(&unfinished, &encode(self.ledger, generation, &key))?;
        // Under its name only when it is whole. A crash before leaves a key that nothing was wrapped under.
        self.disk.rename(&unfinished, &path)?;
        self.disk.sync_folder(&self.folder)?;
        let held = self.keys.get_mut().unwrap_or_else(PoisonError::into_inner);
        held.insert(generation, Arc::new(key));
        Ok(())
    }

    fn destroy(&mut self, generation: Generation) -> Result<(), KeyError> {
        // First in memory: whatever becomes of the file, it is not used again.
        let held = self.keys.get_mut().unwrap_or_else(PoisonError::into_inner);
        held.remove(&generation);
        let unfinished = self.disk.wipe(&self.unfinished(generation))?;
        // A crash from here on leaves a file with its name, whole or not: it is destroyed again.
        let finished = self.disk.wipe(&self.path(generation))?;
        if unfinished || finished {
            self.disk.sync_folder(&self.folder)?;
        }
        Ok(())
    }

    fn wrap(
        &self,
        generation: Generation,
        case: VaultCase,
        key: &DataKey,
    ) -> Result<WrappedKey, KeyError> {
        let kek = self.key(generation)?;
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce)?;
        WrappedKey::seal(&kek, generation, self.ledger, case, key, nonce)
            .map_err(|_refused| KeyError::Refused { case, generation })
    }

    fn unwrap(&self, case: VaultCase, wrapped: &WrappedKey) -> Result<DataKey, KeyError> {
        let generation = wrapped.generation();
        let kek = self.key(generation)?;
        wrapped
            .open(&kek, self.ledger, case)
            .map_err(|_refused| KeyError::Refused { case, generation })
    }
}

impl fmt::Debug for FileKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKeyring")
            .field("folder", &self.folder)
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

/// The generation that the name of a file is about, whether the file is whole or not.
fn generation_of(name: &str) -> Option<Generation> {
    let number = name.strip_prefix("keyring-")?;
    let number = number.strip_suffix(UNFINISHED).unwrap_or(number);
    let generation = Generation::new(number.parse().ok()?)?;
    // "keyring-+1" and "keyring-01" are not ours.
    (generation.to_string() == number).then_some(generation)
}

fn encode(ledger: LedgerId, generation: Generation, key: &Secret) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_LEN));
    bytes.extend(MAGIC);
    bytes.push(VERSION);
    bytes.extend(ledger.to_bytes());
    bytes.extend(generation.get().to_be_bytes());
    bytes.extend(key.expose());
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend(checksum.to_be_bytes());
    bytes
}

fn decode(
    bytes: &[u8],
    path: &Path,
    ledger: LedgerId,
    generation: Generation,
) -> Result<Secret, KeyError> {
    let damaged = || KeyError::Damaged {
        path: path.to_owned(),
        expected: FILE_LEN,
    };
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(damaged)?;
    let (version, rest) = rest.split_first().ok_or_else(damaged)?;
    if *version != VERSION {
        return Err(KeyError::Version {
            path: path.to_owned(),
            expected: VERSION,
            found: *version,
        });
    }
    let (covered, checksum) = bytes.split_last_chunk().ok_or_else(damaged)?;
    if bytes.len() != FILE_LEN || crc32c::crc32c(covered) != u32::from_be_bytes(*checksum) {
        return Err(damaged());
    }
    let (of_ledger, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
    let (of_generation, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
    let key = rest.first_chunk().ok_or_else(damaged)?;
    let found = LedgerId::from_bytes(*of_ledger);
    if found != ledger {
        return Err(KeyError::OtherLedger {
            path: path.to_owned(),
            expected: ledger,
            found,
        });
    }
    let found = u32::from_be_bytes(*of_generation);
    if found != generation.get() {
        return Err(KeyError::OtherGeneration {
            path: path.to_owned(),
            expected: generation,
            found,
        });
    }
    Secret::filled(|bytes| {
        *bytes = *key;
        Ok(())
    })
}

#[cfg(test)]
mod tests;
