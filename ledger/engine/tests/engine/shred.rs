//! Private parts are destroyed: all of what was ordered, or nothing yet, wherever it is cut short.

use std::sync::{Arc, Mutex};

use caseledger_chain::{SigningKey, verify_receipt};
use caseledger_domain::{
    CaseFact, CaseId, Command, Fact, OrgFact, PrivateState, State, StreamId,
    view::{AsOf, Dimension, Filter, TotalsQuery, Unit},
    vocabulary::ShredBasis,
};
use caseledger_engine::{
    Direction, Engine, Generation, PrivateError, ShredError, ShredRound, ShredStep, Shredded,
    Submission, SubmitError, Unreadable,
    fsck::{self, Depth},
};

use crate::authority::{about, declared, introduce, operator};
use crate::crash::Crash;
use crate::private::*;
use crate::support::*;

/// Cases 0 to 5 with a part each, of which 0 to 2 are sealed, and of 0 and 1 it is ordered. Eleven entries.
fn scene(log: &Kept) -> Memory {
    let memory = opened(log);
    let engine = &memory.engine;
    (0..6).for_each(|number| drop(accept(engine, prosecutor(), identified(number))));
    for number in 0..3 {
        accept(engine, court(), submission(50 + number, vec![seal(number)]));
    }
    memory
}

fn order(engine: &Engine) {
    for number in 0..2 {
        let ordered = submission(60 + number, vec![order_shred(number)]);
        accept(engine, custodian(), ordered);
    }
}

pub(crate) fn shred(engine: &Engine) -> Result<Shredded, ShredError> {
    engine.shred_ordered(ShredRound::everything(), Box::new(|_step| ()))
}

pub(crate) fn private(engine: &Engine, number: u64) -> PrivateState {
    let stream = StreamId::Case(case(engine, number));
    match engine.reader().state(&stream).unwrap().value {
        Some(State::Case(case)) => case.private,
        other => panic!("{other:?}"),
    }
}

fn refused(engine: &Engine, number: u64) -> PrivateError {
    engine
        .reader()
        .private_parts(case(engine, number), &all())
        .unwrap_err()
}

/// More than fit one submission: they are confirmed in one group all the same.
#[test]
fn many_cases_are_confirmed_together_and_those_in_between_stay() {
    let log = Kept::new();
    let memory = opened(&log);
    let engine = &memory.engine;
    let many = 0..260;
    let post = |poster, posts: Vec<Submission>| {
        let outcomes = engine.submit_wait(poster, posts).unwrap();
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    };
    post(prosecutor(), many.clone().map(identified).collect());
    let even = || many.clone().filter(|number| number % 2 == 0);
    let of = |from: u64, command: fn(u64) -> Command| {
        let posts = even().map(|number| submission(from + number, vec![command(number)]));
        posts.collect::<Vec<_>>()
    };
    post(court(), of(1_000, seal));
    post(custodian(), of(2_000, order_shred));
    let groups = engine.groups();
    assert_eq!(shred(engine).unwrap().receipts.len(), 130);
    assert_eq!(engine.groups(), groups + 1);
    for number in many {
        match number % 2 {
            0 => drop(refused(engine, number)),
            _ => assert_eq!(parts(engine, number), [(0, name(number))]),
        }
    }
}

/// Cases 0 and 1 are destroyed for good, all others are as they were.
fn assert_done(log: &Kept, engine: &Engine) {
    for number in 0..2 {
        let gone = refused(engine, number);
        assert!(
            matches!(
                gone,
                PrivateError::Shredded {
                    ordered: 2,
                    basis: ShredBasis::Custodian,
                    confirmed_on: Some(_),
                    ..
                }
            ),
            "{gone:?}"
        );
        assert!(matches!(
            private(engine, number),
            PrivateState::Shredded { .. }
        ));
    }
    for number in 2..6 {
        assert_eq!(parts(engine, number), [(0, name(number))]);
    }
    // Nothing that there ever was of them opens: no key of the table, none of the journal.
    let opened = log.vault.open();
    let mut alive: Vec<_> = opened.table.keys().to_vec();
    alive.extend(log.data_keys());
    let gone = [case(engine, 0), case(engine, 1)].map(CaseId::to_bytes);
    for (case, wrapped) in alive {
        let opens = opened.vault.unwrap(case, &wrapped).is_ok();
        assert!(!(opens && gone.contains(&case.to_bytes())), "{case}");
    }
}

