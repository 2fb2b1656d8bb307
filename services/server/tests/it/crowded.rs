//! Readers that take their time, and more of them than there is room for.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::blocking::slow;
use crate::published::{LONG, get, published};
use crate::support::Running;

/// Longer than any test runs, in milliseconds: a bound that is not the one under test.
const NEVER: u64 = 600_000;

/// Asks for tiles without reading any, until the server has closed the connection.
async fn never_reads(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"GET /tile/0/000 HTTP/1.1\r\nhost: log\r\n\r\n";
    while stream.write_all(request).await.is_ok() {}
}

/// One request on a connection that is kept: the head of its answer.
async fn head(stream: &mut TcpStream, path: &str) -> Option<String> {
    let asking = async {
        let request = format!("HEAD {path} HTTP/1.1\r\nhost: log\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        Some(String::from_utf8(head).unwrap())
    };
    timeout(LONG, asking).await.unwrap()
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    for (write_ms, answer_ms) in [(100, NEVER), (NEVER, 100)] {
        let server = Running::with(|config| {
            config.http.publish_interval_ms = 10;
            config.http.write_ms = write_ms;
            config.http.answer_ms = answer_ms;
        })
        .await;
        published(&server, 256).await;
        let closed = timeout(LONG, never_reads(server.http)).await;
        closed.unwrap_or_else(|_| panic!("write_ms {write_ms}, answer_ms {answer_ms}"));
        server.stop().await;
    }
}

#[tokio::test]
async fn a_connection_ends_at_its_age() {
    let server = Running::with(|config| config.http.age_ms = 100).await;
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    let asking = async { while head(&mut stream, "/checkpoint").await.is_some() {} };
    timeout(LONG, asking).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn probes_are_answered_when_all_connections_are_taken() {
    let server = Running::with(|config| {
        config.http.connections = 1;
        config.http.header_ms = NEVER;
        config.http.answer_ms = NEVER;
    })
    .await;
    let mut taken = TcpStream::connect(server.http).await.unwrap();
    let first = head(&mut taken, "/checkpoint").await.unwrap();
    assert!(first.starts_with("HTTP/1.1 200"), "{first}");
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/checkpoint", 503)] {
        // Without `connection: close`, so that the server has to end it.
        let mut probe = TcpStream::connect(server.http).await.unwrap();
        let told = head(&mut probe, path).await.unwrap();
        assert!(told.starts_with(&format!("HTTP/1.1 {status}")), "{told}");
        let rest = timeout(LONG, probe.read_to_end(&mut Vec::new())).await;
        assert_eq!(rest.unwrap().unwrap(), 0, "{path}");
    }
    let refused = get(server.http, "/checkpoint").await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    // As many as there may be beyond, none of which says anything.
    let mut silent = Vec::new();
    for _ in 0..16 {
        silent.push(TcpStream::connect(server.http).await.unwrap());
    }
    assert_eq!(get(server.http, "/livez").await.status, 200);
    drop(taken);
    let free = async { while get(server.http, "/checkpoint").await.status != 200 {} };
    timeout(LONG, free).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn more_reads_than_run_at_once_wait_for_a_while_and_are_refused() {
    let (server, valve) = slow(|config| {
        config.http.publish_interval_ms = 10;
        config.http.reads = 1;
        config.http.read_ms = 200;
    })
    .await;
    let path = "/tile/entries/000.p/2";
    let there = async { while get(server.http, path).await.status != 200 {} };
    timeout(LONG, there).await.unwrap();
    valve.close();
    for _ in 0..2 {
        let answer = get(server.http, path).await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    // The read whose caller has gone keeps its turn, and no other thing waits for it.
    assert_eq!(get(server.http, "/checkpoint").await.status, 200);
    valve.open();
    let there = async { while get(server.http, path).await.status != 200 {} };
    timeout(LONG, there).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn what_is_read_and_not_taken_yet_has_room_for_so_many_bytes() {
    // Room for one bundle of two, whatever their entries are.
    let (server, valve) = slow(|config| {
        config.http.publish_interval_ms = 10;
        config.http.bytes = 2 * 65_537;
    })
    .await;
    let path = "/tile/entries/000.p/2";
    let there = async { while get(server.http, path).await.status != 200 {} };
    timeout(LONG, there).await.unwrap();
    valve.close();
    let address = server.http;
    let first = tokio::spawn(async move { get(address, path).await });
    timeout(LONG, valve.held()).await.unwrap();
    let refused = get(address, path).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    valve.open();
    assert_eq!(first.await.unwrap().status, 200);
    // Taken, so there is room again: also for what is refused, absent, or not changed.
    for _ in 0..3 {
        let there = async { while get(address, path).await.status != 200 {} };
        timeout(LONG, there).await.unwrap();
        assert_eq!(get(address, "/tile/entries/001.p/2").await.status, 404);
    }
    server.stop().await;
}
