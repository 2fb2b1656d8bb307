//! Closing, crashing, and opening again.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use caseledger_chain::{Position, Size};
use caseledger_domain::{
    State, StreamId,
    view::{AsOf, Dimension, Filter, TotalsAnswer, TotalsQuery, Unit},
};
use caseledger_engine::{Engine, OpenError, Reader, fsck};
use caseledger_store::{LogError, Snapshots, StoreOpened};

use crate::support::*;

/// Everything a reader can see of the cases and receipts of a small ledger.
#[derive(Debug, PartialEq)]
struct Seen {
    size: Size,
    states: Vec<Option<State>>,
    totals: TotalsAnswer,
    receipts: Vec<(u64, caseledger_chain::Digest, Vec<u8>, String, String)>,
    checkpoint: Arc<str>,
}

fn seen(engine: &Engine, cases: u64) -> Seen {
    let reader = engine.reader();
    let mut states: Vec<_> = (0..cases).map(|number| state(&reader, number)).collect();
    states.push(reader.state(&StreamId::Cohort(cohort())).unwrap().value);
    let query = TotalsQuery::new(Unit::Charges, &[Dimension::Decision], Filter::default());
    let positions = 0..reader.size().get();
    let receipts = positions
        .map(|at| receipt_bytes(&engine.prover().receipt(Position::new(at)).unwrap()))
        .collect();
    Seen {
        size: reader.size(),
        states,
        totals: reader.totals(&query.unwrap(), AsOf::Now).unwrap(),
        receipts,
        checkpoint: engine.prover().latest().note,
    }
}

fn state(reader: &Reader, number: u64) -> Option<State> {
    let case = reader.case_of(&token(number))?;
    reader.state(&StreamId::Case(case)).unwrap().value
}

/// Some life: cases at different stages, a held confirmation, groups of several sizes.
fn live(engine: &Engine, from: u64, cases: u64) {
    for number in from..from + cases {
        let base = number * 10;
        accept(
            engine,
            prosecutor(),
            submission(base, vec![identify(number)]),
        );
        if number % 2 == 0 {
            let set = vec![determine(number), approve(number)];
            accept(engine, prosecutor(), submission(base + 1, set));
        }
        if number % 4 == 0 {
            accept(engine, court(), submission(base + 2, vec![dismiss(number)]));
        }
    }
    accept(
        engine,
        court(),
        submission(from * 10 + 9, vec![dismiss(from + cases)]),
    );
}

#[test]
fn a_closed_ledger_opens_as_it_was_without_folding() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    live(&engine, 0, 12);
    let before = seen(&engine, 13);
    engine.close().unwrap();
    let (engine, report) = folder.open();
    assert_eq!(
        (report.replayed.saved, report.replayed.entries),
        (Some(before.size), 0)
    );
    assert!(report.store.clean_shutdown);
    assert_eq!(seen(&engine, 13), before);
}

#[test]
fn a_ledger_that_was_not_closed_opens_as_it_was() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    live(&engine, 0, 6);
    engine.close().unwrap();
    let (engine, _) = folder.open();
    live(&engine, 20, 7);
    let before = seen(&engine, 28);
    drop(engine);
    let (engine, report) = folder.open();
    assert!(
        report.replayed.entries > 0 && report.replayed.saved.is_some(),
        "{report:?}"
    );
    assert_eq!(seen(&engine, 28), before);
    // It goes on where it was.
    live(&engine, 40, 2);
    assert!(engine.reader().size() > before.size);
}

#[test]
fn a_lost_store_is_rebuilt_with_the_same_receipts() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    live(&engine, 0, 10);
    let before = seen(&engine, 11);
    engine.close().unwrap();
    std::fs::remove_dir_all(folder.data().join("store")).unwrap();
    let (engine, report) = folder.open();
    assert!(
        matches!(report.store.store, StoreOpened::Rebuilt { .. }),
        "{report:?}"
    );
    assert_eq!(
        (report.replayed.saved, report.replayed.entries),
        (None, before.size.get())
    );
    assert_eq!(seen(&engine, 11), before);
    engine.close().unwrap();
    let key = folder.identity.verifier();
    let found = fsck::check(&folder.paths, key, fsck::Depth::Everything, &|_| ()).unwrap();
    assert!(found.is_ok(), "{found:?}");
}

/// The check of a ledger that was opened and closed once more.
fn check_after_close(folder: &Folder) -> fsck::Report {
    folder.open().0.close().unwrap();
    let key = folder.identity.verifier();
    fsck::check(&folder.paths, key, fsck::Depth::Everything, &|_| ()).unwrap()
}

#[test]
fn every_checkpoint_is_in_the_store_again_after_any_kill() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    live(&engine, 0, 20);
    // The store is behind the journal by many frames.
    let under_load = folder.killed();
    engine.close().unwrap();
    let (engine, _) = under_load.open();
    // It was brought up and said so, and the checkpoints that it lacked wait to be written: killed once more.
    let while_opening = under_load.killed();
    drop(engine);
    let without_store = while_opening.killed();
    std::fs::remove_dir_all(without_store.data().join("store")).unwrap();
    let (engine, report) = without_store.open();
    let rebuilt = matches!(report.store.store, StoreOpened::Rebuilt { .. });
    let while_rebuilding = without_store.killed();
    drop(engine);
    assert!(rebuilt, "{report:?}");
    for (when, folder) in [
        ("under load", under_load),
        ("while opening", while_opening),
        ("while rebuilding", while_rebuilding),
    ] {
        let found = check_after_close(&folder);
        assert!(found.is_ok(), "killed {when}: {found:?}");
    }
}

