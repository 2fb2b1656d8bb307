//! The courts' calendar: on which day something was recorded.

use caseledger_domain::Date;
use jiff::{Timestamp, tz::TimeZone};

/// The calendar of the courts: civil dates in `America/Los_Angeles`, from the bundled time zone
/// database, so that the answer does not depend on what the machine has installed.
#[derive(Debug)]
pub struct Calendar {
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
    /// Looks the zone up.
    ///
    /// # Errors
    /// [`ZoneMissing`] in a broken build.
    pub fn new() -> Result<Self, ZoneMissing> {
        TimeZone::get(COURT_ZONE)
            .map(|zone| Self { zone })
            .map_err(|_only_reason| ZoneMissing)
    }

    /// The civil date at a moment, in microseconds since 1970-01-01T00:00:00Z; none outside the
    /// years that a business date can have.
    pub fn date(&self, micros: u64) -> Option<Date> {
        let moment = Timestamp::from_microsecond(i64::try_from(micros).ok()?).ok()?;
        let civil = self.zone.to_datetime(moment).date();
        let number = i64::from(civil.year()) * 10_000
            + i64::from(civil.month()) * 100
            + i64::from(civil.day());
        Date::from_yyyymmdd(u32::try_from(number).ok()?).ok()
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
}
