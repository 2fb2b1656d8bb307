//! What is private of a post: kept sealed beside its entry, or not at all, and read back.

use caseledger_chain::Position;
use caseledger_domain::{
    CaseFact, CaseId, ChargeId, Charges, Command, Fact, PrivateRule, Rejection, Restriction, Scope,
    Target,
    vocabulary::{Role, SealExtent, SealSurface, Set, ShredBasis, Tombstone},
};
use caseledger_engine::{
    Access, Config, Engine, Generation, KeysError, ManualClock, OpenError, PartsWanted, Poster,
    PrivateError, Submission, SubmitError, limits,
};
use caseledger_proto::{PRIVATE_PART_MAX, PrivateOf};
use caseledger_store::LogReader;

use crate::support::*;

/// Kinds of the records that private parts leave in a frame.
const DATA_KEY: u8 = 3;
const PRIVATE: u8 = 4;

/// The submission, with what is private of one of its commands.
pub(crate) fn with(mut of: Submission, command: usize, explicit: bool, bytes: &[u8]) -> Submission {
    of.private.push(PrivateOf {
        command,
        explicit,
        bytes: bytes.to_vec().into(),
    });
    of
}

/// The first list that has a case, with the names that the post used.
pub(crate) fn identified(number: u64) -> Submission {
    let posted = submission(number, vec![identify(number)]);
    with(posted, 0, false, name(number).as_bytes())
}

pub(crate) fn name(number: u64) -> String {
    format!("MARKER-{number}")
}

pub(crate) fn case(engine: &Engine, number: u64) -> CaseId {
    engine.reader().case_of(&token(number)).unwrap()
}

/// Everything of a case.
pub(crate) fn all() -> PartsWanted {
    PartsWanted {
        from: Position::ZERO,
        parts_max: usize::MAX,
        bytes_max: usize::MAX,
        withheld: Restriction::None,
    }
}

/// What can be read of a case: revisions and plaintexts.
pub(crate) fn parts(engine: &Engine, number: u64) -> Vec<(u64, String)> {
    let parts = engine.reader().private_parts(case(engine, number), &all());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let parts = parts.unwrap();
    assert!(parts.unreadable.is_empty(), "{parts:?}");
    let parts = parts.parts.into_iter();
    parts
        .map(|part| (part.revision, text(part.plaintext())))
        .collect()
}

