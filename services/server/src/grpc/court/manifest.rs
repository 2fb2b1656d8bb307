//! `PostManifest`: a batch is held in memory until its trailer agrees, and then recorded row by row.
//!
//! Held in memory and not on disk, because rows have docket numbers. What is held is the rows as
//! they are encoded, within `limits.batch_rows` and `limits.batch_bytes`, of at most `limits.batches` batches.

use std::pin::pin;

use bytes::{BufMut as _, Bytes, BytesMut};
use caseledger_domain::{ControlTotals, StreamId};
use caseledger_proto::convert::{self, ManifestHeader, Part};
use caseledger_proto::pb::event::v1::Severity;
use caseledger_proto::pb::v1::{self, ConfirmationStatus, post_manifest_response};
use futures::{Stream, StreamExt as _};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::{Status, Streaming};

use super::stream::{Coming, in_order};
use super::{answer, post};
use crate::call::Call;
use crate::gate::{Gate, Shared};
use crate::identity::{Caller, Principal};
use crate::status::{Failure, Missing, found_by_transport};

/// Rows that are handed to the writer at once.
const ROWS_AT_ONCE: usize = 250;

/// How many times as many are with the writer or being answered.
const CHUNKS_AHEAD: usize = 16;

/// The rows of a batch, as they came.
#[derive(Debug, Default)]
struct Held {
    rows: BytesMut,
    totals: ControlTotals,
}

type Answer = Coming<Vec<v1::ManifestResult>>;

/// Opens a batch.
pub(super) fn open(
    gate: Gate,
    caller: Caller,
    requests: Streaming<v1::PostManifestRequest>,
) -> Result<impl Stream<Item = Result<v1::PostManifestResponse, Status>> + Send, Failure> {
    let place = gate.batch(&caller)?;
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    // The task ends with the stream: without a receiver it cannot send.
    let call = Call::current();
    tokio::spawn(async move {
        let driving = drive(&gate, &caller, requests, &sender, place);
        if let Err(end) = Call::run(call, driving).await {
            let _gone = sender.send(Err(end)).await;
        }
    });
    Ok(summed(in_order(receiver)))
}

/// The results, and behind them what they come to, unless there was a failure.
fn summed(
    results: impl Stream<Item = Result<Vec<v1::ManifestResult>, Status>> + Send,
) -> impl Stream<Item = Result<v1::PostManifestResponse, Status>> + Send {
    use post_manifest_response::Part;

    let response = |part| v1::PostManifestResponse { part: Some(part) };
    let ends = results.map(Some).chain(futures::stream::iter([None]));
    ends.scan(
        Some(v1::ManifestSummary::default()),
        move |summary, results| {
            let next = match (results, summary.as_mut()) {
                (_, None) => None,
                (None, Some(sum)) => Some(Ok(response(Part::Summary(*sum)))),
                (Some(Err(end)), Some(_)) => {
                    *summary = None;
                    Some(Err(end))
                }
                (Some(Ok(results)), Some(sum)) => {
                    for result in results.iter().filter_map(|row| row.result.as_ref()) {
                        add(sum, result.status());
                    }
                    Some(Ok(response(Part::Results(v1::ManifestResults { results }))))
                }
            };
            std::future::ready(next)
        },
    )
}

const fn add(sum: &mut v1::ManifestSummary, status: ConfirmationStatus) {
    sum.rows += 1;
    let count = match status {
        ConfirmationStatus::Accepted => &mut sum.accepted,
        ConfirmationStatus::Duplicate => &mut sum.duplicate,
        ConfirmationStatus::AcceptedWithFlags => &mut sum.flagged,
        ConfirmationStatus::Held => &mut sum.held,
        ConfirmationStatus::Sighted => &mut sum.sighted,
        // Every result has a status; one without would not be recorded.
        ConfirmationStatus::Refused | ConfirmationStatus::Unspecified => &mut sum.refused,
    };
    *count += 1;
}

async fn drive(
    gate: &Gate,
    caller: &Caller,
    mut requests: Streaming<v1::PostManifestRequest>,
    answers: &mpsc::Sender<Result<Answer, Status>>,
    place: Shared,
) -> Result<(), Status> {
    let principal = gate.acting(caller, None)?;
    let held = tokio::select! {
        biased;
        () = answers.closed() => return Ok(()),
        held = hold(gate, &mut requests) => {
            held.map_err(|status| post::ended(gate, principal, status))?
        }
    };
    let (header, rows) = held;
    let mut drained = pin!(gate.monitor().drained());
    let header = std::sync::Arc::new(header);
    let mut rest = rows;
    while !rest.is_empty() {
        let chunk = next_rows(&mut rest)?;
        // As in a stream; what is recorded by then stays.
        let principal = gate.acting(caller, None)?;
        let read = |row| read(gate, principal, &header, row);
        let messages = chunk.iter().map(read).collect();
        let posted = tokio::select! {
            biased;
            // Rows that the writer does not have yet are sent again with the batch.
            () = &mut drained => return Err(Failure::Draining.into()),
            () = answers.closed() => return Ok(()),
            posted = post::when_free(gate, principal, messages) => posted?,
        };
        let gate = gate.clone();
        let coming: Answer = Box::pin(async move {
            let outcomes = posted.results().await?;
            let rows = chunk.iter().zip(outcomes);
            let result = |(row, outcome): (&v1::ManifestRow, _)| v1::ManifestResult {
                row: row.row,
                result: Some(answer::among_others(&gate, outcome)),
            };
            Ok(rows.map(result).collect())
        });
        if answers.send(Ok(coming)).await.is_err() {
            return Ok(());
        }
    }
    drop(place);
    Ok(())
}

