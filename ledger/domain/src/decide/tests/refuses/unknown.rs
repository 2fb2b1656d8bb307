//! What names something that is not known.

use super::*;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    let sealed = CohortFact::CohortSealed {
        received: totals(0, 0),
        refused: 0,
    };
    vec![
        (
            one(),
            post(COURT, FactKind::ReliefGranted).expecting(Expected::Revision(7)),
            R::WrongExpectedRevision {
                expected: Expected::Revision(7),
                found: Some(0),
            },
        ),
        (
            one(),
            post(COURT, FactKind::ReliefGranted).expecting(Expected::NoStream),
            R::WrongExpectedRevision {
                expected: Expected::NoStream,
                found: Some(0),
            },
        ),
        (
            Stream::new(StreamKind::Case),
            post(COURT, FactKind::ReliefGranted).expecting(Expected::Exists),
            R::WrongExpectedRevision {
                expected: Expected::Exists,
                found: None,
            },
        ),
        (
            Stream::new(StreamKind::Case),
            post(DA, FactKind::ReviewStarted),
            R::CaseUnknown {
                attempted: FactKind::ReviewStarted,
            },
        ),
        (
            Stream::new(StreamKind::Cohort),
            post(DA, sealed),
            R::NotOpened {
                stream: StreamKind::Cohort,
                attempted: FactKind::CohortSealed,
            },
        ),
        (
            Stream::new(StreamKind::Initiative),
            post(DA, InitiativeFact::InitiativeStarted),
            R::NotOpened {
                stream: StreamKind::Initiative,
                attempted: FactKind::InitiativeStarted,
            },
        ),
        (
            with_cohort(None),
            post(DA, FactKind::SightingAdded),
            R::CohortUnknown {
                cohort: "SF-2018.1".parse().unwrap(),
            },
        ),
        (
            with_canonical(None),
            post(DA, FactKind::DuplicateLinked),
            R::CanonicalUnknown {
                canonical: CANONICAL,
            },
        ),
        (
            with_canonical(Some(CaseState::default())),
            post(COURT, FactKind::DuplicateLinked),
            R::CanonicalUnknown {
                canonical: CANONICAL,
            },
        ),
        (
            one(),
            post(COURT, FactKind::ReliefGranted).of(&[1, 2]),
            R::ChargeUnknown {
                charge: ChargeId(2),
                highest: 1,
            },
        ),
        (
            one(),
            post(COURT, FactKind::FilingPartiallyAccepted),
            R::ChargeUnknown {
                charge: ChargeId(2),
                highest: 1,
            },
        ),
        (
            one(),
            post(DA, retracted(9)),
            R::TargetUnknown {
                target: 9,
                revisions: 1,
            },
        ),
    ]
}
