//! What an organisation is told that asks for too much.

use caseledger_proto::Reason;
use tonic::Code;

use super::{RETRY_BUSY, Told};
use crate::quota::Limit;

pub(super) fn limited(limit: Limit) -> Told {
    let (reason, message) = match limit {
        Limit::Rate(wait) => (
            Reason::RateLimited,
            format!(
                "the organisation sends more than limits.principal_rate allows; try again in {} ms",
                wait.as_millis()
            ),
        ),
        Limit::Calls(max) => (
            Reason::TooManyCalls,
            format!(
                "the organisation has {max} calls open, which is as many as it may; end one first"
            ),
        ),
    };
    let told = Told::new(Code::ResourceExhausted, reason, message);
    match limit {
        Limit::Rate(wait) => told.retry(wait),
        Limit::Calls(max) => told.with("max", max).retry(RETRY_BUSY),
    }
}
