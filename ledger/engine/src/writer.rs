//! The writer: the only thread that appends (invariant E1).
//!
//! ```text
//! wait for one job, take what else is queued (no timer: a group grows while the disk is busy)
//! for each submission: seen before? decide on the overlay, encode behind the group's entries
//! journal append + fdatasync                               <== THE COMMIT POINT
//! tree, root, ONE signature; overlay into the world; receipts; replies
//! hand the group to the views, keep the checkpoint
//! ```
//!
//! Before the commit point nothing happened: a crash there loses submissions that nobody was told
//! of, and dropping the group undoes it. Behind it everything did: a crash there loses nothing but
//! replies, and a poster that asks again gets the original receipts. The code between the two is
//! one call.
//!
//! **Failures.** A rejection concerns its submission. A full disk concerns the group: those
//! submissions fail, the writer goes on. Any other failure of the journal stops the writer for
//! good; nothing is retried, because only a fresh look at the disk can tell what is on it.

mod admit;
mod commit;
mod context;
mod keep;
mod shred;

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, SyncSender},
    },
    vec,
};

use caseledger_chain::{Digest, Position};
use caseledger_domain::{CaseId, Date, Registry};
use caseledger_proto::Submission;
use caseledger_store::{AppendError, Commit, CommitLog, Head};
use caseledger_vault::WrappedKey;
use hashbrown::HashMap;

pub(crate) use shred::Shred;
pub use shred::{ShredError, ShredRound, ShredStep, Shredded};

use crate::{
    clock::{Calendar, Clock},
    error::{SignError, SubmitError},
    job::{Ack, Outcome, Owed, Poster},
    keys::SuccessionError,
    limits,
    overlay::Overlay,
    projector::Group,
    prover::Prover,
    random::Random,
    shared::Shared,
};

/// What the writer is told.
pub(crate) enum Message {
    /// Record these.
    Job(Queued),
    /// Destroy what was ordered to be, once the group in hand is recorded.
    Shred(Shred),
    /// Record what was queued before, then end.
    Close,
}

/// A job in the queue.
pub(crate) struct Queued {
    pub(crate) poster: Poster,
    pub(crate) submissions: Vec<Submission>,
    pub(crate) owed: Owed,
}

/// What the writer works with.
pub(crate) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) prover: Prover,
    pub(super) log: Box<dyn CommitLog>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) calendar: Calendar,
    pub(super) groups: SyncSender<Group>,
    pub(super) head: Head,
    /// The newest recorded time.
    pub(super) recorded_at: u64,
    pub(super) group: Open,
    /// Bodies of the submission in hand, one behind the other.
    pub(super) bodies: Vec<u8>,
    /// Asked for, and to be done between two groups.
    pub(super) shreds: VecDeque<Shred>,
    /// Commits whose buffers can be used again once nobody holds a receipt of them.
    pub(super) spare: VecDeque<Arc<Commit>>,
}

/// The group that is being put together.
pub(crate) struct Open {
    pub(super) commit: Commit,
    pub(super) overlay: Overlay,
    /// Chain hash of each entry.
    pub(super) chains: Vec<Digest>,
    /// Revision of each entry in its stream.
    pub(super) revisions: Vec<u64>,
    pub(super) recorded_at: u64,
    pub(super) today: Date,
    /// Every organisation, as the group has it.
    pub(super) registry: Arc<Registry>,
    /// Data keys of the cases that have their first private part in this group.
    pub(super) keys: HashMap<CaseId, WrappedKey>,
}

/// What submissions weigh while they wait, in bytes.
pub(crate) fn bytes_of(submissions: &[Submission]) -> usize {
    submissions.iter().map(|submission| submission.bytes).sum()
}

/// A job that the open group is working on.
struct Active {
    poster: Poster,
    rest: vec::IntoIter<Submission>,
    /// One for each submission looked at so far.
    results: Vec<Slot>,
    owed: Owed,
}

/// What became of a submission.
pub(super) enum Slot {
    /// Known.
    Done(Outcome),
    /// In the open group: known when it is durable.
    Pending {
        /// Index of its first entry in the group.
        first: usize,
        /// How many entries.
        count: usize,
        /// Whether another submission of the same group came first.
        duplicate: bool,
    },
}

/// What a submission came to.
pub(super) enum Admitted {
    Slot(Slot),
    /// It needs views that hold everything before it: commit the group first.
    NeedsEmptyGroup(Box<Submission>),
}

