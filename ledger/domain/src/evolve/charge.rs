//! Folding of one charge on its four tracks.
//!
//! Track A goes where [`moves::destination`] says if [`moves::lands`] agrees; the other tracks
//! follow the fact itself. A fact that is overtaken by a later one by business date still leaves
//! what only it knows, such as the number of the filing.

use crate::date::Date;
use crate::decide::moves;
use crate::fact::{CaseFact, Charge};
use crate::id::OrderId;
use crate::state::{ChargeState, Decision, Determined, Disposition, Notice, Repository, Seal};
use crate::vocabulary::{OrderEffect, Set, Severity};

use super::case::Stated;

/// A charge when it is first heard of.
pub(super) fn identified(charge: Charge, on: Date) -> ChargeState {
    ChargeState {
        charge,
        decision: Decision::Identified,
        decision_on: Some(on),
        decision_before: None,
        determined: None,
        proposed: None,
        disposition: Disposition::Conviction,
        disposition_on: None,
        severity_after: None,
        seal: Seal::Open,
        seal_on: None,
        surfaces: Set::EMPTY,
        extent: None,
        repository: Repository::NotReported,
        repository_on: None,
        notice: Notice::None,
        notice_on: None,
        order: None,
        seal_order: None,
        filing: None,
        claimed: None,
        submitted: None,
        entered_since: None,
        case_word: None,
        case_word_on: None,
        supervision: charge.sentence,
        referred_to: None,
    }
}

