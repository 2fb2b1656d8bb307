//! Roles by organisation, day and place.

use crate::fact::{CohortFact, FilingFact, InitiativeFact, OrderFact};
use crate::id::StreamKind;
use crate::state::{FilingState, InitiativeState, OrderState};
use crate::vocabulary::Vocabulary as _;

use super::*;
use Rejection as R;

const LASC: &str = "lasc";
const LA: u16 = 37;
const ORANGE: u16 = 59;

/// A grant of a role to an organisation, or what stands in its place.
#[derive(Clone, Copy, Debug)]
enum Standing {
    Unregistered,
    Ungranted,
    Revoked,
    Future,
    Expired,
    Everywhere,
    Here,
    Courts(&'static str),
    Counties(u16),
}

const STANDINGS: [Standing; 12] = [
    Standing::Unregistered,
    Standing::Ungranted,
    Standing::Revoked,
    Standing::Future,
    Standing::Expired,
    Standing::Everywhere,
    Standing::Here,
    Standing::Courts("LASC-CJC"),
    Standing::Courts("lasc-cjc"),
    Standing::Courts("OCSC"),
    Standing::Counties(LA),
    Standing::Counties(ORANGE),
];

fn standing(who: Who, how: Standing) -> Ledger {
    let (name, role) = who;
    let ledger = Ledger::declared();
    // The operator is registered and granted its role with the ledger.
    let begun = |ledger: Ledger| match name {
        "operator" => ledger,
        _ => ledger.given(name, [registered()]),
    };
    let ledger = match (name, how) {
        (_, Standing::Unregistered) => return ledger,
        ("operator", _) => ledger.given(
            LASC,
            [registered(), granted(Role::Operator), bound("urn:x")],
        ),
        _ => ledger,
    };
    let other = if name == "operator" {
        (LASC, Role::Operator)
    } else {
        OPERATOR
    };
    let by = |ledger: Ledger, fact| ledger.given_by(other, name, [fact]);
    let ledger = begun(ledger);
    match how {
        Standing::Unregistered => ledger,
        Standing::Ungranted if name != "operator" => ledger,
        Standing::Ungranted => by(ledger, revoked(role)),
        Standing::Revoked => by(by(ledger, granted(role)), revoked(role)),
        Standing::Future => by(ledger, lasting(role, "2023-06-02", None)),
        Standing::Expired => by(
            ledger.on("2023-05-31"),
            lasting(role, "2020-01-01", Some("2023-05-31")),
        )
        .on(TODAY),
        Standing::Everywhere => by(ledger, lasting(role, TODAY, Some(TODAY))),
        Standing::Here => by(ledger, limited(role, &[LA], &["LASC-CJC", "LASC-VN"])),
        Standing::Courts(code) => by(ledger, limited(role, &[], &[code])),
        Standing::Counties(county) => by(ledger, limited(role, &[county], &[])),
    }
}

/// What is missing for a post about county 37 and court LASC-CJC; nothing for some.
fn missing(who: Who, how: Standing) -> Option<Rejection> {
    let (poster, role) = (org(who), who.1);
    let out = |from: &str, until: Option<&str>| R::GrantNotInForce {
        poster,
        role,
        today: day(TODAY),
        from: day(from),
        until: until.map(day),
    };
    match how {
        Standing::Unregistered if who.0 == "operator" => None,
        Standing::Unregistered => Some(R::PosterUnknown(poster)),
        Standing::Ungranted | Standing::Revoked => Some(R::RoleNotGranted { poster, role }),
        Standing::Future => Some(out("2023-06-02", None)),
        Standing::Expired => Some(out("2020-01-01", Some("2023-05-31"))),
        Standing::Courts("OCSC") => Some(R::OutsideCourts {
            poster,
            role,
            court: court("LASC-CJC"),
        }),
        Standing::Counties(ORANGE) => Some(R::OutsideCounties {
            poster,
            role,
            county: LA,
        }),
        Standing::Everywhere | Standing::Here | Standing::Courts(_) | Standing::Counties(_) => None,
    }
}

/// Whatever can be missing of a court's grant.
pub(super) fn every_missing() -> impl Iterator<Item = Rejection> {
    STANDINGS.into_iter().filter_map(|how| missing(COURT, how))
}

#[test]
fn every_fact_about_a_case_is_judged_by_role_organisation_day_and_place_before_the_rules_of_the_case()
 {
    let case = Stream::case(vec![charge(1), charge(2)]);
    for role in Role::ALL {
        let who = somebody(*role);
        for how in STANDINGS {
            let ledger = standing(who, how);
            for kind in FactKind::ALL.iter().filter(|kind| kind.number() <= 60) {
                let command = about(Target::Case(CASE), Fact::Case(sample(*kind)));
                let with = |authority| {
                    let context = Context {
                        cohort: case.cohort.as_ref(),
                        canonical: case.canonical.as_ref(),
                        history: &case.history,
                        ..ledger.context(who, authority)
                    };
                    crate::decide(&case.state, &command, &context)
                };
                let undeclared = with(None);
                let declared = with(ledger.authority());
                let expected = match (&undeclared, missing(who, how)) {
                    (Err(refused @ (R::RoleNotAllowed { .. } | R::LedgerMade { .. })), _) => {
                        Err(refused.clone())
                    }
                    (_, Some(missing)) => Err(missing),
                    (_, None) => undeclared,
                };
                assert_eq!(declared, expected, "{kind:?} {who:?} {how:?}");
            }
        }
    }
}

/// What is posted on which ledger by whom, on a stream in that state, and what refuses it.
type Row = (
    &'static str,
    Ledger,
    Who,
    State,
    Target,
    Fact,
    Option<Rejection>,
);

/// Posts about something that is not a known case, by a court or a prosecutor.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    let (poster, role) = (org(COURT), Role::Court);
    let state = |kind| Stream::new(kind).state;
    let order = Fact::Order;
    let held = || Fact::Case(sample(FactKind::FilingAccepted));
    let outside = |code: &str| {
        Some(R::OutsideCourts {
            poster,
            role,
            court: court(code),
        })
    };
    let with = |counties: &[u16], courts: &[&str]| {
        Ledger::declared().given(LASC, [registered(), limited(role, counties, courts)])
    };
    let here = || with(&[LA], &["LASC-CJC"]);
    let da = |ledger: Ledger, counties: &[u16]| {
        ledger.given(
            "lada",
            [registered(), limited(Role::ProsecutorCounty, counties, &[])],
        )
    };
    let prepared = || Fact::Filing(filing_prepared(None));
    let issued = || order(order_issued(None));
    let target = Target::Filing(FILING);
    let ours = State::Filing(FilingState {
        court: Some(court("LASC-CJC")),
        ..FilingState::default()
    });
    let theirs = State::Order(OrderState {
        court: Some(court("OCSC")),
        ..OrderState::default()
    });
    let both = State::Initiative(InitiativeState {
        counties: vec![LA, ORANGE],
        ..InitiativeState::default()
    });
    let county = |county| {
        Some(R::OutsideCounties {
            poster: org(DA),
            role: Role::ProsecutorCounty,
            county,
        })
    };
    let unknown = |attempted| Some(R::PlaceUnknown(attempted));
    let opened = || Fact::Initiative(initiative_opened());
    let initiative = Target::Initiative("LA-2021-COURT".parse().unwrap());
    let list = || Fact::Cohort(cohort_opened(totals(1, 1)));
    let announced = || Fact::Initiative(InitiativeFact::InitiativeAnnounced);
    vec![
        (
            "an order of its court",
            here(),
            COURT,
            state(StreamKind::Order),
            Target::Order(ORDER),
            issued(),
            None,
        ),
        (
            "an order of another court",
            here(),
            COURT,
            theirs,
            Target::Order(ORDER),
            order(OrderFact::OrderFiled),
            outside("OCSC"),
        ),
        (
            "an order of nobody knows which court",
            here(),
            COURT,
            state(StreamKind::Order),
            Target::Order(ORDER),
            order(OrderFact::OrderFiled),
            unknown(FactKind::OrderFiled),
        ),
        (
            "the same, by a court of the whole state",
            with(&[], &[]),
            COURT,
            state(StreamKind::Order),
            Target::Order(ORDER),
            order(OrderFact::OrderFiled),
            None,
        ),
        (
            "a confirmation of an unknown case",
            here(),
            COURT,
            state(StreamKind::Case),
            Target::Case(CASE),
            held(),
            unknown(FactKind::FilingAccepted),
        ),
        (
            "a filing at a court that a grant of its county names",
            da(here(), &[LA]),
            DA,
            state(StreamKind::Filing),
            target,
            prepared(),
            None,
        ),
        (
            "a filing at a court that no grant of a county names",
            da(with(&[], &["LASC-CJC"]), &[LA]),
            DA,
            state(StreamKind::Filing),
            target,
            prepared(),
            Some(R::OutsideCourts {
                poster: org(DA),
                role: Role::ProsecutorCounty,
                court: court("LASC-CJC"),
            }),
        ),
        (
            "a filing at a court of another county",
            da(here(), &[ORANGE]),
            DA,
            ours,
            target,
            Fact::Filing(FilingFact::FilingSent),
            Some(R::OutsideCourts {
                poster: org(DA),
                role: Role::ProsecutorCounty,
                court: court("LASC-CJC"),
            }),
        ),
        (
            "an initiative of its county",
            da(here(), &[LA]),
            DA,
            state(StreamKind::Initiative),
            initiative,
            opened(),
            None,
        ),
        (
            "an initiative of another county",
            da(here(), &[ORANGE]),
            DA,
            state(StreamKind::Initiative),
            initiative,
            opened(),
            county(LA),
        ),
        (
            "an initiative of two counties, one of them its own",
            da(here(), &[LA]),
            DA,
            both,
            initiative,
            announced(),
            county(ORANGE),
        ),
        (
            "a list of an initiative of its county",
            da(here(), &[LA]),
            DA,
            state(StreamKind::Cohort),
            Target::Cohort(cohort()),
            list(),
            None,
        ),
        (
            "a list of an initiative of another county",
            da(here(), &[65]),
            DA,
            state(StreamKind::Cohort),
            Target::Cohort(cohort()),
            list(),
            county(LA),
        ),
    ]
}

