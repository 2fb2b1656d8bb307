//! `private`: what is private of a case.

use bytes::Bytes;
use caseledger_client::Client;
use caseledger_client::pb::v1;
use caseledger_domain::vocabulary::{ReadPurpose, Vocabulary as _};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::case::KeyArgs;
use crate::args::{FormatArgs, LedgerArgs, case_id};
use crate::connect;
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet, date, hex, json};

/// Show what is private of a case, to those who may read it.
///
/// Private parts are names, birth dates, identifiers, docket numbers and notes. They are kept encrypted beside the
/// ledger and stand in no entry. What is sealed is shown for a purpose only, and the ledger records who read it and for
/// what before it answers.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger private show --court LASC-CJC --number SYN-LA-000001 --as lasc --role COURT
  caseledger private show 5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f --purpose COURT_PROCEEDING --as lasc --role COURT")]
pub(crate) struct PrivateArgs {
    #[command(subcommand)]
    command: PrivateCommand,
}

#[derive(Debug, Subcommand)]
enum PrivateCommand {
    /// Show the private parts of one case
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Id of the case, 32 hexadecimal digits
    #[arg(value_parser = case_id, required_unless_present = "number", conflicts_with = "number")]
    id: Option<Bytes>,

    #[command(flatten)]
    key: KeyArgs,

    #[arg(
        long,
        value_name = "PURPOSE",
        value_parser = purpose,
        help = "What it is read for: PERSON_REQUEST, COUNSEL_OF_PERSON, COURT_PROCEEDING, RECORD_CORRECTION, \
                CRIMINAL_JUSTICE or OVERSIGHT_SAMPLE; required of what is sealed"
    )]
    purpose: Option<ReadPurpose>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Rows of a page.
const PAGE: u32 = 1000;

/// Parts that cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} private parts of the case do not open")]
struct Unreadable(usize);

/// An argument that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no purpose; --help lists them")]
struct NoPurpose;

fn purpose(text: &str) -> Result<ReadPurpose, NoPurpose> {
    ReadPurpose::from_code(text).ok_or(NoPurpose)
}

/// Runs the command.
pub(crate) async fn run(args: &PrivateArgs, output: &Output) -> Result<(), Failure> {
    use v1::get_private_request::Case;

    let PrivateCommand::Show(args) = &args.command;
    let case = match &args.id {
        Some(id) => Case::CaseId(id.clone()),
        None => Case::CaseKey(args.key.key()),
    };
    let purpose = args.purpose.map_or(0, ReadPurpose::number);
    let request = v1::GetPrivateRequest {
        case: Some(case),
        purpose: purpose.into(),
        page: None,
    };
    let all = connect::with_client(&args.ledger, async |client| read(client, request).await);
    let (reply, recorded) = all.await?;
    let fields = fields(&reply, &recorded);
    let report = Report::new(document(&reply, &recorded)?);
    let report = report.sheet(Sheet::card(fields)).line("");
    let report = report.sheet(parts(&reply.records));
    if reply.unreadable.is_empty() {
        return output.show(args.format.format, &report);
    }
    let report = report.line("").sheet(unreadable(&reply.unreadable));
    output.show(args.format.format, &report)?;
    let found = Unreadable(reply.unreadable.len());
    Err(Failure::new(Exit::Found, found).hint("have the operator run `caseledger fsck --data DIR`"))
}

/// The answer, with the position of every entry that says that this was read in the place of the receipt of one page.
fn document(reply: &v1::GetPrivateResponse, recorded: &[u64]) -> Result<Value, Failure> {
    let mut document = json::message("GetPrivateResponse", reply)?;
    if let Value::Object(fields) = &mut document {
        fields.remove("recorded");
        fields.insert("read_recorded_at".to_owned(), recorded.into());
    }
    Ok(document)
}

fn fields(reply: &v1::GetPrivateResponse, recorded: &[u64]) -> Vec<(&'static str, Cell)> {
    let mut fields = vec![("case_id", Cell::from(hex(&reply.case_id)))];
    if !recorded.is_empty() {
        let positions: Vec<String> = recorded.iter().map(u64::to_string).collect();
        fields.push(("read_recorded_at", Cell::from(positions.join(", "))));
    }
    let redacted = if reply.redacted { "YES" } else { "NO" };
    fields.push(("redacted", Cell::from(redacted)));
    fields.push(("complete_to", Cell::Count(reply.complete_to)));
    fields
}

/// All pages as one answer, and the positions of the entries that say that they were read.
async fn read(
    client: &Client,
    mut request: v1::GetPrivateRequest,
) -> Result<(v1::GetPrivateResponse, Vec<u64>), Failure> {
    let (mut all, mut positions) = (v1::GetPrivateResponse::default(), Vec::new());
    loop {
        request.page = Some(v1::Page {
            limit: PAGE,
            token: all.next,
        });
        let page = client.get_private(request.clone()).await?;
        if let Some(receipt) = page.recorded.clone() {
            positions.push(client.verified(receipt)?.position().get());
        }
        let (mut records, mut faults) = (all.records, all.unreadable);
        records.extend(page.records);
        faults.extend(page.unreadable);
        all = v1::GetPrivateResponse {
            records,
            unreadable: faults,
            redacted: all.redacted || page.redacted,
            ..page
        };
        if all.next.is_empty() {
            return Ok((all, positions));
        }
    }
}

fn unreadable(parts: &[v1::UnreadablePart]) -> Sheet {
    let mut sheet = Sheet::rows(["position", "does_not_open"]);
    for part in parts {
        let why = match part.fault() {
            v1::PartFault::NoKey => "NO_KEY",
            v1::PartFault::Missing => "MISSING",
            v1::PartFault::Refused => "REFUSED",
            v1::PartFault::Other => "OTHER",
            v1::PartFault::Unspecified => "",
        };
        sheet.push([Cell::Number(part.position), Cell::from(why)]);
    }
    sheet
}

fn parts(records: &[v1::PrivateRecord]) -> Sheet {
    let columns = [
        "position",
        "court",
        "number",
        "defendant",
        "names",
        "birth_date",
        "identifiers",
        "note",
    ];
    let mut sheet = Sheet::rows(columns);
    for record in records {
        let part = record.part.clone().unwrap_or_default();
        let key = part.key.unwrap_or_default();
        let identifiers = part.identifiers.iter();
        let identifiers = identifiers.map(|id| format!("{} {}", id.issuer, id.value));
        sheet.push([
            Cell::Number(record.position),
            Cell::from(key.court),
            Cell::from(key.number),
            Cell::from(key.defendant),
            Cell::from(part.names.join("; ")),
            date(part.birth_date),
            Cell::from(identifiers.collect::<Vec<_>>().join("; ")),
            Cell::from(part.note),
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_that_was_recorded_is_told_by_its_position() {
        let reply = v1::GetPrivateResponse {
            recorded: Some(v1::Receipt::default()),
            ..v1::GetPrivateResponse::default()
        };
        let told = document(&reply, &[7, 9]).unwrap();
        assert_eq!(told["read_recorded_at"], serde_json::json!([7, 9]));
        assert_eq!(told.get("recorded"), None);
        let field = ("read_recorded_at", Cell::from("7, 9"));
        assert!(fields(&reply, &[7, 9]).contains(&field));
        let told = document(&v1::GetPrivateResponse::default(), &[]).unwrap();
        assert_eq!(told["read_recorded_at"], serde_json::json!([]));
        let mut fields = fields(&v1::GetPrivateResponse::default(), &[]).into_iter();
        assert!(fields.all(|(name, _)| name != "read_recorded_at"));
    }
}
