//! What can go wrong between a submission and its receipt, one type per area.
//!
//! | kind | type | what the caller does |
//! |---|---|---|
//! | refused by a rule | [`SubmitError::Refused`] | corrects the submission |
//! | contended | [`QueueError::Overloaded`] | waits and sends it again |
//! | not stored now | [`SubmitError::StoreUnavailable`] | sends it again later |
//! | broken | [`SubmitError::Stopped`] | asks for the submission's status after a restart |

use std::{sync::Arc, time::Duration};

use caseledger_chain::{Digest, Position, ProofError, Size, StatementError, VerifierKey};
use caseledger_domain::{CaseId, OrgId, Rejection};
use caseledger_store::{AppendError, LogError};

use crate::{private::KeysError, random::NoRandomness, stored::StoredError, tree::NodeError};

/// A checkpoint was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// It cannot be.
    #[error(transparent)]
    Checkpoint(#[from] caseledger_chain::CheckpointError),
    /// Nothing is signed: the ledger is open read-only, and of the commit that was asked for no checkpoint is kept.
    #[error(
        "no signed checkpoint of this commit is kept, and nothing is signed while the ledger is open read-only; ask where the ledger is open for writing"
    )]
    ReadOnly,
    /// A key that signed the checkpoint is not at hand: it was retired since, or its file is gone.
    #[error(
        "the checkpoint of size {size} is not kept, and key {key} that signed it is not at hand: put its file back into the key folder"
    )]
    NotHeld {
        /// Size of the checkpoint.
        size: Size,
        /// The key.
        key: Box<VerifierKey>,
    },
}

/// A job was not taken. Nothing of it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// As much waits already as may wait.
    #[error("{waiting} submissions wait for the writer, and no more may wait; send it again later")]
    Overloaded {
        /// Submissions that wait.
        waiting: usize,
    },
    /// More in one job than a job may hold.
    #[error("job of {found} submissions, expected 1 to {max}; split it")]
    JobSize {
        /// Submissions in the job.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// The ledger is open for reading only.
    #[error("the ledger is open read-only; nothing is recorded here")]
    ReadOnly,
    /// The engine is closing or has stopped after a failure.
    #[error("the writer has stopped; nothing is accepted until the ledger is opened again")]
    Stopped,
}

