//! `guard`: the rollback guard of a ledger.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use caseledger_chain::TlogProof;
use caseledger_engine::guard;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::{FormatArgs, Places};
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet};

/// A checkpoint with many cosignatures, or a receipt: an entry of 64 KiB in base64 with its proof.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Restore the rollback guard of a ledger that has lost it.
///
/// The guard remembers how far the ledger was. Without it nobody on this machine can tell an older
/// copy of the journal from the whole one, so nothing is recorded.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger guard restore --data ledger --checkpoint newest.checkpoint
  caseledger guard restore --data ledger --checkpoint 1234.tlog-proof")]
pub(crate) struct GuardArgs {
    #[command(subcommand)]
    command: GuardCommand,
}

#[derive(Debug, Subcommand)]
enum GuardCommand {
    /// Make the guard again, if the journal continues a signed checkpoint
    ///
    /// Take the newest checkpoint that anybody has: a client, a witness, a published copy. What was
    /// recorded behind it and is lost is not noticed here, only by those who have a newer one.
    #[command(after_long_help = "\
Examples:
  caseledger guard restore --data ledger --checkpoint newest.checkpoint")]
    Restore(RestoreArgs),
}

#[derive(Debug, Args)]
struct RestoreArgs {
    #[command(flatten)]
    places: Places,

    /// Signed checkpoint of this ledger, or a receipt with one
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,

    #[command(flatten)]
    format: FormatArgs,
}

/// The file is too long to be a checkpoint or a receipt.
#[derive(Debug, thiserror::Error)]
#[error("{} is longer than any checkpoint or receipt", .0.display())]
struct TooLong(PathBuf);

/// Runs the command.
pub(crate) fn run(args: &GuardArgs, output: &Output) -> Result<(), Failure> {
    let GuardCommand::Restore(args) = &args.command;
    let paths = args.places.paths()?;
    let note = read(&args.checkpoint)?;
    let restored = guard::restore(&paths, &note)
        .map_err(|error| Failure::from(error).about(&args.checkpoint.display()))?;
    let (size, vouched) = (restored.head.size.get(), restored.vouched.get());
    let guard = paths.store().guard().display().to_string();
    let json = json!({ "guard": guard, "size": size, "checkpoint_size": vouched });
    let card = Sheet::card([
        ("guard", Cell::from(guard)),
        ("size", Cell::Count(size)),
        ("checkpoint_size", Cell::Count(vouched)),
    ]);
    output.show(args.format.format, &Report::new(json).sheet(card))
}

/// The checkpoint in a file: all of it, or what stands at the end of a receipt.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(io_failure("read", path.display()))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Failure::new(Exit::Refused, TooLong(path.to_owned())));
    }
    let receipt = str::from_utf8(&bytes).ok().map(TlogProof::parse);
    Ok(match receipt {
        Some(Ok(receipt)) => receipt.checkpoint.into_bytes(),
        Some(Err(_)) | None => bytes,
    })
}
