//! Saving state, so that a start need not fold the whole ledger.
//!
//! Shards of the world are saved one after the other while the writer goes on, so each is complete
//! up to a size of its own. The views are saved last, at a size that no shard exceeds; then replay
//! from the smallest size finds, for every event that the views lack, a world that is exactly as it
//! was. Replay gives each part only what it does not have.
//!
//! There are two slots. A save writes all parts into the slot that is not current, then switches
//! the pointer: a crash at any line leaves the old slot current and whole. Saved state is derived;
//! whatever does not fit is dropped and folded again.

use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    sync::{Arc, mpsc::Receiver},
};

use caseledger_chain::{Digest, Size, SubmitterId, chain_hash};
use caseledger_domain::{CaseId, CaseToken};
use caseledger_store::{Head, LogError, LogReader, Snapshots, derived};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    feed::Feed,
    index_key::Age,
    limits,
    private::{KeysFound, KeysImage},
    projector::Views,
    shared::Shared,
    tree::{Tree, TreeImage},
    world::{SHARDS, ShardImage, World},
};

/// Version of everything that is saved here. Whoever changes a type that is saved, here, in the
/// views or in the states of the domain, or how events are folded into one, raises it; the code
/// drops what has another version.
pub(crate) const VERSION: u8 = 12;

/// Bytes of streams after which a part of the world is complete.
const PART_BYTES: usize = 8 << 20;

const CURRENT: &str = "current";

/// Which slot counts, and what belongs to it.
#[derive(Debug, Serialize, Deserialize)]
struct Pointer {
    slot: u8,
    world_parts: u32,
    /// The ledger when the views were saved.
    size: u64,
    chain: [u8; 32],
    /// The ledger behind everything that is in the slot: proof that all of it belongs to one history.
    newest_size: u64,
    newest_chain: [u8; 32],
    recorded_at: u64,
    feeds: Vec<([u8; 16], Feed)>,
    /// Cases of which it is ordered that private parts are destroyed, and not confirmed.
    shreds: Vec<CaseId>,
    /// Generation of the index key that made the tokens.
    index: u32,
}

/// Saved state, loaded.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) world: World,
    pub(crate) tree: Tree,
    pub(crate) views: Views,
    pub(crate) keys: KeysFound,
}

impl Loaded {
    /// State of a ledger without entries, with the tokens that its index key was made with.
    pub(crate) fn before_all(age: Age, tokens: &[(CaseToken, CaseId)]) -> Self {
        let mut loaded = Self::default();
        loaded.world.replace_tokens(age, tokens);
        loaded
    }

    /// The smallest size up to which everything has everything: where replay begins.
    pub(crate) fn complete_to(&self) -> Size {
        self.world
            .complete_to()
            .min(self.tree.size())
            .min(self.views.size())
    }
}

/// Saved state was not used, and why.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It could not be coded.
    #[error(transparent)]
    Derived(#[from] derived::DerivedError),
    /// The store failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The views did not come to the size of the world, because the engine stopped.
    #[error("the engine stopped before its state could be saved")]
    Stopped,
}

/// Saves when woken, until there is nobody left to wake it.
pub(crate) fn run(shared: &Arc<Shared>, snapshots: &dyn Snapshots, wake: &Receiver<()>) {
    while wake.recv().is_ok() {
        // A failure costs the next start time and nothing else.
        if let Err(error) = save(shared, snapshots) {
            tracing::warn!(error = &error as &dyn std::error::Error, "state not saved");
        }
    }
}

fn part_name(slot: u8, what: &str, part: usize) -> String {
    let slot = if slot == 0 { 'a' } else { 'b' };
    format!("{slot}.{what}.{part}")
}

/// Saves world, tree and views into the slot that is not current, and makes it current.
pub(crate) fn save(shared: &Shared, snapshots: &dyn Snapshots) -> Result<(), SaveError> {
    save_in_parts(shared, snapshots, PART_BYTES)
}

