//! Refused posts leave a line in their log, and nothing in the ledger.

use std::path::Path;

use caseledger_engine::Engine;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Request};

use crate::support::{
    Fault, Running, acting, as_court, as_prosecutor, case_key, engine, message_id, opened, post,
    submission, submit,
};

async fn start(folder: &Path) -> Running {
    let fault = Fault::default();
    let engine: Engine = engine(&fault);
    Running::keeping(Some(folder), engine, fault, |config| {
        config.limits.principal_rate = 1;
        config.limits.principal_burst = 20;
        config.refused.per_minute = 30;
    })
    .await
}

fn asked(limit: u32, token: &str) -> v1::ListRefusalsRequest {
    v1::ListRefusalsRequest {
        page: Some(v1::Page {
            limit,
            token: token.to_owned(),
        }),
        ..Default::default()
    }
}

fn overseer<T>(message: T) -> Request<T> {
    acting("aud", "OVERSIGHT", message)
}

async fn refusals(channel: &Channel) -> Vec<v1::RefusedPost> {
    let mut audits = AuditServiceClient::new(channel.clone());
    let answer = audits.list_refusals(overseer(asked(1_000, ""))).await;
    answer.unwrap().into_inner().refusals
}

async fn size(channel: &Channel) -> u64 {
    let mut audits = AuditServiceClient::new(channel.clone());
    let info = audits.get_ledger_info(v1::GetLedgerInfoRequest {}).await;
    info.unwrap().into_inner().size
}

/// The docket number that no line may have.
const DOCKET: &str = "BA-SECRET-7";

#[tokio::test]
async fn every_kind_of_refusal_is_noted_and_leaves_no_trace_in_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let channel = server.channel().await;
    let mut commands = CommandServiceClient::new(channel.clone());

    // A rule: a court opens no initiative.
    let mut by_rule = as_court(submit(opened(message_id(1), "ONE")));
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    by_rule
        .metadata_mut()
        .insert("traceparent", trace.parse().unwrap());
    commands.submit(by_rule).await.unwrap_err();
    // Malformed, with a docket number in it.
    let target = v1::target::Target::CaseKey(case_key(DOCKET));
    let fact = opened([0; 16], "X")
        .posts
        .remove(0)
        .fact
        .unwrap()
        .kind
        .unwrap();
    let malformed = submission(message_id(2), vec![post(target, fact)]);
    commands
        .submit(as_prosecutor(submit(malformed.clone())))
        .await
        .unwrap_err();
    // Nobody in particular.
    commands
        .submit(submit(opened(message_id(3), "TWO")))
        .await
        .unwrap_err();
    // In a stream, good among bad.
    let request = v1::SubmitStreamRequest {
        correlation: 1,
        submissions: vec![
            malformed,
            opened(message_id(4), "FOUR"),
            opened(message_id(5), "FOUR"),
        ],
    };
    let requests = as_prosecutor(tokio_stream::iter([request]));
    let mut answers = commands.submit_stream(requests).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().results.len(), 3);
    // A question is no post, whatever it is answered.
    let question = v1::GetSubmissionStatusRequest::default();
    commands
        .get_submission_status(as_prosecutor(question))
        .await
        .unwrap_err();

    assert_eq!(size(&channel).await, 1, "only what was not refused");
    let mut told = refusals(&channel).await;
    told.reverse();
    let brief: Vec<_> = told
        .iter()
        .map(|post| (&post.submitter[..], &post.reason[..], &post.method[..]))
        .collect();
    assert_eq!(
        brief,
        [
            ("lasc", "ROLE_NOT_ALLOWED", "Submit"),
            ("lada", "MALFORMED_FIELD", "Submit"),
            ("", "UNAUTHENTICATED", "Submit"),
            ("lada", "MALFORMED_FIELD", "SubmitStream"),
            ("lada", "STAGE_NOT_ALLOWED", "SubmitStream"),
        ]
    );
    assert_eq!(told[0].role, "COURT");
    assert_eq!(told[0].message_id, message_id(1)[..]);
    assert_eq!(told[0].trace_id.len(), 16);
    assert!(told[0].refused_at_us > 0);
    // The same content has the same keyed digest, and nothing of it is told.
    assert_eq!(told[1].content, told[3].content);
    assert_eq!(told[1].content.len(), 32);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains(DOCKET) && !text.contains("SECRET"), "{text}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_limit_refuses_is_sampled_and_what_bytes_are_no_message_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let channel = server.channel().await;
    let mut commands = CommandServiceClient::new(channel.clone());
    let mut limited = 0;
    for number in 0..100 {
        // The conflict costs a token each, too.
        let request = as_prosecutor(submit(opened(message_id(number), "SAME")));
        let refused = commands.submit(request).await;
        limited += u64::from(refused.is_err_and(|s| s.code() == Code::ResourceExhausted));
    }
    assert!(limited > 31, "{limited}");
    let told = refusals(&channel).await;
    let of_limit = told.iter().filter(|post| post.reason == "RATE_LIMITED");
    assert_eq!(of_limit.count(), 30);
    let rules = told
        .iter()
        .filter(|post| post.reason == "STAGE_NOT_ALLOWED");
    assert!(rules.count() >= 10, "limits do not crowd out the others");

    // Bytes that are no message of the call reach no service.
    let uri = format!(
        "http://{}/caseledger.v1.CommandService/Submit",
        server.address
    );
    let bytes = http_body_util::Full::new(bytes::Bytes::from_static(b"\0\0\0\0\x01\xff"));
    let request = http::Request::post(uri)
        .header("content-type", "application/grpc")
        .header("caseledger-principal", "sfda")
        .header("caseledger-role", "PROSECUTOR_COUNTY")
        .body(tonic::body::Body::new(bytes))
        .unwrap();
    let mut raw = channel.clone();
    tower::ServiceExt::ready(&mut raw).await.unwrap();
    tower::Service::call(&mut raw, request).await.unwrap();
    let told = refusals(&channel).await;
    assert_eq!(
        (
            &told[0].submitter[..],
            &told[0].reason[..],
            told[0].content.len()
        ),
        ("sfda", "MALFORMED_FIELD", 0)
    );
    server.stop().await;
}

