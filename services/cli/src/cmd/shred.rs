//! `shred`: destroys what is private of sealed cases, for good.

use std::path::PathBuf;

use bytes::Bytes;
use caseledger_chain::Header;
use caseledger_client::pb::event::v1::Tombstone;
use caseledger_client::pb::v1::{self, shred_request::Which, shred_response::News};
use caseledger_client::{Client, ClientError};
use caseledger_domain::vocabulary::{ShredBasis, Vocabulary as _};
use caseledger_domain::{FactKind, StreamKind};
use caseledger_proto::reason::Reason;
use clap::Args;
use indicatif::ProgressBar;

use crate::args::{FormatArgs, LedgerArgs, case_id};
use crate::connect;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::progress;

mod lines;
mod told;

use lines::{Line, Named};
use told::{Refused, Told};

/// Destroy what is private of sealed cases, for good.
///
/// It is ordered in your name, for each case; then the keys of these cases are destroyed, and the ledger confirms that,
/// for each case. Nothing takes it back: a sealing that was ordered in error can be undone before, and not after.
/// Totals, receipts and proofs stay as they are. The same command again goes on where it was and is always safe. Keep
/// no older copies of the vault: what they open, they open still.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger shred 5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f --basis CUSTODIAN --as lasc-records --role RECORD_CUSTODIAN
  caseledger shred --file cases.csv --basis HSC_11361_5 --as lasc --role COURT
  caseledger shred --retention --as operator --role OPERATOR
  caseledger shred --unfinished --as operator --role OPERATOR

A file has one case a line: its id, or court,number,defendant. A line court,number,defendant first is a header.
A line that names no case, and a case that is refused, is told with its line and the rule, and does not hold up the
others. What was ordered of a case stays: one that was ordered before with another tombstone is told as
OTHER_TOMBSTONE. The exit code is 4 where there is any of these.")]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(true).args(["ids", "file", "retention", "unfinished"])))]
pub(crate) struct ShredArgs {
    /// Ids of cases, 32 hexadecimal digits each
    #[arg(value_name = "ID", value_parser = case_id, conflicts_with_all = ["retention", "unfinished"])]
    ids: Vec<Bytes>,

    /// File that names cases by id or key
    #[arg(long, value_name = "FILE", conflicts_with_all = ["retention", "unfinished"])]
    file: Option<PathBuf>,

    /// All cases whose days of retention are over
    #[arg(long, conflicts_with = "unfinished")]
    retention: bool,

    /// All cases of which it is ordered and not confirmed
    #[arg(long)]
    unfinished: bool,

    #[arg(
        long,
        value_name = "BASIS",
        value_parser = basis,
        conflicts_with_all = ["retention", "unfinished"],
        help = "Under what authority: CUSTODIAN, RETENTION or HSC_11361_5"
    )]
    basis: Option<ShredBasis>,

    /// Let nothing stay of the docket numbers: after the next `caseledger index rotate`, a list that has such a case
    /// again opens a new one
    #[arg(long, conflicts_with = "unfinished")]
    forget: bool,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Why there is nothing to send, or no end to it.
#[derive(Debug, thiserror::Error)]
enum ShredFailure {
    #[error("is no basis; write CUSTODIAN, RETENTION or HSC_11361_5")]
    NoBasis,
    #[error("--basis is required where cases are named; write CUSTODIAN, RETENTION or HSC_11361_5")]
    BasisMissing,
    #[error("{found} cases are named, expected 1 to {max}; split them")]
    Count { found: usize, max: usize },
    #[error("the server ended the answer early; the same command again goes on where it was")]
    Unfinished,
    #[error(
        "the answer confirms with entry {position}, which confirms no destruction; keep the answer, and check the \
         ledger with fsck"
    )]
    NoConfirmation { position: u64 },
}

fn basis(text: &str) -> Result<ShredBasis, ShredFailure> {
    ShredBasis::from_code(text).ok_or(ShredFailure::NoBasis)
}

/// Most cases of one request (`docs/API.md`).
const CASES_MAX: usize = caseledger_proto::convert::SHRED_CASES_MAX;

