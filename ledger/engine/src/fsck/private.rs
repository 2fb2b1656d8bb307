//! Private parts: each is in the frame of the entry that has a commitment to it, opens there, and is what was committed to;
//! or its case was ordered to be destroyed. Nothing else explains that one is gone.
//!
//! A part that does not open where it stands may have been damaged, or be the part of another entry: the cipher cannot tell.
//! So the first few of them are tried at every place that has a part; one that opens elsewhere was moved.
//!
//! A case has one data key for good, unless that key is lost: an old copy of the vault was taken back, which destroys every
//! key that is younger than the copy and goes on under a generation that this vault never had. Another that went on from the
//! same copy may have one of the same number; its keys do not open here. The next part of the case then makes it a second
//! one. So a second key is explained if its generation is higher than that of the one before, and if no part opens any more
//! that was sealed under the one before; and such a part is lost, not damaged.

use std::collections::BTreeMap;

use caseledger_chain::{Digest, EntryRef, LedgerId, Position};
use caseledger_domain::{CaseId, PrivateState, State, StreamId, StreamKind};
use caseledger_store::ReplayFrame;
use caseledger_vault::{
    DataKey, Disk, FileKeyring, Generation, KeyEncryption as _, Vault, VaultError, WrappedKey,
    open_part,
};
use hashbrown::HashMap;

use super::{Fault, NotChecked, Place, Report};
use crate::{
    paths::LedgerPaths,
    private::{self, commitment, confirmed, vault_case},
    sidecar,
    stored::stream_id,
};

/// Parts that do not open and that are tried at all other places.
const TRIED_MAX: usize = 16;

/// What is known of private parts while the journal is read.
pub(super) struct Private {
    ledger: LedgerId,
    vault: Result<(FileKeyring, Generation), VaultError>,
    /// The keyring, to be listed, and the generation of the table, also where its key-encryption key is missing.
    beside: (FileKeyring, Option<Generation>),
    /// The present keys: of the table, and of the frames that were read.
    keys: HashMap<CaseId, WrappedKey>,
    /// The newest key of each case that stands in a frame.
    recorded: HashMap<CaseId, KeyRecord>,
    /// Second keys that are explained as long as nothing from before them opens.
    again: Vec<(CaseId, KeyRecord, Place)>,
    /// Where the parts stand that open, of each case the first.
    opened: HashMap<CaseId, Position>,
    /// The newest generation that the log tells of.
    known: Option<Generation>,
    /// Every entry that has a commitment to a part.
    parts: Vec<Part>,
    /// Those whose part is not in its frame.
    missing: Vec<(Part, Place)>,
    /// Those whose case has no key, as of their frame.
    locked: Vec<(Part, Place)>,
    /// Those whose part does not open, with the part of the first few.
    refused: Vec<(Part, Place, Option<Vec<u8>>)>,
}

/// A data key as it stands in a frame.
#[derive(Clone, Copy)]
struct KeyRecord {
    generation: Generation,
    /// First position of the frame.
    from: Position,
}

/// An entry that has a commitment to a private part.
#[derive(Clone, Copy)]
struct Part {
    case: CaseId,
    position: Position,
}

