//! Opening a ledger: what is on disk becomes the state the writer works with.
//!
//! The store opens the journal and brings its own copy up to date; then saved state is loaded, and
//! the frames behind it are folded by the code of the live path: the same overlay, the same
//! changes to the world, the same extension of the tree, the same application to the views. A
//! second implementation would only be right by accident.
//!
//! Saved state that does not fit is dropped, and the whole journal folded. The journal itself is
//! never repaired here: what it cannot say is an error with a position.

mod kept;

use std::{
    ops::ControlFlow,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use caseledger_chain::{Digest, Position, ProofError, Size, VerifierKey, chain_hash, leaf_hash};
use caseledger_domain::{CaseFact, Fact, OrgId, Registry, StreamId};
use caseledger_store::{
    CommitLog, FileLog, Head, LogError, LogReader, OpenOptions, OpenStep, ReplayFrame, Snapshots,
};
use caseledger_vault::{Disk, RewrapError, VaultError};

use crate::{
    clock::ZoneMissing,
    error::SignError,
    identity::{Identity, KeyFileError},
    index_file::{self, ReplaceError},
    index_key::{Age, IndexKey},
    keeper::{self, Loaded},
    keys::{self, Succession, SuccessionError},
    limits,
    overlay::{FirstSeen, Overlay},
    packed::Packed,
    paths::LedgerPaths,
    private::{KeysFound, VaultOpened},
    projector::Group,
    prover::LatestCheckpoint,
    random::{Random, SystemRandom},
    shared::Derived,
    sidecar,
    stored::{Stored, StoredError},
    tree::{NodeError, Tree},
    world::{Changes, World},
};

/// How to open a ledger.
#[derive(Debug)]
pub struct Config {
    /// Where it lives.
    pub paths: LedgerPaths,
    /// How the store opens.
    pub store: OpenOptions,
    /// Where new case ids, and the salts of private parts, come from.
    pub random: Arc<dyn Random>,
    /// How the files of the vault, and those of index keys, are touched.
    pub vault: Disk,
}

impl Config {
    /// The defaults for a ledger.
    pub fn new(paths: LedgerPaths) -> Self {
        Self {
            paths,
            store: OpenOptions::default(),
            random: Arc::new(SystemRandom),
            vault: Disk::default(),
        }
    }
}

/// A step of opening, for telling an operator.
#[derive(Debug)]
pub enum Step<'a> {
    /// The store works.
    Store(&'a OpenStep<'a>),
    /// Saved state is loaded.
    LoadingState,
    /// Entries behind the saved state are folded.
    Folding {
        /// Entries in the state so far.
        done: Size,
        /// Entries of the ledger.
        total: Size,
    },
}

/// What opening found and did.
#[derive(Debug)]
pub struct OpenReport {
    /// The ledger's head.
    pub head: Head,
    /// What the store found and did.
    pub store: caseledger_store::OpenReport,
    /// What was folded.
    pub replayed: Replayed,
    /// What was done with the vault.
    pub vault: VaultOpened,
    /// How long opening took.
    pub took: Duration,
}

/// What was folded when opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Size of the ledger when the state was saved that was loaded; none if there was none to use.
    pub saved: Option<Size>,
    /// Entries folded.
    pub entries: u64,
    /// How long it took, loading included.
    pub took: Duration,
}

