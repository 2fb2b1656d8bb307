//! What commands have in common that work on the keys of a ledger where its files are.

use std::error::Error;
use std::sync::Arc;

use caseledger_engine::{Clock, Config, LedgerPaths, SystemClock};
use clap::Args;

use crate::args::{FormatArgs, Places};
use crate::exit::{Exit, Failure};
use crate::output::{Output, Report};

/// A ledger on this machine, and how what there is to say is shown.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    places: Places,

    #[command(flatten)]
    format: FormatArgs,
}

impl PlaceArgs {
    /// Every place of the ledger.
    ///
    /// # Errors
    /// [`Failure`] if keys or guard are inside the data folder.
    pub(crate) fn paths(&self) -> Result<LedgerPaths, Failure> {
        Ok(self.places.paths()?)
    }

    /// Looks at a ledger that a server may have open, and changes nothing.
    ///
    /// # Errors
    /// [`Failure`] of `look`.
    pub(crate) async fn look<T, E>(
        &self,
        look: fn(&LedgerPaths) -> Result<T, E>,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        E: Error + Send + Sync + 'static,
    {
        let paths = self.paths()?;
        let looked = tokio::task::spawn_blocking(move || look(&paths)).await?;
        looked.map_err(|error| Failure::new(Exit::Refused, error))
    }

    /// Replaces a key of a ledger that nobody serves: `replace` opens it, and is refused if somebody does.
    ///
    /// # Errors
    /// [`Failure`] of `replace`.
    pub(crate) async fn replace<T, E>(
        &self,
        replace: impl FnOnce(&Config, &Arc<dyn Clock>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        E: Send + 'static,
        Failure: From<E>,
    {
        let config = Config::new(self.paths()?);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let replaced = tokio::task::spawn_blocking(move || replace(&config, &clock));
        Ok(replaced.await??)
    }

    /// Shows what came of it.
    ///
    /// # Errors
    /// [`Failure`] of writing to standard output.
    pub(crate) fn show(&self, output: &Output, report: &Report) -> Result<(), Failure> {
        output.show(self.format.format, report)
    }
}
