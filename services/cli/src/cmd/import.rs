//! `import`: a list of cases into the ledger.
//!
//! ```text
//! file --check--> errors file, totals, digest
//!      --read again--> submissions --> ledger --> receipts, verified
//! open the list -----------------------------------------> seal it with its totals
//! ```
//!
//! Every message id follows from list, file and row. So an import that broke off is taken up again
//! by running it again, and one that was done adds nothing. Nothing is sealed before every case is
//! recorded or refused with its reason.

use std::path::{Path, PathBuf};

use caseledger_client::ClientError;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::{Client, pb::v1};
use caseledger_domain::{CohortId, Date, OrgId, county};
use caseledger_engine::{Clock as _, SystemClock, court_day};
use caseledger_proto::reason::Reason;
use clap::Args;

use crate::args::{FormatArgs, LedgerArgs, date};
use crate::connect;
use crate::exit::{Exit, Failure, io_failure};
use crate::import::{Directory, Format, ImportError, ImportSummary, ImportedCase, Options};
use crate::output::Output;

mod errors;
pub(crate) mod post;
mod rehearsal;
mod send;
mod summary;

use errors::{Errors, refused_rows};
use post::List;
use rehearsal::{RefusedCases, Rehearsal};
use send::Sent;

/// Put a list of cases into the ledger.
///
/// The file is read twice before anything is sent: a row that is wrong keeps everything of its
/// subject out, with the reason in the errors file, and a file that is wrong as a whole is refused
/// as a whole. Then the list is opened, its cases are recorded, every receipt is verified, and the
/// list is sealed with its totals and with how many rows were refused.
///
/// Running it again is safe: what is recorded is not recorded twice. An import that broke off is
/// taken up by the same command.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger import la2021.csv --format court --cohort LA-2021-COURT.1 --agency lada --dry-run
  caseledger import la2021.csv --format court --cohort LA-2021-COURT.1 --agency lada
  caseledger import extract.csv --format doj --cohort LA-2020-DOJ.1 --agency lada --county 37 \\
      --directory agencies.csv --as-of 2019-07-01

Exit code 4 means that the import is done and some rows were refused. docs/IMPORT.md describes both
formats and every error code.")]
pub(crate) struct ImportArgs {
    /// The list
    file: PathBuf,

    /// Its format
    #[arg(long, value_enum)]
    format: ListFormat,

    /// Id under which the list is recorded: the initiative, a dot and a number from 1 to 99
    #[arg(long, value_name = "COHORT")]
    cohort: CohortId,

    /// Prosecuting agency of cases whose row names none, as `lada`
    #[arg(long, value_name = "ORG")]
    agency: OrgId,

    /// Only cases of this county (FIPS number within the state, Los Angeles 37)
    #[arg(long, value_name = "COUNTY", value_parser = parse_county)]
    county: Option<u16>,

    /// Day as of which a sentence of a state extract counts as served
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,

    /// Courts and city prosecutors behind the agency codes of a state extract
    #[arg(long, value_name = "FILE")]
    directory: Option<PathBuf>,

    /// Day on which the list was received [default: today, or when it was begun]
    #[arg(long, value_name = "DATE", value_parser = date)]
    received_on: Option<Date>,

    /// The list that this one replaces
    #[arg(long, value_name = "COHORT")]
    supersedes: Option<CohortId>,

    /// File for rows that are refused [default: the list's name with .errors.csv]
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,

    /// Read and check only; send nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    output: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// A format of lists.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum ListFormat {
    /// The 95-column extract of the California Department of Justice
    Doj,
    /// Court records, one row a charge
    Court,
}

impl ListFormat {
    /// The format as the readers know it.
    pub(crate) const fn format(self) -> Format {
        match self {
            Self::Doj => Format::Doj,
            Self::Court => Format::Court,
        }
    }

    /// Its name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Doj => "doj",
            Self::Court => "court",
        }
    }

    const fn source(self) -> event::Source {
        match self {
            Self::Doj => event::Source::StateRepository,
            Self::Court => event::Source::CourtRecords,
        }
    }
}

impl From<Format> for ListFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Doj => Self::Doj,
            Format::Court => Self::Court,
        }
    }
}

