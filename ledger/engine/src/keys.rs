//! Which keys sign which checkpoints. It follows from the log: the first key is made with the ledger, and the stream of
//! the operator says when another one follows it, and when the one before signs no more.
//!
//! ```text
//! init                         CheckpointKeySucceeded at p       CheckpointKeyRetired at q
//!  |--- first key ------------------|--- first and second ------------|--- second ---
//! size 0                       size p + 1                        size q + 1
//! ```
//!
//! The checkpoint that retires a key is not signed by it any more: from the moment that this entry is durable the key
//! file is not needed, not even to sign that checkpoint again after a crash. All earlier ones are kept in the journal.

use caseledger_chain::{Algorithm, KeyError, Position, Size, VerifierKey};
use caseledger_domain::{Event, Fact, KeyChange, OrgId, StreamId, StreamKind};
use caseledger_store::{Damage, JournalScan, LogError, Meta, MetaError};

use crate::{
    paths::LedgerPaths,
    stored::{Stored, StoredError},
};

/// Where the number of the stream kind stands in an entry (docs/FORMAT.md).
pub(crate) const STREAM_KIND_AT: usize = 68;

/// A key that signs the checkpoints of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointKey {
    /// What checks its signatures.
    pub verifier: VerifierKey,
    /// The smallest size whose checkpoint it signs.
    pub since: Size,
    /// The smallest size whose checkpoint it signs no more; none while it signs.
    pub until: Option<Size>,
}

impl CheckpointKey {
    /// Whether it signs the checkpoint of that size.
    pub fn signs(&self, size: Size) -> bool {
        self.since <= size && self.until.is_none_or(|until| size < until)
    }
}

/// The keys of a ledger, oldest first. There is always one that signs, and there are never more than two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    keys: Vec<CheckpointKey>,
}

/// The log says of keys what cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    /// No key has those 32 bytes.
    #[error("entry at position {position} names a key of checkpoints that is none: {source}")]
    Key {
        /// Where the entry stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        source: KeyError,
    },
    /// Another key than the one that was replaced, or out of turn.
    #[error(
        "entry at position {position} changes key {found} of checkpoints out of turn; check the ledger with fsck"
    )]
    OutOfTurn {
        /// Where the entry stands.
        position: Position,
        /// The key that it names.
        found: Box<VerifierKey>,
    },
}

impl Succession {
    /// The succession of a ledger that has its first key.
    pub fn new(first: VerifierKey) -> Self {
        let key = CheckpointKey {
            verifier: first,
            since: Size::ZERO,
            until: None,
        };
        Self { keys: vec![key] }
    }

    /// Every key, oldest first.
    pub fn keys(&self) -> &[CheckpointKey] {
        &self.keys
    }

    /// The keys that sign the checkpoint of that size, the present one before its successor.
    pub fn at(&self, size: Size) -> impl Iterator<Item = &VerifierKey> {
        let signing = self.keys.iter().filter(move |key| key.signs(size));
        signing.map(|key| &key.verifier)
    }

    /// The key that signs now and has no predecessor that does: what those who begin to audit pin.
    pub fn present(&self) -> Option<&VerifierKey> {
        self.signing().next()
    }

    /// The key that signs beside the present one, to replace it.
    pub fn successor(&self) -> Option<&VerifierKey> {
        self.signing().nth(1)
    }

    /// Whether the key ever signed.
    pub fn contains(&self, key: &VerifierKey) -> bool {
        self.keys.iter().any(|known| known.verifier == *key)
    }

    fn signing(&self) -> impl Iterator<Item = &VerifierKey> {
        let signing = self.keys.iter().filter(|key| key.until.is_none());
        signing.map(|key| &key.verifier)
    }

