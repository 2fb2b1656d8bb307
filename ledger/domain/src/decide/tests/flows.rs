//! What happens over several posts: lists that overlap, confirmations that come early, late or
//! twice, corrections, duplicates, referrals.

use crate::event::{Charges, Event, Flag};
use crate::fact::{CaseFact, Charge, Fact, FactKind};
use crate::id::{ChargeId, StreamKind};
use crate::state::{Decision, Disposition, Phase, Repository, Seal};
use crate::vocabulary::{Determination, NewDisposition, OrderEffect, Remedy, SealSurface, Source};

use super::support::*;

fn kinds(events: &[Event]) -> Vec<FactKind> {
    events.iter().map(|event| event.fact.kind()).collect()
}

pub(super) fn sighted(event: &Event) -> Option<FactKind> {
    match &event.fact {
        Fact::Case(CaseFact::ConfirmationSighted { kind }) => Some(*kind),
        _ => None,
    }
}

fn other_list(charges: Vec<Charge>) -> CaseFact {
    match identified(charges) {
        CaseFact::CaseIdentified {
            county,
            court,
            agency,
            charges,
            ..
        } => CaseFact::CaseIdentified {
            cohort: "LA-2020-DOJ.1".parse().unwrap(),
            row: 9,
            source: Source::StateRepository,
            county,
            court,
            agency,
            person: Some(PERSON),
            charges,
        },
        other => other,
    }
}

#[test]
fn sees_a_case_again_on_a_second_list_and_takes_what_it_adds() {
    let mut stream = Stream::case(vec![charge(1)]);
    let further = Charge {
        id: ChargeId(1),
        ..felony(5)
    };
    let known = Charge {
        id: ChargeId(2),
        ..charge(1)
    };
    let second = post(DOJ, other_list(vec![further, known]));
    let events = stream.post(&second).unwrap();
    assert_eq!(
        kinds(&events),
        [
            FactKind::SightingAdded,
            FactKind::PersonLinked,
            FactKind::ChargeAdded
        ]
    );
    assert_eq!(events[0].flags, flags(&[Flag::SecondInitiative]));
    assert_eq!(stream.charge(2).charge.section, felony(5).section);
    assert_eq!(stream.state().charges.len(), 2);
    assert_eq!(stream.state().identity.unwrap().person, Some(PERSON));

    let before = stream.state().clone();
    let event = stream.event(second);
    assert_eq!(sighted(&event), Some(FactKind::CaseIdentified));
    assert_eq!(stream.state().charges, before.charges);
    assert_eq!(stream.state().sightings, before.sightings);
}

#[test]
fn flags_another_person_and_keeps_the_first() {
    let mut stream = Stream::case(vec![charge(1)])
        .given([post(DA, CaseFact::PersonLinked { person: PERSON_2 })]);
    let events = stream
        .post(&post(DOJ, other_list(vec![charge(1)])))
        .unwrap();
    assert_eq!(kinds(&events), [FactKind::SightingAdded]);
    assert!(events[0].flags.contains(Flag::PersonDiffers));
    assert_eq!(stream.state().identity.unwrap().person, Some(PERSON_2));
}

#[test]
fn sees_a_row_of_a_closed_list_again_but_takes_nothing_new_from_it() {
    let mut stream = Stream::case(vec![charge(1)]);
    stream.cohort.as_mut().unwrap().status = Some(crate::state::CohortStatus::Sealed);
    let again = post(DA, identified(vec![charge(1)]));
    assert_eq!(
        sighted(&stream.event(again)),
        Some(FactKind::CaseIdentified)
    );
    let more = post(DA, identified(vec![charge(1), charge(2)]));
    assert_eq!(stream.refusal(more).rule(), "COHORT_NOT_OPEN");
}

