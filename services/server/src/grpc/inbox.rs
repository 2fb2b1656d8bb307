//! The inbox of confirmations without a case: who waits, for how long, and with whom.

use std::ops::Range;

use caseledger_chain::Position;
use caseledger_domain::view::Unmatched;
use caseledger_engine::Reader;
use caseledger_proto::convert::{self, Cursor, InboxFilter};
use caseledger_proto::pb::v1;

use crate::status::Failure;

/// Groups of ages begin at so many days.
const AGES: [u32; 5] = [0, 1, 7, 30, 90];

const DAY_US: u64 = 24 * 60 * 60 * 1_000_000;

/// Rows that are looked through for one page; a page with filters ends there, full or not.
const LOOKED_AT: usize = 10_000;

/// One page.
pub(super) fn list(
    reader: &Reader,
    Cursor { limit, from }: Cursor,
    filter: InboxFilter,
) -> Result<v1::ListUnmatchedResponse, Failure> {
    let now = reader.now();
    let size = reader.size().get();
    let recorded_at = |position| {
        let recorded = reader.recorded(Position::new(position))?;
        Ok(recorded.recorded_at)
    };
    let bounds = bounds(size, now, recorded_at)?;
    let young = match filter.older_than_days {
        0 => u64::MAX,
        days => younger(size, now, days, recorded_at)?,
    };
    // Who posted stands in the entries, which are not read while the views are held.
    let most = filter.submitter.map_or(limit, |_| LOOKED_AT);
    let answer = reader.views(|views| {
        let lists = views.worklists();
        let rows = lists.unmatched(from.unwrap_or(0));
        let found = look(rows, young, most, |held| {
            filter.role.is_none_or(|role| role == held.role)
        });
        let ages = ages(bounds, |positions| lists.unmatched_between(positions));
        (found, lists.unmatched_len(), ages)
    })?;
    let ((page, mut next), total, ages) = answer.value;
    let mut unmatched = Vec::new();
    for held in &page {
        if unmatched.len() == limit {
            next = Some(held.position);
            break;
        }
        let recorded = reader.recorded(Position::new(held.position))?;
        if filter.submitter.is_none_or(|org| org == recorded.org) {
            unmatched.push(convert::unmatched(held, recorded.org, recorded.recorded_at));
        }
    }
    Ok(v1::ListUnmatchedResponse {
        unmatched,
        next: convert::next_page(next),
        total: total as u64,
        complete_to: answer.complete_to.get(),
        ages,
    })
}

/// Takes up to `most` rows that are wanted and stand before `young`, and says where to go on.
fn look<'a>(
    rows: impl Iterator<Item = &'a Unmatched>,
    young: u64,
    most: usize,
    wanted: impl Fn(&Unmatched) -> bool,
) -> (Vec<Unmatched>, Option<u64>) {
    let mut page = Vec::new();
    for (looked_at, held) in rows.enumerate() {
        if held.position >= young {
            // Positions ascend with time: nothing behind it is older.
            break;
        }
        let wanted = wanted(held);
        if looked_at == LOOKED_AT || (wanted && page.len() == most) {
            return (page, Some(held.position));
        }
        if wanted {
            page.push(*held);
        }
    }
    (page, None)
}

/// Of each group of ages but the first: the position at which the next younger one begins.
type Bounds = [u64; AGES.len() - 1];

fn bounds(
    size: u64,
    now: u64,
    recorded_at: impl Fn(u64) -> Result<u64, Failure>,
) -> Result<Bounds, Failure> {
    let mut bounds = [0; AGES.len() - 1];
    let mut end = size;
    for (bound, days) in bounds.iter_mut().zip(AGES.into_iter().skip(1)) {
        // What is older than this stands before what is older than less.
        end = younger(end, now, days, &recorded_at)?;
        *bound = end;
    }
    Ok(bounds)
}

/// How many have waited how long, where `between` counts those of some positions.
fn ages(bounds: Bounds, between: impl Fn(Range<u64>) -> usize) -> Vec<v1::WaitingSince> {
    let begins = bounds.into_iter().chain([0]);
    let ends = [u64::MAX].into_iter().chain(bounds);
    let groups = AGES.into_iter().zip(begins.zip(ends));
    let groups = groups.map(|(days, (begin, end))| v1::WaitingSince {
        days,
        count: between(begin..end) as u64,
    });
    groups.collect()
}

/// The first position below `end` that is younger than so many days, or `end`. Entries stand in the
/// order in which they were recorded.
fn younger(
    end: u64,
    now: u64,
    days: u32,
    recorded_at: impl Fn(u64) -> Result<u64, Failure>,
) -> Result<u64, Failure> {
    let Some(recorded_by) = now.checked_sub(u64::from(days).saturating_mul(DAY_US)) else {
        return Ok(0);
    };
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = u64::midpoint(low, high);
        if recorded_at(middle)? <= recorded_by {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use caseledger_domain::vocabulary::Role;
    use caseledger_domain::{CaseId, Date, FactKind};

    use super::*;

    fn held(position: u64) -> Unmatched {
        Unmatched {
            case: CaseId::from_bytes([1; 16]),
            revision: 0,
            position,
            kind: FactKind::CaseIdentified,
            occurred_on: Date::MIN,
            role: if position.is_multiple_of(2) {
                Role::Court
            } else {
                Role::StateRepository
            },
            order: None,
            filing: None,
        }
    }

    #[test]
    fn ages_are_counted_from_the_time_of_recording() {
        // Position n was recorded on day n; every tenth one waits.
        let recorded_at = |position: u64| Ok(position * DAY_US);
        let now = 100 * DAY_US + 1;
        let between = |positions: Range<u64>| {
            (0..=100)
                .step_by(10)
                .filter(|at| positions.contains(at))
                .count()
        };
        let ages = ages(bounds(101, now, recorded_at).unwrap(), between);
        let ages: Vec<_> = ages.iter().map(|age| (age.days, age.count)).collect();
        assert_eq!(ages, [(0, 1), (1, 0), (7, 2), (30, 6), (90, 2)]);
        for (days, young) in [(1, 100), (30, 71), (100, 1), (101, 0), (u32::MAX, 0)] {
            assert_eq!(
                younger(101, now, days, recorded_at).unwrap(),
                young,
                "{days}"
            );
        }
        assert_eq!(younger(0, now, 1, recorded_at).unwrap(), 0);
    }

    #[test]
    fn a_page_takes_no_more_than_it_shows_and_goes_on_at_the_next_that_is_wanted() {
        let rows: Vec<_> = (10..20_010).map(held).collect();
        let court = |held: &Unmatched| held.role == Role::Court;
        let (page, next) = look(rows.iter(), u64::MAX, 3, court);
        let positions: Vec<_> = page.iter().map(|held| held.position).collect();
        assert_eq!((&positions[..], next), (&[10, 12, 14][..], Some(16)));
        let (page, next) = look(rows.iter(), 15, 3, court);
        assert_eq!((page.len(), next), (3, None));
        let (page, next) = look(rows.iter(), u64::MAX, LOOKED_AT, |_| false);
        assert_eq!((page.len(), next), (0, Some(10 + LOOKED_AT as u64)));
    }
}
