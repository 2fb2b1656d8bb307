//! The index key is replaced: every case is found as before, but for those that are to be forgotten.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use caseledger_chain::EntryRef;
use caseledger_domain::{
    CaseFact, CaseId, CaseToken, Command, Fact, OrgFact, Target,
    vocabulary::{ShredBasis, Tombstone},
};
use caseledger_engine::{
    Access, Clock, Config, Engine, Identity, ManualClock, Pseudonyms, ShredRound, Submission,
    SubmitError,
    fsck::{self, Depth, NotChecked, Report},
    index::{self, IndexError, IndexRotated},
};
use caseledger_vault::{Disk, Step, Verdict, Watch};

use crate::authority::{about, declared, introduce, operator};
use crate::crash::Crash;
use crate::private::*;
use crate::support::*;

pub(crate) const DAY: u64 = 86_400_000_000;

/// The docket key of a case stands in its private part as its name does.
fn token_of(part: &[u8], pseudonyms: &dyn Pseudonyms) -> Option<CaseToken> {
    let text = std::str::from_utf8(part).ok()?;
    text.starts_with("MARKER")
        .then(|| pseudonyms.case_token("LASC", text, "1"))
}

/// What the key of this moment makes of the key of a case.
fn token_now(engine: &Engine, number: u64) -> CaseToken {
    token_of(name(number).as_bytes(), &**engine.identity().index_key()).unwrap()
}

pub(crate) fn found(engine: &Engine, number: u64) -> Option<CaseId> {
    engine.reader().case_of(&token_now(engine, number))
}

pub(crate) fn by_key(engine: &Engine, number: u64, command: Command) -> Command {
    let target = Target::CaseKey(token_now(engine, number));
    Command { target, ..command }
}

/// A list names a case by its key.
pub(crate) fn listed(engine: &Engine, message: u64, number: u64) -> Submission {
    let command = by_key(engine, number, identify(number));
    with(
        submission(message, vec![command]),
        0,
        false,
        name(number).as_bytes(),
    )
}

/// Cases 0 to 5. Of 0 and 1 the private parts are destroyed, of 1 the key is to be forgotten. Of 5 nothing private was
/// ever kept.
pub(crate) fn ledger() -> Folder {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    fill(engine);
    folder
}

fn fill(engine: Engine) {
    open(&engine);
    for number in 0..5 {
        accept(&engine, prosecutor(), listed(&engine, number, number));
    }
    let command = by_key(&engine, 5, identify(5));
    accept(&engine, prosecutor(), submission(5, vec![command]));
    for (number, tombstone) in [(0, Tombstone::Kept), (1, Tombstone::Forgotten)] {
        let sealed = by_key(&engine, number, seal(number));
        accept(&engine, court(), submission(10 + number, vec![sealed]));
        let basis = ShredBasis::Custodian;
        let order = Fact::Case(CaseFact::ShredOrdered { basis, tombstone });
        let order = by_key(&engine, number, command_of(order));
        accept(&engine, custodian(), submission(20 + number, vec![order]));
    }
    let shredded = engine
        .shred_ordered(ShredRound::everything(), Box::new(|_step| ()))
        .unwrap();
    assert_eq!(shredded.receipts.len(), 2);
    engine.close().unwrap();
}

pub(crate) fn command_of(fact: Fact) -> Command {
    command(Target::Ledger, fact)
}

pub(crate) fn config(folder: &Folder) -> Config {
    Config::new(folder.paths.clone())
}

pub(crate) fn rotate_at(config: &Config, now: u64) -> Result<IndexRotated, IndexError> {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(now));
    index::rotate(config, &clock, &token_of, &mut |_done, _of| ())
}

pub(crate) fn rotate(folder: &Folder) -> IndexRotated {
    rotate_at(&config(folder), NOW).unwrap()
}

pub(crate) fn checked(folder: &Folder) -> Report {
    let key = folder.identity.verifier();
    fsck::check(&folder.paths, key, Depth::Everything, &|_| ()).unwrap()
}

/// The names of the files with index keys.
pub(crate) fn files(folder: &Folder) -> Vec<String> {
    let names = fs::read_dir(folder.paths.keys()).unwrap();
    let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("index")).collect();
    names.sort_unstable();
    names
}

/// Nothing that is derived is left: everything is folded from the journal.
pub(crate) fn drop_derived(folder: &Folder) {
    fs::remove_dir_all(folder.data().join("store")).unwrap();
}