impl Private {
    pub(super) fn new(paths: &LedgerPaths, ledger: LedgerId) -> Self {
        let keyring = private::keyring(paths.vault(), ledger, Disk::default());
        let mut keys = HashMap::new();
        let vault = Vault::look(paths.vault(), ledger, &keyring, None).map(|table| {
            let generation = table.generation();
            let all = table.into_keys().into_iter();
            keys.extend(all.map(|(case, wrapped)| (CaseId::from_bytes(case.to_bytes()), wrapped)));
            (keyring, generation)
        });
        // The table says which of them counts, also where that one is missing.
        let table = match &vault {
            Ok((_, generation)) => Some(*generation),
            Err(_) => Vault::table(paths.vault(), ledger)
                .ok()
                .map(|table| table.generation()),
        };
        let beside = private::keyring(paths.vault(), ledger, Disk::default());
        Self {
            ledger,
            vault,
            beside: (beside, table),
            keys,
            recorded: HashMap::new(),
            again: Vec::new(),
            opened: HashMap::new(),
            known: None,
            parts: Vec::new(),
            missing: Vec::new(),
            locked: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Looks at one frame.
    pub(super) fn frame(&mut self, frame: &ReplayFrame<'_>, place: Place, report: &mut Report) {
        let mut records = BTreeMap::new();
        for (kind, bytes) in frame.sidecars() {
            let malformed = Fault::Sidecar {
                kind,
                found: bytes.len(),
            };
            let fault = match kind {
                sidecar::DATA_KEY => match sidecar::decode_data_key(bytes) {
                    Some((case, wrapped)) => self.data_key(case, wrapped, (frame.first(), place)),
                    None => Some(malformed),
                },
                sidecar::PRIVATE => match sidecar::decode_private(bytes) {
                    Some((position, record)) => records
                        .insert(position, record)
                        .map(|_first| Fault::PrivateOrphan(position)),
                    None => Some(malformed),
                },
                _ => None,
            };
            if let Some(fault) = fault {
                report.wrong(Some(frame.first()), Some(place), fault);
            }
        }
        for (bytes, position) in frame.entries().zip(frame.first().get()..) {
            let position = Position::new(position);
            self.entry(bytes, position, place, &mut records, report);
        }
        for position in records.into_keys() {
            let fault = Fault::PrivateOrphan(position);
            report.wrong(Some(frame.first()), Some(place), fault);
        }
    }

    fn data_key(
        &mut self,
        case: CaseId,
        wrapped: WrappedKey,
        (from, place): (Position, Place),
    ) -> Option<Fault> {
        let generation = wrapped.generation();
        self.known = self.known.max(Some(generation));
        if matches!(&self.vault, Ok((_, present)) if *present == generation) {
            self.keys.insert(case, wrapped);
        }
        let record = KeyRecord { generation, from };
        let before = self.recorded.insert(case, record)?;
        if generation <= before.generation {
            return Some(Fault::DataKeyTwice(case));
        }
        self.again.push((case, record, place));
        None
    }

    /// What cannot be read is a finding of the replay.
    fn entry(
        &mut self,
        bytes: &[u8],
        position: Position,
        place: Place,
        records: &mut BTreeMap<Position, &[u8]>,
        report: &mut Report,
    ) {
        let Ok(entry) = EntryRef::decode(bytes) else {
            return;
        };
        let header = entry.header();
        if let Some((_, generation)) = confirmed(&entry) {
            self.known = self.known.max(generation.next());
        }
        let Ok(Some(expected)) = commitment(position, bytes) else {
            return;
        };
        if header.stream.kind != StreamKind::Case.number() {
            return;
        }
        let Ok(StreamId::Case(case)) = stream_id(header.stream) else {
            return;
        };
        let part = Part { case, position };
        self.parts.push(part);
        match records.remove(&position) {
            Some(record) => self.open(part, place, record, expected, report),
            None => self.missing.push((part, place)),
        }
    }

    fn open(
        &mut self,
        part: Part,
        place: Place,
        record: &[u8],
        expected: Digest,
        report: &mut Report,
    ) {
        let Some(key) = self.key(part.case) else {
            return self.locked.push((part, place));
        };
        match open_part(&key, &self.at(part), record) {
            Ok(opened) => {
                let found = opened.commitment();
                self.opened.entry(part.case).or_insert(part.position);
                if found != expected {
                    let fault = Fault::PrivateCommitment { expected, found };
                    report.wrong(Some(part.position), Some(place), fault);
                }
            }
            Err(_refused) => {
                let keep = self.refused.len() < TRIED_MAX;
                let record = keep.then(|| record.to_vec());
                self.refused.push((part, place, record));
            }
        }
    }

    /// The key of a case, if there is one and it opens.
    fn key(&self, case: CaseId) -> Option<DataKey> {
        let (keyring, _) = self.vault.as_ref().ok()?;
        let wrapped = self.keys.get(&case)?;
        keyring.unwrap(vault_case(case), wrapped).ok()
    }

    fn at(&self, part: Part) -> caseledger_vault::Place {
        caseledger_vault::Place {
            ledger: self.ledger,
            case: vault_case(part.case),
            position: part.position,
        }
    }

    /// Where a part that does not open opens, if it does anywhere.
    fn belongs(&self, record: &[u8]) -> Option<(CaseId, Position)> {
        let opens = |part: &&Part| {
            let key = self.key(part.case);
            key.is_some_and(|key| open_part(&key, &self.at(**part), record).is_ok())
        };
        let found = self.parts.iter().find(opens)?;
        Some((found.case, found.position))
    }

    /// Names the key-encryption keys that were replaced and are there. No entry bears on that. They are listed here, long
    /// behind the table: one that is destroyed while entries are read is none of them.
    pub(super) fn replaced(&self, report: &mut Report) {
        let (keyring, Some(present)) = (&self.beside.0, self.beside.1) else {
            return;
        };
        match keyring.generations() {
            Ok(beside) => {
                for found in beside.into_iter().filter(|found| *found < present) {
                    report.wrong(None, None, Fault::KeyringOlder { found, present });
                }
            }
            Err(error) => report.not_checked.push(NotChecked::Keyrings(error)),
        }
    }

    /// Whether any entry has a commitment to a part.
    pub(super) const fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Judges what the states of the cases explain, once they are known.
    pub(super) fn finish(self, replayed: &caseledger_audit::Derived, report: &mut Report) {
        for (part, place) in &self.missing {
            if !replayed.may_lack_private(part.case) {
                let fault = Fault::PrivateMissing(part.case);
                report.missing(Some(part.position), Some(*place), fault);
            }
        }
        let present = self.vault.as_ref().map(|(_, generation)| *generation).ok();
        for (case, KeyRecord { generation, from }, place) in &self.again {
            // The one before was not lost: somebody added this one. In a copy of the vault from before it, it lives.
            let opens = self.opened.get(case).is_some_and(|opened| opened < from);
            if opens && present.is_some_and(|present| present >= *generation) {
                report.wrong(Some(*from), Some(*place), Fault::DataKeyTwice(*case));
            }
        }
        for (part, place, record) in &self.refused {
            if replayed.may_lack_private(part.case) {
                continue;
            }
            let key = self.recorded.get(&part.case);
            if key.is_some_and(|key| part.position < key.from) {
                let fault = Fault::PrivateLocked(part.case);
                report.missing(Some(part.position), Some(*place), fault);
                continue;
            }
            let belongs = record.as_ref().and_then(|record| self.belongs(record));
            let fault = match belongs {
                Some((case, position)) => Fault::PrivateMoved { case, position },
                None => Fault::PrivateRefused(part.case),
            };
            report.wrong(Some(part.position), Some(*place), fault);
        }
        let mut locked = self.locked.iter();
        let Ok((_, generation)) = &self.vault else {
            let unexplained = locked.any(|(part, _)| !replayed.may_lack_private(part.case));
            if let Err(error) = self.vault
                && unexplained
            {
                report.not_checked.push(NotChecked::PrivateParts(error));
            }
            return;
        };
        for (part, place) in locked {
            if !replayed.may_lack_private(part.case) {
                let fault = Fault::PrivateLocked(part.case);
                report.missing(Some(part.position), Some(*place), fault);
            }
        }
        if let Some(known) = self.known.filter(|known| known > generation) {
            let found = *generation;
            report.missing(None, None, Fault::VaultOlder { found, known });
        }
        let shredded = replayed
            .streams
            .iter()
            .filter_map(|stream| match stream.state()? {
                (StreamId::Case(case), State::Case(state)) => {
                    matches!(state.private, PrivateState::Shredded { .. }).then_some(case)
                }
                _ => None,
            });
        let mut alive: Vec<CaseId> = shredded
            .filter(|case| self.keys.contains_key(case))
            .collect();
        alive.sort_unstable();
        for case in alive {
            report.wrong(None, None, Fault::KeyAlive(case));
        }
    }
}
