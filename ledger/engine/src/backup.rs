//! What a backup takes from a ledger, also from one that is being served: the journal up to its durable end, and the
//! newest signed checkpoint in it.
//!
//! Each commit keeps the checkpoint of the commit before, so the newest one that is kept covers everything but the last
//! commit. Nothing is signed for a backup, and the derived store is never read.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use caseledger_chain::{EntryRef, LedgerId, Position, Size};
use caseledger_store::{
    CopyError, CopySegment, FileLog, Head, JournalCopy, LogError, MarkError, Meta, MetaError,
    open_regular,
};
use caseledger_vault::{Generation, Vault, VaultError};
use hashbrown::HashSet;

use crate::{
    identity::{Identity, KeyFileError},
    keys::{ShownError, Succession},
    paths::{FIRST_KEY, LedgerPaths, successor_key_name},
    private::{confirmed, vault_case},
    restore::{Since, SinceError},
    sidecar, vault,
};

/// A ledger that is to be copied, as it was at one moment.
#[derive(Debug)]
pub struct Source {
    meta: Meta,
    journal: JournalCopy,
}

/// A ledger cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no ledger.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The journal cannot be read, or is damaged.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl Source {
    /// Looks at the ledger at `paths`.
    ///
    /// # Errors
    /// [`SourceError`] when there is none, or its journal is damaged.
    pub fn open(paths: &LedgerPaths) -> Result<Self, SourceError> {
        let meta = Meta::read(paths.store())?;
        let journal = JournalCopy::open(paths.store().journal(), meta.ledger())?;
        Ok(Self { meta, journal })
    }

    /// The id of the ledger.
    pub fn ledger(&self) -> LedgerId {
        self.meta.ledger()
    }

    /// The name under which its checkpoints are signed.
    pub fn origin(&self) -> &str {
        self.meta.origin()
    }

    /// Where the journal ends: durable, and all that was acknowledged when this was opened.
    pub const fn head(&self) -> Head {
        self.journal.head()
    }

    /// The segments of the journal in order; there is at least one.
    pub fn segments(&self) -> &[CopySegment] {
        self.journal.segments()
    }

    /// Writes the bytes of a segment to `out` and checks them on the way. Each commit in it is shown: the head behind
    /// it, and the signed checkpoint that it keeps, if it keeps one.
    ///
    /// # Errors
    /// [`CopyError`]; what was written is then of no use.
    pub fn copy(
        &self,
        segment: &CopySegment,
        out: &mut dyn Write,
        each: &mut dyn FnMut(Head, Option<&[u8]>),
    ) -> Result<(), CopyError> {
        self.journal.copy(segment, out, &mut |frame| {
            let mut sidecars = frame.sidecars();
            let kept = sidecars.find(|(kind, _)| *kind == sidecar::CHECKPOINT);
            each(frame.end(), kept.map(|(_, note)| note));
        })
    }
}

