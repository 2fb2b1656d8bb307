//! What a monitor remembers: the last checkpoint of each log and of each view, and evidence.
//!
//! Each file is written whole or not at all. Whatever a crash leaves was verified when it was
//! written, so a monitor that starts again may lag behind, and never believes too much.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use caseledger_chain::{CheckpointError, VerifierKey, leaf_hash};

use super::{Evidence, Signed};

/// Whoever holds a lock on it may write to the directory.
const LOCK: &str = ".lock";

/// Why the state of a monitor cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another monitor uses the directory.
    #[error("{} is in use by another monitor; stop it, or give this one a directory of its own", dir.display())]
    Locked {
        /// The directory.
        dir: PathBuf,
    },
    /// A checkpoint in it was changed, or was never of this log.
    #[error(
        "{} is no checkpoint that the key signed, so no monitor wrote it like this; find out who did \
         before you remove it: {source}",
        path.display()
    )]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: CheckpointError,
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
}

/// A directory that one monitor keeps its state in.
#[derive(Debug)]
pub struct MonitorState {
    dir: PathBuf,
    /// Taken while evidence gets its number: several logs are followed at once.
    numbering: Mutex<()>,
    /// Held for as long as this lives.
    _lock: File,
}

impl MonitorState {
    /// Takes a directory, which is made if there is none.
    ///
    /// # Errors
    /// [`StateError::Locked`] if another process has it.
    pub fn open(dir: &Path) -> Result<Self, StateError> {
        fs::create_dir_all(dir).map_err(failed("create", dir))?;
        let file = dir.join(LOCK);
        let lock = File::create(&file).map_err(failed("create", &file))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let dir = dir.to_owned();
                return Err(StateError::Locked { dir });
            }
            Err(fs::TryLockError::Error(error)) => return Err(failed("lock", &file)(error)),
        }
        Ok(Self {
            dir: dir.to_owned(),
            numbering: Mutex::new(()),
            _lock: lock,
        })
    }

    /// The last checkpoint under a name, if there is one.
    pub(super) fn read(&self, name: &str, key: &VerifierKey) -> Result<Option<Signed>, StateError> {
        let path = self.dir.join(name);
        let note = match fs::read(&path) {
            Ok(note) => note,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        let signed = Signed::open(&note, key);
        let signed = signed.map_err(|source| StateError::Checkpoint { path, source })?;
        Ok(Some(signed))
    }

    /// Keeps a checkpoint under a name.
    pub(super) fn keep(&self, name: &str, signed: &Signed) -> Result<(), StateError> {
        self.write(name, signed.note()).map(drop)
    }

    /// Keeps evidence under a number of its own; what is there already keeps its number.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn file(&self, evidence: &Evidence) -> Result<PathBuf, StateError> {
        let text = evidence.render();
        let _numbering = self
            .numbering
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut number = 1_u64;
        loop {
            let name = format!("evidence-{number}.txt");
            let path = self.dir.join(&name);
            match fs::read(&path) {
                Ok(known) if known == text.as_bytes() => return Ok(path),
                Ok(_) => number += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return self.write(&name, &text);
                }
                Err(error) => return Err(failed("read", &path)(error)),
            }
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, StateError> {
        let path = self.dir.join(name);
        let unfinished = self.dir.join(format!(".{name}.new"));
        let write = || {
            let mut file = File::create(&unfinished)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(failed("write", &unfinished))?;
        // A crash before this line leaves what was there before, and a file that nobody reads.
        fs::rename(&unfinished, &path).map_err(failed("rename", &unfinished))?;
        let synced = File::open(&self.dir).and_then(|dir| dir.sync_all());
        synced.map_err(failed("sync", &self.dir))?;
        Ok(path)
    }
}

/// A name of a file for a log, or for one view of it: what it stands for may have any characters.
pub(super) fn name(kind: &str, of: &[&str]) -> String {
    let mut digest = leaf_hash(of.join("\n").as_bytes()).to_string();
    digest.truncate(32);
    format!("{kind}-{digest}.checkpoint")
}

fn failed(op: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StateError {
    move |source| StateError::Io {
        op,
        path: path.to_owned(),
        source,
    }
}
