//! A published log in a directory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rustix::fs::OFlags;

use super::{LogSource, Malformed, Resource, SourceError};

/// A directory in the layout of tlog-tiles.
#[derive(Clone, Debug)]
pub struct DirSource {
    root: PathBuf,
}

impl DirSource {
    /// Takes the path. Nothing is read yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The file of a resource. Only canonical names of tiles exist as values, so that no path
    /// leads out of the directory.
    pub fn file(&self, resource: &Resource) -> PathBuf {
        self.root.join(resource.path())
    }
}

impl LogSource for DirSource {
    fn locate(&self, resource: &Resource) -> String {
        self.file(resource).display().to_string()
    }

    async fn read(&self, resource: Resource) -> Result<Bytes, SourceError> {
        let file = self.file(&resource);
        let max = resource.bytes_max();
        let read = tokio::task::spawn_blocking(move || read_file(&file, max));
        let at = || self.locate(&resource);
        let unreachable = |source| SourceError::Unreachable { at: at(), source };
        let bytes = match read.await.map_err(|error| unreachable(error.into()))? {
            Ok(bytes) => bytes,
            Err(error) if is_absent(&error) => return Err(SourceError::Absent { at: at() }),
            Err(error) => return Err(unreachable(error.into())),
        };
        if bytes.len() > max {
            let what = Malformed::TooLong { max };
            return Err(SourceError::Malformed { at: at(), what });
        }
        Ok(bytes.into())
    }
}

/// The file, and of one that is too long a byte more than it may have.
fn read_file(file: &Path, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(file)?
        .take(max as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file, and waits for no pipe: whoever publishes the directory could make a reader hang.
fn open_regular(file: &Path) -> io::Result<File> {
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(file)?;
    if opened.metadata()?.is_file() {
        return Ok(opened);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "not a regular file",
    ))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
