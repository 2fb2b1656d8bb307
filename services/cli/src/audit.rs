//! Verifying a whole published log without trusting who published it.
//!
//! ```text
//! checkpoint --signature--> size, root
//! bundles, fetched ahead --> replay (caseledger-audit) --> leaves, tiles, root, chain, rules, totals
//!                                       compared with tiles as published, and the signed root
//! ```
//!
//! Everything that is compared is derived from the entries. A checkpoint whose signature does not
//! hold is still read, to say what else is wrong; nothing it says is believed.

use std::sync::Arc;

use bytes::Bytes;
use caseledger_chain::{
    Checkpoint, CheckpointError, Note, Policy, QuorumVerdict, UnverifiedCheckpoint, VerifierKey,
};
use caseledger_client::{AnySource, LogSource as _, SourceError};
use tokio::runtime::Handle;

use self::pass::Pass;
use crate::exit::{Exit, Failure};

mod fault;
mod fetch;
mod follow;
mod keys;
mod pass;
mod report;

pub(crate) use fault::{LogFault, LogNotChecked};
pub(crate) use follow::{Advance, Following};
pub(crate) use report::LogReport;

/// What a log says of itself, and whether its key signed that.
#[derive(Debug)]
struct Stated {
    /// The checkpoint; none if the note is no checkpoint at all.
    checkpoint: Option<Checkpoint>,
    /// Why it is not to be believed.
    refused: Option<CheckpointError>,
}

impl Stated {
    fn read(note: &[u8], key: &VerifierKey) -> Self {
        match Checkpoint::open(note, key) {
            Ok(checkpoint) => Self {
                checkpoint: Some(checkpoint),
                refused: None,
            },
            Err(refused) => Self {
                checkpoint: unsigned(note),
                refused: Some(refused),
            },
        }
    }
}

/// What a note says that the key did not sign.
fn unsigned(note: &[u8]) -> Option<Checkpoint> {
    let checkpoint = UnverifiedCheckpoint::parse(note).ok()?;
    Some(checkpoint.into_unverified())
}

/// Whether the witnesses that a policy asks for have cosigned. A note that is none was told before.
fn witnessed(note: &[u8], key: &VerifierKey, policy: &Policy, report: &mut LogReport) {
    match Note::open(note, &policy.keys(key)) {
        Ok(note) => match policy.satisfied(&note) {
            QuorumVerdict::Reached { cosigned } => report.cosigned(cosigned),
            QuorumVerdict::Missing {
                cosigned,
                missing,
                quorum,
            } => {
                report.cosigned(cosigned);
                report.add(None, LogFault::Witnesses { quorum, missing });
            }
        },
        Err(error) => report.add(None, LogFault::Cosignature { error }),
    }
}

/// Verifies a published log. Of a log that is smaller than `since`, or not its continuation, the
/// report says so.
///
/// # Errors
/// [`Failure`] if nobody answers. What was found is in the report.
pub(crate) async fn verify(
    source: AnySource,
    key: VerifierKey,
    since: Option<Checkpoint>,
    policy: Option<Policy>,
) -> Result<LogReport, Failure> {
    let note = match source.checkpoint().await {
        Ok(note) => Ok(note),
        Err(SourceError::Absent { .. }) => Ok(Bytes::new()),
        Err(malformed @ SourceError::Malformed { .. }) => Err(malformed),
        Err(error) => return Err(Failure::new(Exit::Unavailable, error)),
    };
    let source = Arc::new(source);
    let handle = Handle::current();
    // The replay blocks while enough is on its way.
    let verified = tokio::task::spawn_blocking(move || {
        let mut report = LogReport::new(&key, since.is_some());
        let stated = match note {
            Ok(note) if note.is_empty() => Err(LogFault::NoCheckpoint),
            Ok(note) => Ok(note),
            Err(malformed) => Err(LogFault::Malformed(malformed)),
        };
        let note = match stated {
            Ok(note) => note,
            Err(fault) => {
                report.add(None, fault);
                report.not_checked(LogNotChecked::Everything);
                return Ok(report);
            }
        };
        let Stated {
            checkpoint,
            refused,
        } = Stated::read(&note, &key);
        let signed = refused.is_none();
        match (refused, policy) {
            (Some(error), _) => report.add(None, LogFault::Checkpoint { error }),
            (None, Some(policy)) => witnessed(&note, &key, &policy, &mut report),
            (None, None) => {}
        }
        match checkpoint {
            Some(checkpoint) => {
                Pass::new(source, handle, (checkpoint, signed), since, &mut report).run()?;
            }
            None => report.not_checked(LogNotChecked::Everything),
        }
        Ok(report)
    });
    verified.await?
}
