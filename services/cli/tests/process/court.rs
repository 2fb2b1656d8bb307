//! `kill -9` while a court's batch is posted, of the court's side and of the ledger's: however often it
//! takes, every row is recorded exactly once.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::rig::{Dice, Served, caseledger, code, count, init, text};

/// A file of rulings in cases that nobody knows: each is held, and comes to one entry.
fn rulings(rows: usize) -> String {
    let mut sheet = "case_number,severity,statement,status,date,order,remedy\n".to_owned();
    for row in 0..rows {
        let rest = "MISDEMEANOR,RULING,GRANTED,2020-02-11,ORD-7,DISMISS_AND_SEAL";
        writeln!(sheet, "SYN-{row},{rest}").unwrap();
    }
    writeln!(sheet, "#TOTAL,{rows},0,{rows},0,0").unwrap();
    sheet
}

fn words<'a>(file: &'a Path, address: &'a str) -> Vec<&'a str> {
    let who = ["--as", "lasc", "--role", "COURT", "--server", address];
    let batch = [
        "--source", "odyssey", "--court", "LASC-CJC", "--batch", "b-1",
    ];
    ["court", "post", text(file)]
        .into_iter()
        .chain(who)
        .chain(batch)
        .collect()
}

fn posting(file: &Path, address: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_caseledger"))
        .args(words(file, address))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Entries of the ledger, from its own check.
fn entries(data: &Path) -> u64 {
    let checked = caseledger(&["fsck", "--data", text(data), "-o", "json"]);
    let said = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(code(checked.status), 0, "{said}");
    let report: Value = serde_json::from_str(&said).unwrap();
    report["size"].as_u64().unwrap()
}

#[test]
fn a_batch_is_recorded_once_however_often_either_side_is_killed() {
    let rounds = count("CASELEDGER_KILLS", 3);
    let rows = count("CASELEDGER_BATCH_ROWS", 8_000);
    let seed = 20_211_128;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ledger");
    init(&data);
    let file = folder.path().join("rulings.csv");
    std::fs::write(&file, rulings(rows)).unwrap();
    let results = folder.path().join("rulings.csv.results.csv");
    let mut dice = Dice::new(seed);
    let mut recorded = 0;
    for round in 0..rounds {
        let served = Served::start(&data);
        let mut court = posting(&file, &served.address);
        // Before the trailer, in the middle of the rows, or behind them: wherever it is then.
        let wanted = dice.below(40 * rows as u64);
        let written = || std::fs::metadata(&results).map_or(0, |file| file.len());
        while written() < wanted && court.try_wait().unwrap().is_none() {
            std::thread::park_timeout(Duration::from_millis(1));
        }
        if round % 2 == 0 {
            court.kill().unwrap();
            court.wait().unwrap();
            served.stop();
        } else {
            served.kill();
            court.wait().unwrap();
        }
        let now = entries(&data);
        eprintln!("round {round}: {now} of {rows} recorded, seed {seed}");
        assert!(now >= recorded && now <= rows as u64, "{now} entries");
        recorded = now;
        std::fs::remove_file(&results).unwrap();
    }
    let served = Served::start(&data);
    let ended = caseledger(&words(&file, &served.address));
    assert_eq!(
        code(ended.status),
        0,
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let sheet = std::fs::read_to_string(&results).unwrap();
    assert_eq!(sheet.lines().count(), rows + 1);
    let duplicates = sheet
        .lines()
        .filter(|line| line.contains(",DUPLICATE,"))
        .count();
    assert_eq!(duplicates as u64, recorded);
    served.stop();
    assert_eq!(entries(&data), rows as u64);
}
