//! Whether an event may stand behind a state: its decision judged again, when the command that led to
//! it is long forgotten.
//!
//! Nothing here is a rule of its own. A fact about a case goes through the guards that [`decide`] goes
//! through, with the charges that the event lists; about anything else the command is what the event
//! says, so that it is decided again. What only the command or the clock of that day could tell is
//! not judged: the revision that was expected, dates that lay ahead, how charges were named.

use crate::command::{Command, Context, Expected, Scope, Target};
use crate::event::{Event, Flag, Flags};
use crate::fact::{CaseFact, Fact, FactKind};
use crate::id::{CaseId, InitiativeId, StreamId};
use crate::rejection::Rejection;
use crate::state::{CaseState, State};

use super::resolve::{self, Resolution};
use super::scope::{self, Whole};
use super::{again, announcement, case, content, correction, decide, flags, identify};
use crate::authority;

/// What speaks against an event where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// A rule refuses it.
    #[error("{}: {_0}", .0.rule())]
    Refused(Rejection),
    /// The fact was known; stated again it is a sighting.
    #[error("{0:?} was known already; stated again it is a sighting and nothing else")]
    Known(FactKind),
    /// A confirmation that waits for a case that is there.
    #[error("{0:?} waits for its case, which is identified")]
    Waits(FactKind),
    /// A match that is not what the ledger makes of what was held.
    #[error("the match of revision {held} is not what was held there, as the case has it")]
    NotAsHeld {
        /// Revision of the held confirmation.
        held: u64,
    },
    /// Charges that the fact cannot be about.
    #[error("{0:?} lists other charges than it is about")]
    Charges(FactKind),
    /// Flags that are not those of the soft rules.
    #[error("{kind:?} is flagged {found:?}, the rules raise {expected:?}")]
    Flags {
        /// The fact.
        kind: FactKind,
        /// What the rules raise.
        expected: Flags,
        /// What is recorded.
        found: Flags,
    },
}

impl Breach {
    /// One for every rule that refuses.
    pub(super) fn each(refusals: impl IntoIterator<Item = Rejection>) -> Vec<Self> {
        refusals.into_iter().map(Self::Refused).collect()
    }

    /// Nothing, if the event has the flags that the rules raise.
    pub(super) fn flags(event: &Event, expected: Flags) -> Result<(), Vec<Self>> {
        if event.flags == expected {
            return Ok(());
        }
        Err(vec![Self::Flags {
            kind: event.fact.kind(),
            expected,
            found: event.flags,
        }])
    }
}

/// What speaks against an event behind that state of its stream; nothing if [`decide`] may have come
/// to it. Corrections, retractions and what is taken out of the inbox are judged by [`standing_correction`], and facts about
/// organisations by [`super::key_refusal`]; that announced figures are right is for whoever counts them.
///
/// `listed` says that the event stands right behind what the same submission says of a list: the
/// person and the charges that a list adds to a known case are its owner's to state.
#[must_use]
pub fn standing(
    stream: StreamId,
    state: &State,
    event: &Event,
    listed: bool,
    context: &Context<'_>,
) -> Vec<Breach> {
    let stands = match (stream, state, &event.fact) {
        (StreamId::Case(case), State::Case(state), Fact::Case(fact)) => {
            of_case(case, state, fact, event, listed, context)
        }
        (StreamId::Initiative(id), ..) => anew(Target::Initiative(id), state, event, context),
        (StreamId::Cohort(id), ..) => anew(Target::Cohort(id), state, event, context),
        (StreamId::Filing(id), ..) => anew(Target::Filing(id), state, event, context),
        (StreamId::Order(id), ..) => anew(Target::Order(id), state, event, context),
        (StreamId::Announcement(id), _, Fact::Announcement(fact)) => {
            let stated = announcement::as_stated(fact.sheet());
            let context = Context {
                announced: Some(&stated),
                ..*context
            };
            anew(Target::Announcement(id), state, event, &context)
        }
        (StreamId::Org(_), ..) => Ok(()),
        (StreamId::Case(_) | StreamId::Announcement(_), ..) => {
            Err(Breach::each([Rejection::StreamMismatch {
                stream: stream.kind(),
                attempted: event.fact.kind(),
            }]))
        }
    };
    stands.err().unwrap_or_default()
}

