//! `feeds`: what submitters have sent, and which of their own numbers are missing.

use caseledger_client::Client;
use caseledger_client::pb::v1;
use clap::Args;
use serde_json::{Value, json};

use crate::args::{FormatArgs, LedgerArgs};
use crate::connect;
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet, json as wire, thousands, time};

/// Feeds that are asked for at once.
const PAGE: u32 = 1_000;

/// Show what submitters have sent, and which of their own numbers are missing.
///
/// Whoever numbers its submissions from 1 sees here, as everybody does, whether one of them is not
/// recorded. A gap closes when a submission with the missing number is recorded, however late.
///
/// Exit code 0: no number is missing. 4: there are gaps.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger feeds --as lasc --role COURT
  caseledger feeds lasc --as aud --role OVERSIGHT
  caseledger feeds --data ledger -o csv")]
pub(crate) struct FeedsArgs {
    /// Organisation that submits, as `lasc`, to show with every gap; without it all are shown, each
    /// with its first 16 gaps
    #[arg(value_name = "SUBMITTER")]
    submitter: Option<String>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Numbers are missing.
#[derive(Debug, thiserror::Error)]
#[error("{0} numbers are missing in {1} gaps")]
struct Gaps(String, String);

/// Runs the command.
pub(crate) async fn run(args: &FeedsArgs, output: &Output) -> Result<(), Failure> {
    let work = async |client: &Client| read(client, args.submitter.as_deref()).await;
    let (feeds, complete_to) = connect::with_client(&args.ledger, work).await?;
    output.show(args.format.format, &report(&feeds, complete_to)?)?;
    let missing: u64 = feeds.iter().map(|feed| feed.missing).sum();
    if missing == 0 {
        return Ok(());
    }
    let gaps = feeds.iter().map(|feed| u64::from(feed.gap_count)).sum();
    let found = Gaps(thousands(missing), thousands(gaps));
    Err(Failure::new(Exit::Found, found)
        .hint("ask the submitter what it sent under these numbers; docs/AUDITING.md says more"))
}

/// The feed of one submitter, or of all.
async fn read(client: &Client, one: Option<&str>) -> Result<(Vec<v1::Feed>, u64), Failure> {
    if let Some(submitter) = one {
        let submitter = submitter.to_owned();
        let reply = client.get_feed(v1::GetFeedRequest { submitter }).await?;
        return Ok((reply.feed.into_iter().collect(), reply.complete_to));
    }
    let mut feeds = Vec::new();
    let mut token = String::new();
    loop {
        let page = Some(v1::Page { limit: PAGE, token });
        let reply = client.list_feeds(v1::ListFeedsRequest { page }).await?;
        feeds.extend(reply.feeds);
        if reply.next.is_empty() {
            return Ok((feeds, reply.complete_to));
        }
        token = reply.next;
    }
}

fn report(feeds: &[v1::Feed], complete_to: u64) -> Result<Report, Failure> {
    let shown = feeds.iter().map(|feed| wire::message("Feed", feed));
    let shown: Vec<Value> = shown.collect::<Result<_, _>>()?;
    let mut sheet = Sheet::rows([
        "submitter",
        "highest",
        "submissions",
        "entries",
        "missing",
        "gaps",
        "oldest_gap",
    ]);
    let mut gaps = Sheet::rows(["submitter", "from", "to", "since", "opened_by"]);
    for feed in feeds {
        let oldest = feed.gaps.iter().map(|gap| gap.since_us).min();
        sheet.push([
            Cell::from(feed.submitter.as_str()),
            Cell::Number(feed.highest),
            Cell::Count(feed.submissions),
            Cell::Count(feed.entries),
            Cell::Count(feed.missing),
            Cell::Count(feed.gap_count.into()),
            oldest.map_or(Cell::None, time),
        ]);
        for gap in &feed.gaps {
            gaps.push([
                Cell::from(feed.submitter.as_str()),
                Cell::Number(gap.from),
                Cell::Number(gap.to),
                time(gap.since_us),
                Cell::Number(gap.opened_by),
            ]);
        }
    }
    let mut report =
        Report::new(json!({ "feeds": shown, "complete_to": complete_to })).sheet(sheet);
    if feeds.iter().any(|feed| !feed.gaps.is_empty()) {
        report = report.line("").sheet(gaps);
    }
    let untold = feeds
        .iter()
        .any(|feed| feed.gaps.len() < feed.gap_count as usize);
    Ok(if untold {
        report.line("Only the first gaps are shown; name the submitter to see all of its gaps.")
    } else {
        report
    })
}
