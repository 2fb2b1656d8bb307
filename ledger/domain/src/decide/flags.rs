//! The soft guards of docs/LIFECYCLE.md: the fact is accepted, and the gap is countable.

use crate::authority;
use crate::command::Context;
use crate::date::Date;
use crate::event::{Charges, Flag, Flags};
use crate::fact::{CaseFact, FactKind};
use crate::state::{CaseState, ChargeState, Decision, Disposition, Repository};
use crate::vocabulary::{OrderEffect, Remedy, SealSurface, Set, Supervision};

use super::scope::scoped;
use super::{content, moves, private};

/// The flags that the fact raises.
pub(super) fn raised(
    state: &CaseState,
    fact: &CaseFact,
    on: Date,
    charges: &Charges,
    context: &Context<'_>,
) -> Flags {
    // That private parts are read or destroyed is no gap in what becomes of the case.
    if private::is_about_private(fact) {
        return Flags::NONE;
    }
    let official = authority::is_official(context.role);
    let of_case = content::unmapped(fact)
        .with_if(state.duplicate_of.is_some(), Flag::Redirected)
        .union(about_case(state, fact, context))
        .union(about_policy(fact, on, context));
    // A word about the repository is about what is entered by its day, if anything is (see `case_word`).
    let narrowed = moves::repository(fact.kind()).is_some()
        && scoped(state, charges).any(|charge| charge.entered_by(on));
    let judged = scoped(state, charges).filter(|charge| !narrowed || charge.entered_by(on));
    judged.fold(of_case, |flags, charge| {
        flags
            .with_if(official && out_of_order(fact, charge, on), Flag::OutOfOrder)
            .union(about_charge(fact, charge))
    })
}

/// The flags of a sighting: of a fact of that kind that says nothing new.
pub(super) fn sighted(state: &CaseState, kind: FactKind) -> Flags {
    let lists = matches!(kind, FactKind::CaseIdentified | FactKind::SightingAdded);
    Flags::NONE
        .with_if(state.duplicate_of.is_some(), Flag::Redirected)
        .with_if(lists && state.private.is_given_up(), Flag::SealedAlready)
}

/// What an official fact says that does not follow from where the tracks stand, or that they
/// have overtaken.
fn out_of_order(fact: &CaseFact, charge: &ChargeState, on: Date) -> bool {
    let kind = fact.kind();
    let decision = moves::destination(fact, charge).is_some_and(|to| {
        !moves::allowed(kind, charge.decision) || !moves::lands(fact, charge, to, on, true)
    });
    let seal = moves::seal(fact).is_some_and(|to| {
        !moves::seal_allowed(charge.seal, to) || !moves::lands_on_seal(charge, to, on)
    });
    let repository = moves::repository(kind).is_some_and(|to| {
        !moves::repository_allowed(charge.repository, to)
            || !moves::lands_in_repository(charge, to, on)
    });
    let otherwise = match fact {
        // Ordered, then entered: an entry without a grant is an entry ahead of its order.
        CaseFact::DispositionEntered { .. } => {
            charge.decision != Decision::Granted
                || !moves::docket_allowed(charge.disposition)
                || !moves::lands_on_docket(charge, on)
        }
        CaseFact::OrderVacated { vacated, .. } => {
            charge.order != Some(*vacated) && charge.seal_order != Some(*vacated)
        }
        _ => false,
    };
    decision || seal || repository || otherwise
}

fn about_charge(fact: &CaseFact, charge: &ChargeState) -> Flags {
    let none = Flags::NONE;
    match fact {
        CaseFact::EligibilityProposed { remedy, .. }
        | CaseFact::EligibilityDetermined { remedy, .. } => served(*remedy, charge),
        CaseFact::EligibilityRedetermined { remedy, .. } => served(*remedy, charge).with_if(
            matches!(
                charge.decision,
                Decision::Approved | Decision::FiledPending | Decision::FilingRejected
            ),
            Flag::RedeterminedAfterApproval,
        ),
        CaseFact::ReviewApproved { .. } => {
            none.with_if(charge.determined.is_none(), Flag::NoDetermination)
        }
        // After approval a challenge is late by definition.
        CaseFact::Challenged { .. } => {
            none.with_if(charge.decision == Decision::Approved, Flag::LateChallenge)
        }
        CaseFact::FilingSubmitted { .. } | CaseFact::ListDelivered { .. } => none.with_if(
            charge.decision == Decision::Challenged,
            Flag::FiledWhileChallenged,
        ),
        CaseFact::FilingReceived { filing }
        | CaseFact::FilingAccepted { filing, .. }
        | CaseFact::FilingPartiallyAccepted { filing, .. }
        | CaseFact::FilingRejected { filing, .. } => {
            none.with_if(charge.filing != Some(*filing), Flag::NoSubmission)
        }
        CaseFact::ReliefGranted { remedy, .. } => granted(*remedy, charge),
        CaseFact::OrderApplied {
            effects, remedy, ..
        } => {
            let relief = remedy.map_or(none, |remedy| granted(remedy, charge));
            let seals = effects.contains(OrderEffect::Seal);
            relief.with_if(
                seals && !charge.charge.family.is_cannabis(),
                Flag::NotCannabis,
            )
        }
        CaseFact::DispositionEntered { order, .. } => none
            .with_if(order.is_none() && charge.order.is_none(), Flag::NoOrder)
            .with_if(!charge.charge.family.is_cannabis(), Flag::NotCannabis),
        CaseFact::SealingOrdered { .. } => {
            none.with_if(!charge.charge.family.is_cannabis(), Flag::NotCannabis)
        }
        CaseFact::SealingExecuted { surfaces, .. } => {
            let covered: Set<SealSurface> = charge.surfaces.iter().chain(surfaces.iter()).collect();
            none.with_if(
                charge.disposition != Disposition::Dismissed,
                Flag::SealedBeforeDismissal,
            )
            .with_if(covered != Set::all(), Flag::SurfacesIncomplete)
            .with_if(!charge.charge.family.is_cannabis(), Flag::NotCannabis)
        }
        CaseFact::DispositionReportedToDoj { .. } => {
            none.with_if(!charge.entered(), Flag::ReportedBeforeEntry)
        }
        CaseFact::DojRecordUpdated => none.with_if(
            charge.repository == Repository::NotReported,
            Flag::UpdatedBeforeReport,
        ),
        CaseFact::CaseWithdrawn { .. } => none.with_if(
            charge.decision == Decision::Granted,
            Flag::WithdrawnAfterGrant,
        ),
        _ => none,
    }
}

