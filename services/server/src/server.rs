//! One server, from binding to the end of draining.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use caseledger_engine::{CloseError, Engine};
use caseledger_proto::convert::Codes;
use tokio::net::TcpListener;
use tracing::info;

use crate::admission::Admission;
use crate::codes::{self, CodesError};
use crate::config::Config;
use crate::gate::Gate;
use crate::health::Monitor;
use crate::identity::{Directory, Entries, Strangers};
use crate::metrics::Metrics;
use crate::publication::Publication;
use crate::refused::{Counters, Refused};
use crate::telemetry::Edge;
use crate::tls::{Door, Keeper, Protocol, Reload, TlsError};
use crate::witnesses::{WitnessPolicyError, Witnesses};
use crate::{grpc, http, listener};

/// A server that holds its address and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    http: Option<(TcpListener, SocketAddr)>,
    tls: Option<Arc<Keeper>>,
    directory: Arc<dyn Directory>,
    config: Config,
    witnesses: Witnesses,
    shown: Option<PathBuf>,
    codes: Codes,
    refused: Refused,
    engine: Arc<Engine>,
}

/// Why a server does not serve, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Without TLS callers say themselves who they are, so nobody from elsewhere may be one.
    #[error(
        "{key} {address} is not a loopback address; callers are authenticated by TLS only, \
         so set tls.cert and tls.key, or use 127.0.0.1 or ::1"
    )]
    NotLoopback {
        /// Which key of the configuration names it.
        key: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// The ledger does not say who may do what, so whoever has a certificate might do anything.
    #[error(
        "{key} {address} is not a loopback address, and the ledger declares no organisations; \
         use 127.0.0.1 or ::1, or serve a ledger that was made with init --operator-uri"
    )]
    Undeclared {
        /// Which key of the configuration names it.
        key: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// The files for TLS cannot be used.
    #[error("cannot speak TLS")]
    Tls(#[from] TlsError),
    /// The address cannot be had.
    #[error("cannot listen on {address}; is another server running there")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The witnesses cannot be asked.
    #[error("policy {}", path.display())]
    Policy {
        /// The file that names them.
        path: PathBuf,
        /// Why.
        #[source]
        source: WitnessPolicyError,
    },
    /// Witnesses cosign what is published over HTTP, and nothing is.
    #[error(
        "policy {} is set and HTTP is off, so no witness would be asked; set http.address, or \
         leave out witness.policy",
        path.display()
    )]
    PolicyUnused {
        /// The file that names the witnesses.
        path: PathBuf,
    },
    /// What courts' codes mean cannot be told.
    #[error("codes {}", path.display())]
    Codes {
        /// The file that says it.
        path: PathBuf,
        /// Why.
        #[source]
        source: CodesError,
    },
    /// The log of refused posts cannot be kept.
    #[error("cannot keep refused posts in {}; make the folder writable", folder.display())]
    Refused {
        /// Where.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The descriptors in this binary are not readable: a defect of the build.
    #[error("the descriptors for reflection cannot be read")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The engine did not close well; what was acknowledged is durable all the same.
    #[error("the ledger did not close cleanly; the next start takes longer")]
    Close(#[from] CloseError),
}

/// The port for HTTP of a server whose ledger is still being opened, which may take a while.
#[derive(Debug)]
pub struct Opening {
    http: Option<(TcpListener, SocketAddr)>,
    tls: Option<Arc<Keeper>>,
    config: Config,
    witnesses: Witnesses,
    codes: Codes,
}

impl Opening {
    /// Takes the address for HTTP. Nobody listens for calls yet: who calls now is refused at once
    /// and tries again.
    ///
    /// # Errors
    /// [`ServeError::NotLoopback`] without TLS for any address that others can reach, before it is
    /// bound; [`ServeError::Tls`] if its files cannot be used; [`ServeError::Policy`] for witnesses that cannot be asked, and [`ServeError::PolicyUnused`]
    /// without HTTP; [`ServeError::Bind`] if it cannot be had.
    pub async fn bind(config: Config) -> Result<Self, ServeError> {
        config.check_loopback()?;
        let tls = config.tls.is_on().then(|| Keeper::load(&config.tls));
        let tls = tls.transpose()?.map(Arc::new);
        let witnesses = config.witnesses()?;
        let codes = config.codes()?;
        let http = match config.http_address() {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Self {
            http,
            tls,
            config,
            witnesses,
            codes,
        })
    }

    /// The address of HTTP, if it is served.
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.http.as_ref().map(|(_, address)| *address)
    }

    /// Runs what opens the ledger, and answers meanwhile that it is alive and not ready.
    ///
    /// # Errors
    /// [`ServeError::Bind`] if the system has no second handle for the port.
    pub async fn while_opening<T>(
        &mut self,
        open: impl Future<Output = T>,
    ) -> Result<T, ServeError> {
        let Some((listener, address)) = self.http.take() else {
            return Ok(open.await);
        };
        let bind_error = |source| ServeError::Bind { address, source };
        let kept = listener.into_std().map_err(bind_error)?;
        let lent = kept.try_clone().map_err(bind_error)?;
        let lent = TcpListener::from_std(lent).map_err(bind_error)?;
        self.http = Some((TcpListener::from_std(kept).map_err(bind_error)?, address));
        let over = Monitor::new();
        let opening = async {
            let opened = open.await;
            over.drain();
            opened
        };
        // Handshakes are counted from when there is somebody to tell.
        let door = self.tls.as_ref();
        let door = door
            .map(|keeper| Door::new(Protocol::Pages, keeper, Metrics::new(&Counters::default())));
        let answering = http::serve_opening(lent, door, &self.config, &over);
        let (opened, ()) = tokio::join!(opening, answering);
        Ok(opened)
    }

    /// Takes the address for calls, too. Nothing is answered before [`Server::serve`].
    ///
    /// # Errors
    /// [`ServeError::Policy`] if the witnesses are those of another log;
    /// [`ServeError::Undeclared`] if others can reach an address and the ledger does not say who
    /// may do what; [`ServeError::Bind`] if the address cannot be had.
    pub async fn opened(self, engine: Engine) -> Result<Server, ServeError> {
        let Self {
            http,
            tls,
            config,
            witnesses,
            codes,
        } = self;
        let own = witnesses.check_log(engine.identity().verifier());
        own.map_err(|source| config.policy_error(source))?;
        let directory: Arc<dyn Directory> = Arc::new(Entries::of(&engine));
        if let Some((key, address)) = config.reachable()
            && !directory.is_declared()
        {
            return Err(ServeError::Undeclared { key, address });
        }
        let (listener, local_addr) = bind(config.listen.address).await?;
        Ok(Server {
            listener,
            local_addr,
            http,
            tls,
            directory,
            config,
            witnesses,
            shown: None,
            codes,
            refused: Refused::default(),
            engine: Arc::new(engine),
        })
    }
}

