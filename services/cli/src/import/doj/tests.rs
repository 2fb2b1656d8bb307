use super::*;
use crate::import::tests::{Run, conviction, doj_row, options, run};
use crate::import::{Format, ImportedCase, SkipReason};
use caseledger_domain::vocabulary::{Family, Supervision};

fn import(rows: &[String]) -> Run {
    run(&options(Format::Doj), rows.concat().as_bytes())
}

/// [`conviction`] with other columns on top.
fn changed(row: &str, cells: &[(usize, &str)]) -> String {
    let mut fields: Vec<&str> = row.trim_end().split(',').collect();
    for (at, text) in cells {
        fields[*at] = text;
    }
    fields.join(",") + "\n"
}

#[test]
fn reads_columns_where_the_header_names_them() {
    for (at, name) in columns::READ {
        assert_eq!(columns::NAMES[*at], *name);
    }
}

#[test]
fn knows_a_header_and_refuses_a_wrong_one() {
    let row = conviction("1", "101002001000", "A-1", "11358 HS-X");
    let header = columns::NAMES.join(",");
    let check = |header: &str, codes: &[(u32, &str)], cases: u64| {
        let found = import(&[format!("{header}\r\n"), row.clone()]);
        assert_eq!(found.codes(), codes, "{header}");
        assert_eq!((found.summary.cases, found.summary.rows), (cases, 1));
    };
    check(&header, &[], 1);
    check(&format!("\u{feff}{header}"), &[], 1);
    check(&header.to_ascii_lowercase(), &[], 1);
    check(&format!("{header},"), &[(1, "HEADER_EXTRA_COMMA")], 1);
    let refused = [(1, "HEADER_NOT_UNDERSTOOD"), (2, "HEADER_NOT_UNDERSTOOD")];
    check(&format!("{header},MORE"), &refused, 0);
    check(&format!("{header},,"), &refused, 0);
    check(&header.replace("OFN", "OFM"), &refused, 0);
    check(&header.replace(",END_OF_REC", ""), &refused, 0);
}

#[test]
fn takes_the_severity_from_the_status_and_else_from_the_offence() {
    let check = |status: &str, offence: &str, expected: Severity| {
        let row = conviction("1", "101002001000", "A-1", "11358 HS-X");
        let row = changed(
            &row,
            &[
                (columns::CONV_STAT_DESCR, status),
                (columns::OFFENSE_TOC, offence),
            ],
        );
        let found = import(&[row]);
        assert_eq!(found.cases[0].severity(), expected, "{status}/{offence}");
    };
    check("FELONY", "M", Severity::Felony);
    check("MISDEMEANOR  ", "F", Severity::Misdemeanor);
    check("INFRACTION", "", Severity::Infraction);
    check("", "F", Severity::Felony);
    check("  ", "M", Severity::Misdemeanor);
    check("NULL", "I", Severity::Infraction);
    check("", "", Severity::Unknown);
    check("", "N", Severity::Unknown);
    check("UNDETERMINED", "F", Severity::Unknown);
}

#[test]
fn only_dispositions_that_begin_with_convicted_are_convictions() {
    for (disposition, convictions) in [
        ("CONVICTED-PROBATION", 1),
        ("convicted", 1),
        ("CONVERTED TO CIVIL", 0),
        ("NOT CONVICTED", 0),
        ("", 0),
    ] {
        let row = conviction("1", "101002001000", "A-1", "11358 HS-X");
        let found = import(&[changed(&row, &[(columns::DISP_DESCR, disposition)])]);
        assert_eq!(found.summary.convictions, convictions, "{disposition}");
    }
}

