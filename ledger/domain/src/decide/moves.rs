//! The allowed moves of the tracks, as data: what both the guards and the fold go by.
//!
//! Track A is the table of docs/LIFECYCLE.md, and what each kind of fact adds where that is
//! wider (side exits from anywhere, redetermination of anything not filed). Prosecutors,
//! defenders and vendors may make these moves and no others. Courts and repositories state
//! facts: whatever they say is recorded, and [`lands`] settles where the track stands when facts
//! arrive late or out of order.

use crate::date::Date;
use crate::fact::{CaseFact, FactKind};
use crate::state::{ChargeState, Decision, Disposition, Notice, Repository, Seal};
use crate::vocabulary::{Determination, OrderEffect, SealExtent};

use Decision as D;

const UNDETERMINED: &[D] = &[D::Identified, D::HandReview];
const NOT_FILED: &[D] = &[
    D::Identified,
    D::HandReview,
    D::Ineligible,
    D::Eligible,
    D::UnderReview,
    D::Approved,
    D::FiledPending,
    D::FilingRejected,
];
const NOT_LEFT: &[D] = &[
    D::Identified,
    D::HandReview,
    D::Referred,
    D::Ineligible,
    D::Eligible,
    D::UnderReview,
    D::Approved,
    D::Challenged,
    D::FiledPending,
    D::FilingRejected,
    D::Filed,
    D::HearingSet,
];
const LEFT: &[D] = &[
    D::Ineligible,
    D::Denied,
    D::Declined,
    D::Withdrawn,
    D::PriorRelief,
    D::NotFound,
    D::Destroyed,
];
const NOT_DUPLICATE: &[D] = &[
    D::Identified,
    D::HandReview,
    D::Referred,
    D::Ineligible,
    D::Eligible,
    D::UnderReview,
    D::Approved,
    D::Challenged,
    D::FiledPending,
    D::FilingRejected,
    D::Filed,
    D::HearingSet,
    D::Granted,
    D::Denied,
    D::Declined,
    D::Withdrawn,
    D::PriorRelief,
    D::NotFound,
    D::Destroyed,
];
const NOT_VOIDED: &[D] = &[
    D::Identified,
    D::HandReview,
    D::Referred,
    D::Ineligible,
    D::Eligible,
    D::UnderReview,
    D::Approved,
    D::Challenged,
    D::FiledPending,
    D::FilingRejected,
    D::Filed,
    D::HearingSet,
    D::Granted,
    D::Denied,
    D::Declined,
    D::Withdrawn,
    D::PriorRelief,
    D::NotFound,
    D::Destroyed,
    D::Duplicate,
];