#[test]
fn what_was_ordered_is_destroyed_and_confirmed_and_everything_else_stays() {
    let log = Kept::new();
    let memory = scene(&log);
    let engine = &memory.engine;
    let totals = |engine: &Engine| {
        let answers = [Unit::Cases, Unit::Charges].map(|unit| {
            let query = TotalsQuery::new(unit, &[Dimension::Phase], Filter::default());
            let answer = engine.reader().totals(&query.unwrap(), AsOf::Now);
            let answer = answer.unwrap();
            (answer.groups, answer.total, answer.counted)
        });
        assert!(answers[0].1 > 0);
        answers
    };
    let size = engine.reader().size();
    let files: Vec<String> = (0..size.get())
        .map(|at| {
            let receipt = engine.prover().receipt(caseledger_chain::Position::new(at));
            receipt.unwrap().file().unwrap()
        })
        .collect();
    let before = totals(engine);
    order(engine);
    let pending = refused(engine, 0);
    assert!(
        matches!(
            pending,
            PrivateError::Shredded {
                confirmed_on: None,
                ..
            }
        ),
        "{pending:?}"
    );
    let steps = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&steps);
    let progress = move |step| heard.lock().unwrap().push(step);
    let done = engine
        .shred_ordered(ShredRound::everything(), Box::new(progress))
        .unwrap();
    assert_eq!(done.generation.map(Generation::get), Some(1));
    assert_eq!(done.receipts.len(), 2);
    let steps = steps.lock().unwrap().clone();
    assert_eq!(steps.first(), Some(&ShredStep::Wrapping { done: 1, of: 4 }));
    assert_eq!(
        steps.last(),
        Some(&ShredStep::Confirming { done: 2, of: 2 })
    );
    for receipt in &done.receipts {
        verify_receipt(&receipt.file().unwrap(), engine.identity().verifier()).unwrap();
    }
    let stream = StreamId::Case(case(engine, 0));
    let last = engine
        .reader()
        .history(&stream, u64::MAX, Direction::Backwards, 1, None);
    let last = last.unwrap().value.remove(0).event.fact;
    assert!(
        matches!(
            last,
            Fact::Case(CaseFact::ShredConfirmed {
                generation: 1,
                records: 1
            })
        ),
        "{last:?}"
    );
    assert_done(&log, engine);
    assert_eq!(totals(engine), before);
    for file in files {
        verify_receipt(&file, engine.identity().verifier()).unwrap();
    }
    // Nothing is left to do, and new cases have new keys.
    assert_eq!(shred(engine).unwrap().generation, None);
    accept(engine, prosecutor(), identified(7));
    memory.engine.close().unwrap();
    let memory = log.open();
    assert_done(&log, &memory.engine);
    assert_eq!(parts(&memory.engine, 7), [(0, name(7))]);
}

#[test]
fn a_case_that_never_had_a_part_is_confirmed_like_any_other() {
    let log = Kept::new();
    let memory = opened(&log);
    let engine = &memory.engine;
    accept(engine, prosecutor(), submission(0, vec![identify(0)]));
    accept(engine, court(), submission(50, vec![seal(0)]));
    accept(engine, custodian(), submission(60, vec![order_shred(0)]));
    assert_eq!(
        shred(engine).unwrap().generation.map(Generation::get),
        Some(1)
    );
    assert!(matches!(private(engine, 0), PrivateState::Shredded { .. }));
}

