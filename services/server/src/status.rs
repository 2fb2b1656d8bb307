//! Every failure there is, and the only place that gives it a form on the wire.
//!
//! The map is total and written out: a new kind of failure does not compile until somebody has
//! decided what a caller is told. Rules and malformed fields are told in full. Faults of the
//! ledger are told by a constant text, because their causes name files and machines; the causes
//! go to the log, once, here.

use std::fmt;
use std::time::Duration;

use caseledger_chain::Size;
use caseledger_domain::{CaseId, Rejection};
use caseledger_engine::{PrivateError, QueueError, ReadError, ShredError, SignError, SubmitError};
use caseledger_proto::convert::RecordError;
use caseledger_proto::pb::v1;
use caseledger_proto::{ERROR_DOMAIN, Reason, WireErrors};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt};
use tracing::error;

use crate::config::Limits;
use crate::identity::IdentityError;
use crate::quota::Limit;

mod limited;
mod noted;
mod private;
mod rules;

pub(crate) use self::noted::{reason_of_status, rules_of};

use self::limited::limited;
use self::private::{not_recorded, private, shred};
use self::rules::{by_rule, judged, refused};

/// How long a caller should wait when the ledger has too much to do.
const RETRY_BUSY: Duration = Duration::from_millis(100);

/// How long when it cannot record for want of room, or is about to stop.
const RETRY_LATER: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The message is malformed.
    Wire(WireErrors),
    /// The caller has no identity.
    Identity(IdentityError),
    /// The writer did not take it.
    Queue(QueueError),
    /// The writer took it and did not record it.
    Submit(SubmitError),
    /// A rule refuses it before there is a submission, or about that case.
    Judged(Option<CaseId>, Rejection),
    /// Private parts of a case were not read.
    Private(PrivateError),
    /// The writer has stopped, and what is sealed is answered only once that is recorded.
    ReadNotRecorded,
    /// Private parts were not destroyed, or it was not confirmed.
    Shred(ShredError),
    /// The outcome of a submission is not known: the writer ended without an answer.
    OutcomeUnknown,
    /// A message larger than is read; the limit in bytes.
    MessageTooLarge(u32),
    /// A request whose bytes are no message of the call; how that was noticed.
    NoMessage(String),
    /// A service or a method that there is not.
    NoSuchMethod,
    /// A field of a question is wrong: its path, and what would be right.
    Field(&'static str, &'static str),
    /// The bytes of a stored entry are no event.
    Record(RecordError),
    /// A position that the ledger does not have yet.
    BeyondLedger {
        /// The position.
        asked: u64,
        /// The size of the ledger.
        size: Size,
    },
    /// Something could not be read.
    Read(ReadError),
    /// There is no such thing.
    NotFound(Missing),
    /// More at once than the server does.
    Busy(&'static str),
    /// The organisation asks for more than it may.
    Limit(Limit),
    /// The time of the call is over, and nothing was begun or only something was read.
    Deadline,
    /// The time of the call is over, and the writer has the submission.
    Unanswered,
    /// The role is not one that reads about single cases.
    ReadNotAllowed,
    /// The role is not one that reads what others were refused.
    RefusalsNotAllowed,
    /// The log of refused posts could not be read.
    Refusals(std::io::Error),
    /// The server is about to stop.
    Draining,
    /// A defect of the program: a task panicked. The panic is in the log.
    Panicked,
}

/// What there is none of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// A stream; which kind.
    Stream(&'static str),
    /// Submissions of an organisation.
    Feed,
    /// A log of refused posts.
    Refusals,
    /// A service in the health protocol.
    Service,
}

macro_rules! from {
    ($($source:ty => $variant:ident,)+) => {
        $(
            impl From<$source> for Failure {
                fn from(source: $source) -> Self {
                    Self::$variant(source)
                }
            }
        )+
    };
}

from! {
    WireErrors => Wire,
    IdentityError => Identity,
    QueueError => Queue,
    SubmitError => Submit,
    ReadError => Read,
    PrivateError => Private,
    ShredError => Shred,
    RecordError => Record,
    Missing => NotFound,
}

