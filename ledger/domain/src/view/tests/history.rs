//! Cases and random histories of cases, made by changing states directly: the views must count
//! whatever the fold gives them, not only what the rules allow today.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::event::Flag;
use crate::fact::{CaseFact, Charge};
use crate::id::{CaseId, ChargeId, PersonRef};
use crate::policy::RuleSet;
use crate::state::{
    CaseIdentity, CaseState, ChargeState, Decision, Determined, Disposition, Held, Notice,
    Repository, Seal, Sighting,
};
use crate::text::Text;
use crate::vocabulary::{
    Coded, Determination, DeterminationReason, Family, Remedy, Role, Set, Severity, Source,
    Supervision, Vocabulary,
};

/// An event of a case: its position and the case after it.
pub(super) type Step = (u64, CaseId, CaseState);

pub(super) fn case_id(number: u8) -> CaseId {
    CaseId::from_bytes([number; 16])
}

pub(super) fn person(number: u8) -> PersonRef {
    PersonRef::from_bytes([number; 16])
}

pub(super) fn sighting(cohort: &str, source: Source) -> Sighting {
    Sighting {
        cohort: cohort.parse().unwrap(),
        source,
        row: 1,
        listed: true,
    }
}

/// A case of Los Angeles on one list, with these charges.
pub(super) fn case(person: Option<PersonRef>, charges: Vec<ChargeState>) -> CaseState {
    CaseState {
        revisions: 1,
        identity: Some(CaseIdentity {
            county: 37,
            court: Text::parse("LASC").unwrap(),
            agency: "lada".parse().unwrap(),
            person,
        }),
        sightings: vec![sighting("LA-2021-COURT.1", Source::CourtRecords)],
        charges,
        ..CaseState::default()
    }
}

/// A charge nobody has looked at.
pub(super) fn charge(id: u16, family: Family, severity: Severity, year: u16) -> ChargeState {
    ChargeState {
        charge: Charge {
            id: ChargeId(id),
            section: Text::parse("HS 11357(b)").unwrap(),
            family,
            severity,
            conviction_year: year,
            counts: 1,
            sentence: Supervision::Unknown,
            in_comment_only: false,
        },
        decision: Decision::Identified,
        decision_on: None,
        decision_before: None,
        determined: None,
        proposed: None,
        disposition: Disposition::Conviction,
        disposition_on: None,
        severity_after: None,
        seal: Seal::Open,
        seal_on: None,
        surfaces: Set::EMPTY,
        extent: None,
        repository: Repository::NotReported,
        repository_on: None,
        notice: Notice::None,
        notice_on: None,
        order: None,
        seal_order: None,
        claimed: None,
        submitted: None,
        entered_since: None,
        case_word: None,
        case_word_on: None,
        filing: None,
        supervision: Supervision::Unknown,
        referred_to: None,
    }
}

pub(super) fn determined(remedy: Option<Remedy>, reason: Coded<DeterminationReason>) -> Determined {
    Determined {
        determination: if remedy.is_some() {
            Determination::Eligible
        } else {
            Determination::Ineligible
        },
        remedy,
        reason,
        rules: RuleSet {
            id: Text::parse("P64").unwrap(),
            version: 1,
        },
        revision: 1,
    }
}

pub(super) fn held(revision: u64) -> Held {
    Held {
        revision,
        occurred_on: "2021-09-27".parse().unwrap(),
        role: Role::Court,
        fact: CaseFact::DojRecordUpdated,
        charges: Vec::new(),
    }
}

/// Up to `steps` events of a dozen cases, with gaps between positions.
pub(super) fn histories(steps: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..12, 0_u64..3, any::<u64>());
    prop::collection::vec(step, 1..steps).prop_map(|steps| {
        let mut cases: BTreeMap<u8, CaseState> = BTreeMap::new();
        let mut position = 0;
        let mut history = Vec::new();
        for (number, gap, draw) in steps {
            position += gap;
            let state = cases.entry(number).or_default();
            change(state, &mut Draw(draw));
            state.revisions += 1;
            history.push((position, case_id(number), state.clone()));
            position += 1;
        }
        history
    })
}

