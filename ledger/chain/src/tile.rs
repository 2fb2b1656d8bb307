//! Tile coordinates and entry bundles (C2SP tlog-tiles v0.1.0).
//!
//! A tree is published as tiles of up to 256 hashes, and its entries as bundles of up to 256.
//! Hash i of tile N at level L is that of the complete subtree over the leaves
//! `[(N * 256 + i) * 256^L, (N * 256 + i + 1) * 256^L)`. A full tile or bundle never changes; one
//! with fewer hashes has its width in its name, so that it never changes either.

use std::fmt;

use crate::decimal;
use crate::digest::{Digest, node_hash};
use crate::position::Size;

pub use self::bundle::{BundleError, decode_bundle, push_bundle_entry};
pub use self::error::TileError;

mod bundle;
mod error;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// The highest level a path may have.
const LEVEL_MAX: u8 = 63;

/// Levels that a tree of at most 2^64 - 1 leaves can have.
const TREE_LEVELS: u8 = 8;

/// Names one tile of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    level: u8,
    index: u64,
    width: u16,
}

impl TileId {
    /// Takes a level of 0 to 63, the index of the tile at that level, and a width of 1 to 256.
    ///
    /// # Errors
    ///
    /// Refuses a level or width outside these bounds.
    pub const fn new(level: u8, index: u64, width: u16) -> Result<Self, TileError> {
        if level > LEVEL_MAX {
            return Err(TileError::Level { found: level });
        }
        if width == 0 || width > TILE_WIDTH {
            return Err(TileError::Width { found: width });
        }
        Ok(Self {
            level,
            index,
            width,
        })
    }

    /// Reads the path that [`Self::path`] writes.
    ///
    /// # Errors
    ///
    /// Refuses every other spelling, so that one tile has one address.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let rest = path.strip_prefix("tile/").ok_or(TileError::Path)?;
        let (level, rest) = rest.split_once('/').ok_or(TileError::Path)?;
        let level = decimal::parse(level).and_then(|level| u8::try_from(level).ok());
        let (index, width) = parse_index(rest)?;
        Self::new(level.ok_or(TileError::Path)?, index, width)
    }

    /// The tiles that a tree of `new` leaves has and a tree of `old` leaves has not, lowest level
    /// first and in order of index: what must be published when the log grows. With an old size
    /// of 0 these are all the tiles of the tree.
    pub fn between(old: Size, new: Size) -> impl Iterator<Item = Self> {
        (0..TREE_LEVELS).flat_map(move |level| {
            let hashes = |size: Size| size.get() >> (8 * u32::from(level));
            widths(hashes(old), hashes(new)).map(move |(index, width)| Self {
                level,
                index,
                width,
            })
        })
    }

    /// The path below the prefix of the log: `tile/<L>/<N>` or `tile/<L>/<N>.p/<W>`.
    pub fn path(&self) -> String {
        path(&format!("tile/{}/", self.level), self.index, self.width)
    }

    /// The level of the tile. Its hashes are of subtrees of 256^level leaves.
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// The index of the tile at its level.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes the tile has, 1 to 256.
    pub const fn width(&self) -> u16 {
        self.width
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// Names one bundle of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId {
    index: u64,
    width: u16,
}

impl BundleId {
    /// Takes the index of the bundle and a width of 1 to 256.
    ///
    /// # Errors
    ///
    /// Refuses a width outside these bounds.
    pub const fn new(index: u64, width: u16) -> Result<Self, TileError> {
        if width == 0 || width > TILE_WIDTH {
            return Err(TileError::Width { found: width });
        }
        Ok(Self { index, width })
    }

