//! `index`: the key that turns docket numbers into look-up tokens, where its file is.

use caseledger_engine::index;
use caseledger_proto::convert;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::cmd::local::PlaceArgs;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet};
use crate::progress;

/// Show or replace the key by which cases are found by their docket numbers.
///
/// Replacing it makes the token of each case anew, from the docket number in its private parts. It forgets the cases
/// whose private parts were destroyed with the tombstone FORGOTTEN, or so long ago that retention names them: a list that
/// has one of them again opens a new case, which is counted once more.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger index status --data ledger
  caseledger index rotate --data ledger")]
pub(crate) struct IndexArgs {
    #[command(subcommand)]
    command: IndexCommand,
}

#[derive(Debug, Subcommand)]
enum IndexCommand {
    /// Show which index key there is, and what rests on earlier ones; no secret is shown
    Status(PlaceArgs),
    /// Replace the index key of a ledger that nobody serves, and destroy the one before
    Rotate(PlaceArgs),
}

/// Runs the command.
pub(crate) async fn run(args: &IndexArgs, output: &Output) -> Result<(), Failure> {
    match &args.command {
        IndexCommand::Status(args) => status(args, output).await,
        IndexCommand::Rotate(args) => rotate(args, output).await,
    }
}

async fn status(args: &PlaceArgs, output: &Output) -> Result<(), Failure> {
    let shown = args.look(index::shown).await?;
    let document = json!({
        "generation": shown.generation,
        "since_size": shown.since.get(),
        "tokens": shown.tokens,
        "earlier_tokens": shown.kept,
        "rest_on": shown.rest_on,
    });
    let card = Sheet::card(vec![
        ("generation", Cell::Number(shown.generation.into())),
        ("since_size", Cell::Count(shown.since.get())),
        ("tokens", Cell::Count(shown.tokens as u64)),
        ("earlier_tokens", Cell::Count(shown.kept as u64)),
        ("rest_on", listed(&shown.rest_on)),
    ]);
    args.show(output, &Report::new(document).sheet(card))
}

async fn rotate(args: &PlaceArgs, output: &Output) -> Result<(), Failure> {
    let rotating = args.replace(|config, clock| {
        progress::counted("cases", "making tokens anew", |progress| {
            index::rotate(config, clock, &convert::token_of_part, progress)
        })
    });
    let rotated = rotating.await?;
    let document = json!({
        "generation": rotated.generation,
        "renewed": rotated.renewed,
        "tombstones": rotated.tombstones,
        "forgotten": rotated.forgotten,
        "not_renewed": rotated.not_renewed,
        "rest_on": rotated.rest_on,
    });
    let card = Sheet::card(vec![
        ("generation", Cell::Number(rotated.generation.into())),
        ("renewed", Cell::Count(rotated.renewed as u64)),
        ("tombstones", Cell::Count(rotated.tombstones as u64)),
        ("forgotten", Cell::Count(rotated.forgotten as u64)),
        ("not_renewed", Cell::Count(rotated.not_renewed as u64)),
        ("rest_on", listed(&rotated.rest_on)),
    ]);
    args.show(output, &Report::new(document).sheet(card))
}

/// Earlier generations, as text.
fn listed(generations: &[u32]) -> Cell {
    let numbers: Vec<_> = generations.iter().map(u32::to_string).collect();
    Cell::from(numbers.join(", "))
}
