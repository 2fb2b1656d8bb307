//! Time, which only the writer reads.
//!
//! Time is an argument everywhere else. What is recorded never goes backwards, whatever the clock
//! does: the writer takes the later of the clock and what it recorded last.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

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
