//! What the server says about itself: log lines on standard error, never with case content.

use std::io::IsTerminal;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use caseledger_domain::OrgId;
use http::{Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;
use tracing::level_filters::LevelFilter;
use tracing::{Level, debug};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{Limits, Log, LogFormat};
use crate::health::{READING, WRITING};
use crate::identity::{Caller, Directory};
use crate::metrics::Metrics;
use crate::status::found_by_transport;

/// The target of the lines about requests.
const ACCESS: &str = "caseledger_server::access";

/// A line for each connection that breaks the rules of HTTP/2 is a way to fill a disk. Directives for
/// the same target in the configuration go before it.
const QUIET: &str = "h2=error";

/// The header that carries the details of a status.
const DETAILS: &str = "grpc-status-details-bin";

/// Why logging cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directives cannot be read.
    #[error("log.filter is no list of log directives; write info or caseledger_server=debug,warn")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// Somebody else was first.
    #[error("logging is already set up in this process; set it up once")]
    Twice(#[source] TryInitError),
}

/// Sets up logging for the process, once.
///
/// # Errors
/// [`TelemetryError`] if the directives cannot be read or logging is already set up.
pub fn init(log: &Log) -> Result<(), TelemetryError> {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse(format!("{QUIET},{}", log.filter))
        .map_err(TelemetryError::Filter)?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        // Where standard error is closed there is nobody to tell, and telling it there panics.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => subscriber.finish().try_init(),
        LogFormat::Json => subscriber.json().finish().try_init(),
    }
    .map_err(TelemetryError::Twice)
}

/// Around every call: who sends it, which the services ask for; a line about it at level `debug` (method, organisation, code, time to the
/// head of the reply), which costs one comparison while that level is off; and a reason for what
/// the transport refuses without one.
#[derive(Clone, Debug)]
pub(crate) struct Edge<S> {
    pub(crate) inner: S,
    pub(crate) limits: Arc<Limits>,
    pub(crate) metrics: Metrics,
    pub(crate) directory: Arc<dyn Directory>,
}

impl<S> Service<Request<Body>> for Edge<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let caller = Caller::new(&self.directory, request.extensions(), request.headers());
        let logged = tracing::enabled!(target: ACCESS, Level::DEBUG).then(|| Logged {
            begun: Instant::now(),
            // Only what is known or parses is logged: a header is whatever a stranger wrote.
            org: caller.admit().ok().flatten(),
            method: request.uri().path().to_owned(),
        });
        let limits = Arc::clone(&self.limits);
        let (metrics, begun) = (self.metrics.clone(), Instant::now());
        let service = service_of(request.uri().path());
        request.extensions_mut().insert(caller);
        let reply = self.inner.call(request);
        Box::pin(async move {
            let mut reply = reply.await?;
            if let Some(status) = Status::from_header_map(reply.headers()) {
                let told = found_by_transport(status, &limits);
                if !told.details().is_empty() && !reply.headers().contains_key(DETAILS) {
                    reply = told.into_http();
                }
            }
            metrics.grpc(service, code_of(&reply), begun.elapsed());
            if let Some(logged) = logged {
                logged.line(&reply);
            }
            Ok(reply)
        })
    }
}

/// The service that a path names, out of those there are.
fn service_of(path: &str) -> &'static str {
    let named = path.split('/').nth(1).unwrap_or_default();
    let known = WRITING.iter().chain(&READING).copied();
    let found = known
        .filter(|service| !service.is_empty())
        .find(|service| *service == named);
    found.unwrap_or("other")
}

/// The code in the head of an answer by its name. A success and a stream carry theirs in the
/// trailers and count as `ok`.
fn code_of(reply: &Response<Body>) -> &'static str {
    let Some(status) = Status::from_header_map(reply.headers()) else {
        return "ok";
    };
    match status.code() {
        Code::Ok => "ok",
        Code::Cancelled => "cancelled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}

/// What is known of a call before it is answered.
struct Logged {
    begun: Instant,
    org: Option<OrgId>,
    method: String,
}

impl Logged {
    fn line(self, reply: &Response<Body>) {
        let Self { begun, org, method } = self;
        let org = org.map(|org| org.to_string());
        // A refusal carries its code in the head; a success and a stream carry it in the trailers.
        let code = reply
            .headers()
            .get("grpc-status")
            .and_then(|code| code.to_str().ok());
        let microseconds = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        debug!(target: ACCESS, method, org, code = code.unwrap_or("0"), microseconds, "answered");
    }
}
