//! Facets by number, and the values of each in every dimension.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dimension::Dimension;
use super::facet::{Context, Facet, Ground, Offence, Place, Progress};
use super::interner::Interner;

/// All tables: what the numbers in rows stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tables {
    pub(super) places: Table<Place>,
    pub(super) contexts: Table<Context>,
    pub(super) offences: Table<Offence>,
    pub(super) grounds: Table<Ground>,
    pub(super) progress: Table<Progress>,
    pub(super) words: Words,
}

/// Which of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableName {
    Places,
    Contexts,
    Offences,
    Grounds,
    Progress,
}

impl TableName {
    pub(super) const ALL: [Self; 5] = [
        Self::Places,
        Self::Contexts,
        Self::Offences,
        Self::Grounds,
        Self::Progress,
    ];
}

impl Tables {
    /// The values of all facets of a table in a dimension, if it is a dimension of that table.
    pub(super) fn column(&self, table: TableName, dimension: Dimension) -> Option<&Column> {
        match table {
            TableName::Places => self.places.column(dimension),
            TableName::Contexts => self.contexts.column(dimension),
            TableName::Offences => self.offences.column(dimension),
            TableName::Grounds => self.grounds.column(dimension),
            TableName::Progress => self.progress.column(dimension),
        }
    }

    /// How many facets a table has: also the highest number.
    pub(super) fn len(&self, table: TableName) -> usize {
        match table {
            TableName::Places => self.places.facets.len(),
            TableName::Contexts => self.contexts.facets.len(),
            TableName::Offences => self.offences.facets.len(),
            TableName::Grounds => self.grounds.facets.len(),
            TableName::Progress => self.progress.facets.len(),
        }
    }
}

/// Facets of one kind, numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "F: Facet + Deserialize<'de>"))]
pub(super) struct Table<F> {
    facets: Interner<F>,
    /// In order of the facet's dimensions.
    columns: Vec<Column>,
}

impl<F: Facet> Default for Table<F> {
    fn default() -> Self {
        Self {
            facets: Interner::default(),
            columns: vec![Column::default(); F::DIMENSIONS.len()],
        }
    }
}

impl<F: Facet> Table<F> {
    /// The number of a facet; `current` is the one the row has now. Most events leave most facets
    /// as they are, which spares the look-up.
    pub(super) fn code(&mut self, current: u32, facet: &F, words: &mut Words) -> u32 {
        if self.facets.get(current) == Some(facet) {
            return current;
        }
        let known = self.facets.len();
        let code = self.facets.code(facet);
        if self.facets.len() > known {
            for (dimension, column) in F::DIMENSIONS.iter().zip(&mut self.columns) {
                column.push(facet.values(*dimension, words));
            }
        }
        code
    }

    /// The facet with that number.
    pub(super) fn get(&self, code: u32) -> Option<&F> {
        self.facets.get(code)
    }

    /// The facets, in order of their numbers.
    pub(super) fn iter(&self) -> core::slice::Iter<'_, F> {
        self.facets.iter()
    }

    fn column(&self, dimension: Dimension) -> Option<&Column> {
        let at = F::DIMENSIONS.iter().position(|own| *own == dimension)?;
        self.columns.get(at)
    }
}

/// The values of the facets of one table in one dimension, by number of the facet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Column {
    /// Where the values of each facet end.
    ends: Vec<u32>,
    values: Vec<u32>,
}

impl Column {
    /// Appends the values of the next facet; 0 stands for none.
    fn push(&mut self, mut values: Vec<u32>) {
        values.sort_unstable();
        values.dedup();
        if values.is_empty() {
            values.push(0);
        }
        self.values.extend(values);
        self.ends.push(self.values.len() as u32);
    }

    /// The values of a facet, at least one. Number 0, no facet, has no value.
    pub(super) fn values(&self, facet: u32) -> &[u32] {
        let facet = facet as usize;
        let end = |at: usize| self.ends.get(at).map(|end| *end as usize);
        let Some(last) = facet.checked_sub(1) else {
            return &[0];
        };
        let start = last.checked_sub(1).and_then(end).unwrap_or(0);
        end(last)
            .and_then(|end| self.values.get(start..end))
            .unwrap_or_default()
    }
}

/// The words of every dimension whose values come from the cases, numbered from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Words(BTreeMap<Dimension, Interner<String>>);

impl Words {
    /// The number of a word.
    pub(super) fn code(&mut self, dimension: Dimension, word: &str) -> u32 {
        self.0.entry(dimension).or_default().code(word)
    }

    /// Every value of a dimension, closed or not, at the index of its number.
    pub(super) fn texts(&self, dimension: Dimension) -> Vec<&str> {
        let mut texts = vec![dimension.absent()];
        match (dimension.values(), self.0.get(&dimension)) {
            (Some(values), _) => texts.extend(values),
            (None, Some(words)) => texts.extend(words.iter().map(String::as_str)),
            (None, None) => {}
        }
        texts
    }
}
