//! Comparing the derived store and saved state with what the journal comes to.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use caseledger_audit::Stream;
use caseledger_chain::{MessageId, Position, Size, SubmitterId, chain_hash, leaf_hash};
use caseledger_domain::{PrivateState, State, StreamId};
use caseledger_store::{
    CommitLog, FileLog, LogError, LogReader, OpenError, OpenOptions, ReadLimit, RebuildReason,
    ReplayFrame, Snapshots, StoreOpened,
};

use super::{
    Fault, NotChecked, Report, Stage,
    journal::{Derived, check_checkpoint},
};
use crate::{
    keeper::{self, Loaded},
    paths::LedgerPaths,
    recovery,
    world::{World, message_print},
};

/// Opens the store and compares it. Opening brings it up to the journal, and says what it did.
pub(super) fn compare(
    paths: &LedgerPaths,
    mut derived: Derived,
    report: &mut Report,
    progress: &dyn Fn(Stage),
) {
    if derived.damaged {
        derived.blame_tail(report);
        report.not_checked.push(NotChecked::StoreAfterDamage);
        return;
    }
    let (log, opened) = match FileLog::open(paths.store(), OpenOptions::default(), &()) {
        Ok(opened) => opened,
        Err(error) => {
            derived.blame_tail(report);
            return not_opened(error, report);
        }
    };
    // The guard and the store know no more than the journal, so an incomplete end was never
    // acknowledged, and is gone now.
    if derived.has_tail() {
        report.torn_bytes_cut = opened.torn_bytes_cut;
    }
    match opened.store {
        // A copy of the journal alone has a store made, and nothing is wrong.
        StoreOpened::Rebuilt {
            why: RebuildReason::Absent,
            ..
        }
        | StoreOpened::Fresh
        | StoreOpened::Caught { .. } => {}
        StoreOpened::Rebuilt { why, .. } => report.wrong(None, None, Fault::Rebuilt(why)),
    }
    let (reader, snapshots) = (log.reader(), log.snapshots());
    if opened.head != derived.head {
        let (expected, found) = (derived.head, opened.head);
        report.wrong(None, None, Fault::StoreHead { expected, found });
    }
    entries(&*reader, &derived, report, progress);
    progress(Stage::SavedState);
    saved_state(&*reader, &*snapshots, &derived, report);
    drop((reader, snapshots));
    if let Err(error) = Box::new(log).close() {
        let from = derived.head.size.next_position();
        report
            .not_checked
            .push(NotChecked::StoreUnreadable { from, error });
    }
}

fn not_opened(error: OpenError, report: &mut Report) {
    match error {
        OpenError::Behind { .. }
        | OpenError::DamagedTail { .. }
        | OpenError::TornTail { .. }
        | OpenError::GuardMissing(_) => {
            report.missing(None, None, Fault::Rollback(error));
        }
        OpenError::Forked { .. } => report.wrong(None, None, Fault::Rollback(error)),
        OpenError::Damaged(_)
        | OpenError::Journal(_)
        | OpenError::BrokenChain { .. }
        | OpenError::Locked(_)
        | OpenError::Meta { .. }
        | OpenError::Guard { .. }
        | OpenError::Rebuild(_)
        | OpenError::SegmentBytes { .. }
        | OpenError::Exists { .. }
        | OpenError::Io { .. } => report.not_checked.push(NotChecked::StoreNotOpened(error)),
    }
}

