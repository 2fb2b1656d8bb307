//! [`DataKey`], [`WrappedKey`], and what they are of.

use std::{fmt, num::NonZero};

use caseledger_chain::LedgerId;

use crate::{
    random::{NoRandomness, Random},
    secret::{NONCE_LEN, Refused, Secret, TAG_LEN, open, seal},
};

/// What the associated data of a wrapped key begins with.
const CONTEXT: &[u8] = b"caseledger v1 data key\0";

/// A case as the vault knows it: the 16 bytes of its id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VaultCase([u8; 16]);

impl VaultCase {
    /// Takes the 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for VaultCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for VaultCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultCase({self})")
    }
}

/// Which key-encryption key: 1 for the first, one more with each re-wrap, or many more where an old copy is taken back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(NonZero<u32>);

impl Generation {
    /// The generation that a vault is made with.
    pub const FIRST: Self = Self(NonZero::<u32>::MIN);

    /// Takes a number; `None` for 0.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZero::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The generation after this one; `None` after the last that 32 bits can count.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Generation({self})")
    }
}

/// The key under which the private parts of one case are sealed. Wiped when dropped, never shown, and not to be cloned:
/// it is unwrapped for a use and gone after it.
pub struct DataKey(Secret);

impl DataKey {
    /// A new key.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random(random: &dyn Random) -> Result<Self, NoRandomness> {
        Secret::random(random).map(Self)
    }

    /// A key whose 32 bytes come from `write`, which fills them in place: for what unwraps keys elsewhere, such as in a
    /// hardware module.
    ///
    /// # Errors
    /// What `write` says.
    pub fn filled<E>(write: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
        Secret::filled(write).map(Self)
    }

    /// The 32 bytes, for what wraps keys elsewhere. A copy of them has to be wiped.
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.0
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(not shown)")
    }
}

/// A [`DataKey`], encrypted under a key-encryption key. It is no secret as long as that key is one, and opens nothing
/// once that key is destroyed.
///
/// ```text
/// generation u32 BE | nonce 24 | sealed key 32 + 16
/// ```
///
/// What stands behind the generation is the business of the [`KeyEncryption`](crate::KeyEncryption) that wrapped it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WrappedKey {
    generation: Generation,
    nonce: [u8; NONCE_LEN],
    sealed: [u8; 32],
    tag: [u8; TAG_LEN],
}

/// Bytes are no wrapped key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrappedKeyError {
    /// Generations count from 1.
    #[error("wrapped key has generation 0, expected 1 or more")]
    Generation,
    /// Too short or too long.
    #[error("wrapped key has {found} bytes, expected {}", WrappedKey::LEN)]
    Length {
        /// Length found in bytes.
        found: usize,
    },
}

impl WrappedKey {
    /// Length in bytes.
    pub const LEN: usize = 4 + NONCE_LEN + 32 + TAG_LEN;

    /// Reads the bytes. Whether they open is another question.
    ///
    /// # Errors
    /// [`WrappedKeyError`] for another length, and for generation 0.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WrappedKeyError> {
        let length = WrappedKeyError::Length { found: bytes.len() };
        let bytes: &[u8; Self::LEN] = bytes.try_into().map_err(|_length| length)?;
        let (generation, rest) = bytes.split_first_chunk().ok_or(length)?;
        let (nonce, rest) = rest.split_first_chunk().ok_or(length)?;
        let (sealed, rest) = rest.split_first_chunk().ok_or(length)?;
        Ok(Self {
            generation: Generation::new(u32::from_be_bytes(*generation))
                .ok_or(WrappedKeyError::Generation)?,
            nonce: *nonce,
            sealed: *sealed,
            tag: rest.try_into().map_err(|_length| length)?,
        })
    }

    /// The bytes.
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let (generation, rest) = bytes.split_at_mut(4);
        let (nonce, rest) = rest.split_at_mut(NONCE_LEN);
        let (sealed, tag) = rest.split_at_mut(32);
        generation.copy_from_slice(&self.generation.get().to_be_bytes());
        nonce.copy_from_slice(&self.nonce);
        sealed.copy_from_slice(&self.sealed);
        tag.copy_from_slice(&self.tag);
        bytes
    }

    /// The key-encryption key that opens it.
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// Encrypts `key` under a key-encryption key.
    pub(crate) fn seal(
        kek: &Secret,
        generation: Generation,
        ledger: LedgerId,
        case: VaultCase,
        key: &DataKey,
        nonce: [u8; NONCE_LEN],
    ) -> Result<Self, Refused> {
        // Encrypted where it will stand: the plain bytes are at no other place.
        let mut wrapped = Self {
            generation,
            nonce,
            sealed: *key.expose(),
            tag: [0; TAG_LEN],
        };
        let associated = associated(ledger, case, generation);
        wrapped.tag = seal(kek, &nonce, &associated, &mut wrapped.sealed)?;
        Ok(wrapped)
    }

    /// The key in it.
    pub(crate) fn open(
        &self,
        kek: &Secret,
        ledger: LedgerId,
        case: VaultCase,
    ) -> Result<DataKey, Refused> {
        let associated = associated(ledger, case, self.generation);
        DataKey::filled(|bytes| {
            *bytes = self.sealed;
            open(kek, &self.nonce, &associated, bytes, &self.tag)
        })
    }
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrappedKey")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// What a wrapped key is bound to.
fn associated(ledger: LedgerId, case: VaultCase, generation: Generation) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(CONTEXT.len() + 36);
    bytes.extend(CONTEXT);
    bytes.extend(ledger.to_bytes());
    bytes.extend(case.to_bytes());
    bytes.extend(generation.get().to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests;
