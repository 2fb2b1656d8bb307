//! The kinds of facts and their numbers.

use serde::{Deserialize, Serialize};

use crate::fact::{
    AnnouncementFact, CaseFact, CohortFact, Fact, FilingFact, InitiativeFact, OrderFact, OrgFact,
};

macro_rules! kinds {
    ($($stream:ident $facts:ident { $($variant:ident = $number:literal,)+ })+) => {
        /// The kind of a fact; its number is the body type in the entry header.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u16)]
        pub enum FactKind {
            $($(#[doc = concat!("[`", stringify!($facts), "::", stringify!($variant), "`]")] $variant = $number,)+)+
        }

        impl FactKind {
            /// Every kind, in order of numbers.
            pub const ALL: &'static [Self] = &by_number([$($(Self::$variant,)+)+]);

            /// The name, as in code, proto and docs.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$variant => stringify!($variant),)+)+
                }
            }
        }

        impl Fact {
            /// Its kind.
            pub const fn kind(&self) -> FactKind {
                match self {
                    $(Self::$stream(fact) => fact.kind(),)+
                }
            }
        }

        $(impl $facts {
            /// Its kind.
            pub const fn kind(&self) -> FactKind {
                match self {
                    $(Self::$variant { .. } => FactKind::$variant,)+
                }
            }
        })+
    };
}

/// The kinds stand with their streams below, and those of organisations have numbers around others.
const fn by_number<const N: usize>(mut kinds: [FactKind; N]) -> [FactKind; N] {
    let mut sorted = 1;
    while sorted < N {
        let mut at = sorted;
        while at > 0 && kinds[at - 1] as u16 > kinds[at] as u16 {
            kinds.swap(at - 1, at);
            at -= 1;
        }
        sorted += 1;
    }
    kinds
}

kinds! {
    Case CaseFact {
        CaseIdentified = 1,
        SightingAdded = 2,
        SightingRemoved = 3,
        ChargeAdded = 4,
        ChargeAmended = 5,
        SupervisionStatusReported = 6,
        EligibilityProposed = 7,
        EligibilityDetermined = 8,
        EligibilityRedetermined = 9,
        ReferredToProsecutor = 10,
        ReferralAccepted = 11,
        ReferralReturned = 12,
        PriorReliefFound = 13,
        ReviewStarted = 14,
        ReviewApproved = 15,
        Challenged = 16,
        DefenderNoticed = 17,
        ChallengeWithdrawn = 18,
        ChallengeSustained = 19,
        ChallengeOverruled = 20,
        ProsecutorDeclined = 21,
        FilingSubmitted = 22,
        ListDelivered = 23,
        FilingReceived = 24,
        FilingAccepted = 25,
        FilingPartiallyAccepted = 26,
        FilingRejected = 27,
        FilingWithdrawn = 28,
        HearingSet = 29,
        HearingContinued = 30,
        ReliefGranted = 31,
        ReliefDenied = 32,
        OrderApplied = 33,
        DispositionEntered = 34,
        SealingOrdered = 35,
        SealingExecuted = 36,
        RecordNotFound = 37,
        RecordDestroyed = 38,
        ReliefReversed = 39,
        OrderVacated = 40,
        Unsealed = 41,
        DispositionReportedToDoj = 42,
        DojReportRejected = 43,
        DojRecordUpdated = 44,
        DojRecordRegressed = 45,
        PersonNoticeAttempted = 46,
        PersonNoticeDelivered = 47,
        PersonNoticeUndeliverable = 48,
        PersonNoticeWaived = 49,
        CustodianAcknowledged = 50,
        CaseWithdrawn = 51,
        DuplicateLinked = 52,
        DuplicateUnlinked = 53,
        CaseReopened = 54,
        CaseVoided = 55,
        FactCorrected = 56,
        EventRetracted = 57,
        IdentityMismatchReported = 58,
        PersonLinked = 59,
        PersonUnlinked = 60,
        ConfirmationHeld = 61,
        ConfirmationMatched = 62,
        ConfirmationSighted = 63,
        ConfirmationResolved = 64,
        RestrictedRead = 65,
        ShredOrdered = 66,
        ShredConfirmed = 67,
    }
    Initiative InitiativeFact {
        InitiativeOpened = 101,
        PolicyAdopted = 102,
        InitiativeAnnounced = 103,
        InitiativeStarted = 104,
        InitiativeCompleted = 105,
        InitiativeClosedWithRemainder = 106,
    }
    Cohort CohortFact {
        CohortOpened = 121,
        CohortSealed = 122,
        CohortSuperseded = 123,
    }
    Filing FilingFact {
        FilingPrepared = 141,
        FilingSent = 142,
        FilingReceiptConfirmed = 143,
        FilingReviewed = 144,
        FilingRetracted = 145,
        ListReconciled = 146,
    }
    Order OrderFact {
        OrderProposed = 161,
        OrderSubmitted = 162,
        OrderIssued = 163,
        OrderFiled = 164,
        OrderRowsExplained = 165,
        OrderCompleted = 166,
        OrderAmended = 167,
        OrderSetAside = 168,
    }
    Announcement AnnouncementFact {
        AnnouncementPublished = 221,
        AnnouncementCorrected = 222,
    }
    Org OrgFact {
        OrganisationRegistered = 201,
        RoleGranted = 202,
        RoleRevoked = 203,
        PrincipalBound = 204,
        PrincipalUnbound = 205,
        TokenIssued = 206,
        TokenRevoked = 207,
        SigningKeyAdded = 208,
        SigningKeyRotated = 209,
        SigningKeyRevoked = 210,
        SignaturesRequired = 211,
        ApprovalRequired = 212,
        ActApproved = 213,
        ActRejected = 214,
        RetentionSet = 215,
        CheckpointKeySucceeded = 241,
        CheckpointKeyRetired = 242,
    }
}

impl FactKind {
    /// The number in the entry header.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The kind with that number.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.number() == number)
    }

    /// The kind with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}
