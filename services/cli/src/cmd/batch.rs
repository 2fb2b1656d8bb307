//! `initiative`, `cohort`, `filing` and `order`: what covers many cases.

use bytes::Bytes;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1;
use caseledger_proto::reason::Reason;
use clap::Args;

use super::shown::{Code, codes};
use crate::args::{FormatArgs, LedgerArgs, case_id};
use crate::connect;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet, date, hex, json};

/// Show how far an initiative is.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger initiative LA-2021-COURT
  caseledger initiative LA-2021-COURT -o json")]
pub(crate) struct InitiativeArgs {
    /// Slug of the initiative
    slug: String,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Show how far an imported list is.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger cohort LA-2021-COURT.1
  caseledger cohort LA-2021-COURT.1 -o json")]
pub(crate) struct CohortArgs {
    /// Id of the list: the initiative, a dot and a number
    id: String,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Show how far a filing is.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger filing --court LASC-CJC --number SYN-FILING-1
  caseledger filing 5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f")]
pub(crate) struct FilingArgs {
    #[command(flatten)]
    reference: ReferenceArgs,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Show how far a court order is, and whether its rows add up.
///
/// Of a blanket order, the rows declared are those applied, done before, not found, rejected and
/// open. As long as any is open the order is not complete.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger order --court LASC-CJC --number SYN-ORDER-1
  caseledger order 5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f -o json")]
pub(crate) struct OrderArgs {
    #[command(flatten)]
    reference: ReferenceArgs,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// A filing or an order, by the ledger's id or as its court calls it.
#[derive(Debug, Args)]
struct ReferenceArgs {
    /// The ledger's id, 32 hexadecimal digits
    #[arg(value_parser = case_id, required_unless_present = "number", conflicts_with = "number")]
    id: Option<Bytes>,

    /// Court code
    #[arg(long, value_name = "CODE", requires = "number")]
    court: Option<String>,

