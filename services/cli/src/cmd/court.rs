//! `court`: what a court's system says to the ledger, without a program of its own.

use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1::{self, ConfirmationStatus, MessageReceipt};
use caseledger_client::{Confirmed, Receipt};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::shown::codes;
use crate::args::{FormatArgs, LedgerArgs};
use crate::connect;
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet, hex};

mod file;
mod post;
mod reconcile;
mod row;

pub(crate) use row::{COLUMNS, TOTAL};

/// Confirm filings, docket entries, rulings and seals as a court.
///
/// One statement with `confirm`, a file of them with `post`. What is sent twice is recorded once;
/// what the ledger knows no case for waits until the case arrives.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger court confirm --as lasc --role COURT --source odyssey --id m-17 --court LASC-CJC \\
      --row statement=REVIEW,case_number=SYN-1,filing=F-1,status=ACCEPTED,date=2020-02-11
  caseledger court post dismissals.csv --as lasc --role COURT --source odyssey --court LASC-CJC \\
      --batch 2020-02-11 --order ORD-7
  caseledger court status --as lasc --role COURT --source odyssey --batch 2020-02-11 --rows 58000
  caseledger court reconcile standings.csv --as lasc --role COURT --court LASC-CJC")]
pub(crate) struct CourtArgs {
    #[command(subcommand)]
    command: CourtCommand,
}

#[derive(Debug, Subcommand)]
enum CourtCommand {
    Confirm(ConfirmArgs),
    Post(post::PostArgs),
    Status(StatusArgs),
    Reconcile(reconcile::ReconcileArgs),
}

/// State one thing about one case.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger court confirm --as lasc --role COURT --source odyssey --id m-17 --court LASC-CJC \\
      --row statement=REVIEW,case_number=SYN-1,filing=F-1,status=ACCEPTED,date=2020-02-11
  caseledger court confirm --as lasc --role COURT --source odyssey --id m-18 --court LASC-CJC \\
      --row statement=RULING,case_number=SYN-1,status=GRANTED,date=2020-02-11,order=ORD-7,remedy=DISMISS_AND_SEAL")]
struct ConfirmArgs {
    /// The system that the message comes from
    #[arg(long, value_name = "SYSTEM")]
    source: String,

    /// The message's own id there; the same id is the same message, for ever
    #[arg(long, value_name = "ID")]
    id: String,

    /// Court code
    #[arg(long, value_name = "COURT")]
    court: String,

    /// What is said, with the columns of a batch (docs/COURTS.md)
    #[arg(
        long,
        value_name = "COLUMN=VALUE,...",
        value_delimiter = ',',
        required = true
    )]
    row: Vec<String>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Show which rows of a batch are recorded.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger court status --as lasc --role COURT --source odyssey --batch 2020-02-11 --rows 58000")]
struct StatusArgs {
    /// The system that the batch came from
    #[arg(long, value_name = "SYSTEM")]
    source: String,

    /// The batch
    #[arg(long, value_name = "ID")]
    batch: String,

    /// Rows that it has
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..))]
    rows: u32,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Rows that are asked about at once.
const STATUS_ROWS: u32 = 10_000;

/// Runs the command.
pub(crate) async fn run(args: &CourtArgs, output: &Output) -> Result<(), Failure> {
    match &args.command {
        CourtCommand::Confirm(args) => confirm(args, output).await,
        CourtCommand::Post(args) => post::run(args, output).await,
        CourtCommand::Status(args) => status(args, output).await,
        CourtCommand::Reconcile(args) => reconcile::run(args, output).await,
    }
}

async fn confirm(args: &ConfirmArgs, output: &Output) -> Result<(), Failure> {
    let mut cells = row::Cells::default();
    for pair in &args.row {
        let (column, value) = pair.split_once('=').unwrap_or((pair, ""));
        cells
            .set(column, value)
            .map_err(|error| Failure::new(Exit::Usage, error))?;
    }
    let confirmation = cells
        .confirmation()
        .map_err(|error| Failure::new(Exit::Usage, error))?;
    let confirmation = v1::FilingConfirmation {
        source_system: args.source.clone(),
        source_message_id: args.id.clone(),
        court: args.court.clone(),
        ..confirmation
    };
    let confirmed = connect::with_client(&args.ledger, async |client| {
        Ok(client.confirm(confirmation).await?)
    })
    .await?;
    let mut sheet = Sheet::card([
        ("status", Cell::from(word(confirmed.status))),
        (
            "message_receipt",
            Cell::from(receipt_word(confirmed.message_receipt)),
        ),
        ("message_id", Cell::from(hex(&confirmed.message_id))),
        ("flags", Cell::from(codes::<event::Flag>(&confirmed.flags))),
        ("entries", Cell::from(positions(&confirmed.receipts))),
        ("case_id", Cell::from(case_of(&confirmed.receipts))),
    ]);
    if let Some(refusal) = &confirmed.refusal {
        sheet = Sheet::card([
            ("status", Cell::from(word(confirmed.status))),
            (
                "message_receipt",
                Cell::from(receipt_word(confirmed.message_receipt)),
            ),
            ("reason", Cell::from(refusal.reason_code.as_str())),
            ("message", Cell::from(refusal.message.as_str())),
        ]);
    }
    let report = Report::new(document(&confirmed)).sheet(sheet);
    output.show(args.format.format, &report)?;
    match confirmed.refusal {
        Some(refusal) => Err(Failure::new(Exit::Refused, refusal)),
        None => Ok(()),
    }
}

