//! What is private of cases, through the binary: kept, read by whoever may, sealed, destroyed; and what it leaves.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::{Place, Server};

/// Begins what is private in the list, and stands nowhere else.
pub(crate) const MARKER: &str = "OBVIOUSLYFAKE";

const CASES: &str = "\
case_number,defendant,court,county,section,severity,conviction_date,name,birth_date
SYN-1,01,LASC-CJC,037,HS 11357(b),MISDEMEANOR,1994-10-31,OBVIOUSLYFAKE ONE,1970-01-01
SYN-2,01,LASC-CJC,037,HS 11358,FELONY,1994-10-31,OBVIOUSLYFAKE TWO,1970-01-02
SYN-3,01,LASC-CJC,037,HS 11357(b),MISDEMEANOR,1994-10-31,OBVIOUSLYFAKE THREE,1970-01-03
";

const SEALED: &str = "\
case_number,severity,statement,status,date
SYN-1,MISDEMEANOR,SEALING,FILE,2020-03-02
SYN-2,FELONY,SEALING,FILE,2020-03-02
#TOTAL,2,1,1,0,0
";

pub(crate) const LADA: &str = "--as lada --role PROSECUTOR_COUNTY";
pub(crate) const COURT: &str = "--as lasc --role COURT";
pub(crate) const CUSTODIAN: &str = "--as lasc-records --role RECORD_CUSTODIAN";
const AGENT: &str = "--as agent --role ANALYTICS_AGENT";

/// Three cases, of which two are sealed, and a server of them.
pub(crate) fn scene() -> (Place, Server) {
    let place = Place::with_ledger();
    let server = place.serve();
    list_and_seal(&place, &server);
    (place, server)
}

fn list_and_seal(place: &Place, server: &Server) {
    fs::write(place.path("cases.csv"), CASES).unwrap();
    fs::write(place.path("sealed.csv"), SEALED).unwrap();
    import(place, server, 1);
    let words = "court post sealed.csv --source odyssey --court LASC-CJC --batch b-1";
    let ended = place.run(&format!("{words} {COURT} --server {}", server.address));
    assert_eq!(ended.code, 0, "{ended:?}");
}

fn import(place: &Place, server: &Server, version: u32) -> Value {
    let words = format!("import cases.csv --format court --cohort LA-2021-COURT.{version}");
    json(place, server, &format!("{words} --agency lada {LADA}"))
}

pub(crate) fn json(place: &Place, server: &Server, words: &str) -> Value {
    let words = format!("{words} -o json --server {}", server.address);
    serde_json::from_str(&place.ok(&words)).unwrap()
}

/// What is refused, and by which rule.
fn refused(place: &Place, server: &Server, words: &str, rule: &str) {
    let ended = place.run(&format!("{words} --server {}", server.address));
    assert!(
        ended.code == 1 && ended.err.contains(rule),
        "{rule}: {ended:?}"
    );
    assert!(!ended.err.contains(MARKER), "{ended:?}");
}

pub(crate) fn show(number: u32) -> String {
    format!("private show --court LASC-CJC --number SYN-{number}")
}

fn names(shown: &Value) -> String {
    shown["records"].to_string()
}

/// Totals in all units, and by everything that a case is.
fn totals(place: &Place, server: &Server) -> Vec<String> {
    let mut all = Vec::new();
    for unit in ["cases", "charges", "people"] {
        for by in ["county", "agency", "severity", "phase", "initiative"] {
            let words = format!("totals --unit {unit} --by {by} -o csv");
            all.push(place.ok(&format!("{words} --server {}", server.address)));
        }
    }
    all
}

/// Files below a folder, or beside a name, that hold a text.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if path.extension().is_none_or(|kind| kind != "csv") {
            let bytes = match fs::read(&path) {
                // Replaced while it is served; everything is searched again at the end, when nothing moves.
                Err(gone) if gone.kind() == std::io::ErrorKind::NotFound => continue,
                read => read.unwrap(),
            };
            if holds(&bytes, text) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let mut windows = bytes.windows(text.len());
    windows.any(|window| window == text.as_bytes())
}

