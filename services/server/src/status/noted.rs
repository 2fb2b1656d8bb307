//! What the log of refused posts has of a failure.

use caseledger_domain::Rejection;
use caseledger_engine::SubmitError;
use tonic::Status;
use tonic_types::StatusExt;

/// The rules that refuse a submission, if more than one does.
pub(crate) fn rules_of(error: &SubmitError) -> Vec<&'static str> {
    let SubmitError::Refused { rejection, .. } = error else {
        return Vec::new();
    };
    let rules = rejection.each();
    if rules.len() > 1 {
        rules.iter().map(Rejection::rule).collect()
    } else {
        Vec::new()
    }
}

/// The reason that a status names, if it is one of ours.
pub(crate) fn reason_of_status(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}
