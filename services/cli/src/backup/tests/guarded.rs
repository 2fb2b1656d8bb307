//! What is good in a backup stays there, and nothing beside it is touched.

use std::os::unix::fs::{chown, symlink};

use super::*;

/// Names of the files in a part of a backup, without locks.
fn held(backup: &Path, part: &str) -> Vec<String> {
    let found = files(&backup.join(part)).into_keys();
    let found = found.map(|name| name.to_str().unwrap().to_owned());
    found.filter(|name| name != "lock").collect()
}

/// The newest set beside `set`.
fn newest(set: &Path) -> PathBuf {
    let sets = set::sets(set.parent().unwrap()).unwrap();
    sets.last().unwrap().1.clone()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Done to a vault, where there is another one.
type Damage = fn(&Path, &Path);

#[test]
fn a_vault_that_cannot_be_used_is_not_backed_up_and_the_good_one_stays() {
    let (_, public) = someone();
    let others = Ledger::new(LedgerId::from_bytes([0xb6; 16]));
    let damages: [(&str, Damage); 7] = [
        ("no table", |vault, _| {
            fs::remove_file(vault.join("datakeys")).unwrap();
        }),
        ("a table that is none", |vault, _| {
            secret(&vault.join("datakeys"), "garbage");
        }),
        ("no key", |vault, _| {
            fs::remove_file(vault.join("keyring-1")).unwrap();
        }),
        ("a flipped byte in the key", |vault, _| {
            let path = vault.join("keyring-1");
            let mut bytes = fs::read(&path).unwrap();
            bytes[40] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
        ("the table of another ledger", |vault, other| {
            fs::copy(other.join("datakeys"), vault.join("datakeys")).unwrap();
        }),
        ("the vault of another ledger", |vault, other| {
            for name in ["datakeys", "keyring-1"] {
                fs::copy(other.join(name), vault.join(name)).unwrap();
            }
        }),
        ("nothing", |vault, _| {
            fs::remove_dir_all(vault).unwrap();
            fs::DirBuilder::new().mode(0o700).create(vault).unwrap();
        }),
    ];
    for (what, damage) in damages {
        for recipients in [&[][..], std::slice::from_ref(&public)] {
            let ledger = Ledger::new(LEDGER);
            let (backup, fresh) = (folder(), folder());
            let before: Before<'_> = &|_| Ok(());
            let copied = |to: &Path| ledger.back_up_with(to, false, recipients, before);
            copied(backup.path()).unwrap();
            let good = files(backup.path());
            damage(ledger.paths.vault(), others.paths.vault());
            for to in [backup.path(), fresh.path()] {
                let refused = copied(to).unwrap_err();
                let named = matches!(refused, BackupError::VaultUnsound(_));
                assert!(named, "{what}: {refused:?}");
            }
            assert!(files(backup.path()) == good, "{what}");
            assert_eq!(held(fresh.path(), ""), [""; 0], "{what}");
        }
    }
}

#[test]
fn keys_that_are_replaced_while_they_are_copied_do_not_take_the_place_of_good_ones() {
    let ledger = Ledger::new(LEDGER);
    let backup = folder();
    ledger.back_up(backup.path()).unwrap();
    let good = files(backup.path());
    let (vault, keys) = (ledger.paths.vault(), ledger.paths.keys());
    for (part, folder, old, new) in [
        ("vault", vault, "keyring-1", "keyring-2"),
        ("keys", keys, "checkpoint.key", "checkpoint-2.key"),
    ] {
        // What is destroyed is overwritten where it lies, before it is taken away; some of it is copied by then.
        let replaced = AtomicUsize::new(0);
        let during = |step| {
            if step == Step::Write && replaced.fetch_add(1, Ordering::Relaxed) == 0 {
                fs::write(folder.join(old), [0; 11])?;
                fs::write(folder.join(new), "NEW")?;
            }
            Ok(())
        };
        let contents = match part {
            "vault" => Contents::vault(&ledger.paths).unwrap().unwrap(),
            _ => Contents::keys(&ledger.paths).unwrap(),
        };
        let manner = Manner {
            recipients: &[],
            before: &during,
            progress: &ProgressBar::hidden(),
        };
        let which = (LEDGER, "ledger.example/test");
        let torn = back_up_set(which, &contents, backup.path().join(part), false, manner);
        assert!(
            matches!(&torn, Err(BackupError::Changing(of)) if of == folder),
            "{part}: {torn:?}"
        );
        // Nor does what was copied of them stay: it is destroyed where it came from.
        assert!(files(backup.path()) == good, "{part}");
    }
}

#[test]
fn a_key_encryption_key_that_does_not_belong_to_the_table_is_left_out() {
    let ledger = Ledger::new(LEDGER);
    let keyring = |number| ledger.paths.vault().join(format!("keyring-{number}"));
    let first = ledger.read("ledger.vault/keyring-1");
    ledger.rotate_vault();
    // A crash kept the one before from being destroyed; another one has made the next, and somebody a copy.
    for path in [keyring(1), keyring(3), ledger.paths.vault().join("aside")] {
        secret(&path, "");
        fs::write(path, &first).unwrap();
    }
    let (_, public) = someone();
    let before: Before<'_> = &|_| Ok(());
    for (recipients, ending) in [(&[][..], ""), (std::slice::from_ref(&public), ".age")] {
        let backup = folder();
        ledger
            .back_up_with(backup.path(), false, recipients, before)
            .unwrap();
        let expected = ["datakeys", "keyring-2"].map(|name| format!("0001/{name}{ending}"));
        let mut expected = expected.to_vec();
        expected.push("0001/manifest.json".to_owned());
        assert_eq!(held(backup.path(), "vault"), expected);
    }
    // The table is the one that holds: a later key is no later vault.
    fs::remove_file(keyring(1)).unwrap();
    let backup = folder();
    ledger.back_up(backup.path()).unwrap();
    fs::remove_file(keyring(3)).unwrap();
    ledger.back_up(backup.path()).unwrap();
}

#[test]
fn of_two_vaults_of_one_generation_the_one_of_the_larger_ledger_stays() {
    let mut ledger = Ledger::new(LEDGER);
    let first = copy_of_vault(&ledger);
    ledger.rotate_vault();
    let older = copy_of_vault(&ledger);
    put(first.path(), ledger.paths.vault());
    ledger.append(&[10, 20], 1);
    ledger.rotate_vault();
    let backup = folder();
    ledger.back_up(backup.path()).unwrap();
    let good = files(backup.path());
    put(older.path(), ledger.paths.vault());
    let refused = ledger.back_up(backup.path()).unwrap_err().to_string();
    for age in ["generation 2 at 0 entries", "generation 2 at 2 entries"] {
        assert!(refused.contains(age), "{refused}");
    }
    assert!(files(backup.path()) == good);
}

#[test]
fn what_another_attempt_has_copied_is_destroyed_also_where_the_backup_is_refused() {
    let ledger = Ledger::new(LEDGER);
    let (backup, older) = (folder(), copy_of_vault(&ledger));
    ledger.rotate_vault();
    ledger.back_up(backup.path()).unwrap();
    let good = files(backup.path());
    put(older.path(), ledger.paths.vault());
    let left = backup.path().join("vault/0002.tmp");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("keyring-1"), "KEYRING").unwrap();
    let refused = ledger.back_up(backup.path()).unwrap_err();
    assert!(matches!(refused, BackupError::Older { .. }), "{refused}");
    assert!(files(backup.path()) == good);
}

#[test]
fn a_set_whose_manifest_is_gone_or_damaged_is_kept() {
    let ledger = Ledger::new(LEDGER);
    for part in ["keys", "vault"] {
        let backup = folder();
        ledger.back_up(backup.path()).unwrap();
        let held = || files(&backup.path().join(part));
        let manifest = backup.path().join(part).join("0001/manifest.json");
        fs::write(&manifest, "{}").unwrap();
        let good = held();
        let refused = ledger.back_up(backup.path()).unwrap_err();
        let damaged = matches!(&refused, BackupError::Manifest { path, .. } if *path == manifest);
        assert!(damaged, "{refused}");
        let said = crate::exit::Failure::from(refused).render(false);
        assert!(said.contains("name another folder"), "{said}");
        assert!(held() == good, "{part}");
    }
    for part in ["keys", "vault"] {
        let backup = folder();
        ledger.back_up(backup.path()).unwrap();
        let set = backup.path().join(part).join("0001");
        fs::remove_file(set.join("manifest.json")).unwrap();
        let good = files(&set);
        let refused = ledger.back_up(backup.path()).unwrap_err();
        let gone = matches!(&refused, BackupError::NoManifest(path) if *path == set);
        assert!(gone, "{refused}");
        assert!(files(&set) == good, "{part}");
    }
}

fn copy_of_vault(ledger: &Ledger) -> TempDir {
    copy(ledger.paths.vault())
}

/// Puts the files of a folder in the place of those of a vault.
fn put(from: &Path, vault: &Path) {
    fs::remove_dir_all(vault).unwrap();
    fs::DirBuilder::new().mode(0o700).create(vault).unwrap();
    for (name, bytes) in files(from) {
        secret(&vault.join(&name), "");
        fs::write(vault.join(name), bytes).unwrap();
    }
}

#[test]
fn a_link_in_a_backup_makes_nothing_of_what_it_leads_to() {
    let ledger = Ledger::new(LEDGER);
    let (backup, elsewhere) = (folder(), folder());
    ledger.back_up(backup.path()).unwrap();
    let target = elsewhere.path().join("target");
    fs::write(&target, "not of this backup").unwrap();
    // In a set that is destroyed, in one that was left over, and where a file or a manifest is written next.
    fs::create_dir(backup.path().join("vault/0002.tmp")).unwrap();
    for name in [
        "vault/0001/link",
        "vault/0002.tmp/link",
        "journal/ledger.toml.tmp",
        "journal/manifest.json.tmp",
        "keys/0001/index-7.key",
    ] {
        symlink(&target, backup.path().join(name)).unwrap();
    }
    fs::remove_file(backup.path().join("journal/ledger.toml")).unwrap();
    let mut ledger = ledger;
    ledger.append(&[10], 1);
    ledger.back_up(backup.path()).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "not of this backup");
    let sets = ["0002/datakeys", "0002/keyring-1", "0002/manifest.json"];
    assert_eq!(held(backup.path(), "vault"), sets);
    assert_eq!(head_of(backup.path()), ledger.head);
    // A file of the journal that is a link is none.
    let journal = backup.path().join("journal");
    let toml = fs::read(journal.join("ledger.toml")).unwrap();
    fs::write(&target, &toml).unwrap();
    fs::remove_file(journal.join("ledger.toml")).unwrap();
    symlink(&target, journal.join("ledger.toml")).unwrap();
    ledger.back_up(backup.path()).unwrap();
    let found = fs::symlink_metadata(journal.join("ledger.toml")).unwrap();
    assert!(found.is_file());
    // Nor is a lock made elsewhere.
    let none = elsewhere.path().join("none");
    fs::remove_file(journal.join("lock")).unwrap();
    symlink(&none, journal.join("lock")).unwrap();
    let refused = ledger.back_up(backup.path()).unwrap_err();
    assert!(refused.to_string().contains("lock"), "{refused}");
    assert!(!none.exists());
}

#[test]
fn a_folder_that_somebody_else_can_write_takes_no_backup() {
    let ledger = Ledger::new(LEDGER);
    let refused = |part: &str, path: &Path, backup: &TempDir| {
        let held = || files(&backup.path().join(part));
        let good = held();
        let refused = ledger.back_up(backup.path()).unwrap_err();
        let named = matches!(&refused, BackupError::Foreign { path: of, .. } if of == path);
        assert!(named, "{}: {refused:?}", path.display());
        assert!(held() == good, "{}", path.display());
    };
    let places = [
        ("journal", "journal"),
        ("vault", "vault"),
        ("vault", "vault/0001"),
        ("keys", "keys"),
        ("keys", "keys/0001"),
        ("", ""),
    ];
    for (part, name) in places {
        let backup = folder();
        let path = backup.path().join(name);
        let path = path.components().as_path();
        for mask in [0o020, 0o002] {
            ledger.back_up(backup.path()).unwrap();
            let sets = part != name;
            let path = if sets { newest(path) } else { path.to_owned() };
            mode(&path, 0o700 | mask);
            refused(part, &path, &backup);
            // Whether others can read it is for its owner to say.
            mode(&path, 0o755);
        }
        ledger.back_up(backup.path()).unwrap();
    }
    for name in ["journal", "vault"] {
        let backup = folder();
        ledger.back_up(backup.path()).unwrap();
        let path = backup.path().join(name);
        let moved = backup.path().join("moved");
        fs::rename(&path, &moved).unwrap();
        symlink(&moved, &path).unwrap();
        refused(name, &path, &backup);
    }
    // Only root can give something to somebody else.
    let backup = folder();
    ledger.back_up(backup.path()).unwrap();
    if chown(backup.path().join("vault"), Some(4711), None).is_ok() {
        refused("vault", &backup.path().join("vault"), &backup);
    }
}

#[test]
fn every_folder_that_leads_to_a_backup_is_made_durable() {
    let ledger = Ledger::new(LEDGER);
    let above = folder();
    let steps = std::sync::Mutex::new(Vec::new());
    let seen = |step: Step| {
        steps.lock().unwrap().push(step);
        Ok(())
    };
    let to = above.path().join("a/b/c");
    ledger.back_up_with(&to, false, &[], &seen).unwrap();
    let steps = steps.into_inner().unwrap();
    // a, b, c and journal: each is made, and then the one that it lies in is synced.
    let each = [Step::Create, Step::Sync];
    assert_eq!(steps[..8], [each; 4].concat());
}

/// Backs up the vault of a ledger alone.
fn back_up_vault(
    ledger: &Ledger,
    backup: &Path,
    recipients: &[Recipient],
) -> Result<Done, BackupError> {
    let manner = Manner {
        recipients,
        before: &|_| Ok(()),
        progress: &ProgressBar::hidden(),
    };
    let which = (ledger.id, "ledger.example/test");
    let vault = Contents::vault(&ledger.paths)?.unwrap();
    back_up_set(which, &vault, backup.join("vault"), false, manner)
}

/// Rewrites the manifest of a set as releases wrote it that did not say how old the vault is.
fn without_age(set: &Path) {
    let path = set.join("manifest.json");
    let mut manifest = Manifest::parse(&fs::read(&path).unwrap()).unwrap();
    assert!(manifest.table.take().is_some());
    fs::write(path, manifest.text().unwrap()).unwrap();
}

#[test]
fn a_vault_of_the_same_number_and_fewer_entries_is_older_also_where_the_backup_is_encrypted() {
    let (_, public) = someone();
    for (recipients, of_names) in [(&[][..], false), (std::slice::from_ref(&public), true)] {
        let (mut ledger, older) = (Ledger::new(LEDGER), Ledger::new(LEDGER));
        ledger.append(&[10, 20], 1);
        ledger.rotate_vault();
        older.rotate_vault();
        let backup = folder();
        let done = back_up_vault(&ledger, backup.path(), recipients).unwrap();
        let set = done.folder;
        // Others may look into it, which the vault itself would not stand.
        for bits in [0o700, 0o755] {
            mode(&set, bits);
            let refused = back_up_vault(&older, backup.path(), recipients).unwrap_err();
            let said = refused.to_string();
            let sizes = said.contains("2 at 2 entries") && said.contains("2 at 0 entries");
            assert!(
                sizes && matches!(refused, BackupError::Older { .. }),
                "{said}"
            );
        }
        // What was not written down cannot be told of what is encrypted.
        mode(&set, 0o700);
        without_age(&set);
        let older = back_up_vault(&older, backup.path(), recipients);
        assert_eq!(older.is_ok(), of_names, "{older:?}");
    }
}

#[test]
fn a_vault_that_leaped_does_not_take_the_place_of_the_one_that_it_is_a_copy_of() {
    let (_, public) = someone();
    for recipients in [&[][..], std::slice::from_ref(&public)] {
        for told in [true, false] {
            let ledger = Ledger::new(LEDGER);
            let backup = folder();
            let set = back_up_vault(&ledger, backup.path(), recipients).unwrap();
            if !told {
                without_age(&set.folder);
            }
            let good = files(backup.path());
            // As many re-wraps as one vault may have had are none.
            let [most, leaped] = [LEAP, LEAP + 1].map(|beyond| {
                let other = Ledger::new(LEDGER);
                other.rotate_vault_beyond(beyond);
                other
            });
            let refused = back_up_vault(&leaped, backup.path(), recipients).unwrap_err();
            let named = matches!(&refused, BackupError::Leaped { .. });
            assert!(named, "{refused}");
            assert!(files(backup.path()) == good, "{refused}");
            back_up_vault(&most, backup.path(), recipients).unwrap();
        }
    }
}
