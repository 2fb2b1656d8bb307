//! The figures that were announced, as the server counts them.

use caseledger_client::Client;
use caseledger_client::pb::v1;
use serde_json::{Value, json};

use super::la_2021::Moments;
use super::{Mismatch, Scale};
use crate::exit::Failure;
use crate::gen_data::{Figures, Shape};
use crate::output::{Cell, Sheet};

/// One figure with everything it needs to be true: unit, denominator, as-of size.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    label: &'static str,
    value: u64,
    unit: &'static str,
    /// Counted in the same unit without the filter.
    denominator: u64,
    as_of: u64,
    /// What it must be; none where overlap makes it another.
    expected: Option<u64>,
}

/// A question for a total.
#[derive(Clone, Debug)]
pub(super) struct Ask<'a> {
    pub(super) unit: v1::Unit,
    pub(super) filters: &'a [(&'static str, &'a [&'static str])],
    pub(super) reached: v1::Phase,
    pub(super) as_of: Option<u64>,
}

impl Default for Ask<'_> {
    fn default() -> Self {
        Self {
            unit: v1::Unit::Cases,
            filters: &[],
            reached: v1::Phase::Unspecified,
            as_of: None,
        }
    }
}

/// Asks for a total.
///
/// # Errors
/// [`Failure`] if the server does not answer.
pub(super) async fn total(
    client: &Client,
    ask: &Ask<'_>,
    group_by: &[&str],
) -> Result<v1::TotalsResponse, Failure> {
    let filters = ask.filters.iter().map(|(dimension, values)| v1::Filter {
        dimension: (*dimension).to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    });
    let request = v1::TotalsRequest {
        unit: ask.unit.into(),
        group_by: group_by
            .iter()
            .map(|dimension| (*dimension).to_owned())
            .collect(),
        filters: filters.collect(),
        phase_at_least: ask.reached.into(),
        as_of: ask.as_of,
    };
    Ok(client.totals(request).await?)
}

const FIRST: &str = "LA-2020-DOJ";
const SECOND: &str = "LA-2021-COURT";
const BOTH: (&str, &[&str]) = ("initiative", &[FIRST, SECOND]);
const IN_FIRST: (&str, &[&str]) = ("initiative", &[FIRST]);
const IN_SECOND: (&str, &[&str]) = ("initiative", &[SECOND]);

