use std::collections::BTreeMap;

use caseledger_chain::{Digest, LedgerId, MessageId, Position, StreamKey, SubmitterId};

use super::*;

fn id(number: u8) -> Bytes {
    Bytes::from(vec![number; 16])
}

fn refused() -> Refused {
    Refused {
        rule: "CHARGE_NOT_SEALED".to_owned(),
        message: String::new(),
    }
}

/// How many cases a call destroys, under which key, and whether it leaves any; or that it breaks off behind them.
type Call = (u8, u32, Option<bool>);

async fn answered(which: Which, calls: &[Call]) -> (Told, Vec<Which>, Option<Failure>) {
    let (mut left, mut asked) = (calls.iter(), Vec::new());
    let mut told = Told::default();
    let mut next = 0;
    let ask = async |which: Which, told: &mut Told| {
        asked.push(which);
        let (cases, generation, more) = *left.next().unwrap();
        for _ in 0..cases {
            next += 1;
            told.confirmed.insert(id(next), next.into());
        }
        told.refused.insert(id(200), refused());
        told.generation = told.generation.max(generation);
        let broken = || Failure::new(Exit::Unavailable, ShredFailure::Unfinished);
        told.more_due = more.ok_or_else(broken)?;
        Ok(())
    };
    let failure = until_none_is_due(which, &mut told, ask).await.err();
    assert_eq!(left.next(), None);
    (told, asked, failure)
}

#[tokio::test]
async fn what_is_due_is_asked_for_until_nothing_is_left_or_nothing_comes_of_it() {
    for (calls, expected) in [
        (&[(0, 0, Some(false))][..], (0, 0, false)),
        (
            &[(3, 1, Some(true)), (3, 2, Some(true)), (1, 3, Some(false))],
            (7, 3, false),
        ),
        (&[(3, 1, Some(true)), (0, 0, Some(true))], (3, 1, true)),
    ] {
        let due = Which::Due(v1::ShredDue { tombstone: 1 });
        let (told, asked, failure) = answered(due.clone(), calls).await;
        let all = (told.confirmed.len(), told.generation, told.more_due);
        assert_eq!(all, expected);
        assert_eq!(told.refused.len(), 1);
        assert!(failure.is_none() && asked.iter().all(|which| *which == due));
    }
}

#[tokio::test]
async fn what_others_ordered_is_asked_for_once_what_is_named_is_done() {
    let named = Which::Cases(v1::ShredCases::default());
    let calls = [(3, 1, Some(true)), (2, 1, Some(false))];
    let (told, asked, _) = answered(named.clone(), &calls).await;
    assert_eq!(asked, [named, Which::Open(v1::ShredOpen {})]);
    assert_eq!(told.confirmed.len(), 5);
}

#[tokio::test]
async fn what_was_told_before_an_answer_broke_off_is_kept() {
    let open = Which::Open(v1::ShredOpen {});
    let (told, _, failure) = answered(open, &[(3, 1, Some(true)), (2, 1, None)]).await;
    assert_eq!(failure.unwrap().exit(), Exit::Unavailable);
    assert_eq!((told.confirmed.len(), told.is_empty()), (5, false));
}

#[test]
fn only_an_entry_that_confirms_it_says_that_a_case_is_destroyed() {
    let entry = |kind: StreamKind, fact: FactKind| Header {
        ledger: LedgerId::from_bytes([3; 16]),
        position: Position::new(1),
        recorded_at: 1,
        prev: Digest::ZERO,
        stream: StreamKey {
            kind: kind.number(),
            id: [7; 16],
        },
        revision: 0,
        stream_prev: Digest::ZERO,
        submitter: SubmitterId::parse("operator").unwrap(),
        submitter_seq: 0,
        message_id: MessageId::from_bytes([1; 16]),
        part: 0,
        parts: 1,
        content: Digest::ZERO,
        commitment: Digest::ZERO,
        body_type: fact.number(),
        body_version: 1,
    };
    let told = |kind, fact| destroyed(&entry(kind, fact));
    assert_eq!(
        told(StreamKind::Case, FactKind::ShredConfirmed),
        Some(id(7))
    );
    assert_eq!(told(StreamKind::Case, FactKind::ShredOrdered), None);
    assert_eq!(told(StreamKind::Cohort, FactKind::ShredConfirmed), None);
}

#[test]
fn who_names_a_case_is_told_what_became_of_it_or_that_nothing_is_said() {
    let before = |case: u8, tombstone: Tombstone| {
        let before = v1::ShredBefore {
            case_id: id(case),
            ordered: 3,
            tombstone: tombstone.into(),
            destroyed_on: 20_210_927,
            forgotten_from: 0,
        };
        (id(case), before)
    };
    let all = || Told {
        asked: Tombstone::Forgotten,
        lines: (1..=4).map(|number| (id(number), None)).collect(),
        confirmed: BTreeMap::from([(id(1), 8)]),
        before: BTreeMap::from([before(2, Tombstone::Forgotten)]),
        ..Told::default()
    };
    let said = |told: &Told| told.shortfall().map(|failure| failure.render(false));
    let silent = said(&all()).unwrap();
    assert!(silent.contains("nothing of 2 of 4 cases"), "{silent}");
    let mut told = all();
    told.before.extend([before(3, Tombstone::Forgotten)]);
    told.confirmed.insert(id(4), 9);
    assert_eq!(said(&told), None);
    // It is told also where it is destroyed only now, as it was ordered before.
    told.before.extend([before(4, Tombstone::Kept)]);
    let other = said(&told).unwrap();
    assert!(other.contains("1 of 4 cases were ordered"), "{other}");
    told.refused.insert(id(3), refused());
    told.wrong.insert(5, refused());
    let both = said(&told).unwrap();
    assert!(
        both.contains("2 of 5 cases were refused, and 1 were"),
        "{both}"
    );
}
