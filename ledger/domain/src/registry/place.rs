//! Where a fact belongs, and whether an organisation may state it there.

use crate::command::{Command, Context};
use crate::date::Date;
use crate::fact::{CaseFact, Fact, FactKind, FilingFact, InitiativeFact, OrderFact};
use crate::id::OrgId;
use crate::registry::Registry;
use crate::rejection::Rejection;
use crate::state::{CaseState, Grant, State};
use crate::text::Text;
use crate::vocabulary::Role;

/// What a decision knows of authority, on a ledger that declares it.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    /// Every organisation, as of the entry before.
    pub registry: &'a Registry,
    /// The counties of the initiative that a list belongs to; empty if that is not known.
    pub counties: &'a [u16],
    /// The court that the key of the target names. It stands in no entry.
    pub court: Option<Text<16>>,
}

/// Counties and courts that a fact is about, as far as they are stated anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// FIPS numbers of the counties.
    pub counties: Vec<u16>,
    /// Whether one of the counties is enough: a list of an initiative of many counties is of one of them.
    pub any_county: bool,
    /// Codes of the courts.
    pub courts: Vec<Text<16>>,
}

/// Whether two codes name one court; letter case does not matter, as in the keys of cases.
pub(super) fn same_court(one: Text<16>, other: Text<16>) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

impl Place {
    /// The place of a fact on a stream in that state, before the fact; `counties` are those of the initiative that a list
    /// belongs to.
    pub fn of(state: &State, fact: &Fact, counties: &[u16]) -> Self {
        let mut place = Self::default();
        match state {
            State::Case(case) => place = Self::of_case(case),
            State::Initiative(initiative) => place.counties.clone_from(&initiative.counties),
            State::Cohort(_) => {
                place.counties = counties.to_vec();
                place.any_county = true;
            }
            State::Filing(filing) => place.courts.extend(filing.court),
            State::Order(order) => place.courts.extend(order.court),
            State::Announcement(_) | State::Org(_) => {}
        }
        match fact {
            Fact::Case(fact) => place.add_case(fact),
            Fact::Initiative(InitiativeFact::InitiativeOpened { counties, .. }) => {
                place.counties.extend(counties);
            }
            Fact::Filing(FilingFact::FilingPrepared { court, .. })
            | Fact::Order(
                OrderFact::OrderProposed { court, .. } | OrderFact::OrderIssued { court, .. },
            ) => place.courts.push(*court),
            Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Announcement(_)
            | Fact::Org(_) => {}
        }
        place
    }

    /// The place of a case.
    pub fn of_case(case: &CaseState) -> Self {
        let identity = case.identity.as_ref();
        Self {
            counties: identity.map(|known| known.county).into_iter().collect(),
            any_county: false,
            courts: identity.map(|known| known.court).into_iter().collect(),
        }
    }

    fn add_case(&mut self, fact: &CaseFact) {
        match fact {
            CaseFact::CaseIdentified { county, court, .. } => {
                self.counties.push(*county);
                self.courts.push(*court);
            }
            CaseFact::FactCorrected { replacement, .. } => self.add_case(replacement),
            _ => {}
        }
    }

    fn is_unknown(&self) -> bool {
        self.counties.is_empty() && self.courts.is_empty()
    }
}

impl Authority<'_> {
    /// Whether the poster may give the command at all: registered, granted the role, on that day and in that place.
    ///
    /// # Errors
    /// The [`Rejection`] that says what is missing.
    pub fn judge(
        &self,
        state: &State,
        command: &Command,
        context: &Context<'_>,
    ) -> Result<(), Rejection> {
        // Recorded where the key files are: no grant is needed to hold them.
        if command.target.is_own() {
            return Ok(());
        }
        let mut place = Place::of(state, &command.fact, self.counties);
        place.courts.extend(self.court);
        let grant = self
            .registry
            .granted(context.poster, context.role, context.today)?;
        if grant.is_limited() && place.is_unknown() && has_place(&command.fact) {
            return Err(Rejection::PlaceUnknown(command.fact.kind()));
        }
        self.registry
            .covers(context.poster, grant, &place, context.today)
    }
}

