//! Figures counted by hand.

use super::history::{case, case_id, charge, determined, held, person, sighting};
use super::recount::{Cases, recount};
use crate::event::{Flag, Flags};
use crate::id::ChargeId;
use crate::state::{CaseState, Decision, Disposition, Phase, Repository, Seal};
use crate::text::Text;
use crate::view::{
    AsOf, Dimension, Excluded, Filter, QueryError, Totals, TotalsAnswer, TotalsQuery, Unit,
};
use crate::vocabulary::{Coded, DeterminationReason, Family, Remedy, Severity, Source};

fn fold(cases: &[CaseState]) -> Totals {
    let mut totals = Totals::default();
    for (number, state) in (0..).zip(cases) {
        totals.apply(u64::from(number), case_id(number), state);
    }
    totals
}

fn ask(totals: &Totals, unit: Unit, by: &[Dimension], filter: Filter) -> TotalsAnswer {
    let query = TotalsQuery::new(unit, by, filter).unwrap();
    totals.query(&query, AsOf::Now)
}

/// Groups as `key key=count` in order.
fn groups(answer: &TotalsAnswer) -> Vec<String> {
    let text = |group: &crate::view::Group| format!("{}={}", group.key.join(" "), group.count);
    answer.groups.iter().map(text).collect()
}

fn felony(id: u16) -> crate::state::ChargeState {
    charge(id, Family::Cultivation, Severity::Felony, 1985)
}

fn misdemeanor(id: u16) -> crate::state::ChargeState {
    charge(id, Family::Possession, Severity::Misdemeanor, 1972)
}

#[test]
fn a_person_has_the_cases_that_name_it_now() {
    let owned = |number| case(Some(person(number)), vec![felony(1)]);
    let mut totals = fold(&[owned(1), owned(2), owned(1), case(None, vec![felony(1)])]);
    assert_eq!(totals.cases_of(&person(1)), [case_id(0), case_id(2)]);
    assert_eq!(totals.cases_of(&person(2)), [case_id(1)]);
    assert!(totals.cases_of(&person(3)).is_empty());
    totals.apply(4, case_id(0), &owned(2));
    assert_eq!(totals.cases_of(&person(1)), [case_id(2)]);
    assert_eq!(totals.cases_of(&person(2)), [case_id(0), case_id(1)]);
}

#[test]
fn counts_a_case_in_two_initiatives_in_both_groups_and_once_in_the_total() {
    let mut both = case(Some(person(1)), vec![felony(1)]);
    both.sightings
        .push(sighting("LA-2020-DOJ.1", Source::StateRepository));
    let mut dropped = case(Some(person(1)), vec![felony(1)]);
    dropped.sightings[0].listed = false;
    let totals = fold(&[both, case(Some(person(2)), vec![felony(1)]), dropped]);

    let by_initiative = [Dimension::Initiative];
    let cases = ask(&totals, Unit::Cases, &by_initiative, Filter::default());
    assert_eq!(
        groups(&cases),
        ["LA-2020-DOJ=1", "LA-2021-COURT=2", "NONE=1"]
    );
    assert_eq!((cases.total, cases.counted), (3, 3));
    assert!(!cases.axes[0].additive);

    let people = ask(&totals, Unit::People, &by_initiative, Filter::default());
    assert_eq!(
        groups(&people),
        ["LA-2020-DOJ=1", "LA-2021-COURT=2", "NONE=1"]
    );
    assert_eq!(people.total, 2);

    // Both initiatives at once: the overlap.
    let overlap = Filter::default()
        .with(Dimension::Initiative, ["LA-2020-DOJ"])
        .unwrap()
        .with(Dimension::Initiative, ["LA-2021-COURT"])
        .unwrap();
    let overlap = ask(&totals, Unit::Cases, &[Dimension::Source], overlap);
    assert_eq!(groups(&overlap), ["STATE_REPOSITORY=1", "COURT_RECORDS=1"]);
    assert_eq!((overlap.total, overlap.counted), (1, 3));
}

