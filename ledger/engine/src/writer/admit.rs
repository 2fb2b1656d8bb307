//! One submission: seen before, refused, or encoded behind the group's entries.

use std::sync::Arc;

use caseledger_chain::{
    BODY_MAX, Digest, EntryRef, Header, MessageId, Position, SubmitterId, chain_hash, encode,
    leaf_hash,
};
use caseledger_domain::{
    CaseFact, CaseId, CaseToken, Command, Event, Fact, OrgId, StreamId, Target, decide,
    registry::Authority,
};
use caseledger_proto::{
    Submission,
    event_codec::{Signed, encode_with},
};

use super::{
    Admitted, Fatal, Slot, Writer,
    context::{Gathered, counts},
    keep::{About, Kept, given_up, is_listing},
};
use crate::{
    error::{ReadError, SubmitError},
    feed::{Feed, NumberRefused},
    job::{Ack, Outcome, Poster},
    limits,
    overlay::{Draft, FirstSeen, Mark},
    random::{self, NoRandomness},
    receipt::Receipt,
    sidecar,
    stored::stream_key,
    world::{World, message_print, number_print},
};

/// The idempotency key.
type MessageKey = (SubmitterId, MessageId);

/// Where the body of a decided event ends in `bodies`.
struct End {
    at: usize,
    /// Of the first event of a post that was signed: what stands for the rest of the post.
    commitment: Option<Digest>,
    /// Version of the body.
    version: u16,
}

/// What a submission comes to, before anything of it is in the group.
struct Decided {
    ends: Vec<End>,
    kept: Kept,
}

impl Writer {
    /// Looks at one submission. Whatever it comes to, other submissions are not affected.
    pub(super) fn admit(
        &mut self,
        poster: &Poster,
        mut submission: Submission,
    ) -> Result<Admitted, Fatal> {
        let done = |outcome: Outcome| Ok(Admitted::Slot(Slot::Done(outcome)));
        let found = submission.commands.len();
        let max = limits::COMMANDS_MAX;
        if found == 0 || found > max {
            return done(Err(SubmitError::CommandCount { found, max }));
        }
        let submitter =
            SubmitterId::from_bytes(poster.org.to_bytes()).map_err(|_alphabets_are_equal| {
                Fatal::Defect("an organisation id names no submitter")
            })?;
        let key = (submitter, MessageId::from_bytes(submission.message_id));
        if let Some(seen) = self.group.overlay.first_seen(&key) {
            let content = self.shared.identity.index_key().seal(submission.content);
            return Ok(Admitted::Slot(self.seen_in_group(seen, content)));
        }
        match self.recorded(&key, submission.content) {
            Ok(None) => {}
            Ok(Some(receipts)) => {
                return done(Ok(Ack {
                    receipts,
                    duplicate: true,
                }));
            }
            Err(error) => return done(Err(error)),
        }
        if let Some(error) = self.check_sequence(submitter, submission.submitter_seq)? {
            return done(Err(error));
        }
        if let Err(error) = self.check_signature(poster, &submitter, &mut submission) {
            return done(Err(error));
        }
        if !self.group.commit.is_empty() && submission.commands.iter().any(counts) {
            return Ok(Admitted::NeedsEmptyGroup(Box::new(submission)));
        }
        if let Err(error) = self.name_canonical_cases(&mut submission) {
            return done(Err(error));
        }
        let mut mark = self.group.overlay.mark();
        let first = self.group.commit.len();
        let registry = Arc::clone(&self.group.registry);
        match self.decide_all(poster, &submission, &mut mark) {
            Ok(Decided { ends, kept }) => {
                self.encode_all(key, &submission, first, &ends)?;
                self.keep_tokens(&mark);
                self.keep_private(kept);
                let count = ends.len();
                Ok(Admitted::Slot(Slot::Pending {
                    first,
                    count,
                    duplicate: false,
                }))
            }
            Err(error) => {
                self.group.overlay.roll_back(mark);
                self.group.registry = registry;
                done(Err(error))
            }
        }
    }

