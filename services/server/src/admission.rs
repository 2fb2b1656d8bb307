//! In front of every service: whether the caller's organisation may ask for more, and a note of
//! each post that is refused on the way to the gate.
//!
//! Services know nothing of it, so a new one is behind it from its first day. Health and
//! reflection are not of the ledger: of those only the calls that are open count.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body_util::BodyExt;
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use crate::arrival::{Bounds, whole};
use crate::call::Call;
use crate::gate::Gate;
use crate::grpc::PROBE_MAX;
use crate::identity::{Caller, IdentityError, Strangers};
use crate::status::{Failure, found_by_transport};

/// Paths of the services of the ledger begin like this.
const LEDGER: &str = "/caseledger.";

/// The one service that answers whoever asks: supervisors have no certificates.
const HEALTH: &str = "/grpc.health.v1.Health/";

/// The services behind the quotas.
#[derive(Clone, Debug)]
pub(crate) struct Admission<S> {
    pub(crate) inner: S,
    pub(crate) gate: Gate,
    pub(crate) strangers: Strangers,
}

impl<S> Service<Request<Body>> for Admission<S>
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

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        let recognised = Caller::of(request.extensions()).map(Caller::recognise);
        let admitted = match recognised.and_then(|recognised| recognised.org) {
            Err(_nobody) if path.starts_with(HEALTH) => Ok(None),
            admitted => admitted,
        };
        let ledger = path.starts_with(LEDGER);
        let known = recognised
            .map(|recognised| recognised.known())
            .unwrap_or_default();
        let org = match admitted {
            Ok(org) => org,
            Err(refused) => {
                if refused == IdentityError::UnknownPrincipal {
                    self.strangers.tell(request.extensions().get());
                }
                let status = Status::from(Failure::from(refused));
                if let Some(post) = ledger.then(|| Call::of(&request)).flatten() {
                    self.gate.note_status(Some(&post), known, &status);
                }
                return Box::pin(async move { Ok(status.into_http()) });
            }
        };
        let post = Call::of(&request);
        // An organisation has its limits in whatever role it comes, or names none of its own.
        let place = org.map(|org| {
            let quotas = self.gate.quotas();
            if ledger {
                quotas.call(org)
            } else {
                quotas.place(org)
            }
        });
        let place = match place.transpose() {
            Ok(place) => place,
            Err(limit) => {
                self.gate.metrics().limited(limit.name());
                let status = Status::from(Failure::Limit(limit));
                if let Some(post) = post {
                    self.gate.note_status(Some(&post), known, &status);
                }
                return Box::pin(async move { Ok(status.into_http()) });
            }
        };
        let gate = self.gate.clone();
        let limits = gate.limits();
        let bounds = Bounds {
            limit: limits.request(),
            message_max: if ledger {
                limits.request_bytes as usize
            } else {
                PROBE_MAX
            },
            room: org.map(|org| gate.quotas().room(org)),
        };
        let (head, body) = request.into_parts();
        let body = whole(head.uri.path(), body, bounds);
        let request = Request::from_parts(head, body);
        let reply = Call::run(post.clone(), self.inner.call(request));
        Box::pin(async move {
            let reply = reply.await?;
            if let Some(post) = post.filter(|post| !post.is_noted())
                && let Some(status) = Status::from_header_map(reply.headers())
            {
                // Refused by a service, or by the transport before it.
                let status = found_by_transport(status, gate.limits());
                gate.note_status(Some(&post), known, &status);
            }
            let Some(place) = place else { return Ok(reply) };
            // The call is open until its answer is sent, or nobody wants it any more.
            Ok(reply.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    let _held = &place;
                    frame
                }))
            }))
        })
    }
}
