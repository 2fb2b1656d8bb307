//! Every violation with its path.

use caseledger_domain::{DateError, FactKind, StreamKind, TextError, UriError};

use super::*;
use crate::pb::event::v1::coded_filing_rejection::Code;
use crate::pb::event::v1::fact::Kind;
use crate::wire_error::WireErrors;
use crate::{CHARGES_MAX, VIOLATIONS_MAX};

fn violations(wire: pb::Submission) -> WireErrors {
    submission(wire, &Hashes).unwrap_err()
}

/// One submission with one thing wrong with it.
fn check(wire: pb::Submission, field: &str, why: &Why) {
    let errors = violations(wire);
    let [violation] = errors.violations() else {
        panic!("{field}: {errors}");
    };
    assert_eq!((violation.field.as_str(), &violation.why), (field, why));
    let shown = format!("{errors} {errors:?}");
    assert!(!shown.contains(DOCKET) && !shown.contains(CII), "{shown}");
}

fn check_post(change: impl FnOnce(&mut pb::Post), field: &str, why: &Why) {
    let mut one = post(Kind::CaseIdentified(identified()));
    change(&mut one);
    check(of(vec![one]), &format!("posts[0].{field}"), why);
}

fn check_list(change: impl FnOnce(&mut event::CaseIdentified), field: &str, why: &Why) {
    let mut list = identified();
    change(&mut list);
    let field = format!("fact.case_identified.{field}");
    check_post(
        |post| post.fact = fact(Kind::CaseIdentified(list)),
        &field,
        why,
    );
}

fn check_key(change: impl FnOnce(&mut pb::CaseKey), field: &str, why: &Why) {
    let mut other = key();
    change(&mut other);
    let field = format!("target.case_key.{field}");
    let aim = target(pb::target::Target::CaseKey(other));
    check_post(|post| post.target = aim, &field, why);
}

#[test]
fn refuses_malformed_envelopes() {
    let started = || post(Kind::ReviewStarted(event::ReviewStarted {}));
    let good = of(vec![started()]);
    let id = |bytes: &'static [u8]| pb::Submission {
        message_id: bytes.into(),
        ..good.clone()
    };
    let (expected, found) = (16, 15);
    check(
        id(&[1; 15]),
        "message_id",
        &Why::ByteCount { expected, found },
    );
    check(id(&[]), "message_id", &Why::Missing);
    let (min, max) = (1, POSTS_MAX);
    let none = Why::ItemCount { min, max, found: 0 };
    check(of(Vec::new()), "posts", &none);
    let many = Why::ItemCount {
        min,
        max,
        found: 101,
    };
    check(of(vec![started(); 101]), "posts", &many);
    assert!(submission(of(vec![started(); 100]), &Hashes).is_ok());
}

#[test]
fn refuses_malformed_posts() {
    check_post(|post| post.target = None, "target", &Why::Missing);
    check_post(
        |post| post.target = Some(pb::Target { target: None }),
        "target",
        &Why::Missing,
    );
    check_post(|post| post.expected = None, "expected", &Why::Missing);
    check_post(
        |post| post.expected = Some(pb::Expected { expectation: None }),
        "expected",
        &Why::Missing,
    );
    let state = |number| {
        Some(pb::Expected {
            expectation: Some(pb::expected::Expectation::State(number)),
        })
    };
    check_post(
        |post| post.expected = state(0),
        "expected.state",
        &Why::Missing,
    );
    check_post(
        |post| post.expected = state(4),
        "expected.state",
        &Why::UnknownNumber(4),
    );
    check_post(|post| post.scope = None, "scope", &Why::Missing);
    check_post(
        |post| post.scope = Some(pb::Scope { scope: None }),
        "scope",
        &Why::Missing,
    );
    let (min, max) = (1, 200);
    check_post(
        |post| post.scope = some_charges(Vec::new()),
        "scope.charges.ids",
        &Why::ItemCount { min, max, found: 0 },
    );
    check_post(
        |post| post.scope = some_charges((1..=201).collect()),
        "scope.charges.ids",
        &Why::ItemCount {
            min,
            max,
            found: 201,
        },
    );
    check_post(
        |post| post.scope = some_charges(vec![1, 0]),
        "scope.charges.ids",
        &Why::Missing,
    );
    check_post(
        |post| post.scope = some_charges(vec![65_536]),
        "scope.charges.ids",
        &Why::Range {
            min: 1,
            max: 65_535,
            found: 65_536,
        },
    );
    check_post(|post| post.occurred_on = 0, "occurred_on", &Why::Missing);
    check_post(
        |post| post.occurred_on = 20_210_230,
        "occurred_on",
        &Why::Date(DateError::Malformed),
    );
    check_post(
        |post| post.occurred_on = 99_990_101,
        "occurred_on",
        &Why::Date(DateError::OutOfRange(99_990_101)),
    );
    check_post(|post| post.fact = None, "fact", &Why::Missing);
    check_post(
        |post| post.fact = Some(event::Fact { kind: None }),
        "fact",
        &Why::Missing,
    );
}