#[test]
fn never_counts_duplicates_voided_or_unidentified_cases_and_says_how_many() {
    let mut duplicate = case(Some(person(1)), vec![felony(1), misdemeanor(2)]);
    duplicate.duplicate_of = Some(case_id(0));
    let mut void = felony(1);
    void.decision = Decision::Voided;
    let unidentified = CaseState {
        revisions: 2,
        held: vec![held(0), held(1)],
        ..CaseState::default()
    };
    let totals = fold(&[
        case(Some(person(1)), vec![felony(1), misdemeanor(2)]),
        duplicate,
        case(Some(person(2)), vec![void]),
        case(Some(person(3)), Vec::new()),
        case(Some(person(4)), vec![void, misdemeanor(2)]),
        unidentified,
    ]);
    let expect = [
        (
            Unit::Cases,
            2,
            Excluded {
                duplicates: 1,
                voided: 2,
            },
        ),
        (
            Unit::Charges,
            3,
            Excluded {
                duplicates: 2,
                voided: 2,
            },
        ),
        (
            Unit::People,
            2,
            Excluded {
                duplicates: 1,
                voided: 2,
            },
        ),
    ];
    for (unit, counted, excluded) in expect {
        let answer = ask(&totals, unit, &[], Filter::default());
        assert_eq!(
            (answer.total, answer.counted),
            (counted, counted),
            "{unit:?}"
        );
        assert_eq!(answer.excluded, excluded, "{unit:?}");
        assert_eq!(answer.unmatched, 2);
        assert_eq!(answer.complete_to, 6);
    }
    let elsewhere = Filter::default().with(Dimension::County, ["75"]).unwrap();
    let answer = ask(&totals, Unit::Cases, &[], elsewhere);
    assert_eq!((answer.total, answer.excluded), (0, Excluded::default()));
    assert_eq!((answer.counted, answer.groups.len()), (2, 0));
}

#[test]
fn shows_a_case_by_its_gravest_its_earliest_and_its_hindmost_charge() {
    let mut dismissed = felony(1);
    dismissed.decision = Decision::Granted;
    dismissed.disposition = Disposition::Dismissed;
    dismissed.seal = Seal::Sealed;
    dismissed.repository = Repository::Updated;
    dismissed.determined = Some(determined(
        Some(Remedy::DismissAndSeal),
        Coded::Unmapped(Text::parse("P64-7").unwrap()),
    ));
    let mut approved = misdemeanor(2);
    approved.decision = Decision::Approved;
    approved.determined = Some(determined(
        Some(Remedy::Resentence),
        Coded::Known(DeterminationReason::SectionReduced),
    ));
    let other = charge(3, Family::Other, Severity::Felony, 1961);
    let totals = fold(&[case(None, vec![other, dismissed, approved])]);
    for (dimension, expected) in [
        (Dimension::Phase, "APPROVED"),
        (Dimension::AnyPhase, "SEALED"),
        (Dimension::Exit, "NONE"),
        (Dimension::Severity, "FELONY"),
        (Dimension::Family, "CULTIVATION"),
        (Dimension::ConvictionDecade, "1970s"),
        (Dimension::Remedy, "DISMISS_AND_SEAL"),
        (Dimension::Reason, "UNMAPPED:P64-7"),
        (Dimension::Decision, "APPROVED"),
        (Dimension::Disposition, "CONVICTION"),
        (Dimension::Seal, "OPEN"),
        (Dimension::Repository, "NOT_REPORTED"),
        (Dimension::Complete, "NO"),
        (Dimension::County, "037"),
    ] {
        let answer = ask(&totals, Unit::Cases, &[dimension], Filter::default());
        assert_eq!(groups(&answer), [format!("{expected}=1")]);
    }
    let by = [Dimension::Disposition, Dimension::Seal];
    let charges = ask(&totals, Unit::Charges, &by, Filter::default());
    assert_eq!(
        groups(&charges),
        ["CONVICTION OPEN=2", "DISMISSED SEALED=1"]
    );
    assert!(charges.axes.iter().all(|axis| axis.additive));

    let reached = |unit, phase| ask(&totals, unit, &[], Filter::default().reaching(phase)).total;
    assert_eq!(reached(Unit::Cases, Phase::Approved), 1);
    assert_eq!(reached(Unit::Cases, Phase::Filed), 0);
    assert_eq!(reached(Unit::Charges, Phase::Dismissed), 1);
}

