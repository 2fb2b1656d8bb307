//! `retention`: how long what is private of sealed cases is kept.

use caseledger_domain::{OrgFact, OrgId};
use clap::{Args, Subcommand};

use super::org::{With, state};
use crate::exit::Failure;
use crate::output::Output;

/// Set how long what is private of sealed cases is kept.
///
/// Once everything in a case is sealed and the days are over, `caseledger shred --retention` destroys what is private
/// of it. Without a retention it is kept until somebody orders that it be destroyed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger retention set --days 365 --as operator --role OPERATOR
  caseledger retention set --days 0 --forget-after 730 --as operator --role OPERATOR")]
pub(crate) struct RetentionArgs {
    #[command(subcommand)]
    command: RetentionCommand,
}

#[derive(Debug, Subcommand)]
enum RetentionCommand {
    /// Set it, for an operator
    Set {
        /// Days after the newest sealing of a case
        #[arg(long, value_name = "DAYS")]
        days: u16,

        /// Days after the destruction until the keyed hash of the case's key is forgotten, too [default: never]
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
        forget_after: Option<u16>,

        #[command(flatten)]
        with: With,
    },
}

/// Runs the command.
pub(crate) async fn run(args: &RetentionArgs, output: &Output) -> Result<(), Failure> {
    let RetentionCommand::Set {
        days,
        forget_after,
        with,
    } = &args.command;
    let act = OrgFact::RetentionSet {
        days_after_sealing: *days,
        forget_after_days: forget_after.unwrap_or(0),
    };
    state(with, OrgId::OPERATOR, act, output).await
}
