//! `ReportService`: figures that are published, and counted again by anybody.

use caseledger_proto::pb::event::v1 as ev;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::report_service_client::ReportServiceClient;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::queries::record;
use crate::support::{Running, acting, as_prosecutor, message_id, opened, submit};

fn figure(label: &str, unit: ev::Unit, stage: ev::Phase) -> ev::Figure {
    ev::Figure {
        label: label.to_owned(),
        stage: stage.into(),
        unit: unit.into(),
        filters: vec![ev::FigureFilter {
            dimension: "county".to_owned(),
            values: vec!["37".to_owned()],
        }],
        denominator: ev::Denominator::Ledger.into(),
        value: None,
        of: None,
    }
}

pub(crate) fn publish(
    message: u64,
    id: &str,
    figures: Vec<ev::Figure>,
) -> v1::PublishAnnouncementRequest {
    v1::PublishAnnouncementRequest {
        message_id: message_id(message).to_vec().into(),
        announcement: id.to_owned(),
        announced_on: 20_210_927,
        sheet: Some(ev::Sheet {
            reference: "https://da.example/news/1".to_owned(),
            figures,
            frozen: None,
        }),
        correction: None,
    }
}

pub(crate) fn as_press<T>(message: T) -> Request<T> {
    acting("press", "PUBLISHER", message)
}

pub(crate) fn figures() -> Vec<ev::Figure> {
    vec![
        figure("CASES", ev::Unit::Cases, ev::Phase::Identified),
        figure("PEOPLE", ev::Unit::People, ev::Phase::Identified),
        figure("DONE", ev::Unit::Cases, ev::Phase::Dismissed),
    ]
}

fn values(sheet: &ev::Sheet) -> Vec<(Option<u64>, Option<u64>)> {
    let figures = sheet.figures.iter();
    figures.map(|figure| (figure.value, figure.of)).collect()
}

#[tokio::test]
async fn figures_are_frozen_when_they_are_published_and_come_out_again_for_ever() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut reports = ReportServiceClient::new(channel.clone());
    let first = publish(20, "press.1", figures());
    let published = reports.publish_announcement(as_press(first.clone())).await;
    let published = published.unwrap().into_inner();
    let receipt = published.receipt.unwrap();
    let sheet = published.sheet.unwrap();
    assert_eq!(sheet.frozen.as_ref().unwrap().size, receipt.position);
    let counted = [(2, 2), (1, 1), (0, 2)].map(|(value, of)| (Some(value), Some(of)));
    assert_eq!(values(&sheet), counted);

    // The same message is the same announcement, however the ledger has grown.
    let mut commands = CommandServiceClient::new(channel.clone());
    let more = opened(message_id(30), "MORE");
    commands.submit(as_prosecutor(submit(more))).await.unwrap();
    let again = reports.publish_announcement(as_press(first)).await.unwrap();
    let again = again.into_inner();
    assert!(again.duplicate);
    assert_eq!(
        (again.receipt.unwrap(), again.sheet.unwrap()),
        (receipt, sheet)
    );

    // Anybody may ask, without a name.
    let question = v1::ReproduceAnnouncementRequest {
        announcement: "press.1".to_owned(),
    };
    let found = reports
        .reproduce_announcement(question)
        .await
        .unwrap()
        .into_inner();
    assert!(found.reproduced);
    let [statement] = &found.statements[..] else {
        panic!("{found:?}");
    };
    let tallies = |tallies: &[v1::Tally]| -> Vec<_> {
        let tallies = tallies.iter();
        tallies
            .map(|tally| (Some(tally.value), Some(tally.of)))
            .collect()
    };
    assert_eq!(tallies(&statement.again), counted);
    assert_eq!(tallies(&statement.now), counted);
    let frozen = statement.sheet.clone().unwrap().frozen.unwrap();
    assert_eq!(statement.root, frozen.root);
    server.stop().await;
}

#[tokio::test]
async fn a_correction_cites_and_restates_and_both_are_shown() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut reports = ReportServiceClient::new(channel);
    for (message, id) in [(20, "press.2"), (21, "press.1")] {
        let request = publish(message, id, figures());
        reports
            .publish_announcement(as_press(request))
            .await
            .unwrap();
    }
    let known = ev::coded_correction_reason::Code::Known(ev::CorrectionReason::Typo.into());
    let correction = v1::PublishAnnouncementRequest {
        correction: Some(v1::Correction {
            target: 0,
            reason: Some(ev::CodedCorrectionReason { code: Some(known) }),
        }),
        ..publish(22, "press.2", figures()[..1].to_vec())
    };
    reports
        .publish_announcement(as_press(correction))
        .await
        .unwrap();
    let question = v1::ReproduceAnnouncementRequest {
        announcement: "press.2".to_owned(),
    };
    let found = reports
        .reproduce_announcement(question)
        .await
        .unwrap()
        .into_inner();
    let corrects: Vec<_> = found.statements.iter().map(|said| said.corrects).collect();
    assert_eq!((found.reproduced, corrects), (true, vec![None, Some(0)]));
    // In the order of publication, page by page, each as it stands.
    let mut listed = Vec::new();
    let mut token = String::new();
    loop {
        let page = Some(v1::Page { limit: 1, token });
        let request = v1::ListAnnouncementsRequest { page };
        let page = reports
            .list_announcements(request)
            .await
            .unwrap()
            .into_inner();
        listed.extend(page.announcements);
        token = page.next;
        if token.is_empty() {
            break;
        }
    }
    let listed: Vec<_> = listed
        .iter()
        .map(|row| {
            let figures = row.sheet.as_ref().unwrap().figures.len();
            (row.announcement.as_str(), row.revisions, figures)
        })
        .collect();
    assert_eq!(listed, [("press.2", 2, 1), ("press.1", 1, 3)]);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_published_is_refused_with_the_reason() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel).await;
    let mut reports = ReportServiceClient::new(channel);
    let stating = |value| {
        let mut figures = figures();
        figures[2].value = Some(value);
        publish(20, "press.1", figures)
    };
    let mut frozen = stating(0);
    frozen.sheet.as_mut().unwrap().frozen = Some(ev::Frozen::default());
    let mut undefined = stating(0);
    undefined.sheet.as_mut().unwrap().figures[0].filters[0].dimension = "shoes".to_owned();
    for (request, who, code, reason) in [
        (
            stating(2),
            "PUBLISHER",
            Code::FailedPrecondition,
            "FIGURE_DIFFERS",
        ),
        (
            stating(0),
            "PROSECUTOR_COUNTY",
            Code::PermissionDenied,
            "ROLE_NOT_ALLOWED",
        ),
        (
            frozen,
            "PUBLISHER",
            Code::InvalidArgument,
            "MALFORMED_FIELD",
        ),
        (
            undefined,
            "PUBLISHER",
            Code::InvalidArgument,
            "MALFORMED_FIELD",
        ),
    ] {
        let sent = acting("press", who, request);
        let refused = reports.publish_announcement(sent).await.unwrap_err();
        let info = refused.get_details_error_info().unwrap();
        assert_eq!(
            (refused.code(), info.reason.as_str()),
            (code, reason),
            "{refused}"
        );
    }
    let unknown = v1::ReproduceAnnouncementRequest {
        announcement: "press.9".to_owned(),
    };
    let missing = reports.reproduce_announcement(unknown).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    server.stop().await;
}
