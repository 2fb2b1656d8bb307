//! Which cases name which orders, filings and lists.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fact::CaseFact;
use crate::id::{CaseId, CohortId, FilingId, OrderId};
use crate::state::Sighting;
use crate::view::interner::Interner;

/// What a case can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Named {
    /// A blanket order that was applied to it.
    Order(OrderId),
    /// A filing that it is part of.
    Filing(FilingId),
    /// A list that it stands on.
    Cohort(CohortId),
}

/// Who names what, counted by case: a case that names the same thing twice counts once, and a
/// statement that is retracted counts no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Links {
    named: Interner<Named>,
    /// Distinct cases, in order of the numbers of what they name.
    cases: Vec<u32>,
    /// What each case names.
    by_case: BTreeMap<CaseId, Vec<Link>>,
    /// Cases per row of each order's manifest.
    order_rows: BTreeMap<OrderId, BTreeMap<u32, u32>>,
}

/// One statement that names something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Link {
    /// Number of what is named.
    named: u32,
    /// Row in its manifest, or 0.
    row: u32,
    /// Revision of the statement, which is also the revision under which it is corrected or
    /// retracted; none where the state of the case says it.
    revision: Option<u64>,
}

impl Links {
    /// How many cases name something.
    pub(super) fn cases(&self, named: Named) -> u32 {
        self.named
            .find(&named)
            .and_then(|number| self.cases.get(number as usize - 1))
            .copied()
            .unwrap_or(0)
    }

    /// Whether a row of an order's manifest was applied to a case.
    pub(super) fn order_row_applied(&self, order: OrderId, row: u32) -> bool {
        self.order_rows
            .get(&order)
            .is_some_and(|rows| rows.contains_key(&row))
    }

    /// Notes what a fact names.
    pub(super) fn add(&mut self, case: CaseId, revision: u64, fact: &CaseFact) {
        if let Some((named, row)) = named(fact) {
            self.link(case, named, row, Some(revision));
        }
    }

    /// Forgets what the fact of a revision named.
    pub(super) fn remove(&mut self, case: CaseId, revision: u64) {
        self.unlink(case, |link, _| link.revision == Some(revision));
    }

    /// Notes the lists that have the case now.
    pub(super) fn list(&mut self, case: CaseId, sightings: &[Sighting]) {
        let listed = |cohort| {
            sightings
                .iter()
                .any(|sighting| sighting.listed && sighting.cohort == cohort)
        };
        self.unlink(case, |_, named| match named {
            Named::Cohort(cohort) => !listed(cohort),
            Named::Order(_) | Named::Filing(_) => false,
        });
        for sighting in sightings.iter().filter(|sighting| sighting.listed) {
            let named = Named::Cohort(sighting.cohort);
            let known = self.named.find(&named).is_some_and(|number| {
                let links = self.by_case.get(&case);
                links.is_some_and(|links| links.iter().any(|link| link.named == number))
            });
            if !known {
                self.link(case, named, sighting.row, None);
            }
        }
    }

    fn link(&mut self, case: CaseId, named: Named, row: u32, revision: Option<u64>) {
        let number = self.named.code(&named);
        if self.cases.len() < self.named.len() {
            self.cases.push(0);
        }
        let links = self.by_case.entry(case).or_default();
        if links.iter().all(|link| link.named != number)
            && let Some(cases) = self.cases.get_mut(number as usize - 1)
        {
            *cases += 1;
        }
        links.push(Link {
            named: number,
            row,
            revision,
        });
        if let Named::Order(order) = named {
            *self
                .order_rows
                .entry(order)
                .or_default()
                .entry(row)
                .or_default() += 1;
        }
    }

    fn unlink(&mut self, case: CaseId, gone: impl Fn(&Link, Named) -> bool) {
        let Some(links) = self.by_case.get_mut(&case) else {
            return;
        };
        let named = &self.named;
        let removed: Vec<Link> = links
            .extract_if(.., |link| {
                named
                    .get(link.named)
                    .is_some_and(|named| gone(link, *named))
            })
            .collect();
        for link in removed {
            if links.iter().all(|other| other.named != link.named)
                && let Some(cases) = self.cases.get_mut(link.named as usize - 1)
            {
                *cases -= 1;
            }
            if let Some(Named::Order(order)) = named.get(link.named)
                && let Some(rows) = self.order_rows.get_mut(order)
                && let Some(cases) = rows.get_mut(&link.row)
            {
                *cases -= 1;
                if *cases == 0 {
                    rows.remove(&link.row);
                }
            }
        }
    }
}

/// The order or filing that a fact puts the case on, and the row there, 0 if there is none.
fn named(fact: &CaseFact) -> Option<(Named, u32)> {
    match fact {
        CaseFact::OrderApplied { order, row, .. } => Some((Named::Order(*order), *row)),
        CaseFact::FilingSubmitted { filing, row, .. } => {
            Some((Named::Filing(*filing), row.unwrap_or(0)))
        }
        CaseFact::ListDelivered { filing, row } => Some((Named::Filing(*filing), *row)),
        CaseFact::FilingReceived { filing }
        | CaseFact::FilingAccepted { filing, .. }
        | CaseFact::FilingPartiallyAccepted { filing, .. }
        | CaseFact::FilingRejected { filing, .. }
        | CaseFact::FilingWithdrawn { filing, .. } => Some((Named::Filing(*filing), 0)),
        _ => None,
    }
}
