//! Keeps the set in step with its files.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{error, info, warn};

use super::TlsError;
use super::set::{Set, Stamp};
use crate::config::Tls;
use crate::health::Monitor;
use crate::metrics::Metrics;

/// The set of the moment, and those who wait for the next one.
#[derive(Debug)]
pub(crate) struct Keeper {
    config: Tls,
    /// Of the files when they were read last, whether or not they could be used.
    begun: Stamp,
    sets: watch::Sender<Arc<Set>>,
    asked: Arc<Notify>,
}

/// Asks a server to read its files for TLS anew.
#[derive(Clone, Debug)]
pub struct Reload(Arc<Notify>);

impl Reload {
    /// Asks, and does not wait: the log says how it went.
    pub fn ask(&self) {
        self.0.notify_one();
    }
}

impl Keeper {
    /// Reads the files for the first time.
    ///
    /// # Errors
    /// [`TlsError`], naming the file and what is wrong with it.
    pub(crate) fn load(config: &Tls) -> Result<Self, TlsError> {
        // Before they are read, so that what changes meanwhile is read again.
        let begun = Stamp::of(config);
        let set = Set::load(config)?;
        Ok(Self {
            config: config.clone(),
            begun,
            sets: watch::Sender::new(Arc::new(set)),
            asked: Arc::new(Notify::new()),
        })
    }

    pub(super) const fn config(&self) -> &Tls {
        &self.config
    }

    pub(super) fn sets(&self) -> watch::Receiver<Arc<Set>> {
        self.sets.subscribe()
    }

    pub(crate) fn reload(&self) -> Reload {
        Reload(Arc::clone(&self.asked))
    }

    /// Reads the files when they change or somebody asks, until the monitor says that it is over.
    /// Files that cannot be used change nothing.
    pub(crate) async fn keep(&self, metrics: &Metrics, over: &Monitor) {
        let mut seen = self.begun.clone();
        let mut warned = false;
        loop {
            let asked = tokio::select! {
                () = over.drained() => return,
                () = self.asked.notified() => true,
                () = sleep(self.config.reload()) => false,
            };
            let config = self.config.clone();
            let before = seen.clone();
            let look = spawn_blocking(move || {
                let found = Stamp::of(&config);
                let read = asked || found != before;
                (found, read.then(|| Set::load(&config)))
            });
            let Ok((found, read)) = look.await else {
                error!("reading the files for TLS ended in a panic; those from before are in use");
                continue;
            };
            seen = found;
            match read {
                None => {}
                Some(Ok(set)) => {
                    metrics.tls_reload("loaded");
                    info!("certificates, CAs and revocation lists were read anew");
                    self.sets.send_replace(Arc::new(set));
                    warned = false;
                }
                Some(Err(refused)) => {
                    metrics.tls_reload("refused");
                    let causes = Causes(&refused);
                    warn!(error = %refused, %causes, "files for TLS changed and cannot be used; those from before are");
                }
            }
            if self.sets.borrow().is_over() && !warned {
                warned = true;
                warn!(
                    "a revocation list is over: no client certificate is taken until there is a newer one"
                );
            }
        }
    }
}

/// What lies behind an error.
struct Causes<'a>(&'a dyn std::error::Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, "{cause}")?;
            next = cause.source();
            if next.is_some() {
                f.write_str(": ")?;
            }
        }
        Ok(())
    }
}
