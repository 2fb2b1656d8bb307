use std::io::Write as _;

use proptest::prelude::*;

use super::doj::columns;
use super::*;

mod samples;

/// Everything an import gives.
pub(crate) struct Run {
    pub(crate) summary: ImportSummary,
    pub(crate) cases: Vec<ImportedCase>,
    pub(crate) errors: Vec<RowError>,
}

impl Run {
    /// Lines with their codes, in the order of the error file.
    pub(crate) fn codes(&self) -> Vec<(u32, &'static str)> {
        let errors = self.errors.iter();
        errors.map(|e| (e.line, e.problem.code())).collect()
    }

    /// Sections and severities of a case, as `HS 11358 FELONY 2014`.
    pub(crate) fn charges(&self, case: usize) -> Vec<String> {
        let charges = self.cases[case].charges().iter();
        charges
            .map(|c| format!("{} {} {}", c.section, c.severity, c.conviction_year))
            .collect()
    }
}

pub(crate) fn options(format: Format) -> Options {
    Options {
        format,
        agency: "lada".parse().unwrap(),
        county: None,
        as_of: None,
        directory: Directory::default(),
    }
}

pub(crate) fn try_run(
    options: &Options,
    file: &[u8],
) -> Result<Run, ImportError<core::convert::Infallible>> {
    let mut input = tempfile::NamedTempFile::new().unwrap();
    input.write_all(file).unwrap();
    run_path(options, input.path())
}

pub(crate) fn run_path(
    options: &Options,
    path: &Path,
) -> Result<Run, ImportError<core::convert::Infallible>> {
    let (mut cases, mut errors) = (Vec::new(), Vec::new());
    let summary = read(
        path,
        options,
        &mut Sinks {
            case: &mut |case| {
                cases.push(case);
                Ok(())
            },
            error: &mut |error| {
                errors.push(error);
                Ok(())
            },
            progress: &mut |_| {},
        },
    )?;
    // What holds of every import.
    assert_eq!(summary.fates.total(), summary.rows, "{:?}", summary.fates);
    assert_eq!(summary.cases, cases.len() as u64);
    assert_eq!(summary.error_rows(), errors.len() as u64);
    assert!(summary.controls.adds_up());
    assert_eq!(u64::from(summary.controls.rows), summary.cases);
    assert_eq!(summary.charges, summary.fates.charges);
    for (ordinal, case) in cases.iter().enumerate() {
        assert_eq!(case.ordinal(), ordinal as u64);
        assert_eq!(case.lines().len(), case.charges().len());
        assert!(case.charges().iter().any(|c| c.family.is_cannabis()));
    }
    Ok(Run {
        summary,
        cases,
        errors,
    })
}

pub(crate) fn run(options: &Options, file: &[u8]) -> Run {
    try_run(options, file).unwrap()
}

/// A row of an extract with these columns filled.
pub(crate) fn doj_row(cells: &[(usize, &str)]) -> String {
    let mut row = vec![""; columns::NAMES.len()];
    for (at, text) in cells {
        row[*at] = text;
    }
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(row).unwrap();
    String::from_utf8(csv.into_inner().unwrap()).unwrap()
}

/// A court row of San Joaquin County that is a felony conviction.
pub(crate) fn conviction(subject: &str, count: &str, number: &str, offence: &str) -> String {
    doj_row(&[
        (columns::SUBJECT_ID, subject),
        (columns::STP_EVENT_DATE, "20140211"),
        (columns::STP_TYPE_DESCR, "COURT ACTION"),
        (columns::STP_ORI_CNTY_NAME, "SAN JOAQUIN"),
        (columns::CNT_ORDER, count),
        (columns::OFN, number),
        (columns::OFFENSE_DESCR, offence),
        (columns::OFFENSE_TOC, "F"),
        (columns::DISP_DESCR, "CONVICTED-PROBATION"),
        (columns::CONV_STAT_DESCR, "FELONY"),
    ])
}

