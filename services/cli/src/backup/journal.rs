//! The part that grows: the journal.
//!
//! A sealed segment never changes, so it is copied once. The newest one is copied anew each time, under a name of its
//! own. What a backup that was interrupted has finished is named in a second manifest, so that the next one goes on.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use caseledger_engine::backup::{Source, meta_file};
use caseledger_engine::{CopySegment, Head, LedgerPaths};

use super::error::BackupError;
use super::folder::{Folder, MANIFEST, Manner, UNFINISHED, manifest};
use super::manifest::{Entry, Manifest, Part};
use super::{Done, set};

/// Manifest of what a backup that was interrupted has finished.
const PROGRESS: &str = "unfinished.json";

/// The name that `ledger.toml` has in the data folder, and here.
pub(super) const META: &str = "ledger.toml";

/// Name of a segment in a backup.
fn name(segment: &CopySegment) -> String {
    let first = segment.start().size.get();
    if segment.is_sealed() {
        format!("{first:020}.seg")
    } else {
        let size = segment.end().size.get();
        format!("{first:020}-{size:020}.part")
    }
}

/// The segment file that a file of a backup was, and whether that was sealed.
pub(super) fn segment_of(plain: &str) -> Option<(String, bool)> {
    let number = |text: &str| text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(first) = plain.strip_suffix(".seg") {
        return number(first).then(|| (plain.to_owned(), true));
    }
    let (first, size) = plain.strip_suffix(".part")?.split_once('-')?;
    (number(first) && number(size)).then(|| (format!("{first}.seg"), false))
}

/// Which heads a ledger has had, of those that matter.
struct Passed {
    wanted: Vec<Head>,
    seen: Vec<Head>,
}

impl Passed {
    fn note(&mut self, head: Head) {
        if self.wanted.contains(&head) {
            self.seen.push(head);
        }
    }
}

/// Brings the journal in `folder` up to the durable end of the ledger at `paths`.
///
/// # Errors
/// [`BackupError`]; above all when the folder holds the backup of another ledger, or one that this ledger does not
/// continue. The backup that was there is then as it was.
pub(crate) fn back_up(
    paths: &LedgerPaths,
    folder: PathBuf,
    manner: Manner<'_>,
) -> Result<Done, BackupError> {
    let source = Source::open(paths)?;
    let folder = Folder::new(folder, manner)?;
    let _lock = folder.lock()?;
    let old = manifest(&folder.path.join(MANIFEST))?;
    if let Some(old) = &old {
        set::check_ledger(&folder.path, old, source.ledger())?;
        if old.part != Part::Journal {
            let (path, part) = (folder.path.join(MANIFEST), Part::Journal);
            return Err(BackupError::Misplaced { path, part });
        }
        let (asked, found) = (manner.names(), old.recipients.clone());
        if asked != found {
            return Err(set::other_recipients(&folder.path, &asked, &found));
        }
    }
    let last = old.as_ref().map(|old| old.head.unwrap_or(Head::EMPTY));
    if let Some(found) = last.filter(|last| last.size > source.head().size) {
        let (folder, expected) = (folder.path.clone(), source.head());
        return Err(BackupError::Ahead {
            folder,
            expected,
            found,
        });
    }
    let begun = begun(&folder, &source);
    let have: BTreeMap<&str, &Entry> = [&old, &begun]
        .into_iter()
        .flatten()
        .flat_map(|manifest| &manifest.files)
        .filter(|entry| folder.has(entry))
        .map(|entry| (&*entry.name, entry))
        .collect();
    let kept = |manifest: &Option<Manifest>| manifest.as_ref()?.checkpoint.clone();
    let mut work = Work {
        source: &source,
        folder: &folder,
        have,
        passed: Passed {
            wanted: last.into_iter().collect(),
            seen: Vec::new(),
        },
        manifest: Manifest {
            part: Part::Journal,
            ledger: source.ledger(),
            origin: source.origin().to_owned(),
            recipients: manner.names(),
            head: None,
            checkpoint: kept(&begun).or_else(|| kept(&old)),
            table: None,
            files: Vec::new(),
        },
    };
    work.meta(paths)?;
    for segment in source.segments() {
        work.segment(segment)?;
    }
    let Work {
        passed, manifest, ..
    } = work;
    if let Some(found) = last.filter(|last| !passed.seen.contains(last)) {
        let (folder, expected) = (folder.path.clone(), source.head());
        return Err(BackupError::Forked {
            folder,
            expected,
            found,
        });
    }
    // THE COMMIT POINT of a backup: before it the old one is complete, behind it the new one.
    if old.as_ref() != Some(&manifest) {
        folder.replace(MANIFEST, &manifest)?;
    }
    sweep(&folder, &manifest)?;
    let (copied, copied_bytes) = folder.copied();
    Ok(Done {
        folder: folder.path,
        manifest,
        copied,
        copied_bytes,
    })
}

