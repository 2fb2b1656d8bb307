//! Why a call gave no answer, and the only place that takes a status apart.
//!
//! Callers branch on [`Refusal::reason`], which is one of a closed set, never on a message.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::time::Duration;

use caseledger_proto::pb::v1;
use caseledger_proto::reason::{ERROR_DOMAIN, Reason};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::certificate::CertificateRefusal;
use crate::receipt::Disbelief;
use crate::signer::SignError;
use crate::tls::TlsError;

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The ledger said no, and why.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The server gave an answer that cannot be believed. Trying again does not help; keep what
    /// it said.
    #[error("the ledger's answer is not believed: {0}")]
    Disbelief(#[from] Box<Disbelief>),
    /// Nobody answers, or the connection broke. A submission may have been recorded.
    #[error("ledger cannot be reached: {}", cause(.0))]
    Unreachable(Box<Status>),
    /// The server does not take the certificate that it was shown, and has heard no call. Trying
    /// again with the same one does not help.
    #[error("the server refused the client certificate: {0}")]
    Certificate(CertificateRefusal),
    /// The certificate of the server is not believed. Nothing was sent.
    #[error("the server is not believed: {0}")]
    Server(rustls::Error),
    /// The time for the call is over. A submission may have been recorded.
    #[error("no answer within the deadline; ask for the status of a submission, or send it again")]
    Deadline,
    /// The server ended a stream that was not done.
    #[error("the server ended the stream; open it again")]
    Ended,
    /// Not an address.
    #[error("{address:?} is no address; write http://127.0.0.1:7400")]
    Address {
        /// What was given.
        address: String,
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
    /// The submission could not be signed. Nothing was sent.
    #[error("cannot sign: {0}")]
    Unsigned(#[from] SignError),
    /// What `https` needs cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A failure without a reason of the ledger: something else answered.
    #[error("{}: {}", .0.code(), .0.message())]
    Other(Box<Status>),
}

/// The ledger said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The gRPC code.
    pub code: Code,
    /// One of a closed set; none if this release does not know it.
    pub reason: Option<Reason>,
    /// The reason as the server wrote it.
    pub reason_code: String,
    /// For people: what was expected, what was found, and the remedy.
    pub message: String,
    /// Typed fields of the reason, as text.
    pub metadata: BTreeMap<String, String>,
    /// What is wrong with which field, or which rules failed.
    pub violations: Vec<Violation>,
    /// How long to wait before trying again, if that may help.
    pub retry_after: Option<Duration>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of a field, or id of a rule.
    pub subject: String,
    /// What is wrong and what would be right.
    pub description: String,
}

impl ClientError {
    /// The refusal, if the ledger said no.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Disbelief(_)
            | Self::Unreachable(_)
            | Self::Certificate(_)
            | Self::Server(_)
            | Self::Deadline
            | Self::Ended
            | Self::Address { .. }
            | Self::Unsigned(_)
            | Self::Tls(_)
            | Self::Other(_) => None,
        }
    }

    /// The reason of the refusal, if this release knows it.
    pub fn reason(&self) -> Option<Reason> {
        self.refusal()?.reason
    }

    /// Whether the same call may succeed later, and may be sent again: a read, or a submission
    /// under the same message id.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                matches!(refusal.code, Code::Unavailable | Code::ResourceExhausted)
                    && refusal.retry_after.is_some()
            }
            Self::Unreachable(_) | Self::Ended => true,
            Self::Disbelief(_)
            | Self::Certificate(_)
            | Self::Server(_)
            | Self::Deadline
            | Self::Address { .. }
            | Self::Unsigned(_)
            | Self::Tls(_)
            | Self::Other(_) => false,
        }
    }

    /// Why nobody answers, in a few words; none for any other failure.
    pub fn unreachable_because(&self) -> Option<String> {
        match self {
            Self::Unreachable(status) => Some(cause(status)),
            Self::Refused(_)
            | Self::Disbelief(_)
            | Self::Certificate(_)
            | Self::Server(_)
            | Self::Deadline
            | Self::Ended
            | Self::Address { .. }
            | Self::Unsigned(_)
            | Self::Tls(_)
            | Self::Other(_) => None,
        }
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal()?.retry_after
    }
}

/// What is at the bottom of a failure of the transport, in the system's words if it has any. What
/// lies between is about sockets and frames and helps nobody.
fn cause(status: &Status) -> String {
    match bottom(status) {
        None => status.message().to_owned(),
        Some(error) => of_system(error).map_or_else(|| error.to_string(), told),
    }
}

/// The first cause of a failure of the transport.
fn bottom(status: &Status) -> Option<&(dyn Error + 'static)> {
    let mut bottom = status.source()?;
    while let Some(deeper) = bottom.source() {
        bottom = deeper;
    }
    Some(bottom)
}

