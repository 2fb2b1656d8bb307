//! Who signed what: every submission whose submitter signed it, or had to.
//!
//! The key has to be the submitter's by the entries before the submission and on its day, and what was recorded has to
//! follow from what was signed. Entries that no post explains are only those that the ledger makes by itself.

use caseledger_chain::{Digest, Header, Position, PostedParts, StatementError, SubmitterStatement};
use caseledger_domain::{
    CaseFact, Date, Event, Fact, OrgId, Registry, StreamId,
    vocabulary::{Role, Vocabulary as _},
};
use caseledger_proto::{Posted, PostedError, Unexplained, event_codec::Signature};

use crate::{
    fault::Fault,
    prepare::{Entry, Read, Said},
};

/// What verifying a signature came to.
pub(crate) type Verified = Result<(), StatementError>;

/// Verifies the signature of every submission that the entries have from its first to its last. Signatures are what takes
/// longest of all, so that it is done where any number of workers do it at once.
pub(crate) fn verify_whole(entries: &mut [Entry]) {
    for first in 0..entries.len() {
        let Some(verified) = entries.get(first..).and_then(whole) else {
            continue;
        };
        if let Some(Ok(Read { said: Ok(said), .. })) =
            entries.get_mut(first).map(|entry| entry.read.as_mut())
        {
            said.verified = Some(verified);
        }
    }
}

/// What the signature of the first entry comes to, if it has one and all entries of its submission stand behind it.
fn whole(entries: &[Entry]) -> Option<Verified> {
    let first = entries.first()?.read.as_ref().ok()?;
    let (header, said) = (&first.header, first.said.as_ref().ok()?);
    let by = said.signed.as_ref()?.by?;
    if header.part != 0 {
        return None;
    }
    let entries = entries.get(..usize::from(header.parts))?;
    let mut posts = Vec::with_capacity(1);
    for (entry, part) in entries.iter().zip(0..) {
        let Read { header: of, said } = entry.read.as_ref().ok()?;
        let said = said.as_ref().ok()?;
        if (of.submitter, of.message_id, of.part) != (header.submitter, header.message_id, part) {
            return None;
        }
        posts.extend(said.signed.as_ref().map(|signed| PostedParts {
            public: &signed.public,
            commitment: of.commitment,
        }));
    }
    Some(verify(header, said.event.role, by, posts.into_iter()))
}

fn verify<'a>(
    first: &Header,
    role: Role,
    by: Signature,
    posts: impl ExactSizeIterator<Item = PostedParts<'a>>,
) -> Verified {
    let statement = SubmitterStatement::new(
        first.ledger,
        first.submitter,
        role.number().into(),
        first.message_id,
        first.submitter_seq,
        posts,
    );
    statement.verify(&by.key, &by.signature)
}

/// A submission that is signed, or has to be, as far as it was read.
#[derive(Debug)]
pub(crate) struct Submission {
    header: Header,
    org: OrgId,
    required: bool,
    /// Whether the key is the organisation's; none without a key, or without a day to judge it on.
    key_known: Option<bool>,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    position: Position,
    commitment: Digest,
    /// Of the same message as the first one.
    said: Said,
}

impl Submission {
    /// Begins with the first entry of a submission, before it is folded.
    pub(crate) fn open(
        header: &Header,
        said: &Said,
        registry: &Registry,
        today: Option<Date>,
    ) -> Option<Self> {
        let required = registry.signatures_required(said.org);
        if !required && said.signed.is_none() {
            return None;
        }
        let by = said.signed.as_ref().and_then(|signed| signed.by);
        let key_known = by
            .zip(today)
            .map(|(by, today)| registry.signing_key(said.org, &by.key, today));
        Some(Self {
            header: header.clone(),
            org: said.org,
            required,
            key_known,
            parts: Vec::with_capacity(1),
        })
    }

    /// Takes the next entry.
    pub(crate) fn push(&mut self, said: Said, header: &Header, position: Position) {
        self.parts.push(Part {
            position,
            commitment: header.commitment,
            said,
        });
    }

