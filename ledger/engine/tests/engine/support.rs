//! A ledger for tests: fixed keys, a clock that stands still, seeded case ids, and a log that can
//! be held up or made to fail.

use std::{
    collections::VecDeque,
    io,
    path::Path,
    sync::{Arc, Condvar, Mutex, mpsc},
    time::Duration,
};

use bytes::Bytes;
use caseledger_chain::{Digest, KeyName, LedgerId, Origin, Position, SigningKey, Size};
use caseledger_domain::{
    CaseFact, CaseToken, Charge, ChargeId, CohortFact, CohortId, Command, ControlTotals, Date,
    Expected, Fact, FilingId, InitiativeFact, InitiativeId, OrderId, OrgId, Policy, RuleSet, Scope,
    Target,
    vocabulary::{
        Coded, Determination, DeterminationReason, DismissalReason, Family, FilingVehicle,
        LegalBasis, NewDisposition, Remedy, Role, Severity, Source, Supervision,
    },
};
use caseledger_engine::{
    Ack, Config, Engine, Identity, IndexKey, Job, LedgerPaths, ManualClock, OpenReport, Outcome,
    Parts, Poster, Receipt, SeededRandom, Submission,
};
use caseledger_store::{
    AppendError, Commit, CommitLog, Entries, Head, LogError, LogReader, MemoryLog, ReadLimit,
    Snapshots, Unavailable,
};
use caseledger_vault::{
    Disk, FileKeyring, Means, Opened, Random, SystemRandom, Vault, VaultCase, WrappedKey,
};

/// 2021-09-27T12:00:00Z: the day the second list was announced.
pub(crate) const NOW: u64 = 1_632_744_000_000_000;

/// Longer than anything here takes; a test that waits so long fails.
pub(crate) const LONG: Duration = Duration::from_mins(1);

pub(crate) fn date(number: u32) -> Date {
    Date::from_yyyymmdd(number).unwrap()
}

pub(crate) fn prosecutor() -> Poster {
    Poster {
        org: "lada".parse().unwrap(),
        role: Role::ProsecutorCounty,
    }
}

pub(crate) fn court() -> Poster {
    Poster {
        org: "lasc".parse().unwrap(),
        role: Role::Court,
    }
}

pub(crate) fn initiative() -> InitiativeId {
    "LA-2021-COURT".parse().unwrap()
}

pub(crate) fn cohort() -> CohortId {
    "LA-2021-COURT.1".parse().unwrap()
}

pub(crate) fn token(number: u64) -> CaseToken {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    CaseToken::from_bytes(bytes)
}

pub(crate) fn identity() -> Identity {
    let name = KeyName::parse("ledger.example/test").unwrap();
    let key = SigningKey::from_seed(name, &[3; 32]);
    Identity::new(LedgerId::from_bytes([9; 16]), key, IndexKey::new(&[4; 32]))
}

pub(crate) fn rules() -> RuleSet {
    RuleSet {
        id: "HS-11361.9".parse().unwrap(),
        version: 1,
    }
}

fn policy() -> Policy {
    Policy {
        version: 1,
        rule_set: rules(),
        challenge_deadline: None,
        approved_to_filed_days: 30,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 60,
    }
}

pub(crate) fn command(target: Target, fact: Fact) -> Command {
    let (expected, scope) = (Expected::Any, Scope::WholeCase);
    Command {
        target,
        expected,
        scope,
        occurred_on: date(20_210_927),
        fact,
    }
}

pub(crate) fn on_case(number: u64, fact: CaseFact) -> Command {
    command(Target::CaseKey(token(number)), Fact::Case(fact))
}

pub(crate) fn open_initiative() -> Command {
    let fact = InitiativeFact::InitiativeOpened {
        basis: LegalBasis::Hs113619,
        lead: prosecutor().org,
        counties: vec![37],
        policy: policy(),
    };
    command(Target::Initiative(initiative()), Fact::Initiative(fact))
}

