//! An older index key lies in the place of the newest.

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};

use caseledger_engine::{
    Engine, ManualClock, OpenError,
    backup::{KeyCheckError, Source},
    fsck::{Fault, NotChecked},
};

use crate::index::*;
use crate::support::*;

fn not_opened(folder: &Folder) -> OpenError {
    let clock = Arc::new(ManualClock::new(NOW));
    Engine::open(&config(folder), clock, &|_| ()).unwrap_err()
}

#[test]
fn an_older_key_folder_is_refused_once_the_newer_key_was_used() {
    let folder = ledger();
    let older = folder.killed();
    rotate(&folder);
    let (engine, _) = folder.open();
    accept(&engine, prosecutor(), listed(&engine, 300, 9));
    engine.close().unwrap();
    fs::remove_file(folder.paths.keys().join("index-2.key")).unwrap();
    fs::copy(older.paths.index_key(), folder.paths.index_key()).unwrap();
    // The journal alone tells it.
    drop_derived(&folder);
    let refused = not_opened(&folder);
    assert!(
        matches!(
            refused,
            OpenError::IndexGeneration {
                found: 2,
                expected: 1,
                ..
            }
        ),
        "{refused}"
    );
    let report = checked(&folder);
    let fault = |fault: &Fault| {
        matches!(
            fault,
            Fault::TokenGeneration {
                found: 2,
                expected: 1
            }
        )
    };
    assert!(
        report.integrity.iter().any(|found| fault(&found.fault)),
        "{report:#?}"
    );

    // The other way round: the old key was used although there was a new one.
    let used = older;
    let both = used.killed();
    let (engine, _) = used.open();
    accept(&engine, prosecutor(), listed(&engine, 300, 9));
    engine.close().unwrap();
    rotate(&both);
    fs::copy(
        both.paths.keys().join("index-2.key"),
        used.paths.keys().join("index-2.key"),
    )
    .unwrap();
    let refused = not_opened(&used);
    assert!(
        matches!(
            refused,
            OpenError::IndexGeneration {
                found: 1,
                expected: 2,
                ..
            }
        ),
        "{refused}"
    );
    // The key that was used is not destroyed, so the ledger can go on with it.
    assert_eq!(files(&used), ["index-2.key", "index.key"]);
    fs::remove_file(used.paths.keys().join("index-2.key")).unwrap();
    assert!(found(&used.open().0, 9).is_some());
}

/// The older key folder lies in the place of the newest one, which is given.
fn put_back(folder: &Folder, older: &Folder) -> Vec<u8> {
    let newest = folder.paths.keys().join("index-2.key");
    let kept = fs::read(&newest).unwrap();
    fs::remove_file(&newest).unwrap();
    fs::copy(older.paths.index_key(), folder.paths.index_key()).unwrap();
    kept
}