#[test]
fn a_case_is_as_grave_as_its_gravest_cannabis_charge() {
    let check = |rows: &[(&str, &str)], expected: Severity| {
        let rows: Vec<String> = (1..)
            .zip(rows)
            .map(|(at, (offence, status))| {
                let row = conviction("1", &format!("10100200{at}000"), "A-1", offence);
                changed(&row, &[(columns::CONV_STAT_DESCR, status)])
            })
            .collect();
        let found = import(&rows);
        assert_eq!(found.cases[0].severity(), expected);
        let felonies = u32::from(expected == Severity::Felony);
        assert_eq!(found.summary.controls.felonies, felonies);
    };
    let (felony, misdemeanor) = ("FELONY", "MISDEMEANOR");
    check(
        &[("11357 HS", misdemeanor), ("11358 HS", felony)],
        Severity::Felony,
    );
    check(
        &[("11357 HS", misdemeanor), ("459 PC", felony)],
        Severity::Misdemeanor,
    );
    check(
        &[("11357 HS", "?"), ("11360 HS", "INFRACTION")],
        Severity::Infraction,
    );
    check(&[("11357 HS", "?"), ("459 PC", felony)], Severity::Unknown);
}

#[test]
fn without_numbers_every_court_event_is_a_case() {
    let found = import(&[
        conviction("1", "101002001000", "", "11358 HS-X"),
        conviction("1", "101002002000", "", "459 PC-X"),
        conviction("1", "102002001000", "", "11359 HS-X"),
        conviction("1", "103002001000", "", "459 PC-X"),
    ]);
    let skipped = &found.summary.fates.skipped;
    assert_eq!(skipped[&SkipReason::NoCaseNumber].cases, 2);
    assert_eq!(skipped[&SkipReason::NoCaseNumber].rows, 3);
    assert_eq!(skipped[&SkipReason::NotCannabis].cases, 1);
}

#[test]
fn folds_sentence_parts_and_drops_repeated_rows() {
    let row = conviction("1", "101002001000", "A-1", "11358 HS-X");
    let jail = changed(&row, &[(columns::SENT_LOC_DESCR, "JAIL")]);
    let fine = changed(
        &row,
        &[(columns::SENT_LOC_DESCR, "FINE"), (columns::OFN, "")],
    );
    let found = import(&[jail.clone(), fine, jail]);
    assert_eq!((found.summary.convictions, found.summary.charges), (1, 1));
    assert_eq!(found.summary.fates.sentence_parts, 1);
    assert_eq!(found.summary.fates.duplicates, 1);
    assert_eq!(found.cases[0].lines(), [1]);
}

#[test]
fn completes_a_count_from_its_parts_and_refuses_contradictions() {
    let row = conviction("1", "101002001000", "A-1", "11358 HS-X");
    let open = changed(
        &row,
        &[
            (columns::OFFENSE_DESCR, ""),
            (columns::CONV_STAT_DESCR, ""),
            (columns::OFFENSE_TOC, ""),
        ],
    );
    for rows in [[open.clone(), row.clone()], [row.clone(), open]] {
        let found = import(&rows);
        assert_eq!(found.charges(0), ["HS 11358 FELONY 2014"]);
        assert_eq!(found.codes(), []);
    }
    for (column, text) in [
        (columns::OFFENSE_DESCR, "11359 HS-X"),
        (columns::CONV_STAT_DESCR, "MISDEMEANOR"),
        (columns::STP_EVENT_DATE, "20150211"),
        (columns::STP_ORI_CNTY_NAME, "YOLO"),
        (columns::STP_ORI_CODE, "CAZZ99J99"),
    ] {
        let other = conviction("1", "102002001000", "A-2", "11358 HS-X");
        let found = import(&[row.clone(), changed(&row, &[(column, text)]), other]);
        assert_eq!(
            found.codes(),
            [
                (1, "SUBJECT_HAS_BAD_ROW"),
                (2, "COUNT_CONFLICT"),
                (3, "SUBJECT_HAS_BAD_ROW")
            ],
            "{text}"
        );
        assert_eq!(
            (found.summary.cases, found.summary.subjects_refused),
            (0, 1)
        );
    }
}

