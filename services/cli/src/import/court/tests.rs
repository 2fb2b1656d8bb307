use super::*;
use crate::import::plan::Refusal;
use crate::import::source::RECORD_BYTES_MAX;
use crate::import::tests::{Run, options, run, try_run};
use crate::import::{Format, ImportError, ImportedCase, SkipReason};
use caseledger_domain::vocabulary::Family;

pub(crate) const HEADER: &str = "case_number,defendant,court,county,agency,person_issuer,person_id,\
section,severity,conviction_date,counts,sentence_status,name,birth_date\n";

const ROW: &str = "BA-1,01,LASC-CJC,037,lada,CA-CII,X1,HS 11358,FELONY,1999-03-31,2,COMPLETED,\"DOE, J\",1960-01-02\n";

fn import(rows: &[&str]) -> Run {
    let file = format!("{HEADER}{}", rows.concat());
    run(&options(Format::Court), file.as_bytes())
}

#[test]
fn reads_every_column_of_a_row() {
    let found = import(&[ROW]);
    assert_eq!(found.codes(), []);
    let case = &found.cases[0];
    assert_eq!(case.case_number().expose(), "BA-1");
    assert_eq!(case.defendant().expose(), "01");
    assert_eq!(case.court().as_str(), "LASC-CJC");
    assert_eq!(case.county(), 37);
    assert_eq!(case.agency().as_str(), "lada");
    let person = case.person().unwrap();
    assert_eq!(
        (person.issuer.as_str(), person.id.expose()),
        ("CA-CII", "X1")
    );
    assert_eq!(
        case.charges(),
        [Charge {
            id: ChargeId(1),
            section: "HS 11358".parse().unwrap(),
            family: Family::Cultivation,
            severity: Severity::Felony,
            conviction_year: 1999,
            counts: 2,
            sentence: Supervision::Completed,
            in_comment_only: false,
        }]
    );
    assert_eq!(case.lines(), [2]);
}

#[test]
fn reads_columns_in_any_order_and_leaves_optional_ones_out() {
    let file = "\u{feff}Severity,section,court,county,case_number,defendant,conviction_date\r\n\
        m,11357(B) HS,LASC-CJC,Los Angeles,\"BA, 1\",02,1975\r\n";
    let found = run(&options(Format::Court), file.as_bytes());
    assert_eq!(found.charges(0), ["HS 11357(b) MISDEMEANOR 1975"]);
    let case = &found.cases[0];
    assert_eq!(case.case_number().expose(), "BA, 1");
    assert_eq!((case.agency().as_str(), case.person()), ("lada", None));
    let charge = case.charges()[0];
    assert_eq!((charge.counts, charge.sentence), (1, Supervision::Unknown));
}

#[test]
fn folds_rows_of_one_case_and_keeps_co_defendants_apart() {
    let found = import(&[
        ROW,
        &ROW.replace("BA-1,01", "BA-1,02").replace("X1", "X2"),
        &ROW.replace("BA-1,01,LASC", "b a-1,1,lasc")
            .replace("CA-CII,X1", "ca-cii,x-1")
            .replace("11358", "11359"),
        &ROW.replace("HS 11358", "PC 459"),
        ROW,
    ]);
    let lines: Vec<&[u32]> = found.cases.iter().map(ImportedCase::lines).collect();
    assert_eq!(lines, [&[3][..], &[2, 4, 5]]);
    assert_eq!(found.summary.fates.duplicates, 1);
    assert_eq!(found.summary.convictions, 4);
    assert_eq!(found.summary.controls.rows, 2);
}

#[test]
fn counts_cases_without_a_cannabis_charge() {
    let found = import(&[&ROW.replace("HS 11358", "PC 459")]);
    assert_eq!(found.summary.cases, 0);
    assert_eq!(
        found.summary.fates.skipped[&SkipReason::NotCannabis].rows,
        1
    );
}

