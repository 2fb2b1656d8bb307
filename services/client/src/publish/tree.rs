//! The tree of one checkpoint, read from its tiles and verified on the way down.

use bytes::Bytes;
use caseledger_chain::{
    Checkpoint, Digest, NodeInTile, NodeSource, ProofError, Size, TILE_WIDTH, TileError, TileId,
    consistency_proof, root,
};

use super::joined;
use crate::source::{LogSource, Resource, SourceError};

/// Levels that a tree of at most 2^64 - 1 leaves can have, and one for the root of the last.
const LEVELS: usize = 9;

/// Why tiles do not tell the tree of a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// They cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The tiles at the right edge are not those of the checkpoint.
    #[error(
        "tiles at the right edge of size {size} hash to {found}, the checkpoint says {expected}"
    )]
    Root {
        /// The size of the tree.
        size: Size,
        /// The root in the checkpoint.
        expected: Digest,
        /// The root of the tiles.
        found: Digest,
    },
    /// A tile is not the one that the tile above it names.
    #[error("{at} hashes to {found}, the tile above it says {expected}")]
    Tile {
        /// Its address.
        at: String,
        /// What it must hash to.
        expected: Digest,
        /// What it hashes to.
        found: Digest,
    },
}

/// The hashes in the bytes of a tile.
pub(super) fn hashes(tile: &[u8]) -> impl Iterator<Item = Digest> {
    let (hashes, _) = tile.as_chunks::<{ Digest::LEN }>();
    hashes.iter().copied().map(Digest::from_bytes)
}

/// How many hashes there are at a level.
fn available(size: Size, level: u8) -> u64 {
    let shift = 8 * u32::from(level);
    size.get().checked_shr(shift).unwrap_or_default()
}

/// One tile a level.
#[derive(Clone, Debug, Default)]
struct Row([Option<(u64, Bytes)>; LEVELS]);

impl Row {
    fn get(&self, level: u8, index: u64) -> Option<&Bytes> {
        let (found, bytes) = self.0.get(usize::from(level))?.as_ref()?;
        (*found == index).then_some(bytes)
    }

    fn set(&mut self, level: u8, index: u64, bytes: Bytes) {
        if let Some(slot) = self.0.get_mut(usize::from(level)) {
            *slot = Some((index, bytes));
        }
    }
}

impl NodeSource for Row {
    type Error = TileError;

    fn node(&self, level: u8, index: u64) -> Result<Digest, TileError> {
        let place = NodeInTile::locate(level, index)?;
        let tile = self.get(place.level(), place.index());
        tile.and_then(|tile| place.hash(tile))
            .ok_or(TileError::NoSuchNode { level, index })
    }
}

/// Two rows of tiles.
struct Both<'a>(&'a Row, &'a Row);

impl NodeSource for Both<'_> {
    type Error = TileError;

    fn node(&self, level: u8, index: u64) -> Result<Digest, TileError> {
        self.0
            .node(level, index)
            .or_else(|_elsewhere| self.1.node(level, index))
    }
}

/// The tiles of a signed tree. What it hands out is verified.
pub(crate) struct Tiles<'a, S> {
    source: &'a S,
    size: Size,
    /// The partial tile of each level that has one.
    edge: Row,
    /// The full tile of each level that was asked for last.
    last: Row,
}

impl<'a, S: LogSource> Tiles<'a, S> {
    /// Reads the right edge and compares it with the checkpoint.
    pub(crate) async fn load(source: &'a S, new: &Checkpoint) -> Result<Self, TreeError> {
        let mut edge = Row::default();
        for level in 0..LEVELS as u8 {
            let count = available(new.size, level);
            let (index, width) = (
                count / u64::from(TILE_WIDTH),
                (count % u64::from(TILE_WIDTH)) as u16,
            );
            if let Ok(tile) = TileId::new(level, index, width) {
                edge.set(level, index, source.tile(tile).await?);
            }
        }
        let found = edge_root(&edge, new.size);
        if found != new.root {
            return Err(TreeError::Root {
                size: new.size,
                expected: new.root,
                found,
            });
        }
        Ok(Self {
            source,
            size: new.size,
            edge,
            last: Row::default(),
        })
    }

