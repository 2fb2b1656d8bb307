//! The directory that is kept in step: one writer, whole files, in order.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{self, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use caseledger_chain::{BundleId, TILE_WIDTH, TileId};

use crate::source::{DirSource, Resource, SourceError};

/// Whoever holds a lock on it may write to the directory.
const LOCK: &str = ".lock";

/// Why the directory is not written.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Somebody else is writing.
    #[error("{} is being published to by another process; wait for it or stop it", dir.display())]
    Locked {
        /// The directory.
        dir: PathBuf,
    },
    /// The operating system refuses.
    #[error("cannot {op} {}", path.display())]
    Io {
        /// What was attempted.
        op: &'static str,
        /// With which file or directory.
        path: PathBuf,
        /// Its answer.
        #[source]
        source: io::Error,
    },
    /// What it has published cannot be read.
    #[error(transparent)]
    Read(SourceError),
    /// A task panicked: a defect of the program.
    #[error("writing ended in a panic")]
    Panicked,
}

/// What is done to files, one step at a time. After each step a crash may come.
pub(super) trait Files: Send {
    /// Writes a new file, which need not be on the disk yet.
    fn write(&mut self, file: &Path, bytes: &[u8]) -> io::Result<File>;
    /// Waits until a file that was written is on the disk.
    fn settle(&mut self, file: &Path, open: &File) -> io::Result<()>;
    /// Gives a file its name, in place of another that has it.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    /// Waits until the names in a directory are on the disk.
    fn sync(&mut self, dir: &Path) -> io::Result<()>;
    /// Takes a directory of files away.
    fn remove(&mut self, dir: &Path) -> io::Result<()>;
}

/// The disk.
#[derive(Debug)]
pub(super) struct Disk;

impl Files for Disk {
    fn write(&mut self, file: &Path, bytes: &[u8]) -> io::Result<File> {
        let mut open = File::create(file)?;
        open.write_all(bytes)?;
        Ok(open)
    }

    fn settle(&mut self, _file: &Path, open: &File) -> io::Result<()> {
        open.sync_all()
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync(&mut self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn remove(&mut self, dir: &Path) -> io::Result<()> {
        fs::remove_dir_all(dir)
    }
}

/// A directory that this process alone publishes to.
pub struct Target {
    source: DirSource,
    writer: Mutex<Writer>,
    /// Whether a run that was interrupted may have left files beyond the checkpoint.
    leftovers: AtomicBool,
    /// Held for as long as this lives.
    _lock: File,
}

struct Writer {
    root: PathBuf,
    files: Box<dyn Files>,
    /// Directories with names that may not be on the disk yet.
    unsynced: BTreeSet<PathBuf>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Target {
    /// Takes a directory, which is made if there is none, and clears away what an interrupted run
    /// left: unfinished files, and partial tiles beside their full ones. Nothing else in it is
    /// touched, so that it may be the root of a web server.
    ///
    /// # Errors
    /// [`TargetError::Locked`] if another process publishes to it; [`TargetError::Io`].
    pub fn open(root: &Path) -> Result<Arc<Self>, TargetError> {
        Self::over(root, Box::new(Disk))
    }

    pub(super) fn over(root: &Path, files: Box<dyn Files>) -> Result<Arc<Self>, TargetError> {
        let mut writer = Writer {
            root: root.to_owned(),
            files,
            unsynced: BTreeSet::new(),
        };
        writer.make(&path::absolute(root).map_err(failed("find", root))?)?;
        let file = root.join(LOCK);
        let lock = File::create(&file).map_err(failed("create", &file))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let dir = root.to_owned();
                return Err(TargetError::Locked { dir });
            }
            Err(fs::TryLockError::Error(error)) => return Err(failed("lock", &file)(error)),
        }
        writer.sweep()?;
        Ok(Arc::new(Self {
            source: DirSource::new(root),
            writer: Mutex::new(writer),
            leftovers: AtomicBool::new(true),
            _lock: lock,
        }))
    }

    /// The same directory, for reading.
    pub const fn source(&self) -> &DirSource {
        &self.source
    }

    /// Begins a run; whether files of an interrupted one may be there to be taken up.
    pub(super) fn begin(&self) -> bool {
        self.leftovers.swap(true, Ordering::Relaxed)
    }

    /// The run that began has done everything: the next one need not look for leftovers.
    pub(super) fn complete(&self) {
        self.leftovers.store(false, Ordering::Relaxed);
    }

    /// Writes tiles and bundles, each whole or not at all, and names them in this order.
    pub(super) async fn write(
        self: &Arc<Self>,
        batch: Vec<(Resource, Bytes)>,
    ) -> Result<(), TargetError> {
        self.run(move |writer| writer.write(&batch)).await
    }

    /// Writes the checkpoint, when everything before it is on the disk.
    pub(super) async fn show(self: &Arc<Self>, note: Bytes) -> Result<(), TargetError> {
        self.run(move |writer| {
            // A crash before this line leaves the old checkpoint, whose tiles are all there.
            writer.sync()?;
            writer.write(&[(Resource::Checkpoint, note)])?;
            writer.sync()
        })
        .await
    }

    /// Waits until everything that stands in the directory is on the disk.
    pub(super) async fn sync(self: &Arc<Self>) -> Result<(), TargetError> {
        self.run(Writer::sync).await
    }

    /// Takes the partial tiles or bundles of an index away, if there are any.
    pub(super) async fn remove_partials(
        self: &Arc<Self>,
        resource: &Resource,
    ) -> Result<(), TargetError> {
        let partial = self.source.file(resource);
        let Some(dir) = partial.parent().map(Path::to_owned) else {
            return Ok(());
        };
        self.run(move |writer| match writer.files.remove(&dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &dir)(error))
            }
            Ok(()) | Err(_) => Ok(()),
        })
        .await
    }

    async fn run(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Writer) -> Result<(), TargetError> + Send + 'static,
    ) -> Result<(), TargetError> {
        let target = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            // What a panic left half done is a file that has no name yet.
            work(&mut target.writer.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await.unwrap_or(Err(TargetError::Panicked))
    }
}

