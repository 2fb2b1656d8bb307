//! Destroying private parts: one call at a time, each case by itself, and only in the places of who orders it.

use bytes::Bytes;
use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::admin_service_client::AdminServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::shred_request::Which;
use caseledger_proto::pb::v1::shred_response::News;
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

use crate::organisations::{about, declare, registered};
use crate::private::{CUSTODIAN, case_id, cases, done, scene, shred};
use crate::queries::identified;
use crate::support::{
    Fault, Running, acting, case_key, engine, message_id, opened, post, submission, submit,
};

fn refused(news: &[News]) -> Vec<(Bytes, String)> {
    let refused = news.iter().filter_map(|news| match news {
        News::Refused(refused) => Some(refused),
        News::Progress(_) | News::Confirmed(_) | News::Done(_) | News::Before(_) => None,
    });
    let told = |refused: &v1::ShredRefused| {
        let refusal = refused.refusal.as_ref().unwrap();
        (refused.case_id.clone(), refusal.reason.clone())
    };
    refused.map(told).collect()
}

#[tokio::test]
async fn a_case_that_a_rule_refuses_does_not_hold_up_the_others() {
    let (_server, channel) = scene().await;
    let (sealed, open) = (
        case_id(&channel, "BA1").await,
        case_id(&channel, "BA2").await,
    );
    let nobody = Bytes::from(vec![9; 16]);
    let named = vec![open.clone(), nobody.clone(), sealed];
    let news = shred(&channel, CUSTODIAN, cases(named)).await.unwrap();
    let expected = [
        (nobody, "NOT_FOUND".to_owned()),
        (open, "CHARGE_NOT_SEALED".to_owned()),
    ];
    assert_eq!(refused(&news), expected);
    let done = done(&news);
    assert_eq!((done.cases, done.generation, done.refused), (1, 1, 2));
}

#[tokio::test]
async fn of_a_case_that_was_ordered_before_is_told_what_stays_of_its_key() {
    let (_server, channel) = scene().await;
    let sealed = case_id(&channel, "BA1").await;
    let named = |tombstone: ev::Tombstone| {
        let mut which = cases(vec![sealed.clone()]);
        if let Which::Cases(cases) = &mut which {
            cases.tombstone = tombstone.into();
        }
        shred(&channel, CUSTODIAN, which)
    };
    let first = named(ev::Tombstone::Kept).await.unwrap();
    assert_eq!((done(&first).cases, done(&first).before), (1, 0));
    for asked in [ev::Tombstone::Forgotten, ev::Tombstone::Kept] {
        let again = named(asked).await.unwrap();
        let told = done(&again);
        let counts = (told.cases, told.generation, told.refused, told.before);
        assert_eq!(counts, (0, 0, 0, 1));
        let [News::Before(before), ..] = &again[..] else {
            panic!("{again:?}");
        };
        assert_eq!(before.case_id, sealed);
        assert_eq!(before.tombstone(), ev::Tombstone::Kept);
        let days = (before.destroyed_on, before.forgotten_from);
        assert_eq!(days, (20_210_926, 0));
    }
}

#[tokio::test]
#[expect(
    clippy::await_holding_lock,
    reason = "the writer waits for the lock, and so everything does that it is to record"
)]
async fn one_call_at_a_time_destroys_and_goes_on_when_its_caller_hangs_up() {
    let (server, channel) = scene().await;
    let sealed = case_id(&channel, "BA1").await;
    let mut admin = AdminServiceClient::new(channel.clone());
    let ask = |which| acting(CUSTODIAN.0, CUSTODIAN.1, v1::ShredRequest { which });
    let held = server.fault.lock().unwrap();
    let first = admin.shred(ask(Some(cases(vec![sealed])))).await.unwrap();
    drop(first);
    // A call that waits behind it would not be answered.
    for _ in 0..3 {
        let open = Which::Open(v1::ShredOpen {});
        let busy = admin.shred(ask(Some(open))).await.unwrap_err();
        assert_eq!(busy.code(), Code::ResourceExhausted);
        let details = busy.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
        assert!(details.retry_info().is_some());
    }
    drop(held);
    let next = async {
        loop {
            let open = Which::Open(v1::ShredOpen {});
            match shred(&channel, CUSTODIAN, open).await {
                Ok(news) => return news,
                Err(busy) => assert_eq!(busy.code(), Code::ResourceExhausted),
            }
        }
    };
    // What was begun is done by then.
    let news = next.await;
    assert_eq!((done(&news).cases, done(&news).generation), (0, 0));
}

