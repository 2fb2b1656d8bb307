//! What submitters have sent, as it is told.

use caseledger_engine::{Feed, Gap};
use caseledger_proto::convert;
use caseledger_proto::pb::v1;

use crate::gate::Gate;
use crate::identity::Principal;
use crate::status::{Failure, Missing};

/// Gaps of one feed in a list of feeds.
const LISTED_GAPS_MAX: usize = 16;

/// One feed with every gap.
pub(super) fn get(
    gate: &Gate,
    principal: Principal,
    question: &v1::GetFeedRequest,
) -> Result<v1::GetFeedResponse, Failure> {
    let org = convert::feed(question)?.unwrap_or(principal.org);
    let found = gate.reader().feed(org);
    let value = found.value.ok_or(Missing::Feed)?;
    Ok(v1::GetFeedResponse {
        feed: Some(feed(org.as_str(), &value, usize::MAX)),
        complete_to: found.complete_to.get(),
    })
}

/// One page of feeds.
pub(super) fn list(
    gate: &Gate,
    question: &v1::ListFeedsRequest,
) -> Result<v1::ListFeedsResponse, Failure> {
    let (limit, after) = convert::feeds(question)?;
    let found = gate.reader().feeds(after, limit + 1);
    let more = found.value.len() > limit;
    let shown = found.value.iter().take(limit);
    let last = shown.clone().next_back().filter(|_| more);
    Ok(v1::ListFeedsResponse {
        next: last.map(|(id, _)| id.to_string()).unwrap_or_default(),
        feeds: shown
            .map(|(id, value)| feed(id.as_str(), value, LISTED_GAPS_MAX))
            .collect(),
        complete_to: found.complete_to.get(),
    })
}

fn feed(submitter: &str, feed: &Feed, gaps_max: usize) -> v1::Feed {
    let gaps = feed.gaps();
    v1::Feed {
        submitter: submitter.to_owned(),
        highest: feed.highest(),
        submissions: feed.submissions(),
        entries: feed.entries(),
        missing: gaps.iter().map(|gap| gap.to() - gap.from() + 1).sum(),
        gap_count: u32::try_from(gaps.len()).unwrap_or(u32::MAX),
        gaps: gaps.iter().take(gaps_max).map(number_gap).collect(),
    }
}

fn number_gap(gap: &Gap) -> v1::NumberGap {
    v1::NumberGap {
        from: gap.from(),
        to: gap.to(),
        opened_by: gap.opened_by().get(),
        since_us: gap.since(),
    }
}
