//! Keys that are not those of the ledger.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, chown},
    process::Command,
    sync::Arc,
};

use caseledger_engine::{Config, Engine, Identity, OpenError, SystemClock};

use crate::support::*;

/// Opening is refused, and the message says these words.
fn assert_not_opened(folder: &Folder, words: &[&str]) {
    let config = Config::new(folder.paths.clone());
    let refused = Engine::open(&config, Arc::new(SystemClock), &|_| ());
    let Err(error @ OpenError::Identity(_)) = refused else {
        panic!("{refused:?}");
    };
    let said = error.to_string();
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said:?}");
    }
}

#[test]
fn a_signing_key_of_the_same_name_is_refused_even_while_nothing_is_recorded() {
    let folder = Folder::new();
    let verifier = folder.identity.verifier();
    let other = caseledger_chain::SigningKey::from_seed(verifier.name().clone(), &[9; 32]);
    fs::write(folder.paths.checkpoint_key(), other.expose_skey()).unwrap();
    let both = [&verifier.to_string()[..], &other.verifier().to_string()];
    assert_not_opened(&folder, &both);
    assert_not_opened(&folder, &["checkpoint.key", "restore the right file"]);
}

#[test]
fn an_index_key_of_another_ledger_is_refused_with_and_without_entries() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    engine.close().unwrap();
    let empty = Folder::new();
    let right = fs::read(folder.paths.index_key()).unwrap();
    let wrong = "5".repeat(64);
    for folder in [&folder, &empty] {
        fs::write(folder.paths.index_key(), format!("{wrong}\n")).unwrap();
        assert_not_opened(folder, &["index.key", "restore the right file"]);
        let expected = folder.identity.index_key().commitment().to_string();
        assert_not_opened(folder, &[&expected]);
    }
    fs::write(folder.paths.index_key(), right).unwrap();
    assert!(Identity::load(&folder.paths).is_ok());
}

#[test]
fn a_missing_key_file_is_to_be_restored() {
    let folder = Folder::new();
    for path in [folder.paths.index_key(), folder.paths.checkpoint_key()] {
        fs::remove_file(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_not_opened(&folder, &[name, "is missing", "restore it from its backup"]);
    }
    fs::remove_dir_all(folder.paths.keys()).unwrap();
    assert_not_opened(&folder, &["ledger.keys", "restore it from its backup"]);
}

#[test]
fn a_pipe_in_the_place_of_a_key_file_is_refused_and_not_waited_for() {
    let folder = Folder::new();
    for path in [folder.paths.index_key(), folder.paths.checkpoint_key()] {
        fs::remove_file(&path).unwrap();
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_not_opened(&folder, &[name, "not a regular file", "from its backup"]);
    }
}

#[test]
fn keys_that_somebody_else_owns_are_refused() {
    let folder = Folder::new();
    let keys = folder.paths.keys().to_owned();
    for path in [
        keys,
        folder.paths.index_key(),
        folder.paths.checkpoint_key(),
    ] {
        let ours = fs::metadata(&path).unwrap().uid();
        // Only root can give files away, so nobody else can see this refused.
        if chown(&path, Some(4242), None).is_err() {
            assert_ne!(ours, 0, "root can give files away");
            return;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_not_opened(&folder, &[name, "owned by user 4242", "run chown"]);
        chown(&path, Some(ours), None).unwrap();
    }
    assert!(Identity::load(&folder.paths).is_ok());
}
