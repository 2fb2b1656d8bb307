//! One refusal as a line.

use serde::{Deserialize, Serialize};

/// One refusal. Everything in it is of a closed set, or a number, or a hash: nothing that a poster
/// wrote stands here as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Number of the line in the log, from 1.
    #[serde(rename = "n")]
    pub(crate) number: u64,
    /// When it was refused: microseconds since 1970-01-01T00:00:00Z.
    pub(crate) at: u64,
    /// Organisation that posted, as far as it was known.
    pub(crate) org: Option<String>,
    /// Code of the role in which it did, or asked to.
    pub(crate) role: Option<String>,
    /// One of the reasons of docs/API.md.
    pub(crate) reason: String,
    /// Every rule that failed, where several did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<String>,
    /// Method of the call.
    pub(crate) method: Option<String>,
    /// The poster's message id, 32 hexadecimal digits.
    pub(crate) message: Option<String>,
    /// Keyed digest of the content, 64 hexadecimal digits: what the entries would have carried.
    pub(crate) content: Option<String>,
    /// The poster's trace, 32 hexadecimal digits.
    pub(crate) trace: Option<String>,
    /// Refusals of the same organisation before this one that have no line.
    #[serde(default)]
    pub(crate) left_out: u64,
}
