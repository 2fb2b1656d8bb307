//! What is older than something else, and does not know it: a data folder that is asked, a vault or keys that are backed up.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::backup::{field, import};
use crate::private::{CUSTODIAN, LADA, json, scene, show};
use crate::restore::{keyrings, left, shred};
use crate::support::{Ended, Place, Server};

/// Puts a copy of something in the place of something else.
fn put(place: &Place, from: &str, to: &str) {
    let to = place.path(to);
    if to.is_dir() {
        fs::remove_dir_all(&to).unwrap();
    }
    let mut copy = Command::new("cp");
    let copied = copy.arg("-a").arg(place.path(from)).arg(to).status();
    assert!(copied.unwrap().success());
}

/// Copies data folder, vault and guard of a ledger, each from one of its own.
fn made_of(place: &Place, to: &str, data: &str, vault: &str, guard: &str) {
    put(place, data, to);
    put(place, &format!("{vault}.vault"), &format!("{to}.vault"));
    put(place, &format!("{guard}.guard"), &format!("{to}.guard"));
}

/// Restores nothing, and says what is needed to know why.
fn refused(place: &Place, words: &str, code: i32, named: &[&str]) -> Ended {
    let ended = place.run(words);
    assert_eq!(ended.code, code, "{words}: {ended:?}");
    for name in named {
        assert!(ended.err.contains(name), "{words}: {name}: {ended:?}");
    }
    assert_eq!(left(place, "back"), [""; 0], "{words}");
    ended
}

fn size(place: &Place) -> String {
    field(&place.ok("status --data ledger -o json"), "size")
}

/// Three moments of one ledger: `then`, of which `old` is a backup, `mid` behind a shredding, and `ledger`.
fn three_moments() -> (Place, [String; 3]) {
    let (place, server) = scene();
    assert_eq!(server.terminate(), 0);
    let then = size(&place);
    made_of(&place, "then", "ledger", "ledger", "ledger");
    place.ok("backup ledger --to old");
    let server = place.serve();
    shred(&place, &server);
    assert_eq!(server.terminate(), 0);
    let mid = size(&place);
    made_of(&place, "mid", "ledger", "ledger", "ledger");
    import(&place, 7, 1, "--data ledger");
    let now = size(&place);
    (place, [then, mid, now])
}

#[test]
fn a_ledger_that_was_restored_for_reading_vouches_for_no_other() {
    let (place, [then, _, now]) = three_moments();
    let reading = place.run("restore old --to w1 --against ledger");
    assert_eq!(reading.code, 4, "{reading:?}");
    for stated in ["", "--nothing-newer-exists"] {
        let words = format!("restore old --to back --against w1 {stated}");
        refused(&place, &words, 5, &["w1.guard", &then, &now, "published"]);
    }
    // What the hint says works: a newer journal beside the vault that was made to forget.
    place.ok("backup ledger --part journal --to new");
    for name in ["w1", "w1.guard"] {
        fs::rename(place.path(name), place.path(&format!("before-{name}"))).unwrap();
    }
    place.ok("restore new --part journal --to w1 --against ledger");
    import(&place, 8, 1, "--data w1");
}

#[test]
fn a_start_that_takes_an_old_vault_back_says_what_it_destroyed() {
    let (place, _) = three_moments();
    put(&place, "then.vault", "ledger.vault");
    let told = place.run("status --data ledger");
    assert_eq!(told.code, 0, "{told:?}");
    for words in [
        "old copy",
        "are destroyed again",
        "1 keys that were made since",
    ] {
        assert!(told.err.contains(words), "{words}: {told:?}");
    }
    let again = place.run("status --data ledger");
    assert_eq!((again.code, &*again.err), (0, ""), "{again:?}");
}

