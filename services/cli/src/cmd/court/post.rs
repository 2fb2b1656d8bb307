//! `court post`: a file of statements, sent whole, answered row by row.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1::{self, ConfirmationStatus};
use caseledger_client::{BatchNews, Client, ClientError, Confirmed};
use clap::Args;
use serde_json::json;

use super::file::{self, Batch};
use super::{case_of, positions, word};
use crate::args::{FormatArgs, LedgerArgs};
use crate::cmd::shown::codes;
use crate::connect;
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet, hex};
use crate::progress;

/// State many things, from a file.
///
/// The file is checked, sent whole, and recorded only if its totals agree; then each row is
/// recorded on its own. What became of each row stands in the results file. Send the same file
/// again after any interruption, or with wrong rows mended: what is recorded stays as it is.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger court post dismissals.csv --as lasc --role COURT --source odyssey --court LASC-CJC \\
      --batch 2020-02-11 --order ORD-7
  caseledger court post dismissals.csv --as lasc --role COURT --source odyssey --court LASC-CJC \\
      --batch 2020-02-11 --dry-run")]
pub(super) struct PostArgs {
    /// CSV with a header, or one JSON object a line (docs/COURTS.md)
    file: PathBuf,

    /// The system that the file comes from
    #[arg(long, value_name = "SYSTEM")]
    source: String,

    /// Court code
    #[arg(long, value_name = "COURT")]
    court: String,

    /// The batch; the same batch and row is the same statement, for ever
    #[arg(long, value_name = "ID")]
    batch: String,

    /// The list that it is about
    #[arg(long, value_name = "COHORT", default_value = "")]
    cohort: String,

    /// Order number of rows that name none
    #[arg(long, value_name = "NUMBER", default_value = "")]
    order: String,

    /// Filing id of rows that name none
    #[arg(long, value_name = "ID", default_value = "")]
    filing: String,

    /// Where the results go [default: FILE.results.csv]
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,

    /// Check the file and send nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// How often progress is shown while nothing is answered.
const TICK: Duration = Duration::from_millis(250);

/// A batch of which rows were refused.
#[derive(Debug, thiserror::Error)]
#[error("{count} of {rows} rows are refused; {} says why", results.display())]
struct Refused {
    count: u32,
    rows: u32,
    results: PathBuf,
}

pub(super) async fn run(args: &PostArgs, output: &Output) -> Result<(), Failure> {
    let path = args.file.clone();
    let batch = tokio::task::spawn_blocking(move || file::read(&path)).await?;
    let batch =
        batch.map_err(|error| Failure::new(Exit::Refused, error).about(&args.file.display()))?;
    if !batch.declared {
        output.note("the file declares no totals; a last row #TOTAL would show a row that is lost");
    }
    for (row, error) in batch.wrong.iter().take(10) {
        output.note(&format!("row {row}: {error}"));
    }
    let results = args.results.clone().unwrap_or_else(|| beside(&args.file));
    if args.dry_run {
        return output.show(args.format.format, &checked(args, &batch));
    }
    let mut sheet = Results::create(&results, &batch)?;
    let summary = connect::with_client(&args.ledger, async |client| {
        let sent = send(client, args, &batch, &mut sheet).await;
        // What was answered before a failure is worth having, too.
        sheet.finish()?;
        Ok(sent?)
    })
    .await?;
    output.show(
        args.format.format,
        &report(args, &batch, &summary, &results),
    )?;
    if summary.refused == 0 {
        return Ok(());
    }
    let refused = Refused {
        count: summary.refused,
        rows: summary.rows,
        results,
    };
    let hint = "mend these rows and send the whole file again";
    Err(Failure::new(Exit::Found, refused).hint(hint))
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".results.csv");
    PathBuf::from(name)
}

/// What to do about a batch that broke off.
const AGAIN: &str = "send the file again; rows that were recorded are told as DUPLICATE";

/// Why sending stopped.
enum Stopped {
    Client(ClientError),
    Results(Failure),
}

impl From<ClientError> for Stopped {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Client(error) => {
                let failure = Self::from(error);
                if failure.exit() == Exit::Unavailable {
                    failure.hint(AGAIN)
                } else {
                    failure
                }
            }
            Stopped::Results(failure) => failure,
        }
    }
}

async fn send(
    client: &Client,
    args: &PostArgs,
    batch: &Batch,
    sheet: &mut Results,
) -> Result<v1::ManifestSummary, Stopped> {
    let header = v1::ManifestHeader {
        batch_id: args.batch.clone(),
        source_system: args.source.clone(),
        court: args.court.clone(),
        cohort: args.cohort.clone(),
        order_number: args.order.clone(),
        filing_id: args.filing.clone(),
        file_digest: Bytes::copy_from_slice(&batch.digest),
        totals: Some(batch.totals),
    };
    // Nothing is answered before all of it was sent and its totals agree.
    let bar = progress::bar(batch.rows.len() as u64, "rows").with_message("sending");
    bar.enable_steady_tick(TICK);
    let mut posting = client.post_manifest(header, batch.rows.clone()).await?;
    let mut summary = None;
    while let Some(news) = posting.next().await? {
        match news {
            BatchNews::Rows(rows) => {
                bar.set_message("recording");
                bar.inc(rows.len() as u64);
                for (row, confirmed) in &rows {
                    sheet.row(*row, confirmed).map_err(Stopped::Results)?;
                }
            }
            BatchNews::Summary(sum) => summary = Some(sum),
        }
    }
    bar.finish_and_clear();
    summary.ok_or(Stopped::Client(ClientError::Ended))
}

