//! P14: what is private of a person, as an agency tells it with a fact.

use caseledger_client::pb::v1;

/// The submission, with what is private of the person of that number in each of its posts: two names, a birth date, two
/// identifiers and a note, together about 300 bytes of what is kept.
pub(super) fn with_details(mut submission: v1::Submission, number: u64) -> v1::Submission {
    for post in &mut submission.posts {
        post.private = Some(details(number));
    }
    submission
}

fn details(number: u64) -> v1::PrivateDetails {
    let identifier = |issuer: &str, value: String| v1::PersonIdentifier {
        issuer: issuer.to_owned(),
        value,
    };
    v1::PrivateDetails {
        names: vec![
            format!("SYNTHETIC PERSON {number:010}"),
            format!("ALSO KNOWN AS SYNTHETIC {number:010}"),
        ],
        birth_date: 19_700_101,
        identifiers: vec![
            identifier("CA-CII", format!("A{number:08}")),
            identifier("LASC-CJC", format!("MAIN{number:010}")),
        ],
        note: "The name and the birth date are those of the booking sheet; the court's file has the second name, \
               and the fingerprints on file are of the same person as in the state's record."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    #[test]
    fn what_is_private_has_about_300_bytes() {
        let length = details(1_234_567).encoded_len();
        assert!((280..=320).contains(&length), "{length}");
    }
}
