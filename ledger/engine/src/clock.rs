//! Time, which only the writer reads, and whoever asks which day it is.
//!
//! Time is an argument everywhere else. What is recorded never goes backwards, whatever the clock
//! does: the writer takes the later of the clock and what it recorded last.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use caseledger_domain::Date;

pub(crate) use caseledger_audit::Calendar;
pub use caseledger_audit::ZoneMissing;

/// Where the writer takes the time from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Microseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> u64;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one reader of the machine's time"
    )]
    fn now(&self) -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A clock before 1970 is no clock; what is recorded stays where it was.
        since.map_or(0, |elapsed| {
            u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
        })
    }
}

/// A clock that stands still until it is told otherwise, for tests and demonstrations.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that shows `micros` microseconds since 1970-01-01T00:00:00Z.
    pub const fn new(micros: u64) -> Self {
        Self(AtomicU64::new(micros))
    }

    /// Shows another time, earlier or later.
    pub fn set(&self, micros: u64) {
        self.0.store(micros, Ordering::Relaxed);
    }

    /// Moves on by `micros` microseconds.
    pub fn advance(&self, micros: u64) {
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The days of the courts by the clock of a ledger: what authority is judged by.
#[derive(Debug)]
pub struct Days {
    clock: Arc<dyn Clock>,
    calendar: Calendar,
}

impl Days {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Result<Self, ZoneMissing> {
        let calendar = Calendar::new()?;
        Ok(Self { clock, calendar })
    }

    /// The civil date in the courts' time zone; none where the clock shows a year that a business
    /// date cannot have.
    pub fn today(&self) -> Option<Date> {
        self.calendar.date(self.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_shows_what_it_was_told() {
        let clock = ManualClock::new(5);
        clock.advance(2);
        assert_eq!(clock.now(), 7);
        clock.set(1);
        assert_eq!(clock.now(), 1);
    }
}