/// Numbers drawn from one number.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        let drawn = self.0 % bound;
        self.0 = (self.0 / bound).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.0 >> 32;
        drawn
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn of<T: Copy>(&mut self, members: &[T]) -> T {
        members[self.below(members.len() as u64) as usize]
    }

    fn member<T: Vocabulary>(&mut self) -> T {
        self.of(T::ALL)
    }
}

/// What one event may do to a case.
fn change(state: &mut CaseState, draw: &mut Draw) {
    if state.identity.is_none() {
        if draw.one_in(4) {
            state.held.push(held(state.revisions));
        } else {
            identify(state, draw);
        }
        return;
    }
    match draw.below(14) {
        0 => state.sightings.push(any_sighting(draw)),
        1 => {
            for sighting in &mut state.sightings {
                sighting.listed = draw.one_in(2);
            }
        }
        2 => state.flags = state.flags.with(draw.of(Flag::ALL)),
        3 => state.duplicate_of = draw.one_in(2).then(|| case_id(0)),
        4 => add_charge(state, draw),
        5 => {
            // A retraction takes a charge away.
            if !state.charges.is_empty() {
                let at = draw.below(state.charges.len() as u64);
                state.charges.remove(at as usize);
            }
        }
        6 => {
            if let Some(identity) = &mut state.identity {
                identity.person = (!draw.one_in(4)).then(|| person(draw.below(6) as u8));
                identity.agency = draw.of(&["lada", "pasadena"]).parse().unwrap();
            }
        }
        7 => {
            let void = draw.one_in(2);
            for charge in &mut state.charges {
                charge.decision = if void {
                    Decision::Voided
                } else {
                    Decision::Identified
                };
            }
        }
        _ => {
            let whole_case = draw.one_in(2);
            for charge in &mut state.charges {
                if whole_case || draw.one_in(2) {
                    move_on(charge, draw);
                }
            }
        }
    }
}

fn identify(state: &mut CaseState, draw: &mut Draw) {
    state.identity = Some(CaseIdentity {
        county: draw.of(&[37, 75, 1]),
        court: Text::parse(draw.of(&["LASC-CJC", "SFSC"])).unwrap(),
        agency: draw.of(&["lada", "sfda"]).parse().unwrap(),
        person: (!draw.one_in(4)).then(|| person(draw.below(6) as u8)),
    });
    state.held.clear();
    state.sightings = vec![any_sighting(draw)];
    for _ in 0..=draw.below(3) {
        add_charge(state, draw);
    }
}

fn any_sighting(draw: &mut Draw) -> Sighting {
    let cohort = draw.of(&["LA-2020-DOJ.1", "LA-2021-COURT.1", "LA-2021-COURT.2"]);
    sighting(cohort, draw.member())
}

/// Adds a charge under an id that no charge has, not always the next one: a correction may bring
/// back a charge or reveal an earlier one.
fn add_charge(state: &mut CaseState, draw: &mut Draw) {
    let mut id = 1 + draw.below(4) as u16;
    while state.charges.iter().any(|charge| charge.charge.id.0 == id) {
        id += 1;
    }
    let year = 1961 + draw.below(50) as u16;
    let mut added = charge(id, draw.member(), draw.member(), year);
    let section = draw.of(&["HS 11357(b)", "HS 11358", "PC 459"]);
    added.charge.section = Text::parse(section).unwrap();
    state.charges.push(added);
    state.charges.sort_by_key(|charge| charge.charge.id);
}

fn move_on(charge: &mut ChargeState, draw: &mut Draw) {
    match draw.below(7) {
        0 => charge.disposition = draw.member(),
        1 => charge.seal = draw.member(),
        2 => charge.repository = draw.member(),
        3 => charge.notice = draw.member(),
        4 => {
            let reason = if draw.one_in(4) {
                Coded::Unmapped(Text::parse("XX-9").unwrap())
            } else {
                Coded::Known(draw.member())
            };
            let remedy = (!draw.one_in(3)).then(|| draw.member());
            charge.determined = Some(determined(remedy, reason));
        }
        _ => {
            charge.decision_before = draw.one_in(2).then_some(charge.decision);
            charge.decision = draw.member();
        }
    }
}
