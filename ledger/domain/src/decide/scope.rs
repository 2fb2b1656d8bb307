//! Which charges a fact is about: the scope of the command, resolved to charge ids at this
//! revision, so that a charge added later is not silently relieved (docs/LIFECYCLE.md).

use crate::command::Scope;
use crate::date::Date;
use crate::event::Charges;
use crate::fact::{CaseFact, FactKind};
use crate::id::ChargeId;
use crate::rejection::Rejection;
use crate::state::{CaseState, ChargeState, Decision, Seal};

use super::{again, moves};

/// What "the whole case" means for a kind of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// The fact is about the case, not about charges: it takes no list of charges either.
    Case,
    /// The fact names its charge itself.
    Named,
    /// Every charge known.
    All,
    /// Every charge that has not left the way to relief. An official fact that finds none is
    /// about all.
    Open,
    /// The charges that the fact answers to (see [`answers`]). An official fact that finds none
    /// is about all.
    Answering,
}

/// The table.
#[expect(clippy::too_many_lines, reason = "one line per kind of fact")]
pub(super) const fn whole(kind: FactKind) -> Whole {
    use FactKind as K;
    match kind {
        K::ChargeAdded | K::ChargeAmended => Whole::Named,
        K::SupervisionStatusReported
        | K::DefenderNoticed
        | K::ReliefGranted
        | K::ReliefDenied
        | K::OrderApplied
        | K::DispositionEntered
        | K::SealingOrdered
        | K::SealingExecuted
        | K::RecordNotFound
        | K::RecordDestroyed
        | K::PersonNoticeAttempted
        | K::PersonNoticeDelivered
        | K::PersonNoticeUndeliverable
        | K::PersonNoticeWaived => Whole::All,
        K::EligibilityProposed
        | K::EligibilityDetermined
        | K::ReferredToProsecutor
        | K::PriorReliefFound
        | K::ReviewStarted
        | K::ReviewApproved
        | K::Challenged
        | K::ProsecutorDeclined
        | K::FilingSubmitted
        | K::ListDelivered
        | K::CaseWithdrawn => Whole::Open,
        K::EligibilityRedetermined
        | K::ReferralAccepted
        | K::ReferralReturned
        | K::ChallengeWithdrawn
        | K::ChallengeSustained
        | K::ChallengeOverruled
        | K::FilingReceived
        | K::FilingAccepted
        | K::FilingPartiallyAccepted
        | K::FilingRejected
        | K::FilingWithdrawn
        | K::HearingSet
        | K::HearingContinued
        | K::ReliefReversed
        | K::OrderVacated
        | K::Unsealed
        | K::DispositionReportedToDoj
        | K::DojReportRejected
        | K::DojRecordUpdated
        | K::DojRecordRegressed
        | K::CaseReopened
        | K::RestrictedRead => Whole::Answering,
        K::CaseIdentified
        | K::SightingAdded
        | K::SightingRemoved
        | K::CustodianAcknowledged
        | K::DuplicateLinked
        | K::DuplicateUnlinked
        | K::CaseVoided
        | K::FactCorrected
        | K::EventRetracted
        | K::IdentityMismatchReported
        | K::PersonLinked
        | K::PersonUnlinked
        | K::ConfirmationHeld
        | K::ConfirmationMatched
        | K::ConfirmationSighted
        | K::ConfirmationResolved
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
        | K::CheckpointKeyRetired => Whole::Case,
    }
}

/// Whether the fact, said of a whole case, is about this charge of it: a clerk's answer to a
/// filing is about the charges in that filing, a ruling on a challenge about those challenged.
fn answers(fact: &CaseFact, state: &ChargeState) -> bool {
    match fact {
        CaseFact::EligibilityRedetermined { supersedes, .. } => state
            .determined
            .is_some_and(|determined| determined.revision == *supersedes),
        CaseFact::ReferralAccepted | CaseFact::ReferralReturned { .. } => {
            state.decision == Decision::Referred
        }
        CaseFact::ChallengeWithdrawn
        | CaseFact::ChallengeSustained { .. }
        | CaseFact::ChallengeOverruled { .. } => state.decision == Decision::Challenged,
        CaseFact::FilingReceived { filing }
        | CaseFact::FilingAccepted { filing, .. }
        | CaseFact::FilingRejected { filing, .. }
        | CaseFact::FilingWithdrawn { filing, .. } => state.filing == Some(*filing),
        CaseFact::FilingPartiallyAccepted {
            filing, rejected, ..
        } => state.filing == Some(*filing) && !rejected.contains(&state.charge.id),
        CaseFact::HearingSet { .. } | CaseFact::HearingContinued { .. } => {
            moves::allowed(fact.kind(), state.decision)
        }
        CaseFact::ReliefReversed { .. } => state.decision == Decision::Granted || state.entered(),
        CaseFact::OrderVacated { vacated, .. } => {
            state.order == Some(*vacated) || state.seal_order == Some(*vacated)
        }
        CaseFact::Unsealed { .. } | CaseFact::RestrictedRead { .. } => state.seal == Seal::Sealed,
        CaseFact::DispositionReportedToDoj { .. }
        | CaseFact::DojReportRejected { .. }
        | CaseFact::DojRecordUpdated
        | CaseFact::DojRecordRegressed => state.entered(),
        CaseFact::CaseReopened { .. } => moves::allowed(fact.kind(), state.decision),
        _ => true,
    }
}

/// What takes something back answers what it finds.
const fn takes_back(fact: &CaseFact) -> bool {
    matches!(
        fact,
        CaseFact::ReliefReversed { .. }
            | CaseFact::OrderVacated { .. }
            | CaseFact::Unsealed { .. }
            | CaseFact::CaseReopened { .. }
    )
}

