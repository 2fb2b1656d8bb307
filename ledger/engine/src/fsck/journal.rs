//! Deriving everything from the journal, front to back.

use std::collections::{BTreeMap, HashMap, HashSet};

use caseledger_chain::{
    ChainCheck, Checkpoint, Digest, EntryRef, Frontier, Header, LedgerId, MessageId, Position,
    Size, StreamKey, SubmitterId, VerifierKey, chain_hash, leaf_hash,
};
use caseledger_domain::{
    CaseId, CaseState, CaseToken, CohortState, Event, FactKind, FilingState, InitiativeState,
    OrderState, OrgId, State, StreamId, StreamKind, evolve,
    view::{Totals, Worklists},
};
use caseledger_proto::event_codec::decode_event;
use caseledger_store::{Damage, Head, JournalScan, Paths, ReplayFrame};

use super::{
    CheckError, Fault, NotChecked, Place, Report, SequenceGap, Stage,
    streams::{Around, judge},
};
use crate::{sidecar, stored::StoredError};

/// A stream as its entries come to.
pub(super) struct Stream {
    pub(super) state: State,
    pub(super) positions: Vec<u64>,
    /// Its events, kept only for cases that have a correction.
    history: Vec<(OrgId, Event)>,
}

/// Everything that follows from the journal.
pub(super) struct Derived {
    pub(super) ledger: LedgerId,
    pub(super) head: Head,
    /// Whether the journal's own structure is damaged.
    pub(super) damaged: bool,
    /// Damage behind the last frame: perhaps a frame that was never acknowledged.
    tail: Vec<Damage>,
    pub(super) streams: HashMap<StreamId, Stream>,
    pub(super) messages: HashMap<(SubmitterId, MessageId), Position>,
    pub(super) tokens: BTreeMap<CaseToken, CaseId>,
    pub(super) totals: Totals,
    pub(super) worklists: Worklists,
    /// Root of the tree behind each frame.
    pub(super) roots: BTreeMap<u64, Digest>,
}

/// The pass over the journal.
struct Pass<'a> {
    derived: Derived,
    key: &'a VerifierKey,
    report: &'a mut Report,
    chain: ChainCheck,
    frontier: Frontier,
    /// Cases whose whole history is needed.
    corrected: HashSet<StreamKey>,
    cases_with_token: HashSet<CaseId>,
    sequences: BTreeMap<SubmitterId, Vec<u64>>,
    /// Whether an entry could not be understood, so that states behind it mean nothing.
    lost: bool,
}

/// Derives everything from the journal and reports what is wrong with it.
pub(super) fn derive(
    paths: &Paths,
    ledger: LedgerId,
    key: &VerifierKey,
    report: &mut Report,
    progress: &dyn Fn(Stage),
) -> Result<Derived, CheckError> {
    let corrected = corrected(paths, ledger)?;
    let derived = Derived {
        ledger,
        head: Head::EMPTY,
        damaged: false,
        tail: Vec::new(),
        streams: HashMap::new(),
        messages: HashMap::new(),
        tokens: BTreeMap::new(),
        totals: Totals::default(),
        worklists: Worklists::default(),
        roots: BTreeMap::new(),
    };
    let mut pass = Pass {
        derived,
        key,
        report,
        chain: ChainCheck::new(ledger),
        frontier: Frontier::new(),
        corrected,
        cases_with_token: HashSet::new(),
        sequences: BTreeMap::new(),
        lost: false,
    };
    let mut scan = JournalScan::open(paths.journal(), ledger)?;
    while let Some(step) = scan.next_frame() {
        match step {
            Ok(scanned) => {
                pass.settle_damage();
                let place = Place {
                    segment: scanned.segment,
                    offset: scanned.offset,
                };
                pass.frame(scanned.frame, place);
                progress(Stage::Journal(pass.chain.size()));
            }
            Err(damage) => pass.derived.tail.push(damage),
        }
    }
    Ok(pass.finish())
}

/// The cases that have a correction, found in the headers alone.
fn corrected(paths: &Paths, ledger: LedgerId) -> Result<HashSet<StreamKey>, CheckError> {
    let kinds = [
        FactKind::FactCorrected.number(),
        FactKind::EventRetracted.number(),
    ];
    let mut found = HashSet::new();
    let mut scan = JournalScan::open(paths.journal(), ledger)?;
    while let Some(step) = scan.next_frame() {
        let Ok(scanned) = step else { continue };
        let entries = scanned
            .frame
            .entries()
            .filter_map(|bytes| EntryRef::decode(bytes).ok());
        let headers = entries.map(EntryRef::into_header);
        let corrections = headers.filter(|header| kinds.contains(&header.body_type));
        found.extend(corrections.map(|header| header.stream));
    }
    Ok(found)
}

impl Derived {
    /// With nothing to compare the end of the journal with, its incomplete end stays undecided.
    pub(super) fn settle_tail(self, report: &mut Report) {
        if !self.tail.is_empty() {
            report.not_checked.push(NotChecked::Tail);
        }
    }

