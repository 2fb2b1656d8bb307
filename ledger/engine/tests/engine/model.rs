//! Random operations against a model that is a list of what was accepted.

use std::collections::BTreeMap;

use caseledger_audit::{Batch, Plan, Recount, Replay};
use caseledger_chain::{ChainCheck, Digest, MemoryTree, Position, leaf_hash};
use caseledger_domain::{
    CaseState, CohortState, Context, Fact, Policy, State, StreamId, decide, evolve,
};
use caseledger_engine::{Engine, SubmitError};
use proptest::prelude::*;

use crate::support::*;

#[derive(Clone, Debug)]
enum Op {
    /// A submission with this message id: which commands on which case.
    Submit {
        message: u64,
        case: u64,
        commands: Vec<u8>,
    },
    /// Several in one job.
    Batch(Vec<(u64, u64, u8)>),
    Close,
    Crash,
    Clock(u32),
    DiskFull,
}

fn op() -> impl Strategy<Value = Op> {
    let submit = (0..40_u64, 0..6_u64, prop::collection::vec(0..5_u8, 1..4)).prop_map(
        |(message, case, commands)| Op::Submit {
            message,
            case,
            commands,
        },
    );
    let batch = prop::collection::vec((0..40_u64, 0..6_u64, 0..5_u8), 1..8).prop_map(Op::Batch);
    prop_oneof![
        6 => submit,
        3 => batch,
        1 => Just(Op::Close),
        1 => Just(Op::Crash),
        1 => any::<u32>().prop_map(Op::Clock),
        1 => Just(Op::DiskFull),
    ]
}

fn commands(case: u64, kinds: &[u8]) -> Vec<caseledger_domain::Command> {
    let command = |kind: &u8| match kind {
        0 => identify(case),
        1 => determine(case),
        2 => approve(case),
        3 => file(case),
        _ => caseledger_domain::Command {
            expected: caseledger_domain::Expected::Exists,
            ..determine(case)
        },
    };
    kinds.iter().map(command).collect()
}

/// What must be true of the ledger, whatever happened.
#[derive(Default)]
struct Model {
    /// Content and positions by message.
    accepted: BTreeMap<[u8; 16], ([u8; 32], Vec<u64>)>,
    size: u64,
    /// The states of the cases, folded one command after the other.
    cases: BTreeMap<u64, State>,
}

/// What decisions may look at, as it is while nobody touches list and initiative.
struct Around {
    cohort: CohortState,
    policy: Policy,
}

impl Around {
    fn new(memory: &Memory) -> Self {
        let reader = memory.engine.reader();
        let state = |stream| reader.state(&stream).unwrap().value;
        match (
            state(StreamId::Cohort(cohort())),
            state(StreamId::Initiative(initiative())),
        ) {
            (Some(State::Cohort(cohort)), Some(State::Initiative(initiative))) => Self {
                cohort,
                policy: initiative.policy.unwrap(),
            },
            other => panic!("{other:?}"),
        }
    }

    fn context(&self, known: bool) -> Context<'_> {
        Context {
            today: date(20_210_927),
            poster: prosecutor().org,
            role: prosecutor().role,
            policy: known.then_some(&self.policy),
            cohort: Some(&self.cohort),
            canonical: None,
            history: &[],
            order_counts: None,
            authority: None,
            announced: None,
        }
    }
}

impl Model {
    /// The state and the number of events that a submission leads to, if it is allowed.
    fn expect(&self, around: &Around, case: u64, kinds: &[u8]) -> Option<(State, usize)> {
        let known = self.cases.get(&case).cloned();
        let mut state = known.unwrap_or_else(|| State::Case(CaseState::default()));
        let mut count = 0;
        for command in commands(case, kinds) {
            let identifies = matches!(
                command.fact,
                Fact::Case(caseledger_domain::CaseFact::CaseIdentified { .. })
            );
            let listed = matches!(&state, State::Case(case) if !case.sightings.is_empty());
            let context = around.context(listed || identifies);
            let events = decide(&state, &command, &context).ok()?;
            count += events.len();
            state = events.iter().fold(state, evolve);
        }
        Some((state, count))
    }

