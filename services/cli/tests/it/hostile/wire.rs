//! Connections from below: TCP, TLS and the frames of HTTP/2, byte by byte.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

/// Where the hostile come from. Everybody else comes from 127.0.0.1.
const ELSEWHERE: &str = "127.0.0.2:0";

/// Time for a write to a server that does not read.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the hostile connect.
pub(super) struct Dialler {
    runtime: Runtime,
    stranger: Arc<ClientConfig>,
    certified: Arc<ClientConfig>,
}

/// A connection, which stands until it is dropped, whatever the server does.
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Dialler {
    /// With the CA and the certificate of `lada` that are in a folder.
    pub(super) fn new(certs: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(certs.join("ca.pem")).unwrap())
            .unwrap();
        let builder = || {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            ClientConfig::builder_with_provider(provider)
                .with_protocol_versions(&[&TLS13])
                .unwrap()
                .with_root_certificates(roots.clone())
        };
        let chain = CertificateDer::pem_file_iter(certs.join("lada.pem")).unwrap();
        let chain = chain.map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(certs.join("lada.key")).unwrap();
        Self {
            runtime: Runtime::new().unwrap(),
            stranger: Arc::new(builder().with_no_client_auth()),
            certified: Arc::new(builder().with_client_auth_cert(chain, key).unwrap()),
        }
    }

    fn tcp(&self, to: SocketAddr) -> TcpStream {
        let connecting = async {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(ELSEWHERE.parse().unwrap()).unwrap();
            socket.connect(to).await.unwrap().into_std().unwrap()
        };
        let stream = self.runtime.block_on(connecting);
        stream.set_nonblocking(false).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Without a handshake.
    pub(super) fn plain(&self, to: SocketAddr) -> Wire {
        Wire::Plain(self.tcp(to))
    }

    /// The first half of the first message of a handshake.
    pub(super) fn half_hello(&self, to: SocketAddr) -> Wire {
        let mut hello = Vec::new();
        client(&self.stranger).write_tls(&mut hello).unwrap();
        let mut wire = self.plain(to);
        wire.send(&hello[..hello.len() / 2]);
        wire
    }

    /// After the handshake of somebody without a certificate.
    pub(super) fn stranger(&self, to: SocketAddr) -> Wire {
        self.tls(&self.stranger, to)
    }

    /// After the handshake of somebody whom the ledger knows.
    pub(super) fn certified(&self, to: SocketAddr) -> Wire {
        self.tls(&self.certified, to)
    }

    fn tls(&self, config: &Arc<ClientConfig>, to: SocketAddr) -> Wire {
        let (mut client, mut stream) = (client(config), self.tcp(to));
        while client.is_handshaking() {
            // Who has too much already may be cut off here.
            if client.complete_io(&mut stream).is_err() {
                break;
            }
        }
        Wire::Tls(Box::new(StreamOwned::new(client, stream)))
    }
}

fn client(config: &Arc<ClientConfig>) -> ClientConnection {
    let name = "localhost".try_into().unwrap();
    ClientConnection::new(Arc::clone(config), name).unwrap()
}

impl Wire {
    /// Sends, unless the server has cut the connection, as it may.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        let _cut = match self {
            Self::Plain(stream) => stream.write_all(bytes),
            Self::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        };
    }

    pub(super) fn sending(mut self, bytes: &[u8]) -> Self {
        self.send(bytes);
        self
    }
}

const HEADERS: u8 = 0x1;
const DATA: u8 = 0x0;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const CONTINUATION: u8 = 0x9;

/// The last frame of the head of a request.
pub(super) const END_HEADERS: u8 = 0x4;
/// The last frame of a request.
pub(super) const END_STREAM: u8 = 0x1;

/// A frame (RFC 9113, 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// What a client begins with. With `window` the server may send so many bytes on a stream.
pub(super) fn greeting(window: Option<u32>) -> Vec<u8> {
    // SETTINGS_INITIAL_WINDOW_SIZE
    let setting = window.map(|bytes| [&[0, 4][..], &bytes.to_be_bytes()].concat());
    let settings = frame(SETTINGS, 0, 0, &setting.unwrap_or_default());
    [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &settings].concat()
}

/// A string of HPACK without Huffman code (RFC 7541, 5.2).
fn text(text: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    if text.len() < 127 {
        coded.push(u8::try_from(text.len()).unwrap());
    } else {
        coded.push(127);
        let mut rest = text.len() - 127;
        while rest >= 128 {
            coded.push(u8::try_from(rest % 128).unwrap() | 128);
            rest /= 128;
        }
        coded.push(u8::try_from(rest).unwrap());
    }
    coded.extend(text);
    coded
}

/// A header that is not remembered (RFC 7541, 6.2.2).
pub(super) fn field(name: &str, value: &[u8]) -> Vec<u8> {
    [&[0][..], &text(name.as_bytes()), &text(value)].concat()
}

/// The head of a call (POST, https), and more headers.
pub(super) fn head(path: &str, more: &[u8]) -> Vec<u8> {
    let path = text(path.as_bytes());
    let fields = [
        field(":authority", b"localhost"),
        field("content-type", b"application/grpc"),
        field("te", b"trailers"),
    ];
    [&[0x83, 0x87, 0x04][..], &path, &fields.concat(), more].concat()
}

/// The first frame of a head, or all of it.
pub(super) fn headers(flags: u8, stream: u32, head: &[u8]) -> Vec<u8> {
    frame(HEADERS, flags, stream, head)
}

/// More of a head.
pub(super) fn continuation(flags: u8, stream: u32, head: &[u8]) -> Vec<u8> {
    frame(CONTINUATION, flags, stream, head)
}

/// Part of a message that is said to have so many bytes.
pub(super) fn data(flags: u8, stream: u32, compressed: bool, said: u32, message: &[u8]) -> Vec<u8> {
    let prefix = [&[u8::from(compressed)][..], &said.to_be_bytes()].concat();
    frame(DATA, flags, stream, &[&prefix, message].concat())
}

/// Gives up a stream: CANCEL.
pub(super) fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())
}
