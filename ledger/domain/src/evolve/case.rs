//! Folding of a case: what an event says about the case as a whole. What it says about charges
//! is in [`super::charge`].

use crate::date::Date;
use crate::event::{Charges, Event, Flag};
use crate::fact::CaseFact;
use crate::id::ChargeId;
use crate::state::{CaseIdentity, CaseState, ChargeState, Held, PrivateState, Sighting};
use crate::vocabulary::Role;

use super::charge;

/// A fact as it was stated: the circumstances that folding needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stated<'a> {
    /// Revision under which it counts.
    pub(super) revision: u64,
    /// Business date.
    pub(super) on: Date,
    /// Who stated it.
    pub(super) role: Role,
    /// The charges in scope.
    pub(super) charges: &'a Charges,
    /// Whether these are all charges of a case of several, so that it was said of the case and not of each.
    pub(super) of_several: bool,
}

pub(super) fn evolve(mut state: CaseState, event: &Event, fact: &CaseFact) -> CaseState {
    let stated = Stated {
        revision: state.revisions,
        on: event.occurred_on,
        role: event.role,
        charges: &event.charges,
        of_several: false,
    };
    count(&mut state, event);
    apply(&mut state, &stated, fact);
    state
}

/// What every event does, whatever it says and whether or not it was taken back later.
pub(super) fn count(state: &mut CaseState, event: &Event) {
    state.revisions += 1;
    // What a list does says nothing of a case that is sealed for good.
    let of_case = event.flags.without(Flag::SealedAlready);
    state.flags = state.flags.union(of_case);
}

