//! The one place where files are touched. Every call that changes something is announced to a [`Watch`] first, which
//! tests use to stop the vault there.

use std::{
    fmt, fs,
    io::{self, Read as _, Write as _},
    os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{fs::OFlags, io::Errno};
use zeroize::Zeroizing;

/// How many bytes are written with one call.
const CHUNK: usize = 1024 * 1024;

/// What is about to be done to a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Make a file that is not there yet.
    CreateFile,
    /// Make a folder.
    CreateFolder,
    /// Write zero bytes over a key.
    Overwrite,
    /// Remove a file.
    Remove,
    /// Rename a file to the path named.
    Rename,
    /// `fsync` of a file.
    SyncFile,
    /// `fsync` of a folder.
    SyncFolder,
    /// Write a piece of a new file.
    Write,
}

/// What becomes of a step.
#[derive(Debug)]
pub enum Verdict {
    /// It is done.
    Go,
    /// It is not done, and fails so.
    Refuse(io::Error),
    /// It fails, and still leaves a trace: of a write this many bytes, of anything else all of it.
    Tear(usize),
}

/// Is told of every step before it is taken, and may prevent it: for tests of what a crash leaves.
pub trait Watch: fmt::Debug + Send + Sync {
    /// Decides about a step. The path is what it is done to; of a rename, what it will be called.
    fn before(&self, step: Step, path: &Path) -> Verdict;
}

/// The operating system's files.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    watch: Option<Arc<dyn Watch>>,
}

/// A file or folder of the vault cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Others than the owner may look into the folder, or put other keys there.
    #[error(
        "{path} has mode {found:03o}, expected 700: run chmod 700 on it, and consider whether keys were read or exchanged"
    )]
    FolderPermissions {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        found: u32,
    },
    /// The operating system refused.
    #[error("cannot {op} {path}")]
    Io {
        /// What was attempted.
        op: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Its answer.
        #[source]
        source: io::Error,
    },
    /// A link, a pipe, a device or a folder lies in its place.
    #[error("{path} is not a regular file: restore it from its backup")]
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else owns it, and may therefore exchange it, whatever its mode is.
    #[error(
        "{path} is owned by user {found}, expected {expected} or root: run chown {expected} on it, and consider whether keys were read or exchanged"
    )]
    Owner {
        /// The file or folder.
        path: PathBuf,
        /// Number of the user who runs this process.
        expected: u32,
        /// Number of the owner.
        found: u32,
    },
    /// Others than the owner may use it, or the owner may not overwrite it.
    #[error(
        "{path} has mode {found:03o}, expected 600: run chmod 600 on it, and consider whether keys were read"
    )]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        found: u32,
    },
    /// Longer than such a file can be.
    #[error("{path} has {found} bytes, expected at most {expected}: restore it from its backup")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The greatest length in bytes.
        expected: u64,
        /// Its length in bytes.
        found: u64,
    },
}

impl Disk {
    /// Files whose every change is announced to `watch`.
    pub fn watched(watch: Arc<dyn Watch>) -> Self {
        Self { watch: Some(watch) }
    }

    /// Makes a folder that only its owner may enter, if there is none, and checks the one there is.
    pub(crate) fn make_folder(&self, path: &Path) -> Result<(), FileError> {
        if !is_there(path) {
            self.take(Step::CreateFolder, path, || {
                fs::DirBuilder::new().mode(0o700).create(path)
            })?;
            self.sync_folder(folder_of(path))?;
        }
        check_folder(path)
    }

    /// Makes a new file that only its owner may read, and syncs it. Its name is durable after
    /// [`Disk::sync_folder`].
    ///
    /// # Errors
    /// [`FileError::Io`]; above all if something is at `path` already.
    pub fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        let mut file = self.take(Step::CreateFile, path, || {
            fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
        })?;
        for piece in bytes.chunks(CHUNK) {
            self.write(Step::Write, path, &mut file, piece)?;
        }
        self.sync_file(path, &file)
    }

    /// Renames over whatever is at `to`. Durable after [`Disk::sync_folder`].
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn rename(&self, from: &Path, to: &Path) -> Result<(), FileError> {
        self.take(Step::Rename, to, || fs::rename(from, to))
    }

    /// Makes creations, renames and removals in a folder durable.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn sync_folder(&self, path: &Path) -> Result<(), FileError> {
        self.take(Step::SyncFolder, path, || fs::File::open(path)?.sync_all())
    }

    /// Removes a file, and says whether there was one.
    pub(crate) fn remove(&self, path: &Path) -> Result<bool, FileError> {
        if !is_there(path) {
            return Ok(false);
        }
        self.take(Step::Remove, path, || fs::remove_file(path))?;
        Ok(true)
    }

    /// Writes zero bytes over all of a file, syncs them and removes it; says whether there was one. The removal is
    /// durable after [`Disk::sync_folder`].
    ///
    /// # Errors
    /// [`FileError`]; the file may then be partly overwritten.
    pub fn wipe(&self, path: &Path) -> Result<bool, FileError> {
        let mut options = fs::OpenOptions::new();
        let Some((mut file, metadata)) = open_regular(options.write(true), path)? else {
            return Ok(false);
        };
        // A key is short; a file that is not is none, and is wiped all the same.
        let zeroes = vec![0; usize::try_from(metadata.len()).unwrap_or(CHUNK).min(CHUNK)];
        let mut left = metadata.len();
        while left > 0 {
            let next = zeroes.get(..usize::try_from(left).unwrap_or(CHUNK).min(CHUNK));
            let next = next.unwrap_or(&zeroes);
            self.write(Step::Overwrite, path, &mut file, next)?;
            left -= next.len() as u64;
        }
        // The zero bytes have to be there before the name is gone: a file without one is not written back for us.
        self.sync_file(path, &file)?;
        self.remove(path)
    }

    /// Writes all of `bytes` where the file stands.
    fn write(
        &self,
        step: Step,
        path: &Path,
        file: &mut fs::File,
        bytes: &[u8],
    ) -> Result<(), FileError> {
        match self.verdict(step, path) {
            Verdict::Go => file.write_all(bytes),
            Verdict::Refuse(source) => Err(source),
            Verdict::Tear(kept) => file
                .write_all(bytes.get(..kept).unwrap_or(bytes))
                .and(Err(io::ErrorKind::WriteZero.into())),
        }
        .map_err(io_error(op(step), path))
    }

    fn sync_file(&self, path: &Path, file: &fs::File) -> Result<(), FileError> {
        self.take(Step::SyncFile, path, || file.sync_all())
    }

    /// Announces a step that writes no bytes, and takes it.
    fn take<T>(
        &self,
        step: Step,
        path: &Path,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, FileError> {
        match self.verdict(step, path) {
            Verdict::Go => act(),
            Verdict::Refuse(source) => Err(source),
            Verdict::Tear(_) => act().and(Err(io::ErrorKind::Interrupted.into())),
        }
        .map_err(io_error(op(step), path))
    }

    fn verdict(&self, step: Step, path: &Path) -> Verdict {
        let watch = self.watch.as_ref();
        watch.map_or(Verdict::Go, |watch| watch.before(step, path))
    }
}

