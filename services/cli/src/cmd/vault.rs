//! `vault`: the keys of private parts, where their files are.

use caseledger_engine::{Generation, vault};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::cmd::local::PlaceArgs;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet};
use crate::progress;

/// Show or replace the key that all data keys of private parts are wrapped under.
///
/// The vault stands beside the data folder, in DIR.vault. Each case has a data key of its own; all of them are wrapped
/// under one key-encryption key. An old copy of the vault opens what was destroyed since it was made: keep few of them,
/// and not for long.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger vault status --data ledger
  caseledger vault rotate --data ledger")]
pub(crate) struct VaultArgs {
    #[command(subcommand)]
    command: VaultCommand,
}

#[derive(Debug, Subcommand)]
enum VaultCommand {
    /// Show which key-encryption key there is; no secret is shown
    Status(PlaceArgs),
    /// Replace the key-encryption key of a ledger that nobody serves, and destroy the one before
    Rotate(PlaceArgs),
}

/// Runs the command.
pub(crate) async fn run(args: &VaultArgs, output: &Output) -> Result<(), Failure> {
    match &args.command {
        VaultCommand::Status(args) => {
            let shown = args.look(vault::shown).await?;
            let (generation, size) = (shown.generation.get(), shown.size.get());
            let document = json!({
                "generation": generation,
                "wrapped_at_size": size,
                "keys_wrapped": shown.keys,
            });
            let card = Sheet::card(vec![
                ("generation", Cell::Number(generation.into())),
                ("wrapped_at_size", Cell::Count(size)),
                ("keys_wrapped", Cell::Count(shown.keys as u64)),
            ]);
            args.show(output, &Report::new(document).sheet(card))
        }
        VaultCommand::Rotate(args) => {
            let rotating = args.replace(|config, clock| {
                progress::counted("keys", "wrapping keys anew", |progress| {
                    vault::rotate(config, clock, progress)
                })
            });
            let rotated = rotating.await?;
            let generation = rotated.generation.map_or(0, Generation::get);
            let document = json!({
                "generation": generation,
                "destroyed": rotated.destroyed.get(),
                "keys": rotated.keys,
            });
            let card = Sheet::card(vec![
                ("generation", Cell::Number(generation.into())),
                ("destroyed", Cell::Number(rotated.destroyed.get().into())),
                ("keys", Cell::Count(rotated.keys as u64)),
            ]);
            args.show(output, &Report::new(document).sheet(card))
        }
    }
}
