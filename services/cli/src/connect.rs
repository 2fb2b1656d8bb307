//! The way to a ledger: the client of a server, or of one that is started for this command alone.
//!
//! A ledger in a folder is read through the same server code, on a loopback port that nobody else
//! is told of. There is one way to read, and it is the one that is tested.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use caseledger_chain::{SigningKey, VerifierKey};
use caseledger_client::pb::v1;
use caseledger_client::{Client, ClientError, Principal, Trust, ledger_info_unverified_with};
use caseledger_engine::{
    Clock as _, Config as EngineConfig, Engine, LedgerPaths, OpenReport, ShredReplayed, Step,
    SystemClock, court_day, submitter_key,
};
use caseledger_server::{Config, ServeError, Server};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::args::{LedgerArgs, Place};
use crate::cmd::shown::Code as _;
use crate::exit::{Exit, Failure, NOBODY_THERE, io_failure};
use crate::output::Output;
use crate::progress;

/// Whoever can open the files may read what is in them.
const OWNER: (&str, &str) = ("operator", "OPERATOR");

/// The folder of refused posts, in the data folder.
pub(crate) const REFUSED: &str = "refused";

/// A connection, and the server behind it if this command started one.
#[derive(Debug)]
pub(crate) struct Session {
    client: Client,
    started: Option<Started>,
}

/// A server over a folder that this command started for itself.
#[derive(Debug)]
pub(crate) struct Started {
    address: SocketAddr,
    http: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), ServeError>>,
}

/// What can go wrong on this side of the connection.
#[derive(Debug, thiserror::Error)]
enum ConnectError {
    #[error("--key {0:?} is neither a verifier key nor a file")]
    NoKey(String),
    #[error("cannot reach {place}: {why}; is `caseledger serve` running there?")]
    NobodyThere { place: String, why: String },
    #[error("opening the ledger ended in a panic")]
    OpeningPanicked,
    #[error("--signing-key {path} is a key of {of}, and --as names {org}", path = path.display())]
    OtherSigner {
        path: PathBuf,
        of: String,
        org: String,
    },
}

impl Session {
    /// Connects to the ledger that the arguments name.
    ///
    /// # Errors
    /// [`Failure`] if there is no such ledger, or nobody answers.
    pub(crate) async fn open(args: &LedgerArgs) -> Result<Self, Failure> {
        let pinned = args.key.as_deref().map(verifier_key).transpose()?;
        let signer = signer(args)?;
        match args.place()? {
            Place::Server(address) => {
                let proven = address.starts_with("https://");
                let principal = principal(args, signer.as_ref(), None, proven)?;
                let access = args.access.access()?;
                let key = if let Some(key) = pinned {
                    key
                } else {
                    let info = ledger_info_unverified_with(&address, &access).await;
                    VerifierKey::parse_log(&info.map_err(not_reached(&address))?.verifier_key)?
                };
                let trust = Trust::pinned(key);
                let client = Client::connect_with(&address, access, principal, trust).await;
                let client = client.map_err(not_reached(&address))?;
                let client = signing(client, signer, args.role.as_deref()).await?;
                Ok(Self {
                    client,
                    started: None,
                })
            }
            Place::Folder(paths) => {
                let principal = principal(args, signer.as_ref(), Some(OWNER), false)?;
                let refused = paths.data().join(REFUSED);
                let (engine, _) = open_engine(paths).await?;
                let key = pinned.unwrap_or_else(|| engine.identity().verifier().clone());
                let started = Started::new(engine, refused, "off").await?;
                let address = format!("http://{}", started.address);
                let started = Some(started);
                let client = Client::connect(&address, principal, Trust::pinned(key)).await?;
                let client = signing(client, signer, args.role.as_deref()).await?;
                Ok(Self { client, started })
            }
        }
    }

    /// The client.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Ends the server that was started, if one was.
    ///
    /// # Errors
    /// [`Failure`] if it did not close the ledger well.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        // The connection goes first, so that there is nothing to drain.
        drop(self.client);
        match self.started {
            Some(started) => started.close().await,
            None => Ok(()),
        }
    }
}

