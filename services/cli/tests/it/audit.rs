//! Published logs, sound and forged: every forgery is found, and has its name.
//!
//! The forger is the operator: where a signature or a hash stands in the way, it is made anew.

use std::fs;

use caseledger_chain::{Digest, MessageId};
use caseledger_domain::vocabulary::{Coded, CorrectionReason};
use caseledger_domain::{CaseFact, OrderId};
use serde_json::Value;

use self::forgery::{
    CASES, Forge, Forgery, append, chain_anew, flip, header, honest, key, noticed, publish, with,
};
use crate::support::{Ended, Place};

mod forbidden;
pub(crate) mod forgery;
mod signatures;

fn verify(place: &Place, more: &str) -> (Ended, Value) {
    let ended = place.run(&format!("verify log --key log.vkey -o json {more}"));
    let report = serde_json::from_str(&ended.out).unwrap_or_default();
    (ended, report)
}

fn kinds(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["kind"].as_str().unwrap())
        .collect()
}

#[test]
fn a_sound_log_is_verified_from_its_bytes_alone() {
    let place = Place::with_ledger();
    let entries = honest(&place);
    fs::write(place.path("log.vkey"), key(1).verifier().to_string()).unwrap();
    publish(&place.path("log"), &entries[..CASES], &key(1));
    fs::copy(place.path("log/checkpoint"), place.path("old.checkpoint")).unwrap();
    publish(&place.path("log"), &entries, &key(1));
    fs::remove_dir_all(place.path("ledger")).unwrap();
    let (ended, report) = verify(&place, "--since old.checkpoint");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(report["verified"], true);
    assert_eq!(
        (&report["integrity"], &report["completeness"]),
        (&"OK".into(), &"OK".into())
    );
    assert_eq!(report["size"], CASES as u64 + 2);
    assert_eq!(report["totals"]["cases"], CASES as u64);
    let page = place.ok("verify log --key log.vkey");
    assert!(page.starts_with("VERIFIED"), "{page}");
    assert!(page.contains("not asked: "), "{page}");

    // One without entries is sound, too.
    fs::remove_dir_all(place.path("log")).unwrap();
    publish(&place.path("log"), &[], &key(1));
    assert_eq!(verify(&place, "").0.code, 0);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row per forgery")]
fn every_forgery_is_found_and_has_its_name() {
    let place = Place::with_ledger();
    let entries = honest(&place);
    fs::write(place.path("log.vkey"), key(1).verifier().to_string()).unwrap();
    publish(&place.path("log"), &entries, &key(1));
    fs::copy(place.path("log/checkpoint"), place.path("old.checkpoint")).unwrap();

    let altered = |entries: &mut Vec<Vec<u8>>| {
        entries[100] = with(&entries[100], |header| {
            header.content = Digest::from_bytes([7; 32]);
        });
    };
    // Where the bundle has the digest of what was submitted with entry 100.
    let content: usize = entries[..100]
        .iter()
        .map(|entry| 2 + entry.len())
        .sum::<usize>()
        + 2
        + 169;
    let unsealed = || CaseFact::Unsealed {
        order: OrderId::from_bytes([9; 16]),
    };
    // What is done, and the names of what is found: all of them and nothing else.
    let table: &[(&str, Forge<'_>, &[&str])] = &[
        (
            "a byte of an entry in its bundle",
            &|forgery| forgery.file(move |log| flip(&log.join("tile/entries/000"), content)),
            &["tile-differs", "entry-altered", "root-differs"],
        ),
        (
            "an entry, tiles and checkpoint made anew",
            &|forgery| altered(&mut forgery.entries),
            &["entry-altered", "history-rewritten"],
        ),
        (
            "an entry, everything behind it made anew",
            &|forgery| {
                altered(&mut forgery.entries);
                chain_anew(&mut forgery.entries);
            },
            &["history-rewritten"],
        ),
        (
            "an entry dropped",
            &|forgery| drop(forgery.entries.remove(100)),
            &["entry-dropped", "tail-cut"],
        ),
        (
            "two entries swapped",
            &|forgery| forgery.entries.swap(100, 101),
            &["entry-reordered", "history-rewritten"],
        ),
        (
            "an entry appended twice",
            &|forgery| forgery.entries.push(forgery.entries[CASES].clone()),
            &["entry-repeated", "message-repeated"],
        ),
        (
            "the tail cut in front of the checkpoint",
            &|forgery| {
                forgery.file(|log| {
                    fs::remove_dir_all(log.join("tile/entries/001.p")).unwrap();
                    fs::remove_dir_all(log.join("tile/0/001.p")).unwrap();
                });
            },
            &["tail-cut"],
        ),
        (
            "the tail cut, signed anew",
            &|forgery| forgery.entries.truncate(200),
            &["tail-cut"],
        ),
        (
            "a bundle in the middle gone",
            &|forgery| forgery.file(|log| fs::remove_file(log.join("tile/entries/000")).unwrap()),
            &["entries-missing"],
        ),
        (
            "a bundle cut",
            &|forgery| {
                forgery.file(|log| {
                    let bundle = log.join("tile/entries/000");
                    let bytes = fs::read(&bundle).unwrap();
                    fs::write(bundle, &bytes[..bytes.len() - 1]).unwrap();
                });
            },
            &["file-malformed"],
        ),
        (
            "a checkpoint signed by another key",
            &|forgery| forgery.signer = key(2),
            &["checkpoint-not-signed"],
        ),
        (
            "another history, signed by another key",
            &|forgery| {
                altered(&mut forgery.entries);
                chain_anew(&mut forgery.entries);
                forgery.signer = key(2);
            },
            &["checkpoint-not-signed"],
        ),
        (
            "any size, claimed by a checkpoint that nobody signed",
            &|forgery| {
                forgery.file(|log| {
                    let note = fs::read_to_string(log.join("checkpoint")).unwrap();
                    let mut lines: Vec<&str> = note.split('\n').collect();
                    lines[1] = "18446744073709551615";
                    fs::write(log.join("checkpoint"), lines.join("\n")).unwrap();
                });
            },
            &["checkpoint-not-signed"],
        ),
        (
            "no checkpoint",
            &|forgery| forgery.file(|log| fs::remove_file(log.join("checkpoint")).unwrap()),
            &["checkpoint-missing"],
        ),
        (
            "a checkpoint that is longer than any",
            &|forgery| {
                forgery.file(|log| fs::write(log.join("checkpoint"), vec![b'\n'; 70_000]).unwrap());
            },
            &["file-malformed"],
        ),
        (
            "a stream revision skipped",
            &|forgery| {
                append(&mut forgery.entries, noticed(), |header| {
                    header.revision += 1;
                });
            },
            &["revision-skipped"],
        ),
        (
            "a stream that forgets its last entry",
            &|forgery| {
                append(&mut forgery.entries, noticed(), |header| {
                    header.stream_prev = Digest::from_bytes([5; 32]);
                });
            },
            &["stream-altered"],
        ),
        (
            "an event that the rules forbid, well hashed and signed",
            &|forgery| append(&mut forgery.entries, unsealed(), |_| ()),
            &["rule-broken"],
        ),
        (
            "an event that is none",
            &|forgery| {
                append(&mut forgery.entries, noticed(), |header| {
                    header.body_type = 9_999;
                });
            },
            &["content-unreadable"],
        ),
        (
            "a tile of leaves",
            &|forgery| forgery.file(|log| flip(&log.join("tile/0/000"), 40)),
            &["tile-differs"],
        ),
        (
            "a tile above them",
            &|forgery| forgery.file(|log| flip(&log.join("tile/1/000.p/1"), 4)),
            &["tile-differs"],
        ),
        (
            "a tile gone",
            &|forgery| forgery.file(|log| fs::remove_file(log.join("tile/1/000.p/1")).unwrap()),
            &["tile-missing"],
        ),
        (
            "a message recorded twice",
            &|forgery| {
                let message = header(&forgery.entries[CASES + 1]).message_id;
                append(&mut forgery.entries, noticed(), |header| {
                    header.message_id = message;
                });
            },
            &["message-repeated"],
        ),
        (
            "a message whose end is missing",
            &|forgery| {
                append(&mut forgery.entries, noticed(), |header| {
                    header.parts = 2;
                });
            },
            &["message-cut"],
        ),
        (
            "a submitter's number that changes within a message",
            &|forgery| {
                let message = MessageId::from_bytes([99; 16]);
                for part in 0..2 {
                    append(&mut forgery.entries, noticed(), |header| {
                        (header.message_id, header.part, header.parts) = (message, part, 2);
                        header.submitter_seq = 1 + u64::from(part);
                    });
                }
            },
            &["sequence-broken"],
        ),
        (
            "a submitter's number that two messages have, and one that none has",
            &|forgery| {
                for (message, number) in [(98, 1), (99, 1), (97, 3)] {
                    append(&mut forgery.entries, noticed(), |header| {
                        header.message_id = MessageId::from_bytes([message; 16]);
                        header.submitter_seq = number;
                    });
                }
            },
            &["number-repeated", "numbers-missing"],
        ),
        (
            "parts of a message that were submitted apart",
            &|forgery| {
                let message = MessageId::from_bytes([99; 16]);
                for part in 0..2 {
                    append(&mut forgery.entries, noticed(), |header| {
                        (header.message_id, header.part, header.parts) = (message, part, 2);
                        header.content = Digest::from_bytes([part as u8; 32]);
                    });
                }
            },
            &["message-broken"],
        ),
        (
            "parts of a message that were recorded apart",
            &|forgery| {
                let message = MessageId::from_bytes([99; 16]);
                for part in 0..2 {
                    append(&mut forgery.entries, noticed(), |header| {
                        (header.message_id, header.part, header.parts) = (message, part, 2);
                        header.recorded_at += u64::from(part);
                    });
                }
            },
            &["message-broken"],
        ),
        (
            "a claim in a case that no list has named",
            &|forgery| {
                append(&mut forgery.entries, noticed(), |header| {
                    header.stream.id = [77; 16];
                    (header.revision, header.stream_prev) = (0, Digest::ZERO);
                });
            },
            &["rule-broken"],
        ),
        (
            "a correction of what has a counter-fact",
            &|forgery| {
                let retracted = CaseFact::EventRetracted {
                    target: 0,
                    reason: Coded::Known(CorrectionReason::Typo),
                    restored: Vec::new(),
                };
                append(&mut forgery.entries, retracted, |_| ());
            },
            &["rule-broken"],
        ),
        (
            "time that goes backwards",
            &|forgery| {
                append(&mut forgery.entries, noticed(), |header| {
                    header.recorded_at -= 1_000_000;
                });
            },
            &["time-backwards"],
        ),
        (
            "an entry of another ledger",
            &|forgery| {
                append(&mut forgery.entries, noticed(), |header| {
                    header.ledger = caseledger_chain::LedgerId::from_bytes([3; 16]);
                });
            },
            &["other-ledger"],
        ),
    ];
    for (name, forge, expected) in table {
        let mut forgery = Forgery {
            entries: entries.clone(),
            signer: key(1),
            files: Vec::new(),
        };
        forge(&mut forgery);
        let log = place.path("log");
        fs::remove_dir_all(&log).unwrap();
        publish(&log, &forgery.entries, &forgery.signer);
        forgery.files.iter().for_each(|change| change(&log));
        let (ended, report) = verify(&place, "--since old.checkpoint");
        assert_eq!(ended.code, 4, "{name}: {ended:?}");
        assert_eq!(report["verified"], false, "{name}");
        // Not a word of good about what was not read.
        if matches!(*expected, ["checkpoint-missing"]) {
            assert_eq!(report["integrity"], "UNDECIDED", "{name}");
        }
        if matches!(*expected, ["checkpoint-not-signed"]) {
            assert_eq!(report["completeness"], "UNDECIDED", "{name}");
            assert_eq!(report["size"], 0, "{name}");
            assert_eq!(report["not_checked"].as_array().unwrap().len(), 1, "{name}");
        }
        assert!(report["totals"].is_null(), "{name}: {report:#}");
        assert!(report["cases_by_phase"].is_null(), "{name}");
        let proven = ended.out.contains("tiles of the newer one prove it");
        let rewritten = expected.contains(&"history-rewritten");
        assert_eq!(proven, rewritten, "{name}: {report:#}");
        let mut found = kinds(&report);
        let mut expected = expected.to_vec();
        found.sort_unstable();
        found.dedup();
        expected.sort_unstable();
        assert_eq!(found, expected, "{name}: {report:#}");
    }
}

#[test]
fn what_cannot_be_read_is_never_good() {
    let place = Place::with_ledger();
    let entries = honest(&place);
    fs::write(place.path("log.vkey"), key(1).verifier().to_string()).unwrap();
    publish(&place.path("log"), &entries, &key(1));
    let tile = place.path("log/tile/1/000.p/1");
    fs::remove_file(&tile).unwrap();
    fs::create_dir(&tile).unwrap();
    let (ended, report) = verify(&place, "");
    assert_eq!(ended.code, 5, "{ended:?}");
    assert_eq!(report["verified"], false);
    assert_eq!(report["integrity"], "UNDECIDED");
    assert_eq!(report["not_checked"].as_array().unwrap().len(), 1);
    let ended = place.run("verify http://127.0.0.1:1/ --key log.vkey");
    assert_eq!(ended.code, 3, "{ended:?}");
    let ended = place.run("verify ftp://127.0.0.1:1/ --key log.vkey");
    assert_eq!(ended.code, 2, "{ended:?}");
    let ended = place.run("verify log --key log.vkey --since log.vkey");
    assert_eq!(ended.code, 2, "{ended:?}");
}

#[test]
fn the_key_of_a_witness_is_no_key_of_a_log() {
    let place = Place::with_ledger();
    let made = place.ok("witness init w1 --name ledger.example/test -o json");
    let made: Value = serde_json::from_str(&made).unwrap();
    let witness = made["verifier_key"].as_str().unwrap();
    fs::write(place.path("w1.vkey"), witness).unwrap();
    for command in [
        format!("verify log --key {witness}"),
        "verify log --key w1.vkey".to_owned(),
        format!("witness add-log w1 --key {witness}"),
    ] {
        let ended = place.run(&command);
        assert_eq!(ended.code, 2, "{command}: {ended:?}");
        assert!(ended.err.contains("the key of a witness"), "{ended:?}");
    }
}