/// Where track A of a charge has to stand for a fact of that kind to be in order; none if the
/// kind has nothing to do with track A.
#[expect(clippy::too_many_lines, reason = "one line per kind of fact")]
pub(crate) const fn sources(kind: FactKind) -> Option<&'static [Decision]> {
    use FactKind as K;
    match kind {
        K::EligibilityDetermined | K::ReferredToProsecutor => Some(UNDETERMINED),
        // Any before FILED; after APPROVED it is flagged.
        K::EligibilityProposed | K::EligibilityRedetermined => Some(NOT_FILED),
        K::ReferralAccepted | K::ReferralReturned => Some(&[D::Referred]),
        K::PriorReliefFound => Some(NOT_LEFT),
        K::ReviewStarted => Some(&[D::Eligible]),
        // From IDENTIFIED only while nothing is determined, and flagged.
        K::ReviewApproved => Some(&[D::Identified, D::Eligible, D::UnderReview]),
        // From APPROVED it is late, and flagged.
        K::Challenged => Some(&[D::Eligible, D::UnderReview, D::Approved]),
        K::ChallengeWithdrawn | K::ChallengeOverruled => Some(&[D::Challenged]),
        K::ChallengeSustained => Some(&[D::Challenged, D::HearingSet]),
        K::ProsecutorDeclined => Some(&[D::Eligible, D::UnderReview]),
        // While CHALLENGED it is flagged; after a rejection it is a new filing.
        K::FilingSubmitted | K::ListDelivered => {
            Some(&[D::Approved, D::FilingRejected, D::Challenged])
        }
        K::FilingAccepted | K::FilingPartiallyAccepted | K::FilingRejected => {
            Some(&[D::FiledPending])
        }
        K::FilingWithdrawn => Some(&[D::FiledPending, D::Filed]),
        K::HearingSet | K::HearingContinued | K::ReliefDenied => {
            Some(&[D::Filed, D::HearingSet, D::Challenged])
        }
        // From ELIGIBLE and APPROVED on the court's own duty (AB 1706).
        K::ReliefGranted | K::OrderApplied => {
            Some(&[D::Eligible, D::Approved, D::Filed, D::HearingSet])
        }
        K::RecordNotFound | K::RecordDestroyed => Some(&[D::Identified]),
        K::ReliefReversed | K::OrderVacated => Some(&[D::Granted]),
        // After GRANTED it is flagged.
        K::CaseWithdrawn => Some(&[D::Eligible, D::Approved, D::FilingRejected, D::Granted]),
        K::DuplicateLinked => Some(NOT_DUPLICATE),
        K::DuplicateUnlinked => Some(&[D::Duplicate]),
        K::CaseReopened => Some(LEFT),
        K::CaseVoided => Some(NOT_VOIDED),
        K::CaseIdentified
        | K::SightingAdded
        | K::SightingRemoved
        | K::ChargeAdded
        | K::ChargeAmended
        | K::SupervisionStatusReported
        | K::DefenderNoticed
        | K::FilingReceived
        | K::DispositionEntered
        | K::SealingOrdered
        | K::SealingExecuted
        | K::Unsealed
        | K::DispositionReportedToDoj
        | K::DojReportRejected
        | K::DojRecordUpdated
        | K::DojRecordRegressed
        | K::PersonNoticeAttempted
        | K::PersonNoticeDelivered
        | K::PersonNoticeUndeliverable
        | K::PersonNoticeWaived
        | K::CustodianAcknowledged
        | K::FactCorrected
        | K::EventRetracted
        | K::IdentityMismatchReported
        | K::PersonLinked
        | K::PersonUnlinked
        | K::ConfirmationHeld
        | K::ConfirmationMatched
        | K::ConfirmationSighted
        | K::ConfirmationResolved
        | K::RestrictedRead
        | K::ShredOrdered
        | K::ShredConfirmed
        | K::InitiativeOpened
        | K::PolicyAdopted
        | K::InitiativeAnnounced
        | K::InitiativeStarted
        | K::InitiativeCompleted
        | K::InitiativeClosedWithRemainder
        | K::CohortOpened
        | K::CohortSealed
        | K::CohortSuperseded
        | K::FilingPrepared
        | K::FilingSent
        | K::FilingReceiptConfirmed
        | K::FilingReviewed
        | K::FilingRetracted
        | K::ListReconciled
        | K::OrderProposed
        | K::OrderSubmitted
        | K::OrderIssued
        | K::OrderFiled
        | K::OrderRowsExplained
        | K::OrderCompleted
        | K::OrderAmended
        | K::OrderSetAside
        | K::OrganisationRegistered
        | K::RoleGranted
        | K::RoleRevoked
        | K::PrincipalBound
        | K::PrincipalUnbound
        | K::TokenIssued
        | K::TokenRevoked
        | K::SigningKeyAdded
        | K::SigningKeyRotated
        | K::SigningKeyRevoked
        | K::SignaturesRequired
        | K::ApprovalRequired
        | K::ActApproved
        | K::ActRejected
        | K::RetentionSet
        | K::AnnouncementPublished
        | K::AnnouncementCorrected
        | K::CheckpointKeySucceeded
        | K::CheckpointKeyRetired => None,
    }
}

/// Whether a fact of that kind is in order from there, as far as track A goes.
pub(crate) fn allowed(kind: FactKind, from: Decision) -> bool {
    sources(kind).is_none_or(|sources| sources.contains(&from))
}

/// What would move track A from there.
pub(crate) fn allowed_from(from: Decision) -> Vec<FactKind> {
    FactKind::ALL
        .iter()
        .copied()
        .filter(|kind| sources(*kind).is_some_and(|sources| sources.contains(&from)))
        .collect()
}

