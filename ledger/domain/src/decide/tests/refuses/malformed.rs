//! What is wrong whatever the state.

use super::*;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    let reason = |determination, reason| match determined(determination) {
        CaseFact::EligibilityDetermined {
            determination,
            remedy,
            rules,
            evaluated_as_of,
            ..
        } => CaseFact::EligibilityDetermined {
            determination,
            remedy,
            rules,
            reasons: reason,
            evaluated_as_of,
        },
        other => other,
    };
    let bounds = |what, found, min, max| R::OutOfBounds {
        what,
        found,
        min,
        max,
    };
    let mut mismatched = post(DA, FactKind::ReviewStarted);
    mismatched.command.target = crate::command::Target::Order(ORDER);
    vec![
        (
            one(),
            mismatched,
            R::StreamMismatch {
                stream: StreamKind::Order,
                attempted: FactKind::ReviewStarted,
            },
        ),
        (
            one(),
            post(COURT, FactKind::ReliefGranted).of(&[]),
            R::ScopeEmpty {
                attempted: FactKind::ReliefGranted,
            },
        ),
        (
            one(),
            post(POLICE, FactKind::CustodianAcknowledged).of(&[1]),
            R::ScopeNotApplicable {
                attempted: FactKind::CustodianAcknowledged,
            },
        ),
        (
            Stream::new(StreamKind::Cohort),
            post(DA, cohort_opened(totals(1, 1))).of(&[1]),
            R::ScopeNotApplicable {
                attempted: FactKind::CohortOpened,
            },
        ),
        (
            one(),
            post(
                COURT,
                CaseFact::HearingSet {
                    hearing_on: day("2028-06-05"),
                },
            ),
            R::FutureDate {
                what: StatedDate::HearingOn,
                date: day("2028-06-05"),
                latest: day("2028-06-04"),
            },
        ),
        (
            one(),
            post(COURT, FactKind::ReliefGranted).on("2023-06-05"),
            R::FutureDate {
                what: StatedDate::OccurredOn,
                date: day("2023-06-05"),
                latest: day("2023-06-04"),
            },
        ),
        (
            Stream::new(StreamKind::Case),
            post(DA, identified(Vec::new())),
            bounds(Quantity::Charges, 0, 1, 200),
        ),
        (
            Stream::new(StreamKind::Case),
            post(
                DA,
                identified(
                    (1..=201)
                        .map(|id| Charge {
                            conviction_year: 2000,
                            ..charge(id)
                        })
                        .collect(),
                ),
            ),
            bounds(Quantity::Charges, 201, 1, 200),
        ),
        (
            Stream::new(StreamKind::Case),
            post(DA, identified_in(4)),
            R::CountyUnknown { found: 4 },
        ),
        (
            Stream::new(StreamKind::Initiative),
            post(
                DA,
                InitiativeFact::InitiativeOpened {
                    basis: LegalBasis::Stipulated,
                    lead: org(DA),
                    counties: vec![37, 999],
                    policy: policy(1),
                },
            ),
            R::CountyUnknown { found: 999 },
        ),
        (
            one(),
            post(
                DA,
                CaseFact::ChargeAdded {
                    charge: Charge {
                        section: "../..".parse().unwrap(),
                        ..charge(2)
                    },
                },
            ),
            R::NotASection {
                charge: ChargeId(2),
            },
        ),
        (
            one(),
            post(
                DA,
                CaseFact::ChargeAmended {
                    charge: Charge {
                        conviction_year: 2024,
                        ..charge(1)
                    },
                },
            ),
            bounds(Quantity::ConvictionYear, 2024, 1850, 2023),
        ),
        (
            one(),
            post(DA, reason(Determination::Eligible, Vec::new())),
            bounds(Quantity::Reasons, 0, 1, 8),
        ),
        (
            one(),
            post(
                DA,
                reason(
                    Determination::Eligible,
                    vec![Coded::Known(DeterminationReason::Pc290)],
                ),
            ),
            R::ReasonMismatch {
                reason: DeterminationReason::Pc290,
                determination: Determination::Eligible,
            },
        ),
        (
            one(),
            post(
                DA,
                CaseFact::EligibilityDetermined {
                    determination: Determination::Ineligible,
                    remedy: Some(Remedy::Resentence),
                    rules: rules(1),
                    reasons: vec![Coded::Known(DeterminationReason::Other)],
                    evaluated_as_of: day(ON),
                },
            ),
            R::RemedyMismatch {
                determination: Determination::Ineligible,
                remedy: Some(Remedy::Resentence),
            },
        ),
        (
            one(),
            post(COURT, applied(&[], None)),
            R::EffectsMissing {
                attempted: FactKind::OrderApplied,
            },
        ),
        (
            one(),
            post(
                COURT,
                applied(&[OrderEffect::Redesignate], Some(Remedy::DismissAndSeal)),
            ),
            R::EffectsMismatch {
                effects: Set::EMPTY.with(OrderEffect::Redesignate),
                remedy: Some(Remedy::DismissAndSeal),
            },
        ),
        (
            Stream::case(vec![charge(1), charge(2)]),
            post(COURT, FactKind::FilingPartiallyAccepted).of(&[1, 2]),
            R::AcceptedAndRejected {
                charge: ChargeId(2),
            },
        ),
        (
            Stream::new(StreamKind::Order),
            post(
                COURT,
                OrderFact::OrderIssued {
                    kind: OrderKind::Blanket,
                    court: "LASC".parse().unwrap(),
                    effects: effects(),
                    basis: LegalBasis::Stipulated,
                    manifest: None,
                },
            ),
            R::ManifestMissing {
                attempted: FactKind::OrderIssued,
            },
        ),
        (
            Stream::new(StreamKind::Order),
            post(
                DA,
                OrderFact::OrderProposed {
                    kind: OrderKind::Individual,
                    court: "LASC".parse().unwrap(),
                    effects: effects(),
                    manifest: Some(manifest(1)),
                },
            ),
            R::ManifestUnexpected {
                attempted: FactKind::OrderProposed,
            },
        ),
        (
            Stream::new(StreamKind::Order).given([post(COURT, order_issued(None))]),
            post(COURT, OrderFact::OrderSetAside { by: ORDER }),
            R::SelfReference {
                attempted: FactKind::OrderSetAside,
            },
        ),
        (
            Stream::new(StreamKind::Cohort),
            post(
                DA,
                CohortFact::CohortOpened {
                    version: 2,
                    source: crate::vocabulary::Source::CourtRecords,
                    file_digest: [0; 32],
                    declared: totals(1, 1),
                    supersedes: Some("SF-2018.1".parse::<CohortId>().unwrap()),
                },
            ),
            R::OtherInitiative {
                cohort: cohort(),
                other: "SF-2018.1".parse().unwrap(),
            },
        ),
        (
            Stream::new(StreamKind::Cohort),
            post(
                DA,
                cohort_opened(ControlTotals {
                    rows: 6,
                    ..totals(2, 3)
                }),
            ),
            R::TotalsDoNotAddUp { rows: 6, sum: 5 },
        ),
        (
            blanket(5),
            post(COURT, rows_explained(RowOutcome::NotFound, &[2, 2])),
            R::RowsNotAscending { row: 2 },
        ),
    ]
}

fn identified_in(number: u16) -> CaseFact {
    let mut fact = identified(vec![charge(1)]);
    if let CaseFact::CaseIdentified { county, .. } = &mut fact {
        *county = number;
    }
    fact
}
