//! Putting the parts together, and taking them apart again.

mod destroy;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{self, SyncSender, TrySendError},
    },
    thread::{self, JoinHandle},
    time::Instant,
};

use caseledger_chain::Size;
use caseledger_domain::{Command, OrgId, vocabulary::Role};
use caseledger_proto::Submission;
use caseledger_store::{Access, CommitLog, LogError, Snapshots};
use caseledger_vault::Opened;

use crate::{
    clock::{Calendar, Clock, Days},
    error::QueueError,
    identity::Identity,
    job::{Job, Outcome, Owed, Poster},
    keeper::{self, SaveError},
    limits, own,
    private::{self, Ready, VaultAt, VaultOpened},
    projector,
    prover::Prover,
    publisher::Publisher,
    random::{NoRandomness, Random},
    reader::Reader,
    recovery::{self, Config, OpenError, OpenReport, Recovered, Replayed, Step},
    shared::Shared,
    writer::{self, Message, Open, Queued, Writer},
};

/// A running ledger.
///
/// Dropping it without [`Engine::close`] is like a crash that spares the page cache: everything
/// acknowledged is there when it is opened again, which takes a little longer.
pub struct Engine {
    shared: Arc<Shared>,
    snapshots: Arc<dyn Snapshots>,
    /// None once the engine is closing.
    inbox: Option<SyncSender<Message>>,
    read_only: bool,
    days: Arc<Days>,
    threads: Option<Threads>,
}

/// What an engine is made of.
pub struct Parts {
    /// Where entries become durable.
    pub log: Box<dyn CommitLog>,
    /// Where state is saved.
    pub snapshots: Arc<dyn Snapshots>,
    /// Who the ledger is.
    pub identity: Identity,
    /// Where the writer takes the time from.
    pub clock: Arc<dyn Clock>,
    /// Where new case ids, and the salts of private parts, come from.
    pub random: Arc<dyn Random>,
    /// Where the data keys of private parts are.
    pub vault: Opened,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

/// What an engine stands on, its vault open or not.
struct Ground<'a> {
    log: Box<dyn CommitLog>,
    snapshots: Arc<dyn Snapshots>,
    identity: Identity,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    vault: VaultAt<'a>,
}

struct Threads {
    writer: JoinHandle<Option<Box<dyn CommitLog>>>,
    projector: JoinHandle<()>,
    keeper: JoinHandle<()>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("identity", &self.shared.identity)
            .field("marks", &self.shared.marks())
            .finish_non_exhaustive()
    }
}

