//! The wire, and the only place where wire meets domain.
//!
//! ```text
//! pb::v1::Submission --convert::submission--> Submission (commands)      or every WireError
//! Event --encode_event--> body of an entry --decode_event--> Event       or a BodyError
//! states, entries, totals --convert--> pb::v1 messages
//! ```
//!
//! The `.proto` files in `caseledger/` are the contract; [`pb`] is generated from them. A fact is
//! one line in the table of `src/fact.rs`, which gives both directions, so that what is stored,
//! what is posted and what is shown cannot drift apart.
//!
//! Two features: `event` has the bodies of entries and what the engine needs of a submission, and
//! links no networking; `rpc`, the default, adds the messages and stubs of the services and the
//! conversions between them and the domain.
//!
//! What is kept:
//!
//! - Bodies are read strictly: byte for byte what [`event_codec::encode_event`] writes. What is kept as a submitter
//!   encoded it is kept as it came, and has no room to hide anything ([`Posted`]).
//! - Requests are refused with every violation and its path, never with the first one only, and
//!   never silently: what would have no effect is a violation.
//! - Personal data leaves this crate only as a keyed hash. It is in no error, and the messages
//!   that carry it show nothing of it in `Debug`.

#[cfg(feature = "rpc")]
pub mod convert;
pub mod event_codec;
mod fact;
mod field;
mod message;
pub mod pb;
mod posted;
pub mod reason;
#[cfg(feature = "rpc")]
mod redacted;
mod slots;
mod submission;
#[cfg(feature = "rpc")]
pub mod token;
mod vocabulary;
mod wire_error;

pub use event_codec::{
    BODY_VERSION, Body, BodyError, SIGNED_BODY_VERSION, Signature, Signed, body_version,
    decode_body, decode_event, encode_event, encode_signed_event, encode_with,
};
pub use fact::{CHARGES_MAX, REASONS_MAX};
pub use posted::{Posted, PostedError, Unexplained};
pub use reason::{ERROR_DOMAIN, Reason};
pub use submission::{
    CanonicalCase, NamedCourt, PRIVATE_PART_MAX, PrivateOf, Pseudonyms, SignedPost,
    SignedSubmission, Submission,
};
pub use wire_error::{VIOLATIONS_MAX, Why, WireError, WireErrors};

/// Descriptors of every message and service, encoded as a `FileDescriptorSet`, for reflection.
#[cfg(feature = "rpc")]
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