/// Whether a fact is of a place, even where none is stated. Figures are over the whole ledger, and what is taken out of
/// the inbox was judged by its place when the same organisation put it there.
const fn has_place(fact: &Fact) -> bool {
    match fact {
        Fact::Case(CaseFact::ConfirmationResolved { .. })
        | Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Announcement(_)
        | Fact::Org(_) => false,
        Fact::Case(_) | Fact::Filing(_) | Fact::Order(_) => true,
    }
}

impl Registry {
    /// Whether an organisation may state a fact in that place on that day. Of a confirmation that found its case only
    /// that the organisation takes part: who stated it was judged when it was held, and it stands beside what named the case.
    ///
    /// # Errors
    /// The [`Rejection`] that says what is missing.
    pub fn permits(
        &self,
        poster: OrgId,
        role: Role,
        fact: &Fact,
        place: &Place,
        today: Date,
    ) -> Result<(), Rejection> {
        match fact.kind() {
            FactKind::ConfirmationMatched => {
                let known = self.org(poster).map(|_registered| ());
                return known.ok_or(Rejection::PosterUnknown(poster));
            }
            // Made by the ledger, whoever its operators are; that nobody else does is a rule of its own.
            FactKind::RestrictedRead | FactKind::ShredConfirmed => return Ok(()),
            _ => {}
        }
        let grant = self.granted(poster, role, today)?;
        self.covers(poster, grant, place, today)
    }

    /// Whether an organisation may read in that role and place on that day.
    ///
    /// # Errors
    /// The [`Rejection`] that says what is missing.
    pub fn reads(
        &self,
        poster: OrgId,
        role: Role,
        place: &Place,
        today: Date,
    ) -> Result<(), Rejection> {
        let grant = self.granted(poster, role, today)?;
        self.covers(poster, grant, place, today)
    }

    /// Whether an organisation reads in that role on that day without regard to places.
    ///
    /// # Errors
    /// The [`Rejection`] that says that it does not read in that role at all.
    pub fn reads_everywhere(
        &self,
        poster: OrgId,
        role: Role,
        today: Date,
    ) -> Result<bool, Rejection> {
        Ok(!self.granted(poster, role, today)?.is_limited())
    }

    fn granted(&self, poster: OrgId, role: Role, today: Date) -> Result<&Grant, Rejection> {
        let state = self.org(poster).ok_or(Rejection::PosterUnknown(poster))?;
        let grant = state
            .grant(role)
            .ok_or(Rejection::RoleNotGranted { poster, role })?;
        if grant.in_force(today) {
            return Ok(grant);
        }
        Err(Rejection::GrantNotInForce {
            poster,
            role,
            today,
            from: grant.valid_from,
            until: grant.valid_until,
        })
    }

    fn covers(
        &self,
        poster: OrgId,
        grant: &Grant,
        place: &Place,
        today: Date,
    ) -> Result<(), Rejection> {
        let role = grant.role;
        let covered = |county: &u16| grant.counties.is_empty() || grant.counties.contains(county);
        let outside = place.counties.iter().find(|county| !covered(county));
        let one_is_enough = place.any_county && place.counties.iter().any(covered);
        if let Some(county) = outside.filter(|_| !one_is_enough) {
            return Err(Rejection::OutsideCounties {
                poster,
                role,
                county: *county,
            });
        }
        let covered = |court: Text<16>| {
            if !grant.courts.is_empty() {
                return grant.courts.iter().any(|named| same_court(*named, court));
            }
            // Without a county beside it, a court is where courts' own grants say that it is.
            grant.counties.is_empty()
                || !place.counties.is_empty()
                || self
                    .counties_of(court, today)
                    .any(|county| grant.counties.contains(&county))
        };
        let outside = place.courts.iter().find(|court| !covered(**court));
        outside.map_or(Ok(()), |court| {
            Err(Rejection::OutsideCourts {
                poster,
                role,
                court: *court,
            })
        })
    }
}
