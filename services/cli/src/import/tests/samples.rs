//! The extracts of the archived public project, counted by hand.
//!
//! They are not part of this repository: the tests look for them in the folder that
//! `CASELEDGER_DOJ_SAMPLES` names, and pass with a message when it names none.

use super::{Run, options, run_path};
use crate::import::plan::Refusal;
use crate::import::{Format, Problem, SkipReason, Skipped};
use std::io::Write as _;
use std::path::Path;

fn sample(name: &str) -> Option<Run> {
    let Some(folder) = std::env::var_os("CASELEDGER_DOJ_SAMPLES") else {
        // Past the harness, which shows what a test prints only if it fails.
        let said = "skipped: CASELEDGER_DOJ_SAMPLES names no folder with";
        writeln!(std::io::stderr(), "{said} {name}").unwrap();
        return None;
    };
    Some(run_path(&options(Format::Doj), &Path::new(&folder).join(name)).unwrap())
}

/// Counted by hand in `no_headers.csv`, by its lines.
fn check_sample(found: &Run, offset: u32) {
    let summary = &found.summary;
    assert_eq!((summary.rows, summary.subjects), (38, 11));
    assert_eq!((summary.convictions, summary.subjects_refused), (28, 0));
    assert_eq!((summary.cases, summary.charges), (2, 5));
    assert_eq!(summary.fates.sentence_parts, 1, "22 belongs to 21");
    assert_eq!(summary.fates.not_convictions, 9, "1 3 5 6 9 11 18 35 37");
    assert_eq!(
        (
            summary.fates.bad,
            summary.fates.refused,
            summary.fates.duplicates
        ),
        (0, 0, 0)
    );
    let skipped = |reason| summary.fates.skipped.get(&reason).copied();
    assert_eq!(
        skipped(SkipReason::NotCannabis),
        Some(Skipped { cases: 3, rows: 4 }),
        "2 with 4; 36; 38"
    );
    assert_eq!(
        skipped(SkipReason::NoCaseNumber),
        Some(Skipped { cases: 9, rows: 19 })
    );
    assert_eq!(summary.fates.skipped.len(), 2);
    let lines = |lines: &[u32]| lines.iter().map(|line| line + offset).collect::<Vec<_>>();
    assert_eq!(found.cases[0].lines(), lines(&[7, 8]));
    assert_eq!(
        found.charges(0),
        ["HS 11358 FELONY 2014", "BP 4060 FELONY 2014"]
    );
    assert_eq!(found.cases[0].case_number().expose(), "98776");
    assert_eq!(found.cases[1].lines(), lines(&[10, 12, 13]));
    assert_eq!(
        found.charges(1),
        [
            "HS 11357(c) FELONY 1979",
            "HS 11357(b) FELONY 1980",
            "VC 503 FELONY 1981"
        ]
    );
    assert_eq!(found.cases[1].case_number().expose(), "34345 + 998877");
    for case in &found.cases {
        assert_eq!((case.county(), case.court().as_str()), (77, "CASC-077"));
    }
    let numberless: Vec<u32> = found
        .errors
        .iter()
        .filter(|error| error.problem == Problem::NoCaseNumber)
        .map(|error| error.line)
        .collect();
    assert_eq!(
        numberless,
        lines(&[
            14, 17, 15, 16, 19, 20, 21, 23, 24, 25, 26, 27, 28, 30, 29, 31, 32, 33, 34
        ])
    );
    let mut errors = found.errors.iter();
    let several = errors.find(|e| e.problem == Problem::SeveralCaseNumbers);
    assert_eq!(several.map(|e| e.line), Some(10 + offset));
    let evidence = summary.evidence;
    assert_eq!(
        (evidence.deceased, evidence.pc290_registrations),
        (1, 1),
        "9; 11"
    );
    assert_eq!(evidence.superstrikes, 2, "220 PC on 24, 187 PC on 32");
}

#[test]
fn imports_the_sample_without_header_as_counted_by_hand() {
    let Some(found) = sample("no_headers.csv") else {
        return;
    };
    check_sample(&found, 0);
    assert_eq!(found.errors.len(), 20);
}

#[test]
fn imports_the_sample_whose_header_ends_with_a_comma_with_a_remark() {
    let Some(found) = sample("extra_comma.csv") else {
        return;
    };
    check_sample(&found, 1);
    assert_eq!(found.codes()[0], (1, "HEADER_EXTRA_COMMA"));
    assert_eq!(found.errors.len(), 21);
}

#[test]
fn imports_nothing_of_the_sample_with_94_columns() {
    let Some(found) = sample("bad.csv") else {
        return;
    };
    assert_eq!(found.summary.refusal, Some(Refusal::Header));
    assert_eq!((found.summary.rows, found.summary.cases), (37, 0));
    let mut expected = vec![(1, "HEADER_NOT_UNDERSTOOD")];
    expected.extend((2..=38).map(|line| (line, "COLUMN_COUNT")));
    assert_eq!(found.codes(), expected);
}
