//! The thread that folds committed groups into the views, behind the acknowledgement.
//!
//! It may lag, but not far: the queue of groups is bounded, and a writer that is ahead of it waits.
//! Readers wait for it (see [`crate::Reader`]), so nobody sees a view that lacks what the
//! reader could already know.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender},
    },
};

use caseledger_chain::Size;
use caseledger_domain::{
    AnnouncementId, State, StreamId,
    view::{Totals, Worklists},
};
use serde::{Deserialize, Serialize};

use crate::{limits, overlay::Applied, shared::Shared};

/// The views, all at the same size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Views {
    totals: Totals,
    worklists: Worklists,
    announcements: BTreeMap<u64, AnnouncementId>,
    size: u64,
}

impl Views {
    /// How many cases, charges and people stand where.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What somebody still has to look at.
    pub const fn worklists(&self) -> &Worklists {
        &self.worklists
    }

    /// Announcements, by the position at which they were published.
    pub const fn announcements(&self) -> &BTreeMap<u64, AnnouncementId> {
        &self.announcements
    }

    /// The number of entries, from the first on, that the views rest on.
    pub const fn size(&self) -> Size {
        Size::new(self.size)
    }

    /// Folds one commit group that begins where the views end; one they already have is skipped.
    pub(crate) fn apply(&mut self, group: &Group) {
        if group.end.get() <= self.size {
            return;
        }
        for applied in &group.events {
            let Applied {
                position,
                stream,
                event,
                after,
                ..
            } = applied;
            let Some(after) = after else { continue };
            if let (StreamId::Case(case), State::Case(state)) = (stream, after) {
                self.totals.apply(*position, *case, state);
            } else {
                self.totals.advance(*position);
            }
            if let (StreamId::Announcement(id), State::Announcement(state)) = (stream, after)
                && state.revisions == 1
            {
                self.announcements.insert(*position, *id);
            }
            self.worklists.apply(*position, *stream, event, after);
        }
        self.size = group.end.get();
    }
}

/// The events of a commit group, with the states behind them.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) end: Size,
    pub(crate) events: Vec<Applied>,
}

/// Folds groups until there are no more senders. Wakes the keeper when enough is new.
pub(crate) fn run(shared: &Arc<Shared>, groups: &Receiver<Group>, keeper: &SyncSender<()>) {
    let _stop = StopAtEnd(shared);
    let mut saved = shared.views().size().get();
    while let Ok(group) = groups.recv() {
        shared.views_mut().apply(&group);
        shared.set_viewed(group.end);
        let size = group.end.get();
        if size - saved >= limits::SNAPSHOT_EVERY.max(size / 4) {
            saved = size;
            if keeper.try_send(()).is_err() {
                // It is still busy with the last one; the next multiple wakes it again.
                tracing::debug!(size, "state is still being saved");
            }
        }
    }
}

/// However this thread ends, whoever waits is told. It ends last: when the writer has ended and its
/// groups are folded, or by a panic, which the writer notices at its next group.
struct StopAtEnd<'a>(&'a Shared);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
