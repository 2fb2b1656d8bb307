//! What a court has to say, in the order in which it happened, and how it arrives.
//!
//! Generated as plain data whose smallest values are the clean feed, so that a failure shrinks to the few messages and
//! the one disorder that it needs.
//!
//! Left out is what contradicts itself, so that no order of arrival could tell what is meant: two rulings or two entries
//! on one day, a report and its rejection on one day, two answers to one filing, an entry of what was denied, two orders
//! to seal. So is what takes something back, which needs it to be there (docs/LIFECYCLE.md). Hearings and reports are
//! about a whole case only where its charges go one way: which charges such a statement answers is settled when it comes.

use caseledger_domain::{
    CaseFact, Charge, ChargeId, Command, Fact, FilingId, OrderFact, OrderId, PersonRef, Scope,
    Target,
    vocabulary::{
        Coded, DenialGround, DestructionAuthority, DismissalReason, DojRejection, FilingRejection,
        LegalBasis, NewDisposition, OrderEffect, OrderKind, Remedy, ReportMethod, Role, SealExtent,
        SealSurface, SearchResult, Severity,
    },
};
use caseledger_engine::{Poster, Submission};
use proptest::prelude::*;

use crate::support::*;

/// The order that covers every case of a feed.
pub(super) const ORDER: OrderId = OrderId::from_bytes([77; 16]);

/// Another one, by which a court rules on all charges of a case at once.
const LATER: OrderId = OrderId::from_bytes([78; 16]);

/// What the clerk answered to a filing.
#[derive(Clone, Copy, Debug)]
enum Review {
    None,
    Received,
    Accepted,
    Rejected,
    /// Of a whole case: not for its last charge, if it has several.
    Partial,
}

#[derive(Clone, Copy, Debug)]
enum Ruling {
    None,
    Granted,
    /// By the blanket order, which seals as well or does not.
    Applied {
        seals: bool,
    },
    Denied,
    /// And granted later.
    DeniedFirst,
}

#[derive(Clone, Copy, Debug)]
enum Record {
    Kept,
    NotFound,
    Destroyed,
}

/// The way of a case, or of one charge of it, through the court.
#[derive(Clone, Debug)]
struct Way {
    review: Review,
    hearings: u8,
    ruling: Ruling,
    entry: Option<(NewDisposition, bool)>,
    seal_ordered: bool,
    sealings: u8,
    reports: u8,
    updated: bool,
    record: Record,
    /// Bit by bit, whether a day passes before the step.
    days: u16,
}

/// A case.
#[derive(Clone, Debug)]
pub(super) struct Story {
    /// One by one, or the case as a whole.
    each_charge: bool,
    ways: Vec<Way>,
    /// What is said of the case as a whole after that, if its charges were told one by one.
    whole: Option<Way>,
    person: Option<u8>,
    /// How far its prosecutor had come before the court said anything: 0 to 3.
    prosecuted: u8,
    /// Whether the list that names it comes in the middle of the feed.
    pub(super) late: bool,
    /// Bit by bit, whether the court left a number out before the message.
    holes: u32,
}

fn way() -> impl Strategy<Value = Way> {
    let review = prop_oneof![
        Just(Review::None),
        Just(Review::Received),
        Just(Review::Accepted),
        Just(Review::Rejected),
        Just(Review::Partial),
    ];
    let ruling = prop_oneof![
        Just(Ruling::None),
        Just(Ruling::Granted),
        any::<bool>().prop_map(|seals| Ruling::Applied { seals }),
        Just(Ruling::Denied),
        Just(Ruling::DeniedFirst),
    ];
    let entered = prop_oneof![
        2 => Just(NewDisposition::Dismissed),
        1 => Just(NewDisposition::Redesignated),
        1 => Just(NewDisposition::Resentenced),
    ];
    let record = prop_oneof![
        4 => Just(Record::Kept),
        1 => Just(Record::NotFound),
        1 => Just(Record::Destroyed),
    ];
    let docket = (
        prop::option::of((entered, any::<bool>())),
        any::<bool>(),
        0..3_u8,
        0..3_u8,
        any::<bool>(),
    );
    (review, 0..3_u8, ruling, docket, record, any::<u16>()).prop_map(
        |(review, hearings, ruling, docket, record, days)| {
            let (entry, seal_ordered, sealings, reports, updated) = docket;
            Way {
                review,
                hearings,
                ruling,
                entry,
                seal_ordered,
                sealings,
                reports,
                updated,
                record,
                days,
            }
        },
    )
}

pub(super) fn story() -> impl Strategy<Value = Story> {
    (
        any::<bool>(),
        prop::collection::vec(way(), 1..4),
        prop::option::of(way()),
        prop::option::of(0..3_u8),
        0..4_u8,
        prop::bool::weighted(0.4),
        any::<u32>(),
    )
        .prop_map(
            |(each_charge, ways, whole, person, prosecuted, late, holes)| Story {
                each_charge,
                ways,
                whole,
                person,
                prosecuted,
                late,
                holes,
            },
        )
}

fn repository() -> Poster {
    Poster {
        org: org("doj"),
        role: Role::StateRepository,
    }
}

