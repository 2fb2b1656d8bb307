//! `unmatched`: the inbox of confirmations without a case.

use bytes::Bytes;
use caseledger_client::Client;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::event::v1::fact::Kind;
use caseledger_client::pb::v1;
use caseledger_domain::vocabulary::{CorrectionReason, RawCode, Vocabulary as _};
use clap::{Args, Subcommand};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::shown::Code;
use crate::args::{FormatArgs, LedgerArgs, case_id};
use crate::connect;
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet, date, hex, json, thousands, time};

/// List confirmations that match no known case, or take one out.
///
/// What a court or the state repository says about a case that nobody has identified is kept, in
/// order, and takes effect when the case arrives. Until then it stands here.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "\
Examples:
  caseledger unmatched
  caseledger unmatched --submitter lasc --older-than 30
  caseledger unmatched --limit 1000 -o csv
  caseledger unmatched resolve CASE 0 --reason WRONG_CASE --move-to OTHER --as lasc --role COURT"
)]
pub(crate) struct UnmatchedArgs {
    #[command(subcommand)]
    command: Option<UnmatchedCommand>,

    /// Rows at most
    #[arg(long, value_name = "ROWS", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,

    /// Only posts of this organisation, as `lasc`
    #[arg(long, value_name = "ORG")]
    submitter: Option<String>,

    /// Only posts in this role, as `COURT`
    #[arg(long, value_name = "ROLE")]
    submitter_role: Option<String>,

    /// Only what has waited for so many days
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    older_than: u32,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Debug, Subcommand)]
enum UnmatchedCommand {
    Resolve(ResolveArgs),
}

/// Take a confirmation out of the inbox, as the one who posted it.
///
/// It stays recorded, and so does who took it out and why. With --move-to, the same is stated of
/// another case, in the same submission: both are recorded or neither.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger unmatched resolve 0123456789abcdef0123456789abcdef 0 --reason WRONG_CASE \\
      --move-to fedcba9876543210fedcba9876543210 --as lasc --role COURT")]
struct ResolveArgs {
    /// The case under which it waits, as `unmatched` shows it
    #[arg(value_name = "CASE", value_parser = case_id)]
    case: Bytes,

    /// Its revision there
    revision: u64,

    /// Why: `TYPO`, `WRONG_CASE`, `WRONG_CHARGE`, `WRONG_DATE`, `LATE_INFORMATION`,
    /// `SOURCE_RESTATED`, or a code of your own
    #[arg(long, value_name = "CODE")]
    reason: String,

    /// The case that it is about
    #[arg(long, value_name = "CASE", value_parser = case_id)]
    move_to: Option<Bytes>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// What cannot be asked or taken out.
#[derive(Debug, thiserror::Error)]
enum UnmatchedError {
    #[error("{0:?} is no role; use one like COURT or STATE_REPOSITORY")]
    Role(String),
    #[error("--reason: {0}")]
    Reason(#[from] caseledger_domain::TextError),
    #[error(
        "revision {0} of the case holds no confirmation; `caseledger unmatched` shows which do"
    )]
    NotHeld(u64),
}

/// Runs the command.
pub(crate) async fn run(args: &UnmatchedArgs, output: &Output) -> Result<(), Failure> {
    match &args.command {
        None => list(args, output).await,
        Some(UnmatchedCommand::Resolve(args)) => resolve(args, output).await,
    }
}

async fn list(args: &UnmatchedArgs, output: &Output) -> Result<(), Failure> {
    let role = match &args.submitter_role {
        None => event::Role::Unspecified,
        Some(code) => event::Role::from_str_name(&format!("ROLE_{code}"))
            .ok_or_else(|| Failure::new(Exit::Usage, UnmatchedError::Role(code.clone())))?,
    };
    let page = v1::Page {
        limit: args.limit,
        token: String::new(),
    };
    let request = v1::ListUnmatchedRequest {
        page: Some(page),
        submitter: args.submitter.clone().unwrap_or_default(),
        role: role.into(),
        older_than_days: args.older_than,
    };
    let reply = connect::with_client(&args.ledger, async |client| {
        Ok(client.list_unmatched(request).await?)
    })
    .await?;
    let mut sheet = Sheet::rows([
        "position",
        "held_since",
        "kind",
        "occurred_on",
        "submitter",
        "role",
        "case_id",
        "revision",
    ]);
    for row in &reply.unmatched {
        sheet.push([
            Cell::Number(row.position),
            time(row.recorded_at_us),
            event::FactKind::cell(row.kind),
            date(row.occurred_on),
            Cell::from(row.submitter.as_str()),
            event::Role::cell(row.role),
            Cell::from(hex(&row.case_id)),
            Cell::Number(row.revision),
        ]);
    }
    let shown = thousands(reply.unmatched.len() as u64);
    let total = thousands(reply.total);
    let mut report = Report::new(json::message("ListUnmatchedResponse", &reply)?)
        .sheet(sheet)
        .line(format!("{shown} of {total} unmatched confirmations."));
    let ages = reply.ages.iter().filter(|age| age.count > 0);
    let ages = ages.map(|age| format!("{} for {} days or more", thousands(age.count), age.days));
    let ages = ages.collect::<Vec<_>>().join(", ");
    if !ages.is_empty() {
        report = report.line(format!(
            "Of all that wait, by the longest full group: {ages}."
        ));
    }
    output.show(args.format.format, &report)
}

