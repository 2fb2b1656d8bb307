//! `announce`: figures that are published, frozen, and counted again.

use std::fmt::Write as _;

use bytes::Bytes;
use caseledger_client::Client;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1;
use caseledger_domain::Date;
use caseledger_domain::vocabulary::{CorrectionReason, Vocabulary as _};
use clap::{Args, Subcommand};
use prost::Message as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::shown::Code;
use crate::args::{self, AnnouncementArg, FigureArg, FormatArgs, LedgerArgs};
use crate::connect;
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet, date, hex, json};

/// Announcements that one call asks for.
const PAGE: u32 = 1_000;

/// Publish figures that anybody can count again.
///
/// A figure says how it is counted: a stage, a unit, and filters as of `totals`. The ledger counts
/// it over exactly the entries before and records the value, the denominator, how many entries that
/// are, and the root of their tree. Announced is not done: the stage is the only verb that a figure
/// has, so DISMISSED counts what a docket shows, and what is still to come is APPROVED or FILED.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger announce publish press.1 --on 2021-09-27 --reference https://da.example/news/58000 \\
    --figure 'ALL;DISMISSED;cases;initiative=LA-2021-COURT' --as press --role PUBLISHER
  caseledger announce reproduce press.1
  caseledger announce list -o json")]
pub(crate) struct AnnounceArgs {
    #[command(subcommand)]
    command: AnnounceCommand,
}

#[derive(Debug, Subcommand)]
enum AnnounceCommand {
    /// Freeze figures, or correct some that were published
    ///
    /// The same command again gives the original receipt; nothing is recorded twice.
    #[command(after_long_help = "\
Examples:
  caseledger announce publish press.1 --on 2021-09-27 --reference https://da.example/news/58000 \\
    --figure 'ALL;DISMISSED;cases;initiative=LA-2021-COURT' \\
    --figure 'FELONIES;SEALED;charges;severity=FELONY;of=FILTERS;value=20000' \\
    --as press --role PUBLISHER
  caseledger announce publish press.1 --on 2021-10-01 --reference https://da.example/news/58001 \\
    --figure 'ALL;DISMISSED;charges' --corrects 0 --reason TYPO --as press --role PUBLISHER")]
    Publish(Box<PublishArgs>),
    /// Show the figures as they were frozen
    #[command(after_long_help = "\
Examples:
  caseledger announce show press.1")]
    Show(OneArgs),
    /// List announcements, in the order in which they were published
    #[command(after_long_help = "\
Examples:
  caseledger announce list
  caseledger announce list -o csv")]
    List(ListArgs),
    /// Count the figures again, at the size they were frozen at and now
    ///
    /// Ends with exit code 4 if any of them does not come out as it was published. This asks the
    /// ledger itself; `verify` counts them from the published log, without asking it.
    #[command(after_long_help = "\
Examples:
  caseledger announce reproduce press.1
  caseledger announce reproduce press.1 -o json")]
    Reproduce(OneArgs),
}

#[derive(Debug, Args)]
struct PublishArgs {
    /// Id of the announcement: the publisher, a dot, and a number from 1 to 999
    id: AnnouncementArg,

    /// The day it is announced
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    on: Date,

    /// Where it is published: an address, or the code of a title; it names nobody
    #[arg(long, value_name = "ADDRESS|CODE")]
    reference: String,

    /// LABEL;STAGE;UNIT, behind it ;DIMENSION=VALUE,.. for each filter, ;of=FILTERS for a share of
    /// what passes them, ;value=NUMBER to be refused unless it is that
    #[arg(long = "figure", value_name = "FIGURE", required = true)]
    figures: Vec<FigureArg>,

    /// Revision that this corrects
    #[arg(long, value_name = "REVISION", requires = "reason")]
    corrects: Option<u64>,

    /// Why, as TYPO; a word of your own is kept as it is
    #[arg(long, value_name = "CODE", requires = "corrects")]
    reason: Option<String>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Debug, Args)]
