//! Keeping what is older from taking the place of what is newer, or beside it.
//!
//! Keys and vault are replaced as a whole, and what was there is destroyed. An old copy of either, put back beside the ledger by
//! somebody who meant well or not, would thus destroy the newest one where it was safe, and open again what was shredded
//! since. Which is older is told by generations, which only ever grow.

use std::fmt;
use std::path::Path;

use caseledger_chain::{LedgerId, Size};
use caseledger_engine::{index, vault};

use super::error::BackupError;
use super::manifest::{Entry, Manifest, Part};

/// How old keys or a vault are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Age {
    /// The newest key that is in force; none if there is none.
    generation: Option<u32>,
    /// Size of the ledger when it came into force, where the key table of a vault says it.
    size: Option<Size>,
}

impl Age {
    /// Of a key folder: a later index key is in force as soon as it has its name.
    fn of_keys<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self {
            generation: names.filter_map(index::generation_of).max(),
            size: None,
        }
    }

    /// Of a vault: that of the table, if the key-encryption key to it is there. Where the table is encrypted, or cannot be read,
    /// that of the newest key-encryption key, which a re-wrap that was cut short makes one too many.
    fn of_vault<'a>(
        folder: &Path,
        ledger: LedgerId,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<Self, BackupError> {
        let keyrings: Vec<u32> = names.filter_map(vault::generation_of).collect();
        let newest = keyrings.iter().max().copied();
        let Ok((generation, size)) = vault::age(folder, ledger) else {
            return Ok(Self {
                generation: newest,
                size: None,
            });
        };
        let generation = Some(generation.get());
        // The files were listed before the table was read: a re-wrap has come in between.
        if generation > newest {
            return Err(BackupError::Changing(folder.to_owned()));
        }
        Ok(Self {
            generation: generation.filter(|table| keyrings.contains(table)),
            size: Some(size),
        })
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

/// Refuses files in `place` with these `names` that are from before the newest set of a backup, which lies in `set` and has
/// the manifest `old`.
///
/// # Errors
/// [`BackupError::Older`], or [`BackupError::Changing`] if they are replaced at this moment.
pub(super) fn check<'a>(
    set: &Path,
    old: &Manifest,
    place: &Path,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), BackupError> {
    let old_names = old.files.iter().map(Entry::plain_name);
    let (found, expected) = match old.part {
        Part::Journal => return Ok(()),
        Part::Keys => (Age::of_keys(old_names), Age::of_keys(names)),
        Part::Vault => (
            Age::of_vault(set, old.ledger, old_names)?,
            Age::of_vault(place, old.ledger, names)?,
        ),
    };
    if !expected.is_before(found) {
        return Ok(());
    }
    Err(BackupError::Older {
        folder: set.to_owned(),
        part: old.part,
        place: place.to_owned(),
        expected: expected.to_string(),
        found: found.to_string(),
    })
}

/// Those of the `names` in a vault in `place` that belong to its table: a key-encryption key from before it was replaced, and
/// only a crash kept it from being destroyed. Where that of the table is missing nobody knows which of the others is needed.
///
/// # Errors
/// [`BackupError::Rewrapping`] if there is a later one. With it a copy would seem to lack its newest table.
pub(super) fn belonging<'a>(
    place: &Path,
    ledger: LedgerId,
    names: impl Iterator<Item = &'a str>,
) -> Result<Vec<&'a str>, BackupError> {
    let mut names: Vec<&str> = names.collect();
    let keyrings = || names.iter().filter_map(|name| vault::generation_of(name));
    let table = vault::age(place, ledger).ok();
    let table = table.map(|(generation, _)| generation.get());
    let Some(expected) = table.filter(|table| keyrings().any(|found| found == *table)) else {
        return Ok(names);
    };
    if let Some(found) = keyrings().find(|found| *found > expected) {
        return Err(BackupError::Rewrapping {
            place: place.to_owned(),
            expected,
            found,
        });
    }
    names.retain(|name| vault::generation_of(name).is_none_or(|found| found == expected));
    Ok(names)
}
