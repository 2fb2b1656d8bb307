//! `gen-data`: invented lists.

use std::fs::File;
use std::io::BufWriter;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::json;

use crate::args::FormatArgs;
use crate::cmd::import::ListFormat;
use crate::exit::{Exit, Failure, io_failure};
use crate::gen_data::{Shape, Size, cases, write_court, write_doj};
use crate::import::Format;
use crate::output::{Cell, Output, Report, Sheet};

/// Write an invented list of cases, to try `import` with.
///
/// Nobody in it exists, and everything looks like it: case numbers read SYN-LA-000001. The same
/// shape, size and seed give the same bytes on every machine. At full size the figures are those
/// of the announcements; docs/IMPORT.md says which.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger gen-data --shape LA-2020-DOJ --out extract.csv --directory agencies.csv
  caseledger gen-data --shape LA-2021-COURT --scale 1 --out cases.csv
  caseledger gen-data --shape NEVADA-2020 --cases 20 --seed 7 --out nevada.csv")]
pub(crate) struct GenDataArgs {
    /// Which data set, by the initiative it is for
    #[arg(long, value_name = "SHAPE", value_parser = shapes())]
    shape: String,

    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Format of the list [default: that of the initiative]
    #[arg(long, value_enum)]
    format: Option<ListFormat>,

    /// Make one case of so many; 1 makes all of them
    #[arg(
        long,
        value_name = "N",
        default_value = "100",
        conflicts_with = "cases"
    )]
    scale: NonZeroU32,

    /// Make so many cases, everything else in proportion
    #[arg(long, value_name = "CASES", value_parser = clap::value_parser!(u32).range(1..))]
    cases: Option<u32>,

    /// Which of the many possible lists
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,

    /// Leave the header of a state extract out
    #[arg(long)]
    no_header: bool,

    /// Also write the courts and city attorneys behind the agency codes, as `import` takes them
    #[arg(long, value_name = "FILE")]
    directory: Option<PathBuf>,

    #[command(flatten)]
    output: FormatArgs,
}

fn shapes() -> PossibleValuesParser {
    PossibleValuesParser::new(Shape::ALL.map(Shape::initiative))
}

/// Runs the command.
pub(crate) fn run(args: &GenDataArgs, output: &Output) -> Result<(), Failure> {
    let shape = Shape::from_initiative(&args.shape).unwrap_or(Shape::La2020Doj);
    let size = match args.cases {
        Some(cases) => Size::cases(cases).map_err(|error| Failure::new(Exit::Usage, error))?,
        None => Size::one_in(args.scale),
    };
    let format = args.format.map_or(shape.format(), ListFormat::format);
    let made = cases(shape, size, args.seed);
    let out = create(&args.out)?;
    let written = match format {
        Format::Doj => write_doj(out, made, !args.no_header),
        Format::Court => write_court(out, made),
    };
    let rows = written.map_err(|error| csv_failure(error, &args.out))?;
    let options = shape.options(format);
    if let Some(path) = &args.directory {
        let written = options.directory.write(create(path)?);
        written.map_err(|error| csv_failure(error, path))?;
    }
    let figures = shape.figures(size);
    let as_of = options.as_of.map(|day| day.to_string()).unwrap_or_default();
    let json = json!({
        "shape": args.shape,
        "file": args.out,
        "rows": rows,
        "cases": figures.cases,
        "felonies": figures.felonies,
        "misdemeanors": figures.misdemeanors,
        "people": figures.people,
        "county": shape.county(),
        "agency": options.agency.as_str(),
        "as_of": as_of,
    });
    let card = Sheet::card([
        ("file", Cell::from(args.out.display().to_string())),
        ("rows", Cell::Count(rows)),
        ("cases", Cell::Count(figures.cases.into())),
        ("felonies", Cell::Count(figures.felonies.into())),
        ("misdemeanors", Cell::Count(figures.misdemeanors.into())),
        ("people", Cell::Count(figures.people.into())),
    ]);
    let directory = args
        .directory
        .as_ref()
        .map(|path| format!(" --directory {}", path.display()));
    let as_of = match format {
        Format::Doj => format!(" --as-of {as_of}"),
        // Court records say themselves which sentences are served.
        Format::Court => String::new(),
    };
    let next = format!(
        "Next: caseledger import {} --format {} --cohort {}.1 --agency {}{as_of}{}",
        args.out.display(),
        ListFormat::from(format).name(),
        args.shape,
        options.agency,
        directory.unwrap_or_default(),
    );
    output.show(
        args.output.format,
        &Report::new(json).sheet(card).line(next),
    )
}

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    Ok(BufWriter::new(
        File::create(path).map_err(io_failure("create", path.display()))?,
    ))
}

fn csv_failure(error: csv::Error, path: &Path) -> Failure {
    io_failure("write", path.display())(error.into())
}
