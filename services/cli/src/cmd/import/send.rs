//! Sends the cases of a list: one thread reads the file, the other side sends and verifies.

use std::collections::VecDeque;
use std::path::Path;

use caseledger_client::pb::event::v1::{FactKind, Flag};
use caseledger_client::pb::v1::Submission;
use caseledger_client::{Accepted, Answer, Client, ClientError};
use caseledger_domain::ControlTotals;
use caseledger_domain::vocabulary::Severity;
use indicatif::ProgressBar;
use tokio::sync::mpsc;

use super::errors::Errors;
use super::post::List;
use super::{ImportFailure, other_options, read_failure};
use crate::exit::{Exit, Failure};
use crate::import::plan::count_severity;
use crate::import::{ImportSummary, ImportedCase, Options, RowError, Sinks};
use crate::progress;

/// Cases in one message of the stream.
const BATCH: usize = 200;

/// Messages that are sent ahead of their answers.
const WINDOW: usize = 16;

/// Batches that are read ahead.
const READ_AHEAD: usize = 8;

/// What was sent and what became of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    /// Cases that this import added.
    pub(super) added: u64,
    /// Cases that were known from another list and now stand on this one, too.
    pub(super) sighted: u64,
    /// Of these, cases whose private parts were destroyed: they stay sealed, and nothing of the row is kept.
    pub(super) already_sealed: u64,
    /// Cases that an earlier run had recorded.
    pub(super) recorded_before: u64,
    /// Receipts verified.
    pub(super) receipts: u64,
    /// Cases recorded, now or before, by severity.
    pub(super) received: ControlTotals,
    /// SHA-256 of the file as it was sent.
    pub(super) file_digest: [u8; 32],
}

/// Some cases on their way.
#[derive(Debug, Default)]
struct Batch {
    cases: Vec<(u32, Severity)>,
    submissions: Vec<Submission>,
}

/// Reads a list with a bar.
///
/// # Errors
/// [`Failure`] of the file or of a sink.
pub(super) fn read(
    path: &Path,
    options: &Options,
    what: &'static str,
    case: &mut dyn FnMut(ImportedCase) -> Result<(), Failure>,
    error: &mut dyn FnMut(RowError) -> Result<(), Failure>,
) -> Result<ImportSummary, Failure> {
    let bar = progress::bytes(0).with_message(what);
    let mut tell = |progress: crate::import::Progress| {
        // Two passes over the same file.
        bar.set_length(progress.bytes_total * 2);
        let before = match progress.pass {
            crate::import::Pass::Check => 0,
            crate::import::Pass::Import => progress.bytes_total,
        };
        bar.set_position(before + progress.bytes);
    };
    let mut sinks = Sinks {
        case,
        error,
        progress: &mut tell,
    };
    let summary = crate::import::read(path, options, &mut sinks);
    bar.finish_and_clear();
    summary.map_err(|error| read_failure(path, error))
}

/// Sends every case of a list and waits for every answer.
///
/// # Errors
/// [`Failure`] if the connection breaks for good or an answer is not believed. Run again, it goes
/// on where it was.
pub(super) async fn cases(
    client: &Client,
    list: &List,
    path: &Path,
    options: Options,
    total: u64,
    errors: &mut Errors,
) -> Result<Sent, Failure> {
    let (batches, mut read_ahead) = mpsc::channel::<Batch>(READ_AHEAD);
    let reader = {
        let (list, path) = (*list, path.to_owned());
        tokio::task::spawn_blocking(move || read_batches(&list, &path, &options, &batches))
    };
    let bar = progress::bar(total, "cases").with_message("importing");
    let mut sending = Sending {
        sent: Sent::default(),
        on_the_way: VecDeque::new(),
        errors,
        bar,
    };
    let mut submitter = client.submitter(WINDOW);
    while let Some(Batch { cases, submissions }) = read_ahead.recv().await {
        sending.on_the_way.push_back(cases);
        if let Some(answer) = submitter.push(submissions).await? {
            sending.settle(answer)?;
        }
    }
    while let Some(answer) = submitter.next().await? {
        sending.settle(answer)?;
    }
    let summary = reader.await??;
    sending.bar.finish_and_clear();
    Ok(Sent {
        file_digest: summary.file_digest,
        ..sending.sent
    })
}

fn read_batches(
    list: &List,
    path: &Path,
    options: &Options,
    batches: &mpsc::Sender<Batch>,
) -> Result<ImportSummary, Failure> {
    let mut batch = Batch::default();
    let send = |batch: &mut Batch| {
        let full = std::mem::take(batch);
        // The other side has gone only after a failure of its own, which is the one to report.
        batches
            .blocking_send(full)
            .ok()
            .ok_or_else(|| Failure::new(Exit::Refused, ImportFailure::Ended))
    };
    let mut take = |case: ImportedCase| {
        batch.cases.push((case.row(), case.severity()));
        batch.submissions.push(list.identified(&case));
        if batch.cases.len() == BATCH {
            send(&mut batch)
        } else {
            Ok(())
        }
    };
    // What is wrong with the rows stands in the errors file since the check.
    let summary = read(path, options, "reading", &mut take, &mut |_known| Ok(()))?;
    if !batch.cases.is_empty() {
        send(&mut batch)?;
    }
    Ok(summary)
}

struct Sending<'a> {
    sent: Sent,
    /// The batches that are not answered, oldest first.
    on_the_way: VecDeque<Vec<(u32, Severity)>>,
    errors: &'a mut Errors,
    bar: ProgressBar,
}

impl Sending<'_> {
    fn settle(&mut self, answer: Answer) -> Result<(), Failure> {
        let cases = self.on_the_way.pop_front().unwrap_or_default();
        self.bar.inc(cases.len() as u64);
        for ((line, severity), result) in cases.into_iter().zip(answer.results) {
            match result {
                Ok(accepted) => {
                    count_severity(&mut self.sent.received, severity);
                    self.sent.count(&accepted);
                }
                Err(error) => self.refuse(line, error)?,
            }
        }
        Ok(())
    }

    /// A rule that refuses a case refuses that case; whatever else fails ends the import, which
    /// can be run again.
    fn refuse(&mut self, line: u32, error: ClientError) -> Result<(), Failure> {
        use caseledger_proto::reason::Reason;

        match error.refusal() {
            Some(refusal)
                if matches!(
                    refusal.reason,
                    Some(Reason::Rule(_) | Reason::MalformedField)
                ) =>
            {
                self.errors
                    .case(line, &refusal.reason_code, &refusal.message);
                Ok(())
            }
            Some(_) | None => Err(other_options(error, line)),
        }
    }
}

impl Sent {
    fn count(&mut self, accepted: &Accepted) {
        self.receipts += accepted.receipts.len() as u64;
        let first = accepted
            .receipts
            .first()
            .map(|receipt| i32::from(receipt.header().body_type));
        let added = first == Some(FactKind::CaseIdentified.into());
        let counter = match (accepted.duplicate, added) {
            (true, _) => &mut self.recorded_before,
            (false, true) => &mut self.added,
            (false, false) => &mut self.sighted,
        };
        *counter += 1;
        let sealed = |receipt: &caseledger_client::Receipt| {
            let flags = &receipt.message().flags;
            flags.contains(&Flag::SealedAlready.into())
        };
        self.already_sealed += u64::from(accepted.receipts.iter().any(sealed));
    }
}
