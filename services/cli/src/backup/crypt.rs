//! Encryption for age recipients, and decryption with the identities in files.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use age::stream::{StreamReader, StreamWriter};
use age::x25519;
use caseledger_engine::read_secret;

use super::error::BackupError;

/// Whom a file is encrypted for: a public key.
#[derive(Clone)]
pub(crate) struct Recipient(x25519::Recipient);

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Not a recipient.
#[derive(Clone, Debug, thiserror::Error)]
#[error("is no age recipient ({0}); write age1..., as age-keygen prints it")]
pub(crate) struct RecipientError(&'static str);

/// Reads a recipient, as `age1...`.
pub(crate) fn recipient(text: &str) -> Result<Recipient, RecipientError> {
    text.parse().map(Recipient).map_err(RecipientError)
}

/// Sorted and without repetitions, as a manifest names them.
pub(super) fn names(recipients: &[Recipient]) -> Vec<String> {
    let mut names: Vec<String> = recipients.iter().map(Recipient::to_string).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A stream to a file, encrypted if there is anybody to encrypt for.
pub(super) enum Sealing<W: Write> {
    Open(W),
    Sealed(StreamWriter<W>),
}

impl<W: Write> Sealing<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// [`BackupError::Encrypt`] if its head cannot be made or written.
    pub(super) fn new(recipients: &[Recipient], out: W) -> Result<Self, BackupError> {
        if recipients.is_empty() {
            return Ok(Self::Open(out));
        }
        let recipients = recipients.iter().map(|one| &one.0 as &dyn age::Recipient);
        let sealed = age::Encryptor::with_recipients(recipients)
            .and_then(|encryptor| Ok(encryptor.wrap_output(out)?));
        sealed.map(Self::Sealed).map_err(BackupError::Encrypt)
    }

    /// Ends it: without its last chunk an encrypted file reads as truncated.
    ///
    /// # Errors
    /// [`io::Error`] if that cannot be written.
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Open(out) => Ok(out),
            Self::Sealed(stream) => stream.finish(),
        }
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Open(out) => out.write(bytes),
            Self::Sealed(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Open(out) => out.flush(),
            Self::Sealed(stream) => stream.flush(),
        }
    }
}

/// Secret keys that open encrypted files. Never shown.
#[derive(Default)]
pub(crate) struct Identities(Vec<x25519::Identity>);

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identities").field(&self.0.len()).finish()
    }
}

impl Identities {
    /// Reads the identities in files that nobody else may read, one a line; lines that begin with `#` say something
    /// about them.
    ///
    /// # Errors
    /// [`BackupError`] if a file cannot be read, others may read it, or a line is something else. What stands there is
    /// not told.
    pub(crate) fn load(files: &[PathBuf]) -> Result<Self, BackupError> {
        let mut found = Vec::new();
        for path in files {
            let text = read_secret(path)?;
            for (at, line) in text.lines().enumerate() {
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let identity = line.parse().ok();
                found.push(identity.ok_or_else(|| BackupError::Identity {
                    path: path.clone(),
                    line: at + 1,
                })?);
            }
        }
        Ok(Self(found))
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The plaintext of the file at `path`, which `input` reads.
    ///
    /// # Errors
    /// [`BackupError::Decrypt`] if none of these opens it, or it is no encrypted file.
    pub(super) fn open<R: Read>(
        &self,
        path: &Path,
        input: R,
    ) -> Result<StreamReader<R>, BackupError> {
        let identities = self.0.iter().map(|one| one as &dyn age::Identity);
        let opened = age::Decryptor::new(input).and_then(|file| file.decrypt(identities));
        opened.map_err(|source| BackupError::Decrypt {
            path: path.to_owned(),
            source,
        })
    }
}
