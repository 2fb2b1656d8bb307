//! Private parts page by page, redacted by charge, and never answered without a record.

use bytes::Bytes;
use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::get_private_request::Case;
use caseledger_proto::pb::v1::private_service_client::PrivateServiceClient;
use caseledger_proto::pb::v1::target::Target;
use caseledger_store::AppendError;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::organisations::{about, as_operator, declare, registered};
use crate::queries::{identified, record};
use crate::refused_log::{refusals, size};
use crate::support::{
    Fault, Running, accepted, acting, as_court, as_prosecutor, case_key, engine, message_id, post,
    submission, submit,
};

const READ: ev::ReadPurpose = ev::ReadPurpose::CriminalJustice;

fn asking(case: Case, purpose: ev::ReadPurpose, limit: u32, token: &str) -> v1::GetPrivateRequest {
    v1::GetPrivateRequest {
        case: Some(case),
        purpose: purpose.into(),
        page: Some(v1::Page {
            limit,
            token: token.to_owned(),
        }),
    }
}

fn by_key(number: &str) -> Case {
    Case::CaseKey(case_key(number))
}

async fn read(
    channel: &Channel,
    request: Request<v1::GetPrivateRequest>,
) -> Result<v1::GetPrivateResponse, Status> {
    let mut private = PrivateServiceClient::new(channel.clone());
    let answer = private.get_private(request).await;
    answer.map(tonic::Response::into_inner)
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

/// The post about these charges, with a note to be kept.
fn noted(mut post: v1::Post, charges: &[u32], note: &str) -> v1::Post {
    let ids = charges.to_vec();
    post.scope = Some(v1::Scope {
        scope: Some(v1::scope::Scope::Charges(v1::ChargeList { ids })),
    });
    post.private = Some(v1::PrivateDetails {
        note: note.to_owned(),
        ..v1::PrivateDetails::default()
    });
    post
}

fn determined(number: &str) -> v1::Post {
    let fact = Kind::EligibilityDetermined(ev::EligibilityDetermined {
        determination: ev::Determination::Eligible.into(),
        remedy: ev::Remedy::DismissAndSeal.into(),
        rules: Some(ev::RuleSet {
            id: "LA-RULES".to_owned(),
            version: 1,
        }),
        reasons: vec![ev::CodedDeterminationReason {
            code: Some(ev::coded_determination_reason::Code::Unmapped(
                "TEST".to_owned(),
            )),
        }],
        evaluated_on: 20_210_927,
    });
    post(Target::CaseKey(case_key(number)), fact)
}

fn sealed(number: &str, extent: ev::SealExtent) -> v1::Post {
    let fact = Kind::SealingExecuted(ev::SealingExecuted {
        surfaces: Vec::new(),
        extent: extent.into(),
        order: Vec::new(),
    });
    post(Target::CaseKey(case_key(number)), fact)
}

/// Case BA7 with two counts, each with a part of its own; the first count is sealed inside the open file.
async fn one_of_two_sealed(channel: &Channel) {
    record(channel).await;
    let mut commands = CommandServiceClient::new(channel.clone());
    let mut two = identified(20, "BA7", "A7", 2);
    let fact = two.posts[0].fact.as_mut().unwrap();
    let Some(Kind::CaseIdentified(listed)) = &mut fact.kind else {
        panic!("{fact:?}");
    };
    let mut second = listed.charges[0].clone();
    second.id = 2;
    listed.charges.push(second);
    commands.submit(as_prosecutor(submit(two))).await.unwrap();
    for (message, charge, note) in [(21, 1, "about the first"), (22, 2, "about the second")] {
        let posted = noted(determined("BA7"), &[charge], note);
        let posted = submission(message_id(message), vec![posted]);
        commands
            .submit(as_prosecutor(submit(posted)))
            .await
            .unwrap();
    }
    let sealing = noted(
        sealed("BA7", ev::SealExtent::Count),
        &[1],
        "about the sealing",
    );
    let sealing = submission(message_id(23), vec![sealing]);
    commands.submit(as_court(submit(sealing))).await.unwrap();
}

fn notes(answer: &v1::GetPrivateResponse) -> Vec<&str> {
    let parts = answer.records.iter().map(|record| &record.part);
    parts.map(|part| &*part.as_ref().unwrap().note).collect()
}

#[tokio::test]
async fn of_an_open_file_what_belongs_to_the_sealed_count_is_withheld_and_nothing_else() {
    let server = Running::start().await;
    let channel = server.channel().await;
    one_of_two_sealed(&channel).await;
    let none = ev::ReadPurpose::Unspecified;
    let before = size(&channel).await;
    let open = as_prosecutor(asking(by_key("BA7"), none, 1000, ""));
    let open = read(&channel, open).await.unwrap();
    // The part of the list is of the case as a whole.
    assert_eq!(notes(&open), ["", "about the second"]);
    assert!(open.redacted && open.recorded.is_none());
    assert_eq!(size(&channel).await, before);

    let all = as_prosecutor(asking(by_key("BA7"), READ, 1000, ""));
    let all = read(&channel, all).await.unwrap();
    let expected = [
        "",
        "about the first",
        "about the second",
        "about the sealing",
    ];
    assert_eq!(notes(&all), expected);
    assert!(!all.redacted);
    let entry = all.recorded.unwrap().entry;
    let entry = caseledger_chain::EntryRef::decode(&entry).unwrap();
    let event = caseledger_proto::convert::recorded_event(&entry).unwrap();
    assert_eq!(event.event.unwrap().charges, [1]);
}

#[tokio::test]
async fn parts_are_asked_for_in_pages_and_each_page_of_what_is_sealed_is_recorded() {
    let server = Running::start().await;
    let channel = server.channel().await;
    one_of_two_sealed(&channel).await;
    let (mut token, mut positions, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let page = as_prosecutor(asking(by_key("BA7"), READ, 3, &token));
        let page = read(&channel, page).await.unwrap();
        assert!(page.recorded.is_some() && page.unreadable.is_empty());
        positions.extend(page.records.iter().map(|record| record.position));
        (token, pages) = (page.next, pages + 1);
        if token.is_empty() {
            break;
        }
    }
    assert_eq!((positions.len(), pages), (4, 2));
    assert!(positions.is_sorted_by(|one, other| one < other));
    // What is withheld makes no page of its own.
    let none = ev::ReadPurpose::Unspecified;
    let open = as_prosecutor(asking(by_key("BA7"), none, 2, ""));
    let open = read(&channel, open).await.unwrap();
    assert_eq!((open.records.len(), &*open.next), (2, ""));

    let mut unpaged = asking(by_key("BA7"), none, 1, "");
    unpaged.page = None;
    let refused = read(&channel, as_prosecutor(unpaged)).await.unwrap_err();
    assert_eq!(reason(&refused), "MALFORMED_FIELD");
}

/// The file of BA1 is sealed.
async fn seal(channel: &Channel) {
    record(channel).await;
    let sealing = vec![sealed("BA1", ev::SealExtent::File)];
    let sealing = as_court(submit(submission(message_id(10), sealing)));
    let mut commands = CommandServiceClient::new(channel.clone());
    commands.submit(sealing).await.unwrap();
}

fn court_asks() -> Request<v1::GetPrivateRequest> {
    let purpose = ev::ReadPurpose::CourtProceeding;
    as_court(asking(by_key("BA1"), purpose, 1000, ""))
}

#[tokio::test]
async fn a_stopped_writer_gives_no_answer_to_what_is_sealed_and_nobody_is_asked_to_wait() {
    let server = Running::start().await;
    let channel = server.channel().await;
    seal(&channel).await;
    let broken = std::io::Error::other("power");
    *server.fault.lock().unwrap() = Some(AppendError::Indeterminate(broken));
    // It stops with the first of them, and has stopped before the second.
    for _ in 0..2 {
        let stopped = read(&channel, court_asks()).await.unwrap_err();
        assert_eq!(stopped.code(), Code::Unavailable);
        assert_eq!(reason(&stopped), "STORE_UNAVAILABLE");
        // Without it clients do not try again.
        assert!(stopped.get_details_retry_info().is_none());
    }
    // What is open needs no record.
    let none = ev::ReadPurpose::Unspecified;
    let open = as_court(asking(by_key("BA2"), none, 1000, ""));
    assert_eq!(read(&channel, open).await.unwrap().records.len(), 1);
}

#[tokio::test]
#[expect(
    clippy::await_holding_lock,
    reason = "the writer waits for the lock, and so everything does that it is to record"
)]
async fn an_overloaded_writer_gives_no_answer_to_what_is_sealed_and_that_is_noted_of_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    let fault = Fault::default();
    let engine = engine(&fault);
    let server = Running::keeping(Some(folder.path()), engine, fault, |config| {
        config.limits.submissions = 2;
    })
    .await;
    let channel = server.channel().await;
    seal(&channel).await;
    let before = size(&channel).await;
    let held = server.fault.lock().unwrap();
    let (sender, mut answers) = tokio::sync::mpsc::channel(3);
    for _ in 0..3 {
        let (channel, sender) = (channel.clone(), sender.clone());
        tokio::spawn(async move {
            let answer = read(&channel, court_asks()).await;
            sender.send(answer).await.unwrap();
        });
    }
    // Two have room and wait for the writer; what is answered while they do is refused.
    let refused = answers.recv().await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(reason(&refused), "OVERLOADED");
    drop(held);
    let (mut answered, mut overloaded) = (0, 1);
    for _ in 0..2 {
        match answers.recv().await.unwrap() {
            Ok(read) => answered += u64::from(read.recorded.is_some()),
            // What was submitted before them may still have had a place.
            Err(refused) => overloaded += usize::from(reason(&refused) == "OVERLOADED"),
        }
    }
    assert!(answered > 0);
    assert_eq!(size(&channel).await, before + answered);
    let noted = refusals(&channel).await;
    assert_eq!(noted.len(), overloaded, "{noted:?}");
    for noted in noted {
        let told = (&*noted.submitter, &*noted.role, &*noted.reason);
        assert_eq!(told, ("lasc", "COURT", "OVERLOADED"));
    }
}