#[expect(clippy::too_many_lines, reason = "one arm per fact, none left out")]
pub(super) fn evolve(state: &mut ChargeState, stated: &Stated<'_>, fact: &CaseFact) {
    let official = crate::authority::is_official(stated.role);
    let was = state.decision;
    let destination = moves::destination(fact, state);
    let landed = destination.is_some_and(|to| moves::lands(fact, state, to, stated.on, official));
    if let Some(to) = destination {
        let dated = moves::is_dated(fact, to, official);
        if !official {
            state.claimed = Some(to);
        }
        if landed {
            move_to(state, to, stated.on, dated);
        } else if dated {
            reached(state, to);
        }
    }
    if let CaseFact::FilingSubmitted { filing, .. } | CaseFact::ListDelivered { filing, .. } = fact
    {
        state.submitted = Some(*filing);
    }
    match fact {
        CaseFact::ChargeAmended { charge } => amend(state, *charge),
        CaseFact::SupervisionStatusReported { status } => state.supervision = *status,
        CaseFact::EligibilityProposed { determination, .. } => {
            state.proposed = Some(*determination);
        }
        CaseFact::EligibilityDetermined {
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
        } => {
            // A determination answers the proposal, whichever way it goes.
            state.proposed = None;
            state.determined = reasons.first().map(|reason| Determined {
                determination: *determination,
                remedy: *remedy,
                reason: *reason,
                rules: *rules,
                revision: stated.revision,
            });
        }
        CaseFact::ReferredToProsecutor { to, .. } => state.referred_to = Some(*to),
        CaseFact::ReferralReturned { .. } => state.referred_to = None,
        CaseFact::FilingSubmitted { filing, .. }
        | CaseFact::ListDelivered { filing, .. }
        | CaseFact::FilingAccepted { filing, .. }
        | CaseFact::FilingPartiallyAccepted { filing, .. }
        | CaseFact::FilingRejected { filing, .. } => {
            if landed || state.filing.is_none() {
                state.filing = Some(*filing);
            }
        }
        CaseFact::FilingWithdrawn { .. } => {
            state.filing = None;
            state.submitted = None;
        }
        CaseFact::ReliefGranted { order, .. } => {
            if landed {
                state.order = Some(*order);
            }
        }
        CaseFact::ReliefDenied { order, .. } | CaseFact::ChallengeSustained { order } => {
            if landed {
                state.order = *order;
            }
        }
        CaseFact::OrderApplied {
            order,
            effects,
            remedy,
            ..
        } => {
            if remedy.is_some() && landed {
                state.order = Some(*order);
            }
            if effects.contains(OrderEffect::Seal) {
                seal(state, Seal::Ordered, stated.on, Some(*order));
            }
        }
        CaseFact::DispositionEntered { .. } => enter(state, stated.on, fact),
        CaseFact::SealingOrdered { order } => {
            seal(state, Seal::Ordered, stated.on, Some(*order));
        }
        CaseFact::SealingExecuted {
            surfaces,
            extent,
            order,
        } => {
            if seal(state, Seal::Sealed, stated.on, *order) {
                state.surfaces = state.surfaces.iter().chain(surfaces.iter()).collect();
                // Nor does a part that is sealed later open the rest.
                let extents = state.extent.into_iter().chain([*extent]);
                state.extent = extents.max_by_key(|extent| moves::breadth(*extent));
            }
        }
        CaseFact::Unsealed { .. } => {
            if seal(state, Seal::Unsealed, stated.on, None) {
                state.surfaces = Set::EMPTY;
                state.extent = None;
                state.seal_order = None;
            }
        }
        CaseFact::RecordNotFound { .. } => docket(state, Disposition::NotFound, None, stated.on),
        CaseFact::RecordDestroyed { .. } => {
            docket(state, Disposition::Destroyed, None, stated.on);
        }
        CaseFact::ReliefReversed { .. } => reverse(state, stated.on, landed),
        CaseFact::OrderVacated { vacated, .. } => {
            if state.order == Some(*vacated) {
                reverse(state, stated.on, landed || was != Decision::Granted);
            }
            if state.seal_order == Some(*vacated) && state.seal == Seal::Ordered {
                state.seal = Seal::Open;
                state.seal_on = Some(stated.on);
                state.seal_order = None;
            }
        }
        CaseFact::DispositionReportedToDoj { .. }
        | CaseFact::DojReportRejected { .. }
        | CaseFact::DojRecordUpdated
        | CaseFact::DojRecordRegressed => {
            if let Some(to) = moves::repository(fact.kind()) {
                word(state, to, stated);
            }
        }
        CaseFact::PersonNoticeAttempted { .. } => notify(state, Notice::Attempted, stated.on),
        CaseFact::PersonNoticeDelivered => notify(state, Notice::Delivered, stated.on),
        CaseFact::PersonNoticeUndeliverable => notify(state, Notice::Undeliverable, stated.on),
        CaseFact::PersonNoticeWaived => notify(state, Notice::Waived, stated.on),
        // Track A only, or nothing about a charge.
        CaseFact::ReferralAccepted
        | CaseFact::PriorReliefFound { .. }
        | CaseFact::ReviewStarted
        | CaseFact::ReviewApproved { .. }
        | CaseFact::Challenged { .. }
        | CaseFact::ChallengeWithdrawn
        | CaseFact::ChallengeOverruled { .. }
        | CaseFact::ProsecutorDeclined { .. }
        | CaseFact::HearingSet { .. }
        | CaseFact::HearingContinued { .. }
        | CaseFact::CaseWithdrawn { .. }
        | CaseFact::DuplicateLinked { .. }
        | CaseFact::DuplicateUnlinked { .. }
        | CaseFact::CaseReopened { .. }
        | CaseFact::CaseVoided { .. }
        | CaseFact::CaseIdentified { .. }
        | CaseFact::SightingAdded { .. }
        | CaseFact::SightingRemoved { .. }
        | CaseFact::ChargeAdded { .. }
        | CaseFact::DefenderNoticed { .. }
        | CaseFact::FilingReceived { .. }
        | CaseFact::CustodianAcknowledged { .. }
        | CaseFact::FactCorrected { .. }
        | CaseFact::EventRetracted { .. }
        | CaseFact::IdentityMismatchReported { .. }
        | CaseFact::PersonLinked { .. }
        | CaseFact::PersonUnlinked { .. }
        | CaseFact::ConfirmationHeld { .. }
        | CaseFact::ConfirmationMatched { .. }
        | CaseFact::ConfirmationSighted { .. }
        | CaseFact::ConfirmationResolved { .. }
        | CaseFact::RestrictedRead { .. }
        | CaseFact::ShredOrdered { .. }
        | CaseFact::ShredConfirmed { .. } => {}
    }
}

