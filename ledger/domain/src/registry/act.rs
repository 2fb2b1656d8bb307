//! The rules for what is stated about organisations.
//!
//! Nobody can be locked out of the ledger: at any time there is an organisation that is *steady* as `OPERATOR`, and
//! while approval is required a second one that is steady as `OPERATOR` or `OVERSIGHT`. Steady is who holds the role
//! and a principal that both last until they are taken back, and a signing key that does where it has to sign. What
//! ends by itself is never counted, so that no day can come on which nobody is left; and what would take the last one
//! away is refused.

use crate::county;
use crate::date::Date;
use crate::decide::limits;
use crate::event::{Flag, Flags};
use crate::evolve::org::take_effect;
use crate::fact::OrgFact;
use crate::id::OrgId;
use crate::registry::Registry;
use crate::rejection::{CredentialKind, PrivateRule, Quantity, Rejection};
use crate::state::{Credential, OrgState, Retention};
use crate::vocabulary::Role;

/// Whether this is the next of the three facts that a ledger begins to declare authority with, on the stream of the
/// operator in that state: it is registered, granted its role everywhere and for good, and bound to a principal for good.
/// All of them are stated by the operator itself, where the data folder is.
pub fn is_genesis(operator: &OrgState, poster: OrgId, role: Role, act: &OrgFact) -> bool {
    let revision = operator.revisions;
    poster == OrgId::OPERATOR
        && role == Role::Operator
        && (revision == 0 || operator.name.is_some())
        && match act {
            OrgFact::OrganisationRegistered { .. } => revision == 0,
            OrgFact::RoleGranted {
                role,
                counties,
                courts,
                valid_until: None,
                ..
            } => {
                let everywhere = counties.is_empty() && courts.is_empty();
                revision == 1 && *role == Role::Operator && everywhere
            }
            OrgFact::PrincipalBound {
                valid_until: None, ..
            } => revision == 2,
            _ => false,
        }
}

impl Registry {
    /// The flags that an act about an organisation is recorded with.
    pub fn flags(&self, act: &OrgFact) -> Flags {
        Flags::NONE.with_if(
            act.is_act() && self.approval_required(),
            Flag::AwaitsApproval,
        )
    }

    /// What speaks against an act about an organisation, whether it takes effect now or waits: every rule that fails.
    pub fn refusals(
        &self,
        organisation: OrgId,
        poster: OrgId,
        act: &OrgFact,
        today: Date,
    ) -> Vec<Rejection> {
        let unknown = OrgState::default();
        let state = self.state(organisation).unwrap_or(&unknown);
        let (OrgFact::ActApproved { revision } | OrgFact::ActRejected { revision }) = act else {
            let mut refusals = self.against(organisation, state, act, today);
            if self.flags(act).contains(Flag::AwaitsApproval) {
                refusals.extend(room(
                    Quantity::PendingActs,
                    state.pending.len(),
                    limits::PENDING_MAX,
                ));
            }
            return refusals;
        };
        let Some(waiting) = state.waiting(*revision) else {
            return vec![Rejection::NotPending(*revision)];
        };
        if matches!(act, OrgFact::ActRejected { .. }) {
            return Vec::new();
        }
        // Time has passed since it was stated: it is judged once more.
        let mut refusals = self.against(organisation, state, waiting, today);
        if self.proposer(organisation, *revision) == Some(poster) {
            refusals.push(Rejection::ApproverIsPoster { approver: poster });
        }
        refusals
    }

    /// What speaks against an act, as if it took effect now.
    fn against(
        &self,
        organisation: OrgId,
        state: &OrgState,
        act: &OrgFact,
        today: Date,
    ) -> Vec<Rejection> {
        if let OrgFact::OrganisationRegistered { .. } = act {
            let known = state.name.is_some();
            let refused = known.then_some(Rejection::OrganisationKnown(organisation));
            return refused.into_iter().collect();
        }
        if state.name.is_none() {
            return vec![Rejection::OrganisationUnknown(organisation)];
        }
        let mut refusals = self.rules(organisation, state, act, today);
        if refusals.is_empty() && self.locks_out(organisation, act, today) {
            refusals.push(Rejection::WouldLockOut);
        }
        refusals
    }