/// Why an import ends without being done, or done with refusals.
#[derive(Debug, thiserror::Error)]
enum ImportFailure {
    #[error(
        "{0} is not one of the 58 counties of California by FIPS number, as 37 for Los Angeles"
    )]
    County(String),
    #[error("{file}: {problem}")]
    Refused { file: String, problem: String },
    #[error("{file}: none of its {rows} rows can be read; nothing was imported")]
    NothingReadable { file: String, rows: u64 },
    #[error("no ledger would take the list: {0}")]
    ListRefused(String),
    #[error("list {cohort} was begun with another file; a changed list is a new one")]
    OtherFile { cohort: CohortId },
    #[error("list {cohort} was received on {recorded}, not on {given}")]
    OtherDay {
        cohort: CohortId,
        recorded: Date,
        given: Date,
    },
    #[error("{file} changed while it was imported; the list is not sealed")]
    Changed { file: String },
    #[error("the case of line {line} was imported before from other content")]
    OtherContent { line: u32 },
    #[error("{rows} rows were refused")]
    RowsRefused { rows: u64 },
    #[error("today's date is not known in the courts' time zone")]
    Today,
    #[error("sending ended before the list was read")]
    Ended,
}

fn parse_county(text: &str) -> Result<u16, ImportFailure> {
    let known = text
        .parse()
        .ok()
        .filter(|number| county::name_of(*number).is_some());
    known.ok_or_else(|| ImportFailure::County(text.to_owned()))
}

/// Runs the command.
pub(crate) async fn run(args: &ImportArgs, output: &Output) -> Result<(), Failure> {
    let options = options(args)?;
    let rehearsal = args.dry_run.then(|| rehearse(args)).transpose()?;
    let (checked, mut errors) = check(args, options.clone(), rehearsal).await?;
    let sent = if args.dry_run {
        None
    } else {
        let send =
            async |client: &Client| import(client, args, options, &checked, &mut errors).await;
        Some(connect::with_client(&args.ledger, send).await?)
    };
    let refused = errors.refused_by_ledger();
    let rows = refused_rows(&checked) + refused;
    let errors = errors.finish()?;
    output.show(
        args.output.format,
        &summary::report(args, &checked, sent.as_ref(), refused, &errors),
    )?;
    if rows > 0 {
        return Err(
            Failure::new(Exit::Found, ImportFailure::RowsRefused { rows })
                .hint(format!("{} says why, row by row", errors.display())),
        );
    }
    Ok(())
}

fn options(args: &ImportArgs) -> Result<Options, Failure> {
    let directory = match &args.directory {
        None => Directory::default(),
        Some(path) => {
            let file = std::fs::File::open(path).map_err(io_failure("open", path.display()))?;
            Directory::read(file).map_err(|error| Failure::new(Exit::Refused, error))?
        }
    };
    Ok(Options {
        format: args.format.format(),
        agency: args.agency,
        county: args.county,
        as_of: args.as_of,
        directory,
    })
}

/// For a dry run: the list, as a ledger would open it.
fn rehearse(args: &ImportArgs) -> Result<Rehearsal, Failure> {
    let today = today()?;
    let list = List {
        cohort: args.cohort,
        source: args.format.source(),
        supersedes: args.supersedes,
        // Read later; no rule is about it.
        file_digest: [0; 32],
        received_on: args.received_on.unwrap_or(today),
    };
    Rehearsal::open(args, list, today)
        .map_err(|refused| Failure::new(Exit::Refused, ImportFailure::ListRefused(refused.message)))
}

/// Reads the file once through, to know everything about it before anything is sent.
async fn check(
    args: &ImportArgs,
    options: Options,
    rehearsal: Option<Rehearsal>,
) -> Result<(ImportSummary, Errors), Failure> {
    let path = args.file.clone();
    let mut errors = Errors::create(&errors_path(args))?;
    let checked = tokio::task::spawn_blocking(move || {
        let mut refused = RefusedCases::new();
        let mut rehearse = |case: ImportedCase| {
            let found = rehearsal.as_ref().and_then(|ledger| ledger.refused(&case));
            refused.extend(found.map(|found| (case.row(), found)));
            Ok(())
        };
        let summary = send::read(&path, &options, "checking", &mut rehearse, &mut |error| {
            errors.row(&error)
        })?;
        for (line, refused) in refused {
            errors.case(line, refused.code, &refused.message);
        }
        Ok::<_, Failure>((summary, errors))
    });
    let (summary, errors) = checked.await??;
    if let Some(refusal) = summary.refusal {
        let file = args.file.display().to_string();
        let problem = refusal.to_string();
        let path = errors.finish()?;
        return Err(
            Failure::new(Exit::Refused, ImportFailure::Refused { file, problem })
                .hint(format!("{} says where", path.display())),
        );
    }
    if summary.fates.bad + summary.fates.refused == summary.rows {
        let file = args.file.display().to_string();
        let rows = summary.rows;
        let path = errors.finish()?;
        let nothing = ImportFailure::NothingReadable { file, rows };
        return Err(Failure::new(Exit::Refused, nothing)
            .hint(format!("{} says why, row by row", path.display())));
    }
    Ok((summary, errors))
}

fn errors_path(args: &ImportArgs) -> PathBuf {
    args.errors.clone().unwrap_or_else(|| {
        let mut name = args.file.as_os_str().to_owned();
        name.push(".errors.csv");
        PathBuf::from(name)
    })
}

