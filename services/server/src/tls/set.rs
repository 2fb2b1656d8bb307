//! What the files say at one moment.

use std::fs::Metadata;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use caseledger_engine::{KeyFileError, open_regular, read_secret};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::TLS13;
use rustls::{RootCertStore, ServerConfig};

use super::lists::revocation_lists;
use super::{Protocol, TlsError, provider};
use crate::config::Tls;

/// The longest file that is read, in bytes: a revocation list with some hundred thousand entries.
const FILE_MAX: u64 = 16 << 20;

/// Who the server is and whom it believes. A connection keeps to the set of its handshake.
#[derive(Debug)]
pub(crate) struct Set {
    calls: Arc<ServerConfig>,
    pages: Arc<ServerConfig>,
    verifier: Option<Arc<dyn ClientCertVerifier>>,
    /// Seconds since 1970 at which the first revocation list is over.
    over: Option<i64>,
}

impl Set {
    /// Reads every file.
    ///
    /// # Errors
    /// [`TlsError`], naming the file and what is wrong with it.
    pub(super) fn load(tls: &Tls) -> Result<Self, TlsError> {
        let chain = read("tls.cert", &tls.cert)?;
        let chain = certificates("tls.cert", &tls.cert, &chain)?;
        let key = private_key(&tls.key)?;
        let (verifier, over) = if tls.client_ca.is_empty() {
            (None, None)
        } else {
            let (verifier, over) = verifier(tls)?;
            (Some(verifier), over)
        };
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])
            .map_err(TlsError::Pair)?;
        let builder = match &verifier {
            Some(verifier) => builder.with_client_cert_verifier(Arc::clone(verifier)),
            None => builder.with_no_client_auth(),
        };
        let mut calls = builder
            .with_single_cert(chain, key)
            .map_err(TlsError::Pair)?;
        // Whoever resumes shows no certificate, so a revoked one would go on.
        calls.session_storage = Arc::new(NoServerSessionStorage {});
        calls.send_tls13_tickets = 0;
        calls.alpn_protocols = vec![b"h2".to_vec()];
        let mut pages = calls.clone();
        pages.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            calls: Arc::new(calls),
            pages: Arc::new(pages),
            verifier,
            over,
        })
    }

    pub(super) fn config(&self, protocol: Protocol) -> Arc<ServerConfig> {
        Arc::clone(match protocol {
            Protocol::Calls => &self.calls,
            Protocol::Pages => &self.pages,
        })
    }

    /// Whether a certificate with what leads to its CA would be taken now.
    pub(super) fn accepts(&self, chain: &[CertificateDer<'static>]) -> bool {
        let (Some(verifier), Some((leaf, between))) = (&self.verifier, chain.split_first()) else {
            return false;
        };
        let now = UnixTime::now();
        verifier.verify_client_cert(leaf, between, now).is_ok()
    }

    /// Whether a revocation list is over: then no certificate is taken until there is a newer one.
    pub(super) fn is_over(&self) -> bool {
        self.over.is_some_and(|over| over <= now())
    }
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    i64::try_from(UnixTime::now().as_secs()).unwrap_or(i64::MAX)
}

/// What tells a file from one that took its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp(Vec<Option<Seen>>);

/// Device, inode, length, and the time of the last change in seconds and nanoseconds.
type Seen = (u64, u64, u64, i64, i64);

impl Stamp {
    /// Looks at every file, and reads none.
    pub(super) fn of(tls: &Tls) -> Self {
        let files = [&tls.cert, &tls.key, &tls.client_ca, &tls.client_crl];
        let named = files.into_iter().filter(|file| !file.is_empty());
        let stamp = |seen: Metadata| {
            let (device, inode) = (seen.dev(), seen.ino());
            (device, inode, seen.len(), seen.mtime(), seen.mtime_nsec())
        };
        Self(
            named
                .map(|file| std::fs::metadata(file).ok().map(stamp))
                .collect(),
        )
    }
}

