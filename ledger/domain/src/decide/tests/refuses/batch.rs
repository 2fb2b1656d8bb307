//! What the stage of a batch forbids.

use super::*;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    let completed = |applied, already, not_found, rejected| OrderFact::OrderCompleted {
        applied,
        already,
        not_found,
        rejected,
    };
    let counted = |applied| {
        let mut order = blanket(3).given([post(COURT, rows_explained(RowOutcome::NotFound, &[2]))]);
        order.counts = Some(OrderCounts { applied });
        order
    };
    vec![
        (
            blanket(5),
            post(DA, OrderFact::OrderSubmitted),
            R::StageNotAllowed {
                stands: Stage::Order(Some(OrderStatus::Signed)),
                attempted: FactKind::OrderSubmitted,
                allowed: vec![
                    FactKind::OrderFiled,
                    FactKind::OrderRowsExplained,
                    FactKind::OrderCompleted,
                    FactKind::OrderAmended,
                    FactKind::OrderSetAside,
                ],
            },
        ),
        (
            Stream::new(StreamKind::Initiative).given([post(DA, initiative_opened())]),
            post(DA, InitiativeFact::PolicyAdopted { policy: policy(3) }),
            R::PolicyVersionNotNext {
                found: 3,
                expected: 2,
            },
        ),
        (
            blanket(5),
            post(COURT, rows_explained(RowOutcome::NotFound, &[5, 6])),
            R::RowOutOfRange {
                row: 6,
                declared: 5,
            },
        ),
        (
            counted(2),
            post(COURT, rows_explained(RowOutcome::Already, &[1, 2])),
            R::RowExplainedTwice {
                row: 2,
                outcome: RowOutcome::NotFound,
            },
        ),
        (
            Stream::new(StreamKind::Order).given([post(COURT, order_issued(None))]),
            post(
                COURT,
                OrderFact::OrderAmended {
                    added: Some(manifest(1)),
                    removed: None,
                },
            ),
            R::OrderNotBlanket {
                attempted: FactKind::OrderAmended,
            },
        ),
        (
            blanket(3),
            post(COURT, completed(0, 0, 0, 0)),
            R::OrderDoesNotAddUp {
                declared: 3,
                sum: 0,
            },
        ),
        (
            counted(1),
            post(COURT, completed(2, 0, 1, 0)),
            R::OrderCountDiffers {
                outcome: None,
                stated: 2,
                counted: 1,
            },
        ),
        (
            counted(2),
            post(
                COURT,
                OrderFact::OrderAmended {
                    added: None,
                    removed: Some(manifest(3)),
                },
            ),
            R::AmendmentExceedsManifest {
                declared: 3,
                added: 0,
                removed: 3,
                explained: 1,
            },
        ),
        (
            counted(2),
            post(COURT, completed(1, 1, 1, 1)),
            R::Several(vec![
                R::OrderDoesNotAddUp {
                    declared: 3,
                    sum: 4,
                },
                R::OrderCountDiffers {
                    outcome: None,
                    stated: 1,
                    counted: 2,
                },
                R::OrderCountDiffers {
                    outcome: Some(RowOutcome::Already),
                    stated: 1,
                    counted: 0,
                },
                R::OrderCountDiffers {
                    outcome: Some(RowOutcome::Rejected),
                    stated: 1,
                    counted: 0,
                },
            ]),
        ),
    ]
}