async fn status(args: &StatusArgs, output: &Output) -> Result<(), Failure> {
    let mut runs: Vec<v1::RowRun> = Vec::new();
    let (recorded, complete_to) = connect::with_client(&args.ledger, async |client| {
        let (mut recorded, mut complete_to) = (0, u64::MAX);
        let mut first = 1;
        while first <= args.rows {
            let rows = (args.rows - first + 1).min(STATUS_ROWS);
            let request = v1::GetManifestStatusRequest {
                batch_id: args.batch.clone(),
                source_system: args.source.clone(),
                first_row: first,
                rows,
            };
            let reply = client.manifest_status(request).await?;
            recorded += reply.recorded;
            complete_to = complete_to.min(reply.complete_to);
            for run in reply.runs {
                match runs.last_mut() {
                    Some(before) if before.last + 1 == run.first => before.last = run.last,
                    _ => runs.push(run),
                }
            }
            let Some(next) = first.checked_add(rows) else {
                break;
            };
            first = next;
        }
        Ok((recorded, complete_to))
    })
    .await?;
    let mut sheet = Sheet::rows(["first", "last"]);
    for run in &runs {
        sheet.push([
            Cell::Number(run.first.into()),
            Cell::Number(run.last.into()),
        ]);
    }
    let listed: Vec<Value> = runs
        .iter()
        .map(|run| json!({"first": run.first, "last": run.last}))
        .collect();
    let document = json!({
        "batch": args.batch,
        "rows": args.rows,
        "recorded": recorded,
        "runs": listed,
        "complete_to": complete_to,
    });
    let report = Report::new(document)
        .sheet(sheet)
        .line(format!("{recorded} of {} rows are recorded.", args.rows));
    output.show(args.format.format, &report)
}

/// The status in the words of the API.
fn word(status: ConfirmationStatus) -> &'static str {
    status
        .as_str_name()
        .strip_prefix("CONFIRMATION_STATUS_")
        .unwrap_or_default()
}

fn receipt_word(receipt: MessageReceipt) -> &'static str {
    receipt
        .as_str_name()
        .strip_prefix("MESSAGE_RECEIPT_")
        .unwrap_or_default()
}

fn positions(receipts: &[Receipt]) -> String {
    let positions = receipts
        .iter()
        .map(|receipt| receipt.position().to_string());
    positions.collect::<Vec<_>>().join(" ")
}

/// The case that the first entry about one is about.
fn case_of(receipts: &[Receipt]) -> String {
    let mut streams = receipts.iter().map(|receipt| receipt.header().stream);
    let case = streams.find(|stream| stream.kind == caseledger_domain::StreamKind::Case.number());
    case.map(|case| hex(&case.id)).unwrap_or_default()
}

fn document(confirmed: &Confirmed) -> Value {
    let readings: Vec<Value> = confirmed
        .readings
        .iter()
        .map(|reading| json!({"field": reading.field, "raw": reading.raw, "code": reading.code}))
        .collect();
    let positions: Vec<u64> = confirmed
        .receipts
        .iter()
        .map(|receipt| receipt.position().get())
        .collect();
    let refusal = confirmed
        .refusal
        .as_ref()
        .map(|refusal| json!({"reason": refusal.reason_code, "message": refusal.message}));
    json!({
        "status": word(confirmed.status),
        "message_receipt": receipt_word(confirmed.message_receipt),
        "message_id": hex(&confirmed.message_id),
        "flags": codes::<event::Flag>(&confirmed.flags).split(' ').filter(|flag| !flag.is_empty()).collect::<Vec<_>>(),
        "positions": positions,
        "case_id": case_of(&confirmed.receipts),
        "readings": readings,
        "refusal": refusal,
    })
}
