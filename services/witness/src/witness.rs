//! The witness itself: judge, cosign, store, answer.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use caseledger_chain::{
    AddCheckpoint, CosigningKey, Note, Origin, Refusal, Size, TimeError, UnverifiedCheckpoint,
    VerifierKey, VerifyError, judge,
};
use tracing::{error, warn};

use crate::disk::{self, Disk, RealDisk};
use crate::error::WitnessError;
use crate::folder::{self, Lock};
use crate::state::{Cosigned, State, name_of};

/// A log is warned of once in so many seconds.
const ALARM_SECONDS: u64 = 60;

/// A witness whose folder is this process' alone.
#[derive(Debug)]
pub struct Witness {
    key: CosigningKey,
    /// By the hexadecimal SHA-256 of the origin.
    logs: BTreeMap<String, Watched>,
    disk: Arc<dyn Disk>,
    _lock: Lock,
}

/// A log that is watched.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    key: VerifierKey,
    /// None after a write that failed: what the disk holds is known again at the next start.
    state: Mutex<Option<State>>,
    alarm: Mutex<Alarm>,
}

/// Keeps those who ask from filling the log of the witness.
#[derive(Debug, Default)]
struct Alarm {
    /// In seconds since 1970-01-01T00:00:00Z.
    last: Option<u64>,
}

impl Alarm {
    /// Whether to warn at `now`: once a minute, and when the clock was set back.
    fn rings(&mut self, now: u64) -> bool {
        let early = self
            .last
            .is_some_and(|last| (last..last.saturating_add(ALARM_SECONDS)).contains(&now));
        if !early {
            self.last = Some(now);
        }
        !early
    }
}

