//! What a court's system says to a ledger, one message or a batch, and what it may believe of the
//! answers.
//!
//! A message is read here by the same code as by the server, so that every receipt can be checked
//! against what was said. What the server adds is how it read codes that are no words of the
//! ledger, which it has to tell, and the message id, which only the server can make.

use std::collections::VecDeque;

use caseledger_proto::convert::{self, Codes};
use caseledger_proto::pb::event::v1::{ControlTotals, Severity};
use caseledger_proto::pb::v1::court_service_client::CourtServiceClient;
use caseledger_proto::pb::v1::post_manifest_request::Part;
use caseledger_proto::pb::v1::post_manifest_response::Part as Answered;
use caseledger_proto::pb::v1::{self, ConfirmationStatus, MessageReceipt};
use caseledger_proto::reason::Reason;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Streaming};

use crate::client::{Client, REPLY_BYTES_MAX};
use crate::error::{ClientError, Refusal, Violation};
use crate::follow::Follow;
use crate::receipt::{Disbelief, Receipt};
use crate::recorded;

/// Rows of a batch in one request.
const ROWS_AT_ONCE: usize = 500;

/// Requests of a batch that are made ahead of being sent.
const REQUESTS_AHEAD: usize = 4;

/// What became of a court's message.
#[derive(Debug)]
pub struct Confirmed {
    /// In the ledger's words.
    pub status: ConfirmationStatus,
    /// In the words of a message receipt.
    pub message_receipt: MessageReceipt,
    /// One per entry, verified; none if it was refused.
    pub receipts: Vec<Receipt>,
    /// Numbers of the flags, ascending.
    pub flags: Vec<i32>,
    /// The codes that are no words of the ledger, and how they were read.
    pub readings: Vec<v1::CodeReading>,
    /// The message id in the ledger; empty for a message that could not be read.
    pub message_id: bytes::Bytes,
    /// Why it is not recorded; only if it was refused.
    pub refusal: Option<Refusal>,
}

/// A batch on its way: what became of its rows, in order.
#[derive(Debug)]
pub struct Posting {
    client: Client,
    answers: Streaming<v1::PostManifestResponse>,
    header: v1::ManifestHeader,
    /// The rows that are not answered.
    unanswered: VecDeque<v1::ManifestRow>,
}

/// News of a batch.
#[derive(Debug)]
pub enum BatchNews {
    /// What became of some rows, by their numbers.
    Rows(Vec<(u32, Confirmed)>),
    /// What all of them came to; nothing follows.
    Summary(v1::ManifestSummary),
}

/// The control totals of some rows.
pub fn manifest_totals(rows: &[v1::ManifestRow]) -> ControlTotals {
    let mut totals = ControlTotals::default();
    for row in rows {
        totals.rows += 1;
        let count = match row.severity() {
            Severity::Felony => &mut totals.felonies,
            Severity::Misdemeanor => &mut totals.misdemeanors,
            Severity::Infraction => &mut totals.infractions,
            Severity::Unknown | Severity::Unspecified => &mut totals.unknown,
        };
        *count += 1;
    }
    totals
}

impl Client {
    /// Records one message of a court, and verifies what was recorded. It is safe to call again
    /// with the same message after any error.
    ///
    /// # Errors
    /// [`ClientError::Refused`] where the same message may be recorded later, or without identity:
    /// a message that is wrong is answered. [`ClientError::Disbelief`] if a receipt does not prove
    /// what it should. [`ClientError::Unsigned`] before anything is sent if this client signs.
    pub async fn confirm(
        &self,
        confirmation: v1::FilingConfirmation,
    ) -> Result<Confirmed, ClientError> {
        self.bears_no_signature()?;
        let reply = self
            .policy
            .run(|left| {
                let request = v1::PostFilingConfirmationRequest {
                    confirmation: Some(confirmation.clone()),
                };
                let request = self.request(request, Some(left));
                let mut client = self.courts();
                async move { Ok(client.post_filing_confirmation(request).await?.into_inner()) }
            })
            .await?;
        let result = reply.result.ok_or(Disbelief::Missing("result"))?;
        let confirmed = self.believe_confirmation(&confirmation, result)?;
        if self.trust.is_due() {
            self.prove().await?;
        }
        Ok(confirmed)
    }