/// Where the fact takes track A of the charge; none if it leaves it alone.
pub(crate) fn destination(fact: &CaseFact, charge: &ChargeState) -> Option<Decision> {
    match fact {
        CaseFact::EligibilityDetermined { determination, .. }
        | CaseFact::EligibilityRedetermined { determination, .. } => Some(match determination {
            Determination::Eligible => D::Eligible,
            Determination::Ineligible => D::Ineligible,
            Determination::HandReview => D::HandReview,
        }),
        CaseFact::ReferredToProsecutor { .. } => Some(D::Referred),
        CaseFact::ReferralAccepted => Some(D::Identified),
        CaseFact::ReferralReturned { .. } => Some(D::HandReview),
        CaseFact::PriorReliefFound { .. } => Some(D::PriorRelief),
        CaseFact::ReviewStarted
        | CaseFact::ChallengeWithdrawn
        | CaseFact::ReliefReversed { .. } => Some(D::UnderReview),
        CaseFact::ReviewApproved { .. }
        | CaseFact::ChallengeOverruled { .. }
        | CaseFact::FilingWithdrawn { .. } => Some(D::Approved),
        CaseFact::Challenged { .. } => Some(D::Challenged),
        CaseFact::ChallengeSustained { .. } | CaseFact::ReliefDenied { .. } => Some(D::Denied),
        CaseFact::ProsecutorDeclined { .. } => Some(D::Declined),
        CaseFact::FilingSubmitted { .. } | CaseFact::ListDelivered { .. } => Some(D::FiledPending),
        CaseFact::FilingAccepted { .. } | CaseFact::FilingPartiallyAccepted { .. } => {
            Some(D::Filed)
        }
        CaseFact::FilingRejected { .. } => Some(D::FilingRejected),
        CaseFact::HearingSet { .. } | CaseFact::HearingContinued { .. } => Some(D::HearingSet),
        CaseFact::ReliefGranted { .. } => Some(D::Granted),
        CaseFact::OrderApplied { remedy, .. } => remedy.map(|_| D::Granted),
        CaseFact::RecordNotFound { .. } => Some(D::NotFound),
        CaseFact::RecordDestroyed { .. } => Some(D::Destroyed),
        CaseFact::OrderVacated { vacated, .. } => {
            (charge.order == Some(*vacated)).then_some(D::UnderReview)
        }
        CaseFact::CaseWithdrawn { .. } => Some(D::Withdrawn),
        CaseFact::DuplicateLinked { .. } => Some(D::Duplicate),
        // The link was wrong: the charge stands where it would stand without it.
        CaseFact::DuplicateUnlinked { .. } => (charge.decision == D::Duplicate)
            .then(|| charge.decision_before.unwrap_or(D::Identified)),
        CaseFact::CaseReopened { .. } => Some(reopened(charge)),
        CaseFact::CaseVoided { .. } => Some(D::Voided),
        CaseFact::CaseIdentified { .. }
        | CaseFact::SightingAdded { .. }
        | CaseFact::SightingRemoved { .. }
        | CaseFact::ChargeAdded { .. }
        | CaseFact::ChargeAmended { .. }
        | CaseFact::SupervisionStatusReported { .. }
        | CaseFact::EligibilityProposed { .. }
        | CaseFact::DefenderNoticed { .. }
        | CaseFact::FilingReceived { .. }
        | CaseFact::DispositionEntered { .. }
        | CaseFact::SealingOrdered { .. }
        | CaseFact::SealingExecuted { .. }
        | CaseFact::Unsealed { .. }
        | CaseFact::DispositionReportedToDoj { .. }
        | CaseFact::DojReportRejected { .. }
        | CaseFact::DojRecordUpdated
        | CaseFact::DojRecordRegressed
        | CaseFact::PersonNoticeAttempted { .. }
        | CaseFact::PersonNoticeDelivered
        | CaseFact::PersonNoticeUndeliverable
        | CaseFact::PersonNoticeWaived
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
        | CaseFact::ShredConfirmed { .. } => None,
    }
}

/// A denial and anything that was found eligible goes back to review; the rest starts over.
fn reopened(charge: &ChargeState) -> Decision {
    let eligible = charge
        .determined
        .is_some_and(|determined| determined.determination == Determination::Eligible);
    match charge.decision {
        D::Denied => D::UnderReview,
        D::Ineligible => D::Identified,
        _ if eligible => D::UnderReview,
        _ => D::Identified,
    }
}