/// The facts of the announcement of 27 September 2021, asked as of that moment.
///
/// # Errors
/// [`Failure`] if the server does not answer.
#[expect(
    clippy::too_many_lines,
    reason = "one row a figure, as the formatter breaks them"
)]
pub(super) async fn announced(
    client: &Client,
    scale: Scale,
    moments: Moments,
) -> Result<Vec<Figure>, Failure> {
    use v1::{Phase, Unit};

    let first = Shape::La2020Doj.figures(scale.size);
    let second = Shape::La2021Court.figures(scale.size);
    let as_of = Some(moments.announced);
    let exact = |value: u32| (!scale.overlap).then_some(u64::from(value));
    let cases = Ask {
        as_of,
        ..Ask::default()
    };
    let people = Ask {
        unit: Unit::People,
        as_of,
        ..Ask::default()
    };
    let union = u64::from(first.cases + second.cases) - u64::from(scale.overlapping(second));
    let felony = ("severity", &["FELONY"][..]);
    let misdemeanor = ("severity", &["MISDEMEANOR"][..]);
    let lada = ("agency", &["lada"][..]);
    let plants = ("family", &["POSSESSION", "CULTIVATION"][..]);
    let distinct = first.people + second.people - second.shared_people;
    let rows: [(&'static str, Ask<'_>, Option<u64>); 13] = [
        (
            "first programme",
            Ask {
                filters: &[IN_FIRST],
                ..cases.clone()
            },
            Some(first.cases.into()),
        ),
        (
            "second programme",
            Ask {
                filters: &[IN_SECOND],
                ..cases.clone()
            },
            Some(second.cases.into()),
        ),
        (
            "both, each case once",
            Ask {
                filters: &[BOTH],
                ..cases.clone()
            },
            Some(union),
        ),
        (
            "second: felonies, possession or cultivation",
            Ask {
                filters: &[IN_SECOND, felony, plants],
                ..cases.clone()
            },
            exact(second.felonies),
        ),
        (
            "second: misdemeanors",
            Ask {
                filters: &[IN_SECOND, misdemeanor],
                ..cases.clone()
            },
            exact(second.misdemeanors),
        ),
        (
            "second: misdemeanors prosecuted by the county",
            Ask {
                filters: &[IN_SECOND, misdemeanor, lada],
                ..cases.clone()
            },
            exact(second.misdemeanors),
        ),
        (
            "second: eligible when announced",
            Ask {
                filters: &[IN_SECOND],
                reached: Phase::Eligible,
                ..cases.clone()
            },
            exact(second.cases),
        ),
        (
            "second: dismissed when announced",
            Ask {
                filters: &[IN_SECOND],
                reached: Phase::Dismissed,
                ..cases.clone()
            },
            exact(0),
        ),
        (
            "in both programmes",
            Ask {
                filters: &[IN_SECOND, ("source", &["STATE_REPOSITORY"])],
                ..cases
            },
            Some(scale.overlapping(second).into()),
        ),
        (
            "people, first",
            Ask {
                filters: &[IN_FIRST],
                ..people.clone()
            },
            Some(first.people.into()),
        ),
        (
            "people, second",
            Ask {
                filters: &[IN_SECOND],
                ..people.clone()
            },
            exact(second.people),
        ),
        (
            "people, distinct over both",
            Ask {
                filters: &[BOTH],
                ..people.clone()
            },
            exact(distinct),
        ),
        (
            "second: convicted before 1991, by decade",
            Ask {
                unit: Unit::Cases,
                filters: &[
                    IN_SECOND,
                    ("conviction_decade", &["1960s", "1970s", "1980s"]),
                ],
                as_of,
                ..Ask::default()
            },
            None,
        ),
    ];
    let mut figures = Vec::with_capacity(rows.len());
    for (label, ask, expected) in rows {
        let answer = total(client, &ask, &[]).await?;
        let unit = if ask.unit == Unit::People {
            "people"
        } else {
            "cases"
        };
        figures.push(Figure {
            label,
            value: answer.total,
            unit,
            denominator: answer.denominator,
            as_of: answer.complete_to,
            expected,
        });
    }
    check(&figures, first, second)?;
    Ok(figures)
}

/// Every figure is what it must be, "more than three decades" and "over 100,000 people" included.
fn check(figures: &[Figure], first: Figures, second: Figures) -> Result<(), Failure> {
    for figure in figures {
        if figure
            .expected
            .is_some_and(|expected| expected != figure.value)
        {
            let expected = figure.expected.unwrap_or_default();
            return Err(Mismatch::failure(figure.label, expected, figure.value));
        }
    }
    let value = |label: &str| {
        figures
            .iter()
            .find(|figure| figure.label == label)
            .map_or(0, |figure| figure.value)
    };
    if value("second: convicted before 1991, by decade") == 0 {
        return Err(Mismatch::failure(
            "convictions older than three decades",
            "some",
            0,
        ));
    }
    let (union, sum) = (
        value("people, distinct over both"),
        u64::from(first.people + second.people),
    );
    if union >= sum {
        return Err(Mismatch::failure(
            "distinct people",
            format!("fewer than {sum}"),
            union,
        ));
    }
    Ok(())
}

/// The announced figures in a table.
pub(super) fn sheet(figures: &[Figure]) -> Sheet {
    figures.iter().fold(
        Sheet::rows(["figure", "value", "unit", "of", "as_of_size"]),
        |sheet, figure| {
            sheet.row([
                Cell::from(figure.label),
                Cell::Count(figure.value),
                Cell::from(figure.unit),
                Cell::Count(figure.denominator),
                Cell::Count(figure.as_of),
            ])
        },
    )
}

