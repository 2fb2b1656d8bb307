//! `witness`: a witness of logs, of this ledger or of others.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use caseledger_chain::{KeyName, Size, VerifierKey};
use caseledger_server::telemetry;
use caseledger_witness::{LogStatus, Server, Witness, add_log, init, show};
use clap::{Args, Subcommand};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::FormatArgs;
use crate::exit::{Failure, io_failure};
use crate::output::{Cell, Format, Output, Report, Sheet};

/// Watch logs as a witness, and cosign what extends all that was cosigned before.
///
/// A witness remembers one checkpoint of every log and cosigns another only if that one is proven to
/// extend it. Two histories of one log cannot both get its cosignature. Run it for ledgers of
/// others, on a machine that their operators do not control. The protocol is C2SP tlog-witness.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger witness init w1 --name witness.example/w1
  caseledger witness add-log w1 --key \"$(cat ledger.vkey)\"
  caseledger witness serve w1 --listen 127.0.0.1:7410
  caseledger witness show w1")]
pub(crate) struct WitnessArgs {
    #[command(subcommand)]
    command: WitnessCommand,
}

#[derive(Debug, Subcommand)]
enum WitnessCommand {
    /// Make a witness: a folder with a key of its own
    ///
    /// The verifier key is shown; give it to everybody who will count the cosignatures. The secret
    /// stays in DIR/witness.key. Nothing is ever overwritten.
    #[command(after_long_help = "\
Examples:
  caseledger witness init w1 --name witness.example/w1")]
    Init(InitArgs),
    /// Watch one log more; the witness must not be running
    ///
    /// Nothing of the log has been cosigned yet: the first checkpoint that is shown to the witness
    /// is the one that all others must extend.
    #[command(after_long_help = "\
Examples:
  caseledger witness add-log w1 --key \"$(cat ledger.vkey)\"")]
    AddLog(AddLogArgs),
    /// Answer logs and monitors over HTTP until told to stop
    ///
    /// POST /add-checkpoint for logs, GET /HASH/checkpoint (hex SHA-256 of the origin) for monitors.
    /// Only loopback addresses are taken; a web server in front of it can speak TLS.
    #[command(after_long_help = "\
Examples:
  caseledger witness serve w1 --listen 127.0.0.1:7410")]
    Serve(ServeArgs),
    /// Show the verifier key, and how far every log was cosigned
    #[command(after_long_help = "\
Examples:
  caseledger witness show w1
  caseledger witness show w1 -o json")]
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct InitArgs {
    /// Folder to make
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Name of the witness in every cosignature: a domain of yours and a path
    #[arg(long, value_name = "NAME", value_parser = KeyName::parse)]
    name: KeyName,

    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Debug, Args)]
struct AddLogArgs {
    /// Folder of the witness
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Verifier key of the log, which has the name of its origin
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse_log)]
    key: VerifierKey,

    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// Folder of the witness
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Loopback address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7410")]
    listen: SocketAddr,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Folder of the witness
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    #[command(flatten)]
    format: FormatArgs,
}

/// Runs the command.
pub(crate) async fn run(args: &WitnessArgs, output: &Output) -> Result<(), Failure> {
    match &args.command {
        WitnessCommand::Init(args) => {
            init(&args.folder, &args.name)?;
            shown(&args.folder, args.format, output)
        }
        WitnessCommand::AddLog(args) => {
            add_log(&args.folder, &args.key)?;
            shown(&args.folder, args.format, output)
        }
        WitnessCommand::Serve(args) => serve(args, output).await,
        WitnessCommand::Show(args) => shown(&args.folder, args.format, output),
    }
}

/// What a witness is and knows, now.
fn shown(folder: &Path, format: FormatArgs, output: &Output) -> Result<(), Failure> {
    let (key, logs) = show(folder)?;
    let list: Vec<_> = logs
        .iter()
        .map(|log| {
            json!({
                "origin": log.origin.as_str(),
                "verifier_key": log.key.to_string(),
                "size": log.size.map(Size::get),
                "cosigned_at": log.time,
            })
        })
        .collect();
    let report = Report::new(json!({ "verifier_key": key.to_string(), "logs": list }))
        .sheet(Sheet::card([("verifier_key", Cell::from(key.to_string()))]));
    let report = logs
        .iter()
        .fold(report, |report, log| report.line("").sheet(card(log)));
    output.show(format.format, &report)
}

fn card(log: &LogStatus) -> Sheet {
    let size = log.size.map(Size::get);
    Sheet::card([
        ("log", Cell::from(log.origin.to_string())),
        ("log_key", Cell::from(log.key.to_string())),
        (
            "cosigned_size",
            size.map_or_else(|| Cell::from("nothing yet".to_owned()), Cell::Count),
        ),
    ])
}

async fn serve(args: &ServeArgs, output: &Output) -> Result<(), Failure> {
    let settings = caseledger_server::Config::load(None, log_settings(), &[])?;
    telemetry::init(&settings.log)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(io_failure("catch", "SIGTERM"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(io_failure("catch", "SIGINT"))?;
    let witness = Witness::open(&args.folder)?;
    let key = witness.key().to_string();
    let logs = witness.logs() as u64;
    let server = Server::bind(args.listen, witness).await?;
    let card = Sheet::card([
        ("verifier_key", Cell::from(key)),
        ("logs", Cell::Count(logs)),
        (
            "listening",
            Cell::from(format!("http://{}", server.local_addr())),
        ),
    ]);
    let shown = output.show(Format::Table, &Report::default().sheet(card));
    let unread = shown.is_err();
    let stop = async move {
        // Whoever started the witness and does not hear where it listens has gone.
        if unread {
            return;
        }
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server.serve(stop).await;
    shown
}

/// What the environment says about the log lines; the rest of it is about ledgers.
fn log_settings() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        name.starts_with("CASELEDGER__LOG__")
            .then_some((name, value))
    })
}
