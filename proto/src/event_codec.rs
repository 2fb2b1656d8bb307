//! Bodies of entries: events as they are hashed and stored.
//!
//! A body is encoded once, when the event is recorded, and never again. Reading is strict: what is
//! stored is exactly what a version of this package writes, or it is an error that names the field.

use caseledger_chain::Digest;
use caseledger_domain::{Event, FactKind, Flags};
use prost::Message as _;

use crate::fact::kind_of;
use crate::field::{Wire, exact_bytes};
use crate::pb::event::v1 as pb;
use crate::wire_error::{Reader, Why, WireErrors, read};

/// The body version that [`encode_event`] writes.
pub const BODY_VERSION: u16 = 1;

/// The body version that [`encode_signed_event`] writes.
pub const SIGNED_BODY_VERSION: u16 = 2;

/// The highest body version there is.
const LAST_BODY_VERSION: u16 = 4;

/// The version of a body: one less is a set of two bits, the first for what is signed and the second for a private part.
pub const fn body_version(signed: bool, private: bool) -> u16 {
    BODY_VERSION + signed as u16 + 2 * private as u16
}

/// What a submitter signed of one post, as it stands in the first entry that was recorded for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The public part of the post, exactly as the submitter encoded it; see [`Posted`](crate::Posted).
    pub public: Vec<u8>,
    /// The signature over the submission; of its first entry only.
    pub by: Option<Signature>,
}

/// A signature of a submitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Ed25519 public key.
    pub key: [u8; 32],
    /// Ed25519 signature.
    pub signature: [u8; 64],
}

/// A body, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// What was recorded.
    pub event: Event,
    /// What was signed; of bodies of versions 2 and 4, and only of those.
    pub signed: Option<Signed>,
    /// The commitment to the private part that is kept with the entry; of bodies of versions 3 and 4, and only of those.
    pub private: Option<Digest>,
}

