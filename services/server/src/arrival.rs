//! Messages on their way in: each arrives whole and in time, or is given up.
//!
//! ```text
//! frames of HTTP/2 --> parts of a message, held here --> the whole message --> decoder
//!                      | room for it among those of its organisation
//!                      | limits.request_ms
//! ```
//!
//! The deadline of a call begins with its work, which begins when the message is there; and the decoder
//! takes all the memory for a message that its first five bytes announce. Whoever announces messages
//! and never sends them would hold both for as long as the connection lives.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hyper::body::{Body as HttpBody, Frame};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};
use tonic::Status;
use tonic::body::Body;

use crate::status::Failure;

/// Bytes in front of each message: whether it is compressed, and its length (gRPC over HTTP/2,
/// `Length-Prefixed-Message`).
const PREFIX: usize = 5;

/// Methods whose requests are streams, where silence between two messages is nothing unusual.
const STREAMS: [&str; 6] = [
    "/caseledger.v1.CommandService/SubmitStream",
    "/caseledger.v1.CourtService/PostFilingConfirmations",
    "/caseledger.v1.CourtService/PostManifest",
    "/caseledger.v1.CourtService/Reconcile",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// What messages on their way are bound by.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    /// From the first byte of a message to its last; of a call that is one message, from its begin.
    pub(crate) limit: Duration,
    /// The largest message that the service takes, in bytes. What is larger is handed on as it comes,
    /// and refused there for its first five bytes.
    pub(crate) message_max: usize,
    /// Bytes of all messages of the organisation that are on their way; none for a caller who names
    /// no organisation.
    pub(crate) room: Option<Arc<Semaphore>>,
}

/// The body of the request with this path, of which messages come whole.
pub(crate) fn whole(path: &str, body: Body, bounds: Bounds) -> Body {
    let late = (!STREAMS.contains(&path)).then(|| Box::pin(sleep(bounds.limit)));
    Body::new(Arriving {
        body,
        bounds,
        stream: late.is_none(),
        late,
        prefix: [0; PREFIX],
        known: 0,
        missing: 0,
        parts: VecDeque::new(),
        ready: VecDeque::new(),
        end: None,
        asked: None,
        room: None,
        unbound: false,
    })
}

/// A body whose messages are handed on when they are whole.
struct Arriving {
    body: Body,
    bounds: Bounds,
    stream: bool,
    /// When what is missing is too late, if anything is.
    late: Option<Pin<Box<Sleep>>>,
    prefix: [u8; PREFIX],
    /// Bytes of the prefix that are known; none between two messages.
    known: usize,
    /// Bytes of the message behind its prefix that have not come.
    missing: usize,
    /// Of the message that is not whole.
    parts: VecDeque<Bytes>,
    /// Whole messages.
    ready: VecDeque<Bytes>,
    /// What came behind the last message.
    end: Option<Frame<Bytes>>,
    /// Waits for room.
    asked: Option<BoxFuture<'static, Option<OwnedSemaphorePermit>>>,
    /// For the message that is not whole.
    room: Option<OwnedSemaphorePermit>,
    /// A message is too large, so that nothing is held any more.
    unbound: bool,
}

impl Arriving {
    /// Takes what has come.
    fn take(&mut self, mut bytes: Bytes) {
        let whole = self.scan(&bytes);
        if whole > 0 {
            self.ready.append(&mut self.parts);
            self.ready.push_back(bytes.split_to(whole));
            self.room = None;
            if self.stream {
                self.late = None;
            }
        }
        if bytes.is_empty() {
            return;
        }
        self.parts.push_back(bytes);
        if self.stream && self.late.is_none() {
            self.late = Some(Box::pin(sleep(self.bounds.limit)));
        }
        if self.known < PREFIX || self.room.is_some() {
            return;
        }
        let length = announced(self.prefix);
        if length > self.bounds.message_max {
            self.unbound = true;
            self.ready.append(&mut self.parts);
        } else if let Some(room) = &self.bounds.room {
            let asked = Arc::clone(room).acquire_many_owned(length as u32);
            self.asked = Some(asked.map(Result::ok).boxed());
        }
    }

    /// Follows the lengths in what has come: where the last whole message ends, 0 if none does.
    fn scan(&mut self, bytes: &[u8]) -> usize {
        let (mut at, mut whole) = (0, 0);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if self.known < PREFIX {
                self.prefix[self.known] = rest[0];
                self.known += 1;
                at += 1;
                if self.known == PREFIX {
                    self.missing = announced(self.prefix);
                }
            } else {
                let some = self.missing.min(rest.len());
                self.missing -= some;
                at += some;
            }
            if self.known == PREFIX && self.missing == 0 {
                self.known = 0;
                whole = at;
            }
        }
        whole
    }

    /// What is missing has not come; an error if it is too late now.
    fn missing(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let late = self.late.as_mut();
        let over = late.is_some_and(|late| late.as_mut().poll(context).is_ready());
        if over {
            Poll::Ready(Some(Err(Failure::Deadline.into())))
        } else {
            Poll::Pending
        }
    }
}

