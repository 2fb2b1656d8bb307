//! Making a rollback guard again for a ledger that has lost its own.
//!
//! Without a guard nobody on this machine knows how far the ledger was, and a journal that ends too early looks like
//! one that does not. Somebody else knows: whoever was given a signed checkpoint. With the newest one that can be found
//! the journal is compared, and only if it continues that checkpoint a guard is written. A checkpoint that is not the
//! newest proves less: what was recorded behind it and lost is not noticed here, but by whoever has the newer one.

use caseledger_chain::{
    Checkpoint, CheckpointError, Digest, Frontier, LedgerId, Size, chain_hash, empty_root,
    leaf_hash,
};
use caseledger_store::{Damage, FileLog, Head, JournalScan, LogError, Meta, MetaError};

use crate::{
    keys::{self, ShownError},
    paths::LedgerPaths,
    signers::open_checkpoint,
};

/// No guard was made. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is a guard.
    #[error(
        "{path} exists: it is the guard of this ledger or of another one, and is not overwritten"
    )]
    Exists {
        /// The guard file.
        path: std::path::PathBuf,
    },
    /// There is no ledger.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// Not a checkpoint, or not one that the key of this ledger signed.
    #[error("this is no checkpoint of this ledger: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The journal does not reach the checkpoint.
    #[error(
        "the journal has {found} entries, the checkpoint covers {expected}: this is an older copy, restore a newer one"
    )]
    Behind {
        /// Entries that the checkpoint covers.
        expected: Size,
        /// Entries of the journal.
        found: Size,
    },
    /// The entries are not those that were signed.
    #[error(
        "the first {size} entries of the journal have root {found}, the checkpoint says {expected}: this is another history, restore the right one"
    )]
    Forked {
        /// Entries that the checkpoint covers.
        size: Size,
        /// Root in the checkpoint.
        expected: Digest,
        /// Root of the entries.
        found: Digest,
    },
    /// The journal is damaged.
    #[error("the journal is damaged at {0}; restore the journal folder from a copy")]
    Damaged(#[from] Damage),
    /// The journal could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The keys of the ledger cannot be told.
    #[error(transparent)]
    Keys(#[from] ShownError),
    /// The guard could not be written.
    #[error(transparent)]
    Store(#[from] caseledger_store::OpenError),
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the journal ends: what the guard says.
    pub head: Head,
    /// Entries that the checkpoint vouches for.
    pub vouched: Size,
}

/// Makes the guard of the ledger at `paths` again, if its journal continues the signed checkpoint `note`.
///
/// # Errors
/// [`RestoreError`]; above all when there is a guard, or when the journal does not continue the checkpoint.
pub fn restore(paths: &LedgerPaths, note: &[u8]) -> Result<Restored, RestoreError> {
    let guard = paths.store().guard();
    if guard.exists() {
        let path = guard.to_owned();
        return Err(RestoreError::Exists { path });
    }
    let vouched = check(paths, note)?;
    let head = restore_at(paths, vouched)?;
    let vouched = vouched.size;
    Ok(Restored { head, vouched })
}

/// Makes the guard of the ledger at `paths` again, if its journal continues `vouched`, a head that somebody else knows.
/// It then says where the journal ends, which is returned.
///
/// # Errors
/// [`RestoreError::Store`]; above all when there is a guard, or when the journal does not continue the head.
pub fn restore_at(paths: &LedgerPaths, vouched: Head) -> Result<Head, RestoreError> {
    Ok(FileLog::restore_guard(paths.store(), vouched)?)
}

/// What the guard at `paths` remembers of `ledger`, also where there is no journal; none if there is no guard, or nothing of
/// this ledger in it.
pub fn remembered(paths: &LedgerPaths, ledger: LedgerId) -> Option<Head> {
    FileLog::remembered(paths.store(), ledger).ok().flatten()
}

/// Whether the journal of the ledger at `paths` continues the signed checkpoint `note`: the head at its size. Nothing
/// is written.
///
/// # Errors
/// [`RestoreError`] above all when it does not.
pub fn check(paths: &LedgerPaths, note: &[u8]) -> Result<Head, RestoreError> {
    let meta = Meta::read(paths.store())?;
    let succession = keys::in_front_of_damage(paths)?;
    let Checkpoint { size, root, .. } = open_checkpoint(note, &succession)?;
    let mut scan = JournalScan::open(paths.store().journal(), meta.ledger())?;
    let (mut tree, mut last) = (Frontier::new(), Digest::ZERO);
    while tree.size() < size {
        let Some(frame) = scan.next_frame() else {
            let (expected, found) = (size, tree.size());
            return Err(RestoreError::Behind { expected, found });
        };
        let left = (size.get() - tree.size().get()) as usize;
        for entry in frame?.frame.entries().take(left) {
            tree.push(leaf_hash(entry));
            last = chain_hash(entry);
        }
    }
    let found = if size.is_zero() {
        empty_root()
    } else {
        tree.root()
    };
    if found != root {
        let expected = root;
        return Err(RestoreError::Forked {
            size,
            expected,
            found,
        });
    }
    Ok(Head::new(size.get(), last))
}
