//! Inclusion and consistency proofs: made from complete subtrees, verified without any.
//!
//! Making follows PATH and SUBPROOF of RFC 6962 section 2.1. Verifying follows the shape a proof
//! must have: its length is known before a single hash is computed, so a proof with anything
//! missing or added is refused by length.

use std::error::Error;
use std::fmt;

use super::NodeSource;
use crate::digest::{Digest, empty_root, node_hash};
use crate::position::{Position, Size};

/// Why a proof or a root cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofError<E> {
    /// The old tree is larger than the new one.
    Shrinks {
        /// Size of the old tree.
        old: Size,
        /// Size of the new tree.
        new: Size,
    },
    /// The tree does not hold the position.
    NotIncluded {
        /// The position asked for.
        position: Position,
        /// Size of the tree.
        size: Size,
    },
    /// The source does not hold a subtree that the proof needs.
    Source(E),
}

impl<E: fmt::Display> fmt::Display for ProofError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shrinks { old, new } => {
                write!(
                    f,
                    "old tree has size {old}, expected at most the new size {new}"
                )
            }
            Self::NotIncluded { position, size } => {
                write!(
                    f,
                    "position {position} is not in the tree, expected below size {size}"
                )
            }
            Self::Source(error) => write!(f, "tree hash not available: {error}"),
        }
    }
}

impl<E: Error + 'static> Error for ProofError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Shrinks { .. } | Self::NotIncluded { .. } => None,
            Self::Source(error) => Some(error),
        }
    }
}

/// Why a proof does not prove what it is said to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// A proof from the tree without leaves to a larger one. Every tree extends that one, so
    /// there is nothing to prove, and a caller that asks has lost its old checkpoint.
    FromEmpty {
        /// Size of the new tree.
        new: Size,
    },
    /// The proof does not have the one length it can have.
    Length {
        /// Expected number of hashes.
        expected: usize,
        /// Found number of hashes.
        found: usize,
    },
    /// The new root does not follow from the proof.
    NewRoot {
        /// The root claimed for the new tree.
        expected: Digest,
        /// The root that follows from the proof.
        found: Digest,
    },
    /// The position is not in a tree of this size.
    NotIncluded {
        /// The position claimed.
        position: Position,
        /// Size of the tree.
        size: Size,
    },
    /// The old root does not follow from the proof.
    OldRoot {
        /// The root claimed for the old tree.
        expected: Digest,
        /// The root that follows from the proof.
        found: Digest,
    },
    /// The root does not follow from the leaf and the proof.
    Root {
        /// The root claimed for the tree.
        expected: Digest,
        /// The root that follows from leaf and proof.
        found: Digest,
    },
    /// The old tree is larger than the new one.
    Shrinks {
        /// Size of the old tree.
        old: Size,
        /// Size of the new tree.
        new: Size,
    },
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromEmpty { new } => write!(
                f,
                "proof from size 0 to size {new} proves nothing, expected an old size of at least 1"
            ),
            Self::Length { expected, found } => {
                write!(f, "proof has {found} hashes, expected {expected}")
            }
            Self::NewRoot { expected, found } => {
                write!(f, "new root is {expected}, but the proof leads to {found}")
            }
            Self::NotIncluded { position, size } => {
                write!(
                    f,
                    "position {position} is not in the tree, expected below size {size}"
                )
            }
            Self::OldRoot { expected, found } => {
                write!(f, "old root is {expected}, but the proof leads to {found}")
            }
            Self::Root { expected, found } => {
                write!(f, "root is {expected}, but leaf and proof lead to {found}")
            }
            Self::Shrinks { old, new } => {
                write!(
                    f,
                    "old tree has size {old}, expected at most the new size {new}"
                )
            }
        }
    }
}

impl Error for VerifyError {}

/// The root of the tree of the first `size` leaves: MTH of RFC 6962 section 2.1.
///
/// # Errors
///
/// Fails when the source does not hold a subtree of that tree.
pub fn root<S: NodeSource>(source: &S, size: Size) -> Result<Digest, ProofError<S::Error>> {
    range_hash(source, 0, size.get())
}

