//! What a log and a monitor see of a witness: bytes over HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on fails its test"
)]

use std::net::SocketAddr;

use caseledger_chain::{
    AddCheckpoint, Checkpoint, Cosignature, KeyName, MemoryTree, Origin, SigningKey, Size,
    VerifierKey, consistency_proof, leaf_hash, root,
};
use caseledger_witness::{Server, Witness, WitnessError, add_log, init, show};
use sha2::Digest as _;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const ORIGIN: &str = "ledger.example/audit";

/// A witness that serves, and the log that it watches.
struct Rig {
    dir: TempDir,
    log: SigningKey,
    witness: VerifierKey,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

fn log(name: &str) -> SigningKey {
    SigningKey::from_seed(KeyName::parse(name).unwrap(), &[1; 32])
}

/// The entries of the worked vector in `ledger/chain/tests/it/worked_vector.rs`.
fn tree() -> MemoryTree {
    let entries: [&[u8]; 5] = [b"e0", b"e1", b"e2", b"e3", b"e4"];
    entries.into_iter().map(leaf_hash).collect()
}

fn request(key: &SigningKey, old: u64, size: u64) -> AddCheckpoint {
    let (old, size) = (Size::new(old), Size::new(size));
    let origin = Origin::from(key.name().clone());
    let checkpoint = Checkpoint::new(origin, size, root(&tree(), size).unwrap());
    AddCheckpoint {
        old,
        proof: consistency_proof(&tree(), old, size).unwrap(),
        checkpoint: checkpoint.sign(key).unwrap().into_note(),
    }
}

impl Rig {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("w");
        let name = KeyName::parse("witness.example/w1").unwrap();
        let witness = init(&folder, &name).unwrap();
        for name in [ORIGIN, "ledger.example/other"] {
            add_log(&folder, log(name).verifier()).unwrap();
        }
        let opened = Witness::open(&folder).unwrap();
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), opened)
            .await
            .unwrap();
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(server.serve(async { drop(stopped.await) }));
        Self {
            dir,
            log: log(ORIGIN),
            witness,
            address,
            stop,
            ended,
        }
    }

    async fn send(&self, head: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "{head} HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    async fn add(&self, request: &AddCheckpoint) -> Answer {
        let body = request.render();
        self.send("POST /add-checkpoint", body.as_bytes()).await
    }
}

#[tokio::test]
async fn a_log_gets_its_cosignature_and_a_monitor_sees_it() {
    let rig = Rig::start().await;
    let name = hex::encode(sha2::Sha256::digest(ORIGIN));
    let shown = format!("GET /{name}/checkpoint");
    assert_eq!(rig.send(&shown, b"").await.status, 404, "never cosigned");

    assert_eq!(rig.add(&request(&rig.log, 0, 3)).await.status, 200);
    let asked = request(&rig.log, 3, 5);
    let answer = rig.add(&asked).await;
    assert_eq!(answer.status, 200);
    let text = asked.checkpoint.split_once("\n\n").unwrap().0.to_owned() + "\n";
    let found = Cosignature::find(&text, answer.body.as_bytes(), &rig.witness).unwrap();
    assert_eq!(found.line(), answer.body, "and nothing else");

    let monitored = rig.send(&shown, b"").await;
    assert_eq!(monitored.status, 200);
    assert_eq!(monitored.body, asked.checkpoint + &answer.body);
    let upper = format!("GET /{}/checkpoint", name.to_uppercase());
    assert_eq!(rig.send(&upper, b"").await.status, 404);

    // Another log is at another size, and the end is one.
    assert_eq!(
        rig.add(&request(&log("ledger.example/other"), 0, 4))
            .await
            .status,
        200
    );
    rig.stop.send(()).unwrap();
    rig.ended.await.unwrap();
    let (key, logs) = show(&rig.dir.path().join("w")).unwrap();
    assert_eq!(key, rig.witness);
    let sizes: Vec<_> = logs
        .iter()
        .map(|log| (log.origin.as_str(), log.size.map(Size::get)))
        .collect();
    assert!(sizes.contains(&(ORIGIN, Some(5))));
    assert!(sizes.contains(&("ledger.example/other", Some(4))));
}

#[tokio::test]
async fn every_refusal_has_the_status_of_the_specification() {
    let rig = Rig::start().await;
    let honest = |old, size| request(&rig.log, old, size);
    assert_eq!(rig.add(&honest(0, 3)).await.status, 200);

    let conflict = rig.add(&honest(0, 5)).await;
    assert_eq!((conflict.status, conflict.body.as_str()), (409, "3\n"));
    let head = conflict.head.to_ascii_lowercase();
    assert!(
        head.contains("content-type: text/x.tlog.size\r\n"),
        "{head}"
    );

    let above = AddCheckpoint {
        checkpoint: honest(0, 3).checkpoint,
        ..honest(5, 5)
    };
    let forged = AddCheckpoint {
        checkpoint: honest(3, 5).checkpoint.replace("\n5\n", "\n4\n"),
        ..honest(3, 5)
    };
    let unproven = AddCheckpoint {
        proof: Vec::new(),
        ..honest(3, 5)
    };
    let unknown = request(&log("ledger.example/unknown"), 0, 3);
    for (asked, status) in [(above, 400), (forged, 403), (unknown, 404), (unproven, 422)] {
        let answer = rig.add(&asked).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(!answer.body.contains('\u{2014}'));
    }
    let add = "POST /add-checkpoint";
    assert_eq!(rig.send(add, b"old x\n\n").await.status, 400);
    let long = vec![b'a'; AddCheckpoint::BYTES_MAX + 1];
    assert_eq!(rig.send(add, &long).await.status, 400);
    assert_eq!(rig.send("GET /add-checkpoint", b"").await.status, 405);
    assert_eq!(rig.send("GET /", b"").await.status, 404);
    // None of this has moved it.
    assert_eq!(rig.add(&honest(3, 5)).await.status, 200);
}

#[tokio::test]
async fn only_loopback_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("w");
    init(&folder, &KeyName::parse("w").unwrap()).unwrap();
    let witness = Witness::open(&folder).unwrap();
    let bound = Server::bind("0.0.0.0:0".parse().unwrap(), witness).await;
    assert!(matches!(bound, Err(WitnessError::NotLoopback(_))));
}
