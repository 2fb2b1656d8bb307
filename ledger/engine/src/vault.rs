//! Replacing the key-encryption key of private parts on a ledger that nobody serves, and showing what there is
//! (docs/VAULT.md).
//!
//! ```text
//! rotate   all data keys are wrapped anew, and the key-encryption key before is destroyed, as in a shred
//!          that drops nothing; a crash leaves it done or not begun
//! ```
//!
//! Nothing is recorded of a rotation. No entry depends on which key-encryption key there is: what is read is the same before
//! and after it, and who has the entries alone could not check such a statement. What a shred destroyed is another matter,
//! and is recorded.

use std::{fmt, path::Path, sync::Arc};

use caseledger_chain::{LedgerId, Size};
use caseledger_store::{Meta, MetaError};
use caseledger_vault::{Disk, FileKeyring, Generation, RewrapError, Vault, VaultError};

use crate::{
    clock::Clock,
    engine::{CloseError, Engine},
    paths::LedgerPaths,
    private::keyring,
    recovery::{Config, OpenError},
};

pub use caseledger_vault::TABLE;

pub use crate::private::LEAP;

/// The key-encryption key was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The ledger was not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The vault.
    #[error(transparent)]
    Rewrap(#[from] RewrapError),
    /// The ledger was not closed; the key is replaced all the same.
    #[error("{done}; this is done, although the ledger was not closed well: {source}")]
    Close {
        /// What was done.
        done: KeysRotated,
        /// What went wrong then.
        #[source]
        source: CloseError,
    },
}

/// The key-encryption key was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeysRotated {
    /// Its generation.
    pub generation: Option<Generation>,
    /// The generation that was destroyed.
    pub destroyed: Generation,
    /// Data keys that were wrapped anew.
    pub keys: usize,
}

impl fmt::Display for KeysRotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            generation,
            destroyed,
            keys,
        } = self;
        let generation = generation.map_or(0, Generation::get);
        write!(
            f,
            "key-encryption key of generation {generation} is in force, that of generation {destroyed} destroyed, and {keys} \
             data keys wrapped anew"
        )
    }
}

/// Replaces the key-encryption key. `progress` hears how many data keys of how many are wrapped anew.
///
/// # Errors
/// [`RotateError`]; asked again, it goes on where it was.
pub fn rotate(
    config: &Config,
    clock: &Arc<dyn Clock>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<KeysRotated, RotateError> {
    let (engine, _) = Engine::open(config, Arc::clone(clock), &|_step| ())?;
    let done = engine.rotate_keys(progress)?;
    // Saves the new keys: what was saved before has wrapped ones that open nothing.
    match engine.close() {
        Ok(()) => Ok(done),
        Err(source) => Err(RotateError::Close { done, source }),
    }
}

/// What the vault of a ledger has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaultShown {
    /// Generation of the key-encryption key.
    pub generation: Generation,
    /// Size of the ledger at the last re-wrap.
    pub size: Size,
    /// Data keys that lived then; those that were made since stand in the journal.
    pub keys: usize,
}

/// The vault of a ledger cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// There is no ledger.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Looks at the vault of the ledger at `paths`, and checks that keyring and table belong together. Nothing is changed, and
/// a server may have the ledger open.
///
/// # Errors
/// [`ShowError`] if it is missing, damaged, or open to others.
pub fn shown(paths: &LedgerPaths) -> Result<VaultShown, ShowError> {
    let ledger = Meta::read(paths.store())?.ledger();
    let keyring = keyring(paths.vault(), ledger, Disk::default());
    let table = Vault::look(paths.vault(), ledger, &keyring, None)?;
    Ok(VaultShown {
        generation: table.generation(),
        size: table.size(),
        keys: table.keys().len(),
    })
}

/// The generation and the size of the ledger at the last re-wrap, as the key table in `folder` says them. No key-encryption
/// key is needed, so `folder` may be a copy of a vault, or of a part of it.
///
/// # Errors
/// [`VaultError`] if there is no table of `ledger`, or it cannot be read.
pub fn age(folder: &Path, ledger: LedgerId) -> Result<(Generation, Size), VaultError> {
    let table = Vault::table(folder, ledger)?;
    Ok((table.generation(), table.size()))
}

/// The generation of the key-encryption key in a file of a vault, by its name; none for any other file.
pub fn generation_of(name: &str) -> Option<u32> {
    FileKeyring::generation_of(name).map(Generation::get)
}