/// A submission was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// A rule refuses it. No command of it was recorded.
    #[error("command {command} is refused: {rejection}")]
    Refused {
        /// Index of the command in the submission.
        command: usize,
        /// The rule, with both sides.
        rejection: Rejection,
    },
    /// The submitter used the message id before, for something else.
    #[error(
        "message id was used at position {first} for content {expected}, this has content {found}; \
         use a new message id for a new message"
    )]
    MessageReused {
        /// Position of the first entry recorded under the message id.
        first: Position,
        /// Digest of what was submitted then.
        expected: Digest,
        /// Digest of what was submitted now.
        found: Digest,
    },
    /// The target is a case id that this ledger never gave out.
    #[error("command {command} names case {case}, which does not exist; use its case key")]
    NoSuchCase {
        /// Index of the command in the submission.
        command: usize,
        /// The case id.
        case: CaseId,
    },
    /// A duplicate is linked to a case that this ledger does not have.
    #[error(
        "command {command} links a duplicate to a case that does not exist; identify that case first"
    )]
    NoSuchCanonicalCase {
        /// Index of the command in the submission.
        command: usize,
    },
    /// No command, or more than an atomic set may hold.
    #[error("submission of {found} commands, expected 1 to {max}")]
    CommandCount {
        /// Commands found.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// The submitter's own number is too far ahead of the ones before.
    #[error(
        "submitter sequence {found} is more than {max} ahead of {last}, the highest before; send the \
         next number, or 0 if you keep none"
    )]
    SequenceAhead {
        /// The highest number so far; 0 if there is none.
        last: u64,
        /// The number given.
        found: u64,
        /// The limit.
        max: u64,
    },
    /// The organisation must sign what it submits, and did not.
    #[error(
        "{organisation} signs everything that it submits, and this bears no signature; sign it"
    )]
    SignatureRequired {
        /// Who submitted it.
        organisation: OrgId,
    },
    /// The signature is not over this submission.
    #[error(
        "the signature does not hold: {0}; sign this ledger, organisation, role, message id and sequence, and these posts"
    )]
    SignatureInvalid(#[source] StatementError),
    /// The key is not one of the organisation's, or not today.
    #[error(
        "key {key} is no signing key of {organisation} in force today; have the operator add it, or sign with another one"
    )]
    SigningKeyUnknown {
        /// Who submitted it.
        organisation: OrgId,
        /// The public key.
        key: Digest,
    },
    /// Something else was signed than is submitted.
    #[error("{found} posts are signed, and {expected} submitted")]
    SignedPosts {
        /// Posts that are signed.
        found: usize,
        /// Posts there are.
        expected: usize,
    },
    /// The submitter gave the number to another message before.
    #[error(
        "submitter sequence {number} was used at position {first} for another message; send a number \
         that is not used yet, or the same message id if it is the same message"
    )]
    SequenceUsed {
        /// The number given.
        number: u64,
        /// Position of the first entry of the message that has it.
        first: Position,
    },
    /// The submitter's numbers have as many gaps as are kept, and this one would make another.
    #[error(
        "submitter sequence {number} would leave more than {max} gaps; send the missing numbers \
         first, beginning with {missing}"
    )]
    SequenceGaps {
        /// The number given.
        number: u64,
        /// The first number that is missing.
        missing: u64,
        /// The limit.
        max: usize,
    },
    /// What it leads to does not fit: an entry, or the entries together.
    #[error("submission leads to {found} {what}, the limit is {max}; split it")]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// How many.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// The commands lead to no entry at all, so there is nothing to acknowledge.
    #[error("submission leads to no entry")]
    NothingToRecord,
    /// What is private of it could not be kept; it was not recorded.
    #[error("private parts cannot be kept at the moment: {0}")]
    Private(#[from] KeysError),
    /// The system gave no random bytes for a new case id or a salt.
    #[error("no id or salt could be drawn: {0}")]
    NoRandomness(#[from] NoRandomness),
    /// It could not be stored now; it was certainly not recorded. Sending it again later is safe.
    #[error("the store takes no entries at the moment: {0}")]
    StoreUnavailable(#[source] Arc<AppendError>),
    /// The store could not be read while deciding; it was not recorded.
    #[error("the store could not be read: {0}")]
    Read(#[from] ReadError),
    /// The writer stopped. Whether it was recorded is known once the ledger is open again; sending
    /// it again then is safe.
    #[error(
        "the writer has stopped; ask for the status of the message when the ledger is open again"
    )]
    Stopped,
}

impl ReadError {
    /// Whether what was recorded is not there as it was: a matter for the operator and a check, not for another try.
    pub const fn is_damage(&self) -> bool {
        match self {
            Self::Log(LogError::Damaged(_)) | Self::Entry { .. } | Self::Missing(_) => true,
            Self::Log(
                LogError::Io { .. }
                | LogError::Store(_)
                | LogError::Beyond { .. }
                | LogError::Stopped,
            )
            | Self::Beyond { .. }
            | Self::Proof(_)
            | Self::Checkpoint(_)
            | Self::Behind { .. }
            | Self::State(_)
            | Self::Stopped => false,
        }
    }
}

/// Something could not be read or proven.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An entry does not hold what every entry holds.
    #[error("entry at position {position} cannot be read: {source}; check the ledger with fsck")]
    Entry {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        source: StoredError,
    },
    /// The log does not have an entry it must have.
    #[error("entry at position {0} is missing; check the ledger with fsck")]
    Missing(Position),
    /// Asked for something beyond the end.
    #[error("{asked} is beyond the ledger's size {size}")]
    Beyond {
        /// The position or size asked for.
        asked: u64,
        /// The size of the ledger.
        size: Size,
    },
    /// A proof could not be made.
    #[error("no proof: {0}")]
    Proof(#[from] ProofError<NodeError>),
    /// A checkpoint could not be signed.
    #[error("no checkpoint: {0}")]
    Checkpoint(#[from] SignError),
    /// The views did not reach the asked position in time.
    #[error("views are at size {reached} after {waited:?}, the ledger was at {wanted}; ask again")]
    Behind {
        /// What the ledger had when the read arrived.
        wanted: Size,
        /// What the views have.
        reached: Size,
        /// How long the read waited.
        waited: Duration,
    },
    /// A record in memory cannot be read: a defect of the program.
    #[error("the state of a stream cannot be read from memory")]
    State(#[source] postcard::Error),
    /// The engine has stopped after a failure.
    #[error("the engine has stopped; open the ledger again")]
    Stopped,
}
