//! What a check can find.

use std::fmt;

use caseledger_chain::{CheckpointError, Digest, Position, Size, SubmitterId};
use caseledger_domain::{CaseId, StreamId};
use caseledger_store::{Damage, Head, OpenError, RebuildReason};
use caseledger_vault::{Generation, KeyError, VaultError};

use crate::identity::KeyFileError;

/// A place in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First position of the segment, which is its file name.
    pub segment: Position,
    /// Byte offset of the frame in the segment file.
    pub offset: u64,
}

/// Something that is not as it must be.
#[derive(Debug)]
pub struct Finding {
    /// The entry it is about, if it is about one.
    pub position: Option<Position>,
    /// The frame in the journal, if it is about one.
    pub place: Option<Place>,
    /// What is wrong, with both sides.
    pub fault: Fault,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "position {position}")?;
        }
        if let Some(Place { segment, offset }) = self.place {
            write!(f, " (segment {:020}.seg, offset {offset})", segment.get())?;
        }
        if self.position.is_some() || self.place.is_some() {
            f.write_str(": ")?;
        }
        self.fault.fmt(f)
    }
}

/// Something that could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum NotChecked {
    /// What a replay of the entries could not look at.
    #[error("{0}")]
    Replay(caseledger_audit::NotChecked),
    /// The journal is damaged, so that nothing can be compared with it.
    #[error("derived store: the journal is damaged")]
    StoreAfterDamage,
    /// The store could not be opened.
    #[error("derived store: {0}")]
    StoreNotOpened(#[source] OpenError),
    /// Reading the store failed half way.
    #[error("derived store from position {from}: {error}")]
    StoreUnreadable {
        /// From where on.
        from: Position,
        /// What failed.
        #[source]
        error: caseledger_store::LogError,
    },
    /// The journal ends with bytes that are no frame.
    #[error(
        "whether the incomplete end of the journal was acknowledged: open the ledger, which compares it with the rollback guard"
    )]
    Tail,
    /// The vault is not at hand, or cannot be used.
    #[error("private parts: {0}")]
    PrivateParts(#[source] VaultError),
    /// The folder of the vault cannot be listed.
    #[error("whether key-encryption keys that were replaced are there: {0}")]
    Keyrings(#[source] KeyError),
    /// Entries are missing or damaged, so that nobody knows which parts there have to be.
    #[error("private parts: the journal is damaged")]
    PrivateAfterDamage,
    /// The index key is not at hand, or cannot be used, so that nobody knows which look-up records there have to be.
    #[error("look-up of cases: {0}")]
    Tokens(#[source] KeyFileError),
    /// The key folder cannot be listed.
    #[error("whether index keys that were replaced are there: {0}")]
    IndexKeys(#[source] KeyFileError),
    /// Saved state was saved before the index key was replaced.
    #[error(
        "saved state: it has tokens of index key {found}, expected {expected}; the next start folds all entries again, unless its key is {found}"
    )]
    SavedIndex {
        /// In the key folder or, if that is not at hand, in the journal.
        expected: u32,
        /// In saved state.
        found: u32,
    },
    /// Saved state could not be compared.
    #[error("saved state: {0}")]
    SavedState(#[source] crate::recovery::OpenError),
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// What the entries alone show.
    #[error("{0}")]
    Replay(caseledger_audit::Fault),
    /// The journal's own structure.
    #[error("journal: {0}")]
    Journal(Damage),
    /// A frame ends within a submission.
    #[error("frame ends with part {part} of {parts} of a submission, which must be whole")]
    SplitSubmission {
        /// Index of the last part in the frame.
        part: u16,
        /// How many there are.
        parts: u16,
    },
    /// The leaf hash of an entry.
    #[error("leaf hash is {found}, expected {expected}")]
    Leaf {
        /// Of the entry in the journal.
        expected: Digest,
        /// In the store.
        found: Digest,
    },
    /// The entry in the store is not the one in the journal.
    #[error("entry in the store hashes to {found}, in the journal to {expected}")]
    StoredEntry {
        /// In the journal.
        expected: Digest,
        /// In the store.
        found: Digest,
    },
    /// The store lacks entries.
    #[error("the store is at {found}, the journal at {expected}")]
    StoreHead {
        /// The journal.
        expected: Head,
        /// The store.
        found: Head,
    },
    /// The store was not usable and was made again.
    #[error("the derived store was damaged and has been rebuilt: {0}")]
    Rebuilt(RebuildReason),
    /// Something remembers more than the journal has, or something else.
    #[error("{0}")]
    Rollback(OpenError),
    /// A checkpoint that is not one, or that the key did not sign.
    #[error("checkpoint for size {size}: {error}")]
    Checkpoint {
        /// The size it should be for.
        size: Size,
        /// What is wrong with it.
        error: CheckpointError,
    },
    /// A checkpoint for another size.
    #[error("checkpoint is for size {found}, expected {expected}")]
    CheckpointSize {
        /// End of a commit group.
        expected: Size,
        /// In the checkpoint.
        found: Size,
    },
    /// A checkpoint over other entries.
    #[error("checkpoint for size {size} has root {found}, the entries have {expected}")]
    CheckpointRoot {
        /// Its size.
        size: Size,
        /// Derived.
        expected: Digest,
        /// Signed.
        found: Digest,
    },
    /// A checkpoint that was given out is not kept.
    #[error("the checkpoint for size {0} is not in the journal; it can be signed again")]
    CheckpointMissing(Size),
    /// A record beside the entries that is none.
    #[error("record of kind {kind} beside the entries has {found} bytes or an unknown kind")]
    Sidecar {
        /// Its kind.
        kind: u8,
        /// Its length.
        found: usize,
    },
    /// A record of another index key than that of its time.
    #[error(
        "a record is of index key {found}, expected {expected}: an older key folder is there or was used, and cases may stand in the ledger twice"
    )]
    TokenGeneration {
        /// Generation of the index key that was in force.
        expected: u32,
        /// Generation of the one that made the record.
        found: u32,
    },
    /// Saved state has tokens of a newer index key than the newest in the key folder.
    #[error(
        "saved state is of index key {found}, the newest at hand is {expected}: restore the newest key folder"
    )]
    SavedIndex {
        /// In the key folder.
        expected: u32,
        /// In saved state.
        found: u32,
    },
    /// A look-up token stands for two cases.
    #[error("a look-up token stands for case {found}, and stood for {expected}")]
    TokenTwice {
        /// First.
        expected: CaseId,
        /// Now.
        found: CaseId,
    },
    /// Two look-up tokens stand for one case.
    #[error("case {0} has a second look-up token")]
    SecondToken(CaseId),
    /// A look-up token stands for a case without entries.
    #[error("a look-up token stands for case {0}, which has no entry")]
    TokenWithoutCase(CaseId),
    /// A case that cannot be looked up.
    #[error("case {0} has no look-up token, so a list that has it again would open a second case")]
    CaseWithoutToken(CaseId),
    /// An entry has a commitment to a private part, the frame has none, and nobody ordered that it be destroyed.
    #[error(
        "the private part of this entry of case {0} is missing, and no order to destroy it explains that"
    )]
    PrivateMissing(CaseId),
    /// A private part that no key at hand opens.
    #[error(
        "case {0} has no data key that opens this private part, and no order to destroy it explains that"
    )]
    PrivateLocked(CaseId),
    /// A private part that does not open with the key of its case.
    #[error(
        "the private part does not open with the data key of case {0}: it was exchanged or damaged, which cannot be told apart"
    )]
    PrivateRefused(CaseId),
    /// A private part that belongs to another entry.
    #[error(
        "the private part is that of case {case} at position {position}: it was moved or replayed"
    )]
    PrivateMoved {
        /// The case that it is of.
        case: CaseId,
        /// The entry that it is of.
        position: Position,
    },
    /// A private part that is not what the entry has a commitment to.
    #[error("the private part has commitment {found}, its entry {expected}")]
    PrivateCommitment {
        /// In the entry.
        expected: Digest,
        /// Of the part.
        found: Digest,
    },
    /// A private part that no entry of the frame has a commitment to, or a second one.
    #[error("a private part for position {0}, which has no commitment to it, or has one already")]
    PrivateOrphan(Position),
    /// A case has a second data key.
    #[error("case {0} has a second data key")]
    DataKeyTwice(CaseId),
    /// The key of a case lives that was confirmed to be destroyed.
    #[error("case {0} is confirmed to be destroyed, and its data key is there")]
    KeyAlive(CaseId),
    /// The vault is an old copy.
    #[error(
        "the vault has generation {found}, the journal tells of {known}: it is an old copy; restore the newest"
    )]
    VaultOlder {
        /// Of the vault.
        found: Generation,
        /// In the journal.
        known: Generation,
    },
    /// A key-encryption key that was replaced is there.
    #[error(
        "the keyring of generation {found} lies beside the table of generation {present}: it opens what was destroyed with it; the next start for writing destroys it, so start the ledger, and destroy the copy that it came from if somebody put it back"
    )]
    KeyringOlder {
        /// Of the keyring.
        found: Generation,
        /// Of the table.
        present: Generation,
    },
    /// The index key at hand has the number of the one that was used, and is another.
    #[error(
        "recorded with another index key of generation {generation} than the one at hand, which a copy of the ledger made: restore the newest key folder of this one"
    )]
    IndexKeyOther {
        /// Generation of both.
        generation: u32,
    },
    /// An index key that was replaced is there.
    #[error(
        "index key {found} lies beside index key {present}, which took its place: with it guesses of docket numbers can be tested; the next start for writing destroys it, so start the ledger, and destroy the copy that it came from if somebody put it back"
    )]
    IndexKeyOlder {
        /// Generation of the one that was replaced.
        found: u32,
        /// Generation of the one in force.
        present: u32,
    },
    /// Saved state as a whole.
    #[error("saved state is damaged; the next start folds all entries again")]
    SavedState,
    /// Saved state of a stream.
    #[error("saved state of stream {0} is not what its entries come to")]
    SavedStream(StreamId),
    /// Saved look-up records.
    #[error("saved look-up of case {0} is not what the journal has")]
    SavedToken(CaseId),
    /// Saved messages.
    #[error("saved state does not know the message recorded here")]
    SavedMessage,
    /// Saved numbers of a submitter.
    #[error("saved gaps in the numbers of {0} are not what the entries come to")]
    SavedFeed(SubmitterId),
    /// Saved views.
    #[error("saved {0} are not what the entries come to")]
    SavedView(&'static str),
    /// Saved tree.
    #[error("saved tree has root {found}, the entries have {expected}")]
    SavedTree {
        /// Derived.
        expected: Digest,
        /// Saved.
        found: Digest,
    },
}
