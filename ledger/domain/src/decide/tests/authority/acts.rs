//! What is stated about organisations, by whom, and every rule that refuses it.

use crate::registry::Unknown;
use crate::rejection::{CredentialKind, PrivateRule, Quantity, RejectionKind};
use crate::vocabulary::Vocabulary as _;

use super::*;
use Rejection as R;

const LASC: &str = "lasc";
const CLERK: &str = "spiffe://lasc.example/clerk";

fn token(byte: u8) -> OrgFact {
    OrgFact::TokenIssued {
        sha256: [byte; 32],
        valid_until: None,
    }
}

fn key(byte: u8) -> OrgFact {
    OrgFact::SigningKeyAdded {
        key: [byte; 32],
        valid_until: None,
    }
}

fn rotated(old: u8, new: u8) -> OrgFact {
    OrgFact::SigningKeyRotated {
        old: [old; 32],
        new: [new; 32],
    }
}

fn signatures(required: bool) -> OrgFact {
    OrgFact::SignaturesRequired { required }
}

fn approval(required: bool) -> OrgFact {
    OrgFact::ApprovalRequired { required }
}

fn retention(days_after_sealing: u16) -> OrgFact {
    OrgFact::RetentionSet {
        days_after_sealing,
        forget_after_days: 0,
    }
}

fn with_court() -> Ledger {
    Ledger::declared().given(LASC, [registered(), granted(Role::Court), bound(CLERK)])
}

/// Every kind of fact about an organisation, accepted.
pub(super) fn everything() -> Ledger {
    let ledger = with_court().given(
        LASC,
        [
            token(1),
            key(1),
            rotated(1, 2),
            signatures(true),
            signatures(false),
            OrgFact::SigningKeyRevoked { key: [2; 32] },
            OrgFact::TokenRevoked { sha256: [1; 32] },
            unbound(CLERK),
            revoked(Role::Court),
        ],
    );
    let mut ledger =
        approvals::with_second(ledger).given("operator", [retention(30), approval(true)]);
    ledger = ledger.given(LASC, [granted(Role::Court), granted(Role::Court)]);
    let state = ledger.registry.org(id(LASC)).unwrap();
    let revisions: Vec<u64> = state.pending.iter().map(|waits| waits.revision).collect();
    ledger.given_by(
        OVERSIGHT,
        LASC,
        [
            OrgFact::ActApproved {
                revision: revisions[0],
            },
            OrgFact::ActRejected {
                revision: revisions[1],
            },
        ],
    )
}

