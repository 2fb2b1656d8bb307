//! `SubmitStream`: many submissions in flight, answered in the order of their requests.
//!
//! ```text
//! read -> parse (several requests at once) -> writer, in order -> answer (several at once) -> send, in order
//! ```
//!
//! A place is taken for each submission when its request is read and given back when its answer
//! is sent; without a place nothing is read, and HTTP/2 flow control holds the caller back. The
//! order of requests is kept on the way to the writer, so a caller may send what builds on what
//! it sent before without waiting for the answer.

use std::pin::{Pin, pin};
use std::sync::Arc;

use caseledger_engine::Submission;
use caseledger_proto::pb::v1;
use caseledger_proto::{Reason, convert};
use futures::future::Either;
use futures::stream::{self, FuturesOrdered};
use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tonic::{Status, Streaming};

use super::command;
use crate::call::Call;
use crate::gate::{Gate, Pending};
use crate::identity::Caller;
use crate::status::{Failure, found_by_transport};

/// Requests that are parsed at once, ahead of the writer.
const PARSED_AHEAD: usize = 8;

/// Requests that are with the writer or being answered.
const ANSWERS_AHEAD: usize = 1_024;

/// Requests up to this size are parsed and answered on the stream's own tasks: handing such a
/// piece of work to another one costs more than doing it.
const SMALL: usize = 16;

/// A request, parsed: what goes to the writer, and what does not.
struct Parsed {
    correlation: u64,
    place: OwnedSemaphorePermit,
    submissions: Vec<Submission>,
    /// One per submission of the request; none stands for the next of `submissions`.
    failed: Vec<Option<Failure>>,
}

/// An answer that is on its way. Its place is given back when it is there.
type Coming = Pin<Box<dyn Future<Output = Result<v1::SubmitStreamResponse, Failure>> + Send>>;

/// Opens a stream.
pub(super) fn open(
    gate: Gate,
    caller: Caller,
    requests: Streaming<v1::SubmitStreamRequest>,
) -> impl Stream<Item = Result<v1::SubmitStreamResponse, Status>> + Send {
    let (sender, receiver) = mpsc::channel(ANSWERS_AHEAD);
    // The task ends with the stream: without a receiver it cannot send.
    let call = Call::current();
    tokio::spawn(async move {
        let driving = drive(&gate, &caller, requests, &sender);
        let end = Call::run(call, driving).await;
        if let Err(end) = end {
            // The caller may have gone: then nobody wants to know.
            let _gone = sender.send(Err(end)).await;
        }
    });
    stream::unfold(
        receiver,
        |mut receiver: mpsc::Receiver<Result<Coming, Status>>| async move {
            let answer = match receiver.recv().await? {
                Ok(coming) => coming.await.map_err(Status::from),
                Err(end) => Err(end),
            };
            Some((answer, receiver))
        },
    )
}

/// Reads until the caller has said everything, and hands it over.
async fn drive(
    gate: &Gate,
    caller: &Caller,
    mut requests: Streaming<v1::SubmitStreamRequest>,
    answers: &mpsc::Sender<Result<Coming, Status>>,
) -> Result<(), Status> {
    let most = gate.limits().stream_submissions;
    let places = Arc::new(Semaphore::new(most as usize));
    let mut parsing = FuturesOrdered::new();
    let mut read = None;
    let mut ended = false;
    let mut drained = pin!(gate.monitor().drained());
    while !(ended && read.is_none() && parsing.is_empty()) {
        let wanted = read.as_ref().map_or(1, |request| places_for(request, most));
        tokio::select! {
            biased;
            Some(parsed) = parsing.next(), if !parsing.is_empty() => {
                hand_over(gate, caller, parsed?, answers).await?;
            }
            place = Arc::clone(&places).acquire_many_owned(wanted), if read.is_some() => {
                // The semaphore lives as long as this function and is never closed.
                let (Some(request), Ok(place)) = (read.take(), place) else { continue };
                if small(&request) && parsing.is_empty() {
                    hand_over(gate, caller, parse(gate, caller, request, place), answers).await?;
                } else {
                    let gate = gate.clone();
                    let caller = caller.clone();
                    let parsed = async move { parse(&gate, &caller, request, place) };
                    let task = tokio::spawn(Call::run(Call::current(), parsed));
                    parsing.push_back(task.map(|parsed| parsed.map_err(|_cause| Failure::Panicked)));
                }
            }
            () = &mut drained, if !ended => ended = true,
            () = answers.closed() => return Ok(()),
            request = requests.message(), if !ended && read.is_none() && parsing.len() < PARSED_AHEAD => {
                let request = request.map_err(|status| {
                    let status = found_by_transport(status, gate.limits());
                    gate.note_status(Call::current().as_deref(), caller.known(), &status);
                    status
                })?;
                match request.map(checked).transpose() {
                    Ok(Some(request)) => read = Some(request),
                    Ok(None) => ended = true,
                    Err(failure) => {
                        let status = Status::from(failure);
                        gate.note_status(Call::current().as_deref(), caller.known(), &status);
                        return Err(status);
                    }
                }
            }
        }
    }
    if gate.monitor().is_draining() {
        Err(Failure::Draining.into())
    } else {
        Ok(())
    }
}