    fn check(
        &mut self,
        around: &Around,
        case: u64,
        kinds: &[u8],
        posted: &caseledger_engine::Submission,
        outcome: &caseledger_engine::Outcome,
    ) {
        if let Some((content, positions)) = self.accepted.get(&posted.message_id) {
            match outcome {
                Ok(ack) => {
                    assert!(ack.duplicate && posted.content == *content);
                    let found: Vec<_> = ack
                        .receipts
                        .iter()
                        .map(|entry| entry.position().get())
                        .collect();
                    assert_eq!(found, *positions);
                }
                Err(SubmitError::MessageReused { first, .. }) => {
                    assert_ne!(posted.content, *content);
                    assert_eq!(first.get(), positions[0]);
                }
                other => panic!("{other:?}"),
            }
            return;
        }
        let expected = self.expect(around, case, kinds);
        match (outcome, expected) {
            (Ok(ack), Some((state, count))) => {
                assert!(!ack.duplicate);
                let positions: Vec<_> = ack
                    .receipts
                    .iter()
                    .map(|entry| entry.position().get())
                    .collect();
                assert_eq!((positions[0], positions.len()), (self.size, count));
                self.size += positions.len() as u64;
                self.accepted
                    .insert(posted.message_id, (posted.content, positions));
                self.cases.insert(case, state);
            }
            (Err(SubmitError::Refused { .. }), None) => {}
            (other, expected) => panic!("{case} {kinds:?}: {other:?}, expected {expected:?}"),
        }
    }

    /// The whole log is a ledger, and reads agree with the model.
    fn check_all(&self, memory: &Memory) {
        let reader = memory.engine.reader();
        assert_eq!(reader.size().get(), self.size);
        check_entries(&memory.engine);
        for case in 0..6 {
            let id = reader.case_of(&token(case));
            let found = id.and_then(|id| reader.state(&StreamId::Case(id)).unwrap().value);
            assert_eq!(found.as_ref(), self.cases.get(&case));
        }
        let counted = reader.views(|views| views.totals().complete_to()).unwrap();
        assert_eq!(counted.value, self.size);
    }
}

/// Every entry is where it belongs, and an audit that reads nothing else finds nothing.
pub(crate) fn check_entries(engine: &Engine) {
    let (reader, ledger) = (engine.reader(), engine.identity().ledger());
    let mut chain = ChainCheck::new(ledger);
    let mut tree = MemoryTree::new();
    let plan = Plan {
        ledger: Some(ledger),
        recount: Recount::AtEnd,
        day: caseledger_engine::court_day,
    };
    let mut replay = Replay::start(plan).unwrap();
    let mut batch = Batch::new();
    for position in 0..reader.size().get() {
        let entry = reader.recorded(Position::new(position)).unwrap().entry;
        chain.push(&entry).unwrap();
        tree.push(leaf_hash(&entry));
        batch.push(&entry);
    }
    chain.finish().unwrap();
    replay.push(batch);
    let replayed = replay.finish().conclude();
    assert!(replayed.integrity.is_empty(), "{replayed:?}");
    let latest = engine.prover().latest();
    assert_eq!((latest.root, latest.size), (tree.root(), tree.size()));
    assert_ne!(latest.root, Digest::ZERO);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_ledger_is_what_was_accepted(
        ops in prop::collection::vec(op(), 1..40),
    ) {
        let kept = Kept::new();
        let mut memory = kept.open();
        open(&memory.engine);
        let around = Around::new(&memory);
        let mut model = Model { size: 2, ..Model::default() };
        let mut full = false;
        for op in ops {
            match op {
                Op::Submit { message, case, commands: kinds } => {
                    let posted = submission(message, commands(case, &kinds));
                    let outcome = submit(&memory.engine, prosecutor(), posted.clone());
                    if let (true, Err(SubmitError::StoreUnavailable(_))) = (full, &outcome) {
                        full = false;
                        continue;
                    }
                    model.check(&around, case, &kinds, &posted, &outcome);
                }
                Op::Batch(batch) if !full => {
                    let job: Vec<_> = batch
                        .iter()
                        .map(|(message, case, kind)| submission(*message, commands(*case, &[*kind])))
                        .collect();
                    let outcomes = memory.engine.submit_wait(prosecutor(), job.clone()).unwrap();
                    for (((_, case, kind), posted), outcome) in batch.iter().zip(&job).zip(&outcomes) {
                        model.check(&around, *case, &[*kind], posted, outcome);
                    }
                }
                Op::Close => {
                    memory.engine.close().unwrap();
                    memory = kept.open();
                    full = false;
                }
                Op::Crash => {
                    drop(memory);
                    memory = kept.open();
                    full = false;
                }
                Op::Clock(offset) => memory.clock.set(NOW + u64::from(offset) - (1 << 31)),
                Op::DiskFull if !full => {
                    memory.gate.fail_next(Failure::DiskFull);
                    full = true;
                }
                Op::Batch(_) | Op::DiskFull => {}
            }
            model.check_all(&memory);
        }
    }
}
