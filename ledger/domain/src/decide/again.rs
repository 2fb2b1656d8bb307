//! The same fact once more, under another message: clerks re-key, lists are exported again. Its
//! natural key is (case, charge, kind of fact, business date, order or filing), and a charge that
//! stands where the fact put it, since that day, has seen it (docs/LIFECYCLE.md).
//!
//! Kinds whose content leaves no trace in the state (a proposal, a receipt, a notice to the
//! defender) cannot be told apart from a further one, and are recorded again; they move nothing.

use crate::date::Date;
use crate::event::Charges;
use crate::fact::CaseFact;
use crate::id::{ChargeId, FilingId};
use crate::state::{CaseState, ChargeState, Decision, Disposition, Seal};
use crate::vocabulary::OrderEffect;

use super::moves;
use super::scope::charge;

/// What of the fact is news.
pub(super) enum News {
    /// Nothing: every charge in scope, or the case, has seen it.
    None,
    /// It is, for these charges; none for a fact about the case as a whole.
    For(Charges),
}

/// Tells which charges have not seen the fact yet.
pub(super) fn news(state: &CaseState, fact: &CaseFact, on: Date, charges: Charges) -> News {
    if is_new(state, fact, on, &charges) {
        return News::For(charges);
    }
    let unseen = |id: &ChargeId| !seen(state, *id, fact, on, &charges);
    let unseen: Vec<_> = charges.as_slice().iter().copied().filter(unseen).collect();
    // A partial acceptance is one answer: it is news as a whole, or not at all.
    if unseen.is_empty() || matches!(fact, CaseFact::FilingPartiallyAccepted { .. }) {
        return News::None;
    }
    News::For(Charges::new(unseen))
}

/// Whether the fact is news to the case and to every one of these charges.
pub(super) fn is_new(state: &CaseState, fact: &CaseFact, on: Date, charges: &Charges) -> bool {
    if of_case(state, fact) {
        return false;
    }
    // A partial acceptance is one answer about the whole filing.
    if let CaseFact::FilingPartiallyAccepted {
        filing, rejected, ..
    } = fact
    {
        let known =
            |id, to| charge(state, id).is_some_and(|state| stands(state, to, on, Some(*filing)));
        let accepted = |id: &ChargeId| known(*id, Decision::Filed);
        let refused = |id: &ChargeId| known(*id, Decision::FilingRejected);
        return !(charges.as_slice().iter().all(accepted) && rejected.iter().all(refused));
    }
    let seen = |id: &ChargeId| seen(state, *id, fact, on, charges);
    // What the repository is told of a case stays told of the whole case, even if one charge has heard it.
    if moves::repository(fact.kind()).is_some() {
        return !charges.as_slice().iter().all(seen);
    }
    !charges.as_slice().iter().any(seen)
}

/// Whether the charge has seen the fact, which was said of these charges.
fn seen(state: &CaseState, id: ChargeId, fact: &CaseFact, on: Date, said_of: &Charges) -> bool {
    let word = moves::repository(fact.kind()).filter(|_| state.has_no_other_of_several(said_of));
    charge(state, id).is_some_and(|known| {
        let told = word.is_some() && known.case_word == word && known.case_word_on == Some(on);
        told || of_charge(known, fact, on)
    })
}

fn of_case(state: &CaseState, fact: &CaseFact) -> bool {
    match fact {
        // A list that has a case whose private parts are given up adds nothing to it.
        CaseFact::SightingAdded { .. } if state.private.is_given_up() => true,
        CaseFact::SightingAdded { cohort, .. } => state
            .sightings
            .iter()
            .any(|known| known.cohort == *cohort && known.listed),
        CaseFact::SightingRemoved { cohort } => state
            .sightings
            .iter()
            .any(|known| known.cohort == *cohort && !known.listed),
        CaseFact::CustodianAcknowledged { custodian } => state.custodians.contains(*custodian),
        CaseFact::DuplicateLinked { canonical, .. } => state.duplicate_of == Some(*canonical),
        CaseFact::PersonLinked { person } => {
            !state.mismatch_open
                && state.identity.and_then(|identity| identity.person) == Some(*person)
        }
        CaseFact::CaseVoided { .. } => {
            !state.charges.is_empty()
                && state
                    .charges
                    .iter()
                    .all(|charge| charge.decision == Decision::Voided)
        }
        _ => false,
    }
}

