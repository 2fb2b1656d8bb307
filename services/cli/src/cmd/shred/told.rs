//! What came of it, case by case, and as it is shown.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use caseledger_client::pb::event::v1::Tombstone;
use caseledger_client::pb::v1;
use caseledger_domain::{PrivateRule, Rejection};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet, date, hex};

/// What is told on standard error, too, of each kind.
const NOTES_MAX: usize = 10;

/// A case, or a line of a file, that was refused.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) rule: String,
    pub(super) message: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What stays of the keys of the cases that are named, as it is asked for now.
    pub(super) asked: Tombstone,
    /// Cases that are named, with the first line of the file that names them.
    pub(super) lines: BTreeMap<Bytes, Option<usize>>,
    /// Lines that name no case.
    pub(super) wrong: BTreeMap<usize, Refused>,
    /// Positions of the confirmations, each verified.
    pub(super) confirmed: BTreeMap<Bytes, u64>,
    pub(super) refused: BTreeMap<Bytes, Refused>,
    pub(super) before: BTreeMap<Bytes, v1::ShredBefore>,
    /// Of the key-encryption key that was destroyed; 0 for none.
    pub(super) generation: u32,
    pub(super) complete_to: u64,
    pub(super) more_due: bool,
}

/// It is done, and not all as it was asked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum NotAll {
    #[error("{refused} of {named} cases were refused")]
    Refused { refused: usize, named: usize },
    #[error("{other} of {named} cases were ordered before with another tombstone, which stays")]
    Other { other: usize, named: usize },
    #[error(
        "{refused} of {named} cases were refused, and {other} were ordered before with another tombstone, which stays"
    )]
    Both {
        refused: usize,
        other: usize,
        named: usize,
    },
    #[error(
        "the answer says nothing of {missing} of {named} cases; ask again, and check the ledger with fsck"
    )]
    Silent { missing: usize, named: usize },
}

impl Told {
    /// Whether there is anything to show.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            wrong,
            confirmed,
            refused,
            before,
            ..
        } = self;
        wrong.is_empty() && confirmed.is_empty() && refused.is_empty() && before.is_empty()
    }

    /// Shows it, and says on standard error what was not done as it was asked for.
    pub(super) fn show(
        &self,
        format: crate::output::Format,
        output: &Output,
    ) -> Result<(), Failure> {
        let rows = self.rows();
        for outcome in [Outcome::Refused, Outcome::OtherTombstone] {
            let told = rows.iter().filter(|row| row.outcome == outcome);
            told.take(NOTES_MAX)
                .for_each(|row| output.note(&row.note()));
        }
        output.show(format, &self.report(&rows))
    }

    fn report(&self, rows: &[Row<'_>]) -> Report {
        let cases = self.confirmed.len() as u64;
        let of = |outcome: &[Outcome]| -> Vec<Value> {
            let rows = rows.iter().filter(|row| outcome.contains(&row.outcome));
            rows.map(Row::json).collect()
        };
        let confirmed = self
            .confirmed
            .iter()
            .map(|(case, position)| json!({"case_id": hex(case), "confirmed_at": position}));
        let document = json!({
            "cases": cases,
            "generation": self.generation,
            "complete_to": self.complete_to,
            "more_due": self.more_due,
            "confirmed": confirmed.collect::<Vec<_>>(),
            "before": of(&[Outcome::Before, Outcome::OtherTombstone]),
            "refused": of(&[Outcome::Refused]),
        });
        let mut card = vec![
            ("cases", Cell::Count(cases)),
            ("key_destroyed", Cell::Number(self.generation.into())),
            ("complete_to", Cell::Count(self.complete_to)),
        ];
        if !self.before.is_empty() {
            card.push(("before", Cell::Count(self.before.len() as u64)));
        }
        let mut sheet = Sheet::rows([
            "case_id",
            "confirmed_at",
            "line",
            "outcome",
            "tombstone",
            "rule",
            "message",
        ]);
        for row in rows {
            sheet.push(row.cells());
        }
        Report::new(document)
            .sheet(Sheet::card(card))
            .line("")
            .sheet(sheet)
    }

    /// One row for each case and each line that names none: those of a file in its order, then all others.
    fn rows(&self) -> Vec<Row<'_>> {
        let cases: BTreeSet<&Bytes> = self
            .confirmed
            .keys()
            .chain(self.refused.keys())
            .chain(self.before.keys())
            .collect();
        let known = cases.into_iter().map(|case| {
            let before = self.before.get(case);
            let refused = self.refused.get(case);
            let confirmed_at = self.confirmed.get(case).copied();
            let outcome = match (refused, before) {
                (Some(_), _) => Outcome::Refused,
                (None, Some(before)) if before.tombstone() != self.asked => Outcome::OtherTombstone,
                (None, Some(_)) if confirmed_at.is_none() => Outcome::Before,
                (None, _) => Outcome::Confirmed,
            };
            Row {
                line: self.lines.get(case).copied().flatten(),
                case: Some(case),
                outcome,
                confirmed_at,
                before,
                refused,
            }
        });
        let wrong = self.wrong.iter().map(|(line, refused)| Row {
            line: Some(*line),
            case: None,
            outcome: Outcome::Refused,
            confirmed_at: None,
            before: None,
            refused: Some(refused),
        });
        let mut rows: Vec<Row<'_>> = known.chain(wrong).collect();
        rows.sort_by_key(|row| (row.line.is_none(), row.line));
        rows
    }

    /// What of it is not as it was asked for.
    pub(super) fn shortfall(&self) -> Option<Failure> {
        let refused = self.refused.len() + self.wrong.len();
        let other = self.rows().into_iter();
        let other = other.filter(|row| row.outcome == Outcome::OtherTombstone);
        let other = other.count();
        let told = |case: &&Bytes| {
            self.confirmed.contains_key(*case)
                || self.refused.contains_key(*case)
                || self.before.contains_key(*case)
        };
        let missing = self.lines.keys().filter(|case| !told(case)).count();
        let named = self.lines.len() + self.wrong.len();
        let named = match named {
            // Retention names them.
            0 => refused + self.confirmed.len(),
            named => named,
        };
        let failure = match (missing, refused, other) {
            (0, 0, 0) => return None,
            (0, refused, 0) => NotAll::Refused { refused, named },
            (0, 0, other) => NotAll::Other { other, named },
            (0, refused, other) => NotAll::Both {
                refused,
                other,
                named,
            },
            (missing, ..) => NotAll::Silent { missing, named },
        };
        Some(Failure::new(Exit::Found, failure))
    }
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Destroyed by this command.
    Confirmed,
    /// Destroyed before, and ordered as it is asked for now.
    Before,
    /// Ordered before, and not as it is asked for now.
    OtherTombstone,
    Refused,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::Before => "BEFORE",
            Self::OtherTombstone => "OTHER_TOMBSTONE",
            Self::Refused => "REFUSED",
        }
    }
}

