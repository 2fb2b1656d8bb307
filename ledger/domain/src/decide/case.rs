//! Decisions about cases.

use crate::authority;
use crate::command::{Command, Context, Scope, Target};
use crate::date::Date;
use crate::event::{Charges, Event, Flag, Flags};
use crate::evolve::evolve_case;
use crate::fact::{CaseFact, Charge, Fact};
use crate::id::ChargeId;
use crate::rejection::{Quantity, Rejection};
use crate::state::{CaseState, Held};
use crate::vocabulary::Role;

use super::again::{News, news};
use super::resolve::Resolution;
use super::scope::{self, Whole};
use super::{Decided, content, correction, flags, guard, identify, limits, private, resolve};

pub(super) fn decide(
    state: &CaseState,
    fact: &CaseFact,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    match fact {
        CaseFact::CaseIdentified { .. } => identify::decide(state, fact, command, context),
        CaseFact::FactCorrected { .. } | CaseFact::EventRetracted { .. } => {
            correction::decide(state, fact, command, context)
        }
        CaseFact::ConfirmationResolved {
            held,
            reason,
            moved_to,
        } => {
            let resolution = Resolution {
                held: *held,
                reason: *reason,
                moved_to: *moved_to,
            };
            resolve::decide(state, &resolution, command, context)
        }
        _ => match private::made_elsewhere(fact, &command.target) {
            Some(refusal) => Err(vec![refusal]),
            None if state.identity.is_none() => hold(state, fact, command, context),
            None => accept(state, fact, command, context),
        },
    }
}

/// An event of the case, as the poster states it.
pub(super) fn event(
    command: &Command,
    context: &Context<'_>,
    flags: Flags,
    charges: Charges,
    fact: CaseFact,
) -> Event {
    Event {
        occurred_on: command.occurred_on,
        role: context.role,
        flags,
        charges,
        fact: Fact::Case(fact),
    }
}

/// A fact about a case that is known.
fn accept(state: &CaseState, fact: &CaseFact, command: &Command, context: &Context<'_>) -> Decided {
    let on = command.occurred_on;
    let official = authority::is_official(context.role);
    let mut refusals = content::check(fact, &command.target, context);
    refusals.extend(private::kept_longer(state, fact, context));
    let charges = match scope::resolve(state, fact, on, &command.scope, official) {
        Ok(charges) => charges,
        Err(refusal) => {
            refusals.push(refusal);
            return Err(refusals);
        }
    };
    let fresh = match news(state, fact, on, charges.clone()) {
        News::For(fresh) => fresh,
        News::None => {
            refusals.extend(authority::jurisdiction(state, fact, &charges, context));
            return sighted(state, fact, command, context, charges, refusals);
        }
    };
    match admissible(state, fact, on, &fresh, context) {
        Ok(flags) if refusals.is_empty() => {
            let stated = event(command, context, flags, fresh, fact.clone());
            Ok(with_matches(state.clone(), vec![stated], context))
        }
        Ok(_) => Err(refusals),
        Err(more) => {
            refusals.extend(more);
            Err(refusals)
        }
    }
}

/// What a fact about a known case comes to if it is posted in that role for that scope: the charges that it is recorded for,
/// and whether it is news to them, or a sighting. Nothing if it would be refused, or is recorded in another way (what names
/// a case, and what corrects a fact).
#[must_use]
pub fn posted_as(
    state: &CaseState,
    fact: &CaseFact,
    on: Date,
    role: Role,
    scope: &Scope,
) -> Option<(Charges, bool)> {
    let otherwise = matches!(
        fact,
        CaseFact::CaseIdentified { .. }
            | CaseFact::FactCorrected { .. }
            | CaseFact::EventRetracted { .. }
    );
    if otherwise || state.identity.is_none() {
        return None;
    }
    let charges = scope::resolve(state, fact, on, scope, authority::is_official(role)).ok()?;
    Some(match news(state, fact, on, charges.clone()) {
        News::For(fresh) => (fresh, true),
        News::None => (charges, false),
    })
}

/// The flags that a fact about a known case is accepted with for these charges, or every rule
/// that refuses it from where the case stands.
pub(super) fn admissible(
    state: &CaseState,
    fact: &CaseFact,
    on: Date,
    charges: &Charges,
    context: &Context<'_>,
) -> Result<Flags, Vec<Rejection>> {
    let mut refusals = additions(state, fact, context);
    match guard::judge(state, fact, on, charges, context) {
        Ok(flags) if refusals.is_empty() => Ok(flags),
        Ok(_) => Err(refusals),
        Err(more) => {
            refusals.extend(more);
            Err(refusals)
        }
    }
}

/// What speaks against a list or a charge that the fact adds to the case.
pub(super) fn additions(
    state: &CaseState,
    fact: &CaseFact,
    context: &Context<'_>,
) -> Vec<Rejection> {
    let list = on_list(fact, context).into_iter();
    list.chain(next_charge(state, fact)).collect()
}

/// The same fact again: a sighting of the confirmation, not a second transition.
pub(super) fn sighted(
    state: &CaseState,
    fact: &CaseFact,
    command: &Command,
    context: &Context<'_>,
    charges: Charges,
    refusals: Vec<Rejection>,
) -> Decided {
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let kind = fact.kind();
    let again = CaseFact::ConfirmationSighted { kind };
    let flags = flags::sighted(state, kind);
    Ok(vec![event(command, context, flags, charges, again)])
}

