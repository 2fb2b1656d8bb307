//! Closed vocabularies, each with a stable number (the wire and the stored form) and a stable
//! code (what people read). Numbers are never reused.
//!
//! A code that a source uses and we do not know is kept raw as [`Coded::Unmapped`] and counted;
//! it is never coerced into a neighbour.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// A code of a source that is not in our vocabulary.
pub type RawCode = Text<48>;

/// A known code, or the source's own word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Coded<T> {
    /// In the vocabulary.
    Known(T),
    /// Not in it: kept raw, counted, shown as `UNMAPPED`.
    Unmapped(RawCode),
}

impl<T> Coded<T> {
    /// The known code, if it is one.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(code) => Some(code),
            Self::Unmapped(_) => None,
        }
    }
}

impl<T: Vocabulary> fmt::Display for Coded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(code) => f.write_str(code.code()),
            Self::Unmapped(raw) => write!(f, "UNMAPPED:{raw}"),
        }
    }
}

/// A closed set of codes.
pub trait Vocabulary: Copy + Eq + Sized + 'static {
    /// Every member, in order of numbers.
    const ALL: &'static [Self];
    /// The stable number, from 1; 0 is "unspecified" on the wire and never a member.
    fn number(self) -> u8;
    /// The stable code.
    fn code(self) -> &'static str;

    /// The member with that number.
    fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|member| member.number() == number)
    }

    /// The member with that code.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|member| member.code() == code)
    }
}

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $number:literal $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$member_doc])* #[doc = concat!("`", $code, "`")] $member = $number,)+
        }

        impl Vocabulary for $name {
            const ALL: &'static [Self] = &[$(Self::$member,)+];

            fn number(self) -> u8 {
                self as u8
            }

            fn code(self) -> &'static str {
                match self {
                    $(Self::$member => $code,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.code())
            }
        }
    };
}

vocabulary! {
    /// What an organisation is, and therefore what it may say.
    Role {
        StateRepository = 1 "STATE_REPOSITORY",
        ProsecutorCounty = 2 "PROSECUTOR_COUNTY",
        ProsecutorCity = 3 "PROSECUTOR_CITY",
        AnalyticsAgent = 4 "ANALYTICS_AGENT",
        Court = 5 "COURT",
        Defender = 6 "DEFENDER",
        Probation = 7 "PROBATION",
        LawEnforcement = 8 "LE_CUSTODIAN",
        Community = 9 "COMMUNITY",
        Oversight = 10 "OVERSIGHT",
        Publisher = 11 "PUBLISHER",
        Operator = 12 "OPERATOR",
        /// Keeps the records of a court or agency, and has them destroyed.
        RecordCustodian = 13 "RECORD_CUSTODIAN",
    }
}

mod private;

pub use private::{ReadPurpose, ShredBasis, Tombstone};

vocabulary! {
    /// Grade of a charge. Extracts leave it blank at times: that is `UNKNOWN`, not a guess.
    Severity {
        Felony = 1 "FELONY",
        Misdemeanor = 2 "MISDEMEANOR",
        Infraction = 3 "INFRACTION",
        Unknown = 4 "UNKNOWN",
    }
}

vocabulary! {
    /// Family of the code section at conviction (H&S 11357 to 11360, their predecessors before
    /// the 1972 recodification, related and other offences).
    Family {
        Possession = 1 "POSSESSION",
        Cultivation = 2 "CULTIVATION",
        SalePossession = 3 "SALE_POSSESSION",
        Transport = 4 "TRANSPORT",
        Predecessor = 5 "PREDECESSOR",
        /// An offence that a plea may have reached from a cannabis charge.
        Related = 6 "RELATED",
        /// Not a cannabis offence.
        Other = 7 "OTHER",
    }
}

impl Family {
    /// Whether relief under an initiative is about this charge at all.
    pub const fn is_cannabis(self) -> bool {
        match self {
            Self::Possession
            | Self::Cultivation
            | Self::SalePossession
            | Self::Transport
            | Self::Predecessor => true,
            Self::Related | Self::Other => false,
        }
    }
}