/// A ledger was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its keys or its meta file.
    #[error(transparent)]
    Identity(#[from] KeyFileError),
    /// The store.
    #[error(transparent)]
    Store(#[from] caseledger_store::OpenError),
    /// What the log says of the keys of checkpoints.
    #[error(transparent)]
    Succession(#[from] SuccessionError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An entry does not say anything.
    #[error("entry at position {position}: {source}; check the ledger with fsck")]
    Entry {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        source: StoredError,
    },
    /// A record beside the entries does not say anything.
    #[error(
        "a record of kind {kind} beside the frame at position {position} has {found} bytes, which says nothing; check the ledger with fsck"
    )]
    Sidecar {
        /// First position of the frame.
        position: Position,
        /// Kind of the record.
        kind: u8,
        /// Length of the record.
        found: usize,
    },
    /// Another index key than the present one was used.
    #[error(
        "a record beside the frame at position {position} is of index key {found}, the newest at hand is {expected}: restore the newest key folder; with an older one neither messages nor cases would be known again"
    )]
    IndexGeneration {
        /// First position of the frame.
        position: Position,
        /// Generation of the index key that was used.
        found: u32,
        /// Generation of the index key at hand.
        expected: u32,
    },
    /// An index key of the present number was used, and is another one.
    #[error(
        "the frame at position {position} was recorded with another index key of generation {generation} than the one at hand, which a copy of the ledger made: restore the newest key folder of this one; without it neither messages nor cases would be known again"
    )]
    OtherIndexKey {
        /// First position of the frame.
        position: Position,
        /// Generation of both.
        generation: u32,
    },
    /// Saved state has tokens of a newer index key than the one at hand.
    #[error(
        "saved state is of index key {found}, the newest at hand is {expected}: restore the newest key folder; with an older one messages would not be known again, nor cases by their numbers"
    )]
    SavedIndex {
        /// Generation of the index key that made the tokens.
        found: u32,
        /// Generation of the index key at hand.
        expected: u32,
    },
    /// Index keys that were replaced could not be destroyed.
    #[error("an index key that was replaced is not destroyed: {0}")]
    IndexKeys(#[source] ReplaceError),
    /// An entry stands where it does not belong.
    #[error("entry at position {position} says it stands at {found}; check the ledger with fsck")]
    Misplaced {
        /// Where it stands.
        position: Position,
        /// What it says.
        found: Position,
    },
    /// Entries do not follow each other.
    #[error(
        "chain hash before position {position} is {expected}, found {found}; check the ledger with fsck"
    )]
    Broken {
        /// The position behind the break.
        position: Position,
        /// Hash of the entry before.
        expected: Digest,
        /// The hash that is named.
        found: Digest,
    },
    /// The folded state does not end where the log ends.
    #[error("state folded from the journal ends at {found}, the log at {expected}")]
    Head {
        /// Head of the log.
        expected: Head,
        /// Head of the state.
        found: Head,
    },
    /// A checkpoint that was given out contradicts the entries.
    #[error(
        "the checkpoint kept for size {size} is not the one these entries have; check the ledger with fsck"
    )]
    OtherCheckpoint {
        /// Its size.
        size: Size,
    },
    /// The root could not be computed.
    #[error("root of the tree: {0}")]
    Root(#[from] ProofError<NodeError>),
    /// The checkpoint could not be signed.
    #[error("checkpoint of the ledger: {0}")]
    Checkpoint(#[from] SignError),
    /// Nothing is signed, and no checkpoint that was signed before is kept: each commit keeps that of the one before.
    #[error(
        "the journal keeps no signed checkpoint before its second commit, and nothing is signed while the ledger is open read-only: open it for writing and record more first"
    )]
    NothingSigned,
    /// The state of a stream could not be packed or unpacked.
    #[error("state of a stream: {0}")]
    State(#[from] postcard::Error),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The vault is an old copy, and what was destroyed since could not be destroyed again.
    #[error("the vault is an old copy, and what was destroyed since is not destroyed again: {0}")]
    Replay(#[source] RewrapError),
    /// What was ordered to be destroyed, and was not, could not be destroyed now.
    #[error("what is private of some cases was ordered to be destroyed, and is not: {0}")]
    Shred(#[source] RewrapError),
    /// The courts' time zone.
    #[error(transparent)]
    Zone(#[from] ZoneMissing),
    /// A thread could not be started, or ended before its work was done.
    #[error("a thread of the engine could not do its work")]
    Thread,
}

/// Everything the engine needs to start.
pub(crate) struct Recovered {
    pub(crate) derived: Derived,
    /// What was found of data keys.
    pub(crate) keys: KeysFound,
    pub(crate) replayed: Replayed,
}

struct StoreSteps<'a>(&'a dyn Fn(&Step<'_>));

impl caseledger_store::Progress for StoreSteps<'_> {
    fn step(&self, step: &OpenStep<'_>) {
        (self.0)(&Step::Store(step));
    }
}

/// Opens the log on disk.
pub(crate) fn open_store(
    config: &Config,
    progress: &dyn Fn(&Step<'_>),
) -> Result<(Identity, FileLog, caseledger_store::OpenReport), OpenError> {
    let mut identity = Identity::load_for(&config.paths, config.store.access)?;
    let (log, report) = FileLog::open(config.paths.store(), config.store, &StoreSteps(progress))?;
    // From here on nobody else replaces the index key; until here somebody may have.
    let newest = index_file::newest(config.paths.keys())?;
    if newest != Some(identity.index_key().generation()) {
        identity = Identity::load_for(&config.paths, config.store.access)?;
    }
    Ok((identity, log, report))
}

/// Destroys what a crash left of index keys, behind the commit point or in front of it. Only for a ledger that has
/// started: until then nobody knows whether the newest key is the one that was used.
pub(crate) fn clear_index_keys(config: &Config, identity: &Identity) -> Result<(), OpenError> {
    let generation = identity.index_key().generation();
    index_file::clear(&config.paths, &config.vault, generation).map_err(OpenError::IndexKeys)
}

/// Refuses an index key that neither is the one which the newest frame was recorded with nor was made of it. One that was used
/// for frames before does no harm: what it made of messages is known again.
fn check_used(log: &dyn LogReader, head: Head, key: &IndexKey) -> Result<(), OpenError> {
    let Some(last) = head.size.get().checked_sub(1) else {
        return Ok(());
    };
    let mut newest = None;
    log.replay(Position::new(last), &mut |frame| {
        newest = sidecar::index_key_of(&frame).map(|used| (frame.first(), used));
        ControlFlow::Break(())
    })?;
    let Some((position, used)) = newest.filter(|(_, used)| !key.knows(*used)) else {
        return Ok(());
    };
    let (found, expected) = (used.generation, key.generation());
    Err(if found > expected {
        OpenError::IndexGeneration {
            position,
            found,
            expected,
        }
    } else {
        OpenError::OtherIndexKey {
            position,
            generation: found,
        }
    })
}

/// Loads and folds the state of an open log, and signs its checkpoint; read-only the newest one that
/// was signed before is taken. Checkpoints of groups that end behind `kept` may be missing in the
/// store.
pub(crate) fn recover(
    log: &mut dyn CommitLog,
    snapshots: &dyn Snapshots,
    identity: &mut Identity,
    kept: Size,
    progress: &dyn Fn(&Step<'_>),
) -> Result<Recovered, OpenError> {
    let began = Instant::now();
    let reader = log.reader();
    let head = log.head()?;
    progress(&Step::LoadingState);
    let (age, tokens) = (identity.index_key().age, identity.take_tokens());
    // The journal tells of a newer key only where something was recorded since.
    let expected = age.generation;
    if let Some(found) = keeper::saved_index(snapshots).filter(|found| *found > expected) {
        return Err(OpenError::SavedIndex { found, expected });
    }
    check_used(&*reader, head, identity.index_key())?;
    let loaded = keeper::load(&*reader, snapshots, age);
    let saved = loaded.as_ref().map(|loaded| loaded.world.head().size);
    let loaded = loaded.unwrap_or_else(|| Loaded::before_all(age, &tokens));
    let from = loaded.complete_to();
    let Loaded {
        mut world,
        tree,
        views,
        keys,
    } = fold(&*reader, loaded, from, head, progress)?;
    if saved.is_none() {
        world.drop_strange_tokens();
    }
    drop(tokens);
    if world.head() != head {
        return Err(OpenError::Head {
            expected: head,
            found: world.head(),
        });
    }

    let succession = succession(&*reader, &world, identity.verifier().clone())?;
    identity.adopt(succession)?;
    let registry = registry(&*reader, &world)?;

    // Before anything is signed, and also where something will be.
    let newest = kept::newest_kept(&*reader, &tree, identity)?;
    let latest = if identity.signers().is_read_only() {
        newest.ok_or(OpenError::NothingSigned)?
    } else if head.size.is_zero() {
        LatestCheckpoint::empty(identity)?
    } else {
        let root = tree.root(&*reader, head.size)?;
        LatestCheckpoint::sign(identity, head.size, root)?
    };
    kept::keep_older(log, &*reader, kept)?;
    kept::keep(log, &*reader, &latest)?;
    let entries = head.size.get() - from.get();
    let replayed = Replayed {
        saved,
        entries,
        took: began.elapsed(),
    };
    let derived = Derived {
        world,
        tree,
        views,
        latest,
        registry,
    };
    Ok(Recovered {
        derived,
        keys,
        replayed,
    })
}

/// The keys that the log names, behind the one that was made with the ledger.
fn succession(
    log: &dyn LogReader,
    world: &World,
    first: VerifierKey,
) -> Result<Succession, OpenError> {
    let mut succession = Succession::new(first);
    let operator = StreamId::Org(OrgId::OPERATOR);
    let positions = world.stream(&operator).into_iter();
    for position in positions.flat_map(Packed::positions).map(Position::new) {
        let stored = stored(log, position)?;
        if let Some(fact) = keys::said(&stored.stream, &stored.event) {
            succession.record(position, fact)?;
        }
    }
    Ok(succession)
}

/// Every organisation, folded from the entries of its stream. What was saved does not enter: it is the same fold.
pub(crate) fn registry(log: &dyn LogReader, world: &World) -> Result<Registry, OpenError> {
    let streams = world
        .orgs()
        .filter_map(|org| world.stream(&StreamId::Org(org)));
    let mut positions: Vec<u64> = streams.flat_map(Packed::positions).collect();
    positions.sort_unstable();
    let mut registry = Registry::default();
    for position in positions.into_iter().map(Position::new) {
        let stored = stored(log, position)?;
        if let StreamId::Org(org) = stored.stream {
            registry.apply(org, stored.org, &stored.event);
        }
    }
    Ok(registry)
}

fn stored(log: &dyn LogReader, position: Position) -> Result<Stored, OpenError> {
    let Some(bytes) = log.entry(position)? else {
        let (asked, size) = (position.get(), log.head().size.get());
        return Err(LogError::Beyond { asked, size }.into());
    };
    Stored::decode(&bytes).map_err(|source| OpenError::Entry { position, source })
}

/// Folds the frames from `from` on into everything that lacks them. The views are folded on a
/// thread of their own, as they are when the engine runs.
pub(crate) fn fold(
    log: &dyn LogReader,
    loaded: Loaded,
    from: Size,
    head: Head,
    progress: &dyn Fn(&Step<'_>),
) -> Result<Loaded, OpenError> {
    if from == head.size {
        return Ok(loaded);
    }
    let Loaded {
        world,
        tree,
        mut views,
        keys,
    } = loaded;
    let (groups, queue) = mpsc::sync_channel::<Group>(limits::PROJECTOR_GROUPS_MAX);
    let mut folding = Folding {
        world,
        tree,
        keys,
        overlay: Overlay::default(),
        leaves: Vec::new(),
        chain: from.is_zero().then_some(Digest::ZERO),
    };
    let (folded, views) = std::thread::scope(|scope| {
        let viewing = scope.spawn(move || {
            for group in queue {
                views.apply(&group);
            }
            views
        });
        let mut outcome = Ok(());
        let replayed = log.replay(from.next_position(), &mut |frame| {
            outcome = folding.frame(frame).and_then(|group| {
                let done = group.end;
                progress(&Step::Folding {
                    done,
                    total: head.size,
                });
                groups.send(group).map_err(|_closed| OpenError::Thread)
            });
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        drop(groups);
        (
            outcome.and(replayed.map_err(OpenError::from)),
            viewing.join(),
        )
    });
    folded?;
    let views = views.map_err(|_panicked| OpenError::Thread)?;
    let Folding {
        world, tree, keys, ..
    } = folding;
    Ok(Loaded {
        world,
        tree,
        views,
        keys,
    })
}

/// State while frames are folded into it.
struct Folding {
    world: World,
    tree: Tree,
    keys: KeysFound,
    overlay: Overlay,
    leaves: Vec<Digest>,
    /// Chain hash of the entry before the next frame; none in front of the first one.
    chain: Option<Digest>,
}

impl Folding {
    fn frame(&mut self, frame: ReplayFrame<'_>) -> Result<Group, OpenError> {
        let end = frame.end();
        let first = frame.first();
        self.overlay.clear();
        self.leaves.clear();
        let mut recorded_at = 0;
        for (bytes, position) in frame.entries().zip(first.get()..) {
            recorded_at = self.entry(bytes, Position::new(position), end.size)?;
        }
        if self.chain != Some(end.chain) {
            let found = self.chain.unwrap_or(Digest::ZERO);
            let position = end.size.next_position();
            return Err(OpenError::Broken {
                position,
                expected: end.chain,
                found,
            });
        }
        for (kind, bytes) in frame.sidecars() {
            let malformed = OpenError::Sidecar {
                position: first,
                kind,
                found: bytes.len(),
            };
            match kind {
                sidecar::TOKEN => {
                    let record = sidecar::decode_token(bytes).ok_or(malformed)?;
                    self.token(first, record)?;
                }
                sidecar::INDEX_KEY => {
                    // The newest frame was looked at.
                    sidecar::decode_index_key(bytes).ok_or(malformed)?;
                }
                sidecar::DATA_KEY => {
                    let (case, key) = sidecar::decode_data_key(bytes).ok_or(malformed)?;
                    self.keys.add(case, key);
                }
                _ => {}
            }
        }
        if self.tree.size().get() == first.get() {
            self.tree.extend(&self.leaves);
        }
        let mut changes = Changes::new(end, recorded_at);
        let events = self.overlay.finish(&self.world, &mut changes)?;
        for applied in &events {
            if let Fact::Case(CaseFact::ShredConfirmed { generation, .. }) = applied.event.fact {
                self.keys.destroyed(generation);
            }
        }
        self.world.apply(changes);
        Ok(Group {
            end: end.size,
            events,
        })
    }

    /// Takes a token of the present index key. One of an earlier key stands among those that the present one was made
    /// with, or nowhere any more.
    fn token(&mut self, first: Position, record: sidecar::TokenRecord) -> Result<(), OpenError> {
        let Age { generation, since } = self.world.age();
        let found = record.generation;
        if found > generation || (found < generation && !since.contains(first)) {
            return Err(OpenError::IndexGeneration {
                position: first,
                found,
                expected: generation,
            });
        }
        if found == generation {
            self.overlay.add_token(record.token, record.case);
        }
        Ok(())
    }

    /// Folds one entry of the frame that ends at `end`; when it was recorded.
    fn entry(&mut self, bytes: &[u8], position: Position, end: Size) -> Result<u64, OpenError> {
        let stored =
            Stored::decode(bytes).map_err(|source| OpenError::Entry { position, source })?;
        let Stored {
            header,
            stream,
            org,
            event,
        } = stored;
        if header.position != position {
            return Err(OpenError::Misplaced {
                position,
                found: header.position,
            });
        }
        if let Some(expected) = self.chain.filter(|chain| *chain != header.prev) {
            return Err(OpenError::Broken {
                position,
                expected,
                found: header.prev,
            });
        }
        let chain = chain_hash(bytes);
        self.chain = Some(chain);
        if !self.tree.size().contains(position) {
            self.leaves.push(leaf_hash(bytes));
        }
        if header.part == 0 {
            let seen = FirstSeen {
                position: position.get(),
                parts: header.parts,
                content: header.content,
            };
            let key = (header.submitter, header.message_id);
            let (number, recorded_at) = (header.submitter_seq, header.recorded_at);
            self.overlay
                .add_message(&self.world, key, seen, number, recorded_at);
        }
        // A shard that was saved behind this frame has the event, and the views have it too.
        if !self.world.knows(&stream, end.get()) {
            let draft = self.overlay.load(&self.world, stream)?;
            self.overlay.fold(draft, position.get(), org, event);
            self.overlay.seal(draft, position.get(), chain);
        }
        Ok(header.recorded_at)
    }
}

#[cfg(test)]
mod tests;