/// Official facts about a case that no list has named yet wait for it; claims do not.
fn hold(state: &CaseState, fact: &CaseFact, command: &Command, context: &Context<'_>) -> Decided {
    let attempted = fact.kind();
    let named = match &command.scope {
        Scope::WholeCase => Charges::default(),
        Scope::Charges(ids) => Charges::new(ids.clone()),
    };
    let mut refusals = waiting(fact, &command.target, named.as_slice(), context);
    if let Scope::Charges(ids) = &command.scope
        && ids.is_empty()
    {
        refusals.push(match scope::whole(attempted) {
            Whole::Case | Whole::Named => Rejection::ScopeNotApplicable { attempted },
            Whole::All | Whole::Open | Whole::Answering => Rejection::ScopeEmpty { attempted },
        });
    }
    if held_already(state, fact, command.occurred_on, named.as_slice()) {
        return sighted(state, fact, command, context, Charges::default(), refusals);
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let flags = unmatched(fact);
    let held = CaseFact::ConfirmationHeld {
        fact: Box::new(fact.clone()),
        charges: named.as_slice().to_vec(),
    };
    Ok(vec![event(
        command,
        context,
        flags,
        Charges::default(),
        held,
    )])
}

/// What speaks against a confirmation that waits for its case, naming these charges.
pub(super) fn waiting(
    fact: &CaseFact,
    target: &Target,
    named: &[ChargeId],
    context: &Context<'_>,
) -> Vec<Rejection> {
    let attempted = fact.kind();
    let mut refusals = content::check(fact, target, context);
    // Nothing is sealed of a case that is not known.
    if !authority::is_official(context.role) || private::is_about_private(fact) {
        refusals.push(Rejection::CaseUnknown { attempted });
    }
    match scope::whole(attempted) {
        Whole::Case | Whole::Named => {
            let listed = !named.is_empty();
            refusals.extend(listed.then_some(Rejection::ScopeNotApplicable { attempted }));
        }
        Whole::All | Whole::Open | Whole::Answering => refusals.extend(content::within(
            Quantity::Charges,
            named.len() as u64,
            0,
            limits::CHARGES_MAX.into(),
        )),
    }
    refusals
}

/// Whether the same confirmation waits for the case already.
pub(super) fn held_already(
    state: &CaseState,
    fact: &CaseFact,
    on: Date,
    named: &[ChargeId],
) -> bool {
    let mut held = state.held.iter();
    held.any(|held| held.fact == *fact && held.occurred_on == on && held.charges == named)
}

/// The flags of a confirmation that waits.
pub(super) fn unmatched(fact: &CaseFact) -> Flags {
    content::unmapped(fact).with(Flag::Unmatched)
}

/// The events, and after them a match for every held confirmation that now fits the case. One
/// that does not (it names a charge the case lacks, or is dated before the conviction) goes on
/// waiting where it can be seen.
pub(super) fn with_matches(
    before: CaseState,
    mut events: Vec<Event>,
    context: &Context<'_>,
) -> Vec<Event> {
    if before.held.is_empty() {
        return events;
    }
    let mut state = events.iter().fold(before, evolve_case);
    if state.identity.is_none() {
        return events;
    }
    for held in state.held.clone() {
        if let Ok(matched) = matching(&state, &held, context) {
            state = evolve_case(state, &matched);
            events.push(matched);
        }
    }
    events
}

/// The match of a held confirmation with the case, or why it does not fit.
pub(super) fn matching(
    state: &CaseState,
    held: &Held,
    context: &Context<'_>,
) -> Result<Event, Vec<Rejection>> {
    let context = Context {
        role: held.role,
        ..*context
    };
    let fact = renumbered(state, &held.fact);
    let scope = if held.charges.is_empty() {
        Scope::WholeCase
    } else {
        Scope::Charges(held.charges.clone())
    };
    let charges = scope::resolve(state, &fact, held.occurred_on, &scope, true)
        .map_err(|refusal| vec![refusal])?;
    let flags = guard::judge(state, &fact, held.occurred_on, &charges, &context)?;
    Ok(Event {
        occurred_on: held.occurred_on,
        role: held.role,
        flags,
        charges,
        fact: Fact::Case(CaseFact::ConfirmationMatched {
            held: held.revision,
            fact: Box::new(fact),
        }),
    })
}

/// A charge that was reported before its case was known takes the number it has in the case.
fn renumbered(state: &CaseState, fact: &CaseFact) -> CaseFact {
    match fact {
        CaseFact::ChargeAdded { charge } => {
            let known = state
                .charges
                .iter()
                .find(|known| same(&known.charge, charge));
            let id = known.map_or_else(|| next_id(state), |known| known.charge.id);
            CaseFact::ChargeAdded {
                charge: Charge { id, ..*charge },
            }
        }
        other => other.clone(),
    }
}

/// Whether two lists mean the same charge.
pub(super) fn same(one: &Charge, other: &Charge) -> bool {
    (one.section, one.conviction_year, one.severity)
        == (other.section, other.conviction_year, other.severity)
}

/// The next free charge number.
pub(super) fn next_id(state: &CaseState) -> ChargeId {
    ChargeId(scope::highest(state).saturating_add(1))
}

fn next_charge(state: &CaseState, fact: &CaseFact) -> Option<Rejection> {
    let CaseFact::ChargeAdded { charge } = fact else {
        return None;
    };
    let expected = next_id(state);
    if charge.id != expected {
        return Some(Rejection::ChargeNotNext {
            given: charge.id,
            expected,
        });
    }
    content::within(
        Quantity::Charges,
        expected.0.into(),
        1,
        limits::CHARGES_MAX.into(),
    )
}

fn on_list(fact: &CaseFact, context: &Context<'_>) -> Option<Rejection> {
    match fact {
        CaseFact::SightingAdded { cohort, .. } => identify::open(*cohort, context),
        _ => None,
    }
}
