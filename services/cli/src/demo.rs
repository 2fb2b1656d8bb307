//! `demo`: both Los Angeles programmes, played by their parties against a real server.
//!
//! ```text
//! gen_data -> parties (DOJ, prosecutors, cities, court, defender) -> gRPC -> ledger
//!                                                                     |
//! the figures that were announced  <- totals as of three moments <----+-> fsck
//! ```
//!
//! Every figure comes from the server's answers and is compared with what must come out; any
//! difference ends the demonstration with an error. All cases are invented.

#![expect(
    clippy::inconsistent_digit_grouping,
    reason = "dates read as YYYY_MM_DD"
)]

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use caseledger_engine::fsck::{self, Depth};
use caseledger_engine::{Clock as _, LedgerPaths, SystemClock};
use clap::Args;
use serde_json::json;

use crate::args::FormatArgs;
use crate::cmd;
use crate::exit::{Exit, Failure, io_failure};
use crate::gen_data::{Figures, Shape, Size, cases};
use crate::import::ImportedCase;
use crate::output::{Cell, Output, Report, Sheet, thousands};

mod anomalies;
mod counties;
mod figures;
mod la_2020;
mod la_2021;
mod list;
mod programmes;
mod script;
mod stage;

use anomalies::Anomaly;
use figures::{Figure, Standing};
use stage::{Played, Stage};

/// Play both Los Angeles programmes against a real server and prove the announced figures.
///
/// The state repository, prosecutors, city attorneys, courts and a public defender post every
/// step over gRPC on loopback; every receipt is verified; the figures that were announced are
/// counted by the server as of three moments; what was planted to go wrong is found; the whole
/// ledger is checked at the end. All cases are invented. The ledger stays on disk to be looked at.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger demo
  caseledger demo --full
  caseledger demo --overlap --data demo-ledger -o json")]
pub(crate) struct DemoArgs {
    /// Folder for the ledger, which must not exist; a new one among temporary files without it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// All 124,000 cases and more than a million events instead of one in a hundred
    #[arg(long)]
    full: bool,

    /// Let some cases stand on both lists: the sum of the two is then too high
    #[arg(long)]
    overlap: bool,

    /// What the invented cases are drawn from
    #[arg(long, value_name = "NUMBER", default_value_t = 2021)]
    seed: u64,

    #[command(flatten)]
    format: FormatArgs,
}

/// How much is played.
#[derive(Clone, Copy, Debug)]
struct Scale {
    size: Size,
    seed: u64,
    overlap: bool,
}

impl Scale {
    /// Cases of the second list that also stand on the first one: one in a hundred, if any.
    fn overlapping(self, second: Figures) -> u32 {
        if self.overlap {
            second.cases.div_ceil(100)
        } else {
            0
        }
    }
}

/// Something did not come out as it must.
#[derive(Debug, thiserror::Error)]
#[error("{what}: expected {expected}, found {found}")]
struct Mismatch {
    what: String,
    expected: String,
    found: String,
}

impl Mismatch {
    fn failure(
        what: impl std::fmt::Display,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) -> Failure {
        let (what, expected, found) = (what.to_string(), expected.to_string(), found.to_string());
        Failure::new(
            Exit::Found,
            Self {
                what,
                expected,
                found,
            },
        )
    }
}

/// A day of the script.
fn day(yyyymmdd: u32) -> Result<caseledger_domain::Date, Failure> {
    caseledger_domain::Date::from_yyyymmdd(yyyymmdd)
        .map_err(|error| Failure::new(Exit::Refused, error))
}

/// What the demonstration came to.
#[derive(Debug)]
struct Shown {
    figures: Vec<Figure>,
    standings: Vec<Standing>,
    anomalies: Vec<Anomaly>,
    played: Played,
    key: String,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] if anything is not as claimed.
pub(crate) async fn run(args: &DemoArgs, output: &Output) -> Result<(), Failure> {
    let divisor = if args.full { NonZeroU32::MIN } else { HUNDRED };
    let scale = Scale {
        size: Size::one_in(divisor),
        seed: args.seed,
        overlap: args.overlap,
    };
    let data = match &args.data {
        Some(folder) => folder.clone(),
        None => new_folder()?,
    };
    let paths = LedgerPaths::beside(&data)?;
    let mut stage = Stage::open(paths.clone(), args.seed).await?;
    let shown = perform(&mut stage, scale).await;
    let closed = stage.close().await;
    let shown = shown?;
    closed?;
    let checked = cmd::fsck::check(paths, None, Depth::Everything).await?;
    let report = report(&shown, &checked, &data.display().to_string(), scale);
    output.show(args.format.format, &report)?;
    if checked.is_ok() {
        return Ok(());
    }
    Err(Mismatch::failure(
        "fsck",
        "integrity and completeness OK",
        "findings, see above",
    ))
}

const HUNDRED: NonZeroU32 = match NonZeroU32::new(100) {
    Some(hundred) => hundred,
    None => NonZeroU32::MIN,
};

