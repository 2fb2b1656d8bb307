//! A vault in a folder, with cases whose records and wrapped keys somebody kept, as journals and backups do.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use caseledger_chain::{LedgerId, Position, Size};
use caseledger_vault::{
    Disk, FileKeyring, Generation, KeyEncryption as _, Means, Opened, Place, SystemRandom, Vault,
    VaultCase, VaultError, WrappedKey, open_part, seal_part,
};
use tempfile::TempDir;

pub(crate) const LEDGER: LedgerId = LedgerId::from_bytes([7; 16]);
pub(crate) const SIZE: Size = Size::new(40);

pub(crate) fn case(byte: u8) -> VaultCase {
    VaultCase::from_bytes([byte; 16])
}

pub(crate) fn cases(bytes: &[u8]) -> BTreeSet<VaultCase> {
    bytes.iter().copied().map(case).collect()
}

pub(crate) fn generation(number: u32) -> Generation {
    Generation::new(number).unwrap()
}

pub(crate) fn keyring(folder: &Path, disk: &Disk) -> FileKeyring {
    FileKeyring::new(folder, LEDGER, Arc::new(SystemRandom), disk.clone())
}

pub(crate) fn means(folder: &Path, disk: &Disk) -> Means {
    Means {
        keys: Box::new(keyring(folder, disk)),
        random: Arc::new(SystemRandom),
        disk: disk.clone(),
    }
}

pub(crate) fn create(folder: &Path, disk: &Disk) -> Result<Vault, VaultError> {
    Vault::create(folder, LEDGER, means(folder, disk))
}

pub(crate) fn open(folder: &Path, disk: &Disk) -> Result<Opened, VaultError> {
    Vault::open(folder, LEDGER, means(folder, disk), None)
}

/// The names in a folder, in order.
pub(crate) fn listed(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Names and contents of all files of a folder.
pub(crate) fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = listed(folder).into_iter();
    names
        .map(|name| {
            let bytes = fs::read(folder.join(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}

/// A new folder for a vault.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("ledger.vault");
    (temporary, folder)
}

/// A copy of a folder and of its files, as a backup makes one.
pub(crate) fn copy(from: &Path) -> (TempDir, PathBuf) {
    let (temporary, to) = place();
    fs::create_dir(&to).unwrap();
    fs::set_permissions(&to, fs::Permissions::from_mode(0o700)).unwrap();
    for name in listed(from) {
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
    (temporary, to)
}

/// A vault of generation 2: cases 1 to 4 stand in its table, 5 and 6 were added since.
pub(crate) struct Scene {
    _temporary: TempDir,
    pub(crate) folder: PathBuf,
    /// The present wrapped keys.
    pub(crate) current: Vec<(VaultCase, WrappedKey)>,
    /// Every wrapped key there ever was: journals keep them.
    pub(crate) kept: Vec<(VaultCase, WrappedKey)>,
    /// A sealed record of each case.
    pub(crate) records: Vec<(VaultCase, Vec<u8>)>,
}

fn at(case: VaultCase) -> Place {
    Place {
        ledger: LEDGER,
        case,
        position: Position::new(case.to_bytes()[0].into()),
    }
}

fn plaintext(case: VaultCase) -> String {
    format!("a part of {case}")
}

impl Scene {
    pub(crate) fn new() -> Self {
        let (temporary, folder) = place();
        let mut scene = Self {
            _temporary: temporary,
            folder,
            current: Vec::new(),
            kept: Vec::new(),
            records: Vec::new(),
        };
        let mut vault = create(&scene.folder, &Disk::default()).unwrap();
        (1..=4).for_each(|byte| scene.add(&vault, byte));
        let rotated = vault
            .rewrap(scene.current.clone(), &cases(&[]), SIZE, &mut |_, _| ())
            .unwrap();
        scene.kept.extend(&rotated.keys);
        scene.current = rotated.keys;
        (5..=6).for_each(|byte| scene.add(&vault, byte));
        scene
    }

    /// A key for a case, and a record under it.
    fn add(&mut self, vault: &Vault, byte: u8) {
        let case = case(byte);
        let (key, wrapped) = vault.new_key(case).unwrap();
        let plaintext = plaintext(case);
        let record = seal_part(
            &key,
            &at(case),
            &[3; 32],
            plaintext.as_bytes(),
            &SystemRandom,
        );
        self.current.push((case, wrapped));
        self.kept.push((case, wrapped));
        self.records.push((case, record.unwrap()));
    }

    pub(crate) fn all(&self) -> BTreeSet<VaultCase> {
        self.records.iter().map(|(case, _)| *case).collect()
    }

    /// The cases whose records open with the keyring in `folder` and any of the wrapped keys.
    pub(crate) fn opened_with(
        &self,
        folder: &Path,
        wrapped: &[(VaultCase, WrappedKey)],
    ) -> BTreeSet<VaultCase> {
        let keyring = keyring(folder, &Disk::default());
        let opens = |case: VaultCase, record: &[u8]| {
            wrapped.iter().any(|(of, wrapped)| {
                // Whatever case it is said to be of.
                let key = keyring.unwrap(case, wrapped);
                key.is_ok_and(|key| {
                    let opened = open_part(&key, &at(case), record);
                    opened.is_ok_and(|part| part.plaintext() == plaintext(*of).as_bytes())
                })
            })
        };
        let records = self.records.iter();
        records
            .filter(|(case, record)| opens(*case, record))
            .map(|(case, _)| *case)
            .collect()
    }

    /// The cases whose records open with all that was ever kept, and the files that are in `folder` now.
    pub(crate) fn opened(&self, folder: &Path) -> BTreeSet<VaultCase> {
        let mut wrapped = self.kept.clone();
        let keyring = keyring(folder, &Disk::default());
        if let Ok(table) = Vault::look(folder, LEDGER, &keyring, None) {
            wrapped.extend(table.keys());
        }
        self.opened_with(folder, &wrapped)
    }
}