/// Moves track A and remembers where it stood, for a dated step the furthest (see [`reached`]).
/// An exit after an exit keeps what was reached before the first one, which is what the phase goes
/// by; a duplicate link remembers the exit itself, because unlinking brings it back. Standing there
/// since that day already is no move.
fn move_to(state: &mut ChargeState, to: Decision, on: Date, dated: bool) {
    let from = state.decision;
    if from == to && state.decision_on == Some(on) {
        return;
    }
    if dated && !moves::is_open(from) {
        reached(state, from);
    } else if !moves::has_left(from) || !moves::has_left(to) || to == Decision::Duplicate {
        state.decision_before = Some(from);
    }
    state.decision = to;
    state.decision_on = Some(on);
}

/// Remembers a step that another one is ahead of, whichever of the two arrived first: since the
/// prosecutor's hands the furthest of them all. Having left is not to have come any further.
fn reached(state: &mut ChargeState, step: Decision) {
    // What is linked stands where it stood before, once it is unlinked.
    let linked = state.decision == Decision::Duplicate;
    if linked || moves::is_open(state.decision) || moves::has_left(step) {
        return;
    }
    let before = state
        .decision_before
        .filter(|before| !moves::has_left(*before));
    state.decision_before = before.max(Some(step));
}

fn amend(state: &mut ChargeState, charge: Charge) {
    if charge.sentence != state.charge.sentence {
        state.supervision = charge.sentence;
    }
    state.charge = charge;
}

/// What the docket shows, with the grade that goes with it: a record that is gone has none, whether its entry came
/// before or after that was stated.
fn docket(state: &mut ChargeState, to: Disposition, severity: Option<Severity>, on: Date) {
    if moves::lands_on_docket(state, on) {
        state.disposition = to;
        state.disposition_on = Some(on);
        state.severity_after = severity;
    }
}

fn enter(state: &mut ChargeState, on: Date, fact: &CaseFact) {
    let CaseFact::DispositionEntered {
        disposition,
        severity_after,
        order,
        ..
    } = fact
    else {
        return;
    };
    docket(state, (*disposition).into(), *severity_after, on);
    state.order = state.order.or(*order);
    let earlier = state.entered_since.filter(|since| *since < on);
    state.entered_since = earlier.or(Some(on));
    if let (Some(to), Some(said)) = (state.case_word, state.case_word_on)
        && on <= said
    {
        report(state, to, said);
    }
}

/// Relief taken back: the grant, and the entry unless a later one has been made since.
fn reverse(state: &mut ChargeState, on: Date, landed: bool) {
    if landed {
        state.order = None;
    }
    if state.entered() {
        docket(state, Disposition::Conviction, None, on);
        state.entered_since = None;
    }
}

/// Moves the seal there and says whether it did. A seal that is overtaken still tells under
/// which order it was.
fn seal(state: &mut ChargeState, to: Seal, on: Date, order: Option<OrderId>) -> bool {
    if !moves::lands_on_seal(state, to, on) {
        state.seal_order = state.seal_order.or(order);
        return false;
    }
    // Sealed surface by surface counts from the first.
    let again = state.seal == Seal::Sealed && to == Seal::Sealed;
    state.seal_on = state
        .seal_on
        .filter(|since| again && *since < on)
        .or(Some(on));
    state.seal = to;
    state.seal_order = order.or(state.seal_order);
    true
}

/// A word about the repository. Said of a whole case it is about the charges entered by its day, so that what is entered
/// later does not pass for reported; it is kept, because an entry may only arrive later.
fn word(state: &mut ChargeState, to: Repository, stated: &Stated<'_>) {
    if state.entered_by(stated.on) || !stated.of_several {
        report(state, to, stated.on);
    }
    let last = state.case_word.unwrap_or(Repository::NotReported);
    if stated.of_several && moves::later_word(last, state.case_word_on, to, stated.on) {
        state.case_word = Some(to);
        state.case_word_on = Some(stated.on);
    }
}

fn report(state: &mut ChargeState, to: Repository, on: Date) {
    if moves::lands_in_repository(state, to, on) {
        state.repository = to;
        state.repository_on = Some(on);
    }
}

fn notify(state: &mut ChargeState, to: Notice, on: Date) {
    state.notice = to;
    state.notice_on = Some(on);
}
