//! Logs of every shape, sources that lie, and ends at every step.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use caseledger_chain::{MemoryTree, NodeSource as _, Origin, SigningKey, push_bundle_entry};

use super::target::{Disk, Files};
use super::*;
use crate::source::{AnySource, DirSource};

mod power;

/// A log in memory; what stands in `forged` is served in place of the truth.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) tree: MemoryTree,
    pub(crate) note: String,
    pub(crate) forged: HashMap<String, Vec<u8>>,
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed("ledger.example/test".parse().unwrap(), &[5; 32])
}

impl Log {
    pub(crate) fn new(size: usize) -> Self {
        Self::of(
            (0..size)
                .map(|at| format!("entry {at}").into_bytes())
                .collect(),
        )
    }

    pub(crate) fn of(entries: Vec<Vec<u8>>) -> Self {
        let tree: MemoryTree = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let origin = Origin::parse("ledger.example/test").unwrap();
        let checkpoint = Checkpoint::new(origin, tree.size(), tree.root());
        Self {
            entries,
            tree,
            note: checkpoint.sign(&key()).unwrap().into_note(),
            forged: HashMap::new(),
        }
    }

    fn truth(&self, resource: &Resource) -> Option<Vec<u8>> {
        let all = |index: u64, width: u16| {
            let first = index * 256;
            (first..first + u64::from(width)).collect::<Vec<_>>()
        };
        match resource {
            Resource::Checkpoint => Some(self.note.clone().into_bytes()),
            Resource::Tile(tile) => {
                let mut bytes = Vec::new();
                for at in all(tile.index(), tile.width()) {
                    let hash = self.tree.node(tile.level() * 8, at).ok()?;
                    bytes.extend(hash.to_bytes());
                }
                Some(bytes)
            }
            Resource::Bundle(bundle) => {
                let mut bytes = Vec::new();
                for at in all(bundle.index(), bundle.width()) {
                    push_bundle_entry(&mut bytes, self.entries.get(at as usize)?).unwrap();
                }
                Some(bytes)
            }
        }
    }

    /// With the last byte of a resource changed.
    pub(crate) fn forging(&self, path: &str) -> Self {
        let resource = TileId::parse(path).map(Resource::Tile);
        let resource = resource.or(BundleId::parse(path).map(Resource::Bundle));
        let mut bytes = self.truth(&resource.unwrap()).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        let mut log = self.clone();
        log.forged.insert(path.to_owned(), bytes);
        log
    }
}

impl LogSource for Log {
    fn locate(&self, resource: &Resource) -> String {
        format!("log:{resource}")
    }

    async fn read(&self, resource: Resource) -> Result<Bytes, SourceError> {
        let forged = self.forged.get(&resource.path()).cloned();
        let bytes = forged.or_else(|| self.truth(&resource));
        bytes.map(Bytes::from).ok_or_else(|| SourceError::Absent {
            at: self.locate(&resource),
        })
    }
}

/// Does so many steps, and half of one more.
struct Fuse(Disk, Arc<AtomicUsize>);

impl Fuse {
    fn burn(&self) -> io::Result<()> {
        let left = self
            .1
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        left.map(drop).map_err(|_none| io::Error::other("power"))
    }
}

impl Files for Fuse {
    fn write(&mut self, file: &Path, bytes: &[u8]) -> io::Result<File> {
        if let Err(power) = self.burn() {
            self.0.write(file, &bytes[..bytes.len() / 2])?;
            return Err(power);
        }
        self.0.write(file, bytes)
    }

    fn settle(&mut self, file: &Path, open: &File) -> io::Result<()> {
        self.burn()?;
        self.0.settle(file, open)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.burn()?;
        self.0.rename(from, to)
    }

    fn sync(&mut self, dir: &Path) -> io::Result<()> {
        self.burn()?;
        self.0.sync(dir)
    }

    fn remove(&mut self, dir: &Path) -> io::Result<()> {
        self.burn()?;
        self.0.remove(dir)
    }
}

