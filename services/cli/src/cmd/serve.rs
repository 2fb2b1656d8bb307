//! `serve`: the server, until told to stop.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;

use caseledger_engine::{Access, Config as EngineConfig, OpenReport, StoreOpened};
use caseledger_server::{Config, HttpAddress, Opening, Reload, make_room, telemetry};
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::Places;
use crate::connect::{self, REFUSED};
use crate::exit::{Failure, io_failure};
use crate::output::{Cell, Format, Output, Report, Sheet};

/// Serve a ledger over gRPC, and publish it over HTTP, until told to stop.
///
/// Without --tls-cert callers say themselves who they are, and only loopback addresses are taken.
/// With it both ports speak TLS 1.3, callers prove who they are by a certificate or a token, and
/// the ledger says which organisation that is and what it may do. The files are read anew when they
/// change, and on SIGHUP.
///
/// SIGTERM and SIGINT drain: what was begun is finished, the state is saved,
/// and the exit code is 0. While the ledger is still being opened they end the server at once. After
/// that, and after anything worse, the next start takes a little longer and nothing
/// acknowledged is lost.
///
/// Settings come from built-in values, then the file, then environment variables
/// `CASELEDGER__SECTION__KEY`, then options. docs/API.md lists the keys.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger serve --data ledger
  caseledger serve --data ledger --listen 127.0.0.1:0
  caseledger serve --data ledger --listen 0.0.0.0:7400 --tls-cert server.pem --tls-key server.key \
      --client-ca clients.pem --client-crl clients.crl
  CASELEDGER__LOG__FORMAT=json caseledger serve --data ledger --config caseledger.toml")]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    places: Places,

    /// Address to listen on, a loopback one without TLS; port 0 takes a free one [default: 127.0.0.1:7400]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

    /// Address for HTTP: checkpoint, tiles, entries, health and metrics; or `off`
    /// [default: the next port, 127.0.0.1:7401]
    #[arg(long, value_name = "ADDRESS|off")]
    http: Option<HttpAddress>,

    #[command(flatten)]
    tls: TlsArgs,

    /// File that names the witnesses who cosign what is published over HTTP, in the form of C2SP
    /// tlog-policy
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// File with settings, in TOML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Show what the journal holds, record nothing: for a ledger that has lost its guard, an older
    /// copy, or a copy without checkpoint.key
    #[arg(long)]
    read_only: bool,
}

/// TLS on both ports.
#[derive(Debug, Args)]
struct TlsArgs {
    /// Certificate of the server and what leads from it to its CA, in PEM; both ports speak TLS then
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,

    /// Its private key, in PEM; nobody else may read it
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,

    /// Certificates of the CAs that issue those of callers, in PEM; without them, only tokens are
    /// taken
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,

    /// Their revocation lists, one for each CA, in PEM
    #[arg(long, value_name = "FILE")]
    client_crl: Option<PathBuf>,
}

impl TlsArgs {
    /// As keys of the configuration.
    fn overrides(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        let files = [
            ("tls.cert", &self.tls_cert),
            ("tls.key", &self.tls_key),
            ("tls.client_ca", &self.client_ca),
            ("tls.client_crl", &self.client_crl),
        ];
        let given = files
            .into_iter()
            .filter_map(|(key, file)| Some((key, file.as_deref()?)));
        given.map(|(key, file)| (key, file.display().to_string()))
    }
}

/// Asks for the files of TLS to be read anew at every SIGHUP.
fn reload_on_hangup(reload: Option<Reload>, hangup: Option<Signal>) {
    if let (Some(reload), Some(mut hangup)) = (reload, hangup) {
        tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                reload.ask();
            }
        });
    }
}

/// Keeps other processes of the same user out of the memory of this one.
fn keep_to_itself() -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        let kept = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        let kept = kept.map_err(std::io::Error::from);
        kept.map_err(io_failure("forbid", "dumps of this process"))?;
    }
    Ok(())
}

