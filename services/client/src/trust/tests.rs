//! Checkpoints that fit together, and that do not.

use caseledger_chain::{Checkpoint, KeyName, Origin, SigningKey};

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(KeyName::parse("example.org/log").unwrap(), &[seed; 32])
}

fn note(seed: u8, size: u64, root: u8) -> String {
    let key = key(seed);
    let origin = Origin::from(key.name().clone());
    let checkpoint = Checkpoint::new(origin, Size::new(size), Digest::from_bytes([root; 32]));
    checkpoint.sign(&key).unwrap().into_note()
}

fn point(size: u64, root: u8) -> Point {
    Point {
        size: Size::new(size),
        root: Digest::from_bytes([root; 32]),
    }
}

fn trust() -> Trust {
    Trust::pinned(key(1).verifier().clone())
}

#[test]
fn only_what_the_pinned_key_signed_is_opened() {
    let trust = trust();
    assert_eq!(trust.open(&note(1, 3, 3)).unwrap().size, Size::new(3));
    assert!(matches!(
        trust.open(&note(2, 4, 4)),
        Err(TrustError::Checkpoint(_))
    ));
}

#[test]
fn two_roots_for_one_size_are_told_every_time() {
    let trust = trust();
    trust.open(&note(1, 3, 3)).unwrap();
    trust.open(&note(1, 3, 3)).unwrap();
    for _ in 0..2 {
        let error = trust.open(&note(1, 3, 4)).unwrap_err();
        assert!(matches!(error, TrustError::Equivocation { .. }), "{error}");
    }
}

#[test]
fn the_newest_has_to_extend_what_is_proven() {
    let trust = trust();
    assert!(trust.obligation().is_none());
    trust.open(&note(1, 3, 3)).unwrap();
    let first = trust.obligation().unwrap();
    assert_eq!((first.old, first.new), (vec![], point(3, 3)));
    trust.discharge(point(3, 3));
    trust.open(&note(1, 9, 9)).unwrap();
    let next = trust.obligation().unwrap();
    assert_eq!((next.old, next.new), (vec![point(3, 3)], point(9, 9)));
    assert_eq!(trust.proven(), Some(point(3, 3)));
    trust.discharge(point(9, 9));
    assert_eq!(trust.proven(), Some(point(9, 9)));
}

#[test]
fn an_old_checkpoint_has_to_be_of_the_same_history() {
    let trust = Trust::resumed(key(1).verifier().clone(), point(9, 9));
    trust.open(&note(1, 4, 4)).unwrap();
    let obligation = trust.obligation().unwrap();
    assert_eq!(
        (obligation.old, obligation.new),
        (vec![point(4, 4)], point(9, 9))
    );
}

#[test]
fn a_proof_is_due_after_many_new_checkpoints() {
    let trust = trust();
    for size in 1..UNPROVEN_MAX {
        trust.seen().note(point(size, size as u8)).unwrap();
        assert!(!trust.is_due());
    }
    trust.seen().note(point(UNPROVEN_MAX, 1)).unwrap();
    assert!(trust.is_due());
    let obligation = trust.obligation().unwrap();
    assert_eq!(obligation.new, point(UNPROVEN_MAX, 1));
    trust.discharge(obligation.new);
    assert!(!trust.is_due());
}

#[test]
fn entries_come_from_one_ledger() {
    let trust = trust();
    trust.ledger(LedgerId::from_bytes([1; 16])).unwrap();
    trust.ledger(LedgerId::from_bytes([1; 16])).unwrap();
    let error = trust.ledger(LedgerId::from_bytes([2; 16])).unwrap_err();
    assert!(matches!(error, TrustError::Ledger { .. }), "{error}");
}
