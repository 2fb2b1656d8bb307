//! Corrections and retractions: new events that cite the old one (docs/LIFECYCLE.md).
//!
//! A correction is judged as if it had been posted instead of the fact it replaces: with the
//! guards of that moment, by who stated the fact, in the role it was stated in. What followed
//! since stands; how the charges come out is refolded and carried by the event.

use crate::authority;
use crate::command::{Command, Context, Scope, Target};
use crate::date::Date;
use crate::event::{Charges, Event, Flag, Flags};
use crate::evolve::{refold_before, refold_with};
use crate::fact::{CaseFact, Fact, FactKind};
use crate::id::OrgId;
use crate::rejection::{Rejection, StatedDate};
use crate::state::CaseState;
use crate::vocabulary::{Coded, CorrectionReason, Role};

use super::case::event;
use super::scope::{self, Whole};
use super::standing::Breach;
use super::{Decided, content, guard, private};

pub(super) fn decide(
    state: &CaseState,
    fact: &CaseFact,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    match fact {
        CaseFact::FactCorrected {
            target,
            replacement,
            replacement_on,
            reason,
            ..
        } => {
            let replacement = Replacement {
                fact: replacement,
                on: *replacement_on,
                reason: *reason,
            };
            correct(state, *target, &replacement, command, context)
        }
        CaseFact::EventRetracted { target, reason, .. } => {
            retract(state, *target, *reason, command, context)
        }
        _ => Ok(Vec::new()),
    }
}

struct Replacement<'a> {
    fact: &'a CaseFact,
    on: Date,
    reason: Coded<CorrectionReason>,
}

/// The fact a correction is about.
struct Original<'a> {
    target: u64,
    /// Who stated it; for a matched confirmation, who posted that.
    owner: OrgId,
    role: Role,
    kind: FactKind,
    /// The charges it applied to, as last corrected.
    charges: &'a Charges,
    /// Whether it waits in the unmatched inbox.
    held: bool,
}

fn correct(
    state: &CaseState,
    target: u64,
    replacement: &Replacement<'_>,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let original = original(target, context).map_err(|refusal| vec![refusal])?;
    let refusals = replaced(state, &original, replacement, &command.target, context);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let (charges, flags) = if original.held {
        let named = match &command.scope {
            Scope::WholeCase => held_charges(state, target),
            Scope::Charges(ids) => Charges::new(ids.clone()),
        };
        (named, Flags::NONE.with(Flag::Unmatched))
    } else {
        judged(&original, replacement, command, context)?
    };
    let flags = flags.union(corrects(state, replacement));
    if said_already(target, replacement, &charges, context) {
        let kind = FactKind::FactCorrected;
        let again = CaseFact::ConfirmationSighted { kind };
        return Ok(vec![event(command, context, Flags::NONE, charges, again)]);
    }
    let correction = |restored| CaseFact::FactCorrected {
        target,
        replacement: Box::new(replacement.fact.clone()),
        replacement_on: replacement.on,
        reason: replacement.reason,
        restored,
    };
    let corrected = restoring(command, context, flags, &charges, correction);
    kept_closed(state, corrected)
}

