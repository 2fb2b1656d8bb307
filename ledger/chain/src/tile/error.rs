//! What can be wrong with the name of a tile.

use std::error::Error;
use std::fmt;

use super::{LEVEL_MAX, TILE_WIDTH};

/// Why a tile or bundle cannot be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TileError {
    /// The level is above 63.
    Level {
        /// The level found.
        found: u8,
    },
    /// No tree has that subtree.
    NoSuchNode {
        /// The level asked for.
        level: u8,
        /// The index asked for.
        index: u64,
    },
    /// The path is not the one canonical path of a tile or bundle.
    Path,
    /// The width is not 1 to 256.
    Width {
        /// The width found.
        found: u16,
    },
}

impl fmt::Display for TileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level { found } => {
                write!(f, "tile level is {found}, expected at most {LEVEL_MAX}")
            }
            Self::NoSuchNode { level, index } => {
                write!(
                    f,
                    "no tree has a subtree {index} at level {level}, expected below 2^64 leaves"
                )
            }
            Self::Path => f.write_str(
                "path does not name a tile, expected the canonical form such as \
                 tile/0/x001/234 or tile/entries/000.p/5",
            ),
            Self::Width { found } => {
                write!(f, "tile width is {found}, expected 1 to {TILE_WIDTH}")
            }
        }
    }
}

impl Error for TileError {}
