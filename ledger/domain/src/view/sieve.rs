//! The sieve: which rows pass a filter, and into which group each falls, worked out per facet
//! before the first row is looked at.

use super::dimension::Dimension;
use super::query::{Filter, GROUP_BY_MAX};
use super::rows::{Frame, Rows};
use super::table::{Column, TableName, Tables};

/// A group of an answer: the rank of its value in each dimension. The order of groups.
pub(super) type Ranks = [u32; GROUP_BY_MAX];

/// One dimension of the groups, and its place in group numbers.
///
/// While rows are counted, a group is a number with a field of bits per dimension. The field
/// holds the number of the value. Where a facet has several values, it holds the number of the
/// facet instead, counted on from the values, and is spread out only after the rows were counted.
pub(super) struct Scale<'a> {
    dimension: Dimension,
    column: Option<&'a Column>,
    shift: u32,
    bits: u32,
    texts: Vec<&'a str>,
    /// By number of the value: its place in the order shown.
    ranks: Vec<u32>,
    /// By rank: the number of the value.
    order: Vec<u32>,
}

impl<'a> Scale<'a> {
    /// The scales of some dimensions, and how many bits a group number has.
    pub(super) fn all(dimensions: &[Dimension], tables: &'a Tables) -> (Vec<Self>, u32) {
        let mut shift = 0;
        let scales = dimensions
            .iter()
            .map(|dimension| {
                let scale = Self::new(*dimension, tables, shift);
                shift += scale.bits;
                scale
            })
            .collect();
        (scales, shift)
    }

    fn new(dimension: Dimension, tables: &'a Tables, shift: u32) -> Self {
        let texts = tables.words.texts(dimension);
        let mut order: Vec<u32> = (1..texts.len() as u32).collect();
        if dimension.values().is_none() {
            order.sort_by_key(|number| texts.get(*number as usize));
        }
        order.push(0);
        let mut ranks = vec![0; order.len()];
        for (number, rank) in order.iter().zip(0..) {
            if let Some(place) = ranks.get_mut(*number as usize) {
                *place = rank;
            }
        }
        let found = TableName::ALL
            .into_iter()
            .find_map(|table| Some((tables.column(table, dimension)?, tables.len(table))));
        let fields = match found {
            Some((_, facets)) if dimension.has_several_values() => texts.len() + facets,
            Some(_) | None => texts.len(),
        };
        Self {
            dimension,
            column: found.map(|(column, _)| column),
            shift,
            bits: usize::BITS - fields.leading_zeros(),
            texts,
            ranks,
            order,
        }
    }

    /// Whether a group number may stand for several groups.
    pub(super) fn has_several_values(&self) -> bool {
        self.dimension.has_several_values()
    }

    /// Whether a group number stands for several groups.
    pub(super) fn is_several(scales: &[Self], group: u128) -> bool {
        scales.iter().any(|scale| {
            scale.has_several_values() && scale.field(group) as usize >= scale.texts.len()
        })
    }

    /// The text of a rank.
    pub(super) fn text(&self, rank: u32) -> String {
        self.order
            .get(rank as usize)
            .and_then(|number| self.texts.get(*number as usize))
            .copied()
            .unwrap_or_default()
            .to_owned()
    }

    /// What a facet puts into the group number.
    fn share(&self, column: &Column, facet: u32) -> u128 {
        let field = match column.values(facet) {
            [value] => *value,
            _ => self.texts.len() as u32 + facet,
        };
        u128::from(field) << self.shift
    }

    fn field(&self, group: u128) -> u32 {
        (group >> self.shift & ((1 << self.bits) - 1)) as u32
    }

    /// Adds the groups that a group number stands for.
    pub(super) fn spread(scales: &[Self], group: u128, groups: &mut Vec<Ranks>) {
        let start = groups.len();
        groups.push([0; GROUP_BY_MAX]);
        for (nth, scale) in scales.iter().enumerate() {
            let field = [scale.field(group)];
            let (value, others) = scale.values(&field);
            let end = groups.len();
            for other in others {
                for at in start..end {
                    let mut ranks = groups.get(at).copied().unwrap_or_default();
                    scale.place(&mut ranks, nth, *other);
                    groups.push(ranks);
                }
            }
            for ranks in groups.iter_mut().take(end).skip(start) {
                scale.place(ranks, nth, value);
            }
        }
    }

