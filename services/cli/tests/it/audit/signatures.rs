//! An operator who edits the log with the key of the log in hand, and cannot sign for a court.

use std::fs;

use caseledger_chain::{
    Digest, EntryRef, MessageId, PostedParts, SigningKey, SubmitterStatement, encode,
};
use caseledger_domain::vocabulary::{Role, Vocabulary as _};
use caseledger_domain::{CaseFact, Date, Event, Fact};
use caseledger_proto::event_codec::{
    BODY_VERSION, Body, Signed, decode_body, encode_event, encode_with,
};
use serde_json::Value;

use super::forgery::{chain_anew, header, key, publish, with};
use super::{kinds, verify};
use crate::support::{Place, Server};

const CASES: usize = 3;

type Entries = Vec<Vec<u8>>;

/// A row of what a forger does: its name, what it does, the kinds of what is found.
type Row<'a> = (&'a str, &'a dyn Fn(&mut Entries), &'a [&'a str]);

fn org(place: &Place, server: &Server, words: &str) {
    let operator = "--as operator --role OPERATOR";
    place.ok(&format!(
        "org {words} --server {} {operator}",
        server.address
    ));
}

fn new_key(place: &Place, of: &str, file: &str) -> String {
    let made = place.ok(&format!("org key new {of} {file} -o json"));
    let made: Value = serde_json::from_str(&made).unwrap();
    made["key"].as_str().unwrap().to_owned()
}

fn secret(place: &Place, file: &str) -> SigningKey {
    SigningKey::parse_skey(fs::read_to_string(place.path(file)).unwrap().trim()).unwrap()
}

/// A ledger whose court has to sign, and signed a list. The keys of the court and of a prosecutor, and one that the court
/// had before, are in files.
fn signed(place: &Place) -> Entries {
    place.ok("init --data ledger --origin ledger.example/test \
         --operator-uri spiffe://ledger.example/operator --operator-name OFFICE");
    let server = place.serve();
    for words in [
        "register nevcoda --name NEVADA-COUNTY-DA",
        "grant nevcoda PROSECUTOR_COUNTY --county nevada",
        "register court-nevada --name NEVADA-SUPERIOR-COURT",
        "grant court-nevada COURT --county nevada",
    ] {
        org(place, &server, words);
    }
    for (of, file) in [
        ("nevcoda", "da.key"),
        ("court-nevada", "old.key"),
        ("court-nevada", "court.key"),
    ] {
        let public = new_key(place, of, file);
        org(place, &server, &format!("key add {of} {public}"));
        if file == "old.key" {
            org(place, &server, &format!("key revoke {of} {public}"));
        }
    }
    org(place, &server, "require-signatures court-nevada on");
    place.ok(&format!(
        "gen-data --shape NEVADA-2020 --cases {CASES} --out list.csv --format court"
    ));
    let import = |signed: &str| {
        place.run(&format!(
            "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda \
             --as court-nevada --role COURT --server {} {signed}",
            server.address
        ))
    };
    for (with, said) in [
        ("", "signs everything that it submits"),
        ("--signing-key old.key", "is no signing key of court-nevada"),
        ("--signing-key da.key", "is a key of nevcoda"),
    ] {
        let refused = import(with);
        assert!(
            refused.code != 0 && refused.err.contains(said),
            "{refused:?}"
        );
    }
    let imported = import("--signing-key court.key");
    assert_eq!(imported.code, 0, "{imported:?}");
    assert_eq!(server.terminate(), 0);
    place.ok("export --data ledger --raw --out ledger.entries");
    let bytes = fs::read(place.path("ledger.entries")).unwrap();
    let mut entries = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
        entries.push(entry.to_vec());
        rest = after;
    }
    entries
}

fn body(entry: &[u8]) -> (Event, Signed) {
    let entry = EntryRef::decode(entry).unwrap();
    let header = entry.header();
    let Body { event, signed, .. } =
        decode_body(header.body_type, header.body_version, entry.body()).unwrap();
    (event, signed.unwrap())
}

/// The commitment to what is private of it.
fn private(entry: &[u8]) -> Option<Digest> {
    let entry = EntryRef::decode(entry).unwrap();
    let (kind, version) = (entry.header().body_type, entry.header().body_version);
    decode_body(kind, version, entry.body()).unwrap().private
}

/// The entry with another body.
fn with_body(entry: &[u8], change: impl FnOnce(&mut Event, &mut Signed)) -> Vec<u8> {
    let (mut event, mut signed) = body(entry);
    change(&mut event, &mut signed);
    let (mut bytes, mut made) = (Vec::new(), Vec::new());
    encode_with(&event, Some(&signed), private(entry), &mut bytes);
    encode(&header(entry), &bytes, &mut made).unwrap();
    made
}

/// The entry as if nothing was signed.
fn unsigned(entry: &[u8]) -> Vec<u8> {
    let (mut bytes, mut made) = (Vec::new(), Vec::new());
    encode_event(&body(entry).0, &mut bytes);
    let mut header = header(entry);
    (header.body_version, header.commitment) = (BODY_VERSION, Digest::ZERO);
    encode(&header, &bytes, &mut made).unwrap();
    made
}

