//! Which cases may lack their look-up token: those that were forgotten when the index key was replaced.

use caseledger_chain::{EntryRef, Position};
use caseledger_domain::{OrgId, PrivateState, Registry, StreamId, StreamKind};
use caseledger_store::ReplayFrame;

use crate::{clock::court_day, index_key::Age, keys::STREAM_KIND_AT, stored::Stored};

/// What the entries in front of the newest replacement say of forgetting.
pub(super) struct Forgetting {
    /// Nothing is forgotten but when this index key, or one before it, took the place of another.
    age: Age,
    registry: Registry,
    /// The smallest number of days after which tombstones were ever to be forgotten; 0 for never. Which of them were in
    /// force at an earlier replacement is not known here.
    after_days: u16,
    /// When the newest entry was recorded, in microseconds since 1970.
    recorded_at: u64,
}

impl Forgetting {
    pub(super) fn new(age: Age) -> Self {
        Self {
            age,
            registry: Registry::default(),
            after_days: 0,
            recorded_at: 0,
        }
    }

    pub(super) fn frame(&mut self, frame: &ReplayFrame<'_>) {
        if !self.age.since.contains(frame.first()) {
            return;
        }
        let mut last = None;
        for bytes in frame.entries() {
            self.retention(bytes);
            last = Some(bytes);
        }
        if let Some(Ok(last)) = last.map(EntryRef::decode) {
            self.recorded_at = last.header().recorded_at;
        }
    }

    /// Takes an entry. Those of other streams are not decoded; what one says out of turn is a finding of the replay.
    fn retention(&mut self, bytes: &[u8]) {
        if bytes.get(STREAM_KIND_AT) != Some(&StreamKind::Org.number()) {
            return;
        }
        let Ok(stored) = Stored::decode(bytes) else {
            return;
        };
        if stored.stream != StreamId::Org(OrgId::OPERATOR) {
            return;
        }
        self.registry
            .apply(OrgId::OPERATOR, stored.org, &stored.event);
        let days = self
            .registry
            .retention()
            .map_or(0, |retention| retention.forget_after_days);
        if days > 0 && (self.after_days == 0 || days < self.after_days) {
            self.after_days = days;
        }
    }

    /// Whether a replacement of the index key may have dropped the token of a case whose entries stand at these positions.
    pub(super) fn may_have_forgotten(&self, private: &PrivateState, positions: &[u64]) -> bool {
        let PrivateState::Shredded { revision, .. } = private else {
            return false;
        };
        let confirmed = usize::try_from(*revision)
            .ok()
            .and_then(|revision| positions.get(revision));
        // What was destroyed since is known until the next replacement, also where it is to be forgotten then.
        confirmed.is_some_and(|at| self.age.since.contains(Position::new(*at)))
            && court_day(self.recorded_at)
                .is_some_and(|day| private.is_forgotten(self.after_days, day))
    }
}
