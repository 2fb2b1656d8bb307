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
/// Commits kept in memory, and checkpoints.
const COMMITS_MAX: usize = 64 << 10;
/// Bytes of a checkpoint besides its note.
const NOTE_OVERHEAD: usize = 64;
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
    /// Checkpoints not yet in the store, and their bytes.
    notes: usize,
    note_bytes: usize,
    mode: Mode,
}

impl State {
    fn is_full(&self) -> bool {
        self.mode == Mode::Run
            && (self.bytes + self.note_bytes > BYTES_MAX
                || self.commits.len() >= COMMITS_MAX
                || self.notes >= COMMITS_MAX)
    }
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
            notes: 0,
            note_bytes: 0,
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

    /// Waits until a commit or a checkpoint may be added: the back-pressure of the derived store.
    pub(crate) fn wait_for_room(&self) {
        drop(self.changed.wait_while(self.lock(), |s| s.is_full()));
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

    /// Shows a checkpoint. Waits for room, so that opening cannot gather those of a whole ledger.
    pub(crate) fn push_checkpoint(&self, size: u64, note: &[u8]) {
        let note: Arc<[u8]> = note.into();
        let state = self.changed.wait_while(self.lock(), |s| s.is_full());
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.notes += 1;
        state.note_bytes += note.len() + NOTE_OVERHEAD;
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
            state.notes = state.notes.saturating_sub(1);
            state.note_bytes = state.note_bytes.saturating_sub(note.len() + NOTE_OVERHEAD);
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

    /// Lets go of every checkpoint, also of those that were taken: there is no store any more that could have them.
    pub(crate) fn abandon_checkpoints(&self) {
        let mut state = self.lock();
        state.checkpoints.clear();
        state.fresh.clear();
        (state.notes, state.note_bytes) = (0, 0);
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

    /// Whether `act` waits until `release` has been called.
    fn waits(backlog: &Backlog, act: impl FnOnce() + Send, release: impl FnOnce()) -> bool {
        std::thread::scope(|scope| {
            let (sender, passed) = mpsc::channel();
            scope.spawn(move || {
                act();
                sender.send(()).unwrap();
            });
            let waited = passed.recv_timeout(Duration::from_millis(100)).is_err();
            release();
            if waited {
                passed.recv().unwrap();
            }
            // Whoever waited in spite of the release would hold the test up for ever.
            backlog.stop();
            waited
        })
    }

    #[test]
    fn checkpoints_are_bounded_by_bytes_and_by_number() {
        for (note, count) in [(vec![7; 1 << 20], 64), (vec![7; 9], COMMITS_MAX)] {
            let backlog = Backlog::new(Head::EMPTY);
            for size in 0..count as u64 {
                backlog.push_checkpoint(size, &note);
            }
            let Work::Apply { checkpoints, .. } = backlog.take(None) else {
                panic!("there is work");
            };
            assert_eq!(checkpoints.len(), count);
            let applied = || backlog.applied(0, &checkpoints);
            assert!(
                waits(
                    &backlog,
                    || backlog.push_checkpoint(u64::MAX, &note),
                    applied
                ),
                "{count} notes of {} bytes",
                note.len()
            );
        }
    }

    #[test]
    fn a_commit_waits_for_room_beside_the_checkpoints_until_they_are_abandoned() {
        let backlog = Backlog::new(Head::EMPTY);
        for size in 0..COMMITS_MAX as u64 {
            backlog.push_checkpoint(size, b"note");
        }
        let abandon = || backlog.abandon_checkpoints();
        assert!(waits(&backlog, || backlog.wait_for_room(), abandon));
        assert!(backlog.checkpoint_covering(Position::new(0)).is_none());
    }
}