#[test]
fn takes_case_numbers_from_all_court_rows_of_the_court_event() {
    let dismissed = [(columns::DISP_DESCR, "DISMISSED/CHARGE DROPPED")];
    let found = import(&[
        changed(
            &conviction("1", "101002001000", "BA 12.34", "459 PC-X"),
            &dismissed,
        ),
        conviction("1", "101002002000", "NULL", "11358 HS-X"),
        conviction("1", "101002003000", "ba1234-", "11359 HS-X"),
        conviction("1", "101002004000", "AX9", "459 PC-X"),
        // Another event of the same cycle, and an arrest, have other numbers.
        conviction("1", "101003001000", "ZZ1", "11360 HS-X"),
        changed(
            &conviction("1", "101002005000", "ARREST1", "11358 HS-X"),
            &[
                (columns::DISP_DESCR, ""),
                (columns::STP_TYPE_DESCR, "ARREST/DETAINED/CITED"),
            ],
        ),
    ]);
    assert_eq!(found.cases.len(), 2);
    assert_eq!(found.cases[0].case_number().expose(), "AX9 + BA 12.34");
    assert_eq!(
        found.charges(0),
        [
            "HS 11358 FELONY 2014",
            "HS 11359 FELONY 2014",
            "PC 459 FELONY 2014"
        ]
    );
    assert_eq!(found.cases[1].case_number().expose(), "ZZ1");
    assert_eq!(found.codes(), [(2, "SEVERAL_CASE_NUMBERS")]);
    assert_eq!(found.summary.fates.not_convictions, 2);
}

#[test]
fn one_number_at_one_court_is_one_case_and_at_two_courts_two() {
    let found = import(&[
        conviction("1", "101002001000", "A-1", "11358 HS-X"),
        conviction("1", "102002001000", "a1", "11359 HS-X"),
        conviction("1", "103002001000", "A-1-", "11357 HS-X"),
        changed(
            &conviction("1", "104002001000", "A-1", "11360 HS-X"),
            &[(columns::STP_ORI_CNTY_NAME, "YOLO")],
        ),
        conviction("2", "101002001000", "A-1", "11358 HS-X"),
    ]);
    let lines: Vec<&[u32]> = found.cases.iter().map(ImportedCase::lines).collect();
    // `a1` lacks the hyphen: numbers are opaque, only spelling is evened out.
    assert_eq!(lines, [&[1, 3][..], &[2], &[4], &[5]]);
    assert_eq!(found.cases[2].county(), 113);
}

#[test]
fn counts_cases_that_are_not_imported_by_reason() {
    let mut wanted = options(Format::Doj);
    wanted.county = Some(77);
    let comment = [(columns::COMMENT_TEXT, "PLED FROM 11358 HS")];
    let elsewhere = [(columns::STP_ORI_CNTY_NAME, "YOLO")];
    let nowhere = [(columns::STP_ORI_CNTY_NAME, "NEVADA STATE")];
    let many: Vec<String> = (0..12).map(|at| format!("NUMBER-{at:03}")).collect();
    let mut rows = vec![
        conviction("1", "101002001000", "A-1", "459 PC-X"),
        changed(
            &conviction("1", "102002001000", "A-2", "32 PC-ACCESSORY"),
            &comment,
        ),
        conviction("1", "103002001000", "A-3", "UNREADABLE"),
        changed(
            &conviction("1", "104002001000", "A-4", "11358 HS-X"),
            &elsewhere,
        ),
        changed(
            &conviction("1", "105002001000", "A-5", "11358 HS-X"),
            &nowhere,
        ),
        conviction("1", "106002001000", "", "11358 HS-X"),
    ];
    for (at, number) in (1..).zip(&many) {
        rows.push(conviction(
            "1",
            &format!("107002{at:03}000"),
            number,
            "11358 HS-X",
        ));
    }
    for at in 1..=201 {
        let count = format!("108002{at:03}000");
        rows.push(conviction("1", &count, "A-8", "11358 HS-X"));
    }
    let found = run(&wanted, rows.concat().as_bytes());
    assert_eq!(found.summary.cases, 0);
    let skipped: Vec<_> = found
        .summary
        .fates
        .skipped
        .iter()
        .map(|(reason, skipped)| (*reason, skipped.cases, skipped.rows))
        .collect();
    assert_eq!(
        skipped,
        [
            (SkipReason::NotCannabis, 1, 1),
            (SkipReason::CommentOnly, 1, 1),
            (SkipReason::SectionUnknown, 1, 1),
            (SkipReason::OtherCounty, 1, 1),
            (SkipReason::NoCounty, 1, 1),
            (SkipReason::NoCaseNumber, 1, 1),
            (SkipReason::TooManyCaseNumbers, 1, 12),
            (SkipReason::TooManyCharges, 1, 201),
        ]
    );
    assert_eq!(
        found.codes()[..4],
        [
            (2, "CANNABIS_IN_COMMENT"),
            (3, "SECTION_UNKNOWN"),
            (5, "NO_COUNTY"),
            (6, "NO_CASE_NUMBER")
        ]
    );
    assert_eq!(found.summary.errors["TOO_MANY_CASE_NUMBERS"], 12);
    assert_eq!(found.summary.errors["TOO_MANY_CHARGES"], 201);
}

