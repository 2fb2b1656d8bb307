//! Track A against the law's own table, transcribed by state where the code has it by fact.

use crate::authority;
use crate::decide::scope::{Whole, whole};
use crate::event::Flag;
use crate::fact::{CaseFact, Fact, FactKind};
use crate::id::{ChargeId, StreamKind};
use crate::rejection::Rejection;
use crate::state::{ChargeState, Decision, Determined, Seal, State};
use crate::vocabulary::{Coded, Determination, DeterminationReason, OrderEffect, Role, Vocabulary};

use super::support::*;

/// The table of docs/LIFECYCLE.md, with what the kinds of facts add (`any` side exits, proposals and
/// redeterminations before FILED, the soft guards). `>` gives the state that follows.
pub(super) const TABLE: &str = "
IDENTIFIED: EligibilityDetermined>ELIGIBLE ReferredToProsecutor>REFERRED RecordNotFound>NOT_FOUND RecordDestroyed>DESTROYED ReviewApproved>APPROVED EligibilityProposed EligibilityRedetermined>INELIGIBLE
HAND_REVIEW: EligibilityDetermined>ELIGIBLE ReferredToProsecutor>REFERRED EligibilityProposed EligibilityRedetermined>INELIGIBLE
REFERRED: ReferralAccepted>IDENTIFIED ReferralReturned>HAND_REVIEW
INELIGIBLE: EligibilityRedetermined>INELIGIBLE EligibilityProposed CaseReopened>IDENTIFIED
ELIGIBLE: ReviewStarted>UNDER_REVIEW ReviewApproved>APPROVED Challenged>CHALLENGED ProsecutorDeclined>DECLINED CaseWithdrawn>WITHDRAWN ReliefGranted>GRANTED OrderApplied>GRANTED EligibilityProposed EligibilityRedetermined>INELIGIBLE
UNDER_REVIEW: ReviewApproved>APPROVED Challenged>CHALLENGED ProsecutorDeclined>DECLINED EligibilityProposed EligibilityRedetermined>INELIGIBLE
APPROVED: FilingSubmitted>FILED_PENDING ListDelivered>FILED_PENDING ReliefGranted>GRANTED OrderApplied>GRANTED CaseWithdrawn>WITHDRAWN Challenged>CHALLENGED EligibilityProposed EligibilityRedetermined>INELIGIBLE
CHALLENGED: ChallengeWithdrawn>UNDER_REVIEW ChallengeOverruled>APPROVED ChallengeSustained>DENIED ReliefDenied>DENIED HearingSet>HEARING_SET HearingContinued>HEARING_SET FilingSubmitted>FILED_PENDING ListDelivered>FILED_PENDING
FILED_PENDING: FilingAccepted>FILED FilingPartiallyAccepted>FILED FilingRejected>FILING_REJECTED FilingWithdrawn>APPROVED EligibilityProposed EligibilityRedetermined>INELIGIBLE
FILING_REJECTED: FilingSubmitted>FILED_PENDING ListDelivered>FILED_PENDING CaseWithdrawn>WITHDRAWN EligibilityProposed EligibilityRedetermined>INELIGIBLE
FILED: HearingSet>HEARING_SET HearingContinued>HEARING_SET ReliefGranted>GRANTED OrderApplied>GRANTED ReliefDenied>DENIED FilingWithdrawn>APPROVED
HEARING_SET: HearingSet>HEARING_SET HearingContinued>HEARING_SET ReliefGranted>GRANTED OrderApplied>GRANTED ReliefDenied>DENIED ChallengeSustained>DENIED
GRANTED: ReliefReversed>UNDER_REVIEW OrderVacated>UNDER_REVIEW CaseWithdrawn>WITHDRAWN
DENIED: CaseReopened>UNDER_REVIEW
DECLINED: CaseReopened>IDENTIFIED
WITHDRAWN: CaseReopened>IDENTIFIED
PRIOR_RELIEF: CaseReopened>IDENTIFIED
NOT_FOUND: CaseReopened>IDENTIFIED
DESTROYED: CaseReopened>IDENTIFIED
DUPLICATE: DuplicateUnlinked>IDENTIFIED
VOIDED:
";

/// `any -> PRIOR_RELIEF`: but not from an exit, and not once the court has ruled.
const NO_PRIOR_RELIEF: &[&str] = &[
    "GRANTED",
    "DENIED",
    "DECLINED",
    "WITHDRAWN",
    "PRIOR_RELIEF",
    "NOT_FOUND",
    "DESTROYED",
    "DUPLICATE",
    "VOIDED",
];

