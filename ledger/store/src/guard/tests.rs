use std::sync::{Arc, Mutex};

use caseledger_chain::chain_hash;
use tempfile::TempDir;

use super::*;
use crate::disk::{DiskFile, RealDisk};

const LEDGER: LedgerId = LedgerId::from_bytes([9; 16]);

/// What fails until it is told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failing {
    Nothing,
    /// In front of the rename: the old guard stays.
    Create,
    /// Behind the rename: the new guard is there.
    SyncFolder,
}

#[derive(Clone, Debug)]
struct FailingDisk(Arc<Mutex<Failing>>);

impl FailingDisk {
    fn check(&self, step: Failing) -> io::Result<()> {
        if *self.0.lock().unwrap() == step {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

impl Disk for FailingDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.check(Failing::Create)?;
        RealDisk.create(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.open(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.check(Failing::SyncFolder)?;
        RealDisk.sync_dir(dir)
    }

    fn set_read_only(&self, path: &Path) -> io::Result<()> {
        RealDisk.set_read_only(path)
    }
}

fn head(size: u64) -> Head {
    Head::new(size, chain_hash(&size.to_be_bytes()))
}

/// A guard of one entry, and what makes its disk fail.
struct World {
    folder: TempDir,
    guard: Guard,
    failing: Arc<Mutex<Failing>>,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guard");
    marks::write_guard(&RealDisk, &path, LEDGER, head(1)).unwrap();
    let held = lock(&folder.path().join("guard.lock")).unwrap().unwrap();
    let failing = Arc::new(Mutex::new(Failing::Nothing));
    let disk = Arc::new(FailingDisk(Arc::clone(&failing)));
    let guard = Guard::new(disk, &path, LEDGER, head(1), held);
    World {
        folder,
        guard,
        failing,
    }
}

impl World {
    fn fail(&self, failing: Failing) {
        *self.failing.lock().unwrap() = failing;
    }

    fn says(&self) -> Option<Head> {
        marks::read_guard(&self.folder.path().join("guard"), LEDGER).unwrap()
    }
}

/// Every pair of failures, one after the other, leaves a guard that this process knows as its own.
#[test]
fn two_failures_in_a_row_do_not_make_the_own_guard_foreign() {
    for first in [Failing::Create, Failing::SyncFolder] {
        for second in [Failing::Create, Failing::SyncFolder] {
            let world = world();
            for (size, failing) in [(2, first), (3, second)] {
                world.fail(failing);
                assert!(world.guard.write(head(size)).is_err());
            }
            world.fail(Failing::Nothing);
            let written = world.guard.write(head(4));
            let case = format!("{first:?}, then {second:?}: {written:?}");
            assert!(written.is_ok() && !world.guard.is_foreign(), "{case}");
            assert_eq!(world.says(), Some(head(4)), "{case}");
        }
    }
}

#[test]
fn a_head_that_has_not_moved_is_compared_all_the_same() {
    let world = world();
    world.guard.write(head(1)).unwrap();
    let other = Head::new(1, chain_hash(b"another copy"));
    let path = world.folder.path().join("guard");
    marks::write_guard(&RealDisk, &path, LEDGER, other).unwrap();
    assert!(world.guard.write(head(1)).is_err());
    assert!(world.guard.is_foreign());
    assert_eq!(
        world.says(),
        Some(other),
        "what the other wrote is evidence"
    );
}

#[test]
fn a_guard_that_was_removed_is_made_again() {
    let world = world();
    std::fs::remove_file(world.folder.path().join("guard")).unwrap();
    world.guard.write(head(1)).unwrap();
    assert_eq!(world.says(), Some(head(1)));
}
