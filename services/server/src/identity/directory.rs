//! Whom the ledger knows.

use std::fmt;

use caseledger_domain::OrgId;
use caseledger_domain::vocabulary::Role;

/// What the ledger knows about organisations today: what they prove themselves by, and as what
/// they may act.
pub trait Directory: fmt::Debug + Send + Sync {
    /// Whether the ledger says at all who may do what. One that does not is served on loopback
    /// addresses only.
    fn is_declared(&self) -> bool;

    /// The organisation that exactly this URI is bound to.
    ///
    /// # Errors
    /// [`Unknown`] if there is none today.
    fn principal(&self, uri: &str) -> Result<OrgId, Unknown>;

    /// The organisation that was issued the token with this SHA-256.
    ///
    /// # Errors
    /// [`Unknown`] if there is none today.
    fn token(&self, sha256: &[u8; 32]) -> Result<OrgId, Unknown>;

    /// The roles that an organisation has in force.
    fn roles(&self, org: OrgId) -> Vec<Role>;
}

/// Why nobody stands behind a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// There never was anybody, or it was taken back.
    Absent,
    /// Its last day is over.
    Expired,
}

impl Directory for caseledger_engine::Reader {
    fn is_declared(&self) -> bool {
        false
    }

    fn principal(&self, _uri: &str) -> Result<OrgId, Unknown> {
        Err(Unknown::Absent)
    }

    fn token(&self, _sha256: &[u8; 32]) -> Result<OrgId, Unknown> {
        Err(Unknown::Absent)
    }

    fn roles(&self, _org: OrgId) -> Vec<Role> {
        Vec::new()
    }
}
