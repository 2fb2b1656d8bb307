//! Who read what is sealed, and what explains that a private part is missing.

use caseledger_domain::vocabulary::{
    ReadPurpose, SealExtent, SealSurface, Set, ShredBasis, Tombstone,
};
use caseledger_domain::{Breach, FactKind, Flag, PrivateRule, Rejection};

use super::*;

const PRIVATE: Digest = Digest::from_bytes([0xcc; 32]);

fn case() -> CaseId {
    CaseId::from_bytes([2; 16])
}

fn sealing() -> CaseFact {
    CaseFact::SealingExecuted {
        surfaces: Set::<SealSurface>::all(),
        extent: SealExtent::File,
        order: None,
    }
}

fn order(basis: ShredBasis) -> CaseFact {
    CaseFact::ShredOrdered {
        basis,
        tombstone: Tombstone::Kept,
    }
}

fn confirmation() -> CaseFact {
    CaseFact::ShredConfirmed {
        generation: 1,
        records: 1,
    }
}

fn reading(reader_role: Role, purpose: ReadPurpose) -> CaseFact {
    CaseFact::RestrictedRead {
        reader: "lasc".parse().unwrap(),
        reader_role,
        purpose,
    }
}

impl Log {
    fn say(mut self, who: &str, role: Role, flags: &[Flag], fact: CaseFact) -> Self {
        let of_case = matches!(
            fact,
            CaseFact::ShredOrdered { .. }
                | CaseFact::ShredConfirmed { .. }
                | CaseFact::ConfirmationSighted { .. }
        );
        let mut event = event(role, Fact::Case(fact));
        event.flags = flags.iter().copied().collect();
        if of_case {
            event.charges = Charges::default();
        }
        self.push_event(&event, |header| {
            header.submitter = SubmitterId::parse(who).unwrap();
        });
        self
    }

    /// A case with a private part that a court sealed.
    fn sealed() -> Self {
        let mut log = Self::new();
        log.private = Some(PRIVATE);
        log.push(identified());
        let early = [Flag::OutOfOrder, Flag::SealedBeforeDismissal];
        log.say("lasc", Role::Court, &early, sealing())
    }

    fn ordered() -> Self {
        let basis = ShredBasis::Custodian;
        Self::sealed().say("lasc-records", Role::RecordCustodian, &[], order(basis))
    }

    fn made(self, fact: CaseFact) -> Self {
        self.say("operator", Role::Operator, &[], fact)
    }
}

fn forbidden(rule: impl Into<Rejection>) -> Vec<Fault> {
    vec![Fault::Forbidden(Breach::Refused(rule.into()))]
}

#[test]
fn a_case_may_lack_private_parts_once_it_is_ordered_and_not_before() {
    let lacks = |log: &Log| log.follow().conclude().may_lack_private(case());
    let read = Log::sealed().made(reading(Role::Court, ReadPurpose::CourtProceeding));
    let confirmed = Log::ordered().made(confirmation());
    for (log, expected) in [(read, false), (Log::ordered(), true), (confirmed, true)] {
        assert_eq!(log.faults(), []);
        assert_eq!(lacks(&log), expected);
    }
    assert!(!Log::new().follow().conclude().may_lack_private(case()));
}

#[test]
fn a_private_part_that_is_kept_where_none_is_is_found() {
    let mut behind = Log::ordered();
    behind.private = Some(PRIVATE);
    let reported = CaseFact::DojRecordRegressed;
    let behind = behind.say(
        "ca-doj",
        Role::StateRepository,
        &[Flag::OutOfOrder],
        reported,
    );
    assert_eq!(
        behind.faults(),
        [Fault::PrivateMisplaced { given_up: true }]
    );
    assert_eq!(behind.faults()[0].kind(), "private-misplaced");
    let mut elsewhere = Log::new();
    elsewhere.private = Some(PRIVATE);
    let sealed = CohortFact::CohortSealed {
        received: ControlTotals::default(),
        refused: 0,
    };
    elsewhere.push_event(&event(Role::ProsecutorCounty, Fact::Cohort(sealed)), |_| ());
    let expected = Fault::PrivateMisplaced { given_up: false };
    assert_eq!(elsewhere.faults(), [expected]);
}

