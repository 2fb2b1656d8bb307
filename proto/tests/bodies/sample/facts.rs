//! Facts of every kind.

use caseledger_domain::{
    AnnouncementFact, CaseFact, CaseId, CohortFact, Fact, FactKind, FilingFact, InitiativeFact,
    OrderFact, OrgFact, RemainderItem,
};

use super::Source;

/// A fact of a kind.
pub(super) fn fact(kind: FactKind, s: &mut Source) -> Fact {
    match kind.number() {
        ..=21 => Fact::Case(until_decided(kind, s)),
        22..=30 => Fact::Case(until_heard(kind, s)),
        31..=60 | 64 => Fact::Case(since_ruling(kind, s)),
        61..=63 | 65..=67 => Fact::Case(made_by_the_ledger(kind, s)),
        68..=200 => about_batches(kind, s),
        201..=220 => Fact::Org(about_authority(kind, s)),
        221..=240 => Fact::Announcement(about_figures(kind, s)),
        _ => Fact::Org(about_keys(kind, s)),
    }
}

fn about_figures(kind: FactKind, s: &mut Source) -> AnnouncementFact {
    match kind {
        FactKind::AnnouncementPublished => {
            AnnouncementFact::AnnouncementPublished { sheet: s.sheet() }
        }
        FactKind::AnnouncementCorrected => AnnouncementFact::AnnouncementCorrected {
            target: u64::from(s.number()),
            reason: s.coded(),
            sheet: s.sheet(),
        },
        other => panic!("{other:?} has no sample"),
    }
}

fn about_keys(kind: FactKind, s: &mut Source) -> OrgFact {
    match kind {
        FactKind::CheckpointKeySucceeded => OrgFact::CheckpointKeySucceeded {
            successor: s.bytes(),
        },
        FactKind::CheckpointKeyRetired => OrgFact::CheckpointKeyRetired { retired: s.bytes() },
        other => panic!("{other:?} has no sample"),
    }
}

fn about_authority(kind: FactKind, s: &mut Source) -> OrgFact {
    use {FactKind as K, OrgFact as F};
    match kind {
        K::OrganisationRegistered => F::OrganisationRegistered {
            name: "LOS ANGELES SUPERIOR COURT".parse().unwrap(),
        },
        K::RoleGranted => F::RoleGranted {
            role: s.role(),
            counties: s.some(0, |s| 1 + 2 * s.below(58) as u16),
            courts: s.some(0, Source::court),
            valid_from: s.date(),
            valid_until: s.maybe(Source::date),
        },
        K::RoleRevoked => F::RoleRevoked { role: s.role() },
        K::PrincipalBound => F::PrincipalBound {
            uri: s.uri(),
            valid_until: s.maybe(Source::date),
        },
        K::PrincipalUnbound => F::PrincipalUnbound { uri: s.uri() },
        K::TokenIssued => F::TokenIssued {
            sha256: s.bytes(),
            valid_until: s.maybe(Source::date),
        },
        K::TokenRevoked => F::TokenRevoked { sha256: s.bytes() },
        K::SigningKeyAdded => F::SigningKeyAdded {
            key: s.bytes(),
            valid_until: s.maybe(Source::date),
        },
        K::SigningKeyRotated => F::SigningKeyRotated {
            old: s.bytes(),
            new: s.bytes(),
        },
        K::SigningKeyRevoked => F::SigningKeyRevoked { key: s.bytes() },
        K::SignaturesRequired => F::SignaturesRequired {
            required: s.given(),
        },
        K::ApprovalRequired => F::ApprovalRequired {
            required: s.given(),
        },
        K::ActApproved => F::ActApproved {
            revision: u64::from(s.number()),
        },
        K::ActRejected => F::ActRejected {
            revision: u64::from(s.number()),
        },
        K::RetentionSet => F::RetentionSet {
            days_after_sealing: s.below(1000) as u16,
            forget_after_days: s.maybe(|s| s.below(1000) as u16).unwrap_or(0),
        },
        other => panic!("{other:?} has no sample"),
    }
}

