//! The guards of docs/LIFECYCLE.md that look at the case: the hard ones refuse, and what soft ones
//! have to say is in [`super::flags`].
//!
//! Strict for claims, open for facts: a prosecutor, defender or vendor is refused unless
//! every charge in scope allows the move; a court or repository is never refused for what the
//! ledger does not know yet.

use crate::authority;
use crate::command::Context;
use crate::date::Date;
use crate::event::{Charges, Flags};
use crate::fact::{CaseFact, FactKind};
use crate::rejection::Rejection;
use crate::state::{CaseState, ChargeState, Decision};

use super::scope::{self, Whole, scoped};
use super::{flags, moves, private};

/// The flags the fact is accepted with, or every guard that refuses it. `charges` are those in
/// scope, resolved; none for a fact about the case as a whole.
pub(super) fn judge(
    state: &CaseState,
    fact: &CaseFact,
    on: Date,
    charges: &Charges,
    context: &Context<'_>,
) -> Result<Flags, Vec<Rejection>> {
    let mut refusals = authority::jurisdiction(state, fact, charges, context);
    if !authority::is_official(context.role) {
        refusals.extend(misdirected(state, fact));
        refusals.extend(missing(state, fact));
        refusals.extend(scoped(state, charges).filter_map(|charge| disallowed(fact, charge)));
    }
    refusals.extend(scoped(state, charges).filter_map(|charge| impossible(fact, charge, on)));
    refusals.extend(private::refused(state, fact, charges, context));
    if refusals.is_empty() {
        Ok(flags::raised(state, fact, on, charges, context))
    } else {
        Err(refusals)
    }
}

/// A claim about charges belongs on the case that counts. List membership, identity and the link
/// itself are about this very case.
fn misdirected(state: &CaseState, fact: &CaseFact) -> Option<Rejection> {
    let canonical = state.duplicate_of?;
    // Who read what is private of this case is about this case.
    let about_charges = scope::whole(fact.kind()) != Whole::Case && !private::is_ledgers(fact);
    about_charges.then_some(Rejection::CaseIsDuplicate {
        canonical,
        attempted: fact.kind(),
    })
}

/// A claim that undoes something needs something to undo.
fn missing(state: &CaseState, fact: &CaseFact) -> Option<Rejection> {
    match fact {
        CaseFact::SightingRemoved { cohort } => {
            let listed = state.sightings.iter().any(|known| known.cohort == *cohort);
            (!listed).then_some(Rejection::NotSighted { cohort: *cohort })
        }
        CaseFact::DuplicateUnlinked { .. } => {
            (state.duplicate_of.is_none()).then_some(Rejection::NotDuplicate)
        }
        CaseFact::PersonUnlinked { person } => {
            let linked = state.identity.and_then(|identity| identity.person);
            (linked != Some(*person)).then_some(Rejection::PersonNotLinked)
        }
        _ => None,
    }
}

/// The allowed moves of tracks A and D, for claims.
fn disallowed(fact: &CaseFact, state: &ChargeState) -> Option<Rejection> {
    let attempted = fact.kind();
    let charge = state.charge.id;
    if let Some(to) = moves::notice(attempted)
        && !moves::notice_allowed(state.notice, to)
    {
        return Some(Rejection::NoticeNotAllowed {
            charge,
            stands: state.notice,
            attempted,
            allowed: FactKind::ALL
                .iter()
                .copied()
                .filter(|kind| {
                    moves::notice(*kind).is_some_and(|to| moves::notice_allowed(state.notice, to))
                })
                .collect(),
        });
    }
    let allowed = match fact {
        // The link is of the case, and official facts may have moved its charges on since;
        // voiding voids what is not void yet.
        CaseFact::DuplicateUnlinked { .. } | CaseFact::CaseVoided { .. } => true,
        // What has been determined is not approved past its determination.
        CaseFact::ReviewApproved { .. } if state.decision == Decision::Identified => {
            state.determined.is_none()
        }
        _ => moves::allowed(attempted, state.decision),
    };
    (!allowed).then(|| Rejection::MoveNotAllowed {
        charge,
        stands: state.decision,
        attempted,
        allowed: moves::allowed_from(state.decision)
            .into_iter()
            .filter(|kind| *kind != attempted)
            .collect(),
    })
}

/// What cannot be, whoever says it.
fn impossible(fact: &CaseFact, state: &ChargeState, on: Date) -> Option<Rejection> {
    let charge = state.charge.id;
    match fact {
        CaseFact::DispositionEntered { .. } => (on.year() < state.charge.conviction_year)
            .then_some(Rejection::EnteredBeforeConviction {
                charge,
                entered_on: on,
                conviction_year: state.charge.conviction_year,
            }),
        CaseFact::EligibilityRedetermined { supersedes, .. } => {
            let in_force = state.determined.map(|determined| determined.revision);
            (in_force != Some(*supersedes)).then_some(Rejection::WrongSupersedes {
                charge,
                supersedes: *supersedes,
                in_force,
            })
        }
        CaseFact::FilingWithdrawn { filing, .. } => {
            (state.filing != Some(*filing)).then_some(Rejection::OtherFiling {
                charge,
                given: *filing,
                on_charge: state.filing,
            })
        }
        CaseFact::CaseVoided { .. } => state.entered().then_some(Rejection::ReliefEntered {
            charge,
            disposition: state.disposition,
        }),
        CaseFact::FilingPartiallyAccepted { rejected, .. } => rejected
            .contains(&charge)
            .then_some(Rejection::AcceptedAndRejected { charge }),
        _ => None,
    }
}
