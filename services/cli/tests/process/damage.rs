//! One flipped byte anywhere in the data folder: found and named, rebuilt or refused, or of no
//! effect at all; never a panic, a hang or a silent loss.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use caseledger_client::Receipt;

use crate::rig::{
    Dice, Served, caseledger, code, copy, count, files, init, message_id, submission, text,
};

/// Entries of the ledger that is damaged.
const ENTRIES: u64 = 300;

fn build(data: &Path) -> Vec<String> {
    let key = init(data);
    let served = Served::start(data);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let receipts = runtime.block_on(async {
        let client = served.client(&key).await;
        let mut receipts = Vec::new();
        for number in 0..ENTRIES {
            let accepted = client.submit(submission(number)).await.unwrap();
            receipts.extend(accepted.receipts.iter().map(Receipt::file));
        }
        receipts
    });
    served.stop();
    receipts
}

fn flip(data: &Path, dice: &mut Dice) -> String {
    let files = files(data);
    // Weighed by size up to a point: most of a segment is preallocated zeros.
    let path = &files[dice.below(files.len() as u64) as usize];
    let mut bytes = std::fs::read(path).unwrap();
    if bytes.is_empty() {
        return format!("{} is empty", path.display());
    }
    let used = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(1, |last| last + 1);
    // One flip in eight goes into what is not used yet.
    let bound = if dice.below(8) == 0 {
        bytes.len()
    } else {
        used
    };
    let at = dice.below(bound as u64) as usize;
    bytes[at] ^= 1 << dice.below(8);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::fs::write(path, bytes).unwrap();
    format!("{} at {at}", path.strip_prefix(data).unwrap().display())
}

/// What an opened ledger must still say: every receipt, byte for byte.
fn complete(data: &Path, receipts: &[String], what: &str) {
    let key = std::fs::read_to_string(format!("{}.vkey", text(data))).unwrap();
    let key = caseledger_chain::VerifierKey::parse(key.trim()).unwrap();
    let served = Served::start(data);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let client = served.client(&key).await;
        for (number, receipt) in receipts.iter().enumerate() {
            let status = client
                .submission_status(message_id(number as u64))
                .await
                .unwrap();
            let recorded = status.unwrap_or_else(|| panic!("{what}: entry {number} was lost"));
            assert_eq!(
                recorded.receipts[0].file(),
                *receipt,
                "{what}: entry {number} changed"
            );
        }
    });
    served.stop();
}

#[test]
fn a_flipped_byte_is_found_or_without_effect() {
    let flips = count("CASELEDGER_FLIPS", 6);
    let seed = 20_201_211;
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("sound");
    let receipts = build(&sound);
    let mut dice = Dice::new(seed);
    let (mut found, mut refused, mut harmless) = (0, 0, 0);
    for number in 0..flips {
        let data = folder.path().join(format!("flip-{number}"));
        copy(&sound, &data);
        let what = flip(&data, &mut dice);
        let checked = caseledger(&["fsck", "--data", text(&data), "-o", "json"]);
        let said = String::from_utf8_lossy(&checked.stdout).into_owned()
            + &String::from_utf8_lossy(&checked.stderr);
        assert!(code(checked.status) >= 0, "{what}: fsck died: {said}");
        let clean = code(checked.status) == 0;
        let opened = caseledger(&["status", "--data", text(&data)]);
        let answer = String::from_utf8_lossy(&opened.stderr).into_owned();
        if opened.status.success() {
            // Rebuilt or untouched: either way nothing is missing.
            complete(&data, &receipts, &what);
        } else {
            assert!(
                !clean,
                "{what}: refused to open ({answer}), but fsck saw nothing"
            );
            assert!(answer.starts_with("error: "), "{what}: {answer}");
            refused += 1;
        }
        if clean {
            harmless += 1;
        } else {
            found += 1;
        }
        eprintln!(
            "flip {number}: {what}: {}",
            if clean { "no effect" } else { "found" }
        );
        std::fs::remove_dir_all(&data).unwrap();
    }
    eprintln!(
        "{flips} flips: {found} found ({refused} of them refused to open), {harmless} without effect"
    );
    assert_eq!(found + harmless, flips);
}