vocabulary! {
    /// Where a case was found.
    Source {
        StateRepository = 1 "STATE_REPOSITORY",
        CourtRecords = 2 "COURT_RECORDS",
        ProsecutorRecords = 3 "PROSECUTOR_RECORDS",
        DefenderRecords = 4 "DEFENDER_RECORDS",
    }
}

vocabulary! {
    /// Legal basis of an initiative or an approval.
    LegalBasis {
        Hs113619 = 1 "HS_11361_9",
        Hs113618Application = 2 "HS_11361_8_APPLICATION",
        CourtOwnMotion = 3 "COURT_OWN_MOTION",
        Stipulated = 4 "STIPULATED",
        Pc1203425 = 5 "PC_1203_425",
    }
}

vocabulary! {
    /// What relief does to the record.
    Remedy {
        DismissAndSeal = 1 "DISMISS_AND_SEAL",
        RedesignateMisdemeanor = 2 "REDESIGNATE_MISD",
        RedesignateInfraction = 3 "REDESIGNATE_INFRACTION",
        Resentence = 4 "RESENTENCE",
    }
}

vocabulary! {
    /// Outcome of an eligibility determination.
    Determination {
        Eligible = 1 "ELIGIBLE",
        Ineligible = 2 "INELIGIBLE",
        HandReview = 3 "HAND_REVIEW",
    }
}

vocabulary! {
    /// Why a charge is eligible, ineligible, or needs a hand or another prosecutor.
    DeterminationReason {
        Section11357Ab = 1 "SECTION_11357_AB",
        SectionDismissed = 2 "SECTION_DISMISSED",
        SectionReduced = 3 "SECTION_REDUCED",
        MisdemeanorOrInfraction = 4 "MISDEMEANOR_OR_INFRACTION",
        Under21AtConviction = 5 "UNDER_21_AT_CONVICTION",
        AgeThreshold = 6 "AGE_THRESHOLD",
        YearsSinceConviction = 7 "YEARS_SINCE_CONVICTION",
        YearsCrimeFree = 8 "YEARS_CRIME_FREE",
        OnlyP64OnRecord = 9 "ONLY_P64_ON_RECORD",
        SentenceCompleted = 10 "SENTENCE_COMPLETED",
        Deceased = 11 "DECEASED",
        PleaBargainRelated = 12 "PLEA_BARGAIN_RELATED",
        CourtRecordOnly = 13 "COURT_RECORD_ONLY",
        StatutoryUnchallenged = 14 "STATUTORY_UNCHALLENGED",
        AfterEffectiveDate = 30 "AFTER_EFFECTIVE_DATE",
        OffenseNotCovered = 31 "OFFENSE_NOT_COVERED",
        EnumeratedException = 32 "ENUMERATED_EXCEPTION",
        Superstrike = 33 "SUPERSTRIKE_667E2CIV",
        Pc290 = 34 "PC290",
        TwoPriors = 35 "TWO_PRIORS",
        NotAConviction = 36 "NOT_A_CONVICTION",
        WrongCounty = 37 "WRONG_COUNTY",
        FederalCase = 38 "FEDERAL_CASE",
        AgeOrQuantity = 39 "AGE_OR_QUANTITY",
        Other = 40 "OTHER",
        Other11357 = 60 "OTHER_11357",
        ChargeInCommentOnly = 61 "CHARGE_IN_COMMENT_ONLY",
        ServingSentence = 62 "SERVING_SENTENCE",
        NoApplicableRule = 63 "NO_APPLICABLE_RULE",
        DataIncomplete = 64 "DATA_INCOMPLETE",
        CityAttorneyJurisdiction = 65 "CITY_ATTORNEY_JURISDICTION",
        OtherCounty = 66 "OTHER_COUNTY",
    }
}

impl DeterminationReason {
    /// The determination that a reason belongs to; none for `OTHER`, which fits anywhere.
    pub const fn determination(self) -> Option<Determination> {
        match self as u8 {
            1..=14 => Some(Determination::Eligible),
            30..=39 => Some(Determination::Ineligible),
            60..=66 => Some(Determination::HandReview),
            _ => None,
        }
    }
}

