//! Ledgers that declare who may state what.

use std::sync::Arc;

use caseledger_chain::Position;
use caseledger_domain::{
    Command, Fact, OrgFact, OrgId, Registry, Rejection, StreamId, Target, registry::Unknown,
    vocabulary::Role,
};
use caseledger_engine::{
    Clock, Config, Engine, ManualClock, NamedCourt, Outcome, Poster, SubmitError,
    fsck::{self, Depth},
    genesis::{DeclareError, declare},
};

use crate::announcements::{both, press, publish};
use crate::support::*;

const URI: &str = "spiffe://ledger.example/operator";
const DAY: u64 = 24 * 3_600_000_000;

pub(crate) fn operator() -> Poster {
    Poster {
        org: OrgId::OPERATOR,
        role: Role::Operator,
    }
}

fn first(folder: &Folder) -> Result<Position, DeclareError> {
    let config = Config::new(folder.paths.clone());
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW));
    declare(
        &config,
        &clock,
        "LEDGER OPERATOR".parse().unwrap(),
        URI.parse().unwrap(),
    )
}

/// As `init --operator-uri` leaves it.
pub(crate) fn declared() -> Folder {
    let folder = Folder::new();
    assert_eq!(first(&folder).unwrap().get(), 2);
    folder
}

pub(crate) fn about(org: OrgId, fact: OrgFact) -> Command {
    command(Target::Org(org), Fact::Org(fact))
}

fn registered(org: OrgId) -> Command {
    let name = "AN ORGANISATION".parse().unwrap();
    about(org, OrgFact::OrganisationRegistered { name })
}

fn granted(poster: Poster, courts: &[&str], until: u32) -> Command {
    let courts = courts.iter().map(|code| code.parse().unwrap());
    about(
        poster.org,
        OrgFact::RoleGranted {
            role: poster.role,
            counties: vec![37],
            courts: courts.collect(),
            valid_from: date(20_210_101),
            valid_until: Some(date(until)),
        },
    )
}

fn token(org: OrgId, byte: u8) -> Command {
    about(
        org,
        OrgFact::TokenIssued {
            sha256: [byte; 32],
            valid_until: None,
        },
    )
}

/// A prosecutor and a court of county 37, until 27 September 2021.
pub(crate) fn introduce(engine: &Engine) {
    let set = vec![
        registered(prosecutor().org),
        granted(prosecutor(), &[], 20_210_927),
        registered(court().org),
        granted(court(), &["LASC-CJC"], 20_210_927),
        token(court().org, 1),
    ];
    accept(engine, operator(), submission(1_000, set));
}

fn rejection(outcome: Outcome) -> Rejection {
    match outcome {
        Err(SubmitError::Refused { rejection, .. }) => rejection,
        other => panic!("{other:?}"),
    }
}

fn registry(engine: &Engine) -> Registry {
    Registry::clone(&engine.reader().registry())
}

#[test]
fn a_new_ledger_begins_with_the_facts_that_declare_its_operator() {
    let folder = declared();
    let again = first(&folder).unwrap_err();
    assert!(
        matches!(again, DeclareError::NotEmpty { size } if size.get() == 3),
        "{again}"
    );
    let (engine, _) = folder.open();
    let reader = engine.reader();
    let by = (0..3).map(|at| reader.recorded(Position::new(at)).unwrap());
    for (revision, recorded) in by.enumerate() {
        assert_eq!(recorded.org, OrgId::OPERATOR);
        assert_eq!(recorded.stream, StreamId::Org(OrgId::OPERATOR));
        assert_eq!(recorded.revision, revision as u64);
    }
    let registry = reader.registry();
    let on = date(20_210_927);
    assert!(registry.is_declared());
    assert_eq!(registry.principal(URI, on), Ok(OrgId::OPERATOR));
    assert_eq!(registry.roles(OrgId::OPERATOR, on).count(), 1);
    // And one that nobody declared judges roles alone.
    let other = Folder::new();
    let (undeclared, _) = other.open();
    open(&undeclared);
    assert!(!undeclared.reader().registry().is_declared());
    let posted = submission(1, vec![registered(court().org)]);
    let refused = rejection(submit(&undeclared, operator(), posted));
    assert_eq!(refused.rule(), "AUTHORITY_NOT_DECLARED");
}

