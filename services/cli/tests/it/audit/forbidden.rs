//! Events that the rules forbid, correctly hashed and signed: each is found, with the rule it breaks.

use std::fs;

use caseledger_chain::{EntryRef, StreamKey, SubmitterId};
use caseledger_domain::vocabulary::{
    Coded, FilingVehicle, LegalBasis, ReopenReason, Role, RowOutcome,
};
use caseledger_domain::{
    CaseFact, CaseId, CohortFact, ControlTotals, Event, Fact, FilingFact, FilingId, Flag,
    InitiativeFact, OrderFact, OrderId, Policy, RuleSet, StreamId, StreamKind,
};
use caseledger_proto::event_codec::decode_event;

use super::forgery::{append_to, event, header, honest, key, publish};
use super::{kinds, verify};
use crate::support::Place;

type Forged = (StreamId, &'static str, Event);

fn stated(entry: &[u8]) -> Event {
    let entry = EntryRef::decode(entry).unwrap();
    let header = entry.header();
    decode_event(header.body_type, header.body_version, entry.body()).unwrap()
}

fn stream(entry: &[u8]) -> StreamId {
    let key = header(entry).stream;
    let kind = StreamKind::from_number(key.kind).unwrap();
    StreamId::from_parts(kind, key.id).unwrap()
}

fn add(entries: &mut Vec<Vec<u8>>, (stream, org, event): &Forged) {
    let stream = StreamKey {
        kind: stream.kind().number(),
        id: stream.id_bytes(),
    };
    append_to(entries, stream, event, |header| {
        header.submitter = SubmitterId::parse(org).unwrap();
    });
}

fn initiative() -> Forged {
    let policy = Policy {
        version: 1,
        rule_set: RuleSet {
            id: "NV-2020".parse().unwrap(),
            version: 1,
        },
        challenge_deadline: None,
        approved_to_filed_days: 90,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 30,
    };
    let opened = InitiativeFact::InitiativeOpened {
        basis: LegalBasis::Hs113619,
        lead: "nevcoda".parse().unwrap(),
        counties: vec![57],
        policy,
    };
    let stream = StreamId::Initiative("NEVADA-2020".parse().unwrap());
    let opened = event(Role::ProsecutorCounty, &[], Fact::Initiative(opened));
    (stream, "nevcoda", opened)
}

fn of_list(fact: CohortFact) -> Forged {
    let stream = StreamId::Cohort("NEVADA-2020.1".parse().unwrap());
    let event = event(Role::Court, &[], Fact::Cohort(fact));
    (stream, "court-nevada", event)
}

fn of_filing(fact: FilingFact) -> Forged {
    let stream = StreamId::Filing(FilingId::from_bytes([4; 16]));
    let event = event(Role::ProsecutorCounty, &[], Fact::Filing(fact));
    (stream, "nevcoda", event)
}

#[test]
fn an_event_that_the_rules_forbid_is_found_with_the_rule_that_it_breaks() {
    let place = Place::with_ledger();
    let entries = honest(&place);
    fs::write(place.path("log.vkey"), key(1).verifier().to_string()).unwrap();
    let case = StreamId::Case(CaseId::from_bytes(header(&entries[1]).stream.id));
    let of_case = |org, fact| {
        let claim = event(Role::ProsecutorCounty, &[1], Fact::Case(fact));
        (case, org, claim)
    };
    let approved = |org| {
        let basis = LegalBasis::Hs113619;
        let (stream, org, mut claim) = of_case(org, CaseFact::ReviewApproved { basis });
        claim.flags = claim.flags.with(Flag::NoDetermination);
        (stream, org, claim)
    };
    let reason = Coded::Known(ReopenReason::TipConfirmed);
    let reopened = CaseFact::CaseReopened { reason };
    let sealed = CohortFact::CohortSealed {
        received: ControlTotals::default(),
        refused: 0,
    };
    let prepared = FilingFact::FilingPrepared {
        vehicle: FilingVehicle::Motion,
        court: "NEVADA-SC".parse().unwrap(),
        initiative: None,
        manifest: None,
    };
    let explained = OrderFact::OrderRowsExplained {
        outcome: RowOutcome::NotFound,
        rows: vec![1],
    };
    let order = StreamId::Order(OrderId::from_bytes([5; 16]));
    let of_order = event(Role::Court, &[], Fact::Order(explained));
    let new_case = StreamId::Case(CaseId::from_bytes([77; 16]));
    // What is in order, what is not behind it, and the rule.
    let table: [(Vec<Forged>, Forged, &str); 9] = [
        (
            vec![approved("nevcoda")],
            approved("nevcoda"),
            "MOVE_NOT_ALLOWED",
        ),
        (vec![], approved("sfda"), "NOT_YOUR_CASE"),
        (vec![], of_case("nevcoda", reopened), "MOVE_NOT_ALLOWED"),
        (vec![initiative()], initiative(), "STAGE_NOT_ALLOWED"),
        (
            vec![],
            (stream(&entries[0]), "court-nevada", stated(&entries[0])),
            "STAGE_NOT_ALLOWED",
        ),
        (vec![], of_list(sealed), "STAGE_NOT_ALLOWED"),
        (
            vec![],
            (new_case, "court-nevada", stated(&entries[1])),
            "COHORT_NOT_OPEN",
        ),
        (
            vec![of_filing(prepared), of_filing(FilingFact::FilingSent)],
            of_filing(FilingFact::FilingSent),
            "STAGE_NOT_ALLOWED",
        ),
        (
            vec![],
            (order, "court-nevada", of_order),
            "ORDER_NOT_BLANKET",
        ),
    ];
    for (allowed, forbidden, rule) in table {
        let name = format!("{rule}: {:?}", forbidden.2.fact.kind());
        let mut forged = entries.clone();
        for step in &allowed {
            add(&mut forged, step);
        }
        publish(&place.path("log"), &forged, &key(1));
        let (ended, _) = verify(&place, "");
        assert_eq!(ended.code, 0, "{name}: {ended:?}");

        add(&mut forged, &forbidden);
        publish(&place.path("log"), &forged, &key(1));
        let (ended, report) = verify(&place, "");
        assert_eq!(ended.code, 4, "{name}: {ended:?}");
        assert_eq!(report["integrity"], "FINDINGS", "{name}");
        assert_eq!(report["completeness"], "OK", "{name}");
        assert!(kinds(&report).iter().all(|kind| *kind == "rule-broken"));
        let found = &report["findings"][0];
        assert_eq!(found["position"], forged.len() as u64 - 1, "{name}");
        let text = found["finding"].as_str().unwrap();
        let expected = format!("an event that the rules forbid: {rule}: ");
        assert!(text.starts_with(&expected), "{name}: {text}");
        fs::remove_dir_all(place.path("log")).unwrap();
    }
}
