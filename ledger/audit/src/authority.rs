//! Who may state what, judged again at every position of a log that declares it.
//!
//! The registry is the fold of the domain, as decoders and states are; that it permits an entry is looked at here, by the
//! entries before it and the day on which it was recorded. What no entry says cannot be judged again: which court the key
//! of a case named that nobody knew yet.

use caseledger_domain::{
    Breach, CaseFact, Date, Event, Fact, Flag, Flags, OrgFact, OrgId, Registry, State, StreamId,
    registry::{Place, is_genesis},
    retention_refusal,
    vocabulary::ShredBasis,
};

use crate::{fault::Fault, prepare::Said};

/// What authority says against an event, before it is folded. `counties` are those of the initiative that a list belongs
/// to; `today` is the day on which it was recorded.
pub(crate) fn judge(
    registry: &Registry,
    said: &Said,
    state: &State,
    position: u64,
    counties: &[u16],
    today: Option<Date>,
) -> Vec<Fault> {
    let Said {
        stream, org, event, ..
    } = said;
    match (stream, state, &event.fact) {
        (StreamId::Org(organisation), State::Org(operator), Fact::Org(act)) => {
            // Keys of checkpoints are changed where their files are, and have rules of their own.
            if act.key_change().is_some() {
                return flagged(event, Flags::NONE);
            }
            let first = *organisation == OrgId::OPERATOR;
            if first && is_genesis(operator, *org, event.role, act) {
                let late = position != operator.revisions;
                let late = late.then_some(Fault::DeclaredLate).into_iter();
                return late.chain(flagged(event, Flags::NONE)).collect();
            }
            acts(registry, *organisation, said, act, today)
        }
        _ if registry.is_declared() => {
            let place = Place::of(state, &event.fact, counties);
            let mut faults = permitted(registry, *org, event, &place, today);
            faults.extend(kept_longer(registry, state, event, today));
            faults
        }
        _ => kept_longer(registry, state, event, today)
            .into_iter()
            .collect(),
    }
}

/// What speaks against destroying private parts by retention on that day.
fn kept_longer(
    registry: &Registry,
    state: &State,
    event: &Event,
    today: Option<Date>,
) -> Option<Fault> {
    let (
        State::Case(case),
        Fact::Case(CaseFact::ShredOrdered {
            basis: ShredBasis::Retention,
            ..
        }),
    ) = (state, &event.fact)
    else {
        return None;
    };
    // That there is no day was found already.
    let today = today.unwrap_or(Date::MAX);
    retention_refusal(case, registry.retention(), today).map(Fault::Authority)
}

fn acts(
    registry: &Registry,
    organisation: OrgId,
    said: &Said,
    act: &OrgFact,
    today: Option<Date>,
) -> Vec<Fault> {
    let Said { org, event, .. } = said;
    if !registry.is_declared() {
        return vec![Fault::Undeclared(act.kind())];
    }
    let mut faults = permitted(registry, *org, event, &Place::default(), today);
    if let Some(today) = today {
        let refusals = registry.refusals(organisation, *org, act, today);
        faults.extend(refusals.into_iter().map(Fault::Authority));
    }
    let waits = Flag::AwaitsApproval;
    let flags = registry.flags(act);
    let expected = flags.contains(waits);
    if expected == event.flags.contains(waits) {
        faults.extend(flagged(event, flags));
    } else {
        faults.push(Fault::Approval { expected });
    }
    faults
}

/// Whether the flags are those that the rules raise.
fn flagged(event: &Event, expected: Flags) -> Vec<Fault> {
    if event.flags == expected {
        return Vec::new();
    }
    vec![Fault::Forbidden(Breach::Flags {
        kind: event.fact.kind(),
        expected,
        found: event.flags,
    })]
}

fn permitted(
    registry: &Registry,
    poster: OrgId,
    event: &Event,
    place: &Place,
    today: Option<Date>,
) -> Vec<Fault> {
    let Some(today) = today else {
        return vec![Fault::NoDay];
    };
    let permitted = registry.permits(poster, event.role, &event.fact, place, today);
    permitted.err().map(Fault::Authority).into_iter().collect()
}
