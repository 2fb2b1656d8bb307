use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use super::*;
use crate::import::section;
use crate::import::tests::run;

fn one_in(divisor: u32) -> Size {
    Size::one_in(NonZeroU32::new(divisor).unwrap())
}

fn people(cases: &[SyntheticCase]) -> BTreeSet<u32> {
    cases.iter().map(|case| case.person).collect()
}

fn felony(case: &SyntheticCase) -> bool {
    case.convictions[0].charge.severity == Severity::Felony
}

#[test]
fn has_exactly_the_figures_that_were_announced() {
    let check = |shape: Shape, size, expected: [u32; 5]| {
        let figures = shape.figures(size);
        let found = [
            figures.cases,
            figures.felonies,
            figures.misdemeanors,
            figures.people,
            figures.shared_people,
        ];
        assert_eq!(found, expected, "{shape:?}");
        let cases: Vec<_> = cases(shape, size, 1).collect();
        let felonies = cases.iter().filter(|case| felony(case)).count();
        assert_eq!(cases.len(), expected[0] as usize);
        assert_eq!(felonies, expected[1] as usize);
        assert_eq!(people(&cases).len(), expected[3] as usize);
    };
    let whole = one_in(1);
    check(Shape::La2020Doj, whole, [66_000, 62_000, 4_000, 53_000, 0]);
    check(
        Shape::La2021Court,
        whole,
        [58_000, 20_000, 38_000, 50_500, 2_300],
    );
    check(Shape::Sf2018, whole, [8_940, 5_400, 3_540, 8_100, 0]);
    let small = one_in(100);
    check(Shape::La2020Doj, small, [660, 620, 40, 530, 0]);
    check(Shape::La2021Court, small, [580, 200, 380, 505, 23]);
    check(Shape::Sf2018, small, [90, 54, 36, 81, 0]);
    check(Shape::SanDiego, small, [17, 13, 4, 14, 0]);
    check(Shape::Nevada, small, [1, 1, 0, 1, 0]);
    check(Shape::La2021Court, Size::cases(7).unwrap(), [7, 3, 4, 7, 1]);
    check(Shape::La2020Doj, Size::cases(0).unwrap(), [0, 0, 0, 0, 0]);
    assert!(Size::cases(Size::CASES_MAX + 1).is_err());
}

#[test]
fn the_two_lists_of_los_angeles_share_people_and_no_case() {
    for divisor in [1, 100] {
        let of = |shape| cases(shape, one_in(divisor), 9).collect::<Vec<_>>();
        let (first, second) = (of(Shape::La2020Doj), of(Shape::La2021Court));
        let (a, b) = (people(&first), people(&second));
        assert_eq!(a.intersection(&b).count(), 2_300 / divisor as usize);
        assert_eq!(a.union(&b).count(), 101_200 / divisor as usize);
        let numbers = |cases: &[SyntheticCase]| -> BTreeSet<String> {
            cases.iter().map(SyntheticCase::case_number).collect()
        };
        assert_eq!(numbers(&first).len(), first.len());
        assert!(numbers(&first).is_disjoint(&numbers(&second)));
    }
}

#[test]
fn ten_cities_share_the_misdemeanors_of_2020_and_none_those_of_2021() {
    let agencies = |shape, divisor| {
        let mut count: BTreeMap<String, u32> = BTreeMap::new();
        for case in cases(shape, one_in(divisor), 4).filter(|case| !felony(case)) {
            *count.entry(case.agency().to_string()).or_default() += 1;
        }
        count
    };
    let full = agencies(Shape::La2020Doj, 1);
    assert_eq!(full.len(), 10);
    assert_eq!(full["city-pasadena"], 250);
    assert_eq!(full.values().sum::<u32>(), 4_000);
    let small = agencies(Shape::La2020Doj, 100);
    assert_eq!((small.len(), small["city-pasadena"]), (10, 3));
    let court = agencies(Shape::La2021Court, 100);
    assert_eq!(
        court.into_iter().collect::<Vec<_>>(),
        [("lada".to_owned(), 380)]
    );
}

