//! The parts that are replaced as a whole: keys and vault.
//!
//! Each backup makes a new folder with a number and gives it its name when it is whole. Then the folders of before are
//! removed, unless they are to be kept: an old keyring opens what has been shredded since.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use caseledger_chain::LedgerId;
use caseledger_engine::backup::{SigningKeys, Source};
use caseledger_engine::{LedgerPaths, index, open_regular, vault};

use super::error::BackupError;
use super::folder::{Folder, MANIFEST, Manner, UNFINISHED, check_folder, manifest, no_follow};
use super::journal::copied;
use super::manifest::{Manifest, Part, is_plain};
use super::older::{self, Age};
use super::{Before, Done, Step};

/// What a backup takes of keys or a vault, as it was at one moment. It was looked at, and can be used.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    pub(super) part: Part,
    paths: LedgerPaths,
    /// Every file that may belong to the part, in order.
    seen: Vec<(String, Stamp)>,
    /// How new it is.
    pub(super) age: Age,
    /// Of keys: which of them the ledger needs.
    pub(super) signing: Option<SigningKeys>,
}

/// Tells a file from what took its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Contents {
    /// The keys of the ledger at `paths`.
    ///
    /// # Errors
    /// [`BackupError::Absent`] if there is no such folder; [`BackupError::KeysUnsound`] if a key is missing that the ledger
    /// needs, or one cannot be used; [`BackupError::Changing`] if they are replaced at this moment.
    pub(crate) fn keys(paths: &LedgerPaths) -> Result<Self, BackupError> {
        let (part, folder) = (Part::Keys, paths.keys());
        let seen = list(part, folder)?.ok_or_else(|| BackupError::Absent(folder.to_owned()))?;
        let signing = Source::open(paths)?.check_keys(paths);
        let signing = signing.map_err(|error| {
            unless_changing(part, folder, &seen, BackupError::KeysUnsound(error.into()))
        })?;
        let age = Age::of_keys(seen.iter().map(|(name, _)| &**name));
        Ok(Self {
            part,
            paths: paths.clone(),
            seen,
            age,
            signing: Some(signing),
        })
    }

    /// The vault of the ledger at `paths`, none if there is none.
    ///
    /// # Errors
    /// [`BackupError::VaultUnsound`] if the table or the key-encryption key to it is missing or damaged, or they do not belong
    /// together or to the ledger; [`BackupError::Changing`] if they are replaced at this moment.
    pub(crate) fn vault(paths: &LedgerPaths) -> Result<Option<Self>, BackupError> {
        let (part, folder) = (Part::Vault, paths.vault());
        let Some(seen) = list(part, folder)? else {
            return Ok(None);
        };
        let age = age_of_vault(paths, &seen)?;
        Ok(Some(Self {
            part,
            paths: paths.clone(),
            seen,
            age,
            signing: None,
        }))
    }

    /// The folder they lie in.
    pub(super) fn folder(&self) -> &Path {
        match self.part {
            Part::Keys => self.paths.keys(),
            Part::Journal | Part::Vault => self.paths.vault(),
        }
    }

    /// The names of what is copied. Of the keys that are replaced, index keys and those that wrap data keys, that is the one in
    /// force. Another one was replaced, and only a crash kept it from being destroyed; or nothing was wrapped under it yet.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.seen.iter().map(|(name, _)| &**name);
        names.filter(|name| {
            let generation = match self.part {
                Part::Keys => index::generation_of(name),
                Part::Journal | Part::Vault => vault::generation_of(name),
            };
            self.age.is_of(generation)
        })
    }

    /// Refuses what is not the same any more: what is replaced meanwhile is overwritten, and a copy of it may be zeros.
    fn check(&self) -> Result<(), BackupError> {
        let changing = || BackupError::Changing(self.folder().to_owned());
        if list(self.part, self.folder())?.as_ref() != Some(&self.seen) {
            return Err(changing());
        }
        if self.part == Part::Vault && age_of_vault(&self.paths, &self.seen)? != self.age {
            return Err(changing());
        }
        Ok(())
    }
}

/// Looks at a vault, of which these files were seen.
fn age_of_vault(paths: &LedgerPaths, seen: &[(String, Stamp)]) -> Result<Age, BackupError> {
    let shown = vault::shown(paths).map_err(|error| {
        let error = BackupError::VaultUnsound(error.into());
        unless_changing(Part::Vault, paths.vault(), seen, error)
    })?;
    Ok(Age::of_vault(shown.generation, shown.size))
}

/// What went wrong, or [`BackupError::Changing`] if the files in the folder are not those that were seen any more.
fn unless_changing(
    part: Part,
    folder: &Path,
    seen: &[(String, Stamp)],
    error: BackupError,
) -> BackupError {
    match list(part, folder) {
        Ok(Some(now)) if now == seen => error,
        _ => BackupError::Changing(folder.to_owned()),
    }
}

