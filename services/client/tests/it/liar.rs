//! A server between client and ledger that changes what passes through it.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::audit_service_server::{AuditService, AuditServiceServer};
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::command_service_server::{CommandService, CommandServiceServer};
use futures::{Stream, StreamExt};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status, Streaming};

type OnRequest = Box<dyn Fn(&mut v1::SubmitRequest) + Send + Sync>;
type OnReply = Box<dyn Fn(&mut v1::SubmitResponse) + Send + Sync>;

/// What the liar does. Clones are the same liar.
#[derive(Clone)]
pub(crate) struct Liar {
    ledger: Arc<Mutex<Channel>>,
    on_request: Arc<Mutex<OnRequest>>,
    on_reply: Arc<Mutex<OnReply>>,
    /// Answers of a stream after which the connection is lost.
    answers: Arc<AtomicUsize>,
}

impl Liar {
    /// Starts a liar in front of a ledger; honest so far.
    pub(crate) async fn start(ledger: Channel) -> (Self, SocketAddr) {
        let liar = Self {
            ledger: Arc::new(Mutex::new(ledger)),
            on_request: Arc::new(Mutex::new(Box::new(|_| {}))),
            on_reply: Arc::new(Mutex::new(Box::new(|_| {}))),
            answers: Arc::new(AtomicUsize::new(usize::MAX)),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder()
            .add_service(CommandServiceServer::new(liar.clone()))
            .add_service(AuditServiceServer::new(liar.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        (liar, address)
    }

    pub(crate) fn change_requests(
        &self,
        lie: impl Fn(&mut v1::SubmitRequest) + Send + Sync + 'static,
    ) {
        *self.on_request.lock().unwrap() = Box::new(lie);
    }

    pub(crate) fn change_replies(
        &self,
        lie: impl Fn(&mut v1::SubmitResponse) + Send + Sync + 'static,
    ) {
        *self.on_reply.lock().unwrap() = Box::new(lie);
    }

    /// From now on another ledger answers.
    pub(crate) fn speak_for(&self, ledger: Channel) {
        *self.ledger.lock().unwrap() = ledger;
    }

    /// Each stream breaks after so many answers.
    pub(crate) fn break_streams_after(&self, answers: usize) {
        self.answers.store(answers, Ordering::Relaxed);
    }

    fn channel(&self) -> Channel {
        self.ledger.lock().unwrap().clone()
    }
}

/// The request as it came, metadata and all.
fn forward<T, U>(request: Request<T>, change: impl FnOnce(T) -> U) -> Request<U> {
    let (metadata, _, message) = request.into_parts();
    let mut forwarded = Request::new(change(message));
    for name in [caseledger_server::PRINCIPAL, caseledger_server::ROLE] {
        if let Some(value) = metadata.get(name) {
            forwarded.metadata_mut().insert(name, value.clone());
        }
    }
    forwarded
}

#[tonic::async_trait]
impl CommandService for Liar {
    async fn submit(
        &self,
        request: Request<v1::SubmitRequest>,
    ) -> Result<Response<v1::SubmitResponse>, Status> {
        let request = forward(request, |mut message| {
            self.on_request.lock().unwrap()(&mut message);
            message
        });
        let mut reply = CommandServiceClient::new(self.channel())
            .submit(request)
            .await?;
        self.on_reply.lock().unwrap()(reply.get_mut());
        Ok(reply)
    }

    type SubmitStreamStream =
        Pin<Box<dyn Stream<Item = Result<v1::SubmitStreamResponse, Status>> + Send>>;

    async fn submit_stream(
        &self,
        request: Request<Streaming<v1::SubmitStreamRequest>>,
    ) -> Result<Response<Self::SubmitStreamStream>, Status> {
        let requests = forward(request, |stream| {
            stream
                .take_while(|item| std::future::ready(item.is_ok()))
                .map(Result::unwrap)
        });
        let answers = CommandServiceClient::new(self.channel())
            .submit_stream(requests)
            .await?;
        let broken = Status::unavailable("the connection is lost");
        let answers = answers
            .into_inner()
            .take(self.answers.load(Ordering::Relaxed))
            .chain(futures::stream::iter([Err(broken)]));
        Ok(Response::new(Box::pin(answers)))
    }

    async fn get_submission_status(
        &self,
        request: Request<v1::GetSubmissionStatusRequest>,
    ) -> Result<Response<v1::GetSubmissionStatusResponse>, Status> {
        let request = forward(request, |message| message);
        CommandServiceClient::new(self.channel())
            .get_submission_status(request)
            .await
    }
}

macro_rules! audits {
    ($($method:ident($request:ident) -> $response:ident;)+) => {
        #[tonic::async_trait]
        impl AuditService for Liar {
            $(
                async fn $method(
                    &self,
                    request: Request<v1::$request>,
                ) -> Result<Response<v1::$response>, Status> {
                    let request = forward(request, |message| message);
                    AuditServiceClient::new(self.channel()).$method(request).await
                }
            )+
        }
    };
}

audits! {
    get_ledger_info(GetLedgerInfoRequest) -> GetLedgerInfoResponse;
    get_checkpoint(GetCheckpointRequest) -> GetCheckpointResponse;
    get_receipt(GetReceiptRequest) -> GetReceiptResponse;
    get_inclusion_proof(GetInclusionProofRequest) -> GetInclusionProofResponse;
    get_consistency_proof(GetConsistencyProofRequest) -> GetConsistencyProofResponse;
    get_entries(GetEntriesRequest) -> GetEntriesResponse;
    list_refusals(ListRefusalsRequest) -> ListRefusalsResponse;
}
