//! Submissions: every fact that enters the ledger comes through here.

use core::mem;

use caseledger_domain::{
    CaseFact, CaseToken, ChargeId, Command, Expected, Fact, FactKind, FilingFact, OrderFact, Scope,
    StreamKind, Text,
};
use prost::Message as _;
use zeroize::Zeroizing;

use super::private::take_private;
use super::references::fill;
use super::signed::take_signed;
use super::stream::{court_of_target, kind_of_target, take_target};
use crate::fact::{CHARGES_MAX, kind_of, stream_of};
use crate::field::{Nested as _, Wire, exact_bytes};
use crate::pb::event::v1::{self as event, fact::Kind};
use crate::pb::v1::{self as pb, expected, scope};
use crate::submission::{CanonicalCase, NamedCourt, PrivateOf, Pseudonyms, Submission};
use crate::wire_error::{Reader, Why, WireErrors, read};

/// Most posts of one submission.
pub const POSTS_MAX: usize = 100;

/// What a submission says of itself before it is read: enough to name it, and nothing of what is
/// in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message id, if it is one.
    pub message_id: Option<[u8; 16]>,
    /// The keyed digest of everything else, as [`Submission::content`].
    pub content: [u8; 32],
}

impl From<&Submission> for Sent {
    fn from(submission: &Submission) -> Self {
        Self {
            message_id: Some(submission.message_id),
            content: submission.content,
        }
    }
}

/// Reads a request to record one submission.
///
/// # Errors
/// [`WireErrors`] as [`submission`], with the same paths: a request holds nothing else.
pub fn submit_request(
    wire: pb::SubmitRequest,
    pseudonyms: &dyn Pseudonyms,
) -> Result<Submission, WireErrors> {
    named_request(wire, pseudonyms).1
}

/// The same, with the name that a refusal is noted under; none if there is no submission.
pub fn named_request(
    wire: pb::SubmitRequest,
    pseudonyms: &dyn Pseudonyms,
) -> (Option<Sent>, Result<Submission, WireErrors>) {
    match wire.submission {
        Some(wire) => {
            let (sent, read) = named_submission(wire, pseudonyms);
            (Some(sent), read)
        }
        None => (None, read(|r| r.present("submission", None))),
    }
}

/// Reads a submission.
///
/// Its content digest covers the message as this release encodes it again: the order in which
/// fields arrived does not matter, and fields that this release does not know are not part of it.
/// The signature is not part of it either: whoever signs anew, with other salts or another key, sends
/// the same submission again.
///
/// # Errors
/// [`WireErrors`] with every violation, up to [`VIOLATIONS_MAX`](crate::VIOLATIONS_MAX).
pub fn submission(
    wire: pb::Submission,
    pseudonyms: &dyn Pseudonyms,
) -> Result<Submission, WireErrors> {
    named_submission(wire, pseudonyms).1
}

/// The same, with the name that a refusal is noted under.
pub fn named_submission(
    mut wire: pb::Submission,
    pseudonyms: &dyn Pseudonyms,
) -> (Sent, Result<Submission, WireErrors>) {
    let message_id = mem::take(&mut wire.message_id);
    let submitter_seq = mem::take(&mut wire.submitter_sequence);
    let signed = wire.signed.take();
    let canonical = Zeroizing::new(wire.encode_to_vec());
    let sent = Sent {
        message_id: message_id.as_ref().try_into().ok(),
        content: pseudonyms.content(&canonical),
    };
    let submission = read(|r| {
        let message_id = exact_bytes(&message_id, "message_id", r);
        let signed = match signed {
            None => Some((None, 0)),
            Some(signed) => r.field("signed", |r| {
                let bytes = signed.encoded_len();
                Some((Some(take_signed(signed, &wire.posts, r)?), bytes))
            }),
        };
        let Posts {
            commands,
            canonical_cases,
            courts,
            private,
        } = take_posts(wire.posts, r, pseudonyms)?;
        let (signed, signed_bytes) = signed?;
        Some(Submission {
            message_id: message_id?,
            submitter_seq,
            content: sent.content,
            bytes: canonical.len() + signed_bytes,
            commands,
            canonical_cases,
            courts,
            private,
            signed,
        })
    });
    (sent, submission)
}

