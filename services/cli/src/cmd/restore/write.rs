//! Writing a backup out, and making sure that it is what it says and opens nothing that was destroyed.

use std::fs;

use caseledger_engine::backup::Source;
use caseledger_engine::restore::{VaultRestored, check_vault, make_vault_forget};
use caseledger_engine::{Head, LedgerPaths, guard};

use super::newest::Newest;
use crate::backup::{BackupError, Found, Identities, Part, Staged, Staging};
use crate::exit::Failure;
use crate::progress;

/// What is to be restored.
pub(super) struct Work {
    pub(super) paths: LedgerPaths,
    pub(super) found: Vec<Found>,
    /// Where the backup says that the journal ends.
    pub(super) head: Head,
    pub(super) newest: Newest,
    /// Whether the parts to restore were named, and those that are not are not wanted.
    pub(super) named: bool,
}

/// What was written, under names that nothing opens.
pub(super) struct Written {
    pub(super) staging: Staging,
    pub(super) parts: Vec<Part>,
    pub(super) vault: VaultRestored,
    pub(super) newest: Newest,
}

impl Work {
    fn parts(&self) -> Vec<Part> {
        self.found.iter().map(|found| found.manifest.part).collect()
    }

    /// Checks everything that can be checked, then writes, then checks the rest. What was written is gone again if that is
    /// not all well.
    ///
    /// # Errors
    /// [`Failure`]; nothing is restored.
    pub(super) fn run(self, identities: &Identities) -> Result<Written, Failure> {
        let parts = self.parts();
        if !Staging::is_left(&self.paths) {
            self.check_places(&parts)?;
        }
        let bytes: u64 = self.found.iter().map(|found| found.manifest.bytes()).sum();
        let bar = progress::bytes(bytes).with_message("checking the backup");
        let staged = Staged::beside(&self.paths);
        for found in &self.found {
            found.check(&staged, identities, &bar)?;
        }
        let staging = Staging::begin(&self.paths)?;
        // What a restoration has placed that was killed is gone only now.
        let again = self.check_places(&parts);
        bar.set_position(0);
        bar.set_message("writing");
        let vault = again.and_then(|()| {
            let mut found = self.found.iter();
            found.try_for_each(|found| found.write(&staging.at, identities, &bar))?;
            self.vouch(&staging)
        });
        bar.finish_and_clear();
        match vault {
            Ok(vault) => Ok(Written {
                staging,
                parts,
                vault,
                newest: self.newest,
            }),
            Err(failure) => {
                staging.remove();
                Err(failure)
            }
        }
    }

    /// Refuses to write where something is.
    fn check_places(&self, parts: &[Part]) -> Result<(), Failure> {
        let place = |part: &Part| match part {
            Part::Journal => self.paths.data(),
            Part::Keys => self.paths.keys(),
            Part::Vault => self.paths.vault(),
        };
        let guard = self.paths.store().guard();
        // One that outlived its ledger knows what nobody else may know: to move it away would be the wrong advice.
        let journal = self.found.first().map(|journal| journal.manifest.ledger);
        let remembered = journal.and_then(|ledger| guard::remembered(&self.paths, ledger));
        if let Some(remembered) = remembered.filter(|head| head.size > self.head.size) {
            return Err(BackupError::Remembered {
                path: guard.to_owned(),
                remembered: remembered.size.get(),
                found: self.head.size.get(),
            }
            .into());
        }
        for path in parts.iter().map(place).chain([guard]) {
            if fs::symlink_metadata(path).is_ok() {
                let path = path.to_owned();
                return Err(BackupError::Exists { path }.into());
            }
        }
        Ok(())
    }

    /// Whether the journal is the one that the manifest means, continues what was signed, and goes with the vault; that is
    /// made to forget what was destroyed. Then the guard is made: from here on it may be written to.
    fn vouch(&self, staging: &Staging) -> Result<VaultRestored, Failure> {
        let paths = staging.paths()?;
        let source = Source::open(&paths).map_err(BackupError::from)?;
        let (expected, found) = (self.head, source.head());
        if found != expected {
            return Err(BackupError::OtherHead { expected, found }.into());
        }
        let manifests = self.found.iter().map(|found| &found.manifest);
        for manifest in manifests {
            let (expected, found) = (source.ledger(), manifest.ledger);
            if expected != found {
                let folder = self.paths.data().to_owned();
                return Err(BackupError::OtherLedger {
                    folder,
                    expected: expected.to_string(),
                    found: found.to_string(),
                    origin: manifest.origin.clone(),
                }
                .into());
            }
            if let Some(note) = &manifest.checkpoint {
                let of = || "the backup".to_owned();
                guard::check(&paths, note.as_bytes()).map_err(unvouched(of))?;
            }
        }
        self.newest.check(&paths)?;
        let since = &self.newest.since;
        // A vault that was there before may be a copy that was made to forget what was known then, and what was shredded since
        // lives in it. Opening the ledger destroys that, too, once it has compared the journal with what is signed in it; what
        // others have behind its end was compared here.
        let vault = if paths.vault() == staging.at.vault || !since.is_empty() {
            make_vault_forget(&paths, Some(since))
        } else {
            check_vault(&paths)
        };
        let vault = vault.map_err(BackupError::from)?;
        if vault == VaultRestored::Missing && !self.named {
            let vault = self.paths.vault().to_owned();
            return Err(BackupError::NoVault { vault }.into());
        }
        if since.is_empty() {
            guard::restore_at(&paths, self.newest.passed.unwrap_or(self.head))?;
        } else {
            since.guard(&paths)?;
        }
        Ok(vault)
    }
}

/// For `map_err`: whose checkpoint the journal does not bear out.
pub(super) fn unvouched(
    of: impl FnOnce() -> String,
) -> impl FnOnce(guard::RestoreError) -> BackupError {
    move |source| BackupError::Unvouched {
        of: of(),
        source: Box::new(source),
    }
}
