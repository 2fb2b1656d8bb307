//! A request that is one message arrives in time, or is given up.
//!
//! The deadline of a call begins with its work, which begins when the message is there. Whoever
//! sends the head of a request and never the rest would hold a call, and what has come of the
//! message, for as long as the connection lives.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};
use tonic::Status;
use tonic::body::Body;

use crate::status::Failure;

/// Methods whose requests are streams, where silence between two messages is nothing unusual.
const STREAMS: [&str; 6] = [
    "/caseledger.v1.CommandService/SubmitStream",
    "/caseledger.v1.CourtService/PostFilingConfirmations",
    "/caseledger.v1.CourtService/PostManifest",
    "/caseledger.v1.CourtService/Reconcile",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// The body of the request with this path, which arrives within `limit` unless it is a stream.
pub(crate) fn in_time(path: &str, body: Body, limit: Duration) -> Body {
    if STREAMS.contains(&path) {
        return body;
    }
    let late = Box::pin(sleep(limit));
    Body::new(Arriving { body, late })
}

/// A body that ends with an error when its time is over.
#[derive(Debug)]
struct Arriving {
    body: Body,
    late: Pin<Box<Sleep>>,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        self.late
            .as_mut()
            .poll(context)
            .map(|()| Some(Err(Failure::Deadline.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use http_body_util::StreamBody;
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

    /// The end of a body of which one frame comes and then nothing.
    async fn end(path: &str) -> Option<Status> {
        let begun = futures::stream::iter([Ok::<_, Status>(Frame::data(Bytes::from_static(b"x")))]);
        let body = StreamBody::new(futures::StreamExt::chain(begun, futures::stream::pending()));
        let mut body = in_time(path, Body::new(body), Duration::from_secs(30));
        let mut next = async || http_body_util::BodyExt::frame(&mut body).await.unwrap();
        next().await.unwrap();
        let never = Duration::from_hours(1);
        let next = tokio::time::timeout(never, next()).await;
        next.ok().map(Result::unwrap_err)
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_comes_is_given_up_unless_more_may_come_at_any_time() {
        let submit = "/caseledger.v1.CommandService/Submit";
        let status = end(submit).await.unwrap();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        assert!(!status.details().is_empty());
        assert!(end(STREAMS[0]).await.is_none());
    }
}