impl Server {
    /// Takes the addresses. Nothing is answered before [`Self::serve`].
    ///
    /// # Errors
    /// As for [`Opening::bind`] and [`Opening::opened`].
    pub async fn bind(config: Config, engine: Engine) -> Result<Self, ServeError> {
        Opening::bind(config).await?.opened(engine).await
    }

    /// Keeps the checkpoint that is shown over HTTP in this file, so that a restart loses none of
    /// its cosignatures. It is a copy of what was public: without it, the witnesses are asked
    /// anew.
    #[must_use]
    pub fn keep_shown(self, file: PathBuf) -> Self {
        Self {
            shown: Some(file),
            ..self
        }
    }

    /// Asks this server to read its files for TLS anew, also while it serves; none without TLS.
    pub fn reload(&self) -> Option<Reload> {
        self.tls.as_ref().map(|keeper| keeper.reload())
    }

    /// Keeps the log of refused posts in this folder. A ledger that is served for reading only shows
    /// what is there and adds nothing.
    ///
    /// # Errors
    /// [`ServeError::Refused`] if the folder cannot be used.
    pub fn keep_refused(self, folder: PathBuf) -> Result<Self, ServeError> {
        let index = self.engine.identity().index_key();
        let refused = if self.engine.is_read_only() {
            Refused::show(&folder, index)
        } else {
            let opened = Refused::open(&folder, &self.config.refused, index);
            opened.map_err(|source| ServeError::Refused { folder, source })?
        };
        Ok(Self { refused, ..self })
    }

