//! TLS in front of both ports: who we are, whom we believe, and who may hold the door open.
//!
//! ```text
//! files --read at start, on SIGHUP, and when they change--> set --new handshakes--> connection
//!                                                            |                          |
//!                                                            +--- still accepted? ------+ no: closed
//! ```
//!
//! Only TLS 1.3 is spoken, nothing is resumed, and nothing is sent before the handshake is over: so
//! every connection has shown its certificate to the set of its time. A certificate may be left
//! out; what needs an identity is then refused by name, or asks for a token.

use std::path::PathBuf;
use std::sync::Arc;

use caseledger_engine::KeyFileError;
use rustls::pki_types::pem;
use rustls::server::VerifierBuilderError;

mod certificate;
mod door;
mod handshakes;
mod keeper;
mod lists;
mod set;

pub(crate) use self::door::{Door, Guest, Protocol};
pub(crate) use self::keeper::Keeper;
pub use self::keeper::Reload;
pub(crate) use self::set::roots;

/// Why files for TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{key} {} cannot be read; name an existing file", path.display())]
    File {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The private key can be read by others, or is not there.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// A file is longer than any of its kind.
    #[error("{key} {} has more than {max} bytes", path.display())]
    TooLong {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The most that is read.
        max: u64,
    },
    /// Not what is expected there, or none of it.
    #[error("{key} {} holds no {expected} in PEM", path.display())]
    Pem {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
        /// Where it breaks off, if something of the kind is there.
        #[source]
        source: Option<pem::Error>,
    },
    /// The certificate is not that of the key, or cannot be used.
    #[error("tls.cert and tls.key cannot be used together")]
    Pair(#[source] rustls::Error),
    /// A certificate of a CA cannot be used.
    #[error("{key} {} holds a certificate that is none of a CA", path.display())]
    Ca {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// The machine has no certificates of CAs.
    #[error("this machine has no certificates of CAs; install them, or set {key}")]
    NoRoots {
        /// The key of the configuration that names others.
        key: &'static str,
    },
    /// A revocation list that is over says nothing about today.
    #[error(
        "tls.client_crl {} has a list that is over since {over}; install the newest one of its CA",
        path.display()
    )]
    Over {
        /// The file.
        path: PathBuf,
        /// The time at which the next one was due.
        over: String,
    },
    /// A revocation list that was changed on its way, or is that of another CA.
    #[error(
        "tls.client_crl {} has a list of {issuer:?} that no CA of that name in tls.client_ca has signed; \
         fetch it from its CA again, or add the certificate of that CA to tls.client_ca",
        path.display()
    )]
    ListUnsigned {
        /// The file.
        path: PathBuf,
        /// The name of the CA in the list.
        issuer: String,
    },
    /// CAs and revocation lists do not make a verifier.
    #[error("tls.client_ca and tls.client_crl cannot be used together")]
    Verifier(#[from] VerifierBuilderError),
}

/// The cryptography of every handshake. One place names it.
pub(crate) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
