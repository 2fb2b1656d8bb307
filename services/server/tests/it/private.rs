//! `PrivateService` and `AdminService`: who sees what is private, who is told that a case exists, and what is destroyed.

use std::io;
use std::time::{Duration, Instant};

use bytes::Bytes;
use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::admin_service_client::AdminServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::court_service_client::CourtServiceClient;
use caseledger_proto::pb::v1::get_private_request::Case;
use caseledger_proto::pb::v1::private_service_client::PrivateServiceClient;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use caseledger_proto::pb::v1::shred_request::Which;
use caseledger_proto::pb::v1::shred_response::News;
use caseledger_proto::pb::v1::target::Target;
use caseledger_store::{AppendError, Unavailable};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::queries::{identified, record};
use crate::support::{
    Running, acting, as_court, as_prosecutor, case_key, message_id, post, submission, submit,
};

/// A court seals the file of a case.
fn sealing(message: u64, number: &str) -> v1::Submission {
    let fact = Kind::SealingExecuted(ev::SealingExecuted {
        surfaces: Vec::new(),
        extent: ev::SealExtent::File.into(),
        order: Vec::new(),
    });
    let target = Target::CaseKey(case_key(number));
    submission(message_id(message), vec![post(target, fact)])
}

/// Cases BA1 and BA2, of which BA1 is sealed.
pub(crate) async fn scene() -> (Running, Channel) {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut commands = CommandServiceClient::new(channel.clone());
    let sealed = as_court(submit(sealing(10, "BA1")));
    commands.submit(sealed).await.unwrap();
    (server, channel)
}

fn asking(number: &str, purpose: ev::ReadPurpose) -> v1::GetPrivateRequest {
    v1::GetPrivateRequest {
        case: Some(Case::CaseKey(case_key(number))),
        purpose: purpose.into(),
        page: Some(v1::Page {
            limit: 1000,
            token: String::new(),
        }),
    }
}

