//! The names that make a case and a person what they are, checked and compared as the ledger
//! does it, so that what the import takes the ledger takes, and what the ledger takes for one case
//! is one case here.

use crate::import::Problem;
use crate::import::plan::Private;

/// Longest docket number or identifier, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 64;

/// Longest defendant, in bytes.
const DEFENDANT_BYTES_MAX: usize = 16;

/// Between the numbers of a case that has several. It occurs in no docket number.
pub(super) const BETWEEN_NUMBERS: &str = " + ";

/// Parses a docket number.
pub(super) fn docket_number(text: &str) -> Result<Private, Problem> {
    parse(text, NAME_BYTES_MAX, normal_number)
}

/// Parses a defendant within a docket number.
pub(super) fn defendant(text: &str) -> Result<Private, Problem> {
    parse(text, DEFENDANT_BYTES_MAX, normal_defendant)
}

/// Parses an identifier of a person.
pub(super) fn identifier(text: &str) -> Result<Private, Problem> {
    parse(text, NAME_BYTES_MAX, normal_identifier)
}

/// Upper case, without spaces and dots, and without colons and hyphens at the end.
pub(super) fn normal_number(number: &str) -> String {
    let kept: String = number.chars().filter(|c| !" .".contains(*c)).collect();
    kept.trim_end_matches([':', '-']).to_ascii_uppercase()
}

/// Letters and digits in upper case; a number without leading zeros.
pub(super) fn normal_defendant(defendant: &str) -> String {
    let text = normal_identifier(defendant);
    let number = text.trim_start_matches('0');
    if number.is_empty() && !text.is_empty() {
        "0".to_owned()
    } else if number.bytes().all(|b| b.is_ascii_digit()) {
        number.to_owned()
    } else {
        text
    }
}

/// Letters and digits in upper case.
pub(super) fn normal_identifier(identifier: &str) -> String {
    let kept = identifier.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_uppercase()).collect()
}

fn parse(text: &str, bytes_max: usize, normal: fn(&str) -> String) -> Result<Private, Problem> {
    let text = text.trim();
    if text.is_empty() {
        Err(Problem::MissingValue)
    } else if text.len() > bytes_max {
        Err(Problem::ValueTooLong)
    } else if normal(text).is_empty()
        || !text
            .bytes()
            .all(|b| (b' '..=b'~').contains(&b) && b != b';')
    {
        Err(Problem::BadCharacter)
    } else {
        Ok(Private::new(text))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use caseledger_domain::{CaseToken, FilingId, OrderId, PersonRef};
    use caseledger_proto::Pseudonyms;
    use caseledger_proto::convert;
    use caseledger_proto::pb::v1::{self as pb, look_up_request};
    use proptest::prelude::*;

    use super::*;

    /// Notes the normal forms that the ledger would hash.
    #[derive(Default)]
    struct Noted(RefCell<Vec<String>>);

    impl Pseudonyms for Noted {
        fn case_token(&self, _court: &str, number: &str, defendant: &str) -> CaseToken {
            self.0
                .borrow_mut()
                .extend([number.to_owned(), defendant.to_owned()]);
            CaseToken::from_bytes([0; 16])
        }

        fn person(&self, _issuer: &str, value: &str) -> PersonRef {
            self.0.borrow_mut().push(value.to_owned());
            PersonRef::from_bytes([0; 16])
        }

        fn order(&self, _court: &str, _number: &str) -> OrderId {
            OrderId::from_bytes([0; 16])
        }

        fn filing(&self, _court: &str, _id: &str) -> FilingId {
            FilingId::from_bytes([0; 16])
        }

        fn message(&self, _parts: &[&str]) -> [u8; 16] {
            [0; 16]
        }

        fn content(&self, _canonical: &[u8]) -> [u8; 32] {
            [0; 32]
        }
    }

    /// The normal forms that looking a key up leads to.
    fn noted(key: look_up_request::Key) -> Option<Vec<String>> {
        let noted = Noted::default();
        let request = pb::LookUpRequest { key: Some(key) };
        convert::look_up(&request, &noted).ok()?;
        Some(noted.0.take())
    }

    /// What the ledger makes of a docket number, a defendant and an identifier.
    fn of_the_ledger(number: &str, defendant: &str, value: &str) -> [Option<String>; 3] {
        let key = |number: &str, defendant: &str| {
            noted(look_up_request::Key::CaseKey(pb::CaseKey {
                court: "C".to_owned(),
                number: number.to_owned(),
                defendant: defendant.to_owned(),
            }))
        };
        let person = noted(look_up_request::Key::Person(pb::PersonIdentifier {
            issuer: "I".to_owned(),
            value: value.to_owned(),
        }));
        [
            key(number, "1").map(|noted| noted[0].clone()),
            key("1", defendant).map(|noted| noted[1].clone()),
            person.map(|noted| noted[0].clone()),
        ]
    }

    fn of_the_import(number: &str, person: &str, value: &str) -> [Option<String>; 3] {
        let normal = |parsed: Result<Private, Problem>, normal: fn(&str) -> String| {
            parsed.ok().map(|private| normal(private.expose()))
        };
        [
            normal(docket_number(number), normal_number),
            normal(defendant(person), normal_defendant),
            normal(identifier(value), normal_identifier),
        ]
    }

    #[test]
    fn takes_and_compares_names_as_courts_mean_them() {
        for (written, expected) in [
            ("ba 12.34:-", ["BA1234", "BA1234", "BA1234"].map(Some)),
            ("007", ["007", "7", "007"].map(Some)),
            ("00", ["00", "0", "00"].map(Some)),
            ("A1 + B2", ["A1+B2", "A1B2", "A1B2"].map(Some)),
            ("--", [None, None, None]),
            ("A;B", [None, None, None]),
            ("\u{d1}", [None, None, None]),
            (
                "12345678901234567",
                [Some("12345678901234567"), None, Some("12345678901234567")],
            ),
        ] {
            let expected = expected.map(|text| text.map(str::to_owned));
            assert_eq!(
                of_the_import(written, written, written),
                expected,
                "{written}"
            );
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_ledger_on_what_is_a_name_and_which_are_the_same(
            number in "[ -~\u{d1}]{0,3}[0 .:;-]{0,3}[a-zA-Z0-9]{0,3}[:. -]{0,3}",
            person in "[-0 ]{0,3}[a-z0-9]{0,2}[0-9;-]{0,14}",
            value in "[ -~]{0,70}",
        ) {
            // Spaces around a field are the file's, not the name's.
            let (number, person, value) = (number.trim(), person.trim(), value.trim());
            prop_assert_eq!(
                of_the_import(number, person, value),
                of_the_ledger(number, person, value)
            );
        }
    }
}
