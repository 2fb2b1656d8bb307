//! The rules of the domain, checked against every event as it is folded.
//!
//! The command that led to an event is not recorded. What can be checked is that the event may stand
//! where it stands: right stream, right poster, charges that exist, corrections that restore what the
//! corrected history comes to, and then every guard that a decision goes through, in the functions
//! that decide.

use caseledger_domain::{
    CaseFact, CaseId, CaseState, ChargeId, Context, Event, Fact, FactKind, Flag, OrderFact, OrgId,
    Policy, State, StreamId, StreamKind, authority, key_refusal, policy_for, refold, standing,
    standing_correction, view::Worklists,
};

use crate::{fault::Fault, prepare::Said, streams::Streams};

/// What was derived from the entries before, which a decision may look at besides its own stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) streams: &'a Streams,
    pub(crate) worklists: &'a Worklists,
    /// Whether the entry before is what the same submission says of a list, in the same stream.
    pub(crate) listed: bool,
}

impl<'a> Known<'a> {
    /// What the decision about an event had to go by, but for its day.
    fn context(self, said: &Said, state: &State) -> Context<'a> {
        let mut context = Context::afterwards(said.org, said.event.role);
        match (&said.event.fact, said.stream) {
            (
                Fact::Case(
                    CaseFact::CaseIdentified { cohort, .. }
                    | CaseFact::SightingAdded { cohort, .. },
                ),
                _,
            ) => {
                if let Some(State::Cohort(list)) = self.streams.state(StreamId::Cohort(*cohort)) {
                    context.cohort = Some(list);
                }
            }
            (Fact::Case(fact), _) => {
                context.policy = self.policy(state, fact);
                context.canonical = self.canonical(fact);
            }
            (Fact::Order(OrderFact::OrderCompleted { .. }), StreamId::Order(order)) => {
                context.order_counts = Some(self.worklists.order_counts(order));
            }
            (
                Fact::Initiative(_)
                | Fact::Cohort(_)
                | Fact::Filing(_)
                | Fact::Order(_)
                | Fact::Announcement(_)
                | Fact::Org(_),
                _,
            ) => {}
        }
        context
    }

    /// The policy that an event about a case is judged by.
    pub(crate) fn policy(self, state: &State, fact: &CaseFact) -> Option<&'a Policy> {
        let State::Case(case) = state else {
            return None;
        };
        let initiative = policy_for(case, fact)?;
        match self.streams.state(StreamId::Initiative(initiative)) {
            Some(State::Initiative(initiative)) => initiative.policy.as_ref(),
            _ => None,
        }
    }

    /// The case that a duplicate is linked to.
    fn canonical(self, fact: &CaseFact) -> Option<&'a CaseState> {
        let fact = match fact {
            CaseFact::ConfirmationHeld { fact, .. } => fact,
            stated => stated,
        };
        let CaseFact::DuplicateLinked { canonical, .. } = fact else {
            return None;
        };
        match self.streams.state(StreamId::Case(*canonical)) {
            Some(State::Case(case)) => Some(case),
            _ => None,
        }
    }
}

/// What only the state before an event can say against it.
pub(crate) fn before(said: &Said, state: &State, known: Known<'_>) -> Vec<Fault> {
    let (event, stream) = (&said.event, said.stream);
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
    if !may_state(event, stated, known.listed) {
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
                if !state.held.iter().any(|waiting| waiting.revision == *held) =>
            {
                faults.push(Fault::NothingHeld(*held));
            }
            _ => {}
        },
        (Fact::Org(fact), _)
            if fact.key_change().is_some() && stream != StreamId::Org(OrgId::OPERATOR) =>
        {
            faults.push(Fault::WrongStream { kind, stream });
        }
        (Fact::Org(fact), State::Org(state)) => {
            if let Some(change) = fact.key_change() {
                faults.extend(key_refusal(state, change).map(Fault::Key));
            }
        }
        (
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Announcement(_)
            | Fact::Org(_),
            _,
        ) => {}
    }
    if faults.is_empty() {
        let context = known.context(said, state);
        let breaches = standing(stream, state, event, known.listed, &context);
        faults.extend(breaches.into_iter().map(Fault::Forbidden));
    }
    if said.private.is_some() {
        let given_up = match state {
            State::Case(case) => case.private.is_given_up().then_some(true),
            State::Initiative(_)
            | State::Cohort(_)
            | State::Filing(_)
            | State::Order(_)
            | State::Announcement(_)
            | State::Org(_) => Some(false),
        };
        faults.extend(given_up.map(|given_up| Fault::PrivateMisplaced { given_up }));
    }
    faults
}

/// Whether an event is what a submission says of a list that names a known case, or goes on with
/// what the list adds to it; `listed` says whether the event before was.
pub(crate) const fn lists(event: &Event, listed: bool) -> bool {
    match &event.fact {
        // Nothing is added to a case that is sealed for good.
        _ if event.flags.contains(Flag::SealedAlready) => false,
        Fact::Case(
            CaseFact::SightingAdded { .. }
            | CaseFact::ConfirmationSighted {
                kind: FactKind::CaseIdentified,
            },
        ) => true,
        Fact::Case(CaseFact::PersonLinked { .. } | CaseFact::ChargeAdded { .. }) => listed,
        Fact::Case(_)
        | Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_)
        | Fact::Announcement(_)
        | Fact::Org(_) => false,
    }
}

/// Whether the role may state the fact; only an official one may of a case that is not known.
fn may_state(event: &Event, stated: FactKind, listed: bool) -> bool {
    let held = matches!(event.fact, Fact::Case(CaseFact::ConfirmationHeld { .. }));
    // What a list adds to a known case is stated by whoever may name the case.
    let stated = match event.fact {
        Fact::Case(CaseFact::PersonLinked { .. } | CaseFact::ChargeAdded { .. }) if listed => {
            FactKind::CaseIdentified
        }
        _ => stated,
    };
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
            | Fact::Announcement(_)
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
    // A correction is judged for the charges of the fact that it replaces.
    let stated = match fact {
        CaseFact::ConfirmationMatched { fact, .. } => fact,
        other => other,
    };
    if let CaseFact::FilingPartiallyAccepted { rejected, .. } = stated {
        let unknown = rejected.iter().find(|id| !known(id));
        faults.extend(unknown.map(|id| Fault::UnknownCharge(*id)));
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

/// What speaks against a correction, or against what takes a confirmation out of the inbox: behind the
/// history and the state before it, as its own guards have it. Of a correction also that it restores
/// something other than the history with it comes to, or than folding one event after the other does.
pub(crate) fn correction(
    case: CaseId,
    history: &[(OrgId, Event)],
    before: &CaseState,
    after: &CaseState,
    policy: Option<&Policy>,
) -> Vec<Fault> {
    let Some(((org, event), earlier)) = history.split_last() else {
        return Vec::new();
    };
    let context = Context {
        policy,
        history: earlier,
        ..Context::afterwards(*org, event.role)
    };
    let breaches = standing_correction(case, before, event, &context);
    if !breaches.is_empty() {
        return breaches.into_iter().map(Fault::Forbidden).collect();
    }
    let Some(restored) = restored(event) else {
        return Vec::new();
    };
    let truth = refold(history);
    if *restored == truth.charges && after.charges == truth.charges {
        return Vec::new();
    }
    vec![Fault::Restored]
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
        | Fact::Announcement(_)
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
        | Fact::Announcement(_)
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
        Fact::Announcement(_) => StreamKind::Announcement,
        Fact::Org(_) => StreamKind::Org,
    }
}
