//! Random posts: nothing panics, both ways of folding agree, and tracks A, B and C end where a
//! model says that was written from the text of the law and not from the code.

use proptest::prelude::*;

use crate::event::{Charges, Event};
use crate::evolve;
use crate::fact::{CaseFact, Fact, FactKind};
use crate::id::{ChargeId, StreamKind};
use crate::state::{ChargeState, State};
use crate::vocabulary::{Determination, NewDisposition, Vocabulary};

use super::model::Model;
use super::support::*;
use super::wild::{Dice, batch_post, wild_post};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// `Stream::post` compares both ways of folding after each event.
    #[test]
    fn decides_anything_about_a_case_and_folds_it_alike_both_ways(
        start in 0_u16..4,
        posts in proptest::collection::vec(bytes(), 0..40),
    ) {
        let mut stream = match start {
            0 => Stream::new(StreamKind::Case),
            charges => Stream::case((1..=charges).map(charge).collect()),
        };
        for post in posts.iter().map(|bytes| wild_post(bytes)) {
            let before = stream.state.clone();
            match stream.post(&post) {
                Ok(events) => prop_assert!(events.iter().all(|event| about(event, &stream))),
                Err(rejection) => {
                    prop_assert!(!rejection.each().is_empty());
                    let nested = rejection.each().iter().any(|one| one.each().len() > 1);
                    prop_assert!(!nested && stream.state == before);
                }
            }
        }
    }

    #[test]
    fn decides_anything_about_batches(kind in 1_usize..5, posts in proptest::collection::vec(bytes(), 0..20)) {
        let mut stream = Stream::new(StreamKind::ALL[kind]);
        for bytes in &posts {
            let post = batch_post(stream.history.len(), bytes);
            let before = stream.state.clone();
            if stream.post(&post).is_err() {
                prop_assert_eq!(&stream.state, &before);
            }
        }
    }

    /// Events are folded as they are, whoever decided them.
    #[test]
    fn folds_anything(events in proptest::collection::vec(bytes(), 0..30), kind in 0_usize..5) {
        let mut state = Stream::new(StreamKind::ALL[kind]).state;
        for bytes in &events {
            let post = wild_post(bytes);
            let fact = match post.command.fact.clone() {
                Fact::Case(fact) if bytes[0] % 5 == 0 => Fact::Case(CaseFact::ConfirmationMatched {
                    held: u64::from(bytes[1] % 4),
                    fact: Box::new(fact),
                }),
                Fact::Case(fact) if bytes[0] % 5 == 1 => Fact::Case(CaseFact::ConfirmationHeld {
                    fact: Box::new(fact),
                    charges: vec![ChargeId(1)],
                }),
                fact => fact,
            };
            let event = Event {
                occurred_on: post.command.occurred_on,
                role: post.who.1,
                flags: crate::Flags::NONE,
                charges: Charges::new(vec![ChargeId(1), ChargeId(2)]),
                fact,
            };
            let before = state.clone();
            state = evolve(state, &event);
            match &state {
                State::Case(_) => prop_assert_ne!(&state, &before),
                other => prop_assert_eq!(other, &before),
            }
        }
    }

    /// A confirmation ends where it would have ended, had the list come first.
    #[test]
    fn matches_as_if_the_case_had_been_known(posts in proptest::collection::vec(bytes(), 1..12)) {
        let listed = post(DA, identified(vec![charge(1), charge(2)]));
        let mut early = Stream::new(StreamKind::Case);
        let mut late = Stream::new(StreamKind::Case).given([listed.clone()]);
        let mut seen = Vec::new();
        for (at, bytes) in posts.iter().enumerate() {
            let post = official(at, bytes);
            // What is sent twice is recognised by its natural key, which the state of a case
            // that is not known yet does not have; of each kind, one.
            let kind = post.command.fact.kind();
            if seen.contains(&kind) {
                continue;
            }
            seen.push(kind);
            early.post(&post).unwrap();
            late.post(&post).unwrap();
        }
        early.post(&listed).unwrap();
        prop_assert_eq!(&early.state().charges, &late.state().charges);
        prop_assert_eq!(&early.state().held, &Vec::new());
    }

    /// Of what courts and repositories state with different dates, nothing sent again changes
    /// where the tracks are.
    #[test]
    fn stands_still_when_everything_is_sent_again(
        posts in proptest::collection::vec(bytes(), 1..12),
        turn in 0_usize..12,
    ) {
        let mut stream = Stream::case(vec![charge(1), charge(2)]);
        let posts: Vec<_> = posts
            .iter()
            .enumerate()
            .map(|(at, bytes)| official(at, bytes))
            .filter(|post| !takes_back(post.command.fact.kind()))
            .collect();
        for post in &posts {
            stream.post(post).unwrap();
        }
        let tracks = |stream: &Stream| -> Vec<_> {
            let charges = stream.state().charges.iter();
            charges.map(|charge| (charge.decision, charge.disposition, charge.seal, charge.repository)).collect()
        };
        let before = tracks(&stream);
        let mut again = posts.clone();
        again.rotate_left(turn % posts.len().max(1));
        for post in again.iter().chain(posts.iter().rev()) {
            stream.post(post).unwrap();
        }
        prop_assert_eq!(tracks(&stream), before);
    }

    /// What a court's system delivers late, twice or in another order, before or after the list
    /// arrives, ends where the clean feed ends.
    #[test]
    fn a_feed_in_any_order_ends_where_the_clean_one_ends(
        said in any::<u16>(),
        deliveries in proptest::collection::vec(any::<prop::sample::Index>(), 0..24),
        order in Just((0..CHAIN.len()).collect::<Vec<_>>()).prop_shuffle(),
        arrives in 0_usize..40,
    ) {
        let feed: Vec<Post> = (0..CHAIN.len())
            .filter(|at| said >> at & 1 == 1)
            .map(|at| {
                let (who, kind) = CHAIN[at];
                post(who, sample(kind)).on(&format!("2021-{:02}-11", at + 1))
            })
            .collect();
        let listed = post(DA, identified(vec![charge(1)]));
        let clean = Stream::new(StreamKind::Case).given([listed.clone()]).given(feed.clone());

        let mut delivered: Vec<Post> = Vec::new();
        for at in order {
            let day = format!("2021-{:02}-11", at + 1);
            delivered.extend(feed.iter().find(|post| post.command.occurred_on == super::support::day(&day)).cloned());
        }
        if !feed.is_empty() {
            delivered.extend(deliveries.iter().map(|at| at.get(&feed).clone()));
        }
        delivered.insert(arrives.min(delivered.len()), listed);
        let troubled = Stream::new(StreamKind::Case).given(delivered);

        prop_assert!(troubled.state().held.is_empty());
        prop_assert_eq!(ends(&troubled), ends(&clean));
    }

    #[test]
    fn moves_the_tracks_as_the_model_does(posts in proptest::collection::vec(bytes(), 1..40)) {
        let mut stream = Stream::case(vec![charge(1), charge(2)]);
        let mut model = Model::new();
        for bytes in &posts {
            let (post, id) = modelled(bytes, &model);
            let kind = post.command.fact.kind();
            let official = crate::authority::is_official(post.who.1);
            let date = post.command.occurred_on.yyyymmdd();
            match stream.post(&post) {
                Ok(events) if events[0].fact.kind() == FactKind::ConfirmationSighted => {}
                Ok(_) => {
                    if let Fact::Case(CaseFact::DispositionEntered { disposition, .. }) = &post.command.fact {
                        model.set(id, "stated", disposition.code());
                    }
                    prop_assert!(official || model.claim_allowed(id, kind.as_str()), "{post:?}");
                    model.apply(id, kind.as_str(), date, official, stream.history.len() - 1);
                }
                Err(rejection) => {
                    prop_assert!(!official, "{}: {:?}", rejection, post);
                    prop_assert!(!model.claim_allowed(id, kind.as_str()), "{}: {:?}", rejection, post);
                }
            }
            for id in [1, 2] {
                prop_assert_eq!(model.tracks(id), shown(stream.charge(id)), "after {:?}", &post);
            }
        }
    }
}

