//! Reading: states, histories, views, entries.
//!
//! Every answer says up to which size it is complete. Answers from the views wait until the views
//! hold everything that was durable when the read arrived (E8), so a poster that has its receipt
//! finds its fact in every total.

use std::{fmt, ops::Bound, sync::Arc, time::Duration};

use bytes::Bytes;
use caseledger_chain::{EntryRef, MessageId, Position, Size, SubmitterId};
use caseledger_domain::{
    CaseId, CaseToken, Event, OrgId, Registry, State, StreamId, evolve,
    view::{AsOf, TotalsAnswer, TotalsQuery},
};
use caseledger_store::{Entries, ReadLimit};

use crate::{
    error::ReadError,
    feed::Feed,
    limits,
    overlay::empty,
    packed::Packed,
    packed::Place,
    private::{PartsWanted, PrivateError, PrivateParts},
    projector::Views,
    prover::Prover,
    receipt::Receipt,
    shared::Shared,
    stored::Stored,
    world::message_print,
};

/// An answer, and how far it is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtSize<T> {
    /// The answer.
    pub value: T,
    /// Number of entries, from the first on, that it rests on.
    pub complete_to: Size,
}

/// Which way to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forwards,
    /// Newest first.
    Backwards,
}

/// An entry taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "recorded_at is the name in the entry format"
)]
pub struct Recorded {
    /// Where it stands.
    pub position: Position,
    /// When it was recorded: microseconds since 1970-01-01T00:00:00Z.
    pub recorded_at: u64,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its revision there, from 0.
    pub revision: u64,
    /// Who posted it.
    pub org: OrgId,
    /// The submission it came in.
    pub message_id: MessageId,
    /// The poster's own number of that submission; 0 when none was given.
    pub submitter_seq: u64,
    /// What it says.
    pub event: Event,
    /// Its exact bytes.
    pub entry: Bytes,
}

impl Recorded {
    /// Takes the bytes of the entry at `position` apart.
    ///
    /// # Errors
    /// [`ReadError::Entry`] for bytes that are no entry of this ledger.
    pub fn new(position: Position, entry: Bytes) -> Result<Self, ReadError> {
        let stored =
            Stored::decode(&entry).map_err(|source| ReadError::Entry { position, source })?;
        let Stored {
            header,
            stream,
            org,
            event,
        } = stored;
        Ok(Self {
            position,
            recorded_at: header.recorded_at,
            stream,
            revision: header.revision,
            org,
            message_id: header.message_id,
            submitter_seq: header.submitter_seq,
            event,
            entry,
        })
    }
}

/// A read of one stream, page by page, as it was at one size of the ledger. Each page goes on where
/// the one before ended and costs what it shows, however long the stream is.
#[derive(Clone, Debug)]
pub struct StreamCursor {
    stream: StreamId,
    direction: Direction,
    complete_to: Size,
    place: Place,
}

impl StreamCursor {
    /// The size that the read shows.
    pub const fn complete_to(&self) -> Size {
        self.complete_to
    }
}

/// A submission that is in the ledger.
#[derive(Debug)]
pub struct Submitted {
    /// Its receipts, as the poster got them.
    pub receipts: Vec<Receipt>,
}

