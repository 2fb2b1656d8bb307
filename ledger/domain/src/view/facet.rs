//! What a row is: its facets, derived from the state of its case.
//!
//! A row is a case or one of its charges, and everything it can be counted by is in five facets.
//! Each facet is a small tuple that is stored once and shared by all rows that have it. One tuple
//! of everything would be nearly as many as there are rows; five tables add up instead of
//! multiplying.

use core::hash::Hash;

use serde::{Deserialize, Serialize};

use super::dimension::Dimension;
use super::query::county_text;
use super::table::Words;
use crate::event::{Flag, Flags};
use crate::id::{CohortId, OrgId};
use crate::state::{CaseState, ChargeState, Decision, Exit, Phase};
use crate::text::Text;
use crate::vocabulary::{
    Coded, DeterminationReason, Family, Remedy, Set, Severity, Source, Vocabulary,
};

/// A part of what a row is.
pub(super) trait Facet: Clone + Eq + Hash {
    /// The dimensions it has the values of.
    const DIMENSIONS: &'static [Dimension];

    /// The numbers of its values in one of these dimensions: none, one, or several.
    fn values(&self, dimension: Dimension, words: &mut Words) -> Vec<u32>;
}

/// Where a case is. Charges have that of their case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Place {
    county: u16,
    court: Text<16>,
    agency: OrgId,
}

/// How a case came here, and what was odd about it. Charges have that of their case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Context {
    /// Lists that have it, ascending.
    cohorts: Vec<CohortId>,
    sources: Set<Source>,
    flags: Flags,
}

/// What the conviction was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Offence {
    section: Text<24>,
    family: Family,
    severity: Severity,
    /// First year of the decade of conviction.
    decade: u16,
}

/// What was determined, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Ground {
    remedy: Option<Remedy>,
    reason: Option<Coded<DeterminationReason>>,
}

/// How far it is. Numbers of members, 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) status: Status,
    phase: u8,
    any_phase: u8,
    exit: u8,
    complete: bool,
    decision: u8,
    disposition: u8,
    seal: u8,
    repository: u8,
    notice: u8,
    /// Confirmations that wait on this case; on rows of cases only.
    pub(super) held: u32,
}

/// Whether a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Status {
    /// It does.
    Counted,
    /// Another case counts for it.
    Duplicate,
    /// Entered in error, or nothing is left of it.
    Voided,
    /// Nobody has identified the case.
    Unidentified,
}

impl Facet for Place {
    const DIMENSIONS: &'static [Dimension] =
        &[Dimension::County, Dimension::Court, Dimension::Agency];

    fn values(&self, dimension: Dimension, words: &mut Words) -> Vec<u32> {
        vec![match dimension {
            Dimension::County => words.code(dimension, &county_text(self.county)),
            Dimension::Court => words.code(dimension, self.court.as_str()),
            _ => words.code(dimension, self.agency.as_str()),
        }]
    }
}

impl Facet for Context {
    const DIMENSIONS: &'static [Dimension] = &[
        Dimension::Initiative,
        Dimension::Cohort,
        Dimension::Source,
        Dimension::Flag,
    ];

    fn values(&self, dimension: Dimension, words: &mut Words) -> Vec<u32> {
        match dimension {
            Dimension::Initiative => self
                .cohorts
                .iter()
                .map(|cohort| words.code(dimension, cohort.initiative().as_str()))
                .collect(),
            Dimension::Cohort => self
                .cohorts
                .iter()
                .map(|cohort| words.code(dimension, cohort.as_str()))
                .collect(),
            Dimension::Source => self.sources.iter().map(|s| s.number().into()).collect(),
            _ => self.flags.iter().map(|flag: Flag| flag as u32).collect(),
        }
    }
}

impl Facet for Offence {
    const DIMENSIONS: &'static [Dimension] = &[
        Dimension::Section,
        Dimension::Family,
        Dimension::Severity,
        Dimension::ConvictionDecade,
    ];

    fn values(&self, dimension: Dimension, words: &mut Words) -> Vec<u32> {
        vec![match dimension {
            Dimension::Section => words.code(dimension, self.section.as_str()),
            Dimension::Family => self.family.number().into(),
            Dimension::Severity => self.severity.number().into(),
            _ => words.code(dimension, &format!("{}s", self.decade)),
        }]
    }
}

impl Facet for Ground {
    const DIMENSIONS: &'static [Dimension] = &[Dimension::Remedy, Dimension::Reason];

    fn values(&self, dimension: Dimension, words: &mut Words) -> Vec<u32> {
        match dimension {
            Dimension::Remedy => vec![number(self.remedy).into()],
            _ => self
                .reason
                .map(|reason| words.code(dimension, &reason.to_string()))
                .into_iter()
                .collect(),
        }
    }
}

impl Facet for Progress {
    const DIMENSIONS: &'static [Dimension] = &[
        Dimension::Phase,
        Dimension::AnyPhase,
        Dimension::Exit,
        Dimension::Complete,
        Dimension::Decision,
        Dimension::Disposition,
        Dimension::Seal,
        Dimension::Repository,
        Dimension::Notice,
    ];

    fn values(&self, dimension: Dimension, _words: &mut Words) -> Vec<u32> {
        let number = match dimension {
            Dimension::Phase => self.phase,
            Dimension::AnyPhase => self.any_phase,
            Dimension::Exit => self.exit,
            // Numbers of the values of the dimension: NO, YES.
            Dimension::Complete => 1 + u8::from(self.complete),
            Dimension::Decision => self.decision,
            Dimension::Disposition => self.disposition,
            Dimension::Seal => self.seal,
            Dimension::Repository => self.repository,
            _ => self.notice,
        };
        vec![number.into()]
    }
}

