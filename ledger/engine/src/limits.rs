//! Every bound of the engine in one place.
//!
//! A queue, a group or a message without a bound here does not exist. The assertions below tie the
//! bounds to the formats they must fit into.

use std::time::Duration;

use caseledger_chain::{BODY_MAX, ENTRY_MAX};
use caseledger_proto::PRIVATE_PART_MAX;
use caseledger_store::Commit;
use caseledger_vault::{PART_MAX, RECORD_OVERHEAD};

use crate::sidecar::DATA_KEY_LEN;

/// Jobs that may wait for the writer. The next one is refused at once.
pub const QUEUE_JOBS_MAX: usize = 8_192;

/// Submissions that may wait for the writer over all jobs. The next job is refused at once.
pub const QUEUE_SUBMISSIONS_MAX: usize = 65_536;

/// Bytes of encoded submissions that may wait for the writer over all jobs. The next job is refused at once, unless
/// nothing else waits: a job that is larger than this by itself still gets its turn.
pub const QUEUE_BYTES_MAX: usize = 64 << 20;

/// Submissions in one job.
pub const JOB_SUBMISSIONS_MAX: usize = 10_000;

/// Commands in one submission: an atomic set, not a bulk load.
pub const COMMANDS_MAX: usize = 100;

/// How far a submitter's own sequence number may be ahead of its highest one so far. Gaps are the
/// submitter's business; a slip of the pen must not use up the numbers that are left.
pub const SEQUENCE_AHEAD_MAX: u64 = 1_000_000;

/// Gaps that are kept of a submitter's numbers. A number that would make another one is refused until
/// missing ones come.
pub const SEQUENCE_GAPS_MAX: usize = 1_024;

/// Entries that one submission may lead to.
pub const SUBMISSION_ENTRIES_MAX: usize = 2_048;

/// Bytes of entries that one submission may lead to.
pub const SUBMISSION_BYTES_MAX: usize = 3 << 20;

/// Bytes of private parts in one submission, together and before they are sealed.
pub const PRIVATE_BYTES_MAX: usize = 256 << 10;

/// Entries in a commit group, after which it takes no further submission.
pub const GROUP_ENTRIES_MAX: usize = 4_096;

/// Bytes of entries in a commit group, after which it takes no further submission.
pub const GROUP_BYTES_MAX: usize = 4 << 20;

/// Commit groups that may wait for the views. A writer that is further ahead waits.
pub const PROJECTOR_GROUPS_MAX: usize = 64;

/// How long a read waits for the views to reach what was durable when it arrived.
pub const READ_WAIT_MAX: Duration = Duration::from_secs(10);

/// Entries that one history or log read returns at most.
pub const READ_ENTRIES_MAX: usize = 10_000;

/// Bytes of entries that one log read gathers at most.
pub const READ_BYTES_MAX: usize = 8 << 20;

/// New entries after which the state is saved, at least; a larger ledger saves after a quarter of
/// its size, so that saving never costs more than a constant share of appending.
pub const SNAPSHOT_EVERY: u64 = 250_000;

/// Length of the longest file with a key that is read, in bytes.
pub const KEY_FILE_MAX: u64 = 4_096;

/// Length of the longest file with an index key and its tokens, in bytes: those of some 29 million cases.
pub const INDEX_FILE_MAX: u64 = 1 << 30;

/// Findings that a check keeps; further ones are counted.
pub const FINDINGS_MAX: usize = 1_000;

// A group that is just short of its limit takes one more whole submission, its checkpoint and index key, its tokens, its
// private parts and their keys, and still fits a frame.
const SIDECAR_BYTES_MAX: usize = 41 * COMMANDS_MAX + 16_384;
const FRAMING_BYTES_MAX: usize = 2 * (GROUP_ENTRIES_MAX + SUBMISSION_ENTRIES_MAX) + 128;
const TOKEN_BYTES_MAX: usize = 41 * GROUP_ENTRIES_MAX;
const PART_FRAMING: usize = 5 + 8 + RECORD_OVERHEAD;
const PRIVATE_SIDECARS_MAX: usize =
    PRIVATE_BYTES_MAX + COMMANDS_MAX * (PART_FRAMING + 5 + DATA_KEY_LEN);
const _: () = assert!(
    GROUP_BYTES_MAX
        + SUBMISSION_BYTES_MAX
        + PRIVATE_SIDECARS_MAX
        + SIDECAR_BYTES_MAX
        + FRAMING_BYTES_MAX
        + TOKEN_BYTES_MAX
        < Commit::FRAME_BYTES_MAX
);
const _: () = assert!(PRIVATE_PART_MAX <= PART_MAX && PRIVATE_PART_MAX <= PRIVATE_BYTES_MAX);
const _: () = assert!(SUBMISSION_ENTRIES_MAX <= u16::MAX as usize);
const _: () = assert!(SUBMISSION_BYTES_MAX >= ENTRY_MAX);
const _: () = assert!(BODY_MAX < ENTRY_MAX);
const _: () = assert!(JOB_SUBMISSIONS_MAX <= QUEUE_SUBMISSIONS_MAX);
const _: () = assert!(COMMANDS_MAX <= SUBMISSION_ENTRIES_MAX);
