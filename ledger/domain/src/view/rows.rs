//! Rows: the cases and their charges, and what each is at one moment.

use serde::{Deserialize, Serialize};

use super::tape::{Change, Part, Slot};
use crate::id::ChargeId;

/// Which charge rows belong to which case.
///
/// Rows of one case need not be neighbours: a charge may be added years later. They are linked in
/// the order they came. A row is never reused: a charge that a retraction takes away keeps its
/// row, without facets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChargeRows {
    /// By case row: its first charge row plus one, or 0.
    first: Vec<u32>,
    /// By charge row: the next charge row of the case plus one, or 0.
    next: Vec<u32>,
    /// By charge row: which charge it is.
    ids: Vec<ChargeId>,
    /// By charge row: the row of its case.
    cases: Vec<u32>,
}

impl ChargeRows {
    /// How many charge rows there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// By charge row: the row of its case.
    pub(super) fn cases(&self) -> &[u32] {
        &self.cases
    }

    /// Makes room for one more case.
    pub(super) fn push_case(&mut self) {
        self.first.push(0);
    }

    /// The first charge row of a case.
    pub(super) fn first(&self, case: u32) -> Option<u32> {
        self.first.get(case as usize)?.checked_sub(1)
    }

    /// The charge row after this one, of the same case.
    pub(super) fn next(&self, row: u32) -> Option<u32> {
        self.next.get(row as usize)?.checked_sub(1)
    }

    /// Which charge a row is.
    pub(super) fn id(&self, row: u32) -> Option<ChargeId> {
        self.ids.get(row as usize).copied()
    }

    /// Gives a charge a row, unless it has one.
    pub(super) fn add(&mut self, case: u32, id: ChargeId) -> Option<u32> {
        let mut last = None;
        let mut link = self.first(case);
        while let Some(row) = link {
            if self.id(row) == Some(id) {
                return None;
            }
            last = link;
            link = self.next(row);
        }
        self.ids.push(id);
        self.cases.push(case);
        self.next.push(0);
        let number = self.ids.len() as u32;
        let from = match last {
            Some(row) => self.next.get_mut(row as usize),
            None => self.first.get_mut(case as usize),
        };
        if let Some(from) = from {
            *from = number;
        }
        Some(number - 1)
    }
}

/// The facets of every row at one moment: numbers, 0 while there is no such row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Frame {
    /// By case row.
    pub(super) places: Vec<u32>,
    /// By case row.
    pub(super) contexts: Vec<u32>,
    /// By case row: number of the person.
    pub(super) persons: Vec<u32>,
    /// By case row.
    pub(super) cases: Rows,
    /// By charge row.
    pub(super) charges: Rows,
}

/// What case rows and charge rows have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rows {
    pub(super) offences: Vec<u32>,
    pub(super) grounds: Vec<u32>,
    pub(super) progress: Vec<u32>,
}

/// One row of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) offence: u32,
    pub(super) ground: u32,
    pub(super) progress: u32,
}

impl Frame {
    /// A moment at which nothing is there yet.
    pub(super) fn blank(cases: usize, charges: usize) -> Self {
        Self {
            places: vec![0; cases],
            contexts: vec![0; cases],
            persons: vec![0; cases],
            cases: Rows::blank(cases),
            charges: Rows::blank(charges),
        }
    }

    /// Makes room for one more case.
    pub(super) fn push_case(&mut self) {
        self.places.push(0);
        self.contexts.push(0);
        self.persons.push(0);
        self.cases.push();
    }

    /// Makes one change. The present and a replayed past are made by these same lines.
    pub(super) fn set(&mut self, charges: &ChargeRows, case: u32, change: Change) {
        let cell = match change.slot {
            Slot::Place => self.places.get_mut(case as usize),
            Slot::Context => self.contexts.get_mut(case as usize),
            Slot::Person => self.persons.get_mut(case as usize),
            Slot::Row { line: 0, part } => self.cases.cell(part, case),
            Slot::Row { line, part } => charges
                .first(case)
                .and_then(|first| self.charges.cell(part, first + line - 1)),
        };
        if let Some(cell) = cell {
            *cell = change.code;
        }
    }
}

impl Rows {
    fn blank(rows: usize) -> Self {
        Self {
            offences: vec![0; rows],
            grounds: vec![0; rows],
            progress: vec![0; rows],
        }
    }

    /// Makes room for one more row.
    pub(super) fn push(&mut self) {
        self.offences.push(0);
        self.grounds.push(0);
        self.progress.push(0);
    }

    /// One row.
    pub(super) fn at(&self, row: u32) -> Row {
        let at = |column: &[u32]| column.get(row as usize).copied().unwrap_or(0);
        Row {
            offence: at(&self.offences),
            ground: at(&self.grounds),
            progress: at(&self.progress),
        }
    }

    fn cell(&mut self, part: Part, row: u32) -> Option<&mut u32> {
        let column = match part {
            Part::Offence => &mut self.offences,
            Part::Ground => &mut self.grounds,
            Part::Progress => &mut self.progress,
        };
        column.get_mut(row as usize)
    }
}

impl Row {
    /// Notes what differs in the newer row.
    pub(super) fn compare(self, newer: Self, line: u32, changes: &mut Vec<Change>) {
        for (part, old, code) in [
            (Part::Offence, self.offence, newer.offence),
            (Part::Ground, self.ground, newer.ground),
            (Part::Progress, self.progress, newer.progress),
        ] {
            if old != code {
                let slot = Slot::Row { line, part };
                changes.push(Change { slot, code });
            }
        }
    }
}
