//! Brings the derived store up to the journal, or rebuilds it.
//!
//! Everything that touches the engine's files happens in a thread that is watched: it reports each step, and when the
//! next report does not come in time the thread is given up. A hang, a panic, an error and a wrong answer are treated
//! alike: the folder is set aside under another name and the store is made anew from the journal. A thread that was
//! given up keeps its file handles and burns a core until the process ends; the report tells the operator.

use std::{
    fs::{self, File},
    io,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use caseledger_chain::{Digest, EntryRef, Position, chain_hash, leaf_hash};

use crate::{
    applier::{Filler, MarkFile, stored_entry},
    disk,
    journal::JournalIndex,
    log::{Head, LogError},
    marks::StoreMark,
    open::{OpenError, OpenOptions, OpenStep, Progress, RebuildReason, StoreOpened},
    pack::TILE,
    sled::{DB_FILE, Store},
    store_error::StoreError,
};

/// Bytes of full values that catching up gathers before it writes them.
const WRITE_BYTES: usize = 1 << 20;

/// What bringing up needs.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) folder: PathBuf,
    pub(crate) mark: Option<StoreMark>,
    pub(crate) mark_file: MarkFile,
    pub(crate) index: Arc<JournalIndex>,
    pub(crate) lock: Arc<File>,
    /// The journal is the truth even where the store knows more.
    pub(crate) accept: bool,
    pub(crate) options: OpenOptions,
}

/// The store, brought up.
#[derive(Debug)]
pub(crate) struct Up {
    pub(crate) filler: Filler,
    pub(crate) opened: StoreOpened,
    pub(crate) compared: u64,
}

/// Why open cannot go on.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The store knows more than the journal.
    Ahead(Head),
    Open(OpenError),
}

/// Why the watched thread did not bring the store up.
enum Setback {
    Rebuild(RebuildReason),
    Fatal(Failure),
}

impl From<StoreError> for Setback {
    fn from(error: StoreError) -> Self {
        Self::Rebuild(error.into())
    }
}

impl From<LogError> for Setback {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Store(error) => error.into(),
            other @ (LogError::Io { .. }
            | LogError::Damaged(_)
            | LogError::Beyond { .. }
            | LogError::Stopped) => Self::Fatal(Failure::Open(other.into())),
        }
    }
}

/// What the watched thread says.
enum Report {
    CatchingUp { done: u64, total: u64 },
    Comparing,
    Alive,
    Done(Box<Result<Brought, Setback>>),
}

/// Brings the store up, rebuilding it if need be.
pub(crate) fn run(request: &Request, progress: &dyn Progress) -> Result<Up, Failure> {
    progress.step(&OpenStep::OpeningStore);
    let head = request.index.head();
    let exists = request.folder.exists();
    let why = match check_before(request, exists) {
        Err(why) => why,
        Ok(()) => match watch(request, exists, progress) {
            Ok((filler, compared, caught)) => {
                let opened = if exists {
                    StoreOpened::Caught { entries: caught }
                } else {
                    StoreOpened::Fresh
                };
                return Ok(Up {
                    filler,
                    opened,
                    compared,
                });
            }
            Err(Setback::Rebuild(why)) => why,
            Err(Setback::Fatal(failure)) => return Err(failure),
        },
    };
    if let RebuildReason::Ahead { found, .. } = why
        && !request.accept
    {
        return Err(Failure::Ahead(found));
    }
    let quarantine = quarantine(&request.folder).map_err(|source| {
        Failure::Open(OpenError::Io {
            op: "set aside",
            path: request.folder.clone(),
            source,
        })
    })?;
    progress.step(&OpenStep::Quarantined {
        why: &why,
        folder: quarantine.as_deref(),
    });
    match watch(request, false, progress) {
        Ok((filler, compared, _)) => {
            debug_assert!(filler.next() == head.size.get());
            Ok(Up {
                filler,
                opened: StoreOpened::Rebuilt { why, quarantine },
                compared,
            })
        }
        Err(Setback::Rebuild(why)) => Err(Failure::Open(OpenError::Rebuild(why))),
        Err(Setback::Fatal(failure)) => Err(failure),
    }
}

