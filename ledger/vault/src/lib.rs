//! What is personal in a ledger: kept apart from the entries, readable while its key lives, and gone with it.
//!
//! No clock, no async. Nothing secret is ever shown.

pub use disk::{Disk, FileError, Step, Verdict, Watch};
pub use encryption::{KeyEncryption, KeyError};
pub use key::{DataKey, Generation, VaultCase, WrappedKey, WrappedKeyError};
pub use keyring::FileKeyring;
pub use part::{
    OpenError, OpenedPart, PART_MAX, Place, RECORD_OVERHEAD, SealError, commitment, open_part,
    seal_part,
};
pub use random::{NoRandomness, Random, SystemRandom};

mod disk;
mod encryption;
#[cfg(test)]
mod fixtures;
mod key;
mod keyring;
mod part;
mod random;
mod secret;