/// What speaks against a correction or retraction, or against taking a confirmation out of the inbox,
/// behind that state of its case; nothing for any other event. The history before it is in `context`.
#[must_use]
pub fn standing_correction(
    case: CaseId,
    state: &CaseState,
    event: &Event,
    context: &Context<'_>,
) -> Vec<Breach> {
    let target = Target::Case(case);
    match &event.fact {
        Fact::Case(CaseFact::ConfirmationResolved {
            held,
            reason,
            moved_to,
        }) => {
            let resolution = Resolution {
                held: *held,
                reason: *reason,
                moved_to: *moved_to,
            };
            resolve::standing(state, &resolution, event, &target, context)
        }
        Fact::Case(fact) => correction::standing(state, event, fact, &target, context),
        Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_)
        | Fact::Announcement(_)
        | Fact::Org(_) => Vec::new(),
    }
}

/// The initiative whose policy an event about a case is judged by; none where no policy bears on it.
pub fn policy_for(state: &CaseState, fact: &CaseFact) -> Option<InitiativeId> {
    let judged = match fact {
        CaseFact::FactCorrected { replacement, .. } => replacement,
        stated => stated,
    };
    flags::by_policy(judged).then(|| state.initiative())?
}

type Stands = Result<(), Vec<Breach>>;

/// A fact that is about no case leaves nothing of its command out.
fn anew(target: Target, state: &State, event: &Event, context: &Context<'_>) -> Stands {
    let command = Command {
        target,
        expected: Expected::Any,
        scope: Scope::WholeCase,
        occurred_on: event.occurred_on,
        fact: event.fact.clone(),
    };
    match decide(state, &command, context) {
        Ok(events) => {
            let mut flags = events.iter().map(|decided| decided.flags);
            flags.try_for_each(|flags| Breach::flags(event, flags))
        }
        Err(rejection) => Err(Breach::each(rejection.each().iter().cloned())),
    }
}

fn of_case(
    case: CaseId,
    state: &CaseState,
    fact: &CaseFact,
    event: &Event,
    listed: bool,
    context: &Context<'_>,
) -> Stands {
    let target = Target::Case(case);
    match fact {
        CaseFact::CaseIdentified {
            cohort, charges, ..
        } => {
            let mut refusals = identify::refused(fact, &target, context);
            refusals.extend(identify::open(*cohort, context));
            if !refusals.is_empty() {
                return Err(Breach::each(refusals));
            }
            let (flags, ids) = identify::about(charges);
            if event.charges != ids {
                return Err(vec![Breach::Charges(fact.kind())]);
            }
            Breach::flags(event, flags)
        }
        CaseFact::ConfirmationHeld { fact, charges } => {
            if state.identity.is_some() {
                return Err(vec![Breach::Waits(fact.kind())]);
            }
            let mut refusals = case::waiting(fact, &target, charges, context);
            let attempted = fact.kind();
            let never = matches!(
                **fact,
                CaseFact::CaseIdentified { .. }
                    | CaseFact::FactCorrected { .. }
                    | CaseFact::EventRetracted { .. }
                    | CaseFact::ConfirmationResolved { .. }
            );
            refusals.extend(never.then_some(Rejection::CaseUnknown { attempted }));
            if !refusals.is_empty() {
                return Err(Breach::each(refusals));
            }
            if !event.charges.is_empty() {
                return Err(vec![Breach::Charges(fact.kind())]);
            }
            if case::held_already(state, fact, event.occurred_on, charges) {
                return Err(vec![Breach::Known(fact.kind())]);
            }
            Breach::flags(event, case::unmatched(fact))
        }
        CaseFact::ConfirmationMatched { held, .. } => matched(state, *held, event, context),
        CaseFact::ConfirmationSighted { kind } => sighted(state, *kind, event),
        CaseFact::FactCorrected { .. }
        | CaseFact::EventRetracted { .. }
        | CaseFact::ConfirmationResolved { .. } => Ok(()),
        _ => stated(&target, state, fact, event, listed, context),
    }
}

