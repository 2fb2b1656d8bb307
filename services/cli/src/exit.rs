//! How a command ends: exit codes for scripts, and failures as people read them.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use caseledger_chain::KeyError;
use caseledger_client::{ClientError, Disbelief, PrincipalError, SignError, TrustError};
use caseledger_engine::guard::RestoreError;
use caseledger_engine::index::IndexError;
use caseledger_engine::rotation::RotationError;
use caseledger_engine::vault::RotateError;
use caseledger_engine::{CloseError, InitError, KeyFileError, OpenError, PathsError};
use caseledger_proto::reason::Reason;
use caseledger_server::telemetry::TelemetryError;
use caseledger_server::{ConfigError, ServeError};
use caseledger_witness::WitnessError;
use tokio::task::JoinError;

/// Why a command did not end with 0. `docs/OPERATING.md` lists the codes; they do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nobody reads the output any more; there is nobody to tell.
    Unread = 0,
    /// The ledger, the system or this program said no.
    Refused = 1,
    /// The command line does not make sense; `clap` ends with this code, too.
    Usage = 2,
    /// Nobody answers, or not now: the same command may work later.
    Unavailable = 3,
    /// The command did its work and found something wrong.
    Found = 4,
    /// Nothing wrong was found, but not everything could be checked.
    Unchecked = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What to do where no server answers.
pub(crate) const NOBODY_THERE: &str = "start the server with `caseledger serve --data DIR`, or read \
                                       a ledger that nobody serves with --data DIR";

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: Box<dyn Error + Send + Sync>,
    hint: Option<Cow<'static, str>>,
}

impl Failure {
    /// A failure with its exit code.
    pub(crate) fn new(exit: Exit, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            exit,
            error: error.into(),
            hint: None,
        }
    }

    /// The same with what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, saying first what it is about.
    pub(crate) fn about(self, what: &impl ToString) -> Self {
        let about = About {
            what: what.to_string(),
            source: self.error,
        };
        Self {
            error: Box::new(about),
            ..self
        }
    }

    /// Its exit code.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// What goes to standard error: one line that says what is wrong with which thing, and a
    /// second one where there is more to say.
    pub(crate) fn render(&self, colour: bool) -> String {
        let (red, cyan, plain) = if colour {
            ("\x1b[1;31m", "\x1b[36m", "\x1b[0m")
        } else {
            ("", "", "")
        };
        let mut text = format!("{red}error:{plain} {}\n", chain(&*self.error));
        if let Some(hint) = &self.hint {
            // Writing to a string does not fail.
            let _infallible = writeln!(text, "{cyan}hint:{plain} {hint}");
        }
        text
    }
}

/// An error with the name of the thing it is about.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {source}")]
struct About {
    what: String,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

/// An error with its causes. Many errors say their cause themselves; it is not said twice.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let (exit, hint) = match &error {
            ClientError::Refused(refusal) => return refused(refusal.reason, error),
            ClientError::Disbelief(disbelief) => (Exit::Found, disbelieved(disbelief)),
            ClientError::Unreachable(_) => (Exit::Unavailable, NOBODY_THERE),
            ClientError::Certificate(_) => (
                Exit::Refused,
                "see --tls-cert and --tls-key; `client certificate refused` in the log of the server \
                 says the same to its operator",
            ),
            ClientError::Server(_) => (
                Exit::Refused,
                "name the CA that vouches for the server with --tls-ca FILE, and the server as its \
                 certificate does",
            ),
            ClientError::Deadline | ClientError::Ended => (
                Exit::Unavailable,
                "run the same command again; nothing is recorded twice",
            ),
            ClientError::Address { .. } => (Exit::Usage, "write --server http://127.0.0.1:7400"),
            ClientError::Unsigned(SignError::Nobody) => (
                Exit::Refused,
                "nothing was sent; name the role that signs with --role",
            ),
            ClientError::Unsigned(_) => (Exit::Refused, "nothing was sent"),
            ClientError::Tls(_) => (
                Exit::Usage,
                "see --tls-ca, --tls-cert, --tls-key, --token-file",
            ),
            ClientError::Other(_) => (Exit::Refused, "is a ledger listening at that address?"),
        };
        Self::new(exit, error).hint(hint)
    }
}

/// What to do about an answer that is not believed. Only what one key signed twice can convince
/// others.
const fn disbelieved(disbelief: &Disbelief) -> &'static str {
    match disbelief {
        Disbelief::Trust(TrustError::Checkpoint(_)) => {
            "whoever answers does not have the key: it is another ledger, or something in between; if \
             the key was pinned wrongly, correct --key"
        }
        Disbelief::Trust(TrustError::Equivocation { .. } | TrustError::Inconsistent { .. }) => {
            "keep this output, and run `caseledger monitor` on the log: of two histories that its key \
             signed it writes evidence"
        }
        Disbelief::Trust(TrustError::RolledBack { .. }) => {
            "a restored backup or an old copy does that, too: it is no proof of misconduct by itself"
        }
        Disbelief::Trust(TrustError::Ledger { .. })
        | Disbelief::Proof(_)
        | Disbelief::Contradiction { .. }
        | Disbelief::Other { .. }
        | Disbelief::Missing(_)
        | Disbelief::Body(_)
        | Disbelief::NotSigned(_)
        | Disbelief::NotPosted { .. } => {
            "keep this output, and check the log itself with `caseledger verify`: an answer alone \
             proves nothing to others"
        }
    }
}

