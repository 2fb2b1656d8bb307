//! A published log behind a web server.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{sleep, timeout};

use super::{LogSource, Malformed, Resource, SourceError};
use crate::tls::Access;

/// Time to connect.
const CONNECT: Duration = Duration::from_secs(5);

/// Time for one request, from connecting to the last byte of the answer.
const REQUEST: Duration = Duration::from_secs(30);

/// How often a request is sent that finds nobody, or a server that cannot answer now.
const ATTEMPTS: u32 = 3;

/// Pause after the first failed attempt; the next one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);

/// A web server below whose address a log is published. What it says is verified by signature and
/// hash, whoever carries it; `https` keeps others from reading or withholding what is asked.
#[derive(Clone, Debug)]
pub struct HttpSource {
    /// Ends with a slash.
    base: String,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
}

impl HttpSource {
    /// Takes the address of a log, as `http://127.0.0.1:7401`. Nothing is asked yet.
    ///
    /// # Errors
    /// [`SourceError::Address`] for anything but an `http` or `https` URL without query;
    /// [`SourceError::Tls`] if what `https` needs cannot be used.
    pub fn new(address: &str, access: &Access) -> Result<Self, SourceError> {
        let refuse = |why| SourceError::Address {
            address: address.to_owned(),
            why,
        };
        let uri: Uri = address
            .parse()
            .map_err(|_cause: http::uri::InvalidUri| refuse("write http://127.0.0.1:7401"))?;
        let https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(refuse("only http and https are spoken")),
        };
        if uri.query().is_some() || uri.host().is_none_or(str::is_empty) || address.contains('#') {
            return Err(refuse("write http://HOST:PORT/PATH and nothing behind it"));
        }
        let connector = access.pages(https, CONNECT)?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self {
            base: format!("{}/", address.trim_end_matches('/')),
            client,
        })
    }

    /// One attempt: the answer with its body, or why there is none.
    async fn ask(&self, resource: &Resource) -> Result<Response<Bytes>, Failed> {
        let request = Request::get(self.locate(resource))
            .header(
                USER_AGENT,
                concat!("caseledger/", env!("CARGO_PKG_VERSION")),
            )
            .header(ACCEPT_ENCODING, "identity")
            .body(Empty::new())
            .map_err(Failed::other)?;
        let answer = self.client.request(request).await.map_err(Failed::other)?;
        let (head, body) = answer.into_parts();
        if head.status != StatusCode::OK {
            return Ok(Response::from_parts(head, Bytes::new()));
        }
        let body = Limited::new(body, resource.bytes_max()).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Failed::TooLong
            } else {
                Failed::Unreachable(error)
            }
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// Why an attempt has no answer.
enum Failed {
    TooLong,
    Unreachable(Box<dyn Error + Send + Sync>),
}

impl Failed {
    fn other(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Unreachable(error.into())
    }
}

impl LogSource for HttpSource {
    fn locate(&self, resource: &Resource) -> String {
        format!("{}{resource}", self.base)
    }

    async fn read(&self, resource: Resource) -> Result<Bytes, SourceError> {
        let at = || self.locate(&resource);
        let malformed = |what| SourceError::Malformed { at: at(), what };
        let mut attempt = 1;
        let answer = loop {
            let answered = timeout(REQUEST, self.ask(&resource)).await;
            let transient = match &answered {
                Ok(Ok(answer)) => is_transient(answer.status()),
                Ok(Err(Failed::TooLong)) => false,
                Ok(Err(Failed::Unreachable(_))) | Err(_) => true,
            };
            if !transient || attempt == ATTEMPTS {
                break answered;
            }
            sleep(PAUSE * attempt).await;
            attempt += 1;
        };
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(Failed::TooLong)) => {
                let max = resource.bytes_max();
                return Err(malformed(Malformed::TooLong { max }));
            }
            Ok(Err(Failed::Unreachable(source))) => {
                return Err(SourceError::Unreachable { at: at(), source });
            }
            Err(elapsed) => {
                let source = elapsed.into();
                return Err(SourceError::Unreachable { at: at(), source });
            }
        };
        match answer.status() {
            StatusCode::OK => {}
            // What was pruned on purpose is as absent as what never was.
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                return Err(SourceError::Absent { at: at() });
            }
            status => {
                let status = status.as_u16();
                return Err(SourceError::Status { at: at(), status });
            }
        }
        if let Some(encoding) = answer.headers().get(CONTENT_ENCODING)
            && encoding != "identity"
        {
            let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
            return Err(malformed(Malformed::Encoding(encoding)));
        }
        Ok(answer.into_body())
    }
}

/// Whether the same request may be answered a moment later.
fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}
