//! A list names a case: the first one identifies it, later ones are sightings of it.

use crate::authority;
use crate::command::{Command, Context, Scope, Target};
use crate::event::{Charges, Event, Flag, Flags};
use crate::fact::{CaseFact, Charge, FactKind};
use crate::id::{ChargeId, CohortId, PersonRef};
use crate::rejection::{Quantity, Rejection};
use crate::state::{CaseIdentity, CaseState, CohortStatus, Sighting};
use crate::vocabulary::Source;

use super::case::{event, next_id, same, sighted, with_matches};
use super::{Decided, content, flags, limits};

pub(super) fn decide(
    state: &CaseState,
    fact: &CaseFact,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let CaseFact::CaseIdentified {
        cohort,
        row,
        source,
        person,
        charges,
        ..
    } = fact
    else {
        return Ok(Vec::new());
    };
    let mut refusals = refused(fact, &command.target, context);
    if let Scope::Charges(_) = command.scope {
        refusals.push(Rejection::ScopeNotApplicable {
            attempted: FactKind::CaseIdentified,
        });
    }
    let Some(identity) = &state.identity else {
        refusals.extend(open(*cohort, context));
        let identified = first(fact, charges, command, context);
        return finish(state, vec![identified], refusals, context);
    };
    if state.private.is_given_up() {
        let listed = |known: &Sighting| known.cohort == *cohort && known.listed;
        if !state.sightings.iter().any(listed) {
            refusals.extend(open(*cohort, context));
        }
        let charges = Charges::default();
        return sighted(state, fact, command, context, charges, refusals);
    }
    let listing = Listing {
        cohort: *cohort,
        row: *row,
        source: *source,
        person: *person,
        lacking: lacking(state, charges),
    };
    let known = state.charges.len() + listing.lacking.len();
    refusals.extend(content::within(
        Quantity::Charges,
        known as u64,
        1,
        limits::CHARGES_MAX.into(),
    ));
    // The same row once more adds nothing to the list, whether or not that is still open.
    if !listing.is_known(state, identity) {
        refusals.extend(open(*cohort, context));
    }
    let events = listing.sighting(state, identity, command, context);
    finish(state, events, refusals, context)
}

/// What speaks against naming a case, whatever is known of it.
pub(super) fn refused(fact: &CaseFact, target: &Target, context: &Context<'_>) -> Vec<Rejection> {
    let mut refusals = content::check(fact, target, context);
    refusals.extend(authority::identifies_own(fact, context));
    refusals
}

/// Refuses a list that takes no rows.
pub(super) fn open(cohort: CohortId, context: &Context<'_>) -> Option<Rejection> {
    match context.cohort {
        None => Some(Rejection::CohortUnknown { cohort }),
        Some(list) if list.status == Some(CohortStatus::Open) => None,
        Some(list) => Some(Rejection::CohortNotOpen {
            cohort,
            status: list.status,
        }),
    }
}

fn finish(
    state: &CaseState,
    events: Vec<Event>,
    refusals: Vec<Rejection>,
    context: &Context<'_>,
) -> Decided {
    if refusals.is_empty() {
        Ok(with_matches(state.clone(), events, context))
    } else {
        Err(refusals)
    }
}

fn first(fact: &CaseFact, charges: &[Charge], command: &Command, context: &Context<'_>) -> Event {
    let (flags, ids) = about(charges);
    event(command, context, flags, ids, fact.clone())
}

/// The flags that a new case with these charges raises, and their ids.
pub(super) fn about(charges: &[Charge]) -> (Flags, Charges) {
    let in_comment = charges.iter().any(|charge| charge.in_comment_only);
    let ids = charges.iter().map(|charge| charge.id).collect();
    let flags = Flags::NONE.with_if(in_comment, Flag::ChargeInComment);
    (flags, Charges::new(ids))
}

/// The listed charges that the case does not have, under the numbers they would get.
fn lacking(state: &CaseState, listed: &[Charge]) -> Vec<Charge> {
    listed
        .iter()
        .filter(|charge| {
            !state
                .charges
                .iter()
                .any(|known| same(&known.charge, charge))
        })
        .zip(next_id(state).0..=u16::MAX)
        .map(|(charge, number)| Charge {
            id: ChargeId(number),
            ..*charge
        })
        .collect()
}

/// What a further list says of a known case.
struct Listing {
    cohort: CohortId,
    row: u32,
    source: Source,
    person: Option<PersonRef>,
    lacking: Vec<Charge>,
}

impl Listing {
    fn is_listed(&self, state: &CaseState) -> bool {
        let mut sightings = state.sightings.iter();
        sightings.any(|known| known.cohort == self.cohort && known.listed)
    }

    /// The person it names, where none was known.
    fn names(&self, identity: &CaseIdentity) -> Option<PersonRef> {
        self.person.filter(|_| identity.person.is_none())
    }

    fn is_known(&self, state: &CaseState, identity: &CaseIdentity) -> bool {
        self.is_listed(state) && self.lacking.is_empty() && self.names(identity).is_none()
    }

    /// A sighting, and what the list has to add: who it is, and further charges.
    fn sighting(
        &self,
        state: &CaseState,
        identity: &CaseIdentity,
        command: &Command,
        context: &Context<'_>,
    ) -> Vec<Event> {
        let stated = |fact: CaseFact, charges: Charges, more: Flags| {
            let raised = flags::raised(state, &fact, command.occurred_on, &charges, context);
            event(command, context, raised.union(more), charges, fact)
        };
        let other = self.person.is_some() && identity.person.is_some();
        let differs =
            Flags::NONE.with_if(other && self.person != identity.person, Flag::PersonDiffers);
        let seen = if self.is_listed(state) {
            CaseFact::ConfirmationSighted {
                kind: FactKind::CaseIdentified,
            }
        } else {
            CaseFact::SightingAdded {
                cohort: self.cohort,
                row: self.row,
                source: self.source,
            }
        };
        let person = self
            .names(identity)
            .map(|person| CaseFact::PersonLinked { person });
        let charges = self.lacking.iter().map(|charge| {
            let ids = Charges::new(vec![charge.id]);
            stated(CaseFact::ChargeAdded { charge: *charge }, ids, Flags::NONE)
        });
        core::iter::once(stated(seen, Charges::default(), differs))
            .chain(person.map(|linked| stated(linked, Charges::default(), Flags::NONE)))
            .chain(charges)
            .collect()
    }
}