vocabulary! {
    /// Ground of a challenge or of a discretionary decline.
    ChallengeGround {
        CriteriaNotMet = 1 "CRITERIA_NOT_MET",
        UnreasonableRisk = 2 "UNREASONABLE_RISK",
        FactsDisputed = 3 "FACTS_DISPUTED",
    }
}

vocabulary! {
    /// Ground of a denial.
    DenialGround {
        CriteriaNotMet = 1 "CRITERIA_NOT_MET",
        UnreasonableRisk = 2 "UNREASONABLE_RISK",
        FactsDisputed = 3 "FACTS_DISPUTED",
        NotCovered = 4 "NOT_COVERED_BY_11361_8",
        InsufficientRecord = 5 "INSUFFICIENT_RECORD",
        Procedural = 6 "PROCEDURAL",
    }
}

vocabulary! {
    /// Why a court rejected a filing.
    FilingRejection {
        CaseNumberNotFound = 1 "CASE_NUMBER_NOT_FOUND",
        PartyMismatch = 2 "PARTY_MISMATCH",
        WrongCourt = 3 "WRONG_COURT",
        DuplicateFiling = 4 "DUPLICATE_FILING",
        MissingDocument = 5 "MISSING_DOCUMENT",
        Format = 6 "FORMAT",
        Fee = 7 "FEE",
        AlreadyDismissed = 8 "ALREADY_DISMISSED",
        ArchivedFile = 9 "ARCHIVED_FILE",
    }
}

vocabulary! {
    /// Why two cases are one.
    DuplicateBasis {
        SameNumberSameCourt = 1 "SAME_NUMBER_SAME_COURT",
        RenumberedUnification = 2 "RENUMBERED_UNIFICATION",
        Transfer12039 = 3 "TRANSFER_1203_9",
        Reexport = 4 "REEXPORT",
        CycleRepeat = 5 "CYCLE_REPEAT",
        TwoInitiatives = 6 "TWO_INITIATIVES",
    }
}

vocabulary! {
    /// Why two cases are not one after all.
    UnlinkBasis {
        CoDefendant = 1 "CO_DEFENDANT",
        DifferentCharge = 2 "DIFFERENT_CHARGE",
    }
}

vocabulary! {
    /// Why a fact is corrected or retracted.
    CorrectionReason {
        Typo = 1 "TYPO",
        WrongCase = 2 "WRONG_CASE",
        WrongCharge = 3 "WRONG_CHARGE",
        WrongDate = 4 "WRONG_DATE",
        LateInformation = 5 "LATE_INFORMATION",
        SourceRestated = 6 "SOURCE_RESTATED",
    }
}

vocabulary! {
    /// Why a case is reopened.
    ReopenReason {
        NewChargeFound = 1 "NEW_CHARGE_FOUND",
        CourtReversed = 2 "COURT_REVERSED",
        DojRegressed = 3 "DOJ_REGRESSED",
        TipConfirmed = 4 "TIP_CONFIRMED",
    }
}

vocabulary! {
    /// Why a case or filing is withdrawn.
    WithdrawReason {
        NoLongerSeeking = 1 "NO_LONGER_SEEKING",
        EligibilityLost = 2 "ELIGIBILITY_LOST",
        OtherVehicle = 3 "OTHER_VEHICLE",
    }
}

vocabulary! {
    /// Why a case was entered in error.
    VoidReason {
        NotOurJurisdiction = 1 "NOT_OUR_JURISDICTION",
        TestData = 2 "TEST_DATA",
        IdentityError = 3 "IDENTITY_ERROR",
    }
}

vocabulary! {
    /// Why the state repository refused a disposition report.
    DojRejection {
        NoMatchingSubject = 1 "NO_MATCHING_SUBJECT",
        NoMatchingCycle = 2 "NO_MATCHING_CYCLE",
        ChargeMismatch = 3 "CHARGE_MISMATCH",
        Format = 4 "FORMAT",
        DuplicateReport = 5 "DUPLICATE_REPORT",
        AlreadyUpdated = 6 "ALREADY_UPDATED",
    }
}

