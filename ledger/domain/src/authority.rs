//! Who may state what: the table of docs/LIFECYCLE.md, as data.
//!
//! A role may state a fact or may not; beyond that, prosecutors act in their own cases. A city
//! attorney prosecutes misdemeanors and infractions of its city and never a felony; a county
//! prosecutor decides the cases that name it as the agency, or that were referred to it. The
//! operator of the ledger states nothing about cases but that private parts are kept no longer.
//!
//! Which organisation has which role, where and until when, is what the ledger itself says, if it declares it:
//! [`crate::registry`].

use crate::command::Context;
use crate::event::Charges;
use crate::fact::{CaseFact, FactKind};
use crate::id::OrgId;
use crate::rejection::Rejection;
use crate::state::{CaseIdentity, CaseState, ChargeState, Decision};
use crate::vocabulary::{Role, Severity};

mod reader;

pub(crate) use reader::fits;
pub use reader::{Reader, Reading, reads_open, reads_sealed, unplaced};

use Role as R;

const PROSECUTORS: &[R] = &[R::ProsecutorCounty, R::ProsecutorCity];
const PROSECUTORS_AND_DEFENDERS: &[R] = &[R::ProsecutorCounty, R::ProsecutorCity, R::Defender];
const PROSECUTORS_AND_COURT: &[R] = &[R::ProsecutorCounty, R::ProsecutorCity, R::Court];
const COURT: &[R] = &[R::Court];
const STATE: &[R] = &[R::StateRepository];
const LIST_OWNERS: &[R] = &[
    R::StateRepository,
    R::ProsecutorCounty,
    R::ProsecutorCity,
    R::AnalyticsAgent,
    R::Court,
    R::Defender,
];
const RECORD_KEEPERS: &[R] = &[
    R::StateRepository,
    R::ProsecutorCounty,
    R::ProsecutorCity,
    R::Court,
];
const NOTICE_GIVERS: &[R] = &[
    R::ProsecutorCounty,
    R::ProsecutorCity,
    R::Defender,
    R::Community,
];
/// Those of whom [`is_official`] holds.
const OFFICIALS: &[R] = &[
    R::StateRepository,
    R::Court,
    R::Probation,
    R::LawEnforcement,
];
const INITIATIVE_RUNNERS: &[R] = &[R::ProsecutorCounty, R::ProsecutorCity, R::Operator];
/// Everybody who states anything about cases may put it right.
const CASE_POSTERS: &[R] = &[
    R::StateRepository,
    R::ProsecutorCounty,
    R::ProsecutorCity,
    R::AnalyticsAgent,
    R::Court,
    R::Defender,
    R::Probation,
    R::LawEnforcement,
    R::Community,
];