#[test]
fn convictions_lie_in_the_years_of_the_announcement() {
    for (shape, first) in [
        (Shape::La2020Doj, "1961-01-03"),
        (Shape::La2021Court, "1988-01-04"),
        (Shape::Sf2018, "1975-01-02"),
    ] {
        let days: BTreeSet<Date> = cases(shape, one_in(100), 2)
            .map(|case| case.convicted_on())
            .collect();
        assert_eq!(days.first().unwrap().to_string(), first);
        assert!(*days.last().unwrap() <= "2016-11-08".parse().unwrap());
        assert!(days.last().unwrap().year() >= 2015);
    }
    let charges: usize = cases(Shape::La2020Doj, one_in(1), 2)
        .map(|case| case.charges().count())
        .sum();
    assert!((77_000..82_000).contains(&charges), "1.2 a case: {charges}");
}

#[test]
fn the_seed_and_nothing_else_decides() {
    let numbers = |seed| {
        let mut file = Vec::new();
        write_doj(
            &mut file,
            cases(Shape::La2020Doj, one_in(1_000), seed),
            true,
        )
        .unwrap();
        file
    };
    assert_eq!(numbers(5), numbers(5));
    assert_ne!(numbers(5), numbers(6));
}

/// Everything about a case but its lines.
fn content(case: &ImportedCase) -> ImportedCase {
    ImportedCase {
        lines: Vec::new(),
        ..case.clone()
    }
}

#[test]
fn what_is_written_is_read_back() {
    for shape in Shape::ALL {
        for (format, size) in [(Format::Doj, one_in(200)), (Format::Court, one_in(200))] {
            let made: Vec<_> = cases(shape, size, 3).collect();
            let mut file = Vec::new();
            let rows = match format {
                Format::Doj => write_doj(&mut file, made.iter().cloned(), shape.county() > 50),
                Format::Court => write_court(&mut file, made.iter().cloned()),
            }
            .unwrap();
            let mut directory = Vec::new();
            shape.directory().write(&mut directory).unwrap();
            let mut options = shape.options(format);
            options.directory = crate::import::Directory::read(&*directory).unwrap();
            let found = run(&options, &file);
            assert_eq!(found.codes(), [], "{shape:?} {format:?}");
            assert_eq!(found.summary.rows, rows);
            let expected = made.iter().map(|case| {
                let mut case = content(&case.imported());
                if format == Format::Court {
                    // That cannot be said in court records, or is not.
                    case.details = Details::default();
                    for charge in &mut case.charges {
                        charge.in_comment_only = false;
                    }
                }
                case
            });
            assert!(
                found.cases.iter().map(content).eq(expected),
                "{shape:?} {format:?}"
            );
        }
    }
}

#[test]
fn an_extract_has_what_makes_extracts_hard() {
    let mut file = Vec::new();
    write_doj(&mut file, cases(Shape::La2020Doj, one_in(100), 1), false).unwrap();
    let found = run(&Shape::La2020Doj.options(Format::Doj), &file);
    assert!(found.summary.fates.sentence_parts > 100);
    assert!(found.summary.charges_in_comment > 0);
    let text = String::from_utf8(file).unwrap();
    assert!(text.contains(",CONVICTED-PROBATION,,,"), "no blank status");
    assert!(text.contains("11530 HS-"), "no predecessor section");
}

#[test]
fn tables_hold_codes_and_sections_in_normal_form() {
    for shape in Shape::ALL {
        let spec = shape.spec();
        assert_eq!(Shape::from_initiative(spec.initiative), Some(shape));
        assert!(
            spec.initiative
                .parse::<caseledger_domain::InitiativeId>()
                .is_ok()
        );
        office(spec.agency);
        day(spec.days.0);
        day(spec.days.1);
        day(spec.as_of);
        for court in spec.courts {
            code::<16>(court.code);
            code::<16>(court.ori);
        }
        for city in spec.cities {
            office(city.office);
            code::<16>(city.ori);
        }
    }
    for table in [
        FELONIES,
        FELONIES_OF_POSSESSION,
        MISDEMEANORS,
        FELONIES_BEFORE_1972,
        MISDEMEANORS_BEFORE_1972,
        OTHER_FELONIES,
        OTHER_MISDEMEANORS,
        core::slice::from_ref(&OTHER),
    ] {
        for offence in table {
            let read = section::parse(offence.description).unwrap();
            assert_eq!(
                (read.text.as_str(), read.family),
                (offence.section, offence.family)
            );
        }
    }
}
