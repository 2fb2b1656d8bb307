//! The checkpoint that the ledger shows to the world: one owner, one place where it changes.
//!
//! Every commit group is signed, but not every signature is published: readers are shown a newer
//! checkpoint at an interval. Whatever is published, its tiles and entries can be read at once,
//! because the engine has them before it signs; and it is never smaller than one shown before.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use caseledger_chain::Size;
use caseledger_engine::{LatestCheckpoint, Publisher};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::health::Monitor;

/// A checkpoint as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// How many entries it covers.
    pub(crate) size: Size,
    /// The note with the signature of the ledger alone, which never changes.
    pub(crate) signed: Bytes,
    /// The note with the cosignatures that there are.
    pub(crate) note: Bytes,
    /// Which witnesses they are of.
    cosigned: Vec<usize>,
}

impl Published {
    /// Whether this witness has cosigned it.
    pub(crate) fn is_cosigned_by(&self, witness: usize) -> bool {
        self.cosigned.contains(&witness)
    }
}

impl From<LatestCheckpoint> for Published {
    fn from(latest: LatestCheckpoint) -> Self {
        let signed = Bytes::copy_from_slice(latest.note.as_bytes());
        Self {
            size: latest.size,
            note: signed.clone(),
            signed,
            cosigned: Vec::new(),
        }
    }
}

/// Holds what is published.
#[derive(Clone, Debug)]
pub(crate) struct Publication {
    publisher: Publisher,
    shown: Arc<watch::Sender<Published>>,
}

impl Publication {
    /// Publishes the newest checkpoint there is.
    pub(crate) fn new(publisher: Publisher) -> Self {
        let shown = Arc::new(watch::Sender::new(publisher.latest().into()));
        Self { publisher, shown }
    }

    /// What is published now.
    pub(crate) fn current(&self) -> Published {
        self.shown.borrow().clone()
    }

    /// Tells when something else is published, or more cosignatures with it.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Published> {
        self.shown.subscribe()
    }

    /// Shows a verified cosignature line with what it is for, if that is still what is shown.
    pub(crate) fn cosigned(&self, published: &Published, witness: usize, line: &str) {
        self.shown.send_if_modified(|now| {
            let applies = now.signed == published.signed && !now.is_cosigned_by(witness);
            if applies {
                now.note = [&now.note[..], line.as_bytes()].concat().into();
                now.cosigned.push(witness);
            }
            applies
        });
    }

    /// Where tiles and entries of what is published are read.
    pub(crate) const fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// Publishes newer checkpoints at an interval, until the monitor says that it is over.
    pub(crate) async fn run(&self, interval: Duration, monitor: &Monitor) {
        loop {
            tokio::select! {
                () = monitor.drained() => return,
                () = sleep(interval) => self.publish(self.publisher.latest().into()),
            }
        }
    }

    /// Shows this one from now on, unless a larger one has been shown.
    fn publish(&self, next: Published) {
        self.shown.send_if_modified(|now| {
            let applies = next.size >= now.size && next.signed != now.signed;
            if applies {
                *now = next;
            }
            applies
        });
    }
}
