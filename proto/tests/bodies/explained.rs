//! Whatever is decided about a post follows from what was signed of it, and nothing else does.

use std::collections::BTreeMap;

use caseledger_domain::{
    CaseFact, CaseId, CaseState, Charge, ChargeId, Charges, CohortState, CohortStatus, Command,
    Context, Date, Event, Expected, Fact, FactKind, OrgId, PersonRef, Policy, RuleSet, Scope,
    State, StreamId, Target, authority, decide, evolve,
};
use caseledger_proto::pb::event::v1::fact::Kind;
use caseledger_proto::pb::event::v1::{self as pb, PostedReference};
use caseledger_proto::{Posted, PostedError, Unexplained};
use proptest::prelude::*;
use prost::Message as _;

use crate::sample::{Fill, Source, event};

fn case() -> StreamId {
    StreamId::Case(CaseId::from_bytes([2; 16]))
}

fn policy() -> Policy {
    Policy {
        version: 1,
        rule_set: RuleSet {
            id: "R".parse().unwrap(),
            version: 1,
        },
        challenge_deadline: None,
        approved_to_filed_days: 90,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 30,
    }
}

/// What is posted: any fact about a case, restored by nobody.
fn posted(kind: u8, seed: u64) -> Fact {
    let kinds = FactKind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.number() < 61);
    let kinds: Vec<FactKind> = kinds.collect();
    let kind = kinds[usize::from(kind) % kinds.len()];
    let mut fact = event(kind, &mut Source::new(Fill::Random, seed)).fact;
    if let Fact::Case(
        CaseFact::FactCorrected {
            restored, target, ..
        }
        | CaseFact::EventRetracted {
            restored, target, ..
        },
    ) = &mut fact
    {
        restored.clear();
        *target %= 6;
    }
    if let Fact::Case(CaseFact::CaseIdentified { charges, .. }) = &mut fact {
        for (charge, id) in charges.iter_mut().zip(1..) {
            charge.id = ChargeId(id);
        }
    }
    fact
}

/// The public part of a post, with the identifier of some kinds left to the ledger.
fn public(command: &Command, refer: bool, aimed: bool) -> pb::PostedFact {
    let mut fact = pb::Fact::from(&command.fact);
    let mut references = Vec::new();
    let slot = match fact.kind.as_mut() {
        Some(Kind::CaseIdentified(fact)) => Some((&mut fact.person, PostedReference::Person)),
        Some(Kind::ReliefGranted(fact)) => Some((&mut fact.order, PostedReference::Order)),
        Some(Kind::DispositionEntered(fact)) => Some((&mut fact.order, PostedReference::Order)),
        Some(Kind::FilingAccepted(fact)) => Some((&mut fact.filing, PostedReference::Filing)),
        _ => None,
    };
    if let Some((id, reference)) = slot
        && refer
        && !id.is_empty()
    {
        id.clear();
        references.push(reference.into());
    }
    pb::PostedFact {
        occurred_on: command.occurred_on.yyyymmdd(),
        fact: Some(fact),
        charges: match &command.scope {
            Scope::WholeCase => Vec::new(),
            Scope::Charges(ids) => ids.iter().map(|id| u32::from(id.0)).collect(),
        },
        stream: aimed.then(|| pb::PostedStream {
            stream: Some(pb::posted_stream::Stream::CaseId(vec![2; 16])),
        }),
        references,
    }
}

type Post = (u8, u64, u8, bool, bool, u8);

fn post() -> impl Strategy<Value = Post> {
    (
        any::<u8>(),
        0..40_u64,
        0..4_u8,
        any::<bool>(),
        any::<bool>(),
        any::<u8>(),
    )
}

/// What is decided about the posts, one after the other: the public part of each with its events.
fn decided(posts: &[Post]) -> Vec<(pb::PostedFact, CaseState, Vec<Event>)> {
    let list = CohortState {
        status: Some(CohortStatus::Open),
        ..CohortState::default()
    };
    let (policy, poster) = (policy(), "lasc".parse::<OrgId>().unwrap());
    let mut state = State::Case(CaseState::default());
    let mut history = Vec::new();
    let mut all = Vec::new();
    for (kind, seed, scope, refer, aimed, role) in posts.iter().copied() {
        // One in four names the case.
        let fact = posted(if role % 4 == 0 { 0 } else { kind }, seed);
        let roles = authority::posters(fact.kind());
        let command = Command {
            target: Target::Case(CaseId::from_bytes([2; 16])),
            expected: Expected::Any,
            scope: match scope {
                0 => Scope::Charges(vec![ChargeId(2), ChargeId(1)]),
                1 => Scope::Charges(vec![ChargeId(1)]),
                _ => Scope::WholeCase,
            },
            occurred_on: Date::from_yyyymmdd(20_240_101 + u32::from(role % 3)).unwrap(),
            fact,
        };
        let context = Context {
            policy: Some(&policy),
            cohort: Some(&list),
            history: &history,
            ..Context::afterwards(poster, roles[usize::from(role) % roles.len()])
        };
        let Ok(events) = decide(&state, &command, &context) else {
            continue;
        };
        let State::Case(before) = state.clone() else {
            panic!("about no case");
        };
        for event in &events {
            state = evolve(state, event);
            history.push((poster, event.clone()));
        }
        all.push((public(&command, refer, aimed), before, events));
    }
    all
}

