//! Keys of signed notes (C2SP signed-note): a name, a short id, and an Ed25519 key.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer as _, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::base64;
use crate::hex;

pub use self::error::{KeyError, KeyNameError};

mod error;

const SKEY_PREFIX: &str = "PRIVATE+KEY+";

/// The name of a key: not empty, without white space, control characters and `+`.
///
/// By convention a URL without scheme. The key of a log has the name of its origin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// Refuses an empty name and any character that would break a signature line or a key text.
    pub fn parse(text: &str) -> Result<Self, KeyNameError> {
        if text.is_empty() {
            return Err(KeyNameError::Empty);
        }
        let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        match text.char_indices().find(|(_, c)| forbidden(*c)) {
            Some((offset, found)) => Err(KeyNameError::Character { offset, found }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        Self::parse(text)
    }
}

/// The first four bytes of SHA-256(name || 0x0A || algorithm || public key). It tells keys of one
/// name apart; it proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// Length in bytes.
    pub const LEN: usize = 4;

    fn new(name: &KeyName, algorithm: Algorithm, public: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(name.as_str());
        hash.update([b'\n', algorithm.code()]);
        hash.update(public);
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        Self([a, b, c, d])
    }

    pub(crate) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The four bytes.
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(f, &self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// The text of a note, with Ed25519 (type 0x01): the key of a log.
    Ed25519,
    /// A checkpoint and the time it was seen, with Ed25519 (type 0x04, cosignature/v1): the key
    /// of a witness.
    CosignatureV1,
}

impl Algorithm {
    /// The type byte of C2SP signed-note.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    const fn from_code(code: u8) -> Result<Self, KeyError> {
        match code {
            0x01 => Ok(Self::Ed25519),
            0x04 => Ok(Self::CosignatureV1),
            found => Err(KeyError::Algorithm { found }),
        }
    }
}

/// A public key that checks signatures on notes. Its text form is the "vkey" that auditors pin.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    algorithm: Algorithm,
    public: VerifyingKey,
}

impl VerifierKey {
    /// Takes a public key in its 32-byte form.
    ///
    /// # Errors
    ///
    /// Refuses bytes that are not a point of the curve, and weak keys, under which signatures
    /// hold for many texts.
    pub fn new(name: KeyName, algorithm: Algorithm, public: &[u8; 32]) -> Result<Self, KeyError> {
        let id = KeyId::new(&name, algorithm, public);
        let public = VerifyingKey::from_bytes(public).map_err(|_opaque| KeyError::Point)?;
        if public.is_weak() {
            return Err(KeyError::Point);
        }
        Ok(Self {
            name,
            id,
            algorithm,
            public,
        })
    }

    /// Reads the text form `<name>+<8 hex digits of the id>+<base64(type || public key)>`.
    ///
    /// # Errors
    ///
    /// Refuses any deviation, an id that does not belong to the key, and unknown algorithms.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, algorithm, public) = parse_parts(text)?;
        let key = Self::new(name, algorithm, &public)?;
        key.id.check(id)?;
        Ok(key)
    }

    /// Reads the text form of the key of a log.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`], and refuses the key of a witness: it signs no checkpoint.
    pub fn parse_log(text: &str) -> Result<Self, KeyError> {
        let key = Self::parse(text)?;
        match key.algorithm {
            Algorithm::Ed25519 => Ok(key),
            Algorithm::CosignatureV1 => Err(KeyError::OfWitness),
        }
    }

    /// The name of the key.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id of the key.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What the key signs.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key in its 32-byte form.
    pub fn public_bytes(&self) -> [u8; 32] {
        self.public.to_bytes()
    }

    /// Whether both wrap one public key, whatever their names and uses.
    pub(crate) fn same_public(&self, other: &Self) -> bool {
        self.public == other.public
    }

    /// Whether `signature` was made over `message` with the secret half of this key.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        // Strict: with the lenient rules a signature of a crafted key can hold for two texts.
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.public.verify_strict(message, &signature).is_ok()
    }
}

