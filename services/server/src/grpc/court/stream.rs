//! `PostFilingConfirmations`: many messages in flight, handed to the writer and answered in their
//! order. A place is taken for each message when its request is read and given back with its
//! answer; without a place nothing is read, and HTTP/2 flow control holds the court back.

use std::pin::{Pin, pin};
use std::sync::Arc;

use caseledger_proto::convert;
use caseledger_proto::pb::v1;
use futures::{Stream, stream};
use tokio::sync::{Semaphore, mpsc};
use tonic::{Status, Streaming};

use super::{answer, post};
use crate::call::Call;
use crate::gate::Gate;
use crate::identity::Caller;
use crate::status::{Failure, found_by_transport};

/// Requests that are with the writer or being answered.
pub(super) const ANSWERS_AHEAD: usize = 1_024;

/// An answer that is on its way.
pub(super) type Coming<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// Answers in the order in which they were promised.
pub(super) fn in_order<T: Send + 'static>(
    receiver: mpsc::Receiver<Result<Coming<T>, Status>>,
) -> impl Stream<Item = Result<T, Status>> + Send {
    stream::unfold(receiver, |mut receiver| async move {
        let answer = match receiver.recv().await? {
            Ok(coming) => coming.await.map_err(Status::from),
            Err(end) => Err(end),
        };
        Some((answer, receiver))
    })
}

/// Opens a stream.
pub(super) fn open(
    gate: Gate,
    caller: Caller,
    requests: Streaming<v1::PostFilingConfirmationsRequest>,
) -> impl Stream<Item = Result<v1::PostFilingConfirmationsResponse, Status>> + Send {
    let (sender, receiver) = mpsc::channel(ANSWERS_AHEAD);
    // The task ends with the stream: without a receiver it cannot send.
    let call = Call::current();
    tokio::spawn(async move {
        let driving = drive(&gate, &caller, requests, &sender);
        if let Err(end) = Call::run(call, driving).await {
            // The court may have gone: then nobody wants to know.
            let _gone = sender.send(Err(end)).await;
        }
    });
    in_order(receiver)
}

async fn drive(
    gate: &Gate,
    caller: &Caller,
    mut requests: Streaming<v1::PostFilingConfirmationsRequest>,
    answers: &mpsc::Sender<Result<Coming<v1::PostFilingConfirmationsResponse>, Status>>,
) -> Result<(), Status> {
    let most = gate.limits().stream_submissions;
    let places = Arc::new(Semaphore::new(most as usize));
    let mut drained = pin!(gate.monitor().drained());
    loop {
        let request = tokio::select! {
            biased;
            () = &mut drained => return Err(Failure::Draining.into()),
            () = answers.closed() => return Ok(()),
            request = requests.message() => request,
        };
        // Who calls is asked again: a certificate, token or role may have been taken back since.
        let principal = gate.acting(caller, None)?;
        let ended = |status| post::ended(gate, principal, status);
        let request = request.map_err(|status| found_by_transport(status, gate.limits()));
        let Some(request) = request.map_err(ended)? else {
            return Ok(());
        };
        let counted = convert::confirmation_count(&request).map_err(Failure::from);
        counted.map_err(|failure| ended(failure.into()))?;
        let v1::PostFilingConfirmationsRequest {
            correlation,
            confirmations,
        } = request;
        let wanted = u32::try_from(confirmations.len()).unwrap_or(most).min(most);
        let place = tokio::select! {
            biased;
            place = Arc::clone(&places).acquire_many_owned(wanted) => place,
            () = answers.closed() => return Ok(()),
        };
        // The semaphore lives as long as this function and is never closed.
        let Ok(place) = place else { return Ok(()) };
        let messages = confirmations
            .iter()
            .map(|wire| post::read(gate, principal, wire));
        let posted = post::when_free(gate, principal, messages.collect()).await?;
        let gate = gate.clone();
        let coming: Coming<_> = Box::pin(async move {
            let outcomes = posted.results().await?;
            let result = |outcome| answer::among_others(&gate, outcome);
            let results = outcomes.into_iter().map(result).collect();
            drop(place);
            Ok(v1::PostFilingConfirmationsResponse {
                correlation,
                results,
            })
        });
        if answers.send(Ok(coming)).await.is_err() {
            return Ok(());
        }
    }
}
