//! The California Department of Justice extract: 95 columns, one row per subject, cycle, step,
//! count and sentence part.
//!
//! This file turns one row into what is kept of it; [`fold`] turns the rows of a subject into
//! convictions and cases. What the columns mean is set out in `docs/IMPORT.md`.

use std::hash::{DefaultHasher, Hash, Hasher};

use caseledger_domain::vocabulary::Severity;
use caseledger_domain::{Date, Text, county};
use csv::ByteRecord;

use crate::import::Options;
use crate::import::draft::Outcome;
use crate::import::issue::{Problem, RowError, WHOLE_ROW};
use crate::import::key;
use crate::import::plan::{Details, Private};
use crate::import::section::{self, Section};
use crate::import::source::FileError;
use crate::import::stream::{Header, Layout, Parsed};

pub(crate) mod columns;
mod fold;

/// The format with the options of one import.
pub(super) struct Doj<'a> {
    options: &'a Options,
}

/// What is kept of a row.
pub(super) struct Row {
    line: u32,
    /// Of the whole row, to find repeated ones.
    fingerprint: u64,
    step: Step,
    count: Option<CountOrder>,
    county: Option<u16>,
    ori: Option<Text<16>>,
    number: Option<Private>,
    person: Option<Private>,
    details: Details,
    conviction: Option<Conviction>,
}

/// The kinds of step that matter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Arrest,
    Court,
    Deceased,
    /// Registration under Penal Code 290.
    Registration,
    Other,
}

/// Cycle (3 digits), step (3), count (3) and `000`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct CountOrder(u64);

impl CountOrder {
    /// Cycle and step: the court event.
    const fn event(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The arrest cycle.
    const fn cycle(self) -> u64 {
        self.0 / 1_000_000_000
    }
}

/// A conviction as one row tells it.
#[derive(Clone, Copy)]
struct Conviction {
    section: Option<Section>,
    /// A cannabis section stands in the comment only.
    in_comment_only: bool,
    severity: Severity,
    date: PartialDate,
    /// Length of this part of the sentence.
    sentence: Option<Duration>,
}

/// A date whose month or day may be unknown, as in `19790000`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct PartialDate {
    year: u16,
    day: Option<Date>,
}

/// In 48ths of a day, so that a month of 365.25/12 days is a whole number.
#[derive(Clone, Copy)]
struct Duration(u64);

impl<'a> Doj<'a> {
    pub(super) const fn new(options: &'a Options) -> Self {
        Self { options }
    }
}

impl Layout for Doj<'_> {
    type Row = Row;

    fn header(&mut self, line: u32, record: &ByteRecord) -> Result<Header, FileError> {
        let is = |at: usize, name: &str| {
            record
                .get(at)
                .is_some_and(|cell| cell.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
        };
        if !is(columns::RECORD_ID, "RECORD_ID") && !is(columns::SUBJECT_ID, "SUBJECT_ID") {
            return Ok(Header::Absent);
        }
        let remark = |problem| RowError {
            line,
            column: WHOLE_ROW,
            problem,
        };
        let known = columns::NAMES.iter().enumerate();
        let named = known.into_iter().all(|(at, name)| is(at, name));
        let width = columns::NAMES.len();
        Ok(if named && record.len() == width {
            Header::Present(None)
        } else if named && record.len() == width + 1 && is(width, "") {
            Header::Present(Some(remark(Problem::HeaderExtraComma)))
        } else {
            Header::NotUnderstood(remark(Problem::HeaderNotUnderstood))
        })
    }

    fn parse(&self, line: u32, record: &ByteRecord) -> Result<Parsed<Row>, FileError> {
        let mut cells = Cells {
            line,
            record,
            errors: Vec::new(),
        };
        let displaced = !cells.are_in_place();
        let subject = cells.subject();
        if displaced || subject.is_none() {
            return Ok(Parsed::Bad {
                subject,
                displaced: true,
                severity: None,
                errors: cells.errors,
            });
        }
        let row = cells.row();
        Ok(match subject {
            Some(subject) if cells.errors.is_empty() => Parsed::Row {
                subject,
                severity: Severity::Unknown,
                row,
            },
            subject => Parsed::Bad {
                subject,
                displaced: false,
                severity: None,
                errors: cells.errors,
            },
        })
    }

    fn fold(&self, subject: &str, rows: Vec<Row>, out: &mut Outcome) {
        fold::fold(self.options, subject, &rows, out);
    }
}

