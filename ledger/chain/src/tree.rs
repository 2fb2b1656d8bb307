//! The tree over all entries: RFC 6962 section 2.1 with SHA-256.
//!
//! A complete subtree of 2^level leaves whose leaves start at index * 2^level is named by
//! (level, index) and never changes once it exists; level 0 is the leaf hashes. The root of any
//! size, and every proof, is made of complete subtrees.

use std::error::Error;
use std::fmt;

use crate::digest::{Digest, empty_root, node_hash};
use crate::position::Size;

pub use self::proof::{
    ProofError, VerifyError, consistency_proof, inclusion_proof, root, verify_consistency,
    verify_inclusion,
};

mod proof;

/// Where proofs find the hashes of complete subtrees.
pub trait NodeSource {
    /// Why a hash cannot be had.
    type Error;

    /// The hash of the `index`-th complete subtree of 2^`level` leaves.
    ///
    /// # Errors
    ///
    /// Fails when the source does not hold that subtree.
    fn node(&self, level: u8, index: u64) -> Result<Digest, Self::Error>;
}

/// The right edge of a growing tree: all that is needed to append leaves and to know the root.
///
/// It holds one hash for each complete subtree the size splits into, largest first: at most 64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    edge: Vec<Digest>,
}

/// The right edge does not have the number of hashes its size calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontierError {
    size: Size,
    expected: usize,
    found: usize,
}

impl fmt::Display for FrontierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            size,
            expected,
            found,
        } = self;
        write!(
            f,
            "right edge of size {size} has {found} hashes, expected {expected}"
        )
    }
}

impl Error for FrontierError {}

impl Frontier {
    /// The edge of the tree without leaves.
    pub const fn new() -> Self {
        Self {
            size: 0,
            edge: Vec::new(),
        }
    }

    /// Takes what [`Self::size`] and [`Self::edge`] gave. Whether the hashes are the right ones
    /// only a comparison of [`Self::root`] with a checkpoint can tell.
    ///
    /// # Errors
    ///
    /// Refuses a number of hashes other than the number of one bits of the size.
    pub fn from_parts(size: Size, edge: Vec<Digest>) -> Result<Self, FrontierError> {
        let expected = size.get().count_ones() as usize;
        if edge.len() != expected {
            return Err(FrontierError {
                size,
                expected,
                found: edge.len(),
            });
        }
        Ok(Self {
            size: size.get(),
            edge,
        })
    }

    /// Reads the edge of the tree of `size` leaves.
    ///
    /// # Errors
    ///
    /// Fails when the source does not hold one of the subtrees.
    pub fn load<S: NodeSource>(source: &S, size: Size) -> Result<Self, S::Error> {
        let edge = proof::edge(0, size.get()).map(|(level, index)| source.node(level, index));
        Ok(Self {
            size: size.get(),
            edge: edge.collect::<Result<_, _>>()?,
        })
    }

    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Digest) {
        self.push_visiting(leaf, |_level, _index, _hash| {});
    }

    /// Appends a leaf hash and shows `visit` the level, index and hash of every complete subtree
    /// it finishes, the leaf itself first.
    pub fn push_visiting(&mut self, leaf: Digest, mut visit: impl FnMut(u8, u64, Digest)) {
        let mut hash = leaf;
        let mut index = self.size;
        let mut level = 0;
        visit(level, index, hash);
        // A one bit in the old size is a complete left neighbour: the two become one subtree.
        while index & 1 == 1 {
            if let Some(left) = self.edge.pop() {
                hash = node_hash(&left, &hash);
            }
            index >>= 1;
            level += 1;
            visit(level, index, hash);
        }
        self.edge.push(hash);
        self.size += 1;
    }

    /// The number of leaves.
    pub const fn size(&self) -> Size {
        Size::new(self.size)
    }

    /// The hashes of the complete subtrees the tree splits into, largest first.
    pub fn edge(&self) -> &[Digest] {
        &self.edge
    }

    /// The root of the tree.
    pub fn root(&self) -> Digest {
        // Smallest first: everything to the right is already joined when its left side comes.
        let right_to_left = self.edge.iter().rev().copied();
        let joined = right_to_left.reduce(|right, left| node_hash(&left, &right));
        joined.unwrap_or_else(empty_root)
    }
}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

/// A whole tree in memory: every complete subtree, 64 bytes per leaf. For verification of a
/// ledger at hand, and for tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    frontier: Frontier,
    levels: Vec<Vec<Digest>>,
}

impl MemoryTree {
    /// The tree without leaves.
    pub const fn new() -> Self {
        Self {
            frontier: Frontier::new(),
            levels: Vec::new(),
        }
    }

    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Digest) {
        let levels = &mut self.levels;
        self.frontier.push_visiting(leaf, |level, _index, hash| {
            let level = usize::from(level);
            match levels.get_mut(level) {
                Some(hashes) => hashes.push(hash),
                None => levels.push(vec![hash]),
            }
        });
    }

    /// The number of leaves.
    pub const fn size(&self) -> Size {
        self.frontier.size()
    }

    /// The root over all leaves.
    pub fn root(&self) -> Digest {
        self.frontier.root()
    }
}

impl FromIterator<Digest> for MemoryTree {
    fn from_iter<I: IntoIterator<Item = Digest>>(leaves: I) -> Self {
        let mut tree = Self::new();
        leaves.into_iter().for_each(|leaf| tree.push(leaf));
        tree
    }
}

/// A complete subtree that the tree is too small to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingNode {
    level: u8,
    index: u64,
    size: Size,
}

impl fmt::Display for MissingNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, index, size } = self;
        write!(
            f,
            "tree of size {size} has no complete subtree {index} at level {level}"
        )
    }
}

impl Error for MissingNode {}

impl NodeSource for MemoryTree {
    type Error = MissingNode;

    fn node(&self, level: u8, index: u64) -> Result<Digest, MissingNode> {
        let hashes = self.levels.get(usize::from(level));
        let hash = usize::try_from(index).ok().and_then(|at| hashes?.get(at));
        hash.copied().ok_or(MissingNode {
            level,
            index,
            size: self.size(),
        })
    }
}

#[cfg(test)]
mod tests;