#[test]
fn a_vault_with_keys_that_are_confirmed_to_be_destroyed_is_not_backed_up() {
    let (place, _) = three_moments();
    fs::rename(place.path("ledger.vault"), place.path("away")).unwrap();
    refused(
        &place,
        "backup ledger --to none",
        1,
        &["does not exist", "data keys"],
    );
    assert!(place.path("none/journal").exists() && !place.path("none/vault").exists());
    fs::rename(place.path("away"), place.path("ledger.vault")).unwrap();
    place.ok("backup ledger --part vault --to safe");
    put(&place, "ledger.keys", "then.keys");
    put(&place, "then.vault", "ledger.vault");
    let named = ["generation 1", "the journal tells of 2"];
    refused(&place, "backup ledger --part vault --to new", 1, &named);
    // A copy that counted on to the number of the good one.
    place.ok("vault rotate --data then");
    put(&place, "then.vault", "ledger.vault");
    for to in ["new", "safe"] {
        let words = format!("backup ledger --part vault --to {to}");
        let ended = place.run(&words);
        assert_ne!(ended.code, 0, "{ended:?}");
    }
    refused(
        &place,
        "backup ledger --part vault --to new",
        1,
        &["2 cases"],
    );
    assert!(place.path("safe/vault/0001/keyring-2").exists());
    // What the hint says works.
    place.ok("status --data ledger");
    place.ok("backup ledger --part vault --to new");
}

/// Destroys what is private of one case.
fn shred_one(place: &Place, server: &Server, number: u32) {
    fs::write(place.path("one.csv"), format!("LASC-CJC,SYN-{number},01\n")).unwrap();
    let words = format!("shred --file one.csv --basis CUSTODIAN {CUSTODIAN}");
    let done = json(place, server, &words);
    assert_eq!(done["confirmed"].as_array().unwrap().len(), 1, "{done}");
}

#[test]
fn what_was_shredded_behind_the_end_of_a_published_log_is_destroyed_once_the_newest_journal_is_there()
 {
    let (place, server) = scene();
    place.ok("backup ledger --to old");
    shred_one(&place, &server, 1);
    assert_eq!(server.terminate(), 0);
    place.ok("publish site --data ledger");
    let server = place.serve();
    shred_one(&place, &server, 2);
    assert_eq!(server.terminate(), 0);
    import(&place, 7, 1, "--data ledger");
    place.ok("backup ledger --part journal --to new");
    let reading = place.run("restore old --to w1 --against site --key ledger.vkey -o json");
    assert_eq!(reading.code, 4, "{reading:?}");
    assert_eq!(field(&reading.out, "keys_destroyed"), "1");
    for name in ["w1", "w1.guard"] {
        fs::rename(place.path(name), place.path(&format!("before-{name}"))).unwrap();
    }
    let words = "restore new --part journal --to w1 --against ledger -o json";
    let restored = place.ok(words);
    // That of the second shredding, and that of the case behind it, which is not in the backup.
    assert_eq!(field(&restored, "keys_destroyed"), "1");
    assert_eq!(field(&restored, "keys_lost"), "1");
    let checked = place.run("fsck --data w1");
    assert!(!checked.out.contains("data key is there"), "{checked:?}");
    assert!(checked.out.contains("has no data key"), "{checked:?}");
    // Nothing is in the way of what comes.
    place.ok("vault rotate --data w1");
    import(&place, 8, 1, "--data w1");
}

#[test]
fn an_old_journal_under_the_newest_guard_or_beside_the_newest_vault_vouches_for_nothing() {
    let (place, [then, mid, now]) = three_moments();
    made_of(&place, "a", "then", "then", "ledger");
    let words = "restore old --to back --against a";
    refused(&place, words, 5, &["a.guard", &then, &now]);
    made_of(&place, "b", "then", "ledger", "then");
    refused(
        &place,
        "restore old --to back --against b",
        5,
        &["b.vault", &then],
    );
    // It has more than the backup, and had more still.
    made_of(&place, "c", "mid", "mid", "ledger");
    let words = "restore old --to back --against c";
    refused(&place, words, 5, &["c.guard", &mid, &now]);
    // The end of the journal is gone, as after a crash that nobody has seen, and the rest of the folder is not.
    made_of(&place, "d", "ledger", "then", "then");
    put(&place, "then/journal", "d/journal");
    refused(
        &place,
        "restore old --to back --against d",
        5,
        &["d/store.mark", &then, &now],
    );
}

