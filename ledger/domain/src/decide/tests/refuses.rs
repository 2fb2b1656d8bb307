//! Every rule refused once, exactly.

use std::collections::BTreeSet;

use crate::command::{Expected, OrderCounts};
use crate::fact::{
    CaseFact, Charge, CohortFact, ControlTotals, Fact, FactKind, InitiativeFact, OrderFact,
};
use crate::id::{ChargeId, CohortId, StreamKind};
use crate::rejection::{KeyRule, Quantity, RULES, Rejection, RejectionKind, Stage, StatedDate};
use crate::state::{
    CaseState, CohortState, CohortStatus, Decision, Disposition, Notice, OrderStatus,
};
use crate::vocabulary::{
    Coded, Determination, DeterminationReason, LegalBasis, NewDisposition, OrderEffect, OrderKind,
    Remedy, Role, RowOutcome, Set, UnlinkBasis, VoidReason, WithdrawReason,
};

mod batch;
mod malformed;
mod refused;
mod unknown;

use super::keys::{keys, retired as retired_key, succeeded};
use super::support::*;
use Rejection as R;

pub(super) type Row = (Stream, Post, Rejection);

fn one() -> Stream {
    Stream::case(vec![charge(1)])
}

fn city() -> Stream {
    Stream::new(StreamKind::Case).given([post(CITY, city_case())])
}

fn with_cohort(status: Option<CohortStatus>) -> Stream {
    let mut stream = one();
    stream.cohort = status.map(|status| CohortState {
        status: Some(status),
        ..CohortState::default()
    });
    stream
}

fn with_canonical(canonical: Option<CaseState>) -> Stream {
    let mut stream = one();
    stream.canonical = canonical;
    stream
}

fn blanket(rows: u32) -> Stream {
    Stream::new(StreamKind::Order).given([post(COURT, order_issued(Some(rows)))])
}

fn from(decision: Decision, except: FactKind) -> Vec<FactKind> {
    let row = super::moves::row(&decision.to_string());
    let mut allowed: Vec<_> = row
        .iter()
        .map(|(name, _)| FactKind::from_name(name).unwrap())
        .filter(|kind| *kind != except)
        .collect();
    allowed.sort_unstable();
    allowed
}

/// About the keys of checkpoints.
fn key_rows() -> Vec<Row> {
    let attempted = FactKind::CheckpointKeySucceeded;
    let post = |fact| post(OPERATOR, fact);
    let turn = [succeeded(2), retired_key(1)];
    vec![
        (one(), post(succeeded(2)), R::KeyHolderOnly { attempted }),
        (
            keys(&turn[..1]),
            post(succeeded(3)),
            R::Key(KeyRule::RotationUnderWay),
        ),
        (keys(&[]), post(retired_key(1)), R::Key(KeyRule::NoRotation)),
        (keys(&turn), post(succeeded(2)), R::Key(KeyRule::UsedBefore)),
        (
            keys(&turn[..1]),
            post(retired_key(2)),
            R::Key(KeyRule::NotThePresent),
        ),
    ]
}

fn authority_rows() -> Vec<Row> {
    let attempted = FactKind::ReviewStarted;
    vec![
        (
            one(),
            post(VENDOR, FactKind::ReviewApproved),
            R::RoleNotAllowed {
                role: Role::AnalyticsAgent,
                attempted: FactKind::ReviewApproved,
                allowed: &[Role::ProsecutorCounty, Role::ProsecutorCity],
            },
        ),
        (
            one(),
            post(
                COURT,
                CaseFact::ConfirmationSighted {
                    kind: FactKind::ReviewApproved,
                },
            ),
            R::LedgerMade {
                attempted: FactKind::ConfirmationSighted,
            },
        ),
        (
            one().given([post(DA, eligible())]),
            post(OTHER_DA, attempted),
            R::NotYourCase {
                attempted,
                prosecutor: org(DA),
                poster: org(OTHER_DA),
            },
        ),
        (
            city(),
            post(CITY, CaseFact::ChargeAmended { charge: felony(1) }),
            R::CityAttorneyFelony {
                charge: ChargeId(1),
                attempted: FactKind::ChargeAmended,
            },
        ),
        (
            one().given([post(DA, FactKind::ReferredToProsecutor)]),
            post(DA, FactKind::ReferralAccepted),
            R::NotReferredToYou {
                charge: ChargeId(1),
                referred_to: Some(org(CITY)),
                poster: org(DA),
            },
        ),
        (
            Stream::new(StreamKind::Initiative).given([post(OPERATOR, initiative_opened())]),
            post(OTHER_DA, InitiativeFact::InitiativeAnnounced),
            R::NotLead {
                attempted: FactKind::InitiativeAnnounced,
                lead: org(DA),
                poster: org(OTHER_DA),
            },
        ),
        (
            one().given([post(DA, eligible())]),
            post(OTHER_DA, retracted(1)),
            R::NotYourFact {
                target: 1,
                posted_by: org(DA),
                poster: org(OTHER_DA),
            },
        ),
    ]
}