/// What the table allows from a state: the kind's name, and the state that follows.
pub(super) fn row(from: &str) -> Vec<(String, String)> {
    let line = TABLE
        .lines()
        .find_map(|line| line.strip_prefix(from)?.strip_prefix(':'));
    let mut row: Vec<_> = line
        .unwrap_or_else(|| panic!("no row for {from}"))
        .split_whitespace()
        .map(|entry| {
            let (kind, to) = entry.split_once('>').unwrap_or((entry, from));
            (kind.to_owned(), to.to_owned())
        })
        .collect();
    let mut side = |kind: &str, to: &str, not: &[&str]| {
        if !not.contains(&from) {
            row.push((kind.to_owned(), to.to_owned()));
        }
    };
    side("PriorReliefFound", "PRIOR_RELIEF", NO_PRIOR_RELIEF);
    side("DuplicateLinked", "DUPLICATE", &["DUPLICATE", "VOIDED"]);
    side("CaseVoided", "VOIDED", &["VOIDED"]);
    row
}

fn moves_track_a(kind: FactKind) -> bool {
    let anywhere = |decision: &Decision| {
        let row = row(decision.code());
        row.iter().any(|(name, _)| name == kind.as_str())
    };
    Decision::ALL.iter().any(anywhere)
}

/// A case whose two charges stand there since last year, in the hands of the poster.
fn standing(decision: Decision, kind: FactKind, who: Who) -> Stream {
    let determined = Determined {
        determination: Determination::HandReview,
        remedy: None,
        reason: Coded::Known(DeterminationReason::Other11357),
        rules: rules(9),
        revision: 1,
    };
    let approves = kind == FactKind::ReviewApproved;
    let mut stream = Stream::case(vec![charge(1), charge(2)]);
    let State::Case(state) = &mut stream.state else {
        panic!("not a case");
    };
    for charge in &mut state.charges {
        *charge = ChargeState {
            decision,
            decision_on: Some(day("2020-01-01")),
            determined: (!approves).then_some(determined),
            filing: Some(FILING),
            order: Some(ORDER),
            referred_to: Some(org(who)),
            ..*charge
        };
    }
    if let Some(identity) = &mut state.identity {
        identity.agency = org(who);
    }
    state.duplicate_of = (kind == FactKind::DuplicateUnlinked && decision == Decision::Duplicate)
        .then_some(CANONICAL);
    stream
}

fn attempt(kind: FactKind, who: Who) -> Post {
    let fact = match sample(kind) {
        CaseFact::ReferredToProsecutor { reason, .. } => CaseFact::ReferredToProsecutor {
            to: org(OTHER_DA),
            reason,
        },
        other => other,
    };
    let post = post(who, fact);
    if whole(kind) == Whole::Case || whole(kind) == Whole::Named {
        post
    } else {
        post.of(&[1])
    }
}

fn expects(decision: Decision, kind: FactKind, role: Role) {
    let who = somebody(role);
    let mut stream = standing(decision, kind, who);
    let attempted = attempt(kind, who);
    let allowed = row(decision.code());
    let to = allowed.iter().find(|(name, _)| name == kind.as_str());
    let what = format!("{decision} {kind:?} by {role}");
    if (decision, kind) == (Decision::Voided, FactKind::CaseVoided) {
        assert_eq!(
            stream.decide(&attempted).unwrap()[0].fact,
            Fact::Case(CaseFact::ConfirmationSighted { kind }),
            "{what}"
        );
        return;
    }
    if let Some((_, to)) = to {
        let event = stream.decide(&attempted).expect(&what).remove(0);
        assert!(!event.flags.contains(Flag::OutOfOrder), "{what}");
        stream.state = crate::evolve(stream.state, &event);
        assert_eq!(stream.charge(1).decision.code(), to, "{what}");
    } else if authority::is_official(role) {
        let event = stream.decide(&attempted).expect(&what).remove(0);
        assert!(event.flags.contains(Flag::OutOfOrder), "{what}");
    } else if kind == FactKind::DuplicateUnlinked {
        assert_eq!(stream.refusal(attempted), Rejection::NotDuplicate, "{what}");
    } else {
        let mut allowed: Vec<_> = allowed
            .iter()
            .map(|(name, _)| FactKind::from_name(name).unwrap())
            .collect();
        allowed.sort_unstable();
        let rejection = stream.refusal(attempted);
        let expected = Rejection::MoveNotAllowed {
            charge: ChargeId(1),
            stands: decision,
            attempted: kind,
            allowed,
        };
        assert_eq!(rejection.each().first(), Some(&expected), "{what}");
    }
}

