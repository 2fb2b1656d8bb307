//! Decisions about initiatives: `PLANNED -> ANNOUNCED -> RUNNING -> CLOSED_WITH_REMAINDER` or
//! `COMPLETE` (docs/LIFECYCLE.md). Work may start before it is announced.

use crate::command::{Command, Context};
use crate::event::Flag;
use crate::fact::{Fact, FactKind, InitiativeFact};
use crate::id::StreamKind;
use crate::policy::Policy;
use crate::rejection::{Quantity, Rejection, Stage};
use crate::state::{InitiativeState, InitiativeStatus};
use crate::vocabulary::Role;

use super::stage::Step;
use super::{Decided, content, limits};

pub(super) fn decide(
    state: &InitiativeState,
    fact: &InitiativeFact,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let attempted = fact.kind();
    let mut step = Step::new(command, context);
    let opens = attempted == FactKind::InitiativeOpened;
    if state.status.is_none() && !opens {
        step.refuse([Rejection::NotOpened {
            stream: StreamKind::Initiative,
            attempted,
        }]);
        return step.decided(Fact::Initiative(fact.clone()));
    }
    step.stage(Stage::Initiative(state.status), |kind| {
        allows(state.status, kind)
    });
    step.refuse(lead(state, fact, context));
    match fact {
        InitiativeFact::InitiativeOpened {
            counties, policy, ..
        } => {
            step.refuse(content::within(
                Quantity::Counties,
                counties.len() as u64,
                1,
                limits::COUNTIES_MAX as u64,
            ));
            step.refuse(counties.iter().copied().filter_map(content::known_county));
            step.refuse(versions(policy, 1));
        }
        InitiativeFact::PolicyAdopted { policy } => {
            let previous = state.policy.map_or(0, |policy| policy.version);
            step.refuse(versions(policy, previous.saturating_add(1)));
        }
        InitiativeFact::InitiativeClosedWithRemainder { remainder } => {
            step.refuse(content::within(
                Quantity::RemainderItems,
                remainder.len() as u64,
                1,
                limits::REMAINDER_MAX as u64,
            ));
            step.refuse(remainder.iter().filter_map(|item| {
                content::within(
                    Quantity::RemainderCases,
                    item.cases.into(),
                    1,
                    u32::MAX.into(),
                )
            }));
            let unmapped = remainder
                .iter()
                .any(|item| content::is_unmapped(&item.reason));
            step.flag_if(unmapped, Flag::UnmappedCode);
        }
        InitiativeFact::InitiativeAnnounced
        | InitiativeFact::InitiativeStarted
        | InitiativeFact::InitiativeCompleted => {}
    }
    step.decided(Fact::Initiative(fact.clone()))
}

fn allows(status: Option<InitiativeStatus>, kind: FactKind) -> bool {
    use InitiativeStatus as S;
    match kind {
        FactKind::InitiativeOpened => status.is_none(),
        FactKind::PolicyAdopted => status.is_some() && status != Some(S::Complete),
        FactKind::InitiativeAnnounced => matches!(status, Some(S::Planned | S::Running)),
        FactKind::InitiativeStarted => matches!(status, Some(S::Planned | S::Announced)),
        FactKind::InitiativeClosedWithRemainder => status == Some(S::Running),
        // What was left over may be done after all.
        FactKind::InitiativeCompleted => {
            matches!(status, Some(S::Running | S::ClosedWithRemainder))
        }
        _ => false,
    }
}

/// Prosecutors run the initiatives they lead; the operator and oversight are not bound.
fn lead(
    state: &InitiativeState,
    fact: &InitiativeFact,
    context: &Context<'_>,
) -> Option<Rejection> {
    let stated = match fact {
        InitiativeFact::InitiativeOpened { lead, .. } => Some(*lead),
        InitiativeFact::PolicyAdopted { .. }
        | InitiativeFact::InitiativeAnnounced
        | InitiativeFact::InitiativeStarted
        | InitiativeFact::InitiativeCompleted
        | InitiativeFact::InitiativeClosedWithRemainder { .. } => state.lead,
    };
    let bound = matches!(context.role, Role::ProsecutorCounty | Role::ProsecutorCity);
    let lead = stated.filter(|lead| bound && *lead != context.poster)?;
    Some(Rejection::NotLead {
        attempted: fact.kind(),
        lead,
        poster: context.poster,
    })
}

fn versions(policy: &Policy, expected: u16) -> impl Iterator<Item = Rejection> {
    let next = (policy.version != expected).then_some(Rejection::PolicyVersionNotNext {
        found: policy.version,
        expected,
    });
    let rules = content::within(
        Quantity::RuleVersion,
        policy.rule_set.version.into(),
        1,
        u16::MAX.into(),
    );
    next.into_iter().chain(rules)
}
