//! What the check says of look-up records once the index key was replaced.

use std::{fs, os::unix::fs::PermissionsExt as _};

use caseledger_domain::{
    CaseFact, Fact,
    vocabulary::{ShredBasis, Tombstone},
};
use caseledger_engine::{
    KeyFileError, ShredRound,
    fsck::{self, Depth, Fault, NotChecked},
};

use crate::index::*;
use crate::private::*;
use crate::support::*;

/// Takes the token in each row out of the file of the key in turn, and says how many the check does not miss.
fn unmissed(folder: &Folder, generation: u32, rows: usize) -> usize {
    let path = folder.paths.keys().join(format!("index-{generation}.key"));
    let bytes = fs::read(&path).unwrap();
    let first = bytes.len() - 4 - rows * 36;
    let unmissed = (0..rows).filter(|row| {
        let mut without = bytes[..bytes.len() - 4].to_vec();
        without.drain(first + row * 36..first + (row + 1) * 36);
        let count = u32::try_from(rows - 1).unwrap();
        without[first - 4..first].copy_from_slice(&count.to_be_bytes());
        let checksum = crc32c::crc32c(&without);
        without.extend_from_slice(&checksum.to_be_bytes());
        fs::write(&path, without).unwrap();
        let key = folder.identity.verifier();
        let report = fsck::check(&folder.paths, key, Depth::Journal, &|_| ()).unwrap();
        let missing = report.completeness.iter();
        let missing = missing.filter(|found| matches!(found.fault, Fault::CaseWithoutToken(_)));
        assert!(report.integrity.is_empty(), "{report:#?}");
        match missing.count() {
            0 => true,
            1 => false,
            _ => panic!("{report:#?}"),
        }
    });
    let unmissed = unmissed.count();
    fs::write(&path, bytes).unwrap();
    unmissed
}

#[test]
fn a_token_that_was_taken_out_of_the_file_is_missed() {
    let folder = ledger();
    rotate(&folder);
    assert_eq!(unmissed(&folder, 2, 5), 0);
}

#[test]
fn a_retention_excuses_a_missing_tombstone_only_when_its_days_are_over() {
    let folder = declared_ledger();
    forget_after(&folder, 400, NOW, 0);
    rotate(&folder);
    assert_eq!(unmissed(&folder, 2, 5), 0);
    forget_after(&folder, 401, NOW, 31);
    forget_after(&folder, 402, NOW, 30);
    forget_after(&folder, 403, NOW + 29 * DAY, 40);
    rotate_at(&config(&folder), NOW + 900 * DAY).unwrap();
    assert_eq!(unmissed(&folder, 3, 5), 0);
    // Over, and still there, because it would take 40 days now: it may have been forgotten before they were 40.
    forget_after(&folder, 404, NOW + 30 * DAY, 41);
    // What came behind the newest replacement excuses nothing.
    assert_eq!(unmissed(&folder, 3, 5), 0);
    let kept = rotate_at(&config(&folder), NOW + 30 * DAY).unwrap();
    assert_eq!((kept.tombstones, kept.forgotten), (1, 0));
    assert_eq!(unmissed(&folder, 4, 5), 1);
}

/// It is to be forgotten at the next replacement, not before.
#[test]
fn a_case_that_was_destroyed_since_the_replacement_has_its_token() {
    let folder = ledger();
    rotate(&folder);
    let (engine, _) = folder.open();
    let sealed = by_key(&engine, 2, seal(2));
    accept(&engine, court(), submission(300, vec![sealed]));
    let (basis, tombstone) = (ShredBasis::Custodian, Tombstone::Forgotten);
    let order = Fact::Case(CaseFact::ShredOrdered { basis, tombstone });
    let order = by_key(&engine, 2, command_of(order));
    accept(&engine, custodian(), submission(301, vec![order]));
    drop(
        engine
            .shred_ordered(ShredRound::everything(), Box::new(|_step| ()))
            .unwrap(),
    );
    engine.close().unwrap();
    assert_eq!(unmissed(&folder, 2, 5), 0);
}

/// A crash in front of its destruction, or somebody who put it back.
#[test]
fn an_index_key_that_was_replaced_is_found_until_the_next_start_destroys_it() {
    let folder = ledger();
    let before = folder.killed();
    rotate(&folder);
    fs::copy(before.paths.index_key(), folder.paths.index_key()).unwrap();
    let report = checked(&folder);
    assert!(
        matches!(&report.integrity[..], [finding]
            if matches!(finding.fault, Fault::IndexKeyOlder { found: 1, present: 2 })),
        "{report:#?}"
    );
    let (engine, _) = folder.open();
    engine.close().unwrap();
    assert!(!folder.paths.index_key().exists());
    assert!(checked(&folder).is_ok());
    // Where it was used it is needed, and nothing says that it is to be destroyed.
    let used = before;
    let (engine, _) = used.open();
    accept(&engine, prosecutor(), listed(&engine, 300, 9));
    engine.close().unwrap();
    let key = "index-2.key";
    fs::copy(folder.paths.keys().join(key), used.paths.keys().join(key)).unwrap();
    let report = checked(&used);
    assert!(
        matches!(&report.integrity[..], [finding]
            if matches!(finding.fault, Fault::TokenGeneration { found: 1, expected: 2 })),
        "{report:#?}"
    );
}

/// Nobody can tell then which look-up records count, and nothing is a fault.
#[test]
fn another_ledgers_key_folder_and_one_that_cannot_be_listed_are_not_checked() {
    let folder = ledger();
    rotate(&folder);
    let (engine, _) = folder.open();
    accept(&engine, prosecutor(), listed(&engine, 300, 9));
    engine.close().unwrap();
    let foreign_first = "5".repeat(64) + "\n";
    let other = folder.killed();
    rotate(&other);
    let foreign = with_another_commitment(&other.paths.keys().join("index-3.key"));
    fs::remove_file(folder.paths.keys().join("index-2.key")).unwrap();
    for (name, bytes) in [
        ("index.key", foreign_first.into_bytes()),
        ("index-3.key", foreign),
    ] {
        let path = folder.paths.keys().join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let report = checked(&folder);
        let not_checked = &report.not_checked[..];
        assert!(
            report.integrity.is_empty() && report.completeness.is_empty(),
            "{report:#?}"
        );
        assert!(
            matches!(
                not_checked,
                [NotChecked::Tokens(KeyFileError::OtherIndexKey { .. })]
            ),
            "{name}: {report:#?}"
        );
    }
    fs::remove_dir_all(folder.paths.keys()).unwrap();
    let report = checked(&folder);
    let not_checked = &report.not_checked[..];
    assert!(
        matches!(not_checked, [NotChecked::Tokens(KeyFileError::Missing { path })] if path == folder.paths.keys()),
        "{report:#?}"
    );
    fs::write(folder.paths.keys(), "").unwrap();
    let report = checked(&folder);
    let not_checked = &report.not_checked[..];
    assert!(
        matches!(
            not_checked,
            [NotChecked::Tokens(KeyFileError::Io { op: "open", .. })]
        ),
        "{report:#?}"
    );
}