    /// Takes what the entry at `position` says of keys.
    ///
    /// # Errors
    /// [`SuccessionError`] for a key that is none or was used before, a second rotation at once, and a retired key that
    /// is not the present one or has no successor.
    pub fn record(&mut self, position: Position, change: KeyChange) -> Result<(), SuccessionError> {
        let public = change.key();
        let name = self.present().map(|key| key.name().clone());
        let Some(name) = name else {
            return Ok(());
        };
        let verifier = VerifierKey::new(name, Algorithm::Ed25519, &public)
            .map_err(|source| SuccessionError::Key { position, source })?;
        let end = Size::new(position.get().saturating_add(1));
        let under_way = self.successor().is_some();
        match change {
            KeyChange::Succeeded { .. } if !under_way && !self.contains(&verifier) => {
                self.keys.push(CheckpointKey {
                    verifier,
                    since: end,
                    until: None,
                });
                return Ok(());
            }
            KeyChange::Retired { .. } if under_way && self.present() == Some(&verifier) => {
                let retired = self.keys.iter_mut().find(|key| key.verifier == verifier);
                if let Some(key) = retired {
                    key.until = Some(end);
                }
                return Ok(());
            }
            KeyChange::Succeeded { .. } | KeyChange::Retired { .. } => {}
        }
        let found = verifier.into();
        Err(SuccessionError::OutOfTurn { position, found })
    }

    /// Takes an entry of the journal. Entries of other streams are not decoded.
    pub(crate) fn take(&mut self, position: Position, entry: &[u8]) -> Result<(), ShownError> {
        if entry.get(STREAM_KIND_AT) != Some(&StreamKind::Org.number()) {
            return Ok(());
        }
        let stored =
            Stored::decode(entry).map_err(|source| ShownError::Entry { position, source })?;
        if let Some(fact) = said(&stored.stream, &stored.event) {
            self.record(position, fact)?;
        }
        Ok(())
    }
}

/// What an event says of the keys of checkpoints.
pub(crate) fn said(stream: &StreamId, event: &Event) -> Option<KeyChange> {
    match (stream, &event.fact) {
        (StreamId::Org(OrgId::OPERATOR), Fact::Org(fact)) => fact.key_change(),
        _ => None,
    }
}

/// The keys of a ledger cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum ShownError {
    /// There is no ledger.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The journal is damaged.
    #[error("the journal is damaged at {0}; check the ledger with fsck")]
    Damaged(#[from] Damage),
    /// The journal could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An entry does not say anything.
    #[error("entry at position {position}: {source}; check the ledger with fsck")]
    Entry {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        source: StoredError,
    },
    /// The log says of keys what cannot be.
    #[error(transparent)]
    Succession(#[from] SuccessionError),
}

/// The keys of the ledger at `paths`: the one that `ledger.toml` names, and those that the journal says followed it. Key
/// files are not read.
///
/// # Errors
/// [`ShownError`] if meta file or journal cannot be read.
pub fn shown(paths: &LedgerPaths) -> Result<Succession, ShownError> {
    match scan(paths)? {
        (succession, None) => Ok(succession),
        (_, Some(damage)) => Err(damage.into()),
    }
}

/// The same for a journal that may be damaged: the keys that it names in front of the damage.
pub(crate) fn in_front_of_damage(paths: &LedgerPaths) -> Result<Succession, ShownError> {
    scan(paths).map(|(succession, _)| succession)
}

fn scan(paths: &LedgerPaths) -> Result<(Succession, Option<Damage>), ShownError> {
    let meta = Meta::read(paths.store())?;
    let mut succession = Succession::new(meta.verifier().clone());
    let mut scan = JournalScan::open(paths.store().journal(), meta.ledger())?;
    while let Some(step) = scan.next_frame() {
        let frame = match step {
            Ok(scanned) => scanned.frame,
            Err(damage) => return Ok((succession, Some(damage))),
        };
        for (entry, position) in frame.entries().zip(frame.first().get()..) {
            succession.take(Position::new(position), entry)?;
        }
    }
    Ok((succession, None))
}

#[cfg(test)]
mod tests;
