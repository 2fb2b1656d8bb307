//! Verifying a whole published log without trusting who published it.
//!
//! ```text
//! checkpoint --signature--> size, root
//! bundles, fetched ahead --> replay (caseledger-audit) --> leaves, tiles, root, chain, rules, totals
//!                                       compared with tiles as published, and the signed root
//! ```
//!
//! Everything that is compared is derived from the entries. Of a log whose checkpoint the key did
//! not sign nothing else is read: whoever serves it could claim any size, and keep a verifier
//! reading for ever.

use std::sync::Arc;

use bytes::Bytes;
use caseledger_chain::{Checkpoint, Note, Policy, QuorumVerdict, VerifierKey};
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
pub(crate) use report::{LogReport, UNDECLARED, sequence_gap};

/// The note and what it says, if the key signed that.
fn stated(
    note: Result<Bytes, SourceError>,
    key: &VerifierKey,
) -> Result<(Bytes, Checkpoint), LogFault> {
    let note = note.map_err(LogFault::Malformed)?;
    if note.is_empty() {
        return Err(LogFault::NoCheckpoint);
    }
    match Checkpoint::open(&note, key) {
        Ok(checkpoint) => Ok((note, checkpoint)),
        Err(error) => Err(LogFault::Checkpoint { error }),
    }
}

/// Whether the witnesses that a policy asks for have cosigned.
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
        let (note, checkpoint) = match stated(note, &key) {
            Ok(stated) => stated,
            Err(fault) => {
                report.add(None, fault);
                report.not_checked(LogNotChecked::Everything);
                return Ok(report);
            }
        };
        if let Some(policy) = policy {
            witnessed(&note, &key, &policy, &mut report);
        }
        Pass::new(source, handle, checkpoint, since, &mut report).run()?;
        Ok(report)
    });
    verified.await?
}
