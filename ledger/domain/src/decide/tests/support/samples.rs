//! A plain instance of every kind of fact.

use super::*;

/// A plain instance of every kind of fact about a case.
#[expect(clippy::too_many_lines, reason = "one arm per fact")]
pub(in crate::decide::tests) fn sample(kind: FactKind) -> CaseFact {
    use FactKind as K;
    match kind {
        K::CaseIdentified => identified(vec![charge(1)]),
        K::SightingAdded => CaseFact::SightingAdded {
            cohort: "SF-2018.1".parse().unwrap(),
            row: 7,
            source: Source::StateRepository,
        },
        K::SightingRemoved => CaseFact::SightingRemoved { cohort: cohort() },
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
            determination: Determination::Eligible,
            remedy: Some(Remedy::DismissAndSeal),
            rules: rules(1),
            reasons: vec![Coded::Known(DeterminationReason::OnlyP64OnRecord)],
            evaluated_as_of: day(ON),
        },
        K::EligibilityDetermined => eligible(),
        K::EligibilityRedetermined => redetermined(Determination::Ineligible, 1),
        K::ReferredToProsecutor => CaseFact::ReferredToProsecutor {
            to: org(CITY),
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
            defender: org(DEFENDER),
        },
        K::ChallengeWithdrawn => CaseFact::ChallengeWithdrawn,
        K::ChallengeSustained => CaseFact::ChallengeSustained { order: Some(ORDER) },
        K::ChallengeOverruled => CaseFact::ChallengeOverruled { order: Some(ORDER) },
        K::ProsecutorDeclined => CaseFact::ProsecutorDeclined {
            ground: Coded::Known(ChallengeGround::UnreasonableRisk),
        },
        K::FilingSubmitted => CaseFact::FilingSubmitted {
            filing: FILING,
            vehicle: FilingVehicle::Motion,
            row: Some(1),
        },
        K::ListDelivered => CaseFact::ListDelivered {
            filing: FILING,
            row: 1,
        },
        K::FilingReceived => CaseFact::FilingReceived { filing: FILING },
        K::FilingAccepted => CaseFact::FilingAccepted {
            filing: FILING,
            received_on: None,
        },
        K::FilingPartiallyAccepted => CaseFact::FilingPartiallyAccepted {
            filing: FILING,
            rejected: vec![ChargeId(2)],
            reason: Coded::Known(FilingRejection::PartyMismatch),
        },
        K::FilingRejected => CaseFact::FilingRejected {
            filing: FILING,
            reason: Coded::Known(FilingRejection::CaseNumberNotFound),
        },
        K::FilingWithdrawn => CaseFact::FilingWithdrawn {
            filing: FILING,
            reason: Coded::Known(WithdrawReason::OtherVehicle),
        },
        K::HearingSet => CaseFact::HearingSet {
            hearing_on: day("2023-07-01"),
        },
        K::HearingContinued => CaseFact::HearingContinued {
            hearing_on: day("2023-08-01"),
        },
        K::ReliefGranted => CaseFact::ReliefGranted {
            order: ORDER,
            remedy: Remedy::DismissAndSeal,
        },
        K::ReliefDenied => CaseFact::ReliefDenied {
            order: Some(ORDER),
            ground: Coded::Known(DenialGround::InsufficientRecord),
        },
        K::OrderApplied => applied(
            &[OrderEffect::Dismiss, OrderEffect::Seal],
            Some(Remedy::DismissAndSeal),
        ),
        K::DispositionEntered => entered(NewDisposition::Dismissed),
        K::SealingOrdered => CaseFact::SealingOrdered { order: ORDER_2 },
        K::SealingExecuted => CaseFact::SealingExecuted {
            surfaces: Set::all(),
            extent: SealExtent::File,
            order: Some(ORDER_2),
        },
        K::RecordNotFound => CaseFact::RecordNotFound {
            search: Coded::Known(SearchResult::NoSuchNumber),
        },
        K::RecordDestroyed => CaseFact::RecordDestroyed {
            authority: Coded::Known(DestructionAuthority::Hs113615),
        },
        K::ReliefReversed => CaseFact::ReliefReversed { order: ORDER_2 },
        K::OrderVacated => CaseFact::OrderVacated {
            vacated: ORDER,
            order: ORDER_2,
        },
        K::Unsealed => CaseFact::Unsealed { order: ORDER },
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
        K::DuplicateLinked => linked(),
        K::DuplicateUnlinked => CaseFact::DuplicateUnlinked {
            basis: Coded::Known(UnlinkBasis::CoDefendant),
        },
        K::CaseReopened => CaseFact::CaseReopened {
            reason: Coded::Known(ReopenReason::TipConfirmed),
        },
        K::CaseVoided => CaseFact::CaseVoided {
            reason: Coded::Known(VoidReason::TestData),
            approver: org(OTHER_DA),
        },
        K::FactCorrected => corrected(1, eligible(), ON),
        K::EventRetracted => retracted(1),
        K::ConfirmationResolved => resolved(0),
        K::IdentityMismatchReported => CaseFact::IdentityMismatchReported {
            kind: Coded::Known(MismatchKind::Person),
        },
        K::PersonLinked => CaseFact::PersonLinked { person: PERSON },
        K::PersonUnlinked => CaseFact::PersonUnlinked { person: PERSON },
        K::RestrictedRead => CaseFact::RestrictedRead {
            reader: org(DEFENDER),
            reader_role: Role::Defender,
            purpose: ReadPurpose::CounselOfPerson,
        },
        K::ShredOrdered => shred(ShredBasis::Custodian),
        K::ShredConfirmed => CaseFact::ShredConfirmed {
            generation: 1,
            records: 2,
        },
        other => panic!("{other:?} is not posted about a case"),
    }
}

