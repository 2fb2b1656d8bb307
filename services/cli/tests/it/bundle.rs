//! An audit bundle proves what it says anywhere, and has one form.

use crate::support::Place;

fn with_bundle() -> (Place, String) {
    let place = Place::with_ledger();
    for (list, cases) in [("NEVADA-2020.1", 3), ("NEVADA-2020.2", 2)] {
        place.ok(&format!(
            "gen-data --shape NEVADA-2020 --cases {cases} --out list.csv --format court"
        ));
        place.ok(&format!(
            "import list.csv --format court --cohort {list} --agency nevcoda --data ledger \
             --as court-nevada --role COURT"
        ));
    }
    let stream = "NEVADA-2020.1".to_owned();
    place.ok(&format!(
        "bundle {stream} --data ledger --key ledger.vkey --out list.tar"
    ));
    (place, stream)
}

fn read(place: &Place, name: &str) -> Vec<u8> {
    std::fs::read(place.path(name)).unwrap()
}

#[test]
fn a_bundle_is_verified_with_nothing_but_the_key() {
    let (place, stream) = with_bundle();
    std::fs::remove_dir_all(place.path("ledger")).unwrap();
    std::fs::remove_dir_all(place.path("ledger.keys")).unwrap();
    let said = place.ok("verify list.tar --key ledger.vkey -o json");
    assert!(said.contains("\"verified\": true"), "{said}");
    assert!(said.contains("\"entries\": 2"), "{said}");
    assert!(said.contains(&stream), "{said}");
    assert!(said.contains("\"not_asked\": [\n"), "{said}");
    let page = place.ok("verify list.tar --key ledger.vkey");
    assert!(page.contains("not asked: whether witnesses"), "{page}");
    // Its parts are receipts, which any tool can check, and a page for people.
    let bytes = read(&place, "list.tar");
    let text = String::from_utf8_lossy(&bytes);
    let start = text.find("c2sp.org/tlog-proof@v1").unwrap();
    let proof = text[start..].split('\0').next().unwrap();
    std::fs::write(place.path("one.tlog-proof"), proof).unwrap();
    place.ok("verify one.tlog-proof --key ledger.vkey");
    assert!(text.contains("COHORT_OPENED"), "{text}");
    place.ok("init --data other --origin ledger.example/test");
    let ended = place.run("verify list.tar --key other.vkey");
    assert_eq!(ended.code, 4, "{ended:?}");
}

#[test]
fn no_changed_byte_of_a_bundle_goes_unnoticed() {
    let (place, _) = with_bundle();
    let whole = read(&place, "list.tar");
    let altered = |bytes: &[u8]| {
        std::fs::write(place.path("altered.tar"), bytes).unwrap();
        place.run("verify altered.tar --key ledger.vkey")
    };
    for at in (0..whole.len()).step_by(101) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let ended = altered(&bytes);
        assert_eq!(ended.code, 4, "byte {at} of {}: {ended:?}", whole.len());
        assert!(ended.err.contains("NOT verified"), "{}", ended.err);
    }
    for cut in [0, 1, 512, whole.len() / 2, whole.len() - 1] {
        assert_eq!(altered(&whole[..cut]).code, 4, "cut to {cut}");
    }
    assert_eq!(altered(&[&whole[..], &[0; 512]].concat()).code, 4);
}

#[test]
fn a_bundle_is_the_same_at_the_same_size_for_ever() {
    let (place, stream) = with_bundle();
    let said = place.ok("verify list.tar --key ledger.vkey -o json");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let at = said["at"].as_u64().unwrap();
    // The ledger grows, and the stream with it.
    place.ok("gen-data --shape NEVADA-2020 --cases 3 --out list.csv --format court");
    place.ok(
        "import list.csv --format court --cohort NEVADA-2020.3 --agency nevcoda --data ledger \
         --as court-nevada --role COURT",
    );
    place.ok(&format!(
        "bundle {stream} --at {at} --data ledger --out again.tar"
    ));
    assert_eq!(read(&place, "list.tar"), read(&place, "again.tar"));
    // Of what was known earlier there is less.
    place.ok(&format!(
        "bundle {stream} --at 2 --data ledger --out early.tar"
    ));
    let said = place.ok("verify early.tar --key ledger.vkey -o json");
    assert!(said.contains("\"entries\": 1"), "{said}");
    let ended =
        place.run("bundle case/00112233445566778899aabbccddeeff --data ledger --out no.tar");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(!place.path("no.tar").exists());
}

#[test]
fn a_part_that_is_no_regular_file_is_refused_before_it_is_read() {
    let place = Place::with_ledger();
    // Some bytes that a reader of sparse files would make a MiB of; the size is the sender's choice.
    let mut header = tar::Header::new_gnu();
    header.set_path("manifest.json").unwrap();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_size(0);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.realsize.copy_from_slice(b"00004000000\0");
    gnu.sparse[0].offset.copy_from_slice(b"00004000000\0");
    gnu.sparse[0].numbytes.copy_from_slice(b"00000000000\0");
    header.set_cksum();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append(&header, std::io::empty()).unwrap();
    std::fs::write(place.path("sparse.tar"), archive.into_inner().unwrap()).unwrap();
    let ended = place.run("verify sparse.tar --key ledger.vkey");
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(
        ended.err.contains("manifest.json is no regular file"),
        "{}",
        ended.err
    );
}
