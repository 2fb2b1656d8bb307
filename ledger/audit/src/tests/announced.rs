//! Announced figures against the entries before them.

use caseledger_domain::view::{Dimension, Tally, Unit};
use caseledger_domain::vocabulary::{Denominator, Vocabulary as _, VoidReason};
use caseledger_domain::{AnnouncementFact, Breach, Figure, FigureFilter, Frozen, Phase, Sheet};

use super::*;
use crate::tiles::Tiles;

/// One case, which two figures are announced of.
fn log() -> Log {
    let mut log = Log::new();
    log.push(identified());
    log.push(noticed());
    log
}

fn root(log: &Log) -> [u8; 32] {
    let mut tiles = Tiles::default();
    for entry in &log.entries {
        tiles.push(caseledger_chain::leaf_hash(entry));
    }
    tiles.root().to_bytes()
}

fn figure(stage: Phase, value: u64) -> Figure {
    Figure {
        label: "ALL COUNTIES".parse().unwrap(),
        stage,
        unit: Unit::Cases,
        filters: Vec::new(),
        denominator: Denominator::Ledger,
        value: Some(value),
        of: Some(1),
    }
}

fn sheet(log: &Log) -> Sheet {
    Sheet {
        reference: "NEWS 7".parse().unwrap(),
        figures: vec![figure(Phase::Identified, 1), figure(Phase::Dismissed, 0)],
        frozen: Some(Frozen {
            size: log.entries.len() as u64,
            root: root(log),
        }),
    }
}

fn announce(log: &mut Log, sheet: Sheet, poster: &str) {
    announce_as(log, sheet, poster, "press.1");
}

fn announce_as(log: &mut Log, sheet: Sheet, poster: &str, id: &str) {
    let fact = Fact::Announcement(AnnouncementFact::AnnouncementPublished { sheet });
    let stream = StreamId::Announcement(id.parse().unwrap());
    log.push_in(&event(Role::Publisher, fact), Some(stream), |header| {
        header.submitter = SubmitterId::parse(poster).unwrap();
    });
}

/// What both ways of counting say against figures that `change` was made to.
fn faults(change: impl FnOnce(&mut Sheet)) -> Vec<Fault> {
    let mut log = log();
    let mut sheet = sheet(&log);
    change(&mut sheet);
    announce(&mut log, sheet, "press");
    found(&log, 3)
}

/// What one way of counting finds.
fn replayed(log: &Log, recount: Recount) -> Vec<Finding> {
    let mut replay = Replay::start(Plan {
        ledger: None,
        recount,
        day: day_of,
    })
    .unwrap();
    let mut batch = Batch::new();
    log.entries.iter().for_each(|entry| batch.push(entry));
    replay.push(batch);
    replay.finish().conclude().integrity
}

/// What both ways of counting find, all of it at one position.
fn found(log: &Log, at: u64) -> Vec<Fault> {
    let [at_end, everywhere] = [Recount::AtEnd, Recount::EveryPosition].map(|recount| {
        let found = replayed(log, recount);
        let at = Some(Position::new(at));
        assert!(
            found.iter().all(|finding| finding.position == at),
            "{found:?}"
        );
        let faults = found.into_iter().map(|finding| finding.fault);
        faults.collect::<Vec<_>>()
    });
    assert_eq!(at_end, everywhere);
    at_end
}

#[test]
fn figures_that_the_entries_before_them_come_to_are_right() {
    assert_eq!(faults(|_| ()), []);
}

#[test]
fn a_figure_that_was_altered_is_named_with_both_values() {
    let found = faults(|sheet| sheet.figures[1].value = Some(1));
    let expected = Fault::FigureDiffers {
        figure: 2,
        expected: Tally { value: 0, of: 1 },
        found: Some(Tally { value: 1, of: 1 }),
    };
    assert_eq!(found[0].kind(), "figure-differs");
    assert_eq!(
        found[0].to_string(),
        "announced figure 2 is 1 of 1, the entries before it come to 0 of 1"
    );
    assert_eq!(found, [expected]);
    let found = faults(|sheet| sheet.figures[0].of = None);
    assert!(
        matches!(
            found[..],
            [Fault::FigureDiffers {
                figure: 1,
                found: None,
                ..
            }]
        ),
        "{found:?}"
    );
}

