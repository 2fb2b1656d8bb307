//! What is private of a case: who read it, that it is destroyed, and what cannot come back then (docs/LIFECYCLE.md).

use crate::authority;
use crate::command::{Context, Target};
use crate::date::Date;
use crate::event::Charges;
use crate::fact::{CaseFact, FactKind};
use crate::id::OrgId;
use crate::rejection::{PrivateRule, Rejection};
use crate::state::{CaseState, ChargeState, Decision, PrivateState, Retention};
use crate::vocabulary::{Role, ShredBasis, Tombstone};

use super::scope::scoped;

/// Whether the fact says that private parts were read, or are destroyed.
pub(super) const fn is_about_private(fact: &CaseFact) -> bool {
    matches!(
        fact,
        CaseFact::RestrictedRead { .. }
            | CaseFact::ShredOrdered { .. }
            | CaseFact::ShredConfirmed { .. }
    )
}

/// Whether only the ledger makes such facts.
pub(super) const fn is_ledgers(fact: &CaseFact) -> bool {
    matches!(
        fact,
        CaseFact::RestrictedRead { .. } | CaseFact::ShredConfirmed { .. }
    )
}

/// What only the ledger makes is posted by nobody.
pub(super) fn made_elsewhere(fact: &CaseFact, target: &Target) -> Option<Rejection> {
    let attempted = fact.kind();
    (is_ledgers(fact) && !target.is_own()).then_some(Rejection::LedgerMade { attempted })
}

/// Every rule about private parts that refuses the fact from where the case stands.
pub(super) fn refused(
    state: &CaseState,
    fact: &CaseFact,
    charges: &Charges,
    context: &Context<'_>,
) -> Vec<Rejection> {
    match fact {
        CaseFact::RestrictedRead {
            reader,
            reader_role,
            purpose,
        } => {
            let mut refusals = not_the_ledger(fact, context);
            let reads = authority::reads_sealed(*reader_role);
            refusals.extend((!reads).then_some(Rejection::Private(
                PrivateRule::ReaderNotAllowed {
                    poster: *reader,
                    role: *reader_role,
                },
            )));
            let fits = authority::fits(*reader_role, *purpose);
            refusals.extend(fits.err().map(Rejection::Private));
            refusals.extend(unsealed(state, fact, charges, ChargeState::is_sealed));
            let gone = state.private.ordered().map(PrivateRule::NothingToRead);
            refusals.extend(gone.map(Rejection::Private));
            refusals
        }
        CaseFact::ShredOrdered { basis, .. } => {
            let role = context.role;
            let by_operator = role == Role::Operator && *basis != ShredBasis::Retention;
            let refused = PrivateRule::BasisNotAllowed {
                role,
                basis: *basis,
            };
            let mut refusals: Vec<_> = by_operator
                .then_some(Rejection::Private(refused))
                .into_iter()
                .collect();
            let again = state.private.ordered().map(PrivateRule::OrderedAlready);
            refusals.extend(again.map(Rejection::Private));
            let by_statute = *basis == ShredBasis::Statute;
            refusals.extend(unsealed(state, fact, charges, |charge| {
                charge.is_sealed() || (by_statute && charge.is_destroyed())
            }));
            refusals
        }
        CaseFact::ShredConfirmed { .. } => {
            let mut refusals = not_the_ledger(fact, context);
            let ordered = matches!(state.private, PrivateState::ShredOrdered { .. });
            refusals.extend((!ordered).then_some(Rejection::Private(PrivateRule::NotOrdered)));
            refusals
        }
        CaseFact::Unsealed { .. } => destroyed(state, fact.kind()).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// What the ledger makes is of its operator.
fn not_the_ledger(fact: &CaseFact, context: &Context<'_>) -> Vec<Rejection> {
    let attempted = fact.kind();
    (context.poster != OrgId::OPERATOR)
        .then_some(Rejection::LedgerMade { attempted })
        .into_iter()
        .collect()
}

/// The charges in scope that are not closed, whichever way that is. Those that were entered in error are not asked, unless
/// all were.
fn unsealed(
    state: &CaseState,
    fact: &CaseFact,
    charges: &Charges,
    closed: impl Fn(&ChargeState) -> bool,
) -> Vec<Rejection> {
    let attempted = fact.kind();
    let stands = |charge: &&ChargeState| charge.decision != Decision::Voided;
    let any = state.charges.iter().any(|charge| stands(&charge));
    let listed = scoped(state, charges).filter(|charge| !any || stands(charge));
    listed
        .filter(|charge| !closed(charge))
        .map(|charge| {
            Rejection::Private(PrivateRule::ChargeNotSealed {
                charge: charge.charge.id,
                stands: charge.seal,
                attempted,
            })
        })
        .collect()
}

fn destroyed(state: &CaseState, attempted: FactKind) -> Option<Rejection> {
    let ordered = state.private.ordered()?;
    Some(Rejection::Private(PrivateRule::Destroyed {
        ordered,
        attempted,
    }))
}

/// What speaks against a correction or retraction that leaves the charges so: what is sealed or destroyed stays that, once
/// private parts are given up.
pub(super) fn reopened(
    state: &CaseState,
    restored: &[ChargeState],
    attempted: FactKind,
) -> Option<Rejection> {
    let closed = |charge: &ChargeState| charge.is_sealed() || charge.is_destroyed();
    let opens = state
        .charges
        .iter()
        .filter(|charge| closed(charge))
        .any(|was| {
            let mut restored = restored.iter();
            let is = restored.find(|charge| charge.charge.id == was.charge.id);
            !is.is_some_and(|is| is.is_sealed() || (!was.is_sealed() && closed(is)))
        });
    destroyed(state, attempted).filter(|_| opens)
}

/// What speaks against destroying by retention, which bears on the day on which it is ordered.
pub(super) fn kept_longer(
    state: &CaseState,
    fact: &CaseFact,
    context: &Context<'_>,
) -> Option<Rejection> {
    let CaseFact::ShredOrdered {
        basis: ShredBasis::Retention,
        ..
    } = fact
    else {
        return None;
    };
    let authority = context.authority;
    let retention = authority.and_then(|authority| authority.registry.retention());
    retention_refusal(state, retention, context.today)
}

/// What speaks against ordering on that day, by this retention, that private parts of the case are destroyed.
#[must_use]
pub fn retention_refusal(
    state: &CaseState,
    retention: Option<Retention>,
    today: Date,
) -> Option<Rejection> {
    let Some(retention) = retention else {
        return Some(PrivateRule::RetentionNotSet.into());
    };
    // Where nothing is sealed, that is what speaks against it.
    let sealed_on = state.sealed_on()?;
    let until = sealed_on.days() + i64::from(retention.days_after_sealing);
    let until = Date::from_days(until).unwrap_or(Date::MAX);
    (today < until).then_some(
        PrivateRule::RetentionNotOver {
            sealed_on,
            until,
            today,
        }
        .into(),
    )
}

/// Whether retention names the case on that day: everything in it is sealed, its days are over, and its private parts are
/// not given up yet. [`decide`](super::decide) accepts an order under it then.
#[must_use]
pub fn retention_due(state: &CaseState, retention: Retention, today: Date) -> bool {
    let order = CaseFact::ShredOrdered {
        basis: ShredBasis::Retention,
        tombstone: Tombstone::Kept,
    };
    unsealed(state, &order, &Charges::default(), ChargeState::is_sealed).is_empty()
        && state.sealed_on().is_some()
        && !state.private.is_given_up()
        && retention_refusal(state, Some(retention), today).is_none()
}
