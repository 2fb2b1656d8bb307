//! What totals are counted in, and what they are grouped and filtered by.

use serde::{Deserialize, Serialize};

use crate::event::Flag;
use crate::state::{Decision, Disposition, Exit, Notice, Phase, Repository, Seal};
use crate::vocabulary::{Family, Remedy, Severity, Source, Vocabulary};

/// What is counted. The three are never mixed and never converted into each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Defendant-cases, each once, however many lists and initiatives have it.
    Cases,
    /// Convictions: the charges of those cases. A charge with `counts` 2 is one conviction of two
    /// counts and counts once. Convictions that relief is not about are counted too; the
    /// dimension `family` tells them apart.
    Charges,
    /// Distinct pseudonyms of those cases. A person with two cases counts once, so people never
    /// add up over groups or lists. Cases without a pseudonym are reported apart.
    People,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 3] = [Self::Cases, Self::Charges, Self::People];

    /// The stable lower-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Charges => "charges",
            Self::People => "people",
        }
    }

    /// The unit with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// The definition to print beside every figure.
    pub const fn definition(self) -> &'static str {
        match self {
            Self::Cases => {
                "defendant-cases counted once each; duplicates and voided cases are excluded"
            }
            Self::Charges => {
                "convictions: charges of counted cases, one per charge whatever its number of counts"
            }
            Self::People => {
                "distinct people by pseudonym over counted cases; not additive over groups or lists"
            }
        }
    }
}

impl Vocabulary for Unit {
    const ALL: &'static [Self] = &Self::ALL;

    fn number(self) -> u8 {
        match self {
            Self::Cases => 1,
            Self::Charges => 2,
            Self::People => 3,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Cases => "CASES",
            Self::Charges => "CHARGES",
            Self::People => "PEOPLE",
        }
    }
}

