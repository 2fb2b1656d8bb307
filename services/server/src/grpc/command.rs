//! `CommandService`: parse, hand over, convert. The rules are the engine's.

use std::pin::Pin;

use bytes::Bytes;
use caseledger_chain::MessageId;
use caseledger_engine::{Ack, Outcome, Receipt, Submission};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_server::CommandService;
use caseledger_proto::pb::v1::submission_result::Result as SubmissionResult;
use caseledger_proto::{Reason, WireErrors, convert};
use futures::Stream;
use http::HeaderMap;
use tonic::{Request, Response, Status, Streaming};

use super::{principal, submit_stream};
use crate::call::Call;
use crate::gate::{Gate, Pending};
use crate::identity::{Caller, Principal};
use crate::status::Failure;

/// `caseledger.v1.CommandService`.
#[derive(Clone, Debug)]
pub(super) struct Commands(pub(super) Gate);

#[tonic::async_trait]
impl CommandService for Commands {
    async fn submit(
        &self,
        request: Request<v1::SubmitRequest>,
    ) -> Result<Response<v1::SubmitResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        let gate = &self.0;
        let headers = metadata.into_headers();
        let caller = Caller::of(&extensions).map_err(Failure::from)?;
        let (sent, read) = convert::named_request(request, gate.pseudonyms());
        let principal = gate.acting(caller, sent)?;
        let submission = noted(gate, principal, sent, read)?;
        Ok(Response::new(
            record(gate, &headers, principal, submission).await?,
        ))
    }

    type SubmitStreamStream =
        Pin<Box<dyn Stream<Item = Result<v1::SubmitStreamResponse, Status>> + Send>>;

    async fn submit_stream(
        &self,
        request: Request<Streaming<v1::SubmitStreamRequest>>,
    ) -> Result<Response<Self::SubmitStreamStream>, Status> {
        principal(request.extensions())?;
        let caller = Caller::of(request.extensions()).map_err(Failure::from)?;
        let caller = caller.clone();
        let answers = submit_stream::open(self.0.clone(), caller, request.into_inner());
        Ok(Response::new(Box::pin(answers)))
    }

    async fn get_submission_status(
        &self,
        request: Request<v1::GetSubmissionStatusRequest>,
    ) -> Result<Response<v1::GetSubmissionStatusResponse>, Status> {
        let (metadata, extensions, question) = request.into_parts();
        let headers = metadata.into_headers();
        let org = principal(&extensions)?.org;
        let message = convert::message_id(&question.message_id).map_err(Failure::from)?;
        let read = self.0.read_long(move |reader| {
            let found = reader.submission(org, MessageId::from_bytes(message))?;
            let recorded = found.value.map(|found| response(&found.receipts, false));
            Ok(v1::GetSubmissionStatusResponse {
                recorded: recorded.transpose()?,
                complete_to: found.complete_to.get(),
            })
        });
        let status = self.0.within(&headers, read).await?;
        Ok(Response::new(status))
    }
}

/// What was read; that it could not be is noted among the refused posts, under the name it sent.
pub(super) fn noted(
    gate: &Gate,
    principal: Principal,
    sent: Option<convert::Sent>,
    read: Result<Submission, WireErrors>,
) -> Result<Submission, Failure> {
    read.map_err(|malformed| {
        let call = Call::current();
        let reason = Reason::MalformedField.code();
        gate.refused()
            .note(call.as_deref(), principal.into(), sent, reason);
        Failure::from(malformed)
    })
}

/// Records one submission. From here on giving up does not take it back.
pub(super) async fn record(
    gate: &Gate,
    headers: &HeaderMap,
    principal: Principal,
    mut submission: Submission,
) -> Result<v1::SubmitResponse, Failure> {
    gate.verify(principal, &mut submission);
    let pending = gate.submit(principal, vec![submission])?;
    answered(gate, headers, pending).await
}

/// What became of one submission that the writer has.
pub(super) async fn answered(
    gate: &Gate,
    headers: &HeaderMap,
    pending: Pending,
) -> Result<v1::SubmitResponse, Failure> {
    let outcomes = match gate.within(headers, pending.outcomes()).await {
        Err(Failure::Deadline) => return Err(Failure::Unanswered),
        answered => answered?,
    };
    let outcome = outcomes.into_iter().next().ok_or(Failure::OutcomeUnknown)?;
    acknowledge(outcome)
}

/// The answer to one submission.
pub(super) fn acknowledge(outcome: Outcome) -> Result<v1::SubmitResponse, Failure> {
    let Ack {
        receipts,
        duplicate,
    } = outcome?;
    response(&receipts, duplicate)
}

/// The same as one result among others.
pub(super) fn result(outcome: Result<v1::SubmitResponse, Failure>) -> v1::SubmissionResult {
    let result = match outcome {
        Ok(accepted) => SubmissionResult::Accepted(accepted),
        Err(failure) => SubmissionResult::Refused(failure.into()),
    };
    v1::SubmissionResult {
        result: Some(result),
    }
}

fn response(receipts: &[Receipt], duplicate: bool) -> Result<v1::SubmitResponse, Failure> {
    let receipts = receipts.iter().map(receipt).collect::<Result<_, _>>()?;
    Ok(v1::SubmitResponse {
        receipts,
        duplicate,
    })
}

/// A receipt on the wire.
pub(super) fn receipt(receipt: &Receipt) -> Result<v1::Receipt, Failure> {
    Ok(v1::Receipt {
        position: receipt.position().get(),
        chain_hash: Bytes::copy_from_slice(receipt.chain_hash().as_ref()),
        entry: Bytes::copy_from_slice(receipt.entry()),
        tlog_proof: receipt.tlog_proof()?,
        stream: Some(convert::stream_ref(&receipt.stream())),
        revision: receipt.revision(),
        flags: receipt
            .flags()
            .iter()
            .map(|flag| i32::from(flag as u8))
            .collect(),
    })
}
