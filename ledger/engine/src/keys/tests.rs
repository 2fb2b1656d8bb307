use caseledger_chain::{KeyName, SigningKey};

use super::*;

fn public(seed: u8) -> [u8; 32] {
    key(seed).public_bytes()
}

fn key(seed: u8) -> VerifierKey {
    let name = KeyName::parse("ledger.example/test").unwrap();
    SigningKey::from_seed(name, &[seed; 32]).verifier().clone()
}

fn succeed(seed: u8) -> KeyChange {
    KeyChange::Succeeded {
        successor: public(seed),
    }
}

fn retire(seed: u8) -> KeyChange {
    KeyChange::Retired {
        retired: public(seed),
    }
}

fn at(succession: &Succession, size: u64) -> Vec<VerifierKey> {
    succession.at(Size::new(size)).cloned().collect()
}

#[test]
fn both_keys_sign_between_the_two_entries_and_each_alone_outside_them() {
    let mut succession = Succession::new(key(1));
    succession.record(Position::new(4), succeed(2)).unwrap();
    assert_eq!(succession.successor(), Some(&key(2)));
    succession.record(Position::new(7), retire(1)).unwrap();
    assert_eq!(at(&succession, 0), [key(1)]);
    assert_eq!(at(&succession, 4), [key(1)]);
    assert_eq!(at(&succession, 5), [key(1), key(2)]);
    assert_eq!(at(&succession, 7), [key(1), key(2)]);
    assert_eq!(at(&succession, 8), [key(2)]);
    assert_eq!(succession.present(), Some(&key(2)));
    assert_eq!(succession.successor(), None);
}

#[test]
fn what_the_log_says_of_keys_out_of_turn_is_refused() {
    let begun = |facts: &[KeyChange]| {
        let mut succession = Succession::new(key(1));
        let mut last = Ok(());
        for (fact, position) in facts.iter().zip(0..) {
            last = succession.record(Position::new(position), *fact);
        }
        last
    };
    assert_eq!(
        begun(&[succeed(2), retire(1), succeed(3), retire(2)]),
        Ok(())
    );
    let refused: [&[KeyChange]; 6] = [
        &[retire(1)],
        &[succeed(1)],
        &[succeed(2), succeed(3)],
        &[succeed(2), retire(2)],
        &[succeed(2), retire(3)],
        &[succeed(2), retire(1), succeed(1)],
    ];
    for facts in refused {
        let refused = begun(facts);
        let out_of_turn = matches!(refused, Err(SuccessionError::OutOfTurn { .. }));
        assert!(out_of_turn, "{facts:?}: {refused:?}");
    }
}