pub(in crate::decide::tests) fn shred(basis: ShredBasis) -> CaseFact {
    CaseFact::ShredOrdered {
        basis,
        tombstone: Tombstone::Kept,
    }
}

pub(in crate::decide::tests) fn initiative_opened() -> InitiativeFact {
    InitiativeFact::InitiativeOpened {
        basis: LegalBasis::Stipulated,
        lead: org(DA),
        counties: vec![37],
        policy: policy(1),
    }
}

pub(in crate::decide::tests) fn remainder(cases: u32) -> InitiativeFact {
    InitiativeFact::InitiativeClosedWithRemainder {
        remainder: vec![RemainderItem {
            reason: Coded::Known(NotDoneReason::AwaitingCourt),
            cases,
        }],
    }
}

pub(in crate::decide::tests) fn cohort_opened(declared: ControlTotals) -> CohortFact {
    CohortFact::CohortOpened {
        version: 1,
        source: Source::CourtRecords,
        file_digest: [1; 32],
        declared,
        supersedes: None,
    }
}

pub(in crate::decide::tests) fn filing_prepared(rows: Option<u32>) -> FilingFact {
    FilingFact::FilingPrepared {
        vehicle: if rows.is_some() {
            FilingVehicle::List
        } else {
            FilingVehicle::Motion
        },
        court: "LASC-CJC".parse().unwrap(),
        initiative: None,
        manifest: rows.map(manifest),
    }
}

pub(in crate::decide::tests) fn reviewed(accepted: u32, rejected: u32) -> FilingFact {
    FilingFact::FilingReviewed {
        status: Coded::Known(match (accepted, rejected) {
            (_, 0) => ReviewStatus::Accepted,
            (0, _) => ReviewStatus::Rejected,
            (_, _) => ReviewStatus::PartiallyAccepted,
        }),
        accepted,
        rejected,
        reason: None,
    }
}

pub(in crate::decide::tests) fn order_issued(rows: Option<u32>) -> OrderFact {
    OrderFact::OrderIssued {
        kind: if rows.is_some() {
            OrderKind::Blanket
        } else {
            OrderKind::Individual
        },
        court: "LASC-CJC".parse().unwrap(),
        effects: effects(),
        basis: LegalBasis::Stipulated,
        manifest: rows.map(manifest),
    }
}

pub(in crate::decide::tests) fn rows_explained(outcome: RowOutcome, rows: &[u32]) -> OrderFact {
    OrderFact::OrderRowsExplained {
        outcome,
        rows: rows.to_vec(),
    }
}
