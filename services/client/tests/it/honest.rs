//! What works when nobody lies.

use std::time::Duration;

use caseledger_chain::{Position, verify_receipt};
use caseledger_client::{Client, ClientError, Policy, Principal, Trust, ledger_info_unverified};
use caseledger_proto::{Reason, pb::v1};

use crate::liar::Liar;
use crate::support::{Fault, Running, Stall, accepted, engine, key, message_id, opened};

pub(crate) async fn client(address: std::net::SocketAddr, org: &str, role: &str) -> Client {
    let principal = Principal::new(org, role).unwrap();
    let trust = Trust::pinned(key().verifier().clone());
    Client::connect(&format!("http://{address}"), Some(principal), trust)
        .await
        .unwrap()
}

pub(crate) async fn prosecutor(address: std::net::SocketAddr) -> Client {
    client(address, "lada", "PROSECUTOR_COUNTY").await
}

#[tokio::test]
async fn submissions_come_back_verified_with_files_that_verify_alone() {
    let server = Running::start().await;
    let client = prosecutor(server.address).await;
    let accepted = client.submit(opened(message_id(1), "ONE")).await.unwrap();
    assert!(!accepted.duplicate);
    let receipt = &accepted.receipts[0];
    assert_eq!(receipt.position(), Position::new(0));
    let file = receipt.file();
    let verified = verify_receipt(&file, key().verifier()).unwrap();
    assert_eq!(verified.entry(), &receipt.entry()[..]);
    let again = client.submit(opened(message_id(1), "ONE")).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.receipts[0].message(), receipt.message());
    let fetched = client.receipt(Position::new(0)).await.unwrap();
    assert_eq!(fetched.file(), file);
    let status = client
        .submission_status(message_id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(status.receipts[0].file(), file);
    assert!(
        client
            .submission_status(message_id(2))
            .await
            .unwrap()
            .is_none()
    );
    server.stop().await;
}

#[tokio::test]
async fn held_and_repeated_confirmations_are_recognised() {
    let server = Running::start().await;
    let court = client(server.address, "lasc", "COURT").await;
    court.submit(accepted(message_id(1), "BA1")).await.unwrap();
    // The same fact under another message.
    court.submit(accepted(message_id(2), "BA1")).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn refusals_are_taken_apart_by_reason() {
    let server = Running::start().await;
    let court = client(server.address, "lasc", "COURT").await;
    let error = court
        .submit(opened(message_id(1), "ONE"))
        .await
        .unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Rule("ROLE_NOT_ALLOWED")));
    let mut bad = opened(message_id(1), "ONE");
    bad.posts[0].expected = None;
    let error = court.submit(bad).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::MalformedField));
    let refusal = error.refusal().unwrap();
    assert_eq!(refusal.violations[0].subject, "posts[0].expected");
    server.stop().await;
}

#[tokio::test]
async fn the_history_is_proven_as_it_grows() {
    let server = Running::start().await;
    let client = prosecutor(server.address).await;
    assert_eq!(client.trust().proven(), None);
    for number in 0..20 {
        client
            .submit(opened(message_id(number), &format!("I-{number}")))
            .await
            .unwrap();
        if number % 7 == 0 {
            let checkpoint = client.checkpoint().await.unwrap();
            assert_eq!(checkpoint.size.get(), number + 1);
            assert_eq!(client.trust().proven().unwrap().size, checkpoint.size);
        }
    }
    client.prove().await.unwrap();
    assert_eq!(client.trust().proven().unwrap().size.get(), 20);
    server.stop().await;
}

