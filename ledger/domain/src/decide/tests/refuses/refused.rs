//! What the state of a case forbids.

use super::*;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    let shifted = |given: u16| CaseFact::ChargeAdded {
        charge: charge(given),
    };
    vec![
        (
            one(),
            post(DA, FactKind::ReviewStarted),
            R::MoveNotAllowed {
                charge: ChargeId(1),
                stands: Decision::Identified,
                attempted: FactKind::ReviewStarted,
                allowed: from(Decision::Identified, FactKind::ReviewStarted),
            },
        ),
        (
            // Found ineligible, reopened: approval needs a new determination first.
            one().given([
                post(DA, determined(Determination::Ineligible)),
                post(DA, FactKind::CaseReopened),
            ]),
            post(DA, FactKind::ReviewApproved),
            R::MoveNotAllowed {
                charge: ChargeId(1),
                stands: Decision::Identified,
                attempted: FactKind::ReviewApproved,
                allowed: from(Decision::Identified, FactKind::ReviewApproved),
            },
        ),
        (
            one(),
            post(DA, FactKind::PersonNoticeDelivered),
            R::NoticeNotAllowed {
                charge: ChargeId(1),
                stands: Notice::None,
                attempted: FactKind::PersonNoticeDelivered,
                allowed: vec![
                    FactKind::PersonNoticeAttempted,
                    FactKind::PersonNoticeWaived,
                ],
            },
        ),
        (
            one().given([post(DA, determined(Determination::Ineligible))]),
            post(DA, FactKind::ReviewApproved),
            R::NothingInScope {
                attempted: FactKind::ReviewApproved,
            },
        ),
        (
            one().given([post(DA, FactKind::DuplicateLinked)]),
            post(DEFENDER, FactKind::PersonNoticeAttempted),
            R::CaseIsDuplicate {
                canonical: CANONICAL,
                attempted: FactKind::PersonNoticeAttempted,
            },
        ),
        (
            {
                let linked = one().given([post(DA, FactKind::DuplicateLinked)]);
                with_canonical(Some(linked.state().clone()))
            },
            post(DA, FactKind::DuplicateLinked),
            R::DuplicateCycle {
                canonical: CANONICAL,
            },
        ),
        (
            one(),
            post(
                COURT,
                CaseFact::DuplicateLinked {
                    canonical: CASE,
                    basis: Coded::Known(crate::vocabulary::DuplicateBasis::Reexport),
                },
            ),
            R::DuplicateCycle { canonical: CASE },
        ),
        (
            one(),
            post(
                DA,
                CaseFact::DuplicateUnlinked {
                    basis: Coded::Known(UnlinkBasis::DifferentCharge),
                },
            ),
            R::NotDuplicate,
        ),
        (
            with_cohort(Some(CohortStatus::Sealed)),
            post(DA, FactKind::SightingAdded),
            R::CohortNotOpen {
                cohort: "SF-2018.1".parse().unwrap(),
                status: Some(CohortStatus::Sealed),
            },
        ),
        (
            one(),
            post(
                DA,
                CaseFact::SightingRemoved {
                    cohort: "SF-2018.1".parse().unwrap(),
                },
            ),
            R::NotSighted {
                cohort: "SF-2018.1".parse().unwrap(),
            },
        ),
        (
            one(),
            post(DA, FactKind::PersonUnlinked),
            R::PersonNotLinked,
        ),
        (
            one(),
            post(COURT, shifted(3)),
            R::ChargeNotNext {
                given: ChargeId(3),
                expected: ChargeId(2),
            },
        ),
        (
            Stream::new(StreamKind::Case),
            post(DA, identified(vec![charge(2)])),
            R::ChargeNotNext {
                given: ChargeId(2),
                expected: ChargeId(1),
            },
        ),
        (
            one(),
            post(COURT, entered(NewDisposition::Dismissed)).on("1990-12-31"),
            R::EnteredBeforeConviction {
                charge: ChargeId(1),
                entered_on: day("1990-12-31"),
                conviction_year: 1991,
            },
        ),
        (
            one().given(to_filing()),
            post(
                DA,
                CaseFact::FilingWithdrawn {
                    filing: FILING_2,
                    reason: Coded::Known(WithdrawReason::OtherVehicle),
                },
            )
            .of(&[1]),
            R::OtherFiling {
                charge: ChargeId(1),
                given: FILING_2,
                on_charge: Some(FILING),
            },
        ),
        (
            one().given([post(DA, eligible())]),
            post(DA, redetermined(Determination::Ineligible, 0)).of(&[1]),
            R::WrongSupersedes {
                charge: ChargeId(1),
                supersedes: 0,
                in_force: Some(1),
            },
        ),
        (
            one().given([post(COURT, FactKind::DispositionEntered)]),
            post(DA, FactKind::CaseVoided),
            R::ReliefEntered {
                charge: ChargeId(1),
                disposition: Disposition::Dismissed,
            },
        ),
        (
            one(),
            post(
                DA,
                CaseFact::CaseVoided {
                    reason: Coded::Known(VoidReason::IdentityError),
                    approver: org(DA),
                },
            ),
            R::ApproverIsPoster { approver: org(DA) },
        ),
        (
            one().given([post(DA, eligible()), post(DA, retracted(1))]),
            post(DA, corrected(1, eligible(), "2021-09-28")),
            R::TargetRetracted { target: 1 },
        ),
        (
            Stream::new(StreamKind::Case).given([
                post(COURT, FactKind::ReliefGranted),
                post(DA, identified(vec![charge(1)])),
            ]),
            post(COURT, retracted(0)),
            R::MatchedSince {
                target: 0,
                matched: 2,
            },
        ),
        (
            Stream::new(StreamKind::Case).given([
                post(COURT, FactKind::ReliefGranted),
                post(COURT, resolved(0)),
            ]),
            post(COURT, retracted(0)),
            R::TargetRetracted { target: 0 },
        ),
        (
            Stream::new(StreamKind::Case).given([
                post(COURT, FactKind::ReliefGranted),
                post(COURT, resolved(0)),
            ]),
            post(COURT, resolved(0)),
            R::NothingHeld(0),
        ),
        (one(), post(COURT, resolved(9)), R::NothingHeld(9)),
        (
            Stream::new(StreamKind::Case).given([post(COURT, FactKind::ReliefGranted)]),
            post(OTHER_COURT, resolved(0)),
            R::NotYourFact {
                target: 0,
                posted_by: org(COURT),
                poster: org(OTHER_COURT),
            },
        ),
        (
            Stream::new(StreamKind::Case).given([
                post(COURT, FactKind::ReliefGranted),
                post(DA, identified(vec![charge(1)])),
            ]),
            post(COURT, resolved(0)),
            R::MatchedSince {
                target: 0,
                matched: 2,
            },
        ),
        (
            one(),
            post(DA, retracted(0)),
            R::NotCorrectable {
                target: 0,
                kind: FactKind::CaseIdentified,
                instead: Some(FactKind::CaseVoided),
            },
        ),
        (
            one().given([post(DA, eligible()), post(DA, retracted(1))]),
            post(DA, retracted(2)),
            R::NotCorrectable {
                target: 2,
                kind: FactKind::EventRetracted,
                instead: None,
            },
        ),
    ]
}
