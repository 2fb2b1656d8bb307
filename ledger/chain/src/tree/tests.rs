use super::*;
use crate::digest::leaf_hash;
use crate::position::Position;

fn tree(size: u64) -> MemoryTree {
    (0..size)
        .map(|index| leaf_hash(&index.to_be_bytes()))
        .collect()
}

#[test]
fn tree_without_leaves_has_the_empty_root() {
    assert_eq!(Frontier::new().root(), empty_root());
    assert_eq!(root(&MemoryTree::new(), Size::ZERO), Ok(empty_root()));
}

#[test]
fn refuses_an_edge_that_does_not_fit_the_size() {
    let edge = vec![Digest::ZERO; 3];
    assert!(Frontier::from_parts(Size::new(7), edge.clone()).is_ok());
    let error = Frontier::from_parts(Size::new(8), edge).unwrap_err();
    assert_eq!(
        error.to_string(),
        "right edge of size 8 has 3 hashes, expected 1"
    );
}

#[test]
fn shows_every_finished_subtree_once() {
    let mut frontier = Frontier::new();
    let mut visited = Vec::new();
    for index in 0..4_u64 {
        let leaf = leaf_hash(&index.to_be_bytes());
        frontier.push_visiting(leaf, |level, index, _hash| visited.push((level, index)));
    }
    assert_eq!(
        visited,
        [(0, 0), (0, 1), (1, 0), (0, 2), (0, 3), (1, 1), (2, 0)]
    );
}

#[test]
fn refuses_to_prove_what_the_tree_does_not_hold() {
    let (position, size) = (Position::new(5), Size::new(5));
    let expected = Err(ProofError::NotIncluded { position, size });
    assert_eq!(inclusion_proof(&tree(5), position, size), expected);

    let (old, new) = (Size::new(6), Size::new(5));
    let expected = Err(ProofError::Shrinks { old, new });
    assert_eq!(consistency_proof(&tree(6), old, new), expected);

    let error = root(&tree(5), Size::new(6)).unwrap_err();
    let text = "tree hash not available: tree of size 5 has no complete subtree 2 at level 1";
    assert_eq!(error.to_string(), text);
}

#[test]
fn consistency_with_itself_and_from_nothing_needs_no_hashes() {
    let size = Size::new(5);
    assert_eq!(consistency_proof(&tree(5), size, size), Ok(vec![]));
    assert_eq!(consistency_proof(&tree(5), Size::ZERO, size), Ok(vec![]));
}

#[test]
fn refuses_proofs_of_another_length_before_hashing() {
    let tree = tree(7);
    let (leaf, root) = (leaf_hash(&[]), tree.root());
    for found in [0, 1, 2, 4, 64, 1000] {
        let verdict = verify_inclusion(
            &leaf,
            Position::ZERO,
            Size::new(7),
            &vec![leaf; found],
            &root,
        );
        assert_eq!(verdict, Err(VerifyError::Length { expected: 3, found }));
    }
    // 3 to 7: the last subtree of the old tree, its sibling, one hash on each side above.
    for found in [0, 1, 3, 5] {
        let proof = vec![leaf; found];
        let verdict = verify_consistency(Size::new(3), Size::new(7), &proof, &root, &root);
        assert_eq!(verdict, Err(VerifyError::Length { expected: 4, found }));
    }
    // 4 to 7: the old root is a subtree of the new tree and is not repeated.
    let verdict = verify_consistency(Size::new(4), Size::new(7), &[leaf, leaf], &root, &root);
    assert_eq!(
        verdict,
        Err(VerifyError::Length {
            expected: 1,
            found: 2
        })
    );
}

#[test]
fn refuses_a_position_outside_the_tree() {
    // In a tree of one leaf the proof of any position would be empty and lead to that leaf.
    let leaf = leaf_hash(b"");
    for (position, size) in [(1, 1), (u64::MAX, 1), (0, 0)] {
        let (position, size) = (Position::new(position), Size::new(size));
        let expected = Err(VerifyError::NotIncluded { position, size });
        assert_eq!(
            verify_inclusion(&leaf, position, size, &[], &leaf),
            expected
        );
    }
}

#[test]
fn refuses_to_verify_from_nothing_or_backwards() {
    let root = tree(5).root();
    let verify = |old, new, old_root: &Digest| {
        verify_consistency(Size::new(old), Size::new(new), &[], old_root, &root)
    };
    let new = Size::new(5);
    assert_eq!(
        verify(0, 5, &empty_root()),
        Err(VerifyError::FromEmpty { new })
    );
    let old = Size::new(6);
    assert_eq!(verify(6, 5, &root), Err(VerifyError::Shrinks { old, new }));
    assert_eq!(verify(5, 5, &root), Ok(()));
    let none = empty_root();
    assert_eq!(
        verify_consistency(Size::ZERO, Size::ZERO, &[], &none, &none),
        Ok(())
    );
    assert_eq!(
        verify(0, 0, &root),
        Err(VerifyError::OldRoot {
            expected: root,
            found: empty_root()
        })
    );
}

/// Sizes that no memory holds: proofs have 63 hashes, and nothing overflows.
#[test]
fn proofs_reach_the_largest_tree() {
    struct Uniform;
    impl NodeSource for Uniform {
        type Error = MissingNode;
        fn node(&self, level: u8, index: u64) -> Result<Digest, MissingNode> {
            Ok(leaf_hash(&[&[level][..], &index.to_be_bytes()].concat()))
        }
    }
    let size = Size::new(u64::MAX);
    let position = Position::new(u64::MAX - 1);
    let leaf = Uniform.node(0, position.get()).unwrap();
    let top = root(&Uniform, size).unwrap();
    let proof = inclusion_proof(&Uniform, position, size).unwrap();
    assert_eq!(proof.len(), 63);
    assert_eq!(
        verify_inclusion(&leaf, position, size, &proof, &top),
        Ok(())
    );
    let old = Size::new(u64::MAX - 1);
    let old_root = root(&Uniform, old).unwrap();
    let proof = consistency_proof(&Uniform, old, size).unwrap();
    assert_eq!(
        verify_consistency(old, size, &proof, &old_root, &top),
        Ok(())
    );
}
