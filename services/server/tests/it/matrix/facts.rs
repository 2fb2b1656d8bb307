//! A plain fact of every kind about a case.

use caseledger_domain::vocabulary::{
    ChallengeGround, Coded, CorrectionReason, Custodian, DenialGround, DestructionAuthority,
    Determination, DeterminationReason, DismissalReason, DojRejection, DuplicateBasis, Family,
    FilingRejection, FilingVehicle, LegalBasis, MismatchKind, NewDisposition, NoticeChannel,
    OrderEffect, PriorReliefKind, ReadPurpose, Remedy, ReopenReason, ReportMethod, SealExtent,
    SealSurface, SearchResult, Set, Severity, ShredBasis, Source, Supervision, Tombstone,
    UnlinkBasis, VoidReason, WithdrawReason,
};
use caseledger_domain::{
    CaseFact, Charge, ChargeId, Date, FactKind as K, FilingId, OrderId, PersonRef, RuleSet,
};

use super::scene::{COURT, Scene};

/// The day of every fact, and the day before.
pub(super) const ON: u32 = 20_210_920;
pub(super) const BEFORE: u32 = 20_210_919;

pub(super) fn day(number: u32) -> Date {
    Date::from_yyyymmdd(number).unwrap()
}

pub(super) fn rules() -> RuleSet {
    RuleSet {
        id: "LA-P64".parse().unwrap(),
        version: 1,
    }
}

/// A misdemeanor.
pub(super) fn charge(id: u16) -> Charge {
    Charge {
        id: ChargeId(id),
        section: "HS 11357(b)".parse().unwrap(),
        family: Family::Possession,
        severity: Severity::Misdemeanor,
        conviction_year: 1990 + id,
        counts: 1,
        sentence: Supervision::Completed,
        in_comment_only: false,
    }
}

fn eligible() -> (
    Determination,
    Option<Remedy>,
    Vec<Coded<DeterminationReason>>,
) {
    (
        Determination::Eligible,
        Some(Remedy::DismissAndSeal),
        vec![Coded::Known(DeterminationReason::CourtRecordOnly)],
    )
}

impl Scene {
    const ORDER: OrderId = OrderId::from_bytes([1; 16]);
    const ORDER_2: OrderId = OrderId::from_bytes([2; 16]);
    const FILING: FilingId = FilingId::from_bytes([3; 16]);
    const PERSON: PersonRef = PersonRef::from_bytes([7; 16]);

    fn identified(&self, charges: u16) -> CaseFact {
        CaseFact::CaseIdentified {
            cohort: "LA-2021-COURT.1".parse().unwrap(),
            row: u32::try_from(self.number).unwrap(),
            source: Source::CourtRecords,
            county: 37,
            court: COURT.parse().unwrap(),
            agency: self.own.parse().unwrap(),
            person: None,
            charges: (1..=charges).map(charge).collect(),
        }
    }

    /// What a role states first, in order to put it right later.
    pub(super) fn own_fact(&self) -> CaseFact {
        self.case(match self.member.letter {
            'D' | 'C' => K::EligibilityDetermined,
            'A' => K::EligibilityProposed,
            'J' => K::SealingOrdered,
            'B' => K::SupervisionStatusReported,
            'L' => K::CustodianAcknowledged,
            'M' => K::PersonNoticeAttempted,
            // The state repository and defenders; and nobody else posts a correction.
            _ => K::PriorReliefFound,
        })
    }

