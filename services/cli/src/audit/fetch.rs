//! Bundles and their tiles, fetched ahead of the verification.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use caseledger_audit::Followed;
use caseledger_chain::{BundleId, Position, Size, TILE_WIDTH, TileId, decode_bundle};
use caseledger_client::{AnySource, LogSource as _, SourceError};
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};

/// Bundles on their way at once: enough for a slow line, and a few MiB of ordinary entries.
const AHEAD: usize = 32;

/// A bundle and the tile of its leaf hashes, as published.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) id: BundleId,
    pub(super) bundle: Result<Bytes, SourceError>,
    pub(super) tile: Result<Bytes, SourceError>,
}

/// Fetches in order, some ahead of what is taken. Dropping it stops what is on its way.
#[derive(Debug)]
pub(super) struct Fetcher<I> {
    source: Arc<AnySource>,
    handle: Handle,
    rest: I,
    ahead: VecDeque<JoinHandle<Fetched>>,
}

impl<I: Iterator<Item = BundleId>> Fetcher<I> {
    pub(super) fn new(source: Arc<AnySource>, handle: Handle, bundles: I) -> Self {
        Self {
            source,
            handle,
            rest: bundles,
            ahead: VecDeque::with_capacity(AHEAD),
        }
    }

    /// The next bundle; waits for it.
    pub(super) fn next(&mut self) -> Result<Option<Fetched>, JoinError> {
        while self.ahead.len() < AHEAD
            && let Some(id) = self.rest.next()
        {
            let source = Arc::clone(&self.source);
            self.ahead.push_back(self.handle.spawn(fetch(source, id)));
        }
        let next = self.ahead.pop_front();
        next.map(|next| self.handle.block_on(next)).transpose()
    }
}

impl<I> Drop for Fetcher<I> {
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
    while let Some(Fetched { id, bundle, .. }) = fetcher.next()? {
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
    }
    Ok(failed)
}

async fn fetch(source: Arc<AnySource>, id: BundleId) -> Fetched {
    let bundle = source.bundle(id).await;
    let tile = match TileId::new(0, id.index(), id.width()) {
        Ok(tile) => source.tile(tile).await,
        // A bundle has the bounds of a tile.
        Err(_) => Ok(Bytes::new()),
    };
    Fetched { id, bundle, tile }
}