fn stands(state: &ChargeState, at: Decision, on: Date, filing: Option<FilingId>) -> bool {
    state.decision == at && state.decision_on == Some(on) && state.filing == filing
}

/// Whether the charge has seen the fact.
pub(super) fn of_charge(state: &ChargeState, fact: &CaseFact, on: Date) -> bool {
    let since = |at| state.decision == at && state.decision_on == Some(on);
    let before = |from| state.decision_before == Some(from);
    match fact {
        CaseFact::ChargeAdded { charge } | CaseFact::ChargeAmended { charge } => {
            state.charge == *charge
        }
        CaseFact::SupervisionStatusReported { status } => state.supervision == *status,
        CaseFact::EligibilityDetermined { .. } | CaseFact::EligibilityRedetermined { .. } => {
            determined(state, fact)
        }
        CaseFact::ReferredToProsecutor { to, .. } => {
            since(Decision::Referred) && state.referred_to == Some(*to)
        }
        CaseFact::ReferralAccepted => since(Decision::Identified) && before(Decision::Referred),
        CaseFact::ReferralReturned { .. } => {
            since(Decision::HandReview) && before(Decision::Referred)
        }
        CaseFact::PriorReliefFound { .. } => since(Decision::PriorRelief),
        CaseFact::ReviewStarted => since(Decision::UnderReview) && before(Decision::Eligible),
        CaseFact::ReviewApproved { .. } => {
            since(Decision::Approved)
                && state
                    .decision_before
                    .is_some_and(|from| moves::allowed(fact.kind(), from))
        }
        CaseFact::Challenged { .. } => since(Decision::Challenged),
        CaseFact::ChallengeWithdrawn => {
            since(Decision::UnderReview) && before(Decision::Challenged)
        }
        CaseFact::ChallengeOverruled { .. } => {
            since(Decision::Approved) && before(Decision::Challenged)
        }
        CaseFact::ChallengeSustained { order } | CaseFact::ReliefDenied { order, .. } => {
            since(Decision::Denied) && state.order == *order
        }
        CaseFact::ProsecutorDeclined { .. } => since(Decision::Declined),
        CaseFact::FilingSubmitted { filing, .. } | CaseFact::ListDelivered { filing, .. } => {
            submitted(state, *filing, on)
        }
        CaseFact::FilingAccepted { filing, .. } => {
            stands(state, Decision::Filed, on, Some(*filing))
        }
        CaseFact::FilingRejected { filing, .. } => {
            stands(state, Decision::FilingRejected, on, Some(*filing))
        }
        CaseFact::FilingWithdrawn { .. } => {
            since(Decision::Approved) && (before(Decision::FiledPending) || before(Decision::Filed))
        }
        CaseFact::HearingSet { .. } => since(Decision::HearingSet) && !before(Decision::HearingSet),
        CaseFact::HearingContinued { .. } => {
            since(Decision::HearingSet) && before(Decision::HearingSet)
        }
        CaseFact::ReliefGranted { order, .. } => {
            since(Decision::Granted) && state.order == Some(*order)
        }
        CaseFact::OrderApplied {
            order,
            effects,
            remedy,
            ..
        } => {
            // One application per case and order, whatever day a resend gives.
            let relief = state.decision == Decision::Granted && state.order == Some(*order);
            let sealed = state.seal_order == Some(*order);
            let seals = effects.contains(OrderEffect::Seal);
            (remedy.is_none() || relief) && (!seals || sealed)
        }
        CaseFact::CaseWithdrawn { .. } => since(Decision::Withdrawn),
        CaseFact::CaseReopened { .. } => {
            (since(Decision::Identified) || since(Decision::UnderReview))
                && state
                    .decision_before
                    .is_some_and(|from| moves::allowed(fact.kind(), from))
        }
        _ => on_docket(state, fact, on),
    }
}

