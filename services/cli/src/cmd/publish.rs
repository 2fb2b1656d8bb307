//! `publish`: the log as a directory that any web server can host.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use caseledger_chain::{Size, VerifierKey};
use caseledger_client::{
    AnySource, Contradiction, PublishError, Published, SourceError, Target, TargetError, publish,
};
use clap::Args;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{CaArgs, FolderArgs, FormatArgs};
use crate::connect::{self, verifier_key};
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet};
use crate::progress;

/// Where `caseledger serve` serves HTTP if it is not told otherwise.
const DEFAULT_SOURCE: &str = "http://127.0.0.1:7401";

/// What `--follow` adds to its nice value: next to a thread that posts, one that publishes gets a
/// tenth of the processor.
const NICER: i32 = 10;

/// Pause between two looks at the log.
const FOLLOW: Duration = Duration::from_secs(2);

/// Publish a log to a directory, and keep it in step.
///
/// The directory has the layout of C2SP tlog-tiles: checkpoint, tile/L/N, tile/entries/N.
/// Any web server or bucket that hosts it is a complete log, which anyone can verify with the
/// verifier key alone.
///
/// Everything is verified before it is written: the checkpoint is signed by the key and extends the
/// one in the directory, all tiles hash to its root, and all entries to the tiles. Each file is
/// written whole or not at all, the checkpoint last; so an interrupted run leaves a complete log
/// and is taken up where it ended. A log that shows a smaller or another history is refused with
/// exit code 4, and the directory stays as it is.
///
/// With --follow it lowers its own scheduling priority (nice +10): it may run beside the ledger, and
/// whoever posts goes first.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger publish site --key ledger.vkey
  caseledger publish site --key ledger.vkey --follow
  caseledger publish site --from http://ledger.example/ --key ledger.vkey
  caseledger publish site --data ledger")]
pub(crate) struct PublishArgs {
    /// Directory to keep in step; made if there is none
    dir: PathBuf,

    #[arg(
        long,
        value_name = "URL|DIR",
        help = "Log to publish, at an address or in a directory [default: http://127.0.0.1:7401]",
        env = "CASELEDGER_LOG",
        hide_env_values = true,
        conflicts_with = "data"
    )]
    from: Option<String>,

    #[command(flatten)]
    folder: FolderArgs,

    /// Verifier key of the ledger, or a file with it; --data has its own
    #[arg(
        long,
        value_name = "VKEY|FILE",
        env = "CASELEDGER_KEY",
        hide_env_values = true,
        required_unless_present = "data"
    )]
    key: Option<String>,

    #[command(flatten)]
    ca: CaArgs,

    /// Go on until SIGTERM or SIGINT
    #[arg(long, conflicts_with = "data")]
    follow: bool,

    #[command(flatten)]
    format: FormatArgs,
}

impl PublishArgs {
    /// Lowers the priority of this process if it will follow. A copy that is a second late harms
    /// nobody, but verifying tens of thousands of entries takes processor time that a ledger on
    /// the same machine needs for its commits. One run to the end is not slowed down: somebody
    /// waits for it.
    ///
    /// # Errors
    /// [`Failure`] if the system does not allow it.
    pub(crate) fn give_way(&self) -> Result<(), Failure> {
        if self.follow {
            let nicer = rustix::process::nice(NICER).map_err(io::Error::from);
            nicer.map_err(io_failure("lower", "the priority of this process"))?;
        }
        Ok(())
    }
}

/// Runs the command.
pub(crate) async fn run(args: &PublishArgs, output: &Output) -> Result<(), Failure> {
    let pinned = args.key.as_deref().map(verifier_key).transpose()?;
    let Some(paths) = args.folder.paths()? else {
        let Some(key) = pinned else {
            // Without a folder the command line has a key.
            return Ok(());
        };
        let from = args.from.as_deref().unwrap_or(DEFAULT_SOURCE);
        let source = AnySource::open_with(from, &args.ca.access()?).map_err(PublishError::from)?;
        return keep(args, output, &source, &key).await;
    };
    let (started, own) = connect::publish_folder(paths).await?;
    let key = pinned.unwrap_or(own);
    let address = started.http().map(|at| format!("http://{at}"));
    let source = AnySource::open(&address.unwrap_or_default()).map_err(PublishError::from)?;
    let kept = keep(args, output, &source, &key).await;
    // The connections go first, so that there is nothing to drain.
    drop(source);
    let closed = started.close().await;
    kept?;
    closed
}

