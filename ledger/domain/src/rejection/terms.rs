//! What rejections speak of: stages, dates and numbers by name.

use core::fmt;

use crate::state::{CohortStatus, FilingStatus, InitiativeStatus, OrderStatus};

use super::words::Maybe;

/// The stage of a stream that is not a case; none before its first fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Of an initiative.
    Initiative(Option<InitiativeStatus>),
    /// Of a cohort.
    Cohort(Option<CohortStatus>),
    /// Of a filing.
    Filing(Option<FilingStatus>),
    /// Of an order.
    Order(Option<OrderStatus>),
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Initiative(status) => write!(f, "initiative stands {}", Maybe(status)),
            Self::Cohort(status) => write!(f, "cohort stands {}", Maybe(status)),
            Self::Filing(status) => write!(f, "filing stands {}", Maybe(status)),
            Self::Order(status) => write!(f, "order stands {}", Maybe(status)),
        }
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$member_doc])* $member,)+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$member => $text,)+
                })
            }
        }
    };
}

named! {
    /// A date that a command states.
    StatedDate {
        /// The business date of the fact.
        OccurredOn = "occurred_on",
        /// The day of a hearing.
        HearingOn = "hearing_on",
        /// The day as of which a rule was evaluated.
        EvaluatedAsOf = "evaluated_as_of",
        /// The day a filing was received.
        ReceivedOn = "received_on",
        /// The business date a correction gives.
        ReplacementOn = "replacement_on",
    }
}

named! {
    /// A number that has bounds.
    Quantity {
        /// Charges of a case.
        Charges = "number of charges",
        /// Charges that a clerk rejected.
        RejectedCharges = "number of rejected charges",
        /// Counts of a charge.
        Counts = "number of counts",
        /// Year of a conviction.
        ConvictionYear = "conviction year",
        /// Row of a list or manifest.
        Row = "row",
        /// Reasons of a determination.
        Reasons = "number of reasons",
        /// Version of a rule set.
        RuleVersion = "rule set version",
        /// Version of a list.
        CohortVersion = "cohort version",
        /// Counties of an initiative or grant.
        Counties = "number of counties",
        /// Kinds of remainder.
        RemainderItems = "number of remainder items",
        /// Cases of one kind of remainder.
        RemainderCases = "cases of a remainder item",
        /// Rows of a manifest.
        ManifestRows = "rows of the manifest",
        /// Rows explained at once.
        ExplainedRows = "number of explained rows",
        /// Figures of an announcement.
        Figures = "number of figures",
        /// Manifests of an amendment.
        Amendments = "number of amending manifests",
        /// Courts of a grant.
        Courts = "number of courts",
        /// Principals of an organisation.
        Principals = "number of principals",
        /// Tokens of an organisation.
        Tokens = "number of tokens",
        /// Signing keys of an organisation.
        SigningKeys = "number of signing keys",
        /// Generation of a key-encryption key.
        Generation = "key generation",
        /// Acts about an organisation that wait.
        PendingActs = "number of acts that wait for approval",
    }
}

named! {
    /// What an organisation is known by.
    CredentialKind {
        /// The name in a certificate.
        Principal = "principal",
        /// A token.
        Token = "token",
        /// A key that signs submissions.
        SigningKey = "signing key",
    }
}