#[test]
fn refuses_rows_of_one_case_that_disagree() {
    for (from, to, column) in [
        (",037,", ",075,", "county"),
        (",lada,", ",city-pasadena,", "agency"),
        (",X1,", ",X2,", "person_id"),
    ] {
        let found = import(&[ROW, &ROW.replace(from, to)]);
        assert_eq!(
            found.codes(),
            [(2, "SUBJECT_HAS_BAD_ROW"), (3, "CASE_CONFLICT")]
        );
        assert_eq!(found.errors[1].column, column);
        assert_eq!(
            (found.summary.cases, found.summary.subjects_refused),
            (0, 1)
        );
    }
}

#[test]
fn names_the_column_that_is_wrong_and_refuses_the_case() {
    let long = "9".repeat(65);
    for (from, to, column, code) in [
        ("BA-1", "", "case_number", "MISSING_VALUE"),
        ("BA-1", "=1+1", "case_number", "FORMULA_CHARACTER"),
        ("BA-1", " @SUM", "case_number", "FORMULA_CHARACTER"),
        ("BA-1", &*long, "case_number", "VALUE_TOO_LONG"),
        ("BA-1", "A1; A2", "case_number", "BAD_CHARACTER"),
        (",01,", ",-1,", "defendant", "FORMULA_CHARACTER"),
        (",01,", ",#,", "defendant", "BAD_CHARACTER"),
        ("LASC-CJC", "", "court", "MISSING_VALUE"),
        ("LASC-CJC", "LASC-CJC-LASC-CJC", "court", "BAD_CODE"),
        (",037,", ",038,", "county", "UNKNOWN_COUNTY"),
        (",037,", ",06 037,", "county", "UNKNOWN_COUNTY"),
        (",lada,", ",LADA,", "agency", "BAD_CODE"),
        ("CA-CII", "", "person_issuer", "PERSON_INCOMPLETE"),
        (",X1,", ",,", "person_id", "PERSON_INCOMPLETE"),
        ("HS 11358", "cultivation", "section", "BAD_CODE"),
        ("FELONY", "WOBBLER", "severity", "UNKNOWN_CODE"),
        ("1999-03-31", "03/31/1999", "conviction_date", "BAD_DATE"),
        ("1999-03-31", "0199", "conviction_date", "BAD_DATE"),
        (",2,", ",0,", "counts", "BAD_NUMBER"),
        (",2,", ",256,", "counts", "BAD_NUMBER"),
        ("COMPLETED", "DONE", "sentence_status", "UNKNOWN_CODE"),
        ("\"DOE, J\"", "+DOE", "name", "FORMULA_CHARACTER"),
        ("1960-01-02", "2.1.1960", "birth_date", "BAD_DATE"),
    ] {
        let bad = ROW.replacen(from, to, 1);
        let found = import(&[ROW, &bad, &ROW.replace("BA-1", "BA-2")]);
        let expected = (3, code, column);
        let own: Vec<_> = found
            .errors
            .iter()
            .filter(|error| error.line == 3)
            .map(|error| (error.line, error.problem.code(), error.column))
            .collect();
        assert_eq!(own, [expected], "{to}");
        // A row that still names its case takes only that one with it.
        let others = match column {
            "case_number" | "defendant" | "court" => continue,
            _ => found.codes(),
        };
        assert_eq!(others, [(2, "SUBJECT_HAS_BAD_ROW"), (3, code)], "{to}");
        assert_eq!(found.cases[0].case_number().expose(), "BA-2");
    }
    let all_wrong = ROW
        .replace(",037,", ",0,")
        .replace("FELONY", "?")
        .replace("1999-03-31", "?");
    let columns: Vec<_> = import(&[&all_wrong])
        .errors
        .iter()
        .map(|error| error.column)
        .collect();
    assert_eq!(columns, ["county", "severity", "conviction_date"]);
}

