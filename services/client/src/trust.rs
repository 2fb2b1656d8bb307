//! What this client believes: one key, and that what was signed with it never contradicts itself.
//!
//! Every checkpoint that arrives, in a receipt or by itself, is checked against the newest one
//! that was proven to extend all before it. Two checkpoints of one size must have one root, at
//! once and without asking. For others the server has to prove that one extends the other; that
//! costs a call, so it is asked from time to time, for the newest checkpoint and for one drawn by
//! lot among those that came since: a server that shows somebody a forked history cannot know
//! which one it will be asked about.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use caseledger_chain::{
    Checkpoint, CheckpointError, Digest, LedgerId, Size, VerifierKey, VerifyError,
};

/// Checkpoints that may go unproven before a proof is asked for.
const UNPROVEN_MAX: u64 = 1_000;

/// Signature checks that are remembered: receipts of one commit group share a checkpoint.
const NOTES_MAX: usize = 64;

/// The pinned key of a ledger and what is known of its history.
#[derive(Debug)]
pub struct Trust {
    key: VerifierKey,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The newest checkpoint that is proven to extend every one before it.
    proven: Option<Point>,
    /// The newest one that is not proven yet.
    newest: Option<Point>,
    /// One by lot among those that are not proven.
    drawn: Option<Point>,
    /// How many those are.
    unproven: u64,
    /// The ledger in the entries seen.
    ledger: Option<LedgerId>,
    /// Signed notes that were opened before.
    notes: HashMap<String, Checkpoint>,
}

/// A size and its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// How many entries.
    pub size: Size,
    /// The root over them.
    pub root: Digest,
}

/// What a ledger that does not lie cannot produce.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// A checkpoint that the pinned key did not sign.
    #[error("checkpoint is not one of the pinned key: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Two signed histories of one size: keep both checkpoints, they are evidence.
    #[error(
        "two signed roots for size {size}: {seen} before, {found} now; the ledger shows different histories"
    )]
    Equivocation {
        /// The size.
        size: Size,
        /// The root seen before.
        seen: Digest,
        /// The root in this one.
        found: Digest,
    },
    /// No proof that one checkpoint extends the other.
    #[error("checkpoint of size {new} is not proven to extend that of size {old}: {source}")]
    Inconsistent {
        /// Size of the older one.
        old: Size,
        /// Size of the newer one.
        new: Size,
        /// What is wrong with the proof.
        #[source]
        source: VerifyError,
    },
    /// The newest checkpoint is older than one seen before.
    #[error("ledger answers with size {found}, but had size {seen} before; it was rolled back")]
    RolledBack {
        /// Size seen before.
        seen: Size,
        /// Size now.
        found: Size,
    },
    /// An entry of another ledger.
    #[error("entry of ledger {found}, expected {expected}")]
    Ledger {
        /// The ledger of the entries before.
        expected: LedgerId,
        /// The ledger of this one.
        found: LedgerId,
    },
}

/// What has to be proven next: that `new` extends each of `old`.
#[derive(Debug)]
pub(crate) struct Obligation {
    pub(crate) old: Vec<Point>,
    pub(crate) new: Point,
}

impl Trust {
    /// Trusts what this key signs. The origin of the ledger is the name of the key.
    pub fn pinned(key: VerifierKey) -> Self {
        Self {
            key,
            seen: Mutex::new(Seen::default()),
        }
    }

    /// The same, going on from what an earlier run had proven.
    pub fn resumed(key: VerifierKey, proven: Point) -> Self {
        let seen = Seen {
            proven: Some(proven),
            ..Seen::default()
        };
        Self {
            key,
            seen: Mutex::new(seen),
        }
    }

    /// The pinned key.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The newest checkpoint that is proven to extend every one before it.
    pub fn proven(&self) -> Option<Point> {
        self.seen().proven
    }

    /// Opens a signed checkpoint and takes note of it.
    ///
    /// # Errors
    /// [`TrustError`] if the key did not sign it, or it contradicts one seen before.
    pub fn open(&self, note: &str) -> Result<Checkpoint, TrustError> {
        let known = self.seen().notes.get(note).cloned();
        if let Some(checkpoint) = known {
            return Ok(checkpoint);
        }
        let checkpoint = Checkpoint::open(note.as_bytes(), &self.key)?;
        let mut seen = self.seen();
        seen.note(Point {
            size: checkpoint.size,
            root: checkpoint.root,
        })?;
        if seen.notes.len() >= NOTES_MAX {
            seen.notes.clear();
        }
        seen.notes.insert(note.to_owned(), checkpoint.clone());
        Ok(checkpoint)
    }

    /// Takes note of the ledger that an entry names.
    pub(crate) fn ledger(&self, found: LedgerId) -> Result<(), TrustError> {
        let expected = *self.seen().ledger.get_or_insert(found);
        if expected == found {
            Ok(())
        } else {
            Err(TrustError::Ledger { expected, found })
        }
    }

    /// Whether so much is unproven that a proof is due.
    pub(crate) fn is_due(&self) -> bool {
        self.seen().unproven >= UNPROVEN_MAX
    }

    /// What has to be proven for everything seen so far; nothing if all is.
    pub(crate) fn obligation(&self) -> Option<Obligation> {
        let seen = self.seen();
        let mut points: Vec<Point> = [seen.proven, seen.drawn, seen.newest]
            .into_iter()
            .flatten()
            .collect();
        points.sort_by_key(|point| point.size);
        points.dedup();
        let new = points.pop()?;
        // Every tree extends the one without entries; there is nothing to ask.
        points.retain(|point| !point.size.is_zero());
        Some(Obligation { old: points, new })
    }

    /// Everything up to `new` is proven.
    pub(crate) fn discharge(&self, new: Point) {
        let mut seen = self.seen();
        seen.proven = Some(new);
        let newest = seen.newest.filter(|point| point.size > new.size);
        seen.newest = newest;
        seen.drawn = None;
        seen.unproven = u64::from(newest.is_some());
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Every change is one assignment after another of plain values: none is half done.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn note(&mut self, point: Point) -> Result<(), TrustError> {
        for known in [self.proven, self.newest, self.drawn].into_iter().flatten() {
            if known.size == point.size {
                return if known.root == point.root {
                    Ok(())
                } else {
                    let Point { size, root: found } = point;
                    Err(TrustError::Equivocation {
                        size,
                        seen: known.root,
                        found,
                    })
                };
            }
        }
        self.unproven = self.unproven.saturating_add(1);
        if self.newest.is_none_or(|newest| newest.size < point.size) {
            self.newest = Some(point);
        }
        // Each of the n unproven ones is the drawn one with probability 1/n.
        if getrandom::u64().is_ok_and(|lot| lot.is_multiple_of(self.unproven)) {
            self.drawn = Some(point);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