    /// The end was acknowledged after all, or nobody can tell otherwise: it is damage.
    pub(super) fn blame_tail(&mut self, report: &mut Report) {
        for damage in self.tail.drain(..) {
            self.damaged = true;
            let place = Place {
                segment: damage.segment,
                offset: damage.offset,
            };
            report.wrong(Some(damage.position), Some(place), Fault::Journal(damage));
        }
    }

    pub(super) fn has_tail(&self) -> bool {
        !self.tail.is_empty()
    }
}

impl Pass<'_> {
    /// Damage with a whole frame behind it is no torn end.
    fn settle_damage(&mut self) {
        self.derived.blame_tail(self.report);
    }

    fn frame(&mut self, frame: ReplayFrame<'_>, place: Place) {
        let first = frame.first();
        if self.chain.size().next_position() != first {
            // Frames are missing; the links inside this one can still be checked.
            self.lose(first);
            let size = Size::new(first.get());
            self.chain = ChainCheck::resume(self.derived.ledger, size, frame.prev());
        }
        self.checkpoint_beside(&frame, place);
        self.tokens(&frame, place);
        let mut last = None;
        for (bytes, position) in frame.entries().zip(first.get()..) {
            let header = self.entry(bytes, Position::new(position), place);
            last = header.map(|header| (header.part, header.parts));
        }
        if let Some((part, parts)) = last.filter(|(part, parts)| part.saturating_add(1) != *parts) {
            let position = frame.end().size.last();
            self.report.wrong(
                position,
                Some(place),
                Fault::SplitSubmission { part, parts },
            );
        }
        self.derived.head = frame.end();
        self.derived
            .roots
            .insert(self.frontier.size().get(), self.frontier.root());
    }

    /// States and streams cannot be followed any further.
    fn lose(&mut self, from: Position) {
        if !self.lost {
            self.lost = true;
            self.report.not_checked.push(NotChecked::Behind { from });
        }
    }

    /// A frame carries the signed checkpoint of the frame before it.
    fn checkpoint_beside(&mut self, frame: &ReplayFrame<'_>, place: Place) {
        let expected = Size::new(frame.first().get());
        if expected.is_zero() {
            return;
        }
        let notes = frame
            .sidecars()
            .filter(|(kind, _)| *kind == sidecar::CHECKPOINT);
        let mut found = false;
        for (_, note) in notes {
            found = true;
            let root = self.frontier.root();
            if let Err(fault) = check_checkpoint(note, self.key, expected, root) {
                self.report.wrong(None, Some(place), fault);
            }
        }
        if !found {
            let fault = Fault::CheckpointMissing {
                size: expected,
                place: "the journal",
            };
            self.report.missing(None, Some(place), fault);
        }
    }

    fn tokens(&mut self, frame: &ReplayFrame<'_>, place: Place) {
        for (kind, bytes) in frame.sidecars() {
            let malformed = Fault::Sidecar {
                kind,
                found: bytes.len(),
            };
            let fault = match kind {
                sidecar::CHECKPOINT => continue,
                sidecar::TOKEN => match sidecar::decode_token(bytes) {
                    Some((token, case)) => self.token(token, case),
                    None => Some(malformed),
                },
                _ => Some(malformed),
            };
            if let Some(fault) = fault {
                self.report.wrong(Some(frame.first()), Some(place), fault);
            }
        }
    }

    fn token(&mut self, token: CaseToken, case: CaseId) -> Option<Fault> {
        match self.derived.tokens.insert(token, case) {
            Some(expected) => Some(Fault::TokenTwice {
                expected,
                found: case,
            }),
            None if !self.cases_with_token.insert(case) => Some(Fault::SecondToken(case)),
            None => None,
        }
    }

    fn entry(&mut self, bytes: &[u8], position: Position, place: Place) -> Option<Header> {
        self.frontier.push(leaf_hash(bytes));
        let header = match self.chain.push(bytes) {
            Ok(header) => header,
            Err(error) => {
                self.report
                    .wrong(Some(position), Some(place), Fault::Link(error.fault));
                let size = Size::new(position.get().saturating_add(1));
                self.chain = ChainCheck::resume(self.derived.ledger, size, chain_hash(bytes));
                self.lose(position);
                EntryRef::decode(bytes).ok()?.into_header()
            }
        };
        self.message(&header, position, place);
        match read(&header, bytes) {
            Ok((stream, org, event)) => self.event(stream, org, &event, position, place),
            Err(error) => {
                self.report
                    .wrong(Some(position), Some(place), Fault::Content(error));
                self.lose(position);
            }
        }
        Some(header)
    }

    fn message(&mut self, header: &Header, position: Position, place: Place) {
        if header.part != 0 {
            return;
        }
        let (submitter, message) = (header.submitter, header.message_id);
        if let Some(first) = self.derived.messages.insert((submitter, message), position) {
            let fault = Fault::MessageTwice {
                submitter,
                message,
                first,
            };
            self.report.wrong(Some(position), Some(place), fault);
        }
        if header.submitter_seq > 0 {
            self.sequences
                .entry(submitter)
                .or_default()
                .push(header.submitter_seq);
        }
    }

    fn event(
        &mut self,
        stream: StreamId,
        org: OrgId,
        event: &Event,
        position: Position,
        place: Place,
    ) {
        if self.lost {
            return;
        }
        let key = crate::stored::stream_key(&stream);
        let known = self
            .derived
            .streams
            .entry(stream)
            .or_insert_with(|| Stream {
                state: fresh(stream.kind()),
                positions: Vec::new(),
                history: Vec::new(),
            });
        if self.corrected.contains(&key) {
            known.history.push((org, event.clone()));
        }
        let before = known.state.clone();
        let after = evolve(before.clone(), event);
        let around = Around {
            stream,
            before: &before,
            after: &after,
            history: &known.history,
            worklists: &self.derived.worklists,
        };
        for fault in judge(event, &around) {
            self.report.wrong(Some(position), Some(place), fault);
        }
        if let (StreamId::Case(case), State::Case(state)) = (stream, &after) {
            self.derived.totals.apply(position.get(), case, state);
        } else {
            self.derived.totals.advance(position.get());
        }
        self.derived
            .worklists
            .apply(position.get(), stream, event, &after);
        known.positions.push(position.get());
        known.state = after;
    }

    fn finish(mut self) -> Derived {
        if let Err(error) = self.chain.finish() {
            self.report
                .missing(Some(error.position), None, Fault::Link(error.fault));
        }
        if !self.lost && !self.derived.damaged {
            self.cases();
        }
        for (submitter, numbers) in std::mem::take(&mut self.sequences) {
            self.report.sequence_gaps.extend(gaps(submitter, numbers));
        }
        self.report.head = self.derived.head;
        self.report.root = self.frontier.root();
        self.derived
    }

    /// Every case has a look-up token, and every token a case.
    fn cases(&mut self) {
        let cases = self
            .derived
            .streams
            .keys()
            .filter_map(|stream| match stream {
                StreamId::Case(case) => Some(*case),
                StreamId::Initiative(_)
                | StreamId::Cohort(_)
                | StreamId::Filing(_)
                | StreamId::Order(_) => None,
            });
        let mut without: Vec<CaseId> = cases
            .filter(|case| !self.cases_with_token.contains(case))
            .collect();
        without.sort_unstable();
        for case in without {
            self.report
                .missing(None, None, Fault::CaseWithoutToken(case));
        }
        for case in self.derived.tokens.values() {
            if !self.derived.streams.contains_key(&StreamId::Case(*case)) {
                self.report
                    .wrong(None, None, Fault::TokenWithoutCase(*case));
            }
        }
    }
}

