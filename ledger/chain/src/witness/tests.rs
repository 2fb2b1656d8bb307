use super::*;
use crate::base64::Base64Error;
use crate::cosign::CosigningKey;
use crate::digest::{empty_root, leaf_hash};
use crate::key::{KeyName, SigningKey};
use crate::tree::{MemoryTree, VerifyError, consistency_proof, root};

const HASH: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(KeyName::parse("log").unwrap(), &[seed; 32])
}

fn tree() -> MemoryTree {
    (0..9_u8).map(|i| leaf_hash(&[i])).collect()
}

/// Size and root of what was cosigned last.
type Stored = (Size, Digest);

fn at(size: u64) -> Stored {
    let size = Size::new(size);
    (size, root(&tree(), size).unwrap())
}

fn note(size: u64, root: Digest) -> String {
    let origin = Origin::parse("log").unwrap();
    key(1)
        .sign(&Checkpoint::new(origin, Size::new(size), root).text())
        .unwrap()
}

/// The request of a log that is what it should be.
fn request(old: u64, size: u64) -> AddCheckpoint {
    let (old, size) = (Size::new(old), Size::new(size));
    AddCheckpoint {
        old,
        proof: consistency_proof(&tree(), old, size).unwrap(),
        checkpoint: note(size.get(), root(&tree(), size).unwrap()),
    }
}

fn status(stored: impl Into<Option<Stored>>, request: &AddCheckpoint) -> u16 {
    let stored = stored.into();
    judge(stored, request, Some(key(1).verifier())).map_or_else(|refusal| refusal.status(), |_| 200)
}

#[test]
fn renders_what_it_reads() {
    let text = format!("old 3\n{HASH}\n{HASH}\n\nnote\n");
    let request = AddCheckpoint {
        old: Size::new(3),
        proof: vec![empty_root(); 2],
        checkpoint: "note\n".to_owned(),
    };
    assert_eq!(request.render(), text);
    assert_eq!(AddCheckpoint::parse(text.as_bytes()), Ok(request));
}

#[test]
fn refuses_what_it_would_not_render() {
    let refused =
        |text: &str, expected| assert_eq!(AddCheckpoint::parse(text.as_bytes()), Err(expected));
    refused("", AddCheckpointError::Unterminated);
    refused("old 3", AddCheckpointError::Unterminated);
    refused("old 3\n", AddCheckpointError::Unterminated);
    refused(
        &format!("old 3\n{HASH}\nnote\n"),
        AddCheckpointError::Hash {
            hash: 1,
            error: Base64Error::DecodedLength {
                expected: 32,
                found: 3,
            },
        },
    );
    for line in [
        "", "3", "old", "old ", "old  3", "old 03", "old +3", "Old 3", " old 3", "old 3 ",
        "old 3\r",
    ] {
        refused(&format!("{line}\n\nnote\n"), AddCheckpointError::Old);
    }
    let with = |count| format!("old 3\n{}\nnote\n", format!("{HASH}\n").repeat(count));
    assert!(AddCheckpoint::parse(with(63).as_bytes()).is_ok());
    refused(&with(64), AddCheckpointError::TooManyHashes { max: 63 });
    assert_eq!(
        AddCheckpoint::parse(b"old 3\n\n\xff"),
        Err(AddCheckpointError::NotUtf8 { offset: 7 })
    );
}

#[test]
fn the_longest_request_is_read_and_one_byte_more_is_not() {
    let max = AddCheckpoint::BYTES_MAX;
    let mut text = format!("old 0\n\n{}", "n".repeat(max - 7));
    assert!(AddCheckpoint::parse(text.as_bytes()).is_ok());
    text.push('n');
    let found = max + 1;
    assert_eq!(
        AddCheckpoint::parse(text.as_bytes()),
        Err(AddCheckpointError::TooLong { max, found })
    );
}

#[test]
fn every_step_of_an_honest_log_is_accepted() {
    for old in 0..=9 {
        for size in old..=9 {
            let request = request(old, size);
            assert_eq!(status(at(old), &request), 200, "{old} to {size}");
            if old == 0 {
                assert_eq!(status(None, &request), 200, "nothing to {size}");
            }
        }
    }
}

fn other() -> Digest {
    leaf_hash(b"other")
}

fn signed(old: u64, note: String) -> AddCheckpoint {
    AddCheckpoint {
        checkpoint: note,
        ..request(old, 9)
    }
}

/// The note up to its empty line.
fn unsigned(note: &str) -> String {
    let (text, _) = note.split_once("\n\n").unwrap();
    format!("{text}\n\n")
}

fn statuses<const N: usize>(table: [(&str, Option<Stored>, AddCheckpoint, u16); N]) {
    for (case, stored, request, expected) in table {
        assert_eq!(status(stored, &request), expected, "{case}");
    }
}