/// A fact about a known case, as somebody stated it.
fn stated(
    target: &Target,
    state: &CaseState,
    fact: &CaseFact,
    event: &Event,
    listed: bool,
    context: &Context<'_>,
) -> Stands {
    let (on, charges) = (event.occurred_on, &event.charges);
    if !scope::fits(fact, charges) {
        return Err(vec![Breach::Charges(fact.kind())]);
    }
    let mut refusals = content::check(fact, target, context);
    let unnamed = state.identity.is_some_and(|known| known.person.is_none());
    let by_list = match fact {
        CaseFact::SightingAdded { .. } => true,
        CaseFact::ChargeAdded { .. } => listed,
        CaseFact::PersonLinked { .. } => listed && unnamed,
        _ => false,
    };
    let judged = if by_list {
        // Whoever may list the case may say so, whoever answers for it.
        refusals.extend(authority::identifies_own(fact, context));
        refusals.extend(case::additions(state, fact, context));
        Ok(flags::raised(state, fact, on, charges, context))
    } else {
        case::admissible(state, fact, on, charges, context)
    };
    match judged {
        Ok(flags) if refusals.is_empty() => {
            if !again::is_new(state, fact, on, charges) {
                return Err(vec![Breach::Known(fact.kind())]);
            }
            let differs = matches!(fact, CaseFact::SightingAdded { .. });
            Breach::flags(event, other_person(state, event, differs, flags))
        }
        Ok(_) => Err(Breach::each(refusals)),
        Err(more) => {
            refusals.extend(more);
            Err(Breach::each(refusals))
        }
    }
}

/// A match is the ledger's own: exactly what it makes of what was held, or none.
fn matched(state: &CaseState, held: u64, event: &Event, context: &Context<'_>) -> Stands {
    let mut waiting = state.held.iter();
    let Some(waiting) = waiting.find(|waiting| waiting.revision == held) else {
        return Err(vec![Breach::NotAsHeld { held }]);
    };
    let expected = case::matching(state, waiting, context).map_err(Breach::each)?;
    let same = Event {
        flags: event.flags,
        ..expected
    };
    if same != *event {
        return Err(vec![Breach::NotAsHeld { held }]);
    }
    Breach::flags(event, expected.flags)
}

/// A sighting does not say what was stated again, only of which kind it was.
fn sighted(state: &CaseState, kind: FactKind, event: &Event) -> Stands {
    // Which correction was stated again is not recorded, nor what waits for the case.
    if kind == FactKind::FactCorrected {
        return Breach::flags(event, Flags::NONE);
    }
    let of_case = state.identity.is_none() || scope::whole(kind) == Whole::Case;
    if of_case != event.charges.is_empty() {
        return Err(vec![Breach::Charges(kind)]);
    }
    let flags = flags::sighted(state, kind);
    let differs = kind == FactKind::CaseIdentified && !state.private.is_given_up();
    Breach::flags(event, other_person(state, event, differs, flags))
}

/// The flags with [`Flag::PersonDiffers`], where the event has it and may: the person that a list
/// names is not recorded if the case has one.
fn other_person(state: &CaseState, event: &Event, may: bool, flags: Flags) -> Flags {
    let named = state.identity.is_some_and(|known| known.person.is_some());
    let differs = may && named && event.flags.contains(Flag::PersonDiffers);
    flags.with_if(differs, Flag::PersonDiffers)
}
