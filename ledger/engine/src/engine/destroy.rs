//! Destroying what is private, and replacing the key that is over all data keys.

use std::{
    collections::BTreeSet,
    sync::{atomic::Ordering, mpsc},
};

use caseledger_vault::RewrapError;

use super::Engine;
use crate::{
    keeper, limits,
    recovery::OpenError,
    vault::KeysRotated,
    writer::{Message, Shred, ShredError, ShredRound, ShredStep, Shredded},
};

impl Engine {
    /// Destroys what is private of every case of which it was ordered: the keys of all other cases are wrapped anew, and
    /// the key-encryption key before is destroyed. Then it is confirmed, of as many of them as the round takes. Nothing is
    /// recorded meanwhile. Asked again, after a failure or because cases are left, it goes on where it was.
    ///
    /// `progress` is called on the writer's thread, and must be quick.
    ///
    /// # Errors
    /// [`ShredError`], which says what is done and what is not.
    pub fn shred_ordered(
        &self,
        round: ShredRound,
        progress: Box<dyn FnMut(ShredStep) + Send>,
    ) -> Result<Shredded, ShredError> {
        let before = self.shared.keys().generation();
        let shredded = self.shred_round(round, progress)?;
        // Saved state has wrapped keys from before. They open nothing, and need not stay. The writer goes on. A round that
        // only confirms, and leaves some to the next one, changes no key.
        let rewrapped = self.shared.keys().generation() != before;
        if rewrapped || (shredded.generation.is_some() && shredded.left == 0) {
            self.save();
        }
        Ok(shredded)
    }

    fn shred_round(
        &self,
        round: ShredRound,
        progress: Box<dyn FnMut(ShredStep) + Send>,
    ) -> Result<Shredded, ShredError> {
        if self.read_only {
            return Err(ShredError::ReadOnly);
        }
        let accepting = self.shared.accepting.load(Ordering::Acquire);
        let inbox = self.inbox.as_ref().filter(|_| accepting);
        let inbox = inbox.ok_or(ShredError::Stopped)?;
        let (reply, done) = mpsc::sync_channel(1);
        let shred = Message::Shred(Shred {
            round,
            progress,
            reply,
        });
        inbox.send(shred).map_err(|_closed| ShredError::Stopped)?;
        done.recv().map_err(|_closed| ShredError::Stopped)?
    }

    /// Wraps every data key anew under another key-encryption key. For a ledger that nobody else has a handle of.
    pub(crate) fn rotate_keys(
        &self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<KeysRotated, RewrapError> {
        let size = self.shared.world().head().size;
        let mut keys = self.shared.keys_mut();
        let destroyed = keys.destroy(&BTreeSet::new(), size, progress)?;
        Ok(KeysRotated {
            generation: keys.generation(),
            destroyed: destroyed.generation,
            keys: keys.cases().count(),
        })
    }

    /// Saves state now; a failure costs the next start time and nothing else.
    fn save(&self) {
        if let Err(error) = keeper::save(&self.shared, &*self.snapshots) {
            tracing::warn!(error = &error as &dyn std::error::Error, "state not saved");
        }
    }

    /// Finishes what was ordered before the ledger was opened. Nobody reads private parts of these cases meanwhile, and
    /// what cannot be confirmed now is when it is asked for again.
    pub(super) fn finish_shred(&self) -> Result<usize, OpenError> {
        let mut confirmed = 0;
        loop {
            let round = ShredRound {
                first: BTreeSet::new(),
                max: limits::GROUP_ENTRIES_MAX,
            };
            match self.shred_round(round, Box::new(|_step| ())) {
                Ok(shredded) => {
                    confirmed += shredded.receipts.len();
                    if shredded.left == 0 {
                        break;
                    }
                }
                Err(ShredError::Vault(error)) => return Err(OpenError::Shred(error)),
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the destruction of private parts is not confirmed"
                    );
                    return Ok(confirmed);
                }
            }
        }
        self.save();
        Ok(confirmed)
    }
}
