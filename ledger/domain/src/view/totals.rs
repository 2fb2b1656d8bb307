//! Totals: how many cases, charges and people stand where, now and at any past position.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::count::count;
use super::facet::{Context, Facet, Ground, Offence, Place, Progress, Status};
use super::interner::Interner;
use super::query::{AsOf, CasePage, Filter, ListedCase, TotalsAnswer, TotalsQuery};
use super::rows::{ChargeRows, Frame, Row};
use super::sieve::Sieve;
use super::table::{Table, Tables, Words};
use super::tape::{Change, Slot, Tape};
use crate::id::{CaseId, PersonRef};
use crate::state::{CaseState, ChargeState};

/// The view behind every figure and every list of cases.
///
/// Each case and each charge is a row, numbered in the order of first appearance, with facets
/// that say everything it can be counted by. A question about now is one pass over the rows. A
/// question about the past first plays the tape of changes back up to that position.
///
/// What the figures mean is written at [`Unit`](super::Unit) and
/// [`Dimension`](super::Dimension).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Entries seen.
    size: u64,
    cases: Interner<CaseId>,
    persons: Interner<PersonRef>,
    charges: ChargeRows,
    tables: Tables,
    now: Frame,
    tape: Tape,
}

impl Totals {
    /// Folds one event of a case: `after` is the case with the event folded in. Positions ascend.
    pub fn apply(&mut self, position: u64, case: CaseId, after: &CaseState) {
        debug_assert!(position >= self.tape.position(), "positions ascend");
        self.advance(position);
        let known = self.cases.len();
        let row = self.cases.code(&case) - 1;
        if self.cases.len() > known {
            self.charges.push_case();
            self.now.push_case();
        }
        let mut changes = Vec::new();
        self.compare_case(row, after, &mut changes);
        self.compare_charges(row, after, &mut changes);
        for change in &changes {
            self.now.set(&self.charges, row, *change);
        }
        self.tape.record(position, row, &changes);
    }

    /// Notes that the entry at this position, and all before it, were seen. For entries that are
    /// no events of cases.
    pub fn advance(&mut self, position: u64) {
        self.size = self.size.max(position.saturating_add(1));
    }

    /// The number of entries, from the first one on, that the view has seen.
    pub fn complete_to(&self) -> u64 {
        self.size
    }

    /// Counts.
    pub fn query(&self, query: &TotalsQuery, as_of: AsOf) -> TotalsAnswer {
        self.query_in(&self.frame(as_of), query, as_of)
    }

    /// Counts in a frame that was made for that moment.
    pub(super) fn query_in(&self, frame: &Frame, query: &TotalsQuery, as_of: AsOf) -> TotalsAnswer {
        count(
            &self.tables,
            &self.charges,
            frame,
            self.persons.len(),
            query,
            self.size_at(as_of),
        )
    }

    /// The identified cases that pass the filter, duplicates and voided ones included, in the
    /// order of first appearance: at most `limit` of them, from row `from` on.
    ///
    /// Rows never change, so pages fit together even while the ledger grows.
    pub fn list(&self, filter: &Filter, as_of: AsOf, from: u32, limit: usize) -> CasePage {
        let frame = self.frame(as_of);
        let sieve = Sieve::of_cases(&self.tables, &frame, &[], filter);
        let mut passing = (from..self.cases.len() as u32).filter_map(|row| {
            sieve.group(row, row)?;
            let progress = self.tables.progress.get(frame.cases.at(row).progress)?;
            if progress.status == Status::Unidentified || !progress.reaches(filter.stage()) {
                return None;
            }
            Some(ListedCase {
                row,
                case: *self.cases.get(row + 1)?,
                phase: progress.phase(),
                exit: progress.exit(),
                counted: progress.status == Status::Counted,
            })
        });
        CasePage {
            cases: passing.by_ref().take(limit).collect(),
            next: passing.next().map(|listed| listed.row),
            complete_to: self.size_at(as_of),
        }
    }

    /// The identified cases of a person, duplicates and voided ones included, in the order of first
    /// appearance. One pass over a column of 4 bytes a case.
    pub fn cases_of(&self, person: &PersonRef) -> Vec<CaseId> {
        let Some(number) = self.persons.find(person) else {
            return Vec::new();
        };
        let rows = (1..).zip(&self.now.persons);
        rows.filter(|(_, owner)| **owner == number)
            .filter_map(|(row, _)| self.cases.get(row).copied())
            .collect()
    }

