//! Values of the command line.

use std::str::FromStr;

use bytes::Bytes;
use caseledger_client::pb::v1;
use caseledger_domain::{CohortId, Date, InitiativeId, OrgId};

/// Why an argument is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    /// Not 16 bytes of hexadecimal.
    #[error("is no id; ids have 32 hexadecimal digits, as shown by `caseledger cases`")]
    Id,
    /// Not a stream.
    #[error(
        "is no stream; write the id of a case, an initiative (LA-2021-COURT), a list \
         (LA-2021-COURT.1), or filing/ID, order/ID or org/ID"
    )]
    Stream,
    /// Not a filter.
    #[error("is no filter; write DIMENSION=VALUE or DIMENSION=VALUE,VALUE")]
    Filter,
    /// Not a date.
    #[error("is no date from 1850 to 2199; write 2021-09-27")]
    Date,
}

/// 32 hexadecimal digits.
pub(crate) fn case_id(text: &str) -> Result<Bytes, ArgumentError> {
    let digits = text.as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != 16 || !rest.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(ArgumentError::Id);
    }
    let number = u128::from_str_radix(text, 16)
        .ok()
        .ok_or(ArgumentError::Id)?;
    Ok(Bytes::copy_from_slice(&number.to_be_bytes()))
}

/// `2021-09-27`.
pub(crate) fn date(text: &str) -> Result<Date, ArgumentError> {
    let plain = text.split('-').map(str::len).eq([4, 2, 2]);
    let digits: String = text.split('-').collect();
    if !plain || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ArgumentError::Date);
    }
    let number = digits.parse().ok().ok_or(ArgumentError::Date)?;
    Date::from_yyyymmdd(number).ok().ok_or(ArgumentError::Date)
}

/// A stream of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StreamArg(pub(crate) v1::StreamRef);

impl FromStr for StreamArg {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        use v1::stream_ref::Stream;

        let id = |text: &str| case_id(text).ok().ok_or(ArgumentError::Stream);
        let stream = match text.split_once('/') {
            Some(("case", rest)) => Stream::CaseId(id(rest)?),
            Some(("filing", rest)) => Stream::FilingId(id(rest)?),
            Some(("order", rest)) => Stream::OrderId(id(rest)?),
            Some(("cohort", rest)) if rest.parse::<CohortId>().is_ok() => {
                Stream::Cohort(rest.to_owned())
            }
            Some(("initiative", rest)) if rest.parse::<InitiativeId>().is_ok() => {
                Stream::Initiative(rest.to_owned())
            }
            Some(("org", rest)) if rest.parse::<OrgId>().is_ok() => Stream::Org(rest.to_owned()),
            Some(_) => return Err(ArgumentError::Stream),
            None if text.parse::<CohortId>().is_ok() => Stream::Cohort(text.to_owned()),
            None if text.parse::<InitiativeId>().is_ok() => Stream::Initiative(text.to_owned()),
            None => Stream::CaseId(id(text)?),
        };
        Ok(Self(v1::StreamRef {
            stream: Some(stream),
        }))
    }
}

/// Values that one dimension must have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter(pub(crate) v1::Filter);

impl FromStr for Filter {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let (dimension, values) = text.split_once('=').ok_or(ArgumentError::Filter)?;
        if dimension.is_empty() || values.split(',').any(str::is_empty) {
            return Err(ArgumentError::Filter);
        }
        Ok(Self(v1::Filter {
            dimension: dimension.to_owned(),
            values: values.split(',').map(str::to_owned).collect(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use v1::stream_ref::Stream;

    use super::*;

    const ID: &str = "000102030405060708090a0b0c0d0e0f";

    fn stream(text: &str) -> Option<Stream> {
        text.parse::<StreamArg>()
            .ok()
            .and_then(|stream| stream.0.stream)
    }

    #[test]
    fn reads_every_kind_of_stream() {
        let id = (0..16).collect::<Bytes>();
        assert_eq!(stream(ID), Some(Stream::CaseId(id.clone())));
        assert_eq!(
            stream(&format!("case/{ID}")),
            Some(Stream::CaseId(id.clone()))
        );
        assert_eq!(
            stream(&format!("filing/{ID}")),
            Some(Stream::FilingId(id.clone()))
        );
        assert_eq!(stream(&format!("order/{ID}")), Some(Stream::OrderId(id)));
        assert_eq!(
            stream("LA-2021-COURT"),
            Some(Stream::Initiative("LA-2021-COURT".into()))
        );
        assert_eq!(
            stream("LA-2021-COURT.1"),
            Some(Stream::Cohort("LA-2021-COURT.1".into()))
        );
        assert_eq!(
            stream("cohort/LA-2020.2"),
            Some(Stream::Cohort("LA-2020.2".into()))
        );
        assert_eq!(
            stream("initiative/LA-2020"),
            Some(Stream::Initiative("LA-2020".into()))
        );
    }

    #[test]
    fn refuses_what_is_no_stream() {
        for text in [
            "",
            "case/",
            "person/x",
            "cohort/LA",
            "la-2021",
            "0_0",
            "order/LA",
            &format!("{ID}0"),
        ] {
            assert_eq!(stream(text), None, "{text}");
        }
        assert_eq!(
            case_id("+0102030405060708090a0b0c0d0e0f0"),
            Err(ArgumentError::Id)
        );
    }

    #[test]
    fn reads_filters_with_one_or_more_values() {
        let filter: Filter = "county=037,075".parse().unwrap();
        assert_eq!(filter.0.dimension, "county");
        assert_eq!(filter.0.values, ["037", "075"]);
        for text in ["county", "=037", "county=", "county=037,"] {
            assert_eq!(text.parse::<Filter>(), Err(ArgumentError::Filter), "{text}");
        }
    }

    #[test]
    fn reads_dates_of_the_calendar_only() {
        assert_eq!(date("2021-09-27").unwrap().yyyymmdd(), 20_210_927);
        for text in [
            "20210927",
            "2021-9-27",
            "2021-02-30",
            "1849-01-01",
            "+021-01-01",
            "x",
        ] {
            assert_eq!(date(text), Err(ArgumentError::Date), "{text}");
        }
    }
}
