//! The way in: a handshake, and a place behind it.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::{debug, warn};

use super::certificate::named;
use super::handshakes::Handshakes;
use super::keeper::Keeper;
use super::set::{Set, now};
use crate::identity::{Peer, Shown};
use crate::metrics::Metrics;

/// The longest sleep until a certificate ends; then the clock is asked again.
const SLEEP_MAX: Duration = Duration::from_hours(1);

/// Refused certificates that get a line of the log in a second, lest a stranger fill it.
const LINES_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// The most that is read from somebody who was refused, in bytes.
const UNREAD_MAX: u64 = 64 * 1024;

/// What is spoken behind a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/2, for gRPC.
    Calls,
    /// HTTP/1.1.
    Pages,
}

/// The door of one port.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    protocol: Protocol,
    keeper: Arc<Keeper>,
    handshakes: Handshakes,
    /// For a handshake, and the wait for a place after it.
    limit: Duration,
    metrics: Metrics,
    /// Refused certificates that get a line; all are counted.
    told: Arc<DefaultDirectRateLimiter>,
}

/// A connection whose handshake is over.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) stream: TlsStream<TcpStream>,
    pub(crate) peer: Peer,
    pub(crate) pass: Pass,
}

/// What a connection was let in with.
#[derive(Debug)]
pub(crate) struct Pass {
    sets: watch::Receiver<Arc<Set>>,
    /// Empty without a certificate.
    chain: Vec<CertificateDer<'static>>,
    /// Seconds since 1970 at which the certificate ends.
    until: i64,
}

impl Door {
    pub(crate) fn new(protocol: Protocol, keeper: &Arc<Keeper>, metrics: Metrics) -> Self {
        let config = keeper.config();
        Self {
            protocol,
            handshakes: Handshakes::new(config.handshakes as usize),
            limit: config.handshake(),
            keeper: Arc::clone(keeper),
            metrics,
            told: Arc::new(RateLimiter::direct(Quota::per_second(LINES_PER_SECOND))),
        }
    }

    /// Shakes hands and takes what `place` gives, both within the time for a handshake; nothing if
    /// that fails, takes too long, or newer ones need the room. `place` learns whom it is for.
    pub(crate) async fn enter<P>(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        place: impl AsyncFnOnce(&Peer) -> Option<P>,
    ) -> Option<(Guest, P)> {
        let mut turn = self.handshakes.begin();
        let entering = timeout(self.limit, async {
            let guest = self.handshake(stream, address).await.ok_or("failed")?;
            let place = place(&guest.peer).await.ok_or("crowded")?;
            Ok((guest, place))
        });
        let (entered, outcome) = tokio::select! {
            entered = entering => match entered {
                Ok(Ok(entered)) => (Some(entered), "done"),
                Ok(Err(why)) => (None, why),
                Err(_elapsed) => (None, "late"),
            },
            () = turn.evicted() => (None, "evicted"),
        };
        self.metrics.tls_handshake(outcome);
        if entered.is_none() {
            debug!(peer = %address, outcome, "no handshake");
        }
        entered
    }

    /// Tells operators of a certificate that is refused: its holder has posted nothing yet that could
    /// be noted, and may be a court whose certificate has run out. Strangers who send nonsense are not worth a line.
    fn failed(&self, address: SocketAddr, error: &io::Error) {
        let Some(reason) = refused(error) else {
            return debug!(peer = %address, %error, "handshake failed");
        };
        self.metrics.tls_refused(reason);
        if self.told.check().is_ok() {
            warn!(peer = %address, reason, "client certificate refused");
        } else {
            debug!(peer = %address, reason, "client certificate refused");
        }
    }

    async fn handshake(&self, stream: TcpStream, address: SocketAddr) -> Option<Guest> {
        let mut sets = self.keeper.sets();
        let set = Arc::clone(&sets.borrow_and_update());
        let acceptor = TlsAcceptor::from(set.config(self.protocol));
        let accepted = acceptor.accept(stream).into_fallible().await;
        let stream = match accepted {
            Ok(stream) => stream,
            Err((error, stream)) => {
                self.failed(address, &error);
                tell(stream).await;
                return None;
            }
        };
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let chain: Vec<_> = chain
            .iter()
            .map(|certificate| certificate.clone().into_owned())
            .collect();
        let (certificate, until) = match chain.first() {
            None => (None, i64::MAX),
            Some(leaf) => {
                let (uri, until) = named(leaf);
                (Some(uri), until)
            }
        };
        Some(Guest {
            stream,
            peer: Peer {
                address,
                shown: Shown::Tls { certificate },
            },
            pass: Pass { sets, chain, until },
        })
    }
}

/// Why a client certificate is not taken, as operators are told; none if the handshake failed by
/// anything else.
fn refused(error: &io::Error) -> Option<&'static str> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let why = match error {
        rustls::Error::InvalidCertificate(why) => why,
        // Lists are verified when they are read: this is one that was taken for that of another CA.
        rustls::Error::InvalidCertRevocationList(_) => return Some("bad_revocation_list"),
        _ => return None,
    };
    Some(match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "not_valid_yet"
        }
        CertificateError::Revoked => "revoked",
        CertificateError::UnknownIssuer => "unknown_ca",
        // As of a CA that has the name of one of ours.
        CertificateError::BadSignature => "bad_signature",
        CertificateError::UnknownRevocationStatus
        | CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. } => "no_revocation_list",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "wrong_use"
        }
        // The set grows with the library.
        _ => "malformed",
    })
}

/// Lets the other side read why a handshake failed. Closing at once what it has sent something more
/// to would take that back.
async fn tell(mut stream: TcpStream) {
    if stream.shutdown().await.is_ok() {
        let mut rest = stream.take(UNREAD_MAX);
        // Whatever it is, and however it ends, nobody wants it.
        let _unread = copy(&mut rest, &mut sink()).await;
    }
}

impl Pass {
    /// Whether it is one at all.
    pub(crate) fn is_certified(&self) -> bool {
        !self.chain.is_empty()
    }

    /// Waits until the certificate is not taken any more: it has ended, or newer CAs or revocation
    /// lists refuse it. Never without a certificate.
    pub(crate) async fn revoked(mut self) {
        if self.chain.is_empty() {
            return std::future::pending().await;
        }
        loop {
            let left = u64::try_from(self.until.saturating_sub(now())).unwrap_or_default();
            let ends = sleep(Duration::from_secs(left.saturating_add(1)).min(SLEEP_MAX));
            tokio::select! {
                changed = self.sets.changed() => if changed.is_err() {
                    // The server goes, and ends its connections itself.
                    return std::future::pending().await;
                },
                () = ends => {}
            }
            let set = Arc::clone(&self.sets.borrow_and_update());
            if !set.accepts(&self.chain) {
                return;
            }
        }
    }
}
