//! Where the ledger ends, for those who follow it: one thread waits for the engine and tells all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use caseledger_chain::Size;
use caseledger_engine::Reader;
use tokio::sync::watch;

/// How long the thread outlives its last follower, at most.
const LINGER: Duration = Duration::from_millis(250);

/// The growing size of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    reader: Reader,
    size: Arc<watch::Sender<Size>>,
    /// Whether there is a thread that waits.
    watched: Arc<Mutex<bool>>,
}

impl Tail {
    pub(crate) fn new(reader: Reader) -> Self {
        let size = Arc::new(watch::Sender::new(reader.size()));
        Self {
            reader,
            size,
            watched: Arc::new(Mutex::new(false)),
        }
    }

    /// Tells of every growth from now on; growths in quick succession are told as one.
    pub(crate) fn follow(&self) -> watch::Receiver<Size> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let mut receiver = self.size.subscribe();
        if !*watched {
            *watched = true;
            self.size.send_replace(self.reader.size());
            let tail = self.clone();
            tokio::task::spawn_blocking(move || tail.watch());
        }
        receiver.mark_changed();
        receiver
    }

    fn watch(&self) {
        let mut size = *self.size.borrow();
        loop {
            let now = self.reader.wait_beyond(size, LINGER);
            if now > size {
                size = now;
                self.size.send_replace(size);
            }
            let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
            // A stopped engine adds nothing, and waiting for it does not wait.
            if self.size.receiver_count() == 0 || self.reader.stopped() {
                *watched = false;
                return;
            }
        }
    }
}
