//! The ledger as others host it: tiles of hashes and bundles of entries (C2SP tlog-tiles).
//!
//! Everything that the newest signed checkpoint covers can be had, and nothing beyond it: a
//! checkpoint is never shown before its tiles and entries (E2), and what no checkpoint covers is
//! nobody's yet. Each answer is made of the log when it is asked for; nothing is kept.

use std::{fmt, sync::Arc};

use caseledger_chain::{
    BundleId, Digest, Position, ProofError, TILE_WIDTH, TileId, push_bundle_entry,
};
use caseledger_store::ReadLimit;

use crate::{error::ReadError, prover::LatestCheckpoint, shared::Shared, tree::NodeError};

/// Levels of the tree between two levels of tiles.
const TILE_LEVELS: u8 = 8;

/// Publishes. A handle: clones are cheap and may be used from any thread.
#[derive(Clone)]
pub struct Publisher {
    shared: Arc<Shared>,
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("ledger", &self.shared.identity)
            .finish_non_exhaustive()
    }
}

impl Publisher {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The newest signed checkpoint. All its tiles and bundles can be had from now on.
    pub fn latest(&self) -> LatestCheckpoint {
        self.shared.latest()
    }

    /// The hashes of a tile, one after the other, 32 bytes each; none if no checkpoint covers so
    /// many. Partial tiles of every width up to what there is can be had, for ever.
    ///
    /// # Errors
    /// A failing store.
    pub fn tile(&self, tile: TileId) -> Result<Option<Vec<u8>>, ReadError> {
        let level = u32::from(tile.level()) * u32::from(TILE_LEVELS);
        let size = self.shared.latest().size.get();
        let available = size.checked_shr(level).unwrap_or_default();
        let Some(first) = first_if_all(tile.index(), tile.width(), available) else {
            return Ok(None);
        };
        let hashes = if tile.level() == 0 {
            let count = usize::from(tile.width());
            let leaves = self.shared.log.leaves(Position::new(first), count)?;
            if leaves.len() < count {
                return Err(ReadError::Missing(Position::new(
                    first + leaves.len() as u64,
                )));
            }
            leaves
        } else {
            // These subtrees have 256 leaves or more and are in memory: no read under the lock.
            let tree = self.shared.tree();
            let level = tile.level() * TILE_LEVELS;
            let hashes = (first..first + u64::from(tile.width())).map(|at| tree.kept(level, at));
            let hashes: Result<Vec<Digest>, NodeError> = hashes.collect();
            hashes.map_err(ProofError::Source)?
        };
        Ok(Some(
            hashes.into_iter().flat_map(Digest::to_bytes).collect(),
        ))
    }

    /// The entries of a bundle, each after its length in two bytes; none if no checkpoint covers
    /// so many. At most 256 * 65,537 bytes.
    ///
    /// # Errors
    /// A failing store.
    pub fn bundle(&self, bundle: BundleId) -> Result<Option<Vec<u8>>, ReadError> {
        let size = self.shared.latest().size.get();
        let Some(first) = first_if_all(bundle.index(), bundle.width(), size) else {
            return Ok(None);
        };
        // The number of entries bounds the bytes; a bound on bytes would cut the bundle short.
        let limit = ReadLimit {
            entries: bundle.width().into(),
            bytes: usize::MAX,
        };
        let entries = self.shared.log.read(Position::new(first), limit)?;
        if entries.len() < usize::from(bundle.width()) {
            return Err(ReadError::Missing(entries.next()));
        }
        let bytes = entries.iter().map(|(_, entry)| 2 + entry.len()).sum();
        let mut bundle = Vec::with_capacity(bytes);
        for (position, entry) in entries.iter() {
            push_bundle_entry(&mut bundle, entry)
                .map_err(|_too_long| ReadError::Missing(position))?;
        }
        Ok(Some(bundle))
    }
}

/// Index of the first of `width` hashes or entries of tile `index`, if `available` include all.
fn first_if_all(index: u64, width: u16, available: u64) -> Option<u64> {
    let first = index.checked_mul(TILE_WIDTH.into())?;
    let end = first.checked_add(width.into())?;
    (end <= available).then_some(first)
}