/// A request without any or with too many submissions has no answer, so it ends the stream.
fn checked(request: v1::SubmitStreamRequest) -> Result<v1::SubmitStreamRequest, Failure> {
    convert::submission_count(&request)?;
    Ok(request)
}

fn small(request: &v1::SubmitStreamRequest) -> bool {
    request.submissions.len() <= SMALL
}

/// One per submission; a request that is larger than the whole window takes the whole window.
fn places_for(request: &v1::SubmitStreamRequest, most: u32) -> u32 {
    u32::try_from(request.submissions.len())
        .unwrap_or(most)
        .min(most)
}

fn parse(
    gate: &Gate,
    caller: &Caller,
    request: v1::SubmitStreamRequest,
    place: OwnedSemaphorePermit,
) -> Parsed {
    let v1::SubmitStreamRequest {
        correlation,
        submissions: requested,
    } = request;
    let principal = caller.principal().ok();
    let mut submissions = Vec::with_capacity(requested.len());
    let mut failed = Vec::with_capacity(requested.len());
    for submission in requested {
        let (sent, read) = convert::named_submission(submission, gate.pseudonyms());
        match read {
            Ok(mut submission) => {
                if let Some(principal) = principal {
                    gate.verify(principal, &mut submission);
                }
                submissions.push(submission);
                failed.push(None);
            }
            Err(malformed) => {
                let call = Call::current();
                let reason = Reason::MalformedField.code();
                gate.refused()
                    .note(call.as_deref(), caller.known(), Some(sent), reason);
                failed.push(Some(malformed.into()));
            }
        }
    }
    Parsed {
        correlation,
        place,
        submissions,
        failed,
    }
}

/// Gives a parsed request to the writer, waiting while it has too much to do, and the answer that
/// will come to the caller.
async fn hand_over(
    gate: &Gate,
    caller: &Caller,
    parsed: Parsed,
    answers: &mpsc::Sender<Result<Coming, Status>>,
) -> Result<(), Status> {
    let Parsed {
        correlation,
        place,
        submissions,
        failed,
    } = parsed;
    // A stream may be open for longer than a token or a role is in force.
    let principal = gate.acting(caller, submissions.iter().map(convert::Sent::from))?;
    let small = failed.len() <= SMALL;
    let pending = if submissions.is_empty() {
        None
    } else {
        Some(gate.submit_when_free(principal, submissions).await?)
    };
    let answer = async move {
        let results = answer(pending, failed).await?;
        drop(place);
        Ok(v1::SubmitStreamResponse {
            correlation,
            results,
        })
    };
    let coming = if small {
        Either::Left(answer)
    } else {
        // Proofs are rendered while others wait for the disk.
        Either::Right(tokio::spawn(answer).map(|done| done.unwrap_or(Err(Failure::Panicked))))
    };
    // Without a receiver the caller has gone, and `drive` notices.
    let _gone = answers.send(Ok(Box::pin(coming))).await;
    Ok(())
}

async fn answer(
    pending: Option<Pending>,
    failed: Vec<Option<Failure>>,
) -> Result<Vec<v1::SubmissionResult>, Failure> {
    let outcomes = match pending {
        Some(pending) => pending.outcomes().await?,
        None => Vec::new(),
    };
    let mut outcomes = outcomes.into_iter();
    let results = failed.into_iter().map(|failed| {
        command::result(match failed {
            Some(failure) => Err(failure),
            None => outcomes
                .next()
                .ok_or(Failure::OutcomeUnknown)
                .and_then(command::acknowledge),
        })
    });
    Ok(results.collect())
}
