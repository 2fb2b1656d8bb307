//! Where a ledger is written until it is known to be whole: beside where it will be, under names that nothing opens.
//!
//! ```text
//! DATA.restoring/lock      held by the restoration that runs
//! DATA.restoring/ledger/   the data folder
//! DATA.restoring/places    where the rest is written, noted before any of it is; then what gets its name before the data
//!                          folder does, with digests, noted before any of it does
//! KEYS.restoring/  VAULT.restoring/  GUARD.restoring
//! ```
//!
//! The data folder gets its name last: keys, vault and guard without one are no ledger. Whatever a restoration left that
//! was killed, the next one to the same place takes away, and begins anew. It believes no note that somebody else may have
//! written.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use caseledger_engine::{LedgerPaths, PathsError, open_regular};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::BackupError;
use super::folder::{beside, parent};
use super::manifest::Part;
use super::read::{make_folder, sync_folder};
use super::{Before, Step, set};
use crate::output::hex;

/// Ending of what is not a ledger yet.
const UNFINISHED: &str = ".restoring";

const LOCK: &str = "lock";

const LEDGER: &str = "ledger";

const PLACES: &str = "places";

const PLACES_NEW: &str = "places.tmp";

/// The places of a ledger that is being restored.
#[derive(Clone, Debug)]
pub(crate) struct Staged {
    base: PathBuf,
    /// Of the data folder.
    pub(crate) data: PathBuf,
    /// Of the key folder.
    pub(crate) keys: PathBuf,
    /// Of the vault.
    pub(crate) vault: PathBuf,
    /// Of the rollback guard.
    pub(crate) guard: PathBuf,
}

impl Staged {
    /// Beside the final places.
    pub(crate) fn beside(paths: &LedgerPaths) -> Self {
        let named = |path| beside(path, UNFINISHED);
        let base = named(paths.data());
        Self {
            data: base.join(LEDGER),
            keys: named(paths.keys()),
            vault: named(paths.vault()),
            guard: named(paths.store().guard()),
            base,
        }
    }

    /// The folder of a part.
    pub(super) fn folder(&self, part: Part) -> &Path {
        match part {
            Part::Journal => &self.data,
            Part::Keys => &self.keys,
            Part::Vault => &self.vault,
        }
    }

    pub(super) fn folders(&self, part: Part) -> Vec<PathBuf> {
        let folder = self.folder(part).to_owned();
        match part {
            Part::Journal => vec![folder.clone(), folder.join("journal")],
            Part::Keys | Part::Vault => vec![folder],
        }
    }

    /// Everything that lies beside the base while a restoration runs; the last is what opening the ledger with this guard
    /// makes.
    fn outside(&self) -> [PathBuf; 4] {
        let lock = beside(&self.guard, ".lock");
        [
            self.vault.clone(),
            self.keys.clone(),
            self.guard.clone(),
            lock,
        ]
    }
}

/// What a restoration has to take away, or takes back, if it is killed.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Places {
    /// Where it writes: the next one may be told to put keys and guard elsewhere.
    staged: Vec<PathBuf>,
    placed: Vec<Placed>,
}

/// Something that got its final name, and what it was then.
#[derive(Debug, Serialize, Deserialize)]
struct Placed {
    path: PathBuf,
    sha256: String,
}

/// A restoration that runs. Dropped, it leaves what a crash would leave.
#[derive(Debug)]
pub(crate) struct Staging {
    /// Where it writes.
    pub(crate) at: Staged,
    paths: LedgerPaths,
    _lock: File,
}

impl Staging {
    /// Whether a restoration to `paths` runs, or was killed. The very last that it leaves is an empty folder.
    pub(crate) fn is_left(paths: &LedgerPaths) -> bool {
        let base = Staged::beside(paths).base;
        // A data folder has a lock, too, and other things.
        let ours = |path: &PathBuf| {
            let names = [LOCK, LEDGER, PLACES, PLACES_NEW];
            names.iter().any(|name| path.ends_with(name))
        };
        let ours =
            |all: &[PathBuf]| all.is_empty() || is_file(&base.join(LOCK)) && all.iter().all(ours);
        is_closed(&base) && set::children(&base).is_ok_and(|all| ours(&all))
    }

