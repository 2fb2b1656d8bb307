//! Questions about what submitters have sent.

use caseledger_chain::SubmitterId;
use caseledger_domain::OrgId;

use super::request::page_behind;
use crate::field::parse;
use crate::pb::v1 as pb;
use crate::wire_error::{WireErrors, read};

/// Whose feed is asked for; none for the caller's own.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn feed(wire: &pb::GetFeedRequest) -> Result<Option<OrgId>, WireErrors> {
    if wire.submitter.is_empty() {
        return Ok(None);
    }
    read(|r| parse(&wire.submitter, "submitter", r).map(Some))
}

/// Feeds at most, and behind which submitter they begin.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn feeds(wire: &pb::ListFeedsRequest) -> Result<(usize, Option<SubmitterId>), WireErrors> {
    page_behind(wire.page.as_ref())
}