/// A ledger was not closed cleanly. Everything acknowledged is durable all the same.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The writer had stopped after a failure.
    #[error("the writer had stopped after a failure; open the ledger again to recover")]
    WriterStopped,
    /// A thread panicked.
    #[error("the {0} panicked; open the ledger again to recover")]
    Panicked(&'static str),
    /// The state could not be saved: the next open takes longer.
    #[error("state could not be saved: {0}")]
    Save(#[from] SaveError),
    /// The log could not be closed: the next open takes longer.
    #[error("log could not be closed: {0}")]
    Log(#[from] LogError),
}

impl Engine {
    /// Opens the ledger on disk and starts its threads.
    ///
    /// # Errors
    /// [`OpenError`] names what does not fit, with both sides. Nothing is repaired silently.
    pub fn open(
        config: &Config,
        clock: Arc<dyn Clock>,
        progress: &dyn Fn(&Step<'_>),
    ) -> Result<(Self, OpenReport), OpenError> {
        let began = Instant::now();
        let (identity, log, store) = recovery::open_store(config, progress)?;
        let snapshots = log.snapshots();
        let random = Arc::clone(&config.random);
        let kept = store.checkpoints;
        let ground = Ground {
            log: Box::new(log),
            snapshots,
            identity,
            clock,
            random,
            vault: VaultAt::Folder(config.paths.vault(), config.vault.clone()),
        };
        let access = config.store.access;
        let (engine, replayed, vault) = Self::start(ground, kept, access, progress)?;
        if access == Access::Write {
            // A crash before this line leaves the older index keys for the next start.
            recovery::clear_index_keys(config, engine.identity())?;
        }
        let head = store.head;
        Ok((
            engine,
            OpenReport {
                head,
                store,
                replayed,
                vault,
                took: began.elapsed(),
            },
        ))
    }

    /// Starts an engine over any log, which has kept every checkpoint it was given.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn over(parts: Parts, progress: &dyn Fn(&Step<'_>)) -> Result<(Self, Replayed), OpenError> {
        let kept = parts.log.head()?.size;
        let Parts {
            log,
            snapshots,
            identity,
            clock,
            random,
            vault,
        } = parts;
        let ground = Ground {
            log,
            snapshots,
            identity,
            clock,
            random,
            vault: VaultAt::Open(Box::new(vault)),
        };
        let (engine, replayed, _) = Self::start(ground, kept, Access::Write, progress)?;
        Ok((engine, replayed))
    }

    fn start(
        ground: Ground<'_>,
        kept: Size,
        access: Access,
        progress: &dyn Fn(&Step<'_>),
    ) -> Result<(Self, Replayed, VaultOpened), OpenError> {
        let Ground {
            mut log,
            snapshots,
            mut identity,
            clock,
            random,
            vault,
        } = ground;
        let calendar = Calendar::new()?;
        let days = Arc::new(Days::new(Arc::clone(&clock))?);
        let recovered = recovery::recover(&mut *log, &*snapshots, &mut identity, kept, progress)?;
        let Recovered {
            derived,
            keys,
            replayed,
        } = recovered;
        let (ledger, reader) = (identity.ledger(), log.reader());
        let ready = private::prepare(vault, access, ledger, &keys, &*reader, &derived.world)?;
        let Ready { keys, mut report } = ready;
        let (head, recorded_at) = (derived.world.head(), derived.world.recorded_at());
        let shared = Arc::new(Shared::new(
            identity,
            reader,
            Arc::clone(&clock),
            Arc::clone(&random),
            derived,
            keys,
        ));

        let (inbox, messages) = mpsc::sync_channel(limits::QUEUE_JOBS_MAX);
        let (groups, group_queue) = mpsc::sync_channel(limits::PROJECTOR_GROUPS_MAX);
        let (wake, wakes) = mpsc::sync_channel(1);
        let writing = |log, groups| Writer {
            prover: Prover::new(Arc::clone(&shared)),
            shared: Arc::clone(&shared),
            log,
            clock,
            random,
            calendar,
            groups,
            head,
            recorded_at,
            group: Open::closed(shared.registry()),
            bodies: Vec::new(),
            shreds: std::collections::VecDeque::new(),
            spare: std::collections::VecDeque::new(),
        };
        let keeper = {
            let (shared, snapshots) = (Arc::clone(&shared), Arc::clone(&snapshots));
            spawn("ledger-keeper", move || {
                keeper::run(&shared, &*snapshots, &wakes);
            })?
        };
        let projector = {
            let shared = Arc::clone(&shared);
            spawn("ledger-views", move || {
                projector::run(&shared, &group_queue, &wake);
            })?
        };
        let read_only = access == Access::ReadOnly;
        let writer = if read_only {
            spawn("ledger-log", move || {
                Some(writer::hold(log, groups, &messages))
            })?
        } else {
            let writer = writing(log, groups);
            spawn("ledger-writer", move || writer::run(writer, &messages))?
        };
        let threads = Some(Threads {
            writer,
            projector,
            keeper,
        });
        let engine = Self {
            shared,
            snapshots,
            inbox: Some(inbox),
            read_only,
            days,
            threads,
        };
        if !read_only && !engine.shared.world().shreds().is_empty() {
            report.confirmed = engine.finish_shred()?;
        }
        Ok((engine, replayed, report))
    }

    /// Which day it is in the courts.
    pub fn days(&self) -> Arc<Days> {
        Arc::clone(&self.days)
    }

    /// Hands a job to the writer. Returns at once; the outcomes go to the job's reply.
    ///
    /// # Errors
    /// [`QueueError`] when the job was not taken. Then its reply is not called.
    pub fn submit(&self, job: Job) -> Result<(), QueueError> {
        if self.read_only {
            return Err(QueueError::ReadOnly);
        }
        let Job {
            poster,
            submissions,
            reply,
        } = job;
        let (found, max) = (submissions.len(), limits::JOB_SUBMISSIONS_MAX);
        if found == 0 || found > max {
            return Err(QueueError::JobSize { found, max });
        }
        let Some(inbox) = self
            .inbox
            .as_ref()
            .filter(|_| self.shared.accepting.load(Ordering::Acquire))
        else {
            return Err(QueueError::Stopped);
        };
        let (waiting, waiting_bytes) = (&self.shared.waiting, &self.shared.waiting_bytes);
        let bytes = writer::bytes_of(&submissions);
        let before = waiting.fetch_add(found, Ordering::Relaxed);
        let before_bytes = waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let too_many = before + found > limits::QUEUE_SUBMISSIONS_MAX;
        let too_long = before_bytes > 0 && before_bytes + bytes > limits::QUEUE_BYTES_MAX;
        if too_many || too_long {
            waiting.fetch_sub(found, Ordering::Relaxed);
            waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(QueueError::Overloaded { waiting: before });
        }
        let queued = Queued {
            poster,
            submissions,
            owed: Owed::new(reply, found),
        };
        let (back, error) = match inbox.try_send(Message::Job(queued)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(back)) => (back, QueueError::Overloaded { waiting: before }),
            Err(TrySendError::Disconnected(back)) => (back, QueueError::Stopped),
        };
        waiting.fetch_sub(found, Ordering::Relaxed);
        waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        if let Message::Job(queued) = back {
            queued.owed.forget();
        }
        Err(error)
    }

    /// Hands a job to the writer and waits for its outcomes, one for each submission, in order.
    ///
    /// # Errors
    /// As for [`Self::submit`].
    pub fn submit_wait(
        &self,
        poster: Poster,
        submissions: Vec<Submission>,
    ) -> Result<Vec<Outcome>, QueueError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        // Nobody is gone here: this function waits for exactly this message.
        let reply = Box::new(move |outcomes| drop(sender.send(outcomes)));
        self.submit(Job {
            poster,
            submissions,
            reply,
        })?;
        // A reply that is owed is always sent, so the channel does not close before.
        receiver.recv().map_err(|_closed| QueueError::Stopped)
    }

    /// A submission of the ledger itself, in the name of its operator: what nobody posts, such as that private parts were
    /// read. Each has an id of its own.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn own(&self, commands: Vec<Command>) -> Result<(Poster, Submission), NoRandomness> {
        let poster = Poster {
            org: OrgId::OPERATOR,
            role: Role::Operator,
        };
        Ok((poster, own::submission(&self.shared, commands)?))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// A handle for reading.
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.shared))
    }

    /// A handle for proofs.
    pub fn prover(&self) -> Prover {
        Prover::new(Arc::clone(&self.shared))
    }

    /// A handle for publishing.
    pub fn publisher(&self) -> Publisher {
        Publisher::new(Arc::clone(&self.shared))
    }

    /// Who this ledger is: id, origin, key to check it with, key of the pseudonyms.
    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// Whether the ledger is open for reading only.
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Submissions that wait for the writer.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }

    /// Commit groups that were made durable since the engine was started.
    pub fn groups(&self) -> u64 {
        self.shared.groups.load(Ordering::Relaxed)
    }

    /// Takes no more jobs from now on; those in the queue are still recorded.
    pub fn stop_accepting(&self) {
        self.shared.accepting.store(false, Ordering::Release);
    }

    /// Records what is queued, saves the state, and closes the log, so that the next open has
    /// nothing to do.
    ///
    /// # Errors
    /// [`CloseError`]: everything acknowledged is durable all the same.
    pub fn close(mut self) -> Result<(), CloseError> {
        self.stop_accepting();
        if let Some(inbox) = self.inbox.take() {
            // A writer that is gone needs not be told.
            drop(inbox.send(Message::Close));
        }
        let Some(threads) = self.threads.take() else {
            return Ok(());
        };
        let log = threads
            .writer
            .join()
            .map_err(|_panic| CloseError::Panicked("writer"))?;
        threads
            .projector
            .join()
            .map_err(|_panic| CloseError::Panicked("projector"))?;
        threads
            .keeper
            .join()
            .map_err(|_panic| CloseError::Panicked("keeper"))?;
        let log = log.ok_or(CloseError::WriterStopped)?;
        let saved = keeper::save(&self.shared, &*self.snapshots);
        log.close()?;
        Ok(saved?)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The writer ends when nobody can send it anything, the projector when the writer has
        // ended, the keeper when the projector has. Nothing is saved: that is what close is for.
        self.inbox = None;
        if let Some(Threads {
            writer,
            projector,
            keeper,
        }) = self.threads.take()
        {
            drop(writer.join());
            drop(projector.join());
            drop(keeper.join());
        }
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, OpenError> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map_err(|_system| OpenError::Thread)
}