pub(super) fn read(key: &'static str, path: &str) -> Result<Vec<u8>, TlsError> {
    let path = Path::new(path);
    let file_error = |source| TlsError::File {
        key,
        path: path.to_owned(),
        source,
    };
    let file = open_regular(path).map_err(file_error)?;
    let mut bytes = Vec::new();
    let mut bounded = file.take(FILE_MAX + 1);
    bounded.read_to_end(&mut bytes).map_err(file_error)?;
    if bytes.len() as u64 > FILE_MAX {
        let (path, max) = (path.to_owned(), FILE_MAX);
        return Err(TlsError::TooLong { key, path, max });
    }
    Ok(bytes)
}

/// All items of a kind in a file, at least one.
pub(super) fn items<T: PemObject>(
    key: &'static str,
    path: &str,
    expected: &'static str,
    text: &[u8],
) -> Result<Vec<T>, TlsError> {
    let refuse = |source| TlsError::Pem {
        key,
        path: PathBuf::from(path),
        expected,
        source,
    };
    let items: Result<Vec<T>, pem::Error> = T::pem_slice_iter(text).collect();
    let items = items.map_err(|error| refuse(Some(error)))?;
    if items.is_empty() {
        return Err(refuse(None));
    }
    Ok(items)
}

fn certificates(
    key: &'static str,
    path: &str,
    text: &[u8],
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    items(key, path, "certificate", text)
}

fn private_key(path: &str) -> Result<PrivateKeyDer<'static>, TlsError> {
    let key = "tls.key";
    let file = Path::new(path);
    let text = read_secret(file).map_err(|error| match error {
        // Nobody has a backup of what was never there.
        KeyFileError::Missing { path } => TlsError::File {
            key,
            path,
            source: io::ErrorKind::NotFound.into(),
        },
        refused => TlsError::Key(refused),
    })?;
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| TlsError::Pem {
        key,
        path: file.to_owned(),
        expected: "private key",
        // What does not parse is the secret, so it is not shown.
        source: matches!(error, pem::Error::NoItemsFound).then_some(error),
    })
}

/// The CAs of a file, or those of the machine without one.
///
/// # Errors
/// [`TlsError`], naming the file and what is wrong with it.
pub(crate) fn roots(key: &'static str, path: &str) -> Result<RootCertStore, TlsError> {
    if path.is_empty() {
        let mut roots = RootCertStore::empty();
        // One that cannot be read is one that is not believed.
        let found = rustls_native_certs::load_native_certs().certs;
        let (added, _ignored) = roots.add_parsable_certificates(found);
        if added == 0 {
            return Err(TlsError::NoRoots { key });
        }
        return Ok(roots);
    }
    let text = read(key, path)?;
    believed(key, path, &certificates(key, path, &text)?)
}

/// The certificates of a file, each of which has to be one of a CA.
fn believed(
    key: &'static str,
    path: &str,
    cas: &[CertificateDer<'static>],
) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for ca in cas {
        roots.add(ca.clone()).map_err(|source| TlsError::Ca {
            key,
            path: PathBuf::from(path),
            source,
        })?;
    }
    Ok(roots)
}

/// Believes the CAs of the file, without those that their lists revoke. A CA without a list is as
/// good as none once there are lists: what cannot be known is refused.
fn verifier(tls: &Tls) -> Result<(Arc<dyn ClientCertVerifier>, Option<i64>), TlsError> {
    let (key, path) = ("tls.client_ca", &tls.client_ca);
    let text = read(key, path)?;
    let cas = certificates(key, path, &text)?;
    let roots = believed(key, path, &cas)?;
    let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .allow_unauthenticated();
    let mut over = None;
    if !tls.client_crl.is_empty() {
        let lists = revocation_lists(&tls.client_crl, &cas)?;
        over = lists.iter().filter_map(|(_, until)| *until).min();
        let lists = lists.into_iter().map(|(list, _)| list);
        builder = builder.with_crls(lists).enforce_revocation_expiration();
    }
    Ok((builder.build()?, over))
}
