//! From the rows of one subject to convictions, and from convictions to cases.
//!
//! Rows with the same count order are parts of one conviction. Convictions with the same case
//! number at the same court are one case; the case number stands on the court rows of the same
//! court event, seldom on the row of the conviction itself.

use std::collections::{BTreeMap, HashSet};

use caseledger_domain::vocabulary::{Family, Severity, Supervision};
use caseledger_domain::{Charge, ChargeId, OrgId, Text};

use super::{Conviction, CountOrder, Duration, Row, Step};
use crate::import::Options;
use crate::import::draft::{Columns, Draft, DraftCharge, Outcome};
use crate::import::issue::Problem;
use crate::import::key;
use crate::import::plan::{Details, PersonKey, Private};

const COLUMNS: Columns = Columns {
    case_number: "OFN",
    county: "STP_ORI_CNTY_NAME",
    section: "OFFENSE_DESCR",
    comment: "COMMENT_TEXT",
};

/// A conviction, all its rows folded.
struct Folded {
    line: u32,
    count: CountOrder,
    court: Text<16>,
    county: Option<u16>,
    conviction: Conviction,
}

/// What the rows of a subject come to, before anything is counted.
#[derive(Default)]
struct Convictions {
    by_count: BTreeMap<CountOrder, Folded>,
    sentence_parts: u64,
    duplicates: u64,
    other_rows: u64,
}

/// Two rows contradict each other.
struct Conflict {
    line: u32,
    column: &'static str,
    problem: Problem,
}

pub(super) fn fold(options: &Options, subject: &str, rows: &[Row], out: &mut Outcome) {
    let folded = one_person(rows).and_then(|()| convictions(options, rows));
    let convictions = match folded {
        Ok(convictions) => convictions,
        Err(Conflict {
            line,
            column,
            problem,
        }) => {
            let lines = rows.iter().map(|row| row.line);
            out.refuse_subject(lines, line, column, problem);
            return;
        }
    };
    let summary = &mut out.summary;
    summary.convictions += convictions.by_count.len() as u64;
    summary.fates.sentence_parts += convictions.sentence_parts;
    summary.fates.duplicates += convictions.duplicates;
    summary.fates.not_convictions += convictions.other_rows;
    let has = |step| u64::from(rows.iter().any(|row| row.step == step));
    summary.evidence.deceased += has(Step::Deceased);
    summary.evidence.pc290_registrations += has(Step::Registration);
    summary.evidence.superstrikes += u64::from(convictions.by_count.values().any(|folded| {
        let section = folded.conviction.section;
        section.is_some_and(|section| section.superstrike)
    }));
    // The normal form of a defendant is one.
    let Ok(defendant) = key::defendant(subject) else {
        return;
    };
    for draft in cases(options, &defendant, rows, convictions.by_count) {
        out.settle(draft, options.county, &COLUMNS);
    }
}

/// Refuses a subject whose rows carry different identification numbers.
fn one_person(rows: &[Row]) -> Result<(), Conflict> {
    let same = |one: &Private, other: &Private| {
        key::normal_identifier(one.expose()) == key::normal_identifier(other.expose())
    };
    let mut known: Option<&Private> = None;
    for row in rows {
        match (known, &row.person) {
            (Some(known), Some(person)) if !same(known, person) => {
                return Err(Conflict {
                    line: row.line,
                    column: "CII_NUMBER",
                    problem: Problem::PersonConflict,
                });
            }
            (None, Some(person)) => known = Some(person),
            (_, _) => {}
        }
    }
    Ok(())
}

fn convictions(options: &Options, rows: &[Row]) -> Result<Convictions, Conflict> {
    let mut seen = HashSet::new();
    let mut found = Convictions::default();
    for row in rows {
        if !seen.insert(row.fingerprint) {
            found.duplicates += 1;
            continue;
        }
        let (Some(count), Some(conviction)) = (row.count, row.conviction) else {
            found.other_rows += 1;
            continue;
        };
        let next = Folded {
            line: row.line,
            count,
            court: court_of(options, row),
            county: row.county,
            conviction,
        };
        match found.by_count.get_mut(&count) {
            None => {
                found.by_count.insert(count, next);
            }
            Some(first) => {
                found.sentence_parts += 1;
                first.add(&next)?;
            }
        }
    }
    Ok(found)
}

