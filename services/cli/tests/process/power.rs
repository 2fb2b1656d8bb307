//! A power cut: what reached the device when the acknowledgement came, and nothing that did not.
//!
//! The ledger lives on ext4 on a loop device. At the moment of an acknowledgement the backing image
//! is copied; the copy is mounted and opened. What was only in the page cache of the file system
//! is not in it. Needs root and a loop device, and says so where it has none.

use std::path::{Path, PathBuf};
use std::process::Command;

use caseledger_client::Receipt;

use crate::rig::{Served, caseledger, code, init, message_id, submission, text};

/// Size of the device: room for a preallocated journal segment and the store.
const IMAGE_MIB: u64 = 512;

/// Acknowledgements before the cut.
const ACKNOWLEDGED: u64 = 40;

struct Mounted(PathBuf);

impl Mounted {
    fn new(image: &Path, point: &Path) -> Option<Self> {
        std::fs::create_dir_all(point).unwrap();
        let mounted = Command::new("mount")
            .args(["-o", "loop", text(image), text(point)])
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| Self(point.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A busy mount stays, and the temporary folder with it.
        let _unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn image(path: &Path) -> bool {
    let file = std::fs::File::create(path).unwrap();
    file.set_len(IMAGE_MIB << 20).unwrap();
    let made = Command::new("mkfs.ext4")
        .args(["-q", "-F", text(path)])
        .output();
    made.is_ok_and(|output| output.status.success())
}

#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (device, after) = (folder.path().join("device"), folder.path().join("after"));
    if !image(&device) {
        eprintln!("skipped: no mkfs.ext4 on this machine");
        return;
    }
    let Some(mounted) = Mounted::new(&device, &folder.path().join("before-cut")) else {
        eprintln!("skipped: a power cut needs root and a loop device");
        return;
    };
    let data = mounted.0.join("ledger");
    let key = init(&data);
    let served = Served::start(&data);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let receipts: Vec<String> = runtime.block_on(async {
        let client = served.client(&key).await;
        let mut receipts = Vec::new();
        for number in 0..ACKNOWLEDGED {
            let accepted = client.submit(submission(number)).await.unwrap();
            receipts.extend(accepted.receipts.iter().map(Receipt::file));
        }
        // The moment of the last acknowledgement: this is what the device has.
        let copied = Command::new("cp")
            .args(["--sparse=always", text(&device), text(&after)])
            .status();
        assert!(copied.unwrap().success());
        receipts
    });
    served.kill();
    drop(mounted);

    let mounted = Mounted::new(&after, &folder.path().join("after-cut")).expect("the image mounts");
    let data = mounted.0.join("ledger");
    let served = Served::start(&data);
    runtime.block_on(async {
        let client = served.client(&key).await;
        for (number, receipt) in receipts.iter().enumerate() {
            let status = client
                .submission_status(message_id(number as u64))
                .await
                .unwrap();
            let recorded =
                status.unwrap_or_else(|| panic!("acknowledged submission {number} is gone"));
            assert_eq!(recorded.receipts[0].file(), *receipt);
        }
    });
    served.stop();
    let checked = caseledger(&["fsck", "--data", text(&data)]);
    assert_eq!(
        code(checked.status),
        0,
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}
