//! `restore`: a ledger from its backup.

use std::path::PathBuf;

use caseledger_engine::backup::Source;
use caseledger_engine::fsck::{self, Depth};
use caseledger_engine::restore::VaultRestored;
use caseledger_engine::{Head, LedgerPaths, VaultOpened};
use clap::Args;
use serde_json::json;

use crate::args::{CaArgs, FormatArgs};
use crate::backup::{BackupError, Identities, Manifest, Part, Staging, find};
use crate::cmd::fsck as check;
use crate::connect::open_engine;
use crate::exit::{Exit, Failure, chain};
use crate::output::{Cell, Output, Report, Sheet};

use self::newest::Newest;
use self::write::{Work, Written};

mod newest;
mod write;

/// Restore a ledger from a backup, and destroy in it again what was destroyed since.
///
/// Every file is compared with its manifest before anything is written, and the journal with the
/// signed checkpoint in it. Then the ledger is opened once, under names that no other command opens,
/// and gets its own only if all is well. Nothing is overwritten; a restoration that was killed is
/// done by running it again.
///
/// A backup from before a shredding brings back what was destroyed, and a ledger that goes on from it
/// signs other entries in the place of those that it lacks. So somebody has to be asked, by
/// --against: the published log, or the data folder of the ledger. If nothing came after the
/// backup, the ledger is restored as it was. If something did, the data keys of all cases that were
/// shredded since are destroyed in it, and it can only be read (serve --read-only): its rollback
/// guard remembers what it lacks. Where nobody can be asked, --nothing-newer-exists says so instead.
///
/// Exit code 2: neither was said. 3: the log of --against cannot be read, or another restoration
/// runs. 4: a file of the backup is not what was written, --verify found something, and so nothing
/// was restored; or the ledger was restored for reading, because it lacks entries. 5: without keys
/// or vault the ledger could not be opened, so not everything could be checked; or whoever --against
/// names ends before the backup, or is a data folder that has lost its own end or its guard, and
/// nothing was restored.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger restore /mnt/backup --to ledger --against http://ledger.example/ --key ledger.vkey
  caseledger restore /mnt/backup --to ledger2 --against ledger --verify
  caseledger restore /mnt/backup /mnt/safe --to ledger --identity backup.identity \\
    --nothing-newer-exists")]
pub(crate) struct RestoreArgs {
    /// Folders of the backup, or of parts of it
    #[arg(required = true, value_name = "DIR")]
    from: Vec<PathBuf>,

    /// Folder of the ledger; there must be none
    #[arg(long, value_name = "DATA")]
    to: PathBuf,

    /// Part to restore, beside the journal, any number of times [default: all that there are]
    #[arg(long, value_name = "PART", value_enum)]
    part: Vec<Part>,

    /// File with an age identity that opens the backup, any number of times; nobody else may read it
    #[arg(long, value_name = "FILE")]
    identity: Vec<PathBuf>,

    /// Check the restored ledger from the first byte to the last, as by `caseledger fsck`
    #[arg(long)]
    verify: bool,

    /// Who knows what came after the backup: a published log, or the data folder of the ledger
    #[arg(long, value_name = "URL|DIR")]
    against: Option<String>,

    /// State that there is no newer copy of the journal anywhere, and nobody to ask: what was shredded
    /// after the backup comes back, and what was recorded after it is contradicted
    #[arg(long)]
    nothing_newer_exists: bool,

    /// Verifier key of a published log, or a file with it
    #[arg(
        long,
        value_name = "VKEY|FILE",
        env = "CASELEDGER_KEY",
        hide_env_values = true
    )]
    key: Option<String>,

    #[command(flatten)]
    ca: CaArgs,

    /// Folder of the keys [default: DATA.keys]
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,

    /// File of the rollback guard [default: DATA.guard]
    #[arg(long, value_name = "FILE")]
    guard: Option<PathBuf>,

    #[command(flatten)]
    format: FormatArgs,
}