#[test]
fn what_is_no_known_case_is_judged_by_every_court_and_county_that_is_stated() {
    for (what, ledger, who, state, target, fact, expected) in rows() {
        let fact = match fact {
            Fact::Cohort(CohortFact::CohortOpened {
                version,
                source,
                file_digest,
                declared,
                ..
            }) => Fact::Cohort(CohortFact::CohortOpened {
                version,
                source,
                file_digest,
                declared,
                supersedes: None,
            }),
            fact => fact,
        };
        // A list is of an initiative of two counties.
        let authority = ledger.authority().map(|known| Authority {
            counties: &[LA, ORANGE],
            ..known
        });
        let context = ledger.context(who, authority);
        let decided = crate::decide(&state, &about(target, fact), &context);
        match (decided, expected) {
            (Err(found), Some(expected)) => assert_eq!(found, expected, "{what}"),
            (Err(found), None) => assert_ne!(
                found.kind(),
                crate::RejectionKind::NotAllowed,
                "{what}: {found}"
            ),
            (Ok(_), expected) => assert_eq!(expected, None, "{what}"),
        }
    }
}

#[test]
fn a_confirmation_of_an_unknown_case_is_judged_by_the_court_that_its_key_names() {
    let ledger = |counties: &[u16], courts: &[&str]| {
        let lasc = [registered(), limited(Role::Court, counties, courts)];
        Ledger::declared().given(LASC, lasc)
    };
    let decided = |ledger: &Ledger, code: &str| {
        let authority = ledger.authority().map(|known| Authority {
            court: Some(court(code)),
            ..known
        });
        let context = ledger.context(COURT, authority);
        let command = about(
            Target::CaseKey(crate::CaseToken::from_bytes([1; 16])),
            Fact::Case(sample(FactKind::FilingAccepted)),
        );
        crate::decide(&Stream::new(StreamKind::Case).state, &command, &context)
    };
    let (poster, role) = (org(COURT), Role::Court);
    let outside = |code| {
        Err(R::OutsideCourts {
            poster,
            role,
            court: court(code),
        })
    };
    assert!(decided(&ledger(&[LA], &["LASC-CJC"]), "LASC-CJC").is_ok());
    assert_eq!(
        decided(&ledger(&[LA], &["LASC-CJC"]), "OCSC"),
        outside("OCSC")
    );
    assert!(decided(&ledger(&[], &[]), "OCSC").is_ok());
    // All courts of a county are those that grants of that county alone name.
    assert_eq!(
        decided(&ledger(&[LA], &[]), "LASC-CJC"),
        outside("LASC-CJC")
    );
    let named =
        ledger(&[LA], &[]).given("sfsc", [registered(), limited(role, &[LA], &["LASC-CJC"])]);
    assert!(decided(&named, "LASC-CJC").is_ok());
    let elsewhere = ledger(&[LA], &[]).given(
        "sfsc",
        [registered(), limited(role, &[ORANGE], &["LASC-CJC"])],
    );
    assert_eq!(decided(&elsewhere, "LASC-CJC"), outside("LASC-CJC"));
}

#[test]
fn a_grant_holds_from_its_first_to_its_last_day() {
    let grant = lasting(Role::Court, "2023-06-02", Some("2023-06-04"));
    let ledger = Ledger::declared().given(LASC, [registered(), grant]);
    for (today, holds) in [
        ("2023-06-01", false),
        ("2023-06-02", true),
        ("2023-06-03", true),
        ("2023-06-04", true),
        ("2023-06-05", false),
    ] {
        assert_eq!(
            ledger.registry.roles(id(LASC), day(today)).count(),
            usize::from(holds),
            "{today}"
        );
        let ledger = ledger.clone().on(today);
        let context = ledger.context(COURT, ledger.authority());
        let command = about(Target::Order(ORDER), Fact::Order(order_issued(None)));
        let decided = crate::decide(&Stream::new(StreamKind::Order).state, &command, &context);
        assert_eq!(decided.is_ok(), holds, "{today}: {decided:?}");
    }
}