#[test]
fn counts_a_person_once_in_each_group_that_several_cases_share() {
    let one = case(Some(person(1)), vec![felony(1)]);
    let mut both = one.clone();
    both.sightings
        .push(sighting("LA-2020-DOJ.1", Source::StateRepository));
    let minor = case(Some(person(1)), vec![misdemeanor(1)]);
    for cases in [
        [&one, &both, &minor, &minor, &both],
        [&both, &minor, &one, &both, &minor],
        [&minor, &both, &both, &minor, &one],
    ] {
        let totals = fold(&cases.map(Clone::clone));
        let by = |by| groups(&ask(&totals, Unit::People, by, Filter::default()));
        assert_eq!(
            by(&[Dimension::Initiative]),
            ["LA-2020-DOJ=1", "LA-2021-COURT=1"]
        );
        assert_eq!(by(&[Dimension::Severity]), ["FELONY=1", "MISDEMEANOR=1"]);
        assert_eq!(
            by(&[Dimension::Severity, Dimension::Initiative]),
            [
                "FELONY LA-2020-DOJ=1",
                "FELONY LA-2021-COURT=1",
                "MISDEMEANOR LA-2021-COURT=1"
            ]
        );
    }
}

#[test]
fn shows_no_case_as_updated_while_a_charge_of_it_is_not() {
    let mut updated = felony(1);
    updated.disposition = Disposition::Dismissed;
    updated.seal = Seal::Sealed;
    updated.repository = Repository::Updated;
    let mut reported = updated;
    reported.charge.id = ChargeId(2);
    reported.repository = Repository::Reported;
    let totals = fold(&[
        case(None, vec![updated, reported]),
        case(None, vec![updated]),
    ]);
    let by = [Dimension::Phase, Dimension::Repository, Dimension::Complete];
    let cases = ask(&totals, Unit::Cases, &by, Filter::default());
    assert_eq!(
        groups(&cases),
        ["SEALED REPORTED NO=1", "SEALED UPDATED YES=1"]
    );
}

#[test]
fn counts_people_once_and_cases_without_a_person_apart() {
    let mut two_counts = felony(1);
    two_counts.charge.counts = 2;
    let totals = fold(&[
        case(Some(person(1)), vec![two_counts]),
        case(Some(person(1)), vec![misdemeanor(1)]),
        case(Some(person(2)), vec![misdemeanor(1)]),
        case(None, vec![misdemeanor(1)]),
    ]);
    let by_severity = |unit| ask(&totals, unit, &[Dimension::Severity], Filter::default());
    let people = by_severity(Unit::People);
    assert_eq!(groups(&people), ["FELONY=1", "MISDEMEANOR=2"]);
    assert_eq!((people.total, people.people_unknown_cases), (2, 1));
    assert!(!people.axes[0].additive);
    let charges = by_severity(Unit::Charges);
    assert_eq!(groups(&charges), ["FELONY=1", "MISDEMEANOR=3"]);
    assert_eq!((charges.total, charges.people_unknown_cases), (4, 0));
}

#[test]
fn answers_at_the_position_before_and_after_a_dismissal_and_its_reversal() {
    let before = case(Some(person(1)), vec![felony(1)]);
    let mut after = before.clone();
    after.charges[0].disposition = Disposition::Dismissed;
    let mut totals = Totals::default();
    totals.apply(10, case_id(1), &before);
    totals.apply(20, case_id(1), &after);
    totals.apply(30, case_id(1), &before);
    totals.advance(40);
    let query = TotalsQuery::new(
        Unit::Cases,
        &[],
        Filter::default().reaching(Phase::Dismissed),
    )
    .unwrap();
    for (position, total, counted, complete_to) in [
        (9, 0, 0, 10),
        (10, 0, 1, 11),
        (19, 0, 1, 20),
        (20, 1, 1, 21),
        (29, 1, 1, 30),
        (30, 0, 1, 31),
        (40, 0, 1, 41),
        (99, 0, 1, 41),
    ] {
        let answer = totals.query(&query, AsOf::Position(position));
        let found = (answer.total, answer.counted, answer.complete_to);
        assert_eq!(found, (total, counted, complete_to), "{position}");
    }
}

