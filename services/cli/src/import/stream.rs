//! Two passes over a file, so that a bad row keeps its whole subject out and memory stays bounded.
//!
//! **First pass**: every row is parsed and thrown away. Kept are the file's digest, and for each
//! subject how many runs of consecutive rows it has and whether a row of it is bad: about a
//! hundred bytes a subject. Whatever is wrong with the file as a whole comes out here, before
//! anything is handed on.
//!
//! **Second pass**: rows are collected per subject and folded when its last run ends. Subjects of
//! a sorted file have one run and are gone at once; rows of scattered subjects are held, up to a
//! bound. The order of cases is the order in which subjects end, the same at each import.
//!
//! A row whose columns are out of place only seems to name a subject. That subject is refused;
//! and unless it is the one of the sound row before or after, those two are refused as well.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;

use caseledger_domain::ControlTotals;
use caseledger_domain::vocabulary::Severity;
use csv::ByteRecord;

use crate::import::draft::Outcome;
use crate::import::issue::{Problem, RowError, WHOLE_ROW};
use crate::import::plan::{ImportSummary, Refusal, count_severity};
use crate::import::source::{FileError, Source};
use crate::import::{ImportError, Pass, Progress, Sinks};

/// Most rows held at once, of one subject or of scattered ones.
const ROWS_HELD_MAX: usize = 500_000;

/// Rows between two reports of progress.
const ROWS_PER_PROGRESS: u64 = 4096;

/// A file format.
pub(super) trait Layout {
    /// What is kept of a row.
    type Row;

    /// Looks at the first record.
    fn header(&mut self, line: u32, record: &ByteRecord) -> Result<Header, FileError>;

    /// Parses a record after the header.
    fn parse(&self, line: u32, record: &ByteRecord) -> Result<Parsed<Self::Row>, FileError>;

    /// Folds all rows of one subject, in the order of the file, into cases and errors.
    fn fold(&self, subject: &str, rows: Vec<Self::Row>, out: &mut Outcome);
}

/// What the first record is.
pub(super) enum Header {
    /// A row.
    Absent,
    /// The header, with a remark if there is one.
    Present(Option<RowError>),
    /// A header of something else.
    NotUnderstood(RowError),
}

/// What a record is.
pub(super) enum Parsed<Row> {
    /// A sound row.
    Row {
        /// The subject.
        subject: String,
        /// For the totals row.
        severity: Severity,
        /// What is kept.
        row: Row,
    },
    /// A row with errors, at least one.
    Bad {
        /// The subject, as far as it can be read.
        subject: Option<String>,
        /// Whether the columns are out of place, so that the subject is a guess.
        displaced: bool,
        /// For the totals row, where it can be read.
        severity: Option<Severity>,
        /// What is wrong.
        errors: Vec<RowError>,
    },
    /// The totals row.
    Totals(ControlTotals),
}

/// Runs both passes.
pub(super) fn run<L: Layout, E>(
    path: &Path,
    layout: L,
    sinks: &mut Sinks<'_, E>,
) -> Result<ImportSummary, ImportError<E>> {
    run_bounded(path, layout, ROWS_HELD_MAX, sinks)
}

/// [`run`] with another bound on the rows held.
pub(super) fn run_bounded<L: Layout, E>(
    path: &Path,
    mut layout: L,
    rows_held_max: usize,
    sinks: &mut Sinks<'_, E>,
) -> Result<ImportSummary, ImportError<E>> {
    let survey = Survey::take(Source::open(path)?, &mut layout, sinks.progress)?;
    let mut out = Outcome::default();
    out.summary.declared = survey.declared;
    out.summary.refusal = survey.refusal();
    out.summary.subjects = survey.subjects.len() as u64;
    out.summary.subjects_refused = survey.subjects.values().filter(|s| s.bad).count() as u64;
    let replay = Replay {
        layout,
        survey,
        held: HashMap::new(),
        rows_held: 0,
        rows_held_max,
        out,
    };
    replay.run(Source::open(path)?, sinks)
}

/// One subject, as the first pass sees it.
#[derive(Default)]
struct Subject {
    runs: u32,
    bad: bool,
}

