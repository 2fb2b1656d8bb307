//! What is wrong with a row, a subject or a case, and the row-level error file.
//!
//! A [`RowError`] is made of a line number, the name of a column and a code. It has no place for
//! the content of a field, so no name, birth date, docket number or identifier can get into it.

use std::io::Write;

/// What is wrong. The text of a variant says what was expected and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(crate) enum Problem {
    /// A character that docket numbers and identifiers do not have, or nothing but signs.
    #[error(
        "not a number or identifier; use printable ASCII without semicolon, with a letter or digit; give each of several numbers a row of its own"
    )]
    BadCharacter,
    /// Not a code of 1 to 16 (courts, agencies) or 24 (sections) bytes.
    #[error("not a code; use at most 16 letters, digits and -_./:()+,#&*'")]
    BadCode,
    /// `CNT_ORDER` is not cycle, step and count.
    #[error(
        "count order is not twelve digits (cycle, step, count, 000); export the column as text"
    )]
    BadCountOrder,
    /// Not a date.
    #[error("not a date of the calendar; state extracts have YYYYMMDD, court records YYYY-MM-DD")]
    BadDate,
    /// Not a number in range.
    #[error("not a whole number from 1 to 255")]
    BadNumber,
    /// A cannabis section stands in a comment only.
    #[error(
        "a cannabis section is mentioned in the comment of another conviction; look at the source record"
    )]
    CannabisInComment,
    /// Rows of one case disagree.
    #[error("rows of one case disagree on county, agency or person; correct the list")]
    CaseConflict,
    /// A further row of a refused subject.
    #[error("another row of this subject or case has an error; nothing of it is imported")]
    SubjectHasBadRow,
    /// More or fewer columns than the format has.
    #[error(
        "found {found} columns, expected {expected}; a separator or quote is missing or too many"
    )]
    ColumnCount {
        /// Columns of the row.
        found: u32,
        /// Columns of the format.
        expected: u32,
    },
    /// The totals row does not agree with the rows.
    #[error("the totals row does not agree with the rows; nothing of the file is imported")]
    ControlTotals,
    /// Rows of one count disagree.
    #[error(
        "rows of one count disagree on section, severity, year, county or court; correct the extract"
    )]
    CountConflict,
    /// A field begins like a spreadsheet formula.
    #[error("begins with one of = + - @ like a spreadsheet formula; export the column as text")]
    FormulaCharacter,
    /// A header ends with a comma.
    #[error("header has one empty column too many at its end; it is ignored")]
    HeaderExtraComma,
    /// A header that is not the format's.
    #[error(
        "header does not name the 95 columns of the state extract in order; nothing of the file is imported"
    )]
    HeaderNotUnderstood,
    /// A field with a line break.
    #[error("field contains a line break or control character; a quote is probably not closed")]
    LineBreak,
    /// A field that must not be empty.
    #[error("required value is missing")]
    MissingValue,
    /// A cannabis conviction without a case number.
    #[error(
        "no case number on any court row of this court event; ask the court for it and import the case from court records"
    )]
    NoCaseNumber,
    /// A court row without a county.
    #[error("county of the court is missing or not in California; complete STP_ORI_CNTY_NAME")]
    NoCounty,
    /// Bytes that are not UTF-8.
    #[error("field is not UTF-8 text; convert the file, for example from ISO-8859-1")]
    NotUtf8,
    /// Rows of one subject name different persons.
    #[error("rows of one subject carry different identification numbers; correct the extract")]
    PersonConflict,
    /// An issuer without an identifier, or the reverse.
    #[error("person_issuer and person_id go together; give both or neither")]
    PersonIncomplete,
    /// A conviction whose section cannot be read.
    #[error("conviction has no code section that can be read; look at the source record")]
    SectionUnknown,
    /// Several numbers at one court event.
    #[error(
        "court event has several case numbers, joined in one case; a court that names one of them does not find it; ask which conviction has which and import the cases from court records"
    )]
    SeveralCaseNumbers,
    /// More numbers than fit one case.
    #[error("court event has more case numbers than fit 64 bytes; split the event by case number")]
    TooManyCaseNumbers,
    /// More charges than a case can have.
    #[error("case has more than 200 charges; split it by case number")]
    TooManyCharges,
    /// A word that is not in the vocabulary.
    #[error("not a code of the vocabulary; docs/IMPORT.md lists them")]
    UnknownCode,
    /// A county that does not exist.
    #[error("not one of the 58 counties of California; correct the name or number")]
    UnknownCounty,
    /// Too long.
    #[error("value is longer than 64 bytes, or a defendant longer than 16")]
    ValueTooLong,
}

