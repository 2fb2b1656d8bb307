//! `SubmitStream`: thousands in flight, in order, one bad item among good ones.

use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::submission_result::Result as SubmissionResult;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};
use tonic_types::StatusExt;

use crate::support::{Running, as_prosecutor, message_id, opened};

async fn open(
    server: &Running,
) -> (
    mpsc::Sender<v1::SubmitStreamRequest>,
    Streaming<v1::SubmitStreamResponse>,
) {
    let (sender, receiver) = mpsc::channel(16);
    let mut commands = CommandServiceClient::new(server.channel().await)
        .max_decoding_message_size(64 * 1024 * 1024);
    let requests = as_prosecutor(ReceiverStream::new(receiver));
    let answers = commands.submit_stream(requests).await.unwrap().into_inner();
    (sender, answers)
}

fn batch(correlation: u64, size: u64) -> v1::SubmitStreamRequest {
    let numbers = correlation * 1_000..correlation * 1_000 + size;
    let submissions = numbers.map(|number| opened(message_id(number), &format!("I-{number}")));
    v1::SubmitStreamRequest {
        correlation,
        submissions: submissions.collect(),
    }
}

#[tokio::test]
async fn answers_come_in_order_of_requests_large_and_small() {
    let server = Running::start().await;
    let (sender, mut answers) = open(&server).await;
    let sizes = [1, 400, 3, 1_000, 1, 1, 250, 16, 17, 1];
    tokio::spawn(async move {
        for (correlation, size) in (0..).zip(sizes) {
            sender.send(batch(correlation, size)).await.unwrap();
        }
    });
    let mut position = 0;
    for (correlation, size) in (0..).zip(sizes) {
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!(answer.correlation, correlation);
        assert_eq!(answer.results.len() as u64, size);
        for result in answer.results {
            let Some(SubmissionResult::Accepted(accepted)) = result.result else {
                panic!("{result:?}");
            };
            assert_eq!(accepted.receipts[0].position, position);
            position += 1;
        }
    }
    assert!(answers.message().await.unwrap().is_none());
    server.stop().await;
}

#[tokio::test]
async fn a_window_smaller_than_the_requests_only_slows_down() {
    let server = Running::with(|config| config.limits.stream_submissions = 10).await;
    let (sender, mut answers) = open(&server).await;
    tokio::spawn(async move {
        for correlation in 0..20 {
            sender.send(batch(correlation, 25)).await.unwrap();
        }
    });
    for correlation in 0..20 {
        assert_eq!(
            answers.message().await.unwrap().unwrap().correlation,
            correlation
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn one_bad_item_does_not_end_the_stream() {
    let server = Running::start().await;
    let (sender, mut answers) = open(&server).await;
    let mut request = batch(1, 4);
    request.submissions[1].posts.clear();
    request.submissions[2] = opened(
        request.submissions[0].message_id[..].try_into().unwrap(),
        "X",
    );
    sender.send(request).await.unwrap();
    let results = answers.message().await.unwrap().unwrap().results;
    let outcomes: Vec<_> = results
        .into_iter()
        .map(|result| match result.result.unwrap() {
            SubmissionResult::Accepted(accepted) => Ok(accepted.duplicate),
            SubmissionResult::Refused(refusal) => Err((Code::from(refusal.code), refusal.reason)),
        })
        .collect();
    assert_eq!(outcomes[0], Ok(false));
    assert_eq!(
        outcomes[1],
        Err((Code::InvalidArgument, "MALFORMED_FIELD".to_owned()))
    );
    assert_eq!(
        outcomes[2],
        Err((
            Code::AlreadyExists,
            "DUPLICATE_MESSAGE_ID_OTHER_CONTENT".to_owned()
        ))
    );
    assert_eq!(outcomes[3], Ok(false));
    sender.send(batch(2, 1)).await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().correlation, 2);
    server.stop().await;
}

#[tokio::test]
async fn a_request_that_cannot_be_answered_ends_the_stream() {
    let server = Running::start().await;
    for size in [0, 1_001] {
        let (sender, mut answers) = open(&server).await;
        sender.send(batch(0, size)).await.unwrap();
        let status = answers.message().await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "MALFORMED_FIELD");
    }
    server.stop().await;
}

#[tokio::test]
async fn draining_answers_what_was_read_and_ends_the_stream() {
    let mut server = Running::start().await;
    let (sender, mut answers) = open(&server).await;
    sender.send(batch(0, 100)).await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().results.len(), 100);
    server.begin_stop();
    let status = answers.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(
        status.get_error_details().error_info().unwrap().reason,
        "SHUTTING_DOWN"
    );
    drop(sender);
    server.stopped().await;
}
