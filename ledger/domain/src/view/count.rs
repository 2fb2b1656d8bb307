//! Counting: one pass over the rows.

use super::dimension::Unit;
use super::facet::Status;
use super::interner::Interner;
use super::query::{Axis, Excluded, Group, TotalsAnswer, TotalsQuery};
use super::rows::{ChargeRows, Frame};
use super::sieve::{Ranks, Scale, Sieve};
use super::table::Tables;

/// Bits of a group number up to which there is one counter for each; beyond, only the numbers that
/// occur have one.
const COUNTED_BITS_MAX: u32 = 20;

/// Answers a question about one frame, in which there are at most so many people.
pub(super) fn count(
    tables: &Tables,
    charges: &ChargeRows,
    frame: &Frame,
    persons: usize,
    query: &TotalsQuery,
    complete_to: u64,
) -> TotalsAnswer {
    let (unit, filter) = (query.unit(), query.filter());
    let (scales, bits) = Scale::all(query.group_by(), tables);
    let sieve = match unit {
        Unit::Cases | Unit::People => Sieve::of_cases(tables, frame, &scales, filter),
        Unit::Charges => Sieve::of_charges(tables, frame, &scales, filter),
    };
    let mut pass = Pass {
        sieve,
        scales: &scales,
        verdicts: tables
            .progress
            .iter()
            .map(|progress| (progress.status, progress.reaches(filter.stage())))
            .collect(),
        tally: Tally::new(bits),
        spread: Vec::new(),
        total: 0,
        counted: 0,
        people_unknown_cases: 0,
        excluded: Excluded::default(),
    };
    match unit {
        Unit::Cases => pass.rows(&frame.cases.progress, |row| row),
        Unit::Charges => {
            let cases = charges.cases();
            pass.rows(&frame.charges.progress, |row| {
                cases.get(row as usize).copied().unwrap_or(u32::MAX)
            });
        }
        Unit::People => pass.people(frame, persons),
    }
    TotalsAnswer {
        unit,
        axes: query
            .group_by()
            .iter()
            .map(|dimension| Axis {
                dimension: *dimension,
                additive: unit != Unit::People && !dimension.has_several_values(),
            })
            .collect(),
        total: pass.total,
        counted: pass.counted,
        people_unknown_cases: pass.people_unknown_cases,
        excluded: pass.excluded,
        groups: pass.into_groups(),
        unmatched: unmatched(tables, frame),
        complete_to,
    }
}

/// Confirmations that wait, over all cases.
fn unmatched(tables: &Tables, frame: &Frame) -> u64 {
    let held: Vec<u32> = tables.progress.iter().map(|p| p.held).collect();
    if held.iter().all(|held| *held == 0) {
        return 0;
    }
    frame
        .cases
        .progress
        .iter()
        .map(|progress| u64::from(of_facet(&held, *progress).unwrap_or(0)))
        .sum()
}

/// What is known of a facet, from a list by number.
fn of_facet<T: Copy>(list: &[T], facet: u32) -> Option<T> {
    list.get((facet as usize).wrapping_sub(1)).copied()
}

/// A pass over the rows of a frame.
struct Pass<'a> {
    sieve: Sieve<'a>,
    scales: &'a [Scale<'a>],
    /// By number of the progress: whether it counts, and whether the stage was reached.
    verdicts: Vec<(Status, bool)>,
    tally: Tally,
    /// Groups that could not be tallied by number, each once per person.
    spread: Vec<Ranks>,
    total: u64,
    counted: u64,
    people_unknown_cases: u64,
    excluded: Excluded,
}