/// The hashes that lead from the leaf at `position` to the root of the tree of `size` leaves,
/// from the sibling of the leaf upwards: PATH of RFC 6962 section 2.1.1.
///
/// # Errors
///
/// Refuses a position outside the tree, and fails when the source does not hold a subtree.
pub fn inclusion_proof<S: NodeSource>(
    source: &S,
    position: Position,
    size: Size,
) -> Result<Vec<Digest>, ProofError<S::Error>> {
    if !size.contains(position) {
        return Err(ProofError::NotIncluded { position, size });
    }
    let (mut start, mut end) = (0, size.get());
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = split(start, end);
        if position.get() < middle {
            proof.push(range_hash(source, middle, end)?);
            end = middle;
        } else {
            proof.push(range_hash(source, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that lead from the root of the tree of `old` leaves to the root of the tree of
/// `new` leaves: PROOF of RFC 6962 section 2.1.2. Empty when the sizes are equal or `old` is 0.
///
/// # Errors
///
/// Refuses an old size above the new one, and fails when the source does not hold a subtree.
pub fn consistency_proof<S: NodeSource>(
    source: &S,
    old: Size,
    new: Size,
) -> Result<Vec<Digest>, ProofError<S::Error>> {
    if old > new {
        return Err(ProofError::Shrinks { old, new });
    }
    let mut proof = Vec::new();
    if old.is_zero() {
        return Ok(proof);
    }
    let (mut start, mut end) = (0, new.get());
    while old.get() != end {
        let middle = split(start, end);
        if old.get() <= middle {
            proof.push(range_hash(source, middle, end)?);
            end = middle;
        } else {
            proof.push(range_hash(source, start, middle)?);
            start = middle;
        }
    }
    // The verifier holds the old root, so the old tree itself is never part of its proof.
    if start != 0 {
        proof.push(range_hash(source, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that the leaf stands at `position` in the tree of `size` leaves with this root.
///
/// # Errors
///
/// Refuses a position outside the tree, a proof of the wrong length, and one that leads to
/// another root.
pub fn verify_inclusion(
    leaf: &Digest,
    position: Position,
    size: Size,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), VerifyError> {
    let Some(last) = size.last().filter(|last| position <= *last) else {
        return Err(VerifyError::NotIncluded { position, size });
    };
    let shape = Shape::new(position, last);
    let [_, inner, border] = shape.divide(proof, 0, shape.inner)?;
    let found = climb_border(climb_inner(*leaf, inner, position.get()), border);
    if found != *root {
        return Err(VerifyError::Root {
            expected: *root,
            found,
        });
    }
    Ok(())
}

/// Checks that the tree of `new` leaves with `new_root` extends the tree of `old` leaves with
/// `old_root`, so that nothing recorded in the old tree was changed, removed or reordered.
///
/// # Errors
///
/// Refuses an old size above the new one, a proof of the wrong length, one that leads to another
/// old or new root, and an old size of 0 with a larger new size: every tree extends the one
/// without leaves, and a check that cannot fail must not look like one that passed.
pub fn verify_consistency(
    old: Size,
    new: Size,
    proof: &[Digest],
    old_root: &Digest,
    new_root: &Digest,
) -> Result<(), VerifyError> {
    if old > new {
        return Err(VerifyError::Shrinks { old, new });
    }
    let (Some(old_last), Some(new_last)) = (old.last(), new.last()) else {
        if !new.is_zero() {
            return Err(VerifyError::FromEmpty { new });
        }
        return verify_same(proof, &empty_root(), old_root, new_root);
    };
    if old == new {
        return verify_same(proof, old_root, old_root, new_root);
    }

    // The old tree ends in a complete subtree of 2^shift leaves, from which both roots are
    // reached. When that subtree is the whole old tree, its hash is the old root.
    let shift = old.get().trailing_zeros();
    let shape = Shape::new(old_last, new_last);
    let inner_len = shape.inner.saturating_sub(shift as usize);
    let seed_len = usize::from(!old.get().is_power_of_two());
    let [seed, inner, border] = shape.divide(proof, seed_len, inner_len)?;
    let seed = *seed.first().unwrap_or(old_root);
    let path_bits = old_last.get() >> shift;

    let found = climb_border(climb_left(seed, inner, path_bits), border);
    if found != *old_root {
        return Err(VerifyError::OldRoot {
            expected: *old_root,
            found,
        });
    }
    let found = climb_border(climb_inner(seed, inner, path_bits), border);
    if found != *new_root {
        return Err(VerifyError::NewRoot {
            expected: *new_root,
            found,
        });
    }
    Ok(())
}

/// Two trees of the same size: no proof, and one root.
fn verify_same(
    proof: &[Digest],
    known: &Digest,
    old_root: &Digest,
    new_root: &Digest,
) -> Result<(), VerifyError> {
    if !proof.is_empty() {
        return Err(VerifyError::Length {
            expected: 0,
            found: proof.len(),
        });
    }
    if old_root != known {
        return Err(VerifyError::OldRoot {
            expected: *old_root,
            found: *known,
        });
    }
    if new_root != known {
        return Err(VerifyError::NewRoot {
            expected: *new_root,
            found: *known,
        });
    }
    Ok(())
}

/// The levels at which the path from a leaf to the root has siblings.
///
/// Up to `inner` levels the path runs apart from the right edge of the tree and has a sibling at
/// each; above, it runs along the edge and has only left siblings, one for each one bit.
struct Shape {
    inner: usize,
    border: usize,
}

impl Shape {
    /// The shape of the path of `leaf` in the tree that ends with the leaf `last`.
    const fn new(leaf: Position, last: Position) -> Self {
        let inner = u64::BITS - (leaf.get() ^ last.get()).leading_zeros();
        let border = match leaf.get().checked_shr(inner) {
            Some(edge) => edge.count_ones(),
            None => 0,
        };
        Self {
            inner: inner as usize,
            border: border as usize,
        }
    }

    /// Divides a proof into its `seed`, its `inner` siblings and those along the right edge.
    fn divide<'a>(
        &self,
        proof: &'a [Digest],
        seed: usize,
        inner: usize,
    ) -> Result<[&'a [Digest]; 3], VerifyError> {
        let expected = seed + inner + self.border;
        let wrong = VerifyError::Length {
            expected,
            found: proof.len(),
        };
        if proof.len() != expected {
            return Err(wrong);
        }
        let (seed, path) = proof.split_at_checked(seed).ok_or(wrong)?;
        let (inner, border) = path.split_at_checked(inner).ok_or(wrong)?;
        Ok([seed, inner, border])
    }
}

/// Joins `hash` with a sibling at each level: on its left where the bit of `path` is one.
fn climb_inner(hash: Digest, siblings: &[Digest], path: u64) -> Digest {
    siblings
        .iter()
        .zip(0..u64::BITS)
        .fold(hash, |hash, (sibling, level)| {
            if (path >> level) & 1 == 1 {
                node_hash(sibling, &hash)
            } else {
                node_hash(&hash, sibling)
            }
        })
}

/// Joins `hash` with its left siblings only, which gives the tree that ended there.
fn climb_left(hash: Digest, siblings: &[Digest], path: u64) -> Digest {
    siblings
        .iter()
        .zip(0..u64::BITS)
        .fold(hash, |hash, (sibling, level)| {
            if (path >> level) & 1 == 1 {
                node_hash(sibling, &hash)
            } else {
                hash
            }
        })
}

/// Joins `hash` with the siblings along the right edge, all on its left.
fn climb_border(hash: Digest, siblings: &[Digest]) -> Digest {
    siblings
        .iter()
        .fold(hash, |hash, sibling| node_hash(sibling, &hash))
}

/// Where a range of two or more leaves divides: after the largest power of two below its length.
const fn split(start: u64, end: u64) -> u64 {
    let before_last = end - start - 1;
    start + (1 << (u64::BITS - 1 - before_last.leading_zeros()))
}

/// The complete subtrees, as (level, index), that `len` leaves from `start` split into, largest
/// first. `start` is a multiple of the power of two at or above `len`.
pub(super) fn edge(start: u64, len: u64) -> impl DoubleEndedIterator<Item = (u8, u64)> {
    let levels = (0..64_u8)
        .rev()
        .filter(move |level| (len >> level) & 1 == 1);
    levels.map(move |level| (level, (start >> level) + ((len >> level) ^ 1)))
}

/// The hash of the leaves from `start` to before `end`, a range that [`split`] gave.
fn range_hash<S: NodeSource>(
    source: &S,
    start: u64,
    end: u64,
) -> Result<Digest, ProofError<S::Error>> {
    let mut joined = None;
    for (level, index) in edge(start, end - start).rev() {
        let left = source.node(level, index).map_err(ProofError::Source)?;
        joined = Some(joined.map_or(left, |right| node_hash(&left, &right)));
    }
    Ok(joined.unwrap_or_else(empty_root))
}
