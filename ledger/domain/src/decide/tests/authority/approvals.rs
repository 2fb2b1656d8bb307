//! Two organisations for every act.

use super::*;
use Rejection as R;

const OTHER: Who = ("lasc", Role::Operator);

/// With an organisation that may approve, for good.
pub(super) fn with_second(ledger: Ledger) -> Ledger {
    let facts = [
        registered(),
        granted(Role::Oversight),
        bound("urn:ag:console"),
    ];
    ledger.given("ag", facts)
}

fn required() -> Ledger {
    let lasc = [
        registered(),
        granted(Role::Operator),
        bound("urn:lasc:admin"),
    ];
    let ledger = with_second(Ledger::declared()).given("lasc", lasc);
    ledger.given("operator", [OrgFact::ApprovalRequired { required: true }])
}

const fn approved(revision: u64) -> OrgFact {
    OrgFact::ActApproved { revision }
}

const fn rejected(revision: u64) -> OrgFact {
    OrgFact::ActRejected { revision }
}

/// A registration that waited and took effect.
pub(super) fn two_persons() -> Ledger {
    let ledger = required().given("sfsc", [registered()]);
    ledger.given_by(OVERSIGHT, "sfsc", [approved(0)])
}

#[test]
fn an_act_has_no_effect_before_another_organisation_approves_it() {
    let mut ledger = required();
    let target = Target::Org(id("sfsc"));
    let flags = ledger.record(OPERATOR, target, registered()).unwrap();
    assert!(flags.contains(crate::Flag::AwaitsApproval));
    assert_eq!(ledger.registry.org(id("sfsc")), None);
    assert_eq!(ledger.registry.proposer(id("sfsc"), 0), Some(org(OPERATOR)));
    let waits = ledger.refusal(OPERATOR, "sfsc", granted(Role::Court));
    assert_eq!(waits, R::OrganisationUnknown(id("sfsc")));
    // Neither who stated it, nor who may not approve at all.
    let own = ledger.refusal(OPERATOR, "sfsc", approved(0));
    assert_eq!(
        own,
        R::ApproverIsPoster {
            approver: org(OPERATOR)
        }
    );
    assert_eq!(
        ledger.refusal(COURT, "sfsc", approved(0)).rule(),
        "ROLE_NOT_ALLOWED"
    );
    for who in [OVERSIGHT, OTHER] {
        let ledger = ledger.clone().given_by(who, "sfsc", [approved(0)]);
        assert!(
            ledger
                .registry
                .org(id("sfsc"))
                .is_some_and(|state| state.pending.is_empty())
        );
        assert_eq!(ledger.registry.proposer(id("sfsc"), 0), None);
        // Once.
        assert_eq!(ledger.refusal(who, "sfsc", approved(0)), R::NotPending(0));
    }
}

#[test]
fn a_rejected_act_never_takes_effect_and_whoever_stated_it_may_take_it_back() {
    for who in [OPERATOR, OVERSIGHT, OTHER] {
        let ledger = required().given("sfsc", [registered()]);
        let ledger = ledger.given_by(who, "sfsc", [rejected(0)]);
        assert_eq!(ledger.registry.org(id("sfsc")), None, "{who:?}");
        assert_eq!(ledger.refusal(OTHER, "sfsc", approved(0)), R::NotPending(0));
    }
}

#[test]
fn what_waits_is_judged_again_when_it_is_approved() {
    // Two registrations of one organisation wait: the second one cannot take effect any more.
    let ledger = required().given("sfsc", [registered(), registered()]);
    let ledger = ledger.given_by(OVERSIGHT, "sfsc", [approved(0)]);
    let again = ledger.refusal(OVERSIGHT, "sfsc", approved(1));
    assert_eq!(again, R::OrganisationKnown(id("sfsc")));
    // The days of a grant may be over by then.
    let ends = lasting(Role::Court, "2020-01-01", Some(TODAY));
    let ledger = ledger.given("sfsc", [ends]).on("2023-06-02");
    let late = ledger.refusal(OVERSIGHT, "sfsc", approved(3));
    assert_eq!(late.rule(), "VALIDITY_OVER");
}

#[test]
fn taking_the_requirement_back_waits_too_and_only_so_much_can_wait() {
    let off = OrgFact::ApprovalRequired { required: false };
    let ledger = required().given("operator", [off.clone()]);
    assert!(ledger.registry.approval_required());
    let revision = ledger.registry.org(OrgId::OPERATOR).unwrap().pending[0].revision;
    let ledger = ledger.given_by(OVERSIGHT, "operator", [approved(revision)]);
    assert!(!ledger.registry.approval_required());
    let full = required().given("operator", (0..32).map(|_| off.clone()));
    assert_eq!(
        full.refusal(OPERATOR, "operator", off).rule(),
        "OUT_OF_BOUNDS"
    );
}
