use super::*;
use crate::base64::Base64Error;
use crate::cosign::CosigningKey;
use crate::digest::leaf_hash;
use crate::key::KeyError;
use crate::note::NoteError;

fn key() -> SigningKey {
    SigningKey::from_seed(KeyName::parse("log.example").unwrap(), &[1; 32])
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint::new(
        Origin::parse("log.example").unwrap(),
        Size::new(size),
        leaf_hash(b"x"),
    )
}

/// Signs a text that no checkpoint makes, and opens it.
fn open_text(text: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open(key().sign(text).unwrap().as_bytes(), key().verifier())
}

#[test]
fn opens_what_it_signed() {
    let mut expected = checkpoint(u64::MAX);
    expected.extensions = vec![
        Extension::parse("one").unwrap(),
        Extension::parse("two 2").unwrap(),
    ];
    let signed = expected.sign(&key()).unwrap();
    assert_eq!(signed.checkpoint(), &expected);
    assert_eq!(
        Checkpoint::open(signed.note().as_bytes(), key().verifier()),
        Ok(expected)
    );
}

#[test]
fn refuses_a_key_of_another_name() {
    let other = SigningKey::from_seed(KeyName::parse("other.example").unwrap(), &[1; 32]);
    let expected = CheckpointError::OtherLog {
        expected: other.name().clone(),
        found: checkpoint(1).origin,
    };
    assert_eq!(checkpoint(1).sign(&other), Err(expected.clone()));
    let signed = checkpoint(1).sign(&key()).unwrap();
    assert_eq!(
        Checkpoint::open(signed.note().as_bytes(), other.verifier()),
        Err(expected)
    );
}

#[test]
fn refuses_the_key_of_a_witness_that_is_named_like_the_log() {
    let witness = CosigningKey::from_seed(KeyName::parse("log.example").unwrap(), &[1; 32]);
    let text = checkpoint(1).text();
    let note = format!("{text}\n{}", witness.cosign(&text, 1).unwrap());
    let expected = CheckpointError::KeyType {
        expected: 0x01,
        found: 0x04,
    };
    let opened = Checkpoint::open(note.as_bytes(), witness.verifier());
    assert_eq!(opened, Err(expected));
    let vkey = witness.verifier().to_string();
    assert_eq!(VerifierKey::parse_log(&vkey), Err(KeyError::OfWitness));
    let own = key().vkey();
    assert_eq!(VerifierKey::parse_log(&own).as_ref(), Ok(key().verifier()));
}

#[test]
fn refuses_a_forged_or_missing_signature() {
    let forger = SigningKey::from_seed(KeyName::parse("log.example").unwrap(), &[2; 32]);
    let made_up = checkpoint(1).sign(&forger).unwrap();
    let refused = Checkpoint::open(made_up.note().as_bytes(), key().verifier());
    assert_eq!(refused, Err(CheckpointError::Note(NoteError::NoKnownKey)));

    let signed = checkpoint(1)
        .sign(&key())
        .unwrap()
        .into_note()
        .replacen("\n1\n", "\n2\n", 1);
    let refused = Checkpoint::open(signed.as_bytes(), key().verifier());
    assert!(matches!(
        refused,
        Err(CheckpointError::Note(NoteError::Signature { .. }))
    ));
    let unverified = UnverifiedCheckpoint::parse(signed.as_bytes()).unwrap();
    assert_eq!(unverified.origin_unverified().as_str(), "log.example");
}

#[test]
fn size_0_has_the_root_of_the_tree_without_leaves() {
    let wrong = CheckpointError::EmptyRoot {
        expected: empty_root(),
        found: leaf_hash(b"x"),
    };
    assert_eq!(checkpoint(0).sign(&key()), Err(wrong.clone()));
    assert_eq!(open_text(&checkpoint(0).text()), Err(wrong));
    let empty = Checkpoint {
        root: empty_root(),
        ..checkpoint(0)
    };
    assert_eq!(open_text(&empty.text()), Ok(empty));
}

#[test]
fn refuses_texts_that_are_not_canonical() {
    let root = leaf_hash(b"x").to_base64();
    let refused = |text: &str, expected| assert_eq!(open_text(text), Err(expected), "{text:?}");
    refused("log.example\n", CheckpointError::Lines { found: 1 });
    refused("log.example\n1\n", CheckpointError::Lines { found: 2 });
    for size in ["", "01", "+1", "1 ", "0x1", "18446744073709551616"] {
        refused(
            &format!("log.example\n{size}\n{root}\n"),
            CheckpointError::Size,
        );
    }
    let short = Base64Error::DecodedLength {
        expected: 32,
        found: 3,
    };
    refused("log.example\n1\nAAAA\n", CheckpointError::Root(short));
    let space = KeyNameError::Character {
        offset: 3,
        found: ' ',
    };
    refused(
        &format!("log example\n1\n{root}\n"),
        CheckpointError::Origin(space),
    );
    refused(
        &format!("log.example\n1\n{root}\n\nx\n"),
        CheckpointError::Extension,
    );
}

#[test]
fn refuses_extension_lines_that_break_the_text() {
    for line in ["", "two\nlines", "tab\t"] {
        assert_eq!(Extension::parse(line), Err(CheckpointError::Extension));
    }
}

#[test]
fn a_second_key_of_the_log_signs_beside_the_first_and_each_alone_is_enough() {
    let key = |seed: u8| {
        let name = KeyName::parse("ledger.example/two").unwrap();
        SigningKey::from_seed(name, &[seed; 32])
    };
    let (old, new, other) = (key(1), key(2), key(3));
    let origin = Origin::from(old.name().clone());
    let checkpoint = Checkpoint::new(origin, Size::ZERO, empty_root());
    let signed = checkpoint.sign_also(&old, &[&new]).unwrap();
    assert!(
        signed
            .note()
            .starts_with(checkpoint.sign(&old).unwrap().note())
    );
    for key in [&old, &new] {
        let opened = Checkpoint::open(signed.note().as_bytes(), key.verifier());
        assert_eq!(opened.unwrap(), checkpoint);
    }
    assert!(Checkpoint::open(signed.note().as_bytes(), other.verifier()).is_err());
    let stranger = SigningKey::from_seed(KeyName::parse("other.example").unwrap(), &[2; 32]);
    assert!(checkpoint.sign_also(&old, &[&stranger]).is_err());
}
