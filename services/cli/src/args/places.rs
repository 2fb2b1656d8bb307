//! Which ledger is meant.

use std::path::{Path, PathBuf};

use caseledger_engine::{LedgerPaths, PathsError};
use clap::Args;

use crate::args::AccessArgs;

/// A ledger on this machine.
#[derive(Clone, Debug, Args)]
pub(crate) struct Places {
    /// Folder of the ledger
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,

    #[command(flatten)]
    beside: Beside,
}

/// What stands beside a data folder, never in it.
#[derive(Clone, Debug, Args)]
struct Beside {
    /// Folder of the keys [default: DIR.keys]
    #[arg(long, value_name = "DIR", requires = "data")]
    keys: Option<PathBuf>,

    /// File of the rollback guard [default: DIR.guard]
    #[arg(long, value_name = "FILE", requires = "data")]
    guard: Option<PathBuf>,
}

impl Beside {
    fn paths(&self, data: &Path) -> Result<LedgerPaths, PathsError> {
        let beside = LedgerPaths::beside(data)?;
        let keys = self.keys.as_deref().unwrap_or(beside.keys());
        let guard = self.guard.as_deref().unwrap_or(beside.store().guard());
        LedgerPaths::new(data, keys, guard)
    }
}

impl Places {
    /// Every place of the ledger.
    ///
    /// # Errors
    /// [`PathsError`] if keys or guard are inside the data folder.
    pub(crate) fn paths(&self) -> Result<LedgerPaths, PathsError> {
        self.beside.paths(&self.data)
    }
}

/// Perhaps a ledger on this machine.
#[derive(Clone, Debug, Args)]
pub(crate) struct FolderArgs {
    /// Folder of a ledger that no server has open; nothing else is asked then
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    #[command(flatten)]
    beside: Beside,
}

impl FolderArgs {
    /// Every place of the ledger, if one is named.
    ///
    /// # Errors
    /// [`PathsError`] if keys or guard are inside the data folder.
    pub(crate) fn paths(&self) -> Result<Option<LedgerPaths>, PathsError> {
        let data = self.data.as_deref();
        data.map(|data| self.beside.paths(data)).transpose()
    }
}

/// A ledger behind a server, or in a folder that no server has open; and who asks it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Which ledger, and for whom")]
pub(crate) struct LedgerArgs {
    #[arg(
        long,
        value_name = "URL",
        help = "Server to ask [default: http://127.0.0.1:7400]",
        env = "CASELEDGER_SERVER",
        hide_env_values = true
    )]
    server: Option<String>,

    /// Folder of a ledger that no server has open; --server is not asked then
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    #[command(flatten)]
    beside: Beside,

    /// Organisation to speak for, as `lada`
    #[arg(
        long = "as",
        value_name = "ORG",
        env = "CASELEDGER_AS",
        hide_env_values = true
    )]
    pub(crate) org: Option<String>,

    /// Role of that organisation, as `PROSECUTOR_COUNTY`
    #[arg(
        long,
        value_name = "ROLE",
        env = "CASELEDGER_ROLE",
        hide_env_values = true
    )]
    pub(crate) role: Option<String>,

    /// Verifier key of the ledger, or a file with it; without it the ledger's own word is taken
    #[arg(
        long,
        value_name = "VKEY|FILE",
        env = "CASELEDGER_KEY",
        hide_env_values = true
    )]
    pub(crate) key: Option<String>,

    /// File of a key of that organisation, which then signs what is submitted
    #[arg(
        id = "signing_key_file",
        long = "signing-key",
        value_name = "FILE",
        env = "CASELEDGER_SIGNING_KEY",
        hide_env_values = true
    )]
    pub(crate) signing_key: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) access: AccessArgs,
}

/// Where a command finds its ledger.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A server answers at this address.
    Server(String),
    /// The ledger lies here.
    Folder(LedgerPaths),
}

impl LedgerArgs {
    /// Where the ledger is.
    ///
    /// # Errors
    /// [`PathsError`] if keys or guard are inside the data folder.
    pub(crate) fn place(&self) -> Result<Place, PathsError> {
        Ok(match &self.data {
            Some(data) => Place::Folder(self.beside.paths(data)?),
            None => Place::Server(
                self.server
                    .clone()
                    .unwrap_or_else(|| DEFAULT_SERVER.to_owned()),
            ),
        })
    }
}

/// Where `caseledger serve` listens if it is not told otherwise.
const DEFAULT_SERVER: &str = "http://127.0.0.1:7400";