/// The files in a folder that may belong to a part, in order; none if there is no folder.
fn list(part: Part, folder: &Path) -> Result<Option<Vec<(String, Stamp)>>, BackupError> {
    let counts = |name: &str| match part {
        Part::Keys => ends_in(name, "key"),
        Part::Vault | Part::Journal => {
            let keyring = vault::generation_of(name).is_some() && !ends_in(name, "tmp");
            name == vault::TABLE || keyring
        }
    };
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        listed => listed.map_err(BackupError::io("list", folder))?,
    };
    let mut files = Vec::new();
    for file in listed {
        let path = file.map_err(BackupError::io("list", folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| !counts(name)) {
            continue;
        }
        let plain = name.filter(|name| is_plain(name) && *name != MANIFEST);
        let Some(name) = plain.map(str::to_owned) else {
            return Err(BackupError::Strange(path));
        };
        let found = match fs::symlink_metadata(&path) {
            // Between the list and here it got another name.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            found => found.map_err(BackupError::io("look at", &path))?,
        };
        if !found.is_file() {
            return Err(BackupError::Strange(path));
        }
        let stamp = Stamp {
            inode: found.ino(),
            length: found.len(),
            changed: (found.ctime(), found.ctime_nsec()),
        };
        files.push((name, stamp));
    }
    files.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    Ok(Some(files))
}

/// Whether a file name has that ending.
pub(super) fn ends_in(name: &str, ending: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found == ending)
}

/// Destroys what killed backups have left of a set in `folder`, and tells whether a whole one is there. To be done before
/// anything else is looked at: the keys in it may have been destroyed since. Nothing is made.
///
/// # Errors
/// [`BackupError`]; above all when the folder holds the sets of another ledger, or another backup runs.
pub(crate) fn tidy(
    ledger: LedgerId,
    folder: PathBuf,
    manner: Manner<'_>,
) -> Result<bool, BackupError> {
    match fs::symlink_metadata(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        found => found.map_err(BackupError::io("look at", &folder))?,
    };
    let outer = Folder::new(folder, manner)?;
    let _lock = outer.lock()?;
    let (sets, _) = begin(&outer, ledger)?;
    Ok(!sets.is_empty())
}

/// The sets in a folder that is locked, oldest first, and the manifest of the newest. What is unfinished is destroyed.
fn begin(outer: &Folder<'_>, ledger: LedgerId) -> Result<(Sets, Option<Manifest>), BackupError> {
    let sets = sets(&outer.path)?;
    for (_, set) in &sets {
        check_folder(set)?;
    }
    let newest = sets.last().map(|(_, newest)| newest);
    let old = newest.map(|newest| manifest(&newest.join(MANIFEST)));
    if let Some(Ok(Some(old))) = &old {
        check_ledger(&outer.path, old, ledger)?;
    }
    // Copies of keys that nothing names: whatever becomes of this backup, they go.
    for left in unfinished(&outer.path)? {
        destroy(&left, outer.manner)?;
    }
    Ok((sets, old.transpose()?.flatten()))
}

/// Puts a new copy of `contents` into `folder`, and removes those of before unless `keep`.
///
/// # Errors
/// [`BackupError`]; above all when the folder holds those of another ledger or newer ones, or encrypted ones and these would
/// not be, and [`BackupError::Changing`] when `contents` are not any more what they were. The backup that was there is then as
/// it was. What there is of this one is destroyed, if not here then by the next call.
pub(crate) fn back_up(
    which: (LedgerId, &str),
    contents: &Contents,
    folder: PathBuf,
    keep: bool,
    manner: Manner<'_>,
) -> Result<Done, BackupError> {
    let outer = Folder::new(folder, manner)?;
    let _lock = outer.lock()?;
    let (sets, old) = begin(&outer, which.0)?;
    match (sets.last().map(|(_, newest)| newest), old) {
        (Some(newest), Some(old)) => {
            if manner.recipients.is_empty() && !old.recipients.is_empty() {
                return Err(other_recipients(&outer.path, &[], &old.recipients));
            }
            older::check(newest, &old, contents)?;
        }
        // Nobody knows how new it is.
        (Some(newest), None) if !children(newest)?.is_empty() => {
            return Err(BackupError::NoManifest(newest.clone()));
        }
        (Some(_) | None, _) => {}
    }
    if contents.part == Part::Vault {
        // What is in a copy that counted on, no number tells.
        let told = Source::open(&contents.paths)?.check_vault(&contents.paths);
        told.map_err(|error| BackupError::VaultStale {
            place: contents.folder().to_owned(),
            source: Box::new(error),
        })?;
    }
    let number = sets.last().map_or(1, |(number, _)| number + 1);
    let path = outer.path.join(format!("{number:04}"));
    let new = outer.path.join(format!("{number:04}{UNFINISHED}"));
    let folder = Folder::new(new, manner)?;
    // THE COMMIT POINT is the name: from there on this is the newest one.
    let made = copy(which, contents, &folder)
        .and_then(|manifest| manner.rename(&folder.path, &path).map(|()| manifest));
    let manifest = made.inspect_err(|_| {
        // Why is told; what cannot be destroyed now, the next backup destroys.
        drop(destroy(&folder.path, manner));
    })?;
    manner.sync_folder(&outer.path)?;
    let (copied, copied_bytes) = folder.copied();
    if !keep {
        for (_, old) in sets {
            destroy(&old, manner)?;
        }
    }
    Ok(Done {
        folder: path,
        manifest,
        copied,
        copied_bytes,
    })
}

