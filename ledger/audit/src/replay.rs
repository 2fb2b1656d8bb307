//! The threads of a replay.

use std::{
    io,
    panic::resume_unwind,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

use caseledger_chain::{LedgerId, Size};
use caseledger_domain::Date;

use crate::{
    batch::Batch,
    derived::{Followed, Paused},
    follow::Follower,
    prepare::{Entry, Prepared, prepare},
};

/// Batches on their way, for each worker.
const BATCHES_PER_WORKER: usize = 4;

/// Workers, at most: beyond, the follower is what takes the time.
const WORKERS_MAX: usize = 8;

/// What to derive.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The ledger that every entry must be of; if none is given, that of the first entry.
    pub ledger: Option<LedgerId>,
    /// How totals are counted.
    pub recount: Recount,
    /// The day in the courts' time zone at a moment, in microseconds since 1970-01-01T00:00:00Z; none outside the years that
    /// a date can have. Grants begin and end by it, and nothing here knows time zones.
    pub day: fn(u64) -> Option<Date>,
}

/// How totals are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recount {
    /// Behind every entry, so that the totals of any past position can be asked for; and the
    /// worklists with them.
    EveryPosition,
    /// From the states of all cases at the end. There are no worklists then.
    AtEnd,
}

/// A replay that runs.
#[derive(Debug)]
pub struct Replay {
    jobs: SyncSender<Job>,
    in_order: SyncSender<Receiver<Prepared>>,
    workers: Vec<JoinHandle<()>>,
    follower: JoinHandle<Follower>,
    done: Arc<AtomicU64>,
}

type Job = (Batch, SyncSender<Prepared>);

/// Lists of entries that were followed, to be filled again: they are large.
#[derive(Debug, Default)]
struct Spent(Mutex<Vec<Vec<Entry>>>);

impl Spent {
    fn take(&self) -> Vec<Entry> {
        let list = self.0.lock().ok().and_then(|mut lists| lists.pop());
        list.unwrap_or_default()
    }

    fn give(&self, list: Vec<Entry>) {
        if let Ok(mut lists) = self.0.lock() {
            lists.push(list);
        }
    }
}

impl Replay {
    /// Starts one worker for each processor, and the follower.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(plan: Plan) -> io::Result<Self> {
        Self::over(Follower::new(plan))
    }

    /// Goes on behind the entries that an earlier run ended with.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn resume(paused: Paused) -> io::Result<Self> {
        Self::over(paused.into_follower())
    }

    fn over(follower: Follower) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(2, usize::from);
        let count = count.clamp(1, WORKERS_MAX);
        let (jobs, waiting) = sync_channel::<Job>(count * BATCHES_PER_WORKER);
        let (in_order, prepared) = sync_channel::<Receiver<Prepared>>(count * BATCHES_PER_WORKER);
        let waiting = Arc::new(Mutex::new(waiting));
        let spent = Arc::new(Spent::default());
        let mut workers = Vec::with_capacity(count);
        for _ in 0..count {
            let (waiting, spent) = (Arc::clone(&waiting), Arc::clone(&spent));
            let worker = thread::Builder::new().name("audit-worker".to_owned());
            workers.push(worker.spawn(move || work(&waiting, &spent))?);
        }
        let done = Arc::new(AtomicU64::new(follower.size().get()));
        let thread = thread::Builder::new().name("audit-follower".to_owned());
        let told = Arc::clone(&done);
        let follower = thread.spawn(move || follow(follower, &prepared, &spent, &told))?;
        Ok(Self {
            jobs,
            in_order,
            workers,
            follower,
            done,
        })
    }

    /// Takes the next entries. Waits while enough of them are on their way.
    pub fn push(&mut self, batch: Batch) {
        let (give, take) = sync_channel(1);
        // Nobody takes them any more only if a thread has panicked, which `finish` passes on.
        if self.jobs.send((batch, give)).is_ok() {
            drop(self.in_order.send(take));
        }
    }

    /// The number of entries that were followed.
    pub fn done(&self) -> Size {
        Size::new(self.done.load(Ordering::Relaxed))
    }

    /// Ends the run behind the entries that were fed.
    ///
    /// # Panics
    /// Passes on a panic of one of the threads.
    pub fn finish(self) -> Followed {
        drop((self.jobs, self.in_order));
        for worker in self.workers {
            worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        let followed = self.follower.join();
        Followed::new(followed.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

fn work(waiting: &Mutex<Receiver<Job>>, spent: &Spent) {
    loop {
        // A worker that panics holds no lock: it is given back before the work.
        let Ok(job) = waiting.lock().map(|waiting| waiting.recv()) else {
            return;
        };
        let Ok((batch, give)) = job else { return };
        drop(give.send(prepare(batch, spent.take())));
    }
}

fn follow(
    mut follower: Follower,
    prepared: &Receiver<Receiver<Prepared>>,
    spent: &Spent,
    done: &AtomicU64,
) -> Follower {
    for batch in prepared {
        let Ok(batch) = batch.recv() else {
            break;
        };
        spent.give(follower.batch(batch));
        done.store(follower.size().get(), Ordering::Relaxed);
    }
    follower
}
