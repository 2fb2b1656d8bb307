//! `history`: everything recorded about one stream.

use caseledger_client::Client;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1;
use clap::Args;
use serde_json::Value;

use super::shown::{Code, flags};
use crate::args::{FormatArgs, LedgerArgs, StreamArg};
use crate::connect;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet, date, json, time};

/// Events that one call asks for.
const PAGE: u32 = 1_000;

/// Show everything recorded about a case, an order or a list.
///
/// A stream is the id of a case, an initiative (LA-2021-COURT), a list (LA-2021-COURT.1), or
/// filing/ID, order/ID or announcement/ID.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger history 5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f
  caseledger history LA-2021-COURT.1
  caseledger history order/5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f --at 12000 -o json")]
pub(crate) struct HistoryArgs {
    /// The stream
    stream: StreamArg,

    /// Size of the ledger to answer for [default: now]
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    at: Option<u64>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Runs the command.
pub(crate) async fn run(args: &HistoryArgs, output: &Output) -> Result<(), Failure> {
    let reply = connect::with_client(&args.ledger, async |client| {
        read(client, &args.stream.0, args.at).await
    })
    .await?;
    let json = json::message("GetHistoryResponse", &reply)?;
    let mut sheet = Sheet::rows([
        "revision",
        "position",
        "recorded_at",
        "occurred_on",
        "submitter",
        "role",
        "fact",
        "charges",
        "flags",
        "details",
    ]);
    let details = json
        .get("events")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for (recorded, shown) in reply.events.iter().zip(details) {
        let said = recorded.event.clone().unwrap_or_default();
        let fact = shown.pointer("/event/fact").and_then(Value::as_object);
        let (kind, fields) = fact.and_then(|fact| fact.iter().next()).unzip();
        let charges = said
            .charges
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join(" ");
        sheet.push([
            Cell::Number(recorded.revision),
            Cell::Number(recorded.position),
            time(recorded.recorded_at_us),
            date(said.occurred_on),
            Cell::from(recorded.submitter.as_str()),
            event::Role::cell(said.role),
            Cell::from(
                kind.map(|kind| kind.to_ascii_uppercase())
                    .unwrap_or_default(),
            ),
            Cell::from(charges),
            Cell::from(flags(said.flags)),
            Cell::from(fields.map(brief).unwrap_or_default()),
        ]);
    }
    output.show(args.format.format, &Report::new(json).sheet(sheet))
}

/// All events of a stream up to a size. Further pages are asked for at the size of the first, so
/// that the whole is one state of the ledger.
pub(super) async fn read(
    client: &Client,
    stream: &v1::StreamRef,
    at: Option<u64>,
) -> Result<v1::GetHistoryResponse, Failure> {
    let mut request = v1::GetHistoryRequest {
        stream: Some(stream.clone()),
        as_of: at,
        from_revision: 0,
        limit: PAGE,
    };
    let mut history = client.get_history(request.clone()).await?;
    while (history.events.len() as u64) < history.revisions {
        request.as_of = Some(history.complete_to);
        request.from_revision = history.events.len() as u64;
        let more = client.get_history(request.clone()).await?;
        if more.events.is_empty() {
            break;
        }
        history.events.extend(more.events);
    }
    Ok(history)
}

/// The fields of a fact in one line: `remedy=DISMISS_AND_SEAL reason=..`. Lists and what is
/// nested deeper are only counted; -o json shows everything.
fn brief(fields: &Value) -> String {
    let Some(fields) = fields.as_object() else {
        return String::new();
    };
    let parts = fields.iter().filter_map(|(name, value)| {
        let text = match value {
            Value::Null => return None,
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => number.to_string(),
            Value::String(text) if text.is_empty() => return None,
            Value::String(text) => shortened(text),
            Value::Array(items) if items.is_empty() => return None,
            Value::Array(items) => format!("[{}]", items.len()),
            Value::Object(inner) => inner.values().find_map(Value::as_str)?.to_owned(),
        };
        Some(format!("{name}={text}"))
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// Digests are recognised by their beginning.
fn shortened(text: &str) -> String {
    match text.get(..16) {
        Some(start) if text.len() > 48 => format!("{start}.."),
        Some(_) | None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_fit_one_line() {
        let fact = json!({
            "cohort": "LA-2020-DOJ.1", "row": 7, "person": null, "charges": [1, 2], "note": "",
            "reason": { "known": "NOT_CANNABIS" }, "none": [], "flag": true,
            "file_digest": "ab".repeat(32),
        });
        let line = "cohort=LA-2020-DOJ.1 row=7 charges=[2] reason=NOT_CANNABIS flag=true \
                    file_digest=abababababababab..";
        assert_eq!(brief(&fact), line);
    }
}
