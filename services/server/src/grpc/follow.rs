//! Following the ledger: what was recorded so far, then what is recorded from now on.
//!
//! Nothing is buffered: entries are read from the log when the caller takes the next message, so
//! a slow caller costs what a quick one does.

use std::time::Duration;

use bytes::Bytes;
use caseledger_chain::{Position, Size};
use caseledger_engine::Reader;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::gate::{Gate, Shared};
use crate::identity::Caller;
use crate::status::Failure;

/// Entries that are read from the log at once.
pub(super) const PAGE: usize = 256;

/// One look at the ledger.
pub(super) enum Look {
    /// Entries from the position on where the last look ended.
    Entries(Vec<(Position, Bytes)>),
    /// Nothing new for the length of a heartbeat, or the end was just reached; the ledger has
    /// that size.
    Quiet(Size),
    /// The end was reached before, and has moved far away since.
    FellBehind,
}

/// A place in the ledger that moves on.
pub(super) struct Follower {
    gate: Gate,
    caller: Caller,
    next: Position,
    tail: watch::Receiver<Size>,
    heartbeat: Duration,
    caught_up: bool,
    _place: Shared,
}

impl Follower {
    /// Begins at a position that the ledger has, or its end.
    pub(super) fn new(gate: &Gate, caller: Caller, from: Position) -> Result<Self, Failure> {
        let place = gate.subscription(&caller)?;
        let size = gate.reader().size();
        if from > size.next_position() {
            return Err(Failure::BeyondLedger {
                asked: from.get(),
                size,
            });
        }
        Ok(Self {
            gate: gate.clone(),
            caller,
            next: from,
            tail: gate.tail().follow(),
            heartbeat: gate.limits().heartbeat(),
            caught_up: false,
            _place: place,
        })
    }

    /// Where the next look begins.
    pub(super) const fn next(&self) -> Position {
        self.next
    }

    /// Goes on from far behind as from the beginning.
    pub(super) const fn catch_up(&mut self) {
        self.caught_up = false;
    }

    /// Looks further; waits at the end.
    pub(super) async fn look(&mut self) -> Result<Look, Failure> {
        loop {
            if self.gate.monitor().is_draining() {
                return Err(Failure::Draining);
            }
            // A stream may be open for longer than a token or a role is in force.
            self.caller.read_cases()?;
            let size = self.gate.reader().size();
            let behind = size.get().saturating_sub(self.next.get());
            if self.caught_up && behind > self.gate.limits().lag {
                return Ok(Look::FellBehind);
            }
            if behind > 0 {
                let next = self.next;
                let page = move |reader: &Reader| Ok(reader.read(next, PAGE)?);
                let entries = self.gate.read_page(page).await?;
                self.next = entries.next();
                let entries = entries
                    .iter()
                    .map(|(position, entry)| (position, entry.clone()));
                return Ok(Look::Entries(entries.collect()));
            }
            if !self.caught_up {
                self.caught_up = true;
                return Ok(Look::Quiet(size));
            }
            tokio::select! {
                changed = timeout(self.heartbeat, self.tail.changed()) => match changed {
                    Ok(Ok(())) => {}
                    Ok(Err(_closed)) => return Err(Failure::Draining),
                    Err(_elapsed) => return Ok(Look::Quiet(size)),
                },
                () = self.gate.monitor().drained() => return Err(Failure::Draining),
            }
        }
    }
}
