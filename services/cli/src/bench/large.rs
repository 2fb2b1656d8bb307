//! P5 to P10: what a ledger that has grown large can still do.

use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use caseledger_chain::{Position, VerifierKey};
use caseledger_client::pb::v1;
use caseledger_client::{AnySource, ledger_info_unverified};
use caseledger_engine::LedgerPaths;
use tonic::transport::Channel;

use super::Case;
use super::budget::{Row, Verdict};
use super::child::Child;
use super::drive::{Spread, micros};
use super::ours::{self, Bulk, Kind, Maker};
use super::place::{Folder, allocated};
use super::posting::singles;
use crate::audit;
use crate::connect;
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Output, thousands};
use crate::progress;

mod reads;

const LARGE: &str = "large";
const SMALL: &str = "small";
const BATCH: u64 = 1_000;
const STREAMS: usize = 4;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Cases when totals are asked for, each with three events.
    pub(super) cases: u64,
    /// Entries in the end.
    pub(super) entries: u64,
    /// Entries in the small ledger that throughput is compared with.
    pub(super) small: u64,
    /// Rounds.
    pub(super) rounds: u32,
    /// Time of one measurement of throughput.
    pub(super) time: Duration,
}

/// What was written by the ledger and not disturbed does not pass its own check.
#[derive(Debug, thiserror::Error)]
#[error("offline verification of the ledger made for the measurement found something")]
struct NotGood;

/// It could not be published.
#[derive(Debug, thiserror::Error)]
#[error("the ledger made for the measurement was not published: {0}")]
struct NotPublished(ExitStatus);

fn fail<E: std::error::Error + Send + Sync + 'static>(error: E) -> Failure {
    Failure::new(Exit::Refused, error)
}

fn millis(micros: u64) -> String {
    format!("{}.{:03} ms", micros / 1_000, micros % 1_000)
}

fn spread_ms(spread: Spread) -> String {
    let Spread { min, median, max } = spread;
    format!(
        "{} (min {}, max {})",
        millis(median),
        millis(min),
        millis(max)
    )
}

/// Measures what of P5 to P10 is wanted.
///
/// # Errors
/// [`Failure`] if the ledgers cannot be made or read.
pub(super) async fn run(
    folder: &Folder,
    wanted: &[Case],
    extent: Extent,
    output: &Output,
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    let mut found = |row: Row| {
        output.note(&row.line());
        rows.push(row);
    };
    let want = |case: Case| wanted.contains(&case);
    if !wanted
        .iter()
        .any(|case| (Case::P5..=Case::P10).contains(case))
    {
        return Ok(Vec::new());
    }
    let key = ours::make_ledger(folder, LARGE)?;
    let paths = LedgerPaths::beside(folder.path(LARGE))?;
    let maker = Arc::new(Maker::new()?);
    let server = ours::serve(folder, LARGE)?;
    let channels = server.channels(STREAMS).await?;
    maker.set_up(&channels[0]).await?;
    let begun = Instant::now();
    let first = maker.take_cases(extent.cases);
    for kind in [Kind::Identify, Kind::Determine, Kind::Approve] {
        fill(&channels, &maker, kind, first..first + extent.cases).await?;
    }
    drop(channels);
    server.terminate()?;
    if want(Case::P7) || want(Case::P10) {
        output.note("totals, proofs and histories");
        let (engine, _) = connect::open_engine(paths.clone()).await?;
        if want(Case::P7) {
            found(reads::totals(&engine, extent)?);
        }
        if want(Case::P10) {
            found(reads::reads(&engine)?);
        }
        engine.close()?;
    }
    let mut server = ours::serve(folder, LARGE)?;
    let channels = server.channels(STREAMS).await?;
    let more = extent.entries.saturating_sub(extent.cases * 3 + 2);
    let first = maker.take_cases(more);
    fill(&channels, &maker, Kind::Identify, first..first + more).await?;
    output.note(&format!(
        "large ledger made in {} s",
        begun.elapsed().as_secs()
    ));
    if want(Case::P9) {
        found(growth(folder, &server, &channels, &maker, extent).await?);
    }
    if want(Case::P5) {
        output.note("cold starts");
        let row;
        (server, row) = starts(folder, server, &channels, &maker, extent).await?;
        found(row);
    }
    drop(channels);
    server.terminate()?;
    if want(Case::P8) {
        found(disk(&paths).await?);
    }
    if want(Case::P6) {
        output.note("offline verification");
        found(verification(folder, &paths, &key, extent).await?);
    }
    rows.sort_by_key(|row| row.case);
    Ok(rows)
}

