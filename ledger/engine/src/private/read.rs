//! Reading the private parts of a case: from the frames of its entries, with its key.

use std::{fmt, ops::ControlFlow};

use caseledger_chain::{Digest, EntryRef, Position};
use caseledger_domain::{
    CaseFact, CaseId, CaseState, Charges, Date, Fact, FactKind, PrivateState, Restriction, State,
    StreamId, vocabulary::ShredBasis,
};
use caseledger_proto::event_codec::{decode_body, decode_event};
use caseledger_store::{LogReader, ReplayFrame};
use caseledger_vault::{Generation, OpenError, OpenedPart, Place, VaultError, open_part};
use hashbrown::HashMap;

use super::{KeysError, vault_case};
use crate::{
    error::ReadError,
    packed::Packed,
    reader::Recorded,
    shared::Shared,
    sidecar,
    stored::{StoredError, stream_id},
};

/// Private parts have this bit in the version of their entry's body, less one (`docs/FORMAT.md`).
const PRIVATE_BIT: u16 = 2;

/// The private part that came with one event of a case. Its plaintext is wiped when this is dropped.
pub struct PrivatePart {
    /// Revision of the event in the case.
    pub revision: u64,
    /// Where its entry stands.
    pub position: Position,
    /// The charges that the event is about; none for the case as a whole.
    pub charges: Charges,
    opened: OpenedPart,
}

impl PrivatePart {
    /// One `caseledger.v1.PrivatePart`, encoded. A copy of it has to be wiped.
    pub fn plaintext(&self) -> &[u8] {
        self.opened.plaintext()
    }
}

impl fmt::Debug for PrivatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivatePart")
            .field("revision", &self.revision)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// Hears of a private part: the case it is of, and what opens it. Nothing comes of one that does not open.
type EachPart<'a> = dyn FnMut(CaseId, &dyn Fn() -> Option<OpenedPart>) + 'a;

/// Which private parts of a case are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartsWanted {
    /// Where they begin.
    pub from: Position,
    /// At most so many, with those that do not open.
    pub parts_max: usize,
    /// Bytes of plaintext of all of them, at most; one part is given whatever its length.
    pub bytes_max: usize,
    /// What is not to be opened.
    pub withheld: Restriction,
}

/// Some of the private parts of a case, each in the order of their events.
#[derive(Debug, Default)]
pub struct PrivateParts {
    /// Those that open.
    pub parts: Vec<PrivatePart>,
    /// Those that do not.
    pub unreadable: Vec<UnreadablePart>,
    /// Whether any was left out because it is not to be opened.
    pub withheld: bool,
    /// Where the next one stands that was not looked at for want of room; none if these are the last.
    pub next: Option<Position>,
}

/// A private part that does not open. Others of the case may.
#[derive(Debug)]
pub struct UnreadablePart {
    /// Revision of the event in the case.
    pub revision: u64,
    /// Where its entry stands.
    pub position: Position,
    /// Why.
    pub why: Unreadable,
}

/// Private parts of a case were not read.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// There is no such case.
    #[error("case {0} does not exist")]
    NoSuchCase(CaseId),
    /// They are destroyed, or about to be.
    #[error(
        "private parts of the case are {} under {basis}, as revision {ordered} ordered on {ordered_on}: nothing opens them",
        if .confirmed_on.is_some() { "destroyed" } else { "about to be destroyed" }
    )]
    Shredded {
        /// Revision of the order.
        ordered: u64,
        /// Business date of the order.
        ordered_on: Date,
        /// Under what authority.
        basis: ShredBasis,
        /// Business date of the destruction; none as long as it is not confirmed.
        confirmed_on: Option<Date>,
    },
    /// None opens: the vault is not at hand, or was put away after a failure.
    #[error(transparent)]
    Keys(KeysError),
    /// The log.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why a private part does not open.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The case has no key.
    #[error(
        "its case has no data key: the vault is an older copy than the part, restore the newest; check the ledger with fsck"
    )]
    NoKey,
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeysError),
    /// Its frame does not have it.
    #[error(
        "it is not in the frame of its entry: restore the journal from a backup; check the ledger with fsck"
    )]
    Missing,
    /// It was changed, or belongs elsewhere.
    #[error(transparent)]
    Refused(#[from] OpenError),
    /// It opens, and is not what was recorded.
    #[error("it has commitment {found}, its entry {expected}; check the ledger with fsck")]
    Commitment {
        /// In the entry.
        expected: Digest,
        /// Of what was opened.
        found: Digest,
    },
}