/// Scope is resolved: charges are named, known, and ascending.
fn about(event: &Event, stream: &Stream) -> bool {
    let known = |id: &ChargeId| {
        let mut charges = stream.state().charges.iter();
        charges.any(|charge| charge.charge.id == *id)
    };
    // Corrections may take a charge's last trace away, and held ones name charges to come.
    let free = matches!(
        event.fact.kind(),
        FactKind::FactCorrected | FactKind::EventRetracted
    );
    free || event.charges.as_slice().iter().all(known)
}

fn takes_back(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::ReliefReversed
            | FactKind::OrderVacated
            | FactKind::CaseReopened
            | FactKind::ChallengeOverruled
            | FactKind::Unsealed
    )
}

/// A case on its way through a court, in order.
const CHAIN: [(Who, FactKind); 9] = [
    (COURT, FactKind::FilingReceived),
    (COURT, FactKind::FilingAccepted),
    (COURT, FactKind::HearingSet),
    (COURT, FactKind::ReliefGranted),
    (COURT, FactKind::DispositionEntered),
    (COURT, FactKind::SealingOrdered),
    (COURT, FactKind::SealingExecuted),
    (COURT, FactKind::DispositionReportedToDoj),
    (DOJ, FactKind::DojRecordUpdated),
];

/// Where every track of the charge is, and since when.
fn ends(stream: &Stream) -> impl core::fmt::Debug + PartialEq + use<> {
    let charge = stream.charge(1);
    (
        (charge.decision, charge.decision_on),
        (charge.disposition, charge.disposition_on),
        (charge.seal, charge.seal_on),
        (charge.repository, charge.repository_on),
        (charge.filing, charge.order, charge.seal_order),
        (charge.surfaces, charge.extent),
    )
}

