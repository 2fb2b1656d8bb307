//! A folder of its own for each test, the binary, and servers that stop with the test.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_caseledger");

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Longer than anything takes that is waited for.
const LONG: Duration = Duration::from_mins(1);

/// What a question is answered with in the end. A test that would ask for ever fails.
pub(crate) fn awaited<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    while begun.elapsed() < LONG {
        if let Some(answer) = ask() {
            return answer;
        }
        thread::yield_now();
    }
    panic!("waited in vain: {what}");
}

/// A folder in which commands run.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// With a new ledger in the folder `ledger`.
    pub(crate) fn with_ledger() -> Self {
        let place = Self::new();
        place.ok("init --data ledger --origin ledger.example/test");
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, in this folder, with nothing of the caller's settings.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = self.program(BINARY);
        command.args(words.split_whitespace());
        command
    }

    fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        for (name, _) in std::env::vars() {
            if name.starts_with("CASELEDGER") || name == "RUST_LOG" {
                command.env_remove(name);
            }
        }
        command.env("NO_COLOR", "1");
        command
    }

    pub(crate) fn run(&self, words: &str) -> Ended {
        self.command(words).output().unwrap().into()
    }

    /// Runs a command that the system kills as soon as it writes more than so many blocks to a file: of 512 or 1024 bytes,
    /// which shells do not agree on.
    pub(crate) fn killed(&self, words: &str, blocks: u32) {
        let limited = format!("ulimit -c 0; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = self.program("sh");
        let command = command.args(["-c", &limited, BINARY]);
        let ended = command.args(words.split_whitespace()).output().unwrap();
        let by = rustix::process::Signal::XFSZ.as_raw();
        assert_eq!(ended.status.signal(), Some(by), "{words}: {ended:?}");
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub(crate) fn ok(&self, words: &str) -> String {
        let ended = self.run(words);
        assert_eq!(ended.code, 0, "{words}: {ended:?}");
        ended.out
    }

    /// Starts a server on a free port; `log` in the environment keeps it quiet.
    pub(crate) fn serve(&self) -> Server {
        self.serve_with("")
    }

    /// The same with more options.
    pub(crate) fn serve_with(&self, options: &str) -> Server {
        let words = format!("serve --data ledger --listen 127.0.0.1:0 {options}");
        let mut command = self.command(&words);
        command.env("CASELEDGER__LOG__FILTER", "warn");
        Self::serve_by(command)
    }

    /// Starts a server by a command of one's own.
    pub(crate) fn serve_by(mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let (mut address, mut http) = (None, None);
        let mut said = String::new();
        while address.is_none() {
            let before = said.len();
            assert!(
                lines.read_line(&mut said).unwrap() > 0,
                "no server: {:?}",
                child.wait()
            );
            let row = |name| {
                let rest = said[before..].strip_prefix(name)?;
                Some(rest.trim().to_owned())
            };
            http = http.or(row("http "));
            address = row("listening");
        }
        Server {
            child,
            _lines: lines,
            address: address.unwrap(),
            http: http.unwrap_or_default(),
            said,
        }
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        Self {
            code,
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// What a server answers over HTTP, head and all.
pub(crate) fn get(http: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(http.strip_prefix("http://").unwrap()).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: log\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A server process. It does not outlive the test.
pub(crate) struct Server {
    child: Child,
    _lines: BufReader<ChildStdout>,
    pub(crate) address: String,
    /// Where it publishes the log.
    pub(crate) http: String,
    /// What it printed when it started.
    pub(crate) said: String,
}

impl Server {
    /// Of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it says on standard error from now on, if that was piped.
    pub(crate) fn complaints(&mut self) -> BufReader<ChildStderr> {
        BufReader::new(self.child.stderr.take().unwrap())
    }

    /// Asks it to read its files anew.
    pub(crate) fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to stop, and gives its exit code.
    pub(crate) fn terminate(mut self) -> i32 {
        self.signal("-TERM");
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if it has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
