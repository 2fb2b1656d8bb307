//! A ledger that was put back, and the entries that somebody else has behind its end.

use std::fs;

use caseledger_chain::{Digest, Position};
use caseledger_engine::{
    Generation, Head, PrivateError, ShredRound,
    backup::{BehindError, Source},
    guard::RestoreError,
    restore::{Since, SinceError, VaultRestoreError, VaultRestored, make_vault_forget},
};

use crate::private::*;
use crate::support::*;

/// A closed ledger with the private parts of cases 0 and 1; both are sealed, and a copy of it.
fn scene() -> (Folder, Folder) {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    for number in 0..2 {
        accept(&engine, prosecutor(), identified(number));
        accept(
            &engine,
            court(),
            submission(50 + number, vec![seal(number)]),
        );
    }
    engine.close().unwrap();
    let copy = folder.killed();
    (folder, copy)
}

/// Destroys what is private of a case.
fn shred(folder: &Folder, number: u64) {
    let (engine, _) = folder.open();
    let order = submission(60 + number, vec![order_shred(number)]);
    accept(&engine, custodian(), order);
    engine
        .shred_ordered(ShredRound::everything(), Box::new(|_step| ()))
        .unwrap();
    engine.close().unwrap();
}

fn head(folder: &Folder) -> Head {
    Source::open(&folder.paths).unwrap().head()
}

/// What the ledger has behind the end of its copy.
fn since(folder: &Folder, copy: &Folder) -> Since {
    let source = Source::open(&folder.paths).unwrap();
    source.behind(head(copy)).unwrap()
}

fn entries(folder: &Folder) -> (Vec<Vec<u8>>, Digest) {
    let (engine, _) = folder.open();
    let receipt = |at| engine.prover().receipt(Position::new(at)).unwrap();
    let size = engine.reader().size().get();
    let entries = (0..size).map(|at| receipt(at).entry().to_vec()).collect();
    let root = engine.prover().latest().root;
    (entries, root)
}

#[test]
fn a_copy_is_made_to_forget_what_its_own_journal_does_not_tell_and_nothing_else() {
    let (folder, copy) = scene();
    shred(&folder, 0);
    let since = since(&folder, &copy);
    assert_eq!(since.destroyed(), 1);
    let done = make_vault_forget(&copy.paths, Some(&since)).unwrap();
    let VaultRestored::Replayed(replayed) = done else {
        panic!("{done:?}");
    };
    let (found, known) = (replayed.found.get(), replayed.known.get());
    assert_eq!(
        (found, known, replayed.dropped, replayed.lost),
        (1, 2, 1, 0)
    );
    // Asked again there is nothing left to do.
    let again = make_vault_forget(&copy.paths, Some(&since)).unwrap();
    assert_eq!(again, VaultRestored::Sound);
    let (engine, report) = copy.open();
    let beyond = report.vault.generation.map(Generation::get);
    assert_eq!(beyond, Some(2 + 65_536 + 1));
    let gone = engine.reader().private_parts(case(&engine, 0), &all());
    let gone = gone.unwrap();
    assert_eq!((gone.parts.len(), gone.unreadable.len()), (0, 1));
    assert_eq!(parts(&engine, 1).len(), 1);
}

#[test]
fn what_was_ordered_when_the_backup_was_made_is_destroyed_in_it_and_confirmed_when_it_is_opened() {
    let (folder, _) = scene();
    let (engine, _) = folder.open();
    let order = submission(60, vec![order_shred(0)]);
    accept(&engine, custodian(), order);
    engine.close().unwrap();
    let done = make_vault_forget(&folder.paths, None).unwrap();
    let VaultRestored::Replayed(replayed) = done else {
        panic!("{done:?}");
    };
    let (found, known) = (replayed.found.get(), replayed.known.get());
    assert_eq!((found, known, replayed.dropped), (1, 1, 1));
    let (engine, report) = folder.open();
    assert_eq!(report.vault.confirmed, 1);
    let gone = engine.reader().private_parts(case(&engine, 0), &all());
    let gone = gone.unwrap_err();
    assert!(
        matches!(
            gone,
            PrivateError::Shredded {
                confirmed_on: Some(_),
                ..
            }
        ),
        "{gone:?}"
    );
    assert_eq!(parts(&engine, 1).len(), 1);
}

#[test]
fn a_vault_is_not_used_with_a_journal_that_is_older() {
    let (folder, copy) = scene();
    shred(&folder, 0);
    fs::remove_dir_all(copy.paths.vault()).unwrap();
    let none = make_vault_forget(&copy.paths, None).unwrap();
    assert_eq!(none, VaultRestored::Missing);
    fs::rename(folder.paths.vault(), copy.paths.vault()).unwrap();
    let ahead = make_vault_forget(&copy.paths, None).unwrap_err();
    assert!(
        matches!(ahead, VaultRestoreError::Ahead { found, .. } if found == head(&copy).size),
        "{ahead}"
    );
    let since = since(&folder, &copy);
    let known = make_vault_forget(&copy.paths, Some(&since)).unwrap();
    assert_eq!(known, VaultRestored::Sound);
}

#[test]
fn only_entries_that_follow_the_copy_and_lead_to_the_signed_root_are_believed() {
    let (folder, copy) = scene();
    shred(&folder, 0);
    let at = head(&copy);
    let (all, root) = entries(&folder);
    let behind = &all[at.size.get() as usize..];
    let mut since = Since::behind(folder.identity.ledger(), at);
    for entry in behind {
        since.push(entry).unwrap();
    }
    assert_eq!(since.head(), head(&folder));
    since.lead_to(&copy.paths, root).unwrap();
    let other = since.lead_to(&copy.paths, Digest::ZERO).unwrap_err();
    assert!(matches!(other, RestoreError::Forked { .. }), "{other}");
    let elsewhere = since.lead_to(&folder.paths, root).unwrap_err();
    assert!(
        matches!(elsewhere, RestoreError::Behind { .. }),
        "{elsewhere}"
    );

    let skipped = Since::behind(folder.identity.ledger(), at).push(&behind[1]);
    assert!(
        matches!(skipped, Err(SinceError::Misplaced { .. })),
        "{skipped:?}"
    );
    let forked = Head::new(at.size.get(), Digest::ZERO);
    let refused = Since::behind(folder.identity.ledger(), forked).push(&behind[0]);
    assert!(
        matches!(refused, Err(SinceError::Forked { .. })),
        "{refused:?}"
    );
    let source = Source::open(&folder.paths).unwrap();
    let refused = source.behind(forked).unwrap_err();
    assert!(
        matches!(refused, BehindError::Since(SinceError::Forked { .. })),
        "{refused}"
    );
    // Also where nothing came after.
    let forked = Head::new(source.head().size.get(), Digest::ZERO);
    assert!(source.behind(forked).is_err());
}