/// Whether an official fact that takes nothing back, said of a whole case, is about this charge of it. Claims alone
/// decide that, so that what is said of the case and what of one of its charges mean the same whichever arrives first.
fn concerns(fact: &CaseFact, state: &ChargeState) -> bool {
    let claimed = |at: Decision| state.claimed == Some(at);
    match fact {
        CaseFact::FilingReceived { filing }
        | CaseFact::FilingAccepted { filing, .. }
        | CaseFact::FilingRejected { filing, .. }
        | CaseFact::FilingWithdrawn { filing, .. } => state.submitted == Some(*filing),
        CaseFact::FilingPartiallyAccepted {
            filing, rejected, ..
        } => state.submitted == Some(*filing) && !rejected.contains(&state.charge.id),
        CaseFact::HearingSet { .. } | CaseFact::HearingContinued { .. } => {
            state.submitted.is_some() || claimed(Decision::Challenged)
        }
        CaseFact::ChallengeSustained { .. } | CaseFact::ChallengeOverruled { .. } => {
            claimed(Decision::Challenged)
        }
        _ => !state.claimed.is_some_and(moves::has_left),
    }
}

/// The charges that the fact is about.
pub(super) fn resolve(
    state: &CaseState,
    fact: &CaseFact,
    on: Date,
    scope: &Scope,
    official: bool,
) -> Result<Charges, Rejection> {
    let attempted = fact.kind();
    let whole = whole(attempted);
    if let CaseFact::FilingPartiallyAccepted { rejected, .. } = fact {
        known(state, rejected)?;
    }
    match scope {
        Scope::Charges(_) if matches!(whole, Whole::Case | Whole::Named) => {
            Err(Rejection::ScopeNotApplicable { attempted })
        }
        Scope::Charges(ids) if ids.is_empty() => Err(Rejection::ScopeEmpty { attempted }),
        Scope::Charges(ids) => known(state, ids).map(|()| Charges::new(ids.clone())),
        Scope::WholeCase => match whole {
            Whole::Case => Ok(Charges::default()),
            Whole::Named => named(state, fact),
            Whole::All => Ok(every(state, |_| true)),
            Whole::Open | Whole::Answering => {
                let stated = official && !takes_back(fact);
                let meant = every(state, |charge| match whole {
                    _ if stated => concerns(fact, charge),
                    Whole::Open => charge.exit().is_none(),
                    Whole::Answering => answers(fact, charge),
                    Whole::Case | Whole::Named | Whole::All => true,
                });
                if !meant.is_empty() {
                    return Ok(meant);
                }
                // Said once already, it has left nothing open to it: it means what it meant then.
                let seen = every(state, |charge| again::of_charge(charge, fact, on));
                if !seen.is_empty() && !stated {
                    return Ok(seen);
                }
                let all = every(state, |charge| !rejects(fact, charge.charge.id));
                if !official || all.is_empty() {
                    return Err(Rejection::NothingInScope { attempted });
                }
                Ok(all)
            }
        },
    }
}

/// Whether an event about that fact lists the charges that it can be about: none for a fact about
/// the case as a whole, the one that it names itself, at least one for any other.
pub(super) fn fits(fact: &CaseFact, charges: &Charges) -> bool {
    match (whole(fact.kind()), fact) {
        (Whole::Case, _) => charges.is_empty(),
        (_, CaseFact::ChargeAdded { charge } | CaseFact::ChargeAmended { charge }) => {
            charges.as_slice() == [charge.id]
        }
        (Whole::Named | Whole::All | Whole::Open | Whole::Answering, _) => !charges.is_empty(),
    }
}

/// Whether all these charges are known.
pub(super) fn known(state: &CaseState, ids: &[ChargeId]) -> Result<(), Rejection> {
    let missing = ids.iter().find(|id| charge(state, **id).is_none());
    missing.map_or(Ok(()), |missing| {
        Err(Rejection::ChargeUnknown {
            charge: *missing,
            highest: highest(state),
        })
    })
}

/// The state of a charge.
pub(super) fn charge(state: &CaseState, id: ChargeId) -> Option<&ChargeState> {
    state.charges.iter().find(|charge| charge.charge.id == id)
}

/// The charges in scope; every charge for a fact about the case as a whole.
pub(super) fn scoped<'a>(
    state: &'a CaseState,
    charges: &'a Charges,
) -> impl Iterator<Item = &'a ChargeState> {
    state
        .charges
        .iter()
        .filter(|charge| charges.is_empty() || charges.contains(charge.charge.id))
}

/// The highest charge number; 0 if there is no charge.
pub(super) fn highest(state: &CaseState) -> u16 {
    state.charges.last().map_or(0, |charge| charge.charge.id.0)
}

fn every(state: &CaseState, test: impl Fn(&ChargeState) -> bool) -> Charges {
    let ids = state.charges.iter().filter(|charge| test(charge));
    Charges::new(ids.map(|charge| charge.charge.id).collect())
}

fn rejects(fact: &CaseFact, id: ChargeId) -> bool {
    matches!(fact, CaseFact::FilingPartiallyAccepted { rejected, .. } if rejected.contains(&id))
}

fn named(state: &CaseState, fact: &CaseFact) -> Result<Charges, Rejection> {
    match fact {
        CaseFact::ChargeAmended { charge } => {
            known(state, &[charge.id]).map(|()| Charges::new(vec![charge.id]))
        }
        CaseFact::ChargeAdded { charge } => Ok(Charges::new(vec![charge.id])),
        _ => Ok(Charges::default()),
    }
}
