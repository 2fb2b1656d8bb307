//! Finding the present data keys when a ledger is opened, and doing again what an old copy of the vault has undone.
//!
//! ```text
//! saved with the state    keys of one generation, up to where it was saved
//! records behind it       keys of the cases that came since
//! table of the vault      keys that lived at the last re-wrap, and the generation that counts
//! ```
//!
//! The vault may be an old copy, put back: its table then has keys of cases whose destruction the log orders or confirms.
//! They are destroyed again here, before anything is served. Keys that are younger than the copy are lost.

use std::{collections::BTreeSet, ops::ControlFlow, path::Path};

use caseledger_chain::{LedgerId, Size};
use caseledger_domain::{CaseId, State, StreamId};
use caseledger_store::{Access, LogReader};
use caseledger_vault::{
    Disk, Finished, Generation, KeyEncryption as _, Opened, Table, Vault, VaultError, WrappedKey,
};
use hashbrown::HashMap;

use super::{DataKeys, KeysImage, Opener, case_id, keyring, means};
use crate::{packed::Packed, recovery::OpenError, sidecar, world::World};

/// What was found of data keys beside the vault.
#[derive(Debug, Default)]
pub(crate) struct KeysFound {
    /// Whether state was loaded; otherwise every frame was folded.
    loaded: bool,
    saved: KeysImage,
    /// Of the frames that were folded, in their order.
    folded: Vec<(CaseId, WrappedKey)>,
    /// The newest generation that the folded frames tell of.
    told: Option<Generation>,
}

impl KeysFound {
    pub(crate) fn saved(saved: KeysImage) -> Self {
        Self {
            loaded: true,
            saved,
            ..Self::default()
        }
    }

    /// A key that stands in a frame.
    pub(crate) fn add(&mut self, case: CaseId, wrapped: WrappedKey) {
        self.tell(Some(wrapped.generation()));
        self.folded.push((case, wrapped));
    }

    /// An event says that the key-encryption key of this generation was destroyed.
    pub(crate) fn destroyed(&mut self, generation: u32) {
        self.tell(Generation::new(generation).and_then(Generation::next));
    }

    fn tell(&mut self, generation: Option<Generation>) {
        self.told = self.told.max(generation);
    }

    /// The newest generation that the log and what was saved tell of.
    fn known(&self) -> Option<Generation> {
        self.saved.generation().max(self.told)
    }

    /// Whether no case can ever have had a key: none is there, and none was ever destroyed.
    pub(crate) fn never_used(&self) -> bool {
        self.folded.is_empty()
            && self.saved.keys().next().is_none()
            && self.known().is_none_or(|known| known == Generation::FIRST)
    }
}

/// Where the vault of a ledger is.
pub(crate) enum VaultAt<'a> {
    /// In a folder.
    Folder(&'a Path, Disk),
    /// It is open.
    Open(Box<Opened>),
}

/// What opening a ledger did with its vault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VaultOpened {
    /// Its generation; none if the ledger is open read-only without it.
    pub generation: Option<Generation>,
    /// Cases that have a data key.
    pub keys: usize,
    /// What a crash had left to do.
    pub finished: Finished,
    /// What an old copy of the vault made necessary.
    pub replayed: Option<ShredReplayed>,
    /// Cases of which it was ordered, and now is confirmed, that private parts are destroyed.
    pub confirmed: usize,
}

/// The vault was an old copy, and what was destroyed since was destroyed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShredReplayed {
    /// Generation of the copy.
    pub found: Generation,
    /// The newest generation that the ledger knew of.
    pub known: Generation,
    /// Cases whose keys were in the copy, and were destroyed again.
    pub dropped: usize,
    /// Keys that stand in the log and that nothing opens any more: they were made after the copy.
    pub lost: usize,
}

/// Data keys, ready for use.
pub(crate) struct Ready {
    pub(crate) keys: DataKeys,
    pub(crate) report: VaultOpened,
}

