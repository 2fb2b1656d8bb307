use std::sync::mpsc;

use caseledger_chain::{KeyName, LedgerId, SigningKey};
use caseledger_domain::{
    CaseFact, CaseToken, Charge, ChargeId, CohortFact, Command, ControlTotals, Date, Expected,
    Fact, Scope, Target,
    vocabulary::{Family, Role, Severity, Source, Supervision},
};
use caseledger_proto::Submission;
use caseledger_store::MemoryLog;
use caseledger_vault::{Opened, Vault, Verdict};

use super::*;
use crate::{
    IndexKey, ManualClock, SeededRandom,
    engine::{Engine, Parts},
    job::Poster,
    shared::Shared,
    world::SHARDS,
};

fn identity() -> Identity {
    let key = SigningKey::from_seed(KeyName::parse("ledger.example/test").unwrap(), &[1; 32]);
    Identity::new(LedgerId::from_bytes([1; 16]), key, IndexKey::new(&[2; 32]))
}

/// Keeps the folder of a vault for as long as the vault.
#[derive(Debug)]
struct Keep(tempfile::TempDir);

impl caseledger_vault::Watch for Keep {
    fn before(&self, _: caseledger_vault::Step, path: &std::path::Path) -> Verdict {
        assert!(path.starts_with(self.0.path()));
        Verdict::Go
    }
}

/// A vault in which nothing is kept.
fn vault() -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.vault");
    let disk = Disk::watched(Arc::new(Keep(folder)));
    let ledger = identity().ledger();
    let means = || crate::private::means(&path, ledger, disk.clone());
    Vault::create(&path, ledger, means()).unwrap();
    Vault::open(&path, ledger, means(), None).unwrap()
}

/// An engine over a log, which stays at hand.
fn engine(log: Box<dyn CommitLog>, snapshots: &Arc<dyn Snapshots>) -> Engine {
    let seed = log.head().unwrap().size.get();
    let parts = Parts {
        log,
        snapshots: Arc::clone(snapshots),
        identity: identity(),
        clock: Arc::new(ManualClock::new(1_632_744_000_000_000)),
        random: Arc::new(SeededRandom::new(seed)),
        vault: vault(),
    };
    Engine::over(parts, &|_| ()).unwrap().0
}

fn submission(message: u64, target: Target, fact: Fact) -> Submission {
    let mut message_id = [0; 16];
    message_id[..8].copy_from_slice(&message.to_be_bytes());
    let occurred_on = Date::from_yyyymmdd(20_210_927).unwrap();
    let (expected, scope) = (Expected::Any, Scope::WholeCase);
    let commands = vec![Command {
        target,
        expected,
        scope,
        occurred_on,
        fact,
    }];
    // Pairs swapped, and every other number missing.
    let submitter_seq = if message < 1_000 {
        2 * (message ^ 1)
    } else {
        0
    };
    let content = [3; 32];
    Submission {
        message_id,
        submitter_seq,
        content,
        bytes: 0,
        commands,
        canonical_cases: Vec::new(),
        courts: Vec::new(),
        private: Vec::new(),
        signed: None,
    }
}

fn open_cohort() -> Submission {
    let fact = CohortFact::CohortOpened {
        version: 1,
        source: Source::CourtRecords,
        file_digest: [5; 32],
        declared: ControlTotals::default(),
        supersedes: None,
    };
    submission(
        1_000_000,
        Target::Cohort("LA.1".parse().unwrap()),
        Fact::Cohort(fact),
    )
}