    /// A tile: full, or the partial one at the right edge.
    pub(super) async fn tile(&mut self, level: u8, index: u64) -> Result<Bytes, TreeError> {
        // Up to a tile that is verified, then down again, each by the one above it.
        let mut missing = Vec::new();
        let (mut at, mut above) = (level, index);
        let mut tile = loop {
            let known = self.edge.get(at, above).or(self.last.get(at, above));
            if let Some(known) = known {
                break known.clone();
            }
            missing.push((at, above));
            (at, above) = (at + 1, above / u64::from(TILE_WIDTH));
            if usize::from(at) >= LEVELS {
                return Err(self.beyond(level, index));
            }
        };
        for (level, index) in missing.into_iter().rev() {
            let offset = (index % u64::from(TILE_WIDTH)) as usize;
            let expected = hashes(&tile).nth(offset);
            let expected = expected.ok_or_else(|| self.beyond(level, index))?;
            let id = TileId::new(level, index, TILE_WIDTH);
            let id = id.map_err(|_no_such_tile| self.beyond(level, index))?;
            let bytes = self.source.tile(id).await?;
            let found = joined(&bytes);
            if found != expected {
                let at = self.source.locate(&Resource::Tile(id));
                return Err(TreeError::Tile {
                    at,
                    expected,
                    found,
                });
            }
            self.last.set(level, index, bytes.clone());
            tile = bytes;
        }
        Ok(tile)
    }

    /// A hash: that over the full tile `index` of the level below.
    pub(super) async fn hash(&mut self, level: u8, index: u64) -> Result<Digest, TreeError> {
        let width = u64::from(TILE_WIDTH);
        let tile = self.tile(level, index / width).await?;
        let hash = hashes(&tile).nth((index % width) as usize);
        hash.ok_or_else(|| self.beyond(level, index))
    }

    /// The root that this tree had at an earlier size.
    pub(crate) async fn root_at(&mut self, old: Size) -> Result<Digest, TreeError> {
        let mut edge = Row::default();
        for level in 0..LEVELS as u8 {
            let count = available(old, level);
            if !count.is_multiple_of(u64::from(TILE_WIDTH)) {
                let index = count / u64::from(TILE_WIDTH);
                edge.set(level, index, self.tile(level, index).await?);
            }
        }
        Ok(edge_root(&edge, old))
    }

    /// The proof that this tree extends the one it was at an earlier size, which is not 0.
    pub(crate) async fn proof(&mut self, old: Size) -> Result<Vec<Digest>, TreeError> {
        let Some(last) = old.last() else {
            return Err(self.beyond(0, 0));
        };
        // The proof is made of the subtrees beside the path from the end of the old tree, which
        // lie in the tiles along that path, and of those at the right edge.
        let mut path = Row::default();
        let lowest = old.get().trailing_zeros() / 8;
        for level in lowest as u8..LEVELS as u8 {
            let shift = 8 * (u32::from(level) + 1);
            let index = last.get().checked_shr(shift).unwrap_or_default();
            if index * u64::from(TILE_WIDTH) < available(self.size, level) {
                path.set(level, index, self.tile(level, index).await?);
            }
        }
        let proof = consistency_proof(&Both(&path, &self.edge), old, self.size);
        proof.map_err(|error| match error {
            ProofError::Source(TileError::NoSuchNode { level, index }) => self.beyond(level, index),
            _ => self.beyond(0, old.get()),
        })
    }

    /// Only a caller that is wrong about the size asks for what the tree has not.
    fn beyond(&self, level: u8, index: u64) -> TreeError {
        let at = format!("tile {index} at level {level} of size {}", self.size);
        TreeError::Source(SourceError::Absent { at })
    }
}

/// The root of a tree from the tiles at its right edge. Every complete subtree that the size
/// splits into lies in the partial tile of its level; a row that lacks one has no such root.
fn edge_root(edge: &Row, size: Size) -> Digest {
    root(edge, size).unwrap_or(Digest::ZERO)
}
