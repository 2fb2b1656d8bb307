//! Announcements: whose they are, what they count, and that the ledger has the last word.

use crate::command::Announced;
use crate::event::Flag;
use crate::fact::{AnnouncementFact, Fact, FactKind, Figure, FigureFilter, Frozen, Sheet};
use crate::id::StreamKind;
use crate::rejection::{Quantity, Rejection as R, RejectionKind};
use crate::state::{Phase, State};
use crate::view::{Dimension, QueryError, Tally, Unit};
use crate::vocabulary::{Coded, CorrectionReason, Denominator, Role, Vocabulary as _};

use super::refuses::Row;
use super::support::*;

const FROZEN: Frozen = Frozen {
    size: 124,
    root: [7; 32],
};

fn figure(value: Option<u64>, of: Option<u64>) -> Figure {
    Figure {
        label: "LA FELONIES".parse().unwrap(),
        stage: Phase::Dismissed,
        unit: Unit::Cases,
        filters: vec![FigureFilter {
            dimension: Dimension::County,
            values: vec!["37".parse().unwrap()],
        }],
        denominator: Denominator::Ledger,
        value,
        of,
    }
}

fn sheet(figures: Vec<Figure>) -> Sheet {
    Sheet {
        reference: "https://da.example/news/66000".parse().unwrap(),
        figures,
        frozen: None,
    }
}

fn published(figures: Vec<Figure>) -> AnnouncementFact {
    AnnouncementFact::AnnouncementPublished {
        sheet: sheet(figures),
    }
}

fn corrected(target: u64, reason: Coded<CorrectionReason>) -> AnnouncementFact {
    AnnouncementFact::AnnouncementCorrected {
        target,
        reason,
        sheet: sheet(vec![figure(None, None)]),
    }
}

/// An announcement of which every figure comes to 66 of 124.
fn counting(figures: usize) -> Stream {
    let mut stream = Stream::new(StreamKind::Announcement);
    let tally = Some(Tally { value: 66, of: 124 });
    stream.announced = Some(Announced {
        frozen: FROZEN,
        tallies: vec![tally; figures],
    });
    stream
}

fn one() -> Stream {
    counting(1).given([post(PRESS, published(vec![figure(None, None)]))])
}

pub(super) fn both() -> Stream {
    one().given([post(
        PRESS,
        corrected(0, Coded::Unmapped("PRESS SAYS".parse().unwrap())),
    )])
}

pub(super) fn rows() -> Vec<Row> {
    let other = ("other", Role::Publisher);
    let first = || published(vec![figure(None, None)]);
    let known = Coded::Known(CorrectionReason::ALL[0]);
    let undefined = Figure {
        unit: Unit::Charges,
        filters: vec![FigureFilter {
            dimension: Dimension::AnyPhase,
            values: vec!["SEALED".parse().unwrap()],
        }],
        ..figure(None, None)
    };
    let differs = |stated, counted| R::FigureDiffers {
        figure: 1,
        stated,
        counted,
    };
    vec![
        (
            counting(1),
            post(other, first()),
            R::NotYourAnnouncement(org(PRESS)),
        ),
        (one(), post(PRESS, first()), R::AnnouncedBefore),
        (
            counting(1),
            post(PRESS, corrected(0, known)),
            R::NotOpened {
                stream: StreamKind::Announcement,
                attempted: FactKind::AnnouncementCorrected,
            },
        ),
        (
            one(),
            post(PRESS, corrected(1, known)),
            R::TargetUnknown {
                target: 1,
                revisions: 1,
            },
        ),
        (
            Stream::new(StreamKind::Announcement),
            post(PRESS, first()),
            R::AnnouncementNotAlone,
        ),
        (
            counting(0),
            post(PRESS, published(Vec::new())),
            R::OutOfBounds {
                what: Quantity::Figures,
                found: 0,
                min: 1,
                max: 32,
            },
        ),
        (
            counting(33),
            post(PRESS, published(vec![figure(None, None); 33])),
            R::OutOfBounds {
                what: Quantity::Figures,
                found: 33,
                min: 1,
                max: 32,
            },
        ),
        (
            counting(1),
            post(PRESS, published(vec![undefined])),
            R::FigureUndefined(1, QueryError::NotOfCharges(Dimension::AnyPhase)),
        ),
        (
            counting(1),
            post(PRESS, published(vec![figure(Some(67), Some(124))])),
            differs(67, 66),
        ),
        (
            counting(1),
            post(PRESS, published(vec![figure(None, Some(123))])),
            differs(123, 124),
        ),
    ]
}

#[test]
fn the_ledger_fills_in_what_it_counts_and_over_what() {
    let mut stream = counting(2);
    let figures = vec![figure(None, None), figure(Some(66), Some(124))];
    let event = stream.event(post(PRESS, published(figures)));
    let Fact::Announcement(fact) = &event.fact else {
        panic!("{event:?}");
    };
    let sheet = fact.sheet();
    assert_eq!(sheet.frozen, Some(FROZEN));
    let counted = figure(Some(66), Some(124));
    assert_eq!(sheet.figures, [counted.clone(), counted]);
    let State::Announcement(state) = &stream.state else {
        panic!("{:?}", stream.state);
    };
    assert_eq!(state.sheet.as_ref(), Some(sheet));
    assert_eq!(state.stated_on, Some(day(ON)));
}

#[test]
fn a_correction_restates_and_a_reason_of_its_own_is_flagged() {
    let stream = both();
    let State::Announcement(state) = &stream.state else {
        panic!("{:?}", stream.state);
    };
    assert_eq!(state.revisions, 2);
    let (_, event) = stream.history.last().unwrap();
    assert_eq!(event.flags, flags(&[Flag::UnmappedCode]));
}

#[test]
fn nobody_but_a_press_office_publishes_figures() {
    for role in Role::ALL {
        let who = if *role == Role::Publisher {
            PRESS
        } else {
            ("press", *role)
        };
        let decided = counting(1).decide(&post(who, published(vec![figure(None, None)])));
        let refused = decided.err().map(|refused| refused.kind());
        let expected = (*role != Role::Publisher).then_some(RejectionKind::NotAllowed);
        assert_eq!(refused, expected, "{role}");
    }
}