impl Folded {
    /// Adds a further sentence part. What one row leaves open the other may say; what both say
    /// must agree.
    fn add(&mut self, part: &Self) -> Result<(), Conflict> {
        let conflict = |column| Conflict {
            line: part.line,
            column,
            problem: Problem::CountConflict,
        };
        let (known, new) = (&mut self.conviction, &part.conviction);
        if self.court != part.court {
            return Err(conflict("STP_ORI_CODE"));
        }
        if self.county != part.county {
            return Err(conflict("STP_ORI_CNTY_NAME"));
        }
        if known.date.year != new.date.year {
            return Err(conflict("STP_EVENT_DATE"));
        }
        known.severity = match (known.severity, new.severity) {
            (Severity::Unknown, severity) | (severity, Severity::Unknown) => severity,
            (known, new) if known == new => known,
            (_, _) => return Err(conflict("CONV_STAT_DESCR")),
        };
        match (known.section, new.section) {
            (Some(known), Some(new)) if known.text != new.text => {
                return Err(conflict("OFFENSE_DESCR"));
            }
            (known_section, new_section) => known.section = known_section.or(new_section),
        }
        // A section that one of the rows states is not in a comment only.
        let stated = |conviction: &Conviction| {
            !conviction.in_comment_only
                && conviction
                    .section
                    .is_some_and(|section| section.family.is_cannabis())
        };
        known.in_comment_only =
            (known.in_comment_only || new.in_comment_only) && !stated(known) && !stated(new);
        known.sentence = match (known.sentence, new.sentence) {
            (Some(Duration(known)), Some(Duration(new))) => {
                Some(Duration(known.saturating_add(new)))
            }
            (known, new) => known.or(new),
        };
        Ok(())
    }
}

/// The court of a row: by the agency code and the directory, or else the superior court of the
/// county.
fn court_of(options: &Options, row: &Row) -> Text<16> {
    match row.ori {
        Some(ori) => options.directory.court(ori),
        None => code(&format!("CASC-{:03}", row.county.unwrap_or_default())),
    }
}

/// What makes convictions one case.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct CaseKey {
    court: Text<16>,
    county: Option<u16>,
    numbers: Vec<String>,
    /// Without a number every court event stands for itself.
    event: Option<u64>,
}

fn cases(
    options: &Options,
    defendant: &Private,
    rows: &[Row],
    convictions: BTreeMap<CountOrder, Folded>,
) -> Vec<Draft> {
    let numbers = case_numbers(options, rows);
    let person = person(defendant, rows);
    let mut details = Details::default();
    for row in rows {
        details.add(&row.details);
    }
    let mut places: BTreeMap<CaseKey, usize> = BTreeMap::new();
    let mut drafts: Vec<(Draft, u64)> = Vec::new();
    for folded in convictions.into_values() {
        let event = folded.count.event();
        let of_event = numbers.get(&(event, folded.court));
        let key = CaseKey {
            court: folded.court,
            county: folded.county,
            numbers: of_event
                .map(|numbers| numbers.keys().cloned().collect())
                .unwrap_or_default(),
            event: of_event.is_none().then_some(event),
        };
        let place = *places.entry(key).or_insert(drafts.len());
        if place == drafts.len() {
            let draft = Draft {
                case_number: join(of_event),
                defendant: defendant.clone(),
                person: Some(person.clone()),
                details: details.clone(),
                court: folded.court,
                county: folded.county,
                agency: options.agency,
                several_numbers: of_event.is_some_and(|numbers| numbers.len() > 1),
                charges: Vec::new(),
            };
            drafts.push((draft, folded.count.cycle()));
        }
        if let Some((draft, _)) = drafts.get_mut(place) {
            draft.charges.push(charge(options, &folded));
        }
    }
    drafts
        .into_iter()
        .map(|(mut draft, cycle)| {
            draft.agency = prosecutor(options, rows, &draft.charges, cycle);
            draft
        })
        .collect()
}