struct OneArgs {
    /// Id of the announcement
    id: AnnouncementArg,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// What was found.
#[derive(Debug, thiserror::Error)]
enum Outcome {
    #[error("figures of {0} do not come out as they were published")]
    NotReproduced(String),
    #[error("the receipt is of no announcement")]
    NoSheet,
}

/// Runs the command.
pub(crate) async fn run(args: &AnnounceArgs, output: &Output) -> Result<(), Failure> {
    match &args.command {
        AnnounceCommand::Publish(args) => publish(args, output).await,
        AnnounceCommand::Show(args) => show(args, output).await,
        AnnounceCommand::List(args) => list(args, output).await,
        AnnounceCommand::Reproduce(args) => reproduce(args, output).await,
    }
}

impl PublishArgs {
    fn request(&self) -> v1::PublishAnnouncementRequest {
        use event::coded_correction_reason::Code;

        let correction = self.corrects.map(|target| {
            let stated = self.reason.clone().unwrap_or_default();
            let code = match CorrectionReason::from_code(&stated) {
                Some(known) => Code::Known(known.number().into()),
                None => Code::Unmapped(stated),
            };
            let reason = Some(event::CodedCorrectionReason { code: Some(code) });
            v1::Correction { target, reason }
        });
        let mut request = v1::PublishAnnouncementRequest {
            message_id: Bytes::new(),
            announcement: self.id.0.as_str().to_owned(),
            announced_on: self.on.yyyymmdd(),
            sheet: Some(event::Sheet {
                reference: self.reference.clone(),
                figures: self.figures.iter().map(|figure| figure.0.clone()).collect(),
                frozen: None,
            }),
            correction,
        };
        // Of the content, so that the same command is the same message.
        let digest = Sha256::digest(request.encode_to_vec());
        let id = digest.get(..16).unwrap_or_default();
        request.message_id = Bytes::copy_from_slice(id);
        request
    }
}

async fn publish(args: &PublishArgs, output: &Output) -> Result<(), Failure> {
    let request = args.request();
    let accepted = connect::with_client(&args.ledger, async |client| {
        Ok(client.publish_announcement(request).await?)
    })
    .await?;
    let no_sheet = || Failure::new(Exit::Found, Outcome::NoSheet);
    let receipt = accepted.receipts.first().ok_or_else(no_sheet)?;
    let sheet = recorded(receipt.body()).ok_or_else(no_sheet)?;
    let position = receipt.position().get();
    let reply = v1::PublishAnnouncementResponse {
        receipt: None,
        duplicate: accepted.duplicate,
        sheet: Some(sheet.clone()),
    };
    let mut value = json::message("PublishAnnouncementResponse", &reply)?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("receipt".to_owned(), json!({ "position": position }));
    }
    let card = Sheet::card([
        ("announcement", Cell::from(args.id.0.as_str())),
        ("position", Cell::Number(position)),
        ("as_of", as_of(&sheet)),
        ("root", root(&sheet)),
        ("reference", Cell::from(sheet.reference.as_str())),
    ]);
    let mut rows = Sheet::rows(COLUMNS.into_iter().chain(["value", "of"]));
    for (figure, number) in sheet.figures.iter().zip(1..) {
        rows.push(defined(0, number, figure).chain(stated(figure)));
    }
    let mut report = Report::new(value).sheet(card).line("").sheet(rows);
    if accepted.duplicate {
        report = report.line("It had been published before; this is the original.");
    }
    output.show(args.format.format, &report)
}

/// What the entry of a receipt announces.
fn recorded(body: &[u8]) -> Option<event::Sheet> {
    use event::fact::Kind;

    match event::Event::decode(body).ok()?.fact?.kind? {
        Kind::AnnouncementPublished(fact) => fact.sheet,
        Kind::AnnouncementCorrected(fact) => fact.sheet,
        _ => None,
    }
}

async fn ask(
    client: &Client,
    args: &OneArgs,
) -> Result<v1::ReproduceAnnouncementResponse, Failure> {
    let announcement = args.id.0.as_str().to_owned();
    let request = v1::ReproduceAnnouncementRequest { announcement };
    Ok(client.reproduce_announcement(request).await?)
}

async fn show(args: &OneArgs, output: &Output) -> Result<(), Failure> {
    let reply = connect::with_client(&args.ledger, async |client| ask(client, args).await).await?;
    let mut report = Report::new(json::message("ReproduceAnnouncementResponse", &reply)?);
    let mut rows = Sheet::rows(COLUMNS.into_iter().chain(["value", "of"]));
    for statement in &reply.statements {
        let sheet = statement.sheet.clone().unwrap_or_default();
        report = report.sheet(card(&args.id, statement, &sheet)).line("");
        for (figure, number) in sheet.figures.iter().zip(1..) {
            rows.push(defined(statement.revision, number, figure).chain(stated(figure)));
        }
    }
    output.show(args.format.format, &report.sheet(rows))
}

