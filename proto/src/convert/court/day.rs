//! Days, as courts write them.

use caseledger_domain::Date;

use crate::wire_error::{Reader, Why};

/// The day of `2020-02-11`, or of a time of the court's own clock that begins with it, as YYYYMMDD.
///
/// A filing received by 23:59:59 on a court day counts as filed that day: a time in UTC does not
/// say which day that was.
pub(super) fn day(text: &str, field: &'static str, r: &mut Reader) -> Option<u32> {
    if text.is_empty() {
        r.reject(field, Why::Missing);
        return None;
    }
    let Some((number, time)) = split(text) else {
        r.reject(field, Why::Day);
        return None;
    };
    match offset(time) {
        None => {
            r.reject(field, Why::Day);
            return None;
        }
        Some("Z" | "z" | "+00:00" | "-00:00") => {
            r.reject(field, Why::DayInUtc);
            return None;
        }
        Some(_) => {}
    }
    r.accept(field, Date::from_yyyymmdd(number))
        .map(Date::yyyymmdd)
}

/// The date as a number, and what stands behind it.
fn split(text: &str) -> Option<(u32, &str)> {
    let (date, time) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let mut next = |digits: usize| {
        let part = parts.next()?;
        let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<u32>().ok()).flatten()
    };
    let number = next(4)? * 10_000 + next(2)? * 100 + next(2)?;
    parts.next().is_none().then_some((number, time))
}

/// The offset of a time `T16:40`, `T16:40:00`, `T16:40:00.123`, with or without one behind it;
/// empty if there is no time or no offset.
fn offset(time: &str) -> Option<&str> {
    if time.is_empty() {
        return Some("");
    }
    let time = time.strip_prefix(['T', 't', ' '])?;
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at_checked(at)?,
        None => (time, ""),
    };
    (is_clock(clock) && is_offset(offset)).then_some(offset)
}

fn is_clock(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fields: Vec<&str> = whole.split(':').collect();
    let limits = [24, 60, 61];
    (2..=3).contains(&fields.len())
        && fields.iter().zip(limits).all(|(field, limit)| {
            field.len() == 2 && digits(field) && field.parse::<u32>().is_ok_and(|n| n < limit)
        })
        && digits(fraction)
}

fn is_offset(text: &str) -> bool {
    match text {
        "" | "Z" | "z" => true,
        _ => {
            let bytes = text.as_bytes();
            let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
            bytes.len() == 6 && bytes.get(3) == Some(&b':') && [1, 2, 4, 5].into_iter().all(digit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire_error::read;

    fn read_day(text: &str) -> Result<u32, Why> {
        read(|r| day(text, "day", r)).map_err(|errors| errors.violations()[0].why.clone())
    }

    #[test]
    fn the_day_is_the_one_on_the_court_s_own_clock() {
        for text in [
            "2020-02-11",
            "2020-02-11T23:59:59-08:00",
            "2020-02-11T16:40",
            "2020-02-11 16:40:00.250",
            "2020-02-11t16:40:00-07:00",
        ] {
            assert_eq!(read_day(text), Ok(20_200_211), "{text}");
        }
    }

    #[test]
    fn what_does_not_say_a_court_day_is_refused() {
        for (text, why) in [
            ("", Why::Missing),
            ("11/02/2020", Why::Day),
            ("2020-2-11", Why::Day),
            ("2020-02-11X", Why::Day),
            ("2020-02-11T25:00", Why::Day),
            ("2020-02-11T16", Why::Day),
            ("2020-02-11T16:40:00-0800", Why::Day),
            ("2020-02-1\u{e9}", Why::Day),
            ("2020-02-12T07:59:59Z", Why::DayInUtc),
            ("2020-02-12T07:59:59+00:00", Why::DayInUtc),
        ] {
            assert_eq!(read_day(text), Err(why), "{text}");
        }
        assert!(matches!(read_day("2020-02-30"), Err(Why::Date(_))));
    }
}