#[test]
fn a_data_folder_without_its_guard_shows_what_it_has_and_not_that_it_is_all() {
    let (place, _) = three_moments();
    place.ok("backup ledger --to new");
    made_of(&place, "bare", "ledger", "ledger", "ledger");
    fs::remove_file(place.path("bare.guard")).unwrap();
    let words = "restore new --to back --against bare";
    refused(&place, words, 5, &["bare.guard", "guard restore"]);
    fs::write(place.path("bare.guard"), "torn").unwrap();
    refused(&place, words, 5, &["bare.guard"]);
    fs::remove_file(place.path("bare.guard")).unwrap();
    let more = place.run("restore old --to reading --against bare");
    assert_eq!(more.code, 4, "{more:?}");
    let stated = format!("{words} --nothing-newer-exists -o json");
    assert_eq!(field(&place.ok(&stated), "newest"), "STATED");
    // Where the guard is kept elsewhere, a link leads to it.
    std::os::unix::fs::symlink(place.path("ledger.guard"), place.path("bare.guard")).unwrap();
    let shown = place.ok("restore new --to linked --against bare -o json");
    assert_eq!(field(&shown, "newest"), "SHOWN");
}

#[test]
fn a_journal_that_is_not_the_one_its_guard_remembers_vouches_for_nothing() {
    let place = Place::with_ledger();
    import(&place, 1, 3, "--data ledger");
    place.ok("backup ledger --to old");
    for (fork, list, cases) in [("one", 2, 3), ("two", 3, 2)] {
        place.ok(&format!("restore old --to {fork} --nothing-newer-exists"));
        import(&place, list, cases, &format!("--data {fork}"));
    }
    put(&place, "two.guard", "one.guard");
    refused(&place, "restore old --to back --against one", 4, &["one"]);
}

