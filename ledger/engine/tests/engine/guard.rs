//! A lost guard, an older copy, and reading without the power to sign.

use std::{fs, sync::Arc};

use caseledger_chain::{Position, Size};
use caseledger_engine::{
    Access, Config, Engine, OpenError, OpenReport, QueueError, ReadError, SignError,
    guard::{self, RestoreError},
};
use caseledger_store::OpenError as StoreError;

use crate::support::*;

fn read_only(folder: &Folder) -> Result<(Engine, OpenReport), OpenError> {
    let mut config = Config::new(folder.paths.clone());
    config.store.access = Access::ReadOnly;
    let clock = Arc::new(caseledger_engine::ManualClock::new(NOW));
    Engine::open(&config, clock, &|_| ())
}

fn try_open(folder: &Folder) -> Result<(Engine, OpenReport), OpenError> {
    let clock = Arc::new(caseledger_engine::ManualClock::new(NOW));
    Engine::open(&Config::new(folder.paths.clone()), clock, &|_| ())
}

/// A closed ledger of five entries in four groups, and the checkpoints of the last two.
fn ledger() -> (Folder, String, String) {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    accept(&engine, prosecutor(), submission(0, vec![identify(0)]));
    accept(&engine, prosecutor(), submission(1, vec![identify(1)]));
    let older = engine.prover().latest().note.to_string();
    accept(&engine, prosecutor(), submission(2, vec![identify(2)]));
    let newest = engine.prover().latest().note.to_string();
    engine.close().unwrap();
    (folder, older, newest)
}

fn lose_guard(folder: &Folder) {
    fs::remove_file(folder.paths.store().guard()).unwrap();
}

#[test]
fn a_read_only_ledger_answers_and_records_nothing() {
    let (folder, older, _) = ledger();
    let (engine, report) = read_only(&folder).unwrap();
    assert!(engine.is_read_only() && report.store.guarded);
    let refused = engine.submit_wait(prosecutor(), vec![submission(3, vec![identify(3)])]);
    assert_eq!(refused.unwrap_err(), QueueError::ReadOnly);
    let reader = engine.reader();
    assert!(!reader.stopped() && reader.case_of(&token(2)).is_some());
    assert_eq!(reader.size(), Size::new(5));
    assert_eq!(*engine.prover().latest().note, *older);
    drop(reader);
    engine.close().unwrap();
    assert_eq!(folder.open().1.head.size, Size::new(5));
}

/// Nothing is signed, whatever the guard says: the last frame may have been shown by a page cache and lost with it,
/// and then the writer signs another one at its place.
#[test]
fn read_only_nothing_is_signed_and_what_was_signed_is_shown() {
    for guarded in [false, true] {
        let (folder, older, _) = ledger();
        if !guarded {
            lose_guard(&folder);
            let refused = try_open(&folder);
            assert!(
                matches!(refused, Err(OpenError::Store(StoreError::GuardMissing(_)))),
                "{refused:?}"
            );
        }
        let (engine, report) = read_only(&folder).unwrap();
        assert_eq!(report.store.guarded, guarded);
        assert_eq!(*engine.prover().latest().note, *older);
        assert_eq!(engine.publisher().latest().size, Size::new(4));
        engine
            .prover()
            .receipt(Position::new(3))
            .unwrap()
            .file()
            .unwrap();
        let unsigned = engine.prover().receipt(Position::new(4)).unwrap().file();
        assert!(
            matches!(unsigned, Err(ReadError::Checkpoint(SignError::ReadOnly))),
            "{unsigned:?}"
        );
    }
}

#[test]
fn a_copy_without_the_signing_key_can_be_read() {
    let (folder, older, _) = ledger();
    fs::remove_file(folder.paths.checkpoint_key()).unwrap();
    assert!(matches!(try_open(&folder), Err(OpenError::Identity(_))));
    let (engine, _) = read_only(&folder).unwrap();
    assert_eq!(*engine.prover().latest().note, *older);
    assert!(engine.reader().case_of(&token(0)).is_some());
}

#[test]
fn a_ledger_that_keeps_no_checkpoint_says_so() {
    let folder = Folder::new();
    assert!(matches!(read_only(&folder), Err(OpenError::NothingSigned)));
    let (engine, _) = folder.open();
    open(&engine);
    engine.close().unwrap();
    assert!(matches!(read_only(&folder), Err(OpenError::NothingSigned)));
}

#[test]
fn a_lost_guard_is_restored_with_a_checkpoint_and_the_ledger_goes_on() {
    for newest in [false, true] {
        let (folder, older, newer) = ledger();
        let note = if newest { newer } else { older };
        let there = guard::restore(&folder.paths, note.as_bytes());
        assert!(
            matches!(there, Err(RestoreError::Exists { .. })),
            "{there:?}"
        );
        lose_guard(&folder);
        let restored = guard::restore(&folder.paths, note.as_bytes()).unwrap();
        assert_eq!(restored.head.size, Size::new(5));
        assert_eq!(restored.vouched, Size::new(if newest { 5 } else { 4 }));
        let (engine, _) = folder.open();
        accept(&engine, prosecutor(), submission(3, vec![identify(3)]));
    }
}

#[test]
fn a_checkpoint_that_the_journal_does_not_continue_restores_nothing() {
    let (folder, ..) = ledger();
    let (engine, _) = folder.open();
    let copy = folder.killed();
    let all = engine.prover().latest();
    accept(&engine, prosecutor(), submission(3, vec![identify(3)]));
    let beyond = engine.prover().latest().note;
    drop(engine);
    lose_guard(&copy);
    let restore = |note: &[u8]| guard::restore(&copy.paths, note);
    let behind = restore(beyond.as_bytes());
    assert!(
        matches!(behind, Err(RestoreError::Behind { expected, found })
            if (expected.get(), found.get()) == (6, 5)),
        "{behind:?}"
    );
    // Another history: the same number of entries, recorded into a copy.
    let (engine, _) = {
        guard::restore(&copy.paths, all.note.as_bytes()).unwrap();
        copy.open()
    };
    accept(&engine, prosecutor(), submission(9, vec![identify(9)]));
    engine.close().unwrap();
    lose_guard(&copy);
    let forked = restore(beyond.as_bytes());
    assert!(
        matches!(forked, Err(RestoreError::Forked { .. })),
        "{forked:?}"
    );
    let (foreign, ..) = (Folder::new(), 0);
    let name = folder.identity.verifier().name().clone();
    let other = caseledger_chain::SigningKey::from_seed(name, &[8; 32]);
    let checkpoint =
        caseledger_chain::Checkpoint::new(foreign.identity.origin().clone(), all.size, all.root);
    let signed = checkpoint.sign(&other).unwrap();
    let unsigned = restore(signed.note().as_bytes());
    assert!(
        matches!(unsigned, Err(RestoreError::Checkpoint(_))),
        "{unsigned:?}"
    );
    assert!(!copy.paths.store().guard().exists());
}