/// A page of memory that nobody uses.
const PAGE: [u8; 4096] = [0; 4096];

/// Whether the memory of a process holds a text; nothing where it cannot be looked at.
fn in_memory(process: u32, text: &str) -> Option<bool> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
    let memory = File::open(format!("/proc/{process}/mem")).ok()?;
    let mut found = false;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next()?, words.next()?);
        let (from, to) = range.split_once('-')?;
        let from = u64::from_str_radix(from, 16).ok()?;
        let to = u64::from_str_radix(to, 16).ok()?;
        if !rights.starts_with("rw") {
            continue;
        }
        let mut bytes = vec![0; usize::try_from(to - from).ok()?];
        // Some ranges are the kernel's own.
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            let pages = bytes.chunks(PAGE.len());
            let used: Vec<&[u8]> = pages.filter(|page| *page != &PAGE[..page.len()]).collect();
            found |= holds(&used.concat(), text);
        }
    }
    Some(found)
}

/// A copy of a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn what_is_sealed_is_read_for_a_purpose_and_that_is_recorded() {
    let (place, server) = scene();
    let open = json(&place, &server, &format!("{} {LADA}", show(3)));
    assert!(names(&open).contains("OBVIOUSLYFAKE THREE"), "{open}");
    assert!(names(&open).contains("SYN-3"), "{open}");

    refused(
        &place,
        &server,
        &format!("{} {COURT}", show(1)),
        "expected a purpose",
    );
    let read = format!("{} --purpose COURT_PROCEEDING {COURT}", show(1));
    let size = |place: &Place| json(place, &server, "status")["size"].as_u64().unwrap();
    let before = size(&place);
    let read = json(&place, &server, &read);
    assert!(names(&read).contains("OBVIOUSLYFAKE ONE"), "{read}");
    assert_eq!(size(&place), before + 1);
    assert_eq!(read["read_recorded_at"], serde_json::json!([before]));

    // To whoever may not know of it, it is a case that there is not.
    let hidden = place.run(&format!("{} {AGENT} --server {}", show(1), server.address));
    let unknown = place.run(&format!("{} {AGENT} --server {}", show(9), server.address));
    assert_eq!((hidden.code, &hidden.err), (unknown.code, &unknown.err));
    assert_eq!(server.terminate(), 0);
    place.ok("fsck --data ledger");
}

