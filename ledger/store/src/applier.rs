//! The applier: brings durable commits into the derived store, behind every acknowledgement.
//!
//! Live running and catching up in open use the same [`Filler`]. Values are written when they are full; unfinished
//! ones stay in memory (readers find those entries in the backlog) until the next flush, so that single commits do not
//! rewrite the same value over and over. A crash loses what was not flushed, and the next open replays it from the
//! journal.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use caseledger_chain::{Digest, LedgerId};

use crate::{
    backlog::{Backlog, Work},
    disk::Disk,
    log::{Head, LogError},
    marks::StoreMark,
    pack::{Packer, TILE, unpack},
    sled::{Packed, Store},
    store_error::StoreError,
};

/// Longest time an applied commit may stay unflushed while nothing else comes.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// Most bytes applied between two flushes: bounds what an open after a crash has to replay.
const FLUSH_BYTES: usize = 32 << 20;

/// Where and for whom the store mark is written.
#[derive(Clone, Debug)]
pub(crate) struct MarkFile {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) path: PathBuf,
    pub(crate) ledger: LedgerId,
}

/// Fills the store in order.
#[derive(Debug)]
pub(crate) struct Filler {
    store: Arc<Store>,
    packer: Packer,
    mark: MarkFile,
    /// Head behind the last commit pushed.
    head: Head,
    /// Every checkpoint up to this size is in the store.
    noted: u64,
    dirty_bytes: usize,
}

impl Filler {
    /// Goes on behind what the store declared at its last flush. Values behind that were written and not declared; they
    /// hold the same entries, and the same cuts are made over them again.
    pub(crate) fn resume(
        store: Arc<Store>,
        mark: MarkFile,
        applied: Head,
    ) -> Result<Self, StoreError> {
        let size = applied.size.get();
        let unfinished = match size.checked_sub(1) {
            Some(last) => match store.pack_at(last)? {
                Packed::Several { pack, skip } => {
                    unpack(&pack, 0).take(skip as usize + 1).collect()
                }
                Packed::Single(_) => Vec::new(),
            },
            None => Vec::new(),
        };
        let mut tile = store.tile(size / TILE)?.to_vec();
        let expected = (size % TILE * 32) as usize;
        if tile.len() < expected {
            return Err(StoreError::Malformed {
                what: "leaf hashes of tile",
                key: size / TILE,
            });
        }
        tile.truncate(expected);
        let packer = Packer::resume(size, &unfinished, tile);
        let noted = store.noted()?.min(size);
        Ok(Self {
            store,
            packer,
            mark,
            head: applied,
            noted,
            dirty_bytes: 0,
        })
    }

    /// The store that is filled.
    pub(crate) fn store(&self) -> Arc<Store> {
        Arc::clone(&self.store)
    }

    /// The size up to which the store has every checkpoint.
    pub(crate) fn noted(&self) -> u64 {
        self.noted
    }

    /// Position of the next entry.
    pub(crate) fn next(&self) -> u64 {
        self.packer.next()
    }

    /// Adds the next entry of a commit that ends in `head`.
    pub(crate) fn push(&mut self, entry: &[u8], leaf: Digest, head: Head) {
        self.packer.push(entry, leaf);
        self.dirty_bytes += entry.len();
        self.head = head;
    }

    /// Writes the full values. Everything in front of the result is then in the store.
    pub(crate) fn write(&mut self) -> Result<u64, StoreError> {
        if !self.packer.entries.is_empty() || !self.packer.leaves.is_empty() {
            self.store
                .write(&self.packer.entries, &self.packer.leaves)?;
            self.packer.written();
        }
        Ok(self.packer.packed())
    }

    /// Whether a flush is due for the amount of data.
    pub(crate) fn is_full(&self) -> bool {
        self.dirty_bytes >= FLUSH_BYTES
    }

