use crate::event::{Charges, Event, Flag, Flags};
use crate::evolve::{evolve, refold};
use crate::fact::{CaseFact, Fact, InitiativeFact};
use crate::id::ChargeId;
use crate::state::{
    CaseState, CohortState, FilingState, InitiativeState, InitiativeStatus, OrderState, State,
};
use crate::vocabulary::Role;

fn event(fact: Fact) -> Event {
    Event {
        occurred_on: "2021-09-27".parse().unwrap(),
        role: Role::Operator,
        flags: Flags::NONE.with(Flag::OutOfOrder),
        charges: Charges::new(vec![ChargeId(1)]),
        fact,
    }
}

#[test]
fn leaves_a_stream_alone_when_the_event_is_about_another_kind() {
    let started = event(Fact::Initiative(InitiativeFact::InitiativeStarted));
    for state in [
        State::Case(CaseState::default()),
        State::Cohort(CohortState::default()),
        State::Filing(FilingState::default()),
        State::Order(OrderState::default()),
    ] {
        assert_eq!(evolve(state.clone(), &started), state);
    }
    let State::Initiative(state) = evolve(State::Initiative(InitiativeState::default()), &started)
    else {
        panic!("another kind of state");
    };
    assert_eq!(state.revisions, 1);
    assert_eq!(state.status, Some(InitiativeStatus::Running));
}

#[test]
fn counts_every_event_and_its_flags_whatever_it_is_about() {
    let reviewed = event(Fact::Case(CaseFact::ReviewStarted));
    let State::Case(state) = evolve(State::Case(CaseState::default()), &reviewed) else {
        panic!("another kind of state");
    };
    assert_eq!(state.revisions, 1);
    assert!(state.flags.contains(Flag::OutOfOrder));
    assert!(state.charges.is_empty());
}

#[test]
fn refolds_no_history_to_a_case_nobody_has_heard_of() {
    assert_eq!(refold(&[]), CaseState::default());
}
