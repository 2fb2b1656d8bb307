//! Corrections and retractions.

use crate::event::Flag;
use crate::fact::{CaseFact, FactKind};
use crate::id::StreamKind;
use crate::rejection::Rejection;
use crate::state::{Decision, Disposition, Repository};
use crate::vocabulary::{Custodian, NewDisposition};

use super::flows::sighted;
use super::support::*;

#[test]
fn lets_a_court_take_back_what_it_posted_to_a_wrong_number() {
    let mut stream = Stream::new(StreamKind::Case).given([
        post(COURT, FactKind::ReliefGranted),
        post(COURT, FactKind::DispositionEntered),
        post(COURT, retracted(0)),
        post(
            COURT,
            corrected(1, entered(NewDisposition::Resentenced), "2021-10-01"),
        ),
    ]);
    assert_eq!(stream.state().held.len(), 1);
    stream.post(&post(DA, identified(vec![charge(1)]))).unwrap();
    assert_eq!(stream.charge(1).decision, Decision::Identified);
    assert_eq!(stream.charge(1).disposition, Disposition::Resentenced);
    assert_eq!(stream.charge(1).disposition_on, Some(day("2021-10-01")));
    let matched = stream.history.len() as u64 - 1;
    // Matched under a post of the prosecutor, it is still the court's to correct.
    assert_eq!(
        stream.refusal(post(DA, retracted(matched))),
        Rejection::NotYourFact {
            target: matched,
            posted_by: org(COURT),
            poster: org(DA),
        }
    );
    stream.event(post(COURT, retracted(matched)));
    assert_eq!(stream.charge(1).disposition, Disposition::Conviction);
    assert!(stream.state().held.is_empty());
}

#[test]
fn retracts_a_wrong_dismissal_and_states_a_date_right() {
    let mut stream = Stream::case(vec![charge(1)]).given(to_grant()).given([
        post(COURT, FactKind::DispositionEntered).on("2021-11-02"),
        post(COURT, FactKind::DispositionReportedToDoj).on("2021-11-03"),
    ]);
    let entry = stream.history.len() as u64 - 2;
    let entered_right = entered(NewDisposition::Dismissed);
    let correction = stream.event(post(COURT, corrected(entry, entered_right, "2021-11-01")));
    assert!(correction.flags.is_empty());
    assert_eq!(stream.charge(1).disposition_on, Some(day("2021-11-01")));
    // Another court may, another organisation may not; and the last word counts.
    stream.event(post(
        OTHER_COURT,
        corrected(entry, entered(NewDisposition::Resentenced), "2021-11-01"),
    ));
    assert_eq!(stream.charge(1).disposition, Disposition::Resentenced);
    let again = post(
        OTHER_COURT,
        corrected(entry, entered(NewDisposition::Resentenced), "2021-11-01"),
    );
    assert_eq!(sighted(&stream.event(again)), Some(FactKind::FactCorrected));
    assert_eq!(
        stream.refusal(post(DOJ, retracted(entry))).rule(),
        "NOT_YOUR_FACT"
    );
    stream.event(post(COURT, retracted(entry)));
    assert_eq!(stream.charge(1).disposition, Disposition::Conviction);
    assert_eq!(stream.charge(1).repository, Repository::Reported);
    assert_eq!(stream.state().retracted, [entry]);
    // What was out of order when it was recorded stays countable.
    assert!(!stream.state().flags.contains(Flag::ReportedBeforeEntry));
}

#[test]
fn judges_a_correction_by_the_moment_it_is_about() {
    let stream = Stream::case(vec![charge(1)]).given(to_approval());
    // The charge was eligible then, and approved only since.
    let started = post(DA, corrected(2, sample(FactKind::ReviewStarted), ON));
    let mut corrected_now = stream.clone();
    corrected_now.event(started);
    assert_eq!(corrected_now.charge(1).decision, Decision::UnderReview);
    let filed = corrected(2, sample(FactKind::FilingSubmitted), ON);
    assert_eq!(stream.refusal(post(DA, filed)).rule(), "MOVE_NOT_ALLOWED");
    let by_court = corrected(2, sample(FactKind::ReliefGranted), ON);
    assert_eq!(
        stream.refusal(post(DA, by_court)).rule(),
        "ROLE_NOT_ALLOWED"
    );
}

#[test]
fn moves_a_fact_to_the_charge_it_was_about() {
    let mut stream =
        Stream::case(vec![charge(1), charge(2)])
            .given([post(COURT, FactKind::ReliefGranted).of(&[1])]);
    stream.event(post(COURT, corrected(1, sample(FactKind::ReliefGranted), ON)).of(&[2]));
    assert_eq!(stream.charge(1).decision, Decision::Identified);
    assert_eq!(stream.charge(2).decision, Decision::Granted);
    // Corrected once more, about the same charge.
    stream.event(post(
        COURT,
        corrected(1, sample(FactKind::ReliefGranted), "2021-09-01"),
    ));
    assert_eq!(stream.charge(1).decision, Decision::Identified);
    assert_eq!(stream.charge(2).decision_on, Some(day("2021-09-01")));
}

#[test]
fn takes_back_facts_about_the_case_as_a_whole() {
    let mut stream = Stream::case(vec![charge(1)]).given([
        post(DA, FactKind::DefenderNoticed),
        post(DA, FactKind::DefenderNoticed).on("2021-09-28"),
        post(POLICE, FactKind::CustodianAcknowledged),
    ]);
    stream.event(post(DA, retracted(1)));
    assert!(stream.state().defender_noticed);
    stream.event(post(DA, retracted(2)));
    assert!(!stream.state().defender_noticed);
    let probation = CaseFact::CustodianAcknowledged {
        custodian: Custodian::Probation,
    };
    stream.event(post(POLICE, corrected(3, probation, ON)));
    assert!(stream.state().custodians.contains(Custodian::Probation));
    assert!(
        !stream
            .state()
            .custodians
            .contains(Custodian::ArrestingAgency)
    );
}

#[test]
fn judges_a_correction_in_the_role_the_fact_was_stated_in() {
    // A court may state what is out of order; who corrects it for the court need not act as one.
    let clerk: Who = (COURT.0, crate::vocabulary::Role::Defender);
    let mut stream = Stream::case(vec![charge(1)]).given([post(COURT, FactKind::ReliefGranted)]);
    let earlier = corrected(1, sample(FactKind::ReliefGranted), "2021-09-01");
    let event = stream.event(post(clerk, earlier));
    assert!(event.flags.contains(Flag::OutOfOrder));
    assert_eq!(stream.charge(1).decision_on, Some(day("2021-09-01")));
}
