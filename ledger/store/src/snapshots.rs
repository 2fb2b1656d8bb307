//! Saved views in the derived store.
//!
//! ```text
//! pointer: name -> generation:u64 upto:u64 length:u64 crc32c:u32
//! chunk:   name 0 generation:u64 number:u32 -> at most 6 KB
//! ```
//!
//! A save writes the chunks of a new generation and flushes, switches the pointer and flushes, and removes the old
//! chunks. A crash before the switch leaves the old snapshot and chunks nobody points to, which the next save removes.

use std::sync::{Mutex, PoisonError};

use caseledger_chain::Size;

use std::sync::Arc;

use crate::{
    log::{LogError, Snapshots},
    pack::VALUE_MAX,
    sled::Store,
    store_error::{StoreError, check_snapshot_name},
};

/// Snapshots kept in the store of a file log.
#[derive(Debug)]
pub(crate) struct StoredSnapshots {
    store: Arc<Store>,
    /// One save at a time: two of the same name would take the same generation.
    saving: Mutex<()>,
}

#[derive(Clone, Copy)]
struct Pointer {
    generation: u64,
    upto: u64,
    length: u64,
    crc: u32,
}

impl Pointer {
    fn encode(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(28);
        out.extend_from_slice(&self.generation.to_be_bytes());
        out.extend_from_slice(&self.upto.to_be_bytes());
        out.extend_from_slice(&self.length.to_be_bytes());
        out.extend_from_slice(&self.crc.to_be_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (generation, rest) = bytes.split_first_chunk()?;
        let (upto, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        Some(Self {
            generation: u64::from_be_bytes(*generation),
            upto: u64::from_be_bytes(*upto),
            length: u64::from_be_bytes(*length),
            crc: u32::from_be_bytes(rest.try_into().ok()?),
        })
    }
}

fn prefix(name: &str, generation: Option<u64>) -> Vec<u8> {
    let mut key = name.as_bytes().to_vec();
    key.push(0);
    if let Some(generation) = generation {
        key.extend_from_slice(&generation.to_be_bytes());
    }
    key
}

impl StoredSnapshots {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            saving: Mutex::new(()),
        }
    }

    fn pointer(&self, name: &str) -> Result<Option<Pointer>, StoreError> {
        check_snapshot_name(name)?;
        Ok(self
            .store
            .chunks
            .head(name)?
            .as_deref()
            .and_then(Pointer::decode))
    }

    /// Removes the chunks of every generation but `keep`.
    fn sweep(&self, name: &str, keep: Option<u64>) -> Result<(), StoreError> {
        let kept = keep.map(|generation| prefix(name, Some(generation)));
        let mut stale = Vec::new();
        self.store.chunks.scan(&prefix(name, None), &mut |key, _| {
            if !kept.as_ref().is_some_and(|kept| key.starts_with(kept)) {
                stale.push(key.to_vec());
            }
        })?;
        stale
            .iter()
            .try_for_each(|key| self.store.chunks.remove(key))
    }
}

impl Snapshots for StoredSnapshots {
    fn save(&self, name: &str, upto: Size, bytes: &[u8]) -> Result<(), LogError> {
        let _saving = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.pointer(name)?.map(|pointer| pointer.generation);
        self.sweep(name, old)?;
        let generation = old.map_or(0, |old| old.wrapping_add(1));
        let mut key = prefix(name, Some(generation));
        let base = key.len();
        for (number, chunk) in (0_u32..).zip(bytes.chunks(VALUE_MAX)) {
            key.truncate(base);
            key.extend_from_slice(&number.to_be_bytes());
            self.store.chunks.insert(&key, chunk)?;
        }
        // The switch must not become durable before what it points to.
        self.store.flush()?;
        let (length, crc) = (bytes.len() as u64, crc32c::crc32c(bytes));
        let pointer = Pointer {
            generation,
            upto: upto.get(),
            length,
            crc,
        };
        self.store.chunks.set_head(name, Some(pointer.encode()))?;
        self.store.flush()?;
        Ok(self.sweep(name, Some(generation))?)
    }

    fn load(&self, name: &str) -> Result<Option<(Size, Vec<u8>)>, LogError> {
        let _saving = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pointer) = self.pointer(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        self.store
            .chunks
            .scan(&prefix(name, Some(pointer.generation)), &mut |_, chunk| {
                bytes.extend_from_slice(chunk);
            })?;
        let whole = bytes.len() as u64 == pointer.length && crc32c::crc32c(&bytes) == pointer.crc;
        Ok(whole.then(|| (Size::new(pointer.upto), bytes)))
    }

    fn remove(&self, name: &str) -> Result<(), LogError> {
        let _saving = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        check_snapshot_name(name)?;
        self.store.chunks.set_head(name, None)?;
        Ok(self.sweep(name, None)?)
    }
}
