//! Court records: our own CSV, one row per charge, documented in `docs/IMPORT.md`.
//!
//! Rows of one (court, case number, defendant) are one case, and it stands or falls as a whole.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use caseledger_domain::vocabulary::{Severity, Supervision, Vocabulary};
use caseledger_domain::{Charge, ChargeId, ControlTotals, Date, OrgId, Text, county};
use csv::ByteRecord;

use crate::import::Options;
use crate::import::draft::{Columns, Draft, DraftCharge, Outcome};
use crate::import::issue::{Problem, RowError, WHOLE_ROW};
use crate::import::key;
use crate::import::plan::{Details, PersonKey, Private};
use crate::import::section;
use crate::import::source::FileError;
use crate::import::stream::{Header, Layout, Parsed};

/// The first field of the totals row.
pub(crate) const TOTAL: &str = "#TOTAL";

/// The columns, in the order in which the generator writes them; a file may order them otherwise.
pub(crate) const NAMES: [&str; 14] = [
    "case_number",
    "defendant",
    "court",
    "county",
    "agency",
    "person_issuer",
    "person_id",
    "section",
    "severity",
    "conviction_date",
    "counts",
    "sentence_status",
    "name",
    "birth_date",
];

/// [`NAMES`], for people.
const KNOWN: &str = "case_number, defendant, court, county, agency, person_issuer, person_id, section, severity, conviction_date, counts, sentence_status, name, birth_date";

const CASE_NUMBER: usize = 0;
const DEFENDANT: usize = 1;
const COURT: usize = 2;
const COUNTY: usize = 3;
const AGENCY: usize = 4;
const PERSON_ISSUER: usize = 5;
const PERSON_ID: usize = 6;
const SECTION: usize = 7;
const SEVERITY: usize = 8;
const CONVICTION_DATE: usize = 9;
const COUNTS: usize = 10;
const SENTENCE_STATUS: usize = 11;
const NAME: usize = 12;
const BIRTH_DATE: usize = 13;

const REQUIRED: [usize; 7] = [
    CASE_NUMBER,
    DEFENDANT,
    COURT,
    COUNTY,
    SECTION,
    SEVERITY,
    CONVICTION_DATE,
];

const COLUMNS: Columns = Columns {
    case_number: "case_number",
    county: "county",
    section: "section",
    comment: "section",
};

/// The format with the options of one import and the header of one file.
pub(super) struct Court<'a> {
    options: &'a Options,
    /// Place in the file of each known column.
    places: [Option<usize>; NAMES.len()],
    width: usize,
}

/// What is kept of a row.
pub(super) struct Row {
    fingerprint: u64,
    case_number: Private,
    defendant: Private,
    court: Text<16>,
    county: u16,
    agency: OrgId,
    person: Option<PersonKey>,
    details: Details,
    charge: DraftCharge,
}

impl<'a> Court<'a> {
    pub(super) const fn new(options: &'a Options) -> Self {
        Self {
            options,
            places: [None; NAMES.len()],
            width: 0,
        }
    }
}

