use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use caseledger_chain::{
    Checkpoint, Cosignature, Digest, KeyName, MemoryTree, SigningKey, consistency_proof, leaf_hash,
    root,
};
use tempfile::TempDir;

use super::*;
use crate::error::StateFault;
use crate::folder::{add_log, init, show};

const ORIGIN: &str = "ledger.example/audit";

struct Rig {
    dir: TempDir,
    log: SigningKey,
    witness: VerifierKey,
}

/// Three entries that all histories have, then six of this one.
fn history(name: u8) -> MemoryTree {
    let common = (0..3_u8).map(|i| vec![i]);
    let own = (3..9_u8).map(|i| vec![i, name]);
    common.chain(own).map(|entry| leaf_hash(&entry)).collect()
}

impl Rig {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let name = KeyName::parse("witness.example/w1").unwrap();
        let witness = init(&dir.path().join("w"), &name).unwrap();
        let log = SigningKey::from_seed(KeyName::parse(ORIGIN).unwrap(), &[1; 32]);
        add_log(&dir.path().join("w"), log.verifier()).unwrap();
        Self { dir, log, witness }
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("w")
    }

    fn state_file(&self) -> PathBuf {
        let name = name_of(&Origin::parse(ORIGIN).unwrap());
        self.folder().join("logs").join(name + ".log")
    }

    fn open(&self) -> Witness {
        Witness::open(&self.folder()).unwrap()
    }

    fn checkpoint(&self, tree: &MemoryTree, size: u64) -> Checkpoint {
        let size = Size::new(size);
        let origin = Origin::from(self.log.name().clone());
        Checkpoint::new(origin, size, root(tree, size).unwrap())
    }

    fn request(&self, tree: &MemoryTree, old: u64, size: u64) -> Vec<u8> {
        let checkpoint = self.checkpoint(tree, size).sign(&self.log).unwrap();
        let request = AddCheckpoint {
            old: Size::new(old),
            proof: consistency_proof(tree, Size::new(old), Size::new(size)).unwrap(),
            checkpoint: checkpoint.into_note(),
        };
        request.render().into_bytes()
    }

    fn size(&self) -> Option<Size> {
        show(&self.folder()).unwrap().1[0].size
    }
}

/// A disk that fails at one step, before or after the step is done, and at all that follow.
#[derive(Debug)]
struct Failing {
    at: usize,
    done: bool,
    steps: AtomicUsize,
}

impl Failing {
    fn step(&self, step: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let now = self.steps.fetch_add(1, Ordering::SeqCst);
        if now < self.at || (now == self.at && self.done) {
            step()?;
        }
        if now < self.at {
            Ok(())
        } else {
            Err(io::Error::other("power cut"))
        }
    }
}

impl Disk for Failing {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step(|| RealDisk.write(path, bytes))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|| RealDisk.rename(from, to))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(|| RealDisk.sync_folder(folder))
    }
}

#[test]
fn what_was_cosigned_is_on_disk_and_shown() {
    let rig = Rig::new();
    let tree = history(b'a');
    let witness = rig.open();
    let line = witness
        .add_checkpoint(&rig.request(&tree, 0, 5), 77)
        .unwrap();
    let text = rig.checkpoint(&tree, 5).text();
    let found = Cosignature::find(&text, line.as_bytes(), &rig.witness).unwrap();
    assert_eq!(found.time(), 77);

    assert_eq!(rig.size(), Some(Size::new(5)));
    let name = name_of(&Origin::parse(ORIGIN).unwrap());
    let signed = rig.checkpoint(&tree, 5).sign(&rig.log).unwrap();
    let expected = signed.into_note() + &line;
    assert_eq!(witness.checkpoint(&name).unwrap(), Some(expected.clone()));
    drop(witness);
    assert_eq!(rig.open().checkpoint(&name).unwrap(), Some(expected));
    assert_eq!(rig.open().checkpoint("00").unwrap(), None);
}

