use std::os::unix::fs::chown;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::*;

/// Places of a ledger, and one that is being restored to them.
fn staged() -> (TempDir, LedgerPaths, Staging) {
    let folder = tempfile::tempdir().unwrap();
    let paths = LedgerPaths::beside(folder.path().join("ledger")).unwrap();
    let staging = Staging::begin(&paths).unwrap();
    fill(&staging);
    (folder, paths, staging)
}

fn fill(staging: &Staging) {
    for folder in [&staging.at.data, &staging.at.keys, &staging.at.vault] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("file"), folder.to_str().unwrap()).unwrap();
    }
    fs::write(&staging.at.guard, "guard").unwrap();
}

/// A restoration that was stopped when the vault had its name, and the keys had not.
fn stopped() -> (TempDir, LedgerPaths) {
    let (folder, paths, staging) = staged();
    let renamed = AtomicUsize::new(0);
    let ended = staging.place(&|step| match step {
        // The first is that of the note, the second that of the vault.
        Step::Rename if renamed.fetch_add(1, Ordering::Relaxed) == 2 => {
            Err(io::Error::other("stopped"))
        }
        _ => Ok(()),
    });
    assert!(ended.is_err() && paths.vault().exists());
    (folder, paths)
}

fn names(folder: &TempDir) -> Vec<String> {
    let names = fs::read_dir(folder.path()).unwrap();
    let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

const WHOLE: [&str; 4] = ["ledger", "ledger.guard", "ledger.keys", "ledger.vault"];

#[test]
fn a_restoration_that_is_stopped_anywhere_is_done_or_begins_anew() {
    let (mut anew, mut done, mut told, mut untidy) = (0, 0, 0, 0);
    for stop in 0.. {
        let (folder, paths, staging) = staged();
        let count = AtomicUsize::new(0);
        let ended = staging.place(&|_| {
            if count.fetch_add(1, Ordering::Relaxed) == stop {
                return Err(io::Error::other("stopped"));
            }
            Ok(())
        });
        match ended {
            Ok(None) => {
                assert_eq!(names(&folder), WHOLE);
                break;
            }
            // It is no failure that its notes are still there.
            Ok(Some(_)) => {
                assert!(paths.data().exists(), "{stop}");
                untidy += 1;
            }
            Err(_) => {}
        }
        if paths.data().exists() {
            // Whatever is left beside it, the ledger is whole, and the next one finds it.
            done += 1;
            if names(&folder) != WHOLE {
                assert!(Staging::is_left(&paths), "{stop}");
                match Staging::begin(&paths) {
                    Err(BackupError::Restored { path }) if path == paths.data() => told += 1,
                    begun => begun.unwrap().remove(),
                }
            }
        } else {
            anew += 1;
            let staging = Staging::begin(&paths).unwrap();
            assert_eq!(names(&folder), ["ledger.restoring"], "{stop}");
            fill(&staging);
            staging.place(&|_| Ok(())).unwrap();
        }
        assert_eq!(names(&folder), WHOLE, "{stop}");
    }
    assert!(
        anew > 8 && done > told && told > 2 && untidy + 1 == done,
        "{anew} anew, {done} done, {told} told, {untidy} untidy"
    );
}

#[test]
fn what_somebody_else_has_put_there_since_is_not_taken_away() {
    let (folder, paths) = stopped();
    fs::write(paths.vault().join("file"), "another vault").unwrap();
    Staging::begin(&paths).unwrap().remove();
    assert_eq!(names(&folder), ["ledger.vault"]);
}

#[test]
fn two_restorations_do_not_run_at_once_and_a_strange_folder_stays() {
    let (folder, paths, staging) = staged();
    let second = Staging::begin(&paths).unwrap_err();
    assert!(matches!(second, BackupError::Restoring(_)), "{second}");
    staging.remove();
    assert_eq!(names(&folder), [""; 0]);
    let strange = folder.path().join("ledger.keys.restoring");
    fs::create_dir(&strange).unwrap();
    let refused = Staging::begin(&paths).unwrap_err();
    assert!(
        matches!(&refused, BackupError::Left { path } if *path == strange),
        "{refused}"
    );
    assert_eq!(names(&folder), ["ledger.keys.restoring"]);
    fs::remove_dir(&strange).unwrap();
    // Somebody's ledger of that name, with the lock that every ledger has.
    let ledger = folder.path().join("ledger.restoring");
    fs::create_dir_all(ledger.join("journal")).unwrap();
    fs::write(ledger.join("lock"), "").unwrap();
    let refused = Staging::begin(&paths).unwrap_err();
    assert!(
        matches!(&refused, BackupError::Left { path } if *path == ledger),
        "{refused}"
    );
    assert!(ledger.join("journal").exists());
}

#[test]
fn what_others_can_have_written_is_not_believed() {
    let (folder, paths) = stopped();
    let base = folder.path().join("ledger.restoring");
    let before = names(&folder);
    let refused = || {
        assert!(!Staging::is_left(&paths));
        let refused = Staging::begin(&paths).unwrap_err();
        assert!(
            matches!(&refused, BackupError::Left { path } if *path == base),
            "{refused}"
        );
        assert_eq!(names(&folder), before);
    };
    fs::set_permissions(&base, fs::Permissions::from_mode(0o770)).unwrap();
    refused();
    fs::set_permissions(&base, fs::Permissions::from_mode(0o700)).unwrap();
    let us = fs::metadata(&base).unwrap().uid();
    // Only root can give files away, so nobody else can see this refused.
    if chown(&base, Some(4242), None).is_ok() {
        refused();
        chown(&base, Some(us), None).unwrap();
        // The folder is ours, and what it names is not.
        chown(paths.vault(), Some(4242), None).unwrap();
        Staging::begin(&paths).unwrap().remove();
        assert_eq!(names(&folder), ["ledger.vault"]);
    } else {
        assert_ne!(us, 0, "root can give files away");
        Staging::begin(&paths).unwrap().remove();
        assert_eq!(names(&folder), [""; 0]);
    }
}

#[test]
fn what_lies_at_other_places_is_taken_away_where_a_restoration_noted_it_and_stays_where_none_did() {
    let (folder, paths, staging) = staged();
    drop(staging);
    let at = |name| folder.path().join(name);
    let other = LedgerPaths::new(paths.data(), at("other.keys"), at("other.guard")).unwrap();
    fs::create_dir(at("other.keys.restoring")).unwrap();
    let refused = Staging::begin(&other).unwrap_err();
    assert!(
        matches!(&refused, BackupError::Left { path } if *path == at("other.keys.restoring")),
        "{refused}"
    );
    assert_eq!(names(&folder), ["other.keys.restoring"]);
}