fn retract(
    state: &CaseState,
    target: u64,
    reason: Coded<CorrectionReason>,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let original = original(target, context).map_err(|refusal| vec![refusal])?;
    let mut refusals = refused(state, &original, context);
    if let Scope::Charges(_) = command.scope {
        refusals.push(Rejection::ScopeNotApplicable {
            attempted: FactKind::EventRetracted,
        });
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let flags = retracts(state, reason);
    let retraction = |restored| CaseFact::EventRetracted {
        target,
        reason,
        restored,
    };
    let retracted = restoring(command, context, flags, original.charges, retraction);
    kept_closed(state, retracted)
}

/// The event, unless it opens what was sealed and whose private parts are given up.
fn kept_closed(state: &CaseState, event: Event) -> Decided {
    match opens(state, &event) {
        Some(refusal) => Err(vec![refusal]),
        None => Ok(vec![event]),
    }
}

fn opens(state: &CaseState, event: &Event) -> Option<Rejection> {
    let Fact::Case(
        fact @ (CaseFact::FactCorrected { restored, .. }
        | CaseFact::EventRetracted { restored, .. }),
    ) = &event.fact
    else {
        return None;
    };
    private::reopened(state, restored, fact.kind())
}

/// What speaks against stating the replacement, wherever its place is.
fn replaced(
    state: &CaseState,
    original: &Original<'_>,
    replacement: &Replacement<'_>,
    target: &Target,
    context: &Context<'_>,
) -> Vec<Rejection> {
    let mut refusals = refused(state, original, context);
    refusals.extend(content::not_ahead(
        StatedDate::ReplacementOn,
        replacement.on,
        context.today,
    ));
    refusals.extend(content::check(replacement.fact, target, context));
    let kind = replacement.fact.kind();
    refusals.extend(authority::may_post(original.role, kind).err());
    refusals.extend(uncorrectable(original.target, kind));
    refusals
}

/// The flags of a correction by itself.
fn corrects(state: &CaseState, replacement: &Replacement<'_>) -> Flags {
    content::unmapped(replacement.fact).union(retracts(state, replacement.reason))
}

/// The flags of a retraction.
fn retracts(state: &CaseState, reason: Coded<CorrectionReason>) -> Flags {
    Flags::NONE
        .with_if(reason.known().is_none(), Flag::UnmappedCode)
        .with_if(state.duplicate_of.is_some(), Flag::Redirected)
}

/// What speaks against a correction or retraction behind that state, with the history before it in
/// `context`. Whether it restores what the corrected history comes to is not judged here.
pub(super) fn standing(
    state: &CaseState,
    event: &Event,
    fact: &CaseFact,
    target: &Target,
    context: &Context<'_>,
) -> Vec<Breach> {
    let stands = match fact {
        CaseFact::FactCorrected {
            target: cited,
            replacement,
            replacement_on,
            reason,
            ..
        } => {
            let replacement = Replacement {
                fact: replacement,
                on: *replacement_on,
                reason: *reason,
            };
            correction_stands(state, *cited, &replacement, event, target, context)
        }
        CaseFact::EventRetracted {
            target: cited,
            reason,
            ..
        } => retraction_stands(state, *cited, *reason, event, context),
        _ => Ok(()),
    };
    stands.err().unwrap_or_default()
}

fn correction_stands(
    state: &CaseState,
    cited: u64,
    replacement: &Replacement<'_>,
    event: &Event,
    target: &Target,
    context: &Context<'_>,
) -> Result<(), Vec<Breach>> {
    let original = original(cited, context).map_err(|refusal| Breach::each([refusal]))?;
    let mut refusals = replaced(state, &original, replacement, target, context);
    refusals.extend(opens(state, event));
    if !refusals.is_empty() {
        return Err(Breach::each(refusals));
    }
    if said_already(cited, replacement, &event.charges, context) {
        return Err(vec![Breach::Known(FactKind::FactCorrected)]);
    }
    let flags = if original.held {
        Flags::NONE.with(Flag::Unmatched)
    } else if scope::fits(replacement.fact, &event.charges) {
        let then = refold_before(context.history, original.target as usize);
        in_its_place(&then, &original, replacement, &event.charges, context)
            .map_err(Breach::each)?
    } else {
        return Err(vec![Breach::Charges(replacement.fact.kind())]);
    };
    Breach::flags(event, flags.union(corrects(state, replacement)))
}

fn retraction_stands(
    state: &CaseState,
    cited: u64,
    reason: Coded<CorrectionReason>,
    event: &Event,
    context: &Context<'_>,
) -> Result<(), Vec<Breach>> {
    let original = original(cited, context).map_err(|refusal| Breach::each([refusal]))?;
    let mut refusals = refused(state, &original, context);
    refusals.extend(opens(state, event));
    if !refusals.is_empty() {
        return Err(Breach::each(refusals));
    }
    // What a confirmation names is of a case that nobody knows yet.
    if !original.held && event.charges != *original.charges {
        return Err(vec![Breach::Charges(FactKind::EventRetracted)]);
    }
    Breach::flags(event, retracts(state, reason))
}

/// The correcting event, with the charges as they stand after it.
fn restoring(
    command: &Command,
    context: &Context<'_>,
    flags: Flags,
    charges: &Charges,
    fact: impl Fn(Vec<crate::state::ChargeState>) -> CaseFact,
) -> Event {
    let unrestored = event(command, context, flags, charges.clone(), fact(Vec::new()));
    let restored = refold_with(context.history, &unrestored).charges;
    event(command, context, flags, charges.clone(), fact(restored))
}

/// The charges and flags of the replacement, judged at its place in the history.
fn judged(
    original: &Original<'_>,
    replacement: &Replacement<'_>,
    command: &Command,
    context: &Context<'_>,
) -> Result<(Charges, Flags), Vec<Rejection>> {
    let then = refold_before(context.history, original.target as usize);
    let official = authority::is_official(original.role);
    let keeps = !original.charges.is_empty()
        && !matches!(
            scope::whole(replacement.fact.kind()),
            Whole::Case | Whole::Named
        );
    let charges = match &command.scope {
        Scope::WholeCase if keeps => original.charges.clone(),
        scope => scope::resolve(&then, replacement.fact, replacement.on, scope, official)
            .map_err(|refusal| vec![refusal])?,
    };
    let flags = in_its_place(&then, original, replacement, &charges, context)?;
    Ok((charges, flags))
}

/// The flags of the replacement for these charges, as the case stood before the fact it replaces.
fn in_its_place(
    then: &CaseState,
    original: &Original<'_>,
    replacement: &Replacement<'_>,
    charges: &Charges,
    context: &Context<'_>,
) -> Result<Flags, Vec<Rejection>> {
    let context = Context {
        role: original.role,
        ..*context
    };
    guard::judge(then, replacement.fact, replacement.on, charges, &context)
}

fn original<'a>(target: u64, context: &Context<'a>) -> Result<Original<'a>, Rejection> {
    let history = context.history;
    let cited = usize::try_from(target).ok().and_then(|at| history.get(at));
    let Some((poster, event)) = cited else {
        return Err(Rejection::TargetUnknown {
            target,
            revisions: history.len() as u64,
        });
    };
    let Fact::Case(fact) = &event.fact else {
        return Err(Rejection::TargetUnknown {
            target,
            revisions: history.len() as u64,
        });
    };
    let charges = corrections(target, history)
        .last()
        .map_or(&event.charges, |(_, correction)| &correction.charges);
    let (owner, kind, held) = match fact {
        CaseFact::ConfirmationMatched { held, fact } => {
            let first = usize::try_from(*held).ok().and_then(|at| history.get(at));
            (first.map_or(*poster, |(org, _)| *org), fact.kind(), false)
        }
        CaseFact::ConfirmationHeld { fact, .. } => (*poster, fact.kind(), true),
        other => (*poster, other.kind(), false),
    };
    Ok(Original {
        target,
        owner,
        role: event.role,
        kind,
        charges,
        held,
    })
}

