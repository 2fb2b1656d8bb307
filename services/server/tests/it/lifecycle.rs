//! Health, reflection, draining, addresses.

use std::net::SocketAddr;

use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::event_service_client::EventServiceClient;
use caseledger_server::{Config, HttpAddress, ServeError, Server};
use caseledger_store::AppendError;
use futures::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Response, Status, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_types::StatusExt;

use crate::support::{Fault, Running, Stall, as_prosecutor, engine, message_id, opened, submit};

const COMMANDS: &str = "caseledger.v1.CommandService";
const QUERIES: &str = "caseledger.v1.QueryService";

/// Type of the frame by which HTTP/2 asks the other side to leave.
const GOAWAY: u8 = 7;

async fn watch(channel: &Channel, service: &str) -> Streaming<HealthCheckResponse> {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    HealthClient::new(channel.clone())
        .watch(request)
        .await
        .unwrap()
        .into_inner()
}

async fn next(stream: &mut Streaming<HealthCheckResponse>) -> Option<ServingStatus> {
    stream
        .message()
        .await
        .unwrap()
        .map(|message| message.status())
}

async fn check(channel: &Channel, service: &str) -> Result<ServingStatus, Code> {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let reply = HealthClient::new(channel.clone()).check(request).await;
    reply
        .map(|reply| reply.into_inner().status())
        .map_err(|status| status.code())
}

/// A submission that is on its way before anything that is called later on the same connection.
fn begin(channel: &Channel) -> JoinHandle<Result<Response<v1::SubmitResponse>, Status>> {
    let mut commands = CommandServiceClient::new(channel.clone());
    let request = as_prosecutor(submit(opened(message_id(1), "ONE")));
    let mut call = Box::pin(async move { commands.submit(request).await });
    assert!((&mut call).now_or_never().is_none());
    tokio::spawn(call)
}

#[tokio::test]
async fn every_service_has_a_health_of_its_own() {
    let server = Running::start().await;
    let channel = server.channel().await;
    for service in [
        "",
        COMMANDS,
        QUERIES,
        "caseledger.v1.EventService",
        "caseledger.v1.AuditService",
    ] {
        assert_eq!(
            check(&channel, service).await,
            Ok(ServingStatus::Serving),
            "{service}"
        );
    }
    assert_eq!(
        check(&channel, "caseledger.v1.Other").await,
        Err(Code::NotFound)
    );
    server.stop().await;
}

