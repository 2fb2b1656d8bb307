//! `EventService` and `Watch`: what was recorded, then what is recorded from now on.

use caseledger_proto::pb::event::v1::FactKind;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::event_service_client::EventServiceClient;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use caseledger_proto::pb::v1::subscribe_response::Message;
use tonic::transport::Channel;
use tonic::{Code, Streaming};

use crate::support::{Running, accepted, as_court, as_prosecutor, message_id, opened, submit};

async fn record(channel: &Channel, numbers: std::ops::Range<u64>) {
    let mut commands = CommandServiceClient::new(channel.clone());
    for number in numbers {
        let request = as_prosecutor(submit(opened(message_id(number), &format!("I-{number}"))));
        commands.submit(request).await.unwrap();
    }
}

async fn subscribe(
    channel: &Channel,
    request: v1::SubscribeRequest,
) -> Streaming<v1::SubscribeResponse> {
    let mut events = EventServiceClient::new(channel.clone());
    events
        .subscribe(as_prosecutor(request))
        .await
        .unwrap()
        .into_inner()
}

async fn next(stream: &mut Streaming<v1::SubscribeResponse>) -> Message {
    stream.message().await.unwrap().unwrap().message.unwrap()
}

/// Positions of entries, until the scan has come to a position.
async fn entries_until(stream: &mut Streaming<v1::SubscribeResponse>, end: u64) -> Vec<u64> {
    let mut positions = Vec::new();
    loop {
        match next(stream).await {
            Message::Entries(matched) => {
                positions.extend(matched.entries.iter().map(|entry| entry.position));
            }
            Message::Scanned(scanned) if scanned.next_position >= end => return positions,
            Message::Scanned(_) | Message::CaughtUp(_) | Message::Confirmed(_) => {}
            Message::FellBehind(_) => panic!("fell behind"),
        }
    }
}

#[tokio::test]
async fn a_subscription_catches_up_and_goes_on_live() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel, 0..300).await;
    let request = v1::SubscribeRequest {
        from_position: 10,
        decode: true,
        ..Default::default()
    };
    let mut stream = subscribe(&channel, request).await;
    let Message::Confirmed(confirmed) = next(&mut stream).await else {
        panic!()
    };
    assert_eq!((confirmed.from_position, confirmed.size), (10, 300));
    assert_eq!(
        entries_until(&mut stream, 300).await,
        (10..300).collect::<Vec<_>>()
    );
    let caught_up = loop {
        if let Message::CaughtUp(caught_up) = next(&mut stream).await {
            break caught_up;
        }
    };
    assert_eq!(caught_up.size, 300);
    record(&channel, 300..305).await;
    assert_eq!(
        entries_until(&mut stream, 305).await,
        (300..305).collect::<Vec<_>>()
    );
    server.stop().await;
}

