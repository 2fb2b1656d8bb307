//! The first facts of a ledger that declares who may state what: its operator is registered, granted its role, and bound
//! to a principal.
//!
//! They are one submission, so that a crash leaves all of them or none, and the first one of the ledger, so that every
//! later entry is judged by a declared authority.

use std::sync::Arc;

use caseledger_chain::{Position, Size};
use caseledger_domain::{OrgFact, Text, Uri, vocabulary::Role};

use crate::{
    clock::Clock,
    engine::{CloseError, Engine},
    own::{self, RecordError},
    recovery::{Config, OpenError},
};

/// Authority was not declared.
#[derive(Debug, thiserror::Error)]
pub enum DeclareError {
    /// The ledger was not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Something was recorded before.
    #[error(
        "the ledger has {size} entries; authority is declared with the first one, in a new ledger"
    )]
    NotEmpty {
        /// How many.
        size: Size,
    },
    /// The entries were not recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The ledger was not closed; the entries are recorded all the same.
    #[error(transparent)]
    Close(#[from] CloseError),
}

/// Declares, in a ledger without entries, that `operator` is who `name` says and that a certificate with the name
/// `principal` speaks for it. Where the last of the entries stands.
///
/// # Errors
/// [`DeclareError`]; above all when the ledger has entries.
pub fn declare(
    config: &Config,
    clock: &Arc<dyn Clock>,
    name: Text<64>,
    principal: Uri,
) -> Result<Position, DeclareError> {
    let (engine, report) = Engine::open(config, Arc::clone(clock), &|_step| ())?;
    let size = report.head.size;
    if !size.is_zero() {
        return Err(DeclareError::NotEmpty { size });
    }
    let facts = vec![
        OrgFact::OrganisationRegistered { name },
        OrgFact::RoleGranted {
            role: Role::Operator,
            counties: Vec::new(),
            courts: Vec::new(),
            valid_from: own::today(&**clock)?,
            valid_until: None,
        },
        OrgFact::PrincipalBound {
            uri: principal,
            valid_until: None,
        },
    ];
    let position = own::record(&engine, &**clock, facts)?;
    engine.close()?;
    Ok(position)
}
