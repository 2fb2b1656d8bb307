//! A client that distrusts.
//!
//! It pins one verifier key and believes nothing that the key did not sign: every receipt is
//! verified with `caseledger-chain` before the caller sees it, the entry in it must be what was
//! posted, and every checkpoint must extend those seen before. What it cannot check, views and
//! totals, it hands on as the messages they are.
//!
//! ```text
//! connect --- submit, Submitter ----> receipts, verified
//!         --- reads ----------------> messages, with the size they are complete to
//!         --- prove ----------------> the history has not been rewritten
//! ```
//!
//! **Signatures.** With [`Client::with_signer`] everything that is submitted is signed with the organisation's own key, so
//! that not even the ledger's operator can have made it up.
//!
//! **Retries.** Reads and submissions are tried again, with the same message id, when the server
//! says that nothing was done or that trying again is safe ([`ClientError::is_transient`]): a few
//! times, with growing pauses that differ between clients, within the deadline of the call.

mod call;
mod certificate;
mod client;
mod court;
mod error;
mod follow;
mod gathered;
mod monitor;
mod principal;
mod publish;
mod receipt;
mod recorded;
mod signer;
mod source;
mod submitter;
mod tls;
mod token;
mod trust;

pub use call::Policy;
pub use certificate::CertificateRefusal;
pub use client::{
    Accepted, Client, channel_unverified, ledger_info_unverified, ledger_info_unverified_with,
};
pub use court::{BatchNews, Confirmed, Posting, manifest_totals};
pub use error::{ClientError, Refusal, Violation};
pub use follow::Follow;
pub use monitor::{
    Evidence, EvidenceError, Found, Look, Monitor, MonitorState, Shown, Signed, StateError,
    TreeError, ViewFault,
};
pub use principal::{Principal, PrincipalError};
pub use publish::{Contradiction, PublishError, Published, Target, TargetError, publish};
pub use receipt::{Disbelief, Receipt};
pub use signer::{SignError, Signer};
pub use source::{AnySource, DirSource, HttpSource, LogSource, Malformed, Resource, SourceError};
pub use submitter::{Answer, Submitter};
pub use tls::{Access, PrivateKey, TlsError, TlsFiles};
pub use token::{Token, TokenError};
pub use trust::{Point, Trust, TrustError};

pub use caseledger_proto::pb;
