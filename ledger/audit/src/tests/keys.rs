//! The keys of checkpoints change in turns, in the stream of the operator.

use caseledger_domain::{OrgFact, OrgId, StreamId};

use super::*;

/// A log of these facts about keys, well chained.
fn findings(stream: StreamId, role: Role, facts: &[OrgFact]) -> Vec<(u64, &'static str)> {
    let mut prev = Digest::ZERO;
    let mut batch = Batch::new();
    for (fact, position) in facts.iter().zip(0..) {
        let event = Event {
            occurred_on: Date::from_yyyymmdd(20_210_927).unwrap(),
            role,
            flags: Flags::NONE,
            charges: Charges::default(),
            fact: Fact::Org(fact.clone()),
        };
        let header = Header {
            ledger: LedgerId::from_bytes([1; 16]),
            position: Position::new(position),
            recorded_at: 1_000 + position,
            prev,
            stream: StreamKey {
                kind: stream.kind().number(),
                id: stream.id_bytes(),
            },
            revision: position,
            stream_prev: prev,
            submitter: SubmitterId::parse("operator").unwrap(),
            submitter_seq: 0,
            message_id: MessageId::from_bytes([position as u8; 16]),
            part: 0,
            parts: 1,
            content: Digest::from_bytes([3; 32]),
            commitment: Digest::ZERO,
            body_type: event.fact.kind().number(),
            body_version: BODY_VERSION,
        };
        let (mut body, mut entry) = (Vec::new(), Vec::new());
        encode_event(&event, &mut body);
        encode(&header, &body, &mut entry).unwrap();
        prev = chain_hash(&entry);
        batch.push(&entry);
    }
    let mut replay = Replay::start(Plan {
        ledger: None,
        recount: Recount::EveryPosition,
        day: day_of,
    })
    .unwrap();
    replay.push(batch);
    let derived = replay.finish().conclude();
    assert!(derived.not_checked.is_empty() && derived.completeness.is_empty());
    let found = derived.integrity.iter();
    found
        .map(|finding| (finding.position.unwrap().get(), finding.fault.kind()))
        .collect()
}

fn succeeded(key: u8) -> OrgFact {
    OrgFact::CheckpointKeySucceeded {
        successor: [key; 32],
    }
}

fn retired(key: u8) -> OrgFact {
    OrgFact::CheckpointKeyRetired { retired: [key; 32] }
}

#[test]
fn keys_that_change_in_turns_are_sound_and_others_break_a_rule() {
    let operator = StreamId::Org(OrgId::OPERATOR);
    let at = |facts: &[OrgFact]| findings(operator, Role::Operator, facts);
    let sound = [succeeded(2), retired(1), succeeded(3), retired(2)];
    assert_eq!(at(&sound), []);
    let broken = "rule-broken";
    assert_eq!(at(&[retired(1)]), [(0, broken)]);
    assert_eq!(at(&[succeeded(2), succeeded(3)]), [(1, broken)]);
    assert_eq!(at(&[succeeded(2), retired(2)]), [(1, broken)]);
    let again = [succeeded(2), retired(1), succeeded(1)];
    assert_eq!(at(&again), [(2, broken)]);
    // Nobody else states them, and no other stream has them.
    assert_eq!(
        findings(operator, Role::Court, &[succeeded(2)]),
        [(0, broken)]
    );
    let other = StreamId::Org("lasc".parse().unwrap());
    assert_eq!(
        findings(other, Role::Operator, &[succeeded(2)]),
        [(0, broken)]
    );
}
