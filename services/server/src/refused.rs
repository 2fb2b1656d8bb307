//! The log of refused posts: who was refused what, and why; never what was in it.
//!
//! A refused post leaves no trace in the ledger, which holds what was recorded and nothing else.
//! Whoever oversees it has to know all the same that a court tries in vain, or that somebody
//! posts what it may not. So each refusal leaves a line in a folder beside the ledger:
//!
//! ```text
//! gate, admission -> note -> sampling -> queue -> one thread -> refused/<number>.jsonl
//! ```
//!
//! **Nothing waits for it.** A note is put into a bounded queue or counted as lost; the thread
//! writes and syncs in batches. **It stays small.** Of each organisation so many refusals a minute
//! are kept and the others counted; files have a size, and the oldest one goes. **It tells no
//! secrets.** The content is named by the keyed digest that its entry would have carried.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use caseledger_domain::vocabulary::Vocabulary as _;
use caseledger_engine::{Clock, IndexKey, SystemClock};
use caseledger_proto::Reason;
use caseledger_proto::convert::Sent;
use prometheus_client::metrics::counter::Counter;
use tracing::warn;

use crate::call::Call;
use crate::config::Refused as Settings;
use crate::identity::Known;

mod files;
mod line;
mod sampling;

pub(crate) use self::files::{Page, Wanted};
pub(crate) use self::line::Line;

use self::files::{Bounds, Files};
use self::sampling::{Class, Sampler};

/// Refusals that wait for the disk.
const QUEUE_MAX: usize = 4_096;

/// Refusals that are written before they are synced, at most.
const BATCH_MAX: usize = 1_024;

/// How often refusals that were left out are looked after.
const TICK: Duration = Duration::from_secs(1);

/// How long a reader waits until what it may have caused is written.
const FLUSH_MAX: Duration = Duration::from_secs(2);

/// What became of refusals, for the measures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters {
    /// Written to the log.
    pub(crate) kept: Counter,
    /// Counted in a later line instead, because their organisation had so many.
    pub(crate) left_out: Counter,
    /// Neither: the queue was full, or the disk failed.
    pub(crate) lost: Counter,
}

/// The log, or none. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused(Option<Arc<Kept>>);

