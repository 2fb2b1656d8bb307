//! Feeding the journal to the replay, front to back, and checking what only the journal has:
//! frames, checkpoints beside them, look-up records.

use std::{
    collections::{BTreeMap, HashSet},
    mem,
};

use caseledger_audit::{Batch, Followed, Plan, Recount, Replay};
use caseledger_chain::{Digest, EntryRef, LedgerId, Position, Size, VerifierKey};
use caseledger_domain::{CaseId, CaseToken, State, StreamId};
use caseledger_store::{Damage, Head, JournalScan, Meta, Paths, ReplayFrame};

use super::{
    CheckError, Fault, NotChecked, Place, Report, Stage, forgetting::Forgetting, private::Private,
};
use crate::{
    clock::court_day,
    identity::{self, KeyFileError},
    index_file::{self, Token},
    index_key::{Age, FIRST, IndexKey, Used},
    keys::Succession,
    paths::LedgerPaths,
    sidecar::{self, TokenRecord},
    signers,
};

/// Entries that are handed to the replay at once, at least.
const BATCH: usize = 256;

/// Everything that follows from the journal.
pub(super) struct Derived {
    pub(super) head: Head,
    /// Whether the journal's own structure is damaged.
    pub(super) damaged: bool,
    /// Damage behind the last frame: perhaps a frame that was never acknowledged.
    tail: Vec<Damage>,
    pub(super) tokens: BTreeMap<CaseToken, CaseId>,
    /// Which index key made them.
    pub(super) age: Age,
    /// Whether it was read, and not only told of by the journal.
    pub(super) index_at_hand: bool,
    /// The keys that the log names.
    pub(super) succession: Succession,
    /// What the entries come to.
    pub(super) replayed: caseledger_audit::Derived,
}

/// The pass over the journal.
struct Pass<'a> {
    succession: Succession,
    report: &'a mut Report,
    replay: Replay,
    /// Entries that are not handed over yet.
    batch: Batch,
    head: Head,
    damaged: bool,
    tail: Vec<Damage>,
    tokens: Tokens,
    index: Index,
    /// The newest generation of index keys that a frame was recorded with, where that is not at hand.
    used: u32,
    /// Whether a frame was recorded with another index key than the one at hand.
    other: bool,
    forgetting: Forgetting,
    /// The tokens that the index key was made with.
    carried: Vec<Token>,
    private: Private,
    /// Where the frames stand, by first position.
    places: BTreeMap<u64, Place>,
    /// The signed roots beside the frames, with the size that they are for.
    signed: Vec<(Size, Digest, Place)>,
}

/// Look-up tokens that count.
#[derive(Default)]
struct Tokens {
    cases: BTreeMap<CaseToken, CaseId>,
    /// Cases that have one.
    found: HashSet<CaseId>,
}

impl Tokens {
    fn add(&mut self, token: CaseToken, case: CaseId) -> Option<Fault> {
        match self.cases.insert(token, case) {
            Some(expected) => Some(Fault::TokenTwice {
                expected,
                found: case,
            }),
            None if !self.found.insert(case) => Some(Fault::SecondToken(case)),
            None => None,
        }
    }
}

/// What is known of the index key, which decides which look-up records count.
enum Index {
    /// It is at hand.
    Known(Box<IndexKey>),
    /// It is not: the newest generation in the journal is taken, and what came before is not known.
    Newest(u32, KeyFileError),
}

impl Index {
    /// The key of the ledger with this commitment, and the tokens that it was made with.
    fn read(paths: &LedgerPaths, commitment: Digest) -> (Self, Vec<Token>) {
        let generation = match index_file::newest(paths.keys()) {
            Ok(newest) => newest.unwrap_or(FIRST),
            Err(error) => return (Self::Newest(FIRST, error), Vec::new()),
        };
        match identity::read_index_key(paths, generation, commitment) {
            Ok((key, tokens)) => (Self::Known(Box::new(key)), tokens),
            // The generation of another ledger's key says nothing about this one.
            Err(error @ KeyFileError::OtherIndexKey { .. }) => {
                (Self::Newest(FIRST, error), Vec::new())
            }
            Err(error) => (Self::Newest(generation, error), Vec::new()),
        }
    }

