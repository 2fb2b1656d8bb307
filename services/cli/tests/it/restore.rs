//! Ledgers restored from backups that are older than something else: what was destroyed stays destroyed.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::backup::{field, import};
use crate::private::{COURT, CUSTODIAN, LADA, MARKER, json, scene, show};
use crate::support::{Ended, Place, Server, awaited};

/// Destroys what is private of the first two cases.
pub(crate) fn shred(place: &Place, server: &Server) {
    fs::write(
        place.path("shred.csv"),
        "LASC-CJC,SYN-1,01\nLASC-CJC,SYN-2,01\n",
    )
    .unwrap();
    let shred = format!("shred --file shred.csv --basis CUSTODIAN {CUSTODIAN}");
    let done = json(place, server, &shred);
    assert_eq!(done["confirmed"].as_array().unwrap().len(), 2, "{done}");
}

/// Everything whose name begins with that of a restored ledger.
pub(crate) fn left(place: &Place, ledger: &str) -> Vec<String> {
    let left = fs::read_dir(place.path("")).unwrap();
    let left = left.map(|file| file.unwrap().file_name().into_string().unwrap());
    left.filter(|name| name.starts_with(ledger)).collect()
}

pub(crate) fn keyrings(place: &Place, ledger: &str) -> Vec<String> {
    let vault = fs::read_dir(place.path(&format!("{ledger}.vault"))).unwrap();
    let names = vault.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("keyring")).collect()
}

/// Asks for what is private of a case of which it was destroyed.
fn destroyed(place: &Place, at: &str) -> Ended {
    place.run(&format!(
        "{} --purpose COURT_PROCEEDING {COURT} {at}",
        show(2)
    ))
}

fn parsed(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap()
}

#[test]
fn a_backup_from_before_a_shredding_is_restored_only_when_somebody_was_asked_and_forgets_it() {
    let (place, server) = scene();
    place.ok("backup ledger --to old");
    shred(&place, &server);
    assert_eq!(server.terminate(), 0);
    place.ok("publish site --data ledger");
    place.ok("backup ledger --to new");
    let server = place.serve();

    let unasked = place.run("restore old --to back");
    assert_eq!(unasked.code, 2, "{unasked:?}");
    for remedy in ["--against", "--nothing-newer-exists"] {
        assert!(unasked.err.contains(remedy), "{unasked:?}");
    }
    assert_eq!(left(&place, "back"), [""; 0]);

    let status = place.ok(&format!("status --server {} -o json", server.address));
    for (back, against) in [
        ("back-log", "--against site --key ledger.vkey".to_owned()),
        (
            "back-http",
            format!("--against {} --key ledger.vkey", server.http),
        ),
        ("back-folder", "--against ledger".to_owned()),
    ] {
        let ended = place.run(&format!(
            "restore old --to {back} {against} --verify -o json"
        ));
        assert_eq!(ended.code, 4, "{ended:?}");
        let told = parsed(&ended);
        assert_eq!(told["newest"], "NO", "{told}");
        assert_eq!(told["keys_destroyed"], 2, "{told}");
        assert_eq!(told["opened"], false, "{told}");
        for size in [told["size"].to_string(), field(&status, "size")] {
            assert!(ended.err.contains(&size), "{size}: {ended:?}");
        }
        // The key-encryption key of the copy is gone, and a later one than the ledger ever had took its place.
        assert_eq!(keyrings(&place, back), ["keyring-65539"]);
        let written = destroyed(&place, &format!("--data {back}"));
        assert!(
            written.code != 0 && written.err.contains("remembers"),
            "{written:?}"
        );
        let mut command = place.command(&format!(
            "serve --read-only --data {back} --listen 127.0.0.1:0"
        ));
        command.env("CASELEDGER__LOG__FILTER", "warn");
        let reading = Place::serve_by(command);
        let at = format!("--server {}", reading.address);
        let other = place.ok(&format!("{} {LADA} {at}", show(3)));
        assert!(other.contains("OBVIOUSLYFAKE THREE"), "{other}");
        let gone = destroyed(&place, &at);
        assert!(
            gone.code != 0 && !gone.out.contains(MARKER) && !gone.err.contains(MARKER),
            "{gone:?}"
        );
        assert_eq!(reading.terminate(), 0);
    }

    assert_eq!(server.terminate(), 0);

    // The newest one is restored as it was, and goes on.
    let whole =
        place.ok("restore new --to whole --against site --key ledger.vkey --verify -o json");
    assert_eq!(field(&whole, "newest"), "SHOWN");
    let gone = destroyed(&place, "--data whole");
    assert!(gone.err.contains("destroyed under CUSTODIAN"), "{gone:?}");

    // What the statement costs where it is not true.
    let stated = place.ok("restore old --to believed --nothing-newer-exists");
    assert!(
        stated.contains("stated by --nothing-newer-exists"),
        "{stated}"
    );
    let back = destroyed(&place, "--data believed");
    assert!(back.out.contains("OBVIOUSLYFAKE TWO"), "{back:?}");
}

