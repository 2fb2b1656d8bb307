//! Facts about an organisation: the keys that the operator signs checkpoints with.

use serde::{Deserialize, Serialize};

/// A fact about an organisation. Those about the keys of checkpoints are recorded where the key files are, and posted
/// by nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrgFact {
    /// From the checkpoint of this entry on a further key signs, which is to replace the present one.
    CheckpointKeySucceeded {
        /// The Ed25519 public key of the successor; its name is the origin, as that of every key of the ledger.
        successor: [u8; 32],
    },
    /// From the checkpoint of this entry on the key that was replaced signs no more.
    CheckpointKeyRetired {
        /// The Ed25519 public key that is retired.
        retired: [u8; 32],
    },
}
