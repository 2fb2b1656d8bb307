//! The keys that sign checkpoints, as far as they are at hand.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use caseledger_chain::{
    Checkpoint, CheckpointError, NoteError, Position, SignedCheckpoint, SigningKey,
    UnverifiedCheckpoint, VerifierKey,
};
use caseledger_domain::KeyChange;

use crate::{
    error::SignError,
    keys::{Succession, SuccessionError},
};

/// Which keys sign, and those of them that are at hand. A handle: the writer learns of new keys, and all sign with them.
#[derive(Clone)]
pub(crate) struct Signers {
    keys: Arc<RwLock<Keys>>,
    read_only: bool,
}

struct Keys {
    succession: Succession,
    held: Vec<Arc<SigningKey>>,
}

impl Signers {
    /// A ledger with its first key, and the secrets that are at hand.
    pub(crate) fn new(first: VerifierKey, held: Vec<Arc<SigningKey>>) -> Self {
        let succession = Succession::new(first);
        Self {
            keys: Arc::new(RwLock::new(Keys { succession, held })),
            read_only: false,
        }
    }

    /// A ledger that signs nothing.
    pub(crate) fn read_only(first: VerifierKey) -> Self {
        Self {
            read_only: true,
            ..Self::new(first, Vec::new())
        }
    }

    /// Whether nothing may be signed.
    pub(crate) const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Which keys sign which checkpoints.
    pub(crate) fn succession(&self) -> Succession {
        self.read().succession.clone()
    }

    /// The first of those keys that is to sign from now on and is not at hand, by its number.
    pub(crate) fn missing(&self, succession: &Succession) -> Option<usize> {
        if self.read_only {
            return None;
        }
        let keys = self.read();
        let missing = |verifier: &VerifierKey| {
            let mut held = keys.held.iter();
            held.all(|key| key.verifier() != verifier)
        };
        let mut all = succession.keys().iter();
        all.position(|key| key.until.is_none() && missing(&key.verifier))
    }

    /// Takes the keys that the log names.
    pub(crate) fn adopt(&self, succession: Succession) {
        self.write().succession = succession;
    }

    /// Takes what a durable entry says of keys: from its checkpoint on it holds.
    ///
    /// # Errors
    /// [`SuccessionError`] for what cannot follow.
    pub(crate) fn record(
        &self,
        position: Position,
        change: KeyChange,
    ) -> Result<(), SuccessionError> {
        self.write().succession.record(position, change)
    }

    /// Has a further key at hand.
    pub(crate) fn hold(&self, key: SigningKey) {
        self.write().held.push(Arc::new(key));
    }

    /// A key at hand that never signed: left over from a rotation that was not recorded.
    pub(crate) fn unused(&self) -> Option<VerifierKey> {
        let keys = self.read();
        let mut held = keys.held.iter().map(|key| key.verifier());
        held.find(|key| !keys.succession.contains(key)).cloned()
    }

    /// Signs a checkpoint with every key that signs those of its size.
    ///
    /// # Errors
    /// [`SignError`] while nothing may be signed, or if one of the keys is not at hand.
    pub(crate) fn sign(&self, checkpoint: &Checkpoint) -> Result<SignedCheckpoint, SignError> {
        if self.read_only {
            return Err(SignError::ReadOnly);
        }
        let size = checkpoint.size;
        let keys = self.read();
        let mut signing = Vec::with_capacity(2);
        for verifier in keys.succession.at(size) {
            let held = keys.held.iter().find(|key| key.verifier() == verifier);
            signing.push(&**held.ok_or_else(|| SignError::NotHeld {
                size,
                key: verifier.clone().into(),
            })?);
        }
        // At every size one key signs at least.
        let (first, others) = signing.split_first().ok_or(SignError::ReadOnly)?;
        Ok(checkpoint.sign_also(first, others)?)
    }

    /// Opens a checkpoint that this ledger signed.
    ///
    /// # Errors
    /// [`CheckpointError`] as for [`open_checkpoint`].
    pub(crate) fn open(&self, note: &[u8]) -> Result<Checkpoint, CheckpointError> {
        open_checkpoint(note, &self.read().succession)
    }

    // A panic while the lock is held leaves a whole value: each is replaced or extended by one call.
    fn read(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Keys> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a checkpoint of the ledger with that succession: every key that signs those of its size must have signed.
///
/// # Errors
/// [`CheckpointError`] as for one key.
pub(crate) fn open_checkpoint(
    note: &[u8],
    succession: &Succession,
) -> Result<Checkpoint, CheckpointError> {
    let size = UnverifiedCheckpoint::parse(note)?.into_unverified().size;
    let mut opened = Err(CheckpointError::Note(NoteError::NoKnownKey));
    for key in succession.at(size) {
        opened = Ok(Checkpoint::open(note, key)?);
    }
    opened
}
