//! Connections whose other end is in the test, on a clock that jumps.

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::client::conn::http2 as client;
use tokio::io::duplex;
use tokio::task::JoinHandle;
use tonic::Status;

use super::*;
use crate::identity::Shown;

#[test]
fn ages_differ_within_a_tenth() {
    let age = Duration::from_secs(100);
    let ages: Vec<Duration> = (0..100).map(|_| jittered(age)).collect();
    assert!(
        ages.iter()
            .all(|a| (Duration::from_secs(90)..=Duration::from_secs(110)).contains(a))
    );
    assert!(ages.iter().any(|other| *other != ages[0]));
}

/// More than any window on the way holds, in bytes.
const LARGE: usize = 16 * 1024 * 1024;

/// A connection to a server that answers with much, and the task that serves it.
async fn served(stranger: bool) -> (client::SendRequest<Empty<Bytes>>, JoinHandle<()>) {
    let (near, far) = duplex(64 * 1024);
    let peer = Peer {
        address: ([192, 0, 2, 1], 9).into(),
        shown: Shown::Tls { certificate: None },
    };
    let service = tower::service_fn(async |_request: Request<Body>| {
        let body = Full::new(Bytes::from(vec![0; LARGE]));
        let body = body.map_err(|never| -> Status { match never {} });
        // As every answer of a call has them.
        let body = body.with_trailers(async { Some(Ok(HeaderMap::new())) });
        Ok::<_, Infallible>(Response::new(Body::new(body)))
    });
    let settings = Connection::default();
    let serving = connection(far, peer, service, settings, Monitor::new(), stranger);
    let serving = tokio::spawn(serving);
    let shaking = client::handshake(TokioExecutor::new(), TokioIo::new(near));
    // Pings are answered as long as this runs.
    let (sender, answering) = shaking.await.unwrap();
    tokio::spawn(answering);
    (sender, serving)
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_of_an_answer_is_cut_off_and_who_takes_it_is_not() {
    // Less than any connection lives.
    let while_young = Duration::from_mins(30);
    let (mut sender, serving) = served(false).await;
    let taken = sender.send_request(Request::new(Empty::new())).await;
    let taken = taken.unwrap().collect().await.unwrap().to_bytes();
    assert_eq!(taken.len(), LARGE);
    assert!(timeout(while_young, serving).await.is_err());

    let (mut sender, serving) = served(false).await;
    let untaken = sender.send_request(Request::new(Empty::new())).await;
    timeout(while_young, serving).await.unwrap().unwrap();
    drop(untaken);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_asks_nothing_more_makes_room() {
    let (mut sender, serving) = served(true).await;
    let answer = sender.send_request(Request::new(Empty::new())).await;
    answer.unwrap().collect().await.unwrap();
    timeout(2 * STRANGER_IDLE, serving).await.unwrap().unwrap();
}
