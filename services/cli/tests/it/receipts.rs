//! A receipt proves what it says to anybody with the public key, and nothing else does.

use crate::support::Place;

fn with_receipt() -> Place {
    let place = Place::with_ledger();
    place.ok("gen-data --shape NEVADA-2020 --cases 3 --out list.csv --format court");
    place.ok(
        "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda --data ledger \
              --as court-nevada --role COURT",
    );
    place.ok("receipt 2 --data ledger --key ledger.vkey --out 2.tlog-proof");
    place
}

#[test]
fn a_receipt_is_verified_offline() {
    let place = with_receipt();
    // Nothing of the ledger is left but the public key.
    std::fs::remove_dir_all(place.path("ledger")).unwrap();
    std::fs::remove_dir_all(place.path("ledger.keys")).unwrap();
    let said = place.ok("verify 2.tlog-proof --key ledger.vkey -o json");
    assert!(said.contains("\"verified\": true"), "{said}");
    assert!(said.contains("\"position\": 2"), "{said}");
    assert!(said.contains("\"fact\": \"CASE_IDENTIFIED\""), "{said}");
    assert!(said.contains("\"submitter\": \"court-nevada\""), "{said}");
    // It bears no cosignature, and does not pass for one that does.
    assert!(said.contains("\"not_asked\": [\n"), "{said}");
    let page = place.ok("verify 2.tlog-proof --key ledger.vkey");
    assert!(page.contains("not asked: whether witnesses"), "{page}");
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    let place = with_receipt();
    let receipt = std::fs::read(place.path("2.tlog-proof")).unwrap();
    let altered = place.path("altered.tlog-proof");
    for at in 0..receipt.len() {
        let mut bytes = receipt.clone();
        bytes[at] ^= 1;
        std::fs::write(&altered, bytes).unwrap();
        let ended = place.run("verify altered.tlog-proof --key ledger.vkey");
        assert_eq!(ended.code, 4, "byte {at} of {}: {ended:?}", receipt.len());
        assert!(
            ended.err.contains("NOT verified"),
            "byte {at}: {}",
            ended.err
        );
        assert!(ended.out.is_empty());
    }
}

#[test]
fn says_what_does_not_match() {
    let place = with_receipt();
    place.ok("init --data other --origin ledger.example/test");
    let ended = place.run("verify 2.tlog-proof --key other.vkey");
    assert_eq!(ended.code, 4);
    assert!(ended.err.contains("NOT verified"), "{}", ended.err);
    std::fs::write(place.path("empty"), "").unwrap();
    let ended = place.run("verify empty --key ledger.vkey");
    assert_eq!(ended.code, 4);
    std::fs::write(place.path("latin"), [0xff, 0xfe]).unwrap();
    let ended = place.run("verify latin --key ledger.vkey");
    assert_eq!(ended.code, 4);
    assert!(ended.err.contains("not text"), "{}", ended.err);
    std::fs::write(place.path("long"), vec![b'a'; (1 << 20) + 1]).unwrap();
    let ended = place.run("verify long --key ledger.vkey");
    assert_eq!(ended.code, 4);
    assert!(
        ended.err.contains("longer than any receipt"),
        "{}",
        ended.err
    );
}

#[test]
fn a_receipt_is_the_same_for_ever() {
    let place = with_receipt();
    place.ok("receipt 2 --data ledger --out again.tlog-proof");
    let read = |name| std::fs::read(place.path(name)).unwrap();
    assert_eq!(read("2.tlog-proof"), read("again.tlog-proof"));
}

#[test]
fn an_export_is_verified_and_has_every_entry() {
    let place = with_receipt();
    place.ok("export --data ledger --key ledger.vkey --out ledger.jsonl");
    place.ok("export --data ledger --key ledger.vkey --raw --out ledger.entries");
    let lines = std::fs::read_to_string(place.path("ledger.jsonl")).unwrap();
    // Opened, three cases, sealed.
    let facts = [
        "cohort_opened",
        "case_identified",
        "case_identified",
        "case_identified",
        "cohort_sealed",
    ];
    assert_eq!(lines.lines().count(), facts.len());
    for (position, (line, fact)) in lines.lines().zip(facts).enumerate() {
        assert!(
            line.starts_with(&format!("{{\"position\":{position},")),
            "{line}"
        );
        assert!(line.contains(fact), "{line}");
    }
    let raw = std::fs::read(place.path("ledger.entries")).unwrap();
    let mut rest = raw.as_slice();
    let mut entries = 0;
    while let Some((length, after)) = rest.split_first_chunk() {
        rest = &after[usize::from(u16::from_be_bytes(*length))..];
        entries += 1;
    }
    assert_eq!((entries, rest.len()), (facts.len(), 0));
    place.ok("verify ledger.entries.tlog-proof --key ledger.vkey");
}
