//! Where a ledger lives, and how it crashes there: without being closed, at a point of the commit.

use std::{fs, os::unix::fs::FileExt as _, path::PathBuf};

use caseledger_engine::{Engine, Poster, Submission, fsck};
use proptest::prelude::*;

use crate::{model::check_entries, support::*};

/// At which point of the commit of a job everything stops.
#[derive(Clone, Copy, Debug)]
pub(super) enum Crash {
    /// Nothing of it is written.
    Unwritten,
    /// It is written and not synced: so many 255ths of the bytes reached the disk.
    Unsynced(u8),
    /// It is durable, and nobody was told.
    Unanswered,
}

pub(super) fn crash() -> impl Strategy<Value = Crash> {
    prop_oneof![
        Just(Crash::Unwritten),
        any::<u8>().prop_map(Crash::Unsynced),
        Just(Crash::Unanswered),
    ]
}

/// A ledger that comes back.
pub(super) trait Place {
    fn engine(&self) -> &Engine;

    /// Posts, crashes there, and opens again.
    fn crash(&mut self, poster: Poster, job: Vec<Submission>, crash: Crash);

    /// The whole ledger is one, from its bytes.
    fn check(&mut self);
}

/// A log in memory: a commit is there as a whole or not at all.
pub(super) struct InMemory {
    kept: Kept,
    memory: Memory,
}

impl InMemory {
    pub(super) fn new() -> Self {
        let kept = Kept::new();
        let memory = kept.open();
        Self { kept, memory }
    }
}

impl Place for InMemory {
    fn engine(&self) -> &Engine {
        &self.memory.engine
    }

    fn crash(&mut self, poster: Poster, job: Vec<Submission>, crash: Crash) {
        let failure = match crash {
            Crash::Unwritten | Crash::Unsynced(..128) => Failure::IndeterminateLost,
            Crash::Unsynced(_) | Crash::Unanswered => Failure::IndeterminateWritten,
        };
        self.memory.gate.fail_next(failure);
        drop(self.memory.engine.submit_wait(poster, job));
        self.memory = self.kept.open();
    }

    fn check(&mut self) {
        check_entries(&self.memory.engine);
    }
}

/// A ledger on disk: what a crash leaves are files, copied while the ledger is open.
pub(super) struct InFolder {
    // Before the folder: what is open ends before its files are removed.
    engine: Option<Engine>,
    folder: Folder,
}

impl InFolder {
    pub(super) fn new() -> Self {
        let folder = Folder::new();
        let engine = Some(folder.open().0);
        Self { engine, folder }
    }

    fn journal(folder: &Folder) -> Vec<(PathBuf, Vec<u8>)> {
        let files = fs::read_dir(folder.data().join("journal")).unwrap();
        let files = files.map(|file| file.unwrap().path());
        files
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect()
    }
}

/// Puts the first part of what the journal of `after` has more into that of `before`.
fn write_part(before: &Folder, after: &Folder, part: u8) {
    for (path, newer) in InFolder::journal(after) {
        let path = before
            .data()
            .join("journal")
            .join(path.file_name().unwrap());
        // A spare segment that was made since has nothing in it yet.
        let Ok(older) = fs::read(&path) else {
            continue;
        };
        // By pages first: most of a segment is room for frames to come.
        let pages = || older.chunks(4096).zip(newer.chunks(4096));
        let differs = |(old, new): (&[u8], &[u8])| old != new;
        let (Some(first), Some(last)) = (pages().position(differs), pages().rposition(differs))
        else {
            continue;
        };
        let (begin, end) = (first * 4096, older.len().min((last + 1) * 4096));
        let bytes = || older[begin..end].iter().zip(&newer[begin..end]);
        let from = begin + bytes().position(|(old, new)| old != new).unwrap();
        let to = begin + bytes().rposition(|(old, new)| old != new).unwrap() + 1;
        let to = from + (to - from) * usize::from(part) / 255;
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(&newer[from..to], from as u64).unwrap();
    }
}

impl Place for InFolder {
    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn crash(&mut self, poster: Poster, job: Vec<Submission>, crash: Crash) {
        let before = self.folder.killed();
        drop(self.engine().submit_wait(poster, job));
        let left = match crash {
            Crash::Unwritten => before,
            Crash::Unsynced(part) => {
                write_part(&before, &self.folder, part);
                before
            }
            Crash::Unanswered => self.folder.killed(),
        };
        self.engine = None;
        self.folder = left;
        self.engine = Some(self.folder.open().0);
    }

    fn check(&mut self) {
        check_entries(self.engine());
        self.engine.take().unwrap().close().unwrap();
        let (paths, key) = (&self.folder.paths, self.folder.identity.verifier());
        let found = fsck::check(paths, key, fsck::Depth::Everything, &|_| ()).unwrap();
        // What the court left out is missing in the clean feed, too.
        let other = |finding: &&fsck::Finding| {
            let missing = matches!(
                finding.fault,
                fsck::Fault::Replay(caseledger_audit::Fault::NumbersMissing { .. })
            );
            !missing
        };
        let other = found.completeness.iter().filter(other).count();
        assert_eq!((found.integrity.len(), other), (0, 0), "{found:?}");
    }
}
