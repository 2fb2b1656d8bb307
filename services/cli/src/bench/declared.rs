//! P12 to P14: a ledger that declares who may state what, and a prosecutor that posts to it: saying who it is, signing,
//! over TLS with a certificate, or telling what is private.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use caseledger_chain::{KeyName, SigningKey};
use caseledger_client::pb::v1;
use caseledger_client::{Access, Principal, PrivateKey, Signer, TlsFiles};
use caseledger_domain::vocabulary::Role;
use caseledger_domain::{Command, Date, Expected, Fact, OrgFact, OrgId, Scope, Target};
use caseledger_engine::{
    Clock, Config, Engine, LedgerPaths, Poster, Submission, SystemClock, genesis, read_secret,
};
use tonic::transport::Channel;

use super::child::Child;
use super::drive::{Sample, drive};
use super::ours::{self, AGENCY, Kind, Maker, ON, data};
use super::place::Folder;
use super::private;
use crate::cmd::dev_certs;
use crate::exit::Failure;

/// How a ledger is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Callers say who they are.
    Plain,
    /// Callers prove it by a certificate, and nobody else can read what is said.
    Tls,
}

/// What is posted to it, one post a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Posts {
    /// A new case. Its key is private, and kept.
    New,
    /// The same, signed.
    Signed,
    /// The same, with what is private of the person, which is kept together with the key.
    NewPrivate,
    /// A fact about a case that is there, named by its id. Nothing is kept.
    Known,
    /// The same, with what is private of the person.
    KnownPrivate,
}

/// How many cases are there for facts about known ones; they are taken in turns.
const KNOWN: u64 = 4_000;

/// The ledger, served, and the prosecutor's key.
pub(super) struct Declared {
    server: Child,
    channels: Vec<Channel>,
    maker: Arc<Maker>,
    by: By,
    /// Ids of cases that are there.
    known: Vec<Bytes>,
}

struct By {
    key: SigningKey,
    signer: Signer,
    principal: Principal,
}

impl Declared {
    /// Makes the ledger, registers the prosecutor with its key and its certificate, and serves it.
    ///
    /// # Errors
    /// [`Failure`] if one of these fails.
    pub(super) async fn start(
        folder: &Folder,
        way: Way,
        connections: usize,
    ) -> Result<Self, Failure> {
        let place = match way {
            Way::Plain => "declared",
            Way::Tls => "declared-tls",
        };
        ours::make_ledger(folder, place)?;
        let name = KeyName::parse(AGENCY).map_err(data)?;
        let key = SigningKey::from_seed(name, &[12; 32]);
        let paths = LedgerPaths::beside(folder.path(place))?;
        let public = key.verifier().public_bytes();
        let signer = tokio::task::block_in_place(|| declare(paths, public))?;
        let principal = Principal::new(AGENCY, "PROSECUTOR_COUNTY")?;
        let (server, channels) = match way {
            Way::Plain => {
                let server = ours::serve(folder, place)?;
                let channels = server.channels(connections).await?;
                (server, channels)
            }
            Way::Tls => over_tls(folder, place, connections).await?,
        };
        let maker = Arc::new(Maker::new()?);
        let mut known = Vec::new();
        if let Some(channel) = channels.first() {
            maker.set_up(channel).await?;
            known = maker.open_cases(channel, KNOWN).await?;
        }
        let by = By {
            key,
            signer,
            principal,
        };
        Ok(Self {
            server,
            channels,
            maker,
            by,
            known,
        })
    }

    /// The process that serves it.
    pub(super) const fn server(&self) -> &Child {
        &self.server
    }

    /// One post per request. Requests are made before the clock starts: what a submitter spends on
    /// its signature it spends at home, not on the machine that is measured.
    ///
    /// # Errors
    /// [`Failure`] if one is refused.
    pub(super) async fn singles(
        &self,
        posts: Posts,
        in_flight: usize,
        time: Duration,
    ) -> Result<Sample, Failure> {
        let made = tokio::task::block_in_place(|| self.make(posts, time))?;
        let (channels, made) = (self.channels.clone(), Arc::new(Mutex::new(made)));
        let call = move |caller: usize| {
            let channel = channels[caller / 64 % channels.len()].clone();
            let next = made
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop()
                .ok_or(Exhausted);
            async move { ours::submit(channel, next.map_err(data)?).await }
        };
        drive(in_flight, time, 1, call).await
    }