    /// The address, with the port that was found if the configuration left it open.
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The address of HTTP, if it is served.
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.http.as_ref().map(|(_, address)| *address)
    }

    /// Serves until `shutdown` is ready, then drains: health says so, no connection is accepted
    /// any more, open streams end with `UNAVAILABLE`, what was begun is finished within
    /// `drain.timeout_ms`, and the engine is closed. HTTP is served until all calls have ended,
    /// so that those who ask learn that the server is about to stop.
    ///
    /// # Errors
    /// [`ServeError::Close`] if the engine does not close cleanly.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let Self {
            listener,
            local_addr,
            http,
            tls,
            directory,
            config,
            witnesses,
            shown,
            codes,
            refused,
            engine,
        } = self;
        let monitor = Monitor::new();
        if engine.is_read_only() {
            monitor.read_only();
        }
        let gate = Gate::new(
            &engine,
            monitor.clone(),
            config.limits.clone(),
            codes,
            refused.clone(),
        );
        let limits = Arc::new(config.limits.clone());
        let service = Edge {
            inner: Admission {
                inner: grpc::routes(&gate)?,
                gate: gate.clone(),
                strangers: Strangers::default(),
            },
            limits,
            metrics: gate.metrics().clone(),
            directory: Arc::clone(&directory),
        };
        let metrics = gate.metrics().clone();
        let door = |protocol| {
            let keeper = tls.as_ref()?;
            Some(Door::new(protocol, keeper, metrics.clone()))
        };
        let (publisher, prover) = (engine.publisher(), engine.prover());
        info!(address = %local_addr, http = ?http.as_ref().map(|(_, at)| at), "serving");
        // Over when the last call has ended.
        let over = Monitor::new();
        let publish = async {
            let Some((http, _)) = http else { return };
            let interval = Duration::from_millis(config.http.publish_interval_ms);
            let limit = Duration::from_millis(config.witness.timeout_ms);
            let quorum = witnesses.quorum(prover.verifier());
            let publication = Publication::new(publisher, &prover, quorum, shown);
            let ((), (), ()) = tokio::join!(
                http::serve(
                    http,
                    door(Protocol::Pages),
                    publication.clone(),
                    gate,
                    directory,
                    &config,
                    &over
                ),
                publication.run(interval, limit + interval, &over),
                witnesses.run(&publication, &prover, limit, &over),
            );
        };
        let calls = async {
            let door = door(Protocol::Calls);
            listener::serve(listener, door, service, &config, &monitor).await;
            over.drain();
        };
        let announce = async {
            shutdown.await;
            info!("draining");
            monitor.drain();
        };
        let keep = async {
            if let Some(keeper) = &tls {
                keeper.keep(&metrics, &over).await;
            }
        };
        let ((), (), (), ()) = tokio::join!(calls, publish, announce, keep);
        let closed = close(engine).await;
        // Nobody posts any more. A panic of the thread is told by itself.
        let _ended = tokio::task::spawn_blocking(move || refused.close()).await;
        closed?;
        info!("stopped");
        Ok(())
    }
}

impl Config {
    /// The first address that others can reach.
    fn reachable(&self) -> Option<(&'static str, SocketAddr)> {
        let listen = ("listen.address", Some(self.listen.address));
        let addresses = [listen, ("http.address", self.http_address())];
        addresses
            .into_iter()
            .filter_map(|(key, address)| Some((key, address?)))
            .find(|(_, address)| !address.ip().is_loopback())
    }

    /// Refuses an address that others can reach, unless TLS is on.
    ///
    /// # Errors
    /// [`ServeError::NotLoopback`], naming the key.
    pub fn check_loopback(&self) -> Result<(), ServeError> {
        match self.reachable() {
            Some((key, address)) if !self.tls.is_on() => {
                Err(ServeError::NotLoopback { key, address })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The witnesses that the policy names, if there is one.
    fn witnesses(&self) -> Result<Witnesses, ServeError> {
        if self.witness.policy.is_empty() {
            return Ok(Witnesses::default());
        }
        if self.http_address().is_none() {
            let path = PathBuf::from(&self.witness.policy);
            return Err(ServeError::PolicyUnused { path });
        }
        let loaded = Witnesses::load(Path::new(&self.witness.policy), &self.witness.ca);
        loaded.map_err(|source| self.policy_error(source))
    }

    /// How courts' codes are read.
    fn codes(&self) -> Result<Codes, ServeError> {
        if self.court.codes.is_empty() {
            return Ok(Codes::default());
        }
        let path = PathBuf::from(&self.court.codes);
        codes::load(&path).map_err(|source| ServeError::Codes { path, source })
    }

    fn policy_error(&self, source: WitnessPolicyError) -> ServeError {
        let path = PathBuf::from(&self.witness.policy);
        ServeError::Policy { path, source }
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bind_error = |source| ServeError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(bind_error)?;
    let local_addr = listener.local_addr().map_err(bind_error)?;
    Ok((listener, local_addr))
}

/// Closes the engine once the last call has let go of it. Connections are gone by now; a destruction of private parts
/// that goes on without its caller holds it until it is done.
async fn close(mut engine: Arc<Engine>) -> Result<(), ServeError> {
    let engine = loop {
        match Arc::try_unwrap(engine) {
            Ok(engine) => break engine,
            Err(shared) => engine = shared,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let closing = tokio::task::spawn_blocking(move || engine.close());
    Ok(closing
        .await
        .unwrap_or(Err(CloseError::Panicked("engine")))?)
}
