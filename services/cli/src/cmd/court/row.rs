//! A row of a batch: columns that mean the same for every statement, so that one sheet can hold all
//! of them. Nothing that stands in a row is shown by an error.

use bytes::Bytes;
use caseledger_client::pb::event::v1::Severity;
use caseledger_client::pb::v1::{self, filing_confirmation::Statement};

use crate::args::case_id;

/// The columns, in the order in which a worklist writes them.
pub(crate) const COLUMNS: [&str; 19] = [
    "case_id",
    "case_number",
    "defendant",
    "severity",
    "statement",
    "status",
    "date",
    "code",
    "order",
    "filing",
    "remedy",
    "surfaces",
    "severity_after",
    "docketing_status",
    "received_at",
    "docketed_at",
    "charges",
    "rejected_charges",
    "envelope",
];

/// The first field of the totals row.
pub(crate) const TOTAL: &str = "#TOTAL";

/// What is wrong with a row, without what stands in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RowError {
    #[error("no such column; there are {}", COLUMNS.join(", "))]
    Column,
    #[error("{column}: given twice; keep one of the two")]
    Twice { column: &'static str },
    #[error("{column}: {expected}")]
    Value {
        column: &'static str,
        expected: &'static str,
    },
}

/// The cells of a row, by column.
#[derive(Clone, Default)]
pub(super) struct Cells([String; COLUMNS.len()]);

/// Where a column stands, if it is one.
pub(super) fn column(name: &str) -> Option<usize> {
    COLUMNS
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name.trim()))
}

