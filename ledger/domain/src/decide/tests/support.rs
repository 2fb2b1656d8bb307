//! Who posts, sample facts, and a stream that decides and folds like the ledger does.

use crate::command::{Announced, Command, Context, Expected, OrderCounts, Scope, Target};
use crate::date::Date;
use crate::event::{Event, Flag, Flags};
use crate::fact::{
    AnnouncementFact, CaseFact, Charge, CohortFact, ControlTotals, Fact, FactKind, FilingFact,
    InitiativeFact, Manifest, OrderFact, OrgFact, RemainderItem,
};
use crate::id::{CaseId, ChargeId, CohortId, FilingId, OrderId, OrgId, PersonRef, StreamKind};
use crate::policy::{Policy, RuleSet};
use crate::rejection::Rejection;
use crate::state::{
    AnnouncementState, CaseState, ChargeState, CohortState, CohortStatus, FilingState,
    InitiativeState, OrderState, OrgState, State,
};
use crate::vocabulary::{
    ChallengeGround, Coded, CorrectionReason, Custodian, DenialGround, DestructionAuthority,
    Determination, DeterminationReason, DismissalReason, DojRejection, DuplicateBasis, Family,
    FilingRejection, FilingVehicle, LegalBasis, MismatchKind, NewDisposition, NotDoneReason,
    NoticeChannel, OrderEffect, OrderKind, PriorReliefKind, ReadPurpose, Remedy, ReopenReason,
    ReportMethod, ReviewStatus, Role, RowOutcome, SealExtent, SealSurface, SearchResult, Set,
    Severity, ShredBasis, Source, Supervision, Tombstone, UnlinkBasis, VoidReason, WithdrawReason,
};
use crate::{evolve, refold};

mod samples;

pub(super) use samples::*;

pub(super) type Who = (&'static str, Role);

pub(super) const DA: Who = ("lada", Role::ProsecutorCounty);
pub(super) const OTHER_DA: Who = ("sfda", Role::ProsecutorCounty);
pub(super) const CITY: Who = ("pasadena", Role::ProsecutorCity);
pub(super) const COURT: Who = ("lasc", Role::Court);
pub(super) const OTHER_COURT: Who = ("sfsc", Role::Court);
pub(super) const DOJ: Who = ("ca-doj", Role::StateRepository);
pub(super) const DEFENDER: Who = ("lapubdef", Role::Defender);
pub(super) const VENDOR: Who = ("algorithm", Role::AnalyticsAgent);
pub(super) const PROBATION: Who = ("laprob", Role::Probation);
pub(super) const POLICE: Who = ("lasd", Role::LawEnforcement);
pub(super) const COMMUNITY: Who = ("impact", Role::Community);
pub(super) const OVERSIGHT: Who = ("ag", Role::Oversight);
pub(super) const PRESS: Who = ("press", Role::Publisher);
pub(super) const OPERATOR: Who = ("operator", Role::Operator);
pub(super) const CUSTODIAN: Who = ("lasc-records", Role::RecordCustodian);

/// Somebody of that role who answers for the cases of these tests, where that matters.
pub(super) fn somebody(role: Role) -> Who {
    [
        DA, CITY, COURT, DOJ, DEFENDER, VENDOR, PROBATION, POLICE, COMMUNITY, OVERSIGHT, PRESS,
        OPERATOR, CUSTODIAN,
    ]
    .into_iter()
    .find(|(_, known)| *known == role)
    .unwrap()
}

pub(super) fn org(who: Who) -> OrgId {
    who.0.parse().unwrap()
}

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) const TODAY: &str = "2023-06-01";
pub(super) const ON: &str = "2021-09-27";
pub(super) const ORDER: OrderId = OrderId::from_bytes([1; 16]);
pub(super) const ORDER_2: OrderId = OrderId::from_bytes([2; 16]);
pub(super) const FILING: FilingId = FilingId::from_bytes([3; 16]);
pub(super) const FILING_2: FilingId = FilingId::from_bytes([4; 16]);
pub(super) const CASE: CaseId = CaseId::from_bytes([5; 16]);
pub(super) const CANONICAL: CaseId = CaseId::from_bytes([6; 16]);
pub(super) const PERSON: PersonRef = PersonRef::from_bytes([7; 16]);
pub(super) const PERSON_2: PersonRef = PersonRef::from_bytes([8; 16]);