#[test]
fn keeps_subjects_whole_that_are_scattered_over_the_file() {
    let file = [
        conviction("1", "101002001000", "A-1", "11358 HS-X"),
        conviction("2", "101002001000", "B-1", "11359 HS-X"),
        conviction("1", "101002002000", "", "11360 HS-X"),
        conviction("3", "101002001000", "C-1", "11357 HS-X"),
        conviction("2", "102002001000", "B-2", "11358 HS-X"),
    ]
    .concat();
    let found = run(&options(Format::Doj), file.as_bytes());
    assert_eq!(found.summary.subjects, 3);
    let lines: Vec<&[u32]> = found.cases.iter().map(ImportedCase::lines).collect();
    // Subjects come in the order in which they end.
    assert_eq!(lines, [&[1, 3][..], &[4], &[2], &[5]]);
}

#[test]
fn refuses_to_hold_more_scattered_rows_than_its_bound() {
    let rows: Vec<String> = (0..6)
        .map(|at| conviction(&(at % 3).to_string(), "101002001000", "", "11358 HS-X"))
        .collect();
    let mut input = tempfile::NamedTempFile::new().unwrap();
    input.write_all(rows.concat().as_bytes()).unwrap();
    let options = options(Format::Doj);
    let attempt = |held| {
        let mut sinks = Sinks::<core::convert::Infallible> {
            case: &mut |_| Ok(()),
            error: &mut |_| Ok(()),
            progress: &mut |_| {},
        };
        stream::run_bounded(input.path(), Doj::new(&options), held, &mut sinks)
    };
    assert!(attempt(4).is_ok());
    assert!(matches!(
        attempt(3),
        Err(ImportError::File(FileError::TooScattered { held: 3 }))
    ));
}

#[test]
fn refuses_all_of_a_subject_that_has_one_bad_row() {
    let file = [
        conviction("1", "101002001000", "A-1", "11358 HS-X"),
        conviction("2", "101002001000", "B-1", "11359 HS-X"),
        conviction("2", "10100200100", "B-1", "11359 HS-X"),
        conviction("3", "101002001000", "C-1", "11357 HS-X"),
        conviction("2", "102002001000", "B-2", "11358 HS-X"),
    ]
    .concat();
    let found = run(&options(Format::Doj), file.as_bytes());
    assert_eq!(
        found.codes(),
        [
            (2, "SUBJECT_HAS_BAD_ROW"),
            (3, "BAD_COUNT_ORDER"),
            (5, "SUBJECT_HAS_BAD_ROW")
        ]
    );
    assert_eq!(found.summary.subjects_refused, 1);
    assert_eq!((found.summary.cases, found.summary.fates.refused), (2, 2));
}

#[test]
fn refuses_the_neighbours_of_a_row_whose_columns_are_out_of_place() {
    let of = |subject| conviction(subject, "101002001000", "A-1", "11358 HS-X");
    let check = |middle: &str, expected: &[u32]| {
        let file = [
            of("1"),
            of("2"),
            middle.to_owned(),
            of("3"),
            of("4"),
            "short\n".to_owned(),
        ]
        .concat();
        let found = run(&options(Format::Doj), file.as_bytes());
        let refused = found
            .codes()
            .into_iter()
            .filter(|(_, code)| *code == "SUBJECT_HAS_BAD_ROW");
        let lines: Vec<u32> = refused.map(|(line, _)| line).collect();
        assert_eq!(lines, expected, "{middle}");
    };
    // It names a neighbour: only that one. The last row may be of subject 4 only.
    check("x,x,3\n", &[4, 5]);
    check("x,x,2\n", &[2, 5]);
    // It names neither, or nobody: both.
    check("x,x,9\n", &[2, 4, 5]);
    check("x\n", &[2, 4, 5]);
    check("x,x,2\nx,x,3\n", &[2, 5, 6]);
    // It names somebody else of the file as well.
    check("x,x,1\n", &[1, 2, 4, 5]);
}

#[test]
fn stops_at_a_quote_that_is_never_closed() {
    let mut file = conviction("1", "101002001000", "A-1", "11358 HS-X");
    file.push_str(",,\"");
    file.push_str(&"x\n".repeat(source::RECORD_BYTES_MAX));
    let result = try_run(&options(Format::Doj), file.as_bytes());
    assert!(matches!(
        result,
        Err(ImportError::File(FileError::RecordTooLong { line: 2 }))
    ));
}

