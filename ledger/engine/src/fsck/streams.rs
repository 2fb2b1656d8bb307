//! The rules of the domain, checked against every event as it is folded.
//!
//! The command that led to an event is not recorded, so a decision cannot be repeated. What can be
//! checked is that the event may stand where it stands: right stream, right poster, charges that
//! exist, corrections that restore what the corrected history comes to, sums that are right.

use caseledger_domain::{
    CaseFact, CaseState, ChargeId, CohortFact, Event, Fact, FactKind, InitiativeFact, OrderFact,
    OrgId, State, StreamId, StreamKind, authority, refold, view::Worklists,
};

use super::Fault;

/// What an event is judged by.
pub(super) struct Around<'a> {
    pub(super) stream: StreamId,
    pub(super) before: &'a State,
    pub(super) after: &'a State,
    /// The case's events up to and with this one, for corrections.
    pub(super) history: &'a [(OrgId, Event)],
    /// The worklists before this event.
    pub(super) worklists: &'a Worklists,
}

/// Everything that is wrong with an event.
pub(super) fn judge(event: &Event, around: &Around<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let kind = event.fact.kind();
    if kind_of_stream(&event.fact) != around.stream.kind() {
        faults.push(Fault::WrongStream {
            kind,
            stream: around.stream,
        });
        return faults;
    }
    let stated = stated_kind(&event.fact);
    if !authority::posters(stated).contains(&event.role) {
        faults.push(Fault::NotAllowed {
            kind: stated,
            role: event.role,
        });
    }
    match (&event.fact, around.before, around.after) {
        (Fact::Case(fact), State::Case(before), State::Case(after)) => {
            case(event, fact, before, after, around.history, &mut faults);
        }
        (
            Fact::Initiative(InitiativeFact::PolicyAdopted { policy }),
            State::Initiative(before),
            _,
        ) => {
            let expected = before.policy.map_or(1, |old| old.version.saturating_add(1));
            if policy.version != expected {
                faults.push(Fault::PolicyVersion {
                    expected,
                    found: policy.version,
                });
            }
        }
        (Fact::Cohort(CohortFact::CohortSealed { received, .. }), ..) if !received.adds_up() => {
            faults.push(Fault::ControlTotals);
        }
        (Fact::Order(OrderFact::OrderCompleted { applied, .. }), ..) => {
            if let StreamId::Order(order) = around.stream {
                let expected = around.worklists.order_counts(order).applied;
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
            ..,
        ) => {}
    }
    faults
}

fn case(
    event: &Event,
    fact: &CaseFact,
    before: &CaseState,
    after: &CaseState,
    history: &[(OrgId, Event)],
    faults: &mut Vec<Fault>,
) {
    for (charge, number) in after.charges.iter().zip(1..) {
        let (expected, found) = (ChargeId(number), charge.charge.id);
        if expected != found {
            faults.push(Fault::ChargeNumber { expected, found });
        }
    }
    // A held confirmation names charges of a case nobody knows yet.
    if !matches!(fact, CaseFact::ConfirmationHeld { .. }) {
        let known = |id: &ChargeId| after.charges.iter().any(|charge| charge.charge.id == *id);
        let unknown = event.charges.as_slice().iter().find(|id| !known(id));
        faults.extend(unknown.map(|id| Fault::UnknownCharge(*id)));
    }
    if matches!(fact, CaseFact::CaseIdentified { .. }) && before.identity.is_some() {
        faults.push(Fault::IdentifiedTwice);
    }
    if let CaseFact::ConfirmationMatched { held, .. } = fact
        && !before.held.iter().any(|waiting| waiting.revision == *held)
    {
        faults.push(Fault::NothingHeld(*held));
    }
    if let CaseFact::FactCorrected { restored, .. } | CaseFact::EventRetracted { restored, .. } =
        fact
    {
        let truth = refold(history);
        if *restored != truth.charges || after.charges != truth.charges {
            faults.push(Fault::Restored);
        }
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
