//! Proofs and checkpoints, for anybody who does not want to take our word.

use std::{fmt, sync::Arc};

use caseledger_chain::{
    Checkpoint, Digest, Position, ProofError, Size, VerifierKey, consistency_proof, empty_root,
    inclusion_proof, root,
};

use crate::{
    error::{ReadError, SignError},
    identity::Identity,
    receipt::Receipt,
    shared::Shared,
    stored::Stored,
    tree::{self, NodeError, Nodes},
};

/// The newest signed checkpoint: the one of the last commit group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestCheckpoint {
    /// How many entries it covers.
    pub size: Size,
    /// Root of the tree over them.
    pub root: Digest,
    /// The signed note.
    pub note: Arc<str>,
}

impl LatestCheckpoint {
    /// Signs a checkpoint. Only for states of the log that are durable: a signature is for ever.
    pub(crate) fn sign(identity: &Identity, size: Size, root: Digest) -> Result<Self, SignError> {
        let checkpoint = Checkpoint::new(identity.origin().clone(), size, root);
        let signed = identity.signers().sign(&checkpoint)?;
        Ok(Self {
            size,
            root,
            note: signed.into_note().into(),
        })
    }

    pub(crate) fn empty(identity: &Identity) -> Result<Self, SignError> {
        Self::sign(identity, Size::ZERO, empty_root())
    }
}

/// Makes proofs. A handle: clones are cheap and may be used from any thread.
#[derive(Clone)]
pub struct Prover {
    shared: Arc<Shared>,
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover")
            .field("ledger", &self.shared.identity)
            .finish_non_exhaustive()
    }
}

impl Prover {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The key that checks what comes from here.
    pub fn verifier(&self) -> &VerifierKey {
        self.shared.identity.verifier()
    }

    /// The newest signed checkpoint; of size 0 for a ledger without entries.
    pub fn latest(&self) -> LatestCheckpoint {
        self.shared.latest()
    }

    /// The receipt of an entry: the one its poster got, byte for byte.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a position the ledger does not have; otherwise a failing store.
    pub fn receipt(&self, position: Position) -> Result<Receipt, ReadError> {
        let size = self.shared.tree().size();
        if !size.contains(position) {
            return Err(ReadError::Beyond {
                asked: position.get(),
                size,
            });
        }
        let entry = self
            .shared
            .log
            .entry(position)?
            .ok_or(ReadError::Missing(position))?;
        let stored =
            Stored::decode(&entry).map_err(|source| ReadError::Entry { position, source })?;
        Ok(Receipt::recorded(self, entry, &stored))
    }

    /// The receipts of a submission whose first entry stands at `first`.
    pub(crate) fn receipts(&self, first: Position, parts: u16) -> Result<Vec<Receipt>, ReadError> {
        let positions = first.get()..first.get().saturating_add(parts.into());
        positions
            .map(|position| self.receipt(Position::new(position)))
            .collect()
    }

    /// The hashes that lead from an entry to the root of the tree of `size` entries.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a size the ledger does not have; [`ReadError::Proof`] for a position
    /// outside it or a failing store.
    pub fn inclusion(&self, position: Position, size: Size) -> Result<Vec<Digest>, ReadError> {
        self.with_nodes(size, |nodes| inclusion_proof(nodes, position, size))
    }

    /// The hashes that lead from the tree of `old` entries to that of `new`.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a size the ledger does not have; [`ReadError::Proof`] for an old size
    /// above the new one or a failing store.
    pub fn consistency(&self, old: Size, new: Size) -> Result<Vec<Digest>, ReadError> {
        self.with_nodes(new, |nodes| consistency_proof(nodes, old, new))
    }

    /// The root of the tree of the first `size` entries.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] for a size the ledger does not have; otherwise a failing store.
    pub fn root(&self, size: Size) -> Result<Digest, ReadError> {
        self.with_nodes(size, |nodes| root(nodes, size))
    }

    /// The inclusion proof and the checkpoint that the receipt of an entry carries: those of its
    /// commit group.
    pub(crate) fn proof(&self, position: Position) -> Result<(Vec<Digest>, Arc<str>), ReadError> {
        let size = self.shared.tree().group_size(position);
        let size = size.ok_or(ReadError::Missing(position))?;
        let proof = self.inclusion(position, size)?;
        Ok((proof, self.checkpoint(size)?))
    }

    /// The signed checkpoint of a commit group. What was recorded is taken; what is not recorded,
    /// because a crash came first or the store was rebuilt, is signed again: the signature is
    /// deterministic, so the bytes are the same.
    pub(crate) fn checkpoint(&self, size: Size) -> Result<Arc<str>, ReadError> {
        let latest = self.shared.latest();
        if latest.size == size {
            return Ok(latest.note);
        }
        if let Some(last) = size.last()
            && let Some((found, note)) = self.shared.log.checkpoint_covering(last)?
            && found == size
            && let Ok(note) = String::from_utf8(note)
        {
            return Ok(note.into());
        }
        let root = self.root(size)?;
        Ok(LatestCheckpoint::sign(&self.shared.identity, size, root)?.note)
    }

    fn with_nodes<T>(
        &self,
        size: Size,
        make: impl Fn(&Nodes<'_>) -> Result<T, ProofError<NodeError>>,
    ) -> Result<T, ReadError> {
        // Not locked from here on: the tree only grows.
        let known = self.shared.tree().size();
        if size > known {
            return Err(ReadError::Beyond {
                asked: size.get(),
                size: known,
            });
        }
        Ok(tree::prove(&*self.shared.log, || self.shared.tree(), make)?)
    }
}
