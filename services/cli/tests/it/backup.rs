//! Backups, made while the ledger is served or by nobody, and ledgers restored from them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use age::secrecy::ExposeSecret as _;

use crate::support::Place;

const IMPORT: &str = "--format court --agency nevcoda --as court-nevada --role COURT";

/// A list of so many cases into the ledger that `at` names.
pub(crate) fn import(place: &Place, list: u32, cases: u32, at: &str) {
    place.ok(&format!(
        "gen-data --shape NEVADA-2020 --cases {cases} --seed {list} --out list.csv --format court"
    ));
    place.ok(&format!(
        "import list.csv --cohort NEVADA-2020.{list} {IMPORT} {at}"
    ));
}

/// A field of a result in JSON.
pub(crate) fn field(json: &str, name: &str) -> String {
    let found = json.lines().find_map(|line| {
        let rest = line.trim().strip_prefix(&format!("\"{name}\": "))?;
        Some(rest.trim_end_matches(',').trim_matches('"').to_owned())
    });
    found.unwrap_or_else(|| panic!("no {name} in {json}"))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_ledger_that_is_served_is_backed_up_and_restored_with_all_that_was_acknowledged() {
    let place = Place::with_ledger();
    let server = place.serve();
    let at = format!("--server {}", server.address);
    import(&place, 1, 5, &at);
    let first = place.ok("backup ledger --to backup -o json");
    import(&place, 2, 5, &at);
    place.ok(&format!(
        "receipt 3 --out three.tlog-proof --key ledger.vkey {at}"
    ));
    let status = place.ok(&format!("status -o json {at}"));
    let second = place.ok("backup ledger --to backup -o json");
    assert_eq!(field(&second, "size"), field(&status, "size"));
    assert_ne!(field(&first, "size"), field(&second, "size"));
    assert_eq!(server.terminate(), 0);

    let restored = place.ok("restore backup --to restored --against ledger --verify -o json");
    assert_eq!(field(&restored, "size"), field(&second, "size"));
    assert_eq!(field(&restored, "chain_hash"), field(&second, "chain_hash"));
    assert_eq!(field(&restored, "verified"), "true");
    for (path, expected) in [
        ("restored", 0o700),
        ("restored/journal", 0o700),
        ("restored.keys", 0o700),
        ("restored.keys/checkpoint.key", 0o600),
        ("restored.keys/index.key", 0o600),
        ("backup/keys/0002/index.key", 0o600),
        ("backup/keys", 0o700),
    ] {
        assert_eq!(mode(&place.path(path)), expected, "{path}");
    }
    // It is the ledger: the same entries, and it goes on.
    place.ok("verify three.tlog-proof --key ledger.vkey");
    for ledger in ["ledger", "restored"] {
        place.ok(&format!(
            "export --data {ledger} --raw --out {ledger}.entries"
        ));
    }
    let entries = |name: &str| fs::read(place.path(name)).unwrap();
    assert!(entries("ledger.entries") == entries("restored.entries"));
    import(&place, 3, 2, "--data restored");
    place.ok("fsck --data restored");
    // And is backed up behind what was: the old ledger is behind from then on.
    place.ok("backup restored --to backup");
    let behind = place.run("backup ledger --to backup");
    assert_eq!(behind.code, 4, "{behind:?}");
    assert!(behind.err.contains("ahead of the ledger"), "{behind:?}");
}

#[test]
fn a_ledger_without_entries_is_restored() {
    let place = Place::with_ledger();
    place.ok("backup ledger --to backup");
    place.ok("restore backup --to restored --nothing-newer-exists --verify");
    import(&place, 1, 2, "--data restored");
}

#[test]
fn a_backup_that_is_killed_is_done_by_the_next_one() {
    let place = Place::with_ledger();
    import(&place, 1, 200, "--data ledger");
    // Each replaces one part, of which a file has more than 4 KiB then, and leaves the others as they are.
    for (part, change) in [
        ("journal", None),
        ("keys", Some("index rotate --data ledger")),
        ("vault", Some("vault rotate --data ledger")),
    ] {
        if let Some(change) = change {
            place.ok(change);
        }
        place.killed("backup ledger --to backup", 4);
        let mut find = Command::new("find");
        let half = find.arg("backup").current_dir(place.path("")).output();
        let half = String::from_utf8(half.unwrap().stdout).unwrap();
        let of_part = format!("backup/{part}/");
        let mut left = half.lines().filter(|path| path.contains(".tmp"));
        assert!(
            left.next().is_some_and(|path| path.starts_with(&of_part)),
            "{half}"
        );
        let done = place.ok("backup ledger --to backup -o json");
        let to = format!("restored-{part}");
        place.ok(&format!(
            "restore backup --to {to} --against ledger --verify"
        ));
        let status = place.ok(&format!("status --data {to} -o json"));
        assert_eq!(field(&status, "size"), field(&done, "size"));
    }
}

#[test]
fn a_changed_file_is_named_and_nothing_is_left_behind() {
    let place = Place::with_ledger();
    import(&place, 1, 3, "--data ledger");
    place.ok("backup ledger --to backup");
    let journal = fs::read_dir(place.path("backup/journal")).unwrap();
    let mut files = journal.map(|file| file.unwrap().path());
    let newest = files.find(|path| path.extension().is_some_and(|end| end == "part"));
    let newest = newest.unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let refused = place.run("restore backup --to restored --nothing-newer-exists");
    assert_eq!(refused.code, 4, "{refused:?}");
    let name = newest.file_name().unwrap().to_str().unwrap();
    assert!(refused.err.contains(name), "{refused:?}");
    let left = fs::read_dir(place.path("")).unwrap();
    let left = left.map(|file| file.unwrap().file_name());
    let left: Vec<_> = left
        .filter(|name| name.to_string_lossy().starts_with("restored"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn keys_and_journal_are_kept_apart_and_encrypted() {
    let place = Place::with_ledger();
    import(&place, 1, 3, "--data ledger");
    let identity = age::x25519::Identity::generate();
    let path = place.path("backup.identity");
    fs::write(&path, identity.to_string().expose_secret()).unwrap();
    let public = identity.to_public();
    place.ok("backup ledger --part journal --to journals");
    place.ok("backup ledger --part vault --to vaults");
    place.ok(&format!(
        "backup ledger --part keys --to safe --age {public}"
    ));
    assert!(!place.path("journals/keys").exists());

    let restore = "restore journals safe vaults --to restored --against ledger";
    let open = place.run(&format!("{restore} --identity backup.identity"));
    assert_eq!(open.code, 1, "{open:?}");
    assert!(open.err.contains("chmod 600"), "{open:?}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    // Another one opens nothing, which is found before anything is written.
    let others = age::x25519::Identity::generate();
    let strange = place.path("others.identity");
    fs::write(&strange, others.to_string().expose_secret()).unwrap();
    fs::set_permissions(&strange, fs::Permissions::from_mode(0o600)).unwrap();
    let swapped = place.run(&format!("{restore} --identity others.identity"));
    assert_eq!(swapped.code, 1, "{swapped:?}");
    assert!(swapped.err.contains("cannot be decrypted"), "{swapped:?}");
    let closed = place.run(restore);
    assert_eq!(closed.code, 1, "{closed:?}");
    assert!(closed.err.contains("--identity"), "{closed:?}");
    assert!(!place.path("restored.restoring").exists());
    place.ok(&format!("{restore} --identity backup.identity --verify"));
    import(&place, 2, 2, "--data restored");

    // Without keys there is a ledger, and somebody has to bring them.
    let without = place.run("restore journals --to bare --part journal --against ledger --verify");
    assert_eq!(without.code, 5, "{without:?}");
    assert!(without.err.contains("bare.keys"), "{without:?}");
    let plain = place.run("backup ledger --part keys --to safe");
    assert_eq!(plain.code, 1, "{plain:?}");
    assert!(plain.err.contains("encrypted"), "{plain:?}");
}

#[test]
fn a_folder_that_is_backed_up_takes_no_backup() {
    let place = Place::with_ledger();
    fs::write(place.path("ledger.vault/datakeys"), "opaque").unwrap();
    std::os::unix::fs::symlink("ledger/journal", place.path("link")).unwrap();
    for to in [
        "ledger",
        "ledger/backup",
        "ledger.keys/x",
        "ledger.vault",
        "link",
        "./ledger/../ledger",
    ] {
        let refused = place.run(&format!("backup ledger --to {to}"));
        assert_eq!(refused.code, 2, "{to}: {refused:?}");
        assert!(refused.err.contains("elsewhere"), "{to}: {refused:?}");
    }
    let none = place.run("backup nothing --to backup");
    assert_eq!(none.code, 1, "{none:?}");
    // A table that is none is of no use, and no vault is none.
    let opaque = place.run("backup ledger --to backup");
    assert_eq!(opaque.code, 1, "{opaque:?}");
    for named in ["ledger.vault/datakeys", "no table of this ledger"] {
        assert!(opaque.err.contains(named), "{named}: {opaque:?}");
    }
    // What is recorded is safe all the same.
    assert!(place.path("backup/journal/manifest.json").exists());
    assert!(place.path("backup/keys/0001/manifest.json").exists());
    assert!(!place.path("backup/vault/0001").exists());
    fs::remove_dir_all(place.path("ledger.vault")).unwrap();
    let vaultless = place.run("backup ledger --part vault --to backup");
    assert_eq!(vaultless.code, 1, "{vaultless:?}");
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let place = Place::with_ledger();
    place.ok("backup ledger --to backup");
    for there in [
        "restored",
        "restored.keys",
        "restored.guard",
        "restored.restoring",
    ] {
        fs::create_dir_all(place.path(there).join("mine")).unwrap();
        let refused = place.run("restore backup --to restored --nothing-newer-exists");
        assert_eq!(refused.code, 1, "{there}: {refused:?}");
        assert!(refused.err.contains(there), "{there}: {refused:?}");
        fs::remove_dir_all(place.path(there)).unwrap();
    }
    place.ok("restore backup --to restored --nothing-newer-exists");
}

#[test]
fn a_vault_that_is_gone_is_not_passed_over_where_the_backup_has_one() {
    let place = Place::with_ledger();
    import(&place, 1, 3, "--data ledger");
    place.ok("backup ledger --to backup");
    fs::remove_dir_all(place.path("ledger.vault")).unwrap();
    let gone = place.run("backup ledger --to backup");
    assert_eq!(gone.code, 1, "{gone:?}");
    for named in ["ledger.vault", "backup/vault", "--part journal --part keys"] {
        assert!(gone.err.contains(named), "{named}: {gone:?}");
    }
    assert!(place.path("backup/vault/0001/keyring-1").exists());
    // The others are made.
    assert!(place.path("backup/keys/0002/manifest.json").exists());
    place.ok("backup ledger --part journal --part keys --to backup");
    place.ok("backup ledger --part journal --part keys --to other");
}

#[test]
fn what_a_killed_backup_has_left_of_keys_goes_also_if_the_next_one_comes_to_nothing() {
    let place = Place::with_ledger();
    import(&place, 1, 3, "--data ledger");
    place.ok("backup ledger --to backup");
    let spoiled = [
        ("vault", "ledger.vault/datakeys"),
        ("keys", "ledger.keys/index.key"),
        // From here on the journal is not copied, either.
        ("vault", "backup/journal/manifest.json"),
        ("keys", "backup/journal/manifest.json"),
    ];
    for (part, spoiled) in spoiled {
        let left = place.path(&format!("backup/{part}/0009.tmp"));
        fs::create_dir(&left).unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(left.join("keyring-7"), "secret").unwrap();
        fs::write(place.path(spoiled), "opaque").unwrap();
        let failed = place.run("backup ledger --to backup");
        assert_ne!(failed.code, 0, "{spoiled}: {failed:?}");
        assert!(!left.exists(), "{spoiled}: {failed:?}");
        assert!(place.path("backup/vault/0001/datakeys").exists());
    }
}