/// What it takes to move a charge on from where it stands, for an official fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// In the prosecutor's hands: the court's word always moves it.
    Open,
    /// Before the court.
    Filed,
    /// Set for a hearing.
    Heard,
    /// Gone by an exit.
    Left,
    /// Ruled on, one way or the other.
    Ruled,
}

const fn standing(decision: Decision) -> Standing {
    match decision {
        D::Identified
        | D::HandReview
        | D::Referred
        | D::Eligible
        | D::UnderReview
        | D::Approved
        | D::FiledPending => Standing::Open,
        D::FilingRejected | D::Filed => Standing::Filed,
        D::HearingSet => Standing::Heard,
        D::Ineligible
        | D::Challenged
        | D::Declined
        | D::Withdrawn
        | D::PriorRelief
        | D::NotFound
        | D::Destroyed
        | D::Duplicate
        | D::Voided => Standing::Left,
        D::Granted | D::Denied => Standing::Ruled,
    }
}

/// Whether track A is in the prosecutor's hands there.
pub(crate) const fn is_open(decision: Decision) -> bool {
    matches!(standing(decision), Standing::Open)
}

/// Whether a charge that stands there has left the way to relief.
pub(crate) const fn has_left(decision: Decision) -> bool {
    matches!(standing(decision), Standing::Left) || matches!(decision, D::Denied)
}

/// Whether the fact is a step that business dates put in order, whenever it arrives: what is said officially, takes
/// nothing back, and is about the charge and not about its entry here.
pub(crate) fn is_dated(fact: &CaseFact, to: Decision, official: bool) -> bool {
    let of_entry = matches!(to, D::Duplicate | D::Voided)
        || matches!(fact, CaseFact::DuplicateUnlinked { .. });
    official && !takes_back(fact) && !of_entry && !is_open(to)
}

const fn takes_back(fact: &CaseFact) -> bool {
    matches!(
        fact,
        CaseFact::ReliefReversed { .. }
            | CaseFact::OrderVacated { .. }
            | CaseFact::CaseReopened { .. }
            | CaseFact::ChallengeOverruled { .. }
    )
}

/// Whether a fact moves track A of the charge there, or is only recorded.
///
/// A claim always moves it: the guards have let only allowed ones through. An official fact
/// always moves what is in the prosecutor's hands, unless it is the older word that was taken
/// back and is sent again. Among official facts rulings win over the rest, whenever they arrive,
/// and otherwise the later one by business date, so that a filing confirmation that arrives after
/// the ruling does not hide it and the order of arrival does not matter; of one day, the one further
/// down the list of track A. What takes something back needs it to be there. `VOIDED` is terminal.
///
/// `official` says that the poster's role states facts, not claims.
pub(crate) fn lands(
    fact: &CaseFact,
    charge: &ChargeState,
    to: Decision,
    on: Date,
    official: bool,
) -> bool {
    if charge.decision == D::Voided {
        return false;
    }
    if !official || to == D::Duplicate {
        return true;
    }
    let in_order = allowed(fact.kind(), charge.decision);
    let (from, into) = (standing(charge.decision), standing(to));
    let since = charge.decision_on;
    if takes_back(fact) {
        return in_order && later(on, since, true);
    }
    match from {
        Standing::Open => charge.decision_before != Some(to) || later(on, since, in_order),
        Standing::Filed | Standing::Heard | Standing::Left => {
            let tie = in_order || (into, to) >= (from, charge.decision);
            into == Standing::Ruled || later(on, since, tie)
        }
        Standing::Ruled => into == Standing::Ruled && later(on, since, to >= charge.decision),
    }
}

/// Whether the docket entry is the newest word on the disposition.
pub(crate) fn lands_on_docket(charge: &ChargeState, on: Date) -> bool {
    later(on, charge.disposition_on, true)
}

/// Whether the seal moves there. Sealing is executed surface by surface, reported in any order,
/// and undone by unsealing alone.
pub(crate) fn lands_on_seal(charge: &ChargeState, to: Seal, on: Date) -> bool {
    match (charge.seal, to) {
        (Seal::Open | Seal::Ordered | Seal::Sealed, Seal::Sealed) => true,
        (Seal::Sealed, Seal::Open | Seal::Ordered) => false,
        (Seal::Unsealed, Seal::Open | Seal::Ordered | Seal::Sealed) => {
            later(on, charge.seal_on, false)
        }
        (Seal::Open | Seal::Ordered, Seal::Open | Seal::Ordered)
        | (Seal::Open | Seal::Ordered | Seal::Sealed | Seal::Unsealed, Seal::Unsealed) => {
            later(on, charge.seal_on, true)
        }
    }
}

