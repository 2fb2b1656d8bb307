//! The ledger over HTTP, for everybody: checkpoint, tiles and entries as C2SP tlog-tiles has them,
//! and what a supervisor asks for.
//!
//! ```text
//! door (TLS, where it is on)
//!     |
//! connection (HTTP/1.1, bounded in number, in age and in the time of each answer)
//!     |
//!     +-- /checkpoint                    publication
//!     +-- /tile/<L>/<N>[.p/<W>]          publisher, on a thread of its own, so many at once
//!     +-- /tile/entries/<N>[.p/<W>]      the same, gzip where asked
//!     +-- /livez /readyz /metrics
//!
//! connection beyond that number: one request for /livez or /readyz, within two seconds
//! ```
//!
//! What strangers can make the server hold is bounded, too: the bytes of all answers that are read
//! or not taken yet.
//!
//! Only `GET` and `HEAD`, no bodies, no parameters: nothing here changes anything.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::debug;

use crate::config::Config;
use crate::gate::Gate;
use crate::health::{Condition, Monitor};
use crate::identity::{Caller, Directory, Peer, Shown};
use crate::listener::{self, Share, Shares};
use crate::publication::Publication;
use crate::tls::{Door, Guest};

use self::connection::Bounds;

mod connection;
mod log;
mod negotiate;

/// Nothing here is text for a browser to interpret.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// What the text form of `prometheus-client` is.
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// What changes is asked for anew each time.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Connections that are taken beyond `http.connections`, so that probes are answered when readers
/// have taken all of those.
pub(crate) const SPARE: usize = 16;

/// How long requests in flight get when the server ends. They are short reads.
const DRAIN: Duration = Duration::from_secs(2);

/// What the answers are made of.
#[derive(Clone, Debug)]
struct Site {
    publication: Publication,
    gate: Gate,
    directory: Arc<dyn Directory>,
    /// Reads that run at once. Those that wait are as many as there are connections.
    reads: Arc<Semaphore>,
    /// Bytes of answers that are read, or sent and not taken yet.
    bytes: Arc<Semaphore>,
    /// Time that a read may wait for its turn and take.
    read: Duration,
}

/// Serves until the monitor says that it is over. `gate` tells health and measures.
pub(crate) async fn serve(
    listener: TcpListener,
    door: Option<Door>,
    publication: Publication,
    gate: Gate,
    directory: Arc<dyn Directory>,
    config: &Config,
    over: &Monitor,
) {
    let site = Site {
        publication,
        gate,
        directory,
        reads: Arc::new(Semaphore::new(config.http.reads as usize)),
        bytes: Arc::new(Semaphore::new(config.http.bytes as usize)),
        read: Duration::from_millis(config.http.read_ms),
    };
    let (routes, probes) = (routes(site.clone()), probes(site));
    let places = Places::new(config.http.connections as usize);
    let handshakes = door
        .as_ref()
        .map_or(0, |_door| config.tls.handshakes as usize);
    let connections_max = config.http.connections as usize + SPARE + handshakes;
    let drain = DRAIN.min(Duration::from_millis(config.drain.timeout_ms));
    listener::accept(listener, connections_max, drain, over, |stream, address| {
        let bounds = Bounds::of(&config.http);
        let (routes, probes) = (routes.clone(), probes.clone());
        let (door, places, over) = (door.clone(), places.clone(), over.clone());
        through(
            stream,
            address,
            door,
            places,
            over,
            move |place| match place {
                Place::Reader => (routes, bounds),
                Place::Probe => (probes, Bounds::PROBE),
            },
        )
    })
    .await;
}

/// Places for connections. No peer has more than its share of those for readers.
#[derive(Clone, Debug)]
struct Places {
    readers: Arc<Semaphore>,
    shares: Shares,
    probes: Arc<Semaphore>,
}

/// A place that is taken. Given back when it is dropped.
#[derive(Debug)]
struct Taken {
    _share: Option<Share>,
    _place: OwnedSemaphorePermit,
}

/// What a connection may ask.
#[derive(Clone, Copy, Debug)]
enum Place {
    Reader,
    Probe,
}