    /// The values that a field stands for: one and the others.
    fn values<'b>(&'b self, field: &'b [u32; 1]) -> (u32, &'b [u32]) {
        let facet = (field[0] as usize).checked_sub(self.texts.len());
        let values = match (self.column, facet) {
            (Some(column), Some(facet)) => column.values(facet as u32),
            (Some(_), None) | (None, _) => field,
        };
        values
            .split_first()
            .map_or((0, &[]), |(value, others)| (*value, others))
    }

    /// Sets the rank of a value in this dimension, the `nth` of the group.
    fn place(&self, ranks: &mut Ranks, nth: usize, value: u32) {
        if let Some(place) = ranks.get_mut(nth) {
            *place = self.ranks.get(value as usize).copied().unwrap_or(0);
        }
    }
}

/// What a question makes of the facets in one column of rows.
struct Lens<'a> {
    rows: &'a [u32],
    /// Whether `rows` are those of the cases although charges are looked at.
    of_case: bool,
    /// By number of the facet, from 0 for none: its share of the group number, or none if the
    /// filter stops it.
    shares: Vec<Option<u128>>,
}

/// What a question makes of every facet that it asks about.
pub(super) struct Sieve<'a> {
    lenses: Vec<Lens<'a>>,
}

impl<'a> Sieve<'a> {
    /// For the rows of cases.
    pub(super) fn of_cases(
        tables: &Tables,
        frame: &'a Frame,
        scales: &[Scale<'_>],
        filter: &Filter,
    ) -> Self {
        Self::new(tables, frame, &frame.cases, false, scales, filter)
    }

    /// For the rows of charges.
    pub(super) fn of_charges(
        tables: &Tables,
        frame: &'a Frame,
        scales: &[Scale<'_>],
        filter: &Filter,
    ) -> Self {
        Self::new(tables, frame, &frame.charges, true, scales, filter)
    }

    fn new(
        tables: &Tables,
        frame: &'a Frame,
        rows: &'a Rows,
        charges: bool,
        scales: &[Scale<'_>],
        filter: &Filter,
    ) -> Self {
        let lens = |table: TableName| {
            let shares = shares(tables, table, scales, filter)?;
            let (rows, of_case): (&[u32], bool) = match table {
                TableName::Places => (&frame.places, charges),
                TableName::Contexts => (&frame.contexts, charges),
                TableName::Offences => (&rows.offences, false),
                TableName::Grounds => (&rows.grounds, false),
                TableName::Progress => (&rows.progress, false),
            };
            Some(Lens {
                rows,
                of_case,
                shares,
            })
        };
        Self {
            lenses: TableName::ALL.into_iter().filter_map(lens).collect(),
        }
    }

    /// The group number of a row, if the filter's values let it pass.
    pub(super) fn group(&self, row: u32, case: u32) -> Option<u128> {
        let mut group = 0;
        for lens in &self.lenses {
            let row = if lens.of_case { case } else { row };
            let facet = *lens.rows.get(row as usize)?;
            group |= (*lens.shares.get(facet as usize)?)?;
        }
        Some(group)
    }
}

/// What a question makes of each facet of a table; none if it asks for none of its dimensions.
fn shares(
    tables: &Tables,
    table: TableName,
    scales: &[Scale<'_>],
    filter: &Filter,
) -> Option<Vec<Option<u128>>> {
    let scales: Vec<(&Scale<'_>, &Column)> = scales
        .iter()
        .filter_map(|scale| Some((scale, tables.column(table, scale.dimension)?)))
        .collect();
    let gates: Vec<(Vec<bool>, &Column)> = filter
        .values()
        .iter()
        .filter_map(|(dimension, wanted)| {
            let column = tables.column(table, *dimension)?;
            let texts = tables.words.texts(*dimension);
            let open = texts.iter().map(|text| wanted.contains(*text)).collect();
            Some((open, column))
        })
        .collect();
    if scales.is_empty() && gates.is_empty() {
        return None;
    }
    let share = |facet: u32| {
        let passes = gates.iter().all(|(open, column)| {
            let passes = |value: &u32| open.get(*value as usize) == Some(&true);
            column.values(facet).iter().any(passes)
        });
        passes.then(|| {
            scales.iter().fold(0, |group, (scale, column)| {
                group | scale.share(column, facet)
            })
        })
    };
    Some((0..=tables.len(table) as u32).map(share).collect())
}