#[tokio::test]
async fn reads_stay_healthy_when_the_writer_stops() {
    let mut server = Running::start().await;
    let channel = server.channel().await;
    let mut commands = watch(&channel, COMMANDS).await;
    assert_eq!(next(&mut commands).await, Some(ServingStatus::Serving));
    let broken = std::io::Error::other("power");
    *server.fault.lock().unwrap() = Some(AppendError::Indeterminate(broken));
    let request = as_prosecutor(submit(opened(message_id(1), "ONE")));
    let status = CommandServiceClient::new(channel.clone())
        .submit(request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(
        status.get_error_details().error_info().unwrap().reason,
        "OUTCOME_UNKNOWN"
    );
    assert!(!format!("{status:?}").contains("power"), "{status:?}");
    assert_eq!(next(&mut commands).await, Some(ServingStatus::NotServing));
    assert_eq!(check(&channel, QUERIES).await, Ok(ServingStatus::Serving));
    let request = v1::GetLedgerInfoRequest {};
    AuditServiceClient::new(channel.clone())
        .get_ledger_info(request)
        .await
        .unwrap();
    // What comes later was certainly not recorded.
    let request = as_prosecutor(submit(opened(message_id(2), "TWO")));
    let status = CommandServiceClient::new(channel)
        .submit(request)
        .await
        .unwrap_err();
    assert_eq!(
        status.get_error_details().error_info().unwrap().reason,
        "STORE_UNAVAILABLE"
    );
    server.begin_stop();
    assert!(matches!(server.ended().await, Err(ServeError::Close(_))));
}

#[tokio::test]
async fn draining_finishes_what_was_begun() {
    let fault = Fault::default();
    let engine = engine(&fault);
    let stall = Stall::new(&engine);
    let mut server = Running::over(engine, fault, |_| {}).await;
    let channel = server.channel().await;
    let mut health = watch(&channel, QUERIES).await;
    assert_eq!(next(&mut health).await, Some(ServingStatus::Serving));
    let subscribe = as_prosecutor(v1::SubscribeRequest::default());
    let mut subscription = EventServiceClient::new(channel.clone())
        .subscribe(subscribe)
        .await
        .unwrap()
        .into_inner();
    subscription.message().await.unwrap().unwrap();
    let address = server.address;
    let begun = begin(&channel);
    // The submission is with the server once a later call on the same connection is answered.
    AuditServiceClient::new(channel)
        .get_ledger_info(v1::GetLedgerInfoRequest {})
        .await
        .unwrap();
    server.begin_stop();
    assert_eq!(next(&mut health).await, Some(ServingStatus::NotServing));
    assert_eq!(next(&mut health).await, None);
    let ended = loop {
        match subscription.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the stream ended without a reason"),
            Err(status) => break status,
        }
    };
    assert_eq!(ended.code(), Code::Unavailable);
    assert_eq!(
        ended.get_error_details().error_info().unwrap().reason,
        "SHUTTING_DOWN"
    );
    stall.release();
    begun.await.unwrap().unwrap();
    server.stopped().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn draining_is_bounded() {
    let fault = Fault::default();
    let engine = engine(&fault);
    let stall = Stall::new(&engine);
    let mut server = Running::over(engine, fault, |config| config.drain.timeout_ms = 50).await;
    let channel = server.channel().await;
    let begun = begin(&channel);
    AuditServiceClient::new(channel)
        .get_ledger_info(v1::GetLedgerInfoRequest {})
        .await
        .unwrap();
    server.begin_stop();
    // The writer is held for as long as this test likes; the caller is let go before.
    begun.await.unwrap().unwrap_err();
    stall.release();
    server.stopped().await;
}

#[tokio::test]
async fn an_old_connection_is_asked_to_leave_before_it_is_cut() {
    let server = Running::with(|config| {
        config.connection.age_ms = 1_000;
        config.connection.age_grace_ms = 100;
    })
    .await;
    // A client of HTTP/2 that says hello and nothing more.
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    stream.write_all(hello).await.unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.unwrap();
    let mut kinds = Vec::new();
    let mut rest = &heard[..];
    while let Some((head, after)) = rest.split_at_checked(9) {
        kinds.push(head[3]);
        let len = usize::from(head[1]) << 8 | usize::from(head[2]);
        rest = after.get(len..).unwrap_or_default();
    }
    assert!(kinds.contains(&GOAWAY), "{kinds:?}");
    server.stop().await;
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7400"] {
        let elsewhere = address.parse::<SocketAddr>().unwrap();
        let (mut grpc, mut http) = (Config::default(), Config::default());
        grpc.listen.address = elsewhere;
        http.listen.address = "127.0.0.1:0".parse().unwrap();
        http.http.address = HttpAddress::At(elsewhere);
        for (config, key) in [(grpc, "listen.address"), (http, "http.address")] {
            let error = Server::bind(config, engine(&Fault::default()))
                .await
                .unwrap_err();
            assert!(matches!(error, ServeError::NotLoopback { .. }), "{error}");
            assert!(
                error.to_string().contains(&format!("{key} {address}")),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn an_address_in_use_is_refused() {
    let server = Running::start().await;
    let mut config = Config::default();
    config.listen.address = server.address;
    let error = Server::bind(config, engine(&Fault::default()))
        .await
        .unwrap_err();
    assert!(matches!(error, ServeError::Bind { .. }), "{error}");
    server.stop().await;
}

macro_rules! lists_services {
    ($name:ident, $version:ident) => {
        #[tokio::test]
        async fn $name() {
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;

            let server = Running::start().await;
            let mut client = ServerReflectionClient::new(server.channel().await);
            let requests = [
                MessageRequest::ListServices(String::new()),
                // In the details of a refusal.
                MessageRequest::FileContainingSymbol("google.rpc.BadRequest".to_owned()),
            ];
            let requests = requests.map(|request| ServerReflectionRequest {
                host: String::new(),
                message_request: Some(request),
            });
            let requests = tokio_stream::iter(requests);
            let mut replies = client
                .server_reflection_info(requests)
                .await
                .unwrap()
                .into_inner();
            let reply = replies.message().await.unwrap().unwrap();
            let Some(MessageResponse::ListServicesResponse(list)) = reply.message_response else {
                panic!("{reply:?}");
            };
            let names: Vec<String> = list
                .service
                .into_iter()
                .map(|service| service.name)
                .collect();
            for name in [
                COMMANDS,
                QUERIES,
                "caseledger.v1.EventService",
                "caseledger.v1.AuditService",
                "grpc.health.v1.Health",
            ] {
                assert!(
                    names.iter().any(|found| found == name),
                    "{name} is not in {names:?}"
                );
            }
            let reply = replies.message().await.unwrap().unwrap();
            let found = reply.message_response;
            assert!(
                matches!(found, Some(MessageResponse::FileDescriptorResponse(_))),
                "{found:?}"
            );
            server.stop().await;
        }
    };
}

lists_services!(reflection_v1_lists_the_services_and_knows_details, v1);
lists_services!(
    reflection_v1alpha_lists_the_services_and_knows_details,
    v1alpha
);
