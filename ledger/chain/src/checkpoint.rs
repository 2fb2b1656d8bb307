//! Checkpoints (C2SP tlog-checkpoint v1.0.0): the signed statement "this log has this many
//! entries, and this is the root of the tree over them".
//!
//! ```text
//! <origin>
//! <size, decimal>
//! <root, base64>
//! [<extension line> ...]
//! ```

use std::fmt;
use std::str::FromStr;

use crate::decimal;
use crate::digest::{Digest, empty_root};
use crate::key::{Algorithm, KeyName, KeyNameError, SigningKey, VerifierKey};
use crate::note::Note;
use crate::position::Size;

pub use self::error::CheckpointError;

mod error;

/// The identity of a log: one origin has one append-only history, forever. Its key has the same
/// name, so it obeys the same rules; by convention it is a URL without scheme.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(KeyName);

impl Origin {
    /// Reads an origin.
    ///
    /// # Errors
    ///
    /// Refuses what is not the name of a key.
    pub fn parse(text: &str) -> Result<Self, KeyNameError> {
        KeyName::parse(text).map(Self)
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name that the key of this log has.
    pub const fn key_name(&self) -> &KeyName {
        &self.0
    }
}

impl From<KeyName> for Origin {
    fn from(name: KeyName) -> Self {
        Self(name)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Origin {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        Self::parse(text)
    }
}

/// A line after the root: not empty, without control characters. The ledger writes none; other
/// logs may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension(String);

impl Extension {
    /// Reads a line, without its line end.
    ///
    /// # Errors
    ///
    /// Refuses an empty line and control characters.
    pub fn parse(line: &str) -> Result<Self, CheckpointError> {
        if line.is_empty() || line.bytes().any(|byte| byte < 0x20) {
            return Err(CheckpointError::Extension);
        }
        Ok(Self(line.to_owned()))
    }

    /// The line, without its line end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The state of a log at one size. Holding one says nothing about who signed it: what came from
/// elsewhere is an [`UnverifiedCheckpoint`] first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: Origin,
    /// How many entries it has.
    pub size: Size,
    /// The root of the tree over them.
    pub root: Digest,
    /// Lines after the root.
    pub extensions: Vec<Extension>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub const fn new(origin: Origin, size: Size, root: Digest) -> Self {
        Self {
            origin,
            size,
            root,
            extensions: Vec::new(),
        }
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.origin.as_str().len() + 80);
        text.push_str(self.origin.as_str());
        text.push('\n');
        text.push_str(&self.size.to_string());
        text.push('\n');
        self.root.push_base64(&mut text);
        text.push('\n');
        for extension in &self.extensions {
            text.push_str(extension.as_str());
            text.push('\n');
        }
        text
    }

    /// Signs the text with the key of the log.
    ///
    /// The caller answers for never signing two checkpoints that contradict each other.
    ///
    /// # Errors
    ///
    /// Refuses a key whose name is not the origin, and size 0 with another root than that of the
    /// tree without leaves.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedCheckpoint, CheckpointError> {
        self.sign_also(key, &[])
    }

    /// The same with a line more for each of `others`, in their order: keys of the log, too, while one replaces
    /// another.
    ///
    /// # Errors
    ///
    /// As for [`Self::sign`], for any of the keys.
    pub fn sign_also(
        &self,
        key: &SigningKey,
        others: &[&SigningKey],
    ) -> Result<SignedCheckpoint, CheckpointError> {
        self.check(key.verifier())?;
        self.check_empty()?;
        let text = self.text();
        let mut note = key.sign(&text).map_err(CheckpointError::Note)?;
        for other in others {
            self.check(other.verifier())?;
            other.push_signature(&mut note, &text);
        }
        Ok(SignedCheckpoint {
            checkpoint: self.clone(),
            note,
        })
    }

    /// Opens a signed checkpoint of the log whose key is `key`.
    ///
    /// # Errors
    ///
    /// Refuses the key of a witness, and what is not a checkpoint, not of this log, or not signed
    /// by this key.
    pub fn open(note: &[u8], key: &VerifierKey) -> Result<Self, CheckpointError> {
        UnverifiedCheckpoint::parse(note)?.verify(key)
    }

    /// Reads the text of a checkpoint, as it stands in a note.
    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let text = text
            .strip_suffix('\n')
            .ok_or(CheckpointError::Lines { found: 0 })?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines {
                found: text.split('\n').count(),
            });
        };
        let origin = Origin::parse(origin).map_err(CheckpointError::Origin)?;
        let size = Size::new(decimal::parse(size).ok_or(CheckpointError::Size)?);
        let root = Digest::from_base64(root).map_err(CheckpointError::Root)?;
        let extensions = lines.map(Extension::parse).collect::<Result<_, _>>()?;
        Ok(Self {
            origin,
            size,
            root,
            extensions,
        })
    }

    fn check(&self, key: &VerifierKey) -> Result<(), CheckpointError> {
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(CheckpointError::KeyType {
                expected: Algorithm::Ed25519.code(),
                found: key.algorithm().code(),
            });
        }
        if self.origin.key_name() != key.name() {
            return Err(CheckpointError::OtherLog {
                expected: key.name().clone(),
                found: self.origin.clone(),
            });
        }
        Ok(())
    }

    fn check_empty(&self) -> Result<(), CheckpointError> {
        if self.size.is_zero() && self.root != empty_root() {
            return Err(CheckpointError::EmptyRoot {
                expected: empty_root(),
                found: self.root,
            });
        }
        Ok(())
    }
}

/// A checkpoint with the note that carries its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: String,
}

impl SignedCheckpoint {
    /// What was signed.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note: the text to publish and to put into proofs.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Takes the note.
    pub fn into_note(self) -> String {
        self.note
    }
}

/// A checkpoint that parses, and that anybody may have made up.
#[derive(Clone, Debug)]
pub struct UnverifiedCheckpoint<'a> {
    note: Note<'a>,
    checkpoint: Checkpoint,
}

impl<'a> UnverifiedCheckpoint<'a> {
    /// Reads a note without verifying its signatures.
    ///
    /// # Errors
    ///
    /// Refuses what is not a note, or whose text is not a checkpoint in its one canonical form.
    pub fn parse(note: &'a [u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(note).map_err(CheckpointError::Note)?;
        let checkpoint = Checkpoint::parse(note.text_unverified())?;
        Ok(Self { note, checkpoint })
    }

    /// The log it claims to be of; only good for choosing the key to verify it with.
    pub const fn origin_unverified(&self) -> &Origin {
        &self.checkpoint.origin
    }

    /// What it says, which nobody need have signed: only good for telling what else is wrong.
    pub fn into_unverified(self) -> Checkpoint {
        self.checkpoint
    }

    /// The size it claims; only good for refusing what cannot be.
    pub(crate) const fn size_unverified(&self) -> Size {
        self.checkpoint.size
    }

    /// Verifies that the log whose key is `key` signed it.
    ///
    /// # Errors
    ///
    /// Refuses the key of a witness, another origin than the name of the key, a signature that is
    /// missing or wrong, and then size 0 with another root than that of the tree without leaves.
    pub fn verify(self, key: &VerifierKey) -> Result<Checkpoint, CheckpointError> {
        self.checkpoint.check(key)?;
        self.note
            .verify(std::slice::from_ref(key))
            .map_err(CheckpointError::Note)?;
        self.checkpoint.check_empty()?;
        Ok(self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
