//! Names of the outside world: normalised, so that the same thing written another way is the same
//! thing, and turned into pseudonyms.
//!
//! A docket number is opaque. Nothing is inferred from it, and nothing is repaired beyond what
//! courts' own systems vary in: case, spaces, dots, and a trailing colon or hyphen.

use caseledger_domain::{CaseToken, FilingId, OrderId, PersonRef, Text};

use crate::field::{exact_bytes, parse};
use crate::pb::v1::{self as pb, filing_reference, order_reference};
use crate::submission::Pseudonyms;
use crate::wire_error::{Reader, Why};

/// Longest docket number, order number, filing id or identifier, in bytes.
const NAME_MAX: usize = 64;

/// Longest defendant number, in bytes.
const DEFENDANT_MAX: usize = 16;

pub(super) fn take_case_key(
    wire: &pb::CaseKey,
    r: &mut Reader,
    pseudonyms: &dyn Pseudonyms,
) -> Option<CaseToken> {
    let court = court(&wire.court, "court", r);
    let number = docket_number(&wire.number, "number", r);
    let defendant = defendant(&wire.defendant, "defendant", r);
    Some(pseudonyms.case_token(&court?, &number?, &defendant?))
}

pub(super) fn take_person(
    wire: &pb::PersonIdentifier,
    r: &mut Reader,
    pseudonyms: &dyn Pseudonyms,
) -> Option<PersonRef> {
    let issuer = court(&wire.issuer, "issuer", r);
    let value = identifier(&wire.value, "value", r);
    Some(pseudonyms.person(&issuer?, &value?))
}

pub(super) fn take_order(
    wire: &pb::OrderReference,
    r: &mut Reader,
    pseudonyms: &dyn Pseudonyms,
) -> Option<OrderId> {
    match &wire.reference {
        Some(order_reference::Reference::Id(id)) => {
            exact_bytes(id, "id", r).map(OrderId::from_bytes)
        }
        Some(order_reference::Reference::Key(key)) => r.field("key", |r| {
            let court = court(&key.court, "court", r);
            let number = docket_number(&key.number, "number", r);
            Some(pseudonyms.order(&court?, &number?))
        }),
        None => {
            r.reject_here(Why::Missing);
            None
        }
    }
}

pub(super) fn take_filing(
    wire: &pb::FilingReference,
    r: &mut Reader,
    pseudonyms: &dyn Pseudonyms,
) -> Option<FilingId> {
    match &wire.reference {
        Some(filing_reference::Reference::Id(id)) => {
            exact_bytes(id, "id", r).map(FilingId::from_bytes)
        }
        Some(filing_reference::Reference::Key(key)) => r.field("key", |r| {
            let court = court(&key.court, "court", r);
            let id = filing_id(&key.filing_id, "filing_id", r);
            Some(pseudonyms.filing(&court?, &id?))
        }),
        None => {
            r.reject_here(Why::Missing);
            None
        }
    }
}

/// A court code or an issuer: a code in upper case.
pub(super) fn court(wire: &str, field: &'static str, r: &mut Reader) -> Option<String> {
    parse::<Text<16>>(wire, field, r).map(|code| code.as_str().to_ascii_uppercase())
}

/// Upper case, without spaces, dots, and trailing colons and hyphens. Several numbers in one field,
/// as extracts join them with `;`, are refused: they are several cases.
pub(super) fn docket_number(wire: &str, field: &'static str, r: &mut Reader) -> Option<String> {
    let number = printable(wire, NAME_MAX, field, r)?
        .bytes()
        .filter(|b| !b" .".contains(b))
        .map(|b| char::from(b.to_ascii_uppercase()))
        .collect::<String>();
    not_empty(number.trim_end_matches([':', '-']), NAME_MAX, field, r)
}

/// Letters and digits in upper case; a number without leading zeros.
pub(super) fn defendant(wire: &str, field: &'static str, r: &mut Reader) -> Option<String> {
    let text = alphanumeric(printable(wire, DEFENDANT_MAX, field, r)?);
    let significant = text.trim_start_matches('0');
    let number = match significant {
        // Nothing but zeros is the number zero; before a letter they are part of a code.
        "" if !text.is_empty() => "0",
        _ if significant.bytes().all(|b| b.is_ascii_digit()) => significant,
        _ => &text,
    };
    not_empty(number, DEFENDANT_MAX, field, r)
}

/// Letters and digits in upper case: agencies print the same identifier with and without hyphens.
pub(super) fn identifier(wire: &str, field: &'static str, r: &mut Reader) -> Option<String> {
    let text = alphanumeric(printable(wire, NAME_MAX, field, r)?);
    not_empty(&text, NAME_MAX, field, r)
}

