//! Which folders are opened, and that one which is refused is left as it is.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use caseledger_chain::LedgerId;
use caseledger_vault::{
    DataKey, Disk, FileError, Finished, KeyEncryption as _, KeyError, RewrapError, SystemRandom,
    TableFault, Vault, VaultError,
};

use crate::support::*;

/// Opens a vault that is to be refused, and shows that nothing was changed.
fn refused(folder: &Path, known: Option<u32>) -> VaultError {
    let before = contents(folder);
    let known = known.map(generation);
    let opened = Vault::open(folder, LEDGER, means(folder, &Disk::default()), known);
    assert_eq!(contents(folder), before);
    opened.unwrap_err()
}

#[test]
fn a_vault_is_made_once_and_opened_as_it_was_left() {
    let (_temporary, folder) = place();
    let vault = create(&folder, &Disk::default()).unwrap();
    let (key, wrapped) = vault.new_key(case(1)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("datakeys")), 0o600);
    let opened = open(&folder, &Disk::default()).unwrap();
    assert_eq!(opened.finished, Finished::default());
    assert!(opened.table.keys().is_empty());
    let again = opened.vault.unwrap(case(1), &wrapped).unwrap();
    assert_eq!(again.expose(), key.expose());
    let before = contents(&folder);
    let anew = create(&folder, &Disk::default());
    assert!(matches!(anew, Err(VaultError::Exists { .. })));
    assert_eq!(contents(&folder), before);
}

#[test]
fn a_vault_whose_table_is_lost_is_neither_opened_nor_made_anew() {
    let scene = Scene::new();
    fs::remove_file(scene.folder.join("datakeys")).unwrap();
    assert!(matches!(
        refused(&scene.folder, None),
        VaultError::Missing { .. }
    ));
    let made = create(&scene.folder, &Disk::default());
    assert!(matches!(made, Err(VaultError::Exists { .. })));
    assert_eq!(listed(&scene.folder), ["keyring-2"]);
    let (_temporary, nowhere) = place();
    let opened = open(&nowhere, &Disk::default());
    assert!(matches!(opened, Err(VaultError::Missing { .. })));
    assert!(!nowhere.exists());
}

#[test]
fn refuses_a_folder_that_is_older_than_what_the_ledger_knows() {
    let scene = Scene::new();
    let (_temporary, old) = copy(&scene.folder);
    // With a newer key beside it, which an open without that knowledge would take for one that was never used.
    fs::copy(old.join("keyring-2"), old.join("keyring-3")).unwrap();
    let error = refused(&old, Some(3));
    assert_eq!(
        error.to_string(),
        format!(
            "{} has generation 2, the ledger knows of generation 3: it is an old copy, which may hold keys that were \
             destroyed since; restore the newest, and destroy this one",
            old.join("datakeys").display()
        )
    );
    // The present one, and one that is newer than the ledger had time to record, are opened.
    for known in [2, 1] {
        let means = means(&scene.folder, &Disk::default());
        Vault::open(&scene.folder, LEDGER, means, Some(generation(known))).unwrap();
    }
}

#[test]
fn refuses_a_keyring_that_does_not_belong_to_the_table() {
    let scene = Scene::new();
    let (_temporary, elsewhere) = place();
    fs::create_dir(&elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o700)).unwrap();
    keyring(&elsewhere, &Disk::default())
        .create(generation(2))
        .unwrap();
    let path = scene.folder.join("keyring-2");
    let kept = fs::read(&path).unwrap();
    fs::copy(elsewhere.join("keyring-2"), &path).unwrap();
    // An older and a newer one that clearing up would destroy.
    fs::write(scene.folder.join("keyring-1"), "older").unwrap();
    fs::write(scene.folder.join("keyring-3"), "newer").unwrap();
    assert!(matches!(
        refused(&scene.folder, None),
        VaultError::Key(KeyError::Refused { .. })
    ));
    fs::remove_file(&path).unwrap();
    assert!(matches!(
        refused(&scene.folder, None),
        VaultError::Key(KeyError::Missing { .. })
    ));
    fs::write(&path, kept).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let opened = open(&scene.folder, &Disk::default()).unwrap();
    assert_eq!(
        opened.finished,
        Finished {
            destroyed: vec![generation(1)],
            unused: vec![generation(3)],
        }
    );
    assert_eq!(listed(&scene.folder), ["datakeys", "keyring-2"]);
}

