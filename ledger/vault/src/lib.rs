//! What is personal in a ledger: kept apart from the entries, readable while its key lives, and gone with it.
//!
//! ```text
//! key-encryption key   of a generation; in a keyring, outside journal and store
//!      | wraps
//! data key             of a case; wrapped in the table `datakeys`, and in the journal since the last re-wrap
//!      | seals
//! private part         of an entry; sealed in the journal and in what is derived from it
//!      | commits to
//! entry                has the salted hash of the part, for ever
//! ```
//!
//! Sealed records and wrapped keys are in files that are copied, backed up and kept. None of them can be called back. So
//! what has to be forgotten is not deleted there: all data keys but the ones to forget are wrapped anew, and
//! the one key that opened the old copies is destroyed ([`Vault::rewrap`]). The rename of the new table is the commit
//! point, and [`Vault::open`] finishes or undoes whatever a crash cut short.
//!
//! What no code can reach is a *copy of a keyring file*: with it, every record and wrapped key of its generation opens
//! again. `docs/VAULT.md` has every byte, and says what shredding reaches.
//!
//! No clock, no async; files are touched in one module only. Nothing secret is ever shown.
//!
//! # Example
//!
//! ```
//! use std::{collections::BTreeSet, path::Path, sync::Arc};
//!
//! use caseledger_chain::{LedgerId, Position, Size};
//! use caseledger_vault::{
//!     Disk, FileKeyring, Means, Place, SystemRandom, Vault, VaultCase, open_part, seal_part,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let temporary = tempfile::tempdir()?;
//! # let folder: &Path = &temporary.path().join("ledger.vault");
//! let ledger = LedgerId::from_bytes([7; 16]);
//! let random = Arc::new(SystemRandom);
//! let disk = Disk::default();
//! let keys = FileKeyring::new(folder, ledger, random.clone(), disk.clone());
//! let means = Means { keys: Box::new(keys), random, disk };
//! let mut vault = Vault::create(folder, ledger, means)?;
//!
//! let case = VaultCase::from_bytes([1; 16]);
//! let (key, wrapped) = vault.new_key(case)?;
//! let place = Place { ledger, case, position: Position::new(4) };
//! let record = seal_part(&key, &place, &[3; 32], b"a name", &SystemRandom)?;
//!
//! let key = vault.unwrap(case, &wrapped)?;
//! assert_eq!(open_part(&key, &place, &record)?.plaintext(), b"a name");
//!
//! // Shredded: the record and the wrapped key are still there, and open nothing.
//! let shred = BTreeSet::from([case]);
//! vault.rewrap([(case, wrapped)], &shred, Size::new(5), &mut |_, _| ())?;
//! assert!(vault.unwrap(case, &wrapped).is_err());
//! # Ok(())
//! # }
//! ```

pub use disk::{Disk, FileError, Step, Verdict, Watch};
pub use encryption::{KeyEncryption, KeyError};
pub use key::{DataKey, Generation, VaultCase, WrappedKey, WrappedKeyError};
pub use keyring::FileKeyring;
pub use part::{
    OpenError, OpenedPart, PART_MAX, Place, RECORD_OVERHEAD, SealError, commitment, open_part,
    seal_part,
};
pub use random::{NoRandomness, Random, SystemRandom, system_bytes};
pub use table::{KEYS_MAX, Table, TableFault};
pub use vault::{Finished, Means, Opened, RewrapError, Rewrapped, TABLE, Vault, VaultError};

mod disk;
mod encryption;
#[cfg(test)]
mod fixtures;
mod key;
mod keyring;
mod part;
mod random;
mod secret;
mod table;
mod vault;
