//! What is known of a stream: the fold of its events.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::event::{Charges, Flags};
use crate::fact::{CaseFact, Charge, ControlTotals, Manifest, Sheet};
use crate::id::{CaseId, ChargeId, CohortId, FilingId, InitiativeId, OrderId, OrgId, PersonRef};
use crate::policy::{Policy, RuleSet};
use crate::text::Text;
use crate::vocabulary::{
    Coded, Custodian, Determination, DeterminationReason, FilingVehicle, LegalBasis,
    NewDisposition, OrderEffect, OrderKind, Remedy, Role, RowOutcome, SealExtent, SealSurface, Set,
    Severity, Source, Supervision, Vocabulary,
};

mod org;
mod private;

pub use org::{Credential, Grant, OrgState, Pending, Retention};
pub use private::{PrivateState, Restriction};

/// The state of any stream. A stream with no events has the default state of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Of a case.
    Case(CaseState),
    /// Of an initiative.
    Initiative(InitiativeState),
    /// Of a cohort.
    Cohort(CohortState),
    /// Of a filing.
    Filing(FilingState),
    /// Of an order.
    Order(OrderState),
    /// Of an announcement.
    Announcement(AnnouncementState),
    /// Of an organisation.
    Org(OrgState),
}

/// A case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseState {
    /// Number of events so far; the newest revision is one less.
    pub revisions: u64,
    /// Where and whose it is; none while only unmatched confirmations are known.
    pub identity: Option<CaseIdentity>,
    /// Lists that have it, each list once.
    pub sightings: Vec<Sighting>,
    /// Its charges, by ascending id.
    pub charges: Vec<ChargeState>,
    /// Confirmations that wait for the case to be identified.
    pub held: Vec<Held>,
    /// Custodians that acknowledged.
    pub custodians: Set<Custodian>,
    /// The acknowledgements in force by revision, so that one can be taken back.
    pub acknowledged: Vec<(u64, Custodian)>,
    /// The case that counts, if this one is a duplicate.
    pub duplicate_of: Option<CaseId>,
    /// Whether a defender was told of a challenge.
    pub defender_noticed: bool,
    /// Revisions of the defender notices in force, so that one can be taken back.
    pub defender_notices: Vec<u64>,
    /// An identity mismatch nobody resolved.
    pub mismatch_open: bool,
    /// Every flag any event of the case raised, but [`Flag::SealedAlready`](crate::Flag::SealedAlready). A correction
    /// takes none back: the gap was there.
    pub flags: Flags,
    /// Revisions that were retracted or corrected, in the order in which that happened first.
    pub retracted: Vec<u64>,
    /// Whether its private parts are there.
    pub private: PrivateState,
}

impl Default for Set<Custodian> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl CaseState {
    /// Whether these are all charges of a case of several, so that something was said of the case and not of each.
    pub(crate) fn has_no_other_of_several(&self, charges: &Charges) -> bool {
        let known = self.charges.len();
        known > 1 && charges.as_slice().len() == known
    }

    /// The initiative whose policy applies: that of the newest list that has the case, or else of
    /// the newest one that had it.
    pub fn initiative(&self) -> Option<InitiativeId> {
        let listed = self.sightings.iter().rev().find(|sighting| sighting.listed);
        let sighting = listed.or(self.sightings.last())?;
        Some(sighting.cohort.initiative())
    }
}

/// Where and whose a case is: coarse, for totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseIdentity {
    /// FIPS county number within the state.
    pub county: u16,
    /// Court code.
    pub court: Text<16>,
    /// Prosecuting agency; a referral that is accepted changes it.
    pub agency: OrgId,
    /// Pseudonym.
    pub person: Option<PersonRef>,
}

/// A list that has the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The list.
    pub cohort: CohortId,
    /// Kind of list.
    pub source: Source,
    /// Row, from 1.
    pub row: u32,
    /// False once a later version of the list dropped the case.
    pub listed: bool,
}

/// An unmatched confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Revision of its `ConfirmationHeld` event.
    pub revision: u64,
    /// Its business date.
    pub occurred_on: Date,
    /// Role of who stated it.
    pub role: Role,
    /// The fact.
    pub fact: CaseFact,
    /// The charges named; empty for the whole case.
    pub charges: Vec<ChargeId>,
}

