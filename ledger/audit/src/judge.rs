//! The rules of the domain, checked against every event as it is folded.
//!
//! The command that led to an event is not recorded, so a decision cannot be repeated. What can be
//! checked is that the event may stand where it stands: right stream, right poster, charges that
//! exist, corrections that restore what the corrected history comes to, sums that are right.

use caseledger_domain::{
    CaseFact, CaseState, ChargeId, CohortFact, Event, Fact, FactKind, InitiativeFact, OrderFact,
    OrgId, State, StreamId, StreamKind, authority, refold, view::Worklists,
};

use crate::fault::Fault;

/// What only the state before an event can say against it.
pub(crate) fn before(
    event: &Event,
    stream: StreamId,
    state: &State,
    worklists: &Worklists,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let kind = event.fact.kind();
    if kind_of_stream(&event.fact) != stream.kind() {
        faults.push(Fault::WrongStream { kind, stream });
        return faults;
    }
    let stated = stated_kind(&event.fact);
    if !authority::posters(stated).contains(&event.role) {
        faults.push(Fault::NotAllowed {
            kind: stated,
            role: event.role,
        });
    }
    match (&event.fact, state) {
        (Fact::Case(fact), State::Case(state)) => match fact {
            CaseFact::CaseIdentified { .. } if state.identity.is_some() => {
                faults.push(Fault::IdentifiedTwice);
            }
            CaseFact::ConfirmationMatched { held, .. }
                if !state.held.iter().any(|waiting| waiting.revision == *held) =>
            {
                faults.push(Fault::NothingHeld(*held));
            }
            _ => {}
        },
        (Fact::Initiative(InitiativeFact::PolicyAdopted { policy }), State::Initiative(state)) => {
            let expected = state.policy.map_or(1, |old| old.version.saturating_add(1));
            if policy.version != expected {
                faults.push(Fault::PolicyVersion {
                    expected,
                    found: policy.version,
                });
            }
        }
        (Fact::Cohort(CohortFact::CohortSealed { received, .. }), _) if !received.adds_up() => {
            faults.push(Fault::ControlTotals);
        }
        (Fact::Order(OrderFact::OrderCompleted { applied, .. }), _) => {
            if let StreamId::Order(order) = stream {
                let expected = worklists.order_counts(order).applied;
                if *applied != expected {
                    faults.push(Fault::OrderApplied {
                        expected,
                        found: *applied,
                    });
                }
            }
        }
        (
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_),
            _,
        ) => {}
    }
    faults
}

/// What the state behind an event says against it.
pub(crate) fn after(event: &Event, state: &State, faults: &mut Vec<Fault>) {
    let (Fact::Case(fact), State::Case(state)) = (&event.fact, state) else {
        return;
    };
    for (charge, number) in state.charges.iter().zip(1..) {
        let (expected, found) = (ChargeId(number), charge.charge.id);
        if expected != found {
            faults.push(Fault::ChargeNumber { expected, found });
        }
    }
    // A held confirmation names charges of a case nobody knows yet.
    if !matches!(fact, CaseFact::ConfirmationHeld { .. }) {
        let known = |id: &ChargeId| state.charges.iter().any(|charge| charge.charge.id == *id);
        let unknown = event.charges.as_slice().iter().find(|id| !known(id));
        faults.extend(unknown.map(|id| Fault::UnknownCharge(*id)));
    }
}

/// Whether an event corrects an earlier one, so that only the case's whole history can judge it.
pub(crate) const fn corrects(event: &Event) -> bool {
    restored(event).is_some()
}

/// Whether a correction restores what the history up to and with it comes to, and what folding
/// one event after the other comes to.
pub(crate) fn correction(history: &[(OrgId, Event)], after: &CaseState) -> Option<Fault> {
    let (_, event) = history.last()?;
    let restored = restored(event)?;
    let truth = refold(history);
    (*restored != truth.charges || after.charges != truth.charges).then_some(Fault::Restored)
}

const fn restored(event: &Event) -> Option<&Vec<caseledger_domain::ChargeState>> {
    match &event.fact {
        Fact::Case(
            CaseFact::FactCorrected { restored, .. } | CaseFact::EventRetracted { restored, .. },
        ) => Some(restored),
        Fact::Case(_)
        | Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_) => None,
    }
}

/// The kind of what was stated: of a confirmation, that of the fact inside.
fn stated_kind(fact: &Fact) -> FactKind {
    match fact {
        Fact::Case(
            CaseFact::ConfirmationHeld { fact, .. } | CaseFact::ConfirmationMatched { fact, .. },
        ) => fact.kind(),
        Fact::Case(CaseFact::ConfirmationSighted { kind }) => *kind,
        Fact::Case(_)
        | Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_) => fact.kind(),
    }
}

const fn kind_of_stream(fact: &Fact) -> StreamKind {
    match fact {
        Fact::Case(_) => StreamKind::Case,
        Fact::Initiative(_) => StreamKind::Initiative,
        Fact::Cohort(_) => StreamKind::Cohort,
        Fact::Filing(_) => StreamKind::Filing,
        Fact::Order(_) => StreamKind::Order,
    }
}