#[tokio::test]
async fn filters_pass_only_what_matches_and_tell_how_far_was_scanned() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel, 0..3).await;
    let mut commands = CommandServiceClient::new(channel.clone());
    commands
        .submit(as_court(submit(accepted(message_id(900), "BA1"))))
        .await
        .unwrap();
    record(&channel, 3..5).await;
    let by_stream = v1::SubscribeRequest {
        stream_kinds: vec![v1::StreamKind::Case.into()],
        ..Default::default()
    };
    let mut stream = subscribe(&channel, by_stream).await;
    assert_eq!(entries_until(&mut stream, 6).await, [3]);
    let by_fact = v1::SubscribeRequest {
        fact_kinds: vec![FactKind::InitiativeOpened.into()],
        ..Default::default()
    };
    let mut stream = subscribe(&channel, by_fact).await;
    assert_eq!(entries_until(&mut stream, 6).await, [0, 1, 2, 4, 5]);
    for bad in [
        v1::SubscribeRequest {
            stream_kinds: vec![99],
            ..Default::default()
        },
        v1::SubscribeRequest {
            fact_kinds: vec![0],
            ..Default::default()
        },
    ] {
        let mut events = EventServiceClient::new(channel.clone());
        let status = events.subscribe(as_prosecutor(bad)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_quiet_subscription_gives_signs_of_life() {
    let server = Running::with(|config| config.limits.heartbeat_ms = 100).await;
    let channel = server.channel().await;
    let mut stream = subscribe(&channel, v1::SubscribeRequest::default()).await;
    let mut scans = 0;
    while scans < 3 {
        scans += u32::from(matches!(next(&mut stream).await, Message::Scanned(_)));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_subscription_that_falls_behind_is_told_where_to_go_on() {
    let server = Running::with(|config| config.limits.lag = 5).await;
    let channel = server.channel().await;
    let mut stream = subscribe(&channel, v1::SubscribeRequest::default()).await;
    while !matches!(next(&mut stream).await, Message::CaughtUp(_)) {}
    // One commit group that is larger than what it may be behind.
    let submissions = (0..50).map(|number| opened(message_id(number), &format!("I-{number}")));
    let request = v1::SubmitStreamRequest {
        correlation: 0,
        submissions: submissions.collect(),
    };
    let mut commands = CommandServiceClient::new(channel);
    let requests = as_prosecutor(tokio_stream::iter([request]));
    let mut answers = commands.submit_stream(requests).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap();
    let Message::FellBehind(behind) = next(&mut stream).await else {
        panic!()
    };
    assert_eq!(behind.next_position, 0);
    assert!(stream.message().await.unwrap().is_none());
    server.stop().await;
}

#[tokio::test]
async fn subscriptions_are_bounded_and_begin_within_the_ledger() {
    let server = Running::with(|config| config.limits.subscriptions = 1).await;
    let channel = server.channel().await;
    let mut events = EventServiceClient::new(channel.clone());
    let beyond = v1::SubscribeRequest {
        from_position: 1,
        ..Default::default()
    };
    let status = events.subscribe(as_prosecutor(beyond)).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange);
    let _held = subscribe(&channel, v1::SubscribeRequest::default()).await;
    let second = as_prosecutor(v1::SubscribeRequest::default());
    assert_eq!(
        events.subscribe(second).await.unwrap_err().code(),
        Code::ResourceExhausted
    );
    server.stop().await;
}

#[tokio::test]
async fn the_ledger_is_read_in_both_directions() {
    let server = Running::start().await;
    let channel = server.channel().await;
    record(&channel, 0..600).await;
    let mut events = EventServiceClient::new(channel);
    let all: Vec<u64> = (0..600).collect();
    let reversed: Vec<u64> = (0..600).rev().collect();
    let (forwards, backwards) = (v1::Direction::Forwards, v1::Direction::Backwards);
    for (direction, from, limit, expected) in [
        (forwards, None, 0, &all[..]),
        (forwards, Some(590), 0, &all[590..]),
        (forwards, Some(5), 300, &all[5..305]),
        (forwards, Some(600), 0, &[]),
        (backwards, None, 0, &reversed[..]),
        (backwards, Some(9), 0, &reversed[590..]),
        (backwards, Some(599), 3, &reversed[..3]),
    ] {
        let request = v1::ReadAllRequest {
            from_position: from,
            direction: direction.into(),
            limit,
            decode: false,
        };
        let mut pages = events
            .read_all(as_prosecutor(request))
            .await
            .unwrap()
            .into_inner();
        let mut positions = Vec::new();
        while let Some(page) = pages.message().await.unwrap() {
            assert_eq!(page.complete_to, 600);
            positions.extend(page.entries.iter().map(|entry| entry.position));
        }
        assert_eq!(positions, expected, "{direction:?} {from:?} {limit}");
    }
    let request = v1::ReadAllRequest::default();
    let status = events.read_all(as_prosecutor(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    server.stop().await;
}

#[tokio::test]
async fn a_stream_is_read_and_watched() {
    let server = Running::start().await;
    let channel = server.channel().await;
    let mut commands = CommandServiceClient::new(channel.clone());
    let request = submit(accepted(message_id(1), "BA1"));
    let receipt = commands
        .submit(as_court(request))
        .await
        .unwrap()
        .into_inner()
        .receipts;
    let stream = receipt[0].stream.clone();
    let watch = v1::WatchRequest {
        streams: stream.iter().cloned().collect(),
    };
    let mut queries = QueryServiceClient::new(channel.clone());
    let mut news = queries.watch(as_court(watch)).await.unwrap().into_inner();
    let first = news.message().await.unwrap().unwrap();
    assert_eq!((first.event, first.complete_to), (None, 1));
    record(&channel, 10..12).await;
    let mut second = accepted(message_id(2), "BA1");
    second.posts[0].occurred_on = 20_210_926;
    commands.submit(as_court(submit(second))).await.unwrap();
    let event = news.message().await.unwrap().unwrap().event.unwrap();
    assert_eq!(
        (event.position, event.revision, &event.submitter[..]),
        (3, 1, "lasc")
    );
    assert_eq!(event.event.unwrap().occurred_on, 20_210_926);

    let mut events = EventServiceClient::new(channel);
    for (direction, from_revision, expected) in [
        (v1::Direction::Forwards, None, &[0, 3][..]),
        (v1::Direction::Backwards, None, &[3, 0]),
        (v1::Direction::Forwards, Some(1), &[3]),
        (v1::Direction::Backwards, Some(0), &[0]),
    ] {
        let request = v1::ReadStreamRequest {
            stream: stream.clone(),
            from_revision,
            direction: direction.into(),
            limit: 0,
            decode: true,
        };
        let mut pages = events
            .read_stream(as_court(request))
            .await
            .unwrap()
            .into_inner();
        let mut positions = Vec::new();
        while let Some(page) = pages.message().await.unwrap() {
            assert!(page.entries.iter().all(|entry| entry.event.is_some()));
            positions.extend(page.entries.iter().map(|entry| entry.position));
        }
        assert_eq!(positions, expected);
    }
    server.stop().await;
}
