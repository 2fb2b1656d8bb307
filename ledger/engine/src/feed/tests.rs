use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn fed(numbers: &[u64]) -> Feed {
    let mut feed = Feed::default();
    for (number, position) in numbers.iter().zip(0..) {
        feed.take(*number, position, 100 + position, 1);
    }
    feed
}

fn ranges(feed: &Feed) -> Vec<(u64, u64)> {
    feed.gaps().iter().map(|gap| (gap.from, gap.to)).collect()
}

#[test]
fn a_number_that_comes_late_makes_its_gap_smaller() {
    for (numbers, gaps) in [
        (&[1, 2, 3][..], &[][..]),
        (&[4], &[(1, 3)]),
        (&[5, 1], &[(2, 4)]),
        (&[5, 4], &[(1, 3)]),
        (&[5, 2], &[(1, 1), (3, 4)]),
        (&[5, 2, 1, 3, 4], &[]),
        (&[2, 9, 5, 0, 0], &[(1, 1), (3, 4), (6, 8)]),
    ] {
        let feed = fed(numbers);
        assert_eq!(ranges(&feed), gaps, "{numbers:?}");
        assert_eq!(feed.submissions(), numbers.len() as u64);
    }
}

#[test]
fn a_gap_is_as_old_as_the_number_that_opened_it() {
    let feed = fed(&[10, 5]);
    for gap in feed.gaps() {
        assert_eq!((gap.opened_by(), gap.since()), (Position::ZERO, 100));
    }
    let feed = fed(&[2, 4]);
    assert_eq!(feed.gaps()[1].opened_by(), Position::new(1));
}

#[test]
fn a_number_is_used_once_and_reaches_only_so_far() {
    let feed = fed(&[3]);
    for (number, expected) in [
        (0, Ok(())),
        (1, Ok(())),
        (2, Ok(())),
        (3, Err(NumberRefused::Used)),
        (4, Ok(())),
        (3 + SEQUENCE_AHEAD_MAX, Ok(())),
        (4 + SEQUENCE_AHEAD_MAX, Err(NumberRefused::Ahead)),
        (u64::MAX, Err(NumberRefused::Ahead)),
    ] {
        assert_eq!(feed.check(number), expected, "{number}");
    }
    assert_eq!(fed(&[u64::MAX]).check(u64::MAX), Err(NumberRefused::Used));
}

#[test]
fn beyond_so_many_gaps_only_numbers_that_make_no_more_are_taken() {
    // Gaps 1, 3-4, 6-7, ...: every third number is there.
    let numbers: Vec<u64> = (0..SEQUENCE_GAPS_MAX as u64).map(|n| 2 + 3 * n).collect();
    let mut feed = fed(&numbers);
    let highest = feed.highest();
    assert_eq!(feed.gaps().len(), SEQUENCE_GAPS_MAX);
    let refused = Err(NumberRefused::Gaps { missing: 1 });
    assert_eq!(feed.check(highest + 2), refused);
    assert_eq!(feed.check(highest + 1), Ok(()));
    assert_eq!(feed.check(3), Ok(()), "the end of a gap makes it smaller");
    feed.take(1, 0, 0, 1);
    assert_eq!(feed.check(highest + 2), Ok(()), "there is room again");
}

proptest! {
    /// The model: every number with the first arrival, in order of arrival.
    #[test]
    fn whatever_the_order_of_arrival_the_gaps_are_what_is_missing(numbers in vec(0_u64..60, 0..80)) {
        let mut feed = Feed::default();
        let mut arrived: BTreeMap<u64, u64> = BTreeMap::new();
        for (number, position) in numbers.iter().copied().zip(0..) {
            let free = number == 0 || !arrived.contains_key(&number);
            prop_assert_eq!(feed.check(number).is_ok(), free);
            feed.take(number, position, 1_000 + position, 2);
            if number > 0 {
                arrived.entry(number).or_insert(position);
            }
            let highest = arrived.last_key_value().map_or(0, |(number, _)| *number);
            prop_assert_eq!(feed.highest(), highest);
            let missing: Vec<u64> = (1..highest).filter(|n| !arrived.contains_key(n)).collect();
            let kept: Vec<u64> = feed.gaps().iter().flat_map(|gap| gap.from..=gap.to).collect();
            prop_assert_eq!(kept, missing);
            for pair in feed.gaps().windows(2) {
                prop_assert!(pair[0].to + 1 < pair[1].from);
            }
            for gap in feed.gaps() {
                let opened = arrived.range(gap.to..).map(|(_, position)| *position).min();
                prop_assert_eq!(Some(gap.opened_by), opened);
                prop_assert_eq!(gap.since, 1_000 + gap.opened_by);
            }
        }
        prop_assert_eq!(feed.entries(), 2 * numbers.len() as u64);
    }
}
