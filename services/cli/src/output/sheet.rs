//! One table, for people and for spreadsheets.

use std::borrow::Cow;
use std::fmt::Write as _;

use comfy_table::{Attribute, CellAlignment, ContentArrangement, LineStyle, Table, presets};

use crate::exit::{Exit, Failure};

/// Rows under column names, or the fields of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    columns: Vec<Cow<'static, str>>,
    rows: Vec<Vec<Cell>>,
    /// One row, shown as a list of fields.
    card: bool,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Words.
    Text(String),
    /// An amount: people get thousands separators.
    Count(u64),
    /// A number that names something, as a position: shown as it is typed.
    Number(u64),
    /// No value.
    None,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            Self::None
        } else {
            Self::Text(text.to_owned())
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() {
            Self::None
        } else {
            Self::Text(text)
        }
    }
}

impl Cell {
    fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Count(number) | Self::Number(number) => Cow::Owned(number.to_string()),
            Self::None => Cow::Borrowed(""),
        }
    }

    fn pretty(&self) -> Cow<'_, str> {
        match self {
            Self::Count(number) => Cow::Owned(thousands(*number)),
            Self::None => Cow::Borrowed("-"),
            Self::Text(_) | Self::Number(_) => self.plain(),
        }
    }

    const fn is_numeric(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Number(_))
    }
}

impl Sheet {
    /// A table with these columns. Names are those of the API, with underscores.
    pub(crate) fn rows<C: Into<Cow<'static, str>>>(columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self {
            columns,
            rows: Vec::new(),
            card: false,
        }
    }

    /// The fields of one thing.
    pub(crate) fn card(fields: impl IntoIterator<Item = (&'static str, Cell)>) -> Self {
        let (columns, row) = fields
            .into_iter()
            .map(|(name, cell)| (Cow::from(name), cell))
            .unzip();
        Self {
            columns,
            rows: vec![row],
            card: true,
        }
    }

    /// Adds a row.
    #[must_use]
    pub(crate) fn row(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.push(cells);
        self
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(super) const fn is_card(&self) -> bool {
        self.card
    }

    /// The table for people. A wide one is as wide as its content.
    pub(super) fn table(&self, colour: bool, wide: bool) -> String {
        let mut table = Table::new();
        let line = LineStyle::none().fill('\u{2500}').junction('\u{2500}');
        table.load_style(presets::NOTHING.header_separator(line));
        if wide {
            table.force_no_tty();
        } else {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        if colour {
            table.enforce_styling();
        }
        let title = |name: &str| {
            comfy_table::Cell::new(name.replace('_', " ")).add_attribute(Attribute::Bold)
        };
        let value = |cell: &Cell, right: bool| {
            let shown = comfy_table::Cell::new(cell.pretty());
            shown.set_alignment(if right {
                CellAlignment::Right
            } else {
                CellAlignment::Left
            })
        };
        if self.card {
            for (name, cell) in self.columns.iter().zip(self.rows.iter().flatten()) {
                table.add_row([title(name), value(cell, false)]);
            }
        } else {
            table.set_header(self.columns.iter().map(|name| title(name)));
            for row in &self.rows {
                table.add_row(row.iter().map(|cell| value(cell, cell.is_numeric())));
            }
        }
        for column in table.column_iter_mut() {
            // One more space stands where the line under the header has its joints.
            column.set_padding((0, 1));
        }
        let mut text = table.trim_fmt();
        text.push('\n');
        text
    }

    /// The rows as CSV, with a header.
    pub(super) fn csv(&self) -> Result<Vec<u8>, Failure> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let header = csv.write_record(self.columns.iter().map(AsRef::as_ref));
        header.map_err(|error| Failure::new(Exit::Refused, error))?;
        for row in &self.rows {
            let cells = row.iter().map(|cell| harmless(cell.plain()));
            let written = csv.write_record(cells.map(|cell| cell.into_owned().into_bytes()));
            written.map_err(|error| Failure::new(Exit::Refused, error))?;
        }
        csv.into_inner()
            .map_err(|error| Failure::new(Exit::Refused, error.into_error()))
    }
}

/// A spreadsheet runs a cell that begins like a formula; an apostrophe makes it text
/// (OWASP, CSV injection).
fn harmless(cell: Cow<'_, str>) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return Cow::Owned(format!("'{cell}"));
    }
    cell
}

/// `66,000`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A date of the API, YYYYMMDD, as `2021-09-27`; nothing for 0.
pub(crate) fn date(yyyymmdd: u32) -> Cell {
    if yyyymmdd == 0 {
        return Cell::None;
    }
    let (year, month, day) = (yyyymmdd / 10_000, yyyymmdd / 100 % 100, yyyymmdd % 100);
    Cell::Text(format!("{year:04}-{month:02}-{day:02}"))
}

/// A moment of the API, microseconds since 1970, as `2021-09-27T16:00:00Z`.
pub(crate) fn time(micros: u64) -> Cell {
    let moment = i64::try_from(micros)
        .ok()
        .map(jiff::Timestamp::from_microsecond);
    match moment {
        Some(Ok(moment)) => Cell::Text(format!("{moment:.0}")),
        Some(Err(_)) | None => Cell::Number(micros),
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string does not fail.
            let _infallible = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_separators_and_programs_do_not() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (124_000, "124,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(thousands(number), text);
        }
        let sheet = Sheet::rows(["county", "count", "position"]).row([
            Cell::from("037"),
            Cell::Count(66_000),
            Cell::Number(66_000),
        ]);
        let table = sheet.table(false, true);
        assert!(table.contains("037     66,000     66000"), "{table}");
        assert_eq!(
            sheet.csv().unwrap(),
            b"county,count,position\n037,66000,66000\n"
        );
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        let sheet = Sheet::rows(["reason"])
            .row([Cell::from("=1+1")])
            .row([Cell::from("@x")])
            .row([Cell::from("a,\"b\"")]);
        let csv = String::from_utf8(sheet.csv().unwrap()).unwrap();
        assert_eq!(csv, "reason\n'=1+1\n'@x\n\"a,\"\"b\"\"\"\n");
    }

    #[test]
    fn a_card_lists_fields_and_is_one_row_of_csv() {
        let card = Sheet::card([("size", Cell::Count(1_000)), ("court", Cell::None)]);
        assert_eq!(card.table(false, true), "size   1,000\ncourt  -\n");
        assert_eq!(card.csv().unwrap(), b"size,court\n1000,\n");
    }

    #[test]
    fn colours_come_only_when_asked_for() {
        let sheet = Sheet::rows(["unit"]).row([Cell::from("cases")]);
        assert!(!sheet.table(false, true).contains('\x1b'));
        assert!(sheet.table(true, true).contains('\x1b'));
    }

    #[test]
    fn dates_and_times_are_readable() {
        assert_eq!(date(20_210_927), Cell::from("2021-09-27"));
        assert_eq!(date(0), Cell::None);
        assert_eq!(
            time(1_632_758_400_000_000),
            Cell::from("2021-09-27T16:00:00Z")
        );
        assert_eq!(time(u64::MAX), Cell::Number(u64::MAX));
    }
}
