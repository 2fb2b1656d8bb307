//! Who calls.
//!
//! With TLS the caller proves it: by a certificate whose one URI the ledger has bound to an
//! organisation, by a token that the ledger has issued to one, or by both if they agree. The role
//! is the one it asks for, if that is granted, or the only one it has. Everything else is refused,
//! each with a reason of its own.
//!
//! Without TLS, whoever reaches the loopback interface says so itself, in two metadata entries.
//! Nothing is proven by that, which is why no other address can be bound then.
//!
//! | metadata | value | example |
//! |---|---|---|
//! | `caseledger-principal` | organisation id | `lada` |
//! | `caseledger-role` | role code | `PROSECUTOR_COUNTY` |
//! | `authorization` | `Bearer` and a token, with TLS only | |

use caseledger_domain::OrgId;
use caseledger_domain::vocabulary::{Role, Vocabulary};
use http::HeaderMap;

use crate::status::Failure;

mod caller;
mod directory;
mod strangers;

pub(crate) use self::caller::{Caller, Peer, Shown};
pub(crate) use self::directory::{Directory, Entries, Unknown};
pub(crate) use self::strangers::Strangers;

/// Metadata that names the organisation.
pub const PRINCIPAL: &str = "caseledger-principal";

/// Metadata that names the role in which it acts.
pub const ROLE: &str = "caseledger-role";

/// An organisation in one of its roles. Whether it may do what it asks is decided by the ledger's
/// rules, not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The organisation.
    pub org: OrgId,
    /// The role in which it acts.
    pub role: Role,
}

/// Who a caller is as far as it is known, for the log of refused posts: an organisation may be
/// proven where the role is not one that it has, or by what has run out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The organisation, if it is proven, or was until a day that is over, or said where nothing is.
    pub(crate) org: Option<OrgId>,
    /// The role in which that organisation acts, or asks to act.
    pub(crate) role: Option<Role>,
}

impl From<Principal> for Known {
    fn from(principal: Principal) -> Self {
        Self {
            org: Some(principal.org),
            role: Some(principal.role),
        }
    }
}

/// Why a caller has no identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// An entry is missing.
    #[error("metadata {0} is missing; send {PRINCIPAL}: <organisation id> and {ROLE}: <role code>")]
    Missing(&'static str),
    /// An entry is given more than once.
    #[error("metadata {0} is given more than once; send it once")]
    Repeated(&'static str),
    /// The organisation is none.
    #[error(
        "metadata {PRINCIPAL} is no organisation id: 1 to 16 of a-z 0-9 - . beginning and ending with a letter or digit"
    )]
    Org,
    /// The role is none.
    #[error(
        "metadata {ROLE} is no role code; use one like COURT or PROSECUTOR_COUNTY, in capitals"
    )]
    Role,
    /// Neither a certificate nor a token.
    #[error("neither a client certificate nor a token was shown; show one that the ledger knows")]
    Nothing,
    /// No URI among the names of the certificate.
    #[error(
        "the client certificate names no URI, expected exactly one subject alternative name of type URI"
    )]
    NoUri,
    /// More than one, or a pattern.
    #[error(
        "the client certificate names several URIs or one with a wildcard, expected exactly one without"
    )]
    AmbiguousUri,
    /// The ledger has bound the URI to nobody.
    #[error("no organisation is bound to the URI of the client certificate; ask the operator")]
    UnknownPrincipal,
    /// The binding is over.
    #[error(
        "the URI of the client certificate was bound until a day that is over; ask the operator"
    )]
    PrincipalExpired,
    /// A token where everybody on the way can read it.
    #[error("a token was sent without TLS; have it revoked, and send the next one over https only")]
    TokenInTheClear,
    /// What is sent is no token.
    #[error("metadata authorization is no token, expected Bearer clt_ and 43 characters, once")]
    TokenForm,
    /// The ledger has issued no such token, or has revoked it.
    #[error("the token is not one that the ledger has issued and not revoked; ask the operator")]
    TokenUnknown,
    /// The token is over.
    #[error("the token was valid until a day that is over; ask the operator for another one")]
    TokenExpired,
    /// Two proofs of two organisations.
    #[error(
        "certificate, token and metadata {PRINCIPAL} name different organisations; send those of one"
    )]
    Disagree,
    /// The organisation does not have the role.
    #[error("the organisation does not have that role in force; ask the operator")]
    RoleNotGranted,
    /// It has several and asks for none.
    #[error("the organisation has several roles in force; name one in metadata {ROLE}")]
    RoleOpen,
}

impl Principal {
    /// Whether the role reads about single cases. A press office and a community organisation
    /// work with figures; they need no more.
    ///
    /// # Errors
    /// [`Failure::ReadNotAllowed`] if not.
    pub(crate) fn read_cases(self) -> Result<(), Failure> {
        match self.role {
            Role::Publisher | Role::Community => Err(Failure::ReadNotAllowed),
            Role::StateRepository
            | Role::ProsecutorCounty
            | Role::ProsecutorCity
            | Role::AnalyticsAgent
            | Role::Court
            | Role::Defender
            | Role::Probation
            | Role::LawEnforcement
            | Role::Oversight
            | Role::Operator
            | Role::RecordCustodian => Ok(()),
        }
    }

    /// Whether the role reads what others were refused.
    ///
    /// # Errors
    /// [`Failure::RefusalsNotAllowed`] if not.
    pub(crate) fn read_refusals(self) -> Result<(), Failure> {
        match self.role {
            Role::Oversight | Role::Operator => Ok(()),
            Role::StateRepository
            | Role::ProsecutorCounty
            | Role::ProsecutorCity
            | Role::AnalyticsAgent
            | Role::Court
            | Role::Defender
            | Role::Probation
            | Role::LawEnforcement
            | Role::Publisher
            | Role::Community
            | Role::RecordCustodian => Err(Failure::RefusalsNotAllowed),
        }
    }

    /// Who a caller says that it is, in both entries.
    fn said(headers: &HeaderMap) -> Result<Self, IdentityError> {
        let org = single(headers, PRINCIPAL)?;
        let role = single(headers, ROLE)?;
        Ok(Self {
            org: org
                .and_then(|org| org.parse().ok())
                .ok_or(IdentityError::Org)?,
            role: role.and_then(Role::from_code).ok_or(IdentityError::Role)?,
        })
    }
}

/// The one value of an entry; `None` where it is no text.
fn single<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
) -> Result<Option<&'a str>, IdentityError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(IdentityError::Missing(name))?;
    if values.next().is_some() {
        return Err(IdentityError::Repeated(name));
    }
    Ok(value.to_str().ok())
}

#[cfg(test)]
mod tests;
