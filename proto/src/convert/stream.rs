//! Streams: what posts are about and what reads name.

use bytes::Bytes;
use caseledger_domain::{CaseId, FilingId, OrderId, StreamId, StreamKind, Target};

use super::key::{court, take_case_key, take_filing, take_order};
use crate::field::{exact_bytes, parse};
use crate::pb::v1::{self as pb, stream_ref, target};
use crate::submission::Pseudonyms;
use crate::wire_error::{Reader, Why, WireErrors, read};

/// Reads the field `stream` of a message.
///
/// # Errors
/// [`WireErrors`] if it is missing or no identifier of its kind.
pub fn stream_id(wire: Option<&pb::StreamRef>) -> Result<StreamId, WireErrors> {
    read(|r| {
        let stream = r.present("stream", wire)?;
        r.field("stream", |r| take_stream(stream, r))
    })
}

pub(super) fn take_stream(wire: &pb::StreamRef, r: &mut Reader) -> Option<StreamId> {
    use stream_ref::Stream;

    Some(match &wire.stream {
        Some(Stream::CaseId(id)) => {
            StreamId::Case(CaseId::from_bytes(exact_bytes(id, "case_id", r)?))
        }
        Some(Stream::Initiative(id)) => StreamId::Initiative(parse(id, "initiative", r)?),
        Some(Stream::Cohort(id)) => StreamId::Cohort(parse(id, "cohort", r)?),
        Some(Stream::FilingId(id)) => {
            StreamId::Filing(FilingId::from_bytes(exact_bytes(id, "filing_id", r)?))
        }
        Some(Stream::OrderId(id)) => {
            StreamId::Order(OrderId::from_bytes(exact_bytes(id, "order_id", r)?))
        }
        Some(Stream::Org(id)) => StreamId::Org(parse(id, "org", r)?),
        None => {
            r.reject_here(Why::Missing);
            return None;
        }
    })
}

/// A stream on the wire.
pub fn stream_ref(stream: &StreamId) -> pb::StreamRef {
    use stream_ref::Stream;

    let bytes = |id: [u8; 16]| Bytes::copy_from_slice(&id);
    pb::StreamRef {
        stream: Some(match stream {
            StreamId::Case(id) => Stream::CaseId(bytes(id.to_bytes())),
            StreamId::Initiative(id) => Stream::Initiative(id.as_str().to_owned()),
            StreamId::Cohort(id) => Stream::Cohort(id.as_str().to_owned()),
            StreamId::Filing(id) => Stream::FilingId(bytes(id.to_bytes())),
            StreamId::Order(id) => Stream::OrderId(bytes(id.to_bytes())),
            StreamId::Org(id) => Stream::Org(id.as_str().to_owned()),
        }),
    }
}

/// The stream that a post is about.
pub(super) fn take_target(
    wire: &pb::Target,
    r: &mut Reader,
    pseudonyms: &dyn Pseudonyms,
) -> Option<Target> {
    use target::Target as Wire;

    Some(match &wire.target {
        Some(Wire::CaseId(id)) => Target::Case(CaseId::from_bytes(exact_bytes(id, "case_id", r)?)),
        Some(Wire::CaseKey(key)) => {
            Target::CaseKey(r.field("case_key", |r| take_case_key(key, r, pseudonyms))?)
        }
        Some(Wire::Initiative(id)) => Target::Initiative(parse(id, "initiative", r)?),
        Some(Wire::Cohort(id)) => Target::Cohort(parse(id, "cohort", r)?),
        Some(Wire::Filing(filing)) => {
            Target::Filing(r.field("filing", |r| take_filing(filing, r, pseudonyms))?)
        }
        Some(Wire::Order(order)) => {
            Target::Order(r.field("order", |r| take_order(order, r, pseudonyms))?)
        }
        Some(Wire::Organisation(id)) => Target::Org(parse(id, "organisation", r)?),
        None => {
            r.reject_here(Why::Missing);
            return None;
        }
    })
}

/// The kind of stream that a target names; none if it names nothing.
pub(super) fn kind_of_target(wire: &pb::Target) -> Option<StreamKind> {
    use target::Target as Wire;

    Some(match wire.target.as_ref()? {
        Wire::CaseId(_) | Wire::CaseKey(_) => StreamKind::Case,
        Wire::Initiative(_) => StreamKind::Initiative,
        Wire::Cohort(_) => StreamKind::Cohort,
        Wire::Filing(_) => StreamKind::Filing,
        Wire::Order(_) => StreamKind::Order,
        Wire::Organisation(_) => StreamKind::Org,
    })
}

/// The court that a target names by key, normalised.
pub(super) fn court_of_target(wire: &pb::Target) -> Option<String> {
    use target::Target as Wire;

    let named = match wire.target.as_ref()? {
        Wire::CaseKey(key) => &key.court,
        Wire::Filing(filing) => match filing.reference.as_ref()? {
            pb::filing_reference::Reference::Key(key) => &key.court,
            pb::filing_reference::Reference::Id(_) => return None,
        },
        Wire::Order(order) => match order.reference.as_ref()? {
            pb::order_reference::Reference::Key(key) => &key.court,
            pb::order_reference::Reference::Id(_) => return None,
        },
        Wire::CaseId(_) | Wire::Initiative(_) | Wire::Cohort(_) | Wire::Organisation(_) => {
            return None;
        }
    };
    court(named, "court", &mut Reader::default())
}
