//! Messages of courts on their way to the writer, and their outcomes on the way back. Unary call,
//! stream and batch post through here.

use bytes::Bytes;
use caseledger_proto::Reason;
use caseledger_proto::convert::{self, CODE_FIELDS, CourtMessage, Sent};
use caseledger_proto::pb::v1;
use tonic::Status;

use super::answer::Outcome;
use crate::call::Call;
use crate::gate::{Gate, Pending};
use crate::identity::Principal;
use crate::status::Failure;

/// A message that was read, or why not.
pub(super) type Message = Result<CourtMessage, Failure>;

/// Messages that the writer has, and those that it never gets.
pub(super) struct Posted {
    pending: Option<Pending>,
    /// One per message. A failure is the message's own; without one it is the next that the writer answers.
    notes: Vec<Note>,
}

struct Note {
    readings: Vec<v1::CodeReading>,
    message_id: Bytes,
    failed: Option<Failure>,
}

/// Reads a message.
pub(super) fn read(gate: &Gate, principal: Principal, wire: &v1::FilingConfirmation) -> Message {
    let (sent, read) = convert::named_confirmation(wire, gate.codes(), gate.pseudonyms());
    taken(gate, principal, Some(sent), read.map_err(Failure::from))
}

/// A message as it was read: what nobody has mapped is counted, and one that cannot be read is
/// noted as refused.
pub(super) fn taken(
    gate: &Gate,
    principal: Principal,
    sent: Option<Sent>,
    message: Message,
) -> Message {
    if let Ok(read) = &message {
        count_unmapped(gate, &read.readings);
    } else {
        let (call, reason) = (Call::current(), Reason::MalformedField.code());
        gate.refused()
            .note(call.as_deref(), principal.into(), sent, reason);
    }
    message
}

/// Notes that a stream ends because of what was said in it, before any of it is a post.
pub(super) fn ended(gate: &Gate, principal: Principal, status: Status) -> Status {
    gate.note_status(Call::current().as_deref(), principal.into(), &status);
    status
}

fn count_unmapped(gate: &Gate, readings: &[v1::CodeReading]) {
    for reading in readings.iter().filter(|reading| reading.code.is_empty()) {
        let mut fields = CODE_FIELDS.iter().map(|(field, _)| *field);
        if let Some(field) = fields.find(|field| *field == reading.field) {
            gate.metrics().court_unmapped(field);
        }
    }
}

/// Hands messages to the writer, or refuses all of them at once.
pub(super) fn at_once(
    gate: &Gate,
    principal: Principal,
    messages: Vec<Message>,
) -> Result<Posted, Failure> {
    let (submissions, notes) = sort(messages);
    let pending = if submissions.is_empty() {
        None
    } else {
        Some(gate.submit(principal, submissions)?)
    };
    Ok(Posted { pending, notes })
}

/// The same, waiting while the writer has too much to do.
pub(super) async fn when_free(
    gate: &Gate,
    principal: Principal,
    messages: Vec<Message>,
) -> Result<Posted, Failure> {
    let (submissions, notes) = sort(messages);
    let pending = if submissions.is_empty() {
        None
    } else {
        Some(gate.submit_when_free(principal, submissions).await?)
    };
    Ok(Posted { pending, notes })
}

fn sort(messages: Vec<Message>) -> (Vec<caseledger_engine::Submission>, Vec<Note>) {
    let mut submissions = Vec::with_capacity(messages.len());
    let note = |message| match message {
        Ok(CourtMessage {
            submission,
            readings,
        }) => {
            let message_id = Bytes::copy_from_slice(&submission.message_id);
            submissions.push(submission);
            Note {
                readings,
                message_id,
                failed: None,
            }
        }
        Err(failure) => Note {
            readings: Vec::new(),
            message_id: Bytes::new(),
            failed: Some(failure),
        },
    };
    let notes = messages.into_iter().map(note).collect();
    (submissions, notes)
}

impl Posted {
    /// What became of the messages, one each, in order.
    ///
    /// # Errors
    /// [`Failure`] if the writer ended without an answer.
    pub(super) async fn results(self) -> Result<Vec<Outcome>, Failure> {
        let outcomes = match self.pending {
            Some(pending) => pending.outcomes().await?,
            None => Vec::new(),
        };
        let mut outcomes = outcomes.into_iter();
        let results = self.notes.into_iter().map(|note| {
            let outcome = match note.failed {
                Some(failure) => Err(failure),
                None => match outcomes.next() {
                    Some(outcome) => outcome.map_err(Failure::from),
                    None => Err(Failure::OutcomeUnknown),
                },
            };
            Outcome {
                recorded: outcome,
                readings: note.readings,
                message_id: note.message_id,
            }
        });
        Ok(results.collect())
    }
}
