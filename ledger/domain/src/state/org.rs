//! An organisation: what it may do here, how it is known, and the keys of checkpoints in the stream of the operator.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::fact::OrgFact;
use crate::text::Text;
use crate::uri::Uri;
use crate::vocabulary::Role;

/// An organisation. Default: nothing known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgState {
    /// Number of events so far.
    pub revisions: u64,
    /// What people call it; none before it is registered.
    pub name: Option<Text<64>>,
    /// Its roles, by ascending number, each once; also those whose days are over or have not begun.
    pub grants: Vec<Grant>,
    /// Names in certificates of whoever speaks for it, oldest first; also those whose days are over.
    pub principals: Vec<Credential<Uri>>,
    /// SHA-256 of its tokens, oldest first; also of those whose days are over.
    pub tokens: Vec<Credential<[u8; 32]>>,
    /// Keys that it signs submissions with, oldest first; also those whose days are over.
    pub signing_keys: Vec<Credential<[u8; 32]>>,
    /// Whether everything that it submits must be signed.
    pub signatures_required: bool,
    /// Whether acts wait for a second organisation. Only ever of the operator.
    pub approval_required: bool,
    /// How long private parts are kept after sealing; none until they are destroyed by order. Only ever of the operator.
    pub retention: Option<Retention>,
    /// Acts that wait, oldest first.
    pub pending: Vec<Pending>,
    /// Revisions of the entries that changed the keys of checkpoints, oldest first.
    pub key_changes: Vec<u64>,
    /// The key that replaces the present one, while both sign.
    pub successor: Option<[u8; 32]>,
    /// Every key that ever succeeded another one, oldest first: the last of them is the present key once
    /// its predecessor is retired.
    pub succeeded: Vec<[u8; 32]>,
    /// Every key that was retired, oldest first.
    pub retired: Vec<[u8; 32]>,
}

/// A role, where and how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// FIPS numbers of the counties within the state, ascending; empty for the whole state.
    pub counties: Vec<u16>,
    /// Codes of the courts, ascending; empty for all courts of these counties.
    pub courts: Vec<Text<16>>,
    /// First day.
    pub valid_from: Date,
    /// Last day; none until it is revoked.
    pub valid_until: Option<Date>,
}

/// Something that an organisation is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential<T> {
    /// The name, digest or key.
    pub id: T,
    /// Last day; none until it is taken back.
    pub valid_until: Option<Date>,
}

/// How long private parts are kept once everything in a case is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Days after the newest sealing of the case.
    pub days_after_sealing: u16,
    /// Days after their destruction until the keyed hash of the key is forgotten, too; 0 for never.
    pub forget_after_days: u16,
}

/// An act that waits for a second organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Revision of its event.
    pub revision: u64,
    /// What it would say.
    pub act: OrgFact,
}

impl Grant {
    /// Whether the role may be used on that day.
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_until.is_none_or(|until| on <= until)
    }

    /// Whether it is held to counties or courts.
    pub const fn is_limited(&self) -> bool {
        !self.counties.is_empty() || !self.courts.is_empty()
    }
}

impl<T> Credential<T> {
    /// Whether it holds on that day.
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_until.is_none_or(|until| on <= until)
    }
}

impl OrgState {
    /// The present key, as far as the stream names it: none before the first rotation is over, while it is still the
    /// one that was made with the ledger.
    pub fn present(&self) -> Option<[u8; 32]> {
        let over = self.succeeded.len() - usize::from(self.successor.is_some());
        self.succeeded.get(over.checked_sub(1)?).copied()
    }

    /// The grant of a role, whether or not its days have come.
    pub fn grant(&self, role: Role) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.role == role)
    }

    /// The act that waits at a revision.
    pub fn waiting(&self, revision: u64) -> Option<&OrgFact> {
        let mut pending = self.pending.iter();
        pending
            .find(|pending| pending.revision == revision)
            .map(|pending| &pending.act)
    }
}