async fn resolve(args: &ResolveArgs, output: &Output) -> Result<(), Failure> {
    let accepted = connect::with_client(&args.ledger, async |client| {
        let submission = resolution(client, args).await?;
        Ok(client.submit(submission).await?)
    })
    .await?;
    let positions: Vec<u64> = accepted
        .receipts
        .iter()
        .map(|receipt| receipt.position().get())
        .collect();
    let shown = positions.iter().map(u64::to_string).collect::<Vec<_>>();
    let document = json!({"positions": positions, "duplicate": accepted.duplicate});
    let report = Report::new(document).line(format!("Recorded at {}.", shown.join(" ")));
    output.show(args.format.format, &report)
}

async fn resolution(client: &Client, args: &ResolveArgs) -> Result<v1::Submission, Failure> {
    let code = if let Some(known) = CorrectionReason::from_code(&args.reason) {
        event::coded_correction_reason::Code::Known(known.number().into())
    } else {
        let raw: Result<RawCode, _> = args.reason.parse();
        let raw = raw.map_err(|error| Failure::new(Exit::Usage, UnmatchedError::from(error)))?;
        event::coded_correction_reason::Code::Unmapped(raw.to_string())
    };
    let today = super::import::today()?.yyyymmdd();
    let resolved = Kind::ConfirmationResolved(event::ConfirmationResolved {
        held: args.revision,
        reason: Some(event::CodedCorrectionReason { code: Some(code) }),
        moved_to: args.move_to.as_deref().unwrap_or_default().to_vec(),
    });
    let mut posts = vec![post(&args.case, today, Vec::new(), resolved)];
    if let Some(other) = &args.move_to {
        posts.push(moved(client, args, other).await?);
    }
    // The same resolution is the same message: run again, it is found recorded.
    let mut id = Sha256::new();
    id.update(b"caseledger v1 resolution\0");
    id.update(&args.case);
    id.update(args.revision.to_be_bytes());
    id.update(args.move_to.as_deref().unwrap_or_default());
    id.update(args.reason.as_bytes());
    id.update(today.to_be_bytes());
    let id = id.finalize();
    Ok(v1::Submission {
        message_id: Bytes::copy_from_slice(id.get(..16).unwrap_or_default()),
        submitter_sequence: 0,
        posts,
        signed: None,
    })
}

/// What the confirmation says, of the other case.
async fn moved(client: &Client, args: &ResolveArgs, other: &Bytes) -> Result<v1::Post, Failure> {
    let request = v1::GetHistoryRequest {
        stream: Some(v1::StreamRef {
            stream: Some(v1::stream_ref::Stream::CaseId(args.case.clone())),
        }),
        from_revision: args.revision,
        limit: 1,
        as_of: None,
    };
    let history = client.get_history(request).await?;
    let event = history
        .events
        .into_iter()
        .next()
        .and_then(|entry| entry.event);
    let held = event.and_then(|event| match event.fact?.kind? {
        Kind::ConfirmationHeld(held) => Some((event.occurred_on, *held)),
        _ => None,
    });
    let fact = held.and_then(|(on, held)| Some((on, held.charges, held.fact?.kind?)));
    let (on, charges, kind) =
        fact.ok_or_else(|| Failure::new(Exit::Refused, UnmatchedError::NotHeld(args.revision)))?;
    Ok(post(other, on, charges, kind))
}

fn post(case: &Bytes, occurred_on: u32, charges: Vec<u32>, kind: Kind) -> v1::Post {
    let scope = if charges.is_empty() {
        v1::scope::Scope::WholeCase(v1::WholeCase {})
    } else {
        v1::scope::Scope::Charges(v1::ChargeList { ids: charges })
    };
    v1::Post {
        target: Some(v1::Target {
            target: Some(v1::target::Target::CaseId(case.clone())),
        }),
        expected: Some(v1::Expected {
            expectation: Some(v1::expected::Expectation::State(
                v1::ExpectedState::Exists.into(),
            )),
        }),
        scope: Some(v1::Scope { scope: Some(scope) }),
        occurred_on,
        fact: Some(event::Fact { kind: Some(kind) }),
        references: None,
        private: None,
    }
}
