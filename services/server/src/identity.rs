//! Who calls, for now: whoever reaches the loopback interface says so itself, in two metadata
//! entries. Nothing is proven by that, which is why no other address can be bound.
//!
//! | metadata | value | example |
//! |---|---|---|
//! | `caseledger-principal` | organisation id | `lada` |
//! | `caseledger-role` | role code | `PROSECUTOR_COUNTY` |

use caseledger_domain::OrgId;
use caseledger_domain::vocabulary::{Role, Vocabulary};
use http::HeaderMap;
use tonic::metadata::MetadataMap;

use crate::status::Failure;

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
}

impl Principal {
    /// Reads both entries.
    ///
    /// # Errors
    /// [`IdentityError`] says which one is wrong and what it should be.
    pub fn from_metadata(metadata: &MetadataMap) -> Result<Self, IdentityError> {
        Self::from_headers(metadata.as_ref())
    }

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
            | Role::Operator => Ok(()),
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
            | Role::Community => Err(Failure::RefusalsNotAllowed),
        }
    }

    /// The same from the headers beneath.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Self, IdentityError> {
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
mod tests {
    use super::*;

    fn parse(entries: &[(&'static str, &'static str)]) -> Result<Principal, IdentityError> {
        let mut metadata = MetadataMap::new();
        for (name, value) in entries {
            metadata.append(*name, value.parse().unwrap());
        }
        Principal::from_metadata(&metadata)
    }

    #[test]
    fn reads_an_organisation_in_a_role() {
        let principal = parse(&[(PRINCIPAL, "lasc"), (ROLE, "COURT")]).unwrap();
        assert_eq!(
            principal,
            Principal {
                org: "lasc".parse().unwrap(),
                role: Role::Court
            }
        );
    }

    #[test]
    fn refuses_whatever_does_not_name_exactly_one() {
        for (entries, expected) in [
            (&[][..], IdentityError::Missing(PRINCIPAL)),
            (&[(PRINCIPAL, "lasc")], IdentityError::Missing(ROLE)),
            (&[(ROLE, "COURT")], IdentityError::Missing(PRINCIPAL)),
            (&[(PRINCIPAL, "LASC"), (ROLE, "COURT")], IdentityError::Org),
            (&[(PRINCIPAL, ""), (ROLE, "COURT")], IdentityError::Org),
            (&[(PRINCIPAL, "lasc"), (ROLE, "court")], IdentityError::Role),
            (
                &[(PRINCIPAL, "a"), (PRINCIPAL, "b"), (ROLE, "COURT")],
                IdentityError::Repeated(PRINCIPAL),
            ),
        ] {
            assert_eq!(parse(entries), Err(expected), "{entries:?}");
        }
    }
}