pub(crate) fn open_cohort() -> Command {
    let fact = CohortFact::CohortOpened {
        version: 1,
        source: Source::CourtRecords,
        file_digest: [5; 32],
        declared: ControlTotals {
            rows: 3,
            felonies: 3,
            ..ControlTotals::default()
        },
        supersedes: None,
    };
    command(Target::Cohort(cohort()), Fact::Cohort(fact))
}

pub(crate) fn charge(id: u16) -> Charge {
    Charge {
        id: ChargeId(id),
        section: "HS 11357(b)".parse().unwrap(),
        family: Family::Possession,
        severity: Severity::Felony,
        conviction_year: 1990 + id,
        counts: 1,
        sentence: Supervision::Completed,
        in_comment_only: false,
    }
}

pub(crate) fn identify(number: u64) -> Command {
    let fact = CaseFact::CaseIdentified {
        cohort: cohort(),
        row: u32::try_from(number).unwrap() + 1,
        source: Source::CourtRecords,
        county: 37,
        court: "LASC-CJC".parse().unwrap(),
        agency: prosecutor().org,
        person: None,
        charges: vec![charge(1)],
    };
    on_case(number, fact)
}

pub(crate) fn determine(number: u64) -> Command {
    let fact = CaseFact::EligibilityDetermined {
        determination: Determination::Eligible,
        remedy: Some(Remedy::DismissAndSeal),
        rules: rules(),
        reasons: vec![Coded::Known(DeterminationReason::Section11357Ab)],
        evaluated_as_of: date(20_210_927),
    };
    on_case(number, fact)
}

pub(crate) fn approve(number: u64) -> Command {
    on_case(
        number,
        CaseFact::ReviewApproved {
            basis: LegalBasis::Hs113619,
        },
    )
}

pub(crate) fn file(number: u64) -> Command {
    let filing = FilingId::from_bytes([u8::try_from(number % 200).unwrap(); 16]);
    let (vehicle, row) = (FilingVehicle::Motion, None);
    on_case(
        number,
        CaseFact::FilingSubmitted {
            filing,
            vehicle,
            row,
        },
    )
}

/// By the court.
pub(crate) fn dismiss(number: u64) -> Command {
    let fact = CaseFact::DispositionEntered {
        disposition: NewDisposition::Dismissed,
        severity_after: None,
        reason: Some(Coded::Known(DismissalReason::Hs113619)),
        order: None,
    };
    on_case(number, fact)
}

pub(crate) fn order(number: u8) -> OrderId {
    OrderId::from_bytes([number; 16])
}

/// A submission whose message id is made of a number; its content is what it commands.
pub(crate) fn submission(message: u64, commands: Vec<Command>) -> Submission {
    let mut message_id = [1; 16];
    message_id[..8].copy_from_slice(&message.to_be_bytes());
    let content = *blake3::hash(format!("{commands:?}").as_bytes()).as_bytes();
    Submission {
        message_id,
        submitter_seq: 0,
        content,
        bytes: 0,
        commands,
        canonical_cases: Vec::new(),
        courts: Vec::new(),
        private: Vec::new(),
        signed: None,
    }
}

/// A vault for a log in memory.
#[derive(Clone)]
pub(crate) struct VaultFolder(Arc<tempfile::TempDir>);

impl VaultFolder {
    pub(crate) fn new() -> Self {
        let folder = Self(Arc::new(tempfile::tempdir().unwrap()));
        let ledger = identity().ledger();
        Vault::create(&folder.path(), ledger, folder.means(Disk::default())).unwrap();
        folder
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.0.path().join("ledger.vault")
    }

    fn means(&self, disk: Disk) -> Means {
        let ledger = identity().ledger();
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let keys = FileKeyring::new(self.path(), ledger, Arc::clone(&random), disk.clone());
        Means {
            keys: Box::new(keys),
            random,
            disk,
        }
    }

