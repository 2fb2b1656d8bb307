//! Every failure has a code and a reason, and every reason a failure.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use caseledger_chain::{Digest, Position, StatementError};
use caseledger_domain::vocabulary::Role;
use caseledger_domain::{CaseId, ChargeId, Expected, FactKind, OrgId};
use caseledger_proto::{Why, WireError};
use caseledger_store::{AppendError, Damage, Fault, LogError, Unavailable};

use super::*;

const CASE: CaseId = CaseId::from_bytes([4; 16]);

fn rule(rejection: Rejection) -> Failure {
    Failure::Submit(SubmitError::Refused {
        command: 2,
        rejection,
    })
}

fn not_allowed() -> Rejection {
    Rejection::RoleNotAllowed {
        role: Role::Court,
        attempted: FactKind::ReviewApproved,
        allowed: &[Role::ProsecutorCounty],
    }
}

fn conflict() -> Rejection {
    Rejection::WrongExpectedRevision {
        expected: Expected::Revision(7),
        found: None,
    }
}

fn secret() -> LogError {
    let path = "/secret/place".into();
    LogError::Io {
        op: "read",
        path,
        source: io::Error::other("disk sda1"),
    }
}

fn damaged() -> Damage {
    Damage {
        segment: Position::new(0),
        offset: 68,
        position: Position::new(0),
        fault: Fault::NotZero,
    }
}