/// A failure at each step of storing, with the step done or not, cosigns nothing; and after a new
/// start no two cosignatures contradict each other, whatever was on disk.
#[test]
fn a_failure_at_any_step_never_leads_to_two_histories() {
    let [ours, other] = [b'a', b'b'].map(history);
    let mut left = BTreeSet::new();
    for at in 0..3 {
        for done in [false, true] {
            let rig = Rig::new();
            rig.open()
                .add_checkpoint(&rig.request(&ours, 0, 3), 1)
                .unwrap();
            let steps = AtomicUsize::new(0);
            let disk = Arc::new(Failing { at, done, steps });
            let witness = Witness::open_on(&rig.folder(), disk).unwrap();
            let declined = witness.add_checkpoint(&rig.request(&ours, 3, 5), 2);
            assert!(matches!(declined, Err(Declined::NotStored(_))), "{at}");
            // Neither history before it is known what the disk holds.
            for tree in [&ours, &other] {
                let declined = witness.add_checkpoint(&rig.request(tree, 3, 6), 3);
                assert!(matches!(declined, Err(Declined::Stopped(_))), "{at}");
            }
            drop(witness);

            let witness = rig.open();
            let size = rig.size().unwrap().get();
            left.insert((at, done, size));
            let first = witness.add_checkpoint(&rig.request(&ours, size, 6), 4);
            first.unwrap();
            let fork = witness.add_checkpoint(&rig.request(&other, 6, 7), 5);
            assert!(matches!(
                fork,
                Err(Declined::Refused(Refusal::Inconsistent(_)))
            ));
        }
    }
    let after_rename = |(at, done, _): &(usize, bool, u64)| *at == 2 || (*at == 1 && *done);
    assert!(left.iter().all(|case| (case.2 == 5) == after_rename(case)));
}

#[test]
fn of_two_histories_at_once_one_is_cosigned() {
    let rig = Rig::new();
    let witness = rig.open();
    let trees: Vec<MemoryTree> = (0..8).map(history).collect();
    witness
        .add_checkpoint(&rig.request(&trees[0], 0, 3), 1)
        .unwrap();
    let cosigned = thread::scope(|scope| {
        let asked: Vec<_> = trees
            .iter()
            .map(|tree| {
                let request = rig.request(tree, 3, 7);
                let witness = &witness;
                scope.spawn(move || witness.add_checkpoint(&request, 2).is_ok())
            })
            .collect();
        let answers = asked.into_iter().map(|thread| thread.join().unwrap());
        answers.filter(|cosigned| *cosigned).count()
    });
    assert_eq!(cosigned, 1);
}

#[test]
fn a_state_that_was_damaged_or_cut_is_refused() {
    let rig = Rig::new();
    let tree = history(b'a');
    rig.open()
        .add_checkpoint(&rig.request(&tree, 0, 5), 1)
        .unwrap();
    let whole = fs::read(rig.state_file()).unwrap();
    let refused = |bytes: &[u8]| {
        fs::write(rig.state_file(), bytes).unwrap();
        matches!(
            Witness::open(&rig.folder()),
            Err(WitnessError::State { .. })
        )
    };
    for len in 0..whole.len() {
        assert!(refused(&whole[..len]), "cut to {len} bytes");
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(refused(&changed), "byte {at} changed");
    }
    assert!(!refused(&whole));
}

/// The hash says that a file is whole; what it says must hold all the same.
#[test]
fn a_state_that_is_whole_and_not_true_is_refused() {
    let rig = Rig::new();
    let fault = |state: &State| {
        fs::write(rig.state_file(), state.render()).unwrap();
        match Witness::open(&rig.folder()) {
            Err(WitnessError::State { source, .. }) => Some(source),
            Ok(_) | Err(_) => None,
        }
    };
    let signed = rig.checkpoint(&history(b'a'), 5).sign(&rig.log).unwrap();
    let mut last = Cosigned {
        size: Size::new(5),
        root: Digest::ZERO,
        time: 0,
        note: signed.into_note(),
    };
    let key = rig.log.verifier().clone();
    let state = |last: &Cosigned| State {
        key: key.clone(),
        last: Some(last.clone()),
    };
    assert_eq!(fault(&state(&last)), Some(StateFault::NotCosigned));
    last.note = last.note.replace("\n5\n", "\n4\n");
    assert!(matches!(
        fault(&state(&last)),
        Some(StateFault::Checkpoint(_))
    ));
    let other = SigningKey::from_seed(KeyName::parse("other").unwrap(), &[1; 32]);
    let foreign = State {
        key: other.verifier().clone(),
        last: None,
    };
    assert!(matches!(fault(&foreign), Some(StateFault::Name(_))));
}

