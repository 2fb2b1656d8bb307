//! How a server is reached over `https`, and what it is shown.
//!
//! Whom to believe about the name of a server is one question, whom to believe about what it says is
//! another: receipts, checkpoints and hashes are verified whoever carries them.

use std::error::Error;
use std::fmt;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::builderstates::WantsProtocols1;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use tower::Service;

use crate::gathered::Gathered;
use crate::token::Token;

/// Time in which a server says what it thinks of a certificate, before it is asked anything.
const VERDICT: Duration = Duration::from_secs(1);

/// A private key as its file has it, in PEM. Whoever reads the file judges who else may: a file that
/// is judged by its path and opened again may be another one by then. It is never shown.
#[derive(Clone, Copy)]
pub struct PrivateKey<'a> {
    path: &'a Path,
    text: &'a str,
}

impl<'a> PrivateKey<'a> {
    /// The text of a file, which is named where it is no key.
    pub const fn new(path: &'a Path, text: &'a str) -> Self {
        Self { path, text }
    }
}

impl fmt::Debug for PrivateKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What `https` may need, all in PEM.
#[derive(Clone, Copy, Debug, Default)]
pub struct TlsFiles<'a> {
    /// Certificates of the CAs that are believed about servers; those of the machine if none.
    pub ca: Option<&'a Path>,
    /// The client's certificate, with what leads from it to its CA.
    pub cert: Option<&'a Path>,
    /// Its private key.
    pub key: Option<PrivateKey<'a>>,
}

/// Why files for `https` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read; name an existing file", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Not what is expected there, or none of it.
    #[error("{} holds no {expected} in PEM", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
    },
    /// Half of what proves who calls.
    #[error("a client certificate and its key go together; give both, or neither")]
    Half,
    /// The machine has no certificates of CAs.
    #[error("this machine has no certificates of CAs; install them, or name those to believe")]
    NoRoots,
    /// The parts do not go together.
    #[error("certificates and key cannot be used")]
    Unusable(#[source] rustls::Error),
    /// A token that would be sent where others can read it.
    #[error("a token is sent over https only; write https://, or leave the token out")]
    TokenInTheClear,
}

/// How a server is reached, and what it is shown. By default: the CAs of the machine are believed,
/// and nothing is shown.
#[derive(Clone, Debug, Default)]
pub struct Access {
    tls: Option<Arc<Prepared>>,
    token: Option<Token>,
}

/// What was read from files.
#[derive(Debug)]
struct Prepared {
    roots: Arc<RootCertStore>,
    identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl Access {
    /// Reads the files that are named.
    ///
    /// # Errors
    /// [`TlsError`], naming the file and what is wrong with it.
    pub fn load(files: TlsFiles<'_>, token: Option<Token>) -> Result<Self, TlsError> {
        let identity = match (files.cert, files.key) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some((certificates(cert)?, private_key(key)?)),
            (Some(_), None) | (None, Some(_)) => return Err(TlsError::Half),
        };
        let tls = if files.ca.is_none() && identity.is_none() {
            // Whoever speaks no https needs no CAs.
            None
        } else {
            let roots = Arc::new(roots(files.ca)?);
            Some(Arc::new(Prepared { roots, identity }))
        };
        Ok(Self { tls, token })
    }

    /// What is sent with every call.
    pub(crate) const fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// Connects to servers that speak gRPC: HTTP/2, with TLS 1.3 where the address says so. `https` tells whether it
    /// does: nothing of TLS is read otherwise.
    pub(crate) fn calls(&self, https: bool, limit: Duration) -> Result<Calls, TlsError> {
        let builder = self.connector(https, &[&TLS13])?;
        Ok(Calls {
            connector: builder.enable_http2().wrap_connector(tcp(limit)),
            judged: https && self.tls.as_ref().is_some_and(|tls| tls.identity.is_some()),
        })
    }

