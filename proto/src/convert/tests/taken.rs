//! What well-formed submissions come to.

use caseledger_domain::vocabulary::{Coded, DuplicateBasis, NewDisposition, Role};
use caseledger_domain::{
    CaseFact, CaseId, ChargeId, Date, Expected, Fact, FilingFact, OrderFact, OrgFact, Scope, Target,
};
use prost::Message as _;

use super::*;
use crate::pb::event::v1::fact::Kind;
use crate::pb::v1::target::Target as Aim;

fn only(wire: pb::Submission) -> caseledger_domain::Command {
    let mut read = submission(wire, &Hashes).unwrap();
    assert_eq!(read.commands.len(), 1);
    read.commands.remove(0)
}

fn entered() -> event::DispositionEntered {
    event::DispositionEntered {
        disposition: event::NewDisposition::Dismissed.into(),
        severity_after: 0,
        reason: None,
        order: Vec::new(),
    }
}

#[test]
fn takes_a_case_as_a_list_names_it() {
    let mut one = post(Kind::CaseIdentified(identified()));
    one.references = Some(pb::References {
        person: Some(cii()),
        ..Default::default()
    });
    let read = submission(of(vec![one]), &Hashes).unwrap();
    assert_eq!((read.message_id, read.submitter_seq), ([7; 16], 3));
    assert!(read.canonical_cases.is_empty());
    let command = &read.commands[0];
    let token = Hashes.case_token("LASC-CJC", DOCKET, "1");
    assert_eq!(command.target, Target::CaseKey(token));
    assert_eq!(command.expected, Expected::Any);
    assert_eq!(command.scope, Scope::WholeCase);
    assert_eq!(command.occurred_on.to_string(), "2021-09-27");
    let Fact::Case(CaseFact::CaseIdentified {
        person,
        charges,
        row,
        ..
    }) = &command.fact
    else {
        panic!("{:?}", command.fact);
    };
    assert_eq!(*person, Some(Hashes.person("CA-CII", CII)));
    assert_eq!((charges.len(), *row), (2, 17));
}

#[test]
fn the_same_case_written_otherwise_is_the_same_target() {
    let mut one = post(Kind::ReviewStarted(event::ReviewStarted {}));
    let otherwise = pb::CaseKey {
        court: "lasc-cjc".into(),
        number: "ba 987.654 :".into(),
        defendant: "1".into(),
    };
    let expected = only(of(vec![one.clone()])).target;
    one.target = target(pb::target::Target::CaseKey(otherwise));
    assert_eq!(only(of(vec![one])).target, expected);
}

#[test]
fn references_fill_what_the_fact_leaves_empty() {
    let filled = |kind, references| {
        let mut one = post(kind);
        one.references = Some(references);
        only(of(vec![one])).fact
    };
    let by_order = pb::References {
        order: Some(order_key("o.7")),
        ..Default::default()
    };
    let order = Hashes.order("LASC-CJC", "O7");
    assert_eq!(
        filled(Kind::DispositionEntered(entered()), by_order.clone()),
        Fact::Case(CaseFact::DispositionEntered {
            disposition: NewDisposition::Dismissed,
            severity_after: None,
            reason: None,
            order: Some(order),
        })
    );
    assert_eq!(
        filled(
            Kind::OrderVacated(event::OrderVacated::default()),
            pb::References {
                vacated_order: Some(order_key("8")),
                ..by_order.clone()
            }
        ),
        Fact::Case(CaseFact::OrderVacated {
            vacated: Hashes.order("LASC-CJC", "8"),
            order,
        })
    );
    assert_eq!(
        filled(
            Kind::FilingReceived(event::FilingReceived::default()),
            pb::References {
                filing: Some(filing_key(" f-1 ")),
                ..Default::default()
            }
        ),
        Fact::Case(CaseFact::FilingReceived {
            filing: Hashes.filing("LASC-CJC", "F-1"),
        })
    );
    // The fact within a correction refers like the fact that it replaces.
    let correction = event::FactCorrected {
        target: 4,
        replacement: Some(Box::new(event::Fact {
            kind: Some(Kind::DispositionEntered(entered())),
        })),
        replacement_on: 20_210_928,
        reason: Some(event::CodedCorrectionReason {
            code: Some(event::coded_correction_reason::Code::Known(
                event::CorrectionReason::WrongDate.into(),
            )),
        }),
        restored: Vec::new(),
    };
    let corrected = filled(Kind::FactCorrected(Box::new(correction)), by_order);
    let Fact::Case(CaseFact::FactCorrected { replacement, .. }) = corrected else {
        panic!("{corrected:?}");
    };
    let CaseFact::DispositionEntered { order: filled, .. } = *replacement else {
        panic!("{replacement:?}");
    };
    assert_eq!(filled, Some(order));
}

