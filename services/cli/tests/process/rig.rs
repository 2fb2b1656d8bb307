//! A ledger in a folder, the binary as a child process, and posts to keep it busy.

use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use caseledger_chain::VerifierKey;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1::{self, expected::Expectation, target};
use caseledger_client::{Client, Principal, Trust};

/// A command that has not ended after this hangs.
const HANGS_AFTER: Duration = Duration::from_secs(90);

/// How long a run is, from the environment.
pub(crate) fn count(variable: &str, default: usize) -> usize {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// A small generator, so that a failure names its seed and can be had again.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}

/// Runs the binary to its end.
pub(crate) fn caseledger(arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_caseledger"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut streams = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = std::thread::spawn(move || {
        let mut text = Vec::new();
        streams.0.read_to_end(&mut text).map(|_| text)
    });
    let err = std::thread::spawn(move || {
        let mut text = Vec::new();
        streams.1.read_to_end(&mut text).map(|_| text)
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > HANGS_AFTER {
            child.kill().unwrap();
            panic!("caseledger {arguments:?} hangs");
        }
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(5));
    };
    let (stdout, stderr) = (out.join().unwrap().unwrap(), err.join().unwrap().unwrap());
    let said = String::from_utf8_lossy(&stderr);
    assert!(
        !said.contains("panicked"),
        "caseledger {arguments:?} panicked: {said}"
    );
    Output {
        status,
        stdout,
        stderr,
    }
}

/// The exit code of an output.
pub(crate) fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

/// A new ledger in the folder.
pub(crate) fn init(data: &Path) -> VerifierKey {
    init_with(data, &[])
}

/// The same with more options.
pub(crate) fn init_with(data: &Path, more: &[&str]) -> VerifierKey {
    let origin = ["--origin", "process.example/test"];
    let made = caseledger(&[&["init", "--data", text(data)], &origin[..], more].concat());
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let key = std::fs::read_to_string(format!("{}.vkey", text(data))).unwrap();
    VerifierKey::parse(key.trim()).unwrap()
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The server as a child process; killed when dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: String,
}

impl Served {
    /// Starts the server and waits until it listens.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same with more options.
    pub(crate) fn start_with(data: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_caseledger"))
            .args(["serve", "--data", text(data), "--listen", "127.0.0.1:0"])
            .args(more)
            .env("CASELEDGER__LOG__FILTER", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines
                .next()
                .expect("the server ended before it listened")
                .unwrap();
            if let Some(address) = line.strip_prefix("listening") {
                break address.trim().to_owned();
            }
        };
        // What it says later nobody reads, but it must be able to say it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let status = self.child.wait().unwrap();
        assert!(status.success(), "drained with {status}");
    }

    /// A client that pins the key.
    pub(crate) async fn client(&self, key: &VerifierKey) -> Client {
        let principal = Principal::new("lada", "PROSECUTOR_COUNTY").unwrap();
        let trust = Trust::pinned(key.clone());
        Client::connect(&self.address, Some(principal), trust)
            .await
            .unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Already gone where the test ended well.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A submission that opens an initiative of its own.
pub(crate) fn submission(number: u64) -> v1::Submission {
    let policy = event::Policy {
        version: 1,
        rule_set: Some(event::RuleSet {
            id: "R".to_owned(),
            version: 1,
        }),
        approved_to_filed_days: 90,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 30,
        ..event::Policy::default()
    };
    let opened = event::InitiativeOpened {
        basis: event::LegalBasis::Stipulated.into(),
        lead: "lada".to_owned(),
        counties: vec![37],
        policy: Some(policy),
    };
    let post = v1::Post {
        target: Some(v1::Target {
            target: Some(target::Target::Initiative(format!("I{number}"))),
        }),
        expected: Some(v1::Expected {
            expectation: Some(Expectation::State(v1::ExpectedState::NoStream.into())),
        }),
        occurred_on: 20_210_927,
        fact: Some(event::Fact {
            kind: Some(event::fact::Kind::InitiativeOpened(opened)),
        }),
        ..v1::Post::default()
    };
    v1::Submission {
        message_id: message_id(number).to_vec().into(),
        submitter_sequence: 0,
        posts: vec![post],
        signed: None,
    }
}

/// The message id of that submission.
pub(crate) fn message_id(number: u64) -> [u8; 16] {
    (u128::from(number) + 1).to_be_bytes()
}

/// Copies a ledger with everything beside it.
pub(crate) fn copy(data: &Path, to: &Path) {
    for ending in ["", ".keys", ".vault", ".guard", ".vkey"] {
        let from = PathBuf::from(format!("{}{ending}", text(data)));
        let target = format!("{}{ending}", text(to));
        let copied = Command::new("cp")
            .args(["-a", text(&from), &target])
            .status()
            .unwrap();
        assert!(copied.success());
    }
}

/// Every file below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
