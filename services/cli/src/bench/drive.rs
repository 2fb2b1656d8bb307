//! Closed loops: so many callers, each sends when it has its answer.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::exit::{Exit, Failure};

/// What one measurement of one thing came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sample {
    /// Events (or calls) per second.
    pub(super) rate: u64,
    /// Half of the calls took no longer, in microseconds.
    pub(super) p50: u64,
    /// 99 % took no longer, in microseconds.
    pub(super) p99: u64,
    /// 99.9 % took no longer, in microseconds.
    pub(super) p999: u64,
    /// How many events (or calls) there were.
    pub(super) events: u64,
    /// Time its server had on a CPU, in nanoseconds per event; 0 where there is no server.
    pub(super) cpu: u64,
}

/// A caller ended without saying how.
#[derive(Debug, thiserror::Error)]
#[error("a caller of the measurement ended before its time")]
struct Caller;

impl Sample {
    /// From how long each call took, and all of them together.
    pub(super) fn new(mut waited: Vec<Duration>, events: u64, took: Duration) -> Self {
        waited.sort_unstable();
        let at = |per_mille: usize| {
            waited
                .get(waited.len() * per_mille / 1_000)
                .map_or(0, micros)
        };
        let done = waited.len() as u64 * events;
        Self {
            rate: done.saturating_mul(1_000_000) / micros(&took).max(1),
            p50: at(500),
            p99: at(990),
            p999: at(999),
            events: done,
            cpu: 0,
        }
    }
}

/// Microseconds, as far as anybody waits.
pub(super) fn micros(time: &Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Calls with `callers` in flight until the time is over. Each call is told the number of its
/// caller and stands for `events` events.
///
/// # Errors
/// The first [`Failure`] of a call: nothing that is measured may be refused.
pub(super) async fn drive<F, A>(
    callers: usize,
    time: Duration,
    events: u64,
    call: F,
) -> Result<Sample, Failure>
where
    F: Fn(usize) -> A + Clone + Send + 'static,
    A: Future<Output = Result<(), Failure>> + Send,
{
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let call = call.clone();
        tasks.spawn(async move {
            let mut waited = Vec::new();
            while begun.elapsed() < time {
                let sent = Instant::now();
                call(caller).await?;
                waited.push(sent.elapsed());
            }
            Ok::<_, Failure>(waited)
        });
    }
    let mut waited = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        waited.append(&mut ended.map_err(|_cause| Failure::new(Exit::Refused, Caller))??);
    }
    Ok(Sample::new(waited, events, begun.elapsed()))
}

/// Least, middle and greatest of some figures; zeros of none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread {
    /// The least.
    pub(super) min: u64,
    /// The middle one.
    pub(super) median: u64,
    /// The greatest.
    pub(super) max: u64,
}

impl Spread {
    /// Of these figures.
    pub(super) fn of(figures: impl IntoIterator<Item = u64>) -> Self {
        let mut figures: Vec<u64> = figures.into_iter().collect();
        figures.sort_unstable();
        let at = |index: usize| figures.get(index).copied().unwrap_or_default();
        Self {
            min: at(0),
            median: at(figures.len() / 2),
            max: at(figures.len().saturating_sub(1)),
        }
    }
}
