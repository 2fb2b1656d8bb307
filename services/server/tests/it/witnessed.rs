//! Witnesses of a ledger that grows: real ones, silent ones, and one that has seen another history.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use caseledger_chain::{Checkpoint, KeyName, Note, Policy, QuorumVerdict, Size, VerifierKey};
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_server::{HttpAddress, ServeError, Server};
use caseledger_witness::{Witness, add_log, init, show};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::{
    Fault, Running, as_prosecutor, engine, key, message_id, opened, submission, submit,
};
use crate::tls::ca::Ca;

/// Longer than anything here takes; a test that waits so long fails.
const LONG: Duration = Duration::from_mins(1);

/// A witness that serves until the test ends.
struct Watching {
    dir: TempDir,
    key: VerifierKey,
    address: SocketAddr,
    _serving: JoinHandle<()>,
}

impl Watching {
    async fn start(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("w");
        let witness = init(&folder, &KeyName::parse(name).unwrap()).unwrap();
        add_log(&folder, key().verifier()).unwrap();
        let opened = Witness::open(&folder).unwrap();
        let local = "127.0.0.1:0".parse().unwrap();
        let server = caseledger_witness::Server::bind(local, opened)
            .await
            .unwrap();
        let address = server.local_addr();
        let serving = tokio::spawn(server.serve(std::future::pending()));
        Self {
            dir,
            key: witness,
            address,
            _serving: serving,
        }
    }

    fn size(&self) -> Option<Size> {
        show(&self.dir.path().join("w")).unwrap().1[0].size
    }
}

/// A policy of witnesses with their addresses, in a file, and as it is read.
fn policy(witnesses: &[(&VerifierKey, SocketAddr)], quorum: &str) -> (TempDir, PathBuf, Policy) {
    use std::fmt::Write as _;

    let mut text = format!("log {}\n", key().vkey());
    let mut names = String::new();
    for (i, (key, at)) in witnesses.iter().enumerate() {
        writeln!(text, "witness W{i} {key} http://{at}/").unwrap();
        write!(names, " W{i}").unwrap();
    }
    writeln!(
        text,
        "group all-of-them {quorum}{names}\nquorum all-of-them"
    )
    .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("policy");
    std::fs::write(&path, &text).unwrap();
    let policy = Policy::parse(&text).unwrap();
    (dir, path, policy)
}

async fn serve(policy: &std::path::Path) -> Running {
    let path = policy.to_str().unwrap().to_owned();
    Running::with(|config| {
        config.http.publish_interval_ms = 10;
        config.witness.policy = path;
        config.witness.timeout_ms = 1_000;
    })
    .await
}

async fn post(server: &Running, number: u64, slug: &str) {
    let mut commands = CommandServiceClient::new(server.channel().await);
    let post = opened(message_id(number), slug).posts.pop().unwrap();
    let request = submit(submission(message_id(number), vec![post]));
    commands.submit(as_prosecutor(request)).await.unwrap();
}

/// The published note.
async fn published(server: &Running) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    let request = "GET /checkpoint HTTP/1.1\r\nhost: log\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    bytes.split_off(end.unwrap() + 4)
}

/// Waits until a checkpoint of so many entries is published that is as it should be.
async fn until(
    server: &Running,
    policy: &Policy,
    size: u64,
    right: impl Fn(&QuorumVerdict) -> bool,
) -> QuorumVerdict {
    let wait = async {
        loop {
            let note = published(server).await;
            let checkpoint = Checkpoint::open(&note, key().verifier()).unwrap();
            // A cosignature that does not hold would be an error here.
            let open = Note::open(&note, &policy.keys(key().verifier())).unwrap();
            let verdict = policy.satisfied(&open);
            if checkpoint.size == Size::new(size) && right(&verdict) {
                return verdict;
            }
        }
    };
    timeout(LONG, wait).await.unwrap()
}

#[tokio::test]
async fn every_checkpoint_gets_the_cosignatures_of_those_that_answer() {
    let one = Watching::start("witness.example/w1").await;
    let two = Watching::start("witness.example/w2").await;
    // One that takes connections and never answers, and one that is not there.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_at = silent.local_addr().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed_at = closed.local_addr().unwrap();
    drop(closed);
    let keys = ["silent", "closed"].map(|name| {
        let dir = tempfile::tempdir().unwrap();
        init(&dir.path().join("w"), &KeyName::parse(name).unwrap()).unwrap()
    });
    let (_dir, path, policy) = policy(
        &[
            (&keys[0], silent_at),
            (&keys[1], closed_at),
            (&one.key, one.address),
            (&two.key, two.address),
        ],
        "2",
    );
    let server = serve(&path).await;
    for entries in 1..=5 {
        post(&server, entries, &format!("NUMBER-{entries}")).await;
        let verdict = until(&server, &policy, entries, QuorumVerdict::is_reached).await;
        let cosigned = ["W2", "W3"].map(str::to_owned).to_vec();
        assert_eq!(verdict, QuorumVerdict::Reached { cosigned });
    }
    assert_eq!(
        (one.size(), two.size()),
        (Some(Size::new(5)), Some(Size::new(5)))
    );
    // Those that do not answer do not hold up the end either.
    timeout(LONG, server.stop()).await.unwrap();
}