vocabulary! {
    /// Reason of a dismissal, in the shape of PC 13151.1.
    DismissalReason {
        Pc1385 = 1 "PC_1385",
        Hs113618B = 2 "HS_11361_8B",
        Hs113618F = 3 "HS_11361_8F",
        Hs113619 = 4 "HS_11361_9",
        Pc12034 = 5 "PC_1203_4",
        Other = 6 "OTHER",
    }
}

vocabulary! {
    /// Why something is still open when an initiative closes with a remainder.
    NotDoneReason {
        AwaitingCourt = 1 "AWAITING_COURT",
        AwaitingDaList = 2 "AWAITING_DA_LIST",
        FileArchived = 3 "FILE_ARCHIVED",
        NoCourtRecord = 4 "NO_COURT_RECORD",
        Challenged = 5 "CHALLENGED",
        HearingPending = 6 "HEARING_PENDING",
        DojBacklog = 7 "DOJ_BACKLOG",
        UndeliverableNotice = 8 "UNDELIVERABLE_NOTICE",
        DataConflict = 9 "DATA_CONFLICT",
    }
}

vocabulary! {
    /// Relief that had already been given.
    PriorReliefKind {
        Pc12034 = 1 "PC_1203_4",
        Pc12034a = 2 "PC_1203_4A",
        Pardon = 3 "PARDON",
        Pc117018 = 4 "PC_1170_18",
        Pc1203425 = 5 "PC_1203_425",
        Hs113618 = 6 "HS_11361_8",
        Other = 7 "OTHER",
    }
}

vocabulary! {
    /// Whether a sentence is still being served (H&S 11361.8(a) or (e)).
    Supervision {
        Serving = 1 "SERVING",
        Completed = 2 "COMPLETED",
        Unknown = 3 "UNKNOWN",
    }
}

vocabulary! {
    /// What is filed.
    FilingVehicle {
        Motion = 1 "MOTION",
        Petition = 2 "PETITION",
        Application = 3 "APPLICATION",
        List = 4 "LIST",
    }
}

vocabulary! {
    /// What a court entered on the docket.
    NewDisposition {
        Dismissed = 1 "DISMISSED",
        Redesignated = 2 "REDESIGNATED",
        Resentenced = 3 "RESENTENCED",
    }
}

vocabulary! {
    /// How much of a file a seal covers: a sealed count inside an open file is a redaction.
    SealExtent {
        Count = 1 "COUNT",
        File = 2 "FILE",
        Redacted = 3 "REDACTED",
    }
}

vocabulary! {
    /// Where a sealed record must no longer show.
    SealSurface {
        PublicIndex = 1 "PUBLIC_INDEX",
        Portal = 2 "PORTAL",
        Terminals = 3 "TERMINALS",
        Images = 4 "IMAGES",
        Microfilm = 5 "MICROFILM",
    }
}

vocabulary! {
    /// What a search of the court's records came to when nothing was found.
    SearchResult {
        NoSuchNumber = 1 "NO_SUCH_NUMBER",
        NoSuchDefendant = 2 "NO_SUCH_DEFENDANT",
        FileMissing = 3 "FILE_MISSING",
    }
}

vocabulary! {
    /// Under what authority a record was destroyed.
    DestructionAuthority {
        Hs113615 = 1 "HS_11361_5",
        Gc68152 = 2 "GC_68152",
    }
}

vocabulary! {
    /// How a disposition was reported to the state repository.
    ReportMethod {
        Electronic = 1 "ELECTRONIC",
        Paper = 2 "PAPER",
        Batch = 3 "BATCH",
    }
}

vocabulary! {
    /// How a person was told.
    NoticeChannel {
        Mail = 1 "MAIL",
        Phone = 2 "PHONE",
        Email = 3 "EMAIL",
        InPerson = 4 "IN_PERSON",
        Portal = 5 "PORTAL",
    }
}

vocabulary! {
    /// Who else keeps a copy of the record and must follow the order.
    Custodian {
        ArrestingAgency = 1 "ARRESTING_AGENCY",
        Prosecutor = 2 "PROSECUTOR",
        Probation = 3 "PROBATION",
        OtherCourt = 4 "OTHER_COURT",
    }
}