/// The same for programs.
pub(super) fn json(figures: &[Figure]) -> Value {
    let figure = |figure: &Figure| {
        json!({
            "figure": figure.label,
            "value": figure.value,
            "unit": figure.unit,
            "denominator": figure.denominator,
            "as_of_size": figure.as_of,
            "expected": figure.expected,
        })
    };
    figures.iter().map(figure).collect()
}

/// How far the second programme was at a moment.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    moment: &'static str,
    size: u64,
    reached: Vec<(&'static str, u64)>,
}

const PHASES: [(&str, v1::Phase); 6] = [
    ("identified", v1::Phase::Identified),
    ("eligible", v1::Phase::Eligible),
    ("approved", v1::Phase::Approved),
    ("filed", v1::Phase::Filed),
    ("dismissed", v1::Phase::Dismissed),
    ("sealed", v1::Phase::Sealed),
];

/// The second programme at its three moments: the same question, asked of three pasts.
///
/// # Errors
/// [`Failure`] if the server does not answer, or the story is not the one that was played.
pub(super) async fn standings(
    client: &Client,
    scale: Scale,
    moments: Moments,
) -> Result<Vec<Standing>, Failure> {
    let cases = u64::from(Shape::La2021Court.figures(scale.size).cases);
    let mut standings = Vec::new();
    let rows = [
        ("announced, 27 Sep 2021", moments.announced, [cases, 0, 0]),
        ("after the dismissals", moments.dismissed, [cases, cases, 0]),
        (
            "after the blanket seal",
            moments.sealed,
            [cases, cases, cases],
        ),
    ];
    for (moment, size, [eligible, dismissed, sealed]) in rows {
        let mut reached = Vec::new();
        for (name, phase) in PHASES {
            let ask = Ask {
                filters: &[IN_SECOND],
                reached: phase,
                as_of: Some(size),
                ..Ask::default()
            };
            reached.push((name, total(client, &ask, &[]).await?.total));
        }
        let complete = [IN_SECOND, ("complete", &["YES"][..])];
        let ask = Ask {
            filters: &complete,
            as_of: Some(size),
            ..Ask::default()
        };
        reached.push(("complete", total(client, &ask, &[]).await?.total));
        let wanted = [
            ("eligible", eligible),
            ("dismissed", dismissed),
            ("sealed", sealed),
        ];
        if let Some(wrong) = wanted
            .iter()
            .find(|row| !scale.overlap && !reached.contains(row))
        {
            let found = reached
                .iter()
                .find(|(name, _)| *name == wrong.0)
                .map_or(0, |row| row.1);
            return Err(Mismatch::failure(
                format!("{} {moment}", wrong.0),
                wrong.1,
                found,
            ));
        }
        standings.push(Standing {
            moment,
            size,
            reached,
        });
    }
    Ok(standings)
}

/// The three moments side by side.
pub(super) fn standings_sheet(standings: &[Standing]) -> Sheet {
    let names = PHASES.iter().map(|(name, _)| *name).chain(["complete"]);
    let columns = ["moment", "as_of_size"].into_iter().chain(names);
    standings
        .iter()
        .fold(Sheet::rows(columns), |sheet, standing| {
            let counts = standing
                .reached
                .iter()
                .map(|(_, count)| Cell::Count(*count));
            let start = [Cell::from(standing.moment), Cell::Count(standing.size)];
            sheet.row(start.into_iter().chain(counts))
        })
}

/// The same for programs.
pub(super) fn standings_json(standings: &[Standing]) -> Value {
    let standing = |standing: &Standing| {
        let mut fields = serde_json::Map::new();
        fields.insert("moment".to_owned(), json!(standing.moment));
        fields.insert("as_of_size".to_owned(), json!(standing.size));
        fields.extend(
            standing
                .reached
                .iter()
                .map(|(name, count)| ((*name).to_owned(), json!(count))),
        );
        Value::Object(fields)
    };
    standings.iter().map(standing).collect()
}
