//! In front of every service: whether the caller's organisation may ask for more.
//!
//! Services know nothing of it, so a new one is behind it from its first day. Health and
//! reflection are not of the ledger and are let through.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body_util::BodyExt;
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use crate::gate::Gate;
use crate::identity::Principal;
use crate::status::Failure;

/// Paths of the services of the ledger begin like this.
const LEDGER: &str = "/caseledger.";

/// The services behind the quotas.
#[derive(Clone, Debug)]
pub(crate) struct Admission<S> {
    pub(crate) inner: S,
    pub(crate) gate: Gate,
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
        let principal = Principal::from_headers(request.headers()).ok();
        let principal = principal.filter(|_| request.uri().path().starts_with(LEDGER));
        let Some(principal) = principal else {
            return Box::pin(self.inner.call(request));
        };
        let place = match self.gate.quotas().call(principal.org) {
            Ok(place) => place,
            Err(limit) => {
                self.gate.metrics().limited(limit.name());
                let refused = Status::from(Failure::Limit(limit)).into_http();
                return Box::pin(async move { Ok(refused) });
            }
        };
        let reply = self.inner.call(request);
        Box::pin(async move {
            let reply = reply.await?;
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