/// The results file, written row by row. It holds no docket numbers.
struct Results {
    path: PathBuf,
    csv: csv::Writer<BufWriter<File>>,
    /// What was wrong with rows before they were sent, last row first.
    wrong: Vec<(u32, String)>,
}

impl Results {
    fn create(path: &Path, batch: &Batch) -> Result<Self, Failure> {
        let file = File::create(path).map_err(io_failure("write", path.display()))?;
        let wrong = batch.wrong.iter().rev();
        let wrong = wrong.map(|(row, error)| (*row, error.to_string()));
        let mut results = Self {
            path: path.to_owned(),
            csv: csv::Writer::from_writer(BufWriter::new(file)),
            wrong: wrong.collect(),
        };
        let columns = [
            "row",
            "status",
            "positions",
            "case_id",
            "flags",
            "reason",
            "message",
        ];
        results.write(&columns)?;
        Ok(results)
    }

    fn row(&mut self, row: u32, confirmed: &Confirmed) -> Result<(), Failure> {
        let here = self.wrong.pop_if(|(wrong, _)| *wrong == row);
        let refusal = confirmed.refusal.as_ref();
        let message = match here {
            Some((_, message)) => message,
            None => refusal.map_or_else(String::new, |refusal| refusal.message.clone()),
        };
        let reason = refusal.map_or("", |refusal| refusal.reason_code.as_str());
        self.write(&[
            &row.to_string(),
            word(confirmed.status),
            &positions(&confirmed.receipts),
            &case_of(&confirmed.receipts),
            &codes::<event::Flag>(&confirmed.flags),
            reason,
            &message,
        ])
    }

    fn write(&mut self, cells: &[&str]) -> Result<(), Failure> {
        let written = self.csv.write_record(cells);
        written.map_err(|error| io_failure("write", self.path.display())(error.into()))
    }

    fn finish(mut self) -> Result<(), Failure> {
        let flushed = self.csv.flush().and_then(|()| {
            let mut inner = self
                .csv
                .into_inner()
                .map_err(csv::IntoInnerError::into_error)?;
            inner.flush()
        });
        flushed.map_err(io_failure("write", self.path.display()))
    }
}

fn checked(args: &PostArgs, batch: &Batch) -> Report {
    let wrong: Vec<_> = batch
        .wrong
        .iter()
        .map(|(row, error)| json!({"row": row, "message": error.to_string()}))
        .collect();
    let document = json!({
        "batch": args.batch,
        "file_digest": hex(&batch.digest),
        "rows": batch.totals.rows,
        "wrong": wrong,
    });
    Report::new(document)
        .sheet(Sheet::card([
            ("batch", Cell::from(args.batch.as_str())),
            ("file_digest", Cell::from(hex(&batch.digest))),
            ("rows", Cell::Count(batch.totals.rows.into())),
            ("felonies", Cell::Count(batch.totals.felonies.into())),
            (
                "misdemeanors",
                Cell::Count(batch.totals.misdemeanors.into()),
            ),
            ("infractions", Cell::Count(batch.totals.infractions.into())),
            ("severity_unknown", Cell::Count(batch.totals.unknown.into())),
            ("wrong", Cell::Count(batch.wrong.len() as u64)),
        ]))
        .line("Nothing was sent.")
}

fn report(args: &PostArgs, batch: &Batch, summary: &v1::ManifestSummary, results: &Path) -> Report {
    let counts = [
        (ConfirmationStatus::Accepted, summary.accepted),
        (ConfirmationStatus::AcceptedWithFlags, summary.flagged),
        (ConfirmationStatus::Duplicate, summary.duplicate),
        (ConfirmationStatus::Sighted, summary.sighted),
        (ConfirmationStatus::Held, summary.held),
        (ConfirmationStatus::Refused, summary.refused),
    ];
    let mut sheet = Sheet::rows(["status", "rows"]);
    let mut by_status = serde_json::Map::new();
    for (status, rows) in counts {
        sheet.push([Cell::from(word(status)), Cell::Count(rows.into())]);
        by_status.insert(word(status).to_owned(), rows.into());
    }
    let document = json!({
        "batch": args.batch,
        "file_digest": hex(&batch.digest),
        "rows": summary.rows,
        "by_status": by_status,
        "results": results.display().to_string(),
    });
    Report::new(document).sheet(sheet).line(format!(
        "{} rows; see {}.",
        summary.rows,
        results.display()
    ))
}

#[cfg(test)]
mod tests {
    use tonic::Status;

    use super::*;

    #[test]
    fn what_broke_off_is_to_be_sent_again_and_what_is_wrong_is_not() {
        let told = |error: ClientError| Failure::from(Stopped::Client(error)).render(false);
        for broken in [
            ClientError::from(Status::unavailable("broken pipe")),
            ClientError::Ended,
            ClientError::Deadline,
        ] {
            let told = told(broken);
            assert!(told.contains("hint: send the file again"), "{told}");
        }
        let told = told(ClientError::from(Status::invalid_argument("no")));
        assert!(!told.contains("again"), "{told}");
    }
}
