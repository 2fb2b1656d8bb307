//! Receipts, checkpoints and proofs, verified as a stranger would.

use caseledger_chain::{
    Checkpoint, Position, Size, empty_root, leaf_hash, verify_consistency, verify_inclusion,
    verify_proof, verify_receipt,
};

use crate::support::*;

#[test]
fn every_receipt_verifies_and_stays_the_same() {
    let memory = Memory::opened();
    let key = memory.engine.identity().verifier().clone();
    let mut given = Vec::new();
    for number in 0..70 {
        let set = submission(number, vec![identify(number), determine(number)]);
        for receipt in accept(&memory.engine, prosecutor(), set).receipts {
            let file = verify_receipt(&receipt.file().unwrap(), &key).unwrap();
            assert_eq!(file.entry(), receipt.entry());
            assert_eq!(file.chain_hash(), receipt.chain_hash());
            assert_eq!(file.header().position, receipt.position());
            let proof = receipt.tlog_proof().unwrap();
            verify_proof(receipt.entry(), &proof, &key).unwrap();
            given.push(receipt_bytes(&receipt));
        }
    }
    let prover = memory.engine.prover();
    for bytes in given {
        let again = prover.receipt(Position::new(bytes.0)).unwrap();
        assert_eq!(receipt_bytes(&again), bytes);
    }
}

#[test]
fn the_ledger_without_entries_has_a_checkpoint() {
    let memory = memory();
    let latest = memory.engine.prover().latest();
    assert_eq!((latest.size, latest.root), (Size::ZERO, empty_root()));
    let key = memory.engine.identity().verifier();
    assert_eq!(
        Checkpoint::open(latest.note.as_bytes(), key).unwrap().size,
        Size::ZERO
    );
}

#[test]
fn all_checkpoints_are_consistent_with_each_other() {
    let memory = Memory::opened();
    let (prover, key) = (
        memory.engine.prover(),
        memory.engine.identity().verifier().clone(),
    );
    let mut checkpoints = Vec::new();
    for number in 0..40 {
        accept(
            &memory.engine,
            prosecutor(),
            submission(number, vec![identify(number)]),
        );
        let latest = prover.latest();
        let opened = Checkpoint::open(latest.note.as_bytes(), &key).unwrap();
        assert_eq!((opened.size, opened.root), (latest.size, latest.root));
        checkpoints.push(opened);
    }
    for (at, old) in checkpoints.iter().enumerate() {
        assert_eq!(prover.root(old.size).unwrap(), old.root);
        for new in &checkpoints[at..] {
            let proof = prover.consistency(old.size, new.size).unwrap();
            verify_consistency(old.size, new.size, &proof, &old.root, &new.root).unwrap();
        }
    }
}

#[test]
fn an_entry_is_included_in_every_later_checkpoint() {
    let memory = Memory::opened();
    let job = (0..100)
        .map(|number| submission(number, vec![identify(number)]))
        .collect();
    memory.engine.submit_wait(prosecutor(), job).unwrap();
    let (prover, reader) = (memory.engine.prover(), memory.engine.reader());
    for position in (0..102).step_by(7).map(Position::new) {
        let leaf = leaf_hash(&reader.recorded(position).unwrap().entry);
        for size in (position.get() + 1..=102).step_by(11).map(Size::new) {
            let proof = prover.inclusion(position, size).unwrap();
            let root = prover.root(size).unwrap();
            verify_inclusion(&leaf, position, size, &proof, &root).unwrap();
        }
    }
}

#[test]
fn nothing_is_proven_that_is_not_there() {
    let memory = Memory::opened();
    let prover = memory.engine.prover();
    assert!(prover.receipt(Position::new(2)).is_err());
    assert!(prover.inclusion(Position::new(0), Size::new(3)).is_err());
    assert!(prover.inclusion(Position::new(1), Size::new(1)).is_err());
    assert!(prover.consistency(Size::new(2), Size::new(1)).is_err());
    assert!(prover.consistency(Size::new(1), Size::new(3)).is_err());
}