/// Posts one kind of fact about each of these cases, in bulk. Cases keep to a stream of their own,
/// so that what is posted about one is recorded in order.
async fn fill(
    channels: &[Channel],
    maker: &Arc<Maker>,
    kind: Kind,
    cases: std::ops::Range<u64>,
) -> Result<(), Failure> {
    let bar = progress::bar(cases.end - cases.start, "events").with_message("filling the ledger");
    let streams = Bulk::open(channels).await?;
    let mut tasks = tokio::task::JoinSet::new();
    for stream in 0..streams.len() {
        let (streams, maker, bar) = (Arc::clone(&streams), Arc::clone(maker), bar.clone());
        let cases = cases.clone();
        tasks.spawn(async move {
            let mut at = cases.start + stream as u64 * BATCH;
            while at < cases.end {
                let batch = at..cases.end.min(at + BATCH);
                bar.inc(batch.end - batch.start);
                let posts: Vec<v1::Submission> =
                    batch.map(|number| maker.submission(kind, number)).collect();
                streams[stream].send(posts).await?;
                at += BATCH * streams.len() as u64;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(fail)??;
    }
    bar.finish_and_clear();
    Ok(())
}

/// P9: the large ledger next to a small one, in turns.
async fn growth(
    folder: &Folder,
    large: &Child,
    large_channels: &[Channel],
    large_maker: &Arc<Maker>,
    extent: Extent,
) -> Result<Row, Failure> {
    let resident = large.resident_kib()?;
    let size = ledger_info_unverified(&large.address).await?.size;
    ours::make_ledger(folder, SMALL)?;
    let server = ours::serve(folder, SMALL)?;
    let channels = server.channels(STREAMS).await?;
    let maker = Arc::new(Maker::new()?);
    maker.set_up(&channels[0]).await?;
    let cases = maker.take_cases(extent.small);
    fill(
        &channels,
        &maker,
        Kind::Identify,
        cases..cases + extent.small,
    )
    .await?;
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..extent.rounds {
        let before = singles(channels.clone(), Arc::clone(&maker), 64, extent.time).await?;
        let after = singles(
            large_channels.to_vec(),
            Arc::clone(large_maker),
            64,
            extent.time,
        )
        .await?;
        rates.push(after.rate);
        ratios.push(after.rate * 100 / before.rate.max(1));
    }
    drop(channels);
    server.terminate()?;
    let (rate, ratio) = (Spread::of(rates), Spread::of(ratios));
    let measured = format!(
        "64 in flight: {} events/s at {} entries, {} % (min {}, max {}) of that at {}; resident {} \
         MiB with {} cases",
        thousands(rate.median),
        thousands(size),
        ratio.median,
        ratio.min,
        ratio.max,
        thousands(extent.small),
        resident / 1024,
        thousands(size - extent.cases * 2),
    );
    let reached = ratio.median >= 90 && resident <= 1024 * 1024;
    Ok(Row::new(
        Case::P9,
        measured,
        Verdict::of(reached, size >= 10_000_000),
    ))
}

/// P5: from the start of the process until a call is answered.
async fn starts(
    folder: &Folder,
    mut server: Child,
    channels: &[Channel],
    maker: &Arc<Maker>,
    extent: Extent,
) -> Result<(Child, Row), Failure> {
    let mut channels = channels.to_vec();
    let (mut clean, mut killed) = (Vec::new(), Vec::new());
    for _ in 0..extent.rounds {
        let first = maker.take_cases(BATCH);
        fill(&channels, maker, Kind::Identify, first..first + BATCH).await?;
        // SIGKILL: what was acknowledged last is in the journal and nowhere else.
        drop(server);
        let (started, took) = start(folder).await?;
        killed.push(took);
        started.terminate()?;
        let took;
        (server, took) = start(folder).await?;
        clean.push(took);
        channels = server.channels(STREAMS).await?;
    }
    let size = ledger_info_unverified(&server.address).await?.size;
    let (first, killed, clean) = (
        killed.first().copied().unwrap_or_default(),
        Spread::of(killed),
        Spread::of(clean),
    );
    let measured = format!(
        "at {} entries: clean {}; after kill -9 {}, the first right behind the filling {}",
        thousands(size),
        spread_ms(clean),
        spread_ms(killed),
        millis(first)
    );
    let reached = clean.median <= 500_000 && killed.max <= 2_000_000;
    let row = Row::new(Case::P5, measured, Verdict::of(reached, size >= 1_000_000));
    Ok((server, row))
}

async fn start(folder: &Folder) -> Result<(Child, u64), Failure> {
    let begun = Instant::now();
    let server = ours::serve(folder, LARGE)?;
    ledger_info_unverified(&server.address).await?;
    Ok((server, micros(&begun.elapsed())))
}

/// P8: what the disk gives, next to the bytes of the entries.
async fn disk(paths: &LedgerPaths) -> Result<Row, Failure> {
    let given = allocated(paths.data())?;
    let (engine, _) = connect::open_engine(paths.clone()).await?;
    let reader = engine.reader();
    let (mut bytes, mut next) = (0, Position::new(0));
    while reader.size().contains(next) {
        let page = reader.read(next, 1_000).map_err(fail)?;
        bytes += page
            .iter()
            .map(|(_, entry)| entry.len() as u64)
            .sum::<u64>();
        next = page.next();
    }
    let entries = reader.size().get().max(1);
    engine.close()?;
    let ratio = given * 100 / bytes.max(1);
    let measured = format!(
        "{} B per event on disk for entries of {} B: {}.{:02} x, journal included",
        given / entries,
        bytes / entries,
        ratio / 100,
        ratio % 100
    );
    Ok(Row::new(
        Case::P8,
        measured,
        Verdict::of(ratio <= 250, entries >= 1_000_000),
    ))
}

/// P6: everything derived again from the bytes that are published, as a stranger does.
async fn verification(
    folder: &Folder,
    paths: &LedgerPaths,
    key: &VerifierKey,
    extent: Extent,
) -> Result<Row, Failure> {
    let directory = folder.path("published");
    let program = std::env::current_exe().map_err(io_failure("find", "this program"))?;
    let published = Command::new(program)
        .arg("publish")
        .arg(&directory)
        .arg("--data")
        .arg(paths.data())
        .stdout(Stdio::null())
        .status()
        .map_err(io_failure("run", "publish"))?;
    if !published.success() {
        return Err(Failure::new(Exit::Refused, NotPublished(published)));
    }
    let (mut took, mut size) = (Vec::new(), 0);
    for _ in 0..extent.rounds.min(5) {
        let source = AnySource::open(&directory.display().to_string()).map_err(fail)?;
        let begun = Instant::now();
        let report = audit::verify(source, key.clone(), None, None).await?;
        took.push(micros(&begun.elapsed()));
        size = report.size().get();
        if !report.is_ok() {
            return Err(Failure::new(Exit::Found, NotGood));
        }
    }
    let took = Spread::of(took);
    let measured = format!("{} entries: {}", thousands(size), spread_ms(took));
    // Of a million entries, whatever the size.
    let million = took.median.saturating_mul(1_000_000) / size.max(1);
    let verdict = Verdict::of(million <= 2_000_000, size >= 1_000_000);
    Ok(Row::new(Case::P6, measured, verdict))
}
