//! The rules of the domain, checked against every event as it is folded.
//!
//! The command that led to an event is not recorded, so a decision cannot be repeated. What can be
//! checked is that the event may stand where it stands: right stream, right poster, charges that
//! exist, corrections that restore what the corrected history comes to, sums that are right.

use caseledger_domain::{
    CaseFact, CaseState, ChargeId, CohortFact, Event, Fact, FactKind, InitiativeFact, OrderFact,
    OrderState, OrgId, State, StreamId, StreamKind, authority, decide::correctable, key_refusal,
    refold, view::Worklists, vocabulary::RowOutcome,
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
    if stream.kind() != StreamKind::Case && !event.charges.is_empty() {
        faults.push(Fault::ChargesOfNoCase(kind));
    }
    let stated = stated_kind(&event.fact);
    if !may_state(event, stated) {
        faults.push(Fault::NotAllowed {
            kind: stated,
            role: event.role,
        });
    }
    match (&event.fact, state) {
        (Fact::Case(fact), State::Case(state)) => match fact {
            _ if state.identity.is_none() && !may_come_first(fact) => {
                faults.push(Fault::NotIdentified(kind));
            }
            CaseFact::CaseIdentified { .. } if state.identity.is_some() => {
                faults.push(Fault::IdentifiedTwice);
            }
            CaseFact::ConfirmationMatched { held, .. }
            | CaseFact::ConfirmationResolved { held, .. }
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
        (Fact::Org(_), _) if stream != StreamId::Org(OrgId::OPERATOR) => {
            faults.push(Fault::WrongStream { kind, stream });
        }
        (Fact::Org(fact), State::Org(state)) => {
            faults.extend(key_refusal(state, *fact).map(Fault::Key));
        }
        (Fact::Cohort(CohortFact::CohortSealed { received, .. }), _) if !received.adds_up() => {
            faults.push(Fault::ControlTotals);
        }
        (Fact::Order(fact @ OrderFact::OrderCompleted { .. }), State::Order(state)) => {
            if let StreamId::Order(order) = stream {
                let expected = worklists.order_counts(order).applied;
                completed(fact, state, expected, &mut faults);
            }
        }
        (
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Org(_),
            _,
        ) => {}
    }
    faults
}

/// Whether the role may state the fact; only an official one may of a case that is not known.
fn may_state(event: &Event, stated: FactKind) -> bool {
    let held = matches!(event.fact, Fact::Case(CaseFact::ConfirmationHeld { .. }));
    authority::posters(stated).contains(&event.role)
        && (!held || authority::is_official(event.role))
}

/// Whether a fact may stand in a case before it is identified: confirmations wait there, and are
/// seen again and corrected while they do.
const fn may_come_first(fact: &CaseFact) -> bool {
    matches!(
        fact,
        CaseFact::CaseIdentified { .. }
            | CaseFact::ConfirmationHeld { .. }
            | CaseFact::ConfirmationSighted { .. }
            | CaseFact::FactCorrected { .. }
            | CaseFact::EventRetracted { .. }
            | CaseFact::ConfirmationResolved { .. }
    )
}

/// Every row of an order has one outcome, and each outcome is what was recorded before.
fn completed(fact: &OrderFact, state: &OrderState, expected: u32, faults: &mut Vec<Fault>) {
    let OrderFact::OrderCompleted {
        applied,
        already,
        not_found,
        rejected,
    } = fact
    else {
        return;
    };
    let found = *applied;
    if found != expected {
        faults.push(Fault::OrderApplied { expected, found });
    }
    let mut sum = u64::from(*applied);
    for (outcome, found) in [
        (RowOutcome::Already, *already),
        (RowOutcome::NotFound, *not_found),
        (RowOutcome::Rejected, *rejected),
    ] {
        sum += u64::from(found);
        let rows = state.explained.iter().filter(|(_, why)| *why == outcome);
        let expected = rows.count() as u32;
        if found != expected {
            faults.push(Fault::OrderExplained {
                outcome,
                expected,
                found,
            });
        }
    }
    if sum != u64::from(state.declared) {
        faults.push(Fault::OrderRows {
            expected: state.declared,
            found: sum,
        });
    }
}

/// Whether an event is about a confirmation that waits for its case, as things stand before it: the
/// charges that it names are of a case nobody knows yet.
pub(crate) fn waits(event: &Event, state: &State) -> bool {
    match (&event.fact, state) {
        (Fact::Case(CaseFact::ConfirmationHeld { .. }), _) => true,
        // Which correction was stated again is not recorded.
        (
            Fact::Case(CaseFact::ConfirmationSighted {
                kind: FactKind::FactCorrected,
            }),
            State::Case(state),
        ) => !state.held.is_empty(),
        (
            Fact::Case(
                CaseFact::FactCorrected { target, .. } | CaseFact::EventRetracted { target, .. },
            ),
            State::Case(state),
        ) => state.held.iter().any(|held| held.revision == *target),
        (
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Org(_),
            _,
        ) => false,
    }
}

/// What the state behind an event says against it; `waits` as the state before it had it.
pub(crate) fn after(event: &Event, waits: bool, state: &State, faults: &mut Vec<Fault>) {
    let (Fact::Case(fact), State::Case(state)) = (&event.fact, state) else {
        return;
    };
    for (charge, number) in state.charges.iter().zip(1..) {
        let (expected, found) = (ChargeId(number), charge.charge.id);
        if expected != found {
            faults.push(Fault::ChargeNumber { expected, found });
        }
    }
    if waits {
        return;
    }
    let known = |id: &ChargeId| state.charges.iter().any(|charge| charge.charge.id == *id);
    let unknown = event.charges.as_slice().iter().find(|id| !known(id));
    faults.extend(unknown.map(|id| Fault::UnknownCharge(*id)));
    let stated = match fact {
        CaseFact::ConfirmationMatched { fact, .. } => fact,
        CaseFact::FactCorrected { replacement, .. } => replacement,
        other => other,
    };
    match stated {
        CaseFact::ChargeAmended { charge } if !known(&charge.id) => {
            faults.push(Fault::UnknownCharge(charge.id));
        }
        CaseFact::FilingPartiallyAccepted { rejected, .. } => {
            // A correction is judged for the charges of the fact that it replaces.
            let corrects = matches!(fact, CaseFact::FactCorrected { .. });
            let unknown = rejected.iter().find(|id| !corrects && !known(id));
            faults.extend(unknown.map(|id| Fault::UnknownCharge(*id)));
            let both = rejected.iter().find(|id| event.charges.contains(**id));
            faults.extend(both.map(|id| Fault::AcceptedAndRejected(*id)));
        }
        _ => {}
    }
}

/// Whether an event corrects an earlier one, or takes it out of the inbox, so that only the case's
/// whole history can judge it.
pub(crate) const fn corrects(event: &Event) -> bool {
    restored(event).is_some()
        || matches!(
            event.fact,
            Fact::Case(CaseFact::ConfirmationResolved { .. })
        )
}

/// Whether a confirmation is taken out of the inbox by another one than posted it.
fn resolved(history: &[(OrgId, Event)]) -> Option<Fault> {
    let ((found, event), before) = history.split_last()?;
    let Fact::Case(CaseFact::ConfirmationResolved { held, .. }) = &event.fact else {
        return None;
    };
    let (expected, _) = before.get(usize::try_from(*held).ok()?)?;
    (expected != found).then_some(Fault::ResolvedByOther {
        held: *held,
        expected: *expected,
        found: *found,
    })
}

/// What a correction may not be about, or may not say instead, given the history up to and with it.
fn not_correctable(history: &[(OrgId, Event)]) -> Option<Fault> {
    let ((_, event), before) = history.split_last()?;
    let Fact::Case(correction) = &event.fact else {
        return None;
    };
    if let CaseFact::FactCorrected { replacement, .. } = correction
        && !correctable(replacement.kind())
    {
        return Some(Fault::Replacement(replacement.kind()));
    }
    let (CaseFact::FactCorrected { target, .. } | CaseFact::EventRetracted { target, .. }) =
        correction
    else {
        return None;
    };
    let cited = usize::try_from(*target).ok().and_then(|at| before.get(at));
    let over = before.iter().any(|(_, event)| match &event.fact {
        // Matched is matched: from then on the match is what can be corrected.
        Fact::Case(
            CaseFact::ConfirmationMatched { held: cited, .. }
            | CaseFact::ConfirmationResolved { held: cited, .. }
            | CaseFact::EventRetracted { target: cited, .. },
        ) => cited == target,
        Fact::Case(_)
        | Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_)
        | Fact::Org(_) => false,
    });
    let can = cited.is_some_and(|(_, event)| match &event.fact {
        Fact::Case(CaseFact::ConfirmationHeld { .. }) => true,
        Fact::Case(CaseFact::ConfirmationMatched { fact, .. }) => correctable(fact.kind()),
        Fact::Case(fact) => correctable(fact.kind()),
        Fact::Initiative(_) | Fact::Cohort(_) | Fact::Filing(_) | Fact::Order(_) | Fact::Org(_) => {
            false
        }
    });
    (over || !can).then_some(Fault::NotCorrectable(*target))
}

/// Whether a correction may stand where it does, and restores what the history up to and with it comes to, and what folding
/// one event after the other comes to.
pub(crate) fn correction(history: &[(OrgId, Event)], after: &CaseState) -> Option<Fault> {
    if let Some(fault) = resolved(history) {
        return Some(fault);
    }
    let (_, event) = history.last()?;
    let restored = restored(event)?;
    if let Some(fault) = not_correctable(history) {
        return Some(fault);
    }
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
        | Fact::Order(_)
        | Fact::Org(_) => None,
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
        | Fact::Order(_)
        | Fact::Org(_) => fact.kind(),
    }
}

const fn kind_of_stream(fact: &Fact) -> StreamKind {
    match fact {
        Fact::Case(_) => StreamKind::Case,
        Fact::Initiative(_) => StreamKind::Initiative,
        Fact::Cohort(_) => StreamKind::Cohort,
        Fact::Filing(_) => StreamKind::Filing,
        Fact::Order(_) => StreamKind::Order,
        Fact::Org(_) => StreamKind::Org,
    }
}
