//! `court reconcile`: where a court has its cases, compared with where the ledger has them.

use std::path::PathBuf;

use caseledger_client::pb::v1::{self, CourtStanding, Verdict};
use clap::Args;
use serde_json::{Value, json};

use crate::args::{FormatArgs, LedgerArgs, case_id};
use crate::connect;
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet, hex};

/// Compare a court's cases with the ledger's.
///
/// The file is CSV with the columns `standing` (`NOT_FILED`, REJECTED, FILED, DENIED, GRANTED, ENTERED
/// or SEALED) and `case_id`, or `case_number` and `defendant`. Rows are numbered from 1.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger court reconcile standings.csv --as lasc --role COURT --court LASC-CJC
  caseledger court reconcile standings.csv --as lasc --role COURT --court LASC-CJC --all -o csv")]
pub(super) struct ReconcileArgs {
    /// CSV with a header
    file: PathBuf,

    /// Court code
    #[arg(long, value_name = "COURT")]
    court: String,

    /// Show rows that agree, too
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Rows of one request.
const ROWS_AT_ONCE: usize = 1_000;

#[derive(Debug, thiserror::Error)]
enum ReconcileError {
    #[error("file is no CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error("columns are standing, case_id, case_number and defendant, each once")]
    Columns,
    #[error("row {row}: {expected}")]
    Row { row: u32, expected: &'static str },
    #[error("{0} rows differ")]
    Differ(u32),
}

pub(super) async fn run(args: &ReconcileArgs, output: &Output) -> Result<(), Failure> {
    let rows = read(args)
        .map_err(|error| Failure::new(Exit::Refused, error).about(&args.file.display()))?;
    let requests = rows.chunks(ROWS_AT_ONCE).map(|rows| v1::ReconcileRequest {
        rows: rows.to_vec(),
    });
    let requests = requests.collect();
    let (compared, sum) = connect::with_client(&args.ledger, async |client| {
        let mut answers = client.reconcile(requests).await?;
        let mut compared = Vec::new();
        let mut sum = v1::ReconcileResponse::default();
        while let Some(mut answer) = answers.next().await? {
            compared.append(&mut answer.rows);
            sum = answer;
        }
        Ok((compared, sum))
    })
    .await?;
    let report = report(args, &compared, &sum);
    output.show(args.format.format, &report)?;
    match sum.ledger_ahead + sum.court_ahead + sum.unknown {
        0 => Ok(()),
        differ => Err(Failure::new(Exit::Found, ReconcileError::Differ(differ))),
    }
}

fn report(
    args: &ReconcileArgs,
    compared: &[v1::Reconciled],
    sum: &v1::ReconcileResponse,
) -> Report {
    let mut sheet = Sheet::rows(["row", "verdict", "ledger", "held", "case_id"]);
    let mut listed: Vec<Value> = Vec::new();
    let shown = compared
        .iter()
        .filter(|row| args.all || row.verdict() != Verdict::Agrees);
    for row in shown {
        let verdict = row.verdict().as_str_name();
        let verdict = verdict.strip_prefix("VERDICT_").unwrap_or_default();
        let ledger = standing(row.ledger());
        sheet.push([
            Cell::Number(row.row.into()),
            Cell::from(verdict),
            Cell::from(ledger),
            Cell::Count(row.held.into()),
            Cell::from(hex(&row.case_id)),
        ]);
        listed.push(json!({
            "row": row.row,
            "verdict": verdict,
            "ledger": ledger,
            "held": row.held,
            "case_id": hex(&row.case_id),
        }));
    }
    let document = json!({
        "rows": listed,
        "agrees": sum.agrees,
        "ledger_ahead": sum.ledger_ahead,
        "court_ahead": sum.court_ahead,
        "unknown": sum.unknown,
        "complete_to": sum.complete_to,
    });
    Report::new(document).sheet(sheet).line(format!(
        "{} agree, the ledger is ahead in {}, the court in {}, {} are unknown.",
        sum.agrees, sum.ledger_ahead, sum.court_ahead, sum.unknown
    ))
}

fn standing(standing: CourtStanding) -> &'static str {
    match standing {
        CourtStanding::Unspecified => "",
        known => known
            .as_str_name()
            .strip_prefix("COURT_STANDING_")
            .unwrap_or_default(),
    }
}

fn read(args: &ReconcileArgs) -> Result<Vec<v1::ReconcileRow>, ReconcileError> {
    let mut reader = csv::Reader::from_path(&args.file)?;
    let header = reader.headers()?.clone();
    let known = ["standing", "case_id", "case_number", "defendant"];
    let place = |name: &str| {
        header
            .iter()
            .position(|column| column.trim().eq_ignore_ascii_case(name))
    };
    let found = known.iter().filter(|name| place(name).is_some()).count();
    if found != header.len() {
        return Err(ReconcileError::Columns);
    }
    let mut rows = Vec::new();
    for (record, row) in reader.records().zip(1..) {
        let record = record?;
        let cell = |name: &str| {
            let cell = place(name).and_then(|at| record.get(at));
            cell.unwrap_or_default().trim()
        };
        let wrong = |expected| ReconcileError::Row { row, expected };
        let name = format!("COURT_STANDING_{}", cell("standing").to_ascii_uppercase());
        let standing = CourtStanding::from_str_name(&name).ok_or_else(|| {
            wrong("standing is NOT_FILED, REJECTED, FILED, DENIED, GRANTED, ENTERED or SEALED")
        })?;
        let case = match cell("case_id") {
            "" => v1::reconcile_row::Case::CaseKey(v1::CaseKey {
                court: args.court.clone(),
                number: cell("case_number").to_owned(),
                defendant: match cell("defendant") {
                    "" => "1".to_owned(),
                    given => given.to_owned(),
                },
            }),
            id => v1::reconcile_row::Case::CaseId(
                case_id(id).map_err(|_cause| wrong("case_id is 32 hex digits"))?,
            ),
        };
        rows.push(v1::ReconcileRow {
            row,
            case: Some(case),
            standing: standing.into(),
        });
    }
    Ok(rows)
}