/// A failure as it is told: the same in a status and in one result of a stream.
#[derive(Debug)]
struct Told {
    code: Code,
    reason: &'static str,
    message: String,
    metadata: Vec<(&'static str, String)>,
    /// Malformed fields.
    fields: Vec<(String, String)>,
    /// Rules that failed: id and what was found and expected.
    rules: Vec<(&'static str, String)>,
    retry_after: Option<Duration>,
}

impl Told {
    fn new(code: Code, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.code(),
            message: message.into(),
            metadata: Vec::new(),
            fields: Vec::new(),
            rules: Vec::new(),
            retry_after: None,
        }
    }

    fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.metadata.push((key, value.to_string()));
        self
    }

    fn retry(self, after: Duration) -> Self {
        Self {
            retry_after: Some(after),
            ..self
        }
    }
}

impl From<Failure> for Told {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Wire(errors) => malformed(&errors),
            Failure::Identity(error) => identity(error),
            Failure::Queue(error) => queue(&error),
            Failure::Submit(error) => submit(error),
            Failure::Judged(case, rejection) => judged(case, &rejection),
            Failure::Private(error) => private(&error),
            Failure::ReadNotRecorded => not_recorded(),
            Failure::Shred(error) => shred(&error),
            Failure::OutcomeUnknown => stopped(),
            Failure::MessageTooLarge(max) => Self::new(
                Code::ResourceExhausted,
                Reason::MessageTooLarge,
                format!("the message is larger than {max} bytes; send less at once"),
            )
            .with("max", max),
            Failure::NoMessage(why) => {
                let mut told = Self::new(
                    Code::InvalidArgument,
                    Reason::MalformedField,
                    format!("the request is no message of this call: {why}"),
                );
                // No field of it can be named.
                told.fields.push((String::new(), why));
                told
            }
            Failure::NoSuchMethod => Self::new(
                Code::Unimplemented,
                Reason::NoSuchMethod,
                "the server has no such service or method; reflection lists what it has",
            ),
            Failure::Field(field, why) => {
                let mut told = Self::new(
                    Code::InvalidArgument,
                    Reason::MalformedField,
                    format!("{field}: {why}"),
                );
                told.fields.push((field.to_owned(), why.to_owned()));
                told
            }
            Failure::Record(error) => {
                log(&error);
                unreadable()
            }
            Failure::BeyondLedger { asked, size } => beyond(asked, size),
            Failure::Read(error) => read(&error),
            Failure::NotFound(missing) => not_found(missing),
            Failure::Busy(what) => Self::new(
                Code::ResourceExhausted,
                Reason::Overloaded,
                format!("as many {what} run as the server does at once; try again later"),
            )
            .retry(RETRY_BUSY),
            Failure::Limit(limit) => limited(limit),
            Failure::Deadline => Self::new(
                Code::DeadlineExceeded,
                Reason::DeadlineExceeded,
                "the deadline passed before there was an answer; nothing was recorded",
            ),
            Failure::Unanswered => Self::new(
                Code::DeadlineExceeded,
                Reason::OutcomeUnknown,
                "the deadline passed while the submission was being recorded; ask for its status, \
                 or send it again under the same message id",
            ),
            Failure::ReadNotAllowed => Self::new(
                Code::PermissionDenied,
                Reason::ReadNotAllowed,
                "this role reads totals, not single cases; ask in another role of yours",
            ),
            Failure::RefusalsNotAllowed => Self::new(
                Code::PermissionDenied,
                Reason::ReadNotAllowed,
                "oversight and the operator read what was refused; ask in that role",
            ),
            Failure::Refusals(error) => {
                log(&error);
                internal()
            }
            Failure::Draining => Self::new(
                Code::Unavailable,
                Reason::ShuttingDown,
                "the server is about to stop; connect again",
            )
            .retry(RETRY_LATER),
            Failure::Panicked => internal(),
        }
    }
}

