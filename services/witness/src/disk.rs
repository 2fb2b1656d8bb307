//! How a file is replaced so that a crash leaves the old or the new one, whole.

use std::ffi::OsStr;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The steps of replacing a file, so that tests can make each of them the last.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Makes the file anew, whatever a crash has left there, and syncs its bytes.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Renames over whatever is at `to`. Durable only after [`Self::sync_folder`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes names in the folder durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The operating system itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

/// What a file is called until it takes the place of another.
pub(crate) const UNFINISHED: &str = "new";

/// Replaces `path`. When this returns, a power cut leaves the new bytes; a crash before leaves the
/// old or the new ones.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension(UNFINISHED);
    // A crash here leaves a file of a name that nobody reads.
    disk.write(&unfinished, bytes)?;
    disk.rename(&unfinished, path)?;
    // A crash here leaves either name; whoever asked was told nothing yet.
    disk.sync_folder(folder_of(path))
}

/// The folder that a path is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    let parent = path.parent();
    parent
        .filter(|parent| *parent.as_os_str() != *OsStr::new(""))
        .unwrap_or(Path::new("."))
}
