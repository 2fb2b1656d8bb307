//! A folder that files are put into, each whole or not at all.

use std::cell::Cell;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read as _, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use caseledger_engine::open_regular;
use indicatif::ProgressBar;
use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};

use super::crypt::{Recipient, Sealing, names};
use super::error::BackupError;
use super::manifest::{ENCRYPTED, Entry, Manifest, ManifestError};
use super::staged::ours;
use super::{Before, Step};
use crate::output::hex;

/// The file that says that a part is complete.
pub(super) const MANIFEST: &str = "manifest.json";

/// Ending of what is being written.
pub(super) const UNFINISHED: &str = ".tmp";

/// More than a manifest of a hundred thousand segments has.
const MANIFEST_BYTES_MAX: u64 = 64 << 20;

/// How what is written gets there.
#[derive(Clone, Copy)]
pub(crate) struct Manner<'a> {
    /// For whom it is encrypted; for nobody in particular if there are none.
    pub(crate) recipients: &'a [Recipient],
    /// Is asked before each change.
    pub(crate) before: Before<'a>,
    /// Told how many bytes are done.
    pub(crate) progress: &'a ProgressBar,
}

impl Manner<'_> {
    fn step(&self, step: Step, work: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        (self.before)(step)?;
        work()
    }

    /// The name that a file has in a backup.
    pub(super) fn name_of(&self, plain: &str) -> String {
        let ending = if self.recipients.is_empty() {
            ""
        } else {
            ENCRYPTED
        };
        format!("{plain}{ending}")
    }

    /// For whom it encrypts, as a manifest names them.
    pub(super) fn names(&self) -> Vec<String> {
        names(self.recipients)
    }

    /// Makes a folder that only its owner may look into, and what leads to it, each of them durable.
    fn make_folder(&self, path: &Path) -> Result<(), BackupError> {
        let above = parent(path);
        if !above.is_dir() {
            self.make_folder(above)?;
        }
        let made = self.step(Step::Create, || DirBuilder::new().mode(0o700).create(path));
        made.map_err(BackupError::io("create", path))?;
        self.sync_folder(above)
    }

    /// Makes what was created, renamed or removed in a folder durable.
    pub(super) fn sync_folder(&self, path: &Path) -> Result<(), BackupError> {
        self.step(Step::Sync, || File::open(path)?.sync_all())
            .map_err(BackupError::io("sync", path))
    }

    /// Gives something its name.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), BackupError> {
        self.step(Step::Rename, || fs::rename(from, to))
            .map_err(BackupError::io("name", to))
    }

    /// Takes a file away, if it is there.
    pub(super) fn remove(&self, path: &Path) -> Result<(), BackupError> {
        let removed = self.step(Step::Remove, || fs::remove_file(path));
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(BackupError::io("remove", path)),
        }
    }
}

/// Flags for opening what is written to: whoever else may have put a link or a pipe there chooses nothing by it.
pub(super) fn no_follow() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

/// Refuses a folder of a backup that somebody else can put something into: files there are replaced, overwritten and removed,
/// which would then be files of his choice.
pub(super) fn check_folder(path: &Path) -> Result<(), BackupError> {
    let refused = |why| {
        Err(BackupError::Foreign {
            path: path.to_owned(),
            why,
        })
    };
    let Some(found) = ours(path) else {
        return refused("belongs to somebody else, expected you or root");
    };
    if !found.is_dir() {
        return refused("is a link, or no folder");
    }
    if found.permissions().mode() & 0o022 != 0 {
        return refused("can be written by others than its owner");
    }
    Ok(())
}

/// The folder something is in.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// What stands beside a data folder under its name and `suffix`.
pub(crate) fn beside(data: &Path, suffix: &str) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    data.with_file_name(name)
}

/// A folder of a backup that files are put into.
pub(super) struct Folder<'a> {
    pub(super) path: PathBuf,
    pub(super) manner: Manner<'a>,
    copied: Cell<(u64, u64)>,
}

impl<'a> Folder<'a> {
    /// Makes the folder if there is none.
    ///
    /// # Errors
    /// [`BackupError::Io`]; [`BackupError::Foreign`] if others can write there, or into the folder that it lies in.
    pub(super) fn new(path: PathBuf, manner: Manner<'a>) -> Result<Self, BackupError> {
        match fs::symlink_metadata(&path) {
            // Who made it may have been stopped before it was durable.
            Ok(_) => manner.sync_folder(parent(&path))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => manner.make_folder(&path)?,
            Err(error) => return Err(BackupError::io("look at", &path)(error)),
        }
        check_folder(&path)?;
        let above = parent(&path);
        let above = above
            .canonicalize()
            .map_err(BackupError::io("find", above))?;
        check_folder(&above)?;
        Ok(Self {
            path,
            manner,
            copied: Cell::new((0, 0)),
        })
    }

