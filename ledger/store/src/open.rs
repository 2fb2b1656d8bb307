//! Opening and creating a file log.
//!
//! ```text
//! lock -> meta -> scan the journal's end -> guard, mark: does anything know more than the journal?
//!      -> sync the journal's end -> bring the store up, watched -> does the store know more? -> cut torn bytes -> writer, keeper, applier
//! ```
//!
//! Nothing is changed in the journal before everything that could know more than it has been heard.

mod error;
mod report;

use std::{
    fs::{self, File, TryLockError},
    ops::ControlFlow,
    sync::Arc,
};

use caseledger_chain::{Digest, LedgerId, Position, Size, chain_hash};

pub use self::{
    error::OpenError,
    report::{
        OnRollback, OpenOptions, OpenReport, OpenStep, Progress, RebuildReason, SEGMENT_BYTES_MIN,
        StoreOpened, Witness,
    },
};
use crate::{
    applier::{Filler, MarkFile},
    bring_up::{self, Request},
    disk::{self, Disk, RealDisk},
    file::{FileLog, Parts},
    journal::{self, JournalIndex, JournalWriter, Tail, WriterShared},
    keeper::{self, Duties, Keeper},
    log::Head,
    marks::{self, StoreMark},
    paths::{Meta, Paths},
};

fn lock(paths: &Paths) -> Result<File, OpenError> {
    let path = paths.lock();
    let options = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let file = options.map_err(OpenError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(paths.data().to_owned())),
        Err(TryLockError::Error(source)) => Err(OpenError::io("lock", path)(source)),
    }
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

/// The guard's head; `None` when the journal is to be taken for the truth.
fn read_guard(paths: &Paths, ledger: LedgerId, accept: bool) -> Result<Option<Head>, OpenError> {
    let path = paths.guard().to_owned();
    match marks::read_guard(&path, ledger) {
        Ok(_) if accept => Ok(None),
        Ok(Some(head)) => Ok(Some(head)),
        Ok(None) => Err(OpenError::GuardMissing(path)),
        Err(source) => Err(OpenError::Guard { path, source }),
    }
}

/// Refuses a journal whose entry at the guard's size is another one.
fn check_fork(index: &JournalIndex, guard: Head) -> Result<(), OpenError> {
    let Some(last) = guard.size.get().checked_sub(1) else {
        return Ok(());
    };
    let mut found = Head::EMPTY;
    index.replay(Position::new(last), &mut |frame| {
        let skip = (last - frame.first().get()) as usize;
        let hash = frame.entries().nth(skip).map(chain_hash);
        found = Head::new(guard.size.get(), hash.unwrap_or(Digest::ZERO));
        ControlFlow::Break(())
    })?;
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
    let unreadable = |source| OpenError::Meta {
        path: paths.data().to_owned(),
        source,
    };
    // The meta file first: a folder that holds no ledger gets no lock file either.
    let meta = Meta::read(paths).map_err(unreadable)?;
    let lock = Arc::new(lock(paths)?);
    let ledger = meta.ledger();

    progress.step(&OpenStep::ScanningJournal);
    let mut tail = Tail::scan(&paths.journal(), ledger)?;
    let index = Arc::new(tail.index());
    let accept = options.on_rollback == OnRollback::AcceptJournal;
    if let Some(guard) = read_guard(paths, ledger, accept)? {
        check_witness(&tail, Witness::Guard, guard)?;
        check_fork(&index, guard)?;
    }
    // An unreadable mark is no witness; the store it belongs to is then rebuilt.
    let mark = StoreMark::read(&paths.mark(), ledger).ok().flatten();
    if let Some(mark) = mark.filter(|_| !accept) {
        check_witness(&tail, Witness::StoreMark, mark.head)?;
    }
    // The first line that writes: everything below derives from what it makes durable.
    tail.settle(&*disk)?;
    let mark_file = MarkFile {
        disk: Arc::clone(&disk),
        path: paths.mark(),
        ledger,
    };
    let request = Request {
        folder: paths.store(),
        mark,
        mark_file,
        index: Arc::clone(&index),
        lock: Arc::clone(&lock),
        accept,
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

    // Everything that could know more than the journal has been heard: what is torn was never acknowledged.
    let torn_bytes_cut = tail.cut(&*disk)?;
    let head = tail.head;
    if accept || torn_bytes_cut > 0 {
        marks::write_guard(&*disk, paths.guard(), ledger, head)
            .map_err(OpenError::io("write", paths.guard()))?;
    }
    let report = OpenReport {
        head,
        segments: index.segments(),
        torn_bytes_cut,
        clean_shutdown: mark.is_some_and(|mark| mark.clean && mark.head == head),
        compared_entries: up.compared,
        checkpoints: Size::new(up.filler.noted()),
        store: up.opened,
    };
    let log = start(disk, paths, options, tail, index, up.filler, meta)?;
    Ok((log, report))
}

/// Starts the threads around a journal and a store that have been found in order.
fn start(
    disk: Arc<dyn Disk>,
    paths: &Paths,
    options: &OpenOptions,
    tail: Tail,
    index: Arc<JournalIndex>,
    filler: Filler,
    meta: Meta,
) -> Result<FileLog, OpenError> {
    let tasks = keeper::tasks();
    let spare = Arc::default();
    let shared = WriterShared {
        disk: Arc::clone(&disk),
        index: Arc::clone(&index),
        spare: Arc::clone(&spare),
        keeper: tasks.0.clone(),
        segment_bytes: options.segment_bytes,
    };
    let writer = JournalWriter::open(tail, shared)?;
    let duties = Duties {
        disk: Arc::clone(&disk),
        index: Arc::clone(&index),
        spare,
        journal: paths.journal(),
        segment_bytes: options.segment_bytes,
        guard: paths.guard().to_owned(),
        ledger: meta.ledger(),
    };
    let spawn = OpenError::io("start a thread for", paths.data());
    let keeper = Keeper::start(duties, tasks).map_err(spawn)?;
    let parts = Parts {
        writer,
        index,
        filler,
        keeper,
        disk,
        paths: paths.clone(),
        meta,
    };
    FileLog::start(parts).map_err(OpenError::io("start a thread for", paths.data()))
}
