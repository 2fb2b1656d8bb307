//! Receipts: verified before anybody sees them.

use bytes::Bytes;
use caseledger_chain::{
    Checkpoint, Digest, EntryRef, HEADER_LEN, Header, Position, ReceiptError, StreamKey, TlogProof,
    chain_hash, leaf_hash, verify_inclusion,
};
use caseledger_proto::pb::v1::{self, stream_ref::Stream};

use crate::trust::{Trust, TrustError};

/// An entry that is proven to be in the ledger.
#[derive(Clone, Debug)]
pub struct Receipt {
    header: Header,
    proof: TlogProof,
    checkpoint: Checkpoint,
    chain_hash: Digest,
    pb: v1::Receipt,
}

/// Why a receipt is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// Entry, proof and checkpoint do not belong together.
    #[error(transparent)]
    Proof(#[from] ReceiptError),
    /// The checkpoint is not one that can be trusted.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// What the receipt says beside the entry is not what the entry says.
    #[error("receipt says {field} {said}, but its entry says {entry}")]
    Contradiction {
        /// Which statement.
        field: &'static str,
        /// What the receipt says.
        said: String,
        /// What the entry says.
        entry: String,
    },
    /// The entry is another one than was asked for or posted.
    #[error("{field} of the entry is {found}, expected {expected}")]
    Other {
        /// What is compared.
        field: &'static str,
        /// What was asked for or posted.
        expected: String,
        /// What stands in the entry.
        found: String,
    },
    /// The reply lacks a part that every reply has.
    #[error("reply has no {0}")]
    Missing(&'static str),
    /// The body of an entry is no event.
    #[error("body of the entry at position {0} is no event")]
    Body(Position),
    /// What was signed is recorded without the signature, or with another one.
    #[error("the entries from position {0} on do not bear the signature that was given")]
    NotSigned(Position),
    /// What was posted is not what was recorded.
    #[error("post {post} is not what the entries at positions {first} to {last} record")]
    NotPosted {
        /// Index of the post in the submission.
        post: usize,
        /// First position of the submission.
        first: Position,
        /// Last position of the submission.
        last: Position,
    },
}

impl Receipt {
    /// Verifies a receipt: entry, inclusion proof, signed checkpoint, and everything said beside.
    ///
    /// # Errors
    /// [`Disbelief`] names the piece that does not match, and both sides.
    pub fn verify(pb: v1::Receipt, trust: &Trust) -> Result<Self, Disbelief> {
        let proof = TlogProof::parse(&pb.tlog_proof).map_err(ReceiptError::Proof)?;
        let header = EntryRef::decode(&pb.entry)
            .map_err(ReceiptError::Entry)?
            .into_header();
        if header.position != proof.index {
            let (entry, proof) = (header.position, proof.index);
            return Err(ReceiptError::Position { entry, proof }.into());
        }
        let checkpoint = trust.open(&proof.checkpoint)?;
        let leaf = leaf_hash(&pb.entry);
        verify_inclusion(
            &leaf,
            proof.index,
            checkpoint.size,
            &proof.proof,
            &checkpoint.root,
        )
        .map_err(ReceiptError::Inclusion)?;
        trust.ledger(header.ledger)?;
        let chain_hash = chain_hash(&pb.entry);
        let receipt = Self {
            header,
            proof,
            checkpoint,
            chain_hash,
            pb,
        };
        receipt.check_what_stands_beside()?;
        Ok(receipt)
    }

    fn check_what_stands_beside(&self) -> Result<(), Disbelief> {
        let Self { header, pb, .. } = self;
        agree("position", &pb.position, &header.position.get())?;
        agree("revision", &pb.revision, &header.revision)?;
        let said = hex(&pb.chain_hash);
        agree("chain hash", &said, &self.chain_hash.to_string())?;
        let stream = pb
            .stream
            .as_ref()
            .and_then(stream_key)
            .ok_or(Disbelief::Missing("stream"))?;
        let text = |key: &StreamKey| format!("{}/{}", key.kind, hex(&key.id));
        agree("stream", &text(&stream), &text(&header.stream))
    }

    /// Where the entry stands.
    pub const fn position(&self) -> Position {
        self.header.position
    }

    /// Its header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The hash by which later entries name it.
    pub const fn chain_hash(&self) -> Digest {
        self.chain_hash
    }

    /// The checkpoint that covers it.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Its exact bytes.
    pub const fn entry(&self) -> &Bytes {
        &self.pb.entry
    }

    /// Its body, a `caseledger.event.v1.Event`.
    pub fn body(&self) -> &[u8] {
        self.pb.entry.get(HEADER_LEN..).unwrap_or_default()
    }

    /// The message it came in.
    pub const fn message(&self) -> &v1::Receipt {
        &self.pb
    }

    /// The text of a receipt file: with it and the public key anybody can verify the entry
    /// offline, for ever.
    pub fn file(&self) -> String {
        let TlogProof {
            index,
            proof,
            checkpoint,
            ..
        } = &self.proof;
        let mut text = String::new();
        TlogProof::render_into(&mut text, *index, proof, Some(&self.pb.entry), checkpoint);
        text
    }
}

fn agree<T: PartialEq + ToString>(
    field: &'static str,
    said: &T,
    entry: &T,
) -> Result<(), Disbelief> {
    if said == entry {
        return Ok(());
    }
    Err(Disbelief::Contradiction {
        field,
        said: said.to_string(),
        entry: entry.to_string(),
    })
}

/// The stream of an entry header that a reference stands for.
fn stream_key(stream: &v1::StreamRef) -> Option<StreamKey> {
    let bytes = |bytes: &Bytes| <[u8; 16]>::try_from(bytes.as_ref()).ok();
    let text = |text: &str| {
        let mut id = [0; 16];
        id.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(id)
    };
    let (kind, id) = match stream.stream.as_ref()? {
        Stream::CaseId(id) => (v1::StreamKind::Case, bytes(id)),
        Stream::Initiative(slug) => (v1::StreamKind::Initiative, text(slug)),
        Stream::Cohort(slug) => (v1::StreamKind::Cohort, text(slug)),
        Stream::FilingId(id) => (v1::StreamKind::Filing, bytes(id)),
        Stream::OrderId(id) => (v1::StreamKind::Order, bytes(id)),
        Stream::Announcement(slug) => (v1::StreamKind::Announcement, text(slug)),
        Stream::Org(slug) => (v1::StreamKind::Org, text(slug)),
    };
    Some(StreamKey {
        kind: u8::try_from(i32::from(kind)).ok()?,
        id: id?,
    })
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
