//! Committing a group: from the open group to replies and views.

use std::sync::{Arc, atomic::Ordering};

use caseledger_chain::{Digest, Position, Size, leaf_hash, verify_inclusion};
use caseledger_store::{AppendError, Commit, Unavailable};

use super::{Fatal, Uncommitted, Writer};
use crate::{
    keys,
    overlay::Applied,
    projector::Group,
    prover::LatestCheckpoint,
    receipt::{Committed, Receipt},
    sidecar,
    world::Changes,
};

/// How many commits are kept for their buffers.
const SPARE_MAX: usize = 4;

/// A durable group.
pub(super) struct Done {
    committed: Arc<Committed>,
    events: Vec<Applied>,
    revisions: Vec<u64>,
    size: Size,
}

impl Done {
    /// Receipts of `count` entries from the `first` of the group on.
    pub(super) fn receipts(&self, first: usize, count: usize) -> Vec<Receipt> {
        let range = first..first + count;
        let events = self.events.get(range.clone()).unwrap_or_default();
        let revisions = self.revisions.get(range).unwrap_or_default();
        let entries = events.iter().zip(revisions).zip(first..);
        let receipt = |((applied, revision), index): ((&Applied, &u64), usize)| {
            let Applied { stream, event, .. } = applied;
            Receipt::fresh(&self.committed, index, *stream, *revision, event.flags)
        };
        entries.map(receipt).collect()
    }
}

impl Writer {
    /// Empties the group for the next submissions.
    pub(super) fn begin_group(&mut self) {
        let first = self.head.size.next_position();
        // Only commits that no receipt holds any more have buffers to give.
        let spare = self
            .spare
            .iter()
            .position(|commit| Arc::strong_count(commit) == 1);
        let reused = spare
            .and_then(|at| self.spare.remove(at))
            .and_then(Arc::into_inner);
        self.group.commit = reused.unwrap_or_else(|| Commit::new(first, self.head.chain));
        self.group.commit.reset(first, self.head.chain);
        self.group.overlay.clear();
        self.group.chains.clear();
        self.group.revisions.clear();
        self.group.keys.clear();
        self.group.registry = self.shared.registry();
        // Whatever the clock does, recorded time never goes backwards (E7).
        self.group.recorded_at = self.clock.now().max(self.recorded_at);
        if let Some(today) = self.calendar.date(self.group.recorded_at) {
            self.group.today = today;
        }
    }

    /// Makes the open group durable and visible.
    pub(super) fn commit_group(&mut self) -> Result<Done, Uncommitted> {
        let ever = |fatal: Fatal| Uncommitted::Ever(fatal);
        let expected = self.head;
        let mut commit = std::mem::replace(
            &mut self.group.commit,
            Commit::new(Position::ZERO, Digest::ZERO),
        );
        let latest = self.shared.latest();
        if !latest.size.is_zero() {
            // With this the journal alone can rebuild every receipt but those of its last frame,
            // whose checkpoint is signed again.
            commit.push_sidecar(sidecar::CHECKPOINT, latest.note.as_bytes());
        }
        // With this another key folder is known to be one, whatever has become of saved state.
        if let Some(used) = self.shared.identity.index_key().used() {
            commit.push_sidecar(sidecar::INDEX_KEY, &sidecar::encode_index_key(used));
        }
        commit.set_last_chain(self.group.chains.last().copied().unwrap_or(expected.chain));
        let commit = Arc::new(commit);

        // ---------------------------------------------------------------- THE COMMIT POINT
        // A crash before this call returns: no reply was sent, and recovery finds the whole frame
        // or nothing of it. A crash after it: every submission of the group is in the ledger, and
        // whoever missed the reply is told so when asking again.
        let head = match self.log.append(expected, Arc::clone(&commit)) {
            Ok(head) => head,
            Err(error) => return Err(judge(error)),
        };
        // ---------------------------------------------------------------------------------

        self.head = head;
        self.recorded_at = self.group.recorded_at;
        let mut changes = Changes::new(head, self.recorded_at);
        let finished = self
            .group
            .overlay
            .finish(&self.shared.world(), &mut changes);
        let events = finished.map_err(|error| ever(error.into()))?;
        for Applied {
            position,
            stream,
            event,
            ..
        } in &events
        {
            if let Some(fact) = keys::said(stream, event) {
                let position = Position::new(*position);
                let recorded = self.shared.identity.signers().record(position, fact);
                recorded.map_err(|error| ever(error.into()))?;
            }
        }
        let proofs = self.shared.tree_mut().extend(commit.leaves());
        let latest = LatestCheckpoint::sign(&self.shared.identity, head.size, proofs.root())
            .map_err(|error| ever(error.into()))?;
        let chains = std::mem::take(&mut self.group.chains);
        let revisions = std::mem::take(&mut self.group.revisions);
        let note = Arc::clone(&latest.note);
        let committed = Arc::new(Committed {
            commit,
            chains,
            proofs,
            note,
        });
        self_check(&committed, &latest).map_err(ever)?;

        if !self.group.keys.is_empty() {
            // In front of the world, so that no entry is seen whose key is not there.
            let keys = std::mem::take(&mut self.group.keys);
            self.shared.keys_mut().extend(keys);
        }
        self.shared.world_mut().apply(changes);
        self.shared.set_registry(Arc::clone(&self.group.registry));
        self.shared.set_latest(latest);
        self.shared.set_durable(head.size);
        self.shared.groups.fetch_add(1, Ordering::Relaxed);
        Ok(Done {
            committed,
            events,
            revisions,
            size: head.size,
        })
    }

