//! What a caller may see of cases: of which it is told by their keys, and whose private parts it may read.

use std::sync::{Arc, Mutex, PoisonError};

use caseledger_domain::authority::{self, Reading};
use caseledger_domain::vocabulary::ReadPurpose;
use caseledger_domain::{
    CaseId, CaseState, CaseToken, Date, Registry, Rejection, State, StreamId, Target,
};
use caseledger_engine::{ReadError, Reader};

use crate::identity::Principal;
use crate::status::{Failure, Missing};

/// The case that was looked up last: what is done for it is done for keys that the ledger does not know, so that the
/// time of an answer tells no more than the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decoy(Arc<Mutex<Option<CaseId>>>);

impl Decoy {
    fn get(&self) -> Option<CaseId> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, case: Option<CaseId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = case;
    }
}

/// A caller, and what its authority rests on when it asks.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    pub(crate) principal: Principal,
    pub(crate) today: Date,
    pub(crate) registry: Arc<Registry>,
    pub(crate) decoy: Decoy,
}

impl Sight {
    fn reader(&self) -> authority::Reader<'_> {
        authority::Reader {
            poster: self.principal.org,
            role: self.principal.role,
            today: self.today,
            registry: self.registry.is_declared().then_some(&*self.registry),
        }
    }

    /// What the caller may read of the private parts of a case.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub(crate) fn reads(
        &self,
        state: &CaseState,
        purpose: Option<ReadPurpose>,
    ) -> Result<Reading, Rejection> {
        self.reader().reads(state, purpose)
    }

    /// The case of a key, if the caller may know of it. The same is done for a key that the ledger does not know as for
    /// that of a case that the caller is not told of.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(crate) fn case_of(
        &self,
        reader: &Reader,
        token: &CaseToken,
    ) -> Result<Option<CaseId>, ReadError> {
        let found = reader.case_of(token);
        let looked_at = found.or_else(|| self.decoy.get());
        let sees = match looked_at {
            Some(case) => self.sees(reader, case)?,
            None => false,
        };
        // Whatever case was looked at last serves: after the first look-up an unknown key costs what a known one does.
        self.decoy.set(looked_at);
        Ok(found.filter(|_| sees))
    }

    /// Whether the caller may be told of a case.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(crate) fn sees(&self, reader: &Reader, case: CaseId) -> Result<bool, ReadError> {
        Ok(match reader.state(&StreamId::Case(case))?.value {
            Some(State::Case(state)) => self.reader().finds(&state),
            Some(_) | None => false,
        })
    }

    /// The case that a question names by its key or id, for those who are told of private parts.
    ///
    /// # Errors
    /// [`Missing`] if there is none, or none that the caller may know of.
    pub(crate) fn case(
        &self,
        reader: &Reader,
        target: Target,
    ) -> Result<(CaseId, CaseState), Failure> {
        let id = match target {
            Target::Case(id) => Some(id),
            Target::CaseKey(token) => self.case_of(reader, &token)?,
            Target::Initiative(_)
            | Target::Cohort(_)
            | Target::Filing(_)
            | Target::Order(_)
            | Target::Announcement(_)
            | Target::Org(_)
            | Target::Ledger
            | Target::LedgerCase(_) => None,
        };
        let missing = || Failure::from(Missing::Stream("case"));
        let id = id.ok_or_else(missing)?;
        match reader.state(&StreamId::Case(id))?.value {
            Some(State::Case(state)) if self.reader().finds(&state) => Ok((id, state)),
            Some(_) | None => Err(missing()),
        }
    }
}
