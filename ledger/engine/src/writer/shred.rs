//! Destroying what is private of the cases of which it was ordered, and confirming it.
//!
//! ```text
//! 1. all data keys but theirs are wrapped anew: the rename in the vault <== THE COMMIT POINT
//! 2. the key-encryption key before is destroyed, the map in memory replaced
//! 3. ShredConfirmed is recorded of each case, in groups, of as many as a round takes
//! ```
//!
//! The keys of all that are ordered go at once, because each re-wrap costs a pass over all others. The round after it finds
//! none of them alive, and only confirms.
//!
//! A crash before the commit point leaves cases ordered and their keys alive, one behind it cases ordered that have no key.
//! Opening the ledger runs this again: it wraps nothing anew in the second case, and confirms in both. It runs on the
//! writer's thread, so that no key is made meanwhile.

use std::{
    collections::BTreeSet,
    sync::{Arc, mpsc::SyncSender},
};

use caseledger_domain::{
    CaseFact, CaseId, Command, Expected, Fact, OrgId, Scope, Target, vocabulary::Role,
};
use caseledger_store::AppendError;
use caseledger_vault::{Generation, RewrapError};

use super::{Admitted, Fatal, Slot, Uncommitted, Writer};
use crate::{
    error::{ReadError, SubmitError},
    job::Poster,
    limits, own,
    private::Destroyed,
    random::NoRandomness,
    receipt::Receipt,
};

/// How far the destruction of private parts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShredStep {
    /// The keys of all other cases are wrapped anew.
    Wrapping {
        /// Keys that are.
        done: usize,
        /// Keys there are.
        of: usize,
    },
    /// Confirmations are recorded.
    Confirming {
        /// Cases that are confirmed.
        done: usize,
        /// Cases there are.
        of: usize,
    },
}

/// Of which cases a round confirms that they are destroyed: the receipts of a round are held until it is over.
#[derive(Clone, Debug)]
pub struct ShredRound {
    /// These before all others, as far as it is ordered of them.
    pub first: BTreeSet<CaseId>,
    /// Of so many cases at most.
    pub max: usize,
}

impl ShredRound {
    /// A round of everything that is ordered.
    #[must_use]
    pub const fn everything() -> Self {
        Self {
            first: BTreeSet::new(),
            max: usize::MAX,
        }
    }

    fn cases(&self, ordered: &BTreeSet<CaseId>) -> Vec<CaseId> {
        let first = self.first.intersection(ordered);
        let others = ordered.difference(&self.first);
        first.chain(others).take(self.max).copied().collect()
    }
}

/// Private parts were destroyed.
#[derive(Debug)]
pub struct Shredded {
    /// The key-encryption key that was destroyed; none if there was nothing to destroy.
    pub generation: Option<Generation>,
    /// The receipts of the confirmations, one a case.
    pub receipts: Vec<Receipt>,
    /// Cases that are ordered and left to the next round. Their keys are destroyed.
    pub left: usize,
}

