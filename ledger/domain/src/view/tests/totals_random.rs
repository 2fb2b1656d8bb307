//! Random histories: the view and the recount agree at every position.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use super::history::{Step, histories};
use super::recount::{Cases, listed, recount};
use crate::state::Phase;
use crate::view::{AsOf, Dimension, Filter, Totals, TotalsQuery, Unit};
use crate::vocabulary::Vocabulary;

fn fold(history: &[Step]) -> Totals {
    let mut totals = Totals::default();
    for (position, case, after) in history {
        totals.apply(*position, *case, after);
    }
    totals
}

/// The cases as they stood right after a position, and the entries seen by then.
fn cases_at(history: &[Step], position: u64) -> (Cases, u64) {
    let mut cases = BTreeMap::new();
    for (_, case, after) in history.iter().filter(|(at, ..)| *at <= position) {
        cases.insert(*case, after.clone());
    }
    (cases, position + 1)
}

/// Values that the histories use, and one they do not.
fn values(dimension: Dimension) -> Vec<String> {
    let open: &[&str] = match dimension {
        Dimension::Initiative => &["LA-2020-DOJ", "LA-2021-COURT", "SF-2018"],
        Dimension::Cohort => &["LA-2020-DOJ.1", "LA-2021-COURT.1", "LA-2021-COURT.2"],
        Dimension::County => &["37", "075", "1", "9"],
        Dimension::Court => &["LASC-CJC", "SFSC", "nowhere"],
        Dimension::Agency => &["lada", "sfda", "pasadena"],
        Dimension::Section => &["HS 11357(b)", "HS 11358", "PC 459"],
        Dimension::ConvictionDecade => &["1960s", "1970s", "1980s", "1990s"],
        Dimension::Reason => &["UNMAPPED:XX-9", "PC290", "COURT_RECORD_ONLY"],
        _ => &[],
    };
    let closed = dimension.values().unwrap_or_default();
    let all = open.iter().copied().chain(closed);
    all.chain([dimension.absent()]).map(str::to_owned).collect()
}

fn filters() -> impl Strategy<Value = Filter> {
    let gate = (
        subsequence(Dimension::ALL, 1),
        prop::collection::vec(any::<Index>(), 1..6),
    );
    let stage = prop::option::weighted(0.3, any::<Index>());
    (prop::collection::vec(gate, 0..3), stage).prop_map(|(gates, stage)| {
        let mut filter = Filter::default();
        for (dimension, picks) in gates {
            let all = values(dimension[0]);
            let picked = picks.iter().map(|pick| pick.get(&all));
            filter = filter.with(dimension[0], picked).unwrap();
        }
        match stage {
            Some(stage) => filter.reaching(*stage.get(Phase::ALL)),
            None => filter,
        }
    })
}

fn queries() -> impl Strategy<Value = TotalsQuery> {
    let unit = subsequence(&Unit::ALL, 1);
    let group_by = subsequence(Dimension::ALL, 0..=3).prop_shuffle();
    (unit, group_by, filters())
        .prop_filter_map("charges have no any_phase", |(unit, by, filter)| {
            TotalsQuery::new(unit[0], &by, filter).ok()
        })
}

proptest! {
    // Each case is a whole history asked at each of its positions.
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn counts_what_a_recount_counts_now_and_at_every_past_position(
        history in histories(60),
        queries in prop::collection::vec(queries(), 1..6),
    ) {
        let totals = fold(&history);
        let last = history.last().map_or(0, |(position, ..)| *position);
        for query in &queries {
            let (cases, seen) = cases_at(&history, last);
            prop_assert_eq!(totals.query(query, AsOf::Now), recount(&cases, query, seen));
            for position in 0..=last {
                let (cases, seen) = cases_at(&history, position);
                let expected = recount(&cases, query, seen);
                prop_assert_eq!(totals.query(query, AsOf::Position(position)), expected);
            }
            // Beyond what was seen, the answer says how far it goes.
            prop_assert_eq!(
                totals.query(query, AsOf::Position(last + 5)),
                totals.query(query, AsOf::Now)
            );
        }
    }

    #[test]
    fn answers_about_the_past_as_the_view_did_then(
        history in histories(40),
        query in queries(),
    ) {
        let totals = fold(&history);
        let mut then = Totals::default();
        let mut events = history.iter().peekable();
        let last = history.last().map_or(0, |(position, ..)| *position);
        for position in 0..=last {
            while let Some((at, case, after)) = events.next_if(|(at, ..)| *at == position) {
                then.apply(*at, *case, after);
            }
            then.advance(position);
            let answer = then.query(&query, AsOf::Now);
            prop_assert_eq!(totals.query(&query, AsOf::Position(position)), answer);
        }
        prop_assert_eq!(then, totals);
    }

    #[test]
    fn lists_the_cases_that_pass_page_by_page_in_order_of_appearance(
        history in histories(60),
        filter in filters(),
        limit in 1_usize..4,
        pick in any::<Index>(),
    ) {
        let totals = fold(&history);
        let position = pick.get(&history).0;
        let (cases, seen) = cases_at(&history, position);
        let mut appeared: Vec<_> = history.iter().map(|(_, case, _)| *case).collect();
        let mut known = std::collections::BTreeSet::new();
        appeared.retain(|case| known.insert(*case));
        let passing = listed(&cases, &filter);
        let expected: Vec<_> = appeared.iter().filter(|case| passing.contains(case)).collect();

        let mut found = Vec::new();
        let mut from = Some(0);
        while let Some(row) = from {
            let page = totals.list(&filter, AsOf::Position(position), row, limit);
            prop_assert_eq!(page.complete_to, seen);
            prop_assert!(page.cases.len() == limit || page.next.is_none());
            found.extend(page.cases);
            from = page.next;
        }
        prop_assert_eq!(found.iter().map(|listed| &listed.case).collect::<Vec<_>>(), expected);
        for listed in found {
            let case = &cases[&listed.case];
            prop_assert_eq!(listed.phase, case.phase());
            prop_assert_eq!(listed.exit, case.exit());
            prop_assert_eq!(listed.counted, case.counted());
            prop_assert_eq!(appeared[listed.row as usize], listed.case);
        }
    }
}
