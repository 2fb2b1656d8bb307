//! Measures the totals view: folding, memory, questions about now and about the past.
//!
//! ```text
//! cargo run --release -p caseledger-domain --example totals_rate [cases] [events]
//! ```
//!
//! Prints figures and asserts nothing: machines differ.

#![expect(clippy::print_stdout, reason = "printing figures is the purpose")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use caseledger_domain::view::{AsOf, Dimension, Filter, Totals, TotalsQuery, Unit};
use caseledger_domain::vocabulary::{
    Coded, Determination, DeterminationReason, Family, Remedy, Severity, Source, Supervision,
    Vocabulary,
};
use caseledger_domain::{
    CaseId, CaseIdentity, CaseState, Charge, ChargeId, ChargeState, Decision, Determined,
    Disposition, Flag, Flags, Notice, PersonRef, Phase, Repository, RuleSet, Seal, Sighting, Text,
};

type Failure = Box<dyn std::error::Error>;

/// States made ready before the clock starts.
const BATCH: usize = 4096;
/// Runs of each question; the quickest and the median are printed.
const RUNS: usize = 21;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let cases: u64 = arguments.next().map_or(Ok(133_000), |text| text.parse())?;
    let events: u64 = arguments
        .next()
        .map_or(Ok(1_100_000), |text| text.parse())?;

    let before = resident_kib();
    let (totals, spent) = fold(cases, events)?;
    let memory = resident_kib().saturating_sub(before);
    println!("{cases} cases, {events} events");
    println!(
        "fold        {:>10} ns per event",
        spent.as_nanos() / u128::from(events)
    );
    println!("memory      {memory:>10} KiB resident");

    let dismissed = Filter::default().reaching(Phase::Dismissed);
    let questions: [(&str, Unit, &[Dimension], Filter); 9] = [
        ("cases", Unit::Cases, &[], Filter::default()),
        ("cases, dismissed", Unit::Cases, &[], dismissed.clone()),
        (
            "cases by phase",
            Unit::Cases,
            &[Dimension::Phase],
            Filter::default(),
        ),
        (
            "cases by initiative, source, flag",
            Unit::Cases,
            &[Dimension::Initiative, Dimension::Source, Dimension::Flag],
            Filter::default(),
        ),
        (
            "cases by court, section, decade",
            Unit::Cases,
            &[
                Dimension::Court,
                Dimension::Section,
                Dimension::ConvictionDecade,
            ],
            Filter::default(),
        ),
        (
            "charges by severity, disposition, seal",
            Unit::Charges,
            &[Dimension::Severity, Dimension::Disposition, Dimension::Seal],
            Filter::default(),
        ),
        ("people", Unit::People, &[], Filter::default()),
        (
            "people by initiative",
            Unit::People,
            &[Dimension::Initiative],
            dismissed,
        ),
        (
            "people by court, section, reason",
            Unit::People,
            &[Dimension::Court, Dimension::Section, Dimension::Reason],
            Filter::default(),
        ),
    ];
    println!(
        "\n{:40} {:>8} {:>16} {:>16} {:>16}",
        "question; us: quickest, median", "groups", "now", "half way", "last but one"
    );
    for (name, unit, group_by, filter) in questions {
        let query = TotalsQuery::new(unit, group_by, filter)?;
        let groups = totals.query(&query, AsOf::Now).groups.len();
        let time = |as_of| spread(|| totals.query(&query, as_of));
        println!(
            "{name:40} {groups:>8} {:>16} {:>16} {:>16}",
            time(AsOf::Now),
            time(AsOf::Position(events / 2)),
            time(AsOf::Position(events.saturating_sub(2))),
        );
    }
    let page = spread(|| totals.list(&Filter::default(), AsOf::Now, 0, 100));
    println!("{:40} {page:>25}", "first 100 cases");
    Ok(())
}

/// Folds the events: each step of all cases before the next step, every other step in an order
/// that jumps about.
fn fold(cases: u64, events: u64) -> Result<(Totals, Duration), Failure> {
    let mut totals = Totals::default();
    let mut spent = Duration::ZERO;
    let mut batch = Vec::with_capacity(BATCH);
    for position in 0..events {
        let (step, nth) = (position / cases, position % cases);
        let case = if step % 2 == 0 {
            nth
        } else {
            nth * 100_003 % cases
        };
        batch.push((position, id(case), state(cases, case, step)?));
        if batch.len() == BATCH || position + 1 == events {
            let start = Instant::now();
            for (position, case, after) in &batch {
                totals.apply(*position, *case, after);
            }
            spent += start.elapsed();
            batch.clear();
        }
    }
    Ok((totals, spent))
}

fn id(case: u64) -> CaseId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&mix(case).to_be_bytes());
    bytes[8..].copy_from_slice(&case.to_be_bytes());
    CaseId::from_bytes(bytes)
}