/// What a step does, in words.
const fn op(step: Step) -> &'static str {
    match step {
        Step::CreateFile | Step::CreateFolder => "create",
        Step::Overwrite => "overwrite",
        Step::Remove => "remove",
        Step::Rename => "rename a new file to",
        Step::SyncFile | Step::SyncFolder => "sync",
        Step::Write => "write",
    }
}

/// The whole of a file of at most `most` bytes; `None` if there is none. What is read is wiped when dropped.
pub(crate) fn read(path: &Path, most: u64) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    let Some((file, metadata)) = open_regular(fs::OpenOptions::new().read(true), path)? else {
        return Ok(None);
    };
    check_owner(path, &metadata)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode != 0o600 {
        return Err(FileError::Permissions {
            path: path.to_owned(),
            found: mode,
        });
    }
    let found = metadata.len();
    if found > most {
        return Err(FileError::TooLong {
            path: path.to_owned(),
            expected: most,
            found,
        });
    }
    // One more than there is, so that reading to the end leaves no copy where the bytes were before they grew.
    let capacity = usize::try_from(found).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(found)
        .read_to_end(&mut bytes)
        .map_err(io_error("read", path))?;
    Ok(Some(bytes))
}

/// Whether anything is there. A link that leads nowhere is something, too.
pub(crate) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The names of what lies in a folder, in no order; names that are no text are left out.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, FileError> {
    let listed = || -> io::Result<_> {
        let entries = fs::read_dir(folder)?;
        entries
            .map(|entry| Ok(entry?.file_name().into_string().ok()))
            .filter_map(Result::transpose)
            .collect()
    };
    listed().map_err(io_error("list", folder))
}

/// Whoever may write into the folder can exchange the keys, whatever their own modes are.
pub(crate) fn check_folder(path: &Path) -> Result<(), FileError> {
    let metadata = fs::metadata(path).map_err(io_error("open", path))?;
    check_owner(path, &metadata)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode != 0o700 {
        return Err(FileError::FolderPermissions {
            path: path.to_owned(),
            found: mode,
        });
    }
    Ok(())
}

/// An owner can give himself any right. Root has every right already.
fn check_owner(path: &Path, metadata: &fs::Metadata) -> Result<(), FileError> {
    let (expected, found) = (rustix::process::geteuid().as_raw(), metadata.uid());
    if found == expected || found == 0 {
        return Ok(());
    }
    Err(FileError::Owner {
        path: path.to_owned(),
        expected,
        found,
    })
}

/// Opens a file without following a link and without waiting for a pipe; `None` if there is none.
fn open_regular(
    options: &mut fs::OpenOptions,
    path: &Path,
) -> Result<Option<(fs::File, fs::Metadata)>, FileError> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let not_regular = || FileError::NotRegular {
        path: path.to_owned(),
    };
    let file = match options.custom_flags(flags.bits().cast_signed()).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // A link; a pipe without a reader; a folder.
        Err(error)
            if [Errno::LOOP, Errno::NXIO, Errno::ISDIR]
                .map(|errno| Some(errno.raw_os_error()))
                .contains(&error.raw_os_error()) =>
        {
            return Err(not_regular());
        }
        Err(error) => return Err(io_error("open", path)(error)),
    };
    let metadata = file.metadata().map_err(io_error("open", path))?;
    if !metadata.is_file() {
        return Err(not_regular());
    }
    Ok(Some((file, metadata)))
}

/// The folder that a file or folder is in.
fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn io_error(op: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io { op, path, source }
}
