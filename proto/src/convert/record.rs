//! Entries as receipts and as events that people can read.

use bytes::Bytes;
use caseledger_chain::{DecodeError, Digest, EntryRef, Header, chain_hash};
use caseledger_domain::{Event, Flags, IdError, StreamId, StreamKind};

use super::stream::stream_ref;
use super::view::flags as put_flags;
use crate::event_codec::{BodyError, decode_both};
use crate::pb::event::v1 as event;
use crate::pb::v1 as pb;

/// Why the bytes of an entry cannot be read as an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// No entry.
    #[error("not an entry")]
    Entry(#[from] DecodeError),
    /// A stream of an unknown kind.
    #[error("stream kind {found} is unknown; read it with a newer release")]
    StreamKind {
        /// The kind in the header.
        found: u8,
    },
    /// A stream id that is none of its kind.
    #[error("stream id in the entry header")]
    StreamId(#[from] IdError),
    /// No event.
    #[error(transparent)]
    Body(#[from] BodyError),
}

/// The receipt of an entry that was just recorded. `chain_hash` is that of `entry`, and
/// `tlog_proof` its inclusion proof and checkpoint without an `extra` line.
pub fn receipt(
    header: &Header,
    stream: &StreamId,
    flags: Flags,
    chain_hash: Digest,
    entry: Bytes,
    tlog_proof: String,
) -> pb::Receipt {
    pb::Receipt {
        position: header.position.get(),
        chain_hash: digest(chain_hash),
        entry,
        tlog_proof,
        stream: Some(stream_ref(stream)),
        revision: header.revision,
        flags: put_flags(flags),
    }
}

/// The receipt of a stored entry: the same message as [`receipt`] gave when it was recorded.
///
/// # Errors
/// [`RecordError`] if the bytes are no entry, or not one that this release knows.
pub fn receipt_of_entry(entry: Bytes, tlog_proof: String) -> Result<pb::Receipt, RecordError> {
    let decoded = EntryRef::decode(&entry)?;
    let (stream, event, _) = read_entry(&decoded)?;
    let header = decoded.into_header();
    let hash = chain_hash(&entry);
    Ok(receipt(
        &header,
        &stream,
        event.flags,
        hash,
        entry,
        tlog_proof,
    ))
}

/// An entry, read.
///
/// # Errors
/// [`RecordError`] if it is not an entry that this release knows.
pub fn recorded_event(entry: &EntryRef<'_>) -> Result<pb::RecordedEvent, RecordError> {
    let (stream, _, event) = read_entry(entry)?;
    let header = entry.header();
    Ok(pb::RecordedEvent {
        position: header.position.get(),
        recorded_at_us: header.recorded_at,
        stream: Some(stream_ref(&stream)),
        revision: header.revision,
        submitter: header.submitter.as_str().to_owned(),
        submitter_sequence: header.submitter_seq,
        message_id: Bytes::copy_from_slice(&header.message_id.to_bytes()),
        part: u32::from(header.part),
        parts: u32::from(header.parts),
        chain_hash: digest(chain_hash(entry.bytes())),
        event: Some(event),
    })
}

fn read_entry(entry: &EntryRef<'_>) -> Result<(StreamId, Event, event::Event), RecordError> {
    let header = entry.header();
    let found = header.stream.kind;
    let kind = StreamKind::from_number(found).ok_or(RecordError::StreamKind { found })?;
    let stream = StreamId::from_parts(kind, header.stream.id)?;
    let (read, wire) = decode_both(header.body_type, header.body_version, entry.body())?;
    Ok((stream, read, wire))
}

fn digest(digest: Digest) -> Bytes {
    Bytes::copy_from_slice(&digest.to_bytes())
}
