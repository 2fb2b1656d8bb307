//! The checkpoint that the ledger shows to the world: one owner, one place where it changes.
//!
//! Every commit group is signed, but not every signature is published: readers are shown a newer
//! checkpoint at an interval. Whatever is published, its tiles and entries can be read at once,
//! because the engine has them before it signs; and it is never smaller than one shown before.
//!
//! ```text
//! newest signed --interval--> asked of the witnesses --quorum, or the grace is over--> shown
//! ```
//!
//! With a policy, one that has its quorum is not replaced by one that has not, but for the time of
//! grace: silent witnesses do not keep readers from what was recorded.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use caseledger_chain::Size;
use caseledger_engine::{LatestCheckpoint, Prover, Publisher};
use tokio::sync::{Mutex, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};
use tracing::{error, warn};

use crate::health::Monitor;
use crate::witnesses::Quorum;

mod kept;

/// A checkpoint as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// How many entries it covers.
    pub(crate) size: Size,
    /// The note with the signature of the ledger alone, which never changes.
    pub(crate) signed: Bytes,
    /// The note with the cosignatures that there are.
    pub(crate) note: Bytes,
    /// Which witnesses they are of.
    cosigned: Vec<usize>,
    /// Whether these are as many as the policy asks for; without a policy they are.
    reached: bool,
}

impl Published {
    /// Whether this witness has cosigned it.
    pub(crate) fn is_cosigned_by(&self, witness: usize) -> bool {
        self.cosigned.contains(&witness)
    }

    fn new(latest: &LatestCheckpoint, quorum: Option<&Quorum>) -> Self {
        let signed = Bytes::copy_from_slice(latest.note.as_bytes());
        Self {
            size: latest.size,
            reached: quorum.is_none_or(|quorum| quorum.is_reached(&signed)),
            note: signed.clone(),
            signed,
            cosigned: Vec::new(),
        }
    }

    /// Takes a verified cosignature line if it is for this one and not there yet.
    fn cosign(&mut self, for_note: &Bytes, witness: usize, line: &str, quorum: &Quorum) -> bool {
        let applies = self.signed == *for_note && !self.is_cosigned_by(witness);
        if applies {
            self.note = [&self.note[..], line.as_bytes()].concat().into();
            self.cosigned.push(witness);
            self.reached = quorum.is_reached(&self.note);
        }
        applies
    }
}

/// What is shown, and what is to be.
#[derive(Clone, Debug)]
struct Showing {
    shown: Published,
    /// A newer one that has not reached its quorum, while the one that is shown has.
    asked: Option<Published>,
    /// When the newest of these was taken.
    since: Instant,
}

impl Showing {
    /// The one that witnesses are asked to cosign.
    fn newest(&self) -> &Published {
        self.asked.as_ref().unwrap_or(&self.shown)
    }

    /// Goes on to the newest checkpoint, unless witnesses have time left for the one before.
    fn advance(&mut self, latest: Published, now: Instant, grace: Duration) -> bool {
        let newest = self.newest();
        let waits = !newest.reached && !newest.size.is_zero();
        if waits && now.saturating_duration_since(self.since) < grace {
            return false;
        }
        let late = self.asked.take();
        let mut changed = late.is_some();
        self.shown = late.unwrap_or_else(|| self.shown.clone());
        if latest.size >= self.shown.size && latest.signed != self.shown.signed {
            changed = true;
            self.since = now;
            if latest.reached || !self.shown.reached {
                self.shown = latest;
            } else {
                self.asked = Some(latest);
            }
        }
        changed
    }

    /// Takes a verified cosignature line, and shows what reaches its quorum by it.
    fn cosign(&mut self, for_note: &Bytes, witness: usize, line: &str, quorum: &Quorum) -> bool {
        let mut applies = self.shown.cosign(for_note, witness, line, quorum);
        if let Some(mut asked) = self.asked.take() {
            applies |= asked.cosign(for_note, witness, line, quorum);
            if asked.reached {
                self.shown = asked;
            } else {
                self.asked = Some(asked);
            }
        }
        applies
    }
}

/// Holds what is published.
#[derive(Clone, Debug)]
pub(crate) struct Publication {
    publisher: Publisher,
    quorum: Option<Quorum>,
    showing: Arc<watch::Sender<Showing>>,
    /// Where what is shown is kept over a restart.
    file: Option<PathBuf>,
    /// Held from a change to its being shown, so that the file has them in the same order.
    turn: Arc<Mutex<()>>,
}