impl Place {
    /// Of a case that was identified.
    pub(super) fn of_case(state: &CaseState) -> Option<Self> {
        state.identity.map(|identity| Self {
            county: identity.county,
            court: identity.court,
            agency: identity.agency,
        })
    }
}

impl Context {
    pub(super) fn of_case(state: &CaseState) -> Self {
        let listed = || state.sightings.iter().filter(|sighting| sighting.listed);
        let mut cohorts: Vec<CohortId> = listed().map(|sighting| sighting.cohort).collect();
        cohorts.sort_unstable();
        cohorts.dedup();
        Self {
            cohorts,
            sources: listed().map(|sighting| sighting.source).collect(),
            flags: state.flags,
        }
    }
}

impl Offence {
    pub(super) fn of_charge(charge: &ChargeState) -> Self {
        Self::new(charge, charge.charge.conviction_year)
    }

    /// Of the gravest charge, and of the decade of the earliest one.
    pub(super) fn of_case(state: &CaseState) -> Option<Self> {
        let earliest = subject(state).map(|charge| charge.charge.conviction_year);
        Some(Self::new(gravest(state)?, earliest.min()?))
    }

    fn new(charge: &ChargeState, year: u16) -> Self {
        Self {
            section: charge.charge.section,
            family: charge.charge.family,
            severity: charge.charge.severity,
            decade: year / 10 * 10,
        }
    }
}

impl Ground {
    pub(super) fn of_charge(charge: &ChargeState) -> Self {
        Self {
            remedy: charge.remedy(),
            reason: charge.determined.map(|determined| determined.reason),
        }
    }

    /// Of the gravest charge.
    pub(super) fn of_case(state: &CaseState) -> Self {
        gravest(state).map(Self::of_charge).unwrap_or_default()
    }
}

impl Progress {
    pub(super) fn of_charge(case: Status, charge: &ChargeState) -> Self {
        Self {
            status: match (case, charge.decision) {
                (Status::Counted, Decision::Duplicate) => Status::Duplicate,
                (Status::Counted, Decision::Voided) => Status::Voided,
                (case, _) => case,
            },
            phase: charge.phase().number(),
            any_phase: 0,
            exit: number(charge.exit()),
            complete: charge.complete(),
            decision: charge.decision.number(),
            disposition: charge.disposition.number(),
            seal: charge.seal.number(),
            repository: charge.repository.number(),
            notice: charge.notice.number(),
            held: 0,
        }
    }

    /// Roll-up of a case, with the tracks of its hindmost charge.
    pub(super) fn of_case(state: &CaseState) -> Self {
        let hindmost = hindmost(state);
        Self {
            status: Status::of_case(state),
            phase: number(state.phase()),
            any_phase: number(state.any_phase()),
            exit: number(state.exit()),
            complete: state.complete(),
            decision: number(hindmost.map(|charge| charge.decision)),
            disposition: number(hindmost.map(|charge| charge.disposition)),
            seal: number(hindmost.map(|charge| charge.seal)),
            repository: number(hindmost.map(|charge| charge.repository)),
            notice: number(hindmost.map(|charge| charge.notice)),
            held: state.held.len() as u32,
        }
    }

    /// The phase, if there is one.
    pub(super) fn phase(&self) -> Option<Phase> {
        Phase::from_number(self.phase)
    }

    /// The exit, if there is one.
    pub(super) fn exit(&self) -> Option<Exit> {
        Exit::from_number(self.exit)
    }

    /// Whether the stage was reached, if one is asked for.
    pub(super) fn reaches(&self, stage: Option<Phase>) -> bool {
        stage.is_none_or(|stage| self.phase >= stage.number())
    }
}

impl Status {
    pub(super) fn of_case(state: &CaseState) -> Self {
        if state.identity.is_none() {
            Self::Unidentified
        } else if state.duplicate_of.is_some() {
            Self::Duplicate
        } else if state.counted() {
            Self::Counted
        } else {
            Self::Voided
        }
    }
}

/// The cannabis charges of a case, or all if there are none.
fn subject(state: &CaseState) -> impl Iterator<Item = &ChargeState> {
    let cannabis = |charge: &ChargeState| charge.charge.family.is_cannabis();
    let any = state.charges.iter().any(cannabis);
    state
        .charges
        .iter()
        .filter(move |charge| !any || cannabis(charge))
}

/// The charge of the highest grade, the first of several; `UNKNOWN` is the lowest.
fn gravest(state: &CaseState) -> Option<&ChargeState> {
    subject(state).min_by_key(|charge| charge.charge.severity.number())
}

/// The pursued charge that is furthest from done, the first of several; the gravest one if none is
/// pursued.
fn hindmost(state: &CaseState) -> Option<&ChargeState> {
    state
        .charges
        .iter()
        .filter(|charge| charge.pursued())
        .min_by_key(|charge| (charge.phase(), charge.complete()))
        .or_else(|| gravest(state))
}

fn number<T: Vocabulary>(member: Option<T>) -> u8 {
    member.map_or(0, T::number)
}