#[expect(clippy::too_many_lines, reason = "one arm per fact, none left out")]
pub(super) fn apply(state: &mut CaseState, stated: &Stated<'_>, fact: &CaseFact) {
    match fact {
        CaseFact::CaseIdentified { .. } => identify(state, stated, fact),
        CaseFact::SightingAdded {
            cohort,
            row,
            source,
        } => sight(
            state,
            Sighting {
                cohort: *cohort,
                source: *source,
                row: *row,
                listed: true,
            },
        ),
        CaseFact::SightingRemoved { cohort } => {
            for sighting in &mut state.sightings {
                sighting.listed &= sighting.cohort != *cohort;
            }
        }
        CaseFact::ChargeAdded { charge } => {
            if state
                .charges
                .iter()
                .all(|known| known.charge.id != charge.id)
            {
                state.charges.push(charge::identified(*charge, stated.on));
                state.charges.sort_unstable_by_key(|known| known.charge.id);
            }
        }
        CaseFact::DefenderNoticed { .. } => {
            state.defender_notices.push(stated.revision);
            state.defender_noticed = true;
        }
        CaseFact::CustodianAcknowledged { custodian } => {
            state.acknowledged.push((stated.revision, *custodian));
            state.custodians = state.custodians.with(*custodian);
        }
        CaseFact::ReferralAccepted => accept_referral(state, stated, fact),
        CaseFact::DuplicateLinked { canonical, .. } => {
            state.duplicate_of = Some(*canonical);
            on_every_charge(state, stated, fact);
        }
        CaseFact::DuplicateUnlinked { .. } => {
            state.duplicate_of = None;
            on_every_charge(state, stated, fact);
        }
        CaseFact::CaseVoided { .. } => on_every_charge(state, stated, fact),
        CaseFact::IdentityMismatchReported { .. } => state.mismatch_open = true,
        // Saying who it is settles what did not fit.
        CaseFact::PersonLinked { person } => {
            state.mismatch_open = false;
            if let Some(identity) = &mut state.identity {
                identity.person = Some(*person);
            }
        }
        CaseFact::PersonUnlinked { person } => {
            if let Some(identity) = &mut state.identity
                && identity.person == Some(*person)
            {
                identity.person = None;
            }
        }
        CaseFact::ConfirmationHeld { fact, charges } => hold(state, stated, fact, charges),
        CaseFact::ConfirmationMatched { held, fact } => {
            state.held.retain(|waiting| waiting.revision != *held);
            apply(state, stated, fact);
        }
        CaseFact::ConfirmationSighted { .. } | CaseFact::RestrictedRead { .. } => {}
        CaseFact::ShredOrdered { basis, tombstone } => {
            state.private = PrivateState::ShredOrdered {
                on: stated.on,
                revision: stated.revision,
                basis: *basis,
                tombstone: *tombstone,
            };
        }
        CaseFact::ShredConfirmed { .. } => {
            if let PrivateState::ShredOrdered {
                revision,
                tombstone,
                ..
            } = state.private
            {
                state.private = PrivateState::Shredded {
                    on: stated.on,
                    revision: stated.revision,
                    ordered: revision,
                    tombstone,
                };
            }
        }
        CaseFact::ConfirmationResolved { held, .. } => {
            state.held.retain(|waiting| waiting.revision != *held);
        }
        CaseFact::FactCorrected {
            target,
            replacement,
            replacement_on,
            restored,
            ..
        } => {
            let anew = Stated {
                revision: *target,
                on: *replacement_on,
                ..*stated
            };
            amend(state, *target, restored);
            restate(state, &anew, replacement);
        }
        CaseFact::EventRetracted {
            target, restored, ..
        } => {
            amend(state, *target, restored);
            state.held.retain(|waiting| waiting.revision != *target);
        }
        CaseFact::ChargeAmended { .. }
        | CaseFact::SupervisionStatusReported { .. }
        | CaseFact::EligibilityProposed { .. }
        | CaseFact::EligibilityDetermined { .. }
        | CaseFact::EligibilityRedetermined { .. }
        | CaseFact::ReferredToProsecutor { .. }
        | CaseFact::ReferralReturned { .. }
        | CaseFact::PriorReliefFound { .. }
        | CaseFact::ReviewStarted
        | CaseFact::ReviewApproved { .. }
        | CaseFact::Challenged { .. }
        | CaseFact::ChallengeWithdrawn
        | CaseFact::ChallengeSustained { .. }
        | CaseFact::ChallengeOverruled { .. }
        | CaseFact::ProsecutorDeclined { .. }
        | CaseFact::FilingSubmitted { .. }
        | CaseFact::ListDelivered { .. }
        | CaseFact::FilingReceived { .. }
        | CaseFact::FilingAccepted { .. }
        | CaseFact::FilingRejected { .. }
        | CaseFact::FilingWithdrawn { .. }
        | CaseFact::HearingSet { .. }
        | CaseFact::HearingContinued { .. }
        | CaseFact::ReliefGranted { .. }
        | CaseFact::ReliefDenied { .. }
        | CaseFact::OrderApplied { .. }
        | CaseFact::DispositionEntered { .. }
        | CaseFact::SealingOrdered { .. }
        | CaseFact::SealingExecuted { .. }
        | CaseFact::RecordNotFound { .. }
        | CaseFact::RecordDestroyed { .. }
        | CaseFact::ReliefReversed { .. }
        | CaseFact::OrderVacated { .. }
        | CaseFact::Unsealed { .. }
        | CaseFact::DispositionReportedToDoj { .. }
        | CaseFact::DojReportRejected { .. }
        | CaseFact::DojRecordUpdated
        | CaseFact::DojRecordRegressed
        | CaseFact::PersonNoticeAttempted { .. }
        | CaseFact::PersonNoticeDelivered
        | CaseFact::PersonNoticeUndeliverable
        | CaseFact::PersonNoticeWaived
        | CaseFact::CaseWithdrawn { .. }
        | CaseFact::CaseReopened { .. } => on_charges_in_scope(state, stated, fact),
        CaseFact::FilingPartiallyAccepted {
            filing,
            rejected,
            reason,
        } => {
            on_charges_in_scope(state, stated, fact);
            let rejection = CaseFact::FilingRejected {
                filing: *filing,
                reason: *reason,
            };
            for id in rejected {
                on_charge(state, *id, stated, &rejection);
            }
        }
    }
}

