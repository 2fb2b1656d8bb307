//! The keys of checkpoints: one rotation at a time, no key twice, and nobody posts them.

use crate::fact::{FactKind, OrgFact};
use crate::id::StreamKind;
use crate::rejection::{KeyRule, Rejection, RejectionKind};
use crate::state::State;
use crate::vocabulary::{Role, Vocabulary as _};

use super::support::*;

pub(super) fn succeeded(key: u8) -> OrgFact {
    OrgFact::CheckpointKeySucceeded {
        successor: [key; 32],
    }
}

pub(super) fn retired(key: u8) -> OrgFact {
    OrgFact::CheckpointKeyRetired { retired: [key; 32] }
}

/// The operator's stream with these facts in it.
pub(super) fn keys(facts: &[OrgFact]) -> Stream {
    Stream::new(StreamKind::Org).given(facts.iter().map(|fact| post(OPERATOR, fact.clone())))
}

#[test]
fn keys_follow_each_other_and_the_present_one_is_known_once_its_predecessor_is_retired() {
    let stream = keys(&[succeeded(2), retired(1), succeeded(3), retired(2)]);
    let State::Org(state) = &stream.state else {
        panic!("{:?}", stream.state);
    };
    assert_eq!(state.revisions, 4);
    assert_eq!((state.successor, state.present()), (None, Some([3; 32])));
    let under_way = keys(&[succeeded(2)]);
    let State::Org(state) = &under_way.state else {
        panic!("{:?}", under_way.state);
    };
    assert_eq!((state.successor, state.present()), (Some([2; 32]), None));
}

#[test]
fn every_rule_about_keys_refuses_what_is_out_of_turn() {
    let rows = [
        (
            vec![succeeded(2)],
            succeeded(3),
            Rejection::Key(KeyRule::RotationUnderWay),
        ),
        (vec![], retired(1), Rejection::Key(KeyRule::NoRotation)),
        (
            vec![succeeded(2)],
            retired(2),
            Rejection::Key(KeyRule::NotThePresent),
        ),
        (
            vec![succeeded(2), retired(1), succeeded(3)],
            retired(1),
            Rejection::Key(KeyRule::NotThePresent),
        ),
        (
            vec![succeeded(2), retired(1)],
            succeeded(1),
            Rejection::Key(KeyRule::UsedBefore),
        ),
        (
            vec![succeeded(2), retired(1)],
            succeeded(2),
            Rejection::Key(KeyRule::UsedBefore),
        ),
    ];
    for (given, attempted, expected) in rows {
        let refused = keys(&given).refusal(post(OPERATOR, attempted.clone()));
        assert_eq!(refused, expected, "{given:?} {attempted:?}");
    }
}

#[test]
fn no_role_posts_keys_on_a_stream_that_posts_can_name() {
    for role in Role::ALL {
        let stream = Stream::new(StreamKind::Initiative);
        let refused = stream.refusal(post(somebody(*role), succeeded(2)));
        assert_eq!(
            refused.kind(),
            RejectionKind::NotAllowed,
            "{role}: {refused}"
        );
        let operator = *role == Role::Operator;
        let attempted = FactKind::CheckpointKeySucceeded;
        let nobody = Rejection::KeyHolderOnly { attempted };
        assert_eq!(refused == nobody, operator, "{role}: {refused}");
    }
}