fn new_folder() -> Result<PathBuf, Failure> {
    let parent = std::env::temp_dir().join(format!("caseledger-demo-{}", SystemClock.now()));
    std::fs::create_dir(&parent).map_err(io_failure("create", parent.display()))?;
    Ok(parent.join("ledger"))
}

async fn perform(stage: &mut Stage, scale: Scale) -> Result<Shown, Failure> {
    let strays = counties::play(stage, scale).await?;
    let doj = stage.party("ca-doj", "STATE_REPOSITORY")?;
    let first = programmes::LA_2020
        .list(stage, scale, &doj, |_, case| case)
        .await?;
    let planted = la_2020::play(stage, &first).await?;

    let second = Shape::La2021Court.figures(scale.size);
    let shared = scale.overlapping(second);
    let known = known(scale, shared);
    let lead = stage.party("lada", "PROSECUTOR_COUNTY")?;
    let rekey = |serial: u32, case| match known.get(serial as usize) {
        Some(known) => rekeyed(case, known),
        None => case,
    };
    let mut listed = programmes::LA_2021.list(stage, scale, &lead, rekey).await?;
    // What is on both lists has been relieved with the first one.
    listed.drain(..shared as usize);
    let moments = la_2021::play(stage, &listed).await?;

    let oversight = stage.party("oversight", "OVERSIGHT")?;
    let court_only = script::pick(&listed.iter().collect::<Vec<_>>(), 0)?.id;
    Ok(Shown {
        figures: figures::announced(&oversight, scale, moments).await?,
        standings: figures::standings(&oversight, scale, moments).await?,
        anomalies: anomalies::find(&oversight, &planted, &strays, court_only).await?,
        played: stage.played(),
        key: stage.key().to_string(),
    })
}

/// The last cases of the first list: none of them is planted to go wrong.
fn known(scale: Scale, count: u32) -> Vec<ImportedCase> {
    let total = Shape::La2020Doj.figures(scale.size).cases;
    cases(Shape::La2020Doj, scale.size, scale.seed)
        .skip(total.saturating_sub(count) as usize)
        .map(|case| case.imported())
        .collect()
}

/// The case under the key of one that is known.
fn rekeyed(case: ImportedCase, known: &ImportedCase) -> ImportedCase {
    ImportedCase {
        ordinal: case.ordinal,
        lines: case.lines,
        ..known.clone()
    }
}

fn report(shown: &Shown, checked: &fsck::Report, data: &str, scale: Scale) -> Report {
    let Played { receipts, took } = shown.played;
    let rate = per_second(receipts, took);
    let good = |ok: bool| if ok { "OK" } else { "FINDINGS" };
    let (integrity, completeness) = (
        good(checked.integrity() == fsck::Verdict::Ok),
        good(checked.completeness() == fsck::Verdict::Ok),
    );
    let (size, root) = (checked.head.size.get(), checked.root.to_base64());
    let json = json!({
        "figures": figures::json(&shown.figures),
        "moments": figures::standings_json(&shown.standings),
        "anomalies": anomalies::json(&shown.anomalies),
        "receipts_verified": receipts,
        "events": size,
        "seconds": took.as_secs_f64(),
        "events_per_second": rate,
        "tree_head": { "size": size, "root": root },
        "fsck": { "integrity": integrity, "completeness": completeness },
        "verifier_key": shown.key,
        "data": data,
        "seed": scale.seed,
        "overlap": scale.overlap,
    });
    let ledger = Sheet::card([
        ("receipts_verified", Cell::Count(receipts)),
        (
            "posting",
            Cell::from(format!(
                "{:.1} s, {} events/s",
                took.as_secs_f64(),
                thousands(rate)
            )),
        ),
        ("tree_size", Cell::Count(size)),
        ("tree_root", Cell::from(root)),
        ("fsck_integrity", Cell::from(integrity)),
        ("fsck_completeness", Cell::from(completeness)),
        ("data", Cell::from(data.to_owned())),
    ]);
    Report::new(json)
        .line("What was announced on 27 September 2021, as the ledger counts it (synthetic cases)")
        .sheet(figures::sheet(&shown.figures))
        .line("")
        .line("Announced is not dismissed: cases of the second programme at three moments")
        .sheet(figures::standings_sheet(&shown.standings))
        .line("")
        .line("Planted to go wrong, and found (a reused message id was refused besides)")
        .sheet(anomalies::sheet(&shown.anomalies))
        .line("")
        .sheet(ledger)
        .line("")
        .line("Try next:")
        .line(format!(
            "  caseledger totals --data {data} --by initiative,phase"
        ))
        .line(format!("  caseledger unmatched --data {data}"))
        .line(format!(
            "  caseledger receipt 0 --data {data} --out receipt.tlog-proof"
        ))
        .line(format!(
            "  caseledger verify receipt.tlog-proof --key '{}'",
            shown.key
        ))
        .line(format!("  caseledger serve --data {data}"))
}

fn per_second(count: u64, took: Duration) -> u64 {
    (u128::from(count) * 1_000 / took.as_millis().max(1)) as u64
}
