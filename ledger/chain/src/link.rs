//! Incremental check that a run of entries is a ledger: nothing missing, changed or reordered.
//!
//! It needs the entry bytes and nothing else: no key, no tree, no store. What it cannot see is a
//! ledger whose end was cut off or that was rewritten as a whole; that is what signed checkpoints
//! are for.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use crate::digest::{Digest, chain_hash};
use crate::entry::{DecodeError, EntryRef, Header};
use crate::id::{LedgerId, MessageId, StreamKey, SubmitterId};
use crate::position::{Position, Size};

/// Checks entries one by one, in order of position. Memory grows with the number of streams, not
/// of entries.
#[derive(Clone, Debug)]
pub struct ChainCheck {
    ledger: LedgerId,
    size: Size,
    head: Digest,
    recorded_at: u64,
    streams: HashMap<StreamKey, StreamHead>,
    unknown_streams: UnknownStreams,
    open: Option<Open>,
}

/// A submission whose entries are not all there yet. Its entries are recorded together, so they
/// share a recorded time, which is that of the entry before.
#[derive(Clone, Copy, Debug)]
struct Open {
    next: MessagePart,
    submitter_seq: u64,
    content: Digest,
}

/// What the first entry that the check sees of a stream must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnknownStreams {
    /// The first of the stream: the check has seen the ledger from its start.
    Start,
    /// Any: earlier entries of the stream may stand before the run.
    Continue,
}

#[derive(Clone, Copy, Debug)]
struct StreamHead {
    next_revision: u64,
    head: Digest,
}

/// One entry of the several that were committed for a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePart {
    /// Who submitted it.
    pub submitter: SubmitterId,
    /// The submission.
    pub message_id: MessageId,
    /// Index among the entries of the submission.
    pub part: u16,
    /// Number of entries of the submission.
    pub parts: u16,
}

impl fmt::Display for MessagePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            submitter,
            message_id,
            part,
            parts,
        } = self;
        write!(
            f,
            "part {part} of {parts} of message {message_id} by {submitter}"
        )
    }
}

impl MessagePart {
    const fn of(header: &Header) -> Self {
        Self {
            submitter: header.submitter,
            message_id: header.message_id,
            part: header.part,
            parts: header.parts,
        }
    }

    /// The entry that must follow; `None` after the last.
    fn following(self) -> Option<Self> {
        let part = self.part.checked_add(1).filter(|part| *part < self.parts)?;
        Some(Self { part, ..self })
    }
}

impl Open {
    /// What is open behind an entry; `None` after the last of its submission.
    fn behind(header: &Header) -> Option<Self> {
        Some(Self {
            next: MessagePart::of(header).following()?,
            submitter_seq: header.submitter_seq,
            content: header.content,
        })
    }

    /// Whether the next part was recorded with the one before, at `recorded_at`.
    fn check(&self, header: &Header, recorded_at: u64) -> Result<(), LinkFault> {
        let (expected, found) = (recorded_at, header.recorded_at);
        if expected != found {
            return Err(LinkFault::PartTime { expected, found });
        }
        let (expected, found) = (self.content, header.content);
        if expected != found {
            return Err(LinkFault::Content { expected, found });
        }
        let (expected, found) = (self.submitter_seq, header.submitter_seq);
        if expected != found {
            return Err(LinkFault::Sequence { expected, found });
        }
        Ok(())
    }
}

/// The first entry of a run that does not belong where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkError {
    /// Where it stands.
    pub position: Position,
    /// What is wrong with it.
    pub fault: LinkFault,
}

