//! `refused`: posts that were refused, by whom and why.

use caseledger_client::Client;
use caseledger_client::pb::v1;
use clap::Args;
use serde_json::{Value, json};

use crate::args::{FormatArgs, LedgerArgs};
use crate::connect;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet, hex, json as wire, thousands, time};

/// Refusals that are asked for at once, at most.
const PAGE: u32 = 1_000;

/// List posts that were refused, newest first.
///
/// Says who posted, when, and for which reason it was refused; of what was posted only a keyed
/// digest is known. The list is kept beside the ledger, so far back as it has room. It is for
/// oversight and the operator.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger refused --as aud --role OVERSIGHT
  caseledger refused --as aud --role OVERSIGHT --submitter lasc --since 2026-11-01T00:00:00Z
  caseledger refused --data ledger --reason ROLE_NOT_ALLOWED -o csv")]
pub(crate) struct RefusedArgs {
    /// Rows at most
    #[arg(long, value_name = "ROWS", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    limit: u32,

    /// Only what was refused at this time or later, as `2026-11-01T00:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<u64>,

    /// Only posts of this organisation, as `lasc`
    #[arg(long, value_name = "ORG")]
    submitter: Option<String>,

    /// Only for this reason, as `ROLE_NOT_ALLOWED`
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// A point in time, in microseconds since 1970.
fn moment(text: &str) -> Result<u64, String> {
    let moment: jiff::Timestamp = text
        .parse()
        .map_err(|error| format!("{error}; write it as 2026-11-01T00:00:00Z"))?;
    u64::try_from(moment.as_microsecond()).map_err(|_cause| "a time before 1970".to_owned())
}

/// What was found.
#[derive(Debug, Default)]
struct Found {
    refusals: Vec<v1::RefusedPost>,
    /// Whether there are older ones.
    more: bool,
    lost: u64,
}

/// Runs the command.
pub(crate) async fn run(args: &RefusedArgs, output: &Output) -> Result<(), Failure> {
    let work = async |client: &Client| read(client, args).await;
    let found = connect::with_client(&args.ledger, work).await?;
    output.show(args.format.format, &report(&found)?)
}

/// Pages, until there are so many rows or no more.
async fn read(client: &Client, args: &RefusedArgs) -> Result<Found, Failure> {
    let mut found = Found::default();
    let mut token = String::new();
    loop {
        let missing = args.limit.saturating_sub(found.refusals.len() as u32);
        let request = v1::ListRefusalsRequest {
            page: Some(v1::Page {
                limit: missing.clamp(1, PAGE),
                token,
            }),
            since_us: args.since.unwrap_or_default(),
            submitter: args.submitter.clone().unwrap_or_default(),
            reason: args.reason.clone().unwrap_or_default(),
        };
        let reply = client.list_refusals(request).await?;
        found.refusals.extend(reply.refusals);
        found.lost = reply.lost;
        token = reply.next;
        found.more = !token.is_empty();
        if !found.more || found.refusals.len() >= args.limit as usize {
            return Ok(found);
        }
    }
}

fn report(found: &Found) -> Result<Report, Failure> {
    let shown = found.refusals.iter();
    let shown = shown.map(|post| wire::message("RefusedPost", post));
    let shown: Vec<Value> = shown.collect::<Result<_, _>>()?;
    let mut sheet = Sheet::rows([
        "number",
        "refused_at",
        "submitter",
        "role",
        "reason",
        "method",
        "message_id",
        "left_out",
    ]);
    for post in &found.refusals {
        sheet.push([
            Cell::Number(post.number),
            time(post.refused_at_us),
            Cell::from(post.submitter.as_str()),
            Cell::from(post.role.as_str()),
            Cell::from(reasons(post)),
            Cell::from(post.method.as_str()),
            Cell::from(hex(&post.message_id)),
            Cell::Count(post.left_out),
        ]);
    }
    let json = json!({ "refusals": shown, "more": found.more, "lost": found.lost });
    let left_out: u64 = found.refusals.iter().map(|post| post.left_out).sum();
    let mut report = Report::new(json).sheet(sheet).line(format!(
        "{} refusals, and {} that were left out.",
        thousands(found.refusals.len() as u64),
        thousands(left_out)
    ));
    if found.more {
        report = report.line("There are older ones; see more of them with --limit.");
    }
    if found.lost > 0 {
        let lost = thousands(found.lost);
        report = report.line(format!(
            "{lost} could not be noted since the server started."
        ));
    }
    Ok(report)
}

/// Every rule that failed, or else the reason.
fn reasons(post: &v1::RefusedPost) -> String {
    if post.rules.is_empty() {
        post.reason.clone()
    } else {
        post.rules.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_people_write_it() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(1_000_000));
        assert_eq!(
            moment("2021-09-27T00:00:00-07:00"),
            Ok(1_632_726_000_000_000)
        );
        for text in ["yesterday", "2021-09-27", "1969-01-01T00:00:00Z"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
