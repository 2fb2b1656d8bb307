//! Where one ledger lives.
//!
//! ```text
//! <data>/          journal, derived store, meta file: what a backup copies
//! <data>.keys/     mode 0700: checkpoint.key (signs checkpoints), index.key (makes pseudonyms),
//!                  checkpoint-<id>.key (a key that replaces an earlier one)
//! <data>.vault/    mode 0700: the keys of private parts
//! <data>.guard     the rollback guard
//! ```
//!
//! Keys, vault and guard lie beside the data folder, never in it: a copy of the data must bring neither the power to sign,
//! nor what opens private parts, nor its own idea of how far the ledger was.

use std::path::{Path, PathBuf};

use caseledger_chain::KeyId;
use caseledger_store::{GuardInside, Paths};

/// Name of the file with the key that was made with the ledger.
pub(crate) const FIRST_KEY: &str = "checkpoint.key";

/// Name of the file with a key that replaces an earlier one.
pub(crate) fn successor_key_name(id: KeyId) -> String {
    format!("checkpoint-{id}.key")
}

/// The places of one ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPaths {
    store: Paths,
    keys: PathBuf,
    vault: PathBuf,
}

/// A path lies inside the data folder, where a copy of the data would bring it along.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathsError {
    /// The rollback guard.
    #[error(transparent)]
    Guard(#[from] GuardInside),
    /// The keys.
    #[error(
        "key folder {keys} is inside the data folder {data}: put it on a path that is not copied with it"
    )]
    Keys {
        /// The key folder.
        keys: PathBuf,
        /// The data folder.
        data: PathBuf,
    },
    /// The vault.
    #[error(
        "vault {vault} is inside the data folder {data}: put it on a path that is not copied with it"
    )]
    Vault {
        /// The folder of the vault.
        vault: PathBuf,
        /// The data folder.
        data: PathBuf,
    },
}

impl LedgerPaths {
    /// The data folder, with keys and guard beside it under its name.
    ///
    /// # Errors
    /// [`PathsError`] for a data folder that has nothing beside it, such as `/`.
    pub fn beside(data: impl Into<PathBuf>) -> Result<Self, PathsError> {
        let data = data.into();
        let (keys, guard) = (named(&data, ".keys"), named(&data, ".guard"));
        Self::new(data, keys, guard)
    }

    /// Keys and guard at places of their own, the vault beside the data. Paths are compared as written.
    ///
    /// # Errors
    /// [`PathsError`] when keys or guard lie inside the data folder.
    pub fn new(
        data: impl Into<PathBuf>,
        keys: impl Into<PathBuf>,
        guard: impl Into<PathBuf>,
    ) -> Result<Self, PathsError> {
        let (data, keys) = (data.into(), keys.into());
        if keys.starts_with(&data) {
            return Err(PathsError::Keys { keys, data });
        }
        let vault = named(&data, ".vault");
        Ok(Self {
            store: Paths::new(data, guard)?,
            keys,
            vault,
        })
    }

    /// The same with the vault at a place of its own.
    ///
    /// # Errors
    /// [`PathsError`] when it lies inside the data folder.
    pub fn with_vault(self, vault: impl Into<PathBuf>) -> Result<Self, PathsError> {
        let vault = vault.into();
        if vault.starts_with(self.data()) {
            let data = self.data().to_owned();
            return Err(PathsError::Vault { vault, data });
        }
        Ok(Self { vault, ..self })
    }

    /// The data folder and the guard.
    pub const fn store(&self) -> &Paths {
        &self.store
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        self.store.data()
    }

    /// The key folder.
    pub fn keys(&self) -> &Path {
        &self.keys
    }

    /// The folder of the vault.
    pub fn vault(&self) -> &Path {
        &self.vault
    }

    /// The file with the key that signs checkpoints.
    pub fn checkpoint_key(&self) -> PathBuf {
        self.keys.join(FIRST_KEY)
    }

    /// The file with a key that replaces an earlier one, by its id.
    pub fn successor_key(&self, id: KeyId) -> PathBuf {
        self.keys.join(successor_key_name(id))
    }

    /// The file with the key that makes pseudonyms and look-up tokens.
    pub fn index_key(&self) -> PathBuf {
        self.keys.join("index.key")
    }
}

/// What stands beside the data folder under its name.
fn named(data: &Path, suffix: &str) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    data.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_guard_stand_beside_the_data() {
        let paths = LedgerPaths::beside("/srv/ledger").unwrap();
        assert_eq!(paths.keys(), Path::new("/srv/ledger.keys"));
        assert_eq!(paths.store().guard(), Path::new("/srv/ledger.guard"));
        assert_eq!(paths.vault(), Path::new("/srv/ledger.vault"));
        assert_eq!(
            paths.checkpoint_key(),
            Path::new("/srv/ledger.keys/checkpoint.key")
        );
    }

    #[test]
    fn refuses_keys_vault_or_guard_inside_the_data() {
        let keys = LedgerPaths::new("/a/data", "/a/data/keys", "/a/guard");
        assert!(matches!(keys, Err(PathsError::Keys { .. })));
        let guard = LedgerPaths::new("/a/data", "/a/keys", "/a/data/guard");
        assert!(matches!(guard, Err(PathsError::Guard(_))));
        let beside = || LedgerPaths::beside("/a/data").unwrap();
        let vault = beside().with_vault("/a/data/vault");
        assert!(matches!(vault, Err(PathsError::Vault { .. })));
        let elsewhere = beside().with_vault("/b/vault").unwrap();
        assert_eq!(elsewhere.vault(), Path::new("/b/vault"));
    }
}
