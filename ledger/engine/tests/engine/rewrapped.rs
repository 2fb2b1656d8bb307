//! The key-encryption key of private parts is replaced, and nobody notices.

use std::sync::Arc;

use caseledger_engine::{
    Clock, Config, ManualClock,
    fsck::{self, Depth},
    vault::{self, KeysRotated, RotateError, VaultShown},
};

use crate::crash::Crash;
use crate::private::*;
use crate::support::*;

fn ledger() -> Folder {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    (0..3).for_each(|number| drop(accept(&engine, prosecutor(), identified(number))));
    engine.close().unwrap();
    folder
}

fn rotate(config: &Config) -> Result<KeysRotated, RotateError> {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW));
    vault::rotate(config, &clock, &mut |_done, _of| ())
}

/// Every part is read, and the ledger is sound; the generation of its vault.
fn assert_same(folder: &Folder) -> u32 {
    let (engine, report) = folder.open();
    for number in 0..3 {
        assert_eq!(parts(&engine, number), [(0, name(number))]);
    }
    engine.close().unwrap();
    let key = folder.identity.verifier();
    let checked = fsck::check(&folder.paths, key, Depth::Everything, &|_| ()).unwrap();
    assert!(checked.is_ok(), "{checked:#?}");
    report.vault.generation.unwrap().get()
}

#[test]
fn parts_are_read_as_before_and_nothing_is_recorded() {
    let folder = ledger();
    let (engine, _) = folder.open();
    let head = engine.prover().latest();
    engine.close().unwrap();
    let rotated = rotate(&Config::new(folder.paths.clone())).unwrap();
    assert_eq!((rotated.destroyed.get(), rotated.keys), (1, 3));
    assert_eq!(assert_same(&folder), 2);
    let (engine, _) = folder.open();
    assert_eq!(engine.prover().latest(), head);
    // A key that is made now is of the new generation, and the next rotation takes it along.
    accept(&engine, prosecutor(), identified(7));
    drop(engine);
    let rotated = rotate(&Config::new(folder.paths.clone())).unwrap();
    assert_eq!((rotated.destroyed.get(), rotated.keys), (2, 4));
    let shown: VaultShown = vault::shown(&folder.paths).unwrap();
    assert_eq!(
        (shown.generation.get(), shown.size.get(), shown.keys),
        (3, 6, 4)
    );
    assert_eq!(assert_same(&folder), 3);
}

#[test]
fn a_rotation_that_is_cut_short_at_any_step_is_done_or_has_not_begun() {
    let sound = ledger();
    let mut generations = Vec::new();
    for at in 0.. {
        let folder = sound.killed();
        let (crash, disk) = Crash::disk(at, Some(40));
        let mut config = Config::new(folder.paths.clone());
        config.vault = disk;
        let outcome = rotate(&config);
        if !crash.struck() {
            outcome.unwrap();
            break;
        }
        assert!(
            matches!(outcome, Err(RotateError::Rewrap(_))),
            "{outcome:?}"
        );
        generations.push(assert_same(&folder));
    }
    // Once it is done, it is done wherever it is cut short.
    assert!(
        generations.is_sorted() && generations.len() > 10,
        "{generations:?}"
    );
    assert_eq!((generations[0], generations.pop()), (1, Some(2)));
}

#[test]
fn what_was_done_is_told_where_the_ledger_is_not_closed_well() {
    let folder = ledger();
    let config = Config::new(folder.paths.clone());
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW));
    let away = folder.data().with_extension("away");
    let failed = vault::rotate(&config, &clock, &mut |done, _of| {
        if done == 1 {
            std::fs::rename(folder.data(), &away).unwrap();
        }
    });
    let failed = failed.unwrap_err();
    assert!(
        matches!(&failed, RotateError::Close { done, .. } if (done.destroyed.get(), done.keys) == (1, 3)),
        "{failed}"
    );
    let told = "key-encryption key of generation 2 is in force, that of generation 1 destroyed, and 3 data keys wrapped anew";
    assert!(failed.to_string().starts_with(told), "{failed}");
    std::fs::rename(&away, folder.data()).unwrap();
    assert_eq!(assert_same(&folder), 2);
}