/// The roles that may state a fact of that kind; none for facts that only the ledger makes.
#[expect(
    clippy::too_many_lines,
    reason = "one line per kind of fact: it is the table"
)]
pub const fn posters(kind: FactKind) -> &'static [Role] {
    use FactKind as K;
    match kind {
        K::CaseIdentified
        | K::SightingAdded
        | K::SightingRemoved
        | K::CohortOpened
        | K::CohortSealed
        | K::CohortSuperseded => LIST_OWNERS,

        K::ChargeAdded
        | K::ChargeAmended
        | K::IdentityMismatchReported
        | K::PersonLinked
        | K::PersonUnlinked => RECORD_KEEPERS,
        K::SupervisionStatusReported => &[R::Probation, R::ProsecutorCounty, R::ProsecutorCity],
        // A vendor proposes; it decides nothing.
        K::EligibilityProposed => &[R::AnalyticsAgent],
        K::PriorReliefFound => &[
            R::StateRepository,
            R::ProsecutorCounty,
            R::ProsecutorCity,
            R::Court,
            R::Defender,
        ],

        K::EligibilityDetermined
        | K::EligibilityRedetermined
        | K::ReferredToProsecutor
        | K::ReferralAccepted
        | K::ReferralReturned
        | K::ReviewStarted
        | K::ReviewApproved
        | K::Challenged
        | K::DefenderNoticed
        | K::ChallengeWithdrawn
        | K::ProsecutorDeclined
        | K::CaseWithdrawn
        | K::CaseVoided => PROSECUTORS,

        K::FilingSubmitted
        | K::ListDelivered
        | K::FilingWithdrawn
        | K::FilingPrepared
        | K::FilingSent
        | K::FilingRetracted
        | K::OrderProposed
        | K::OrderSubmitted
        | K::PersonNoticeWaived => PROSECUTORS_AND_DEFENDERS,

        K::ChallengeSustained
        | K::ChallengeOverruled
        | K::FilingReceived
        | K::FilingAccepted
        | K::FilingPartiallyAccepted
        | K::FilingRejected
        | K::HearingSet
        | K::HearingContinued
        | K::ReliefGranted
        | K::ReliefDenied
        | K::OrderApplied
        | K::DispositionEntered
        | K::SealingOrdered
        | K::SealingExecuted
        | K::RecordNotFound
        | K::ReliefReversed
        | K::OrderVacated
        | K::Unsealed
        | K::DispositionReportedToDoj
        | K::FilingReceiptConfirmed
        | K::FilingReviewed
        | K::OrderIssued
        | K::OrderFiled
        | K::OrderRowsExplained
        | K::OrderCompleted
        | K::OrderAmended
        | K::OrderSetAside => COURT,
        K::RecordDestroyed => &[R::Court, R::LawEnforcement],
        K::DojReportRejected | K::DojRecordUpdated | K::DojRecordRegressed => STATE,

        K::PersonNoticeAttempted | K::PersonNoticeDelivered | K::PersonNoticeUndeliverable => {
            NOTICE_GIVERS
        }
        K::CustodianAcknowledged => &[
            R::LawEnforcement,
            R::Probation,
            R::ProsecutorCounty,
            R::ProsecutorCity,
            R::Court,
        ],

        // Oversight bodies propose links as findings; case status is not theirs to post.
        K::DuplicateLinked | K::DuplicateUnlinked | K::CaseReopened | K::ListReconciled => {
            PROSECUTORS_AND_COURT
        }
        K::FactCorrected | K::EventRetracted => CASE_POSTERS,
        // Those whose facts wait.
        K::ConfirmationResolved => OFFICIALS,
        K::ConfirmationHeld | K::ConfirmationMatched | K::ConfirmationSighted => &[],
        // An operator by retention alone.
        K::ShredOrdered => &[R::RecordCustodian, R::Court, R::Operator],

        K::InitiativeOpened
        | K::PolicyAdopted
        | K::InitiativeAnnounced
        | K::InitiativeStarted
        | K::InitiativeClosedWithRemainder => INITIATIVE_RUNNERS,
        // Figures are for a press office to publish, and nothing else is.
        K::AnnouncementPublished | K::AnnouncementCorrected => &[R::Publisher],
        K::OrganisationRegistered
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
        | K::RetentionSet
        // Recorded where the key files are, or made by the ledger; `decide` refuses them as posts.
        | K::CheckpointKeySucceeded
        | K::CheckpointKeyRetired
        | K::RestrictedRead
        | K::ShredConfirmed => &[R::Operator],
        K::ActApproved | K::ActRejected => &[R::Operator, R::Oversight],
        // Oversight confirms that nothing is left.
        K::InitiativeCompleted => &[
            R::ProsecutorCounty,
            R::ProsecutorCity,
            R::Operator,
            R::Oversight,
        ],
    }
}

/// Whether the role may state a fact of that kind at all.
///
/// # Errors
/// [`Rejection::RoleNotAllowed`] with the roles that may, or [`Rejection::LedgerMade`].
pub fn may_post(role: Role, kind: FactKind) -> Result<(), Rejection> {
    let allowed = posters(kind);
    if allowed.is_empty() {
        return Err(Rejection::LedgerMade { attempted: kind });
    }
    if allowed.contains(&role) {
        return Ok(());
    }
    Err(Rejection::RoleNotAllowed {
        role,
        attempted: kind,
        allowed,
    })
}

/// Whether the role states facts rather than claims: what a court, the state repository, a
/// probation department or a law-enforcement agency says of its own record is accepted even when
/// earlier steps are missing, and the gap is flagged (docs/LIFECYCLE.md).
pub const fn is_official(role: Role) -> bool {
    match role {
        Role::StateRepository | Role::Court | Role::Probation | Role::LawEnforcement => true,
        Role::ProsecutorCounty
        | Role::ProsecutorCity
        | Role::AnalyticsAgent
        | Role::Defender
        | Role::Community
        | Role::Oversight
        | Role::Publisher
        | Role::Operator
        | Role::RecordCustodian => false,
    }
}