#[test]
fn refuses_by_every_rule_and_names_it_exactly() {
    let rows = [
        authority_rows(),
        unknown::rows(),
        malformed::rows(),
        refused::rows(),
        batch::rows(),
        super::announcements::rows(),
        key_rows(),
        super::private::rows(),
    ];
    let mut seen = BTreeSet::new();
    for (stream, attempted, expected) in rows.into_iter().flatten() {
        seen.insert(expected.rule());
        let what = expected.rule();
        assert_eq!(stream.refusal(attempted), expected, "{what}");
    }
    seen.extend(super::authority::refused());
    seen.extend(super::private::refused());
    let missing: Vec<_> = RULES.iter().filter(|(id, _)| !seen.contains(id)).collect();
    assert!(missing.is_empty(), "never refused by: {missing:?}");
}

#[test]
fn reports_all_failing_rules_together_and_the_gravest_kind() {
    let attempted = post(OTHER_DA, FactKind::ReviewStarted)
        .on("2024-01-01")
        .expecting(Expected::NoStream);
    let rejection = one().refusal(attempted);
    let rules: Vec<_> = rejection.each().iter().map(Rejection::rule).collect();
    assert_eq!(
        rules,
        [
            "WRONG_EXPECTED_REVISION",
            "FUTURE_DATE",
            "NOT_YOUR_CASE",
            "MOVE_NOT_ALLOWED"
        ]
    );
    assert_eq!(rejection.rule(), "SEVERAL_RULES");
    assert_eq!(rejection.kind(), RejectionKind::NotAllowed);
}

#[test]
fn tells_a_role_that_may_not_post_nothing_about_the_stream() {
    let attempted = post(OVERSIGHT, FactKind::ReviewStarted)
        .on("2024-01-01")
        .expecting(Expected::NoStream);
    assert_eq!(one().refusal(attempted).rule(), "ROLE_NOT_ALLOWED");
}

#[test]
fn refuses_a_claim_unless_every_charge_in_scope_allows_it() {
    let stream = Stream::case(vec![charge(1), charge(2)]).given([post(DA, eligible()).of(&[1])]);
    let refusal = stream.refusal(post(DA, FactKind::ReviewStarted));
    let named = matches!(
        &refusal,
        R::MoveNotAllowed { charge, .. } if *charge == ChargeId(2)
    );
    assert!(named, "{refusal}");
    assert!(
        stream
            .decide(&post(DA, FactKind::ReviewStarted).of(&[1]))
            .is_ok()
    );
}

#[test]
fn refuses_a_city_attorney_outside_its_misdemeanors() {
    let mut felony_listed = city_case();
    if let CaseFact::CaseIdentified { charges, .. } = &mut felony_listed {
        *charges = vec![felony(1)];
    }
    let none = Stream::new(StreamKind::Case);
    assert_eq!(
        none.refusal(post(CITY, felony_listed)).rule(),
        "CITY_ATTORNEY_FELONY"
    );
    let of_another = none.refusal(post(CITY, identified(vec![charge(1)])));
    assert_eq!(of_another.rule(), "NOT_YOUR_CASE");
    assert_eq!(
        one().refusal(post(CITY, eligible())).rule(),
        "NOT_YOUR_CASE"
    );
    let mixed = Stream::case(vec![felony(1), charge(2)]).given([
        post(DA, FactKind::ReferredToProsecutor),
        post(CITY, FactKind::ReferralAccepted),
    ]);
    assert_eq!(
        mixed.refusal(post(CITY, eligible())).rule(),
        "CITY_ATTORNEY_FELONY"
    );
    assert!(mixed.decide(&post(CITY, eligible()).of(&[2])).is_ok());
}

#[test]
fn lets_nobody_but_the_lead_or_the_operator_run_an_initiative() {
    let mut opened = Stream::new(StreamKind::Initiative);
    assert_eq!(
        opened.refusal(post(OTHER_DA, initiative_opened())).rule(),
        "NOT_INITIATIVE_LEAD"
    );
    opened.event(post(OPERATOR, initiative_opened()));
    assert_eq!(
        opened
            .refusal(post(COURT, InitiativeFact::InitiativeStarted))
            .rule(),
        "ROLE_NOT_ALLOWED"
    );
    let Fact::Case(fact) = post(OPERATOR, FactKind::ReviewApproved).command.fact else {
        panic!("not about a case");
    };
    assert_eq!(
        one().refusal(post(OPERATOR, fact)).rule(),
        "ROLE_NOT_ALLOWED"
    );
}

#[test]
fn lets_a_referral_be_decided_by_nobody_until_it_is_taken() {
    let stream = one().given([post(DA, FactKind::ReferredToProsecutor)]);
    let early = stream.refusal(post(CITY, eligible()));
    assert_eq!(early.each()[0].rule(), "NOT_YOUR_CASE");
    assert_eq!(
        stream.refusal(post(DA, eligible())).rule(),
        "MOVE_NOT_ALLOWED"
    );
}

#[test]
fn lets_a_court_correct_what_courts_said_and_nothing_else() {
    let stream = one().given([post(DOJ, FactKind::PriorReliefFound)]);
    assert_eq!(
        stream.refusal(post(COURT, retracted(1))).rule(),
        "NOT_YOUR_FACT"
    );
    assert!(stream.decide(&post(DOJ, retracted(1))).is_ok());
}