    /// The message was recorded earlier in this group.
    fn seen_in_group(&self, seen: FirstSeen, content: Digest) -> Slot {
        let FirstSeen {
            position,
            parts,
            content: expected,
        } = seen;
        if content == expected {
            let first = (position - self.head.size.get()) as usize;
            return Slot::Pending {
                first,
                count: parts.into(),
                duplicate: true,
            };
        }
        let first = Position::new(position);
        Slot::Done(Err(SubmitError::MessageReused {
            first,
            expected,
            found: content,
        }))
    }

    /// The receipts of the message, if it was recorded in an earlier group with the same content.
    fn recorded(
        &self,
        key: &MessageKey,
        content: [u8; 32],
    ) -> Result<Option<Vec<Receipt>>, SubmitError> {
        let candidates = self.shared.world().candidates(message_print(key.0, key.1));
        for first in candidates {
            let header = self.header(first)?;
            // The print is a hint; the entry decides.
            if (header.submitter, header.message_id) != *key {
                continue;
            }
            let index = self.shared.identity.index_key();
            if !index.is_seal(header.content, content) {
                return Err(SubmitError::MessageReused {
                    first,
                    expected: header.content,
                    found: index.seal(content),
                });
            }
            return Ok(Some(self.prover.receipts(first, header.parts)?));
        }
        Ok(None)
    }

    /// Why the submitter may not give its number to another message, if it may not.
    fn check_sequence(
        &self,
        submitter: SubmitterId,
        number: u64,
    ) -> Result<Option<SubmitError>, Fatal> {
        let checked = {
            let world = self.shared.world();
            let feed = self.group.overlay.feed(&world, &submitter);
            let last = feed.map_or(0, Feed::highest);
            let checked = feed.map_or_else(|| Feed::default().check(number), |f| f.check(number));
            checked.map_err(|refused| (refused, last))
        };
        let Err((refused, last)) = checked else {
            return Ok(None);
        };
        Ok(Some(match refused {
            NumberRefused::Used => match self.numbered(submitter, number) {
                Ok(Some(first)) => SubmitError::SequenceUsed { number, first },
                Ok(None) => return Err(Fatal::Defect("a number that is used has no message")),
                Err(error) => error.into(),
            },
            NumberRefused::Ahead => SubmitError::SequenceAhead {
                last,
                found: number,
                max: limits::SEQUENCE_AHEAD_MAX,
            },
            NumberRefused::Gaps { missing } => SubmitError::SequenceGaps {
                number,
                missing,
                max: limits::SEQUENCE_GAPS_MAX,
            },
        }))
    }

    /// The position of the message that has used a number.
    fn numbered(&self, submitter: SubmitterId, number: u64) -> Result<Option<Position>, ReadError> {
        if let Some(position) = self.group.overlay.numbered(submitter, number) {
            return Ok(Some(Position::new(position)));
        }
        let print = number_print(submitter, number);
        let candidates = self.shared.world().candidates(print);
        for first in candidates {
            let header = self.header(first)?;
            if (header.submitter, header.submitter_seq) == (submitter, number) {
                return Ok(Some(first));
            }
        }
        Ok(None)
    }

    /// The header of a recorded entry.
    fn header(&self, position: Position) -> Result<Header, ReadError> {
        let bytes = self.shared.log.entry(position)?;
        let bytes = bytes.ok_or(ReadError::Missing(position))?;
        let entry = EntryRef::decode(&bytes).map_err(|error| ReadError::Entry {
            position,
            source: error.into(),
        })?;
        Ok(entry.header().clone())
    }

