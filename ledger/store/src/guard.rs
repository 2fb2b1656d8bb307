//! The rollback guard while a log is open for writing.
//!
//! Two copies of a ledger that both sign make two histories that cannot both be true. So whoever may sign holds a lock
//! beside the guard file for as long as the log is open, and the file is replaced only if it still says what this
//! process wrote last. The lock lies in a file of its own, because the guard is replaced under its name.
//!
//! Nothing here is between a commit and its acknowledgement: the guard is written by the keeper, behind it.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use caseledger_chain::LedgerId;

use crate::{
    disk::Disk,
    log::Head,
    marks::{self, MarkError},
};

/// The file that whoever may sign locks, beside the guard file behind all links.
pub(crate) fn lock_path(guard: &Path) -> PathBuf {
    let mut name = guard.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// Opens and locks a file that has no other purpose. It is not removed: a lock on a removed file locks out nobody.
pub(crate) fn lock(path: &Path) -> io::Result<Result<File, Held>> {
    let mut options = File::options();
    let file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Ok(file)),
        Err(TryLockError::WouldBlock) => Ok(Err(Held)),
        Err(TryLockError::Error(source)) => Err(source),
    }
}

/// Another process has the lock.
#[derive(Debug)]
pub(crate) struct Held;

/// The guard file of an open log.
#[derive(Debug)]
pub(crate) struct Guard {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    ledger: LedgerId,
    state: Mutex<State>,
    /// Size of what was last written, for telling how far behind it is.
    size: Arc<AtomicU64>,
    foreign: AtomicBool,
    _lock: File,
}

#[derive(Debug)]
struct State {
    /// What the file says.
    written: Head,
    /// What it may say as well: an attempt to write it failed, perhaps behind the rename.
    tried: Option<Head>,
}

impl Guard {
    /// The guard at `path`, which says `written`.
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        path: &Path,
        ledger: LedgerId,
        written: Head,
        lock: File,
    ) -> Self {
        Self {
            disk,
            path: path.to_owned(),
            ledger,
            state: Mutex::new(State {
                written,
                tried: None,
            }),
            size: Arc::new(AtomicU64::new(written.size.get())),
            foreign: AtomicBool::new(false),
            _lock: lock,
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many entries the guard knows of, kept up to date. Does not keep the lock.
    pub(crate) fn size(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.size)
    }

    /// Whether somebody else has written it while this log was open. Nothing may be signed from then on.
    pub(crate) fn is_foreign(&self) -> bool {
        self.foreign.load(Ordering::Acquire)
    }

    /// Makes the guard say `head`, unless somebody else has written it. That is looked at also when there is nothing to
    /// write: a log that nobody posts to notices another copy all the same.
    pub(crate) fn write(&self, head: Head) -> io::Result<()> {
        // Nothing panics while it is held.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match marks::read_guard(&self.path, self.ledger) {
            Ok(found) => found,
            Err(MarkError::Io(source)) => return Err(source),
            Err(MarkError::Malformed | MarkError::Ledger { .. }) => {
                return Err(self.found_foreign());
            }
        };
        // Without a file it was removed by hand: this process knows what it said.
        if let Some(found) = found {
            if found != state.written && state.tried != Some(found) {
                return Err(self.found_foreign());
            }
            // A failed attempt that is there all the same: the next one may fail, too, and in front of its rename.
            state.written = found;
        }
        if found == Some(head) && state.tried.is_none() {
            return Ok(());
        }
        state.tried = Some(head);
        marks::write_guard(&*self.disk, &self.path, self.ledger, head)?;
        *state = State {
            written: head,
            tried: None,
        };
        self.size.store(head.size.get(), Ordering::Release);
        Ok(())
    }

    fn found_foreign(&self) -> io::Error {
        self.foreign.store(true, Ordering::Release);
        io::Error::other("it was written by somebody else while the log was open")
    }
}

#[cfg(test)]
mod tests;
