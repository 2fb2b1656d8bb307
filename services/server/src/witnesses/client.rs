//! One request to a witness over HTTP.

use std::cell::OnceCell;
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use caseledger_chain::{AddCheckpoint, Size};
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};

use crate::tls::{TlsError, provider};

/// The longest answer that is read, in bytes: a hundred signature lines.
const ANSWER_MAX: usize = 16 * 1024;

/// What a witness answers to.
const USER: &str = concat!("caseledger/", env!("CARGO_PKG_VERSION"));

/// The address of a witness is not one.
#[derive(Debug, thiserror::Error)]
pub enum WitnessUrlError {
    /// Not an address at all.
    #[error("URL {0:?} is not one of the form http://HOST:PORT/PATH or https://HOST/PATH")]
    Form(String),
    /// Another scheme.
    #[error("URL {0:?} is neither http nor https")]
    Scheme(String),
    /// There is nobody to believe about a server behind https.
    #[error("https cannot be spoken")]
    Tls(#[source] Box<TlsError>),
}

/// Who is believed about witnesses behind https. Read when the first of them is met.
#[derive(Debug)]
pub(crate) struct Roots {
    ca: String,
    read: OnceCell<Arc<RootCertStore>>,
}

impl Roots {
    /// The CAs of a file in PEM, or else those of the machine.
    pub(crate) fn new(ca: &str) -> Self {
        Self {
            ca: ca.to_owned(),
            read: OnceCell::new(),
        }
    }

    fn get(&self) -> Result<Arc<RootCertStore>, TlsError> {
        if let Some(read) = self.read.get() {
            return Ok(Arc::clone(read));
        }
        let roots = Arc::new(crate::tls::roots("witness.ca", &self.ca)?);
        Ok(Arc::clone(self.read.get_or_init(|| roots)))
    }
}

/// What a witness answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// Signature lines, of which nothing is verified.
    Lines(Bytes),
    /// The size that it cosigned last.
    Stored(Size),
    /// Neither.
    Status(u16),
}

/// There is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("answer has more than {ANSWER_MAX} bytes")]
    TooLong,
    #[error("cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
}

/// Where a witness is.
#[derive(Debug)]
pub(super) struct Client {
    add_checkpoint: Uri,
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Client {
    /// Takes the submission prefix of a witness, and who is believed about it. Nothing is asked yet.
    pub(super) fn new(prefix: &str, roots: &Roots) -> Result<Self, WitnessUrlError> {
        let form = || WitnessUrlError::Form(prefix.to_owned());
        let uri = format!("{}/add-checkpoint", prefix.trim_end_matches('/'));
        let uri: Uri = uri
            .parse()
            .map_err(|_cause: http::uri::InvalidUri| form())?;
        if uri.host().is_none_or(str::is_empty) || prefix.contains(['?', '#']) {
            return Err(form());
        }
        let roots = match uri.scheme_str() {
            Some("http") => Arc::new(RootCertStore::empty()),
            Some("https") => roots.get().map_err(tls)?,
            _ => return Err(WitnessUrlError::Scheme(prefix.to_owned())),
        };
        let config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)
            .map_err(|source| tls(TlsError::Pair(source)))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        // The layer above judges schemes.
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self {
            add_checkpoint: uri,
            pool,
        })
    }

    /// Asks for a cosignature.
    pub(super) async fn add_checkpoint(&self, request: &AddCheckpoint) -> Result<Answer, Lost> {
        let request = Request::post(self.add_checkpoint.clone())
            .header(USER_AGENT, USER)
            .header(CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(Full::new(Bytes::from(request.render())))
            .map_err(|error| Lost::Unreachable(error.into()))?;
        let answer = self.pool.request(request).await;
        let (head, body) = answer
            .map_err(|error| Lost::Unreachable(error.into()))?
            .into_parts();
        let body = Limited::new(body, ANSWER_MAX).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Lost::TooLong
            } else {
                Lost::Unreachable(error)
            }
        })?;
        let body = body.to_bytes();
        Ok(match head.status {
            StatusCode::OK => Answer::Lines(body),
            // Some witnesses say so without a size where the roots differ.
            StatusCode::CONFLICT => size(&body).map_or(Answer::Status(409), Answer::Stored),
            status => Answer::Status(status.as_u16()),
        })
    }
}

fn tls(error: TlsError) -> WitnessUrlError {
    WitnessUrlError::Tls(Box::new(error))
}

/// The size in the answer 409: a decimal number and a line end.
fn size(body: &[u8]) -> Option<Size> {
    let text = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let size = digits.then(|| text.parse().ok()).flatten();
    size.map(Size::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_digits_and_a_line_end() {
        assert_eq!(size(b"0\n"), Some(Size::ZERO));
        assert_eq!(size(b"20852014\n"), Some(Size::new(20_852_014)));
        for body in [
            &b""[..],
            b"\n",
            b"3",
            b"+3\n",
            b"3\n\n",
            b"-1\n",
            b"18446744073709551616\n",
        ] {
            assert_eq!(size(body), None, "{body:?}");
        }
    }

    #[test]
    fn the_path_of_a_prefix_is_kept() {
        for (prefix, expected) in [
            (
                "http://127.0.0.1:7380",
                "http://127.0.0.1:7380/add-checkpoint",
            ),
            (
                "http://w.example/a/b/",
                "http://w.example/a/b/add-checkpoint",
            ),
        ] {
            let client = Client::new(prefix, &Roots::new("")).unwrap();
            assert_eq!(client.add_checkpoint.to_string(), expected);
        }
        for refused in ["", "w.example", "ftp://w.example/", "http://w.example/?a=b"] {
            Client::new(refused, &Roots::new("")).unwrap_err();
        }
    }
}