/// The commitment to a private part in an entry, if there is one. Entries without one are not read further than to their
/// header.
pub(crate) fn commitment(position: Position, entry: &[u8]) -> Result<Option<Digest>, ReadError> {
    let wrong = |source: StoredError| ReadError::Entry { position, source };
    let entry = EntryRef::decode(entry).map_err(|error| wrong(error.into()))?;
    let (kind, version) = (entry.header().body_type, entry.header().body_version);
    if version.wrapping_sub(1) & PRIVATE_BIT == 0 {
        return Ok(None);
    }
    let body = decode_body(kind, version, entry.body()).map_err(|error| wrong(error.into()))?;
    Ok(body.private)
}

/// The case of which an entry confirms that it is destroyed, and the generation that it names. Other entries are not read
/// further than to their header; what cannot be read confirms nothing, and is a finding of the replay.
pub(crate) fn confirmed(entry: &EntryRef<'_>) -> Option<(CaseId, Generation)> {
    let header = entry.header();
    if header.body_type != FactKind::ShredConfirmed.number() {
        return None;
    }
    let event = decode_event(header.body_type, header.body_version, entry.body()).ok()?;
    match (stream_id(header.stream).ok()?, event.fact) {
        (StreamId::Case(case), Fact::Case(CaseFact::ShredConfirmed { generation, .. })) => {
            Some((case, Generation::new(generation)?))
        }
        _ => None,
    }
}

/// The sealed part of the entry at `position`, from its frame.
pub(crate) fn record_of(
    log: &dyn LogReader,
    position: Position,
) -> Result<Option<Vec<u8>>, ReadError> {
    let mut found = None;
    log.replay(position, &mut |frame| {
        let mut records = records_in(&frame);
        found = records
            .find(|(of, _)| *of == position)
            .map(|(_, record)| record.to_vec());
        ControlFlow::Break(())
    })?;
    Ok(found)
}

