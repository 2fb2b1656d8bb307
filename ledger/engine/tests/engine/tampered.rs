//! What the check finds of private parts that somebody took away, exchanged, put back or made up.

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};

use caseledger_chain::{Position, leaf_hash};
use caseledger_domain::CaseId;
use caseledger_engine::{
    Config, Engine, ManualClock, OpenError, ShredRound, Unreadable, VaultError,
    fsck::{self, Depth, Fault, Finding, NotChecked, Report, Verdict},
};
use caseledger_store::{Commit, CommitLog, FileLog, JournalScan, Meta, OpenOptions};
use caseledger_vault::{
    Disk, FileKeyring, KeyEncryption as _, Place, SystemRandom, VaultCase, WrappedKey, seal_part,
};

use crate::private::*;
use crate::support::*;

const DATA_KEY: u8 = 3;
const PRIVATE: u8 = 4;

/// Where the parts stand: two of case 0, one of case 1.
const PARTS: [u64; 3] = [2, 4, 3];

fn check(folder: &Folder, depth: Depth) -> Report {
    fsck::check(&folder.paths, folder.identity.verifier(), depth, &|_| ()).unwrap()
}

fn ledger() -> Folder {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    accept(&engine, prosecutor(), identified(0));
    accept(&engine, prosecutor(), identified(1));
    let given = with(submission(9, vec![determine(0)]), 0, true, b"details");
    accept(&engine, prosecutor(), given);
    engine.close().unwrap();
    folder
}

/// The same ledger with the destruction of case 0 ordered and confirmed.
fn shredded(folder: &Folder) {
    let (engine, _) = folder.open();
    accept(&engine, court(), submission(50, vec![seal(0)]));
    accept(&engine, custodian(), submission(60, vec![order_shred(0)]));
    engine
        .shred_ordered(ShredRound::everything(), Box::new(|_step| ()))
        .unwrap();
    engine.close().unwrap();
}

/// The records of a kind that stand beside the entries.
fn records(folder: &Folder, wanted: u8) -> Vec<Vec<u8>> {
    let journal = folder.paths.store().journal();
    let mut scan = JournalScan::open(journal, folder.identity.ledger()).unwrap();
    let mut found = Vec::new();
    while let Some(frame) = scan.next_frame() {
        let frame = frame.unwrap().frame;
        let records = frame.sidecars().filter(|(kind, _)| *kind == wanted);
        found.extend(records.map(|(_, bytes)| bytes.to_vec()));
    }
    found
}

/// The sealed part of the entry at a position.
fn part(folder: &Folder, position: u64) -> Vec<u8> {
    let records = records(folder, PRIVATE).into_iter();
    let mut records = records.filter(|bytes| bytes[..8] == position.to_be_bytes());
    records.next().unwrap().split_off(8)
}

/// A record that says that it is of a position.
fn at(position: u64, sealed: &[u8]) -> Vec<u8> {
    [&position.to_be_bytes(), sealed].concat()
}

/// Writes the journal again, entry for entry, with other records beside them.
fn rewrite(folder: &Folder, mut change: impl FnMut(u8, &[u8]) -> Vec<(u8, Vec<u8>)>) {
    let store = folder.paths.store();
    let meta = Meta::read(store).unwrap();
    let mut scan = JournalScan::open(store.journal(), meta.ledger()).unwrap();
    let mut commits = Vec::new();
    while let Some(frame) = scan.next_frame() {
        let frame = frame.unwrap().frame;
        let mut commit = Commit::new(frame.first(), frame.prev());
        for entry in frame.entries() {
            commit.push_entry(entry).unwrap();
            commit.push_leaf(leaf_hash(entry));
        }
        for (kind, bytes) in frame.sidecars() {
            for (kind, bytes) in change(kind, bytes) {
                commit.push_sidecar(kind, &bytes);
            }
        }
        commit.set_last_chain(frame.end().chain);
        commits.push(commit);
    }
    drop(scan);
    fs::remove_dir_all(folder.data()).unwrap();
    fs::remove_file(store.guard()).unwrap();
    FileLog::init(store, &meta).unwrap();
    let (mut log, _) = FileLog::open(store, OpenOptions::default(), &()).unwrap();
    for commit in commits {
        let head = log.head().unwrap();
        log.append(head, Arc::new(commit)).unwrap();
    }
    Box::new(log).close().unwrap();
}