#[test]
fn refuses_malformed_facts() {
    check_list(|list| list.cohort.clear(), "cohort", &Why::Missing);
    check_list(|list| list.row = 0, "row", &Why::Missing);
    check_list(|list| list.source = 0, "source", &Why::Missing);
    check_list(|list| list.source = 5, "source", &Why::UnknownNumber(5));
    check_list(
        |list| list.county = 70_000,
        "county",
        &Why::Range {
            min: 1,
            max: 65_535,
            found: 70_000,
        },
    );
    check_list(
        |list| list.court = "LOS ANGELES SUPERIOR".into(),
        "court",
        &Why::Text(TextError::Long { len: 20, max: 16 }),
    );
    let (expected, found) = (16, 3);
    check_list(
        |list| list.person = vec![1; 3],
        "person",
        &Why::ByteCount { expected, found },
    );
    let (min, max) = (1, CHARGES_MAX);
    check_list(
        |list| list.charges.clear(),
        "charges",
        &Why::ItemCount { min, max, found: 0 },
    );
    check_list(
        |list| list.charges = vec![charge(1); 201],
        "charges",
        &Why::ItemCount {
            min,
            max,
            found: 201,
        },
    );
    check_list(
        |list| list.charges[1].section = "11357\u{e9}".into(),
        "charges[1].section",
        &Why::Text(TextError::Byte { at: 5, byte: 0xc3 }),
    );
    check_list(
        |list| list.charges[0].family = 8,
        "charges[0].family",
        &Why::UnknownNumber(8),
    );
    check_list(
        |list| list.charges[0].counts = 256,
        "charges[0].counts",
        &Why::Range {
            min: 1,
            max: 255,
            found: 256,
        },
    );
    let rejected = |code| {
        let reason = Some(event::CodedFilingRejection { code });
        let filing = vec![1; 16];
        fact(Kind::FilingRejected(event::FilingRejected {
            filing,
            reason,
        }))
    };
    for (code, field, why) in [
        (None, "", Why::Missing),
        (Some(Code::Known(99)), ".known", Why::UnknownNumber(99)),
        (
            Some(Code::Unmapped(String::new())),
            ".unmapped",
            Why::Missing,
        ),
        (
            Some(Code::Unmapped("x".repeat(49))),
            ".unmapped",
            Why::Text(TextError::Long { len: 49, max: 48 }),
        ),
    ] {
        let field = format!("fact.filing_rejected.reason{field}");
        check_post(|post| post.fact = rejected(code), &field, &why);
    }
}