#[test]
fn holds_confirmations_and_matches_them_in_order_when_the_case_arrives() {
    let mut stream = Stream::new(StreamKind::Case).given([
        post(COURT, FactKind::ReliefGranted).on("2020-02-11"),
        post(COURT, FactKind::DispositionEntered)
            .of(&[2])
            .on("2020-02-12"),
        post(DOJ, FactKind::DojRecordUpdated).on("2020-02-13"),
        post(COURT, FactKind::DispositionEntered)
            .of(&[9])
            .on("2020-02-14"),
    ]);
    assert!(stream.state().identity.is_none());
    assert_eq!(stream.state().held.len(), 4);
    let again = stream.event(post(DOJ, FactKind::DojRecordUpdated).on("2020-02-13"));
    assert_eq!(sighted(&again), Some(FactKind::DojRecordUpdated));

    let events = stream
        .post(&post(DA, identified(vec![charge(1), charge(2)])))
        .unwrap();
    let matched: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Case(CaseFact::ConfirmationMatched { held, fact }) => {
                Some((*held, fact.kind(), event.charges.as_slice().len()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        matched,
        [
            (0, FactKind::ReliefGranted, 2),
            (1, FactKind::DispositionEntered, 1),
            (2, FactKind::DojRecordUpdated, 2)
        ]
    );
    assert_eq!(events[1].role, COURT.1);
    assert_eq!(events[1].flags, flags(&[Flag::OutOfOrder, Flag::NoFiling]));
    assert_eq!(stream.charge(1).disposition, Disposition::Conviction);
    assert_eq!(stream.charge(2).disposition, Disposition::Dismissed);
    // The whole case, for the repository, is what was entered.
    assert_eq!(stream.charge(1).repository, Repository::NotReported);
    assert_eq!(stream.charge(2).repository, Repository::Updated);
    assert_eq!(stream.charge(2).decision_on, Some(day("2020-02-11")));
    // The one about a charge that the case lacks goes on waiting.
    assert_eq!(stream.state().held.len(), 1);
}

#[test]
fn what_was_taken_out_of_the_inbox_is_not_matched_any_more() {
    let mut stream = Stream::new(StreamKind::Case).given([
        post(COURT, FactKind::ReliefGranted).on("2020-02-11"),
        post(COURT, FactKind::DispositionEntered).on("2020-02-12"),
        post(COURT, resolved(0)),
    ]);
    assert_eq!(stream.state().held.len(), 1);
    let events = stream.post(&post(DA, identified(vec![charge(1)]))).unwrap();
    assert_eq!(
        kinds(&events),
        [FactKind::CaseIdentified, FactKind::ConfirmationMatched]
    );
    assert_eq!(stream.charge(1).decision, Decision::Identified);
    assert_eq!(stream.charge(1).disposition, Disposition::Dismissed);

    // What fits no charge goes on waiting when the case is known, and is taken out all the same.
    stream.post(&post(COURT, FactKind::SealingOrdered)).unwrap();
    let mut waiting = Stream::new(StreamKind::Case).given([
        post(COURT, FactKind::ReliefGranted).of(&[2]),
        post(DA, identified(vec![charge(1)])),
    ]);
    assert_eq!(waiting.state().held.len(), 1);
    waiting.post(&post(COURT, resolved(0))).unwrap();
    assert!(waiting.state().held.is_empty());
    // The same said again would hold again: it is a new statement.
    let mut unknown = Stream::new(StreamKind::Case).given([
        post(COURT, FactKind::ReliefGranted),
        post(COURT, resolved(0)),
    ]);
    let again = unknown.event(post(COURT, FactKind::ReliefGranted));
    assert_eq!(again.fact.kind(), FactKind::ConfirmationHeld);
}

#[test]
fn matches_what_waits_for_a_charge_when_the_charge_is_added() {
    let mut stream = Stream::new(StreamKind::Case).given([
        post(COURT, FactKind::ReliefGranted).of(&[2]),
        post(DA, identified(vec![charge(1)])),
    ]);
    assert_eq!(stream.state().held.len(), 1);
    let events = stream.post(&post(COURT, FactKind::ChargeAdded)).unwrap();
    assert_eq!(
        kinds(&events),
        [FactKind::ChargeAdded, FactKind::ConfirmationMatched]
    );
    assert_eq!(stream.charge(2).decision, Decision::Granted);
    assert!(stream.state().held.is_empty());
}

#[test]
fn gives_a_charge_reported_early_its_number_in_the_case() {
    let early = CaseFact::ChargeAdded {
        charge: Charge {
            id: ChargeId(1),
            ..felony(4)
        },
    };
    let stream = Stream::new(StreamKind::Case).given([
        post(COURT, early),
        post(DA, identified(vec![charge(1), charge(2)])),
    ]);
    assert_eq!(stream.state().charges.len(), 3);
    assert_eq!(stream.charge(3).charge.section, felony(4).section);
    assert!(stream.state().held.is_empty());
}

#[test]
fn does_not_relieve_a_charge_that_was_added_after_the_order() {
    let stream = Stream::case(vec![charge(1)])
        .given(to_grant())
        .given([post(COURT, FactKind::ChargeAdded)]);
    assert_eq!(stream.charge(1).decision, Decision::Granted);
    assert_eq!(stream.charge(2).decision, Decision::Identified);
}

#[test]
fn accepts_facts_in_any_order_of_arrival_and_ends_alike() {
    let case = || Stream::case(vec![charge(1)]).given(to_approval());
    let mut facts = [
        post(COURT, FactKind::FilingAccepted).on("2021-10-05"),
        post(COURT, FactKind::HearingSet).on("2021-10-10"),
        post(COURT, FactKind::ReliefGranted).on("2021-10-03"),
        post(COURT, FactKind::DispositionEntered).on("2021-10-21"),
        post(COURT, FactKind::SealingExecuted).on("2021-10-22"),
        post(DOJ, FactKind::DojRecordUpdated).on("2021-10-23"),
    ];
    let end = |facts: &[Post]| {
        let stream = case().given(facts.to_vec());
        let charge = *stream.charge(1);
        (
            charge.decision,
            charge.decision_on,
            charge.disposition,
            charge.seal,
            charge.repository,
            charge.phase(),
        )
    };
    let expected = end(&facts);
    assert_eq!(expected.0, Decision::Granted);
    assert_eq!(expected.5, Phase::Sealed);
    for turn in 0..facts.len() {
        facts.rotate_left(1);
        assert_eq!(end(&facts), expected, "rotated {turn}");
        facts.swap(1, 4);
        assert_eq!(end(&facts), expected, "swapped {turn}");
    }
}

#[test]
fn does_not_grant_again_what_was_reversed_when_the_old_order_is_sent_again() {
    let mut stream = Stream::case(vec![charge(1)]).given(to_grant()).given([post(
        COURT,
        FactKind::ReliefReversed,
    )
    .on("2021-12-01")]);
    let event = stream.event(post(COURT, FactKind::ReliefGranted).on("2021-11-01"));
    assert!(event.flags.contains(Flag::OutOfOrder));
    assert_eq!(stream.charge(1).decision, Decision::UnderReview);
    stream.event(post(COURT, FactKind::ReliefGranted).on("2021-12-02"));
    assert_eq!(stream.charge(1).decision, Decision::Granted);
}

#[test]
fn recognises_what_it_has_seen_and_moves_nothing() {
    let steps = {
        let mut steps = vec![post(DA, eligible()), post(DA, FactKind::ReviewStarted)];
        steps.extend([
            post(DA, FactKind::Challenged).on("2021-09-28"),
            post(DA, FactKind::ChallengeWithdrawn).on("2021-09-29"),
            post(DA, FactKind::ReviewApproved).on("2021-09-30"),
            post(DA, FactKind::FilingSubmitted).on("2021-10-01"),
            post(COURT, FactKind::FilingAccepted).on("2021-10-02"),
            post(COURT, FactKind::HearingSet).on("2021-10-03"),
            post(COURT, FactKind::HearingContinued).on("2021-10-04"),
            post(COURT, FactKind::ReliefGranted).on("2021-10-05"),
            post(COURT, FactKind::DispositionEntered).on("2021-10-06"),
            post(COURT, FactKind::SealingOrdered).on("2021-10-07"),
            post(COURT, FactKind::SealingExecuted).on("2021-10-08"),
            post(COURT, FactKind::DispositionReportedToDoj).on("2021-10-09"),
            post(DOJ, FactKind::DojRecordUpdated).on("2021-10-10"),
            post(DEFENDER, FactKind::PersonNoticeAttempted).on("2021-10-11"),
            post(DEFENDER, FactKind::PersonNoticeDelivered).on("2021-10-12"),
            post(POLICE, FactKind::CustodianAcknowledged).on("2021-10-13"),
            post(DOJ, FactKind::PersonLinked).on("2021-10-14"),
            post(PROBATION, FactKind::SupervisionStatusReported).on("2021-10-15"),
        ]);
        steps
    };
    let mut stream = Stream::case(vec![charge(1), charge(2)]);
    for step in steps {
        let Fact::Case(fact) = step.command.fact.clone() else {
            panic!("not about a case");
        };
        stream.post(&step).unwrap();
        let before = stream.state().clone();
        let again = stream.event(step);
        assert_eq!(sighted(&again), Some(fact.kind()));
        assert_eq!(stream.state().charges, before.charges);
        assert_eq!(stream.state().flags, before.flags);
    }
}

#[test]
fn applies_a_fact_only_to_the_charges_that_have_not_seen_it() {
    let mut stream = Stream::case(vec![charge(1), charge(2)]).given([
        post(DA, eligible()),
        post(DA, FactKind::ReviewApproved).of(&[2]),
    ]);
    let event = stream.event(post(DA, FactKind::ReviewApproved));
    assert_eq!(event.charges, Charges::new(vec![ChargeId(1)]));
}

#[test]
fn applies_an_order_to_a_case_once_whatever_day_a_resend_gives() {
    let mut stream = Stream::case(vec![charge(1)]).given(to_approval());
    stream.event(post(COURT, FactKind::OrderApplied).on("2021-10-01"));
    let again = stream.event(post(COURT, FactKind::OrderApplied).on("2021-10-02"));
    assert_eq!(sighted(&again), Some(FactKind::OrderApplied));
    assert_eq!(stream.charge(1).seal, Seal::Ordered);
    assert_eq!(stream.charge(1).decision_on, Some(day("2021-10-01")));
}

#[test]
fn seals_surface_by_surface_from_the_first_day() {
    let mut stream = Stream::case(vec![charge(1)]).given(to_grant()).given([
        post(COURT, FactKind::DispositionEntered).on("2021-11-02"),
        post(COURT, FactKind::SealingOrdered).on("2021-11-03"),
        post(COURT, surface(SealSurface::Portal)).on("2021-11-05"),
    ]);
    for missing in [
        SealSurface::PublicIndex,
        SealSurface::Terminals,
        SealSurface::Images,
    ] {
        let event = stream.event(post(COURT, surface(missing)).on("2021-11-04"));
        assert_eq!(event.flags, flags(&[Flag::SurfacesIncomplete]));
    }
    let last = stream.event(post(COURT, surface(SealSurface::Microfilm)).on("2021-11-06"));
    assert!(last.flags.is_empty());
    assert_eq!(stream.charge(1).seal_on, Some(day("2021-11-04")));
}

#[test]
fn keeps_official_facts_on_a_duplicate_and_restores_it_when_unlinked() {
    let mut stream = Stream::case(vec![charge(1), charge(2)])
        .given([
            post(DA, eligible()).of(&[1]),
            post(DA, FactKind::ReviewApproved).of(&[1]),
        ])
        .given([post(DA, FactKind::DuplicateLinked)]);
    assert!(!stream.state().counted());
    let granted = stream.event(post(COURT, FactKind::ReliefGranted).of(&[2]));
    assert!(granted.flags.contains(Flag::Redirected));
    let listed = stream
        .post(&post(DOJ, other_list(vec![charge(1), charge(2)])))
        .unwrap();
    assert!(
        listed
            .iter()
            .all(|event| event.flags.contains(Flag::Redirected))
    );
    stream.event(post(COURT, FactKind::DuplicateUnlinked).on("2021-10-01"));
    assert_eq!(stream.charge(1).decision, Decision::Approved);
    assert_eq!(stream.charge(2).decision, Decision::Granted);
    assert!(stream.state().counted());
}

#[test]
fn hands_a_case_over_when_every_charge_of_it_is_taken() {
    let refer = |ids: &[u16]| post(DA, FactKind::ReferredToProsecutor).of(ids);
    let mut stream = Stream::case(vec![charge(1), charge(2)]).given([refer(&[1])]);
    stream.event(post(CITY, FactKind::ReferralAccepted));
    // One charge: the case stays with its agency, the charge is the city's.
    assert_eq!(stream.state().identity.unwrap().agency, org(DA));
    assert!(stream.decide(&post(CITY, eligible()).of(&[1])).is_ok());
    assert_eq!(
        stream.refusal(post(DA, eligible()).of(&[1])).rule(),
        "NOT_YOUR_CASE"
    );
    assert!(stream.decide(&post(DA, eligible()).of(&[2])).is_ok());
    stream.event(refer(&[2]).on("2021-09-28"));
    stream.event(post(CITY, FactKind::ReferralAccepted).on("2021-09-29"));
    assert_eq!(stream.state().identity.unwrap().agency, org(CITY));
}

#[test]
fn orders_sealing_without_touching_what_was_decided() {
    let mut stream = Stream::case(vec![charge(1)]).given(to_grant());
    let before = *stream.charge(1);
    let both = [OrderEffect::Seal];
    stream.event(post(COURT, applied(&both, None)).on("2021-11-02"));
    assert_eq!(stream.charge(1).decision_on, before.decision_on);
    assert_eq!(stream.charge(1).seal, Seal::Ordered);
    let relief = applied(&[OrderEffect::Dismiss], Some(Remedy::DismissAndSeal));
    assert!(stream.decide(&post(COURT, relief)).is_ok());
}

#[test]
fn goes_back_to_review_when_reopened_after_it_was_found_eligible() {
    let mut stream = Stream::case(vec![charge(1)]).given([
        post(DA, eligible()),
        post(DA, FactKind::CaseWithdrawn),
        post(DA, FactKind::CaseReopened),
    ]);
    assert_eq!(stream.charge(1).decision, Decision::UnderReview);
    stream.event(post(DA, redetermined(Determination::Ineligible, 1)));
    stream.event(post(DA, FactKind::CaseReopened));
    assert_eq!(stream.charge(1).decision, Decision::Identified);
    // The same determination again is a new one, because the charge was reopened since.
    let event = stream.event(post(DA, determined(Determination::Ineligible)));
    assert_eq!(event.fact.kind(), FactKind::EligibilityDetermined);
}

#[test]
fn keeps_the_phase_that_was_reached_before_an_exit() {
    let stream = Stream::case(vec![charge(1)]).given(to_approval()).given([
        post(DA, FactKind::Challenged).on("2021-09-28"),
        post(COURT, FactKind::ChallengeSustained).on("2021-09-29"),
    ]);
    assert_eq!(stream.charge(1).decision, Decision::Denied);
    assert_eq!(stream.charge(1).decision_before, Some(Decision::Approved));
    assert_eq!(stream.charge(1).phase(), Phase::Approved);
}

#[test]
fn a_step_before_an_exit_counts_whichever_of_the_two_arrives_first() {
    let step = |kind, on| post(COURT, sample(kind)).on(on);
    for exit in [FactKind::ReliefDenied, FactKind::RecordNotFound] {
        let hearing = step(FactKind::HearingSet, "2021-09-01");
        let exit = step(exit, "2021-09-02");
        let phase = |posts: [&Post; 2]| {
            let stream = Stream::case(vec![charge(1)]).given(posts.into_iter().cloned());
            (stream.charge(1).exit(), stream.charge(1).phase())
        };
        let in_order = phase([&hearing, &exit]);
        assert_eq!(in_order.1, Phase::Filed);
        assert_eq!(phase([&exit, &hearing]), in_order);
    }
}

#[test]
fn a_record_that_is_gone_has_no_grade_whenever_its_entry_arrives() {
    let entered = post(COURT, entered(NewDisposition::Redesignated)).on("2021-09-01");
    let gone = post(COURT, sample(FactKind::RecordDestroyed)).on("2021-09-02");
    for posts in [[&entered, &gone], [&gone, &entered]] {
        let stream = Stream::case(vec![charge(1)]).given(posts.into_iter().cloned());
        assert_eq!(stream.charge(1).disposition, Disposition::Destroyed);
        assert_eq!(stream.charge(1).severity_after, None);
    }
}

#[test]
fn does_not_move_a_charge_to_where_it_stands() {
    let again = CaseFact::ReliefGranted {
        order: ORDER,
        remedy: Remedy::Resentence,
    };
    let stream = Stream::new(StreamKind::Case).given([
        post(COURT, FactKind::ReliefGranted),
        post(COURT, again),
        post(DA, identified(vec![charge(1)])),
    ]);
    assert_eq!(stream.charge(1).decision_before, Some(Decision::Identified));
}

#[test]
fn grants_without_a_filing_once_the_filing_is_withdrawn() {
    let mut stream = Stream::case(vec![charge(1)])
        .given(to_filing())
        .given([post(DA, FactKind::FilingWithdrawn).on("2021-10-03")]);
    let again = stream.event(
        post(DA, FactKind::FilingWithdrawn)
            .of(&[1])
            .on("2021-10-03"),
    );
    assert_eq!(sighted(&again), Some(FactKind::FilingWithdrawn));
    let event = stream.event(post(COURT, FactKind::ReliefGranted).on("2021-10-04"));
    assert_eq!(event.flags, flags(&[Flag::NoFiling]));
}
