//! `shred`: destroys what is private of sealed cases, for good.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use caseledger_client::Client;
use caseledger_client::pb::v1::{self, shred_request::Which, shred_response::News};
use caseledger_domain::vocabulary::{ShredBasis, Tombstone, Vocabulary as _};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;

use crate::args::{FormatArgs, LedgerArgs, case_id};
use crate::connect;
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet, hex};
use crate::progress;

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
A case that is refused is told with its line and the rule, and does not hold up the others; the exit code is then 4.")]
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
    #[error("line {line} of {path} is neither an id nor court,number,defendant", path = path.display())]
    Line { line: usize, path: PathBuf },
    #[error("{refused} of {named} cases were refused; nothing of them was destroyed")]
    Refused { refused: usize, named: usize },
    #[error("{found} cases are named, expected 1 to {max}; split them")]
    Count { found: usize, max: usize },
    #[error("the server ended the answer early; the same command again goes on where it was")]
    Unfinished,
}

fn basis(text: &str) -> Result<ShredBasis, ShredFailure> {
    ShredBasis::from_code(text).ok_or(ShredFailure::NoBasis)
}

/// Most cases of one request (`docs/API.md`).
const CASES_MAX: usize = caseledger_proto::convert::SHRED_CASES_MAX;

/// What a line of a file names.
enum Named {
    Id(Bytes),
    Key(v1::CaseKey),
}

/// Reason of a line whose case the ledger does not have, or not for whoever asks.
const NOT_FOUND: &str = "NOT_FOUND";

/// Refusals that are told on standard error, too.
const NOTES_MAX: usize = 10;

/// A case that was refused.
struct Refused {
    /// Line of the file, if it was named there.
    line: Option<usize>,
    /// Its id, if it is known.
    case: Option<Bytes>,
    rule: String,
    message: String,
}

/// What is to be sent.
struct Asked {
    /// Nothing, if no case that is named is known.
    which: Option<Which>,
    /// Cases that are named, with the first line of the file that names them.
    lines: BTreeMap<Bytes, Option<usize>>,
    /// Lines whose case is not known.
    unknown: Vec<Refused>,
}

/// What came of it.
#[derive(Default)]
struct Outcome {
    done: v1::ShredDone,
    /// Cases and positions of the confirmations, each verified.
    confirmed: Vec<(Bytes, u64)>,
    refused: Vec<Refused>,
    /// Cases that were named.
    named: usize,
}

/// Runs the command.
pub(crate) async fn run(args: &ShredArgs, output: &Output) -> Result<(), Failure> {
    let file = args.file.as_deref().map(read).transpose()?;
    let file = file.unwrap_or_default();
    if !args.retention && !args.unfinished {
        check_count(args.ids.len() + file.len())?;
    }
    let outcome = connect::with_client(&args.ledger, async |client| {
        let asked = asked(args, file, client).await?;
        let named = asked.lines.len() + asked.unknown.len();
        let mut outcome = Outcome::default();
        if let Some(which) = &asked.which {
            let ask = async || shred(client, which.clone(), &asked.lines).await;
            outcome = until_none_is_due(ask).await?;
        }
        outcome.refused.extend(asked.unknown);
        outcome.refused.sort_by_key(|refused| refused.line);
        outcome.named = named;
        Ok(outcome)
    })
    .await?;
    let Outcome {
        done,
        confirmed,
        refused,
        named,
    } = &outcome;
    let mut sheet = Sheet::rows(["case_id", "confirmed_at"]);
    let mut cases = Vec::new();
    for (case, position) in confirmed {
        sheet.push([Cell::from(hex(case)), Cell::Number(*position)]);
        cases.push(json!({"case_id": hex(case), "confirmed_at": position}));
    }
    let mut told = Sheet::rows(["line", "case_id", "rule", "message"]);
    let mut refusals = Vec::new();
    for (at, refused) in refused.iter().enumerate() {
        let case = refused.case.as_deref().map(hex).unwrap_or_default();
        let line = refused.line.map(|line| line as u64);
        if at < NOTES_MAX {
            let line = line.map_or_else(String::new, |line| format!("line {line}: "));
            let about = if case.is_empty() {
                String::new()
            } else {
                format!("case {case}: ")
            };
            let (rule, message) = (&refused.rule, &refused.message);
            output.note(&format!("{line}{about}{rule}: {message}"));
        }
        refusals.push(json!({
            "line": line,
            "case_id": case,
            "rule": refused.rule,
            "message": refused.message,
        }));
        told.push([
            line.map_or_else(|| Cell::from(""), Cell::Number),
            Cell::from(case),
            Cell::from(refused.rule.clone()),
            Cell::from(refused.message.clone()),
        ]);
    }
    let document = json!({
        "cases": done.cases,
        "generation": done.generation,
        "complete_to": done.complete_to,
        "more_due": done.more_due,
        "confirmed": cases,
        "refused": refusals,
    });
    let card = Sheet::card(vec![
        ("cases", Cell::Count(done.cases)),
        ("key_destroyed", Cell::Number(done.generation.into())),
        ("complete_to", Cell::Count(done.complete_to)),
    ]);
    let mut report = Report::new(document).sheet(card).line("").sheet(sheet);
    if refused.is_empty() {
        return output.show(args.format.format, &report);
    }
    report = report.line("").sheet(told);
    output.show(args.format.format, &report)?;
    let failure = ShredFailure::Refused {
        refused: refused.len(),
        named: *named,
    };
    Err(Failure::new(Exit::Found, failure))
}

