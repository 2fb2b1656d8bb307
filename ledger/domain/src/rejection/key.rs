//! The rules for keys of checkpoints.

/// Why a fact about the keys of checkpoints was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRule {
    /// One key of checkpoints is replaced at a time.
    #[error("another key of checkpoints is being replaced; retire it first")]
    RotationUnderWay,
    /// Nothing to retire.
    #[error("no key of checkpoints has a successor; rotate first")]
    NoRotation,
    /// A key that was replaced does not come back, and none replaces itself.
    #[error("the successor is or was a key of this ledger; make a new one")]
    UsedBefore,
    /// Another key than the one that was replaced.
    #[error("the key named is not the one that has a successor; retire that one")]
    NotThePresent,
}