#[test]
fn what_is_destroyed_is_nowhere_and_everything_else_is_as_before() {
    let (place, server) = scene();
    let root = place.path("ledger").parent().unwrap().to_owned();
    let sealed = |number| format!("{} --purpose COURT_PROCEEDING {COURT}", show(number));
    let shown = json(&place, &server, &sealed(2));
    assert!(names(&shown).contains("OBVIOUSLYFAKE TWO"), "{shown}");
    let history = format!("history {} {COURT}", id(&place, &server, 2));
    let history = json(&place, &server, &history);
    assert_eq!(history["events"].as_array().unwrap().len(), 3, "{history}");
    let receipt = format!("receipt 2 --out receipt.txt --server {}", server.address);
    place.ok(&receipt);
    let before = totals(&place, &server);
    // No file ever holds it; files and keys together open it.
    assert_eq!(holding(&root, MARKER), [""; 0]);
    for folder in ["ledger", "ledger.vault", "ledger.keys"] {
        let old = folder.replace("ledger", "old");
        copy(&place.path(folder), &place.path(&old));
    }
    fs::copy(place.path("ledger.guard"), place.path("old.guard")).unwrap();

    let shred = shred_file(&place, &server);

    refused(&place, &server, &sealed(2), "destroyed under CUSTODIAN");
    let kept = json(&place, &server, &format!("{} {LADA}", show(3)));
    assert!(names(&kept).contains("OBVIOUSLYFAKE THREE"), "{kept}");
    assert_eq!(totals(&place, &server), before);
    match (
        in_memory(server.id(), "OBVIOUSLYFAKE TWO"),
        in_memory(server.id(), "ledger.example/test"),
    ) {
        (Some(gone), Some(true)) => assert!(!gone, "it is still in memory"),
        seen => println!("skipped: the memory of the server cannot be searched here: {seen:?}"),
    }
    // The same again is done at once, and says what was done before.
    let again = json(&place, &server, &shred);
    assert_eq!(
        (&again["cases"], &again["refused"]),
        (&0.into(), &Value::Array(Vec::new()))
    );
    let rows = again["before"].as_array().unwrap();
    let told = |name: &str| {
        rows.iter()
            .map(|row| row[name].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(told("line"), ["1", "2"]);
    assert_eq!(told("tombstone"), ["\"KEPT\""; 2]);

    // The same list again is recorded already, and another that names them makes no case.
    assert_eq!(import(&place, &server, 1)["sent"]["recorded_before"], 3);
    let again = import(&place, &server, 2);
    assert_eq!(again["sent"]["already_sealed"], 2, "{again}");
    assert_eq!(again["sent"]["added"], 0, "{again}");
    assert_eq!(totals(&place, &server), before);

    assert_eq!(server.terminate(), 0);
    assert_eq!(holding(&root, MARKER), [""; 0]);
    place.ok("fsck --data ledger");
    place.ok("verify receipt.txt --key ledger.vkey");
    // Everything from before opens it still, as it did; without the keys of then it opens nothing.
    let old = format!("{} --data old", sealed(2));
    assert!(place.ok(&old).contains("OBVIOUSLYFAKE TWO"));
    fs::remove_dir_all(place.path("old.vault")).unwrap();
    copy(&place.path("ledger.vault"), &place.path("old.vault"));
    let ended = place.run(&old);
    assert!(ended.code != 0 && !ended.out.contains(MARKER), "{ended:?}");
}

/// Of eight lines, one names an open case, one none, and four are no key; the others are destroyed. The command that does
/// the same again.
fn shred_file(place: &Place, server: &Server) -> String {
    let sealed = "LASC-CJC,SYN-1,01\nLASC-CJC,SYN-2,01\n";
    let wrong = "LASC-CJC,OBVIOUSLYFAKE\nOBVIOUSLYFAKE\nOBVIOUSLYFAKE ONE AND ONLY,SYN-1,01\n";
    let lines =
        format!("court,number,defendant\nLASC-CJC,SYN-3,01\nLASC-CJC,SYN-9,01\n{wrong}{sealed}");
    let mut lines = lines.into_bytes();
    lines.extend(b"LASC-CJC,SYN-1,OBVIOUSLYFAKE-\xfc\n");
    fs::write(place.path("mixed.csv"), lines).unwrap();
    fs::write(place.path("shred.csv"), sealed).unwrap();
    let command = |file: &str| format!("shred --file {file} --basis CUSTODIAN {CUSTODIAN}");
    let mixed = format!(
        "{} -o json --server {}",
        command("mixed.csv"),
        server.address
    );
    let ended = place.run(&mixed);
    assert_eq!(ended.code, 4, "{ended:?}");
    let open = id(place, server, 3);
    for told in [
        format!("line 2: case {open}: CHARGE_NOT_SEALED: "),
        "line 3: NOT_FOUND: ".to_owned(),
        "line 4: MALFORMED_FIELD: found 2 columns".to_owned(),
        "line 5: MALFORMED_FIELD: not an id".to_owned(),
        "line 6: MALFORMED_FIELD: case_key.court: ".to_owned(),
        "line 9: MALFORMED_FIELD: not UTF-8".to_owned(),
        "6 of 8 cases were refused".to_owned(),
    ] {
        assert!(ended.err.contains(&told), "{told}: {ended:?}");
    }
    assert!(!ended.err.contains(MARKER) && !ended.out.contains(MARKER));
    let done: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(done["confirmed"].as_array().unwrap().len(), 2, "{done}");
    assert_eq!(done["generation"], 1);
    assert_eq!(done["refused"][0]["line"], 2, "{done}");
    assert_eq!(done["refused"][0]["case_id"], open);
    assert_eq!(done["refused"][1]["rule"], "NOT_FOUND");
    assert!(done["refused"][1]["case_id"].is_null(), "{done}");
    command("shred.csv")
}

fn id(place: &Place, server: &Server, number: u32) -> String {
    let words = format!("case --court LASC-CJC --number SYN-{number} {COURT}");
    let case = json(place, server, &words);
    case["case"]["case_id"].as_str().unwrap().to_owned()
}

#[test]
fn the_key_of_all_keys_is_replaced_where_its_files_are() {
    let (place, server) = scene();
    let unset = format!("shred --retention {CUSTODIAN}");
    refused(&place, &server, &unset, "RETENTION_NOT_SET");
    assert_eq!(server.terminate(), 0);
    let rotated = place.ok("vault rotate --data ledger -o json");
    let rotated: Value = serde_json::from_str(&rotated).unwrap();
    let (destroyed, keys) = (&rotated["destroyed"], &rotated["keys"]);
    assert_eq!((destroyed, keys), (&1.into(), &3.into()));
    let status = place.ok("vault status --data ledger -o json");
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["generation"], 2);
    let open = place.ok(&format!("{} {LADA} --data ledger", show(3)));
    assert!(open.contains("OBVIOUSLYFAKE THREE"), "{open}");
}

#[test]
fn the_index_key_is_replaced_and_what_is_to_be_forgotten_is_a_new_case_from_then_on() {
    let (place, server) = scene();
    let ids = [1, 2, 3].map(|number| id(&place, &server, number));
    for (case, more) in [(&ids[0], ""), (&ids[1], "--forget")] {
        let shred = format!("shred {case} --basis CUSTODIAN {more} {CUSTODIAN}");
        assert_eq!(json(&place, &server, &shred)["cases"], 1);
    }
    // Until then both are known.
    let again = import(&place, &server, 2);
    assert_eq!(again["sent"]["already_sealed"], 2, "{again}");
    assert_eq!(server.terminate(), 0);
    let document = |words: &str| -> Value { serde_json::from_str(&place.ok(words)).unwrap() };
    let rotated = document("index rotate --data ledger -o json");
    let expected = serde_json::json!({
        "generation": 2, "renewed": 1, "tombstones": 1, "forgotten": 1, "not_renewed": 0, "rest_on": [1],
    });
    assert_eq!(rotated, expected);
    assert!(!place.path("ledger.keys/index.key").exists());
    place.ok("fsck --data ledger");
    // The new key goes into backups, and comes back with them.
    place.ok("backup ledger --to backup");
    place.ok("restore backup --to restored --verify --against ledger");
    let status = document("index status --data restored -o json");
    let (generation, tokens) = (&status["generation"], &status["tokens"]);
    assert_eq!((generation, tokens), (&2.into(), &2.into()));
    let open = place.ok(&format!("{} {LADA} --data restored", show(3)));
    assert!(open.contains("OBVIOUSLYFAKE THREE"), "{open}");

    let server = place.serve();
    assert_eq!(id(&place, &server, 1), ids[0]);
    assert_eq!(id(&place, &server, 3), ids[2]);
    // What was recorded before the rotation is known, and a list that has them again is not all known.
    assert_eq!(import(&place, &server, 2)["sent"]["recorded_before"], 3);
    let again = import(&place, &server, 3);
    assert_eq!(again["sent"]["already_sealed"], 1, "{again}");
    assert_ne!(id(&place, &server, 2), ids[1]);
    assert_eq!(server.terminate(), 0);
    place.ok("fsck --data ledger");
    assert_eq!(holding(&place.path("ledger"), MARKER), [""; 0]);
}

#[test]
fn a_case_that_was_shredded_before_is_forgotten_by_no_second_order_and_that_is_told() {
    const OTHER: &str = "SHRED_ORDERED_ALREADY";
    let (place, server) = scene();
    let id = id(&place, &server, 1);
    let shred = |more: &str| {
        let words = format!("shred {id} --basis CUSTODIAN {more} {CUSTODIAN}");
        place.run(&format!("{words} --server {}", server.address))
    };
    assert_eq!(shred("").code, 0);
    assert_eq!(shred("").code, 0);
    let forgetting = shred("--forget -o csv");
    assert_eq!(forgetting.code, 4, "{forgetting:?}");
    let mut lines = forgetting.out.lines();
    let header = "case_id,confirmed_at,line,outcome,tombstone,rule,message";
    assert_eq!(lines.next(), Some(header));
    let row = lines.next().unwrap();
    let expected = format!("{id},,,OTHER_TOMBSTONE,KEPT,{OTHER},");
    assert!(row.starts_with(&expected), "{row}");
    for told in [
        format!("case {id}: {OTHER}: revision "),
        "tombstone KEPT".to_owned(),
        "--forget-after".to_owned(),
        "1 of 1 cases were ordered before with another tombstone".to_owned(),
    ] {
        assert!(forgetting.err.contains(&told), "{told}: {forgetting:?}");
    }
    let shown = shred("--forget -o json");
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    let row = &shown["before"][0];
    assert_eq!(row["outcome"], "OTHER_TOMBSTONE");
    assert_eq!(
        (&row["tombstone"], &row["case_id"]),
        (&"KEPT".into(), &id.into())
    );
    assert!(
        row["destroyed_on"].is_string() && row["forgotten_from"].is_null(),
        "{row}"
    );
}

#[test]
fn lines_are_counted_before_anything_is_asked() {
    let place = Place::new();
    fs::write(place.path("many.csv"), "LASC-CJC,SYN-1,01\n".repeat(10_001)).unwrap();
    fs::write(place.path("none.csv"), "court,number,defendant\n").unwrap();
    // There is no server, and no ledger.
    let words = "--basis CUSTODIAN --as lasc-records --role RECORD_CUSTODIAN --data ledger";
    for (file, found) in [("many.csv", "10001 cases"), ("none.csv", "0 cases")] {
        let ended = place.run(&format!("shred --file {file} {words}"));
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.err.contains(found), "{ended:?}");
    }
}

