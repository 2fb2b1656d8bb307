//! Calls that are open on one connection, and whether their answers are taken.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::Response;
use hyper::body::{Body as HttpBody, Frame};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tonic::Status;
use tonic::body::Body;
use tower::Service;

/// Bytes of an answer that are given at once. What was given and is not sent yet is out of sight.
const PART: usize = 64 * 1024;

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
    untaken: Untaken,
}

impl<S> Watched<S> {
    /// Whether anything was asked is always told; how many calls are open only where they are
    /// `counted`.
    pub(super) fn new(inner: S, counted: bool) -> (Self, watch::Receiver<Calls>, Untaken) {
        let (sender, calls) = watch::channel(Calls::default());
        let service = Self {
            inner,
            calls: Arc::new(sender),
            counted,
            untaken: Untaken::default(),
        };
        let untaken = service.untaken.clone();
        (service, calls, untaken)
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
        let open = if self.counted {
            Some(Open::begin(&self.calls))
        } else {
            self.calls
                .send_if_modified(|calls| !std::mem::replace(&mut calls.asked, true));
            None
        };
        let answer = self.inner.call(request);
        let untaken = self.untaken.clone();
        async move {
            let answer = answer.await?;
            Ok(answer.map(|body| Body::new(Answer::new(body, open, untaken))))
        }
        .boxed()
    }
}

/// Answers of which nobody takes anything at the moment, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Untaken {
    next: Arc<AtomicU64>,
    since: Arc<Mutex<BTreeSet<(Instant, u64)>>>,
}

impl Untaken {
    /// Waits until of one answer nothing was taken for so long.
    pub(super) async fn longer_than(&self, limit: Duration) {
        loop {
            let now = Instant::now();
            let oldest = self.lock().first().map_or(now, |(since, _)| *since);
            let until = oldest + limit;
            if until <= now {
                return;
            }
            // What comes meanwhile is younger.
            sleep_until(until).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<(Instant, u64)>> {
        // Nothing panics while it is held.
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer, which is given in parts. The next one is asked for as soon as there is room on the way
/// for the last one; so where nobody asks, nobody reads.
struct Answer {
    body: Body,
    /// What is left of a frame.
    rest: Bytes,
    /// Open until the answer is sent, or nobody wants it any more.
    _open: Option<Open>,
    untaken: Untaken,
    number: u64,
    /// When something was given that is not taken yet.
    since: Option<Instant>,
}

impl Answer {
    fn new(body: Body, open: Option<Open>, untaken: Untaken) -> Self {
        let number = untaken.next.fetch_add(1, Ordering::Relaxed);
        let mut answer = Self {
            body,
            rest: Bytes::new(),
            _open: open,
            untaken,
            number,
            since: None,
        };
        answer.give();
        answer
    }

    fn give(&mut self) {
        let now = Instant::now();
        self.since = Some(now);
        self.untaken.lock().insert((now, self.number));
    }

    fn taken(&mut self) {
        if let Some(since) = self.since.take() {
            self.untaken.lock().remove(&(since, self.number));
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.taken();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.taken();
        if self.rest.is_empty() {
            let frame = Pin::new(&mut self.body).poll_frame(context);
            let Some(frame) = ready!(frame).transpose()? else {
                return Poll::Ready(None);
            };
            match frame.into_data() {
                Ok(bytes) => self.rest = bytes,
                Err(other) => return Poll::Ready(Some(Ok(other))),
            }
        }
        let part = self.rest.len().min(PART);
        let part = self.rest.split_to(part);
        self.give();
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }
}
