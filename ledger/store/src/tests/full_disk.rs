//! A disk that is really full, where the test may mount one.

use std::fs;

use super::support::{check_whole, commit, meta, options};
use crate::{AppendError, CommitLog, FileLog, Head, OpenOptions, Paths, StoreOpened, Unavailable};

/// A file system of its own that is unmounted with the value; `None` where that is not allowed.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let mut mount = std::process::Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(dir.path());
        let mounted = mount
            .stderr(std::process::Stdio::null())
            .status()
            .ok()?
            .success();
        mounted.then_some(Self(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        std::process::Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .status()
            .ok();
    }
}

#[test]
fn a_disk_that_is_really_full_refuses_serves_reads_and_goes_on() {
    let Some(small) = SmallDisk::mount(24) else {
        eprintln!("skipped: mounting a small file system needs root");
        return;
    };
    let guard = tempfile::tempdir().unwrap();
    let paths = Paths::new(small.0.path().join("data"), guard.path().join("guard")).unwrap();
    let options = OpenOptions {
        segment_bytes: 256 << 10,
        ..options()
    };
    FileLog::init_with(&paths, &meta(), &options).unwrap();
    let ballast = [
        small.0.path().join("ballast 1"),
        small.0.path().join("ballast 2"),
    ];
    fs::write(&ballast[0], vec![1; 4 << 20]).unwrap();
    fs::write(&ballast[1], vec![1; 12 << 20]).unwrap();
    let (mut log, _) = FileLog::open(&paths, options, &()).unwrap();
    let mut head = Head::EMPTY;
    let error = loop {
        match log.append(head, commit(head, &[5000; 10])) {
            Ok(next) => head = next,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, AppendError::Unavailable(Unavailable::FullDisk(_))),
        "{error:?}"
    );
    assert!(head.size.get() > 50);
    check_whole(&*log.reader(), head);
    let again = log.append(head, commit(head, &[5000; 10]));
    assert!(matches!(
        again,
        Err(AppendError::Unavailable(Unavailable::FullDisk(_)))
    ));

    fs::remove_file(&ballast[0]).unwrap();
    head = log.append(head, commit(head, &[5000; 10])).unwrap();
    check_whole(&*log.reader(), head);
    // The derived store may have failed with the disk; then the close says so and the next open rebuilds.
    let degraded = log.is_degraded();
    assert_eq!(Box::new(log).close().is_err(), degraded);
    fs::remove_file(&ballast[1]).unwrap(); // a rebuild keeps the old store aside
    let (log, report) = FileLog::open(&paths, options, &()).unwrap();
    assert_eq!(
        matches!(report.store, StoreOpened::Rebuilt { .. }),
        degraded,
        "{report:?}"
    );
    check_whole(&*log.reader(), head);
}
