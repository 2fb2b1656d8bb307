//! The streams: how each one stands.

use caseledger_chain::{Digest, Header, LinkFault, StreamKey};
use caseledger_domain::{
    CaseState, CohortState, FilingState, InitiativeState, OrderState, OrgState, State, StreamId,
    StreamKind,
};
use hashbrown::HashMap;

use crate::fault::Fault;

/// No entry: the end of a list of positions.
const NONE: u64 = u64::MAX;

/// All streams, in order of their first entry.
///
/// Stream ids are chosen by whoever writes entries; the table's seed is drawn at random, so that
/// nobody can choose ids that meet in it.
#[derive(Debug, Default)]
pub struct Streams {
    numbers: HashMap<StreamKey, u32>,
    list: Vec<Stream>,
    /// By position, as far as states were folded: the entry before in the same stream.
    before: Vec<u64>,
}

/// One stream.
#[derive(Debug)]
pub struct Stream {
    pub(crate) link: Link,
    /// None until an event of it was folded.
    pub(crate) folded: Option<Box<Folded>>,
}

/// A stream as its events come to.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) id: StreamId,
    pub(crate) state: State,
    /// Position of the newest event.
    pub(crate) last: u64,
}

/// What the next entry of a stream must name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    next_revision: u64,
    head: Digest,
    /// As of which epoch this is known.
    epoch: u32,
}

impl Link {
    /// What is wrong between an entry and the one before it in its stream.
    pub(crate) fn check(&self, header: &Header, epoch: u32) -> Option<Fault> {
        if self.epoch != epoch {
            return None;
        }
        let stream = header.stream;
        if self.next_revision != header.revision {
            return Some(Fault::Link(LinkFault::Revision {
                stream,
                expected: self.next_revision,
                found: header.revision,
            }));
        }
        (self.head != header.stream_prev).then_some(Fault::Link(LinkFault::StreamPrev {
            stream,
            expected: self.head,
            found: header.stream_prev,
        }))
    }

    pub(crate) const fn advance(&mut self, header: &Header, chain: Digest, epoch: u32) {
        self.next_revision = header.revision.saturating_add(1);
        self.head = chain;
        self.epoch = epoch;
    }
}

impl Stream {
    /// How it stands. None if none of its events could be folded.
    pub fn state(&self) -> Option<(StreamId, &State)> {
        let folded = self.folded.as_deref()?;
        Some((folded.id, &folded.state))
    }

    /// How it stands, to be changed. A stream that was not folded yet has the state of a new one.
    pub(crate) fn fold(&mut self, id: StreamId) -> &mut Folded {
        self.folded.get_or_insert_with(|| {
            Box::new(Folded {
                id,
                state: fresh(id.kind()),
                last: NONE,
            })
        })
    }
}

impl Streams {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, in order of their first entry.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Stream> {
        self.list.iter()
    }

    /// Whether there is an entry of it.
    pub fn contains(&self, stream: &StreamId) -> bool {
        self.numbers.contains_key(&StreamKey {
            kind: stream.kind().number(),
            id: stream.id_bytes(),
        })
    }

    /// How a stream stands. None if none of its events could be folded.
    pub(crate) fn state(&self, stream: StreamId) -> Option<&State> {
        let key = StreamKey {
            kind: stream.kind().number(),
            id: stream.id_bytes(),
        };
        let (_, state) = self.get(*self.numbers.get(&key)?)?.state()?;
        Some(state)
    }

    /// Positions of its entries, ascending, as far as states were folded.
    pub fn positions(&self, stream: &Stream) -> Vec<u64> {
        let last = stream.folded.as_ref().map_or(NONE, |folded| folded.last);
        self.positions_to(last)
    }

    /// Positions of the entry at `last` and of those before it in its stream, ascending.
    pub(crate) fn positions_to(&self, last: u64) -> Vec<u64> {
        let before = |at: &u64| {
            let index = usize::try_from(*at).ok()?;
            self.before.get(index).copied().filter(|at| *at != NONE)
        };
        let mut positions: Vec<u64> =
            std::iter::successors(Some(last).filter(|at| *at != NONE), before).collect();
        positions.reverse();
        positions
    }

    /// The number of a stream, new or known.
    pub(crate) fn number(&mut self, key: StreamKey, epoch: u32) -> u32 {
        *self.numbers.entry(key).or_insert_with(|| {
            let number = self.list.len() as u32;
            self.list.push(Stream {
                link: Link {
                    next_revision: 0,
                    head: Digest::ZERO,
                    // Once entries were left out, a stream that was never seen may have begun in
                    // one of them.
                    epoch: if epoch == 0 { 0 } else { u32::MAX },
                },
                folded: None,
            });
            number
        })
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Stream> {
        self.list.get(number as usize)
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Stream> {
        self.list.get_mut(number as usize)
    }

    /// Notes that the event at `position` was folded, which follows the one at `before`.
    pub(crate) fn note(&mut self, before: u64) {
        self.before.push(before);
    }
}

fn fresh(kind: StreamKind) -> State {
    match kind {
        StreamKind::Case => State::Case(CaseState::default()),
        StreamKind::Initiative => State::Initiative(InitiativeState::default()),
        StreamKind::Cohort => State::Cohort(CohortState::default()),
        StreamKind::Filing => State::Filing(FilingState::default()),
        StreamKind::Order => State::Order(OrderState::default()),
        StreamKind::Org => State::Org(OrgState::default()),
    }
}