/// What a restoration came to where it is not all well.
#[derive(Debug, thiserror::Error)]
enum Outcome {
    #[error("nothing is restored: {0} findings are in what the backup holds")]
    Findings(u64),
    #[error("{0} is restored, but not everything could be checked")]
    Undecided(String),
    #[error("{data} is restored, but was not opened: there are no {missing}")]
    Unopened { data: String, missing: String },
    #[error(
        "{data} is restored for reading: it has {found} entries, {place} has {published}, and it lacks the last {}",
        published - found
    )]
    Behind {
        data: String,
        place: String,
        published: u64,
        found: u64,
    },
}

/// Runs the command.
pub(crate) async fn run(args: &RestoreArgs, output: &Output) -> Result<(), Failure> {
    let near = LedgerPaths::beside(&args.to)?;
    let keys = args.keys.as_deref().unwrap_or(near.keys());
    let guard = args.guard.as_deref().unwrap_or(near.store().guard());
    let paths = LedgerPaths::new(&args.to, keys, guard)?;
    let identities = Identities::load(&args.identity)?;
    let found = find(&args.from, &args.part)?;
    let Some(Manifest { ledger, head, .. }) = found.first().map(|journal| &journal.manifest) else {
        // A journal is always found.
        return Ok(());
    };
    let (ledger, head) = (*ledger, head.ok_or(BackupError::NoHead)?);
    let newest = Newest::ask(args, ledger, head).await?;
    let work = Work {
        paths: paths.clone(),
        found,
        head,
        newest,
        named: !args.part.is_empty(),
    };
    let written = tokio::task::spawn_blocking(move || work.run(&identities));
    let Written {
        staging,
        parts,
        vault,
        newest,
    } = written.await??;
    let checked = match opened(args, output, &paths, &staging, (&newest, vault)).await {
        Ok(checked) => checked,
        Err(failure) => {
            staging.remove();
            return Err(failure);
        }
    };
    let left = tokio::task::spawn_blocking(move || staging.place(&|_| Ok(()))).await??;
    if let Some(left) = left {
        let left = chain(&left);
        output.note(&format!(
            "{left}: it is restored all the same; remove what ends in .restoring"
        ));
    }
    show(args, output, &paths, &parts, (&newest, vault), &checked)?;
    conclude(&paths, &newest, &checked)
}

/// What was seen of a restored ledger before it got its name.
struct Checked {
    /// Where its journal ends: opening finishes a shredding that was ordered.
    head: Head,
    /// What it takes to open it and is not there.
    missing: Option<String>,
    /// What opening did with its vault, if it was opened.
    vault: Option<VaultOpened>,
    report: Option<fsck::Report>,
}

/// Opens what was restored, and checks it if asked to. Keys and vault that were there before are opened with it: a
/// shredding that was ordered is finished in them, whatever else is found.
async fn opened(
    args: &RestoreArgs,
    output: &Output,
    paths: &LedgerPaths,
    staging: &Staging,
    (newest, vault): (&Newest, VaultRestored),
) -> Result<Checked, Failure> {
    let now = staging.paths()?;
    let missing = if !now.keys().exists() {
        Some(format!("keys at {}", paths.keys().display()))
    } else if vault == VaultRestored::Missing {
        Some(format!("data keys at {}", paths.vault().display()))
    } else {
        None
    };
    // One that lacks entries signs nothing.
    let opens = missing.is_none() && newest.since.is_empty();
    let mut opened = None;
    if opens {
        let (engine, told) = open_engine(now.clone()).await.map_err(|failure| {
            failure.hint(
                "what was restored is removed again; --part restores parts of the backup without the \
                 others",
            )
        })?;
        tokio::task::spawn_blocking(move || engine.close()).await??;
        opened = Some(told.vault);
    }
    let head = Source::open(&now).map_err(BackupError::from)?.head();
    let mut report = None;
    if args.verify {
        let checked = verify(&now, opens, newest).await?;
        let found = (checked.integrity.len() + checked.completeness.len()) as u64 + checked.more;
        if found > 0 {
            output.show(args.format.format, &check::report(&checked))?;
            let failure = Failure::new(Exit::Found, Outcome::Findings(found));
            return Err(failure.hint(
                "what was restored is removed again; restore another copy of the backup. Without --verify \
                 this one is restored as it is, for whoever has no other",
            ));
        }
        report = Some(checked);
    }
    Ok(Checked {
        head,
        missing,
        vault: opened,
        report,
    })
}

