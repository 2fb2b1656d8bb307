//! Why a backup is not made, or not believed.

use std::io;
use std::path::{Path, PathBuf};

use caseledger_engine::backup::{
    BehindError, KeyCheckError, SourceError, VaultCheckError, WitnessError,
};
use caseledger_engine::guard::RestoreError;
use caseledger_engine::restore::{SinceError, VaultRestoreError};
use caseledger_engine::vault::ShowError;
use caseledger_engine::{CopyError, Head, KeyFileError};

use super::manifest::{ManifestError, Part};
use crate::exit::{Exit, Failure};

/// Why a backup is not made, or not believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    #[error("cannot {op} {path}")]
    Io {
        op: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{folder} lies in {place}, which is to be backed up: name a folder elsewhere")]
    Inside { folder: PathBuf, place: PathBuf },
    #[error(
        "{folder} holds a backup of ledger {found} ({origin}), this one is {expected}: name another folder"
    )]
    OtherLedger {
        folder: PathBuf,
        expected: String,
        found: String,
        origin: String,
    },
    #[error("{folder} is ahead of the ledger: it has {found}, the ledger {expected}")]
    Ahead {
        folder: PathBuf,
        expected: Head,
        found: Head,
    },
    #[error(
        "{folder} holds another history: it ends in {found}, which the ledger with {expected} does not continue"
    )]
    Forked {
        folder: PathBuf,
        expected: Head,
        found: Head,
    },
    #[error(
        "{folder} is encrypted for {found}, asked for {asked}: name the same recipients, or another folder"
    )]
    OtherRecipients {
        folder: PathBuf,
        asked: String,
        found: String,
    },
    #[error(
        "{folder} holds the {part} of {found}, {place} has those of {expected}: an older copy lies in their place"
    )]
    Older {
        folder: PathBuf,
        part: Part,
        place: PathBuf,
        expected: String,
        found: String,
    },
    #[error(
        "{folder} holds the vault of {found}, {place} has that of {expected}, a leap that only an old copy makes: what was \
         recorded between the copy and the leap may open with the backup alone"
    )]
    Leaped {
        folder: PathBuf,
        place: PathBuf,
        expected: String,
        found: String,
    },
    #[error(
        "{folder} holds {name}, and {place} lacks it: the journal does not say that this key was retired"
    )]
    KeyGone {
        folder: PathBuf,
        place: PathBuf,
        name: String,
    },
    #[error(
        "{place} does not exist, and {folder} holds a vault of this ledger: put it back in its place; --part journal --part keys backs up the others"
    )]
    VaultGone { folder: PathBuf, place: PathBuf },
    #[error(
        "{0} does not exist, and cases of this ledger have data keys: put the vault in its place; --part journal --part keys backs up the others"
    )]
    VaultMissing(PathBuf),
    #[error("the vault cannot be used as it is: {0}")]
    VaultUnsound(#[source] Box<ShowError>),
    #[error("{place} is not the vault of this ledger any more: {source}")]
    VaultStale {
        place: PathBuf,
        source: Box<VaultCheckError>,
    },
    #[error("the keys cannot be used as they are: {0}")]
    KeysUnsound(#[source] Box<KeyCheckError>),
    #[error("{path} {why}")]
    Foreign { path: PathBuf, why: &'static str },
    #[error("{0} is being written by another backup: wait for it")]
    Busy(PathBuf),
    #[error("{0} changes while it is copied: run the same command again later")]
    Changing(PathBuf),
    #[error("{0} does not exist: there is nothing to back up")]
    Absent(PathBuf),
    #[error("{0} is no regular file with a plain name, and keys and vault consist of such files")]
    Strange(PathBuf),
    #[error("cannot encrypt: {0}")]
    Encrypt(#[source] age::EncryptError),
    #[error("{path}: {source}")]
    Manifest {
        path: PathBuf,
        #[source]
        source: ManifestError,
    },
    #[error("{path} is missing, the manifest beside it names it: take another copy of the backup")]
    Missing { path: PathBuf },
    #[error(
        "{path} has {found} bytes, the manifest says {expected}: take another copy of the backup"
    )]
    Length {
        path: PathBuf,
        expected: u64,
        found: u64,
    },
    #[error(
        "{path} has SHA-256 {found}, the manifest says {expected}: take another copy of the backup"
    )]
    Checksum {
        path: PathBuf,
        expected: String,
        found: String,
    },
    #[error("{path} has no place in a backup of the part {part}")]
    Misplaced { path: PathBuf, part: Part },
    #[error("{path} is encrypted for {recipients}: name a file with an identity by --identity")]
    Encrypted { path: PathBuf, recipients: String },
    #[error("{path} cannot be decrypted: {source}")]
    Decrypt {
        path: PathBuf,
        #[source]
        source: age::DecryptError,
    },
    #[error(
        "{path} line {line} is no age identity; write AGE-SECRET-KEY-1..., as age-keygen prints it"
    )]
    Identity { path: PathBuf, line: usize },
    #[error(transparent)]
    IdentityFile(#[from] KeyFileError),
    #[error("{0} holds no complete backup of the part {1}")]
    NoPart(PathBuf, Part),
    #[error("the part {part} lies in {first} and in {second}: name one of them")]
    Twice {
        part: Part,
        first: PathBuf,
        second: PathBuf,
    },
    #[error("{path} exists: move it away, or restore to another place")]
    Exists { path: PathBuf },
    #[error(
        "{path} is restored already: the restoration that did it was killed when only its notes were left, and they are removed now"
    )]
    Restored { path: PathBuf },
    #[error(
        "{path} remembers that the ledger had {remembered} entries, the backup has {found}: it lacks what was recorded last"
    )]
    Remembered {
        path: PathBuf,
        remembered: u64,
        found: u64,
    },
    #[error(
        "{path} exists, and no restoration has left it: move it away, then run the same command again"
    )]
    Left { path: PathBuf },
    #[error("{0} is being written by another restoration: wait for it")]
    Restoring(PathBuf),
    #[error(
        "{0} holds files and no manifest, which is written last and removed last: somebody took it away"
    )]
    NoManifest(PathBuf),
    #[error("the journal in the backup ends in {found}, the manifest says {expected}")]
    OtherHead { expected: Head, found: Head },
    #[error("the manifest names no head, and a journal has one")]
    NoHead,
    #[error("the journal does not bear out the checkpoint of {of}: {source}")]
    Unvouched {
        of: String,
        #[source]
        source: Box<RestoreError>,
    },
    #[error(
        "nothing shows that this backup, with {size} entries, is the newest there is of the ledger"
    )]
    Unshown { size: u64 },
    #[error(
        "{place} has {published} entries, the backup {found}: it cannot show whether anything came after the backup"
    )]
    Short {
        place: String,
        published: u64,
        found: u64,
    },
    #[error(
        "{place} has {found} entries, and {path} remembers {remembered}: the end of that journal is lost, so it cannot show what came after the backup"
    )]
    Outlived {
        place: String,
        path: PathBuf,
        remembered: u64,
        found: u64,
    },
    #[error("{place} cannot show that nothing came after the backup: {source}")]
    Unbelieved {
        place: String,
        #[source]
        source: Box<WitnessError>,
    },
    #[error("{place} does not continue the backup: {source}")]
    Since {
        place: String,
        #[source]
        source: Box<SinceError>,
    },
    #[error("{place} cannot be read: {source}")]
    Against {
        place: String,
        #[source]
        source: Box<BehindError>,
    },
    #[error(
        "cases have data keys, and there is no vault: neither the part vault in the backup, nor {vault}"
    )]
    NoVault { vault: PathBuf },
    #[error(transparent)]
    Vault(#[from] VaultRestoreError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Copy(#[from] CopyError),
}

