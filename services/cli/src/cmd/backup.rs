//! `backup`: a copy of a ledger that only grows.

use std::path::{Path, PathBuf};

use caseledger_chain::UnverifiedCheckpoint;
use caseledger_engine::{LedgerPaths, backup};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;

use crate::args::FormatArgs;
use crate::backup::{
    BackupError, Contents, Done, Manner, Part, Recipient, back_up_journal, back_up_set, recipient,
    tidy,
};
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet};
use crate::progress;

/// How often a vault that changes while it is copied is copied again.
const ATTEMPTS: usize = 5;

/// Back up a ledger, also while it is served.
///
/// Three parts with lifetimes of their own, each in a folder of its name below DIR. journal: the
/// entries up to the last one that is durable. It only ever grows: what is there is not copied again.
/// keys: the keys that sign checkpoints, and the index key. vault: key table of the private parts, and
/// the keyring to it, if the ledger has them. Keys and vault are replaced as a whole, and those of before
/// are destroyed: with an old keyring, what was shredded since can be read again. Keep journal and
/// keys apart by running this once for each, with --part and another DIR.
///
/// A part is complete or as it was: its manifest is written last. A backup that was interrupted goes
/// on where it was. A folder with the backup of another ledger, or of one that was further, is
/// refused with both sides named. Keys and a vault with which the ledger cannot go on are refused: what
/// the backup has of them stays.
///
/// Exit code 3: another backup runs, or a shredding. 4: the backup is ahead of the ledger, or of
/// another history, or its vault or keys are newer than those of the ledger, or it has a key that
/// these lack, or the vault was made of an old copy since: something was rolled back, and nothing in the
/// backup is destroyed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger backup ledger --to /mnt/backup
  caseledger backup ledger --part journal --to /mnt/backup
  caseledger backup ledger --part keys --part vault --to /mnt/safe --age age1...")]
pub(crate) struct BackupArgs {
    /// Folder of the ledger
    #[arg(value_name = "DATA")]
    data: PathBuf,

    /// Folder of the backup; made if there is none
    #[arg(long, value_name = "DIR")]
    to: PathBuf,

    /// Part to back up, any number of times [default: all that there are]
    #[arg(long, value_name = "PART", value_enum)]
    part: Vec<Part>,

    /// Encrypt each file for this age recipient, any number of times
    #[arg(long, value_name = "RECIPIENT", value_parser = recipient)]
    age: Vec<Recipient>,

    /// Keep the keys and the vault of earlier backups: what was shredded since stays readable
    #[arg(long)]
    keep: bool,

    /// Folder of the keys [default: DATA.keys]
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,

    #[command(flatten)]
    format: FormatArgs,
}

/// Runs the command.
pub(crate) async fn run(args: &BackupArgs, output: &Output) -> Result<(), Failure> {
    let near = LedgerPaths::beside(&args.data)?;
    let keys = args.keys.as_deref().unwrap_or(near.keys());
    let work = Work {
        paths: LedgerPaths::new(&args.data, keys, near.store().guard())?,
        to: args.to.clone(),
        parts: args.part.clone(),
        recipients: args.age.clone(),
        keep: args.keep,
    };
    let done = tokio::task::spawn_blocking(move || {
        let bar = progress::bytes(0).with_message("copying");
        let done = work.run(&bar);
        bar.finish_and_clear();
        done
    });
    output.show(args.format.format, &report(&done.await??))
}

struct Work {
    paths: LedgerPaths,
    to: PathBuf,
    parts: Vec<Part>,
    recipients: Vec<Recipient>,
    keep: bool,
}

impl Work {
    fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    fn run(&self, bar: &ProgressBar) -> Result<Vec<Done>, Failure> {
        let (ledger, origin) = backup::which(&self.paths).map_err(|error| {
            Failure::new(Exit::Refused, error).about(&self.paths.data().display())
        })?;
        self.check_places()?;
        let manner = Manner {
            recipients: &self.recipients,
            before: &|_| Ok(()),
            progress: bar,
        };
        let others = self.journal_and_vault((ledger, &origin), manner);
        // Behind the journal: a key that is not used yet does no harm, one that is missing does. Also if something is wrong
        // with the others: each part is worth something by itself.
        let keys = self.wants(Part::Keys);
        let keys = keys.then(|| self.keys((ledger, &origin), manner));
        let mut done = others?;
        done.extend(keys.transpose()?);
        done.sort_by_key(|done| done.manifest.part);
        Ok(done)
    }

    /// Once more if the keys were replaced meanwhile. Other ones than the ledger goes on with would be of no use when they are
    /// needed, and destroy those that are.
    fn keys(
        &self,
        which: (caseledger_chain::LedgerId, &str),
        manner: Manner<'_>,
    ) -> Result<Done, Failure> {
        for _ in 0..ATTEMPTS {
            let to = self.to.join(Part::Keys.name());
            let done = tidy(which.0, to.clone(), manner)
                .and_then(|_| Contents::keys(&self.paths))
                .and_then(|keys| back_up_set(which, &keys, to, self.keep, manner));
            match done {
                Err(BackupError::Changing(_)) => {}
                done => return Ok(done?),
            }
        }
        Err(BackupError::Changing(self.paths.keys().to_owned()).into())
    }