    /// Begins a restoration to `paths`, and takes away what an earlier one left that was killed.
    ///
    /// # Errors
    /// [`BackupError::Restoring`] if another one runs; [`BackupError::Restored`] if the one that was killed was done;
    /// [`BackupError::Left`] if something lies there that no restoration has left.
    pub(crate) fn begin(paths: &LedgerPaths) -> Result<Self, BackupError> {
        let at = Staged::beside(paths);
        let lock = at.base.join(LOCK);
        let left = Self::is_left(paths);
        if !left {
            if is_there(&at.base) {
                return Err(BackupError::Left { path: at.base });
            }
            make_folder(&at.base)?;
        }
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(false).write(true).mode(0o600);
        let file = options
            .open(&lock)
            .map_err(BackupError::io("open", &lock))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::Restoring(at.base)),
            Err(TryLockError::Error(source)) => {
                return Err(BackupError::io("lock", &lock)(source));
            }
        }
        let staging = Self {
            at,
            paths: paths.clone(),
            _lock: file,
        };
        if left && staging.undo()? {
            staging.leave(&|_| Ok(()))?;
            let path = paths.data().to_owned();
            return Err(BackupError::Restored { path });
        }
        // What is there now nobody has noted: it may be of a restoration to another place that runs.
        if let Some(path) = staging.at.outside().into_iter().find(|path| is_there(path)) {
            // The refusal is told; what cannot be removed is taken away by the next restoration.
            drop(staging.leave(&|_| Ok(())));
            return Err(BackupError::Left { path });
        }
        staging.note(Vec::new(), &|_| Ok(()))?;
        sync_folder(parent(&staging.at.base))?;
        Ok(staging)
    }

    /// The ledger where it lies now. Keys and vault that were there before stay where they are.
    ///
    /// # Errors
    /// [`PathsError`], which such places do not cause.
    pub(crate) fn paths(&self) -> Result<LedgerPaths, PathsError> {
        let keys = now(&self.at.keys, self.paths.keys());
        let vault = now(&self.at.vault, self.paths.vault());
        LedgerPaths::new(&self.at.data, keys, &self.at.guard)?.with_vault(vault)
    }

    /// Gives everything its name. The restoration is done then, also where what it has written down cannot be taken away: that
    /// is told, and tried again by the next one to the same place.
    ///
    /// # Errors
    /// [`BackupError::Exists`] if something lies there; [`BackupError::Io`]. The next restoration to the same place begins
    /// anew.
    pub(crate) fn place(self, before: Before<'_>) -> Result<Option<BackupError>, BackupError> {
        let (at, to) = (&self.at, &self.paths);
        let pairs = [
            (&at.vault, to.vault()),
            (&at.keys, to.keys()),
            (&at.guard, to.store().guard()),
            (&at.data, to.data()),
        ];
        let pairs: Vec<_> = pairs
            .into_iter()
            .filter(|(from, _)| is_there(from))
            .collect();
        let mut placed = Vec::new();
        for (from, to) in &pairs {
            if is_there(to) {
                let path = (*to).to_owned();
                return Err(BackupError::Exists { path });
            }
            if *from == &at.data {
                continue;
            }
            placed.push(Placed {
                path: std::path::absolute(to).map_err(BackupError::io("find", to))?,
                sha256: digest(from).map_err(BackupError::io("read", from))?,
            });
        }
        self.note(placed, before)?;
        for (from, to) in pairs {
            // The data folder comes last: THE COMMIT POINT of a restoration.
            before(Step::Rename)
                .and_then(|()| fs::rename(from, to))
                .map_err(BackupError::io("name", to))?;
            before(Step::Sync).map_err(BackupError::io("sync", to))?;
            sync_folder(parent(to))?;
        }
        Ok(self.end(before).err())
    }

    /// Takes everything away that was written: nothing has got its name.
    pub(crate) fn remove(self) {
        // The failure that led here is told; what cannot be removed is taken away by the next restoration.
        drop(self.end(&|_| Ok(())));
    }

    /// Writes down where it writes and what is to get its name, durably.
    fn note(&self, placed: Vec<Placed>, before: Before<'_>) -> Result<(), BackupError> {
        let path = self.at.base.join(PLACES);
        let new = self.at.base.join(PLACES_NEW);
        let written = before(Step::Write).and_then(|()| {
            let staged = self.at.outside().into_iter().map(std::path::absolute);
            let staged = staged.collect::<io::Result<_>>()?;
            let text = serde_json::to_vec(&Places { staged, placed })?;
            fs::write(&new, text)?;
            File::open(&new)?.sync_all()?;
            before(Step::Rename)?;
            fs::rename(&new, &path)
        });
        written.map_err(BackupError::io("write", &path))?;
        sync_folder(&self.at.base)
    }

    /// Takes back what a restoration did that was killed. With the data folder at its place it was done, and this says so.
    fn undo(&self) -> Result<bool, BackupError> {
        let path = self.at.base.join(PLACES);
        let Places { staged, placed } = match open_regular(&path) {
            Ok(file) => serde_json::from_reader(io::BufReader::new(file)).unwrap_or_default(),
            Err(_) => Places::default(),
        };
        // It is moved to its place only once there are others that got theirs.
        let done = !placed.is_empty() && !is_there(&self.at.data) && is_there(self.paths.data());
        if is_there(&self.at.data) {
            for Placed { path, sha256 } in placed {
                // Only what is exactly what was placed: somebody may have put something else there since.
                if ours(&path).is_some() && digest(&path).is_ok_and(|found| found == sha256) {
                    destroy(&path, &|_| Ok(()))?;
                }
            }
        }
        for path in staged.iter().filter(|path| ours(path).is_some()) {
            destroy(path, &|_| Ok(()))?;
        }
        self.clear(&|_| Ok(()))?;
        Ok(done)
    }

    /// Removes what the base holds.
    fn clear(&self, before: Before<'_>) -> Result<(), BackupError> {
        let at = &self.at;
        before(Step::Remove).map_err(BackupError::io("remove", &at.base))?;
        match fs::remove_dir_all(&at.data) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::io("remove", &at.data)(error));
            }
            _ => {}
        }
        for name in [PLACES_NEW, PLACES] {
            destroy(&at.base.join(name), before)?;
        }
        Ok(())
    }

    /// The end of a restoration, whatever came of it: nothing of it is left, and then nothing that says so.
    fn end(&self, before: Before<'_>) -> Result<(), BackupError> {
        for path in self.at.outside() {
            destroy(&path, before)?;
        }
        self.clear(before)?;
        self.leave(before)
    }

    /// Removes the base.
    fn leave(&self, before: Before<'_>) -> Result<(), BackupError> {
        destroy(&self.at.base.join(LOCK), before)?;
        before(Step::Remove)
            .and_then(|()| fs::remove_dir(&self.at.base))
            .map_err(BackupError::io("remove", &self.at.base))
    }
}

