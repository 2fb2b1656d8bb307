//! `totals`: counts, with unit and denominator.

use caseledger_client::pb::v1;
use clap::Args;

use crate::args::{Filter, FormatArgs, LedgerArgs};
use crate::connect;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet, json, thousands};

/// Count cases, charges or people, now or at any past size.
///
/// The three units are never mixed and never added: a person with two cases counts once. Every
/// answer names its unit, its denominator and the size of the ledger that it rests on; with --at
/// that size it can be asked again, for ever.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger totals --by initiative
  caseledger totals --unit people --where initiative=LA-2020-DOJ,LA-2021-COURT
  caseledger totals --unit charges --by severity,phase -o csv
  caseledger totals --phase-at-least DISMISSED --by county --at 12000

Dimensions:
  of the case     initiative, cohort, county, court, agency, source, phase, any_phase, exit,
                  complete, flag
  of the charge   severity, family, section, conviction_decade, remedy, reason, decision,
                  disposition, seal, repository, notice

Cases and people have those of their gravest charge, or of the one that is furthest from done;
docs/USING.md says which.")]
pub(crate) struct TotalsArgs {
    /// What is counted
    #[arg(long, value_enum, default_value_t = Unit::Cases)]
    unit: Unit,

    /// Dimensions to group by, at most three
    #[arg(long, value_name = "DIMENSION,..", value_delimiter = ',')]
    by: Vec<String>,

    /// Only what has one of the values in the dimension; may be given several times
    #[arg(long = "where", value_name = "DIMENSION=VALUE,..")]
    filters: Vec<Filter>,

    /// Only what has reached this phase or a later one
    #[arg(long, value_enum, value_name = "PHASE", ignore_case = true)]
    phase_at_least: Option<Phase>,

    /// Size of the ledger to answer for [default: now]
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    at: Option<u64>,

    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// What is counted.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Unit {
    /// Defendants' cases, each once
    Cases,
    /// Convictions, each once whatever its number of counts
    Charges,
    /// Distinct people, by pseudonym
    People,
}

/// A phase that a charge can reach.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
enum Phase {
    /// On a list
    Identified,
    /// Determined eligible
    Eligible,
    /// Approved by a prosecutor
    Approved,
    /// Filed with the court
    Filed,
    /// The dismissal is entered on the docket
    Dismissed,
    /// Sealed
    Sealed,
}

impl TotalsArgs {
    fn request(&self) -> v1::TotalsRequest {
        let unit = match self.unit {
            Unit::Cases => v1::Unit::Cases,
            Unit::Charges => v1::Unit::Charges,
            Unit::People => v1::Unit::People,
        };
        let phase = self
            .phase_at_least
            .map_or(v1::Phase::Unspecified, |phase| match phase {
                Phase::Identified => v1::Phase::Identified,
                Phase::Eligible => v1::Phase::Eligible,
                Phase::Approved => v1::Phase::Approved,
                Phase::Filed => v1::Phase::Filed,
                Phase::Dismissed => v1::Phase::Dismissed,
                Phase::Sealed => v1::Phase::Sealed,
            });
        v1::TotalsRequest {
            unit: unit.into(),
            group_by: self.by.clone(),
            filters: self.filters.iter().map(|filter| filter.0.clone()).collect(),
            phase_at_least: phase.into(),
            as_of: self.at,
        }
    }

    const fn unit_name(&self) -> &'static str {
        match self.unit {
            Unit::Cases => "cases",
            Unit::Charges => "charges",
            Unit::People => "people",
        }
    }
}

/// Runs the command.
pub(crate) async fn run(args: &TotalsArgs, output: &Output) -> Result<(), Failure> {
    let request = args.request();
    let reply = connect::with_client(&args.ledger, async |client| {
        Ok(client.totals(request).await?)
    })
    .await?;
    let unit = args.unit_name();
    let mut report = Report::new(json::message("TotalsResponse", &reply)?);
    let names = reply
        .group_by
        .iter()
        .map(|dimension| dimension.name.clone());
    report = report.sheet(if reply.group_by.is_empty() {
        Sheet::card([(unit, Cell::Count(reply.total))])
    } else {
        let mut sheet = Sheet::rows(names.chain([unit.to_owned()]));
        for group in &reply.groups {
            let keys = group.keys.iter().map(|key| Cell::from(key.as_str()));
            sheet.push(keys.chain([Cell::Count(group.count)]));
        }
        sheet
    });
    for line in remarks(&reply, unit) {
        report = report.line(line);
    }
    output.show(args.format.format, &report)
}

/// What has to be said beside the figures so that they are not misread.
fn remarks(reply: &v1::TotalsResponse, unit: &str) -> Vec<String> {
    let mut lines = vec![format!(
        "{} of {} {unit}, at size {}.",
        thousands(reply.total),
        thousands(reply.denominator),
        thousands(reply.complete_to)
    )];
    let overlapping: Vec<&str> = reply
        .group_by
        .iter()
        .filter(|dimension| !dimension.additive)
        .map(|dimension| dimension.name.as_str())
        .collect();
    if !overlapping.is_empty() {
        let names = overlapping.join(" and ");
        lines.push(format!(
            "Groups overlap in {names}: they do not add up to the total."
        ));
    }
    let mut say = |count: u64, what: &str| {
        if count > 0 {
            lines.push(format!("{} {what}.", thousands(count)));
        }
    };
    say(reply.excluded_duplicates, "duplicates are not counted");
    say(reply.excluded_voided, "entered in error are not counted");
    say(
        reply.people_unknown_cases,
        "cases name no person and are not counted as people",
    );
    say(
        reply.unmatched,
        "confirmations match no case yet; see `caseledger unmatched`",
    );
    lines
}

#[cfg(test)]
mod tests {
    use caseledger_domain::view::Dimension;
    use clap::{Args as _, Command};

    use super::*;

    #[test]
    fn the_help_names_every_dimension() {
        let help = TotalsArgs::augment_args(Command::new("totals"))
            .render_long_help()
            .to_string();
        let listed = help.split_once("Dimensions:").unwrap().1;
        let words: Vec<&str> = listed
            .split(|c: char| !c.is_ascii_lowercase() && c != '_')
            .collect();
        for dimension in Dimension::ALL {
            assert!(
                words.contains(&dimension.name()),
                "{} is missing",
                dimension.name()
            );
        }
    }

    #[test]
    fn says_what_keeps_figures_from_being_misread() {
        let dimension = |name: &str, additive| v1::TotalsDimension {
            name: name.into(),
            additive,
        };
        let reply = v1::TotalsResponse {
            group_by: vec![dimension("initiative", false), dimension("county", true)],
            total: 1_000,
            denominator: 124_000,
            excluded_duplicates: 3,
            complete_to: 1_100_000,
            ..v1::TotalsResponse::default()
        };
        let expected = [
            "1,000 of 124,000 cases, at size 1,100,000.",
            "Groups overlap in initiative: they do not add up to the total.",
            "3 duplicates are not counted.",
        ];
        assert_eq!(remarks(&reply, "cases"), expected);
    }
}