pub(super) fn cohort() -> CohortId {
    "LA-2021-COURT.1".parse().unwrap()
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
        rule_set: rules(1),
        challenge_deadline: Some(day("2020-07-01")),
        approved_to_filed_days: 90,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 30,
    }
}

pub(super) fn charge(id: u16) -> Charge {
    Charge {
        id: ChargeId(id),
        section: "HS 11357(b)".parse().unwrap(),
        family: Family::Possession,
        severity: Severity::Misdemeanor,
        conviction_year: 1990 + id,
        counts: 1,
        sentence: Supervision::Completed,
        in_comment_only: false,
    }
}

pub(super) fn felony(id: u16) -> Charge {
    Charge {
        section: "HS 11358".parse().unwrap(),
        family: Family::Cultivation,
        severity: Severity::Felony,
        ..charge(id)
    }
}

pub(super) fn identified(charges: Vec<Charge>) -> CaseFact {
    CaseFact::CaseIdentified {
        cohort: cohort(),
        row: 1,
        source: Source::CourtRecords,
        county: 37,
        court: "LASC-CJC".parse().unwrap(),
        agency: org(DA),
        person: None,
        charges,
    }
}

/// The same case as a city attorney has it.
pub(super) fn city_case() -> CaseFact {
    match identified(vec![charge(1)]) {
        CaseFact::CaseIdentified {
            cohort,
            row,
            source,
            county,
            court,
            charges,
            ..
        } => CaseFact::CaseIdentified {
            cohort,
            row,
            source,
            county,
            court,
            agency: org(CITY),
            person: Some(PERSON),
            charges,
        },
        other => other,
    }
}

pub(super) fn determined(determination: Determination) -> CaseFact {
    let (remedy, reason) = match determination {
        Determination::Eligible => (
            Some(Remedy::DismissAndSeal),
            DeterminationReason::CourtRecordOnly,
        ),
        Determination::Ineligible => (None, DeterminationReason::TwoPriors),
        Determination::HandReview => (None, DeterminationReason::DataIncomplete),
    };
    CaseFact::EligibilityDetermined {
        determination,
        remedy,
        rules: rules(1),
        reasons: vec![Coded::Known(reason)],
        evaluated_as_of: day(ON),
    }
}

pub(super) fn eligible() -> CaseFact {
    determined(Determination::Eligible)
}

pub(super) fn redetermined(determination: Determination, supersedes: u64) -> CaseFact {
    match determined(determination) {
        CaseFact::EligibilityDetermined {
            determination,
            remedy,
            rules,
            reasons,
            evaluated_as_of,
        } => CaseFact::EligibilityRedetermined {
            determination,
            remedy,
            rules,
            reasons,
            evaluated_as_of,
            supersedes,
        },
        other => other,
    }
}

pub(super) fn entered(disposition: NewDisposition) -> CaseFact {
    CaseFact::DispositionEntered {
        disposition,
        severity_after: None,
        reason: Some(Coded::Known(DismissalReason::Pc1385)),
        order: Some(ORDER),
    }
}

pub(super) fn applied(effects: &[OrderEffect], remedy: Option<Remedy>) -> CaseFact {
    CaseFact::OrderApplied {
        order: ORDER,
        row: 1,
        effects: effects.iter().copied().collect(),
        remedy,
    }
}

pub(super) fn corrected(target: u64, replacement: CaseFact, on: &str) -> CaseFact {
    CaseFact::FactCorrected {
        target,
        replacement: Box::new(replacement),
        replacement_on: day(on),
        reason: Coded::Known(CorrectionReason::WrongDate),
        restored: Vec::new(),
    }
}

pub(super) fn retracted(target: u64) -> CaseFact {
    CaseFact::EventRetracted {
        target,
        reason: Coded::Known(CorrectionReason::WrongCase),
        restored: Vec::new(),
    }
}

pub(super) fn resolved(held: u64) -> CaseFact {
    CaseFact::ConfirmationResolved {
        held,
        reason: Coded::Known(CorrectionReason::WrongCase),
        moved_to: Some(CANONICAL),
    }
}