#[test]
fn a_ledger_without_entries_opens_again() {
    let folder = Folder::new();
    folder.open().0.close().unwrap();
    let (engine, report) = folder.open();
    assert_eq!(
        (engine.reader().size(), report.replayed.entries),
        (Size::ZERO, 0)
    );
}

/// Snapshots that lose, change or refuse what they are given.
struct Unreliable {
    inner: Arc<dyn Snapshots>,
    /// Saves that still work.
    saves: AtomicUsize,
    /// Applied to everything that is loaded.
    change: fn(&str, &mut Vec<u8>),
}

impl Snapshots for Unreliable {
    fn save(&self, name: &str, upto: Size, bytes: &[u8]) -> Result<(), LogError> {
        let left = self.saves.load(Ordering::Relaxed);
        if left == 0 {
            return Err(LogError::Stopped);
        }
        self.saves.store(left - 1, Ordering::Relaxed);
        self.inner.save(name, upto, bytes)
    }

    fn load(&self, name: &str) -> Result<Option<(Size, Vec<u8>)>, LogError> {
        let mut loaded = self.inner.load(name)?;
        if let Some((_, bytes)) = &mut loaded {
            (self.change)(name, bytes);
        }
        Ok(loaded)
    }

    fn remove(&self, name: &str) -> Result<(), LogError> {
        self.inner.remove(name)
    }
}

#[test]
fn saved_state_of_another_version_or_damaged_is_folded_again() {
    let kept = Kept::new();
    let memory = kept.open();
    open(&memory.engine);
    live(&memory.engine, 0, 10);
    let before = seen(&memory.engine, 11);
    memory.engine.close().unwrap();
    // Sound saved state is used: otherwise the rest of this test would prove nothing.
    assert_eq!(kept.open().engine.reader().size(), before.size);
    let changes: [fn(&str, &mut Vec<u8>); 6] = [
        |_, bytes| bytes[0] ^= 1,
        |name, bytes| {
            if name.contains("keys") {
                bytes[0] ^= 1;
            }
        },
        |name, bytes| {
            if name.contains("views") {
                bytes[0] ^= 1;
            }
        },
        |name, bytes| {
            if name.contains("tree") {
                *bytes.last_mut().unwrap() ^= 1;
            }
        },
        |name, bytes| {
            if name.contains("world") {
                bytes.truncate(bytes.len() / 2);
            }
        },
        |_, bytes| bytes.clear(),
    ];
    for change in changes {
        let inner = Arc::clone(&kept.snapshots);
        let snapshots = Unreliable {
            inner,
            saves: AtomicUsize::new(0),
            change,
        };
        let memory = kept.open_with(Arc::new(snapshots));
        assert_eq!(seen(&memory.engine, 11), before);
    }
}

#[test]
fn a_save_that_breaks_off_anywhere_leaves_the_older_one() {
    for saves in 0..6 {
        let kept = Kept::new();
        let memory = kept.open();
        open(&memory.engine);
        live(&memory.engine, 0, 4);
        memory.engine.close().unwrap();
        let snapshots = Unreliable {
            inner: Arc::clone(&kept.snapshots),
            saves: AtomicUsize::new(saves),
            change: |_, _| (),
        };
        let memory = kept.open_with(Arc::new(snapshots));
        live(&memory.engine, 10, 4);
        let before = seen(&memory.engine, 15);
        assert_eq!(memory.engine.close().is_ok(), saves >= 5, "{saves} saves");
        let memory = kept.open();
        assert_eq!(seen(&memory.engine, 15), before);
    }
}

#[test]
fn saved_state_of_another_ledger_is_not_used() {
    let other = Kept::new();
    let memory = other.open();
    open(&memory.engine);
    live(&memory.engine, 0, 20);
    memory.engine.close().unwrap();

    let kept = Kept::new();
    let memory = kept.open();
    open(&memory.engine);
    live(&memory.engine, 3, 20);
    let before = seen(&memory.engine, 24);
    drop(memory);
    let memory = kept.open_with(Arc::clone(&other.snapshots));
    assert_eq!(seen(&memory.engine, 24), before);
}

#[test]
fn a_kept_checkpoint_that_contradicts_the_entries_is_refused() {
    let kept = Kept::new();
    let memory = kept.open();
    open(&memory.engine);
    drop(memory);
    caseledger_store::CommitLog::record_checkpoint(&mut kept.clone(), Size::new(2), b"other")
        .unwrap();
    let parts = caseledger_engine::Parts {
        log: Box::new(kept.clone()),
        snapshots: Arc::clone(&kept.snapshots),
        identity: identity(),
        clock: Arc::new(caseledger_engine::ManualClock::new(NOW)),
        random: Arc::new(caseledger_engine::SeededRandom::new(1)),
        vault: kept.vault.open(),
    };
    let refused = Engine::over(parts, &|_| ());
    assert!(
        matches!(refused, Err(OpenError::OtherCheckpoint { size }) if size.get() == 2),
        "{refused:?}"
    );
}
