//! What a backup takes from a ledger, also from one that is being served: the journal up to its durable end, and the
//! newest signed checkpoint in it.
//!
//! Each commit keeps the checkpoint of the commit before, so the newest one that is kept covers everything but the last
//! commit. Nothing is signed for a backup, and the derived store is never read.

use std::io::{self, Write};

use caseledger_chain::LedgerId;
use caseledger_store::{
    CopyError, CopySegment, Head, JournalCopy, LogError, Meta, MetaError, open_regular,
};

use crate::{
    paths::LedgerPaths,
    restore::{Since, SinceError},
    sidecar,
};

/// A ledger that is to be copied, as it was at one moment.
#[derive(Debug)]
pub struct Source {
    meta: Meta,
    journal: JournalCopy,
}

/// A ledger cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no ledger.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The journal cannot be read, or is damaged.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl Source {
    /// Looks at the ledger at `paths`.
    ///
    /// # Errors
    /// [`SourceError`] when there is none, or its journal is damaged.
    pub fn open(paths: &LedgerPaths) -> Result<Self, SourceError> {
        let meta = Meta::read(paths.store())?;
        let journal = JournalCopy::open(paths.store().journal(), meta.ledger())?;
        Ok(Self { meta, journal })
    }

    /// The id of the ledger.
    pub fn ledger(&self) -> LedgerId {
        self.meta.ledger()
    }

    /// The name under which its checkpoints are signed.
    pub fn origin(&self) -> &str {
        self.meta.origin()
    }

    /// Where the journal ends: durable, and all that was acknowledged when this was opened.
    pub const fn head(&self) -> Head {
        self.journal.head()
    }

    /// The segments of the journal in order; there is at least one.
    pub fn segments(&self) -> &[CopySegment] {
        self.journal.segments()
    }

    /// Writes the bytes of a segment to `out` and checks them on the way. Each commit in it is shown: the head behind
    /// it, and the signed checkpoint that it keeps, if it keeps one.
    ///
    /// # Errors
    /// [`CopyError`]; what was written is then of no use.
    pub fn copy(
        &self,
        segment: &CopySegment,
        out: &mut dyn Write,
        each: &mut dyn FnMut(Head, Option<&[u8]>),
    ) -> Result<(), CopyError> {
        self.journal.copy(segment, out, &mut |frame| {
            let mut sidecars = frame.sidecars();
            let kept = sidecars.find(|(kind, _)| *kind == sidecar::CHECKPOINT);
            each(frame.end(), kept.map(|(_, note)| note));
        })
    }
}

/// The entries of a ledger behind a head are not told.
#[derive(Debug, thiserror::Error)]
pub enum BehindError {
    /// They do not follow that head.
    #[error(transparent)]
    Since(#[from] SinceError),
    /// The journal could not be read.
    #[error(transparent)]
    Copy(#[from] CopyError),
}

impl Source {
    /// What this ledger has behind `from`, a head that it must have had.
    ///
    /// # Errors
    /// [`BehindError`] when it never had that head, or cannot be read.
    pub fn behind(&self, from: Head) -> Result<Since, BehindError> {
        let mut since = Since::behind(self.ledger(), from);
        let mut failed = None;
        let segments = self.segments().iter();
        for segment in segments.filter(|segment| segment.end().size > from.size) {
            self.journal.copy(segment, &mut io::sink(), &mut |frame| {
                let entries = frame.entries().zip(frame.first().get()..);
                for (entry, _) in entries.filter(|(_, position)| *position >= from.size.get()) {
                    if failed.is_none() {
                        failed = since.push(entry).err();
                    }
                }
            })?;
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
        since.ends_in(self.head())?;
        Ok(since)
    }
}

/// The meta file of the ledger at `paths`: which one it is, and which keys are its own.
///
/// # Errors
/// [`MetaError::Io`] if it cannot be opened.
pub fn meta_file(paths: &LedgerPaths) -> Result<std::fs::File, MetaError> {
    Ok(open_regular(&paths.store().meta())?)
}

/// Which ledger lies at `paths`: its id, and the name under which it signs checkpoints.
///
/// # Errors
/// [`MetaError`] if there is none.
pub fn which(paths: &LedgerPaths) -> Result<(LedgerId, String), MetaError> {
    let meta = Meta::read(paths.store())?;
    Ok((meta.ledger(), meta.origin().to_owned()))
}