#[test]
fn a_canonical_case_named_by_key_is_left_to_the_writer() {
    let linked = event::DuplicateLinked {
        canonical: Vec::new(),
        basis: Some(event::CodedDuplicateBasis {
            code: Some(event::coded_duplicate_basis::Code::Unmapped("SAME".into())),
        }),
    };
    let mut one = post(Kind::DuplicateLinked(linked));
    one.references = Some(pb::References {
        canonical_case: Some(key()),
        ..Default::default()
    });
    let started = post(Kind::ReviewStarted(event::ReviewStarted {}));
    let read = submission(of(vec![started, one]), &Hashes).unwrap();
    let token = Hashes.case_token("LASC-CJC", DOCKET, "1");
    let expected = crate::CanonicalCase { command: 1, token };
    assert_eq!(read.canonical_cases, [expected]);
    let basis = Coded::<DuplicateBasis>::Unmapped("SAME".parse().unwrap());
    let canonical = CaseId::from_bytes([0; 16]);
    let fact = Fact::Case(CaseFact::DuplicateLinked { canonical, basis });
    assert_eq!(read.commands[1].fact, fact);
}

#[test]
fn takes_every_target_expectation_and_scope() {
    let mut one = post(Kind::ReviewStarted(event::ReviewStarted {}));
    one.scope = some_charges(vec![2, 1]);
    one.expected = Some(pb::Expected {
        expectation: Some(pb::expected::Expectation::Revision(0)),
    });
    let command = only(of(vec![one.clone()]));
    let ids = vec![ChargeId(2), ChargeId(1)];
    assert_eq!(command.scope, Scope::Charges(ids));
    assert_eq!(command.expected, Expected::Revision(0));
    for (state, is) in [
        (pb::ExpectedState::Exists, Expected::Exists),
        (pb::ExpectedState::NoStream, Expected::NoStream),
    ] {
        one.expected = expected(state);
        assert_eq!(only(of(vec![one.clone()])).expected, is);
    }

    let about = |aim, kind| {
        let mut one = post(kind);
        (one.target, one.scope) = (target(aim), None);
        let command = only(of(vec![one]));
        (command.target, command.fact)
    };
    assert_eq!(
        about(
            Aim::Order(order_key("7")),
            Kind::OrderFiled(event::OrderFiled {})
        ),
        (
            Target::Order(Hashes.order("LASC-CJC", "7")),
            Fact::Order(OrderFact::OrderFiled)
        )
    );
    assert_eq!(
        about(
            Aim::Filing(filing_key("F")),
            Kind::FilingSent(event::FilingSent {})
        ),
        (
            Target::Filing(Hashes.filing("LASC-CJC", "F")),
            Fact::Filing(FilingFact::FilingSent)
        )
    );
    let (initiative, _) = about(
        Aim::Initiative("LA-2021-COURT".into()),
        Kind::InitiativeStarted(event::InitiativeStarted {}),
    );
    assert_eq!(
        initiative,
        Target::Initiative("LA-2021-COURT".parse().unwrap())
    );
    let sealed = event::CohortSealed {
        received: Some(event::ControlTotals::default()),
        refused: 0,
    };
    let (cohort, _) = about(
        Aim::Cohort("LA-2021-COURT.1".into()),
        Kind::CohortSealed(sealed),
    );
    assert_eq!(cohort, Target::Cohort("LA-2021-COURT.1".parse().unwrap()));
    let mut one = post(Kind::ReviewStarted(event::ReviewStarted {}));
    one.target = target(Aim::CaseId(vec![5; 16].into()));
    let case = CaseId::from_bytes([5; 16]);
    assert_eq!(only(of(vec![one])).target, Target::Case(case));
}