#[test]
fn refuses_malformed_names_and_never_shows_them() {
    check_key(|key| key.court.clear(), "court", &Why::Missing);
    check_key(|key| key.defendant.clear(), "defendant", &Why::Missing);
    check_key(
        |key| key.number = format!("{DOCKET}; BA1"),
        "number",
        &Why::Character,
    );
    let (min, max, found) = (1, 64, 80);
    check_key(
        |key| key.number = DOCKET.repeat(10),
        "number",
        &Why::Length { min, max, found },
    );
    let person = |value: &str| pb::PersonIdentifier {
        issuer: "CA-CII".into(),
        value: value.into(),
    };
    for (value, why) in [
        (String::new(), Why::Missing),
        (format!("{CII}\n"), Why::Character),
        ("-".into(), Why::Length { min, max, found: 0 }),
    ] {
        let references = pb::References {
            person: Some(person(&value)),
            ..Default::default()
        };
        let field = "references.person.value";
        check_post(|post| post.references = Some(references), field, &why);
    }
    let shown = format!("{:?}", post(Kind::CaseIdentified(identified())));
    assert!(
        !shown.contains(DOCKET) && shown.contains("CaseKey"),
        "{shown}"
    );
    assert!(!format!("{:?}", cii()).contains(CII));
    assert!(!format!("{:?}", order_key(DOCKET)).contains(DOCKET));
    assert!(!format!("{:?}", filing_key(DOCKET)).contains(DOCKET));
}

#[test]
fn refuses_what_would_have_no_effect() {
    let started = Kind::ReviewStarted(event::ReviewStarted {});
    let references = |person, order, filing, vacated_order, canonical_case| {
        Some(pb::References {
            person,
            order,
            filing,
            vacated_order,
            canonical_case,
        })
    };
    let order = || Some(order_key("7"));
    let filing = || Some(filing_key("7"));
    let nothing = Why::NothingToFill(FactKind::ReviewStarted);
    for (given, field) in [
        (references(Some(cii()), None, None, None, None), "person"),
        (references(None, order(), None, None, None), "order"),
        (references(None, None, filing(), None, None), "filing"),
        (references(None, None, None, order(), None), "vacated_order"),
        (
            references(None, None, None, None, Some(key())),
            "canonical_case",
        ),
    ] {
        let mut one = post(started.clone());
        one.references = given;
        check(
            of(vec![one]),
            &format!("posts[0].references.{field}"),
            &nothing,
        );
    }
    let granted = event::SealingOrdered { order: vec![1; 16] };
    let mut one = post(Kind::SealingOrdered(granted));
    one.references = references(None, order(), None, None, None);
    check(
        of(vec![one]),
        "posts[0].references.order",
        &Why::AlreadyGiven,
    );

    let mut one = post(Kind::OrderFiled(event::OrderFiled {}));
    one.target = target(pb::target::Target::Order(order_key("7")));
    let why = Why::ScopeNotTaken(FactKind::OrderFiled);
    check(of(vec![one]), "posts[0].scope", &why);
}

#[test]
fn reports_a_reference_once_and_not_also_as_missing() {
    let person = pb::PersonIdentifier {
        value: String::new(),
        ..cii()
    };
    let (person, order, filing) = (Some(person), Some(order_key("")), Some(filing_key("")));
    let none = pb::References::default();
    for (kind, references, field) in [
        (
            Kind::PersonLinked(event::PersonLinked::default()),
            pb::References {
                person,
                ..none.clone()
            },
            "person.value",
        ),
        (
            Kind::SealingOrdered(event::SealingOrdered::default()),
            pb::References {
                order,
                ..none.clone()
            },
            "order.key.number",
        ),
        (
            Kind::FilingReceived(event::FilingReceived::default()),
            pb::References { filing, ..none },
            "filing.key.filing_id",
        ),
    ] {
        let mut one = post(kind);
        one.references = Some(references);
        let field = format!("posts[0].references.{field}");
        check(of(vec![one]), &field, &Why::Missing);
    }
}

