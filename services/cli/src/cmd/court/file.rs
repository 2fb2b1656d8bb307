//! A batch in a file: CSV with a header, or one JSON object on each line. The file is read once and
//! held, rows with their docket numbers, because a batch is sent whole and answered row by row.

use std::fs;
use std::path::Path;

use caseledger_client::manifest_totals;
use caseledger_client::pb::event::v1::{ControlTotals, Severity};
use caseledger_client::pb::v1;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::row::{Cells, RowError, TOTAL, column};

/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// A batch as its file has it.
pub(super) struct Batch {
    /// Every row, in order, with its number. One that is wrong in itself is there, too: without a
    /// statement, so that it is refused and the others are not.
    pub(super) rows: Vec<v1::ManifestRow>,
    /// What is wrong with which row, as far as it shows here.
    pub(super) wrong: Vec<(u32, RowError)>,
    /// SHA-256 of the file.
    pub(super) digest: [u8; 32],
    /// Control totals of the rows.
    pub(super) totals: ControlTotals,
    /// Whether the file declares totals; then they are those of the rows.
    pub(super) declared: bool,
}

/// Why a file is no batch. Nothing of it is sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum BatchError {
    #[error("cannot read the file: {0}")]
    Io(#[from] std::io::Error),
    #[error("file has more than {FILE_BYTES_MAX} bytes; split it")]
    TooLarge,
    #[error("file is no CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error("line {line} is no JSON object of texts")]
    Json { line: usize },
    #[error("header: {0}")]
    Header(RowError),
    #[error("line {line}: {source}")]
    Line { line: usize, source: RowError },
    #[error("file has no rows")]
    Empty,
    #[error(
        "the totals row must be the last, and {TOTAL} and five numbers: rows, felonies, misdemeanors, infractions, unknown"
    )]
    Totals,
    #[error(
        "the file declares {} rows ({} felonies, {} misdemeanors, {} infractions, {} unknown), it has {} ({}, {}, {}, {}); nothing is sent",
        declared.rows, declared.felonies, declared.misdemeanors, declared.infractions, declared.unknown,
        found.rows, found.felonies, found.misdemeanors, found.infractions, found.unknown
    )]
    OtherTotals {
        declared: ControlTotals,
        found: ControlTotals,
    },
}

/// Reads a file: JSON lines if it begins with a brace, CSV otherwise.
pub(super) fn read(path: &Path) -> Result<Batch, BatchError> {
    if fs::metadata(path)?.len() > FILE_BYTES_MAX {
        return Err(BatchError::TooLarge);
    }
    parse(&fs::read(path)?)
}

fn parse(bytes: &[u8]) -> Result<Batch, BatchError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (rows, declared) = if text.trim_ascii_start().starts_with(b"{") {
        json_lines(text)?
    } else {
        csv_rows(text)?
    };
    let mut batch = Batch {
        rows: Vec::with_capacity(rows.len()),
        wrong: Vec::new(),
        digest: Sha256::digest(bytes).into(),
        totals: ControlTotals::default(),
        declared: declared.is_some(),
    };
    for (cells, number) in rows.iter().zip(1..) {
        let said = cells.severity().and_then(|severity| {
            let confirmation = cells.confirmation()?;
            Ok((severity, confirmation))
        });
        let (severity, confirmation) = said.unwrap_or_else(|error| {
            batch.wrong.push((number, error));
            let severity = cells.severity().unwrap_or(Severity::Unknown);
            (severity, v1::FilingConfirmation::default())
        });
        batch.rows.push(v1::ManifestRow {
            row: number,
            severity: severity.into(),
            confirmation: Some(confirmation),
        });
    }
    if batch.rows.is_empty() {
        return Err(BatchError::Empty);
    }
    let found = manifest_totals(&batch.rows);
    if let Some(declared) = declared
        && declared != found
    {
        return Err(BatchError::OtherTotals { declared, found });
    }
    batch.totals = found;
    Ok(batch)
}

type Rows = (Vec<Cells>, Option<ControlTotals>);