fn identity(error: IdentityError) -> Told {
    let unauthenticated = |reason| (Code::Unauthenticated, reason);
    let (code, reason) = match error {
        IdentityError::Missing(_)
        | IdentityError::Repeated(_)
        | IdentityError::Org
        | IdentityError::Role => unauthenticated(Reason::Unauthenticated),
        IdentityError::Nothing => unauthenticated(Reason::NoIdentity),
        IdentityError::NoUri => unauthenticated(Reason::CertificateWithoutUri),
        IdentityError::AmbiguousUri => unauthenticated(Reason::CertificateUriAmbiguous),
        IdentityError::UnknownPrincipal => unauthenticated(Reason::UnknownPrincipal),
        IdentityError::PrincipalExpired => unauthenticated(Reason::PrincipalExpired),
        IdentityError::TokenInTheClear => unauthenticated(Reason::TokenWithoutTls),
        IdentityError::TokenForm => unauthenticated(Reason::TokenMalformed),
        IdentityError::TokenUnknown => unauthenticated(Reason::TokenUnknown),
        IdentityError::TokenExpired => unauthenticated(Reason::TokenExpired),
        IdentityError::Disagree => unauthenticated(Reason::IdentitiesDisagree),
        // From here on it is known who calls.
        // The rule by which the ledger judges the same at the position of a post.
        IdentityError::RoleNotGranted => (Code::PermissionDenied, Reason::Rule("ROLE_NOT_GRANTED")),
        IdentityError::RoleOpen => (Code::InvalidArgument, Reason::RoleAmbiguous),
    };
    Told::new(code, reason, error.to_string())
}

fn beyond(asked: u64, size: Size) -> Told {
    let message = format!("{asked} is beyond the ledger's size {size}; ask for less, or later");
    Told::new(Code::OutOfRange, Reason::BeyondLedger, message)
        .with("asked", asked)
        .with("size", size)
}

fn unreadable() -> Told {
    Told::new(
        Code::DataLoss,
        Reason::DataLoss,
        "the ledger cannot read what it recorded; its operator has to check it",
    )
}

fn internal() -> Told {
    Told::new(
        Code::Internal,
        Reason::Internal,
        "the ledger failed; its operator has to look",
    )
}

fn malformed(errors: &WireErrors) -> Told {
    let mut told = Told::new(
        Code::InvalidArgument,
        Reason::MalformedField,
        errors.to_string(),
    );
    told.fields = errors
        .violations()
        .iter()
        .map(|error| (error.field.clone(), error.why.to_string()))
        .collect();
    if errors.omitted() > 0 {
        return told.with("omitted", errors.omitted());
    }
    told
}

fn queue(error: &QueueError) -> Told {
    match error {
        QueueError::Overloaded { waiting } => Told::new(
            Code::ResourceExhausted,
            Reason::Overloaded,
            error.to_string(),
        )
        .with("waiting", waiting)
        .retry(RETRY_BUSY),
        QueueError::JobSize { found, max } => Told::new(
            Code::InvalidArgument,
            Reason::MessageTooLarge,
            error.to_string(),
        )
        .with("found", found)
        .with("max", max),
        // Not for another try: only the operator can change it.
        QueueError::ReadOnly => Told::new(
            Code::FailedPrecondition,
            Reason::ReadOnly,
            error.to_string(),
        ),
        QueueError::Stopped => Told::new(
            Code::Unavailable,
            Reason::StoreUnavailable,
            "the ledger records nothing until it is opened again, nothing was recorded; send it \
             again later",
        )
        .retry(RETRY_LATER),
    }
}

