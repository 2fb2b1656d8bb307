//! Questions to the totals, refused unless they make sense, and the answers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::dimension::{Dimension, Unit};
use crate::id::CaseId;
use crate::state::{Exit, Phase};

/// Dimensions a question may group by at once.
pub const GROUP_BY_MAX: usize = 3;

/// When a question is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AsOf {
    /// Everything the view has seen.
    Now,
    /// As the ledger stood right after the entry at this position (0-based).
    Position(u64),
}

/// Why a question makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Too many dimensions.
    #[error("grouped by {found} dimensions, at most {GROUP_BY_MAX} are possible")]
    TooManyDimensions {
        /// How many were named.
        found: usize,
    },
    /// The same dimension twice.
    #[error("grouped by {} twice; name each dimension once", .0.name())]
    Repeated(Dimension),
    /// A dimension that a charge does not have.
    #[error("{} is a roll-up of a case and charges have none; count cases or people, or use phase", .0.name())]
    NotOfCharges(Dimension),
    /// A filter that nothing can pass.
    #[error("filter on {} names no value", .0.name())]
    NoValues(Dimension),
    /// A value the dimension cannot have.
    #[error("{value:?} is no value of {}; expected {}", .dimension.name(), expected(*.dimension))]
    UnknownValue {
        /// The dimension.
        dimension: Dimension,
        /// What was asked for.
        value: String,
    },
}

fn expected(dimension: Dimension) -> String {
    match dimension.values() {
        Some(mut values) => {
            // A vocabulary may have the word for what is absent as a value of its own.
            if !values.contains(&dimension.absent()) {
                values.push(dimension.absent());
            }
            values.join(", ")
        }
        None => format!("a county number from 0 to 65535, or {}", dimension.absent()),
    }
}

/// Which cases or charges a question is about: those that pass every part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    values: Vec<(Dimension, BTreeSet<String>)>,
    stage: Option<Phase>,
}

impl Filter {
    /// Only what has one of the values in the dimension. Naming the same dimension again narrows
    /// further: a case in two initiatives passes two filters on `initiative`.
    ///
    /// # Errors
    /// [`QueryError`] if no value is named, or one that a closed dimension does not have: a
    /// mistyped code would otherwise count nothing and look like a figure.
    pub fn with<I>(mut self, dimension: Dimension, values: I) -> Result<Self, QueryError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let closed = dimension.values();
        let mut wanted = BTreeSet::new();
        for value in values {
            let value = value.as_ref();
            let known = match &closed {
                _ if value == dimension.absent() => Some(value.to_owned()),
                Some(closed) => closed.contains(&value).then(|| value.to_owned()),
                None if dimension == Dimension::County => {
                    value.parse::<u16>().ok().map(county_text)
                }
                None => Some(value.to_owned()),
            };
            wanted.insert(known.ok_or_else(|| QueryError::UnknownValue {
                dimension,
                value: value.to_owned(),
            })?);
        }
        if wanted.is_empty() {
            return Err(QueryError::NoValues(dimension));
        }
        self.values.push((dimension, wanted));
        Ok(self)
    }

    /// Only what reached the phase or a later one: the stage predicate of an announcement.
    /// `DISMISSED` asks for what is on the docket, `SEALED` included.
    #[must_use]
    pub fn reaching(mut self, phase: Phase) -> Self {
        self.stage = Some(phase);
        self
    }

    /// The dimensions and values.
    pub fn values(&self) -> &[(Dimension, BTreeSet<String>)] {
        &self.values
    }

    /// The stage predicate: the phase that must have been reached.
    pub fn stage(&self) -> Option<Phase> {
        self.stage
    }
}

/// A county number as the dimension writes it.
pub(super) fn county_text(county: u16) -> String {
    format!("{county:03}")
}

/// A question for totals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalsQuery {
    unit: Unit,
    group_by: Vec<Dimension>,
    filter: Filter,
}

impl TotalsQuery {
    /// Counts in a unit, grouped by up to [`GROUP_BY_MAX`] dimensions.
    ///
    /// # Errors
    /// [`QueryError`] if there are more dimensions, one stands twice, or one does not exist in
    /// the unit.
    pub fn new(unit: Unit, group_by: &[Dimension], filter: Filter) -> Result<Self, QueryError> {
        if group_by.len() > GROUP_BY_MAX {
            return Err(QueryError::TooManyDimensions {
                found: group_by.len(),
            });
        }
        for (at, dimension) in group_by.iter().enumerate() {
            if group_by.iter().skip(at + 1).any(|other| other == dimension) {
                return Err(QueryError::Repeated(*dimension));
            }
        }
        let filtered = filter.values.iter().map(|(dimension, _)| dimension);
        if unit == Unit::Charges
            && let Some(dimension) = group_by
                .iter()
                .chain(filtered)
                .find(|dimension| **dimension == Dimension::AnyPhase)
        {
            return Err(QueryError::NotOfCharges(*dimension));
        }
        Ok(Self {
            unit,
            group_by: group_by.to_vec(),
            filter,
        })
    }

    /// The unit.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The dimensions grouped by, in order.
    pub fn group_by(&self) -> &[Dimension] {
        &self.group_by
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }
}

/// A dimension of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// The dimension.
    pub dimension: Dimension,
    /// Whether the groups along it add up to the total. They do not for people, and not where a
    /// case may have several values.
    pub additive: bool,
}

/// One group of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// One value per dimension grouped by.
    pub key: Vec<String>,
    /// How many, in the unit asked for; at least 1.
    pub count: u64,
}

/// What was left out of every count because it is not to be counted, within the filter's values.
/// Its stage predicate is not asked: what is a duplicate has no phase of its own. In charges for
/// the unit charges, else in cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Linked to another case that counts.
    pub duplicates: u64,
    /// Entered in error, or with no charge left.
    pub voided: u64,
}

/// Totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalsAnswer {
    /// The unit of every figure, unless it says otherwise.
    pub unit: Unit,
    /// The dimensions grouped by, in order.
    pub axes: Vec<Axis>,
    /// The groups that are not empty, each once, in order of the first key, then the second:
    /// closed vocabularies in their natural order, others by text, no value last.
    pub groups: Vec<Group>,
    /// All that passes the filter, each once whatever its groups.
    pub total: u64,
    /// The denominator: all that is counted in the unit, whatever the filter.
    pub counted: u64,
    /// Cases in `total` without a pseudonym, which the unit people cannot count; 0 in other units.
    pub people_unknown_cases: u64,
    /// What was left out.
    pub excluded: Excluded,
    /// Confirmations that wait for their case to be identified, whatever the filter.
    pub unmatched: u64,
    /// The answer is complete up to here: the number of entries from the first one on that it
    /// rests on.
    pub complete_to: u64,
}

/// A case in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedCase {
    /// Its place in the order of first appearance, from 0: the paging cursor.
    pub row: u32,
    /// The case.
    pub case: CaseId,
    /// Its phase, if a charge is pursued.
    pub phase: Option<Phase>,
    /// How it left the way to relief, if it did.
    pub exit: Option<Exit>,
    /// Whether it counts in totals: false for a duplicate or voided case.
    pub counted: bool,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePage {
    /// The cases, by ascending row.
    pub cases: Vec<ListedCase>,
    /// Where the next page begins; none at the end.
    pub next: Option<u32>,
    /// The number of entries, from the first one on, that the page rests on.
    pub complete_to: u64,
}