/// Changes the part of one position.
fn exchange(folder: &Folder, position: u64, other: &[u8]) {
    rewrite(folder, |kind, bytes| {
        let hit = kind == PRIVATE && bytes[..8] == position.to_be_bytes();
        let bytes = if hit {
            at(position, other)
        } else {
            bytes.to_vec()
        };
        vec![(kind, bytes)]
    });
}

fn cases(folder: &Folder) -> [CaseId; 2] {
    let keys = records(folder, DATA_KEY);
    [0, 1].map(|at: usize| CaseId::try_from(&keys[at][..16]).unwrap())
}

/// Where the one part of the case stands that does not open, and why.
fn unreadable(folder: &Folder, case: CaseId) -> (u64, Unreadable) {
    let (engine, _) = folder.open();
    let parts = engine.reader().private_parts(case, &all()).unwrap();
    let [part] = <[_; 1]>::try_from(parts.unreadable).unwrap();
    (part.position.get(), part.why)
}

fn positions(findings: &[Finding]) -> Vec<u64> {
    let all = findings.iter();
    all.map(|finding| finding.position.unwrap().get()).collect()
}

#[test]
fn sound_parts_and_destroyed_ones_have_no_findings() {
    let folder = ledger();
    assert_eq!(records(&folder, PRIVATE).len(), 3);
    for depth in [Depth::Journal, Depth::Everything] {
        let report = check(&folder, depth);
        assert!(report.is_ok(), "{report:#?}");
    }
    // An order that is not confirmed yet, as a crash leaves it.
    let (engine, _) = folder.open();
    accept(&engine, court(), submission(51, vec![seal(1)]));
    accept(&engine, custodian(), submission(61, vec![order_shred(1)]));
    engine.close().unwrap();
    let report = check(&folder, Depth::Everything);
    assert!(report.is_ok(), "{report:#?}");
    shredded(&folder);
    for depth in [Depth::Journal, Depth::Everything] {
        let report = check(&folder, depth);
        assert!(report.is_ok(), "{report:#?}");
    }
    // What is gone for good need not be there.
    rewrite(&folder, |kind, bytes| {
        let gone = kind == PRIVATE || kind == DATA_KEY;
        if gone {
            Vec::new()
        } else {
            vec![(kind, bytes.to_vec())]
        }
    });
    let report = check(&folder, Depth::Journal);
    assert!(report.is_ok(), "{report:#?}");
}

#[test]
fn a_part_that_was_taken_away_without_an_order_is_missing() {
    let folder = ledger();
    rewrite(&folder, |kind, bytes| {
        let hit = kind == PRIVATE && bytes[..8] == PARTS[1].to_be_bytes();
        if hit {
            Vec::new()
        } else {
            vec![(kind, bytes.to_vec())]
        }
    });
    let [of, _] = cases(&folder);
    let report = check(&folder, Depth::Journal);
    assert_eq!(report.integrity(), Verdict::Ok, "{report:#?}");
    assert_eq!(positions(&report.completeness), [PARTS[1]]);
    assert!(
        matches!(report.completeness[0].fault, Fault::PrivateMissing(case) if case == of),
        "{report:#?}"
    );
    let refused = unreadable(&folder, of);
    assert!(
        matches!(refused, (at, Unreadable::Missing) if at == PARTS[1]),
        "{refused:?}"
    );
    // The other part of the case is read all the same.
    let (engine, _) = folder.open();
    let parts = engine.reader().private_parts(of, &all()).unwrap().parts;
    let found: Vec<u64> = parts.iter().map(|part| part.position.get()).collect();
    assert_eq!(found, [PARTS[0]]);
}

#[test]
fn parts_of_two_cases_that_were_exchanged_are_found_and_named() {
    let folder = ledger();
    let [zero, one] = cases(&folder);
    let [first, _, other] = PARTS;
    let (of_zero, of_one) = (part(&folder, first), part(&folder, other));
    exchange(&folder, first, &of_one);
    exchange(&folder, other, &of_zero);
    let report = check(&folder, Depth::Journal);
    assert_eq!(positions(&report.integrity), [first, other], "{report:#?}");
    let moved = |at: usize| match report.integrity[at].fault {
        Fault::PrivateMoved { case, position } => (case, position.get()),
        _ => panic!("{report:#?}"),
    };
    assert_eq!([moved(0), moved(1)], [(one, other), (zero, first)]);
    assert_eq!(report.completeness(), Verdict::Ok);
    // Nor are they read.
    let refused = unreadable(&folder, zero);
    assert!(
        matches!(refused, (at, Unreadable::Refused(_)) if at == first),
        "{refused:?}"
    );
}