fn until_decided(kind: FactKind, s: &mut Source) -> CaseFact {
    use {CaseFact as F, FactKind as K};
    match kind {
        K::CaseIdentified => F::CaseIdentified {
            cohort: s.cohort(),
            row: s.one_or_more(),
            source: s.code(),
            county: 37,
            court: s.court(),
            agency: s.org(),
            person: s.maybe(Source::person),
            charges: s.some(1, Source::charge),
        },
        K::SightingAdded => F::SightingAdded {
            cohort: s.cohort(),
            row: s.one_or_more(),
            source: s.code(),
        },
        K::SightingRemoved => F::SightingRemoved { cohort: s.cohort() },
        K::ChargeAdded => F::ChargeAdded { charge: s.charge() },
        K::ChargeAmended => F::ChargeAmended { charge: s.charge() },
        K::SupervisionStatusReported => F::SupervisionStatusReported { status: s.code() },
        K::EligibilityProposed => F::EligibilityProposed {
            determination: s.code(),
            remedy: s.maybe(Source::code),
            rules: s.rules(),
            reasons: s.some(1, Source::coded),
            evaluated_as_of: s.date(),
        },
        K::EligibilityDetermined => F::EligibilityDetermined {
            determination: s.code(),
            remedy: s.maybe(Source::code),
            rules: s.rules(),
            reasons: s.some(1, Source::coded),
            evaluated_as_of: s.date(),
        },
        K::EligibilityRedetermined => F::EligibilityRedetermined {
            determination: s.code(),
            remedy: s.maybe(Source::code),
            rules: s.rules(),
            reasons: s.some(1, Source::coded),
            evaluated_as_of: s.date(),
            supersedes: u64::from(s.number()),
        },
        K::ReferredToProsecutor => F::ReferredToProsecutor {
            to: s.org(),
            reason: s.coded(),
        },
        K::ReferralAccepted => F::ReferralAccepted,
        K::ReferralReturned => F::ReferralReturned { reason: s.coded() },
        K::PriorReliefFound => F::PriorReliefFound { kind: s.coded() },
        K::ReviewStarted => F::ReviewStarted,
        K::ReviewApproved => F::ReviewApproved { basis: s.code() },
        K::Challenged => F::Challenged { ground: s.coded() },
        K::DefenderNoticed => F::DefenderNoticed { defender: s.org() },
        K::ChallengeWithdrawn => F::ChallengeWithdrawn,
        K::ChallengeSustained => F::ChallengeSustained {
            order: s.maybe(Source::order),
        },
        K::ChallengeOverruled => F::ChallengeOverruled {
            order: s.maybe(Source::order),
        },
        K::ProsecutorDeclined => F::ProsecutorDeclined { ground: s.coded() },
        other => panic!("{other:?} has no sample"),
    }
}

fn until_heard(kind: FactKind, s: &mut Source) -> CaseFact {
    use {CaseFact as F, FactKind as K};
    match kind {
        K::FilingSubmitted => F::FilingSubmitted {
            filing: s.filing(),
            vehicle: s.code(),
            row: s.maybe(Source::one_or_more),
        },
        K::ListDelivered => F::ListDelivered {
            filing: s.filing(),
            row: s.one_or_more(),
        },
        K::FilingReceived => F::FilingReceived { filing: s.filing() },
        K::FilingAccepted => F::FilingAccepted {
            filing: s.filing(),
            received_on: s.maybe(Source::date),
        },
        K::FilingPartiallyAccepted => F::FilingPartiallyAccepted {
            filing: s.filing(),
            rejected: s.some(1, Source::charge_id),
            reason: s.coded(),
        },
        K::FilingRejected => F::FilingRejected {
            filing: s.filing(),
            reason: s.coded(),
        },
        K::FilingWithdrawn => F::FilingWithdrawn {
            filing: s.filing(),
            reason: s.coded(),
        },
        K::HearingSet => F::HearingSet {
            hearing_on: s.date(),
        },
        K::HearingContinued => F::HearingContinued {
            hearing_on: s.date(),
        },
        other => panic!("{other:?} has no sample"),
    }
}