#[test]
fn refuses_facts_of_other_streams_and_of_the_ledger() {
    let mut one = post(Kind::OrderFiled(event::OrderFiled {}));
    one.scope = None;
    let why = Why::WrongStream {
        target: StreamKind::Case,
        fact: FactKind::OrderFiled,
    };
    check(of(vec![one]), "posts[0].fact", &why);

    // What is about an organisation needs one as its target, too, and names that are some.
    let mut one = post(Kind::RoleRevoked(event::RoleRevoked {
        role: event::Role::Court.into(),
    }));
    one.scope = None;
    let why = Why::WrongStream {
        target: StreamKind::Case,
        fact: FactKind::RoleRevoked,
    };
    check(of(vec![one]), "posts[0].fact", &why);
    let mut one = post(Kind::PrincipalUnbound(event::PrincipalUnbound {
        uri: "https://somebody@example/".into(),
    }));
    one.scope = None;
    one.target = target(pb::target::Target::Organisation("lasc".into()));
    let why = Why::Uri(UriError::User);
    check(of(vec![one]), "posts[0].fact.principal_unbound.uri", &why);

    let stated = || {
        Some(Box::new(event::Fact {
            kind: Some(Kind::ReviewStarted(event::ReviewStarted {})),
        }))
    };
    let held = event::ConfirmationHeld {
        fact: stated(),
        charges: Vec::new(),
    };
    let matched = event::ConfirmationMatched {
        held: 1,
        fact: stated(),
    };
    let sighted = event::ConfirmationSighted { kind: 14 };
    for (kind, made) in [
        (
            Kind::ConfirmationHeld(Box::new(held)),
            FactKind::ConfirmationHeld,
        ),
        (
            Kind::ConfirmationMatched(Box::new(matched)),
            FactKind::ConfirmationMatched,
        ),
        (
            Kind::ConfirmationSighted(sighted),
            FactKind::ConfirmationSighted,
        ),
    ] {
        check(
            of(vec![post(kind)]),
            "posts[0].fact",
            &Why::LedgerMade(made),
        );
    }
    let reason = Some(event::CodedCorrectionReason {
        code: Some(event::coded_correction_reason::Code::Known(1)),
    });
    let restored = || vec![event::ChargeState::default()];
    let retracted = event::EventRetracted {
        target: 1,
        reason: reason.clone(),
        restored: restored(),
    };
    let errors = violations(of(vec![post(Kind::EventRetracted(retracted))]));
    let first = &errors.violations()[0];
    assert_eq!(first.field, "posts[0].fact.event_retracted.restored");
    assert_eq!(first.why, Why::FilledInByLedger);
    let corrected = event::FactCorrected {
        target: 1,
        replacement: stated(),
        replacement_on: 20_210_927,
        reason,
        restored: restored(),
    };
    let errors = violations(of(vec![post(Kind::FactCorrected(Box::new(corrected)))]));
    let first = &errors.violations()[0];
    assert_eq!(first.field, "posts[0].fact.fact_corrected.restored");
    assert_eq!(first.why, Why::FilledInByLedger);

    let mut elsewhere = identified();
    elsewhere.court = "SFSC".into();
    check_post(
        |post| post.fact = fact(Kind::CaseIdentified(elsewhere)),
        "fact",
        &Why::CourtDiffers,
    );
}

#[test]
fn reports_all_violations_up_to_a_bound() {
    let mut wrong = post(Kind::CaseIdentified(event::CaseIdentified::default()));
    (wrong.target, wrong.expected, wrong.occurred_on) = (None, None, 1);
    let errors = violations(of(vec![wrong.clone()]));
    let fields: Vec<&str> = errors
        .violations()
        .iter()
        .map(|e| e.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "posts[0].target",
            "posts[0].expected",
            "posts[0].occurred_on",
            "posts[0].fact.case_identified.cohort",
            "posts[0].fact.case_identified.row",
            "posts[0].fact.case_identified.source",
            "posts[0].fact.case_identified.county",
            "posts[0].fact.case_identified.court",
            "posts[0].fact.case_identified.agency",
            "posts[0].fact.case_identified.charges",
        ]
    );
    assert_eq!(errors.omitted(), 0);
    let errors = violations(of(vec![wrong; 6]));
    assert_eq!(errors.violations().len(), VIOLATIONS_MAX);
    assert_eq!(errors.omitted(), 10);
    assert!(errors.to_string().ends_with("; and 10 more"), "{errors}");
    assert_eq!(
        errors.violations()[49].field,
        "posts[4].fact.case_identified.charges"
    );
}
