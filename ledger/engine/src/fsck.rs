//! The independent check of a whole ledger.
//!
//! Everything is derived again from the journal, by other code than the writer's: entries, chain,
//! tree, messages, the state of every stream and the views by `caseledger-audit`, which strangers
//! use as well; checkpoints, look-up records and private parts here, because only the journal has them.
//! Then the derived store is compared with it.
//!
//! Three answers are told apart and never merged:
//!
//! * **integrity**: what is there is what was recorded, and obeys the rules;
//! * **completeness**: nothing that was recorded or given out is missing;
//! * **not checked**: what could not be looked at. It never counts as good.
//!
//! The ledger must not be running. With [`Depth::Journal`] nothing is written, so that a backup on
//! read-only media can be checked; [`Depth::Everything`] opens the derived store, which repairs it
//! from the journal where it must and says so here.

mod derived;
mod finding;
mod forgetting;
mod journal;
mod private;

use std::{fs, path::PathBuf};

use caseledger_chain::{Digest, Position, Size, VerifierKey};
use caseledger_store::{Head, LogError, Meta, MetaError};

pub use caseledger_audit::SequenceGap;
pub use finding::{Fault, Finding, NotChecked, Place};

use crate::{index_file, keys, limits, paths::LedgerPaths};

/// How much to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The journal alone. Nothing is written.
    Journal,
    /// The journal, and everything derived from it.
    Everything,
}

/// What a check is doing, with the entries it has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Deriving everything from the journal.
    Journal(Size),
    /// Comparing the derived store.
    Store(Size),
    /// Comparing saved state.
    SavedState,
}

/// One of the two questions, answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was looked at and nothing was found.
    Ok,
    /// Something was found.
    Findings,
    /// Nothing was found, but not everything could be looked at.
    Undecided,
}

/// What a check found.
#[derive(Debug)]
pub struct Report {
    /// Where the journal ends.
    pub head: Head,
    /// Root of the tree over its entries.
    pub root: Digest,
    /// What is there and is not right.
    pub integrity: Vec<Finding>,
    /// What should be there and is not.
    pub completeness: Vec<Finding>,
    /// What could not be looked at.
    pub not_checked: Vec<NotChecked>,
    /// Findings beyond the limit of those kept.
    pub more: u64,
    /// Holes in submitters' own numbers. Each is a finding, too.
    pub sequence_gaps: Vec<SequenceGap>,
    /// Whether the ledger declares who may state what. If not, roles alone were judged.
    pub authority_declared: bool,
    /// Bytes of a last frame that was never acknowledged, cut by opening the store.
    pub torn_bytes_cut: u64,
}

impl Report {
    const fn new() -> Self {
        Self {
            head: Head::EMPTY,
            root: Digest::ZERO,
            integrity: Vec::new(),
            completeness: Vec::new(),
            not_checked: Vec::new(),
            more: 0,
            sequence_gaps: Vec::new(),
            authority_declared: false,
            torn_bytes_cut: 0,
        }
    }

    /// Whether what is there is right.
    pub fn integrity(&self) -> Verdict {
        self.verdict(&self.integrity)
    }

    /// Whether nothing is missing.
    pub fn completeness(&self) -> Verdict {
        self.verdict(&self.completeness)
    }

    /// Whether both questions are answered well.
    pub fn is_ok(&self) -> bool {
        self.integrity() == Verdict::Ok && self.completeness() == Verdict::Ok
    }

    fn verdict(&self, findings: &[Finding]) -> Verdict {
        match (findings, &self.not_checked[..]) {
            ([], []) if self.more == 0 => Verdict::Ok,
            ([], _) => Verdict::Undecided,
            ([_, ..], _) => Verdict::Findings,
        }
    }

    fn wrong(&mut self, position: Option<Position>, place: Option<Place>, fault: Fault) {
        self.keep(
            true,
            Finding {
                position,
                place,
                fault,
            },
        );
    }

    fn missing(&mut self, position: Option<Position>, place: Option<Place>, fault: Fault) {
        self.keep(
            false,
            Finding {
                position,
                place,
                fault,
            },
        );
    }

    fn keep(&mut self, integrity: bool, finding: Finding) {
        if self.integrity.len() + self.completeness.len() >= limits::FINDINGS_MAX {
            self.more += 1;
        } else if integrity {
            self.integrity.push(finding);
        } else {
            self.completeness.push(finding);
        }
    }
}

/// A check could not even begin.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There is no ledger.
    #[error("{path} holds no ledger that can be checked: {source}")]
    Meta {
        /// The data folder.
        path: PathBuf,
        /// What is wrong with its meta file.
        #[source]
        source: MetaError,
    },
    /// The key is that of another ledger.
    #[error("key of {found}, expected one of {expected}")]
    OtherKey {
        /// Origin of the ledger.
        expected: String,
        /// Name of the key.
        found: String,
    },
    /// The ledger is running.
    #[error("{path} is in use: stop the server, or check a copy")]
    Running {
        /// The data folder.
        path: PathBuf,
    },
    /// The system gives no threads to replay the entries with.
    #[error("cannot replay the entries: {0}")]
    Threads(#[source] std::io::Error),
    /// The journal cannot be listed.
    #[error(transparent)]
    Journal(#[from] LogError),
}

/// Checks the ledger at `paths`, whose checkpoints `key` signed: its present key, or one that it had or will have. Never panics on any bytes.
///
/// # Errors
/// [`CheckError`] when there is nothing to check or the ledger is running; everything else is in
/// the report.
pub fn check(
    paths: &LedgerPaths,
    key: &VerifierKey,
    depth: Depth,
    progress: &dyn Fn(Stage),
) -> Result<Report, CheckError> {
    let data = paths.data().to_owned();
    let meta = Meta::read(paths.store()).map_err(|source| CheckError::Meta {
        path: data.clone(),
        source,
    })?;
    if meta.origin() != key.name().as_str() {
        let (expected, found) = (meta.origin().to_owned(), key.name().to_string());
        return Err(CheckError::OtherKey { expected, found });
    }
    // The lock the store takes, so that nothing is written while it is read. On read-only media
    // there may be none, and nobody to write either.
    let lock = fs::File::open(data.join("lock")).ok();
    if lock.as_ref().is_some_and(|lock| lock.try_lock().is_err()) {
        return Err(CheckError::Running { path: data });
    }
    let mut report = Report::new();
    // Where another key is pinned than the ledger began with, the log has to name it.
    let pinned = *key == *meta.verifier()
        || !keys::in_front_of_damage(paths).is_ok_and(|succession| succession.contains(key));
    let first = if pinned { key } else { meta.verifier() };
    let derived = journal::derive(paths, &meta, first.clone(), &mut report, progress)?;
    drop(lock);
    // Where the older one was used it is needed: a start is refused, and destroys nothing.
    let used = |finding: &Finding| matches!(finding.fault, Fault::TokenGeneration { .. });
    if derived.index_at_hand && !report.integrity.iter().any(used) {
        let present = derived.age.generation;
        match index_file::before(paths.keys(), present) {
            Ok(before) => {
                for found in before {
                    report.wrong(None, None, Fault::IndexKeyOlder { found, present });
                }
            }
            Err(error) => report.not_checked.push(NotChecked::IndexKeys(error)),
        }
    }
    match depth {
        Depth::Journal => derived.settle_tail(&mut report),
        Depth::Everything => derived::compare(paths, derived, &mut report, progress),
    }
    Ok(report)
}
