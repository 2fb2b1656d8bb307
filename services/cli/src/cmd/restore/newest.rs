//! What came after a backup, from whoever has it.

use std::path::Path;

use caseledger_chain::{
    BundleId, Checkpoint, CheckpointError, LedgerId, TILE_WIDTH, VerifierKey, decode_bundle,
};
use caseledger_client::{AnySource, LogSource as _, SourceError};
use caseledger_engine::backup::{BehindError, Source, SourceError as FolderError, Witnesses};
use caseledger_engine::restore::Since;
use caseledger_engine::{Head, LedgerPaths, guard};

use super::RestoreArgs;
use super::write::unvouched;
use crate::backup::BackupError;
use crate::connect::verifier_key;
use crate::exit::{Exit, Failure};
use crate::progress;

/// What came after a backup, as far as anybody knows.
pub(super) struct Newest {
    /// Who was asked; nobody if it was only stated that nothing did.
    pub(super) place: Option<String>,
    /// What came after it.
    pub(super) since: Since,
    /// Where the data folder that was asked ends before the backup does: a head that the journal must have had.
    pub(super) passed: Option<Head>,
    /// The signed checkpoint of the log that was asked.
    signed: Option<(Vec<u8>, Checkpoint)>,
    /// Whether that ends before the backup does, or cannot show that its own end is not lost.
    short: bool,
}

/// Nobody can be asked.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error(
        "{0} is no data folder of a ledger, so a published log, and --key does not name its key"
    )]
    NoKey(String),
    #[error("{log} publishes nothing that the key has signed")]
    Unsigned {
        log: String,
        #[source]
        source: CheckpointError,
    },
}

impl Newest {
    /// Asks whoever the arguments name what came after `head`, where the backup of `ledger` ends.
    ///
    /// # Errors
    /// [`Failure`] if nobody is named and it is not stated that nobody is there; if who was asked has another history,
    /// does not answer, or knows less than the backup.
    pub(super) async fn ask(
        args: &RestoreArgs,
        ledger: LedgerId,
        head: Head,
    ) -> Result<Self, Failure> {
        let found = head.size.get();
        let mut newest = Self {
            place: args.against.clone(),
            since: Since::behind(ledger, head),
            passed: None,
            signed: None,
            short: false,
        };
        let Some(place) = &args.against else {
            if args.nothing_newer_exists {
                return Ok(newest);
            }
            return Err(BackupError::Unshown { size: found }.into());
        };
        let published = if LedgerPaths::beside(place)?.store().meta().is_file() {
            newest.folder(Path::new(place), head, args.nothing_newer_exists)?
        } else {
            let Some(key) = &args.key else {
                let error = AskError::NoKey(place.clone());
                return Err(Failure::new(Exit::Usage, error));
            };
            let source = AnySource::open_with(place, &args.ca.access()?);
            let source = source.map_err(|error| Failure::new(Exit::Usage, error))?;
            newest.log(place, &source, &verifier_key(key)?).await?
        };
        newest.short |= published < found;
        if newest.short && !args.nothing_newer_exists {
            let place = place.clone();
            return Err(BackupError::Short {
                place,
                published,
                found,
            }
            .into());
        }
        Ok(newest)
    }

