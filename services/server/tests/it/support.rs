//! A real server on a port of its own over a ledger in memory, and things to post.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use caseledger_chain::{KeyName, LedgerId, Origin, SigningKey};
use caseledger_engine::{
    Engine, Identity, IndexKey, Job, ManualClock, Parts, Poster, SeededRandom, Submission,
};
use caseledger_proto::convert;
use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_server::{Config, PRINCIPAL, ROLE, ServeError, Server};
use caseledger_store::{AppendError, Commit, CommitLog, Head, LogError, LogReader, MemoryLog};
use caseledger_vault::{Disk, FileKeyring, Means, Opened, Step, Vault, Verdict, Watch};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Request;
use tonic::transport::{Channel, Endpoint};

/// 2021-09-27 in microseconds.
pub(crate) const NOW: u64 = 1_632_700_800_000_000;

/// What the log answers instead of appending, if anything.
pub(crate) type Fault = Arc<Mutex<Option<AppendError>>>;

/// A log in memory that can be made to fail once.
struct FaultyLog(MemoryLog, Fault);

impl CommitLog for FaultyLog {
    fn head(&self) -> Result<Head, LogError> {
        self.0.head()
    }

    fn append(&mut self, expected: Head, commit: Arc<Commit>) -> Result<Head, AppendError> {
        match self.1.lock().unwrap().take() {
            Some(fault) => Err(fault),
            None => self.0.append(expected, commit),
        }
    }

    fn record_checkpoint(
        &mut self,
        size: caseledger_chain::Size,
        note: &[u8],
    ) -> Result<(), LogError> {
        self.0.record_checkpoint(size, note)
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        self.0.reader()
    }

    fn close(self: Box<Self>) -> Result<(), LogError> {
        Box::new(self.0).close()
    }
}

pub(crate) fn key() -> SigningKey {
    let name: KeyName = KeyName::parse("example.org/test-ledger").unwrap();
    assert_eq!(
        Origin::from(name.clone()).as_str(),
        "example.org/test-ledger"
    );
    SigningKey::from_seed(name, &[7; 32])
}

pub(crate) fn engine(fault: &Fault) -> Engine {
    engine_signing(key(), fault)
}

/// An engine that signs with another key.
pub(crate) fn engine_signing(key: SigningKey, fault: &Fault) -> Engine {
    engine_over(key, |log| Box::new(FaultyLog(log, Arc::clone(fault))))
}

/// Keeps the folder of a vault for as long as the vault.
#[derive(Debug)]
struct Keep(tempfile::TempDir);

impl Watch for Keep {
    fn before(&self, _: Step, path: &Path) -> Verdict {
        assert!(path.starts_with(self.0.path()));
        Verdict::Go
    }
}

/// A vault for a log in memory.
fn vault(ledger: LedgerId) -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.vault");
    let disk = Disk::watched(Arc::new(Keep(folder)));
    let random: Arc<dyn caseledger_vault::Random> = Arc::new(caseledger_vault::SystemRandom);
    let means = || Means {
        keys: Box::new(FileKeyring::new(
            &path,
            ledger,
            Arc::clone(&random),
            disk.clone(),
        )),
        random: Arc::clone(&random),
        disk: disk.clone(),
    };
    Vault::create(&path, ledger, means()).unwrap();
    Vault::open(&path, ledger, means(), None).unwrap()
}

/// An engine over a log in memory, wrapped.
pub(crate) fn engine_over(
    key: SigningKey,
    wrap: impl FnOnce(MemoryLog) -> Box<dyn CommitLog>,
) -> Engine {
    let log = MemoryLog::new();
    let snapshots = log.snapshots();
    let identity = Identity::new(LedgerId::from_bytes([3; 16]), key, IndexKey::new(&[5; 32]));
    let clock = Arc::new(ManualClock::new(NOW));
    let random = Arc::new(SeededRandom::new(1));
    let log = wrap(log);
    let parts = Parts {
        log,
        snapshots,
        identity,
        clock,
        random,
        vault: vault(LedgerId::from_bytes([3; 16])),
    };
    Engine::over(parts, &|_| {}).unwrap().0
}

/// A running server. Dropping it leaves the task to the runtime, which ends with the test.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    /// Where HTTP is served.
    pub(crate) http: SocketAddr,
    pub(crate) fault: Fault,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let fault = Fault::default();
        let engine = engine(&fault);
        Self::over(engine, fault, change).await
    }

    pub(crate) async fn over(
        engine: Engine,
        fault: Fault,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        Self::keeping(None, engine, fault, change).await
    }

    /// A server that keeps refused posts in a folder.
    pub(crate) async fn keeping(
        refused: Option<&Path>,
        engine: Engine,
        fault: Fault,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = Config::default();
        config.listen.address = "127.0.0.1:0".parse().unwrap();
        change(&mut config);
        let mut server = Server::bind(config, engine).await.unwrap();
        if let Some(folder) = refused {
            server = server.keep_refused(folder.to_owned()).unwrap();
        }
        let address = server.local_addr();
        let http = server.http_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.serve(async move { stopped.await.unwrap_or_default() }));
        Self {
            address,
            http,
            fault,
            stop: Some(stop),
            task,
        }
    }

    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }

    pub(crate) fn begin_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub(crate) async fn ended(self) -> Result<(), ServeError> {
        self.task.await.unwrap()
    }

    pub(crate) async fn stopped(self) {
        self.ended().await.unwrap();
    }

    pub(crate) async fn stop(mut self) {
        self.begin_stop();
        self.stopped().await;
    }
}

