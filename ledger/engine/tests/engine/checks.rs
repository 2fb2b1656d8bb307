//! The check finds what it is there to find.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, sync::Arc};

use caseledger_audit::Fault as Said;
use caseledger_chain::{
    Digest, EntryRef, Header, MessageId, Position, chain_hash, encode, leaf_hash,
};
use caseledger_domain::{
    CaseFact, CaseId, ChargeId, Charges, Event, Fact, Flags,
    vocabulary::{Coded, CorrectionReason, ReopenReason, Role},
};
use caseledger_engine::{
    Identity, InitError, KeyFileError, SeededRandom,
    fsck::{self, Depth, Fault, Report, Verdict},
};
use caseledger_proto::{BODY_VERSION, encode_event};
use caseledger_store::{Commit, CommitLog, FileLog, OpenOptions};

use crate::support::*;

fn check(folder: &Folder, depth: Depth) -> Report {
    let key = folder.identity.verifier();
    fsck::check(&folder.paths, key, depth, &|_| ()).unwrap()
}

/// A small ledger with a correction in it, closed.
fn ledger() -> Folder {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    for number in 0..8 {
        let set = vec![identify(number), determine(number)];
        accept(&engine, prosecutor(), submission(number, set));
    }
    let retract = CaseFact::EventRetracted {
        target: 1,
        reason: Coded::Known(CorrectionReason::WrongCase),
        restored: Vec::new(),
    };
    accept(
        &engine,
        prosecutor(),
        submission(100, vec![on_case(3, retract)]),
    );
    engine.close().unwrap();
    folder
}

#[test]
fn a_sound_ledger_has_no_findings() {
    let folder = ledger();
    for depth in [Depth::Journal, Depth::Everything] {
        let report = check(&folder, depth);
        assert!(report.is_ok(), "{report:#?}");
        assert_eq!(report.head.size.get(), 19);
    }
    // And none after a crash.
    let (engine, _) = folder.open();
    accept(&engine, court(), submission(200, vec![dismiss(50)]));
    accept(&engine, court(), submission(201, vec![dismiss(51)]));
    drop(engine);
    let (engine, _) = folder.open();
    engine.close().unwrap();
    let report = check(&folder, Depth::Everything);
    assert!(report.is_ok(), "{report:#?}");
}

#[test]
fn a_ledger_without_entries_is_sound() {
    let folder = Folder::new();
    let report = check(&folder, Depth::Everything);
    assert!(report.is_ok(), "{report:#?}");
}

#[test]
fn a_running_ledger_is_not_checked() {
    let folder = ledger();
    let (engine, _) = folder.open();
    let key = folder.identity.verifier();
    let refused = fsck::check(&folder.paths, key, Depth::Journal, &|_| ());
    assert!(
        matches!(refused, Err(fsck::CheckError::Running { .. })),
        "{refused:?}"
    );
    engine.close().unwrap();
}

fn segment(folder: &Folder) -> PathBuf {
    let journal = folder.data().join("journal");
    let mut segments: Vec<_> = fs::read_dir(journal)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    segments.retain(|path| path.extension().is_some_and(|ext| ext == "seg"));
    segments.sort();
    segments.swap_remove(0)
}