impl Writer {
    /// The disk is waited for when all files of a batch are written, not after each: whoever else
    /// waits for the same disk, as the journal of a ledger does, has it to himself meanwhile, and
    /// most of a batch is on it by then. The files are waited for one by one nonetheless. To sync
    /// the whole file system is one call, but it holds up everybody's writes until it is done.
    fn write(&mut self, batch: &[(Resource, Bytes)]) -> Result<(), TargetError> {
        let mut written = Vec::with_capacity(batch.len());
        for (resource, bytes) in batch {
            let file = self.root.join(resource.path());
            let dir = file.parent().unwrap_or(&self.root).to_owned();
            self.make(&dir)?;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let unfinished = dir.join(format!(".{name}.new"));
            let open = self.files.write(&unfinished, bytes);
            let open = open.map_err(failed("write", &unfinished))?;
            written.push((file, unfinished, open));
        }
        // A crash here, or between any of the next lines, leaves files that nobody asks for; the
        // next run takes them away.
        for (_, unfinished, open) in &written {
            let settled = self.files.settle(unfinished, open);
            settled.map_err(failed("sync", unfinished))?;
        }
        // From here on a name stands for bytes that are on the disk.
        for (file, unfinished, _) in written {
            let named = self.files.rename(&unfinished, &file);
            named.map_err(failed("rename", &unfinished))?;
            let dir = file.parent().unwrap_or(&self.root);
            self.unsynced.insert(dir.to_owned());
        }
        Ok(())
    }

    /// Makes a directory and those above it, and remembers whose names are new.
    fn make(&mut self, dir: &Path) -> Result<(), TargetError> {
        if dir.is_dir() {
            return Ok(());
        }
        if let Some(parent) = dir.parent() {
            self.make(parent)?;
            self.unsynced.insert(parent.to_owned());
        }
        fs::create_dir(dir).map_err(failed("create", dir))
    }

    fn sync(&mut self) -> Result<(), TargetError> {
        while let Some(dir) = self.unsynced.pop_first() {
            match self.files.sync(&dir) {
                Ok(()) => {}
                // Its partial tiles were taken away since.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let failed = failed("sync", &dir)(error);
                    self.unsynced.insert(dir);
                    return Err(failed);
                }
            }
        }
        Ok(())
    }

    /// Takes away unfinished files, and directories of partial tiles whose full tile is there.
    ///
    /// Whatever else is found may have been named by a run that a crash ended before it waited
    /// for the disk. So every directory of the log counts as unsynced, or the next checkpoint
    /// could outlive the names of what it covers.
    fn sweep(&mut self) -> Result<(), TargetError> {
        let unfinished = self.root.join(".checkpoint.new");
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("remove", &unfinished)(error));
            }
            Ok(()) | Err(_) => {}
        }
        self.unsynced.insert(self.root.clone());
        if self.root.join("tile").is_dir() {
            self.sweep_below("tile")?;
        }
        Ok(())
    }

    /// The same for a directory, by its path below the root.
    fn sweep_below(&mut self, path: &str) -> Result<(), TargetError> {
        let dir = self.root.join(path);
        self.unsynced.insert(dir.clone());
        for entry in fs::read_dir(&dir).map_err(failed("read", &dir))? {
            let entry = entry.map_err(failed("read", &dir))?;
            let file = entry.path();
            let kind = entry.file_type().map_err(failed("read", &file))?;
            // What is not text is no name of ours.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if kind.is_dir() {
                self.sweep_dir(&format!("{path}/{name}"))?;
                continue;
            }
            let unfinished = name.strip_prefix('.').and_then(|n| n.strip_suffix(".new"));
            if unfinished.is_some_and(|name| is_named(&format!("{path}/{name}"))) {
                fs::remove_file(&file).map_err(failed("remove", &file))?;
            }
        }
        Ok(())
    }

    fn sweep_dir(&mut self, path: &str) -> Result<(), TargetError> {
        let full = path.strip_suffix(".p").filter(|full| is_full(full));
        let full = full.map(|full| self.root.join(full));
        let Some(full) = full.filter(|full| full.is_file()) else {
            // Directories of others are not even read.
            return if holds_named(path) {
                self.sweep_below(path)
            } else {
                Ok(())
            };
        };
        let (dir, partials) = (full.parent().unwrap_or(&self.root), self.root.join(path));
        // A crash before this line could forget the full tile and keep what comes next; readers
        // of the old checkpoint would have neither.
        self.files.sync(dir).map_err(failed("sync", dir))?;
        let removed = self.files.remove(&partials);
        removed.map_err(failed("remove", &partials))
    }
}

/// Whether a path below the root is that of a tile or bundle, and its only spelling.
fn is_named(path: &str) -> bool {
    TileId::parse(path).is_ok() || BundleId::parse(path).is_ok()
}

/// The same, and of a full one.
fn is_full(path: &str) -> bool {
    TileId::parse(path).is_ok_and(|tile| tile.width() == TILE_WIDTH)
        || BundleId::parse(path).is_ok_and(|bundle| bundle.width() == TILE_WIDTH)
}

/// Whether a path below the root is that of a directory which can hold tiles or bundles.
fn holds_named(path: &str) -> bool {
    is_named(&format!("{path}/000")) || is_named(&format!("{path}/1"))
}

fn failed(op: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TargetError {
    move |source| TargetError::Io {
        op,
        path: path.to_owned(),
        source,
    }
}
