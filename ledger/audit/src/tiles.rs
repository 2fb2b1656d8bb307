//! The tree over the entries, and the hashes that its tiles above the leaves have.

use caseledger_chain::{Digest, Frontier, Size, TILE_WIDTH, TileId};

/// The right edge of the tree, and all hashes of tiles above level 0: an eighth of a byte an entry.
#[derive(Debug, Default)]
pub(crate) struct Tiles {
    frontier: Frontier,
    /// By tile level from 1: all its hashes.
    levels: Vec<Vec<Digest>>,
}

impl Tiles {
    pub(crate) fn push(&mut self, leaf: Digest) {
        let levels = &mut self.levels;
        self.frontier.push_visiting(leaf, |level, _index, hash| {
            if level == 0 || level % 8 != 0 {
                return;
            }
            let level = usize::from(level / 8 - 1);
            match levels.get_mut(level) {
                Some(hashes) => hashes.push(hash),
                None => levels.push(vec![hash]),
            }
        });
    }

    pub(crate) const fn size(&self) -> Size {
        self.frontier.size()
    }

    pub(crate) fn root(&self) -> Digest {
        self.frontier.root()
    }

    /// The tiles above level 0 that a tree of this size has, with their bytes.
    pub(crate) fn upper(&self) -> impl Iterator<Item = (TileId, Vec<u8>)> {
        (1..).zip(&self.levels).flat_map(|(level, hashes)| {
            let tiles = (0..).zip(hashes.chunks(usize::from(TILE_WIDTH)));
            tiles.filter_map(move |(index, hashes)| {
                let tile = TileId::new(level, index, hashes.len() as u16).ok()?;
                let bytes = hashes.iter().flat_map(|hash| hash.to_bytes());
                Some((tile, bytes.collect()))
            })
        })
    }
}