impl KeyId {
    fn check(self, found: Self) -> Result<(), KeyError> {
        if self == found {
            Ok(())
        } else {
            Err(KeyError::IdMismatch {
                expected: self,
                found,
            })
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_form(
            &self.name,
            self.id,
            self.algorithm,
            self.public.as_bytes(),
        ))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::parse(text)
    }
}

/// A secret key with its name. `Debug` shows the public half only; memory is wiped on drop.
pub struct SigningKey {
    secret: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

impl SigningKey {
    /// Makes the key of a log from its 32-byte seed, which is the secret.
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        Self::new(name, Algorithm::Ed25519, seed)
    }

    pub(crate) fn new(name: KeyName, algorithm: Algorithm, seed: &[u8; 32]) -> Self {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = secret.verifying_key();
        let id = KeyId::new(&name, algorithm, public.as_bytes());
        Self {
            secret,
            verifier: VerifierKey {
                name,
                id,
                algorithm,
                public,
            },
        }
    }

    /// Reads the text form that [`Self::expose_skey`] writes.
    ///
    /// # Errors
    ///
    /// Refuses any deviation, an id that does not belong to the key, and the type of a witness
    /// key.
    pub fn parse_skey(text: &str) -> Result<Self, KeyError> {
        Self::parse_skey_of(text, Algorithm::Ed25519)
    }

    pub(crate) fn parse_skey_of(text: &str, expected: Algorithm) -> Result<Self, KeyError> {
        let rest = text.strip_prefix(SKEY_PREFIX).ok_or(KeyError::Form)?;
        let (name, id, algorithm, seed) = parse_parts(rest)?;
        if algorithm != expected {
            return Err(KeyError::Algorithm {
                found: algorithm.code(),
            });
        }
        let key = Self::new(name, algorithm, &seed);
        key.verifier.id.check(id)?;
        Ok(key)
    }

    /// The secret as text: `PRIVATE+KEY+<name>+<8 hex digits>+<base64(0x01 || seed)>`, the form
    /// of golang.org/x/mod/sumdb/note. Whoever has it can sign as this log.
    pub fn expose_skey(&self) -> String {
        let VerifierKey {
            name,
            id,
            algorithm,
            ..
        } = &self.verifier;
        format!(
            "{SKEY_PREFIX}{}",
            text_form(name, *id, *algorithm, self.secret.as_bytes())
        )
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The text form of the public half.
    pub fn vkey(&self) -> String {
        self.verifier.to_string()
    }

    /// The name of the key.
    pub const fn name(&self) -> &KeyName {
        &self.verifier.name
    }

    pub(crate) fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, secret not shown)", self.verifier)
    }
}

/// `<name>+<id>+<base64(type || key)>`, shared by public and secret keys.
fn text_form(name: &KeyName, id: KeyId, algorithm: Algorithm, key: &[u8; 32]) -> String {
    let mut blob = [0; 33];
    let (code, bytes) = blob.split_at_mut(1);
    code.fill(algorithm.code());
    bytes.copy_from_slice(key);
    let mut out = format!("{name}+{id}+");
    base64::push(&mut out, &blob);
    out
}

/// The inverse of [`text_form`].
fn parse_parts(text: &str) -> Result<(KeyName, KeyId, Algorithm, [u8; 32]), KeyError> {
    // Base64 may hold a `+` too, so only the first two divide.
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Form);
    };
    let name = KeyName::parse(name).map_err(KeyError::Name)?;
    let id = KeyId(hex::parse(id).map_err(KeyError::Id)?);
    let [code, key @ ..] = base64::decode_array::<33>(key).map_err(KeyError::Base64)?;
    Ok((name, id, Algorithm::from_code(code)?, key))
}

#[cfg(test)]
mod tests;
