//! Questions, and what the ledger answers.

use bytes::Bytes;
use caseledger_chain::{
    Digest, EntryRef, Header, LedgerId, MessageId, Position, StreamKey, SubmitterId, chain_hash,
    encode,
};
use caseledger_domain::view::{AsOf, Dimension, QueryError, Totals};
use caseledger_domain::vocabulary::{OrderEffect, OrderKind, Role, RowOutcome, Set};
use caseledger_domain::{
    CaseFact, CaseId, CaseState, Charges, Event, Fact, Flag, Flags, OrderCounts, OrderState,
    StreamId,
};

use super::*;
use crate::wire_error::WireErrors;
use crate::{BODY_VERSION, BodyError, encode_event};

fn recorded(event: &Event, stream: &StreamId, body_version: u16) -> (Header, Bytes) {
    let mut body = Vec::new();
    encode_event(event, &mut body);
    let header = Header {
        ledger: LedgerId::from_bytes([1; 16]),
        position: Position::new(0),
        recorded_at: 1_632_700_800_000_000,
        prev: Digest::ZERO,
        stream: StreamKey {
            kind: stream.kind().number(),
            id: stream.id_bytes(),
        },
        revision: 0,
        stream_prev: Digest::ZERO,
        submitter: SubmitterId::parse("lasc").unwrap(),
        submitter_seq: 41,
        message_id: MessageId::from_bytes([9; 16]),
        part: 0,
        parts: 1,
        content: Digest::from_bytes([3; 32]),
        commitment: Digest::ZERO,
        body_type: event.fact.kind().number(),
        body_version,
    };
    let mut entry = Vec::new();
    encode(&header, &body, &mut entry).unwrap();
    (header, entry.into())
}

fn updated() -> Event {
    Event {
        occurred_on: "2021-09-27".parse().unwrap(),
        role: Role::StateRepository,
        flags: Flags::NONE
            .with(Flag::OutOfOrder)
            .with(Flag::UpdatedBeforeReport),
        charges: Charges::default(),
        fact: Fact::Case(CaseFact::DojRecordUpdated),
    }
}

#[test]
fn a_stored_entry_gives_the_receipt_that_was_given_when_it_was_recorded() {
    let stream = StreamId::Case(CaseId::from_bytes([5; 16]));
    let event = updated();
    let (header, entry) = recorded(&event, &stream, BODY_VERSION);
    let hash = chain_hash(&entry);
    let proof = "c2sp.org/tlog-proof@v1\n";
    let first = receipt(
        &header,
        &stream,
        event.flags,
        hash,
        entry.clone(),
        proof.into(),
    );
    assert_eq!(first.flags, [1, 12]);
    assert_eq!(stream_id(first.stream.as_ref()), Ok(stream));
    assert_eq!(receipt_of_entry(entry.clone(), proof.into()), Ok(first));

    let read = recorded_event(&EntryRef::decode(&entry).unwrap()).unwrap();
    assert_eq!(
        (read.submitter.as_str(), read.submitter_sequence),
        ("lasc", 41)
    );
    assert_eq!((read.part, read.parts), (0, 1));
    assert_eq!(read.chain_hash, Bytes::copy_from_slice(&hash.to_bytes()));
    assert_eq!(Event::try_from(read.event.as_ref().unwrap()), Ok(event));
}

#[test]
fn entries_of_later_releases_are_refused_and_not_guessed() {
    let stream = StreamId::Case(CaseId::from_bytes([5; 16]));
    let (_, entry) = recorded(&updated(), &stream, 5);
    let found = BodyError::UnknownVersion { found: 5 };
    let error = RecordError::Body(found);
    assert_eq!(receipt_of_entry(entry, String::new()), Err(error));
    let found = receipt_of_entry(Bytes::from_static(b"CLE"), String::new());
    assert!(matches!(found, Err(RecordError::Entry(_))), "{found:?}");
}

#[test]
fn streams_survive_the_wire() {
    for stream in [
        StreamId::Case(CaseId::from_bytes([1; 16])),
        StreamId::Initiative("LA-2021-COURT".parse().unwrap()),
        StreamId::Cohort("LA-2021-COURT.1".parse().unwrap()),
        StreamId::Filing(FilingId::from_bytes([2; 16])),
        StreamId::Order(OrderId::from_bytes([3; 16])),
    ] {
        assert_eq!(stream_id(Some(&stream_ref(&stream))), Ok(stream));
    }
    let missing = stream_id(Some(&pb::StreamRef { stream: None })).unwrap_err();
    assert_eq!(missing.to_string(), "stream: missing; it has no default");
}

