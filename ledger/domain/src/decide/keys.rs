//! Decisions about the keys of checkpoints: one rotation at a time, and no key twice (docs/FORMAT.md).

use crate::fact::KeyChange;
use crate::rejection::{KeyRule, Rejection};
use crate::state::OrgState;

/// What speaks against a fact about the keys of checkpoints, as far as the stream of the operator knows them: the key
/// that was made with the ledger is not in it before it is retired.
pub fn key_refusal(state: &OrgState, change: KeyChange) -> Option<Rejection> {
    match change {
        KeyChange::Succeeded { successor } => {
            if state.successor.is_some() {
                Some(Rejection::Key(KeyRule::RotationUnderWay))
            } else if state.succeeded.contains(&successor) || state.retired.contains(&successor) {
                Some(Rejection::Key(KeyRule::UsedBefore))
            } else {
                None
            }
        }
        KeyChange::Retired { retired } => match (state.successor, state.present()) {
            (None, _) => Some(Rejection::Key(KeyRule::NoRotation)),
            (Some(_), Some(present)) if present != retired => {
                Some(Rejection::Key(KeyRule::NotThePresent))
            }
            // The first one is retired: the stream does not know it, whoever holds the keys does.
            (Some(successor), None) if successor == retired => {
                Some(Rejection::Key(KeyRule::NotThePresent))
            }
            (Some(_), _) => None,
        },
    }
}