/// What the posts of a submission come to.
struct Posts {
    commands: Vec<Command>,
    canonical_cases: Vec<CanonicalCase>,
    courts: Vec<NamedCourt>,
    private: Vec<PrivateOf>,
}

fn take_posts(wire: Vec<pb::Post>, r: &mut Reader, pseudonyms: &dyn Pseudonyms) -> Option<Posts> {
    r.count("posts", wire.len(), (1, POSTS_MAX))?;
    let posts = r.items("posts", wire.into_iter(), |post, r| {
        take_post(post, r, pseudonyms)
    })?;
    let mut commands = Vec::with_capacity(posts.len());
    let mut canonical_cases = Vec::new();
    let mut courts = Vec::new();
    let mut private = Vec::new();
    for (at, taken) in posts.into_iter().enumerate() {
        let Taken {
            command,
            canonical,
            court,
            private: part,
        } = taken;
        private.extend(part.map(|(explicit, bytes)| PrivateOf {
            command: at,
            explicit,
            bytes,
        }));
        canonical_cases.extend(canonical.map(|token| CanonicalCase { command: at, token }));
        courts.extend(court.map(|court| NamedCourt { command: at, court }));
        commands.push(command);
    }
    Some(Posts {
        commands,
        canonical_cases,
        courts,
        private,
    })
}

/// A post that was read.
struct Taken {
    command: Command,
    canonical: Option<CaseToken>,
    court: Option<Text<16>>,
    /// Whether details were given, and what is kept.
    private: Option<(bool, Zeroizing<Vec<u8>>)>,
}

fn take_post(wire: pb::Post, r: &mut Reader, pseudonyms: &dyn Pseudonyms) -> Option<Taken> {
    let about = wire.fact.as_ref().and_then(|fact| fact.kind.as_ref());
    let (kind, stream) = (about.map(kind_of), about.map(stream_of));
    let target = r
        .present("target", wire.target.as_ref())
        .and_then(|target| r.field("target", |r| take_target(target, r, pseudonyms)));
    let expected = r
        .present("expected", wire.expected.as_ref())
        .and_then(|expected| r.field("expected", |r| take_expected(expected, r)));
    let scope = match (wire.scope.as_ref(), kind, stream) {
        // Facts about other streams are about no charge; their scope is never looked at.
        (None, Some(_), Some(stream)) if stream != StreamKind::Case => Some(Scope::WholeCase),
        (Some(_), Some(kind), Some(stream)) if stream != StreamKind::Case => {
            r.reject("scope", Why::ScopeNotTaken(kind));
            None
        }
        (scope, _, _) => r
            .present("scope", scope)
            .and_then(|scope| r.field("scope", |r| take_scope(scope, r))),
    };
    let occurred_on = Wire::take(&wire.occurred_on, "occurred_on", r);
    let aimed_at = wire.target.as_ref().and_then(kind_of_target);
    if let (Some(target), Some(fact), Some(stream)) = (aimed_at, kind, stream)
        && target != stream
        // That nobody posts keys of checkpoints, whatever the target, is for the decision to say.
        && !matches!(
            fact,
            FactKind::CheckpointKeySucceeded | FactKind::CheckpointKeyRetired
        )
    {
        r.reject("fact", Why::WrongStream { target, fact });
    }
    let private = take_private(&wire, kind.zip(stream), r);
    let (fact, canonical) = take_fact(wire.fact, wire.references.as_ref(), r, pseudonyms)?;
    let named = wire.target.as_ref().and_then(court_of_target);
    if let Some(named) = &named
        && court_of_fact(&fact).is_some_and(|court| !court.eq_ignore_ascii_case(named))
    {
        r.reject("fact", Why::CourtDiffers);
    }
    let command = Command {
        target: target?,
        expected: expected?,
        scope: scope?,
        occurred_on: occurred_on?,
        fact,
    };
    Some(Taken {
        command,
        canonical,
        court: named.and_then(|named| named.parse().ok()),
        private,
    })
}