/// Entries, leaf hashes and checkpoints in the store against the frames of the journal.
fn entries(
    reader: &dyn LogReader,
    derived: &Derived,
    report: &mut Report,
    progress: &dyn Fn(Stage),
) {
    let mut at = Position::ZERO;
    let mut failed = None;
    let replayed = reader.replay(Position::ZERO, &mut |frame| {
        at = frame.first();
        match compare_frame(reader, derived, report, &frame) {
            Ok(()) => {
                progress(Stage::Store(frame.end().size));
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(error) = failed.or(replayed.err()) {
        report
            .not_checked
            .push(NotChecked::StoreUnreadable { from: at, error });
    }
}

fn compare_frame(
    reader: &dyn LogReader,
    derived: &Derived,
    report: &mut Report,
    frame: &ReplayFrame<'_>,
) -> Result<(), LogError> {
    let (first, count) = (frame.first(), frame.count() as usize);
    let stored = reader.read(
        first,
        ReadLimit {
            entries: count,
            bytes: usize::MAX,
        },
    )?;
    let leaves = reader.leaves(first, count)?;
    let mut stored = stored.iter().map(|(_, bytes)| bytes);
    let mut leaves = leaves.into_iter();
    for (bytes, position) in frame.entries().zip(first.get()..) {
        let position = Some(Position::new(position));
        let (expected, found) = (
            chain_hash(bytes),
            stored.next().map(|found| chain_hash(found)),
        );
        if found != Some(expected) {
            let found = found.unwrap_or(caseledger_chain::Digest::ZERO);
            report.wrong(position, None, Fault::StoredEntry { expected, found });
        }
        let (expected, found) = (leaf_hash(bytes), leaves.next());
        if found != Some(expected) {
            let found = found.unwrap_or(caseledger_chain::Digest::ZERO);
            report.wrong(position, None, Fault::Leaf { expected, found });
        }
    }
    let size = frame.end().size;
    let Some(last) = size.last() else {
        return Ok(());
    };
    // One that the store does not have is not missing: the next frame of the journal carries it, which
    // was checked there, and that of the last frame is signed again with the same bytes.
    if let Some((found, note)) = reader.checkpoint_covering(last)?
        && found == size
        && let Some(root) = derived.replayed.roots.get(&size.get())
        && let Err(fault) = check_checkpoint(&note, &derived.succession, size, *root)
    {
        report.wrong(Some(last), None, fault);
    }
    Ok(())
}

/// Saved state, brought up to the end as an open would; none if there is none to compare.
fn brought_up(
    reader: &dyn LogReader,
    snapshots: &dyn Snapshots,
    derived: &Derived,
    report: &mut Report,
) -> Option<Loaded> {
    let expected = derived.age.generation;
    if let Some(found) = keeper::saved_index(snapshots).filter(|found| *found != expected) {
        if derived.index_at_hand && found > expected {
            report.wrong(None, None, Fault::SavedIndex { expected, found });
        } else {
            let not_checked = NotChecked::SavedIndex { expected, found };
            report.not_checked.push(not_checked);
        }
        return None;
    }
    let Some(loaded) = keeper::load(reader, snapshots, derived.age) else {
        if keeper::has_saved(snapshots) {
            report.wrong(None, None, Fault::SavedState);
        }
        return None;
    };
    let from = loaded.complete_to();
    let folded = recovery::fold(reader, loaded, from, derived.head, &|_step| ());
    folded
        .map_err(|error| report.not_checked.push(NotChecked::SavedState(error)))
        .ok()
}

/// Saved state, brought up to the end, against what the journal comes to.
fn saved_state(
    reader: &dyn LogReader,
    snapshots: &dyn Snapshots,
    derived: &Derived,
    report: &mut Report,
) {
    let Some(loaded) = brought_up(reader, snapshots, derived, report) else {
        return;
    };
    let streams = &derived.replayed.streams;
    let equal = |stream: &Stream| {
        let Some((id, state)) = stream.state() else {
            return true;
        };
        let packed = loaded.world.stream(&id);
        packed.is_some_and(|packed| {
            packed.positions().eq(streams.positions(stream))
                && packed.state().is_ok_and(|found| found == *state)
        })
    };
    let differing = streams.iter().filter(|stream| !equal(stream));
    let ids = differing.filter_map(|stream| stream.state().map(|(id, _)| id));
    let mut wrong: Vec<StreamId> = ids.collect();
    wrong.sort_unstable();
    for stream in wrong {
        report.wrong(None, None, Fault::SavedStream(stream));
    }
    for (token, case) in &derived.tokens {
        if loaded.world.case_of(token) != Some(*case) {
            report.wrong(None, None, Fault::SavedToken(*case));
        }
    }
    let known = |(submitter, message, first): &(SubmitterId, MessageId, Position)| {
        let print = message_print(*submitter, *message);
        loaded.world.candidates(print).contains(first)
    };
    let messages = derived.replayed.messages();
    let messages = messages.filter(|message| !known(message));
    let mut unknown: Vec<Position> = messages.map(|(.., first)| first).collect();
    unknown.sort_unstable();
    for position in unknown {
        report.wrong(Some(position), None, Fault::SavedMessage);
    }
    beside_shards(&loaded.world, derived, report);
    if *loaded.views.totals() != derived.replayed.totals {
        report.wrong(None, None, Fault::SavedView("totals"));
    }
    if Some(loaded.views.worklists()) != derived.replayed.worklists.as_ref() {
        report.wrong(None, None, Fault::SavedView("worklists"));
    }
    let announced = streams.iter().filter_map(|stream| match stream.state()?.0 {
        StreamId::Announcement(id) => Some((*streams.positions(stream).first()?, id)),
        StreamId::Case(_)
        | StreamId::Initiative(_)
        | StreamId::Cohort(_)
        | StreamId::Filing(_)
        | StreamId::Order(_)
        | StreamId::Org(_) => None,
    });
    if *loaded.views.announcements() != announced.collect::<BTreeMap<_, _>>() {
        report.wrong(None, None, Fault::SavedView("announcements"));
    }
    match recovery::registry(reader, &loaded.world) {
        Ok(registry) if registry != derived.replayed.registry => {
            report.wrong(None, None, Fault::SavedView("organisations"));
        }
        Ok(_) => {}
        Err(error) => report.not_checked.push(NotChecked::SavedState(error)),
    }
    let size: Size = derived.head.size;
    if let Some(expected) = derived.replayed.roots.get(&size.get()) {
        match loaded.tree.root(reader, size) {
            Ok(found) if found != *expected => {
                report.wrong(
                    None,
                    None,
                    Fault::SavedTree {
                        expected: *expected,
                        found,
                    },
                );
            }
            Ok(_) => {}
            Err(error) => report
                .not_checked
                .push(NotChecked::SavedState(error.into())),
        }
    }
}

/// What is saved of the world beside its shards.
fn beside_shards(world: &World, derived: &Derived, report: &mut Report) {
    feeds(world, derived, report);
    shreds(world, derived, report);
}

/// The cases of which it is ordered that private parts are destroyed, and not confirmed.
fn shreds(world: &World, derived: &Derived, report: &mut Report) {
    let streams = derived.replayed.streams.iter();
    let ordered = streams.filter_map(|stream| match stream.state()? {
        (StreamId::Case(case), State::Case(state)) => {
            matches!(state.private, PrivateState::ShredOrdered { .. }).then_some(case)
        }
        _ => None,
    });
    if *world.shreds() != ordered.collect::<BTreeSet<_>>() {
        report.wrong(None, None, Fault::SavedView("orders to destroy"));
    }
}

/// The gaps in submitters' numbers.
fn feeds(world: &World, derived: &Derived, report: &mut Report) {
    let mut expected: BTreeMap<SubmitterId, Vec<(u64, u64, Position)>> = BTreeMap::new();
    for gap in &derived.replayed.sequence_gaps {
        let gaps = expected.entry(gap.submitter).or_default();
        gaps.push((gap.from, gap.to, gap.opened_by));
    }
    for (submitter, feed) in world.feeds() {
        let gaps = feed.gaps().iter();
        let found = gaps.map(|gap| (gap.from(), gap.to(), gap.opened_by()));
        if !found.eq(expected.remove(submitter).unwrap_or_default()) {
            report.wrong(None, None, Fault::SavedFeed(*submitter));
        }
    }
    for submitter in expected.into_keys() {
        report.wrong(None, None, Fault::SavedFeed(submitter));
    }
}
