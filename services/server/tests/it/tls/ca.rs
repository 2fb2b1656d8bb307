//! A CA in a folder, a server that believes it, and clients of every kind.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SanType, SerialNumber,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

/// A CA, with a folder for files that a server reads.
pub(crate) struct Ca {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
}

/// A certificate with its key.
pub(crate) struct Certified {
    pub(crate) pem: String,
    key: KeyPair,
    serial: Vec<u8>,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = OffsetDateTime::now_utc() - Duration::days(2);
    params.not_after = OffsetDateTime::now_utc() + Duration::days(2);
    params
}

pub(crate) fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

pub(crate) fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

impl Ca {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let made = params.self_signed(&key).unwrap();
        let ca = Self {
            folder: tempfile::tempdir().unwrap(),
            issuer: Issuer::new(params, key),
            der: made.der().clone(),
            pem: made.pem(),
        };
        let server = ca.issue("server", vec![dns("localhost")], |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        });
        fs::write(ca.file("ca.pem"), &ca.pem).unwrap();
        fs::write(ca.file("server.pem"), &server.pem).unwrap();
        secret(&ca.file("server.key"), &server.key.serialize_pem());
        ca.revoke(&[]);
        ca
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    pub(crate) fn issue(
        &self,
        name: &str,
        names: Vec<SanType>,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Certified {
        let key = KeyPair::generate().unwrap();
        // Any number that is not another's.
        let serial = key.public_key_raw()[1..17].iter().map(|byte| byte | 1);
        let serial: Vec<u8> = [1].into_iter().chain(serial).collect();
        let mut params = params(name);
        params.subject_alt_names = names;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let made = params.signed_by(&key, &self.issuer).unwrap();
        let pem = made.pem();
        Certified { pem, key, serial }
    }

    /// A client that is named by these URIs.
    pub(crate) fn client(&self, uris: &[&str]) -> Certified {
        let names = uris.iter().map(|name| uri(name)).collect();
        self.issue("client", names, |_| {})
    }

    /// Replaces the revocation list, at once as a whole.
    pub(crate) fn revoke(&self, revoked: &[&Certified]) {
        self.replace("clients.crl", &self.list(revoked));
    }

    /// A revocation list.
    pub(crate) fn list(&self, revoked: &[&Certified]) -> String {
        let revoked = revoked.iter().map(|one| RevokedCertParams {
            serial_number: SerialNumber::from_slice(&one.serial),
            revocation_time: OffsetDateTime::now_utc() - Duration::hours(1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: OffsetDateTime::now_utc() - Duration::hours(1),
            next_update: OffsetDateTime::now_utc() + Duration::days(1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }

    pub(crate) fn replace(&self, name: &str, text: &str) {
        let beside = self.file("beside");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.file(name)).unwrap();
    }

    /// How somebody connects who believes this CA.
    pub(crate) fn config(
        &self,
        identity: Option<&Certified>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        match identity {
            None => builder.with_no_client_auth(),
            Some(certified) => {
                let chain = CertificateDer::pem_slice_iter(certified.pem.as_bytes());
                let chain = chain.map(Result::unwrap).collect();
                let key = certified.key.serialize_pem();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        }
    }

    /// A connection for calls. What is wrong with it may be noticed by the first call only.
    pub(crate) fn channel(&self, address: SocketAddr, identity: Option<&Certified>) -> Channel {
        let mut http = HttpConnector::new();
        // A call that waits for the acknowledgement of the one before takes 40 ms.
        http.set_nodelay(true);
        http.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(self.config(identity, &[&TLS13]))
            .https_only()
            .enable_http2()
            .wrap_connector(http);
        let address = format!("https://localhost:{}", address.port());
        let endpoint = Endpoint::from_shared(address).unwrap();
        endpoint.connect_with_connector_lazy(connector)
    }

    /// A connection without anything on it.
    pub(crate) async fn stream(
        &self,
        address: SocketAddr,
        identity: Option<&Certified>,
        alpn: &[u8],
    ) -> TlsStream<TcpStream> {
        let mut config = self.config(identity, &[&TLS13]);
        config.alpn_protocols = vec![alpn.to_vec()];
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        connector.connect(name, stream).await.unwrap()
    }
}

fn secret(path: &Path, text: &str) {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}