/// Without keys the journal is all that can be checked. Where entries are missing, so are those that explain what is not
/// there of private parts.
async fn verify(
    paths: &LedgerPaths,
    opened: bool,
    newest: &Newest,
) -> Result<fsck::Report, Failure> {
    if opened {
        return check::check(paths.clone(), None, Depth::Everything).await;
    }
    let paths = if newest.since.is_empty() {
        paths.clone()
    } else {
        paths.clone().with_vault(paths.keys().join("none"))?
    };
    let key = caseledger_engine::keys::shown(&paths).ok();
    let key = key.and_then(|keys| Some(keys.present()?.to_string()));
    check::check(paths, key.as_deref(), Depth::Journal).await
}

/// Tells what was restored.
fn show(
    args: &RestoreArgs,
    output: &Output,
    paths: &LedgerPaths,
    parts: &[Part],
    (newest, vault): (&Newest, VaultRestored),
    checked: &Checked,
) -> Result<(), Failure> {
    let Checked {
        head,
        missing,
        vault: by_opening,
        report,
    } = checked;
    let behind = newest.since.len();
    let opened = missing.is_none() && behind == 0;
    let data = paths.data().display().to_string();
    let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
    let (mut destroyed, mut lost) = match vault {
        VaultRestored::Replayed(replayed) => (replayed.dropped, replayed.lost),
        VaultRestored::Unused | VaultRestored::Missing | VaultRestored::Sound => (0, 0),
    };
    if let Some(opened) = by_opening {
        // What is lost stays lost, and is counted again.
        destroyed += opened.replayed.map_or(0, |replayed| replayed.dropped);
        lost = opened.lost;
    }
    let (destroyed, lost) = (destroyed as u64, lost as u64);
    let verified = report.as_ref().map(fsck::Report::is_ok);
    let json = json!({
        "data": data,
        "guard": paths.store().guard().display().to_string(),
        "parts": names,
        "size": head.size.get(),
        "chain_hash": head.chain.to_string(),
        "newest": newest.name(),
        "newest_by": newest.place,
        "entries_lacking": behind,
        "keys_destroyed": destroyed,
        "keys_lost": lost,
        "opened": opened,
        "verified": verified,
    });
    let said = |yes: bool| Cell::from(if yes { "yes" } else { "no" });
    let card = Sheet::card([
        ("data", Cell::from(data)),
        ("parts", Cell::from(names.join(", "))),
        ("size", Cell::Count(head.size.get())),
        ("chain_hash", Cell::from(head.chain.to_string())),
        ("newest", Cell::from(newest.told())),
        ("keys_destroyed", Cell::Count(destroyed)),
        ("keys_lost", Cell::Count(lost)),
        ("opened", said(opened)),
        ("verified", verified.map_or(Cell::None, said)),
    ]);
    output.show(args.format.format, &Report::new(json).sheet(card))
}

/// Everything that is not well, the worst first.
fn conclude(paths: &LedgerPaths, newest: &Newest, checked: &Checked) -> Result<(), Failure> {
    let data = paths.data().display().to_string();
    if !newest.since.is_empty() {
        let outcome = Outcome::Behind {
            data,
            place: newest.place.clone().unwrap_or_default(),
            published: newest.since.head().size.get(),
            found: newest.since.from().size.get(),
        };
        return Err(Failure::new(Exit::Found, outcome).hint(
            "if there is a newer journal, move the data folder and its guard away and restore it beside \
             this vault by --part journal; else only `serve --read-only` opens it, and docs/OPERATING.md \
             says what becomes of a ledger whose end is lost",
        ));
    }
    if let Some(missing) = &checked.missing {
        let missing = missing.clone();
        return Err(
            Failure::new(Exit::Unchecked, Outcome::Unopened { data, missing })
                .hint("bring them there, or restore that part, too; then run `caseledger fsck`"),
        );
    }
    if checked
        .report
        .as_ref()
        .is_some_and(|report| !report.is_ok())
    {
        return Err(Failure::new(Exit::Unchecked, Outcome::Undecided(data)));
    }
    Ok(())
}
