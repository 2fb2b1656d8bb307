//! The small requests.

use caseledger_chain::{Position, Size};
use caseledger_domain::{CaseId, FactKind, StreamId, StreamKind, Target};

use super::*;
use crate::pb::v1::{get_case_request::Case, look_up_request::Key};
use crate::wire_error::WireErrors;

fn check<T: core::fmt::Debug>(found: Result<T, WireErrors>, field: &str, why: &Why) {
    let errors = found.unwrap_err();
    let [violation] = errors.violations() else {
        panic!("{field}: {errors}");
    };
    assert_eq!((violation.field.as_str(), &violation.why), (field, why));
}

#[test]
fn a_case_is_asked_for_by_id_or_by_key() {
    let ask = |case| {
        let as_of = None;
        get_case(&pb::GetCaseRequest { case, as_of }, &Hashes)
    };
    let id = CaseId::from_bytes([5; 16]);
    let by_id = ask(Some(Case::CaseId(vec![5; 16].into())));
    assert_eq!(by_id, Ok(Target::Case(id)));
    let token = Hashes.case_token("LASC-CJC", DOCKET, "1");
    assert_eq!(ask(Some(Case::CaseKey(key()))), Ok(Target::CaseKey(token)));
    check(ask(None), "case", &Why::Missing);
    let (expected, found) = (16, 2);
    let short = Why::ByteCount { expected, found };
    check(
        ask(Some(Case::CaseId(vec![5; 2].into()))),
        "case_id",
        &short,
    );
    let empty = pb::CaseKey {
        defendant: String::new(),
        ..key()
    };
    check(
        ask(Some(Case::CaseKey(empty))),
        "case_key.defendant",
        &Why::Missing,
    );
}

#[test]
fn things_are_looked_up_by_their_names() {
    let ask = |key| look_up(&pb::LookUpRequest { key }, &Hashes);
    let token = Hashes.case_token("LASC-CJC", DOCKET, "1");
    assert_eq!(ask(Some(Key::CaseKey(key()))), Ok(LookUp::Case(token)));
    let person = Hashes.person("CA-CII", CII);
    assert_eq!(ask(Some(Key::Person(cii()))), Ok(LookUp::Person(person)));
    check(ask(None), "key", &Why::Missing);

    let order = Hashes.order("LASC-CJC", "7");
    assert_eq!(order_id(Some(&order_key("7")), &Hashes), Ok(order));
    check(order_id(None, &Hashes), "order", &Why::Missing);
    check(
        order_id(Some(&order_key("")), &Hashes),
        "order.key.number",
        &Why::Missing,
    );
    let filing = Hashes.filing("LASC-CJC", "F");
    assert_eq!(filing_id(Some(&filing_key("f")), &Hashes), Ok(filing));
    check(filing_id(None, &Hashes), "filing", &Why::Missing);
    assert!(initiative_id("LA-2021-COURT").is_ok() && cohort_id("LA-2021-COURT.1").is_ok());
    check(initiative_id(""), "initiative", &Why::Missing);
    check(cohort_id(""), "cohort", &Why::Missing);
    assert_eq!(message_id(&[3; 16]), Ok([3; 16]));
    check(message_id(&[]), "message_id", &Why::Missing);
}

#[test]
fn limits_and_sizes_begin_at_one() {
    let (min, max) = (1, 1000);
    for (found, ok) in [(0, false), (1, true), (1000, true), (1001, false)] {
        if ok {
            assert_eq!(limit(found), Ok(found as usize));
        } else {
            let found = u64::from(found);
            check(
                limit(found as u32),
                "limit",
                &Why::Range { min, max, found },
            );
        }
    }
    assert_eq!(as_of(None), Ok(None));
    assert_eq!(as_of(Some(7)), Ok(Some(Size::new(7))));
    let (max, found) = (u64::MAX, 0);
    check(as_of(Some(0)), "as_of", &Why::Range { min, max, found });
}

#[test]
fn pages_go_on_where_the_last_one_ended() {
    let ask = |limit, token: &str| {
        let token = token.to_owned();
        page(Some(&pb::Page { limit, token }))
    };
    let (limit, from) = (10, None);
    assert_eq!(ask(10, ""), Ok(Cursor { limit, from }));
    let from = Some(123);
    assert_eq!(ask(10, &next_page(from)), Ok(Cursor { limit, from }));
    assert_eq!(next_page(None), "");
    for token in ["x", "-1", "+1", "01", " 1", "99999999999999999999"] {
        check(ask(10, token), "page.token", &Why::UnknownToken);
    }
    check(page(None), "page", &Why::Missing);
    let (min, max, found) = (1, 1000, 0);
    check(ask(0, ""), "page.limit", &Why::Range { min, max, found });
}

#[test]
fn directions_and_kinds_are_named() {
    assert_eq!(direction(1), Ok(Direction::Forwards));
    assert_eq!(direction(2), Ok(Direction::Backwards));
    check(direction(0), "direction", &Why::Missing);
    check(direction(3), "direction", &Why::UnknownNumber(3));

    let wire = pb::SubscribeRequest {
        from_position: 9,
        stream_kinds: vec![1, 5],
        fact_kinds: vec![34],
        decode: true,
    };
    let expected = Subscription {
        from: Position::new(9),
        stream_kinds: vec![StreamKind::Case, StreamKind::Order],
        fact_kinds: vec![FactKind::DispositionEntered],
        decode: true,
    };
    assert_eq!(subscription(&wire), Ok(expected));
    let other = pb::SubscribeRequest {
        stream_kinds: vec![1, 6],
        ..wire.clone()
    };
    check(
        subscription(&other),
        "stream_kinds[1]",
        &Why::UnknownNumber(6),
    );
    let other = pb::SubscribeRequest {
        fact_kinds: vec![0],
        ..wire
    };
    check(subscription(&other), "fact_kinds", &Why::UnknownNumber(0));
}

#[test]
fn lists_in_requests_are_bounded() {
    let stream = StreamId::Case(CaseId::from_bytes([1; 16]));
    let ask = |count| {
        let streams = vec![stream_ref(&stream); count];
        watch(&pb::WatchRequest { streams })
    };
    assert_eq!(ask(2), Ok(vec![stream; 2]));
    for found in [0, 1001] {
        let (min, max) = (1, STREAMS_MAX);
        check(ask(found), "streams", &Why::ItemCount { min, max, found });
        let (correlation, max) = (1, SUBMISSIONS_MAX);
        let submissions = vec![of(Vec::new()); found];
        let wire = pb::SubmitStreamRequest {
            correlation,
            submissions,
        };
        check(
            submission_count(&wire),
            "submissions",
            &Why::ItemCount { min, max, found },
        );
    }
    let streams = vec![stream_ref(&stream), pb::StreamRef { stream: None }];
    check(
        watch(&pb::WatchRequest { streams }),
        "streams[1]",
        &Why::Missing,
    );

    let submission = Some(of(Vec::new()));
    let found = submit_request(pb::SubmitRequest { submission }, &Hashes);
    let (min, max) = (1, POSTS_MAX);
    let none = Why::ItemCount { min, max, found: 0 };
    check(found, "posts", &none);
    let submission = None;
    let found = submit_request(pb::SubmitRequest { submission }, &Hashes);
    check(found, "submission", &Why::Missing);
}