/// Why a body is not an event that this version knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Written by a later version.
    #[error(
        "body version {found} is unknown, expected {BODY_VERSION} to {LAST_BODY_VERSION}; read it with a newer release"
    )]
    UnknownVersion {
        /// The version in the entry header.
        found: u16,
    },
    /// A type that no fact has.
    #[error("body type {found} is unknown; read it with a newer release")]
    UnknownType {
        /// The type in the entry header.
        found: u16,
    },
    /// Not the protocol buffer message `caseledger.event.v1.Event`.
    #[error("body is not a caseledger.event.v1.Event")]
    Malformed(#[from] prost::DecodeError),
    /// The entry header names another type than the body has.
    #[error("body type is {found}, expected {expected} as in the entry header")]
    TypeMismatch {
        /// The type in the entry header.
        expected: u16,
        /// The type of the fact in the body.
        found: u16,
    },
    /// The field `signed` in a version that has none, or none in the versions that it is for.
    #[error(
        "body of version {version} {} `signed`, which versions 2 and 4 have and no others",
        if *found { "has the field" } else { "has no field" }
    )]
    Signed {
        /// The version in the entry header.
        version: u16,
        /// Whether the field is there.
        found: bool,
    },
    /// The field `private` in a version that has none, or none in the versions that it is for.
    #[error(
        "body of version {version} {} `private`, which versions 3 and 4 have and no others",
        if *found { "has the field" } else { "has no field" }
    )]
    Private {
        /// The version in the entry header.
        version: u16,
        /// Whether the field is there.
        found: bool,
    },
    /// Fields that the version does not define, or another form of those that it does.
    #[error("body of {found} bytes is not what its version writes, which is {expected}")]
    Noncanonical {
        /// Bytes that the event takes.
        expected: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// Fields that no event has.
    #[error("body is no event: {0}")]
    Fields(#[from] WireErrors),
}

/// Appends the body of an event. Its type in the entry header is
/// [`FactKind::number`](caseledger_domain::FactKind::number) of the fact's kind, its version
/// [`BODY_VERSION`].
pub fn encode_event(event: &Event, out: &mut Vec<u8>) {
    encode_with(event, None, None, out);
}

/// Appends the body of an event that a submitter signed, whose version is [`SIGNED_BODY_VERSION`].
pub fn encode_signed_event(event: &Event, signed: &Signed, out: &mut Vec<u8>) {
    encode_with(event, Some(signed), None, out);
}

/// Appends the body of an event, with what was signed and with the commitment to a private part where there are any, and
/// returns its version.
pub fn encode_with(
    event: &Event,
    signed: Option<&Signed>,
    private: Option<Digest>,
    out: &mut Vec<u8>,
) -> u16 {
    let wire = pb::Event {
        signed: signed.map(Into::into),
        private: private.map_or_else(Vec::new, |digest| digest.to_bytes().to_vec()),
        ..pb::Event::from(event)
    };
    let version = body_version(signed.is_some(), private.is_some());
    let begin = out.len();
    let written = wire.encode(out);
    debug_assert!(written.is_ok(), "a Vec grows");
    // An event that could not be read again would be in the ledger for ever.
    debug_assert_eq!(
        out.get(begin..)
            .map(|body| decode_body(event.fact.kind().number(), version, body)),
        Some(Ok(Body {
            event: event.clone(),
            signed: signed.cloned(),
            private,
        }))
    );
    version
}

/// Reads a body, given the type and version in its entry's header.
///
/// # Errors
/// [`BodyError`] if it is not byte for byte what that version writes for an event of that type.
pub fn decode_event(kind_number: u16, version: u16, body: &[u8]) -> Result<Event, BodyError> {
    decode_both(kind_number, version, body).map(|(event, _)| event)
}

/// Reads a body with what was signed and the commitment to a private part. Whether the signature holds, and whether the
/// event is what was signed, is not asked here.
///
/// # Errors
/// As [`decode_event`].
pub fn decode_body(kind_number: u16, version: u16, body: &[u8]) -> Result<Body, BodyError> {
    let (event, wire) = decode_both(kind_number, version, body)?;
    let signed = wire.signed.map(|signed| {
        read(|r| r.field("signed", |r| take_signed(signed, r))).map_err(BodyError::Fields)
    });
    let signed = signed.transpose()?;
    let private = match wire.private.as_slice() {
        [] => None,
        given => {
            let digest = read(|r| exact_bytes(given, "private", r)).map_err(BodyError::Fields)?;
            Some(Digest::from_bytes(digest))
        }
    };
    Ok(Body {
        event,
        signed,
        private,
    })
}

/// Reads a body as [`decode_event`] does, and returns the message along with the event.
pub(crate) fn decode_both(
    kind_number: u16,
    version: u16,
    body: &[u8],
) -> Result<(Event, pb::Event), BodyError> {
    if !(BODY_VERSION..=LAST_BODY_VERSION).contains(&version) {
        return Err(BodyError::UnknownVersion { found: version });
    }
    let wire = pb::Event::decode(body)?;
    let kind = wire.fact.as_ref().and_then(|fact| fact.kind.as_ref());
    match kind.map(|kind| kind_of(kind).number()) {
        Some(found) if found != kind_number => {
            return Err(BodyError::TypeMismatch {
                expected: kind_number,
                found,
            });
        }
        None if FactKind::from_number(kind_number).is_none() => {
            return Err(BodyError::UnknownType { found: kind_number });
        }
        // A missing fact is reported with its path.
        Some(_) | None => {}
    }
    let (signed, private) = (wire.signed.is_some(), !wire.private.is_empty());
    let extras = version - BODY_VERSION;
    if signed != (extras & 1 != 0) {
        let found = signed;
        return Err(BodyError::Signed { version, found });
    }
    if private != (extras & 2 != 0) {
        let found = private;
        return Err(BodyError::Private { version, found });
    }
    let event = Event::try_from(&wire)?;
    // The decoder skips fields that it does not know and takes others in any order and form; a body
    // that would be written otherwise is not one of ours.
    let canonical = wire.encode_to_vec();
    if canonical != body {
        return Err(BodyError::Noncanonical {
            expected: canonical.len(),
            found: body.len(),
        });
    }
    Ok((event, wire))
}

impl From<&Event> for pb::Event {
    fn from(event: &Event) -> Self {
        let Event {
            occurred_on,
            role,
            flags,
            charges,
            fact,
        } = event;
        Self {
            occurred_on: occurred_on.put(),
            role: role.put(),
            flags: flags.bits(),
            charges: charges.put(),
            fact: fact.put(),
            signed: None,
            private: Vec::new(),
        }
    }
}

impl From<&Signed> for pb::Signed {
    fn from(signed: &Signed) -> Self {
        Self {
            public_part: signed.public.clone(),
            by: signed.by.map(|by| pb::SubmitterSignature {
                key: by.key.to_vec(),
                signature: by.signature.to_vec(),
            }),
        }
    }
}

fn take_signed(wire: pb::Signed, r: &mut Reader) -> Option<Signed> {
    if wire.public_part.is_empty() {
        r.reject("public_part", Why::Missing);
        return None;
    }
    let by = match wire.by {
        None => None,
        Some(by) => Some(r.field("by", |r| {
            let key = exact_bytes(&by.key, "key", r);
            let signature = exact_bytes(&by.signature, "signature", r);
            Some(Signature {
                key: key?,
                signature: signature?,
            })
        })?),
    };
    Some(Signed {
        public: wire.public_part,
        by,
    })
}

impl TryFrom<&pb::Event> for Event {
    type Error = WireErrors;

    fn try_from(wire: &pb::Event) -> Result<Self, WireErrors> {
        read(|r| take_event(wire, r))
    }
}

fn take_event(wire: &pb::Event, r: &mut Reader) -> Option<Event> {
    let occurred_on = Wire::take(&wire.occurred_on, "occurred_on", r);
    let role = Wire::take(&wire.role, "role", r);
    let flags = Flags::from_bits(wire.flags);
    if flags.is_none() {
        r.reject("flags", Why::UnknownFlags(wire.flags));
    }
    let charges = Wire::take(&wire.charges, "charges", r);
    let fact = Wire::take(&wire.fact, "fact", r);
    Some(Event {
        occurred_on: occurred_on?,
        role: role?,
        flags: flags?,
        charges: charges?,
        fact: fact?,
    })
}
