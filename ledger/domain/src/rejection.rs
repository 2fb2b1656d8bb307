//! Why a valid command was refused.
//!
//! Every variant is one rule. Its id ([`Rejection::rule`]) is stable and is what a caller
//! branches on; the message is for people. Nothing here names a person: cases, orders and
//! filings appear as the keyed ids of the ledger, people not at all.

use crate::command::Expected;
use crate::date::Date;
use crate::fact::FactKind;
use crate::id::{CaseId, ChargeId, CohortId, FilingId, OrgId, StreamKind};
use crate::state::{CohortStatus, Decision, Disposition, Notice};
use crate::text::Text;
use crate::view::QueryError;
use crate::vocabulary::{
    Determination, DeterminationReason, OrderEffect, Remedy, Role, RowOutcome, Set,
};

mod key;
mod private;
mod rules;
mod terms;
mod words;

#[cfg(test)]
mod tests;

pub use key::KeyRule;
pub use private::PrivateRule;
pub use rules::{RULES, RejectionKind};
pub use terms::{CredentialKind, Quantity, Stage, StatedDate};

use words::{Believed, Counter, Debugged, End, List, Maybe, Outcome, Revision, Sentences};

/// Why a valid command was refused. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The role may not state that fact (docs/LIFECYCLE.md as data: [`crate::authority`]).
    #[error("{role} may not post {attempted:?}; posted by {}", List(allowed))]
    RoleNotAllowed {
        /// Role of the poster.
        role: Role,
        /// What it tried.
        attempted: FactKind,
        /// Who may.
        allowed: &'static [Role],
    },
    /// Only the ledger makes such facts.
    #[error("{attempted:?} is made by the ledger; post the fact itself")]
    LedgerMade {
        /// What was tried.
        attempted: FactKind,
    },
    /// The keys of checkpoints are changed where their files are.
    #[error("{attempted:?} is posted by nobody; the operator records it with `caseledger key`")]
    KeyHolderOnly {
        /// What was tried.
        attempted: FactKind,
    },
    /// Another prosecutor answers for the case or charge.
    #[error("{attempted:?} is for {prosecutor} to post, not {poster}; ask it for a referral")]
    NotYourCase {
        /// What was tried.
        attempted: FactKind,
        /// Who answers for it.
        prosecutor: OrgId,
        /// Who tried.
        poster: OrgId,
    },
    /// A city attorney acts in misdemeanors and infractions only.
    #[error("charge {charge} is a felony; a city attorney may not post {attempted:?} about it")]
    CityAttorneyFelony {
        /// The felony.
        charge: ChargeId,
        /// What was tried.
        attempted: FactKind,
    },
    /// The referral is to somebody else.
    #[error("charge {charge} is referred to {}, not {poster}", Maybe(referred_to))]
    NotReferredToYou {
        /// The charge.
        charge: ChargeId,
        /// To whom it is referred.
        referred_to: Option<OrgId>,
        /// Who tried.
        poster: OrgId,
    },
    /// An initiative is run by its lead.
    #[error("{attempted:?} is for the lead {lead} or the operator to post, not {poster}")]
    NotLead {
        /// What was tried.
        attempted: FactKind,
        /// The lead.
        lead: OrgId,
        /// Who tried.
        poster: OrgId,
    },
    /// Facts are corrected by who stated them; court facts by a court.
    #[error("revision {target} was posted by {posted_by}, not {poster}; ask it to correct")]
    NotYourFact {
        /// Revision of the fact.
        target: u64,
        /// Who posted it.
        posted_by: OrgId,
        /// Who tried.
        poster: OrgId,
    },
    /// No confirmation waits there.
    #[error("revision {0} holds no confirmation that waits; the case says which do")]
    NothingHeld(u64),
    /// The stream has moved on.
    #[error(
        "expected {}, found {}; read the stream again",
        Believed(expected),
        Revision(found)
    )]
    WrongExpectedRevision {
        /// What the poster believed.
        expected: Expected,
        /// The newest revision; none if the stream has no events.
        found: Option<u64>,
    },
    /// Claims need a case; only official facts wait for one.
    #[error("{attempted:?} about a case that no list has named; post CaseIdentified first")]
    CaseUnknown {
        /// What was tried.
        attempted: FactKind,
    },
    /// The initiative or cohort has not been opened.
    #[error("{attempted:?} about {} that was never opened; open it first", stream.with_article())]
    NotOpened {
        /// The kind of stream.
        stream: StreamKind,
        /// What was tried.
        attempted: FactKind,
    },
    /// The list is not known.
    #[error("cohort {cohort} is not known; post CohortOpened first")]
    CohortUnknown {
        /// The list.
        cohort: CohortId,
    },
    /// The case that a duplicate is linked to is not known.
    #[error("canonical case {canonical} is not identified; identify it before linking")]
    CanonicalUnknown {
        /// The case that should count.
        canonical: CaseId,
    },
    /// No such charge.
    #[error("charge {charge} is not known; the case has charges up to #{highest}")]
    ChargeUnknown {
        /// The charge named.
        charge: ChargeId,
        /// Highest charge number of the case; 0 if it has none.
        highest: u16,
    },
    /// No such revision.
    #[error("revision {target} does not exist; the stream has {revisions} revisions, from 0")]
    TargetUnknown {
        /// The revision named.
        target: u64,
        /// How many there are.
        revisions: u64,
    },
    /// The fact is about another kind of stream.
    #[error("{attempted:?} does not belong on the stream of {}", stream.with_article())]
    StreamMismatch {
        /// The kind of stream it was posted to.
        stream: StreamKind,
        /// What was tried.
        attempted: FactKind,
    },
    /// A list of charges without a charge.
    #[error("{attempted:?} names no charge; name at least one, or the whole case")]
    ScopeEmpty {
        /// What was tried.
        attempted: FactKind,
    },
    /// The fact is about the case as a whole, or names its charge itself.
    #[error("{attempted:?} takes no list of charges; post it about the whole case")]
    ScopeNotApplicable {
        /// What was tried.
        attempted: FactKind,
    },
    /// A date that lies too far ahead.
    #[error("{what} {date} is later than {latest}, the last day accepted")]
    FutureDate {
        /// Which date.
        what: StatedDate,
        /// The date.
        date: Date,
        /// The last day that would be accepted.
        latest: Date,
    },
    /// A number outside its bounds.
    #[error("{what} is {found}; allowed are {min} to {max}")]
    OutOfBounds {
        /// Which number.
        what: Quantity,
        /// The number.
        found: u64,
        /// Least allowed.
        min: u64,
        /// Most allowed.
        max: u64,
    },
    /// No county has the number.
    #[error(
        "county {found} is none of California's; give its FIPS number within the state, odd from 1 to 115, as 37 for Los Angeles"
    )]
    CountyUnknown {
        /// The number.
        found: u16,
    },
    /// The section is not said: whatever it is, it is no section.
    #[error("the section of charge {charge} is no section; write code and number, as HS 11357(b)")]
    NotASection {
        /// The charge.
        charge: ChargeId,
    },
    /// A remedy goes with `ELIGIBLE`, and only with it.
    #[error(
        "determination {determination} with remedy {}; a remedy goes with ELIGIBLE alone",
        Maybe(remedy)
    )]
    RemedyMismatch {
        /// The outcome.
        determination: Determination,
        /// The remedy given.
        remedy: Option<Remedy>,
    },
    /// The reason belongs to another outcome.
    #[error("reason {reason} does not support {determination}; see the reason tables")]
    ReasonMismatch {
        /// The reason.
        reason: DeterminationReason,
        /// The outcome it was given for.
        determination: Determination,
    },
    /// An order that does nothing.
    #[error("{attempted:?} names no effect; name at least one")]
    EffectsMissing {
        /// What was tried.
        attempted: FactKind,
    },
    /// What the order does and the remedy it grants do not fit.
    #[error(
        "effects {effects:?} do not fit remedy {}; name the effect that gives it",
        Maybe(remedy)
    )]
    EffectsMismatch {
        /// What the order does.
        effects: Set<OrderEffect>,
        /// The remedy granted.
        remedy: Option<Remedy>,
    },
    /// Accepted and rejected at once.
    #[error("charge {charge} is both accepted and rejected; list it once")]
    AcceptedAndRejected {
        /// The charge.
        charge: ChargeId,
    },
    /// A batch without its rows.
    #[error("{attempted:?} needs a manifest: it is a list delivery or a blanket order")]
    ManifestMissing {
        /// What was tried.
        attempted: FactKind,
    },
    /// Rows where there are none.
    #[error("{attempted:?} of an individual order takes no manifest; make it a blanket order")]
    ManifestUnexpected {
        /// What was tried.
        attempted: FactKind,
    },
    /// Nothing replaces, vacates or refers to itself.
    #[error("{attempted:?} names itself as the other one; name the other one")]
    SelfReference {
        /// What was tried.
        attempted: FactKind,
    },
    /// Lists replace each other within one initiative.
    #[error("cohort {other} belongs to another initiative than {cohort}")]
    OtherInitiative {
        /// The cohort.
        cohort: CohortId,
        /// The one it names.
        other: CohortId,
    },
    /// Control totals whose severities do not sum to the rows.
    #[error("severities sum to {sum}, rows are {rows}; make the totals add up")]
    TotalsDoNotAddUp {
        /// Rows stated.
        rows: u32,
        /// Sum of the severities.
        sum: u64,
    },
    /// Rows out of order or repeated.
    #[error("row {row} is not greater than the row before it; sort the rows ascending")]
    RowsNotAscending {
        /// The row.
        row: u32,
    },
    /// Not an allowed move of track A (docs/LIFECYCLE.md).
    #[error(
        "charge {charge} stands {stands}: {attempted:?} is not allowed from there; allowed are {}",
        Debugged(allowed)
    )]
    MoveNotAllowed {
        /// The charge.
        charge: ChargeId,
        /// Where it stands.
        stands: Decision,
        /// What was tried.
        attempted: FactKind,
        /// What would be allowed from there.
        allowed: Vec<FactKind>,
    },
    /// Not an allowed move of track D.
    #[error(
        "notice of charge {charge} stands {stands}: {attempted:?} is not allowed from there; allowed are {}",
        Debugged(allowed)
    )]
    NoticeNotAllowed {
        /// The charge.
        charge: ChargeId,
        /// Where notice stands.
        stands: Notice,
        /// What was tried.
        attempted: FactKind,
        /// What would be allowed from there.
        allowed: Vec<FactKind>,
    },
    /// The whole case was meant, but no charge of it is concerned.
    #[error("no charge of the case is open to {attempted:?}; name the charges")]
    NothingInScope {
        /// What was tried.
        attempted: FactKind,
    },
    /// Claims go to the case that counts.
    #[error("the case is a duplicate of {canonical}; post {attempted:?} there")]
    CaseIsDuplicate {
        /// The case that counts.
        canonical: CaseId,
        /// What was tried.
        attempted: FactKind,
    },
    /// A duplicate of a duplicate, or of itself.
    #[error(
        "case {canonical} is itself a duplicate or this very case; link to the one that counts"
    )]
    DuplicateCycle {
        /// The case named as the one that counts.
        canonical: CaseId,
    },
    /// There is no link to undo.
    #[error("the case is not linked as a duplicate; there is nothing to unlink")]
    NotDuplicate,
    /// The list takes no more rows.
    #[error(
        "cohort {cohort} stands {}; only an OPEN one takes rows",
        Maybe(status)
    )]
    CohortNotOpen {
        /// The list.
        cohort: CohortId,
        /// How far it is; none if never opened.
        status: Option<CohortStatus>,
    },
    /// The list does not have the case.
    #[error("the case is not on cohort {cohort}; there is no sighting to remove")]
    NotSighted {
        /// The list.
        cohort: CohortId,
    },
    /// Another person, or none, is linked.
    #[error("the person named is not the one linked to the case; nothing to unlink")]
    PersonNotLinked,
    /// A charge number that is not the next free one.
    #[error("charge number {given}, expected {expected}; number charges from #1 without gaps")]
    ChargeNotNext {
        /// The number given.
        given: ChargeId,
        /// The next free one.
        expected: ChargeId,
    },
    /// Relief before the conviction.
    #[error(
        "entered on {entered_on}, but charge {charge} was convicted in {conviction_year}; check the date"
    )]
    EnteredBeforeConviction {
        /// The charge.
        charge: ChargeId,
        /// The day given.
        entered_on: Date,
        /// Its year of conviction.
        conviction_year: u16,
    },
    /// Another filing is pending for the charge.
    #[error(
        "charge {charge} is in filing {}, not {given}; name that one",
        Maybe(on_charge)
    )]
    OtherFiling {
        /// The charge.
        charge: ChargeId,
        /// The filing named.
        given: FilingId,
        /// The filing of the charge.
        on_charge: Option<FilingId>,
    },
    /// A redetermination replaces the determination in force, and no other.
    #[error(
        "charge {charge}: supersedes revision {supersedes}, in force is {}",
        Revision(in_force)
    )]
    WrongSupersedes {
        /// The charge.
        charge: ChargeId,
        /// The revision named.
        supersedes: u64,
        /// The revision of the determination in force.
        in_force: Option<u64>,
    },
    /// A case with relief on the docket is corrected, not voided.
    #[error(
        "charge {charge} stands {disposition} on the docket; correct the entry instead of voiding"
    )]
    ReliefEntered {
        /// The charge.
        charge: ChargeId,
        /// What the docket shows.
        disposition: Disposition,
    },
    /// Two people, not one.
    #[error("approver {approver} is the poster; a second organisation has to approve")]
    ApproverIsPoster {
        /// The approver named.
        approver: OrgId,
    },
    /// Taken back already.
    #[error("revision {target} was retracted; state the fact anew")]
    TargetRetracted {
        /// The revision.
        target: u64,
    },
    /// A held confirmation that has found its case is corrected where it counts.
    #[error("revision {target} was matched at revision {matched}; correct that one")]
    MatchedSince {
        /// The revision named.
        target: u64,
        /// Where the confirmation counts.
        matched: u64,
    },
    /// Facts about the case as a whole have a counter-fact; corrections are not corrected.
    #[error(
        "revision {target} is {kind:?}, which is not corrected; post {} instead",
        Counter(instead)
    )]
    NotCorrectable {
        /// The revision.
        target: u64,
        /// What it is.
        kind: FactKind,
        /// The fact that undoes it.
        instead: Option<FactKind>,
    },
    /// The stream's life cycle does not allow it (docs/LIFECYCLE.md).
    #[error(
        "the {stands}: {attempted:?} is not allowed from there; allowed are {}",
        Debugged(allowed)
    )]
    StageNotAllowed {
        /// Which kind of stream, and how far it is.
        stands: Stage,
        /// What was tried.
        attempted: FactKind,
        /// What would be allowed from there.
        allowed: Vec<FactKind>,
    },
    /// Policies are numbered without gaps.
    #[error("policy version {found}, expected {expected}")]
    PolicyVersionNotNext {
        /// The version given.
        found: u16,
        /// The next one.
        expected: u16,
    },
    /// The manifest has no such row.
    #[error("row {row} is not in the manifest of {declared} rows")]
    RowOutOfRange {
        /// The row.
        row: u32,
        /// Rows declared.
        declared: u32,
    },
    /// A row has one explanation.
    #[error("row {row} is explained already as {outcome}")]
    RowExplainedTwice {
        /// The row.
        row: u32,
        /// Its explanation.
        outcome: RowOutcome,
    },
    /// Only blanket orders have rows.
    #[error("{attempted:?} needs a blanket order with a manifest; this order has none")]
    OrderNotBlanket {
        /// What was tried.
        attempted: FactKind,
    },
    /// Applied + already + not found + rejected must equal declared.
    #[error("outcomes sum to {sum}, the order declares {declared}; every row needs one outcome")]
    OrderDoesNotAddUp {
        /// Rows declared.
        declared: u32,
        /// Sum of the outcomes stated.
        sum: u64,
    },
    /// A stated outcome is not what the ledger counted.
    #[error(
        "{} stated {stated}, the ledger counts {counted}; reconcile before completing",
        Outcome(outcome)
    )]
    OrderCountDiffers {
        /// Which outcome; none for rows applied.
        outcome: Option<RowOutcome>,
        /// What was stated.
        stated: u32,
        /// What was counted.
        counted: u32,
    },
    /// More rows taken out than there are.
    #[error("{declared} rows + {added} - {removed} cannot cover the {explained} rows explained")]
    AmendmentExceedsManifest {
        /// Rows declared.
        declared: u32,
        /// Rows added.
        added: u32,
        /// Rows taken out.
        removed: u32,
        /// Rows explained already.
        explained: u32,
    },
    /// A press office publishes under its own name.
    #[error("the announcement is for {0} to publish; number one of your own")]
    NotYourAnnouncement(OrgId),
    /// Published once; what was wrong is corrected.
    #[error("the announcement is published already; correct it, or publish under the next number")]
    AnnouncedBefore,
    /// Figures are counted over the entries before their submission.
    #[error("something stands before the figures in the same submission; publish them alone")]
    AnnouncementNotAlone,
    /// A figure, by its place from 1, that cannot be counted, and what makes no sense in it.
    #[error("figure {0} cannot be counted: {1}")]
    FigureUndefined(u16, QueryError),
    /// A figure is not what the ledger counts.
    #[error("figure {figure} states {stated}, the ledger counts {counted}; leave it out")]
    FigureDiffers {
        /// Its place, from 1.
        figure: u16,
        /// What was stated.
        stated: u64,
        /// What was counted.
        counted: u64,
    },
    /// A rule for keys of checkpoints.
    #[error(transparent)]
    Key(#[from] KeyRule),
    /// A rule for what is private.
    #[error(transparent)]
    Private(#[from] PrivateRule),
    /// The ledger does not say who may state what, so nothing can be said about that.
    #[error(
        "{0:?} on a ledger that declares no authority; it is declared with `caseledger init --operator-uri`"
    )]
    NotDeclared(FactKind),
    /// Authority is declared once, with a new ledger.
    #[error("{0:?} is none of the facts that a ledger begins with; post it")]
    NotGenesis(FactKind),
    /// The poster takes no part in the ledger.
    #[error("{0} is not registered; have an operator register it")]
    PosterUnknown(OrgId),
    /// The poster has another role, or none.
    #[error("{poster} is not granted {role}; have an operator grant it")]
    RoleNotGranted {
        /// Who tried.
        poster: OrgId,
        /// The role it acted in.
        role: Role,
    },
    /// The days of a grant have not come, or are over.
    #[error(
        "{poster} has {role} from {from} to {}, it is {today}; have an operator grant it again",
        End(until)
    )]
    GrantNotInForce {
        /// Who tried.
        poster: OrgId,
        /// The role it acted in.
        role: Role,
        /// The day in the courts' time zone.
        today: Date,
        /// First day of the grant.
        from: Date,
        /// Last day of the grant.
        until: Option<Date>,
    },
    /// The grant is for other counties.
    #[error("{poster} has no {role} in county {county}; it is for an organisation that has")]
    OutsideCounties {
        /// Who tried.
        poster: OrgId,
        /// The role it acted in.
        role: Role,
        /// The county, by its FIPS number.
        county: u16,
    },
    /// The grant is for other courts, or no grant says in which county the court is.
    #[error("{poster} has no {role} for court {court}; have it named in the grant with its county")]
    OutsideCourts {
        /// Who tried.
        poster: OrgId,
        /// The role it acted in.
        role: Role,
        /// The court.
        court: Text<16>,
    },
    /// A grant is limited to places, and the place is not known.
    #[error("{0:?} names no court, and the ledger knows none; name it by its key")]
    PlaceUnknown(FactKind),
    /// The organisation takes no part in the ledger.
    #[error("organisation {0} is not registered; register it first")]
    OrganisationUnknown(OrgId),
    /// An organisation is registered once.
    #[error("organisation {0} is registered already; choose another id")]
    OrganisationKnown(OrgId),
    /// There is no grant to revoke.
    #[error("{organisation} is not granted {role}; there is nothing to revoke")]
    NotGranted {
        /// The organisation.
        organisation: OrgId,
        /// The role.
        role: Role,
    },
    /// A principal, token or key speaks for one organisation.
    #[error("the {what} belongs to {organisation}; take it back there first, or use another one")]
    HeldByAnother {
        /// What it is.
        what: CredentialKind,
        /// Whose it is.
        organisation: OrgId,
    },
    /// There is nothing to take back.
    #[error("the {what} does not belong to {organisation}; there is nothing to take back")]
    NotHeld {
        /// What it is.
        what: CredentialKind,
        /// Whose it is not.
        organisation: OrgId,
    },
    /// Counties and courts of a grant have one order.
    #[error("counties or courts are repeated or not ascending; sort them")]
    PlacesNotAscending,
    /// The last day comes before the first.
    #[error("valid until {until}, which is before {from}; give a later day")]
    ValidityEmpty {
        /// First day.
        from: Date,
        /// Last day.
        until: Date,
    },
    /// The last day is over when it is recorded.
    #[error("valid until {until}, and it is {today}; give a later day, or take it back")]
    ValidityOver {
        /// Last day.
        until: Date,
        /// The day in the courts' time zone.
        today: Date,
    },
    /// Who has to sign needs a key.
    #[error("{0} would have to sign without a signing key in force; add one first")]
    SigningKeyMissing(OrgId),
    /// It stands like that already.
    #[error("{0:?} changes nothing; it stands like that already")]
    NothingChanges(FactKind),
    /// Approval is required of the ledger as a whole.
    #[error("approval is required in the stream of operator, not of {0}; post it there")]
    ApprovalElsewhere(OrgId),
    /// Nothing waits there.
    #[error("revision {0} does not wait for approval; list what does")]
    NotPending(u64),
    /// Behind it nobody could govern the ledger for good.
    #[error(
        "nobody would be left to administer the ledger for good; give another organisation the role and a principal without a last day first"
    )]
    WouldLockOut,
    /// More than one rule failed: all of them, two at least, none of them `Several`.
    #[error("{} rules failed: {}", .0.len(), Sentences(.0))]
    Several(Vec<Self>),
}