#[test]
fn what_retention_names_is_destroyed() {
    const OPERATOR: &str = "--as operator --role OPERATOR";
    let place = Place::new();
    place.ok("init --data ledger --origin ledger.example/test \
         --operator-uri spiffe://ledger.example/operator --operator-name OFFICE");
    let server = place.serve();
    for words in [
        "org register lada --name LADA",
        "org register lasc --name LASC",
        "org grant lada PROSECUTOR_COUNTY --county 37 --from 1990-01-01",
        "org grant lasc COURT --county 37 --court LASC-CJC --from 1990-01-01",
    ] {
        json(&place, &server, &format!("{words} {OPERATOR}"));
    }
    // It is set as a whole, and both are told.
    let set = json(
        &place,
        &server,
        &format!("retention set --days 1 {OPERATOR}"),
    );
    let (kept, known) = (&set["days_after_sealing"], &set["forget_after_days"]);
    assert_eq!((kept, known), (&1.into(), &0.into()), "{set}");
    list_and_seal(&place, &server);
    let shred = format!("shred --retention {OPERATOR}");
    assert_eq!(json(&place, &server, &shred)["cases"], 2);
    assert_eq!(json(&place, &server, &shred)["cases"], 0);
    let kept = json(&place, &server, &format!("{} {LADA}", show(3)));
    assert!(names(&kept).contains("OBVIOUSLYFAKE THREE"), "{kept}");
    assert_eq!(server.terminate(), 0);
    place.ok("fsck --data ledger");
}