    /// Whoever must sign has signed, and whoever signed did so with a key of its own. Judged before the submission as a
    /// whole, so that what it says of keys bears on the next one.
    fn check_signature(
        &self,
        poster: &Poster,
        submitter: &SubmitterId,
        submission: &mut Submission,
    ) -> Result<(), SubmitError> {
        let (organisation, registry) = (poster.org, &self.group.registry);
        let Some(signed) = &submission.signed else {
            // Recorded where the data folder is, by whoever holds the keys of checkpoints.
            let own = |command: &Command| command.target.is_own();
            let exempt = submission.commands.iter().all(own);
            return if registry.signatures_required(organisation) && !exempt {
                Err(SubmitError::SignatureRequired { organisation })
            } else {
                Ok(())
            };
        };
        let (found, expected) = (signed.posts.len(), submission.commands.len());
        if found != expected {
            return Err(SubmitError::SignedPosts { found, expected });
        }
        let key = signed.by.key;
        if !registry.signing_key(organisation, &key, self.group.today) {
            return Err(SubmitError::SigningKeyUnknown {
                organisation,
                key: Digest::from_bytes(key),
            });
        }
        let ledger = self.shared.identity.ledger();
        submission
            .verify_signature(ledger, *submitter, poster.role)
            .map_err(SubmitError::SignatureInvalid)
    }

    /// Puts the ids of canonical cases that were named by their keys into the facts.
    fn name_canonical_cases(&self, submission: &mut Submission) -> Result<(), SubmitError> {
        for named in &submission.canonical_cases {
            let missing = SubmitError::NoSuchCanonicalCase {
                command: named.command,
            };
            let case = self
                .known_case(&self.shared.world(), &named.token)
                .ok_or(missing)?;
            let fact = submission
                .commands
                .get_mut(named.command)
                .map(|command| &mut command.fact);
            let fact = match fact {
                Some(Fact::Case(CaseFact::FactCorrected { replacement, .. })) => &mut **replacement,
                Some(Fact::Case(fact)) => fact,
                Some(_) | None => continue,
            };
            if let CaseFact::DuplicateLinked { canonical, .. } = fact {
                *canonical = case;
            }
        }
        Ok(())
    }

    /// The case that a token stands for, in this group or before.
    fn known_case(&self, world: &World, token: &CaseToken) -> Option<CaseId> {
        self.group
            .overlay
            .case_of(token)
            .or_else(|| world.case_of(token))
    }