/// Everything of a new set but its name.
fn copy(
    (ledger, origin): (LedgerId, &str),
    contents: &Contents,
    folder: &Folder<'_>,
) -> Result<Manifest, BackupError> {
    let mut files = Vec::new();
    for name in contents.names() {
        let from = contents.folder().join(name);
        let mut file = open_regular(&from).map_err(|error| match error.kind() {
            ErrorKind::NotFound => BackupError::Changing(contents.folder().to_owned()),
            _ => BackupError::io("open", &from)(error),
        })?;
        files.push(folder.put(name, |out| copied(&mut file, out, &from))?);
    }
    let manifest = Manifest {
        part: contents.part,
        ledger,
        origin: origin.to_owned(),
        recipients: folder.manner.names(),
        head: None,
        checkpoint: None,
        table: contents.age.table(),
        files,
    };
    folder.replace(MANIFEST, &manifest)?;
    // Those of before are destroyed next, so this must be whole: keys of one moment, and not what is left of them.
    contents.check()?;
    Ok(manifest)
}

/// Refuses the backup of another ledger.
pub(super) fn check_ledger(
    folder: &Path,
    old: &Manifest,
    ledger: LedgerId,
) -> Result<(), BackupError> {
    if old.ledger == ledger {
        return Ok(());
    }
    Err(BackupError::OtherLedger {
        folder: folder.to_owned(),
        expected: ledger.to_string(),
        found: old.ledger.to_string(),
        origin: old.origin.clone(),
    })
}

pub(super) fn other_recipients(folder: &Path, asked: &[String], found: &[String]) -> BackupError {
    let shown = |names: &[String]| {
        if names.is_empty() {
            "nobody".to_owned()
        } else {
            names.join(", ")
        }
    };
    BackupError::OtherRecipients {
        folder: folder.to_owned(),
        asked: shown(asked),
        found: shown(found),
    }
}

/// Sets with their numbers.
type Sets = Vec<(u32, PathBuf)>;

/// The sets in a folder, oldest first. A set has its name only when it is whole.
///
/// # Errors
/// [`BackupError::Io`] if the folder cannot be listed.
pub(super) fn sets(folder: &Path) -> Result<Sets, BackupError> {
    let number = |name: &str| {
        let digits = name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_digit());
        name.parse().ok().filter(|_| digits)
    };
    let mut sets: Sets = children(folder)?
        .into_iter()
        .filter_map(|path| Some((number(path.file_name()?.to_str()?)?, path)))
        .collect();
    sets.sort_unstable();
    Ok(sets)
}

fn unfinished(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let ends = |path: &PathBuf| path.to_str().is_some_and(|name| name.ends_with(UNFINISHED));
    Ok(children(folder)?.into_iter().filter(ends).collect())
}

pub(super) fn children(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let listed = fs::read_dir(folder).map_err(BackupError::io("list", folder))?;
    let paths = listed.map(|child| Ok(child?.path()));
    let paths: Result<_, _> = paths.collect();
    paths.map_err(BackupError::io("list", folder))
}

/// Overwrites the files of a folder and removes it, the manifest last: as long as that is there the others are
/// overwritten again. On media that write elsewhere the old bytes stay; that is what encryption is for.
fn destroy(folder: &Path, manner: Manner<'_>) -> Result<(), BackupError> {
    check_folder(folder)?;
    let mut paths = children(folder)?;
    paths.sort_unstable_by_key(|path| path.ends_with(MANIFEST));
    for path in paths {
        // A link is taken away, and what it leads to is left alone.
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_file()) {
            let failed = BackupError::io("overwrite", &path);
            overwrite(&path, manner.before).map_err(failed)?;
        }
        manner.remove(&path)?;
    }
    (manner.before)(Step::Remove)
        .and_then(|()| fs::remove_dir(folder))
        .map_err(BackupError::io("remove", folder))?;
    manner.sync_folder(super::folder::parent(folder))
}

/// Writes zero bytes over a file, durably. No link is followed.
pub(super) fn overwrite(path: &Path, before: Before<'_>) -> std::io::Result<()> {
    before(Step::Write)?;
    let mut options = OpenOptions::new();
    let mut file = options.write(true).custom_flags(no_follow()).open(path)?;
    let mut left = file.metadata()?.len();
    let zeros = [0; 4096];
    while left > 0 {
        let some = left.min(zeros.len() as u64) as usize;
        file.write_all(&zeros[..some])?;
        left -= some as u64;
    }
    before(Step::Sync)?;
    file.sync_data()
}