    /// Bytes waiting in full values.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.packer.bytes()
    }

    /// Writes everything, declares it, makes it durable, and only then says so in the mark: the mark never knows more
    /// than the store, and the store never more than the journal.
    pub(crate) fn flush(&mut self, clean: bool) -> Result<(), LogError> {
        self.packer.flush();
        self.write()?;
        self.store.set_noted(self.noted)?;
        self.store.set_applied(self.mark.ledger, self.head)?;
        self.store.flush()?;
        self.dirty_bytes = 0;
        if self.store.is_suspect() {
            return self.unmark();
        }
        let mark = StoreMark {
            head: self.head,
            db_bytes: self.store.db_bytes()?,
            clean,
        };
        mark.write(&*self.mark.disk, &self.mark.path, self.mark.ledger)
            .map_err(|source| LogError::io("write", &self.mark.path, source))
    }

    /// Removes the mark: an unmarked store is rebuilt by the next open.
    fn unmark(&self) -> Result<(), LogError> {
        match self.mark.disk.remove(&self.mark.path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(LogError::io("remove", &self.mark.path, source))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The applier's thread. When the store fails, the log goes on without it: the backlog is let go, readers find
    /// everything in the journal, and the store has no mark any more, so that the next open rebuilds it.
    pub(crate) fn run(mut self, backlog: &Backlog) -> Result<(), LogError> {
        let panicked = StoreError::Panicked {
            op: "apply commits",
        };
        let result = catch_unwind(AssertUnwindSafe(|| self.work(backlog)));
        let Err(error) = result.unwrap_or_else(|_| Err(panicked.into())) else {
            return Ok(());
        };
        self.store.suspect();
        // Nothing is lost and nobody waits: the journal has every entry, and readers find them there.
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the derived store failed and is left alone; the next start makes it again from the journal"
        );
        // With the mark left behind the next open finds less than it names, or the same failure: it rebuilds too.
        self.unmark().ok();
        backlog.abandon_checkpoints();
        loop {
            match backlog.take(None) {
                Work::Apply { checkpoints, .. } => backlog.applied(u64::MAX, &checkpoints),
                Work::Idle => {}
                Work::Close | Work::Stop => return Err(error),
            }
        }
    }

    fn work(&mut self, backlog: &Backlog) -> Result<(), LogError> {
        let (mut flushed_at, mut dirty) = (Instant::now(), false);
        loop {
            match backlog.take(dirty.then_some(FLUSH_EVERY)) {
                Work::Apply {
                    commits,
                    checkpoints,
                } => {
                    if !dirty {
                        flushed_at = Instant::now();
                    }
                    dirty = true;
                    for commit in &commits {
                        let head = commit.end();
                        for (entry, leaf) in commit.entries().zip(commit.leaves()) {
                            self.push(entry, *leaf, head);
                        }
                    }
                    let upto = self.write()?;
                    if let Some((last, _)) = checkpoints.last() {
                        self.store.write_checkpoints(&checkpoints)?;
                        self.noted = self.noted.max(*last);
                    }
                    backlog.applied(upto, &checkpoints);
                }
                Work::Idle => {}
                Work::Close => return self.flush(true),
                Work::Stop => return Ok(()),
            }
            if dirty && (self.is_full() || flushed_at.elapsed() >= FLUSH_EVERY) {
                match self.flush(false) {
                    // The mark could not be written, on a full disk say: the old one says less and stays true.
                    Ok(()) | Err(LogError::Io { .. }) => {}
                    Err(error) => return Err(error),
                }
                backlog.applied(self.next(), &[]);
                dirty = false;
            }
        }
    }
}

/// Reads one entry that the store has.
pub(crate) fn stored_entry(store: &Store, at: u64) -> Result<Bytes, StoreError> {
    match store.pack_at(at)? {
        Packed::Single(entry) => Ok(entry),
        Packed::Several { pack, skip } => {
            let missing = StoreError::Malformed {
                what: "entry",
                key: at,
            };
            unpack(&pack, skip).next().ok_or(missing)
        }
    }
}
