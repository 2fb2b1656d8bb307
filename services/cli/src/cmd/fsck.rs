//! `fsck`: a whole ledger, checked by code that shares nothing with what wrote it.

use std::path::Path;

use caseledger_engine::fsck::{self, CheckError, Depth, Finding, NotChecked, Stage, Verdict};
use caseledger_engine::{Identity, KeyFileError, LedgerPaths};
use clap::Args;
use serde_json::{Value, json};

use crate::args::{FormatArgs, Places};
use crate::audit::{UNDECLARED, sequence_gap};
use crate::connect::verifier_key;
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet, thousands};
use crate::progress;

/// Check a ledger on disk from the first byte to the last.
///
/// Two questions are answered apart. Integrity: is what is there what was recorded? Completeness:
/// is nothing missing that was recorded or given out? What could not be looked at is listed and
/// never counts as good.
///
/// The ledger must not be running. Exit code 0: both answered well. 4: something was found. 5:
/// nothing was found, but not everything could be checked.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger fsck --data ledger
  caseledger fsck --data /mnt/backup/ledger --journal-only --key ledger.vkey
  caseledger fsck --data ledger -o json")]
pub(crate) struct FsckArgs {
    #[command(flatten)]
    places: Places,

    /// Verifier key of the ledger, or a file with it; without it the key folder is read
    #[arg(
        long,
        value_name = "VKEY|FILE",
        env = "CASELEDGER_KEY",
        hide_env_values = true
    )]
    key: Option<String>,

    /// Check the journal only and write nothing, as for a backup on read-only media
    #[arg(long)]
    journal_only: bool,

    #[command(flatten)]
    format: FormatArgs,
}

/// What a check came to, where it is not all well.
#[derive(Debug, thiserror::Error)]
enum Outcome {
    #[error("{0} findings in {1}")]
    Findings(String, String),
    #[error("nothing was found in {0}, but not everything could be checked")]
    Undecided(String),
}

/// Runs the command.
pub(crate) async fn run(args: &FsckArgs, output: &Output) -> Result<(), Failure> {
    let paths = args.places.paths()?;
    let depth = if args.journal_only {
        Depth::Journal
    } else {
        Depth::Everything
    };
    let checked = check(paths.clone(), args.key.as_deref(), depth).await?;
    output.show(args.format.format, &report(&checked))?;
    conclude(&checked, paths.data())
}

/// Checks a ledger, with progress for people.
///
/// # Errors
/// [`Failure`] if the check could not begin. What it found is in the report.
pub(crate) async fn check(
    paths: LedgerPaths,
    key: Option<&str>,
    depth: Depth,
) -> Result<fsck::Report, Failure> {
    let key = match key {
        Some(key) => verifier_key(key)?,
        None => Identity::load(&paths)
            .map_err(|error| {
                let hint = match error {
                    KeyFileError::Meta(_) | KeyFileError::Origin(_) => {
                        "restore ledger.toml from a copy; it was written by init and never since"
                    }
                    _ => "without the key folder, give the public key with --key",
                };
                Failure::from(error)
                    .about(&paths.data().display())
                    .hint(hint)
            })?
            .verifier()
            .clone(),
    };
    let checked = tokio::task::spawn_blocking(move || {
        let spinner = progress::spinner("checking");
        let tell = |stage| match stage {
            Stage::Journal(done) => {
                spinner.set_message(format!("journal: {} entries", thousands(done.get())));
            }
            Stage::Store(done) => {
                spinner.set_message(format!("store: {} entries", thousands(done.get())));
            }
            Stage::SavedState => spinner.set_message("saved state"),
        };
        let checked = fsck::check(&paths, &key, depth, &tell);
        spinner.finish_and_clear();
        checked
    });
    let checked = checked.await?;
    checked.map_err(|error| {
        let exit = match &error {
            CheckError::Running { .. } => Exit::Unavailable,
            CheckError::OtherKey { .. } => Exit::Usage,
            CheckError::Meta { .. } | CheckError::Journal(_) | CheckError::Threads(_) => {
                Exit::Refused
            }
        };
        Failure::new(exit, error)
    })
}