    /// Reads the path that [`Self::path`] writes.
    ///
    /// # Errors
    ///
    /// Refuses every other spelling.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let rest = path.strip_prefix("tile/entries/").ok_or(TileError::Path)?;
        let (index, width) = parse_index(rest)?;
        Self::new(index, width)
    }

    /// The bundles that a log of `new` entries has and a log of `old` entries has not, in order.
    pub fn between(old: Size, new: Size) -> impl Iterator<Item = Self> {
        widths(old.get(), new.get()).map(|(index, width)| Self { index, width })
    }

    /// The path below the prefix of the log: `tile/entries/<N>` or `tile/entries/<N>.p/<W>`.
    pub fn path(&self) -> String {
        path("tile/entries/", self.index, self.width)
    }

    /// The index of the bundle. Its first entry has position index * 256.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many entries the bundle has, 1 to 256.
    pub const fn width(&self) -> u16 {
        self.width
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// Where the hash of a complete subtree is found in the tiles: it is that of `count` hashes of
/// one tile, joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeInTile {
    level: u8,
    index: u64,
    first: u8,
    count: u8,
}

impl NodeInTile {
    /// Finds the `index`-th complete subtree of 2^`level` leaves. Tiles hold every eighth level;
    /// those between are joined from 2 to 128 neighbours.
    ///
    /// # Errors
    ///
    /// Refuses a subtree beyond a tree of 2^64 - 1 leaves.
    pub const fn locate(level: u8, index: u64) -> Result<Self, TileError> {
        if level as u32 >= u64::BITS || index.leading_zeros() < level as u32 {
            return Err(TileError::NoSuchNode { level, index });
        }
        let within = level % 8;
        let first = index << within;
        let [.., offset] = first.to_be_bytes();
        Ok(Self {
            level: level / 8,
            index: first >> 8,
            first: offset,
            count: 1 << within,
        })
    }

    /// The level of the tile.
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// The index of the tile at its level.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The width that the tile must have at least.
    pub fn width(&self) -> u16 {
        u16::from(self.first) + u16::from(self.count)
    }

    /// The hash of the subtree, from the bytes of the tile: its hashes one after the other.
    /// `None` when the tile is too narrow.
    pub fn hash(&self, tile: &[u8]) -> Option<Digest> {
        let (hashes, _) = tile.as_chunks::<{ Digest::LEN }>();
        let first = usize::from(self.first);
        let hashes = hashes.get(first..first + usize::from(self.count))?;
        let mut level: Vec<Digest> = hashes.iter().copied().map(Digest::from_bytes).collect();
        while level.len() > 1 {
            let (pairs, _) = level.as_chunks::<2>();
            level = pairs
                .iter()
                .map(|[left, right]| node_hash(left, right))
                .collect();
        }
        level.first().copied()
    }
}

/// Index and width of the tiles by which a level that grows from `old` to `new` hashes changes.
fn widths(old: u64, new: u64) -> impl Iterator<Item = (u64, u16)> {
    let width = u64::from(TILE_WIDTH);
    let full = (old / width..new / width).map(|index| (index, TILE_WIDTH));
    let rest = u16::try_from(new % width)
        .ok()
        .filter(|rest| old < new && *rest > 0);
    full.chain(rest.map(|rest| (new / width, rest)))
}

/// Three-digit groups, all but the last prefixed with `x`; then the width of a tile not full.
fn path(prefix: &str, index: u64, width: u16) -> String {
    let mut groups = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        groups = format!("x{:03}/{groups}", rest % 1000);
        rest /= 1000;
    }
    if width == TILE_WIDTH {
        format!("{prefix}{groups}")
    } else {
        format!("{prefix}{groups}.p/{width}")
    }
}

/// The inverse of [`path`], after the prefix.
fn parse_index(text: &str) -> Result<(u64, u16), TileError> {
    let (groups, width) = match text.split_once(".p/") {
        Some((groups, width)) => {
            let width = decimal::parse(width).and_then(|width| u16::try_from(width).ok());
            (groups, width.ok_or(TileError::Path)?)
        }
        None => (text, TILE_WIDTH),
    };
    let mut index: u64 = 0;
    for group in groups.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TileError::Path);
        }
        let value = digits
            .parse()
            .ok()
            .and_then(|group: u64| index.checked_mul(1000)?.checked_add(group));
        index = value.ok_or(TileError::Path)?;
    }
    // Leading groups of zeros, an `x` missing or out of place, and the width of a full tile are
    // other spellings.
    if path("", index, width) == text {
        Ok((index, width))
    } else {
        Err(TileError::Path)
    }
}

#[cfg(test)]
mod tests;