fn identify(number: u64) -> Submission {
    let mut token = [9; 16];
    token[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let charge = Charge {
        id: ChargeId(1),
        section: "HS 11357(b)".parse().unwrap(),
        family: Family::Possession,
        severity: Severity::Felony,
        conviction_year: 1990,
        counts: 1,
        sentence: Supervision::Completed,
        in_comment_only: false,
    };
    let fact = CaseFact::CaseIdentified {
        cohort: "LA.1".parse().unwrap(),
        row: number as u32 + 1,
        source: Source::CourtRecords,
        county: 37,
        court: "LASC-CJC".parse().unwrap(),
        agency: "lada".parse().unwrap(),
        person: None,
        charges: vec![charge],
    };
    submission(
        number,
        Target::CaseKey(CaseToken::from_bytes(token)),
        Fact::Case(fact),
    )
}

fn submit(engine: &Engine, submissions: Vec<Submission>) {
    let poster = Poster {
        org: "lada".parse().unwrap(),
        role: Role::ProsecutorCounty,
    };
    let outcomes = engine.submit_wait(poster, submissions).unwrap();
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

/// A log that several engines write, one after the other or one beside a copy of its start.
struct Shadow(Arc<std::sync::Mutex<MemoryLog>>, Arc<dyn LogReader>);

impl CommitLog for Shadow {
    fn head(&self) -> Result<Head, LogError> {
        self.0.lock().unwrap().head()
    }

    fn append(
        &mut self,
        expected: Head,
        commit: Arc<caseledger_store::Commit>,
    ) -> Result<Head, caseledger_store::AppendError> {
        self.0.lock().unwrap().append(expected, commit)
    }

    fn record_checkpoint(&mut self, size: Size, note: &[u8]) -> Result<(), LogError> {
        self.0.lock().unwrap().record_checkpoint(size, note)
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::clone(&self.1)
    }

    fn close(self: Box<Self>) -> Result<(), LogError> {
        Ok(())
    }
}

fn assert_same(live: &Shared, opened: &Shared) {
    opened
        .wait_for_views(live.marks().durable, limits::READ_WAIT_MAX)
        .unwrap();
    for shard in 0..SHARDS {
        assert_eq!(
            opened.world().image(shard),
            live.world().image(shard),
            "shard {shard}"
        );
    }
    assert_eq!(opened.world().head(), live.world().head());
    assert_eq!(opened.world().recorded_at(), live.world().recorded_at());
    assert_eq!(opened.world().feeds(), live.world().feeds());
    assert_eq!(opened.world().shreds(), live.world().shreds());
    assert_eq!(opened.tree().image(), live.tree().image());
    assert!(*opened.views() == *live.views());
    assert_eq!(opened.latest(), live.latest());
}

#[test]
fn what_is_folded_from_the_journal_is_what_the_writer_had() {
    let log = MemoryLog::new();
    let (reader, snapshots) = (log.reader(), log.snapshots());
    let log = Arc::new(std::sync::Mutex::new(log));
    let over = || Box::new(Shadow(Arc::clone(&log), Arc::clone(&reader)));
    let live = engine(over(), &snapshots);
    submit(&live, vec![open_cohort()]);
    for number in 0..50 {
        submit(&live, (number * 4..number * 4 + 4).map(identify).collect());
    }
    live.shared()
        .wait_for_views(live.shared().marks().durable, limits::READ_WAIT_MAX)
        .unwrap();
    let opened = engine(over(), &snapshots);
    assert_same(live.shared(), opened.shared());
}

#[test]
fn state_saved_while_the_writer_goes_on_is_completed_by_folding() {
    let log = MemoryLog::new();
    let (reader, snapshots) = (log.reader(), log.snapshots());
    let log = Arc::new(std::sync::Mutex::new(log));
    let over = || Box::new(Shadow(Arc::clone(&log), Arc::clone(&reader)));
    let live = engine(over(), &snapshots);
    submit(&live, vec![open_cohort()]);
    submit(&live, (0..500).map(identify).collect());
    // The saver meets the writer again and again: each shard is saved at another size.
    let slow = Meeting::new(Arc::clone(&snapshots));
    std::thread::scope(|scope| {
        let saving = scope.spawn(|| keeper::save_in_parts(live.shared(), &slow, 1));
        for number in 0..60 {
            submit(
                &live,
                (1_000 + number * 10..1_010 + number * 10)
                    .map(identify)
                    .collect(),
            );
            slow.go_on();
        }
        slow.release();
        saving.join().unwrap().unwrap();
    });
    submit(&live, (5_000..5_100).map(identify).collect());
    live.shared()
        .wait_for_views(live.shared().marks().durable, limits::READ_WAIT_MAX)
        .unwrap();
    let loaded = keeper::load(&*reader, &*snapshots, Age::FIRST).unwrap();
    assert!(
        loaded.complete_to() < loaded.views.size(),
        "the parts were saved at one size"
    );
    let opened = engine(over(), &snapshots);
    assert_same(live.shared(), opened.shared());
}

/// Snapshots whose saves wait for a word each, until they are released.
struct Meeting {
    inner: Arc<dyn Snapshots>,
    words: std::sync::Mutex<Option<mpsc::Sender<()>>>,
    waiting: std::sync::Mutex<mpsc::Receiver<()>>,
}

impl Meeting {
    fn new(inner: Arc<dyn Snapshots>) -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            inner,
            words: std::sync::Mutex::new(Some(sender)),
            waiting: std::sync::Mutex::new(receiver),
        }
    }

    fn go_on(&self) {
        if let Some(sender) = &*self.words.lock().unwrap() {
            sender.send(()).unwrap();
        }
    }

    fn release(&self) {
        *self.words.lock().unwrap() = None;
    }
}