#[test]
fn flags_cannabis_sections_that_stand_in_a_comment_only() {
    use Family::{Cultivation, Other, Related};

    let check = |offence: &str, comment: &str, expected: (&str, Family, bool)| {
        let other = conviction("1", "101002001000", "A-1", "11358 HS-X");
        let row = changed(
            &conviction("1", "101002002000", "", offence),
            &[(columns::COMMENT_TEXT, comment)],
        );
        let found = import(&[other, row]);
        let charge = found.cases[0].charges()[1];
        assert_eq!(
            (
                charge.section.as_str(),
                charge.family,
                charge.in_comment_only
            ),
            expected,
            "{offence}/{comment}"
        );
    };
    let see = "SEE COMMENT FOR CHARGE";
    check(see, "11358 HS-CULTIVATE", ("HS 11358", Cultivation, true));
    check("", "11358 HS-CULTIVATE", ("HS 11358", Cultivation, true));
    check(see, "CT 2 - 11358 HS", ("HS 11358", Cultivation, true));
    check(see, "459 PC-BURGLARY", ("PC 459", Other, false));
    check("32 PC-X", "FROM 11359 HS", ("PC 32", Related, true));
    check("32 PC-X", "FROM 459 PC", ("PC 32", Related, false));
    check("11358 HS-X", "11359 HS", ("HS 11358", Cultivation, false));
    check(see, "", ("UNKNOWN", Other, false));
}

#[test]
fn judges_a_sentence_by_all_its_parts_as_of_a_day() {
    use Supervision::{Completed, Serving, Unknown};

    let row = conviction("1", "101002001000", "A-1", "11358 HS-X");
    let part = |order, length, unit| {
        changed(
            &row,
            &[
                (columns::SENT_ORDER, order),
                (columns::SENT_LENGTH, length),
                (columns::SENT_TIME_CODE, unit),
            ],
        )
    };
    let check = |rows: &[String], as_of: Option<&str>, expected| {
        let mut options = options(Format::Doj);
        options.as_of = as_of.map(|day| day.parse().unwrap());
        let found = run(&options, rows.concat().as_bytes());
        assert_eq!(found.cases[0].charges()[0].sentence, expected, "{as_of:?}");
    };
    // 90 days and 6 months from 2014-02-11: until 2014-11-10.
    let parts = [part("1", "90", "D"), part("2", "6", "M"), part("3", "", "")];
    check(&parts, Some("2014-11-10"), Serving);
    check(&parts, Some("2014-11-11"), Completed);
    check(&parts, None, Unknown);
    check(&[part("1", "90", "D")], Some("2014-05-11"), Serving);
    check(&[part("1", "90", "D")], Some("2014-05-12"), Completed);
    check(&[part("1", "1", "Y")], Some("2015-02-11"), Serving);
    check(&[part("1", "1", "Y")], Some("2015-02-12"), Completed);
    check(&[part("1", "LIFE", "Y")], Some("2099-01-01"), Unknown);
    let vague = changed(
        &part("1", "1", "D"),
        &[(columns::STP_EVENT_DATE, "20140000")],
    );
    check(&[vague], Some("2020-01-01"), Unknown);
}