fn csv_rows(text: &[u8]) -> Result<Rows, BatchError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let header = reader.headers()?.clone();
    let width = header.len();
    let places: Option<Vec<usize>> = header.iter().map(column).collect();
    let places = places.ok_or(BatchError::Header(RowError::Column))?;
    let mut taken = Cells::default();
    for place in &places {
        taken.put(*place, "x").map_err(BatchError::Header)?;
    }
    let (mut rows, mut totals) = (Vec::new(), None);
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, |at| at.line() as usize);
        if totals.is_some() {
            return Err(BatchError::Totals);
        }
        if record.get(0).map(str::trim) == Some(TOTAL) {
            let numbers = record.iter().skip(1).filter(|cell| !cell.trim().is_empty());
            let numbers: Option<Vec<u32>> = numbers.map(|cell| cell.trim().parse().ok()).collect();
            totals = Some(control(numbers.as_deref()).ok_or(BatchError::Totals)?);
            continue;
        }
        if record.len() != width {
            return Err(BatchError::Line {
                line,
                source: RowError::Value {
                    column: "case_id",
                    expected: "the row has another number of fields than the header; is a quote or comma missing?",
                },
            });
        }
        let mut cells = Cells::default();
        for (place, cell) in places.iter().zip(record.iter()) {
            let put = cells.put(*place, cell);
            put.map_err(|source| BatchError::Line { line, source })?;
        }
        rows.push(cells);
    }
    Ok((rows, totals))
}

fn json_lines(text: &[u8]) -> Result<Rows, BatchError> {
    let (mut rows, mut totals) = (Vec::new(), None);
    for (line, number) in text.split(|byte| *byte == b'\n').zip(1..) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if totals.is_some() {
            return Err(BatchError::Totals);
        }
        let wrong = || BatchError::Json { line: number };
        let object: Map<String, Value> = serde_json::from_slice(line).map_err(|_cause| wrong())?;
        if let Some(declared) = object.get(TOTAL) {
            let numbers = declared.as_array().ok_or(BatchError::Totals)?.iter();
            let numbers: Option<Vec<u32>> = numbers
                .map(|number| u32::try_from(number.as_u64()?).ok())
                .collect();
            totals = Some(control(numbers.as_deref()).ok_or(BatchError::Totals)?);
            continue;
        }
        let mut cells = Cells::default();
        for (name, value) in &object {
            let value = value.as_str().ok_or_else(wrong)?;
            let set = cells.set(name, value);
            set.map_err(|source| BatchError::Line {
                line: number,
                source,
            })?;
        }
        rows.push(cells);
    }
    Ok((rows, totals))
}

fn control(numbers: Option<&[u32]>) -> Option<ControlTotals> {
    let [rows, felonies, misdemeanors, infractions, unknown] = *numbers? else {
        return None;
    };
    Some(ControlTotals {
        rows,
        felonies,
        misdemeanors,
        infractions,
        unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: &str = "\
case_number,severity,statement,status,date
SYN-1,FELONY,RULING,GRANTED,2020-02-11
SYN-2,M,RULING,GRANTED,2020-02-11
";

    #[test]
    fn csv_and_json_lines_say_the_same() {
        let sheet = parse(format!("{SHEET}#TOTAL,2,1,1,0,0\n").as_bytes()).unwrap();
        assert!(sheet.declared && sheet.wrong.is_empty());
        let lines = r##"
{"case_number": "SYN-1", "severity": "FELONY", "statement": "RULING", "status": "GRANTED", "date": "2020-02-11"}
{"case_number": "SYN-2", "severity": "M", "statement": "RULING", "status": "GRANTED", "date": "2020-02-11"}
{"#TOTAL": [2, 1, 1, 0, 0]}
"##;
        let lines = parse(lines.as_bytes()).unwrap();
        assert_eq!(lines.rows, sheet.rows);
        assert_eq!(lines.totals, sheet.totals);
        assert_ne!(lines.digest, sheet.digest);
    }

    #[test]
    fn a_wrong_row_stays_in_its_place() {
        let sheet = parse(format!("{SHEET}SYN-3,GRAVE,RULING,GRANTED,2020-02-11\n").as_bytes());
        let sheet = sheet.unwrap();
        assert_eq!(sheet.rows.len(), 3);
        assert_eq!(sheet.wrong.len(), 1);
        assert_eq!(sheet.wrong[0].0, 3);
        assert_eq!(sheet.totals.unknown, 1);
    }

    #[test]
    fn a_file_that_is_no_batch_is_not_sent() {
        for text in [
            "",
            "case_number\n",
            "name\nx\n",
            "order,order\n1,2\n",
            "{\"order\": 1}\n",
            "{\"order\": \"1\"\n",
            &format!("{SHEET}#TOTAL,2,2,0,0,0\n"),
            &format!("{SHEET}#TOTAL,2,1,1,0\n"),
            &format!("{SHEET}#TOTAL,2,1,1,0,0\nSYN-3,F,RULING,GRANTED,2020-02-11\n"),
            &format!("{SHEET}SYN-3,F\n"),
        ] {
            let error = parse(text.as_bytes()).err().unwrap().to_string();
            assert!(!error.contains("SYN-"), "{error}");
        }
    }
}
