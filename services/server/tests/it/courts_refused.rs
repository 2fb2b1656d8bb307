//! Messages of courts that are refused leave a line in the log of refused posts, and nothing in the
//! ledger.

use std::path::Path;

use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::court_service_client::CourtServiceClient;
use caseledger_proto::pb::v1::post_manifest_request::Part;
use caseledger_proto::pb::v1::{ConfirmationStatus as Status, MessageReceipt};
use caseledger_server::Config;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::courts::{alone, batch, header, review, rows, totals, trailer};
use crate::organisations::{about, as_operator, declare, registered};
use crate::refused_log::{refusals, size};
use crate::support::{Fault, Running, acting, as_court, engine, message_id, submission, submit};

async fn start(folder: &Path, change: impl FnOnce(&mut Config)) -> Running {
    let fault = Fault::default();
    let engine = engine(&fault);
    declare(&engine);
    let server = Running::keeping(Some(folder), engine, fault, change).await;
    let posts = ["LASC", "SFSC"].map(|court| {
        let organisation = court.to_ascii_lowercase();
        let role = ev::RoleGranted {
            role: ev::Role::Court.into(),
            courts: vec![court.to_owned()],
            valid_from: 20_200_101,
            ..ev::RoleGranted::default()
        };
        let bound = ev::PrincipalBound {
            uri: format!("urn:{organisation}"),
            valid_until: 0,
        };
        [
            registered(&organisation),
            about(&organisation, Kind::RoleGranted(role)),
            about(&organisation, Kind::PrincipalBound(bound)),
        ]
    });
    let granted = submission(message_id(1), posts.into_iter().flatten().collect());
    let mut commands = CommandServiceClient::new(server.channel().await);
    commands.submit(as_operator(submit(granted))).await.unwrap();
    server
}

/// Entries of a ledger that knows the two courts and nothing else.
const KNOWN: u64 = 3 + 2 * 3;

/// A request of the court in the other county.
fn as_other_court<T>(message: T) -> Request<T> {
    acting("sfsc", "COURT", message)
}

/// What the log says, oldest first: who, in which method, and why.
fn brief(told: &[v1::RefusedPost]) -> Vec<(&str, &str, &str)> {
    let brief = told.iter().rev().map(|post| {
        let (who, method, why) = (&post.submitter, &post.method, &post.reason);
        (who.as_str(), method.as_str(), why.as_str())
    });
    brief.collect()
}

#[tokio::test]
async fn a_court_outside_its_jurisdiction_is_refused_however_it_posts() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), |_| {}).await;
    let channel = server.channel().await;
    let mut courts = CourtServiceClient::new(channel.clone());

    let claim = || review("m-1", "BA1", "accepted");
    let reply = courts.post_filing_confirmation(as_other_court(alone(claim())));
    let result = reply.await.unwrap().into_inner().result.unwrap();
    assert_eq!(
        (result.status(), result.message_receipt()),
        (Status::Refused, MessageReceipt::MessageError)
    );
    assert_eq!(result.refusal.as_ref().unwrap().reason, "OUTSIDE_COURTS");
    let request = v1::PostFilingConfirmationsRequest {
        correlation: 1,
        confirmations: vec![claim()],
    };
    let requests = as_other_court(tokio_stream::iter([request]));
    let answers = courts.post_filing_confirmations(requests).await.unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap();
    assert_eq!(answer.results[0].status(), Status::Refused);
    let told = refusals(&channel).await;
    assert_eq!(
        brief(&told),
        [
            ("sfsc", "PostFilingConfirmation", "OUTSIDE_COURTS"),
            ("sfsc", "PostFilingConfirmations", "OUTSIDE_COURTS"),
        ]
    );
    assert_eq!(told[0].message_id, result.message_id);
    assert_eq!(told[0].content, told[1].content);
    assert_eq!(size(&channel).await, KNOWN);

    // The court of the case says the same, and it waits for the case.
    let reply = courts.post_filing_confirmation(as_court(alone(claim())));
    let result = reply.await.unwrap().into_inner().result.unwrap();
    assert_eq!(result.status(), Status::Held);
    assert_eq!(size(&channel).await, KNOWN + 1);
    assert_eq!(refusals(&channel).await.len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn a_court_that_posts_too_fast_is_limited() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), |config| {
        config.limits.principal_rate = 1;
        config.limits.principal_burst = 1;
    })
    .await;
    let channel = server.channel().await;
    let mut courts = CourtServiceClient::new(channel.clone());
    let claim = |id| as_court(alone(review(id, "BA1", "accepted")));
    courts.post_filing_confirmation(claim("m-1")).await.unwrap();
    let limited = courts.post_filing_confirmation(claim("m-2")).await;
    let limited = limited.unwrap_err();
    assert_eq!(limited.code(), Code::ResourceExhausted);
    let details = limited.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "RATE_LIMITED");
    assert_eq!(
        brief(&refusals(&channel).await),
        [("lasc", "PostFilingConfirmation", "RATE_LIMITED")]
    );
    assert_eq!(size(&channel).await, KNOWN + 1);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_noted_by_its_keyed_digest() {
    /// No line may have it.
    const DOCKET: &str = "BA-SECRET-7;BA8";

    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), |_| {}).await;
    let channel = server.channel().await;
    let mut courts = CourtServiceClient::new(channel.clone());

    let wrong = || review("m-1", DOCKET, "accepted");
    let reply = courts.post_filing_confirmation(as_court(alone(wrong())));
    let result = reply.await.unwrap().into_inner().result.unwrap();
    assert_eq!(result.status(), Status::Refused);
    let request = v1::PostFilingConfirmationsRequest {
        correlation: 1,
        confirmations: vec![wrong()],
    };
    let requests = as_court(tokio_stream::iter([request]));
    let answers = courts.post_filing_confirmations(requests).await.unwrap();
    answers.into_inner().message().await.unwrap().unwrap();
    // One wrong row, and a batch whose trailer does not agree.
    let Part::Header(mut declared) = header(totals(1, 1)) else {
        panic!("no header");
    };
    declared.cohort = String::new();
    for digest in [7, 8] {
        let parts = vec![
            Part::Header(declared.clone()),
            rows(1, &[DOCKET]),
            trailer(totals(1, 1), digest),
        ];
        assert_eq!(batch(&mut courts, parts).await.is_ok(), digest == 7);
    }
    // A question is no post, whatever it is answered.
    let question = v1::GetManifestStatusRequest::default();
    let question = courts.get_manifest_status(as_court(question)).await;
    assert_eq!(question.unwrap_err().code(), Code::InvalidArgument);

    let told = refusals(&channel).await;
    assert_eq!(
        brief(&told),
        [
            ("lasc", "PostFilingConfirmation", "MALFORMED_FIELD"),
            ("lasc", "PostFilingConfirmations", "MALFORMED_FIELD"),
            ("lasc", "PostManifest", "MALFORMED_FIELD"),
            ("lasc", "PostManifest", "MALFORMED_FIELD"),
        ]
    );
    let digests: Vec<_> = told.iter().rev().map(|post| &post.content).collect();
    assert_eq!(digests[0].len(), 32);
    assert_eq!(digests[0], digests[1]);
    assert_eq!((digests[2].len(), digests[3].len()), (32, 0));
    assert_eq!(size(&channel).await, KNOWN);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("SECRET") && !text.contains("m-1"), "{text}");
    }
    server.stop().await;
}
