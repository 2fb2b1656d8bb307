use std::collections::HashMap;

use caseledger_chain::{
    Digest, Header, LedgerId, MessageId, Position, StreamKey, SubmitterId, chain_hash, encode,
};
use caseledger_domain::vocabulary::{
    Coded, CorrectionReason, Family, Role, Severity, Source, Supervision,
};
use caseledger_domain::{
    CaseFact, CaseId, Charge, ChargeId, ChargeState, Charges, CohortFact, CohortId, ControlTotals,
    Date, Event, Fact, FilingId, Flags, OrderId, OrgId, StreamId, refold,
};
use caseledger_proto::{BODY_VERSION, encode_event, encode_with};

use super::*;

mod announced;
mod authority;
mod forbidden;
mod keys;
mod private;
mod rules;

/// The day in Los Angeles, in summer.
fn day_of(micros: u64) -> Option<Date> {
    let seconds = i64::try_from(micros / 1_000_000).ok()? - 7 * 3_600;
    Date::from_days(seconds.div_euclid(86_400)).ok()
}

/// A log of one list and what stands behind it; each entry names the one before it.
struct Log {
    entries: Vec<Vec<u8>>,
    head: Digest,
    /// Next revision and head by stream.
    streams: HashMap<StreamKey, (u64, Digest)>,
    /// The commitment to a private part that the next entry has.
    private: Option<Digest>,
}

impl Log {
    /// An open list.
    fn new() -> Self {
        let mut log = Self {
            entries: Vec::new(),
            head: Digest::ZERO,
            streams: HashMap::new(),
            private: None,
        };
        log.push_event(
            &event(Role::ProsecutorCounty, Fact::Cohort(opened())),
            |_| (),
        );
        log
    }

    /// A case named by a list, a notice, and that retracted; then another.
    fn corrected() -> Self {
        let mut log = Self::new();
        log.push(identified());
        log.push(noticed());
        log.push(CaseFact::EventRetracted {
            target: 1,
            reason: Coded::Known(CorrectionReason::Typo),
            restored: Self::corrected_charges(),
        });
        log.push(noticed());
        log
    }

    /// The charges of that case when its notice is taken back.
    fn corrected_charges() -> Vec<ChargeState> {
        let poster = "lada".parse::<OrgId>().unwrap();
        let first = event(Role::ProsecutorCounty, Fact::Case(identified()));
        refold(&[(poster, first)]).charges
    }

    fn follow(&self) -> Followed {
        let mut replay = Replay::start(Plan {
            ledger: None,
            recount: Recount::AtEnd,
            day: day_of,
        })
        .unwrap();
        for entry in &self.entries {
            let mut batch = Batch::new();
            batch.push(entry);
            batch.mark();
            replay.push(batch);
        }
        replay.finish()
    }

    /// Appends a message of three parts, each of which `change` may change.
    fn push_parts(&mut self, change: impl Fn(&mut Header)) {
        for part in 0..3 {
            self.push_with(noticed(), |header| {
                header.message_id = MessageId::from_bytes([9; 16]);
                (header.part, header.parts, header.recorded_at) = (part, 3, 5_000);
                change(header);
            });
        }
    }

    fn push(&mut self, fact: CaseFact) {
        self.push_with(fact, |_| ());
    }

    fn push_with(&mut self, fact: CaseFact, change: impl FnOnce(&mut Header)) {
        self.push_event(&event(Role::ProsecutorCounty, Fact::Case(fact)), change);
    }

    fn push_event(&mut self, event: &Event, change: impl FnOnce(&mut Header)) {
        self.push_in(event, None, change);
    }

    /// Appends an event to the stream of its kind, or to another.
    fn push_in(
        &mut self,
        event: &Event,
        stream: Option<StreamId>,
        change: impl FnOnce(&mut Header),
    ) {
        let position = self.entries.len() as u64;
        let id = stream.unwrap_or_else(|| stream_of(&event.fact));
        let stream = StreamKey {
            kind: id.kind().number(),
            id: id.id_bytes(),
        };
        let known = self.streams.get(&stream).copied();
        let (revision, stream_prev) = known.unwrap_or((0, Digest::ZERO));
        let mut header = Header {
            ledger: LedgerId::from_bytes([1; 16]),
            position: Position::new(position),
            recorded_at: 1_000 + position,
            prev: self.head,
            stream,
            revision,
            stream_prev,
            submitter: SubmitterId::parse("lada").unwrap(),
            submitter_seq: 0,
            message_id: MessageId::from_bytes([position as u8; 16]),
            part: 0,
            parts: 1,
            content: Digest::from_bytes([3; 32]),
            commitment: Digest::ZERO,
            body_type: event.fact.kind().number(),
            body_version: BODY_VERSION,
        };
        change(&mut header);
        let (mut body, mut entry) = (Vec::new(), Vec::new());
        let private = self.private.take();
        let version = encode_with(event, None, private, &mut body);
        if private.is_some() {
            header.body_version = version;
        }
        encode(&header, &body, &mut entry).unwrap();
        self.head = chain_hash(&entry);
        self.streams.insert(stream, (revision + 1, self.head));
        self.entries.push(entry);
    }
}