pub(super) fn linked() -> CaseFact {
    CaseFact::DuplicateLinked {
        canonical: CANONICAL,
        basis: Coded::Known(DuplicateBasis::Reexport),
    }
}

pub(super) fn totals(felonies: u32, misdemeanors: u32) -> ControlTotals {
    ControlTotals {
        rows: felonies + misdemeanors,
        felonies,
        misdemeanors,
        infractions: 0,
        unknown: 0,
    }
}

pub(super) fn manifest(rows: u32) -> Manifest {
    Manifest {
        rows,
        root: [9; 32],
    }
}

pub(super) fn effects() -> Set<OrderEffect> {
    Set::EMPTY
        .with(OrderEffect::Dismiss)
        .with(OrderEffect::Seal)
}

pub(super) fn charges(ids: &[u16]) -> Scope {
    Scope::Charges(ids.iter().copied().map(ChargeId).collect())
}

pub(super) fn flags(flags: &[Flag]) -> Flags {
    flags.iter().copied().collect()
}

/// What a test posts: a command and who posts it.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) who: Who,
    pub(super) command: Command,
}

impl Post {
    pub(super) fn on(mut self, date: &str) -> Self {
        self.command.occurred_on = day(date);
        self
    }

    pub(super) fn of(mut self, ids: &[u16]) -> Self {
        self.command.scope = charges(ids);
        self
    }

    pub(super) fn expecting(mut self, expected: Expected) -> Self {
        self.command.expected = expected;
        self
    }
}

/// The fact, about the stream that facts of its kind are about in these tests.
pub(super) fn post(who: Who, fact: impl Into<Posted>) -> Post {
    let Posted(fact) = fact.into();
    let target = match &fact {
        Fact::Case(_) => Target::Case(CASE),
        Fact::Initiative(_) => Target::Initiative("LA-2021-COURT".parse().unwrap()),
        Fact::Cohort(_) => Target::Cohort(cohort()),
        Fact::Filing(_) => Target::Filing(FILING),
        Fact::Order(_) => Target::Order(ORDER),
        Fact::Announcement(_) => Target::Announcement("press.1".parse().unwrap()),
        Fact::Org(_) => Target::Ledger,
    };
    Post {
        who,
        command: Command {
            target,
            expected: Expected::Any,
            scope: Scope::WholeCase,
            occurred_on: day(ON),
            fact,
        },
    }
}

pub(super) struct Posted(Fact);

macro_rules! posted {
    ($($stream:ident $facts:ident),+) => {
        $(impl From<$facts> for Posted {
            fn from(fact: $facts) -> Self {
                Self(Fact::$stream(fact))
            }
        })+
    };
}

posted!(Case CaseFact, Initiative InitiativeFact, Cohort CohortFact, Filing FilingFact, Order OrderFact,
    Announcement AnnouncementFact, Org OrgFact);

impl From<FactKind> for Posted {
    fn from(kind: FactKind) -> Self {
        sample(kind).into()
    }
}

/// A stream as the ledger keeps it. Every accepted post is folded twice: event by event, and for
/// cases anew from the whole history; the two have to agree.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) state: State,
    pub(super) history: Vec<(OrgId, Event)>,
    pub(super) policy: Option<Policy>,
    pub(super) cohort: Option<CohortState>,
    pub(super) canonical: Option<CaseState>,
    pub(super) counts: Option<OrderCounts>,
    pub(super) announced: Option<Announced>,
}

impl Stream {
    pub(super) fn new(kind: StreamKind) -> Self {
        let mut canonical = CaseState::default();
        let identity = Self {
            canonical: None,
            ..Self::bare(StreamKind::Case)
        }
        .decide(&post(DA, identified(vec![charge(1)])))
        .unwrap();
        for event in &identity {
            canonical = evolve::evolve_case(canonical, event);
        }
        Self {
            canonical: Some(canonical),
            ..Self::bare(kind)
        }
    }