    /// Keeps other backups away as long as the lock lives.
    ///
    /// # Errors
    /// [`BackupError::Busy`] if another one has it.
    pub(super) fn lock(&self) -> Result<File, BackupError> {
        let path = self.path.join("lock");
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(no_follow())
            .open(&path)
            .map_err(BackupError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(BackupError::Busy(self.path.clone())),
            Err(TryLockError::Error(source)) => Err(BackupError::io("lock", &path)(source)),
        }
    }

    /// Files put here, and their bytes.
    pub(super) fn copied(&self) -> (u64, u64) {
        self.copied.get()
    }

    /// Puts a file here: written and synced under another name first. Its name is durable once the folder is synced.
    ///
    /// # Errors
    /// [`BackupError`] of writing, or of `content`.
    pub(super) fn put(
        &self,
        plain: &str,
        content: impl FnOnce(&mut dyn Write) -> Result<(), BackupError>,
    ) -> Result<Entry, BackupError> {
        let name = self.manner.name_of(plain);
        let new = self.path.join(format!("{name}{UNFINISHED}"));
        let out = Counted::create(&new, self.manner).map_err(BackupError::io("write", &new))?;
        let mut sealing = Sealing::new(self.manner.recipients, out)?;
        content(&mut sealing)?;
        let finished = sealing.finish().and_then(Counted::finish);
        let (bytes, sha256) = finished.map_err(BackupError::io("write", &new))?;
        self.manner.rename(&new, &self.path.join(&name))?;
        let (files, all) = self.copied.get();
        self.copied.set((files + 1, all + bytes));
        Ok(Entry {
            name,
            bytes,
            sha256,
        })
    }

    /// Whether the file is there with the length that its manifest says.
    pub(super) fn has(&self, entry: &Entry) -> bool {
        fs::symlink_metadata(self.path.join(&entry.name))
            .is_ok_and(|file| file.is_file() && file.len() == entry.bytes)
    }

    /// Replaces a manifest. What it names is durable by then, and so is it afterwards.
    ///
    /// # Errors
    /// [`BackupError`] if it cannot be written.
    pub(super) fn replace(&self, name: &str, manifest: &Manifest) -> Result<(), BackupError> {
        let path = self.path.join(name);
        let text = manifest.text();
        let text = text.map_err(|source| BackupError::Manifest {
            path: path.clone(),
            source,
        })?;
        self.manner.sync_folder(&self.path)?;
        let new = self.path.join(format!("{name}{UNFINISHED}"));
        let written = Counted::create(&new, self.manner).and_then(|mut out| {
            out.write_all(text.as_bytes())?;
            out.finish()
        });
        written.map_err(BackupError::io("write", &new))?;
        self.manner.rename(&new, &path)?;
        self.manner.sync_folder(&self.path)
    }
}

/// Reads a manifest, if there is one.
///
/// # Errors
/// [`BackupError`] if it cannot be read, or is none.
pub(super) fn manifest(path: &Path) -> Result<Option<Manifest>, BackupError> {
    let mut bytes = Vec::new();
    match open_regular(path).and_then(|file| file.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes))
    {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(BackupError::io("read", path)(error)),
    }
    let parsed = Manifest::parse(&bytes);
    let refused = |source: ManifestError| BackupError::Manifest {
        path: path.to_owned(),
        source,
    };
    parsed.map(Some).map_err(refused)
}

/// A new file that only its owner may read, which counts and hashes what is written to it.
struct Counted<'a> {
    out: BufWriter<Stepped<'a>>,
    hash: Sha256,
    bytes: u64,
}

impl<'a> Counted<'a> {
    fn create(path: &Path, manner: Manner<'a>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create_new(true).write(true).mode(0o600);
        (manner.before)(Step::Create)?;
        let file = match options.open(path) {
            // Left over from a backup that was stopped, or a link: nothing is written to what is there.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                manner.step(Step::Remove, || fs::remove_file(path))?;
                options.open(path)?
            }
            opened => opened?,
        };
        Ok(Self {
            out: BufWriter::with_capacity(256 << 10, Stepped { file, manner }),
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    /// Makes it durable; its length and digest.
    fn finish(self) -> io::Result<(u64, String)> {
        let Stepped { file, manner } = self.out.into_inner().map_err(io::Error::from)?;
        manner.step(Step::Sync, || file.sync_all())?;
        Ok((self.bytes, hex(&self.hash.finalize())))
    }
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A file that tells what is written to it.
struct Stepped<'a> {
    file: File,
    manner: Manner<'a>,
}

impl Write for Stepped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.manner.before)(Step::Write)?;
        let written = self.file.write(bytes)?;
        self.manner.progress.inc(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