/// What can be told without letting the engine touch its files.
fn check_before(request: &Request, exists: bool) -> Result<(), RebuildReason> {
    let empty = request.index.head() == Head::EMPTY;
    match (exists, request.mark) {
        (false, None) if empty => Ok(()),
        (false, None) => Err(RebuildReason::Absent),
        (false, Some(_)) => Err(RebuildReason::Missing),
        (true, None) => Err(RebuildReason::Unmarked),
        (true, Some(mark)) => {
            let found = fs::metadata(request.folder.join(DB_FILE)).map_or(0, |file| file.len());
            let expected = mark.db_bytes;
            if found < expected {
                Err(RebuildReason::Shorter { expected, found })
            } else {
                Ok(())
            }
        }
    }
}

/// Renames the folder to the first free `store.quarantined-<n>`. Without a mark a crash right behind is an unmarked
/// or missing store, which is rebuilt.
fn quarantine(folder: &Path) -> io::Result<Option<PathBuf>> {
    if !folder.exists() {
        return Ok(None);
    }
    let free = (1_u32..).map(|n| folder.with_extension(format!("quarantined-{n}")));
    let Some(target) = free.into_iter().find(|path| !path.exists()) else {
        return Ok(None);
    };
    fs::rename(folder, &target)?;
    File::open(disk::folder_of(folder))?.sync_all()?;
    Ok(Some(target))
}

/// What the watched work brings: the filler, how much was compared, how much was caught up.
type Brought = (Filler, u64, u64);

fn watch(request: &Request, exists: bool, progress: &dyn Progress) -> Result<Brought, Setback> {
    let limit = request.options.store_limit;
    let request = request.clone();
    // The request ends with the work: the folder must not look locked to whoever opens it right behind a refusal.
    let work = move |reports: &Sender<Report>| bring_up(&request, exists, reports);
    watch_work(limit, work, progress)
}

/// Does `work` in a thread that must report within every `limit`, or is given up.
fn watch_work(
    limit: Duration,
    work: impl FnOnce(&Sender<Report>) -> Result<Brought, Setback> + Send + 'static,
    progress: &dyn Progress,
) -> Result<Brought, Setback> {
    const OP: &str = "bring up the store";
    let (sender, reports) = mpsc::channel();
    let thread = thread::Builder::new()
        .name("store-open".to_owned())
        .spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(&sender)))
                .unwrap_or_else(|_| Err(StoreError::Panicked { op: OP }.into()));
            // Nobody listens any more when the thread was given up.
            drop(sender.send(Report::Done(result.into())));
        });
    if let Err(source) = thread {
        let path = PathBuf::from("store-open");
        return Err(LogError::Io {
            op: "start thread",
            path,
            source,
        }
        .into());
    }
    loop {
        match reports.recv_timeout(limit) {
            Ok(Report::CatchingUp { done, total }) => {
                progress.step(&OpenStep::CatchingUp { done, total });
            }
            Ok(Report::Comparing) => progress.step(&OpenStep::Comparing),
            Ok(Report::Alive) => {}
            Ok(Report::Done(result)) => return *result,
            Err(RecvTimeoutError::Timeout) => {
                return Err(Setback::Rebuild(RebuildReason::Hung { limit }));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(StoreError::Panicked { op: OP }.into());
            }
        }
    }
}

fn bring_up(request: &Request, exists: bool, reports: &Sender<Report>) -> Result<Brought, Setback> {
    let report = |step| drop(reports.send(step));
    let store = Arc::new(Store::open(&request.folder, Arc::clone(&request.lock))?);
    report(Report::Alive);
    let head = request.index.head();
    let applied = if exists {
        check_applied(request, &store, head)?
    } else {
        Head::EMPTY
    };
    let probe_bytes = request.options.probe_bytes;
    store.probe(applied.size.get(), probe_bytes, &|| report(Report::Alive))?;
    let mut filler = Filler::resume(Arc::clone(&store), request.mark_file.clone(), applied)?;
    let caught = head.size.get() - applied.size.get();
    catch_up(request, &mut filler, reports)?;
    report(Report::Comparing);
    let compared = compare(request, &store, head)?;
    // The mark now says that the log is in use, and covers what was caught up.
    filler.flush(false)?;
    Ok((filler, compared, caught))
}

/// How far an existing store is, if it is what the journal and the mark say it must be. The store is a fold of some
/// journal; that it was this one is told by the chain hash of its last entry, which covers all before it.
fn check_applied(request: &Request, store: &Store, head: Head) -> Result<Head, Setback> {
    let unmarked = || Setback::Rebuild(RebuildReason::Unmarked);
    let (ledger, found) = store.applied()?.ok_or_else(unmarked)?;
    if ledger != request.mark_file.ledger {
        return Err(unmarked());
    }
    if let Some(expected) = request.mark.map(|mark| mark.head)
        && found.size < expected.size
    {
        return Err(RebuildReason::Lost { expected, found }.into());
    }
    if found.size > head.size {
        return Err(RebuildReason::Ahead {
            expected: head,
            found,
        }
        .into());
    }
    if let Some(last) = found.size.get().checked_sub(1) {
        let stored = chain_hash(&stored_entry(store, last)?);
        if stored != found.chain || request.index.head_at(found.size)? != Some(found) {
            return Err(RebuildReason::Differs { position: last }.into());
        }
    }
    Ok(found)
}

