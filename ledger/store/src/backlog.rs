//! Commits that are durable in the journal and not yet in the derived store: queue of the applier, and what readers
//! see of the newest entries.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use caseledger_chain::Position;

use crate::{commit::Commit, log::Head};

/// Bytes of commits kept in memory; beyond that appends wait for the applier.
const BYTES_MAX: usize = 64 << 20;
/// Commits kept in memory.
const COMMITS_MAX: usize = 64 << 10;
/// Bytes handed to the applier at once, so that room appears early.
const TAKE_BYTES: usize = 4 << 20;

/// What the log wants from the applier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Run,
    /// Apply everything, flush, end.
    Close,
    /// End now; what is missing is replayed by the next open.
    Stop,
}

#[derive(Debug)]
struct State {
    head: Head,
    commits: VecDeque<Arc<Commit>>,
    /// How many of `commits` the applier has taken.
    taken: usize,
    bytes: usize,
    checkpoints: BTreeMap<u64, Arc<[u8]>>,
    /// Checkpoints not yet taken.
    fresh: Vec<(u64, Arc<[u8]>)>,
    mode: Mode,
}

/// What the applier has to do next.
#[derive(Debug)]
pub(crate) enum Work {
    Apply {
        commits: Vec<Arc<Commit>>,
        checkpoints: Vec<(u64, Arc<[u8]>)>,
    },
    /// Nothing came for a while.
    Idle,
    Close,
    Stop,
}

/// The queue between writer, applier and readers.
#[derive(Debug)]
pub(crate) struct Backlog {
    state: Mutex<State>,
    changed: Condvar,
}

impl Backlog {
    /// Nothing is waiting; the store has everything up to `head`.
    pub(crate) fn new(head: Head) -> Self {
        let state = State {
            head,
            commits: VecDeque::new(),
            taken: 0,
            bytes: 0,
            checkpoints: BTreeMap::new(),
            fresh: Vec::new(),
            mode: Mode::Run,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a commit may be added: the back-pressure of the derived store.
    pub(crate) fn wait_for_room(&self) {
        let full = |s: &mut State| {
            s.mode == Mode::Run && (s.bytes > BYTES_MAX || s.commits.len() >= COMMITS_MAX)
        };
        drop(self.changed.wait_while(self.lock(), full));
    }

    /// Shows a durable commit to readers and the applier.
    pub(crate) fn push(&self, commit: Arc<Commit>) {
        let mut state = self.lock();
        state.head = commit.end();
        state.bytes += commit.frame_len();
        state.commits.push_back(commit);
        drop(state);
        self.changed.notify_all();
    }

    /// Shows a checkpoint.
    pub(crate) fn push_checkpoint(&self, size: u64, note: &[u8]) {
        let mut state = self.lock();
        let note: Arc<[u8]> = note.into();
        state.checkpoints.insert(size, Arc::clone(&note));
        state.fresh.push((size, note));
        drop(state);
        self.changed.notify_all();
    }

    /// The durable head.
    pub(crate) fn head(&self) -> Head {
        self.lock().head
    }

    /// The commit that contains `at`, if the store does not have all of it yet.
    pub(crate) fn find(&self, at: Position) -> Option<Arc<Commit>> {
        let state = self.lock();
        let behind = state
            .commits
            .partition_point(|commit| commit.end().size.get() <= at.get());
        state
            .commits
            .get(behind)
            .filter(|commit| commit.first() <= at)
            .cloned()
    }

    /// The smallest waiting checkpoint over more than `at` entries.
    pub(crate) fn checkpoint_covering(&self, at: Position) -> Option<(u64, Arc<[u8]>)> {
        let from = at.get().checked_add(1)?;
        let state = self.lock();
        let (size, note) = state.checkpoints.range(from..).next()?;
        Some((*size, Arc::clone(note)))
    }

    /// Waits for work, at most `idle` when given.
    pub(crate) fn take(&self, idle: Option<Duration>) -> Work {
        let nothing =
            |s: &mut State| s.mode == Mode::Run && s.taken == s.commits.len() && s.fresh.is_empty();
        let state = self.lock();
        let mut state = match idle {
            Some(idle) => {
                let waited = self.changed.wait_timeout_while(state, idle, nothing);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self
                .changed
                .wait_while(state, nothing)
                .unwrap_or_else(PoisonError::into_inner),
        };
        if state.mode == Mode::Stop {
            return Work::Stop;
        }
        let (mut commits, mut bytes) = (Vec::new(), 0);
        while let Some(commit) = state
            .commits
            .get(state.taken)
            .filter(|_| bytes < TAKE_BYTES)
        {
            bytes += commit.frame_len();
            commits.push(Arc::clone(commit));
            state.taken += 1;
        }
        let checkpoints = std::mem::take(&mut state.fresh);
        if !commits.is_empty() || !checkpoints.is_empty() {
            Work::Apply {
                commits,
                checkpoints,
            }
        } else if state.mode == Mode::Close {
            Work::Close
        } else {
            Work::Idle
        }
    }

    /// The store has all entries in front of `upto` and these checkpoints; readers find them there from now on.
    pub(crate) fn applied(&self, upto: u64, checkpoints: &[(u64, Arc<[u8]>)]) {
        let mut state = self.lock();
        while state
            .commits
            .front()
            .is_some_and(|commit| commit.end().size.get() <= upto)
        {
            if let Some(commit) = state.commits.pop_front() {
                state.bytes -= commit.frame_len();
                state.taken = state.taken.saturating_sub(1);
            }
        }
        for (size, note) in checkpoints {
            if state
                .checkpoints
                .get(size)
                .is_some_and(|kept| Arc::ptr_eq(kept, note))
            {
                state.checkpoints.remove(size);
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    fn set(&self, mode: Mode) {
        self.lock().mode = mode;
        self.changed.notify_all();
    }

    /// Lets the applier finish everything and end.
    pub(crate) fn close(&self) {
        self.set(Mode::Close);
    }

    /// Lets the applier end now.
    pub(crate) fn stop(&self) {
        self.set(Mode::Stop);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use caseledger_chain::Digest;

    use super::*;

    #[test]
    fn holds_appends_back_while_it_is_full() {
        let backlog = Backlog::new(Head::EMPTY);
        let mut commit = Commit::new(Position::new(0), Digest::ZERO);
        commit.push_entry(b"entry").unwrap();
        let commit = Arc::new(commit);
        for _ in 0..COMMITS_MAX {
            backlog.wait_for_room();
            backlog.push(Arc::clone(&commit));
        }
        std::thread::scope(|scope| {
            let (sender, passed) = mpsc::channel();
            let backlog = &backlog;
            scope.spawn(move || {
                backlog.wait_for_room();
                sender.send(()).unwrap();
            });
            assert!(
                passed.recv_timeout(Duration::from_millis(100)).is_err(),
                "it must wait"
            );
            backlog.applied(1, &[]);
            passed.recv().unwrap();
        });
    }
}
