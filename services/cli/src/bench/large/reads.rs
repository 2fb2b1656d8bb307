//! P7 and P10: questions to the engine, in this process.

use std::hint::black_box;
use std::time::Instant;

use caseledger_chain::Position;
use caseledger_domain::StreamId;
use caseledger_domain::view::{AsOf, Dimension, Filter, TotalsQuery, Unit};
use caseledger_engine::{Direction, Engine};

use super::{Extent, fail, spread_ms};
use crate::bench::Case;
use crate::bench::budget::{Row, Verdict};
use crate::bench::drive::{Sample, Spread, micros};
use crate::exit::Failure;
use crate::output::thousands;

/// Reads of each kind whose time is taken.
const READS: u64 = 20_000;

/// Times that each question for totals is asked.
const ASKED: usize = 21;

/// A case that was posted is not there.
#[derive(Debug, thiserror::Error)]
#[error("ledger made for the measurement has no case at position {0}")]
struct NoCase(u64);

/// P7: several questions; the slowest counts.
///
/// # Errors
/// [`Failure`] if the ledger does not answer.
pub(super) fn totals(engine: &Engine, extent: Extent) -> Result<Row, Failure> {
    let questions: [(Unit, &[Dimension]); 5] = [
        (Unit::Cases, &[]),
        (Unit::Cases, &[Dimension::Phase]),
        (
            Unit::Cases,
            &[
                Dimension::Court,
                Dimension::Section,
                Dimension::ConvictionDecade,
            ],
        ),
        (
            Unit::Charges,
            &[Dimension::Severity, Dimension::Disposition, Dimension::Seal],
        ),
        (
            Unit::People,
            &[Dimension::Court, Dimension::Section, Dimension::Reason],
        ),
    ];
    let reader = engine.reader();
    let half = AsOf::Position(reader.size().get() / 2);
    let (mut now, mut past) = (Spread::default(), Spread::default());
    for (unit, group_by) in questions {
        let query = TotalsQuery::new(unit, group_by, Filter::default()).map_err(fail)?;
        for (as_of, slowest) in [(AsOf::Now, &mut now), (half, &mut past)] {
            let mut took = Vec::with_capacity(ASKED);
            for _ in 0..ASKED {
                let asked = Instant::now();
                black_box(reader.totals(&query, as_of).map_err(fail)?);
                took.push(micros(&asked.elapsed()));
            }
            let spread = Spread::of(took);
            if spread.median >= slowest.median {
                *slowest = spread;
            }
        }
    }
    let measured = format!(
        "slowest of 5 questions over {} cases: now {}, half way back {}",
        thousands(extent.cases),
        spread_ms(now),
        spread_ms(past)
    );
    let reached = now.median <= 1_000 && past.median <= 50_000;
    Ok(Row::new(
        Case::P7,
        measured,
        Verdict::of(reached, extent.cases >= 133_000),
    ))
}

/// P10: in the engine, one thread.
///
/// # Errors
/// [`Failure`] if the ledger does not answer.
pub(super) fn reads(engine: &Engine) -> Result<Row, Failure> {
    let (prover, reader) = (engine.prover(), engine.reader());
    let size = reader.size();
    let mut streams = Vec::new();
    for at in (2..size.get()).step_by(17).take(1_000) {
        let recorded = reader.recorded(Position::new(at)).map_err(fail)?;
        let StreamId::Case(_) = recorded.stream else {
            return Err(fail(NoCase(at)));
        };
        streams.push(recorded.stream);
    }
    let (begun, mut waited) = (Instant::now(), Vec::new());
    for at in 0..READS {
        let asked = Instant::now();
        let position = Position::new(at * 7_919 % size.get());
        black_box(prover.inclusion(position, size).map_err(fail)?);
        waited.push(asked.elapsed());
    }
    let proofs = Sample::new(waited, 1, begun.elapsed());
    let (begun, mut waited) = (Instant::now(), Vec::new());
    for stream in streams.iter().cycle().take(READS as usize) {
        let asked = Instant::now();
        black_box(
            reader
                .history(stream, 0, Direction::Forwards, 100, None)
                .map_err(fail)?,
        );
        waited.push(asked.elapsed());
    }
    let histories = Sample::new(waited, 1, begun.elapsed());
    let one = |name: &str, sample: &Sample| {
        let Sample {
            rate,
            p50,
            p99,
            p999,
            ..
        } = *sample;
        format!(
            "{name} {}/s (p50 {p50} us, p99 {p99} us, p99.9 {p999} us)",
            thousands(rate)
        )
    };
    let measured = format!(
        "{}; {}",
        one("proofs", &proofs),
        one("histories", &histories)
    );
    let good = |sample: &Sample| sample.rate >= 20_000 && sample.p99 <= 1_000;
    Ok(Row::new(
        Case::P10,
        measured,
        Verdict::of(good(&proofs) && good(&histories), true),
    ))
}