async fn reproduce(args: &OneArgs, output: &Output) -> Result<(), Failure> {
    let reply = connect::with_client(&args.ledger, async |client| ask(client, args).await).await?;
    let mut report = Report::new(json::message("ReproduceAnnouncementResponse", &reply)?);
    let columns = ["value", "of", "again", "again_of", "now", "now_of", "same"];
    let mut rows = Sheet::rows(COLUMNS.into_iter().chain(columns));
    for statement in &reply.statements {
        let sheet = statement.sheet.clone().unwrap_or_default();
        report = report.sheet(card(&args.id, statement, &sheet)).line("");
        let counted = statement.again.iter().zip(&statement.now);
        for ((figure, (again, now)), number) in sheet.figures.iter().zip(counted).zip(1..) {
            let same = (figure.value, figure.of) == (Some(again.value), Some(again.of));
            let counted = [
                Cell::Count(again.value),
                Cell::Count(again.of),
                Cell::Count(now.value),
                Cell::Count(now.of),
                Cell::from(if same { "yes" } else { "NO" }),
            ];
            let figure = defined(statement.revision, number, figure).chain(stated(figure));
            rows.push(figure.chain(counted));
        }
    }
    report = report.sheet(rows);
    if reply.reproduced {
        report = report.line("REPRODUCED: every figure comes out as it was published.");
        return output.show(args.format.format, &report);
    }
    output.show(args.format.format, &report)?;
    let outcome = Outcome::NotReproduced(args.id.0.to_string());
    Err(Failure::new(Exit::Found, outcome)
        .hint("keep this output, and run `caseledger verify` on the published log"))
}

async fn list(args: &ListArgs, output: &Output) -> Result<(), Failure> {
    let reply = connect::with_client(&args.ledger, async |client| {
        let mut page = v1::Page {
            limit: PAGE,
            token: String::new(),
        };
        let mut all = v1::ListAnnouncementsResponse::default();
        loop {
            let request = v1::ListAnnouncementsRequest {
                page: Some(page.clone()),
            };
            let more = client.list_announcements(request).await?;
            all.announcements.extend(more.announcements);
            all.complete_to = more.complete_to;
            if more.next.is_empty() {
                return Ok(all);
            }
            page.token = more.next;
        }
    })
    .await?;
    let mut rows = Sheet::rows([
        "announcement",
        "revisions",
        "announced_on",
        "as_of",
        "figures",
        "reference",
    ]);
    for row in &reply.announcements {
        let sheet = row.sheet.clone().unwrap_or_default();
        rows.push([
            Cell::from(row.announcement.as_str()),
            Cell::Count(row.revisions),
            date(row.announced_on),
            as_of(&sheet),
            Cell::Count(sheet.figures.len() as u64),
            Cell::from(sheet.reference.as_str()),
        ]);
    }
    let report = Report::new(json::message("ListAnnouncementsResponse", &reply)?).sheet(rows);
    output.show(args.format.format, &report)
}

/// How a figure is counted.
const COLUMNS: [&str; 7] = [
    "revision",
    "figure",
    "label",
    "stage",
    "unit",
    "filters",
    "denominator",
];

fn defined(revision: u64, number: u64, figure: &event::Figure) -> impl Iterator<Item = Cell> {
    let mut filters = String::new();
    for part in &figure.filters {
        let gap = if filters.is_empty() { "" } else { " " };
        let values = part.values.join(",");
        // Writing to a text does not fail.
        let _always = write!(filters, "{gap}{}={values}", part.dimension);
    }
    [
        Cell::Number(revision),
        Cell::Number(number),
        Cell::from(figure.label.as_str()),
        event::Phase::cell(figure.stage),
        event::Unit::cell(figure.unit),
        Cell::from(filters),
        event::Denominator::cell(figure.denominator),
    ]
    .into_iter()
}

fn stated(figure: &event::Figure) -> [Cell; 2] {
    [figure.value, figure.of].map(|number| number.map_or(Cell::None, Cell::Count))
}

fn card(id: &AnnouncementArg, statement: &v1::Reproduction, sheet: &event::Sheet) -> Sheet {
    let corrects = statement.corrects.map_or(Cell::None, Cell::Number);
    Sheet::card([
        ("announcement", Cell::from(id.0.as_str())),
        ("revision", Cell::Number(statement.revision)),
        ("corrects", corrects),
        ("announced_on", date(statement.announced_on)),
        ("position", Cell::Number(statement.position)),
        ("as_of", as_of(sheet)),
        ("root", root(sheet)),
        ("reference", Cell::from(sheet.reference.as_str())),
    ])
}

fn as_of(sheet: &event::Sheet) -> Cell {
    let frozen = sheet.frozen.as_ref();
    frozen.map_or(Cell::None, |frozen| Cell::Count(frozen.size))
}

fn root(sheet: &event::Sheet) -> Cell {
    let frozen = sheet.frozen.as_ref();
    frozen.map_or(Cell::None, |frozen| Cell::from(hex(&frozen.root)))
}