fn granted(organisation: &str, role: ev::Role, courts: &[&str]) -> v1::Post {
    let fact = ev::RoleGranted {
        role: role.into(),
        courts: courts.iter().copied().map(str::to_owned).collect(),
        valid_from: 20_200_101,
        ..ev::RoleGranted::default()
    };
    about(organisation, Kind::RoleGranted(fact))
}

#[tokio::test]
async fn what_is_known_from_the_inbox_alone_is_read_by_the_court_that_posted_it() {
    let fault = Fault::default();
    let engine = engine(&fault);
    declare(&engine);
    let server = Running::over(engine, fault, |_| {}).await;
    let channel = server.channel().await;
    let mut commands = CommandServiceClient::new(channel.clone());
    let posts = vec![
        registered("lasc"),
        granted("lasc", ev::Role::Court, &["LASC"]),
        registered("sfsc"),
        granted("sfsc", ev::Role::Court, &["SFSC"]),
        registered("pd"),
        granted("pd", ev::Role::Defender, &[]),
    ];
    let posts = submission(message_id(1), posts);
    commands.submit(as_operator(submit(posts))).await.unwrap();
    let held = as_court(submit(accepted(message_id(2), "BA9")));
    let held = commands.submit(held).await.unwrap().into_inner();
    let stream = held.receipts[0].stream.as_ref().unwrap().stream.clone();
    let Some(v1::stream_ref::Stream::CaseId(case)) = stream else {
        panic!("{stream:?}");
    };
    let none = ev::ReadPurpose::Unspecified;
    let asks = |org, role, case: &Bytes| {
        acting(org, role, asking(Case::CaseId(case.clone()), none, 10, ""))
    };
    let poster = read(&channel, asks("lasc", "COURT", &case)).await.unwrap();
    assert_eq!(poster.records.len(), 1);
    let other = read(&channel, asks("sfsc", "COURT", &case)).await;
    assert_eq!(reason(&other.unwrap_err()), "READER_NOT_ALLOWED");
    let everywhere = read(&channel, asks("pd", "DEFENDER", &case)).await.unwrap();
    assert_eq!(everywhere.records.len(), 1);
}