fn explains(public: &pb::PostedFact, events: &[Event]) -> Result<(), (usize, Unexplained)> {
    let posted = Posted::read(&public.encode_to_vec()).unwrap();
    let events: Vec<&Event> = events.iter().collect();
    posted.explains(events[0].role, case(), &events)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_decided_follows_from_what_was_signed(
        posts in proptest::collection::vec(post(), 1..12),
    ) {
        for (public, before, events) in decided(&posts) {
            prop_assert_eq!(explains(&public, &events), Ok(()));
            let posted = Posted::read(&public.encode_to_vec()).unwrap();
            prop_assert_eq!(posted.resolves(&before, &events[0]), Ok(()));
        }
    }

    /// Another fact, day, charge or event under the same public part.
    #[test]
    fn what_was_not_signed_does_not_follow(
        posts in proptest::collection::vec(post(), 2..12),
        other in post(),
    ) {
        let strange = posted(other.0, 1_000 + other.1);
        // What a reference stands for is the ledger's to say.
        let posts: Vec<Post> = posts
            .into_iter()
            .map(|(kind, seed, scope, _, aimed, role)| (kind, seed, scope, false, aimed, role))
            .collect();
        for (public, before, events) in decided(&posts) {
            let stated = Fact::try_from(public.fact.as_ref().unwrap()).unwrap();
            // That it was said before, and that it was not, is for the rules to tell.
            if strange != stated && strange.kind() != FactKind::CaseIdentified {
                let mut forged = events.clone();
                forged[0].fact = strange.clone();
                prop_assert!(explains(&public, &forged).is_err(), "{:?}", forged[0]);
            }
            let posted = Posted::read(&public.encode_to_vec()).unwrap();
            let direct = events[0].fact == stated && before.identity.is_some();
            let corrects = matches!(
                stated.kind(),
                FactKind::FactCorrected | FactKind::EventRetracted
            );
            if direct && !corrects {
                // Said to be known already, and about fewer charges than it is.
                let mut forged = events[0].clone();
                let kind = stated.kind();
                forged.fact = Fact::Case(CaseFact::ConfirmationSighted { kind });
                prop_assert!(posted.resolves(&before, &forged).is_err());
                let mut forged = events[0].clone();
                let mut charges = forged.charges.as_slice().to_vec();
                if charges.pop().is_some() {
                    forged.charges = Charges::new(charges);
                    prop_assert!(posted.resolves(&before, &forged).is_err());
                }
            }
            let mut forged = events.clone();
            forged[0].occurred_on = Date::from_yyyymmdd(19_990_101).unwrap();
            prop_assert!(explains(&public, &forged).is_err());
            let mut forged = events.clone();
            forged.push(Event { fact: strange.clone(), ..events[0].clone() });
            let adds = matches!(strange.kind(), FactKind::PersonLinked | FactKind::ChargeAdded);
            if !adds {
                prop_assert!(explains(&public, &forged).is_err());
            }
        }
    }
}

fn identified() -> CaseFact {
    let Fact::Case(fact) = posted(0, 3) else {
        panic!("about no case");
    };
    fact
}

#[test]
fn every_way_in_which_a_post_is_recorded_comes_up() {
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    let mut state = 5_u64;
    // Knuth's MMIX.
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    for _ in 0..400 {
        let posts: Vec<Post> = (0..10)
            .map(|_| {
                let seed = u64::from(byte() % 40);
                (byte(), seed, byte() % 4, byte() < 128, byte() < 128, byte())
            })
            .collect();
        for (public, _, events) in decided(&posts) {
            assert_eq!(explains(&public, &events), Ok(()));
            for event in &events {
                *ways.entry(event.fact.kind().as_str()).or_default() += 1;
            }
        }
    }
    for kind in [
        FactKind::CaseIdentified,
        FactKind::SightingAdded,
        FactKind::PersonLinked,
        FactKind::ChargeAdded,
        FactKind::FactCorrected,
        FactKind::ConfirmationHeld,
        FactKind::ConfirmationMatched,
        FactKind::ConfirmationSighted,
    ] {
        assert!(ways.contains_key(kind.as_str()), "{kind:?}: {ways:?}");
    }
}

fn read(change: impl FnOnce(&mut pb::PostedFact)) -> Result<Posted, PostedError> {
    let mut wire = pb::PostedFact {
        occurred_on: 20_240_101,
        fact: Some((&Fact::Case(identified())).into()),
        charges: Vec::new(),
        stream: None,
        references: Vec::new(),
    };
    change(&mut wire);
    Posted::read(&wire.encode_to_vec())
}