    /// A copy of its files, as a backup has them.
    pub(crate) fn copied(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&self.path(), copy.path());
        copy
    }

    /// Puts a copy in its place.
    pub(crate) fn restore(&self, copy: &tempfile::TempDir) {
        std::fs::remove_dir_all(self.path()).unwrap();
        copy_folder(copy.path(), &self.path());
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(self.path(), private).unwrap();
    }

    pub(crate) fn open(&self) -> Opened {
        self.open_on(Disk::default())
    }

    pub(crate) fn open_on(&self, disk: Disk) -> Opened {
        Vault::open(&self.path(), identity().ledger(), self.means(disk), None).unwrap()
    }
}

/// An engine over a log in memory, and what the test needs to reach behind it.
pub(crate) struct Memory {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) gate: Arc<Gate>,
    /// Removed when the test is over.
    _vault: VaultFolder,
}

pub(crate) fn memory() -> Memory {
    let log = MemoryLog::new();
    let snapshots = log.snapshots();
    memory_over(
        Box::new(log),
        snapshots,
        &VaultFolder::new(),
        Disk::default(),
    )
}

pub(crate) fn memory_over(
    log: Box<dyn CommitLog>,
    snapshots: Arc<dyn Snapshots>,
    vault: &VaultFolder,
    disk: Disk,
) -> Memory {
    let gate = Arc::new(Gate::default());
    let clock = Arc::new(ManualClock::new(NOW));
    // Another seed at every opening: ids are drawn once.
    let seed = log.head().unwrap().size.get();
    let parts = Parts {
        log: Box::new(GatedLog {
            log,
            gate: Arc::clone(&gate),
        }),
        snapshots,
        identity: identity(),
        clock: Arc::clone(&clock) as _,
        random: Arc::new(SeededRandom::new(seed)),
        vault: vault.open_on(disk),
    };
    let (engine, _) = Engine::over(parts, &|_| ()).unwrap();
    Memory {
        engine,
        clock,
        gate,
        _vault: vault.clone(),
    }
}

impl Memory {
    /// With initiative and cohort open, so that cases can be identified. Two entries.
    pub(crate) fn opened() -> Self {
        let memory = memory();
        open(&memory.engine);
        memory
    }
}

/// Opens initiative and cohort.
pub(crate) fn open(engine: &Engine) {
    let set = submission(u64::MAX, vec![open_initiative(), open_cohort()]);
    accept(engine, prosecutor(), set);
}

/// One submission, and what it came to.
pub(crate) fn submit(engine: &Engine, poster: Poster, submission: Submission) -> Outcome {
    let mut outcomes = engine.submit_wait(poster, vec![submission]).unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.pop().unwrap()
}

pub(crate) fn accept(engine: &Engine, poster: Poster, submission: Submission) -> Ack {
    submit(engine, poster, submission).unwrap()
}

/// A job that is in the queue: its outcomes come when the writer gets to it.
pub(crate) struct Pending(mpsc::Receiver<Vec<Outcome>>);

impl Pending {
    pub(crate) fn outcomes(self) -> Vec<Outcome> {
        self.0.recv_timeout(LONG).unwrap()
    }
}

pub(crate) fn queue(engine: &Engine, poster: Poster, submissions: Vec<Submission>) -> Pending {
    let (sender, receiver) = mpsc::channel();
    let reply = Box::new(move |outcomes| drop(sender.send(outcomes)));
    engine
        .submit(Job {
            poster,
            submissions,
            reply,
        })
        .unwrap();
    Pending(receiver)
}

/// Everything a receipt says, as bytes to compare.
pub(crate) fn receipt_bytes(receipt: &Receipt) -> (u64, Digest, Vec<u8>, String, String) {
    (
        receipt.position().get(),
        receipt.chain_hash(),
        receipt.entry().to_vec(),
        receipt.tlog_proof().unwrap(),
        receipt.file().unwrap(),
    )
}

/// Holds the writer up in front of the commit point.
#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<GateState>,
    moved: Condvar,
}

#[derive(Default)]
struct GateState {
    closed: bool,
    /// Appends that stand in front of the gate.
    standing: usize,
    failures: VecDeque<Failure>,
}

