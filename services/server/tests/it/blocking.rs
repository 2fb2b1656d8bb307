//! A store that is slow holds up who waits for it, and nobody else.

use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use caseledger_chain::{Digest, Position, Size};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::event_service_client::EventServiceClient;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use caseledger_proto::pb::v1::subscribe_response::Message;
use caseledger_store::{
    AppendError, Commit, CommitLog, Entries, Head, LogError, LogReader, MemoryLog, ReadLimit,
    ReplayFrame,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::{
    Fault, Running, accepted, as_court, as_prosecutor, case_key, engine_over, key, message_id,
    opened, submit,
};

/// How long a read is held at most: a server that cannot do anything else while it waits fails the
/// test instead of hanging it.
const HELD_MAX: Duration = Duration::from_secs(10);

/// Lets reads of the log through or holds them.
#[derive(Default)]
pub(crate) struct Valve {
    closed: Mutex<bool>,
    opened: Condvar,
    held: Notify,
}

impl Valve {
    pub(crate) fn close(&self) {
        *self.closed.lock().unwrap() = true;
    }

    pub(crate) fn open(&self) {
        *self.closed.lock().unwrap() = false;
        self.opened.notify_all();
    }

    /// Waits until a read is held.
    pub(crate) async fn held(&self) {
        self.held.notified().await;
    }

    fn pass(&self) -> Result<(), LogError> {
        let closed = self.closed.lock().unwrap();
        if !*closed {
            return Ok(());
        }
        self.held.notify_one();
        let waited = self
            .opened
            .wait_timeout_while(closed, HELD_MAX, |closed| *closed)
            .unwrap();
        if waited.1.timed_out() {
            return Err(LogError::Io {
                op: "read",
                path: "held".into(),
                source: std::io::ErrorKind::TimedOut.into(),
            });
        }
        Ok(())
    }
}

struct SlowLog(MemoryLog, Arc<Valve>);

struct SlowReader(Arc<dyn LogReader>, Arc<Valve>);

impl CommitLog for SlowLog {
    fn head(&self) -> Result<Head, LogError> {
        self.0.head()
    }

    fn append(&mut self, expected: Head, commit: Arc<Commit>) -> Result<Head, AppendError> {
        self.0.append(expected, commit)
    }

    fn record_checkpoint(&mut self, size: Size, note: &[u8]) -> Result<(), LogError> {
        self.0.record_checkpoint(size, note)
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::new(SlowReader(self.0.reader(), Arc::clone(&self.1)))
    }

    fn close(self: Box<Self>) -> Result<(), LogError> {
        Box::new(self.0).close()
    }
}

impl LogReader for SlowReader {
    fn head(&self) -> Head {
        self.0.head()
    }

    fn read(&self, from: Position, max: ReadLimit) -> Result<Entries, LogError> {
        self.1.pass()?;
        self.0.read(from, max)
    }

    fn entry(&self, at: Position) -> Result<Option<bytes::Bytes>, LogError> {
        self.1.pass()?;
        self.0.entry(at)
    }

    fn leaves(&self, from: Position, count: usize) -> Result<Vec<Digest>, LogError> {
        self.1.pass()?;
        self.0.leaves(from, count)
    }

    fn checkpoint_covering(&self, at: Position) -> Result<Option<(Size, Vec<u8>)>, LogError> {
        self.1.pass()?;
        self.0.checkpoint_covering(at)
    }

    fn replay(
        &self,
        from: Position,
        each: &mut dyn FnMut(ReplayFrame<'_>) -> ControlFlow<()>,
    ) -> Result<(), LogError> {
        self.0.replay(from, each)
    }
}

/// A server over a log that can be held, with one entry of a case and one of an initiative.
pub(crate) async fn slow(
    change: impl FnOnce(&mut caseledger_server::Config),
) -> (Running, Arc<Valve>) {
    let valve = Arc::new(Valve::default());
    let engine = engine_over(key(), |log| Box::new(SlowLog(log, Arc::clone(&valve))));
    let server = Running::over(engine, Fault::default(), change).await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let case = as_court(submit(accepted(message_id(1), "BA1")));
    commands.submit(case).await.unwrap();
    let initiative = as_prosecutor(submit(opened(message_id(2), "ONE")));
    commands.submit(initiative).await.unwrap();
    (server, valve)
}

fn history() -> v1::GetHistoryRequest {
    v1::GetHistoryRequest {
        stream: Some(v1::StreamRef {
            stream: Some(v1::stream_ref::Stream::Initiative("ONE".to_owned())),
        }),
        as_of: None,
        from_revision: 0,
        limit: 10,
    }
}

fn call(index: usize, channel: Channel) -> Option<JoinHandle<Result<(), Status>>> {
    let mut queries = QueryServiceClient::new(channel.clone());
    let mut events = EventServiceClient::new(channel.clone());
    let mut audits = AuditServiceClient::new(channel.clone());
    let mut commands = CommandServiceClient::new(channel);
    let forwards = v1::Direction::Forwards.into();
    Some(match index {
        0 => tokio::spawn(async move {
            let answer = queries.get_history(as_court(history())).await?;
            assert_eq!(answer.into_inner().events.len(), 1);
            Ok(())
        }),
        1 => tokio::spawn(async move {
            let request = v1::GetCaseRequest {
                case: Some(v1::get_case_request::Case::CaseKey(case_key("BA1"))),
                as_of: Some(1),
            };
            queries.get_case(as_court(request)).await?;
            Ok(())
        }),
        2 => tokio::spawn(async move {
            let request = v1::ReadStreamRequest {
                stream: history().stream,
                direction: forwards,
                ..v1::ReadStreamRequest::default()
            };
            let pages = events.read_stream(as_court(request)).await?;
            assert!(pages.into_inner().message().await?.is_some());
            Ok(())
        }),
        3 => tokio::spawn(async move {
            let request = v1::ReadAllRequest {
                direction: forwards,
                ..v1::ReadAllRequest::default()
            };
            let pages = events.read_all(as_court(request)).await?;
            assert!(pages.into_inner().message().await?.is_some());
            Ok(())
        }),
        4 => tokio::spawn(async move {
            let request = as_court(v1::SubscribeRequest::default());
            let mut messages = events.subscribe(request).await?.into_inner();
            while !matches!(
                messages.message().await?.unwrap().message,
                Some(Message::Entries(_))
            ) {}
            Ok(())
        }),
        5 => tokio::spawn(async move {
            let request = v1::GetReceiptRequest { position: 0 };
            audits.get_receipt(request).await?;
            Ok(())
        }),
        6 => tokio::spawn(async move {
            let request = v1::GetInclusionProofRequest {
                position: 0,
                size: 2,
            };
            audits.get_inclusion_proof(request).await?;
            Ok(())
        }),
        7 => tokio::spawn(async move {
            let request = v1::GetEntriesRequest {
                from_position: 0,
                limit: 2,
            };
            audits.get_entries(request).await?;
            Ok(())
        }),
        8 => tokio::spawn(async move {
            let request = v1::GetSubmissionStatusRequest {
                message_id: message_id(2).to_vec().into(),
            };
            let status = commands.get_submission_status(as_prosecutor(request));
            assert!(status.await?.into_inner().recorded.is_some());
            Ok(())
        }),
        _ => return None,
    })
}

/// Waits until a call has come to the store.
async fn held(valve: &Valve, call: &mut JoinHandle<Result<(), Status>>) {
    tokio::select! {
        () = valve.held.notified() => {}
        ended = call => panic!("ended without a look at the store: {ended:?}"),
    }
}

/// The runtime of the test has one thread, and the server lives on it.
#[tokio::test]
async fn while_one_call_reads_the_store_others_are_answered_and_entries_recorded() {
    let (server, valve) = slow(|_| {}).await;
    let channel = server.channel().await;
    let mut commands = CommandServiceClient::new(channel.clone());
    let mut audits = AuditServiceClient::new(channel.clone());
    for index in 0.. {
        valve.close();
        let Some(mut call) = call(index, channel.clone()) else {
            break;
        };
        held(&valve, &mut call).await;
        let info = audits.get_ledger_info(v1::GetLedgerInfoRequest {}).await;
        assert_eq!(info.unwrap().into_inner().size, 2 + index as u64);
        let id = message_id(100 + index as u64);
        let initiative = submit(opened(id, &format!("NEXT-{index}")));
        let recorded = commands.submit(as_prosecutor(initiative)).await;
        assert!(recorded.is_ok(), "call {index}: {recorded:?}");
        valve.open();
        let answer = call.await.unwrap();
        assert!(answer.is_ok(), "call {index}: {answer:?}");
    }
    valve.open();
    server.stop().await;
}

#[tokio::test]
async fn reads_of_the_store_are_bounded_and_a_quiet_stream_takes_no_place() {
    let (server, valve) = slow(|config| {
        config.limits.long_reads = 1;
        config.limits.long_reads_waiting = 0;
    })
    .await;
    let channel = server.channel().await;
    let mut events = EventServiceClient::new(channel.clone());
    let request = as_court(v1::SubscribeRequest::default());
    let mut messages = events.subscribe(request).await.unwrap().into_inner();
    while !matches!(
        messages.message().await.unwrap().unwrap().message,
        Some(Message::CaughtUp(_))
    ) {}
    valve.close();
    let mut first = call(0, channel.clone()).unwrap();
    held(&valve, &mut first).await;
    let mut queries = QueryServiceClient::new(channel);
    let status = queries.get_history(as_court(history())).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
    valve.open();
    first.await.unwrap().unwrap();
    server.stop().await;
}
