//! [`KeyEncryption`]: the seam between the vault and whatever keeps its key-encryption keys.

use std::{error::Error, fmt, path::PathBuf};

use caseledger_chain::LedgerId;

use crate::{
    disk::FileError,
    key::{DataKey, Generation, VaultCase, WrappedKey},
    random::NoRandomness,
};

/// Keeps key-encryption keys and uses them: files ([`FileKeyring`](crate::FileKeyring)), or a service or module from which
/// the keys never come out. It is made for one ledger and binds every wrapped key to ledger, case and generation.
///
/// What shredding is worth rests on [`destroy`](KeyEncryption::destroy): a keyring that keeps copies keeps the data, too.
pub trait KeyEncryption: fmt::Debug + Send + Sync {
    /// Every generation of which anything is left, also of one whose creation or destruction did not finish;
    /// in ascending order.
    ///
    /// # Errors
    /// [`KeyError`] if it cannot be told.
    fn generations(&self) -> Result<Vec<Generation>, KeyError>;

    /// Makes the key of a generation, durably.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Exists`] if there is one.
    fn create(&mut self, generation: Generation) -> Result<(), KeyError>;

    /// Destroys the key of a generation, durably, and whatever is left of an attempt to make or destroy it.
    /// Nothing that was wrapped under it opens afterwards. One that is not there is destroyed already.
    ///
    /// # Errors
    /// [`KeyError`]; then it may still be there.
    fn destroy(&mut self, generation: Generation) -> Result<(), KeyError>;

    /// Wraps a data key.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Missing`] if there is no key of this generation.
    fn wrap(
        &self,
        generation: Generation,
        case: VaultCase,
        key: &DataKey,
    ) -> Result<WrappedKey, KeyError>;

    /// Unwraps a data key.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Missing`] if the key-encryption key is not there, [`KeyError::Refused`] if it is, and does not
    /// open it.
    fn unwrap(&self, case: VaultCase, wrapped: &WrappedKey) -> Result<DataKey, KeyError>;
}

/// A key-encryption key cannot be used. No variant holds any key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A key of that generation is there already.
    #[error(
        "key-encryption key of generation {generation} exists already: open the vault again, which clears up"
    )]
    Exists {
        /// The generation.
        generation: Generation,
    },
    /// The operating system refused, or a file is not as it has to be.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is none.
    #[error(
        "key-encryption key of generation {generation} is missing: restore it from its backup; if it was destroyed, \
         what it wrapped cannot be opened any more"
    )]
    Missing {
        /// The generation.
        generation: Generation,
    },
    /// No random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The key of that generation does not open it.
    #[error(
        "data key of case {case} does not open with the key-encryption key of generation {generation}: it was wrapped \
         under another key, or for another case or ledger, or is damaged, which cannot be told apart: restore keyring \
         and data keys from backups of one time"
    )]
    Refused {
        /// The case it was to be of.
        case: VaultCase,
        /// The generation that it names.
        generation: Generation,
    },
    /// The service or module that keeps the keys refused.
    #[error("cannot {op} the key-encryption key of generation {generation}")]
    Service {
        /// What was attempted.
        op: &'static str,
        /// The generation.
        generation: Generation,
        /// Its answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file of the keyring is damaged.
    #[error(
        "{path} is no keyring file of {expected} bytes with a matching checksum: restore it from its backup"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The length of one in bytes.
        expected: usize,
    },
    /// A file of the keyring holds the key of another generation than its name says.
    #[error(
        "{path} holds generation {found}, expected {expected}: restore the right file from its backup"
    )]
    OtherGeneration {
        /// The file.
        path: PathBuf,
        /// In its name.
        expected: Generation,
        /// In the file.
        found: u32,
    },
    /// A file of the keyring belongs to another ledger.
    #[error(
        "{path} belongs to ledger {found}, expected {expected}: restore the right file from its backup"
    )]
    OtherLedger {
        /// The file.
        path: PathBuf,
        /// The ledger that is being opened.
        expected: LedgerId,
        /// In the file.
        found: LedgerId,
    },
    /// A file of the keyring was written by another build.
    #[error("{path} has version {found}, expected {expected}: use a build that knows it")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version this build knows.
        expected: u8,
        /// The version found.
        found: u8,
    },
}
