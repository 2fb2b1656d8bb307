//! Files of keys that organisations sign their submissions with. They are kept like the keys of a ledger, and by somebody
//! else: the ledger never has one.

use std::path::Path;

use caseledger_chain::{KeyName, KeyNameError, SigningKey};
use caseledger_domain::OrgId;
use zeroize::Zeroizing;

use crate::{
    identity::{KeyFileError, parse_signing_key, write_secret},
    random::{NoRandomness, Random},
};

/// A key was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    /// The file exists already, or cannot be written.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The organisation's id is no name of a key.
    #[error(transparent)]
    Name(#[from] KeyNameError),
    /// The system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Makes a key of an organisation, whose id is its name, in a new file of mode 0600.
///
/// # Errors
/// [`CreateKeyError`] if the file exists or cannot be written, or the system gives no random bytes.
pub fn create(path: &Path, of: OrgId, random: &dyn Random) -> Result<SigningKey, CreateKeyError> {
    let mut seed = Zeroizing::new([0; 32]);
    random.fill(&mut *seed)?;
    let name = KeyName::parse(of.as_str())?;
    let key = SigningKey::from_seed(name, &seed);
    let mut text = Zeroizing::new(key.expose_skey());
    text.push('\n');
    write_secret(path, &text)?;
    Ok(key)
}

/// Reads a key.
///
/// # Errors
/// [`KeyFileError`] if there is none, or others than its owner can read it.
pub fn read(path: &Path) -> Result<SigningKey, KeyFileError> {
    parse_signing_key(path)
}
