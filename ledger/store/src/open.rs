//! Opening and creating a file log.
//!
//! ```text
//! lock -> meta -> scan the journal's end -> guard, mark: does anything know more than the journal?
//!      -> sync the journal's end -> bring the store up, watched -> does the store know more? -> cut torn bytes -> writer, keeper, applier
//! ```
//!
//! Nothing is changed in the journal before everything that could know more than it has been heard. Opened read-only,
//! nothing is changed in it at all, no witness is heard, and the store is another one, so that none is overwritten.

mod error;
mod report;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use caseledger_chain::{LedgerId, Size};

pub use self::{
    error::OpenError,
    report::{
        Access, OpenOptions, OpenReport, OpenStep, Progress, RebuildReason, SEGMENT_BYTES_MIN,
        StoreOpened, Witness,
    },
};
use crate::{
    applier::MarkFile,
    bring_up::{self, Request},
    disk::{self, Disk, RealDisk},
    file::{FileLog, Parts, Writing},
    guard::{self, Guard},
    journal::{self, JournalIndex, JournalWriter, Tail, WriterShared},
    keeper::{self, Duties, Keeper},
    log::Head,
    marks::{self, StoreMark},
    paths::{Meta, Paths},
};

fn lock(paths: &Paths) -> Result<File, OpenError> {
    lock_for(&paths.lock(), paths.data())
}

/// Locks `path`, which stands for `what`.
fn lock_for(path: &Path, what: &Path) -> Result<File, OpenError> {
    let locked = guard::lock(path).map_err(OpenError::io("lock", path))?;
    locked.map_err(|guard::Held| OpenError::Locked(what.to_owned()))
}

/// Locks the guard against every copy that shares it; where the guard is behind all links, and the lock.
fn lock_guard(paths: &Paths) -> Result<(PathBuf, File), OpenError> {
    let real = paths.real_guard();
    let guard = real.map_err(OpenError::io("find", paths.guard()))?;
    let lock = lock_for(&guard::lock_path(&guard), paths.guard())?;
    Ok((guard, lock))
}

/// Makes a new ledger. The meta file is written last: without it there is nothing to open.
pub(crate) fn init(paths: &Paths, meta: &Meta, segment_bytes: u64) -> Result<(), OpenError> {
    init_on(&RealDisk, paths, meta, segment_bytes)
}

pub(crate) fn init_on(
    disk: &dyn Disk,
    paths: &Paths,
    meta: &Meta,
    segment_bytes: u64,
) -> Result<(), OpenError> {
    check_segment_bytes(segment_bytes)?;
    for path in [
        paths.meta(),
        paths.journal(),
        paths.store(),
        paths.guard().to_owned(),
    ] {
        if path.exists() {
            return Err(OpenError::Exists(path));
        }
    }
    let journal = paths.journal();
    fs::create_dir_all(&journal).map_err(OpenError::io("create", &journal))?;
    let _lock = lock(paths)?;
    if let Some(parent) = paths.guard().parent() {
        fs::create_dir_all(parent).map_err(OpenError::io("create", parent))?;
    }
    journal::create_first(disk, &journal, meta.ledger(), segment_bytes)
        .map_err(OpenError::io("make the first segment in", &journal))?;
    disk.sync_dir(paths.data())
        .map_err(OpenError::io("sync", paths.data()))?;
    disk.sync_dir(disk::folder_of(paths.data()))
        .map_err(OpenError::io("sync the parent of", paths.data()))?;
    marks::write_guard(disk, paths.guard(), meta.ledger(), Head::EMPTY)
        .map_err(OpenError::io("write", paths.guard()))?;
    meta.write(disk, paths)
        .map_err(OpenError::io("write", paths.meta()))
}

fn check_segment_bytes(found: u64) -> Result<(), OpenError> {
    if found < SEGMENT_BYTES_MIN {
        Err(OpenError::SegmentBytes { found })
    } else {
        Ok(())
    }
}

/// Refuses a journal that `remembered` goes beyond.
fn check_witness(tail: &Tail, witness: Witness, remembered: Head) -> Result<(), OpenError> {
    let (expected, found) = (remembered, tail.head);
    if expected.size <= found.size {
        return Ok(());
    }
    Err(match &tail.torn {
        Some(torn) => OpenError::DamagedTail {
            damage: torn.damage.into(),
            witness,
            expected,
            found,
        },
        None => OpenError::Behind {
            witness,
            expected,
            found,
        },
    })
}

