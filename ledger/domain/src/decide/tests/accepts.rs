//! Every kind of fact accepted, and every flag raised.

use std::collections::BTreeSet;

use crate::command::OrderCounts;
use crate::event::Flag;
use crate::fact::{CaseFact, CohortFact, Fact, FactKind, FilingFact, InitiativeFact, OrderFact};
use crate::id::StreamKind;
use crate::rejection::RULES;
use crate::state::{
    CohortStatus, Decision, Disposition, FilingStatus, InitiativeStatus, Notice, OrderStatus,
    Repository, Seal, State,
};
use crate::vocabulary::{
    Coded, Determination, NewDisposition, OrderKind, Remedy, RowOutcome, Severity, WithdrawReason,
};

use super::support::*;

fn way_to_relief() -> Stream {
    Stream::case(vec![charge(1)]).given(to_grant()).given([
        post(VENDOR, FactKind::SightingAdded),
        post(COURT, FactKind::DispositionEntered).on("2021-11-05"),
        post(COURT, FactKind::SealingOrdered).on("2021-11-06"),
        post(COURT, FactKind::SealingExecuted).on("2021-11-07"),
        post(COURT, FactKind::DispositionReportedToDoj).on("2021-11-08"),
        post(DOJ, FactKind::DojReportRejected).on("2021-11-09"),
        post(COURT, FactKind::DispositionReportedToDoj).on("2021-11-10"),
        post(DOJ, FactKind::DojRecordUpdated).on("2021-11-11"),
        post(COMMUNITY, FactKind::PersonNoticeAttempted).on("2021-11-12"),
        post(DEFENDER, FactKind::PersonNoticeUndeliverable).on("2021-11-13"),
        post(DEFENDER, FactKind::PersonNoticeAttempted).on("2021-11-14"),
        post(DEFENDER, FactKind::PersonNoticeDelivered).on("2021-11-15"),
        post(POLICE, FactKind::CustodianAcknowledged).on("2021-11-16"),
    ])
}

fn way_back() -> Stream {
    way_to_relief().given([
        post(DOJ, FactKind::DojRecordRegressed).on("2021-12-01"),
        post(COURT, FactKind::Unsealed).on("2021-12-02"),
        post(COURT, FactKind::ReliefReversed).on("2021-12-03"),
        post(DA, FactKind::ReviewApproved).on("2021-12-04"),
        post(COURT, FactKind::OrderApplied).on("2021-12-05"),
        post(COURT, FactKind::OrderVacated).on("2021-12-06"),
        post(DA, FactKind::IdentityMismatchReported).on("2021-12-07"),
        post(DA, FactKind::PersonLinked).on("2021-12-08"),
        post(DA, FactKind::PersonUnlinked).on("2021-12-08"),
        post(DA, FactKind::SightingRemoved).on("2021-12-09"),
    ])
}

fn hand_review() -> Stream {
    Stream::case(vec![charge(1)]).given([
        post(VENDOR, FactKind::EligibilityProposed),
        post(PROBATION, FactKind::SupervisionStatusReported),
        post(DA, determined(Determination::HandReview)),
        post(DA, FactKind::ReferredToProsecutor),
        post(CITY, FactKind::ReferralReturned),
        post(DA, FactKind::ReferredToProsecutor).on("2021-10-01"),
        post(CITY, FactKind::ReferralAccepted).on("2021-10-02"),
        post(CITY, redetermined(Determination::Eligible, 3)).on("2021-10-03"),
        post(CITY, FactKind::ReviewStarted).on("2021-10-04"),
        post(CITY, FactKind::Challenged).on("2021-10-05"),
        post(CITY, FactKind::DefenderNoticed).on("2021-10-05"),
        post(CITY, FactKind::ChallengeWithdrawn).on("2021-10-06"),
        post(CITY, FactKind::Challenged).on("2021-10-07"),
        post(COURT, FactKind::ChallengeOverruled).on("2021-10-08"),
        post(CITY, FactKind::CaseWithdrawn).on("2021-10-09"),
        post(CITY, FactKind::CaseReopened).on("2021-10-10"),
        post(CITY, FactKind::Challenged).on("2021-10-11"),
        post(COURT, FactKind::HearingSet).on("2021-10-12"),
        post(COURT, FactKind::HearingContinued).on("2021-10-13"),
        post(COURT, FactKind::ChallengeSustained).on("2021-10-14"),
    ])
}

fn clerk() -> Stream {
    Stream::case(vec![charge(1), charge(2)])
        .given(to_approval())
        .given([
            post(DEFENDER, FactKind::ListDelivered).on("2021-10-01"),
            post(COURT, FactKind::FilingReceived).on("2021-10-02"),
            post(COURT, FactKind::FilingPartiallyAccepted).on("2021-10-03"),
            post(DA, FactKind::FilingWithdrawn)
                .of(&[1])
                .on("2021-10-04"),
            post(DA, FactKind::FilingSubmitted).on("2021-10-05"),
            post(COURT, FactKind::FilingRejected).on("2021-10-06"),
            post(DA, FactKind::FilingSubmitted).on("2021-10-07"),
            post(COURT, FactKind::FilingAccepted).on("2021-10-08"),
            post(COURT, FactKind::ReliefDenied)
                .of(&[1])
                .on("2021-10-09"),
            post(COURT, FactKind::ChargeAmended).on("2021-10-10"),
            post(COURT, CaseFact::ChargeAdded { charge: charge(3) }),
        ])
}