impl BackupError {
    /// For `map_err`: what was attempted with which thing.
    pub(super) fn io(op: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { op, path, source }
    }
}

/// What to do with an older vault or key folder than the backup has.
const OLDER: &str = "nothing was destroyed: the backup is newer, keep it. Put the newest ones back in their \
    place, from there if nowhere else, or name another folder for these";

/// What to do with a vault that was made of an old copy since the backup was made.
const LEAPED: &str = "nothing was destroyed. Put the vault in the backup in its place, which may lose what was recorded \
    since the leap; or let this one stay and name another folder. The next backup after either goes to another folder, and \
    the old one has to be destroyed then: with it, what was shredded since can be read again";

/// What to do with keys or a vault that would be of no use in a backup.
const UNSOUND: &str = "nothing was destroyed: what the backup has of this part is as it was. docs/OPERATING.md and \
    docs/VAULT.md say what each message means; --keys DIR names the folder with the keys if they are elsewhere";

/// What to do with a vault that opens what was destroyed.
const STALE: &str = "nothing was destroyed: what the backup has of this part is as it was. Put the newest vault in its place; or \
    start the ledger for writing, which destroys those keys and loses what was made since the copy";

/// What to do with a backup that somebody else could exchange.
const FOREIGN: &str = "nothing was changed: make it your own, so that nobody else can write there (chown, chmod \
    go-w), or name another folder";

/// What a damaged manifest keeps from being done.
const MANIFEST: &str = "nothing was changed: to back up, name another folder, and keep this one as long as it may \
    have what nothing else has; to restore, take another copy of the backup";

/// What a restoration would have said that was killed.
const RESTORED: &str = "how it ended nobody was told: check it with `caseledger fsck`; if it lacks entries, only \
    `serve --read-only` opens it";

/// Whom to ask in place of a folder that has lost the end of its journal.
const OUTLIVED: &str = "nothing was changed; ask a published log, or another copy of the ledger that has its \
    end; where there is none, see docs/OPERATING.md, The rollback guard";