    /// What there is to find, behind the last entry.
    pub(crate) fn judge(self) -> Vec<(Position, Fault)> {
        let mut faults = Vec::new();
        let Some(first) = self.parts.first() else {
            return faults;
        };
        let misplaced = self.parts.iter().enumerate().find(|(index, part)| {
            let by = part.said.signed.as_ref().and_then(|signed| signed.by);
            let signed = self
                .parts
                .first()
                .is_some_and(|first| first.said.signed.is_some());
            by.is_some() != (*index == 0 && signed) || (part.said.signed.is_some() && !signed)
        });
        if let Some((_, part)) = misplaced {
            faults.push((part.position, Fault::SignatureMisplaced));
            return faults;
        }
        let Some(by) = first.said.signed.as_ref().and_then(|signed| signed.by) else {
            let mut events = self.parts.iter().map(|part| &part.said.event);
            if self.required && !events.all(made_beside_keys) {
                faults.push((first.position, Fault::SignatureMissing(self.org)));
            }
            return faults;
        };
        if self.key_known == Some(false) {
            let (org, key) = (self.org, Digest::from_bytes(by.key));
            faults.push((first.position, Fault::SigningKeyUnknown { org, key }));
        }
        let role = first.said.event.role;
        let verified = first.said.verified.unwrap_or_else(|| {
            let posts = self.parts.iter().filter_map(|part| {
                let signed = part.said.signed.as_ref()?;
                Some(PostedParts {
                    public: &signed.public,
                    commitment: part.commitment,
                })
            });
            let posts: Vec<_> = posts.collect();
            verify(&self.header, role, by, posts.into_iter())
        });
        if let Err(error) = verified {
            faults.push((first.position, Fault::SignatureInvalid(error)));
        }
        let mut rest = self.parts.as_slice();
        while let Some((first, behind)) = rest.split_first() {
            let next = behind.iter().position(|part| part.said.signed.is_some());
            let (more, after) = behind.split_at(next.unwrap_or(behind.len()));
            if let Some(posted) = &first.said.posted {
                faults.extend(explained(posted, role, first, more));
            }
            rest = after;
        }
        faults
    }
}

/// What is recorded for one post, against what was signed of it.
fn explained(
    posted: &Result<Posted, PostedError>,
    role: Role,
    first: &Part,
    more: &[Part],
) -> Option<(Position, Fault)> {
    let posted = match posted {
        Ok(posted) => posted,
        Err(error) => return Some((first.position, Fault::SignedUnreadable(error.clone()))),
    };
    let stream: StreamId = first.said.stream;
    // What the ledger makes of a post stands in the stream of the post.
    if let Some(elsewhere) = more.iter().find(|part| part.said.stream != stream) {
        let why = Unexplained::Added {
            expected: posted.kind(),
            found: elsewhere.said.event.fact.kind(),
        };
        return Some((elsewhere.position, Fault::SignedOtherwise(why)));
    }
    let parts = || std::iter::once(first).chain(more);
    let events: Vec<&Event> = parts().map(|part| &part.said.event).collect();
    let (index, why) = posted.explains(role, stream, &events).err()?;
    let at = parts()
        .nth(index)
        .map_or(first.position, |part| part.position);
    Some((at, Fault::SignedOtherwise(why)))
}

/// Whether an event is recorded where the key files are: whoever has those has no need of a submitter's key.
fn made_beside_keys(event: &Event) -> bool {
    match &event.fact {
        Fact::Org(fact) => fact.key_change().is_some(),
        Fact::Case(fact) => matches!(
            fact,
            CaseFact::RestrictedRead { .. } | CaseFact::ShredConfirmed { .. }
        ),
        Fact::Initiative(_)
        | Fact::Cohort(_)
        | Fact::Filing(_)
        | Fact::Order(_)
        | Fact::Announcement(_) => false,
    }
}
