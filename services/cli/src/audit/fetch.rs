//! Bundles and their tiles, fetched ahead of the verification.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::sync::Arc;

use bytes::Bytes;
use caseledger_audit::Followed;
use caseledger_chain::{BundleId, Digest, Position, Size, TILE_WIDTH, TileId, decode_bundle};
use caseledger_client::{AnySource, LogSource as _, Resource, SourceError};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinHandle};

/// Bundles on their way at once: enough for a slow line, and a few MiB of ordinary entries.
const AHEAD: usize = 32;

/// Memory for bundles and tiles on their way and in the replay, in KiB: seven of the longest bundles,
/// and far more than any of the ordinary ones. Whoever publishes a log chooses how long its entries are.
const ROOM: usize = 128 << 10;

/// A bundle and the tile of its leaf hashes, as published.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) id: BundleId,
    pub(super) bundle: Result<Bytes, SourceError>,
    pub(super) tile: Result<Bytes, SourceError>,
    /// The room that they take up, to be kept as long as they are.
    pub(super) held: Option<OwnedSemaphorePermit>,
}

/// Fetches in order, some ahead of what is taken. Dropping it stops what is on its way.
#[derive(Debug)]
pub(super) struct Fetcher<I: Iterator<Item = BundleId>> {
    source: Arc<AnySource>,
    handle: Handle,
    rest: Peekable<I>,
    /// One permit a KiB.
    room: Arc<Semaphore>,
    ahead: VecDeque<JoinHandle<Fetched>>,
}

impl<I: Iterator<Item = BundleId>> Fetcher<I> {
    pub(super) fn new(source: Arc<AnySource>, handle: Handle, bundles: I) -> Self {
        Self {
            source,
            handle,
            rest: bundles.peekable(),
            room: Arc::new(Semaphore::new(ROOM)),
            ahead: VecDeque::with_capacity(AHEAD),
        }
    }

    /// The next bundle; waits for it, and for room if what was taken before still takes up all of it.
    pub(super) fn next(&mut self) -> Result<Option<Fetched>, JoinError> {
        while self.ahead.len() < AHEAD
            && let Some(id) = self.rest.peek().copied()
        {
            // Taken here and in order: the first on its way always has its room, and comes in.
            let longest = kib(longest(id));
            let held = match Arc::clone(&self.room).try_acquire_many_owned(longest) {
                Ok(held) => Some(held),
                Err(_) if !self.ahead.is_empty() => break,
                Err(_) => {
                    let room = Arc::clone(&self.room);
                    let held = self.handle.block_on(room.acquire_many_owned(longest));
                    // Nobody closes it.
                    held.ok()
                }
            };
            self.rest.next();
            let source = Arc::clone(&self.source);
            let fetched = self.handle.spawn(fetch(source, id, held));
            self.ahead.push_back(fetched);
        }
        let next = self.ahead.pop_front();
        next.map(|next| self.handle.block_on(next)).transpose()
    }
}

impl<I: Iterator<Item = BundleId>> Drop for Fetcher<I> {
    fn drop(&mut self) {
        self.ahead.iter().for_each(JoinHandle::abort);
    }
}

/// Reads the entries of corrected cases once more. Gives the first reason why one cannot be had.
pub(super) fn look_again(
    source: Arc<AnySource>,
    handle: Handle,
    size: Size,
    followed: &mut Followed,
) -> Result<Option<SourceError>, JoinError> {
    let wanted: Vec<u64> = followed.again().map(Position::get).collect();
    let width = u64::from(TILE_WIDTH);
    let mut indices: Vec<u64> = wanted.iter().map(|position| position / width).collect();
    indices.dedup();
    let bundles = indices.into_iter().filter_map(|index| {
        BundleId::new(index, width.min(size.get() - index * width) as u16).ok()
    });
    let mut wanted = wanted.into_iter().peekable();
    let mut fetcher = Fetcher::new(source, handle, bundles);
    let mut failed = None;
    while let Some(fetched) = fetcher.next()? {
        let Fetched {
            id, bundle, held, ..
        } = fetched;
        let bundle = bundle.unwrap_or_else(|error| {
            failed.get_or_insert(error);
            Bytes::new()
        });
        let entries = decode_bundle(&bundle, id.width()).unwrap_or_default();
        for (position, entry) in (id.index() * width..).zip(entries) {
            while wanted.next_if(|wanted| *wanted < position).is_some() {}
            if wanted.next_if_eq(&position).is_some() {
                followed.look_again(Position::new(position), entry);
            }
        }
        drop(held);
    }
    Ok(failed)
}

/// The most bytes that a bundle and its tile can have.
fn longest(id: BundleId) -> usize {
    Resource::Bundle(id).bytes_max() + usize::from(id.width()) * Digest::LEN
}

/// Whole KiB that bytes take up.
fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

/// Fetches a bundle and its tile. Of the room for the longest it keeps what they need.
async fn fetch(
    source: Arc<AnySource>,
    id: BundleId,
    mut held: Option<OwnedSemaphorePermit>,
) -> Fetched {
    let bundle = source.bundle(id).await;
    let tile = match TileId::new(0, id.index(), id.width()) {
        Ok(tile) => source.tile(tile).await,
        // A bundle has the bounds of a tile.
        Err(_) => Ok(Bytes::new()),
    };
    if let Some(held) = &mut held {
        let bytes = [&bundle, &tile].map(|got| got.as_ref().map_or(0, Bytes::len));
        let spare = held
            .num_permits()
            .saturating_sub(kib(bytes.iter().sum()) as usize);
        drop(held.split(spare));
    }
    Fetched {
        id,
        bundle,
        tile,
        held,
    }
}

#[cfg(test)]
mod tests;