fn stream_of(fact: &Fact) -> StreamId {
    match fact {
        Fact::Case(_) => StreamId::Case(CaseId::from_bytes([2; 16])),
        Fact::Initiative(_) => StreamId::Initiative(list().initiative()),
        Fact::Cohort(_) => StreamId::Cohort(list()),
        Fact::Filing(_) => StreamId::Filing(FilingId::from_bytes([4; 16])),
        Fact::Order(_) => StreamId::Order(OrderId::from_bytes([2; 16])),
        Fact::Announcement(_) => StreamId::Announcement("press.1".parse().unwrap()),
        Fact::Org(_) => StreamId::Org(OrgId::OPERATOR),
    }
}

fn list() -> CohortId {
    "LA-2021-COURT.1".parse().unwrap()
}

fn opened() -> CohortFact {
    CohortFact::CohortOpened {
        version: 1,
        source: Source::CourtRecords,
        file_digest: [6; 32],
        declared: ControlTotals::default(),
        supersedes: None,
    }
}

/// A claim that moves nothing, and is in order wherever a case stands.
fn noticed() -> CaseFact {
    CaseFact::DefenderNoticed {
        defender: "lapubdef".parse().unwrap(),
    }
}

fn charge(id: u16) -> Charge {
    Charge {
        id: ChargeId(id),
        section: "HS 11357(b)".parse().unwrap(),
        family: Family::Possession,
        severity: Severity::Misdemeanor,
        conviction_year: 1990,
        counts: 1,
        sentence: Supervision::Completed,
        in_comment_only: false,
    }
}

fn identified() -> CaseFact {
    CaseFact::CaseIdentified {
        cohort: list(),
        row: 1,
        source: Source::CourtRecords,
        county: 37,
        court: "LASC-CJC".parse().unwrap(),
        agency: "lada".parse::<OrgId>().unwrap(),
        person: None,
        charges: vec![charge(1)],
    }
}

/// The fact as stated about the one charge, where it is about charges.
fn event(role: Role, fact: Fact) -> Event {
    let charges = match &fact {
        Fact::Case(
            CaseFact::ConfirmationHeld { .. }
            | CaseFact::DuplicateUnlinked { .. }
            | CaseFact::SightingAdded { .. }
            | CaseFact::DuplicateLinked { .. }
            | CaseFact::CaseVoided { .. },
        ) => Vec::new(),
        Fact::Case(_) => vec![ChargeId(1)],
        _ => Vec::new(),
    };
    Event {
        occurred_on: Date::from_yyyymmdd(20_210_927).unwrap(),
        role,
        flags: Flags::NONE,
        charges: Charges::new(charges),
        fact,
    }
}

#[test]
fn a_correction_is_judged_when_its_history_was_read_again() {
    let log = Log::corrected();
    let mut followed = log.follow();
    let again: Vec<u64> = followed.again().map(Position::get).collect();
    // Not what came after the correction.
    assert_eq!(again, [1, 2, 3]);
    for (position, entry) in (0..).zip(&log.entries) {
        followed.look_again(Position::new(position), entry);
    }
    let derived = followed.conclude();
    assert!(derived.not_checked.is_empty(), "{derived:?}");
    assert!(derived.integrity.is_empty(), "{derived:?}");
    assert_eq!((derived.size.get(), derived.head), (5, log.head));
    assert_eq!(derived.roots.len(), 5);
    assert_eq!(derived.roots.get(&5), Some(&derived.root()));
}

#[test]
fn a_history_that_was_not_read_again_as_it_was_is_never_good() {
    let log = Log::corrected();
    let nothing_read = log.follow().conclude();
    let cases = [NotChecked::Corrections { cases: 1 }];
    assert_eq!(nothing_read.not_checked, cases);

    // The second look is shown another history, well chained.
    let mut other = Log::new();
    other.push(CaseFact::ReferralAccepted);
    other.push(noticed());
    other.push(noticed());
    let mut followed = log.follow();
    for (position, entry) in (0..).zip(&other.entries) {
        followed.look_again(Position::new(position), entry);
    }
    assert_eq!(followed.conclude().not_checked, cases);
}