    /// A plain fact of that kind.
    #[expect(clippy::too_many_lines, reason = "one arm a kind of fact")]
    pub(super) fn case(&self, kind: K) -> CaseFact {
        let (order, filing) = (Self::ORDER, Self::FILING);
        let (determination, remedy, reasons) = eligible();
        let (rules, evaluated_as_of) = (rules(), day(ON));
        match kind {
            K::CaseIdentified => self.identified(1),
            K::SightingAdded => CaseFact::SightingAdded {
                cohort: "LA-2021-COURT.2".parse().unwrap(),
                row: 7,
                source: Source::StateRepository,
            },
            K::SightingRemoved => CaseFact::SightingRemoved {
                cohort: "LA-2021-COURT.1".parse().unwrap(),
            },
            K::ChargeAdded => CaseFact::ChargeAdded { charge: charge(2) },
            K::ChargeAmended => CaseFact::ChargeAmended {
                charge: Charge {
                    counts: 2,
                    ..charge(1)
                },
            },
            K::SupervisionStatusReported => CaseFact::SupervisionStatusReported {
                status: Supervision::Serving,
            },
            K::EligibilityProposed => CaseFact::EligibilityProposed {
                determination,
                remedy,
                rules,
                reasons,
                evaluated_as_of,
            },
            K::EligibilityDetermined => CaseFact::EligibilityDetermined {
                determination,
                remedy,
                rules,
                reasons,
                evaluated_as_of,
            },
            K::EligibilityRedetermined => CaseFact::EligibilityRedetermined {
                determination: Determination::Ineligible,
                remedy: None,
                rules,
                reasons: vec![Coded::Known(DeterminationReason::TwoPriors)],
                evaluated_as_of,
                supersedes: 1,
            },
            K::ReferredToProsecutor => CaseFact::ReferredToProsecutor {
                to: self.other.parse().unwrap(),
                reason: Coded::Known(DeterminationReason::CityAttorneyJurisdiction),
            },
            K::ReferralAccepted => CaseFact::ReferralAccepted,
            K::ReferralReturned => CaseFact::ReferralReturned {
                reason: Coded::Known(DeterminationReason::OtherCounty),
            },
            K::PriorReliefFound => CaseFact::PriorReliefFound {
                kind: Coded::Known(PriorReliefKind::Pc12034),
            },
            K::ReviewStarted => CaseFact::ReviewStarted,
            K::ReviewApproved => CaseFact::ReviewApproved {
                basis: LegalBasis::Hs113619,
            },
            K::Challenged => CaseFact::Challenged {
                ground: Coded::Known(ChallengeGround::CriteriaNotMet),
            },
            K::DefenderNoticed => CaseFact::DefenderNoticed {
                defender: "lapubdef".parse().unwrap(),
            },
            K::ChallengeWithdrawn => CaseFact::ChallengeWithdrawn,
            K::ChallengeSustained => CaseFact::ChallengeSustained { order: Some(order) },
            K::ChallengeOverruled => CaseFact::ChallengeOverruled { order: Some(order) },
            K::ProsecutorDeclined => CaseFact::ProsecutorDeclined {
                ground: Coded::Known(ChallengeGround::UnreasonableRisk),
            },
            K::FilingSubmitted => CaseFact::FilingSubmitted {
                filing,
                vehicle: FilingVehicle::Motion,
                row: Some(1),
            },
            K::ListDelivered => CaseFact::ListDelivered { filing, row: 1 },
            K::FilingReceived => CaseFact::FilingReceived { filing },
            K::FilingAccepted => CaseFact::FilingAccepted {
                filing,
                received_on: None,
            },
            K::FilingPartiallyAccepted => CaseFact::FilingPartiallyAccepted {
                filing,
                rejected: vec![ChargeId(2)],
                reason: Coded::Known(FilingRejection::PartyMismatch),
            },
            K::FilingRejected => CaseFact::FilingRejected {
                filing,
                reason: Coded::Known(FilingRejection::CaseNumberNotFound),
            },
            K::FilingWithdrawn => CaseFact::FilingWithdrawn {
                filing,
                reason: Coded::Known(WithdrawReason::OtherVehicle),
            },
            K::HearingSet => CaseFact::HearingSet {
                hearing_on: day(20_211_020),
            },
            K::HearingContinued => CaseFact::HearingContinued {
                hearing_on: day(20_211_120),
            },
            K::ReliefGranted => CaseFact::ReliefGranted {
                order,
                remedy: Remedy::DismissAndSeal,
            },
            K::ReliefDenied => CaseFact::ReliefDenied {
                order: Some(order),
                ground: Coded::Known(DenialGround::InsufficientRecord),
            },
            K::OrderApplied => CaseFact::OrderApplied {
                order,
                row: 1,
                effects: Set::EMPTY
                    .with(OrderEffect::Dismiss)
                    .with(OrderEffect::Seal),
                remedy,
            },
            K::DispositionEntered => CaseFact::DispositionEntered {
                disposition: NewDisposition::Dismissed,
                severity_after: None,
                reason: Some(Coded::Known(DismissalReason::Pc1385)),
                order: Some(order),
            },
            K::SealingOrdered => CaseFact::SealingOrdered {
                order: Self::ORDER_2,
            },
            K::SealingExecuted => CaseFact::SealingExecuted {
                surfaces: Set::EMPTY.with(SealSurface::PublicIndex),
                extent: SealExtent::File,
                order: Some(Self::ORDER_2),
            },
            K::RecordNotFound => CaseFact::RecordNotFound {
                search: Coded::Known(SearchResult::NoSuchNumber),
            },
            K::RecordDestroyed => CaseFact::RecordDestroyed {
                authority: Coded::Known(DestructionAuthority::Hs113615),
            },
            K::ReliefReversed => CaseFact::ReliefReversed {
                order: Self::ORDER_2,
            },
            K::OrderVacated => CaseFact::OrderVacated {
                vacated: order,
                order: Self::ORDER_2,
            },
            K::Unsealed => CaseFact::Unsealed { order },
            K::DispositionReportedToDoj => CaseFact::DispositionReportedToDoj {
                method: ReportMethod::Batch,
            },
            K::DojReportRejected => CaseFact::DojReportRejected {
                reason: Coded::Known(DojRejection::NoMatchingSubject),
            },
            K::DojRecordUpdated => CaseFact::DojRecordUpdated,
            K::DojRecordRegressed => CaseFact::DojRecordRegressed,
            K::PersonNoticeAttempted => CaseFact::PersonNoticeAttempted {
                channel: NoticeChannel::Mail,
            },
            K::PersonNoticeDelivered => CaseFact::PersonNoticeDelivered,
            K::PersonNoticeUndeliverable => CaseFact::PersonNoticeUndeliverable,
            K::PersonNoticeWaived => CaseFact::PersonNoticeWaived,
            K::CustodianAcknowledged => CaseFact::CustodianAcknowledged {
                custodian: Custodian::ArrestingAgency,
            },
            K::CaseWithdrawn => CaseFact::CaseWithdrawn {
                reason: Coded::Known(WithdrawReason::NoLongerSeeking),
            },
            K::DuplicateLinked => CaseFact::DuplicateLinked {
                canonical: self.canonical,
                basis: Coded::Known(DuplicateBasis::Reexport),
            },
            K::DuplicateUnlinked => CaseFact::DuplicateUnlinked {
                basis: Coded::Known(UnlinkBasis::CoDefendant),
            },
            K::CaseReopened => CaseFact::CaseReopened {
                reason: Coded::Known(ReopenReason::TipConfirmed),
            },
            K::CaseVoided => CaseFact::CaseVoided {
                reason: Coded::Known(VoidReason::TestData),
                approver: self.other.parse().unwrap(),
            },
            K::FactCorrected => CaseFact::FactCorrected {
                target: 1,
                replacement: Box::new(self.own_fact()),
                replacement_on: day(BEFORE),
                reason: Coded::Known(CorrectionReason::WrongDate),
                restored: Vec::new(),
            },
            K::EventRetracted => CaseFact::EventRetracted {
                target: 1,
                reason: Coded::Known(CorrectionReason::WrongCase),
                restored: Vec::new(),
            },
            K::ConfirmationResolved => CaseFact::ConfirmationResolved {
                held: 0,
                reason: Coded::Known(CorrectionReason::WrongCase),
                moved_to: None,
            },
            K::IdentityMismatchReported => CaseFact::IdentityMismatchReported {
                kind: Coded::Known(MismatchKind::Person),
            },
            K::PersonLinked => CaseFact::PersonLinked {
                person: Self::PERSON,
            },
            K::PersonUnlinked => CaseFact::PersonUnlinked {
                person: Self::PERSON,
            },
            K::ConfirmationHeld => CaseFact::ConfirmationHeld {
                fact: Box::new(CaseFact::DojRecordUpdated),
                charges: Vec::new(),
            },
            K::ConfirmationMatched => CaseFact::ConfirmationMatched {
                held: 0,
                fact: Box::new(CaseFact::DojRecordUpdated),
            },
            K::ConfirmationSighted => CaseFact::ConfirmationSighted {
                kind: K::DojRecordUpdated,
            },
            K::RestrictedRead => CaseFact::RestrictedRead {
                reader: self.member.org.parse().unwrap(),
                reader_role: self.member.role,
                purpose: ReadPurpose::CourtProceeding,
            },
            K::ShredOrdered => CaseFact::ShredOrdered {
                basis: match self.member.letter {
                    'K' => ShredBasis::Retention,
                    _ => ShredBasis::Custodian,
                },
                tombstone: Tombstone::Kept,
            },
            K::ShredConfirmed => CaseFact::ShredConfirmed {
                generation: 1,
                records: 1,
            },
            other => panic!("{other:?} is not about a case"),
        }
    }

