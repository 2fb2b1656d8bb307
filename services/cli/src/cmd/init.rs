//! `init`: a new ledger.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use caseledger_chain::{Origin, VerifierKey};
use caseledger_domain::{Text, Uri};
use caseledger_engine::{Clock, Config, LedgerPaths, SystemClock, SystemRandom, genesis};
use clap::Args;
use serde_json::json;

use crate::args::{FormatArgs, Places};
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet};

/// Make a new ledger: data folder, keys, rollback guard.
///
/// The keys stand beside the data folder, never in it: whoever copies the data must not get the
/// power to sign. The verifier key is also written to DIR.vkey. Give that file to everybody who
/// will verify receipts; it is public. Nothing is ever overwritten.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger init --data ledger --origin ledger.example/los-angeles
  caseledger init --data ledger --origin ledger.example/los-angeles \\
    --operator-uri spiffe://ledger.example/operator --operator-name 'LEDGER OFFICE'
  caseledger init --data /srv/ledger --keys /etc/ledger-keys --origin ledger.example/los-angeles")]
pub(crate) struct InitArgs {
    #[command(flatten)]
    places: Places,

    /// Name of the ledger for ever, in every checkpoint: a domain of yours and a path
    #[arg(long, value_name = "NAME", value_parser = Origin::parse)]
    origin: Origin,

    /// Declare who may state what: whoever has a certificate with this name is the operator
    ///
    /// The first entries of the ledger register the organisation `operator`, grant it its role and
    /// bind the name to it, all for good. Every other organisation is registered by it. Without
    /// this, roles alone are judged, and authority can never be declared later.
    #[arg(long, value_name = "URI", value_parser = Uri::parse)]
    operator_uri: Option<Uri>,

    /// What people call the operator
    #[arg(
        long,
        value_name = "NAME",
        requires = "operator_uri",
        default_value = "LEDGER OPERATOR",
        value_parser = Text::<64>::parse
    )]
    operator_name: Text<64>,

    #[command(flatten)]
    format: FormatArgs,
}

/// Runs the command.
pub(crate) async fn run(args: &InitArgs, output: &Output) -> Result<(), Failure> {
    let paths = args.places.paths()?;
    let created_by = concat!("caseledger ", env!("CARGO_PKG_VERSION"));
    let identity = caseledger_engine::init(&paths, &args.origin, created_by, &SystemRandom)?;
    let key = identity.verifier();
    let key_file = write_key(&paths, key)?;
    if let Some(uri) = &args.operator_uri {
        declare(&paths, args.operator_name, uri.clone()).await?;
    }
    let operator = args.operator_uri.as_ref().map_or("", Uri::as_str);
    let fields = [
        ("origin", identity.origin().to_string()),
        ("ledger_id", identity.ledger().to_string()),
        ("verifier_key", key.to_string()),
        ("verifier_key_file", key_file.display().to_string()),
        ("data", paths.data().display().to_string()),
        ("keys", paths.keys().display().to_string()),
        ("guard", paths.store().guard().display().to_string()),
        ("operator_uri", operator.to_owned()),
    ];
    let json = fields
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!(text)))
        .collect();
    let report = Report::new(serde_json::Value::Object(json))
        .sheet(Sheet::card(
            fields.map(|(name, text)| (name, Cell::from(text))),
        ))
        .line("")
        .line("Back up the keys now: without checkpoint.key nothing can be signed, and without")
        .line("index.key no case can be found by its number again.")
        .line(format!(
            "Next: caseledger serve --data {}",
            paths.data().display()
        ));
    output.show(args.format.format, &report)
}

/// Records the first entries of a ledger that declares who may state what.
async fn declare(paths: &LedgerPaths, name: Text<64>, uri: Uri) -> Result<(), Failure> {
    let config = Config::new(paths.clone());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let declared =
        tokio::task::spawn_blocking(move || genesis::declare(&config, &clock, name, uri));
    declared.await?.map_err(|error| {
        let hint = "the ledger declares nothing: remove it, and its keys and guard, and begin anew";
        Failure::new(Exit::Refused, error).hint(hint)
    })?;
    Ok(())
}

/// The public key as a file, for those who pin it.
fn write_key(paths: &LedgerPaths, key: &VerifierKey) -> Result<PathBuf, Failure> {
    let mut name = paths.data().as_os_str().to_owned();
    name.push(".vkey");
    let path = PathBuf::from(name);
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).open(&path);
    let written = file.and_then(|mut file| {
        writeln!(file, "{key}")?;
        file.sync_all()
    });
    written.map_err(io_failure("write the verifier key to", path.display()))?;
    Ok(path)
}