    #[expect(clippy::too_many_lines, reason = "one arm per act")]
    fn rules(
        &self,
        organisation: OrgId,
        state: &OrgState,
        act: &OrgFact,
        today: Date,
    ) -> Vec<Rejection> {
        let held = |what: CredentialKind, held: bool| {
            (!held).then_some(Rejection::NotHeld { what, organisation })
        };
        let free = |what: CredentialKind, holder: Option<&OrgId>| {
            let other = holder.filter(|holder| **holder != organisation);
            other.map(|holder| Rejection::HeldByAnother {
                what,
                organisation: *holder,
            })
        };
        let mut refusals = Vec::new();
        match act {
            OrgFact::RoleGranted {
                counties,
                courts,
                valid_from,
                valid_until,
                ..
            } => {
                refusals.extend(at_most(
                    Quantity::Counties,
                    counties.len(),
                    limits::GRANT_PLACES_MAX,
                ));
                refusals.extend(at_most(
                    Quantity::Courts,
                    courts.len(),
                    limits::GRANT_PLACES_MAX,
                ));
                let unknown = counties
                    .iter()
                    .filter(|county| county::name_of(**county).is_none());
                refusals.extend(unknown.map(|county| Rejection::CountyUnknown { found: *county }));
                let ascend = counties.is_sorted_by(|one, next| one < next)
                    && courts.is_sorted_by(|one, next| one < next);
                refusals.extend((!ascend).then_some(Rejection::PlacesNotAscending));
                let empty = valid_until.filter(|until| until < valid_from);
                refusals.extend(empty.map(|until| Rejection::ValidityEmpty {
                    from: *valid_from,
                    until,
                }));
                refusals.extend(over(*valid_until, today));
            }
            OrgFact::RoleRevoked { role } => {
                let granted = state.grant(*role).is_some();
                refusals.extend((!granted).then_some(Rejection::NotGranted {
                    organisation,
                    role: *role,
                }));
            }
            OrgFact::PrincipalBound { uri, valid_until } => {
                refusals.extend(free(CredentialKind::Principal, self.principals.get(uri)));
                refusals.extend(added(Quantity::Principals, &state.principals, uri));
                refusals.extend(over(*valid_until, today));
            }
            OrgFact::PrincipalUnbound { uri } => {
                let known = state.principals.iter().any(|known| known.id == *uri);
                refusals.extend(held(CredentialKind::Principal, known));
            }
            OrgFact::TokenIssued {
                sha256,
                valid_until,
            } => {
                refusals.extend(free(CredentialKind::Token, self.tokens.get(sha256)));
                refusals.extend(added(Quantity::Tokens, &state.tokens, sha256));
                refusals.extend(over(*valid_until, today));
            }
            OrgFact::TokenRevoked { sha256 } => {
                let known = state.tokens.iter().any(|known| known.id == *sha256);
                refusals.extend(held(CredentialKind::Token, known));
            }
            OrgFact::SigningKeyAdded { key, valid_until } => {
                refusals.extend(free(CredentialKind::SigningKey, self.signing_keys.get(key)));
                refusals.extend(added(Quantity::SigningKeys, &state.signing_keys, key));
                refusals.extend(over(*valid_until, today));
            }
            OrgFact::SigningKeyRotated { old, new } => {
                let known = state.signing_keys.iter().any(|known| known.id == *old);
                refusals.extend(held(CredentialKind::SigningKey, known));
                // Nobody's, not even its own: a key is replaced by a new one.
                let taken = self.signing_keys.get(new);
                refusals.extend(taken.map(|holder| Rejection::HeldByAnother {
                    what: CredentialKind::SigningKey,
                    organisation: *holder,
                }));
            }
            OrgFact::SigningKeyRevoked { key } => {
                let known = state.signing_keys.iter().any(|known| known.id == *key);
                refusals.extend(held(CredentialKind::SigningKey, known));
                let mut others = state.signing_keys.iter().filter(|known| known.id != *key);
                let left = others.any(|known| known.in_force(today));
                let silenced = known && state.signatures_required && !left;
                refusals.extend(silenced.then_some(Rejection::SigningKeyMissing(organisation)));
            }
            OrgFact::SignaturesRequired { required } => {
                refusals.extend(same(state.signatures_required, *required, act));
                let signs = state.signing_keys.iter().any(|key| key.in_force(today));
                let silenced = *required && !signs;
                refusals.extend(silenced.then_some(Rejection::SigningKeyMissing(organisation)));
            }
            OrgFact::ApprovalRequired { required } => {
                if organisation == OrgId::OPERATOR {
                    refusals.extend(same(state.approval_required, *required, act));
                } else {
                    refusals.push(Rejection::ApprovalElsewhere(organisation));
                }
            }
            OrgFact::RetentionSet {
                days_after_sealing,
                forget_after_days,
            } => {
                let stated = Retention {
                    days_after_sealing: *days_after_sealing,
                    forget_after_days: *forget_after_days,
                };
                if organisation != OrgId::OPERATOR {
                    refusals.push(PrivateRule::RetentionElsewhere(organisation).into());
                } else if state.retention == Some(stated) {
                    refusals.push(Rejection::NothingChanges(act.kind()));
                }
            }
            // Those about acts are judged by what they are about; keys of checkpoints by their own rules.
            OrgFact::OrganisationRegistered { .. }
            | OrgFact::ActApproved { .. }
            | OrgFact::ActRejected { .. }
            | OrgFact::CheckpointKeySucceeded { .. }
            | OrgFact::CheckpointKeyRetired { .. } => {}
        }
        refusals
    }

