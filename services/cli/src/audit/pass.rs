//! One pass over a published log.

use std::sync::Arc;

use caseledger_audit::{Batch, Derived, Followed, Plan, Recount, Replay};
use caseledger_chain::{BundleId, Checkpoint, Position, Size, TILE_WIDTH};
use caseledger_client::{AnySource, LogSource as _, SourceError};
use caseledger_engine::court_day;
use indicatif::ProgressBar;
use tokio::runtime::Handle;

use super::fetch::{self, Fetched, Fetcher};
use super::{LogFault, LogNotChecked, LogReport};
use crate::exit::{Failure, io_failure};
use crate::progress;

/// Bundles in a row that cannot be had, after which no later one is asked for: a checkpoint may
/// claim any size.
const GIVE_UP: u64 = 64;

pub(super) struct Pass<'a> {
    source: Arc<AnySource>,
    handle: Handle,
    checkpoint: Checkpoint,
    since: Option<Checkpoint>,
    report: &'a mut LogReport,
    bar: ProgressBar,
    /// First bundle of the run that is not there.
    missing: Option<u64>,
    /// Bundles in a row that could not be had.
    failed: u64,
    /// Whether any bundle could not be had.
    incomplete: bool,
    /// Entries in front of the first such bundle.
    whole: u64,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        source: Arc<AnySource>,
        handle: Handle,
        checkpoint: Checkpoint,
        since: Option<Checkpoint>,
        report: &'a mut LogReport,
    ) -> Self {
        let bar = progress::bar(checkpoint.size.get(), "entries").with_message("verifying");
        Self {
            source,
            handle,
            checkpoint,
            since,
            report,
            bar,
            missing: None,
            failed: 0,
            incomplete: false,
            whole: 0,
        }
    }

    pub(super) fn run(mut self) -> Result<(), Failure> {
        let size = self.checkpoint.size;
        let mut followed = self.replay()?;
        // What cannot be had now is missing in the history, and the replay says so.
        let (source, handle) = (Arc::clone(&self.source), self.handle.clone());
        fetch::look_again(source, handle, size, &mut followed)?;
        let derived = followed.conclude();
        self.bar.finish_and_clear();
        if self.incomplete {
            self.report.not_checked(LogNotChecked::Tree);
        } else {
            let (expected, found) = (derived.root(), self.checkpoint.root);
            if expected != found {
                let fault = LogFault::Root {
                    size,
                    expected,
                    found,
                };
                self.report.add(None, fault);
            }
            self.upper_tiles(&derived);
        }
        if let Some(since) = self.since.take() {
            self.since(&since, &derived);
        }
        self.report.take(derived);
        Ok(())
    }

    /// Feeds every bundle to the replay.
    fn replay(&mut self) -> Result<Followed, Failure> {
        let plan = Plan {
            ledger: None,
            recount: Recount::AtEnd,
            day: court_day,
        };
        let mut replay = Replay::start(plan).map_err(io_failure("start", "threads"))?;
        let size = self.checkpoint.size;
        let bundles = BundleId::between(Size::ZERO, size);
        let mut fetcher = Fetcher::new(Arc::clone(&self.source), self.handle.clone(), bundles);
        while let Some(fetched) = fetcher.next()? {
            let index = fetched.id.index();
            if let Some(batch) = self.batch(fetched) {
                replay.push(batch);
                self.bar.set_position(replay.done().get());
            } else if self.failed >= GIVE_UP {
                self.end_run(index + 1, true);
                return Ok(replay.finish());
            }
        }
        self.end_run(size.get().div_ceil(TILE_WIDTH.into()), true);
        Ok(replay.finish())
    }

    /// What the replay gets of a bundle; none if it could not be had.
    fn batch(&mut self, fetched: Fetched) -> Option<Batch> {
        let Fetched {
            id,
            bundle,
            tile,
            held,
        } = fetched;
        let first = id.index() * u64::from(TILE_WIDTH);
        let entries = match bundle {
            Ok(entries) => entries,
            Err(error) => {
                self.unavailable(id, first, error);
                return None;
            }
        };
        // The source has checked the form already.
        let batch = Batch::from_bundle(entries, id.width()).ok()?.holding(held);
        self.end_run(id.index(), false);
        let resumed = self.incomplete && self.failed > 0;
        self.failed = 0;
        let mut batch = if resumed {
            batch.resuming(Position::new(first))
        } else {
            batch
        };
        if !self.incomplete {
            self.whole = first + u64::from(id.width());
        }
        if let Some(since) = &self.since
            && let Some(behind) = since.size.get().checked_sub(first)
            && (1..=u64::from(id.width())).contains(&behind)
        {
            batch.mark_after(behind as usize);
        }
        match tile {
            Ok(tile) => Some(batch.with_tile(tile)),
            Err(error) => {
                self.tile(error);
                Some(batch)
            }
        }
    }

    fn unavailable(&mut self, id: BundleId, first: u64, error: SourceError) {
        self.incomplete = true;
        self.failed += 1;
        if let SourceError::Absent { .. } = error {
            self.missing.get_or_insert(id.index());
            return;
        }
        self.end_run(id.index(), false);
        if let SourceError::Malformed { .. } = error {
            let fault = LogFault::Malformed(error);
            self.report.add(Some(Position::new(first)), fault);
        } else if self.failed == 1 {
            self.report.not_checked(LogNotChecked::Unreachable(error));
        }
    }

    /// A run of absent bundles ends before the bundle `next`, or with the log.
    fn end_run(&mut self, next: u64, at_end: bool) {
        let Some(missing) = self.missing.take() else {
            return;
        };
        let (from, size) = (
            Position::new(missing * u64::from(TILE_WIDTH)),
            self.checkpoint.size,
        );
        let fault = if at_end {
            LogFault::Cut { from, size }
        } else {
            let last = Position::new(next * u64::from(TILE_WIDTH) - 1);
            LogFault::Missing { first: from, last }
        };
        self.report.add(Some(from), fault);
    }

    /// A tile could not be had.
    fn tile(&mut self, error: SourceError) {
        match error {
            SourceError::Absent { .. } => self.report.add(None, LogFault::NoTile(error)),
            SourceError::Malformed { .. } => self.report.add(None, LogFault::Malformed(error)),
            _ => self.report.not_checked(LogNotChecked::Unreachable(error)),
        }
    }

    /// Tiles above the leaves, each compared as a whole.
    fn upper_tiles(&mut self, derived: &Derived) {
        for (tile, expected) in derived.upper_tiles() {
            match self.handle.block_on(self.source.tile(tile)) {
                Ok(found) if *found == *expected => {}
                Ok(_) => self.report.add(None, LogFault::Tile { tile }),
                Err(error) => self.tile(error),
            }
        }
    }

    /// The log must begin with what the earlier checkpoint signed.
    fn since(&mut self, since: &Checkpoint, derived: &Derived) {
        let (expected, found) = (since.size, self.checkpoint.size);
        if found < expected {
            self.report.add(None, LogFault::Shorter { expected, found });
        } else if since.size.is_zero() {
            // Every log continues the empty one.
        } else if since.size.get() > self.whole || derived.root() != self.checkpoint.root {
            self.report.not_checked(LogNotChecked::Since);
        } else if let Some(root) = derived.roots.get(&since.size.get())
            && *root != since.root
        {
            let fault = LogFault::Rewritten {
                size: since.size,
                expected: *root,
                found: since.root,
            };
            self.report.add(None, fault);
        }
    }
}