    /// Gives a durable group to the views, and its checkpoint to the store. Behind the replies: a
    /// crash here costs nothing, both are made again from the journal.
    pub(super) fn hand_over(&mut self, done: Done) -> Result<(), Fatal> {
        let Done {
            committed,
            events,
            size,
            ..
        } = done;
        // Waits when the views are far behind: back-pressure instead of an unbounded queue.
        self.groups
            .send(Group { end: size, events })
            .map_err(|_closed| Fatal::Views)?;
        if let Err(error) = self.log.record_checkpoint(size, committed.note.as_bytes()) {
            // Derived: whoever needs it has it signed again.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                size = size.get(),
                "checkpoint not kept"
            );
        }
        if self.spare.len() == SPARE_MAX {
            self.spare.pop_front();
        }
        self.spare.push_back(Arc::clone(&committed.commit));
        Ok(())
    }
}

/// What a failed append means for the writer.
fn judge(error: AppendError) -> Uncommitted {
    match error {
        // Certainly not written, and the log says it can go on.
        AppendError::Unavailable(Unavailable::FullDisk(_)) => Uncommitted::Now(error),
        // Certainly not written, but the log cannot go on, or somebody else wrote, or this program
        // is wrong about what it writes.
        AppendError::Unavailable(Unavailable::Failed(_)
            | Unavailable::Stopped
            | Unavailable::ReadOnly
            | Unavailable::Guard)
        | AppendError::Conflict { .. }
        | AppendError::TooLarge { .. }
        | AppendError::Malformed(_)
        // Perhaps written. Only a fresh open can tell.
        | AppendError::Indeterminate(_)
        | AppendError::Corrupt(_) => Uncommitted::Ever(Fatal::Append(Arc::new(error))),
    }
}

/// Verifies one proof of the group as a stranger would, before anything is acknowledged.
fn self_check(committed: &Committed, latest: &LatestCheckpoint) -> Result<(), Fatal> {
    let last = committed.commit.len().saturating_sub(1);
    let position = Position::new(committed.commit.first().get() + last as u64);
    let proof: Vec<_> = committed.proofs.inclusion(position.get()).collect();
    let leaf = leaf_hash(committed.commit.entry(last));
    verify_inclusion(&leaf, position, latest.size, &proof, &latest.root)
        .map_err(|_both_sides_are_ours| Fatal::Defect("a fresh inclusion proof does not verify"))?;
    Ok(())
}
