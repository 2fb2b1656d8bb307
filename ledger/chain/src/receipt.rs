//! Receipts: one file that proves, with a public key and nothing else, that an entry is in the
//! ledger.
//!
//! A receipt is a tlog-proof text whose extra data is the exact bytes of the entry. Nothing in
//! the file is believed: the entry is hashed and must lead, through the proof, to the root that
//! the log signed.

use std::error::Error;
use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::digest::{Digest, chain_hash, leaf_hash};
use crate::entry::{DecodeError, EntryRef, HEADER_LEN, Header};
use crate::key::VerifierKey;
use crate::position::Position;
use crate::tlog_proof::{TlogProof, TlogProofError};
use crate::tree::{VerifyError, verify_inclusion};

/// An entry that is proven to be in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReceipt {
    entry: Vec<u8>,
    header: Header,
    chain_hash: Digest,
    checkpoint: Checkpoint,
}

/// Which piece of a receipt does not match the others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The checkpoint is malformed, of another log, or not signed by its key.
    Checkpoint(CheckpointError),
    /// The extra data is not an entry.
    Entry(DecodeError),
    /// The entry and the proof do not lead to the root in the checkpoint.
    Inclusion(VerifyError),
    /// The proof carries no entry, so it is not a receipt.
    NoEntry,
    /// The proof carries another entry than the one to be proven.
    OtherEntry {
        /// Leaf hash of the entry to be proven.
        expected: Digest,
        /// Leaf hash of the entry in the proof.
        found: Digest,
    },
    /// The entry says it stands elsewhere than the proof says.
    Position {
        /// Position in the entry.
        entry: Position,
        /// Index in the proof.
        proof: Position,
    },
    /// The text is not a tlog-proof.
    Proof(TlogProofError),
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint(error) => write!(f, "receipt refused: {error}"),
            Self::Entry(error) => write!(f, "entry in the receipt: {error}"),
            Self::Inclusion(error) => {
                write!(
                    f,
                    "entry does not match the checkpoint in the receipt: {error}"
                )
            }
            Self::NoEntry => f.write_str(
                "proof has no extra data, expected the entry: verify it together with the entry",
            ),
            Self::OtherEntry { expected, found } => write!(
                f,
                "proof carries the entry with leaf hash {found}, expected {expected}"
            ),
            Self::Position { entry, proof } => {
                write!(
                    f,
                    "entry has position {entry}, but the proof has index {proof}"
                )
            }
            Self::Proof(error) => write!(f, "receipt refused: {error}"),
        }
    }
}

impl Error for ReceiptError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Checkpoint(error) => Some(error),
            Self::Entry(error) => Some(error),
            Self::Inclusion(error) => Some(error),
            Self::Proof(error) => Some(error),
            Self::NoEntry | Self::OtherEntry { .. } | Self::Position { .. } => None,
        }
    }
}

impl VerifiedReceipt {
    /// The header of the entry.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The body of the entry, not interpreted.
    pub fn body(&self) -> &[u8] {
        self.entry.get(HEADER_LEN..).unwrap_or_default()
    }

    /// The whole entry.
    pub fn entry(&self) -> &[u8] {
        &self.entry
    }

    /// The hash by which later entries name this one.
    pub const fn chain_hash(&self) -> Digest {
        self.chain_hash
    }

    /// The checkpoint that covers the entry.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

/// Verifies a receipt file against the key of the log.
///
/// Every byte counts: the text has one spelling. The one exception is what tlog-checkpoint asks
/// for: signature lines of keys other than `key` are ignored.
///
/// # Errors
///
/// Says which piece does not match, and both sides.
pub fn verify_receipt(text: &str, key: &VerifierKey) -> Result<VerifiedReceipt, ReceiptError> {
    let mut proof = TlogProof::parse(text).map_err(ReceiptError::Proof)?;
    let entry = proof.extra.take().ok_or(ReceiptError::NoEntry)?;
    verify(entry, &proof, key)
}

/// Verifies that an entry at hand is in the ledger, by a proof that may carry the entry or not.
///
/// # Errors
///
/// As [`verify_receipt`], and when the proof carries another entry.
pub fn verify_proof(
    entry: &[u8],
    tlog_proof: &str,
    key: &VerifierKey,
) -> Result<VerifiedReceipt, ReceiptError> {
    let proof = TlogProof::parse(tlog_proof).map_err(ReceiptError::Proof)?;
    if let Some(other) = proof.extra.as_ref().filter(|extra| *extra != entry) {
        return Err(ReceiptError::OtherEntry {
            expected: leaf_hash(entry),
            found: leaf_hash(other),
        });
    }
    verify(entry.to_vec(), &proof, key)
}

fn verify(
    entry: Vec<u8>,
    proof: &TlogProof,
    key: &VerifierKey,
) -> Result<VerifiedReceipt, ReceiptError> {
    let header = EntryRef::decode(&entry)
        .map_err(ReceiptError::Entry)?
        .into_header();
    if header.position != proof.index {
        return Err(ReceiptError::Position {
            entry: header.position,
            proof: proof.index,
        });
    }
    let checkpoint =
        Checkpoint::open(proof.checkpoint.as_bytes(), key).map_err(ReceiptError::Checkpoint)?;
    let Checkpoint { size, root, .. } = &checkpoint;
    verify_inclusion(&leaf_hash(&entry), proof.index, *size, &proof.proof, root)
        .map_err(ReceiptError::Inclusion)?;
    Ok(VerifiedReceipt {
        chain_hash: chain_hash(&entry),
        entry,
        header,
        checkpoint,
    })
}