#[test]
fn reads_and_destructions_that_the_rules_forbid_are_found() {
    let attempted = FactKind::ShredOrdered;
    let open = {
        let mut log = Log::new();
        log.push(identified());
        log
    };
    let custodian = |log: Log, basis| log.say("r", Role::RecordCustodian, &[], order(basis));
    let stands = caseledger_domain::Seal::Open;
    let charge = ChargeId(1);
    let rows = [
        (
            custodian(open, ShredBasis::Custodian),
            forbidden(PrivateRule::ChargeNotSealed {
                charge,
                stands,
                attempted,
            }),
        ),
        (
            custodian(Log::ordered(), ShredBasis::Custodian),
            forbidden(PrivateRule::OrderedAlready(2)),
        ),
        (
            custodian(Log::sealed(), ShredBasis::Retention),
            vec![Fault::Authority(PrivateRule::RetentionNotSet.into())],
        ),
        (
            Log::sealed().made(order(ShredBasis::Statute)),
            forbidden(PrivateRule::BasisNotAllowed {
                role: Role::Operator,
                basis: ShredBasis::Statute,
            }),
        ),
        (
            Log::sealed().made(confirmation()),
            forbidden(PrivateRule::NotOrdered),
        ),
        // In another name than that of the ledger's operator.
        (
            Log::ordered().say("second", Role::Operator, &[], confirmation()),
            forbidden(Rejection::LedgerMade {
                attempted: FactKind::ShredConfirmed,
            }),
        ),
        (
            Log::sealed().made(reading(Role::Court, ReadPurpose::Oversight)),
            forbidden(PrivateRule::PurposeNotAllowed {
                role: Role::Court,
                purpose: ReadPurpose::Oversight,
            }),
        ),
        (
            Log::ordered().made(reading(Role::Court, ReadPurpose::CourtProceeding)),
            forbidden(PrivateRule::NothingToRead(2)),
        ),
        // What is sealed does not come back.
        (
            Log::ordered().say(
                "lasc",
                Role::Court,
                &[],
                CaseFact::Unsealed {
                    order: OrderId::from_bytes([7; 16]),
                },
            ),
            forbidden(PrivateRule::Destroyed {
                ordered: 2,
                attempted: FactKind::Unsealed,
            }),
        ),
        (
            Log::ordered().say(
                "lasc",
                Role::Court,
                &[],
                CaseFact::EventRetracted {
                    target: 1,
                    reason: Coded::Known(CorrectionReason::Typo),
                    restored: Log::corrected_charges(),
                },
            ),
            forbidden(PrivateRule::Destroyed {
                ordered: 2,
                attempted: FactKind::EventRetracted,
            }),
        ),
    ];
    for (at, (log, expected)) in rows.into_iter().enumerate() {
        assert_eq!(log.faults(), expected, "row {at}");
    }
}

#[test]
fn a_list_that_names_a_case_again_is_flagged_exactly_once_its_private_parts_are_given_up() {
    let again = || CaseFact::ConfirmationSighted {
        kind: FactKind::CaseIdentified,
    };
    let sighted = |log: Log, flags: &[Flag]| {
        log.say("lada", Role::ProsecutorCounty, flags, again())
            .faults()
    };
    let flag = [Flag::SealedAlready];
    assert_eq!(sighted(Log::ordered(), &flag), []);
    for found in [sighted(Log::sealed(), &flag), sighted(Log::ordered(), &[])] {
        assert!(
            matches!(found[..], [Fault::Forbidden(Breach::Flags { .. })]),
            "{found:?}"
        );
    }
    // Nothing follows from it for the case.
    let log = Log::ordered().say("lada", Role::ProsecutorCounty, &flag, again());
    let mut named = log;
    named.push(CaseFact::ChargeAdded { charge: charge(2) });
    assert!(!named.faults().is_empty());
}