#[test]
fn an_older_part_of_the_same_case_that_is_put_in_place_of_a_newer_one_is_found_and_named() {
    let folder = ledger();
    let [zero, _] = cases(&folder);
    let older = part(&folder, PARTS[0]);
    exchange(&folder, PARTS[1], &older);
    let report = check(&folder, Depth::Journal);
    assert_eq!(positions(&report.integrity), [PARTS[1]], "{report:#?}");
    assert!(
        matches!(
            report.integrity[0].fault,
            Fault::PrivateMoved { case, position } if case == zero && position.get() == PARTS[0]
        ),
        "{report:#?}"
    );
}

#[test]
fn a_part_with_another_byte_does_not_open_and_one_that_is_made_up_is_not_what_was_recorded() {
    let folder = ledger();
    let [_, one] = cases(&folder);
    let mut damaged = part(&folder, PARTS[2]);
    *damaged.last_mut().unwrap() ^= 1;
    exchange(&folder, PARTS[2], &damaged);
    let report = check(&folder, Depth::Journal);
    assert_eq!(positions(&report.integrity), [PARTS[2]], "{report:#?}");
    assert!(
        matches!(report.integrity[0].fault, Fault::PrivateRefused(case) if case == one),
        "{report:#?}"
    );

    // By somebody who has the keys.
    let key = records(&folder, DATA_KEY).swap_remove(1);
    let (ledger, case) = (
        folder.identity.ledger(),
        VaultCase::from_bytes(one.to_bytes()),
    );
    let random = Arc::new(SystemRandom);
    let keyring = FileKeyring::new(folder.paths.vault(), ledger, random, Disk::default());
    let key = keyring.unwrap(case, &WrappedKey::from_bytes(&key[16..]).unwrap());
    let place = Place {
        ledger,
        case,
        position: Position::new(PARTS[2]),
    };
    let other = seal_part(&key.unwrap(), &place, &[1; 32], b"another", &SystemRandom).unwrap();
    exchange(&folder, PARTS[2], &other);
    let report = check(&folder, Depth::Journal);
    assert_eq!(positions(&report.integrity), [PARTS[2]], "{report:#?}");
    assert!(
        matches!(report.integrity[0].fault, Fault::PrivateCommitment { .. }),
        "{report:#?}"
    );
    let refused = unreadable(&folder, one);
    assert!(
        matches!(refused, (at, Unreadable::Commitment { .. }) if at == PARTS[2]),
        "{refused:?}"
    );
}

#[test]
fn a_part_that_no_entry_knows_of_and_a_second_data_key_are_found() {
    let folder = ledger();
    let sealed = part(&folder, PARTS[0]);
    let key = records(&folder, DATA_KEY).swap_remove(0);
    rewrite(&folder, |kind, bytes| {
        let mut all = vec![(kind, bytes.to_vec())];
        if kind == PRIVATE && bytes[..8] == PARTS[1].to_be_bytes() {
            // One beside the right one, one of a place without a commitment, and a key again.
            all.push((PRIVATE, at(PARTS[1], &sealed)));
            all.push((PRIVATE, at(0, &sealed)));
            all.push((DATA_KEY, key.clone()));
        }
        all
    });
    let [zero, _] = cases(&folder);
    let report = check(&folder, Depth::Journal);
    let faults = report.integrity.iter().map(|finding| &finding.fault);
    let orphans = faults.clone().filter_map(|fault| match fault {
        Fault::PrivateOrphan(position) => Some(position.get()),
        _ => None,
    });
    assert_eq!(orphans.collect::<Vec<_>>(), [PARTS[1], 0], "{report:#?}");
    let twice = |fault: &Fault| matches!(fault, Fault::DataKeyTwice(case) if *case == zero);
    assert_eq!(faults.filter(|fault| twice(fault)).count(), 1);
}

