//! Backups read back: found, checked file by file, and written out as a ledger.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use caseledger_engine::open_regular;
use indicatif::ProgressBar;
use sha2::{Digest as _, Sha256};

use super::crypt::Identities;
use super::error::BackupError;
use super::folder::{MANIFEST, manifest};
use super::journal::{META, segment_of};
use super::manifest::{ENCRYPTED, Entry, Manifest, Part};
use super::set;
use super::staged::Staged;
use crate::output::hex;

/// A complete part of a backup.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    folder: PathBuf,
    /// What it consists of.
    pub(crate) manifest: Manifest,
}

/// Finds the parts that are wanted in `folders`, and the journal: backups, parts of them, or sets of a part. Without a wish,
/// all that are there.
///
/// # Errors
/// [`BackupError`] if one is missing, is there twice, or is of another ledger than the journal.
pub(crate) fn find(folders: &[PathBuf], wanted: &[Part]) -> Result<Vec<Found>, BackupError> {
    let wants = |part| wanted.is_empty() || part == Part::Journal || wanted.contains(&part);
    let mut found: Vec<Found> = Vec::new();
    for folder in folders {
        let inside = Part::ALL.into_iter().filter(|part| wants(*part));
        let inside = inside.map(|part| folder.join(part.name()));
        for candidate in [folder.clone()].into_iter().chain(inside) {
            let Some(part) = newest(&candidate)? else {
                continue;
            };
            let kind = part.manifest.part;
            if !wants(kind) {
                continue;
            }
            if let Some(other) = found.iter().find(|other| other.manifest.part == kind) {
                return Err(BackupError::Twice {
                    part: kind,
                    first: other.folder.clone(),
                    second: part.folder,
                });
            }
            found.push(part);
        }
    }
    found.sort_by_key(|part| part.manifest.part);
    let needed = [Part::Journal].into_iter().chain(wanted.iter().copied());
    for part in needed {
        if !found.iter().any(|found| found.manifest.part == part) {
            let first = folders.first().cloned().unwrap_or_default();
            return Err(BackupError::NoPart(first, part));
        }
    }
    if let Some((journal, others)) = found.split_first() {
        for other in others {
            set::check_ledger(&other.folder, &other.manifest, journal.manifest.ledger)?;
        }
    }
    Ok(found)
}

/// The part in a folder, or the newest set in it.
fn newest(folder: &Path) -> Result<Option<Found>, BackupError> {
    if !folder.is_dir() {
        return Ok(None);
    }
    let sets = set::sets(folder)?.into_iter().rev().map(|(_, path)| path);
    if let Some(manifest) = manifest(&folder.join(MANIFEST))? {
        let folder = folder.to_owned();
        return Ok(Some(Found { folder, manifest }));
    }
    for folder in sets {
        if let Some(manifest) = manifest(&folder.join(MANIFEST))? {
            return Ok(Some(Found { folder, manifest }));
        }
        // It got its name when it was whole. An older one in its place may hold keys that were destroyed since; one that
        // is being removed loses its manifest last.
        if set::children(&folder)?.is_empty() {
            continue;
        }
        return Err(BackupError::NoManifest(folder));
    }
    Ok(None)
}

impl Found {
    /// Whether its files can be decrypted without an identity.
    pub(crate) const fn is_open(&self) -> bool {
        self.manifest.recipients.is_empty()
    }

    /// Reads every file and compares it with the manifest. Each must have a place in `staged`, and open with one of
    /// `identities` if it is encrypted.
    ///
    /// # Errors
    /// [`BackupError`] that names the first file that is missing, not what was written, or does not open.
    pub(crate) fn check(
        &self,
        staged: &Staged,
        identities: &Identities,
        progress: &ProgressBar,
    ) -> Result<(), BackupError> {
        for entry in &self.manifest.files {
            self.place(entry, staged)?;
            let path = self.folder.join(&entry.name);
            if !self.is_open() && identities.is_empty() {
                let recipients = self.manifest.recipients.join(", ");
                return Err(BackupError::Encrypted { path, recipients });
            }
            self.open(entry, progress)?.finish(entry)?;
            if !self.is_open() {
                let file = open_regular(&path).map_err(BackupError::io("open", &path))?;
                identities.open(&path, file)?;
            }
        }
        Ok(())
    }

