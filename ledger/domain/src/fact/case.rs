//! Facts about a case.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::fact::{Charge, FactKind};
use crate::id::{CaseId, ChargeId, CohortId, FilingId, OrderId, OrgId, PersonRef};
use crate::policy::RuleSet;
use crate::state::ChargeState;
use crate::text::Text;
use crate::vocabulary::{
    ChallengeGround, Coded, CorrectionReason, Custodian, DenialGround, DestructionAuthority,
    Determination, DeterminationReason, DismissalReason, DojRejection, DuplicateBasis,
    FilingRejection, FilingVehicle, LegalBasis, MismatchKind, NewDisposition, NoticeChannel,
    OrderEffect, PriorReliefKind, ReadPurpose, Remedy, ReopenReason, ReportMethod, Role,
    SealExtent, SealSurface, SearchResult, Set, Severity, ShredBasis, Source, Supervision,
    Tombstone, UnlinkBasis, VoidReason, WithdrawReason,
};

/// A fact about a case. Unless a variant says otherwise it applies to the charges in scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaseFact {
    /// The case stands on a list. On a case that is already known it becomes a sighting.
    CaseIdentified {
        /// The list.
        cohort: CohortId,
        /// Row of the list, from 1.
        row: u32,
        /// Kind of list.
        source: Source,
        /// FIPS county number within the state (Los Angeles 37).
        county: u16,
        /// Court code.
        court: Text<16>,
        /// Prosecuting agency.
        agency: OrgId,
        /// Pseudonym, where the source names an identifier.
        person: Option<PersonRef>,
        /// At least one charge.
        charges: Vec<Charge>,
    },
    /// A further list has the case too.
    SightingAdded {
        /// The list.
        cohort: CohortId,
        /// Row of the list, from 1.
        row: u32,
        /// Kind of list.
        source: Source,
    },
    /// A later version of the list no longer has it.
    SightingRemoved {
        /// The list.
        cohort: CohortId,
    },
    /// A further charge of the case; its id is the next free one.
    ChargeAdded {
        /// The charge.
        charge: Charge,
    },
    /// What is known of one charge, restated.
    ChargeAmended {
        /// The charge with its new values; its id says which.
        charge: Charge,
    },
    /// Probation or prosecutor says whether a sentence is being served.
    SupervisionStatusReported {
        /// The status.
        status: Supervision,
    },
    /// An analytics agent proposes a determination. It decides nothing.
    EligibilityProposed {
        /// Proposed outcome.
        determination: Determination,
        /// Proposed remedy, if eligible.
        remedy: Option<Remedy>,
        /// Rules used.
        rules: RuleSet,
        /// One or more reasons.
        reasons: Vec<Coded<DeterminationReason>>,
        /// The day as of which ages and years were computed.
        evaluated_as_of: Date,
    },
    /// A prosecutor determines eligibility.
    EligibilityDetermined {
        /// Outcome.
        determination: Determination,
        /// Remedy, if eligible.
        remedy: Option<Remedy>,
        /// Rules used.
        rules: RuleSet,
        /// One or more reasons.
        reasons: Vec<Coded<DeterminationReason>>,
        /// The day as of which ages and years were computed.
        evaluated_as_of: Date,
    },
    /// A prosecutor determines again.
    EligibilityRedetermined {
        /// Outcome.
        determination: Determination,
        /// Remedy, if eligible.
        remedy: Option<Remedy>,
        /// Rules used.
        rules: RuleSet,
        /// One or more reasons.
        reasons: Vec<Coded<DeterminationReason>>,
        /// The day as of which ages and years were computed.
        evaluated_as_of: Date,
        /// Revision of the determination that this one replaces.
        supersedes: u64,
    },
    /// Handed to another prosecutor.
    ReferredToProsecutor {
        /// To whom.
        to: OrgId,
        /// Why.
        reason: Coded<DeterminationReason>,
    },
    /// The other prosecutor takes it.
    ReferralAccepted,
    /// The other prosecutor sends it back.
    ReferralReturned {
        /// Why.
        reason: Coded<DeterminationReason>,
    },
    /// Relief had been given before.
    PriorReliefFound {
        /// Which.
        kind: Coded<PriorReliefKind>,
    },
    /// A prosecutor begins to review.
    ReviewStarted,
    /// Not challenged; relief may go forward.
    ReviewApproved {
        /// On what basis.
        basis: LegalBasis,
    },
    /// A prosecutor challenges relief.
    Challenged {
        /// Ground.
        ground: Coded<ChallengeGround>,
    },
    /// The defender was told of a challenge.
    DefenderNoticed {
        /// Which defender.
        defender: OrgId,
    },
    /// A challenge is withdrawn.
    ChallengeWithdrawn,
    /// A court sustains a challenge.
    ChallengeSustained {
        /// The ruling.
        order: Option<OrderId>,
    },
    /// A court overrules a challenge.
    ChallengeOverruled {
        /// The ruling.
        order: Option<OrderId>,
    },
    /// A prosecutor declines relief that is at its discretion.
    ProsecutorDeclined {
        /// Ground.
        ground: Coded<ChallengeGround>,
    },
    /// A motion, petition or application was submitted to the court.
    FilingSubmitted {
        /// The filing.
        filing: FilingId,
        /// What kind.
        vehicle: FilingVehicle,
        /// Row in the filing's manifest, from 1; none for a filing about this case alone.
        row: Option<u32>,
    },
    /// A list with this case was delivered to the court.
    ListDelivered {
        /// The delivery.
        filing: FilingId,
        /// Row in its manifest, from 1.
        row: u32,
    },
    /// The court has the filing; nothing is decided.
    FilingReceived {
        /// The filing.
        filing: FilingId,
    },
    /// The clerk accepts it. `occurred_on` is the official filed date.
    FilingAccepted {
        /// The filing.
        filing: FilingId,
        /// The day it was received, which may be earlier.
        received_on: Option<Date>,
    },
    /// The clerk accepts it for the charges in scope and rejects it for the others named.
    FilingPartiallyAccepted {
        /// The filing.
        filing: FilingId,
        /// The charges rejected.
        rejected: Vec<ChargeId>,
        /// Why.
        reason: Coded<FilingRejection>,
    },
    /// The clerk rejects it.
    FilingRejected {
        /// The filing.
        filing: FilingId,
        /// Why.
        reason: Coded<FilingRejection>,
    },
    /// The filer takes it back.
    FilingWithdrawn {
        /// The filing.
        filing: FilingId,
        /// Why.
        reason: Coded<WithdrawReason>,
    },
    /// A hearing is set.
    HearingSet {
        /// For when.
        hearing_on: Date,
    },
    /// A hearing is moved.
    HearingContinued {
        /// To when.
        hearing_on: Date,
    },
    /// A judge grants relief. Ordered is not yet entered.
    ReliefGranted {
        /// The order.
        order: OrderId,
        /// The relief.
        remedy: Remedy,
    },
    /// A judge denies relief.
    ReliefDenied {
        /// The order.
        order: Option<OrderId>,
        /// Ground.
        ground: Coded<DenialGround>,
    },
    /// A blanket order takes effect on this case: one event per case and order.
    OrderApplied {
        /// The order.
        order: OrderId,
        /// Row in its manifest, from 1.
        row: u32,
        /// What it does here.
        effects: Set<OrderEffect>,
        /// The relief granted, where the order grants relief.
        remedy: Option<Remedy>,
    },
    /// The court's docket shows the new disposition: this is what "dismissed" means.
    DispositionEntered {
        /// What was entered.
        disposition: NewDisposition,
        /// Grade afterwards, for a redesignation or resentencing.
        severity_after: Option<Severity>,
        /// Reason of a dismissal (PC 13151.1).
        reason: Option<Coded<DismissalReason>>,
        /// Under which order.
        order: Option<OrderId>,
    },
    /// A court orders sealing.
    SealingOrdered {
        /// The order.
        order: OrderId,
    },
    /// The court has sealed.
    SealingExecuted {
        /// Where it no longer shows.
        surfaces: Set<SealSurface>,
        /// How much of the file.
        extent: SealExtent,
        /// Under which order.
        order: Option<OrderId>,
    },
    /// The court searched and found no record.
    RecordNotFound {
        /// What the search came to.
        search: Coded<SearchResult>,
    },
    /// The record was lawfully destroyed.
    RecordDestroyed {
        /// Under what authority.
        authority: Coded<DestructionAuthority>,
    },
    /// A court takes granted relief back.
    ReliefReversed {
        /// The order that does it.
        order: OrderId,
    },
    /// An order that covered this case was vacated.
    OrderVacated {
        /// The vacated order.
        vacated: OrderId,
        /// The order that vacates it.
        order: OrderId,
    },
    /// A court unseals.
    Unsealed {
        /// The order that does it.
        order: OrderId,
    },
    /// The court sent the disposition to the state repository (PC 13151).
    DispositionReportedToDoj {
        /// How.
        method: ReportMethod,
    },
    /// The state repository refused the report.
    DojReportRejected {
        /// Why.
        reason: Coded<DojRejection>,
    },
    /// The state repository now shows the relief.
    DojRecordUpdated,
    /// The state repository shows the old record again.
    DojRecordRegressed,
    /// Somebody tried to tell the person.
    PersonNoticeAttempted {
        /// How.
        channel: NoticeChannel,
    },
    /// The notice arrived.
    PersonNoticeDelivered,
    /// It could not be delivered.
    PersonNoticeUndeliverable,
    /// Policy asks for no notice here.
    PersonNoticeWaived,
    /// A further custodian follows the order. Whole case.
    CustodianAcknowledged {
        /// Which.
        custodian: Custodian,
    },
    /// The initiative's owner no longer pursues it.
    CaseWithdrawn {
        /// Why.
        reason: Coded<WithdrawReason>,
    },
    /// The case is the same as another one. Whole case.
    DuplicateLinked {
        /// The case that counts.
        canonical: CaseId,
        /// Why they are one.
        basis: Coded<DuplicateBasis>,
    },
    /// It is not. Whole case.
    DuplicateUnlinked {
        /// Why they are two.
        basis: Coded<UnlinkBasis>,
    },
    /// An exit is undone.
    CaseReopened {
        /// Why.
        reason: Coded<ReopenReason>,
    },
    /// The case was entered in error. Whole case.
    CaseVoided {
        /// Why.
        reason: Coded<VoidReason>,
        /// Who approved it besides the poster.
        approver: OrgId,
    },
    /// An earlier fact of this case, stated right.
    FactCorrected {
        /// Revision of the fact that was wrong.
        target: u64,
        /// The fact as it should have been.
        replacement: Box<Self>,
        /// Its business date as it should have been.
        replacement_on: Date,
        /// Why.
        reason: Coded<CorrectionReason>,
        /// How the charges stand after it; empty in a command, filled in by the ledger.
        restored: Vec<ChargeState>,
    },
    /// An earlier fact of this case never was.
    EventRetracted {
        /// Revision of the fact.
        target: u64,
        /// Why.
        reason: Coded<CorrectionReason>,
        /// How the charges stand after it; empty in a command, filled in by the ledger.
        restored: Vec<ChargeState>,
    },
    /// Two sources disagree about who or what this is. Whole case.
    IdentityMismatchReported {
        /// About what.
        kind: Coded<MismatchKind>,
    },
    /// The case belongs to this person. Whole case.
    PersonLinked {
        /// The person.
        person: PersonRef,
    },
    /// It does not. Whole case.
    PersonUnlinked {
        /// The person.
        person: PersonRef,
    },
    /// A court or repository fact about a case that is not known yet: kept, counted, and applied
    /// when the case arrives. Posted as the fact itself; the ledger makes this of it.
    ConfirmationHeld {
        /// The fact.
        fact: Box<Self>,
        /// The charges it named; empty for the whole case.
        charges: Vec<ChargeId>,
    },
    /// A held confirmation found its case. Made by the ledger when the case is identified.
    ConfirmationMatched {
        /// Revision of the held confirmation.
        held: u64,
        /// The fact, now with its scope resolved.
        fact: Box<Self>,
    },
    /// A fact that the ledger already has arrived under another message: a sighting of the
    /// confirmation, not a second transition. Made by the ledger.
    ConfirmationSighted {
        /// What was stated again.
        kind: FactKind,
    },
    /// A confirmation that waits is taken out of the inbox by who posted it. Whole case.
    ConfirmationResolved {
        /// Revision of the held confirmation.
        held: u64,
        /// Why.
        reason: Coded<CorrectionReason>,
        /// The case that it is about; the poster states the fact there, in the same submission.
        moved_to: Option<CaseId>,
    },
    /// Somebody read private parts of sealed charges. Made by the ledger, before it answers.
    RestrictedRead {
        /// Who read.
        reader: OrgId,
        /// In which role.
        reader_role: Role,
        /// For what.
        purpose: ReadPurpose,
    },
    /// The private parts of the case are to be destroyed. Whole case; nothing takes it back.
    ShredOrdered {
        /// Under what authority.
        basis: ShredBasis,
        /// What stays of the key of the case.
        tombstone: Tombstone,
    },
    /// They are destroyed. Whole case. Made by the ledger.
    ShredConfirmed {
        /// Generation of the key-encryption key that was destroyed, from 1.
        generation: u32,
        /// How many private parts nothing opens any more.
        records: u32,
    },
}