    /// Sends a batch: nothing of it is recorded unless header and rows agree. It is safe to send
    /// the same batch again, whole, after any error; rows keep their numbers.
    ///
    /// # Errors
    /// [`ClientError::Refused`] before anything is sent if the header's totals are not those of the
    /// rows; otherwise as [`Self::confirm`].
    pub async fn post_manifest(
        &self,
        header: v1::ManifestHeader,
        rows: Vec<v1::ManifestRow>,
    ) -> Result<Posting, ClientError> {
        self.bears_no_signature()?;
        let totals = manifest_totals(&rows);
        if header.totals != Some(totals) {
            return Err(other_totals());
        }
        let (requests, receiver) = mpsc::channel(REQUESTS_AHEAD);
        let trailer = v1::ManifestTrailer {
            file_digest: header.file_digest.clone(),
            totals: Some(totals),
        };
        let parts = parts(header.clone(), rows.clone(), trailer);
        tokio::spawn(async move {
            for part in parts {
                let request = v1::PostManifestRequest { part: Some(part) };
                // Without a receiver the call is over, and its end says why.
                if requests.send(request).await.is_err() {
                    return;
                }
            }
        });
        let request = self.request(ReceiverStream::new(receiver), None);
        let answers = self.courts().post_manifest(request).await?.into_inner();
        Ok(Posting {
            client: self.clone(),
            answers,
            header,
            unanswered: rows.into(),
        })
    }

    /// Which rows of a batch of this principal are recorded.
    ///
    /// # Errors
    /// [`ClientError`], after as many attempts as the policy allows.
    pub async fn manifest_status(
        &self,
        request: v1::GetManifestStatusRequest,
    ) -> Result<v1::GetManifestStatusResponse, ClientError> {
        self.policy
            .run(|left| {
                let request = self.request(request.clone(), Some(left));
                let mut client = self.courts();
                async move { Ok(client.get_manifest_status(request).await?.into_inner()) }
            })
            .await
    }

    /// What is open at a court.
    ///
    /// # Errors
    /// [`ClientError`] if the stream cannot be opened.
    pub async fn list_worklist(
        &self,
        request: v1::ListWorklistRequest,
    ) -> Result<Follow<v1::ListWorklistResponse>, ClientError> {
        self.policy
            .run(|_left| {
                let request = self.request(request.clone(), None);
                let mut client = self.courts();
                async move {
                    Ok(Follow::new(
                        client.list_worklist(request).await?.into_inner(),
                    ))
                }
            })
            .await
    }

    /// Compares where a court has its cases with where the ledger has them; one answer for each
    /// request.
    ///
    /// # Errors
    /// [`ClientError`] if the stream cannot be opened.
    pub async fn reconcile(
        &self,
        requests: Vec<v1::ReconcileRequest>,
    ) -> Result<Follow<v1::ReconcileResponse>, ClientError> {
        let requests = self.request(tokio_stream::iter(requests), None);
        let answers = self.courts().reconcile(requests).await?;
        Ok(Follow::new(answers.into_inner()))
    }