#[test]
fn every_case_is_found_by_its_key_as_before_and_what_is_to_be_forgotten_is_not() {
    let folder = ledger();
    let (engine, _) = folder.open();
    let before: Vec<_> = (0..6).map(|number| found(&engine, number)).collect();
    assert!(before.iter().all(Option::is_some));
    let old: Vec<_> = (0..6).map(|number| token_now(&engine, number)).collect();
    let size = engine.reader().size();
    engine.close().unwrap();

    // A key that only may be read is overwritten all the same.
    let read_only = fs::Permissions::from_mode(0o400);
    fs::set_permissions(folder.paths.index_key(), read_only).unwrap();
    let expected = IndexRotated {
        generation: 2,
        renewed: 3,
        tombstones: 1,
        forgotten: 1,
        not_renewed: 1,
        rest_on: vec![1],
    };
    assert_eq!(rotate(&folder), expected);
    assert_eq!(files(&folder), ["index-2.key"]);
    for derived in [true, false] {
        if !derived {
            drop_derived(&folder);
        }
        let (engine, report) = folder.open();
        assert_eq!(report.replayed.saved.is_some(), derived);
        assert_eq!(engine.reader().size(), size);
        for (number, case) in (0..6).zip(&before) {
            let now = (number != 1).then_some(*case).flatten();
            assert_eq!(found(&engine, number), now, "{number}");
        }
        // With the old key alone nobody finds what has a new token.
        for token in &old[1..5] {
            assert_eq!(engine.reader().case_of(token), None);
        }
        engine.close().unwrap();
        let report = checked(&folder);
        assert!(report.is_ok(), "{report:#?}");
    }

    // A list that has them again: the tombstone is recognised, the forgotten case is a new one.
    let (engine, _) = folder.open();
    for (number, case) in (0..6).zip(before) {
        let again = listed(&engine, 100 + number, number);
        accept(&engine, prosecutor(), again);
        let now = found(&engine, number);
        assert_eq!(now == case, number != 1, "{number}");
    }
    drop(engine);
    drop_derived(&folder);
    let (engine, _) = folder.open();
    assert!(found(&engine, 1).is_some());
    engine.close().unwrap();
    let report = checked(&folder);
    assert!(report.is_ok(), "{report:#?}");
}

#[test]
fn a_message_of_before_is_known_and_digests_of_new_ones_are_made_with_the_new_key() {
    let folder = ledger();
    let (engine, _) = folder.open();
    let first = listed(&engine, 3, 3);
    let ack = accept(&engine, prosecutor(), first.clone());
    assert!(ack.duplicate);
    // A receipt holds on to the ledger.
    let receipt = receipt_bytes(&ack.receipts[0]);
    drop(ack);
    engine.close().unwrap();
    rotate(&folder);
    let (engine, _) = folder.open();
    let again = accept(&engine, prosecutor(), first.clone());
    assert!(again.duplicate);
    assert_eq!(receipt_bytes(&again.receipts[0]), receipt);
    drop(again);
    let mut other = first;
    other.content = [1; 32];
    let refused = submit(&engine, prosecutor(), other.clone());
    assert!(
        matches!(refused, Err(SubmitError::MessageReused { .. })),
        "{refused:?}"
    );

    other.message_id = [2; 16];
    let new = accept(&engine, prosecutor(), other.clone());
    assert!(accept(&engine, prosecutor(), other.clone()).duplicate);
    let entry = EntryRef::decode(new.receipts[0].entry()).unwrap();
    assert_ne!(entry.header().content.to_bytes(), other.content);
    assert_eq!(
        entry.header().content,
        engine.identity().index_key().seal(other.content)
    );
    drop(new);
    engine.close().unwrap();
    rotate(&folder);
    let (engine, _) = folder.open();
    assert!(accept(&engine, prosecutor(), other).duplicate);
}

/// The same, of a ledger that declares who may state what and can have a retention.
pub(crate) fn declared_ledger() -> Folder {
    let folder = declared();
    let (engine, _) = folder.open();
    introduce(&engine);
    let name = "RECORDS".parse().unwrap();
    let granted = OrgFact::RoleGranted {
        role: custodian().role,
        counties: Vec::new(),
        courts: Vec::new(),
        valid_from: date(20_210_927),
        valid_until: None,
    };
    let facts = [OrgFact::OrganisationRegistered { name }, granted];
    let set = facts.map(|fact| about(custodian().org, fact));
    accept(&engine, operator(), submission(201, set.into()));
    fill(engine);
    folder
}

fn open_at(folder: &Folder, now: u64) -> Engine {
    let clock = Arc::new(ManualClock::new(now));
    Engine::open(&config(folder), clock, &|_| ()).unwrap().0
}

