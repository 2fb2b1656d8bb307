//! Whether each entry belongs where it stands: positions, predecessors, times, parts of messages.
//!
//! What follows is `docs/FORMAT.md`, "Chain", told apart finely enough to say what was done to a
//! log: entries dropped, moved, repeated, altered.

use std::collections::BTreeMap;

use caseledger_chain::{Digest, Header, LedgerId, LinkFault, MessagePart, Position};

use crate::{fault::Fault, streams::Link};

/// Where the run stands.
#[derive(Debug)]
pub(crate) struct Links {
    ledger: Option<LedgerId>,
    /// The position that comes next.
    next: u64,
    /// Chain hash of the entry before it; none where that entry cannot be had.
    head: Option<Digest>,
    recorded_at: u64,
    parts: Parts,
    /// Positions that were left out so far, first to last.
    missing: BTreeMap<u64, u64>,
    /// How often entries were left out: before that, no stream's next revision is known.
    pub(crate) epoch: u32,
}

/// Which part of a message comes next.
#[derive(Clone, Copy, Debug)]
enum Parts {
    /// The first of a message.
    First,
    /// Any: what stands before it is not known.
    Any,
    /// This one, of the message of the entry before.
    Next {
        part: MessagePart,
        submitter_seq: u64,
        content: Digest,
    },
}

/// How an entry stands to those before it.
#[derive(Debug)]
pub(crate) enum Linked {
    /// It is the next one.
    Next,
    /// Entries before it are left out. Whether they come later is not known yet.
    Gap,
    /// It does not belong here.
    Wrong(Fault),
}

impl Links {
    pub(crate) const fn new(ledger: Option<LedgerId>) -> Self {
        Self {
            ledger,
            next: 0,
            head: Some(Digest::ZERO),
            recorded_at: 0,
            parts: Parts::First,
            missing: BTreeMap::new(),
            epoch: 0,
        }
    }

    /// Goes on at another position, whose predecessor hashes to `prev` if that is known.
    pub(crate) const fn jump(&mut self, to: Position, prev: Option<Digest>) {
        self.next = to.get();
        self.head = prev;
        self.recorded_at = 0;
        self.parts = Parts::Any;
        self.epoch += 1;
    }

    pub(crate) const fn ledger(&self) -> Option<LedgerId> {
        self.ledger
    }

    pub(crate) fn head(&self) -> Digest {
        self.head.unwrap_or(Digest::ZERO)
    }

    /// An entry that cannot be read stands in the next place.
    pub(crate) const fn unreadable(&mut self, chain: Digest) {
        self.next = self.next.saturating_add(1);
        self.head = Some(chain);
        self.parts = Parts::Any;
        self.epoch += 1;
    }

    /// The next entry, and its stream's link. Both stand behind it afterwards, whatever is wrong
    /// with it, so that one fault is one finding.
    pub(crate) fn push(&mut self, header: &Header, chain: Digest, stream: &mut Link) -> Linked {
        let (expected, found) = (*self.ledger.get_or_insert(header.ledger), header.ledger);
        if expected != found {
            self.unreadable(chain);
            return Linked::Wrong(Fault::Link(LinkFault::Ledger { expected, found }));
        }
        let at = header.position.get();
        if at < self.next {
            let found = header.position;
            return Linked::Wrong(if self.take_missing(at) {
                Fault::Moved { found }
            } else {
                Fault::Repeated { found }
            });
        }
        let gap = at > self.next;
        if gap {
            self.missing.insert(self.next, at - 1);
            self.head = None;
            self.recorded_at = 0;
            self.parts = Parts::Any;
            self.epoch += 1;
        }
        let wrong = self
            .before(header)
            .or_else(|| stream.check(header, self.epoch));
        stream.advance(header, chain, self.epoch);
        self.next = at.saturating_add(1);
        self.head = Some(chain);
        self.recorded_at = self.recorded_at.max(header.recorded_at);
        self.parts = Parts::behind(header);
        match wrong {
            Some(fault) => Linked::Wrong(fault),
            None if gap => Linked::Gap,
            None => Linked::Next,
        }
    }

    /// What is wrong between this entry and the one before it.
    fn before(&self, header: &Header) -> Option<Fault> {
        if let Some(expected) = self.head.filter(|head| *head != header.prev) {
            let found = header.prev;
            return Some(Fault::Link(LinkFault::Prev { expected, found }));
        }
        if header.recorded_at < self.recorded_at {
            let (expected, found) = (self.recorded_at, header.recorded_at);
            return Some(Fault::Link(LinkFault::RecordedAt { expected, found }));
        }
        self.parts.check(header, self.recorded_at).map(Fault::Link)
    }

    /// Whether the position was left out; it is not any more.
    fn take_missing(&mut self, at: u64) -> bool {
        let Some((&first, &last)) = self.missing.range(..=at).next_back() else {
            return false;
        };
        if at > last {
            return false;
        }
        self.missing.remove(&first);
        if first < at {
            self.missing.insert(first, at - 1);
        }
        if at < last {
            self.missing.insert(at + 1, last);
        }
        true
    }

    /// What the run lacks, now that it is over, with where.
    pub(crate) fn finish(&self) -> impl Iterator<Item = (Position, Fault)> {
        let dropped = self.missing.iter().map(|(first, last)| {
            let (first, last) = (Position::new(*first), Position::new(*last));
            (first, Fault::Dropped { first, last })
        });
        let next = Position::new(self.next);
        let unfinished = match self.parts {
            Parts::Next { part: expected, .. } => {
                Some((next, Fault::Link(LinkFault::Unfinished { expected })))
            }
            Parts::First | Parts::Any => None,
        };
        dropped.chain(unfinished)
    }
}

impl Parts {
    /// What comes behind an entry.
    const fn behind(header: &Header) -> Self {
        let stated = part(header);
        let next = stated.part.saturating_add(1);
        if next >= stated.parts {
            return Self::First;
        }
        Self::Next {
            part: MessagePart {
                part: next,
                ..stated
            },
            submitter_seq: header.submitter_seq,
            content: header.content,
        }
    }

    /// What is wrong with the part that an entry is, behind one of `recorded_at`.
    fn check(&self, header: &Header, recorded_at: u64) -> Option<LinkFault> {
        let found = part(header);
        let (expected, submitter_seq, content) = match *self {
            Self::Any => return None,
            Self::First => {
                let expected = MessagePart { part: 0, ..found };
                return (expected != found).then_some(LinkFault::Message { expected, found });
            }
            Self::Next {
                part,
                submitter_seq,
                content,
            } => (part, submitter_seq, content),
        };
        if expected != found {
            return Some(LinkFault::Message { expected, found });
        }
        let (expected, found) = (recorded_at, header.recorded_at);
        if expected != found {
            return Some(LinkFault::PartTime { expected, found });
        }
        let (expected, found) = (content, header.content);
        if expected != found {
            return Some(LinkFault::Content { expected, found });
        }
        let (expected, found) = (submitter_seq, header.submitter_seq);
        (expected != found).then_some(LinkFault::Sequence { expected, found })
    }
}

const fn part(header: &Header) -> MessagePart {
    MessagePart {
        submitter: header.submitter,
        message_id: header.message_id,
        part: header.part,
        parts: header.parts,
    }
}