vocabulary! {
    /// What does not fit between two sources about one case.
    MismatchKind {
        Person = 1 "PERSON",
        BirthDate = 2 "BIRTH_DATE",
        DocketNumber = 3 "DOCKET_NUMBER",
        Charge = 4 "CHARGE",
    }
}

vocabulary! {
    /// Individual or blanket.
    OrderKind {
        Individual = 1 "INDIVIDUAL",
        Blanket = 2 "BLANKET",
    }
}

vocabulary! {
    /// What an order does.
    OrderEffect {
        Dismiss = 1 "DISMISS",
        Seal = 2 "SEAL",
        Redesignate = 3 "REDESIGNATE",
        Resentence = 4 "RESENTENCE",
    }
}

vocabulary! {
    /// Why a row of a blanket order's manifest was not applied.
    RowOutcome {
        Already = 1 "ALREADY",
        NotFound = 2 "NOT_FOUND",
        Rejected = 3 "REJECTED",
    }
}

vocabulary! {
    /// What an announced figure is a share of.
    Denominator {
        /// Everything that is counted in the unit.
        Ledger = 1 "LEDGER",
        /// What passes the filters of the figure, whatever its phase.
        Filters = 2 "FILTERS",
    }
}

vocabulary! {
    /// Clerk's review of a filing (ECF 5 `FilingReviewStatusCode`).
    ReviewStatus {
        Accepted = 1 "ACCEPTED",
        PartiallyAccepted = 2 "PARTIALLY_ACCEPTED",
        Rejected = 3 "REJECTED",
    }
}

/// A set of members of a vocabulary with numbers up to 8.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Set<T> {
    bits: u8,
    #[serde(skip)]
    members: core::marker::PhantomData<T>,
}

impl<T: Vocabulary> Set<T> {
    /// The empty set.
    pub const EMPTY: Self = Self {
        bits: 0,
        members: core::marker::PhantomData,
    };

    /// Every member.
    pub fn all() -> Self {
        T::ALL.iter().copied().collect()
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, member: T) -> Self {
        self.bits |= bit(member);
        self
    }

    /// Whether the member is in it.
    pub fn contains(self, member: T) -> bool {
        self.bits & bit(member) != 0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// The members, in order of numbers.
    pub fn iter(self) -> impl Iterator<Item = T> {
        T::ALL
            .iter()
            .copied()
            .filter(move |member| self.contains(*member))
    }
}

fn bit<T: Vocabulary>(member: T) -> u8 {
    1_u8.checked_shl(u32::from(member.number()).saturating_sub(1))
        .unwrap_or(0)
}

impl<T: Vocabulary> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        members.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl<T: Vocabulary + fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers_and_codes_are_unique<T: Vocabulary + fmt::Debug>() {
        for (at, member) in T::ALL.iter().enumerate() {
            assert_ne!(member.number(), 0);
            assert_eq!(T::from_number(member.number()), Some(*member));
            assert_eq!(T::from_code(member.code()), Some(*member));
            assert!(
                T::ALL
                    .iter()
                    .skip(at + 1)
                    .all(|other| other.code() != member.code())
            );
        }
    }

    #[test]
    fn every_code_is_found_by_number_and_by_name() {
        numbers_and_codes_are_unique::<Role>();
        numbers_and_codes_are_unique::<DeterminationReason>();
        numbers_and_codes_are_unique::<FilingRejection>();
        numbers_and_codes_are_unique::<DojRejection>();
        numbers_and_codes_are_unique::<NotDoneReason>();
        assert_eq!(Family::from_number(0), None);
        assert_eq!(Family::from_code("possession"), None);
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let set: Set<SealSurface> = [SealSurface::Portal, SealSurface::Microfilm]
            .into_iter()
            .collect();
        assert!(set.contains(SealSurface::Portal) && !set.contains(SealSurface::Images));
        assert_eq!(set.iter().count(), 2);
        assert_eq!(
            Set::<SealSurface>::all().iter().count(),
            SealSurface::ALL.len()
        );
    }
}
