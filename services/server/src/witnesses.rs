//! The witnesses of this ledger: each is asked to cosign what is published.
//!
//! ```text
//! publication --newer checkpoint--> one loop for each witness
//!      ^                              | consistency proof from the size it cosigned last
//!      |                              | POST add-checkpoint; after 409 once more, from the size it says
//!      +---- verified cosignature ----+
//! ```
//!
//! Nobody waits for a witness: entries are acknowledged and checkpoints published without them,
//! and one that is slow or silent is asked less often while the others go on. Which size a witness
//! cosigned last is kept in memory only; after a start the first answer says it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use caseledger_chain::{
    AddCheckpoint, Cosignature, Note, NoteError, Policy, PolicyError, Size, VerifierKey,
};
use caseledger_engine::{Prover, ReadError};
use futures::future::join_all;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use self::client::{Answer, Client, Lost, Roots};
use crate::health::Monitor;
use crate::publication::{Publication, Published};

mod client;

pub use self::client::WitnessUrlError;

/// Pause after the first failure in a row; each further one doubles it.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// A longer policy is not read, in bytes.
const POLICY_MAX: u64 = 1 << 20;

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WitnessPolicyError {
    /// The file cannot be read.
    #[error("it cannot be read; give --policy an existing file")]
    File(#[from] std::io::Error),
    /// The file is not a policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The policy is about other logs.
    #[error("it lists logs and not this one: {0}; is it the policy of another ledger?")]
    OtherLog(Box<VerifierKey>),
    /// A witness cannot be asked.
    #[error("witness {name} has no URL; write it behind its key")]
    NoUrl {
        /// Its name in the policy.
        name: String,
    },
    /// The address of a witness cannot be used.
    #[error("witness {name}")]
    Url {
        /// Its name in the policy.
        name: String,
        /// Why.
        #[source]
        source: WitnessUrlError,
    },
}

/// All witnesses of a ledger.
#[derive(Debug, Default)]
pub(crate) struct Witnesses {
    policy: Option<Policy>,
    witnesses: Vec<Witness>,
}

/// Who must have cosigned a checkpoint of this ledger.
#[derive(Clone, Debug)]
pub(crate) struct Quorum {
    policy: Policy,
    keys: Vec<VerifierKey>,
}

impl Quorum {
    /// What a policy asks for of the log with this key.
    pub(crate) fn new(policy: Policy, log: &VerifierKey) -> Self {
        let keys = policy.keys(log);
        Self { policy, keys }
    }

    /// Which witnesses have cosigned a note, by their index in the policy, and whether they are
    /// enough.
    ///
    /// # Errors
    /// A signature of the ledger or a witness that does not hold.
    pub(crate) fn judge(&self, note: &[u8]) -> Result<(Vec<usize>, bool), NoteError> {
        let open = Note::open(note, &self.keys)?;
        let has = |key: &VerifierKey| {
            let mut signed = open.signatures().iter();
            signed.any(|signed| signed.name == *key.name() && signed.id == key.id())
        };
        let witnesses = self.policy.witnesses().iter().enumerate();
        let cosigned = witnesses.filter(|(_, witness)| has(&witness.key));
        let reached = self.policy.satisfied(&open).is_reached();
        Ok((cosigned.map(|(index, _)| index).collect(), reached))
    }

    /// Whether enough witnesses have cosigned a note, and all that is on it holds.
    pub(crate) fn is_reached(&self, note: &[u8]) -> bool {
        self.judge(note).is_ok_and(|(_, reached)| reached)
    }
}

/// One of them.
#[derive(Debug)]
struct Witness {
    /// Its name in the policy.
    name: String,
    key: VerifierKey,
    client: Client,
}

/// Why a witness has not cosigned.
#[derive(Debug, thiserror::Error)]
enum Unwitnessed {
    #[error("answer does not hold")]
    Answer(#[source] NoteError),
    #[error(
        "it has cosigned size {stored}, this ledger has published {size}: was the ledger restored \
         from an older copy?"
    )]
    Ahead { stored: Size, size: Size },
    #[error(transparent)]
    Lost(#[from] Lost),
    #[error("proof from size {old} cannot be made")]
    Proof {
        old: Size,
        #[source]
        source: ReadError,
    },
    #[error("proof cannot be made")]
    Panicked(#[from] JoinError),
    #[error("answer is status {0}")]
    Status(u16),
    #[error("no answer in {} ms", .0.as_millis())]
    TimedOut(Duration),
}

impl Witnesses {
    /// Reads the policy that names them. The CAs in `ca`, or else those of the machine, are
    /// believed about those behind https.
    pub(crate) fn load(path: &Path, ca: &str) -> Result<Self, WitnessPolicyError> {
        let roots = Roots::new(ca);
        let mut text = String::new();
        let mut file = File::open(path)?.take(POLICY_MAX);
        file.read_to_string(&mut text)?;
        let policy = Policy::parse(&text)?;
        let witnesses = policy.witnesses().iter().map(|witness| {
            let name = witness.name.clone();
            let Some(url) = &witness.url else {
                return Err(WitnessPolicyError::NoUrl { name });
            };
            match Client::new(url, &roots) {
                Ok(client) => Ok(Witness {
                    name,
                    key: witness.key.clone(),
                    client,
                }),
                Err(source) => Err(WitnessPolicyError::Url { name, source }),
            }
        });
        Ok(Self {
            witnesses: witnesses.collect::<Result<_, _>>()?,
            policy: Some(policy),
        })
    }

    /// What the policy asks for of the log with this key, if there is one.
    pub(crate) fn quorum(&self, key: &VerifierKey) -> Option<Quorum> {
        let policy = self.policy.clone()?;
        Some(Quorum::new(policy, key))
    }

    /// Refuses a policy that lists logs, and not the one with this key.
    pub(crate) fn check_log(&self, key: &VerifierKey) -> Result<(), WitnessPolicyError> {
        let logs = self.policy.as_ref().map_or(&[][..], Policy::logs);
        if logs.is_empty() || logs.iter().any(|log| log.key == *key) {
            return Ok(());
        }
        Err(WitnessPolicyError::OtherLog(Box::new(key.clone())))
    }

    /// Asks all of them for everything that is published, until the monitor says that it is over.
    pub(crate) async fn run(
        &self,
        publication: &Publication,
        prover: &Prover,
        limit: Duration,
        over: &Monitor,
    ) {
        let loops = self.witnesses.iter().enumerate().map(|(index, witness)| {
            let asked = witness.follow(index, publication, prover, limit);
            async move {
                // A request in flight is given up: what is not stored there is asked for again.
                tokio::select! {
                    () = asked => {}
                    () = over.drained() => {}
                }
            }
        });
        join_all(loops).await;
    }
}

impl Witness {
    /// Asks for everything that is published.
    async fn follow(
        &self,
        index: usize,
        publication: &Publication,
        prover: &Prover,
        limit: Duration,
    ) {
        let mut asked_for = publication.subscribe();
        let mut last = Size::ZERO;
        let mut failures: u32 = 0;
        loop {
            let published = asked_for.newest();
            if !published.is_cosigned_by(index) {
                let asked = timeout(limit, self.cosign(&published, &mut last, prover));
                let asked = asked.await.unwrap_or(Err(Unwitnessed::TimedOut(limit)));
                match asked {
                    Ok(cosignature) => {
                        if failures > 0 {
                            info!(witness = self.name, "cosigns again");
                        }
                        failures = 0;
                        last = published.size;
                        debug!(witness = self.name, size = %last, "cosigned");
                        let line = cosignature.line();
                        publication.cosigned(&published, index, line).await;
                    }
                    Err(error) => {
                        self.warn(published.size, &error);
                        sleep(pause(failures)).await;
                        failures = failures.saturating_add(1);
                        continue;
                    }
                }
            }
            // The publication outlives this loop.
            if !asked_for.changed().await {
                return;
            }
        }
    }

    fn warn(&self, size: Size, error: &Unwitnessed) {
        let error: &dyn std::error::Error = error;
        warn!(witness = self.name, %size, error, "not cosigned");
    }

    /// Asks once, and once more if the witness says that it was asked from the wrong size. `last`
    /// is what it cosigned last, as far as is known here.
    async fn cosign(
        &self,
        published: &Published,
        last: &mut Size,
        prover: &Prover,
    ) -> Result<Cosignature, Unwitnessed> {
        let first = self.ask(published, *last, prover).await?;
        let answer = if let Answer::Stored(stored) = first {
            if stored > published.size {
                return Err(Unwitnessed::Ahead {
                    stored,
                    size: published.size,
                });
            }
            *last = stored;
            self.ask(published, stored, prover).await?
        } else {
            first
        };
        let lines = match answer {
            Answer::Lines(lines) => lines,
            // Somebody else asks it in the name of this ledger; the next turn knows more.
            Answer::Stored(stored) => {
                *last = stored.min(published.size);
                return Err(Unwitnessed::Status(409));
            }
            Answer::Status(status) => return Err(Unwitnessed::Status(status)),
        };
        let note = Note::parse(&published.signed).map_err(Unwitnessed::Answer)?;
        Cosignature::find(note.text_unverified(), &lines, &self.key).map_err(Unwitnessed::Answer)
    }

    async fn ask(
        &self,
        published: &Published,
        old: Size,
        prover: &Prover,
    ) -> Result<Answer, Unwitnessed> {
        let (prover, size) = (prover.clone(), published.size);
        let old = old.min(size);
        let proof = spawn_blocking(move || prover.consistency(old, size)).await?;
        let request = AddCheckpoint {
            old,
            proof: proof.map_err(|source| Unwitnessed::Proof { old, source })?,
            checkpoint: String::from_utf8_lossy(&published.signed).into_owned(),
        };
        Ok(self.client.add_checkpoint(&request).await?)
    }
}

/// How long to wait after so many failures in a row before this one.
fn pause(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures);
    PAUSE.saturating_mul(doubled).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let pauses = [0, 1, 5, 6, 31, 32, u32::MAX].map(|failures| pause(failures).as_secs());
        assert_eq!(pauses, [1, 2, 32, 60, 60, 60, 60]);
    }

    fn load(text: &str) -> Result<Witnesses, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Witnesses::load(file.path(), "/nowhere/ca.pem").map_err(|error| error.to_string())
    }

    #[test]
    fn a_policy_that_cannot_be_asked_is_refused() {
        let witness =
            "witness W witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";
        let log = "log ledger.example/audit+2a52108c+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
        let loaded = load(&format!(
            "{log}\n{witness} http://127.0.0.1:1/w\nquorum W\n"
        ))
        .unwrap();
        assert_eq!(loaded.witnesses.len(), 1);
        let policy = loaded.policy.as_ref().unwrap();
        loaded.check_log(&policy.logs()[0].key).unwrap();
        loaded.check_log(&loaded.witnesses[0].key).unwrap_err();

        let no_url = load(&format!("{witness}\nquorum W\n")).unwrap_err();
        assert!(no_url.contains("witness W has no URL"), "{no_url}");
        // Read only where it is needed, and named where it cannot be.
        load(&format!("{witness} https://127.0.0.1/\nquorum W\n")).unwrap_err();
        let no_quorum = load(&format!("{witness} http://127.0.0.1/\n")).unwrap_err();
        assert!(no_quorum.contains("line 1"), "{no_quorum}");
    }
}
