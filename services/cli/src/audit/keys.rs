//! What a log says of the keys that sign its checkpoints.

use caseledger_audit::Streams;
use caseledger_chain::{Algorithm, KeyName, VerifierKey};
use caseledger_domain::{OrgId, State, StreamId};
use serde_json::{Value, json};

/// An entry that changes the keys.
#[derive(Debug)]
pub(super) struct KeyChange {
    position: u64,
    /// `successor` or `retired`.
    what: &'static str,
    key: VerifierKey,
}

impl KeyChange {
    pub(super) fn json(&self) -> Value {
        json!({
            "position": self.position,
            "what": self.what,
            "verifier_key": self.key.to_string(),
        })
    }

    /// For people.
    pub(super) fn line(&self) -> String {
        let Self {
            position,
            what,
            key,
        } = self;
        format!("key at position {position}: {what} {key}")
    }
}

/// The changes that the stream of the operator has, in order. Keys take turns: one succeeds, then the one before is
/// retired; anything else is a finding.
pub(super) fn changes(origin: &str, streams: &Streams) -> Vec<KeyChange> {
    let operator = StreamId::Org(OrgId::OPERATOR);
    let found = streams.iter().find_map(|stream| match stream.state() {
        Some((id, State::Org(state))) if id == operator => Some((stream, state)),
        _ => None,
    });
    let (Some((stream, state)), Ok(name)) = (found, KeyName::parse(origin)) else {
        return Vec::new();
    };
    let succeeded = state.succeeded.iter().map(|key| ("successor", key));
    let mut retired = state.retired.iter().map(|key| ("retired", key));
    let turns = succeeded.flat_map(|key| [Some(key), retired.next()]);
    let positions = streams.positions(stream);
    let at = |revision: &u64| positions.get(usize::try_from(*revision).ok()?).copied();
    let changes = state.key_changes.iter().filter_map(at).zip(turns.flatten());
    changes
        .filter_map(|(position, (what, public))| {
            let key = VerifierKey::new(name.clone(), Algorithm::Ed25519, public).ok()?;
            Some(KeyChange {
                position,
                what,
                key,
            })
        })
        .collect()
}