    /// Whether somebody could govern the ledger for good before the act, and nobody could behind it.
    fn locks_out(&self, organisation: OrgId, act: &OrgFact, today: Date) -> bool {
        let governed = |replaced: Option<&OrgState>| {
            let states = || {
                self.orgs.iter().map(|(id, known)| match replaced {
                    Some(state) if *id == organisation => state,
                    Some(_) | None => &known.state,
                })
            };
            let operators = states().filter(|state| steady(state, Role::Operator, today));
            let watchers = states().filter(|state| {
                steady(state, Role::Operator, today) || steady(state, Role::Oversight, today)
            });
            let mut operators_stream = states().filter(|state| state.approval_required);
            let needed = if operators_stream.next().is_some() {
                2
            } else {
                1
            };
            operators.count() >= 1 && watchers.count() >= needed
        };
        let mut behind = self.state(organisation).cloned().unwrap_or_default();
        take_effect(&mut behind, act);
        governed(None) && !governed(Some(&behind))
    }
}

/// Whether an organisation can use a role today and on every day to come.
fn steady(state: &OrgState, role: Role, today: Date) -> bool {
    let granted = state
        .grant(role)
        .is_some_and(|grant| grant.valid_from <= today && grant.valid_until.is_none());
    let lasts = |until: &Option<Date>| until.is_none();
    let bound = state.principals.iter().any(|held| lasts(&held.valid_until));
    let signs = state
        .signing_keys
        .iter()
        .any(|held| lasts(&held.valid_until));
    granted && bound && (signs || !state.signatures_required)
}

fn at_most(what: Quantity, found: usize, max: usize) -> Option<Rejection> {
    (found > max).then_some(Rejection::OutOfBounds {
        what,
        found: found as u64,
        min: 0,
        max: max as u64,
    })
}

/// Whether there is room for one more.
fn room(what: Quantity, held: usize, max: usize) -> Option<Rejection> {
    at_most(what, held.saturating_add(1), max)
}

/// Whether there is room for a credential that is not known yet.
fn added<T: PartialEq>(what: Quantity, held: &[Credential<T>], id: &T) -> Option<Rejection> {
    let known = held.iter().any(|held| held.id == *id);
    room(what, held.len(), limits::CREDENTIALS_MAX).filter(|_| !known)
}

fn over(until: Option<Date>, today: Date) -> Option<Rejection> {
    let until = until.filter(|until| *until < today)?;
    Some(Rejection::ValidityOver { until, today })
}

fn same(stands: bool, required: bool, act: &OrgFact) -> Option<Rejection> {
    (stands == required).then_some(Rejection::NothingChanges(act.kind()))
}
