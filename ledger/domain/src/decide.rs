//! Decisions: whether a command is accepted, and as which events.
//!
//! [`decide`] is pure and total. It answers every failing rule at once, so that a poster can put
//! everything right in one go; only who may not state the fact at all is told that and
//! nothing else, because the state of a stream is not its business.

use crate::authority;
use crate::command::{Command, Context, Expected, Target};
use crate::event::Event;
use crate::fact::Fact;
use crate::id::StreamKind;
use crate::rejection::{Rejection, StatedDate};
use crate::state::State;

mod again;
mod announcement;
mod case;
mod cohort;
mod content;
mod correction;
mod filing;
mod flags;
mod guard;
mod identify;
mod initiative;
mod keys;
pub mod limits;
pub(crate) mod moves;
mod order;
mod org;
mod private;
mod resolve;
mod scope;
mod stage;
mod standing;

#[cfg(test)]
mod tests;

pub use case::posted_as;
pub use keys::key_refusal;
pub use private::{retention_due, retention_refusal};
pub use standing::{Breach, policy_for, standing, standing_correction};

/// The events, or every rule that failed.
type Decided = Result<Vec<Event>, Vec<Rejection>>;

/// Decides what becomes of a command on a stream in that state: at least one event, to be
/// appended together and in this order, or a rejection and nothing. Where the ledger declares who may state what, that
/// is judged before the rules of the stream.
///
/// The caller resolves [`Target::CaseKey`] to [`Target::Case`] where the case is known, so that a
/// case is not linked to itself.
///
/// # Errors
/// [`Rejection`], [`Rejection::Several`] if more than one rule failed.
pub fn decide(
    state: &State,
    command: &Command,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    authority::may_post(context.role, command.fact.kind())?;
    if let Some(authority) = context.authority {
        authority.judge(state, command, context)?;
    }
    let mut refusals: Vec<Rejection> = unexpected(command.expected, revisions(state))
        .into_iter()
        .chain(content::not_ahead(
            StatedDate::OccurredOn,
            command.occurred_on,
            context.today,
        ))
        .collect();
    let decided = match (state, &command.fact, &command.target) {
        (State::Case(state), Fact::Case(fact), Target::Case(_) | Target::CaseKey(_)) => {
            case::decide(state, fact, command, context)
        }
        (State::Case(state), Fact::Case(fact), Target::LedgerCase(_))
            if private::is_ledgers(fact) =>
        {
            case::decide(state, fact, command, context)
        }
        (State::Initiative(state), Fact::Initiative(fact), Target::Initiative(_)) => {
            initiative::decide(state, fact, command, context)
        }
        (State::Cohort(state), Fact::Cohort(fact), Target::Cohort(id)) => {
            cohort::decide(state, *id, fact, command, context)
        }
        (State::Filing(state), Fact::Filing(fact), Target::Filing(_)) => {
            filing::decide(state, fact, command, context)
        }
        (State::Order(state), Fact::Order(fact), Target::Order(id)) => {
            order::decide(state, *id, fact, command, context)
        }
        (State::Announcement(state), Fact::Announcement(fact), Target::Announcement(id)) => {
            announcement::decide(state, *id, fact, command, context)
        }
        (State::Org(state), Fact::Org(fact), Target::Org(_) | Target::Ledger) => {
            org::decide(state, fact, command, context)
        }
        // Whatever a post names, the keys of checkpoints are not its to change.
        (_, Fact::Org(fact), _) if fact.key_change().is_some() => {
            Err(vec![Rejection::KeyHolderOnly {
                attempted: fact.kind(),
            }])
        }
        (_, fact, target) => Err(vec![Rejection::StreamMismatch {
            stream: stream(target),
            attempted: fact.kind(),
        }]),
    };
    match decided {
        Ok(events) => Rejection::gather(refusals).map_or(Ok(events), Err),
        Err(more) => {
            refusals.extend(more);
            // A decision that fails says why: `more` is never empty.
            Rejection::gather(refusals).map_or(Ok(Vec::new()), Err)
        }
    }
}

fn unexpected(expected: Expected, revisions: u64) -> Option<Rejection> {
    let found = revisions.checked_sub(1);
    let holds = match expected {
        Expected::Any => true,
        Expected::Exists => found.is_some(),
        Expected::NoStream => found.is_none(),
        Expected::Revision(revision) => found == Some(revision),
    };
    (!holds).then_some(Rejection::WrongExpectedRevision { expected, found })
}

const fn revisions(state: &State) -> u64 {
    match state {
        State::Case(state) => state.revisions,
        State::Initiative(state) => state.revisions,
        State::Cohort(state) => state.revisions,
        State::Filing(state) => state.revisions,
        State::Order(state) => state.revisions,
        State::Announcement(state) => state.revisions,
        State::Org(state) => state.revisions,
    }
}

const fn stream(target: &Target) -> StreamKind {
    match target {
        Target::Case(_) | Target::CaseKey(_) | Target::LedgerCase(_) => StreamKind::Case,
        Target::Initiative(_) => StreamKind::Initiative,
        Target::Cohort(_) => StreamKind::Cohort,
        Target::Filing(_) => StreamKind::Filing,
        Target::Order(_) => StreamKind::Order,
        Target::Announcement(_) => StreamKind::Announcement,
        Target::Org(_) | Target::Ledger => StreamKind::Org,
    }
}