/// Tracks B, C and D.
fn on_docket(state: &ChargeState, fact: &CaseFact, on: Date) -> bool {
    let entered = |as_what| state.disposition == as_what && state.disposition_on == Some(on);
    match fact {
        CaseFact::DispositionEntered {
            disposition,
            severity_after,
            order,
            ..
        } => {
            entered((*disposition).into())
                && state.severity_after == *severity_after
                && order.is_none_or(|order| state.order == Some(order))
        }
        CaseFact::SealingOrdered { order } => {
            let pending = state.seal == Seal::Ordered && state.seal_on == Some(on);
            state.seal_order == Some(*order) && (pending || state.seal == Seal::Sealed)
        }
        CaseFact::SealingExecuted {
            surfaces,
            extent,
            order,
        } => {
            state.seal == Seal::Sealed
                && state.seal_on.is_some_and(|since| since <= on)
                && surfaces
                    .iter()
                    .all(|surface| state.surfaces.contains(surface))
                && state
                    .extent
                    .is_some_and(|known| moves::breadth(known) >= moves::breadth(*extent))
                && order.is_none_or(|order| state.seal_order == Some(order))
        }
        CaseFact::Unsealed { .. } => state.seal == Seal::Unsealed && state.seal_on == Some(on),
        CaseFact::RecordNotFound { .. } => entered(Disposition::NotFound),
        CaseFact::RecordDestroyed { .. } => entered(Disposition::Destroyed),
        CaseFact::ReliefReversed { .. } | CaseFact::OrderVacated { .. } => {
            let reviewed = state.decision == Decision::UnderReview
                && state.decision_before == Some(Decision::Granted)
                && state.decision_on == Some(on);
            reviewed || entered(Disposition::Conviction)
        }
        _ => {
            let reported = moves::repository(fact.kind())
                .is_some_and(|at| state.repository == at && state.repository_on == Some(on));
            let noticed = moves::notice(fact.kind())
                .is_some_and(|at| state.notice == at && state.notice_on == Some(on));
            reported || noticed
        }
    }
}

/// The determination in force says the same, and stating it again would not move the charge: a
/// charge that was reopened is determined anew.
fn determined(state: &ChargeState, fact: &CaseFact) -> bool {
    let (CaseFact::EligibilityDetermined {
        determination,
        remedy,
        rules,
        reasons,
        ..
    }
    | CaseFact::EligibilityRedetermined {
        determination,
        remedy,
        rules,
        reasons,
        ..
    }) = fact
    else {
        return false;
    };
    let same = state.determined.is_some_and(|known| {
        known.determination == *determination
            && known.remedy == *remedy
            && known.rules == *rules
            && reasons.first() == Some(&known.reason)
    });
    let anew = match fact {
        CaseFact::EligibilityRedetermined { supersedes, .. } => state
            .determined
            .is_some_and(|known| known.revision == *supersedes),
        _ => {
            moves::allowed(fact.kind(), state.decision)
                && moves::destination(fact, state) != Some(state.decision)
        }
    };
    same && !anew
}

/// Submitted once; after an answer of the court only a later day makes it a new submission.
fn submitted(state: &ChargeState, filing: FilingId, on: Date) -> bool {
    let since = state.decision_on;
    state.filing == Some(filing)
        && match state.decision {
            Decision::FiledPending => since == Some(on),
            Decision::Filed
            | Decision::FilingRejected
            | Decision::HearingSet
            | Decision::Granted
            | Decision::Denied => since.is_some_and(|since| on <= since),
            _ => false,
        }
}