/// Sets that tombstones are forgotten after some days; 0 for never.
pub(crate) fn forget_after(folder: &Folder, message: u64, now: u64, forget_after_days: u16) {
    let engine = open_at(folder, now);
    let retention = OrgFact::RetentionSet {
        days_after_sealing: 1,
        forget_after_days,
    };
    let set = about(operator().org, retention);
    accept(&engine, operator(), submission(message, vec![set]));
    engine.close().unwrap();
}

#[test]
fn a_tombstone_is_forgotten_when_its_days_are_over_and_its_key_goes_with_it() {
    let folder = declared_ledger();
    forget_after(&folder, 400, NOW, 30);
    let kept = rotate_at(&config(&folder), NOW + 29 * DAY).unwrap();
    assert_eq!((kept.tombstones, kept.forgotten), (1, 1));
    // Neither a clock that is ahead of everything that was recorded makes it forgotten, nor an entry alone.
    let ahead = rotate_at(&config(&folder), NOW + 900 * DAY).unwrap();
    assert_eq!((ahead.tombstones, ahead.forgotten), (1, 0));
    let engine = open_at(&folder, NOW + 30 * DAY);
    let name = "SOMEBODY".parse().unwrap();
    let registered = about(org("somebody"), OrgFact::OrganisationRegistered { name });
    accept(&engine, operator(), submission(401, vec![registered]));
    engine.close().unwrap();
    let behind = rotate_at(&config(&folder), NOW + 29 * DAY).unwrap();
    assert_eq!((behind.tombstones, behind.forgotten), (1, 0));
    let forgotten = rotate_at(&config(&folder), NOW + 30 * DAY).unwrap();
    assert_eq!((forgotten.tombstones, forgotten.forgotten), (0, 1));
    // Case 5 cannot be renewed.
    assert_eq!((forgotten.renewed, forgotten.not_renewed), (3, 1));
    assert_eq!(forgotten.rest_on, [1]);
    let (engine, _) = folder.open();
    let known: Vec<_> = (0..6)
        .map(|number| found(&engine, number).is_some())
        .collect();
    assert_eq!(known, [false, false, true, true, true, true]);
    engine.close().unwrap();
    let report = checked(&folder);
    assert!(report.is_ok(), "{report:#?}");
}

#[test]
fn a_rotation_that_is_cut_short_at_any_step_is_done_or_has_not_begun() {
    let sound = ledger();
    for leaves in [None, Some(40)] {
        cut_short(&sound, leaves);
    }
}

/// A step is not taken at all, or leaves a trace.
fn cut_short(sound: &Folder, leaves: Option<usize>) {
    let mut generations = Vec::new();
    for at in 0.. {
        let folder = sound.killed();
        let (crash, disk) = Crash::disk(at, leaves);
        let mut config = config(&folder);
        config.vault = disk;
        let outcome = rotate_at(&config, NOW);
        if !crash.struck() {
            outcome.unwrap();
            break;
        }
        assert!(
            matches!(outcome, Err(IndexError::Replace(_))),
            "{outcome:?}"
        );
        let (engine, _) = folder.open();
        let generation = engine.identity().index_key().generation();
        let known: Vec<_> = (0..6)
            .map(|number| found(&engine, number).is_some())
            .collect();
        assert_eq!(
            known,
            [true, generation == 1, true, true, true, true],
            "step {at}"
        );
        // Somebody is recorded in between, and found afterwards.
        accept(&engine, prosecutor(), listed(&engine, 300, 9));
        engine.close().unwrap();
        let file = ["index.key", "index-2.key"][generation as usize - 1];
        assert_eq!(files(&folder), [file], "step {at}");
        let report = checked(&folder);
        assert!(report.is_ok(), "step {at}: {report:#?}");
        let again = rotate(&folder);
        assert_eq!((again.generation, again.renewed), (generation + 1, 4));
        generations.push(generation);
    }
    assert!(
        generations.is_sorted() && generations.len() > 6,
        "{generations:?}"
    );
    assert_eq!((generations[0], generations.pop()), (1, Some(2)));
}

/// A process that is killed behind the commit point leaves saved state with the tokens of before.
#[test]
fn state_that_was_saved_with_other_tokens_is_not_used() {
    let folder = ledger();
    let copy = folder.killed();
    rotate(&folder);
    fs::copy(
        folder.paths.keys().join("index-2.key"),
        copy.paths.keys().join("index-2.key"),
    )
    .unwrap();
    let report = checked(&copy);
    let not_checked = &report.not_checked[..];
    assert!(
        matches!(
            not_checked,
            [NotChecked::SavedIndex {
                expected: 2,
                found: 1
            }]
        ),
        "{report:#?}"
    );
    let (engine, report) = copy.open();
    assert_eq!(report.replayed.saved, None);
    assert!(found(&engine, 3).is_some() && found(&engine, 1).is_none());
    assert_eq!(files(&copy), ["index-2.key"]);
}