    /// The vault is looked at before the journal is copied, and must be the same when it has been copied itself: keys that
    /// the entries name are in it then, and what was shredded is shredded in both.
    fn journal_and_vault(
        &self,
        which: (caseledger_chain::LedgerId, &str),
        manner: Manner<'_>,
    ) -> Result<Vec<Done>, Failure> {
        for _ in 0..ATTEMPTS {
            let vault = self.vault(which.0, manner);
            let mut done = Vec::new();
            // Also if something is wrong with the vault: what is recorded meanwhile is not to be lost, too.
            if self.wants(Part::Journal) {
                let to = self.to.join(Part::Journal.name());
                done.push(back_up_journal(&self.paths, to, manner)?);
            }
            let to = self.to.join(Part::Vault.name());
            let vault = vault.and_then(|vault| {
                let vault = vault.map(|vault| back_up_set(which, &vault, to, self.keep, manner));
                vault.transpose()
            });
            match vault {
                Err(BackupError::Changing(_)) => {}
                vault => {
                    done.extend(vault?);
                    return Ok(done);
                }
            }
        }
        Err(BackupError::Changing(self.paths.vault().to_owned()).into())
    }

    /// The vault, if it is to be backed up. There need be none, unless it is asked for by name, the backup has one, or a case
    /// has a data key.
    fn vault(
        &self,
        ledger: caseledger_chain::LedgerId,
        manner: Manner<'_>,
    ) -> Result<Option<Contents>, BackupError> {
        if !self.wants(Part::Vault) {
            return Ok(None);
        }
        let folder = self.to.join(Part::Vault.name());
        let held = tidy(ledger, folder.clone(), manner)?;
        let place = self.paths.vault().to_owned();
        match Contents::vault(&self.paths)? {
            None if held => Err(BackupError::VaultGone { folder, place }),
            None if self.parts.contains(&Part::Vault) => Err(BackupError::Absent(place)),
            None if backup::Source::open(&self.paths)?.has_data_keys()? => {
                Err(BackupError::VaultMissing(place))
            }
            vault => Ok(vault),
        }
    }

    /// Refuses to write where it reads.
    fn check_places(&self) -> Result<(), Failure> {
        for part in Part::ALL {
            let folder = real(&self.to.join(part.name()))?;
            for place in [self.paths.data(), self.paths.keys(), self.paths.vault()] {
                let found = real(place)?;
                if folder.starts_with(&found) || found.starts_with(&folder) {
                    let (folder, place) = (self.to.clone(), place.to_owned());
                    return Err(BackupError::Inside { folder, place }.into());
                }
            }
        }
        Ok(())
    }
}

/// A path behind all links, as far as it exists.
fn real(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path).map_err(io_failure("find", path.display()))?;
    let mut rest = Vec::new();
    let mut there = absolute.as_path();
    loop {
        match there.canonicalize() {
            Ok(found) => return Ok(rest.iter().rev().fold(found, |path, name| path.join(name))),
            Err(error) => match (there.parent(), there.file_name()) {
                (Some(parent), Some(name)) => {
                    rest.push(name.to_owned());
                    there = parent;
                }
                (None, _) | (_, None) => {
                    return Err(io_failure("find", path.display())(error));
                }
            },
        }
    }
}

fn report(done: &[Done]) -> Report {
    let manifests = || done.iter().map(|done| &done.manifest);
    let ledger = manifests().next().map(|manifest| manifest.ledger);
    let head = manifests().find_map(|manifest| manifest.head);
    let note = manifests().find_map(|manifest| manifest.checkpoint.as_deref());
    let covered = note.and_then(|note| UnverifiedCheckpoint::parse(note.as_bytes()).ok());
    let covered = covered.map(|checkpoint| checkpoint.into_unverified().size.get());
    let mut sheet = Sheet::rows([
        "part",
        "folder",
        "files",
        "bytes",
        "copied_files",
        "copied_bytes",
    ]);
    let mut parts = Vec::new();
    for part in done {
        let Done {
            folder,
            manifest,
            copied,
            copied_bytes,
        } = part;
        let (name, folder) = (manifest.part.name(), folder.display().to_string());
        let (files, bytes) = (manifest.file_count(), manifest.bytes());
        parts.push(json!({
            "part": name,
            "folder": folder,
            "encrypted_for": manifest.recipients,
            "files": files,
            "bytes": bytes,
            "copied_files": copied,
            "copied_bytes": copied_bytes,
        }));
        sheet.push([
            Cell::from(name),
            Cell::from(folder),
            Cell::Count(files),
            Cell::Count(bytes),
            Cell::Count(*copied),
            Cell::Count(*copied_bytes),
        ]);
    }
    let json = json!({
        "ledger_id": ledger.map(|ledger| ledger.to_string()),
        "size": head.map(|head| head.size.get()),
        "chain_hash": head.map(|head| head.chain.to_string()),
        "checkpoint_size": covered,
        "parts": parts,
    });
    let mut report = Report::new(json);
    if let (Some(ledger), Some(head)) = (ledger, head) {
        report = report.sheet(Sheet::card([
            ("ledger_id", Cell::from(ledger.to_string())),
            ("size", Cell::Count(head.size.get())),
            ("chain_hash", Cell::from(head.chain.to_string())),
            ("checkpoint_size", covered.map_or(Cell::None, Cell::Count)),
        ]));
        report = report.line("");
    }
    report.sheet(sheet)
}
