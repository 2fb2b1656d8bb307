//! Making a ledger that was put back forget what was destroyed since its parts were backed up, before anybody opens it.
//!
//! ```text
//! journal of the backup     what was ordered to be destroyed, and confirmed, up to its end
//! entries behind its end    the same, from whoever has them: a published log, or the folder of the ledger
//! vault of the backup       loses the keys of all these cases, under a generation that none of them tells of
//! ```
//!
//! Entries behind the end are used for nothing else. What they look up and what is private of them is not published, so
//! they cannot be appended: a ledger that lacks them can be read, and never again be written.

use std::{collections::BTreeSet, path::PathBuf};

use caseledger_chain::{
    Digest, EntryRef, Frontier, LedgerId, Position, Size, chain_hash, empty_root, leaf_hash,
};
use caseledger_domain::{CaseFact, CaseId, Fact, FactKind, StreamId};
use caseledger_store::{Damage, FileLog, Head, JournalScan, LogError, Meta, MetaError};
use caseledger_vault::{Disk, Vault, VaultError};

use crate::{
    guard::RestoreError,
    paths::LedgerPaths,
    private::{KeysFound, ShredReplayed, forget, keyring},
    recovery::OpenError,
    sidecar,
    stored::{Stored, StoredError},
};

/// What entries tell of destroyed private parts.
#[derive(Debug, Default)]
struct Told {
    /// Cases of which it was ordered or confirmed. Neither is ever taken back.
    gone: BTreeSet<CaseId>,
    /// The newest key-encryption key that is confirmed to be destroyed.
    generation: Option<u32>,
}

impl Told {
    /// Takes an entry. Entries of other kinds are not decoded.
    fn take(&mut self, entry: &[u8]) -> Result<(), StoredError> {
        let kind = EntryRef::decode(entry)?.header().body_type;
        let kinds = [FactKind::ShredOrdered, FactKind::ShredConfirmed];
        if !kinds.iter().any(|telling| telling.number() == kind) {
            return Ok(());
        }
        let Stored { stream, event, .. } = Stored::decode(entry)?;
        let (StreamId::Case(case), Fact::Case(fact)) = (stream, event.fact) else {
            return Ok(());
        };
        self.gone.insert(case);
        if let CaseFact::ShredConfirmed { generation, .. } = fact {
            self.generation = self.generation.max(Some(generation));
        }
        Ok(())
    }
}

/// Entries do not follow where a backup ends.
#[derive(Debug, thiserror::Error)]
pub enum SinceError {
    /// An entry does not say anything.
    #[error("entry at position {position}: {source}")]
    Entry {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        source: StoredError,
    },
    /// An entry of another ledger, or out of its place.
    #[error(
        "expected the entry at position {expected} of ledger {ledger}, found the one at {found} of {other}"
    )]
    Misplaced {
        /// Where it should stand.
        expected: Position,
        /// The ledger of the backup.
        ledger: LedgerId,
        /// Where it stands.
        found: Position,
        /// Its ledger.
        other: LedgerId,
    },
    /// Another history.
    #[error(
        "behind {size} entries the backup has hash {expected}, the other history {found}: keep both, and find out which one was acknowledged"
    )]
    Forked {
        /// How many entries are in front of where they differ, at most.
        size: Size,
        /// Chain hash in the backup.
        expected: Digest,
        /// What is there.
        found: Digest,
    },
}

/// The entries that somebody else has behind the end of a backup: what they come to, not the entries themselves.
#[derive(Debug)]
pub struct Since {
    ledger: LedgerId,
    from: Head,
    head: Head,
    leaves: Vec<Digest>,
    told: Told,
}

impl Since {
    /// No entries yet, behind `from`.
    pub const fn behind(ledger: LedgerId, from: Head) -> Self {
        Self {
            ledger,
            from,
            head: from,
            leaves: Vec::new(),
            told: Told {
                gone: BTreeSet::new(),
                generation: None,
            },
        }
    }