/// What was done in the key folder.
#[derive(Debug)]
struct Seen {
    keys: PathBuf,
    steps: Mutex<Vec<Step>>,
}

impl Watch for Seen {
    fn before(&self, step: Step, path: &Path) -> Verdict {
        if path.starts_with(&self.keys) {
            self.steps.lock().unwrap().push(step);
        }
        Verdict::Go
    }
}

/// The process was killed behind the rename, in front of the sync of the folder.
#[test]
fn a_start_makes_the_rename_durable_before_it_overwrites_the_key_of_before() {
    let folder = ledger();
    let killed = folder.killed();
    rotate(&folder);
    let key = "index-2.key";
    fs::copy(folder.paths.keys().join(key), killed.paths.keys().join(key)).unwrap();
    let seen = Arc::new(Seen {
        keys: killed.paths.keys().to_owned(),
        steps: Mutex::default(),
    });
    let mut config = config(&killed);
    config.vault = Disk::watched(Arc::<Seen>::clone(&seen));
    config.store.access = Access::ReadOnly;
    let open = |config: &Config| Engine::open(config, Arc::new(ManualClock::new(NOW)), &|_| ());
    drop(open(&config).unwrap());
    assert_eq!(*seen.steps.lock().unwrap(), []);
    config.store.access = Access::Write;
    drop(open(&config).unwrap());
    let expected = [
        Step::SyncFolder,
        Step::Overwrite,
        Step::SyncFile,
        Step::Remove,
        Step::SyncFolder,
    ];
    assert_eq!(*seen.steps.lock().unwrap(), expected);
    assert_eq!(files(&killed), [key]);
}

#[test]
fn a_newer_key_folder_serves_an_older_journal() {
    let folder = ledger();
    let older = folder.killed();
    let (engine, _) = folder.open();
    accept(&engine, prosecutor(), listed(&engine, 300, 9));
    engine.close().unwrap();
    rotate(&folder);
    let key = "index-2.key";
    fs::copy(folder.paths.keys().join(key), older.paths.keys().join(key)).unwrap();
    let (engine, _) = older.open();
    assert!(found(&engine, 3).is_some() && found(&engine, 9).is_none());
    accept(&engine, prosecutor(), listed(&engine, 300, 9));
    let case = found(&engine, 9);
    assert!(case.is_some());
    drop(engine);
    drop_derived(&older);
    assert_eq!(found(&older.open().0, 9), case);
    let report = checked(&older);
    assert!(report.integrity.is_empty(), "{report:#?}");
}

/// The same name and seed make the same keys; another ledger's commitment is what differs.
pub(crate) fn with_another_commitment(path: &Path) -> Vec<u8> {
    let mut foreign = fs::read(path).unwrap();
    foreign[16] ^= 1;
    let end = foreign.len() - 4;
    let checksum = crc32c::crc32c(&foreign[..end]);
    foreign[end..].copy_from_slice(&checksum.to_be_bytes());
    foreign
}

#[test]
fn a_key_that_is_damaged_or_of_another_ledger_is_refused_and_without_one_little_is_checked() {
    let folder = ledger();
    rotate(&folder);
    let path = folder.paths.keys().join("index-2.key");
    let sound = fs::read(&path).unwrap();
    let mut damaged = sound.clone();
    damaged[100] ^= 1;
    let other = ledger();
    rotate(&other);
    let foreign = with_another_commitment(&other.paths.keys().join("index-2.key"));
    for (bytes, word) in [
        (damaged, "checksum"),
        (foreign, "commitment"),
        (Vec::new(), "whole"),
    ] {
        fs::write(&path, bytes).unwrap();
        let refused = Identity::load(&folder.paths).unwrap_err().to_string();
        assert!(
            refused.contains(word) && refused.contains("index-2.key"),
            "{refused}"
        );
    }
    let report = checked(&folder);
    let not_checked = &report.not_checked[..];
    assert!(
        matches!(not_checked, [NotChecked::Tokens(_)]),
        "{report:#?}"
    );
    fs::write(&path, sound).unwrap();
    let shown = index::shown(&folder.paths).unwrap();
    assert_eq!((shown.generation, shown.tokens, shown.kept), (2, 5, 2));
    assert_eq!(shown.rest_on, [1]);
    assert!(checked(&folder).is_ok());
    // Whoever checks without the key folder is told what was not looked at.
    fs::remove_dir_all(folder.paths.keys()).unwrap();
    let report = checked(&folder);
    assert!(
        report.integrity.is_empty() && report.completeness.is_empty(),
        "{report:#?}"
    );
}