/// What the newest set of a part of a backup consists of, with its folder.
fn newest(place: &Place, part: &str) -> Vec<PathBuf> {
    let children = |path: PathBuf| {
        let children = fs::read_dir(path).unwrap();
        let mut paths: Vec<_> = children.map(|child| child.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let sets = children(place.path(part)).into_iter();
    sets.filter(|path| path.is_dir())
        .flat_map(children)
        .collect()
}

#[test]
fn an_older_vault_takes_no_newer_ones_place_in_a_backup() {
    let (place, server) = scene();
    let age = age::x25519::Identity::generate().to_public();
    let backups = [
        ("open/vault", "backup ledger --to open".to_owned()),
        (
            "closed/vault",
            format!("backup ledger --part vault --to closed --age {age}"),
        ),
    ];
    put(&place, "ledger.vault", "v0");
    for (_, words) in &backups {
        place.ok(words);
    }
    shred(&place, &server);
    assert_eq!(server.terminate(), 0);
    put(&place, "ledger.vault", "v1");
    for (part, words) in &backups {
        place.ok(words);
        let good = newest(&place, part);
        put(&place, "v0", "ledger.vault");
        let older = place.run(words);
        assert_eq!(older.code, 4, "{older:?}");
        for named in [
            "ledger.vault",
            "generation 1",
            "generation 2",
            "another folder",
        ] {
            assert!(older.err.contains(named), "{named}: {older:?}");
        }
        assert_eq!(newest(&place, part), good);
        put(&place, "v1", "ledger.vault");
        place.ok(words);
    }
    assert_eq!(keyrings(&place, "ledger"), ["keyring-2"]);
    // A table whose key is gone takes no place either.
    let good = newest(&place, "open/vault");
    fs::remove_file(place.path("ledger.vault/keyring-2")).unwrap();
    let keyless = place.run("backup ledger --to open");
    assert_ne!(keyless.code, 0, "{keyless:?}");
    assert_eq!(newest(&place, "open/vault"), good);
}

#[test]
fn a_vault_that_was_made_of_an_old_copy_takes_the_place_of_no_better_one_in_a_backup() {
    let (place, server) = scene();
    let age = age::x25519::Identity::generate().to_public();
    let closed = format!("--part vault --to closed --age {age}");
    put(&place, "ledger.vault", "v0");
    place.ok("backup ledger --to old");
    shred(&place, &server);
    assert_eq!(server.terminate(), 0);
    // Its key is in no vault from before.
    let case = "case_number,defendant,court,county,section,severity,conviction_date,name,birth_date\n\
        SYN-9,01,LASC-CJC,037,HS 11358,FELONY,1994-10-31,OBVIOUSLYFAKE NINE,1970-01-09\n";
    fs::write(place.path("nine.csv"), case).unwrap();
    let words = "import nine.csv --format court --cohort LA-2022-COURT.1 --agency lada";
    place.ok(&format!("{words} {LADA} --data ledger"));
    let nine = format!("{} {LADA} --data ledger", show(9));
    assert!(place.ok(&nine).contains("OBVIOUSLYFAKE NINE"));
    let backups = [
        ("open/vault", "backup ledger --to open".to_owned()),
        ("closed/vault", format!("backup ledger {closed}")),
    ];
    for (_, words) in &backups {
        place.ok(words);
    }
    let good = backups.each_ref().map(|(part, _)| newest(&place, part));
    let refused = |words: &str, number: &str| {
        let leaped = place.run(words);
        assert_eq!(leaped.code, 4, "{words}: {leaped:?}");
        for named in [number, "generation 2 at", "another folder"] {
            assert!(leaped.err.contains(named), "{named}: {leaped:?}");
        }
        let held = backups.each_ref().map(|(part, _)| newest(&place, part));
        assert_eq!(held, good, "{words}");
    };
    // Any start takes it back, and nobody needs to have meant it.
    put(&place, "v0", "ledger.vault");
    import(&place, 7, 1, "--data ledger");
    assert_eq!(keyrings(&place, "ledger"), ["keyring-65539"]);
    assert_ne!(place.run(&nine).code, 0);
    for (_, words) in &backups {
        refused(words, "generation 65539");
    }
    let reading = place.run("restore old --to w1 --against ledger");
    assert_eq!(reading.code, 4, "{reading:?}");
    refused(&format!("backup w1 {closed}"), "w1.vault");
    // What the hint says works: the one in the backup opens what was lost, and another folder takes what it becomes.
    put(&place, "open/vault/0001", "ledger.vault");
    assert!(place.ok(&nine).contains("OBVIOUSLYFAKE NINE"));
    refused(&backups[0].1, "generation 131076");
    place.ok("backup ledger --to fresh");
    place.ok("backup ledger --to fresh");
}

#[test]
fn older_keys_take_no_newer_ones_place_in_a_backup() {
    let place = Place::with_ledger();
    import(&place, 1, 3, "--data ledger");
    put(&place, "ledger.keys", "k0");
    place.ok("backup ledger --to copy");
    place.ok("index rotate --data ledger");
    place.ok("backup ledger --to copy");
    let good = newest(&place, "copy/keys");
    assert!(
        good.iter().any(|path| path.ends_with("index-2.key")),
        "{good:?}"
    );
    put(&place, "ledger.keys", "k1");
    put(&place, "k0", "ledger.keys");
    let older = place.run("backup ledger --to copy");
    assert_eq!(older.code, 4, "{older:?}");
    for named in ["ledger.keys", "generation 1", "generation 2"] {
        assert!(older.err.contains(named), "{named}: {older:?}");
    }
    assert_eq!(newest(&place, "copy/keys"), good);
    put(&place, "k1", "ledger.keys");
    place.ok("backup ledger --to copy");
    // A crash kept the one of before from being destroyed.
    fs::copy(
        place.path("k0/index.key"),
        place.path("ledger.keys/index.key"),
    )
    .unwrap();
    place.ok("backup ledger --to copy");
    let held = newest(&place, "copy/keys");
    let expected = ["checkpoint.key", "index-2.key", "manifest.json"];
    assert_eq!(names(&held), expected);
}

fn names(paths: &[PathBuf]) -> Vec<&str> {
    let names = paths.iter().filter_map(|path| path.file_name()?.to_str());
    names.collect()
}

#[test]
fn a_key_that_signs_stays_in_the_backup_until_it_is_retired() {
    let place = Place::with_ledger();
    import(&place, 1, 3, "--data ledger");
    put(&place, "ledger", "before");
    put(&place, "ledger.keys", "before.keys");
    let words = "backup ledger --part keys --to copy";
    place.ok(words);
    place.ok("key rotate --data ledger");
    place.ok(words);
    let good = newest(&place, "copy/keys");
    let successor = names(&good)
        .into_iter()
        .find(|name| name.starts_with("checkpoint-"));
    let successor = successor.unwrap().to_owned();
    put(&place, "ledger.keys", "k1");
    for (lost, old) in [
        (&*successor, "k1"),
        ("checkpoint.key", "k1"),
        (&*successor, "before.keys"),
    ] {
        put(&place, old, "ledger.keys");
        drop(fs::remove_file(place.path("ledger.keys").join(lost)));
        for to in ["copy", "fresh"] {
            let lacking = place.run(&format!("backup ledger --part keys --to {to}"));
            assert_eq!(lacking.code, 1, "{lacking:?}");
            assert!(lacking.err.contains(lost), "{lost}: {lacking:?}");
        }
        assert_eq!(newest(&place, "copy/keys"), good);
        assert!(!place.path("fresh/keys").exists());
    }
    // A journal that is an old copy, too, does not tell of it; the one who made the backup knew more.
    let older = place.run("backup before --part keys --to copy");
    assert_eq!(older.code, 4, "{older:?}");
    for named in [&*successor, "before.keys", "nothing was destroyed"] {
        assert!(older.err.contains(named), "{named}: {older:?}");
    }
    assert_eq!(newest(&place, "copy/keys"), good);

    put(&place, "k1", "ledger.keys");
    place.ok("key retire --data ledger");
    fs::remove_file(place.path("ledger.keys/checkpoint.key")).unwrap();
    place.ok(words);
    let held = newest(&place, "copy/keys");
    assert_eq!(names(&held), [&*successor, "index.key", "manifest.json"]);
}

#[test]
fn a_vault_within_a_re_wrap_is_backed_up_only_with_the_key_of_its_table() {
    let (place, server) = scene();
    assert_eq!(server.terminate(), 0);
    made_of(&place, "then", "ledger", "ledger", "ledger");
    let server = place.serve();
    shred(&place, &server);
    assert_eq!(server.terminate(), 0);
    // The new key is there, and its table is not: the one that is there holds.
    put(&place, "ledger.keys", "then.keys");
    put(&place, "ledger.vault/keyring-2", "then.vault/keyring-2");
    place.ok("backup then --to old");
    let held = newest(&place, "old/vault");
    assert_eq!(names(&held), ["datakeys", "keyring-1", "manifest.json"]);
    let older = place.run("restore old --to reading --against ledger");
    assert_eq!(older.code, 4, "{older:?}");
    assert_eq!(keyrings(&place, "reading"), ["keyring-65539"]);
    // A newer journal goes with it, as with any other that was made to forget.
    place.ok("backup ledger --part journal --to newer");
    let words = "restore newer old/vault old/keys --to back --against ledger --verify -o json";
    let ended = place.run(words);
    assert_eq!(field(&ended.out, "newest"), "SHOWN", "{ended:?}");
    // Its table is there, and the key of before still is.
    put(&place, "then.vault/keyring-1", "ledger.vault/keyring-1");
    place.ok("backup ledger --to new");
    let held = newest(&place, "new/vault");
    assert_eq!(names(&held), ["datakeys", "keyring-2", "manifest.json"]);
    let whole = place.ok("restore new --to whole --against ledger --verify -o json");
    assert_eq!(field(&whole, "verified"), "true");
}