struct Row<'a> {
    line: Option<usize>,
    case: Option<&'a Bytes>,
    outcome: Outcome,
    confirmed_at: Option<u64>,
    before: Option<&'a v1::ShredBefore>,
    refused: Option<&'a Refused>,
}

impl Row<'_> {
    fn case(&self) -> String {
        self.case.map(|case| hex(case)).unwrap_or_default()
    }

    fn rule(&self) -> String {
        match (self.outcome, self.refused, self.before) {
            (Outcome::Refused, Some(refused), _) => refused.rule.clone(),
            (Outcome::OtherTombstone, _, Some(before)) => {
                let rule = Rejection::from(PrivateRule::OrderedAlready(before.ordered));
                rule.rule().to_owned()
            }
            _ => String::new(),
        }
    }

    fn message(&self) -> String {
        match (self.outcome, self.refused, self.before) {
            (Outcome::Refused, Some(refused), _) => refused.message.clone(),
            (Outcome::OtherTombstone, _, Some(before)) => stays(before),
            _ => String::new(),
        }
    }

    fn note(&self) -> String {
        let line = self.line.map(|line| format!("line {line}: "));
        let case = self.case.map(|case| format!("case {}: ", hex(case)));
        let (line, case) = (line.unwrap_or_default(), case.unwrap_or_default());
        format!("{line}{case}{}: {}", self.rule(), self.message())
    }

    fn tombstone(&self) -> Option<&'static str> {
        self.before.map(|before| word(before.tombstone()))
    }

    fn json(&self) -> Value {
        let (line, case) = (self.line, self.case.map(|case| hex(case)));
        match self.before.filter(|_| self.outcome != Outcome::Refused) {
            Some(before) => json!({
                "line": line,
                "case_id": case,
                "outcome": self.outcome.word(),
                "ordered": before.ordered,
                "tombstone": self.tombstone(),
                "destroyed_on": day(before.destroyed_on),
                "forgotten_from": day(before.forgotten_from),
                "message": self.message(),
            }),
            None => json!({
                "line": line,
                "case_id": case,
                "rule": self.rule(),
                "message": self.message(),
            }),
        }
    }

    fn cells(&self) -> [Cell; 7] {
        let number = |number: Option<u64>| number.map_or(Cell::None, Cell::Number);
        [
            Cell::from(self.case()),
            number(self.confirmed_at),
            number(self.line.map(|line| line as u64)),
            Cell::from(self.outcome.word()),
            self.tombstone().map_or(Cell::None, Cell::from),
            Cell::from(self.rule()),
            Cell::from(self.message()),
        ]
    }
}

fn day(yyyymmdd: u32) -> Value {
    match date(yyyymmdd) {
        Cell::Text(day) => day.into(),
        _ => Value::Null,
    }
}

const fn word(tombstone: Tombstone) -> &'static str {
    match tombstone {
        Tombstone::Kept => "KEPT",
        Tombstone::Forgotten => "FORGOTTEN",
        Tombstone::Unspecified => "",
    }
}

/// What stays of the key of a case, and how it goes.
fn stays(before: &v1::ShredBefore) -> String {
    let ordered = before.ordered;
    let tombstone = word(before.tombstone());
    let goes = match (before.tombstone(), day(before.forgotten_from)) {
        (Tombstone::Forgotten, _) => {
            "`caseledger index rotate` forgets the case, if it has not yet".to_owned()
        }
        (_, Value::String(from)) => format!(
            "no order changes that, and `caseledger index rotate` forgets the case from {from} on"
        ),
        (_, _) => {
            "no order changes that, and the case is forgotten only where `caseledger retention set \
                   --forget-after` says after how many days"
                .to_owned()
        }
    };
    format!("revision {ordered} ordered it with the tombstone {tombstone}; {goes}")
}
