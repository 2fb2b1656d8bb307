//! The data keys of private parts while a ledger is open, and what opens them.
//!
//! A key is made with the first private part of its case. Wrapped, it stands in the frame of that part; all that lived at
//! the last re-wrap stand in the table of the vault. Which of them are the present ones is no matter of positions: a
//! wrapped key lives exactly if its generation is that of the table (`docs/VAULT.md`). In memory is a map of them, which is
//! saved with the rest of the state. They are unwrapped for a use and wiped after it.

mod open;
mod read;

use std::{collections::BTreeSet, fmt, path::Path, sync::Arc};

use caseledger_chain::{LedgerId, Size};
use caseledger_domain::CaseId;
use caseledger_vault::{
    DataKey, Disk, FileKeyring, Generation, KEYS_MAX, KeyEncryption, Means, RewrapError, SealError,
    SystemRandom, Vault, VaultCase, VaultError, WrappedKey,
};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

pub(crate) use open::{KeysFound, Ready, VaultAt, forget, prepare};
pub use open::{LEAP, ShredReplayed, VaultOpened};
pub use read::{PartsWanted, PrivateError, PrivatePart, PrivateParts, Unreadable, UnreadablePart};
pub(crate) use read::{commitment, confirmed};

use crate::{
    blob::Blob,
    sidecar::{DATA_KEY_LEN, decode_data_key, encode_data_key},
};

/// A private part cannot be kept or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The vault, or what keeps its key-encryption keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The part was not sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The ledger is open read-only, without its vault.
    #[error(
        "the vault of this ledger is not at hand, expected it beside the data folder: private parts are read where it is"
    )]
    NotAtHand,
}

/// What the vault of a ledger in `folder` works with. Keys and nonces always come from the operating system, whatever
/// case ids and salts are drawn from: who knows a seed must not know them.
pub(crate) fn means(folder: &Path, ledger: LedgerId, disk: Disk) -> Means {
    let random = Arc::new(SystemRandom);
    Means {
        keys: Box::new(keyring(folder, ledger, disk.clone())),
        random,
        disk,
    }
}

pub(crate) fn keyring(folder: &Path, ledger: LedgerId, disk: Disk) -> FileKeyring {
    FileKeyring::new(folder, ledger, Arc::new(SystemRandom), disk)
}

/// How the vault names a case.
pub(crate) const fn vault_case(case: CaseId) -> VaultCase {
    VaultCase::from_bytes(case.to_bytes())
}

const fn case_id(case: VaultCase) -> CaseId {
    CaseId::from_bytes(case.to_bytes())
}

/// What unwraps data keys.
enum Opener {
    /// The vault of a ledger that is written.
    Vault(Vault),
    /// The keyring of one that is only read.
    Keyring(Box<dyn KeyEncryption>, Generation),
    /// One that is only read, without its vault.
    Nothing,
}

/// The present data keys.
pub(crate) struct DataKeys {
    opener: Opener,
    keys: HashMap<CaseId, WrappedKey>,
    /// How many there may be.
    max: usize,
    /// The key-encryption key that was destroyed last, as far as is known.
    destroyed: Option<Generation>,
}

impl fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKeys")
            .field("generation", &self.generation())
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

/// Saved data keys, all of one generation.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeysImage {
    /// 0 if no vault was at hand, and then there are no keys.
    generation: u32,
    keys: Blob,
}

impl KeysImage {
    /// Of keys of one generation, in a stable order. Sorted here, and not where they are copied: the writer waits for that.
    pub(crate) fn of(keys: Option<(Generation, Vec<(CaseId, WrappedKey)>)>) -> Self {
        let Some((generation, mut keys)) = keys else {
            return Self::default();
        };
        keys.sort_unstable_by_key(|(case, _)| *case);
        let mut bytes = Vec::with_capacity(keys.len() * DATA_KEY_LEN);
        for (case, wrapped) in &keys {
            bytes.extend_from_slice(&encode_data_key(*case, wrapped));
        }
        Self {
            generation: generation.get(),
            keys: Blob(bytes.into_boxed_slice()),
        }
    }

    fn generation(&self) -> Option<Generation> {
        Generation::new(self.generation)
    }

    fn keys(&self) -> impl Iterator<Item = (CaseId, WrappedKey)> {
        let records = self.keys.0.chunks_exact(DATA_KEY_LEN);
        records.filter_map(decode_data_key)
    }
}

/// What the destruction of data keys came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destroyed {
    /// The key-encryption key that was destroyed.
    pub(crate) generation: Generation,
    /// How many data keys were dropped.
    pub(crate) dropped: usize,
}

impl DataKeys {
    fn new(opener: Opener, keys: HashMap<CaseId, WrappedKey>) -> Self {
        let mut new = Self {
            opener,
            keys,
            max: KEYS_MAX,
            destroyed: None,
        };
        // Each generation takes the place of the one before.
        let now = new.generation();
        new.destroyed = now.and_then(|now| Generation::new(now.get() - 1));
        new
    }