impl Layout for Court<'_> {
    type Row = Row;

    fn header(&mut self, _line: u32, record: &ByteRecord) -> Result<Header, FileError> {
        self.places = [None; NAMES.len()];
        self.width = record.len();
        for (at, cell) in record.iter().enumerate() {
            let known = NAMES
                .iter()
                .zip(&mut self.places)
                .find(|(name, _)| cell.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
            match known {
                None => {
                    return Err(FileError::UnknownColumn {
                        at: at + 1,
                        known: KNOWN,
                    });
                }
                Some((name, Some(_))) => return Err(FileError::DuplicateColumn(name)),
                Some((_, place)) => *place = Some(at),
            }
        }
        let missing = REQUIRED
            .into_iter()
            .find(|column| self.places.get(*column).copied().flatten().is_none());
        match missing.and_then(|column| NAMES.get(column)) {
            Some(name) => Err(FileError::MissingColumn(name)),
            None => Ok(Header::Present(None)),
        }
    }

    fn parse(&self, line: u32, record: &ByteRecord) -> Result<Parsed<Row>, FileError> {
        if record.get(0).map(<[u8]>::trim_ascii) == Some(TOTAL.as_bytes()) {
            return totals(record)
                .map(Parsed::Totals)
                .ok_or(FileError::TotalsMalformed { line });
        }
        let mut cells = Cells {
            format: self,
            line,
            record,
            errors: Vec::new(),
        };
        let in_place = cells.are_in_place();
        let row = if in_place { cells.row() } else { None };
        let severity = row
            .as_ref()
            .map(|row| row.charge.charge.severity)
            .or_else(|| severity(cells.text(SEVERITY)));
        Ok(match row {
            Some(row) if cells.errors.is_empty() => Parsed::Row {
                subject: case_key(row.court.as_str(), &row.case_number, &row.defendant),
                severity: row.charge.charge.severity,
                row,
            },
            _ => {
                let subject = cells.subject();
                Parsed::Bad {
                    displaced: !in_place || subject.is_none(),
                    subject,
                    severity,
                    errors: cells.errors,
                }
            }
        })
    }

    fn fold(&self, _subject: &str, rows: Vec<Row>, out: &mut Outcome) {
        let lines: Vec<u32> = rows.iter().map(|row| row.charge.line).collect();
        let mut seen = HashSet::new();
        let mut duplicates = 0;
        let mut draft: Option<Draft> = None;
        for row in rows {
            if !seen.insert(row.fingerprint) {
                duplicates += 1;
                continue;
            }
            match &mut draft {
                None => draft = Some(row.into_draft()),
                Some(draft) => match row.differs(draft) {
                    None => {
                        draft.details.add(&row.details);
                        draft.charges.push(row.charge);
                    }
                    Some(column) => {
                        out.refuse_subject(
                            lines.into_iter(),
                            row.charge.line,
                            column,
                            Problem::CaseConflict,
                        );
                        return;
                    }
                },
            }
        }
        if let Some(draft) = draft {
            out.summary.fates.duplicates += duplicates;
            out.summary.convictions += draft.charges.len() as u64;
            out.settle(draft, self.options.county, &COLUMNS);
        }
    }
}

impl Row {
    fn into_draft(self) -> Draft {
        Draft {
            several_numbers: false,
            case_number: Ok(self.case_number),
            defendant: self.defendant,
            person: self.person,
            details: self.details,
            court: self.court,
            county: Some(self.county),
            agency: self.agency,
            charges: vec![self.charge],
        }
    }

    /// The column in which the row contradicts its case.
    fn differs(&self, draft: &Draft) -> Option<&'static str> {
        if Some(self.county) != draft.county {
            Some("county")
        } else if self.agency != draft.agency {
            Some("agency")
        } else if !same_person(self.person.as_ref(), draft.person.as_ref()) {
            Some("person_id")
        } else {
            None
        }
    }
}

fn same_person(one: Option<&PersonKey>, other: Option<&PersonKey>) -> bool {
    let normal = |person: &PersonKey| {
        (
            person.issuer.as_str().to_ascii_uppercase(),
            key::normal_identifier(person.id.expose()),
        )
    };
    one.map(normal) == other.map(normal)
}

/// The identity of a case within a file.
fn case_key(court: &str, case_number: &Private, defendant: &Private) -> String {
    // The unit separator is a control character, which none of the parts contains.
    format!(
        "{}\u{1f}{}\u{1f}{}",
        court.to_ascii_uppercase(),
        key::normal_number(case_number.expose()),
        key::normal_defendant(defendant.expose())
    )
}

/// `#TOTAL,rows,felony,misdemeanor,infraction,unknown`; empty fields may follow.
fn totals(record: &ByteRecord) -> Option<ControlTotals> {
    let mut cells = record.iter().skip(1).map(<[u8]>::trim_ascii);
    let mut number = || -> Option<u32> { core::str::from_utf8(cells.next()?).ok()?.parse().ok() };
    let totals = ControlTotals {
        rows: number()?,
        felonies: number()?,
        misdemeanors: number()?,
        infractions: number()?,
        unknown: number()?,
    };
    cells.all(<[u8]>::is_empty).then_some(totals)
}