    fn age(&self) -> Age {
        match self {
            Self::Known(key) => key.age,
            Self::Newest(generation, _) => Age {
                generation: *generation,
                since: Size::ZERO,
            },
        }
    }
}

/// Derives everything from the journal and reports what is wrong with it.
pub(super) fn derive(
    paths: &LedgerPaths,
    meta: &Meta,
    first: VerifierKey,
    report: &mut Report,
    progress: &dyn Fn(Stage),
) -> Result<Derived, CheckError> {
    let ledger = meta.ledger();
    let mut scan = JournalScan::open(paths.store().journal(), ledger)?;
    let plan = Plan {
        ledger: Some(ledger),
        // Saved totals answer for every position, and so must these.
        recount: Recount::EveryPosition,
        day: court_day,
    };
    let replay = Replay::start(plan).map_err(CheckError::Threads)?;
    let (index, tokens) = Index::read(paths, meta.index_commitment());
    let mut pass = Pass {
        forgetting: Forgetting::new(index.age()),
        index,
        used: FIRST,
        other: false,
        carried: tokens,
        succession: Succession::new(first),
        report,
        replay,
        batch: Batch::new(),
        head: Head::EMPTY,
        damaged: false,
        tail: Vec::new(),
        tokens: Tokens::default(),
        private: Private::new(paths, ledger),
        places: BTreeMap::new(),
        signed: Vec::new(),
    };
    while let Some(step) = scan.next_frame() {
        match step {
            Ok(scanned) => {
                blame(&mut pass.tail, &mut pass.damaged, pass.report);
                let place = Place {
                    segment: scanned.segment,
                    offset: scanned.offset,
                };
                pass.frame(scanned.frame, place);
                progress(Stage::Journal(pass.replay.done()));
            }
            Err(damage) => pass.tail.push(damage),
        }
    }
    pass.finish(paths.store(), ledger)
}

/// The end was acknowledged after all, or nobody can tell otherwise: it is damage.
fn blame(tail: &mut Vec<Damage>, damaged: &mut bool, report: &mut Report) {
    for damage in tail.drain(..) {
        *damaged = true;
        let place = Place {
            segment: damage.segment,
            offset: damage.offset,
        };
        report.wrong(Some(damage.position), Some(place), Fault::Journal(damage));
    }
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
        blame(&mut self.tail, &mut self.damaged, report);
    }

    pub(super) fn has_tail(&self) -> bool {
        !self.tail.is_empty()
    }
}

