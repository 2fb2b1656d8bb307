//! The operator's file that says what courts' own codes mean.
//!
//! ```toml
//! [odyssey.review_status]
//! Returned = "REJECTED"
//! "Under review" = "RECEIVED"
//! ```

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;

use caseledger_engine::open_regular;
use caseledger_proto::convert::{CodeError, Codes};

/// The longest file that is read, in bytes: some thousand codes of every vocabulary.
const FILE_MAX: u64 = 1 << 20;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CodesError {
    /// It cannot be read.
    #[error("cannot be read; set court.codes to an existing file, or leave it out")]
    File(#[source] io::Error),
    /// It is longer than any table of codes.
    #[error("has more than {max} bytes; set court.codes to a table of codes, or leave it out")]
    TooLong {
        /// The most that is read.
        max: u64,
    },
    /// It is not of the form.
    #[error("is no table of source systems, vocabularies and codes")]
    Form(#[source] Box<toml::de::Error>),
    /// It maps what cannot be mapped.
    #[error("source system {system:?}")]
    Code {
        /// Which.
        system: String,
        /// Why.
        #[source]
        source: CodeError,
    },
}

/// Reads the file.
pub(crate) fn load(path: &Path) -> Result<Codes, CodesError> {
    let file = open_regular(path).map_err(CodesError::File)?;
    let mut text = String::new();
    // One more tells a file that is too long from one that is just not.
    let mut bounded = file.take(FILE_MAX + 1);
    bounded
        .read_to_string(&mut text)
        .map_err(CodesError::File)?;
    if text.len() as u64 > FILE_MAX {
        return Err(CodesError::TooLong { max: FILE_MAX });
    }
    parse(&text)
}

fn parse(text: &str) -> Result<Codes, CodesError> {
    type Words = BTreeMap<String, BTreeMap<String, String>>;
    let systems: BTreeMap<String, Words> =
        toml::from_str(text).map_err(|error| CodesError::Form(Box::new(error)))?;
    let mut codes = Codes::default();
    for (system, fields) in &systems {
        for (field, words) in fields {
            for (raw, word) in words {
                let inserted = codes.insert(system, field, raw, word);
                inserted.map_err(|source| CodesError::Code {
                    system: system.clone(),
                    source,
                })?;
            }
        }
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes.toml");
        let bound = usize::try_from(FILE_MAX).unwrap();
        std::fs::write(&path, "#".repeat(bound)).unwrap();
        assert_eq!(load(&path).unwrap(), Codes::default());
        std::fs::write(&path, "#".repeat(bound + 1)).unwrap();
        let error = load(&path).unwrap_err();
        assert!(matches!(error, CodesError::TooLong { max: FILE_MAX }));
    }

    #[test]
    fn a_file_maps_codes_of_a_system_and_nothing_else() {
        let mut expected = Codes::default();
        expected
            .insert("Odyssey", "review_status", "under review", "RECEIVED")
            .unwrap();
        let parsed = parse("[odyssey.review_status]\n\"Under review\" = \"RECEIVED\"\n");
        assert_eq!(parsed.unwrap(), expected);
        assert_eq!(parse("").unwrap(), Codes::default());
        for (text, form) in [
            ("odyssey = 1", true),
            ("[odyssey]\nReturned = \"REJECTED\"", true),
            ("[odyssey.status]\nReturned = \"REJECTED\"", false),
            ("[odyssey.review_status]\nReturned = \"BACK\"", false),
            (
                "[odyssey.review_status]\na = \"REJECTED\"\nA = \"ACCEPTED\"",
                false,
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(matches!(error, CodesError::Form(_)), form, "{text}");
        }
    }
}