#[test]
fn allows_the_moves_of_the_law_and_no_others() {
    let mut pairs = 0;
    for kind in FactKind::ALL.iter().filter(|kind| moves_track_a(**kind)) {
        for role in authority::posters(*kind) {
            for decision in Decision::ALL {
                expects(*decision, *kind, *role);
                pairs += 1;
            }
        }
    }
    assert!(pairs > 21 * 40, "{pairs} pairs");
}

#[test]
fn leaves_track_a_alone_for_every_other_fact() {
    let special = [
        FactKind::CaseIdentified,
        FactKind::FactCorrected,
        FactKind::EventRetracted,
    ];
    for kind in FactKind::ALL {
        if kind.number() > 60 || moves_track_a(*kind) || special.contains(kind) {
            continue;
        }
        for role in authority::posters(*kind) {
            for decision in Decision::ALL {
                let who = somebody(*role);
                let mut stream = standing(*decision, *kind, who);
                let mut fact = attempt(*kind, who);
                if let Fact::Case(CaseFact::ChargeAdded { charge }) = &mut fact.command.fact {
                    charge.id = ChargeId(3);
                }
                match stream.decide(&fact) {
                    Ok(events) => {
                        stream.state = crate::evolve(stream.state, &events[0]);
                        assert_eq!(stream.charge(1).decision, *decision, "{kind:?}");
                    }
                    Err(rejection) => {
                        let of_track_a = matches!(rejection, Rejection::MoveNotAllowed { .. });
                        assert!(!of_track_a, "{decision} {kind:?}: {rejection}");
                    }
                }
            }
        }
    }
}

#[test]
fn follows_a_determination_to_each_of_its_outcomes() {
    for (outcome, stands) in [
        (Determination::Eligible, Decision::Eligible),
        (Determination::Ineligible, Decision::Ineligible),
        (Determination::HandReview, Decision::HandReview),
    ] {
        let stream = Stream::case(vec![charge(1)]).given([post(DA, determined(outcome))]);
        assert_eq!(stream.charge(1).decision, stands);
        let again = stream.given([post(DA, redetermined(Determination::HandReview, 1))]);
        assert_eq!(again.charge(1).decision, Decision::HandReview);
    }
}

#[test]
fn leaves_track_a_alone_for_an_order_that_only_seals() {
    for decision in Decision::ALL {
        let stream = standing(*decision, FactKind::SealingOrdered, COURT);
        let seals = post(COURT, applied(&[OrderEffect::Seal], None));
        let event = stream.decide(&seals).unwrap().remove(0);
        assert!(!event.flags.contains(Flag::OutOfOrder), "{decision}");
        let State::Case(after) = crate::evolve(stream.state, &event) else {
            panic!("not a case");
        };
        assert!(
            after
                .charges
                .iter()
                .all(|charge| charge.decision == *decision)
        );
        assert!(
            after
                .charges
                .iter()
                .all(|charge| charge.seal == Seal::Ordered)
        );
    }
}

#[test]
fn refuses_every_fact_to_every_role_that_the_table_of_posters_leaves_out() {
    for kind in FactKind::ALL {
        for role in Role::ALL {
            if authority::posters(*kind).contains(role) {
                continue;
            }
            let mut attempted = post(somebody(*role), FactKind::ReviewStarted);
            attempted.command.fact = match *kind {
                FactKind::ConfirmationSighted => {
                    Fact::Case(CaseFact::ConfirmationSighted { kind: *kind })
                }
                kind if kind.number() <= 60 => Fact::Case(sample(kind)),
                // Other streams and ledger-made facts have their own tests of the table.
                _ => continue,
            };
            let expected = if authority::posters(*kind).is_empty() {
                Rejection::LedgerMade { attempted: *kind }
            } else {
                Rejection::RoleNotAllowed {
                    role: *role,
                    attempted: *kind,
                    allowed: authority::posters(*kind),
                }
            };
            assert_eq!(
                Stream::new(StreamKind::Case).refusal(attempted),
                expected,
                "{role} {kind:?}"
            );
        }
    }
}