/// Once, or until told to stop.
async fn keep(
    args: &PublishArgs,
    output: &Output,
    source: &AnySource,
    key: &VerifierKey,
) -> Result<(), Failure> {
    let target = Target::open(&args.dir)?;
    if !args.follow {
        let published = once(source, &target, key).await?;
        return output.show(args.format.format, &report(args, &published));
    }
    let mut terminate = signal(SignalKind::terminate()).map_err(io_failure("catch", "SIGTERM"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(io_failure("catch", "SIGINT"))?;
    let following = async {
        let mut size = None;
        loop {
            match once(source, &target, key).await {
                Ok(published) => {
                    if size.replace(published.size) != Some(published.size) {
                        output.show(args.format.format, &report(args, &published))?;
                    }
                }
                Err(failure) if failure.exit() == Exit::Unavailable => {
                    output.note(&format!(
                        "{}, trying again",
                        failure.render(false).trim_end()
                    ));
                }
                Err(failure) => return Err(failure),
            }
            tokio::time::sleep(FOLLOW).await;
        }
    };
    // Wherever a run is interrupted, the directory is a complete log.
    tokio::select! {
        ended = following => ended,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

async fn once(
    source: &AnySource,
    target: &Arc<Target>,
    key: &VerifierKey,
) -> Result<Published, Failure> {
    let bar = progress::bar(0, "entries").with_message("publishing");
    let tell = |done: Size, all: Size| {
        bar.set_length(all.get());
        bar.set_position(done.get());
    };
    let published = publish(source, target, key, &tell).await;
    bar.finish_and_clear();
    Ok(published?)
}

fn report(args: &PublishArgs, published: &Published) -> Report {
    let Published {
        size,
        root,
        files,
        bytes,
    } = published;
    let directory = args.dir.display().to_string();
    let json = json!({
        "directory": directory,
        "size": size.get(),
        "root": root.to_base64(),
        "files_written": files,
        "bytes_written": bytes,
    });
    let card = Sheet::card([
        ("directory", Cell::from(directory)),
        ("size", Cell::Count(size.get())),
        ("root", Cell::from(root.to_base64())),
        ("files_written", Cell::Count(*files)),
        ("bytes_written", Cell::Count(*bytes)),
    ]);
    Report::new(json).sheet(card)
}

/// What to do about two histories.
const INCONSISTENT: &str = "keep this output, the directory, and what the log serves: the two checkpoints \
    with the published tiles of the newer one prove it, and `caseledger monitor` writes evidence";

/// What to do about a log that shows less than before.
const SMALLER: &str = "a restored backup or an old copy does that, too: it is no proof of misconduct by \
    itself. Ask for the log of the directory's size, and keep both checkpoints";

/// Both notes, word for word.
fn both_notes(both: &Contradiction, what: &str) -> String {
    format!(
        "{what}. In the directory:\n{}From the log:\n{}",
        String::from_utf8_lossy(&both.published_note),
        String::from_utf8_lossy(&both.found_note),
    )
}

/// How a log that cannot be read ends the command, and what to do.
const fn unread(error: &SourceError) -> (Exit, &'static str) {
    match error {
        SourceError::Absent { .. }
        | SourceError::Unreachable { .. }
        | SourceError::Status { .. } => (
            Exit::Unavailable,
            "run the same command again: it goes on where it ended; is `caseledger serve` running \
             there?",
        ),
        SourceError::Malformed { .. } => (
            Exit::Found,
            "nothing of it was written; something else than a log answers, or it is damaged",
        ),
        SourceError::Address { .. } => (Exit::Usage, "write --from http://127.0.0.1:7401"),
        SourceError::Tls(_) => (Exit::Usage, "name the CAs to believe with --tls-ca FILE"),
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let (exit, hint) = match &error {
            PublishError::Source(source) => {
                let (exit, hint) = unread(source);
                (exit, hint.to_owned())
            }
            PublishError::Target(TargetError::Read(_)) => {
                let hint = "nothing was written; make it readable, or publish to another directory";
                (Exit::Refused, hint.to_owned())
            }
            PublishError::Target(TargetError::Locked { .. }) => {
                let hint = "run the same command again when the other one has ended";
                (Exit::Unavailable, hint.to_owned())
            }
            PublishError::Target(TargetError::Io { .. } | TargetError::Panicked) => {
                let hint = "the directory is the complete log that it was before";
                (Exit::Refused, hint.to_owned())
            }
            PublishError::Smaller(both) => (Exit::Found, both_notes(both, SMALLER)),
            PublishError::Inconsistent(both) => (Exit::Found, both_notes(both, INCONSISTENT)),
            PublishError::Checkpoint { .. }
            | PublishError::Root { .. }
            | PublishError::Tile { .. }
            | PublishError::Entry { .. } => {
                let hint =
                    "nothing of it was written; if the key was pinned wrongly, correct --key";
                (Exit::Found, hint.to_owned())
            }
        };
        Self::new(exit, error).hint(hint)
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        PublishError::from(error).into()
    }
}