fn read(
    gate: &Gate,
    principal: Principal,
    header: &ManifestHeader,
    row: &v1::ManifestRow,
) -> post::Message {
    let (sent, read) = convert::named_row(header, row, gate.codes(), gate.pseudonyms());
    post::taken(gate, principal, Some(sent), read.map_err(Failure::from))
}

fn next_rows(rest: &mut Bytes) -> Result<Vec<v1::ManifestRow>, Failure> {
    let mut rows = Vec::with_capacity(ROWS_AT_ONCE);
    while rows.len() < ROWS_AT_ONCE && !rest.is_empty() {
        // What is decoded here was encoded here.
        let row = v1::ManifestRow::decode_length_delimited(&mut *rest);
        rows.push(row.map_err(|_cause| Failure::Panicked)?);
    }
    Ok(rows)
}

/// Reads a batch to its end. Nothing is recorded meanwhile.
async fn hold(
    gate: &Gate,
    requests: &mut Streaming<v1::PostManifestRequest>,
) -> Result<(ManifestHeader, Bytes), Status> {
    let mut header = None;
    let mut held = Held::default();
    let mut drained = pin!(gate.monitor().drained());
    loop {
        let request = tokio::select! {
            biased;
            () = &mut drained => return Err(Failure::Draining.into()),
            // A court that says nothing more gives its place back.
            request = timeout(gate.limits().request(), requests.message()) => request,
        };
        let request = request.map_err(|_elapsed| Failure::Deadline)?;
        let request = request.map_err(|status| found_by_transport(status, gate.limits()))?;
        let Some(request) = request else {
            return Err(wrong(
                "trailer",
                "the batch ended without one; nothing of it is recorded, send it again",
            ));
        };
        match (
            convert::manifest_part(request).map_err(Failure::from)?,
            header.take(),
        ) {
            (Part::Header(first), None) => {
                check(gate, &first)?;
                header = Some(first);
            }
            (Part::Rows(rows), Some(first)) => {
                held.take(gate, &first, &rows)?;
                header = Some(first);
            }
            (Part::Trailer(digest, totals), Some(first)) => {
                agree(&first, &held, &digest, totals)?;
                return Ok((*first, held.rows.freeze()));
            }
            (Part::Header(_), Some(_)) => {
                return Err(wrong("header", "a second one; send one batch a call"));
            }
            (Part::Rows(_) | Part::Trailer(..), None) => {
                return Err(wrong("header", "missing; send it first"));
            }
        }
    }
}

fn wrong(field: &'static str, why: &'static str) -> Status {
    Failure::Field(field, why).into()
}

fn check(gate: &Gate, header: &ManifestHeader) -> Result<(), Failure> {
    if header.totals.rows > gate.limits().batch_rows {
        return Err(Failure::Field(
            "header.totals.rows",
            "more than limits.batch_rows; send several batches",
        ));
    }
    if let Some(cohort) = header.cohort {
        let state = gate.reader().state(&StreamId::Cohort(cohort))?;
        state.value.ok_or(Missing::Stream("cohort"))?;
    }
    Ok(())
}

impl Held {
    fn take(
        &mut self,
        gate: &Gate,
        header: &ManifestHeader,
        rows: &[v1::ManifestRow],
    ) -> Result<(), Failure> {
        for row in rows {
            if row.row != self.totals.rows + 1 || row.row > header.totals.rows {
                return Err(Failure::Field(
                    "rows.rows.row",
                    "not the next number of the rows that the header declares; nothing is recorded",
                ));
            }
            self.totals.rows = row.row;
            let count = match row.severity() {
                Severity::Felony => &mut self.totals.felonies,
                Severity::Misdemeanor => &mut self.totals.misdemeanors,
                Severity::Infraction => &mut self.totals.infractions,
                // A severity that there is not is said when the row is read.
                Severity::Unknown | Severity::Unspecified => &mut self.totals.unknown,
            };
            *count += 1;
            let bytes = row.encoded_len() + prost::length_delimiter_len(row.encoded_len());
            if self.rows.len() + bytes > gate.limits().batch_bytes as usize {
                return Err(Failure::Field(
                    "rows",
                    "more bytes than limits.batch_bytes; nothing is recorded, send several batches",
                ));
            }
            self.rows.reserve(bytes);
            let mut end = (&mut self.rows).limit(bytes);
            // There is room for exactly these bytes.
            row.encode_length_delimited(&mut end)
                .map_err(|_cause| Failure::Panicked)?;
        }
        Ok(())
    }
}

/// Whether header, rows and trailer agree.
fn agree(
    header: &ManifestHeader,
    held: &Held,
    digest: &[u8; 32],
    trailer: ControlTotals,
) -> Result<(), Failure> {
    let wrong = |field, why| Err(Failure::Field(field, why));
    if header.totals != held.totals {
        return wrong(
            "header.totals",
            "not those of the rows that came; nothing is recorded, look for what is missing",
        );
    }
    if trailer != header.totals {
        return wrong("trailer.totals", "not the header's; nothing is recorded");
    }
    if *digest != header.file_digest {
        return wrong(
            "trailer.file_digest",
            "not the header's: the file changed while it was sent; nothing is recorded",
        );
    }
    Ok(())
}