    /// Asks the data folder of a ledger, which may be served; how many entries it has. Its journal may have lost its end, or
    /// be an old copy, so that nothing came after the backup is believed only if what lies beside it knows of no more.
    fn folder(&mut self, data: &Path, head: Head, stated: bool) -> Result<u64, Failure> {
        let place = || data.display().to_string();
        let paths = LedgerPaths::beside(data)?;
        let witnesses =
            Witnesses::of(&paths).map_err(|error| BackupError::from(FolderError::from(error)))?;
        let source = Source::open(&paths).map_err(BackupError::from)?;
        let (ledger, expected) = (source.ledger(), self.since.ledger());
        if ledger != expected {
            return Err(BackupError::OtherLedger {
                folder: data.to_owned(),
                expected: expected.to_string(),
                found: ledger.to_string(),
                origin: source.origin().to_owned(),
            }
            .into());
        }
        let end = source.head();
        if let Some((path, remembered)) = witnesses.further(end.size.max(head.size)) {
            return Err(BackupError::Outlived {
                place: place(),
                path,
                remembered: remembered.get(),
                found: end.size.get(),
            }
            .into());
        }
        let behind = |from| {
            source.behind(from).map_err(|error| match error {
                BehindError::Since(source) => BackupError::Since {
                    place: place(),
                    source: Box::new(source),
                },
                other @ BehindError::Copy(_) => BackupError::Against {
                    place: place(),
                    source: Box::new(other),
                },
            })
        };
        // As long as what the guard remembers, and not the same: a journal of another history.
        if let Some(guard) = witnesses.guard().filter(|guard| guard.size <= end.size) {
            behind(guard)?;
        }
        if end.size < head.size {
            self.passed = Some(end);
            return Ok(end.size.get());
        }
        self.since = behind(head)?;
        if self.since.is_empty()
            && let Err(source) = witnesses.complete()
        {
            if !stated {
                let (place, source) = (place(), Box::new(source));
                return Err(BackupError::Unbelieved { place, source }.into());
            }
            self.short = true;
        }
        Ok(end.size.get())
    }

    /// Asks a published log; how many entries it has. That they lead to what it has signed is checked when the journal is
    /// there ([`Newest::check`]).
    async fn log(
        &mut self,
        log: &str,
        source: &AnySource,
        key: &VerifierKey,
    ) -> Result<u64, Failure> {
        let note = source.checkpoint().await.map_err(unread)?;
        let checkpoint = Checkpoint::open(&note, key).map_err(|source| {
            let log = log.to_owned();
            Failure::new(Exit::Found, AskError::Unsigned { log, source })
        })?;
        let (from, size) = (self.since.from().size, checkpoint.size);
        let bar = progress::bar(size.get().saturating_sub(from.get()), "entries");
        let bar = bar.with_message("reading what came after");
        for bundle in BundleId::between(from, size.max(from)) {
            let bytes = source.bundle(bundle).await.map_err(unread)?;
            // The source has checked the form already.
            let entries = decode_bundle(&bytes, bundle.width()).unwrap_or_default();
            let first = bundle.index() * u64::from(TILE_WIDTH);
            let known = from.get().saturating_sub(first) as usize;
            for entry in entries.iter().skip(known) {
                self.since
                    .push(entry)
                    .map_err(|source| BackupError::Since {
                        place: log.to_owned(),
                        source: Box::new(source),
                    })?;
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        self.signed = Some((note.to_vec(), checkpoint));
        Ok(size.get())
    }

    /// Whether the restored journal, and what came after it, is what the log that was asked has signed.
    ///
    /// # Errors
    /// [`BackupError::Unvouched`].
    pub(super) fn check(&self, paths: &LedgerPaths) -> Result<(), BackupError> {
        let Some((note, checkpoint)) = &self.signed else {
            return Ok(());
        };
        let checked = if self.since.is_empty() {
            guard::check(paths, note).map(drop)
        } else {
            self.since.lead_to(paths, checkpoint.root)
        };
        checked.map_err(unvouched(|| self.place.clone().unwrap_or_default()))
    }

    /// What is known, as a script reads it.
    pub(super) const fn name(&self) -> &'static str {
        if !self.since.is_empty() {
            "NO"
        } else if self.place.is_some() && !self.short {
            "SHOWN"
        } else {
            "STATED"
        }
    }

    /// The same for people.
    pub(super) fn told(&self) -> String {
        let place = self.place.as_deref().unwrap_or_default();
        match self.name() {
            "NO" => format!("no: {place} has {} more entries", self.since.len()),
            "SHOWN" => format!("yes: {place} has nothing that came after it"),
            _ => "as stated by --nothing-newer-exists, and shown by nobody".to_owned(),
        }
    }
}

/// What a log does not hand out, or not well formed, is wrong; what cannot be asked now may be later.
fn unread(error: SourceError) -> Failure {
    let exit = match error {
        SourceError::Malformed { .. } => Exit::Found,
        SourceError::Absent { .. }
        | SourceError::Unreachable { .. }
        | SourceError::Status { .. }
        | SourceError::Address { .. }
        | SourceError::Tls(_) => Exit::Unavailable,
    };
    Failure::new(exit, error)
}