fn severity(text: &str) -> Option<Severity> {
    Severity::ALL.iter().copied().find(|severity| {
        let code = severity.code();
        text.eq_ignore_ascii_case(code)
            || code
                .get(..1)
                .is_some_and(|first| text.eq_ignore_ascii_case(first))
    })
}

/// A field has an error, and it has been noted.
struct Reported;

/// The fields of one record, and what is wrong with them.
struct Cells<'a> {
    format: &'a Court<'a>,
    line: u32,
    record: &'a ByteRecord,
    errors: Vec<RowError>,
}

impl<'a> Cells<'a> {
    fn fail(&mut self, column: &'static str, problem: Problem) {
        self.errors.push(RowError {
            line: self.line,
            column,
            problem,
        });
    }

    fn are_in_place(&mut self) -> bool {
        if self.record.len() != self.format.width {
            self.fail(
                WHOLE_ROW,
                Problem::ColumnCount {
                    found: self.record.len() as u32,
                    expected: self.format.width as u32,
                },
            );
            return false;
        }
        let mut in_place = true;
        for (name, place) in NAMES.into_iter().zip(self.format.places) {
            let Some(cell) = place.and_then(|place| self.record.get(place)) else {
                continue;
            };
            if core::str::from_utf8(cell).is_err() {
                self.fail(name, Problem::NotUtf8);
            } else if cell.iter().any(|b| b.is_ascii_control() && *b != b'\t') {
                self.fail(name, Problem::LineBreak);
                in_place = false;
            } else if cell
                .trim_ascii_start()
                .first()
                .is_some_and(|b| b"=+-@".contains(b))
            {
                self.fail(name, Problem::FormulaCharacter);
            }
        }
        in_place
    }