/// Runs the command.
pub(crate) async fn run(args: &ShredArgs, output: &Output) -> Result<(), Failure> {
    let file = args.file.as_deref().map(lines::read).transpose()?;
    let file = file.unwrap_or_default();
    if !args.retention && !args.unfinished {
        check_count(args.ids.len() + file.len())?;
        let missing = || Failure::new(Exit::Usage, ShredFailure::BasisMissing);
        args.basis.ok_or_else(missing)?;
    }
    let (told, broken) = connect::with_client(&args.ledger, async |client| {
        let mut told = Told::default();
        let which = asked(args, file, client, &mut told).await?;
        let mut broken = None;
        if let Some(which) = which {
            let ask = async |which: Which, told: &mut Told| shred(client, which, told).await;
            broken = until_none_is_due(which, &mut told, ask).await.err();
        }
        Ok((told, broken))
    })
    .await?;
    // What is destroyed is told, also where the answer broke off behind it.
    if broken.is_none() || !told.is_empty() {
        told.show(args.format.format, output)?;
    }
    match broken.or_else(|| told.shortfall()) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// Refuses more cases than one request takes before any of them is looked up: each is asked for by itself.
fn check_count(found: usize) -> Result<(), Failure> {
    let max = CASES_MAX;
    if (1..=max).contains(&found) {
        return Ok(());
    }
    let failure = ShredFailure::Count { found, max };
    Err(Failure::new(Exit::Usage, failure))
}

/// What to ask for; nothing, if no case that is named is known.
async fn asked(
    args: &ShredArgs,
    lines: Vec<Line>,
    client: &Client,
    told: &mut Told,
) -> Result<Option<Which>, Failure> {
    told.asked = if args.forget {
        Tombstone::Forgotten
    } else {
        Tombstone::Kept
    };
    let tombstone = told.asked.into();
    if args.unfinished {
        return Ok(Some(Which::Open(v1::ShredOpen {})));
    }
    if args.retention {
        return Ok(Some(Which::Due(v1::ShredDue { tombstone })));
    }
    told.lines = args.ids.iter().map(|id| (id.clone(), None)).collect();
    for Line { number, names } in lines {
        let found = match names {
            Ok(Named::Id(id)) => Ok(id),
            Ok(Named::Key(key)) => look_up(client, key).await?,
            Err(malformed) => Err(Refused {
                rule: Reason::MalformedField.code().to_owned(),
                message: malformed.to_string(),
            }),
        };
        match found {
            Ok(case) => {
                told.lines.entry(case).or_insert(Some(number));
            }
            Err(refused) => {
                told.wrong.insert(number, refused);
            }
        }
    }
    let found = !told.lines.is_empty();
    let which = Which::Cases(v1::ShredCases {
        case_ids: told.lines.keys().cloned().collect(),
        basis: args.basis.map_or(0, |basis| basis.number().into()),
        tombstone,
    });
    Ok(found.then_some(which))
}

/// The case of a key, or why this key leads to none. What speaks against any key ends the command.
async fn look_up(client: &Client, key: v1::CaseKey) -> Result<Result<Bytes, Refused>, Failure> {
    let key = Some(v1::look_up_request::Key::CaseKey(key));
    let found = match client.look_up(v1::LookUpRequest { key }).await {
        Ok(found) => found.case_ids.into_iter().next(),
        Err(ClientError::Refused(refusal)) if refusal.reason == Some(Reason::MalformedField) => {
            // Fields, and never what stands in them.
            let fields = refusal.violations.iter();
            let fields = fields.map(|wrong| format!("{}: {}", wrong.subject, wrong.description));
            return Ok(Err(Refused {
                rule: refusal.reason_code.clone(),
                message: fields.collect::<Vec<_>>().join("; "),
            }));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(found.ok_or_else(|| Refused {
        rule: Reason::NotFound.code().to_owned(),
        message: "the ledger does not have the case, or not for you".to_owned(),
    }))
}

/// Asks again for as long as more are due or ordered, and something comes of it.
async fn until_none_is_due(
    mut which: Which,
    told: &mut Told,
    mut ask: impl AsyncFnMut(Which, &mut Told) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut first = true;
    loop {
        let before = told.confirmed.len();
        ask(which.clone(), told).await?;
        let idle = !first && told.confirmed.len() == before;
        if !told.more_due || idle {
            return Ok(());
        }
        // What was named is done first; others are left that were ordered before.
        if let Which::Cases(_) = which {
            which = Which::Open(v1::ShredOpen {});
        }
        first = false;
    }
}

/// Asks once, and keeps what is told, as it comes.
async fn shred(client: &Client, which: Which, told: &mut Told) -> Result<(), Failure> {
    let request = v1::ShredRequest { which: Some(which) };
    let mut messages = client.shred(request).await?;
    let bar = progress::bar(0, "");
    let mut ended = false;
    while let Some(message) = messages.next().await? {
        match message.news {
            Some(News::Progress(progress)) => show(&bar, &progress),
            Some(News::Confirmed(receipt)) => {
                let receipt = client.verified(receipt)?;
                let position = receipt.position().get();
                let none = || ShredFailure::NoConfirmation { position };
                let case = destroyed(receipt.header()).ok_or_else(none);
                let case = case.map_err(|error| Failure::new(Exit::Found, error))?;
                told.confirmed.insert(case, position);
            }
            Some(News::Refused(news)) => {
                let refusal = news.refusal.unwrap_or_default();
                let refused = Refused {
                    rule: refusal.reason,
                    message: refusal.message,
                };
                told.refused.insert(news.case_id, refused);
            }
            Some(News::Before(before)) => {
                told.before.insert(before.case_id.clone(), before);
            }
            Some(News::Done(done)) => {
                told.generation = told.generation.max(done.generation);
                told.complete_to = done.complete_to;
                told.more_due = done.more_due;
                ended = true;
            }
            None => {}
        }
    }
    bar.finish_and_clear();
    let unfinished = || Failure::new(Exit::Unavailable, ShredFailure::Unfinished);
    ended.then_some(()).ok_or_else(unfinished)
}

/// The case whose destruction an entry confirms, if it does that.
fn destroyed(entry: &Header) -> Option<Bytes> {
    let of_case = entry.stream.kind == StreamKind::Case.number();
    let confirms = of_case && entry.body_type == FactKind::ShredConfirmed.number();
    confirms.then(|| Bytes::copy_from_slice(&entry.stream.id))
}

fn show(bar: &ProgressBar, progress: &v1::ShredProgress) {
    let stage = match progress.stage() {
        v1::ShredStage::Ordering => "ordering",
        v1::ShredStage::Wrapping => "wrapping other keys anew",
        v1::ShredStage::Confirming => "confirming",
        v1::ShredStage::Unspecified => "destroying",
    };
    if bar.message() != stage {
        bar.set_message(stage);
    }
    // Both at once: drawn in between, the count of one stage would stand beside the total of another.
    bar.update(|state| {
        state.set_len(progress.of);
        state.set_pos(progress.done);
    });
}

#[cfg(test)]
mod tests;
