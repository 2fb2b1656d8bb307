//! What is said where a rule of the domain refuses.

use caseledger_domain::{CaseId, Expected, Rejection, RejectionKind};
use caseledger_proto::Reason;
use tonic::Code;

use super::Told;

pub(super) fn refused(command: usize, rejection: &Rejection) -> Told {
    let message = format!("posts[{command}]: {rejection}");
    by_rule(rejection, message).with("post", command)
}

pub(super) fn judged(case: Option<CaseId>, rejection: &Rejection) -> Told {
    match case {
        Some(case) => by_rule(rejection, format!("case {case}: {rejection}")).with("case_id", case),
        None => by_rule(rejection, rejection.to_string()),
    }
}

pub(super) fn by_rule(rejection: &Rejection, message: String) -> Told {
    let code = match rejection.kind() {
        RejectionKind::NotAllowed => Code::PermissionDenied,
        RejectionKind::Malformed => Code::InvalidArgument,
        RejectionKind::Conflict => Code::Aborted,
        RejectionKind::NotFound => Code::NotFound,
        RejectionKind::Refused => Code::FailedPrecondition,
    };
    let rules = rejection.each();
    let mut told = Told::new(code, Reason::Rule(rejection.rule()), message);
    for rule in rules {
        told.rules.push((rule.rule(), rule.to_string()));
        if let Rejection::WrongExpectedRevision { expected, found } = rule {
            let found = found.map_or_else(|| "no_stream".to_owned(), |found| found.to_string());
            told = told
                .with("expected", belief(*expected))
                .with("found", found);
        }
    }
    told
}

fn belief(expected: Expected) -> String {
    match expected {
        Expected::Any => "any".to_owned(),
        Expected::Exists => "exists".to_owned(),
        Expected::NoStream => "no_stream".to_owned(),
        Expected::Revision(revision) => revision.to_string(),
    }
}