/// A submission and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) poster: Poster,
    pub(super) submission: Submission,
}

/// A feed in the order in which things happened.
pub(super) struct Feed {
    /// What was there before it.
    pub(super) before: Vec<Message>,
    pub(super) messages: Vec<Message>,
    /// How many messages were stated of each case.
    pub(super) stated: Vec<usize>,
}

/// Steps with days between them.
struct Told {
    steps: Vec<(u32, Poster, CaseFact)>,
    days: u16,
    day: u32,
}

impl Told {
    /// On the day of the step before, or on the next.
    fn then(&mut self, poster: Poster, fact: CaseFact) {
        self.day += u32::from(self.days & 1);
        self.days >>= 1;
        self.steps.push((self.day, poster, fact));
    }

    /// On a later day for certain.
    fn later(&mut self, poster: Poster, fact: CaseFact) {
        self.day += 1;
        self.then(poster, fact);
    }
}

impl Way {
    /// What is about every charge if it is said of a case, and ends in relief or says nothing of it.
    fn of_all_charges(&self) -> Self {
        let ruling = match self.ruling {
            Ruling::None | Ruling::Denied | Ruling::DeniedFirst => Ruling::None,
            Ruling::Granted => Ruling::Granted,
            Ruling::Applied { .. } => Ruling::Applied { seals: false },
        };
        Self {
            review: Review::None,
            hearings: 0,
            ruling,
            entry: self.entry.filter(|_| !matches!(ruling, Ruling::None)),
            reports: 0,
            updated: false,
            ..self.clone()
        }
    }

    #[expect(clippy::too_many_lines, reason = "one step of a case after the other")]
    /// What is said of a charge, or of so many charges at once.
    fn told(
        &self,
        filing: FilingId,
        row: u32,
        order: OrderId,
        first: u32,
        charges: u16,
    ) -> Vec<(u32, Poster, CaseFact)> {
        let mut told = Told {
            steps: Vec::new(),
            days: self.days,
            day: first,
        };
        match self.review {
            Review::None => {}
            Review::Received => told.then(court(), CaseFact::FilingReceived { filing }),
            Review::Accepted => told.then(
                court(),
                CaseFact::FilingAccepted {
                    filing,
                    received_on: None,
                },
            ),
            Review::Partial if charges > 1 => told.then(
                court(),
                CaseFact::FilingPartiallyAccepted {
                    filing,
                    rejected: vec![ChargeId(charges)],
                    reason: Coded::Known(FilingRejection::PartyMismatch),
                },
            ),
            Review::Rejected | Review::Partial => told.then(
                court(),
                CaseFact::FilingRejected {
                    filing,
                    reason: Coded::Known(FilingRejection::Format),
                },
            ),
        }
        // A hearing of a whole case is one of what was accepted, whichever that is.
        let split = matches!(self.review, Review::Partial) && charges > 1;
        for hearing in (0..self.hearings).filter(|_| !split) {
            let hearing_on = date(20_210_301 + u32::from(hearing));
            let fact = match hearing {
                0 => CaseFact::HearingSet { hearing_on },
                _ => CaseFact::HearingContinued { hearing_on },
            };
            told.later(court(), fact);
        }
        let denied = CaseFact::ReliefDenied {
            order: None,
            ground: Coded::Known(DenialGround::Procedural),
        };
        let granted = CaseFact::ReliefGranted {
            order,
            remedy: Remedy::DismissAndSeal,
        };
        match self.ruling {
            Ruling::None => {}
            Ruling::Granted => told.then(court(), granted),
            Ruling::Applied { seals } => {
                let effects = [OrderEffect::Dismiss, OrderEffect::Seal];
                let fact = CaseFact::OrderApplied {
                    order,
                    row,
                    effects: effects.into_iter().take(1 + usize::from(seals)).collect(),
                    remedy: Some(Remedy::DismissAndSeal),
                };
                told.then(court(), fact);
            }
            Ruling::Denied => told.then(court(), denied),
            Ruling::DeniedFirst => {
                told.then(court(), denied);
                told.later(court(), granted);
            }
        }
        // Nothing is entered after a denial: the number of the order would be that of another one.
        let relieved = !matches!(self.ruling, Ruling::Denied);
        if let Some((disposition, with_order)) = self.entry.filter(|_| relieved) {
            let lower = !matches!(disposition, NewDisposition::Dismissed);
            let fact = CaseFact::DispositionEntered {
                disposition,
                severity_after: lower.then_some(Severity::Misdemeanor),
                reason: (!lower).then_some(Coded::Known(DismissalReason::Hs113619)),
                order: with_order.then_some(order),
            };
            told.then(court(), fact);
        }
        if self.seal_ordered {
            told.then(court(), CaseFact::SealingOrdered { order: ORDER });
        }
        for sealing in 0..self.sealings {
            let surfaces = [
                [SealSurface::PublicIndex, SealSurface::Portal],
                [SealSurface::Portal, SealSurface::Images],
            ];
            let fact = CaseFact::SealingExecuted {
                surfaces: surfaces[usize::from(sealing)].into_iter().collect(),
                extent: SealExtent::File,
                order: (sealing == 0).then_some(ORDER),
            };
            told.then(court(), fact);
        }
        for report in 0..self.reports {
            if report > 0 {
                let reason = Coded::Known(DojRejection::NoMatchingSubject);
                told.later(repository(), CaseFact::DojReportRejected { reason });
            }
            let method = ReportMethod::Electronic;
            told.later(court(), CaseFact::DispositionReportedToDoj { method });
        }
        if self.updated {
            told.then(repository(), CaseFact::DojRecordUpdated);
        }
        match self.record {
            Record::Kept => {}
            Record::NotFound => {
                let search = Coded::Known(SearchResult::FileMissing);
                told.later(court(), CaseFact::RecordNotFound { search });
            }
            Record::Destroyed => {
                let authority = Coded::Known(DestructionAuthority::Hs113615);
                told.later(court(), CaseFact::RecordDestroyed { authority });
            }
        }
        told.steps
    }
}