/// [`save`], with the world in parts of about `part_bytes`.
pub(crate) fn save_in_parts(
    shared: &Shared,
    snapshots: &dyn Snapshots,
    part_bytes: usize,
) -> Result<(), SaveError> {
    // Whoever destroyed keys saves, too, and waits here until the keeper is done with what it began before.
    let _saving = shared.saving();
    let old = load_part::<Pointer>(snapshots, CURRENT).ok().flatten();
    let slot = old.as_ref().map_or(0, |pointer| 1 - pointer.slot.min(1));

    let mut parts = 0;
    let mut part: Vec<ShardImage> = Vec::new();
    let mut bytes = 0;
    for shard in 0..SHARDS {
        // Held for one shard only: the writer waits for a few milliseconds at most.
        let image = shared.world().image(shard);
        bytes += image.bytes();
        part.push(image);
        if bytes >= part_bytes || shard + 1 == SHARDS {
            let upto = Size::new(
                part.iter()
                    .map(|image| image.upto)
                    .max()
                    .unwrap_or_default(),
            );
            save_part(snapshots, &part_name(slot, "world", parts), upto, &part)?;
            (parts, bytes) = (parts + 1, 0);
            part.clear();
        }
    }
    // The world as a whole is not older than any shard image made above.
    let (head, recorded_at, feeds, shreds, index) = {
        let world = shared.world();
        let shreds = world.shreds().iter().copied().collect();
        (
            world.head(),
            world.recorded_at(),
            world.feeds().clone(),
            shreds,
            world.age().generation,
        )
    };
    // Behind the world: the keys of a group are there before its entries are, so that all of the entries up to the head
    // have theirs in here.
    let keys = shared.keys().copied();
    let keys = KeysImage::of(keys);
    save_part(snapshots, &part_name(slot, "keys", 0), head.size, &keys)?;
    drop(keys);
    let marks = shared.wait(limits::READ_WAIT_MAX, |marks| marks.viewed >= head.size);
    if marks.viewed < head.size {
        return Err(SaveError::Stopped);
    }
    let (upto, views) = {
        let views = shared.views();
        (views.size(), derived::encode(VERSION, &*views)?)
    };
    snapshots.save(&part_name(slot, "views", 0), upto, &views)?;
    drop(views);
    let image = shared.tree().image();
    save_part(snapshots, &part_name(slot, "tree", 0), upto, &image)?;
    // The tree is extended in front of the world: views and tree end at this head or before it.
    let size = image.size();
    if shared
        .wait(limits::READ_WAIT_MAX, |marks| marks.durable >= size)
        .durable
        < size
    {
        return Err(SaveError::Stopped);
    }
    let newest = shared.world().head();

    let pointer = Pointer {
        slot,
        world_parts: parts as u32,
        size: head.size.get(),
        chain: head.chain.to_bytes(),
        newest_size: newest.size.get(),
        newest_chain: newest.chain.to_bytes(),
        recorded_at,
        feeds: feeds
            .into_iter()
            .map(|(org, feed)| (org.to_bytes(), feed))
            .collect(),
        shreds,
        index,
    };
    // A crash before this line leaves the old slot current, behind it the new one.
    save_part(snapshots, CURRENT, head.size, &pointer)?;
    if let Some(old) = old.filter(|old| old.slot != slot) {
        remove_slot(snapshots, &old)?;
    }
    Ok(())
}

fn remove_slot(snapshots: &dyn Snapshots, pointer: &Pointer) -> Result<(), LogError> {
    for part in 0..pointer.world_parts as usize {
        snapshots.remove(&part_name(pointer.slot, "world", part))?;
    }
    snapshots.remove(&part_name(pointer.slot, "keys", 0))?;
    snapshots.remove(&part_name(pointer.slot, "views", 0))?;
    snapshots.remove(&part_name(pointer.slot, "tree", 0))
}

fn save_part<T: Serialize>(
    snapshots: &dyn Snapshots,
    name: &str,
    upto: Size,
    part: &T,
) -> Result<(), SaveError> {
    Ok(snapshots.save(name, upto, &derived::encode(VERSION, part)?)?)
}

/// A saved part; none if it does not exist, has another version, or is damaged.
fn load_part<T: DeserializeOwned>(
    snapshots: &dyn Snapshots,
    name: &str,
) -> Result<Option<T>, SaveError> {
    let Some((_, bytes)) = snapshots.load(name)? else {
        return Ok(None);
    };
    Ok(derived::decode(VERSION, &bytes, bytes.len() as u64)?)
}

/// Whether this version saved state, usable or not.
pub(crate) fn has_saved(snapshots: &dyn Snapshots) -> bool {
    !matches!(load_part::<Pointer>(snapshots, CURRENT), Ok(None))
}