    /// The text of a field, trimmed; empty if the file does not have the column.
    fn text(&self, column: usize) -> &'a str {
        let place = self.format.places.get(column).copied().flatten();
        let cell = place.and_then(|place| self.record.get(place));
        core::str::from_utf8(cell.unwrap_or_default())
            .unwrap_or_default()
            .trim()
    }

    /// The case of a row with errors, as far as it can be read.
    fn subject(&self) -> Option<String> {
        let case_number = key::docket_number(self.text(CASE_NUMBER)).ok()?;
        let defendant = key::defendant(self.text(DEFENDANT)).ok()?;
        Some(case_key(self.text(COURT), &case_number, &defendant))
    }

    /// Parses every column, so that all errors of a row are reported at once.
    fn row(&mut self) -> Option<Row> {
        let mut fingerprint = DefaultHasher::new();
        self.record
            .iter()
            .for_each(|cell| cell.hash(&mut fingerprint));
        let case_number = self.parse(CASE_NUMBER, key::docket_number);
        let defendant = self.parse(DEFENDANT, key::defendant);
        let court = self.parse(COURT, |text| {
            Text::parse(&required(text)?.to_ascii_uppercase())
                .ok()
                .ok_or(Problem::BadCode)
        });
        let county = self.parse(COUNTY, county_number);
        let default_agency = self.format.options.agency;
        let agency = self.parse(AGENCY, |text| match text {
            "" => Ok(default_agency),
            text => text.parse().ok().ok_or(Problem::BadCode),
        });
        let person = self.person();
        let charge = self.charge();
        self.parse(NAME, |text| match text {
            // A name may be longer than an identifier.
            text if text.chars().any(char::is_control) => Err(Problem::LineBreak),
            _ => Ok(()),
        });
        let birth_date = self.parse(BIRTH_DATE, |text| match text {
            "" => Ok(None),
            text => text.parse::<Date>().map(Some).ok().ok_or(Problem::BadDate),
        });
        let details = Details::of_row(self.text(NAME), birth_date.flatten());
        Some(Row {
            fingerprint: fingerprint.finish(),
            case_number: case_number?,
            defendant: defendant?,
            court: court?,
            county: county?,
            agency: agency?,
            person: person.ok()?,
            details,
            charge: charge?,
        })
    }

    fn person(&mut self) -> Result<Option<PersonKey>, Reported> {
        match (self.text(PERSON_ISSUER), self.text(PERSON_ID)) {
            ("", "") => Ok(None),
            ("", _) => {
                self.fail("person_issuer", Problem::PersonIncomplete);
                Err(Reported)
            }
            (_, "") => {
                self.fail("person_id", Problem::PersonIncomplete);
                Err(Reported)
            }
            (_, _) => {
                let issuer = self.parse(PERSON_ISSUER, |text| {
                    Text::parse(text).ok().ok_or(Problem::BadCode)
                });
                let id = self.parse(PERSON_ID, key::identifier);
                Ok(Some(PersonKey {
                    issuer: issuer.ok_or(Reported)?,
                    id: id.ok_or(Reported)?,
                }))
            }
        }
    }

    fn charge(&mut self) -> Option<DraftCharge> {
        let section = self.parse(SECTION, |text| {
            section::parse(required(text)?).ok_or(Problem::BadCode)
        });
        let severity = self.parse(SEVERITY, |text| {
            severity(required(text)?).ok_or(Problem::UnknownCode)
        });
        let year = self.parse(CONVICTION_DATE, year_of);
        let counts = self.parse(COUNTS, |text| match text {
            "" => Ok(1),
            text => text
                .parse()
                .ok()
                .filter(|count| *count >= 1)
                .ok_or(Problem::BadNumber),
        });
        let sentence = self.parse(SENTENCE_STATUS, |text| match text {
            "" => Ok(Supervision::Unknown),
            text => Supervision::from_code(&text.to_ascii_uppercase()).ok_or(Problem::UnknownCode),
        });
        let section = section?;
        Some(DraftCharge {
            line: self.line,
            section_unknown: false,
            charge: Charge {
                id: ChargeId(0),
                section: section.text,
                family: section.family,
                severity: severity?,
                conviction_year: year?,
                counts: counts?,
                sentence: sentence?,
                in_comment_only: false,
            },
        })
    }

    /// Parses one column and reports what is wrong with it.
    fn parse<T>(
        &mut self,
        column: usize,
        parser: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        match parser(self.text(column)) {
            Ok(value) => Some(value),
            Err(problem) => {
                let name = NAMES.get(column).copied().unwrap_or(WHOLE_ROW);
                // A field that is no text has been reported as that.
                if !self.errors.iter().any(|error| error.column == name) {
                    self.fail(name, problem);
                }
                None
            }
        }
    }
}

fn required(text: &str) -> Result<&str, Problem> {
    if text.is_empty() {
        Err(Problem::MissingValue)
    } else {
        Ok(text)
    }
}

/// A county by its FIPS number, with or without the state (`37`, `037`, `06037`), or its name.
fn county_number(text: &str) -> Result<u16, Problem> {
    let text = required(text)?;
    let digits = match text.strip_prefix("06") {
        Some(within_state) if within_state.len() == 3 => within_state,
        _ => text,
    };
    digits
        .parse()
        .ok()
        .filter(|number| county::name_of(*number).is_some())
        .or_else(|| county::number_of(text))
        .ok_or(Problem::UnknownCounty)
}

/// The year of `YYYY-MM-DD`, or of a bare `YYYY` where the record says no more.
fn year_of(text: &str) -> Result<u16, Problem> {
    let text = required(text)?;
    let date = if text.len() == 4 {
        format!("{text}-01-01").parse::<Date>()
    } else {
        text.parse()
    };
    date.map(Date::year).ok().ok_or(Problem::BadDate)
}

#[cfg(test)]
pub(crate) mod tests;
