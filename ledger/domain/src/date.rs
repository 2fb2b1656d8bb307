//! Civil dates of official acts. There is no `today()` here: time is an argument.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// A day in the proleptic Gregorian calendar, from 1850-01-01 to 2199-12-31.
///
/// California became a state in 1850, and nothing the ledger records lies past 2199; dates
/// outside are typing errors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Date(u32);

/// Why a date is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not a calendar day, or not written as one.
    #[error("not a calendar date; write YYYY-MM-DD, or the number YYYYMMDD")]
    Malformed,
    /// A real day, but an absurd one.
    #[error("date {0} lies outside 1850-01-01..2199-12-31")]
    OutOfRange(u32),
}

impl Date {
    /// The earliest day.
    pub const MIN: Self = Self(1850_01_01);
    /// The latest day.
    pub const MAX: Self = Self(2199_12_31);

    /// From the decimal number `YYYYMMDD`, the form of the wire and of the state's extracts.
    ///
    /// # Errors
    /// [`DateError`] if it is no calendar day or out of range.
    pub const fn from_yyyymmdd(number: u32) -> Result<Self, DateError> {
        let (year, month, day) = (number / 1_00_00, number / 1_00 % 1_00, number % 1_00);
        if month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) {
            return Err(DateError::Malformed);
        }
        if number < Self::MIN.0 || number > Self::MAX.0 {
            return Err(DateError::OutOfRange(number));
        }
        Ok(Self(number))
    }

    /// The decimal number `YYYYMMDD`.
    pub const fn yyyymmdd(self) -> u32 {
        self.0
    }

    /// The year, 1850 to 2199.
    pub const fn year(self) -> u16 {
        (self.0 / 1_00_00) as u16
    }

    /// Days since 1970-01-01; differences of it are ages in days.
    pub fn days(self) -> i64 {
        // Days from civil, counted in 400-year eras that begin on the first of March.
        let (year, month, day) = (
            i64::from(self.0 / 1_00_00),
            i64::from(self.0 / 1_00 % 1_00),
            i64::from(self.0 % 1_00),
        );
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year - era * 400;
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468
    }

    /// The day that many days after 1970-01-01.
    ///
    /// # Errors
    /// [`DateError::OutOfRange`] outside the range of [`Date`].
    pub fn from_days(days: i64) -> Result<Self, DateError> {
        let shifted = days.checked_add(719_468).ok_or(DateError::OutOfRange(0))?;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        u32::try_from(year * 1_00_00 + month * 1_00 + day)
            .map_err(|_negative| DateError::OutOfRange(0))
            .and_then(Self::from_yyyymmdd)
    }
}

const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.0 / 1_00_00,
            self.0 / 1_00 % 1_00,
            self.0 % 1_00
        )
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let raw = text.as_bytes();
        let well_formed = raw.len() == 10
            && raw.iter().enumerate().all(|(at, b)| match at {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !well_formed {
            return Err(DateError::Malformed);
        }
        let number = raw
            .iter()
            .filter(|b| **b != b'-')
            .fold(0_u32, |sum, b| sum * 10 + u32::from(b - b'0'));
        Self::from_yyyymmdd(number)
    }
}

impl TryFrom<u32> for Date {
    type Error = DateError;

    fn try_from(number: u32) -> Result<Self, DateError> {
        Self::from_yyyymmdd(number)
    }
}

impl From<Date> for u32 {
    fn from(date: Date) -> Self {
        date.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_days_like_the_calendar() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2021-09-27", 18_897),
        ] {
            let date: Date = text.parse().unwrap();
            assert_eq!(date.days(), days, "{text}");
            assert_eq!(date.to_string(), text);
        }
        let mut at = Date::MIN.days();
        while at <= Date::MAX.days() {
            assert_eq!(Date::from_days(at).unwrap().days(), at);
            at += 1;
        }
    }

    #[test]
    fn refuses_days_that_do_not_exist() {
        for text in [
            "2021-02-29",
            "1900-02-29",
            "2021-13-01",
            "2021-00-10",
            "2021-04-31",
            "20210927",
            "2021-9-27",
            "",
        ] {
            assert_eq!(text.parse::<Date>(), Err(DateError::Malformed), "{text}");
        }
        assert_eq!(
            "9999-01-01".parse::<Date>(),
            Err(DateError::OutOfRange(9999_01_01))
        );
        assert_eq!(
            "1849-12-31".parse::<Date>(),
            Err(DateError::OutOfRange(1849_12_31))
        );
    }
}
