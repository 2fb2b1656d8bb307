//! Cosignatures of witnesses (C2SP tlog-cosignature, cosignature/v1, Ed25519, type 0x04).
//!
//! A witness says: at this time, this checkpoint was the largest I had seen of this log, and it
//! extends all I had seen before. Two checkpoints that contradict each other cannot both get
//! that statement from an honest witness.

use std::error::Error;
use std::fmt;

use crate::key::{Algorithm, KeyError, KeyName, SigningKey, VerifierKey};
use crate::note::{self, Statement};

/// The latest time that can be signed: 2^63 - 1.
const TIME_MAX: u64 = i64::MAX as u64;

/// The key of a witness. It must not be used for anything else: the signed message does not name
/// the witness.
#[derive(Debug)]
pub struct CosigningKey {
    key: SigningKey,
}

/// A time that no cosignature can state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeError {
    found: u64,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cosignature time is {}, expected at most {TIME_MAX} seconds",
            self.found
        )
    }
}

impl Error for TimeError {}

impl CosigningKey {
    /// Makes the key of a witness from its 32-byte seed, which is the secret.
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        Self {
            key: SigningKey::new(name, Algorithm::CosignatureV1, seed),
        }
    }

    /// Reads the text form that [`Self::expose_skey`] writes.
    ///
    /// # Errors
    ///
    /// Refuses any deviation, an id that does not belong to the key, and the type of a log key.
    pub fn parse_skey(text: &str) -> Result<Self, KeyError> {
        let key = SigningKey::parse_skey_of(text, Algorithm::CosignatureV1)?;
        Ok(Self { key })
    }

    /// The secret as text: `PRIVATE+KEY+<name>+<8 hex digits>+<base64(0x04 || seed)>`. Whoever has
    /// it can sign as this witness.
    pub fn expose_skey(&self) -> String {
        self.key.expose_skey()
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// The signature line, with its line end, that says the checkpoint with this text was seen at
    /// `time`, in seconds since 1970-01-01T00:00:00Z. Appended to a note of that text it makes a
    /// cosigned note.
    ///
    /// # Errors
    ///
    /// Refuses a time above 2^63 - 1.
    pub fn cosign(&self, checkpoint_text: &str, time: u64) -> Result<String, TimeError> {
        if time > TIME_MAX {
            return Err(TimeError { found: time });
        }
        let signature = self
            .key
            .sign_bytes(message(time, checkpoint_text).as_bytes());
        let mut line = String::new();
        note::push_line(
            &mut line,
            self.verifier(),
            &[&time.to_be_bytes(), &signature],
        );
        Ok(line)
    }
}

/// What the signature says, if it holds for the text.
pub(crate) fn verify(key: &VerifierKey, text: &str, signature: &[u8]) -> Option<Statement> {
    let (time, signature) = signature.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    let signature = <&[u8; 64]>::try_from(signature).ok()?;
    let holds = time <= TIME_MAX && key.verifies(message(time, text).as_bytes(), signature);
    holds.then_some(Statement::Cosigned { time })
}

fn message(time: u64, checkpoint_text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{checkpoint_text}")
}

#[cfg(test)]
mod tests;
