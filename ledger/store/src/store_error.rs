//! Failures of the derived store, without naming the engine behind it.

/// Longest snapshot name in bytes.
pub const SNAPSHOT_NAME_MAX: usize = 64;

/// A failure of the derived store. The journal is not affected by any of these.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine returned an error.
    #[error("cannot {op}")]
    Engine {
        /// What was attempted.
        op: &'static str,
        /// The engine's answer.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine panicked; the panic was contained.
    #[error("the engine panicked in {op}")]
    Panicked {
        /// What was attempted.
        op: &'static str,
    },
    /// A value does not have the shape this crate writes.
    #[error("the value for {what} {key} is malformed or missing")]
    Malformed {
        /// The kind of record.
        what: &'static str,
        /// Its key as a number.
        key: u64,
    },
    /// A snapshot name outside the alphabet or length.
    #[error(
        "a snapshot name must be 1 to {} characters of a-z 0-9 . _ -",
        SNAPSHOT_NAME_MAX
    )]
    SnapshotName,
}

/// Whether `name` may name a snapshot.
pub(crate) fn check_snapshot_name(name: &str) -> Result<(), StoreError> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    if name.is_empty() || name.len() > SNAPSHOT_NAME_MAX || !name.bytes().all(allowed) {
        return Err(StoreError::SnapshotName);
    }
    Ok(())
}