impl Cells {
    /// Sets a cell by the name of its column.
    ///
    /// # Errors
    /// [`RowError`] for a column that there is not, or that is given already.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), RowError> {
        let at = column(name).ok_or(RowError::Column)?;
        self.put(at, value)
    }

    /// Sets a cell by the place of its column.
    ///
    /// # Errors
    /// [`RowError::Twice`] if it is given already.
    pub(super) fn put(&mut self, at: usize, value: &str) -> Result<(), RowError> {
        let (Some(cell), Some(column)) = (self.0.get_mut(at), COLUMNS.get(at)) else {
            return Err(RowError::Column);
        };
        if !cell.is_empty() {
            return Err(RowError::Twice { column });
        }
        value.trim().clone_into(cell);
        Ok(())
    }

    fn get(&self, name: &'static str) -> &str {
        column(name)
            .and_then(|at| self.0.get(at))
            .map_or("", String::as_str)
    }

    fn text(&self, name: &'static str) -> String {
        self.get(name).to_owned()
    }

    /// The severity for the control totals; unknown if it is not given.
    ///
    /// # Errors
    /// [`RowError`] for another word.
    pub(super) fn severity(&self) -> Result<Severity, RowError> {
        match self.get("severity").to_ascii_uppercase().as_str() {
            "" | "UNKNOWN" | "U" => Ok(Severity::Unknown),
            "FELONY" | "F" => Ok(Severity::Felony),
            "MISDEMEANOR" | "M" => Ok(Severity::Misdemeanor),
            "INFRACTION" | "I" => Ok(Severity::Infraction),
            _ => Err(RowError::Value {
                column: "severity",
                expected: "write FELONY, MISDEMEANOR, INFRACTION or UNKNOWN",
            }),
        }
    }

    /// What the row says. Words and dates are judged by the ledger.
    ///
    /// # Errors
    /// [`RowError`] for what cannot be said at all.
    pub(super) fn confirmation(&self) -> Result<v1::FilingConfirmation, RowError> {
        let case_id = match self.get("case_id") {
            "" => Bytes::new(),
            text => case_id(text).map_err(|_cause| RowError::Value {
                column: "case_id",
                expected: "no case id; 32 hex digits, as a worklist writes it",
            })?,
        };
        let charges = self.numbers("charges")?;
        let scope = (!charges.is_empty()).then_some(v1::Scope {
            scope: Some(v1::scope::Scope::Charges(v1::ChargeList { ids: charges })),
        });
        Ok(v1::FilingConfirmation {
            case_number: self.text("case_number"),
            defendant: self.text("defendant"),
            case_id,
            filing_id: self.text("filing"),
            envelope_id: self.text("envelope"),
            scope,
            statement: Some(self.statement()?),
            ..v1::FilingConfirmation::default()
        })
    }

    fn statement(&self) -> Result<Statement, RowError> {
        let (status, date, code) = (self.text("status"), self.text("date"), self.text("code"));
        let order_number = self.text("order");
        match self.get("statement").to_ascii_uppercase().as_str() {
            "REVIEW" => Ok(Statement::Review(v1::FilingReview {
                review_status: status,
                docketing_status: self.text("docketing_status"),
                received_at: self.text("received_at"),
                official_filed_on: date.clone(),
                reviewed_on: date,
                entered_on_docket_at: self.text("docketed_at"),
                reason: code,
                rejected_charges: self.numbers("rejected_charges")?,
            })),
            "DOCKET_ENTRY" => Ok(Statement::DocketEntry(v1::DocketEntry {
                disposition: status,
                entered_on: date,
                severity_after: self.text("severity_after"),
                reason: code,
                order_number,
            })),
            "RULING" => Ok(Statement::Ruling(v1::Ruling {
                ruling: status,
                ordered_on: date,
                order_number,
                remedy: self.text("remedy"),
                reason: code,
            })),
            "SEALING" => Ok(Statement::Sealing(v1::SealingReport {
                executed_on: date,
                surfaces: self
                    .get("surfaces")
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
                extent: status,
                order_number,
            })),
            "MISSING_RECORD" => Ok(Statement::MissingRecord(v1::MissingRecord {
                finding: status,
                found_on: date,
                reason: code,
            })),
            _ => Err(RowError::Value {
                column: "statement",
                expected: "write REVIEW, DOCKET_ENTRY, RULING, SEALING or MISSING_RECORD",
            }),
        }
    }

    fn numbers(&self, column: &'static str) -> Result<Vec<u32>, RowError> {
        let numbers = self.get(column).split_whitespace().map(str::parse);
        let numbers: Result<Vec<u32>, _> = numbers.collect();
        numbers.map_err(|_cause| RowError::Value {
            column,
            expected: "write numbers of charges with spaces between them",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(row: &[(&str, &str)]) -> Cells {
        let mut cells = Cells::default();
        for (column, value) in row {
            cells.set(column, value).unwrap();
        }
        cells
    }

    #[test]
    fn one_sheet_holds_every_statement() {
        let said = |row: &[(&str, &str)]| cells(row).confirmation().unwrap().statement.unwrap();
        let Statement::Review(review) = said(&[
            ("statement", "review"),
            ("status", "ACCEPTED"),
            ("date", " 2020-02-11 "),
            ("rejected_charges", "2 3"),
        ]) else {
            panic!("a review");
        };
        assert_eq!(review.official_filed_on, "2020-02-11");
        assert_eq!(review.rejected_charges, [2, 3]);
        let Statement::Sealing(sealing) = said(&[
            ("statement", "SEALING"),
            ("status", "FILE"),
            ("surfaces", "PORTAL IMAGES"),
        ]) else {
            panic!("a seal");
        };
        assert_eq!(sealing.surfaces, ["PORTAL", "IMAGES"]);
        for (statement, status) in [
            ("DOCKET_ENTRY", "DISMISSED"),
            ("RULING", "DENIED"),
            ("MISSING_RECORD", "NOT_FOUND"),
        ] {
            said(&[("statement", statement), ("status", status)]);
        }
    }

    #[test]
    fn what_cannot_be_said_is_told_without_repeating_it() {
        let bad = |row: &[(&str, &str)]| cells(row).confirmation().unwrap_err().to_string();
        for row in [
            &[("statement", "SYN-1")][..],
            &[("statement", "REVIEW"), ("charges", "SYN-1")],
            &[("statement", "REVIEW"), ("rejected_charges", "SYN-1")],
            &[("statement", "REVIEW"), ("case_id", "SYN-1")],
        ] {
            let error = bad(row);
            assert!(!error.contains("SYN-1"), "{error}");
        }
        assert!(cells(&[("severity", "GRAVE")]).severity().is_err());
        assert_eq!(Cells::default().set("name", "x"), Err(RowError::Column));
        let twice = cells(&[("order", "1")]).set("ORDER", "2");
        assert_eq!(twice, Err(RowError::Twice { column: "order" }));
    }
}
