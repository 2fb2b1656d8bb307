//! What can be said of an entry by itself. Any number of workers do it at once.

use caseledger_chain::{
    DecodeError, Digest, EntryRef, Header, StreamKey, SubmitterId, chain_hash, leaf_hash,
};
use caseledger_domain::{Event, OrgId, StreamId, StreamKind};
use caseledger_proto::event_codec::{Body, Signed, decode_body};
use caseledger_proto::{Posted, PostedError};

use crate::{batch::Batch, fault::ContentError, signature};

/// A batch with everything that its entries say by themselves.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) batch: Batch,
    pub(crate) entries: Vec<Entry>,
    /// The first entry whose published leaf hash is another, with that hash, and how many there
    /// are.
    pub(crate) tile_differs: Option<(usize, Digest, u32)>,
}

/// An entry taken apart.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) leaf: Digest,
    pub(crate) chain: Digest,
    pub(crate) read: Result<Read, DecodeError>,
}

/// An entry that is one.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) header: Header,
    pub(crate) said: Result<Said, ContentError>,
}

/// What an entry says.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stream: StreamId,
    pub(crate) org: OrgId,
    pub(crate) event: Event,
    /// What the submitter signed, of the first entry of a signed post.
    pub(crate) signed: Option<Signed>,
    /// The commitment to the private part that was kept with the entry.
    pub(crate) private: Option<Digest>,
    /// What was signed, read.
    pub(crate) posted: Option<Result<Posted, PostedError>>,
    /// What verifying the signature came to, of the first entry of a submission whose entries were all at hand.
    pub(crate) verified: Option<signature::Verified>,
}

/// Takes every entry of a batch apart, into an empty list.
pub(crate) fn prepare(batch: Batch, mut entries: Vec<Entry>) -> Prepared {
    entries.extend(batch.entries().map(|bytes| Entry {
        leaf: leaf_hash(bytes),
        chain: chain_hash(bytes),
        read: read(bytes),
    }));
    signature::verify_whole(&mut entries);
    let tile_differs = batch.tile().and_then(|tile| compare(&entries, tile));
    Prepared {
        batch,
        entries,
        tile_differs,
    }
}

/// Reads one entry.
pub(crate) fn read(bytes: &[u8]) -> Result<Read, DecodeError> {
    let entry = EntryRef::decode(bytes)?;
    let said = said(entry.header(), entry.body());
    let header = entry.into_header();
    Ok(Read { header, said })
}

fn said(header: &Header, body: &[u8]) -> Result<Said, ContentError> {
    let Body {
        event,
        signed,
        private,
    } = decode_body(header.body_type, header.body_version, body)?;
    Ok(Said {
        stream: stream_id(header.stream)?,
        org: org_id(header.submitter)?,
        event,
        posted: signed.as_ref().map(|signed| Posted::read(&signed.public)),
        signed,
        private,
        verified: None,
    })
}

fn stream_id(key: StreamKey) -> Result<StreamId, ContentError> {
    let kind =
        StreamKind::from_number(key.kind).ok_or(ContentError::StreamKind { found: key.kind })?;
    Ok(StreamId::from_parts(kind, key.id)?)
}

fn org_id(submitter: SubmitterId) -> Result<OrgId, ContentError> {
    Ok(OrgId::from_bytes(submitter.to_bytes())?)
}

fn compare(entries: &[Entry], tile: &[u8]) -> Option<(usize, Digest, u32)> {
    let (hashes, _) = tile.as_chunks::<{ Digest::LEN }>();
    let published = |at: usize| hashes.get(at).copied().map(Digest::from_bytes);
    let differs = |at: &usize| entries.get(*at).map(|entry| entry.leaf) != published(*at);
    let first = (0..entries.len()).find(differs)?;
    let count = (first..entries.len()).filter(differs).count();
    Some((
        first,
        published(first).unwrap_or(Digest::ZERO),
        count as u32,
    ))
}