/// Decisions that only the prosecutor who answers for the charge may take. Joint motions and
/// notices are not among them: a county prosecutor may file for the cities of its county.
const fn is_prosecutors_decision(kind: FactKind) -> bool {
    use FactKind as K;
    matches!(
        kind,
        K::EligibilityDetermined
            | K::EligibilityRedetermined
            | K::ReferredToProsecutor
            | K::ReviewStarted
            | K::ReviewApproved
            | K::Challenged
            | K::ChallengeWithdrawn
            | K::ProsecutorDeclined
            | K::CaseWithdrawn
            | K::CaseVoided
    )
}

/// Who answers for a charge: whoever took it on a referral, or else the agency of the case.
fn prosecutor(identity: &CaseIdentity, charge: &ChargeState) -> OrgId {
    match charge.referred_to {
        Some(to) if charge.decision != Decision::Referred => to,
        Some(_) | None => identity.agency,
    }
}

/// Whether the poster may state this about these charges of this case.
pub(crate) fn jurisdiction(
    state: &CaseState,
    fact: &CaseFact,
    charges: &Charges,
    context: &Context<'_>,
) -> Vec<Rejection> {
    let Some(identity) = &state.identity else {
        return Vec::new();
    };
    let kind = fact.kind();
    // A fact about the case as a whole concerns every charge.
    let concerned = || {
        state
            .charges
            .iter()
            .filter(|state| charges.is_empty() || charges.contains(state.charge.id))
    };
    if matches!(
        kind,
        FactKind::ReferralAccepted | FactKind::ReferralReturned
    ) {
        return concerned()
            .filter(|charge| charge.referred_to != Some(context.poster))
            .map(|charge| Rejection::NotReferredToYou {
                charge: charge.charge.id,
                referred_to: charge.referred_to,
                poster: context.poster,
            })
            .collect();
    }
    let bound = match context.role {
        Role::ProsecutorCity => true,
        Role::ProsecutorCounty => is_prosecutors_decision(kind),
        Role::StateRepository
        | Role::AnalyticsAgent
        | Role::Court
        | Role::Defender
        | Role::Probation
        | Role::LawEnforcement
        | Role::Community
        | Role::Oversight
        | Role::Publisher
        | Role::Operator
        | Role::RecordCustodian => false,
    };
    if !bound {
        return Vec::new();
    }
    let mut refusals = Vec::new();
    let other = concerned()
        .map(|charge| prosecutor(identity, charge))
        .chain(concerned().next().is_none().then_some(identity.agency))
        .find(|prosecutor| *prosecutor != context.poster);
    if let Some(prosecutor) = other {
        refusals.push(Rejection::NotYourCase {
            attempted: kind,
            prosecutor,
            poster: context.poster,
        });
    }
    if context.role == Role::ProsecutorCity {
        let felony = concerned().find(|state| state.charge.severity == Severity::Felony);
        refusals.extend(felony.map(|felony| Rejection::CityAttorneyFelony {
            charge: felony.charge.id,
            attempted: kind,
        }));
        refusals.extend(stated_felony(fact));
    }
    refusals
}

/// A list or charge that a city attorney states must be one of its own.
pub(crate) fn identifies_own(fact: &CaseFact, context: &Context<'_>) -> Vec<Rejection> {
    let mut refusals = Vec::new();
    if context.role != Role::ProsecutorCity {
        return refusals;
    }
    if let CaseFact::CaseIdentified { agency, .. } = fact
        && *agency != context.poster
    {
        refusals.push(Rejection::NotYourCase {
            attempted: fact.kind(),
            prosecutor: *agency,
            poster: context.poster,
        });
    }
    refusals.extend(stated_felony(fact));
    refusals
}

fn stated_felony(fact: &CaseFact) -> Option<Rejection> {
    let stated = match fact {
        CaseFact::CaseIdentified { charges, .. } => charges.as_slice(),
        CaseFact::ChargeAdded { charge } | CaseFact::ChargeAmended { charge } => {
            core::slice::from_ref(charge)
        }
        _ => &[],
    };
    stated
        .iter()
        .find(|charge| charge.severity == Severity::Felony)
        .map(|charge| Rejection::CityAttorneyFelony {
            charge: charge.id,
            attempted: fact.kind(),
        })
}
