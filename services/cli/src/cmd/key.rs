//! `key`: the keys that sign the checkpoints of a ledger.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use caseledger_chain::VerifierKey;
use caseledger_engine::keys::{self, Succession};
use caseledger_engine::{LedgerPaths, rotation};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cmd::local::PlaceArgs;
use crate::exit::{Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet};

/// Show or replace the key that signs the checkpoints of a ledger.
///
/// Whoever verifies receipts, bundles or the published log needs the verifier key, and should have
/// it from somewhere that the operator cannot change alone. A key is replaced in two steps, so that
/// everybody who has the present one learns the next one from entries that it signed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger key show --data ledger
  caseledger key rotate --data ledger
  caseledger key retire --data ledger")]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Show the verifier keys, and which checkpoints each of them signs; no secret is read
    #[command(after_long_help = "\
Examples:
  caseledger key show --data ledger
  caseledger key show --data ledger -o json")]
    Show(PlaceArgs),
    /// Make a successor of the present key; from now on both sign
    ///
    /// Its file stands beside the present one, and is a secret of the same kind: back it up. Its
    /// verifier key is written to DIR.ID.vkey; give that file to everybody who has DIR.vkey.
    #[command(after_long_help = "\
Examples:
  caseledger key rotate --data ledger")]
    Rotate(PlaceArgs),
    /// Retire the key that has a successor; from now on the successor signs alone
    ///
    /// Whoever still pins the retired key cannot verify what is recorded from now on. DIR.vkey
    /// becomes the successor's. The file of the retired key is not needed any more.
    #[command(after_long_help = "\
Examples:
  caseledger key retire --data ledger")]
    Retire(PlaceArgs),
}

/// Runs the command.
pub(crate) async fn run(args: &KeyArgs, output: &Output) -> Result<(), Failure> {
    match &args.command {
        KeyCommand::Show(args) => {
            let succession = args.look(keys::shown).await?;
            args.show(output, &report(&succession))
        }
        KeyCommand::Rotate(args) => {
            let rotated = args.replace(rotation::rotate).await?;
            if let Some(successor) = rotated.succession.successor() {
                let suffix = format!(".{}.vkey", successor.id());
                write_key(&beside(&args.paths()?, &suffix), successor)?;
            }
            args.show(output, &report(&rotated.succession))
        }
        KeyCommand::Retire(args) => {
            let retired = args.replace(rotation::retire).await?;
            if let Some(present) = retired.succession.present() {
                write_key(&beside(&args.paths()?, ".vkey"), present)?;
            }
            args.show(output, &report(&retired.succession))
        }
    }
}

fn beside(paths: &LedgerPaths, suffix: &str) -> PathBuf {
    let mut name = paths.data().as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The public key as a file, for those who pin it. It is whole whenever somebody reads it.
fn write_key(path: &Path, key: &VerifierKey) -> Result<(), Failure> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let written = fs::File::create(&new).and_then(|mut file| {
        writeln!(file, "{key}")?;
        file.sync_all()?;
        fs::rename(&new, path)
    });
    written.map_err(io_failure("write the verifier key to", path.display()))
}

fn report(succession: &Succession) -> Report {
    let mut sheet = Sheet::rows(["signs", "since_size", "until_size", "verifier_key"]);
    let mut json: Vec<Value> = Vec::new();
    for key in succession.keys() {
        let signs = if key.until.is_some() {
            "retired"
        } else if succession.present() == Some(&key.verifier) {
            "present"
        } else {
            "successor"
        };
        let (since, until) = (key.since.get(), key.until.map(caseledger_chain::Size::get));
        sheet.push([
            Cell::from(signs),
            Cell::Number(since),
            until.map_or(Cell::None, Cell::Number),
            Cell::from(key.verifier.to_string()),
        ]);
        json.push(json!({
            "verifier_key": key.verifier.to_string(),
            "signs": signs,
            "since_size": since,
            "until_size": until,
        }));
    }
    Report::new(json!({ "keys": json })).sheet(sheet)
}