#[test]
fn figures_rest_on_the_entries_before_them_and_on_no_others() {
    let log = log();
    let expected = sheet(&log).frozen.unwrap();
    for other in [
        Frozen {
            size: 1,
            ..expected
        },
        Frozen {
            root: [0; 32],
            ..expected
        },
    ] {
        let found = faults(|sheet| sheet.frozen = Some(other));
        let fault = Fault::Frozen {
            expected,
            found: other,
            later: 0,
        };
        assert_eq!(found, [fault]);
    }
    assert_eq!(faults(|sheet| sheet.frozen = None), [Fault::NotFrozen]);
}

/// The rule that the log breaks at that position, and no other.
fn rule(log: &Log, at: u64) -> &'static str {
    match &found(log, at)[..] {
        [Fault::Forbidden(Breach::Refused(refused))] => refused.rule(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_announcement_is_published_once_by_its_publisher_with_figures_that_can_be_counted() {
    let mut of_another = log();
    let figures = sheet(&of_another);
    announce(&mut of_another, figures, "other");
    assert_eq!(rule(&of_another, 3), "NOT_YOUR_ANNOUNCEMENT");
    let mut twice = log();
    for _ in 0..2 {
        let figures = sheet(&twice);
        announce(&mut twice, figures, "press");
    }
    assert_eq!(rule(&twice, 4), "ANNOUNCED_BEFORE");
    let mut undefined = log();
    let mut figures = sheet(&undefined);
    figures.figures[0].unit = Unit::Charges;
    figures.figures[0].filters = vec![FigureFilter {
        dimension: Dimension::AnyPhase,
        values: vec!["SEALED".parse().unwrap()],
    }];
    announce(&mut undefined, figures, "press");
    assert_eq!(rule(&undefined, 3), "FIGURE_UNDEFINED");
}

#[test]
fn one_altered_announcement_is_one_finding_however_many_announcements_follow() {
    let mut log = log();
    let mut altered = sheet(&log);
    altered.frozen = altered.frozen.map(|frozen| Frozen {
        root: [7; 32],
        ..frozen
    });
    announce(&mut log, altered, "press");
    for number in 2..=4 {
        // The later ones rest on the log as it was before the first was altered.
        let mut before = sheet(&log);
        before.frozen = before.frozen.map(|frozen| Frozen {
            root: [number; 32],
            ..frozen
        });
        announce_as(&mut log, before, "press", &format!("press.{number}"));
    }
    let found = found(&log, 3);
    let [Fault::Frozen { later: 3, .. }] = &found[..] else {
        panic!("{found:?}");
    };
    let told = found[0].to_string();
    assert!(
        told.ends_with("; 3 later announcements name another root, too"),
        "{told}"
    );
    // What another root does not explain is named for each.
    let mut stale = sheet(&log);
    stale.frozen = stale.frozen.map(|frozen| Frozen { size: 1, ..frozen });
    announce_as(&mut log, stale, "press", "press.5");
    let named = replayed(&log, Recount::AtEnd);
    assert_eq!(named.len(), 2, "{named:?}");
}

#[test]
fn each_announcement_rests_on_what_changed_since_the_one_before() {
    let mut log = log();
    let figures = sheet(&log);
    announce(&mut log, figures, "press");
    let voided = CaseFact::CaseVoided {
        reason: Coded::Known(VoidReason::ALL[0]),
        approver: "lasc".parse().unwrap(),
    };
    log.push(voided);
    let stale = sheet(&log);
    let mut right = stale.clone();
    right.figures[0].value = Some(0);
    for figure in &mut right.figures {
        figure.of = Some(0);
    }
    for (figures, faults) in [(right, 0), (stale, 2)] {
        let mut log = Log {
            entries: log.entries.clone(),
            head: log.head,
            streams: log.streams.clone(),
            private: None,
        };
        announce_as(&mut log, figures, "press", "press.2");
        let found = found(&log, 5);
        assert_eq!(found.len(), faults, "{found:?}");
    }
}
