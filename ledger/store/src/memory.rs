//! The reference model: what a log does, with nothing that can fail. For tests and for reading.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use bytes::Bytes;
use caseledger_chain::{Digest, Position, Size};

use crate::{
    commit::Commit,
    log::{
        AppendError, CommitLog, Entries, Head, LogError, LogReader, ReadLimit, ReplayFrame,
        Snapshots,
    },
    store_error::check_snapshot_name,
};

/// A log in memory. "Durable" here means: as long as the value lives.
#[derive(Debug, Default)]
pub struct MemoryLog {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    commits: Vec<Arc<Commit>>,
    entries: Vec<Bytes>,
    leaves: Vec<Digest>,
    checkpoints: BTreeMap<u64, Vec<u8>>,
    snapshots: BTreeMap<String, (Size, Vec<u8>)>,
}

impl Shared {
    // A poisoned lock means a panic between two pushes of the same commit: only in code under test.
    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn head(&self) -> Head {
        self.commits
            .last()
            .map_or(Head::EMPTY, |commit| commit.end())
    }

    fn from(&self, from: Position) -> Result<usize, LogError> {
        let (asked, size) = (from.get(), self.entries.len() as u64);
        if asked > size {
            Err(LogError::Beyond { asked, size })
        } else {
            Ok(asked as usize)
        }
    }
}

impl MemoryLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The snapshots kept beside this log.
    pub fn snapshots(&self) -> Arc<dyn Snapshots> {
        Arc::clone(&self.shared) as Arc<dyn Snapshots>
    }
}

impl CommitLog for MemoryLog {
    fn head(&self) -> Result<Head, LogError> {
        Ok(self.shared.state().head())
    }

    fn append(&mut self, expected: Head, commit: Arc<Commit>) -> Result<Head, AppendError> {
        let mut state = self.shared.state_mut();
        let actual = state.head();
        if actual != expected {
            return Err(AppendError::Conflict { actual });
        }
        commit.check(actual)?;
        let (found, limit) = (commit.frame_len(), Commit::FRAME_BYTES_MAX);
        if found > limit {
            return Err(AppendError::TooLarge { found, limit });
        }
        state
            .entries
            .extend(commit.entries().map(Bytes::copy_from_slice));
        state.leaves.extend_from_slice(commit.leaves());
        state.commits.push(commit);
        Ok(state.head())
    }

    fn record_checkpoint(&mut self, size: Size, note: &[u8]) -> Result<(), LogError> {
        let mut state = self.shared.state_mut();
        state.from(Position::new(size.get()))?;
        state.checkpoints.insert(size.get(), note.to_vec());
        Ok(())
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::clone(&self.shared) as Arc<dyn LogReader>
    }

    fn close(self: Box<Self>) -> Result<(), LogError> {
        Ok(())
    }
}

impl LogReader for Shared {
    fn head(&self) -> Head {
        self.state().head()
    }

    fn read(&self, from: Position, max: ReadLimit) -> Result<Entries, LogError> {
        let state = self.state();
        let mut bytes = 0;
        let list = state.entries[state.from(from)?..]
            .iter()
            .take(max.entries.max(1))
            .take_while(|entry| {
                let more = bytes == 0 || bytes + entry.len() <= max.bytes;
                bytes += entry.len();
                more
            })
            .cloned()
            .collect();
        Ok(Entries::new(from, list))
    }

    fn entry(&self, at: Position) -> Result<Option<Bytes>, LogError> {
        Ok(self.state().entries.get(at.get() as usize).cloned())
    }

    fn leaves(&self, from: Position, count: usize) -> Result<Vec<Digest>, LogError> {
        let state = self.state();
        let tail = &state.leaves[state.from(from)?..];
        Ok(tail[..count.min(tail.len())].to_vec())
    }

    fn checkpoint_covering(&self, at: Position) -> Result<Option<(Size, Vec<u8>)>, LogError> {
        let state = self.state();
        let found = at
            .get()
            .checked_add(1)
            .and_then(|from| state.checkpoints.range(from..).next());
        Ok(found.map(|(size, note)| (Size::new(*size), note.clone())))
    }

    fn replay(
        &self,
        from: Position,
        each: &mut dyn FnMut(ReplayFrame<'_>) -> ControlFlow<()>,
    ) -> Result<(), LogError> {
        // Cloned so that `each` may read the log without holding the lock.
        let commits = {
            let state = self.state();
            state.from(from)?;
            let skip = state
                .commits
                .partition_point(|c| c.end().size.get() <= from.get());
            state.commits[skip..].to_vec()
        };
        for commit in commits {
            if each(commit.replay_frame()).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Snapshots for Shared {
    fn save(&self, name: &str, upto: Size, bytes: &[u8]) -> Result<(), LogError> {
        check_snapshot_name(name)?;
        self.state_mut()
            .snapshots
            .insert(name.to_owned(), (upto, bytes.to_vec()));
        Ok(())
    }

    fn load(&self, name: &str) -> Result<Option<(Size, Vec<u8>)>, LogError> {
        check_snapshot_name(name)?;
        Ok(self.state().snapshots.get(name).cloned())
    }

    fn remove(&self, name: &str) -> Result<(), LogError> {
        check_snapshot_name(name)?;
        self.state_mut().snapshots.remove(name);
        Ok(())
    }
}