/// After a start nobody remembers here how far a witness is; it says so itself.
#[tokio::test]
async fn a_witness_that_is_ahead_of_what_is_known_is_asked_from_there() {
    let witness = Watching::start("witness.example/w1").await;
    let (_dir, path, policy) = policy(&[(&witness.key, witness.address)], "all");
    // The same ledger twice: all that is random in it comes from one seed.
    for entries in [3, 5] {
        let server = serve(&path).await;
        for number in 1..=entries {
            post(&server, number, &format!("NUMBER-{number}")).await;
        }
        until(&server, &policy, entries, QuorumVerdict::is_reached).await;
        server.stop().await;
        assert_eq!(witness.size(), Some(Size::new(entries)));
    }
}

/// Speaks TLS in front of a witness.
async fn behind_tls(ca: &Ca, witness: SocketAddr) -> SocketAddr {
    let chain = CertificateDer::from_pem_file(ca.file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(ca.file("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Whoever does not believe the certificate goes again.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut behind = TcpStream::connect(witness).await.unwrap();
            tokio::spawn(async move {
                let _ended = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn a_witness_behind_https_is_believed_by_the_ca_that_is_named() {
    let (ca, others) = (Ca::new("ours"), Ca::new("theirs"));
    let right = Watching::start("witness.example/w1").await;
    let wrong = Watching::start("witness.example/w2").await;
    let at = [
        (&right.key, behind_tls(&ca, right.address).await),
        (&wrong.key, behind_tls(&others, wrong.address).await),
    ];
    let (_dir, path, policy) = policy(&at, "1");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("http://127.0.0.1", "https://localhost")).unwrap();
    let policy_file = path.to_str().unwrap().to_owned();
    let server = Running::with(|config| {
        config.http.publish_interval_ms = 10;
        config.witness.policy = policy_file;
        config.witness.ca = ca.text("ca.pem");
    })
    .await;
    post(&server, 1, "ONE").await;
    let verdict = until(&server, &policy, 1, QuorumVerdict::is_reached).await;
    let cosigned = vec!["W0".to_owned()];
    assert_eq!(verdict, QuorumVerdict::Reached { cosigned });
    assert_eq!(wrong.size(), None);
    server.stop().await;
}

/// Passes on what is sent to a witness, and tells when it has answered that it does not cosign.
async fn overheard(witness: SocketAddr) -> (SocketAddr, Arc<Notify>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let refused = Arc::new(Notify::new());
    let heard = Arc::clone(&refused);
    tokio::spawn(async move {
        loop {
            let (asking, _) = listener.accept().await.unwrap();
            let answering = TcpStream::connect(witness).await.unwrap();
            let (mut questions, mut to_ledger) = asking.into_split();
            let (mut answers, mut to_witness) = answering.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut questions, &mut to_witness).await });
            let heard = Arc::clone(&heard);
            tokio::spawn(async move {
                let mut bytes = [0; 4096];
                while let Ok(length @ 1..) = answers.read(&mut bytes).await {
                    if bytes.starts_with(b"HTTP/1.1 422 ") {
                        heard.notify_one();
                    }
                    to_ledger.write_all(&bytes[..length]).await.unwrap();
                }
            });
        }
    });
    (address, refused)
}

#[tokio::test]
async fn another_history_is_published_and_not_cosigned() {
    let witness = Watching::start("witness.example/w1").await;
    let (address, refused) = overheard(witness.address).await;
    let (_dir, path, policy) = policy(&[(&witness.key, address)], "all");
    let server = serve(&path).await;
    post(&server, 1, "FIRST").await;
    until(&server, &policy, 1, QuorumVerdict::is_reached).await;
    server.stop().await;

    let server = serve(&path).await;
    post(&server, 1, "OTHER").await;
    post(&server, 2, "SECOND").await;
    timeout(LONG, refused.notified()).await.unwrap();
    let missing = |verdict: &QuorumVerdict| !verdict.is_reached();
    until(&server, &policy, 2, missing).await;
    server.stop().await;
    assert_eq!(witness.size(), Some(Size::new(1)));
}

#[tokio::test]
async fn a_policy_that_is_wrong_is_refused_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("policy");
    let start = async |text: &str| {
        std::fs::write(&path, text).unwrap();
        let mut config = caseledger_server::Config::default();
        config.listen.address = "127.0.0.1:0".parse().unwrap();
        config.witness.policy = path.to_str().unwrap().to_owned();
        Server::bind(config, engine(&Fault::default())).await
    };
    let other = "log ledger.example/audit+2a52108c+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n";
    for text in [
        format!("{other}quorum none\n"),
        "quorum nobody\n".to_owned(),
    ] {
        let refused = start(&text).await;
        assert!(matches!(refused, Err(ServeError::Policy { .. })), "{text}");
    }
    let right = format!("log {}\nquorum none\n", key().vkey());
    start(&right).await.unwrap();

    let mut config = caseledger_server::Config::default();
    config.listen.address = "127.0.0.1:0".parse().unwrap();
    config.http.address = HttpAddress::Off;
    config.witness.policy = path.to_str().unwrap().to_owned();
    let unused = Server::bind(config, engine(&Fault::default())).await;
    assert!(matches!(unused, Err(ServeError::PolicyUnused { .. })));
}