#[derive(Debug)]
struct Kept {
    folder: PathBuf,
    /// Makes the digests that entries carry.
    index: Arc<IndexKey>,
    /// None where nothing is recorded.
    queue: Option<SyncSender<Message>>,
    sampler: Arc<Mutex<Sampler>>,
    counters: Counters,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
enum Message {
    Line(Line),
    /// Everything before is to be on the disk.
    Flush(SyncSender<()>),
    Close,
}

impl Refused {
    /// Opens the log in a folder, which is made if it is not there, and cuts off what a crash
    /// left of its last line.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn open(
        folder: &Path,
        settings: &Settings,
        index: &Arc<IndexKey>,
    ) -> io::Result<Self> {
        let files = Files::open(folder, Bounds::new(settings.bytes))?;
        let sampler = Arc::new(Mutex::new(Sampler::new(settings.per_minute)));
        let counters = Counters::default();
        let (queue, messages) = sync_channel(QUEUE_MAX);
        let mut keeper = Keeper {
            files,
            sampler: Arc::clone(&sampler),
            counters: counters.clone(),
        };
        let thread = thread::Builder::new().name("refused".to_owned());
        let thread = thread.spawn(move || {
            loop {
                match messages.recv_timeout(TICK) {
                    Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => break,
                    Ok(first) => {
                        let more = std::iter::from_fn(|| messages.try_recv().ok());
                        if keeper.batch(std::iter::once(first).chain(more)).is_break() {
                            break;
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => keeper.settle(false),
                }
            }
            keeper.settle(true);
        })?;
        Ok(Self(Some(Arc::new(Kept {
            folder: folder.to_owned(),
            index: Arc::clone(index),
            queue: Some(queue),
            sampler,
            counters,
            thread: Mutex::new(Some(thread)),
        }))))
    }

    /// Shows the log in a folder and adds nothing to it.
    pub(crate) fn show(folder: &Path, index: &Arc<IndexKey>) -> Self {
        Self(Some(Arc::new(Kept {
            folder: folder.to_owned(),
            index: Arc::clone(index),
            queue: None,
            sampler: Arc::default(),
            counters: Counters::default(),
            thread: Mutex::default(),
        })))
    }

    /// What became of refusals.
    pub(crate) fn counters(&self) -> Counters {
        let kept = self.0.as_ref();
        kept.map(|kept| kept.counters.clone()).unwrap_or_default()
    }

    /// Notes a refusal, if it is one: a post that could not be taken because of the ledger's own
    /// condition is not. Never waits.
    pub(crate) fn note(&self, call: Option<&Call>, who: Known, sent: Option<Sent>, reason: &str) {
        self.note_rules(call, who, sent, reason, &[]);
    }

    /// The same with every rule that failed, where several did.
    pub(crate) fn note_rules(
        &self,
        call: Option<&Call>,
        who: Known,
        sent: Option<Sent>,
        reason: &str,
        rules: &[&'static str],
    ) {
        if let Some(call) = call {
            call.note();
        }
        let Some(kept) = &self.0 else { return };
        let Some(queue) = &kept.queue else { return };
        let Some(class) = Reason::from_code(reason).and_then(Class::of) else {
            return;
        };
        let Known { org, role } = who;
        let line = Line {
            number: 0,
            at: SystemClock.now(),
            org: org.map(|org| org.to_string()),
            role: role.map(|role| role.code().to_owned()),
            reason: reason.to_owned(),
            rules: rules.iter().copied().map(str::to_owned).collect(),
            method: call.map(|call| call.method().to_owned()),
            message: sent.and_then(|sent| sent.message_id).map(hex::encode),
            content: sent.map(|sent| hex::encode(kept.index.seal(sent.content).to_bytes())),
            trace: call.and_then(Call::trace).map(hex::encode),
            left_out: 0,
        };
        let taken = lock(&kept.sampler).take((org, class), line, Instant::now());
        let Some(line) = taken else {
            kept.counters.left_out.inc();
            return;
        };
        match queue.try_send(Message::Line(line)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                kept.counters.lost.inc();
            }
        }
    }

    /// One page of the log, newest first; none if there is no log. Waits for the disk, so it is for
    /// threads that may.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn read(&self, wanted: &Wanted) -> io::Result<Option<Page>> {
        let Some(kept) = &self.0 else {
            return Ok(None);
        };
        if let Some(queue) = &kept.queue {
            let (done, flushed) = sync_channel(1);
            // With a full queue or a slow disk the page ends with what is written.
            if queue.try_send(Message::Flush(done)).is_ok() {
                let _written_or_not = flushed.recv_timeout(FLUSH_MAX);
            }
        }
        files::read(&kept.folder, wanted).map(Some)
    }

    /// Writes what was noted, and ends. Waits for the disk.
    pub(crate) fn close(&self) {
        let Some(kept) = &self.0 else { return };
        let thread = lock(&kept.thread).take();
        if let (Some(queue), Some(thread)) = (&kept.queue, thread) {
            // Waits for room in the queue; without a thread there is nobody to tell.
            let _ended = queue.send(Message::Close);
            if thread.join().is_err() {
                warn!("the log of refused posts ended in a panic");
            }
        }
    }
}

/// The thread's side.
struct Keeper {
    files: Files,
    sampler: Arc<Mutex<Sampler>>,
    counters: Counters,
}

impl Keeper {
    /// Writes what waits, as long as there is more, and syncs it.
    fn batch(&mut self, messages: impl Iterator<Item = Message>) -> std::ops::ControlFlow<()> {
        let mut lines = Vec::new();
        for message in messages {
            match message {
                Message::Line(line) => lines.push(line),
                Message::Flush(done) => {
                    self.write(&mut lines);
                    // Whoever asked may have gone.
                    let _gone = done.try_send(());
                }
                Message::Close => {
                    self.write(&mut lines);
                    return std::ops::ControlFlow::Break(());
                }
            }
            if lines.len() >= BATCH_MAX {
                self.write(&mut lines);
            }
        }
        self.write(&mut lines);
        std::ops::ControlFlow::Continue(())
    }

    /// Writes the newest of those that were left out, where that is over, or `all` of them.
    fn settle(&mut self, all: bool) {
        let mut lines = lock(&self.sampler).settle(Instant::now(), all);
        self.write(&mut lines);
    }

    fn write(&mut self, lines: &mut Vec<Line>) {
        let count = lines.len() as u64;
        match self.files.append(lines) {
            Ok(()) => {
                self.counters.kept.inc_by(count);
            }
            Err(error) => {
                self.counters.lost.inc_by(count);
                warn!(%error, count, "refused posts could not be logged");
            }
        }
        lines.clear();
    }
}

/// Nothing panics while one of these locks is held.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