/// Opens the vault, finds the present keys, and destroys again what should not be among them.
pub(crate) fn prepare(
    vault: VaultAt<'_>,
    access: Access,
    ledger: LedgerId,
    found: &KeysFound,
    log: &dyn LogReader,
    world: &World,
) -> Result<Ready, OpenError> {
    let known = found.known();
    let (opener, table, finished) = match (vault, access) {
        (VaultAt::Open(opened), _) => given(*opened),
        (VaultAt::Folder(folder, disk), Access::Write) => {
            given(for_writing(folder, &disk, ledger, found)?)
        }
        (VaultAt::Folder(folder, disk), Access::ReadOnly) => for_reading(folder, disk, ledger)?,
    };
    let Some(table) = table else {
        let keys = DataKeys::new(opener, HashMap::new());
        let report = VaultOpened::default();
        return Ok(Ready { keys, report });
    };
    let copy = table.generation();
    let older = known.filter(|known| *known > copy);
    let keys = present(table, found, log)?;
    let mut keys = DataKeys::new(opener, keys);
    let replayed = match older {
        Some(known) => {
            let mut gone = BTreeSet::new();
            for case in keys.cases() {
                if given_up(world, case)? {
                    gone.insert(case);
                }
            }
            let replayed = replay(&mut keys, (copy, known), found, &gone, world.head().size)?;
            let ShredReplayed { dropped, lost, .. } = replayed;
            tracing::warn!(
                found = copy.get(),
                known = known.get(),
                dropped,
                lost,
                "the vault is an old copy: what was destroyed since is destroyed again, and keys made since are lost"
            );
            Some(replayed)
        }
        None => None,
    };
    let report = VaultOpened {
        generation: keys.generation(),
        keys: keys.keys.len(),
        finished,
        replayed,
        confirmed: 0,
    };
    Ok(Ready { keys, report })
}

fn given(opened: Opened) -> (Opener, Option<Table>, Finished) {
    let Opened {
        vault,
        table,
        finished,
    } = opened;
    (Opener::Vault(vault), Some(table), finished)
}

fn for_writing(
    folder: &Path,
    disk: &Disk,
    ledger: LedgerId,
    found: &KeysFound,
) -> Result<Opened, VaultError> {
    let open = |known| Vault::open(folder, ledger, means(folder, ledger, disk.clone()), known);
    match open(found.known()) {
        Err(VaultError::Older {
            path,
            found: copy,
            known,
        }) => {
            // With the key-encryption key of a later generation beside it only the table is old: nothing is lost yet, and
            // opening it would destroy that key.
            let beside = keyring(folder, ledger, disk.clone()).generations()?;
            if beside.iter().any(|other| *other > copy && *other <= known) {
                return Err(VaultError::Older {
                    path,
                    found: copy,
                    known,
                });
            }
            open(None)
        }
        // The ledger is older than its vault could be.
        Err(VaultError::Missing { .. }) if found.never_used() => {
            Vault::create(folder, ledger, means(folder, ledger, disk.clone()))?;
            open(None)
        }
        other => other,
    }
}

fn for_reading(
    folder: &Path,
    disk: Disk,
    ledger: LedgerId,
) -> Result<(Opener, Option<Table>, Finished), VaultError> {
    let keyring = keyring(folder, ledger, disk);
    match Vault::look(folder, ledger, &keyring, None) {
        Ok(table) => {
            let opener = Opener::Keyring(Box::new(keyring), table.generation());
            Ok((opener, Some(table), Finished::default()))
        }
        // A copy without its vault shows everything that is not private.
        Err(VaultError::Missing { .. }) => Ok((Opener::Nothing, None, Finished::default())),
        Err(error) => Err(error),
    }
}

/// The keys of the table's generation, wherever they stand.
fn present(
    table: Table,
    found: &KeysFound,
    log: &dyn LogReader,
) -> Result<HashMap<CaseId, WrappedKey>, OpenError> {
    let generation = table.generation();
    let saved = found.saved.generation();
    let mut keys: HashMap<_, _> = if saved == Some(generation) {
        found.saved.keys().collect()
    } else {
        HashMap::new()
    };
    // What was saved is of a later generation than an old copy of the vault: the log has the records from before. One that
    // is of an earlier generation was saved before all records of this one.
    if found.loaded && saved.is_none_or(|saved| saved > generation) {
        scan(log, generation, &mut keys)?;
    }
    Ok(gathered(table, found, keys))
}