    /// More submissions than can be answered in that time.
    fn make(&self, posts: Posts, time: Duration) -> Result<Vec<v1::Submission>, Failure> {
        let count = time.as_millis() as u64 * MADE_PER_MS;
        let first = self.maker.take_cases(count);
        let known = self.known.iter().cycle();
        let make = |(number, known): (u64, &Bytes)| match posts {
            Posts::New => Ok(self.maker.submission(Kind::Identify, number)),
            Posts::Signed => self.by.sign(self.maker.submission(Kind::Identify, number)),
            Posts::NewPrivate => {
                let submission = self.maker.submission(Kind::Identify, number);
                Ok(private::with_details(submission, number))
            }
            Posts::Known => Ok(self.maker.mismatch(known)),
            Posts::KnownPrivate => Ok(private::with_details(self.maker.mismatch(known), number)),
        };
        (first..first + count).zip(known).map(make).collect()
    }
}

/// Submissions that are made for each millisecond of a measurement.
const MADE_PER_MS: u64 = 60;

/// The measurement was faster than anybody thought.
#[derive(Debug, thiserror::Error)]
#[error("more than {MADE_PER_MS} submissions a millisecond were answered: raise MADE_PER_MS")]
struct Exhausted;

impl By {
    fn sign(&self, submission: v1::Submission) -> Result<v1::Submission, Failure> {
        let signed = self.signer.signed(&self.key, &self.principal, submission);
        signed.map_err(data)
    }
}

/// Serves the ledger over TLS, to callers with the prosecutor's certificate.
async fn over_tls(
    folder: &Folder,
    place: &str,
    connections: usize,
) -> Result<(Child, Vec<Channel>), Failure> {
    let certificates = folder.path("certificates");
    let organisation: OrgId = AGENCY.parse().map_err(data)?;
    dev_certs::make(&certificates, &[organisation])?;
    let file = |name: String| certificates.join(name);
    let ca = file("ca.pem".to_owned());
    let (cert, key) = (file("server.pem".to_owned()), file("server.key".to_owned()));
    let tls = [
        ("--tls-cert", &cert),
        ("--tls-key", &key),
        ("--client-ca", &ca),
    ];
    let server = ours::serve_with(folder, place, &tls)?;
    let (cert, key) = (file(format!("{AGENCY}.pem")), file(format!("{AGENCY}.key")));
    let text = read_secret(&key)?;
    let files = TlsFiles {
        ca: Some(&ca),
        cert: Some(&cert),
        key: Some(PrivateKey::new(&key, &text)),
    };
    let access = Access::load(files, None).map_err(data)?;
    let channels = server.channels_with(&access, connections).await?;
    Ok((server, channels))
}

/// Declares authority where the ledger lies, and who the prosecutor is.
fn declare(paths: LedgerPaths, key: [u8; 32]) -> Result<Signer, Failure> {
    let config = Config::new(paths);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (name, uri) = ("OPERATOR", "urn:caseledger:bench");
    let uri = uri.parse().map_err(data)?;
    genesis::declare(&config, &clock, name.parse().map_err(data)?, uri).map_err(data)?;
    let (engine, _) = Engine::open(&config, clock, &|_step| ())?;
    let from = Date::from_yyyymmdd(ON).map_err(data)?;
    let organisation: OrgId = AGENCY.parse().map_err(data)?;
    let about = |fact| Command {
        target: Target::Org(organisation),
        expected: Expected::Any,
        scope: Scope::WholeCase,
        occurred_on: from,
        fact: Fact::Org(fact),
    };
    let acts = vec![
        about(OrgFact::OrganisationRegistered {
            name: "PROSECUTOR".parse().map_err(data)?,
        }),
        about(OrgFact::RoleGranted {
            role: Role::ProsecutorCounty,
            counties: Vec::new(),
            courts: Vec::new(),
            valid_from: from,
            valid_until: None,
        }),
        about(OrgFact::SigningKeyAdded {
            key,
            valid_until: None,
        }),
        about(OrgFact::PrincipalBound {
            uri: dev_certs::uri(&organisation).parse().map_err(data)?,
            valid_until: None,
        }),
    ];
    let submission = Submission {
        message_id: [1; 16],
        submitter_seq: 0,
        content: [1; 32],
        bytes: 0,
        commands: acts,
        canonical_cases: Vec::new(),
        courts: Vec::new(),
        private: Vec::new(),
        signed: None,
    };
    let operator = Poster {
        org: OrgId::OPERATOR,
        role: Role::Operator,
    };
    for outcome in engine
        .submit_wait(operator, vec![submission])
        .map_err(data)?
    {
        outcome.map_err(data)?;
    }
    let signer = Signer::new(engine.identity().ledger());
    engine.close()?;
    Ok(signer)
}
