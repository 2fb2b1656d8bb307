//! What the ledger is compared with: a bare echo, the bare disk, and `UmaDB`.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::{BoxFuture, Service, StdError, http};
use tonic::server::{NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use super::drive::Sample;
use crate::exit::{Exit, Failure, io_failure};
use crate::output::Output;

/// Bytes in a message of the echo: about what a submission of one event has.
pub(super) const ECHO_BYTES: usize = 350;

/// Bytes in one append to the bare file.
pub(super) const APPEND_BYTES: usize = 4096;

/// Appends that the file has room for; then it begins anew.
const APPENDS: u64 = 16_384;

const ECHO: &str = "/caseledger.bench.Echo/Echo";
const APPEND: &str = "/umadb.v1.DCB/Append";

/// A message of the echo.
#[derive(Clone, PartialEq, Eq, Message)]
struct Payload {
    #[prost(bytes = "bytes", tag = "1")]
    data: Bytes,
}

/// `umadb.v1.Event`, as far as it is used.
#[derive(Clone, PartialEq, Eq, Message)]
struct UmaEvent {
    #[prost(string, tag = "1")]
    event_type: String,
    #[prost(string, repeated, tag = "2")]
    tags: Vec<String>,
    #[prost(bytes = "bytes", tag = "3")]
    data: Bytes,
    #[prost(string, tag = "4")]
    uuid: String,
}

/// `umadb.v1.AppendRequest` without a condition.
#[derive(Clone, PartialEq, Eq, Message)]
struct AppendRequest {
    #[prost(message, repeated, tag = "1")]
    events: Vec<UmaEvent>,
}

/// `umadb.v1.AppendResponse`.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
struct AppendResponse {
    #[prost(uint64, tag = "1")]
    position: u64,
}

async fn unary<Q, A>(channel: Channel, path: &'static str, request: Q) -> Result<A, Failure>
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    let mut client = tonic::client::Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|error| Failure::new(Exit::Unavailable, error))?;
    let codec = ProstCodec::default();
    let call = client.unary(
        Request::new(request),
        PathAndQuery::from_static(path),
        codec,
    );
    let reply = call
        .await
        .map_err(|status| Failure::new(Exit::Refused, status))?;
    Ok(reply.into_inner())
}

/// Sends a message to the echo and waits for it.
///
/// # Errors
/// [`Failure`] if it does not come back.
pub(super) async fn echo(channel: Channel) -> Result<(), Failure> {
    let data = Bytes::from_static(&[7; ECHO_BYTES]);
    unary::<_, Payload>(channel, ECHO, Payload { data })
        .await
        .map(drop)
}

/// What is appended to `UmaDB` at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Append {
    /// The first event; the number becomes id and tag.
    pub(super) first: u64,
    /// How many events.
    pub(super) events: u64,
    /// Whether each has one tag, as every entry of the ledger has its case.
    pub(super) tagged: bool,
    /// Bytes in the data of an event.
    pub(super) bytes: usize,
}

/// Appends to `UmaDB` and waits for the acknowledgement.
///
/// # Errors
/// [`Failure`] if it is refused.
pub(super) async fn append(channel: Channel, what: Append) -> Result<(), Failure> {
    let data = Bytes::from(vec![7; what.bytes]);
    let numbers = what.first..what.first + what.events;
    let events = numbers.map(|number| UmaEvent {
        event_type: "CaseIdentified".to_owned(),
        tags: if what.tagged {
            vec![format!("case:{number:016x}")]
        } else {
            Vec::new()
        },
        data: data.clone(),
        uuid: format!("00000000-0000-4000-8000-{number:012x}"),
    });
    let request = AppendRequest {
        events: events.collect(),
    };
    unary::<_, AppendResponse>(channel, APPEND, request)
        .await
        .map(drop)
}

/// Appends to a preallocated file and syncs its data, one after the other, until the time is over.
///
/// # Errors
/// [`Failure`] if the disk does not take it.
pub(super) fn disk(path: &Path, time: Duration) -> Result<Sample, Failure> {
    let fail = || io_failure("write", path.display());
    let page = [7; APPEND_BYTES];
    let at = |number: u64| number % APPENDS * APPEND_BYTES as u64;
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    let file = file.map_err(fail())?;
    if file.metadata().map_err(fail())?.len() == 0 {
        for number in 0..APPENDS {
            file.write_all_at(&page, at(number)).map_err(fail())?;
        }
        file.sync_all().map_err(fail())?;
    }
    let (begun, mut waited) = (Instant::now(), Vec::new());
    while begun.elapsed() < time {
        let sent = Instant::now();
        file.write_all_at(&page, at(waited.len() as u64))
            .map_err(fail())?;
        file.sync_data().map_err(fail())?;
        waited.push(sent.elapsed());
    }
    Ok(Sample::new(waited, 1, begun.elapsed()))
}

/// The echo, as a server with nothing behind it.
#[derive(Clone, Copy, Debug)]
struct Echo;

impl UnaryService<Payload> for Echo {
    type Response = Payload;
    type Future = BoxFuture<Response<Payload>, Status>;

    fn call(&mut self, request: Request<Payload>) -> Self::Future {
        Box::pin(async move { Ok(Response::new(request.into_inner())) })
    }
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut server = tonic::server::Grpc::new(ProstCodec::<Payload, Payload>::default());
            Ok(server.unary(Self, request).await)
        })
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "caseledger.bench.Echo";
}

/// Serves the echo until standard input ends, as it does when whoever measures ends.
///
/// # Errors
/// [`Failure`] if there is no port for it.
pub(super) async fn serve_echo(output: &Output) -> Result<(), Failure> {
    let fail = || io_failure("listen on", "a loopback port");
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let listener = listener.map_err(fail())?;
    let address = listener.local_addr().map_err(fail())?;
    output.text(&format!("listening http://{address}\n"))?;
    let end = async {
        let wait = || std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        // However it ends, nobody is there any more.
        drop(tokio::task::spawn_blocking(wait).await);
    };
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let served = Server::builder()
        .add_service(Echo)
        .serve_with_incoming_shutdown(incoming, end);
    let served: Result<(), StdError> = served.await.map_err(Into::into);
    served.map_err(|error| Failure::new(Exit::Refused, error))
}