/// The ledger, what is stated about which organisation by whom, and the rule that refuses it.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<(Ledger, Who, &'static str, OrgFact, Rejection)> {
    let organisation = id(LASC);
    let two = || with_court().given("sfsc", [registered(), token(9), key(9)]);
    let another = |what| R::HeldByAnother { what, organisation };
    let not_held = |what| R::NotHeld { what, organisation };
    let many = |what, max: u64| R::OutOfBounds {
        what,
        found: max + 1,
        min: 0,
        max,
    };
    let full = |fact: fn(u8) -> OrgFact| with_court().given(LASC, (1..=32).map(fact));
    let uris = (0..31).map(|n| bound(&format!("urn:x:{n}")));
    let places = |counties: Vec<u16>, courts: &[&str]| limited(Role::Court, &counties, courts);
    let codes: Vec<String> = (0..65).map(|n| format!("C-{n:03}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let signing = || with_court().given(LASC, [key(1), signatures(true)]);
    let mut rows = vec![
        (
            with_court(),
            OPERATOR,
            LASC,
            retention(30),
            PrivateRule::RetentionElsewhere(organisation).into(),
        ),
        (
            Ledger::declared().given("operator", [retention(30)]),
            OPERATOR,
            "operator",
            retention(30),
            R::NothingChanges(FactKind::RetentionSet),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            registered(),
            R::OrganisationKnown(organisation),
        ),
        (
            Ledger::declared(),
            OPERATOR,
            LASC,
            granted(Role::Court),
            R::OrganisationUnknown(organisation),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            revoked(Role::Defender),
            R::NotGranted {
                organisation,
                role: Role::Defender,
            },
        ),
        (
            two(),
            OPERATOR,
            "sfsc",
            bound(CLERK),
            another(CredentialKind::Principal),
        ),
        (
            two().given(LASC, [token(1)]),
            OPERATOR,
            "sfsc",
            token(1),
            another(CredentialKind::Token),
        ),
        (
            two().given(LASC, [key(1)]),
            OPERATOR,
            "sfsc",
            key(1),
            another(CredentialKind::SigningKey),
        ),
        (
            two().given(LASC, [key(1)]),
            OPERATOR,
            "sfsc",
            rotated(9, 1),
            another(CredentialKind::SigningKey),
        ),
        (
            with_court().given(LASC, [key(1)]),
            OPERATOR,
            LASC,
            rotated(1, 1),
            another(CredentialKind::SigningKey),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            unbound("urn:x:y"),
            not_held(CredentialKind::Principal),
        ),
        (
            two(),
            OPERATOR,
            LASC,
            OrgFact::TokenRevoked { sha256: [9; 32] },
            not_held(CredentialKind::Token),
        ),
        (
            two(),
            OPERATOR,
            LASC,
            OrgFact::SigningKeyRevoked { key: [9; 32] },
            not_held(CredentialKind::SigningKey),
        ),
        (
            two(),
            OPERATOR,
            LASC,
            rotated(7, 8),
            not_held(CredentialKind::SigningKey),
        ),
        (
            with_court().given(LASC, uris),
            OPERATOR,
            LASC,
            bound("urn:x:y"),
            many(Quantity::Principals, 32),
        ),
        (
            full(token),
            OPERATOR,
            LASC,
            token(40),
            many(Quantity::Tokens, 32),
        ),
        (
            full(key),
            OPERATOR,
            LASC,
            key(40),
            many(Quantity::SigningKeys, 32),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            places((1..=129).step_by(2).collect(), &[]),
            R::Several(vec![
                many(Quantity::Counties, 64),
                R::CountyUnknown { found: 117 },
                R::CountyUnknown { found: 119 },
                R::CountyUnknown { found: 121 },
                R::CountyUnknown { found: 123 },
                R::CountyUnknown { found: 125 },
                R::CountyUnknown { found: 127 },
                R::CountyUnknown { found: 129 },
            ]),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            places(vec![], &codes),
            many(Quantity::Courts, 64),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            places(vec![59, 37], &[]),
            R::PlacesNotAscending,
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            places(vec![], &["A", "A"]),
            R::PlacesNotAscending,
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            lasting(Role::Court, "2024-01-02", Some("2024-01-01")),
            R::ValidityEmpty {
                from: day("2024-01-02"),
                until: day("2024-01-01"),
            },
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            lasting(Role::Court, "2020-01-01", Some("2023-05-31")),
            R::ValidityOver {
                until: day("2023-05-31"),
                today: day(TODAY),
            },
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            bound_until("urn:x:y", Some("2023-05-31")),
            R::ValidityOver {
                until: day("2023-05-31"),
                today: day(TODAY),
            },
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            signatures(true),
            R::SigningKeyMissing(organisation),
        ),
        (
            signing(),
            OPERATOR,
            LASC,
            OrgFact::SigningKeyRevoked { key: [1; 32] },
            R::SigningKeyMissing(organisation),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            signatures(false),
            R::NothingChanges(FactKind::SignaturesRequired),
        ),
        (
            with_court(),
            OPERATOR,
            "operator",
            approval(false),
            R::NothingChanges(FactKind::ApprovalRequired),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            approval(true),
            R::ApprovalElsewhere(organisation),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            OrgFact::ActApproved { revision: 1 },
            R::NotPending(1),
        ),
        (
            with_court(),
            OPERATOR,
            LASC,
            OrgFact::ActRejected { revision: 1 },
            R::NotPending(1),
        ),
    ];
    // What would leave nobody to administer the ledger for good.
    let mut alone = |fact: OrgFact| {
        let ledger = with_court().given("operator", [bound_until("urn:x:y", Some("2023-06-01"))]);
        rows.push((ledger, OPERATOR, "operator", fact, R::WouldLockOut));
    };
    alone(revoked(Role::Operator));
    alone(lasting(Role::Operator, "2020-01-01", Some("2199-12-31")));
    alone(lasting(Role::Operator, "2023-06-02", None));
    alone(unbound("spiffe://ledger.example/operator"));
    alone(bound_until(
        "spiffe://ledger.example/operator",
        Some("2199-12-31"),
    ));
    alone(approval(true));
    let ends = OrgFact::SigningKeyAdded {
        key: [1; 32],
        valid_until: Some(day("2199-12-31")),
    };
    rows.push((
        with_court().given("operator", [ends]),
        OPERATOR,
        "operator",
        signatures(true),
        R::WouldLockOut,
    ));
    let second = approvals::with_second(with_court()).given("operator", [approval(true)]);
    rows.push((
        second.clone(),
        OPERATOR,
        "ag",
        revoked(Role::Oversight),
        R::WouldLockOut,
    ));
    rows.push((
        second,
        OPERATOR,
        "operator",
        revoked(Role::Operator),
        R::WouldLockOut,
    ));
    // Who holds the data folder declares authority once, and posts the rest.
    rows
}

#[test]
fn every_rule_about_organisations_refuses_what_it_is_for_and_nothing_else() {
    for (ledger, who, organisation, fact, expected) in rows() {
        let said = format!("{organisation} {fact:?}");
        assert_eq!(ledger.refusal(who, organisation, fact), expected, "{said}");
    }
}

#[test]
fn only_an_operator_administers_organisations_and_only_oversight_approves_beside_it() {
    let acts: Vec<OrgFact> = vec![
        registered(),
        granted(Role::Court),
        revoked(Role::Court),
        bound("urn:x:y"),
        unbound(CLERK),
        token(1),
        OrgFact::TokenRevoked { sha256: [1; 32] },
        key(1),
        rotated(1, 2),
        OrgFact::SigningKeyRevoked { key: [1; 32] },
        signatures(true),
        approval(true),
        retention(30),
    ];
    let answers = [
        OrgFact::ActApproved { revision: 0 },
        OrgFact::ActRejected { revision: 0 },
    ];
    for role in Role::ALL {
        let who = (LASC, *role);
        // Granted or not: the table of posters comes first.
        for ledger in [
            Ledger::declared(),
            with_court().given(LASC, [granted(*role)]),
        ] {
            for (fact, may) in acts
                .iter()
                .map(|fact| (fact, *role == Role::Operator))
                .chain(
                    answers
                        .iter()
                        .map(|fact| (fact, matches!(role, Role::Operator | Role::Oversight))),
                )
            {
                let decided = ledger.decide(who, Target::Org(id(LASC)), fact.clone());
                let refused = matches!(decided, Err(Rejection::RoleNotAllowed { .. }));
                assert_eq!(refused, !may, "{role} {fact:?}: {decided:?}");
            }
        }
    }
    // An operator that is granted the role is as good as the first one.
    let second = with_court().given(LASC, [granted(Role::Operator)]);
    second
        .clone()
        .given_by((LASC, Role::Operator), "sfsc", [registered()]);
    // And the first one may go once there is another that stays.
    second.given("operator", [revoked(Role::Operator)]);
}

#[test]
fn a_ledger_declares_authority_once_in_one_order_and_nobody_posts_that() {
    let nothing = Ledger::undeclared();
    for fact in genesis() {
        let attempted = fact.kind();
        let posted = nothing.refusal(OPERATOR, "operator", fact.clone());
        assert_eq!(posted, R::NotDeclared(attempted));
        let declared = Ledger::declared().decide(OPERATOR, Target::Ledger, fact);
        assert_eq!(declared, Err(R::NotGenesis(attempted)));
    }
    let mut steps: Vec<Ledger> = vec![nothing];
    for fact in genesis() {
        let mut next = steps.last().unwrap().clone();
        next.record(OPERATOR, Target::Ledger, fact).unwrap();
        steps.push(next);
    }
    for (at, ledger) in steps.iter().enumerate() {
        for (nth, fact) in genesis().into_iter().enumerate() {
            let decided = ledger.decide(OPERATOR, Target::Ledger, fact);
            assert_eq!(decided.is_ok(), at == nth, "{nth} at {at}");
        }
        assert_eq!(ledger.registry.is_declared(), at > 0);
    }
    for weak in [
        lasting(Role::Operator, "2020-01-01", Some("2199-12-31")),
        limited(Role::Operator, &[37], &[]),
        granted(Role::Court),
    ] {
        let decided = steps[1].decide(OPERATOR, Target::Ledger, weak);
        assert!(matches!(decided, Err(R::NotGenesis { .. })), "{decided:?}");
    }
    // A key that was rotated before does not become a declaration later.
    let mut rotated = Ledger::undeclared();
    let successor = super::super::keys::succeeded(2);
    rotated.record(OPERATOR, Target::Ledger, successor).unwrap();
    let late = rotated.decide(OPERATOR, Target::Ledger, registered());
    assert_eq!(late.unwrap_err().kind(), RejectionKind::NotAllowed);
}

#[test]
fn the_registry_says_for_whom_a_principal_token_or_key_speaks_and_until_when() {
    let until = |text| OrgFact::TokenIssued {
        sha256: [1; 32],
        valid_until: Some(day(text)),
    };
    let ledger = with_court().given(
        LASC,
        [until("2023-06-02"), key(1), key(2), signatures(true)],
    );
    let registry = &ledger.registry;
    let on = day(TODAY);
    assert_eq!(registry.principal(CLERK, on), Ok(id(LASC)));
    for other in [
        "spiffe://lasc.example/CLERK",
        "spiffe://lasc.example/clerk/",
        "no uri",
        "",
    ] {
        assert_eq!(
            registry.principal(other, on),
            Err(Unknown::Nobody),
            "{other}"
        );
    }
    assert_eq!(registry.token(&[2; 32], on), Err(Unknown::Nobody));
    for (text, expected) in [
        ("2023-06-01", Ok(id(LASC))),
        ("2023-06-02", Ok(id(LASC))),
        (
            "2023-06-03",
            Err(Unknown::Over {
                organisation: id(LASC),
                until: day("2023-06-02"),
            }),
        ),
    ] {
        assert_eq!(registry.token(&[1; 32], day(text)), expected, "{text}");
    }
    assert!(registry.signing_key(id(LASC), &[1; 32], on) && registry.signatures_required(id(LASC)));
    assert!(!registry.signing_key(id("operator"), &[1; 32], on));
    // Another last day for the same token, another key in the place of one, and nothing behind it.
    let ledger = ledger.given(LASC, [until("2023-07-01"), rotated(1, 3), unbound(CLERK)]);
    let registry = &ledger.registry;
    assert_eq!(registry.token(&[1; 32], day("2023-06-03")), Ok(id(LASC)));
    assert!(registry.signing_key(id(LASC), &[3; 32], on));
    assert!(!registry.signing_key(id(LASC), &[1; 32], on));
    assert_eq!(registry.principal(CLERK, on), Err(Unknown::Nobody));
    // What was taken back may be given to another organisation.
    ledger.given("sfsc", [registered(), bound(CLERK)]);
}