/// The entry, its statement signed anew with that key.
fn signed_by(entry: &[u8], key: &SigningKey) -> Vec<u8> {
    let header = header(entry);
    with_body(entry, |event, signed| {
        let post = PostedParts {
            public: &signed.public,
            commitment: header.commitment,
        };
        let statement = SubmitterStatement::new(
            header.ledger,
            header.submitter,
            event.role.number().into(),
            header.message_id,
            header.submitter_seq,
            [post].into_iter(),
        );
        let by = signed.by.as_mut().unwrap();
        (by.key, by.signature) = (key.verifier().public_bytes(), statement.sign(key));
    })
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row per forgery")]
fn nobody_states_anything_in_the_name_of_a_court_that_signs() {
    let place = Place::new();
    let honest = signed(&place);
    fs::write(place.path("log.vkey"), key(1).verifier().to_string()).unwrap();
    let (case, other) = (honest.len() - 2, honest.len() - 3);
    let (court, da) = (secret(&place, "court.key"), secret(&place, "da.key"));
    let old = secret(&place, "old.key");
    let another_row = |event: &mut Event| {
        let Fact::Case(CaseFact::CaseIdentified { row, .. }) = &mut event.fact else {
            panic!("{event:?}");
        };
        *row += 100;
    };
    let table: &[Row<'_>] = &[
        ("nothing", &|_| (), &[]),
        (
            "signed again by the court itself",
            &|entries| entries[case] = signed_by(&entries[case], &court),
            &[],
        ),
        (
            "without a signature",
            &|entries| entries[case] = unsigned(&entries[case]),
            &["signature-missing"],
        ),
        (
            "with the signature of another message",
            &|entries| {
                let by = body(&entries[other]).1.by;
                entries[case] = with_body(&entries[case], |_, signed| signed.by = by);
            },
            &["signature-invalid"],
        ),
        (
            "with what was signed of another message, signature and all",
            &|entries| {
                let copied = body(&entries[other]).1;
                entries[case] = with_body(&entries[case], |_, signed| *signed = copied);
            },
            &["signature-invalid", "signed-otherwise"],
        ),
        (
            "another fact under a signature that is genuine",
            &|entries| entries[case] = with_body(&entries[case], |event, _| another_row(event)),
            &["signed-otherwise"],
        ),
        (
            "another day under a signature that is genuine",
            &|entries| {
                let before = Date::from_yyyymmdd(20_210_927).unwrap();
                entries[case] = with_body(&entries[case], |event, _| event.occurred_on = before);
            },
            &["signed-otherwise"],
        ),
        (
            "with a key of another organisation",
            &|entries| entries[case] = signed_by(&entries[case], &da),
            &["signing-key-unknown"],
        ),
        (
            "with a key that was revoked",
            &|entries| entries[case] = signed_by(&entries[case], &old),
            &["signing-key-unknown"],
        ),
        (
            "with a key that is nobody's",
            &|entries| entries[case] = signed_by(&entries[case], &key(9)),
            &["signing-key-unknown"],
        ),
        (
            "about another case, as if its key were committed to",
            &|entries| {
                entries[case] = with(&entries[case], |header| {
                    header.commitment = Digest::from_bytes([7; 32]);
                });
            },
            &["signature-invalid"],
        ),
        (
            "under another message id",
            &|entries| {
                entries[case] = with(&entries[case], |header| {
                    header.message_id = MessageId::from_bytes([7; 16]);
                });
            },
            &["signature-invalid"],
        ),
        (
            "with an entry more that nobody signed",
            &|entries| {
                entries[case] = with(&entries[case], |header| header.parts = 2);
                let made = with(&unsigned(&entries[case]), |header| {
                    header.part = 1;
                    header.revision = 1;
                    header.stream_prev = Digest::from_bytes([1; 32]);
                });
                entries.insert(case + 1, made);
            },
            &["signed-otherwise", "rule-broken"],
        ),
        (
            "without the signature at the first of its entries",
            &|entries| {
                entries[case] = with_body(&entries[case], |_, signed| signed.by = None);
            },
            &["signature-misplaced"],
        ),
        (
            "with a public part that says nothing",
            &|entries| {
                entries[case] = with_body(&entries[case], |_, signed| signed.public.push(0));
                entries[case] = signed_by(&entries[case], &court);
            },
            &["signed-unreadable"],
        ),
    ];
    for (name, forge, expected) in table {
        let mut entries = honest.clone();
        forge(&mut entries);
        chain_anew(&mut entries);
        publish(&place.path("log"), &entries, &key(1));
        let (ended, report) = verify(&place, "");
        let mut found = kinds(&report);
        found.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{name}: {ended:?}");
        assert_eq!(
            ended.code,
            if expected.is_empty() { 0 } else { 4 },
            "{name}"
        );
        fs::remove_dir_all(place.path("log")).unwrap();
    }
}

#[test]
fn a_receipt_says_who_signed() {
    let place = Place::new();
    let honest = signed(&place);
    assert_eq!(body(&honest[honest.len() - 2]).0.role, Role::Court);
    place.ok(&format!(
        "receipt {} --data ledger --out one.tlog-proof",
        honest.len() - 2
    ));
    let shown = place.ok("verify one.tlog-proof --key ledger.vkey -o json");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let public = secret(&place, "court.key").verifier().public_bytes();
    let digits = Digest::from_bytes(public).to_string();
    assert_eq!(shown["signed_by"], digits.as_str());
    assert_eq!(shown["signature_verified"], true);
    let page = place.ok("verify one.tlog-proof --key ledger.vkey");
    assert!(
        page.contains(&format!("{digits} of court-nevada")),
        "{page}"
    );
    place.ok("fsck --data ledger");
}
