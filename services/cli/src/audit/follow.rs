//! The same replay for a log that grows: what was verified once is not read again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use caseledger_audit::{Batch, Paused, Plan, Recount, Replay};
use caseledger_chain::{
    BundleId, Checkpoint, Digest, Position, Size, TILE_WIDTH, TileId, decode_bundle,
};
use caseledger_client::{AnySource, LogSource as _, SourceError};
use caseledger_engine::court_day;
use tokio::runtime::Handle;

use super::LogFault;
use super::fetch::{self, Fetched, Fetcher};
use crate::exit::{Failure, io_failure};
use crate::progress;

/// A replay between two checkpoints.
#[derive(Debug)]
pub(crate) struct Following {
    /// What was replayed, up to `verified`; none if it begins at the first entry.
    paused: Option<Paused>,
    /// Up to which size all of it was compared with what is signed.
    verified: Size,
}

/// What the entries up to a checkpoint came to.
#[derive(Debug, Default)]
pub(crate) struct Advance {
    /// How many entries were replayed.
    pub(crate) entries: u64,
    /// What is wrong, with where.
    pub(crate) found: Vec<(Option<Position>, LogFault)>,
    /// Why not all could be read.
    pub(crate) trouble: Option<SourceError>,
    /// Whether it was told to stop.
    pub(crate) stopped: bool,
}

impl Advance {
    /// Whether all entries are there and nothing was found.
    pub(crate) const fn is_ok(&self) -> bool {
        self.found.is_empty() && self.trouble.is_none() && !self.stopped
    }

    /// Something could not be had. `absent` is what it means if it does not exist.
    fn source(&mut self, error: SourceError, absent: impl FnOnce(SourceError) -> LogFault) {
        match error {
            SourceError::Absent { .. } => self.found.push((None, absent(error))),
            SourceError::Malformed { .. } => self.found.push((None, LogFault::Malformed(error))),
            SourceError::Unreachable { .. }
            | SourceError::Status { .. }
            | SourceError::Address { .. }
            | SourceError::Tls(_) => self.trouble = Some(error),
        }
    }
}

impl Following {
    /// Nothing is replayed yet.
    pub(crate) const fn new() -> Self {
        Self {
            paused: None,
            verified: Size::ZERO,
        }
    }

    /// Replays the entries that a checkpoint has and those before had not, and compares all that
    /// follows from them with what is published and signed.
    ///
    /// # Errors
    /// [`Failure`] if the system gives no threads.
    pub(crate) async fn advance(
        self,
        source: Arc<AnySource>,
        to: Checkpoint,
        stop: Arc<AtomicBool>,
    ) -> Result<(Self, Advance), Failure> {
        let handle = Handle::current();
        // The replay blocks while enough is on its way.
        tokio::task::spawn_blocking(move || self.run(&source, &handle, &to, &stop)).await?
    }

    fn run(
        self,
        source: &Arc<AnySource>,
        handle: &Handle,
        to: &Checkpoint,
        stop: &AtomicBool,
    ) -> Result<(Self, Advance), Failure> {
        let mut advance = Advance::default();
        let verified = self.verified;
        if to.size <= verified {
            return Ok((self, advance));
        }
        let paused = self.paused;
        let done = paused.as_ref().map_or(Size::ZERO, Paused::size);
        let replay = match paused {
            Some(paused) => Replay::resume(paused),
            None => Replay::start(Plan {
                ledger: None,
                recount: Recount::AtEnd,
                day: court_day,
            }),
        };
        let mut replay = replay.map_err(io_failure("start", "threads"))?;
        let bar = progress::bar(to.size.get(), "entries").with_message("verifying");
        let bundles = BundleId::between(done, to.size);
        let mut fetcher = Fetcher::new(Arc::clone(source), handle.clone(), bundles);
        while let Some(fetched) = fetcher.next()? {
            advance.stopped = stop.load(Ordering::Relaxed);
            let Some(batch) = batch(fetched, done, &mut advance) else {
                break;
            };
            if advance.stopped {
                break;
            }
            replay.push(batch);
            bar.set_position(replay.done().get());
        }
        drop(fetcher);
        bar.finish_and_clear();
        let mut followed = replay.finish();
        if advance.is_ok() {
            let (source, handle) = (Arc::clone(source), handle.clone());
            if let Some(error) = fetch::look_again(source, handle, to.size, &mut followed)? {
                advance.source(error, LogFault::Gone);
            }
        }
        let mut paused = followed.pause();
        advance.entries = paused.size().get() - done.get();
        if advance.is_ok() {
            paused.check_end();
            compare(&paused, to, &mut advance);
        }
        if advance.is_ok() {
            upper_tiles(&paused, verified, source, handle, &mut advance);
        }
        let found = paused.take_findings().into_iter();
        let found = found.map(|found| (found.position, LogFault::Entries(found.fault)));
        advance.found.extend(found);
        let verified = if advance.is_ok() { to.size } else { verified };
        // Entries that no signed root covers yet may be forged by the view that gave them. Going on
        // behind them elsewhere would accuse another view, so they are given up, and what is before
        // them with them: a replay does not go back.
        let paused = (paused.size() == verified).then_some(paused);
        Ok((Self { paused, verified }, advance))
    }
}

/// The entries of a bundle that were not replayed yet, with their published hashes; none if not all
/// of that could be had.
fn batch(fetched: Fetched, done: Size, advance: &mut Advance) -> Option<Batch> {
    let Fetched {
        id,
        bundle,
        tile,
        held,
    } = fetched;
    let first = id.index() * u64::from(TILE_WIDTH);
    let missing = |_absent| LogFault::Missing {
        first: Position::new(first),
        last: Position::new(first + u64::from(id.width()) - 1),
    };
    let bundle = bundle
        .map_err(|error| advance.source(error, missing))
        .ok()?;
    let tile = tile
        .map_err(|error| advance.source(error, LogFault::NoTile))
        .ok()?;
    let known = done.get().saturating_sub(first) as usize;
    if known == 0 {
        let batch = Batch::from_bundle(bundle, id.width()).ok()?.holding(held);
        return Some(batch.with_tile(tile));
    }
    let mut batch = Batch::new().holding(held);
    // The source has checked the form of both already.
    let entries = decode_bundle(&bundle, id.width()).ok()?;
    entries
        .iter()
        .skip(known)
        .for_each(|entry| batch.push(entry));
    let hashes = tile.get(known * Digest::LEN..).unwrap_or_default();
    Some(batch.with_tile(hashes))
}

fn compare(paused: &Paused, to: &Checkpoint, advance: &mut Advance) {
    let (size, expected, found) = (to.size, paused.root(), to.root);
    if expected != found || paused.size() != size {
        let fault = LogFault::Root {
            size,
            expected,
            found,
        };
        advance.found.push((None, fault));
    }
    let cases = paused.unjudged();
    if cases > 0 {
        advance.found.push((None, LogFault::Changed { cases }));
    }
}

/// Tiles above the leaves that are new, each compared as a whole.
fn upper_tiles(
    paused: &Paused,
    verified: Size,
    source: &AnySource,
    handle: &Handle,
    advance: &mut Advance,
) {
    let new: BTreeSet<TileId> = TileId::between(verified, paused.size()).collect();
    for (tile, expected) in paused.upper_tiles().filter(|(tile, _)| new.contains(tile)) {
        match handle.block_on(source.tile(tile)) {
            Ok(found) if *found == *expected => {}
            Ok(_) => advance.found.push((None, LogFault::Tile { tile })),
            Err(error) => advance.source(error, LogFault::NoTile),
        }
    }
}