impl Problem {
    /// One of each kind.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 28] = [
        Self::BadCharacter,
        Self::BadCode,
        Self::BadCountOrder,
        Self::BadDate,
        Self::BadNumber,
        Self::CannabisInComment,
        Self::CaseConflict,
        Self::ColumnCount {
            found: 1,
            expected: 2,
        },
        Self::ControlTotals,
        Self::CountConflict,
        Self::FormulaCharacter,
        Self::HeaderExtraComma,
        Self::HeaderNotUnderstood,
        Self::LineBreak,
        Self::MissingValue,
        Self::NoCaseNumber,
        Self::NoCounty,
        Self::NotUtf8,
        Self::PersonConflict,
        Self::PersonIncomplete,
        Self::SectionUnknown,
        Self::SeveralCaseNumbers,
        Self::SubjectHasBadRow,
        Self::TooManyCaseNumbers,
        Self::TooManyCharges,
        Self::UnknownCode,
        Self::UnknownCounty,
        Self::ValueTooLong,
    ];

    /// The stable code in the error file.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::BadCharacter => "BAD_CHARACTER",
            Self::BadCode => "BAD_CODE",
            Self::BadCountOrder => "BAD_COUNT_ORDER",
            Self::BadDate => "BAD_DATE",
            Self::BadNumber => "BAD_NUMBER",
            Self::CannabisInComment => "CANNABIS_IN_COMMENT",
            Self::CaseConflict => "CASE_CONFLICT",
            Self::SubjectHasBadRow => "SUBJECT_HAS_BAD_ROW",
            Self::ColumnCount { .. } => "COLUMN_COUNT",
            Self::ControlTotals => "CONTROL_TOTALS",
            Self::CountConflict => "COUNT_CONFLICT",
            Self::FormulaCharacter => "FORMULA_CHARACTER",
            Self::HeaderExtraComma => "HEADER_EXTRA_COMMA",
            Self::HeaderNotUnderstood => "HEADER_NOT_UNDERSTOOD",
            Self::LineBreak => "LINE_BREAK",
            Self::MissingValue => "MISSING_VALUE",
            Self::NoCaseNumber => "NO_CASE_NUMBER",
            Self::NoCounty => "NO_COUNTY",
            Self::NotUtf8 => "NOT_UTF8",
            Self::PersonConflict => "PERSON_CONFLICT",
            Self::PersonIncomplete => "PERSON_INCOMPLETE",
            Self::SectionUnknown => "SECTION_UNKNOWN",
            Self::SeveralCaseNumbers => "SEVERAL_CASE_NUMBERS",
            Self::TooManyCaseNumbers => "TOO_MANY_CASE_NUMBERS",
            Self::TooManyCharges => "TOO_MANY_CHARGES",
            Self::UnknownCode => "UNKNOWN_CODE",
            Self::UnknownCounty => "UNKNOWN_COUNTY",
            Self::ValueTooLong => "VALUE_TOO_LONG",
        }
    }
}

/// One row of the error file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowError {
    /// Line of the source file, from 1.
    pub(crate) line: u32,
    /// Column of the format; `row` if it is about the row as a whole.
    pub(crate) column: &'static str,
    /// What is wrong.
    pub(crate) problem: Problem,
}

/// Name that stands for the row as a whole in [`RowError::column`].
pub(crate) const WHOLE_ROW: &str = "row";

/// Writes row errors as CSV with the header `line,code,column,message`.
#[derive(Debug)]
pub(crate) struct ErrorFile<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> ErrorFile<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The writer's.
    pub(crate) fn new(out: W) -> Result<Self, csv::Error> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["line", "code", "column", "message"])?;
        Ok(Self { csv })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// The writer's.
    pub(crate) fn write(&mut self, error: &RowError) -> Result<(), csv::Error> {
        self.csv.write_record([
            error.line.to_string().as_str(),
            error.problem.code(),
            error.column,
            error.problem.to_string().as_str(),
        ])
    }

    /// Flushes, and gives the writer back.
    ///
    /// # Errors
    /// The writer's, if something could not be written.
    pub(crate) fn finish(self) -> std::io::Result<W> {
        self.csv
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)
    }
}
