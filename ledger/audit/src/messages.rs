//! Messages: each is recorded once, and the numbers that submitters give them.

use caseledger_chain::{Header, MessageId, Position, SubmitterId};
use hashbrown::{HashMap, hash_map::Entry};

use crate::fault::Fault;

/// Numbers of a submitter's own sequence that no recorded submission has. They may have been
/// refused, lost on the way or never sent; only the submitter can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceGap {
    /// Whose.
    pub submitter: SubmitterId,
    /// First number that is missing.
    pub from: u64,
    /// Last number that is missing.
    pub to: u64,
    /// Position of the first entry that came with a higher number: since then it is a gap.
    pub opened_by: Position,
}

/// Every message and every number, with the position of its first entry.
///
/// Message ids are chosen by submitters; the table's seed is drawn at random.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    submitters: Vec<SubmitterId>,
    index: HashMap<SubmitterId, u32>,
    first: HashMap<(MessageId, u32), u64>,
    numbers: HashMap<(u64, u32), u64>,
}

impl Messages {
    /// Notes the message of an entry.
    pub(crate) fn push(&mut self, header: &Header, position: Position) -> Option<Fault> {
        if header.part != 0 {
            return None;
        }
        let (submitter, message) = (header.submitter, header.message_id);
        let index = *self.index.entry(submitter).or_insert_with(|| {
            self.submitters.push(submitter);
            self.submitters.len() as u32 - 1
        });
        match self.first.entry((message, index)) {
            Entry::Vacant(free) => {
                free.insert(position.get());
            }
            Entry::Occupied(mut known) => {
                return Some(Fault::MessageTwice {
                    submitter,
                    message,
                    first: Position::new(known.insert(position.get())),
                });
            }
        }
        let number = header.submitter_seq;
        if number == 0 {
            return None;
        }
        match self.numbers.entry((number, index)) {
            Entry::Vacant(free) => {
                free.insert(position.get());
                None
            }
            // The first message keeps it.
            Entry::Occupied(known) => Some(Fault::NumberTwice {
                submitter,
                number,
                first: Position::new(*known.get()),
            }),
        }
    }

    /// Every message with the position of its first entry, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SubmitterId, MessageId, Position)> {
        self.first.iter().filter_map(|((message, number), first)| {
            let submitter = self.submitters.get(*number as usize)?;
            Some((*submitter, *message, Position::new(*first)))
        })
    }

    /// Holes in the numbers of all submitters, in order of submitters and numbers.
    pub(crate) fn gaps(&self) -> Vec<SequenceGap> {
        let mut all: Vec<(u32, u64, u64)> = self
            .numbers
            .iter()
            .map(|((number, index), position)| (*index, *number, *position))
            .collect();
        all.sort_unstable();
        let mut gaps = Vec::new();
        for run in all.chunk_by(|(a, ..), (b, ..)| a == b) {
            let id = run
                .first()
                .and_then(|(index, ..)| self.submitters.get(*index as usize));
            if let Some(id) = id {
                holes(
                    *id,
                    run.iter().map(|(_, number, at)| (*number, *at)),
                    &mut gaps,
                );
            }
        }
        gaps.sort_unstable_by_key(|gap| (gap.submitter, gap.from));
        gaps
    }
}

/// The runs of numbers from 1 to the highest that are not there, given those that are with the
/// positions of their messages, by ascending numbers.
fn holes(
    submitter: SubmitterId,
    numbers: impl DoubleEndedIterator<Item = (u64, u64)>,
    gaps: &mut Vec<SequenceGap>,
) {
    // Downwards: the earliest of all higher numbers opened a gap.
    let mut above: Option<(u64, u64)> = None;
    for (number, position) in numbers.rev().chain([(0, u64::MAX)]) {
        if let Some((next, opened)) = above
            && next - number > 1
        {
            gaps.push(SequenceGap {
                submitter,
                from: number + 1,
                to: next - 1,
                opened_by: Position::new(opened),
            });
        }
        let opened = above.map_or(position, |(_, opened)| opened.min(position));
        above = Some((number, opened));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_the_runs_that_are_missing_since_the_first_higher_number() {
        let submitter = SubmitterId::parse("lasc").unwrap();
        let found = |numbers: &[(u64, u64)]| {
            let mut gaps = Vec::new();
            holes(submitter, numbers.iter().copied(), &mut gaps);
            gaps.reverse();
            let gap = |gap: &SequenceGap| (gap.from, gap.to, gap.opened_by.get());
            gaps.iter().map(gap).collect::<Vec<_>>()
        };
        assert_eq!(found(&[]), []);
        assert_eq!(found(&[(1, 0), (2, 1), (3, 2)]), []);
        assert_eq!(
            found(&[(2, 3), (5, 2), (9, 4)]),
            [(1, 1, 2), (3, 4, 2), (6, 8, 4)]
        );
        assert_eq!(found(&[(u64::MAX, 7)]), [(1, u64::MAX - 1, 7)]);
    }
}
