//! Directory and web server, and the fall-back both share.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use caseledger_chain::push_bundle_entry;

use super::*;

fn write(root: &Path, resource: Resource, bytes: &[u8]) {
    let file = root.join(resource.path());
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
}

fn tile(width: u16) -> TileId {
    TileId::new(0, 0, width).unwrap()
}

fn bundle(width: u16) -> BundleId {
    BundleId::new(0, width).unwrap()
}

fn hashes(width: u16) -> Vec<u8> {
    (0..usize::from(width) * 32).map(|at| at as u8).collect()
}

fn entries(width: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    for index in 0..width {
        push_bundle_entry(&mut bytes, &vec![7; usize::from(index)]).unwrap();
    }
    bytes
}

#[tokio::test]
async fn a_directory_gives_what_is_there_and_says_what_is_not() {
    let root = tempfile::tempdir().unwrap();
    let source = DirSource::new(root.path());
    let absent = source.checkpoint().await.unwrap_err();
    assert!(matches!(&absent, SourceError::Absent { at } if at.ends_with("/checkpoint")));
    write(root.path(), Resource::Checkpoint, b"note");
    write(root.path(), Resource::Tile(tile(3)), &hashes(3));
    write(root.path(), Resource::Bundle(bundle(3)), &entries(3));
    assert_eq!(source.checkpoint().await.unwrap(), "note");
    assert_eq!(source.tile(tile(3)).await.unwrap(), hashes(3));
    assert_eq!(source.bundle(bundle(3)).await.unwrap(), entries(3));
    let absent = source.tile(tile(4)).await.unwrap_err();
    assert!(matches!(&absent, SourceError::Absent { at } if at.ends_with("tile/0/000.p/4")));
    std::fs::create_dir(root.path().join("tile/0/001")).unwrap();
    let unreadable = source.tile(TileId::new(0, 1, 256).unwrap()).await;
    assert!(matches!(unreadable, Err(SourceError::Unreachable { .. })));
}

#[tokio::test]
async fn a_pipe_in_a_directory_keeps_no_reader_waiting() {
    let root = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(root.path().join("checkpoint"))
        .status();
    assert!(made.unwrap().success());
    let refused = DirSource::new(root.path()).checkpoint().await.unwrap_err();
    assert!(
        matches!(&refused, SourceError::Unreachable { at, .. } if at.ends_with("/checkpoint")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_partial_that_is_gone_is_cut_from_the_full_one() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), Resource::Tile(tile(256)), &hashes(256));
    write(root.path(), Resource::Bundle(bundle(256)), &entries(256));
    let source = AnySource::open(root.path().to_str().unwrap()).unwrap();
    for width in [1, 2, 255, 256] {
        assert_eq!(source.tile(tile(width)).await.unwrap(), hashes(width));
        assert_eq!(source.bundle(bundle(width)).await.unwrap(), entries(width));
    }
}

#[tokio::test]
async fn what_has_another_form_than_its_name_says_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let source = DirSource::new(root.path());
    let long = vec![b'x'; CHECKPOINT_BYTES_MAX + 1];
    let mut trailing = entries(2);
    trailing.push(0);
    for (resource, bytes) in [
        (Resource::Checkpoint, long),
        (Resource::Tile(tile(2)), hashes(1)),
        (Resource::Tile(tile(2)), hashes(3)),
        (Resource::Bundle(bundle(2)), entries(1)),
        (Resource::Bundle(bundle(2)), entries(3)),
        (Resource::Bundle(bundle(2)), trailing),
    ] {
        write(root.path(), resource, &bytes);
        let refused = match resource {
            Resource::Checkpoint => source.checkpoint().await,
            Resource::Tile(tile) => source.tile(tile).await,
            Resource::Bundle(bundle) => source.bundle(bundle).await,
        };
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, SourceError::Malformed { .. }),
            "{resource} of {} bytes: {refused}",
            bytes.len()
        );
    }
}

/// Answers one connection after the other with the next of these, and tells what was asked.
fn server(answers: Vec<Vec<u8>>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/log", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let asked = answers.into_iter().map(|answer| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            stream.write_all(&answer).unwrap();
            let line = String::from_utf8(request).unwrap();
            line.lines().next().unwrap().to_owned()
        });
        asked.collect()
    });
    (address, thread)
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_web_server_is_asked_below_its_prefix_and_the_full_tile_after_a_404() {
    let (address, asked) = server(vec![
        answer("200 OK", "", b"note"),
        answer("404 Not Found", "", b"no"),
        answer("200 OK", "", &hashes(256)),
        answer("404 Not Found", "", b"no"),
        answer("404 Not Found", "", b"no"),
    ]);
    let source = HttpSource::new(&address, &Access::default()).unwrap();
    assert_eq!(source.checkpoint().await.unwrap(), "note");
    assert_eq!(source.tile(tile(5)).await.unwrap(), hashes(5));
    let absent = source.bundle(bundle(5)).await.unwrap_err();
    assert_eq!(
        absent.to_string(),
        format!("{address}/tile/entries/000.p/5 does not exist")
    );
    assert_eq!(
        asked.join().unwrap(),
        [
            "GET /log/checkpoint HTTP/1.1",
            "GET /log/tile/0/000.p/5 HTTP/1.1",
            "GET /log/tile/0/000 HTTP/1.1",
            "GET /log/tile/entries/000.p/5 HTTP/1.1",
            "GET /log/tile/entries/000 HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn a_web_server_that_answers_otherwise_is_told_apart() {
    let (address, _asked) = server(vec![
        answer("302 Found", "location: /elsewhere\r\n", b""),
        answer("200 OK", "", &hashes(3)),
        answer("200 OK", "content-encoding: gzip\r\n", &hashes(2)),
        answer("503 Service Unavailable", "", b""),
        answer("200 OK", "", &hashes(2)),
    ]);
    let source = HttpSource::new(&address, &Access::default()).unwrap();
    let moved = source.tile(tile(2)).await.unwrap_err();
    assert!(matches!(moved, SourceError::Status { status: 302, .. }));
    let long = source.tile(tile(2)).await.unwrap_err();
    let too_long = Malformed::TooLong { max: 64 };
    assert!(matches!(long, SourceError::Malformed { what, .. } if what == too_long));
    let encoded = source.tile(tile(2)).await.unwrap_err();
    let gzip = Malformed::Encoding("gzip".to_owned());
    assert!(matches!(encoded, SourceError::Malformed { what, .. } if what == gzip));
    // Busy once, then there.
    assert_eq!(source.tile(tile(2)).await.unwrap(), hashes(2));
}

#[tokio::test]
async fn nobody_there_is_not_absence() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let source = HttpSource::new(&address, &Access::default()).unwrap();
    let nobody = source.checkpoint().await.unwrap_err();
    assert!(
        matches!(nobody, SourceError::Unreachable { .. }),
        "{nobody}"
    );
}

#[test]
fn only_addresses_that_can_be_asked_are_taken() {
    for address in [
        "ftp://log.example/",
        "http://",
        "http://log.example/?a=b",
        "http://log.example/#a",
        "http://log example/",
    ] {
        let refused = AnySource::open(address).unwrap_err();
        assert!(matches!(refused, SourceError::Address { .. }), "{address}");
    }
    for address in [
        "http://127.0.0.1:1",
        "http://[::1]:1/",
        "http://log.example/a/b",
    ] {
        assert!(AnySource::open(address).is_ok(), "{address}");
    }
}