    /// Connects to web servers, in the same way.
    pub(crate) fn pages(
        &self,
        https: bool,
        limit: Duration,
    ) -> Result<HttpsConnector<HttpConnector>, TlsError> {
        let builder = self.connector(https, rustls::DEFAULT_VERSIONS)?;
        Ok(builder.enable_http1().wrap_connector(tcp(limit)))
    }

    fn connector(
        &self,
        https: bool,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<HttpsConnectorBuilder<WantsProtocols1>, TlsError> {
        let config = if https {
            self.config(versions)?
        } else {
            let nobody = RootCertStore::empty();
            builder(versions)?
                .with_root_certificates(nobody)
                .with_no_client_auth()
        };
        let builder = HttpsConnectorBuilder::new().with_tls_config(config);
        Ok(if https {
            builder.https_only()
        } else {
            builder.https_or_http()
        })
    }

    fn config(
        &self,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<ClientConfig, TlsError> {
        let (roots, identity) = match self.tls.as_deref() {
            Some(Prepared { roots, identity }) => (Arc::clone(roots), identity.as_ref()),
            None => (Arc::new(roots_of_the_machine()?), None),
        };
        let builder = builder(versions)?.with_root_certificates(roots);
        match identity {
            None => Ok(builder.with_no_client_auth()),
            Some((chain, key)) => builder
                .with_client_auth_cert(chain.clone(), key.clone_key())
                .map_err(TlsError::Unusable),
        }
    }
}

/// Connects to servers that speak gRPC, and learns why one does not want the certificate.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    connector: HttpsConnector<HttpConnector>,
    /// Whether a certificate is shown.
    judged: bool,
}

impl Service<Uri> for Calls {
    type Response = TokioIo<Gathered>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let judged = self.judged;
        let connecting = self.connector.call(address);
        Box::pin(async move {
            let mut stream = TokioIo::new(connecting.await?);
            if !judged {
                return Ok(TokioIo::new(Gathered::new(stream)));
            }
            // In TLS 1.3 the server judges the certificate when the client is done already, and
            // what it says comes with the first bytes: here it ends connecting, later it would
            // only break a call.
            let mut first = vec![0; 1024];
            let read = timeout(VERDICT, stream.read(&mut first)).await;
            // A server that says nothing before it is asked has said nothing against it.
            first.truncate(read.unwrap_or(Ok(0))?);
            let (rest, write) = tokio::io::split(stream);
            let read = Cursor::new(first).chain(rest);
            let stream = tokio::io::join(read, write);
            Ok(TokioIo::new(Gathered::new(stream)))
        })
    }
}

fn builder(
    versions: &[&'static SupportedProtocolVersion],
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(TlsError::Unusable)
}

fn tcp(limit: Duration) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(limit));
    connector.set_nodelay(true);
    // The layer above judges schemes.
    connector.enforce_http(false);
    connector
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let Some(path) = ca else {
        return roots_of_the_machine();
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(TlsError::Unusable)?;
    }
    Ok(roots)
}

fn roots_of_the_machine() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    // One that cannot be read is one that is not believed.
    let found = rustls_native_certs::load_native_certs().certs;
    let (added, _ignored) = roots.add_parsable_certificates(found);
    if added == 0 {
        return Err(TlsError::NoRoots);
    }
    Ok(roots)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File {
        path: path.to_owned(),
        source,
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    let none = || TlsError::Pem {
        path: path.to_owned(),
        expected: "certificate",
    };
    read.ok().filter(|read| !read.is_empty()).ok_or_else(none)
}

fn private_key(key: PrivateKey<'_>) -> Result<PrivateKeyDer<'static>, TlsError> {
    // What does not parse is the secret, so why is not told.
    PrivateKeyDer::from_pem_slice(key.text.as_bytes()).map_err(|_secret| TlsError::Pem {
        path: key.path.to_owned(),
        expected: "private key",
    })
}
