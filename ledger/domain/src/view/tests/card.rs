//! Cards of cases whose roll-up is plain to see.

use super::history::{case, charge, determined, held, person};
use crate::state::{CaseState, Decision, Disposition, Exit, Phase, Repository, Seal};
use crate::view::{CaseCard, RollUp};
use crate::vocabulary::{Coded, DeterminationReason, Family, Remedy, Set, Severity, Vocabulary};

fn roll_up(members: &[RollUp]) -> Set<RollUp> {
    members.iter().copied().collect()
}

#[test]
fn shows_a_finished_case_with_a_redesignated_and_a_dismissed_felony() {
    let reason = Coded::Known(DeterminationReason::CourtRecordOnly);
    let mut dismissed = charge(1, Family::Possession, Severity::Felony, 1985);
    dismissed.decision = Decision::Granted;
    dismissed.determined = Some(determined(Some(Remedy::DismissAndSeal), reason));
    dismissed.disposition = Disposition::Dismissed;
    dismissed.seal = Seal::Sealed;
    dismissed.repository = Repository::Updated;
    let mut redesignated = charge(2, Family::Cultivation, Severity::Felony, 1990);
    redesignated.decision = Decision::Granted;
    redesignated.determined = Some(determined(Some(Remedy::RedesignateMisdemeanor), reason));
    redesignated.disposition = Disposition::Redesignated;
    redesignated.severity_after = Some(Severity::Misdemeanor);
    redesignated.repository = Repository::Updated;
    let state = case(Some(person(1)), vec![dismissed, redesignated]);

    let card = CaseCard::new(&state);
    assert_eq!(card.phase, Some(Phase::Approved));
    assert_eq!(card.any_phase, Some(Phase::Sealed));
    assert_eq!(card.exit, None);
    assert_eq!(
        card.roll_up,
        roll_up(&[
            RollUp::Counted,
            RollUp::AllEligibleRelieved,
            RollUp::AllCannabisRelieved,
            RollUp::FelonyRemoved,
            RollUp::Complete,
        ])
    );
    assert_eq!(card.charges[1].phase, Phase::Approved);
    assert!(card.charges.iter().all(|charge| charge.complete));
    assert_eq!(card.charges[0].state, dismissed);

    // A felony of unknown or unchanged grade afterwards is still one.
    for grade in [None, Some(Severity::Unknown), Some(Severity::Felony)] {
        let mut state = state.clone();
        state.charges[1].severity_after = grade;
        assert!(!RollUp::FelonyRemoved.holds(&state));
    }
}

#[test]
fn shows_what_keeps_a_case_from_being_done() {
    let mut denied = charge(1, Family::Possession, Severity::Misdemeanor, 1985);
    denied.decision = Decision::Denied;
    let other = charge(2, Family::Other, Severity::Felony, 1985);
    let mut state = case(None, vec![denied, other]);
    state.mismatch_open = true;
    state.defender_noticed = true;
    let card = CaseCard::new(&state);
    assert_eq!((card.phase, card.exit), (None, Some(Exit::Denied)));
    assert!(!card.charges[0].pursued && !card.charges[1].pursued);
    assert_eq!(
        card.roll_up,
        roll_up(&[
            RollUp::Counted,
            RollUp::OtherConvictionsRemain,
            RollUp::DefenderNoticed,
            RollUp::MismatchOpen,
        ])
    );
}

#[test]
fn shows_a_case_of_which_only_confirmations_are_known() {
    let state = CaseState {
        revisions: 2,
        held: vec![held(0), held(1)],
        ..CaseState::default()
    };
    let card = CaseCard::new(&state);
    assert_eq!((card.revisions, card.held), (2, 2));
    assert_eq!((card.identity, card.phase, card.exit), (None, None, None));
    assert!(card.roll_up.is_empty() && card.charges.is_empty());
}

#[test]
fn codes_of_roll_ups_are_found_again() {
    for (roll_up, number) in RollUp::ALL.iter().zip(1..) {
        assert_eq!(roll_up.number(), number);
        assert_eq!(RollUp::from_code(roll_up.code()), Some(*roll_up));
    }
}