#[test]
fn takes_the_year_of_conviction_from_full_and_partial_dates() {
    let check = |event: &str, disposed: &str, expected: Result<u16, &str>| {
        let row = conviction("1", "101002001000", "A-1", "11358 HS-X");
        let row = changed(
            &row,
            &[
                (columns::STP_EVENT_DATE, event),
                (columns::DISP_DATE, disposed),
            ],
        );
        let found = import(&[row]);
        match expected {
            Ok(year) => assert_eq!(found.cases[0].charges()[0].conviction_year, year),
            Err(code) => assert_eq!(found.codes(), [(1, code)], "{event}/{disposed}"),
        }
    };
    check("19790525", "19810411", Ok(1979));
    check("", "19810411", Ok(1981));
    check("00000000", "19810411", Ok(1981));
    check("19790000", "", Ok(1979));
    check("19790500", "", Ok(1979));
    check("", "", Err("MISSING_VALUE"));
    check("19791301", "", Err("BAD_DATE"));
    check("19790230", "", Err("BAD_DATE"));
    check("1979-05-25", "", Err("BAD_DATE"));
    check("17790525", "", Err("BAD_DATE"));
    check("19790525", "X", Err("BAD_DATE"));
}

#[test]
fn names_persons_by_state_number_and_else_by_subject() {
    let row = conviction("77", "101002001000", "A-1", "11358 HS-X");
    let found = import(core::slice::from_ref(&row));
    let person = found.cases[0].person().unwrap();
    assert_eq!(person.issuer.as_str(), "CA-DOJ-SUBJECT");
    assert_eq!(person.id.expose(), "77");
    let numbered = changed(&row, &[(columns::CII_NUMBER, "X00000001")]);
    let found = import(&[
        row,
        changed(&numbered, &[(columns::CNT_ORDER, "102002001000")]),
    ]);
    for case in &found.cases {
        let person = case.person().unwrap();
        assert_eq!(person.issuer.as_str(), "CA-CII");
        assert_eq!(person.id.expose(), "X00000001");
    }
    let found = import(&[
        numbered.clone(),
        changed(&numbered, &[(columns::CII_NUMBER, "X00000002")]),
    ]);
    assert_eq!(
        found.codes(),
        [(1, "SUBJECT_HAS_BAD_ROW"), (2, "PERSON_CONFLICT")]
    );
}

#[test]
fn gives_misdemeanors_to_the_city_of_the_arrest_and_felonies_to_the_county() {
    let mut options = options(Format::Doj);
    let ori = |text: &str| text.parse().unwrap();
    options
        .directory
        .add_court(ori("CAZZ37J01"), ori("LASC-CJC"));
    options
        .directory
        .add_prosecutor(ori("CAZZ37001"), "city-pasadena".parse().unwrap());
    let arrest = |cycle: &str, agency: &str| {
        doj_row(&[
            (columns::SUBJECT_ID, "1"),
            (columns::STP_TYPE_DESCR, "ARREST/DETAINED/CITED"),
            (columns::STP_ORI_CODE, agency),
            (columns::CNT_ORDER, &format!("{cycle}001001000")),
        ])
    };
    let court = |cycle: &str, status: &str| {
        changed(
            &conviction("1", &format!("{cycle}002001000"), cycle, "11357 HS-X"),
            &[
                (columns::STP_ORI_CODE, "CAZZ37J01"),
                (columns::CONV_STAT_DESCR, status),
            ],
        )
    };
    let file = [
        arrest("101", "CAZZ37001"),
        court("101", "MISDEMEANOR"),
        arrest("102", "CAZZ37001"),
        court("102", "FELONY"),
        arrest("103", "CAZZ37000"),
        court("103", "MISDEMEANOR"),
        arrest("104", "CAZZ37001"),
        court("104", "NOT STATED"),
    ];
    let found = run(&options, file.concat().as_bytes());
    let agencies: Vec<String> = found
        .cases
        .iter()
        .map(|case| case.agency().to_string())
        .collect();
    assert_eq!(agencies, ["city-pasadena", "lada", "lada", "lada"]);
    assert_eq!(found.cases[0].court().as_str(), "LASC-CJC");
}

