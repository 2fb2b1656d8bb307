//! The derived store. The only file that names sled, pinned to 0.34.7.
//!
//! What sled gets wrong, measured, and what is done about it here and in `open`:
//!
//! * `flush` ends in `sync_file_range`, which makes neither file length nor disk cache durable: [`Store::flush`] adds an
//!   `fsync` of the same file. No acknowledgement depends on it; the journal has everything.
//! * Values that become blob files are never synced: `pack` keeps every value under 7 KB.
//! * A batch first rolls the log buffer over, which writes and syncs what little is in it: three file syncs for every
//!   commit group. Values are inserted one by one; nothing relies on their coming
//!   together, because only the applied head, written last, says what is there.
//! * Damage makes it lose records silently, panic or hang: every call is wrapped so that a panic is an error, opening
//!   happens under a watchdog, and what is read is compared with the journal.

use std::{
    fs::File,
    ops::Bound,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use caseledger_chain::{Digest, LedgerId};
use sled::{Config, Db, IVec, Tree};

use crate::{
    log::Head,
    pack::{EntryKey, TILE, VALUE_MAX, Value, Write, entry_key, parse_entry_key, unpack},
    store_error::StoreError,
};

/// The file whose length and durability the engine answers for.
pub(crate) const DB_FILE: &str = "db";
/// Page cache in bytes.
const CACHE_BYTES: u64 = 96 << 20;
const APPLIED_KEY: &[u8] = b"applied";
const NOTED_KEY: &[u8] = b"noted";
const FORMAT: u8 = 1;

/// Runs one engine call and turns errors and panics into values.
fn guarded<T>(
    op: &'static str,
    call: impl FnOnce() -> Result<T, sled::Error>,
) -> Result<T, StoreError> {
    // The engine's own state may be inconsistent behind a panic; the caller stops using it.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(source)) => Err(StoreError::Engine {
            op,
            source: Box::new(source),
        }),
        Err(_) => Err(StoreError::Panicked { op }),
    }
}

fn bytes(value: IVec) -> Bytes {
    Bytes::from_owner(value)
}

fn number(key: &[u8]) -> Option<u64> {
    key.try_into().ok().map(u64::from_be_bytes)
}

/// Everything derived that is kept: entries, leaf hashes, checkpoints, snapshots.
pub(crate) struct Store {
    db: Db,
    entries: Tree,
    leaves: Tree,
    checkpoints: Tree,
    pub(crate) chunks: Chunks,
    state: Tree,
    file: File,
    suspect: AtomicBool,
    /// Keeps the data folder locked for as long as anybody can use the store.
    _lock: Arc<File>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or creates the store in `dir`. May panic inside, hang or lose records when the folder is damaged.
    pub(crate) fn open(dir: &Path, lock: Arc<File>) -> Result<Self, StoreError> {
        const OP: &str = "open the store";
        let db = guarded(OP, || {
            Config::new()
                .path(dir)
                .cache_capacity(CACHE_BYTES)
                .flush_every_ms(None)
                .open()
        })?;
        let tree = |name: &str| guarded(OP, || db.open_tree(name));
        let file = File::open(dir.join(DB_FILE)).map_err(|source| StoreError::Engine {
            op: OP,
            source: Box::new(source),
        })?;
        Ok(Self {
            entries: tree("entries")?,
            leaves: tree("leaves")?,
            checkpoints: tree("checkpoints")?,
            chunks: Chunks {
                chunks: tree("snapshot chunks")?,
                heads: tree("snapshots")?,
            },
            state: tree("state")?,
            db,
            file,
            suspect: AtomicBool::new(false),
            _lock: lock,
        })
    }

    /// How far the store was at its last flush, and of which ledger; `None` when it says nothing readable.
    pub(crate) fn applied(&self) -> Result<Option<(LedgerId, Head)>, StoreError> {
        let value = guarded("read the applied head", || self.state.get(APPLIED_KEY))?;
        Ok(value.and_then(|value| {
            let ([FORMAT, ledger @ ..], rest) = value.split_first_chunk::<17>()? else {
                return None;
            };
            let (size, chain) = rest.split_first_chunk::<8>()?;
            let head = Head::new(
                u64::from_be_bytes(*size),
                Digest::from_bytes(chain.try_into().ok()?),
            );
            Some((LedgerId::from_bytes(*ledger), head))
        }))
    }

    /// Declares that everything up to `head` is in the store. Written last, so that the engine's log has it behind
    /// what it speaks of.
    pub(crate) fn set_applied(&self, ledger: LedgerId, head: Head) -> Result<(), StoreError> {
        let mut value = vec![FORMAT];
        value.extend_from_slice(&ledger.to_bytes());
        value.extend_from_slice(&head.size.get().to_be_bytes());
        value.extend_from_slice(&head.chain.to_bytes());
        guarded("write the applied head", || {
            self.state.insert(APPLIED_KEY, value)
        })
        .map(drop)
    }

