//! The folder of a witness.
//!
//! ```text
//! witness.key           the secret, mode 0600
//! lock                  held by the one process that may change anything
//! logs/<sha256>.log     one file for every log: see state.rs
//! ```

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use caseledger_chain::{AddCheckpoint, Algorithm, CosigningKey, KeyName, Origin, VerifierKey};
use zeroize::{Zeroize as _, Zeroizing};

use crate::disk::{self, RealDisk, UNFINISHED, folder_of};
use crate::error::{StateFault, WitnessError, io_error};
use crate::state::{State, name_of};
use crate::witness::LogStatus;

/// A longer file is not read: a request, which is longer than a note, and a line more.
const FILE_MAX: u64 = 2 * AddCheckpoint::BYTES_MAX as u64;

/// The lock on a folder, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// All logs by the names of their files.
pub(crate) type States = BTreeMap<String, (PathBuf, State)>;

/// Makes the folder of a new witness with a key of this name, and says what its verifier key is.
///
/// # Errors
/// [`WitnessError::Exists`] if anything is there: nothing is overwritten. Otherwise what the
/// operating system refused.
pub fn init(folder: &Path, name: &KeyName) -> Result<VerifierKey, WitnessError> {
    if fs::symlink_metadata(folder).is_ok() {
        return Err(WitnessError::Exists(folder.to_owned()));
    }
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed)?;
    let key = CosigningKey::from_seed(name.clone(), &seed);
    seed.zeroize();

    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    let logs = logs_in(folder);
    builder.create(&logs).map_err(io_error("create", &logs))?;
    // The key last: a folder without one is refused, so a crash before this line leaves nothing
    // that could be taken for a witness.
    let path = key_in(folder);
    let mut text = Zeroizing::new(key.expose_skey());
    text.push('\n');
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(&path);
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(io_error("write", &path))?;
    for folder in [folder, folder_of(folder)] {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(io_error("sync", folder))?;
    }
    Ok(key.verifier().clone())
}

/// Watches one log more, by its key. Nothing of it has been cosigned.
///
/// # Errors
/// [`WitnessError::NotALog`] for the key of a witness; [`WitnessError::Watched`];
/// [`WitnessError::InUse`] while the witness runs; otherwise as for opening it.
pub fn add_log(folder: &Path, key: &VerifierKey) -> Result<(), WitnessError> {
    if key.algorithm() != Algorithm::Ed25519 {
        return Err(WitnessError::NotALog(key.name().clone()));
    }
    let _lock = lock(folder)?;
    let witness = read_key(folder)?;
    let states = read_states(folder, witness.verifier())?;
    let state = State {
        key: key.clone(),
        last: None,
    };
    let origin = state.origin();
    let name = name_of(&origin);
    if states.contains_key(&name) {
        return Err(WitnessError::Watched(origin));
    }
    let path = logs_in(folder).join(name).with_extension(LOG);
    disk::replace(&RealDisk, &path, state.render().as_bytes()).map_err(io_error("write", &path))
}

/// The verifier key of a witness, and how far it is with every log, whether or not it runs.
///
/// # Errors
/// As for opening it, but for [`WitnessError::InUse`].
pub fn show(folder: &Path) -> Result<(VerifierKey, Vec<LogStatus>), WitnessError> {
    let key = read_key(folder)?;
    let states = read_states(folder, key.verifier())?;
    let logs = states.values().map(|(_, state)| LogStatus::from(state));
    Ok((key.verifier().clone(), logs.collect()))
}

/// What the file of a log ends in.
const LOG: &str = "log";

fn key_in(folder: &Path) -> PathBuf {
    folder.join("witness.key")
}

fn logs_in(folder: &Path) -> PathBuf {
    folder.join("logs")
}

/// Takes the folder for this process alone.
pub(crate) fn lock(folder: &Path) -> Result<Lock, WitnessError> {
    // A folder that is not one gets no lock file.
    check_mode(&key_in(folder))?;
    let path = folder.join("lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&path).map_err(io_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(WitnessError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(io_error("lock", &path)(error)),
    }
}

pub(crate) fn read_key(folder: &Path) -> Result<CosigningKey, WitnessError> {
    check_mode(folder)?;
    let path = key_in(folder);
    check_mode(&path)?;
    let text = Zeroizing::new(read(&path)?);
    // What is not text is not a key either.
    let text = std::str::from_utf8(&text).unwrap_or_default();
    let key = CosigningKey::parse_skey(text.strip_suffix('\n').unwrap_or(text));
    key.map_err(|source| WitnessError::Key { path, source })
}

/// Reads and verifies the files of all logs. Anything that is not one is refused: a file that lost
/// its name must not look like a log that was never watched.
pub(crate) fn read_states(folder: &Path, witness: &VerifierKey) -> Result<States, WitnessError> {
    let logs = logs_in(folder);
    let mut states = States::new();
    for entry in fs::read_dir(&logs).map_err(io_error("read", &logs))? {
        let path = entry.map_err(io_error("read", &logs))?.path();
        // A crash left it behind before it counted.
        if path.extension() == Some(OsStr::new(UNFINISHED)) {
            continue;
        }
        let damaged = |source| WitnessError::State {
            path: path.clone(),
            source,
        };
        let state = State::parse(&read(&path)?, witness).map_err(damaged)?;
        let origin = state.origin();
        let name = name_of(&origin);
        if path.file_name() != Some(OsStr::new(&format!("{name}.{LOG}"))) {
            return Err(damaged(StateFault::Name(origin)));
        }
        states.insert(name, (path, state));
    }
    Ok(states)
}

fn read(path: &Path) -> Result<Vec<u8>, WitnessError> {
    let mut bytes = Vec::new();
    // Opening a pipe would wait for whoever writes to it.
    let regular = fs::metadata(path).and_then(|metadata| {
        if metadata.is_file() {
            Ok(())
        } else {
            Err(io::Error::other("it is not a regular file"))
        }
    });
    regular
        .and_then(|()| File::open(path))
        .and_then(|file| file.take(FILE_MAX).read_to_end(&mut bytes))
        .map_err(io_error("read", path))?;
    Ok(bytes)
}

/// Whoever may write into the folder can exchange the key and put back an older state.
fn check_mode(path: &Path) -> Result<(), WitnessError> {
    let metadata = fs::metadata(path).map_err(io_error("open", path))?;
    let found = metadata.permissions().mode() & 0o777;
    if found & 0o077 != 0 {
        let path = path.to_owned();
        return Err(WitnessError::Permissions { path, found });
    }
    Ok(())
}

impl From<&State> for LogStatus {
    fn from(state: &State) -> Self {
        Self {
            origin: Origin::from(state.key.name().clone()),
            key: state.key.clone(),
            size: state.last.as_ref().map(|last| last.size),
            time: state.last.as_ref().map(|last| last.time),
        }
    }
}