fn submit(error: SubmitError) -> Told {
    match error {
        SubmitError::Refused { command, rejection } => refused(command, &rejection),
        SubmitError::MessageReused {
            first,
            expected,
            found,
        } => says(Code::AlreadyExists, Reason::MessageIdReused, &error)
            .with("first_position", first)
            .with("first_content", expected)
            .with("content", found),
        SubmitError::NoSuchCase { command, case } => says(Code::NotFound, Reason::NotFound, &error)
            .with("post", command)
            .with("case_id", case),
        SubmitError::NoSuchCanonicalCase { command } => {
            says(Code::NotFound, Reason::NotFound, &error).with("post", command)
        }
        SubmitError::NothingToRecord => says(Code::InvalidArgument, Reason::MalformedField, &error),
        SubmitError::SequenceAhead { last, found, max } => {
            let mut told = says(Code::InvalidArgument, Reason::MalformedField, &error)
                .with("last", last)
                .with("found", found)
                .with("max", max);
            told.fields
                .push(("submitter_sequence".to_owned(), error.to_string()));
            told
        }
        SubmitError::SignatureRequired { organisation } => {
            says(Code::FailedPrecondition, Reason::SignatureRequired, &error)
                .with("organisation", organisation)
        }
        SubmitError::SignatureInvalid(_) => {
            says(Code::InvalidArgument, Reason::SignatureInvalid, &error)
        }
        SubmitError::SigningKeyUnknown { organisation, key } => {
            says(Code::FailedPrecondition, Reason::SigningKeyUnknown, &error)
                .with("organisation", organisation)
                .with("key", key)
        }
        SubmitError::SignedPosts { found, expected } => {
            says(Code::InvalidArgument, Reason::MalformedField, &error)
                .with("found", found)
                .with("expected", expected)
        }
        SubmitError::SequenceUsed { number, first } => {
            says(Code::AlreadyExists, Reason::NumberUsed, &error)
                .with("number", number)
                .with("first_position", first)
        }
        SubmitError::SequenceGaps {
            number,
            missing,
            max,
        } => says(Code::FailedPrecondition, Reason::NumberGaps, &error)
            .with("number", number)
            .with("missing", missing)
            .with("max", max),
        SubmitError::CommandCount { found, max } | SubmitError::TooLarge { found, max, .. } => {
            says(Code::InvalidArgument, Reason::MessageTooLarge, &error)
                .with("found", found)
                .with("max", max)
        }
        SubmitError::StoreUnavailable(_)
        | SubmitError::Private(_)
        | SubmitError::NoRandomness(_) => {
            log(&error);
            Told::new(
                Code::Unavailable,
                Reason::StoreUnavailable,
                "the ledger cannot record at the moment, nothing was recorded; send it again later",
            )
            .retry(RETRY_LATER)
        }
        SubmitError::Read(error) => read(&error),
        SubmitError::Stopped => stopped(),
    }
}

fn says(code: Code, reason: Reason, error: &SubmitError) -> Told {
    Told::new(code, reason, error.to_string())
}

/// The reason that submissions are told which the writer did not take, for counting.
pub(crate) const fn reason_of_queue(error: &QueueError) -> &'static str {
    let reason = match error {
        QueueError::Overloaded { .. } => Reason::Overloaded,
        QueueError::JobSize { .. } => Reason::MessageTooLarge,
        QueueError::ReadOnly => Reason::ReadOnly,
        QueueError::Stopped => Reason::StoreUnavailable,
    };
    reason.code()
}

/// The reason that a submission is told which was not recorded, for counting.
pub(crate) fn reason_of(error: &SubmitError) -> &'static str {
    let reason = match error {
        SubmitError::Refused { rejection, .. } => Reason::Rule(rejection.rule()),
        SubmitError::MessageReused { .. } => Reason::MessageIdReused,
        SubmitError::NoSuchCase { .. } | SubmitError::NoSuchCanonicalCase { .. } => {
            Reason::NotFound
        }
        SubmitError::NothingToRecord
        | SubmitError::SequenceAhead { .. }
        | SubmitError::SignedPosts { .. } => Reason::MalformedField,
        SubmitError::SignatureRequired { .. } => Reason::SignatureRequired,
        SubmitError::SignatureInvalid(_) => Reason::SignatureInvalid,
        SubmitError::SigningKeyUnknown { .. } => Reason::SigningKeyUnknown,
        SubmitError::SequenceUsed { .. } => Reason::NumberUsed,
        SubmitError::SequenceGaps { .. } => Reason::NumberGaps,
        SubmitError::CommandCount { .. } | SubmitError::TooLarge { .. } => Reason::MessageTooLarge,
        SubmitError::StoreUnavailable(_)
        | SubmitError::NoRandomness(_)
        | SubmitError::Private(_) => Reason::StoreUnavailable,
        SubmitError::Read(_) => Reason::Internal,
        SubmitError::Stopped => Reason::OutcomeUnknown,
    };
    reason.code()
}

fn stopped() -> Told {
    Told::new(
        Code::Unavailable,
        Reason::OutcomeUnknown,
        "the ledger stopped before it answered; ask for the status of the submission, or send it \
         again under the same message id",
    )
    .retry(RETRY_LATER)
}

