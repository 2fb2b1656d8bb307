//! What whoever holds the data folder records in the stream of the operator: keys of checkpoints, and the first facts of
//! a ledger that declares who may state what. Nobody posts these.

use caseledger_chain::Position;
use caseledger_domain::{Command, Date, Expected, Fact, OrgFact, Scope, Target};
use caseledger_proto::{Pseudonyms as _, Submission};

use crate::{
    clock::{Calendar, Clock, ZoneMissing},
    engine::Engine,
    error::{QueueError, SubmitError},
    random::{self, NoRandomness},
    shared::Shared,
};

/// Nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The courts' time zone.
    #[error(transparent)]
    Zone(#[from] ZoneMissing),
    /// The clock shows a day that no event can have.
    #[error("the clock of this machine shows {0} microseconds since 1970, set it right")]
    Clock(u64),
    /// The entry was not taken.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The entry was refused.
    #[error(transparent)]
    Refused(#[from] SubmitError),
}

/// The day it is in the courts' time zone.
pub(crate) fn today(clock: &dyn Clock) -> Result<Date, RecordError> {
    let now = clock.now();
    Calendar::new()?.date(now).ok_or(RecordError::Clock(now))
}

/// A submission of the ledger itself, with an id that was drawn for it.
pub(crate) fn submission(
    shared: &Shared,
    commands: Vec<Command>,
) -> Result<Submission, NoRandomness> {
    let canonical = format!("{commands:?}");
    Ok(Submission {
        message_id: random::id(&*shared.random)?,
        submitter_seq: 0,
        content: shared.identity.index_key().content(canonical.as_bytes()),
        bytes: canonical.len(),
        commands,
        canonical_cases: Vec::new(),
        courts: Vec::new(),
        private: Vec::new(),
        signed: None,
    })
}

/// Records facts together, in this order; where the last of them stands.
pub(crate) fn record(
    engine: &Engine,
    clock: &dyn Clock,
    facts: Vec<OrgFact>,
) -> Result<Position, RecordError> {
    let occurred_on = today(clock)?;
    let command = |fact| Command {
        target: Target::Ledger,
        expected: Expected::Any,
        scope: Scope::WholeCase,
        occurred_on,
        fact: Fact::Org(fact),
    };
    let (poster, submission) = engine.own(facts.into_iter().map(command).collect())?;
    let mut position = Position::ZERO;
    for outcome in engine.submit_wait(poster, vec![submission])? {
        for receipt in outcome?.receipts {
            position = receipt.position();
        }
    }
    Ok(position)
}
