//! Announced figures: counted by the writer over exactly what is durable before them.

use caseledger_domain::view::{AsOf, Tally, Unit};
use caseledger_domain::vocabulary::{Denominator, Role};
use caseledger_domain::{
    AnnouncementFact, AnnouncementId, Command, Fact, Figure, Frozen, Phase, Rejection, Sheet,
    StreamId, Target,
};
use caseledger_engine::fsck::{self, Depth};
use caseledger_engine::{Engine, Poster, SubmitError};

use crate::support::*;

pub(crate) fn press() -> Poster {
    Poster {
        org: org("press"),
        role: Role::Publisher,
    }
}

fn id(number: u16) -> AnnouncementId {
    format!("press.{number}").parse().unwrap()
}

fn figure(stage: Phase, value: Option<u64>) -> Figure {
    Figure {
        label: "ALL COUNTIES".parse().unwrap(),
        stage,
        unit: Unit::Cases,
        filters: Vec::new(),
        denominator: Denominator::Ledger,
        value,
        of: None,
    }
}

pub(crate) fn publish(number: u16, figures: Vec<Figure>) -> Command {
    let sheet = Sheet {
        reference: "https://da.example/news/1".parse().unwrap(),
        figures,
        frozen: None,
    };
    let fact = Fact::Announcement(AnnouncementFact::AnnouncementPublished { sheet });
    command(Target::Announcement(id(number)), fact)
}

pub(crate) fn both() -> Vec<Figure> {
    vec![
        figure(Phase::Eligible, None),
        figure(Phase::Dismissed, None),
    ]
}

/// The newest statement under an id, with where it stands.
fn sheet(engine: &Engine, number: u16) -> (u64, Sheet) {
    let stream = StreamId::Announcement(id(number));
    let reader = engine.reader();
    let read = reader
        .history(
            &stream,
            u64::MAX,
            caseledger_engine::Direction::Backwards,
            1,
            None,
        )
        .unwrap();
    let Fact::Announcement(fact) = &read.value[0].event.fact else {
        panic!("{read:?}");
    };
    (read.value[0].position.get(), fact.sheet().clone())
}

/// Three cases, of which two are determined and none is dismissed.
fn cases(engine: &Engine) {
    open(engine);
    for number in 0..3 {
        accept(
            engine,
            prosecutor(),
            submission(number, vec![identify(number)]),
        );
    }
    for number in 0..2 {
        let command = determine(number);
        accept(engine, prosecutor(), submission(10 + number, vec![command]));
    }
}

#[test]
fn figures_are_those_of_the_entries_before_and_stay_so() {
    let folder = Folder::new();
    let (engine, _) = folder.open();
    cases(&engine);
    // In one group with what is posted before and after.
    let queued = [
        queue(&engine, court(), vec![submission(20, vec![dismiss(0)])]),
        queue(
            &engine,
            press(),
            vec![submission(30, vec![publish(1, both())])],
        ),
        queue(
            &engine,
            prosecutor(),
            vec![submission(21, vec![identify(3)])],
        ),
    ];
    for pending in queued {
        for outcome in pending.outcomes() {
            outcome.unwrap();
        }
    }
    let (position, found) = sheet(&engine, 1);
    let root = engine.prover().root(caseledger_chain::Size::new(position));
    let frozen = Frozen {
        size: position,
        root: root.unwrap().to_bytes(),
    };
    assert_eq!(found.frozen, Some(frozen));
    let stated: Vec<_> = found.figures.iter().map(Figure::stated).collect();
    assert_eq!(
        stated,
        [(2, 3), (1, 3)].map(|(value, of)| Some(Tally { value, of }))
    );
    let again = |engine: &Engine| {
        let views = engine.reader().views(|views| {
            let at = AsOf::Position(position - 1);
            let again = views.totals().tallies(&found.figures, at);
            again.into_iter().map(Result::ok).collect::<Vec<_>>()
        });
        views.unwrap().value
    };
    assert_eq!(again(&engine), stated);
    // A crash forgets nothing, and a check counts the same.
    drop(engine);
    let (engine, _) = folder.open();
    assert_eq!(again(&engine), stated);
    let announced = engine.reader().views(|views| views.announcements().clone());
    assert_eq!(announced.unwrap().value, [(position, id(1))].into());
    engine.close().unwrap();
    let key = folder.identity.verifier();
    let report = fsck::check(&folder.paths, key, Depth::Everything, &|_| ()).unwrap();
    assert!(report.is_ok(), "{report:#?}");
}

fn refused(engine: &Engine, commands: Vec<Command>) -> Rejection {
    match submit(engine, press(), submission(40, commands)) {
        Err(SubmitError::Refused { rejection, .. }) => rejection,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_figure_that_differs_is_refused_with_both_values_and_nothing_is_recorded() {
    let memory = Memory::opened();
    let engine = &memory.engine;
    cases(engine);
    let size = engine.reader().size();
    let wrong = vec![figure(Phase::Dismissed, Some(2))];
    let expected = Rejection::FigureDiffers {
        figure: 1,
        stated: 2,
        counted: 0,
    };
    assert_eq!(refused(engine, vec![publish(1, wrong)]), expected);
    // The second one would not be counted over the entries before it.
    let two = vec![publish(1, both()), publish(2, both())];
    assert_eq!(refused(engine, two), Rejection::AnnouncementNotAlone);
    assert_eq!(engine.reader().size(), size);
    let right = vec![figure(Phase::Eligible, Some(2))];
    accept(engine, press(), submission(50, vec![publish(1, right)]));
}
