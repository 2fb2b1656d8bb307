//! Posts from random bytes, well formed or not.

use crate::command::{Expected, Scope};
use crate::fact::{CaseFact, CohortFact, FactKind, FilingFact, InitiativeFact, OrderFact};
use crate::id::ChargeId;
use crate::vocabulary::{
    Determination, NewDisposition, OrderEffect, Remedy, RowOutcome, SealExtent, SealSurface, Set,
    Supervision, Vocabulary,
};

use super::support::*;

/// Choices from random bytes; past their end, always the first.
pub(super) struct Dice<'a>(pub(super) std::slice::Iter<'a, u8>);

impl Dice<'_> {
    pub(super) fn roll(&mut self) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0))
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll() % from.len()]
    }

    fn set<T: Vocabulary>(&mut self) -> Set<T> {
        let roll = self.roll();
        let members = T::ALL.iter().enumerate();
        members
            .filter(|(at, _)| roll >> at & 1 == 1)
            .map(|(_, member)| *member)
            .collect()
    }
}

const DAYS: &[&str] = &[
    "1990-01-01",
    "2021-09-01",
    "2021-09-02",
    "2021-09-03",
    "2021-09-04",
    "2021-09-05",
    "2023-06-04",
    "2023-06-05",
];

const ANYBODY: &[Who] = &[
    DA,
    COURT,
    DA,
    COURT,
    DOJ,
    DEFENDER,
    CITY,
    OTHER_DA,
    OTHER_COURT,
    VENDOR,
    PROBATION,
    POLICE,
    COMMUNITY,
    OVERSIGHT,
    PRESS,
    OPERATOR,
    CUSTODIAN,
];

/// Any fact about a case, well formed or not.
fn wild(kind: FactKind, dice: &mut Dice<'_>) -> CaseFact {
    let determination = dice.pick(Determination::ALL);
    let filing = dice.pick(&[FILING, FILING_2]);
    let order = dice.pick(&[ORDER, ORDER_2]);
    let id = ChargeId(dice.pick(&[1, 2, 3, 0, 9]));
    match sample(kind) {
        CaseFact::CaseIdentified { .. } => {
            let count = dice.pick(&[1, 2, 3, 0]);
            identified((1..=count).map(charge).collect())
        }
        CaseFact::ChargeAdded { charge } => CaseFact::ChargeAdded {
            charge: crate::Charge { id, ..charge },
        },
        CaseFact::ChargeAmended { charge } => CaseFact::ChargeAmended {
            charge: crate::Charge { id, ..charge },
        },
        CaseFact::SupervisionStatusReported { .. } => CaseFact::SupervisionStatusReported {
            status: dice.pick(Supervision::ALL),
        },
        CaseFact::EligibilityDetermined { .. } => determined(determination),
        CaseFact::EligibilityRedetermined { .. } => {
            redetermined(determination, dice.roll() as u64 % 12)
        }
        CaseFact::FilingSubmitted { vehicle, row, .. } => CaseFact::FilingSubmitted {
            filing,
            vehicle,
            row,
        },
        CaseFact::FilingAccepted { received_on, .. } => CaseFact::FilingAccepted {
            filing,
            received_on,
        },
        CaseFact::FilingPartiallyAccepted { reason, .. } => CaseFact::FilingPartiallyAccepted {
            filing,
            rejected: vec![id],
            reason,
        },
        CaseFact::FilingRejected { reason, .. } => CaseFact::FilingRejected { filing, reason },
        CaseFact::ReliefGranted { .. } => CaseFact::ReliefGranted {
            order,
            remedy: dice.pick(Remedy::ALL),
        },
        CaseFact::OrderApplied { .. } => CaseFact::OrderApplied {
            order,
            row: dice.pick(&[1, 0]),
            effects: dice.set::<OrderEffect>(),
            remedy: dice.pick(&[Some(Remedy::DismissAndSeal), None]),
        },
        CaseFact::DispositionEntered { .. } => entered(dice.pick(NewDisposition::ALL)),
        CaseFact::SealingOrdered { .. } => CaseFact::SealingOrdered { order },
        CaseFact::SealingExecuted { .. } => CaseFact::SealingExecuted {
            surfaces: dice.set::<SealSurface>(),
            extent: SealExtent::Count,
            order: Some(order),
        },
        CaseFact::OrderVacated { .. } => CaseFact::OrderVacated {
            vacated: order,
            order: dice.pick(&[ORDER, ORDER_2]),
        },
        CaseFact::PersonLinked { .. } => CaseFact::PersonLinked {
            person: dice.pick(&[PERSON, PERSON_2]),
        },
        CaseFact::PersonUnlinked { .. } => CaseFact::PersonUnlinked {
            person: dice.pick(&[PERSON, PERSON_2]),
        },
        CaseFact::FactCorrected { .. } => {
            let kind = dice.pick(&FactKind::ALL[..60]);
            let day = dice.pick(DAYS);
            let target = dice.roll() as u64 % 12;
            let replacement = if kind == FactKind::FactCorrected {
                retracted(target)
            } else {
                wild(kind, dice)
            };
            corrected(target, replacement, day)
        }
        CaseFact::EventRetracted { .. } => retracted(dice.roll() as u64 % 12),
        CaseFact::ConfirmationResolved { .. } => resolved(dice.roll() as u64 % 12),
        other => other,
    }
}