#[test]
fn an_order_shows_what_is_still_open() {
    let state = OrderState {
        kind: Some(OrderKind::Blanket),
        effects: Some(
            Set::EMPTY
                .with(OrderEffect::Seal)
                .with(OrderEffect::Dismiss),
        ),
        declared: 10,
        explained: vec![
            (2, RowOutcome::Already),
            (3, RowOutcome::NotFound),
            (5, RowOutcome::NotFound),
        ],
        ..OrderState::default()
    };
    let id = OrderId::from_bytes([3; 16]);
    let shown = order(id, &state, OrderCounts { applied: 4 }, 2, 99);
    assert_eq!(shown.unmatched, 2);
    let rows = (
        shown.applied,
        shown.already,
        shown.not_found,
        shown.rejected,
        shown.open,
    );
    assert_eq!(rows, (4, 1, 2, 0, 3));
    assert_eq!((shown.effects, shown.complete_to), (vec![1, 2], 99));
    let more = order(id, &state, OrderCounts { applied: 40 }, 0, 99);
    assert_eq!(more.open, 0);
}

#[test]
fn a_case_that_nothing_is_known_of_is_shown_as_such() {
    let shown = case(CaseId::from_bytes([5; 16]), &CaseState::default());
    assert_eq!((shown.identity, shown.phase, shown.exit), (None, 0, 0));
    assert!(!shown.counted && shown.charges.is_empty());
}

fn question() -> pb::TotalsRequest {
    pb::TotalsRequest {
        unit: pb::Unit::Charges.into(),
        group_by: vec!["county".into(), "phase".into()],
        filters: vec![pb::Filter {
            dimension: "severity".into(),
            values: vec!["FELONY".into(), "UNKNOWN".into()],
        }],
        phase_at_least: pb::Phase::Dismissed.into(),
        as_of: Some(7),
    }
}

#[test]
fn questions_for_totals_are_taken_and_answered() {
    let (query, as_of) = totals_query(&question()).unwrap();
    assert_eq!(as_of, AsOf::Position(6));
    assert_eq!(query.group_by(), [Dimension::County, Dimension::Phase]);
    let answer = totals_answer(Totals::default().query(&query, AsOf::Now));
    assert_eq!(answer.unit, i32::from(pb::Unit::Charges));
    let names: Vec<&str> = answer
        .group_by
        .iter()
        .map(|axis| axis.name.as_str())
        .collect();
    assert_eq!(names, ["county", "phase"]);
    assert_eq!((answer.total, answer.denominator), (0, 0));
}

#[test]
fn questions_that_make_no_sense_are_refused_with_the_field() {
    let check = |change: fn(&mut pb::TotalsRequest), field: &str, why: Why| {
        let mut wire = question();
        change(&mut wire);
        let errors: WireErrors = totals_query(&wire).unwrap_err();
        let violation = &errors.violations()[0];
        assert_eq!((violation.field.as_str(), &violation.why), (field, &why));
    };
    check(|q| q.unit = 0, "unit", Why::Missing);
    check(|q| q.unit = 4, "unit", Why::UnknownNumber(4));
    check(
        |q| q.group_by[1] = "Phase".into(),
        "group_by[1]",
        Why::UnknownDimension,
    );
    let twice = Why::Query(QueryError::Repeated(Dimension::County));
    check(|q| q.group_by[1] = "county".into(), "group_by", twice);
    check(
        |q| q.filters[0].dimension.clear(),
        "filters[0].dimension",
        Why::UnknownDimension,
    );
    let (min, max) = (1, FILTER_VALUES_MAX);
    let none = Why::ItemCount { min, max, found: 0 };
    check(|q| q.filters[0].values.clear(), "filters[0].values", none);
    let long = Why::Length {
        min: 1,
        max: 64,
        found: 65,
    };
    check(
        |q| q.filters[0].values[1] = "x".repeat(65),
        "filters[0].values[1]",
        long,
    );
    let unknown = Why::Query(QueryError::UnknownValue {
        dimension: Dimension::Severity,
        value: "felony".into(),
    });
    check(
        |q| q.filters[0].values[0] = "felony".into(),
        "filters[0].values",
        unknown,
    );
    let many = Why::ItemCount {
        min: 0,
        max: FILTERS_MAX,
        found: 17,
    };
    check(
        |q| q.filters = vec![q.filters[0].clone(); 17],
        "filters",
        many,
    );
    check(
        |q| q.phase_at_least = 7,
        "phase_at_least",
        Why::UnknownNumber(7),
    );
    let zero = Why::Range {
        min: 1,
        max: u64::MAX,
        found: 0,
    };
    check(|q| q.as_of = Some(0), "as_of", zero);
}
