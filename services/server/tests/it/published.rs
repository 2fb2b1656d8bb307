//! What the ledger publishes over HTTP, byte by byte on the connection, and judged by others.

use std::collections::HashMap;
use std::io::Read as _;
use std::net::SocketAddr;
use std::time::Duration;

use caseledger_chain::{
    BundleId, Checkpoint, Digest, MemoryTree, NodeSource as _, Size, TileId, decode_bundle,
    leaf_hash,
};
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_server::{Config, HttpAddress, Opening, Server};
use caseledger_store::AppendError;
use flate2::read::GzDecoder;
use signed_note::{StandardVerifier, VerifierList};
use tlog_tiles::{Hash, Tile, TileHashReader, TileReader};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::transport::Channel;

use crate::support::{
    Fault, Running, as_prosecutor, engine, key, message_id, opened, submission, submit,
};

/// Longer than anything here takes; a test that waits so long fails.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// One request on a connection of its own.
async fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: log\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut bytes)).await;
    read.unwrap().unwrap();
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_lowercase(), value.to_owned())
    });
    Answer {
        status,
        headers: headers.collect(),
        body: bytes.split_off(end + 4),
    }
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, "GET", path, "").await
}

async fn checkpoint(address: SocketAddr) -> Checkpoint {
    let answer = get(address, "/checkpoint").await;
    assert_eq!(answer.status, 200);
    Checkpoint::open(&answer.body, key().verifier()).unwrap()
}

/// Posts entries, a hundred in a submission.
async fn grow(channel: &Channel, from: u64, to: u64) {
    let mut commands = CommandServiceClient::new(channel.clone());
    for first in (from..to).step_by(100) {
        let posts = (first..to.min(first + 100)).map(|number| {
            let mut one = opened(message_id(number), &format!("NUMBER-{number}"));
            one.posts.pop().unwrap()
        });
        let request = submit(submission(message_id(first), posts.collect()));
        commands.submit(as_prosecutor(request)).await.unwrap();
    }
}

/// A server that publishes at once, with so many entries, which all are published.
async fn publishing(entries: u64) -> Running {
    let server = Running::with(|config| config.http.publish_interval_ms = 10).await;
    published(&server, entries).await;
    server
}

/// Posts so many entries, and waits until they are published.
pub(crate) async fn published(server: &Running, entries: u64) {
    grow(&server.channel().await, 0, entries).await;
    published_to(server.http, entries).await;
}

/// Waits until so many entries are published.
async fn published_to(address: SocketAddr, entries: u64) {
    let wait = async { while checkpoint(address).await.size < Size::new(entries) {} };
    timeout(LONG, wait).await.unwrap();
}

/// The bytes of a tile, straight from its definition.
fn derived(tree: &MemoryTree, tile: TileId) -> Vec<u8> {
    let first = tile.index() * 256;
    let hashes = (first..first + u64::from(tile.width())).map(|at| {
        let node: Digest = tree.node(tile.level() * 8, at).unwrap();
        node.to_bytes()
    });
    hashes.flatten().collect()
}