/// Runs the command.
pub(crate) async fn run(args: &ServeArgs, output: &Output) -> Result<(), Failure> {
    keep_to_itself()?;
    let listen = args.listen.map(|at| ("listen.address", at.to_string()));
    let http = args.http.map(|at| ("http.address", at.to_string()));
    let policy = args.policy.as_deref();
    let policy = policy.map(|file| ("witness.policy", file.display().to_string()));
    let overrides: Vec<_> = listen
        .into_iter()
        .chain(http)
        .chain(policy)
        .chain(args.tls.overrides())
        .collect();
    let environment = env::vars_os().filter_map(|(name, value)| {
        // What is not text cannot be ours.
        Some((name.into_string().ok()?, value.into_string().ok()?))
    });
    let config = Config::load(args.config.as_deref(), environment, &overrides)?;
    // Before the ledger is opened, which may take a while.
    config.check_loopback()?;
    telemetry::init(&config.log)?;
    make_room(&config);
    let scheme = if config.tls.is_on() { "https" } else { "http" };
    let mut terminate = signal(SignalKind::terminate()).map_err(io_failure("catch", "SIGTERM"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(io_failure("catch", "SIGINT"))?;
    // From here on it ends nobody, also while the ledger is being opened. Without TLS it does, as it
    // always did.
    let hangup = config.tls.is_on().then(|| signal(SignalKind::hangup()));
    let hangup = hangup.transpose().map_err(io_failure("catch", "SIGHUP"))?;

    let paths = args.places.paths()?;
    let data = paths.data().display().to_string();
    let shown = paths.data().join("shown.checkpoint");
    let refused = paths.data().join(REFUSED);
    let mut engine = EngineConfig::new(paths);
    if args.read_only {
        engine.store.access = Access::ReadOnly;
    }
    let mut opening = Opening::bind(config).await?;
    let engine = connect::open_engine_with(engine);
    let ended = tokio::select! {
        ended = opening.while_opening(engine) => ended?,
        // There is nothing to drain. Ending in the middle is like a crash, which the next start
        // recovers from: nothing was acknowledged, and the journal is not written but to cut off
        // what never was.
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let (engine, report) = ended?;
    let identity = engine.identity().clone();
    let server = opening.opened(engine).await?.keep_shown(shown);
    let server = server.keep_refused(refused)?;
    reload_on_hangup(server.reload(), hangup);
    let card = Sheet::card([
        ("ledger", Cell::from(identity.origin().to_string())),
        ("verifier_key", Cell::from(identity.verifier().to_string())),
        ("data", Cell::from(data)),
        ("size", Cell::Count(report.head.size.get())),
        ("opened", Cell::from(opened(&report, args.read_only))),
        (
            "http",
            server
                .http_addr()
                .map_or(Cell::None, |at| Cell::from(format!("{scheme}://{at}"))),
        ),
        (
            "listening",
            Cell::from(format!("{scheme}://{}", server.local_addr())),
        ),
    ]);
    let shown = output.show(Format::Table, &Report::default().sheet(card));
    let unread = shown.is_err();
    let drained = server.serve(async move {
        // Whoever started the server and does not hear where it listens has gone.
        if unread {
            return;
        }
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    });
    // The ledger is closed well before anything else is said.
    drained.await?;
    shown
}

/// What opening took, in one line.
fn opened(report: &OpenReport, read_only: bool) -> String {
    let OpenReport {
        store,
        replayed,
        took,
        ..
    } = report;
    let end = match store.store {
        StoreOpened::Fresh => "new",
        StoreOpened::Caught { .. } | StoreOpened::Rebuilt { .. } if store.clean_shutdown => {
            "closed cleanly before"
        }
        StoreOpened::Caught { .. } | StoreOpened::Rebuilt { .. } => "not closed before",
    };
    let cut = match store.torn_bytes_cut {
        0 => String::new(),
        bytes => format!("; {bytes} bytes of a commit that was never acknowledged were cut"),
    };
    let millis = took.as_millis();
    let read_only = match (read_only, store.guarded) {
        (false, _) => "",
        (true, true) => "; read-only",
        (true, false) => "; read-only, and no guard vouches for the end",
    };
    format!(
        "in {millis} ms, {end}, {} entries folded{cut}{read_only}",
        replayed.entries
    )
}
