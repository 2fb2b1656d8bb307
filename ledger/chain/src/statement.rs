//! What a submitter signs, before the ledger has seen it: who states what, under which message.
//!
//! The key of the log says that an entry is in the ledger. A submitter's own key says that the entry is the submitter's:
//! whoever edits the log with the log's key in hand cannot sign for a court. `docs/FORMAT.md` has every byte.

use std::error::Error;
use std::fmt;

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::id::{LedgerId, MessageId, SubmitterId};
use crate::key::SigningKey;

/// What the bytes begin with. A note cannot begin so: it has no byte 0x00.
const STATEMENT: &[u8] = b"caseledger v1 statement\0";

/// What the bytes under a commitment begin with.
const SUBJECT: &[u8] = b"caseledger v1 subject\0";

/// Length of a salt in bytes.
pub const SALT_LEN: usize = 32;

/// The commitment to what a post is about, which stands in the entry while the subject itself does not:
/// SHA-256 over a context, a random salt, and the subject. Without the salt nobody can try subjects out.
pub fn subject_commitment(salt: &[u8; SALT_LEN], subject: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(SUBJECT);
    hash.update(salt);
    hash.update(subject);
    Digest::from_bytes(hash.finalize().into())
}

/// Of one post: the bytes that stand in its entry, and the commitment to those that do not.
#[derive(Clone, Copy, Debug)]
pub struct PostedParts<'a> {
    /// The public part, exactly as the submitter encoded it.
    pub public: &'a [u8],
    /// See [`subject_commitment`].
    pub commitment: Digest,
}

/// The bytes that a submitter signs, one statement for each submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmitterStatement(Vec<u8>);

impl SubmitterStatement {
    /// The statement that `submitter`, acting in the role with that number, makes to one ledger under one message id.
    /// `sequence` is the submitter's own number, 0 if it keeps none. A submission has at most 65,535 posts.
    pub fn new<'a>(
        ledger: LedgerId,
        submitter: SubmitterId,
        role: u16,
        message: MessageId,
        sequence: u64,
        posts: impl ExactSizeIterator<Item = PostedParts<'a>>,
    ) -> Self {
        let mut bytes = Vec::with_capacity(84 + 64 * posts.len());
        bytes.extend(STATEMENT);
        bytes.extend(ledger.to_bytes());
        bytes.extend(submitter.to_bytes());
        bytes.extend(role.to_be_bytes());
        bytes.extend(message.to_bytes());
        bytes.extend(sequence.to_be_bytes());
        bytes.extend((posts.len() as u16).to_be_bytes());
        for post in posts {
            bytes.extend(Sha256::digest(post.public));
            bytes.extend(post.commitment.to_bytes());
        }
        Self(bytes)
    }

    /// The bytes that are signed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Signs it.
    pub fn sign(&self, key: &SigningKey) -> [u8; 64] {
        key.sign_bytes(&self.0)
    }

    /// Whether the signature is by that key and over this statement. Whose key it is, is another question.
    ///
    /// # Errors
    ///
    /// [`StatementError`] says whether it is the key or the signature.
    pub fn verify(&self, key: &[u8; 32], signature: &[u8; 64]) -> Result<(), StatementError> {
        let key = VerifyingKey::from_bytes(key).map_err(|_opaque| StatementError::Key)?;
        // Strict: with the lenient rules a signature of a crafted key can hold for two statements.
        key.verify_strict(&self.0, &Signature::from_bytes(signature))
            .map_err(|_opaque| StatementError::Signature)
    }
}

/// Why a statement is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementError {
    /// The 32 bytes are no public key.
    Key,
    /// The key did not make the signature over this statement, or is a weak one.
    Signature,
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key is no Ed25519 public key, expected 32 bytes of a point on the curve",
            Self::Signature => "signature is not that of the key over this statement",
        })
    }
}

impl Error for StatementError {}