#[tokio::test]
async fn of_what_is_ordered_one_call_confirms_as_much_as_of_what_is_named() {
    const MAX: u64 = 10_000;
    const CASES: u64 = MAX + 1;
    let (_server, channel) = scene().await;
    let facts = |number: u64| {
        let name = format!("MANY{number}");
        let mut identified = identified(0, &name, "A2", number as u32 + 10);
        let sealing = Kind::SealingExecuted(ev::SealingExecuted {
            surfaces: Vec::new(),
            extent: ev::SealExtent::File.into(),
            order: Vec::new(),
        });
        let order = Kind::ShredOrdered(ev::ShredOrdered {
            basis: ev::ShredBasis::Custodian.into(),
            tombstone: ev::Tombstone::Kept.into(),
        });
        let key = || v1::target::Target::CaseKey(case_key(&name));
        let posts = [post(key(), sealing), post(key(), order)];
        [identified.posts.remove(0)].into_iter().chain(posts)
    };
    let by = [("lada", "PROSECUTOR_COUNTY"), ("lasc", "COURT"), CUSTODIAN];
    for first in (0..CASES).step_by(100) {
        let all = (first..CASES.min(first + 100)).map(|number| facts(number).collect());
        let all: Vec<Vec<v1::Post>> = all.collect();
        for (at, by) in by.into_iter().enumerate() {
            let posts = all.iter().map(|facts| facts[at].clone()).collect();
            let message = message_id(1_000 + first * 3 + at as u64);
            send(&channel, by, submission(message, posts)).await;
        }
    }
    // One that is named goes before those that were ordered earlier.
    let mut destroyed = Vec::new();
    let sealed = case_id(&channel, "BA1").await;
    let named = cases(vec![sealed.clone()]);
    let open = Which::Open(v1::ShredOpen {});
    let expected = [(MAX, 1, true), (2, 1, false), (0, 0, false)];
    for (which, expected) in [named, open.clone(), open].into_iter().zip(expected) {
        let news = shred(&channel, CUSTODIAN, which).await.unwrap();
        let done = done(&news);
        assert_eq!((done.cases, done.generation, done.more_due), expected);
        destroyed.extend(news.iter().filter_map(|news| match news {
            News::Confirmed(receipt) => {
                let entry = caseledger_chain::EntryRef::decode(&receipt.entry).unwrap();
                Some(entry.header().stream.id)
            }
            News::Progress(_) | News::Refused(_) | News::Done(_) | News::Before(_) => None,
        }));
        assert!(destroyed.iter().any(|case| case[..] == sealed[..]));
    }
    destroyed.sort_unstable();
    destroyed.dedup();
    assert_eq!(destroyed.len() as u64, CASES + 1);
}

fn granted(organisation: &str, role: ev::Role, county: u32) -> v1::Post {
    let fact = ev::RoleGranted {
        role: role.into(),
        counties: vec![county],
        valid_from: 20_000_101,
        ..ev::RoleGranted::default()
    };
    about(organisation, Kind::RoleGranted(fact))
}