impl Publication {
    /// Publishes what is kept in `file` if it has its quorum, or else the newest checkpoint there
    /// is.
    pub(crate) fn new(
        publisher: Publisher,
        prover: &Prover,
        quorum: Option<Quorum>,
        file: Option<PathBuf>,
    ) -> Self {
        let latest = publisher.latest();
        let kept = file.as_deref().and_then(|file| {
            let loaded = kept::load(file, prover.verifier(), quorum.as_ref(), |size| {
                (size <= latest.size).then(|| prover.root(size).ok())?
            });
            loaded.unwrap_or_else(|fault| {
                let (file, fault): (_, &dyn std::error::Error) = (file.display(), &fault);
                warn!(%file, fault, "the checkpoint that was shown last is not used");
                None
            })
        });
        let mut showing = Showing {
            shown: Published::new(&latest, quorum.as_ref()),
            asked: None,
            since: Instant::now(),
        };
        if let Some(kept) = kept {
            let latest = std::mem::replace(&mut showing.shown, kept);
            // It has its quorum, so nothing is waited for.
            showing.advance(latest, Instant::now(), Duration::ZERO);
        }
        Self {
            publisher,
            quorum,
            showing: Arc::new(watch::Sender::new(showing)),
            file,
            turn: Arc::default(),
        }
    }

    /// What is published now.
    pub(crate) fn current(&self) -> Published {
        self.showing.borrow().shown.clone()
    }

    /// Tells when there is something else to be cosigned, or more cosignatures with it.
    pub(crate) fn subscribe(&self) -> Asked {
        Asked(self.showing.subscribe())
    }

    /// Shows a verified cosignature line with what it is for, if that is still to be cosigned.
    pub(crate) async fn cosigned(&self, published: &Published, witness: usize, line: &str) {
        let Some(quorum) = &self.quorum else { return };
        self.change(|now| now.cosign(&published.signed, witness, line, quorum))
            .await;
    }

    /// Where tiles and entries of what is published are read.
    pub(crate) const fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// Publishes newer checkpoints at an interval, until the monitor says that it is over.
    /// Witnesses have `grace` for each.
    pub(crate) async fn run(&self, interval: Duration, grace: Duration, monitor: &Monitor) {
        {
            let _turn = self.turn.lock().await;
            self.keep(&self.current()).await;
        }
        loop {
            tokio::select! {
                () = monitor.drained() => return,
                () = sleep(interval) => {
                    let latest = Published::new(&self.publisher.latest(), self.quorum.as_ref());
                    self.change(|now| now.advance(latest, Instant::now(), grace)).await;
                }
            }
        }
    }

    /// Makes a change, and keeps what is shown by it before it is shown.
    async fn change(&self, change: impl FnOnce(&mut Showing) -> bool) {
        let _turn = self.turn.lock().await;
        let now = self.showing.borrow().clone();
        let mut next = now.clone();
        if !change(&mut next) {
            return;
        }
        // A crash from here on has shown nothing that is newer than what is kept.
        let grown = next.shown.size > now.shown.size;
        if next.shown != now.shown && !self.keep(&next.shown).await && grown {
            // A start would show the smaller one that is kept: the next interval tries again.
            let newest = next.newest().clone();
            next.asked = Some(newest);
            next.shown = now.shown;
        }
        self.showing.send_replace(next);
    }

    /// Writes what is shown, or without a policy takes away what an earlier start has written,
    /// because larger ones are shown from now on. False if it cannot.
    async fn keep(&self, shown: &Published) -> bool {
        let Some(file) = self.file.clone() else {
            return true;
        };
        let note = self.quorum.is_some().then(|| shown.note.clone());
        let stored = spawn_blocking(move || {
            let stored = kept::store(&file, note.as_deref());
            stored.inspect_err(|fault| {
                error!(file = %file.display(), %fault, "cannot keep the checkpoint that is shown");
            })
        });
        matches!(stored.await, Ok(Ok(())))
    }
}

/// Tells what there is to be cosigned.
#[derive(Debug)]
pub(crate) struct Asked(watch::Receiver<Showing>);

impl Asked {
    /// The newest.
    pub(crate) fn newest(&mut self) -> Published {
        self.0.borrow_and_update().newest().clone()
    }

    /// Waits until it is another, or cosigned by more; false when nothing is published any more.
    pub(crate) async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

#[cfg(test)]
mod tests;
