//! What the threads of the engine share, and how they wait for each other.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU64, AtomicUsize},
    },
    time::{Duration, Instant},
};

use caseledger_chain::Size;
use caseledger_domain::{CaseId, CaseToken, Registry};
use caseledger_store::LogReader;

use crate::{
    clock::Clock, error::ReadError, identity::Identity, index_key::Age, private::DataKeys,
    projector::Views, prover::LatestCheckpoint, random::Random, tree::Tree, world::World,
};

/// State that readers see while the writer goes on. Locks are held for work in memory, never while
/// the log is read: the writer needs each of them between the commit point and the acknowledgement.
/// They are taken one at a time; only the writer waits for the views, and asks them, while it reads the world, and
/// only it takes the keys then.
pub(crate) struct Shared {
    pub(crate) identity: Identity,
    pub(crate) log: Arc<dyn LogReader>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    world: RwLock<World>,
    tree: RwLock<Tree>,
    views: RwLock<Views>,
    latest: RwLock<LatestCheckpoint>,
    registry: RwLock<Arc<Registry>>,
    keys: RwLock<DataKeys>,
    saving: Mutex<()>,
    marks: Mutex<Marks>,
    moved: Condvar,
    /// Whether submissions are taken: not while draining, and never again once the writer failed.
    pub(crate) accepting: AtomicBool,
    /// Submissions that wait for the writer.
    pub(crate) waiting: AtomicUsize,
    /// Their bytes.
    pub(crate) waiting_bytes: AtomicUsize,
    /// Commit groups since the start, for measuring.
    pub(crate) groups: AtomicU64,
}

/// How far the threads are. A mark never goes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    /// Entries that are durable and in the world.
    pub(crate) durable: Size,
    /// Entries that are in the views.
    pub(crate) viewed: Size,
    /// Nothing moves any more.
    pub(crate) stopped: bool,
}

// A lock is poisoned by a panic while it was held. What it guards is replaced or extended as a
// whole behind the commit point, and a panicking writer stops the engine, so readers may go on.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// What the log comes to when an engine starts.
pub(crate) struct Derived {
    pub(crate) world: World,
    pub(crate) tree: Tree,
    pub(crate) views: Views,
    pub(crate) latest: LatestCheckpoint,
    pub(crate) registry: Registry,
}

impl Shared {
    pub(crate) fn new(
        identity: Identity,
        log: Arc<dyn LogReader>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        derived: Derived,
        keys: DataKeys,
    ) -> Self {
        let Derived {
            world,
            tree,
            views,
            latest,
            registry,
        } = derived;
        let marks = Marks {
            durable: world.head().size,
            viewed: views.size(),
            stopped: false,
        };
        Self {
            identity,
            log,
            clock,
            random,
            world: RwLock::new(world),
            tree: RwLock::new(tree),
            views: RwLock::new(views),
            latest: RwLock::new(latest),
            registry: RwLock::new(Arc::new(registry)),
            keys: RwLock::new(keys),
            saving: Mutex::new(()),
            marks: Mutex::new(marks),
            moved: Condvar::new(),
            accepting: AtomicBool::new(true),
            waiting: AtomicUsize::new(0),
            waiting_bytes: AtomicUsize::new(0),
            groups: AtomicU64::new(0),
        }
    }

    /// Has these look-up tokens instead of all others. Waits for whoever saves state, so that none is saved with half of
    /// them.
    pub(crate) fn replace_tokens(&self, age: Age, tokens: &[(CaseToken, CaseId)]) {
        let _saving = self.saving();
        write(&self.world).replace_tokens(age, tokens);
    }

    pub(crate) fn world(&self) -> RwLockReadGuard<'_, World> {
        read(&self.world)
    }

    pub(crate) fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        write(&self.world)
    }

    pub(crate) fn tree(&self) -> RwLockReadGuard<'_, Tree> {
        read(&self.tree)
    }

    pub(crate) fn tree_mut(&self) -> RwLockWriteGuard<'_, Tree> {
        write(&self.tree)
    }

    pub(crate) fn views(&self) -> RwLockReadGuard<'_, Views> {
        read(&self.views)
    }

    pub(crate) fn views_mut(&self) -> RwLockWriteGuard<'_, Views> {
        write(&self.views)
    }

    pub(crate) fn latest(&self) -> LatestCheckpoint {
        read(&self.latest).clone()
    }

    pub(crate) fn set_latest(&self, latest: LatestCheckpoint) {
        *write(&self.latest) = latest;
    }

    /// Every organisation, as of the newest durable entry.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&read(&self.registry))
    }

    pub(crate) fn set_registry(&self, registry: Arc<Registry>) {
        *write(&self.registry) = registry;
    }

    /// The data keys of private parts.
    pub(crate) fn keys(&self) -> RwLockReadGuard<'_, DataKeys> {
        read(&self.keys)
    }

    pub(crate) fn keys_mut(&self) -> RwLockWriteGuard<'_, DataKeys> {
        write(&self.keys)
    }

    /// Held by whoever saves state: there are two slots, and one of them is current.
    pub(crate) fn saving(&self) -> MutexGuard<'_, ()> {
        self.saving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn marks(&self) -> Marks {
        *self.lock_marks()
    }

    fn change(&self, change: impl FnOnce(&mut Marks)) {
        change(&mut self.lock_marks());
        self.moved.notify_all();
    }

    /// Entries up to `size` are durable and in the world.
    pub(crate) fn set_durable(&self, size: Size) {
        self.change(|marks| marks.durable = size);
    }

    /// Entries up to `size` are in the views.
    pub(crate) fn set_viewed(&self, size: Size) {
        self.change(|marks| marks.viewed = size);
    }

    /// Nothing moves any more: whoever waits is told.
    pub(crate) fn stop(&self) {
        self.change(|marks| marks.stopped = true);
    }

    /// Waits until `reached` says so, the engine stops, or the time is over; says where the marks
    /// are then.
    pub(crate) fn wait(&self, limit: Duration, reached: impl Fn(&Marks) -> bool) -> Marks {
        let deadline = Instant::now().checked_add(limit);
        let mut marks = self.lock_marks();
        while !marks.stopped && !reached(&marks) {
            let left = deadline.map_or(Duration::MAX, |end| {
                end.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                break;
            }
            let waited = self.moved.wait_timeout(marks, left);
            marks = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *marks
    }

    /// Waits until the views hold the first `size` entries.
    pub(crate) fn wait_for_views(&self, size: Size, limit: Duration) -> Result<(), ReadError> {
        let marks = self.wait(limit, |marks| marks.viewed >= size);
        if marks.viewed >= size {
            Ok(())
        } else if marks.stopped {
            Err(ReadError::Stopped)
        } else {
            Err(ReadError::Behind {
                wanted: size,
                reached: marks.viewed,
                waited: limit,
            })
        }
    }
}
