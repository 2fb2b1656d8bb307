use super::*;

#[test]
fn names_every_rule_once_in_the_form_of_a_reason() {
    for (at, (id, meaning)) in RULES.iter().enumerate() {
        assert!(id.len() <= 63, "{id}");
        assert!(
            id.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'),
            "{id}"
        );
        assert!(!meaning.is_empty() && !meaning.ends_with('.'), "{id}");
        assert!(
            RULES.iter().skip(at + 1).all(|(other, _)| other != id),
            "{id}"
        );
    }
}

#[test]
fn says_both_sides_and_the_remedy() {
    let conflict = Rejection::WrongExpectedRevision {
        expected: Expected::Revision(4),
        found: Some(6),
    };
    assert_eq!(
        conflict.to_string(),
        "expected revision 4, found revision 6; read the stream again"
    );
    let refused = Rejection::MoveNotAllowed {
        charge: ChargeId(2),
        stands: Decision::Referred,
        attempted: FactKind::ReviewApproved,
        allowed: vec![FactKind::ReferralAccepted, FactKind::ReferralReturned],
    };
    assert_eq!(
        refused.to_string(),
        "charge #2 stands REFERRED: ReviewApproved is not allowed from there; \
         allowed are ReferralAccepted, ReferralReturned"
    );
    let several = Rejection::Several(vec![Rejection::NotDuplicate, Rejection::PersonNotLinked]);
    assert_eq!(
        several.to_string(),
        "2 rules failed: the case is not linked as a duplicate; there is nothing to unlink; \
         the person named is not the one linked to the case; nothing to unlink"
    );
}

#[test]
fn gathers_without_repeats_and_never_wraps_one() {
    let one = Rejection::NotDuplicate;
    assert_eq!(Rejection::gather(Vec::new()), None);
    assert_eq!(
        Rejection::gather(vec![one.clone(), one.clone()]),
        Some(one.clone())
    );
    assert_eq!(one.each(), [Rejection::NotDuplicate]);
    let two = Rejection::gather(vec![one, Rejection::PersonNotLinked]).unwrap();
    assert_eq!(two.each().len(), 2);
    assert_eq!(two.kind(), RejectionKind::Refused);
}
