//! The statement that a submitter signs: the vector in a file, the same bytes in `docs/FORMAT.md`, and that every field of
//! it counts.

use std::collections::BTreeMap;

use caseledger_chain::{
    Digest, LedgerId, MessageId, PostedParts, SigningKey, StatementError, SubmitterId,
    SubmitterStatement, subject_commitment,
};

const VECTOR: &str = include_str!("../vectors/statement.txt");

fn vector() -> BTreeMap<&'static str, Vec<u8>> {
    let lines = VECTOR.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, digits) = line.split_once(' ').unwrap();
            (name, hex::decode(digits).unwrap())
        })
        .collect()
}

fn bytes<const N: usize>(name: &str) -> [u8; N] {
    vector()[name].as_slice().try_into().unwrap()
}

/// What stands in a statement.
#[derive(Clone)]
struct Said {
    ledger: [u8; 16],
    submitter: &'static str,
    role: u16,
    message: [u8; 16],
    sequence: u64,
    posts: Vec<(Vec<u8>, [u8; 32])>,
}

fn said() -> Said {
    Said {
        ledger: hex::decode("00112233445566778899aabbccddeeff")
            .unwrap()
            .try_into()
            .unwrap(),
        submitter: "court-19",
        role: 5,
        message: hex::decode("01936f2e000070008000000000000003")
            .unwrap()
            .try_into()
            .unwrap(),
        sequence: 8,
        posts: vec![(vector()["public_part"].clone(), bytes("commitment"))],
    }
}

fn statement(said: &Said) -> SubmitterStatement {
    SubmitterStatement::new(
        LedgerId::from_bytes(said.ledger),
        SubmitterId::parse(said.submitter).unwrap(),
        said.role,
        MessageId::from_bytes(said.message),
        said.sequence,
        said.posts.iter().map(|(public, commitment)| PostedParts {
            public,
            commitment: Digest::from_bytes(*commitment),
        }),
    )
}

#[test]
fn the_vector_is_what_is_signed_and_verified() {
    let vector = vector();
    let commitment = subject_commitment(&bytes("salt"), &vector["subject"]);
    assert_eq!(commitment.to_bytes(), bytes("commitment"));
    let statement = statement(&said());
    assert_eq!(statement.as_bytes(), vector["statement"]);
    let key = SigningKey::from_seed("court-19".parse().unwrap(), &bytes("seed"));
    assert_eq!(key.verifier().public_bytes(), bytes::<32>("key"));
    assert_eq!(statement.sign(&key), bytes::<64>("signature"));
    assert_eq!(statement.verify(&bytes("key"), &bytes("signature")), Ok(()));
}

#[test]
fn the_document_shows_the_vector() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FORMAT.md");
    let document = std::fs::read_to_string(path).unwrap();
    let block = document.split("```statement\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    let mut shown = Vec::new();
    for line in block.lines() {
        let mut words = line.split_whitespace();
        assert_eq!(words.next().unwrap().parse(), Ok(shown.len()), "{line}");
        shown.extend(hex::decode(words.next().unwrap()).unwrap());
    }
    assert_eq!(shown, vector()["statement"]);
    for (name, bytes) in vector() {
        let digits = hex::encode(bytes);
        assert!(
            name == "statement" || name == "seed" || name == "salt" || document.contains(&digits),
            "{name}"
        );
    }
}

#[test]
fn a_signature_is_over_every_field() {
    let changes: [fn(&mut Said); 9] = [
        |said| said.ledger[0] ^= 1,
        |said| said.submitter = "court-1",
        |said| said.role = 2,
        |said| said.message[15] ^= 1,
        |said| said.sequence = 9,
        |said| said.posts[0].0.push(0),
        |said| said.posts[0].1[31] ^= 1,
        |said| said.posts.clear(),
        |said| said.posts.push(said.posts[0].clone()),
    ];
    for (at, change) in changes.iter().enumerate() {
        let mut other = said();
        change(&mut other);
        let found = statement(&other).verify(&bytes("key"), &bytes("signature"));
        assert_eq!(found, Err(StatementError::Signature), "change {at}");
    }
    // A commitment is to its salt, too.
    let other = subject_commitment(&[0; 32], &vector()["subject"]);
    assert_ne!(other.to_bytes(), bytes("commitment"));
}

#[test]
fn keys_that_would_sign_anything_are_refused() {
    let statement = statement(&said());
    // The neutral element, under which a signature of zeros holds by the lenient rules.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    let found = statement.verify(&neutral, &signature);
    assert_eq!(found, Err(StatementError::Signature));
    // No point of the curve.
    let found = statement.verify(&[2; 32], &signature);
    assert_eq!(found, Err(StatementError::Key));
}