#[test]
fn an_old_vault_forgets_what_the_newest_journal_says_is_destroyed_also_without_keys() {
    let (place, server) = scene();
    place.ok("backup ledger --part vault --part keys --to old");
    shred(&place, &server);
    place.ok("backup ledger --part journal --to new");
    assert_eq!(server.terminate(), 0);
    let bare = place.run(
        "restore new old --to bare --part journal --part vault --against ledger --verify -o json",
    );
    assert_eq!(bare.code, 5, "{bare:?}");
    assert_eq!(parsed(&bare)["keys_destroyed"], 2, "{bare:?}");
    assert_eq!(keyrings(&place, "bare"), ["keyring-65539"]);

    let restored = place.ok("restore new old --to restored --against ledger --verify -o json");
    assert_eq!(field(&restored, "verified"), "true");
    assert_eq!(keyrings(&place, "restored"), ["keyring-65539"]);
    let gone = destroyed(&place, "--data restored");
    assert!(gone.err.contains("destroyed under CUSTODIAN"), "{gone:?}");
    let other = place.ok(&format!("{} {LADA} --data restored", show(3)));
    assert!(other.contains("OBVIOUSLYFAKE THREE"), "{other}");
}

#[test]
fn a_journal_that_is_older_than_its_vault_is_not_restored_to_be_written() {
    let (place, server) = scene();
    place.ok("backup ledger --part journal --to old");
    shred(&place, &server);
    assert_eq!(server.terminate(), 0);
    place.ok("backup ledger --part vault --part keys --to new");
    for verify in ["", "--verify"] {
        let refused = place.run(&format!(
            "restore old new --to back --nothing-newer-exists {verify}"
        ));
        assert_eq!(refused.code, 4, "{refused:?}");
        assert!(refused.err.contains("older than the vault"), "{refused:?}");
        assert_eq!(left(&place, "back"), [""; 0]);
    }
    let behind = place.run("restore old new --to back --against ledger");
    assert_eq!(behind.code, 4, "{behind:?}");
    let written = destroyed(&place, "--data back");
    assert!(written.err.contains("remembers"), "{written:?}");
}

#[test]
fn a_backup_without_its_vault_is_refused_unless_the_parts_are_named() {
    let (place, server) = scene();
    assert_eq!(server.terminate(), 0);
    place.ok("backup ledger --to copy");
    fs::remove_file(place.path("copy/vault/0001/manifest.json")).unwrap();
    let torn = place.run("restore copy --to back --against ledger");
    assert_eq!(torn.code, 4, "{torn:?}");
    assert!(torn.err.contains("vault/0001"), "{torn:?}");
    fs::remove_dir_all(place.path("copy/vault")).unwrap();
    let none = place.run("restore copy --to back --against ledger");
    assert_eq!(none.code, 1, "{none:?}");
    assert!(none.err.contains("back.vault"), "{none:?}");
    assert_eq!(left(&place, "back"), [""; 0]);
    let named = place.run("restore copy --to back --part keys --against ledger");
    assert_eq!(named.code, 5, "{named:?}");
    assert!(named.err.contains("back.vault"), "{named:?}");
}