/// Failures with what they must become.
#[expect(clippy::too_many_lines, reason = "one row per kind of failure")]
fn table() -> Vec<(Failure, Code, &'static str)> {
    let org = |org: &str| -> OrgId { org.parse().unwrap() };
    let unavailable = Unavailable::FullDisk(io::Error::other("disk sda1"));
    let wire = WireError {
        field: "posts[1].expected".to_owned(),
        why: Why::Missing,
    };
    let size = Size::new(3);
    let mut table = vec![
        (
            Failure::Wire(wire.into()),
            Code::InvalidArgument,
            "MALFORMED_FIELD",
        ),
        (
            Failure::Field("page.token", "no token"),
            Code::InvalidArgument,
            "MALFORMED_FIELD",
        ),
        (
            Failure::MessageTooLarge(9),
            Code::ResourceExhausted,
            "MESSAGE_TOO_LARGE",
        ),
        (
            Failure::NoMessage("invalid wire type".to_owned()),
            Code::InvalidArgument,
            "MALFORMED_FIELD",
        ),
        (
            SubmitError::SequenceAhead {
                last: 3,
                found: 9,
                max: 5,
            }
            .into(),
            Code::InvalidArgument,
            "MALFORMED_FIELD",
        ),
        (
            SubmitError::SequenceUsed {
                number: 3,
                first: Position::new(9),
            }
            .into(),
            Code::AlreadyExists,
            "NUMBER_ALREADY_USED",
        ),
        (
            SubmitError::SequenceGaps {
                number: 9,
                missing: 2,
                max: 5,
            }
            .into(),
            Code::FailedPrecondition,
            "TOO_MANY_NUMBER_GAPS",
        ),
        (
            SubmitError::SignatureRequired {
                organisation: OrgId::OPERATOR,
            }
            .into(),
            Code::FailedPrecondition,
            "SIGNATURE_REQUIRED",
        ),
        (
            SubmitError::SignatureInvalid(StatementError::Signature).into(),
            Code::InvalidArgument,
            "SIGNATURE_INVALID",
        ),
        (
            SubmitError::SigningKeyUnknown {
                organisation: OrgId::OPERATOR,
                key: Digest::ZERO,
            }
            .into(),
            Code::FailedPrecondition,
            "SIGNING_KEY_UNKNOWN",
        ),
        (
            Failure::Limit(Limit::Rate(Duration::from_millis(7))),
            Code::ResourceExhausted,
            "RATE_LIMITED",
        ),
        (
            Failure::Limit(Limit::Calls(5)),
            Code::ResourceExhausted,
            "TOO_MANY_CALLS",
        ),
        (
            Failure::Identity(IdentityError::Org),
            Code::Unauthenticated,
            "UNAUTHENTICATED",
        ),
        (
            Failure::Identity(IdentityError::RoleNotGranted),
            Code::PermissionDenied,
            "ROLE_NOT_GRANTED",
        ),
        (
            Failure::Identity(IdentityError::RoleOpen),
            Code::InvalidArgument,
            "ROLE_AMBIGUOUS",
        ),
        (
            Failure::RefusalsNotAllowed,
            Code::PermissionDenied,
            "READ_NOT_ALLOWED",
        ),
        (
            Failure::Refusals(io::Error::other("disk sda1")),
            Code::Internal,
            "INTERNAL",
        ),
        (
            Failure::ReadNotAllowed,
            Code::PermissionDenied,
            "READ_NOT_ALLOWED",
        ),
        (
            QueueError::Overloaded { waiting: 5 }.into(),
            Code::ResourceExhausted,
            "OVERLOADED",
        ),
        (
            QueueError::JobSize { found: 0, max: 9 }.into(),
            Code::InvalidArgument,
            "MESSAGE_TOO_LARGE",
        ),
        (
            QueueError::Stopped.into(),
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            QueueError::ReadOnly.into(),
            Code::FailedPrecondition,
            "READ_ONLY",
        ),
        (
            ReadError::Checkpoint(SignError::ReadOnly).into(),
            Code::FailedPrecondition,
            "READ_ONLY",
        ),
        (
            ReadError::Log(damaged().into()).into(),
            Code::DataLoss,
            "DATA_LOSS",
        ),
        (
            SubmitError::MessageReused {
                first: Position::new(8),
                expected: Digest::ZERO,
                found: Digest::from_bytes([1; 32]),
            }
            .into(),
            Code::AlreadyExists,
            "DUPLICATE_MESSAGE_ID_OTHER_CONTENT",
        ),
        (
            SubmitError::NoSuchCase {
                command: 0,
                case: CASE,
            }
            .into(),
            Code::NotFound,
            "NOT_FOUND",
        ),
        (
            SubmitError::NoSuchCanonicalCase { command: 0 }.into(),
            Code::NotFound,
            "NOT_FOUND",
        ),
        (
            SubmitError::CommandCount {
                found: 101,
                max: 100,
            }
            .into(),
            Code::InvalidArgument,
            "MESSAGE_TOO_LARGE",
        ),
        (
            SubmitError::TooLarge {
                what: "bytes",
                found: 2,
                max: 1,
            }
            .into(),
            Code::InvalidArgument,
            "MESSAGE_TOO_LARGE",
        ),
        (
            SubmitError::NothingToRecord.into(),
            Code::InvalidArgument,
            "MALFORMED_FIELD",
        ),
        (
            SubmitError::StoreUnavailable(Arc::new(AppendError::Unavailable(unavailable))).into(),
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            SubmitError::Read(ReadError::Log(secret())).into(),
            Code::Internal,
            "INTERNAL",
        ),
        (
            SubmitError::Stopped.into(),
            Code::Unavailable,
            "OUTCOME_UNKNOWN",
        ),
        (
            Failure::OutcomeUnknown,
            Code::Unavailable,
            "OUTCOME_UNKNOWN",
        ),
        (
            Failure::Unanswered,
            Code::DeadlineExceeded,
            "OUTCOME_UNKNOWN",
        ),
        (
            Failure::Deadline,
            Code::DeadlineExceeded,
            "DEADLINE_EXCEEDED",
        ),
        (Failure::Draining, Code::Unavailable, "SHUTTING_DOWN"),
        (
            Failure::Busy("long reads"),
            Code::ResourceExhausted,
            "OVERLOADED",
        ),
        (Failure::Panicked, Code::Internal, "INTERNAL"),
        (
            Failure::NotFound(Missing::Stream("case")),
            Code::NotFound,
            "NOT_FOUND",
        ),
        (Failure::NoSuchMethod, Code::Unimplemented, "NO_SUCH_METHOD"),
        (
            Failure::NotFound(Missing::Service),
            Code::NotFound,
            "NOT_FOUND",
        ),
        (
            Failure::BeyondLedger { asked: 4, size },
            Code::OutOfRange,
            "BEYOND_LEDGER",
        ),
        (
            ReadError::Beyond { asked: 4, size }.into(),
            Code::OutOfRange,
            "BEYOND_LEDGER",
        ),
        (
            ReadError::Missing(Position::new(2)).into(),
            Code::DataLoss,
            "DATA_LOSS",
        ),
        (
            Failure::Record(RecordError::StreamKind { found: 9 }),
            Code::DataLoss,
            "DATA_LOSS",
        ),
        (ReadError::Log(secret()).into(), Code::Internal, "INTERNAL"),
        (
            ReadError::Behind {
                wanted: size,
                reached: Size::ZERO,
                waited: RETRY_BUSY,
            }
            .into(),
            Code::Unavailable,
            "OVERLOADED",
        ),
        (
            ReadError::Stopped.into(),
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            rule(not_allowed()),
            Code::PermissionDenied,
            "ROLE_NOT_ALLOWED",
        ),
        (
            rule(Rejection::ScopeEmpty {
                attempted: FactKind::ReviewApproved,
            }),
            Code::InvalidArgument,
            "SCOPE_EMPTY",
        ),
        (rule(conflict()), Code::Aborted, "WRONG_EXPECTED_REVISION"),
        (
            rule(Rejection::ChargeUnknown {
                charge: ChargeId(3),
                highest: 1,
            }),
            Code::NotFound,
            "CHARGE_UNKNOWN",
        ),
        (
            rule(Rejection::ApproverIsPoster {
                approver: org("lada"),
            }),
            Code::FailedPrecondition,
            "APPROVER_IS_POSTER",
        ),
        (
            rule(Rejection::Several(vec![conflict(), not_allowed()])),
            Code::PermissionDenied,
            "SEVERAL_RULES",
        ),
    ];
    let nobody = |(error, reason)| (Failure::Identity(error), Code::Unauthenticated, reason);
    table.extend(NOBODY.map(nobody));
    table
}