#[test]
fn refuses_a_table_that_is_damaged_open_to_others_or_of_another_ledger() {
    let scene = Scene::new();
    let path = scene.folder.join("datakeys");
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1 << (at % 8);
        fs::write(&path, other).unwrap();
        let opened = open(&scene.folder, &Disk::default());
        assert!(matches!(opened, Err(VaultError::Table { .. })), "byte {at}");
    }
    assert_eq!(listed(&scene.folder), ["datakeys", "keyring-2"]);
    fs::write(&path, bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        refused(&scene.folder, None),
        VaultError::File(FileError::Permissions { found: 0o644, .. })
    ));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let other = LedgerId::from_bytes([8; 16]);
    let opened = Vault::open(
        &scene.folder,
        other,
        means(&scene.folder, &Disk::default()),
        None,
    );
    assert!(matches!(
        opened,
        Err(VaultError::Table {
            fault: TableFault::OtherLedger { found: LEDGER, .. },
            ..
        })
    ));
}

/// A key stands under another case than it was made for: the table is whole, and the key does not open.
#[test]
fn a_key_that_was_moved_within_the_table_does_not_open() {
    let scene = Scene::new();
    let path = scene.folder.join("datakeys");
    let mut bytes = fs::read(&path).unwrap();
    let (first, second) = (124 + 16, 124 + 92 + 16);
    for at in 0..76 {
        bytes.swap(first + at, second + at);
    }
    let covered = bytes.len() - 4;
    let checksum = crc32c::crc32c(&bytes[..covered]);
    bytes[covered..].copy_from_slice(&checksum.to_be_bytes());
    fs::write(&path, bytes).unwrap();
    let opened = open(&scene.folder, &Disk::default()).unwrap();
    let unwrapped: Vec<bool> = opened
        .table
        .keys()
        .iter()
        .map(|(case, wrapped)| opened.vault.unwrap(*case, wrapped).is_ok())
        .collect();
    assert_eq!(unwrapped, [false, false, true, true]);
}

#[test]
fn looking_changes_nothing_where_opening_would_clear_up() {
    let scene = Scene::new();
    fs::write(scene.folder.join("keyring-3"), "half").unwrap();
    fs::write(scene.folder.join("datakeys.tmp"), "half").unwrap();
    let before = contents(&scene.folder);
    let keyring = keyring(&scene.folder, &Disk::default());
    let table = Vault::look(&scene.folder, LEDGER, &keyring, Some(generation(2))).unwrap();
    assert_eq!(table.generation(), generation(2));
    assert_eq!(contents(&scene.folder), before);
    open(&scene.folder, &Disk::default()).unwrap();
    assert_eq!(listed(&scene.folder), ["datakeys", "keyring-2"]);
}

#[test]
fn the_last_generation_is_not_replaced() {
    let (_temporary, folder) = place();
    create(&folder, &Disk::default()).unwrap();
    let last = generation(u32::MAX);
    let mut keyring = keyring(&folder, &Disk::default());
    keyring.create(last).unwrap();
    keyring.destroy(generation(1)).unwrap();
    let path = folder.join("datakeys");
    let mut bytes = fs::read(&path).unwrap();
    let key = DataKey::random(&SystemRandom).unwrap();
    let probe = keyring.wrap(last, case(0), &key).unwrap().to_bytes();
    bytes[32..36].fill(0xff);
    bytes[48..124].copy_from_slice(&probe);
    let checksum = crc32c::crc32c(&bytes[..124]);
    bytes[124..].copy_from_slice(&checksum.to_be_bytes());
    fs::write(&path, bytes).unwrap();
    let mut vault = open(&folder, &Disk::default()).unwrap().vault;
    let before = contents(&folder);
    let refused = vault.rewrap([], &cases(&[]), SIZE, &mut |_, _| ());
    assert!(matches!(
        refused,
        Err(RewrapError::NotBegun(VaultError::LastGeneration(found))) if found == last
    ));
    assert_eq!(contents(&folder), before);
}
