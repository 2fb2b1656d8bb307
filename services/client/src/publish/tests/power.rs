//! A disk that loses its power: what nobody waited for is forgotten.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use super::*;

/// The names in a directory; a file has the bytes that are on the disk, a directory none.
type Names = BTreeMap<OsString, Option<Vec<u8>>>;

/// A disk that keeps names only when they are waited for, but what would do most harm at once:
/// that something was taken away, and in the `eager` case the name of a checkpoint.
#[derive(Clone)]
struct Power(Arc<Mutex<State>>);

struct State {
    root: PathBuf,
    /// Steps until the process ends.
    left: usize,
    eager: bool,
    /// Bytes that are on the disk, by the names that files have in memory.
    contents: BTreeMap<PathBuf, Vec<u8>>,
    /// Names that are on the disk, by directory.
    names: BTreeMap<PathBuf, Names>,
}

impl State {
    fn burn(&mut self) -> io::Result<()> {
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| io::Error::other("power"))?;
        Ok(())
    }

    fn keep(&mut self, dir: &Path) -> io::Result<()> {
        let mut names = Names::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let file = !entry.file_type()?.is_dir();
            let bytes = file.then(|| self.contents.get(&entry.path()).cloned());
            names.insert(entry.file_name(), bytes.map(Option::unwrap_or_default));
        }
        self.names.insert(dir.to_owned(), names);
        Ok(())
    }

    /// Everything that stands there is on the disk.
    fn keep_all(&mut self, dir: &Path) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.keep_all(&path);
            } else {
                let bytes = fs::read(&path).unwrap();
                self.contents.insert(path, bytes);
            }
        }
        self.keep(dir).unwrap();
    }

    fn restore(&self, dir: &Path) {
        for (name, bytes) in self.names.get(dir).into_iter().flatten() {
            let path = dir.join(name);
            if let Some(bytes) = bytes {
                fs::write(path, bytes).unwrap();
            } else {
                fs::create_dir(&path).unwrap();
                self.restore(&path);
            }
        }
    }
}

impl Power {
    fn new(root: &Path, eager: bool) -> Self {
        let mut state = State {
            root: root.to_owned(),
            left: 0,
            eager,
            contents: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        state.keep_all(root);
        Self(Arc::new(Mutex::new(state)))
    }

    /// Publishes with a process that ends after so many steps; whether it did all.
    async fn publish(&self, log: &Log, steps: usize) -> bool {
        let root = {
            let mut state = self.0.lock().unwrap();
            state.left = steps;
            state.root.clone()
        };
        let Ok(target) = Target::over(&root, Box::new(self.clone())) else {
            return false;
        };
        let ended = publish(log, &target, key().verifier(), &|_, _| {}).await;
        ended.is_ok()
    }

    /// Leaves what is on the disk.
    fn lose(&self) {
        let state = self.0.lock().unwrap();
        for entry in fs::read_dir(&state.root).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
        }
        state.restore(&state.root);
    }
}

impl Files for Power {
    fn write(&mut self, file: &Path, bytes: &[u8]) -> io::Result<File> {
        let mut state = self.0.lock().unwrap();
        state.contents.remove(file);
        if let Err(power) = state.burn() {
            fs::write(file, &bytes[..bytes.len() / 2])?;
            return Err(power);
        }
        Disk.write(file, bytes)
    }

    fn settle(&mut self, file: &Path, _open: &File) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.burn()?;
        state.contents.insert(file.to_owned(), fs::read(file)?);
        Ok(())
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.burn()?;
        fs::rename(from, to)?;
        let bytes = state.contents.remove(from).unwrap_or_default();
        state.contents.insert(to.to_owned(), bytes.clone());
        if state.eager && to == state.root.join("checkpoint") {
            let root = state.root.clone();
            let names = state.names.get_mut(&root).unwrap();
            names.insert("checkpoint".into(), Some(bytes));
        }
        Ok(())
    }

    fn sync(&mut self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.burn()?;
        state.keep(dir)
    }

    fn remove(&mut self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.burn()?;
        fs::remove_dir_all(dir)?;
        if let Some(names) = state.names.get_mut(dir.parent().unwrap()) {
            names.remove(dir.file_name().unwrap());
        }
        Ok(())
    }
}

/// The size of the complete log in a directory.
async fn complete(dir: &Path) -> Size {
    is_complete(dir).await;
    let note = fs::read(dir.join("checkpoint")).unwrap();
    Checkpoint::open(&note, key().verifier()).unwrap().size
}

#[tokio::test]
async fn power_lost_at_any_step_leaves_a_complete_log() {
    let log = Log::new(600);
    let before = Log::of(log.entries[..300].to_vec());
    for eager in [false, true] {
        for steps in 0.. {
            let dir = tempfile::tempdir().unwrap();
            run(&before, dir.path()).await.unwrap();
            let power = Power::new(dir.path(), eager);
            let all = power.publish(&log, steps).await;
            power.lose();
            let size = complete(dir.path()).await;
            if all {
                assert_eq!(size, log.tree.size());
                break;
            }
        }
    }
}

#[tokio::test]
async fn power_lost_between_batches_leaves_a_complete_log() {
    let log = Log::new(33_100);
    let before = Log::of(log.entries[..300].to_vec());
    let dir = tempfile::tempdir().unwrap();
    run(&before, dir.path()).await.unwrap();
    // The first batch is written, on the disk, and named; then the second, of four files.
    for steps in [255, 256, 257, 511, 512, 513, 767, 768, 769, 772, 776, 780] {
        let power = Power::new(dir.path(), true);
        assert!(!power.publish(&log, steps).await, "after {steps} steps");
        let files = files(dir.path());
        let named = |name: &&String| name.starts_with("tile/entries/") && !name.contains('.');
        let named = files.keys().filter(named).count();
        let unfinished = files.keys().filter(|name| name.contains("/.")).count();
        if steps < 512 {
            assert_eq!((named, unfinished), (1, 256.min(steps + 1)));
        } else if steps >= 768 {
            assert!(named >= 128, "{named} after {steps} steps");
        }
        power.lose();
        assert_eq!(complete(dir.path()).await, before.tree.size());
    }
}

#[tokio::test]
async fn what_an_interrupted_run_left_is_on_the_disk_before_it_counts() {
    // With and without partial tiles to sweep.
    interrupted(256, &[usize::MAX]).await;
    interrupted(300, &[1, 3, usize::MAX]).await;
}

async fn interrupted(before: usize, seconds: &[usize]) {
    let log = Log::new(600);
    let before = Log::of(log.entries[..before].to_vec());
    for first in 0.. {
        let mut all = false;
        for &second in seconds {
            let dir = tempfile::tempdir().unwrap();
            run(&before, dir.path()).await.unwrap();
            let power = Power::new(dir.path(), false);
            all = power.publish(&log, first).await;
            let resumed = power.publish(&log, second).await;
            power.lose();
            let size = complete(dir.path()).await;
            if resumed {
                assert_eq!(size, log.tree.size(), "after {first} steps");
            }
        }
        if all {
            break;
        }
    }
}
