//! `restore`: a ledger from its backup.

use std::fs;
use std::path::{Path, PathBuf};

use caseledger_chain::{Checkpoint, VerifierKey};
use caseledger_client::{AnySource, LogSource as _, SourceError};
use caseledger_engine::backup::Source;
use caseledger_engine::fsck::{self, Depth};
use caseledger_engine::{Head, LedgerPaths, guard};
use clap::Args;
use serde_json::json;

use crate::args::{CaArgs, FormatArgs};
use crate::backup::{BackupError, Found, Identities, Part, Staged, beside, find, place};
use crate::cmd::fsck as check;
use crate::connect::{open_engine, verifier_key};
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet};
use crate::progress;

/// Restore a ledger from a backup.
///
/// Every file is compared with its manifest before anything is written, and the journal with the
/// signed checkpoint in it before it gets its name. Then the rollback guard is made, at the end of the
/// backup, and the ledger is opened once. Nothing is overwritten.
///
/// A backup from before the last entries forgets them. Where the log is published, name it by
/// --against: a backup that lacks something that was published is refused, because a ledger restored
/// from it would sign a second history.
///
/// Exit code 3: the log of --against cannot be read. 4: a file of the backup is not what was written,
/// the backup lacks published entries, or --verify found something. 5: without keys the ledger could
/// not be opened, so not everything could be checked.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger restore /mnt/backup --to ledger --verify
  caseledger restore /mnt/backup --to ledger --against http://ledger.example/ --key ledger.vkey
  caseledger restore /mnt/backup /mnt/safe --to ledger --identity backup.identity")]
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

    /// Published log that the backup must not fall behind, at an address or in a directory
    #[arg(long, value_name = "URL|DIR", requires = "key")]
    against: Option<String>,

    /// Verifier key of that log, or a file with it
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
    #[error("{0} is restored, and {1} findings are in it")]
    Findings(String, usize),
    #[error("{0} is restored, but not everything could be checked")]
    Undecided(String),
    #[error("{0} is restored, but was not opened: there are no keys at {1}")]
    Unopened(String, String),
    #[error("{log} publishes nothing that the key has signed")]
    Unsigned {
        log: String,
        #[source]
        source: caseledger_chain::CheckpointError,
    },
}

/// Runs the command.
pub(crate) async fn run(args: &RestoreArgs, output: &Output) -> Result<(), Failure> {
    let near = LedgerPaths::beside(&args.to)?;
    let keys = args.keys.as_deref().unwrap_or(near.keys());
    let guard = args.guard.as_deref().unwrap_or(near.store().guard());
    let paths = LedgerPaths::new(&args.to, keys, guard)?;
    let vault = beside(&args.to, ".vault");
    let identities = Identities::load(&args.identity)?;
    let found = find(&args.from, &args.part)?;
    let Some(head) = found.first().map(|journal| journal.manifest.head) else {
        // A journal is always found.
        return Ok(());
    };
    let head = head.ok_or(BackupError::NoHead)?;
    let published = match (&args.against, &args.key) {
        (Some(log), Some(key)) => Some(published(log, &verifier_key(key)?, &args.ca, head).await?),
        (None, _) | (_, None) => None,
    };
    let work = Work {
        staged: Staged::beside(paths.data(), paths.keys(), &vault),
        paths: paths.clone(),
        vault,
        found,
        head,
        published,
        against: args.against.clone().unwrap_or_default(),
    };
    let parts = work.parts();
    let restored = tokio::task::spawn_blocking(move || work.run(&identities));
    restored.await??;
    settle(args, output, &paths, head, &parts).await
}

/// The newest checkpoint that a log has published, if the backup holds everything that it covers.
async fn published(
    log: &str,
    key: &VerifierKey,
    ca: &CaArgs,
    head: Head,
) -> Result<Vec<u8>, Failure> {
    let source = AnySource::open_with(log, &ca.access()?);
    let source = source.map_err(|error| Failure::new(Exit::Usage, error))?;
    let note = source.checkpoint().await.map_err(|error| match error {
        SourceError::Malformed { .. } => Failure::new(Exit::Found, error),
        other => Failure::new(Exit::Unavailable, other),
    })?;
    let checkpoint = Checkpoint::open(&note, key).map_err(|source| {
        let log = log.to_owned();
        Failure::new(Exit::Found, Outcome::Unsigned { log, source })
    })?;
    if checkpoint.size > head.size {
        return Err(BackupError::Forgets {
            log: log.to_owned(),
            published: checkpoint.size.get(),
            found: head.size.get(),
        }
        .into());
    }
    Ok(note.to_vec())
}

struct Work {
    found: Vec<Found>,
    /// Where the backup says that the journal ends.
    head: Head,
    /// What others have been shown, and where.
    published: Option<Vec<u8>>,
    against: String,
    staged: Staged,
    paths: LedgerPaths,
    vault: PathBuf,
}

impl Work {
    fn parts(&self) -> Vec<Part> {
        self.found.iter().map(|found| found.manifest.part).collect()
    }

    fn place(&self, part: Part) -> &Path {
        match part {
            Part::Journal => self.paths.data(),
            Part::Keys => self.paths.keys(),
            Part::Vault => &self.vault,
        }
    }