impl Pass<'_> {
    fn frame(&mut self, frame: ReplayFrame<'_>, place: Place) {
        let first = frame.first();
        if self.head.size.next_position() != first {
            // Frames are missing; the links inside this one can still be checked.
            self.hand_over();
            self.batch = Batch::resume(first, frame.prev());
        }
        self.places.insert(first.get(), place);
        self.checkpoint_beside(&frame, place);
        self.tokens(&frame, place);
        self.forgetting.frame(&frame);
        self.private.frame(&frame, place, self.report);
        let mut last = None;
        for (bytes, position) in frame.entries().zip(first.get()..) {
            // What it says out of turn is a finding of the replay.
            drop(self.succession.take(Position::new(position), bytes));
            self.batch.push(bytes);
            last = Some(bytes);
        }
        self.batch.mark();
        let last = last.and_then(|bytes| EntryRef::decode(bytes).ok());
        if let Some(header) = last.map(EntryRef::into_header)
            && header.part.saturating_add(1) != header.parts
        {
            let (part, parts) = (header.part, header.parts);
            let fault = Fault::SplitSubmission { part, parts };
            self.report
                .wrong(frame.end().size.last(), Some(place), fault);
        }
        self.head = frame.end();
        if self.batch.len() >= BATCH {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let batch = mem::take(&mut self.batch);
        if !batch.is_empty() {
            self.replay.push(batch);
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
            match open_checkpoint(note, &self.succession, expected) {
                Ok(root) => self.signed.push((expected, root, place)),
                Err(fault) => self.report.wrong(None, Some(place), fault),
            }
        }
        if !found {
            let fault = Fault::CheckpointMissing(expected);
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
                sidecar::CHECKPOINT | sidecar::DATA_KEY | sidecar::PRIVATE => continue,
                sidecar::TOKEN => match sidecar::decode_token(bytes) {
                    Some(record) => self.record(frame.first(), record),
                    None => Some(malformed),
                },
                sidecar::INDEX_KEY => match sidecar::decode_index_key(bytes) {
                    Some(used) => self.recorded_with(used),
                    None => Some(malformed),
                },
                _ => Some(malformed),
            };
            if let Some(fault) = fault {
                self.report.wrong(Some(frame.first()), Some(place), fault);
            }
        }
    }

    /// The index key of a frame. One that is not at hand is told of once; an earlier one than the newest does no harm.
    fn recorded_with(&mut self, used: Used) -> Option<Fault> {
        let (found, expected) = (used.generation, self.index.age().generation);
        if let Index::Known(key) = &self.index
            && found <= expected
            && !key.knows(used)
        {
            let first = !mem::replace(&mut self.other, true);
            return first.then_some(Fault::IndexKeyOther { generation: found });
        }
        if found <= expected.max(self.used) {
            return None;
        }
        self.used = found;
        match &mut self.index {
            Index::Known(_) => Some(Fault::TokenGeneration { expected, found }),
            Index::Newest(newest, _) => {
                *newest = found;
                self.tokens = Tokens::default();
                None
            }
        }
    }

    /// A look-up record: it counts if it is of the index key in force.
    fn record(&mut self, first: Position, record: TokenRecord) -> Option<Fault> {
        let found = record.generation;
        match &mut self.index {
            Index::Known(key) => {
                let Age { generation, since } = key.age;
                let expected = generation;
                if found > expected || (found < expected && !since.contains(first)) {
                    return Some(Fault::TokenGeneration { expected, found });
                }
            }
            Index::Newest(newest, _) if found > *newest => {
                *newest = found;
                self.tokens = Tokens::default();
            }
            Index::Newest(..) => {}
        }
        if found < self.index.age().generation {
            return None;
        }
        self.tokens.add(record.token, record.case)
    }

    fn finish(mut self, paths: &Paths, ledger: LedgerId) -> Result<Derived, CheckError> {
        self.hand_over();
        let mut followed = self.replay.finish();
        look_again(&mut followed, paths, ledger)?;
        let mut replayed = followed.conclude();
        for (size, found, place) in self.signed {
            let expected = replayed.roots.get(&size.get()).copied();
            // Roots behind a gap are those of no ledger, and the gap is reported.
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                let fault = Fault::CheckpointRoot {
                    size,
                    expected,
                    found,
                };
                self.report.wrong(None, Some(place), fault);
            }
        }
        let place = |position: Option<Position>| {
            let position = position?.get();
            let (_, place) = self.places.range(..=position).next_back()?;
            Some(*place)
        };
        let lost = !replayed.not_checked.is_empty();
        for found in replayed.integrity.drain(..) {
            let fault = Fault::Replay(found.fault);
            self.report
                .wrong(found.position, place(found.position), fault);
        }
        for found in replayed.completeness.drain(..) {
            let fault = Fault::Replay(found.fault);
            self.report.missing(found.position, None, fault);
        }
        let not_checked = replayed.not_checked.drain(..).map(NotChecked::Replay);
        self.report.not_checked.extend(not_checked);
        self.report.more += replayed.more;
        self.report
            .sequence_gaps
            .clone_from(&replayed.sequence_gaps);
        self.report.authority_declared = replayed.registry.is_declared();
        self.private.replaced(self.report);
        let age = self.index.age();
        let index_at_hand = matches!(self.index, Index::Known(_));
        if !lost && !self.damaged {
            // An index key that is newer than the journal has tokens of cases that came later. Opening drops those.
            for (token, case) in self.carried {
                if !replayed.streams.contains(&StreamId::Case(case)) {
                    continue;
                }
                if let Some(fault) = self.tokens.add(token, case) {
                    self.report.wrong(None, None, fault);
                }
            }
            if index_at_hand || age.generation == FIRST {
                cases(&replayed, &self.tokens, &self.forgetting, self.report);
            }
            match self.index {
                // Or a backup without its keys: what the first key made stands in the journal, and is checked.
                Index::Known(_) | Index::Newest(FIRST, KeyFileError::Missing { .. }) => {}
                Index::Newest(_, error) => {
                    self.report.not_checked.push(NotChecked::Tokens(error));
                }
            }
            self.private.finish(&replayed, self.report);
        } else if self.private.has_parts() {
            self.report.not_checked.push(NotChecked::PrivateAfterDamage);
        }
        self.report.head = self.head;
        self.report.root = replayed.root();
        Ok(Derived {
            head: self.head,
            damaged: self.damaged,
            tail: self.tail,
            tokens: self.tokens.cases,
            age,
            index_at_hand,
            succession: self.succession,
            replayed,
        })
    }
}

