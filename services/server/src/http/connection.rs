//! One connection over HTTP/1.1, which nobody can hold for ever.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;
use tracing::debug;

use crate::config::Http;
use crate::health::Monitor;
use crate::listener::closed;

/// The most that the head of a request may take, in bytes. Requests have no bodies.
const HEAD_MAX: usize = 16 * 1024;

/// From its first byte to its last.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    settings: Http,
    over: Monitor,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%peer, %error, "connection lost");
        return;
    }
    // An answer that nobody takes holds its bytes; so it is not held for long.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(Duration::from_millis(settings.write_ms)));
    let service = routes.map_request(|request: Request<Incoming>| request.map(Body::new));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(settings.header_ms))
        .max_buf_size(HEAD_MAX);
    let connection = builder.serve_connection(
        TokioIo::new(Box::pin(stream)),
        TowerToHyperService::new(service),
    );
    let mut connection = pin!(connection);
    tokio::select! {
        ended = &mut connection => closed(peer, ended),
        () = over.drained() => {
            connection.as_mut().graceful_shutdown();
            closed(peer, connection.await);
        }
    }
}