    /// Decides every command against what the ones before it left; where each body ends in
    /// `bodies`. Nothing is encoded yet, so an error is undone by rolling back to the mark.
    fn decide_all(
        &mut self,
        poster: &Poster,
        submission: &Submission,
        mark: &mut Mark,
    ) -> Result<Decided, SubmitError> {
        let commands = &submission.commands;
        let mut courts = submission.courts.iter().peekable();
        let mut private = submission.private.iter().peekable();
        let mut kept = Kept::default();
        let shared = Arc::clone(&self.shared);
        let world = shared.world();
        self.bodies.clear();
        let mut ends = Vec::with_capacity(commands.len());
        for (index, command) in commands.iter().enumerate() {
            let (stream, drawn) = self.resolve(&world, command)?;
            let overlay = &mut self.group.overlay;
            let target = overlay.load(&world, stream).map_err(ReadError::State)?;
            let new = overlay.draft(target).is_some_and(Draft::is_new);
            match command.target {
                Target::Case(case) | Target::LedgerCase(case) if new => {
                    return Err(SubmitError::NoSuchCase {
                        command: index,
                        case,
                    });
                }
                Target::CaseKey(_) if drawn && !new => return Err(NoRandomness::Repeats.into()),
                Target::Case(_)
                | Target::CaseKey(_)
                | Target::Initiative(_)
                | Target::Cohort(_)
                | Target::Filing(_)
                | Target::Order(_)
                | Target::Announcement(_)
                | Target::Org(_)
                | Target::Ledger
                | Target::LedgerCase(_) => {}
            }
            // A link goes by the id of its case, so that no case is linked to itself.
            let by_id = match (stream, &command.fact) {
                (StreamId::Case(case), Fact::Case(CaseFact::DuplicateLinked { .. })) => {
                    let target = Target::Case(case);
                    Some(Command {
                        target,
                        ..command.clone()
                    })
                }
                _ => None,
            };
            let command = by_id.as_ref().unwrap_or(command);
            let gathered = Gathered::new(overlay, &world, &shared, target, command)?;
            let named = courts.next_if(|named| named.command == index);
            let authority = Authority {
                registry: &self.group.registry,
                counties: gathered.counties(overlay),
                court: named.map(|named| named.court),
            };
            let context = gathered.context(overlay, self.group.today, poster, authority);
            let state = overlay.draft(target).and_then(Draft::state);
            let decided = state.map_or_else(|| Ok(Vec::new()), |s| decide(s, command, &context));
            let events = decided.map_err(|rejection| SubmitError::Refused {
                command: index,
                rejection,
            })?;
            let private = match private.next_if(|part| part.command == index) {
                Some(part) if !events.is_empty() => {
                    let by_key = matches!(command.target, Target::CaseKey(_));
                    let about = About {
                        stream,
                        first: new && by_key,
                        given_up: state.and_then(given_up),
                        listed: is_listing(&command.fact),
                    };
                    self.keep_part(&mut kept, part, &about)?
                }
                Some(_) | None => None,
            };
            self.encode_bodies(&events, signed_post(submission, index), private, &mut ends)?;
            let framed = self.bodies.len() + ends.len() * caseledger_chain::HEADER_LEN;
            check_size("bytes of entries", framed, limits::SUBMISSION_BYTES_MAX)?;
            check_size("entries", ends.len(), limits::SUBMISSION_ENTRIES_MAX)?;
            if commands.len() > 1 {
                self.group.overlay.remember(mark, target);
            }
            let size = self.head.size.get();
            for event in events {
                let position = size + self.group.overlay.events.len() as u64;
                if let StreamId::Org(org) = stream {
                    Arc::make_mut(&mut self.group.registry).apply(org, poster.org, &event);
                }
                self.group.overlay.fold(target, position, poster.org, event);
            }
        }
        if ends.is_empty() {
            return Err(SubmitError::NothingToRecord);
        }
        Ok(Decided { ends, kept })
    }

    /// Appends the bodies of events that were decided for one command. The first has what was signed, and what is private.
    fn encode_bodies(
        &mut self,
        events: &[Event],
        mut signed: Option<(Signed, Digest)>,
        mut private: Option<Digest>,
        ends: &mut Vec<End>,
    ) -> Result<(), SubmitError> {
        for event in events {
            let start = self.bodies.len();
            let first = signed.take();
            let of_post = first.as_ref().map(|(signed, _)| signed);
            let version = encode_with(event, of_post, private.take(), &mut self.bodies);
            check_size("bytes in a body", self.bodies.len() - start, BODY_MAX)?;
            ends.push(End {
                at: self.bodies.len(),
                commitment: first.map(|(_, commitment)| commitment),
                version,
            });
        }
        Ok(())
    }

    /// The stream a command is about, and whether its id was drawn just now, for a case key that
    /// nobody used yet.
    fn resolve(
        &mut self,
        world: &World,
        command: &Command,
    ) -> Result<(StreamId, bool), SubmitError> {
        let mut drawn = false;
        let stream = match command.target {
            Target::Case(case) => StreamId::Case(case),
            Target::CaseKey(token) => {
                let case = if let Some(known) = self.known_case(world, &token) {
                    known
                } else {
                    drawn = true;
                    let case = CaseId::from_bytes(random::id(&*self.random)?);
                    self.group.overlay.add_token(token, case);
                    case
                };
                StreamId::Case(case)
            }
            Target::Initiative(id) => StreamId::Initiative(id),
            Target::Cohort(id) => StreamId::Cohort(id),
            Target::Filing(id) => StreamId::Filing(id),
            Target::Order(id) => StreamId::Order(id),
            Target::Announcement(id) => StreamId::Announcement(id),
            Target::Org(id) => StreamId::Org(id),
            Target::Ledger => StreamId::Org(OrgId::OPERATOR),
            Target::LedgerCase(id) => StreamId::Case(id),
        };
        Ok((stream, drawn))
    }

