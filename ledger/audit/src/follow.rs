//! The follower: everything that depends on the entries before.

use std::collections::BTreeMap;

use caseledger_chain::{Digest, Header, LinkFault, MessageId, Position, Size};
use caseledger_domain::{
    Date, Fact, OrderState, Policy, Registry, State, StreamId, StreamKind, evolve,
    view::{Totals, Worklists},
};

use crate::{
    announced, authority,
    fault::{Fault, Findings, NotChecked},
    judge::{self, Known},
    links::{Linked, Links},
    messages::Messages,
    prepare::{Entry, Prepared, Said},
    replay::{Plan, Recount},
    signature::Submission,
    streams::{Stream, Streams},
    tiles::Tiles,
};

/// An hour, as recorded times count.
const MICROS_PER_HOUR: u64 = 3_600_000_000;

/// What follows from the entries so far.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) recount: Recount,
    pub(crate) findings: Findings,
    pub(crate) not_checked: Vec<NotChecked>,
    pub(crate) links: Links,
    pub(crate) streams: Streams,
    pub(crate) messages: Messages,
    pub(crate) tiles: Tiles,
    pub(crate) roots: BTreeMap<u64, Digest>,
    pub(crate) totals: Totals,
    pub(crate) worklists: Worklists,
    /// Every organisation, as the entries so far have it.
    pub(crate) registry: Registry,
    day_of: fn(u64) -> Option<Date>,
    /// The newest hour since 1970 in which something was recorded, and its day: the day of the courts does not change
    /// within an hour.
    day: Option<(u64, Option<Date>)>,
    /// By number of the stream: position and chain hash of its newest correction.
    pub(crate) corrected: BTreeMap<u32, (u64, Digest)>,
    /// By position of a correction: the policy in force then, where one bears on it.
    pub(crate) policies: BTreeMap<u64, Policy>,
    /// The stream and the message of the entry before, if it says of a list what it adds to a case.
    listing: Option<(u32, MessageId)>,
    /// Streams of cases with events since the totals were counted for an announcement: none
    /// before the first one, or if they are counted behind every entry.
    touched: Option<Vec<u32>>,
    /// The submission that is not at its end, if its signature is of interest.
    submission: Option<Submission>,
    /// Where the next entry stands.
    at: u64,
    /// Numbers of the streams of a batch; kept for its memory.
    numbers: Vec<u32>,
    /// Whether an entry could not be understood, so that states behind it mean nothing.
    lost: bool,
}

