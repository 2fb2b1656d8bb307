//! The one seam between durable writes and the operating system, so that tests can make each of them fail.
//!
//! Reads do not go through it: a failed read changes nothing.

use std::{
    fmt, fs, io,
    os::unix::fs::{FileExt, PermissionsExt},
    path::Path,
};

/// The writing half of a file system.
pub(crate) trait Disk: fmt::Debug + Send + Sync {
    /// Creates a file that must not exist.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file for writing.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Renames over whatever is at `to`. Durable only after [`Disk::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes creations, renames and removals in `dir` durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Takes away write permission: a guard against slips, not against an operator.
    fn set_read_only(&self, path: &Path) -> io::Result<()>;
}

/// The writing half of a file.
pub(crate) trait DiskFile: fmt::Debug + Send + Sync {
    /// Writes all of `bytes` at `offset`.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// `fdatasync`.
    fn sync_data(&self) -> io::Result<()>;
    /// `fsync`.
    fn sync_all(&self) -> io::Result<()>;
    /// `ftruncate`.
    fn set_len(&self, len: u64) -> io::Result<()>;
}

/// The operating system itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(
            fs::File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .open(path)?,
        ))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let open = || fs::File::options().read(true).write(true).open(path);
        Ok(Box::new(open_sealed(path, open)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        fs::File::open(dir)?.sync_all()
    }

    fn set_read_only(&self, path: &Path) -> io::Result<()> {
        fs::set_permissions(path, fs::Permissions::from_mode(0o440))
    }
}

/// Opens what may have been sealed. A crash between sealing a segment and naming its successor leaves the newest one
/// read-only. Its owner takes that back to sync it once more; sealing makes it read-only again.
fn open_sealed<T>(path: &Path, open: impl Fn() -> io::Result<T>) -> io::Result<T> {
    match open() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o640))?;
            open()
        }
        opened => opened,
    }
}

impl DiskFile for fs::File {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        Self::sync_data(self)
    }

    fn sync_all(&self) -> io::Result<()> {
        Self::sync_all(self)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::set_len(self, len)
    }
}

/// Replaces the small file `path` by `bytes`, durably and atomically: a crash at any point leaves the old or the
/// new content. The new bytes are synced before the rename shows them, the folder after.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    match disk.remove(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let file = disk.create(&temporary)?;
    file.write_all_at(bytes, 0)?;
    file.sync_all()?;
    disk.rename(&temporary, path)?;
    disk.sync_dir(folder_of(path))
}

/// The folder a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Whether an error says that there is no space.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// Opens as the system does for everybody but root, who may write whatever the mode is.
    fn open_as_owner(path: &Path) -> io::Result<fs::File> {
        let opened = fs::File::options().read(true).write(true).open(path)?;
        if mode(path) & 0o200 == 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(opened)
    }

    #[test]
    fn a_sealed_segment_is_opened_for_writing_again_and_nothing_else_changes_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("segment");
        fs::write(&path, b"frames").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        open_sealed(&path, || open_as_owner(&path)).unwrap();
        assert_eq!(mode(&path), 0o600, "what can be written is left alone");
        RealDisk.set_read_only(&path).unwrap();
        assert!(open_as_owner(&path).is_err());
        let file = open_sealed(&path, || open_as_owner(&path)).unwrap();
        DiskFile::write_all_at(&file, b"F", 0).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"Frames");

        RealDisk.set_read_only(&path).unwrap();
        let other = open_sealed(&path, || Err::<(), _>(io::ErrorKind::NotFound.into()));
        assert_eq!(other.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(
            mode(&path),
            0o440,
            "another failure is no reason to change it"
        );
    }
}