/// Opens the list, sends its cases, seals it.
async fn import(
    client: &Client,
    args: &ImportArgs,
    options: Options,
    checked: &ImportSummary,
    errors: &mut Errors,
) -> Result<Sent, Failure> {
    let list = List {
        cohort: args.cohort,
        source: args.format.source(),
        supersedes: args.supersedes,
        file_digest: checked.file_digest,
        received_on: received_on(client, args, checked).await?,
    };
    // Every row that is refused is declared, too, under the severity that nobody could read.
    let mut declared = checked.controls;
    let unread = refused_rows(checked);
    let refused = u32::try_from(unread).unwrap_or(u32::MAX);
    declared.rows = declared.rows.saturating_add(refused);
    declared.unknown = declared.unknown.saturating_add(refused);
    client
        .submit(list.opened(declared))
        .await
        .map_err(|error| other_options(error, 0))?;
    let sent = send::cases(client, &list, &args.file, options, checked.cases, errors).await?;
    if sent.file_digest != checked.file_digest {
        let file = args.file.display().to_string();
        return Err(Failure::new(Exit::Refused, ImportFailure::Changed { file })
            .hint("import it again from a copy that nobody changes"));
    }
    let refused = u32::try_from(unread + errors.refused_by_ledger()).unwrap_or(u32::MAX);
    client.submit(list.sealed(sent.received, refused)).await?;
    Ok(sent)
}

/// The business date of the list. One that was begun keeps its day, or taking it up again on
/// another day would be another list.
async fn received_on(
    client: &Client,
    args: &ImportArgs,
    checked: &ImportSummary,
) -> Result<Date, Failure> {
    let cohort = args.cohort;
    let begun = begun(client, cohort).await?;
    let Some((opened, recorded)) = begun else {
        return args.received_on.map_or_else(today, Ok);
    };
    if opened.file_digest != checked.file_digest {
        return Err(
            Failure::new(Exit::Refused, ImportFailure::OtherFile { cohort }).hint(
                "give it the next number, as --cohort LA-2021-COURT.2 --supersedes LA-2021-COURT.1",
            ),
        );
    }
    match args.received_on {
        Some(given) if given != recorded => {
            let other = ImportFailure::OtherDay {
                cohort,
                recorded,
                given,
            };
            Err(Failure::new(Exit::Refused, other).hint("leave --received-on out"))
        }
        Some(_) | None => Ok(recorded),
    }
}

/// How the list was opened, if it was.
async fn begun(
    client: &Client,
    cohort: CohortId,
) -> Result<Option<(event::CohortOpened, Date)>, Failure> {
    let stream = v1::stream_ref::Stream::Cohort(cohort.to_string());
    let request = v1::GetHistoryRequest {
        stream: Some(v1::StreamRef {
            stream: Some(stream),
        }),
        as_of: None,
        from_revision: 0,
        limit: 1,
    };
    let history = match client.get_history(request).await {
        Ok(history) => history,
        Err(error) if error.reason() == Some(Reason::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let first = history
        .events
        .into_iter()
        .next()
        .and_then(|recorded| recorded.event);
    Ok(first.and_then(|first| {
        let on = Date::from_yyyymmdd(first.occurred_on).ok()?;
        match first.fact?.kind? {
            event::fact::Kind::CohortOpened(opened) => Some((opened, on)),
            _ => None,
        }
    }))
}

/// Today where the courts are.
///
/// # Errors
/// [`Failure`] if the clock shows no day that a date can have.
pub(super) fn today() -> Result<Date, Failure> {
    court_day(SystemClock.now()).ok_or_else(|| Failure::new(Exit::Refused, ImportFailure::Today))
}

/// A message id is used again for other content only if the same file was imported with other
/// options: then what would be recorded is not what was.
fn other_options(error: ClientError, line: u32) -> Failure {
    if error.reason() != Some(Reason::MessageIdReused) {
        return error.into();
    }
    Failure::new(Exit::Refused, ImportFailure::OtherContent { line })
        .hint("import the list with the options it was begun with; see `caseledger history COHORT`")
}

/// A failure of reading that list, with its name.
fn read_failure(path: &Path, error: ImportError<Failure>) -> Failure {
    match error {
        ImportError::Sink(failure) => failure,
        ImportError::File(error) => {
            let (file, problem) = (path.display().to_string(), error.to_string());
            Failure::new(Exit::Refused, ImportFailure::Refused { file, problem })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counties_are_those_of_california() {
        assert_eq!(parse_county("37").unwrap(), 37);
        assert_eq!(parse_county("037").unwrap(), 37);
        for text in ["", "0", "38", "117", "LA", "-37"] {
            assert!(parse_county(text).is_err(), "{text}");
        }
    }
}
