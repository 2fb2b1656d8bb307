//! The log as a whole, without a server.

use caseledger_domain::vocabulary::Role;

use super::*;

fn index() -> Arc<IndexKey> {
    Arc::new(IndexKey::new(&[0; 32]))
}

fn settings(per_minute: u32) -> Settings {
    Settings {
        per_minute,
        ..Settings::default()
    }
}

fn lada() -> Known {
    Known {
        org: "lada".parse().ok(),
        role: Some(Role::ProsecutorCounty),
    }
}

fn read(log: &Refused) -> Vec<Line> {
    let wanted = Wanted {
        limit: 1_000,
        ..Wanted::default()
    };
    log.read(&wanted).unwrap().unwrap().lines
}

#[test]
fn a_refusal_is_on_the_disk_when_it_is_read_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = Refused::open(folder.path(), &settings(10), &index()).unwrap();
    let sent = Sent {
        message_id: Some([1; 16]),
        content: [2; 32],
    };
    log.note(None, lada(), Some(sent), "ROLE_NOT_ALLOWED");
    log.note(None, Known::default(), None, "UNAUTHENTICATED");
    let lines = read(&log);
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.number, &line.reason[..]))
        .collect();
    assert_eq!(told, [(2, "UNAUTHENTICATED"), (1, "ROLE_NOT_ALLOWED")]);
    assert_eq!(lines[1].org.as_deref(), Some("lada"));
    assert_eq!(lines[1].role.as_deref(), Some("PROSECUTOR_COUNTY"));
    assert_eq!(lines[1].message, Some("01".repeat(16)));
    assert_eq!(lines[1].content, Some("02".repeat(32)));
    assert_eq!(
        (lines[0].org.as_ref(), lines[0].role.as_ref()),
        (None, None)
    );
    log.close();
    assert_eq!(log.counters().kept.get(), 2);

    let again = Refused::open(folder.path(), &settings(10), &index()).unwrap();
    again.note(None, Known::default(), None, "UNAUTHENTICATED");
    assert_eq!(read(&again)[0].number, 3);
    again.close();
    // Whoever only shows it adds nothing.
    let shown = Refused::show(folder.path(), &index());
    shown.note(None, Known::default(), None, "UNAUTHENTICATED");
    assert_eq!(read(&shown).len(), 3);
}

#[test]
fn conditions_of_the_ledger_are_no_refusals() {
    let folder = tempfile::tempdir().unwrap();
    let log = Refused::open(folder.path(), &settings(10), &index()).unwrap();
    for reason in [
        "SHUTTING_DOWN",
        "STORE_UNAVAILABLE",
        "INTERNAL",
        "no reason",
    ] {
        log.note(None, Known::default(), None, reason);
    }
    assert!(read(&log).is_empty());
    log.close();
}

#[test]
fn a_flood_is_counted_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let log = Refused::open(folder.path(), &settings(3), &index()).unwrap();
    for _ in 0..1_000 {
        log.note(None, lada(), None, "RATE_LIMITED");
    }
    log.note(None, lada(), None, "ROLE_NOT_ALLOWED");
    assert_eq!(read(&log).len(), 4);
    log.close();
    // The newest of the others comes with the number of those before it.
    let lines = read(&Refused::show(folder.path(), &index()));
    assert_eq!(lines.len(), 5);
    assert_eq!(
        (lines[0].reason.as_str(), lines[0].left_out),
        ("RATE_LIMITED", 996)
    );
    assert_eq!(log.counters().left_out.get(), 997);
}

#[test]
fn a_full_disk_loses_refusals_and_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let log = Refused::open(&folder.path().join("refused"), &settings(1_000), &index()).unwrap();
    // No file can be made any more.
    std::fs::remove_dir_all(folder.path().join("refused")).unwrap();
    for _ in 0..10 {
        log.note(None, Known::default(), None, "UNAUTHENTICATED");
    }
    log.close();
    let counters = log.counters();
    assert_eq!((counters.kept.get(), counters.lost.get()), (0, 10));
    log.note(None, Known::default(), None, "UNAUTHENTICATED");
    assert_eq!(counters.lost.get(), 11);
}
