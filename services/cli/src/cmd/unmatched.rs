//! `unmatched`: the inbox of confirmations without a case.

use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1;
use clap::Args;

use super::shown::Code;
use crate::args::{FormatArgs, LedgerArgs};
use crate::connect;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet, date, hex, json, thousands};

/// List confirmations that match no known case.
///
/// What a court or the state repository says about a case that nobody has identified is kept, in
/// order, and takes effect when the case arrives. Until then it stands here.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger unmatched
  caseledger unmatched --limit 1000 -o csv")]
pub(crate) struct UnmatchedArgs {
    /// Rows at most
    #[arg(long, value_name = "ROWS", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Runs the command.
pub(crate) async fn run(args: &UnmatchedArgs, output: &Output) -> Result<(), Failure> {
    let page = v1::Page {
        limit: args.limit,
        token: String::new(),
    };
    let request = v1::ListUnmatchedRequest { page: Some(page) };
    let reply = connect::with_client(&args.ledger, async |client| {
        Ok(client.list_unmatched(request).await?)
    })
    .await?;
    let mut sheet = Sheet::rows([
        "position",
        "kind",
        "occurred_on",
        "role",
        "case_id",
        "revision",
    ]);
    for row in &reply.unmatched {
        sheet.push([
            Cell::Number(row.position),
            event::FactKind::cell(row.kind),
            date(row.occurred_on),
            event::Role::cell(row.role),
            Cell::from(hex(&row.case_id)),
            Cell::Number(row.revision),
        ]);
    }
    let shown = thousands(reply.unmatched.len() as u64);
    let total = thousands(reply.total);
    let report = Report::new(json::message("ListUnmatchedResponse", &reply)?)
        .sheet(sheet)
        .line(format!("{shown} of {total} unmatched confirmations."));
    output.show(args.format.format, &report)
}