#[test]
fn a_shred_that_is_cut_short_at_any_step_of_the_vault_has_not_begun_or_is_done_when_reopened() {
    let (mut before, mut behind) = (0, 0);
    for at in 0.. {
        let mut struck = false;
        for leaves in [None, Some(0), Some(40), Some(usize::MAX)] {
            let log = Kept::new();
            drop(scene(&log));
            let (crash, disk) = Crash::disk(at, leaves);
            let memory = log.open_on(disk);
            let engine = &memory.engine;
            order(engine);
            let outcome = shred(engine);
            struck |= crash.struck();
            if !crash.struck() {
                outcome.unwrap();
                continue;
            }
            assert!(matches!(outcome, Err(ShredError::Vault(_))), "{outcome:?}");
            assert!(matches!(
                private(engine, 0),
                PrivateState::ShredOrdered { .. }
            ));
            // Posts without private parts go on, whatever became of the vault.
            accept(engine, prosecutor(), submission(90, vec![identify(20)]));
            drop(memory);
            let generation = log.vault.open().vault.generation().get();
            *(if generation == 1 {
                &mut before
            } else {
                &mut behind
            }) += 1;
            let memory = log.open();
            assert_done(&log, &memory.engine);
            // Neither destroys twice, nor skips.
            assert_eq!(log.vault.open().vault.generation().get(), 2);
        }
        if !struck {
            break;
        }
    }
    assert!(
        before > 20 && behind > 8,
        "{before} before, {behind} behind the commit point"
    );
}

#[test]
fn a_shred_whose_confirmation_is_not_recorded_is_finished_later() {
    for failure in [
        Failure::DiskFull,
        Failure::IndeterminateLost,
        Failure::IndeterminateWritten,
    ] {
        let log = Kept::new();
        let memory = scene(&log);
        let engine = &memory.engine;
        order(engine);
        memory.gate.fail_next(failure);
        let outcome = shred(engine);
        if matches!(failure, Failure::DiskFull) {
            assert!(
                matches!(outcome, Err(ShredError::StoreUnavailable(_))),
                "{outcome:?}"
            );
            // Space is back, and it goes on without a second re-wrap.
            let done = shred(engine).unwrap();
            assert_eq!(done.generation.map(Generation::get), Some(1));
            assert_done(&log, engine);
        } else {
            assert!(matches!(outcome, Err(ShredError::Stopped)), "{outcome:?}");
        }
        drop(memory);
        let memory = log.open();
        assert_done(&log, &memory.engine);
        assert_eq!(log.vault.open().vault.generation().get(), 2);
    }
}

#[test]
fn a_vault_that_stopped_keeps_nothing_until_the_ledger_is_opened_again() {
    let log = Kept::new();
    drop(scene(&log));
    // Behind the rename, which is the ninth step of a shred.
    let (_crash, disk) = Crash::disk(9, None);
    let memory = log.open_on(disk);
    order(&memory.engine);
    shred(&memory.engine).unwrap_err();
    let outcome = submit(&memory.engine, prosecutor(), identified(9));
    assert!(
        matches!(outcome, Err(SubmitError::Private(_))),
        "{outcome:?}"
    );
    drop(memory);
    let memory = log.open();
    accept(&memory.engine, prosecutor(), identified(9));
    assert_eq!(parts(&memory.engine, 9), [(0, name(9))]);
}