#[test]
fn reads_files_longer_than_a_row_may_be() {
    let rows: Vec<String> = (0..12_000)
        .map(|at| ROW.replace("BA-1", &format!("BA-{at}")))
        .collect();
    let rows = rows.concat();
    assert!(rows.len() > RECORD_BYTES_MAX + (1 << 16));
    assert_eq!(import(&[&rows]).summary.cases, 12_000);
}

#[test]
fn refuses_headers_without_showing_what_is_in_them() {
    let refused = |file: &str| match try_run(&options(Format::Court), file.as_bytes()) {
        Err(ImportError::File(error)) => error.to_string(),
        Err(ImportError::Sink(never)) => match never {},
        Ok(_) => panic!("accepted"),
    };
    let error = refused(ROW);
    assert!(error.starts_with("column 1 of the header is not known; known are case_number, "));
    assert!(!error.contains("DOE"));
    assert!(error.ends_with(&NAMES.join(", ")));
    let error = refused(&HEADER.replace("birth_date", "COURT"));
    assert_eq!(error, "header names the column court twice");
    let error = refused(&HEADER.replace("severity,", ""));
    assert!(error.starts_with("header does not name the column severity;"));
}

#[test]
fn checks_the_totals_row_before_anything_is_handed_on() {
    let misdemeanor = ROW
        .replace("FELONY", "MISDEMEANOR")
        .replace("11358", "11357");
    let found = import(&[ROW, &misdemeanor, "#TOTAL,2,1,1,0,0\n"]);
    assert_eq!(found.codes(), []);
    assert_eq!((found.summary.cases, found.summary.rows), (1, 2));
    assert_eq!(found.summary.declared.unwrap().rows, 2);
    // Spreadsheets pad the row to the width of the header.
    let found = import(&[ROW, "#TOTAL,1,1,0,0,0,,,,,,,,\n"]);
    assert_eq!(found.summary.cases, 1);

    let found = import(&[ROW, &misdemeanor, "#TOTAL,2,2,0,0,0\n"]);
    assert_eq!(found.summary.cases, 0);
    assert_eq!(
        found.codes(),
        [(2, "CONTROL_TOTALS"), (3, "CONTROL_TOTALS")]
    );
    assert!(matches!(
        found.summary.refusal,
        Some(Refusal::ControlTotals { declared, found })
            if declared.felonies == 2 && found.felonies == 1 && found.misdemeanors == 1
    ));
    // A bad row counts too: the totals are about the file.
    let bad = misdemeanor.replace("1999", "19x9");
    let found = import(&[ROW, &bad, "#TOTAL,2,1,1,0,0\n"]);
    assert_eq!(found.summary.refusal, None);
    assert_eq!(found.codes(), [(2, "SUBJECT_HAS_BAD_ROW"), (3, "BAD_DATE")]);
}

#[test]
fn refuses_a_totals_row_that_is_not_the_last_or_not_one() {
    for rows in [
        "#TOTAL,1,1,0,0\n",
        "#TOTAL,1,1,0,0,x\n",
        "#TOTAL,1,1,0,0,0,9\n",
        "#TOTAL\n",
    ] {
        let file = format!("{HEADER}{ROW}{rows}");
        assert!(
            matches!(
                try_run(&options(Format::Court), file.as_bytes()),
                Err(ImportError::File(FileError::TotalsMalformed { line: 3 }))
            ),
            "{rows}"
        );
    }
    let file = format!("{HEADER}#TOTAL,1,1,0,0,0\n{ROW}");
    assert!(matches!(
        try_run(&options(Format::Court), file.as_bytes()),
        Err(ImportError::File(FileError::TotalsNotLast { line: 3 }))
    ));
}

#[test]
fn refuses_rows_of_another_width_with_their_neighbours() {
    let other = ROW.replace("BA-1", "BA-2");
    let found = import(&[ROW, "BA-9,01\n", &other]);
    assert_eq!(
        found.codes(),
        [
            (2, "SUBJECT_HAS_BAD_ROW"),
            (3, "COLUMN_COUNT"),
            (4, "SUBJECT_HAS_BAD_ROW")
        ]
    );
}