impl Follower {
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            recount: plan.recount,
            findings: Findings::default(),
            not_checked: Vec::new(),
            links: Links::new(plan.ledger),
            streams: Streams::default(),
            messages: Messages::default(),
            tiles: Tiles::default(),
            roots: BTreeMap::new(),
            totals: Totals::default(),
            worklists: Worklists::default(),
            registry: Registry::default(),
            day_of: plan.day,
            day: None,
            corrected: BTreeMap::new(),
            policies: BTreeMap::new(),
            listing: None,
            touched: None,
            submission: None,
            at: 0,
            numbers: Vec::new(),
            lost: false,
        }
    }

    /// The number of entries fed, with those that were jumped over.
    pub(crate) const fn size(&self) -> Size {
        Size::new(self.at)
    }

    /// Follows a batch, and gives back the list of its entries, empty.
    pub(crate) fn batch(&mut self, prepared: Prepared) -> Vec<Entry> {
        let Prepared {
            batch,
            mut entries,
            tile_differs,
        } = prepared;
        if let Some((first, prev)) = batch.start() {
            self.at = first.get();
            self.lose(first);
            self.links.jump(first, prev);
        }
        if let Some((index, found, count)) = tile_differs
            && let Some(expected) = entries.get(index).map(|entry| entry.leaf)
        {
            let position = Position::new(self.at + index as u64);
            let fault = Fault::LeafTile {
                expected,
                found,
                count,
            };
            self.findings.add(Some(position), fault);
        }
        // Streams and messages are looked up for the whole batch at once: the look-ups do not depend
        // on each other, so the processor waits for memory once and not once an entry.
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.clear();
        numbers.extend(entries.iter().map(|entry| match &entry.read {
            Ok(read) => self.streams.number(read.header.stream, self.links.epoch),
            Err(_) => u32::MAX,
        }));
        for (entry, position) in entries.iter().zip(self.at..) {
            let position = Position::new(position);
            if let Ok(read) = &entry.read
                && let Some(fault) = self.messages.push(&read.header, position)
            {
                self.findings.add(Some(position), fault);
            }
        }
        let mut marks = batch.marks().iter().peekable();
        for ((entry, number), behind) in entries.drain(..).zip(&numbers).zip(1..) {
            self.entry(entry, *number);
            while marks.next_if_eq(&&behind).is_some() {
                let (size, root) = (self.tiles.size(), self.tiles.root());
                self.roots.insert(size.get(), root);
            }
        }
        self.numbers = numbers;
        entries
    }

    /// States and streams cannot be followed any further.
    fn lose(&mut self, from: Position) {
        self.submission = None;
        if !self.lost {
            self.lost = true;
            self.not_checked.push(NotChecked::Behind { from });
        }
    }

    fn entry(&mut self, entry: Entry, number: u32) {
        let position = Position::new(self.at);
        self.at = self.at.saturating_add(1);
        // What is announced rests on the tree before it.
        let announces = entry
            .read
            .as_ref()
            .is_ok_and(|read| read.header.stream.kind == StreamKind::Announcement.number());
        let root = announces.then(|| self.tiles.root());
        self.tiles.push(entry.leaf);
        let read = match entry.read {
            Ok(read) => read,
            Err(error) => {
                self.findings.add(Some(position), error.into());
                self.links.unreadable(entry.chain);
                return self.lose(position);
            }
        };
        let header = &read.header;
        let Some(stream) = self.streams.get_mut(number) else {
            return;
        };
        match self.links.push(header, entry.chain, &mut stream.link) {
            Linked::Next => {}
            Linked::Gap => self.lose(position),
            Linked::Wrong(fault) => {
                let harmless = matches!(fault, Fault::Link(LinkFault::Sequence { .. }));
                self.findings.add(Some(position), fault);
                if !harmless {
                    self.lose(position);
                }
            }
        }
        match read.said {
            Ok(said) if !self.lost => {
                if let Some(root) = root {
                    self.recount_announced(&said, position, root);
                }
                let message = header.message_id;
                let today = self.today(header.recorded_at);
                if header.part == 0 {
                    self.submission = Submission::open(header, &said, &self.registry, today);
                }
                self.fold(number, &said, message, position, entry.chain, today);
                self.sign(said, header, position);
            }
            Ok(_) => {}
            Err(error) => {
                self.findings.add(Some(position), Fault::Content(error));
                self.lose(position);
            }
        }
    }

    /// Judges who signed a submission, behind the last of its entries.
    fn sign(&mut self, said: Said, header: &Header, position: Position) {
        let Some(submission) = &mut self.submission else {
            if said.signed.is_some() {
                let fault = Fault::SignatureMisplaced;
                self.findings.add(Some(position), fault);
            }
            return;
        };
        submission.push(said, header, position);
        if header.part.saturating_add(1) < header.parts {
            return;
        }
        let submission = self.submission.take();
        for (position, fault) in submission.into_iter().flat_map(Submission::judge) {
            self.findings.add(Some(position), fault);
        }
    }

    /// The day on which something was recorded.
    fn today(&mut self, recorded_at: u64) -> Option<Date> {
        let hour = recorded_at / MICROS_PER_HOUR;
        match self.day {
            Some((known, day)) if known == hour => day,
            Some(_) | None => {
                let day = (self.day_of)(recorded_at);
                self.day = Some((hour, day));
                day
            }
        }
    }

    /// The counties of the initiative that a list belongs to.
    fn counties(&self, stream: StreamId) -> Vec<u16> {
        let StreamId::Cohort(cohort) = stream else {
            return Vec::new();
        };
        let initiative = StreamId::Initiative(cohort.initiative());
        match self.streams.state(initiative) {
            Some(State::Initiative(initiative)) => initiative.counties.clone(),
            _ => Vec::new(),
        }
    }

    fn fold(
        &mut self,
        number: u32,
        said: &Said,
        message: MessageId,
        position: Position,
        chain: Digest,
        today: Option<Date>,
    ) {
        let (id, event) = (said.stream, &said.event);
        if let Some(stream) = self.streams.get_mut(number) {
            stream.fold(id);
        }
        let Some((_, state)) = self.streams.get(number).and_then(Stream::state) else {
            return;
        };
        let known = Known {
            streams: &self.streams,
            worklists: &self.worklists,
            listed: self.listing == Some((number, message)),
        };
        let mut faults = judge::before(said, state, known);
        faults.extend(authority::judge(
            &self.registry,
            said,
            state,
            position.get(),
            &self.counties(id),
            today,
        ));
        if let (Some(Ok(posted)), State::Case(state)) = (&said.posted, state)
            && let Err(why) = posted.resolves(state, event)
        {
            faults.push(Fault::SignedOtherwise(why));
        }
        let waits = judge::waits(event, state);
        let corrects = judge::corrects(event);
        if corrects
            && let Fact::Case(fact) = &event.fact
            && let Some(policy) = known.policy(state, fact)
        {
            self.policies.insert(position.get(), *policy);
        }
        self.listing = judge::lists(event, known.listed).then_some((number, message));
        let Some(folded) = self
            .streams
            .get_mut(number)
            .and_then(|stream| stream.folded.as_deref_mut())
        else {
            return;
        };
        // The placeholder owns nothing and is never seen.
        let state = std::mem::replace(&mut folded.state, State::Order(OrderState::default()));
        folded.state = evolve(state, event);
        if faults.is_empty() {
            judge::after(event, waits, &folded.state, &mut faults);
        }
        for fault in faults {
            self.findings.add(Some(position), fault);
        }
        if let StreamId::Org(organisation) = id {
            self.registry.apply(organisation, said.org, event);
        }
        if corrects {
            self.corrected.insert(number, (position.get(), chain));
        }
        if let (StreamId::Case(_), Some(touched)) = (id, &mut self.touched) {
            touched.push(number);
        }
        if self.recount == Recount::EveryPosition {
            match (id, &folded.state) {
                (StreamId::Case(case), State::Case(state)) => {
                    self.totals.apply(position.get(), case, state);
                }
                _ => self.totals.advance(position.get()),
            }
        }
        if self.recount == Recount::EveryPosition || Worklists::bears_on_orders(event) {
            self.worklists
                .apply(position.get(), id, event, &folded.state);
        }
        let before = std::mem::replace(&mut folded.last, position.get());
        self.streams.note(before);
    }

    /// Counts announced figures again, over everything before them.
    fn recount_announced(&mut self, said: &Said, position: Position, root: Digest) {
        let Fact::Announcement(fact) = &said.event.fact else {
            return;
        };
        let size = position.get();
        if self.recount == Recount::AtEnd {
            // All cases once, then only those that changed: however many announcements there are,
            // no entry is counted more than twice for them.
            let last = size.saturating_sub(1);
            match self.touched.take() {
                None => count(self.streams.iter(), last, &mut self.totals),
                Some(mut numbers) => {
                    numbers.sort_unstable();
                    numbers.dedup();
                    let touched = numbers
                        .into_iter()
                        .filter_map(|number| self.streams.get(number));
                    count(touched, last, &mut self.totals);
                }
            }
            self.touched = Some(Vec::new());
        }
        for fault in announced::figures(fact, &self.totals, size, root) {
            self.findings.add(Some(position), fault);
        }
    }

    /// Ends the run.
    pub(crate) fn finish(&mut self) {
        for (position, fault) in self.links.finish() {
            self.findings.add(Some(position), fault);
        }
    }

    /// Counts the cases as they stand now, if they were not counted at every position.
    pub(crate) fn recount(&mut self) {
        let Some(last) = self
            .size()
            .last()
            .filter(|_| self.recount == Recount::AtEnd)
        else {
            return;
        };
        count(self.streams.iter(), last.get(), &mut self.totals);
    }
}

/// Counts cases as they stand behind the entry at `last`.
fn count<'a>(streams: impl Iterator<Item = &'a Stream>, last: u64, totals: &mut Totals) {
    for stream in streams {
        if let Some((StreamId::Case(case), State::Case(state))) = stream.state() {
            totals.apply(last, case, state);
        }
    }
    totals.advance(last);
}