    /// What was stated before, about the case or that there is one: by whom, and what.
    pub(super) fn before_case(&self, kind: K) -> Vec<(&'static str, CaseFact)> {
        let case = |who, kind| (who, self.case(kind));
        let (own, court) = (self.own, "lasc");
        let charges = if kind == K::FilingPartiallyAccepted {
            2
        } else {
            1
        };
        let mut steps = vec![(own, self.identified(charges))];
        let eligible = case(own, K::EligibilityDetermined);
        let approved = case(own, K::ReviewApproved);
        let submitted = case(own, K::FilingSubmitted);
        match kind {
            K::CaseIdentified => steps.clear(),
            K::ConfirmationResolved => {
                // The case is not known, so the fact waits.
                let waits = match self.member.letter {
                    'B' => K::SupervisionStatusReported,
                    'L' => K::CustodianAcknowledged,
                    'J' => K::ReliefGranted,
                    _ => K::DojRecordUpdated,
                };
                steps = vec![case(self.member.org, waits)];
            }
            K::EligibilityRedetermined
            | K::ReviewStarted
            | K::ReviewApproved
            | K::Challenged
            | K::ProsecutorDeclined
            | K::CaseWithdrawn => steps.push(eligible),
            K::ReferralAccepted | K::ReferralReturned => {
                steps.push(case(own, K::ReferredToProsecutor));
            }
            K::DefenderNoticed
            | K::ChallengeWithdrawn
            | K::ChallengeSustained
            | K::ChallengeOverruled => steps.extend([eligible, case(own, K::Challenged)]),
            K::FilingSubmitted | K::ListDelivered => steps.extend([eligible, approved]),
            K::FilingReceived
            | K::FilingAccepted
            | K::FilingPartiallyAccepted
            | K::FilingRejected
            | K::FilingWithdrawn => steps.extend([eligible, approved, submitted]),
            K::HearingSet | K::HearingContinued | K::ReliefDenied => {
                let accepted = case(court, K::FilingAccepted);
                steps.extend([eligible, approved, submitted, accepted]);
                if kind == K::HearingContinued {
                    steps.push(case(court, K::HearingSet));
                }
            }
            K::ReliefReversed => steps.push(case(court, K::ReliefGranted)),
            K::OrderVacated => steps.push(case(court, K::OrderApplied)),
            K::Unsealed | K::ShredOrdered => steps.push(case(court, K::SealingExecuted)),
            K::DojRecordRegressed => steps.push(case("ca-doj", K::DojRecordUpdated)),
            K::PersonNoticeDelivered | K::PersonNoticeUndeliverable => {
                steps.push(case(own, K::PersonNoticeAttempted));
            }
            K::DuplicateUnlinked => steps.push(case(own, K::DuplicateLinked)),
            K::CaseReopened => steps.extend([eligible, case(own, K::CaseWithdrawn)]),
            K::PersonUnlinked => steps.push(case(own, K::PersonLinked)),
            K::FactCorrected | K::EventRetracted => {
                steps.push((self.member.org, self.own_fact()));
            }
            _ => {}
        }
        steps
    }
}
