//! Events that may not stand where they stand, well chained.

use caseledger_domain::vocabulary::{
    FilingRejection, LegalBasis, OrderEffect, OrderKind, RowOutcome, Set,
};
use caseledger_domain::{Breach, FactKind, Flag, Manifest, OrderFact, Rejection};

use super::*;

impl Log {
    /// A log of one order.
    fn order(facts: Vec<OrderFact>) -> Self {
        let mut log = Self::new();
        for fact in facts {
            log.push_event(&event(Role::Court, Fact::Order(fact)), |_| ());
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
    pub(super) fn faults(&self) -> Vec<Fault> {
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
    let refused = |refusal| Fault::Forbidden(Breach::Refused(refusal));
    let declared = 3;
    let rows = refused(Rejection::OrderDoesNotAddUp { declared, sum: 2 });
    let explained = refused(Rejection::OrderCountDiffers {
        outcome: Some(RowOutcome::NotFound),
        stated: 1,
        counted: 2,
    });
    assert_eq!(completed(0, 1, 1, 0).faults(), [rows, explained]);
    // Numbers that add up to more than a number of rows can be.
    let sum = u64::from(u32::MAX) + 3;
    let rows = refused(Rejection::OrderDoesNotAddUp { declared, sum });
    assert!(completed(u32::MAX, 1, 2, 0).faults().contains(&rows));
}

#[test]
fn only_a_case_has_charges() {
    let mut log = Log::order(signed());
    let fact = Fact::Order(OrderFact::OrderFiled);
    let mut filed = event(Role::Court, fact);
    filed.charges = Charges::new(vec![ChargeId(1)]);
    log.push_event(&filed, |_| ());
    let expected = Fault::ChargesOfNoCase(FactKind::OrderFiled);
    assert_eq!(log.faults(), [expected]);
}

fn held() -> CaseFact {
    CaseFact::ConfirmationHeld {
        fact: Box::new(CaseFact::SealingOrdered {
            order: OrderId::from_bytes([9; 16]),
        }),
        charges: vec![ChargeId(7)],
    }
}

fn retracted(target: u64, restored: Vec<ChargeState>) -> CaseFact {
    CaseFact::EventRetracted {
        target,
        reason: Coded::Known(CorrectionReason::Typo),
        restored,
    }
}

#[test]
fn before_a_case_is_identified_only_confirmations_wait_for_it() {
    let claim = (Role::ProsecutorCounty, CaseFact::ReviewStarted);
    let expected = Fault::NotIdentified(FactKind::ReviewStarted);
    assert_eq!(Log::case(vec![claim]).faults(), [expected]);

    // What waits names charges of a case that nobody knows, and so does its correction.
    let mut log = Log::new();
    let mut waiting = event(Role::Court, Fact::Case(held()));
    waiting.flags = Flags::NONE.with(Flag::Unmatched);
    log.push_event(&waiting, |_| ());
    let mut retraction = event(Role::Court, Fact::Case(retracted(0, Vec::new())));
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
    let mut log = Log::case(vec![(prosecutor, identified())]);
    let amended = CaseFact::ChargeAmended { charge: charge(2) };
    let mut amended = event(prosecutor, Fact::Case(amended));
    amended.charges = Charges::new(vec![ChargeId(2)]);
    log.push_event(&amended, |_| ());
    assert_eq!(log.faults(), [Fault::UnknownCharge(ChargeId(2))]);

    // The court answers a filing that nobody told the ledger of.
    let answered = |rejected| {
        let mut log = Log::case(vec![(prosecutor, identified())]);
        let answer = CaseFact::FilingPartiallyAccepted {
            filing: FilingId::from_bytes([4; 16]),
            rejected: vec![rejected],
            reason: Coded::Known(FilingRejection::Format),
        };
        let mut answer = event(Role::Court, Fact::Case(answer));
        answer.flags = Flags::NONE.with(Flag::OutOfOrder).with(Flag::NoSubmission);
        log.push_event(&answer, |_| ());
        log.faults()
    };
    let unknown = Fault::UnknownCharge(ChargeId(3));
    assert_eq!(answered(ChargeId(3)), [unknown]);
    let charge = ChargeId(1);
    let both = Breach::Refused(Rejection::AcceptedAndRejected { charge });
    assert_eq!(answered(charge), [Fault::Forbidden(both)]);
}

#[test]
fn what_has_a_counter_fact_is_not_corrected() {
    let prosecutor = Role::ProsecutorCounty;
    let log = |last| {
        Log::case(vec![
            (prosecutor, identified()),
            (prosecutor, noticed()),
            (prosecutor, last),
        ])
    };
    let refused = |target, kind, instead| {
        let refusal = Rejection::NotCorrectable {
            target,
            kind,
            instead,
        };
        [Fault::Forbidden(Breach::Refused(refusal))]
    };
    let voided = Some(FactKind::CaseVoided);
    let expected = refused(0, FactKind::CaseIdentified, voided);
    assert_eq!(
        log(retracted(0, Log::corrected_charges())).faults(),
        expected
    );
    let nothing = Rejection::TargetUnknown {
        target: 2,
        revisions: 2,
    };
    let nothing = Fault::Forbidden(Breach::Refused(nothing));
    assert_eq!(
        log(retracted(2, Log::corrected_charges())).faults(),
        [nothing]
    );
    let instead = CaseFact::FactCorrected {
        target: 1,
        replacement: Box::new(CaseFact::ReferralAccepted),
        replacement_on: Date::from_yyyymmdd(20_210_927).unwrap(),
        reason: Coded::Known(CorrectionReason::Typo),
        restored: Log::corrected_charges(),
    };
    let referred = Some(FactKind::ReferredToProsecutor);
    let expected = refused(1, FactKind::ReferralAccepted, referred);
    assert_eq!(log(instead).faults(), expected);

    // What was taken back is not taken back again.
    let mut twice = Log::corrected();
    twice.push(retracted(1, Log::corrected_charges()));
    let again = Breach::Refused(Rejection::TargetRetracted { target: 1 });
    assert_eq!(twice.faults(), [Fault::Forbidden(again)]);
}

#[test]
fn only_who_posted_what_waits_takes_it_out_of_the_inbox() {
    let about_none = |role, fact| {
        let mut stated = event(role, Fact::Case(fact));
        stated.charges = Charges::default();
        stated
    };
    let waiting = || {
        let mut stated = about_none(Role::Court, held());
        stated.flags = Flags::NONE.with(Flag::Unmatched);
        stated
    };
    let resolved = |role| {
        let resolved = CaseFact::ConfirmationResolved {
            held: 0,
            reason: Coded::Known(CorrectionReason::WrongCase),
            moved_to: None,
        };
        about_none(role, resolved)
    };
    let faults = |events: Vec<Event>| {
        let mut log = Log::new();
        for event in events {
            log.push_event(&event, |_| ());
        }
        log.faults()
    };
    let court = Role::Court;
    assert_eq!(faults(vec![waiting(), resolved(court)]), []);
    let nothing = Breach::Refused(Rejection::NothingHeld(0));
    let twice = vec![waiting(), resolved(court), resolved(court)];
    assert_eq!(faults(twice), [Fault::Forbidden(nothing)]);
    let claimed = faults(vec![waiting(), resolved(Role::ProsecutorCounty)]);
    assert!(
        matches!(claimed[..], [Fault::NotAllowed { .. }]),
        "{claimed:?}"
    );
    // It is about no charge, and raises the flags that the rules raise.
    let kind = FactKind::ConfirmationResolved;
    let mut of_charge = resolved(court);
    of_charge.charges = Charges::new(vec![ChargeId(1)]);
    let found = faults(vec![waiting(), of_charge]);
    let listed = Fault::Forbidden(Breach::Charges(kind));
    assert!(found.contains(&listed), "{found:?}");
    let mut flagged = resolved(court);
    flagged.flags = Flags::NONE.with(Flag::Unmatched);
    let other_flags = Fault::Forbidden(Breach::Flags {
        kind,
        expected: Flags::NONE,
        found: flagged.flags,
    });
    assert_eq!(faults(vec![waiting(), flagged]), [other_flags]);
    // What is no longer in the inbox is not retracted from it either.
    let retraction = about_none(court, retracted(0, Vec::new()));
    let found = faults(vec![waiting(), resolved(court), retraction]);
    assert!(
        matches!(found[..], [Fault::Forbidden(Breach::Refused(_))]),
        "{found:?}"
    );

    let mut log = Log::new();
    log.push_event(&waiting(), |_| ());
    let other: OrgId = "sfsc".parse().unwrap();
    log.push_event(&resolved(court), |header| {
        header.submitter = SubmitterId::from_bytes(other.to_bytes()).unwrap();
    });
    let not_theirs = Breach::Refused(Rejection::NotYourFact {
        target: 0,
        posted_by: "lada".parse().unwrap(),
        poster: other,
    });
    assert_eq!(log.faults(), [Fault::Forbidden(not_theirs)]);
}
