//! `QueryService`: where cases stand, and what that adds up to.

use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use caseledger_proto::pb::v1::target::Target;
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

use crate::support::{
    Running, accepted, as_court, as_prosecutor, case_key, message_id, opened, post, submission,
    submit,
};

fn person(value: &str) -> v1::PersonIdentifier {
    v1::PersonIdentifier {
        issuer: "CA-CII".to_owned(),
        value: value.to_owned(),
    }
}

fn identified(message: u64, number: &str, person_id: &str, row: u32) -> v1::Submission {
    let fact = Kind::CaseIdentified(ev::CaseIdentified {
        cohort: "LA.1".to_owned(),
        row,
        source: ev::Source::StateRepository.into(),
        county: 37,
        court: "LASC".to_owned(),
        agency: "lada".to_owned(),
        person: Vec::new(),
        charges: vec![ev::Charge {
            id: 1,
            section: "HS 11357(b)".to_owned(),
            family: ev::Family::Possession.into(),
            severity: ev::Severity::Misdemeanor.into(),
            conviction_year: 2009,
            counts: 1,
            sentence: ev::Supervision::Completed.into(),
            in_comment_only: false,
        }],
    });
    let mut post = post(Target::CaseKey(case_key(number)), fact);
    post.references = Some(v1::References {
        person: Some(person(person_id)),
        ..Default::default()
    });
    submission(message_id(message), vec![post])
}

async fn record(channel: &Channel) {
    let mut commands = CommandServiceClient::new(channel.clone());
    commands
        .submit(as_prosecutor(submit(opened(message_id(1), "LA"))))
        .await
        .unwrap();
    let cohort = Kind::CohortOpened(ev::CohortOpened {
        version: 1,
        source: ev::Source::StateRepository.into(),
        file_digest: vec![1; 32],
        declared: Some(ev::ControlTotals {
            rows: 2,
            felonies: 0,
            misdemeanors: 2,
            infractions: 0,
            unknown: 0,
        }),
        supersedes: String::new(),
    });
    let cohort = submission(
        message_id(2),
        vec![post(Target::Cohort("LA.1".to_owned()), cohort)],
    );
    commands
        .submit(as_prosecutor(submit(cohort)))
        .await
        .unwrap();
    for (number, case, person) in [(3, "BA1", "A1"), (4, "BA2", "A1")] {
        let identified = identified(number, case, person, number as u32);
        commands
            .submit(as_prosecutor(submit(identified)))
            .await
            .unwrap();
    }
    commands
        .submit(as_court(submit(accepted(message_id(5), "BA3"))))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_case_is_found_by_key_id_and_person() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut queries = QueryServiceClient::new(channel);
    let by_key = v1::GetCaseRequest {
        // The docket number as another clerk writes it.
        case: Some(v1::get_case_request::Case::CaseKey(case_key("ba 1:"))),
        as_of: None,
    };
    let found = queries
        .get_case(as_court(by_key))
        .await
        .unwrap()
        .into_inner();
    let case = found.case.unwrap();
    assert_eq!(found.complete_to, 5);
    assert_eq!((case.charges.len(), case.counted), (1, true));
    let by_id = |as_of| v1::GetCaseRequest {
        case: Some(v1::get_case_request::Case::CaseId(case.case_id.clone())),
        as_of,
    };
    let again = queries
        .get_case(as_court(by_id(Some(5))))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again.case.as_ref(), Some(&case));
    let before = queries
        .get_case(as_court(by_id(Some(2))))
        .await
        .unwrap_err();
    assert_eq!(before.code(), Code::NotFound);
    let beyond = queries
        .get_case(as_court(by_id(Some(6))))
        .await
        .unwrap_err();
    assert_eq!(beyond.code(), Code::OutOfRange);

    let look_up = |key| v1::LookUpRequest { key: Some(key) };
    let by_person = look_up(v1::look_up_request::Key::Person(person("a-1")));
    let found = queries
        .look_up(as_court(by_person))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.case_ids.len(), 2);
    assert_eq!(found.case_ids[0], case.case_id);
    let nobody = look_up(v1::look_up_request::Key::Person(person("B1")));
    assert!(
        queries
            .look_up(as_court(nobody))
            .await
            .unwrap()
            .into_inner()
            .case_ids
            .is_empty()
    );
    server.stop().await;
}