#[test]
fn notices_a_file_that_changes_between_the_passes() {
    let rows = [
        conviction("1", "101002001000", "A-1", "11358 HS-X"),
        conviction("1", "101002001000", "A-2", "11358 HS-X"),
        conviction("2", "101002001000", "A-1", "11358 HS-X"),
    ];
    for changed in &rows[1..] {
        let input = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(input.path(), &rows[0]).unwrap();
        let result = read::<core::convert::Infallible>(
            input.path(),
            &options(Format::Doj),
            &mut Sinks {
                case: &mut |_| Ok(()),
                error: &mut |_| Ok(()),
                progress: &mut |progress| {
                    if progress.pass == Pass::Check {
                        std::fs::write(input.path(), changed).unwrap();
                    }
                },
            },
        );
        assert!(matches!(result, Err(ImportError::File(FileError::Changed))));
    }
}

#[test]
fn ends_with_the_first_error_of_a_sink() {
    let file = [
        conviction("1", "101002001000", "A-1", "11358 HS-X"),
        conviction("2", "101002001000", "A-2", "11358 HS-X"),
    ]
    .concat();
    let input = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(input.path(), file).unwrap();
    let mut taken = 0;
    let result = read(
        input.path(),
        &options(Format::Doj),
        &mut Sinks {
            case: &mut |_| {
                taken += 1;
                Err("full")
            },
            error: &mut |_| Ok(()),
            progress: &mut |_| {},
        },
    );
    assert!(matches!(result, Err(ImportError::Sink("full"))));
    assert_eq!(taken, 1);
}

#[test]
fn counts_lines_as_editors_do() {
    let row = |subject| conviction(subject, "bad", "A-1", "11358 HS-X");
    let header = columns::NAMES.join(",") + "\n";
    for break_with in ["\n", "\r\n", "\r"] {
        let two_lines = row("2").replace("11358 HS-X", "\"a\nb\"");
        let file = [header.clone(), row("1"), two_lines, "\n\n".into(), row("3")].concat();
        let file = file.replace('\n', break_with);
        for file in [&*file, file.trim_end()] {
            let found = run(&options(Format::Doj), file.as_bytes());
            assert_eq!(
                found.codes(),
                [
                    (2, "BAD_COUNT_ORDER"),
                    (3, "LINE_BREAK"),
                    (7, "BAD_COUNT_ORDER")
                ],
                "{break_with:?}"
            );
        }
    }
    let open = format!("{header}{}", row("1").replace("A-1", "\"A-1"));
    let found = run(&options(Format::Doj), open.as_bytes());
    assert_eq!(found.errors[0].line, 2);
}

#[test]
fn an_empty_file_is_an_error_and_a_missing_one_too() {
    let result = try_run(&options(Format::Doj), b"");
    assert!(matches!(result, Err(ImportError::File(FileError::Empty))));
    let result = run_path(&options(Format::Court), Path::new("does/not/exist"));
    assert!(matches!(result, Err(ImportError::File(FileError::Io(_)))));
}

#[test]
fn message_ids_depend_on_cohort_file_and_ordinal_and_on_nothing_else() {
    let id = message_id("LA-2020-DOJ.1", &[7; 32], 3);
    assert_eq!(id, message_id("LA-2020-DOJ.1", &[7; 32], 3));
    for other in [
        message_id("LA-2020-DOJ.2", &[7; 32], 3),
        message_id("LA-2020-DOJ.1", &[8; 32], 3),
        message_id("LA-2020-DOJ.1", &[7; 32], 4),
    ] {
        assert_ne!(id, other);
    }
    // Whoever resumes an import begun with an earlier release needs the same ids.
    assert_eq!(
        id,
        [
            0x60, 0x6a, 0x57, 0xc0, 0xb4, 0x6b, 0x8c, 0x09, 0x7e, 0x19, 0xbd, 0x85, 0x75, 0x1a,
            0x6e, 0xf8
        ]
    );
}

#[test]
fn a_second_import_gives_the_same_cases_in_the_same_order() {
    let file = [
        conviction("2", "101002001000", "A-1", "11358 HS-X"),
        conviction("1", "101002001000", "A-2", "11358 HS-X"),
        conviction("2", "103002001000", "A-3", "11358 HS-X"),
    ]
    .concat();
    let first = run(&options(Format::Doj), file.as_bytes());
    let second = run(&options(Format::Doj), file.as_bytes());
    assert_eq!(first.cases, second.cases);
    assert_eq!(first.summary, second.summary);
    assert_eq!(first.cases.len(), 3);
}