pub(super) fn wild_post(bytes: &[u8]) -> Post {
    let mut dice = Dice(bytes.iter());
    let kind = match dice.roll() % 62 {
        60 => FactKind::ConfirmationResolved,
        61 => FactKind::ShredOrdered,
        stated => FactKind::ALL[stated],
    };
    // Somebody who may, most of the time; anybody, sometimes.
    let posters = crate::authority::posters(kind);
    let who = if dice.roll().is_multiple_of(8) {
        dice.pick(ANYBODY)
    } else {
        somebody(dice.pick(posters))
    };
    let day = dice.pick(DAYS);
    let scope = match dice.roll() % 4 {
        0 => charges(&[1]),
        1 => charges(&[dice.pick(&[2, 3, 1]), dice.pick(&[1, 9])]),
        2 if dice.roll().is_multiple_of(16) => Scope::Charges(Vec::new()),
        _ => Scope::WholeCase,
    };
    let expected = match dice.roll() % 16 {
        0 => Expected::NoStream,
        1 => Expected::Revision(3),
        2 => Expected::Exists,
        _ => Expected::Any,
    };
    let mut post = post(who, wild(kind, &mut dice)).on(day).expecting(expected);
    post.command.scope = scope;
    post
}

pub(super) fn batch_post(revision: usize, bytes: &[u8]) -> Post {
    let mut dice = Dice(bytes.iter());
    let rows = dice.pick(&[Some(5), None, Some(0), Some(1)]);
    let who = dice.pick(&[DA, COURT, DA, COURT, OPERATOR, DOJ]);
    let number = dice.pick(&[0_u32, 1, 2, 5, u32::MAX]);
    let version = dice.pick(&[1, 2, 3]);
    match dice.roll() % 24 {
        0 => post(who, initiative_opened()),
        1 => post(
            who,
            InitiativeFact::PolicyAdopted {
                policy: policy(version),
            },
        ),
        2 => post(who, InitiativeFact::InitiativeAnnounced),
        3 => post(who, InitiativeFact::InitiativeStarted),
        4 => post(who, InitiativeFact::InitiativeCompleted),
        5 => post(who, remainder(number)),
        6 => post(who, cohort_opened(totals(number.min(9), 2))),
        7 => post(
            who,
            CohortFact::CohortSealed {
                received: totals(number.min(9), 2),
                refused: number,
            },
        ),
        8 => post(
            who,
            CohortFact::CohortSuperseded {
                by: "LA-2021-COURT.2".parse().unwrap(),
                added: number,
                removed: 0,
                changed: 0,
            },
        ),
        9 => post(who, filing_prepared(rows)),
        10 => post(who, FilingFact::FilingSent),
        11 => post(who, FilingFact::FilingReceiptConfirmed { rows }),
        12 => post(who, reviewed(number, revision as u32)),
        13 => post(
            who,
            FilingFact::ListReconciled {
                only_sender: number,
                only_court: number,
                matched: number,
            },
        ),
        14 | 15 => post(who, order_issued(rows)),
        16 => post(who, OrderFact::OrderFiled),
        17 => post(who, OrderFact::OrderSubmitted),
        18 | 19 => post(
            who,
            rows_explained(
                dice.pick(RowOutcome::ALL),
                &[number, number.saturating_add(1)],
            ),
        ),
        20 => post(
            who,
            OrderFact::OrderCompleted {
                applied: 0,
                already: number,
                not_found: number,
                rejected: number,
            },
        ),
        21 => post(
            who,
            OrderFact::OrderAmended {
                added: rows.map(manifest),
                removed: Some(manifest(number)),
            },
        ),
        _ => post(who, OrderFact::OrderSetAside { by: ORDER_2 }),
    }
}