#[test]
fn behind_entries_that_are_missing_links_are_checked_and_rules_are_not() {
    let log = Log::corrected();
    let mut replay = Replay::start(Plan {
        ledger: None,
        recount: Recount::AtEnd,
        day: day_of,
    })
    .unwrap();
    let mut batch = Batch::resume(Position::new(3), chain_hash(&log.entries[2]));
    batch.push(&log.entries[3]);
    batch.push(&log.entries[4]);
    replay.push(batch);
    let derived = replay.finish().conclude();
    assert!(derived.integrity.is_empty(), "{derived:?}");
    let from = Position::new(3);
    assert_eq!(derived.not_checked, [NotChecked::Behind { from }]);
    assert_eq!(derived.size.get(), 5);
}

fn kinds(derived: &Derived) -> Vec<&'static str> {
    let found = derived.integrity.iter().chain(&derived.completeness);
    found.map(|finding| finding.fault.kind()).collect()
}

type Change<'a> = &'a dyn Fn(&mut Header);

#[test]
fn parts_of_a_message_are_alike_in_all_that_they_share() {
    let content = Digest::from_bytes([8; 32]);
    let table: &[(&str, &[&str], Change<'_>)] = &[
        ("sound", &[], &|_| ()),
        ("time", &["message-broken"], &|header| {
            header.recorded_at += u64::from(header.part == 2);
        }),
        ("content", &["message-broken"], &|header| {
            if header.part == 2 {
                header.content = content;
            }
        }),
        ("number", &["sequence-broken"], &|header| {
            header.submitter_seq = u64::from(header.part / 2);
        }),
        ("part", &["message-broken", "message-cut"], &|header| {
            header.part = header.part.min(1);
        }),
    ];
    for (name, expected, change) in table {
        let mut log = Log::corrected();
        log.push_parts(change);
        assert_eq!(kinds(&log.follow().conclude()), *expected, "{name}");
    }
}

#[test]
fn a_number_is_used_once_and_what_is_left_out_is_missing() {
    let numbered = |numbers: &[u64]| {
        let mut log = Log::corrected();
        for number in numbers {
            log.push_with(noticed(), |header| {
                header.submitter_seq = *number;
            });
        }
        log.follow().conclude()
    };
    assert!(kinds(&numbered(&[2, 1, 3, 0, 0])).is_empty());
    let derived = numbered(&[2, 2, 5]);
    assert_eq!(
        kinds(&derived),
        ["number-repeated", "numbers-missing", "numbers-missing"]
    );
    let said = derived.integrity.iter().chain(&derived.completeness);
    assert_eq!(
        said.map(ToString::to_string).collect::<Vec<_>>(),
        [
            "position 6: number 2 of lada was given to the message at position 5 already",
            "position 5: numbers 1 to 1 of lada were never recorded",
            "position 7: numbers 3 to 4 of lada were never recorded",
        ]
    );
}

#[test]
fn numbers_of_entries_that_were_not_seen_are_not_missing() {
    let mut log = Log::corrected();
    for number in 1..4 {
        log.push_with(CaseFact::ReviewStarted, |header| {
            header.submitter_seq = number;
        });
    }
    let mut replay = Replay::start(Plan {
        ledger: None,
        recount: Recount::AtEnd,
        day: day_of,
    })
    .unwrap();
    let mut batch = Batch::resume(Position::new(6), chain_hash(&log.entries[5]));
    batch.push(&log.entries[6]);
    replay.push(batch);
    let derived = replay.finish().conclude();
    assert!(kinds(&derived).is_empty(), "{derived:?}");
    assert!(derived.sequence_gaps.is_empty());
}

#[test]
fn behind_an_entry_that_cannot_be_read_a_message_may_be_in_its_middle() {
    let mut log = Log::corrected();
    log.push_parts(|_| ());
    let replay = || {
        Replay::start(Plan {
            ledger: None,
            recount: Recount::AtEnd,
            day: day_of,
        })
        .unwrap()
    };
    // Its first part is gone, with everything before it.
    let mut skipping = replay();
    let mut batch = Batch::new();
    log.entries[6..].iter().for_each(|entry| batch.push(entry));
    skipping.push(batch.resuming(Position::new(6)));
    assert!(kinds(&skipping.finish().conclude()).is_empty());

    // Its first part is no entry; the next one names its hash all the same.
    let mut garbled = Log::corrected();
    garbled.entries.push(vec![7; 300]);
    garbled.head = chain_hash(&garbled.entries[5]);
    for part in 1..3 {
        garbled.push_with(noticed(), |header| {
            header.message_id = MessageId::from_bytes([9; 16]);
            (header.part, header.parts, header.recorded_at) = (part, 3, 5_000);
        });
    }
    let derived = garbled.follow().conclude();
    assert_eq!(kinds(&derived), ["entry-malformed"], "{derived:?}");
}
