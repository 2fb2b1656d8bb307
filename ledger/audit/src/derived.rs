//! What a replay came to, and the second look at corrected cases.

use std::collections::{BTreeMap, BTreeSet};

use caseledger_chain::{
    Digest, LedgerId, MessageId, Position, Size, SubmitterId, TileId, chain_hash,
};
use caseledger_domain::{
    CaseId, CaseState, Event, OrgId, Registry, State, StreamId, evolve,
    view::{Totals, Worklists},
};

use crate::{
    fault::{Fault, Finding, NotChecked},
    follow::Follower,
    judge,
    messages::{Messages, SequenceGap},
    prepare::read,
    replay::Recount,
    streams::Streams,
    tiles::Tiles,
};

/// Every entry was followed once.
///
/// A correction is judged by the whole history of its case. Few cases have one, so histories are
/// not kept; the entries of those that do are asked for once more.
#[derive(Debug)]
pub struct Followed {
    follower: Follower,
    /// Positions of the entries of corrected cases, with the number of the case's stream.
    again: BTreeMap<u64, u32>,
    histories: BTreeMap<u32, History>,
}

/// The history of a corrected case, as far as it was read again.
#[derive(Debug)]
struct History {
    events: Vec<(OrgId, Event)>,
    state: State,
    /// Chain hash of the newest entry: what ties it to what was read first.
    head: Digest,
    /// Whether an entry was another than the first time.
    broken: bool,
}

impl Default for History {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            state: State::Case(CaseState::default()),
            head: Digest::ZERO,
            broken: false,
        }
    }
}

impl Followed {
    pub(crate) fn new(follower: Follower) -> Self {
        let mut again = BTreeMap::new();
        let mut histories = BTreeMap::new();
        for (number, (last, _)) in &follower.corrected {
            let positions = follower.streams.positions_to(*last);
            again.extend(positions.into_iter().map(|position| (position, *number)));
            histories.insert(*number, History::default());
        }
        Self {
            follower,
            again,
            histories,
        }
    }

    /// The positions of the entries that are needed once more, ascending.
    pub fn again(&self) -> impl Iterator<Item = Position> {
        self.again.keys().copied().map(Position::new)
    }

    /// Takes the entry of one of these positions once more; they ascend.
    pub fn look_again(&mut self, position: Position, bytes: &[u8]) {
        let Some(number) = self.again.get(&position.get()) else {
            return;
        };
        let Some(history) = self.histories.get_mut(number) else {
            return;
        };
        let Some(said) = read(bytes)
            .ok()
            .filter(|read| read.header.stream_prev == history.head)
            .and_then(|read| read.said.ok())
        else {
            history.broken = true;
            return;
        };
        history.head = chain_hash(bytes);
        // Only a correction is judged by how the case stood before it.
        let before = judge::corrects(&said.event).then(|| history.state.clone());
        let state = std::mem::replace(&mut history.state, State::Case(CaseState::default()));
        history.state = evolve(state, &said.event);
        history.events.push((said.org, said.event));
        let (StreamId::Case(case), Some(State::Case(before)), State::Case(after)) =
            (said.stream, before, &history.state)
        else {
            return;
        };
        let policy = self.follower.policies.get(&position.get());
        for fault in judge::correction(case, &history.events, &before, after, policy) {
            self.follower.findings.add(Some(position), fault);
        }
    }

    /// Ends the run for now: more entries may follow. Corrections whose cases were not read again
    /// are asked for once more behind them.
    pub fn pause(self) -> Paused {
        let Self {
            mut follower,
            histories,
            ..
        } = self;
        let open: BTreeSet<u32> = unread(&follower, &histories).collect();
        follower.corrected.retain(|number, _| open.contains(number));
        Paused { follower }
    }

    /// Everything that the entries come to.
    pub fn conclude(self) -> Derived {
        let Self {
            mut follower,
            histories,
            ..
        } = self;
        let cases = unread(&follower, &histories).count() as u64;
        if cases > 0 {
            follower.not_checked.push(NotChecked::Corrections { cases });
        }
        follower.finish();
        let unseen = |not_checked: &NotChecked| matches!(not_checked, NotChecked::Behind { .. });
        // Numbers of entries that could not be read are not missing.
        let sequence_gaps = if follower.not_checked.iter().any(unseen) {
            Vec::new()
        } else {
            follower.messages.gaps()
        };
        for gap in &sequence_gaps {
            let SequenceGap {
                submitter,
                from,
                to,
                opened_by,
            } = *gap;
            let fault = Fault::NumbersMissing {
                submitter,
                from,
                to,
            };
            follower.findings.add(Some(opened_by), fault);
        }
        follower.recount();
        let size = follower.size();
        let Follower {
            recount,
            findings,
            not_checked,
            links,
            streams,
            messages,
            tiles,
            roots,
            totals,
            worklists,
            registry,
            ..
        } = follower;
        let mut integrity = findings.integrity;
        integrity.sort_by_key(|finding| finding.position);
        Derived {
            ledger: links.ledger(),
            size,
            head: links.head(),
            integrity,
            completeness: findings.completeness,
            not_checked,
            more: findings.more,
            sequence_gaps,
            streams,
            totals,
            worklists: (recount == Recount::EveryPosition).then_some(worklists),
            registry,
            roots,
            messages,
            tiles,
        }
    }
}