/// How much of a file a seal covers, from one count to the whole of it.
pub(crate) const fn breadth(extent: SealExtent) -> u8 {
    match extent {
        SealExtent::Count => 0,
        SealExtent::Redacted => 1,
        SealExtent::File => 2,
    }
}

/// Whether the repository track moves there.
pub(crate) fn lands_in_repository(charge: &ChargeState, to: Repository, on: Date) -> bool {
    later_word(charge.repository, charge.repository_on, to, on)
}

/// Whether one word about the repository stands over another one, that of that day.
pub(crate) fn later_word(from: Repository, since: Option<Date>, to: Repository, on: Date) -> bool {
    let tie = to >= from || repository_allowed(from, to);
    later(on, since, tie)
}

fn later(on: Date, since: Option<Date>, tie: bool) -> bool {
    since.is_none_or(|since| on > since || (on == since && tie))
}

/// Track B: one entry per conviction; anything else is flagged.
pub(crate) const fn docket_allowed(from: Disposition) -> bool {
    matches!(from, Disposition::Conviction)
}

/// Track B, sealing. It may be ordered before the dismissal, and executed surface by surface.
pub(crate) const fn seal_allowed(from: Seal, to: Seal) -> bool {
    match to {
        Seal::Open => false,
        Seal::Ordered => matches!(from, Seal::Open | Seal::Unsealed),
        Seal::Sealed => matches!(from, Seal::Ordered | Seal::Sealed),
        Seal::Unsealed => matches!(from, Seal::Sealed),
    }
}

/// Track C.
pub(crate) const fn repository_allowed(from: Repository, to: Repository) -> bool {
    match to {
        Repository::NotReported => false,
        Repository::Reported => matches!(
            from,
            Repository::NotReported | Repository::Rejected | Repository::Regressed
        ),
        Repository::Rejected | Repository::Updated => matches!(from, Repository::Reported),
        Repository::Regressed => matches!(from, Repository::Updated),
    }
}

/// Track D. A further attempt may follow one that failed; policy may waive until it arrived.
pub(crate) const fn notice_allowed(from: Notice, to: Notice) -> bool {
    match to {
        Notice::None => false,
        Notice::Attempted | Notice::Waived => {
            matches!(
                from,
                Notice::None | Notice::Attempted | Notice::Undeliverable
            )
        }
        Notice::Delivered | Notice::Undeliverable => matches!(from, Notice::Attempted),
    }
}

/// Where a fact takes track D; none for other facts.
pub(crate) const fn notice(kind: FactKind) -> Option<Notice> {
    match kind {
        FactKind::PersonNoticeAttempted => Some(Notice::Attempted),
        FactKind::PersonNoticeDelivered => Some(Notice::Delivered),
        FactKind::PersonNoticeUndeliverable => Some(Notice::Undeliverable),
        FactKind::PersonNoticeWaived => Some(Notice::Waived),
        _ => None,
    }
}

/// Where a fact takes track C; none for other facts.
pub(crate) const fn repository(kind: FactKind) -> Option<Repository> {
    match kind {
        FactKind::DispositionReportedToDoj => Some(Repository::Reported),
        FactKind::DojReportRejected => Some(Repository::Rejected),
        FactKind::DojRecordUpdated => Some(Repository::Updated),
        FactKind::DojRecordRegressed => Some(Repository::Regressed),
        _ => None,
    }
}

/// Where a fact takes the seal; none for other facts.
pub(crate) fn seal(fact: &CaseFact) -> Option<Seal> {
    match fact {
        CaseFact::SealingOrdered { .. } => Some(Seal::Ordered),
        CaseFact::OrderApplied { effects, .. } => {
            effects.contains(OrderEffect::Seal).then_some(Seal::Ordered)
        }
        CaseFact::SealingExecuted { .. } => Some(Seal::Sealed),
        CaseFact::Unsealed { .. } => Some(Seal::Unsealed),
        _ => None,
    }
}
