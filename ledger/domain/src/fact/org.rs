//! Facts about an organisation: what it may do here, how it is known, and the keys that the operator signs checkpoints
//! with.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::text::Text;
use crate::uri::Uri;
use crate::vocabulary::Role;

/// A fact about an organisation: the one whose stream it stands in.
///
/// Every `valid_until` is the last day on which it holds, in the courts' time zone; none is until it is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrgFact {
    /// It takes part in the ledger. Of the operator: authority is declared from here on.
    OrganisationRegistered {
        /// What people call it.
        name: Text<64>,
    },
    /// It may act in the role. Granted again, the new terms replace the old ones.
    RoleGranted {
        /// The role.
        role: Role,
        /// FIPS numbers of the counties within the state, ascending; empty for the whole state.
        counties: Vec<u16>,
        /// Codes of the courts, ascending; empty for all courts of these counties.
        courts: Vec<Text<16>>,
        /// First day.
        valid_from: Date,
        /// Last day.
        valid_until: Option<Date>,
    },
    /// It may not act in the role any more.
    RoleRevoked {
        /// The role.
        role: Role,
    },
    /// Whoever has a certificate with that name speaks for it. Bound again, the new end replaces the old one.
    PrincipalBound {
        /// The name, exactly.
        uri: Uri,
        /// Last day.
        valid_until: Option<Date>,
    },
    /// That name speaks for it no more.
    PrincipalUnbound {
        /// The name, exactly.
        uri: Uri,
    },
    /// Whoever shows the token speaks for it.
    TokenIssued {
        /// SHA-256 of the token, which the ledger never sees.
        sha256: [u8; 32],
        /// Last day.
        valid_until: Option<Date>,
    },
    /// That token speaks for it no more.
    TokenRevoked {
        /// SHA-256 of the token.
        sha256: [u8; 32],
    },
    /// It signs what it submits with that key.
    SigningKeyAdded {
        /// The Ed25519 public key.
        key: [u8; 32],
        /// Last day.
        valid_until: Option<Date>,
    },
    /// Another key takes the place of one of its keys, until the same day.
    SigningKeyRotated {
        /// The key that is replaced.
        old: [u8; 32],
        /// The key in its place.
        new: [u8; 32],
    },
    /// It signs with that key no more.
    SigningKeyRevoked {
        /// The key.
        key: [u8; 32],
    },
    /// Whether everything that it submits must be signed.
    SignaturesRequired {
        /// Whether it must.
        required: bool,
    },
    /// Whether what is stated about organisations takes effect only once a second one approves. Of the operator.
    ApprovalRequired {
        /// Whether it does.
        required: bool,
    },
    /// What waited for approval takes effect.
    ActApproved {
        /// Revision of what waited.
        revision: u64,
    },
    /// What waited for approval takes no effect.
    ActRejected {
        /// Revision of what waited.
        revision: u64,
    },
    /// How long private parts are kept once everything in a case is sealed. Of the operator.
    RetentionSet {
        /// Days after the newest sealing of the case; 0 for none.
        days_after_sealing: u16,
        /// Days after their destruction until the keyed hash of the key is forgotten, too; 0 for never. It is forgotten
        /// when the index key is replaced the next time.
        forget_after_days: u16,
    },
    /// From the checkpoint of this entry on a further key signs, which is to replace the present one. Recorded where
    /// the key files are, and posted by nobody.
    CheckpointKeySucceeded {
        /// The Ed25519 public key of the successor; its name is the origin, as that of every key of the ledger.
        successor: [u8; 32],
    },
    /// From the checkpoint of this entry on the key that was replaced signs no more. Recorded where the key files are,
    /// and posted by nobody.
    CheckpointKeyRetired {
        /// The Ed25519 public key that is retired.
        retired: [u8; 32],
    },
}

/// What a fact says of the keys of checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyChange {
    /// A further key signs.
    Succeeded {
        /// Its 32 bytes.
        successor: [u8; 32],
    },
    /// A key signs no more.
    Retired {
        /// Its 32 bytes.
        retired: [u8; 32],
    },
}

impl KeyChange {
    /// The key that it is about.
    pub const fn key(self) -> [u8; 32] {
        match self {
            Self::Succeeded { successor: key } | Self::Retired { retired: key } => key,
        }
    }
}

impl From<KeyChange> for OrgFact {
    fn from(change: KeyChange) -> Self {
        match change {
            KeyChange::Succeeded { successor } => Self::CheckpointKeySucceeded { successor },
            KeyChange::Retired { retired } => Self::CheckpointKeyRetired { retired },
        }
    }
}

impl OrgFact {
    /// What it says of the keys of checkpoints; none if it is about authority.
    pub const fn key_change(&self) -> Option<KeyChange> {
        match self {
            Self::CheckpointKeySucceeded { successor } => Some(KeyChange::Succeeded {
                successor: *successor,
            }),
            Self::CheckpointKeyRetired { retired } => {
                Some(KeyChange::Retired { retired: *retired })
            }
            Self::OrganisationRegistered { .. }
            | Self::RoleGranted { .. }
            | Self::RoleRevoked { .. }
            | Self::PrincipalBound { .. }
            | Self::PrincipalUnbound { .. }
            | Self::TokenIssued { .. }
            | Self::TokenRevoked { .. }
            | Self::SigningKeyAdded { .. }
            | Self::SigningKeyRotated { .. }
            | Self::SigningKeyRevoked { .. }
            | Self::SignaturesRequired { .. }
            | Self::ApprovalRequired { .. }
            | Self::ActApproved { .. }
            | Self::ActRejected { .. }
            | Self::RetentionSet { .. } => None,
        }
    }

    /// Whether it is an administrative act, which waits for a second organisation where approval is required.
    /// Approvals and rejections do not wait, and keys of checkpoints are changed where their files are.
    pub const fn is_act(&self) -> bool {
        match self {
            Self::OrganisationRegistered { .. }
            | Self::RoleGranted { .. }
            | Self::RoleRevoked { .. }
            | Self::PrincipalBound { .. }
            | Self::PrincipalUnbound { .. }
            | Self::TokenIssued { .. }
            | Self::TokenRevoked { .. }
            | Self::SigningKeyAdded { .. }
            | Self::SigningKeyRotated { .. }
            | Self::SigningKeyRevoked { .. }
            | Self::SignaturesRequired { .. }
            | Self::ApprovalRequired { .. }
            | Self::RetentionSet { .. } => true,
            Self::ActApproved { .. }
            | Self::ActRejected { .. }
            | Self::CheckpointKeySucceeded { .. }
            | Self::CheckpointKeyRetired { .. } => false,
        }
    }
}