/// What the ledger refused, with every violation on a line of its own.
fn refused(reason: Option<Reason>, error: ClientError) -> Failure {
    let exit = match reason {
        Some(
            Reason::Overloaded
            | Reason::RateLimited
            | Reason::TooManyCalls
            | Reason::DeadlineExceeded
            | Reason::ShuttingDown
            | Reason::StoreUnavailable
            | Reason::OutcomeUnknown,
        ) => Exit::Unavailable,
        Some(Reason::DataLoss) => Exit::Found,
        Some(
            Reason::MalformedField
            | Reason::MessageTooLarge
            | Reason::Unauthenticated
            | Reason::NoIdentity
            | Reason::CertificateWithoutUri
            | Reason::CertificateUriAmbiguous
            | Reason::UnknownPrincipal
            | Reason::PrincipalExpired
            | Reason::TokenWithoutTls
            | Reason::TokenMalformed
            | Reason::TokenUnknown
            | Reason::TokenExpired
            | Reason::IdentitiesDisagree
            | Reason::RoleAmbiguous
            | Reason::ReadNotAllowed
            | Reason::MessageIdReused
            | Reason::SignatureRequired
            | Reason::SignatureInvalid
            | Reason::SigningKeyUnknown
            | Reason::NumberUsed
            | Reason::NumberGaps
            | Reason::NoSuchMethod
            | Reason::NotFound
            | Reason::BeyondLedger
            | Reason::ReadOnly
            | Reason::Internal
            | Reason::Rule(_),
        )
        | None => Exit::Refused,
    };
    let hint = match reason {
        Some(Reason::Unauthenticated) => Some(Cow::Borrowed(
            "say for whom you ask: --as lada --role PROSECUTOR_COUNTY, or set CASELEDGER_AS and \
             CASELEDGER_ROLE",
        )),
        Some(Reason::SignatureRequired) => Some(Cow::Borrowed(
            "sign with --signing-key FILE; `caseledger org key new ORG FILE` makes a key for \
             the operator to add",
        )),
        Some(Reason::NoIdentity) => Some(Cow::Borrowed(
            "show who you are: --tls-cert FILE --tls-key FILE, or --token-file FILE",
        )),
        Some(Reason::RoleAmbiguous) => Some(Cow::Borrowed(
            "say in which role you ask: --as lada --role PROSECUTOR_COUNTY",
        )),
        Some(Reason::DataLoss) => Some(Cow::Borrowed(
            "stop the server and run `caseledger fsck --data DIR`; docs/OPERATING.md says how to \
             recover",
        )),
        _ => violations(&error).map(Cow::Owned),
    };
    Failure {
        exit,
        error: error.into(),
        hint,
    }
}

/// Every violation that the message does not tell already.
fn violations(error: &ClientError) -> Option<String> {
    let refusal = error.refusal()?;
    let untold = refusal.violations.iter().filter(|violation| {
        let told = &refusal.message;
        !(told.contains(&violation.subject) && told.contains(&violation.description))
    });
    let lines = untold.map(|violation| format!("{}: {}", violation.subject, violation.description));
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n      "))
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let (exit, hint) = match &error {
            OpenError::Identity(KeyFileError::Meta(_) | KeyFileError::Origin(_)) => (
                Exit::Refused,
                "a new ledger is made by `caseledger init --data DIR --origin NAME`",
            ),
            // Never init: new keys would not be those of this ledger.
            OpenError::Identity(_) => (
                Exit::Refused,
                "--keys DIR names the folder with the keys if they are elsewhere; \
                 docs/OPERATING.md says what each message means",
            ),
            OpenError::Store(_) => (
                Exit::Refused,
                "if a server has the ledger open, ask it with --server; `serve --read-only` shows a \
                 ledger that may not be written, `guard restore` makes a lost guard again; \
                 docs/OPERATING.md says what each message means",
            ),
            OpenError::Vault(_)
            | OpenError::Replay(_)
            | OpenError::Shred(_)
            | OpenError::IndexGeneration { .. }
            | OpenError::OtherIndexKey { .. }
            | OpenError::SavedIndex { .. }
            | OpenError::IndexKeys(_) => {
                (Exit::Refused, "docs/VAULT.md says what each message means")
            }
            OpenError::NothingSigned
            | OpenError::Log(_)
            | OpenError::Zone(_)
            | OpenError::Thread => (Exit::Refused, "docs/OPERATING.md says what to do"),
            OpenError::Entry { .. }
            | OpenError::Sidecar { .. }
            | OpenError::Misplaced { .. }
            | OpenError::Broken { .. }
            | OpenError::Head { .. }
            | OpenError::OtherCheckpoint { .. }
            | OpenError::Root(_)
            | OpenError::Checkpoint(_)
            | OpenError::Succession(_)
            | OpenError::State(_) => (
                Exit::Found,
                "run `caseledger fsck --data DIR`; docs/OPERATING.md says how to recover",
            ),
        };
        Self::new(exit, error).hint(hint)
    }
}