async fn run<S: LogSource>(source: &S, dir: &Path) -> Result<Published, PublishError> {
    let target = Target::open(dir)?;
    publish(source, &target, key().verifier(), &|_, _| {}).await
}

/// Every file with its bytes, but the lock.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, dir: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(dir, dir, &mut found);
    found.remove(".lock").unwrap();
    found
}

/// What a log of that size publishes, from the definition.
fn expected(log: &Log, size: Size) -> BTreeMap<String, Vec<u8>> {
    let tiles = TileId::between(Size::ZERO, size).map(Resource::Tile);
    let bundles = BundleId::between(Size::ZERO, size).map(Resource::Bundle);
    let all = tiles.chain(bundles).chain([Resource::Checkpoint]);
    all.map(|resource| (resource.path(), log.truth(&resource).unwrap()))
        .collect()
}

/// A directory is a complete log if it can be published once more.
async fn is_complete(dir: &Path) {
    let copy = tempfile::tempdir().unwrap();
    match run(&DirSource::new(dir), copy.path()).await {
        Ok(_) => {}
        // Nothing is promised yet.
        Err(PublishError::Source(SourceError::Absent { at })) if at.ends_with("/checkpoint") => {}
        Err(error) => panic!("{} is not complete: {error}", dir.display()),
    }
}

#[tokio::test]
async fn a_directory_has_exactly_the_files_of_its_size() {
    for size in [0, 1, 255, 256, 257, 512, 600] {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::new(size);
        let published = run(&log, dir.path()).await.unwrap();
        let expected = expected(&log, Size::new(size as u64));
        assert_eq!(published.size, Size::new(size as u64));
        assert_eq!(published.files, expected.len() as u64, "size {size}");
        assert_eq!(files(dir.path()), expected, "size {size}");
        let again = run(&log, dir.path()).await.unwrap();
        assert_eq!(again.files, 0, "size {size}");
    }
}

#[tokio::test]
async fn three_levels_of_tiles_are_published() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::new(65_536 + 300);
    run(&Log::of(log.entries[..65_000].to_vec()), dir.path())
        .await
        .unwrap();
    run(&log, dir.path()).await.unwrap();
    assert_eq!(files(dir.path()), expected(&log, log.tree.size()));
}

#[tokio::test]
async fn a_directory_grows_and_keeps_the_partial_tiles_that_are_not_full_yet() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::new(600);
    for size in [3, 7, 300, 301, 600] {
        run(&Log::of(log.entries[..size].to_vec()), dir.path())
            .await
            .unwrap();
        is_complete(dir.path()).await;
    }
    let found = files(dir.path());
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    // 3, 7, 300 and 301 are in full tiles now, but for the one hash at level 1.
    assert_eq!(
        names,
        [
            "checkpoint",
            "tile/0/000",
            "tile/0/001",
            "tile/0/002.p/88",
            "tile/1/000.p/1",
            "tile/1/000.p/2",
            "tile/entries/000",
            "tile/entries/001",
            "tile/entries/002.p/88",
        ]
    );
}

#[tokio::test]
async fn an_end_at_any_step_leaves_a_complete_log_and_the_next_run_finishes() {
    let log = Log::new(600);
    let before = Log::of(log.entries[..300].to_vec());
    let finished = tempfile::tempdir().unwrap();
    run(&before, finished.path()).await.unwrap();
    run(&log, finished.path()).await.unwrap();
    let mut steps = 0;
    loop {
        let dir = tempfile::tempdir().unwrap();
        run(&before, dir.path()).await.unwrap();
        let fuse = Fuse(Disk, Arc::new(AtomicUsize::new(steps)));
        let target = Target::over(dir.path(), Box::new(fuse)).unwrap();
        let ended = publish(&log, &target, key().verifier(), &|_, _| {}).await;
        drop(target);
        is_complete(dir.path()).await;
        run(&log, dir.path()).await.unwrap();
        assert_eq!(
            files(dir.path()),
            files(finished.path()),
            "after {steps} steps"
        );
        if ended.is_ok() {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 20, "{steps}");
}

#[tokio::test]
async fn what_an_interrupted_run_left_is_not_fetched_again_unless_it_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::new(600);
    run(&log, dir.path()).await.unwrap();
    std::fs::remove_file(dir.path().join("checkpoint")).unwrap();
    let resumed = run(&log, dir.path()).await.unwrap();
    // Bundle and tile 2, the tile above, the checkpoint.
    assert_eq!(resumed.files, 4);
    std::fs::remove_file(dir.path().join("checkpoint")).unwrap();
    let damaged = dir.path().join("tile/entries/001");
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes[2] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    let resumed = run(&log, dir.path()).await.unwrap();
    assert_eq!(resumed.files, 6);
    assert_eq!(files(dir.path()), expected(&log, log.tree.size()));
}

