//! Announcements: what is asked to be published, and what came of it.

use caseledger_chain::Position;
use caseledger_domain::view::Tally;
use caseledger_domain::{AnnouncementFact, AnnouncementId, AnnouncementState, Event, Fact, Sheet};

use super::submission::{Sent, named_submission};
use crate::field::{Nested as _, Wire as _, parse};
use crate::pb::event::v1::{self as event, fact::Kind};
use crate::pb::v1 as pb;
use crate::submission::{Pseudonyms, Submission};
use crate::wire_error::{WireErrors, read};

/// Reads a request to publish, with the name that a refusal of it is noted under.
///
/// # Errors
/// [`WireErrors`] with the paths of [`announcement_submission`].
pub fn publish_announcement(
    wire: pb::PublishAnnouncementRequest,
    pseudonyms: &dyn Pseudonyms,
) -> (Sent, Result<Submission, WireErrors>) {
    named_submission(announcement_submission(wire), pseudonyms)
}

/// The submission that a request to publish stands for: sent as one, it is the same message.
pub fn announcement_submission(wire: pb::PublishAnnouncementRequest) -> pb::Submission {
    let pb::PublishAnnouncementRequest {
        message_id,
        announcement,
        announced_on,
        sheet,
        correction,
    } = wire;
    let kind = match correction {
        None => Kind::AnnouncementPublished(event::AnnouncementPublished { sheet }),
        Some(pb::Correction { target, reason }) => {
            Kind::AnnouncementCorrected(event::AnnouncementCorrected {
                target,
                reason,
                sheet,
            })
        }
    };
    // Whether it is published already is a rule of its own.
    let any = pb::ExpectedState::Any.into();
    let post = pb::Post {
        target: Some(pb::Target {
            target: Some(pb::target::Target::Announcement(announcement)),
        }),
        expected: Some(pb::Expected {
            expectation: Some(pb::expected::Expectation::State(any)),
        }),
        scope: None,
        occurred_on: announced_on,
        fact: Some(event::Fact { kind: Some(kind) }),
        references: None,
        private: None,
    };
    pb::Submission {
        message_id,
        submitter_sequence: 0,
        posts: vec![post],
        signed: None,
    }
}

/// Reads the id of an announcement.
///
/// # Errors
/// [`WireErrors`] if it is none.
pub fn announcement_id(wire: &str) -> Result<AnnouncementId, WireErrors> {
    read(|r| parse(wire, "announcement", r))
}

/// Figures on the wire.
pub fn sheet(sheet: &Sheet) -> event::Sheet {
    sheet.put_message()
}

/// What a figure comes to, on the wire.
pub fn tally(tally: Tally) -> pb::Tally {
    pb::Tally {
        value: tally.value,
        of: tally.of,
    }
}

/// An announcement in a list; none before it is published.
pub fn announcement_row(
    id: AnnouncementId,
    state: &AnnouncementState,
) -> Option<pb::AnnouncementRow> {
    Some(pb::AnnouncementRow {
        announcement: id.as_str().to_owned(),
        revisions: state.revisions,
        announced_on: state.stated_on.put(),
        sheet: Some(sheet(state.sheet.as_ref()?)),
    })
}

/// A statement that is counted again: everything but the counts. None for any other event.
pub fn statement(revision: u64, position: Position, said: &Event) -> Option<pb::Reproduction> {
    let Fact::Announcement(fact) = &said.fact else {
        return None;
    };
    let corrects = match fact {
        AnnouncementFact::AnnouncementPublished { .. } => None,
        AnnouncementFact::AnnouncementCorrected { target, .. } => Some(*target),
    };
    Some(pb::Reproduction {
        revision,
        position: position.get(),
        announced_on: said.occurred_on.put(),
        corrects,
        sheet: Some(sheet(fact.sheet())),
        ..pb::Reproduction::default()
    })
}
