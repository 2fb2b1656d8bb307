//! What became of a message, in the words of courts.

use bytes::Bytes;
use caseledger_chain::EntryRef;
use caseledger_domain::{FactKind, Flags, RejectionKind};
use caseledger_engine::{Ack, SubmitError};
use caseledger_proto::convert::RecordError;
use caseledger_proto::pb::v1::{self, ConfirmationStatus, MessageReceipt};

use crate::gate::Gate;
use crate::grpc::command;
use crate::status::Failure;

/// What became of one message.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) recorded: Result<Ack, Failure>,
    pub(super) readings: Vec<v1::CodeReading>,
    pub(super) message_id: Bytes,
}

/// The answer to a message that came alone. What sending it again may change fails the call, so that
/// every client tries again as with any other call.
///
/// # Errors
/// [`Failure`] that is not about the message.
pub(super) fn unary(gate: &Gate, outcome: Outcome) -> Result<v1::ConfirmationResult, Failure> {
    match outcome.recorded {
        Err(failure) if !is_about_message(&failure) => Err(failure),
        _ => Ok(among_others(gate, outcome)),
    }
}

/// The answer to one message among others: whatever happened is told in its place.
pub(super) fn among_others(gate: &Gate, outcome: Outcome) -> v1::ConfirmationResult {
    let Outcome {
        recorded: ack,
        readings,
        message_id,
    } = outcome;
    let result = match ack.and_then(|ack| recorded(&ack)) {
        Ok(recorded) => recorded,
        Err(failure) => v1::ConfirmationResult {
            status: ConfirmationStatus::Refused.into(),
            message_receipt: receipt_of(&failure).into(),
            refusal: Some(failure.into()),
            ..v1::ConfirmationResult::default()
        },
    };
    gate.metrics().court(word(result.status()));
    v1::ConfirmationResult {
        readings,
        message_id,
        ..result
    }
}

fn recorded(ack: &Ack) -> Result<v1::ConfirmationResult, Failure> {
    let mut kinds = Vec::with_capacity(ack.receipts.len());
    let mut flags = Flags::NONE;
    for receipt in &ack.receipts {
        let entry = EntryRef::decode(receipt.entry()).map_err(RecordError::from)?;
        kinds.push(FactKind::from_number(entry.header().body_type));
        flags = flags.union(receipt.flags());
    }
    let any = |kind| kinds.contains(&Some(kind));
    let status = if ack.duplicate {
        ConfirmationStatus::Duplicate
    } else if any(FactKind::ConfirmationHeld) {
        ConfirmationStatus::Held
    } else if kinds
        .iter()
        .all(|kind| *kind == Some(FactKind::ConfirmationSighted))
    {
        ConfirmationStatus::Sighted
    } else if flags.is_empty() {
        ConfirmationStatus::Accepted
    } else {
        ConfirmationStatus::AcceptedWithFlags
    };
    let message_receipt = if ack.duplicate {
        MessageReceipt::DuplicateMessage
    } else {
        MessageReceipt::Success
    };
    Ok(v1::ConfirmationResult {
        status: status.into(),
        message_receipt: message_receipt.into(),
        receipts: ack
            .receipts
            .iter()
            .map(command::receipt)
            .collect::<Result<_, _>>()?,
        flags: flags.iter().map(|flag| i32::from(flag as u8)).collect(),
        ..v1::ConfirmationResult::default()
    })
}

/// Whether the same message sent again would fail in the same way.
const fn is_about_message(failure: &Failure) -> bool {
    match failure {
        Failure::Wire(_) | Failure::Field(..) => true,
        Failure::Submit(error) => match error {
            SubmitError::Refused { .. }
            | SubmitError::MessageReused { .. }
            | SubmitError::NoSuchCase { .. }
            | SubmitError::NoSuchCanonicalCase { .. }
            | SubmitError::NothingToRecord
            | SubmitError::CommandCount { .. }
            | SubmitError::SequenceAhead { .. }
            | SubmitError::SequenceUsed { .. }
            | SubmitError::SequenceGaps { .. }
            | SubmitError::SignatureRequired { .. }
            | SubmitError::SignatureInvalid(_)
            | SubmitError::SigningKeyUnknown { .. }
            | SubmitError::SignedPosts { .. }
            | SubmitError::TooLarge { .. } => true,
            SubmitError::NoRandomness(_)
            | SubmitError::Private(_)
            | SubmitError::StoreUnavailable(_)
            | SubmitError::Read(_)
            | SubmitError::Stopped => false,
        },
        _ => false,
    }
}

fn receipt_of(failure: &Failure) -> MessageReceipt {
    match failure {
        Failure::Submit(SubmitError::Refused { rejection, .. })
            if rejection.kind() == RejectionKind::NotAllowed =>
        {
            MessageReceipt::MessageError
        }
        Failure::Submit(SubmitError::MessageReused { .. }) => MessageReceipt::MessageError,
        Failure::OutcomeUnknown | Failure::Unanswered | Failure::Submit(SubmitError::Stopped) => {
            MessageReceipt::UnknownError
        }
        about if is_about_message(about) => MessageReceipt::DataError,
        _ => MessageReceipt::SystemError,
    }
}

const fn word(status: ConfirmationStatus) -> &'static str {
    match status {
        ConfirmationStatus::Unspecified => "unspecified",
        ConfirmationStatus::Accepted => "accepted",
        ConfirmationStatus::Duplicate => "duplicate",
        ConfirmationStatus::AcceptedWithFlags => "accepted_with_flags",
        ConfirmationStatus::Held => "held",
        ConfirmationStatus::Sighted => "sighted",
        ConfirmationStatus::Refused => "refused",
    }
}
