//! Replacing the key that signs checkpoints, in two steps on a ledger that nobody serves (docs/OPERATING.md).
//!
//! ```text
//! rotate   1. key file of the successor, synced      a crash behind it leaves a file that the next rotate takes
//!          2. CheckpointKeySucceeded, durable        from its checkpoint on both keys sign
//! retire   3. CheckpointKeyRetired, durable          from its checkpoint on the successor signs alone
//! ```
//!
//! Which keys sign is never stored: opening derives it from these two entries, so there is no moment at which log and
//! keys disagree.

use std::sync::Arc;

use caseledger_chain::{Position, VerifierKey};
use caseledger_domain::KeyChange;

use crate::{
    clock::Clock,
    engine::{CloseError, Engine},
    identity::{InitError, make_successor},
    keys::Succession,
    own::{self, RecordError},
    recovery::{Config, OpenError},
};

/// A key was not replaced or retired.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The ledger was not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// One at a time.
    #[error("{successor} replaces {present} already: retire that one first")]
    UnderWay {
        /// The present key.
        present: Box<VerifierKey>,
        /// Its successor.
        successor: Box<VerifierKey>,
    },
    /// Nothing to retire.
    #[error("no key of this ledger has a successor: rotate first")]
    NoSuccessor,
    /// The successor's file could not be written.
    #[error(transparent)]
    KeyFile(#[from] InitError),
    /// The entry was not recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The ledger was not closed; the entry is recorded all the same.
    #[error(
        "the entry at position {position} says which keys sign from now on, and caseledger key show tells them; this is done, \
         although the ledger was not closed well: {source}"
    )]
    Close {
        /// Where it stands.
        position: Position,
        /// What went wrong then.
        #[source]
        source: CloseError,
    },
}

/// A rotation went one step on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Where the entry stands that says so.
    pub position: Position,
    /// The keys as they are now.
    pub succession: Succession,
}

/// Makes a successor of the key that signs checkpoints, and records it. From this entry on both sign.
///
/// # Errors
/// [`RotationError`]; above all while another rotation is under way.
pub fn rotate(config: &Config, clock: &Arc<dyn Clock>) -> Result<Rotated, RotationError> {
    let (engine, _) = Engine::open(config, Arc::clone(clock), &|_step| ())?;
    let identity = engine.identity();
    let succession = identity.succession();
    if let (Some(present), Some(successor)) = (succession.present(), succession.successor()) {
        return Err(RotationError::UnderWay {
            present: present.clone().into(),
            successor: successor.clone().into(),
        });
    }
    // A file that is left over was never used: nothing was recorded of it, and nothing signed with it.
    let successor = if let Some(unused) = identity.signers().unused() {
        unused
    } else {
        let key = make_successor(&config.paths, identity.origin(), &*config.random)?;
        let verifier = key.verifier().clone();
        identity.signers().hold(key);
        verifier
    };
    // A crash before this is durable leaves a key file that no entry names. Behind it, both keys sign.
    let successor = successor.public_bytes();
    record(engine, &**clock, KeyChange::Succeeded { successor })
}

/// Retires the key that has a successor. From this entry on the successor signs alone, and the file of the retired key
/// is not needed any more.
///
/// # Errors
/// [`RotationError`]; above all when no rotation is under way.
pub fn retire(config: &Config, clock: &Arc<dyn Clock>) -> Result<Rotated, RotationError> {
    let (engine, _) = Engine::open(config, Arc::clone(clock), &|_step| ())?;
    let succession = engine.identity().succession();
    let (Some(present), Some(_)) = (succession.present(), succession.successor()) else {
        return Err(RotationError::NoSuccessor);
    };
    // The frame of this entry keeps the checkpoint of the one before it, as every frame does: with it the journal has
    // every checkpoint that the retired key ever signed.
    let retired = present.public_bytes();
    record(engine, &**clock, KeyChange::Retired { retired })
}

fn record(engine: Engine, clock: &dyn Clock, change: KeyChange) -> Result<Rotated, RotationError> {
    let position = own::record(&engine, clock, vec![change.into()])?;
    let succession = engine.identity().succession();
    let closed = engine.close();
    closed.map_err(|source| RotationError::Close { position, source })?;
    Ok(Rotated {
        position,
        succession,
    })
}
