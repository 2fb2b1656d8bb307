//! Many submissions in flight on one stream.

use std::collections::VecDeque;

use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::submission_result::Result as SubmissionResult;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::client::{Accepted, Client};
use crate::error::ClientError;
use crate::receipt::Disbelief;

/// Sends batches of submissions and yields their answers in the order of the batches, with a
/// bounded number of batches in flight.
///
/// When the connection breaks, it connects anew and sends again what is not answered, under the
/// same message ids: what had been recorded comes back as a duplicate with its original receipts.
#[derive(Debug)]
pub struct Submitter {
    client: Client,
    window: usize,
    /// Sent or to be sent, oldest first. Their correlations follow each other.
    unanswered: VecDeque<Batch>,
    next_correlation: u64,
    stream: Option<Stream>,
}

#[derive(Debug)]
struct Batch {
    correlation: u64,
    submissions: Vec<v1::Submission>,
}

#[derive(Debug)]
struct Stream {
    requests: mpsc::Sender<v1::SubmitStreamRequest>,
    answers: Streaming<v1::SubmitStreamResponse>,
    /// How many of the unanswered batches were sent on this stream.
    sent: usize,
}

/// What became of one batch.
#[derive(Debug)]
pub struct Answer {
    /// Number of the batch, from 0 in the order of [`Submitter::push`].
    pub batch: u64,
    /// One result per submission, in order. A refusal of one does not touch the others.
    pub results: Vec<Result<Accepted, ClientError>>,
}

impl Submitter {
    pub(crate) fn new(client: Client, window: usize) -> Self {
        Self {
            client,
            window: window.max(1),
            unanswered: VecDeque::new(),
            next_correlation: 0,
            stream: None,
        }
    }

    /// Batches that are not answered.
    pub fn in_flight(&self) -> usize {
        self.unanswered.len()
    }

    /// Sends a batch of 1 to 1000 submissions. While the window is full it first waits for the
    /// oldest answer and gives it back.
    ///
    /// # Errors
    /// [`ClientError`] if the stream breaks and cannot be taken up again. Nothing is lost: call
    /// [`Self::next`] to try again with what is not answered.
    pub async fn push(
        &mut self,
        submissions: Vec<v1::Submission>,
    ) -> Result<Option<Answer>, ClientError> {
        let mut signed = Vec::with_capacity(submissions.len());
        for submission in submissions {
            signed.push(self.client.signed(submission).await?);
        }
        let submissions = signed;
        let full = self.unanswered.len() >= self.window;
        let answer = if full { self.next().await? } else { None };
        let correlation = self.next_correlation;
        self.next_correlation += 1;
        self.unanswered.push_back(Batch {
            correlation,
            submissions,
        });
        match &mut self.stream {
            // A stream that is gone is noticed when its answers are read.
            Some(stream) => drop(stream.send(&self.unanswered)),
            // A server that cannot be reached is tried again when answers are read.
            none => {
                let opened = Stream::open(&self.client, &self.unanswered, self.window).await;
                *none = opened.ok();
            }
        }
        Ok(answer)
    }

    /// The next answer, of the oldest batch; none if every batch is answered.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub async fn next(&mut self) -> Result<Option<Answer>, ClientError> {
        let policy = self.client.policy;
        let mut tried = 0;
        while !self.unanswered.is_empty() {
            let begun = Instant::now();
            let error = match timeout(policy.deadline, self.read()).await {
                Ok(Ok(answer)) => return self.take(answer).await.map(Some),
                Ok(Err(error)) => error,
                Err(_elapsed) => ClientError::Deadline,
            };
            self.stream = None;
            // A stream that worked for a while is not held against the next one.
            tried = if begun.elapsed() > policy.pause_max {
                1
            } else {
                tried + 1
            };
            if tried >= policy.attempts || !error.is_transient() {
                return Err(error);
            }
            sleep(policy.pause_before(tried, &error)).await;
        }
        Ok(None)
    }

    /// Reads one message, on a new stream if there is none.
    async fn read(&mut self) -> Result<v1::SubmitStreamResponse, ClientError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(Stream::open(&self.client, &self.unanswered, self.window).await?),
        };
        stream.answers.message().await?.ok_or(ClientError::Ended)
    }

    /// Verifies an answer and settles its batch.
    async fn take(&mut self, answer: v1::SubmitStreamResponse) -> Result<Answer, ClientError> {
        let batch = self
            .unanswered
            .pop_front()
            .ok_or(Disbelief::Missing("request"))?;
        if let Some(stream) = &mut self.stream {
            stream.sent = stream.sent.saturating_sub(1);
        }
        if answer.correlation != batch.correlation {
            let (expected, found) = (
                batch.correlation.to_string(),
                answer.correlation.to_string(),
            );
            return Err(Disbelief::Other {
                field: "correlation",
                expected,
                found,
            }
            .into());
        }
        if answer.results.len() != batch.submissions.len() {
            return Err(Disbelief::Missing("result for each submission").into());
        }
        let results = batch
            .submissions
            .iter()
            .zip(answer.results)
            .map(|(submission, result)| {
                match result.result.ok_or(Disbelief::Missing("result"))? {
                    SubmissionResult::Accepted(reply) => {
                        Ok(self.client.believe(submission, reply)?)
                    }
                    SubmissionResult::Refused(refusal) => Err(ClientError::from(refusal)),
                }
            });
        let results = results.collect();
        if self.client.trust.is_due() {
            self.client.prove().await?;
        }
        Ok(Answer {
            batch: batch.correlation,
            results,
        })
    }
}

impl Stream {
    /// A new stream, with everything that is not answered on its way.
    async fn open(
        client: &Client,
        unanswered: &VecDeque<Batch>,
        window: usize,
    ) -> Result<Self, ClientError> {
        let (requests, receiver) = mpsc::channel(window);
        let request = client.request(ReceiverStream::new(receiver), None);
        let answers = client.commands().submit_stream(request).await?.into_inner();
        let mut stream = Self {
            requests,
            answers,
            sent: 0,
        };
        stream.send(unanswered)?;
        Ok(stream)
    }

    fn send(&mut self, unanswered: &VecDeque<Batch>) -> Result<(), ClientError> {
        for batch in unanswered.iter().skip(self.sent) {
            self.requests
                .try_send(batch.request())
                .map_err(|_cause| ClientError::Ended)?;
            self.sent += 1;
        }
        Ok(())
    }
}

impl Batch {
    fn request(&self) -> v1::SubmitStreamRequest {
        v1::SubmitStreamRequest {
            correlation: self.correlation,
            submissions: self.submissions.clone(),
        }
    }
}
