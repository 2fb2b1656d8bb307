//! Keeping what is older from taking the place of what is newer.
//!
//! Keys and vault are replaced as a whole, and what was there is destroyed. An old copy of either, put back beside the ledger by
//! somebody who meant well or not, would thus destroy the newest one where it was safe, and open again what was shredded
//! since. Which is older is told by generations, and of vaults by the size of the ledger, too: both only grow as long as one
//! folder goes on. A vault that was made of an old copy leaps beyond every generation of the one that it is a copy of, so its
//! number says nothing of what it lacks: it is told by the leap.

use std::fmt;
use std::path::Path;

use caseledger_chain::Size;
use caseledger_engine::{Generation, index, vault};

use super::error::BackupError;
use super::manifest::{Entry, Manifest, Part};
use super::set::Contents;

/// How old keys or a vault are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Age {
    /// The newest key that is in force; none if there is none.
    generation: Option<u32>,
    /// Size of the ledger when it came into force, where the key table of a vault says it.
    size: Option<Size>,
}

impl Age {
    /// Of a key folder: a later index key is in force as soon as it has its name.
    pub(super) fn of_keys<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self {
            generation: names.filter_map(index::generation_of).max(),
            size: None,
        }
    }

    /// Of a vault with a table of that generation, and the key-encryption key to it.
    pub(super) const fn of_vault(generation: Generation, size: Size) -> Self {
        Self {
            generation: Some(generation.get()),
            size: Some(size),
        }
    }

    /// Of a vault in a backup: what its manifest says. Where that is from before manifests said it, that of its table, and where
    /// the table is encrypted, or damaged since, that of the newest key-encryption key; there is but one.
    fn of_set<'a>(set: &Path, old: &Manifest, names: impl Iterator<Item = &'a str>) -> Self {
        let told = old.table.map_or_else(|| vault::age(set, old.ledger), Ok);
        told.map_or_else(
            |_| Self {
                generation: names.filter_map(vault::generation_of).max(),
                size: None,
            },
            |(generation, size)| Self::of_vault(generation, size),
        )
    }

    /// Whether a file of that generation is the one in force; one that has none is of all.
    pub(super) fn is_of(self, generation: Option<u32>) -> bool {
        generation.is_none() || generation == self.generation
    }

    /// Generation and size of a vault; none of keys.
    pub(super) fn table(self) -> Option<(Generation, Size)> {
        Generation::new(self.generation?).zip(self.size)
    }

    /// Whether this is of a vault that was made of an old copy since it was `other`, which no number of re-wraps explains.
    fn leaped(self, other: Self) -> bool {
        let other = other.generation.unwrap_or(0);
        self.generation > Some(other.saturating_add(vault::LEAP))
    }

    /// Whether this is from before `other`.
    fn is_before(self, other: Self) -> bool {
        let shrunk = self.size.zip(other.size);
        self.generation < other.generation || shrunk.is_some_and(|(size, other)| size < other)
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.generation {
            Some(generation) => write!(f, "generation {generation}")?,
            None => f.write_str("no generation")?,
        }
        match self.size {
            Some(size) => write!(f, " at {size} entries"),
            None => Ok(()),
        }
    }
}

/// Refuses to let `contents` take the place of the newest set of a backup, which lies in `set` and has the manifest `old`, if they
/// are from before it, are a vault that was made of an old copy since, or lack a signing key in it that nobody retired.
///
/// # Errors
/// [`BackupError::Older`], [`BackupError::Leaped`] or [`BackupError::KeyGone`].
pub(super) fn check(set: &Path, old: &Manifest, contents: &Contents) -> Result<(), BackupError> {
    let names = || old.files.iter().map(Entry::plain_name);
    let found = match contents.part {
        Part::Journal => return Ok(()),
        Part::Keys => Age::of_keys(names()),
        Part::Vault => Age::of_set(set, old, names()),
    };
    if contents.age.is_before(found) {
        return Err(BackupError::Older {
            folder: set.to_owned(),
            part: old.part,
            place: contents.folder().to_owned(),
            expected: contents.age.to_string(),
            found: found.to_string(),
        });
    }
    if contents.part == Part::Vault && contents.age.leaped(found) {
        return Err(BackupError::Leaped {
            folder: set.to_owned(),
            place: contents.folder().to_owned(),
            expected: contents.age.to_string(),
            found: found.to_string(),
        });
    }
    let needed = |name: &&str| {
        let signing = contents.signing.as_ref();
        signing.is_some_and(|keys| keys.needs(name)) && contents.names().all(|found| found != *name)
    };
    match names().find(needed) {
        None => Ok(()),
        Some(name) => Err(BackupError::KeyGone {
            folder: set.to_owned(),
            place: contents.folder().to_owned(),
            name: name.to_owned(),
        }),
    }
}
