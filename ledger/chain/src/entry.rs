//! The entry: the bytes that are stored, served, hashed and proven.
//!
//! An entry is a header of [`HEADER_LEN`] bytes followed by a body whose meaning is unknown here.
//! All numbers are big-endian and every field has a fixed offset, so that a verifier in another
//! language needs a few lines. `docs/FORMAT.md` is the specification; [`offset`] is its table.
//!
//! An entry is encoded once. Nothing is ever re-encoded to verify it: [`EntryRef`] borrows the
//! bytes that were hashed.

use crate::digest::Digest;
use crate::id::{LedgerId, MessageId, StreamKey, SubmitterId};
use crate::position::Position;

pub use self::error::{DecodeError, EntryError, HeaderFault};

mod error;

/// Length of the header, in bytes. The body starts here.
pub const HEADER_LEN: usize = 239;

/// Length of the longest entry, in bytes: an entry bundle carries a 16-bit length (tlog-tiles).
pub const ENTRY_MAX: usize = 65_535;

/// Length of the longest body, in bytes.
pub const BODY_MAX: usize = ENTRY_MAX - HEADER_LEN;

/// The first three bytes of every entry.
pub const MAGIC: [u8; 3] = *b"CLE";

/// The entry format this crate writes, and the only one it reads.
pub const VERSION: u8 = 1;

/// Offset of each header field from the start of the entry, in bytes.
pub mod offset {
    use super::HEADER_LEN;

    /// `MAGIC`, 3 bytes.
    pub const MAGIC: usize = 0;
    /// Format version, 1 byte.
    pub const VERSION: usize = 3;
    /// Ledger id, 16 bytes.
    pub const LEDGER: usize = 4;
    /// Position, 8 bytes.
    pub const POSITION: usize = 20;
    /// Recording time, 8 bytes.
    pub const RECORDED_AT: usize = 28;
    /// Chain hash of the previous entry, 32 bytes.
    pub const PREV: usize = 36;
    /// Stream kind, 1 byte.
    pub const STREAM_KIND: usize = 68;
    /// Stream id, 16 bytes.
    pub const STREAM_ID: usize = 69;
    /// Revision, 8 bytes.
    pub const REVISION: usize = 85;
    /// Chain hash of the previous entry of the stream, 32 bytes.
    pub const STREAM_PREV: usize = 93;
    /// Submitter id, 16 bytes.
    pub const SUBMITTER: usize = 125;
    /// Sequence number given by the submitter, 8 bytes.
    pub const SUBMITTER_SEQ: usize = 141;
    /// Message id, 16 bytes.
    pub const MESSAGE_ID: usize = 149;
    /// Part, 2 bytes.
    pub const PART: usize = 165;
    /// Parts, 2 bytes.
    pub const PARTS: usize = 167;
    /// Content digest, 32 bytes.
    pub const CONTENT: usize = 169;
    /// Private commitment, 32 bytes.
    pub const COMMITMENT: usize = 201;
    /// Body type, 2 bytes.
    pub const BODY_TYPE: usize = 233;
    /// Body version, 2 bytes.
    pub const BODY_VERSION: usize = 235;
    /// Body length, 2 bytes.
    pub const BODY_LEN: usize = 237;

    const _: () = assert!(BODY_LEN + 2 == HEADER_LEN);
}

/// The header of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The ledger the entry belongs to.
    pub ledger: LedgerId,
    /// Index of the entry in the ledger.
    pub position: Position,
    /// When the ledger recorded the entry: microseconds since 1970-01-01T00:00:00Z. It never
    /// goes backwards from one position to the next.
    pub recorded_at: u64,
    /// [`chain_hash`](crate::chain_hash) of the entry before; zero at position 0.
    pub prev: Digest,
    /// The stream the entry belongs to.
    pub stream: StreamKey,
    /// Index of the entry in its stream, from 0.
    pub revision: u64,
    /// [`chain_hash`](crate::chain_hash) of the entry before in the stream; zero at revision 0.
    pub stream_prev: Digest,
    /// Who submitted it.
    pub submitter: SubmitterId,
    /// The submitter's own sequence number; 0 when none was given.
    pub submitter_seq: u64,
    /// The submission it came in: the idempotency key, unique per submitter.
    pub message_id: MessageId,
    /// Index of the entry among those committed for the submission, from 0.
    pub part: u16,
    /// How many entries were committed for the submission, at least 1. They stand at contiguous
    /// positions and are in the ledger all or none.
    pub parts: u16,
    /// Digest of what was submitted, compared when the same message id comes again.
    pub content: Digest,
    /// Salted commitment to private data held elsewhere; zero when there is none.
    pub commitment: Digest,
    /// What the body is.
    pub body_type: u16,
    /// Version of the body type.
    pub body_version: u16,
}

impl Header {
    /// What every valid header keeps, checked alike when writing and when reading.
    fn check(&self) -> Result<(), HeaderFault> {
        if (self.position == Position::ZERO) != self.prev.is_zero() {
            return Err(HeaderFault::Predecessor {
                position: self.position,
                prev: self.prev,
            });
        }
        if (self.revision == 0) != self.stream_prev.is_zero() {
            return Err(HeaderFault::StreamPredecessor {
                revision: self.revision,
                stream_prev: self.stream_prev,
            });
        }
        if self.part >= self.parts {
            return Err(HeaderFault::Part {
                part: self.part,
                parts: self.parts,
            });
        }
        Ok(())
    }
}