    /// Number that the court gave it
    #[arg(long, value_name = "NUMBER", requires = "court")]
    number: Option<String>,
}

/// Lists are recorded whether or not somebody has opened what they belong to.
const NOT_OPENED: &str = "an import opens no initiative: whoever leads it posts \
                          initiative_opened; `cohort INITIATIVE.1` shows its first list, \
                          `totals --where initiative=INITIATIVE` counts its cases";

/// Runs `initiative`.
pub(crate) async fn initiative(args: &InitiativeArgs, output: &Output) -> Result<(), Failure> {
    let request = v1::GetInitiativeRequest {
        initiative: args.slug.clone(),
    };
    let reply = connect::with_client(&args.ledger, async |client| {
        client.get_initiative(request).await.map_err(|error| {
            let missing = error.reason() == Some(Reason::NotFound);
            let failure = Failure::from(error);
            if missing {
                failure.hint(NOT_OPENED)
            } else {
                failure
            }
        })
    })
    .await?;
    let counties = reply.counties.iter().map(|county| format!("{county:03}"));
    let policy = reply.policy.clone().unwrap_or_default();
    let card = Sheet::card([
        ("initiative", Cell::from(args.slug.as_str())),
        ("status", v1::InitiativeStatus::cell(reply.status)),
        ("basis", event::LegalBasis::cell(reply.basis)),
        ("lead", Cell::from(reply.lead.as_str())),
        (
            "counties",
            Cell::from(counties.collect::<Vec<_>>().join(" ")),
        ),
        ("policy_version", Cell::Number(policy.version.into())),
        ("challenge_deadline_on", date(policy.challenge_deadline_on)),
        ("revisions", Cell::Count(reply.revisions)),
        ("complete_to", Cell::Count(reply.complete_to)),
    ]);
    let report = Report::new(json::message("GetInitiativeResponse", &reply)?).sheet(card);
    output.show(args.format.format, &report)
}

/// Runs `cohort`.
pub(crate) async fn cohort(args: &CohortArgs, output: &Output) -> Result<(), Failure> {
    let request = v1::GetCohortRequest {
        cohort: args.id.clone(),
    };
    let reply = connect::with_client(&args.ledger, async |client| {
        Ok(client.get_cohort(request).await?)
    })
    .await?;
    let rows = |totals: &Option<event::ControlTotals>| {
        totals
            .as_ref()
            .map_or(Cell::None, |totals| Cell::Count(totals.rows.into()))
    };
    let card = Sheet::card([
        ("cohort", Cell::from(args.id.as_str())),
        ("status", v1::CohortStatus::cell(reply.status)),
        ("version", Cell::Number(reply.version.into())),
        ("source", event::Source::cell(reply.source)),
        ("file_digest", Cell::from(hex(&reply.file_digest))),
        ("declared_rows", rows(&reply.declared)),
        ("received_rows", rows(&reply.received)),
        ("refused", Cell::Count(reply.refused.into())),
        ("cases", Cell::Count(reply.cases)),
        ("supersedes", Cell::from(reply.supersedes.as_str())),
        ("superseded_by", Cell::from(reply.superseded_by.as_str())),
        ("complete_to", Cell::Count(reply.complete_to)),
    ]);
    let report = Report::new(json::message("GetCohortResponse", &reply)?).sheet(card);
    output.show(args.format.format, &report)
}

/// Runs `filing`.
pub(crate) async fn filing(args: &FilingArgs, output: &Output) -> Result<(), Failure> {
    use v1::filing_reference::Reference;

    let ReferenceArgs { id, court, number } = &args.reference;
    let reference = match id {
        Some(id) => Reference::Id(id.clone()),
        None => Reference::Key(v1::FilingKey {
            court: court.clone().unwrap_or_default(),
            filing_id: number.clone().unwrap_or_default(),
        }),
    };
    let filing = v1::FilingReference {
        reference: Some(reference),
    };
    let request = v1::GetFilingRequest {
        filing: Some(filing),
    };
    let reply = connect::with_client(&args.ledger, async |client| {
        Ok(client.get_filing(request).await?)
    })
    .await?;
    let optional = |rows: Option<u32>| rows.map_or(Cell::None, |rows| Cell::Count(rows.into()));
    let card = Sheet::card([
        ("filing_id", Cell::from(hex(&reply.filing_id))),
        ("status", v1::FilingStatus::cell(reply.status)),
        ("vehicle", event::FilingVehicle::cell(reply.vehicle)),
        ("court", Cell::from(reply.court.as_str())),
        ("initiative", Cell::from(reply.initiative.as_str())),
        (
            "declared",
            optional(reply.manifest.as_ref().map(|manifest| manifest.rows)),
        ),
        ("court_rows", optional(reply.court_rows)),
        ("accepted", Cell::Count(reply.accepted.into())),
        ("rejected", Cell::Count(reply.rejected.into())),
        ("unmatched", Cell::Count(reply.unmatched.into())),
        ("cases", Cell::Count(reply.cases)),
        ("flags", Cell::from(codes::<event::Flag>(&reply.flags))),
        ("complete_to", Cell::Count(reply.complete_to)),
    ]);
    let report = Report::new(json::message("GetFilingResponse", &reply)?).sheet(card);
    output.show(args.format.format, &report)
}

/// Runs `order`.
pub(crate) async fn order(args: &OrderArgs, output: &Output) -> Result<(), Failure> {
    use v1::order_reference::Reference;

    let ReferenceArgs { id, court, number } = &args.reference;
    let reference = match id {
        Some(id) => Reference::Id(id.clone()),
        None => Reference::Key(v1::OrderKey {
            court: court.clone().unwrap_or_default(),
            number: number.clone().unwrap_or_default(),
        }),
    };
    let order = v1::OrderReference {
        reference: Some(reference),
    };
    let request = v1::GetOrderRequest { order: Some(order) };
    let reply = connect::with_client(&args.ledger, async |client| {
        Ok(client.get_order(request).await?)
    })
    .await?;
    let card = Sheet::card([
        ("order_id", Cell::from(hex(&reply.order_id))),
        ("status", v1::OrderStatus::cell(reply.status)),
        ("kind", event::OrderKind::cell(reply.kind)),
        ("court", Cell::from(reply.court.as_str())),
        (
            "effects",
            Cell::from(codes::<event::OrderEffect>(&reply.effects)),
        ),
        ("basis", event::LegalBasis::cell(reply.basis)),
        ("declared", Cell::Count(reply.declared.into())),
        ("applied", Cell::Count(reply.applied.into())),
        ("already", Cell::Count(reply.already.into())),
        ("not_found", Cell::Count(reply.not_found.into())),
        ("rejected", Cell::Count(reply.rejected.into())),
        ("open", Cell::Count(reply.open.into())),
        ("unmatched", Cell::Count(reply.unmatched.into())),
        ("flags", Cell::from(codes::<event::Flag>(&reply.flags))),
        ("complete_to", Cell::Count(reply.complete_to)),
    ]);
    let report = Report::new(json::message("GetOrderResponse", &reply)?).sheet(card);
    output.show(args.format.format, &report)
}
