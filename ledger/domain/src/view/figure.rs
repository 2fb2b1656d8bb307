//! Counting what was announced.

use super::query::{AsOf, Filter, QueryError, TotalsQuery};
use super::totals::Totals;
use crate::fact::Figure;
use crate::vocabulary::Denominator;

/// What a figure comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub value: u64,
    /// Of how many.
    pub of: u64,
}

impl Figure {
    /// The questions that it asks of the totals: for its value, and for its denominator.
    fn queries(&self) -> Result<(TotalsQuery, TotalsQuery), QueryError> {
        let mut filter = Filter::default();
        for part in &self.filters {
            filter = filter.with(part.dimension, part.values.iter().map(AsRef::as_ref))?;
        }
        let all = TotalsQuery::new(self.unit, &[], filter.clone())?;
        let reached = TotalsQuery::new(self.unit, &[], filter.reaching(self.stage))?;
        Ok((reached, all))
    }

    /// Why it cannot be counted, if it cannot.
    ///
    /// # Errors
    /// [`QueryError`] for a filter that makes no sense in its unit.
    pub fn check(&self) -> Result<(), QueryError> {
        self.queries().map(drop)
    }

    /// What it states, as far as it states it.
    pub const fn stated(&self) -> Option<Tally> {
        match (self.value, self.of) {
            (Some(value), Some(of)) => Some(Tally { value, of }),
            (Some(_), None) | (None, _) => None,
        }
    }
}

impl Totals {
    /// Counts figures, in one pass over the past however many they are.
    ///
    /// # Errors
    /// Each as for [`Figure::check`].
    pub fn tallies(&self, figures: &[Figure], as_of: AsOf) -> Vec<Result<Tally, QueryError>> {
        let frame = self.frame(as_of);
        let tally = |figure: &Figure| {
            let (reached, all) = figure.queries()?;
            let value = self.query_in(&frame, &reached, as_of);
            let of = match figure.denominator {
                Denominator::Ledger => value.counted,
                Denominator::Filters => self.query_in(&frame, &all, as_of).total,
            };
            Ok(Tally {
                value: value.total,
                of,
            })
        };
        figures.iter().map(tally).collect()
    }
}
