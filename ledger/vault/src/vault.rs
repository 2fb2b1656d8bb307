//! [`Vault`]: the data keys of a ledger under a key-encryption key that is replaced to destroy some of them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use caseledger_chain::{LedgerId, Size};

use crate::{
    disk::{self, Disk, FileError},
    encryption::{KeyEncryption, KeyError},
    key::{DataKey, Generation, VaultCase, WrappedKey},
    random::{NoRandomness, Random},
    table::{KEYS_MAX, PROBE, TABLE_MAX, Table, TableFault},
};

/// Name of the file with the table, in the folder of the vault.
pub const TABLE: &str = "datakeys";

/// What it is called until it is whole.
const UNFINISHED: &str = "datakeys.tmp";

/// What a vault works with.
#[derive(Debug)]
pub struct Means {
    /// Keeps the key-encryption keys.
    pub keys: Box<dyn KeyEncryption>,
    /// Gives the data keys.
    pub random: Arc<dyn Random>,
    /// Keeps the table.
    pub disk: Disk,
}

/// The vault of one ledger. It knows no case: the wrapped keys are the caller's to keep, the table is what it starts
/// from.
///
/// Every data key is wrapped under the key-encryption key of the present [`Generation`]. To destroy some, [`Vault::rewrap`]
/// wraps all others under a new one and destroys the old.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    ledger: LedgerId,
    generation: Generation,
    /// The next re-wrap makes a generation behind this one.
    beyond: Generation,
    means: Means,
    /// Whether a re-wrap stopped where only opening the vault again can tell what holds.
    stopped: bool,
}

/// What [`Vault::open`] gives.
#[derive(Debug)]
pub struct Opened {
    /// The vault.
    pub vault: Vault,
    /// The keys that lived at the last re-wrap.
    pub table: Table,
    /// What had to be done before.
    pub finished: Finished,
}

/// What a crash had left to do, and opening the vault did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Key-encryption keys older than the table: a re-wrap had replaced them, and now is done.
    pub destroyed: Vec<Generation>,
    /// Newer ones: a re-wrap had made them, and now has not begun.
    pub unused: Vec<Generation>,
}

impl Finished {
    /// Whether there was nothing to do.
    pub const fn is_nothing(&self) -> bool {
        self.destroyed.is_empty() && self.unused.is_empty()
    }
}

/// What [`Vault::rewrap`] did.
#[derive(Debug)]
pub struct Rewrapped {
    /// The generation that everything is wrapped under now.
    pub generation: Generation,
    /// The one that was destroyed, and with it every key that was dropped.
    pub destroyed: Generation,
    /// The keys that are left, in ascending order of cases: they replace what the caller has.
    pub keys: Vec<(VaultCase, WrappedKey)>,
    /// How many keys were dropped.
    pub dropped: usize,
}

/// A vault cannot be made, opened or used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is one already.
    #[error("{path} exists already: open it, or choose another place")]
    Exists {
        /// The table, or the key-encryption key of a vault whose table is gone.
        path: PathBuf,
    },
    /// A file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key-encryption key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There have been as many re-wraps as 32 bits can count.
    #[error("generation {0} is the last there can be: make a new ledger")]
    LastGeneration(Generation),
    /// There is no table.
    #[error("{path} is missing: restore it from its backup, no other file can take its place")]
    Missing {
        /// The table.
        path: PathBuf,
    },
    /// No random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The folder is a copy from before a re-wrap that the ledger knows of.
    #[error(
        "{path} has generation {found}, the ledger knows of generation {known}: it is an old copy, which may hold keys that \
         were destroyed since; restore the newest, and destroy this one"
    )]
    Older {
        /// The table.
        path: PathBuf,
        /// Of the table.
        found: Generation,
        /// What the caller knows of.
        known: Generation,
    },
    /// A re-wrap stopped at a place where nobody may go on.
    #[error("the vault stopped within a re-wrap: open it again, which finishes or undoes it")]
    Stopped,
    /// The table is damaged, or not this ledger's.
    #[error("{path} is no table of this ledger: {fault}: restore it from its backup")]
    Table {
        /// The table.
        path: PathBuf,
        /// What is wrong.
        fault: TableFault,
    },
    /// More keys than a vault can have.
    #[error("vault would have {found} keys, expected at most {KEYS_MAX}: begin another ledger")]
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// A case has two keys.
    #[error("case {case} has two keys, expected one: run fsck")]
    Twice {
        /// The case.
        case: VaultCase,
    },
}