/// What the lines of a file name, each with its number.
fn read(path: &Path) -> Result<Vec<(usize, Named)>, Failure> {
    let text = std::fs::read_to_string(path).map_err(io_failure("read", path.display()))?;
    let mut named = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let cells: Vec<&str> = text.split(',').map(str::trim).collect();
        match cells[..] {
            [""] | ["court", "number", "defendant"] => {}
            [id] if case_id(id).is_ok() => {
                named.extend(case_id(id).ok().map(|id| (line, Named::Id(id))));
            }
            [court, number, defendant] => {
                let (court, number) = (court.to_owned(), number.to_owned());
                let defendant = defendant.to_owned();
                let key = v1::CaseKey {
                    court,
                    number,
                    defendant,
                };
                named.push((line, Named::Key(key)));
            }
            _ => {
                let path = path.to_owned();
                return Err(Failure::new(Exit::Usage, ShredFailure::Line { line, path }));
            }
        }
    }
    Ok(named)
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

async fn asked(
    args: &ShredArgs,
    named: Vec<(usize, Named)>,
    client: &Client,
) -> Result<Asked, Failure> {
    let tombstone = if args.forget {
        Tombstone::Forgotten
    } else {
        Tombstone::Kept
    };
    let tombstone = i32::from(tombstone.number());
    let all = |which| Asked {
        which: Some(which),
        lines: BTreeMap::new(),
        unknown: Vec::new(),
    };
    if args.unfinished {
        return Ok(all(Which::Open(v1::ShredOpen {})));
    }
    if args.retention {
        return Ok(all(Which::Due(v1::ShredDue { tombstone })));
    }
    let missing = || Failure::new(Exit::Usage, ShredFailure::BasisMissing);
    let basis = args.basis.ok_or_else(missing)?;
    let ids = args.ids.iter().cloned();
    let mut lines: BTreeMap<Bytes, Option<usize>> = ids.map(|id| (id, None)).collect();
    let mut unknown = Vec::new();
    for (line, named) in named {
        let found = match named {
            Named::Id(id) => Some(id),
            Named::Key(key) => {
                let key = Some(v1::look_up_request::Key::CaseKey(key));
                let found = client.look_up(v1::LookUpRequest { key }).await?;
                found.case_ids.into_iter().next()
            }
        };
        match found {
            Some(case) => {
                lines.entry(case).or_insert(Some(line));
            }
            None => unknown.push(Refused {
                line: Some(line),
                case: None,
                rule: NOT_FOUND.to_owned(),
                message: "the ledger does not have the case, or not for you".to_owned(),
            }),
        }
    }
    let found = !lines.is_empty();
    let which = Which::Cases(v1::ShredCases {
        case_ids: lines.keys().cloned().collect(),
        basis: basis.number().into(),
        tombstone,
    });
    Ok(Asked {
        which: found.then_some(which),
        lines,
        unknown,
    })
}