    /// Takes the next entry, which must follow the one before by its hash.
    ///
    /// # Errors
    /// [`SinceError`].
    pub fn push(&mut self, entry: &[u8]) -> Result<(), SinceError> {
        let position = self.head.size.next_position();
        let of = |source| SinceError::Entry { position, source };
        let decoded = EntryRef::decode(entry).map_err(|error| of(error.into()))?;
        let header = decoded.header();
        let (ledger, expected) = (self.ledger, position);
        let (other, found) = (header.ledger, header.position);
        if (ledger, expected) != (other, found) {
            return Err(SinceError::Misplaced {
                expected,
                ledger,
                found,
                other,
            });
        }
        self.ends_in(Head::new(self.head.size.get(), header.prev))?;
        self.told.take(entry).map_err(of)?;
        self.leaves.push(leaf_hash(entry));
        self.head = Head::new(position.get() + 1, chain_hash(entry));
        Ok(())
    }

    /// Refuses another head than that behind the newest entry.
    pub(crate) fn ends_in(&self, found: Head) -> Result<(), SinceError> {
        if self.head == found {
            return Ok(());
        }
        Err(SinceError::Forked {
            size: self.head.size,
            expected: self.head.chain,
            found: found.chain,
        })
    }

    /// The ledger that they are of.
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// Where the backup ends.
    pub const fn from(&self) -> Head {
        self.from
    }

    /// Behind the newest entry.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Number of entries.
    pub const fn len(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// Whether nothing came after the backup.
    pub const fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Cases of which they say that what is private was destroyed, or is to be.
    pub fn destroyed(&self) -> usize {
        self.told.gone.len()
    }

    /// Whether the journal of the ledger at `paths`, and then these entries, have the root that was signed.
    ///
    /// # Errors
    /// [`RestoreError::Forked`] if not, [`RestoreError::Behind`] if the journal does not end where these begin; otherwise
    /// as the journal is read.
    pub fn lead_to(&self, paths: &LedgerPaths, root: Digest) -> Result<(), RestoreError> {
        let meta = Meta::read(paths.store())?;
        let mut scan = JournalScan::open(paths.store().journal(), meta.ledger())?;
        let mut tree = Frontier::new();
        while let Some(frame) = scan.next_frame() {
            let entries = frame?.frame.entries();
            entries.for_each(|entry| tree.push(leaf_hash(entry)));
        }
        if scan.head() != self.from {
            let (expected, found) = (self.from.size, scan.head().size);
            return Err(RestoreError::Behind { expected, found });
        }
        self.leaves.iter().for_each(|leaf| tree.push(*leaf));
        let size = tree.size();
        let found = if size.is_zero() {
            empty_root()
        } else {
            tree.root()
        };
        if found == root {
            return Ok(());
        }
        let expected = root;
        Err(RestoreError::Forked {
            size,
            expected,
            found,
        })
    }

    /// Makes a guard for the ledger at `paths` that remembers these entries, so that nothing is recorded in their place.
    ///
    /// # Errors
    /// [`RestoreError::Store`]; above all when there is a guard.
    pub fn guard(&self, paths: &LedgerPaths) -> Result<(), RestoreError> {
        Ok(FileLog::guard_ahead(paths.store(), self.head)?)
    }
}

/// The vault of a ledger that was put back cannot be used with its journal.
#[derive(Debug, thiserror::Error)]
pub enum VaultRestoreError {
    /// There is no ledger.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The journal could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The journal is damaged.
    #[error("the journal is damaged at {0}; take another copy of the backup")]
    Damaged(#[from] Damage),
    /// An entry does not say anything.
    #[error("entry at position {position}: {source}; take another copy of the backup")]
    Entry {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        source: StoredError,
    },
    /// The vault knows of entries that are not there.
    #[error(
        "{vault} is of a ledger with at least {expected} entries, and {found} are known: the journal is older than the vault"
    )]
    Ahead {
        /// The folder of the vault.
        vault: PathBuf,
        /// Entries that there were when its keys were wrapped.
        expected: Size,
        /// Entries of the journal, and behind it.
        found: Size,
    },
    /// The vault could not be opened, or what was destroyed could not be destroyed again.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// What became of the vault of a ledger that was put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultRestored {
    /// There is none, and none is needed: no case ever had a private part.
    Unused,
    /// There is none, and cases have data keys: private parts cannot be read, and nothing can be recorded.
    Missing,
    /// It has no key of a case that was given up.
    Sound,
    /// It was older, and was made to forget.
    Replayed(ShredReplayed),
}