#[test]
fn the_writer_judges_who_posts_by_the_entries_before_and_the_day_of_recording() {
    let folder = declared();
    let clock = Arc::new(ManualClock::new(NOW));
    let config = Config::new(folder.paths.clone());
    let (engine, _) = Engine::open(&config, Arc::clone(&clock) as _, &|_| ()).unwrap();
    let opened = || submission(1, vec![open_initiative(), open_cohort()]);
    let poster = prosecutor().org;
    let unknown = rejection(submit(&engine, prosecutor(), opened()));
    assert_eq!(unknown, Rejection::PosterUnknown(poster));
    introduce(&engine);
    accept(&engine, prosecutor(), opened());
    let other = Poster {
        org: court().org,
        ..prosecutor()
    };
    let refused = rejection(submit(&engine, other, submission(2, vec![identify(0)])));
    assert_eq!(refused.rule(), "ROLE_NOT_GRANTED");
    accept(&engine, prosecutor(), submission(3, vec![identify(0)]));
    // 27 September ends at seven in the morning of the 28th, by universal time.
    clock.set(NOW + DAY - 5 * 3_600_000_000 - 1);
    accept(&engine, prosecutor(), submission(4, vec![identify(1)]));
    clock.set(NOW + DAY - 5 * 3_600_000_000);
    let late = rejection(submit(
        &engine,
        prosecutor(),
        submission(5, vec![identify(2)]),
    ));
    assert_eq!(late.rule(), "GRANT_NOT_IN_FORCE");
}

/// Figures are of no place, so that a press office of one county publishes as any other does.
#[test]
fn a_press_office_publishes_once_it_is_granted_the_role() {
    let folder = declared();
    let (engine, _) = folder.open();
    let announced = |message| submission(message, vec![publish(1, both())]);
    let unknown = rejection(submit(&engine, press(), announced(1)));
    assert_eq!(unknown.rule(), "POSTER_NOT_REGISTERED");
    let known = submission(2, vec![registered(press().org)]);
    accept(&engine, operator(), known);
    let refused = rejection(submit(&engine, press(), announced(3)));
    assert_eq!(refused.rule(), "ROLE_NOT_GRANTED");
    let granted = submission(4, vec![granted(press(), &[], 20_210_927)]);
    accept(&engine, operator(), granted);
    accept(&engine, press(), announced(5));
    engine.close().unwrap();

    let key = folder.identity.verifier();
    let report = fsck::check(&folder.paths, key, Depth::Everything, &|_| ()).unwrap();
    assert!(report.is_ok() && report.authority_declared, "{report:#?}");
}

#[test]
fn a_confirmation_of_an_unknown_case_is_judged_by_the_court_of_its_key() {
    let folder = declared();
    let (engine, _) = folder.open();
    introduce(&engine);
    let named = |message, code: &str| {
        let mut posted = submission(message, vec![dismiss(message)]);
        posted.courts = vec![NamedCourt {
            command: 0,
            court: code.parse().unwrap(),
        }];
        submit(&engine, court(), posted)
    };
    assert!(named(1, "LASC-CJC").is_ok());
    assert_eq!(rejection(named(2, "OCSC")).rule(), "OUTSIDE_COURTS");
    let nowhere = submit(&engine, court(), submission(3, vec![dismiss(3)]));
    assert_eq!(rejection(nowhere).rule(), "PLACE_UNKNOWN");
}

