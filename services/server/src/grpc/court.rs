//! `CourtService`: what courts say, in their own shape. Parse, hand over, answer in their words.

use std::pin::Pin;

use caseledger_chain::MessageId;
use caseledger_proto::convert;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::court_service_server::CourtService;
use futures::Stream;
use http::Extensions;
use tonic::{Request, Response, Status, Streaming};

use super::principal;
use crate::gate::Gate;
use crate::identity::Caller;
use crate::status::Failure;

mod answer;
mod manifest;
mod post;
mod reconcile;
mod stream;
mod worklist;

/// `caseledger.v1.CourtService`.
#[derive(Clone, Debug)]
pub(super) struct Courts(pub(super) Gate);

/// Who calls, to be asked again for as long as a stream is open.
fn caller(extensions: &Extensions) -> Result<Caller, Failure> {
    Ok(Caller::of(extensions)?.clone())
}

/// Answers that come one after the other.
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl CourtService for Courts {
    async fn post_filing_confirmation(
        &self,
        request: Request<v1::PostFilingConfirmationRequest>,
    ) -> Result<Response<v1::PostFilingConfirmationResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        let headers = metadata.into_headers();
        let principal = principal(&extensions)?;
        let gate = &self.0;
        let message = match request.confirmation {
            None => {
                let missing = Failure::Field("confirmation", "missing; it has no default");
                post::taken(gate, principal, None, Err(missing))
            }
            Some(wire) => post::read(gate, principal, &wire),
        };
        let posted = async {
            // From here on giving up does not take the message back.
            let posted = post::at_once(gate, principal, vec![message])?;
            let result = posted.results().await?.into_iter().next();
            result.ok_or(Failure::OutcomeUnknown)
        };
        let outcome = match gate.within(&headers, posted).await {
            Err(Failure::Deadline) => return Err(Failure::Unanswered.into()),
            answered => answered?,
        };
        let result = answer::unary(gate, outcome)?;
        Ok(Response::new(v1::PostFilingConfirmationResponse {
            result: Some(result),
        }))
    }

    type PostFilingConfirmationsStream = Answers<v1::PostFilingConfirmationsResponse>;

    async fn post_filing_confirmations(
        &self,
        request: Request<Streaming<v1::PostFilingConfirmationsRequest>>,
    ) -> Result<Response<Self::PostFilingConfirmationsStream>, Status> {
        principal(request.extensions())?;
        let caller = caller(request.extensions())?;
        let answers = stream::open(self.0.clone(), caller, request.into_inner());
        Ok(Response::new(Box::pin(answers)))
    }

    type PostManifestStream = Answers<v1::PostManifestResponse>;

    async fn post_manifest(
        &self,
        request: Request<Streaming<v1::PostManifestRequest>>,
    ) -> Result<Response<Self::PostManifestStream>, Status> {
        principal(request.extensions())?;
        let caller = caller(request.extensions())?;
        let answers = manifest::open(self.0.clone(), caller, request.into_inner())?;
        Ok(Response::new(Box::pin(answers)))
    }

    async fn get_manifest_status(
        &self,
        request: Request<v1::GetManifestStatusRequest>,
    ) -> Result<Response<v1::GetManifestStatusResponse>, Status> {
        let (metadata, extensions, question) = request.into_parts();
        let headers = metadata.into_headers();
        let org = principal(&extensions)?.org;
        let rows =
            convert::manifest_status(&question, self.0.pseudonyms()).map_err(Failure::from)?;
        let read = self.0.read_long(move |reader| {
            let mut status = v1::GetManifestStatusResponse {
                complete_to: reader.size().get(),
                ..v1::GetManifestStatusResponse::default()
            };
            for (row, id) in rows {
                if reader
                    .position_of(org, MessageId::from_bytes(id))?
                    .is_none()
                {
                    continue;
                }
                status.recorded += 1;
                match status.runs.last_mut() {
                    Some(run) if run.last + 1 == row => run.last = row,
                    _ => status.runs.push(v1::RowRun {
                        first: row,
                        last: row,
                    }),
                }
            }
            Ok(status)
        });
        Ok(Response::new(self.0.within(&headers, read).await?))
    }

    type ListWorklistStream = Answers<v1::ListWorklistResponse>;

    async fn list_worklist(
        &self,
        request: Request<v1::ListWorklistRequest>,
    ) -> Result<Response<Self::ListWorklistStream>, Status> {
        let caller = caller(request.extensions())?;
        caller.read_cases()?;
        let rows = worklist::open(&self.0, caller, &request.into_inner())?;
        Ok(Response::new(Box::pin(rows)))
    }

    type ReconcileStream = Answers<v1::ReconcileResponse>;

    async fn reconcile(
        &self,
        request: Request<Streaming<v1::ReconcileRequest>>,
    ) -> Result<Response<Self::ReconcileStream>, Status> {
        let caller = caller(request.extensions())?;
        caller.read_cases()?;
        let answers = reconcile::open(&self.0, caller, request.into_inner())?;
        Ok(Response::new(Box::pin(answers)))
    }
}