impl Pass<'_> {
    /// Counts rows.
    fn rows(&mut self, progress: &[u32], case_of: impl Fn(u32) -> u32) {
        for (row, progress) in (0..).zip(progress) {
            if let Some(group) = self.look(row, case_of(row), *progress, |pass| pass.counted += 1) {
                self.total += 1;
                let slot = self.tally.slot(group);
                self.tally.add(slot);
            }
        }
    }

    /// The group of a row that counts and passes. Calls back if it counts, whether it passes or
    /// not; notes it if it is excluded.
    fn look(
        &mut self,
        row: u32,
        case: u32,
        progress: u32,
        counts: impl FnOnce(&mut Self),
    ) -> Option<u128> {
        let (status, reached) = of_facet(&self.verdicts, progress)?;
        match status {
            Status::Counted => {
                counts(self);
                if reached {
                    self.sieve.group(row, case)
                } else {
                    None
                }
            }
            Status::Duplicate => {
                self.excluded.duplicates += u64::from(self.sieve.group(row, case).is_some());
                None
            }
            Status::Voided => {
                self.excluded.voided += u64::from(self.sieve.group(row, case).is_some());
                None
            }
            Status::Unidentified => None,
        }
    }

    /// Counts people: each once in every group that a case of theirs falls into.
    fn people(&mut self, frame: &Frame, persons: usize) {
        let mut counted = vec![false; persons + 1];
        // By person: the slot of the first case that passed, plus one.
        let mut first = vec![0_u32; persons + 1];
        // Further slots of the same people.
        let mut further: Vec<(u32, u32)> = Vec::new();
        for ((row, person), progress) in (0..).zip(&frame.persons).zip(&frame.cases.progress) {
            let group = self.look(row, row, *progress, |pass| {
                if let Some(counted) = counted.get_mut(*person as usize)
                    && *person != 0
                    && !core::mem::replace(counted, true)
                {
                    pass.counted += 1;
                }
            });
            let Some(group) = group else { continue };
            if *person == 0 {
                self.people_unknown_cases += 1;
                continue;
            }
            let slot = self.tally.slot(group);
            match first.get_mut(*person as usize) {
                Some(first) if *first == 0 => {
                    *first = slot + 1;
                    self.total += 1;
                    self.tally.add(slot);
                }
                Some(first) if *first != slot + 1 => further.push((*person, slot)),
                Some(_) | None => {}
            }
        }
        further.sort_unstable();
        further.dedup();
        for person in further.chunk_by(|one, other| one.0 == other.0) {
            let first = person.first().and_then(|(person, _)| {
                let first = first.get(*person as usize)?;
                first.checked_sub(1)
            });
            self.add_further(first, person);
        }
    }

    /// Counts one person in the groups that the first slot does not stand for.
    fn add_further(&mut self, first: Option<u32>, further: &[(u32, u32)]) {
        let further = || further.iter().map(|(_, slot)| *slot);
        let several = |slot| {
            let group = self.tally.group(slot);
            group.is_some_and(|group| Scale::is_several(self.scales, group))
        };
        if !first.into_iter().chain(further()).any(several) {
            further().for_each(|slot| self.tally.add(slot));
            return;
        }
        // Different numbers may stand for the same group: only the groups themselves tell.
        let spread = |slots: &mut dyn Iterator<Item = u32>| {
            let mut groups = Vec::new();
            for group in slots.filter_map(|slot| self.tally.group(slot)) {
                Scale::spread(self.scales, group, &mut groups);
            }
            groups
        };
        let known = spread(&mut first.into_iter());
        let mut groups = spread(&mut further());
        groups.retain(|group| !known.contains(group));
        groups.sort_unstable();
        groups.dedup();
        self.spread.append(&mut groups);
    }

    /// The groups that are not empty, in order.
    fn into_groups(self) -> Vec<Group> {
        let mut groups: Vec<(Ranks, u64)> = self.spread.into_iter().map(|at| (at, 1)).collect();
        let mut spread = Vec::new();
        for (slot, count) in (0..).zip(&self.tally.counters) {
            let Some(group) = self.tally.group(slot).filter(|_| *count > 0) else {
                continue;
            };
            Scale::spread(self.scales, group, &mut spread);
            groups.extend(spread.drain(..).map(|ranks| (ranks, u64::from(*count))));
        }
        groups.sort_unstable();
        groups
            .chunk_by(|one, other| one.0 == other.0)
            .filter_map(|same| {
                let (ranks, _) = same.first()?;
                let texts = self.scales.iter().zip(ranks);
                Some(Group {
                    key: texts.map(|(scale, rank)| scale.text(*rank)).collect(),
                    count: same.iter().map(|(_, count)| count).sum(),
                })
            })
            .collect()
    }
}

/// How often each group number occurred. A group number has a slot.
struct Tally {
    /// The group numbers by slot; none if they are the slots.
    numbers: Option<Interner<u128>>,
    /// By slot.
    counters: Vec<u32>,
}

impl Tally {
    fn new(bits: u32) -> Self {
        if bits <= COUNTED_BITS_MAX {
            Self {
                numbers: None,
                counters: vec![0; 1 << bits],
            }
        } else {
            Self {
                numbers: Some(Interner::default()),
                counters: vec![0],
            }
        }
    }

    fn slot(&mut self, group: u128) -> u32 {
        let Some(numbers) = &mut self.numbers else {
            return group as u32;
        };
        let slot = numbers.code(&group);
        if self.counters.len() <= numbers.len() {
            self.counters.push(0);
        }
        slot
    }

    fn group(&self, slot: u32) -> Option<u128> {
        match &self.numbers {
            Some(numbers) => numbers.get(slot).copied(),
            None => Some(slot.into()),
        }
    }

    fn add(&mut self, slot: u32) {
        if let Some(counter) = self.counters.get_mut(slot as usize) {
            *counter += 1;
        }
    }
}
