//! `vault`: the keys of private parts, where their files are.

use std::sync::Arc;

use caseledger_engine::vault::{self, RotateError};
use caseledger_engine::{Clock, Config, Generation, SystemClock};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::{FormatArgs, Places};
use crate::exit::{Exit, Failure};
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

#[derive(Debug, Args)]
struct PlaceArgs {
    #[command(flatten)]
    places: Places,

    #[command(flatten)]
    format: FormatArgs,
}

/// Runs the command.
pub(crate) async fn run(args: &VaultArgs, output: &Output) -> Result<(), Failure> {
    match &args.command {
        VaultCommand::Status(args) => {
            let paths = args.places.paths()?;
            let shown = tokio::task::spawn_blocking(move || vault::shown(&paths)).await?;
            let shown = shown.map_err(|error| Failure::new(Exit::Refused, error))?;
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
            output.show(args.format.format, &Report::new(document).sheet(card))
        }
        VaultCommand::Rotate(args) => {
            let config = Config::new(args.places.paths()?);
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            let rotating = tokio::task::spawn_blocking(move || {
                let bar = progress::bar(0, "keys").with_message("wrapping keys anew");
                let rotated = vault::rotate(&config, &clock, &mut |done, of| {
                    bar.set_length(of as u64);
                    bar.set_position(done as u64);
                });
                bar.finish_and_clear();
                rotated
            });
            let rotated = rotating.await?.map_err(|error| match error {
                RotateError::Open(error) => Failure::from(error),
                other => Failure::new(Exit::Refused, other),
            })?;
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
            output.show(args.format.format, &Report::new(document).sheet(card))
        }
    }
}