/// What a folder needs that is asked, or whom to ask in its place.
const UNBELIEVED: &str = "nothing was changed; ask a published log, or another copy of the ledger. A guard that \
    lies elsewhere is found by a link of that name; one that is lost is made again by \
    `caseledger guard restore`";

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let (exit, hint) = match &error {
            BackupError::Inside { .. } | BackupError::Identity { .. } => (Exit::Usage, None),
            BackupError::Busy(_) | BackupError::Changing(_) | BackupError::Restoring(_) => {
                (Exit::Unavailable, None)
            }
            BackupError::Ahead { .. } | BackupError::Forked { .. } => (
                Exit::Found,
                Some(
                    "this ledger was rolled back, or somebody recorded into a copy of it: keep the \
                     backup, and see docs/OPERATING.md, Recover",
                ),
            ),
            BackupError::Older { .. } | BackupError::KeyGone { .. } => (Exit::Found, Some(OLDER)),
            BackupError::Leaped { .. } => (Exit::Found, Some(LEAPED)),
            BackupError::VaultStale { .. } => (Exit::Refused, Some(STALE)),
            BackupError::VaultGone { .. }
            | BackupError::VaultMissing(_)
            | BackupError::VaultUnsound(_)
            | BackupError::KeysUnsound(_) => (Exit::Refused, Some(UNSOUND)),
            BackupError::Foreign { .. } => (Exit::Refused, Some(FOREIGN)),
            BackupError::Manifest { .. } | BackupError::NoManifest(_) => {
                (Exit::Found, Some(MANIFEST))
            }
            BackupError::Restored { .. } => (Exit::Refused, Some(RESTORED)),
            BackupError::Outlived { .. } => (Exit::Unchecked, Some(OUTLIVED)),
            BackupError::Unbelieved { .. } => (Exit::Unchecked, Some(UNBELIEVED)),
            BackupError::Unshown { .. } => (
                Exit::Usage,
                Some(
                    "ask whoever would know by --against: the published log, or the data folder of the \
                     ledger; or say --nothing-newer-exists, and see docs/OPERATING.md, Restore, what \
                     that costs if it is not so",
                ),
            ),
            BackupError::Short { .. } => (
                Exit::Unchecked,
                Some(
                    "nothing was changed; ask somebody who has more, or say --nothing-newer-exists as \
                     well",
                ),
            ),
            BackupError::Vault(error) => of_vault(error),
            BackupError::Remembered { .. } => (
                Exit::Found,
                Some(
                    "nothing was changed; restore a newer journal. Where there is none, keep that file, \
                     put a new one elsewhere with --guard, and name by --against who has the rest",
                ),
            ),
            BackupError::NoVault { .. } => (
                Exit::Refused,
                Some(
                    "nothing was changed; name the folder with that part, too, or say by --part what to \
                     restore without it",
                ),
            ),
            BackupError::Since { .. }
            | BackupError::Missing { .. }
            | BackupError::Length { .. }
            | BackupError::Checksum { .. }
            | BackupError::Misplaced { .. }
            | BackupError::OtherHead { .. }
            | BackupError::NoHead
            | BackupError::Unvouched { .. } => (Exit::Found, Some("nothing was changed")),
            BackupError::Source(_) | BackupError::Copy(CopyError::Damaged(_)) => (
                Exit::Refused,
                Some("the backup is as it was; docs/OPERATING.md says how to recover a ledger"),
            ),
            BackupError::Io { .. }
            | BackupError::OtherLedger { .. }
            | BackupError::OtherRecipients { .. }
            | BackupError::Absent(_)
            | BackupError::Against { .. }
            | BackupError::Strange(_)
            | BackupError::Encrypt(_)
            | BackupError::Encrypted { .. }
            | BackupError::Decrypt { .. }
            | BackupError::IdentityFile(_)
            | BackupError::NoPart(..)
            | BackupError::Twice { .. }
            | BackupError::Exists { .. }
            | BackupError::Left { .. }
            | BackupError::Copy(CopyError::Write(_)) => (Exit::Refused, None),
        };
        let failure = Self::new(exit, error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// What is to be done about a vault that does not go with its journal.
const fn of_vault(error: &VaultRestoreError) -> (Exit, Option<&'static str>) {
    match error {
        VaultRestoreError::Ahead { .. } => (
            Exit::Found,
            Some(
                "nothing was changed; restore the newest journal with this vault; where its end is lost, a \
                 log that is as long, named by --against, makes a ledger that can be read",
            ),
        ),
        VaultRestoreError::Meta(_)
        | VaultRestoreError::Log(_)
        | VaultRestoreError::Damaged(_)
        | VaultRestoreError::Entry { .. } => (Exit::Found, Some("nothing was changed")),
        VaultRestoreError::Open(_) => (
            Exit::Refused,
            Some("nothing is restored; docs/VAULT.md says what each message means"),
        ),
    }
}
