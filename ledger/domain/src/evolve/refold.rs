//! Folding of a case with its corrections: the definition of how a case stands.
//!
//! A correction is an event that cites an earlier one. Folding a history with its corrections
//! means folding it as if the cited facts had been stated right, or not at all, from the start.
//! The correcting event carries the charges that come out (`restored`), so that [`evolve`] need
//! not look back; that both ways agree is what a check of the ledger compares.
//!
//! Flags are the exception: a flag says that something was out of order when it was recorded,
//! and no correction makes that untrue.
//!
//! [`evolve`]: super::evolve

use std::collections::BTreeMap;

use crate::date::Date;
use crate::event::{Charges, Event};
use crate::fact::{CaseFact, Fact};
use crate::id::OrgId;
use crate::state::CaseState;

use super::case::{self, Stated};

/// What a correction puts in the place of an earlier fact.
struct Amendment<'a> {
    /// Revision of that fact.
    target: u64,
    /// None if the fact was retracted.
    replacement: Option<(&'a CaseFact, Date, &'a Charges)>,
}

/// How a case stands after its whole history, from revision 0, with all corrections in force.
#[must_use]
pub fn refold(history: &[(OrgId, Event)]) -> CaseState {
    refold_before(history, history.len())
}

/// The same with one more event behind the history.
pub(crate) fn refold_with(history: &[(OrgId, Event)], last: &Event) -> CaseState {
    fold(events(history).chain([last]), usize::MAX)
}

/// How the case stood before the event at `end`, as the corrections of the whole history have it.
pub(crate) fn refold_before(history: &[(OrgId, Event)], end: usize) -> CaseState {
    fold(events(history), end)
}

fn events(history: &[(OrgId, Event)]) -> impl Iterator<Item = &Event> + Clone {
    history.iter().map(|(_, event)| event)
}

/// Looks at every event twice, however many of them are corrections.
fn fold<'a>(history: impl Iterator<Item = &'a Event> + Clone, end: usize) -> CaseState {
    // The latest word on a fact counts, and replaces those before it.
    let amendments = history.clone().filter_map(amendment);
    let amendments: BTreeMap<_, _> = amendments
        .map(|amendment| (amendment.target, amendment))
        .collect();
    let mut state = CaseState::default();
    for event in history.take(end) {
        let Fact::Case(fact) = &event.fact else {
            continue;
        };
        let revision = state.revisions;
        if let Some(amendment) = amendment(event) {
            case::count(&mut state, event);
            case::mark(&mut state, amendment.target);
        } else if let Some(amendment) = amendments.get(&revision) {
            case::count(&mut state, event);
            replace(&mut state, event, fact, revision, amendment);
        } else {
            state = case::evolve(state, event, fact);
        }
    }
    state
}

fn amendment(event: &Event) -> Option<Amendment<'_>> {
    match &event.fact {
        Fact::Case(CaseFact::FactCorrected {
            target,
            replacement,
            replacement_on,
            ..
        }) => Some(Amendment {
            target: *target,
            replacement: Some((replacement, *replacement_on, &event.charges)),
        }),
        Fact::Case(CaseFact::EventRetracted { target, .. }) => Some(Amendment {
            target: *target,
            replacement: None,
        }),
        Fact::Case(_)
        | Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_)
        | Fact::Announcement(_)
        | Fact::Org(_) => None,
    }
}

/// Folds what should have been stated instead of `fact`.
fn replace(
    state: &mut CaseState,
    event: &Event,
    fact: &CaseFact,
    revision: u64,
    amendment: &Amendment<'_>,
) {
    // Matched is matched, even if what was matched turned out wrong.
    if let CaseFact::ConfirmationMatched { held, .. } = fact {
        state.held.retain(|waiting| waiting.revision != *held);
    }
    let Some((replacement, on, charges)) = amendment.replacement else {
        return;
    };
    let stated = Stated {
        revision,
        on,
        role: event.role,
        charges,
        of_several: false,
    };
    if let CaseFact::ConfirmationHeld { .. } = fact {
        case::hold(state, &stated, replacement, charges.as_slice());
    } else {
        case::apply(state, &stated, replacement);
    }
}