#[tokio::test]
async fn lists_come_in_pages_that_fit_together() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut queries = QueryServiceClient::new(channel);
    let mut token = String::new();
    let mut rows = Vec::new();
    loop {
        let page = Some(v1::Page { limit: 1, token });
        let request = v1::ListCasesRequest {
            filters: Vec::new(),
            page,
        };
        let reply = queries
            .list_cases(as_court(request))
            .await
            .unwrap()
            .into_inner();
        rows.extend(reply.cases);
        token = reply.next;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(rows.len(), 2);
    let page = Some(v1::Page {
        limit: 1,
        token: "no number".to_owned(),
    });
    let request = v1::ListCasesRequest {
        filters: Vec::new(),
        page,
    };
    let status = queries.list_cases(as_court(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let request = v1::ListUnmatchedRequest {
        page: Some(v1::Page {
            limit: 10,
            token: String::new(),
        }),
    };
    let unmatched = queries
        .list_unmatched(as_court(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((unmatched.unmatched.len(), unmatched.total), (1, 1));
    assert_eq!(unmatched.unmatched[0].position, 4);
    server.stop().await;
}

#[tokio::test]
async fn totals_are_answered_now_and_as_of_any_size() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut queries = QueryServiceClient::new(channel);
    for (unit, as_of, total, unmatched) in [
        (v1::Unit::Cases, None, 2, 1),
        (v1::Unit::Cases, Some(3), 1, 0),
        (v1::Unit::Cases, Some(2), 0, 0),
        (v1::Unit::Charges, None, 2, 1),
        (v1::Unit::People, None, 1, 1),
    ] {
        let request = v1::TotalsRequest {
            unit: unit.into(),
            as_of,
            ..Default::default()
        };
        let totals = queries.totals(request).await.unwrap().into_inner();
        assert_eq!(
            (totals.total, totals.unmatched),
            (total, unmatched),
            "{unit:?} {as_of:?}"
        );
        assert_eq!(totals.complete_to, as_of.unwrap_or(5));
    }
    let beyond = v1::TotalsRequest {
        unit: v1::Unit::Cases.into(),
        as_of: Some(6),
        ..Default::default()
    };
    assert_eq!(
        queries.totals(beyond).await.unwrap_err().code(),
        Code::OutOfRange
    );
    server.stop().await;
}

#[tokio::test]
async fn histories_and_states_of_all_kinds_of_streams() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut queries = QueryServiceClient::new(channel);
    let initiative = v1::GetInitiativeRequest {
        initiative: "LA".to_owned(),
    };
    let initiative = queries
        .get_initiative(as_court(initiative))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((initiative.revisions, &initiative.lead[..]), (1, "lada"));
    let cohort = v1::GetCohortRequest {
        cohort: "LA.1".to_owned(),
    };
    let cohort = queries
        .get_cohort(as_court(cohort))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((cohort.cases, cohort.complete_to), (2, 5));
    let missing = v1::GetCohortRequest {
        cohort: "LA.2".to_owned(),
    };
    let missing = queries.get_cohort(as_court(missing)).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    let key = v1::OrderKey {
        court: "LASC".to_owned(),
        number: "O-1".to_owned(),
    };
    let order = v1::OrderReference {
        reference: Some(v1::order_reference::Reference::Key(key)),
    };
    let order = v1::GetOrderRequest { order: Some(order) };
    assert_eq!(
        queries.get_order(as_court(order)).await.unwrap_err().code(),
        Code::NotFound
    );
    let filing = v1::GetFilingRequest { filing: None };
    assert_eq!(
        queries
            .get_filing(as_court(filing))
            .await
            .unwrap_err()
            .code(),
        Code::InvalidArgument
    );

    let stream = v1::stream_ref::Stream::Initiative("LA".to_owned());
    let history = v1::GetHistoryRequest {
        stream: Some(v1::StreamRef {
            stream: Some(stream),
        }),
        limit: 10,
        ..Default::default()
    };
    let history = queries
        .get_history(as_court(history))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (history.events.len(), history.revisions, history.complete_to),
        (1, 1, 5)
    );
    assert_eq!(history.events[0].message_id, message_id(1)[..]);
    server.stop().await;
}

#[tokio::test]
async fn a_feed_shows_which_numbers_are_missing_and_since_when() {
    let server = Running::start().await;
    let channel = server.channel().await;
    let mut commands = CommandServiceClient::new(channel.clone());
    let mut queries = QueryServiceClient::new(channel);
    let numbered = |message: u64, number: u64| {
        let mut one = opened(message_id(message), &format!("I-{message}"));
        one.submitter_sequence = number;
        as_prosecutor(submit(one))
    };
    let own = || as_prosecutor(v1::GetFeedRequest::default());
    let status = queries.get_feed(own()).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    commands.submit(numbered(1, 1)).await.unwrap();
    let answer = commands.submit(numbered(2, 6)).await.unwrap().into_inner();
    let opened_by = answer.receipts[0].position;
    commands.submit(numbered(3, 3)).await.unwrap();
    let status = commands.submit(numbered(4, 6)).await.unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, "NUMBER_ALREADY_USED");
    assert_eq!(info.metadata["number"], "6");
    assert_eq!(info.metadata["first_position"], opened_by.to_string());
    commands
        .submit(as_court(submit(accepted(message_id(5), "X"))))
        .await
        .unwrap();

    let answer = queries.get_feed(own()).await.unwrap().into_inner();
    let feed = answer.feed.unwrap();
    assert_eq!((feed.submitter.as_str(), feed.highest), ("lada", 6));
    assert_eq!((feed.submissions, feed.entries), (3, 3));
    assert_eq!(
        (feed.missing, feed.gap_count, answer.complete_to),
        (3, 2, 4)
    );
    let gaps: Vec<_> = feed.gaps.iter().map(|gap| (gap.from, gap.to)).collect();
    assert_eq!(gaps, [(2, 2), (4, 5)]);
    let at = |gap: &v1::NumberGap| gap.opened_by == opened_by && gap.since_us > 0;
    assert!(feed.gaps.iter().all(at), "{feed:?}");

    // Page by page, in order of ids.
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let page = Some(v1::Page { limit: 1, token });
        let request = as_court(v1::ListFeedsRequest { page });
        let answer = queries.list_feeds(request).await.unwrap().into_inner();
        let of = |feed: &v1::Feed| (feed.submitter.clone(), feed.missing);
        found.extend(answer.feeds.iter().map(of));
        if answer.next.is_empty() {
            break;
        }
        token = answer.next;
    }
    assert_eq!(found, [("lada".to_owned(), 3), ("lasc".to_owned(), 0)]);
    let page = Some(v1::Page {
        limit: 1,
        token: "Nobody".to_owned(),
    });
    let request = as_court(v1::ListFeedsRequest { page });
    let status = queries.list_feeds(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    server.stop().await;
}
