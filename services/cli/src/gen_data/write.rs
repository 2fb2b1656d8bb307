//! Writes invented cases in the two formats that are read.

use std::io::Write;

use caseledger_domain::vocabulary::{Severity, Vocabulary};
use caseledger_domain::{ControlTotals, county};

use crate::gen_data::{Conviction, SyntheticCase};
use crate::import::court::{NAMES as COURT_NAMES, TOTAL};
use crate::import::doj::columns;
use crate::import::plan::count_severity;

/// Columns of court records that are written: no names, no birth dates.
const COURT_WIDTH: usize = 12;

/// Writes a state extract and gives the number of rows, the header not counted. Cases of one
/// person must come one after the other, as [`crate::gen_data::cases`] gives them.
///
/// # Errors
/// The writer's.
pub(crate) fn write_doj(
    out: impl Write,
    cases: impl Iterator<Item = SyntheticCase>,
    header: bool,
) -> Result<u64, csv::Error> {
    let mut csv = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    if header {
        csv.write_record(columns::NAMES)?;
    }
    let mut rows = 0;
    let mut person = None;
    let mut cycle = 0;
    for case in cases {
        cycle = if person == Some(case.person) {
            cycle + 1
        } else {
            1
        };
        person = Some(case.person);
        for row in doj_rows(&case, cycle) {
            csv.write_record(&row)?;
            rows += 1;
        }
    }
    csv.flush()?;
    Ok(rows)
}

/// One row of an extract, mostly empty.
type DojRow = [String; columns::NAMES.len()];

fn doj_rows(case: &SyntheticCase, cycle: u32) -> Vec<DojRow> {
    let mut rows = Vec::new();
    for (index, conviction) in (1..).zip(&case.convictions) {
        let mut arrest = step(case, cycle, 1, index);
        set(
            &mut arrest,
            columns::STP_TYPE_DESCR,
            "ARREST/DETAINED/CITED",
        );
        let ori = case.city.map_or(case.spec.sheriff, |city| city.ori);
        set(&mut arrest, columns::STP_ORI_CODE, ori);
        set(&mut arrest, columns::OFFENSE_DESCR, conviction.description);
        set(&mut arrest, columns::OFFENSE_TOC, grade(conviction));
        rows.push(arrest);
    }
    for (index, conviction) in (1..).zip(&case.convictions) {
        let mut court = step(case, cycle, 2, index);
        set(&mut court, columns::STP_TYPE_DESCR, "COURT ACTION");
        set(&mut court, columns::STP_ORI_CODE, case.court.ori);
        set(&mut court, columns::DISP_DESCR, "CONVICTED-PROBATION");
        if index == 1 {
            // As in real extracts: the number stands on the first count only.
            set(&mut court, columns::OFN, &case.case_number());
        }
        if conviction.charge.in_comment_only {
            set(&mut court, columns::OFFENSE_DESCR, "SEE COMMENT FOR CHARGE");
            set(&mut court, columns::COMMENT_TEXT, conviction.description);
        } else {
            set(&mut court, columns::OFFENSE_DESCR, conviction.description);
        }
        set(&mut court, columns::OFFENSE_TOC, grade(conviction));
        if !conviction.blank_status {
            let status = conviction.charge.severity.code();
            set(&mut court, columns::CONV_STAT_DESCR, status);
        }
        rows.extend(sentence(&court, conviction));
    }
    rows
}

/// The columns that every row of a step has.
fn step(case: &SyntheticCase, cycle: u32, step: u32, count: u32) -> DojRow {
    let mut row = core::array::from_fn(|_| String::new());
    let date = case.convicted_on.yyyymmdd().to_string();
    set(&mut row, columns::SUBJECT_ID, &case.defendant());
    set(&mut row, columns::CII_NUMBER, &case.person_id());
    set(&mut row, columns::PRI_NAME, &case.name());
    set(&mut row, columns::CYC_ORDER, &cycle.to_string());
    set(&mut row, columns::STP_ORDER, &step.to_string());
    set(&mut row, columns::STP_EVENT_DATE, &date);
    let county = county::name_of(case.county()).unwrap_or_default();
    set(&mut row, columns::STP_ORI_CNTY_NAME, county);
    let order = format!("{cycle:03}{step:03}{count:03}000");
    set(&mut row, columns::CNT_ORDER, &order);
    row
}

/// One row for each part of the sentence.
fn sentence(row: &DojRow, conviction: &Conviction) -> Vec<DojRow> {
    let first = conviction.months / 2;
    let parts = if conviction.in_two_parts {
        vec![("JAIL", first), ("PROBATION", conviction.months - first)]
    } else {
        vec![("PROBATION", conviction.months)]
    };
    (1..)
        .zip(parts)
        .map(|(order, (place, months)): (u32, _)| {
            let mut row = row.clone();
            set(&mut row, columns::SENT_ORDER, &order.to_string());
            set(&mut row, columns::SENT_LOC_DESCR, place);
            set(&mut row, columns::SENT_LENGTH, &months.to_string());
            set(&mut row, columns::SENT_TIME_CODE, "M");
            row
        })
        .collect()
}

fn grade(conviction: &Conviction) -> &'static str {
    match conviction.charge.severity {
        Severity::Felony => "F",
        Severity::Misdemeanor => "M",
        Severity::Infraction => "I",
        Severity::Unknown => "",
    }
}

fn set(row: &mut DojRow, column: usize, text: &str) {
    if let Some(cell) = row.get_mut(column) {
        text.clone_into(cell);
    }
}

/// Writes court records with their totals row and gives the number of rows, header and totals not
/// counted. That a section stands in a comment only cannot be said in this format.
///
/// # Errors
/// The writer's.
pub(crate) fn write_court(
    out: impl Write,
    cases: impl Iterator<Item = SyntheticCase>,
) -> Result<u64, csv::Error> {
    let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(out);
    csv.write_record(COURT_NAMES.iter().take(COURT_WIDTH))?;
    let mut totals = ControlTotals::default();
    for case in cases {
        for charge in case.charges() {
            count_severity(&mut totals, charge.severity);
            csv.write_record([
                case.case_number().as_str(),
                &case.defendant(),
                case.court().as_str(),
                &format!("{:03}", case.county()),
                case.agency().as_str(),
                "CA-CII",
                &case.person_id(),
                charge.section.as_str(),
                charge.severity.code(),
                &case.convicted_on.to_string(),
                &charge.counts.to_string(),
                charge.sentence.code(),
            ])?;
        }
    }
    let numbers = [
        totals.rows,
        totals.felonies,
        totals.misdemeanors,
        totals.infractions,
        totals.unknown,
    ];
    let numbers = numbers.map(|number| number.to_string());
    csv.write_record(core::iter::once(TOTAL).chain(numbers.iter().map(String::as_str)))?;
    csv.flush()?;
    Ok(u64::from(totals.rows))
}