/// The fields of one record, and what is wrong with them.
struct Cells<'a> {
    line: u32,
    record: &'a ByteRecord,
    errors: Vec<RowError>,
}

impl Cells<'_> {
    /// Notes the first problem of a column; a field that is no text has no other.
    fn fail(&mut self, column: &'static str, problem: Problem) {
        if self.errors.iter().any(|error| error.column == column) {
            return;
        }
        self.errors.push(RowError {
            line: self.line,
            column,
            problem,
        });
    }

    /// Whether the row has 95 columns of text without line breaks. A line break in a field means
    /// that an open quote has swallowed a row.
    fn are_in_place(&mut self) -> bool {
        let expected = columns::NAMES.len();
        if self.record.len() != expected {
            self.fail(
                WHOLE_ROW,
                Problem::ColumnCount {
                    found: self.record.len() as u32,
                    expected: expected as u32,
                },
            );
            return false;
        }
        let mut in_place = true;
        for (name, cell) in columns::NAMES.iter().zip(self.record) {
            if core::str::from_utf8(cell).is_err() {
                self.fail(name, Problem::NotUtf8);
            } else if cell.iter().any(|b| b.is_ascii_control() && *b != b'\t') {
                self.fail(name, Problem::LineBreak);
                in_place = false;
            }
        }
        in_place
    }

    /// The text of a field, trimmed; `NULL` is the same as nothing.
    fn text(&self, at: usize) -> &str {
        let text = self.record.get(at).unwrap_or_default();
        let text = core::str::from_utf8(text).unwrap_or_default().trim();
        if text.eq_ignore_ascii_case("NULL") {
            ""
        } else {
            text
        }
    }

    fn subject(&mut self) -> Option<String> {
        match key::defendant(self.text(columns::SUBJECT_ID)) {
            Ok(subject) => Some(key::normal_defendant(subject.expose())),
            Err(problem) => {
                // Of a row without the right columns only that is reported.
                if self.errors.is_empty() {
                    self.fail("SUBJECT_ID", problem);
                }
                None
            }
        }
    }

    fn row(&mut self) -> Row {
        let step = self.step();
        let convicted = starts_with_ignoring_case(self.text(columns::DISP_DESCR), "CONVICTED");
        // A birth date that is none means shifted columns. One without its day is left out.
        self.date(columns::PRI_DOB, "PRI_DOB");
        let born = self.text(columns::PRI_DOB).parse().ok();
        let born = born.and_then(|born| Date::from_yyyymmdd(born).ok());
        let details = Details::of_row(self.text(columns::PRI_NAME), born);
        let event_date = self.date(columns::STP_EVENT_DATE, "STP_EVENT_DATE");
        let disposed = self.date(columns::DISP_DATE, "DISP_DATE");
        let sound = self.errors.is_empty();
        let conviction = convicted.then_some(event_date.or(disposed)).flatten();
        if convicted && conviction.is_none() && sound {
            self.fail("STP_EVENT_DATE", Problem::MissingValue);
        }
        let mut fingerprint = DefaultHasher::new();
        self.record
            .iter()
            .for_each(|cell| cell.hash(&mut fingerprint));
        Row {
            line: self.line,
            fingerprint: fingerprint.finish(),
            step,
            count: self.count_order(convicted || step == Step::Court),
            county: county::number_of(self.text(columns::STP_ORI_CNTY_NAME)),
            ori: self.ori(),
            number: self.private(columns::OFN, "OFN", key::docket_number),
            person: self.private(columns::CII_NUMBER, "CII_NUMBER", key::identifier),
            details,
            conviction: conviction.map(|date| self.conviction(date)),
        }
    }

    fn step(&self) -> Step {
        let step = self.text(columns::STP_TYPE_DESCR);
        if step.eq_ignore_ascii_case("COURT ACTION") {
            Step::Court
        } else if starts_with_ignoring_case(step, "ARREST") {
            Step::Arrest
        } else if step.eq_ignore_ascii_case("DECEASED") {
            Step::Deceased
        } else if step.eq_ignore_ascii_case("REGISTRATION")
            && self.text(columns::OFFENSE_DESCR).starts_with("290")
        {
            Step::Registration
        } else {
            Step::Other
        }
    }

    fn conviction(&self, date: PartialDate) -> Conviction {
        let description = self.text(columns::OFFENSE_DESCR);
        let comment = self.text(columns::COMMENT_TEXT);
        let pointed_to =
            description.is_empty() || starts_with_ignoring_case(description, "SEE COMMENT");
        let in_comment = section::cannabis_in(comment);
        let (section, in_comment_only) = if pointed_to {
            let section = in_comment.or_else(|| section::of_description(comment));
            (section, in_comment.is_some())
        } else {
            let section = section::of_description(description);
            let stated = section.is_some_and(|section| section.family.is_cannabis());
            (section, in_comment.is_some() && !stated)
        };
        Conviction {
            section,
            in_comment_only,
            severity: self.severity(),
            date,
            sentence: self.sentence(),
        }
    }

    fn severity(&self) -> Severity {
        let status = self.text(columns::CONV_STAT_DESCR).to_ascii_uppercase();
        match (&*status, self.text(columns::OFFENSE_TOC)) {
            ("FELONY", _) | ("", "F" | "f") => Severity::Felony,
            ("MISDEMEANOR", _) | ("", "M" | "m") => Severity::Misdemeanor,
            ("INFRACTION", _) | ("", "I" | "i") => Severity::Infraction,
            (_, _) => Severity::Unknown,
        }
    }

    fn sentence(&self) -> Option<Duration> {
        let length: u64 = self.text(columns::SENT_LENGTH).parse().ok()?;
        let unit = match self.text(columns::SENT_TIME_CODE) {
            "D" | "d" => 48,
            "M" | "m" => 1_461,
            "Y" | "y" => 17_532,
            _ => return None,
        };
        Some(Duration(length.min(99_999) * unit))
    }

    /// A date of eight digits; month and day may be `00` for unknown.
    fn date(&mut self, at: usize, name: &'static str) -> Option<PartialDate> {
        let text = self.text(at);
        if text.is_empty() || text == "00000000" {
            return None;
        }
        let date = partial_date(text);
        if date.is_none() {
            self.fail(name, Problem::BadDate);
        }
        date
    }

    fn count_order(&mut self, needed: bool) -> Option<CountOrder> {
        let text = self.text(columns::CNT_ORDER);
        if text.is_empty() && !needed {
            return None;
        }
        let number = digits(text, 12).map(CountOrder);
        if number.is_none() {
            self.fail("CNT_ORDER", Problem::BadCountOrder);
        }
        number
    }

    fn ori(&mut self) -> Option<Text<16>> {
        let text = self.text(columns::STP_ORI_CODE);
        if text.is_empty() {
            return None;
        }
        let ori = Text::parse(&text.to_ascii_uppercase()).ok();
        if ori.is_none() {
            self.fail("STP_ORI_CODE", Problem::BadCode);
        }
        ori
    }

    fn private(
        &mut self,
        at: usize,
        name: &'static str,
        parser: fn(&str) -> Result<Private, Problem>,
    ) -> Option<Private> {
        match parser(self.text(at)) {
            Ok(value) => Some(value),
            Err(Problem::MissingValue) => None,
            Err(problem) => {
                self.fail(name, problem);
                None
            }
        }
    }
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The number that exactly so many digits write.
fn digits(text: &str, count: usize) -> Option<u64> {
    let all = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

fn partial_date(text: &str) -> Option<PartialDate> {
    let number = u32::try_from(digits(text, 8)?).ok()?;
    if let Ok(day) = Date::from_yyyymmdd(number) {
        return Some(PartialDate {
            year: day.year(),
            day: Some(day),
        });
    }
    let (month, day) = (number / 100 % 100, number % 100);
    // The first of the month stands in for the check of year and month alone.
    let checked = match (month, day) {
        (0, 0) => number + 101,
        (_, 0) => number + 1,
        (_, _) => return None,
    };
    Date::from_yyyymmdd(checked).ok().map(|date| PartialDate {
        year: date.year(),
        day: None,
    })
}

#[cfg(test)]
mod tests;