/// Upper case without spaces around it; machines give these ids, and every character counts.
pub(super) fn filing_id(wire: &str, field: &'static str, r: &mut Reader) -> Option<String> {
    let text = printable(wire, NAME_MAX, field, r)?.trim();
    not_empty(&text.to_ascii_uppercase(), NAME_MAX, field, r)
}

fn alphanumeric(text: &str) -> String {
    // It does not grow, which would leave a copy of its beginning each time.
    let mut kept = String::with_capacity(text.len());
    let bytes = text.bytes().filter(u8::is_ascii_alphanumeric);
    kept.extend(bytes.map(|b| char::from(b.to_ascii_uppercase())));
    kept
}

/// 1 to `max` bytes of printable ASCII, without `;`.
fn printable<'a>(
    wire: &'a str,
    max: usize,
    field: &'static str,
    r: &mut Reader,
) -> Option<&'a str> {
    if wire.is_empty() {
        r.reject(field, Why::Missing);
        return None;
    }
    if wire.len() > max {
        let found = wire.len();
        r.reject(field, Why::Length { min: 1, max, found });
        return None;
    }
    if !wire
        .bytes()
        .all(|b| (b' '..=b'~').contains(&b) && b != b';')
    {
        r.reject(field, Why::Character);
        return None;
    }
    Some(wire)
}

/// What is left after normalisation, if anything is.
fn not_empty(text: &str, max: usize, field: &'static str, r: &mut Reader) -> Option<String> {
    if text.is_empty() {
        let (min, found) = (1, 0);
        r.reject(field, Why::Length { min, max, found });
        return None;
    }
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire_error::read;

    fn check(
        normalise: fn(&str, &'static str, &mut Reader) -> Option<String>,
        written: &str,
        expected: &Result<&str, Why>,
    ) {
        let found = read(|r| normalise(written, "field", r));
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{written:?}"),
            (Err(found), Err(why)) => {
                let [violation] = found.violations() else {
                    panic!("{written:?}: {found}");
                };
                assert_eq!(violation.field, "field");
                assert_eq!(violation.why, *why, "{written:?}");
            }
            _ => panic!("{written:?}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn docket_numbers_are_compared_as_courts_mean_them() {
        for (written, number) in [
            ("BA123456", "BA123456"),
            (" ba 123.456 ", "BA123456"),
            ("B.A.123456:-", "BA123456"),
            ("BA123456-01", "BA123456-01"),
            ("BA123456-:-", "BA123456"),
            ("21CF/00017", "21CF/00017"),
            ("-1", "-1"),
        ] {
            check(docket_number, written, &Ok(number));
        }
        let empty = Why::Length {
            min: 1,
            max: 64,
            found: 0,
        };
        check(docket_number, "", &Err(Why::Missing));
        check(docket_number, " . ", &Err(empty.clone()));
        check(docket_number, ":-", &Err(empty));
        check(docket_number, "BA1; BA2", &Err(Why::Character));
        check(docket_number, "BA\t1", &Err(Why::Character));
        check(docket_number, "BA\u{2013}1", &Err(Why::Character));
        let long = Why::Length {
            min: 1,
            max: 64,
            found: 65,
        };
        check(docket_number, &"1".repeat(65), &Err(long));
        check(docket_number, &"1".repeat(64), &Ok(&"1".repeat(64)));
    }

    #[test]
    fn defendants_are_numbers_without_leading_zeros() {
        for (written, number) in [
            ("1", "1"),
            ("01", "1"),
            ("-01", "1"),
            ("000", "0"),
            ("10", "10"),
            ("a", "A"),
            ("0a", "0A"),
        ] {
            check(defendant, written, &Ok(number));
        }
        check(defendant, "", &Err(Why::Missing));
        check(
            defendant,
            "-",
            &Err(Why::Length {
                min: 1,
                max: 16,
                found: 0,
            }),
        );
    }

    #[test]
    fn identifiers_are_letters_and_digits() {
        check(identifier, "a-012 345.57", &Ok("A01234557"));
        check(
            identifier,
            "--",
            &Err(Why::Length {
                min: 1,
                max: 64,
                found: 0,
            }),
        );
        check(filing_id, " f-1.a ", &Ok("F-1.A"));
        check(
            filing_id,
            "  ",
            &Err(Why::Length {
                min: 1,
                max: 64,
                found: 0,
            }),
        );
        check(court, "lasc-cjc", &Ok("LASC-CJC"));
        check(court, "", &Err(Why::Missing));
    }
}