/// The entries of a ledger behind a head are not told.
#[derive(Debug, thiserror::Error)]
pub enum BehindError {
    /// They do not follow that head.
    #[error(transparent)]
    Since(#[from] SinceError),
    /// The journal could not be read.
    #[error(transparent)]
    Copy(#[from] CopyError),
}

impl Source {
    /// What this ledger has behind `from`, a head that it must have had.
    ///
    /// # Errors
    /// [`BehindError`] when it never had that head, or cannot be read.
    pub fn behind(&self, from: Head) -> Result<Since, BehindError> {
        let mut since = Since::behind(self.ledger(), from);
        let mut failed = None;
        let segments = self.segments().iter();
        for segment in segments.filter(|segment| segment.end().size > from.size) {
            self.journal.copy(segment, &mut io::sink(), &mut |frame| {
                let entries = frame.entries().zip(frame.first().get()..);
                for (entry, _) in entries.filter(|(_, position)| *position >= from.size.get()) {
                    if failed.is_none() {
                        failed = since.push(entry).err();
                    }
                }
            })?;
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
        since.ends_in(self.head())?;
        Ok(since)
    }
}

/// Which files of a key folder hold keys that sign checkpoints, or may sign them yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeys {
    retired: Vec<String>,
}

impl SigningKeys {
    /// Whether the file of that name may be needed to write the ledger: it is one of a signing key, and the journal does not
    /// say that this key was retired.
    pub fn needs(&self, name: &str) -> bool {
        let successor = name.strip_prefix("checkpoint-");
        let successor = successor.and_then(|rest| rest.strip_suffix(".key"));
        let retired = self.retired.iter().any(|retired| retired == name);
        (name == FIRST_KEY || successor.is_some()) && !retired
    }
}

/// The keys at hand are not those that the ledger is written with.
#[derive(Debug, thiserror::Error)]
pub enum KeyCheckError {
    /// The journal could not be read.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The journal says of keys what cannot be.
    #[error(transparent)]
    Log(#[from] ShownError),
    /// One of them is missing, or cannot be used.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The index key is another one than was used.
    #[error(
        "the newest index key that the journal tells of is one of generation {generation}, and the one at hand was not made of it: restore the newest key folder of this ledger"
    )]
    OtherIndexKey {
        /// Of the one that was used.
        generation: u32,
    },
}

impl Source {
    /// Whether the keys at `paths`, those of this ledger, are all that it takes to go on with it: each that the journal says
    /// signs, and the index key. The journal is read through, because nothing else tells which keys sign.
    ///
    /// # Errors
    /// [`KeyCheckError`] if one is missing, damaged, open to others, or of another ledger.
    pub fn check_keys(&self, paths: &LedgerPaths) -> Result<SigningKeys, KeyCheckError> {
        let mut succession = Succession::new(self.meta.verifier().clone());
        let (mut failed, mut used) = (None, None);
        for segment in self.segments() {
            self.journal.copy(segment, &mut io::sink(), &mut |frame| {
                used = sidecar::index_key_of(&frame).or(used);
                for (entry, position) in frame.entries().zip(frame.first().get()..) {
                    if failed.is_none() {
                        failed = succession.take(Position::new(position), entry).err();
                    }
                }
            })?;
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
        let keys = succession.keys().iter().enumerate();
        let retired = keys.filter(|(_, key)| key.until.is_some());
        let retired = retired.map(|(at, key)| match at {
            0 => FIRST_KEY.to_owned(),
            _ => successor_key_name(key.verifier.id()),
        });
        let retired = retired.collect();
        // Behind the journal: the file of a key is there before an entry says that it signs.
        let mut identity = Identity::load(paths)?;
        if let Some(used) = used.filter(|used| !identity.index_key().knows(*used)) {
            let generation = used.generation;
            return Err(KeyCheckError::OtherIndexKey { generation });
        }
        identity.adopt(succession).map_err(|error| match error {
            KeyFileError::Missing { path } => KeyFileError::Missing {
                path: paths.keys().join(path),
            },
            error => error,
        })?;
        Ok(SigningKeys { retired })
    }
}

/// A vault is not that of the ledger any more.
#[derive(Debug, thiserror::Error)]
pub enum VaultCheckError {
    /// The journal could not be read.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The table could not be read.
    #[error(transparent)]
    Table(#[from] VaultError),
    /// The journal tells of a later generation.
    #[error("it has generation {found}, and the journal tells of {known}: it is an old copy")]
    Older {
        /// Of the table.
        found: Generation,
        /// In the journal.
        known: Generation,
    },
    /// It has keys that the journal says are destroyed.
    #[error(
        "it has the data keys of {cases} cases that are confirmed to be destroyed: it is an old copy, or was made of one"
    )]
    Destroyed {
        /// How many cases.
        cases: usize,
    },
}

impl Source {
    /// Whether any case ever got a data key, so that there has to be a vault. The journal is read up to the segment of the first.
    ///
    /// # Errors
    /// [`CopyError`] if it cannot be read.
    pub fn has_data_keys(&self) -> Result<bool, CopyError> {
        for segment in self.segments() {
            let mut found = false;
            self.journal.copy(segment, &mut io::sink(), &mut |frame| {
                found |= frame.sidecars().any(|(kind, _)| kind == sidecar::DATA_KEY);
            })?;
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the vault at `paths` is what the journal says of it: not from before its newest generation, and without a key that was
    /// confirmed to be destroyed. The journal is read through. A re-wrap that runs meanwhile does no harm: this source is
    /// from before the table, and keys are confirmed to be destroyed when the table is without them.
    ///
    /// # Errors
    /// [`VaultCheckError`] if it is not, or cannot be read.
    pub fn check_vault(&self, paths: &LedgerPaths) -> Result<(), VaultCheckError> {
        let table = Vault::table(paths.vault(), self.ledger())?;
        let (mut known, mut destroyed) = (None, HashSet::new());
        for segment in self.segments() {
            self.journal.copy(segment, &mut io::sink(), &mut |frame| {
                let keys = frame
                    .sidecars()
                    .filter(|(kind, _)| *kind == sidecar::DATA_KEY)
                    .filter_map(|(_, bytes)| sidecar::decode_data_key(bytes));
                known = keys
                    .map(|(_, key)| Some(key.generation()))
                    .fold(known, Option::max);
                let entries = frame
                    .entries()
                    .filter_map(|entry| EntryRef::decode(entry).ok());
                for (case, generation) in entries.filter_map(|entry| confirmed(&entry)) {
                    destroyed.insert(vault_case(case));
                    known = known.max(generation.next());
                }
            })?;
        }
        let found = table.generation();
        if let Some(known) = known.filter(|known| *known > found) {
            return Err(VaultCheckError::Older { found, known });
        }
        let keys = table.keys().iter();
        let cases = keys.filter(|(case, _)| destroyed.contains(case)).count();
        if cases > 0 {
            return Err(VaultCheckError::Destroyed { cases });
        }
        Ok(())
    }
}

/// What lies beside a journal and tells how far its ledger was, whatever has become of the journal since.
#[derive(Debug)]
pub struct Witnesses {
    paths: LedgerPaths,
    guard: Result<Option<Head>, MarkError>,
    mark: Option<Head>,
    vault: Result<Option<Size>, VaultError>,
}

/// What lies beside a journal does not show that it is whole.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// There is no rollback guard.
    #[error(
        "its rollback guard {path} is missing, so nobody knows whether the end of its journal is lost"
    )]
    NoGuard {
        /// Where it should be.
        path: PathBuf,
    },
    /// It is not one of this ledger, or cannot be read.
    #[error("its rollback guard {path} tells nothing: {source}")]
    Guard {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: MarkError,
    },
    /// The key table of the vault cannot be read.
    #[error(transparent)]
    Vault(VaultError),
}

