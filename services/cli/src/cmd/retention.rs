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
  caseledger retention set --days 365 --as operator --role OPERATOR")]
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

        #[command(flatten)]
        with: With,
    },
}

/// Runs the command.
pub(crate) async fn run(args: &RetentionArgs, output: &Output) -> Result<(), Failure> {
    let RetentionCommand::Set { days, with } = &args.command;
    let act = OrgFact::RetentionSet {
        days_after_sealing: *days,
        forget_after_days: 0,
    };
    state(with, OrgId::OPERATOR, act, output).await
}
