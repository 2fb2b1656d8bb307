//! Why a witness cannot be made, opened or served.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use caseledger_chain::{CheckpointError, KeyError, KeyName, Origin};

/// Why a witness cannot be made, opened or served.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The address cannot be had.
    #[error("cannot listen on {address}; is another server running there")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something is there already.
    #[error(
        "{} exists already: choose another place, or move it away if it is left over from an init \
         that did not finish", .0.display()
    )]
    Exists(PathBuf),
    /// The operating system refused.
    #[error("cannot {op} {}", path.display())]
    Io {
        /// What was attempted.
        op: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The key file does not hold the key of a witness.
    #[error("{} does not hold the key of a witness; restore it from its backup", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: KeyError,
    },
    /// The key to watch a log by is not that of a log.
    #[error("key {0} is not the key of a log; its type must be 0x01")]
    NotALog(KeyName),
    /// Another process has the folder.
    #[error("{} is in use; stop the witness that runs there first", .0.display())]
    InUse(PathBuf),
    /// An address that others can reach.
    #[error("address {0} is not a loopback address; use 127.0.0.1 or ::1")]
    NotLoopback(SocketAddr),
    /// The folder or the key can be changed or read by others.
    #[error(
        "{} has mode {found:03o}, so others can reach the key; take their rights away: chmod go= {}",
        path.display(), path.display()
    )]
    Permissions {
        /// The file or folder.
        path: PathBuf,
        /// Its mode.
        found: u32,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random(#[from] getrandom::Error),
    /// What was cosigned last cannot be known. To go on would be to begin anew.
    #[error("{} is damaged; nothing is cosigned before it is restored", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: StateFault,
    },
    /// The log is watched already.
    #[error("log {0} is watched already")]
    Watched(Origin),
}

/// What is wrong with the file of a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateFault {
    /// The checkpoint in it is not one that log and witness have signed.
    #[error("its checkpoint does not hold")]
    Checkpoint(#[source] CheckpointError),
    /// The hash in its first line is not that of what follows: it was cut or changed.
    #[error("its content has another hash than its first line says")]
    Hash,
    /// It does not have the form of such a file.
    #[error("it is not the state of a watched log")]
    Form,
    /// The key in it cannot be read.
    #[error("its key does not hold")]
    Key(#[source] KeyError),
    /// Its name is not that of its log.
    #[error("it is the file of log {0}, under another name")]
    Name(Origin),
    /// This witness has not cosigned its checkpoint.
    #[error("its checkpoint is not cosigned by this witness")]
    NotCosigned,
}

/// For `map_err`: what was attempted with which path.
pub(crate) fn io_error(op: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WitnessError {
    let path = path.to_owned();
    move |source| WitnessError::Io { op, path, source }
}