/// What an interrupted backup of this very history has finished. Anything else of that name is of no use.
fn begun(folder: &Folder<'_>, source: &Source) -> Option<Manifest> {
    let begun = manifest(&folder.path.join(PROGRESS)).ok().flatten()?;
    let head = begun.head?;
    let known = |segment: &CopySegment| segment.is_sealed() && segment.end() == head;
    let fits = begun.ledger == source.ledger()
        && begun.part == Part::Journal
        && begun.recipients == folder.manner.names()
        && source.segments().iter().any(known);
    fits.then_some(begun)
}

struct Work<'a> {
    source: &'a Source,
    folder: &'a Folder<'a>,
    /// What is there already and will not change.
    have: BTreeMap<&'a str, &'a Entry>,
    passed: Passed,
    /// What the backup is so far.
    manifest: Manifest,
}

impl Work<'_> {
    /// Written once, with the ledger.
    fn meta(&mut self, paths: &LedgerPaths) -> Result<(), BackupError> {
        let name = self.folder.manner.name_of(META);
        let entry = match self.have.get(&*name) {
            Some(entry) => (*entry).clone(),
            None => self.folder.put(META, |out| {
                let mut file =
                    meta_file(paths).map_err(|error| BackupError::Source(error.into()))?;
                copied(&mut file, out, Path::new(META))
            })?,
        };
        self.manifest.files.push(entry);
        Ok(())
    }

    fn segment(&mut self, segment: &CopySegment) -> Result<(), BackupError> {
        self.passed.note(segment.start());
        self.passed.note(segment.end());
        let plain = name(segment);
        let there = self.have.get(&*self.folder.manner.name_of(&plain));
        if let Some(entry) = there {
            self.manifest.files.push((*entry).clone());
            self.manifest.head = Some(segment.end());
            self.folder.manner.progress.inc(segment.bytes());
            return Ok(());
        }
        let (passed, checkpoint) = (&mut self.passed, &mut self.manifest.checkpoint);
        let source = self.source;
        let entry = self.folder.put(&plain, |out| {
            source.copy(segment, out, &mut |end, kept| {
                passed.note(end);
                let kept = kept.and_then(|note| str::from_utf8(note).ok());
                if let Some(note) = kept {
                    *checkpoint = Some(note.to_owned());
                }
            })?;
            Ok(())
        })?;
        self.manifest.files.push(entry);
        self.manifest.head = Some(segment.end());
        if segment.is_sealed() {
            self.folder.replace(PROGRESS, &self.manifest)?;
        }
        Ok(())
    }
}

/// Copies a file, and says which one if that fails.
pub(super) fn copied(
    from: &mut dyn io::Read,
    to: &mut dyn Write,
    path: &Path,
) -> Result<(), BackupError> {
    let done = io::copy(from, to).map(drop);
    done.map_err(BackupError::io("copy", path))
}

/// Takes away what an interrupted backup left, and what the manifest names no more.
fn sweep(folder: &Folder<'_>, manifest: &Manifest) -> Result<(), BackupError> {
    let listed = fs::read_dir(&folder.path).map_err(BackupError::io("list", &folder.path))?;
    for file in listed {
        let path = file.map_err(BackupError::io("list", &folder.path))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let plain = name
            .strip_suffix(super::manifest::ENCRYPTED)
            .unwrap_or(name);
        let ours = name == PROGRESS
            || name.ends_with(UNFINISHED)
            || plain == META
            || segment_of(plain).is_some();
        if ours && !manifest.files.iter().any(|file| file.name == name) {
            folder.manner.remove(&path)?;
        }
    }
    Ok(())
}