/// Failures to replace a key: what keeps the ledger from being opened is told as everywhere.
macro_rules! not_replaced {
    ($($error:ident;)+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                match error {
                    $error::Open(error) => error.into(),
                    other => Self::new(Exit::Refused, other),
                }
            }
        })+
    };
}

not_replaced! {
    IndexError;
    RotateError;
    RotationError;
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let exit = match &error {
            ServeError::NotLoopback { .. }
            | ServeError::Undeclared { .. }
            | ServeError::Tls(_)
            | ServeError::Policy { .. }
            | ServeError::PolicyUnused { .. }
            | ServeError::Codes { .. } => Exit::Usage,
            ServeError::Bind { .. } => Exit::Unavailable,
            ServeError::Refused { .. } | ServeError::Reflection(_) | ServeError::Close(_) => {
                Exit::Refused
            }
        };
        Self::new(exit, error)
    }
}

impl From<WitnessError> for Failure {
    fn from(error: WitnessError) -> Self {
        let exit = match &error {
            WitnessError::NotLoopback(_) | WitnessError::NotALog(_) => Exit::Usage,
            WitnessError::Bind { .. } | WitnessError::InUse(_) => Exit::Unavailable,
            WitnessError::State { .. } => Exit::Found,
            WitnessError::Exists(_)
            | WitnessError::Io { .. }
            | WitnessError::Key { .. }
            | WitnessError::Permissions { .. }
            | WitnessError::Random(_)
            | WitnessError::Watched(_) => Exit::Refused,
        };
        Self::new(exit, error)
    }
}

/// Failures that need no more said than they say themselves.
macro_rules! plain {
    ($($error:ty => $exit:ident;)+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(Exit::$exit, error)
            }
        })+
    };
}

plain! {
    CloseError => Refused;
    ConfigError => Usage;
    InitError => Refused;
    KeyError => Usage;
    KeyFileError => Refused;
    PathsError => Usage;
    PrincipalError => Usage;
    RestoreError => Refused;
    JoinError => Refused;
    TelemetryError => Refused;
}

/// The operating system refused something to do with a file or standard output.
#[derive(Debug, thiserror::Error)]
#[error("cannot {op} {what}")]
pub(crate) struct IoError {
    op: &'static str,
    what: String,
    #[source]
    source: io::Error,
}

/// For `map_err`: what was attempted with which thing.
pub(crate) fn io_failure(
    op: &'static str,
    what: impl ToString,
) -> impl FnOnce(io::Error) -> Failure {
    move |source| {
        let exit = if source.kind() == io::ErrorKind::BrokenPipe {
            Exit::Unread
        } else {
            Exit::Refused
        };
        Failure::new(
            exit,
            IoError {
                op,
                what: what.to_string(),
                source,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use caseledger_chain::{Digest, Size};

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer: {0}")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_cause_is_said_once() {
        let failure = Failure::new(Exit::Refused, Outer(io::Error::other("inner")));
        assert_eq!(failure.render(false), "error: outer: inner\n");
        let failure = io_failure("read", "list.csv")(io::Error::other("inner")).hint("look");
        assert_eq!(
            failure.render(false),
            "error: cannot read list.csv: inner\nhint: look\n"
        );
    }

    #[test]
    fn evidence_is_spoken_of_where_one_key_signed_two_histories_and_nowhere_else() {
        let [size, seen] = [1, 2].map(Size::new);
        let root = Digest::ZERO;
        let forked = TrustError::Equivocation {
            size,
            seen: root,
            found: root,
        };
        let rolled_back = TrustError::RolledBack { seen, found: size };
        for (disbelief, speaks) in [
            (Disbelief::Trust(forked), true),
            (Disbelief::Trust(rolled_back), false),
            (Disbelief::Missing("receipt"), false),
        ] {
            let failure = Failure::from(ClientError::from(disbelief));
            let told = failure.render(false);
            assert_eq!(failure.exit(), Exit::Found, "{told}");
            assert_eq!(told.contains("evidence"), speaks, "{told}");
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let failure = io_failure("write", "standard output")(io::ErrorKind::BrokenPipe.into());
        assert_eq!(failure.exit(), Exit::Unread);
    }
}
