//! `bench`: measures against the budgets.
//!
//! Machines are shared and noisy, so that only ratios within one run count: everything that is
//! compared is started here, as processes of their own, and measured in turns.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::args::FormatArgs;
use crate::bench::large::Extent;
use crate::bench::place::{Folder, Machine};
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet};

mod budget;
mod child;
mod declared;
mod drive;
mod large;
mod ours;
mod peers;
mod place;
mod posting;
mod private;
mod publisher;

/// Measure this machine against the budgets.
///
/// Posting is measured next to a bare tonic echo, to bare appends with fdatasync, and, with
/// --umadb, to UmaDB. Every round measures everything once, in turns, so that what disturbs the
/// machine disturbs all. Budgets are judged by ratios within the run. What was not measured says
/// so. docs/PERFORMANCE.md explains the budgets.
///
/// It makes a folder of its own and removes it again. With --long it needs about 20 GB.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "help is shown as it is written")]
#[command(after_long_help = "\
Examples:
  caseledger bench --quick
  caseledger bench --umadb ~/.cargo/bin/umadb --dir /srv
  caseledger bench --only P1,P2,P10 -o json")]
pub(crate) struct BenchArgs {
    /// Measure shorter and on smaller ledgers: a first look, which leaves budgets open
    #[arg(long, conflicts_with = "long")]
    quick: bool,

    /// Let the large ledger grow to 10 million entries
    #[arg(long)]
    long: bool,

    /// How often everything is measured
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(5..=100))]
    rounds: u32,

    /// Server binary of UmaDB to compare with
    #[arg(long, value_name = "PATH")]
    umadb: Option<PathBuf>,

    /// Folder on the disk to measure [default: that for temporary files]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Only these budgets
    #[arg(
        long,
        value_name = "P1,P2",
        value_enum,
        ignore_case = true,
        value_delimiter = ','
    )]
    only: Vec<Case>,

    /// Serve the echo that is measured, until standard input ends
    #[arg(long, hide = true)]
    serve_echo: bool,

    #[command(flatten)]
    format: FormatArgs,
}

/// A budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum Case {
    /// Posting, 1 in flight.
    P1,
    /// Posting, 64 in flight.
    P2,
    /// Posting, 256 in flight.
    P3,
    /// Posting in bulk.
    P4,
    /// Cold start.
    P5,
    /// Offline verification.
    P6,
    /// Totals.
    P7,
    /// Disk.
    P8,
    /// Growth.
    P9,
    /// Proofs and histories.
    P10,
    /// Posting while the log is published.
    P11,
    /// Posting with signatures.
    P12,
    /// Posting over TLS.
    P13,
    /// Posting with private parts.
    P14,
}

impl Case {
    const ALL: [Self; 14] = [
        Self::P1,
        Self::P2,
        Self::P3,
        Self::P4,
        Self::P5,
        Self::P6,
        Self::P7,
        Self::P8,
        Self::P9,
        Self::P10,
        Self::P11,
        Self::P12,
        Self::P13,
        Self::P14,
    ];
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] if something could not be measured.
pub(crate) async fn run(args: &BenchArgs, output: &Output) -> Result<(), Failure> {
    if args.serve_echo {
        return peers::serve_echo(output).await;
    }
    let wanted = if args.only.is_empty() {
        Case::ALL.to_vec()
    } else {
        args.only.clone()
    };
    let folder = Folder::new(&args.dir.clone().unwrap_or_else(std::env::temp_dir))?;
    let machine = Machine::here(&folder);
    let time = Duration::from_millis(if args.quick { 300 } else { 2_000 });
    let measuring = (args.rounds, time);
    let posted = posting::run(&folder, args.umadb.as_deref(), &wanted, measuring, output).await?;
    let extent = Extent {
        cases: if args.quick { 13_400 } else { 133_400 },
        entries: match (args.quick, args.long) {
            (true, _) => 100_000,
            (false, false) => 1_000_000,
            (false, true) => 10_000_000,
        },
        small: if args.quick { 10_000 } else { 100_000 },
        rounds: args.rounds,
        time,
    };
    let mut rows = budget::posting(&posted);
    for row in &rows {
        output.note(&row.line());
    }
    rows.extend(large::run(&folder, &wanted, extent, output).await?);
    let (budgets, budgets_json) = budget::sheet(&rows);
    let (lines, lines_json) = budget::lines(&posted);
    let durability = "acknowledged after fdatasync, by all that store";
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let card = Sheet::card([
        ("processor", Cell::from(machine.processor.as_str())),
        ("cores", Cell::Count(machine.cores)),
        ("load_average_before", Cell::from(machine.load.as_str())),
        ("file_system", Cell::from(machine.file_system.as_str())),
        ("durability", Cell::from(durability)),
        ("request_bytes", Cell::Count(posted.request_bytes)),
        ("rounds", Cell::Count(args.rounds.into())),
        ("each_measurement_ms", Cell::Count(millis)),
    ]);
    let json = json!({
        "processor": machine.processor,
        "cores": machine.cores,
        "load_average_before": machine.load,
        "file_system": machine.file_system,
        "durability": durability,
        "request_bytes": posted.request_bytes,
        "rounds": args.rounds,
        "each_measurement_ms": millis,
        "lines": lines_json,
        "budgets": budgets_json,
    });
    let mut report = Report::new(json).sheet(card).line("");
    if !posted.lines.is_empty() {
        report = report.sheet(lines).line("");
    }
    output.show(args.format.format, &report.sheet(budgets))
}