    /// Finds what changed in a case and its own row.
    fn compare_case(&mut self, case: u32, after: &CaseState, changes: &mut Vec<Change>) {
        let at = |column: &[u32]| column.get(case as usize).copied().unwrap_or(0);
        let (place, context) = (at(&self.now.places), at(&self.now.contexts));
        let person = at(&self.now.persons);
        let row = self.now.cases.at(case);
        let tables = &mut self.tables;
        let words = &mut tables.words;

        let newer = code(&mut tables.places, place, Place::of_case(after), words);
        let mut note = |slot, old, code| {
            if old != code {
                changes.push(Change { slot, code });
            }
        };
        note(Slot::Place, place, newer);
        let newer = tables
            .contexts
            .code(context, &Context::of_case(after), words);
        note(Slot::Context, context, newer);
        let newer = match after.identity.and_then(|identity| identity.person) {
            Some(owner) if self.persons.get(person) == Some(&owner) => person,
            Some(owner) => self.persons.code(&owner),
            None => 0,
        };
        note(Slot::Person, person, newer);
        let newer = Row {
            offence: code(
                &mut tables.offences,
                row.offence,
                Offence::of_case(after),
                words,
            ),
            ground: tables
                .grounds
                .code(row.ground, &Ground::of_case(after), words),
            progress: tables
                .progress
                .code(row.progress, &Progress::of_case(after), words),
        };
        row.compare(newer, 0, changes);
    }

    /// Finds what changed in the rows of a case's charges, and gives new charges their rows.
    fn compare_charges(&mut self, case: u32, after: &CaseState, changes: &mut Vec<Change>) {
        let status = Status::of_case(after);
        let mut known = 0;
        let mut link = self.charges.first(case);
        while let Some(row) = link {
            let id = self.charges.id(row);
            let is_this = |charge: &&ChargeState| Some(charge.charge.id) == id;
            // Rows and charges nearly always come in the same order.
            let charge = after
                .charges
                .get(known)
                .filter(is_this)
                .or_else(|| after.charges.iter().find(is_this));
            known += usize::from(charge.is_some());
            self.compare_charge(case, row, status, charge, changes);
            link = self.charges.next(row);
        }
        if known == after.charges.len() {
            return;
        }
        for charge in &after.charges {
            if let Some(row) = self.charges.add(case, charge.charge.id) {
                self.now.charges.push();
                self.compare_charge(case, row, status, Some(charge), changes);
            }
        }
    }

    /// Compares one charge row with the charge, or with none if a retraction took it away.
    fn compare_charge(
        &mut self,
        case: u32,
        at: u32,
        status: Status,
        charge: Option<&ChargeState>,
        changes: &mut Vec<Change>,
    ) {
        let row = self.now.charges.at(at);
        let tables = &mut self.tables;
        let words = &mut tables.words;
        let newer = charge.map_or_else(Row::default, |charge| Row {
            offence: tables
                .offences
                .code(row.offence, &Offence::of_charge(charge), words),
            ground: tables
                .grounds
                .code(row.ground, &Ground::of_charge(charge), words),
            progress: tables.progress.code(
                row.progress,
                &Progress::of_charge(status, charge),
                words,
            ),
        });
        let line = 1 + at - self.charges.first(case).unwrap_or(at);
        row.compare(newer, line, changes);
    }

    /// What every row is at a moment.
    pub(super) fn frame(&self, as_of: AsOf) -> Cow<'_, Frame> {
        match as_of {
            AsOf::Position(position) if position < self.tape.position() => {
                let mut frame = Frame::blank(self.cases.len(), self.charges.len());
                self.tape.play(position, |case, change| {
                    frame.set(&self.charges, case, change);
                });
                Cow::Owned(frame)
            }
            AsOf::Position(_) | AsOf::Now => Cow::Borrowed(&self.now),
        }
    }

    fn size_at(&self, as_of: AsOf) -> u64 {
        match as_of {
            AsOf::Position(position) => self.size.min(position.saturating_add(1)),
            AsOf::Now => self.size,
        }
    }
}

/// The number of a facet that may be missing.
fn code<F: Facet>(table: &mut Table<F>, current: u32, facet: Option<F>, words: &mut Words) -> u32 {
    facet.map_or(0, |facet| table.code(current, &facet, words))
}
