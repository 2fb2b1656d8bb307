//! The Merkle tree over all entries (RFC 6962 section 2.1), as much of it as memory should hold.
//!
//! Complete subtrees of 32 leaves and more are kept; smaller ones are recomputed from the leaf
//! hashes in the log when a proof needs them. That is two bytes per entry.
//!
//! One commit group extends the tree at once, and what was computed on the way is kept as
//! [`GroupProofs`]: with it, the proof of any entry of the group is a matter of copying.
//!
//! The tree also knows where commit groups end, one bit per entry, because the checkpoint of a
//! group is the one its receipts carry for ever.

use std::{cell::RefCell, ops::Deref};

use caseledger_chain::{Digest, NodeSource, Position, ProofError, Size, empty_root, node_hash};
use caseledger_store::{LogError, LogReader};
use serde::{Deserialize, Serialize};

use crate::{bits::Bits, blob::Blob};

/// Level of the smallest subtrees that are kept: 2^5 leaves.
const KEPT: u8 = 5;
/// Sizes have 64 bits, so no tree has a higher level.
const LEVELS: usize = 64;

/// The tree. Default: without leaves.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    size: u64,
    /// By level: the complete subtree at the right edge; meaningful where the size has a one bit.
    edge: [Digest; LEVELS],
    /// By level from [`KEPT`]: all complete subtrees.
    kept: Vec<Vec<Digest>>,
    /// By position: whether the entry is the last of its commit group.
    ends: Bits,
}

/// What is saved of a tree; everything else follows from it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TreeImage {
    size: u64,
    /// Hashes of the edge below [`KEPT`], one for each one bit of the size there.
    edge: Blob,
    /// Hashes of all complete subtrees at [`KEPT`].
    blocks: Blob,
    ends: Bits,
}

impl TreeImage {
    /// The number of leaves of the tree that was saved.
    pub(crate) const fn size(&self) -> Size {
        Size::new(self.size)
    }
}

impl Default for Tree {
    fn default() -> Self {
        let edge = [Digest::ZERO; LEVELS];
        Self {
            size: 0,
            edge,
            kept: Vec::new(),
            ends: Bits::default(),
        }
    }
}

impl Tree {
    /// The number of leaves.
    pub(crate) const fn size(&self) -> Size {
        Size::new(self.size)
    }

    /// Size of the tree behind the commit group that holds `position`.
    pub(crate) fn group_size(&self, position: Position) -> Option<Size> {
        self.ends.next(position.get()).map(|end| Size::new(end + 1))
    }

    /// Appends the leaves of one commit group, at least one.
    pub(crate) fn extend(&mut self, leaves: &[Digest]) -> GroupProofs {
        let (first, end) = (self.size, self.size + leaves.len() as u64);
        let mut proofs = GroupProofs {
            first,
            end,
            levels: Vec::with_capacity(32),
            nodes: Vec::with_capacity(2 * leaves.len() + 64),
        };
        let mut below = 0..0;
        for level in 0..LEVELS as u8 {
            // Nodes from index `new` hold a leaf of this group; the list of a level begins at an
            // even index, with the complete left neighbour of the first new node where it has one.
            let new = first >> level;
            let start = new & !1;
            let from = proofs.nodes.len();
            if start < new {
                proofs.nodes.push(self.edge[usize::from(level)]);
            }
            if level == 0 {
                proofs.nodes.extend_from_slice(leaves);
            } else {
                // The level below began at an even index, so its pairs are this level's nodes. A
                // single last one is promoted: it is the whole right edge there.
                for left in below.step_by(2) {
                    let left_hash = proofs.nodes[left];
                    let joined = match proofs.nodes.get(left + 1).filter(|_| left + 1 < from) {
                        Some(right) => node_hash(&left_hash, right),
                        None => left_hash,
                    };
                    proofs.nodes.push(joined);
                }
            }
            proofs.levels.push((start, from));
            self.keep(
                level,
                new,
                (end >> level) - start,
                &proofs.nodes[from..],
                start,
            );
            if width(end, level) == 1 {
                break;
            }
            below = from..proofs.nodes.len();
        }
        self.size = end;
        self.ends.set(end - 1);
        proofs
    }

