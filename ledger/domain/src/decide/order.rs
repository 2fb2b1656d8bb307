//! Decisions about court orders: `PROPOSED -> SUBMITTED -> SIGNED -> FILED -> APPLIED`, `VACATED`
//! (docs/LIFECYCLE.md). A court signs what nobody proposed to the ledger, too. The rows of a blanket
//! order are exact: applied + already + not found + rejected = declared, always.

use crate::command::{Command, Context};
use crate::event::Flag;
use crate::fact::{Fact, FactKind, Manifest, OrderFact};
use crate::id::OrderId;
use crate::rejection::{Quantity, Rejection, Stage};
use crate::state::{OrderState, OrderStatus};
use crate::vocabulary::{OrderEffect, OrderKind, RowOutcome, Set};

use super::stage::Step;
use super::{Decided, content, limits};

pub(super) fn decide(
    state: &OrderState,
    id: OrderId,
    fact: &OrderFact,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let attempted = fact.kind();
    let mut step = Step::new(command, context);
    step.stage(Stage::Order(state.status), |kind| allows(state, kind));
    match fact {
        OrderFact::OrderProposed {
            kind,
            effects,
            manifest,
            ..
        } => drawn_up(&mut step, attempted, *kind, *effects, *manifest),
        OrderFact::OrderIssued {
            kind,
            effects,
            manifest,
            ..
        } => {
            drawn_up(&mut step, attempted, *kind, *effects, *manifest);
            let proposed = state.manifest.filter(|_| state.basis.is_none());
            let differs = proposed.is_some() && proposed != *manifest;
            step.flag_if(differs, Flag::CountMismatch);
        }
        OrderFact::OrderRowsExplained { outcome: _, rows } => {
            step.refuse(blanket(state, attempted));
            step.refuse(explained(state, rows));
        }
        OrderFact::OrderCompleted {
            applied,
            already,
            not_found,
            rejected,
        } => {
            step.refuse(blanket(state, attempted));
            let stated = [*applied, *already, *not_found, *rejected];
            step.refuse(complete(state, stated, context));
        }
        OrderFact::OrderAmended { added, removed } => {
            step.refuse(blanket(state, attempted));
            step.manifest(*added);
            step.manifest(*removed);
            step.refuse(amended(state, *added, *removed));
        }
        OrderFact::OrderSetAside { by } => {
            step.refuse((*by == id).then_some(Rejection::SelfReference { attempted }));
        }
        OrderFact::OrderSubmitted | OrderFact::OrderFiled => {}
    }
    step.decided(Fact::Order(fact.clone()))
}

fn allows(state: &OrderState, kind: FactKind) -> bool {
    use OrderStatus as S;
    let status = state.status;
    match kind {
        FactKind::OrderProposed => status.is_none(),
        FactKind::OrderSubmitted => status == Some(S::Proposed),
        FactKind::OrderIssued => matches!(status, None | Some(S::Proposed | S::Submitted)),
        FactKind::OrderFiled => status == Some(S::Signed),
        FactKind::OrderRowsExplained | FactKind::OrderCompleted => {
            matches!(status, Some(S::Signed | S::Filed))
        }
        FactKind::OrderAmended | FactKind::OrderSetAside => {
            matches!(status, Some(S::Signed | S::Filed | S::Applied))
        }
        _ => false,
    }
}

fn drawn_up(
    step: &mut Step<'_>,
    attempted: FactKind,
    kind: OrderKind,
    effects: Set<OrderEffect>,
    manifest: Option<Manifest>,
) {
    step.manifest(manifest);
    step.refuse(
        effects
            .is_empty()
            .then_some(Rejection::EffectsMissing { attempted }),
    );
    step.refuse(match (kind, manifest) {
        (OrderKind::Blanket, None) => Some(Rejection::ManifestMissing { attempted }),
        (OrderKind::Individual, Some(_)) => Some(Rejection::ManifestUnexpected { attempted }),
        (OrderKind::Blanket, Some(_)) | (OrderKind::Individual, None) => None,
    });
}

fn blanket(state: &OrderState, attempted: FactKind) -> Option<Rejection> {
    (state.kind != Some(OrderKind::Blanket)).then_some(Rejection::OrderNotBlanket { attempted })
}

fn explained(state: &OrderState, rows: &[u32]) -> Vec<Rejection> {
    let count = content::within(
        Quantity::ExplainedRows,
        rows.len() as u64,
        1,
        limits::EXPLAINED_ROWS_MAX as u64,
    );
    let unsorted = rows.windows(2).find_map(|pair| match pair {
        [before, row] if row <= before => Some(Rejection::RowsNotAscending { row: *row }),
        _ => None,
    });
    let outside = rows
        .iter()
        .find(|row| !(1..=state.declared).contains(*row))
        .map(|row| Rejection::RowOutOfRange {
            row: *row,
            declared: state.declared,
        });
    let twice = rows.iter().find_map(|row| {
        let at = state
            .explained
            .binary_search_by_key(row, |(known, _)| *known)
            .ok()?;
        let (_, outcome) = state.explained.get(at)?;
        Some(Rejection::RowExplainedTwice {
            row: *row,
            outcome: *outcome,
        })
    });
    [count, unsorted, outside, twice]
        .into_iter()
        .flatten()
        .collect()
}

/// Every row has one outcome, and each outcome is what the ledger itself counted.
fn complete(state: &OrderState, stated: [u32; 4], context: &Context<'_>) -> Vec<Rejection> {
    let sum = stated.into_iter().map(u64::from).sum();
    let total = (sum != u64::from(state.declared)).then_some(Rejection::OrderDoesNotAddUp {
        declared: state.declared,
        sum,
    });
    let applied = context.order_counts.map_or(0, |counts| counts.applied);
    let explained = |outcome| {
        let rows = state
            .explained
            .iter()
            .filter(|(_, known)| *known == outcome);
        rows.count() as u32
    };
    let counted = [
        (None, applied),
        (Some(RowOutcome::Already), explained(RowOutcome::Already)),
        (Some(RowOutcome::NotFound), explained(RowOutcome::NotFound)),
        (Some(RowOutcome::Rejected), explained(RowOutcome::Rejected)),
    ];
    let differing = stated
        .into_iter()
        .zip(counted)
        .filter(|(stated, (_, counted))| stated != counted)
        .map(
            |(stated, (outcome, counted))| Rejection::OrderCountDiffers {
                outcome,
                stated,
                counted,
            },
        );
    total.into_iter().chain(differing).collect()
}

/// A delta manifest never rewrites the first one; what is explained stays covered.
fn amended(
    state: &OrderState,
    added: Option<Manifest>,
    removed: Option<Manifest>,
) -> Vec<Rejection> {
    let nothing = added.is_none() && removed.is_none();
    let count = content::within(Quantity::Amendments, u64::from(!nothing), 1, 2);
    let rows = |manifest: Option<Manifest>| manifest.map_or(0, |manifest| manifest.rows);
    let after = u64::from(state.declared) + u64::from(rows(added));
    let left = after.checked_sub(u64::from(rows(removed)));
    let fits = left
        .is_some_and(|left| (state.explained.len() as u64..=u64::from(u32::MAX)).contains(&left));
    let covered = (!fits).then_some(Rejection::AmendmentExceedsManifest {
        declared: state.declared,
        added: rows(added),
        removed: rows(removed),
        explained: state.explained.len() as u32,
    });
    count.into_iter().chain(covered).collect()
}
