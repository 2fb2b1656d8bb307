//! An event: a fact as the ledger accepted it.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::fact::Fact;
use crate::id::ChargeId;
use crate::vocabulary::Role;

/// A fact with its scope resolved, its anomalies flagged and its poster's role named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The business date of the fact.
    pub occurred_on: Date,
    /// The role in which the submitter acted.
    pub role: Role,
    /// What was out of the ordinary.
    pub flags: Flags,
    /// The charges it applies to, as known at this revision: a charge added later is not
    /// silently relieved. Empty where the fact is about no particular charge.
    pub charges: Charges,
    /// The fact.
    pub fact: Fact,
}

/// Charge ids, ascending and without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charges(Vec<ChargeId>);

impl Charges {
    /// Sorts the ids and drops repeats.
    pub fn new(mut ids: Vec<ChargeId>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        Self(ids)
    }

    /// The ids, ascending.
    pub fn as_slice(&self) -> &[ChargeId] {
        &self.0
    }

    /// Whether the charge is among them.
    pub fn contains(&self, id: ChargeId) -> bool {
        self.0.binary_search(&id).is_ok()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

macro_rules! flags {
    ($($(#[$doc:meta])* $flag:ident = $bit:literal $code:literal,)+) => {
        /// A soft guard that did not hold: the fact is accepted, and the gap is countable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Flag {
            $($(#[$doc])* $flag = $bit,)+
        }

        impl Flag {
            /// Every flag, in order of numbers.
            pub const ALL: &'static [Self] = &[$(Self::$flag,)+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$flag => $code,)+
                }
            }
        }
    };
}

flags! {
    /// The move is not among the allowed ones from where the charge stood.
    OutOfOrder = 1 "OUT_OF_ORDER",
    /// A charge was added or amended after filing.
    ChargeAfterFiling = 2 "CHARGE_AFTER_FILING",
    /// Approved without an eligibility determination.
    NoDetermination = 3 "NO_DETERMINATION",
    /// Redetermined after approval.
    RedeterminedAfterApproval = 4 "REDETERMINED_AFTER_APPROVAL",
    /// Challenged after the policy's deadline.
    LateChallenge = 5 "LATE_CHALLENGE",
    /// Filed while a challenge was open.
    FiledWhileChallenged = 6 "FILED_WHILE_CHALLENGED",
    /// The court confirms a filing that nobody told the ledger of.
    NoSubmission = 7 "NO_SUBMISSION",
    /// Relief granted without a filing. Not an error where the court acts on its own duty.
    NoFiling = 8 "NO_FILING",
    /// Entered on the docket without an order.
    NoOrder = 9 "NO_ORDER",
    /// Sealed before anything was dismissed.
    SealedBeforeDismissal = 10 "SEALED_BEFORE_DISMISSAL",
    /// Withdrawn after relief was granted.
    WithdrawnAfterGrant = 11 "WITHDRAWN_AFTER_GRANT",
    /// The repository says updated before the court reported.
    UpdatedBeforeReport = 12 "UPDATED_BEFORE_REPORT",
    /// Reported to the repository before anything was entered.
    ReportedBeforeEntry = 13 "REPORTED_BEFORE_ENTRY",
    /// A charge that is no cannabis offence was relieved.
    NotCannabis = 14 "NOT_CANNABIS",
    /// A code that is not in the vocabulary.
    UnmappedCode = 15 "UNMAPPED_CODE",
    /// The charge stands in a comment only.
    ChargeInComment = 16 "CHARGE_IN_COMMENT",
    /// The case is already in another initiative.
    SecondInitiative = 17 "SECOND_INITIATIVE",
    /// A later source names another person.
    PersonDiffers = 18 "PERSON_DIFFERS",
    /// Sealed on some surfaces only.
    SurfacesIncomplete = 19 "SURFACES_INCOMPLETE",
    /// Posted to a case that is a duplicate; counted on the canonical one.
    Redirected = 20 "REDIRECTED",
    /// A determination with a rule set that is not the initiative's current one.
    SupersededRules = 21 "SUPERSEDED_RULES",
    /// Counts that were declared do not equal counts that were received or applied.
    CountMismatch = 22 "COUNT_MISMATCH",
    /// Relief for a completed sentence while the sentence is being served.
    StillServing = 23 "STILL_SERVING",
    /// Held because the case is not known.
    Unmatched = 24 "UNMATCHED",
    /// An act about an organisation that has no effect before a second organisation approves.
    AwaitsApproval = 25 "AWAITS_APPROVAL",
    /// A list names again a case whose private parts are destroyed, or ordered to be. It is of the list and not of the
    /// case, so that no figure about cases changes.
    SealedAlready = 26 "SEALED_ALREADY",
}

impl Flag {
    /// The flag with that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|flag| flag.code() == code)
    }
}

/// A set of flags.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flags(u32);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);

    /// With one more flag.
    #[must_use]
    pub const fn with(self, flag: Flag) -> Self {
        Self(self.0 | 1 << (flag as u8))
    }

    /// With the flag, if the condition holds.
    #[must_use]
    pub const fn with_if(self, condition: bool, flag: Flag) -> Self {
        if condition { self.with(flag) } else { self }
    }

    /// Without the flag.
    #[must_use]
    pub const fn without(self, flag: Flag) -> Self {
        Self(self.0 & !(1 << (flag as u8)))
    }

    /// All flags of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the flag is set.
    pub const fn contains(self, flag: Flag) -> bool {
        self.0 & (1 << (flag as u8)) != 0
    }

    /// Whether none is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The flags, in order.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL
            .iter()
            .copied()
            .filter(move |flag| self.contains(*flag))
    }

    /// The bits as stored: bit `n` is the flag with number `n`.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// From stored bits; none if a bit is no known flag.
    pub fn from_bits(bits: u32) -> Option<Self> {
        let known = Flag::ALL
            .iter()
            .fold(Self::NONE, |all, flag| all.with(*flag));
        (bits & !known.0 == 0).then_some(Self(bits))
    }
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        flags.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
