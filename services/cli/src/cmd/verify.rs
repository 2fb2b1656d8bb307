//! `verify`: a receipt, or a whole published log, by people who do not trust who published it.

use std::fs;
use std::path::Path;

use caseledger_chain::{Checkpoint, Policy, PolicyError, VerifierKey};
use caseledger_client::AnySource;
use clap::Args;

use crate::args::{CaArgs, FormatArgs};
use crate::audit::{self, LogReport};
use crate::connect::verifier_key;
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Output, thousands};

mod evidence;
mod receipt;

/// What neither a receipt nor an audit bundle can say: their checkpoints bear no cosignatures.
pub(super) const NOT_ASKED: &str = "whether witnesses or others were shown the same history: \
    docs/AUDITING.md says how to tie this to a checkpoint that they have cosigned";

/// Verify a receipt, or a whole published log, with the public key alone.
///
/// A receipt: exit code 0 means that the entry in the file is in the ledger that signs with this
/// key, at this position, with exactly these bytes.
///
/// An audit bundle, a file that ends in .tar: the same for all that the ledger said about one
/// case, order or list up to a size.
///
/// A published log, in a directory or on a web server: everything is derived again from the bytes
/// of the entries, and compared with what is signed and published. Two questions are answered
/// apart. Integrity: is what is there what was recorded, and does it obey the rules? Completeness:
/// is nothing missing? What could not be looked at is listed and never counts as good.
///
/// Evidence, as `caseledger monitor` writes it: two checkpoints that no one log can have. Exit code
/// 4 means that they were signed by this key and contradict each other, 1 that the file proves
/// nothing.
///
/// Exit code 0: all is well. 3: nobody answers. 4: something was found. 5: nothing was found, but
/// not everything could be checked.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger verify 1234.tlog-proof --key ledger.vkey
  caseledger receipt 1234 | caseledger verify - --key ledger.vkey -o json
  caseledger verify case.tar --key ledger.vkey
  caseledger verify evidence-1.txt --key ledger.vkey
  caseledger verify published/ --key ledger.vkey
  caseledger verify http://127.0.0.1:7401/ --key ledger.vkey --since last-year.checkpoint
  caseledger verify http://127.0.0.1:7401/ --key ledger.vkey --policy witnesses.policy")]
pub(crate) struct VerifyArgs {
    /// Receipt file, - for standard input; audit bundle; evidence; or directory or URL of a
    /// published log
    #[arg(value_name = "FILE|DIR|URL")]
    what: String,

    /// Verifier key of the ledger, or a file with it
    #[arg(
        long,
        value_name = "VKEY|FILE",
        env = "CASELEDGER_KEY",
        hide_env_values = true
    )]
    key: String,

    #[command(flatten)]
    ca: CaArgs,

    /// Of a log: a checkpoint it gave out earlier, of which it must be a continuation
    #[arg(long, value_name = "CHECKPOINT-FILE")]
    since: Option<String>,

    /// Of a log: whose cosignatures its checkpoint must bear (C2SP tlog-policy)
    #[arg(long, value_name = "FILE")]
    policy: Option<String>,

    #[command(flatten)]
    format: FormatArgs,
}

/// What went wrong, or what a verification came to where it is not all well.
#[derive(Debug, thiserror::Error)]
enum Outcome {
    #[error("{what} is NOT verified: {found} findings")]
    Findings { what: String, found: String },
    #[error("{0} is NOT verified: nothing was found, but not everything could be checked")]
    Undecided(String),
    #[error("{option} goes with a published log, and {file} is a file")]
    OfFile { option: &'static str, file: String },
    #[error("--policy {file} is no policy: {source}")]
    Policy {
        file: String,
        #[source]
        source: PolicyError,
    },
    #[error("--since {file} is no checkpoint of this log: {source}")]
    Since {
        file: String,
        #[source]
        source: caseledger_chain::CheckpointError,
    },
}

/// Runs the command.
pub(crate) async fn run(args: &VerifyArgs, output: &Output) -> Result<(), Failure> {
    let key = verifier_key(&args.key)?;
    let what = args.what.as_str();
    if what.contains("://") || Path::new(what).is_dir() {
        let since = since(args, &key)?;
        let source = AnySource::open_with(what, &args.ca.access()?)
            .map_err(|error| Failure::new(Exit::Usage, error))?;
        let report = audit::verify(source, key, since, policy(args)?).await?;
        output.show(args.format.format, &report.show())?;
        return conclude(&report, what);
    }
    let options = [
        ("--since", args.since.is_some()),
        ("--policy", args.policy.is_some()),
    ];
    if let Some((option, _)) = options.into_iter().find(|(_, given)| *given) {
        let file = what.to_owned();
        return Err(Failure::new(Exit::Usage, Outcome::OfFile { option, file }));
    }
    if let Some(text) = evidence::read(what)? {
        return evidence::verify(&text, what, &key, args.format.format, output);
    }
    let report = if Path::new(what)
        .extension()
        .is_some_and(|ending| ending == "tar")
    {
        super::bundle::verify(what, &key)?
    } else {
        receipt::verify(what, &key)?
    };
    output.show(args.format.format, &report)
}

fn since(args: &VerifyArgs, key: &VerifierKey) -> Result<Option<Checkpoint>, Failure> {
    let Some(file) = &args.since else {
        return Ok(None);
    };
    let note = fs::read(file).map_err(io_failure("read", file))?;
    let checkpoint = Checkpoint::open(&note, key).map_err(|source| {
        let file = file.clone();
        Failure::new(Exit::Usage, Outcome::Since { file, source })
    })?;
    Ok(Some(checkpoint))
}

fn policy(args: &VerifyArgs) -> Result<Option<Policy>, Failure> {
    let Some(file) = &args.policy else {
        return Ok(None);
    };
    let text = fs::read_to_string(file).map_err(io_failure("read", file))?;
    let policy = Policy::parse(&text).map_err(|source| {
        let file = file.clone();
        Failure::new(Exit::Usage, Outcome::Policy { file, source })
    })?;
    Ok(Some(policy))
}

fn conclude(report: &LogReport, what: &str) -> Result<(), Failure> {
    let found = report.found();
    if found > 0 {
        let (what, found) = (what.to_owned(), thousands(found));
        return Err(
            Failure::new(Exit::Found, Outcome::Findings { what, found })
                .hint("keep what was served and this output: docs/AUDITING.md says what each finding means"),
        );
    }
    if report.is_ok() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Unchecked,
        Outcome::Undecided(what.to_owned()),
    ))
}