impl Started {
    async fn new(engine: Engine, refused: PathBuf, http: &str) -> Result<Self, Failure> {
        let listen = ("listen.address", "127.0.0.1:0".to_owned());
        let http = ("http.address", http.to_owned());
        let config = Config::load(None, [], &[listen, http])?;
        let server = Server::bind(config, engine).await?.keep_refused(refused)?;
        let (address, http) = (server.local_addr(), server.http_addr());
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server.serve(async {
            // A sender that is gone asks for the same.
            let _either_way = stopped.await;
        }));
        Ok(Self {
            address,
            http,
            stop,
            server,
        })
    }

    /// Where the ledger is published, if it is.
    pub(crate) const fn http(&self) -> Option<SocketAddr> {
        self.http
    }

    /// Ends the server.
    ///
    /// # Errors
    /// [`Failure`] if it did not close the ledger well.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        // A server that has ended already says so below.
        let _either_way = self.stop.send(());
        Ok(self.server.await??)
    }
}

/// Opens the ledger in a folder and publishes it, for this command alone. Its key is what the
/// folder says.
///
/// # Errors
/// [`Failure`] if it cannot be opened.
pub(crate) async fn publish_folder(paths: LedgerPaths) -> Result<(Started, VerifierKey), Failure> {
    let refused = paths.data().join(REFUSED);
    let (engine, _) = open_engine(paths).await?;
    let key = engine.identity().verifier().clone();
    Ok((Started::new(engine, refused, "next").await?, key))
}

/// Runs something with a client of the ledger that the arguments name.
///
/// # Errors
/// [`Failure`] of the work, or else of connecting and closing.
pub(crate) async fn with_client<T>(
    args: &LedgerArgs,
    work: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let session = Session::open(args).await?;
    let outcome = work(session.client()).await;
    let closed = session.close().await;
    let outcome = outcome?;
    closed?;
    Ok(outcome)
}

/// For `map_err`: where nobody answers.
fn not_reached(address: &str) -> impl FnOnce(ClientError) -> Failure {
    let place = address
        .split_once("://")
        .map_or(address, |(_scheme, place)| place)
        .trim_end_matches('/')
        .to_owned();
    move |error| match error.unreachable_because() {
        Some(why) => Failure::new(Exit::Unavailable, ConnectError::NobodyThere { place, why })
            .hint(NOBODY_THERE),
        None => error.into(),
    }
}

/// The key that signs what is submitted, if one is named. Whose it is stands in it.
fn signer(args: &LedgerArgs) -> Result<Option<SigningKey>, Failure> {
    let Some(path) = &args.signing_key else {
        return Ok(None);
    };
    let key = submitter_key::read(path).map_err(|error| Failure::new(Exit::Refused, error))?;
    let of = key.name().as_str();
    match &args.org {
        Some(org) if org != of => {
            let (path, of, org) = (path.clone(), of.to_owned(), org.clone());
            let other = ConnectError::OtherSigner { path, of, org };
            Err(Failure::new(Exit::Usage, other))
        }
        Some(_) | None => Ok(Some(key)),
    }
}

/// The client, signing what it submits if there is a key. A signature is that of a role: one that
/// is not named is looked up, and what cannot be signed without is refused when it is submitted.
async fn signing(
    client: Client,
    signer: Option<SigningKey>,
    role: Option<&str>,
) -> Result<Client, Failure> {
    let Some(key) = signer else {
        return Ok(client);
    };
    let org = key.name().as_str();
    let found = match role {
        Some(_) => None,
        None => only_role(&client, org).await,
    };
    let client = match found {
        Some(role) => client.speaking_for(Principal::new(org, role)?),
        None => client,
    };
    Ok(client.with_signer(key))
}

/// The role of an organisation, if the ledger knows of exactly one that is in force today.
async fn only_role(client: &Client, org: &str) -> Option<&'static str> {
    let request = v1::GetOrganisationRequest {
        organisation: org.to_owned(),
    };
    let known = client.get_organisation(request).await.ok()?.organisation?;
    let today = court_day(SystemClock.now())?.yyyymmdd();
    let mut roles = known.grants.iter().filter(|grant| {
        grant.valid_from <= today && (grant.valid_until == 0 || today <= grant.valid_until)
    });
    let role = roles.next()?.role();
    roles.next().is_none().then(|| role.name()).flatten()
}