/// One charge on its tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeState {
    /// The charge.
    pub charge: Charge,
    /// Track A: what was decided.
    pub decision: Decision,
    /// Since when track A stands where it stands.
    pub decision_on: Option<Date>,
    /// Where track A stood before it was moved, or, moved on by what courts and repositories state since it was last in
    /// the prosecutor's hands, the furthest of where that and they took it, exits and where it stands now left out.
    pub decision_before: Option<Decision>,
    /// The determination in force.
    pub determined: Option<Determined>,
    /// A proposal nobody confirmed or refused.
    pub proposed: Option<Determination>,
    /// Track B: what the court's docket shows.
    pub disposition: Disposition,
    /// Since when.
    pub disposition_on: Option<Date>,
    /// Grade after a redesignation or resentencing.
    pub severity_after: Option<Severity>,
    /// Track B: sealing.
    pub seal: Seal,
    /// Since when.
    pub seal_on: Option<Date>,
    /// Where it no longer shows.
    pub surfaces: Set<SealSurface>,
    /// How much of the file is sealed.
    pub extent: Option<SealExtent>,
    /// Track C: the state repository.
    pub repository: Repository,
    /// Since when.
    pub repository_on: Option<Date>,
    /// Track D: the person.
    pub notice: Notice,
    /// Since when.
    pub notice_on: Option<Date>,
    /// The order that granted or denied relief.
    pub order: Option<OrderId>,
    /// The order that ordered sealing.
    pub seal_order: Option<OrderId>,
    /// The newest filing.
    pub filing: Option<FilingId>,
    /// Where claims put track A last, whatever courts and repositories have stated since; none if nobody claimed
    /// anything of it.
    pub claimed: Option<Decision>,
    /// The filing that it was put into, whatever the court answered.
    pub submitted: Option<FilingId>,
    /// The first day on which any relief was entered.
    pub entered_since: Option<Date>,
    /// The newest word about the repository that was said of a whole case of several charges. It counts for this one
    /// once an entry of that day or an earlier one is known.
    pub case_word: Option<Repository>,
    /// Its day.
    pub case_word_on: Option<Date>,
    /// Whether the supervision status reported says the sentence is being served.
    pub supervision: Supervision,
    /// To whom it is referred.
    pub referred_to: Option<OrgId>,
}

/// An eligibility determination in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Determined {
    /// Outcome.
    pub determination: Determination,
    /// Remedy, if eligible.
    pub remedy: Option<Remedy>,
    /// First reason given.
    pub reason: Coded<DeterminationReason>,
    /// Rules used.
    pub rules: RuleSet,
    /// Revision of the event.
    pub revision: u64,
}

macro_rules! track {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $number:literal $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$member_doc])* #[doc = concat!("`", $code, "`")] $member = $number,)+
        }

        impl Vocabulary for $name {
            const ALL: &'static [Self] = &[$(Self::$member,)+];

            fn number(self) -> u8 {
                self as u8
            }

            fn code(self) -> &'static str {
                match self {
                    $(Self::$member => $code,)+
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.code())
            }
        }
    };
}

track! {
    /// Track A: what was decided about a charge.
    Decision {
        Identified = 1 "IDENTIFIED",
        HandReview = 2 "HAND_REVIEW",
        Referred = 3 "REFERRED",
        Ineligible = 4 "INELIGIBLE",
        Eligible = 5 "ELIGIBLE",
        UnderReview = 6 "UNDER_REVIEW",
        Approved = 7 "APPROVED",
        Challenged = 8 "CHALLENGED",
        FiledPending = 9 "FILED_PENDING",
        FilingRejected = 10 "FILING_REJECTED",
        Filed = 11 "FILED",
        HearingSet = 12 "HEARING_SET",
        Granted = 13 "GRANTED",
        Denied = 14 "DENIED",
        Declined = 15 "DECLINED",
        Withdrawn = 16 "WITHDRAWN",
        PriorRelief = 17 "PRIOR_RELIEF",
        NotFound = 18 "NOT_FOUND",
        Destroyed = 19 "DESTROYED",
        Duplicate = 20 "DUPLICATE",
        Voided = 21 "VOIDED",
    }
}

track! {
    /// Track B: what the court's docket shows.
    Disposition {
        Conviction = 1 "CONVICTION",
        Dismissed = 2 "DISMISSED",
        Redesignated = 3 "REDESIGNATED",
        Resentenced = 4 "RESENTENCED",
        NotFound = 5 "NOT_FOUND",
        Destroyed = 6 "DESTROYED",
    }
}

impl From<NewDisposition> for Disposition {
    fn from(entered: NewDisposition) -> Self {
        match entered {
            NewDisposition::Dismissed => Self::Dismissed,
            NewDisposition::Redesignated => Self::Redesignated,
            NewDisposition::Resentenced => Self::Resentenced,
        }
    }
}

track! {
    /// Track B: sealing. It may be ordered before the dismissal is entered.
    Seal {
        Open = 1 "OPEN",
        Ordered = 2 "SEAL_ORDERED",
        Sealed = 3 "SEALED",
        Unsealed = 4 "UNSEALED",
    }
}

track! {
    /// Track C: the state repository.
    Repository {
        NotReported = 1 "NOT_REPORTED",
        Reported = 2 "REPORTED",
        Rejected = 3 "REJECTED",
        Updated = 4 "UPDATED",
        Regressed = 5 "REGRESSED",
    }
}

track! {
    /// Track D: whether the person was told.
    Notice {
        None = 1 "NONE",
        Attempted = 2 "ATTEMPTED",
        Delivered = 3 "DELIVERED",
        Undeliverable = 4 "UNDELIVERABLE",
        Waived = 5 "WAIVED",
    }
}

