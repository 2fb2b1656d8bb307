//! Decisions about announcements: published once, by a press office under its own name, corrected
//! by later facts that cite it (docs/LIFECYCLE.md). The ledger counts the figures itself.

use crate::command::{Announced, Command, Context};
use crate::event::Flag;
use crate::fact::{AnnouncementFact, Fact, Figure, Frozen, Sheet};
use crate::id::{AnnouncementId, OrgId, StreamKind};
use crate::rejection::{Quantity, Rejection};
use crate::state::AnnouncementState;

use super::stage::Step;
use super::{Decided, content, limits};

pub(super) fn decide(
    state: &AnnouncementState,
    id: AnnouncementId,
    fact: &AnnouncementFact,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let mut step = Step::new(command, context);
    step.refuse(refusal(state, id, fact, context.poster));
    let (sheet, wrong) = freeze(fact.sheet(), context);
    step.refuse(wrong);
    let decided = match fact {
        AnnouncementFact::AnnouncementPublished { .. } => {
            AnnouncementFact::AnnouncementPublished { sheet }
        }
        AnnouncementFact::AnnouncementCorrected { target, reason, .. } => {
            step.flag_if(content::is_unmapped(reason), Flag::UnmappedCode);
            AnnouncementFact::AnnouncementCorrected {
                target: *target,
                reason: *reason,
                sheet,
            }
        }
    };
    step.decided(Fact::Announcement(decided))
}

/// What speaks against a fact about an announcement by this poster, whatever its figures say.
fn refusal(
    state: &AnnouncementState,
    id: AnnouncementId,
    fact: &AnnouncementFact,
    poster: OrgId,
) -> Option<Rejection> {
    let attempted = fact.kind();
    let publisher = id.publisher();
    if publisher != poster {
        return Some(Rejection::NotYourAnnouncement(publisher));
    }
    match fact {
        AnnouncementFact::AnnouncementPublished { .. } => {
            (state.revisions > 0).then_some(Rejection::AnnouncedBefore)
        }
        AnnouncementFact::AnnouncementCorrected { .. } if state.revisions == 0 => {
            Some(Rejection::NotOpened {
                stream: StreamKind::Announcement,
                attempted,
            })
        }
        AnnouncementFact::AnnouncementCorrected { target, .. } => {
            let (target, revisions) = (*target, state.revisions);
            (target >= revisions).then_some(Rejection::TargetUnknown { target, revisions })
        }
    }
}

/// Figures that are taken as they are stated, over what they say; whether they say that at all is not
/// asked here.
pub(super) fn as_stated(sheet: &Sheet) -> Announced {
    let unsaid = Frozen {
        size: 0,
        root: [0; 32],
    };
    Announced {
        frozen: sheet.frozen.unwrap_or(unsaid),
        tallies: vec![None; sheet.figures.len()],
    }
}

/// The sheet with what the ledger counts, and what speaks against it.
fn freeze(stated: &Sheet, context: &Context<'_>) -> (Sheet, Vec<Rejection>) {
    let mut sheet = stated.clone();
    let mut wrong: Vec<Rejection> = content::within(
        Quantity::Figures,
        sheet.figures.len() as u64,
        1,
        limits::FIGURES_MAX as u64,
    )
    .into_iter()
    .collect();
    for (figure, number) in sheet.figures.iter().zip(1..) {
        let why = figure.check().err();
        wrong.extend(why.map(|why| Rejection::FigureUndefined(number, why)));
    }
    let Some(announced) = context.announced else {
        wrong.push(Rejection::AnnouncementNotAlone);
        return (sheet, wrong);
    };
    sheet.frozen = Some(announced.frozen);
    let counted = sheet.figures.iter_mut().zip(&announced.tallies);
    for ((figure, tally), number) in counted.zip(1..) {
        let Some(tally) = tally else { continue };
        for (stated, counted) in [(figure.value, tally.value), (figure.of, tally.of)] {
            let differs = stated.filter(|stated| *stated != counted);
            wrong.extend(differs.map(|stated| Rejection::FigureDiffers {
                figure: number,
                stated,
                counted,
            }));
        }
        *figure = Figure {
            value: Some(tally.value),
            of: Some(tally.of),
            ..figure.clone()
        };
    }
    (sheet, wrong)
}