/// The writer cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fatal {
    #[error("journal append failed: {0}")]
    Append(#[source] Arc<AppendError>),
    #[error("{0}")]
    Defect(&'static str),
    #[error("checkpoint could not be signed: {0}")]
    Checkpoint(#[from] SignError),
    #[error("keys of checkpoints: {0}")]
    Keys(#[from] SuccessionError),
    #[error("state could not be packed: {0}")]
    Packing(#[from] postcard::Error),
    #[error("the views stopped")]
    Views,
}

/// Works until told to close or nobody can tell any more. Gives the log back for closing it.
pub(crate) fn run(mut writer: Writer, inbox: &Receiver<Message>) -> Option<Box<dyn CommitLog>> {
    let mut active = VecDeque::new();
    match writer.serve(inbox, &mut active) {
        Ok(()) => Some(writer.log),
        Err(fatal) => {
            // Before the posters of the last group learn that nobody can tell what became of it, so
            // that whatever they post next is refused and certainly not recorded.
            writer.shared.accepting.store(false, Ordering::Release);
            tracing::error!(
                error = &fatal as &dyn std::error::Error,
                size = writer.head.size.get(),
                "writer stopped; open the ledger again to recover"
            );
            None
        }
    }
}

/// What stands in for the writer of a ledger that is open read-only: keeps the log, and the views going.
pub(crate) fn hold(
    log: Box<dyn CommitLog>,
    _groups: SyncSender<Group>,
    inbox: &Receiver<Message>,
) -> Box<dyn CommitLog> {
    // Jobs are refused before they are queued: whatever comes says that it is time to end.
    drop(inbox.recv());
    log
}

impl Writer {
    fn serve(
        &mut self,
        inbox: &Receiver<Message>,
        active: &mut VecDeque<Active>,
    ) -> Result<(), Fatal> {
        let mut closing = false;
        while !closing {
            let Ok(message) = inbox.recv() else {
                return Ok(());
            };
            closing = self.take(message, active);
            while !active.is_empty() {
                self.begin_group();
                closing |= self.fill_group(inbox, active)?;
                self.finish_group(active)?;
            }
            while let Some(shred) = self.shreds.pop_front() {
                self.shred(shred)?;
            }
        }
        Ok(())
    }

    /// Makes a job active; whether it was the last one.
    fn take(&mut self, message: Message, active: &mut VecDeque<Active>) -> bool {
        let Queued {
            poster,
            submissions,
            owed,
        } = match message {
            Message::Job(queued) => queued,
            Message::Shred(shred) => {
                self.shreds.push_back(shred);
                return false;
            }
            Message::Close => return true,
        };
        self.shared
            .waiting
            .fetch_sub(submissions.len(), Ordering::Relaxed);
        self.shared
            .waiting_bytes
            .fetch_sub(bytes_of(&submissions), Ordering::Relaxed);
        let results = Vec::with_capacity(submissions.len());
        active.push_back(Active {
            poster,
            rest: submissions.into_iter(),
            results,
            owed,
        });
        false
    }

    /// Looks at submissions until the group is full or there are no more; whether to close.
    fn fill_group(
        &mut self,
        inbox: &Receiver<Message>,
        active: &mut VecDeque<Active>,
    ) -> Result<bool, Fatal> {
        let mut closing = false;
        let mut at = 0;
        loop {
            let Some(job) = active.get_mut(at) else {
                // What is to be destroyed waits for no more than what came before it.
                if !self.shreds.is_empty() {
                    return Ok(closing);
                }
                match inbox.try_recv() {
                    Ok(message) if !closing => closing = self.take(message, active),
                    Ok(_) | Err(_) => return Ok(closing),
                }
                continue;
            };
            while let Some(submission) = job.rest.next() {
                match self.admit(&job.poster, submission)? {
                    Admitted::Slot(slot) => job.results.push(slot),
                    Admitted::NeedsEmptyGroup(submission) => {
                        // Back to the front of its job, for the next group.
                        let rest = std::mem::take(&mut job.rest);
                        let rest: Vec<_> = std::iter::once(*submission).chain(rest).collect();
                        job.rest = rest.into_iter();
                        return Ok(closing);
                    }
                }
                if self.group.is_full() {
                    return Ok(closing);
                }
            }
            at += 1;
        }
    }

    /// Commits the group, if it has entries, and replies to the jobs that are complete.
    fn finish_group(&mut self, active: &mut VecDeque<Active>) -> Result<(), Fatal> {
        if self.group.commit.is_empty() {
            reply(active, |_first, _count| Err(SubmitError::Stopped));
            return Ok(());
        }
        match self.commit_group() {
            Ok(done) => {
                reply(active, |first, count| Ok(done.receipts(first, count)));
                self.hand_over(done)
            }
            Err(Uncommitted::Now(error)) => {
                // Nothing was written. The group is dropped, and with it everything it decided.
                let error = Arc::new(error);
                reply(active, |_first, _count| {
                    Err(SubmitError::StoreUnavailable(Arc::clone(&error)))
                });
                Ok(())
            }
            // Dropping the jobs tells their posters that the writer stopped.
            Err(Uncommitted::Ever(fatal)) => Err(fatal),
        }
    }
}

/// The group was not committed.
pub(super) enum Uncommitted {
    /// Another one may be.
    Now(AppendError),
    /// No further one will be.
    Ever(Fatal),
}

/// Settles what is pending, and replies to jobs with nothing left.
fn reply(
    active: &mut VecDeque<Active>,
    settle: impl Fn(usize, usize) -> Result<Vec<crate::Receipt>, SubmitError>,
) {
    for job in active.iter_mut() {
        for slot in &mut job.results {
            if let Slot::Pending {
                first,
                count,
                duplicate,
            } = *slot
            {
                let outcome = settle(first, count);
                *slot = Slot::Done(outcome.map(|receipts| Ack {
                    receipts,
                    duplicate,
                }));
            }
        }
    }
    while let Some(job) = active.pop_front_if(|job| job.rest.len() == 0) {
        let outcomes = job.results.into_iter().filter_map(|slot| match slot {
            Slot::Done(outcome) => Some(outcome),
            Slot::Pending { .. } => None,
        });
        job.owed.send(outcomes.collect());
    }
}

impl Open {
    /// A group that nothing is in, and that nothing goes into before it is begun.
    pub(crate) fn closed(registry: Arc<Registry>) -> Self {
        Self {
            commit: Commit::new(Position::ZERO, Digest::ZERO),
            overlay: Overlay::default(),
            chains: Vec::new(),
            revisions: Vec::new(),
            recorded_at: 0,
            today: Date::MIN,
            registry,
            keys: HashMap::new(),
        }
    }

    /// Whether the group takes no further submission.
    fn is_full(&self) -> bool {
        self.commit.len() >= limits::GROUP_ENTRIES_MAX
            || self.commit.frame_len() >= limits::GROUP_BYTES_MAX
    }
}
