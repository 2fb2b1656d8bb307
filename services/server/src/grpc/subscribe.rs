//! `Subscribe`: every entry that matches, past and future, and how far the ledger was scanned.

use std::collections::VecDeque;

use caseledger_chain::{EntryRef, Header, Position};
use caseledger_proto::convert::{self, RecordError, Subscription as Wanted};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::subscribe_response::{
    CaughtUp, Confirmed, FellBehind, MatchedEntries, Message, Scanned,
};
use futures::stream;
use futures::{Stream, TryStreamExt};
use tonic::Status;

use super::event::entry;
use super::follow::{Follower, Look};
use crate::gate::Gate;
use crate::identity::Caller;
use crate::status::Failure;

/// Entries that are scanned without a match before the caller is told how far.
const SCANNED_EVERY: u64 = 10_000;

struct Subscription {
    follower: Follower,
    wanted: Wanted,
    /// What is to be sent before the next look.
    ready: VecDeque<Message>,
    caught_up: bool,
    /// How far the caller knows that was scanned.
    told: Position,
    ended: bool,
}

/// Opens a subscription.
pub(super) fn open(
    gate: &Gate,
    caller: Caller,
    request: &v1::SubscribeRequest,
) -> Result<impl Stream<Item = Result<v1::SubscribeResponse, Status>> + Send + use<>, Failure> {
    let wanted = convert::subscription(request)?;
    let from = wanted.from;
    let follower = Follower::new(gate, caller, from)?;
    let confirmed = Confirmed {
        from_position: request.from_position,
        size: gate.reader().size().get(),
    };
    let subscription = Subscription {
        follower,
        wanted,
        ready: VecDeque::from([Message::Confirmed(confirmed)]),
        caught_up: false,
        told: from,
        ended: false,
    };
    let messages = stream::try_unfold(subscription, async |mut subscription: Subscription| {
        let message = subscription.next().await?;
        Ok(message.map(|message| {
            (
                v1::SubscribeResponse {
                    message: Some(message),
                },
                subscription,
            )
        }))
    });
    Ok(messages.map_err(|failure: Failure| Status::from(failure)))
}

impl Subscription {
    async fn next(&mut self) -> Result<Option<Message>, Failure> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(Some(message));
            }
            if self.ended {
                return Ok(None);
            }
            match self.follower.look().await? {
                Look::Entries(entries) => self.scan(&entries)?,
                Look::FellBehind => {
                    self.ended = true;
                    let next_position = self.follower.next().get();
                    self.ready
                        .push_back(Message::FellBehind(FellBehind { next_position }));
                }
                Look::Quiet(size) => {
                    self.tell();
                    if !self.caught_up {
                        self.caught_up = true;
                        self.ready
                            .push_back(Message::CaughtUp(CaughtUp { size: size.get() }));
                    }
                }
            }
        }
    }

    fn scan(&mut self, entries: &[(Position, bytes::Bytes)]) -> Result<(), Failure> {
        let mut matched = Vec::new();
        for (position, bytes) in entries {
            let header = EntryRef::decode(bytes)
                .map_err(RecordError::from)?
                .into_header();
            if matches(&self.wanted, &header) {
                matched.push(entry(*position, bytes, self.wanted.decode)?);
            }
        }
        let silent = self.follower.next().get() - self.told.get() >= SCANNED_EVERY;
        if !matched.is_empty() {
            self.ready
                .push_back(Message::Entries(MatchedEntries { entries: matched }));
        }
        if silent || !self.ready.is_empty() {
            self.tell();
        }
        Ok(())
    }

    fn tell(&mut self) {
        self.told = self.follower.next();
        self.ready.push_back(Message::Scanned(Scanned {
            next_position: self.told.get(),
        }));
    }
}

/// Whether the caller wants to see an entry. A list that is empty holds everything.
fn matches(wanted: &Wanted, header: &Header) -> bool {
    let Wanted {
        stream_kinds,
        fact_kinds,
        ..
    } = wanted;
    let stream = stream_kinds
        .iter()
        .any(|kind| kind.number() == header.stream.kind);
    let fact = fact_kinds
        .iter()
        .any(|kind| kind.number() == header.body_type);
    (stream || stream_kinds.is_empty()) && (fact || fact_kinds.is_empty())
}