/// A list's case of that county and court.
fn listed(message: u64, number: &str, (county, court): (u32, &str)) -> v1::Submission {
    let mut listed = identified(message, number, "A1", message as u32 % 2 + 1);
    let post = &mut listed.posts[0];
    if let Some(Kind::CaseIdentified(of)) = &mut post.fact.as_mut().unwrap().kind {
        of.county = county;
        court.clone_into(&mut of.court);
    }
    post.target = Some(v1::Target {
        target: Some(of_court(number, court)),
    });
    listed
}

fn of_court(number: &str, court: &str) -> v1::target::Target {
    v1::target::Target::CaseKey(v1::CaseKey {
        court: court.to_owned(),
        ..case_key(number)
    })
}

async fn send(channel: &Channel, by: (&'static str, &'static str), posts: v1::Submission) {
    let mut commands = CommandServiceClient::new(channel.clone());
    let request = acting(by.0, by.1, submit(posts));
    commands.submit(request).await.unwrap();
}

#[tokio::test]
async fn retention_names_to_a_custodian_the_cases_of_its_own_places() {
    const LADA: (&str, &str) = ("lada", "PROSECUTOR_COUNTY");
    const COURT: (&str, &str) = ("lasc", "COURT");
    const OPERATOR: (&str, &str) = ("operator", "OPERATOR");
    let fault = Fault::default();
    let engine = engine(&fault);
    declare(&engine);
    let server = Running::over(engine, fault, |_| {}).await;
    let channel = server.channel().await;
    let everywhere = |organisation: &str, role: ev::Role| {
        let mut post = granted(organisation, role, 0);
        if let Some(Kind::RoleGranted(grant)) = &mut post.fact.as_mut().unwrap().kind {
            grant.counties.clear();
        }
        post
    };
    let mut posts: Vec<_> = ["lada", "lasc", "la-records", "sf-records"]
        .map(registered)
        .to_vec();
    posts.extend([
        everywhere("lada", ev::Role::ProsecutorCounty),
        everywhere("lasc", ev::Role::Court),
        granted("la-records", ev::Role::RecordCustodian, 37),
        granted("sf-records", ev::Role::RecordCustodian, 75),
        about(
            "operator",
            Kind::RetentionSet(ev::RetentionSet {
                days_after_sealing: 1,
                forget_after_days: 0,
            }),
        ),
    ]);
    send(&channel, OPERATOR, submission(message_id(1), posts)).await;
    send(&channel, LADA, opened(message_id(2), "LA")).await;
    let cohort = Kind::CohortOpened(ev::CohortOpened {
        version: 1,
        source: ev::Source::StateRepository.into(),
        file_digest: vec![1; 32],
        declared: Some(ev::ControlTotals {
            rows: 2,
            misdemeanors: 2,
            ..ev::ControlTotals::default()
        }),
        supersedes: String::new(),
    });
    let cohort = post(v1::target::Target::Cohort("LA.1".to_owned()), cohort);
    send(&channel, LADA, submission(message_id(3), vec![cohort])).await;
    for (message, number, place) in [(4, "BA1", (37, "LASC")), (5, "BA2", (75, "SFSC"))] {
        send(&channel, LADA, listed(message, number, place)).await;
        let sealing = Kind::SealingExecuted(ev::SealingExecuted {
            surfaces: Vec::new(),
            extent: ev::SealExtent::File.into(),
            order: Vec::new(),
        });
        let mut sealing = post(of_court(number, place.1), sealing);
        sealing.occurred_on = 20_200_302;
        let sealing = submission(message_id(message + 10), vec![sealing]);
        send(&channel, COURT, sealing).await;
    }
    for (custodian, expected) in [("la-records", 1), ("la-records", 0), ("sf-records", 1)] {
        let due = Which::Due(v1::ShredDue {
            tombstone: ev::Tombstone::Kept.into(),
        });
        let by = (custodian, "RECORD_CUSTODIAN");
        let news = shred(&channel, by, due).await.unwrap();
        let done = done(&news);
        let told = (done.cases, done.refused, done.more_due);
        assert_eq!(told, (expected, 0, false), "{custodian}");
    }
}