const OFFICIAL: &[(Who, FactKind)] = &[
    (COURT, FactKind::FilingAccepted),
    (COURT, FactKind::FilingRejected),
    (COURT, FactKind::HearingSet),
    (COURT, FactKind::ReliefGranted),
    (COURT, FactKind::ReliefDenied),
    (COURT, FactKind::OrderApplied),
    (COURT, FactKind::DispositionEntered),
    (COURT, FactKind::SealingOrdered),
    (COURT, FactKind::SealingExecuted),
    (COURT, FactKind::RecordNotFound),
    (DOJ, FactKind::PriorReliefFound),
    (POLICE, FactKind::RecordDestroyed),
    (COURT, FactKind::ReliefReversed),
    (COURT, FactKind::Unsealed),
    (COURT, FactKind::DispositionReportedToDoj),
    (DOJ, FactKind::DojReportRejected),
    (DOJ, FactKind::DojRecordUpdated),
    (DOJ, FactKind::DojRecordRegressed),
    (COURT, FactKind::CaseReopened),
    (COURT, FactKind::ChallengeOverruled),
];

/// An official fact about one of two charges, dated by its place in the sequence.
fn official(at: usize, bytes: &[u8]) -> Post {
    let mut dice = Dice(bytes.iter());
    let (who, kind) = dice.pick(OFFICIAL);
    let id = dice.pick(&[1, 2]);
    // Distinct days, in no order.
    let day = 1 + (at * 7 + dice.roll() / 128 * 14) % 28;
    let month = 1 + at % 12;
    post(who, sample(kind))
        .of(&[id])
        .on(&format!("2021-{month:02}-{day:02}"))
}

fn modelled(bytes: &[u8], model: &Model) -> (Post, u16) {
    let mut dice = Dice(bytes.iter());
    let id = dice.pick(&[1, 2]);
    let (who, kind) = dice.pick(&MODELLED.concat());
    let fact = match kind {
        FactKind::EligibilityRedetermined => {
            let in_force = model.get(id, "determined").parse().unwrap_or(0);
            redetermined(Determination::Ineligible, in_force)
        }
        FactKind::DispositionEntered => {
            entered(dice.pick(&[NewDisposition::Dismissed, NewDisposition::Redesignated]))
        }
        kind => sample(kind),
    };
    let day = 1 + dice.roll() % 9;
    (
        post(who, fact).of(&[id]).on(&format!("2021-09-{day:02}")),
        id,
    )
}

const MODELLED: [&[(Who, FactKind)]; 2] = [
    OFFICIAL,
    &[
        (DA, FactKind::EligibilityDetermined),
        (DA, FactKind::EligibilityDetermined),
        (DA, FactKind::EligibilityRedetermined),
        (DA, FactKind::ReviewStarted),
        (DA, FactKind::ReviewApproved),
        (DA, FactKind::ReviewApproved),
        (DA, FactKind::Challenged),
        (DA, FactKind::ChallengeWithdrawn),
        (DA, FactKind::ProsecutorDeclined),
        (DA, FactKind::FilingSubmitted),
        (DA, FactKind::FilingSubmitted),
        (DA, FactKind::FilingWithdrawn),
        (DA, FactKind::CaseWithdrawn),
        (DA, FactKind::CaseReopened),
        (DA, FactKind::PriorReliefFound),
    ],
];

fn shown(charge: &ChargeState) -> [String; 3] {
    [
        charge.decision.code().to_owned(),
        charge.disposition.code().to_owned(),
        charge.repository.code().to_owned(),
    ]
}