/// Private parts were not destroyed, or it was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ShredError {
    /// The vault. What is left of it, if anything, is done when the ledger is opened again, or asked again.
    #[error(transparent)]
    Vault(#[from] RewrapError),
    /// They are destroyed, and it could not be recorded now.
    #[error(
        "private parts are destroyed, and the store takes no confirmation at the moment: {0}; ask again later"
    )]
    StoreUnavailable(#[source] Arc<AppendError>),
    /// They are destroyed, and the confirmation was refused.
    #[error(
        "private parts are destroyed, and the confirmation is refused: {0}; check the ledger with fsck"
    )]
    Refused(#[source] SubmitError),
    /// They are destroyed, and an entry of the case could not be read.
    #[error("private parts are destroyed, and are not confirmed: {0}")]
    Read(#[from] ReadError),
    /// No random bytes for a message id.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The ledger is open for reading only.
    #[error("the ledger is open read-only; nothing is destroyed here")]
    ReadOnly,
    /// The writer stopped.
    #[error("the writer has stopped; open the ledger again, which finishes what was ordered")]
    Stopped,
}

/// Destroy what was ordered to be, and tell.
pub(crate) struct Shred {
    pub(crate) round: ShredRound,
    pub(crate) progress: Box<dyn FnMut(ShredStep) + Send>,
    pub(crate) reply: SyncSender<Result<Shredded, ShredError>>,
}

impl Writer {
    /// Does it between two groups.
    pub(super) fn shred(&mut self, shred: Shred) -> Result<(), Fatal> {
        let Shred {
            round,
            mut progress,
            reply,
        } = shred;
        let outcome = self.destroy_ordered(&round, &mut *progress)?;
        // Whoever asked may be gone; it is done all the same.
        drop(reply.send(outcome));
        Ok(())
    }

    fn destroy_ordered(
        &mut self,
        round: &ShredRound,
        progress: &mut dyn FnMut(ShredStep),
    ) -> Result<Result<Shredded, ShredError>, Fatal> {
        let ordered = self.shared.world().shreds().clone();
        if ordered.is_empty() {
            return Ok(Ok(Shredded {
                generation: None,
                receipts: Vec::new(),
                left: 0,
            }));
        }
        match self.destroy_keys(&ordered, progress) {
            Ok(generation) => {
                let cases = round.cases(&ordered);
                let confirmed = self.confirm(&cases, generation, progress)?;
                Ok(confirmed.map(|receipts| Shredded {
                    generation: Some(generation),
                    left: ordered.len() - receipts.len(),
                    receipts,
                }))
            }
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// Destroys the keys of these cases, if one of them has any; the key-encryption key that is gone with them.
    fn destroy_keys(
        &self,
        cases: &BTreeSet<CaseId>,
        progress: &mut dyn FnMut(ShredStep),
    ) -> Result<Generation, RewrapError> {
        let mut keys = self.shared.keys_mut();
        let alive = cases.iter().any(|case| keys.wrapped(*case).is_some());
        // A re-wrap that nothing confirmed left none, and destroyed the generation before this one. Where no generation
        // was ever destroyed, one is now: what is confirmed has to be true.
        if let Some(gone) = keys.destroyed().filter(|_| !alive) {
            return Ok(gone);
        }
        let mut wrapping = |done, of| progress(ShredStep::Wrapping { done, of });
        let Destroyed {
            generation,
            dropped,
        } = keys.destroy(cases, self.head.size, &mut wrapping)?;
        tracing::info!(
            generation = generation.get(),
            dropped,
            "key-encryption key destroyed"
        );
        Ok(generation)
    }

    /// Records of each case that its private parts are destroyed.
    fn confirm(
        &mut self,
        all: &[CaseId],
        generation: Generation,
        progress: &mut dyn FnMut(ShredStep),
    ) -> Result<Result<Vec<Receipt>, ShredError>, Fatal> {
        let mut receipts = Vec::with_capacity(all.len());
        for cases in all.chunks(limits::GROUP_ENTRIES_MAX) {
            match self.confirm_group(cases, generation)? {
                Ok(confirmed) => receipts.extend(confirmed),
                Err(error) => return Ok(Err(error)),
            }
            let (done, of) = (receipts.len(), all.len());
            progress(ShredStep::Confirming { done, of });
        }
        Ok(Ok(receipts))
    }

    fn confirm_group(
        &mut self,
        cases: &[CaseId],
        generation: Generation,
    ) -> Result<Result<Vec<Receipt>, ShredError>, Fatal> {
        self.begin_group();
        for cases in cases.chunks(limits::COMMANDS_MAX) {
            let confirmations = cases
                .iter()
                .map(|case| self.confirmation(*case, generation));
            let commands: Vec<Command> = match confirmations.collect() {
                Ok(commands) => commands,
                Err(error) => return Ok(Err(ShredError::Read(error))),
            };
            let submission = match own::submission(&self.shared, commands) {
                Ok(submission) => submission,
                Err(error) => return Ok(Err(error.into())),
            };
            let poster = Poster {
                org: OrgId::OPERATOR,
                role: Role::Operator,
            };
            match self.admit(&poster, submission)? {
                Admitted::Slot(Slot::Pending { .. }) => {}
                Admitted::Slot(Slot::Done(Err(error))) => {
                    return Ok(Err(ShredError::Refused(error)));
                }
                // Its id was drawn just now, and it counts nothing.
                Admitted::Slot(Slot::Done(Ok(_))) | Admitted::NeedsEmptyGroup(_) => {
                    return Err(Fatal::Defect("a confirmation was recorded before"));
                }
            }
        }
        match self.commit_group() {
            Ok(done) => {
                let receipts = done.receipts(0, cases.len());
                self.hand_over(done)?;
                Ok(Ok(receipts))
            }
            Err(Uncommitted::Now(error)) => Ok(Err(ShredError::StoreUnavailable(Arc::new(error)))),
            Err(Uncommitted::Ever(fatal)) => Err(fatal),
        }
    }

    fn confirmation(&self, case: CaseId, generation: Generation) -> Result<Command, ReadError> {
        let records = self.shared.private_positions(case)?.len();
        Ok(Command {
            target: Target::LedgerCase(case),
            expected: Expected::Any,
            scope: Scope::WholeCase,
            occurred_on: self.group.today,
            fact: Fact::Case(CaseFact::ShredConfirmed {
                generation: generation.get(),
                records: u32::try_from(records).unwrap_or(u32::MAX),
            }),
        })
    }
}
