//! Accepts connections and lets them go again.
//!
//! This is the place of tonic's own accept loop, which in 0.14.9 cuts a connection at the end of
//! its grace period without ever having asked the client to leave, gives every connection the
//! same age, cannot bound the time that draining takes, and answers a passed deadline with
//! `CANCELLED`. The HTTP/2 implementation is the same.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tonic::body::Body;
use tower::{Service, ServiceExt};
use tracing::{debug, warn};

use crate::config::{Config, Connection};
use crate::health::Monitor;
use crate::identity::{Peer, Shown};
use crate::tls::{Door, Guest};

use self::greeting::Greeted;
use self::open::{Calls, Watched};
use self::places::Places;
pub(crate) use self::places::{Share, Shares};

mod greeting;
mod open;
mod places;

/// Flow control windows: how much a client may send ahead on one stream and on one connection,
/// in bytes. Bulk posts need more than the 64 KiB that HTTP/2 begins with; and what nobody reads yet is
/// held in memory, on every connection that there may be.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// The most that the headers of a request may take, in bytes.
const HEADERS_MAX: u32 = 16 * 1024;

/// Calls on one connection that are reset before anybody has looked at them, and those that are reset
/// for what is wrong with them, before the connection is cut: each costs the server more than the
/// caller.
const RESETS_UNSEEN: usize = 20;
const RESETS_WRONG: usize = 1_024;

/// Time that a connection has to begin to speak HTTP/2, and one without a certificate for its
/// first request.
const FIRST_REQUEST: Duration = Duration::from_secs(10);

/// Time without a call after which a connection without a certificate makes room for another one.
const STRANGER_IDLE: Duration = Duration::from_mins(1);

/// Time after which a connection is cut that takes nothing of an answer: the server holds what it does
/// not take. A reader that does other things meanwhile has as long.
const UNTAKEN: Duration = Duration::from_mins(5);

/// Requests in flight on one connection without a certificate, unless the configuration says less.
const STRANGER_STREAMS: u32 = 64;

/// Time in which a connection that was never used takes leave when the server stops.
const UNUSED: Duration = Duration::from_millis(500);

/// Pause after a failed accept (out of file descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until the monitor says that the server drains, then finishes what was begun, within
/// the bound of the configuration.
pub(crate) async fn serve<S>(
    listener: TcpListener,
    door: Option<Door>,
    service: S,
    config: &Config,
    monitor: &Monitor,
) where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    let connections_max = config.connection.connections as usize;
    let drain = Duration::from_millis(config.drain.timeout_ms);
    let Some(door) = door else {
        return accept(
            listener,
            connections_max,
            drain,
            monitor,
            |stream, address| {
                let peer = Peer {
                    address,
                    shown: Shown::Plain,
                };
                let settings = config.connection.clone();
                let (service, monitor) = (service.clone(), monitor.clone());
                async move {
                    if let Err(error) = stream.set_nodelay(true) {
                        return debug!(peer = %address, %error, "connection lost");
                    }
                    connection(stream, peer, service, settings, monitor, false).await;
                }
            },
        )
        .await;
    };
    let places = Places::new(connections_max);
    let most = connections_max + config.tls.handshakes as usize;
    accept(listener, most, drain, monitor, |stream, address| {
        let (door, places) = (door.clone(), places.clone());
        let settings = config.connection.clone();
        let (service, monitor) = (service.clone(), monitor.clone());
        async move {
            if let Err(error) = stream.set_nodelay(true) {
                return debug!(peer = %address, %error, "connection lost");
            }
            let entered = tokio::select! {
                entered = door.enter(stream, address, async |peer| places.take(peer).await) => entered,
                // Nothing was begun.
                () = monitor.drained() => return,
            };
            let Some((guest, _place)) = entered else { return };
            let Guest { stream, peer, pass } = guest;
            let stranger = !pass.is_certified();
            tokio::select! {
                () = connection(stream, peer, service, settings, monitor, stranger) => {}
                () = pass.revoked() => debug!(peer = %address, "certificate is not taken any more, connection cut"),
            }
        }
    })
    .await;
}