#[test]
fn groups_by_more_values_than_there_are_counters() {
    let cases: Cases = (0..200_u8)
        .map(|number| {
            let mut state = case(Some(person(number % 60)), vec![felony(1), misdemeanor(2)]);
            let identity = state.identity.as_mut().unwrap();
            identity.court = Text::parse(&format!("COURT-{}", number % 131)).unwrap();
            identity.agency = format!("agency-{}", number % 137).parse().unwrap();
            let section = Text::parse(&format!("HS {number}")).unwrap();
            state.charges[0].charge.section = section;
            state.flags = Flags::NONE
                .with_if(number % 2 == 0, Flag::NoOrder)
                .with_if(number % 3 == 0, Flag::NoFiling);
            (case_id(number), state)
        })
        .collect();
    let mut totals = Totals::default();
    for (position, (case, state)) in (0..).zip(&cases) {
        totals.apply(position, *case, state);
    }
    for unit in Unit::ALL {
        for last in [Dimension::Section, Dimension::Flag] {
            let by = [Dimension::Court, Dimension::Agency, last];
            let query = TotalsQuery::new(unit, &by, Filter::default()).unwrap();
            let answer = totals.query(&query, AsOf::Now);
            assert!(answer.groups.len() >= 200);
            assert_eq!(answer, recount(&cases, &query, 200));
        }
    }
}

#[test]
fn refuses_questions_that_make_no_sense() {
    let by = |unit, dimensions: &[Dimension]| TotalsQuery::new(unit, dimensions, Filter::default());
    assert_eq!(
        by(Unit::Cases, &Dimension::ALL[..4]),
        Err(QueryError::TooManyDimensions { found: 4 })
    );
    assert_eq!(
        by(
            Unit::Cases,
            &[Dimension::Exit, Dimension::Phase, Dimension::Exit]
        ),
        Err(QueryError::Repeated(Dimension::Exit))
    );
    assert_eq!(
        by(Unit::Charges, &[Dimension::AnyPhase]),
        Err(QueryError::NotOfCharges(Dimension::AnyPhase))
    );
    let sealed = Filter::default()
        .with(Dimension::AnyPhase, ["SEALED"])
        .unwrap();
    assert!(TotalsQuery::new(Unit::People, &[], sealed.clone()).is_ok());
    assert_eq!(
        TotalsQuery::new(Unit::Charges, &[], sealed),
        Err(QueryError::NotOfCharges(Dimension::AnyPhase))
    );
    let none: [&str; 0] = [];
    assert_eq!(
        Filter::default().with(Dimension::Court, none),
        Err(QueryError::NoValues(Dimension::Court))
    );
    for (dimension, value) in [
        (Dimension::Phase, "DISMISED"),
        (Dimension::Phase, "UNKNOWN"),
        (Dimension::Complete, "yes"),
        (Dimension::County, "Los Angeles"),
        (Dimension::County, "70000"),
    ] {
        assert_eq!(
            Filter::default().with(dimension, [value]),
            Err(QueryError::UnknownValue {
                dimension,
                value: value.to_owned()
            })
        );
    }
    let error = Filter::default()
        .with(Dimension::Complete, ["maybe"])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"maybe\" is no value of complete; expected NO, YES, UNKNOWN"
    );
    for dimension in Dimension::ALL {
        let Err(error) = Filter::default().with(*dimension, ["no such value"]) else {
            continue;
        };
        let text = error.to_string();
        let (_, expected) = text.split_once("; expected ").unwrap();
        let mut words: Vec<&str> = expected.split(", ").collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all, "{text}");
    }
}