fn read(failed: &ReadError) -> Told {
    match failed {
        ReadError::Beyond { asked, size } => beyond(*asked, *size),
        ReadError::Behind {
            wanted, reached, ..
        } => {
            log(failed);
            Told::new(
                Code::Unavailable,
                Reason::Overloaded,
                "views have not reached what was recorded when the read arrived; ask again",
            )
            .with("size", wanted)
            .with("reached", reached)
            .retry(RETRY_BUSY)
        }
        ReadError::Entry { .. } | ReadError::Missing(_) => {
            log(failed);
            unreadable()
        }
        ReadError::Log(_) if failed.is_damage() => {
            log(failed);
            unreadable()
        }
        ReadError::Checkpoint(SignError::ReadOnly) => Told::new(
            Code::FailedPrecondition,
            Reason::ReadOnly,
            failed.to_string(),
        ),
        ReadError::Log(_)
        | ReadError::Proof(_)
        | ReadError::Checkpoint(SignError::Checkpoint(_) | SignError::NotHeld { .. })
        | ReadError::State(_) => {
            log(failed);
            internal()
        }
        ReadError::Stopped => Told::new(
            Code::Unavailable,
            Reason::StoreUnavailable,
            "the views are not kept until the ledger is opened again; ask later",
        )
        .retry(RETRY_LATER),
    }
}

fn not_found(missing: Missing) -> Told {
    match missing {
        Missing::Stream(kind) => Told::new(
            Code::NotFound,
            Reason::NotFound,
            format!("there is no such {kind}"),
        )
        .with("kind", kind),
        Missing::Feed => Told::new(
            Code::NotFound,
            Reason::NotFound,
            "the organisation has submitted nothing",
        ),
        Missing::Refusals => Told::new(
            Code::NotFound,
            Reason::NotFound,
            "this server keeps no log of refused posts",
        ),
        Missing::Service => Told::new(
            Code::NotFound,
            Reason::NotFound,
            "there is no such service; ask for \"\" or one that reflection lists",
        ),
    }
}

/// The whole chain of causes, once.
fn log(error: &(dyn std::error::Error + 'static)) {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    error!(%error, causes = causes.join(": "), "request failed");
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let told = Told::from(failure);
        let mut details = ErrorDetails::with_error_info(
            told.reason,
            ERROR_DOMAIN,
            told.metadata
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<std::collections::HashMap<_, _>>(),
        );
        if !told.fields.is_empty() {
            let violations = told
                .fields
                .into_iter()
                .map(|(f, why)| FieldViolation::new(f, why));
            details.set_bad_request(violations.collect::<Vec<_>>());
        }
        if !told.rules.is_empty() {
            let violations = told
                .rules
                .into_iter()
                .map(|(rule, sentence)| PreconditionViolation::new(rule, "", sentence));
            details.set_precondition_failure(violations.collect::<Vec<_>>());
        }
        if told.retry_after.is_some() {
            details.set_retry_info(told.retry_after);
        }
        Self::with_error_details(told.code, told.message, details)
    }
}

/// The failure that the transport found in a request, before there was one of ours: it tells a
/// message that is too large or cannot be decoded, and a method that there is not, by a code alone.
/// Failures of ours have details.
pub(crate) fn found_by_transport(status: Status, limits: &Limits) -> Status {
    if !status.details().is_empty() {
        return status;
    }
    match status.code() {
        Code::OutOfRange => Failure::MessageTooLarge(limits.request_bytes).into(),
        // What does not decode says which field and what wire type, never what it holds.
        Code::Internal => Failure::NoMessage(status.message().to_owned()).into(),
        Code::Unimplemented => Failure::NoSuchMethod.into(),
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::InvalidArgument
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => status,
    }
}

impl From<Failure> for v1::Refusal {
    fn from(failure: Failure) -> Self {
        let told = Told::from(failure);
        let metadata = told
            .metadata
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        let violations = told
            .fields
            .into_iter()
            .map(|(field, description)| v1::FieldViolation { field, description });
        Self {
            code: told.code.into(),
            message: told.message,
            reason: told.reason.to_owned(),
            metadata: metadata.collect(),
            violations: violations.collect(),
            retry_after_ms: told.retry_after.map_or(0, |after| after.as_millis() as u32),
        }
    }
}

#[cfg(test)]
mod tests;
