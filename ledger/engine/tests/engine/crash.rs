//! A process that ends at a step of the vault.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
};

use caseledger_vault::{Disk, Step, Verdict, Watch};

/// Lets a number of steps pass; the process ends before the next one, or within it.
#[derive(Debug)]
pub(crate) struct Crash {
    at: usize,
    leaves: Option<usize>,
    seen: Mutex<usize>,
}

impl Crash {
    pub(crate) fn disk(at: usize, leaves: Option<usize>) -> (Arc<Self>, Disk) {
        let crash = Arc::new(Self {
            at,
            leaves,
            seen: Mutex::default(),
        });
        let disk = Disk::watched(Arc::<Self>::clone(&crash));
        (crash, disk)
    }

    pub(crate) fn struck(&self) -> bool {
        *self.seen.lock().unwrap() > self.at
    }
}

impl Watch for Crash {
    fn before(&self, _: Step, _: &Path) -> Verdict {
        let mut seen = self.seen.lock().unwrap();
        let index = *seen;
        *seen += 1;
        match self.leaves {
            _ if index < self.at => Verdict::Go,
            Some(kept) if index == self.at => Verdict::Tear(kept),
            Some(_) | None => Verdict::Refuse(io::ErrorKind::Other.into()),
        }
    }
}
