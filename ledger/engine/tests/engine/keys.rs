//! Keys that are not those of the ledger.

use std::{fs, sync::Arc};

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