/// A key that is younger than an old copy of the vault is lost when the copy is taken back; the next part makes another.
#[test]
fn a_second_data_key_of_a_case_whose_first_one_is_lost_is_no_fault_and_the_part_from_before_is_lost()
 {
    let folder = ledger();
    let before = folder.killed();
    shredded(&folder);
    let (engine, _) = folder.open();
    accept(&engine, prosecutor(), identified(5));
    let case = case(&engine, 5);
    let first = engine.reader().size().get() - 1;
    engine.close().unwrap();
    fs::remove_dir_all(folder.paths.vault()).unwrap();
    fs::rename(before.paths.vault(), folder.paths.vault()).unwrap();
    let (engine, report) = folder.open();
    assert_eq!(report.vault.replayed.unwrap().lost, 1);
    let given = with(submission(70, vec![determine(5)]), 0, true, b"later");
    accept(&engine, prosecutor(), given);
    engine.close().unwrap();
    assert_eq!(records(&folder, DATA_KEY).len(), 4);
    let lost = |report: &Report| {
        assert_eq!(report.integrity(), Verdict::Ok, "{report:#?}");
        assert_eq!(positions(&report.completeness), [first], "{report:#?}");
        let fault = &report.completeness[0].fault;
        assert!(matches!(fault, Fault::PrivateLocked(of) if *of == case));
    };
    lost(&check(&folder, Depth::Journal));
    // The same once the second one is wrapped anew.
    let (engine, _) = folder.open();
    accept(&engine, court(), submission(71, vec![seal(1)]));
    accept(&engine, custodian(), submission(72, vec![order_shred(1)]));
    engine
        .shred_ordered(ShredRound::everything(), Box::new(|_step| ()))
        .unwrap();
    engine.close().unwrap();
    lost(&check(&folder, Depth::Journal));
}

#[test]
fn a_second_data_key_of_a_higher_generation_is_found_where_the_first_one_opens_its_part() {
    let folder = ledger();
    let [_, one] = cases(&folder);
    shredded(&folder);
    let mut key = records(&folder, DATA_KEY).swap_remove(1);
    assert_eq!(key[..16], one.to_bytes());
    key[16..20].copy_from_slice(&2_u32.to_be_bytes());
    rewrite(&folder, |kind, bytes| {
        let mut all = vec![(kind, bytes.to_vec())];
        if kind == PRIVATE && bytes[..8] == PARTS[1].to_be_bytes() {
            all.push((DATA_KEY, key.clone()));
        }
        all
    });
    let report = check(&folder, Depth::Journal);
    assert_eq!(positions(&report.integrity), [PARTS[1]], "{report:#?}");
    assert!(
        matches!(report.integrity[0].fault, Fault::DataKeyTwice(case) if case == one),
        "{report:#?}"
    );
}

#[test]
fn a_part_whose_key_was_taken_away_is_locked_for_good_and_that_is_found() {
    let folder = ledger();
    let [_, one] = cases(&folder);
    rewrite(&folder, |kind, bytes| {
        let hit = kind == DATA_KEY && bytes[..16] == one.to_bytes();
        if hit {
            Vec::new()
        } else {
            vec![(kind, bytes.to_vec())]
        }
    });
    let report = check(&folder, Depth::Journal);
    assert_eq!(report.integrity(), Verdict::Ok, "{report:#?}");
    assert_eq!(positions(&report.completeness), [PARTS[2]]);
    assert!(
        matches!(report.completeness[0].fault, Fault::PrivateLocked(case) if case == one),
        "{report:#?}"
    );
}

#[test]
fn an_old_vault_in_which_a_destroyed_key_lives_is_found() {
    let folder = ledger();
    let [zero, one] = cases(&folder);
    let before = folder.killed();
    shredded(&folder);
    fs::remove_dir_all(folder.paths.vault()).unwrap();
    fs::rename(before.paths.vault(), folder.paths.vault()).unwrap();
    let report = check(&folder, Depth::Journal);
    assert!(
        matches!(&report.integrity[..], [finding]
            if matches!(finding.fault, Fault::KeyAlive(case) if case == zero)),
        "{report:#?}"
    );
    assert!(
        matches!(&report.completeness[..], [finding]
            if matches!(finding.fault, Fault::VaultOlder { found, known }
                if (found.get(), known.get()) == (1, 2))),
        "{report:#?}"
    );
    // Opening destroys it again, and nothing is lost.
    let (engine, report) = folder.open();
    let replayed = report.vault.replayed.unwrap();
    assert_eq!((replayed.found.get(), replayed.known.get()), (1, 2));
    assert_eq!((replayed.dropped, replayed.lost), (1, 0));
    assert_eq!(
        engine
            .reader()
            .private_parts(one, &all())
            .unwrap()
            .parts
            .len(),
        1
    );
    engine.close().unwrap();
    let report = check(&folder, Depth::Everything);
    assert!(report.is_ok(), "{report:#?}");
}

