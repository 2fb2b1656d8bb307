//! The inbox of confirmations without a case: who waits, for how long, and with whom.

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
    let answer = reader.views(|views| {
        let lists = views.worklists();
        let mut rows = lists.unmatched(from.unwrap_or(0));
        let page: Vec<Unmatched> = rows.by_ref().take(LOOKED_AT).copied().collect();
        let beyond = rows.next().map(|next| next.position);
        let all: Vec<u64> = lists.unmatched(0).map(|held| held.position).collect();
        (page, beyond, all)
    })?;
    let (page, mut next, all) = answer.value;
    let recorded_at = |position| {
        let recorded = reader.recorded(Position::new(position))?;
        Ok(recorded.recorded_at)
    };
    let young = match filter.older_than_days {
        0 => all.len(),
        days => younger(&all, now, days, recorded_at)?,
    };
    let mut unmatched = Vec::new();
    for held in &page {
        let too_young = all
            .get(young)
            .is_some_and(|youngest| held.position >= *youngest);
        if too_young {
            // Positions ascend with time: nothing behind it is older.
            next = None;
            break;
        }
        if filter.role.is_some_and(|role| role != held.role) {
            continue;
        }
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
        total: all.len() as u64,
        complete_to: answer.complete_to.get(),
        ages: ages(&all, now, recorded_at)?,
    })
}

/// How many have waited how long.
fn ages(
    all: &[u64],
    now: u64,
    recorded_at: impl Fn(u64) -> Result<u64, Failure>,
) -> Result<Vec<v1::WaitingSince>, Failure> {
    let mut groups = Vec::with_capacity(AGES.len());
    let mut end = all.len();
    for (at, days) in AGES.iter().enumerate() {
        // Those in the next group and older stand before this.
        let begin = match AGES.get(at + 1) {
            Some(next) => younger(all, now, *next, &recorded_at)?,
            None => 0,
        };
        groups.push(v1::WaitingSince {
            days: *days,
            count: (end - begin) as u64,
        });
        end = begin;
    }
    Ok(groups)
}

/// Index of the first that is younger than so many days. They stand in the order in which they were
/// recorded.
fn younger(
    all: &[u64],
    now: u64,
    days: u32,
    recorded_at: impl Fn(u64) -> Result<u64, Failure>,
) -> Result<usize, Failure> {
    let Some(recorded_by) = now.checked_sub(u64::from(days).saturating_mul(DAY_US)) else {
        return Ok(0);
    };
    let (mut low, mut high) = (0, all.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let Some(position) = all.get(middle) else {
            break;
        };
        if recorded_at(*position)? <= recorded_by {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_counted_from_the_time_of_recording() {
        // Position n was recorded on day n.
        let recorded_at = |position: u64| Ok(position * DAY_US);
        let all: Vec<u64> = (0..=100).collect();
        let now = 100 * DAY_US + 1;
        let ages = ages(&all, now, recorded_at).unwrap();
        let ages: Vec<_> = ages.iter().map(|age| (age.days, age.count)).collect();
        assert_eq!(ages, [(0, 1), (1, 6), (7, 23), (30, 60), (90, 11)]);
        for (days, young) in [(1, 100), (30, 71), (100, 1), (101, 0), (u32::MAX, 0)] {
            assert_eq!(
                younger(&all, now, days, recorded_at).unwrap(),
                young,
                "{days}"
            );
        }
        assert_eq!(younger(&[], now, 1, recorded_at).unwrap(), 0);
    }
}
