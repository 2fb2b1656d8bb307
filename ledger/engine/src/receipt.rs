//! The receipt of one entry: its exact bytes, and the proof that a signed checkpoint covers them.
//!
//! Receipts of a fresh commit share the group they came from, and the proof text is made when it
//! is asked for, on the caller's thread: the writer spends nothing on it. Receipts of older
//! entries are made from the tree. Both are the same bytes.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use caseledger_chain::{Digest, Position, TlogProof, chain_hash};
use caseledger_domain::{Flags, StreamId};
use caseledger_store::Commit;

use crate::{error::ReadError, prover::Prover, stored::Stored, tree::GroupProofs};

/// A durable commit group, as its receipts need it.
pub(crate) struct Committed {
    pub(crate) commit: Arc<Commit>,
    /// Chain hash of each entry.
    pub(crate) chains: Vec<Digest>,
    pub(crate) proofs: GroupProofs,
    /// The signed checkpoint of the group.
    pub(crate) note: Arc<str>,
}

/// The receipt of one entry.
#[derive(Clone)]
pub struct Receipt {
    position: Position,
    stream: StreamId,
    revision: u64,
    flags: Flags,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Fresh {
        group: Arc<Committed>,
        index: usize,
    },
    Recorded {
        prover: Prover,
        entry: Bytes,
        chain: Digest,
    },
}

impl Receipt {
    pub(crate) fn fresh(
        group: &Arc<Committed>,
        index: usize,
        stream: StreamId,
        revision: u64,
        flags: Flags,
    ) -> Self {
        let position = Position::new(group.commit.first().get() + index as u64);
        let source = Source::Fresh {
            group: Arc::clone(group),
            index,
        };
        Self {
            position,
            stream,
            revision,
            flags,
            source,
        }
    }

    pub(crate) fn recorded(prover: &Prover, entry: Bytes, stored: &Stored) -> Self {
        let chain = chain_hash(&entry);
        Self {
            position: stored.header.position,
            stream: stored.stream,
            revision: stored.header.revision,
            flags: stored.event.flags,
            source: Source::Recorded {
                prover: prover.clone(),
                entry,
                chain,
            },
        }
    }

    /// Where the entry stands.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The stream it belongs to.
    pub const fn stream(&self) -> StreamId {
        self.stream
    }

    /// Its revision in the stream, from 0.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// What was out of the ordinary about it.
    pub const fn flags(&self) -> Flags {
        self.flags
    }

    /// The hash by which later entries name it.
    pub fn chain_hash(&self) -> Digest {
        match &self.source {
            Source::Fresh { group, index } => {
                group.chains.get(*index).copied().unwrap_or(Digest::ZERO)
            }
            Source::Recorded { chain, .. } => *chain,
        }
    }

    /// Its exact bytes.
    pub fn entry(&self) -> &[u8] {
        match &self.source {
            Source::Fresh { group, index } => group.commit.entry(*index),
            Source::Recorded { entry, .. } => entry,
        }
    }

    /// The `tlog-proof` text: inclusion proof and signed checkpoint, without the entry. The same
    /// bytes whenever it is asked for.
    ///
    /// # Errors
    /// [`ReadError`] when the proof of an older entry cannot be made. Never for one just recorded.
    pub fn tlog_proof(&self) -> Result<String, ReadError> {
        self.render(None)
    }

    /// The receipt file: the `tlog-proof` text with the entry inside, complete by itself.
    ///
    /// # Errors
    /// As for [`Self::tlog_proof`].
    pub fn file(&self) -> Result<String, ReadError> {
        self.render(Some(self.entry()))
    }

    fn render(&self, extra: Option<&[u8]>) -> Result<String, ReadError> {
        let mut text = String::with_capacity(2_048);
        match &self.source {
            Source::Fresh { group, .. } => {
                let proof: Vec<_> = group.proofs.inclusion(self.position.get()).collect();
                TlogProof::render_into(&mut text, self.position, &proof, extra, &group.note);
            }
            Source::Recorded { prover, .. } => {
                let (proof, note) = prover.proof(self.position)?;
                TlogProof::render_into(&mut text, self.position, &proof, extra, &note);
            }
        }
        Ok(text)
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("position", &self.position)
            .field("stream", &self.stream)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}
