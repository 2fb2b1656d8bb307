//! Folding of organisations (docs/LIFECYCLE.md): acts that wait for approval have no effect before it.

use crate::event::{Flag, Flags};
use crate::fact::OrgFact;
use crate::state::{Credential, Grant, OrgState, Pending, Retention};

/// The state after one more event.
pub(crate) fn org(mut state: OrgState, flags: Flags, fact: &OrgFact) -> OrgState {
    let revision = state.revisions;
    state.revisions += 1;
    if flags.contains(Flag::AwaitsApproval) {
        state.pending.push(Pending {
            revision,
            act: fact.clone(),
        });
        return state;
    }
    if fact.key_change().is_some() {
        state.key_changes.push(revision);
    }
    match fact {
        OrgFact::ActApproved { revision } => {
            let act = state.waiting(*revision).cloned();
            drop_pending(&mut state, *revision);
            if let Some(act) = act {
                take_effect(&mut state, &act);
            }
        }
        OrgFact::ActRejected { revision } => drop_pending(&mut state, *revision),
        act => take_effect(&mut state, act),
    }
    state
}

fn drop_pending(state: &mut OrgState, revision: u64) {
    state.pending.retain(|pending| pending.revision != revision);
}

/// What an act changes, once nothing holds it up.
pub(crate) fn take_effect(state: &mut OrgState, act: &OrgFact) {
    match act {
        OrgFact::OrganisationRegistered { name } => state.name = Some(*name),
        OrgFact::RoleGranted {
            role,
            counties,
            courts,
            valid_from,
            valid_until,
        } => {
            state.grants.retain(|grant| grant.role != *role);
            state.grants.push(Grant {
                role: *role,
                counties: counties.clone(),
                courts: courts.clone(),
                valid_from: *valid_from,
                valid_until: *valid_until,
            });
            state.grants.sort_unstable_by_key(|grant| grant.role);
        }
        OrgFact::RoleRevoked { role } => state.grants.retain(|grant| grant.role != *role),
        OrgFact::PrincipalBound { uri, valid_until } => {
            put(&mut state.principals, uri.clone(), *valid_until);
        }
        OrgFact::PrincipalUnbound { uri } => state.principals.retain(|known| known.id != *uri),
        OrgFact::TokenIssued {
            sha256,
            valid_until,
        } => put(&mut state.tokens, *sha256, *valid_until),
        OrgFact::TokenRevoked { sha256 } => state.tokens.retain(|known| known.id != *sha256),
        OrgFact::SigningKeyAdded { key, valid_until } => {
            put(&mut state.signing_keys, *key, *valid_until);
        }
        OrgFact::SigningKeyRotated { old, new } => {
            let mut keys = state.signing_keys.iter_mut();
            if let Some(known) = keys.find(|known| known.id == *old) {
                known.id = *new;
            }
        }
        OrgFact::SigningKeyRevoked { key } => state.signing_keys.retain(|known| known.id != *key),
        OrgFact::SignaturesRequired { required } => state.signatures_required = *required,
        OrgFact::ApprovalRequired { required } => state.approval_required = *required,
        OrgFact::RetentionSet {
            days_after_sealing,
            forget_after_days,
        } => {
            state.retention = Some(Retention {
                days_after_sealing: *days_after_sealing,
                forget_after_days: *forget_after_days,
            });
        }
        // An approval of an approval waits nowhere.
        OrgFact::ActApproved { .. } | OrgFact::ActRejected { .. } => {}
        OrgFact::CheckpointKeySucceeded { successor } => {
            state.successor = Some(*successor);
            state.succeeded.push(*successor);
        }
        OrgFact::CheckpointKeyRetired { retired } => {
            state.successor = None;
            state.retired.push(*retired);
        }
    }
}

/// Adds a credential, or gives it another last day.
fn put<T: PartialEq>(
    credentials: &mut Vec<Credential<T>>,
    id: T,
    valid_until: Option<crate::Date>,
) {
    match credentials.iter_mut().find(|known| known.id == id) {
        Some(known) => known.valid_until = valid_until,
        None => credentials.push(Credential { id, valid_until }),
    }
}