/// Whom the arguments name, or else the signing key. Who proves over TLS who it is may leave out
/// its only role.
fn principal(
    args: &LedgerArgs,
    signer: Option<&SigningKey>,
    otherwise: Option<(&str, &str)>,
    proven: bool,
) -> Result<Option<Principal>, Failure> {
    let signs = signer.map(|key| key.name().as_str());
    let (org, role) = (args.org.as_deref().or(signs), args.role.as_deref());
    if let (Some(org), None, true) = (org, role, proven) {
        return Ok(Some(Principal::in_its_only_role(org)?));
    }
    let named = match (org, role) {
        (None, None) => otherwise,
        // What is missing is reported as the empty text that it is.
        (org, role) => Some((org.unwrap_or_default(), role.unwrap_or_default())),
    };
    Ok(named
        .map(|(org, role)| Principal::new(org, role))
        .transpose()?)
}

/// Opens the ledger in a folder, with progress for people, and tells them if its vault was an old copy.
///
/// # Errors
/// [`Failure`] if it cannot be opened.
pub(crate) async fn open_engine(paths: LedgerPaths) -> Result<(Engine, OpenReport), Failure> {
    let opened = open_engine_with(EngineConfig::new(paths)).await?;
    if let Some(replayed) = opened.1.vault.replayed {
        let ShredReplayed {
            found,
            known,
            dropped,
            lost,
        } = replayed;
        Output::from_environment().note(&format!(
            "the vault was an old copy, or made of one (generation {found}, the ledger knows of {known}): {dropped} keys of cases \
             that were shredded since are destroyed again, and its keyring with them; {lost} keys that were made since are \
             lost, and fsck names their private parts"
        ));
    }
    Ok(opened)
}

/// The same with settings of one's own.
///
/// # Errors
/// [`Failure`] if it cannot be opened.
pub(crate) async fn open_engine_with(
    config: EngineConfig,
) -> Result<(Engine, OpenReport), Failure> {
    let data = config.paths.data().display().to_string();
    let (sender, opened) = oneshot::channel();
    // Of its own, because the runtime would not end before a thread of its pool does: whoever is
    // told to stop while a large ledger is being opened shall stop.
    let thread = thread::Builder::new().name("open".to_owned());
    let opening = thread.spawn(move || {
        let spinner = progress::spinner("opening the ledger");
        let tell = |step: &Step<'_>| match step {
            Step::Store(_) => {}
            Step::LoadingState => spinner.set_message("loading saved state"),
            Step::Folding { done, total } => {
                spinner.set_message(format!("folding entry {done} of {total}"));
            }
        };
        let opened = Engine::open(&config, Arc::new(SystemClock), &tell);
        spinner.finish_and_clear();
        // Nobody waits for it any more: it is closed again, unless the process ends first.
        drop(sender.send(opened));
    });
    opening.map_err(io_failure("start", "a thread"))?;
    let opened = opened.await;
    let opened =
        opened.map_err(|_cause| Failure::new(Exit::Refused, ConnectError::OpeningPanicked))?;
    opened.map_err(|error| Failure::from(error).about(&data))
}

/// A verifier key as it is written, or the file that holds it.
///
/// # Errors
/// [`Failure`] if it is neither.
pub(crate) fn verifier_key(argument: &str) -> Result<VerifierKey, Failure> {
    let path = Path::new(argument);
    if !path.is_file() {
        return VerifierKey::parse_log(argument).map_err(|error| {
            let neither = ConnectError::NoKey(argument.to_owned());
            Failure::new(Exit::Usage, neither).hint(format!(
                "{error}; a verifier key reads NAME+HASH+KEY, as `caseledger status` shows it"
            ))
        });
    }
    let text = fs::read_to_string(path).map_err(io_failure("read", path.display()))?;
    Ok(VerifierKey::parse_log(text.trim_end())?)
}