#[test]
fn what_verify_finds_is_shown_and_nothing_is_restored() {
    let (place, server) = scene();
    assert_eq!(server.terminate(), 0);
    place.ok("backup ledger --part vault --part keys --to old");
    // The key of a case that comes behind the next generation is in no copy of the vault.
    place.ok("vault rotate --data ledger");
    import(&place, 7, 1, "--data ledger");
    place.ok("backup ledger --part journal --to new");
    let found = place.run("restore new old --to back --against ledger --verify");
    assert_eq!(found.code, 4, "{found:?}");
    assert!(found.out.contains("has no data key"), "{found:?}");
    assert!(found.err.contains("is removed again"), "{found:?}");
    assert_eq!(left(&place, "back"), [""; 0]);
    let without = place.ok("restore new old --to back --against ledger -o json");
    assert_eq!(field(&without, "keys_lost"), "1");
}

#[test]
fn a_log_that_ends_before_the_backup_shows_nothing_and_one_of_another_ledger_less() {
    let place = Place::with_ledger();
    import(&place, 1, 3, "--data ledger");
    place.ok("publish site --data ledger");
    import(&place, 2, 3, "--data ledger");
    place.ok("backup ledger --to copy");
    let against = "--against site --key ledger.vkey";
    let short = place.run(&format!("restore copy --to back {against}"));
    assert_eq!(short.code, 5, "{short:?}");
    assert_eq!(left(&place, "back"), [""; 0]);
    let keyless = place.run("restore copy --to back --against site");
    assert_eq!(keyless.code, 2, "{keyless:?}");

    let other = Place::with_ledger();
    import(&other, 1, 9, "--data ledger");
    other.ok("publish site --data ledger");
    let at = |name| other.path(name).display().to_string();
    let (site, key, data) = (at("site"), at("ledger.vkey"), at("ledger"));
    for against in [
        format!("--against {site} --key {key}"),
        format!("--against {data}"),
    ] {
        let refused = place.run(&format!(
            "restore copy --to back {against} --nothing-newer-exists"
        ));
        assert!(refused.code == 4 || refused.code == 1, "{refused:?}");
        assert_eq!(left(&place, "back"), [""; 0]);
    }
    let stated = place.ok(&format!(
        "restore copy --to back {against} --nothing-newer-exists --verify -o json"
    ));
    assert_eq!(field(&stated, "newest"), "STATED");
}

#[test]
fn a_guard_that_outlived_its_ledger_tells_that_the_backup_is_older() {
    let place = Place::with_ledger();
    import(&place, 1, 3, "--data ledger");
    let backup = place.ok("backup ledger --to copy -o json");
    import(&place, 2, 3, "--data ledger");
    let status = place.ok("status --data ledger -o json");
    fs::remove_dir_all(place.path("ledger")).unwrap();
    let words = "restore copy --part journal --to ledger --nothing-newer-exists";
    let refused = place.run(words);
    assert_eq!(refused.code, 4, "{refused:?}");
    for size in [field(&backup, "size"), field(&status, "size")] {
        assert!(refused.err.contains(&size), "{size}: {refused:?}");
    }
    assert!(place.path("ledger.guard").exists() && !place.path("ledger").exists());
}

#[test]
fn a_restoration_that_is_killed_is_done_by_the_next_one() {
    let place = Place::with_ledger();
    import(&place, 1, 200, "--data ledger");
    place.ok("backup ledger --to backup");
    // Within the journal, and where the ledger is opened.
    for blocks in [4, 320] {
        let words = format!("restore backup --to killed{blocks} --against ledger");
        place.killed(&words, blocks);
        let at = |name: &str| place.path(&format!("killed{blocks}{name}"));
        assert!(at(".restoring/ledger/journal").exists() && !at("").exists());
        place.ok(&format!("{words} --verify"));
    }
    for (number, seen) in [
        "back.restoring",
        "back.restoring/ledger",
        "back.restoring/ledger/journal",
        "back.restoring/ledger/store",
        "back.keys.restoring",
        "back.guard.restoring",
        "back.restoring/places",
        "back.vault",
        "back.guard",
    ]
    .iter()
    .enumerate()
    {
        let to = format!("back{number}");
        let words = format!("restore backup --to {to} --against ledger");
        let mut command = place.command(&words);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let path = place.path(&seen.replacen("back", &to, 1));
        awaited("a restoration that begins, or is done", || {
            let done = child.try_wait().unwrap().is_some();
            (done || path.exists()).then_some(())
        });
        // It may have ended already.
        drop(child.kill());
        child.wait().unwrap();
        if !place.path(&to).exists() {
            place.ok(&words);
        }
        place.ok(&format!("fsck --data {to}"));
    }
}