macro_rules! dimensions {
    ($($(#[$doc:meta])* $dimension:ident = $name:literal,)+) => {
        /// What totals can be grouped and filtered by.
        ///
        /// Counting charges, a dimension of a track or of the offence is the charge's own and all
        /// others are those of its case. Counting cases or people:
        ///
        /// - `phase`, `any_phase`, `exit` and `complete` are the roll-up of
        ///   [`CaseState`](crate::CaseState).
        /// - `severity`, `family`, `section`, `remedy` and `reason` are those of the *gravest*
        ///   charge: the cannabis charge of the highest grade at conviction, the first of several.
        /// - `conviction_decade` is that of the earliest cannabis conviction.
        /// - `decision`, `disposition`, `seal`, `repository` and `notice` are those of the
        ///   *hindmost* charge: the pursued charge that is furthest from done, so that no case
        ///   shows as dismissed, sealed or updated while a charge of it is not.
        ///
        /// A case without a cannabis charge, or with none pursued, takes all its charges, or its
        /// gravest one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Dimension {
            $($(#[$doc])* #[doc = concat!("`", $name, "`")] $dimension,)+
        }

        impl Dimension {
            /// Every dimension.
            pub const ALL: &'static [Self] = &[$(Self::$dimension,)+];

            /// The stable lower-case name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$dimension => $name,)+
                }
            }
        }
    };
}

dimensions! {
    /// Initiatives of the lists that have the case. Several values.
    Initiative = "initiative",
    /// Lists that have the case and have not dropped it since. Several values.
    Cohort = "cohort",
    /// FIPS county number within the state, three digits.
    County = "county",
    /// Court code.
    Court = "court",
    /// Prosecuting agency.
    Agency = "agency",
    /// Grade at conviction.
    Severity = "severity",
    /// Family of the code section.
    Family = "family",
    /// Code section at conviction.
    Section = "section",
    /// Kinds of the lists that have the case. Several values.
    Source = "source",
    /// Decade of conviction: `1970s`.
    ConvictionDecade = "conviction_decade",
    /// Remedy of the determination in force.
    Remedy = "remedy",
    /// The public phase; of a case, the lowest among its pursued charges.
    Phase = "phase",
    /// The highest phase among the pursued charges of a case. Not for charges.
    AnyPhase = "any_phase",
    /// How it left the way to relief.
    Exit = "exit",
    /// Track A.
    Decision = "decision",
    /// Track B: what the docket shows.
    Disposition = "disposition",
    /// Track B: sealing.
    Seal = "seal",
    /// Track C: the state repository.
    Repository = "repository",
    /// Track D: whether the person was told.
    Notice = "notice",
    /// First reason of the determination in force; `UNMAPPED:` and the source's word for a code
    /// that is not in the vocabulary.
    Reason = "reason",
    /// Whether nothing remains to be done.
    Complete = "complete",
    /// Flags that any fact about the case raised. Several values.
    Flag = "flag",
}

/// Shown where a dimension has nothing to say, by right: no exit, no remedy yet, no list.
pub(super) const NONE: &str = "NONE";
/// Shown where there should be a value and the ledger has none.
pub(super) const UNKNOWN: &str = "UNKNOWN";

impl Dimension {
    /// The dimension with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|dimension| dimension.name() == name)
    }

    /// Whether one case may have several values, so that groups overlap and do not add up.
    pub const fn has_several_values(self) -> bool {
        matches!(
            self,
            Self::Initiative | Self::Cohort | Self::Source | Self::Flag
        )
    }

    /// The text that stands for no value.
    pub const fn absent(self) -> &'static str {
        match self {
            Self::Initiative
            | Self::Cohort
            | Self::Source
            | Self::Remedy
            | Self::Phase
            | Self::AnyPhase
            | Self::Exit
            | Self::Reason
            | Self::Flag => NONE,
            Self::County
            | Self::Court
            | Self::Agency
            | Self::Severity
            | Self::Family
            | Self::Section
            | Self::ConvictionDecade
            | Self::Decision
            | Self::Disposition
            | Self::Seal
            | Self::Repository
            | Self::Notice
            | Self::Complete => UNKNOWN,
        }
    }

    /// The values of a closed dimension in their natural order, without [`Self::absent`]; none
    /// for a dimension whose values come from the cases.
    ///
    /// The value at index `n` is the member with number `n + 1`.
    pub fn values(self) -> Option<Vec<&'static str>> {
        match self {
            Self::Severity => Some(codes::<Severity>()),
            Self::Family => Some(codes::<Family>()),
            Self::Source => Some(codes::<Source>()),
            Self::Remedy => Some(codes::<Remedy>()),
            Self::Phase | Self::AnyPhase => Some(codes::<Phase>()),
            Self::Exit => Some(codes::<Exit>()),
            Self::Decision => Some(codes::<Decision>()),
            Self::Disposition => Some(codes::<Disposition>()),
            Self::Seal => Some(codes::<Seal>()),
            Self::Repository => Some(codes::<Repository>()),
            Self::Notice => Some(codes::<Notice>()),
            Self::Complete => Some(vec!["NO", "YES"]),
            Self::Flag => Some(Flag::ALL.iter().map(|flag| flag.code()).collect()),
            Self::Initiative
            | Self::Cohort
            | Self::County
            | Self::Court
            | Self::Agency
            | Self::Section
            | Self::ConvictionDecade
            | Self::Reason => None,
        }
    }
}

fn codes<T: Vocabulary>() -> Vec<&'static str> {
    T::ALL.iter().map(|member| member.code()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers_are_dense<T: Vocabulary>() {
        for (member, number) in T::ALL.iter().zip(1..) {
            assert_eq!(member.number(), number);
        }
    }

    #[test]
    fn values_stand_at_the_index_of_their_number() {
        numbers_are_dense::<Severity>();
        numbers_are_dense::<Family>();
        numbers_are_dense::<Source>();
        numbers_are_dense::<Remedy>();
        numbers_are_dense::<Phase>();
        numbers_are_dense::<Exit>();
        numbers_are_dense::<Decision>();
        numbers_are_dense::<Disposition>();
        numbers_are_dense::<Seal>();
        numbers_are_dense::<Repository>();
        numbers_are_dense::<Notice>();
        for (flag, number) in Flag::ALL.iter().zip(1..) {
            assert_eq!(*flag as u8, number);
        }
    }

    #[test]
    fn names_are_unique_lower_case_and_found_again() {
        for dimension in Dimension::ALL {
            let name = dimension.name();
            assert_eq!(Dimension::from_name(name), Some(*dimension));
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        }
        for unit in Unit::ALL {
            assert_eq!(Unit::from_name(unit.name()), Some(unit));
        }
        assert_eq!(Dimension::from_name("Phase"), None);
        assert_eq!(Unit::from_name("residents"), None);
    }
}
