//! What a replay can find.

use std::fmt;

use caseledger_chain::{
    DecodeError, Digest, LinkFault, MessageId, Position, StatementError, SubmitterId,
};
use caseledger_domain::{
    Breach, ChargeId, FactKind, Frozen, IdError, OrgId, Rejection, StreamId, view::Tally,
    vocabulary::Role,
};
use caseledger_proto::{PostedError, Unexplained, event_codec::BodyError};

/// Findings that a replay keeps; further ones are counted.
pub const FINDINGS_MAX: usize = 1_000;

/// Which of the two questions a finding answers with no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Is what is there what was recorded, and does it obey the rules?
    Integrity,
    /// Is nothing missing?
    Completeness,
}

impl Question {
    /// The stable lower-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Completeness => "completeness",
        }
    }
}

/// Something that is not as it must be.
#[derive(Debug)]
pub struct Finding {
    /// The entry it is about: its index among those that were fed, counted from the position of
    /// the batch. None if it is about no single entry.
    pub position: Option<Position>,
    /// What is wrong, with both sides.
    pub fault: Fault,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "position {position}: ")?;
        }
        self.fault.fmt(f)
    }
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChecked {
    /// Entries behind one that could not be read or does not belong where it stands.
    #[error("links within streams and the rules of the domain from position {from} on")]
    Behind {
        /// From where on.
        from: Position,
    },
    /// The history of corrected cases was not read a second time, or had other bytes then.
    #[error("corrections of {cases} cases: their entries could not be read a second time")]
    Corrections {
        /// How many cases.
        cases: u64,
    },
}