    fn bare(kind: StreamKind) -> Self {
        Self {
            state: match kind {
                StreamKind::Case => State::Case(CaseState::default()),
                StreamKind::Initiative => State::Initiative(InitiativeState::default()),
                StreamKind::Cohort => State::Cohort(CohortState::default()),
                StreamKind::Filing => State::Filing(FilingState::default()),
                StreamKind::Order => State::Order(OrderState::default()),
                StreamKind::Announcement => State::Announcement(AnnouncementState::default()),
                StreamKind::Org => State::Org(OrgState::default()),
            },
            history: Vec::new(),
            policy: None,
            cohort: Some(CohortState {
                status: Some(CohortStatus::Open),
                ..CohortState::default()
            }),
            canonical: None,
            counts: None,
            announced: None,
        }
    }

    /// A case with these charges.
    pub(super) fn case(listed: Vec<Charge>) -> Self {
        Self::new(StreamKind::Case).given([post(DA, identified(listed))])
    }

    pub(super) fn decide(&self, post: &Post) -> Result<Vec<Event>, Rejection> {
        let context = Context {
            today: day(TODAY),
            poster: org(post.who),
            role: post.who.1,
            policy: self.policy.as_ref(),
            cohort: self.cohort.as_ref(),
            canonical: self.canonical.as_ref(),
            history: &self.history,
            order_counts: self.counts,
            authority: None,
            announced: self.announced.as_ref(),
        };
        crate::decide(&self.state, &post.command, &context)
    }

    pub(super) fn post(&mut self, post: &Post) -> Result<Vec<Event>, Rejection> {
        let events = self.decide(post)?;
        assert!(!events.is_empty(), "accepted as nothing: {post:?}");
        for (at, event) in events.iter().enumerate() {
            let breaches = self.breaches(post.who, event, at > 0);
            assert_eq!(breaches, [], "{event:?} of {post:?}");
            self.state = evolve(self.state.clone(), event);
            self.history.push((org(post.who), event.clone()));
            if let State::Case(state) = &self.state {
                assert_eq!(refold(&self.history), *state, "after {post:?}");
            }
        }
        Ok(events)
    }

    pub(super) fn given(mut self, posts: impl IntoIterator<Item = Post>) -> Self {
        for post in posts {
            if let Err(rejection) = self.post(&post) {
                panic!("{rejection}: {post:?}");
            }
        }
        self
    }

    pub(super) fn state(&self) -> &CaseState {
        match &self.state {
            State::Case(state) => state,
            other => panic!("not a case: {other:?}"),
        }
    }

    pub(super) fn charge(&self, id: u16) -> &ChargeState {
        let mut charges = self.state().charges.iter();
        charges.find(|known| known.charge.id.0 == id).unwrap()
    }

    /// The one event that the post becomes.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "posts are written where they are used"
    )]
    pub(super) fn event(&mut self, who: Post) -> Event {
        let mut events = self
            .post(&who)
            .unwrap_or_else(|rejection| panic!("{rejection}: {who:?}"));
        assert_eq!(events.len(), 1, "{events:?}");
        events.remove(0)
    }

    /// The rejection that the post meets.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "posts are written where they are used"
    )]
    pub(super) fn refusal(&self, who: Post) -> Rejection {
        match self.decide(&who) {
            Err(rejection) => rejection,
            Ok(events) => panic!("accepted: {events:?}"),
        }
    }
}

/// Steps of the usual way to relief.
pub(super) fn to_approval() -> [Post; 2] {
    [post(DA, eligible()), post(DA, FactKind::ReviewApproved)]
}

pub(super) fn to_filing() -> Vec<Post> {
    let mut steps = to_approval().to_vec();
    steps.push(post(DA, FactKind::FilingSubmitted).on("2021-10-01"));
    steps.push(post(COURT, FactKind::FilingAccepted).on("2021-10-02"));
    steps
}

pub(super) fn to_grant() -> Vec<Post> {
    let mut steps = to_filing();
    steps.push(post(COURT, FactKind::ReliefGranted).on("2021-11-01"));
    steps
}

pub(super) fn surface(surface: SealSurface) -> CaseFact {
    CaseFact::SealingExecuted {
        surfaces: Set::EMPTY.with(surface),
        extent: SealExtent::Count,
        order: Some(ORDER_2),
    }
}
