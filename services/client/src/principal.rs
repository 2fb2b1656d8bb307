//! Who this client says it is.

use tonic::metadata::{Ascii, MetadataMap, MetadataValue};

/// Metadata that names the organisation.
const PRINCIPAL: &str = "caseledger-principal";

/// Metadata that names the role in which it acts.
const ROLE: &str = "caseledger-role";

/// An organisation in one of its roles, as it stands in the metadata of every call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    org: MetadataValue<Ascii>,
    role: MetadataValue<Ascii>,
}

/// Why this cannot be a principal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    /// The organisation is no id.
    #[error(
        "organisation {0:?} is no id: 1 to 16 of a-z 0-9 - . beginning and ending with a letter or digit"
    )]
    Org(String),
    /// The role is no code.
    #[error("role {0:?} is no role code; use one like COURT or PROSECUTOR_COUNTY")]
    Role(String),
}

impl Principal {
    /// Checks the form of both. Whether the role exists and may do what is asked, the server says.
    ///
    /// # Errors
    /// [`PrincipalError`] says which one is wrong.
    pub fn new(org: &str, role: &str) -> Result<Self, PrincipalError> {
        let org_error = || PrincipalError::Org(org.to_owned());
        let role_error = || PrincipalError::Role(role.to_owned());
        caseledger_chain::SubmitterId::parse(org).map_err(|_cause| org_error())?;
        if role.is_empty()
            || !role
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        {
            return Err(role_error());
        }
        Ok(Self {
            org: org.parse().map_err(|_cause| org_error())?,
            role: role.parse().map_err(|_cause| role_error())?,
        })
    }

    /// The organisation.
    pub fn org(&self) -> &str {
        self.org.to_str().unwrap_or_default()
    }

    /// The role.
    pub fn role(&self) -> &str {
        self.role.to_str().unwrap_or_default()
    }

    pub(crate) fn write_to(&self, metadata: &mut MetadataMap) {
        metadata.insert(PRINCIPAL, self.org.clone());
        metadata.insert(ROLE, self.role.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_the_form_of_both() {
        let principal = Principal::new("lasc", "COURT").unwrap();
        assert_eq!((principal.org(), principal.role()), ("lasc", "COURT"));
        for (org, role) in [("", "COURT"), ("LASC", "COURT"), ("l asc", "COURT")] {
            assert_eq!(
                Principal::new(org, role),
                Err(PrincipalError::Org(org.to_owned()))
            );
        }
        for role in ["", "court", "COU RT"] {
            assert_eq!(
                Principal::new("lasc", role),
                Err(PrincipalError::Role(role.to_owned()))
            );
        }
    }
}