track! {
    /// The public phase of a charge: derived, never stored, the highest satisfied fact.
    /// `DISMISSED` means entered on the docket.
    Phase {
        Identified = 1 "IDENTIFIED",
        Eligible = 2 "ELIGIBLE",
        Approved = 3 "APPROVED",
        Filed = 4 "FILED",
        Dismissed = 5 "DISMISSED",
        Sealed = 6 "SEALED",
    }
}

track! {
    /// How a charge left the way to relief.
    Exit {
        Ineligible = 1 "INELIGIBLE",
        Challenged = 2 "CHALLENGED",
        Denied = 3 "DENIED",
        Declined = 4 "DECLINED",
        Withdrawn = 5 "WITHDRAWN",
        Duplicate = 6 "DUPLICATE",
        Voided = 7 "VOIDED",
        Destroyed = 8 "DESTROYED",
        NotFound = 9 "NOT_FOUND",
        PriorRelief = 10 "PRIOR_RELIEF",
    }
}

track! {
    /// How far an initiative is.
    InitiativeStatus {
        Planned = 1 "PLANNED",
        Announced = 2 "ANNOUNCED",
        Running = 3 "RUNNING",
        ClosedWithRemainder = 4 "CLOSED_WITH_REMAINDER",
        Complete = 5 "COMPLETE",
    }
}

/// An initiative. Default: not opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitiativeState {
    /// Number of events so far.
    pub revisions: u64,
    /// How far it is; none before it is opened.
    pub status: Option<InitiativeStatus>,
    /// Its legal basis.
    pub basis: Option<LegalBasis>,
    /// Who leads it.
    pub lead: Option<OrgId>,
    /// Counties it covers.
    pub counties: Vec<u16>,
    /// The policy in force.
    pub policy: Option<Policy>,
}

track! {
    /// How far a cohort is.
    CohortStatus {
        Open = 1 "OPEN",
        Sealed = 2 "MANIFEST_SEALED",
        Superseded = 3 "SUPERSEDED",
    }
}

/// A cohort. Default: not opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortState {
    /// Number of events so far.
    pub revisions: u64,
    /// How far it is; none before it is opened.
    pub status: Option<CohortStatus>,
    /// Version, from 1.
    pub version: u16,
    /// Kind of list.
    pub source: Option<Source>,
    /// SHA-256 of the file.
    pub file_digest: Option<[u8; 32]>,
    /// What its header declared.
    pub declared: ControlTotals,
    /// What was received.
    pub received: Option<ControlTotals>,
    /// Rows refused.
    pub refused: u32,
    /// The list it replaces.
    pub supersedes: Option<CohortId>,
    /// The list that replaces it.
    pub superseded_by: Option<CohortId>,
}

track! {
    /// How far a filing is.
    FilingStatus {
        Prepared = 1 "PREPARED",
        Sent = 2 "SENT",
        Received = 3 "RECEIVED",
        Accepted = 4 "ACCEPTED",
        PartiallyAccepted = 5 "PARTIALLY_ACCEPTED",
        Rejected = 6 "REJECTED",
        Withdrawn = 7 "WITHDRAWN",
        Reconciled = 8 "RECONCILED",
        /// The court used a status that is not in the vocabulary.
        Unmapped = 9 "UNMAPPED",
    }
}

/// A filing. Default: nothing known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingState {
    /// Number of events so far.
    pub revisions: u64,
    /// How far it is.
    pub status: Option<FilingStatus>,
    /// What kind.
    pub vehicle: Option<FilingVehicle>,
    /// Court it goes to.
    pub court: Option<Text<16>>,
    /// For which initiative.
    pub initiative: Option<InitiativeId>,
    /// The rows, for a batch.
    pub manifest: Option<Manifest>,
    /// The court's count.
    pub court_rows: Option<u32>,
    /// Rows accepted.
    pub accepted: u32,
    /// Rows rejected.
    pub rejected: u32,
    /// Every flag raised.
    pub flags: Flags,
}

track! {
    /// How far an order is.
    OrderStatus {
        Proposed = 1 "PROPOSED",
        Submitted = 2 "SUBMITTED",
        Signed = 3 "SIGNED",
        Filed = 4 "FILED",
        Applied = 5 "APPLIED",
        Vacated = 6 "VACATED",
    }
}

/// An order. Default: nothing known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// Number of events so far.
    pub revisions: u64,
    /// How far it is.
    pub status: Option<OrderStatus>,
    /// Individual or blanket.
    pub kind: Option<OrderKind>,
    /// Court.
    pub court: Option<Text<16>>,
    /// What it does.
    pub effects: Option<Set<OrderEffect>>,
    /// Legal basis.
    pub basis: Option<LegalBasis>,
    /// The rows, for a blanket order.
    pub manifest: Option<Manifest>,
    /// Rows declared, after amendments.
    pub declared: u32,
    /// Rows explained, ascending, with why.
    pub explained: Vec<(u32, RowOutcome)>,
    /// Every flag raised.
    pub flags: Flags,
}

/// An announcement. Default: not published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncementState {
    /// Number of events so far.
    pub revisions: u64,
    /// The day it was published or last corrected.
    pub stated_on: Option<Date>,
    /// The figures that stand now.
    pub sheet: Option<Sheet>,
}
