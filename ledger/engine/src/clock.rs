//! Time, which only the writer reads, the courts' calendar, and which day it is there.
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
use jiff::{Timestamp, tz::TimeZone};

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

/// The calendar of the courts: civil dates in `America/Los_Angeles`, from the bundled time zone
/// database, so that the answer does not depend on what the machine has installed.
#[derive(Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
}

/// The bundled time zone database lacks the courts' zone: a broken build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the bundled time zone database has no {}, expected it in every build",
    COURT_ZONE
)]
pub struct ZoneMissing;

const COURT_ZONE: &str = "America/Los_Angeles";

impl Calendar {
    pub(crate) fn new() -> Result<Self, ZoneMissing> {
        TimeZone::get(COURT_ZONE)
            .map(|zone| Self { zone })
            .map_err(|_only_reason| ZoneMissing)
    }

    /// The civil date at a moment, in microseconds since 1970-01-01T00:00:00Z; none outside the
    /// years that a business date can have.
    pub(crate) fn date(&self, micros: u64) -> Option<Date> {
        let moment = Timestamp::from_microsecond(i64::try_from(micros).ok()?).ok()?;
        let civil = self.zone.to_datetime(moment).date();
        let number = i64::from(civil.year()) * 10_000
            + i64::from(civil.month()) * 100
            + i64::from(civil.day());
        Date::from_yyyymmdd(u32::try_from(number).ok()?).ok()
    }
}

/// The day in the courts' time zone at a moment, in microseconds since 1970-01-01T00:00:00Z; none outside the years that a
/// business date can have, or in a build without the zone.
pub fn court_day(micros: u64) -> Option<Date> {
    Calendar::new().ok()?.date(micros)
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
    fn the_day_changes_at_midnight_in_los_angeles() {
        let calendar = Calendar::new().unwrap();
        let date = |seconds: u64| calendar.date(seconds * 1_000_000).unwrap().to_string();
        // 2021-01-01T07:59:59Z and one second later; winter time is 8 hours behind.
        assert_eq!(date(1_609_487_999), "2020-12-31");
        assert_eq!(date(1_609_488_000), "2021-01-01");
        // 2021-07-01T06:59:59Z and one second later; summer time is 7 hours behind.
        assert_eq!(date(1_625_122_799), "2021-06-30");
        assert_eq!(date(1_625_122_800), "2021-07-01");
    }

    #[test]
    fn a_time_no_calendar_has_gives_no_date() {
        assert_eq!(Calendar::new().unwrap().date(u64::MAX), None);
    }

    #[test]
    fn a_manual_clock_shows_what_it_was_told() {
        let clock = ManualClock::new(5);
        clock.advance(2);
        assert_eq!(clock.now(), 7);
        clock.set(1);
        assert_eq!(clock.now(), 1);
    }
}
