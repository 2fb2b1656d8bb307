//! `CourtService`: messages of courts in their own shape, alone, in streams and in batches.

use std::net::SocketAddr;

use caseledger_proto::pb::event::v1::{self as ev, Flag, Severity};
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::court_service_client::CourtServiceClient;
use caseledger_proto::pb::v1::filing_confirmation::Statement;
use caseledger_proto::pb::v1::post_manifest_request::Part;
use caseledger_proto::pb::v1::post_manifest_response::Part as Answered;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use caseledger_proto::pb::v1::{self, ConfirmationStatus as Status, MessageReceipt, Verdict};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::queries::{identified, record};
use crate::support::{Running, as_court, as_prosecutor, case_key, submit};

pub(crate) type Courts = CourtServiceClient<Channel>;

/// A clerk's review of the filing F-77 in a case.
pub(crate) fn review(id: &str, number: &str, status: &str) -> v1::FilingConfirmation {
    let review = v1::FilingReview {
        review_status: status.to_owned(),
        received_at: "2021-09-24T16:40:00-07:00".to_owned(),
        official_filed_on: "2021-09-27".to_owned(),
        reviewed_on: "2021-09-27".to_owned(),
        reason: "WRONG_COURT".to_owned(),
        ..v1::FilingReview::default()
    };
    message(id, number, Statement::Review(review))
}

fn ruling(id: &str, number: &str) -> v1::FilingConfirmation {
    let ruling = v1::Ruling {
        ruling: "GRANTED".to_owned(),
        ordered_on: "2021-09-27".to_owned(),
        order_number: "ORD-1".to_owned(),
        remedy: "DISMISS_AND_SEAL".to_owned(),
        reason: String::new(),
    };
    message(id, number, Statement::Ruling(ruling))
}

fn dismissed(id: &str, number: &str) -> v1::FilingConfirmation {
    let entry = v1::DocketEntry {
        disposition: "DISMISSED".to_owned(),
        entered_on: "2021-09-27".to_owned(),
        order_number: "ORD-1".to_owned(),
        ..v1::DocketEntry::default()
    };
    message(id, number, Statement::DocketEntry(entry))
}

fn message(id: &str, number: &str, statement: Statement) -> v1::FilingConfirmation {
    v1::FilingConfirmation {
        source_system: "odyssey".to_owned(),
        source_message_id: id.to_owned(),
        court: "LASC".to_owned(),
        case_number: number.to_owned(),
        defendant: "1".to_owned(),
        filing_id: "F-77".to_owned(),
        statement: Some(statement),
        ..v1::FilingConfirmation::default()
    }
}

pub(crate) fn alone(confirmation: v1::FilingConfirmation) -> v1::PostFilingConfirmationRequest {
    v1::PostFilingConfirmationRequest {
        confirmation: Some(confirmation),
    }
}

async fn post(courts: &mut Courts, message: v1::FilingConfirmation) -> v1::ConfirmationResult {
    let reply = courts.post_filing_confirmation(as_court(alone(message)));
    reply.await.unwrap().into_inner().result.unwrap()
}

fn came_to(result: &v1::ConfirmationResult) -> (Status, MessageReceipt) {
    (result.status(), result.message_receipt())
}

fn reason(result: &v1::ConfirmationResult) -> &str {
    &result.refusal.as_ref().unwrap().reason
}

#[tokio::test]
async fn a_message_is_answered_in_the_words_of_courts() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel.clone());

    let first = post(&mut courts, review("m-1", "BA1", "accepted")).await;
    assert_eq!(
        came_to(&first),
        (Status::AcceptedWithFlags, MessageReceipt::Success)
    );
    assert!(
        first.flags.contains(&Flag::NoSubmission.into()),
        "{:?}",
        first.flags
    );
    let again = post(&mut courts, review("m-1", "BA1", "accepted")).await;
    assert_eq!(
        came_to(&again),
        (Status::Duplicate, MessageReceipt::DuplicateMessage)
    );
    assert_eq!(again.receipts, first.receipts);
    assert_eq!(again.message_id, first.message_id);

    let other = post(&mut courts, review("m-1", "BA1", "rejected")).await;
    assert_eq!(
        came_to(&other),
        (Status::Refused, MessageReceipt::MessageError)
    );
    assert_eq!(reason(&other), "DUPLICATE_MESSAGE_ID_OTHER_CONTENT");

    let rekeyed = post(&mut courts, review("m-2", "ba 1:", "ACCEPTED")).await;
    assert_eq!(
        came_to(&rekeyed),
        (Status::Sighted, MessageReceipt::Success)
    );

    let malformed = post(&mut courts, review("m-3", "BA1;BA2", "accepted")).await;
    assert_eq!(
        came_to(&malformed),
        (Status::Refused, MessageReceipt::DataError)
    );
    assert_eq!(
        malformed.refusal.unwrap().violations[0].field,
        "case_number"
    );

    let message = as_prosecutor(alone(review("m-4", "BA1", "accepted")));
    let reply = courts.post_filing_confirmation(message).await.unwrap();
    let theirs = reply.into_inner().result.unwrap();
    assert_eq!(
        came_to(&theirs),
        (Status::Refused, MessageReceipt::MessageError)
    );
    assert_eq!(reason(&theirs), "ROLE_NOT_ALLOWED");

    let nobody = Request::new(alone(review("m-5", "BA1", "accepted")));
    let status = courts.post_filing_confirmation(nobody).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    server.stop().await;
}

