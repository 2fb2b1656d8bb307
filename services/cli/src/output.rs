//! Everything that is printed: results to standard output, everything else to standard error.
//!
//! A result is one [`Report`], made once and shown in the form that was asked for. Programs get
//! plain numbers and stable names; thousands separators and colours are for people, colours on
//! terminals only and not where `NO_COLOR` is set.

use std::env;
use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use crate::exit::{Exit, Failure, io_failure};

pub(crate) mod json;
mod sheet;

pub(crate) use sheet::{Cell, Sheet, date, hex, thousands, time};

/// The form of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON document with the field names of the API.
    Json,
    /// The rows of the table, for spreadsheets.
    Csv,
}

/// What a command found, in every form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    json: Value,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Line(String),
    Sheet(Sheet),
}

impl Report {
    /// A report that is this in JSON.
    pub(crate) const fn new(json: Value) -> Self {
        Self {
            json,
            parts: Vec::new(),
        }
    }

    /// Adds a line for people.
    #[must_use]
    pub(crate) fn line(mut self, line: impl Into<String>) -> Self {
        self.parts.push(Part::Line(line.into()));
        self
    }

    /// Adds a table. The first one with rows is what CSV shows.
    #[must_use]
    pub(crate) fn sheet(mut self, sheet: Sheet) -> Self {
        self.parts.push(Part::Sheet(sheet));
        self
    }

    /// The table that CSV shows: rows before fields.
    fn main_sheet(&self) -> Option<&Sheet> {
        let sheets = self.parts.iter().filter_map(|part| match part {
            Part::Sheet(sheet) => Some(sheet),
            Part::Line(_) => None,
        });
        let mut sheets = sheets.peekable();
        let first = sheets.peek().copied();
        sheets.find(|sheet| !sheet.is_card()).or(first)
    }
}

/// Where output goes.
#[derive(Debug)]
pub(crate) struct Output {
    colour_out: bool,
    colour_err: bool,
    wide: bool,
}

impl Output {
    /// Output of this process.
    pub(crate) fn from_environment() -> Self {
        let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && env::var_os("TERM").is_none_or(|terminal| terminal != "dumb");
        let terminal = io::stdout().is_terminal();
        Self {
            colour_out: wanted && terminal,
            colour_err: wanted && io::stderr().is_terminal(),
            wide: !terminal,
        }
    }

    /// Shows a result.
    ///
    /// # Errors
    /// [`Failure`] if standard output takes it no more.
    pub(crate) fn show(&self, format: Format, report: &Report) -> Result<(), Failure> {
        match format {
            Format::Json => {
                let text = serde_json::to_string_pretty(&report.json);
                let text = text.map_err(|error| Failure::new(Exit::Refused, error))?;
                self.text(&format!("{text}\n"))
            }
            Format::Csv => match report.main_sheet() {
                Some(sheet) => self.bytes(&sheet.csv()?),
                None => Ok(()),
            },
            Format::Table => {
                let mut text = String::new();
                for part in &report.parts {
                    match part {
                        Part::Line(line) => {
                            text.push_str(line);
                            text.push('\n');
                        }
                        Part::Sheet(sheet) => {
                            text.push_str(&sheet.table(self.colour_out, self.wide));
                        }
                    }
                }
                self.text(&text)
            }
        }
    }

    /// Writes text to standard output.
    ///
    /// # Errors
    /// [`Failure`] if standard output takes it no more.
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    #[expect(clippy::unused_self, reason = "who has the output may write to it")]
    fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = out.write_all(bytes).and_then(|()| out.flush());
        written.map_err(io_failure("write", "standard output"))
    }

    /// Says something beside the result, on standard error.
    pub(crate) fn note(&self, text: &str) {
        let (cyan, plain) = if self.colour_err {
            ("\x1b[36m", "\x1b[0m")
        } else {
            ("", "")
        };
        complain(&format!("{cyan}note:{plain} {text}\n"));
    }

    /// Says why the command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.exit() != Exit::Unread {
            complain(&failure.render(self.colour_err));
        }
    }
}

fn complain(text: &str) {
    // Where standard error is closed there is nobody to tell.
    let _unread = io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn csv_shows_rows_before_fields() {
        let card = Sheet::card([("size", Cell::Count(1))]);
        let rows = Sheet::rows(["unit"]).row([Cell::from("cases")]);
        let report = Report::new(json!({})).line("x").sheet(card.clone());
        assert_eq!(report.main_sheet(), Some(&card));
        let report = report.sheet(rows.clone());
        assert_eq!(report.main_sheet(), Some(&rows));
    }
}