/// A report in every form.
pub(crate) fn report(checked: &fsck::Report) -> Report {
    let rows = || {
        let integrity = checked
            .integrity
            .iter()
            .map(|finding| ("integrity", finding));
        integrity.chain(
            checked
                .completeness
                .iter()
                .map(|finding| ("completeness", finding)),
        )
    };
    let finding = |(question, finding): (&str, &Finding)| {
        json!({
            "question": question,
            "position": finding.position.map(caseledger_chain::Position::get),
            "segment": finding.place.map(|place| place.segment.get()),
            "offset": finding.place.map(|place| place.offset),
            "finding": finding.fault.to_string(),
        })
    };
    let gaps = checked.sequence_gaps.iter().map(sequence_gap);
    let json = json!({
        "size": checked.head.size.get(),
        "chain_hash": checked.head.chain.to_string(),
        "root": checked.root.to_base64(),
        "integrity": verdict(checked.integrity()),
        "completeness": verdict(checked.completeness()),
        "findings": rows().map(finding).collect::<Vec<Value>>(),
        "more_findings": checked.more,
        "not_checked": checked.not_checked.iter().map(NotChecked::to_string).collect::<Vec<_>>(),
        "sequence_gaps": gaps.collect::<Vec<Value>>(),
        "authority_declared": checked.authority_declared,
        "torn_bytes_cut": checked.torn_bytes_cut,
    });
    let card = Sheet::card([
        ("size", Cell::Count(checked.head.size.get())),
        ("chain_hash", Cell::from(checked.head.chain.to_string())),
        ("root", Cell::from(checked.root.to_base64())),
        ("integrity", Cell::from(verdict(checked.integrity()))),
        ("completeness", Cell::from(verdict(checked.completeness()))),
    ]);
    let mut report = Report::new(json).sheet(card);
    let mut sheet = Sheet::rows(["question", "position", "segment", "offset", "finding"]);
    for (
        question,
        Finding {
            position,
            place,
            fault,
        },
    ) in rows()
    {
        sheet.push([
            Cell::from(question),
            position.map_or(Cell::None, |position| Cell::Number(position.get())),
            place.map_or(Cell::None, |place| Cell::Number(place.segment.get())),
            place.map_or(Cell::None, |place| Cell::Number(place.offset)),
            Cell::from(fault.to_string()),
        ]);
    }
    if rows().next().is_some() {
        report = report.line("").sheet(sheet);
    }
    if checked.more > 0 {
        report = report.line(format!("and {} more findings", thousands(checked.more)));
    }
    for not_checked in &checked.not_checked {
        report = report.line(format!("not checked: {not_checked}"));
    }
    if !checked.authority_declared {
        report = report.line(UNDECLARED);
    }
    if checked.torn_bytes_cut > 0 {
        let bytes = thousands(checked.torn_bytes_cut);
        report = report.line(format!(
            "{bytes} bytes of a commit never acknowledged were cut"
        ));
    }
    report
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "OK",
        Verdict::Findings => "FINDINGS",
        Verdict::Undecided => "UNDECIDED",
    }
}

fn conclude(checked: &fsck::Report, data: &Path) -> Result<(), Failure> {
    let data = data.display().to_string();
    let found = checked.integrity.len() as u64 + checked.completeness.len() as u64 + checked.more;
    if found > 0 {
        return Err(
            Failure::new(Exit::Found, Outcome::Findings(thousands(found), data))
                .hint("docs/OPERATING.md says how to recover"),
        );
    }
    if checked.is_ok() {
        return Ok(());
    }
    Err(Failure::new(Exit::Unchecked, Outcome::Undecided(data)))
}