/// Destroys, in the vault of the ledger at `paths`, the keys of every case of which its journal or `since` says so, under a
/// key-encryption key that is new, and destroys the one of the copy. Nobody else may have the ledger or the vault open, and
/// it must be a copy: it believes the journal, whose last commit nobody has signed.
///
/// # Errors
/// [`VaultRestoreError`]; the vault is then as it was, or is finished by asking again.
pub fn make_vault_forget(
    paths: &LedgerPaths,
    since: Option<&Since>,
) -> Result<VaultRestored, VaultRestoreError> {
    let Looked {
        ledger,
        told,
        found,
        end,
        vault,
    } = look(paths, since)?;
    if vault != VaultRestored::Sound {
        return Ok(vault);
    }
    let replayed = forget(paths.vault(), ledger, &found, &told.gone, end)?;
    Ok(replayed.map_or(VaultRestored::Sound, VaultRestored::Replayed))
}

/// Whether the vault of the ledger at `paths` can be used with its journal, without changing anything: for one that was
/// there before, and that opening the ledger brings in order.
///
/// # Errors
/// [`VaultRestoreError`] if not.
pub fn check_vault(paths: &LedgerPaths) -> Result<VaultRestored, VaultRestoreError> {
    Ok(look(paths, None)?.vault)
}

struct Looked {
    ledger: LedgerId,
    told: Told,
    found: KeysFound,
    /// Where the journal ends.
    end: Size,
    vault: VaultRestored,
}

/// What journal, vault and `since` say.
fn look(paths: &LedgerPaths, since: Option<&Since>) -> Result<Looked, VaultRestoreError> {
    let ledger = Meta::read(paths.store())?.ledger();
    let (mut told, mut found) = (Told::default(), KeysFound::default());
    let mut scan = JournalScan::open(paths.store().journal(), ledger)?;
    while let Some(step) = scan.next_frame() {
        let frame = step?.frame;
        for (entry, position) in frame.entries().zip(frame.first().get()..) {
            let position = Position::new(position);
            let taken = told.take(entry);
            taken.map_err(|source| VaultRestoreError::Entry { position, source })?;
        }
        let keys = frame.sidecars();
        let keys = keys.filter(|(kind, _)| *kind == sidecar::DATA_KEY);
        // One that is none is named when the ledger is opened.
        for (case, wrapped) in keys.filter_map(|(_, bytes)| sidecar::decode_data_key(bytes)) {
            found.add(case, wrapped);
        }
    }
    let end = scan.head().size;
    let mut known = end;
    if let Some(since) = since {
        told.gone.extend(&since.told.gone);
        told.generation = told.generation.max(since.told.generation);
        known = known.max(since.head.size);
    }
    if let Some(generation) = told.generation {
        found.destroyed(generation);
    }
    let folder = paths.vault();
    let keyring = keyring(folder, ledger, Disk::default());
    let vault = match Vault::look(folder, ledger, &keyring, None) {
        Err(VaultError::Missing { .. }) if found.never_used() => VaultRestored::Unused,
        Err(VaultError::Missing { .. }) => VaultRestored::Missing,
        looked => {
            let expected = looked.map_err(OpenError::from)?.size();
            if expected > known {
                return Err(VaultRestoreError::Ahead {
                    vault: folder.to_owned(),
                    expected,
                    found: known,
                });
            }
            VaultRestored::Sound
        }
    };
    Ok(Looked {
        ledger,
        told,
        found,
        end,
        vault,
    })
}
