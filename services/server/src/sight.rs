//! What a caller may see of cases: of which it is told by their keys, and whose private parts it may read.

use std::sync::{Arc, Mutex, PoisonError};

use caseledger_domain::authority::{self, Reading};
use caseledger_domain::registry::Place;
use caseledger_domain::vocabulary::{ReadPurpose, ShredBasis, Tombstone};
use caseledger_domain::{
    CaseFact, CaseId, CaseState, CaseToken, Date, Fact, Registry, Rejection, State, StreamId,
    Target,
};
use caseledger_engine::{Direction, ReadError, Reader};

use crate::identity::Principal;
use crate::status::{Failure, Missing};

/// Events of a case that are read at once.
const PAGE: usize = 100;

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

    /// Those that are seen. Of nothing found, the case that was looked at last is looked at instead and never answered.
    fn seen<E>(
        &self,
        found: Vec<CaseId>,
        mut look: impl FnMut(CaseId) -> Result<bool, E>,
    ) -> Result<Vec<CaseId>, E> {
        let known = !found.is_empty();
        let looked_at = if known {
            found
        } else {
            self.get().into_iter().collect()
        };
        let mut seen = Vec::with_capacity(looked_at.len());
        for case in &looked_at {
            if look(*case)? {
                seen.push(*case);
            }
        }
        // Whatever case was looked at last serves: after the first look-up an unknown key costs what a known one does.
        self.set(looked_at.last().copied());
        Ok(if known { seen } else { Vec::new() })
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
    fn reader(&self, stated: bool) -> authority::Reader<'_> {
        authority::Reader {
            poster: self.principal.org,
            role: self.principal.role,
            today: self.today,
            registry: self.registry.is_declared().then_some(&*self.registry),
            stated,
        }
    }

    /// What the caller may read of the private parts of a case, of which it [stated](Self::stated) something or not.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub(crate) fn reads(
        &self,
        state: &CaseState,
        stated: bool,
        purpose: Option<ReadPurpose>,
    ) -> Result<Reading, Rejection> {
        self.reader(stated).reads(state, purpose)
    }

    /// Whether the caller stated something about the case in its role. Reads the log.
    ///
    /// # Errors
    /// What of the case cannot be read.
    pub(crate) fn stated(&self, reader: &Reader, case: CaseId) -> Result<bool, ReadError> {
        let Principal { org, role } = self.principal;
        let stream = StreamId::Case(case);
        let mut cursor = reader.cursor(stream, 0, Direction::Forwards, None)?;
        loop {
            let events = reader.page(&mut cursor, PAGE)?;
            if events.is_empty() {
                return Ok(false);
            }
            let mut events = events.iter();
            if events.any(|event| event.org == org && event.event.role == role) {
                return Ok(true);
            }
        }
    }

    /// Whether the caller may order in the place of this case that private parts are destroyed.
    pub(crate) fn acts_in(&self, state: &CaseState) -> bool {
        let Principal { org, role } = self.principal;
        let ordered = Fact::Case(CaseFact::ShredOrdered {
            basis: ShredBasis::Retention,
            tombstone: Tombstone::Kept,
        });
        let place = Place::of_case(state);
        let permitted = self
            .registry
            .permits(org, role, &ordered, &place, self.today);
        !self.registry.is_declared() || permitted.is_ok()
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
        let found = reader.case_of(token).into_iter().collect();
        let seen = self.decoy.seen(found, |case| self.sees(reader, case))?;
        Ok(seen.into_iter().next())
    }

    /// Whether the caller may be told of a case.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(crate) fn sees(&self, reader: &Reader, case: CaseId) -> Result<bool, ReadError> {
        Ok(match reader.state(&StreamId::Case(case))?.value {
            Some(State::Case(state)) => self.finds(&state),
            Some(_) | None => false,
        })
    }

    /// Nothing is sealed of a case that has no place, so that nobody is asked what it stated.
    fn finds(&self, state: &CaseState) -> bool {
        self.reader(false).finds(state)
    }

    /// The cases of a person, of those that were found, that the caller may know of. The same is done for a person of whom
    /// the ledger knows none as for one of whom it knows one that the caller is not told of.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(crate) fn cases_of(
        &self,
        reader: &Reader,
        found: Vec<CaseId>,
    ) -> Result<Vec<CaseId>, ReadError> {
        self.decoy.seen(found, |case| self.sees(reader, case))
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
            Some(State::Case(state)) if self.finds(&state) => Ok((id, state)),
            Some(_) | None => Err(missing()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn for_what_is_not_found_as_much_is_looked_at_as_for_one_case_and_none_of_it_is_answered() {
        let (decoy, case) = (Decoy::default(), |id| CaseId::from_bytes([id; 16]));
        let look = |found: &[CaseId], seen: bool| {
            let mut looked_at = Vec::new();
            let answer = decoy.seen(found.to_vec(), |case| {
                looked_at.push(case);
                Ok::<_, Infallible>(seen)
            });
            (looked_at, answer.unwrap())
        };
        assert_eq!(
            look(&[], true),
            (vec![], vec![]),
            "nothing was looked at before"
        );
        assert_eq!(
            look(&[case(1), case(2)], false),
            (vec![case(1), case(2)], vec![])
        );
        assert_eq!(look(&[], true), (vec![case(2)], vec![]));
        assert_eq!(look(&[], true), (vec![case(2)], vec![]));
        assert_eq!(look(&[case(3)], true), (vec![case(3)], vec![case(3)]));
        assert_eq!(look(&[], false), (vec![case(3)], vec![]));
    }
}