fn corrections(
    target: u64,
    history: &[(OrgId, Event)],
) -> impl Iterator<Item = (&CaseFact, &Event)> {
    history
        .iter()
        .filter_map(move |(_, event)| match &event.fact {
            Fact::Case(
                fact @ (CaseFact::FactCorrected { target: cited, .. }
                | CaseFact::EventRetracted { target: cited, .. }),
            ) if *cited == target => Some((fact, event)),
            _ => None,
        })
}

/// Who may, and what may be.
fn refused(state: &CaseState, original: &Original<'_>, context: &Context<'_>) -> Vec<Rejection> {
    let target = original.target;
    let mut refusals = Vec::new();
    // What a court said, a court may put right.
    let court = context.role == Role::Court && original.role == Role::Court;
    if original.owner != context.poster && !court {
        refusals.push(Rejection::NotYourFact {
            target,
            posted_by: original.owner,
            poster: context.poster,
        });
    }
    let retracted = corrections(target, context.history)
        .any(|(fact, _)| matches!(fact, CaseFact::EventRetracted { .. }));
    if retracted || resolved(target, context.history) {
        refusals.push(Rejection::TargetRetracted { target });
    }
    if original.held {
        refusals.extend(matched_since(state, target, context.history));
    } else {
        refusals.extend(uncorrectable(target, original.kind));
    }
    refusals
}