/// Cases whose history was not read a second time as it was the first time, by number.
fn unread(follower: &Follower, histories: &BTreeMap<u32, History>) -> impl Iterator<Item = u32> {
    histories.iter().filter_map(|(number, history)| {
        let expected = follower.corrected.get(number).map(|(_, chain)| *chain);
        (history.broken || Some(history.head) != expected).then_some(*number)
    })
}

/// What follows from the entries so far, between two runs: [`Replay::resume`](crate::Replay::resume)
/// goes on with it.
#[derive(Debug)]
pub struct Paused {
    follower: Follower,
}

impl Paused {
    /// How many entries there are so far.
    pub const fn size(&self) -> Size {
        self.follower.size()
    }

    /// Root of the tree over them.
    pub fn root(&self) -> Digest {
        self.follower.tiles.root()
    }

    /// Cases with a correction that could not be judged yet.
    pub fn unjudged(&self) -> usize {
        self.follower.corrected.len()
    }

    /// The tiles above level 0, with their bytes.
    pub fn upper_tiles(&self) -> impl Iterator<Item = (TileId, Vec<u8>)> {
        self.follower.tiles.upper()
    }

    /// What was found since this was asked last, by kind of question.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        let findings = std::mem::take(&mut self.follower.findings);
        let (integrity, completeness) = (findings.integrity, findings.completeness);
        integrity.into_iter().chain(completeness).collect()
    }

    /// Adds to the findings what is missing if the log ends here, as it does at a checkpoint.
    pub fn check_end(&mut self) {
        self.follower.finish();
    }

    pub(crate) fn into_follower(self) -> Follower {
        self.follower
    }
}

/// Everything that entries come to.
#[derive(Debug)]
pub struct Derived {
    /// The ledger they are of; none if there are none.
    pub ledger: Option<LedgerId>,
    /// How many there are.
    pub size: Size,
    /// Chain hash of the last one; zero if there is none.
    pub head: Digest,
    /// What is there and is not right, in order of positions.
    pub integrity: Vec<Finding>,
    /// What should be there and is not.
    pub completeness: Vec<Finding>,
    /// What could not be looked at.
    pub not_checked: Vec<NotChecked>,
    /// Findings beyond those kept.
    pub more: u64,
    /// Holes in submitters' own numbers, if every entry was read. Each is a finding, too.
    pub sequence_gaps: Vec<SequenceGap>,
    /// How every stream stands, up to the first entry that cannot be followed.
    pub streams: Streams,
    /// The totals.
    pub totals: Totals,
    /// The worklists, with [`Recount::EveryPosition`].
    pub worklists: Option<Worklists>,
    /// Every organisation. Unless authority is declared in it, roles alone were judged.
    pub registry: Registry,
    /// Roots behind the marks of the batches, by size.
    pub roots: BTreeMap<u64, Digest>,
    messages: Messages,
    tiles: Tiles,
}

impl Derived {
    /// Whether a private part that an entry of the case has a commitment to may be missing: it was ordered to be destroyed.
    /// Nothing else explains it.
    pub fn may_lack_private(&self, case: CaseId) -> bool {
        match self.streams.state(StreamId::Case(case)) {
            Some(State::Case(case)) => case.private.is_given_up(),
            _ => false,
        }
    }

    /// Root of the tree over all entries.
    pub fn root(&self) -> Digest {
        self.tiles.root()
    }

    /// Every message with the position of its first entry, in no order.
    pub fn messages(&self) -> impl Iterator<Item = (SubmitterId, MessageId, Position)> {
        self.messages.iter()
    }

    /// The tiles above level 0, with their bytes.
    pub fn upper_tiles(&self) -> impl Iterator<Item = (TileId, Vec<u8>)> {
        self.tiles.upper()
    }
}