/// Reads. A handle: clones are cheap and may be used from any thread.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
    prover: Prover,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let prover = Prover::new(Arc::clone(&shared));
        Self { shared, prover }
    }

    /// How many entries are durable.
    pub fn size(&self) -> Size {
        self.shared.marks().durable
    }

    /// How many entries the rollback guard is behind: 0 within a second after the last one, unless its disk is full or
    /// gone. An older copy that lacks only these would not be noticed.
    pub fn guard_behind_entries(&self) -> u64 {
        self.shared.log.guard_behind()
    }

    /// Waits until the ledger has more than `size` entries, the time is over, or the engine stops;
    /// says how many it has then.
    pub fn wait_beyond(&self, size: Size, limit: Duration) -> Size {
        self.shared
            .wait(limit, |marks| marks.durable > size)
            .durable
    }

    /// What the engine's clock shows: microseconds since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> u64 {
        self.shared.clock.now()
    }

    /// Whether the engine stopped: what there is can be read, but nothing is added.
    pub fn stopped(&self) -> bool {
        self.shared.marks().stopped
    }

    /// Every organisation, as of the newest durable entry: who speaks for whom, and who may state what.
    pub fn registry(&self) -> Arc<Registry> {
        self.shared.registry()
    }

    /// The case that a look-up token stands for.
    pub fn case_of(&self, token: &CaseToken) -> Option<CaseId> {
        self.shared.world().case_of(token)
    }

    /// Some private parts of a case, opened, in the order of their events. Who may see them is the caller's to ask, before.
    ///
    /// # Errors
    /// [`PrivateError`]: no such case, destroyed, or no vault. A part that does not open by itself is named among the others.
    pub fn private_parts(
        &self,
        case: CaseId,
        wanted: &PartsWanted,
    ) -> Result<PrivateParts, PrivateError> {
        self.shared.private_parts(case, wanted)
    }

    /// What a poster has sent, and which of its own numbers are missing; none if it sent nothing.
    pub fn feed(&self, org: OrgId) -> AtSize<Option<Feed>> {
        let world = self.shared.world();
        let submitter = SubmitterId::from_bytes(org.to_bytes()).ok();
        let value = submitter.and_then(|submitter| world.feed(&submitter).cloned());
        AtSize {
            value,
            complete_to: world.head().size,
        }
    }

    /// The same of up to `max` posters behind `after`, in order of their ids.
    pub fn feeds(
        &self,
        after: Option<SubmitterId>,
        max: usize,
    ) -> AtSize<Vec<(SubmitterId, Feed)>> {
        let world = self.shared.world();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let feeds = world.feeds().range((from, Bound::Unbounded));
        let feeds = feeds.take(max.min(limits::READ_ENTRIES_MAX));
        AtSize {
            value: feeds.map(|(id, feed)| (*id, feed.clone())).collect(),
            complete_to: world.head().size,
        }
    }

    /// The state of a stream; none if it has no events.
    ///
    /// # Errors
    /// [`ReadError::State`], a defect of the program.
    pub fn state(&self, stream: &StreamId) -> Result<AtSize<Option<State>>, ReadError> {
        let world = self.shared.world();
        let state = world.stream(stream).map(Packed::state).transpose();
        let value = state.map_err(ReadError::State)?;
        Ok(AtSize {
            value,
            complete_to: world.head().size,
        })
    }

    /// The state of a stream as it was when the ledger had `size` entries.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a size the ledger does not have; otherwise a failing store.
    pub fn state_as_of(&self, stream: &StreamId, size: Size) -> Result<Option<State>, ReadError> {
        let positions = self.positions(stream, Some(size))?.value;
        let mut state = None;
        for position in positions {
            let event = self.recorded(position)?.event;
            state = Some(evolve(state.unwrap_or_else(|| empty(stream)), &event));
        }
        Ok(state)
    }

    /// Entries of a stream: up to `max` from revision `from` on, in the direction given; backwards
    /// from the newest when `from` lies behind it. With `as_of`, only those among the first
    /// `as_of` entries of the ledger.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a size the ledger does not have; otherwise a failing store.
    pub fn history(
        &self,
        stream: &StreamId,
        from: u64,
        direction: Direction,
        max: usize,
        as_of: Option<Size>,
    ) -> Result<AtSize<Vec<Recorded>>, ReadError> {
        let mut cursor = self.cursor(*stream, from, direction, as_of)?;
        let value = self.page(&mut cursor, max)?;
        Ok(AtSize {
            value,
            complete_to: cursor.complete_to,
        })
    }

    /// Begins to read a stream in pages, from where [`Self::history`] would.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a size the ledger does not have.
    pub fn cursor(
        &self,
        stream: StreamId,
        from: u64,
        direction: Direction,
        as_of: Option<Size>,
    ) -> Result<StreamCursor, ReadError> {
        let world = self.shared.world();
        let complete_to = within(as_of, world.head().size)?;
        let before = match direction {
            Direction::Forwards => from,
            Direction::Backwards => from.saturating_add(1),
        };
        let mut place = Place::default();
        if let Some(packed) = world.stream(&stream) {
            let mut after = place;
            while place.revision < before
                && let Some(position) = packed.next(&mut after)
                && complete_to.contains(Position::new(position))
            {
                place = after;
            }
        }
        Ok(StreamCursor {
            stream,
            direction,
            complete_to,
            place,
        })
    }

    /// The next page of a stream, of at most `max` entries; empty at the end.
    ///
    /// # Errors
    /// A failing store.
    pub fn page(&self, cursor: &mut StreamCursor, max: usize) -> Result<Vec<Recorded>, ReadError> {
        let max = max.min(limits::READ_ENTRIES_MAX);
        let mut wanted = Vec::new();
        if let Some(packed) = self.shared.world().stream(&cursor.stream) {
            while wanted.len() < max {
                let position = match cursor.direction {
                    Direction::Forwards => packed.next(&mut cursor.place),
                    Direction::Backwards => packed.previous(&mut cursor.place),
                };
                let known = position
                    .map(Position::new)
                    .filter(|position| cursor.complete_to.contains(*position));
                let Some(position) = known else { break };
                wanted.push(position);
            }
        }
        let entries = wanted.into_iter().map(|position| self.recorded(position));
        entries.collect()
    }

    /// Positions of a stream's entries, ascending.
    fn positions(
        &self,
        stream: &StreamId,
        as_of: Option<Size>,
    ) -> Result<AtSize<Vec<Position>>, ReadError> {
        let world = self.shared.world();
        let complete_to = within(as_of, world.head().size)?;
        let all = world.stream(stream).into_iter().flat_map(Packed::positions);
        let known = all
            .map(Position::new)
            .take_while(|position| complete_to.contains(*position));
        Ok(AtSize {
            value: known.collect(),
            complete_to,
        })
    }

    /// One entry, taken apart.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a position the ledger does not have; otherwise a failing store.
    pub fn recorded(&self, position: Position) -> Result<Recorded, ReadError> {
        let entry = self.shared.log.entry(position)?;
        let size = self.size();
        let entry = entry.ok_or(ReadError::Beyond {
            asked: position.get(),
            size,
        })?;
        Recorded::new(position, entry)
    }

    /// Exact bytes of entries from `from` on, ascending and gapless, at most `max`.
    ///
    /// # Errors
    /// A position behind the end; otherwise a failing store.
    pub fn read(&self, from: Position, max: usize) -> Result<Entries, ReadError> {
        let entries = max.min(limits::READ_ENTRIES_MAX);
        let limit = ReadLimit {
            entries,
            bytes: limits::READ_BYTES_MAX,
        };
        Ok(self.shared.log.read(from, limit)?)
    }

    /// Exact bytes of the entries just before `before`, ascending and gapless, at most `max`: a page
    /// of a backwards read. The next page ends where this one begins.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a size the ledger does not have; otherwise a failing store.
    pub fn read_before(&self, before: Size, max: usize) -> Result<Entries, ReadError> {
        let size = self.size();
        if before > size {
            return Err(ReadError::Beyond {
                asked: before.get(),
                size,
            });
        }
        let max = max.min(limits::READ_ENTRIES_MAX) as u64;
        let from = before.get().saturating_sub(max);
        let entries = (before.get() - from) as usize;
        // The bound by bytes would cut the end off, where a backwards read begins.
        let limit = ReadLimit {
            entries,
            bytes: usize::MAX,
        };
        Ok(self.shared.log.read(Position::new(from), limit)?)
    }

    /// What the views say, once they hold everything that is durable now.
    ///
    /// # Errors
    /// [`ReadError::Behind`] when they do not get there in time; [`ReadError::Stopped`].
    pub fn views<T>(&self, ask: impl FnOnce(&Views) -> T) -> Result<AtSize<T>, ReadError> {
        self.shared
            .wait_for_views(self.size(), limits::READ_WAIT_MAX)?;
        let views = self.shared.views();
        Ok(AtSize {
            value: ask(&views),
            complete_to: views.size(),
        })
    }

    /// Totals, now or as of any position.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a position the ledger does not have; otherwise as [`Self::views`].
    pub fn totals(&self, query: &TotalsQuery, as_of: AsOf) -> Result<TotalsAnswer, ReadError> {
        let answer = self.views(|views| match as_of {
            // As the caller says it: the size whose last position that is.
            AsOf::Position(position) if position >= views.size().get() => Err(ReadError::Beyond {
                asked: position.saturating_add(1),
                size: views.size(),
            }),
            AsOf::Position(_) | AsOf::Now => Ok(views.totals().query(query, as_of)),
        })?;
        answer.value
    }

    /// Where the first entry of a submission stands, if it is in the ledger: the look-up of
    /// [`Self::submission`] without its receipts.
    ///
    /// # Errors
    /// A failing store.
    pub fn position_of(
        &self,
        org: OrgId,
        message_id: MessageId,
    ) -> Result<Option<Position>, ReadError> {
        let Ok(submitter) = SubmitterId::from_bytes(org.to_bytes()) else {
            return Ok(None);
        };
        let candidates = {
            let world = self.shared.world();
            world.candidates(message_print(submitter, message_id))
        };
        for first in candidates {
            let bytes = self.shared.log.entry(first)?;
            let bytes = bytes.ok_or(ReadError::Missing(first))?;
            let entry = EntryRef::decode(&bytes).map_err(|error| ReadError::Entry {
                position: first,
                source: error.into(),
            })?;
            let header = entry.header();
            if header.message_id == message_id && header.submitter == submitter {
                return Ok(Some(first));
            }
        }
        Ok(None)
    }

    /// What became of a submission: its receipts, or none if it is not in the ledger as of the
    /// size given. One that waits in the queue may still come.
    ///
    /// # Errors
    /// A failing store.
    pub fn submission(
        &self,
        org: OrgId,
        message_id: MessageId,
    ) -> Result<AtSize<Option<Submitted>>, ReadError> {
        let (candidates, complete_to) = {
            let world = self.shared.world();
            let submitter = SubmitterId::from_bytes(org.to_bytes()).ok();
            let print = submitter.map(|submitter| message_print(submitter, message_id));
            (
                print.map(|print| world.candidates(print)),
                world.head().size,
            )
        };
        for first in candidates.into_iter().flatten() {
            let bytes = self
                .shared
                .log
                .entry(first)?
                .ok_or(ReadError::Missing(first))?;
            let entry = EntryRef::decode(&bytes).map_err(|error| ReadError::Entry {
                position: first,
                source: error.into(),
            })?;
            let header = entry.header();
            if header.message_id == message_id && header.submitter.to_bytes() == org.to_bytes() {
                let receipts = self.prover.receipts(first, header.parts)?;
                return Ok(AtSize {
                    value: Some(Submitted { receipts }),
                    complete_to,
                });
            }
        }
        Ok(AtSize {
            value: None,
            complete_to,
        })
    }
}

/// The size to answer for: that asked for, if the ledger has it.
fn within(as_of: Option<Size>, size: Size) -> Result<Size, ReadError> {
    let complete_to = as_of.unwrap_or(size);
    if complete_to > size {
        return Err(ReadError::Beyond {
            asked: complete_to.get(),
            size,
        });
    }
    Ok(complete_to)
}