/// The guard's head.
fn read_guard(paths: &Paths, ledger: LedgerId) -> Result<Head, OpenError> {
    let path = paths.guard().to_owned();
    match marks::read_guard(&path, ledger) {
        Ok(Some(head)) => Ok(head),
        Ok(None) => Err(OpenError::GuardMissing(path)),
        Err(source) => Err(OpenError::Guard { path, source }),
    }
}

/// The guard's head, if the journal continues it.
fn check_guard(
    paths: &Paths,
    ledger: LedgerId,
    tail: &Tail,
    index: &JournalIndex,
) -> Result<Head, OpenError> {
    let guard = read_guard(paths, ledger)?;
    check_witness(tail, Witness::Guard, guard)?;
    check_fork(index, guard)?;
    Ok(guard)
}

fn read_meta(paths: &Paths) -> Result<Meta, OpenError> {
    Meta::read(paths).map_err(|source| OpenError::Meta {
        path: paths.data().to_owned(),
        source,
    })
}

/// Makes a guard that says where the journal ends, for a ledger that has lost its own. `vouched` is a head that a
/// signed checkpoint covers: the journal must continue it. Whatever else could know more is heard as in open; what is
/// torn was perhaps acknowledged, and the one that would have known is lost.
pub(crate) fn restore_guard(paths: &Paths, vouched: Head) -> Result<Head, OpenError> {
    restore_guard_on(&RealDisk, paths, vouched)
}

pub(crate) fn restore_guard_on(
    disk: &dyn Disk,
    paths: &Paths,
    vouched: Head,
) -> Result<Head, OpenError> {
    let ledger = read_meta(paths)?.ledger();
    let _lock = lock(paths)?;
    let (_, _guard_lock) = lock_guard(paths)?;
    if paths.guard().exists() {
        return Err(OpenError::Exists(paths.guard().to_owned()));
    }
    let mut tail = Tail::scan(&paths.journal(), ledger)?;
    let index = tail.index();
    check_witness(&tail, Witness::Guard, vouched)?;
    check_fork(&index, vouched)?;
    // An unreadable mark is no witness.
    if let Some(mark) = StoreMark::read(&paths.mark(), ledger).ok().flatten() {
        check_witness(&tail, Witness::StoreMark, mark.head)?;
    }
    if let Some(torn) = &tail.torn {
        let (damage, found) = (torn.damage.into(), tail.head);
        return Err(OpenError::TornTail { damage, found });
    }
    // The guard names only what is durable: a frame that is lost behind it could not be told from one that was taken away.
    tail.settle(disk)?;
    marks::write_guard(disk, paths.guard(), ledger, tail.head)
        .map_err(OpenError::io("write", paths.guard()))?;
    Ok(tail.head)
}

/// Makes a guard that remembers more than the journal has, for a copy of a ledger that is known to have been further.
/// Until a journal that reaches `known` is there, it is not opened for writing.
pub(crate) fn guard_ahead(paths: &Paths, known: Head) -> Result<(), OpenError> {
    let ledger = read_meta(paths)?.ledger();
    let _lock = lock(paths)?;
    let (_, _guard_lock) = lock_guard(paths)?;
    if paths.guard().exists() {
        return Err(OpenError::Exists(paths.guard().to_owned()));
    }
    marks::write_guard(&RealDisk, paths.guard(), ledger, known)
        .map_err(OpenError::io("write", paths.guard()))
}

/// Refuses a journal whose entry at the guard's size is another one.
fn check_fork(index: &JournalIndex, guard: Head) -> Result<(), OpenError> {
    let found = index.head_at(guard.size)?.unwrap_or(Head::EMPTY);
    if found == guard {
        Ok(())
    } else {
        Err(OpenError::Forked {
            expected: guard,
            found,
        })
    }
}

pub(crate) fn open(
    paths: &Paths,
    options: &OpenOptions,
    progress: &dyn Progress,
) -> Result<(FileLog, OpenReport), OpenError> {
    open_on(Arc::new(RealDisk), paths, options, progress)
}