    fn courts(&self) -> CourtServiceClient<Channel> {
        CourtServiceClient::new(self.channel.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    /// Verifies the answer to a message. What its source calls it does not matter here.
    fn believe_confirmation(
        &self,
        confirmation: &v1::FilingConfirmation,
        result: v1::ConfirmationResult,
    ) -> Result<Confirmed, Disbelief> {
        let (status, message_receipt) = (result.status(), result.message_receipt());
        let v1::ConfirmationResult {
            receipts,
            flags,
            readings,
            message_id,
            refusal,
            ..
        } = result;
        let (receipts, refusal) = if status == ConfirmationStatus::Refused {
            let refusal = refusal.ok_or(Disbelief::Missing("refusal"))?;
            (Vec::new(), Some(Refusal::from(refusal)))
        } else {
            let codes = Codes::of_readings(&confirmation.source_system, &readings);
            let codes = codes.map_err(|_cause| Disbelief::Missing("reading of a code"))?;
            let read = convert::court_submission(confirmation, &codes);
            // What is recorded of a message that says nothing is not what it said.
            let read = read.map_err(|_cause| Disbelief::Missing("refusal"))?;
            let submission = v1::Submission {
                message_id: message_id.clone(),
                ..read.submission
            };
            let receipts = recorded::submission(&submission, self.org(), receipts, &self.trust)?;
            (receipts, None)
        };
        Ok(Confirmed {
            status,
            message_receipt,
            receipts,
            flags,
            readings,
            message_id,
            refusal,
        })
    }
}

/// Header, rows and trailer, as they are sent.
fn parts(
    header: v1::ManifestHeader,
    mut rows: Vec<v1::ManifestRow>,
    trailer: v1::ManifestTrailer,
) -> impl Iterator<Item = Part> + Send {
    let chunks = std::iter::from_fn(move || {
        let rest = rows.split_off(rows.len().min(ROWS_AT_ONCE));
        let chunk = std::mem::replace(&mut rows, rest);
        (!chunk.is_empty()).then_some(Part::Rows(v1::ManifestRows { rows: chunk }))
    });
    std::iter::once(Part::Header(header))
        .chain(chunks)
        .chain(std::iter::once(Part::Trailer(trailer)))
}

fn other_totals() -> ClientError {
    let description = "not those of the rows; nothing was sent, look for what is missing";
    ClientError::Refused(Box::new(Refusal {
        code: Code::InvalidArgument,
        reason: Some(Reason::MalformedField),
        reason_code: Reason::MalformedField.code().to_owned(),
        message: format!("header.totals: {description}"),
        metadata: std::collections::BTreeMap::new(),
        violations: vec![Violation {
            subject: "header.totals".to_owned(),
            description: description.to_owned(),
        }],
        retry_after: None,
    }))
}

impl Posting {
    /// The next news; none behind the summary.
    ///
    /// # Errors
    /// [`ClientError`] if the batch was refused as a whole, the stream breaks, or an answer is not
    /// believed. Rows that were answered are recorded; sending the batch again finds them.
    pub async fn next(&mut self) -> Result<Option<BatchNews>, ClientError> {
        let Some(answer) = self.answers.message().await? else {
            let over = self.unanswered.is_empty();
            return if over {
                Ok(None)
            } else {
                Err(ClientError::Ended)
            };
        };
        let news = match answer.part.ok_or(Disbelief::Missing("part"))? {
            Answered::Summary(summary) => BatchNews::Summary(summary),
            Answered::Results(results) => {
                let rows = results.results.into_iter().map(|result| self.take(result));
                BatchNews::Rows(rows.collect::<Result<_, _>>()?)
            }
        };
        if self.client.trust.is_due() {
            self.client.prove().await?;
        }
        Ok(Some(news))
    }

    fn take(&mut self, result: v1::ManifestResult) -> Result<(u32, Confirmed), Disbelief> {
        let row = self.unanswered.pop_front();
        let row = row.ok_or(Disbelief::Missing("row"))?;
        if row.row != result.row {
            let (expected, found) = (row.row.to_string(), result.row.to_string());
            return Err(Disbelief::Other {
                field: "row",
                expected,
                found,
            });
        }
        let said = row.confirmation.unwrap_or_default();
        let mut confirmation = convert::row_confirmation(&self.header, &said);
        // A row's message id follows from the batch; any other name of it will do.
        confirmation.source_message_id = result.row.to_string();
        let result = result.result.ok_or(Disbelief::Missing("result"))?;
        let confirmed = self.client.believe_confirmation(&confirmation, result)?;
        Ok((row.row, confirmed))
    }
}
