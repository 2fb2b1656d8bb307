//! Bodies that are refused, each for its own reason.

use caseledger_domain::{Event, FactKind};
use caseledger_proto::pb::event::v1 as pb;
use caseledger_proto::pb::event::v1::fact::Kind;
use caseledger_proto::{BODY_VERSION, BodyError, Why, decode_event, encode_event};
use prost::Message as _;

use crate::sample::{Fill, Source, event};

fn full(kind: FactKind) -> Event {
    event(kind, &mut Source::new(Fill::Full, 7))
}

fn body(kind: FactKind) -> Vec<u8> {
    let mut body = Vec::new();
    encode_event(&full(kind), &mut body);
    body
}

/// A body that is well-formed after a change, and has one violation.
fn check(kind: FactKind, change: impl FnOnce(&mut pb::Event), field: &str, why: &Why) {
    let mut wire = pb::Event::from(&full(kind));
    change(&mut wire);
    match decode_event(kind.number(), BODY_VERSION, &wire.encode_to_vec()) {
        Err(BodyError::Fields(errors)) => {
            let [violation] = errors.violations() else {
                panic!("{field}: {errors}");
            };
            assert_eq!((violation.field.as_str(), &violation.why), (field, why));
        }
        other => panic!("{field}: {other:?}"),
    }
}

#[test]
fn refuses_unknown_versions_and_types() {
    let kind = FactKind::ReviewStarted;
    let found = decode_event(kind.number(), 5, &body(kind));
    assert_eq!(found, Err(BodyError::UnknownVersion { found: 5 }));

    let found = decode_event(13, BODY_VERSION, &body(kind));
    let (expected, is) = (13, 14);
    assert_eq!(
        found,
        Err(BodyError::TypeMismatch {
            expected,
            found: is
        })
    );

    // A fact with field number 68, which a later version may have.
    let mut wire = pb::Event::from(&full(kind));
    wire.fact = None;
    let mut later = wire.encode_to_vec();
    later.extend([0x2a, 0x03, 0xa2, 0x04, 0x00]);
    let found = decode_event(68, BODY_VERSION, &later);
    assert_eq!(found, Err(BodyError::UnknownType { found: 68 }));
}

#[test]
fn refuses_bytes_that_are_no_message() {
    let found = decode_event(14, BODY_VERSION, &[0xff; 20]);
    assert!(matches!(found, Err(BodyError::Malformed(_))), "{found:?}");
}

#[test]
fn refuses_what_the_version_does_not_define_or_would_write_otherwise() {
    let kind = FactKind::ReviewStarted;
    let good = body(kind);
    let refuse = |body: &[u8]| {
        let found = decode_event(kind.number(), BODY_VERSION, body);
        assert!(
            matches!(found, Err(BodyError::Noncanonical { .. })),
            "{found:?}"
        );
    };
    // An unknown field 15, a default written out, a number in more bytes than it takes.
    refuse(&[&good[..], &[0x78, 0x01]].concat());
    refuse(&[&[0x18, 0x00], &good[..]].concat());
    let occurred_on = 1 + good[1..].iter().position(|byte| byte & 0x80 == 0).unwrap();
    let mut long = good.clone();
    long[occurred_on] |= 0x80;
    long.insert(occurred_on + 1, 0x00);
    refuse(&long);
    // The same fields in another order.
    let role = good.iter().position(|byte| *byte == 0x10).unwrap();
    refuse(&[&good[role..role + 2], &good[..role], &good[role + 2..]].concat());
}

#[test]
fn refuses_fields_that_no_event_has() {
    let check = |change: fn(&mut pb::Event), field, why| {
        check(FactKind::Unsealed, change, field, &why);
    };
    check(|e| e.occurred_on = 0, "occurred_on", Why::Missing);
    check(|e| e.role = 99, "role", Why::UnknownNumber(99));
    check(|e| e.role = -1, "role", Why::UnknownNumber(-1));
    check(|e| e.flags = 1, "flags", Why::UnknownFlags(1));
    check(|e| e.charges = vec![2, 2], "charges", Why::NotAscending);
    check(|e| e.charges = vec![0], "charges", Why::Missing);
    check(|e| e.fact = None, "fact", Why::Missing);
}

#[test]
fn refuses_fields_that_no_fact_has() {
    let check = |kind, fact, field, why| {
        let kind_only = pb::Fact { kind: Some(fact) };
        check(kind, |event| event.fact = Some(kind_only), field, &why);
    };
    let (expected, found) = (16, 15);
    check(
        FactKind::Unsealed,
        Kind::Unsealed(pb::Unsealed { order: vec![1; 15] }),
        "fact.unsealed.order",
        Why::ByteCount { expected, found },
    );
    check(
        FactKind::SealingExecuted,
        Kind::SealingExecuted(pb::SealingExecuted {
            surfaces: vec![2, 1],
            extent: pb::SealExtent::File.into(),
            order: Vec::new(),
        }),
        "fact.sealing_executed.surfaces",
        Why::NotAscending,
    );
    let (min, max, found) = (1, 4, 0);
    check(
        FactKind::OrderApplied,
        Kind::OrderApplied(pb::OrderApplied {
            order: vec![1; 16],
            row: 1,
            effects: Vec::new(),
            remedy: 0,
        }),
        "fact.order_applied.effects",
        Why::ItemCount { min, max, found },
    );
    check(
        FactKind::FilingRejected,
        Kind::FilingRejected(pb::FilingRejected {
            filing: vec![1; 16],
            reason: Some(pb::CodedFilingRejection { code: None }),
        }),
        "fact.filing_rejected.reason",
        Why::Missing,
    );
    let within = |kind| Some(Box::new(pb::Fact { kind: Some(kind) }));
    check(
        FactKind::ConfirmationHeld,
        Kind::ConfirmationHeld(Box::new(pb::ConfirmationHeld {
            fact: within(Kind::OrderFiled(pb::OrderFiled {})),
            charges: Vec::new(),
        })),
        "fact.confirmation_held.fact",
        Why::NotAboutCase(FactKind::OrderFiled),
    );
    check(
        FactKind::ConfirmationMatched,
        Kind::ConfirmationMatched(Box::new(pb::ConfirmationMatched {
            held: 1,
            fact: within(Kind::ConfirmationSighted(pb::ConfirmationSighted {
                kind: 1,
            })),
        })),
        "fact.confirmation_matched.fact",
        Why::LedgerMade(FactKind::ConfirmationSighted),
    );
}