#[tokio::test]
async fn an_overloaded_ledger_is_asked_again() {
    let fault = Fault::default();
    let engine = engine(&fault);
    let stall = Stall::new(&engine);
    let server = Running::over(engine, fault, |config| config.limits.submissions = 1).await;
    let waiting = prosecutor(server.address).await;
    let waiting = tokio::spawn(async move { waiting.submit(opened(message_id(1), "ONE")).await });
    let once = Policy {
        attempts: 1,
        ..Policy::default()
    };
    let client = prosecutor(server.address).await;
    // Refused as soon as the other one has the only place.
    let impatient = client.clone().with_policy(Policy {
        deadline: Duration::from_millis(200),
        ..once
    });
    let mut number = 2;
    loop {
        let error = impatient
            .submit(opened(message_id(number), "TWO"))
            .await
            .unwrap_err();
        if error.reason() == Some(Reason::Overloaded) {
            break;
        }
        number += 1;
    }
    let patient = Policy {
        attempts: 100,
        ..Policy::default()
    };
    let patient = client.with_policy(patient);
    let patient = tokio::spawn(async move { patient.submit(opened(message_id(99), "SIX")).await });
    stall.release();
    waiting.await.unwrap().ok();
    patient.await.unwrap().unwrap();
    server.stop().await;
}

#[tokio::test]
async fn batches_are_answered_in_order_within_the_window() {
    let server = Running::start().await;
    let client = prosecutor(server.address).await;
    let mut submitter = client.submitter(4);
    let mut answers = Vec::new();
    for batch in 0..30 {
        let numbers = batch * 10..batch * 10 + 10;
        let batch = numbers.map(|number| opened(message_id(number), &format!("I-{number}")));
        answers.extend(submitter.push(batch.collect()).await.unwrap());
        assert!(submitter.in_flight() <= 4);
    }
    while let Some(answer) = submitter.next().await.unwrap() {
        answers.push(answer);
    }
    let batches: Vec<u64> = answers.iter().map(|answer| answer.batch).collect();
    assert_eq!(batches, (0..30).collect::<Vec<_>>());
    let results = answers.into_iter().flat_map(|answer| answer.results);
    let positions: Vec<u64> = results
        .map(|result| result.unwrap().receipts[0].position().get())
        .collect();
    assert_eq!(positions, (0..300).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn a_broken_stream_is_taken_up_again_without_loss_or_doubles() {
    let server = Running::start().await;
    let (liar, address) = Liar::start(server.channel().await).await;
    liar.break_streams_after(3);
    let policy = Policy {
        pause: Duration::from_millis(1),
        ..Policy::default()
    };
    let client = prosecutor(address).await.with_policy(policy);
    let mut submitter = client.submitter(8);
    let mut accepted = 0;
    for number in 0..25 {
        let batch = vec![opened(message_id(number), &format!("I-{number}"))];
        if let Some(answer) = submitter.push(batch).await.unwrap() {
            accepted += answer.results.into_iter().map(Result::unwrap).count();
        }
    }
    while let Some(answer) = submitter.next().await.unwrap() {
        accepted += answer.results.into_iter().map(Result::unwrap).count();
    }
    assert_eq!(accepted, 25);
    let info = client
        .get_ledger_info(v1::GetLedgerInfoRequest {})
        .await
        .unwrap();
    assert_eq!(info.size, 25);
    server.stop().await;
}

#[tokio::test]
async fn reads_and_streams_pass_through() {
    let server = Running::start().await;
    let client = prosecutor(server.address).await;
    client.submit(opened(message_id(1), "ONE")).await.unwrap();
    let request = v1::GetInitiativeRequest {
        initiative: "ONE".to_owned(),
    };
    assert_eq!(client.get_initiative(request).await.unwrap().lead, "lada");
    let request = v1::ReadAllRequest {
        direction: v1::Direction::Forwards.into(),
        ..v1::ReadAllRequest::default()
    };
    let mut pages = client.read_all(request).await.unwrap();
    assert_eq!(pages.next().await.unwrap().unwrap().entries.len(), 1);
    assert!(pages.next().await.unwrap().is_none());
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() {
    let error = ledger_info_unverified("not an address").await.unwrap_err();
    assert!(matches!(error, ClientError::Address { .. }), "{error}");
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = ledger_info_unverified(&format!("http://{free}"))
        .await
        .unwrap_err();
    assert!(matches!(error, ClientError::Unreachable(_)), "{error}");
    let server = Running::start().await;
    let info = ledger_info_unverified(&format!("http://{}", server.address))
        .await
        .unwrap();
    assert_eq!(info.verifier_key, key().vkey());
    server.stop().await;
}
