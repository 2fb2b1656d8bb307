//! `EventService`: entries in order, past and present.

use std::pin::Pin;

use bytes::Bytes;
use caseledger_chain::{Position, Size};
use caseledger_engine::{Direction, Reader, StreamCursor};
use caseledger_proto::convert;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::event_service_server::EventService;
use futures::{Stream, TryStreamExt, stream};
use tonic::{Request, Response, Status};

use super::follow::PAGE;
use super::{query, subscribe};
use crate::gate::Gate;
use crate::identity::Caller;
use crate::status::Failure;

/// `caseledger.v1.EventService`.
#[derive(Clone, Debug)]
pub(super) struct Events(pub(super) Gate);

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Events {
    fn allow<T>(request: &Request<T>) -> Result<Caller, Failure> {
        let caller = Caller::of(request.extensions())?;
        caller.read_cases()?;
        Ok(caller.clone())
    }
}

#[tonic::async_trait]
impl EventService for Events {
    type ReadStreamStream = Messages<v1::ReadStreamResponse>;

    async fn read_stream(
        &self,
        request: Request<v1::ReadStreamRequest>,
    ) -> Result<Response<Self::ReadStreamStream>, Status> {
        let caller = Self::allow(&request)?;
        let request = request.into_inner();
        let direction = direction(request.direction)?;
        let stream = convert::stream_id(request.stream.as_ref()).map_err(Failure::from)?;
        let from = request.from_revision.unwrap_or(match direction {
            Direction::Forwards => 0,
            Direction::Backwards => u64::MAX,
        });
        let size = self.0.reader().size();
        let begin =
            move |reader: &Reader| Ok(reader.cursor(stream, from, direction, Some(size))?);
        let reading = StreamReading {
            cursor: self.0.read_long(begin).await?,
            left: limit(request.limit),
            decode: request.decode,
        };
        Ok(Response::new(pages(&self.0, caller, reading)))
    }

    type ReadAllStream = Messages<v1::ReadAllResponse>;

    async fn read_all(
        &self,
        request: Request<v1::ReadAllRequest>,
    ) -> Result<Response<Self::ReadAllStream>, Status> {
        let caller = Self::allow(&request)?;
        let request = request.into_inner();
        let direction = direction(request.direction)?;
        let size = self.0.reader().size();
        let reading = LogReading {
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
        Ok(Response::new(pages(&self.0, caller, reading)))
    }

    type SubscribeStream = Messages<v1::SubscribeResponse>;

    async fn subscribe(
        &self,
        request: Request<v1::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let caller = Self::allow(&request)?;
        let messages = subscribe::open(&self.0, caller, &request.into_inner())?;
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

/// A read that goes on page by page.
trait Reading: Send + 'static {
    type Page: Send + 'static;

    /// The next page; none at the end.
    fn page(&mut self, reader: &Reader) -> Result<Option<Self::Page>, Failure>;
}

/// The pages of a read, each read when the caller takes it.
fn pages<R: Reading>(gate: &Gate, caller: Caller, reading: R) -> Messages<R::Page> {
    let gate = gate.clone();
    let pages = stream::try_unfold(reading, move |mut reading| {
        let (gate, allowed) = (gate.clone(), caller.read_cases());
        async move {
            // The stream may be longer than a token or a role is in force.
            allowed?;
            let page = gate.read_page(move |reader| {
                let page = reading.page(reader)?;
                Ok(page.map(|page| (page, reading)))
            });
            page.await
        }
    });
    Box::pin(pages.map_err(|failure: Failure| failure.into()))
}

/// A read of one stream, as it was when the read began.
struct StreamReading {
    cursor: StreamCursor,
    left: u64,
    decode: bool,
}

impl Reading for StreamReading {
    type Page = v1::ReadStreamResponse;

    fn page(&mut self, reader: &Reader) -> Result<Option<v1::ReadStreamResponse>, Failure> {
        let found = reader.page(&mut self.cursor, page_size(self.left))?;
        if found.is_empty() {
            return Ok(None);
        }
        self.left -= found.len() as u64;
        let entries = found
            .iter()
            .map(|found| entry(found.position, &found.entry, self.decode));
        Ok(Some(v1::ReadStreamResponse {
            entries: entries.collect::<Result<_, _>>()?,
            complete_to: self.cursor.complete_to().get(),
        }))
    }
}

/// A read of the ledger, as it was when the read began.
struct LogReading {
    direction: Direction,
    /// Forwards the next position, backwards one more than it.
    edge: u64,
    left: u64,
    decode: bool,
    size: Size,
}

impl Reading for LogReading {
    type Page = v1::ReadAllResponse;

    fn page(&mut self, reader: &Reader) -> Result<Option<v1::ReadAllResponse>, Failure> {
        let Self {
            direction,
            size,
            decode,
            edge,
            ..
        } = *self;
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
