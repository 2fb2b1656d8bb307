//! `cases`: a list of cases.

use caseledger_client::Client;
use caseledger_client::pb::v1;
use clap::Args;

use super::shown::Code;
use crate::args::{Filter, FormatArgs, LedgerArgs};
use crate::connect;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet, hex, json};

/// Rows that one call asks for.
const PAGE: u32 = 1_000;

/// List cases.
///
/// Cases come in the order of their first appearance. --where takes the dimensions of `totals`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger cases --where initiative=LA-2021-COURT --where phase=ELIGIBLE
  caseledger cases --where flag=NOT_CANNABIS -o csv
  caseledger cases --limit 5")]
pub(crate) struct CasesArgs {
    /// Only cases that have one of the values in the dimension; may be given several times
    #[arg(long = "where", value_name = "DIMENSION=VALUE,..")]
    filters: Vec<Filter>,

    /// Rows at most
    #[arg(long, value_name = "ROWS", default_value_t = 100)]
    limit: u32,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Runs the command.
pub(crate) async fn run(args: &CasesArgs, output: &Output) -> Result<(), Failure> {
    let reply = connect::with_client(&args.ledger, async |client| list(client, args).await).await?;
    let mut sheet = Sheet::rows(["case_id", "phase", "exit", "counted"]);
    for row in &reply.cases {
        sheet.push([
            Cell::from(hex(&row.case_id)),
            v1::Phase::cell(row.phase),
            v1::Exit::cell(row.exit),
            Cell::from(if row.counted { "YES" } else { "NO" }),
        ]);
    }
    let mut report = Report::new(json::message("ListCasesResponse", &reply)?).sheet(sheet);
    if !reply.next.is_empty() {
        report = report.line(format!(
            "There are more than {} cases; see --limit.",
            args.limit
        ));
    }
    output.show(args.format.format, &report)
}

/// As many pages as the limit takes.
async fn list(client: &Client, args: &CasesArgs) -> Result<v1::ListCasesResponse, Failure> {
    let filters: Vec<v1::Filter> = args.filters.iter().map(|filter| filter.0.clone()).collect();
    let mut found = v1::ListCasesResponse::default();
    loop {
        let missing = args.limit.saturating_sub(found.cases.len() as u32);
        let page = v1::Page {
            limit: missing.min(PAGE),
            token: found.next,
        };
        let request = v1::ListCasesRequest {
            filters: filters.clone(),
            page: Some(page),
        };
        let reply = client.list_cases(request).await?;
        found.cases.extend(reply.cases);
        (found.next, found.complete_to) = (reply.next, reply.complete_to);
        if found.next.is_empty() || found.cases.len() >= args.limit as usize {
            return Ok(found);
        }
    }
}