#[tokio::test]
async fn nothing_that_is_wrong_is_written() {
    let log = Log::new(600);
    let signer = SigningKey::from_seed("ledger.example/test".parse().unwrap(), &[6; 32]);
    let origin = Origin::parse("ledger.example/test").unwrap();
    let other = Checkpoint::new(origin.clone(), log.tree.size(), log.tree.root());
    let mut foreign = log.clone();
    foreign.note = other.sign(&signer).unwrap().into_note();
    let mut unrooted = log.clone();
    let wrong = Checkpoint::new(origin, log.tree.size(), leaf_hash(b"other"));
    unrooted.note = wrong.sign(&key()).unwrap().into_note();
    let refused = async |log: &Log| {
        let dir = tempfile::tempdir().unwrap();
        let refused = run(log, dir.path()).await.unwrap_err();
        (refused, files(dir.path()))
    };
    let (error, left) = refused(&foreign).await;
    assert!(matches!(error, PublishError::Checkpoint { .. }), "{error}");
    assert!(left.is_empty());
    for log in [
        unrooted,
        log.forging("tile/0/002.p/88"),
        log.forging("tile/1/000.p/2"),
    ] {
        let (error, left) = refused(&log).await;
        assert!(matches!(error, PublishError::Root { .. }), "{error}");
        assert!(left.is_empty());
    }
    let mut both = log.forging("tile/0/001");
    both.forged.extend(log.forging("tile/entries/001").forged);
    let (error, left) = refused(&both).await;
    assert!(
        matches!(&error, PublishError::Tile { at, .. } if at == "log:tile/0/001"),
        "{error}"
    );
    assert_eq!(left.len(), 2, "bundle and tile 0");
    for (path, before) in [("tile/entries/000", 0), ("tile/entries/002.p/88", 4)] {
        let (error, left) = refused(&log.forging(path)).await;
        let named = format!("log:{path}");
        assert!(
            matches!(&error, PublishError::Entry { at, .. } if *at == named),
            "{error}"
        );
        assert_eq!(left.len(), before, "{path}");
    }
}

#[tokio::test]
async fn a_full_tile_is_made_of_its_entries_whatever_the_log_serves() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::new(600);
    run(&log.forging("tile/0/001"), dir.path()).await.unwrap();
    assert_eq!(files(dir.path()), expected(&log, log.tree.size()));
}

#[tokio::test]
async fn a_checkpoint_is_never_replaced_by_a_smaller_or_another_one() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::new(600);
    run(&log, dir.path()).await.unwrap();
    let before = files(dir.path());
    let mut entries = log.entries.clone();
    entries[3] = b"another history".to_vec();
    let forked = Log::of(entries.clone());
    entries.extend((0..400).map(|at| format!("more {at}").into_bytes()));
    let grown = Log::of(entries);
    let smaller = run(&Log::new(599), dir.path()).await.unwrap_err();
    assert!(matches!(smaller, PublishError::Smaller(_)), "{smaller}");
    for other in [forked, grown] {
        let refused = run(&other, dir.path()).await.unwrap_err();
        let PublishError::Inconsistent(both) = refused else {
            panic!("{refused}");
        };
        assert_eq!(both.published_note, log.note);
        assert_eq!(both.found_note, other.note);
    }
    assert_eq!(files(dir.path()), before);
}