#[tokio::test]
async fn only_oversight_and_the_operator_read_what_others_were_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let channel = server.channel().await;
    let mut commands = CommandServiceClient::new(channel.clone());
    for number in 0..5 {
        let request = as_court(submit(opened(message_id(number), "ONE")));
        commands.submit(request).await.unwrap_err();
    }
    let mut audits = AuditServiceClient::new(channel.clone());
    for (org, role, expected) in [
        ("lasc", "COURT", Err(Code::PermissionDenied)),
        ("lada", "PROSECUTOR_COUNTY", Err(Code::PermissionDenied)),
        ("news", "PUBLISHER", Err(Code::PermissionDenied)),
        ("aud", "OVERSIGHT", Ok(5)),
        ("operator", "OPERATOR", Ok(5)),
    ] {
        let answer = audits.list_refusals(acting(org, role, asked(10, ""))).await;
        let found = answer.map(|answer| answer.into_inner().refusals.len());
        assert_eq!(found.map_err(|status| status.code()), expected, "{role}");
    }
    let nobody = audits.list_refusals(asked(10, "")).await.unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);
    // Page by page.
    let (mut token, mut numbers) = (String::new(), Vec::new());
    loop {
        let answer = audits.list_refusals(overseer(asked(2, &token))).await;
        let answer = answer.unwrap().into_inner();
        numbers.extend(answer.refusals.iter().map(|post| post.number));
        if answer.next.is_empty() {
            break;
        }
        token = answer.next;
    }
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    let mut of_others = asked(10, "");
    of_others.submitter = "lada".to_owned();
    let answer = audits.list_refusals(overseer(of_others)).await.unwrap();
    assert!(answer.into_inner().refusals.is_empty());
    server.stop().await;

    let without = Running::start().await;
    let mut audits = AuditServiceClient::new(without.channel().await);
    let status = audits
        .list_refusals(overseer(asked(1, "")))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    without.stop().await;
}
