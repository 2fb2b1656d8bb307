//! A publisher beside the ledger, which runs only while it is measured.

use std::path::PathBuf;
use std::process::{self, Command, Stdio};
use std::time::{Duration, Instant};

use caseledger_chain::{UnverifiedCheckpoint, VerifierKey};

use super::child::Child;
use super::place::Folder;
use crate::exit::{Exit, Failure, io_failure};

/// Time that it gets to catch up.
const CATCH_UP: Duration = Duration::from_mins(2);

/// `publish --follow` of a server, paused unless wanted.
#[derive(Debug)]
pub(super) struct Publisher {
    process: process::Child,
    directory: PathBuf,
}

#[derive(Debug, thiserror::Error)]
enum PublisherError {
    #[error("the server does not say where it publishes")]
    Unpublished,
    #[error("the publisher did not come to size {0} in two minutes")]
    Late(u64),
}

impl Publisher {
    /// Starts one, paused.
    ///
    /// # Errors
    /// [`Failure`] if it does not start.
    pub(super) fn start(
        folder: &Folder,
        server: &Child,
        key: &VerifierKey,
    ) -> Result<Self, Failure> {
        let unpublished = || Failure::new(Exit::Refused, PublisherError::Unpublished);
        let from = server.http.as_deref().ok_or_else(unpublished)?;
        let directory = folder.path("published");
        let program = std::env::current_exe().map_err(io_failure("find", "this program"))?;
        let process = Command::new(&program)
            .arg("publish")
            .arg(&directory)
            .args(["--follow", "--from", from, "--key", &key.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(io_failure("start", program.display()))?;
        let publisher = Self { process, directory };
        publisher.pause()?;
        Ok(publisher)
    }

    /// Lets it go on, and waits until it has published `size` entries: what it had missed is not
    /// measured.
    ///
    /// # Errors
    /// [`Failure`] if it does not get there.
    pub(super) async fn resume(&self, size: u64) -> Result<(), Failure> {
        self.signal("-CONT")?;
        let begun = Instant::now();
        while self.published() < size {
            if begun.elapsed() > CATCH_UP {
                return Err(Failure::new(Exit::Refused, PublisherError::Late(size)));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Stops it where it is.
    ///
    /// # Errors
    /// [`Failure`] if it has ended.
    pub(super) fn pause(&self) -> Result<(), Failure> {
        self.signal("-STOP")
    }

    /// Entries under the published checkpoint; none before the first one.
    fn published(&self) -> u64 {
        let note = std::fs::read(self.directory.join("checkpoint")).unwrap_or_default();
        let stated = UnverifiedCheckpoint::parse(&note).ok();
        stated.map_or(0, |stated| stated.into_unverified().size.get())
    }

    fn signal(&self, signal: &str) -> Result<(), Failure> {
        let mut kill = Command::new("kill");
        kill.arg(signal).arg(self.process.id().to_string());
        kill.status().map_err(io_failure("run", "kill"))?;
        Ok(())
    }
}

impl Drop for Publisher {
    /// SIGKILL, which also ends what is paused. Both fail only if it has ended.
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