#[tokio::test]
async fn what_no_case_fits_waits_for_it() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel.clone());
    // Sealing first, dismissal later: the order in which they come does not matter.
    for message in [
        dismissed("m-1", "BA9"),
        ruling("m-2", "BA9"),
        review("m-3", "BA9", "accepted"),
    ] {
        let held = post(&mut courts, message).await;
        assert_eq!(came_to(&held), (Status::Held, MessageReceipt::Success));
    }
    let mut commands = CommandServiceClient::new(channel.clone());
    let listed = identified(100, "BA9", "A9", 3);
    let arrived = commands
        .submit(as_prosecutor(submit(listed)))
        .await
        .unwrap();
    assert_eq!(arrived.into_inner().receipts.len(), 4);
    let mut queries = QueryServiceClient::new(channel);
    let question = v1::GetCaseRequest {
        case: Some(v1::get_case_request::Case::CaseKey(case_key("BA9"))),
        as_of: None,
    };
    let case = queries.get_case(as_court(question)).await.unwrap();
    let case = case.into_inner().case.unwrap();
    assert!(case.held.is_empty());
    assert_eq!(case.phase(), v1::Phase::Dismissed);
    server.stop().await;
}

async fn metrics(http: SocketAddr) -> String {
    let mut stream = TcpStream::connect(http).await.unwrap();
    let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    page
}

#[tokio::test]
async fn a_code_nobody_knows_is_kept_and_counted_until_the_operator_maps_it() {
    let returned = || review("m-1", "BA1", "Returned");
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel);
    let kept = post(&mut courts, returned()).await;
    assert_eq!(
        came_to(&kept),
        (Status::AcceptedWithFlags, MessageReceipt::Success)
    );
    assert!(kept.flags.contains(&Flag::UnmappedCode.into()));
    assert_eq!(kept.readings[0].field, "review_status");
    assert_eq!(kept.receipts.len(), 2);
    let page = metrics(server.http).await;
    let counted = "caseledger_court_codes_unmapped_total{field=\"review_status\"} 1";
    assert!(page.contains(counted), "{page}");
    assert!(!page.contains("Returned"));
    server.stop().await;

    let file = std::env::temp_dir().join(format!("caseledger-codes-{}.toml", std::process::id()));
    std::fs::write(&file, "[odyssey.review_status]\nreturned = \"REJECTED\"\n").unwrap();
    let server = Running::with(|config| {
        config.court.codes = file.to_str().unwrap().to_owned();
    })
    .await;
    std::fs::remove_file(&file).unwrap();
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel);
    let mapped = post(&mut courts, returned()).await;
    assert!(!mapped.flags.contains(&Flag::UnmappedCode.into()));
    assert_eq!(mapped.readings[0].code, "REJECTED");
    assert_eq!(mapped.receipts.len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_stream_answers_every_message_in_its_place() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel);
    let requests = (0..20_u64).map(|correlation| v1::PostFilingConfirmationsRequest {
        correlation,
        confirmations: vec![
            review(
                &format!("a-{correlation}"),
                &format!("SYN{correlation}"),
                "accepted",
            ),
            review(&format!("b-{correlation}"), "", "accepted"),
            review(
                &format!("a-{correlation}"),
                &format!("SYN{correlation}"),
                "accepted",
            ),
        ],
    });
    let requests = as_court(tokio_stream::iter(requests.collect::<Vec<_>>()));
    let answers = courts.post_filing_confirmations(requests).await.unwrap();
    let mut answers = answers.into_inner();
    for correlation in 0..20 {
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!(answer.correlation, correlation);
        let statuses: Vec<_> = answer
            .results
            .iter()
            .map(v1::ConfirmationResult::status)
            .collect();
        assert_eq!(statuses, [Status::Held, Status::Refused, Status::Duplicate]);
    }
    assert!(answers.message().await.unwrap().is_none());
    server.stop().await;
}

