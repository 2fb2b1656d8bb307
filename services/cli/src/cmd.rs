//! The commands, one file each: what it takes, what it asks, how it shows the answer.

use crate::args::Command;
use crate::exit::Failure;
use crate::output::Output;
use crate::{bench, demo};

pub(crate) mod announce;
pub(crate) mod backup;
pub(crate) mod batch;
pub(crate) mod bundle;
pub(crate) mod case;
pub(crate) mod cases;
pub(crate) mod completions;
pub(crate) mod court;
pub(crate) mod dev_certs;
pub(crate) mod export;
pub(crate) mod feeds;
pub(crate) mod fsck;
pub(crate) mod gen_data;
pub(crate) mod guard;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod index;
pub(crate) mod init;
pub(crate) mod key;
pub(crate) mod local;
pub(crate) mod monitor;
pub(crate) mod org;
pub(crate) mod private;
pub(crate) mod publish;
pub(crate) mod receipt;
pub(crate) mod refused;
pub(crate) mod restore;
pub(crate) mod retention;
pub(crate) mod serve;
pub(crate) mod shown;
pub(crate) mod shred;
pub(crate) mod status;
pub(crate) mod totals;
pub(crate) mod unmatched;
pub(crate) mod vault;
pub(crate) mod verify;
pub(crate) mod witness;
pub(crate) mod worklist;

/// Runs a command.
///
/// # Errors
/// [`Failure`] with the exit code.
pub(crate) async fn run(command: Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init::run(&args, output).await,
        Command::Serve(args) => serve::run(&args, output).await,
        Command::Demo(args) => demo::run(&args, output).await,
        Command::GenData(args) => gen_data::run(&args, output),
        Command::Import(args) => import::run(&args, output).await,
        Command::Status(args) => status::run(&args, output).await,
        Command::Case(args) => case::run(&args, output).await,
        Command::Cases(args) => cases::run(&args, output).await,
        Command::History(args) => history::run(&args, output).await,
        Command::Totals(args) => totals::run(&args, output).await,
        Command::Announce(args) => announce::run(&args, output).await,
        Command::Initiative(args) => batch::initiative(&args, output).await,
        Command::Cohort(args) => batch::cohort(&args, output).await,
        Command::Filing(args) => batch::filing(&args, output).await,
        Command::Order(args) => batch::order(&args, output).await,
        Command::Unmatched(args) => unmatched::run(&args, output).await,
        Command::Court(args) => court::run(&args, output).await,
        Command::Worklist(args) => worklist::run(&args, output).await,
        Command::Private(args) => private::run(&args, output).await,
        Command::Retention(args) => retention::run(&args, output).await,
        Command::Shred(args) => shred::run(&args, output).await,
        Command::Vault(args) => vault::run(&args, output).await,
        Command::Index(args) => index::run(&args, output).await,
        Command::Feeds(args) => feeds::run(&args, output).await,
        Command::Refused(args) => refused::run(&args, output).await,
        Command::Receipt(args) => receipt::run(&args, output).await,
        Command::Bundle(args) => bundle::run(&args, output).await,
        Command::Verify(args) => verify::run(&args, output).await,
        Command::Publish(args) => publish::run(&args, output).await,
        Command::Monitor(args) => monitor::run(&args, output).await,
        Command::Witness(args) => witness::run(&args, output).await,
        Command::Fsck(args) => fsck::run(&args, output).await,
        Command::Backup(args) => backup::run(&args, output).await,
        Command::Restore(args) => restore::run(&args, output).await,
        Command::Guard(args) => guard::run(&args, output),
        Command::Key(args) => key::run(&args, output).await,
        Command::Org(args) => org::run(&args, output).await,
        Command::Bench(args) => bench::run(&args, output).await,
        Command::Export(args) => export::run(&args, output).await,
        Command::Completions(args) => completions::run(&args, output),
        Command::DevCerts(args) => dev_certs::run(&args, output),
    }
}
