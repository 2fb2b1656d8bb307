//! Who may read what is private of a case, and who finds it by its key.
//!
//! Nothing of this is about totals or verification, which are for everybody.

use crate::date::Date;
use crate::event::Charges;
use crate::id::OrgId;
use crate::registry::{Place, Registry};
use crate::rejection::{PrivateRule, Rejection};
use crate::state::{CaseState, Restriction};
use crate::vocabulary::{ReadPurpose, Role};

use super::prosecutor;

/// Who asks, and on which day.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Who.
    pub poster: OrgId,
    /// In which role.
    pub role: Role,
    /// Today, in the courts' time zone.
    pub today: Date,
    /// Every organisation, on a ledger that declares who may state what; without it roles alone are judged.
    pub registry: Option<&'a Registry>,
    /// Whether it stated something about the case in this role. It is asked of a case that [has no place](unplaced).
    pub stated: bool,
}

/// Whether nothing says where the case is: it is known from unmatched confirmations alone. What is private of it is read by
/// those who stated them, and by whoever reads everywhere.
pub const fn unplaced(state: &CaseState) -> bool {
    state.identity.is_none()
}

/// What somebody may read of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Everything, and nobody has to know: nothing of the case is sealed.
    Open,
    /// What is not restricted: no purpose was named, and some charges of an open file are sealed.
    Redacted,
    /// Everything, once [`CaseFact::RestrictedRead`](crate::CaseFact::RestrictedRead) about these charges is recorded.
    Recorded(Charges),
}

impl Reader<'_> {
    /// What it may read of the private parts of a case.
    ///
    /// # Errors
    /// The rule that refuses it. Whoever may not even [find](Self::finds) the case is not to be told that it exists.
    pub fn reads(
        &self,
        state: &CaseState,
        purpose: Option<ReadPurpose>,
    ) -> Result<Reading, Rejection> {
        let reading = match (state.restriction(), purpose) {
            (Restriction::None, _) => {
                self.reads_open(state)?;
                Reading::Open
            }
            (Restriction::Charges(_), None) => {
                self.reads_open(state)?;
                Reading::Redacted
            }
            (Restriction::Charges(_) | Restriction::Whole, Some(purpose)) => {
                self.reads_sealed(state)?;
                fits(self.role, purpose)?;
                Reading::Recorded(state.sealed())
            }
            (Restriction::Whole, None) => {
                self.reads_sealed(state)?;
                return Err(PrivateRule::PurposeMissing.into());
            }
        };
        match state.private.ordered() {
            Some(ordered) => Err(PrivateRule::NothingToRead(ordered).into()),
            None => Ok(reading),
        }
    }

    /// Whether it finds the case by its key; to anybody else the key of a sealed case is as good as unknown.
    pub fn finds(&self, state: &CaseState) -> bool {
        match state.restriction() {
            Restriction::None | Restriction::Charges(_) => true,
            Restriction::Whole => {
                self.reads_sealed(state).is_ok()
                    || (self.role == Role::RecordCustodian && self.is_here(state).is_ok())
            }
        }
    }

    /// Whether role and place are those of a reader of this case once it is sealed.
    fn reads_sealed(&self, state: &CaseState) -> Result<(), Rejection> {
        let of_case = match self.role {
            Role::ProsecutorCounty | Role::ProsecutorCity => self.prosecutes(state),
            Role::StateRepository
            | Role::AnalyticsAgent
            | Role::Court
            | Role::Defender
            | Role::Probation
            | Role::LawEnforcement
            | Role::Community
            | Role::Oversight
            | Role::Publisher
            | Role::Operator
            | Role::RecordCustodian => true,
        };
        self.allowed(reads_sealed(self.role) && of_case)?;
        self.is_here(state)
    }

    /// Whether role and place are those of a reader of what is open.
    fn reads_open(&self, state: &CaseState) -> Result<(), Rejection> {
        self.allowed(reads_open(self.role))?;
        self.is_here(state)
    }

    fn allowed(&self, allowed: bool) -> Result<(), PrivateRule> {
        let refusal = PrivateRule::ReaderNotAllowed {
            poster: self.poster,
            role: self.role,
        };
        allowed.then_some(()).ok_or(refusal)
    }

    /// Whether it is the prosecutor of the case, or of a charge that was referred to it.
    fn prosecutes(&self, state: &CaseState) -> bool {
        state.identity.as_ref().is_some_and(|identity| {
            let mut charges = state.charges.iter();
            identity.agency == self.poster
                || charges.any(|charge| prosecutor(identity, charge) == self.poster)
        })
    }

    /// Whether its grant is in force and for the place of the case, where the ledger declares grants.
    fn is_here(&self, state: &CaseState) -> Result<(), Rejection> {
        let Some(registry) = self.registry else {
            return Ok(());
        };
        if unplaced(state) && !self.stated {
            let everywhere = registry.reads_everywhere(self.poster, self.role, self.today)?;
            return Ok(self.allowed(everywhere)?);
        }
        let place = Place::of_case(state);
        registry.reads(self.poster, self.role, &place, self.today)
    }
}

/// Whether the role reads private parts while nothing of the case is sealed: whoever states facts about cases, but for those
/// who only propose or bring notices.
pub const fn reads_open(role: Role) -> bool {
    match role {
        Role::StateRepository
        | Role::ProsecutorCounty
        | Role::ProsecutorCity
        | Role::Court
        | Role::Defender
        | Role::Probation
        | Role::LawEnforcement => true,
        Role::AnalyticsAgent
        | Role::Community
        | Role::Oversight
        | Role::Publisher
        | Role::Operator
        | Role::RecordCustodian => false,
    }
}

/// Oversight takes samples, and nobody else does.
pub(crate) fn fits(role: Role, purpose: ReadPurpose) -> Result<(), PrivateRule> {
    if (role == Role::Oversight) == (purpose == ReadPurpose::Oversight) {
        return Ok(());
    }
    Err(PrivateRule::PurposeNotAllowed { role, purpose })
}

/// Whether the role reads private parts of sealed cases at all; prosecutors those of their own.
pub const fn reads_sealed(role: Role) -> bool {
    match role {
        Role::Court
        | Role::Defender
        | Role::StateRepository
        | Role::LawEnforcement
        | Role::Oversight
        | Role::ProsecutorCounty
        | Role::ProsecutorCity => true,
        Role::AnalyticsAgent
        | Role::Probation
        | Role::Community
        | Role::Publisher
        | Role::Operator
        | Role::RecordCustodian => false,
    }
}
