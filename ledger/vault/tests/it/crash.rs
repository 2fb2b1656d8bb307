//! Every step of making, re-wrapping and opening a vault fails, crashes or leaves half of itself: then it is done, or
//! has not begun.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use caseledger_vault::{Disk, RewrapError, Step, VaultCase, VaultError, Verdict, Watch};

use crate::support::*;

/// What happens at one step, and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It is not taken, and fails; what follows is as ever.
    Fails,
    /// It is taken, of a write a part, and fails all the same; what follows is as ever.
    FailsAndLeaves(usize),
    /// The process ends before it.
    Crashes,
    /// The process ends within it: of a write a part was written.
    CrashesAndLeaves(usize),
}

const KINDS: [Kind; 8] = [
    Kind::Fails,
    Kind::FailsAndLeaves(0),
    Kind::FailsAndLeaves(40),
    Kind::FailsAndLeaves(usize::MAX),
    Kind::Crashes,
    Kind::CrashesAndLeaves(0),
    Kind::CrashesAndLeaves(40),
    Kind::CrashesAndLeaves(usize::MAX),
];

/// Lets a number of steps pass, then is of its kind.
#[derive(Debug)]
struct Interruption {
    at: usize,
    kind: Kind,
    seen: Mutex<Vec<(Step, PathBuf)>>,
}

impl Interruption {
    fn new(at: usize, kind: Kind) -> Arc<Self> {
        Arc::new(Self {
            at,
            kind,
            seen: Mutex::default(),
        })
    }

    fn never() -> Arc<Self> {
        Self::new(usize::MAX, Kind::Crashes)
    }

    fn disk(self: &Arc<Self>) -> Disk {
        Disk::watched(Arc::<Self>::clone(self))
    }

    /// Whether it came to it.
    fn struck(&self) -> bool {
        self.seen.lock().unwrap().len() > self.at
    }

    /// The steps, with the names of their files.
    fn steps(&self) -> Vec<(Step, String)> {
        let seen = self.seen.lock().unwrap();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        seen.iter()
            .map(|(step, path)| (*step, name(path)))
            .collect()
    }
}

impl Watch for Interruption {
    fn before(&self, step: Step, path: &Path) -> Verdict {
        let mut seen = self.seen.lock().unwrap();
        let index = seen.len();
        seen.push((step, path.to_owned()));
        let refused = || Verdict::Refuse(io::ErrorKind::StorageFull.into());
        match self.kind {
            _ if index < self.at => Verdict::Go,
            Kind::Fails | Kind::Crashes if index == self.at => refused(),
            Kind::FailsAndLeaves(kept) | Kind::CrashesAndLeaves(kept) if index == self.at => {
                Verdict::Tear(kept)
            }
            Kind::Fails | Kind::FailsAndLeaves(_) => Verdict::Go,
            Kind::Crashes | Kind::CrashesAndLeaves(_) => refused(),
        }
    }
}

fn name(step: Step, name: &str) -> (Step, String) {
    (step, name.to_owned())
}

/// What an uninterrupted shred does, in this order. What is renamed was synced; the new table has a durable name before
/// anything happens to the old key; the old key is overwritten, and that is durable, before its name is gone.
fn whole_shred() -> Vec<(Step, String)> {
    vec![
        name(Step::CreateFile, "keyring-3.tmp"),
        name(Step::Write, "keyring-3.tmp"),
        name(Step::SyncFile, "keyring-3.tmp"),
        name(Step::Rename, "keyring-3"),
        name(Step::SyncFolder, "ledger.vault"),
        name(Step::CreateFile, "datakeys.tmp"),
        name(Step::Write, "datakeys.tmp"),
        name(Step::SyncFile, "datakeys.tmp"),
        name(Step::Rename, "datakeys"),
        name(Step::SyncFolder, "ledger.vault"),
        name(Step::Overwrite, "keyring-2"),
        name(Step::SyncFile, "keyring-2"),
        name(Step::Remove, "keyring-2"),
        name(Step::SyncFolder, "ledger.vault"),
    ]
}

/// After the vault was opened again: all of it happened, or nothing. Says whether it did.
fn judge(scene: &Scene, folder: &Path, dropped: &BTreeSet<VaultCase>, context: &str) -> bool {
    let opened = open(folder, &Disk::default()).unwrap();
    let done = opened.vault.generation() == generation(3);
    if done {
        assert_eq!(listed(folder), ["datakeys", "keyring-3"], "{context}");
        let left = &scene.all() - dropped;
        assert_eq!(scene.opened(folder), left, "{context}");
        let table = opened.table;
        assert_eq!(scene.opened_with(folder, table.keys()), left, "{context}");
        assert_eq!(table.size(), SIZE);
    } else {
        assert_eq!(opened.vault.generation(), generation(2), "{context}");
        assert_eq!(listed(folder), ["datakeys", "keyring-2"], "{context}");
        let open = scene.opened_with(folder, &scene.current);
        assert_eq!(open, scene.all(), "{context}");
    }
    done
}

#[test]
fn a_shred_takes_its_steps_in_an_order_that_a_loss_of_power_cannot_turn_around() {
    let scene = Scene::new();
    let interruption = Interruption::never();
    let mut vault = open(&scene.folder, &interruption.disk()).unwrap().vault;
    assert_eq!(interruption.steps(), [], "opening had nothing to do");
    vault
        .rewrap(scene.current.clone(), &cases(&[2, 5]), SIZE, &mut |_, _| ())
        .unwrap();
    assert_eq!(interruption.steps(), whole_shred());
}

