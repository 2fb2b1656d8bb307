//! Servers in processes of their own, so that the CPU is shared as it is in reality. None outlives
//! the measurement.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{self, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use caseledger_client::{Access, channel_unverified};
use tonic::transport::Channel;

use crate::exit::{Exit, Failure, io_failure};

/// Time that a server gets to answer.
const START: Duration = Duration::from_mins(1);

/// A server process.
#[derive(Debug)]
pub(super) struct Child {
    process: process::Child,
    /// Open while it runs: a server that cannot print would end.
    _lines: Option<BufReader<ChildStdout>>,
    /// Where it listens, as `http://127.0.0.1:7400`.
    pub(super) address: String,
    /// Where it publishes its log, if it is a ledger.
    pub(super) http: Option<String>,
}

/// What can go wrong with a server.
#[derive(Debug, thiserror::Error)]
enum ChildError {
    #[error("server ended without saying where it listens")]
    Silent,
    #[error("server at {0} does not answer")]
    Deaf(String),
    #[error("server did not end well: {0}")]
    Ended(process::ExitStatus),
}

impl Child {
    /// Starts this program with other arguments and waits until it prints where it listens.
    ///
    /// # Errors
    /// [`Failure`] if it ends instead.
    pub(super) fn own(arguments: &[&OsStr]) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(io_failure("find", "this program"))?;
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .env("CASELEDGER__LOG__FILTER", "warn")
            // One organisation sends everything; what is measured is not its quota.
            .env("CASELEDGER__LIMITS__PRINCIPAL_RATE", "1000000000")
            .env("CASELEDGER__LIMITS__PRINCIPAL_BURST", "1000000000");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command
            .spawn()
            .map_err(io_failure("start", program.display()))?;
        let silent = || Failure::new(Exit::Refused, ChildError::Silent);
        let mut lines = BufReader::new(process.stdout.take().ok_or_else(silent)?);
        let mut line = String::new();
        let mut http = None;
        loop {
            line.clear();
            let read = lines
                .read_line(&mut line)
                .map_err(io_failure("read", "the server"))?;
            if read == 0 {
                // It has ended; only its exit code is collected.
                drop(process.wait());
                return Err(silent());
            }
            if let Some(address) = line.strip_prefix("http ") {
                http = Some(address.trim().to_owned());
            }
            if let Some(address) = line.strip_prefix("listening") {
                let address = address.trim().to_owned();
                return Ok(Self {
                    process,
                    _lines: Some(lines),
                    address,
                    http,
                });
            }
        }
    }

    /// Starts a `UmaDB` server on a free port.
    ///
    /// # Errors
    /// [`Failure`] if it does not start.
    pub(super) fn umadb(program: &Path, database: &Path) -> Result<Self, Failure> {
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr());
        let free = free.map_err(io_failure("find", "a free port"))?.to_string();
        let mut command = Command::new(program);
        command
            .arg("--listen")
            .arg(&free)
            .arg("--db-path")
            .arg(database);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = command
            .spawn()
            .map_err(io_failure("start", program.display()))?;
        let address = format!("http://{free}");
        Ok(Self {
            process,
            _lines: None,
            address,
            http: None,
        })
    }

    /// Connections to it, as many as asked for, all made as the client of the ledger makes them.
    ///
    /// # Errors
    /// [`Failure`] if it does not answer within a minute.
    pub(super) async fn channels(&self, count: usize) -> Result<Vec<Channel>, Failure> {
        self.channels_with(&Access::default(), count).await
    }

    /// The same, showing something.
    ///
    /// # Errors
    /// As [`Child::channels`].
    pub(super) async fn channels_with(
        &self,
        access: &Access,
        count: usize,
    ) -> Result<Vec<Channel>, Failure> {
        let deaf = || Failure::new(Exit::Unavailable, ChildError::Deaf(self.address.clone()));
        let begun = Instant::now();
        let mut channels = Vec::with_capacity(count);
        while channels.len() < count {
            match channel_unverified(&self.address, access).await {
                Ok(channel) => channels.push(channel),
                Err(_) if begun.elapsed() < START => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Err(_) => return Err(deaf()),
            }
        }
        Ok(channels)
    }

    /// The memory it has resident, in KiB.
    ///
    /// # Errors
    /// [`Failure`] if the system does not say.
    pub(super) fn resident_kib(&self) -> Result<u64, Failure> {
        let path = format!("/proc/{}/status", self.process.id());
        let text = fs::read_to_string(&path).map_err(io_failure("read", path))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        Ok(number.unwrap_or_default())
    }

    /// The time that its threads had on a CPU so far, in nanoseconds: what a server costs,
    /// whoever else uses the machine. Threads that have ended are not in it.
    ///
    /// # Errors
    /// [`Failure`] if the system does not say.
    pub(super) fn cpu_ns(&self) -> Result<u64, Failure> {
        let path = format!("/proc/{}/task", self.process.id());
        let threads = fs::read_dir(&path).map_err(io_failure("read", path))?;
        // A thread that ends meanwhile has no file any more.
        let times = threads.flatten().filter_map(|thread| {
            let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        });
        Ok(times.sum())
    }

    /// Ends it as an operator does, with SIGTERM, and waits.
    ///
    /// # Errors
    /// [`Failure`] if it does not end well.
    pub(super) fn terminate(mut self) -> Result<(), Failure> {
        let mut kill = Command::new("kill");
        kill.arg("-TERM").arg(self.process.id().to_string());
        kill.status().map_err(io_failure("run", "kill"))?;
        let status = self
            .process
            .wait()
            .map_err(io_failure("wait for", "the server"))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(Exit::Refused, ChildError::Ended(status)))
    }
}

impl Drop for Child {
    /// SIGKILL, as in a crash. Both fail only if it has ended.
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