/// Why an entry does not belong where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkFault {
    /// The bytes are not an entry.
    Entry(DecodeError),
    /// The entry is of another ledger.
    Ledger {
        /// The ledger under check.
        expected: LedgerId,
        /// The ledger in the entry.
        found: LedgerId,
    },
    /// The entries of a submission have different digests of what was submitted.
    Content {
        /// In the part before.
        expected: Digest,
        /// In the entry.
        found: Digest,
    },
    /// The entries of a submission do not stand together, complete and in order.
    Message {
        /// The part that must stand here.
        expected: MessagePart,
        /// The part in the entry.
        found: MessagePart,
    },
    /// The entries of a submission were recorded at different times.
    PartTime {
        /// Time of the part before, in microseconds.
        expected: u64,
        /// Time in the entry, in microseconds.
        found: u64,
    },
    /// The entry says it stands elsewhere.
    Position {
        /// Where it stands.
        expected: Position,
        /// Where it says it stands.
        found: Position,
    },
    /// The entry names another predecessor than the entry before it.
    Prev {
        /// Chain hash of the entry before.
        expected: Digest,
        /// Predecessor in the entry.
        found: Digest,
    },
    /// Recorded time goes backwards.
    RecordedAt {
        /// Time of the entry before, in microseconds.
        expected: u64,
        /// Time in the entry, in microseconds.
        found: u64,
    },
    /// The entry does not have the next revision of its stream.
    Revision {
        /// The stream.
        stream: StreamKey,
        /// Next revision of the stream.
        expected: u64,
        /// Revision in the entry.
        found: u64,
    },
    /// The entries of a submission have different numbers of their submitter's sequence.
    Sequence {
        /// In the part before.
        expected: u64,
        /// In the entry.
        found: u64,
    },
    /// The entry names another predecessor than the entry before it in its stream.
    StreamPrev {
        /// The stream.
        stream: StreamKey,
        /// Chain hash of the entry before in the stream.
        expected: Digest,
        /// Predecessor in the entry.
        found: Digest,
    },
    /// The run ends within a submission.
    Unfinished {
        /// The part that must stand here.
        expected: MessagePart,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry at position {}: {}", self.position, self.fault)
    }
}

impl fmt::Display for LinkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(error) => error.fmt(f),
            Self::Ledger { expected, found } => {
                write!(f, "ledger is {found}, expected {expected}")
            }
            Self::Content { expected, found } => {
                write!(
                    f,
                    "content is {found}, expected {expected} as in the part before"
                )
            }
            Self::Message { expected, found } => {
                write!(f, "message is {found}, expected {expected}")
            }
            Self::PartTime { expected, found } => {
                write!(
                    f,
                    "recorded_at is {found}, expected {expected} as in the part before"
                )
            }
            Self::Position { expected, found } => {
                write!(f, "position is {found}, expected {expected}")
            }
            Self::Prev { expected, found } => {
                write!(f, "prev is {found}, expected {expected}")
            }
            Self::RecordedAt { expected, found } => {
                write!(f, "recorded_at is {found}, expected at least {expected}")
            }
            Self::Revision {
                stream,
                expected,
                found,
            } => {
                write!(
                    f,
                    "revision of stream {stream} is {found}, expected {expected}"
                )
            }
            Self::Sequence { expected, found } => {
                write!(
                    f,
                    "submitter_seq is {found}, expected {expected} as in the part before"
                )
            }
            Self::StreamPrev {
                stream,
                expected,
                found,
            } => {
                write!(
                    f,
                    "stream_prev of stream {stream} is {found}, expected {expected}"
                )
            }
            Self::Unfinished { expected } => {
                write!(f, "the run ends here, expected {expected}")
            }
        }
    }
}

impl Error for LinkError {}

/// Where a checked run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHead {
    /// Size of the ledger after the run.
    pub size: Size,
    /// Chain hash of the last entry; zero when there is none.
    pub head: Digest,
    /// Recorded time of the last entry, in microseconds since 1970-01-01T00:00:00Z; 0 when none
    /// was checked.
    pub recorded_at: u64,
}

