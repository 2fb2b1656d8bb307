//! One server, from binding to the end of draining.

use std::net::SocketAddr;
use std::sync::Arc;

use caseledger_engine::{CloseError, Engine};
use tokio::net::TcpListener;
use tracing::info;

use crate::config::Config;
use crate::gate::Gate;
use crate::health::Monitor;
use crate::telemetry::Edge;
use crate::{grpc, listener};

/// A server that holds its address and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    config: Config,
    engine: Arc<Engine>,
}

/// Why a server does not serve, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Callers say themselves who they are, so nobody from elsewhere may be one.
    #[error(
        "listen.address {address} is not a loopback address; callers are not authenticated yet, \
         so use 127.0.0.1 or ::1"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be had.
    #[error("cannot listen on {address}; is another server running there")]
    Bind {
        /// The address.
        address: SocketAddr,
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

impl Server {
    /// Takes the address. Nothing is answered before [`Self::serve`].
    ///
    /// # Errors
    /// [`ServeError::NotLoopback`] for any address that others can reach, before it is bound;
    /// [`ServeError::Bind`] if it cannot be had.
    pub async fn bind(config: Config, engine: Engine) -> Result<Self, ServeError> {
        let address = config.listen.address;
        if !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback { address });
        }
        let bind_error = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind_error)?;
        let local_addr = listener.local_addr().map_err(bind_error)?;
        Ok(Self {
            listener,
            local_addr,
            config,
            engine: Arc::new(engine),
        })
    }

    /// The address, with the port that was found if the configuration left it open.
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until `shutdown` is ready, then drains: health says so, no connection is accepted
    /// any more, open streams end with `UNAVAILABLE`, what was begun is finished within
    /// `drain.timeout_ms`, and the engine is closed.
    ///
    /// # Errors
    /// [`ServeError::Close`] if the engine does not close cleanly.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let Self {
            listener,
            local_addr,
            config,
            engine,
        } = self;
        let monitor = Monitor::new();
        if engine.is_read_only() {
            monitor.writer_stopped();
        }
        let gate = Gate::new(&engine, monitor.clone(), config.limits.clone());
        let limits = Arc::new(config.limits.clone());
        let service = Edge {
            inner: grpc::routes(&gate)?,
            limits,
        };
        drop(gate);
        info!(address = %local_addr, "serving");
        let announce = async {
            shutdown.await;
            info!("draining");
            monitor.drain();
        };
        let ((), ()) = tokio::join!(
            listener::serve(listener, service, &config, &monitor),
            announce,
        );
        close(engine).await?;
        info!("stopped");
        Ok(())
    }
}

/// Closes the engine once the last call has let go of it. Connections are gone by now, so calls
/// hold it for the moment of handing something over, if at all.
async fn close(mut engine: Arc<Engine>) -> Result<(), ServeError> {
    let engine = loop {
        match Arc::try_unwrap(engine) {
            Ok(engine) => break engine,
            Err(shared) => engine = shared,
        }
        tokio::task::yield_now().await;
    };
    let closing = tokio::task::spawn_blocking(move || engine.close());
    Ok(closing
        .await
        .unwrap_or(Err(CloseError::Panicked("engine")))?)
}