    fn run(&self, identities: &Identities) -> Result<(), Failure> {
        let parts = self.parts();
        let guard = self.paths.store().guard();
        for path in parts.iter().map(|part| self.place(*part)).chain([guard]) {
            if fs::symlink_metadata(path).is_ok() {
                let path = path.to_owned();
                return Err(BackupError::Exists { path }.into());
            }
        }
        for part in &parts {
            let path = self.staged.folder(*part).to_owned();
            if fs::symlink_metadata(&path).is_ok() {
                return Err(BackupError::Left { path }.into());
            }
        }
        let bytes: u64 = self.found.iter().map(|found| found.manifest.bytes()).sum();
        let bar = progress::bytes(bytes).with_message("checking the backup");
        for found in &self.found {
            found.check(&bar)?;
        }
        bar.set_position(0);
        bar.set_message("writing");
        let staged = self
            .found
            .iter()
            .try_for_each(|found| found.write(&self.staged, identities, &bar))
            .map_err(Failure::from)
            .and_then(|()| self.vouch());
        bar.finish_and_clear();
        if let Err(failure) = staged {
            self.staged.remove(&parts);
            return Err(failure);
        }
        // The data folder last: what has its name is whole. A crash in between leaves parts with their final names, which
        // the next restoration names and refuses to overwrite.
        for part in parts.iter().rev() {
            place(self.staged.folder(*part), self.place(*part))?;
        }
        // Only now may it be written to: without a guard it is not opened.
        guard::restore_at(&self.paths, self.head)?;
        Ok(())
    }

    /// Whether the journal is the one that the manifest means, and continues what was signed.
    fn vouch(&self) -> Result<(), Failure> {
        let paths = LedgerPaths::beside(&self.staged.data)?;
        let found = Source::open(&paths).map_err(BackupError::from)?.head();
        let expected = self.head;
        if found != expected {
            return Err(BackupError::OtherHead { expected, found }.into());
        }
        let manifests = self.found.iter().map(|found| &found.manifest);
        let kept = manifests.filter_map(|manifest| manifest.checkpoint.as_ref());
        let kept = kept.map(|note| (note.as_bytes(), "the backup".to_owned()));
        let published = self.published.iter();
        let published = published.map(|note| (&**note, self.against.clone()));
        for (note, of) in kept.chain(published) {
            guard::check(&paths, note).map_err(|source| {
                let source = source.into();
                BackupError::Unvouched { of, source }
            })?;
        }
        Ok(())
    }
}

/// Opens what was restored, checks it if asked to, and tells.
async fn settle(
    args: &RestoreArgs,
    output: &Output,
    paths: &LedgerPaths,
    head: Head,
    parts: &[Part],
) -> Result<(), Failure> {
    let data = paths.data().display().to_string();
    let opened = paths.keys().exists();
    if opened {
        let (engine, _) = open_engine(paths.clone()).await?;
        tokio::task::spawn_blocking(move || engine.close()).await??;
    }
    let checked = if args.verify {
        Some(verify(paths, opened).await?)
    } else {
        None
    };
    let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
    let json = json!({
        "data": data,
        "guard": paths.store().guard().display().to_string(),
        "parts": names,
        "size": head.size.get(),
        "chain_hash": head.chain.to_string(),
        "opened": opened,
        "verified": checked.as_ref().map(fsck::Report::is_ok),
    });
    let said = |yes: bool| Cell::from(if yes { "yes" } else { "no" });
    let verified = checked.as_ref();
    let card = Sheet::card([
        ("data", Cell::from(data.clone())),
        ("parts", Cell::from(names.join(", "))),
        ("size", Cell::Count(head.size.get())),
        ("chain_hash", Cell::from(head.chain.to_string())),
        ("opened", said(opened)),
        (
            "verified",
            verified.map_or(Cell::None, |checked| said(checked.is_ok())),
        ),
    ]);
    output.show(args.format.format, &Report::new(json).sheet(card))?;
    if let Some(checked) = &checked {
        let found = checked.integrity.len() + checked.completeness.len();
        if found > 0 || checked.head != head {
            return Err(
                Failure::new(Exit::Found, Outcome::Findings(data, found)).hint(
                    "run `caseledger fsck --data DIR` to see them, and do not serve this ledger",
                ),
            );
        }
    }
    if !opened {
        let keys = paths.keys().display().to_string();
        return Err(
            Failure::new(Exit::Unchecked, Outcome::Unopened(data, keys)).hint(
                "bring the key folder there, or restore the part keys, then run `caseledger fsck`",
            ),
        );
    }
    if checked.is_some_and(|checked| !checked.is_ok()) {
        return Err(Failure::new(Exit::Unchecked, Outcome::Undecided(data)));
    }
    Ok(())
}

/// Without keys the journal is all that can be checked.
async fn verify(paths: &LedgerPaths, opened: bool) -> Result<fsck::Report, Failure> {
    if opened {
        return check::check(paths.clone(), None, Depth::Everything).await;
    }
    let key = caseledger_engine::keys::shown(paths).ok();
    let key = key.and_then(|keys| Some(keys.present()?.to_string()));
    check::check(paths.clone(), key.as_deref(), Depth::Journal).await
}
