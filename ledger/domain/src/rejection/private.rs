//! The rules for what is private: who reads it, and when it is destroyed.

use crate::date::Date;
use crate::fact::FactKind;
use crate::id::{ChargeId, OrgId};
use crate::state::Seal;
use crate::vocabulary::{ReadPurpose, Role, ShredBasis};

/// Why private parts are not read, not destroyed, or do not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrivateRule {
    /// The role reads no private parts, or not of this case.
    #[error("{poster} may not read private parts of the case as {role}; ask its court")]
    ReaderNotAllowed {
        /// Who asked.
        poster: OrgId,
        /// In which role.
        role: Role,
    },
    /// What is sealed is read for a purpose.
    #[error("the case is sealed, expected a purpose and found none; say what it is read for")]
    PurposeMissing,
    /// The role reads for other purposes.
    #[error(
        "{role} does not read for {purpose}; OVERSIGHT_SAMPLE is for OVERSIGHT and for no other role"
    )]
    PurposeNotAllowed {
        /// In which role.
        role: Role,
        /// For what.
        purpose: ReadPurpose,
    },
    /// It takes everything in the case to be sealed.
    #[error(
        "charge {charge} stands {stands}, expected SEALED; {attempted:?} is about what is sealed"
    )]
    ChargeNotSealed {
        /// The charge.
        charge: ChargeId,
        /// How its seal stands.
        stands: Seal,
        /// What was tried.
        attempted: FactKind,
    },
    /// The role orders under another authority.
    #[error("{role} does not order it under {basis}; an operator does under RETENTION alone")]
    BasisNotAllowed {
        /// Who tried.
        role: Role,
        /// The authority named.
        basis: ShredBasis,
    },
    /// The ledger keeps private parts for good.
    #[error("no retention is set; have an operator record RetentionSet, or name another basis")]
    RetentionNotSet,
    /// The days have not passed.
    #[error("sealed on {sealed_on} and kept until {until}, and it is {today}; wait until then")]
    RetentionNotOver {
        /// The day of the newest sealing.
        sealed_on: Date,
        /// The first day on which it may be destroyed.
        until: Date,
        /// The day in the courts' time zone.
        today: Date,
    },
    /// Retention is of the ledger as a whole.
    #[error("retention is set in the stream of operator, not of {0}; post it there")]
    RetentionElsewhere(OrgId),
    /// Ordered once, and for good.
    #[error("revision {0} orders it already; there is nothing left to order")]
    OrderedAlready(u64),
    /// Nothing is destroyed that nobody ordered to be.
    #[error("nobody ordered that private parts of the case be destroyed; post ShredOrdered first")]
    NotOrdered,
    /// What was sealed cannot come back.
    #[error(
        "private parts of the case are destroyed, or about to be, as revision {ordered} says: what is sealed cannot come back, and {attempted:?} would open it"
    )]
    Destroyed {
        /// Revision of the order.
        ordered: u64,
        /// What was tried.
        attempted: FactKind,
    },
    /// Nothing private of the case is kept any more.
    #[error(
        "nothing private of the case is kept since revision {0} ordered that it be destroyed; post the fact without private details"
    )]
    KeptNoMore(u64),
    /// There is nothing to read.
    #[error(
        "private parts of the case are destroyed, or about to be, as revision {0} says; nothing opens them"
    )]
    NothingToRead(u64),
}