pub(crate) fn open_on(
    disk: Arc<dyn Disk>,
    paths: &Paths,
    options: &OpenOptions,
    progress: &dyn Progress,
) -> Result<(FileLog, OpenReport), OpenError> {
    check_segment_bytes(options.segment_bytes)?;
    // The meta file first: a folder that holds no ledger gets no lock file either.
    let meta = read_meta(paths)?;
    let lock = Arc::new(lock(paths)?);
    let ledger = meta.ledger();

    progress.step(&OpenStep::ScanningJournal);
    let mut tail = Tail::scan(&paths.journal(), ledger)?;
    let index = Arc::new(tail.index());
    let checked = check_guard(paths, ledger, &tail, &index);
    let guarded = checked.is_ok();
    let (folder, mark_path, writing) = match options.access {
        Access::Write => {
            let head = checked?;
            let locked = lock_guard(paths)?;
            (paths.store(), paths.mark(), Some((head, locked)))
        }
        Access::ReadOnly => (paths.read_only_store(), paths.read_only_mark(), None),
    };
    // An unreadable mark is no witness; the store it belongs to is then rebuilt.
    let mark = StoreMark::read(&mark_path, ledger).ok().flatten();
    if writing.is_some() {
        if let Some(mark) = mark {
            check_witness(&tail, Witness::StoreMark, mark.head)?;
        }
        // The first line that writes: everything below derives from what it makes durable.
        tail.settle(&*disk)?;
    } else {
        tail.sync()?;
    }
    let mark_file = MarkFile {
        disk: Arc::clone(&disk),
        path: mark_path,
        ledger,
    };
    let request = Request {
        folder,
        mark,
        mark_file,
        index: Arc::clone(&index),
        lock: Arc::clone(&lock),
        accept: writing.is_none(),
        options: *options,
    };
    let up = bring_up::run(&request, progress).map_err(|failure| match failure {
        bring_up::Failure::Ahead(store) => check_witness(&tail, Witness::Store, store)
            .err()
            .unwrap_or(OpenError::Behind {
                witness: Witness::Store,
                expected: store,
                found: tail.head,
            }),
        bring_up::Failure::Open(error) => error,
    })?;

    let head = tail.head;
    let mut torn_bytes_cut = 0;
    let writing = match writing {
        None => None,
        Some((written, (guard, lock))) => {
            // The lock came behind the first look: what another process wrote in between counts.
            if read_guard(paths, ledger)? != written {
                return Err(OpenError::Locked(paths.guard().to_owned()));
            }
            // Everything that could know more than the journal has been heard: what is torn was never acknowledged.
            torn_bytes_cut = tail.cut(&*disk)?;
            let guard = Guard::new(Arc::clone(&disk), &guard, ledger, written, lock);
            if torn_bytes_cut > 0 {
                guard
                    .write(head)
                    .map_err(OpenError::io("write", paths.guard()))?;
            }
            let (guard, index) = (Arc::new(guard), Arc::clone(&index));
            Some(start(disk, paths, options, tail, index, guard)?)
        }
    };
    let report = OpenReport {
        head,
        segments: index.segments(),
        torn_bytes_cut,
        guarded,
        clean_shutdown: mark.is_some_and(|mark| mark.clean && mark.head == head),
        compared_entries: up.compared,
        checkpoints: Size::new(up.filler.noted()),
        store: up.opened,
    };
    let parts = Parts {
        writing,
        index,
        filler: up.filler,
        meta,
    };
    let log = FileLog::start(parts).map_err(OpenError::io("start a thread for", paths.data()))?;
    Ok((log, report))
}

/// Starts what writes a journal that has been found in order.
fn start(
    disk: Arc<dyn Disk>,
    paths: &Paths,
    options: &OpenOptions,
    tail: Tail,
    index: Arc<JournalIndex>,
    guard: Arc<Guard>,
) -> Result<Writing, OpenError> {
    let tasks = keeper::tasks();
    let spare = Arc::default();
    let shared = WriterShared {
        disk: Arc::clone(&disk),
        index: Arc::clone(&index),
        spare: Arc::clone(&spare),
        keeper: tasks.0.clone(),
        guard: Arc::clone(&guard),
        segment_bytes: options.segment_bytes,
    };
    let writer = JournalWriter::open(tail, shared)?;
    let duties = Duties {
        disk,
        index,
        spare,
        journal: paths.journal(),
        segment_bytes: options.segment_bytes,
        guard: Arc::clone(&guard),
    };
    let spawn = OpenError::io("start a thread for", paths.data());
    let keeper = Keeper::start(duties, tasks).map_err(spawn)?;
    Ok(Writing {
        writer,
        keeper: Some(keeper),
        guard,
    })
}