impl Places {
    fn new(readers: usize) -> Self {
        Self {
            readers: Arc::new(Semaphore::new(readers)),
            shares: Shares::of_readers(readers),
            probes: Arc::new(Semaphore::new(SPARE)),
        }
    }

    fn take(&self, peer: &Peer) -> Option<(Place, Taken)> {
        let place = |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned().ok();
        if let Some(share) = self.shares.take_for(peer)
            && let Some(place) = place(&self.readers)
        {
            let taken = Taken {
                _share: Some(share),
                _place: place,
            };
            return Some((Place::Reader, taken));
        }
        let taken = Taken {
            _share: None,
            _place: place(&self.probes)?,
        };
        Some((Place::Probe, taken))
    }
}

/// One connection, through the door if there is one, to the routes of its place.
async fn through(
    stream: TcpStream,
    address: SocketAddr,
    door: Option<Door>,
    places: Places,
    over: Monitor,
    routes: impl FnOnce(Place) -> (Router, Bounds),
) {
    if let Err(error) = stream.set_nodelay(true) {
        return debug!(peer = %address, %error, "connection lost");
    }
    let Some(door) = door else {
        let peer = Peer {
            address,
            shown: Shown::Plain,
        };
        let Some((kind, _place)) = places.take(&peer) else {
            return;
        };
        let (routes, bounds) = routes(kind);
        return connection::serve(stream, peer, routes, bounds, over).await;
    };
    let entered = tokio::select! {
        entered = door.enter(stream, address, async |peer| places.take(peer)) => entered,
        () = over.drained() => return,
    };
    let Some((guest, (kind, _place))) = entered else {
        return;
    };
    let Guest { stream, peer, pass } = guest;
    let (routes, bounds) = routes(kind);
    tokio::select! {
        () = connection::serve(stream, peer, routes, bounds, over) => {}
        () = pass.revoked() => debug!(peer = %address, "certificate is not taken any more, connection cut"),
    }
}

/// Says that the ledger is being opened, until the monitor says that it is.
pub(crate) async fn serve_opening(
    listener: TcpListener,
    door: Option<Door>,
    config: &Config,
    over: &Monitor,
) {
    let routes = Router::new().route("/livez", get(alive)).fallback(opening);
    let places = Places::new(config.http.connections as usize);
    let handshakes = door
        .as_ref()
        .map_or(0, |_door| config.tls.handshakes as usize);
    let connections_max = config.http.connections as usize + handshakes;
    listener::accept(listener, connections_max, DRAIN, over, |stream, address| {
        let routes = routes.clone();
        let (door, places, over) = (door.clone(), places.clone(), over.clone());
        through(stream, address, door, places, over, move |_place| {
            (routes, Bounds::PROBE)
        })
    })
    .await;
}

fn routes(site: Site) -> Router {
    Router::new()
        .route("/checkpoint", get(log::checkpoint))
        .route("/tile/{*name}", get(log::tile))
        .route("/livez", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(absent)
        .layer(from_fn_with_state(site.clone(), measure))
        .with_state(site)
}

/// What is answered when all connections are taken.
fn probes(site: Site) -> Router {
    Router::new()
        .route("/livez", get(alive))
        .route("/readyz", get(ready))
        .fallback(crowded)
        .layer(from_fn_with_state(site.clone(), measure))
        .with_state(site)
}

/// A line of text, which is never kept.
fn text(status: StatusCode, line: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, NO_STORE)];
    (status, headers, line).into_response()
}

async fn absent() -> Response {
    text(StatusCode::NOT_FOUND, "there is nothing here\n")
}

async fn crowded() -> Response {
    busy("too many connections at once; connect again\n")
}

/// Something that may be had a moment later.
fn busy(line: &'static str) -> Response {
    let answer = text(StatusCode::SERVICE_UNAVAILABLE, line);
    ([(RETRY_AFTER, HeaderValue::from_static("1"))], answer).into_response()
}

async fn opening() -> Response {
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        "the ledger is being opened\n",
    )
}

/// The process answers.
async fn alive() -> Response {
    text(StatusCode::OK, "alive\n")
}