/// Asks again for as long as more are due, and something comes of it.
async fn until_none_is_due(
    mut ask: impl AsyncFnMut() -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let mut all = ask().await?;
    while all.done.more_due {
        let next = ask().await?;
        let idle = next.done.cases == 0;
        let destroyed = next.done.generation.max(all.done.generation);
        all.done = v1::ShredDone {
            cases: all.done.cases + next.done.cases,
            generation: destroyed,
            ..next.done
        };
        all.confirmed.extend(next.confirmed);
        // What is refused is due as before.
        all.refused = next.refused;
        if idle {
            break;
        }
    }
    Ok(all)
}

async fn shred(
    client: &Client,
    which: Which,
    lines: &BTreeMap<Bytes, Option<usize>>,
) -> Result<Outcome, Failure> {
    let request = v1::ShredRequest { which: Some(which) };
    let mut messages = client.shred(request).await?;
    let bar = progress::bar(0, "");
    let (mut confirmed, mut refused) = (Vec::new(), Vec::new());
    let mut told = None;
    while let Some(message) = messages.next().await? {
        match message.news {
            Some(News::Progress(progress)) => show(&bar, &progress),
            Some(News::Confirmed(receipt)) => {
                let receipt = client.verified(receipt)?;
                let case = Bytes::copy_from_slice(&receipt.header().stream.id);
                confirmed.push((case, receipt.position().get()));
            }
            Some(News::Refused(news)) => {
                let refusal = news.refusal.unwrap_or_default();
                refused.push(Refused {
                    line: lines.get(&news.case_id).copied().flatten(),
                    case: Some(news.case_id),
                    rule: refusal.reason,
                    message: refusal.message,
                });
            }
            Some(News::Done(done)) => told = Some(done),
            None => {}
        }
    }
    bar.finish_and_clear();
    let unfinished = || Failure::new(Exit::Unavailable, ShredFailure::Unfinished);
    let done = told.ok_or_else(unfinished)?;
    Ok(Outcome {
        done,
        confirmed,
        refused,
        named: 0,
    })
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
mod tests {
    use super::*;

    fn round(cases: u64, generation: u32, more_due: bool) -> Outcome {
        Outcome {
            done: v1::ShredDone {
                cases,
                generation,
                complete_to: 100 + u64::from(generation),
                refused: 1,
                more_due,
            },
            confirmed: (0..cases).map(|at| (Bytes::new(), at)).collect(),
            refused: vec![Refused {
                line: None,
                case: None,
                rule: "CHARGE_NOT_SEALED".to_owned(),
                message: String::new(),
            }],
            named: 0,
        }
    }

    #[tokio::test]
    async fn what_is_due_is_asked_for_until_nothing_is_left_or_nothing_comes_of_it() {
        for (rounds, expected) in [
            (vec![(0, 0, false)], (0, 0, false)),
            (
                vec![(3, 1, true), (3, 2, true), (1, 3, false)],
                (7, 3, false),
            ),
            (vec![(3, 1, true), (0, 0, true)], (3, 1, true)),
        ] {
            let mut left = rounds.into_iter();
            let ask = async || {
                let (cases, generation, more) = left.next().unwrap();
                Ok(round(cases, generation, more))
            };
            let all = until_none_is_due(ask).await.unwrap();
            assert_eq!(left.next(), None);
            let told = (all.done.cases, all.done.generation, all.done.more_due);
            assert_eq!(told, expected);
            assert_eq!(
                (all.confirmed.len() as u64, all.refused.len()),
                (expected.0, 1)
            );
        }
    }
}
