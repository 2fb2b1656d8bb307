//! Reading a file log from any thread: the backlog for what the store does not have yet, then the store, and the
//! journal where the store fails. A store that failed once is marked and rebuilt by the next open.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use caseledger_chain::{Digest, Position, Size, leaf_hash};

use crate::{
    applier::stored_entry,
    backlog::Backlog,
    commit::Commit,
    journal::JournalIndex,
    log::{Entries, Head, LogError, LogReader, ReadLimit, ReplayFrame},
    pack::{TILE, unpack},
    sled::{Packed, Store},
    store_error::StoreError,
};

/// Reads from store and backlog.
#[derive(Debug)]
pub(crate) struct FileReader {
    pub(crate) store: Arc<Store>,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) index: Arc<JournalIndex>,
    /// How many entries the guard knows of; none where it is not written.
    pub(crate) guarded: Option<Arc<AtomicU64>>,
}

/// Lends a commit's buffer to entries read from it.
struct Shared(Arc<Commit>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.entries_framed()
    }
}

/// Takes entries until a limit is reached.
struct Taker {
    list: Vec<Bytes>,
    left: usize,
    bytes_left: Option<usize>,
}

impl Taker {
    /// `false` once the limit is reached.
    fn take(&mut self, entry: Bytes) -> bool {
        let fits = self
            .bytes_left
            .and_then(|left| left.checked_sub(entry.len()));
        if self.left == 0 || fits.is_none() && !self.list.is_empty() {
            self.left = 0;
            return false;
        }
        self.left -= 1;
        self.bytes_left = fits;
        self.list.push(entry);
        true
    }
}

impl FileReader {
    /// Shows entries from the journal because the store failed with `error`, until `each` has enough.
    fn fall_back(
        &self,
        from: u64,
        error: StoreError,
        each: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), LogError> {
        self.store.suspect();
        let mut found = false;
        self.index.replay(Position::new(from), &mut |frame| {
            let skip = from.saturating_sub(frame.first().get()) as usize;
            for entry in frame.entries().skip(skip) {
                found = true;
                if !each(entry) {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        if found { Ok(()) } else { Err(error.into()) }
    }

    /// How many entries lie at and behind `from`.
    fn available(&self, from: Position) -> Result<u64, LogError> {
        let (asked, size) = (from.get(), self.head().size.get());
        size.checked_sub(asked)
            .ok_or(LogError::Beyond { asked, size })
    }
}

impl LogReader for FileReader {
    fn head(&self) -> Head {
        self.backlog.head()
    }

    fn read(&self, from: Position, max: ReadLimit) -> Result<Entries, LogError> {
        let available = self.available(from)?;
        let wanted = usize::try_from(available)
            .unwrap_or(usize::MAX)
            .min(max.entries.max(1));
        let mut taker = Taker {
            list: Vec::new(),
            left: wanted,
            bytes_left: Some(max.bytes),
        };
        while taker.left > 0 {
            let at = from.get() + taker.list.len() as u64;
            // The order matters: what is not in the backlog any more is in the store.
            if let Some(commit) = self.backlog.find(Position::new(at)) {
                let skip = (at - commit.first().get()) as usize;
                let buffer = Bytes::from_owner(Shared(Arc::clone(&commit)));
                (skip..commit.len())
                    .map_while(|index| commit.span(index))
                    .all(|(start, end)| taker.take(buffer.slice(start..end)));
                continue;
            }
            let missing = StoreError::Malformed {
                what: "entry",
                key: at,
            };
            let found = self.store.pack_at(at).and_then(|packed| match packed {
                Packed::Single(entry) => Ok(taker.take(entry)),
                Packed::Several { pack, skip } => {
                    let before = taker.list.len();
                    unpack(&pack, skip).all(|entry| taker.take(entry));
                    let stuck = taker.left > 0 && taker.list.len() == before;
                    if stuck { Err(missing) } else { Ok(true) }
                }
            });
            if let Err(error) = found {
                self.fall_back(at, error, &mut |entry| {
                    taker.take(Bytes::copy_from_slice(entry)) && taker.left > 0
                })?;
            }
        }
        Ok(Entries::new(from, taker.list))
    }

    fn entry(&self, at: Position) -> Result<Option<Bytes>, LogError> {
        if at.get() >= self.head().size.get() {
            return Ok(None);
        }
        if let Some(commit) = self.backlog.find(at) {
            let index = (at.get() - commit.first().get()) as usize;
            return Ok(Some(Bytes::copy_from_slice(commit.entry(index))));
        }
        let error = match stored_entry(&self.store, at.get()) {
            Ok(entry) => return Ok(Some(entry)),
            Err(error) => error,
        };
        let mut found = None;
        self.fall_back(at.get(), error, &mut |entry| {
            found = Some(Bytes::copy_from_slice(entry));
            false
        })?;
        Ok(found)
    }

    fn leaves(&self, from: Position, count: usize) -> Result<Vec<Digest>, LogError> {
        let available = self.available(from)?;
        let wanted = usize::try_from(available).unwrap_or(usize::MAX).min(count);
        let mut leaves = Vec::with_capacity(wanted);
        while leaves.len() < wanted {
            let at = from.get() + leaves.len() as u64;
            let left = wanted - leaves.len();
            if let Some(commit) = self.backlog.find(Position::new(at)) {
                let skip = (at - commit.first().get()) as usize;
                leaves.extend(commit.leaves().iter().skip(skip).take(left));
                continue;
            }
            let before = leaves.len();
            let missing = StoreError::Malformed {
                what: "leaf hash",
                key: at,
            };
            let found = self.store.tile(at / TILE).and_then(|tile| {
                let hashes = tile
                    .as_chunks::<32>()
                    .0
                    .iter()
                    .skip((at % TILE) as usize)
                    .take(left);
                leaves.extend(hashes.map(|hash| Digest::from_bytes(*hash)));
                if leaves.len() == before {
                    Err(missing)
                } else {
                    Ok(())
                }
            });
            if let Err(error) = found {
                self.fall_back(at, error, &mut |entry| {
                    leaves.push(leaf_hash(entry));
                    leaves.len() < wanted
                })?;
            }
        }
        Ok(leaves)
    }

    fn checkpoint_covering(&self, at: Position) -> Result<Option<(Size, Vec<u8>)>, LogError> {
        // Backlog first: what leaves it is in the store by then.
        let waiting = self.backlog.checkpoint_covering(at);
        let stored = self.store.checkpoint_covering(at.get())?;
        Ok(match (waiting, stored) {
            (Some((size, note)), Some((stored, _))) if size <= stored => {
                Some((Size::new(size), note.to_vec()))
            }
            (Some((size, note)), None) => Some((Size::new(size), note.to_vec())),
            (_, stored) => stored.map(|(size, note)| (Size::new(size), note)),
        })
    }

    fn guard_behind(&self) -> u64 {
        let known = |size: &Arc<AtomicU64>| size.load(Ordering::Acquire);
        let head = self.head().size.get();
        self.guarded
            .as_ref()
            .map_or(0, |size| head.saturating_sub(known(size)))
    }

    fn replay(
        &self,
        from: Position,
        each: &mut dyn FnMut(ReplayFrame<'_>) -> ControlFlow<()>,
    ) -> Result<(), LogError> {
        self.index.replay(from, each)
    }
}
