//! What callers hand to the writer, and what they get back.

use std::fmt;

use caseledger_domain::{OrgId, vocabulary::Role};
use caseledger_proto::Submission;

use crate::{error::SubmitError, receipt::Receipt};

/// Who posts: already authenticated. What it may post is judged by the rules of the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poster {
    /// The organisation.
    pub org: OrgId,
    /// The role in which it acts.
    pub role: Role,
}

/// The answer to a submission that is in the ledger.
#[derive(Debug)]
pub struct Ack {
    /// One receipt for each entry of the submission, in order.
    pub receipts: Vec<Receipt>,
    /// Whether it was recorded before, under the same message id with the same content. The
    /// receipts are those of the first time.
    pub duplicate: bool,
}

/// The answer to a submission.
pub type Outcome = Result<Ack, SubmitError>;

/// Where the outcomes of a job go: one for each submission, in order. Called once, on the writer's
/// thread, so it must be quick and must not block.
pub type Reply = Box<dyn FnOnce(Vec<Outcome>) + Send>;

/// Submissions of one poster. Each is atomic by itself; together they are only a batch.
pub struct Job {
    /// Who posts.
    pub poster: Poster,
    /// What, in order.
    pub submissions: Vec<Submission>,
    /// Where the outcomes go.
    pub reply: Reply,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("poster", &self.poster)
            .field("submissions", &self.submissions.len())
            .finish_non_exhaustive()
    }
}

/// A reply that is owed. Whatever happens to the writer, the caller is told: dropped, it answers
/// every submission with [`SubmitError::Stopped`].
pub(crate) struct Owed {
    reply: Option<Reply>,
    submissions: usize,
}

impl Owed {
    pub(crate) fn new(reply: Reply, submissions: usize) -> Self {
        Self {
            reply: Some(reply),
            submissions,
        }
    }

    pub(crate) fn send(mut self, outcomes: Vec<Outcome>) {
        if let Some(reply) = self.reply.take() {
            reply(outcomes);
        }
    }

    /// The reply is not owed any more: the job was not taken.
    pub(crate) fn forget(mut self) {
        self.reply = None;
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if let Some(reply) = self.reply.take() {
            reply(
                (0..self.submissions)
                    .map(|_| Err(SubmitError::Stopped))
                    .collect(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_reply_that_nobody_sends_says_stopped() {
        let (sender, receiver) = mpsc::channel();
        drop(Owed::new(
            Box::new(move |outcomes| sender.send(outcomes).unwrap()),
            2,
        ));
        let outcomes = receiver.recv().unwrap();
        assert!(matches!(
            outcomes[..],
            [Err(SubmitError::Stopped), Err(SubmitError::Stopped)]
        ));
    }
}
