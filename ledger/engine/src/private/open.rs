//! Finding the present data keys when a ledger is opened, and doing again what an old copy of the vault has undone.
//!
//! ```text
//! saved with the state    keys of one generation, up to where it was saved
//! records behind it       keys of the cases that came since
//! table of the vault      keys that lived at the last re-wrap, and the generation that counts
//! ```
//!
//! The vault may be an old copy, put back: its table then has keys of cases whose destruction the log orders or confirms.
//! They are destroyed again here, before anything is served. Keys that are younger than the copy are lost. A copy that was
//! made to forget what somebody knew then is no better: its generation is its own, and says nothing of what was destroyed
//! since. So no key is believed by the number of its generation alone. What is confirmed to be destroyed is looked up for
//! each that saved state does not have just so, for all of them if anything is confirmed behind that state, and one of the
//! log counts only if it opens.

use std::{collections::BTreeSet, ops::ControlFlow, path::Path};

use caseledger_chain::{LedgerId, Size};
use caseledger_domain::{CaseId, PrivateState, State, StreamId};
use caseledger_store::{Access, LogReader};
use caseledger_vault::{
    Disk, Finished, Generation, KeyEncryption as _, KeyError, Opened, Table, Vault, VaultError,
    WrappedKey,
};
use hashbrown::HashMap;

use super::{DataKeys, KeysError, KeysImage, Opener, case_id, keyring, means};
use crate::{packed::Packed, recovery::OpenError, sidecar, world::World};

/// How many generations a vault that is taken back leaves out. Nothing tells it how often the one that it is a copy of was
/// re-wrapped: what was recorded of that may be in the lost end of the journal, and nothing is of a rotation. One after
/// each second for a working day is still fewer.
pub const LEAP: u32 = 1 << 16;

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
    /// Whether the folded frames confirm that keys were destroyed.
    confirmed: bool,
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
        self.confirmed = true;
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
    /// Cases whose key stands in what was read of the log, and that have none that opens, though nobody ordered that: it
    /// was made after the vault was copied.
    pub lost: usize,
    /// Cases of which it was ordered, and now is confirmed, that private parts are destroyed.
    pub confirmed: usize,
}