/// What the first pass finds.
#[derive(Default)]
struct Survey {
    digest: [u8; 32],
    subjects: BTreeMap<String, Subject>,
    /// Subjects that displaced rows seem to name.
    suspects: BTreeSet<String>,
    header_refused: bool,
    declared: Option<ControlTotals>,
    found: ControlTotals,
}

impl Survey {
    fn take<L: Layout>(
        mut source: Source<File>,
        layout: &mut L,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, FileError> {
        let mut survey = Self::default();
        let mut last: Option<String> = None;
        let mut displaced = Displaced::None;
        let mut rows = 0;
        let mut first = true;
        while let Some(line) = source.advance()? {
            if core::mem::take(&mut first) {
                match layout.header(line, source.record())? {
                    Header::Absent => {}
                    Header::Present(_) => continue,
                    Header::NotUnderstood(_) => {
                        survey.header_refused = true;
                        continue;
                    }
                }
            }
            if survey.declared.is_some() {
                return Err(FileError::TotalsNotLast { line });
            }
            match layout.parse(line, source.record())? {
                Parsed::Totals(declared) => {
                    survey.declared = Some(declared);
                    continue;
                }
                Parsed::Row {
                    subject, severity, ..
                } => {
                    count_severity(&mut survey.found, severity);
                    survey.resolve(
                        core::mem::take(&mut displaced),
                        last.as_deref(),
                        Some(&subject),
                    );
                    if last.as_ref() != Some(&subject) {
                        survey.entry(&subject).runs += 1;
                        last = Some(subject);
                    }
                }
                Parsed::Bad {
                    subject,
                    displaced: out_of_place,
                    severity,
                    ..
                } => {
                    match severity {
                        Some(severity) => count_severity(&mut survey.found, severity),
                        None => survey.found.rows = survey.found.rows.saturating_add(1),
                    }
                    match subject {
                        Some(subject) if !out_of_place => survey.entry(&subject).bad = true,
                        subject => {
                            survey.suspects.extend(subject.clone());
                            displaced = displaced.and(subject);
                        }
                    }
                }
            }
            rows += 1;
            if rows % ROWS_PER_PROGRESS == 0 {
                progress(source.progress(Pass::Check, rows));
            }
        }
        if first {
            return Err(FileError::Empty);
        }
        survey.resolve(displaced, last.as_deref(), None);
        for (name, subject) in &mut survey.subjects {
            subject.bad |= survey.suspects.contains(name);
        }
        progress(source.progress(Pass::Check, rows));
        survey.digest = source.digest();
        Ok(survey)
    }

    fn entry(&mut self, subject: &str) -> &mut Subject {
        self.subjects.entry(subject.to_owned()).or_default()
    }

    /// Refuses the subjects of the sound rows around displaced ones, unless the displaced rows
    /// all name one of the two, which is a suspect already.
    fn resolve(&mut self, displaced: Displaced, before: Option<&str>, after: Option<&str>) {
        match displaced {
            Displaced::None => {}
            Displaced::Naming(named) if before == Some(&*named) || after == Some(&*named) => {}
            Displaced::Naming(_) | Displaced::Unclear => {
                for neighbour in before.into_iter().chain(after) {
                    self.entry(neighbour).bad = true;
                }
            }
        }
    }

    fn refusal(&self) -> Option<Refusal> {
        if self.header_refused {
            return Some(Refusal::Header);
        }
        self.declared
            .filter(|declared| *declared != self.found)
            .map(|declared| Refusal::ControlTotals {
                declared,
                found: self.found,
            })
    }
}

/// Displaced rows since the last sound one.
#[derive(Default)]
enum Displaced {
    #[default]
    None,
    /// All of them name this subject.
    Naming(String),
    /// They name none, or several.
    Unclear,
}

impl Displaced {
    fn and(self, named: Option<String>) -> Self {
        match (self, named) {
            (Self::None, Some(named)) => Self::Naming(named),
            (Self::Naming(before), Some(named)) if before == named => Self::Naming(named),
            (Self::None | Self::Naming(_) | Self::Unclear, _) => Self::Unclear,
        }
    }
}

/// The second pass.
struct Replay<L: Layout> {
    layout: L,
    survey: Survey,
    held: HashMap<String, Held<L::Row>>,
    rows_held: usize,
    rows_held_max: usize,
    out: Outcome,
}

/// Rows of a subject whose last run has not ended.
struct Held<Row> {
    rows: Vec<Row>,
    runs: u32,
}

impl<L: Layout> Replay<L> {
    fn run<E>(
        mut self,
        mut source: Source<File>,
        sinks: &mut Sinks<'_, E>,
    ) -> Result<ImportSummary, ImportError<E>> {
        let mut open: Option<String> = None;
        let mut first = true;
        while let Some(line) = source.advance()? {
            if core::mem::take(&mut first) {
                match self.layout.header(line, source.record())? {
                    Header::Absent => {}
                    Header::Present(remark) => {
                        self.out.errors.extend(remark);
                        continue;
                    }
                    Header::NotUnderstood(error) => {
                        self.out.errors.push(error);
                        continue;
                    }
                }
            }
            match self.layout.parse(line, source.record())? {
                Parsed::Totals(_) => continue,
                Parsed::Bad { errors, .. } => {
                    self.out.summary.fates.bad += 1;
                    self.out.errors.extend(errors);
                }
                Parsed::Row { subject, row, .. } => {
                    if open.as_ref().is_some_and(|open| *open != subject) {
                        self.end_run(open.take());
                    }
                    self.take_row(line, &subject, row)?;
                    open = Some(subject);
                }
            }
            self.out.summary.rows += 1;
            if self.out.summary.rows.is_multiple_of(ROWS_PER_PROGRESS) {
                (sinks.progress)(source.progress(Pass::Import, self.out.summary.rows));
            }
            self.hand_over(sinks)?;
        }
        self.end_run(open);
        self.hand_over(sinks)?;
        let end = source.progress(Pass::Import, self.out.summary.rows);
        (sinks.progress)(end);
        self.out.summary.bytes = end.bytes;
        self.out.summary.file_digest = source.digest();
        if self.out.summary.file_digest != self.survey.digest {
            return Err(FileError::Changed.into());
        }
        Ok(self.out.summary)
    }

