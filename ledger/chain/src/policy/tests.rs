use super::*;
use crate::cosign::CosigningKey;
use crate::key::{KeyName, SigningKey};
use crate::note::{Note, NoteError};

const TEXT: &str = "log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

fn log() -> SigningKey {
    SigningKey::from_seed(KeyName::parse("log").unwrap(), &[9; 32])
}

fn witness(seed: u8) -> CosigningKey {
    CosigningKey::from_seed(KeyName::parse("w").unwrap(), &[seed; 32])
}

/// The two-level example of the specification, with its names.
fn example() -> String {
    let mut text = format!("log {} https://log.example/ \n\n# comment\n", log().vkey());
    for (name, seed) in [
        ("X1", 1),
        ("X2", 2),
        ("X3", 3),
        ("Y1", 4),
        ("Y2", 5),
        ("Y3", 6),
    ] {
        text = format!("{text} witness\t{name} {}\n", witness(seed).verifier());
    }
    text + "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\n\
            group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
}

fn verdict(policy: &str, seeds: &[u8]) -> Result<QuorumVerdict, NoteError> {
    let policy = Policy::parse(policy).unwrap();
    let mut note = log().sign(TEXT).unwrap();
    for seed in seeds {
        note += &witness(*seed).cosign(TEXT, 7).unwrap();
    }
    let keys = policy.keys(log().verifier());
    Note::open(note.as_bytes(), &keys).map(|open| policy.satisfied(&open))
}

#[test]
fn counts_groups_of_groups() {
    let policy = example();
    for (seeds, reached) in [
        (&[1, 2, 4][..], true),
        (&[1, 3, 6], true),
        (&[1, 2, 3, 4, 5, 6], true),
        (&[1, 2], false),
        (&[1, 4, 5, 6], false),
        (&[1, 1, 4], false),
        (&[], false),
    ] {
        let verdict = verdict(&policy, seeds).unwrap();
        assert_eq!(verdict.is_reached(), reached, "{seeds:?}");
    }
}

#[test]
fn names_who_is_missing() {
    assert_eq!(
        verdict(&example(), &[2, 4]),
        Ok(QuorumVerdict::Missing {
            cosigned: vec!["X2".to_owned(), "Y1".to_owned()],
            missing: vec!["X1".to_owned(), "X3".to_owned()],
            quorum: "X-and-Y".to_owned(),
        })
    );
    let cosigned = ["X1", "X2", "Y1"].map(str::to_owned).to_vec();
    assert_eq!(
        verdict(&example(), &[1, 2, 4]),
        Ok(QuorumVerdict::Reached { cosigned })
    );
}

#[test]
fn a_key_that_is_not_listed_counts_for_nothing() {
    assert!(verdict("quorum none\n", &[1]).unwrap().is_reached());
    let one = format!("witness W {}\nquorum W\n", witness(1).verifier());
    assert!(verdict(&one, &[1]).unwrap().is_reached());
    assert!(!verdict(&one, &[2, 3]).unwrap().is_reached());
    let policy = Policy::parse(&example()).unwrap();
    assert_eq!(policy.logs().len(), 1);
    assert_eq!(
        policy.logs()[0].url.as_deref(),
        Some("https://log.example/")
    );
    assert_eq!(policy.witnesses().len(), 6);
}

#[test]
fn a_listed_key_that_does_not_hold_rejects_the_note() {
    let policy = Policy::parse(&example()).unwrap();
    let elsewhere = witness(1).cosign(&TEXT.replace("log", "lag"), 7).unwrap();
    let note = log().sign(TEXT).unwrap() + &elsewhere;
    let opened = Note::open(note.as_bytes(), &policy.keys(log().verifier()));
    assert!(matches!(opened, Err(NoteError::Signature { .. })));
}

fn name(name: &str) -> String {
    name.to_owned()
}

fn refused(table: impl IntoIterator<Item = (String, usize, PolicyFault)>) {
    for (text, line, fault) in table {
        let expected = PolicyError { line, fault };
        assert_eq!(Policy::parse(&text).unwrap_err(), expected, "{text:?}");
    }
}

#[test]
fn every_fault_is_told_with_its_line() {
    let l = log().vkey();
    let [for_log, for_witness, for_group, for_quorum] = [
        "log <vkey> [<url>]",
        "witness <name> <vkey> [<url>]",
        "group <name> all|any|<k> <member> ...",
        "quorum <name>|none",
    ]
    .map(PolicyFault::Form);
    let table = [
        (String::new(), 0, PolicyFault::NoQuorum),
        (format!("log {l}\n"), 1, PolicyFault::NoQuorum),
        (name("\nquorum none"), 2, PolicyFault::Unterminated),
        (
            name("quorum none\nquorum none\n"),
            2,
            PolicyFault::SecondQuorum,
        ),
        (name("quorum W\n"), 1, PolicyFault::Undefined(name("W"))),
        (
            name("quorum none\r\n"),
            1,
            PolicyFault::ControlCharacter { found: '\r' },
        ),
        (
            name("Quorum none\n"),
            1,
            PolicyFault::Keyword(name("Quorum")),
        ),
        (name("quorum\n"), 1, for_quorum),
        (name("log\n"), 1, for_log.clone()),
        (format!("log {l} a b\n"), 1, for_log),
        (name("witness W\n"), 1, for_witness),
        (name("group G any\n"), 1, for_group),
        (format!("log {l}\nlog {l}\n"), 2, PolicyFault::SameKey),
        (
            name("log a+b\n"),
            1,
            PolicyFault::Key(crate::key::KeyError::Form),
        ),
    ];
    refused(table);
}

#[test]
fn every_fault_of_names_and_keys_is_told_with_its_line() {
    let [w, x] = [1, 2].map(|seed| witness(seed).verifier().to_string());
    let same = CosigningKey::from_seed(KeyName::parse("other").unwrap(), &[1; 32]);
    let same = same.verifier();
    let l = log().vkey();
    let members = PolicyFault::Threshold { members: 1 };
    let table = [
        (
            format!("log {w}\n"),
            1,
            PolicyFault::KeyType {
                expected: 1,
                found: 4,
            },
        ),
        (
            format!("witness W {l}\n"),
            1,
            PolicyFault::KeyType {
                expected: 4,
                found: 1,
            },
        ),
        (
            format!("witness W {w}\nwitness X {same}\n"),
            2,
            PolicyFault::SameKey,
        ),
        (
            format!("witness W {w}\nwitness W {x}\n"),
            2,
            PolicyFault::NameTaken(name("W")),
        ),
        (
            format!("witness none {w}\n"),
            1,
            PolicyFault::NameTaken(name("none")),
        ),
        (
            format!("witness W {w}\ngroup W any W\n"),
            2,
            PolicyFault::NameTaken(name("W")),
        ),
        (format!("witness W {w}\ngroup G 0 W\n"), 2, members.clone()),
        (format!("witness W {w}\ngroup G 2 W\n"), 2, members.clone()),
        (format!("witness W {w}\ngroup G 01 W\n"), 2, members),
        (
            format!("witness W {w}\ngroup G any X\n"),
            2,
            PolicyFault::Undefined(name("X")),
        ),
        (
            format!("witness W {w}\ngroup G any W W\n"),
            2,
            PolicyFault::Taken(name("W")),
        ),
        (
            format!("witness W {w}\ngroup G any W\ngroup H any W\n"),
            3,
            PolicyFault::Taken(name("W")),
        ),
        (
            name("group G any none\n"),
            1,
            PolicyFault::Undefined(name("none")),
        ),
    ];
    refused(table);
}
