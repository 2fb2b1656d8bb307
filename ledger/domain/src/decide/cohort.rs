//! Decisions about cohorts: `OPEN -> MANIFEST_SEALED -> SUPERSEDED` (docs/LIFECYCLE.md). What was
//! declared stays as declared; a difference to what came is flagged, and countable.

use crate::command::{Command, Context};
use crate::event::Flag;
use crate::fact::{CohortFact, ControlTotals, Fact, FactKind};
use crate::id::{CohortId, StreamKind};
use crate::rejection::{Quantity, Rejection, Stage};
use crate::state::{CohortState, CohortStatus};

use super::stage::Step;
use super::{Decided, content};

pub(super) fn decide(
    state: &CohortState,
    id: CohortId,
    fact: &CohortFact,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let attempted = fact.kind();
    let mut step = Step::new(command, context);
    if state.status.is_none() && attempted != FactKind::CohortOpened {
        step.refuse([Rejection::NotOpened {
            stream: StreamKind::Cohort,
            attempted,
        }]);
        return step.decided(Fact::Cohort(fact.clone()));
    }
    step.stage(Stage::Cohort(state.status), |kind| {
        allows(state.status, kind)
    });
    match fact {
        CohortFact::CohortOpened {
            version,
            declared,
            supersedes,
            ..
        } => {
            // A list that replaces another one is not the first of its kind.
            let least = if supersedes.is_some() { 2 } else { 1 };
            step.refuse(content::within(
                Quantity::CohortVersion,
                (*version).into(),
                least,
                u16::MAX.into(),
            ));
            step.refuse(sums(declared));
            step.refuse(supersedes.and_then(|other| sibling(id, other, attempted)));
        }
        CohortFact::CohortSealed { received, refused } => {
            step.refuse(sums(received));
            step.flag_if(
                !accounts(&state.declared, received, *refused),
                Flag::CountMismatch,
            );
        }
        CohortFact::CohortSuperseded { by, .. } => step.refuse(sibling(id, *by, attempted)),
    }
    step.decided(Fact::Cohort(fact.clone()))
}

fn allows(status: Option<CohortStatus>, kind: FactKind) -> bool {
    match kind {
        FactKind::CohortOpened => status.is_none(),
        FactKind::CohortSealed => status == Some(CohortStatus::Open),
        FactKind::CohortSuperseded => status == Some(CohortStatus::Sealed),
        _ => false,
    }
}

fn sums(totals: &ControlTotals) -> Option<Rejection> {
    let parts = [
        totals.felonies,
        totals.misdemeanors,
        totals.infractions,
        totals.unknown,
    ];
    (!totals.adds_up()).then(|| Rejection::TotalsDoNotAddUp {
        rows: totals.rows,
        sum: parts.into_iter().map(u64::from).sum(),
    })
}

fn sibling(cohort: CohortId, other: CohortId, attempted: FactKind) -> Option<Rejection> {
    if cohort == other {
        return Some(Rejection::SelfReference { attempted });
    }
    (cohort.initiative() != other.initiative())
        .then_some(Rejection::OtherInitiative { cohort, other })
}

/// Whether what was received and what was refused explain every row declared: rows exactly, and
/// no severity with more than declared.
fn accounts(declared: &ControlTotals, received: &ControlTotals, refused: u32) -> bool {
    u64::from(received.rows) + u64::from(refused) == u64::from(declared.rows)
        && received.felonies <= declared.felonies
        && received.misdemeanors <= declared.misdemeanors
        && received.infractions <= declared.infractions
        && received.unknown <= declared.unknown
}
