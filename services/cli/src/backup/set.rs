//! The parts that are replaced as a whole: keys and vault.
//!
//! Each backup makes a new folder with a number and gives it its name when it is whole. Then the folders of before are
//! removed, unless they are to be kept: an old keyring opens what has been shredded since.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use caseledger_chain::LedgerId;
use caseledger_engine::open_regular;

use super::error::BackupError;
use super::folder::{Folder, MANIFEST, Manner, UNFINISHED, manifest};
use super::journal::copied;
use super::manifest::{Manifest, Part, is_plain};
use super::{Before, Done, Step, older};

/// The files of a folder that is replaced as a whole, as they were at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    part: Part,
    folder: PathBuf,
    files: Vec<(String, Stamp)>,
}

/// Tells a file from what took its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Contents {
    /// The files of a key folder.
    ///
    /// # Errors
    /// [`BackupError`] if there is none.
    pub(crate) fn keys(folder: &Path) -> Result<Self, BackupError> {
        let found = Self::list(Part::Keys, folder)?;
        found.ok_or_else(|| BackupError::Absent(folder.to_owned()))
    }

    /// The files of a vault; none if there is no vault. What is being written there has no name that counts yet.
    ///
    /// # Errors
    /// [`BackupError`] if something else than files lies there.
    pub(crate) fn vault(folder: &Path) -> Result<Option<Self>, BackupError> {
        Self::list(Part::Vault, folder)
    }

    /// Their names.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(name, _)| &**name)
    }

    /// Refuses what is not the same any more: what is replaced meanwhile is overwritten, and a copy of it may be zeros.
    fn check(&self) -> Result<(), BackupError> {
        if Self::list(self.part, &self.folder)?.as_ref() == Some(self) {
            return Ok(());
        }
        Err(BackupError::Changing(self.folder.clone()))
    }

    fn list(part: Part, folder: &Path) -> Result<Option<Self>, BackupError> {
        let counts = |name: &str| match part {
            Part::Keys => ends_in(name, "key"),
            Part::Vault | Part::Journal => !ends_in(name, "tmp") && !ends_in(name, "new"),
        };
        let listed = match fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
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
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
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
        let folder = folder.to_owned();
        Ok(Some(Self {
            part,
            folder,
            files,
        }))
    }
}

/// Whether a file name has that ending.
pub(super) fn ends_in(name: &str, ending: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found == ending)
}

/// Puts a new copy of `contents` into `folder`, and removes those of before unless `keep`.
///
/// # Errors
/// [`BackupError`]; above all when the folder holds those of another ledger, or encrypted ones and these would not be, and
/// [`BackupError::Changing`] or [`BackupError::Rewrapping`] when `contents` are not any more what they were, or will not be. The backup that was there is then as it was, and the next call destroys
/// what this one left.
pub(crate) fn back_up(
    (ledger, origin): (LedgerId, &str),
    contents: &Contents,
    folder: PathBuf,
    keep: bool,
    manner: Manner<'_>,
) -> Result<Done, BackupError> {
    let outer = Folder::new(folder, manner)?;
    let _lock = outer.lock()?;
    let sets = sets(&outer.path)?;
    if let Some((_, newest)) = sets.last()
        && let Some(old) = manifest(&newest.join(MANIFEST))?
    {
        check_ledger(&outer.path, &old, ledger)?;
        if manner.recipients.is_empty() && !old.recipients.is_empty() {
            return Err(other_recipients(&outer.path, &[], &old.recipients));
        }
        older::check(newest, &old, &contents.folder, contents.names())?;
    }
    let names = match contents.part {
        Part::Vault => older::belonging(&contents.folder, ledger, contents.names())?,
        Part::Journal | Part::Keys => contents.names().collect(),
    };
    let number = sets.last().map_or(1, |(number, _)| number + 1);
    let path = outer.path.join(format!("{number:04}"));
    let new = outer.path.join(format!("{number:04}{UNFINISHED}"));
    for left in unfinished(&outer.path)? {
        destroy(&left, manner)?;
    }
    let folder = Folder::new(new, manner)?;
    let mut files = Vec::with_capacity(names.len());
    for name in names {
        let from = contents.folder.join(name);
        let mut file = open_regular(&from).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BackupError::Changing(contents.folder.clone()),
            _ => BackupError::io("open", &from)(error),
        })?;
        files.push(folder.put(name, |out| copied(&mut file, out, &from))?);
    }
    let manifest = Manifest {
        part: contents.part,
        ledger,
        origin: origin.to_owned(),
        recipients: manner.names(),
        head: None,
        checkpoint: None,
        files,
    };
    folder.replace(MANIFEST, &manifest)?;
    let (copied, copied_bytes) = folder.copied();
    // Those of before are destroyed next, so this must be whole: keys of one moment, and not what is left of them.
    contents.check()?;
    // THE COMMIT POINT: from here on this is the newest one.
    manner.rename(&folder.path, &path)?;
    manner.sync_folder(&outer.path)?;
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

/// The sets in a folder with their numbers, oldest first. A set has its name only when it is whole.
///
/// # Errors
/// [`BackupError::Io`] if the folder cannot be listed.
pub(super) fn sets(folder: &Path) -> Result<Vec<(u32, PathBuf)>, BackupError> {
    let number = |name: &str| {
        let digits = name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_digit());
        name.parse().ok().filter(|_| digits)
    };
    let mut sets: Vec<(u32, PathBuf)> = children(folder)?
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
    let mut paths = children(folder)?;
    paths.sort_unstable_by_key(|path| path.ends_with(MANIFEST));
    for path in paths {
        let failed = BackupError::io("overwrite", &path);
        overwrite(&path, manner.before).map_err(failed)?;
        manner.remove(&path)?;
    }
    (manner.before)(Step::Remove)
        .and_then(|()| fs::remove_dir(folder))
        .map_err(BackupError::io("remove", folder))?;
    manner.sync_folder(super::folder::parent(folder))
}

/// Writes zero bytes over a file, durably.
pub(super) fn overwrite(path: &Path, before: Before<'_>) -> std::io::Result<()> {
    before(Step::Write)?;
    let mut file = OpenOptions::new().write(true).open(path)?;
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
