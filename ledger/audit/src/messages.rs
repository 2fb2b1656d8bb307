//! Messages: each is recorded once, and the numbers that submitters give them.

use caseledger_chain::{Header, MessageId, Position, SubmitterId};
use hashbrown::{HashMap, hash_map::Entry};

use crate::fault::Fault;

/// Numbers of a submitter's own sequence that no recorded submission has. They may have been
/// refused or never sent; only the submitter can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceGap {
    /// Whose.
    pub submitter: SubmitterId,
    /// First number that is missing.
    pub from: u64,
    /// Last number that is missing.
    pub to: u64,
}

/// Every message, with the position of its first entry.
///
/// Message ids are chosen by submitters; the table's seed is drawn at random.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    submitters: Vec<Submitter>,
    numbers: HashMap<SubmitterId, u32>,
    first: HashMap<(MessageId, u32), u64>,
}

#[derive(Debug)]
struct Submitter {
    id: SubmitterId,
    sequence: Vec<u64>,
}

impl Messages {
    /// Notes the message of an entry.
    pub(crate) fn push(&mut self, header: &Header, position: Position) -> Option<Fault> {
        if header.part != 0 {
            return None;
        }
        let (submitter, message) = (header.submitter, header.message_id);
        let number = *self.numbers.entry(submitter).or_insert_with(|| {
            self.submitters.push(Submitter {
                id: submitter,
                sequence: Vec::new(),
            });
            self.submitters.len() as u32 - 1
        });
        if header.submitter_seq > 0
            && let Some(submitter) = self.submitters.get_mut(number as usize)
        {
            submitter.sequence.push(header.submitter_seq);
        }
        match self.first.entry((message, number)) {
            Entry::Vacant(free) => {
                free.insert(position.get());
                None
            }
            Entry::Occupied(mut known) => Some(Fault::MessageTwice {
                submitter,
                message,
                first: Position::new(known.insert(position.get())),
            }),
        }
    }

    /// Every message with the position of its first entry, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SubmitterId, MessageId, Position)> {
        self.first.iter().filter_map(|((message, number), first)| {
            let submitter = self.submitters.get(*number as usize)?;
            Some((submitter.id, *message, Position::new(*first)))
        })
    }

    /// Holes in the numbers of all submitters, in order of submitters and numbers.
    pub(crate) fn gaps(&mut self) -> Vec<SequenceGap> {
        let mut gaps = Vec::new();
        for Submitter { id, sequence } in &mut self.submitters {
            gaps.append(&mut holes(*id, std::mem::take(sequence)));
        }
        gaps.sort_unstable_by_key(|gap| (gap.submitter, gap.from));
        gaps
    }
}

/// The runs of numbers from 1 to the highest that are not there.
fn holes(submitter: SubmitterId, mut numbers: Vec<u64>) -> Vec<SequenceGap> {
    numbers.sort_unstable();
    let mut gaps = Vec::new();
    let mut next = 1;
    for number in numbers {
        if number > next {
            gaps.push(SequenceGap {
                submitter,
                from: next,
                to: number - 1,
            });
        }
        next = next.max(number.saturating_add(1));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_the_runs_that_are_missing() {
        let submitter = SubmitterId::parse("lasc").unwrap();
        let found = |numbers: &[u64]| {
            let gaps = holes(submitter, numbers.to_vec());
            gaps.iter()
                .map(|gap| (gap.from, gap.to))
                .collect::<Vec<_>>()
        };
        assert_eq!(found(&[1, 2, 3]), []);
        assert_eq!(found(&[5, 2, 2, 9]), [(1, 1), (3, 4), (6, 8)]);
        assert_eq!(found(&[u64::MAX]), [(1, u64::MAX - 1)]);
    }
}