/// Changes one byte of the journal in place.
fn flip(path: &std::path::Path, at: u64) {
    use std::os::unix::fs::FileExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

#[test]
fn no_changed_byte_of_the_journal_goes_unnoticed() {
    let folder = ledger();
    let segment = segment(&folder);
    let whole = check(&folder, Depth::Journal);
    // The header and the first frames; every byte would take too long here.
    for at in (0..4_000).step_by(37) {
        flip(&segment, at);
        let report = check(&folder, Depth::Journal);
        assert!(!report.is_ok(), "byte {at}");
        flip(&segment, at);
    }
    assert!(check(&folder, Depth::Journal).is_ok());
    assert_eq!(check(&folder, Depth::Journal).root, whole.root);
}

#[test]
fn a_copy_of_the_journal_alone_is_complete() {
    let folder = ledger();
    fs::remove_dir_all(folder.data().join("store")).unwrap();
    fs::remove_file(folder.data().join("store.mark")).unwrap();
    let report = check(&folder, Depth::Everything);
    assert!(report.is_ok(), "{report:#?}");
}

#[test]
fn a_store_that_its_mark_speaks_of_and_that_is_gone_is_told() {
    let folder = ledger();
    fs::remove_dir_all(folder.data().join("store")).unwrap();
    let report = check(&folder, Depth::Everything);
    assert!(
        matches!(&report.integrity[..], [found] if matches!(found.fault, Fault::Rebuilt(_))),
        "{report:#?}"
    );
    assert_eq!(report.completeness(), Verdict::Ok, "{report:#?}");
}

#[test]
fn damage_of_the_derived_store_is_named_and_repaired() {
    let folder = ledger();
    let db = folder.data().join("store").join("db");
    let len = fs::metadata(&db).unwrap().len();
    for at in (0..len).step_by(usize::try_from(len / 7).unwrap()) {
        flip(&db, at);
    }
    let report = check(&folder, Depth::Everything);
    assert_eq!(report.integrity(), Verdict::Findings, "{report:#?}");
    assert!(
        matches!(report.integrity[0].fault, Fault::Rebuilt(_)),
        "{report:#?}"
    );
    assert_eq!(report.completeness(), Verdict::Ok, "{report:#?}");
    // The journal was sound, so the store is again.
    let report = check(&folder, Depth::Everything);
    assert!(report.is_ok(), "{report:#?}");
}

#[test]
fn an_older_copy_is_incomplete() {
    let folder = ledger();
    let journal = folder.data().join("journal");
    let copy = folder.data().with_extension("copy");
    copy_folder(&journal, &copy);
    let (engine, _) = folder.open();
    accept(&engine, court(), submission(300, vec![dismiss(60)]));
    engine.close().unwrap();
    fs::remove_dir_all(&journal).unwrap();
    copy_folder(&copy, &journal);
    let report = check(&folder, Depth::Everything);
    assert_eq!(report.completeness(), Verdict::Findings, "{report:#?}");
    assert!(
        matches!(report.completeness[0].fault, Fault::Rollback(_)),
        "{report:#?}"
    );
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Appends entries that are links of the chain and break another rule.
struct Forger {
    log: FileLog,
    newest: Vec<Header>,
    commit: Commit,
    chain: Digest,
}

impl Forger {
    fn new(folder: &Folder) -> Self {
        let options = OpenOptions::default();
        let (log, _) = FileLog::open(folder.paths.store(), options, &()).unwrap();
        let head = log.head().unwrap();
        let mut newest = Vec::new();
        each_entry(&*log.reader(), |_, bytes| {
            newest.push(EntryRef::decode(&bytes).unwrap().into_header());
        });
        let commit = Commit::new(head.size.next_position(), head.chain);
        Self {
            log,
            newest,
            commit,
            chain: head.chain,
        }
    }

    /// An entry in the stream of the entry at `like`, with a message of its own.
    fn entry(&mut self, like: u64, event: &Event, change: impl FnOnce(&mut Header)) {
        let stream = self.newest[usize::try_from(like).unwrap()].stream;
        let in_stream = self.newest.iter().filter(|header| header.stream == stream);
        let last = in_stream.max_by_key(|header| header.revision).unwrap();
        let first = self.commit.first().get();
        let before = match last.position.get().checked_sub(first) {
            Some(index) => self.commit.entry(usize::try_from(index).unwrap()).to_vec(),
            None => self
                .log
                .reader()
                .entry(last.position)
                .unwrap()
                .unwrap()
                .to_vec(),
        };
        let position = Position::new(self.newest.len() as u64);
        let mut header = Header {
            position,
            prev: self.chain,
            revision: last.revision + 1,
            stream_prev: chain_hash(&before),
            message_id: MessageId::from_bytes([200 + self.commit.len() as u8; 16]),
            part: 0,
            parts: 1,
            body_type: event.fact.kind().number(),
            body_version: BODY_VERSION,
            ..last.clone()
        };
        change(&mut header);
        let mut body = Vec::new();
        encode_event(event, &mut body);
        encode(&header, &body, self.commit.entries_mut()).unwrap();
        self.commit.seal_entry().unwrap();
        let bytes = self.commit.entry(self.commit.len() - 1);
        self.chain = chain_hash(bytes);
        self.commit.push_leaf(leaf_hash(bytes));
        self.newest.push(header);
    }

    fn commit(mut self) {
        self.commit.set_last_chain(self.chain);
        let head = self.log.head().unwrap();
        self.log.append(head, Arc::new(self.commit)).unwrap();
        Box::new(self.log).close().unwrap();
    }
}

fn event(fact: CaseFact) -> Event {
    Event {
        occurred_on: date(20_210_927),
        role: Role::ProsecutorCounty,
        flags: Flags::NONE,
        charges: Charges::default(),
        fact: Fact::Case(fact),
    }
}

/// A claim about the first charge that moves nothing, and is in order wherever a case stands.
fn noticed() -> Event {
    let defender = org("lapubdef");
    let mut noticed = event(CaseFact::DefenderNoticed { defender });
    noticed.charges = Charges::new(vec![ChargeId(1)]);
    noticed
}

/// What the check finds in a ledger with a forged end.
fn forged(forge: impl FnOnce(&mut Forger)) -> Report {
    let folder = ledger();
    let mut forger = Forger::new(&folder);
    forge(&mut forger);
    forger.commit();
    check(&folder, Depth::Journal)
}

/// Position of the first entry of case 3, which has a correction.
const CASE_3: u64 = 8;

#[test]
fn a_frame_without_the_checkpoint_before_it_is_incomplete() {
    let report = forged(|forger| forger.entry(CASE_3, &noticed(), |_| ()));
    assert_eq!(report.integrity(), Verdict::Ok, "{report:#?}");
    assert!(
        matches!(&report.completeness[..], [finding]
            if matches!(finding.fault, Fault::CheckpointMissing(_))),
        "{report:#?}"
    );
}

#[test]
fn a_checkpoint_over_other_entries_is_found() {
    let report = forged(|forger| {
        forger.entry(CASE_3, &noticed(), |_| ());
        let other = caseledger_chain::Checkpoint::new(
            identity().origin().clone(),
            caseledger_chain::Size::new(19),
            Digest::from_bytes([1; 32]),
        );
        // Signed with another key of the same name.
        let name = identity().origin().key_name().clone();
        let key = caseledger_chain::SigningKey::from_seed(name, &[8; 32]);
        forger
            .commit
            .push_sidecar(2, other.sign(&key).unwrap().note().as_bytes());
    });
    assert!(
        report
            .integrity
            .iter()
            .any(|found| matches!(found.fault, Fault::Checkpoint { .. })),
        "{report:#?}"
    );
}

#[test]
fn a_correction_that_restores_the_wrong_state_is_found() {
    let fact = CaseFact::EventRetracted {
        target: 1,
        reason: Coded::Known(CorrectionReason::Typo),
        restored: Vec::new(),
    };
    let report = forged(|forger| {
        forger.entry(2, &noticed(), |_| ());
        let mut retraction = event(fact);
        retraction.charges = Charges::new(vec![ChargeId(1)]);
        forger.entry(2, &retraction, |_| ());
    });
    let found = report
        .integrity
        .iter()
        .any(|found| matches!(found.fault, Fault::Replay(Said::Restored)));
    assert!(found, "{report:#?}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row per fault")]
fn facts_that_may_not_stand_where_they_stand_are_found() {
    let expect = |fault: fn(&Fault) -> bool, forge: &dyn Fn(&mut Forger)| {
        let report = forged(forge);
        let found = report.integrity.iter().find(|found| fault(&found.fault));
        assert_eq!(
            found.map(|found| found.place.is_some()),
            Some(true),
            "{report:#?}"
        );
    };
    expect(
        |fault| matches!(fault, Fault::Replay(Said::NotAllowed { .. })),
        &|forger| {
            let by_prosecutor = event(CaseFact::Unsealed { order: order(1) });
            forger.entry(CASE_3, &by_prosecutor, |_| ());
        },
    );
    expect(
        |fault| matches!(fault, Fault::Replay(Said::WrongStream { .. })),
        &|forger| {
            forger.entry(0, &noticed(), |_| ());
        },
    );
    expect(
        |fault| matches!(fault, Fault::Replay(Said::IdentifiedTwice)),
        &|forger| {
            let Fact::Case(again) = identify(3).fact else {
                unreachable!()
            };
            forger.entry(CASE_3, &event(again), |_| ());
        },
    );
    expect(
        |fault| matches!(fault, Fault::Replay(Said::UnknownCharge(_))),
        &|forger| {
            let mut about = noticed();
            about.charges = Charges::new(vec![ChargeId(9)]);
            forger.entry(CASE_3, &about, |_| ());
        },
    );
    expect(
        |fault| matches!(fault, Fault::Replay(Said::Forbidden(_))),
        &|forger| {
            let mut reopened = event(CaseFact::CaseReopened {
                reason: Coded::Known(ReopenReason::TipConfirmed),
            });
            reopened.charges = Charges::new(vec![ChargeId(1)]);
            forger.entry(CASE_3, &reopened, |_| ());
        },
    );
    expect(
        |fault| matches!(fault, Fault::Replay(Said::NothingHeld(7))),
        &|forger| {
            let fact = Box::new(CaseFact::DojRecordUpdated);
            forger.entry(
                CASE_3,
                &event(CaseFact::ConfirmationMatched { held: 7, fact }),
                |_| (),
            );
        },
    );
    expect(
        |fault| matches!(fault, Fault::Replay(Said::MessageTwice { .. })),
        &|forger| {
            let message = forger.newest[5].message_id;
            let started = noticed();
            forger.entry(CASE_3, &started, |header| header.message_id = message);
        },
    );
    expect(
        |fault| matches!(fault, Fault::SplitSubmission { .. }),
        &|forger| {
            forger.entry(CASE_3, &noticed(), |header| {
                header.parts = 2;
            });
        },
    );
    expect(
        |fault| matches!(fault, Fault::Replay(Said::Link(_))),
        &|forger| {
            forger.entry(CASE_3, &noticed(), |header| {
                header.revision += 1;
            });
        },
    );
    expect(
        |fault| matches!(fault, Fault::Replay(Said::Content(_))),
        &|forger| {
            forger.entry(CASE_3, &noticed(), |header| {
                header.body_type = 9_999;
            });
        },
    );
    expect(|fault| matches!(fault, Fault::Sidecar { .. }), &|forger| {
        forger.entry(CASE_3, &noticed(), |_| ());
        forger.commit.push_sidecar(1, b"short");
    });
}

#[test]
fn look_up_tokens_are_checked_both_ways() {
    let report = forged(|forger| {
        forger.entry(CASE_3, &noticed(), |_| ());
        let [first, second] = [token(0).to_bytes(), [77; 16]];
        forger.commit.push_sidecar(1, &[first, [1; 16]].concat());
        forger.commit.push_sidecar(1, &[second, [2; 16]].concat());
    });
    let faults: Vec<_> = report.integrity.iter().map(|found| &found.fault).collect();
    assert!(
        faults
            .iter()
            .any(|fault| matches!(fault, Fault::TokenTwice { .. })),
        "{faults:#?}"
    );
    let lost = CaseId::from_bytes([2; 16]);
    assert!(
        faults
            .iter()
            .any(|fault| matches!(fault, Fault::TokenWithoutCase(case) if *case == lost)),
        "{faults:#?}"
    );
}

#[test]
fn a_hole_in_a_submitters_numbers_is_missing_and_breaks_nothing() {
    let folder = ledger();
    let (engine, _) = folder.open();
    for (message, sequence) in [(400, 1), (401, 4)] {
        let mut posted = submission(message, vec![dismiss(message)]);
        posted.submitter_seq = sequence;
        accept(&engine, court(), posted);
    }
    engine.close().unwrap();
    let report = check(&folder, Depth::Everything);
    assert_eq!(report.integrity(), Verdict::Ok, "{report:#?}");
    let missing: Vec<_> = report
        .completeness
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        missing,
        ["position 20: numbers 2 to 3 of lasc were never recorded"]
    );
    let gaps: Vec<_> = report
        .sequence_gaps
        .iter()
        .map(|gap| (gap.from, gap.to))
        .collect();
    assert_eq!(gaps, [(2, 3)]);
}

#[test]
fn a_key_of_another_ledger_checks_nothing() {
    let folder = ledger();
    let name = caseledger_chain::KeyName::parse("other.example/test").unwrap();
    let other = caseledger_chain::SigningKey::from_seed(name, &[1; 32]);
    let refused = fsck::check(&folder.paths, other.verifier(), Depth::Journal, &|_| ());
    assert!(
        matches!(refused, Err(fsck::CheckError::OtherKey { .. })),
        "{refused:?}"
    );
}

#[test]
fn init_overwrites_nothing() {
    let folder = Folder::new();
    let origin = folder.identity.origin().clone();
    let again = caseledger_engine::init(&folder.paths, &origin, "tests", &SeededRandom::new(5));
    assert!(matches!(again, Err(InitError::Exists { .. })), "{again:?}");
    fs::remove_dir_all(folder.data()).unwrap();
    let keys_left = caseledger_engine::init(&folder.paths, &origin, "tests", &SeededRandom::new(5));
    assert!(
        matches!(keys_left, Err(InitError::Exists { .. })),
        "{keys_left:?}"
    );
}

#[test]
fn key_files_belong_to_their_owner_alone_and_to_this_ledger() {
    let folder = Folder::new();
    let loaded = Identity::load(&folder.paths).unwrap();
    assert_eq!(loaded.verifier(), folder.identity.verifier());
    assert_eq!(loaded.ledger(), folder.identity.ledger());
    let shown = format!("{loaded:?}");
    assert!(!shown.contains("PRIVATE"), "{shown}");

    let key = folder.paths.checkpoint_key();
    let mode = fs::metadata(&key).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let folder_mode = fs::metadata(folder.paths.keys())
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(folder_mode, 0o700);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let open_to_group = Identity::load(&folder.paths);
    assert!(
        matches!(
            open_to_group,
            Err(KeyFileError::Permissions { found: 0o640, .. })
        ),
        "{open_to_group:?}"
    );
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    for mode in [0o777, 0o750, 0o705] {
        fs::set_permissions(folder.paths.keys(), fs::Permissions::from_mode(mode)).unwrap();
        let open_folder = Identity::load(&folder.paths);
        assert!(
            matches!(&open_folder, Err(error @ KeyFileError::FolderPermissions { found, .. })
                if *found == mode && error.to_string().contains("chmod 700")),
            "{open_folder:?}"
        );
    }
    fs::set_permissions(folder.paths.keys(), fs::Permissions::from_mode(0o700)).unwrap();
    let name = caseledger_chain::KeyName::parse("other.example/test").unwrap();
    let other = caseledger_chain::SigningKey::from_seed(name, &[1; 32]);
    fs::write(&key, other.expose_skey()).unwrap();
    let other = Identity::load(&folder.paths);
    assert!(
        matches!(other, Err(KeyFileError::OtherSigningKey { .. })),
        "{other:?}"
    );
    fs::write(&key, "PRIVATE+KEY+nonsense").unwrap();
    let none = Identity::load(&folder.paths);
    assert!(
        matches!(none, Err(KeyFileError::SigningKey { .. })),
        "{none:?}"
    );
}
