//! `EventService`: entries in order, past and present.

use std::pin::Pin;

use bytes::Bytes;
use caseledger_chain::{Position, Size};
use caseledger_domain::StreamId;
use caseledger_engine::{Direction, Recorded};
use caseledger_proto::convert;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::event_service_server::EventService;
use futures::{Stream, TryStreamExt, stream};
use tonic::{Request, Response, Status};

use super::follow::PAGE;
use super::{query, subscribe};
use crate::gate::Gate;
use crate::identity::Principal;
use crate::status::Failure;

/// `caseledger.v1.EventService`.
#[derive(Clone, Debug)]
pub(super) struct Events(pub(super) Gate);

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Events {
    fn allow<T>(request: &Request<T>) -> Result<(), Failure> {
        Principal::from_metadata(request.metadata())?.read_cases()
    }
}

#[tonic::async_trait]
impl EventService for Events {
    type ReadStreamStream = Messages<v1::ReadStreamResponse>;

    async fn read_stream(
        &self,
        request: Request<v1::ReadStreamRequest>,
    ) -> Result<Response<Self::ReadStreamStream>, Status> {
        Self::allow(&request)?;
        let request = request.into_inner();
        let direction = direction(request.direction)?;
        let reading = StreamReading {
            gate: self.0.clone(),
            stream: convert::stream_id(request.stream.as_ref()).map_err(Failure::from)?,
            next: Some(request.from_revision.unwrap_or(match direction {
                Direction::Forwards => 0,
                Direction::Backwards => u64::MAX,
            })),
            direction,
            left: limit(request.limit),
            decode: request.decode,
            size: self.0.reader().size(),
        };
        let messages = stream::try_unfold(reading, async |mut reading: StreamReading| {
            Ok(reading.page()?.map(|page| (page, reading)))
        });
        Ok(Response::new(Box::pin(
            messages.map_err(|failure: Failure| failure.into()),
        )))
    }

    type ReadAllStream = Messages<v1::ReadAllResponse>;

    async fn read_all(
        &self,
        request: Request<v1::ReadAllRequest>,
    ) -> Result<Response<Self::ReadAllStream>, Status> {
        Self::allow(&request)?;
        let request = request.into_inner();
        let direction = direction(request.direction)?;
        let size = self.0.reader().size();
        let reading = LogReading {
            gate: self.0.clone(),
            edge: match (direction, request.from_position) {
                (Direction::Forwards, from) => from.unwrap_or(0),
                (Direction::Backwards, None) => size.get(),
                (Direction::Backwards, Some(from)) => from.saturating_add(1),
            },
            direction,
            left: limit(request.limit),
            decode: request.decode,
            size,
        };
        if reading.edge > size.get() {
            return Err(Failure::BeyondLedger {
                asked: reading.edge,
                size,
            }
            .into());
        }
        let messages = stream::try_unfold(reading, async |mut reading: LogReading| {
            Ok(reading.page()?.map(|page| (page, reading)))
        });
        Ok(Response::new(Box::pin(
            messages.map_err(|failure: Failure| failure.into()),
        )))
    }

    type SubscribeStream = Messages<v1::SubscribeResponse>;

    async fn subscribe(
        &self,
        request: Request<v1::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        Self::allow(&request)?;
        let messages = subscribe::open(&self.0, &request.into_inner())?;
        Ok(Response::new(Box::pin(messages)))
    }
}

fn direction(number: i32) -> Result<Direction, Failure> {
    Ok(match convert::direction(number)? {
        convert::Direction::Forwards => Direction::Forwards,
        convert::Direction::Backwards => Direction::Backwards,
    })
}

/// How many entries may still be sent; 0 asks for all.
fn limit(asked: u64) -> u64 {
    if asked == 0 { u64::MAX } else { asked }
}

fn page_size(left: u64) -> usize {
    usize::try_from(left).map_or(PAGE, |left| left.min(PAGE))
}

/// An entry as bytes and, if asked for, read.
pub(super) fn entry(position: Position, raw: &Bytes, decode: bool) -> Result<v1::Entry, Failure> {
    let event = decode.then(|| query::event(raw)).transpose()?;
    Ok(v1::Entry {
        position: position.get(),
        raw: raw.clone(),
        event,
    })
}

/// A read of one stream, as it was when the read began.
struct StreamReading {
    gate: Gate,
    stream: StreamId,
    direction: Direction,
    /// Revision of the next entry; none at the end.
    next: Option<u64>,
    left: u64,
    decode: bool,
    size: Size,
}

impl StreamReading {
    fn page(&mut self) -> Result<Option<v1::ReadStreamResponse>, Failure> {
        let Some(from) = self.next.filter(|_| self.left > 0) else {
            return Ok(None);
        };
        let Self {
            direction,
            size,
            decode,
            ..
        } = *self;
        let max = page_size(self.left);
        let reader = self.gate.reader();
        let found = reader
            .history(&self.stream, from, direction, max, Some(size))?
            .value;
        let Some(last) = found.last() else {
            return Ok(None);
        };
        self.next = match direction {
            Direction::Forwards => Some(last.revision + 1),
            Direction::Backwards => last.revision.checked_sub(1),
        };
        self.left -= found.len() as u64;
        let entries = found
            .iter()
            .map(|found: &Recorded| entry(found.position, &found.entry, decode));
        Ok(Some(v1::ReadStreamResponse {
            entries: entries.collect::<Result<_, _>>()?,
            complete_to: size.get(),
        }))
    }
}

/// A read of the ledger, as it was when the read began.
struct LogReading {
    gate: Gate,
    direction: Direction,
    /// Forwards the next position, backwards one more than it.
    edge: u64,
    left: u64,
    decode: bool,
    size: Size,
}

impl LogReading {
    fn page(&mut self) -> Result<Option<v1::ReadAllResponse>, Failure> {
        let Self {
            direction,
            size,
            decode,
            edge,
            ..
        } = *self;
        let reader = self.gate.reader();
        let max = page_size(self.left);
        let (found, backwards) = match direction {
            Direction::Forwards => {
                let max = page_size(self.left.min(size.get().saturating_sub(edge)));
                if max == 0 {
                    return Ok(None);
                }
                (reader.read(Position::new(edge), max)?, false)
            }
            Direction::Backwards if edge == 0 || max == 0 => return Ok(None),
            Direction::Backwards => (reader.read_before(Size::new(edge), max)?, true),
        };
        if found.is_empty() {
            return Ok(None);
        }
        self.edge = if backwards {
            found.first().get()
        } else {
            found.next().get()
        };
        self.left -= found.len() as u64;
        let entries = found
            .iter()
            .map(|(position, raw)| entry(position, raw, decode));
        let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
        if backwards {
            entries.reverse();
        }
        Ok(Some(v1::ReadAllResponse {
            entries,
            complete_to: size.get(),
        }))
    }
}