fn take_expected(wire: &pb::Expected, r: &mut Reader) -> Option<Expected> {
    match wire.expectation {
        Some(expected::Expectation::Revision(revision)) => Some(Expected::Revision(revision)),
        Some(expected::Expectation::State(number)) => {
            match pb::ExpectedState::try_from(number) {
                Ok(pb::ExpectedState::Any) => return Some(Expected::Any),
                Ok(pb::ExpectedState::Exists) => return Some(Expected::Exists),
                Ok(pb::ExpectedState::NoStream) => return Some(Expected::NoStream),
                Ok(pb::ExpectedState::Unspecified) => r.reject("state", Why::Missing),
                Err(_) => r.reject("state", Why::UnknownNumber(number)),
            }
            None
        }
        None => {
            r.reject_here(Why::Missing);
            None
        }
    }
}

fn take_scope(wire: &pb::Scope, r: &mut Reader) -> Option<Scope> {
    match &wire.scope {
        Some(scope::Scope::WholeCase(pb::WholeCase {})) => Some(Scope::WholeCase),
        Some(scope::Scope::Charges(list)) => r.field("charges", |r| {
            r.count("ids", list.ids.len(), (1, CHARGES_MAX))?;
            Vec::<ChargeId>::take(&list.ids, "ids", r).map(Scope::Charges)
        }),
        None => {
            r.reject_here(Why::Missing);
            None
        }
    }
}

fn take_fact(
    wire: Option<event::Fact>,
    references: Option<&pb::References>,
    r: &mut Reader,
    pseudonyms: &dyn Pseudonyms,
) -> Option<(Fact, Option<CaseToken>)> {
    let Some(mut kind) = wire.and_then(|fact| fact.kind) else {
        r.reject("fact", Why::Missing);
        return None;
    };
    let restored = match &kind {
        Kind::ConfirmationHeld(_)
        | Kind::ConfirmationMatched(_)
        | Kind::ConfirmationSighted(_)
        | Kind::RestrictedRead(_)
        | Kind::ShredConfirmed(_) => {
            r.reject("fact", Why::LedgerMade(kind_of(&kind)));
            return None;
        }
        Kind::FactCorrected(fact) => Some(("fact_corrected", fact.restored.len())),
        Kind::EventRetracted(fact) => Some(("event_retracted", fact.restored.len())),
        _ => None,
    };
    let sheet = match &kind {
        Kind::AnnouncementPublished(fact) => Some(("announcement_published", &fact.sheet)),
        Kind::AnnouncementCorrected(fact) => Some(("announcement_corrected", &fact.sheet)),
        _ => None,
    };
    if let Some((field, Some(sheet))) = sheet
        && sheet.frozen.is_some()
    {
        r.field("fact", |r| {
            r.field(field, |r| {
                r.field("sheet", |r| r.reject("frozen", Why::FilledInByLedger));
            });
        });
    }
    if let Some((field, 1..)) = restored {
        r.field("fact", |r| {
            r.field(field, |r| r.reject("restored", Why::FilledInByLedger));
        });
    }
    let canonical = references.and_then(|references| {
        r.field("references", |r| fill(references, &mut kind, r, pseudonyms))
    });
    let fact = event::Fact { kind: Some(kind) };
    let fact = r.field("fact", |r| Fact::take_message(&fact, r))?;
    Some((fact, canonical))
}

/// The court that a fact names, where it is the court of its stream.
fn court_of_fact(fact: &Fact) -> Option<&str> {
    match fact {
        Fact::Case(CaseFact::CaseIdentified { court, .. })
        | Fact::Filing(FilingFact::FilingPrepared { court, .. })
        | Fact::Order(
            OrderFact::OrderProposed { court, .. } | OrderFact::OrderIssued { court, .. },
        ) => Some(court.as_str()),
        Fact::Case(_)
        | Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_)
        | Fact::Announcement(_)
        | Fact::Org(_) => None,
    }
}
