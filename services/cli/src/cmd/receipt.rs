//! `receipt`: the proof of one entry, as a file.

use std::fs;
use std::path::PathBuf;

use caseledger_chain::Position;
use clap::Args;

use crate::args::LedgerArgs;
use crate::connect;
use crate::exit::{Failure, io_failure};
use crate::output::Output;

/// Fetch the receipt of an entry.
///
/// A receipt is one text file (c2sp.org/tlog-proof) with the exact bytes of the entry, the proof
/// that they are in the ledger, and a signed checkpoint. It is the same for ever, and with the
/// verifier key anybody can check it offline. It is verified before it is written.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger receipt 1234 --key ledger.vkey --out 1234.tlog-proof
  caseledger receipt 1234 | caseledger verify - --key ledger.vkey")]
pub(crate) struct ReceiptArgs {
    /// Position of the entry, from 0
    position: u64,

    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Runs the command.
pub(crate) async fn run(args: &ReceiptArgs, output: &Output) -> Result<(), Failure> {
    let position = Position::new(args.position);
    let receipt = connect::with_client(&args.ledger, async |client| {
        Ok(client.receipt(position).await?)
    })
    .await?;
    if args.ledger.key.is_none() {
        output.note(
            "verified with the key that the ledger names itself; pin the key with --key to prove \
             more than that",
        );
    }
    match &args.out {
        None => output.text(&receipt.file()),
        Some(path) => fs::write(path, receipt.file()).map_err(io_failure("write", path.display())),
    }
}
