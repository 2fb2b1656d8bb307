//! What an entry hashes to, and what proves that it is in the ledger.
//!
//! Everything a verifier needs is here, and nothing else: no input or output, no clock, no
//! randomness, no threads. The body of an entry is opaque. `docs/FORMAT.md` specifies every byte
//! and is complete without this code.
//!
//! ```text
//! header + body --encode--> entry bytes --chain_hash--> prev of the next entry, globally and
//!                                |                      once more in its stream
//!                            leaf_hash
//!                                |
//!                   RFC 6962 tree --root--> Checkpoint --sign--> note
//!                                |                                |
//!                         inclusion_proof ----------------> receipt file
//! ```
//!
//! Chain and tree are two independent statements about the same bytes. The chain lets anyone who
//! holds a run of entries check it without keys; the tree is what is signed and proven. They are
//! never mixed inside one proof.
//!
//! What is kept:
//!
//! - A hash covers exactly the bytes that are stored. Nothing is re-encoded to verify.
//! - Every text and every entry has one form. Decoders refuse any other, so that a changed byte
//!   is never a different spelling of the same thing.
//! - What is parsed but not verified has its own type or says so in its name.
//!
//! # Example
//!
//! ```
//! use caseledger_chain::{
//!     Checkpoint, MemoryTree, Origin, Position, SigningKey, inclusion_proof, leaf_hash,
//!     verify_inclusion,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::from_seed("ledger.example/audit".parse()?, &[7; 32]);
//! let tree: MemoryTree = [&b"first"[..], b"second"].into_iter().map(leaf_hash).collect();
//! let origin = Origin::parse("ledger.example/audit")?;
//! let signed = Checkpoint::new(origin, tree.size(), tree.root()).sign(&key)?;
//!
//! // What follows needs the public key, the note and the proof only.
//! let proof = inclusion_proof(&tree, Position::new(1), tree.size())?;
//! let checkpoint = Checkpoint::open(signed.note().as_bytes(), key.verifier())?;
//! let leaf = leaf_hash(b"second");
//! verify_inclusion(&leaf, Position::new(1), checkpoint.size, &proof, &checkpoint.root)?;
//! # Ok(())
//! # }
//! ```

pub use base64::Base64Error;
pub use checkpoint::{
    Checkpoint, CheckpointError, Extension, Origin, SignedCheckpoint, UnverifiedCheckpoint,
};
pub use cosign::{CosigningKey, TimeError};
pub use digest::{Digest, chain_hash, empty_root, leaf_hash, node_hash};
pub use entry::{
    BODY_MAX, DecodeError, ENTRY_MAX, EntryError, EntryRef, HEADER_LEN, Header, HeaderFault, encode,
};
pub use hex::HexError;
pub use id::{LedgerId, MessageId, StreamKey, SubmitterId, SubmitterIdError};
pub use key::{Algorithm, KeyError, KeyId, KeyName, KeyNameError, SigningKey, VerifierKey};
pub use link::{ChainCheck, ChainHead, LinkError, LinkFault, MessagePart};
pub use note::{Note, NoteError, OpenNote, Statement, VerifiedSignature};
pub use policy::{Policy, PolicyError, PolicyFault, PolicyLog, PolicyWitness, QuorumVerdict};
pub use position::{Position, Size};
pub use receipt::{ReceiptError, VerifiedReceipt, verify_proof, verify_receipt};
pub use statement::{
    PostedParts, SALT_LEN, StatementError, SubmitterStatement, subject_commitment,
};
pub use tile::{
    BundleError, BundleId, NodeInTile, TILE_WIDTH, TileError, TileId, decode_bundle,
    push_bundle_entry,
};
pub use tlog_proof::{TlogProof, TlogProofError};
pub use tree::{
    Frontier, FrontierError, MemoryTree, MissingNode, NodeSource, ProofError, VerifyError,
    consistency_proof, inclusion_proof, root, verify_consistency, verify_inclusion,
};
pub use witness::{AddCheckpoint, AddCheckpointError, Cosignature, Refusal, judge};

mod base64;
mod checkpoint;
mod cosign;
mod decimal;
mod digest;
pub mod entry;
mod hex;
mod id;
mod key;
mod link;
mod note;
mod policy;
mod position;
mod receipt;
mod statement;
mod tile;
mod tlog_proof;
mod tree;
mod witness;