impl Snapshots for Meeting {
    fn save(&self, name: &str, upto: Size, bytes: &[u8]) -> Result<(), LogError> {
        // Either a word, or nobody left to give one.
        let _word_or_nobody = self.waiting.lock().unwrap().recv();
        self.inner.save(name, upto, bytes)
    }

    fn load(&self, name: &str) -> Result<Option<(Size, Vec<u8>)>, LogError> {
        self.inner.load(name)
    }

    fn remove(&self, name: &str) -> Result<(), LogError> {
        self.inner.remove(name)
    }
}

/// A log that somebody wrote, closed, with the state that was saved then.
struct History {
    log: Arc<std::sync::Mutex<MemoryLog>>,
    reader: Arc<dyn LogReader>,
    snapshots: Arc<dyn Snapshots>,
    latest: LatestCheckpoint,
}

/// A cohort, and `cases` in as many groups. All histories begin with the same entry.
fn history(cases: impl Iterator<Item = u64>) -> History {
    let log = MemoryLog::new();
    let (reader, snapshots) = (log.reader(), log.snapshots());
    let log = Arc::new(std::sync::Mutex::new(log));
    let over = Shadow(Arc::clone(&log), Arc::clone(&reader));
    let live = engine(Box::new(over), &snapshots);
    submit(&live, vec![open_cohort()]);
    cases.for_each(|number| submit(&live, vec![identify(number)]));
    let latest = live.prover().latest();
    live.close().unwrap();
    History {
        log,
        reader,
        snapshots,
        latest,
    }
}

/// What reads find where the store is of another history than the journal.
struct Mixed {
    store: Arc<dyn LogReader>,
    journal: Arc<dyn LogReader>,
}

impl Mixed {
    fn at(&self, at: Position) -> &dyn LogReader {
        let stored = self.store.head().size.contains(at);
        &**if stored { &self.store } else { &self.journal }
    }
}

impl LogReader for Mixed {
    fn head(&self) -> Head {
        self.journal.head()
    }

    fn read(
        &self,
        from: Position,
        max: caseledger_store::ReadLimit,
    ) -> Result<caseledger_store::Entries, LogError> {
        self.at(from).read(from, max)
    }

    fn entry(&self, at: Position) -> Result<Option<bytes::Bytes>, LogError> {
        self.at(at).entry(at)
    }