#[tokio::test]
async fn only_what_exists_under_its_one_name_is_there() {
    let server = publishing(600).await;
    for (path, status) in [
        ("/checkpoint", 200),
        ("/tile/0/000", 200),
        ("/tile/0/001", 200),
        ("/tile/0/000.p/1", 200),
        ("/tile/0/000.p/255", 200),
        ("/tile/0/002.p/88", 200),
        ("/tile/0/002.p/1", 200),
        ("/tile/1/000.p/2", 200),
        ("/tile/1/000.p/1", 200),
        ("/tile/entries/000", 200),
        ("/tile/entries/001.p/7", 200),
        ("/tile/entries/002.p/88", 200),
        ("/livez", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        // Not there yet.
        ("/tile/0/002", 404),
        ("/tile/0/002.p/89", 404),
        ("/tile/0/003.p/1", 404),
        ("/tile/1/000", 404),
        ("/tile/1/000.p/3", 404),
        ("/tile/2/000.p/1", 404),
        ("/tile/63/000", 404),
        ("/tile/entries/002", 404),
        ("/tile/entries/002.p/89", 404),
        ("/tile/entries/x999/x999/x999/x999/x999/999", 404),
        // Other spellings.
        ("/tile/00/000", 404),
        ("/tile/+0/000", 404),
        ("/tile/64/000", 404),
        ("/tile/0/0", 404),
        ("/tile/0/0000", 404),
        ("/tile/0/x000/001", 404),
        ("/tile/0/000.p/0", 404),
        ("/tile/0/000.p/01", 404),
        ("/tile/0/000.p/256", 404),
        ("/tile/0/000.p/", 404),
        ("/tile/0/000.p", 404),
        ("/tile/0/000/", 404),
        ("/tile/0/%30%30%30", 404),
        ("/tile/0//000", 404),
        ("/tile/entries/000.p/0", 404),
        ("/tile/entries/000.p/256", 404),
        ("/tile/entries/../0/000", 404),
        ("/tile/data/000", 404),
        ("/tile/", 404),
        ("/tile", 404),
        ("/Checkpoint", 404),
        ("/checkpoint/", 404),
        ("/", 404),
    ] {
        let answer = get(server.http, path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        if status == 404 {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
    }
    for path in ["/checkpoint", "/tile/0/000", "/metrics"] {
        let answer = ask(server.http, "POST", path, "content-length: 0\r\n").await;
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn tiles_and_bundles_are_those_of_the_tree_over_the_entries() {
    let server = publishing(600).await;
    let mut tree = MemoryTree::new();
    for bundle in BundleId::between(Size::ZERO, Size::new(600)) {
        let answer = get(server.http, &format!("/{bundle}")).await;
        let entries = decode_bundle(&answer.body, bundle.width()).unwrap();
        for entry in entries {
            tree.push(leaf_hash(entry));
        }
    }
    let signed = checkpoint(server.http).await;
    assert_eq!((signed.size, signed.root), (tree.size(), tree.root()));
    for size in [1, 255, 256, 257, 600] {
        for tile in TileId::between(Size::ZERO, Size::new(size)) {
            let answer = get(server.http, &format!("/{tile}")).await;
            assert_eq!(answer.body, derived(&tree, tile), "{tile}");
        }
    }
    server.stop().await;
}

/// Tiles that were fetched, as the store of another implementation.
struct Fetched(HashMap<String, Vec<u8>>);

impl TileReader for Fetched {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        // It writes the height of tiles, always 8 here, into the path.
        let path = |tile: &Tile| tile.path().replacen("tile/8/", "tile/", 1);
        Ok(tiles
            .iter()
            .map(|tile| self.0[&path(tile)].clone())
            .collect())
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

#[tokio::test]
async fn another_implementation_verifies_what_is_served() {
    let server = publishing(600).await;
    let answer = get(server.http, "/checkpoint").await;
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let note = signed_note::Note::from_bytes(&answer.body).unwrap();
    let verifier = StandardVerifier::new(&key().vkey()).unwrap();
    note.verify(&VerifierList::new(vec![Box::new(verifier)]))
        .unwrap();
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!(checkpoint.size(), 600);
    let mut tiles = HashMap::new();
    for tile in TileId::between(Size::ZERO, Size::new(600)) {
        let answer = get(server.http, &format!("/{tile}")).await;
        tiles.insert(tile.path(), answer.body);
    }
    let tiles = Fetched(tiles);
    let reader = TileHashReader::new(600, *checkpoint.hash(), &tiles);
    for bundle in BundleId::between(Size::ZERO, Size::new(600)) {
        let answer = get(server.http, &format!("/{bundle}")).await;
        let entries = decode_bundle(&answer.body, bundle.width()).unwrap();
        for (at, entry) in (bundle.index() * 256..).zip(entries) {
            let proof = tlog_tiles::prove_record(600, at, &reader).unwrap();
            let leaf = Hash(leaf_hash(entry).to_bytes());
            tlog_tiles::check_record(&proof, 600, *checkpoint.hash(), at, leaf).unwrap();
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_never_changes_is_sent_once() {
    let server = publishing(3).await;
    for path in ["/tile/0/000.p/3", "/tile/entries/000.p/3"] {
        let full = get(server.http, path).await;
        let tag = full.header("etag").unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        assert_eq!(
            full.header("content-type"),
            Some("application/octet-stream")
        );
        let cached = full.header("cache-control").unwrap();
        assert_eq!(cached, "public, max-age=31536000, immutable");
        let head = ask(server.http, "HEAD", path, "").await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), full.header("content-length"));
        assert_eq!(head.header("etag"), Some(&tag[..]));
        let asked = format!("if-none-match: \"other\", {tag}\r\n");
        let unchanged = ask(server.http, "GET", path, &asked).await;
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{path}");
        assert_eq!(unchanged.header("etag"), Some(&tag[..]));
        let other = ask(server.http, "GET", path, "if-none-match: \"other\"\r\n").await;
        assert_eq!((other.status, other.body), (200, full.body), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn bundles_are_compressed_for_those_who_ask() {
    let server = publishing(300).await;
    let plain = get(server.http, "/tile/entries/000").await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("vary"), Some("accept-encoding"));
    let asked = "accept-encoding: br, gzip\r\n";
    let small = ask(server.http, "GET", "/tile/entries/000", asked).await;
    assert_eq!(small.header("content-encoding"), Some("gzip"));
    assert_eq!(small.header("vary"), Some("accept-encoding"));
    assert_ne!(small.header("etag"), plain.header("etag"));
    assert!(small.body.len() < plain.body.len());
    let mut unpacked = Vec::new();
    GzDecoder::new(&small.body[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);
    let tag = small.header("etag").unwrap();
    let again = format!("{asked}if-none-match: {tag}\r\n");
    let unchanged = ask(server.http, "GET", "/tile/entries/000", &again).await;
    assert_eq!(unchanged.status, 304);
    let tile = ask(server.http, "GET", "/tile/0/000", asked).await;
    assert_eq!(tile.header("content-encoding"), None);
    server.stop().await;
}

#[tokio::test]
async fn a_checkpoint_is_never_ahead_of_its_tiles_and_never_smaller() {
    let server = Running::with(|config| config.http.publish_interval_ms = 10).await;
    let channel = server.channel().await;
    let posting = tokio::spawn(async move {
        for number in 0..600 {
            grow(&channel, number, number + 1).await;
        }
    });
    let watching = async {
        let mut seen = Size::ZERO;
        while seen < Size::new(600) {
            let Checkpoint { size, .. } = checkpoint(server.http).await;
            assert!(size >= seen, "{size} after {seen}");
            for bundle in BundleId::between(seen, size) {
                assert_eq!(
                    get(server.http, &format!("/{bundle}")).await.status,
                    200,
                    "{bundle}"
                );
            }
            for tile in TileId::between(seen, size) {
                assert_eq!(
                    get(server.http, &format!("/{tile}")).await.status,
                    200,
                    "{tile}"
                );
            }
            seen = size;
        }
    };
    timeout(LONG, watching)
        .await
        .expect("all 600 are published");
    posting.await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_ledger_that_cannot_record_is_not_ready_and_is_read_all_the_same() {
    let mut server = publishing(3).await;
    let ready = get(server.http, "/readyz").await;
    assert_eq!((ready.status, &ready.body[..]), (200, &b"ready\n"[..]));
    let broken = std::io::Error::other("power");
    *server.fault.lock().unwrap() = Some(AppendError::Indeterminate(broken));
    let request = as_prosecutor(submit(opened(message_id(9), "NINE")));
    let mut commands = CommandServiceClient::new(server.channel().await);
    commands.submit(request).await.unwrap_err();
    // Counted twice: the one whose outcome is not known, and one that the writer does not take.
    let later = as_prosecutor(submit(opened(message_id(10), "TEN")));
    commands.submit(later).await.unwrap_err();
    let measures = String::from_utf8(get(server.http, "/metrics").await.body).unwrap();
    for reason in ["OUTCOME_UNKNOWN", "STORE_UNAVAILABLE"] {
        let line = format!("caseledger_submissions_refused_total{{reason=\"{reason}\"}} 1");
        assert!(measures.contains(&line), "no {line} in\n{measures}");
    }
    assert_eq!(get(server.http, "/readyz").await.status, 503);
    assert_eq!(get(server.http, "/livez").await.status, 200);
    assert_eq!(checkpoint(server.http).await.size, Size::new(3));
    assert_eq!(get(server.http, "/tile/entries/000.p/3").await.status, 200);
    server.begin_stop();
    server.ended().await.unwrap_err();
}

#[tokio::test]
async fn measures_count_what_was_done_and_name_nobody() {
    let server = publishing(3).await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let again = opened(message_id(7), "SEVEN");
    commands
        .submit(as_prosecutor(submit(again.clone())))
        .await
        .unwrap();
    commands.submit(as_prosecutor(submit(again))).await.unwrap();
    let taken = opened(message_id(7), "EIGHT");
    commands
        .submit(as_prosecutor(submit(taken)))
        .await
        .unwrap_err();
    get(server.http, "/nobody/knows/this").await;
    published_to(server.http, 4).await;
    let answer = get(server.http, "/metrics").await;
    let kind = answer.header("content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "caseledger_entries 4",
        "caseledger_checkpoint_size 4",
        "caseledger_commit_groups_total 2",
        "caseledger_submissions_total{outcome=\"accepted\"} 2",
        "caseledger_submissions_total{outcome=\"duplicate\"} 1",
        "caseledger_submissions_refused_total{reason=\"DUPLICATE_MESSAGE_ID_OTHER_CONTENT\"} 1",
        "caseledger_submissions_unanswered 0",
        "caseledger_submissions_unanswered_limit 65536",
        "caseledger_guard_behind_entries 0",
        "caseledger_submission_duration_seconds_count 4",
        "caseledger_http_requests_total{resource=\"other\",status=\"404\"} 1",
        "caseledger_grpc_requests_total{service=\"caseledger.v1.CommandService\",code=\"ok\"} 3",
        "# EOF",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "no {line} in\n{text}"
        );
    }
    for foreign in ["nobody", "lada", "SEVEN"] {
        assert!(!text.contains(foreign), "{foreign} in\n{text}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let server = Running::with(|config| config.http.header_ms = 100).await;
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    stream
        .write_all(b"GET /checkpoint HTTP/1.1\r\nhost: l")
        .await
        .unwrap();
    let mut heard = Vec::new();
    let closed = timeout(LONG, stream.read_to_end(&mut heard)).await;
    closed.unwrap().unwrap();
    assert!(!heard.starts_with(b"HTTP/1.1 200"), "{heard:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_ledger_that_is_being_opened_is_alive_and_not_ready() {
    let mut config = Config::default();
    config.listen.address = "127.0.0.1:0".parse().unwrap();
    let mut opening = Opening::bind(config).await.unwrap();
    let http = opening.http_addr().unwrap();
    let open = async {
        for (path, status) in [("/livez", 200), ("/readyz", 503), ("/checkpoint", 503)] {
            assert_eq!(get(http, path).await.status, status, "{path}");
        }
        engine(&Fault::default())
    };
    let engine = opening.while_opening(open).await.unwrap();
    let server = opening.opened(engine).await.unwrap();
    assert_eq!(server.http_addr(), Some(http));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));
    for path in ["/livez", "/readyz", "/checkpoint"] {
        assert_eq!(get(http, path).await.status, 200, "{path}");
    }
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn http_can_be_left_out() {
    let mut config = Config::default();
    config.listen.address = "127.0.0.1:0".parse().unwrap();
    config.http.address = HttpAddress::Off;
    let engine = engine(&Fault::default());
    let server = Server::bind(config, engine).await.unwrap();
    assert_eq!(server.http_addr(), None);
    server.serve(std::future::ready(())).await.unwrap();
}