#[test]
fn content_is_everything_but_the_message_id_and_the_sequence() {
    let content = |wire| submission(wire, &Hashes).unwrap().content;
    let mut one = post(Kind::CaseIdentified(identified()));
    one.references = Some(pb::References {
        person: Some(cii()),
        ..Default::default()
    });
    let wire = of(vec![one]);
    let first = content(wire.clone());

    let mut again = wire.clone();
    again.message_id = vec![8; 16].into();
    again.submitter_sequence = 99;
    assert_eq!(content(again), first);

    let changes: [fn(&mut pb::Post); 6] = [
        |post| post.occurred_on = 20_210_928,
        |post| post.expected = expected(pb::ExpectedState::NoStream),
        |post| post.scope = some_charges(vec![1]),
        |post| post.references = None,
        |post| {
            post.target = target(pb::target::Target::CaseKey(pb::CaseKey {
                defendant: "2".into(),
                ..key()
            }));
        },
        |post| {
            let mut other = identified();
            other.row = 18;
            post.fact = fact(Kind::CaseIdentified(other));
        },
    ];
    for (at, change) in changes.iter().enumerate() {
        let mut other = wire.clone();
        change(&mut other.posts[0]);
        assert_ne!(content(other), first, "change {at}");
    }
    let mut twice = wire.clone();
    twice.posts.push(twice.posts[0].clone());
    assert_ne!(content(twice), first);
}

#[test]
fn content_does_not_depend_on_how_the_message_was_encoded() {
    let wire = of(vec![post(Kind::ReviewStarted(event::ReviewStarted {}))]);
    let first = submission(wire.clone(), &Hashes).unwrap();
    let post = wire.posts[0].encode_to_vec();
    // Posts before the message id, and a field 15 that this release does not know.
    let mut bytes = vec![0x1a, post.len() as u8];
    bytes.extend(post);
    bytes.extend([0x10, 0x03, 0x78, 0x01, 0x0a, 16]);
    bytes.extend([7; 16]);
    let shuffled = pb::Submission::decode(&bytes[..]).unwrap();
    assert_eq!(submission(shuffled, &Hashes).unwrap(), first);
}

#[test]
fn takes_what_is_stated_about_an_organisation() {
    let granted = event::RoleGranted {
        role: event::Role::Court.into(),
        counties: vec![37],
        courts: vec!["LASC-CJC".into()],
        valid_from: 20_210_101,
        valid_until: 0,
    };
    let wire = pb::Post {
        target: target(pb::target::Target::Organisation("lasc".into())),
        scope: None,
        ..post(Kind::RoleGranted(granted))
    };
    let command = only(of(vec![wire]));
    assert_eq!(command.target, Target::Org("lasc".parse().unwrap()));
    let expected = OrgFact::RoleGranted {
        role: Role::Court,
        counties: vec![37],
        courts: vec!["LASC-CJC".parse().unwrap()],
        valid_from: Date::from_yyyymmdd(20_210_101).unwrap(),
        valid_until: None,
    };
    assert_eq!(command.fact, Fact::Org(expected));
}

#[test]
fn courts_that_keys_of_targets_name_are_kept_beside_their_commands() {
    let received = || Kind::OrderFiled(event::OrderFiled {});
    let about = |to| pb::Post {
        target: target(to),
        scope: None,
        ..post(received())
    };
    let id = pb::order_reference::Reference::Id(vec![1; 16].into());
    let by_id = pb::OrderReference {
        reference: Some(id),
    };
    let lower = pb::CaseKey {
        court: "lasc-cjc".into(),
        ..key()
    };
    let posts = vec![
        about(pb::target::Target::Order(by_id)),
        about(pb::target::Target::Order(order_key("1"))),
        pb::Post {
            target: target(pb::target::Target::CaseKey(lower)),
            ..post(Kind::ReviewStarted(event::ReviewStarted {}))
        },
    ];
    let taken = submission(of(posts), &Hashes).unwrap();
    let courts = taken.courts.iter();
    let courts: Vec<_> = courts
        .map(|named| (named.command, named.court.as_str()))
        .collect();
    assert_eq!(courts, [(1, "LASC-CJC"), (2, "LASC-CJC")]);
}