/// A crash in front of its destruction, or somebody who put it back.
#[test]
fn a_key_encryption_key_that_was_replaced_is_found_until_the_next_start_destroys_it() {
    let folder = ledger();
    let before = folder.killed();
    shredded(&folder);
    let [older, newest] = ["keyring-1", "keyring-2"].map(|name| folder.paths.vault().join(name));
    fs::copy(before.paths.vault().join("keyring-1"), &older).unwrap();
    let found = |report: &Report| {
        assert_eq!(report.integrity.len(), 1, "{report:#?}");
        let pair = match report.integrity[0].fault {
            Fault::KeyringOlder { found, present } => (found.get(), present.get()),
            ref other => panic!("{other}"),
        };
        assert_eq!(pair, (1, 2));
    };
    found(&check(&folder, Depth::Journal));
    // Also where it is the only one that is left, and opening is refused.
    let kept = fs::read(&newest).unwrap();
    fs::remove_file(&newest).unwrap();
    found(&check(&folder, Depth::Journal));
    fs::write(&newest, kept).unwrap();
    fs::set_permissions(&newest, fs::Permissions::from_mode(0o600)).unwrap();
    // A newer one opens nothing that is there.
    fs::rename(&older, folder.paths.vault().join("keyring-3")).unwrap();
    assert!(check(&folder, Depth::Journal).is_ok());
    fs::rename(folder.paths.vault().join("keyring-3"), &older).unwrap();
    let (engine, _) = folder.open();
    engine.close().unwrap();
    assert!(!older.exists() && newest.exists());
    let report = check(&folder, Depth::Everything);
    assert!(report.is_ok(), "{report:#?}");
}

/// What is there is looked at behind the entries: nobody finds one that a shred was about to destroy.
#[test]
fn a_replaced_key_that_goes_while_entries_are_read_is_not_found_and_a_folder_that_goes_not_checked()
{
    let folder = ledger();
    let before = folder.killed();
    shredded(&folder);
    let older = folder.paths.vault().join("keyring-1");
    fs::copy(before.paths.vault().join("keyring-1"), &older).unwrap();
    let key = folder.identity.verifier();
    let checked = |meanwhile: &dyn Fn()| {
        let depth = Depth::Journal;
        fsck::check(&folder.paths, key, depth, &|_| meanwhile()).unwrap()
    };
    let report = checked(&|| drop(fs::remove_file(&older)));
    assert!(!older.exists() && report.is_ok(), "{report:#?}");
    let away = folder.data().with_extension("away");
    let report = checked(&|| drop(fs::rename(folder.paths.vault(), &away)));
    assert_eq!(report.integrity(), Verdict::Undecided, "{report:#?}");
    assert!(
        matches!(&report.not_checked[..], [NotChecked::Keyrings(_)]),
        "{report:#?}"
    );
    fs::rename(&away, folder.paths.vault()).unwrap();
    let report = checked(&|| drop(fs::rename(folder.paths.keys(), &away)));
    assert_eq!(report.integrity(), Verdict::Undecided, "{report:#?}");
    assert!(
        matches!(&report.not_checked[..], [NotChecked::IndexKeys(_)]),
        "{report:#?}"
    );
}

/// Somebody restored the table and its keyring, and the newest keyring is still there.
#[test]
fn an_old_table_beside_the_newest_keyring_is_refused_before_anything_is_destroyed() {
    let folder = ledger();
    let before = folder.killed();
    shredded(&folder);
    for name in ["datakeys", "keyring-1"] {
        fs::copy(
            before.paths.vault().join(name),
            folder.paths.vault().join(name),
        )
        .unwrap();
    }
    let config = Config::new(folder.paths.clone());
    let open = || Engine::open(&config, Arc::new(ManualClock::new(NOW)), &|_| ());
    let refused = open();
    assert!(
        matches!(&refused, Err(OpenError::Vault(VaultError::Older { found, known, .. }))
            if (found.get(), known.get()) == (1, 2)),
        "{refused:?}"
    );
    assert!(folder.paths.vault().join("keyring-2").exists());
    // Without it nothing is left to be restored.
    fs::remove_file(folder.paths.vault().join("keyring-2")).unwrap();
    let (_, report) = open().unwrap();
    assert_eq!(report.vault.replayed.unwrap().dropped, 1);
}

#[test]
fn without_a_vault_parts_are_not_checked_and_the_answer_says_so() {
    let folder = ledger();
    fs::remove_dir_all(folder.paths.vault()).unwrap();
    let report = check(&folder, Depth::Journal);
    assert_eq!(report.integrity(), Verdict::Undecided, "{report:#?}");
    assert!(
        matches!(&report.not_checked[..], [NotChecked::PrivateParts(_)]),
        "{report:#?}"
    );
    // Without parts there is nothing to check.
    let folder = Folder::new();
    fs::remove_dir_all(folder.paths.vault()).unwrap();
    assert!(check(&folder, Depth::Journal).is_ok());
}
