use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
};

use tempfile::TempDir;

use super::*;
use crate::{disk::FileError, fixtures::*, random::SystemRandom};

const VECTOR: &str = concat!(
    "636173656c6564676572206b656b00",   // "caseledger kek\0"
    "01",                               // version
    "07070707070707070707070707070707", // ledger
    "00000003",                         // generation
    "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", // key
    "35e59ff1",                         // checksum
);

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

fn keyring(folder: &TempDir) -> FileKeyring {
    FileKeyring::new(
        folder.path(),
        LEDGER,
        Arc::new(SystemRandom),
        Disk::default(),
    )
}

/// A keyring with one key, of generation 3, the path of its file, and a key wrapped under it.
fn made() -> (TempDir, PathBuf, WrappedKey) {
    let folder = folder();
    let mut keyring = keyring(&folder);
    keyring.create(generation(3)).unwrap();
    let wrapped = keyring.wrap(generation(3), CASE, &data_key()).unwrap();
    let path = folder.path().join("keyring-3");
    (folder, path, wrapped)
}

#[test]
fn a_keyring_file_has_these_bytes_and_is_read() {
    let bytes = encode(LEDGER, generation(3), &kek(0x5a));
    assert_eq!(hex::encode(&*bytes), VECTOR);
    let key = decode(&bytes, Path::new("f"), LEDGER, generation(3)).unwrap();
    assert_eq!(key.expose(), &[0x5a; 32]);
}

#[test]
fn a_key_is_made_in_a_file_of_its_own_and_read_from_it() {
    let (folder, path, wrapped) = made();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let keyring = keyring(&folder);
    assert_eq!(keyring.generations().unwrap(), [generation(3)]);
    let key = keyring.unwrap(CASE, &wrapped).unwrap();
    assert_eq!(key.expose(), data_key().expose());
}