/// The vault was an old copy, or one made of it, and what was destroyed since was destroyed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShredReplayed {
    /// Generation of the copy.
    pub found: Generation,
    /// The newest generation that the ledger knew of. Not above that of the copy if this one was made to forget before.
    pub known: Generation,
    /// Cases whose keys were in the copy, and were destroyed again.
    pub dropped: usize,
    /// Cases whose key stands in the log, and that have none that opens: it was made after the copy.
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
    let mut present = Present::of(opener, table);
    present.take_saved(found)?;
    // What was saved is of a later generation than an old copy of the vault: the log has the records from before. One that
    // is of an earlier generation was saved before all records of this one.
    let saved = found.saved.generation();
    if found.loaded && saved.is_none_or(|saved| saved > copy) {
        scan(log, &mut present)?;
    }
    present.take_folded(found)?;
    let lost = present.lost(found, |case| given_up(world, case))?;
    let older = known.is_some_and(|known| known > copy);
    let stale = older || !present.foreign.is_empty() || present.has_destroyed(world)?;
    let mut keys = present.keys;
    let replayed = if stale {
        let mut gone = BTreeSet::new();
        for case in keys.cases() {
            if given_up(world, case)? {
                gone.insert(case);
            }
        }
        let known = known.unwrap_or(copy);
        let replayed = replay(&mut keys, (copy, known), lost, &gone, world.head().size)?;
        tracing::warn!(
            found = copy.get(),
            known = known.get(),
            dropped = replayed.dropped,
            lost,
            "the vault is an old copy: what was destroyed since is destroyed again, and keys made since are lost"
        );
        Some(replayed)
    } else {
        None
    };
    let report = VaultOpened {
        generation: keys.generation(),
        keys: keys.keys.len(),
        finished,
        replayed,
        lost,
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
            // opening it would destroy that key. Nothing is recorded of a rotation, so it may be later than what is known.
            // What taking this copy back has made, and a crash has left, is later still.
            let beside = keyring(folder, ledger, disk.clone()).generations()?;
            let last = known.get().saturating_add(LEAP);
            if beside
                .iter()
                .any(|other| *other > copy && other.get() <= last)
            {
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
struct Present {
    keys: DataKeys,
    generation: Generation,
    /// Cases that may have been destroyed, for all that saved state shows.
    unproven: Vec<CaseId>,
    /// Cases with a key of this generation that does not open, and no other: there was another vault with a generation of
    /// this number, and the key is of that one.
    foreign: BTreeSet<CaseId>,
}

impl Present {
    fn of(opener: Opener, table: Table) -> Self {
        let generation = table.generation();
        let keys = table.into_keys().into_iter();
        let keys: HashMap<_, _> = keys
            .map(|(case, wrapped)| (case_id(case), wrapped))
            .collect();
        Self {
            unproven: keys.keys().copied().collect(),
            keys: DataKeys::new(opener, keys),
            generation,
            foreign: BTreeSet::new(),
        }
    }

    /// Takes keys that were saved. They were saved beside this very vault if all of its table is among them, to the byte: no
    /// nonce is used twice. Then all of them open, and none was confirmed to be destroyed up to where they were saved. What
    /// is confirmed behind that may have been destroyed in another vault only, beside which the journal was written.
    fn take_saved(&mut self, found: &KeysFound) -> Result<(), OpenError> {
        if found.saved.generation() != Some(self.generation) {
            return Ok(());
        }
        let saved: HashMap<CaseId, WrappedKey> = found.saved.keys().collect();
        let mut table = self.keys.keys.iter();
        let own = table.all(|(case, wrapped)| saved.get(case) == Some(wrapped));
        // Also where the table has none.
        let own = own
            && match saved.iter().next() {
                Some((case, wrapped)) => self.opens(*case, wrapped)?,
                None => true,
            };
        if own {
            self.unproven.clear();
            if found.confirmed {
                self.unproven
                    .extend(found.saved.keys().map(|(case, _)| case));
            }
            self.keys.keys = saved;
            return Ok(());
        }
        for (case, wrapped) in saved {
            self.offer(case, wrapped)?;
        }
        Ok(())
    }

    fn take_folded(&mut self, found: &KeysFound) -> Result<(), OpenError> {
        for (case, wrapped) in &found.folded {
            self.offer(*case, *wrapped)?;
        }
        Ok(())
    }

    /// Takes a key of the log if it is of this generation and opens, and its case has none.
    fn offer(&mut self, case: CaseId, wrapped: WrappedKey) -> Result<(), OpenError> {
        if wrapped.generation() != self.generation || self.keys.wrapped(case).is_some() {
            return Ok(());
        }
        if self.opens(case, &wrapped)? {
            self.foreign.remove(&case);
            self.unproven.push(case);
            self.keys.keys.insert(case, wrapped);
        } else {
            self.foreign.insert(case);
        }
        Ok(())
    }

    fn opens(&self, case: CaseId, wrapped: &WrappedKey) -> Result<bool, OpenError> {
        match self.keys.unwrap(case, wrapped) {
            Ok(_key) => Ok(true),
            // Nothing is sealed here, and where there is a table there is what opens it.
            Err(
                KeysError::Vault(VaultError::Key(KeyError::Refused { .. }))
                | KeysError::Seal(_)
                | KeysError::NotAtHand,
            ) => Ok(false),
            Err(KeysError::Vault(error)) => Err(error.into()),
        }
    }

    /// How many cases have no key that opens, though there was one and nobody gave it up.
    fn lost(
        &self,
        found: &KeysFound,
        given_up: impl Fn(CaseId) -> Result<bool, OpenError>,
    ) -> Result<usize, OpenError> {
        // Those of this generation are among the present ones, or foreign.
        let other = found.saved.generation() != Some(self.generation);
        let saved = found.saved.keys().filter(|_| other).map(|(case, _)| case);
        let folded = found.folded.iter().map(|(case, _)| *case);
        let mut lost: BTreeSet<CaseId> = saved
            .chain(folded)
            .filter(|case| self.keys.wrapped(*case).is_none())
            .collect();
        lost.extend(&self.foreign);
        let mut count = 0;
        for case in lost {
            count += usize::from(!given_up(case)?);
        }
        Ok(count)
    }

    /// Whether there is a key of a case that is confirmed to be destroyed. One that is only ordered to be lives on until then.
    fn has_destroyed(&self, world: &World) -> Result<bool, OpenError> {
        for case in &self.unproven {
            if matches!(private(world, *case)?, PrivateState::Shredded { .. }) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Takes every key of the generation that stands in the log.
fn scan(log: &dyn LogReader, present: &mut Present) -> Result<(), OpenError> {
    let mut taken = Ok(());
    log.replay(Size::ZERO.next_position(), &mut |frame| {
        let mut records = frame
            .sidecars()
            .filter(|(kind, _)| *kind == sidecar::DATA_KEY)
            .filter_map(|(_, bytes)| sidecar::decode_data_key(bytes));
        taken = records.try_for_each(|(case, wrapped)| present.offer(case, wrapped));
        if taken.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    taken
}

/// Destroys the keys of the cases that are `gone`, whose destruction was ordered or confirmed since the copy was made. What
/// lives goes on under a generation that this vault never had.
fn replay(
    keys: &mut DataKeys,
    (copy, known): (Generation, Generation),
    lost: usize,
    gone: &BTreeSet<CaseId>,
    size: Size,
) -> Result<ShredReplayed, OpenError> {
    let mut dropped = keys.cases().filter(|case| gone.contains(case)).count();
    if let Opener::Vault(vault) = &mut keys.opener {
        let newest = known.max(copy);
        let beyond = newest.get().checked_add(LEAP).and_then(Generation::new);
        vault.go_beyond(beyond.unwrap_or(newest));
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
        lost,
    })
}

/// Destroys again, in the vault of a ledger that was put back and that nobody has open, what `found` and `gone` tell of:
/// all that its own journal says, and what others know beside it. None if there is nothing to do: the vault is not older,
/// it has no key of these cases, and all keys of its generation are its own.
pub(crate) fn forget(
    folder: &Path,
    ledger: LedgerId,
    found: &KeysFound,
    gone: &BTreeSet<CaseId>,
    size: Size,
) -> Result<Option<ShredReplayed>, OpenError> {
    let opened = for_writing(folder, &Disk::default(), ledger, found)?;
    let copy = opened.table.generation();
    let mut present = Present::of(Opener::Vault(opened.vault), opened.table);
    present.take_folded(found)?;
    let known = found.known().unwrap_or(copy);
    let alive = || present.keys.cases().any(|case| gone.contains(&case));
    if known <= copy && present.foreign.is_empty() && !alive() {
        return Ok(None);
    }
    let lost = present.lost(found, |case| Ok(gone.contains(&case)))?;
    replay(&mut present.keys, (copy, known), lost, gone, size).map(Some)
}

/// Whether nothing private is kept of the case any more.
fn given_up(world: &World, case: CaseId) -> Result<bool, OpenError> {
    Ok(private(world, case)?.is_given_up())
}

/// What became of what is private of a case.
fn private(world: &World, case: CaseId) -> Result<PrivateState, OpenError> {
    let state = world.stream(&StreamId::Case(case)).map(Packed::state);
    match state.transpose()? {
        Some(State::Case(case)) => Ok(case.private),
        Some(_) | None => Ok(PrivateState::Open),
    }
}
