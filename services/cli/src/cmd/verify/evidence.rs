//! Evidence against a log, by people who trust neither the log nor who accuses it.

use std::fs::File;
use std::io::Read as _;

use caseledger_chain::VerifierKey;
use caseledger_client::{Evidence, EvidenceError};
use serde_json::json;

use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Format, Output, Report, Sheet};

/// What a file of evidence came to.
#[derive(Debug, thiserror::Error)]
enum Outcome {
    #[error("these two checkpoints were signed by the same key and contradict each other")]
    Contradiction,
    #[error("{file} proves nothing: {source}")]
    Nothing {
        file: String,
        #[source]
        source: EvidenceError,
    },
}

/// The text of a file that says that it is evidence; none for another file, or standard input.
pub(super) fn read(file: &str) -> Result<Option<String>, Failure> {
    if file == "-" {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // One byte more shows a file that is too long.
    File::open(file)
        .and_then(|open| {
            open.take(Evidence::bytes_max() as u64 + 1)
                .read_to_end(&mut bytes)
        })
        .map_err(io_failure("read", file))?;
    if Evidence::is_claimed_by(&bytes) {
        return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(None)
}

/// Verifies evidence. That it holds is a finding, too.
pub(super) fn verify(
    text: &str,
    file: &str,
    key: &VerifierKey,
    format: Format,
    output: &Output,
) -> Result<(), Failure> {
    let evidence = Evidence::verify(text, key).map_err(|source| {
        let file = file.to_owned();
        Failure::new(Exit::Refused, Outcome::Nothing { file, source })
    })?;
    output.show(format, &report(&evidence))?;
    Err(Failure::new(Exit::Found, Outcome::Contradiction)
        .hint("no append-only log can have both; docs/AUDITING.md says how to check that by hand"))
}

fn report(evidence: &Evidence) -> Report {
    let (first, second) = (evidence.first(), evidence.second());
    let origin = first.checkpoint().origin.as_str();
    let (root, first_root) = (evidence.root().to_base64(), first.root().to_base64());
    let second_root = second.root().to_base64();
    let json = json!({
        "contradiction": true,
        "origin": origin,
        "first_size": first.size().get(),
        "first_root": first_root,
        "second_size": second.size().get(),
        "second_root": second_root,
        "second_root_at_first_size": root,
        "first_note": first.note(),
        "second_note": second.note(),
    });
    let card = Sheet::card([
        ("origin", Cell::from(origin)),
        ("first_size", Cell::Count(first.size().get())),
        ("first_root", Cell::from(first_root)),
        ("second_size", Cell::Count(second.size().get())),
        ("second_root", Cell::from(second_root)),
        ("second_root_at_first_size", Cell::from(root)),
    ]);
    Report::new(json)
        .line(
            "PROVEN: these two checkpoints were signed by the same key and contradict each other.",
        )
        .line("")
        .sheet(card)
}