/// Whether a note is the checkpoint of these entries.
pub(super) fn check_checkpoint(
    note: &[u8],
    key: &VerifierKey,
    size: Size,
    root: Digest,
) -> Result<(), Fault> {
    let checkpoint =
        Checkpoint::open(note, key).map_err(|error| Fault::Checkpoint { size, error })?;
    if checkpoint.size != size {
        return Err(Fault::CheckpointSize {
            expected: size,
            found: checkpoint.size,
        });
    }
    if checkpoint.root != root {
        let found = checkpoint.root;
        return Err(Fault::CheckpointRoot {
            size,
            expected: root,
            found,
        });
    }
    Ok(())
}

fn read(header: &Header, bytes: &[u8]) -> Result<(StreamId, OrgId, Event), StoredError> {
    let body = bytes
        .get(caseledger_chain::HEADER_LEN..)
        .unwrap_or_default();
    let event = decode_event(header.body_type, header.body_version, body)?;
    let stream = crate::stored::stream_id(header.stream)?;
    Ok((stream, crate::stored::org_id(header.submitter)?, event))
}

fn fresh(kind: StreamKind) -> State {
    match kind {
        StreamKind::Case => State::Case(CaseState::default()),
        StreamKind::Initiative => State::Initiative(InitiativeState::default()),
        StreamKind::Cohort => State::Cohort(CohortState::default()),
        StreamKind::Filing => State::Filing(FilingState::default()),
        StreamKind::Order => State::Order(OrderState::default()),
    }
}

/// The runs of numbers from 1 to the highest that are not there.
fn gaps(submitter: SubmitterId, mut numbers: Vec<u64>) -> Vec<SequenceGap> {
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
            let gaps = gaps(submitter, numbers.to_vec());
            gaps.iter()
                .map(|gap| (gap.from, gap.to))
                .collect::<Vec<_>>()
        };
        assert_eq!(found(&[1, 2, 3]), []);
        assert_eq!(found(&[5, 2, 2, 9]), [(1, 1), (3, 4), (6, 8)]);
        assert_eq!(found(&[u64::MAX]), [(1, u64::MAX - 1)]);
    }
}