impl ChainCheck {
    /// Checks a ledger from its first entry.
    pub fn new(ledger: LedgerId) -> Self {
        Self {
            ledger,
            size: Size::ZERO,
            head: Digest::ZERO,
            recorded_at: 0,
            streams: HashMap::new(),
            unknown_streams: UnknownStreams::Start,
            open: None,
        }
    }

    /// Checks the run that follows the first `size` entries, of which the last has chain hash
    /// `head`. The run starts with a submission.
    ///
    /// Revision and predecessor of the first entry seen of each stream are taken as they are,
    /// because the entries they follow stand before the run.
    pub fn resume(ledger: LedgerId, size: Size, head: Digest) -> Self {
        let unknown_streams = if size.is_zero() {
            UnknownStreams::Start
        } else {
            UnknownStreams::Continue
        };
        Self {
            size,
            head,
            unknown_streams,
            ..Self::new(ledger)
        }
    }

    /// Checks the next entry. After an error the check stands where it stood.
    ///
    /// # Errors
    ///
    /// Refuses bytes that are not an entry, and an entry that does not belong at the next
    /// position.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Header, LinkError> {
        let position = self.size.next_position();
        self.check(bytes)
            .map_err(|fault| LinkError { position, fault })
    }

    /// How many entries the ledger has after the last one checked.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Ends the run.
    ///
    /// # Errors
    ///
    /// Refuses to end within a submission.
    pub fn finish(&self) -> Result<ChainHead, LinkError> {
        match self.open {
            Some(Open { next, .. }) => Err(LinkError {
                position: self.size.next_position(),
                fault: LinkFault::Unfinished { expected: next },
            }),
            None => Ok(ChainHead {
                size: self.size,
                head: self.head,
                recorded_at: self.recorded_at,
            }),
        }
    }

    fn check(&mut self, bytes: &[u8]) -> Result<Header, LinkFault> {
        let header = EntryRef::decode(bytes)
            .map_err(LinkFault::Entry)?
            .into_header();
        let (expected, found) = (self.ledger, header.ledger);
        if expected != found {
            return Err(LinkFault::Ledger { expected, found });
        }
        let (expected, found) = (self.size.next_position(), header.position);
        if expected != found {
            return Err(LinkFault::Position { expected, found });
        }
        let (expected, found) = (self.head, header.prev);
        if expected != found {
            return Err(LinkFault::Prev { expected, found });
        }
        let (expected, found) = (self.recorded_at, header.recorded_at);
        if found < expected {
            return Err(LinkFault::RecordedAt { expected, found });
        }
        let found = MessagePart::of(&header);
        let first = MessagePart { part: 0, ..found };
        let expected = self.open.map_or(first, |open| open.next);
        if expected != found {
            return Err(LinkFault::Message { expected, found });
        }
        if let Some(open) = self.open {
            open.check(&header, self.recorded_at)?;
        }
        let stream = header.stream;
        let (next_revision, stream_prev) = match (self.streams.get(&stream), self.unknown_streams) {
            (Some(known), _) => (known.next_revision, known.head),
            (None, UnknownStreams::Start) => (0, Digest::ZERO),
            (None, UnknownStreams::Continue) => (header.revision, header.stream_prev),
        };
        let (expected, found) = (next_revision, header.revision);
        if expected != found {
            return Err(LinkFault::Revision {
                stream,
                expected,
                found,
            });
        }
        let (expected, found) = (stream_prev, header.stream_prev);
        if expected != found {
            return Err(LinkFault::StreamPrev {
                stream,
                expected,
                found,
            });
        }

        // Nothing was changed up to here, and nothing fails from here on.
        let head = chain_hash(bytes);
        let next_revision = header.revision.saturating_add(1);
        self.streams.insert(
            stream,
            StreamHead {
                next_revision,
                head,
            },
        );
        self.open = Open::behind(&header);
        self.recorded_at = header.recorded_at;
        self.head = head;
        self.size = Size::new(self.size.get().saturating_add(1));
        Ok(header)
    }
}
