//! Steps of a history: who states what.

use caseledger_domain::vocabulary::{
    ChallengeGround, Determination, DeterminationReason, DuplicateBasis, FilingVehicle, LegalBasis,
    NewDisposition, NoticeChannel, OrderEffect, OrderKind, Remedy, ReopenReason, ReviewStatus,
    RowOutcome, SealExtent, Set, UnlinkBasis, VoidReason, WithdrawReason,
};
use caseledger_domain::{FilingFact, Flag, InitiativeFact, Manifest, OrderFact, Policy, RuleSet};

use crate::tests::*;

pub(super) type Who = (&'static str, Role);

pub(super) const DA: Who = ("lada", Role::ProsecutorCounty);
pub(super) const OTHER_DA: Who = ("sfda", Role::ProsecutorCounty);
pub(super) const CITY: Who = ("pasadena", Role::ProsecutorCity);
pub(super) const COURT: Who = ("lasc", Role::Court);
pub(super) const VENDOR: Who = ("algorithm", Role::AnalyticsAgent);
pub(super) const ORDER: OrderId = OrderId::from_bytes([9; 16]);
pub(super) const FILING: FilingId = FilingId::from_bytes([4; 16]);
pub(super) const OTHER_CASE: CaseId = CaseId::from_bytes([3; 16]);

/// An event, and who submits it.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) org: &'static str,
    pub(super) event: Event,
    /// Where it stands, if not where its kind stands in these tests.
    pub(super) stream: Option<StreamId>,
    /// Whether it is of the message of the step before.
    pub(super) goes_on: bool,
}

impl Step {
    pub(super) fn flagged(mut self, flags: &[Flag]) -> Self {
        self.event.flags = flags.iter().copied().collect();
        self
    }

    pub(super) fn of(mut self, charges: &[u16]) -> Self {
        let ids = charges.iter().copied().map(ChargeId).collect();
        self.event.charges = Charges::new(ids);
        self
    }

    pub(super) fn on(mut self, date: u32) -> Self {
        self.event.occurred_on = Date::from_yyyymmdd(date).unwrap();
        self
    }

    pub(super) fn within(mut self, stream: StreamId) -> Self {
        self.stream = Some(stream);
        self
    }

    pub(super) fn going_on(mut self) -> Self {
        self.goes_on = true;
        self
    }
}

pub(super) fn step(who: Who, fact: Fact) -> Step {
    Step {
        org: who.0,
        event: event(who.1, fact),
        stream: None,
        goes_on: false,
    }
}

pub(super) fn case(who: Who, fact: CaseFact) -> Step {
    step(who, Fact::Case(fact))
}

pub(super) fn filing(who: Who, fact: FilingFact) -> Step {
    step(who, Fact::Filing(fact))
}

pub(super) fn order(fact: OrderFact) -> Step {
    step(COURT, Fact::Order(fact))
}

pub(super) fn initiative(who: Who, fact: InitiativeFact) -> Step {
    step(who, Fact::Initiative(fact))
}

pub(super) fn cohort(fact: CohortFact) -> Step {
    step(DA, Fact::Cohort(fact))
}

pub(super) fn sealed() -> CohortFact {
    CohortFact::CohortSealed {
        received: ControlTotals::default(),
        refused: 0,
    }
}

pub(super) fn other_list() -> CohortId {
    "LA-2021-COURT.2".parse().unwrap()
}

pub(super) fn superseded() -> CohortFact {
    CohortFact::CohortSuperseded {
        by: other_list(),
        added: 0,
        removed: 0,
        changed: 0,
    }
}

pub(super) fn rules(version: u16) -> RuleSet {
    RuleSet {
        id: "LA-P64".parse().unwrap(),
        version,
    }
}

pub(super) fn policy(version: u16) -> Policy {
    Policy {
        version,
        rule_set: rules(version),
        challenge_deadline: None,
        approved_to_filed_days: 90,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 30,
    }
}

pub(super) fn begun() -> InitiativeFact {
    InitiativeFact::InitiativeOpened {
        basis: LegalBasis::Stipulated,
        lead: "lada".parse().unwrap(),
        counties: vec![37],
        policy: policy(1),
    }
}

pub(super) fn adopted(version: u16) -> InitiativeFact {
    InitiativeFact::PolicyAdopted {
        policy: policy(version),
    }
}

pub(super) fn prepared() -> FilingFact {
    FilingFact::FilingPrepared {
        vehicle: FilingVehicle::Motion,
        court: "LASC-CJC".parse().unwrap(),
        initiative: None,
        manifest: None,
    }
}

pub(super) fn reviewed() -> FilingFact {
    FilingFact::FilingReviewed {
        status: Coded::Known(ReviewStatus::Accepted),
        accepted: 1,
        rejected: 0,
        reason: None,
    }
}

pub(super) fn issued() -> OrderFact {
    OrderFact::OrderIssued {
        kind: OrderKind::Blanket,
        court: "LASC-CJC".parse().unwrap(),
        effects: Set::EMPTY.with(OrderEffect::Dismiss),
        basis: LegalBasis::Stipulated,
        manifest: Some(Manifest {
            rows: 1,
            root: [1; 32],
        }),
    }
}

pub(super) fn explained() -> OrderFact {
    OrderFact::OrderRowsExplained {
        outcome: RowOutcome::NotFound,
        rows: vec![1],
    }
}

pub(super) fn completed() -> OrderFact {
    OrderFact::OrderCompleted {
        applied: 0,
        already: 0,
        not_found: 1,
        rejected: 0,
    }
}

