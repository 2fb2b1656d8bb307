//! Published logs, sound and forged: every forgery is found, and has its name.
//!
//! The forger is the operator: where a signature or a hash stands in the way, it is made anew.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use caseledger_chain::{
    BundleId, Checkpoint, Digest, EntryRef, Header, MemoryTree, MessageId, NodeSource as _, Origin,
    Position, SigningKey, Size, TILE_WIDTH, TileId, chain_hash, encode, leaf_hash,
    push_bundle_entry,
};
use caseledger_domain::vocabulary::{Coded, CorrectionReason, Role};
use caseledger_domain::{CaseFact, Charges, Date, Event, Fact, Flags, OrderId};
use caseledger_proto::event_codec::{BODY_VERSION, encode_event};
use serde_json::Value;

use crate::support::{Ended, Place};

const ORIGIN: &str = "ledger.example/test";
/// More than a bundle, so that the tree has a second level of tiles.
pub(crate) const CASES: usize = 300;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(ORIGIN.parse().unwrap(), &[seed; 32])
}

/// The entries of an honest ledger: a list opened, its cases, and the list sealed.
pub(crate) fn honest(place: &Place) -> Vec<Vec<u8>> {
    place.ok(&format!(
        "gen-data --shape NEVADA-2020 --cases {CASES} --out list.csv --format court"
    ));
    place.ok(
        "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda --data ledger \
         --as court-nevada --role COURT",
    );
    place.ok("export --data ledger --raw --out ledger.entries");
    let bytes = fs::read(place.path("ledger.entries")).unwrap();
    let mut entries = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
        entries.push(entry.to_vec());
        rest = after;
    }
    assert_eq!(entries.len(), CASES + 2);
    entries
}

/// Writes a log as it is published, signed by `signer`.
pub(crate) fn publish(root: &Path, entries: &[Vec<u8>], signer: &SigningKey) {
    let size = Size::new(entries.len() as u64);
    let tree: MemoryTree = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let write = |path: &str, bytes: &[u8]| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for id in BundleId::between(Size::ZERO, size) {
        let first = usize::try_from(id.index()).unwrap() * usize::from(TILE_WIDTH);
        let mut bundle = Vec::new();
        for entry in &entries[first..first + usize::from(id.width())] {
            push_bundle_entry(&mut bundle, entry).unwrap();
        }
        write(&id.path(), &bundle);
    }
    for id in TileId::between(Size::ZERO, size) {
        let first = id.index() * u64::from(TILE_WIDTH);
        let hashes = (first..first + u64::from(id.width()))
            .flat_map(|index| tree.node(8 * id.level(), index).unwrap().to_bytes());
        write(&id.path(), &hashes.collect::<Vec<u8>>());
    }
    let checkpoint = Checkpoint::new(Origin::parse(ORIGIN).unwrap(), size, tree.root());
    let note = checkpoint.sign(signer).unwrap();
    // Whoever follows the log sees the old one or the new one.
    write(".checkpoint.new", note.note().as_bytes());
    fs::rename(root.join(".checkpoint.new"), root.join("checkpoint")).unwrap();
}

fn header(entry: &[u8]) -> Header {
    EntryRef::decode(entry).unwrap().into_header()
}

/// The entry with another header.
pub(crate) fn with(entry: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = header(entry);
    change(&mut header);
    let body = EntryRef::decode(entry).unwrap().body().to_vec();
    let mut bytes = Vec::new();
    encode(&header, &body, &mut bytes).unwrap();
    bytes
}

/// Makes every entry name the one before it, in the log and in its stream.
pub(crate) fn chain_anew(entries: &mut [Vec<u8>]) {
    let mut prev = Digest::ZERO;
    let mut streams = HashMap::new();
    for (entry, position) in entries.iter_mut().zip(0..) {
        let stream = header(entry).stream;
        *entry = with(entry, |header| {
            header.position = Position::new(position);
            header.prev = prev;
            header.stream_prev = streams.get(&stream).copied().unwrap_or(Digest::ZERO);
        });
        prev = chain_hash(entry);
        streams.insert(stream, prev);
    }
}