#[test]
fn a_submission_that_is_refused_or_lost_leaves_no_organisation_behind() {
    let memory = memory();
    // Facts that only whoever holds the data folder records.
    let first = |fact| command(Target::Ledger, Fact::Org(fact));
    let genesis = vec![
        first(OrgFact::OrganisationRegistered {
            name: "OPERATOR".parse().unwrap(),
        }),
        first(OrgFact::RoleGranted {
            role: Role::Operator,
            counties: Vec::new(),
            courts: Vec::new(),
            valid_from: date(20_210_101),
            valid_until: None,
        }),
        first(OrgFact::PrincipalBound {
            uri: URI.parse().unwrap(),
            valid_until: None,
        }),
    ];
    accept(&memory.engine, operator(), submission(1, genesis));
    let before = registry(&memory.engine);
    let organisation = prosecutor().org;
    let half = vec![registered(organisation), token(court().org, 1)];
    let submissions = vec![
        submission(2, half),
        // In the same group, behind it.
        submission(3, vec![token(organisation, 1)]),
    ];
    let outcomes = memory.engine.submit_wait(operator(), submissions).unwrap();
    for (outcome, organisation) in outcomes.into_iter().zip([court().org, organisation]) {
        assert_eq!(
            rejection(outcome),
            Rejection::OrganisationUnknown(organisation)
        );
    }
    assert_eq!(registry(&memory.engine), before);
    memory.gate.fail_next(Failure::DiskFull);
    let lost = submission(4, vec![registered(organisation)]);
    let outcome = submit(&memory.engine, operator(), lost.clone());
    assert!(
        matches!(outcome, Err(SubmitError::StoreUnavailable(_))),
        "{outcome:?}"
    );
    assert_eq!(registry(&memory.engine), before);
    let granted = rejection(submit(
        &memory.engine,
        operator(),
        submission(5, vec![token(organisation, 1)]),
    ));
    assert_eq!(granted, Rejection::OrganisationUnknown(organisation));
    accept(&memory.engine, operator(), lost);
    assert!(registry(&memory.engine).org(organisation).is_some());
}

#[test]
fn what_recovery_folds_is_what_the_writer_had_and_what_the_check_derives() {
    let folder = declared();
    let (engine, _) = folder.open();
    introduce(&engine);
    let org = "ag".parse().unwrap();
    let ag = Poster {
        org,
        role: Role::Oversight,
    };
    let set = vec![
        registered(org),
        about(
            org,
            OrgFact::RoleGranted {
                role: Role::Oversight,
                counties: Vec::new(),
                courts: Vec::new(),
                valid_from: date(20_210_101),
                valid_until: None,
            },
        ),
        about(
            org,
            OrgFact::PrincipalBound {
                uri: "urn:ag".parse().unwrap(),
                valid_until: None,
            },
        ),
        about(
            OrgId::OPERATOR,
            OrgFact::ApprovalRequired { required: true },
        ),
        token(court().org, 2),
        token(court().org, 3),
    ];
    accept(&engine, operator(), submission(1, set));
    let before = registry(&engine);
    let state = before.org(court().org).unwrap();
    assert_eq!((state.tokens.len(), state.pending.len()), (1, 2));
    let revision = state.pending[0].revision;
    assert_eq!(
        before.proposer(court().org, revision),
        Some(OrgId::OPERATOR)
    );
    engine.close().unwrap();

    // From saved state, and without any.
    let (engine, _) = folder.open();
    assert_eq!(registry(&engine), before);
    engine.close().unwrap();
    std::fs::remove_dir_all(folder.data().join("store")).unwrap();
    let (engine, _) = folder.open();
    assert_eq!(registry(&engine), before);
    // What waited still has its proposer, and takes effect behind another organisation's approval.
    let approved = || vec![about(court().org, OrgFact::ActApproved { revision })];
    let own = rejection(submit(&engine, operator(), submission(2, approved())));
    assert_eq!(
        own,
        Rejection::ApproverIsPoster {
            approver: OrgId::OPERATOR
        }
    );
    accept(&engine, ag, submission(3, approved()));
    let now = registry(&engine);
    let on = date(20_210_927);
    assert_eq!(now.token(&[2; 32], on), Ok(court().org));
    assert_eq!(now.token(&[3; 32], on), Err(Unknown::Nobody));
    engine.close().unwrap();

    let key = folder.identity.verifier();
    let report = fsck::check(&folder.paths, key, Depth::Everything, &|_| ()).unwrap();
    assert!(report.is_ok() && report.authority_declared, "{report:#?}");
}