/// Holds the writer of an engine until it is dropped, so that what comes after waits.
pub(crate) struct Stall(Option<mpsc::Sender<()>>);

impl Stall {
    pub(crate) fn new(engine: &Engine) -> Self {
        let (release, released) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let wire = opened([0xff; 16], "STALL");
        let submission: Submission =
            convert::submission(wire, &**engine.identity().index_key()).unwrap();
        let poster = Poster {
            org: "lada".parse().unwrap(),
            role: caseledger_domain::vocabulary::Role::ProsecutorCounty,
        };
        let reply = Box::new(move |_| {
            begun.send(()).unwrap();
            // Ends when the sender is dropped.
            released.recv().unwrap_err();
        });
        engine
            .submit(Job {
                poster,
                submissions: vec![submission],
                reply,
            })
            .unwrap();
        begins.recv().unwrap();
        Self(Some(release))
    }

    pub(crate) fn release(mut self) {
        self.0.take();
    }
}

pub(crate) fn message_id(number: u64) -> [u8; 16] {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    id
}

/// A request of a prosecutor.
pub(crate) fn as_prosecutor<T>(message: T) -> Request<T> {
    acting("lada", "PROSECUTOR_COUNTY", message)
}

/// A request of a court.
pub(crate) fn as_court<T>(message: T) -> Request<T> {
    acting("lasc", "COURT", message)
}

pub(crate) fn acting<T>(org: &'static str, role: &'static str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert(PRINCIPAL, org.parse().unwrap());
    request.metadata_mut().insert(ROLE, role.parse().unwrap());
    request
}

fn policy(version: u32) -> ev::Policy {
    ev::Policy {
        version,
        rule_set: Some(ev::RuleSet {
            id: "LA-RULES".to_owned(),
            version: 1,
        }),
        challenge_deadline_on: 0,
        approved_to_filed_days: 30,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 30,
    }
}

fn whole_case() -> v1::Scope {
    let scope = Some(v1::scope::Scope::WholeCase(v1::WholeCase {}));
    v1::Scope { scope }
}

pub(crate) fn expecting(state: v1::ExpectedState) -> v1::Expected {
    let expectation = Some(v1::expected::Expectation::State(state.into()));
    v1::Expected { expectation }
}

/// A post with one fact.
pub(crate) fn post(target: v1::target::Target, kind: Kind) -> v1::Post {
    let scope = matches!(
        target,
        v1::target::Target::CaseKey(_) | v1::target::Target::CaseId(_)
    );
    v1::Post {
        target: Some(v1::Target {
            target: Some(target),
        }),
        expected: Some(expecting(v1::ExpectedState::Any)),
        scope: scope.then(whole_case),
        occurred_on: 20_210_927,
        fact: Some(ev::Fact { kind: Some(kind) }),
        references: None,
        private: None,
    }
}

/// A submission of one post.
pub(crate) fn submission(message_id: [u8; 16], posts: Vec<v1::Post>) -> v1::Submission {
    v1::Submission {
        message_id: message_id.to_vec().into(),
        submitter_sequence: 0,
        posts,
        signed: None,
    }
}

/// Opens an initiative, led by `lada`.
pub(crate) fn opened(message_id: [u8; 16], slug: &str) -> v1::Submission {
    let fact = Kind::InitiativeOpened(ev::InitiativeOpened {
        basis: ev::LegalBasis::Hs113619.into(),
        lead: "lada".to_owned(),
        counties: vec![37],
        policy: Some(policy(1)),
    });
    submission(
        message_id,
        vec![post(v1::target::Target::Initiative(slug.to_owned()), fact)],
    )
}

pub(crate) fn case_key(number: &str) -> v1::CaseKey {
    v1::CaseKey {
        court: "LASC".to_owned(),
        number: number.to_owned(),
        defendant: "1".to_owned(),
    }
}

/// A court says that it accepted a filing in a case; the filing by the court's own id.
pub(crate) fn accepted(message_id: [u8; 16], number: &str) -> v1::Submission {
    let fact = Kind::FilingAccepted(ev::FilingAccepted::default());
    let mut post = post(v1::target::Target::CaseKey(case_key(number)), fact);
    post.references = Some(v1::References {
        filing: Some(v1::FilingReference {
            reference: Some(v1::filing_reference::Reference::Key(v1::FilingKey {
                court: "LASC".to_owned(),
                filing_id: "F-77".to_owned(),
            })),
        }),
        ..v1::References::default()
    });
    submission(message_id, vec![post])
}

pub(crate) fn submit(submission: v1::Submission) -> v1::SubmitRequest {
    v1::SubmitRequest {
        submission: Some(submission),
    }
}