/// Reads the entries of corrected cases once more.
fn look_again(followed: &mut Followed, paths: &Paths, ledger: LedgerId) -> Result<(), CheckError> {
    let wanted: Vec<u64> = followed.again().map(Position::get).collect();
    let mut wanted = wanted.into_iter().peekable();
    if wanted.peek().is_none() {
        return Ok(());
    }
    let mut scan = JournalScan::open(paths.journal(), ledger)?;
    while let Some(step) = scan.next_frame() {
        let Ok(scanned) = step else { continue };
        for (bytes, position) in scanned.frame.entries().zip(scanned.frame.first().get()..) {
            if wanted.next_if_eq(&position).is_some() {
                followed.look_again(Position::new(position), bytes);
            }
        }
    }
    Ok(())
}

/// Every case has a look-up token, unless it may be forgotten, and every token a case.
fn cases(
    replayed: &caseledger_audit::Derived,
    tokens: &Tokens,
    forgetting: &Forgetting,
    report: &mut Report,
) {
    let streams = &replayed.streams;
    let without = streams.iter().filter_map(|stream| match stream.state()? {
        (StreamId::Case(case), State::Case(state)) => {
            let known = tokens.found.contains(&case);
            let forgotten =
                || forgetting.may_have_forgotten(&state.private, &streams.positions(stream));
            (!known && !forgotten()).then_some(case)
        }
        (_, _) => None,
    });
    let mut without: Vec<CaseId> = without.collect();
    without.sort_unstable();
    for case in without {
        report.missing(None, None, Fault::CaseWithoutToken(case));
    }
    for case in tokens.cases.values() {
        if !streams.contains(&StreamId::Case(*case)) {
            report.wrong(None, None, Fault::TokenWithoutCase(*case));
        }
    }
}

/// The root that a signed checkpoint for this size states.
fn open_checkpoint(note: &[u8], succession: &Succession, size: Size) -> Result<Digest, Fault> {
    let checkpoint = signers::open_checkpoint(note, succession)
        .map_err(|error| Fault::Checkpoint { size, error })?;
    if checkpoint.size == size {
        Ok(checkpoint.root)
    } else {
        Err(Fault::CheckpointSize {
            expected: size,
            found: checkpoint.size,
        })
    }
}

/// Whether a note is the checkpoint of these entries.
pub(super) fn check_checkpoint(
    note: &[u8],
    succession: &Succession,
    size: Size,
    root: Digest,
) -> Result<(), Fault> {
    let found = open_checkpoint(note, succession, size)?;
    if found != root {
        return Err(Fault::CheckpointRoot {
            size,
            expected: root,
            found,
        });
    }
    Ok(())
}
