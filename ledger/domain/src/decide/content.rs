//! What can be wrong with a fact whatever the state of the case: bounds, dates, parts that do
//! not fit each other.

use crate::command::{Context, Target};
use crate::county;
use crate::date::Date;
use crate::event::{Flag, Flags};
use crate::fact::{CaseFact, Charge, FactKind};
use crate::id::ChargeId;
use crate::policy::RuleSet;
use crate::rejection::{Quantity, Rejection, StatedDate};
use crate::section::is_section;
use crate::vocabulary::{Coded, Determination, DeterminationReason, OrderEffect, Remedy, Set};

use super::limits;

/// Everything that is wrong with the fact in itself.
#[expect(
    clippy::too_many_lines,
    reason = "one arm per fact with something to check"
)]
pub(super) fn check(fact: &CaseFact, target: &Target, context: &Context<'_>) -> Vec<Rejection> {
    let today = context.today;
    let kind = fact.kind();
    let mut wrong = Vec::new();
    match fact {
        CaseFact::CaseIdentified {
            row,
            county,
            charges,
            ..
        } => {
            wrong.extend(row_number(*row));
            wrong.extend(known_county(*county));
            wrong.extend(listed(charges, today));
        }
        CaseFact::SightingAdded { row, .. } | CaseFact::ListDelivered { row, .. } => {
            wrong.extend(row_number(*row));
        }
        CaseFact::FilingSubmitted { row, .. } => wrong.extend(row.and_then(row_number)),
        CaseFact::ChargeAdded { charge } | CaseFact::ChargeAmended { charge } => {
            wrong.extend(one(charge, today));
        }
        CaseFact::EligibilityProposed {
            determination,
            remedy,
            rules,
            reasons,
            evaluated_as_of,
        }
        | CaseFact::EligibilityDetermined {
            determination,
            remedy,
            rules,
            reasons,
            evaluated_as_of,
        }
        | CaseFact::EligibilityRedetermined {
            determination,
            remedy,
            rules,
            reasons,
            evaluated_as_of,
            ..
        } => {
            wrong.extend(not_ahead(
                StatedDate::EvaluatedAsOf,
                *evaluated_as_of,
                today,
            ));
            wrong.extend(determined(*determination, *remedy, *rules, reasons));
        }
        CaseFact::ReferredToProsecutor { to, .. } if *to == context.poster => {
            wrong.push(Rejection::SelfReference { attempted: kind });
        }
        CaseFact::FilingAccepted {
            received_on: Some(received_on),
            ..
        } => wrong.extend(not_ahead(StatedDate::ReceivedOn, *received_on, today)),
        CaseFact::FilingPartiallyAccepted { rejected, .. } => wrong.extend(within(
            Quantity::RejectedCharges,
            rejected.len() as u64,
            1,
            limits::CHARGES_MAX.into(),
        )),
        CaseFact::HearingSet { hearing_on } | CaseFact::HearingContinued { hearing_on } => {
            wrong.extend(no_later_than(
                StatedDate::HearingOn,
                *hearing_on,
                today,
                limits::HEARING_DAYS,
            ));
        }
        CaseFact::OrderApplied {
            row,
            effects,
            remedy,
            ..
        } => {
            wrong.extend(row_number(*row));
            wrong.extend(effects_fit(kind, *effects, *remedy));
        }
        CaseFact::OrderVacated { vacated, order } if vacated == order => {
            wrong.push(Rejection::SelfReference { attempted: kind });
        }
        CaseFact::DuplicateLinked { canonical, .. } => {
            let itself = *target == Target::Case(*canonical);
            let known = context.canonical.filter(|case| case.identity.is_some());
            wrong.extend(match known {
                Some(case) if case.duplicate_of.is_none() && !itself => None,
                None if !itself => Some(Rejection::CanonicalUnknown {
                    canonical: *canonical,
                }),
                Some(_) | None => Some(Rejection::DuplicateCycle {
                    canonical: *canonical,
                }),
            });
        }
        CaseFact::ShredConfirmed { generation, .. } => wrong.extend(within(
            Quantity::Generation,
            (*generation).into(),
            1,
            u32::MAX.into(),
        )),
        CaseFact::CaseVoided { approver, .. } if *approver == context.poster => {
            wrong.push(Rejection::ApproverIsPoster {
                approver: *approver,
            });
        }
        _ => {}
    }
    wrong
}