/// The sealed parts in a frame, each with the position of its entry.
fn records_in<'a>(frame: &ReplayFrame<'a>) -> impl Iterator<Item = (Position, &'a [u8])> + use<'a> {
    let sidecars = frame.sidecars();
    let records = sidecars.filter(|(kind, _)| *kind == sidecar::PRIVATE);
    records.filter_map(|(_, bytes)| sidecar::decode_private(bytes))
}

impl Shared {
    /// How many private parts the entries of a case have commitments to, and where.
    pub(crate) fn private_positions(
        &self,
        case: CaseId,
    ) -> Result<Vec<(Position, Digest)>, ReadError> {
        let mut found = Vec::new();
        for position in self.positions(case) {
            if let Some(digest) = self.commitment_at(position)? {
                found.push((position, digest));
            }
        }
        Ok(found)
    }

    /// Where the entries of a case stand.
    fn positions(&self, case: CaseId) -> Vec<Position> {
        let world = self.world();
        let stream = world.stream(&StreamId::Case(case)).into_iter();
        let positions = stream.flat_map(Packed::positions);
        positions.map(Position::new).collect()
    }

    fn commitment_at(&self, position: Position) -> Result<Option<Digest>, ReadError> {
        let entry = self.log.entry(position)?;
        commitment(position, &entry.ok_or(ReadError::Missing(position))?)
    }

    /// Some private parts of a case, in the order of their events.
    pub(crate) fn private_parts(
        &self,
        case: CaseId,
        wanted: &PartsWanted,
    ) -> Result<PrivateParts, PrivateError> {
        let state = self.case_state(case)?;
        if state.private.is_given_up() {
            return Err(self.shredded(case, &state)?);
        }
        let (mut found, mut bytes) = (PrivateParts::default(), 0);
        for position in self.positions(case) {
            if position < wanted.from {
                continue;
            }
            let Some(expected) = self.commitment_at(position)? else {
                continue;
            };
            let recorded = self.recorded(position)?;
            let (revision, charges) = (recorded.revision, recorded.event.charges);
            if wanted.withheld.covers(&charges) {
                found.withheld = true;
                continue;
            }
            if found.parts.len() + found.unreadable.len() >= wanted.parts_max {
                found.next = Some(position);
                break;
            }
            match self.open_part(case, position, expected) {
                Ok(opened) => {
                    bytes += opened.plaintext().len();
                    if bytes > wanted.bytes_max && !found.parts.is_empty() {
                        found.next = Some(position);
                        break;
                    }
                    found.parts.push(PrivatePart {
                        revision,
                        position,
                        charges,
                        opened,
                    });
                }
                Err(Either::Read(error)) => return Err(error.into()),
                Err(Either::Unreadable(why)) => {
                    // They may have been destroyed meanwhile.
                    let state = self.case_state(case)?;
                    if state.private.is_given_up() {
                        return Err(self.shredded(case, &state)?);
                    }
                    match why {
                        // True of all of them.
                        Unreadable::Key(
                            error @ (KeysError::NotAtHand | KeysError::Vault(VaultError::Stopped)),
                        ) => return Err(PrivateError::Keys(error)),
                        why => found.unreadable.push(UnreadablePart {
                            revision,
                            position,
                            why,
                        }),
                    }
                }
            }
        }
        Ok(found)
    }

    /// Shows the private parts of all cases, in the order of the log. One pass over the journal: a part is read with the whole
    /// frame that it stands in.
    pub(crate) fn each_part(&self, each: &mut EachPart<'_>) -> Result<(), ReadError> {
        let mut failed = None;
        self.log.replay(Position::ZERO, &mut |frame| {
            failed = self.parts_in(&frame, each).err();
            match failed {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            }
        })?;
        failed.map_or(Ok(()), Err)
    }

    fn parts_in(&self, frame: &ReplayFrame<'_>, each: &mut EachPart<'_>) -> Result<(), ReadError> {
        let mut records: HashMap<_, _> = records_in(frame).collect();
        if records.is_empty() {
            return Ok(());
        }
        for (entry, position) in frame.entries().zip(frame.first().get()..) {
            let position = Position::new(position);
            let Some(record) = records.remove(&position) else {
                continue;
            };
            let wrong = |source: StoredError| ReadError::Entry { position, source };
            let header = EntryRef::decode(entry).map_err(|error| wrong(error.into()))?;
            let stream = stream_id(header.header().stream).map_err(wrong)?;
            let (StreamId::Case(case), Some(expected)) = (stream, commitment(position, entry)?)
            else {
                continue;
            };
            each(case, &|| self.unseal(case, position, expected, record).ok());
        }
        Ok(())
    }

    fn open_part(
        &self,
        case: CaseId,
        position: Position,
        expected: Digest,
    ) -> Result<OpenedPart, Either> {
        let record = record_of(&*self.log, position)?.ok_or(Unreadable::Missing)?;
        Ok(self.unseal(case, position, expected, &record)?)
    }

    fn unseal(
        &self,
        case: CaseId,
        position: Position,
        expected: Digest,
        record: &[u8],
    ) -> Result<OpenedPart, Unreadable> {
        let key = {
            let keys = self.keys();
            match keys.wrapped(case) {
                Some(wrapped) => keys.unwrap(case, &wrapped)?,
                None if keys.generation().is_none() => return Err(KeysError::NotAtHand.into()),
                None => return Err(Unreadable::NoKey),
            }
        };
        let place = Place {
            ledger: self.identity.ledger(),
            case: vault_case(case),
            position,
        };
        let opened = open_part(&key, &place, record)?;
        let found = opened.commitment();
        if found == expected {
            Ok(opened)
        } else {
            Err(Unreadable::Commitment { expected, found })
        }
    }

    fn case_state(&self, case: CaseId) -> Result<CaseState, PrivateError> {
        let world = self.world();
        let state = world.stream(&StreamId::Case(case)).map(Packed::state);
        match state.transpose().map_err(ReadError::State)? {
            Some(State::Case(state)) => Ok(state),
            Some(_) | None => Err(PrivateError::NoSuchCase(case)),
        }
    }

    /// Since when and by what they are given up.
    fn shredded(&self, case: CaseId, state: &CaseState) -> Result<PrivateError, ReadError> {
        let confirmed_on = match state.private {
            PrivateState::Shredded { on, .. } => Some(on),
            PrivateState::ShredOrdered { .. } | PrivateState::Open => None,
        };
        let ordered = state.private.ordered().unwrap_or_default();
        let position = {
            let world = self.world();
            let stream = world.stream(&StreamId::Case(case));
            stream.and_then(|packed| packed.positions().nth(ordered as usize))
        };
        let position = Position::new(position.unwrap_or_default());
        let event = self.recorded(position)?.event;
        let Fact::Case(CaseFact::ShredOrdered { basis, .. }) = event.fact else {
            return Err(ReadError::Missing(position));
        };
        Ok(PrivateError::Shredded {
            ordered,
            ordered_on: event.occurred_on,
            basis,
            confirmed_on,
        })
    }

    fn recorded(&self, position: Position) -> Result<Recorded, ReadError> {
        let entry = self.log.entry(position)?;
        Recorded::new(position, entry.ok_or(ReadError::Missing(position))?)
    }
}

/// What keeps one part from being opened: the part, or the log as a whole.
enum Either {
    Unreadable(Unreadable),
    Read(ReadError),
}

impl From<Unreadable> for Either {
    fn from(error: Unreadable) -> Self {
        Self::Unreadable(error)
    }
}

impl From<ReadError> for Either {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}