#[tokio::test]
async fn a_cosignature_that_the_log_has_forgotten_stays_in_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::new(3);
    let bare = log.note.clone();
    let [one, two, again] =
        ["w/1 AAAAAAA=", "w/2 AAAAAAA=", "w/1 AAAAAAE="].map(|line| format!("\u{2014} {line}\n"));
    for (shown, expected) in [
        (bare.clone() + &one, bare.clone() + &one),
        // The log has started anew.
        (bare.clone(), bare.clone() + &one),
        (bare.clone() + &two, bare.clone() + &two + &one),
        // The witness has signed again.
        (bare.clone() + &again, bare.clone() + &again + &two),
        (bare.clone(), bare.clone() + &again + &two),
    ] {
        log.note = shown;
        run(&log, dir.path()).await.unwrap();
        let found = std::fs::read_to_string(dir.path().join("checkpoint")).unwrap();
        assert_eq!(found, expected);
    }
    let (text, own) = bare.split_once("\n\n").unwrap();
    log.note = format!("{text}\n\n{two}{own}");
    run(&log, dir.path()).await.unwrap();
    let found = std::fs::read_to_string(dir.path().join("checkpoint")).unwrap();
    assert_eq!(found, bare.clone() + &two + &again);
    // Of another text they say nothing.
    let grown = Log::new(4);
    run(&grown, dir.path()).await.unwrap();
    let found = std::fs::read_to_string(dir.path().join("checkpoint")).unwrap();
    assert_eq!(found, grown.note);
}

#[tokio::test]
async fn what_others_keep_in_the_directory_stays() {
    let dir = tempfile::tempdir().unwrap();
    let foreign = [
        "index.html",
        "index.html.p/kept",
        ".index.html.new",
        "app/000",
        "app/000.p/1",
        "tile/.notes.new",
        "tile/notes",
        "tile/notes.p/1",
        "tile/64/000",
        "tile/64/000.p/1",
        "tile/0/.0.new",
        "tile/0/0",
        "tile/0/0.p/1",
    ];
    let swept = [
        ".checkpoint.new",
        "tile/0/.000.new",
        "tile/0/000.p/3",
        "tile/0/001.p/.44.new",
        "tile/entries/x001/.000.new",
    ];
    for name in foreign.into_iter().chain(swept) {
        let file = dir.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, name).unwrap();
    }
    std::fs::write(dir.path().join("tile/0/000"), "full").unwrap();
    let log = Log::new(600);
    run(&log, dir.path()).await.unwrap();
    let mut all = expected(&log, log.tree.size());
    all.extend(foreign.map(|name| (name.to_owned(), name.as_bytes().to_vec())));
    assert_eq!(files(dir.path()), all);
}

#[tokio::test]
async fn a_checkpoint_in_the_directory_that_cannot_be_read_is_a_fault_of_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("checkpoint")).unwrap();
    let error = run(&Log::new(3), dir.path()).await.unwrap_err();
    let PublishError::Target(TargetError::Read(error)) = error else {
        panic!("{error}");
    };
    assert!(
        error.to_string().contains("checkpoint cannot be read"),
        "{error}"
    );
}

#[tokio::test]
async fn one_process_publishes_to_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let first = Target::open(dir.path()).unwrap();
    let second = Target::open(dir.path()).unwrap_err();
    assert!(matches!(second, TargetError::Locked { .. }), "{second}");
    drop(first);
    Target::open(dir.path()).unwrap();
}

#[tokio::test]
async fn a_published_directory_is_a_source() {
    let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(&Log::new(600), dir.path()).await.unwrap();
    let source = AnySource::open(dir.path().to_str().unwrap()).unwrap();
    run(&source, copy.path()).await.unwrap();
    assert_eq!(files(copy.path()), files(dir.path()));
}
