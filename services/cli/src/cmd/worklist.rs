//! `worklist`: what is open at a court.

use std::path::{Path, PathBuf};

use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::court::{COLUMNS, TOTAL};
use super::shown::Code as _;
use crate::args::{FormatArgs, LedgerArgs};
use crate::connect;
use crate::exit::{Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet, date, hex, thousands};

/// List what is open at a court.
///
/// Cases are named by the ledger's id; the ledger does not know docket numbers. With --manifest,
/// the list is also written as a batch that can be filled in and sent back with `court post`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger worklist LASC-CJC --kind ordered-not-entered
  caseledger worklist LASC-CJC --kind entered-not-sealed -o csv
  caseledger worklist LASC-CJC --kind entered-not-sealed --manifest seal.csv")]
pub(crate) struct WorklistArgs {
    /// Court code
    court: String,

    /// What is open
    #[arg(long, value_enum)]
    kind: Kind,

    /// Write a batch to fill in
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// What may be open.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Relief was granted and no disposition is entered
    OrderedNotEntered,
    /// Dismissed on the docket and not sealed
    EnteredNotSealed,
    /// A filing was rejected and no other was made
    RejectedNotRefiled,
}

impl Kind {
    const fn on_the_wire(self) -> v1::WorklistKind {
        match self {
            Self::OrderedNotEntered => v1::WorklistKind::OrderedNotEntered,
            Self::EnteredNotSealed => v1::WorklistKind::EnteredNotSealed,
            Self::RejectedNotRefiled => v1::WorklistKind::RejectedNotRefiled,
        }
    }

    /// What a court would state to close a row.
    const fn statement(self) -> &'static str {
        match self {
            Self::OrderedNotEntered => "DOCKET_ENTRY",
            Self::EnteredNotSealed => "SEALING",
            Self::RejectedNotRefiled => "REVIEW",
        }
    }
}

/// Runs the command.
pub(crate) async fn run(args: &WorklistArgs, output: &Output) -> Result<(), Failure> {
    let request = v1::ListWorklistRequest {
        court: args.court.clone(),
        kind: args.kind.on_the_wire().into(),
    };
    let (rows, complete_to) = connect::with_client(&args.ledger, async |client| {
        let mut pages = client.list_worklist(request).await?;
        let (mut rows, mut complete_to) = (Vec::new(), u64::MAX);
        while let Some(page) = pages.next().await? {
            rows.extend(page.rows);
            complete_to = complete_to.min(page.complete_to);
        }
        Ok((rows, complete_to))
    })
    .await?;
    if let Some(path) = &args.manifest {
        let written = manifest(path, args.kind, &rows);
        written.map_err(|error| io_failure("write", path.display())(error.into()))?;
    }
    output.show(args.format.format, &report(&rows, complete_to))
}

fn report(rows: &[v1::WorklistRow], complete_to: u64) -> Report {
    let columns = [
        "case_id",
        "charges",
        "severity",
        "open_since",
        "order",
        "filing",
    ];
    let mut sheet = Sheet::rows(columns);
    let mut listed: Vec<Value> = Vec::with_capacity(rows.len());
    for row in rows {
        sheet.push([
            Cell::from(hex(&row.case_id)),
            Cell::from(charges(row)),
            event::Severity::cell(row.severity),
            date(row.open_since),
            Cell::from(hex(&row.order)),
            Cell::from(hex(&row.filing)),
        ]);
        listed.push(json!({
            "case_id": hex(&row.case_id),
            "charges": row.charges,
            "severity": row.severity().name(),
            "open_since": row.open_since,
            "order": hex(&row.order),
            "filing": hex(&row.filing),
        }));
    }
    let document = json!({"rows": listed, "complete_to": complete_to});
    Report::new(document)
        .sheet(sheet)
        .line(format!("{} cases.", thousands(rows.len() as u64)))
}

fn charges(row: &v1::WorklistRow) -> String {
    let charges = row.charges.iter().map(u32::to_string);
    charges.collect::<Vec<_>>().join(" ")
}

/// A batch whose rows lack what only the court knows. What is not filled in is refused row by row
/// and can be sent again when it is.
fn manifest(path: &Path, kind: Kind, rows: &[v1::WorklistRow]) -> Result<(), csv::Error> {
    let mut csv = csv::WriterBuilder::new().flexible(true).from_path(path)?;
    csv.write_record(COLUMNS)?;
    let mut totals = [0_u32; 5];
    for row in rows {
        let severity = row.severity();
        let at = match severity {
            event::Severity::Felony => 1,
            event::Severity::Misdemeanor => 2,
            event::Severity::Infraction => 3,
            event::Severity::Unknown | event::Severity::Unspecified => 4,
        };
        for at in [0, at] {
            if let Some(count) = totals.get_mut(at) {
                *count += 1;
            }
        }
        let cell = |column: &str| match column {
            "case_id" => hex(&row.case_id),
            "severity" => severity.name().unwrap_or_default().to_owned(),
            "statement" => kind.statement().to_owned(),
            "charges" => charges(row),
            _ => String::new(),
        };
        csv.write_record(COLUMNS.map(cell))?;
    }
    let numbers = totals.map(|count| count.to_string());
    csv.write_record(std::iter::once(TOTAL.to_owned()).chain(numbers))?;
    csv.flush()?;
    Ok(())
}