pub(crate) fn totals(rows: u32, felonies: u32) -> ev::ControlTotals {
    ev::ControlTotals {
        rows,
        felonies,
        misdemeanors: rows - felonies,
        infractions: 0,
        unknown: 0,
    }
}

pub(crate) fn header(declared: ev::ControlTotals) -> Part {
    Part::Header(v1::ManifestHeader {
        batch_id: "2021-09-27".to_owned(),
        source_system: "odyssey".to_owned(),
        court: "LASC".to_owned(),
        cohort: "LA.1".to_owned(),
        order_number: "ORD-1".to_owned(),
        filing_id: String::new(),
        file_digest: vec![7; 32].into(),
        totals: Some(declared),
    })
}

/// Rows from `first` on that grant relief in these cases; the first one is about a felony.
pub(crate) fn rows(first: u32, numbers: &[&str]) -> Part {
    let rows = (first..).zip(numbers).map(|(row, number)| {
        let mut confirmation = ruling("", number);
        confirmation.source_system = String::new();
        confirmation.court = String::new();
        let severity = if row == 1 {
            Severity::Felony
        } else {
            Severity::Misdemeanor
        };
        v1::ManifestRow {
            row,
            severity: severity.into(),
            confirmation: Some(confirmation),
        }
    });
    Part::Rows(v1::ManifestRows {
        rows: rows.collect(),
    })
}

pub(crate) fn trailer(totals: ev::ControlTotals, digest: u8) -> Part {
    Part::Trailer(v1::ManifestTrailer {
        file_digest: vec![digest; 32].into(),
        totals: Some(totals),
    })
}

pub(crate) async fn batch(
    courts: &mut Courts,
    parts: Vec<Part>,
) -> Result<(Vec<(u32, Status)>, v1::ManifestSummary), tonic::Status> {
    let parts = parts
        .into_iter()
        .map(|part| v1::PostManifestRequest { part: Some(part) });
    let parts = as_court(tokio_stream::iter(parts.collect::<Vec<_>>()));
    let mut answers = courts.post_manifest(parts).await?.into_inner();
    let mut results = Vec::new();
    while let Some(answer) = answers.message().await? {
        match answer.part.unwrap() {
            Answered::Results(some) => results.extend(some.results.iter().map(|result| {
                let came_to = result.result.as_ref().unwrap().status();
                (result.row, came_to)
            })),
            Answered::Summary(summary) => {
                assert!(answers.message().await?.is_none());
                return Ok((results, summary));
            }
        }
    }
    panic!("no summary");
}

async fn recorded(courts: &mut Courts) -> (u32, Vec<(u32, u32)>) {
    let question = v1::GetManifestStatusRequest {
        batch_id: "2021-09-27".to_owned(),
        source_system: "ODYSSEY".to_owned(),
        first_row: 1,
        rows: 10_000,
    };
    let status = courts
        .get_manifest_status(as_court(question))
        .await
        .unwrap();
    let status = status.into_inner();
    let runs = status.runs.iter().map(|run| (run.first, run.last));
    (status.recorded, runs.collect())
}

#[tokio::test]
async fn a_wrong_row_is_one_refused_row_and_the_mended_batch_can_be_sent_whole() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel);
    let parts = |third: &'static str| {
        vec![
            header(totals(4, 1)),
            rows(1, &["BA1", "BA2"]),
            rows(3, &[third, "BA8"]),
            trailer(totals(4, 1), 7),
        ]
    };
    let (results, summary) = batch(&mut courts, parts("BA3;BA4")).await.unwrap();
    assert_eq!(
        results.iter().map(|(row, _)| *row).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert_eq!(results[2].1, Status::Refused);
    assert_eq!(results[3].1, Status::Held);
    assert_eq!((summary.rows, summary.refused, summary.held), (4, 1, 1));
    assert_eq!(recorded(&mut courts).await, (3, vec![(1, 2), (4, 4)]));

    let (results, summary) = batch(&mut courts, parts("BA3")).await.unwrap();
    assert_eq!(results[2].1, Status::Held);
    assert_eq!(
        (summary.duplicate, summary.held, summary.refused),
        (3, 1, 0)
    );
    assert_eq!(recorded(&mut courts).await, (4, vec![(1, 4)]));
    server.stop().await;
}

