//! Events that may not stand where they stand, well chained.

use caseledger_domain::vocabulary::{
    FilingRejection, LegalBasis, OrderEffect, OrderKind, RowOutcome, Set,
};
use caseledger_domain::{ChargeId, FactKind, FilingId, Manifest, OrderFact};

use super::*;

impl Log {
    fn new() -> Self {
        Self {
            entries: Vec::new(),
            head: Digest::ZERO,
        }
    }

    /// A log of one order.
    fn order(facts: Vec<OrderFact>) -> Self {
        let mut log = Self::new();
        for fact in facts {
            log.push_event(&event(Role::Court, Fact::Order(fact)), of_order);
        }
        log
    }

    /// A log of one case, as court and prosecutor state it.
    fn case(facts: Vec<(Role, CaseFact)>) -> Self {
        let mut log = Self::new();
        for (role, fact) in facts {
            log.push_event(&event(role, Fact::Case(fact)), |_| ());
        }
        log
    }

    /// What the rules say against it, when corrected cases were read again.
    fn faults(&self) -> Vec<Fault> {
        let mut followed = self.follow();
        for (position, entry) in (0..).zip(&self.entries) {
            followed.look_again(Position::new(position), entry);
        }
        let derived = followed.conclude();
        assert!(derived.not_checked.is_empty(), "{derived:?}");
        let found = derived.integrity.into_iter();
        found.map(|finding| finding.fault).collect()
    }
}

fn of_order(header: &mut Header) {
    header.stream.kind = StreamKind::Order.number();
}

/// Three rows, of which one was done already and two are of nobody.
fn signed() -> Vec<OrderFact> {
    vec![
        OrderFact::OrderIssued {
            kind: OrderKind::Blanket,
            court: "LASC-CJC".parse().unwrap(),
            effects: Set::EMPTY.with(OrderEffect::Dismiss),
            basis: LegalBasis::Stipulated,
            manifest: Some(Manifest {
                rows: 3,
                root: [1; 32],
            }),
        },
        OrderFact::OrderRowsExplained {
            outcome: RowOutcome::Already,
            rows: vec![1],
        },
        OrderFact::OrderRowsExplained {
            outcome: RowOutcome::NotFound,
            rows: vec![2, 3],
        },
    ]
}

fn completed(applied: u32, already: u32, not_found: u32, rejected: u32) -> Log {
    let mut facts = signed();
    facts.push(OrderFact::OrderCompleted {
        applied,
        already,
        not_found,
        rejected,
    });
    Log::order(facts)
}

#[test]
fn an_order_is_completed_when_every_row_is_accounted_for() {
    assert_eq!(completed(0, 1, 2, 0).faults(), []);
    let (outcome, expected, found) = (RowOutcome::NotFound, 2, 1);
    let explained = Fault::OrderExplained {
        outcome,
        expected,
        found,
    };
    let rows = Fault::OrderRows {
        expected: 3,
        found: 2,
    };
    assert_eq!(completed(0, 1, 1, 0).faults(), [explained, rows]);
    // Numbers that add up to more than a number of rows can be.
    let found = u64::from(u32::MAX) + 3;
    let rows = Fault::OrderRows { expected: 3, found };
    assert!(completed(u32::MAX, 1, 2, 0).faults().contains(&rows));
}

#[test]
fn only_a_case_has_charges() {
    let mut log = Log::order(signed());
    let fact = Fact::Order(OrderFact::OrderFiled);
    let mut filed = event(Role::Court, fact);
    filed.charges = Charges::new(vec![ChargeId(1)]);
    log.push_event(&filed, of_order);
    let expected = Fault::ChargesOfNoCase(FactKind::OrderFiled);
    assert_eq!(log.faults(), [expected]);
}

fn held() -> CaseFact {
    CaseFact::ConfirmationHeld {
        fact: Box::new(amended()),
        charges: vec![ChargeId(7)],
    }
}

fn amended() -> CaseFact {
    CaseFact::ChargeAmended { charge: charge(7) }
}

fn retracted(target: u64) -> CaseFact {
    CaseFact::EventRetracted {
        target,
        reason: Coded::Known(CorrectionReason::Typo),
        restored: Vec::new(),
    }
}

