//! What one organisation may ask for, and that others do not feel it.

use std::time::Duration;

use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::published::get;
use crate::support::{Running, accepted, as_court, as_prosecutor, message_id, opened, submit};

/// What a call is told that a limit refuses.
fn told(status: &Status) -> (String, Duration) {
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    let reason = details.error_info().unwrap().reason.clone();
    (reason, details.retry_info().unwrap().retry_delay.unwrap())
}

#[tokio::test]
async fn who_sends_too_fast_is_told_how_long_to_wait_and_others_go_on() {
    let server = Running::with(|config| {
        config.limits.principal_rate = 1;
        config.limits.principal_burst = 2;
    })
    .await;
    let channel = server.channel().await;
    let mut commands = CommandServiceClient::new(channel.clone());
    let mut queries = QueryServiceClient::new(channel.clone());
    let prosecute =
        |number| as_prosecutor(submit(opened(message_id(number), &format!("I-{number}"))));
    commands.submit(prosecute(1)).await.unwrap();
    // Calls of every kind count.
    let own = v1::GetFeedRequest::default();
    queries.get_feed(as_prosecutor(own)).await.unwrap();
    let (reason, wait) = told(&commands.submit(prosecute(2)).await.unwrap_err());
    assert_eq!(reason, "RATE_LIMITED");
    assert!(
        wait > Duration::ZERO && wait <= Duration::from_secs(1),
        "{wait:?}"
    );
    commands
        .submit(as_court(submit(accepted(message_id(3), "X"))))
        .await
        .unwrap();
    // Who names no organisation has no account.
    let mut audits = AuditServiceClient::new(channel);
    for _ in 0..5 {
        audits
            .get_checkpoint(v1::GetCheckpointRequest {})
            .await
            .unwrap();
    }
    let metrics = String::from_utf8(get(server.http, "/metrics").await.body).unwrap();
    let counted = "caseledger_calls_limited_total{limit=\"rate\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
    server.stop().await;
}

#[tokio::test]
async fn an_open_stream_is_a_call_until_it_ends() {
    let server = Running::with(|config| config.limits.principal_calls = 1).await;
    let channel = server.channel().await;
    let mut commands = CommandServiceClient::new(channel);
    let (sender, receiver) = mpsc::channel::<v1::SubmitStreamRequest>(1);
    let requests = as_prosecutor(ReceiverStream::new(receiver));
    let mut answers = commands.submit_stream(requests).await.unwrap().into_inner();
    let prosecute = || as_prosecutor(submit(opened(message_id(1), "ONE")));
    let (reason, _) = told(&commands.submit(prosecute()).await.unwrap_err());
    assert_eq!(reason, "TOO_MANY_CALLS");
    drop(sender);
    assert!(answers.message().await.unwrap().is_none());
    drop(answers);
    // The place is given back when the server has let go of the answer.
    while let Err(status) = commands.submit(prosecute()).await {
        assert_eq!(told(&status).0, "TOO_MANY_CALLS");
        tokio::task::yield_now().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_stream_is_held_back_and_not_refused() {
    let server = Running::with(|config| {
        config.limits.principal_rate = 100;
        config.limits.principal_burst = 10;
    })
    .await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let messages = (0..4).map(|message| v1::SubmitStreamRequest {
        correlation: message,
        submissions: (0..10)
            .map(|number| {
                let number = message * 10 + number;
                opened(message_id(number), &format!("I-{number}"))
            })
            .collect(),
    });
    let requests = as_prosecutor(tokio_stream::iter(messages.collect::<Vec<_>>()));
    let mut answers = commands.submit_stream(requests).await.unwrap().into_inner();
    let mut recorded = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        recorded += answer.results.len();
    }
    assert_eq!(recorded, 40);
    server.stop().await;
}

#[tokio::test]
async fn who_does_not_read_its_answers_holds_up_nobody_else() {
    let server = Running::with(|config| {
        config.limits.stream_submissions = 4;
        // What is stuck is cut when the server stops.
        config.drain.timeout_ms = 100;
    })
    .await;
    // Of each answer there is room for one byte on the way until it is read, and none is.
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let endpoint = endpoint.initial_stream_window_size(1);
    let mut commands = CommandServiceClient::new(endpoint.connect().await.unwrap());
    let (sender, receiver) = mpsc::channel::<v1::SubmitStreamRequest>(1);
    let requests = as_prosecutor(ReceiverStream::new(receiver));
    let unread = commands.submit_stream(requests).await.unwrap().into_inner();
    // Many more than may be unanswered.
    let (begun, mut begins) = mpsc::channel(1);
    let flood = tokio::spawn(async move {
        for number in 0_u64.. {
            if number == 20 {
                begun.send(()).await.unwrap();
            }
            let again = opened(message_id(number % 4), &format!("I-{}", number % 4));
            let request = v1::SubmitStreamRequest {
                correlation: number,
                submissions: vec![again; 4],
            };
            if sender.send(request).await.is_err() {
                break;
            }
        }
    });
    begins.recv().await.unwrap();
    let mut others = CommandServiceClient::new(server.channel().await);
    for number in 100..150 {
        let request = as_prosecutor(submit(opened(message_id(number), &format!("I-{number}"))));
        others.submit(request).await.unwrap();
    }
    drop(unread);
    flood.abort();
    server.stop().await;
}
