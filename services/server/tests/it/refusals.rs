//! What is refused, and how precisely.

use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::event_service_client::EventServiceClient;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::support::{
    Running, accepted, acting, as_court, as_prosecutor, case_key, message_id, opened, post,
    submission, submit,
};

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.domain, "caseledger.v1");
    info.reason.clone()
}

fn metadata(status: &Status, key: &str) -> String {
    status.get_error_details().error_info().unwrap().metadata[key].clone()
}

async fn refused(server: &Running, request: Request<v1::SubmitRequest>) -> Status {
    CommandServiceClient::new(server.channel().await)
        .submit(request)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn other_content_under_a_used_message_id_names_the_first_position() {
    let server = Running::start().await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    commands
        .submit(as_prosecutor(submit(opened(message_id(1), "ONE"))))
        .await
        .unwrap();
    commands
        .submit(as_prosecutor(submit(opened(message_id(2), "TWO"))))
        .await
        .unwrap();
    let status = refused(
        &server,
        as_prosecutor(submit(opened(message_id(2), "THREE"))),
    )
    .await;
    assert_eq!(status.code(), Code::AlreadyExists);
    assert_eq!(reason(&status), "DUPLICATE_MESSAGE_ID_OTHER_CONTENT");
    assert_eq!(metadata(&status, "first_position"), "1");
    assert_eq!(metadata(&status, "first_content").len(), 64);
    server.stop().await;
}

#[tokio::test]
async fn nobody_posts_the_keys_of_checkpoints() {
    let server = Running::start().await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    commands
        .submit(as_prosecutor(submit(opened(message_id(1), "ONE"))))
        .await
        .unwrap();
    let succeeded = ev::CheckpointKeySucceeded {
        successor: vec![7; 32],
    };
    let retired = ev::CheckpointKeyRetired {
        retired: vec![7; 32],
    };
    let facts = [
        Kind::CheckpointKeySucceeded(succeeded),
        Kind::CheckpointKeyRetired(retired),
    ];
    for (org, role, rule) in [
        ("lada", "PROSECUTOR_COUNTY", "ROLE_NOT_ALLOWED"),
        ("lasc", "COURT", "ROLE_NOT_ALLOWED"),
        ("operator", "OPERATOR", "KEY_HOLDER_ONLY"),
    ] {
        for fact in facts.clone() {
            for about in [
                v1::target::Target::Initiative("ONE".to_owned()),
                v1::target::Target::Organisation("operator".to_owned()),
            ] {
                let message = submission(message_id(2), vec![post(about, fact.clone())]);
                let status = refused(&server, acting(org, role, submit(message))).await;
                assert_eq!(status.code(), Code::PermissionDenied, "{role}: {status:?}");
                assert_eq!(reason(&status), rule, "{role}");
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_wrong_expected_revision_is_told_with_both_revisions() {
    let server = Running::start().await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    commands
        .submit(as_prosecutor(submit(opened(message_id(1), "ONE"))))
        .await
        .unwrap();
    let mut again = opened(message_id(2), "ONE");
    again.posts[0].expected = Some(v1::Expected {
        expectation: Some(v1::expected::Expectation::Revision(7)),
    });
    let status = refused(&server, as_prosecutor(submit(again))).await;
    assert_eq!(status.code(), Code::Aborted, "{status:?}");
    assert_eq!(metadata(&status, "expected"), "7");
    assert_eq!(metadata(&status, "found"), "0");
    let details = status.get_error_details();
    let rules = &details.precondition_failure().unwrap().violations;
    assert!(
        rules
            .iter()
            .any(|rule| rule.r#type == "WRONG_EXPECTED_REVISION"),
        "{rules:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn malformed_fields_are_told_by_their_paths() {
    let server = Running::start().await;
    let mut bad = opened([1; 16], "not a slug");
    bad.message_id = vec![1; 15].into();
    bad.posts[0].expected = None;
    bad.posts[0].occurred_on = 20_211_399;
    let status = refused(&server, as_prosecutor(submit(bad))).await;
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(reason(&status), "MALFORMED_FIELD");
    let details = status.get_error_details();
    let fields = &details.bad_request().unwrap().field_violations;
    let fields: Vec<&str> = fields
        .iter()
        .map(|violation| &violation.field[..])
        .collect();
    for path in [
        "message_id",
        "posts[0].target.initiative",
        "posts[0].expected",
        "posts[0].occurred_on",
    ] {
        assert!(fields.contains(&path), "{path} is not in {fields:?}");
    }
    let mut ahead = opened(message_id(1), "ONE");
    ahead.submitter_sequence = 2_000_000;
    let status = refused(&server, as_prosecutor(submit(ahead))).await;
    let details = status.get_error_details();
    let fields = &details.bad_request().unwrap().field_violations;
    assert_eq!(fields[0].field, "submitter_sequence");
    let status = refused(&server, as_prosecutor(v1::SubmitRequest::default())).await;
    assert_eq!(reason(&status), "MALFORMED_FIELD");
    server.stop().await;
}

#[tokio::test]
async fn a_method_that_there_is_not_is_told_with_a_message_and_a_reason() {
    let server = Running::start().await;
    for path in [
        "/caseledger.v1.CommandService/Erase",
        "/caseledger.v2.CommandService/Submit",
    ] {
        let mut client = tonic::client::Grpc::new(server.channel().await);
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<v1::SubmitRequest, v1::SubmitResponse>::default();
        let asked = as_prosecutor(v1::SubmitRequest::default());
        let answer = client.unary(asked, path.parse().unwrap(), codec);
        let status = answer.await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented, "{path}");
        assert_eq!(reason(&status), "NO_SUCH_METHOD", "{path}");
        assert!(status.message().contains("reflection"), "{status:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn personal_values_stand_in_no_error() {
    let server = Running::start().await;
    let mut bad = accepted(message_id(1), "BA-SECRET-1");
    bad.posts[0].occurred_on = 1;
    let status = refused(&server, as_court(submit(bad))).await;
    assert!(!format!("{status:?}").contains("SECRET"), "{status:?}");
    let question = v1::GetCaseRequest {
        case: Some(v1::get_case_request::Case::CaseKey(case_key("BA-SECRET-2"))),
        as_of: None,
    };
    let mut queries = QueryServiceClient::new(server.channel().await);
    let status = queries.get_case(as_court(question)).await.unwrap_err();
    assert_eq!(
        (status.code(), &reason(&status)[..]),
        (Code::NotFound, "NOT_FOUND")
    );
    assert!(!format!("{status:?}").contains("SECRET"), "{status:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_role_without_authority_is_told_which_rule() {
    let server = Running::start().await;
    let status = refused(&server, as_court(submit(opened(message_id(1), "ONE")))).await;
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(reason(&status), "ROLE_NOT_ALLOWED");
    assert!(
        status.message().starts_with("posts[0]: "),
        "{}",
        status.message()
    );
    server.stop().await;
}

#[tokio::test]
async fn callers_without_identity_are_told_the_remedy() {
    let server = Running::start().await;
    let status = refused(&server, Request::new(submit(opened(message_id(1), "ONE")))).await;
    assert_eq!(
        (status.code(), &reason(&status)[..]),
        (Code::Unauthenticated, "UNAUTHENTICATED")
    );
    assert!(
        status.message().contains("caseledger-principal"),
        "{}",
        status.message()
    );
    let mut queries = QueryServiceClient::new(server.channel().await);
    let status = queries
        .list_cases(v1::ListCasesRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    // Figures and what can be verified are open.
    let totals = v1::TotalsRequest {
        unit: v1::Unit::Cases.into(),
        ..Default::default()
    };
    queries.totals(totals).await.unwrap();
    let mut audits = AuditServiceClient::new(server.channel().await);
    audits
        .get_ledger_info(v1::GetLedgerInfoRequest {})
        .await
        .unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_press_office_reads_figures_and_no_cases() {
    let server = Running::start().await;
    let mut queries = QueryServiceClient::new(server.channel().await);
    let request = acting("press", "PUBLISHER", v1::ListCasesRequest::default());
    let status = queries.list_cases(request).await.unwrap_err();
    assert_eq!(
        (status.code(), &reason(&status)[..]),
        (Code::PermissionDenied, "READ_NOT_ALLOWED")
    );
    let mut events = EventServiceClient::new(server.channel().await);
    let request = acting("press", "PUBLISHER", v1::SubscribeRequest::default());
    assert_eq!(
        events.subscribe(request).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    server.stop().await;
}

#[tokio::test]
async fn an_oversized_message_is_refused_and_the_server_unmoved() {
    let server = Running::with(|config| config.limits.request_bytes = 65_536).await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let mut big = opened(message_id(1), "ONE");
    big.message_id = vec![0; 100_000].into();
    let status = commands
        .submit(as_prosecutor(submit(big)))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
    assert_eq!(metadata(&status, "max"), "65536");
    commands
        .submit(as_prosecutor(submit(opened(message_id(1), "ONE"))))
        .await
        .unwrap();
    server.stop().await;
}

#[tokio::test]
async fn bytes_that_are_no_message_of_the_call_are_malformed() {
    let server = Running::start().await;
    // Where the call has a message, this one has a number.
    let other = v1::GetReceiptRequest { position: 7 };
    let mut client = tonic::client::Grpc::new(server.channel().await);
    client.ready().await.unwrap();
    let path = "/caseledger.v1.CommandService/Submit".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<v1::GetReceiptRequest, v1::SubmitResponse>::default();
    let unary = client.unary(as_prosecutor(other), path, codec).await;
    client.ready().await.unwrap();
    let path = "/caseledger.v1.CommandService/SubmitStream"
        .parse()
        .unwrap();
    let codec = tonic_prost::ProstCodec::<v1::SubmitRequest, v1::SubmitStreamResponse>::default();
    let whole = tokio_stream::iter([submit(opened(message_id(1), "ONE"))]);
    let mut answers = client
        .streaming(as_prosecutor(whole), path, codec)
        .await
        .unwrap()
        .into_inner();
    let streamed = answers.message().await;
    for status in [unary.unwrap_err(), streamed.unwrap_err()] {
        assert_eq!(
            (status.code(), &reason(&status)[..]),
            (Code::InvalidArgument, "MALFORMED_FIELD"),
            "{status:?}"
        );
        let details = status.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "");
        assert!(
            violations[0].description.contains("wire type"),
            "{violations:?}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn too_many_posts_are_refused() {
    let server = Running::start().await;
    let post = opened(message_id(1), "ONE").posts[0].clone();
    let many = submission(message_id(1), vec![post; 101]);
    let status = refused(&server, as_prosecutor(submit(many))).await;
    assert_eq!(
        (status.code(), &reason(&status)[..]),
        (Code::InvalidArgument, "MALFORMED_FIELD")
    );
    server.stop().await;
}

#[tokio::test]
async fn what_lies_beyond_the_ledger_is_told_with_its_size() {
    let server = Running::start().await;
    let mut audits = AuditServiceClient::new(server.channel().await);
    let statuses = [
        audits
            .get_receipt(v1::GetReceiptRequest { position: 5 })
            .await
            .unwrap_err(),
        audits
            .get_consistency_proof(v1::GetConsistencyProofRequest {
                old_size: 0,
                new_size: 5,
            })
            .await
            .unwrap_err(),
        audits
            .get_inclusion_proof(v1::GetInclusionProofRequest {
                position: 0,
                size: 5,
            })
            .await
            .unwrap_err(),
        audits
            .get_entries(v1::GetEntriesRequest {
                from_position: 5,
                limit: 1,
            })
            .await
            .unwrap_err(),
    ];
    for status in statuses {
        assert_eq!(
            (status.code(), &reason(&status)[..]),
            (Code::OutOfRange, "BEYOND_LEDGER")
        );
        assert_eq!(metadata(&status, "size"), "0");
        assert_eq!(metadata(&status, "asked"), "5");
    }
    server.stop().await;
}