/// The length of a message by its prefix, in bytes.
fn announced(prefix: [u8; PREFIX]) -> usize {
    let [_compressed, length @ ..] = prefix;
    u32::from_be_bytes(length) as usize
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        loop {
            if let Some(bytes) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            if let Some(end) = this.end.take() {
                return Poll::Ready(Some(Ok(end)));
            }
            if let Some(asked) = &mut this.asked {
                let Poll::Ready(room) = asked.as_mut().poll(context) else {
                    return this.missing(context);
                };
                (this.asked, this.room) = (None, room);
            }
            let Poll::Ready(came) = Pin::new(&mut this.body).poll_frame(context) else {
                return this.missing(context);
            };
            match came.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(bytes))) if this.unbound => this.ready.push_back(bytes),
                Some(Ok(Ok(bytes))) => this.take(bytes),
                // A message that is not whole now never will be, which is for the decoder to say.
                Some(Ok(Err(end))) => {
                    this.ready.append(&mut this.parts);
                    this.end = Some(end);
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None if this.parts.is_empty() => return Poll::Ready(None),
                None => this.ready.append(&mut this.parts),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let nothing = self.ready.is_empty() && self.parts.is_empty() && self.end.is_none();
        nothing && self.body.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use futures::StreamExt as _;
    use http_body_util::{BodyExt as _, StreamBody};
    use prost::Message as _;
    use prost_types::FileDescriptorSet;
    use tonic::Code;

    use super::*;

    #[test]
    fn every_stream_of_requests_is_known() {
        let sets = [
            caseledger_proto::FILE_DESCRIPTOR_SET,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ];
        let files = sets.map(|set| FileDescriptorSet::decode(set).unwrap().file);
        let mut found = BTreeSet::new();
        for file in files.into_iter().flatten() {
            for service in &file.service {
                let streams = service.method.iter().filter(|one| one.client_streaming());
                found.extend(
                    streams.map(|one| {
                        format!("/{}.{}/{}", file.package(), service.name(), one.name())
                    }),
                );
            }
        }
        assert_eq!(found, STREAMS.map(str::to_owned).into());
    }

    /// What comes of frames that arrive as they are given, and then nothing.
    fn arriving(path: &str, frames: &[&[u8]], room: Option<&Arc<Semaphore>>) -> Body {
        let frames: Vec<_> = frames
            .iter()
            .map(|bytes| Ok::<_, Status>(Frame::data(Bytes::copy_from_slice(bytes))))
            .collect();
        let frames = futures::stream::iter(frames).chain(futures::stream::pending());
        let bounds = Bounds {
            limit: Duration::from_secs(30),
            message_max: 1_000,
            room: room.map(Arc::clone),
        };
        whole(path, Body::new(StreamBody::new(frames)), bounds)
    }

    /// The next frame, if any comes within an hour.
    async fn next(body: &mut Body) -> Option<Result<Bytes, Status>> {
        let frame = tokio::time::timeout(Duration::from_hours(1), body.frame()).await;
        let frame = frame.ok()?.unwrap();
        Some(frame.map(|frame| frame.into_data().unwrap()))
    }

    const SUBMIT: &str = "/caseledger.v1.CommandService/Submit";

    #[tokio::test(start_paused = true)]
    async fn what_never_comes_is_given_up_unless_more_may_come_at_any_time() {
        let begun: &[&[u8]] = &[b"\0\0\0\0\x03ab"];
        for (path, frames) in [(SUBMIT, &[][..]), (SUBMIT, begun), (STREAMS[0], begun)] {
            let status = next(&mut arriving(path, frames, None)).await.unwrap();
            let status = status.unwrap_err();
            assert_eq!(status.code(), Code::DeadlineExceeded, "{frames:?}");
            assert!(!status.details().is_empty());
        }
        let mut silent = arriving(STREAMS[0], &[b"\0\0\0\0\x01a"], None);
        next(&mut silent).await.unwrap().unwrap();
        assert!(next(&mut silent).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn messages_are_handed_on_when_they_are_whole_wherever_they_are_divided() {
        let sent = b"\0\0\0\0\x03abc\0\0\0\0\0\0\0\0\0\x02de";
        for at in 1..sent.len() - 1 {
            for then in at + 1..sent.len() {
                let frames = [&sent[..at], &sent[at..then], &sent[then..]];
                let mut body = arriving(STREAMS[0], &frames, None);
                let mut came = Vec::new();
                while came.len() < sent.len() {
                    came.extend(next(&mut body).await.unwrap().unwrap());
                }
                assert_eq!(came, sent);
            }
        }
        // The first is not held back by the second, which is not whole.
        let mut body = arriving(STREAMS[0], &[b"\0\0\0\0\x01a\0\0"], None);
        assert_eq!(
            next(&mut body).await.unwrap().unwrap(),
            &b"\0\0\0\0\x01a"[..]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_announced_has_room_or_waits_and_what_is_too_large_is_not_held() {
        let room = Arc::new(Semaphore::new(4));
        let mut first = arriving(SUBMIT, &[b"\0\0\0\0\x03a", b"bc"], Some(&room));
        let mut unfinished = arriving(SUBMIT, &[b"\0\0\0\0\x03a"], Some(&room));
        assert!(body_waits(&mut unfinished));
        assert_eq!(room.available_permits(), 1);
        assert!(body_waits(&mut first));
        // Given up, and the room with it.
        next(&mut unfinished).await.unwrap().unwrap_err();
        drop(unfinished);
        assert_eq!(room.available_permits(), 1);
        drop(first);
        assert_eq!(room.available_permits(), 4);
        let mut small = arriving(STREAMS[0], &[b"\0\0\0\0\x03a", b"bc"], Some(&room));
        next(&mut small).await.unwrap().unwrap();
        assert_eq!(room.available_permits(), 4);
        let mut large = arriving(SUBMIT, &[b"\0\0\0\xff\0a"], Some(&room));
        assert_eq!(next(&mut large).await.unwrap().unwrap().len(), 6);
    }

    /// Whether nothing has come yet.
    fn body_waits(body: &mut Body) -> bool {
        body.frame().now_or_never().is_none()
    }
}
