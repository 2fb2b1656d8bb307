//! `Watch`: every new revision of some streams.

use std::collections::{HashSet, VecDeque};

use caseledger_chain::{EntryRef, StreamKey};
use caseledger_domain::StreamId;
use caseledger_proto::convert::{self, RecordError};
use caseledger_proto::pb::v1;
use futures::stream;
use futures::{Stream, TryStreamExt};
use tonic::Status;

use super::follow::{Follower, Look};
use super::query;
use crate::gate::Gate;
use crate::identity::Caller;
use crate::status::Failure;

struct Watching {
    follower: Follower,
    streams: HashSet<StreamKey>,
    ready: VecDeque<v1::WatchResponse>,
}

/// Begins to watch. The first message says from which size on the news is complete.
pub(super) fn open(
    gate: &Gate,
    caller: Caller,
    request: &v1::WatchRequest,
) -> Result<impl Stream<Item = Result<v1::WatchResponse, Status>> + Send + use<>, Failure> {
    let streams = convert::watch(request)?;
    let key = |id: StreamId| StreamKey {
        kind: id.kind().number(),
        id: id.id_bytes(),
    };
    let streams = streams.into_iter().map(key).collect();
    let follower = Follower::new(gate, caller, gate.reader().size().next_position())?;
    let watching = Watching {
        follower,
        streams,
        ready: VecDeque::new(),
    };
    let news = stream::try_unfold(watching, async |mut watching: Watching| {
        let news = watching.next().await?;
        Ok(Some((news, watching)))
    });
    Ok(news.map_err(|failure: Failure| Status::from(failure)))
}

impl Watching {
    async fn next(&mut self) -> Result<v1::WatchResponse, Failure> {
        loop {
            if let Some(news) = self.ready.pop_front() {
                return Ok(news);
            }
            match self.follower.look().await? {
                Look::Entries(entries) => {
                    for (position, bytes) in entries {
                        let entry = EntryRef::decode(&bytes).map_err(RecordError::from)?;
                        if self.streams.contains(&entry.header().stream) {
                            let event = Some(query::event(&bytes)?);
                            let complete_to = position.get() + 1;
                            self.ready
                                .push_back(v1::WatchResponse { event, complete_to });
                        }
                    }
                }
                // News has no message for this; what follows is late and complete all the same.
                Look::FellBehind => self.follower.catch_up(),
                Look::Quiet(size) => {
                    return Ok(v1::WatchResponse {
                        event: None,
                        complete_to: size.get(),
                    });
                }
            }
        }
    }
}
