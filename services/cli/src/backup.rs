//! Backups on disk: what they consist of, how they are made, and how they are read back.
//!
//! ```text
//! DIR/journal/      manifest.json, ledger.toml, <first>.seg, <first>-<size>.part       grows
//! DIR/keys/0007/    manifest.json, checkpoint.key, index.key                           replaced as a whole
//! DIR/vault/0007/   manifest.json, datakeys, keyring-<generation>                      replaced as a whole
//! ```
//!
//! A part is there when its manifest is: it is written last, by a rename, and names every file with its length and
//! SHA-256. A sealed segment is copied once; the newest one is copied up to the durable end under a name that says how
//! far it goes, so that the manifest of before stays true until the next one takes its place.

use std::io;

mod crypt;
mod error;
mod folder;
mod journal;
mod manifest;
mod older;
mod read;
mod set;
mod staged;

pub(crate) use crypt::{Identities, Recipient, recipient};
pub(crate) use error::BackupError;
pub(crate) use folder::Manner;
pub(crate) use journal::back_up as back_up_journal;
pub(crate) use manifest::{Manifest, Part};
pub(crate) use read::{Found, find};
pub(crate) use set::{Contents, back_up as back_up_set, tidy};
pub(crate) use staged::{Staged, Staging};

/// A call that changes what is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A folder or a file is made.
    Create,
    /// Bytes are written to a file that nothing names yet.
    Write,
    /// A file or a folder is made durable.
    Sync,
    /// Something gets its name.
    Rename,
    /// Something that nothing names any more is taken away.
    Remove,
}

/// Is asked before each [`Step`]: the seam where tests let the machine stop.
pub(crate) type Before<'a> = &'a (dyn Fn(Step) -> io::Result<()> + Sync);

/// What a part of a backup came to.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    /// The folder that holds the part.
    pub(crate) folder: std::path::PathBuf,
    /// What it now is.
    pub(crate) manifest: Manifest,
    /// Files that were copied; the others were there.
    pub(crate) copied: u64,
    /// Their length in bytes, as they lie in the backup.
    pub(crate) copied_bytes: u64,
}

#[cfg(test)]
mod tests;