#[test]
fn counts_evidence_about_subjects_once() {
    let step = |subject: &str, kind: &str, offence: &str, count: &str| {
        doj_row(&[
            (columns::SUBJECT_ID, subject),
            (columns::STP_TYPE_DESCR, kind),
            (columns::OFFENSE_DESCR, offence),
            (columns::CNT_ORDER, count),
        ])
    };
    let found = import(&[
        step("1", "DECEASED", "", ""),
        step("1", "REGISTRATION", "290 PC-REGISTRATION", "101003001000"),
        step("1", "REGISTRATION", "290 PC-REGISTRATION", "101003002000"),
        conviction("1", "101002001000", "A-1", "187 PC-MURDER"),
        conviction("1", "101002002000", "A-1", "220 PC-X"),
        step("2", "REGISTRATION", "11590 HS-REGISTRATION", ""),
        step("2", "REGISTRATION", "296 PC-DNA SAMPLE", ""),
        step("2", "DECEASED", "", "101003002000"),
    ]);
    let evidence = found.summary.evidence;
    assert_eq!(evidence.deceased, 2);
    assert_eq!(evidence.pc290_registrations, 1);
    assert_eq!(evidence.superstrikes, 1);
}

#[test]
fn names_the_column_that_is_wrong() {
    let row = conviction("1", "101002001000", "A-1", "11358 HS-X");
    let long = "9".repeat(65);
    for (column, text, code) in [
        (columns::SUBJECT_ID, "", "MISSING_VALUE"),
        (columns::SUBJECT_ID, &*long, "VALUE_TOO_LONG"),
        (columns::PRI_DOB, "31/12/1960", "BAD_DATE"),
        (columns::CNT_ORDER, "", "BAD_COUNT_ORDER"),
        (columns::CNT_ORDER, "1.01E+11", "BAD_COUNT_ORDER"),
        (columns::SUBJECT_ID, "12345678901234567", "VALUE_TOO_LONG"),
        (columns::OFN, &*long, "VALUE_TOO_LONG"),
        (columns::OFN, "A1; A2", "BAD_CHARACTER"),
        (columns::CII_NUMBER, "--", "BAD_CHARACTER"),
        (columns::STP_ORI_CODE, "CAZZ\u{e9}", "BAD_CODE"),
        (columns::COMMENT_TEXT, "\"a\nb\"", "LINE_BREAK"),
        (columns::PRI_NAME, "a\u{7}b", "LINE_BREAK"),
    ] {
        let found = import(&[changed(&row, &[(column, text)])]);
        assert_eq!(found.codes(), [(1, code)], "{text}");
        assert_eq!(found.errors[0].column, columns::NAMES[column]);
    }
    let mut latin = row.into_bytes();
    let at = latin.iter().position(|b| *b == b'S').unwrap();
    latin[at] = 0xd1;
    let found = run(&options(Format::Doj), &latin);
    assert_eq!(found.codes(), [(1, "NOT_UTF8")]);
    assert_eq!(found.summary.subjects_refused, 1);
}