fn restore(folder: &Folder, newest: Vec<u8>) {
    let path = folder.paths.keys().join("index-2.key");
    fs::write(&path, newest).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Entries do not name the key that made digests of their messages; the frame does.
#[test]
fn an_older_key_folder_is_refused_when_only_known_cases_had_facts_since() {
    let folder = ledger();
    let older = folder.killed();
    rotate(&folder);
    for message in [300, 301] {
        let (engine, _) = folder.open();
        let command = by_key(&engine, message - 297, determine(message - 297));
        accept(&engine, prosecutor(), submission(message, vec![command]));
        engine.close().unwrap();
    }
    let newest = put_back(&folder, &older);
    drop_derived(&folder);
    let refused = not_opened(&folder);
    assert!(
        matches!(
            refused,
            OpenError::IndexGeneration {
                found: 2,
                expected: 1,
                ..
            }
        ),
        "{refused}"
    );
    // Told of once, however much was recorded with it.
    let report = checked(&folder);
    let [finding] = &report.integrity[..] else {
        panic!("{report:#?}");
    };
    assert!(
        matches!(
            finding.fault,
            Fault::TokenGeneration {
                found: 2,
                expected: 1
            }
        ),
        "{finding}"
    );
    // Without any key nobody knows which look-up records count.
    fs::remove_file(folder.paths.index_key()).unwrap();
    let report = checked(&folder);
    let not_checked = &report.not_checked[..];
    assert!(
        report.integrity.is_empty() && matches!(not_checked, [NotChecked::Tokens(_)]),
        "{report:#?}"
    );
    restore(&folder, newest);
    assert!(checked(&folder).is_ok());
    assert!(found(&folder.open().0, 3).is_some());
}

/// An older one that was used all the same does no harm as long as it knew every case: what it made of messages is known.
#[test]
fn facts_that_were_recorded_with_an_older_key_are_no_fault_beside_the_newest() {
    let folder = ledger();
    rotate(&folder);
    let older = folder.killed();
    let (engine, _) = older.open();
    let fact = submission(300, vec![by_key(&engine, 3, determine(3))]);
    accept(&engine, prosecutor(), fact.clone());
    engine.close().unwrap();
    rotate(&folder);
    let key = "index-3.key";
    fs::copy(folder.paths.keys().join(key), older.paths.keys().join(key)).unwrap();
    drop_derived(&older);
    let (engine, _) = older.open();
    assert!(accept(&engine, prosecutor(), fact).duplicate);
    engine.close().unwrap();
    assert!(checked(&older).is_ok());
}

/// The journal does not tell of the newer key.
#[test]
fn an_older_key_folder_is_refused_by_saved_state_when_nothing_was_recorded_since() {
    let folder = ledger();
    let older = folder.killed();
    rotate(&folder);
    let newest = put_back(&folder, &older);
    let refused = not_opened(&folder);
    assert!(
        matches!(
            refused,
            OpenError::SavedIndex {
                found: 2,
                expected: 1
            }
        ),
        "{refused}"
    );
    let report = checked(&folder);
    let [finding] = &report.integrity[..] else {
        panic!("{report:#?}");
    };
    assert!(
        matches!(
            finding.fault,
            Fault::SavedIndex {
                found: 2,
                expected: 1
            }
        ),
        "{finding}"
    );
    // Without any key nobody knows which of the two is the right one.
    fs::remove_file(folder.paths.index_key()).unwrap();
    let report = checked(&folder);
    let not_checked = &report.not_checked[..];
    assert!(
        report.integrity.is_empty() && matches!(not_checked, [NotChecked::SavedIndex { .. }]),
        "{report:#?}"
    );
    restore(&folder, newest);
    assert!(found(&folder.open().0, 3).is_some());
}

/// Somebody rehearsed the rotation on a copy, and put the key folder of that in place.
#[test]
fn the_index_key_that_a_copy_made_is_refused_where_another_of_its_number_was_used() {
    let folder = ledger();
    let copy = folder.killed();
    rotate(&folder);
    rotate(&copy);
    let (engine, _) = folder.open();
    accept(&engine, prosecutor(), listed(&engine, 300, 9));
    accept(&engine, prosecutor(), listed(&engine, 301, 10));
    engine.close().unwrap();
    let kept = fs::read(folder.paths.keys().join("index-2.key")).unwrap();
    let check = |generation: u32| {
        let key = format!("index-{generation}.key");
        fs::remove_file(folder.paths.keys().join("index-2.key")).ok();
        fs::copy(copy.paths.keys().join(&key), folder.paths.keys().join(&key)).unwrap();
        let refused = not_opened(&folder);
        assert!(
            matches!(refused, OpenError::OtherIndexKey { generation: 2, .. }),
            "{refused}"
        );
        let report = checked(&folder);
        let other = |fault: &Fault| matches!(fault, Fault::IndexKeyOther { generation: 2 });
        let found = report.integrity.iter().filter(|found| other(&found.fault));
        assert_eq!(found.count(), 1, "{report:#?}");
        let source = Source::open(&folder.paths).unwrap();
        let unsound = source.check_keys(&folder.paths).unwrap_err();
        assert!(
            matches!(unsound, KeyCheckError::OtherIndexKey { generation: 2 }),
            "{unsound}"
        );
    };
    check(2);
    drop_derived(&folder);
    check(2);
    // Also if the copy counted on.
    rotate(&copy);
    check(3);
    fs::remove_file(folder.paths.keys().join("index-3.key")).unwrap();
    restore(&folder, kept);
    assert!(checked(&folder).is_ok());
    let source = Source::open(&folder.paths).unwrap();
    source.check_keys(&folder.paths).unwrap();
    let (engine, _) = folder.open();
    assert!(found(&engine, 9).is_some() && found(&engine, 10).is_some());
}
