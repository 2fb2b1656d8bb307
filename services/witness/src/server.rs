//! The witness over HTTP/1.1, on loopback.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use caseledger_chain::{AddCheckpoint, Refusal};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;
use tracing::{debug, info, warn};

use crate::error::WitnessError;
use crate::witness::{Declined, Witness};

/// Open connections; the next one waits to be accepted.
const CONNECTIONS_MAX: usize = 256;

/// The most that the head of a request may take, in bytes.
const HEAD_MAX: usize = 16 * 1024;

/// Time for the head of a request, and between two requests.
const HEAD: Duration = Duration::from_secs(30);

/// Time for the body of a request.
const BODY: Duration = Duration::from_secs(10);

/// Time that requests in flight get when the witness stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Pause after a failed accept (out of file descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The size that was cosigned last, as C2SP tlog-witness has it.
const SIZE: HeaderValue = HeaderValue::from_static("text/x.tlog.size");

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A witness that holds its address and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    witness: Arc<Witness>,
}

impl Server {
    /// Takes the address. Nothing is answered before [`Self::serve`].
    ///
    /// # Errors
    /// [`WitnessError::NotLoopback`] for any address that others can reach, before it is bound;
    /// [`WitnessError::Bind`] if it cannot be had.
    pub async fn bind(address: SocketAddr, witness: Witness) -> Result<Self, WitnessError> {
        if !address.ip().is_loopback() {
            return Err(WitnessError::NotLoopback(address));
        }
        let bind_error = |source| WitnessError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind_error)?;
        let local_addr = listener.local_addr().map_err(bind_error)?;
        Ok(Self {
            listener,
            local_addr,
            witness: Arc::new(witness),
        })
    }

    /// The address, with the port that was found if it was left open.
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until `shutdown` is ready; then no connection is accepted any more, and requests in
    /// flight get five seconds.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        info!(address = %self.local_addr, key = %self.witness.key(), "witnessing");
        let routes = routes(self.witness);
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let (stopping, stop) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let accept = async {
                let place = Arc::clone(&room).acquire_owned().await;
                (place, self.listener.accept().await)
            };
            tokio::select! {
                () = &mut shutdown => break,
                Some(_ended) = connections.join_next() => {}
                (place, accepted) = accept => match accepted {
                    Ok((stream, peer)) => {
                        let (routes, stop) = (routes.clone(), stop.clone());
                        connections.spawn(async move {
                            let _place = place;
                            connection(stream, peer, routes, stop).await;
                        });
                    }
                    Err(error) => {
                        warn!(%error, "cannot accept a connection");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(self.listener);
        stopping.send_replace(true);
        let drained = timeout(DRAIN, async {
            while connections.join_next().await.is_some() {}
        });
        if drained.await.is_err() {
            warn!("connections were cut");
        }
        info!("stopped");
    }
}

/// One connection, from its first byte to its last.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    mut stop: watch::Receiver<bool>,
) {
    let service = routes.map_request(|request: Request<Incoming>| request.map(Body::new));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_MAX);
    let connection =
        builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection);
    let stopping = async { drop(stop.wait_for(|stopping| *stopping).await) };
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stopping => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%peer, %error, "connection lost");
    }
}

fn routes(witness: Arc<Witness>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{log}/checkpoint", get(checkpoint))
        .fallback(absent)
        .with_state(witness)
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: Body) -> Response {
    let body = Limited::new(body, AddCheckpoint::BYTES_MAX).collect();
    let body = match timeout(BODY, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) => {
            let max = AddCheckpoint::BYTES_MAX;
            let line = format!("request cannot be read, or has more than {max} bytes: {error}\n");
            return text(StatusCode::BAD_REQUEST, line);
        }
        Err(_elapsed) => return text(StatusCode::REQUEST_TIMEOUT, "request took too long\n"),
    };
    let now = now();
    // Whoever asked may have gone by then: it is stored all the same, never half.
    let judged = spawn_blocking(move || witness.add_checkpoint(&body, now)).await;
    match judged {
        Ok(Ok(line)) => text(StatusCode::OK, line),
        Ok(Err(declined)) => decline(&declined),
        Err(_panicked) => broken(),
    }
}

/// Seconds since 1970-01-01T00:00:00Z.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the time of a cosignature comes from"
)]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    // A clock before 1970 is no clock; 0 is what a cosignature says that does not know the time.
    since.map_or(0, |elapsed| elapsed.as_secs())
}

async fn checkpoint(State(witness): State<Arc<Witness>>, Path(name): Path<String>) -> Response {
    let read = spawn_blocking(move || witness.checkpoint(&name)).await;
    match read {
        Ok(Ok(Some(note))) => text(StatusCode::OK, note),
        Ok(Ok(None)) => absent().await,
        Ok(Err(declined)) => decline(&declined),
        Err(_panicked) => broken(),
    }
}

fn decline(declined: &Declined) -> Response {
    match declined {
        Declined::Refused(Refusal::Conflict { stored }) => {
            let headers = [(CONTENT_TYPE, SIZE), (CACHE_CONTROL, NO_STORE)];
            (StatusCode::CONFLICT, headers, format!("{stored}\n")).into_response()
        }
        Declined::Refused(refusal) => {
            let status = StatusCode::from_u16(refusal.status());
            let status = status.unwrap_or(StatusCode::BAD_REQUEST);
            text(status, format!("{refusal}\n"))
        }
        Declined::NotStored(_) | Declined::Stopped(_) | Declined::Time(_) => broken(),
    }
}

async fn absent() -> Response {
    text(StatusCode::NOT_FOUND, "there is nothing here\n")
}

fn broken() -> Response {
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the witness cannot cosign this log; its own log says why\n",
    )
}

fn text(status: StatusCode, body: impl Into<Body>) -> Response {
    let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, NO_STORE)];
    (status, headers, body.into()).into_response()
}