/// The matrix of the specification, with every special rule.
#[test]
fn every_refusal_has_its_status() {
    let table = [
        (
            "not a note",
            Some(at(3)),
            signed(3, "text\n".to_owned()),
            400,
        ),
        (
            "not a checkpoint",
            Some(at(3)),
            signed(3, key(1).sign("text\n").unwrap()),
            400,
        ),
        (
            "old above size",
            Some(at(9)),
            signed(9, note(8, other())),
            400,
        ),
        (
            "signed by nobody known",
            Some(at(3)),
            signed(
                3,
                request(3, 9)
                    .checkpoint
                    .replace("\u{2014} log ", "\u{2014} lag "),
            ),
            403,
        ),
        (
            "signed for another text",
            Some(at(3)),
            signed(3, request(3, 9).checkpoint.replace("log\n9\n", "log\n8\n")),
            403,
        ),
        (
            "signed by nobody at all",
            Some(at(3)),
            signed(3, unsigned(&request(3, 9).checkpoint)),
            403,
        ),
        (
            "no entries and yet a root, signed by nobody",
            None,
            AddCheckpoint {
                checkpoint: unsigned(&note(0, other())),
                ..request(0, 0)
            },
            403,
        ),
        ("old below stored", Some(at(5)), request(3, 9), 409),
        ("old above stored", Some(at(3)), request(5, 9), 409),
        ("old where none was stored", None, request(5, 9), 409),
        (
            "old 0 where one was stored",
            Some(at(5)),
            request(0, 9),
            409,
        ),
    ];
    statuses(table);
    let unknown = judge(Some(at(3)), &request(3, 9), None).unwrap_err();
    assert_eq!(unknown.status(), 404);
    let malformed = AddCheckpoint::parse(b"new 3\n").unwrap_err();
    assert_eq!(Refusal::from(malformed).status(), 400);
}

#[test]
fn what_is_not_proven_has_its_status() {
    let other = other();
    let with = |request: AddCheckpoint, proof| AddCheckpoint { proof, ..request };
    let table = [
        ("no proof", Some(at(3)), with(request(3, 9), vec![]), 422),
        (
            "a wrong proof",
            Some(at(3)),
            with(request(3, 9), vec![other; request(3, 9).proof.len()]),
            422,
        ),
        (
            "a proof with more behind it",
            Some(at(3)),
            with(request(3, 9), [request(3, 9).proof, vec![other]].concat()),
            422,
        ),
        (
            "a proof from nothing",
            None,
            with(request(0, 9), vec![other]),
            422,
        ),
        (
            "another history",
            Some(at(3)),
            signed(3, note(9, other)),
            422,
        ),
        (
            "the same size with another root",
            Some(at(9)),
            signed(9, note(9, other)),
            422,
        ),
        (
            "no entries and yet a root",
            None,
            AddCheckpoint {
                checkpoint: note(0, other),
                ..request(0, 0)
            },
            422,
        ),
    ];
    statuses(table);
}

/// The first check that fails is the one that is told: who is unknown learns nothing of the log.
#[test]
fn what_is_not_signed_learns_nothing() {
    let forged = AddCheckpoint {
        checkpoint: request(3, 9).checkpoint.replace("log\n9\n", "log\n8\n"),
        ..request(3, 9)
    };
    assert_eq!(status(at(7), &forged), 403);
    assert_eq!(judge(Some(at(7)), &forged, None).unwrap_err().status(), 404);
    for checkpoint in [
        unsigned(&request(3, 9).checkpoint),
        note(0, other()),
        unsigned(&note(0, other())),
    ] {
        let request = AddCheckpoint {
            checkpoint,
            ..request(0, 0)
        };
        let refused = judge(None, &request, None).unwrap_err();
        assert!(matches!(refused, Refusal::UnknownLog(_)), "{refused}");
        let origin = request.origin_unverified();
        assert_eq!(origin.unwrap().as_str(), "log");
    }
    let stored = Size::new(7);
    assert_eq!(
        judge(Some(at(7)), &request(3, 9), Some(key(1).verifier())),
        Err(Refusal::Conflict { stored })
    );
    assert!(matches!(
        judge(Some(at(3)), &request(3, 9), Some(key(2).verifier())),
        Err(Refusal::Unsigned(_))
    ));
}

#[test]
fn after_size_zero_the_first_entries_need_no_proof() {
    let empty = (Size::ZERO, empty_root());
    assert_eq!(status(empty, &request(0, 0)), 200);
    assert_eq!(status(empty, &request(0, 9)), 200);
    let same = AddCheckpoint {
        proof: vec![empty_root()],
        ..request(9, 9)
    };
    assert!(matches!(
        judge(Some(at(9)), &same, Some(key(1).verifier())),
        Err(Refusal::Inconsistent(VerifyError::Length { .. }))
    ));
}

fn witness(seed: u8) -> CosigningKey {
    CosigningKey::from_seed(KeyName::parse("witness").unwrap(), &[seed; 32])
}

#[test]
fn finds_the_cosignature_of_the_asked_witness_only() {
    let text = Checkpoint::new(Origin::parse("log").unwrap(), Size::ZERO, empty_root()).text();
    let [other, line] = [8, 7].map(|seed| witness(seed).cosign(&text, 12).unwrap());
    let asked = witness(7);
    let find = |answer: &str| Cosignature::find(&text, answer.as_bytes(), asked.verifier());

    let found = find(&format!("{other}{line}{other}")).unwrap();
    assert_eq!((found.line(), found.time()), (line.as_str(), 12));
    assert_eq!(find(&other), Err(NoteError::NoKnownKey));
    assert_eq!(find(""), Err(NoteError::NoKnownKey));
    assert_eq!(find("\n"), Err(NoteError::NoSignature));
    assert_eq!(
        find(&format!("{line}ok\n")),
        Err(NoteError::Line { line: 1 })
    );
    assert_eq!(find(line.trim_end()), Err(NoteError::Unterminated));

    let elsewhere = witness(7).cosign(&text.replace("log", "lag"), 12).unwrap();
    for answer in [elsewhere.clone(), line + &elsewhere] {
        assert!(matches!(find(&answer), Err(NoteError::Signature { .. })));
    }
}