    /// The key-encryption key that was destroyed last; none if none ever was.
    pub(crate) const fn destroyed(&self) -> Option<Generation> {
        self.destroyed
    }

    /// The generation of all of them; none if no vault is at hand.
    pub(crate) fn generation(&self) -> Option<Generation> {
        match &self.opener {
            Opener::Vault(vault) => Some(vault.generation()),
            Opener::Keyring(_, generation) => Some(*generation),
            Opener::Nothing => None,
        }
    }

    /// The key of a case.
    pub(crate) fn wrapped(&self, case: CaseId) -> Option<WrappedKey> {
        self.keys.get(&case).copied()
    }

    /// The cases that have a key.
    pub(crate) fn cases(&self) -> impl Iterator<Item = CaseId> {
        self.keys.keys().copied()
    }

    /// Makes the key of a case that has none, where `fresh` keys were made that are not among these yet. One more than can
    /// be wrapped anew would be in the way of every shred.
    pub(crate) fn make(
        &self,
        case: CaseId,
        fresh: usize,
    ) -> Result<(DataKey, WrappedKey), KeysError> {
        let found = self.keys.len() + fresh + 1;
        if found > self.max {
            return Err(VaultError::TooMany { found }.into());
        }
        match &self.opener {
            Opener::Vault(vault) => Ok(vault.new_key(vault_case(case))?),
            Opener::Keyring(..) | Opener::Nothing => Err(KeysError::NotAtHand),
        }
    }

    pub(crate) fn unwrap(&self, case: CaseId, wrapped: &WrappedKey) -> Result<DataKey, KeysError> {
        match &self.opener {
            Opener::Vault(vault) => Ok(vault.unwrap(vault_case(case), wrapped)?),
            Opener::Keyring(keys, _) => Ok(keys
                .unwrap(vault_case(case), wrapped)
                .map_err(VaultError::from)?),
            Opener::Nothing => Err(KeysError::NotAtHand),
        }
    }

    /// Takes keys whose frame is durable.
    pub(crate) fn extend(&mut self, keys: impl IntoIterator<Item = (CaseId, WrappedKey)>) {
        self.keys.extend(keys);
    }

    /// Destroys the keys of these cases, whether they have one or not, by wrapping all others anew.
    pub(crate) fn destroy(
        &mut self,
        cases: &BTreeSet<CaseId>,
        size: Size,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Destroyed, RewrapError> {
        let Opener::Vault(vault) = &mut self.opener else {
            return Err(RewrapError::NotBegun(VaultError::Stopped));
        };
        let drop = cases.iter().copied().map(vault_case).collect();
        let current = self.keys.iter();
        let current = current.map(|(case, wrapped)| (vault_case(*case), *wrapped));
        let rewrapped = vault.rewrap(current, &drop, size, progress)?;
        self.destroyed = Some(rewrapped.destroyed);
        self.keys.clear();
        let keys = rewrapped.keys.into_iter();
        self.keys
            .extend(keys.map(|(case, wrapped)| (case_id(case), wrapped)));
        Ok(Destroyed {
            generation: rewrapped.destroyed,
            dropped: rewrapped.dropped,
        })
    }

    /// A copy of the keys, with their generation; none if no vault is at hand.
    pub(crate) fn copied(&self) -> Option<(Generation, Vec<(CaseId, WrappedKey)>)> {
        let generation = self.generation()?;
        let keys = self.keys.iter().map(|(case, wrapped)| (*case, *wrapped));
        Some((generation, keys.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_made_that_could_not_be_wrapped_anew() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("vault");
        let ledger = LedgerId::from_bytes([7; 16]);
        let vault = Vault::create(&folder, ledger, means(&folder, ledger, Disk::default()));
        let mut keys = DataKeys::new(Opener::Vault(vault.unwrap()), HashMap::new());
        assert_eq!(keys.max, KEYS_MAX);
        keys.max = 2;
        let [one, two, three] = [1, 2, 3].map(|number| CaseId::from_bytes([number; 16]));
        let (_, first) = keys.make(one, 0).unwrap();
        let (_, second) = keys.make(two, 1).unwrap();
        let full = |found| move |error: &KeysError| matches!(error, KeysError::Vault(VaultError::TooMany { found: of }) if *of == found);
        // Of the same submission, or group.
        assert!(keys.make(three, 2).is_err_and(|error| full(3)(&error)));
        keys.extend([(one, first), (two, second)]);
        assert!(keys.make(three, 0).is_err_and(|error| full(3)(&error)));
        // A shred makes room.
        let gone = BTreeSet::from([one]);
        keys.destroy(&gone, Size::new(5), &mut |_done, _of| ())
            .unwrap();
        keys.make(three, 0).unwrap();
    }
}