impl Story {
    fn charges(&self) -> Vec<Charge> {
        (1..=self.ways.len() as u16).map(charge).collect()
    }

    fn identified(&self, number: u64) -> Command {
        let mut command = identify(number);
        if let Fact::Case(CaseFact::CaseIdentified {
            charges, person, ..
        }) = &mut command.fact
        {
            *charges = self.charges();
            *person = self
                .person
                .map(|person| PersonRef::from_bytes([person; 16]));
        }
        command.occurred_on = date(20_200_101);
        command
    }

    /// What its prosecutor did before the court said anything.
    fn prepared(&self, number: u64) -> Vec<Command> {
        let steps = [determine(number), approve(number), file(number)];
        let mut commands = vec![self.identified(number)];
        for mut command in steps.into_iter().take(usize::from(self.prosecuted)) {
            command.occurred_on = date(20_200_601);
            commands.push(command);
        }
        commands
    }

    fn told(&self, number: u64) -> Vec<(Poster, Command)> {
        let Fact::Case(CaseFact::FilingSubmitted { filing, .. }) = file(number).fact else {
            panic!("a filing");
        };
        let row = number as u32 + 1;
        let ways = if self.each_charge {
            &self.ways[..]
        } else {
            &self.ways[..1]
        };
        let mut told = Vec::new();
        let mut tell = |steps: Vec<(u32, Poster, CaseFact)>, scope: &Scope| {
            for (day, poster, fact) in steps {
                let command = Command {
                    scope: scope.clone(),
                    occurred_on: date(day),
                    ..on_case(number, fact)
                };
                told.push((poster, command));
            }
        };
        for (way, id) in ways.iter().zip(1..) {
            let (scope, charges) = if self.each_charge {
                (Scope::Charges(vec![ChargeId(id)]), 1)
            } else {
                (Scope::WholeCase, self.ways.len() as u16)
            };
            tell(way.told(filing, row, ORDER, 20_210_101, charges), &scope);
        }
        if let Some(whole) = self.whole.as_ref().filter(|_| self.each_charge) {
            let way = whole.of_all_charges();
            tell(
                way.told(filing, row, LATER, 20_210_201, 1),
                &Scope::WholeCase,
            );
        }
        told
    }
}

impl Feed {
    pub(super) fn new(stories: &[Story]) -> Self {
        let mut feed = Self {
            before: Vec::new(),
            messages: Vec::new(),
            stated: Vec::new(),
        };
        let mut numbered = 0;
        let issued = OrderFact::OrderIssued {
            kind: OrderKind::Individual,
            court: "LASC-CJC".parse().unwrap(),
            effects: [OrderEffect::Dismiss].into_iter().collect(),
            basis: LegalBasis::Hs113619,
            manifest: None,
        };
        numbered += 1;
        let issued = command(Target::Order(ORDER), Fact::Order(issued));
        feed.messages.push(Message {
            poster: court(),
            submission: numbered_submission(1_000_000, issued, numbered),
        });
        for (story, number) in stories.iter().zip(0..) {
            let first = 1_000 * (number + 1);
            let prepared = if story.late {
                let listed = Message {
                    poster: prosecutor(),
                    submission: submission(first, vec![story.identified(number)]),
                };
                feed.messages.push(listed);
                Vec::new()
            } else {
                story.prepared(number)
            };
            if !prepared.is_empty() {
                feed.before.push(Message {
                    poster: prosecutor(),
                    submission: submission(first, prepared),
                });
            }
            let told = story.told(number);
            feed.stated.push(told.len());
            for ((poster, command), at) in told.into_iter().zip(1_u64..) {
                let own = poster.org == court().org;
                if own {
                    numbered += 1 + u64::from(story.holes >> (at % 32) & 1);
                }
                let sequence = if own { numbered } else { 0 };
                feed.messages.push(Message {
                    poster,
                    submission: numbered_submission(first + at, command, sequence),
                });
            }
        }
        feed
    }
}

fn numbered_submission(message: u64, command: Command, sequence: u64) -> Submission {
    Submission {
        submitter_seq: sequence,
        ..submission(message, vec![command])
    }
}