fn identify(state: &mut CaseState, stated: &Stated<'_>, fact: &CaseFact) {
    let CaseFact::CaseIdentified {
        cohort,
        row,
        source,
        county,
        court,
        agency,
        person,
        charges,
    } = fact
    else {
        return;
    };
    sight(
        state,
        Sighting {
            cohort: *cohort,
            source: *source,
            row: *row,
            listed: true,
        },
    );
    // Who and where a case is, is said once: later lists are sightings.
    if state.identity.is_none() {
        state.identity = Some(CaseIdentity {
            county: *county,
            court: *court,
            agency: *agency,
            person: *person,
        });
        let charges = charges.iter();
        state.charges = charges
            .map(|charge| charge::identified(*charge, stated.on))
            .collect();
    }
}

fn sight(state: &mut CaseState, sighting: Sighting) {
    let known = state
        .sightings
        .iter_mut()
        .find(|known| known.cohort == sighting.cohort);
    match known {
        Some(known) => *known = sighting,
        None => state.sightings.push(sighting),
    }
}

pub(super) fn hold(
    state: &mut CaseState,
    stated: &Stated<'_>,
    fact: &CaseFact,
    charges: &[ChargeId],
) {
    state.held.push(Held {
        revision: stated.revision,
        occurred_on: stated.on,
        role: stated.role,
        fact: fact.clone(),
        charges: charges.to_vec(),
    });
}

/// The agency changes when every charge of the case has been handed over to the same prosecutor.
/// Referrals are not corrected but returned, so that this never has to be undone.
fn accept_referral(state: &mut CaseState, stated: &Stated<'_>, fact: &CaseFact) {
    on_charges_in_scope(state, stated, fact);
    let mut receivers = state.charges.iter().map(|charge| charge.referred_to);
    let first = receivers.next().flatten();
    if let (Some(to), Some(identity)) = (first, &mut state.identity)
        && receivers.all(|receiver| receiver == first)
    {
        identity.agency = to;
    }
}

/// What corrections and retractions share: the charges as decided, and no trace of the fact
/// among what is known of the case as a whole.
fn amend(state: &mut CaseState, target: u64, restored: &[ChargeState]) {
    state.charges.clear();
    state.charges.extend_from_slice(restored);
    mark(state, target);
    state.defender_notices.retain(|notice| *notice != target);
    state
        .acknowledged
        .retain(|(revision, _)| *revision != target);
    settle(state);
}

/// Marks a revision as taken back, once.
pub(super) fn mark(state: &mut CaseState, target: u64) {
    if !state.retracted.contains(&target) {
        state.retracted.push(target);
    }
}

/// A corrected fact about the case as a whole takes the place of the one it replaces; charges
/// have been restored already.
fn restate(state: &mut CaseState, anew: &Stated<'_>, replacement: &CaseFact) {
    let waiting = state
        .held
        .iter_mut()
        .find(|held| held.revision == anew.revision);
    if let Some(waiting) = waiting {
        waiting.fact = replacement.clone();
        waiting.occurred_on = anew.on;
        waiting.charges = anew.charges.as_slice().to_vec();
    } else if let CaseFact::DefenderNoticed { .. } = replacement {
        state.defender_notices.push(anew.revision);
    } else if let CaseFact::CustodianAcknowledged { custodian } = replacement {
        state.acknowledged.push((anew.revision, *custodian));
    }
    settle(state);
}

fn settle(state: &mut CaseState) {
    state.defender_notices.sort_unstable();
    state
        .acknowledged
        .sort_unstable_by_key(|(revision, _)| *revision);
    state.defender_noticed = !state.defender_notices.is_empty();
    state.custodians = state.acknowledged.iter().map(|(_, who)| *who).collect();
}

fn on_every_charge(state: &mut CaseState, stated: &Stated<'_>, fact: &CaseFact) {
    for known in &mut state.charges {
        charge::evolve(known, stated, fact);
    }
}

fn on_charges_in_scope(state: &mut CaseState, stated: &Stated<'_>, fact: &CaseFact) {
    let stated = &Stated {
        of_several: state.has_no_other_of_several(stated.charges),
        ..*stated
    };
    for id in stated.charges.as_slice() {
        on_charge(state, *id, stated, fact);
    }
}

fn on_charge(state: &mut CaseState, id: ChargeId, stated: &Stated<'_>, fact: &CaseFact) {
    if let Some(known) = state.charges.iter_mut().find(|known| known.charge.id == id) {
        charge::evolve(known, stated, fact);
    }
}
