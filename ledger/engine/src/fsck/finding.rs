//! What a check can find.

use std::fmt;

use caseledger_chain::{
    CheckpointError, Digest, LinkFault, MessageId, Position, Size, SubmitterId,
};
use caseledger_domain::{CaseId, ChargeId, FactKind, StreamId, vocabulary::Role};
use caseledger_store::{Damage, Head, OpenError, RebuildReason};

use crate::stored::StoredError;

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
    /// Entries behind one that could not be read.
    #[error("links within streams and the rules of the domain from position {from} on")]
    Behind {
        /// From where on.
        from: Position,
    },
    /// Saved state could not be compared.
    #[error("saved state: {0}")]
    SavedState(#[source] crate::recovery::OpenError),
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The journal's own structure.
    #[error("journal: {0}")]
    Journal(Damage),
    /// An entry does not belong where it stands.
    #[error("chain: {0:?}")]
    Link(LinkFault),
    /// An entry does not say anything.
    #[error("content: {0}")]
    Content(StoredError),
    /// A frame ends within a submission.
    #[error("frame ends with part {part} of {parts} of a submission, which must be whole")]
    SplitSubmission {
        /// Index of the last part in the frame.
        part: u16,
        /// How many there are.
        parts: u16,
    },
    /// A message was recorded twice.
    #[error("message {message} of {submitter} was recorded at position {first} already")]
    MessageTwice {
        /// Who sent it.
        submitter: SubmitterId,
        /// Its id.
        message: MessageId,
        /// Where it was recorded first.
        first: Position,
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
    #[error("the checkpoint for size {size} is not in {place}; it can be signed again")]
    CheckpointMissing {
        /// Its size.
        size: Size,
        /// Where it should be.
        place: &'static str,
    },
    /// A record beside the entries that is none.
    #[error("record of kind {kind} beside the entries has {found} bytes or an unknown kind")]
    Sidecar {
        /// Its kind.
        kind: u8,
        /// Its length.
        found: usize,
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
    /// A fact in a stream of another kind.
    #[error("{kind:?} stands in stream {stream}")]
    WrongStream {
        /// The fact.
        kind: FactKind,
        /// The stream.
        stream: StreamId,
    },
    /// A fact stated by somebody who may not.
    #[error("{kind:?} was stated by a {role}, who may not")]
    NotAllowed {
        /// The fact.
        kind: FactKind,
        /// The role it was stated in.
        role: Role,
    },
    /// A case identified twice.
    #[error("the case is identified a second time")]
    IdentifiedTwice,
    /// A charge that the case does not have.
    #[error("the fact is about charge {0}, which the case does not have")]
    UnknownCharge(ChargeId),
    /// Charges that are not numbered from 1 on.
    #[error("charge {expected} of the case is numbered {found}")]
    ChargeNumber {
        /// Its place, from 1.
        expected: ChargeId,
        /// Its number.
        found: ChargeId,
    },
    /// A held confirmation that was not held.
    #[error("revision {0} is matched, but holds no confirmation")]
    NothingHeld(u64),
    /// A correction whose result is not what the corrected history comes to.
    #[error("the correction restores charges to another state than the corrected history has")]
    Restored,
    /// The counts of an order.
    #[error("order is completed with {found} applied, {expected} cases have it applied")]
    OrderApplied {
        /// Counted.
        expected: u32,
        /// Stated.
        found: u32,
    },
    /// Control totals that do not add up.
    #[error("severities of the list do not add up to its rows")]
    ControlTotals,
    /// A policy out of sequence.
    #[error("policy has version {found}, expected {expected}")]
    PolicyVersion {
        /// The next one.
        expected: u16,
        /// In the fact.
        found: u16,
    },
    /// Saved state of a stream.
    #[error("saved state of stream {0} is not what its entries come to")]
    SavedStream(StreamId),
    /// Saved look-up records.
    #[error("saved look-up of case {0} is not what the journal has")]
    SavedToken(CaseId),
    /// Saved messages.
    #[error("saved state does not know the message recorded here")]
    SavedMessage,
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