    /// Gives the decided events their final bytes. Nothing here can be refused any more.
    fn encode_all(
        &mut self,
        key: MessageKey,
        submission: &Submission,
        first: usize,
        ends: &[End],
    ) -> Result<(), Fatal> {
        let defect = Fatal::Defect;
        let content = self.shared.identity.index_key().seal(submission.content);
        let parts = ends.len() as u16;
        let mut start = 0;
        for (part, end) in ends.iter().enumerate() {
            let group = &mut self.group;
            let at = first + part;
            let position = self.head.size.get() + at as u64;
            let draft_at = group
                .overlay
                .draft_of(at)
                .ok_or(defect("an event has no stream"))?;
            let draft = group
                .overlay
                .draft(draft_at)
                .ok_or(defect("an event has no stream"))?;
            let applied = group
                .overlay
                .events
                .get(at)
                .ok_or(defect("an event is missing"))?;
            let revision = draft.next_revision();
            let header = Header {
                ledger: self.shared.identity.ledger(),
                position: Position::new(position),
                recorded_at: group.recorded_at,
                prev: group.chains.last().copied().unwrap_or(self.head.chain),
                stream: stream_key(&applied.stream),
                revision,
                stream_prev: draft.chain(),
                submitter: key.0,
                submitter_seq: submission.submitter_seq,
                message_id: key.1,
                part: part as u16,
                parts,
                content,
                commitment: end.commitment.unwrap_or(Digest::ZERO),
                body_type: applied.event.fact.kind().number(),
                body_version: end.version,
            };
            let body = self.bodies.get(start..end.at).unwrap_or_default();
            encode(&header, body, group.commit.entries_mut())
                .map_err(|_checked_before| defect("an entry cannot be encoded"))?;
            let sealed = group.commit.seal_entry();
            sealed.map_err(|_checked_before| defect("an entry has no length"))?;
            let bytes = group.commit.entry(at);
            let (chain, leaf) = (chain_hash(bytes), leaf_hash(bytes));
            group.commit.push_leaf(leaf);
            group.chains.push(chain);
            group.revisions.push(revision);
            group.overlay.seal(draft_at, position, chain);
            start = end.at;
        }
        let position = self.head.size.get() + first as u64;
        let seen = FirstSeen {
            position,
            parts,
            content,
        };
        let (world, recorded_at) = (self.shared.world(), self.group.recorded_at);
        self.group
            .overlay
            .add_message(&world, key, seen, submission.submitter_seq, recorded_at);
        Ok(())
    }

    /// Puts the look-up tokens of new cases beside the entries.
    fn keep_tokens(&mut self, mark: &Mark) {
        let generation = self.shared.identity.index_key().generation();
        for (token, case) in self.group.overlay.tokens_since(mark) {
            let record = sidecar::TokenRecord {
                token: *token,
                case: *case,
                generation,
            };
            self.group
                .commit
                .push_sidecar(sidecar::TOKEN, &sidecar::encode_token(record));
        }
    }
}

/// What was signed of a post, as it stands in its first entry, and the commitment in the header of that.
fn signed_post(submission: &Submission, index: usize) -> Option<(Signed, Digest)> {
    let signed = submission.signed.as_ref()?;
    let post = signed.posts.get(index)?;
    let kept = Signed {
        public: post.public.clone(),
        by: (index == 0).then_some(signed.by),
    };
    Some((kept, post.commitment))
}

pub(super) fn check_size(what: &'static str, found: usize, max: usize) -> Result<(), SubmitError> {
    if found > max {
        Err(SubmitError::TooLarge { what, found, max })
    } else {
        Ok(())
    }
}