#[test]
fn a_read_only_ledger_destroys_nothing_and_reads_nothing_that_is_ordered() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    open(&engine);
    accept(&engine, prosecutor(), identified(0));
    accept(&engine, court(), submission(50, vec![seal(0)]));
    accept(&engine, custodian(), submission(60, vec![order_shred(0)]));
    engine.close().unwrap();
    let mut config = caseledger_engine::Config::new(folder.paths.clone());
    config.store.access = caseledger_engine::Access::ReadOnly;
    let clock = Arc::new(caseledger_engine::ManualClock::new(NOW));
    let (engine, report) = Engine::open(&config, clock, &|_| ()).unwrap();
    assert!(matches!(
        refused(&engine, 0),
        PrivateError::Shredded {
            confirmed_on: None,
            ..
        }
    ));
    assert!(matches!(shred(&engine), Err(ShredError::ReadOnly)));
    assert_eq!(report.vault.generation.map(Generation::get), Some(1));
    drop(engine);
    // For writing it is finished, and reported.
    let (engine, report) = folder.open();
    assert_eq!(report.vault.confirmed, 1);
    assert!(matches!(private(&engine, 0), PrivateState::Shredded { .. }));
}

#[test]
fn an_old_copy_of_the_vault_is_made_to_forget_again_what_was_destroyed_since() {
    for close in [true, false] {
        let log = Kept::new();
        let memory = scene(&log);
        accept(&memory.engine, prosecutor(), identified(6));
        let copy = log.vault.copied();
        // Behind the copy, and wrapped under the same key.
        accept(&memory.engine, prosecutor(), identified(7));
        order(&memory.engine);
        shred(&memory.engine).unwrap();
        accept(&memory.engine, prosecutor(), identified(8));
        if close {
            memory.engine.close().unwrap();
        } else {
            drop(memory);
        }
        log.vault.restore(&copy);
        let opens = |log: &Kept| log.vault.open().vault.generation().get();
        assert_eq!(opens(&log), 1);
        let memory = log.open();
        let engine = &memory.engine;
        assert_done(&log, engine);
        assert_eq!(
            opens(&log),
            65_539,
            "a generation that the ledger may have used is not used again"
        );
        assert_eq!(parts(engine, 6), [(0, name(6))]);
        assert_eq!(parts(engine, 7), [(0, name(7))]);
        let lost = engine.reader().private_parts(case(engine, 8), &all());
        let lost = lost.unwrap().unreadable;
        assert!(
            matches!(&lost[..], [part] if matches!(part.why, Unreadable::NoKey)),
            "{lost:?}"
        );
        // A key that is lost is in nobody's way.
        accept(engine, custodian(), submission(70, vec![order_shred(2)]));
        shred(engine).unwrap();
        assert!(matches!(private(engine, 2), PrivateState::Shredded { .. }));
        assert_eq!(parts(engine, 3), [(0, name(3))]);
    }
}

#[test]
fn the_ledger_confirms_in_its_own_name_whoever_else_needs_grants_and_signatures() {
    let folder = declared();
    let (engine, _) = folder.open();
    introduce(&engine);
    open(&engine);
    accept(&engine, prosecutor(), identified(0));
    let key = SigningKey::from_seed("operator".parse().unwrap(), &[5; 32]);
    let (key, valid_until) = (key.verifier().public_bytes(), None);
    let signs = vec![
        about(
            operator().org,
            OrgFact::SigningKeyAdded { key, valid_until },
        ),
        about(
            operator().org,
            OrgFact::SignaturesRequired { required: true },
        ),
    ];
    accept(&engine, operator(), submission(900, signs));
    accept(&engine, court(), submission(50, vec![seal(0)]));
    accept(&engine, court(), submission(60, vec![order_shred(0)]));
    let (poster, own) = engine.own(vec![order_shred(0)]).unwrap();
    let refused = submit(&engine, poster, own);
    assert!(
        matches!(refused, Err(SubmitError::SignatureRequired { .. })),
        "{refused:?}"
    );
    assert_eq!(shred(&engine).unwrap().receipts.len(), 1);
    engine.close().unwrap();
    let key = folder.identity.verifier();
    let report = fsck::check(&folder.paths, key, Depth::Everything, &|_| ()).unwrap();
    assert!(report.is_ok(), "{report:#?}");
}
