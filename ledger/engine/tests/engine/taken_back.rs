//! A vault that is not the one the ledger had last, although the number of its generation does not say so.

use std::{fs, sync::Arc};

use caseledger_engine::{
    Access, Clock, Config, Engine, Generation, ManualClock, OpenReport, ShredRound,
    backup::Source,
    fsck::{self, Depth, Fault, Report},
    restore::{VaultRestored, make_vault_forget},
    vault,
};

use crate::crash::Crash;
use crate::private::*;
use crate::support::*;

/// How far a vault that is taken back goes beyond the newest generation that is known.
const LEAP: u32 = 65_536;

/// A closed ledger with the private parts of cases 0 and 1, both sealed, and a copy of it.
fn scene() -> (Folder, Folder) {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    for number in 0..2 {
        accept(&engine, prosecutor(), identified(number));
        let sealed = submission(50 + number, vec![seal(number)]);
        accept(&engine, court(), sealed);
    }
    engine.close().unwrap();
    let copy = folder.killed();
    (folder, copy)
}

fn shred(folder: &Folder, number: u64) {
    let (engine, _) = folder.open();
    let order = submission(60 + number, vec![order_shred(number)]);
    accept(&engine, custodian(), order);
    engine
        .shred_ordered(ShredRound::everything(), Box::new(|_step| ()))
        .unwrap();
    engine.close().unwrap();
}

/// Records a case with a private part, whose key is of the present generation.
fn add(folder: &Folder, number: u64) {
    let (engine, _) = folder.open();
    accept(&engine, prosecutor(), identified(number));
    engine.close().unwrap();
}

fn rotate(folder: &Folder) -> u32 {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW));
    let config = Config::new(folder.paths.clone());
    let rotated = vault::rotate(&config, &clock, &mut |_done, _of| ()).unwrap();
    rotated.generation.unwrap().get()
}

/// Puts the vault of one ledger beside another.
fn put(vault_of: &Folder, beside: &Folder) {
    fs::remove_dir_all(beside.paths.vault()).unwrap();
    fs::rename(vault_of.paths.vault(), beside.paths.vault()).unwrap();
}

fn check(folder: &Folder) -> Report {
    let key = folder.identity.verifier();
    fsck::check(&folder.paths, key, Depth::Journal, &|_| ()).unwrap()
}

/// Generation, keys that were dropped, keys that are lost.
fn told(report: &OpenReport) -> (u32, usize, usize) {
    let replayed = report.vault.replayed.unwrap();
    assert_eq!(report.vault.lost, replayed.lost);
    let generation = report.vault.generation.map_or(0, Generation::get);
    (generation, replayed.dropped, replayed.lost)
}

/// What was shredded when a copy was made to forget is not all that was when the newest journal is put beside it.
#[test]
fn what_was_shredded_after_a_copy_was_made_to_forget_is_destroyed_in_it_when_the_newest_journal_comes()
 {
    for store in [true, false] {
        let (folder, copy) = scene();
        shred(&folder, 0);
        let source = Source::open(&folder.paths).unwrap();
        let since = source
            .behind(Source::open(&copy.paths).unwrap().head())
            .unwrap();
        shred(&folder, 1);
        add(&folder, 5);
        let forgot = make_vault_forget(&copy.paths, Some(&since)).unwrap();
        assert!(
            matches!(forgot, VaultRestored::Replayed(replayed)
                if (replayed.dropped, replayed.known.get()) == (1, 2)),
            "{forgot:?}"
        );
        put(&copy, &folder);
        if !store {
            fs::remove_dir_all(folder.paths.store().store()).unwrap();
        }
        let alive = check(&folder).integrity;
        assert!(
            matches!(&alive[..], [finding] if matches!(finding.fault, Fault::KeyAlive(_))),
            "{alive:#?}"
        );
        // What the finding says to do helps.
        let (engine, report) = folder.open();
        assert_eq!(told(&report), (2 * LEAP + 4, 1, 1));
        engine.close().unwrap();
        assert_eq!(vault::shown(&folder.paths).unwrap().keys, 0);
        assert!(check(&folder).integrity.is_empty());
        // Once is enough.
        let (_, report) = folder.open();
        assert_eq!((report.vault.replayed, report.vault.keys), (None, 0));
    }
}

/// State that a copy saved beside its own vault says nothing of what is behind it: here, in the newest journal.
#[test]
fn what_the_newest_journal_confirms_behind_the_saved_state_of_a_copy_is_destroyed_in_its_vault() {
    for forgot in [false, true] {
        let (folder, copy) = scene();
        let generation = if forgot {
            add(&folder, 5);
            shred(&folder, 0);
            let source = Source::open(&folder.paths).unwrap();
            let head = Source::open(&copy.paths).unwrap().head();
            let since = source.behind(head).unwrap();
            make_vault_forget(&copy.paths, Some(&since)).unwrap();
            let (_, report) = copy.open();
            report.vault.generation.unwrap().get()
        } else {
            rotate(&copy)
        };
        shred(&folder, 1);
        let [from, to] = [&folder, &copy].map(|of| of.paths.store().journal());
        fs::remove_dir_all(&to).unwrap();
        fs::rename(from, to).unwrap();
        let alive = check(&copy).integrity;
        assert!(
            matches!(&alive[..], [finding] if matches!(finding.fault, Fault::KeyAlive(_))),
            "{alive:#?}"
        );
        // What the finding says to do helps, and whoever only reads does not see it either.
        let mut config = Config::new(copy.paths.clone());
        config.store.access = Access::ReadOnly;
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW));
        let (reading, report) = Engine::open(&config, clock, &|_| ()).unwrap();
        assert_eq!(
            report.vault.replayed.map(|replayed| replayed.dropped),
            Some(1)
        );
        reading.close().unwrap();
        let (engine, report) = copy.open();
        let lost = usize::from(forgot);
        assert_eq!(told(&report), (generation + LEAP + 1, 1, lost));
        engine.close().unwrap();
        let kept = vault::shown(&copy.paths).unwrap().keys;
        assert_eq!(kept, usize::from(!forgot));
        assert!(check(&copy).integrity.is_empty());
        // Once is enough.
        let (_, report) = copy.open();
        assert_eq!((report.vault.replayed, report.vault.keys), (None, kept));
    }
}

