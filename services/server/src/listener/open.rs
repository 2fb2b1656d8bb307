//! Calls that are open on one connection.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::Response;
use http_body_util::BodyExt as _;
use tokio::sync::watch;
use tonic::body::Body;
use tower::Service;

/// What was asked on a connection so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calls {
    /// Whether anything was.
    pub(super) asked: bool,
    /// Calls whose answers are not sent yet, if they are counted.
    pub(super) open: usize,
}

/// A service whose calls are watched.
#[derive(Clone, Debug)]
pub(super) struct Watched<S> {
    inner: S,
    calls: Arc<watch::Sender<Calls>>,
    counted: bool,
}

impl<S> Watched<S> {
    /// Whether anything was asked is always told; how many calls are open only where they are
    /// `counted`.
    pub(super) fn new(inner: S, counted: bool) -> (Self, watch::Receiver<Calls>) {
        let (sender, calls) = watch::channel(Calls::default());
        let service = Self {
            inner,
            calls: Arc::new(sender),
            counted,
        };
        (service, calls)
    }
}

/// A call that is counted, until it is dropped.
#[derive(Debug)]
struct Open(Arc<watch::Sender<Calls>>);

impl Open {
    fn begin(calls: &Arc<watch::Sender<Calls>>) -> Self {
        calls.send_modify(|calls| {
            calls.asked = true;
            calls.open += 1;
        });
        Self(Arc::clone(calls))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|calls| calls.open -= 1);
    }
}

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        if !self.counted {
            self.calls
                .send_if_modified(|calls| !std::mem::replace(&mut calls.asked, true));
            return self.inner.call(request).boxed();
        }
        let open = Open::begin(&self.calls);
        let answer = self.inner.call(request);
        async move {
            let answer = answer.await?;
            // Open until the answer is sent, or nobody wants it any more.
            Ok(answer.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    let _open = &open;
                    frame
                }))
            }))
        }
        .boxed()
    }
}