pub(super) fn determined_by(version: u16) -> CaseFact {
    CaseFact::EligibilityDetermined {
        determination: Determination::Eligible,
        remedy: Some(Remedy::DismissAndSeal),
        rules: rules(version),
        reasons: vec![Coded::Known(DeterminationReason::CourtRecordOnly)],
        evaluated_as_of: Date::from_yyyymmdd(20_210_927).unwrap(),
    }
}

pub(super) fn determined() -> CaseFact {
    determined_by(1)
}

pub(super) fn redetermined(supersedes: u64) -> CaseFact {
    CaseFact::EligibilityRedetermined {
        determination: Determination::Ineligible,
        remedy: None,
        rules: rules(1),
        reasons: vec![Coded::Known(DeterminationReason::TwoPriors)],
        evaluated_as_of: Date::from_yyyymmdd(20_210_927).unwrap(),
        supersedes,
    }
}

pub(super) fn approved() -> CaseFact {
    CaseFact::ReviewApproved {
        basis: LegalBasis::Hs113619,
    }
}

pub(super) fn submitted() -> CaseFact {
    CaseFact::FilingSubmitted {
        filing: FILING,
        vehicle: FilingVehicle::Motion,
        row: Some(1),
    }
}

pub(super) fn withdrawn_from(filing: u8) -> CaseFact {
    CaseFact::FilingWithdrawn {
        filing: FilingId::from_bytes([filing; 16]),
        reason: Coded::Known(WithdrawReason::OtherVehicle),
    }
}

pub(super) fn withdrawn() -> CaseFact {
    CaseFact::CaseWithdrawn {
        reason: Coded::Known(WithdrawReason::NoLongerSeeking),
    }
}

pub(super) fn declined() -> CaseFact {
    CaseFact::ProsecutorDeclined {
        ground: Coded::Known(ChallengeGround::UnreasonableRisk),
    }
}

pub(super) fn reopened() -> CaseFact {
    CaseFact::CaseReopened {
        reason: Coded::Known(ReopenReason::TipConfirmed),
    }
}

pub(super) fn referred() -> CaseFact {
    CaseFact::ReferredToProsecutor {
        to: "pasadena".parse().unwrap(),
        reason: Coded::Known(DeterminationReason::CityAttorneyJurisdiction),
    }
}

pub(super) fn granted() -> Step {
    let fact = CaseFact::ReliefGranted {
        order: ORDER,
        remedy: Remedy::DismissAndSeal,
    };
    case(COURT, fact).flagged(&[Flag::OutOfOrder, Flag::NoFiling])
}

pub(super) fn shut() -> Step {
    let fact = CaseFact::SealingExecuted {
        surfaces: Set::all(),
        extent: SealExtent::File,
        order: None,
    };
    case(COURT, fact).flagged(&[Flag::OutOfOrder, Flag::SealedBeforeDismissal])
}

pub(super) fn dismissed() -> CaseFact {
    CaseFact::DispositionEntered {
        disposition: NewDisposition::Dismissed,
        severity_after: None,
        reason: None,
        order: None,
    }
}

pub(super) const AHEAD: &[Flag] = &[Flag::OutOfOrder, Flag::NoOrder];

pub(super) fn linked(canonical: CaseId) -> CaseFact {
    CaseFact::DuplicateLinked {
        canonical,
        basis: Coded::Known(DuplicateBasis::Reexport),
    }
}

pub(super) fn unlinked() -> CaseFact {
    CaseFact::DuplicateUnlinked {
        basis: Coded::Known(UnlinkBasis::CoDefendant),
    }
}

pub(super) fn voided(approver: &str) -> CaseFact {
    CaseFact::CaseVoided {
        reason: Coded::Known(VoidReason::TestData),
        approver: approver.parse().unwrap(),
    }
}

pub(super) fn told() -> CaseFact {
    CaseFact::PersonNoticeAttempted {
        channel: NoticeChannel::Mail,
    }
}

pub(super) fn sighted(cohort: CohortId) -> CaseFact {
    CaseFact::SightingAdded {
        cohort,
        row: 7,
        source: Source::StateRepository,
    }
}

/// The case of the city's prosecutor, with a felony or without.
pub(super) fn of_the_city(severity: Severity) -> CaseFact {
    let CaseFact::CaseIdentified {
        cohort,
        row,
        source,
        county,
        court,
        person,
        mut charges,
        ..
    } = identified()
    else {
        panic!("a case is identified by identifying it");
    };
    charges[0].severity = severity;
    CaseFact::CaseIdentified {
        cohort,
        row,
        source,
        county,
        court,
        agency: "pasadena".parse().unwrap(),
        person,
        charges,
    }
}

pub(super) fn listed_as(cohort: CohortId) -> CaseFact {
    let mut fact = identified();
    if let CaseFact::CaseIdentified { cohort: named, .. } = &mut fact {
        *named = cohort;
    }
    fact
}

pub(super) fn held() -> Step {
    let fact = CaseFact::ConfirmationHeld {
        fact: Box::new(dismissed()),
        charges: Vec::new(),
    };
    case(COURT, fact).flagged(&[Flag::Unmatched])
}

pub(super) fn matched(fact: CaseFact) -> Step {
    let fact = CaseFact::ConfirmationMatched {
        held: 0,
        fact: Box::new(fact),
    };
    case(COURT, fact).flagged(AHEAD)
}