    fn leaves(&self, from: Position, count: usize) -> Result<Vec<Digest>, LogError> {
        let mut leaves = self.at(from).leaves(from, count)?;
        let next = Position::new(from.get() + leaves.len() as u64);
        if leaves.len() < count && self.head().size.contains(next) {
            leaves.extend(self.journal.leaves(next, count - leaves.len())?);
        }
        Ok(leaves)
    }

    fn checkpoint_covering(&self, at: Position) -> Result<Option<(Size, Vec<u8>)>, LogError> {
        self.store.checkpoint_covering(at)
    }

    fn replay(
        &self,
        from: Position,
        each: &mut dyn FnMut(ReplayFrame<'_>) -> ControlFlow<()>,
    ) -> Result<(), LogError> {
        self.journal.replay(from, each)
    }
}

/// The parts of an engine over the journal of `right` and the store of `stale`.
fn mixed(right: &History, stale: &History, snapshots: &Arc<dyn Snapshots>) -> Parts {
    let reader = Arc::new(Mixed {
        store: Arc::clone(&stale.reader),
        journal: Arc::clone(&right.reader),
    });
    Parts {
        log: Box::new(Shadow(Arc::clone(&right.log), reader)),
        snapshots: Arc::clone(snapshots),
        identity: identity(),
        clock: Arc::new(ManualClock::new(1_632_744_000_000_000)),
        random: Arc::new(SeededRandom::new(1)),
        vault: vault(),
    }
}

#[test]
fn saved_state_of_another_history_is_not_loaded_although_the_store_has_its_entries() {
    let (right, stale) = (history(1_000..1_300), history(0..10));
    let parts = mixed(&right, &stale, &stale.snapshots);
    let (engine, replayed) = Engine::over(parts, &|_| ()).unwrap();
    assert_eq!(replayed.saved, None);
    assert_eq!(engine.prover().latest(), right.latest);
}

#[test]
fn nothing_is_signed_over_a_tree_that_does_not_have_the_newest_kept_root() {
    let (right, stale) = (history(1_000..1_005), history(0..2));
    let none = MemoryLog::new().snapshots();
    let refused = Engine::over(mixed(&right, &stale, &none), &|_| ());
    assert!(
        matches!(refused, Err(OpenError::OtherCheckpoint { size }) if size.get() == 5),
        "{refused:?}"
    );
}

/// Snapshots during whose saving of the views something happens.
struct During<F>(Arc<dyn Snapshots>, F);

impl<F: Fn() + Send + Sync> Snapshots for During<F> {
    fn save(&self, name: &str, upto: Size, bytes: &[u8]) -> Result<(), LogError> {
        if name.contains("views") {
            (self.1)();
        }
        self.0.save(name, upto, bytes)
    }

    fn load(&self, name: &str) -> Result<Option<(Size, Vec<u8>)>, LogError> {
        self.0.load(name)
    }

    fn remove(&self, name: &str) -> Result<(), LogError> {
        self.0.remove(name)
    }
}

#[test]
fn saved_state_whose_last_part_is_behind_the_fork_is_not_loaded() {
    let log = MemoryLog::new();
    let (reader, snapshots) = (log.reader(), log.snapshots());
    let live = engine(Box::new(log), &snapshots);
    submit(&live, vec![open_cohort()]);
    (0..3).for_each(|number| submit(&live, vec![identify(number)]));
    let fork = || submit(&live, vec![identify(50)]);
    keeper::save(live.shared(), &During(Arc::clone(&snapshots), fork)).unwrap();
    let ends = |loaded: Loaded| (loaded.world.head().size.get(), loaded.tree.size().get());
    let own = keeper::load(&*reader, &*snapshots, Age::FIRST).map(ends);
    assert_eq!(own, Some((4, 5)), "the tree was saved behind the head");
    let right = history((0..3).chain(1_000..1_005));
    let prefix = right.reader.entry(Position::new(3)).unwrap();
    assert_eq!(prefix, reader.entry(Position::new(3)).unwrap());
    assert!(keeper::load(&*right.reader, &*snapshots, Age::FIRST).is_none());
}