fn since_ruling(kind: FactKind, s: &mut Source) -> CaseFact {
    use {CaseFact as F, FactKind as K};
    match kind {
        K::ReliefGranted => F::ReliefGranted {
            order: s.order(),
            remedy: s.code(),
        },
        K::ReliefDenied => F::ReliefDenied {
            order: s.maybe(Source::order),
            ground: s.coded(),
        },
        K::OrderApplied => F::OrderApplied {
            order: s.order(),
            row: s.one_or_more(),
            effects: s.set(1),
            remedy: s.maybe(Source::code),
        },
        K::DispositionEntered => F::DispositionEntered {
            disposition: s.code(),
            severity_after: s.maybe(Source::code),
            reason: s.maybe(Source::coded),
            order: s.maybe(Source::order),
        },
        K::SealingOrdered => F::SealingOrdered { order: s.order() },
        K::SealingExecuted => F::SealingExecuted {
            surfaces: s.set(0),
            extent: s.code(),
            order: s.maybe(Source::order),
        },
        K::RecordNotFound => F::RecordNotFound { search: s.coded() },
        K::RecordDestroyed => F::RecordDestroyed {
            authority: s.coded(),
        },
        K::ReliefReversed => F::ReliefReversed { order: s.order() },
        K::OrderVacated => F::OrderVacated {
            vacated: s.order(),
            order: s.order(),
        },
        K::Unsealed => F::Unsealed { order: s.order() },
        K::DispositionReportedToDoj => F::DispositionReportedToDoj { method: s.code() },
        K::DojReportRejected => F::DojReportRejected { reason: s.coded() },
        K::DojRecordUpdated => F::DojRecordUpdated,
        K::DojRecordRegressed => F::DojRecordRegressed,
        K::PersonNoticeAttempted => F::PersonNoticeAttempted { channel: s.code() },
        K::PersonNoticeDelivered => F::PersonNoticeDelivered,
        K::PersonNoticeUndeliverable => F::PersonNoticeUndeliverable,
        K::PersonNoticeWaived => F::PersonNoticeWaived,
        K::CustodianAcknowledged => F::CustodianAcknowledged {
            custodian: s.code(),
        },
        K::CaseWithdrawn => F::CaseWithdrawn { reason: s.coded() },
        K::DuplicateLinked => F::DuplicateLinked {
            canonical: CaseId::from_bytes(s.bytes()),
            basis: s.coded(),
        },
        K::DuplicateUnlinked => F::DuplicateUnlinked { basis: s.coded() },
        K::CaseReopened => F::CaseReopened { reason: s.coded() },
        K::CaseVoided => F::CaseVoided {
            reason: s.coded(),
            approver: s.org(),
        },
        K::FactCorrected => F::FactCorrected {
            target: u64::from(s.number()),
            replacement: Box::new(s.stated()),
            replacement_on: s.date(),
            reason: s.coded(),
            restored: s.some(0, Source::charge_state),
        },
        K::EventRetracted => F::EventRetracted {
            target: u64::from(s.number()),
            reason: s.coded(),
            restored: s.some(0, Source::charge_state),
        },
        K::IdentityMismatchReported => F::IdentityMismatchReported { kind: s.coded() },
        K::PersonLinked => F::PersonLinked { person: s.person() },
        K::PersonUnlinked => F::PersonUnlinked { person: s.person() },
        K::ConfirmationResolved => F::ConfirmationResolved {
            held: u64::from(s.number()),
            reason: s.coded(),
            moved_to: s.maybe(|s| CaseId::from_bytes(s.bytes())),
        },
        other => panic!("{other:?} has no sample"),
    }
}

fn made_by_the_ledger(kind: FactKind, s: &mut Source) -> CaseFact {
    use {CaseFact as F, FactKind as K};
    match kind {
        K::ConfirmationHeld => F::ConfirmationHeld {
            fact: Box::new(s.stated()),
            charges: s.some(0, Source::charge_id),
        },
        K::ConfirmationMatched => F::ConfirmationMatched {
            held: u64::from(s.number()),
            fact: Box::new(s.stated()),
        },
        K::ConfirmationSighted => F::ConfirmationSighted {
            kind: {
                // Kinds that came later would change what was written before.
                let first = FactKind::ALL.iter();
                let mut first = first.filter(|kind| !(64..=67).contains(&kind.number()));
                *first.nth(s.below(86) as usize).unwrap()
            },
        },
        K::RestrictedRead => F::RestrictedRead {
            reader: s.org(),
            reader_role: s.role(),
            purpose: s.code(),
        },
        K::ShredOrdered => F::ShredOrdered {
            basis: s.code(),
            tombstone: s.code(),
        },
        K::ShredConfirmed => F::ShredConfirmed {
            generation: s.one_or_more(),
            records: s.number(),
        },
        other => panic!("{other:?} has no sample"),
    }
}

