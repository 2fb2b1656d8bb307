//! The tree of one checkpoint, read from its tiles and verified on the way down.

use bytes::Bytes;
use caseledger_chain::{
    Checkpoint, Digest, NodeInTile, NodeSource, Size, TILE_WIDTH, TileError, TileId, root,
};

use super::{PublishError, joined};
use crate::source::{LogSource, Resource};

/// Levels that a tree of at most 2^64 - 1 leaves can have, and one for the root of the last.
const LEVELS: usize = 9;

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

/// The tiles of a signed tree. What it hands out is verified.
pub(super) struct Tiles<'a, S> {
    source: &'a S,
    size: Size,
    /// The partial tile of each level that has one.
    edge: Row,
    /// The full tile of each level that was asked for last.
    last: Row,
}

impl<'a, S: LogSource> Tiles<'a, S> {
    /// Reads the right edge and compares it with the checkpoint.
    pub(super) async fn load(source: &'a S, new: &Checkpoint) -> Result<Self, PublishError> {
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
            return Err(PublishError::Root {
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
    pub(super) async fn tile(&mut self, level: u8, index: u64) -> Result<Bytes, PublishError> {
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
                return Err(PublishError::Tile {
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
    pub(super) async fn hash(&mut self, level: u8, index: u64) -> Result<Digest, PublishError> {
        let width = u64::from(TILE_WIDTH);
        let tile = self.tile(level, index / width).await?;
        let hash = hashes(&tile).nth((index % width) as usize);
        hash.ok_or_else(|| self.beyond(level, index))
    }

    /// The root that this tree had at an earlier size.
    pub(super) async fn root_at(&mut self, old: Size) -> Result<Digest, PublishError> {
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

    /// Only a caller that is wrong about the size asks for what the tree has not.
    fn beyond(&self, level: u8, index: u64) -> PublishError {
        let at = format!("tile {index} at level {level} of size {}", self.size);
        PublishError::Source(crate::source::SourceError::Absent { at })
    }
}

/// The root of a tree from the tiles at its right edge. Every complete subtree that the size
/// splits into lies in the partial tile of its level; a row that lacks one has no such root.
fn edge_root(edge: &Row, size: Size) -> Digest {
    root(edge, size).unwrap_or(Digest::ZERO)
}
