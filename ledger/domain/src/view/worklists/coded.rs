//! Where sources use codes of their own.

use serde::{Deserialize, Serialize};

use crate::fact::{AnnouncementFact, CaseFact, Fact, FilingFact, InitiativeFact};
use crate::vocabulary::{Coded, RawCode};

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident = $name:literal,)+) => {
        /// A field that holds a code of a vocabulary, or the source's own word.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum CodedField {
            $($(#[$doc])* #[doc = concat!("`", $name, "`")] $field,)+
        }

        impl CodedField {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$field,)+];

            /// The stable lower-case name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$field => $name,)+
                }
            }
        }
    };
}

fields! {
    /// Reasons of determinations, proposals and referrals.
    DeterminationReason = "determination_reason",
    /// Kind of relief given before.
    PriorRelief = "prior_relief",
    /// Ground of a challenge or a discretionary decline.
    ChallengeGround = "challenge_ground",
    /// Why a filing was rejected.
    FilingRejection = "filing_rejection",
    /// Why a case or filing was withdrawn.
    WithdrawReason = "withdraw_reason",
    /// Ground of a denial.
    DenialGround = "denial_ground",
    /// Reason of a dismissal.
    DismissalReason = "dismissal_reason",
    /// What a search for a record came to.
    SearchResult = "search_result",
    /// Authority to destroy a record.
    DestructionAuthority = "destruction_authority",
    /// Why the state repository refused a report.
    DojRejection = "doj_rejection",
    /// Why two cases are one.
    DuplicateBasis = "duplicate_basis",
    /// Why two cases are not one.
    UnlinkBasis = "unlink_basis",
    /// Why a case was reopened.
    ReopenReason = "reopen_reason",
    /// Why a case was voided.
    VoidReason = "void_reason",
    /// Why a fact was corrected or retracted.
    CorrectionReason = "correction_reason",
    /// What two sources disagree about.
    Mismatch = "mismatch",
    /// Why something was left open.
    NotDoneReason = "not_done_reason",
    /// Clerk's review of a filing.
    ReviewStatus = "review_status",
}

/// Calls back for every code of a fact that is not in the vocabulary.
///
/// A confirmation that was held counts when it is held and not again when it finds its case.
pub(super) fn each_unmapped(fact: &Fact, found: &mut impl FnMut(CodedField, RawCode)) {
    match fact {
        Fact::Case(fact) => in_case(fact, found),
        Fact::Initiative(InitiativeFact::InitiativeClosedWithRemainder { remainder }) => {
            for item in remainder {
                check(CodedField::NotDoneReason, &item.reason, found);
            }
        }
        Fact::Filing(FilingFact::FilingReviewed { status, reason, .. }) => {
            check(CodedField::ReviewStatus, status, found);
            if let Some(reason) = reason {
                check(CodedField::FilingRejection, reason, found);
            }
        }
        Fact::Filing(FilingFact::FilingRetracted { reason }) => {
            check(CodedField::WithdrawReason, reason, found);
        }
        Fact::Announcement(AnnouncementFact::AnnouncementCorrected { reason, .. }) => {
            check(CodedField::CorrectionReason, reason, found);
        }
        Fact::Announcement(AnnouncementFact::AnnouncementPublished { .. })
        | Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_)
        | Fact::Org(_) => {}
    }
}

fn check<T>(field: CodedField, code: &Coded<T>, found: &mut impl FnMut(CodedField, RawCode)) {
    match code {
        Coded::Known(_) => {}
        Coded::Unmapped(raw) => found(field, *raw),
    }
}

#[expect(clippy::too_many_lines, reason = "one arm per fact, none left out")]
fn in_case(fact: &CaseFact, found: &mut impl FnMut(CodedField, RawCode)) {
    match fact {
        CaseFact::EligibilityProposed { reasons, .. }
        | CaseFact::EligibilityDetermined { reasons, .. }
        | CaseFact::EligibilityRedetermined { reasons, .. } => {
            for reason in reasons {
                check(CodedField::DeterminationReason, reason, found);
            }
        }
        CaseFact::ReferredToProsecutor { reason, .. } | CaseFact::ReferralReturned { reason } => {
            check(CodedField::DeterminationReason, reason, found);
        }
        CaseFact::PriorReliefFound { kind } => check(CodedField::PriorRelief, kind, found),
        CaseFact::Challenged { ground } | CaseFact::ProsecutorDeclined { ground } => {
            check(CodedField::ChallengeGround, ground, found);
        }
        CaseFact::FilingPartiallyAccepted { reason, .. }
        | CaseFact::FilingRejected { reason, .. } => {
            check(CodedField::FilingRejection, reason, found);
        }
        CaseFact::FilingWithdrawn { reason, .. } | CaseFact::CaseWithdrawn { reason } => {
            check(CodedField::WithdrawReason, reason, found);
        }
        CaseFact::ReliefDenied { ground, .. } => check(CodedField::DenialGround, ground, found),
        CaseFact::DispositionEntered { reason, .. } => {
            if let Some(reason) = reason {
                check(CodedField::DismissalReason, reason, found);
            }
        }
        CaseFact::RecordNotFound { search } => check(CodedField::SearchResult, search, found),
        CaseFact::RecordDestroyed { authority } => {
            check(CodedField::DestructionAuthority, authority, found);
        }
        CaseFact::DojReportRejected { reason } => check(CodedField::DojRejection, reason, found),
        CaseFact::DuplicateLinked { basis, .. } => check(CodedField::DuplicateBasis, basis, found),
        CaseFact::DuplicateUnlinked { basis } => check(CodedField::UnlinkBasis, basis, found),
        CaseFact::CaseReopened { reason } => check(CodedField::ReopenReason, reason, found),
        CaseFact::CaseVoided { reason, .. } => check(CodedField::VoidReason, reason, found),
        CaseFact::FactCorrected {
            replacement,
            reason,
            ..
        } => {
            check(CodedField::CorrectionReason, reason, found);
            in_case(replacement, found);
        }
        CaseFact::EventRetracted { reason, .. } | CaseFact::ConfirmationResolved { reason, .. } => {
            check(CodedField::CorrectionReason, reason, found);
        }
        CaseFact::IdentityMismatchReported { kind } => check(CodedField::Mismatch, kind, found),
        CaseFact::ConfirmationHeld { fact, .. } => in_case(fact, found),
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
        | CaseFact::ConfirmationMatched { .. }
        | CaseFact::ConfirmationSighted { .. }
        | CaseFact::RestrictedRead { .. }
        | CaseFact::ShredOrdered { .. }
        | CaseFact::ShredConfirmed { .. } => {}
    }
}
