//! What a commit group changes, beside the world it will change: nobody sees it until the group is
//! durable, and dropping it undoes everything.
//!
//! Recovery fills the same overlay from the journal that the writer fills from decisions, so that
//! both lead to the same [`Changes`].

use caseledger_chain::{Digest, MessageId, SubmitterId};
use caseledger_domain::{
    AnnouncementState, CaseFact, CaseId, CaseState, CaseToken, CohortState, Event, Fact,
    FilingState, InitiativeState, OrderState, OrgId, OrgState, State, StreamId, evolve,
};

use hashbrown::HashMap;

use crate::{
    feed::Feed,
    packed::Packed,
    world::{Changes, World, message_print, number_print},
};

/// An event with where it will stand and the state behind it.
#[derive(Debug)]
pub(crate) struct Applied {
    pub(crate) position: u64,
    pub(crate) stream: StreamId,
    /// Who posted it.
    pub(crate) org: OrgId,
    pub(crate) event: Event,
    /// The draft of the stream.
    draft: usize,
    /// The state of the stream behind this event; filled in when the group is complete.
    pub(crate) after: Option<State>,
}

/// A stream as the group sees it.
#[derive(Debug)]
pub(crate) struct Draft {
    stream: StreamId,
    /// None only while an event is being folded, and behind the end of the group.
    state: Option<State>,
    chain: Digest,
    revision: u64,
    /// Whether the world has the stream.
    known: bool,
    /// Positions of its entries in this group: the first, and mostly no more.
    first: Option<u64>,
    more: Vec<u64>,
    /// Index of the stream's newest event among the group's.
    newest: Option<usize>,
}

impl Draft {
    pub(crate) fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Chain hash of the stream's last entry; zero before the first.
    pub(crate) const fn chain(&self) -> Digest {
        self.chain
    }

    /// The revision that the next entry gets.
    pub(crate) const fn next_revision(&self) -> u64 {
        self.revision
    }

    /// Whether the stream has no event, in the world or in this group.
    pub(crate) fn is_new(&self) -> bool {
        self.revision == 0 && self.newest.is_none()
    }

    pub(crate) const fn stream(&self) -> StreamId {
        self.stream
    }
}

/// The first entry of a message recorded in this group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstSeen {
    pub(crate) position: u64,
    pub(crate) parts: u16,
    pub(crate) content: Digest,
}

/// How things stood before a submission, for those that may have to be taken back.
#[derive(Debug)]
pub(crate) struct Mark {
    events: usize,
    tokens: usize,
    drafts: Vec<(usize, State, Option<usize>)>,
}

/// The changes of a commit group.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    index: HashMap<StreamId, usize>,
    drafts: Vec<Draft>,
    /// Events in order of their positions.
    pub(crate) events: Vec<Applied>,
    tokens: Vec<(CaseToken, CaseId)>,
    token_index: HashMap<CaseToken, CaseId>,
    messages: HashMap<(SubmitterId, MessageId), FirstSeen>,
    feeds: HashMap<SubmitterId, Feed>,
    /// Numbers used in this group, with the position of the message that has each.
    numbers: HashMap<(SubmitterId, u64), u64>,
}

impl Overlay {
    /// Empties it for another group.
    pub(crate) fn clear(&mut self) {
        self.index.clear();
        self.drafts.clear();
        self.events.clear();
        self.tokens.clear();
        self.token_index.clear();
        self.messages.clear();
        self.feeds.clear();
        self.numbers.clear();
    }

    /// The draft of a stream, taken over from the world at first use.
    pub(crate) fn load(
        &mut self,
        world: &World,
        stream: StreamId,
    ) -> Result<usize, postcard::Error> {
        if let Some(at) = self.index.get(&stream) {
            return Ok(*at);
        }
        let before = world.stream(&stream);
        let known = before.is_some();
        let (state, chain, revision) = match before {
            Some(packed) => {
                let state = packed.state()?;
                let revisions = revisions(&state);
                (state, packed.chain(), revisions)
            }
            None => (empty(&stream), Digest::ZERO, 0),
        };
        let at = self.drafts.len();
        let (state, first, more, newest) = (Some(state), None, Vec::new(), None);
        self.drafts.push(Draft {
            stream,
            state,
            chain,
            revision,
            known,
            first,
            more,
            newest,
        });
        self.index.insert(stream, at);
        Ok(at)
    }