    /// The size up to which every checkpoint that was recorded is in the store; 0 when it says nothing readable.
    pub(crate) fn noted(&self) -> Result<u64, StoreError> {
        let value = guarded("read how far checkpoints go", || self.state.get(NOTED_KEY))?;
        Ok(value.and_then(|value| number(&value)).unwrap_or_default())
    }

    /// Declares that every checkpoint up to `size` is in the store. Written behind them, as the applied head is.
    pub(crate) fn set_noted(&self, size: u64) -> Result<(), StoreError> {
        guarded("write how far checkpoints go", || {
            self.state.insert(NOTED_KEY, &size.to_be_bytes())
        })
        .map(drop)
    }

    /// Writes values of entries and leaf hashes.
    pub(crate) fn write(
        &self,
        entries: &[Write<EntryKey>],
        leaves: &[Write<[u8; 8]>],
    ) -> Result<(), StoreError> {
        guarded("write entries", || {
            for Write { key, value } in entries {
                self.entries.insert(key, value.as_slice())?;
            }
            Ok(())
        })?;
        guarded("write leaf hashes", || {
            for Write { key, value } in leaves {
                self.leaves.insert(key, value.as_slice())?;
            }
            Ok(())
        })
    }

    pub(crate) fn write_checkpoints(&self, notes: &[(u64, Arc<[u8]>)]) -> Result<(), StoreError> {
        guarded("write checkpoints", || {
            for (size, note) in notes {
                self.checkpoints.insert(size.to_be_bytes(), &note[..])?;
            }
            Ok(())
        })
    }

    /// Makes everything written so far durable.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        guarded("flush the store", || {
            self.db.flush()?;
            self.file.sync_all()?;
            Ok(())
        })
    }

    /// Length of the engine's file in bytes.
    pub(crate) fn db_bytes(&self) -> Result<u64, StoreError> {
        guarded("measure the store", || Ok(self.file.metadata()?.len()))
    }

    /// Reads back from the newest value about `budget` bytes of each tree, calling `tick` now and then, and checks
    /// that entries and leaf hashes up to `size` have no gap: on damaged pages the engine returns an error, panics,
    /// never returns, or silently leaves records out.
    pub(crate) fn probe(&self, size: u64, budget: u64, tick: &dyn Fn()) -> Result<(), StoreError> {
        for tree in [&self.state, &self.chunks.heads, &self.checkpoints] {
            walk(tree, budget, tick, &mut |_, _| Ok(()))?;
        }
        let mut next = size.div_ceil(TILE);
        walk(
            &self.leaves,
            budget,
            tick,
            &mut |key, _| match (number(key), next.checked_sub(1)) {
                (Some(tile), _) if tile >= size.div_ceil(TILE) => Ok(()),
                (Some(tile), Some(expected)) if tile == expected => {
                    next = tile;
                    Ok(())
                }
                _ => Err(StoreError::Malformed {
                    what: "leaf hashes of tile",
                    key: next,
                }),
            },
        )?;
        let (mut next, mut chunk) = (size, 0);
        walk(&self.entries, budget, tick, &mut |key, value| {
            let (first, number) = parse_entry_key(key).unwrap_or_default();
            if first >= size {
                return Ok(());
            }
            let end = match Value::parse(&value, first)? {
                Value::Pack(pack) => first + unpack(&pack, 0).count() as u64,
                // Backwards: the last chunk first, then each with the next smaller number.
                Value::Chunk { last: false, .. } if first == next && number + 1 == chunk => next,
                Value::Chunk { last: true, .. } => first + 1,
                Value::Chunk { .. } => first,
            };
            // What was written behind the last flush may have grown the newest pack.
            if end != next && (next != size || end < size) || chunk > 0 && first != next {
                return Err(StoreError::Malformed {
                    what: "entry",
                    key: next.saturating_sub(1),
                });
            }
            (next, chunk) = (first, number);
            Ok(())
        })
    }

    /// Notes that a record was missing or could not be read, so that the next open rebuilds the store.
    pub(crate) fn suspect(&self) {
        self.suspect.store(true, Ordering::Relaxed);
    }

    /// Whether a record was missing or could not be read.
    pub(crate) fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed)
    }

    /// The value that holds the entry at `at`, with its first position and chunk number.
    fn entry_value(&self, at: u64) -> Result<(u64, u8, Value), StoreError> {
        let missing = StoreError::Malformed {
            what: "entry",
            key: at,
        };
        let Some(behind) = at.checked_add(1) else {
            return Err(missing);
        };
        let found = guarded("read an entry", || {
            self.entries.get_lt(entry_key(behind, 0))
        })?;
        let Some((key, value)) = found else {
            return Err(missing);
        };
        let Some((first, chunk)) = parse_entry_key(&key) else {
            return Err(missing);
        };
        Ok((first, chunk, Value::parse(&bytes(value), first)?))
    }

    /// Where the entry at `at` is.
    pub(crate) fn pack_at(&self, at: u64) -> Result<Packed, StoreError> {
        let malformed = || StoreError::Malformed {
            what: "entry",
            key: at,
        };
        let (first, count, value) = self.entry_value(at)?;
        match value {
            Value::Pack(pack) => Ok(Packed::Several {
                pack,
                skip: at - first,
            }),
            Value::Chunk { last: false, .. } => Err(malformed()),
            Value::Chunk {
                bytes: last,
                last: true,
            } => {
                if first != at {
                    return Err(malformed());
                }
                let mut whole = Vec::with_capacity((usize::from(count) + 1) * VALUE_MAX);
                for chunk in 0..count {
                    let value =
                        guarded("read an entry", || self.entries.get(entry_key(at, chunk)))?;
                    let value = value.map(bytes).ok_or_else(malformed)?;
                    match Value::parse(&value, at)? {
                        Value::Chunk { bytes, last: false } => whole.extend_from_slice(&bytes),
                        Value::Chunk { last: true, .. } | Value::Pack(_) => return Err(malformed()),
                    }
                }
                whole.extend_from_slice(&last);
                Ok(Packed::Single(Bytes::from(whole)))
            }
        }
    }

    /// The half tile of leaf hashes with index `tile`; empty when there is none.
    pub(crate) fn tile(&self, tile: u64) -> Result<Bytes, StoreError> {
        let value = guarded("read leaf hashes", || self.leaves.get(tile.to_be_bytes()))?;
        Ok(value.map(bytes).unwrap_or_default())
    }

    /// The smallest checkpoint over more than `at` entries.
    pub(crate) fn checkpoint_covering(
        &self,
        at: u64,
    ) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let behind = (Bound::Excluded(at.to_be_bytes()), Bound::Unbounded);
        let found = guarded("read a checkpoint", || {
            self.checkpoints
                .range::<[u8; 8], _>(behind)
                .next()
                .transpose()
        })?;
        Ok(found.and_then(|(key, note)| Some((number(&key)?, note.to_vec()))))
    }
}

