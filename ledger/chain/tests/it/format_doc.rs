//! `docs/FORMAT.md` shows bytes; here they are compared with what the code makes.

use std::path::Path;

use caseledger_chain::{
    BODY_MAX, ENTRY_MAX, EntryRef, HEADER_LEN, VerifierKey, chain_hash, entry::offset, leaf_hash,
    verify_receipt,
};

use crate::golden::{self, data};

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FORMAT.md");
    std::fs::read_to_string(path).unwrap()
}

/// The fenced block with this language tag, without its fences.
fn block(document: &str, tag: &str) -> String {
    let start = format!("```{tag}\n");
    let mut found = document.split(start.as_str()).skip(1);
    let block = found.next().unwrap_or_else(|| panic!("no block {tag}"));
    assert!(found.next().is_none(), "more than one block {tag}");
    block.split("```").next().unwrap().to_owned()
}

/// The hexadecimal column of a block whose lines are `offset  hex  comment`.
fn hex_column(block: &str) -> Vec<(usize, Vec<u8>)> {
    block
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            let offset = words.next().unwrap().parse().unwrap();
            (offset, hex::decode(words.next().unwrap()).unwrap())
        })
        .collect()
}

#[test]
fn the_worked_entries_are_the_golden_entries() {
    let document = document();
    for (i, golden) in golden::entries().iter().enumerate() {
        let fields = hex_column(&block(&document, &format!("entry-{i}")));
        let mut bytes = Vec::new();
        for (offset, field) in fields {
            assert_eq!(offset, bytes.len(), "offset in entry {i}");
            bytes.extend(field);
        }
        assert_eq!(&bytes, golden, "entry {i}");
        EntryRef::decode(&bytes).unwrap();
        for hash in [chain_hash(&bytes), leaf_hash(&bytes)] {
            assert!(document.contains(&hash.to_string()), "hash of entry {i}");
        }
    }
}

#[test]
fn the_worked_receipt_verifies() {
    let document = document();
    let receipt = block(&document, "receipt");
    assert_eq!(receipt, data::RECEIPT_1);
    assert!(document.contains(data::VKEY));
    assert!(document.contains(data::ROOT));
    verify_receipt(&receipt, &VerifierKey::parse(data::VKEY).unwrap()).unwrap();
}

#[test]
fn the_field_table_has_the_offsets_of_the_code() {
    let document = document();
    let code = [
        ("magic", offset::MAGIC),
        ("version", offset::VERSION),
        ("ledger", offset::LEDGER),
        ("position", offset::POSITION),
        ("recorded_at", offset::RECORDED_AT),
        ("prev", offset::PREV),
        ("stream kind", offset::STREAM_KIND),
        ("stream id", offset::STREAM_ID),
        ("revision", offset::REVISION),
        ("stream_prev", offset::STREAM_PREV),
        ("submitter", offset::SUBMITTER),
        ("submitter_seq", offset::SUBMITTER_SEQ),
        ("message_id", offset::MESSAGE_ID),
        ("part", offset::PART),
        ("parts", offset::PARTS),
        ("content", offset::CONTENT),
        ("commitment", offset::COMMITMENT),
        ("body_type", offset::BODY_TYPE),
        ("body_version", offset::BODY_VERSION),
        ("body_len", offset::BODY_LEN),
        ("body", HEADER_LEN),
    ];
    for (i, (field, offset)) in code.iter().enumerate() {
        let end = code
            .get(i + 1)
            .map_or("body_len".to_owned(), |next| (next.1 - offset).to_string());
        let row = format!("| {offset} | {end} | {field} |");
        assert!(document.contains(&row), "no row {row}");
    }
    for limit in [ENTRY_MAX, BODY_MAX] {
        let grouped = format!("{},{:03}", limit / 1000, limit % 1000);
        assert!(document.contains(&grouped), "no limit {grouped}");
    }
}
