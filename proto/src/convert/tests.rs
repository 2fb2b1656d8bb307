//! Conversions, table by table.

#![expect(
    clippy::unnecessary_wraps,
    reason = "optional fields of messages are built whole"
)]

use caseledger_domain::{CaseToken, FilingId, OrderId, PersonRef};

use super::*;
use crate::pb::event::v1 as event;
use crate::submission::Pseudonyms;
use crate::wire_error::Why;

mod answers;
mod court;
mod private;
mod refused;
mod requests;
mod signed;
mod taken;

/// Keyed hashes with a key that everybody knows.
struct Hashes;

fn hash<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut hasher = blake3::Hasher::new_derive_key("caseledger proto tests");
    for part in parts {
        hasher.update(&part.len().to_be_bytes());
        hasher.update(part);
    }
    let mut out = [0; N];
    hasher.finalize_xof().fill(&mut out);
    out
}

impl Pseudonyms for Hashes {
    fn case_token(&self, court: &str, number: &str, defendant: &str) -> CaseToken {
        let parts = [court, number, defendant].map(str::as_bytes);
        CaseToken::from_bytes(hash(&parts))
    }

    fn person(&self, issuer: &str, value: &str) -> PersonRef {
        PersonRef::from_bytes(hash(&[b"person", issuer.as_bytes(), value.as_bytes()]))
    }

    fn order(&self, court: &str, number: &str) -> OrderId {
        OrderId::from_bytes(hash(&[b"order", court.as_bytes(), number.as_bytes()]))
    }

    fn filing(&self, court: &str, id: &str) -> FilingId {
        FilingId::from_bytes(hash(&[b"filing", court.as_bytes(), id.as_bytes()]))
    }

    fn message(&self, parts: &[&str]) -> [u8; 16] {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        hash(&parts)
    }

    fn content(&self, canonical: &[u8]) -> [u8; 32] {
        hash(&[b"content", canonical])
    }
}

/// What must never show, in any error or `Debug`.
const DOCKET: &str = "BA987654";
const CII: &str = "A01234557";

fn key() -> pb::CaseKey {
    pb::CaseKey {
        court: "LASC-CJC".into(),
        number: DOCKET.into(),
        defendant: "01".into(),
    }
}

fn cii() -> pb::PersonIdentifier {
    pb::PersonIdentifier {
        issuer: "CA-CII".into(),
        value: CII.into(),
    }
}

fn order_key(number: &str) -> pb::OrderReference {
    let key = pb::OrderKey {
        court: "LASC-CJC".into(),
        number: number.into(),
    };
    pb::OrderReference {
        reference: Some(pb::order_reference::Reference::Key(key)),
    }
}

fn filing_key(id: &str) -> pb::FilingReference {
    let key = pb::FilingKey {
        court: "LASC-CJC".into(),
        filing_id: id.into(),
    };
    pb::FilingReference {
        reference: Some(pb::filing_reference::Reference::Key(key)),
    }
}

fn target(target: pb::target::Target) -> Option<pb::Target> {
    Some(pb::Target {
        target: Some(target),
    })
}

fn expected(state: pb::ExpectedState) -> Option<pb::Expected> {
    Some(pb::Expected {
        expectation: Some(pb::expected::Expectation::State(state.into())),
    })
}

fn whole_case() -> Option<pb::Scope> {
    Some(pb::Scope {
        scope: Some(pb::scope::Scope::WholeCase(pb::WholeCase {})),
    })
}

fn some_charges(ids: Vec<u32>) -> Option<pb::Scope> {
    Some(pb::Scope {
        scope: Some(pb::scope::Scope::Charges(pb::ChargeList { ids })),
    })
}

fn fact(kind: event::fact::Kind) -> Option<event::Fact> {
    Some(event::Fact { kind: Some(kind) })
}

fn charge(id: u32) -> event::Charge {
    event::Charge {
        id,
        section: "HS 11357(b)".into(),
        family: event::Family::Possession.into(),
        severity: event::Severity::Felony.into(),
        conviction_year: 1994,
        counts: 1,
        sentence: event::Supervision::Completed.into(),
        in_comment_only: false,
    }
}

fn identified() -> event::CaseIdentified {
    event::CaseIdentified {
        cohort: "LA-2021-COURT.1".into(),
        row: 17,
        source: event::Source::CourtRecords.into(),
        county: 37,
        court: "LASC-CJC".into(),
        agency: "lada".into(),
        person: Vec::new(),
        charges: vec![charge(1), charge(2)],
    }
}

/// A post about a case by its key.
fn post(kind: event::fact::Kind) -> pb::Post {
    pb::Post {
        target: target(pb::target::Target::CaseKey(key())),
        expected: expected(pb::ExpectedState::Any),
        scope: whole_case(),
        occurred_on: 20_210_927,
        fact: fact(kind),
        references: None,
        private: None,
    }
}

fn of(posts: Vec<pb::Post>) -> pb::Submission {
    pb::Submission {
        message_id: vec![7; 16].into(),
        submitter_sequence: 3,
        posts,
        signed: None,
    }
}
