//! The file of `shred --file`: a case a line, each for itself. Nothing that stands in a line is shown by what is wrong with it.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use caseledger_client::pb::v1;

use crate::args::case_id;
use crate::exit::{Failure, io_failure};

/// What a line names.
#[derive(Debug, PartialEq)]
pub(super) enum Named {
    Id(Bytes),
    Key(v1::CaseKey),
}

/// Why a line names no case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("not UTF-8 text; convert the file, for example from ISO-8859-1")]
    NotUtf8,
    #[error("not an id of 32 hexadecimal digits; write one, or court,number,defendant")]
    NoId,
    #[error(
        "found {found} columns, expected 1 with an id, or 3 with court, number and defendant; a separator or quote is \
         missing or too many"
    )]
    Columns { found: usize },
}

/// A line that is not empty and no header.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) number: usize,
    pub(super) names: Result<Named, Malformed>,
}

/// Reads a file.
///
/// # Errors
/// That of the operating system. A line that is wrong is one of the lines.
pub(super) fn read(path: &Path) -> Result<Vec<Line>, Failure> {
    let bytes = fs::read(path).map_err(io_failure("read", path.display()))?;
    Ok(parse(&bytes))
}

fn parse(bytes: &[u8]) -> Vec<Line> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = Vec::new();
    let mut before = 0;
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        before += 1;
        let cells = str::from_utf8(line).map(cells);
        let names = match cells.as_deref() {
            Ok([court, number, defendant]) => {
                let header = [court, number, defendant]
                    .into_iter()
                    .zip(["court", "number", "defendant"])
                    .all(|(cell, name)| cell.eq_ignore_ascii_case(name));
                if header && before == 1 {
                    continue;
                }
                Ok(Named::Key(v1::CaseKey {
                    court: court.clone(),
                    number: number.clone(),
                    defendant: defendant.clone(),
                }))
            }
            Ok([id]) => case_id(id).map(Named::Id).map_err(|_none| Malformed::NoId),
            Ok(cells) => Err(Malformed::Columns { found: cells.len() }),
            Err(_) => Err(Malformed::NotUtf8),
        };
        lines.push(Line { number, names });
    }
    lines
}

/// The cells of a line by itself, so that a quote which is not closed takes no other line with it.
fn cells(line: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .buffer_capacity(line.len() + 1)
        .from_reader(line.as_bytes());
    let mut record = csv::StringRecord::new();
    // Memory does not fail to be read, and text is text; of anything else no cell is found.
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(str::to_owned).collect(),
        Ok(false) | Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(court: &str, number: &str, defendant: &str) -> Named {
        Named::Key(v1::CaseKey {
            court: court.to_owned(),
            number: number.to_owned(),
            defendant: defendant.to_owned(),
        })
    }

    #[test]
    fn every_line_is_read_for_itself_and_keeps_its_number() {
        let id = "5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f";
        let text = format!(
            "\u{feff}Court,number,defendant\r\n\nLASC , SYN-1,01\r\n{id}\nLASC,SYN-2\nSYN-3\n\
             \"LASC\",\"SYN, 4\",\"01\"\nLASC,\"SYN-5,01\ncourt,number,defendant\n"
        );
        let mut bytes = text.into_bytes();
        bytes.extend(b"LASC,M\xfcller,01\nLASC,SYN-6,01");
        let found = parse(&bytes);
        let found: Vec<_> = found
            .into_iter()
            .map(|line| (line.number, line.names))
            .collect();
        let expected = [
            (3, Ok(key("LASC", "SYN-1", "01"))),
            (4, Ok(Named::Id(case_id(id).unwrap()))),
            (5, Err(Malformed::Columns { found: 2 })),
            (6, Err(Malformed::NoId)),
            (7, Ok(key("LASC", "SYN, 4", "01"))),
            (8, Err(Malformed::Columns { found: 2 })),
            // A header is the first line; later it is a key like any other.
            (9, Ok(key("court", "number", "defendant"))),
            (10, Err(Malformed::NotUtf8)),
            (11, Ok(key("LASC", "SYN-6", "01"))),
        ];
        assert_eq!(found, expected);
    }
}