/// Refuses a date more than [`limits::FUTURE_DAYS`] ahead.
pub(super) fn not_ahead(what: StatedDate, date: Date, today: Date) -> Option<Rejection> {
    no_later_than(what, date, today, limits::FUTURE_DAYS)
}

fn no_later_than(what: StatedDate, date: Date, today: Date, days: i64) -> Option<Rejection> {
    let latest = Date::from_days(today.days() + days).unwrap_or(Date::MAX);
    (date > latest).then_some(Rejection::FutureDate { what, date, latest })
}

/// Refuses a number outside its bounds.
pub(super) fn within(what: Quantity, found: u64, min: u64, max: u64) -> Option<Rejection> {
    (!(min..=max).contains(&found)).then_some(Rejection::OutOfBounds {
        what,
        found,
        min,
        max,
    })
}

/// Refuses a number that no county has.
pub(super) fn known_county(found: u16) -> Option<Rejection> {
    county::name_of(found)
        .is_none()
        .then_some(Rejection::CountyUnknown { found })
}

fn row_number(row: u32) -> Option<Rejection> {
    within(Quantity::Row, row.into(), 1, u32::MAX.into())
}

fn listed(charges: &[Charge], today: Date) -> Vec<Rejection> {
    let count = within(
        Quantity::Charges,
        charges.len() as u64,
        1,
        limits::CHARGES_MAX.into(),
    );
    let misnumbered = charges
        .iter()
        .zip(1_u16..)
        .find(|(charge, number)| charge.id.0 != *number)
        .map(|(charge, number)| Rejection::ChargeNotNext {
            given: charge.id,
            expected: ChargeId(number),
        });
    count
        .into_iter()
        .chain(misnumbered)
        .chain(charges.iter().flat_map(|charge| one(charge, today)))
        .collect()
}

fn one(charge: &Charge, today: Date) -> impl Iterator<Item = Rejection> {
    let counts = within(Quantity::Counts, charge.counts.into(), 1, u8::MAX.into());
    let year = within(
        Quantity::ConvictionYear,
        charge.conviction_year.into(),
        limits::CONVICTION_YEAR_MIN.into(),
        today.year().into(),
    );
    let section =
        (!is_section(&charge.section)).then_some(Rejection::NotASection { charge: charge.id });
    counts.into_iter().chain(year).chain(section)
}

fn determined(
    determination: Determination,
    remedy: Option<Remedy>,
    rules: RuleSet,
    reasons: &[Coded<DeterminationReason>],
) -> impl Iterator<Item = Rejection> {
    let fits = remedy.is_some() == (determination == Determination::Eligible);
    let remedy = (!fits).then_some(Rejection::RemedyMismatch {
        determination,
        remedy,
    });
    let version = within(
        Quantity::RuleVersion,
        rules.version.into(),
        1,
        u16::MAX.into(),
    );
    let count = within(
        Quantity::Reasons,
        reasons.len() as u64,
        1,
        limits::REASONS_MAX as u64,
    );
    let foreign = reasons
        .iter()
        .filter_map(|reason| reason.known())
        .find(|reason| {
            reason
                .determination()
                .is_some_and(|other| other != determination)
        })
        .map(|reason| Rejection::ReasonMismatch {
            reason,
            determination,
        });
    remedy
        .into_iter()
        .chain(version)
        .chain(count)
        .chain(foreign)
}

/// A remedy needs the effect that gives it, and an order that only seals grants none.
fn effects_fit(
    attempted: FactKind,
    effects: Set<OrderEffect>,
    remedy: Option<Remedy>,
) -> Option<Rejection> {
    if effects.is_empty() {
        return Some(Rejection::EffectsMissing { attempted });
    }
    let gives_relief = effects.iter().any(|effect| effect != OrderEffect::Seal);
    let fits = match remedy {
        None => !gives_relief,
        Some(Remedy::DismissAndSeal) => effects.contains(OrderEffect::Dismiss),
        Some(Remedy::RedesignateMisdemeanor | Remedy::RedesignateInfraction) => {
            effects.contains(OrderEffect::Redesignate)
        }
        Some(Remedy::Resentence) => effects.contains(OrderEffect::Resentence),
    };
    (!fits).then_some(Rejection::EffectsMismatch { effects, remedy })
}

/// [`Flag::UnmappedCode`] if any code of the fact is not in its vocabulary.
pub(super) fn unmapped(fact: &CaseFact) -> Flags {
    Flags::NONE.with_if(has_unmapped(fact), Flag::UnmappedCode)
}

