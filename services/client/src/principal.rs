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
    role: Option<MetadataValue<Ascii>>,
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
        let role_error = || PrincipalError::Role(role.to_owned());
        let principal = Self::in_its_only_role(org)?;
        if role.is_empty()
            || !role
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        {
            return Err(role_error());
        }
        Ok(Self {
            role: Some(role.parse().map_err(|_cause| role_error())?),
            ..principal
        })
    }

    /// An organisation that has one role in force, and proves over TLS who it is: then the server
    /// knows which.
    ///
    /// # Errors
    /// [`PrincipalError::Org`] if that is no organisation id.
    pub fn in_its_only_role(org: &str) -> Result<Self, PrincipalError> {
        let org_error = || PrincipalError::Org(org.to_owned());
        caseledger_chain::SubmitterId::parse(org).map_err(|_cause| org_error())?;
        Ok(Self {
            org: org.parse().map_err(|_cause| org_error())?,
            role: None,
        })
    }

    /// The organisation.
    pub fn org(&self) -> &str {
        self.org.to_str().unwrap_or_default()
    }

    /// The role; empty if it is left to the server.
    pub fn role(&self) -> &str {
        let role = self.role.as_ref().and_then(|role| role.to_str().ok());
        role.unwrap_or_default()
    }

    pub(crate) fn write_to(&self, metadata: &mut MetadataMap) {
        metadata.insert(PRINCIPAL, self.org.clone());
        if let Some(role) = &self.role {
            metadata.insert(ROLE, role.clone());
        }
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