/// An entry that does not say anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// A body that is no event.
    #[error("not an event: {0}")]
    Body(#[from] BodyError),
    /// A stream kind that does not exist.
    #[error("unknown stream kind {found}")]
    StreamKind {
        /// The number in the header.
        found: u8,
    },
    /// Bytes that are no identifier.
    #[error("not an identifier: {0}")]
    Id(#[from] IdError),
}

/// What is wrong with an entry, or with a run of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// An entry does not belong where it stands.
    #[error("chain: {0}")]
    Link(LinkFault),
    /// Entries are not there, though later ones are.
    #[error("{} entries are missing, from position {first} to {last}", last.get() - first.get() + 1)]
    Dropped {
        /// First position without an entry.
        first: Position,
        /// Last position without an entry.
        last: Position,
    },
    /// An entry stands behind one that it came before.
    #[error("the entry of position {found} stands here, behind later ones")]
    Moved {
        /// Where it says it stands.
        found: Position,
    },
    /// An entry stands here that has its position already.
    #[error("an entry of position {found} stands here a second time")]
    Repeated {
        /// Where it says it stands.
        found: Position,
    },
    /// An entry does not say anything.
    #[error("content: {0}")]
    Content(ContentError),
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
    /// A submitter's number was given to two messages.
    #[error("number {number} of {submitter} was given to the message at position {first} already")]
    NumberTwice {
        /// Who sent it.
        submitter: SubmitterId,
        /// Its number.
        number: u64,
        /// Where it was recorded first.
        first: Position,
    },
    /// Numbers of a submitter that no message has, though a later one does.
    #[error("numbers {from} to {to} of {submitter} were never recorded")]
    NumbersMissing {
        /// Who left them out.
        submitter: SubmitterId,
        /// First missing number.
        from: u64,
        /// Last missing number.
        to: u64,
    },
    /// Published leaf hashes are not those of the entries.
    #[error(
        "{count} published leaf hashes differ; here is {found}, the entry hashes to {expected}"
    )]
    LeafTile {
        /// Of the first such entry.
        expected: Digest,
        /// Published for it; zero if none is.
        found: Digest,
        /// How many entries of the tile.
        count: u32,
    },
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
    /// A fact about a case that nobody has identified yet.
    #[error("{0:?} stands in a case before it is identified")]
    NotIdentified(FactKind),
    /// Charges in a fact that is about no case.
    #[error("{0:?} lists charges, and is about no case")]
    ChargesOfNoCase(FactKind),
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
    /// An event that the rules forbid where it stands, though nothing else is wrong with it.
    #[error("an event that the rules forbid: {0}")]
    Forbidden(Breach),
    /// Stated by an organisation that may not, or against the rules for organisations.
    #[error("not authorised: {0}")]
    Authority(Rejection),
    /// A fact about an organisation in a log that does not declare who may state what.
    #[error("not authorised: {0:?} stands in a log that declares no authority")]
    Undeclared(FactKind),
    /// Authority is declared with the first entries of a log.
    #[error("authority is declared here, which only the first entries of a log do")]
    DeclaredLate,
    /// An act takes effect without a second organisation, or waits for nobody.
    #[error(
        "an act about an organisation {}",
        if *expected { "takes effect without waiting for a second organisation" } else { "waits for approval that nobody requires" }
    )]
    Approval {
        /// Whether it had to wait.
        expected: bool,
    },
    /// Recorded on a day that no calendar has.
    #[error("recorded on no day of the courts' calendar, so that authority cannot be judged")]
    NoDay,
    /// Not signed, though the organisation has to sign.
    #[error("{0} signs everything that it submits, and did not sign this")]
    SignatureMissing(OrgId),
    /// A signature that is not one of the submission.
    #[error("the submitter's signature does not hold: {0}")]
    SignatureInvalid(StatementError),
    /// Signed with a key that was not the submitter's, or not then.
    #[error("signed with {key}, which was no signing key of {org} here")]
    SigningKeyUnknown {
        /// Who submitted it.
        org: OrgId,
        /// The public key.
        key: Digest,
    },
    /// A post without anything signed in a submission that is, or a signature that is not with the first entry.
    #[error("the signature does not stand where the first entry of a signed submission has it")]
    SignatureMisplaced,
    /// What was signed cannot be read, so that nothing can follow from it.
    #[error("what was signed cannot be read: {0}")]
    SignedUnreadable(PostedError),
    /// Recorded was something else than what was signed.
    #[error("recorded otherwise than signed: {0}")]
    SignedOtherwise(Unexplained),
    /// A private part was kept where none is: with a fact about no case, or once the case's were given up.
    #[error("a private part was kept here, {}", if *.given_up { "behind the order to destroy those of the case" } else { "with a fact that is about no case" })]
    PrivateMisplaced {
        /// Whether it is about a case whose private parts were ordered to be destroyed.
        given_up: bool,
    },
    /// A key of checkpoints is replaced or retired out of turn.
    #[error("a key of checkpoints is changed out of turn: {0}")]
    Key(Rejection),
    /// Figures that do not say what they rest on.
    #[error("announced figures do not say over which entries they were counted")]
    NotFrozen,
    /// Figures that rest on other entries than those before them.
    #[error(
        "announced figures rest on {} entries with root {}, before them are {} with root {}{}",
        .found.size, Digest::from_bytes(.found.root), .expected.size,
        Digest::from_bytes(.expected.root), Later(*.later)
    )]
    Frozen {
        /// What is before them.
        expected: Frozen,
        /// What they say.
        found: Frozen,
        /// Announcements behind them that name another root, too. One entry that was altered is
        /// enough for that, and no later root says anything new about it.
        later: u64,
    },
    /// A figure that the entries before it do not come to.
    #[error(
        "announced figure {figure} is {}, the entries before it come to {} of {}",
        Stated(.found), .expected.value, .expected.of
    )]
    FigureDiffers {
        /// Its place, from 1.
        figure: u16,
        /// What the entries come to.
        expected: Tally,
        /// What was announced.
        found: Option<Tally>,
    },
}