    /// Takes over the complete nodes of one level: `nodes` begins at index `start`, its first
    /// `complete` nodes are complete, those from index `new` are new.
    fn keep(&mut self, level: u8, new: u64, complete: u64, nodes: &[Digest], start: u64) {
        let nodes = &nodes[..complete as usize];
        if (start + complete) & 1 == 1
            && let Some(last) = nodes.last()
        {
            self.edge[usize::from(level)] = *last;
        }
        let Some(at) = level.checked_sub(KEPT).map(usize::from) else {
            return;
        };
        let added = nodes.iter().skip((new - start) as usize);
        match self.kept.get_mut(at) {
            Some(kept) => kept.extend(added),
            None if added.len() > 0 => self.kept.push(added.copied().collect()),
            None => {}
        }
    }

    /// A complete subtree of 32 leaves or more.
    pub(crate) fn kept(&self, level: u8, index: u64) -> Result<Digest, NodeError> {
        let nodes = level
            .checked_sub(KEPT)
            .and_then(|at| self.kept.get(usize::from(at)));
        let node = usize::try_from(index)
            .ok()
            .and_then(|index| nodes?.get(index));
        node.copied().ok_or(NodeError::Missing { level, index })
    }

    /// Root of the tree of the first `size` leaves.
    pub(crate) fn root(
        &self,
        log: &dyn LogReader,
        size: Size,
    ) -> Result<Digest, ProofError<NodeError>> {
        prove(log, || self, |nodes| caseledger_chain::root(nodes, size))
    }

    /// The tree as it is saved.
    pub(crate) fn image(&self) -> TreeImage {
        let edge = (0..KEPT).filter(|level| (self.size >> level) & 1 == 1);
        let edge: Vec<Digest> = edge.map(|level| self.edge[usize::from(level)]).collect();
        let blocks = self.kept.first().map_or(&[][..], Vec::as_slice);
        TreeImage {
            size: self.size,
            edge: flatten(&edge),
            blocks: flatten(blocks),
            ends: self.ends.clone(),
        }
    }

    /// The tree from what was saved; none if the image contradicts itself.
    pub(crate) fn from_image(image: TreeImage) -> Option<Self> {
        let TreeImage {
            size,
            edge: low,
            blocks,
            ends,
        } = image;
        let mut low = unflatten(&low)?.into_iter();
        let mut edge = [Digest::ZERO; LEVELS];
        for level in (0..KEPT).filter(|level| (size >> level) & 1 == 1) {
            edge[usize::from(level)] = low.next()?;
        }
        let mut kept = Vec::new();
        let mut level = unflatten(&blocks)?;
        if low.next().is_some() || level.len() as u64 != size >> KEPT {
            return None;
        }
        while !level.is_empty() {
            let above = level
                .as_chunks()
                .0
                .iter()
                .map(|[left, right]| node_hash(left, right));
            let above = above.collect();
            kept.push(std::mem::replace(&mut level, above));
        }
        for (at, nodes) in kept
            .iter()
            .enumerate()
            .filter(|(_, nodes)| nodes.len() % 2 == 1)
        {
            edge[usize::from(KEPT) + at] = *nodes.last()?;
        }
        Some(Self {
            size,
            edge,
            kept,
            ends,
        })
    }
}

/// Number of nodes at a level of the tree of `size` leaves, the incomplete last one included.
const fn width(size: u64, level: u8) -> u64 {
    let complete = size >> level;
    if complete << level == size {
        complete
    } else {
        complete + 1
    }
}

fn flatten(digests: &[Digest]) -> Blob {
    let mut bytes = Vec::with_capacity(digests.len() * Digest::LEN);
    for digest in digests {
        bytes.extend_from_slice(digest.as_ref());
    }
    Blob(bytes.into_boxed_slice())
}

fn unflatten(blob: &Blob) -> Option<Vec<Digest>> {
    let (digests, rest) = blob.0.as_chunks::<{ Digest::LEN }>();
    rest.is_empty()
        .then(|| digests.iter().copied().map(Digest::from_bytes).collect())
}