/// Appends an entry to the stream of the first case, well chained.
pub(crate) fn append(entries: &mut Vec<Vec<u8>>, fact: CaseFact, change: impl FnOnce(&mut Header)) {
    let event = Event {
        occurred_on: Date::from_yyyymmdd(20_210_927).unwrap(),
        role: Role::ProsecutorCounty,
        flags: Flags::NONE,
        charges: Charges::default(),
        fact: Fact::Case(fact),
    };
    let mut body = Vec::new();
    encode_event(&event, &mut body);
    let last = header(entries.last().unwrap());
    let stream = header(&entries[1]).stream;
    let in_stream = entries
        .iter()
        .filter(|entry| header(entry).stream == stream);
    let before = in_stream
        .max_by_key(|entry| header(entry).revision)
        .unwrap();
    let mut header = Header {
        position: Position::new(entries.len() as u64),
        prev: chain_hash(entries.last().unwrap()),
        stream,
        revision: header(before).revision + 1,
        stream_prev: chain_hash(before),
        message_id: MessageId::from_bytes([entries.len() as u8; 16]),
        part: 0,
        parts: 1,
        body_type: event.fact.kind().number(),
        body_version: BODY_VERSION,
        ..last
    };
    change(&mut header);
    let mut bytes = Vec::new();
    encode(&header, &body, &mut bytes).unwrap();
    entries.push(bytes);
}

type FileChange = Box<dyn Fn(&Path)>;
type Forge<'a> = &'a dyn Fn(&mut Forgery);

/// A ledger's entries, the folder they are published in, and what the forger does to them.
struct Forgery {
    entries: Vec<Vec<u8>>,
    signer: SigningKey,
    /// Changes of files, after they were published.
    files: Vec<FileChange>,
}

impl Forgery {
    fn file(&mut self, change: impl Fn(&Path) + 'static) {
        self.files.push(Box::new(change));
    }
}

pub(crate) fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

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
            &["checkpoint-not-signed", "history-rewritten"],
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
                append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
                    header.revision += 1;
                });
            },
            &["revision-skipped"],
        ),
        (
            "a stream that forgets its last entry",
            &|forgery| {
                append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
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
                append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
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
                append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
                    header.message_id = message;
                });
            },
            &["message-repeated"],
        ),
        (
            "a message whose end is missing",
            &|forgery| {
                append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
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
                    append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
                        (header.message_id, header.part, header.parts) = (message, part, 2);
                        header.submitter_seq = 1 + u64::from(part);
                    });
                }
            },
            &["sequence-broken"],
        ),
        (
            "parts of a message that were submitted apart",
            &|forgery| {
                let message = MessageId::from_bytes([99; 16]);
                for part in 0..2 {
                    append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
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
                    append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
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
                append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
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
                append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
                    header.recorded_at -= 1_000_000;
                });
            },
            &["time-backwards"],
        ),
        (
            "an entry of another ledger",
            &|forgery| {
                append(&mut forgery.entries, CaseFact::ReviewStarted, |header| {
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
        assert!(report["totals"].is_null(), "{name}: {report:#}");
        assert!(report["cases_by_phase"].is_null(), "{name}");
        let proven = ended.out.contains("the two checkpoints prove it");
        let both_signed =
            expected.contains(&"history-rewritten") && !expected.contains(&"checkpoint-not-signed");
        assert_eq!(proven, both_signed, "{name}: {report:#}");
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
    let ended = place.run("verify https://127.0.0.1:1/ --key log.vkey");
    assert_eq!(ended.code, 2, "{ended:?}");
    let ended = place.run("verify log --key log.vkey --since log.vkey");
    assert_eq!(ended.code, 2, "{ended:?}");
}
