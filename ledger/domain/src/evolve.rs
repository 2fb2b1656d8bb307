//! Folding: what is known after an event. Total, without failure and without look-ups.

use crate::event::Event;
use crate::fact::Fact;
use crate::state::{CaseState, State};

mod batch;
mod case;
mod charge;
pub(crate) mod org;
mod refold;

#[cfg(test)]
mod tests;

pub use refold::refold;
pub(crate) use refold::{refold_before, refold_with};

/// The state after one more event of the stream.
///
/// An event about another kind of stream leaves the state as it is; streams hold events of one
/// kind, so that this happens to no stored event.
#[must_use]
pub fn evolve(state: State, event: &Event) -> State {
    match (state, &event.fact) {
        (State::Case(state), Fact::Case(fact)) => State::Case(case::evolve(state, event, fact)),
        (State::Initiative(state), Fact::Initiative(fact)) => {
            State::Initiative(batch::initiative(state, fact))
        }
        (State::Cohort(state), Fact::Cohort(fact)) => State::Cohort(batch::cohort(state, fact)),
        (State::Filing(state), Fact::Filing(fact)) => {
            State::Filing(batch::filing(state, event.flags, fact))
        }
        (State::Order(state), Fact::Order(fact)) => {
            State::Order(batch::order(state, event.flags, fact))
        }
        (State::Announcement(state), Fact::Announcement(fact)) => {
            State::Announcement(batch::announcement(state, event.occurred_on, fact))
        }
        (State::Org(state), Fact::Org(fact)) => State::Org(org::org(state, event.flags, fact)),
        (
            state @ State::Case(_),
            Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Announcement(_)
            | Fact::Org(_),
        )
        | (
            state @ State::Initiative(_),
            Fact::Case(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Announcement(_)
            | Fact::Org(_),
        )
        | (
            state @ State::Cohort(_),
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Announcement(_)
            | Fact::Org(_),
        )
        | (
            state @ State::Filing(_),
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Order(_)
            | Fact::Announcement(_)
            | Fact::Org(_),
        )
        | (
            state @ State::Order(_),
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Announcement(_)
            | Fact::Org(_),
        )
        | (
            state @ State::Org(_),
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Announcement(_),
        )
        | (
            state @ State::Announcement(_),
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Org(_),
        ) => state,
    }
}

/// [`evolve`] for a case, where the kind of stream is known.
pub(crate) fn evolve_case(state: CaseState, event: &Event) -> CaseState {
    match &event.fact {
        Fact::Case(fact) => case::evolve(state, event, fact),
        Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_)
        | Fact::Announcement(_)
        | Fact::Org(_) => state,
    }
}