/// The part of a tree that the proofs of one commit group consist of, at the size behind the
/// group. Level by level, including the incomplete node at the right end of each.
#[derive(Debug)]
pub(crate) struct GroupProofs {
    first: u64,
    end: u64,
    /// By level: index of its first node here, and where in `nodes` it stands.
    levels: Vec<(u64, usize)>,
    nodes: Vec<Digest>,
}

impl GroupProofs {
    /// Root of the tree behind the group.
    pub(crate) fn root(&self) -> Digest {
        self.nodes.last().copied().unwrap_or_else(empty_root)
    }

    /// The inclusion proof of an entry of the group, from its sibling upwards.
    pub(crate) fn inclusion(&self, position: u64) -> impl Iterator<Item = Digest> + '_ {
        debug_assert!(
            (self.first..self.end).contains(&position),
            "an entry of this group"
        );
        self.levels
            .iter()
            .zip(0_u8..)
            .filter_map(move |(&(start, from), level)| {
                let sibling = (position >> level) ^ 1;
                // The last node of a level has no sibling and is promoted.
                let exists = sibling < width(self.end, level);
                exists.then(|| self.nodes[from + (sibling - start) as usize])
            })
    }
}

/// Makes a proof or a root of the tree that `lock` gives access to. A slow log holds up nobody else: leaves are read
/// before the tree is locked. They never change, so what is read then is right at every later size.
pub(crate) fn prove<T, G: Deref<Target = Tree>>(
    log: &dyn LogReader,
    lock: impl FnOnce() -> G,
    make: impl Fn(&Nodes<'_>) -> Result<T, ProofError<NodeError>>,
) -> Result<T, ProofError<NodeError>> {
    let wanted = RefCell::new(Vec::new());
    make(&Nodes::Asked(&wanted))?;
    let leaves = wanted.into_inner().into_iter().map(|block| {
        let leaves = log.leaves(Position::new(block << KEPT), 1 << KEPT);
        Ok((block, leaves?))
    });
    let leaves: Result<Vec<Leaves>, NodeError> = leaves.collect();
    let leaves = leaves.map_err(ProofError::Source)?;
    let tree = lock();
    make(&Nodes::Had(&tree, &leaves))
}

/// A block of leaf hashes, as many as the smallest subtree that is kept, and its index.
type Leaves = (u64, Vec<Digest>);

/// All complete subtrees: the kept ones from memory, smaller ones from leaves.
pub(crate) enum Nodes<'a> {
    /// Every hash is zero, and which leaves a proof needs is noted: at most three blocks.
    Asked(&'a RefCell<Vec<u64>>),
    /// The tree, and the leaves that were asked for.
    Had(&'a Tree, &'a [Leaves]),
}

/// Why a subtree cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log has fewer leaves than the tree.
    #[error("the log lacks leaves of subtree {index} at level {level}")]
    Missing {
        /// Its level.
        level: u8,
        /// Its index.
        index: u64,
    },
}

impl NodeSource for Nodes<'_> {
    type Error = NodeError;

    fn node(&self, level: u8, index: u64) -> Result<Digest, NodeError> {
        let small = level < KEPT;
        let block = if small { index >> (KEPT - level) } else { 0 };
        match self {
            Self::Asked(wanted) => {
                let mut wanted = wanted.borrow_mut();
                if small && !wanted.contains(&block) {
                    wanted.push(block);
                }
                Ok(Digest::ZERO)
            }
            Self::Had(_, leaves) if small => {
                let leaves = leaves.iter().find(|(index, _)| *index == block);
                let node = leaves.and_then(|(_, leaves)| small_node(leaves, level, index));
                node.ok_or(NodeError::Missing { level, index })
            }
            Self::Had(tree, _) => tree.kept(level, index),
        }
    }
}

/// A subtree below [`KEPT`], from the leaves of its block.
fn small_node(leaves: &[Digest], level: u8, index: u64) -> Option<Digest> {
    let from = ((index << level) % (1 << KEPT)) as usize;
    let mut hashes = leaves.get(from..from + (1 << level))?.to_vec();
    while hashes.len() > 1 {
        let pairs = hashes.as_chunks().0.iter();
        hashes = pairs.map(|[left, right]| node_hash(left, right)).collect();
    }
    hashes.first().copied()
}

#[cfg(test)]
mod tests;
