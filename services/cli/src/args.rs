//! The command line: what can be said, and what `--help` teaches.

use clap::{Args, Parser, Subcommand};

use crate::cmd;
use crate::output::Format;

mod access;
mod figure;
mod parse;
mod places;

pub(crate) use access::{AccessArgs, CaArgs};
pub(crate) use figure::FigureArg;
pub(crate) use parse::{AnnouncementArg, Filter, StreamArg, case_id, date};
pub(crate) use places::{FolderArgs, LedgerArgs, Place, Places};

/// A ledger of criminal record relief: every step of a case recorded, chained, proven, totalled.
///
/// Start with `caseledger demo`: it makes a ledger, plays courts, prosecutors and the state
/// repository against a real server, verifies every receipt, and says what to try next.
#[derive(Debug, Parser)]
#[command(
    name = "caseledger",
    version,
    after_long_help = HELP,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    subcommand_required = true
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const HELP: &str = "\
Exit codes:
  0  done
  1  refused or failed; the message says why
  2  the command line does not make sense
  3  nobody answers, or not now; the same command may work later
  4  done, and something wrong was found: by a verification, by fsck, in a list
  5  nothing wrong was found, but not everything could be checked

Results go to standard output, everything else to standard error. Every command has --help with
examples; docs/USING.md and docs/OPERATING.md walk through the work.";

/// The commands, in the order of the work.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(cmd::init::InitArgs),
    Serve(cmd::serve::ServeArgs),
    Demo(crate::demo::DemoArgs),
    GenData(cmd::gen_data::GenDataArgs),
    Import(cmd::import::ImportArgs),
    Status(cmd::status::StatusArgs),
    Case(cmd::case::CaseArgs),
    Cases(cmd::cases::CasesArgs),
    History(cmd::history::HistoryArgs),
    Totals(cmd::totals::TotalsArgs),
    Announce(cmd::announce::AnnounceArgs),
    Initiative(cmd::batch::InitiativeArgs),
    Cohort(cmd::batch::CohortArgs),
    Filing(cmd::batch::FilingArgs),
    Order(cmd::batch::OrderArgs),
    Unmatched(Box<cmd::unmatched::UnmatchedArgs>),
    Court(cmd::court::CourtArgs),
    Worklist(cmd::worklist::WorklistArgs),
    Private(cmd::private::PrivateArgs),
    Retention(cmd::retention::RetentionArgs),
    Shred(cmd::shred::ShredArgs),
    Vault(cmd::vault::VaultArgs),
    Index(cmd::index::IndexArgs),
    Feeds(cmd::feeds::FeedsArgs),
    Refused(cmd::refused::RefusedArgs),
    Receipt(cmd::receipt::ReceiptArgs),
    Bundle(cmd::bundle::BundleArgs),
    Verify(cmd::verify::VerifyArgs),
    Publish(cmd::publish::PublishArgs),
    Monitor(cmd::monitor::MonitorArgs),
    Witness(cmd::witness::WitnessArgs),
    Fsck(cmd::fsck::FsckArgs),
    Backup(cmd::backup::BackupArgs),
    Restore(cmd::restore::RestoreArgs),
    Guard(cmd::guard::GuardArgs),
    Key(cmd::key::KeyArgs),
    Org(cmd::org::OrgArgs),
    Bench(crate::bench::BenchArgs),
    Export(cmd::export::ExportArgs),
    Completions(cmd::completions::CompletionsArgs),
    DevCerts(cmd::dev_certs::DevCertsArgs),
}

/// In which form results are shown.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct FormatArgs {
    /// Form of the result
    #[arg(
        id = "output",
        short = 'o',
        long = "output",
        value_enum,
        value_name = "FORM",
        default_value_t
    )]
    pub(crate) format: Format,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_examples() {
        for command in Cli::command().get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            assert!(
                help.contains("Examples:"),
                "{} has no examples",
                command.get_name()
            );
        }
    }
}
