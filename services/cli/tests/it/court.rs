//! A court without a program of its own: files in, files out.

use std::fs;

use serde_json::Value;

use crate::support::{Ended, Place};

const COURT: &str = "--as lasc --role COURT";
const SOURCE: &str = "--source odyssey --court LASC-CJC";

const CASES: &str = "\
case_number,defendant,court,county,section,severity,conviction_date
SYN-1,01,LASC-CJC,037,HS 11357(b),MISDEMEANOR,1994-10-31
SYN-2,01,LASC-CJC,037,HS 11358,FELONY,1994-10-31
SYN-3,01,LASC-CJC,037,HS 11357(b),MISDEMEANOR,1994-10-31
";

const GRANTED: &str = "\
case_number,severity,statement,status,date,remedy
SYN-1,MISDEMEANOR,RULING,GRANTED,2020-02-11,DISMISS_AND_SEAL
SYN-2,FELONY,RULING,GRANTED,2020-02-11,DISMISS_AND_SEAL
SYN-3,MISDEMEANOR,RULING,GRANTED,2020-02-11,DISMISS_AND_SEAL
";

/// A ledger with a list of three cases.
fn listed() -> Place {
    let place = Place::with_ledger();
    fs::write(place.path("cases.csv"), CASES).unwrap();
    let import =
        "import cases.csv --format court --cohort LA-2021-COURT.1 --agency lada --data ledger";
    place.ok(&format!("{import} --as lada --role PROSECUTOR_COUNTY"));
    place
}

fn post(place: &Place, file: &str, rest: &str) -> Ended {
    place.run(&format!(
        "court post {file} {COURT} {SOURCE} --data ledger {rest}"
    ))
}

fn json(place: &Place, words: &str) -> Value {
    serde_json::from_str(&place.ok(&format!("{words} -o json"))).unwrap()
}

fn open(place: &Place, kind: &str) -> Value {
    let words = format!("worklist LASC-CJC --kind {kind} {COURT} --data ledger");
    json(place, &words)["rows"].clone()
}

#[test]
fn a_worklist_that_is_filled_in_and_posted_back_is_empty() {
    let place = listed();
    fs::write(
        place.path("granted.csv"),
        format!("{GRANTED}#TOTAL,3,1,2,0,0\n"),
    )
    .unwrap();
    let ended = post(&place, "granted.csv", "--batch b-1 --order ORD-7");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(!ended.err.contains("declares no totals"), "{ended:?}");
    let results = fs::read_to_string(place.path("granted.csv.results.csv")).unwrap();
    assert_eq!(results.lines().count(), 4, "{results}");
    assert!(!results.contains("SYN-"), "{results}");

    let list = "worklist LASC-CJC --kind ordered-not-entered --manifest enter.csv --data ledger";
    place.ok(&format!("{list} {COURT}"));
    let sheet = fs::read_to_string(place.path("enter.csv")).unwrap();
    // Nothing filled in yet: every row is refused, and none of them for ever.
    let ended = post(&place, "enter.csv", "--batch b-2");
    assert_eq!(ended.code, 4, "{ended:?}");
    let filled = sheet.replace("DOCKET_ENTRY,,,", "DOCKET_ENTRY,DISMISSED,2020-03-01,");
    assert_ne!(filled, sheet);
    fs::write(place.path("enter.csv"), filled).unwrap();
    let ended = post(&place, "enter.csv", "--batch b-2 --order ORD-7 -o json");
    assert_eq!(ended.code, 0, "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(summary["rows"], 3);
    assert_eq!(summary["by_status"]["DUPLICATE"], 0);
    assert_eq!(
        open(&place, "ordered-not-entered"),
        Value::Array(Vec::new())
    );
    let unsealed = open(&place, "entered-not-sealed");
    assert_eq!(unsealed.as_array().unwrap().len(), 3);
    for row in unsealed.as_array().unwrap() {
        assert!(row["case_id"].is_string(), "{row}");
        assert_eq!(row["open_since"], 20_200_301, "{row}");
    }
    assert_eq!(
        open(&place, "rejected-not-refiled"),
        Value::Array(Vec::new())
    );

    let status =
        format!("court status --source odyssey --batch b-2 --rows 3 {COURT} --data ledger");
    assert_eq!(json(&place, &status)["recorded"], 3);
    let standings = "standing,case_number\nENTERED,SYN-1\nSEALED,SYN-2\nFILED,SYN-9\n";
    fs::write(place.path("standings.csv"), standings).unwrap();
    let ended = place.run(&format!(
        "court reconcile standings.csv --court LASC-CJC {COURT} --data ledger -o json"
    ));
    assert_eq!(ended.code, 4, "{ended:?}");
    let compared: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        (&compared["agrees"], &compared["court_ahead"]),
        (&1.into(), &1.into())
    );
    assert_eq!(compared["unknown"], 1);
}