/// Is shown a key and its value.
type Visit<'a> = dyn FnMut(&[u8], Bytes) -> Result<(), StoreError> + 'a;

/// Shows the newest pairs of a tree until `budget` bytes are used.
fn walk(tree: &Tree, budget: u64, tick: &dyn Fn(), each: &mut Visit<'_>) -> Result<(), StoreError> {
    let (mut left, mut result) = (budget, Ok(()));
    guarded("probe the store", || {
        for (count, pair) in tree.iter().rev().enumerate() {
            let (key, value) = pair?;
            let Some(rest) = left.checked_sub((key.len() + value.len()) as u64) else {
                break;
            };
            left = rest;
            if count % 1024 == 0 {
                tick();
            }
            result = each(&key, bytes(value));
            if result.is_err() {
                break;
            }
        }
        Ok(())
    })?;
    result
}

/// Where an entry was found.
#[derive(Debug)]
pub(crate) enum Packed {
    /// In a pack, behind `skip` others.
    Several {
        /// The pack.
        pack: Bytes,
        /// Entries in front.
        skip: u64,
    },
    /// Alone.
    Single(Bytes),
}

/// Key-value access for the snapshots: chunks under (name, generation, number), and one pointer per name.
#[derive(Debug)]
pub(crate) struct Chunks {
    chunks: Tree,
    heads: Tree,
}

impl Chunks {
    pub(crate) fn head(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        guarded("read a snapshot", || {
            Ok(self.heads.get(name)?.map(|value| value.to_vec()))
        })
    }

    pub(crate) fn set_head(&self, name: &str, value: Option<Vec<u8>>) -> Result<(), StoreError> {
        guarded("switch a snapshot", || match value {
            Some(value) => self.heads.insert(name, value),
            None => self.heads.remove(name),
        })
        .map(drop)
    }

    pub(crate) fn insert(&self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        guarded("write a snapshot", || self.chunks.insert(key, value)).map(drop)
    }

    /// The chunks whose keys start with `prefix`, in order.
    pub(crate) fn scan(
        &self,
        prefix: &[u8],
        each: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        guarded("read a snapshot", || {
            for pair in self.chunks.scan_prefix(prefix) {
                let (key, value) = pair?;
                each(&key, &value);
            }
            Ok(())
        })
    }

    pub(crate) fn remove(&self, key: &[u8]) -> Result<(), StoreError> {
        guarded("remove a snapshot", || self.chunks.remove(key)).map(drop)
    }
}
