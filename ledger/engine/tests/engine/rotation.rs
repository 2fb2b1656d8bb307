//! The key of checkpoints is replaced: in two steps, each of which a crash may cut short.

use std::{fs, sync::Arc};

use caseledger_chain::{Checkpoint, Note, Position, Size, VerifierKey, verify_receipt};
use caseledger_engine::{
    Access, Clock, Config, Engine, ManualClock, OpenError, Poster, Receipt,
    fsck::{self, Depth},
    keys,
    rotation::{self, Rotated, RotationError},
};

use crate::support::*;

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::new(NOW))
}

fn rotate(folder: &Folder) -> Rotated {
    rotation::rotate(&Config::new(folder.paths.clone()), &clock()).unwrap()
}

fn retire(folder: &Folder) -> Rotated {
    rotation::retire(&Config::new(folder.paths.clone()), &clock()).unwrap()
}

/// Records what `commands` come to, each in a group of its own, and closes the ledger.
fn record(folder: &Folder, message: u64, poster: Poster, command: caseledger_domain::Command) {
    let (engine, _) = folder.open();
    accept(&engine, poster, submission(message, vec![command]));
    engine.close().unwrap();
}

fn receipts(folder: &Folder) -> Vec<String> {
    let (engine, _) = folder.open();
    let size = engine.prover().latest().size;
    let files = (0..size.get()).map(|at| {
        let receipt: Receipt = engine.prover().receipt(Position::new(at)).unwrap();
        receipt.file().unwrap()
    });
    let files = files.collect();
    engine.close().unwrap();
    files
}

fn holds(receipt: &str, key: &VerifierKey) -> bool {
    verify_receipt(receipt, key).is_ok()
}

fn assert_sound(folder: &Folder) {
    let keys = keys::shown(&folder.paths).unwrap();
    for key in keys.keys() {
        let report = fsck::check(&folder.paths, &key.verifier, Depth::Everything, &|_| ()).unwrap();
        assert!(report.is_ok(), "{report:?}");
    }
}

/// A ledger with an initiative, then a rotation, then a list, and the two keys.
fn rotated() -> (Folder, VerifierKey, VerifierKey) {
    let folder = Folder::new();
    record(&folder, 1, prosecutor(), open_initiative());
    let done = rotate(&folder);
    assert_eq!(done.position, Position::new(1));
    let successor = done.succession.successor().unwrap().clone();
    record(&folder, 2, prosecutor(), open_cohort());
    let present = folder.identity.verifier().clone();
    (folder, present, successor)
}

#[test]
fn receipts_verify_with_the_keys_of_their_time_and_keep_their_bytes_for_ever() {
    let (folder, old, new) = rotated();
    assert_sound(&folder);
    let before = receipts(&folder);
    let by = |receipts: &[String], key| -> Vec<bool> {
        receipts.iter().map(|receipt| holds(receipt, key)).collect()
    };
    assert_eq!(by(&before, &old), [true, true, true]);
    assert_eq!(by(&before, &new), [false, true, true]);

    retire(&folder);
    // Nothing needs the retired key, not even a store that is made again from the journal alone.
    fs::remove_file(folder.paths.checkpoint_key()).unwrap();
    fs::remove_dir_all(folder.paths.store().store()).unwrap();
    let after = receipts(&folder);
    assert_eq!(after[..3], before[..]);
    assert_eq!(by(&after, &old), [true, true, true, false]);
    assert_eq!(by(&after, &new), [false, true, true, true]);
    assert_sound(&folder);
    let (engine, _) = folder.open();
    assert_eq!(*engine.identity().verifier(), new);
}

#[test]
fn the_last_checkpoint_is_signed_again_by_the_right_keys_in_every_state() {
    let folder = Folder::new();
    record(&folder, 1, prosecutor(), open_initiative());
    rotate(&folder);
    for state in ["both sign", "one is retired"] {
        let (engine, _) = folder.open();
        let note = engine.prover().latest().note;
        engine.close().unwrap();
        let copy = folder.killed();
        fs::remove_dir_all(copy.paths.store().store()).unwrap();
        let (engine, _) = copy.open();
        assert_eq!(engine.prover().latest().note, note, "{state}");
        if state == "both sign" {
            retire(&folder);
        }
    }
}

#[test]
fn a_note_has_a_line_of_each_key_the_present_one_first() {
    let (folder, old, new) = rotated();
    let (engine, _) = folder.open();
    let latest = engine.prover().latest();
    assert_eq!(latest.size, Size::new(3));
    let note = Note::open(latest.note.as_bytes(), &[new.clone(), old.clone()]).unwrap();
    let ids: Vec<_> = note.signatures().iter().map(|line| line.id).collect();
    assert_eq!(ids, [old.id(), new.id()]);
    for key in [&old, &new] {
        assert!(Checkpoint::open(latest.note.as_bytes(), key).is_ok());
    }
    assert_eq!(*engine.identity().verifier(), old);
}

#[test]
fn a_crash_between_the_steps_leaves_a_key_that_the_next_rotation_takes() {
    let folder = Folder::new();
    record(&folder, 1, prosecutor(), open_initiative());
    let copy = folder.killed();
    let made = rotate(&folder);
    let successor = made.succession.successor().unwrap();
    // The file is there, the entry is not.
    let left = folder.paths.successor_key(successor.id());
    fs::copy(left, copy.paths.successor_key(successor.id())).unwrap();
    let (engine, _) = copy.open();
    assert_eq!(engine.identity().succession().successor(), None);
    let note = engine.prover().latest().note;
    assert!(Checkpoint::open(note.as_bytes(), successor).is_err());
    engine.close().unwrap();
    assert_eq!(rotate(&copy).succession.successor(), Some(successor));
    assert_sound(&copy);
}

#[test]
fn one_rotation_is_under_way_at_a_time_and_nothing_is_retired_without_one() {
    let folder = Folder::new();
    let config = Config::new(folder.paths.clone());
    let none = rotation::retire(&config, &clock());
    assert!(matches!(none, Err(RotationError::NoSuccessor)), "{none:?}");
    rotate(&folder);
    let second = rotation::rotate(&config, &clock());
    assert!(
        matches!(second, Err(RotationError::UnderWay { .. })),
        "{second:?}"
    );
    retire(&folder);
    let third = rotate(&folder);
    assert_eq!(third.succession.keys().len(), 3);
    assert_sound(&folder);
}

#[test]
fn a_ledger_does_not_open_without_the_file_of_a_key_that_signs() {
    let (folder, old, new) = rotated();
    for path in [
        folder.paths.checkpoint_key(),
        folder.paths.successor_key(new.id()),
    ] {
        let secret = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let config = Config::new(folder.paths.clone());
        let refused = Engine::open(&config, clock(), &|_| ());
        let Err(error @ OpenError::Identity(_)) = refused else {
            panic!("{refused:?}");
        };
        let name = path.file_name().unwrap().to_str().unwrap();
        let said = error.to_string();
        assert!(said.contains(name) && said.contains("missing"), "{said}");
        fs::write(&path, secret).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&path, private).unwrap();
    }
    // To read, no key is needed.
    let mut config = Config::new(folder.paths.clone());
    config.store.access = Access::ReadOnly;
    let (engine, _) = Engine::open(&config, clock(), &|_| ()).unwrap();
    let note = engine.prover().latest().note;
    assert!(Checkpoint::open(note.as_bytes(), &old).is_ok());
    drop(engine);
    assert_sound(&folder);
}