#[test]
fn a_refusal_is_counted_under_the_reason_that_is_told() {
    for (failure, _, reason) in table() {
        // What a failing store is told as depends on how it failed.
        if let Failure::Submit(error) = &failure
            && !matches!(error, SubmitError::Read(_))
        {
            assert_eq!(reason_of(error), reason, "{failure:?}");
        }
    }
}

#[test]
fn each_failure_is_told_with_its_code_and_reason_in_both_forms() {
    for ((failure, code, reason), (same, _, _)) in table().into_iter().zip(table()) {
        let shown = format!("{failure:?}");
        let status = Status::from(failure);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!((status.code(), &info.reason[..]), (code, reason), "{shown}");
        assert_eq!(info.domain, ERROR_DOMAIN);
        assert!(
            Reason::from_code(reason).is_some(),
            "{reason} is in no table"
        );
        let refusal = v1::Refusal::from(same);
        assert_eq!(
            (Code::from(refusal.code), &refusal.reason[..]),
            (code, reason),
            "{shown}"
        );
        assert_eq!(refusal.message, status.message());
        assert_eq!(refusal.metadata, info.metadata);
        let again = details.retry_info().is_some();
        assert_eq!(refusal.retry_after_ms > 0, again);
        let transient = matches!(code, Code::Unavailable | Code::ResourceExhausted)
            && reason != "MESSAGE_TOO_LARGE";
        assert_eq!(again, transient, "{shown}");
    }
}

/// Failures to prove who calls, each with the reason that it is told.
const NOBODY: [(IdentityError, &str); 10] = [
    (IdentityError::Nothing, "NO_IDENTITY"),
    (IdentityError::NoUri, "CERTIFICATE_WITHOUT_URI"),
    (IdentityError::AmbiguousUri, "CERTIFICATE_URI_AMBIGUOUS"),
    (IdentityError::UnknownPrincipal, "UNKNOWN_PRINCIPAL"),
    (IdentityError::PrincipalExpired, "PRINCIPAL_EXPIRED"),
    (IdentityError::TokenInTheClear, "TOKEN_WITHOUT_TLS"),
    (IdentityError::TokenForm, "TOKEN_MALFORMED"),
    (IdentityError::TokenUnknown, "TOKEN_UNKNOWN"),
    (IdentityError::TokenExpired, "TOKEN_EXPIRED"),
    (IdentityError::Disagree, "IDENTITIES_DISAGREE"),
];

#[test]
fn every_reason_is_given_by_some_failure() {
    let given: HashSet<&str> = table().into_iter().map(|(_, _, reason)| reason).collect();
    for (reason, _) in Reason::TECHNICAL {
        assert!(
            given.contains(reason.code()),
            "nothing fails with {}",
            reason.code()
        );
    }
}

#[test]
fn causes_within_the_ledger_are_not_told() {
    for (failure, _, _) in table() {
        let status = format!("{:?}", Status::from(failure));
        assert!(
            !status.contains("secret") && !status.contains("sda1"),
            "{status}"
        );
    }
}

#[test]
fn a_conflict_names_both_revisions_and_the_post() {
    let status = Status::from(rule(conflict()));
    let details = status.get_error_details();
    let metadata = &details.error_info().unwrap().metadata;
    assert_eq!(metadata["expected"], "7");
    assert_eq!(metadata["found"], "no_stream");
    assert_eq!(metadata["post"], "2");
}

#[test]
fn several_rules_are_told_one_by_one() {
    let status = Status::from(rule(Rejection::Several(vec![conflict(), not_allowed()])));
    let details = status.get_error_details();
    let rules = &details.precondition_failure().unwrap().violations;
    let rules: Vec<&str> = rules.iter().map(|rule| &rule.r#type[..]).collect();
    assert_eq!(rules, ["WRONG_EXPECTED_REVISION", "ROLE_NOT_ALLOWED"]);
}