fn exits() -> Vec<Stream> {
    let case = || Stream::case(vec![charge(1)]);
    vec![
        case().given([post(DOJ, FactKind::PriorReliefFound)]),
        case().given([post(COURT, FactKind::RecordNotFound)]),
        case().given([post(POLICE, FactKind::RecordDestroyed)]),
        case().given([post(DA, eligible()), post(DA, FactKind::ProsecutorDeclined)]),
        case().given([post(DA, FactKind::CaseVoided)]),
        case().given([
            post(DA, FactKind::DuplicateLinked),
            post(COURT, FactKind::DuplicateUnlinked),
        ]),
        case().given([post(DA, FactKind::PersonNoticeWaived)]),
    ]
}

fn corrections() -> Stream {
    Stream::case(vec![charge(1)]).given([
        post(DA, eligible()),
        post(DA, corrected(1, determined(Determination::Ineligible), ON)),
        post(DA, retracted(1)),
    ])
}

fn inbox() -> Stream {
    Stream::new(StreamKind::Case).given([
        post(COURT, FactKind::FilingAccepted),
        post(COURT, FactKind::FilingAccepted),
        post(COURT, FactKind::ReliefGranted),
        post(COURT, resolved(2)),
        post(DA, identified(vec![charge(1)])),
    ])
}

fn initiatives() -> Vec<Stream> {
    let opened = || Stream::new(StreamKind::Initiative).given([post(DA, initiative_opened())]);
    vec![
        opened().given([
            post(
                OPERATOR,
                InitiativeFact::PolicyAdopted { policy: policy(2) },
            ),
            post(DA, InitiativeFact::InitiativeAnnounced),
            post(DA, InitiativeFact::InitiativeStarted),
            post(DA, remainder(12)),
            post(OVERSIGHT, InitiativeFact::InitiativeCompleted),
        ]),
        opened().given([
            post(OPERATOR, InitiativeFact::InitiativeStarted),
            post(DA, InitiativeFact::InitiativeAnnounced),
        ]),
    ]
}

fn cohorts() -> Stream {
    Stream::new(StreamKind::Cohort).given([
        post(DA, cohort_opened(totals(2, 3))),
        post(
            DA,
            CohortFact::CohortSealed {
                received: totals(2, 2),
                refused: 1,
            },
        ),
        post(
            DA,
            CohortFact::CohortSuperseded {
                by: "LA-2021-COURT.2".parse().unwrap(),
                added: 1,
                removed: 1,
                changed: 0,
            },
        ),
    ])
}

fn filings() -> Vec<Stream> {
    let sent = |rows| {
        Stream::new(StreamKind::Filing).given([
            post(DA, filing_prepared(rows)),
            post(DA, FilingFact::FilingSent),
        ])
    };
    let received = |rows| post(COURT, FilingFact::FilingReceiptConfirmed { rows });
    vec![
        sent(Some(3)).given([
            received(Some(3)),
            post(
                COURT,
                FilingFact::ListReconciled {
                    only_sender: 0,
                    only_court: 0,
                    matched: 3,
                },
            ),
        ]),
        sent(None).given([received(None), post(COURT, reviewed(1, 0))]),
        sent(Some(3)).given([
            received(Some(3)),
            post(COURT, reviewed(2, 1)),
            post(
                DEFENDER,
                FilingFact::FilingRetracted {
                    reason: Coded::Known(WithdrawReason::OtherVehicle),
                },
            ),
        ]),
    ]
}

pub(super) fn orders() -> Stream {
    let mut order = Stream::new(StreamKind::Order);
    order.counts = Some(OrderCounts { applied: 3 });
    order.given([
        post(
            DEFENDER,
            OrderFact::OrderProposed {
                kind: OrderKind::Blanket,
                court: "LASC-CJC".parse().unwrap(),
                effects: effects(),
                manifest: Some(manifest(5)),
            },
        ),
        post(DA, OrderFact::OrderSubmitted),
        post(COURT, order_issued(Some(5))),
        post(COURT, OrderFact::OrderFiled),
        post(COURT, rows_explained(RowOutcome::NotFound, &[2, 4])),
        post(
            COURT,
            OrderFact::OrderAmended {
                added: Some(manifest(2)),
                removed: Some(manifest(1)),
            },
        ),
        post(COURT, rows_explained(RowOutcome::Already, &[6])),
        post(
            COURT,
            OrderFact::OrderCompleted {
                applied: 3,
                already: 1,
                not_found: 2,
                rejected: 0,
            },
        ),
        post(COURT, OrderFact::OrderSetAside { by: ORDER_2 }),
    ])
}