/// How many data keys and private parts the journal has, and whether it holds a text anywhere.
fn kept(log: &dyn LogReader, needle: &str) -> (usize, usize, bool) {
    let (mut keys, mut parts, mut found) = (0, 0, false);
    log.replay(Position::ZERO, &mut |frame| {
        let holds = |bytes: &[u8]| {
            bytes
                .windows(needle.len())
                .any(|at| at == needle.as_bytes())
        };
        found |= frame.entries().any(holds);
        for (kind, bytes) in frame.sidecars() {
            keys += usize::from(kind == DATA_KEY);
            parts += usize::from(kind == PRIVATE);
            found |= holds(bytes);
        }
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    (keys, parts, found)
}

pub(crate) fn custodian() -> Poster {
    Poster {
        org: org("lasc-records"),
        role: Role::RecordCustodian,
    }
}

pub(crate) fn seal(number: u64) -> Command {
    let fact = CaseFact::SealingExecuted {
        surfaces: Set::<SealSurface>::all(),
        extent: SealExtent::File,
        order: None,
    };
    on_case(number, fact)
}

pub(crate) fn order_shred(number: u64) -> Command {
    let fact = CaseFact::ShredOrdered {
        basis: ShredBasis::Custodian,
        tombstone: Tombstone::Kept,
    };
    on_case(number, fact)
}

/// An engine over a log that stays at hand, with initiative and list open.
pub(crate) fn opened(kept: &Kept) -> Memory {
    let memory = kept.open();
    open(&memory.engine);
    memory
}

#[test]
fn the_first_fact_of_a_case_that_is_named_by_its_key_keeps_the_key_and_later_ones_what_they_give() {
    let log = Kept::new();
    let memory = opened(&log);
    let engine = &memory.engine;
    accept(engine, prosecutor(), identified(0));
    assert_eq!(parts(engine, 0), [(0, name(0))]);
    // The key of a case that is known is not kept a second time; details that somebody gives are.
    let by_key = with(submission(100, vec![determine(0)]), 0, false, b"again");
    accept(engine, prosecutor(), by_key);
    let given = with(submission(101, vec![approve(0)]), 0, true, b"details");
    let ack = accept(engine, prosecutor(), given.clone());
    let expected = [(0, name(0)), (2, "details".to_owned())];
    assert_eq!(parts(engine, 0), expected);
    // And once, however often it is sent.
    let again = accept(engine, prosecutor(), given);
    assert!(
        again.duplicate && receipt_bytes(&again.receipts[0]) == receipt_bytes(&ack.receipts[0])
    );
    assert_eq!(kept(log.reader(), "MARKER"), (1, 2, false));
    // The search can find something: the list stands in the entry.
    assert!(kept(log.reader(), "LASC-CJC").2);
}

#[test]
fn several_posts_of_one_submission_keep_theirs_under_one_key() {
    let log = Kept::new();
    let memory = opened(&log);
    let mut posted = submission(1, vec![identify(0), determine(0), identify(1)]);
    for (command, explicit, bytes) in [(0, false, "one"), (1, true, "two"), (2, false, "three")] {
        posted = with(posted, command, explicit, bytes.as_bytes());
    }
    accept(&memory.engine, prosecutor(), posted);
    let expected = [(0, "one".to_owned()), (1, "two".to_owned())];
    assert_eq!(parts(&memory.engine, 0), expected);
    assert_eq!(parts(&memory.engine, 1), [(0, "three".to_owned())]);
    assert_eq!(kept(log.reader(), "two"), (2, 3, false));
}

#[test]
fn a_fact_about_a_case_that_no_list_has_named_keeps_its_key_while_it_waits() {
    let memory = Memory::opened();
    let held = with(submission(1, vec![dismiss(7)]), 0, false, b"waits");
    accept(&memory.engine, court(), held);
    accept(&memory.engine, prosecutor(), identified(7));
    assert_eq!(parts(&memory.engine, 7), [(0, "waits".to_owned())]);
}

#[test]
fn a_refused_submission_leaves_neither_key_nor_part_nor_a_trace_for_the_next() {
    let log = Kept::new();
    let memory = opened(&log);
    let engine = &memory.engine;
    let refused = with(
        submission(1, vec![identify(0), file(0)]),
        0,
        false,
        b"refused",
    );
    let outcomes = engine
        .submit_wait(prosecutor(), vec![refused, identified(0)])
        .unwrap();
    assert!(matches!(outcomes[0], Err(SubmitError::Refused { .. })));
    assert!(outcomes[1].is_ok());
    assert_eq!(kept(log.reader(), "refused"), (1, 1, false));
    assert_eq!(parts(engine, 0), [(0, name(0))]);
}

/// A case whose key would be made now: it is known, and nothing private of it is kept yet.
#[test]
fn a_key_that_was_made_for_nothing_is_never_used() {
    let log = Kept::new();
    let memory = opened(&log);
    let engine = &memory.engine;
    accept(engine, prosecutor(), submission(1, vec![identify(0)]));
    // Refused as a whole, although the first command is not.
    let refused = submission(2, vec![determine(0), file(0), file(0)]);
    let outcome = submit(engine, prosecutor(), with(refused, 0, true, b"refused"));
    assert!(
        matches!(outcome, Err(SubmitError::Refused { .. })),
        "{outcome:?}"
    );
    // Not durable.
    memory.gate.fail_next(Failure::DiskFull);
    let lost = || with(submission(3, vec![determine(0)]), 0, true, b"lost");
    let outcome = submit(engine, prosecutor(), lost());
    assert!(matches!(outcome, Err(SubmitError::StoreUnavailable(_))));
    accept(engine, prosecutor(), lost());
    assert_eq!(kept(log.reader(), "lost"), (1, 1, false));
    let expected = [(1, "lost".to_owned())];
    assert_eq!(parts(engine, 0), expected);
    drop(memory);
    assert_eq!(parts(&log.open().engine, 0), expected);
}

#[test]
fn parts_are_read_after_a_crash_after_a_close_and_from_the_journal_alone() {
    let log = Kept::new();
    let memory = opened(&log);
    accept(&memory.engine, prosecutor(), identified(0));
    drop(memory);
    let memory = log.open();
    assert_eq!(parts(&memory.engine, 0), [(0, name(0))]);
    accept(&memory.engine, prosecutor(), identified(1));
    memory.engine.close().unwrap();
    // Saved state has both, what comes behind it is folded.
    let memory = log.open();
    accept(&memory.engine, prosecutor(), identified(2));
    drop(memory);
    let none = caseledger_store::MemoryLog::new().snapshots();
    for memory in [log.open(), log.open_with(none)] {
        for number in 0..3 {
            assert_eq!(parts(&memory.engine, number), [(0, name(number))]);
        }
    }
}

#[test]
fn parts_that_are_too_long_alone_or_together_are_refused() {
    let memory = Memory::opened();
    let long = vec![b'x'; PRIVATE_PART_MAX + 1];
    let one = with(submission(1, vec![identify(0)]), 0, true, &long);
    let outcome = submit(&memory.engine, prosecutor(), one);
    assert!(
        matches!(outcome, Err(SubmitError::TooLarge { found, max: PRIVATE_PART_MAX, .. }) if found == long.len()),
        "{outcome:?}"
    );
    let fit = limits::PRIVATE_BYTES_MAX / PRIVATE_PART_MAX;
    let many = |message, count: usize| {
        let commands = (0..count as u64).map(identify).collect();
        let posted = submission(message, commands);
        (0..count).fold(posted, |posted, at| with(posted, at, true, &long[1..]))
    };
    let outcome = submit(&memory.engine, prosecutor(), many(2, fit + 1));
    assert!(
        matches!(
            outcome,
            Err(SubmitError::TooLarge {
                max: limits::PRIVATE_BYTES_MAX,
                ..
            })
        ),
        "{outcome:?}"
    );
    accept(&memory.engine, prosecutor(), many(3, fit));
}

#[test]
fn nothing_is_kept_of_a_case_once_its_destruction_is_ordered() {
    let log = Kept::new();
    let memory = opened(&log);
    let engine = &memory.engine;
    accept(engine, prosecutor(), identified(0));
    accept(engine, court(), submission(50, vec![seal(0)]));
    let ordered = accept(engine, custodian(), submission(51, vec![order_shred(0)]));
    let dismissal = || submission(52, vec![dismiss(0)]);
    let explicit = submit(engine, court(), with(dismissal(), 0, true, b"more"));
    let revision = ordered.receipts[0].revision();
    assert!(
        matches!(
            &explicit,
            Err(SubmitError::Refused {
                rejection: Rejection::Private(PrivateRule::KeptNoMore(ordered)),
                ..
            }) if *ordered == revision
        ),
        "{explicit:?}"
    );
    accept(engine, court(), with(dismissal(), 0, false, b"more"));
    // A list names whom it names; that is recorded, and nothing is kept of it.
    let listed = submission(53, vec![identify(0)]);
    accept(engine, prosecutor(), with(listed, 0, true, b"more"));
    assert_eq!(kept(log.reader(), "more"), (1, 1, false));
}

#[test]
fn cases_that_do_not_exist_have_no_parts_and_cases_without_parts_none() {
    let memory = Memory::opened();
    let nobody = CaseId::from_bytes([9; 16]);
    let refused = memory.engine.reader().private_parts(nobody, &all());
    assert!(matches!(refused, Err(PrivateError::NoSuchCase(id)) if id == nobody));
    accept(
        &memory.engine,
        prosecutor(),
        submission(1, vec![identify(0)]),
    );
    assert_eq!(parts(&memory.engine, 0), []);
    let by_id = |fact| Command {
        target: Target::Case(case(&memory.engine, 0)),
        ..fact
    };
    let given = with(submission(2, vec![by_id(determine(0))]), 0, true, b"late");
    accept(&memory.engine, prosecutor(), given);
    assert_eq!(parts(&memory.engine, 0), [(1, "late".to_owned())]);
}

#[test]
fn parts_come_in_pages_and_what_is_withheld_is_neither_opened_nor_counted() {
    let memory = Memory::opened();
    let engine = &memory.engine;
    let mut listed = identify(0);
    if let Fact::Case(CaseFact::CaseIdentified { charges, .. }) = &mut listed.fact {
        charges.push(charge(2));
    }
    let listed = with(submission(1, vec![listed]), 0, false, name(0).as_bytes());
    accept(engine, prosecutor(), listed);
    let by_id = |fact| Command {
        target: Target::Case(case(engine, 0)),
        ..fact
    };
    for (number, text) in [(2, b"second"), (3, b"third!"), (4, b"fourth")] {
        let mut command = by_id(determine(0));
        if number == 3 {
            command.scope = Scope::Charges(vec![ChargeId(1)]);
        }
        accept(
            engine,
            prosecutor(),
            with(submission(number, vec![command]), 0, true, text),
        );
    }
    let pages = |wanted: &PartsWanted| {
        let (mut pages, mut wanted, mut withheld) = (Vec::new(), wanted.clone(), false);
        loop {
            let page = engine.reader().private_parts(case(engine, 0), &wanted);
            let page = page.unwrap();
            let revisions = page.parts.iter().map(|part| part.revision);
            pages.push(revisions.collect::<Vec<_>>());
            withheld |= page.withheld;
            match page.next {
                Some(next) => wanted.from = next,
                None => return (pages, withheld),
            }
        }
    };
    let by_two = PartsWanted {
        parts_max: 2,
        ..all()
    };
    assert_eq!(pages(&by_two), (vec![vec![0, 1], vec![2, 3]], false));
    let short = PartsWanted {
        bytes_max: 12,
        ..all()
    };
    let names = name(0).len();
    assert!(names <= 12, "the first two do not fit");
    assert_eq!(pages(&short), (vec![vec![0], vec![1, 2], vec![3]], false));
    let tiny = PartsWanted {
        bytes_max: 1,
        ..all()
    };
    assert_eq!(pages(&tiny).0.len(), 4);
    let redacted = PartsWanted {
        withheld: Restriction::Charges(Charges::new(vec![ChargeId(1)])),
        ..by_two
    };
    assert_eq!(pages(&redacted), (vec![vec![0, 1], vec![3]], true));
}

#[test]
fn a_ledger_without_its_vault_opens_for_reading_what_is_not_private_and_not_for_writing() {
    let folder = Folder::new();
    let (engine, report) = folder.open();
    open(&engine);
    assert_eq!(report.vault.generation.map(Generation::get), Some(1));
    accept(&engine, prosecutor(), identified(0));
    let id = case(&engine, 0);
    engine.close().unwrap();
    let read_only = |folder: &Folder| {
        let mut config = Config::new(folder.paths.clone());
        config.store.access = Access::ReadOnly;
        let clock = std::sync::Arc::new(ManualClock::new(NOW));
        Engine::open(&config, clock, &|_| ())
    };
    let (engine, report) = read_only(&folder).unwrap();
    assert_eq!(
        (parts(&engine, 0), report.vault.keys),
        (vec![(0, name(0))], 1)
    );
    drop(engine);

    std::fs::remove_dir_all(folder.paths.vault()).unwrap();
    let config = Config::new(folder.paths.clone());
    let clock = std::sync::Arc::new(ManualClock::new(NOW));
    let refused = Engine::open(&config, clock, &|_| ());
    assert!(
        matches!(&refused, Err(error @ OpenError::Vault(_)) if error.to_string().contains("is missing")),
        "{refused:?}"
    );
    let (engine, report) = read_only(&folder).unwrap();
    assert_eq!(report.vault.generation, None);
    let refused = engine.reader().private_parts(id, &all());
    assert!(
        matches!(refused, Err(PrivateError::Keys(KeysError::NotAtHand))),
        "{refused:?}"
    );
}

#[test]
fn a_ledger_in_which_no_case_ever_had_a_key_gets_a_vault_when_it_is_opened() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    engine.close().unwrap();
    std::fs::remove_dir_all(folder.paths.vault()).unwrap();
    let (engine, _) = folder.open();
    accept(&engine, prosecutor(), identified(0));
    assert_eq!(parts(&engine, 0), [(0, name(0))]);
}

#[test]
fn no_debug_output_shows_what_is_private() {
    let posted = identified(0);
    assert!(!format!("{posted:?}").contains("MARKER"));
    let memory = Memory::opened();
    accept(&memory.engine, prosecutor(), posted);
    let parts = memory
        .engine
        .reader()
        .private_parts(case(&memory.engine, 0), &all());
    assert!(!format!("{parts:?} {:?}", memory.engine).contains("MARKER"));
}