/// A case after a number of steps, with the variety of a county's lists.
fn state(cases: u64, case: u64, step: u64) -> Result<CaseState, Failure> {
    let draw = |salt: u64, bound: u64| mix(case ^ salt << 56) % bound;
    let mut person = [0; 16];
    // Draws that give 1.2 cases per person.
    person[..8].copy_from_slice(&draw(1, cases * 7 / 3).to_be_bytes());
    let initiative = ["LA-2020-DOJ", "LA-2021-COURT", "SF-2018"][draw(2, 3) as usize];
    let mut sightings = vec![sighting(initiative, case)?];
    if draw(3, 40) == 0 {
        sightings.push(sighting("SD-2019", case)?);
    }
    let charges = (1..=1 + u16::from(draw(4, 5) == 0))
        .map(|charge| charge_state(mix(case ^ u64::from(charge) << 48), charge, step))
        .collect::<Result<_, _>>()?;
    let flagged = step > 4 && draw(5, 20) == 0;
    Ok(CaseState {
        revisions: step + 1,
        identity: Some(CaseIdentity {
            county: [37, 75, 1, 13, 57, 67, 87, 73][draw(6, 8) as usize],
            court: Text::parse(&format!("COURT-{:02}", draw(6, 8) * 4 + draw(7, 4)))?,
            agency: format!("agency-{}", draw(6, 8) * 2 + draw(8, 2)).parse()?,
            person: (draw(9, 50) > 0).then_some(PersonRef::from_bytes(person)),
        }),
        sightings,
        charges,
        flags: Flags::NONE.with_if(flagged, Flag::NoOrder),
        ..CaseState::default()
    })
}

fn sighting(initiative: &str, case: u64) -> Result<Sighting, Failure> {
    Ok(Sighting {
        cohort: format!("{initiative}.1").parse()?,
        source: if initiative == "LA-2020-DOJ" {
            Source::StateRepository
        } else {
            Source::CourtRecords
        },
        row: case as u32 + 1,
        listed: true,
    })
}

fn charge_state(draw: u64, id: u16, step: u64) -> Result<ChargeState, Failure> {
    let reached = |at: u64| step >= at;
    let decision = match step {
        0 => Decision::Identified,
        1 => Decision::Eligible,
        2 => Decision::Approved,
        3 => Decision::FiledPending,
        4 => Decision::Filed,
        _ => Decision::Granted,
    };
    Ok(ChargeState {
        charge: Charge {
            id: ChargeId(id),
            section: Text::parse(&format!("HS 1135{}({})", 7 + draw % 4, draw / 4 % 4))?,
            family: [Family::Possession, Family::Cultivation, Family::Related]
                [(draw / 64 % 3) as usize],
            severity: [Severity::Felony, Severity::Misdemeanor, Severity::Unknown]
                [(draw / 256 % 3) as usize],
            conviction_year: 1961 + (draw / 1024 % 55) as u16,
            counts: 1,
            sentence: Supervision::Completed,
            in_comment_only: false,
        },
        decision,
        decision_on: None,
        decision_before: None,
        determined: if reached(1) {
            Some(Determined {
                determination: Determination::Eligible,
                remedy: Some(Remedy::DismissAndSeal),
                reason: Coded::Known(DeterminationReason::ALL[(draw / 65_536 % 8) as usize]),
                rules: RuleSet {
                    id: Text::parse("P64")?,
                    version: 1,
                },
                revision: 1,
            })
        } else {
            None
        },
        proposed: None,
        disposition: if reached(6) {
            Disposition::Dismissed
        } else {
            Disposition::Conviction
        },
        disposition_on: None,
        severity_after: None,
        seal: if reached(7) { Seal::Sealed } else { Seal::Open },
        seal_on: None,
        surfaces: caseledger_domain::vocabulary::Set::EMPTY,
        extent: None,
        repository: if reached(8) {
            Repository::Reported
        } else {
            Repository::NotReported
        },
        repository_on: None,
        notice: if reached(9) {
            Notice::Delivered
        } else {
            Notice::None
        },
        notice_on: None,
        order: None,
        seal_order: None,
        claimed: None,
        submitted: None,
        entered_since: None,
        case_word: None,
        case_word_on: None,
        filing: None,
        supervision: Supervision::Completed,
        referred_to: None,
    })
}

/// A number that looks random (`SplitMix64`).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

/// The quickest and the median run, in microseconds.
fn spread<T>(mut question: impl FnMut() -> T) -> String {
    let mut times: Vec<u128> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(question());
            start.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    format!("{}, {}", times[0], times[RUNS / 2])
}

/// Resident memory of the process; 0 where the system does not say.
fn resident_kib() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        })
        .unwrap_or(0)
}