/// Where something lies that is restored, or was there before.
fn now<'a>(staged: &'a Path, there: &'a Path) -> &'a Path {
    if is_there(staged) || !is_there(there) {
        staged
    } else {
        there
    }
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// What lies there, if it belongs to whoever runs this process, or to root: an owner can give himself any right.
pub(super) fn ours(path: &Path) -> Option<fs::Metadata> {
    let us = rustix::process::geteuid().as_raw();
    let found = fs::symlink_metadata(path).ok();
    found.filter(|found| [us, 0].contains(&found.uid()))
}

/// Whether it is a folder that nobody else has put anything into, as [`make_folder`] makes it.
fn is_closed(path: &Path) -> bool {
    let open = |found: &fs::Metadata| found.permissions().mode() & 0o077 != 0;
    ours(path).is_some_and(|found| found.is_dir() && !open(&found))
}

/// Overwrites and removes a file, or a folder of files; nothing that is there is all right, too. What lies there may be keys.
fn destroy(path: &Path, before: Before<'_>) -> Result<(), BackupError> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if found.is_dir() {
        for file in set::children(path)? {
            destroy(&file, before)?;
        }
        return before(Step::Remove)
            .and_then(|()| fs::remove_dir(path))
            .map_err(BackupError::io("remove", path));
    }
    if found.is_file() {
        set::overwrite(path, before).map_err(BackupError::io("overwrite", path))?;
    }
    before(Step::Remove)
        .and_then(|()| fs::remove_file(path))
        .map_err(BackupError::io("remove", path))
}

/// SHA-256 of a file, or of the names and digests of the files in a folder.
fn digest(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    if fs::symlink_metadata(path)?.is_dir() {
        let mut names: Vec<_> = fs::read_dir(path)?
            .map(|file| Ok(file?.path()))
            .collect::<io::Result<_>>()?;
        names.sort_unstable();
        for file in names {
            hash.update(file.file_name().unwrap_or_default().as_encoded_bytes());
            hash.update([0]);
            hash.update(digest(&file)?);
        }
    } else {
        let mut file = io::BufReader::with_capacity(256 << 10, open_regular(path)?);
        loop {
            let some = file.fill_buf()?;
            if some.is_empty() {
                break;
            }
            hash.update(some);
            let read = some.len();
            file.consume(read);
        }
    }
    Ok(hex(&hash.finalize()))
}

#[cfg(test)]
mod tests;