#[test]
fn a_public_part_has_no_room_for_anything_else() {
    let wire = pb::PostedFact {
        occurred_on: 20_240_101,
        fact: Some((&Fact::Case(identified())).into()),
        ..pb::PostedFact::default()
    };
    let bytes = wire.encode_to_vec();
    assert!(Posted::read(&bytes).is_ok());
    // Fields may come in any order: libraries differ.
    let date = pb::PostedFact {
        fact: None,
        ..wire.clone()
    };
    let mut turned = bytes[date.encoded_len()..].to_vec();
    turned.extend(date.encode_to_vec());
    assert_eq!(Posted::read(&turned), Posted::read(&bytes));
    // A field that there is not, one given twice, and a number in more bytes than it needs.
    let mut unknown = bytes.clone();
    unknown.extend([0x7a, 0x02, b'h', b'i']);
    let mut twice = date.encode_to_vec();
    twice.extend(&bytes);
    let mut padded = bytes.clone();
    let last_of_date = date.encoded_len() - 1;
    padded[last_of_date] |= 0x80;
    padded.insert(last_of_date + 1, 0);
    for hidden in [unknown, twice, padded] {
        let found = Posted::read(&hidden);
        assert!(
            matches!(found, Err(PostedError::Hidden { .. })),
            "{found:?}"
        );
    }
    assert!(matches!(
        Posted::read(&bytes[1..]),
        Err(PostedError::Malformed(_))
    ));
}

#[test]
fn a_public_part_is_what_can_be_posted() {
    let person: Vec<u8> = PersonRef::from_bytes([1; 16]).to_bytes().to_vec();
    let field = |found: Result<Posted, PostedError>| match found {
        Err(PostedError::Fields(errors)) => errors.violations()[0].field.clone(),
        other => panic!("{other:?}"),
    };
    let set = |wire: &mut pb::PostedFact, person: &[u8]| match &mut wire.fact.as_mut().unwrap().kind
    {
        Some(Kind::CaseIdentified(fact)) => fact.person = person.to_vec(),
        other => panic!("{other:?}"),
    };
    let by = |reference: PostedReference| vec![reference.into()];
    let found = read(|wire| {
        set(wire, &person);
        wire.references = by(PostedReference::Person);
    });
    assert_eq!(field(found), "references");
    let found = read(|wire| wire.references = by(PostedReference::Order));
    assert_eq!(field(found), "references");
    let found = read(|wire| wire.references = vec![2, 1]);
    assert_eq!(field(found), "references");
    let found = read(|wire| wire.stream = Some(pb::PostedStream { stream: None }));
    assert_eq!(field(found), "stream");
    let found = read(|wire| wire.charges = vec![0]);
    assert_eq!(field(found), "charges");
    let found = read(|wire| wire.occurred_on = 0);
    assert_eq!(field(found), "occurred_on");
    let held = Kind::ConfirmationSighted(pb::ConfirmationSighted { kind: 1 });
    let found = read(|wire| wire.fact = Some(pb::Fact { kind: Some(held) }));
    assert_eq!(field(found), "fact");
    assert!(
        read(|wire| {
            set(wire, &[]);
            wire.references = by(PostedReference::Person);
        })
        .is_ok()
    );
}

#[test]
fn what_a_list_adds_is_on_the_list_once() {
    let CaseFact::CaseIdentified {
        cohort,
        row,
        source,
        charges,
        ..
    } = identified()
    else {
        panic!("no list");
    };
    let wire = pb::PostedFact {
        occurred_on: 20_240_101,
        fact: Some((&Fact::Case(identified())).into()),
        ..pb::PostedFact::default()
    };
    let base = Event {
        occurred_on: Date::from_yyyymmdd(20_240_101).unwrap(),
        fact: Fact::Case(CaseFact::SightingAdded {
            cohort,
            row,
            source,
        }),
        charges: Charges::default(),
        ..event(FactKind::ReviewStarted, &mut Source::new(Fill::Sparse, 1))
    };
    let added = |charge: Charge| Event {
        fact: Fact::Case(CaseFact::ChargeAdded { charge }),
        ..base.clone()
    };
    let listed = Charge {
        id: ChargeId(77),
        ..charges[0]
    };
    let other = Charge {
        counts: listed.counts ^ 1,
        ..listed
    };
    let once = [base.clone(), added(listed)];
    assert_eq!(explains(&wire, &once), Ok(()));
    let twice = [base.clone(), added(listed), added(listed)];
    if charges
        .iter()
        .filter(|charge| {
            Charge {
                id: listed.id,
                ..**charge
            } == listed
        })
        .count()
        == 1
    {
        assert!(explains(&wire, &twice).is_err());
    }
    let strange = [base.clone(), added(other)];
    assert!(explains(&wire, &strange).is_err());
    let first = [added(listed)];
    assert!(explains(&wire, &first).is_err());
}