/// The generation of the index key that saved state has tokens of, if there is saved state.
pub(crate) fn saved_index(snapshots: &dyn Snapshots) -> Option<u32> {
    let pointer = load_part::<Pointer>(snapshots, CURRENT).ok()??;
    Some(pointer.index)
}

/// Loads saved state; none if there is none that fits this ledger and its index key. Never fails: what cannot be
/// loaded is folded again.
pub(crate) fn load(log: &dyn LogReader, snapshots: &dyn Snapshots, age: Age) -> Option<Loaded> {
    match try_load(log, snapshots, age) {
        Ok(loaded) => loaded,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "saved state not usable"
            );
            None
        }
    }
}

fn try_load(
    log: &dyn LogReader,
    snapshots: &dyn Snapshots,
    age: Age,
) -> Result<Option<Loaded>, SaveError> {
    let Some(pointer) = load_part::<Pointer>(snapshots, CURRENT)? else {
        return Ok(None);
    };
    // Its tokens are of an index key that was replaced; a crash came before state was saved with the new ones.
    if pointer.index != age.generation {
        return Ok(None);
    }
    let head = Head::new(pointer.size, Digest::from_bytes(pointer.chain));
    let newest_chain = Digest::from_bytes(pointer.newest_chain);
    let newest = Head::new(pointer.newest_size, newest_chain);
    if !belongs(log, head)? || !belongs(log, newest)? {
        return Ok(None);
    }
    let slot = pointer.slot;
    // The views are the largest part by far, so the two halves are read at the same time.
    let (world, views) = std::thread::scope(|scope| {
        let views = scope.spawn(|| load_part::<Views>(snapshots, &part_name(slot, "views", 0)));
        let world = load_world(snapshots, &pointer);
        (world, views.join())
    });
    let tree = load_part::<TreeImage>(snapshots, &part_name(slot, "tree", 0))?;
    let (Some(mut world), Ok(views)) = (world?, views) else {
        return Ok(None);
    };
    let (Some(views), Some(tree)) = (views?, tree.and_then(Tree::from_image)) else {
        return Ok(None);
    };
    let Some(keys) = load_part::<KeysImage>(snapshots, &part_name(slot, "keys", 0))? else {
        return Ok(None);
    };
    let feeds = pointer.feeds.into_iter();
    let feeds = feeds.map(|(org, feed)| Some((SubmitterId::from_bytes(org).ok()?, feed)));
    let Some(feeds) = feeds.collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let shreds: BTreeSet<CaseId> = pointer.shreds.into_iter().collect();
    world.restore_rest(head, pointer.recorded_at, feeds, shreds, age);
    let sizes = [world.newest(), tree.size(), views.size()];
    // Views behind a shard could not be brought up to date: see the head of this module.
    let usable = sizes.iter().all(|size| *size <= newest.size) && views.size() >= world.newest();
    let keys = KeysFound::saved(keys);
    Ok(usable.then_some(Loaded {
        world,
        tree,
        views,
        keys,
    }))
}

fn load_world(snapshots: &dyn Snapshots, pointer: &Pointer) -> Result<Option<World>, SaveError> {
    let mut world = World::default();
    let mut shards = 0;
    for part in 0..pointer.world_parts as usize {
        let name = part_name(pointer.slot, "world", part);
        let Some(images) = load_part::<Vec<ShardImage>>(snapshots, &name)? else {
            return Ok(None);
        };
        shards += images.len();
        for image in images {
            world.restore(image);
        }
    }
    Ok((shards == SHARDS).then_some(world))
}

/// Whether the journal has the entry that saved state ends with. The journal, not the store: what the store has was
/// derived beside this state, and may be of the same wrong history.
fn belongs(log: &dyn LogReader, head: Head) -> Result<bool, LogError> {
    let Some(last) = head.size.last() else {
        return Ok(true);
    };
    if !log.head().size.contains(last) {
        return Ok(false);
    }
    let mut found = None;
    log.replay(last, &mut |frame| {
        let skip = (last.get() - frame.first().get()) as usize;
        found = frame.entries().nth(skip).map(chain_hash);
        ControlFlow::Break(())
    })?;
    Ok(found == Some(head.chain))
}