#[tokio::test]
async fn nothing_of_a_batch_is_recorded_whose_parts_do_not_agree() {
    let server = Running::with(|config| config.limits.batch_rows = 3).await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel);
    let both = || rows(1, &["BA1", "BA2"]);
    let end = || trailer(totals(2, 1), 7);
    for (parts, field) in [
        (vec![header(totals(2, 2)), both(), end()], "header.totals"),
        (
            vec![header(totals(3, 1)), both(), trailer(totals(3, 1), 7)],
            "header.totals",
        ),
        (vec![header(totals(1, 1)), both(), end()], "rows.rows.row"),
        (
            vec![header(totals(2, 1)), both(), trailer(totals(2, 0), 7)],
            "trailer.totals",
        ),
        (
            vec![header(totals(2, 1)), both(), trailer(totals(2, 1), 8)],
            "trailer.file_digest",
        ),
        (
            vec![header(totals(2, 1)), rows(2, &["BA1", "BA2"]), end()],
            "rows.rows.row",
        ),
        (vec![header(totals(2, 1)), both()], "trailer"),
        (vec![header(totals(2, 1)), header(totals(2, 1))], "header"),
        (vec![both(), end()], "header"),
        (vec![header(totals(4, 1))], "header.totals.rows"),
    ] {
        let status = batch(&mut courts, parts).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{field}: {status:?}");
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, field);
    }
    let mut unknown = header(totals(2, 1));
    if let Part::Header(header) = &mut unknown {
        header.cohort = "LA.9".to_owned();
    }
    let status = batch(&mut courts, vec![unknown]).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(recorded(&mut courts).await, (0, Vec::new()));
    server.stop().await;
}

#[tokio::test]
async fn a_court_that_falls_silent_gives_its_place_back() {
    let server = Running::with(|config| {
        config.limits.batches = 1;
        config.limits.request_ms = 100;
    })
    .await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel);
    let (sender, silent) = tokio::sync::mpsc::channel(1);
    let first = header(totals(1, 1));
    let first = v1::PostManifestRequest { part: Some(first) };
    sender.send(first).await.unwrap();
    let requests = as_court(tokio_stream::wrappers::ReceiverStream::new(silent));
    let mut answers = courts.post_manifest(requests).await.unwrap().into_inner();
    let busy = batch(&mut courts, vec![header(totals(1, 1))])
        .await
        .unwrap_err();
    assert_eq!(busy.code(), Code::ResourceExhausted);
    let status = answers.message().await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    let parts = vec![
        header(totals(1, 1)),
        rows(1, &["BA1"]),
        trailer(totals(1, 1), 7),
    ];
    let (_, summary) = batch(&mut courts, parts).await.unwrap();
    assert_eq!(summary.rows, 1);
    server.stop().await;
}

async fn worklist(courts: &mut Courts, kind: v1::WorklistKind) -> Vec<v1::WorklistRow> {
    let question = v1::ListWorklistRequest {
        court: "lasc".to_owned(),
        kind: kind.into(),
    };
    let mut pages = courts
        .list_worklist(as_court(question))
        .await
        .unwrap()
        .into_inner();
    let mut rows = Vec::new();
    while let Some(page) = pages.message().await.unwrap() {
        rows.extend(page.rows);
    }
    rows
}

