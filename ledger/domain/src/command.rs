//! What posters ask for, already parsed: identifiers resolved, nothing personal left.

use crate::date::Date;
use crate::event::Event;
use crate::fact::{Fact, Frozen};
use crate::id::{
    AnnouncementId, CaseId, CaseToken, ChargeId, CohortId, FilingId, InitiativeId, OrderId, OrgId,
};
use crate::policy::Policy;
use crate::registry::Authority;
use crate::state::CohortState;
use crate::view::Tally;
use crate::vocabulary::Role;

/// A request to record one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The stream it is about.
    pub target: Target,
    /// What the poster believes about that stream.
    pub expected: Expected,
    /// Which charges, for facts about a case.
    pub scope: Scope,
    /// The business date of the fact.
    pub occurred_on: Date,
    /// The fact. Its kind of stream and the target's are the same; conversion checks it.
    pub fact: Fact,
}

/// The stream a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A case by its id.
    Case(CaseId),
    /// A case by its key; the ledger looks the id up, or draws one.
    CaseKey(CaseToken),
    /// An initiative.
    Initiative(InitiativeId),
    /// A cohort.
    Cohort(CohortId),
    /// A filing.
    Filing(FilingId),
    /// An order.
    Order(OrderId),
    /// An announcement.
    Announcement(AnnouncementId),
    /// An organisation.
    Org(OrgId),
    /// The stream of the operator, for what is recorded where the data folder is: keys of checkpoints, and the first
    /// facts of a ledger that declares authority. No post names it.
    Ledger,
    /// A case, for what the ledger itself records of it: who read what is sealed, and that private parts are destroyed.
    /// No post names it.
    LedgerCase(CaseId),
}

impl Target {
    /// Whether it is for what the ledger itself records.
    pub const fn is_own(&self) -> bool {
        match self {
            Self::Ledger | Self::LedgerCase(_) => true,
            Self::Case(_)
            | Self::CaseKey(_)
            | Self::Initiative(_)
            | Self::Cohort(_)
            | Self::Filing(_)
            | Self::Order(_)
            | Self::Announcement(_)
            | Self::Org(_) => false,
        }
    }
}

/// What the poster believes about the stream. There is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Any,
    /// It exists.
    Exists,
    /// It does not exist yet.
    NoStream,
    /// Its newest revision is this one (0 is the first).
    Revision(u64),
}

/// Which charges a fact is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All charges known when the fact is recorded.
    WholeCase,
    /// These, at least one.
    Charges(Vec<ChargeId>),
}

/// What `decide` may know besides the state of the stream. Gathered by the caller, so that the
/// decision is a pure function.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Today, in the courts' time zone.
    pub today: Date,
    /// Who posts.
    pub poster: OrgId,
    /// In which role.
    pub role: Role,
    /// The policy in force of the initiative concerned, if there is one.
    pub policy: Option<&'a Policy>,
    /// The list that a `CaseIdentified` or `SightingAdded` names, if it is open or was.
    pub cohort: Option<&'a CohortState>,
    /// The state of the case that a `DuplicateLinked` names: whether it is itself a duplicate.
    pub canonical: Option<&'a crate::state::CaseState>,
    /// The case's events from revision 0, with the poster of each; only for corrections and
    /// retractions, empty otherwise.
    pub history: &'a [(OrgId, Event)],
    /// What was counted for the order concerned; only for facts that close an order.
    pub order_counts: Option<OrderCounts>,
    /// Who may state what, on a ledger that declares it; without it roles alone are judged.
    pub authority: Option<Authority<'a>>,
    /// What the figures of an announcement come to; none where the ledger cannot count, because
    /// the submission states something before it.
    pub announced: Option<&'a Announced>,
}

impl Context<'_> {
    /// What is known of a decision that was made long ago: who posted, and in which role. Its day is
    /// not known, so that no date lies ahead of it.
    pub const fn afterwards(poster: OrgId, role: Role) -> Self {
        Self {
            today: Date::MAX,
            poster,
            role,
            policy: None,
            cohort: None,
            canonical: None,
            history: &[],
            order_counts: None,
            authority: None,
            announced: None,
        }
    }
}

/// What the figures of an announcement come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The ledger that they were counted over.
    pub frozen: Frozen,
    /// One for each figure; none for one that cannot be counted.
    pub tallies: Vec<Option<Tally>>,
}

/// How many cases an order has been applied to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderCounts {
    /// Distinct cases with an `OrderApplied` event of the order.
    pub applied: u32,
}
