use caseledger_chain::{
    MemoryTree, chain_hash, consistency_proof, inclusion_proof, leaf_hash, root,
};
use caseledger_store::{Commit, CommitLog, MemoryLog};

use std::sync::Arc;

use super::*;

/// A log and the trees over it, group by group; `check` sees each group's proofs.
fn grow(groups: &[usize], mut check: impl FnMut(&GroupProofs, &MemoryTree)) -> (Tree, MemoryLog) {
    let (mut tree, mut reference, mut log) = (Tree::default(), MemoryTree::new(), MemoryLog::new());
    for count in groups {
        let head = log.head().unwrap();
        let mut commit = Commit::new(head.size.next_position(), head.chain);
        for at in 0..*count {
            let entry = format!("entry {}", head.size.get() + at as u64);
            commit.push_entry(entry.as_bytes()).unwrap();
            commit.push_leaf(leaf_hash(entry.as_bytes()));
            commit.set_last_chain(chain_hash(entry.as_bytes()));
            reference.push(leaf_hash(entry.as_bytes()));
        }
        check(&tree.extend(commit.leaves()), &reference);
        log.append(head, Arc::new(commit)).unwrap();
    }
    (tree, log)
}

const GROUPS: [usize; 14] = [1, 1, 2, 3, 25, 1, 31, 32, 33, 64, 1, 100, 7, 213];

#[test]
fn group_proofs_are_those_of_the_whole_tree() {
    grow(&GROUPS, |proofs, reference| {
        assert_eq!(proofs.root(), reference.root());
        for position in proofs.first..proofs.end {
            let found: Vec<_> = proofs.inclusion(position).collect();
            let expected = inclusion_proof(reference, Position::new(position), reference.size());
            assert_eq!(
                found,
                expected.unwrap(),
                "entry {position} of {}",
                proofs.end
            );
        }
    });
}

#[test]
fn every_proof_at_every_size_is_that_of_the_whole_tree() {
    let mut reference = MemoryTree::new();
    let (tree, log) = grow(&GROUPS, |_, whole| reference = whole.clone());
    let log = log.reader();
    for size in (0..=tree.size).step_by(7).map(Size::new) {
        let found = tree.root(&*log, size);
        assert_eq!(found.unwrap(), root(&reference, size).unwrap());
        for position in (0..size.get()).step_by(5).map(Position::new) {
            let expected = inclusion_proof(&reference, position, size).unwrap();
            let found = prove(
                &*log,
                || &tree,
                |nodes| inclusion_proof(nodes, position, size),
            );
            assert_eq!(found.unwrap(), expected);
        }
        let expected = consistency_proof(&reference, size, reference.size()).unwrap();
        let found = prove(
            &*log,
            || &tree,
            |nodes| consistency_proof(nodes, size, tree.size()),
        );
        assert_eq!(found.unwrap(), expected);
    }
}

#[test]
fn a_saved_tree_goes_on_as_if_it_had_not_been_saved() {
    for split in 0..GROUPS.len() {
        let (mut tree, _log) = grow(&GROUPS[..split], |_, _| {});
        let mut restored = Tree::from_image(tree.image()).unwrap();
        assert_eq!(restored.size(), tree.size());
        for count in &GROUPS[split..] {
            let leaves: Vec<_> = (0..*count).map(|at| leaf_hash(&[at as u8])).collect();
            assert_eq!(restored.extend(&leaves).root(), tree.extend(&leaves).root());
        }
        assert_eq!(restored.kept, tree.kept);
    }
}

#[test]
fn an_image_that_contradicts_itself_is_refused() {
    let (tree, _log) = grow(&GROUPS, |_, _| {});
    for change in [
        |image: &mut TreeImage| image.size += 1,
        |image: &mut TreeImage| image.size += 32,
        |image: &mut TreeImage| image.blocks.0 = image.blocks.0[1..].into(),
    ] {
        let mut image = tree.image();
        change(&mut image);
        assert!(Tree::from_image(image).is_none());
    }
}

#[test]
fn knows_where_each_group_ends() {
    let (tree, _log) = grow(&[2, 1, 3], |_, _| {});
    let ends: Vec<_> = (0..7)
        .map(|at| tree.group_size(Position::new(at)))
        .collect();
    let size = |count| Some(Size::new(count));
    assert_eq!(
        ends,
        [size(2), size(2), size(3), size(6), size(6), size(6), None]
    );
}
