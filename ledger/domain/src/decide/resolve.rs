//! A confirmation that waits for a case is taken out of the inbox by hand: it named the wrong case, or
//! none that there is (docs/LIFECYCLE.md). Whoever posted it says so, and says why.

use crate::command::{Command, Context, Scope, Target};
use crate::event::{Charges, Event, Flag, Flags};
use crate::fact::{CaseFact, Fact, FactKind};
use crate::id::{CaseId, OrgId};
use crate::rejection::Rejection;
use crate::state::CaseState;
use crate::vocabulary::{Coded, CorrectionReason};

use super::Decided;
use super::case::event;
use super::correction::matched_since;
use super::standing::Breach;

/// What is said of the confirmation.
pub(super) struct Resolution {
    pub(super) held: u64,
    pub(super) reason: Coded<CorrectionReason>,
    pub(super) moved_to: Option<CaseId>,
}

pub(super) fn decide(
    state: &CaseState,
    resolution: &Resolution,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let mut refusals = Vec::new();
    if let Scope::Charges(_) = command.scope {
        refusals.push(Rejection::ScopeNotApplicable {
            attempted: FactKind::ConfirmationResolved,
        });
    }
    refusals.extend(refused(state, resolution, &command.target, context));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let resolved = CaseFact::ConfirmationResolved {
        held: resolution.held,
        reason: resolution.reason,
        moved_to: resolution.moved_to,
    };
    Ok(vec![event(
        command,
        context,
        flags(state, resolution),
        Charges::default(),
        resolved,
    )])
}

/// What speaks against the event where it stands, by the guards that decide.
pub(super) fn standing(
    state: &CaseState,
    resolution: &Resolution,
    event: &Event,
    target: &Target,
    context: &Context<'_>,
) -> Vec<Breach> {
    let refusals = refused(state, resolution, target, context);
    if !refusals.is_empty() {
        return Breach::each(refusals);
    }
    if !event.charges.is_empty() {
        return vec![Breach::Charges(FactKind::ConfirmationResolved)];
    }
    Breach::flags(event, flags(state, resolution))
        .err()
        .unwrap_or_default()
}

/// Every rule that refuses it.
fn refused(
    state: &CaseState,
    resolution: &Resolution,
    target: &Target,
    context: &Context<'_>,
) -> Vec<Rejection> {
    let held = resolution.held;
    let mut refusals = Vec::new();
    if let (Target::Case(own), Some(other)) = (target, resolution.moved_to)
        && *own == other
    {
        refusals.push(Rejection::SelfReference {
            attempted: FactKind::ConfirmationResolved,
        });
    }
    match holder(held, context.history) {
        Some(posted_by) if posted_by != context.poster => {
            refusals.push(Rejection::NotYourFact {
                target: held,
                posted_by,
                poster: context.poster,
            });
        }
        Some(_) | None => {}
    }
    if !state.held.iter().any(|waiting| waiting.revision == held) {
        let matched = matched_since(state, held, context.history);
        refusals.push(matched.unwrap_or(Rejection::NothingHeld(held)));
    }
    refusals
}

/// The soft rules.
fn flags(state: &CaseState, resolution: &Resolution) -> Flags {
    Flags::NONE
        .with_if(resolution.reason.known().is_none(), Flag::UnmappedCode)
        .with_if(state.duplicate_of.is_some(), Flag::Redirected)
}

/// Who posted the confirmation that this revision holds, if it holds one.
fn holder(held: u64, history: &[(OrgId, Event)]) -> Option<OrgId> {
    let at = usize::try_from(held).ok()?;
    let (poster, event) = history.get(at)?;
    let holds = matches!(event.fact, Fact::Case(CaseFact::ConfirmationHeld { .. }));
    holds.then_some(*poster)
}