fn everything() -> Vec<Stream> {
    let mut all = vec![
        way_to_relief(),
        way_back(),
        hand_review(),
        clerk(),
        corrections(),
        inbox(),
        cohorts(),
        orders(),
        super::announcements::both(),
        super::keys::keys(&[super::keys::succeeded(2), super::keys::retired(1)]),
    ];
    all.extend(exits());
    all.extend(initiatives());
    all.extend(filings());
    all
}

#[test]
fn accepts_every_kind_of_fact() {
    let seen: BTreeSet<FactKind> = everything()
        .iter()
        .flat_map(|stream| stream.history.iter().map(|(_, event)| event.fact.kind()))
        .chain(super::authority::accepted())
        .chain(super::private::accepted())
        .collect();
    let missing: Vec<_> = FactKind::ALL
        .iter()
        .filter(|kind| !seen.contains(kind))
        .collect();
    assert!(missing.is_empty(), "never accepted: {missing:?}");
}

#[test]
fn leads_a_charge_to_completion_without_a_flag() {
    let stream = way_to_relief();
    let charge = stream.charge(1);
    assert_eq!(charge.decision, Decision::Granted);
    assert_eq!(charge.disposition, Disposition::Dismissed);
    assert_eq!(charge.disposition_on, Some(day("2021-11-05")));
    assert_eq!(
        (charge.seal, charge.seal_on),
        (Seal::Sealed, Some(day("2021-11-07")))
    );
    assert_eq!(charge.repository, Repository::Updated);
    assert_eq!(charge.notice, Notice::Delivered);
    assert!(charge.complete() && stream.state().complete());
    // The second list belongs to another initiative; nothing else is out of the ordinary.
    assert_eq!(stream.state().flags, flags(&[Flag::SecondInitiative]));
}

#[test]
fn takes_back_what_a_court_reverses() {
    let stream = way_back();
    let charge = stream.charge(1);
    assert_eq!(charge.decision, Decision::UnderReview);
    assert_eq!(charge.disposition, Disposition::Conviction);
    // Unsealed, ordered sealed again by the second order, and that order vacated.
    assert_eq!((charge.seal, charge.seal_order), (Seal::Open, None));
    assert_eq!(charge.repository, Repository::Regressed);
    assert_eq!(charge.order, None);
    assert_eq!(stream.state().identity.unwrap().person, None);
    assert!(!stream.state().sightings[0].listed);
}

#[test]
fn follows_batches_to_their_ends() {
    let status = |stream: &Stream| match &stream.state {
        State::Initiative(state) => state.status.map(|at| at.to_string()),
        State::Cohort(state) => state.status.map(|at| at.to_string()),
        State::Filing(state) => state.status.map(|at| at.to_string()),
        State::Order(state) => state.status.map(|at| at.to_string()),
        State::Case(_) | State::Announcement(_) | State::Org(_) => None,
    };
    let ends: Vec<_> = initiatives().iter().chain(&filings()).map(status).collect();
    let expected = [
        InitiativeStatus::Complete.to_string(),
        InitiativeStatus::Running.to_string(),
        FilingStatus::Reconciled.to_string(),
        FilingStatus::Accepted.to_string(),
        FilingStatus::Withdrawn.to_string(),
    ];
    assert_eq!(ends, expected.map(Some));
    assert_eq!(
        status(&cohorts()),
        Some(CohortStatus::Superseded.to_string())
    );
    assert_eq!(status(&orders()), Some(OrderStatus::Vacated.to_string()));
    let State::Order(order) = orders().state else {
        panic!("not an order");
    };
    assert_eq!(order.declared, 6);
    assert_eq!(order.explained.len(), 3);
}

#[test]
fn accepts_the_latest_date_and_refuses_the_day_after() {
    let mut stream = Stream::case(vec![charge(1)]);
    stream.event(post(COURT, FactKind::ReliefGranted).on("2023-06-04"));
    let refusal = stream.refusal(post(COURT, FactKind::ReliefReversed).on("2023-06-05"));
    assert_eq!(refusal.rule(), "FUTURE_DATE");
    assert!(RULES.iter().any(|(id, _)| *id == refusal.rule()));
}

#[test]
fn records_a_redesignation_with_its_new_grade_and_does_not_seal_it() {
    let mut stream = Stream::case(vec![felony(1)]).given(to_filing());
    stream.event(
        post(
            COURT,
            CaseFact::ReliefGranted {
                order: ORDER,
                remedy: Remedy::RedesignateMisdemeanor,
            },
        )
        .on("2021-11-01"),
    );
    stream.event(
        post(
            COURT,
            CaseFact::DispositionEntered {
                disposition: NewDisposition::Redesignated,
                severity_after: Some(Severity::Misdemeanor),
                reason: None,
                order: Some(ORDER),
            },
        )
        .on("2021-11-02"),
    );
    let charge = stream.charge(1);
    assert_eq!(charge.disposition, Disposition::Redesignated);
    assert_eq!(charge.severity_after, Some(Severity::Misdemeanor));
    assert_eq!(charge.seal, Seal::Open);
    let Fact::Case(CaseFact::DispositionEntered { .. }) = &stream.history.last().unwrap().1.fact
    else {
        panic!("not entered");
    };
}