/// How far a witness is with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStatus {
    /// The log.
    pub origin: Origin,
    /// Its key.
    pub key: VerifierKey,
    /// The size that was cosigned last; none if nothing was yet.
    pub size: Option<Size>,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub time: Option<u64>,
}

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
pub enum Declined {
    /// The request is not one to be granted.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The checkpoint could not be stored, so it is not cosigned.
    #[error("checkpoint cannot be stored")]
    NotStored(#[source] io::Error),
    /// An earlier checkpoint of this log could not be stored.
    #[error("log {0} is not cosigned before the witness starts anew: a write failed")]
    Stopped(Origin),
    /// The clock of the machine shows a time that cannot be stated.
    #[error(transparent)]
    Time(#[from] TimeError),
}

impl Witness {
    /// Opens the folder that [`init`](crate::init) made, for this process alone, and verifies
    /// everything in it.
    ///
    /// # Errors
    /// [`WitnessError::InUse`] if another process has it; [`WitnessError::State`] if it cannot be
    /// known what was cosigned last; otherwise what is wrong with the key or its modes.
    pub fn open(folder: &Path) -> Result<Self, WitnessError> {
        Self::open_on(folder, Arc::new(RealDisk))
    }

    pub(crate) fn open_on(folder: &Path, disk: Arc<dyn Disk>) -> Result<Self, WitnessError> {
        let lock = folder::lock(folder)?;
        let key = folder::read_key(folder)?;
        let states = folder::read_states(folder, key.verifier())?;
        let logs = states.into_iter().map(|(name, (path, state))| {
            let watched = Watched {
                path,
                key: state.key.clone(),
                state: Mutex::new(Some(state)),
                alarm: Mutex::default(),
            };
            (name, watched)
        });
        Ok(Self {
            key,
            logs: logs.collect(),
            disk,
            _lock: lock,
        })
    }

    /// What checks its cosignatures.
    pub const fn key(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// How many logs it watches.
    pub fn logs(&self) -> usize {
        self.logs.len()
    }

    /// Answers a request at `now`, in seconds since 1970-01-01T00:00:00Z: the signature line, when
    /// the checkpoint is on disk as the last one of its log. Blocks while that is written.
    ///
    /// # Errors
    /// [`Declined`]; then nothing was cosigned.
    pub fn add_checkpoint(&self, request: &[u8], now: u64) -> Result<String, Declined> {
        let request = AddCheckpoint::parse(request).map_err(Refusal::from)?;
        let origin = request.origin_unverified()?;
        let Some(log) = self.logs.get(&name_of(&origin)) else {
            judge(None, &request, None)?;
            return Err(Refusal::UnknownLog(origin).into());
        };
        let stopped = || Declined::Stopped(origin.clone());
        // Held until the checkpoint is on disk: nobody is judged by what is about to change. A
        // thread that panicked here may have left the disk ahead of the memory.
        let mut guard = log.state.lock().map_err(|_poisoned| stopped())?;
        let state = guard.as_ref().ok_or_else(stopped)?;
        let checkpoint =
            judge(state.stored(), &request, Some(&log.key)).inspect_err(|refusal| {
                if contradicts(state, refusal, &request)
                    && log.alarm.lock().is_ok_and(|mut alarm| alarm.rings(now))
                {
                    // The log has signed this, and it may be proof that it has two histories.
                    let (old, note) = (request.old, signed_by(&log.key, &request.checkpoint));
                    warn!(%origin, %old, note, %refusal, "a signed checkpoint is not proven");
                }
            })?;
        let text = checkpoint.text();
        let line = self.key.cosign(&text, now)?;
        let signed = signed_by(&log.key, &request.checkpoint);
        let next = State {
            key: log.key.clone(),
            last: Some(Cosigned {
                size: checkpoint.size,
                root: checkpoint.root,
                time: now,
                note: format!("{signed}{line}"),
            }),
        };
        // A crash up to here has said nothing. From here on the old or the new checkpoint is on
        // disk, and either is right, because no cosignature of the new one has left.
        *guard = None;
        disk::replace(&*self.disk, &log.path, next.render().as_bytes()).map_err(|source| {
            error!(%origin, error = %source, "cannot store; not cosigned before the next start");
            Declined::NotStored(source)
        })?;
        *guard = Some(next);
        Ok(line)
    }

    /// The last cosigned checkpoint of the log whose origin has this hexadecimal SHA-256, in lower
    /// case; none for a log that is not watched or was never cosigned.
    ///
    /// # Errors
    /// [`Declined::Stopped`] if it is not known what the disk holds.
    pub fn checkpoint(&self, name: &str) -> Result<Option<String>, Declined> {
        let Some(log) = self.logs.get(name) else {
            return Ok(None);
        };
        let stopped = || Declined::Stopped(Origin::from(log.key.name().clone()));
        let guard = log.state.lock().map_err(|_poisoned| stopped())?;
        let state = guard.as_ref().ok_or_else(stopped)?;
        Ok(state.last.as_ref().map(|last| last.note.clone()))
    }
}

/// Whether a request that the log has signed stands against what was cosigned last. Anybody can
/// send a checkpoint that was published with hashes that are no proof: at the size that was
/// cosigned only another root says something, and above it only a proof of the right length.
fn contradicts(state: &State, refusal: &Refusal, request: &AddCheckpoint) -> bool {
    let Refusal::Inconsistent(error) = refusal else {
        return false;
    };
    let shown = UnverifiedCheckpoint::parse(request.checkpoint.as_bytes());
    let shown = shown.map(UnverifiedCheckpoint::into_unverified);
    match (state.stored(), shown) {
        (Some((size, root)), Ok(shown)) if shown.size == size => shown.root != root,
        _ => matches!(
            error,
            VerifyError::NewRoot { .. } | VerifyError::OldRoot { .. }
        ),
    }
}

/// A checkpoint with the line of the log and no other: whoever asks can add any number of lines
/// that nobody has signed.
fn signed_by(key: &VerifierKey, checkpoint: &str) -> String {
    let note = Note::parse(checkpoint.as_bytes()).ok();
    let signed = note.and_then(|note| {
        let line = note.line_unverified(key)?;
        Some(format!("{}\n{line}", note.text_unverified()))
    });
    signed.unwrap_or_default()
}

#[cfg(test)]
mod tests;
