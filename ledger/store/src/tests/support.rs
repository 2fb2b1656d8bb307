//! Real entries, quick options, and a ledger in a temporary folder.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use caseledger_chain::{
    Digest, Header, KeyName, LedgerId, MessageId, Position, SigningKey, StreamKey, SubmitterId,
    chain_hash, encode, leaf_hash,
};
use tempfile::TempDir;

use crate::{
    Access, Commit, CommitLog, FileLog, Head, LogReader, Meta, OpenError, OpenOptions, OpenReport,
    Paths, ReadLimit,
};

pub(super) const LEDGER: LedgerId = LedgerId::from_bytes([0xa5; 16]);

/// An entry that follows `head`, with a body of `body` bytes.
pub(super) fn entry(head: Head, body: usize) -> Vec<u8> {
    let position = head.size.get();
    let mut id = [0; 16];
    id[..8].copy_from_slice(&position.to_be_bytes());
    let header = Header {
        ledger: LEDGER,
        position: Position::new(position),
        recorded_at: 1_700_000_000_000_000 + position,
        prev: head.chain,
        stream: StreamKey { kind: 1, id },
        revision: 0,
        stream_prev: Digest::ZERO,
        submitter: SubmitterId::parse("court.example").unwrap(),
        submitter_seq: 0,
        message_id: MessageId::from_bytes(id),
        part: 0,
        parts: 1,
        content: chain_hash(&id),
        commitment: Digest::ZERO,
        body_type: 1,
        body_version: 1,
    };
    let mut out = Vec::new();
    encode(&header, &vec![position as u8; body], &mut out).unwrap();
    out
}

/// A commit behind `head` with one entry per body length, and one sidecar per entry.
pub(super) fn commit(head: Head, bodies: &[usize]) -> Arc<Commit> {
    let mut commit = Commit::new(Position::new(head.size.get()), head.chain);
    let mut at = head;
    for body in bodies {
        let entry = entry(at, *body);
        commit.push_entry(&entry).unwrap();
        commit.push_leaf(leaf_hash(&entry));
        commit.push_sidecar(*body as u8, &at.size.get().to_be_bytes());
        at = Head::new(at.size.get() + 1, chain_hash(&entry));
    }
    commit.set_last_chain(at.chain);
    Arc::new(commit)
}

/// Small segments, a short patience with the store, everything compared and probed.
pub(super) fn options() -> OpenOptions {
    OpenOptions {
        segment_bytes: 16 << 10,
        compare_entries: u64::MAX,
        probe_bytes: u64::MAX,
        store_limit: Duration::from_secs(3),
        access: Access::Write,
    }
}

/// A ledger in a temporary folder.
pub(super) struct World {
    _dir: TempDir,
    pub(super) paths: Paths,
    pub(super) options: OpenOptions,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(options())
    }

    pub(super) fn with(options: OpenOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(dir.path().join("data"), dir.path().join("guard")).unwrap();
        FileLog::init_with(&paths, &meta(), &options).unwrap();
        Self {
            _dir: dir,
            paths,
            options,
        }
    }

    pub(super) fn try_open(&self) -> Result<(FileLog, OpenReport), OpenError> {
        FileLog::open(&self.paths, self.options, &())
    }

    pub(super) fn open(&self) -> (FileLog, OpenReport) {
        self.try_open().unwrap()
    }

    /// Opens, appends commits of these shapes, closes.
    pub(super) fn fill(&self, shapes: &[&[usize]]) -> Head {
        let (mut log, _) = self.open();
        let head = append_all(&mut log, shapes);
        Box::new(log).close().unwrap();
        head
    }

    /// Opens for reading only.
    pub(super) fn read(&self) -> (FileLog, OpenReport) {
        let access = Access::ReadOnly;
        let options = OpenOptions {
            access,
            ..self.options
        };
        FileLog::open(&self.paths, options, &()).unwrap()
    }

    /// Every file of the ledger that only a writer may change, with its bytes.
    pub(super) fn written(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = self.segments();
        files.extend([self.paths.mark(), self.paths.guard().to_owned()]);
        let read = |path: PathBuf| (path.clone(), std::fs::read(path).unwrap_or_default());
        files.into_iter().map(read).collect()
    }

    /// A copy of the data folder, with the guard as it was at `guard`.
    pub(super) fn copy(&self) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(dir.path().join("data"), dir.path().join("guard")).unwrap();
        copy_folder(self.paths.data(), paths.data());
        std::fs::copy(self.paths.guard(), paths.guard()).unwrap();
        Self {
            _dir: dir,
            paths,
            options: self.options,
        }
    }

    /// Segment files, oldest first.
    pub(super) fn segments(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.paths.journal())
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "seg"))
            .collect();
        files.sort();
        files
    }
}

pub(super) fn meta() -> Meta {
    let name = KeyName::parse("ledger.example/test").unwrap();
    let key = SigningKey::from_seed(name, &[1; 32]);
    let index = chain_hash(b"index");
    Meta::new(LEDGER, key.verifier().clone(), index, "caseledger tests").unwrap()
}

pub(super) fn append_all(log: &mut dyn CommitLog, shapes: &[&[usize]]) -> Head {
    let mut head = log.head().unwrap();
    for bodies in shapes {
        head = log.append(head, commit(head, bodies)).unwrap();
    }
    head
}

pub(super) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy_folder(&file.path(), &target);
        } else if let Err(error) = std::fs::copy(file.path(), target) {
            // Temporary files may get their final name while a living log is copied.
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }
}

/// Every entry the reader has, read in runs.
pub(super) fn all_entries(reader: &dyn LogReader) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    loop {
        let run = reader
            .read(Position::new(entries.len() as u64), ReadLimit::entries(100))
            .unwrap();
        if run.is_empty() {
            return entries;
        }
        entries.extend(run.iter().map(|(_, entry)| entry.to_vec()));
    }
}

/// Checks that the reader has exactly a chain that ends in `head`, by every way of reading.
pub(super) fn check_whole(reader: &dyn LogReader, head: Head) {
    assert_eq!(reader.head(), head);
    let entries = all_entries(reader);
    assert_eq!(entries.len() as u64, head.size.get());
    assert_eq!(
        entries
            .last()
            .map_or(Digest::ZERO, |entry| chain_hash(entry)),
        head.chain
    );
    let leaves = reader.leaves(Position::new(0), usize::MAX).unwrap();
    assert_eq!(
        leaves,
        entries
            .iter()
            .map(|entry| leaf_hash(entry))
            .collect::<Vec<_>>()
    );
    let mut replayed = Vec::new();
    reader
        .replay(Position::new(0), &mut |frame| {
            assert_eq!(frame.first().get(), replayed.len() as u64);
            assert_eq!(frame.sidecars().count(), frame.count() as usize);
            replayed.extend(frame.entries().map(<[u8]>::to_vec));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(replayed, entries);
    for (position, expected) in entries.iter().enumerate() {
        let found = reader
            .entry(Position::new(position as u64))
            .unwrap()
            .unwrap();
        assert_eq!(found, expected);
    }
}

/// Changes a file's bytes.
pub(super) fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    let mut permissions = std::fs::metadata(path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o640);
    std::fs::set_permissions(path, permissions).unwrap();
    std::fs::write(path, bytes).unwrap();
}
