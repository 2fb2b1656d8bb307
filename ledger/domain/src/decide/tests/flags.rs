//! Every soft guard, by the flag it raises.

use crate::event::{Flag, Flags};
use crate::fact::{CaseFact, Charge, CohortFact, FactKind, FilingFact, OrderFact};
use crate::id::StreamKind;
use crate::text::Text;
use crate::vocabulary::{
    Coded, Determination, Family, FilingRejection, NewDisposition, ReviewStatus, SealSurface,
    Supervision,
};

use super::accepts::orders;
use super::support::*;

fn unmapped<T>() -> Coded<T> {
    Coded::Unmapped(Text::parse("RETURNED").unwrap())
}

#[expect(clippy::too_many_lines, reason = "a table")]
/// One post for each flag: the given steps, the post, and exactly the flags it raises.
fn flag_table() -> Vec<(&'static [Flag], Stream, Post)> {
    use Flag as F;
    let case = || Stream::case(vec![charge(1)]);
    let approved = || case().given(to_approval());
    let with_policy = |mut stream: Stream| {
        stream.policy = Some(crate::Policy {
            rule_set: rules(2),
            ..policy(2)
        });
        stream
    };
    let other = Charge {
        family: Family::Other,
        ..charge(1)
    };
    let comment = Charge {
        in_comment_only: true,
        ..charge(2)
    };
    let court = |kind: FactKind| post(COURT, kind).on("2021-11-01");
    vec![
        (
            &[F::OutOfOrder],
            case().given(to_filing()),
            court(FactKind::FilingAccepted),
        ),
        (&[F::OutOfOrder], case(), court(FactKind::Unsealed)),
        (&[F::OutOfOrder], case(), court(FactKind::CaseReopened)),
        (&[F::OutOfOrder], case(), court(FactKind::DuplicateUnlinked)),
        (
            &[F::ChargeAfterFiling],
            case().given(to_filing()),
            court(FactKind::ChargeAdded),
        ),
        (
            &[F::ChargeInComment],
            case(),
            post(DOJ, CaseFact::ChargeAdded { charge: comment }),
        ),
        (
            &[F::NoDetermination],
            case(),
            post(DA, FactKind::ReviewApproved),
        ),
        (
            &[F::RedeterminedAfterApproval],
            approved(),
            post(DA, redetermined(Determination::Ineligible, 1)),
        ),
        (
            &[F::LateChallenge],
            approved(),
            post(DA, FactKind::Challenged),
        ),
        (
            &[F::LateChallenge],
            with_policy(case().given([post(DA, eligible())])),
            post(DA, FactKind::Challenged),
        ),
        (
            &[F::FiledWhileChallenged],
            case().given([post(DA, eligible()), post(DA, FactKind::Challenged)]),
            post(DEFENDER, FactKind::FilingSubmitted).of(&[1]),
        ),
        (
            &[F::OutOfOrder, F::NoSubmission],
            approved(),
            court(FactKind::FilingAccepted),
        ),
        (
            &[F::NoSubmission],
            approved(),
            court(FactKind::FilingReceived),
        ),
        (&[F::NoFiling], approved(), court(FactKind::ReliefGranted)),
        (
            &[F::OutOfOrder, F::NoOrder],
            approved(),
            post(
                COURT,
                CaseFact::DispositionEntered {
                    disposition: NewDisposition::Dismissed,
                    severity_after: None,
                    reason: None,
                    order: None,
                },
            ),
        ),
        (
            &[F::SealedBeforeDismissal],
            case()
                .given(to_grant())
                .given([court(FactKind::SealingOrdered)]),
            court(FactKind::SealingExecuted),
        ),
        (
            &[F::SurfacesIncomplete],
            case().given(to_grant()).given([
                court(FactKind::DispositionEntered),
                court(FactKind::SealingOrdered),
            ]),
            post(COURT, surface(SealSurface::Portal)).on("2021-11-02"),
        ),
        (
            &[F::WithdrawnAfterGrant],
            case().given(to_grant()),
            post(DA, FactKind::CaseWithdrawn),
        ),
        (
            &[F::OutOfOrder, F::UpdatedBeforeReport],
            case()
                .given(to_grant())
                .given([court(FactKind::DispositionEntered)]),
            post(DOJ, FactKind::DojRecordUpdated),
        ),
        (
            &[F::ReportedBeforeEntry],
            case().given(to_grant()),
            court(FactKind::DispositionReportedToDoj),
        ),
        (
            &[F::NotCannabis],
            Stream::case(vec![other]).given(to_filing()),
            court(FactKind::ReliefGranted),
        ),
        (
            &[F::UnmappedCode],
            case().given(to_filing()),
            post(
                COURT,
                CaseFact::ReliefDenied {
                    order: None,
                    ground: unmapped(),
                },
            ),
        ),
        (
            &[F::SecondInitiative],
            case(),
            post(DOJ, FactKind::SightingAdded),
        ),
        (
            &[F::PersonDiffers],
            case().given([post(DOJ, FactKind::PersonLinked)]),
            post(DOJ, CaseFact::PersonLinked { person: PERSON_2 }),
        ),
        (
            &[F::Redirected],
            approved().given([
                post(DA, FactKind::FilingSubmitted),
                post(DA, FactKind::DuplicateLinked),
                post(COURT, FactKind::PersonLinked),
            ]),
            post(POLICE, FactKind::CustodianAcknowledged),
        ),
        (
            &[F::SupersededRules],
            with_policy(case()),
            post(DA, eligible()),
        ),
        (
            &[F::StillServing],
            case().given([post(
                PROBATION,
                CaseFact::SupervisionStatusReported {
                    status: Supervision::Serving,
                },
            )]),
            post(DA, eligible()),
        ),
        (
            &[F::Unmatched],
            Stream::new(StreamKind::Case),
            court(FactKind::DispositionEntered),
        ),
        (
            &[F::CountMismatch],
            Stream::new(StreamKind::Cohort).given([post(DA, cohort_opened(totals(2, 3)))]),
            post(
                DA,
                CohortFact::CohortSealed {
                    received: totals(3, 2),
                    refused: 0,
                },
            ),
        ),
        (
            &[F::OutOfOrder, F::NoSubmission],
            Stream::new(StreamKind::Filing),
            post(COURT, FilingFact::FilingReceiptConfirmed { rows: None }),
        ),
        (
            &[F::OutOfOrder, F::NoSubmission, F::UnmappedCode],
            Stream::new(StreamKind::Filing),
            post(
                COURT,
                FilingFact::FilingReviewed {
                    status: unmapped::<ReviewStatus>(),
                    accepted: 1,
                    rejected: 0,
                    reason: Some(unmapped::<FilingRejection>()),
                },
            ),
        ),
        (
            &[F::OutOfOrder],
            orders(),
            post(COURT, OrderFact::OrderFiled),
        ),
        (
            &[F::SealedAlready],
            super::private::ordered(),
            post(DA, city_case()),
        ),
    ]
}

#[test]
fn raises_every_flag_where_a_soft_guard_fails_and_no_other() {
    let mut seen = Flags::NONE;
    for (at, (expected, mut stream, attempted)) in flag_table().into_iter().enumerate() {
        let event = stream.event(attempted);
        assert_eq!(
            event.flags,
            flags(expected),
            "row {at}: {:?}",
            event.fact.kind()
        );
        seen = seen.union(event.flags);
    }
    // Of organisations, which have tables of their own.
    seen = seen.union(super::authority::raised());
    let missing: Vec<_> = Flag::ALL
        .iter()
        .filter(|flag| !seen.contains(**flag))
        .collect();
    assert!(missing.is_empty(), "never raised: {missing:?}");
}