/// The same without those that were saved, which are in `keys`.
fn gathered(
    table: Table,
    found: &KeysFound,
    mut keys: HashMap<CaseId, WrappedKey>,
) -> HashMap<CaseId, WrappedKey> {
    let generation = table.generation();
    let table = table.into_keys().into_iter();
    keys.extend(table.map(|(case, wrapped)| (case_id(case), wrapped)));
    let folded = found.folded.iter().copied();
    keys.extend(folded.filter(|(_, wrapped)| wrapped.generation() == generation));
    keys
}

/// Takes every key of the generation that stands in the log.
fn scan(
    log: &dyn LogReader,
    generation: Generation,
    keys: &mut HashMap<CaseId, WrappedKey>,
) -> Result<(), OpenError> {
    log.replay(Size::ZERO.next_position(), &mut |frame| {
        let records = frame
            .sidecars()
            .filter(|(kind, _)| *kind == sidecar::DATA_KEY);
        let found = records.filter_map(|(_, bytes)| sidecar::decode_data_key(bytes));
        keys.extend(found.filter(|(_, wrapped)| wrapped.generation() == generation));
        ControlFlow::Continue(())
    })?;
    Ok(())
}

/// Destroys the keys of the cases that are `gone`, whose destruction was ordered or confirmed since the copy was made.
fn replay(
    keys: &mut DataKeys,
    (copy, known): (Generation, Generation),
    found: &KeysFound,
    gone: &BTreeSet<CaseId>,
    size: Size,
) -> Result<ShredReplayed, OpenError> {
    let later = |wrapped: &WrappedKey| wrapped.generation() > copy;
    let saved = found.saved.keys();
    let all = saved.chain(found.folded.iter().copied());
    let lost: BTreeSet<CaseId> = all
        .filter(|(case, wrapped)| later(wrapped) && keys.wrapped(*case).is_none())
        .map(|(case, _)| case)
        .collect();
    let mut dropped = keys.cases().filter(|case| gone.contains(case)).count();
    if let Opener::Vault(vault) = &mut keys.opener {
        vault.go_beyond(known);
        let destroyed = keys.destroy(gone, size, &mut |_done, _of| ());
        dropped = destroyed.map_err(OpenError::Replay)?.dropped;
    } else {
        // Read-only: nothing is changed, and nobody reads private parts of cases that were given up.
        keys.keys.retain(|case, _| !gone.contains(case));
    }
    Ok(ShredReplayed {
        found: copy,
        known,
        dropped,
        lost: lost.len(),
    })
}

/// Destroys again, in the vault of a ledger that was put back and that nobody has open, what `found` and `gone` tell of:
/// all that its own journal says, and what others know beside it. None if there is nothing to do: the vault is not older,
/// and has no key of these cases.
pub(crate) fn forget(
    folder: &Path,
    ledger: LedgerId,
    found: &KeysFound,
    gone: &BTreeSet<CaseId>,
    size: Size,
) -> Result<Option<ShredReplayed>, OpenError> {
    let opened = for_writing(folder, &Disk::default(), ledger, found)?;
    let copy = opened.table.generation();
    let keys = gathered(opened.table, found, HashMap::new());
    let known = found.known().unwrap_or(copy);
    let mut keys = DataKeys::new(Opener::Vault(opened.vault), keys);
    if known <= copy && !keys.cases().any(|case| gone.contains(&case)) {
        return Ok(None);
    }
    replay(&mut keys, (copy, known), found, gone, size).map(Some)
}

/// Whether nothing private is kept of the case any more.
fn given_up(world: &World, case: CaseId) -> Result<bool, OpenError> {
    let state = world.stream(&StreamId::Case(case)).map(Packed::state);
    match state.transpose()? {
        Some(State::Case(case)) => Ok(case.private.is_given_up()),
        Some(_) | None => Ok(false),
    }
}