/// Every step of a shred and of a rotation, in every way, and then every step of opening the vault after it.
fn interrupt_everywhere(dropped: &BTreeSet<VaultCase>) {
    let scene = Scene::new();
    let mut outcomes = BTreeSet::new();
    for at in 0..whole_shred().len() {
        for kind in KINDS {
            let context = format!("{kind:?} at step {at}");
            let (_temporary, folder) = copy(&scene.folder);
            let interruption = Interruption::new(at, kind);
            let mut vault = open(&folder, &interruption.disk()).unwrap().vault;
            let mut rewrap = || vault.rewrap(scene.current.clone(), dropped, SIZE, &mut |_, _| ());
            let first = rewrap().unwrap_err();
            assert!(interruption.struck(), "{context}");
            let goes_on = matches!(kind, Kind::Fails | Kind::FailsAndLeaves(_));
            match (&first, goes_on) {
                (RewrapError::NotBegun(_), true) => {
                    // The same vault goes on, and can be asked again.
                    let (_temporary, as_it_is) = copy(&folder);
                    assert!(!judge(&scene, &as_it_is, dropped, &context));
                    rewrap().unwrap();
                    assert!(judge(&scene, &folder, dropped, &context));
                }
                (RewrapError::NotBegun(_), false) => {
                    assert!(!judge(&scene, &folder, dropped, &context));
                }
                (RewrapError::Unfinished(_), _) => {
                    let refused = vault.new_key(case(9));
                    assert!(matches!(refused, Err(VaultError::Stopped)), "{context}");
                    outcomes.insert(judge(&scene, &folder, dropped, &context));
                }
            }
        }
    }
    assert_eq!(outcomes, BTreeSet::from([false, true]));
}

#[test]
fn a_shred_that_is_interrupted_anywhere_is_done_or_has_not_begun() {
    interrupt_everywhere(&cases(&[2, 5]));
}

#[test]
fn a_rotation_that_is_interrupted_anywhere_is_done_or_has_not_begun() {
    interrupt_everywhere(&cases(&[]));
}

/// Two crashes: one within the shred, one while the vault is opened after it.
#[test]
fn opening_that_is_interrupted_anywhere_can_be_repeated() {
    let (scene, dropped) = (Scene::new(), cases(&[2, 5]));
    let mut longest = 0;
    for at in 0..whole_shred().len() {
        let (_temporary, crashed) = copy(&scene.folder);
        let first = Interruption::new(at, Kind::CrashesAndLeaves(40));
        let mut vault = open(&crashed, &first.disk()).unwrap().vault;
        vault
            .rewrap(scene.current.clone(), &dropped, SIZE, &mut |_, _| ())
            .unwrap_err();
        let (_temporary, undisturbed) = copy(&crashed);
        let expected = judge(&scene, &undisturbed, &dropped, "once");
        for then in 0.. {
            let (_temporary, folder) = copy(&crashed);
            let second = Interruption::new(then, Kind::CrashesAndLeaves(40));
            let opened = open(&folder, &second.disk());
            if !second.struck() {
                opened.unwrap();
                break;
            }
            opened.unwrap_err();
            let context = format!("step {at}, then {then}");
            assert_eq!(judge(&scene, &folder, &dropped, &context), expected);
            longest = longest.max(then + 1);
        }
    }
    assert_eq!(longest, 6, "sync, overwrite, sync, remove, sync, remove");
}

/// The rename may have been seen and not be durable: a key is destroyed only after that is certain.
#[test]
fn opening_makes_the_table_durable_before_it_destroys_a_key() {
    let scene = Scene::new();
    let first = Interruption::new(9, Kind::Crashes);
    let mut vault = open(&scene.folder, &first.disk()).unwrap().vault;
    vault
        .rewrap(scene.current.clone(), &cases(&[2]), SIZE, &mut |_, _| ())
        .unwrap_err();
    let second = Interruption::never();
    let opened = open(&scene.folder, &second.disk()).unwrap();
    assert_eq!(opened.finished.destroyed, [generation(2)]);
    assert_eq!(
        second.steps(),
        [
            name(Step::SyncFolder, "ledger.vault"),
            name(Step::Overwrite, "keyring-2"),
            name(Step::SyncFile, "keyring-2"),
            name(Step::Remove, "keyring-2"),
            name(Step::SyncFolder, "ledger.vault"),
        ]
    );
}

#[test]
fn a_creation_that_is_interrupted_anywhere_can_be_repeated() {
    let (_temporary, folder) = place();
    let never = Interruption::never();
    create(&folder, &never.disk()).unwrap();
    let steps = never.steps().len();
    assert_eq!(steps, 12);
    for at in 0..steps {
        for kind in KINDS {
            let (_temporary, folder) = place();
            let interruption = Interruption::new(at, kind);
            create(&folder, &interruption.disk()).unwrap_err();
            // Once the table has its name the vault is made.
            let made = match create(&folder, &Disk::default()) {
                Ok(vault) => vault.generation(),
                Err(VaultError::Exists { .. }) if at >= steps - 2 => generation(1),
                Err(error) => panic!("{kind:?} at step {at}: {error}"),
            };
            assert_eq!(made, generation(1));
            let opened = open(&folder, &Disk::default()).unwrap();
            assert!(opened.finished.is_nothing());
            assert_eq!(listed(&folder), ["datakeys", "keyring-1"]);
        }
    }
}
