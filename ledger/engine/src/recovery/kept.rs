//! The signed checkpoints that were kept: what the journal has of them, and what the store lacks.

use std::ops::ControlFlow;

use caseledger_chain::{Checkpoint, Size};
use caseledger_store::{CommitLog, LogReader};

use super::OpenError;
use crate::{error::SignError, identity::Identity, prover::LatestCheckpoint, sidecar, tree::Tree};

/// The newest checkpoint that the journal itself keeps, if it keeps one: the last frame carries that of the frame
/// before. It is verified as a stranger would, and `tree` must have its root: a tree that mixes two histories, however
/// it came about, ends here and not under a signature.
pub(super) fn newest_kept(
    reader: &dyn LogReader,
    tree: &Tree,
    identity: &Identity,
) -> Result<Option<LatestCheckpoint>, OpenError> {
    let Some(last) = reader.head().size.last() else {
        return Ok(None);
    };
    let mut kept = None;
    reader.replay(last, &mut |frame| {
        let mut sidecars = frame.sidecars();
        kept = sidecars
            .find(|(kind, _)| *kind == sidecar::CHECKPOINT)
            .map(|(_, note)| note.to_vec());
        ControlFlow::Break(())
    })?;
    let Some(note) = kept else {
        return Ok(None);
    };
    let Checkpoint { size, root, .. } = identity.signers().open(&note).map_err(SignError::from)?;
    let note = String::from_utf8(note).map_err(|_not_text| OpenError::OtherCheckpoint { size })?;
    if size > reader.head().size || tree.root(reader, size)? != root {
        return Err(OpenError::OtherCheckpoint { size });
    }
    let note = note.into();
    Ok(Some(LatestCheckpoint { size, root, note }))
}

/// Gives the store the checkpoints it lost in a crash or a rebuild: every frame carries that of the
/// frame before.
pub(super) fn keep_older(
    log: &mut dyn CommitLog,
    reader: &dyn LogReader,
    kept: Size,
) -> Result<(), OpenError> {
    if kept == reader.head().size {
        return Ok(());
    }
    let mut outcome = Ok(());
    reader.replay(kept.next_position(), &mut |frame| {
        let size = Size::new(frame.first().get());
        let mut notes = frame
            .sidecars()
            .filter(|(kind, _)| *kind == sidecar::CHECKPOINT);
        if let Some((_, note)) = notes.next() {
            outcome = log.record_checkpoint(size, note);
        }
        if outcome.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    Ok(outcome?)
}

/// The checkpoint of the last frame may have been lost in a crash; the same one is kept again. A
/// different one that was kept has been given out, and then the entries are not what they were.
pub(super) fn keep(
    log: &mut dyn CommitLog,
    reader: &dyn LogReader,
    latest: &LatestCheckpoint,
) -> Result<(), OpenError> {
    let Some(last) = latest.size.last() else {
        return Ok(());
    };
    match reader.checkpoint_covering(last)? {
        Some((size, note)) if size == latest.size => {
            if note != latest.note.as_bytes() {
                return Err(OpenError::OtherCheckpoint { size });
            }
        }
        Some(_) | None => log.record_checkpoint(latest.size, latest.note.as_bytes())?,
    }
    Ok(())
}