/// Hands every connection to `serve`, so many at once, until the monitor says that it is over;
/// then lets those that are open end, for as long as `drain`.
pub(crate) async fn accept<F>(
    listener: TcpListener,
    connections_max: usize,
    drain: Duration,
    monitor: &Monitor,
    serve: impl Fn(TcpStream, SocketAddr) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    let mut drained = pin!(monitor.drained());
    loop {
        tokio::select! {
            () = &mut drained => break,
            Some(_ended) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < connections_max => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(serve(stream, peer));
                }
                Err(error) => {
                    warn!(error = %error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    // From here on the kernel refuses new connections, so that clients try elsewhere at once.
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(drain, all).await.is_err() {
        warn!(
            connections = connections.len(),
            "drain.timeout_ms is over, connections are cut"
        );
        connections.shutdown().await;
    }
}

/// One connection, from its first byte to its last.
async fn connection<I, S>(
    stream: I,
    peer: Peer,
    service: S,
    settings: Connection,
    monitor: Monitor,
    stranger: bool,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    let address = peer.address;
    let service = service.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        request.map(Body::new)
    });
    let (service, calls, untaken) = Watched::new(service, stranger);
    let (stream, greeted) = Greeted::new(stream);
    let connection = builder(&settings, stranger)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection);
    let begun = || calls.borrow().asked;
    let peer = address;
    let late = late(greeted, calls.clone(), stranger);
    let leaves = tokio::select! {
        late = late => late,
        () = untaken.longer_than(UNTAKEN) => Late::Unread,
        ended = &mut connection => return closed(peer, ended),
        () = monitor.drained() => {
            connection.as_mut().graceful_shutdown();
            if !begun() {
                // There is nothing to finish, and perhaps nobody who speaks HTTP/2.
                let left = timeout(UNUSED, &mut connection).await;
                match left {
                    Ok(ended) => return closed(peer, ended),
                    Err(_elapsed) if !begun() => return,
                    Err(_elapsed) => {}
                }
            }
            // The bound on draining is that of `serve`, which holds this task.
            return closed(peer, connection.await);
        }
        () = sleep(jittered(Duration::from_millis(settings.age_ms))) => Late::Old,
    };
    match leaves {
        Late::Silent => return debug!(%peer, "nothing was asked, connection cut"),
        Late::Unread => return debug!(%peer, "answers are not taken, connection cut"),
        Late::Idle => debug!(%peer, "no certificate and no call, the client is asked to leave"),
        Late::Old => debug!(%peer, "connection is old, the client is asked to connect anew"),
    }
    connection.as_mut().graceful_shutdown();
    match timeout(Duration::from_millis(settings.age_grace_ms), connection).await {
        Ok(ended) => closed(peer, ended),
        Err(_elapsed) => debug!(%peer, "connection is old and was cut"),
    }
}

/// Why a connection does not stay.
#[derive(Clone, Copy, Debug)]
enum Late {
    /// Nobody asks anything on it.
    Silent,
    /// Nobody takes what was asked for.
    Unread,
    /// Nobody has asked anything for a while, and others may need the room.
    Idle,
    /// It has reached its age.
    Old,
}

/// Waits until a connection is silent for too long. With a certificate it may be, once HTTP/2 is
/// spoken: from then on pings tell whether anybody is there.
async fn late(
    greeted: oneshot::Receiver<()>,
    mut calls: watch::Receiver<Calls>,
    stranger: bool,
) -> Late {
    if timeout(FIRST_REQUEST, greeted).await.is_err() {
        return Late::Silent;
    }
    if !stranger {
        return std::future::pending().await;
    }
    let asked = calls.wait_for(|calls| calls.asked);
    if timeout(FIRST_REQUEST, asked).await.is_err() {
        return Late::Silent;
    }
    loop {
        // The sender goes when the connection does, which the caller sees for itself.
        if calls.wait_for(|calls| calls.open == 0).await.is_err() {
            return std::future::pending().await;
        }
        let next = calls.wait_for(|calls| calls.open > 0);
        if timeout(STRANGER_IDLE, next).await.is_err() {
            return Late::Idle;
        }
    }
}

pub(crate) fn closed(peer: SocketAddr, ended: Result<(), hyper::Error>) {
    match ended {
        Ok(()) => debug!(%peer, "connection closed"),
        Err(error) => debug!(%peer, %error, "connection lost"),
    }
}

fn builder(settings: &Connection, stranger: bool) -> http2::Builder<TokioExecutor> {
    let streams = if stranger {
        settings.streams.min(STRANGER_STREAMS)
    } else {
        settings.streams
    };
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(streams)
        .max_header_list_size(HEADERS_MAX)
        .max_pending_accept_reset_streams(RESETS_UNSEEN)
        .max_local_error_reset_streams(RESETS_WRONG)
        .keep_alive_interval(Duration::from_millis(settings.keepalive_ms))
        .keep_alive_timeout(Duration::from_millis(settings.keepalive_timeout_ms));
    builder
}

/// Up to a tenth more or less, so that clients that came together do not return together.
pub(crate) fn jittered(age: Duration) -> Duration {
    let tenth = age / 10;
    let share = getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX));
    age.saturating_sub(tenth) + (tenth * 2).mul_f64(share)
}

#[cfg(test)]
mod tests;