impl Witnesses {
    /// Looks beside the journal of the ledger at `paths`, which may be served. All of them follow the journal, so they have
    /// to be asked before it ([`Source::open`]): the other way round one that is being written would seem to lack its end.
    ///
    /// # Errors
    /// [`MetaError`] if there is no ledger.
    pub fn of(paths: &LedgerPaths) -> Result<Self, MetaError> {
        let ledger = Meta::read(paths.store())?.ledger();
        let vault = match vault::age(paths.vault(), ledger) {
            // A copy without its vault.
            Err(VaultError::Missing { .. }) => Ok(None),
            age => age.map(|(_, size)| Some(size)),
        };
        Ok(Self {
            paths: paths.clone(),
            guard: FileLog::remembered(paths.store(), ledger),
            mark: FileLog::marked(paths.store(), ledger),
            vault,
        })
    }

    /// What the rollback guard remembers, if there is one that can be read.
    pub fn guard(&self) -> Option<Head> {
        self.guard.as_ref().ok().copied().flatten()
    }

    /// Who knows of more than `size` entries, and of how many: the one that knows of the most.
    pub fn further(&self, size: Size) -> Option<(PathBuf, Size)> {
        let store = self.paths.store();
        let vault = self.vault.as_ref().ok().copied().flatten();
        let told = [
            (store.guard().to_owned(), self.guard().map(|head| head.size)),
            (store.mark(), self.mark.map(|head| head.size)),
            (self.paths.vault().to_owned(), vault),
        ];
        let told = told
            .into_iter()
            .filter_map(|(of, known)| Some((of, known?)));
        let most = told.max_by_key(|(_, known)| *known);
        most.filter(|(_, known)| *known > size)
    }

    /// Whether they were all there to be asked. There need be no vault.
    ///
    /// # Errors
    /// [`WitnessError`] if not: then that none knows of more says nothing.
    pub fn complete(self) -> Result<(), WitnessError> {
        let path = self.paths.store().guard().to_owned();
        match self.guard {
            Ok(Some(_)) => {}
            Ok(None) => return Err(WitnessError::NoGuard { path }),
            Err(source) => return Err(WitnessError::Guard { path, source }),
        }
        self.vault.map(drop).map_err(WitnessError::Vault)
    }
}

/// The meta file of the ledger at `paths`: which one it is, and which keys are its own.
///
/// # Errors
/// [`MetaError::Io`] if it cannot be opened.
pub fn meta_file(paths: &LedgerPaths) -> Result<std::fs::File, MetaError> {
    Ok(open_regular(&paths.store().meta())?)
}

/// Which ledger lies at `paths`: its id, and the name under which it signs checkpoints.
///
/// # Errors
/// [`MetaError`] if there is none.
pub fn which(paths: &LedgerPaths) -> Result<(LedgerId, String), MetaError> {
    let meta = Meta::read(paths.store())?;
    Ok((meta.ledger(), meta.origin().to_owned()))
}