/// Whether the server does what it was started for at the moment: records posts, or serves a ledger
/// for reading. Reads may be served when posts are not recorded.
async fn ready(State(site): State<Site>) -> Response {
    let unavailable = |line| text(StatusCode::SERVICE_UNAVAILABLE, line);
    match site.gate.monitor().condition() {
        Condition::Draining => unavailable("the server is about to stop\n"),
        Condition::WriterStopped => unavailable(WRITER_STOPPED),
        Condition::ReadOnly => text(StatusCode::OK, "ready to be read; nothing is recorded\n"),
        _stopped if site.gate.reader().stopped() => unavailable(WRITER_STOPPED),
        Condition::DiskFull => unavailable("the disk is full; reads are served\n"),
        Condition::Serving => text(StatusCode::OK, "ready\n"),
    }
}

const WRITER_STOPPED: &str = "the writer has stopped; reads are served\n";

/// Whether somebody asks from this machine, or is known to the ledger.
fn may_measure(directory: &Arc<dyn Directory>, request: &Request) -> bool {
    let peer = request.extensions().get::<Peer>();
    if peer.is_some_and(|peer| peer.address.ip().to_canonical().is_loopback()) {
        return true;
    }
    let caller = Caller::new(directory, request.extensions(), request.headers());
    matches!(caller.admit(), Ok(Some(_org)))
}

/// For the machine itself, and for organisations that the ledger knows.
async fn metrics(State(site): State<Site>, request: Request) -> Response {
    if !may_measure(&site.directory, &request) {
        let line = "show a client certificate or a token that the ledger knows\n";
        return text(StatusCode::UNAUTHORIZED, line);
    }
    let gauges = site.gate.gauges(site.publication.current().size);
    match site.gate.metrics().text(gauges) {
        Ok(text) => {
            let headers = [(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, NO_STORE)];
            (headers, text).into_response()
        }
        Err(std::fmt::Error) => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "measures cannot be written\n",
        ),
    }
}

/// Around every request: counts it, and keeps browsers from guessing.
async fn measure(State(site): State<Site>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let resource = resource(request.uri().path());
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let status = answer.status().as_u16();
    site.gate.metrics().http(resource, status, begun.elapsed());
    answer
}

/// What a path asks for, as it is counted: out of a closed set.
fn resource(path: &str) -> &'static str {
    match path {
        "/checkpoint" => "checkpoint",
        "/livez" => "livez",
        "/readyz" => "readyz",
        "/metrics" => "metrics",
        _ if path.starts_with("/tile/entries/") => "bundle",
        _ if path.starts_with("/tile/") => "tile",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use caseledger_domain::OrgId;
    use caseledger_domain::vocabulary::Role;

    use super::*;
    use crate::identity::Unknown;

    /// Knows one URI.
    #[derive(Debug)]
    struct One;

    impl Directory for One {
        fn is_declared(&self) -> bool {
            true
        }

        fn principal(&self, uri: &str) -> Result<OrgId, Unknown> {
            let known = (uri == "caseledger://org/lasc").then(|| "lasc".parse().unwrap());
            known.ok_or(Unknown::Absent)
        }

        fn token(&self, _sha256: &[u8; 32]) -> Result<OrgId, Unknown> {
            Err(Unknown::Absent)
        }

        fn roles(&self, _org: OrgId) -> Vec<Role> {
            Vec::new()
        }
    }

    fn measures(from: &str, shown: Shown) -> bool {
        let address = SocketAddr::new(from.parse::<IpAddr>().unwrap(), 9);
        let mut request = Request::new(axum::body::Body::empty());
        request.extensions_mut().insert(Peer { address, shown });
        let directory: Arc<dyn Directory> = Arc::new(One);
        may_measure(&directory, &request)
    }

    #[test]
    fn measures_are_for_this_machine_and_for_those_who_are_known() {
        let named = |uri: &str| Shown::Tls {
            certificate: Some(Ok(uri.into())),
        };
        let nobody = Shown::Tls { certificate: None };
        for local in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(measures(local, nobody.clone()) && measures(local, Shown::Plain));
        }
        for (shown, expected) in [
            (Shown::Plain, false),
            (nobody, false),
            (named("caseledger://org/other"), false),
            (named("caseledger://org/lasc"), true),
        ] {
            assert_eq!(measures("192.0.2.1", shown.clone()), expected, "{shown:?}");
        }
    }
}