async fn court_reads(
    channel: &Channel,
    number: &str,
    purpose: ev::ReadPurpose,
) -> Result<v1::GetPrivateResponse, Status> {
    let mut private = PrivateServiceClient::new(channel.clone());
    let answer = private.get_private(as_court(asking(number, purpose))).await;
    answer.map(tonic::Response::into_inner)
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

fn number(answer: &v1::GetPrivateResponse) -> &str {
    let part = answer.records.first().unwrap().part.as_ref().unwrap();
    &part.key.as_ref().unwrap().number
}

#[tokio::test]
async fn what_is_open_is_answered_and_not_recorded() {
    let (_server, channel) = scene().await;
    let open = court_reads(&channel, "BA2", ev::ReadPurpose::Unspecified).await;
    let open = open.unwrap();
    assert_eq!((number(&open), open.recorded.is_none()), ("BA2", true));
    assert!(!open.redacted);
    let part = open.records[0].part.as_ref().unwrap();
    assert_eq!(part.identifiers[0].value, "A1");
    let agent = acting(
        "agent",
        "ANALYTICS_AGENT",
        asking("BA2", ev::ReadPurpose::Unspecified),
    );
    let mut private = PrivateServiceClient::new(channel);
    let refused = private.get_private(agent).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(reason(&refused), "READER_NOT_ALLOWED");
}

#[tokio::test]
async fn what_is_sealed_is_answered_for_a_purpose_once_that_is_recorded() {
    let (server, channel) = scene().await;
    let missing = court_reads(&channel, "BA1", ev::ReadPurpose::Unspecified).await;
    assert_eq!(reason(&missing.unwrap_err()), "PURPOSE_MISSING");

    let purpose = ev::ReadPurpose::CourtProceeding;
    let read = court_reads(&channel, "BA1", purpose).await.unwrap();
    assert_eq!(number(&read), "BA1");
    let recorded = read.recorded.unwrap();
    assert_eq!(recorded.position + 1, read.complete_to);
    let entry = caseledger_chain::EntryRef::decode(&recorded.entry).unwrap();
    assert_eq!(entry.header().body_type, 65);
    assert_eq!(entry.header().submitter.to_string(), "operator");

    let full = io::ErrorKind::StorageFull.into();
    *server.fault.lock().unwrap() = Some(AppendError::Unavailable(Unavailable::FullDisk(full)));
    let unrecorded = court_reads(&channel, "BA1", purpose).await.unwrap_err();
    assert_eq!(unrecorded.code(), Code::Unavailable);
    assert_eq!(reason(&unrecorded), "STORE_UNAVAILABLE");
}

/// What a caller is told, to the byte: code, message and details, or the answer.
fn told<T: prost::Message>(answer: Result<tonic::Response<T>, Status>) -> Vec<u8> {
    match answer {
        Ok(answer) => answer.into_inner().encode_to_vec(),
        Err(status) => {
            let code = i32::from(status.code()).to_be_bytes();
            let text = [&code[..], status.message().as_bytes(), status.details()];
            text.concat()
        }
    }
}

#[tokio::test]
async fn the_key_of_a_sealed_case_is_an_unknown_key_to_whoever_may_not_find_it() {
    let (_server, channel) = scene().await;
    let agent = |message| acting("agent", "ANALYTICS_AGENT", message);
    let mut queries = QueryServiceClient::new(channel.clone());
    let mut private = PrivateServiceClient::new(channel.clone());
    let mut courts = CourtServiceClient::new(channel.clone());
    let look_up = |number: &str| v1::LookUpRequest {
        key: Some(v1::look_up_request::Key::CaseKey(case_key(number))),
    };
    let get = |number: &str| v1::GetCaseRequest {
        case: Some(v1::get_case_request::Case::CaseKey(case_key(number))),
        as_of: None,
    };
    let mut answers = Vec::new();
    for number in ["BA1", "NOBODYS"] {
        let message = acting("agent", "ANALYTICS_AGENT", look_up(number));
        let looked = told(queries.look_up(message).await);
        let message = acting("agent", "ANALYTICS_AGENT", get(number));
        let got = told(queries.get_case(message).await);
        let message = asking(number, ev::ReadPurpose::OversightSample);
        let read = told(private.get_private(agent(message)).await);
        let row = v1::ReconcileRow {
            row: 1,
            case: Some(v1::reconcile_row::Case::CaseKey(case_key(number))),
            standing: v1::CourtStanding::Filed.into(),
        };
        let rows = tokio_stream::iter([v1::ReconcileRequest { rows: vec![row] }]);
        let message = acting("agent", "ANALYTICS_AGENT", rows);
        let compared = courts.reconcile(message).await.unwrap();
        let compared = compared.into_inner().message().await;
        let compared = told(compared.map(|answer| tonic::Response::new(answer.unwrap())));
        answers.push([looked, got, read, compared]);
    }
    assert_eq!(answers[0], answers[1]);

    // Who may find it does, and it is left out of what else the agent finds of the person.
    let found = queries.look_up(as_court(look_up("BA1"))).await.unwrap();
    assert_eq!(found.into_inner().case_ids.len(), 1);
    let person = v1::LookUpRequest {
        key: Some(v1::look_up_request::Key::Person(v1::PersonIdentifier {
            issuer: "CA-CII".to_owned(),
            value: "A1".to_owned(),
        })),
    };
    let all = queries.look_up(as_court(person.clone())).await.unwrap();
    assert_eq!(all.into_inner().case_ids.len(), 2);
    let message = acting("agent", "ANALYTICS_AGENT", person);
    let seen = queries.look_up(message).await.unwrap();
    assert_eq!(seen.into_inner().case_ids.len(), 1);
}

pub(crate) async fn shred(
    channel: &Channel,
    by: (&'static str, &'static str),
    which: Which,
) -> Result<Vec<News>, Status> {
    let mut admin = AdminServiceClient::new(channel.clone());
    let request = acting(by.0, by.1, v1::ShredRequest { which: Some(which) });
    let mut messages = admin.shred(request).await?.into_inner();
    let mut news = Vec::new();
    while let Some(message) = messages.message().await? {
        news.push(message.news.unwrap());
    }
    Ok(news)
}

pub(crate) async fn case_id(channel: &Channel, number: &str) -> Bytes {
    let mut queries = QueryServiceClient::new(channel.clone());
    let key = Some(v1::look_up_request::Key::CaseKey(case_key(number)));
    let found = queries.look_up(as_court(v1::LookUpRequest { key })).await;
    found.unwrap().into_inner().case_ids.remove(0)
}

pub(crate) fn cases(ids: Vec<Bytes>) -> Which {
    Which::Cases(v1::ShredCases {
        case_ids: ids,
        basis: ev::ShredBasis::Custodian.into(),
        tombstone: ev::Tombstone::Kept.into(),
    })
}

pub(crate) fn done(news: &[News]) -> v1::ShredDone {
    match news.last() {
        Some(News::Done(done)) => *done,
        other => panic!("{other:?}"),
    }
}

pub(crate) const CUSTODIAN: (&str, &str) = ("lasc-records", "RECORD_CUSTODIAN");

#[tokio::test]
async fn sealed_cases_are_destroyed_confirmed_and_recognised() {
    let (_server, channel) = scene().await;
    let sealed = case_id(&channel, "BA1").await;
    let prosecutor = ("lada", "PROSECUTOR_COUNTY");
    let denied = shred(&channel, prosecutor, cases(vec![sealed.clone()])).await;
    assert_eq!(reason(&denied.unwrap_err()), "ROLE_NOT_ALLOWED");
    let due = Which::Due(v1::ShredDue {
        tombstone: ev::Tombstone::Kept.into(),
    });
    let unset = shred(&channel, CUSTODIAN, due).await.unwrap_err();
    assert_eq!(reason(&unset), "RETENTION_NOT_SET");

    let news = shred(&channel, CUSTODIAN, cases(vec![sealed.clone()])).await;
    let news = news.unwrap();
    let confirmed = |news: &&News| matches!(news, News::Confirmed(_));
    assert_eq!(news.iter().filter(confirmed).count(), 1);
    assert_eq!((done(&news).cases, done(&news).generation), (1, 1));

    let gone = court_reads(&channel, "BA1", ev::ReadPurpose::CourtProceeding).await;
    let gone = gone.unwrap_err();
    assert_eq!(gone.code(), Code::FailedPrecondition);
    let told = gone.get_details_error_info().unwrap();
    assert_eq!(told.reason, "NOTHING_TO_READ");
    assert_eq!(told.metadata["ordered_on"], "2021-09-26");
    assert_eq!(told.metadata["basis"], "CUSTODIAN");
    let other = court_reads(&channel, "BA2", ev::ReadPurpose::Unspecified).await;
    assert_eq!(number(&other.unwrap()), "BA2");

    // The same again finds nothing left to do.
    let again = shred(&channel, CUSTODIAN, cases(vec![sealed.clone()])).await;
    let again = done(&again.unwrap());
    assert_eq!((again.cases, again.generation), (0, 0));

    // A list that names it again makes no other case.
    let mut commands = CommandServiceClient::new(channel.clone());
    let listed = as_prosecutor(submit(identified(20, "BA1", "A1", 2)));
    let listed = commands.submit(listed).await.unwrap().into_inner();
    let [receipt] = &listed.receipts[..] else {
        panic!("{listed:?}");
    };
    let stream = receipt.stream.as_ref().unwrap().stream.clone();
    assert_eq!(stream, Some(v1::stream_ref::Stream::CaseId(sealed)));
    assert!(receipt.flags.contains(&ev::Flag::SealedAlready.into()));
}

/// Calls of each kind that are compared.
const SAMPLES: usize = 400;

/// The times of two kinds of calls: medians, 99th percentiles, and how many standard deviations the sum of the ranks of
/// the first kind is away from what it would be if the kinds did not differ (Mann and Whitney's U).
fn compared(one: &mut [Duration], other: &mut [Duration]) -> (Duration, Duration, f64) {
    one.sort_unstable();
    other.sort_unstable();
    let below: usize = one
        .iter()
        .map(|time| other.partition_point(|other| other < time))
        .sum();
    let exact = |count: usize| f64::from(u32::try_from(count).unwrap());
    let (n, m) = (exact(one.len()), exact(other.len()));
    let z = (exact(below) - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
    let difference = |part: usize| {
        let at = |times: &[Duration]| times[times.len() * part / 100];
        at(one).abs_diff(at(other))
    };
    (difference(50), difference(99), z)
}

/// Asserts no time: it shows with `--nocapture` how far the answers for the key of a sealed case and for an unknown key
/// are apart.
#[tokio::test]
async fn the_times_of_both_answers_are_shown() {
    let (_server, channel) = scene().await;
    let mut queries = QueryServiceClient::new(channel);
    let mut times = [Vec::new(), Vec::new()];
    for sample in 0..2 * SAMPLES {
        // In turns, and each first as often as the other.
        let kind = (sample + sample / 2) % 2;
        let key = case_key(["BA1", "NOBODYS"][kind]);
        let message = v1::LookUpRequest {
            key: Some(v1::look_up_request::Key::CaseKey(key)),
        };
        let message = acting("agent", "ANALYTICS_AGENT", message);
        let begun = Instant::now();
        let answer = queries.look_up(message).await.unwrap();
        times[kind].push(begun.elapsed());
        assert!(answer.into_inner().case_ids.is_empty());
    }
    let [sealed, unknown] = &mut times;
    assert_eq!((sealed.len(), unknown.len()), (SAMPLES, SAMPLES));
    let (median, p99, z) = compared(sealed, unknown);
    println!(
        "sealed and unknown key: medians {median:?} apart, of {:?}; 99th percentiles {p99:?} apart; rank test z = {z:.2}",
        unknown[SAMPLES / 2]
    );
}