#[test]
fn shows_nothing_private_when_printed_for_debugging() {
    let mut row = conviction("SSECRET", "101002001000", "N-SECRET", "11358 HS-X");
    row.push_str(&conviction("SSECRET", "bad", "N-SECRET", "11358 HS-X"));
    row.push_str(&conviction(
        "TSECRET",
        "101002001000",
        "N-SECRET",
        "11358 HS-X",
    ));
    let found = run(&options(Format::Doj), row.as_bytes());
    assert_eq!((found.cases.len(), found.errors.len()), (1, 2));
    let shown = format!("{:?}{:?}{:?}", found.cases, found.errors, found.summary);
    assert!(!shown.contains("SECRET"), "{shown}");
}

#[test]
fn writes_an_error_file_of_four_columns() {
    let mut file = ErrorFile::new(Vec::new()).unwrap();
    file.write(&RowError {
        line: 7,
        column: issue::WHOLE_ROW,
        problem: Problem::ColumnCount {
            found: 94,
            expected: 95,
        },
    })
    .unwrap();
    let text = String::from_utf8(file.finish().unwrap()).unwrap();
    assert_eq!(
        text,
        "line,code,column,message\n7,COLUMN_COUNT,row,\"found 94 columns, expected 95; \
         a separator or quote is missing or too many\"\n"
    );
}

/// A file of either format: some sound rows, some with random content in random columns.
fn damaged_file() -> impl Strategy<Value = (Format, Vec<u8>)> {
    let doj = prop::collection::vec(
        (
            "[1-3]",
            "10[12]00200[12]000",
            prop::option::of("[A-Z0-9 .-]{0,9}"),
            prop::sample::select(vec!["11358 HS-X", "187 PC-X", "", "SEE COMMENT", "?"]),
            prop::option::weighted(0.3, (0_usize..95, "\\PC{0,8}|PDQ[\r\n\"]{0,2}")),
        ),
        1..12,
    )
    .prop_map(|rows| {
        let rows = rows
            .iter()
            .map(|(subject, count, number, offence, damage)| {
                let row = conviction(subject, count, number.as_deref().unwrap_or(""), offence);
                let mut cells: Vec<&str> = row.trim_end().split(',').collect();
                if let Some((at, text)) = damage {
                    cells[*at] = text;
                }
                cells.join(",") + "\n"
            });
        (Format::Doj, rows.collect::<String>().into_bytes())
    });
    let any =
        (any::<bool>(), prop::collection::vec(any::<u8>(), 0..400)).prop_map(|(doj, bytes)| {
            if doj {
                return (Format::Doj, bytes);
            }
            let mut file = court::tests::HEADER.as_bytes().to_vec();
            file.extend(bytes);
            (Format::Court, file)
        });
    prop_oneof![doj, any]
}

proptest! {
    #[test]
    fn accounts_for_every_row_of_any_file_without_panic((format, file) in damaged_file()) {
        // The assertions are those of `run_path`.
        if let Ok(found) = try_run(&options(format), &file) {
            for error in &found.errors {
                prop_assert!(!error.problem.to_string().contains("PDQ"));
            }
        }
    }

    #[test]
    fn row_errors_never_hold_what_a_field_holds(
        column in 0_usize..95,
        junk in "[\u{1}-\u{1f}\u{20}-\u{7e}\u{e9}]{0,70}",
    ) {
        let secret = "QXZJ";
        let row = conviction("1", "101002001000", "A-1", "11358 HS-X");
        let mut cells: Vec<String> =
            row.trim_end().split(',').map(str::to_owned).collect();
        cells[column] = format!("\"{secret}{}{secret}\"", junk.replace('"', "\"\""));
        let found = run(&options(Format::Doj), cells.join(",").as_bytes());
        let mut file = ErrorFile::new(Vec::new()).unwrap();
        for error in &found.errors {
            file.write(error).unwrap();
        }
        let file = String::from_utf8(file.finish().unwrap()).unwrap();
        prop_assert!(!file.contains(secret), "{}", file);
    }
}
