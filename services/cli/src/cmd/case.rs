//! `case`: where one case stands.

use bytes::Bytes;
use caseledger_client::pb::event::v1::{self as event, ChargeState};
use caseledger_client::pb::v1;
use clap::Args;

use super::shown::{Code, codes};
use crate::args::{FormatArgs, LedgerArgs, case_id};
use crate::connect;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet, date, hex, json};

/// Show where one case stands.
///
/// A case is named by the ledger's id, or by court, docket number and defendant. A docket number
/// is turned into a keyed hash before it is looked for and is stored nowhere.
///
/// The phase of a charge is the highest fact that is satisfied: IDENTIFIED, ELIGIBLE, APPROVED,
/// FILED, DISMISSED (entered on the docket), SEALED. The phase of a case is the lowest among the
/// charges that are pursued.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger case 5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f
  caseledger case --court LASC-CJC --number SYN-LA-000001 --defendant 9000000001
  caseledger case 5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f --at 12000 -o json")]
pub(crate) struct CaseArgs {
    /// Id of the case, 32 hexadecimal digits
    #[arg(value_parser = case_id, required_unless_present = "number", conflicts_with = "number")]
    id: Option<Bytes>,

    #[command(flatten)]
    key: KeyArgs,

    /// Size of the ledger to answer for [default: now]
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    at: Option<u64>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// A case by its natural key.
#[derive(Debug, Args)]
pub(super) struct KeyArgs {
    /// Court code
    #[arg(long, value_name = "CODE", requires = "number")]
    court: Option<String>,

    /// Docket number as the court writes it
    #[arg(long, value_name = "NUMBER", requires = "court")]
    number: Option<String>,

    /// Which defendant of that number [default: 1]
    #[arg(long, value_name = "DEFENDANT", requires = "number")]
    defendant: Option<String>,
}

impl KeyArgs {
    /// As it is asked for.
    pub(super) fn key(&self) -> v1::CaseKey {
        v1::CaseKey {
            court: self.court.clone().unwrap_or_default(),
            number: self.number.clone().unwrap_or_default(),
            defendant: self.defendant.clone().unwrap_or_else(|| "1".to_owned()),
        }
    }
}

impl CaseArgs {
    fn request(&self) -> v1::GetCaseRequest {
        use v1::get_case_request::Case;

        let case = match &self.id {
            Some(id) => Case::CaseId(id.clone()),
            None => Case::CaseKey(self.key.key()),
        };
        v1::GetCaseRequest {
            case: Some(case),
            as_of: self.at,
        }
    }
}

/// Runs the command.
pub(crate) async fn run(args: &CaseArgs, output: &Output) -> Result<(), Failure> {
    let request = args.request();
    let reply = connect::with_client(&args.ledger, async |client| {
        Ok(client.get_case(request).await?)
    })
    .await?;
    let mut report = Report::new(json::message("GetCaseResponse", &reply)?);
    if let Some(case) = &reply.case {
        report = report
            .sheet(summary(case, reply.complete_to))
            .line("")
            .sheet(charges(case));
    }
    output.show(args.format.format, &report)
}

fn summary(case: &v1::Case, complete_to: u64) -> Sheet {
    let identity = case.identity.as_ref();
    let place = |part: fn(&v1::CaseIdentity) -> String| {
        identity.map_or(Cell::None, |identity| Cell::from(part(identity)))
    };
    let mut fields = vec![
        ("case_id", Cell::from(hex(&case.case_id))),
        ("phase", v1::Phase::cell(case.phase)),
        ("exit", v1::Exit::cell(case.exit)),
        (
            "county",
            place(|identity| format!("{:03}", identity.county)),
        ),
        ("court", place(|identity| identity.court.clone())),
        ("agency", place(|identity| identity.agency.clone())),
        ("lists", Cell::from(lists(case))),
        ("flags", Cell::from(codes::<event::Flag>(&case.flags))),
        ("complete", yes_no(case.complete)),
        ("counted", yes_no(case.counted)),
    ];
    if !case.duplicate_of.is_empty() {
        fields.push(("duplicate_of", Cell::from(hex(&case.duplicate_of))));
    }
    if !case.held.is_empty() {
        fields.push(("held_confirmations", Cell::Count(case.held.len() as u64)));
    }
    if case.other_convictions_remain {
        fields.push(("other_convictions_remain", yes_no(true)));
    }
    fields.push(("revisions", Cell::Count(case.revisions)));
    fields.push(("complete_to", Cell::Count(complete_to)));
    Sheet::card(fields)
}

fn lists(case: &v1::Case) -> String {
    let lists = case.sightings.iter().map(|sighting| {
        let dropped = if sighting.listed { "" } else { " (dropped)" };
        format!("{} row {}{dropped}", sighting.cohort, sighting.row)
    });
    lists.collect::<Vec<_>>().join(", ")
}

fn charges(case: &v1::Case) -> Sheet {
    let mut sheet = Sheet::rows([
        "charge",
        "section",
        "severity",
        "year",
        "phase",
        "exit",
        "decision",
        "disposition",
        "disposition_on",
        "seal",
        "seal_on",
        "repository",
        "notice",
    ]);
    for card in &case.charges {
        let state = card.state.clone().unwrap_or_default();
        let ChargeState { charge, .. } = &state;
        let charge = charge.clone().unwrap_or_default();
        sheet.push([
            Cell::Number(charge.id.into()),
            Cell::from(charge.section),
            event::Severity::cell(charge.severity),
            Cell::Number(charge.conviction_year.into()),
            v1::Phase::cell(card.phase),
            v1::Exit::cell(card.exit),
            event::Decision::cell(state.decision),
            event::Disposition::cell(state.disposition),
            date(state.disposition_on),
            event::Seal::cell(state.seal),
            date(state.seal_on),
            event::Repository::cell(state.repository),
            event::Notice::cell(state.notice),
        ]);
    }
    sheet
}

/// `YES` or `NO`, as in the totals.
fn yes_no(value: bool) -> Cell {
    Cell::from(if value { "YES" } else { "NO" })
}