impl Fault {
    /// The stable name of what is wrong, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Link(fault) => link_kind(fault),
            Self::Dropped { .. } => "entry-dropped",
            Self::Moved { .. } => "entry-reordered",
            Self::Repeated { .. } => "entry-repeated",
            Self::Content(_) => "content-unreadable",
            Self::MessageTwice { .. } => "message-repeated",
            Self::NumberTwice { .. } => "number-repeated",
            Self::NumbersMissing { .. } => "numbers-missing",
            Self::LeafTile { .. } => "tile-differs",
            Self::WrongStream { .. }
            | Self::NotAllowed { .. }
            | Self::IdentifiedTwice
            | Self::NotIdentified(_)
            | Self::ChargesOfNoCase(_)
            | Self::UnknownCharge(_)
            | Self::ChargeNumber { .. }
            | Self::NothingHeld(_)
            | Self::Restored
            | Self::Forbidden(_)
            | Self::Key(_)
            | Self::NotFrozen => "rule-broken",
            Self::Frozen { .. } | Self::FigureDiffers { .. } => "figure-differs",
            Self::Authority(_)
            | Self::Undeclared(_)
            | Self::DeclaredLate
            | Self::Approval { .. }
            | Self::NoDay => "not-authorised",
            Self::SignatureMissing(_) => "signature-missing",
            Self::SignatureInvalid(_) => "signature-invalid",
            Self::SigningKeyUnknown { .. } => "signing-key-unknown",
            Self::SignatureMisplaced => "signature-misplaced",
            Self::SignedUnreadable(_) => "signed-unreadable",
            Self::SignedOtherwise(_) => "signed-otherwise",
            Self::PrivateMisplaced { .. } => "private-misplaced",
        }
    }

    /// Whether it is an announcement of another root, whatever else it says.
    fn names_another_root(&self) -> bool {
        matches!(self, Self::Frozen { expected, found, .. } if expected.root != found.root)
    }

    /// Which question it answers.
    pub const fn question(&self) -> Question {
        match self {
            Self::Dropped { .. }
            | Self::NumbersMissing { .. }
            | Self::Link(LinkFault::Unfinished { .. }) => Question::Completeness,
            Self::Link(_)
            | Self::Moved { .. }
            | Self::Repeated { .. }
            | Self::Content(_)
            | Self::MessageTwice { .. }
            | Self::NumberTwice { .. }
            | Self::LeafTile { .. }
            | Self::WrongStream { .. }
            | Self::NotAllowed { .. }
            | Self::IdentifiedTwice
            | Self::NotIdentified(_)
            | Self::ChargesOfNoCase(_)
            | Self::UnknownCharge(_)
            | Self::ChargeNumber { .. }
            | Self::NothingHeld(_)
            | Self::Restored
            | Self::Forbidden(_)
            | Self::Authority(_)
            | Self::Undeclared(_)
            | Self::DeclaredLate
            | Self::Approval { .. }
            | Self::NoDay
            | Self::SignatureMissing(_)
            | Self::SignatureInvalid(_)
            | Self::SigningKeyUnknown { .. }
            | Self::SignatureMisplaced
            | Self::SignedUnreadable(_)
            | Self::SignedOtherwise(_)
            | Self::PrivateMisplaced { .. }
            | Self::Key(_)
            | Self::NotFrozen
            | Self::Frozen { .. }
            | Self::FigureDiffers { .. } => Question::Integrity,
        }
    }
}

/// A figure as it was announced.
struct Stated<'a>(&'a Option<Tally>);

impl fmt::Display for Stated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(Tally { value, of }) => write!(f, "{value} of {of}"),
            None => f.write_str("without a value"),
        }
    }
}

/// How many announcements have the fault of an earlier one.
struct Later(u64);

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str("; 1 later announcement names another root, too"),
            later => write!(f, "; {later} later announcements name another root, too"),
        }
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self::Link(LinkFault::Entry(error))
    }
}

fn link_kind(fault: &LinkFault) -> &'static str {
    match fault {
        LinkFault::Entry(_) => "entry-malformed",
        LinkFault::Ledger { .. } => "other-ledger",
        LinkFault::Prev { .. } => "entry-altered",
        LinkFault::Position { .. } => "position-broken",
        LinkFault::RecordedAt { .. } => "time-backwards",
        LinkFault::Message { .. } | LinkFault::PartTime { .. } | LinkFault::Content { .. } => {
            "message-broken"
        }
        LinkFault::Sequence { .. } => "sequence-broken",
        LinkFault::Revision { .. } => "revision-skipped",
        LinkFault::StreamPrev { .. } => "stream-altered",
        LinkFault::Unfinished { .. } => "message-cut",
        // The chain crate may learn to tell more apart; until it has a name here it has this one.
        _ => "chain-broken",
    }
}

/// Findings as they come, bounded.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) integrity: Vec<Finding>,
    pub(crate) completeness: Vec<Finding>,
    pub(crate) more: u64,
}

impl Findings {
    pub(crate) fn add(&mut self, position: Option<Position>, fault: Fault) {
        if fault.names_another_root() && self.count_later() {
            return;
        }
        if self.integrity.len() + self.completeness.len() >= FINDINGS_MAX {
            self.more += 1;
            return;
        }
        let list = match fault.question() {
            Question::Integrity => &mut self.integrity,
            Question::Completeness => &mut self.completeness,
        };
        list.push(Finding { position, fault });
    }

    /// Counts one more announcement that names another root, if one was found before it.
    fn count_later(&mut self) -> bool {
        let mut found = self.integrity.iter_mut().map(|finding| &mut finding.fault);
        let Some(Fault::Frozen { later, .. }) = found.find(|fault| fault.names_another_root())
        else {
            return false;
        };
        *later += 1;
        true
    }
}
