//! How long a monitor waits for a view.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout};

use crate::source::{LogSource, Resource, SourceError};

/// The most time that one look spends on a view, over all that it reads there: room for three
/// attempts at its checkpoint.
pub(super) const VIEW_TIME: Duration = Duration::from_mins(2);

/// A view that is waited for no longer than [`VIEW_TIME`].
#[derive(Debug)]
pub(super) struct Patience<'a, S> {
    source: &'a S,
    left: Mutex<Duration>,
}

/// Why a view is not waited for.
#[derive(Debug, thiserror::Error)]
#[error("the view took more than {} seconds", VIEW_TIME.as_secs())]
struct Spent;

impl<'a, S> Patience<'a, S> {
    /// All the time there is.
    pub(super) const fn new(source: &'a S) -> Self {
        Self {
            source,
            left: Mutex::new(VIEW_TIME),
        }
    }

    /// What is left behind so much more.
    fn spend(&self, spent: Duration) -> Duration {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_sub(spent);
        *left
    }
}

impl<S: LogSource> LogSource for Patience<'_, S> {
    fn locate(&self, resource: &Resource) -> String {
        self.source.locate(resource)
    }

    async fn read(&self, resource: Resource) -> Result<Bytes, SourceError> {
        let begun = Instant::now();
        let read = timeout(self.spend(Duration::ZERO), self.source.read(resource)).await;
        self.spend(begun.elapsed());
        read.unwrap_or_else(|_elapsed| {
            let at = self.source.locate(&resource);
            let source = Spent.into();
            Err(SourceError::Unreachable { at, source })
        })
    }
}