    pub(crate) fn draft(&self, at: usize) -> Option<&Draft> {
        self.drafts.get(at)
    }

    /// The case that a token stands for in this group.
    pub(crate) fn case_of(&self, token: &CaseToken) -> Option<CaseId> {
        self.token_index.get(token).copied()
    }

    pub(crate) fn add_token(&mut self, token: CaseToken, case: CaseId) {
        self.tokens.push((token, case));
        self.token_index.insert(token, case);
    }

    /// Tokens added since a mark.
    pub(crate) fn tokens_since(&self, mark: &Mark) -> &[(CaseToken, CaseId)] {
        &self.tokens[mark.tokens..]
    }

    /// What this group has recorded under a message id.
    pub(crate) fn first_seen(&self, key: &(SubmitterId, MessageId)) -> Option<FirstSeen> {
        self.messages.get(key).copied()
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            events: self.events.len(),
            tokens: self.tokens.len(),
            drafts: Vec::new(),
        }
    }

    /// Remembers a draft as it is, before the first event that may have to be taken back.
    pub(crate) fn remember(&self, mark: &mut Mark, at: usize) {
        let known = mark.drafts.iter().any(|(draft, ..)| *draft == at);
        if let Some(draft) = self.drafts.get(at).filter(|_| !known)
            && let Some(state) = &draft.state
        {
            mark.drafts.push((at, state.clone(), draft.newest));
        }
    }

    /// Takes back everything since the mark. Entries of it must not have been sealed yet.
    pub(crate) fn roll_back(&mut self, mark: Mark) {
        self.events.truncate(mark.events);
        for (token, _) in self.tokens.drain(mark.tokens..) {
            self.token_index.remove(&token);
        }
        for (at, state, newest) in mark.drafts {
            if let Some(draft) = self.drafts.get_mut(at) {
                draft.state = Some(state);
                draft.newest = newest;
            }
        }
    }

    /// Folds an event that will stand at `position`.
    pub(crate) fn fold(&mut self, at: usize, position: u64, org: OrgId, event: Event) {
        let Some(draft) = self.drafts.get_mut(at) else {
            return;
        };
        let Some(state) = draft.state.take() else {
            return;
        };
        // The views want the state behind every event, and this is the last chance to have it.
        if let Some(before) = draft.newest.and_then(|before| self.events.get_mut(before)) {
            before.after = Some(state.clone());
        }
        draft.state = Some(evolve(state, &event));
        draft.newest = Some(self.events.len());
        let (stream, after) = (draft.stream, None);
        self.events.push(Applied {
            position,
            stream,
            org,
            event,
            draft: at,
            after,
        });
    }

    /// The entry of a folded event has its final bytes, which hash to `chain`.
    pub(crate) fn seal(&mut self, at: usize, position: u64, chain: Digest) {
        if let Some(draft) = self.drafts.get_mut(at) {
            match draft.first {
                None => draft.first = Some(position),
                Some(_) => draft.more.push(position),
            }
            draft.chain = chain;
            draft.revision += 1;
        }
    }

    /// The draft that an event of the group belongs to.
    pub(crate) fn draft_of(&self, event: usize) -> Option<usize> {
        self.events.get(event).map(|applied| applied.draft)
    }

    /// What a submitter has sent in this group and before; none if nothing yet.
    pub(crate) fn feed<'a>(
        &'a self,
        world: &'a World,
        submitter: &SubmitterId,
    ) -> Option<&'a Feed> {
        self.feeds.get(submitter).or_else(|| world.feed(submitter))
    }

    /// The position of the message that has used a number in this group.
    pub(crate) fn numbered(&self, submitter: SubmitterId, number: u64) -> Option<u64> {
        self.numbers.get(&(submitter, number)).copied()
    }

    /// A message, the number its submitter gave it, and when it was recorded.
    pub(crate) fn add_message(
        &mut self,
        world: &World,
        key: (SubmitterId, MessageId),
        first: FirstSeen,
        number: u64,
        recorded_at: u64,
    ) {
        let FirstSeen {
            position, parts, ..
        } = first;
        self.messages.insert(key, first);
        if number > 0 {
            self.numbers.entry((key.0, number)).or_insert(position);
        }
        let feed = self.feeds.entry(key.0);
        let feed = feed.or_insert_with(|| world.feed(&key.0).cloned().unwrap_or_default());
        feed.take(number, position, recorded_at, parts);
    }

    /// The changes to make to the world, and the events with the states behind them. The overlay is
    /// spent afterwards; [`Self::clear`] it.
    pub(crate) fn finish(
        &mut self,
        world: &World,
        changes: &mut Changes,
    ) -> Result<Vec<Applied>, postcard::Error> {
        let mut scratch = Vec::with_capacity(512);
        changes.streams.reserve(self.drafts.len());
        for draft in &mut self.drafts {
            let Some(first) = draft.first else { continue };
            let Some(state) = draft.state.take() else {
                continue;
            };
            let before = if draft.known {
                world.stream(&draft.stream)
            } else {
                None
            };
            let added = std::iter::once(first).chain(draft.more.iter().copied());
            let packed = Packed::new(before, added, draft.chain, &state, &mut scratch)?;
            changes.streams.push((draft.stream, packed));
            if let Some(newest) = draft.newest.and_then(|newest| self.events.get_mut(newest)) {
                newest.after = Some(state);
            }
        }
        changes.tokens.append(&mut self.tokens);
        let prints = self.messages.drain().map(|((submitter, message), first)| {
            (message_print(submitter, message), first.position)
        });
        changes.messages.extend(prints);
        let prints = self.numbers.drain();
        let prints = prints.map(|((submitter, number), at)| (number_print(submitter, number), at));
        changes.messages.extend(prints);
        changes.feeds.extend(self.feeds.drain());
        changes.shreds.extend(self.events.iter().filter_map(shred));
        Ok(std::mem::take(&mut self.events))
    }
}

