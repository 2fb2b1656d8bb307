//! Whom the ledger knows.

use std::fmt;
use std::sync::Arc;

use caseledger_domain::registry;
use caseledger_domain::vocabulary::Role;
use caseledger_domain::{Date, OrgId};
use caseledger_engine::{Days, Engine, Reader};

/// What the ledger knows about organisations today: what they prove themselves by, and as what
/// they may act.
pub(crate) trait Directory: fmt::Debug + Send + Sync {
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
pub(crate) enum Unknown {
    /// There never was anybody, or it was taken back.
    Absent,
    /// Its last day is over.
    Expired {
        /// Whose it was.
        was: OrgId,
    },
}

/// What the entries of a ledger say, as of the newest durable one, on the day it is in the courts.
#[derive(Debug)]
pub(crate) struct Entries {
    reader: Reader,
    days: Arc<Days>,
}

impl Entries {
    pub(crate) fn of(engine: &Engine) -> Self {
        Self {
            reader: engine.reader(),
            days: engine.days(),
        }
    }

    /// Without a day nothing is in force.
    fn today(&self) -> Result<Date, Unknown> {
        self.days.today().ok_or(Unknown::Absent)
    }
}

impl Directory for Entries {
    fn is_declared(&self) -> bool {
        self.reader.registry().is_declared()
    }

    fn principal(&self, uri: &str) -> Result<OrgId, Unknown> {
        let found = self.reader.registry().principal(uri, self.today()?);
        found.map_err(Unknown::from)
    }

    fn token(&self, sha256: &[u8; 32]) -> Result<OrgId, Unknown> {
        let found = self.reader.registry().token(sha256, self.today()?);
        found.map_err(Unknown::from)
    }

    fn roles(&self, org: OrgId) -> Vec<Role> {
        let Ok(today) = self.today() else {
            return Vec::new();
        };
        let registry = self.reader.registry();
        registry.roles(org, today).map(|grant| grant.role).collect()
    }
}

impl From<registry::Unknown> for Unknown {
    fn from(unknown: registry::Unknown) -> Self {
        match unknown {
            registry::Unknown::Nobody => Self::Absent,
            registry::Unknown::Over {
                organisation,
                until: _,
            } => Self::Expired { was: organisation },
        }
    }
}