/// Case numbers in normal form with the spelling they first had.
type Numbers<'a> = BTreeMap<String, &'a Private>;

/// The case numbers of each court event, from its court rows, whether convictions or not.
fn case_numbers<'a>(options: &Options, rows: &'a [Row]) -> BTreeMap<(u64, Text<16>), Numbers<'a>> {
    let mut numbers: BTreeMap<_, Numbers<'_>> = BTreeMap::new();
    for row in rows {
        if let (Step::Court, Some(count), Some(number)) = (row.step, row.count, &row.number) {
            numbers
                .entry((count.event(), court_of(options, row)))
                .or_default()
                .entry(key::normal_number(number.expose()))
                .or_insert(number);
        }
    }
    numbers
}

/// Several numbers in the order of their normal forms, so that a re-sorted extract gives the same.
fn join(numbers: Option<&Numbers<'_>>) -> Result<Private, Problem> {
    let numbers = numbers.ok_or(Problem::NoCaseNumber)?;
    let spelt: Vec<&str> = numbers.values().map(|number| number.expose()).collect();
    key::docket_number(&spelt.join(key::BETWEEN_NUMBERS))
        .ok()
        .ok_or(Problem::TooManyCaseNumbers)
}

fn person(defendant: &Private, rows: &[Row]) -> PersonKey {
    match rows.iter().find_map(|row| row.person.as_ref()) {
        Some(id) => PersonKey {
            issuer: code("CA-CII"),
            id: id.clone(),
        },
        None => PersonKey {
            issuer: code("CA-DOJ-SUBJECT"),
            id: defendant.clone(),
        },
    }
}

/// District attorneys prosecute felonies, and whatever goes with one; of the rest the city
/// attorney of the arresting agency, where the directory names one.
fn prosecutor(options: &Options, rows: &[Row], charges: &[DraftCharge], cycle: u64) -> OrgId {
    let of_city = charges.iter().all(|draft| match draft.charge.severity {
        Severity::Misdemeanor | Severity::Infraction => true,
        Severity::Felony | Severity::Unknown => false,
    });
    let arrests = rows.iter().filter(|row| {
        row.step == Step::Arrest && row.count.is_some_and(|count| count.cycle() == cycle)
    });
    let mut offices =
        arrests.filter_map(|row| row.ori.and_then(|ori| options.directory.prosecutor(ori)));
    of_city
        .then(|| offices.next())
        .flatten()
        .unwrap_or(options.agency)
}

fn charge(options: &Options, folded: &Folded) -> DraftCharge {
    let conviction = folded.conviction;
    let section = conviction.section;
    DraftCharge {
        line: folded.line,
        section_unknown: section.is_none(),
        charge: Charge {
            id: ChargeId(0),
            section: section.map_or_else(|| code("UNKNOWN"), |section| section.text),
            family: section.map_or(Family::Other, |section| section.family),
            severity: conviction.severity,
            conviction_year: conviction.date.year,
            counts: 1,
            sentence: supervision(options, conviction),
            in_comment_only: conviction.in_comment_only,
        },
    }
}

/// Whether the parts of the sentence, one after the other from the day of conviction, reach
/// beyond the day asked about.
fn supervision(options: &Options, conviction: Conviction) -> Supervision {
    match (options.as_of, conviction.date.day, conviction.sentence) {
        (Some(as_of), Some(from), Some(Duration(length))) => {
            let passed = (as_of.days() - from.days()).saturating_mul(48);
            if passed < i64::try_from(length).unwrap_or(i64::MAX) {
                Supervision::Serving
            } else {
                Supervision::Completed
            }
        }
        (_, _, _) => Supervision::Unknown,
    }
}

/// A code that is written in this file.
#[expect(
    clippy::expect_used,
    reason = "the texts are literals of this file, and a county number of three digits; all are codes"
)]
fn code<const N: usize>(text: &str) -> Text<N> {
    Text::parse(text).expect("a literal is a code")
}