/// A re-wrap did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RewrapError {
    /// Nothing happened: every key opens as before, and the vault can go on.
    #[error("nothing was re-wrapped, and no key destroyed: {0}")]
    NotBegun(#[source] VaultError),
    /// It may be that all of it happens. Until the vault was opened again, it does nothing more.
    #[error("the re-wrap stopped half-way: open the vault again, which finishes or undoes it: {0}")]
    Unfinished(#[source] VaultError),
}

impl Vault {
    /// Makes a vault without keys. What a crash leaves of this is taken up by the next attempt.
    ///
    /// Only for a ledger in which no case ever had a key.
    ///
    /// # Errors
    /// [`VaultError`]; above all if there is one.
    pub fn create(folder: &Path, ledger: LedgerId, mut means: Means) -> Result<Self, VaultError> {
        let path = folder.join(TABLE);
        means.disk.make_folder(folder)?;
        if disk::read(&path, TABLE_MAX)?.is_some() {
            return Err(VaultError::Exists { path });
        }
        let generation = Generation::FIRST;
        let left = means.keys.generations()?;
        // A vault that was in use has a later one. The table of the first is empty, so that nothing is lost if it was
        // this one that got lost.
        if left.iter().any(|found| *found > generation) {
            return Err(VaultError::Exists { path });
        }
        let probe = match probe(&means, generation) {
            Err(VaultError::Key(KeyError::Missing { .. })) => {
                means.keys.create(generation)?;
                probe(&means, generation)?
            }
            probe => probe?,
        };
        let table = Table {
            generation,
            size: Size::new(0),
            probe,
            keys: Vec::new(),
        };
        let vault = Self::new(folder, ledger, generation, means);
        vault.write_table(&table)?;
        vault.name_table()?;
        Ok(vault)
    }

    /// Opens a vault and first brings to its end what a crash cut short: a re-wrap whose table is in its place is
    /// finished, any other is undone.
    ///
    /// `known` is the newest generation that the ledger tells of; a vault that is older is refused before anything is
    /// changed.
    ///
    /// # Errors
    /// [`VaultError`] if it is missing, damaged, open to others, older than `known`, of another ledger, or its keyring does
    /// not belong to its table. Then nothing was destroyed.
    pub fn open(
        folder: &Path,
        ledger: LedgerId,
        means: Means,
        known: Option<Generation>,
    ) -> Result<Opened, VaultError> {
        let table = Self::look(folder, ledger, &*means.keys, known)?;
        let mut vault = Self::new(folder, ledger, table.generation, means);
        let finished = vault.finish()?;
        Ok(Opened {
            vault,
            table,
            finished,
        })
    }

    /// Reads the table and checks it against the keyring, without changing anything: for who looks into a ledger that
    /// another process may have open. If that one re-wraps meanwhile, the keyring does not fit; looking again helps.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn look(
        folder: &Path,
        ledger: LedgerId,
        keys: &dyn KeyEncryption,
        known: Option<Generation>,
    ) -> Result<Table, VaultError> {
        let table = Self::table(folder, ledger)?;
        if let Some(known) = known.filter(|known| *known > table.generation) {
            return Err(VaultError::Older {
                path: folder.join(TABLE),
                found: table.generation,
                known,
            });
        }
        keys.unwrap(PROBE, &table.probe)?;
        Ok(table)
    }

    /// Reads the table alone, whatever keyring there is: for who wants to know how old it is, and opens nothing with it.
    ///
    /// # Errors
    /// [`VaultError`] if it is missing, damaged, open to others, or of another ledger.
    pub fn table(folder: &Path, ledger: LedgerId) -> Result<Table, VaultError> {
        let path = folder.join(TABLE);
        if !disk::is_there(folder) {
            return Err(VaultError::Missing { path });
        }
        disk::check_folder(folder)?;
        let Some(bytes) = disk::read(&path, TABLE_MAX)? else {
            return Err(VaultError::Missing { path });
        };
        Table::decode(&bytes, ledger).map_err(|fault| VaultError::Table { path, fault })
    }

    fn new(folder: &Path, ledger: LedgerId, generation: Generation, means: Means) -> Self {
        Self {
            folder: folder.to_owned(),
            ledger,
            generation,
            beyond: generation,
            means,
            stopped: false,
        }
    }

    /// The present generation.
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// Makes the next re-wrap use a generation behind `known`: for a copy of the folder that is older than the ledger. The
    /// ledger has keys of the generations in between, which were wrapped under other key-encryption keys.
    pub fn go_beyond(&mut self, known: Generation) {
        self.beyond = known;
    }

    /// Makes the key of a case: to use now, and to keep. The wrapped one has to be durable before anything that
    /// was sealed under it is.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn new_key(&self, case: VaultCase) -> Result<(DataKey, WrappedKey), VaultError> {
        self.check_running()?;
        let key = DataKey::random(&*self.means.random)?;
        let wrapped = self.means.keys.wrap(self.generation, case, &key)?;
        Ok((key, wrapped))
    }

    /// The key of a case, to use and to drop.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn unwrap(&self, case: VaultCase, wrapped: &WrappedKey) -> Result<DataKey, VaultError> {
        self.check_running()?;
        Ok(self.means.keys.unwrap(case, wrapped)?)
    }

    /// Wraps all of the `current` keys, but those to `drop`, under a new key-encryption key, and destroys the present
    /// one: what was dropped opens nothing any more, in no copy of any file but one of the destroyed key. With nothing to
    /// drop this is a rotation.
    ///
    /// `size` is that of the ledger, whose keys `current` are. `progress` hears how many keys of how many are done.
    ///
    /// # Errors
    /// [`RewrapError::NotBegun`] if nothing happened, also when a key to keep does not open;
    /// [`RewrapError::Unfinished`] if the vault has to be opened again to know.
    pub fn rewrap(
        &mut self,
        current: impl IntoIterator<Item = (VaultCase, WrappedKey)>,
        drop: &BTreeSet<VaultCase>,
        size: Size,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Rewrapped, RewrapError> {
        self.check_running().map_err(RewrapError::NotBegun)?;
        let (table, dropped) = match self.prepare(current, drop, size, progress) {
            Ok(prepared) => prepared,
            Err(error) => {
                // What is left of it is in nobody's way: opening the vault, or the next re-wrap, clears it up.
                self.abandon().ok();
                return Err(RewrapError::NotBegun(error));
            }
        };
        // From here on even a failure may have happened. Both key-encryption keys stay until it is known.
        self.stopped = true;
        self.name_table().map_err(RewrapError::Unfinished)?;
        let destroyed = self.generation;
        let keys = &mut self.means.keys;
        keys.destroy(destroyed)
            .map_err(|error| RewrapError::Unfinished(error.into()))?;
        self.generation = table.generation;
        self.stopped = false;
        Ok(Rewrapped {
            generation: table.generation,
            destroyed,
            keys: table.keys,
            dropped,
        })
    }

    /// Everything before the commit point: a new key-encryption key and a table under it, whole and synced, but without its
    /// name.
    fn prepare(
        &mut self,
        current: impl IntoIterator<Item = (VaultCase, WrappedKey)>,
        drop: &BTreeSet<VaultCase>,
        size: Size,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(Table, usize), VaultError> {
        self.abandon()?;
        let next = self.next_generation()?;
        let mut keys: Vec<_> = current.into_iter().collect();
        keys.sort_unstable_by_key(|(case, _)| *case);
        let twice = keys.array_windows().find(|[one, two]| one.0 == two.0);
        if let Some([(case, _), _]) = twice {
            return Err(VaultError::Twice { case: *case });
        }
        let all = keys.len();
        keys.retain(|(case, _)| !drop.contains(case));
        let left = keys.len();
        if left > KEYS_MAX {
            return Err(VaultError::TooMany { found: left });
        }
        let encryption = &mut self.means.keys;
        encryption.create(next)?;
        for (done, (case, wrapped)) in keys.iter_mut().enumerate() {
            let key = encryption.unwrap(*case, wrapped)?;
            *wrapped = encryption.wrap(next, *case, &key)?;
            progress(done + 1, left);
        }
        let table = Table {
            generation: next,
            size,
            probe: probe(&self.means, next)?,
            keys,
        };
        self.write_table(&table)?;
        Ok((table, all - left))
    }

    /// Writes and syncs a table under the name of an unfinished one.
    fn write_table(&self, table: &Table) -> Result<(), VaultError> {
        let unfinished = self.folder.join(UNFINISHED);
        self.means.disk.remove(&unfinished)?;
        let bytes = table.encode(self.ledger);
        self.means.disk.write_new(&unfinished, &bytes)?;
        Ok(())
    }

    /// The commit point: the unfinished table takes the place of the present one.
    fn name_table(&self) -> Result<(), VaultError> {
        let unfinished = self.folder.join(UNFINISHED);
        self.means
            .disk
            .rename(&unfinished, &self.folder.join(TABLE))?;
        // Without this the old table could come back after its key-encryption key was destroyed.
        self.means.disk.sync_folder(&self.folder)?;
        Ok(())
    }

    /// Takes away what was prepared and not committed.
    fn abandon(&mut self) -> Result<(), VaultError> {
        self.means.disk.remove(&self.folder.join(UNFINISHED))?;
        if let Ok(next) = self.next_generation() {
            self.means.keys.destroy(next)?;
        }
        Ok(())
    }

    /// Brings to its end what a crash left. The table that is there is the one that holds.
    fn finish(&mut self) -> Result<Finished, VaultError> {
        let keys = &mut self.means.keys;
        let mut finished = Finished::default();
        let others = keys.generations()?;
        let others = others.into_iter().filter(|found| *found != self.generation);
        for (at, generation) in others.enumerate() {
            if at == 0 {
                // The rename that was seen may not be durable yet, and then the other table would come back.
                self.means.disk.sync_folder(&self.folder)?;
            }
            keys.destroy(generation)?;
            if generation < self.generation {
                finished.destroyed.push(generation);
            } else {
                finished.unused.push(generation);
            }
        }
        self.means.disk.remove(&self.folder.join(UNFINISHED))?;
        Ok(finished)
    }

    fn next_generation(&self) -> Result<Generation, VaultError> {
        let newest = self.generation.max(self.beyond);
        newest.next().ok_or(VaultError::LastGeneration(newest))
    }

    const fn check_running(&self) -> Result<(), VaultError> {
        if self.stopped {
            return Err(VaultError::Stopped);
        }
        Ok(())
    }
}

/// A new key that seals nothing, for a table to show which keyring it belongs to.
fn probe(means: &Means, generation: Generation) -> Result<WrappedKey, VaultError> {
    let key = DataKey::random(&*means.random)?;
    Ok(means.keys.wrap(generation, PROBE, &key)?)
}
