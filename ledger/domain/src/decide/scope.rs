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
    /// Of a claim: every charge that has not left the way to relief. Of an official fact: see [`STATED_OF`].
    Open,
    /// Of a claim, and of what undoes something: the charges that it answers to (see [`answers`]); an official fact that
    /// finds none is about all. Of any other official fact: see [`STATED_OF`].
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

/// Whether a claim, or an official fact that undoes something, is about this charge of the whole case that it is said of.
fn answers(fact: &CaseFact, state: &ChargeState) -> bool {
    match fact {
        CaseFact::EligibilityRedetermined { supersedes, .. } => state
            .determined
            .is_some_and(|determined| determined.revision == *supersedes),
        CaseFact::ReferralAccepted | CaseFact::ReferralReturned { .. } => {
            state.decision == Decision::Referred
        }
        CaseFact::ChallengeWithdrawn => state.decision == Decision::Challenged,
        CaseFact::FilingWithdrawn { filing, .. } => state.filing == Some(*filing),
        CaseFact::ReliefReversed { .. } => state.decision == Decision::Granted || state.entered(),
        CaseFact::OrderVacated { vacated, .. } => {
            state.order == Some(*vacated) || state.seal_order == Some(*vacated)
        }
        CaseFact::Unsealed { .. } | CaseFact::RestrictedRead { .. } => state.seal == Seal::Sealed,
        CaseFact::CaseReopened { .. } => moves::allowed(fact.kind(), state.decision),
        _ => true,
    }
}

/// What undoes something is about what it finds, on the docket and on its seal, too.
const fn undoes(fact: &CaseFact) -> bool {
    matches!(
        fact,
        CaseFact::ReliefReversed { .. }
            | CaseFact::OrderVacated { .. }
            | CaseFact::Unsealed { .. }
            | CaseFact::CaseReopened { .. }
    )
}

/// What of a whole case an official fact is about that undoes nothing: the first of these that picks out any charge of it.
/// Claims alone decide that, so that what is said of the case and what of one of its charges mean the same whichever
/// arrives first.
const STATED_OF: [fn(&CaseFact, &ChargeState) -> bool; 4] =
    [answered, in_any_filing, in_play, |_, _| true];

/// Whether the fact answers what claims made of the charge: a clerk's answer to a filing is about the charges put into that
/// filing, a ruling on a challenge about those challenged, a hearing about both.
fn answered(fact: &CaseFact, state: &ChargeState) -> bool {
    let challenged = state.claimed == Some(Decision::Challenged);
    match fact {
        CaseFact::FilingReceived { filing }
        | CaseFact::FilingAccepted { filing, .. }
        | CaseFact::FilingPartiallyAccepted { filing, .. }
        | CaseFact::FilingRejected { filing, .. } => state.submitted == Some(*filing),
        CaseFact::HearingSet { .. } | CaseFact::HearingContinued { .. } => {
            state.submitted.is_some() || challenged
        }
        CaseFact::ChallengeSustained { .. } | CaseFact::ChallengeOverruled { .. } => challenged,
        _ => in_play(fact, state),
    }
}

/// Whether the fact is about a filing, be it one that others have followed, and the charge was put into any.
const fn in_any_filing(fact: &CaseFact, state: &ChargeState) -> bool {
    let about_filing = matches!(
        fact,
        CaseFact::FilingReceived { .. }
            | CaseFact::FilingAccepted { .. }
            | CaseFact::FilingPartiallyAccepted { .. }
            | CaseFact::FilingRejected { .. }
    );
    about_filing && state.submitted.is_some()
}

/// Whether no claim took the charge off the way to relief.
fn in_play(_: &CaseFact, state: &ChargeState) -> bool {
    !state.claimed.is_some_and(moves::has_left)
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
                if official && !undoes(fact) {
                    let stated = STATED_OF.into_iter().map(|of| {
                        let accepted = |charge: &ChargeState| !rejects(fact, charge.charge.id);
                        every(state, |charge| accepted(charge) && of(fact, charge))
                    });
                    let mut stated = stated.filter(|stated| !stated.is_empty());
                    return stated.next().ok_or(Rejection::NothingInScope { attempted });
                }
                let meant = every(state, |charge| match whole {
                    Whole::Open => charge.exit().is_none(),
                    Whole::Answering => answers(fact, charge),
                    Whole::Case | Whole::Named | Whole::All => true,
                });
                if !meant.is_empty() {
                    return Ok(meant);
                }
                // Said once already, it has left nothing open to it: it means what it meant then.
                let seen = every(state, |charge| again::of_charge(charge, fact, on));
                if !seen.is_empty() {
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