    fn take_row(&mut self, line: u32, subject: &str, row: L::Row) -> Result<(), FileError> {
        let whole_file = match self.out.summary.refusal {
            Some(Refusal::Header) => Some(Problem::HeaderNotUnderstood),
            Some(Refusal::ControlTotals { .. }) => Some(Problem::ControlTotals),
            None => None,
        };
        if let Some(problem) = whole_file {
            self.out.summary.fates.refused += 1;
            self.out.error(line, WHOLE_ROW, problem);
            return Ok(());
        }
        // A subject that the first pass did not see means that the file changed in between.
        let known = self
            .survey
            .subjects
            .get(subject)
            .ok_or(FileError::Changed)?;
        if known.bad {
            self.out.refuse_row(line);
            return Ok(());
        }
        if self.rows_held == self.rows_held_max {
            return Err(FileError::TooScattered {
                held: self.rows_held_max,
            });
        }
        self.rows_held += 1;
        if let Some(held) = self.held.get_mut(subject) {
            held.rows.push(row);
        } else {
            let held = Held {
                rows: vec![row],
                runs: known.runs,
            };
            self.held.insert(subject.to_owned(), held);
        }
        Ok(())
    }

    /// A run of rows of one subject has ended; if it was the last, the subject is complete.
    fn end_run(&mut self, subject: Option<String>) {
        let Some(subject) = subject else { return };
        let Some(mut held) = self.held.remove(&subject) else {
            return;
        };
        held.runs = held.runs.saturating_sub(1);
        if held.runs == 0 {
            self.rows_held -= held.rows.len();
            self.layout.fold(&subject, held.rows, &mut self.out);
        } else {
            self.held.insert(subject, held);
        }
    }

    fn hand_over<E>(&mut self, sinks: &mut Sinks<'_, E>) -> Result<(), ImportError<E>> {
        for error in self.out.errors.drain(..) {
            *self
                .out
                .summary
                .errors
                .entry(error.problem.code())
                .or_default() += 1;
            (sinks.error)(error).map_err(ImportError::Sink)?;
        }
        for case in self.out.cases.drain(..) {
            (sinks.case)(case).map_err(ImportError::Sink)?;
        }
        Ok(())
    }
}
