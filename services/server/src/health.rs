//! `grpc.health.v1`: one status per service, so that a load balancer stops sending posts to a
//! ledger that cannot record them while it goes on answering reads.

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use tokio::sync::watch;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::status::{Failure, Missing};

/// How long a full disk keeps posts away. Then they are let in again to find out, because
/// nothing but a post can tell whether there is room.
const FULL_HOLD: Duration = Duration::from_secs(10);

/// What the server can do at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Everything.
    Serving,
    /// Everything but recording, until there is room on the disk.
    DiskFull,
    /// Everything but recording, until a restart.
    WriterStopped,
    /// Everything but recording, which nobody asked for: as good as this server gets.
    ReadOnly,
    /// Finishing what was begun.
    Draining,
}

/// The services with a status of their own; the empty name is the whole server.
pub(crate) const WRITING: [&str; 3] = [
    "",
    "caseledger.v1.CommandService",
    "caseledger.v1.CourtService",
];
pub(crate) const READING: [&str; 4] = [
    "caseledger.v1.QueryService",
    "caseledger.v1.EventService",
    "caseledger.v1.AuditService",
    "caseledger.v1.ReportService",
];

/// The condition, shared: the gate reports, the health service tells.
#[derive(Clone, Debug)]
pub(crate) struct Monitor(watch::Sender<Condition>);

impl Monitor {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Condition::Serving))
    }

    /// Something could not be recorded because the disk is full.
    pub(crate) fn disk_full(&self) {
        if self.change(Condition::Serving, Condition::DiskFull) {
            let monitor = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(FULL_HOLD).await;
                monitor.change(Condition::DiskFull, Condition::Serving);
            });
        }
    }

    /// Nothing is recorded from the begin.
    pub(crate) fn read_only(&self) {
        self.change(Condition::Serving, Condition::ReadOnly);
    }

    /// The writer will record nothing more.
    pub(crate) fn writer_stopped(&self) {
        self.0.send_if_modified(|condition| match condition {
            Condition::Serving | Condition::DiskFull => {
                *condition = Condition::WriterStopped;
                true
            }
            Condition::WriterStopped | Condition::ReadOnly | Condition::Draining => false,
        });
    }

    /// The server is about to stop.
    pub(crate) fn drain(&self) {
        self.0.send_replace(Condition::Draining);
    }

    /// What the server can do now.
    pub(crate) fn condition(&self) -> Condition {
        *self.0.borrow()
    }

    /// Whether the server is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        *self.0.borrow() == Condition::Draining
    }

    /// Waits until the server is about to stop.
    pub(crate) async fn drained(&self) {
        let mut receiver = self.0.subscribe();
        // The sender lives in `self`, so the wait cannot fail for want of one.
        let _condition = receiver
            .wait_for(|condition| *condition == Condition::Draining)
            .await;
    }

    fn change(&self, from: Condition, to: Condition) -> bool {
        self.0.send_if_modified(|condition| {
            let applies = *condition == from;
            if applies {
                *condition = to;
            }
            applies
        })
    }
}

/// The status of a service in a condition; none if there is no such service.
fn status_of(service: &str, condition: Condition) -> Option<ServingStatus> {
    let writes = WRITING.contains(&service);
    (writes || READING.contains(&service)).then_some(match condition {
        Condition::Serving => ServingStatus::Serving,
        Condition::DiskFull | Condition::WriterStopped if !writes => ServingStatus::Serving,
        // The server as a whole does all that it is there for.
        Condition::ReadOnly if !writes || service.is_empty() => ServingStatus::Serving,
        Condition::DiskFull
        | Condition::WriterStopped
        | Condition::ReadOnly
        | Condition::Draining => ServingStatus::NotServing,
    })
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}

/// `grpc.health.v1.Health`.
#[derive(Debug)]
pub(crate) struct HealthService(pub(crate) Monitor);

#[tonic::async_trait]
impl Health for HealthService {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let condition = *self.0.0.borrow();
        match status_of(&request.get_ref().service, condition) {
            Some(status) => Ok(Response::new(response(status))),
            None => Err(Failure::NotFound(Missing::Service).into()),
        }
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    /// Ends after it said that the server is draining: a watcher must not hold up the end.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let service = request.into_inner().service;
        let state = Some((self.0.0.subscribe(), None));
        let stream = stream::unfold(state, move |state| {
            let service = service.clone();
            async move {
                let (mut receiver, told) = state?;
                loop {
                    let condition = *receiver.borrow_and_update();
                    let status =
                        status_of(&service, condition).unwrap_or(ServingStatus::ServiceUnknown);
                    let draining = condition == Condition::Draining;
                    if told != Some(status) || draining {
                        let next = (!draining).then_some((receiver, Some(status)));
                        return Some((Ok(response(status)), next));
                    }
                    receiver.changed().await.ok()?;
                }
            }
        });
        Ok(Response::new(stream.boxed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_served_while_nothing_can_be_recorded() {
        for condition in [Condition::DiskFull, Condition::WriterStopped] {
            for service in WRITING {
                assert_eq!(
                    status_of(service, condition),
                    Some(ServingStatus::NotServing)
                );
            }
            for service in READING {
                assert_eq!(status_of(service, condition), Some(ServingStatus::Serving));
            }
        }
        for service in WRITING.iter().chain(&READING) {
            assert_eq!(
                status_of(service, Condition::Serving),
                Some(ServingStatus::Serving)
            );
            assert_eq!(
                status_of(service, Condition::Draining),
                Some(ServingStatus::NotServing)
            );
        }
        for service in READING.into_iter().chain([""]) {
            assert_eq!(
                status_of(service, Condition::ReadOnly),
                Some(ServingStatus::Serving)
            );
        }
        assert_eq!(
            status_of("caseledger.v1.CommandService", Condition::ReadOnly),
            Some(ServingStatus::NotServing)
        );
        assert_eq!(status_of("caseledger.v1.Other", Condition::Serving), None);
    }

    #[tokio::test]
    async fn watching_tells_each_change_and_ends_with_the_server() {
        let monitor = Monitor::new();
        let health = HealthService(monitor.clone());
        let request = HealthCheckRequest {
            service: "caseledger.v1.CommandService".to_owned(),
        };
        let mut stream = health
            .watch(Request::new(request))
            .await
            .unwrap()
            .into_inner();
        let mut next = async || stream.next().await.map(|item| item.unwrap().status);
        assert_eq!(next().await, Some(ServingStatus::Serving as i32));
        monitor.writer_stopped();
        assert_eq!(next().await, Some(ServingStatus::NotServing as i32));
        monitor.drain();
        assert_eq!(next().await, Some(ServingStatus::NotServing as i32));
        assert_eq!(next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_disk_is_tried_again() {
        let monitor = Monitor::new();
        monitor.disk_full();
        assert_eq!(*monitor.0.borrow(), Condition::DiskFull);
        let mut receiver = monitor.0.subscribe();
        receiver
            .wait_for(|condition| *condition == Condition::Serving)
            .await
            .unwrap();
    }

    #[test]
    fn a_stopped_writer_stays_stopped() {
        let monitor = Monitor::new();
        monitor.writer_stopped();
        assert!(!monitor.change(Condition::DiskFull, Condition::Serving));
        assert_eq!(*monitor.0.borrow(), Condition::WriterStopped);
        monitor.drain();
        monitor.writer_stopped();
        assert!(monitor.is_draining());
    }
}