/// Whether a code is the source's own word.
pub(super) fn is_unmapped<T: Copy>(code: &Coded<T>) -> bool {
    code.known().is_none()
}

fn has_unmapped(fact: &CaseFact) -> bool {
    match fact {
        CaseFact::EligibilityProposed { reasons, .. }
        | CaseFact::EligibilityDetermined { reasons, .. }
        | CaseFact::EligibilityRedetermined { reasons, .. } => reasons.iter().any(is_unmapped),
        CaseFact::ReferredToProsecutor { reason, .. } | CaseFact::ReferralReturned { reason } => {
            is_unmapped(reason)
        }
        CaseFact::PriorReliefFound { kind } => is_unmapped(kind),
        CaseFact::Challenged { ground } | CaseFact::ProsecutorDeclined { ground } => {
            is_unmapped(ground)
        }
        CaseFact::FilingPartiallyAccepted { reason, .. }
        | CaseFact::FilingRejected { reason, .. } => is_unmapped(reason),
        CaseFact::FilingWithdrawn { reason, .. } | CaseFact::CaseWithdrawn { reason } => {
            is_unmapped(reason)
        }
        CaseFact::ReliefDenied { ground, .. } => is_unmapped(ground),
        CaseFact::DispositionEntered { reason, .. } => reason.as_ref().is_some_and(is_unmapped),
        CaseFact::RecordNotFound { search } => is_unmapped(search),
        CaseFact::RecordDestroyed { authority } => is_unmapped(authority),
        CaseFact::DojReportRejected { reason } => is_unmapped(reason),
        CaseFact::DuplicateLinked { basis, .. } => is_unmapped(basis),
        CaseFact::DuplicateUnlinked { basis } => is_unmapped(basis),
        CaseFact::CaseReopened { reason } => is_unmapped(reason),
        CaseFact::CaseVoided { reason, .. } => is_unmapped(reason),
        CaseFact::FactCorrected {
            reason,
            replacement,
            ..
        } => is_unmapped(reason) || has_unmapped(replacement),
        CaseFact::EventRetracted { reason, .. } | CaseFact::ConfirmationResolved { reason, .. } => {
            is_unmapped(reason)
        }
        CaseFact::IdentityMismatchReported { kind } => is_unmapped(kind),
        CaseFact::ConfirmationHeld { fact, .. } | CaseFact::ConfirmationMatched { fact, .. } => {
            has_unmapped(fact)
        }
        CaseFact::CaseIdentified { .. }
        | CaseFact::SightingAdded { .. }
        | CaseFact::SightingRemoved { .. }
        | CaseFact::ChargeAdded { .. }
        | CaseFact::ChargeAmended { .. }
        | CaseFact::SupervisionStatusReported { .. }
        | CaseFact::ReferralAccepted
        | CaseFact::ReviewStarted
        | CaseFact::ReviewApproved { .. }
        | CaseFact::DefenderNoticed { .. }
        | CaseFact::ChallengeWithdrawn
        | CaseFact::ChallengeSustained { .. }
        | CaseFact::ChallengeOverruled { .. }
        | CaseFact::FilingSubmitted { .. }
        | CaseFact::ListDelivered { .. }
        | CaseFact::FilingReceived { .. }
        | CaseFact::FilingAccepted { .. }
        | CaseFact::HearingSet { .. }
        | CaseFact::HearingContinued { .. }
        | CaseFact::ReliefGranted { .. }
        | CaseFact::OrderApplied { .. }
        | CaseFact::SealingOrdered { .. }
        | CaseFact::SealingExecuted { .. }
        | CaseFact::ReliefReversed { .. }
        | CaseFact::OrderVacated { .. }
        | CaseFact::Unsealed { .. }
        | CaseFact::DispositionReportedToDoj { .. }
        | CaseFact::DojRecordUpdated
        | CaseFact::DojRecordRegressed
        | CaseFact::PersonNoticeAttempted { .. }
        | CaseFact::PersonNoticeDelivered
        | CaseFact::PersonNoticeUndeliverable
        | CaseFact::PersonNoticeWaived
        | CaseFact::CustodianAcknowledged { .. }
        | CaseFact::PersonLinked { .. }
        | CaseFact::PersonUnlinked { .. }
        | CaseFact::ConfirmationSighted { .. }
        | CaseFact::RestrictedRead { .. }
        | CaseFact::ShredOrdered { .. }
        | CaseFact::ShredConfirmed { .. } => false,
    }
}
