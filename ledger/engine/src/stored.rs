//! Reading what the ledger wrote: entry bytes into what they say.

use caseledger_chain::{DecodeError, EntryRef, Header, StreamKey, SubmitterId};
use caseledger_domain::{Event, IdError, OrgId, StreamId, StreamKind};
use caseledger_proto::event_codec::{BodyError, decode_event};

/// Entry bytes that do not say anything.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// Not an entry.
    #[error("not an entry: {0}")]
    Entry(#[from] DecodeError),
    /// A body that is no event.
    #[error("not an event: {0}")]
    Body(#[from] BodyError),
    /// A stream kind that does not exist.
    #[error("unknown stream kind {found}")]
    StreamKind {
        /// The number in the header.
        found: u8,
    },
    /// Bytes that are no identifier.
    #[error("not an identifier: {0}")]
    Id(#[from] IdError),
}

/// The stream that a header names.
pub(crate) fn stream_id(key: StreamKey) -> Result<StreamId, StoredError> {
    let kind =
        StreamKind::from_number(key.kind).ok_or(StoredError::StreamKind { found: key.kind })?;
    Ok(StreamId::from_parts(kind, key.id)?)
}

/// How a header names a stream.
pub(crate) fn stream_key(stream: &StreamId) -> StreamKey {
    StreamKey {
        kind: stream.kind().number(),
        id: stream.id_bytes(),
    }
}

/// The organisation that a header names.
pub(crate) fn org_id(submitter: SubmitterId) -> Result<OrgId, StoredError> {
    Ok(OrgId::from_bytes(submitter.to_bytes())?)
}

/// An entry taken apart.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) header: Header,
    pub(crate) stream: StreamId,
    pub(crate) org: OrgId,
    pub(crate) event: Event,
}

impl Stored {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoredError> {
        let entry = EntryRef::decode(bytes)?;
        let (body_type, version) = (entry.header().body_type, entry.header().body_version);
        let event = decode_event(body_type, version, entry.body())?;
        let header = entry.into_header();
        let (stream, org) = (stream_id(header.stream)?, org_id(header.submitter)?);
        Ok(Self {
            header,
            stream,
            org,
            event,
        })
    }
}