#[test]
fn before_a_case_is_identified_only_confirmations_wait_for_it() {
    let claim = (Role::ProsecutorCounty, CaseFact::ReviewStarted);
    let expected = Fault::NotIdentified(FactKind::ReviewStarted);
    assert_eq!(Log::case(vec![claim]).faults(), [expected]);

    // What waits names charges of a case that nobody knows, and so does its correction.
    let mut log = Log::case(vec![(Role::Court, held())]);
    let mut retraction = event(Role::Court, Fact::Case(retracted(0)));
    retraction.charges = Charges::new(vec![ChargeId(7)]);
    log.push_event(&retraction, |_| ());
    assert_eq!(log.faults(), []);

    // A claim does not wait.
    let log = Log::case(vec![(Role::ProsecutorCounty, held())]);
    assert!(
        matches!(log.faults().as_slice(), [Fault::NotAllowed { .. }]),
        "{:?}",
        log.faults()
    );
}

#[test]
fn charges_that_a_fact_names_are_charges_of_the_case() {
    let prosecutor = Role::ProsecutorCounty;
    let amended = CaseFact::ChargeAmended { charge: charge(2) };
    let log = Log::case(vec![(prosecutor, identified()), (prosecutor, amended)]);
    assert_eq!(log.faults(), [Fault::UnknownCharge(ChargeId(2))]);

    let answered = |rejected| CaseFact::FilingPartiallyAccepted {
        filing: FilingId::from_bytes([4; 16]),
        rejected: vec![rejected],
        reason: Coded::Known(FilingRejection::Format),
    };
    let log = Log::case(vec![
        (prosecutor, identified()),
        (Role::Court, answered(ChargeId(3))),
    ]);
    assert_eq!(log.faults(), [Fault::UnknownCharge(ChargeId(3))]);

    let mut log = Log::case(vec![(prosecutor, identified())]);
    let mut both = event(Role::Court, Fact::Case(answered(ChargeId(1))));
    both.charges = Charges::new(vec![ChargeId(1)]);
    log.push_event(&both, |_| ());
    assert_eq!(log.faults(), [Fault::AcceptedAndRejected(ChargeId(1))]);
}

#[test]
fn what_has_a_counter_fact_is_not_corrected() {
    let prosecutor = Role::ProsecutorCounty;
    let log = |last| {
        Log::case(vec![
            (prosecutor, identified()),
            (prosecutor, CaseFact::ReviewStarted),
            (prosecutor, last),
        ])
    };
    assert_eq!(log(retracted(0)).faults(), [Fault::NotCorrectable(0)]);
    assert_eq!(log(retracted(2)).faults(), [Fault::NotCorrectable(2)]);
    let instead = CaseFact::FactCorrected {
        target: 1,
        replacement: Box::new(CaseFact::ReferralAccepted),
        replacement_on: Date::from_yyyymmdd(20_210_927).unwrap(),
        reason: Coded::Known(CorrectionReason::Typo),
        restored: Log::corrected_charges(),
    };
    let expected = Fault::Replacement(FactKind::ReferralAccepted);
    assert_eq!(log(instead).faults(), [expected]);

    // What was taken back is not taken back again.
    let mut twice = Log::corrected();
    twice.push(CaseFact::EventRetracted {
        target: 1,
        reason: Coded::Known(CorrectionReason::Typo),
        restored: Log::corrected_charges(),
    });
    assert_eq!(twice.faults(), [Fault::NotCorrectable(1)]);
}

#[test]
fn only_who_posted_what_waits_takes_it_out_of_the_inbox() {
    let resolved = |held| CaseFact::ConfirmationResolved {
        held,
        reason: Coded::Known(CorrectionReason::WrongCase),
        moved_to: None,
    };
    let court = Role::Court;
    let log = Log::case(vec![(court, held()), (court, resolved(0))]);
    assert_eq!(log.faults(), []);
    let twice = vec![(court, held()), (court, resolved(0)), (court, resolved(0))];
    assert_eq!(Log::case(twice).faults(), [Fault::NothingHeld(0)]);
    let claimed = vec![(court, held()), (Role::ProsecutorCounty, resolved(0))];
    assert!(matches!(
        Log::case(claimed).faults()[..],
        [Fault::NotAllowed { .. }]
    ));
    // What is no longer in the inbox is not retracted from it either.
    let then_retracted = vec![(court, held()), (court, resolved(0)), (court, retracted(0))];
    assert!(
        Log::case(then_retracted)
            .faults()
            .contains(&Fault::NotCorrectable(0))
    );

    let mut log = Log::case(vec![(court, held())]);
    let other: OrgId = "sfsc".parse().unwrap();
    log.push_event(&event(court, Fact::Case(resolved(0))), |header| {
        header.submitter = SubmitterId::from_bytes(other.to_bytes()).unwrap();
    });
    let faults = log.faults();
    assert!(
        matches!(faults[..], [Fault::ResolvedByOther { held: 0, found, .. }] if found == other),
        "{faults:?}"
    );
}