/// Whether the confirmation was taken out of the inbox.
fn resolved(target: u64, history: &[(OrgId, Event)]) -> bool {
    history.iter().any(|(_, event)| {
        matches!(
            &event.fact,
            Fact::Case(CaseFact::ConfirmationResolved { held, .. }) if *held == target
        )
    })
}

pub(super) fn matched_since(
    state: &CaseState,
    target: u64,
    history: &[(OrgId, Event)],
) -> Option<Rejection> {
    if state.held.iter().any(|held| held.revision == target) {
        return None;
    }
    let matched = history.iter().position(|(_, event)| {
        matches!(
            &event.fact,
            Fact::Case(CaseFact::ConfirmationMatched { held, .. }) if *held == target
        )
    })?;
    Some(Rejection::MatchedSince {
        target,
        matched: matched as u64,
    })
}

fn held_charges(state: &CaseState, target: u64) -> Charges {
    let held = state.held.iter().find(|held| held.revision == target);
    Charges::new(held.map(|held| held.charges.clone()).unwrap_or_default())
}

fn said_already(
    target: u64,
    replacement: &Replacement<'_>,
    charges: &Charges,
    context: &Context<'_>,
) -> bool {
    corrections(target, context.history)
        .last()
        .is_some_and(|(fact, event)| {
            matches!(
                fact,
                CaseFact::FactCorrected { replacement: known, replacement_on, .. }
                    if **known == *replacement.fact && *replacement_on == replacement.on
            ) && event.charges == *charges
        })
}

/// Facts that say something of the case as a whole are undone by their counter-fact, which can be
/// dated and answered for; corrections are corrected by correcting the original once more; and
/// what the ledger made was never anybody's statement.
fn uncorrectable(target: u64, kind: FactKind) -> Option<Rejection> {
    let instead = match kind {
        FactKind::CaseIdentified => Some(FactKind::CaseVoided),
        FactKind::SightingAdded => Some(FactKind::SightingRemoved),
        FactKind::SightingRemoved => Some(FactKind::SightingAdded),
        FactKind::ChargeAdded => Some(FactKind::ChargeAmended),
        FactKind::ReferredToProsecutor => Some(FactKind::ReferralReturned),
        FactKind::ReferralAccepted | FactKind::ReferralReturned => {
            Some(FactKind::ReferredToProsecutor)
        }
        FactKind::DuplicateLinked => Some(FactKind::DuplicateUnlinked),
        FactKind::DuplicateUnlinked => Some(FactKind::DuplicateLinked),
        FactKind::IdentityMismatchReported | FactKind::PersonUnlinked => {
            Some(FactKind::PersonLinked)
        }
        FactKind::PersonLinked => Some(FactKind::PersonUnlinked),
        FactKind::FactCorrected
        | FactKind::EventRetracted
        | FactKind::ConfirmationHeld
        | FactKind::ConfirmationMatched
        | FactKind::ConfirmationSighted
        | FactKind::ConfirmationResolved
        | FactKind::RestrictedRead
        | FactKind::ShredOrdered
        | FactKind::ShredConfirmed => None,
        _ => return None,
    };
    Some(Rejection::NotCorrectable {
        target,
        kind,
        instead,
    })
}