/// What an append is made to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    /// Nothing is written; later appends work.
    DiskFull,
    /// Nothing is written, and nobody can tell.
    IndeterminateLost,
    /// Everything is written, and nobody can tell.
    IndeterminateWritten,
}

impl Gate {
    pub(crate) fn close(&self) {
        self.state.lock().unwrap().closed = true;
    }

    pub(crate) fn open(&self) {
        self.state.lock().unwrap().closed = false;
        self.moved.notify_all();
    }

    /// Waits until the writer stands in front of the gate.
    pub(crate) fn wait_for_writer(&self) {
        let state = self.state.lock().unwrap();
        let (state, timeout) = self
            .moved
            .wait_timeout_while(state, LONG, |state| state.standing == 0)
            .unwrap();
        assert!(!timeout.timed_out() && state.standing == 1);
    }

    pub(crate) fn fail_next(&self, failure: Failure) {
        self.state.lock().unwrap().failures.push_back(failure);
    }

    fn pass(&self) -> Option<Failure> {
        let mut state = self.state.lock().unwrap();
        state.standing += 1;
        self.moved.notify_all();
        let (mut state, _) = self
            .moved
            .wait_timeout_while(state, LONG, |state| state.closed)
            .unwrap();
        state.standing -= 1;
        state.failures.pop_front()
    }
}

struct GatedLog {
    log: Box<dyn CommitLog>,
    gate: Arc<Gate>,
}

impl CommitLog for GatedLog {
    fn head(&self) -> Result<Head, LogError> {
        self.log.head()
    }

    fn append(&mut self, expected: Head, commit: Arc<Commit>) -> Result<Head, AppendError> {
        match self.gate.pass() {
            None => self.log.append(expected, commit),
            Some(Failure::DiskFull) => {
                Err(Unavailable::FullDisk(io::ErrorKind::StorageFull.into()).into())
            }
            Some(Failure::IndeterminateLost) => {
                Err(AppendError::Indeterminate(io::ErrorKind::Other.into()))
            }
            Some(Failure::IndeterminateWritten) => {
                self.log.append(expected, commit)?;
                Err(AppendError::Indeterminate(io::ErrorKind::Other.into()))
            }
        }
    }

    fn record_checkpoint(&mut self, size: Size, note: &[u8]) -> Result<(), LogError> {
        self.log.record_checkpoint(size, note)
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        self.log.reader()
    }

    fn close(self: Box<Self>) -> Result<(), LogError> {
        self.log.close()
    }
}

/// A log in memory that several engines can be opened over, one after the other, like a folder.
#[derive(Clone)]
pub(crate) struct Kept {
    log: Arc<Mutex<MemoryLog>>,
    reader: Arc<dyn LogReader>,
    pub(crate) snapshots: Arc<dyn Snapshots>,
    pub(crate) vault: VaultFolder,
}

impl Kept {
    pub(crate) fn new() -> Self {
        let log = MemoryLog::new();
        let (reader, snapshots) = (log.reader(), log.snapshots());
        Self {
            log: Arc::new(Mutex::new(log)),
            reader,
            snapshots,
            vault: VaultFolder::new(),
        }
    }

    /// The journal.
    pub(crate) fn reader(&self) -> &dyn LogReader {
        &*self.reader
    }

    /// Every data key that stands in the journal.
    pub(crate) fn data_keys(&self) -> Vec<(VaultCase, WrappedKey)> {
        let mut keys = Vec::new();
        let each = &mut |frame: caseledger_store::ReplayFrame<'_>| {
            for (_, bytes) in frame.sidecars().filter(|(kind, _)| *kind == 3) {
                let (case, key) = bytes.split_first_chunk().unwrap();
                let key = WrappedKey::from_bytes(key).unwrap();
                keys.push((VaultCase::from_bytes(*case), key));
            }
            std::ops::ControlFlow::Continue(())
        };
        self.reader.replay(Position::ZERO, each).unwrap();
        keys
    }

    pub(crate) fn open(&self) -> Memory {
        self.open_on(Disk::default())
    }

    /// With a vault that can be interrupted.
    pub(crate) fn open_on(&self, disk: Disk) -> Memory {
        let snapshots = Arc::clone(&self.snapshots);
        memory_over(Box::new(self.clone()), snapshots, &self.vault, disk)
    }

    pub(crate) fn open_with(&self, snapshots: Arc<dyn Snapshots>) -> Memory {
        let log = Box::new(self.clone());
        memory_over(log, snapshots, &self.vault, Disk::default())
    }
}

