//! Which segments there are and where the durable journal ends, shared between the writer and readers.

use std::{
    fs::File,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

use caseledger_chain::{Digest, Position, Size, chain_hash};

use super::{
    Damage, Fault, FrameReader, Part,
    frame::{MAGIC, Step},
    segment::{self, HEADER_LEN},
};
use crate::log::{Head, LogError, ReplayFrame};

/// Bytes of segment between two remembered frame starts: bounds what a replay reads in vain.
const SPARSE_BYTES: u64 = 64 << 10;

#[derive(Debug)]
pub(crate) struct Segment {
    /// The head this segment starts behind; its size is the file name.
    pub(super) start: Head,
    /// Where frames end, once sealed.
    pub(super) sealed_end: Option<u64>,
    /// Some frame starts, ascending.
    sparse: Vec<(Head, u64)>,
}

impl Segment {
    pub(super) fn new(start: Head, sealed_end: Option<u64>) -> Self {
        Self {
            start,
            sealed_end,
            sparse: Vec::new(),
        }
    }

    /// Remembers a frame start if it is due.
    pub(super) fn note(&mut self, before: Head, offset: u64) {
        if self.is_due(offset) {
            self.sparse.push((before, offset));
        }
    }

    /// Whether an offset is far enough behind the last frame start that is remembered.
    fn is_due(&self, offset: u64) -> bool {
        let last = self.sparse.last();
        offset >= last.map_or(HEADER_LEN as u64, |(_, offset)| *offset) + SPARSE_BYTES
    }
}

#[derive(Debug)]
struct State {
    segments: Vec<Segment>,
    head: Head,
    /// Where the next frame goes in the newest segment.
    tail: u64,
}

/// The durable extent of the journal.
#[derive(Debug)]
pub(crate) struct JournalIndex {
    dir: PathBuf,
    state: RwLock<State>,
}

/// Where to read from to find a position.
struct Place {
    name: u64,
    start: Head,
    offset: u64,
    end: u64,
}

impl JournalIndex {
    pub(super) fn new(dir: &Path, segments: Vec<Segment>, head: Head, tail: u64) -> Self {
        Self {
            dir: dir.to_owned(),
            state: RwLock::new(State {
                segments,
                head,
                tail,
            }),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn head(&self) -> Head {
        self.read().head
    }

    pub(crate) fn segments(&self) -> usize {
        self.read().segments.len()
    }

    /// Shows one more durable frame to readers.
    pub(super) fn advance(&self, offset: u64, end: Head, tail: u64) {
        let mut state = self.write();
        let before = state.head;
        if let Some(newest) = state.segments.last_mut() {
            newest.note(before, offset);
        }
        (state.head, state.tail) = (end, tail);
    }

    /// The newest segment is sealed, and another one starts at the head. An empty one is replaced.
    pub(super) fn rotate(&self, sealed_end: u64) {
        let mut state = self.write();
        let head = state.head;
        if let Some(newest) = state.segments.last_mut() {
            newest.sealed_end = Some(sealed_end);
        }
        state
            .segments
            .retain(|segment| segment.start.size != head.size);
        state.segments.push(Segment::new(head, None));
        state.tail = HEADER_LEN as u64;
    }

    /// Remembers frame starts of a segment that were walked past. Opening reads only the end of a sealed segment, so that
    /// without this every look into one would begin at its first frame.
    fn remember(&self, segment: u64, starts: &[(Head, u64)]) {
        let find = |segments: &[Segment]| {
            let found = segments.binary_search_by_key(&segment, |s| s.start.size.get());
            found.ok()
        };
        // Most walks are short and find nothing new: they keep no other reader waiting.
        let due = {
            let segments = &self.read().segments;
            let found = find(segments).and_then(|at| segments.get(at));
            found.is_some_and(|found| starts.iter().any(|(_, offset)| found.is_due(*offset)))
        };
        if !due {
            return;
        }
        let segments = &mut self.write().segments;
        if let Some(found) = find(segments).and_then(|at| segments.get_mut(at)) {
            for (before, offset) in starts {
                found.note(*before, *offset);
            }
        }
    }

    fn locate(&self, position: u64) -> Option<Place> {
        let state = self.read();
        if position >= state.head.size.get() {
            return None;
        }
        let behind = state
            .segments
            .partition_point(|s| s.start.size.get() <= position);
        let segment = state.segments.get(behind.checked_sub(1)?)?;
        let near = segment
            .sparse
            .partition_point(|(head, _)| head.size.get() <= position);
        let near = near
            .checked_sub(1)
            .and_then(|index| segment.sparse.get(index));
        let (start, offset) = *near.unwrap_or(&(segment.start, HEADER_LEN as u64));
        let end = segment.sealed_end.unwrap_or(state.tail);
        Some(Place {
            name: segment.start.size.get(),
            start,
            offset,
            end,
        })
    }

    /// The head that the journal had with `size` entries; none where it has fewer. Computed from the entry itself.
    pub(crate) fn head_at(&self, size: Size) -> Result<Option<Head>, LogError> {
        let Some(last) = size.get().checked_sub(1) else {
            return Ok(Some(Head::EMPTY));
        };
        let mut found = None;
        if size > self.head().size {
            return Ok(found);
        }
        self.replay(Position::new(last), &mut |frame| {
            let skip = (last - frame.first().get()) as usize;
            let hash = frame.entries().nth(skip).map(chain_hash);
            found = Some(Head::new(size.get(), hash.unwrap_or(Digest::ZERO)));
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Shows the durable frames from the one that contains `from`.
    pub(crate) fn replay(
        &self,
        from: Position,
        each: &mut dyn FnMut(ReplayFrame<'_>) -> ControlFlow<()>,
    ) -> Result<(), LogError> {
        let (asked, size) = (from.get(), self.head().size.get());
        if asked > size {
            return Err(LogError::Beyond { asked, size });
        }
        let mut position = asked;
        while let Some(place) = self.locate(position) {
            match self.replay_segment(&place, asked, each)? {
                ControlFlow::Continue(reached) => position = reached,
                ControlFlow::Break(()) => break,
            }
        }
        Ok(())
    }

    fn replay_segment(
        &self,
        place: &Place,
        from: u64,
        each: &mut dyn FnMut(ReplayFrame<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<(), u64>, LogError> {
        let (mut expected, mut at) = (place.start, place.offset);
        let damage = |at, expected: Head, fault| Damage {
            segment: Position::new(place.name),
            offset: at,
            position: Position::new(expected.size.get()),
            fault,
        };
        let file = File::open(segment::path(&self.dir, place.name));
        let file = file.map_err(|error| damage(0, expected, error.into()))?;
        let mut reader = FrameReader::new(file, place.end);
        let mut starts: Vec<(Head, u64)> = Vec::new();
        while at < place.end {
            if starts
                .last()
                .is_none_or(|(_, last)| at >= last + SPARSE_BYTES)
            {
                starts.push((expected, at));
            }
            let step = reader
                .step(at, expected)
                .map_err(|fault| damage(at, expected, fault))?;
            let Step::Frame(header, entries_len) = step else {
                let fault = Fault::Magic {
                    part: Part::FrameHeader,
                    expected: MAGIC,
                    found: 0,
                };
                return Err(damage(at, expected, fault).into());
            };
            let frame = reader.frame(at, &header, entries_len);
            let (frame, _) = frame.map_err(|fault| damage(at, expected, fault))?;
            let end = frame.end();
            if end.size.get() > from && each(frame).is_break() {
                self.remember(place.name, &starts);
                return Ok(ControlFlow::Break(()));
            }
            (expected, at) = (end, at + header.len as u64);
        }
        self.remember(place.name, &starts);
        if expected.size.get() <= place.start.size.get() {
            return Err(damage(at, expected, Fault::Missing).into());
        }
        Ok(ControlFlow::Continue(expected.size.get()))
    }
}
