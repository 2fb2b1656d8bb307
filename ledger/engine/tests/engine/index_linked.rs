//! An index key whose file is elsewhere: used as it is, and replaced only where it could be destroyed.

use std::{fs, os::unix::fs::symlink, sync::Arc};

use caseledger_engine::{Engine, ManualClock};

use crate::index::*;
use crate::support::*;

#[test]
fn a_key_that_a_link_leads_to_is_not_replaced_and_one_that_was_is_destroyed_in_its_place() {
    let folder = ledger();
    let key = folder.paths.keys().join("index.key");
    let elsewhere = folder.paths.keys().join("elsewhere");
    fs::rename(&key, &elsewhere).unwrap();
    symlink(&elsewhere, &key).unwrap();
    let secret = fs::read(&elsewhere).unwrap();
    let refused = rotate_at(&config(&folder), NOW).unwrap_err().to_string();
    for named in ["index.key", "move the file that it leads to there"] {
        assert!(refused.contains(named), "{refused}");
    }
    // Nothing was begun: the key is in force, and the ledger is opened with it.
    assert_eq!(fs::read(&elsewhere).unwrap(), secret);
    assert_eq!(folder.open().0.identity().index_key().generation(), 1);
    fs::rename(&elsewhere, &key).unwrap();
    assert_eq!(rotate(&folder).generation, 2);
    assert!(!key.exists());

    // One that was replaced in spite of that holds up every start until the key itself is there to be destroyed.
    fs::write(&elsewhere, &secret).unwrap();
    symlink(&elsewhere, &key).unwrap();
    let clock = Arc::new(ManualClock::new(NOW));
    let held_up = Engine::open(&config(&folder), clock, &|_| ())
        .err()
        .unwrap();
    let held_up = held_up.to_string();
    assert!(
        held_up.contains("move the file that it leads to there"),
        "{held_up}"
    );
    fs::rename(&elsewhere, &key).unwrap();
    let (engine, _) = folder.open();
    assert_eq!(engine.identity().index_key().generation(), 2);
    assert!(!key.exists());
}