/// Relief for a completed sentence while it is being served is another remedy (H&S 11361.8).
fn served(remedy: Option<Remedy>, charge: &ChargeState) -> Flags {
    let for_completed = matches!(
        remedy,
        Some(
            Remedy::DismissAndSeal | Remedy::RedesignateMisdemeanor | Remedy::RedesignateInfraction
        )
    );
    Flags::NONE.with_if(
        for_completed && charge.supervision == Supervision::Serving,
        Flag::StillServing,
    )
}

fn granted(remedy: Remedy, charge: &ChargeState) -> Flags {
    served(Some(remedy), charge)
        .with_if(charge.filing.is_none(), Flag::NoFiling)
        .with_if(!charge.charge.family.is_cannabis(), Flag::NotCannabis)
}

fn about_case(state: &CaseState, fact: &CaseFact, context: &Context<'_>) -> Flags {
    let none = Flags::NONE;
    let linked = state.identity.and_then(|identity| identity.person);
    match fact {
        CaseFact::SightingAdded { cohort, .. } => {
            let other = state
                .sightings
                .iter()
                .any(|known| known.cohort.initiative() != cohort.initiative());
            none.with_if(other, Flag::SecondInitiative)
        }
        CaseFact::ChargeAdded { charge } | CaseFact::ChargeAmended { charge } => {
            let filed = state.charges.iter().any(|known| {
                known.entered()
                    || matches!(
                        known.decision,
                        Decision::Filed
                            | Decision::HearingSet
                            | Decision::Granted
                            | Decision::Denied
                    )
            });
            none.with_if(filed, Flag::ChargeAfterFiling)
                .with_if(charge.in_comment_only, Flag::ChargeInComment)
        }
        CaseFact::PersonLinked { person } => none.with_if(
            linked.is_some_and(|known| known != *person),
            Flag::PersonDiffers,
        ),
        CaseFact::PersonUnlinked { person } => {
            none.with_if(linked != Some(*person), Flag::PersonDiffers)
        }
        // There was nothing to undo.
        CaseFact::SightingRemoved { cohort } => none.with_if(
            state.sightings.iter().all(|known| known.cohort != *cohort),
            Flag::OutOfOrder,
        ),
        CaseFact::DuplicateUnlinked { .. } => none.with_if(
            authority::is_official(context.role) && state.duplicate_of.is_none(),
            Flag::OutOfOrder,
        ),
        _ => none,
    }
}

/// Whether the policy in force bears on the fact.
pub(super) const fn by_policy(fact: &CaseFact) -> bool {
    matches!(
        fact,
        CaseFact::EligibilityProposed { .. }
            | CaseFact::EligibilityDetermined { .. }
            | CaseFact::EligibilityRedetermined { .. }
            | CaseFact::Challenged { .. }
    )
}

fn about_policy(fact: &CaseFact, on: Date, context: &Context<'_>) -> Flags {
    let none = Flags::NONE;
    let Some(policy) = context.policy.filter(|_| by_policy(fact)) else {
        return none;
    };
    match fact {
        CaseFact::EligibilityProposed { rules, .. }
        | CaseFact::EligibilityDetermined { rules, .. }
        | CaseFact::EligibilityRedetermined { rules, .. } => {
            none.with_if(*rules != policy.rule_set, Flag::SupersededRules)
        }
        CaseFact::Challenged { .. } => none.with_if(
            policy
                .challenge_deadline
                .is_some_and(|deadline| on > deadline),
            Flag::LateChallenge,
        ),
        _ => none,
    }
}