/// An error of the system, also in the form in which a connection passes it on.
fn of_system<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let passed_on = || error.downcast_ref::<h2::Error>()?.get_io();
    error.downcast_ref().or_else(passed_on)
}

/// The first cause, if it is one of TLS: it comes in the form of an error of the system.
fn of_tls(status: &Status) -> Option<&rustls::Error> {
    let error = bottom(status)?.downcast_ref::<io::Error>()?;
    let mut inner = error.get_ref()?;
    // A failed handshake comes in two of them.
    while let Some(error) = inner.downcast_ref::<io::Error>() {
        inner = error.get_ref()?;
    }
    inner.downcast_ref()
}

/// What an error of the system says; or of TLS, which comes in its form.
fn told(error: &io::Error) -> String {
    match error.get_ref() {
        Some(inner) if inner.is::<rustls::Error>() || inner.is::<io::Error>() => inner.to_string(),
        Some(_) | None => error.kind().to_string(),
    }
}

impl From<Disbelief> for ClientError {
    fn from(disbelief: Disbelief) -> Self {
        Self::Disbelief(Box::new(disbelief))
    }
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        if let Some(info) = details
            .error_info()
            .filter(|info| info.domain == ERROR_DOMAIN)
        {
            let fields = details
                .bad_request()
                .into_iter()
                .flat_map(|bad| &bad.field_violations);
            let fields = fields.map(|field| (&field.field, &field.description));
            let rules = details
                .precondition_failure()
                .into_iter()
                .flat_map(|f| &f.violations);
            let rules = rules.map(|rule| (&rule.r#type, &rule.description));
            let violations = fields.chain(rules).map(|(subject, description)| Violation {
                subject: subject.clone(),
                description: description.clone(),
            });
            return Self::Refused(Box::new(Refusal {
                code: status.code(),
                reason: Reason::from_code(&info.reason),
                reason_code: info.reason.clone(),
                message: status.message().to_owned(),
                metadata: info.metadata.clone().into_iter().collect(),
                violations: violations.collect(),
                retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
            }));
        }
        match status.code() {
            // Said by the transport: the ledger's own come with a reason.
            Code::Unavailable | Code::Unknown | Code::Cancelled => {
                match of_tls(&status).map(|error| (CertificateRefusal::of(error), error)) {
                    Some((Some(refusal), _)) => Self::Certificate(refusal),
                    Some((None, error @ rustls::Error::InvalidCertificate(_))) => {
                        Self::Server(error.clone())
                    }
                    Some((None, _)) | None => Self::Unreachable(Box::new(status)),
                }
            }
            Code::DeadlineExceeded => Self::Deadline,
            _ => Self::Other(Box::new(status)),
        }
    }
}

impl From<v1::Refusal> for ClientError {
    fn from(refusal: v1::Refusal) -> Self {
        Self::Refused(Box::new(refusal.into()))
    }
}

impl From<v1::Refusal> for Refusal {
    fn from(refusal: v1::Refusal) -> Self {
        let v1::Refusal {
            code,
            message,
            reason,
            metadata,
            violations,
            retry_after_ms,
        } = refusal;
        let violations = violations.into_iter().map(|violation| Violation {
            subject: violation.field,
            description: violation.description,
        });
        Self {
            code: code.into(),
            reason: Reason::from_code(&reason),
            reason_code: reason,
            message,
            metadata: metadata.into_iter().collect(),
            violations: violations.collect(),
            retry_after: (retry_after_ms > 0).then(|| Duration::from_millis(retry_after_ms.into())),
        }
    }
}

impl From<tonic::transport::Error> for ClientError {
    fn from(error: tonic::transport::Error) -> Self {
        Status::from_error(Box::new(error)).into()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::*;

    /// A connection that takes everything and breaks off instead of an answer.
    struct Cut;

    impl AsyncRead for Cut {
        fn poll_read(
            self: Pin<&mut Self>,
            _context: &mut Context<'_>,
            _room: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let advice = "closed without close_notify: https://docs.example/manual";
            Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, advice)))
        }
    }

    impl AsyncWrite for Cut {
        fn poll_write(
            self: Pin<&mut Self>,
            _context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_connection_that_breaks_off_is_told_without_advice_to_programmers() {
        let (_requests, connection) = h2::client::handshake(Cut).await.unwrap();
        let broken = connection.await.unwrap_err();
        let error = ClientError::from(Status::from_error(Box::new(broken)));
        assert_eq!(
            error.to_string(),
            "ledger cannot be reached: unexpected end of file"
        );
    }
}