#[test]
fn what_a_crash_left_unfinished_is_not_read() {
    let rig = Rig::new();
    fs::write(rig.state_file().with_extension("new"), b"half").unwrap();
    assert_eq!(rig.open().logs(), 1);
}

#[test]
fn lines_that_nobody_signed_are_not_kept() {
    let rig = Rig::new();
    let witness = rig.open();
    let mut request = rig.request(&history(b'a'), 0, 5);
    // The most that a note may have, so that one more could not be read again.
    for i in 0..99 {
        let line = format!("\u{2014} nobody/{i} AAAAAAA=\n");
        request.extend_from_slice(line.as_bytes());
    }
    witness.add_checkpoint(&request, 1).unwrap();
    drop(witness);
    let name = name_of(&Origin::parse(ORIGIN).unwrap());
    let note = rig.open().checkpoint(&name).unwrap().unwrap();
    assert_eq!(note.matches('\u{2014}').count(), 2);
}

#[test]
fn a_stranger_raises_no_alarm_with_what_was_published() {
    let rig = Rig::new();
    let witness = rig.open();
    let (tree, other) = (history(b'a'), history(b'b'));
    witness
        .add_checkpoint(&rig.request(&tree, 0, 5), 1)
        .unwrap();
    let log = witness.logs.values().next().unwrap();
    let alarms = |bytes: &[u8], hashes: Option<usize>| {
        let mut request = AddCheckpoint::parse(bytes).unwrap();
        if let Some(hashes) = hashes {
            request.proof = vec![Digest::from_bytes([9; 32]); hashes];
        }
        let state = log.state.lock().unwrap();
        let state = state.as_ref().unwrap();
        let refusal = judge(state.stored(), &request, Some(&log.key)).unwrap_err();
        assert_eq!(refusal.status(), 422);
        contradicts(state, &refusal, &request)
    };
    assert!(!alarms(&rig.request(&tree, 5, 5), Some(1)));
    assert!(!alarms(&rig.request(&tree, 5, 8), Some(0)));
    assert!(alarms(&rig.request(&other, 5, 5), None));
    assert!(alarms(&rig.request(&other, 5, 5), Some(1)));
    assert!(alarms(&rig.request(&other, 5, 8), None));
}

#[test]
fn an_alarm_rings_once_a_minute_and_names_nothing_that_was_added() {
    let mut alarm = Alarm::default();
    let rings = [100, 100, 159, 160, 161, 90, 91].map(|now| alarm.rings(now));
    assert_eq!(rings, [true, false, false, true, false, true, false]);

    let rig = Rig::new();
    let signed = rig.checkpoint(&history(b'a'), 5).sign(&rig.log).unwrap();
    let note = signed.into_note();
    let added = format!("{note}\u{2014} nobody AAAAAAA=\n");
    assert_eq!(signed_by(rig.log.verifier(), &added), note);
}

#[test]
fn a_folder_is_for_one_process_and_one_owner() {
    use std::os::unix::fs::PermissionsExt as _;

    let rig = Rig::new();
    let witness = rig.open();
    let in_use = |result: Result<(), WitnessError>| {
        assert!(matches!(result, Err(WitnessError::InUse(_))));
    };
    in_use(Witness::open(&rig.folder()).map(drop));
    in_use(add_log(&rig.folder(), rig.log.verifier()));
    drop(witness);
    let again = add_log(&rig.folder(), rig.log.verifier());
    assert!(matches!(again, Err(WitnessError::Watched(_))));
    let not_a_log = add_log(&rig.folder(), &rig.witness);
    assert!(matches!(not_a_log, Err(WitnessError::NotALog(_))));
    let twice = init(&rig.folder(), &KeyName::parse("w").unwrap());
    assert!(matches!(twice, Err(WitnessError::Exists(_))));

    let key = rig.folder().join("witness.key");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&key), mode(&rig.folder())), (0o600, 0o700));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let opened = Witness::open(&rig.folder());
    assert!(matches!(
        opened,
        Err(WitnessError::Permissions { found: 0o640, .. })
    ));
    assert!(!format!("{opened:?}").contains("PRIVATE"));
}