/// The case that an event says of that its private parts are to be destroyed, or else that they are.
const fn shred(applied: &Applied) -> Option<(CaseId, bool)> {
    match (applied.stream, &applied.event.fact) {
        (StreamId::Case(case), Fact::Case(CaseFact::ShredOrdered { .. })) => Some((case, true)),
        (StreamId::Case(case), Fact::Case(CaseFact::ShredConfirmed { .. })) => Some((case, false)),
        _ => None,
    }
}

/// The state of a stream without events.
pub(crate) fn empty(stream: &StreamId) -> State {
    match stream {
        StreamId::Case(_) => State::Case(CaseState::default()),
        StreamId::Initiative(_) => State::Initiative(InitiativeState::default()),
        StreamId::Cohort(_) => State::Cohort(CohortState::default()),
        StreamId::Filing(_) => State::Filing(FilingState::default()),
        StreamId::Order(_) => State::Order(OrderState::default()),
        StreamId::Announcement(_) => State::Announcement(AnnouncementState::default()),
        StreamId::Org(_) => State::Org(OrgState::default()),
    }
}

/// How many events a state is the fold of.
pub(crate) const fn revisions(state: &State) -> u64 {
    match state {
        State::Case(state) => state.revisions,
        State::Initiative(state) => state.revisions,
        State::Cohort(state) => state.revisions,
        State::Filing(state) => state.revisions,
        State::Order(state) => state.revisions,
        State::Announcement(state) => state.revisions,
        State::Org(state) => state.revisions,
    }
}
