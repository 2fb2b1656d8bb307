//! `retention`: how long what is private of sealed cases is kept.

use caseledger_domain::{OrgFact, OrgId};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::org::{With, state};
use crate::exit::Failure;
use crate::output::Output;

/// Set how long what is private of sealed cases is kept.
///
/// Once everything in a case is sealed and the days are over, `caseledger shred --retention` destroys what is private
/// of it. Without a retention it is kept until somebody orders that it be destroyed. Both numbers of days are set at
/// once: without `--forget-after` no case is forgotten by days any more. Orders that say `--forget` are not touched.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger retention set --days 365 --as operator --role OPERATOR
  caseledger retention set --days 365 --forget-after 1825 --as operator --role OPERATOR")]
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

        /// Days after the destruction until the case is not known by its docket number any more, at the next
        /// `caseledger index rotate`; 0 for never
        #[arg(long, value_name = "DAYS", default_value_t = 0)]
        forget_after: u16,

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
        forget_after_days: *forget_after,
    };
    let told: [(&str, Value); 2] = [
        ("days_after_sealing", (*days).into()),
        ("forget_after_days", (*forget_after).into()),
    ];
    state(with, OrgId::OPERATOR, act, &told, output).await
}