    fn open<'a>(
        &self,
        entry: &Entry,
        progress: &'a ProgressBar,
    ) -> Result<Hashed<'a>, BackupError> {
        let path = self.folder.join(&entry.name);
        let file = match open_regular(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BackupError::Missing { path });
            }
            file => file.map_err(BackupError::io("open", &path))?,
        };
        let length = file.metadata().map_err(BackupError::io("open", &path))?;
        let (expected, found) = (entry.bytes, length.len());
        if expected != found {
            return Err(BackupError::Length {
                path,
                expected,
                found,
            });
        }
        Ok(Hashed {
            path,
            file,
            hash: Sha256::new(),
            progress,
        })
    }

    /// Where a file goes, and whether it may never change again.
    fn place(&self, entry: &Entry, staged: &Staged) -> Result<(PathBuf, bool), BackupError> {
        let plain = entry.plain_name();
        let encrypted = entry.name.ends_with(ENCRYPTED);
        let place = match self.manifest.part {
            Part::Journal if plain == META => Some((staged.data.join(META), false)),
            Part::Journal => segment_of(plain)
                .map(|(segment, sealed)| (staged.data.join("journal").join(segment), sealed)),
            Part::Keys => {
                let is_key = set::ends_in(plain, "key");
                is_key.then(|| (staged.keys.join(plain), false))
            }
            Part::Vault => Some((staged.vault.join(plain), false)),
        };
        let place = place.filter(|_| encrypted != self.is_open());
        place.ok_or_else(|| BackupError::Misplaced {
            path: self.folder.join(&entry.name),
            part: self.manifest.part,
        })
    }

    /// Writes its files where they belong, and checks them once more on the way.
    ///
    /// # Errors
    /// [`BackupError`] of reading, decrypting or writing.
    pub(crate) fn write(
        &self,
        staged: &Staged,
        identities: &Identities,
        progress: &ProgressBar,
    ) -> Result<(), BackupError> {
        for folder in staged.folders(self.manifest.part) {
            make_folder(&folder)?;
        }
        for entry in &self.manifest.files {
            let (to, sealed) = self.place(entry, staged)?;
            let mut input = self.open(entry, progress)?;
            let path = input.path.clone();
            if self.is_open() {
                write_file(&mut input, &to)?;
            } else {
                let mut plain = identities.open(&path, &mut input)?;
                write_file(&mut plain, &to)?;
            }
            input.finish(entry)?;
            if sealed {
                fs::set_permissions(&to, Permissions::from_mode(0o400))
                    .map_err(BackupError::io("seal", &to))?;
            }
        }
        for folder in staged.folders(self.manifest.part) {
            sync_folder(&folder)?;
        }
        Ok(())
    }
}

/// A file of a backup that is hashed while it is read.
struct Hashed<'a> {
    path: PathBuf,
    file: File,
    hash: Sha256,
    progress: &'a ProgressBar,
}

impl Read for Hashed<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.hash.update(&into[..read]);
        self.progress.inc(read as u64);
        Ok(read)
    }
}

impl Hashed<'_> {
    /// Compares everything that the file holds with the manifest.
    fn finish(mut self, entry: &Entry) -> Result<(), BackupError> {
        let path = self.path.clone();
        io::copy(&mut self, &mut io::sink()).map_err(BackupError::io("read", &path))?;
        let (expected, found) = (entry.sha256.clone(), hex(&self.hash.finalize()));
        if expected == found {
            return Ok(());
        }
        Err(BackupError::Checksum {
            path,
            expected,
            found,
        })
    }
}

/// Makes a folder that only its owner may look into, where there is nothing.
pub(super) fn make_folder(path: &Path) -> Result<(), BackupError> {
    let mut builder = DirBuilder::new();
    let made = builder.mode(0o700).create(path);
    made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Left {
            path: path.to_owned(),
        },
        _ => BackupError::io("create", path)(error),
    })
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), BackupError> {
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(BackupError::io("sync", path))
}

/// A new file with everything that `input` gives, durable.
fn write_file(input: &mut dyn Read, to: &Path) -> Result<(), BackupError> {
    let mut options = OpenOptions::new();
    let written = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .and_then(|mut file| {
            io::copy(input, &mut file)?;
            file.sync_all()
        });
    written.map_err(BackupError::io("write", to))
}
