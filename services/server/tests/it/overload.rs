//! More than there is room for, and less time than it takes.

use std::time::Duration;

use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_store::{AppendError, Unavailable};
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{Fault, Running, Stall, as_prosecutor, engine, message_id, opened, submit};

#[tokio::test]
async fn what_does_not_fit_the_queue_is_refused_at_once() {
    let fault = Fault::default();
    let engine = engine(&fault);
    let stall = Stall::new(&engine);
    let server = Running::over(engine, fault, |config| config.limits.submissions = 2).await;
    let channel = server.channel().await;
    let (sender, mut answers) = tokio::sync::mpsc::channel(3);
    for number in 0..3 {
        let (mut commands, sender) = (CommandServiceClient::new(channel.clone()), sender.clone());
        tokio::spawn(async move {
            let request = as_prosecutor(submit(opened(message_id(number), &format!("I-{number}"))));
            sender.send(commands.submit(request).await).await.unwrap();
        });
    }
    // Two have room and wait for the writer; the third is answered while they do.
    let status = answers.recv().await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
    assert!(details.retry_info().unwrap().retry_delay.unwrap() > Duration::ZERO);
    stall.release();
    answers.recv().await.unwrap().unwrap();
    answers.recv().await.unwrap().unwrap();
    server.stop().await;
}

#[tokio::test]
async fn after_the_deadline_the_outcome_is_unknown_and_can_be_asked_for() {
    let fault = Fault::default();
    let engine = engine(&fault);
    let stall = Stall::new(&engine);
    let server = Running::over(engine, fault, |config| config.limits.request_ms = 100).await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let request = as_prosecutor(submit(opened(message_id(1), "ONE")));
    let status = commands.submit(request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(
        status.get_error_details().error_info().unwrap().reason,
        "OUTCOME_UNKNOWN"
    );
    stall.release();
    // The one that was given up was recorded all the same.
    let again = loop {
        let again = as_prosecutor(submit(opened(message_id(1), "ONE")));
        match commands.submit(again).await {
            Ok(reply) => break reply.into_inner(),
            Err(status) => assert_eq!(status.code(), Code::DeadlineExceeded),
        }
    };
    assert!(again.duplicate);
    server.stop().await;
}

#[tokio::test]
async fn a_full_disk_refuses_and_nothing_is_recorded() {
    let server = Running::start().await;
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    *server.fault.lock().unwrap() = Some(AppendError::Unavailable(Unavailable::FullDisk(full)));
    let mut commands = CommandServiceClient::new(server.channel().await);
    let request = || as_prosecutor(submit(opened(message_id(1), "ONE")));
    let status = commands.submit(request()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "STORE_UNAVAILABLE");
    assert!(details.retry_info().is_some());
    assert!(
        !commands
            .submit(request())
            .await
            .unwrap()
            .into_inner()
            .duplicate
    );
    server.stop().await;
}