/// Appends the entry made of `header` and `body` to `out`. On an error nothing is appended.
///
/// # Errors
///
/// Refuses a body longer than [`BODY_MAX`], and a header that [`EntryRef::decode`] would refuse.
pub fn encode(header: &Header, body: &[u8], out: &mut Vec<u8>) -> Result<(), EntryError> {
    let body_len = match u16::try_from(body.len()) {
        Ok(len) if body.len() <= BODY_MAX => len,
        Ok(_) | Err(_) => return Err(EntryError::BodyTooLong { found: body.len() }),
    };
    header.check()?;

    let mut bytes = [0; HEADER_LEN];
    let mut writer = Writer { rest: &mut bytes };
    writer.put(MAGIC);
    writer.put([VERSION]);
    writer.put(header.ledger.to_bytes());
    writer.put(header.position.get().to_be_bytes());
    writer.put(header.recorded_at.to_be_bytes());
    writer.put(header.prev.to_bytes());
    writer.put([header.stream.kind]);
    writer.put(header.stream.id);
    writer.put(header.revision.to_be_bytes());
    writer.put(header.stream_prev.to_bytes());
    writer.put(header.submitter.to_bytes());
    writer.put(header.submitter_seq.to_be_bytes());
    writer.put(header.message_id.to_bytes());
    writer.put(header.part.to_be_bytes());
    writer.put(header.parts.to_be_bytes());
    writer.put(header.content.to_bytes());
    writer.put(header.commitment.to_bytes());
    writer.put(header.body_type.to_be_bytes());
    writer.put(header.body_version.to_be_bytes());
    writer.put(body_len.to_be_bytes());

    out.reserve(HEADER_LEN + body.len());
    out.extend_from_slice(&bytes);
    out.extend_from_slice(body);
    Ok(())
}

/// A decoded entry that borrows the exact bytes it was read from.
#[derive(Clone, Debug)]
pub struct EntryRef<'a> {
    header: Header,
    bytes: &'a [u8],
    body: &'a [u8],
}

impl<'a> EntryRef<'a> {
    /// Reads one entry, which must be all of `bytes`.
    ///
    /// It checks what an entry can show by itself. Whether it belongs where it stands is the
    /// business of [`ChainCheck`](crate::ChainCheck) and of the proofs.
    ///
    /// # Errors
    ///
    /// Refuses missing and trailing bytes, another magic or version, and a header whose fields
    /// contradict each other.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let Some((head, body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Err(DecodeError::HeaderTooShort { found: bytes.len() });
        };
        if bytes.len() > ENTRY_MAX {
            return Err(DecodeError::TooLong { found: bytes.len() });
        }
        let mut reader = Reader { rest: head };
        let magic = reader.take();
        if magic != MAGIC {
            return Err(DecodeError::Magic { found: magic });
        }
        let [version] = reader.take();
        if version != VERSION {
            return Err(DecodeError::Version { found: version });
        }
        let header = Header {
            ledger: LedgerId::from_bytes(reader.take()),
            position: Position::new(reader.u64()),
            recorded_at: reader.u64(),
            prev: Digest::from_bytes(reader.take()),
            stream: StreamKey {
                kind: reader.u8(),
                id: reader.take(),
            },
            revision: reader.u64(),
            stream_prev: Digest::from_bytes(reader.take()),
            submitter: SubmitterId::from_bytes(reader.take()).map_err(DecodeError::Submitter)?,
            submitter_seq: reader.u64(),
            message_id: MessageId::from_bytes(reader.take()),
            part: reader.u16(),
            parts: reader.u16(),
            content: Digest::from_bytes(reader.take()),
            commitment: Digest::from_bytes(reader.take()),
            body_type: reader.u16(),
            body_version: reader.u16(),
        };
        let declared = usize::from(reader.u16());
        if body.len() < declared {
            return Err(DecodeError::BodyTooShort {
                expected: declared,
                found: body.len(),
            });
        }
        if body.len() > declared {
            return Err(DecodeError::TrailingBytes {
                offset: HEADER_LEN + declared,
                found: body.len() - declared,
            });
        }
        header.check().map_err(DecodeError::Header)?;
        Ok(Self {
            header,
            bytes,
            body,
        })
    }

    /// The header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The header, without the borrow of the bytes.
    pub fn into_header(self) -> Header {
        self.header
    }

    /// The body, not interpreted.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The whole entry: what is hashed.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// Fills a header field by field. The field widths add up to [`HEADER_LEN`], which the golden
/// entries in the tests pin.
struct Writer<'a> {
    rest: &'a mut [u8],
}

impl Writer<'_> {
    fn put<const N: usize>(&mut self, field: [u8; N]) {
        if let Some((slot, rest)) = std::mem::take(&mut self.rest).split_first_chunk_mut() {
            *slot = field;
            self.rest = rest;
        }
    }
}

/// Reads a header field by field, the mirror of [`Writer`].
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.rest.split_first_chunk() {
            Some((field, rest)) => {
                self.rest = rest;
                *field
            }
            None => [0; N],
        }
    }

    fn u8(&mut self) -> u8 {
        let [byte] = self.take();
        byte
    }

    fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.take())
    }
}
