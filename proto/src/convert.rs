//! From messages of the services to the domain, and back.
//!
//! Requests are parsed, not validated: what comes out is commands, ids and queries of the domain,
//! or every violation there is. Personal data ends here: docket numbers and people's identifiers
//! are normalised, handed to [`Pseudonyms`](crate::Pseudonyms), and forgotten.

mod announcement;
mod court;
mod feed;
mod key;
mod org;
mod private;
mod record;
mod references;
mod request;
mod signed;
mod stream;
mod submission;
mod totals;
mod view;

pub use announcement::{
    announcement_id, announcement_row, announcement_submission, publish_announcement, sheet,
    statement, tally,
};
pub use court::{
    BATCH_ROWS_MAX, CODE_FIELDS, Claimed, CodeError, Codes, CourtMessage, CourtSubmission,
    DOCUMENTS_MAX, ManifestHeader, Part, SOURCE_MESSAGE_ID_MAX, confirmation_count,
    court_submission, filing_confirmation, manifest_header, manifest_part, manifest_row,
    manifest_status, named_confirmation, named_row, reconcile, row_confirmation, worklist,
};
pub use feed::{feed, feeds};
pub use org::{org_id, organisation, organisations};
pub use private::{
    PrivateAsked, SHRED_CASES_MAX, Shred, get_private, private_part, shred, token_of_part,
};
pub use record::{RecordError, receipt, receipt_of_entry, recorded_event};
pub use request::{
    Cursor, Direction, InboxFilter, LIMIT_MAX, LookUp, STREAMS_MAX, SUBMISSIONS_MAX, Subscription,
    as_of, cohort_id, direction, filing_id, get_case, inbox_filter, initiative_id, limit, look_up,
    message_id, next_page, order_id, page, submission_count, subscription, watch,
};
pub use signed::{posted_fact, posted_subject};
pub use stream::{stream_id, stream_ref};
pub use submission::{
    POSTS_MAX, Sent, named_request, named_submission, submission, submit_request,
};
pub use totals::{FILTER_VALUES_MAX, FILTERS_MAX, list_filter, totals_answer, totals_query};
pub use view::{case, case_row, cohort, filing, initiative, order, unmatched};

use crate::pb::v1 as pb;
use crate::wire_error::WireError;

impl From<&WireError> for pb::FieldViolation {
    fn from(error: &WireError) -> Self {
        Self {
            field: error.field.clone(),
            description: error.why.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
