//! One connection over HTTP/1.1, which nobody can hold for ever.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;
use tracing::debug;

use crate::config::Http;
use crate::health::Monitor;
use crate::identity::Peer;
use crate::listener::{closed, jittered};

/// The most that the head of a request may take, in bytes. Requests have no bodies.
const HEAD_MAX: usize = 16 * 1024;

/// How long a connection may be held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// For the head of a request, and of silence between two.
    header: Duration,
    /// Without progress of an answer.
    write: Duration,
    /// From a request to the end of its answer or to the next request.
    answer: Duration,
    /// From its begin until no request is taken any more.
    age: Duration,
    /// Whether there may be a second request.
    keep: bool,
}

impl Bounds {
    /// One short answer.
    pub(super) const PROBE: Self = Self {
        header: Duration::from_secs(1),
        write: Duration::from_secs(1),
        answer: Duration::from_secs(1),
        age: Duration::from_secs(1),
        keep: false,
    };

    /// Those of the configuration.
    pub(super) fn of(settings: &Http) -> Self {
        Self {
            header: Duration::from_millis(settings.header_ms),
            write: Duration::from_millis(settings.write_ms),
            answer: Duration::from_millis(settings.answer_ms),
            age: jittered(Duration::from_millis(settings.age_ms)),
            keep: true,
        }
    }
}

/// From its first byte to its last.
pub(super) async fn serve<I: AsyncRead + AsyncWrite + Unpin>(
    stream: I,
    peer: Peer,
    routes: Router,
    bounds: Bounds,
    over: Monitor,
) {
    let from = peer.address;
    // An answer that nobody takes holds its bytes; so it is not held for long. Every byte that is
    // taken begins this time anew, so the whole answer has a bound of its own below.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(bounds.write));
    let asked = Arc::new(watch::Sender::new(Instant::now()));
    let mut last = asked.subscribe();
    let service = routes.map_request(move |mut request: Request<Incoming>| {
        asked.send_replace(Instant::now());
        request.extensions_mut().insert(peer.clone());
        request.map(Body::new)
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.header)
        .keep_alive(bounds.keep)
        .max_buf_size(HEAD_MAX);
    let connection = builder.serve_connection(
        TokioIo::new(Box::pin(stream)),
        TowerToHyperService::new(service),
    );
    let mut connection = pin!(connection);
    let peer = from;
    let mut late = pin!(async {
        loop {
            let until = *last.borrow_and_update() + bounds.answer;
            match timeout_at(until, last.changed()).await {
                Ok(Ok(())) => {}
                Err(_) | Ok(Err(_)) => return,
            }
        }
    });
    tokio::select! {
        ended = &mut connection => return closed(peer, ended),
        () = &mut late => return debug!(%peer, "answer was not taken in time, connection cut"),
        () = over.drained() => {}
        () = sleep(bounds.age) => {}
    }
    // Closed at once between two requests, or else after the answer.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        ended = &mut connection => closed(peer, ended),
        () = &mut late => debug!(%peer, "answer was not taken in time, connection cut"),
    }
}