/// Two vaults went on from one copy, and both count from there.
#[test]
fn keys_of_another_vault_with_the_same_generation_are_lost_and_in_nobodys_way() {
    for store in [true, false] {
        let (folder, copy) = scene();
        assert_eq!((rotate(&folder), rotate(&copy)), (2, 2));
        add(&folder, 5);
        let first = folder.open().0.reader().size().get() - 1;
        put(&copy, &folder);
        if !store {
            fs::remove_dir_all(folder.paths.store().store()).unwrap();
        }
        let (engine, report) = folder.open();
        assert_eq!(told(&report), (LEAP + 3, 0, 1));
        // Case 5 gets a second key for what comes now, and all can be wrapped anew.
        let given = with(submission(70, vec![determine(5)]), 0, true, b"later");
        accept(&engine, prosecutor(), given);
        assert_eq!(parts(&engine, 0).len(), 1);
        engine.close().unwrap();
        shred(&folder, 1);
        assert_eq!(rotate(&folder), LEAP + 5);
        let report = check(&folder);
        assert!(report.integrity.is_empty(), "{report:#?}");
        let lost = report.completeness;
        assert!(
            matches!(&lost[..], [finding]
                if matches!(finding.fault, Fault::PrivateLocked(_))
                    && finding.position.unwrap().get() == first),
            "{lost:#?}"
        );
    }
}

#[test]
fn a_restored_vault_in_which_keys_of_another_one_do_not_open_is_made_to_forget_what_is_asked() {
    let (folder, copy) = scene();
    assert_eq!((rotate(&folder), rotate(&copy)), (2, 2));
    add(&folder, 5);
    put(&copy, &folder);
    let done = make_vault_forget(&folder.paths, None).unwrap();
    let VaultRestored::Replayed(replayed) = done else {
        panic!("{done:?}");
    };
    assert_eq!((replayed.dropped, replayed.lost), (0, 1));
    let again = make_vault_forget(&folder.paths, None).unwrap();
    assert_eq!(again, VaultRestored::Sound);
}

/// An old copy, and one that counts on from there.
#[test]
fn a_copy_that_is_taken_back_is_so_wholly_or_not_at_all_wherever_it_is_cut_short() {
    for older in [true, false] {
        let (folder, copy) = scene();
        shred(&folder, 0);
        add(&folder, 5);
        if !older {
            assert_eq!(rotate(&copy), 2);
        }
        put(&copy, &folder);
        let mut struck = 0;
        for at in 0.. {
            let cut = folder.killed();
            let (crash, disk) = Crash::disk(at, Some(40));
            let mut config = Config::new(cut.paths.clone());
            config.vault = disk;
            let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW));
            let outcome = Engine::open(&config, clock, &|_| ());
            if !crash.struck() {
                outcome.unwrap();
                break;
            }
            drop(outcome);
            struck += 1;
            let (engine, report) = cut.open();
            let generation = report.vault.generation.map(Generation::get);
            let state = (generation, report.vault.keys, report.vault.lost);
            assert_eq!(state, (Some(LEAP + 3), 1, 1), "step {at}");
            assert_eq!(parts(&engine, 1).len(), 1, "step {at}");
            engine.close().unwrap();
            let found = check(&cut);
            assert!(found.integrity.is_empty(), "step {at}: {found:#?}");
            assert_eq!(found.completeness.len(), 1, "step {at}: {found:#?}");
        }
        assert!(struck > 10, "{struck}");
    }
}

/// The key-encryption key of a rotation that nothing tells of is not taken for one that a crash has left.
#[test]
fn an_old_table_beside_a_key_of_a_rotation_is_refused_before_anything_is_destroyed() {
    let (folder, copy) = scene();
    shred(&folder, 0);
    assert_eq!(rotate(&folder), 3);
    fs::remove_dir_all(folder.paths.store().store()).unwrap();
    for name in ["datakeys", "keyring-1"] {
        let [from, to] = [&copy, &folder].map(|of| of.paths.vault().join(name));
        fs::copy(from, to).unwrap();
    }
    let config = Config::new(folder.paths.clone());
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW));
    let refused = Engine::open(&config, clock, &|_| ());
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("knows of generation 2"), "{refused}");
    assert!(folder.paths.vault().join("keyring-3").exists());
    // One that taking a copy back has made is undone.
    let [from, to] = [3, LEAP + 3].map(|of| folder.paths.vault().join(format!("keyring-{of}")));
    fs::rename(from, to).unwrap();
    let (_, report) = folder.open();
    assert_eq!(told(&report), (LEAP + 3, 1, 0));
}