#[tokio::test]
async fn worklists_and_comparisons_say_what_is_open() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel);
    post(&mut courts, ruling("m-1", "BA1")).await;
    post(&mut courts, review("m-2", "BA2", "rejected")).await;
    let ordered = worklist(&mut courts, v1::WorklistKind::OrderedNotEntered).await;
    assert_eq!(ordered.len(), 1);
    assert_eq!(
        (&ordered[0].charges[..], ordered[0].open_since),
        (&[1][..], 20_210_927)
    );
    let rejected = worklist(&mut courts, v1::WorklistKind::RejectedNotRefiled).await;
    assert_eq!(rejected.len(), 1);
    assert!(!rejected[0].filing.is_empty());
    // What the list names can be posted as it is.
    let mut entered = dismissed("m-3", "");
    (entered.case_id, entered.defendant) = (ordered[0].case_id.clone(), String::new());
    let result = post(&mut courts, entered).await;
    assert_eq!(result.message_receipt(), MessageReceipt::Success);
    assert!(
        worklist(&mut courts, v1::WorklistKind::OrderedNotEntered)
            .await
            .is_empty()
    );
    let entered = worklist(&mut courts, v1::WorklistKind::EnteredNotSealed).await;
    assert_eq!(entered[0].case_id, ordered[0].case_id);

    let row = |row, number, standing: v1::CourtStanding| v1::ReconcileRow {
        row,
        case: Some(v1::reconcile_row::Case::CaseKey(case_key(number))),
        standing: standing.into(),
    };
    let requests = [
        v1::ReconcileRequest {
            rows: vec![
                row(1, "BA1", v1::CourtStanding::Entered),
                row(2, "BA1", v1::CourtStanding::Sealed),
            ],
        },
        v1::ReconcileRequest {
            rows: vec![
                row(3, "BA2", v1::CourtStanding::NotFiled),
                row(4, "BA3", v1::CourtStanding::Filed),
            ],
        },
    ];
    let answers = courts
        .reconcile(as_court(tokio_stream::iter(requests)))
        .await;
    let mut answers = answers.unwrap().into_inner();
    let first = answers.message().await.unwrap().unwrap();
    assert_eq!(
        (first.agrees, first.court_ahead, first.ledger_ahead),
        (1, 1, 0)
    );
    let second = answers.message().await.unwrap().unwrap();
    let verdicts: Vec<_> = second.rows.iter().map(v1::Reconciled::verdict).collect();
    assert_eq!(verdicts, [Verdict::LedgerAhead, Verdict::Unknown]);
    assert_eq!(second.rows[1].held, 1);
    assert_eq!(
        (
            second.agrees,
            second.court_ahead,
            second.ledger_ahead,
            second.unknown
        ),
        (1, 1, 1, 1)
    );
    server.stop().await;
}

#[tokio::test]
async fn what_named_the_wrong_case_is_moved_by_who_posted_it_and_by_nobody_else() {
    use caseledger_proto::pb::event::v1::fact::Kind;
    use v1::target::Target;

    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut courts = CourtServiceClient::new(channel.clone());
    let mut commands = CommandServiceClient::new(channel.clone());
    let held = post(&mut courts, ruling("m-1", "BA10")).await;
    assert_eq!(held.status(), Status::Held);
    let stream = |result: &v1::ConfirmationResult| match result.receipts[0].stream.as_ref() {
        Some(v1::StreamRef {
            stream: Some(v1::stream_ref::Stream::CaseId(id)),
        }) => id.clone(),
        other => panic!("{other:?}"),
    };
    let right = stream(&post(&mut courts, review("m-2", "BA1", "received")).await);
    let resolved = Kind::ConfirmationResolved(ev::ConfirmationResolved {
        held: 0,
        reason: Some(ev::CodedCorrectionReason {
            code: Some(ev::coded_correction_reason::Code::Known(
                ev::CorrectionReason::WrongCase.into(),
            )),
        }),
        moved_to: right.to_vec(),
    });
    let mut moved = crate::support::post(
        Target::CaseId(right),
        Kind::ReliefGranted(ev::ReliefGranted {
            order: Vec::new(),
            remedy: ev::Remedy::DismissAndSeal.into(),
        }),
    );
    moved.references = Some(v1::References {
        order: Some(v1::OrderReference {
            reference: Some(v1::order_reference::Reference::Key(v1::OrderKey {
                court: "LASC".to_owned(),
                number: "ORD-1".to_owned(),
            })),
        }),
        ..v1::References::default()
    });
    let resolving = |id| {
        let taken_out = crate::support::post(Target::CaseId(stream(&held)), resolved.clone());
        let posts = vec![taken_out, moved.clone()];
        submit(crate::support::submission(
            crate::support::message_id(id),
            posts,
        ))
    };
    let theirs = crate::support::acting("sfsc", "COURT", resolving(200));
    let status = commands.submit(theirs).await.unwrap_err();
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "NOT_YOUR_FACT"
    );
    let receipts = commands
        .submit(as_court(resolving(201)))
        .await
        .unwrap()
        .into_inner()
        .receipts;
    assert_eq!(receipts.len(), 2);
    let status = commands.submit(as_court(resolving(202))).await.unwrap_err();
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "NOTHING_HELD"
    );

    let mut queries = QueryServiceClient::new(channel);
    let request = v1::ListUnmatchedRequest {
        page: Some(v1::Page {
            limit: 10,
            token: String::new(),
        }),
        ..v1::ListUnmatchedRequest::default()
    };
    let inbox = queries
        .list_unmatched(as_court(request))
        .await
        .unwrap()
        .into_inner();
    // Only what was there before.
    assert_eq!(inbox.total, 1);
    let ordered = worklist(&mut courts, v1::WorklistKind::OrderedNotEntered).await;
    assert_eq!(ordered.len(), 1);
    server.stop().await;
}