impl CommitLog for Kept {
    fn head(&self) -> Result<Head, LogError> {
        self.log.lock().unwrap().head()
    }

    fn append(&mut self, expected: Head, commit: Arc<Commit>) -> Result<Head, AppendError> {
        self.log.lock().unwrap().append(expected, commit)
    }

    fn record_checkpoint(&mut self, size: Size, note: &[u8]) -> Result<(), LogError> {
        self.log.lock().unwrap().record_checkpoint(size, note)
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::clone(&self.reader)
    }

    fn close(self: Box<Self>) -> Result<(), LogError> {
        Ok(())
    }
}

/// A ledger in a temporary folder.
pub(crate) struct Folder {
    /// Removed when the test is over.
    _kept: tempfile::TempDir,
    pub(crate) paths: LedgerPaths,
    pub(crate) identity: Identity,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = LedgerPaths::beside(folder.path().join("ledger")).unwrap();
        let origin = Origin::parse("ledger.example/test").unwrap();
        let random = SeededRandom::new(2);
        let identity =
            caseledger_engine::init(&paths, &origin, "caseledger tests", &random).unwrap();
        Self {
            _kept: folder,
            paths,
            identity,
        }
    }

    pub(crate) fn open(&self) -> (Engine, OpenReport) {
        let config = Config::new(self.paths.clone());
        let clock = Arc::new(ManualClock::new(NOW));
        Engine::open(&config, clock, &|_| ()).unwrap()
    }

    /// What is in the files while the ledger is open: a process that was killed at this moment.
    pub(crate) fn killed(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = LedgerPaths::beside(folder.path().join("ledger")).unwrap();
        copy_folder(self.data(), paths.data());
        for (from, to) in [
            (self.paths.keys(), paths.keys()),
            (self.paths.vault(), paths.vault()),
        ] {
            copy_folder(from, to);
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            std::fs::set_permissions(to, private).unwrap();
        }
        std::fs::copy(self.paths.store().guard(), paths.store().guard()).unwrap();
        Self {
            _kept: folder,
            paths,
            identity: self.identity.clone(),
        }
    }

    pub(crate) fn data(&self) -> &Path {
        self.paths.data()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy_folder(&file.path(), &target);
        } else if let Err(error) = copy_file(&file.path(), &target) {
            // Temporary files may get their final name while a living ledger is copied.
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
    }
}

/// A copy with a hole where the file ends in zeros: most of a journal is room for frames to come.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    const PAGE: usize = 4096;
    let mut bytes = std::fs::read(from)?;
    let len = bytes.len() as u64;
    let used = bytes.chunks(PAGE).rposition(|page| *page != [0; PAGE]);
    bytes.truncate(used.map_or(0, |page| (page + 1) * PAGE));
    std::fs::write(to, bytes)?;
    std::fs::File::options()
        .write(true)
        .open(to)?
        .set_len(len)?;
    std::fs::set_permissions(to, std::fs::metadata(from)?.permissions())
}

/// Runs `each` over every entry of a log.
pub(crate) fn each_entry(reader: &dyn LogReader, mut each: impl FnMut(Position, Bytes)) {
    let mut from = Position::ZERO;
    loop {
        let entries: Entries = reader.read(from, ReadLimit::entries(100)).unwrap();
        if entries.is_empty() {
            return;
        }
        entries
            .iter()
            .for_each(|(position, bytes)| each(position, bytes.clone()));
        from = entries.next();
    }
}

pub(crate) fn org(name: &str) -> OrgId {
    name.parse().unwrap()
}