#[test]
fn a_wrong_file_is_not_sent_and_a_wrong_row_is_one_refused_row() {
    let place = listed();
    fs::write(
        place.path("granted.csv"),
        format!("{GRANTED}#TOTAL,3,2,1,0,0\n"),
    )
    .unwrap();
    let ended = post(&place, "granted.csv", "--batch b-1 --order ORD-7");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("nothing is sent"), "{ended:?}");

    let one_wrong = GRANTED.replace(
        "SYN-2,FELONY,RULING,GRANTED,2020-02-11",
        "SYN-2,FELONY,RULING,GRANTED,2020-02-31",
    );
    fs::write(place.path("granted.csv"), one_wrong).unwrap();
    let ended = post(&place, "granted.csv", "--batch b-1 --order ORD-7 --dry-run");
    assert_eq!(ended.code, 0, "{ended:?}");
    let ended = post(&place, "granted.csv", "--batch b-1 --order ORD-7 -o json");
    assert_eq!(ended.code, 4, "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(summary["by_status"]["REFUSED"], 1);
    let results = fs::read_to_string(place.path("granted.csv.results.csv")).unwrap();
    let refused = results.lines().nth(2).unwrap();
    assert!(
        refused.starts_with("2,REFUSED,,,,MALFORMED_FIELD,"),
        "{refused}"
    );

    fs::write(place.path("granted.csv"), GRANTED).unwrap();
    let ended = post(&place, "granted.csv", "--batch b-1 --order ORD-7 -o json");
    assert_eq!(ended.code, 0, "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(summary["by_status"]["DUPLICATE"], 2);
    assert_eq!(
        open(&place, "ordered-not-entered")
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn one_statement_is_confirmed_held_moved_and_never_recorded_twice() {
    let place = listed();
    let confirm = |id: &str, number: &str| {
        let row = format!(
            "statement=RULING,case_number={number},status=GRANTED,date=2020-02-11,order=ORD-7,remedy=DISMISS_AND_SEAL"
        );
        let words =
            format!("court confirm {COURT} {SOURCE} --id {id} --row {row} --data ledger -o json");
        let ended = place.run(&words);
        (
            ended.code,
            serde_json::from_str::<Value>(&ended.out).unwrap_or_default(),
        )
    };
    let (code, held) = confirm("SYN-99/1", "SYN-99");
    assert_eq!((code, &held["status"]), (0, &"HELD".into()));
    let (_, again) = confirm("SYN-99/1", "SYN-99");
    assert_eq!(again["status"], "DUPLICATE");
    assert_eq!(again["positions"], held["positions"]);
    let (code, other) = confirm("SYN-99/1", "SYN-98");
    assert_eq!(
        (code, &other["message_receipt"]),
        (1, &"MESSAGE_ERROR".into())
    );

    let unmatched = format!("unmatched {COURT} --data ledger");
    assert_eq!(json(&place, &unmatched)["total"], 1);
    for (filter, rows) in [
        ("--submitter lasc", 1),
        ("--submitter sfsc", 0),
        ("--submitter-role COURT", 1),
        ("--submitter-role STATE_REPOSITORY", 0),
    ] {
        let listed = json(&place, &format!("{unmatched} {filter}"));
        assert_eq!(
            listed["unmatched"].as_array().unwrap().len(),
            rows,
            "{filter}"
        );
    }
    let (_, right) = confirm("SYN-1/1", "SYN-1");
    let (wrong, right) = (
        held["case_id"].as_str().unwrap(),
        right["case_id"].as_str().unwrap(),
    );
    let resolve = |role: &str| {
        place.run(&format!(
            "unmatched resolve {wrong} 0 --reason WRONG_CASE --move-to {right} {role} --data ledger"
        ))
    };
    let theirs = resolve("--as sfsc --role COURT");
    assert_eq!(theirs.code, 1, "{theirs:?}");
    let ended = resolve(COURT);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(resolve(COURT).code, 0, "run again, it is found recorded");
    assert_eq!(json(&place, &unmatched)["total"], 0);
    // Sources make ids of docket numbers; neither is anywhere in the ledger.
    let mut folders = vec![place.path("ledger")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let found = bytes.windows(4).any(|window| window == b"SYN-");
            assert!(!found, "{}", path.display());
            files += 1;
        }
    }
    assert!(files > 1);
    let checked = place.run("fsck --data ledger");
    assert_eq!(checked.code, 0, "{checked:?}");
}