#[test]
fn a_key_is_not_made_twice() {
    let (folder, path, _) = made();
    let before = fs::read(&path).unwrap();
    let refused = keyring(&folder).create(generation(3));
    assert!(matches!(refused, Err(KeyError::Exists { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// A second name of the file shows what was written over it.
#[test]
fn a_destroyed_key_is_overwritten_removed_and_forgotten() {
    let (folder, path, wrapped) = made();
    let mut keyring = keyring(&folder);
    keyring.unwrap(CASE, &wrapped).unwrap();
    let link = folder.path().join("link");
    fs::hard_link(&path, &link).unwrap();
    keyring.destroy(generation(3)).unwrap();
    assert!(!path.exists());
    assert_eq!(fs::read(&link).unwrap(), [0; FILE_LEN]);
    let refused = keyring.unwrap(CASE, &wrapped);
    assert!(matches!(refused, Err(KeyError::Missing { .. })));
    assert!(keyring.generations().unwrap().is_empty());
    // Again: it is destroyed already.
    keyring.destroy(generation(3)).unwrap();
}

#[test]
fn what_is_left_of_a_key_that_was_half_made_counts_and_is_destroyed() {
    let (folder, path, _) = made();
    let unfinished = folder.path().join("keyring-12.tmp");
    fs::rename(&path, &unfinished).unwrap();
    for name in [
        "keyring-",
        "keyring-0",
        "keyring-01",
        "keyring-+1",
        "keyring-4.old",
        "datakeys",
    ] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let mut keyring = keyring(&folder);
    assert_eq!(keyring.generations().unwrap(), [generation(12)]);
    let refused = keyring.wrap(generation(12), CASE, &data_key());
    assert!(matches!(refused, Err(KeyError::Missing { .. })));
    keyring.destroy(generation(12)).unwrap();
    assert!(!unfinished.exists());
}

#[test]
fn refuses_a_file_of_which_a_byte_was_changed_and_destroys_it_all_the_same() {
    let (folder, path, wrapped) = made();
    for (at, bytes) in flipped(&fs::read(&path).unwrap()) {
        fs::write(&path, bytes).unwrap();
        let error = keyring(&folder).unwrap(CASE, &wrapped).unwrap_err();
        let named = match at {
            15 => matches!(error, KeyError::Version { found: 129, .. }),
            _ => matches!(error, KeyError::Damaged { .. }),
        };
        assert!(named, "byte {at}: {error:?}");
    }
    keyring(&folder).destroy(generation(3)).unwrap();
    assert!(!path.exists());
}

#[test]
fn refuses_a_file_of_another_length() {
    let (folder, path, wrapped) = made();
    let bytes = fs::read(&path).unwrap();
    for len in (0..FILE_LEN).chain([FILE_LEN + 1]) {
        let mut other = bytes.clone();
        other.resize(len, 0);
        fs::write(&path, other).unwrap();
        let refused = keyring(&folder).unwrap(CASE, &wrapped);
        assert!(matches!(refused, Err(KeyError::Damaged { .. })), "{len}");
    }
    fs::write(&path, vec![0; 5000]).unwrap();
    let refused = keyring(&folder).unwrap(CASE, &wrapped);
    assert!(matches!(
        refused,
        Err(KeyError::File(FileError::TooLong {
            expected: 4096,
            found: 5000,
            ..
        }))
    ));
}

#[test]
fn refuses_the_key_of_another_ledger_or_generation_by_name() {
    let (folder, path, wrapped) = made();
    let other = LedgerId::from_bytes([8; 16]);
    let elsewhere = FileKeyring::new(
        folder.path(),
        other,
        Arc::new(SystemRandom),
        Disk::default(),
    );
    assert_eq!(
        elsewhere.unwrap(CASE, &wrapped).unwrap_err().to_string(),
        format!(
            "{} belongs to ledger {LEDGER}, expected {other}: restore the right file from its backup",
            path.display()
        )
    );
    let renamed = folder.path().join("keyring-4");
    fs::rename(&path, &renamed).unwrap();
    let refused = keyring(&folder).wrap(generation(4), CASE, &data_key());
    assert_eq!(
        refused.unwrap_err().to_string(),
        format!(
            "{} holds generation 3, expected 4: restore the right file from its backup",
            renamed.display()
        )
    );
}

#[test]
fn refuses_files_and_folders_that_are_open_to_others_and_files_that_are_none() {
    let (folder, path, wrapped) = made();
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let file_error = || match keyring(&folder).unwrap(CASE, &wrapped) {
        Err(KeyError::File(error)) => error,
        other => panic!("{other:?}"),
    };
    for mode in [0o640, 0o604, 0o620, 0o400, 0o700] {
        set(&path, mode);
        let error = file_error();
        assert!(matches!(error, FileError::Permissions { found, .. } if found == mode));
    }
    set(&path, 0o600);
    for mode in [0o750, 0o701, 0o500] {
        set(folder.path(), mode);
        let error = file_error();
        assert!(matches!(error, FileError::FolderPermissions { found, .. } if found == mode));
    }
    set(folder.path(), 0o700);
    let real = folder.path().join("real");
    fs::rename(&path, &real).unwrap();
    std::os::unix::fs::symlink(&real, &path).unwrap();
    assert!(matches!(file_error(), FileError::NotRegular { .. }));
    // Nor is what a link leads to overwritten.
    let before = fs::read(&real).unwrap();
    assert!(keyring(&folder).destroy(generation(3)).is_err());
    assert_eq!(fs::read(&real).unwrap(), before);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(file_error(), FileError::NotRegular { .. }));
}

#[test]
fn refuses_files_and_folders_of_somebody_else() {
    let (folder, path, wrapped) = made();
    let ours = fs::metadata(&path).unwrap().uid();
    for path in [path.as_path(), folder.path()] {
        // Only root can give files away, so nobody else can see this refused.
        if chown(path, Some(4242), None).is_err() {
            assert_ne!(ours, 0, "root can give files away");
            return;
        }
        let refused = keyring(&folder).unwrap(CASE, &wrapped);
        assert!(matches!(
            refused,
            Err(KeyError::File(FileError::Owner { found: 4242, .. }))
        ));
        chown(path, Some(ours), None).unwrap();
    }
    keyring(&folder).unwrap(CASE, &wrapped).unwrap();
}

#[test]
fn shows_no_key_and_wraps_nothing_without_randomness() {
    let (folder, _, wrapped) = made();
    let keyring = keyring(&folder);
    keyring.unwrap(CASE, &wrapped).unwrap();
    let shown = format!("{keyring:?}");
    assert!(
        shown.ends_with("ledger: LedgerId(07070707070707070707070707070707), .. }"),
        "{shown}"
    );
    let mut dry = FileKeyring::new(folder.path(), LEDGER, Arc::new(Exhausted), Disk::default());
    let refused = dry.wrap(generation(3), CASE, &data_key());
    assert!(matches!(refused, Err(KeyError::NoRandomness(_))));
    let refused = dry.create(generation(4));
    assert!(matches!(refused, Err(KeyError::NoRandomness(_))));
    assert!(!folder.path().join("keyring-4").exists());
}