impl From<RebuildReason> for Setback {
    fn from(why: RebuildReason) -> Self {
        Self::Rebuild(why)
    }
}

/// Replays into the store what it lacks, the way the applier does it live.
fn catch_up(
    request: &Request,
    filler: &mut Filler,
    reports: &Sender<Report>,
) -> Result<(), Setback> {
    let (total, from) = (request.index.head().size.get(), filler.next());
    if from == total {
        return Ok(());
    }
    let mut failed = None;
    request.index.replay(Position::new(from), &mut |frame| {
        for entry in frame
            .entries()
            .skip(from.saturating_sub(frame.first().get()) as usize)
        {
            filler.push(entry, leaf_hash(entry), frame.end());
        }
        let done = filler.next();
        if filler.waiting_bytes() >= WRITE_BYTES {
            let result = filler.write().map_err(LogError::from);
            let flushed = result.and_then(|_| {
                if filler.is_full() {
                    filler.flush(false)
                } else {
                    Ok(())
                }
            });
            drop(reports.send(Report::CatchingUp { done, total }));
            if let Err(error) = flushed {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    filler.flush(false)?;
    Ok(())
}

/// Compares the newest entries and leaf hashes of the store with the journal, and the chain between them.
fn compare(request: &Request, store: &Store, head: Head) -> Result<u64, Setback> {
    let count = head.size.get().min(request.options.compare_entries);
    let from = head.size.get() - count;
    if count == 0 {
        return Ok(0);
    }
    let (mut at, mut prev, mut result) = (from, None, Ok(()));
    request.index.replay(Position::new(from), &mut |frame| {
        let skip = from.saturating_sub(frame.first().get()) as usize;
        if skip == 0 && prev.is_none() {
            prev = Some(frame.prev());
        }
        for entry in frame.entries().skip(skip) {
            result =
                check_link(request, entry, at, prev).and_then(|()| check_stored(store, entry, at));
            if result.is_err() {
                return ControlFlow::Break(());
            }
            prev = Some(chain_hash(entry));
            at += 1;
        }
        ControlFlow::Continue(())
    })?;
    result.map(|()| count)
}

/// Whether the journal's entry is one of this ledger and follows its predecessor.
fn check_link(
    request: &Request,
    entry: &[u8],
    at: u64,
    prev: Option<Digest>,
) -> Result<(), Setback> {
    let linked = EntryRef::decode(entry).is_ok_and(|entry| {
        let header = entry.header();
        header.ledger == request.mark_file.ledger
            && header.position.get() == at
            && prev.is_none_or(|prev| header.prev == prev)
    });
    if linked {
        return Ok(());
    }
    Err(Setback::Fatal(Failure::Open(OpenError::BrokenChain {
        position: Position::new(at),
    })))
}

fn check_stored(store: &Store, entry: &[u8], at: u64) -> Result<(), Setback> {
    let tile = store.tile(at / TILE)?;
    let leaf = tile.as_chunks::<32>().0.get((at % TILE) as usize);
    if stored_entry(store, at)? != entry || leaf != Some(&leaf_hash(entry).to_bytes()) {
        return Err(RebuildReason::Differs { position: at }.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_up_work_that_hangs_and_contains_a_panic() {
        let limit = Duration::from_millis(20);
        let (release, held) = mpsc::channel::<()>();
        let hang = move |reports: &Sender<Report>| {
            reports.send(Report::Alive).unwrap();
            held.recv().unwrap_err();
            Err(RebuildReason::Unmarked.into())
        };
        let found = watch_work(limit, hang, &());
        assert!(matches!(
            found,
            Err(Setback::Rebuild(RebuildReason::Hung { .. }))
        ));
        drop(release);
        let found = watch_work(Duration::MAX, |_| panic!("as the engine does"), &());
        let panicked =
            |why: &RebuildReason| matches!(why, RebuildReason::Failed(StoreError::Panicked { .. }));
        assert!(matches!(found, Err(Setback::Rebuild(why)) if panicked(&why)));
    }
}
