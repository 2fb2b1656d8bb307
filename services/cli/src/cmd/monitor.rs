//! `monitor`: a log followed from outside, by one or more views of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use caseledger_chain::VerifierKey;
use caseledger_client::{AnySource, MonitorState, StateError};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use self::step::{Step, Watched};
use crate::args::{CaArgs, FormatArgs};
use crate::connect::verifier_key;
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Format, Output, thousands};

mod step;

/// Follow logs from outside, and keep evidence of what does not agree.
///
/// Each URL or directory is a view of a published log; several with one key are views of one log. At
/// every step the checkpoint of each view is fetched and its signature verified; it must extend the
/// last one seen there, and the views must agree with each other: one that is behind must be a
/// prefix of one ahead. This is proven by hashes from the tiles. New entries are read from the view
/// that is ahead and replayed, as by `caseledger verify`: chain, lifecycle rules, tiles, root.
///
/// The state directory keeps the last verified checkpoints. A monitor that starts replays the
/// entries once from the beginning, then only those that are new. Where two signed checkpoints
/// contradict each other, evidence-N.txt is written there: with the key alone, `caseledger verify`
/// convinces anybody of it.
///
/// -o json prints one line a step.
///
/// Exit code 4: something was found, at the first step that finds it. 3, with --once: a view could
/// not be read. Without --once that is a warning; the exit code is 0 on SIGTERM or SIGINT.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger monitor http://127.0.0.1:7401/ --key ledger.vkey --state watch
  caseledger monitor http://ledger.example/ mirror/ --key ledger.vkey --state watch --once
  caseledger monitor http://a.example/ http://b.example/ --key a.vkey --key b.vkey --state watch")]
pub(crate) struct MonitorArgs {
    /// Views: addresses or directories of published logs
    #[arg(required = true, value_name = "URL|DIR")]
    places: Vec<String>,

    /// Verifier key of the log, or a file with it: one for all views, or one for each in their order
    #[arg(
        long = "key",
        value_name = "VKEY|FILE",
        env = "CASELEDGER_KEY",
        hide_env_values = true,
        required = true
    )]
    keys: Vec<String>,

    /// Directory for what was verified last, and for evidence; made if there is none
    #[arg(long, value_name = "DIR")]
    state: PathBuf,

    #[command(flatten)]
    ca: CaArgs,

    /// Seconds between two steps
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60,
        value_parser = clap::value_parser!(u64).range(1..=86_400)
    )]
    interval: u64,

    /// Do one step and end
    #[arg(long)]
    once: bool,

    #[command(flatten)]
    format: FormatArgs,
}

/// How a monitor ends where it is not told to.
#[derive(Debug, thiserror::Error)]
enum Outcome {
    #[error("{places} views and {keys} keys: give one key for all, or one for each view")]
    Keys { places: usize, keys: usize },
    #[error("{0}")]
    Found(String),
    #[error("{first}; and {more} more findings")]
    MoreFound { first: String, more: String },
    #[error("not all views could be read: {0}")]
    Unread(String),
}

/// Runs the command.
pub(crate) async fn run(args: &MonitorArgs, output: &Output) -> Result<(), Failure> {
    let logs = logs(args)?;
    let state = MonitorState::open(&args.state)?;
    let logs = logs
        .into_iter()
        .map(|(key, views)| Watched::resume(key, views, &state));
    let logs = logs.collect::<Result<Vec<_>, _>>()?;
    let mut terminate = signal(SignalKind::terminate()).map_err(io_failure("catch", "SIGTERM"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(io_failure("catch", "SIGINT"))?;
    // Wherever a step is interrupted, what is kept was verified.
    tokio::select! {
        ended = follow(args, output, logs, state) => ended,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

type Views = Vec<(String, AnySource)>;

/// The logs with their views: those with one key are views of one log.
fn logs(args: &MonitorArgs) -> Result<Vec<(VerifierKey, Views)>, Failure> {
    let (places, keys) = (args.places.len(), args.keys.len());
    if keys != 1 && keys != places {
        return Err(Failure::new(Exit::Usage, Outcome::Keys { places, keys }));
    }
    let access = args.ca.access()?;
    let mut logs: Vec<(VerifierKey, Views)> = Vec::new();
    for (place, key) in args.places.iter().zip(args.keys.iter().cycle()) {
        let key = verifier_key(key)?;
        let source = AnySource::open_with(place, &access)
            .map_err(|error| Failure::new(Exit::Usage, error))?;
        let view = (place.clone(), source);
        match logs.iter_mut().find(|(known, _)| *known == key) {
            Some((_, views)) => views.push(view),
            None => logs.push((key, vec![view])),
        }
    }
    Ok(logs)
}

/// Once, or step after step until something is found. Each log goes at its own pace: views of one
/// that are slow hold up no other.
async fn follow(
    args: &MonitorArgs,
    output: &Output,
    logs: Vec<Watched>,
    state: MonitorState,
) -> Result<(), Failure> {
    let interval = Duration::from_secs(args.interval);
    let state = Arc::new(state);
    let mut steps = JoinSet::new();
    for log in logs {
        steps.spawn(log.step_after(Duration::ZERO, Arc::clone(&state)));
    }
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    while let Some(stepped) = steps.join_next().await {
        let (mut log, step) = stepped??;
        show(args.format.format, output, &step)?;
        found.extend(step.found());
        if args.once {
            unread.extend(step.unread());
        } else if found.is_empty() {
            for why in log.warnings(&step) {
                output.note(&format!("{why}, trying again"));
            }
            let pause = log.pause(&step, interval);
            steps.spawn(log.step_after(pause, Arc::clone(&state)));
        } else {
            break;
        }
    }
    if let Some(first) = found.first().cloned() {
        let outcome = if found.len() == 1 {
            Outcome::Found(first)
        } else {
            let more = thousands(found.len() as u64 - 1);
            Outcome::MoreFound { first, more }
        };
        return Err(Failure::new(Exit::Found, outcome).hint(
            "docs/AUDITING.md says what each finding means; evidence in the state directory \
             convinces others",
        ));
    }
    if unread.is_empty() {
        Ok(())
    } else {
        let outcome = Outcome::Unread(unread.join("; "));
        Err(Failure::new(Exit::Unavailable, outcome))
    }
}

/// For programs one line a step, for people one a step that changed something.
fn show(format: Format, output: &Output, step: &Step) -> Result<(), Failure> {
    match format {
        Format::Json => output.text(&format!("{}\n", step.json())),
        Format::Csv | Format::Table => output.show(format, &step.report(format)),
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let exit = match error {
            StateError::Locked { .. } => Exit::Unavailable,
            StateError::Checkpoint { .. } | StateError::Io { .. } => Exit::Refused,
        };
        Self::new(exit, error)
    }
}