fn about_batches(kind: FactKind, s: &mut Source) -> Fact {
    use {CohortFact as C, FactKind as K, InitiativeFact as I};
    match kind {
        K::InitiativeOpened => Fact::Initiative(I::InitiativeOpened {
            basis: s.code(),
            lead: s.org(),
            counties: s.some(1, |s| 1 + s.below(115) as u16),
            policy: s.policy(),
        }),
        K::PolicyAdopted => Fact::Initiative(I::PolicyAdopted { policy: s.policy() }),
        K::InitiativeAnnounced => Fact::Initiative(I::InitiativeAnnounced),
        K::InitiativeStarted => Fact::Initiative(I::InitiativeStarted),
        K::InitiativeCompleted => Fact::Initiative(I::InitiativeCompleted),
        K::InitiativeClosedWithRemainder => Fact::Initiative(I::InitiativeClosedWithRemainder {
            remainder: s.some(0, |s| RemainderItem {
                reason: s.coded(),
                cases: s.number(),
            }),
        }),
        K::CohortOpened => Fact::Cohort(C::CohortOpened {
            version: 1 + s.below(9) as u16,
            source: s.code(),
            file_digest: s.bytes(),
            declared: s.totals(),
            supersedes: s.maybe(Source::cohort),
        }),
        K::CohortSealed => Fact::Cohort(C::CohortSealed {
            received: s.totals(),
            refused: s.number(),
        }),
        K::CohortSuperseded => Fact::Cohort(C::CohortSuperseded {
            by: s.cohort(),
            added: s.number(),
            removed: s.number(),
            changed: s.number(),
        }),
        _ => about_court(kind, s),
    }
}

fn about_court(kind: FactKind, s: &mut Source) -> Fact {
    use {FactKind as K, FilingFact as F, OrderFact as O};
    match kind {
        K::FilingPrepared => Fact::Filing(F::FilingPrepared {
            vehicle: s.code(),
            court: s.court(),
            initiative: s.maybe(Source::initiative),
            manifest: s.maybe(Source::manifest),
        }),
        K::FilingSent => Fact::Filing(F::FilingSent),
        K::FilingReceiptConfirmed => Fact::Filing(F::FilingReceiptConfirmed {
            rows: s.maybe(|s| s.below(3) as u32),
        }),
        K::FilingReviewed => Fact::Filing(F::FilingReviewed {
            status: s.coded(),
            accepted: s.number(),
            rejected: s.number(),
            reason: s.maybe(Source::coded),
        }),
        K::FilingRetracted => Fact::Filing(F::FilingRetracted { reason: s.coded() }),
        K::ListReconciled => Fact::Filing(F::ListReconciled {
            only_sender: s.number(),
            only_court: s.number(),
            matched: s.number(),
        }),
        K::OrderProposed => Fact::Order(O::OrderProposed {
            kind: s.code(),
            court: s.court(),
            effects: s.set(1),
            manifest: s.maybe(Source::manifest),
        }),
        K::OrderSubmitted => Fact::Order(O::OrderSubmitted),
        K::OrderIssued => Fact::Order(O::OrderIssued {
            kind: s.code(),
            court: s.court(),
            effects: s.set(1),
            basis: s.code(),
            manifest: s.maybe(Source::manifest),
        }),
        K::OrderFiled => Fact::Order(O::OrderFiled),
        K::OrderRowsExplained => {
            let mut rows = s.some(1, Source::one_or_more);
            rows.sort_unstable();
            rows.dedup();
            Fact::Order(O::OrderRowsExplained {
                outcome: s.code(),
                rows,
            })
        }
        K::OrderCompleted => Fact::Order(O::OrderCompleted {
            applied: s.number(),
            already: s.number(),
            not_found: s.number(),
            rejected: s.number(),
        }),
        K::OrderAmended => Fact::Order(O::OrderAmended {
            added: s.maybe(Source::manifest),
            removed: s.maybe(Source::manifest),
        }),
        K::OrderSetAside => Fact::Order(O::OrderSetAside { by: s.order() }),
        other => panic!("{other:?} has no sample"),
    }
}
